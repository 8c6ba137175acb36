/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a cmocka program: names its tests, or narrows them down, which cmocka 1.1 cannot
 * do from outside. Tests are known only when the program calls the runner, so that is where this
 * steps in.
 *
 *   PORTCULLIS_CASES=list       print "case NAME" for each test and run none
 *   PORTCULLIS_CASES=run        run them; standard output is flushed per line, so that a program
 * that dies half-way has still said how far it came PORTCULLIS_CASES_ONLY=FILE  run only the tests
 * whose names stand in FILE, one a line
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef int run_group(const char *name, const struct CMUnitTest *tests, size_t count,
		      CMFixtureFunction setup, CMFixtureFunction teardown);

__attribute__((constructor)) static void flush_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

static int wanted(const char *name)
{
	const char *path = getenv("PORTCULLIS_CASES_ONLY");
	char line[512];
	int found = 0;
	FILE *file;

	if (!path)
		return 1;
	file = fopen(path, "r");
	if (!file) {
		perror(path);
		exit(2);
	}
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, name) == 0;
	}
	fclose(file);
	return found;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *const tests,
			    const size_t count, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	const char *mode = getenv("PORTCULLIS_CASES");
	run_group *real = (run_group *)dlsym(RTLD_NEXT, "_cmocka_run_group_tests");
	struct CMUnitTest *chosen = calloc(count + 1, sizeof(*chosen));
	size_t kept = 0;
	int status = 0;

	if (!real || !chosen) {
		fprintf(stderr, "selector: %s\n", real ? "no memory" : dlerror());
		exit(2);
	}
	for (size_t i = 0; i < count; i++) {
		if (tests[i].name && wanted(tests[i].name))
			chosen[kept++] = tests[i];
	}
	if (mode && strcmp(mode, "list") == 0) {
		for (size_t i = 0; i < kept; i++)
			printf("case %s\n", chosen[i].name);
	} else if (kept > 0) {
		status = real(name, chosen, kept, setup, teardown);
	}
	free(chosen);
	return status;
}
