/* SPDX-License-Identifier: Apache-2.0 */
/* libfdt includes <stdlib.h> for strtoul(), which only its overlay code calls; that is not built.
 */
#ifndef PORTCULLIS_STDLIB_H
#define PORTCULLIS_STDLIB_H
#endif
