/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a stage-2 fault of the host: which rule it broke, what is said, what the host
 * gets.
 *
 * State: struct host_faults, counters only; each is an atomic, so any CPU may call without a lock
 * of its own. The locks of stage 2 and of the ledger are taken for the moment of a look-up, one
 * after the other.
 */
#ifndef PORTCULLIS_HOST_FAULT_H
#define PORTCULLIS_HOST_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/plan.h"
#include "core/ledger/ledger.h"

#define HOST_FAULT_NAMED BOOT_WITHHELD_MAX /* ranges that are named once each on the console */

struct host_faults {
	uint64_t total;     /* aborts injected */
	uint64_t elsewhere; /* of these, at addresses that the tree does not name */
	uint32_t named[(HOST_FAULT_NAMED + 31U) / 32U]; /* bit per withheld range: said already */
	uint32_t named_elsewhere;
	uint32_t named_given; /* a page that the host gave away */
};

struct host_fault {
	uint64_t address; /* intermediate physical address */
	uint64_t pc;      /* of the host */
	bool known;       /* `address` is valid */
	bool write;
	bool execute;
	bool walk; /* the host's own table walk asked */
};

enum host_fault_answer {
	HOST_FAULT_RETRY, /* a translation is there by now: run the instruction again */
	HOST_FAULT_ABORT, /* give the host a synchronous external abort */
};

/*
 * Decide, count, and name a withheld range once on the console. The host's fault alone: nothing
 * here stops the machine. Any CPU, no locks held.
 */
enum host_fault_answer host_fault_decide(struct host_faults *faults, const struct boot_plan *plan,
					 struct ledger *ledger, const struct host_fault *fault);

#endif
