/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs of the fake machine as coroutines of one thread: who runs when follows from a seed, so that
 * a run can be had again. A CPU may lose its turn
 *
 *   - at each atomic operation of the core, which is where locks are taken and released;
 *   - at each TLB operation, publication of page tables and call to firmware of the fake machine;
 *   - while it waits (machine_relax());
 *   - now and then at any access to memory.
 *
 * The first and the last come from the core being compiled with -fsanitize=thread, whose calls are
 * answered in instrumentation.c instead of by a sanitizer.
 */
#ifndef PORTCULLIS_LEDGER_SCHEDULER_H
#define PORTCULLIS_LEDGER_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lock.h"
#include "ledger/burst.h"
#include "ledger/universe.h"

struct scheduler_counts {
	uint64_t switches;                   /* of CPUs inside a call */
	uint64_t inside[UNIVERSE_CPUS + 1U]; /* calls that met so many CPUs inside, their own too */
};

extern struct scheduler_counts scheduler_counts;

/*
 * The two locks, outer and inner: the order of calls is that in which they released the inner one
 * or, without it, the outer one. Once for each universe; takes the hooks of the fake machine.
 */
void scheduler_start(const struct lock *outer, const struct lock *inner);

/* Who makes which action of a burst. */
struct schedule {
	uint32_t seed, count;
	uint8_t cpu[BURST_MAX]; /* of each action */
};

/* When an action took effect, and when it was under way; one that ended before another began took
 * effect before it. */
struct span {
	uint64_t position;
	uint64_t begin, end;
};

/* Make all actions of the burst, each CPU its own in their order; `make` is called on its CPU. */
void scheduler_run(const struct schedule *schedule, void (*make)(unsigned index),
		   struct span *span);

/* A point at which another CPU may go on. */
void scheduler_point(void);

/* For instrumentation.c. */
extern int64_t scheduler_accesses; /* until the next one that is a point */
void scheduler_access(void);
void scheduler_stored(const void *address);

#endif
