/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FF-A mediator in this hypervisor: its environment made of ledger, firmware and the window to
 * the host's memory, the host as its first endpoint, and its log lines.
 *
 * State: struct host_ffa, counters for the log; atomic, any CPU. The mediator's locks are leaves
 * (core/lock.h); its own state is in struct ffa.
 */
#ifndef PORTCULLIS_HOST_FFA_H
#define PORTCULLIS_HOST_FFA_H

#include <stdint.h>

#include "core/ffa/ffa.h"
#include "core/ledger/ledger.h"
#include "core/log/limit.h"
#include "core/smccc/firmware.h"
#include "core/smccc/smccc.h"

#define HOST_FFA_ID   1U /* 0 names the hypervisor itself */
#define HOST_FFA_SAID 8U /* changes of the host's version that are logged */

struct host_ffa {
	const struct firmware *firmware;
	struct ledger *ledger;
	uint32_t said;
	struct log_limit complaints; /* of the mediator, and of the ledger on its behalf */
};

/*
 * Begin the mediator on what firmware_discover() found; the ledger is not used before ffa_open().
 * `host_id` is HOST_FFA_ID or 0. Boot CPU, once.
 */
void host_ffa_init(struct host_ffa *host, struct ffa *ffa, const struct firmware *firmware,
		   struct ledger *ledger, uint16_t host_id);

/*
 * A call of the host with a fast identifier of owner 4 and number 0x60..0xff: answers it
 * completely. Any CPU, no locks held.
 */
void host_ffa_call(struct ffa *ffa, struct smccc_call *call);

/* The host began anew (kexec): its endpoint is as after boot. Any CPU, no locks held. */
void host_ffa_reset(struct ffa *ffa);

/* Log lines: what the host is offered. */
void host_ffa_report(const struct ffa *ffa);

#endif
