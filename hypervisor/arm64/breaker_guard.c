// SPDX-License-Identifier: Apache-2.0
/* Which guards are away, and who is told. */
#include <string.h>

#include "core/log/log.h"

#include "arm64/breaker.h"

static uint32_t away[GUARD_COUNT]; /* atomic */

static const char *const names[GUARD_COUNT] = {
#define GUARD(name, words) #name,
#include "arm64/guards.def"
#undef GUARD
};

void __real_cpu_initialise(const struct cpu *cpu, bool woken);
void __wrap_cpu_initialise(const struct cpu *cpu, bool woken);

bool breaker_off(enum guard guard)
{
	return __atomic_load_n(&away[guard], __ATOMIC_ACQUIRE) != 0U;
}

bool breaker_switch(struct hypervisor *hv, uint64_t guard, bool off)
{
	if (guard >= GUARD_COUNT)
		return false;
	__atomic_store_n(&away[guard], off ? 1U : 0U, __ATOMIC_RELEASE);
	breaker_memory_switch(hv, (enum guard)guard, off);
	breaker_register_switch((enum guard)guard, off);
	breaker_power_switch(hv, (enum guard)guard, off);
	breaker_call_switch(hv, (enum guard)guard, off);
	breaker_gic_switch(hv, (enum guard)guard, off);
	return true;
}

bool breaker_guard_named(struct hypervisor *hv, const char *name)
{
	for (unsigned i = 0; i < GUARD_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return breaker_switch(hv, i, true);
	return false;
}

static void enter(enum guard guard, bool woken)
{
	breaker_memory_enter(guard, woken);
	breaker_register_enter(guard);
}

void __wrap_cpu_initialise(const struct cpu *cpu, bool woken)
{
	__real_cpu_initialise(cpu, woken);
	for (unsigned i = 0; i < GUARD_COUNT; i++)
		if (breaker_off((enum guard)i))
			enter((enum guard)i, woken);
}
