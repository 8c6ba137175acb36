/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

struct reader {
	const char *path;
	const char *text;
	const char *at;
};

static _Noreturn void refuse(const struct reader *reader, const char *what)
{
	unsigned line = 1;

	for (const char *c = reader->text; c < reader->at; c++)
		line += *c == '\n';
	fprintf(stderr, "%s:%u: %s\n", reader->path, line, what);
	exit(2);
}

static void skip(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
}

static bool accept(struct reader *reader, char c)
{
	skip(reader);
	if (*reader->at != c)
		return false;
	reader->at++;
	return true;
}

static char *read_string(struct reader *reader)
{
	const char *end;
	size_t length = 0;
	char *out;

	if (!accept(reader, '"'))
		refuse(reader, "a string is missing");
	for (end = reader->at; *end != '"'; end++) {
		if (*end == '\\' && end[1] != '\0')
			end++;
		else if (*end == '\0')
			refuse(reader, "a string has no end");
	}
	out = malloc((size_t)(end - reader->at) + 1U);
	if (out == NULL)
		refuse(reader, "no memory");
	for (; reader->at < end; reader->at++) {
		if (*reader->at == '\\')
			reader->at++;
		out[length++] = *reader->at;
	}
	reader->at++;
	out[length] = '\0';
	return out;
}

static struct json *read_value(struct reader *reader)
{
	struct json *value = calloc(1, sizeof(*value));
	struct json **tail;

	if (value == NULL)
		refuse(reader, "no memory");
	tail = &value->first;
	skip(reader);
	if (*reader->at == '"') {
		value->kind = JSON_STRING;
		value->string = read_string(reader);
	} else if (accept(reader, '[')) {
		value->kind = JSON_ARRAY;
		if (accept(reader, ']'))
			return value;
		do {
			*tail = read_value(reader);
			tail = &(*tail)->next;
		} while (accept(reader, ','));
		if (!accept(reader, ']'))
			refuse(reader, "an array has no end");
	} else if (accept(reader, '{')) {
		value->kind = JSON_OBJECT;
		if (accept(reader, '}'))
			return value;
		do {
			char *key;

			skip(reader);
			key = read_string(reader);
			if (!accept(reader, ':'))
				refuse(reader, "':' is missing");
			*tail = read_value(reader);
			(*tail)->key = key;
			tail = &(*tail)->next;
		} while (accept(reader, ','));
		if (!accept(reader, '}'))
			refuse(reader, "an object has no end");
	} else if (strncmp(reader->at, "true", 4) == 0) {
		value->kind = JSON_BOOL;
		value->truth = true;
		reader->at += 4;
	} else if (strncmp(reader->at, "false", 5) == 0) {
		value->kind = JSON_BOOL;
		reader->at += 5;
	} else if (strncmp(reader->at, "null", 4) == 0) {
		reader->at += 4;
	} else {
		char *end;

		value->kind = JSON_INTEGER;
		value->integer = strtoll(reader->at, &end, 10);
		if (end == reader->at)
			refuse(reader, "no value");
		reader->at = end;
	}
	return value;
}

/* Kept for the life of the program: the cases of the test programs point into them. */
static struct vectors {
	struct vectors *next;
	struct json *root;
} *kept;

const struct json *json_vectors(const char *name)
{
	const char *directory = getenv("PORTCULLIS_VECTORS");
	struct vectors *vectors = calloc(1, sizeof(*vectors));
	struct reader reader;
	char path[512], *text;
	long size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory != NULL ? directory : "tests/vectors",
		 name);
	file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
	    fseek(file, 0, SEEK_SET) != 0) {
		fprintf(stderr, "%s: %s (run from the root of the project)\n", path,
			strerror(errno));
		exit(2);
	}
	text = calloc(1, (size_t)size + 1U);
	if (text == NULL || vectors == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	fclose(file);
	reader = (struct reader){path, text, text};
	vectors->root = read_value(&reader);
	skip(&reader);
	if (*reader.at != '\0')
		refuse(&reader, "something follows the end");
	free(text);
	vectors->next = kept;
	kept = vectors;
	return vectors->root;
}

const struct json *json_member(const struct json *object, const char *key)
{
	for (const struct json *member = object->first; member != NULL; member = member->next)
		if (member->key != NULL && strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

static const struct json *required(const struct json *object, const char *key, enum json_kind kind)
{
	const struct json *member = json_member(object, key);

	if (member == NULL || member->kind != kind) {
		const struct json *id = json_member(object, "id");

		fprintf(stderr, "vectors: member \"%s\" of %s is missing or of another kind\n", key,
			id != NULL && id->kind == JSON_STRING ? id->string : "an object");
		exit(2);
	}
	return member;
}

const char *json_string(const struct json *object, const char *key)
{
	return required(object, key, JSON_STRING)->string;
}

int64_t json_integer(const struct json *object, const char *key)
{
	return required(object, key, JSON_INTEGER)->integer;
}

bool json_truth(const struct json *object, const char *key)
{
	return required(object, key, JSON_BOOL)->truth;
}

const struct json *json_array(const struct json *object, const char *key)
{
	return required(object, key, JSON_ARRAY);
}

uint64_t json_register(const struct json *value)
{
	char *end;
	uint64_t number;

	if (value == NULL || value->kind != JSON_STRING) {
		fprintf(stderr, "vectors: a register is no string\n");
		exit(2);
	}
	errno = 0;
	number = strtoull(value->string, &end, 0);
	if (errno != 0 || *end != '\0' || end == value->string) {
		fprintf(stderr, "vectors: \"%s\" is no register\n", value->string);
		exit(2);
	}
	return number;
}

uint32_t json_version(const struct json *value)
{
	unsigned major = 0, minor = 0;
	char rest;

	if (value != NULL && value->kind == JSON_STRING && strcmp(value->string, "none") == 0)
		return 0;
	if (value == NULL || value->kind != JSON_STRING ||
	    sscanf(value->string, "%u.%u%c", &major, &minor, &rest) != 2) {
		fprintf(stderr, "vectors: a version is none\n");
		exit(2);
	}
	return major << 16 | minor;
}

size_t json_bytes(const struct json *object, const char *key, uint8_t *out, size_t limit)
{
	const char *hex = json_string(object, key);
	size_t count = strlen(hex) / 2U;

	if (count > limit || strlen(hex) % 2U != 0U) {
		fprintf(stderr, "vectors: %zu bytes do not fit\n", count);
		exit(2);
	}
	memset(out, 0, limit);
	for (size_t i = 0; i < count; i++) {
		unsigned byte = 0;

		if (sscanf(hex + 2U * i, "%2x", &byte) != 1) {
			fprintf(stderr, "vectors: no byte in hexadecimal\n");
			exit(2);
		}
		out[i] = (uint8_t)byte;
	}
	return count;
}

size_t json_count(const struct json *array)
{
	size_t count = 0;

	for (const struct json *element = array->first; element != NULL; element = element->next)
		count++;
	return count;
}

const struct json *json_filter(const struct json *array, bool (*wanted)(const struct json *))
{
	struct json *chosen = calloc(1, sizeof(*chosen)), **end = &chosen->first;

	for (const struct json *element = array->first; element != NULL; element = element->next) {
		if (!wanted(element))
			continue;
		*end = malloc(sizeof(**end));
		if (*end == NULL)
			abort();
		**end = *element;
		end = &(*end)->next;
		*end = NULL;
	}
	return chosen;
}
