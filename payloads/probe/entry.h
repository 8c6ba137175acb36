/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the probe's own for CPU_ON, and the way through a suspend call and back. */
#ifndef PROBE_ENTRY_H
#define PROBE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"
#include "suspend.h"

/*
 * Written by a CPU that CPU_ON led to landing_a() or landing_b(), with its caches off. It stays
 * there until `release` is not 0, then turns itself off.
 */
struct landing {
	uint64_t count; /* of arrivals */
	uint64_t x[4], mpidr;
	uint64_t entry; /* 'a' or 'b' */
	uint64_t release;
};

void landing_a(void);
void landing_b(void);

/* The record as it is in memory. */
struct landing landing_read(void);

/* Hold the CPUs that land, or let them go. */
void landing_hold(bool hold);

/* Until `count` CPUs have landed since the start; false after some seconds. */
bool landing_wait(uint64_t count);

/*
 * CPU_SUSPEND of this CPU in the state of the tree's idle-states, through SMC or HVC. PSCI's status
 * of a call that returned, or SUSPEND_WOKE.
 */
int32_t suspend(uint32_t power_state, bool hvc);

#endif
