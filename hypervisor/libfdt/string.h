/* SPDX-License-Identifier: Apache-2.0 */
/* The part of <string.h> that libfdt, core and the compiler need; hypervisor/arm64/string.c. */
#ifndef PORTCULLIS_STRING_H
#define PORTCULLIS_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int value, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

#endif
