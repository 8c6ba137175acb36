// SPDX-License-Identifier: Apache-2.0
#include "suspend.h"

#include "cpu.h"

int64_t suspend_call(uint64_t saved[13], struct cpu *cpu, const uint64_t call[4], uint64_t hvc);
void suspend_back(void *saved);

int32_t suspend_by(const uint64_t call[4], bool hvc)
{
	struct cpu *cpu = cpu_self();
	uint64_t saved[13];
	int64_t status;

	cpu->function = suspend_back;
	cpu->argument = saved;
	status = suspend_call(saved, cpu, call, hvc ? 1U : 0U);
	/* it was written with the caches off, if it was */
	for (uintptr_t at = (uintptr_t)cpu; at < (uintptr_t)(cpu + 1); at += 16U)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb_sy();
	return (int32_t)status;
}
