/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of power share: what this PSCI has, and what its firmware is said to refuse. */
#ifndef PROBE_POWER_H
#define PROBE_POWER_H

#include <stdint.h>

#include "payload.h"
#include "psci.h"

#define VERSION_1_0 0x10000U

static inline uint32_t psci_version(void)
{
	return (uint32_t)psci_call(PSCI_VERSION, 0, 0, 0);
}

/* What an entry that cannot be is answered with: INVALID_ADDRESS came with PSCI 1.0. */
static inline int32_t bad_entry(void)
{
	return psci_version() < VERSION_1_0 ? PSCI_INVALID_PARAMETERS : PSCI_INVALID_ADDRESS;
}

/* PSCI_FEATURES(CPU_SUSPEND), which PSCI 0.2 has without saying so; negative when it is not
 * offered. */
static inline int32_t suspend_flags(void)
{
	return psci_version() < VERSION_1_0 ? 0 : psci_features(PSCI_CPU_SUSPEND);
}

/*
 * The status with which firmware refuses a call that is right, as payload.NAME says it without its
 * sign; 0: it does not refuse. NAME: cpu-on, cpu-off, cpu-suspend, system-suspend, system-off.
 */
static inline int32_t refusal(const char *name)
{
	return -(int32_t)machine_option(name, 0);
}

/* CPU_ON and the suspend calls lead to no such address; `what` is for messages. */
void refuse_entry(const char *what, uint64_t entry);

static inline unsigned last_cpu(void)
{
	return machine.cpu_count - 1U;
}

#endif
