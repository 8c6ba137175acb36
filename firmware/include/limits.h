/* SPDX-License-Identifier: Apache-2.0 */
/* What libfdt uses of <limits.h>, without the C library's. */
#ifndef PORTCULLIS_LIMITS_H
#define PORTCULLIS_LIMITS_H

#define INT_MAX  __INT_MAX__
#define UINT_MAX (__INT_MAX__ * 2U + 1U)

#endif
