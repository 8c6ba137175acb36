// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"

#include <stddef.h>

#include "payload.h"
#include "psci.h"

_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(offsetof(struct cpu, function) == CPU_FUNCTION, "layout.h");
_Static_assert(offsetof(struct cpu, argument) == CPU_ARGUMENT, "layout.h");
_Static_assert(offsetof(struct cpu, user_sp) == CPU_USER_SP, "layout.h");
_Static_assert(offsetof(struct cpu, entry) == CPU_ENTRY, "layout.h");
_Static_assert(offsetof(struct cpu_entry, system) == ENTRY_SYSTEM, "layout.h");
_Static_assert(sizeof(struct cpu_entry) == ENTRY_SIZE, "layout.h");
_Static_assert((int)ENTRY_CNTV_CTL + 1 == ENTRY_COUNT, "layout.h");

#define START_LIMIT_US 5000000U
#define RUN_LIMIT_US   60000000U

struct cpu cpus[CPU_LIMIT];
volatile uint64_t strays = ~(uint64_t)0;

extern char stacks[];

static uint32_t phase(unsigned index)
{
	return __atomic_load_n(&cpus[index].phase, __ATOMIC_ACQUIRE);
}

int32_t cpu_start(unsigned index, cpu_function *function, void *argument)
{
	struct cpu *cpu = &cpus[index];

	*cpu = (struct cpu){
	    .stack = (uint64_t)(uintptr_t)(stacks + (size_t)(index + 1U) * STACK_SIZE),
	    .function = function,
	    .argument = argument,
	    .index = index,
	};
	/* It reads these with its caches off. */
	for (uintptr_t line = (uintptr_t)cpu & ~(uintptr_t)63; line < (uintptr_t)(cpu + 1);
	     line += 64)
		__asm__ volatile("dc civac, %0" ::"r"(line) : "memory");
	dsb_sy();
	return psci_cpu_on(machine.mpidr[index], (uint64_t)(uintptr_t)secondary,
			   (uint64_t)(uintptr_t)cpu);
}

bool cpu_wait_off(unsigned index, uint64_t us)
{
	uint64_t begin = clock_us();

	while (psci_affinity_info(machine.mpidr[index]) != PSCI_AFFINITY_OFF)
		if (clock_us() - begin > us)
			return false;
	return true;
}

bool cpu_run(unsigned index, cpu_function *function, void *argument)
{
	int32_t status = cpu_start(index, function, argument);
	uint64_t begin = clock_us();

	if (status != PSCI_SUCCESS) {
		say("# CPU_ON of cpu%u: %d", index, status);
		return false;
	}
	while (phase(index) != CPU_DONE)
		if (clock_us() - begin > RUN_LIMIT_US) {
			say("# cpu%u did not end its task", index);
			return false;
		}
	if (!cpu_wait_off(index, START_LIMIT_US)) {
		say("# cpu%u does not become OFF", index);
		return false;
	}
	return true;
}

void cpu_leave(void)
{
	struct cpu *cpu = cpu_self();

	__atomic_store_n(&cpu->phase, (uint32_t)CPU_DONE, __ATOMIC_RELEASE);
	psci_cpu_off();
	say("# cpu%u came back from CPU_OFF", cpu->index);
	for (;;)
		__asm__ volatile("wfi");
}
