/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything else in each file of the checked build (build.mk): the locks of
 * core/lock.h as they are, which also tell who holds them.
 */
#ifndef PORTCULLIS_AUDIT_LOCK_H
#define PORTCULLIS_AUDIT_LOCK_H

#define lock_take    lock_take_unwatched
#define lock_release lock_release_unwatched
#include "core/lock.h"
#undef lock_take
#undef lock_release

void audit_lock_wanted(const struct lock *lock);
void audit_lock_taken(const struct lock *lock);
void audit_lock_released(const struct lock *lock);

static inline void lock_take(struct lock *lock)
{
	audit_lock_wanted(lock);
	lock_take_unwatched(lock);
	audit_lock_taken(lock);
}

static inline void lock_release(struct lock *lock)
{
	lock_release_unwatched(lock);
	audit_lock_released(lock);
}

#endif
