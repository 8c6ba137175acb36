/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with every register in sight. */
#ifndef PAYLOAD_SMCCC_H
#define PAYLOAD_SMCCC_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

enum conduit {
	SMC = CONDUIT_SMC,
	HVC = CONDUIT_HVC,
	SMC_1 = CONDUIT_SMC_1, /* immediate 1 */
	HVC_1 = CONDUIT_HVC_1,
	SMC_FFFF = CONDUIT_SMC_FFFF,
	HVC_FFFF = CONDUIT_HVC_FFFF,
	LOAD_X1 = CONDUIT_LOAD, /* no call, but a load from x1 into no register */
};

struct exchange {
	uint64_t x[31];
	uint64_t sp, sp_after;
	uint64_t unused;
	uint64_t q[64];
};

/* Fill all registers with canaries, never zero and with an upper half never zero; x0 := fid. */
void call_prepare(struct exchange *e, uint64_t fid);

/* Load all registers from `e`, call, store them there again. An UNDEFINED call changes nothing. */
void exchange_perform(struct exchange *e, enum conduit conduit);

#endif
