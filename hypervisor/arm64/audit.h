/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test build that looks after itself (make VARIANT=checked): whenever a CPU is about to go back
 * to the host, the invariants are compared with what is there, and one that does not hold is a
 * crash report that names rule, page and call. The normal image contains none of it.
 *
 * What is looked at, each time: no lock is held by this CPU (I5), as at each call to firmware; this
 * CPU is ON for everybody else and the records of all CPUs are whole (I1). In a full walk besides:
 * ledger_check() (I2), and stage 2 outside of RAM, which never changes once the host runs. A lock
 * for which a CPU waits ten seconds is held by one that is no more.
 *
 * When: a full walk after each memory call (HOST_MEMORY_*, its version included), after whatever
 * changed ledger or stage 2 or was refused by the ledger, and after each hv.audit=N-th other exit
 * (default 16, 1: every one).
 *
 * hv.plant=NAME commits one fault behind the walk of the first memory call, to see it found.
 * hv.test-calls=on adds calls that the normal image lacks and that only firmware's silence leads
 * to.
 */
#ifndef PORTCULLIS_AUDIT_H
#define PORTCULLIS_AUDIT_H

#include "core/hypervisor.h"
#include "core/lock.h"

/*
 * With hv.test-calls=on, x1 = base, x2 = pages, x3 = state (enum ledger_state) where one is needed;
 * between the host as owner and the hypervisor as borrower; answers as HOST_MEMORY_*.
 */
#define AUDIT_LEND       0xc6000030U
#define AUDIT_RECLAIM    0xc6000031U
#define AUDIT_QUARANTINE 0xc6000032U
#define AUDIT_RELEASE    0xc6000033U
#define AUDIT_POISON     0xc6000034U

#ifdef CHECKED
/* Reads its options, remembers what does not change. Boot CPU, before the host runs. */
void audit_begin(struct hypervisor *hv);
/* Around a call of the host: true when audit_call() has answered it. `call` is decoded. Any CPU. */
bool audit_call(struct hypervisor *hv, struct smccc_call *call);
void audit_call_done(struct hypervisor *hv, const struct smccc_call *call);
/* Before a CPU goes to the host for another reason than the end of a call. Any CPU. */
void audit_exit(struct hypervisor *hv);
/* A turn of a loop that waits for memory. Any CPU. */
void audit_waits(void);
#else
static inline void audit_begin(struct hypervisor *hv)
{
	(void)hv;
}

static inline void audit_exit(struct hypervisor *hv)
{
	(void)hv;
}

static inline void audit_waits(void)
{
}
#endif

#endif
