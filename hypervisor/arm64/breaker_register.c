// SPDX-License-Identifier: Apache-2.0
/* Guards that are bits of HCR_EL2, MDCR_EL2, BRBCR_EL2 and TRFCR_EL2, each of the CPU that it is
 * on. */
#include "arm64/breaker.h"
#include "arm64/counters.h"
#include "arm64/sysreg.h"

#define BRBCR_E2BRE (1UL << 1)
#define TRFCR_E2TRE (1UL << 1)

static uint64_t hcr_bit(enum guard guard)
{
	switch (guard) {
	case GUARD_trap_set_way:
		return HCR_TSW;
	case GUARD_trap_actlr:
		return HCR_TACR;
	case GUARD_trap_implementation:
		return HCR_TIDCP;
	case GUARD_trap_regions:
		return HCR_TLOR;
	case GUARD_trap_smc:
		return HCR_TSC;
	default:
		return 0;
	}
}

static uint64_t mdcr_bit(enum guard guard)
{
	switch (guard) {
	case GUARD_blind_events:
		return counters_trap(&cpu_features) ? MDCR_TPM : MDCR_HPMD;
	case GUARD_blind_cycles:
		return MDCR_HCCD;
	default:
		return 0;
	}
}

static void set_bit(enum guard guard, bool off)
{
	uint64_t bit = hcr_bit(guard), value = sysreg_read(hcr_el2);

	if (bit != 0UL)
		sysreg_write(hcr_el2, off ? value & ~bit : value | bit);
	bit = mdcr_bit(guard);
	value = sysreg_read(mdcr_el2);
	if (bit != 0UL)
		sysreg_write(mdcr_el2, off ? value & ~bit : value | bit);
	if (guard == GUARD_blind_branches && cpu_features.brbe)
		sysreg_write(BRBCR_EL2, off ? BRBCR_E2BRE : 0UL);
	if (guard == GUARD_blind_trace && cpu_features.trf)
		sysreg_write(TRFCR_EL2, off ? TRFCR_E2TRE : 0UL);
	isb();
}

void breaker_register_switch(enum guard guard, bool off)
{
	set_bit(guard, off);
}

void breaker_register_enter(enum guard guard)
{
	set_bit(guard, true);
}
