/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a harness is made of. To CBMC, a function named nondet_ returns any value. A harness assumes
 * what its callers have to keep, calls the core, and promises what must follow. Its first comment
 * says all that for a person and for command/proof.py.
 *
 * In the twin (PROOF_TWIN) each promise is replaced by «0»: all of them, and the one at the end,
 * have to fail, else nothing reaches them and they promise nothing.
 */
#ifndef PORTCULLIS_PROOF_H
#define PORTCULLIS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void __CPROVER_assume(_Bool condition);
void __CPROVER_assert(_Bool condition, const char *description);

#define ASSUME(condition) __CPROVER_assume(condition)
#ifdef PROOF_TWIN
#define PROMISE(condition) __CPROVER_assert(((void)(condition), 0), "promise: " #condition)
#else
#define PROMISE(condition) __CPROVER_assert(condition, "promise: " #condition)
#endif

/* What no input may reach; behind it nothing is looked at. */
#define NEVER()                                                                                    \
	do {                                                                                       \
		__CPROVER_assert(0, "never reached");                                              \
		__CPROVER_assume(0);                                                               \
	} while (0)

uint64_t nondet_uint64(void);
uint32_t nondet_uint32(void);
uint16_t nondet_uint16(void);
uint8_t nondet_uint8(void);
unsigned nondet_unsigned(void);
int nondet_int(void);
bool nondet_bool(void);

/* Wide enough that no sum of 64-bit numbers wraps, nor a number of pages in bytes. */
#ifdef __CPROVER__
typedef unsigned __CPROVER_bitvector[80] wide;
#else
typedef unsigned __int128 wide;
#endif

/* The harness. */
void prove(void);

#endif
