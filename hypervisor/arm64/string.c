// SPDX-License-Identifier: Apache-2.0
/*
 * What the compiler and libfdt expect of <string.h>. Simple on purpose; alignment matters only
 * where the MMU is off, and then the compiler's -mstrict-align keeps the rules.
 */
#include <string.h>

#include <stdint.h>

#define WORD_MASK (sizeof(uint64_t) - 1U)

typedef uint64_t __attribute__((may_alias)) word_alias;
typedef uint32_t __attribute__((may_alias)) half_alias;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	if ((((uintptr_t)out | (uintptr_t)in) & WORD_MASK) == 0U) {
		for (; size >= 2 * sizeof(uint64_t); size -= 2 * sizeof(uint64_t)) {
			uint64_t a = ((const word_alias *)in)[0], b = ((const word_alias *)in)[1];

			((word_alias *)out)[0] = a;
			((word_alias *)out)[1] = b;
			in += 2 * sizeof(uint64_t);
			out += 2 * sizeof(uint64_t);
		}
	} else if ((((uintptr_t)out | (uintptr_t)in) & (sizeof(uint32_t) - 1U)) == 0U) {
		/* a device tree: everything in it is aligned so, and no more */
		for (; size >= 2 * sizeof(uint32_t); size -= 2 * sizeof(uint32_t)) {
			uint32_t a = ((const half_alias *)in)[0], b = ((const half_alias *)in)[1];

			((half_alias *)out)[0] = a;
			((half_alias *)out)[1] = b;
			in += 2 * sizeof(uint32_t);
			out += 2 * sizeof(uint32_t);
		}
	}
	while (size-- > 0U)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	if ((uintptr_t)out - (uintptr_t)in >= size)
		return memcpy(to, from, size);
	if (((((uintptr_t)out | (uintptr_t)in) | size) & WORD_MASK) == 0U) {
		for (; size > 0U; size -= sizeof(uint64_t))
			*(word_alias *)(out + size - sizeof(uint64_t)) =
			    *(const word_alias *)(in + size - sizeof(uint64_t));
		return to;
	}
	while (size-- > 0U)
		out[size] = in[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *out = to;
	uint64_t word = (unsigned char)value * 0x0101010101010101UL;

	for (; size > 0U && ((uintptr_t)out & WORD_MASK) != 0U; size--)
		*out++ = (unsigned char)value;
	for (; size >= 2 * sizeof(uint64_t); size -= 2 * sizeof(uint64_t)) {
		((word_alias *)out)[0] = word;
		((word_alias *)out)[1] = word;
		out += 2 * sizeof(uint64_t);
	}
	while (size-- > 0U)
		*out++ = (unsigned char)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size > 0U; size--, x++, y++)
		if (*x != *y)
			return (int)*x - (int)*y;
	return 0;
}

void *memchr(const void *in, int value, size_t size)
{
	const unsigned char *at = in;

	for (; size > 0U; size--, at++)
		if (*at == (unsigned char)value)
			return (void *)(uintptr_t)at;
	return NULL;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length] != '\0')
		length++;
	return length;
}

char *strchr(const char *text, int c)
{
	for (;; text++) {
		if (*text == (char)c)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

char *strrchr(const char *text, int c)
{
	const char *found = NULL;

	for (;; text++) {
		if (*text == (char)c)
			found = text;
		if (*text == '\0')
			return (char *)(uintptr_t)found;
	}
}

int strcmp(const char *a, const char *b)
{
	for (; *a == *b; a++, b++)
		if (*a == '\0')
			return 0;
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size)
{
	for (; size > 0U; size--, a++, b++) {
		if (*a != *b)
			return (int)(unsigned char)*a - (int)(unsigned char)*b;
		if (*a == '\0')
			break;
	}
	return 0;
}
