// SPDX-License-Identifier: Apache-2.0
/* CPU_SUSPEND: into each idle state of the tree, and back to where and what the CPU was. */
#include <libfdt.h>

#include "entry.h"
#include "gic.h"
#include "power.h"
#include "probe.h"
#include "registers.h"

#define IDLE_STATES  8U
#define NAP_US       2000U
#define TIMER_ENABLE 1U

/* arm,psci-suspend-param of the idle states in the tree; how many. */
static unsigned idle_states(uint32_t states[IDLE_STATES])
{
	const void *tree = machine.tree;
	unsigned count = 0;
	int node = -1;

	while (count < IDLE_STATES) {
		const fdt32_t *parameter;
		int length;

		node = fdt_node_offset_by_compatible(tree, node, "arm,idle-state");
		if (node < 0)
			break;
		parameter = fdt_getprop(tree, node, "arm,psci-suspend-param", &length);
		if (parameter != NULL && length == 4)
			states[count++] = fdt32_to_cpu(*parameter);
	}
	return count;
}

/* In each state of the tree until the timer ends it; back with everything as it was. */
static void suspend_task(void *argument)
{
	uint32_t states[IDLE_STATES];
	unsigned count = idle_states(states);
	uint64_t frequency = sysreg_read(cntfrq_el0);
	int32_t refused = refusal("cpu-suspend");

	(void)argument;
	for (unsigned i = 0; i < 2U * count; i++) {
		bool extended = (suspend_flags() & 2) != 0, hvc = i >= count;
		bool power_down = (states[i % count] >> (extended ? 30U : 16U) & 1U) != 0U;
		uint64_t begin = clock_us();
		int32_t answer;

		if (!gic_enable(GIC_VIRTUAL_TIMER)) {
			check(false, "cpu%u has no GIC to be woken by", cpu_self()->index);
			return;
		}
		sysreg_write(cntv_cval_el0,
			     sysreg_read(cntvct_el0) + NAP_US * (frequency / 1000000U));
		sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
		isb();
		answer = suspend(states[i % count], hvc);
		sysreg_write(cntv_ctl_el0, 0);
		gic_disable(GIC_VIRTUAL_TIMER);
		check(
		    refused != 0 ? answer == refused
				 : answer == PSCI_SUCCESS || (power_down && answer == SUSPEND_WOKE),
		    "cpu%u: CPU_SUSPEND to 0x%x: %d", cpu_self()->index, states[i % count], answer);
		check(answer < 0 || clock_us() - begin >= NAP_US - 1U,
		      "cpu%u: CPU_SUSPEND to 0x%x ended after %llu us", cpu_self()->index,
		      states[i % count], (unsigned long long)(clock_us() - begin));
		if (answer != SUSPEND_WOKE)
			continue;
		entry_check_woken(&cpu_self()->entry, (uint64_t)(uintptr_t)cpu_self());
		registers_check_same();
	}
}

void test_suspend(void)
{
	uint32_t states[IDLE_STATES];

	test_begin("CPU_SUSPEND and back");
	check(idle_states(states) != 0U, "no idle states in the tree");
	suspend_task(NULL);
	for (unsigned i = 1; i < machine.cpu_count && others_usable(); i++)
		check(cpu_run(i, suspend_task, NULL), "cpu%u", i);
	test_end();
}

bool suspend_offered(void)
{
	uint32_t states[IDLE_STATES];

	return idle_states(states) != 0U && machine.gic != 0U && suspend_flags() >= 0;
}
