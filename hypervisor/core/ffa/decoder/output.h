/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder says, as lines for people or as one JSON object on standard output. */
#ifndef PORTCULLIS_FFA_DECODER_OUTPUT_H
#define PORTCULLIS_FFA_DECODER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern bool output_json;

/* '{' an object, '[' an array, one element a line, '(' an array in one line. `name` NULL: an
 * element. */
void output_open(const char *name, char kind);
void output_close(void);

/* `words` (or NULL) explain the value to people; JSON has the value alone. */
void output_hex(const char *name, uint64_t value, const char *words);
void output_number(const char *name, uint64_t value, const char *words);
void output_bool(const char *name, bool value);
void output_text(const char *name, const char *text);
void output_null(const char *name);
void output_bytes(const char *name, const uint8_t *bytes, size_t size);

/* 16 bytes as text; `nil` (or NULL for zeroes in the usual form) when all are zero. */
void output_uuid(const char *name, const uint8_t bytes[16], const char *nil);

#endif
