/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of a payload, as lines that a test script reads:
 *
 *   NAME: # detail of a failed check
 *   NAME: ok 3 withheld pages: 1411 checks
 *   NAME: not ok 4 immediate: 12 of 640 checks failed
 */
#ifndef PAYLOAD_CHECKS_H
#define PAYLOAD_CHECKS_H

#include <stdbool.h>

/* A test: its checks, and one line at its end. Only one is open at a time. */
void test_begin(const char *name);
void test_end(void);

/* One check of the open test, on any CPU; the first failures are printed. Returns `good`. */
bool check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of information: "NAME: # ...". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

unsigned test_passed(void);
unsigned test_failed(void);

#endif
