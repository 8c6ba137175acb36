// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

#define DEPTH 8

bool output_json;

static struct {
	char kind;
	bool filled;
} level[DEPTH];
static int depth = -1;
static bool pending; /* a name was written, and nothing behind it yet */

static bool in_line(void)
{
	return depth >= 0 && level[depth].kind == '(';
}

static void indent(void)
{
	for (int i = 0; i < depth; i++)
		fputs("  ", stdout);
}

/* What stands in front of a value. */
static void begin(const char *name)
{
	bool filled = depth >= 0 && level[depth].filled;

	if (depth >= 0)
		level[depth].filled = true;
	if (output_json) {
		fputs(filled ? ", " : "", stdout);
		if (name != NULL)
			printf("\"%s\": ", name);
		return;
	}
	if (in_line()) {
		fputs(filled ? " " : "", stdout);
		return;
	}
	indent();
	if (name != NULL)
		fputs(name, stdout);
	else if (depth > 0)
		fputs("-", stdout);
	pending = true;
}

/* Names and values stand apart, where a value follows in the line. */
static void part(void)
{
	if (pending && !output_json)
		putchar(' ');
	pending = false;
}

static void end(const char *words)
{
	if (output_json || in_line())
		return;
	if (words != NULL)
		printf("  %s", words);
	putchar('\n');
}

void output_open(const char *name, char kind)
{
	begin(name);
	if (output_json)
		putchar(kind == '{' ? '{' : '[');
	else if (kind == '(')
		part();
	else if (depth >= 0)
		putchar('\n');
	pending = false;
	if (depth < DEPTH - 1)
		depth++;
	level[depth].kind = kind;
	level[depth].filled = false;
}

void output_close(void)
{
	char kind = level[depth].kind;

	depth--;
	if (output_json)
		putchar(kind == '{' ? '}' : ']');
	else if (kind == '(')
		putchar('\n');
	if (output_json && depth < 0)
		putchar('\n');
}

void output_hex(const char *name, uint64_t value, const char *words)
{
	begin(name);
	part();
	printf(output_json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, value);
	end(words);
}

void output_number(const char *name, uint64_t value, const char *words)
{
	begin(name);
	part();
	printf("%" PRIu64, value);
	end(words);
}

void output_bool(const char *name, bool value)
{
	begin(name);
	part();
	fputs(output_json ? (value ? "true" : "false") : (value ? "yes" : "no"), stdout);
	end(NULL);
}

void output_text(const char *name, const char *text)
{
	begin(name);
	part();
	if (!output_json) {
		fputs(text, stdout);
		end(NULL);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (isprint((unsigned char)*text))
			putchar(*text);
		else
			printf("\\u%04x", (unsigned)(unsigned char)*text);
	}
	putchar('"');
}

void output_null(const char *name)
{
	begin(name);
	part();
	fputs(output_json ? "null" : "none", stdout);
	end(NULL);
}

void output_bytes(const char *name, const uint8_t *bytes, size_t size)
{
	begin(name);
	part();
	fputs(output_json ? "\"" : "", stdout);
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	fputs(output_json ? "\"" : "", stdout);
	end(NULL);
}

void output_uuid(const char *name, const uint8_t bytes[16], const char *nil)
{
	static const uint8_t zero[16];
	char text[37];
	size_t at = 0;

	if (nil != NULL && memcmp(bytes, zero, sizeof(zero)) == 0) {
		output_text(name, nil);
		return;
	}
	for (size_t i = 0; i < 16U; i++) {
		if (i == 4U || i == 6U || i == 8U || i == 10U)
			text[at++] = '-';
		(void)snprintf(text + at, sizeof(text) - at, "%02x", bytes[i]);
		at += 2U;
	}
	output_text(name, text);
}
