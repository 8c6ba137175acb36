/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has seen, and whether it was enough to mean something. */
#ifndef PORTCULLIS_FFA_STATISTICS_H
#define PORTCULLIS_FFA_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ffa/call.h"

#define STATISTICS_OK   40U /* per cent of the calls that must succeed */
#define STATISTICS_LIVE 8U  /* transactions at once, at the least */

struct ffa_statistics {
	uint64_t calls, ok, bursts, rounds, honest;
	uint64_t answers[CALLS][13]; /* by bit of the answer; 12: none that there is */
	uint64_t inside[UNIVERSE_CPUS + 1U];
	uint64_t switches, pages, full, invalidations;
	uint64_t live; /* most at once */
	uint64_t undone, lost, half;
	uint64_t orders, relaxed, settled;
	uint64_t asked; /* calls into firmware */
	uint64_t lies[LIES];
	uint64_t versions[3][4]; /* rounds by firmware's version; calls by the caller's */
	uint64_t trace;
};

void ffa_statistics_note(struct ffa_statistics *statistics, const struct call_burst *burst,
			 const struct effect *effect);
bool ffa_statistics_enough(const struct ffa_statistics *statistics, FILE *complain);
void ffa_statistics_report(const struct ffa_statistics *statistics, bool json, uint64_t seed,
			   bool passed, FILE *file);

#endif
