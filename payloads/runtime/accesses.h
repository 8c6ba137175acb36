/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of access that a CPU can make, one instruction each; see accesses.def and accesses.S.
 */
#ifndef PAYLOAD_ACCESSES_H
#define PAYLOAD_ACCESSES_H

#include <stdint.h>

#include "exception.h"
#include "features.h"

enum access_kind {
	LOAD,
	STORE,
	SWAP,
	UPDATE,
	HINT
};

typedef uint64_t access_function(uint64_t address, uint64_t canary);

struct access {
	const char *name;
	access_function *function;
	enum feature feature;
	enum access_kind kind;
	unsigned size;
};

extern const struct access accesses[];
extern const unsigned access_count;

#define ACCESS(name, feature, kind, size) access_function access_##name;
#include "accesses.def"
#undef ACCESS

/* As EL0 would, by EL1. */
access_function access_ldtr, access_ldtrb, access_sttr;

/* Address translation, stage 1 of EL1 and of EL0, for a read; what PAR_EL1 then holds. */
access_function access_at, access_at_user;

/*
 * Lanes that a first-faulting load of at most 64 bytes has filled; needs SVE. Their bytes are put
 * into `bytes`.
 */
uint64_t access_first_fault(uint64_t address, uint8_t bytes[64]);

/* What an access came to. */
struct outcome {
	unsigned count;          /* exceptions */
	struct exception taken;  /* the last one */
	uint64_t canary, result; /* equal: nothing was brought */
};

/* Make the access, with a canary of its own. */
struct outcome access_try(access_function *function, uint64_t address);

/* The same by running instructions at `address`. */
struct outcome access_execute(uint64_t address);

#endif
