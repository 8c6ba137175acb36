/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

/* Names live as long as the program. */
static char *names[CASES_MAX];
static size_t names_count;

static const char *make_name(const char *prefix, const char *id, unsigned index)
{
	char text[128], *name;

	if (names_count == CASES_MAX)
		abort();
	if (id != NULL)
		snprintf(text, sizeof(text), "%s_%s", prefix, id);
	else
		snprintf(text, sizeof(text), "%s_%02u", prefix, index);
	name = strdup(text);
	if (name == NULL)
		abort();
	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	names[names_count++] = name;
	return name;
}

size_t cases_add(struct CMUnitTest *cases, size_t count, const char *prefix,
		 const struct json *array, const char *id, CMUnitTestFunction function)
{
	unsigned index = 1;

	for (struct json *element = array->first; element != NULL; element = element->next) {
		if (count == CASES_MAX)
			abort();
		cases[count++] = (struct CMUnitTest){
		    .name =
			make_name(prefix, id != NULL ? json_string(element, id) : NULL, index++),
		    .test_func = function,
		    .initial_state = element,
		};
	}
	return count;
}

size_t cases_append(struct CMUnitTest *cases, size_t count, const struct CMUnitTest *more,
		    size_t number)
{
	if (count + number > CASES_MAX)
		abort();
	memcpy(&cases[count], more, number * sizeof(*more));
	return count + number;
}
