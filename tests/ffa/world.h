/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real mediator over the real ledger and stage 2 of tests/ledger's universe, with firmware of
 * spmc.h below, and beside it the specification.
 */
#ifndef PORTCULLIS_FFA_WORLD_H
#define PORTCULLIS_FFA_WORLD_H

#include "core/ffa/ffa.h"
#include "ffa/call.h"
#include "ledger/universe.h"

#define WORLD_HOST 1U

struct world_shape {
	struct universe_shape universe;
	struct spmc_shape spmc;
	struct ffa_capacity capacity;
	uint32_t patience; /* ticks of the clock in a second */
	bool splits;       /* a range of the host is several to firmware */
	bool honest;       /* no lies in this round */
};

struct world {
	struct world_shape shape;
	struct universe universe;
	struct spmc spmc;
	struct ffa ffa;
	void *memory; /* that the mediator was given */

	struct model_ffa_world rules;
	struct model_ffa model;

	/* of each CPU, while it is in a call */
	unsigned locks[UNIVERSE_CPUS];
	struct effect *effect[UNIVERSE_CPUS];

	/* ranges that changed or might have, since the last check */
	struct {
		uint64_t base, pages;
	} touched[4096];
	unsigned touched_count;
	uint64_t events[16];
};

extern struct world world;

void world_open(const struct world_shape *shape);
void world_close(void);

/* A change of the host's own, MEM_DONATE and its reverse. */
void world_give(uint64_t base, uint64_t pages, bool back, struct effect *effect);

/* The page's record in the ledger, now. */
struct ledger_record world_record(uint64_t address);

#endif
