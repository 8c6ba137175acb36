/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is called next: drawn by weight, with an eye on what the specification says is possible, so
 * that most calls succeed, and with places to which the calls return, so that they meet.
 */
#ifndef PORTCULLIS_LEDGER_DRAW_H
#define PORTCULLIS_LEDGER_DRAW_H

#include "ledger/action.h"
#include "ledger/random.h"

#define DRAW_PLACES 6U

struct draw {
	struct random_source random;
	const struct universe *universe;
	uint64_t place[DRAW_PLACES];
	bool coarse;         /* blocks rather than pages */
	bool poison;         /* pages may be lost for ever */
	struct action storm; /* one page that is pinned until it takes no more */
	unsigned storm_left;
	struct action chain[3]; /* a block that is given away, lent back and taken in parts */
	unsigned chain_left;
};

/* A universe for the round: maps, sizes of pools. */
struct universe_shape draw_shape(struct random_source *random);

void draw_start(struct draw *draw, const struct universe *universe, uint64_t seed);

void draw_burst(struct draw *draw, struct burst *burst);

/*
 * The call that brings the page at *at, and those after it that are in the same state, a step
 * nearer to what they were at boot; *at moves behind them. False when nothing is left from there
 * on.
 */
bool draw_undo(struct draw *draw, uint64_t *at, struct action *action);

#endif
