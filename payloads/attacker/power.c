// SPDX-License-Identifier: Apache-2.0
/* CPUs that begin where they must not, or as what they must not. */
#include <libfdt.h>

#include "attack.h"
#include "given.h"
#include "gic.h"
#include "psci.h"
#include "ranges.h"
#include "sysreg.h"

#define WAIT_US      30000000U
#define NAP_US       2000U
#define TIMER_ENABLE 1U
#define LEVEL_EL2    (2UL << 2)
#define POWER_DOWN   16U /* bit of a power_state */
#define POWER_DOWN_1 30U /* in the extended format */
#define NOT_YET      0x5aU

void arrival(void);
uint64_t arrival_level __attribute__((visibility("hidden")));

static uint64_t image_page(void)
{
	return machine.kept_count != 0U ? machine.kept[0].base : 0U;
}

/* ---- CPU_ON ---- */

/* CPU 1 began at `entry`: it has nothing to run there, and is off again in the end. */
static enum attack_outcome try_cpu_on(uint64_t entry, const char *what)
{
	const uint64_t arguments[4] = {machine.mpidr[1], entry, 0};
	int32_t status;

	if (entry == 0U)
		return attack_absent(what);
	status = (int32_t)attack_call(SMC, PSCI_CPU_ON, arguments, 0);
	if (status == PSCI_SUCCESS && !cpu_wait_off(1, WAIT_US))
		attack_broken("cpu1 does not become OFF");
	return attack_judge(status == PSCI_SUCCESS, "CPU_ON at 0x%llx: %d",
			    (unsigned long long)entry, status);
}

enum attack_outcome attack_start_in_image(void)
{
	return try_cpu_on(image_page(), "nothing is withheld");
}

enum attack_outcome attack_start_in_last_word(void)
{
	uint64_t last = 0;

	if (machine.kept_count != 0U)
		last = machine.kept[0].base + machine.kept[0].size - 4U;
	return try_cpu_on(last, "nothing is withheld");
}

enum attack_outcome attack_start_in_given_page(void)
{
	uint64_t page = given_page(0);
	enum attack_outcome outcome;

	if (page == 0U || !given_donate(page))
		return attack_absent("no page to give");
	outcome = try_cpu_on(page, "");
	(void)given_return(page);
	return outcome;
}

enum attack_outcome attack_start_in_uart(void)
{
	return try_cpu_on(machine.console, "no console");
}

enum attack_outcome attack_start_in_distributor(void)
{
	return try_cpu_on(machine.gic_distributor, "no GIC");
}

enum attack_outcome attack_start_unaligned(void)
{
	return try_cpu_on((uint64_t)(uintptr_t)arrival + 2U, "");
}

/* ---- CPU_SUSPEND, on CPU 1 ---- */

static struct {
	uint64_t entry;
	uint32_t state;
	int32_t status;
	bool gic;
} nap;

/* A power_state of the tree's idle states that loses the CPU's state; 0: there is none. */
static uint32_t power_down_state(void)
{
	unsigned bit = (psci_features(PSCI_CPU_SUSPEND) & 2) != 0 ? POWER_DOWN_1 : POWER_DOWN;
	int node = -1;

	for (;;) {
		const fdt32_t *parameter;
		int length;

		node = fdt_node_offset_by_compatible(machine.tree, node, "arm,idle-state");
		if (node < 0)
			return 0;
		parameter = fdt_getprop(machine.tree, node, "arm,psci-suspend-param", &length);
		if (parameter != NULL && length == 4 &&
		    (fdt32_to_cpu(*parameter) >> bit & 1U) != 0U)
			return fdt32_to_cpu(*parameter);
	}
}

/* Powers down, to wake at nap.entry by its timer. */
static void nap_task(void *argument)
{
	(void)argument;
	nap.gic = gic_enable(GIC_VIRTUAL_TIMER);
	if (!nap.gic)
		return;
	sysreg_write(cntv_cval_el0,
		     sysreg_read(cntvct_el0) + NAP_US * (sysreg_read(cntfrq_el0) / 1000000U));
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	isb();
	nap.status = psci_call(PSCI_CPU_SUSPEND, nap.state, nap.entry, 0);
	sysreg_write(cntv_ctl_el0, 0);
	gic_disable(GIC_VIRTUAL_TIMER);
}

static enum attack_outcome try_suspend(uint64_t entry, const char *what)
{
	if (psci_features(PSCI_CPU_SUSPEND) < 0)
		return attack_absent("no CPU_SUSPEND");
	nap.state = power_down_state();
	if (nap.state == 0U)
		return attack_absent("no idle state that powers down");
	if (entry == 0U)
		return attack_absent(what);
	nap.entry = entry;
	nap.status = NOT_YET;
	if (cpu_start(1, nap_task, NULL) != PSCI_SUCCESS || !cpu_wait_off(1, WAIT_US)) {
		attack_broken("cpu1 does not become OFF");
		return ATTACK_STOPPED;
	}
	if (!nap.gic)
		return attack_absent("no GIC to be woken by");
	/* the call did not come back: the CPU woke there */
	return attack_judge(nap.status == NOT_YET, "CPU_SUSPEND to 0x%llx: %s %d",
			    (unsigned long long)entry, nap.status == NOT_YET ? "woke there" : "",
			    nap.status);
}

enum attack_outcome attack_wake_in_image(void)
{
	return try_suspend(image_page(), "nothing is withheld");
}

enum attack_outcome attack_wake_in_uart(void)
{
	return try_suspend(machine.console, "no console");
}

enum attack_outcome attack_wake_unaligned(void)
{
	return try_suspend((uint64_t)(uintptr_t)arrival + 1U, "");
}

/* ---- at EL2 ---- */

/* Our own code, called in order: it must arrive at EL1. */
static enum attack_outcome try_level(enum conduit conduit)
{
	const uint64_t arguments[4] = {machine.mpidr[1], (uint64_t)(uintptr_t)arrival, 0};
	volatile uint64_t *level = &arrival_level;

	*level = 0;
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(level) : "memory");
	(void)attack_call(conduit, PSCI_CPU_ON, arguments, 0);
	for (uint64_t begin = clock_us(); *level == 0U && clock_us() - begin < WAIT_US;)
		__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(level) : "memory");
	if (!cpu_wait_off(1, WAIT_US) || *level == 0U)
		attack_broken("cpu1 did not arrive");
	return attack_judge(*level == LEVEL_EL2, "cpu1 arrived at EL%llu",
			    (unsigned long long)*level >> 2);
}

enum attack_outcome attack_start_at_el2_by_hvc(void)
{
	return try_level(HVC);
}

enum attack_outcome attack_start_at_el2_by_smc(void)
{
	return try_level(SMC);
}

/* Past the hypervisor, if its host's SMC went to firmware. */
enum attack_outcome attack_smc_past_el2(void)
{
	return try_level(SMC);
}

/* A function that the hypervisor does not offer: firmware itself answers, or nobody. */
enum attack_outcome attack_smc_to_firmware(void)
{
	const uint64_t none[4] = {0};
	uint64_t answer;

	if (machine_option("willing", 0) == 0U)
		return attack_absent("no firmware that does what it is told");
	answer = attack_call(SMC, 0x8400003fU, none, 0);
	return attack_judge(answer == 0x900dU, "0x8400003f by SMC answered 0x%llx",
			    (unsigned long long)answer);
}
