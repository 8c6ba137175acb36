/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has seen, and whether it was enough to mean something. */
#ifndef PORTCULLIS_LEDGER_STATISTICS_H
#define PORTCULLIS_LEDGER_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/action.h"

#define STATISTICS_CALLS (MODEL_CALLS + 11U) /* changes, the host's calls, questions */
#define STATISTICS_OK    40U                 /* per cent of the calls that must succeed */
#define STATISTICS_LIVE  8U                  /* loans at once, at the least */

struct statistics {
	uint64_t calls, ok;
	uint64_t bursts, rounds;
	uint64_t answers[STATISTICS_CALLS][ACTION_ANSWERS];
	uint64_t inside[UNIVERSE_CPUS + 1U]; /* calls that met so many CPUs inside */
	uint64_t switches;                   /* of CPUs inside a call */
	uint64_t pages, full, invalidations; /* compared, walks of everything, TLB operations */
	uint64_t undone;                     /* rounds that ended as they had begun */
	uint64_t stuck;                      /* rounds too short of memory for that */
	uint64_t live; /* most loans at once: stretches of pages that one party has of another */
	uint64_t levels[STAGE2_BBM_DIRECT + 1U]; /* rounds with each level of FEAT_BBM */
	uint64_t trace;                          /* of all answers: equal runs have equal ones */
};

void statistics_note(struct statistics *statistics, const struct burst *burst,
		     const struct outcome *outcome);

/*
 * True when the run says something: enough calls succeeded, all CPUs were inside at once, each
 * level of FEAT_BBM had a round, every answer that docs/memory.md names was given. Prints what is
 * missing, one line each, to `file` if that is not NULL.
 */
bool statistics_enough(const struct statistics *statistics, FILE *file);

void statistics_print(const struct statistics *statistics, uint64_t seed, FILE *file);
void statistics_json(const struct statistics *statistics, uint64_t seed, bool passed, FILE *file);

#endif
