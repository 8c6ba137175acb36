/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spinlock with first-come order. Built from the compiler's atomics, so it is the same on the build
 * machine. A lock's comment says what it protects and what may be taken under it.
 */
#ifndef PORTCULLIS_LOCK_H
#define PORTCULLIS_LOCK_H

#include <stdint.h>

#include "core/machine.h"

struct lock {
	uint32_t next;   /* ticket for the next to arrive */
	uint32_t served; /* ticket that holds the lock */
};

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1U, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->served, __ATOMIC_ACQUIRE) != ticket)
		machine_relax();
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->served, lock->served + 1U, __ATOMIC_RELEASE);
}

#endif
