/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event counters of a CPU that cannot be told to keep them still at EL2 (PMU before FEAT_PMUv3p1).
 * There each access of the host traps, and is carried out, but that the host cannot choose EL2 as a
 * level at which something counts. Registers: DDI 0487, D24.5.
 */
#ifndef PORTCULLIS_COUNTERS_H
#define PORTCULLIS_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "arm64/cpu.h"
#include "arm64/sysreg.h"

#define COUNTERS_V3P1 4U /* ID_AA64DFR0_EL1.PMUVer: there is MDCR_EL2.HPMD */

/* Does this kind of CPU need it? */
static inline bool counters_trap(const struct cpu_features *f)
{
	unsigned version = id_field(f->dfr0, 8);

	return id_present(version) != 0U && version < COUNTERS_V3P1;
}

/* Nothing counts at EL2 that was set up before the host. Each CPU. */
void counters_blind(void);

/*
 * Carry out an access to the register of this encoding, as host_register_decide() has it. False
 * when there is no such register.
 */
bool counters_read(uint32_t encoding, uint64_t *value);
bool counters_write(uint32_t encoding, uint64_t value);

#endif
