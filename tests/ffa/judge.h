/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that were made, held against the specification. */
#ifndef PORTCULLIS_FFA_JUDGE_H
#define PORTCULLIS_FFA_JUDGE_H

#include "ffa/world.h"

/*
 * The burst is over, and nobody is inside a call. Is there an order of its calls, with each between
 * its beginning and its end, in which the specification gives the same answers? It has made them in
 * that order then. Does not come back else.
 */
void judge_burst(const struct call_burst *burst, const struct effect *effect);

/*
 * Ledger = page tables as a CPU walks them = specification, for what these calls touched; what
 * partitions reach is theirs by the ledger; no lock is held.
 */
void judge_pages(void);

/* The same for everything. */
void judge_all(void);

/* Counts of what was looked at. */
extern struct judge_counts {
	uint64_t orders;  /* that were tried for bursts of several */
	uint64_t relaxed; /* errors that only others' calls under way explain */
	uint64_t settled; /* doubtful transactions whose end was seen */
} judge_counts;

#endif
