// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;
	size_t done = 0;

	if ((((uintptr_t)to | (uintptr_t)from) & 7U) == 0) {
		uint64_t *words = to;
		const uint64_t *source = from;

		for (; size - done >= 8; done += 8)
			*words++ = *source++;
	}
	for (; done < size; done++)
		out[done] = in[done];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	if (out <= in || out >= in + size)
		return memcpy(to, from, size);
	while (size-- > 0)
		out[size] = in[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *out = to;
	size_t done = 0;

	if (((uintptr_t)to & 7U) == 0) {
		uint64_t pattern = 0x0101010101010101U * (unsigned char)value;
		uint64_t *words = to;

		for (; size - done >= 8; done += 8)
			*words++ = pattern;
	}
	for (; done < size; done++)
		out[done] = (unsigned char)value;
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *a = left;
	const unsigned char *b = right;

	for (; size > 0; size--, a++, b++) {
		if (*a != *b)
			return (int)*a - (int)*b;
	}
	return 0;
}

void *memchr(const void *in, int value, size_t size)
{
	const unsigned char *at = in;

	for (; size > 0; size--, at++) {
		if (*at == (unsigned char)value)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}

size_t strnlen(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] != '\0')
		length++;
	return length;
}

char *strrchr(const char *text, int value)
{
	const char *found = NULL;

	for (;; text++) {
		if (*text == (char)value)
			found = text;
		if (*text == '\0')
			return (char *)(uintptr_t)found;
	}
}

char *strchr(const char *text, int value)
{
	for (;; text++) {
		if (*text == (char)value)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

int strcmp(const char *left, const char *right)
{
	for (; *left != '\0' && *left == *right; left++, right++)
		;
	return (int)(unsigned char)*left - (int)(unsigned char)*right;
}

int strncmp(const char *left, const char *right, size_t size)
{
	for (; size > 0; size--, left++, right++) {
		if (*left != *right || *left == '\0')
			return (int)(unsigned char)*left - (int)(unsigned char)*right;
	}
	return 0;
}
