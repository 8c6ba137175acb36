/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything else in core's sources as the unit tests compile them: locks as they
 * are, whose order is looked at (core/lock.h says which it is), and that firmware is never called
 * with one held. What is broken ends the test.
 */
#ifndef PORTCULLIS_FAKE_LOCKS_H
#define PORTCULLIS_FAKE_LOCKS_H

#define lock_take    lock_take_plain
#define lock_release lock_release_plain
#include "core/lock.h"
#undef lock_take
#undef lock_release

/* `name`: the expression at the call, by which a lock is told from others. */
void fake_lock_wanted(const struct lock *lock, const char *name);
void fake_lock_released(const struct lock *lock);

/* Locks that the calling CPU holds. */
unsigned fake_locks_held(void);

#define lock_take(lock)    (fake_lock_wanted(lock, #lock), lock_take_plain(lock))
#define lock_release(lock) (fake_lock_released(lock), lock_release_plain(lock))

#endif
