/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ledger = page tables as a CPU walks them = specification, translations forgotten wherever the
 * host loses a page, no lock held, nothing lost. What is found wrong ends in failure().
 */
#ifndef PORTCULLIS_LEDGER_CHECK_H
#define PORTCULLIS_LEDGER_CHECK_H

#include "ledger/action.h"

/* Take the fake machine's hook for TLB operations, and pass on to who had it; `point` may be NULL.
 */
void check_start(struct universe *universe, void (*point)(void));

/* CPU `cpu` is about to make `action`. */
void check_acting(unsigned cpu, const struct action *action);

/*
 * The burst is over and nobody is inside a call: the specification follows, in the order of
 * positions, and whatever was in reach of these actions is compared.
 */
void check_burst(struct universe *universe, const struct burst *burst, struct outcome *outcome);

/*
 * One action in the specification, in the order in which they took effect: answers, counts and what
 * the ledger remembers. `alone`: nobody else was inside.
 */
void check_action(struct universe *universe, const struct action *action,
		  const struct outcome *outcome, bool alone);

/* The pages of a range that lie in the bank of its base, and one on either side. */
void check_near(struct universe *universe, uint64_t base, uint64_t pages);

/* No lock is held, and the counts are right. */
void check_quiet(const struct universe *universe);

/* Does the action, with this outcome, count as a change or as the refusal of one? */
bool check_changes(const struct action *action, const struct outcome *outcome);

/* Everything, in time that grows with the universe. */
void check_all(struct universe *universe);

/* Counts of what was looked at. */
struct check_counts {
	uint64_t pages, full, invalidations;
};
extern struct check_counts check_counts;

#endif
