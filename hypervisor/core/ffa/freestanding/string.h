/* SPDX-License-Identifier: Apache-2.0 */
/* All that the library needs of <string.h>, for embedders that have no C library. */
#ifndef PORTCULLIS_FFA_STRING_H
#define PORTCULLIS_FFA_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
