/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the host, as a value that can be drawn, written down, read again and made. */
#ifndef PORTCULLIS_FFA_CALL_H
#define PORTCULLIS_FFA_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "ffa/spmc.h"
#include "ledger/burst.h"
#include "ledger/scheduler.h"

enum call_kind {
	CALL_VERSION,
	CALL_PLAIN, /* FFA_ID_GET, FFA_SPM_ID_GET */
	CALL_OTHER, /* what is not offered */
	CALL_MAP,
	CALL_UNMAP,
	CALL_RELEASE,
	CALL_PARTITIONS,
	CALL_SHARE,
	CALL_LEND,
	CALL_DONATE,
	CALL_FRAGMENT,
	CALL_RECLAIM,
	CALL_BORROW, /* MEM_RETRIEVE_REQ, MEM_RELINQUISH */
	CALL_BIND,
	CALL_UNBIND,
	CALL_DIRECT,
	CALL_RESTART, /* no call: the host's kernel begins anew */
	CALL_PARTNER, /* no call: a partition retrieves or relinquishes */
	CALL_GIVE,    /* no FF-A: MEM_DONATE of the host to the hypervisor */
	CALL_RETURN,  /* and the way back */
	CALLS,
};

/* `count` ranges of `pages` each, the next one `stride` pages farther. */
struct run {
	uint64_t base;
	uint32_t pages, count, stride;
};

#define CALL_RUNS 3U

struct call {
	uint8_t cpu, kind;
	uint8_t lie, lie_at; /* of firmware: which, and in which of its answers */
	uint32_t lie_seed;
	uint32_t tag; /* a send's own number; FRAGMENT, RECLAIM and PARTNER refer to it, 0: none */
	uint32_t w;   /* version, flags, page count, what a kind has */
	uint32_t length; /* of a fragment, 0: what remains and fits */
	uint64_t a, b;   /* addresses, handle, bitmap, w1 */
	uint8_t flaw;    /* of a descriptor, 0: none */
	uint8_t borrowers, runs;
	bool wide;        /* SMC64 */
	bool noise;       /* of 32-bit arguments the upper halves are garbage (A7, A16) */
	uint8_t shortage; /* which change of pages finds no memory, from 1; 0: none (M17) */
	uint32_t flaw_seed;
	struct run run[CALL_RUNS];
};

/* As struct burst_head has it. */
struct call_burst {
	uint32_t schedule;
	uint32_t count;
	struct call action[BURST_MAX];
};

#define CALL_READ 65536U

/* What came of it. */
struct effect {
	struct span span;
	uint64_t in[18], x[18];
	struct spmc_log log;
	enum model_status status; /* of GIVE and RETURN */
	enum model_rule rule;
	uint32_t read;      /* bytes of TX that the mediator copied, from its start */
	uint32_t written;   /* bytes into RX */
	uint32_t announced; /* length of the whole descriptor */
	uint32_t sent;      /* bytes that the caller put into TX */
	uint64_t zeroed;    /* pages */
	uint64_t handle;    /* that the call names */
	unsigned index;     /* in its burst */
	unsigned gives;     /* changes of pages that may fail, so far */
	uint8_t shortage;   /* as the call has it */
};

const char *call_name(enum call_kind kind);

/* The handle that a send with this tag got; 0 when it got none. */
uint64_t call_handle(uint32_t tag);
/* Forget all tags. */
void call_start(void);

/* Make it, as action `index` of its burst, on the CPU that fake_cpu names. */
void call_perform(const struct call *call, unsigned index, struct effect *effect);

/* The answer, as the specification counts them; 0: none that there is. */
model_ffa_set call_answer(const struct call *call, const struct effect *effect);
const char *call_answer_name(model_ffa_set answer);

/* I4: nothing stands in the registers but the answer. NULL or what does. */
const char *call_registers(const struct call *call, const struct effect *effect);

/* TX as action `index` has it; CALL_READ bytes. */
uint8_t *call_bytes(unsigned index);

#endif
