/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that makes random calls of the core beside a specification: its options, its rounds,
 * and how a failing sequence is made short, printed, kept and made again. What is called is the
 * business of who fills in struct drive.
 */
#ifndef PORTCULLIS_LEDGER_DRIVE_H
#define PORTCULLIS_LEDGER_DRIVE_H

#include <stdbool.h>
#include <stdio.h>

#include "ledger/burst.h"
#include "ledger/process.h"

struct drive {
	const char *name, *about; /* of --help: one line */
	uint64_t calls, calls_long, calls_round;
	struct script_form form;
	void *script; /* in memory that processes see: what was made, the burst that failed included
		       */
	struct verdict *verdict;
	uint32_t full; /* everything is compared after so many bursts */

	/* In a process of their own; false: see the verdict. */
	bool (*round)(uint64_t seed, uint64_t calls);
	bool (*play)(const void *script, uint32_t every);
	bool (*last)(void); /* once, when all rounds were fine; may be NULL */

	/* Make the action simpler in the way `step`; false: it is already, or there is no such way.
	 * *more is false when there are no further ways. */
	bool (*simplify)(void *action, unsigned step, bool *more);

	void (*print)(FILE *file, const void *script);
	const char *(*read)(FILE *file, void *script); /* NULL, or why it cannot be read */

	/* What was seen so far: kept in memory that processes see. */
	void *statistics;
	size_t statistics_size;
	uint64_t (*made)(void);         /* calls */
	bool (*enough)(FILE *complain); /* may be NULL */
	void (*report)(bool json, uint64_t seed, bool passed, FILE *file);
};

/* The program. Exit status. */
int drive_main(const struct drive *drive, int count, char **words);

/* For shrink.c. */
void shrink(const struct drive *drive, unsigned seconds);

#endif
