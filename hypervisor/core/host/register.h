/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and operations that trap although the CPU has them at EL1, because they reach
 * beyond the host: docs/security.md says which and why. Most are undefined for the host, as if the
 * CPU did not have them. A few can be read: what they say is that there is nothing to reach.
 */
#ifndef PORTCULLIS_HOST_REGISTER_H
#define PORTCULLIS_HOST_REGISTER_H

#include <stdint.h>

enum host_register_answer {
	HOST_REGISTER_UNDEFINED,
	HOST_REGISTER_ZERO,  /* a read that brings 0 */
	HOST_REGISTER_ACTLR, /* a read that brings what this CPU has in ACTLR_EL1 */
};

struct host_register_access {
	enum host_register_answer answer;
	unsigned target; /* number of the general register, 31: none */
};

/*
 * What becomes of an access, by the syndrome of a trapped MSR, MRS or system instruction
 * (ISS of exception class 0x18, DDI 0487, ESR_EL2). No state, no locks, any CPU.
 */
struct host_register_access host_register_decide(uint32_t iss);

#endif
