// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Output that never grows past its buffer; what does not fit is dropped. */
struct sink {
	char *out;
	size_t room; /* bytes left, the terminating zero already subtracted */
	size_t used;
};

struct field {
	unsigned width;
	size_t precision;
	bool left;
	bool zero;
};

/* Length modifiers; int is what the argument was promoted to. */
enum length {
	LENGTH_CHAR, /* hh */
	LENGTH_SHORT,
	LENGTH_INT,
	LENGTH_LONG,
	LENGTH_LONG_LONG,
	LENGTH_SIZE,
};

static void put(struct sink *sink, char c)
{
	if (sink->room == 0)
		return;
	sink->out[sink->used++] = c;
	sink->room--;
}

static void put_text(struct sink *sink, const char *text, size_t length, const struct field *field)
{
	size_t padding = field->width > length ? field->width - length : 0;

	for (size_t i = field->left ? 0 : padding; i > 0; i--)
		put(sink, ' ');
	for (size_t i = 0; i < length; i++)
		put(sink, text[i]);
	for (size_t i = field->left ? padding : 0; i > 0; i--)
		put(sink, ' ');
}

static void put_number(struct sink *sink, unsigned long long value, bool negative, unsigned base,
		       bool upper, const struct field *field)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const struct field plain = {0};
	char text[21]; /* sign and the 20 digits of 2^64 - 1 */
	size_t at = sizeof(text), length;

	do {
		text[--at] = digits[base == 16 ? value & 15U : value % 10U];
		value = base == 16 ? value >> 4 : value / 10U;
	} while (value != 0);
	if (field->zero && !field->left) {
		length = sizeof(text) - at + (negative ? 1U : 0U);
		if (negative)
			put(sink, '-');
		for (; length < field->width; length++)
			put(sink, '0');
		put_text(sink, text + at, sizeof(text) - at, &plain);
		return;
	}
	if (negative)
		text[--at] = '-';
	put_text(sink, text + at, sizeof(text) - at, field);
}

static unsigned long long take_unsigned(va_list *list, enum length length)
{
	switch (length) {
	case LENGTH_SIZE:
		return va_arg(*list, size_t);
	case LENGTH_CHAR:
		return (unsigned char)va_arg(*list, unsigned int);
	case LENGTH_SHORT:
		return (unsigned short)va_arg(*list, unsigned int);
	case LENGTH_INT:
		return va_arg(*list, unsigned int);
	case LENGTH_LONG_LONG:
		return va_arg(*list, unsigned long long);
	case LENGTH_LONG:
		return va_arg(*list, unsigned long);
	}
	return 0;
}

static long long take_signed(va_list *list, enum length length)
{
	switch (length) {
	case LENGTH_SIZE:
		return va_arg(*list, ptrdiff_t);
	case LENGTH_CHAR:
		return (signed char)va_arg(*list, int);
	case LENGTH_SHORT:
		return (short)va_arg(*list, int);
	case LENGTH_INT:
		return va_arg(*list, int);
	case LENGTH_LONG_LONG:
		return va_arg(*list, long long);
	case LENGTH_LONG:
		return va_arg(*list, long);
	}
	return 0;
}

static enum length read_length(const char **at)
{
	enum length length = LENGTH_INT;

	for (;; (*at)++) {
		if (**at == 'l')
			length = length == LENGTH_LONG ? LENGTH_LONG_LONG : LENGTH_LONG;
		else if (**at == 'h')
			length = length == LENGTH_SHORT ? LENGTH_CHAR : LENGTH_SHORT;
		else if (**at == 'z')
			length = LENGTH_SIZE;
		else
			return length;
	}
}

size_t log_format_list(char *out, size_t size, const char *format, va_list arguments)
{
	struct sink sink = {.out = out, .room = size > 0 ? size - 1 : 0};
	va_list list;

	if (size == 0)
		return 0;
	va_copy(list, arguments);
	for (const char *p = format; *p != '\0'; p++) {
		struct field field = {.precision = SIZE_MAX};
		enum length length;

		if (*p != '%') {
			put(&sink, *p);
			continue;
		}
		p++;
		for (; *p == '-' || *p == '0'; p++) {
			if (*p == '-')
				field.left = true;
			else
				field.zero = true;
		}
		if (*p == '*') {
			int width = va_arg(list, int);

			field.left = field.left || width < 0;
			field.width = width < 0 ? 0U - (unsigned)width : (unsigned)width;
			p++;
		}
		for (; *p >= '0' && *p <= '9'; p++)
			field.width = field.width * 10U + (unsigned)(*p - '0');
		if (*p == '.') {
			p++;
			field.precision = 0;
			if (*p == '*') {
				int precision = va_arg(list, int);

				field.precision = precision < 0 ? SIZE_MAX : (size_t)precision;
				p++;
			}
			for (; *p >= '0' && *p <= '9'; p++)
				field.precision = field.precision * 10U + (size_t)(*p - '0');
		}
		length = read_length(&p);
		switch (*p) {
		case 'd':
		case 'i': {
			long long value = take_signed(&list, length);

			put_number(&sink,
				   value < 0 ? 0ULL - (unsigned long long)value
					     : (unsigned long long)value,
				   value < 0, 10, false, &field);
			break;
		}
		case 'u':
			put_number(&sink, take_unsigned(&list, length), false, 10, false, &field);
			break;
		case 'x':
		case 'X':
			put_number(&sink, take_unsigned(&list, length), false, 16, *p == 'X',
				   &field);
			break;
		case 'p':
			put_number(&sink, (unsigned long long)(uintptr_t)va_arg(list, void *),
				   false, 16, false, &field);
			break;
		case 'c': {
			char c = (char)va_arg(list, int);

			put_text(&sink, &c, 1, &field);
			break;
		}
		case 's': {
			const char *text = va_arg(list, const char *);

			if (text == NULL)
				text = "(none)";
			put_text(&sink, text, strnlen(text, field.precision), &field);
			break;
		}
		case '%':
			put(&sink, '%');
			break;
		case '\0':
			p--;
			break;
		default:
			put(&sink, '%');
			put(&sink, *p);
			break;
		}
	}
	va_end(list);
	sink.out[sink.used] = '\0';
	return sink.used;
}

size_t log_format(char *out, size_t size, const char *format, ...)
{
	va_list list;
	size_t used;

	va_start(list, format);
	used = log_format_list(out, size, format, list);
	va_end(list);
	return used;
}
