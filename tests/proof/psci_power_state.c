// SPDX-License-Identifier: Apache-2.0
/*
 * The power state of a suspend call: reserved bits are refused, and which bit loses the
 * CPU's state depends on the format (DEN0022 5.4.2).
 *
 * target: hypervisor/core/psci/psci.c psci_power_state
 * bound: every 32-bit value, both formats
 * assumes: nothing
 * unwind: 1
 */
#include "proof.h"

#include "core/psci/psci.c"

void prove(void)
{
	uint32_t state = nondet_uint32();
	bool extended = nondet_bool(), power_down, good;

	good = psci_power_state(state, extended, &power_down);
	if (extended) {
		/* StateID in 27:0, StateType in 30 */
		PROMISE(good ==
			(state < 0x10000000U || (state >= 0x40000000U && state < 0x50000000U)));
		PROMISE(power_down == ((state >> 30 & 1U) == 1U));
	} else {
		/* StateID in 15:0, StateType in 16, PowerLevel in 25:24 */
		PROMISE(good == ((state >> 26) == 0U && (state >> 17 & 0x7fU) == 0U));
		PROMISE(power_down == ((state >> 16 & 1U) == 1U));
	}
}
