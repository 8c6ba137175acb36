/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is called next: drawn by weight, with an eye on what the specification says is possible, so
 * that most calls succeed, and with places to which the calls return, so that they meet.
 */
#ifndef PORTCULLIS_FFA_DRAW_H
#define PORTCULLIS_FFA_DRAW_H

#include "ffa/world.h"
#include "ledger/random.h"

#define DRAW_PLACES 6U
#define DRAW_TAGS   128U

struct draw {
	struct random_source random;
	uint64_t place[DRAW_PLACES];
	uint32_t tag[DRAW_TAGS], next; /* of the newest sends */
	unsigned undone;               /* steps of the way back */
	bool large;                    /* descriptors of hundreds of ranges */
};

struct world_shape draw_shape(struct random_source *random);
void draw_start(struct draw *draw, uint64_t seed);
void draw_burst(struct draw *draw, struct call_burst *burst);

/* The next call that brings back what can be had back; false: there is none. */
bool draw_undo(struct draw *draw, struct call *call);

#endif
