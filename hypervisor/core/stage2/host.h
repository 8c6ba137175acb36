/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one function through which the host's mappings change after boot and at boot. The ledger
 * takes its place here: it will decide, name the state that it expects, and call down.
 */
#ifndef PORTCULLIS_STAGE2_HOST_H
#define PORTCULLIS_STAGE2_HOST_H

#include "core/stage2/stage2.h"

/*
 * Let `kind` stand at [base, base + size) for the host. Takes the lock of `stage2`. Any CPU, with
 * no lock held that ranks below it. Results as stage2_set().
 */
enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind);

/*
 * A CPU of level `bbm` joins: from here on the lower one of both holds. True when that is a change.
 * Before stage 2 is on for that CPU. Takes the lock. Any CPU.
 */
bool host_memory_limit(struct stage2 *stage2, enum stage2_bbm bbm);

/* What the host finds at `ipa`, consistent: takes the lock. For the fault handler. */
struct stage2_entry host_memory_lookup(struct stage2 *stage2, uint64_t ipa);

#endif
