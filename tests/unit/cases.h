/* SPDX-License-Identifier: Apache-2.0 */
/* Test cases that are made at run time, one for each vector of a file. */
#ifndef PORTCULLIS_TEST_CASES_H
#define PORTCULLIS_TEST_CASES_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json.h"

#define CASES_MAX 256

/*
 * Append a case for each element of `array`: "PREFIX_ID", where ID is the member `id` or, without
 * one, the index from 1. Returns the new count. `function` finds the element in *state.
 */
size_t cases_add(struct CMUnitTest *cases, size_t count, const char *prefix,
		 const struct json *array, const char *id, CMUnitTestFunction function);

/* Append fixed cases. */
size_t cases_append(struct CMUnitTest *cases, size_t count, const struct CMUnitTest *more,
		    size_t number);

#endif
