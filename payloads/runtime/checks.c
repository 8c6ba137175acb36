// SPDX-License-Identifier: Apache-2.0
#include "checks.h"

#include "core/log/log.h"
#include "payload.h"

#define SHOWN 6U /* failures of one test that are printed */

static struct {
	const char *name;
	unsigned number, checks, failures;
	unsigned passed, failed;
} state;

void test_begin(const char *name)
{
	state.name = name;
	state.number++;
	state.checks = state.failures = 0;
}

void test_end(void)
{
	if (state.failures == 0U && state.checks != 0U) {
		state.passed++;
		say("ok %u %s: %u checks", state.number, state.name, state.checks);
	} else {
		state.failed++;
		say("not ok %u %s: %u of %u checks failed", state.number, state.name,
		    state.failures, state.checks);
	}
}

bool check(bool good, const char *format, ...)
{
	char text[200];
	va_list list;

	__atomic_fetch_add(&state.checks, 1U, __ATOMIC_RELAXED);
	if (good)
		return true;
	if (__atomic_fetch_add(&state.failures, 1U, __ATOMIC_RELAXED) < SHOWN) {
		va_start(list, format);
		log_format_list(text, sizeof(text), format, list);
		va_end(list);
		say("# %s: %s", state.name, text);
	}
	return false;
}

void note(const char *format, ...)
{
	char text[200];
	va_list list;

	va_start(list, format);
	log_format_list(text, sizeof(text), format, list);
	va_end(list);
	say("# %s", text);
}

unsigned test_passed(void)
{
	return state.passed;
}

unsigned test_failed(void)
{
	return state.failed;
}
