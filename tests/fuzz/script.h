/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers share: an input that is read like a script, and promises. */
#ifndef PORTCULLIS_FUZZ_SCRIPT_H
#define PORTCULLIS_FUZZ_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
	const uint8_t *at;
	size_t left;
};

extern struct script script;

/*
 * Little-endian numbers; zero once the input is used up. One call in an expression or in a list of
 * arguments: compilers differ in the order, and then the fuzzer and its replay differ.
 */
uint64_t script_take(unsigned bytes);

/* One of `count` values, or, one time in eight, any other. */
uint64_t script_choose(const uint64_t *values, unsigned count);

/* A broken promise ends the program. */
_Noreturn void script_broken(const char *file, unsigned line, const char *what);

#define PROMISE(condition) ((condition) ? (void)0 : script_broken(__FILE__, __LINE__, #condition))

#endif
