/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and operations that trap although the CPU has them at EL1, because they reach
 * beyond the host: docs/security.md says which and why. Most are undefined for the host, as if the
 * CPU did not have them. A few can be read: what they say is that there is nothing to reach.
 */
#ifndef PORTCULLIS_HOST_REGISTER_H
#define PORTCULLIS_HOST_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

/* Op0, op1, CRn, CRm and op2 of a register, as they stand in a syndrome; the other bits are zero.
 */
#define HOST_REGISTER(op0, op1, crn, crm, op2)                                                     \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define HOST_REGISTER_OP1(encoding) ((encoding) >> 14 & 7U)
#define HOST_REGISTER_OP2(encoding) ((encoding) >> 17 & 7U)
#define HOST_REGISTER_CRN(encoding) ((encoding) >> 10 & 0xfU)
#define HOST_REGISTER_CRM(encoding) ((encoding) >> 1 & 0xfU)

enum host_register_answer {
	HOST_REGISTER_UNDEFINED,
	HOST_REGISTER_ZERO,    /* a read that brings 0 */
	HOST_REGISTER_COUNTER, /* of the performance monitors: arm64/counters.h knows */
	HOST_REGISTER_ACTLR,   /* a read that brings what this CPU has in ACTLR_EL1 */
};

struct host_register_access {
	enum host_register_answer answer;
	uint32_t encoding; /* HOST_REGISTER() */
	bool read;
	unsigned target; /* number of the general register, 31: none */
};

/*
 * What becomes of an access, by the syndrome of a trapped MSR, MRS or system instruction
 * (ISS of exception class 0x18, DDI 0487, ESR_EL2). No state, no locks, any CPU.
 */
struct host_register_access host_register_decide(uint32_t iss);

#endif
