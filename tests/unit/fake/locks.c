/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/locks.h"

#define HELD_MAX 8U

/* The order of core/lock.h: a lock is taken under those of a lower rank only. */
static const struct {
	const char *name;
	unsigned rank;
} locks[] = {
    {"&gic->lock", 1},
    {"&its->lock", 1},
    {"&ledger->lock", 2},
    {"&stage2->lock", 3},
    {"&ledger->stage2->lock", 3},
    {"ffa_lock", 4},
    {"&log_ring.lock", 4},
};

static _Thread_local struct {
	const struct lock *lock;
	const char *name;
	unsigned rank;
} held[HELD_MAX];
static _Thread_local unsigned held_count;

_Noreturn static void broken(const char *what, const char *name)
{
	fprintf(stderr, "locks: %s: %s", name, what);
	for (unsigned i = 0; i < held_count; i++)
		fprintf(stderr, "%s%s", i == 0U ? "; held: " : ", ", held[i].name);
	fprintf(stderr, "\n");
	abort();
}

void fake_lock_wanted(const struct lock *lock, const char *name)
{
	unsigned rank = 0;

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		if (strcmp(name, locks[i].name) == 0)
			rank = locks[i].rank;
	if (rank == 0U)
		broken("has no rank", name);
	if (held_count == HELD_MAX || (held_count > 0U && held[held_count - 1U].rank >= rank))
		broken("taken against the order", name);
	held[held_count].lock = lock;
	held[held_count].name = name;
	held[held_count++].rank = rank;
}

void fake_lock_released(const struct lock *lock)
{
	if (held_count == 0U || held[held_count - 1U].lock != lock)
		broken("released, and was not the last one that was taken", "a lock");
	held_count--;
}

unsigned fake_locks_held(void)
{
	return held_count;
}
