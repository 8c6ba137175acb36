/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enough of a JSON reader for the files of tests/vectors: objects, arrays, strings without escapes
 * beyond \" and \\, integers, true, false, null. What it cannot read ends the test program with a
 * message.
 */
#ifndef PORTCULLIS_TEST_JSON_H
#define PORTCULLIS_TEST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INTEGER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_kind kind;
	bool truth;
	int64_t integer;
	char *string;
	char *key; /* of a member of an object */
	struct json *first, *next;
};

/* Read tests/vectors/NAME, from the root of the project or from $PORTCULLIS_VECTORS. */
const struct json *json_vectors(const char *name);

/* Member `key` of an object, NULL when there is none. */
const struct json *json_member(const struct json *object, const char *key);

/* The same for members that must be there and of that kind. */
const char *json_string(const struct json *object, const char *key);
int64_t json_integer(const struct json *object, const char *key);
bool json_truth(const struct json *object, const char *key);
const struct json *json_array(const struct json *object, const char *key);

/* A register: "0x..." as string. */
uint64_t json_register(const struct json *value);

/* A version in words: "1.1"; "none" is 0. */
uint32_t json_version(const struct json *value);

/* Member `key`, bytes in hexadecimal: `limit` bytes of `out` are filled with them, then zeroes. */
size_t json_bytes(const struct json *object, const char *key, uint8_t *out, size_t limit);

size_t json_count(const struct json *array);

/* Those of the array that `wanted` takes, for as long as the program. */
const struct json *json_filter(const struct json *array, bool (*wanted)(const struct json *));

#endif
