/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spinlock with first-come order. Built from the compiler's atomics, so it is the same on the build
 * machine. Beside each lock stands what it protects.
 *
 * Order: each is taken only while those that are held stand above it.
 *
 *   gic->lock, its->lock (one for each ITS)   never two of them
 *   ledger->lock
 *   stage2->lock
 *   struct ffa_lock of core/ffa, log_ring.lock, window_lock
 *                                             leaves: nothing is taken under them, nor two of them
 *
 * Nothing is held across a call to firmware, which may last as long as firmware likes; what must
 * not change meanwhile is moved to a state that says so (ledger: quarantine, PSCI: ON_PENDING).
 * Nothing is held across a return to the host, or by a CPU that goes off. No CPU takes a lock
 * twice.
 *
 * tests/unit/fake/locks.h looks at each of this in every unit test.
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
