/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way in for HVC and SMC of the host.
 */
#ifndef PORTCULLIS_ROUTE_H
#define PORTCULLIS_ROUTE_H

#include <stdint.h>

#include "core/machine.h"
#include "core/smccc/smccc.h"

struct hypervisor;

/*
 * Handle one call: x0..x17 are the host's registers, of which exactly the result registers of the
 * called function are written. May not return (CPU_OFF, power-down). HVC and SMC reach the same
 * functions. `call` is the calling CPU's room for the decoded call; it stays what it is until the
 * CPU's next one, so that a crash report can show it. Any CPU, no locks held.
 */
void smccc_route(struct hypervisor *hv, struct smccc_call *call, uint16_t immediate,
		 uint64_t x[SMCCC_REGISTERS]);

#endif
