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

/* Memory transactions at once, and ranges of pages of all of them: unless options say otherwise. */
#define HOST_FFA_TRANSACTIONS     1024U
#define HOST_FFA_TRANSACTIONS_MAX 65536U
#define HOST_FFA_RANGES           16384U
#define HOST_FFA_RANGES_MAX       1048576U

struct host_ffa {
	const struct firmware *firmware;
	struct ledger *ledger;
	struct ffa_capacity capacity;
	size_t memory; /* bytes that ffa_open() got */
	uint64_t base; /* where */
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

/* The same for MSG_SEND_DIRECT_REQ in either form, at a third of the cost. */
static inline void host_ffa_direct(struct ffa *ffa, const struct smccc_call *call,
				   uint64_t x[SMCCC_REGISTERS])
{
	ffa_direct(ffa, &ffa->host, call->cpu, x);
}

/* The host began anew (kexec): its endpoint is as after boot. Any CPU, no locks held. */
void host_ffa_reset(struct ffa *ffa);

/*
 * The boot option hv.`name` has this value, NULL when it was not given: "ffa-transactions" or
 * "ffa-ranges", a number from 1 to the maximum above. Anything else is said and ignored. Boot CPU,
 * after host_ffa_init().
 */
void host_ffa_option(struct host_ffa *host, const char *name, const char *value);

/* As ffa_memory_size(), for the capacity that the options say. */
uint64_t host_ffa_memory_size(const struct host_ffa *host, const struct ffa *ffa,
			      uint64_t *alignment);

/* As ffa_open(), with memory of that size, which is not 0. */
void host_ffa_open(struct host_ffa *host, struct ffa *ffa, void *memory);

/* Log lines: what firmware has of FF-A, and what the host is offered. */
void host_ffa_report(const struct host_ffa *host, const struct ffa *ffa);

/* ---- ffa_memory.c: struct ffa_environment's, with a struct host_ffa as context ---- */

enum ffa_error host_ffa_pages(void *context, uint16_t endpoint, enum ffa_transition transition,
			      const struct ffa_range *ranges, uint32_t count, uint32_t fid,
			      uint32_t *refused);
void host_ffa_zero(void *context, uint16_t endpoint, const struct ffa_range *ranges,
		   uint32_t count);

#endif
