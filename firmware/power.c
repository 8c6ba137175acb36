// SPDX-License-Identifier: Apache-2.0
#include "power.h"

#include <libfdt.h>

#include "calls.h"
#include "console.h"
#include "core/lock.h"
#include "gic.h"
#include "layout.h"
#include "platform.h"
#include "sysreg.h"
#include "tree.h"

#define PSCI_1_1 0x00010001U

enum psci_status {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INVALID_ADDRESS = -9,
};

/* As AFFINITY_INFO answers them (DEN0022 5.7.3). */
enum power_state {
	POWER_ON = 0,
	POWER_OFF = 1,
	POWER_ON_PENDING = 2
};

#define AFFINITY_MASK UINT64_C(0xff00ffffff)

struct cpu {
	bool present;
	enum power_state state;
	uint64_t pc; /* where the normal world goes on, valid from ON_PENDING */
	uint64_t context;
};

static struct {
	struct lock lock; /* cpu[]; nothing is taken under it */
	struct cpu cpu[CPU_LIMIT];
	unsigned count;
} power;

void power_init(void)
{
	const void *tree = tree_edited();
	int node = -1;

	for (;;) {
		uint64_t affinity;
		uint64_t size;

		node = fdt_node_offset_by_prop_value(tree, node, "device_type", "cpu", 4);
		if (node < 0)
			break;
		if (!tree_reg(tree, node, 0, &affinity, &size) || affinity >= CPU_LIMIT)
			continue;
		power.cpu[affinity].present = true;
		power.cpu[affinity].state = POWER_OFF;
		power.count++;
	}
	power.cpu[cpu_index()].state = POWER_ON;
}

unsigned power_cpus(void)
{
	return power.count;
}

void power_pen(void)
{
	struct cpu *self = &power.cpu[cpu_index()];
	uint64_t pc;
	uint64_t context;

	gic_cpu_pen(true);
	for (;;) {
		bool wanted;

		lock_take(&power.lock);
		wanted = self->state == POWER_ON_PENDING;
		if (wanted)
			self->state = POWER_ON;
		pc = self->pc;
		context = self->context;
		lock_release(&power.lock);
		if (wanted)
			break;
		/* The SGI may be there already; then this returns at once. */
		WAIT_FOR_INTERRUPT();
		gic_take();
	}
	gic_take();
	gic_cpu_pen(false);
	cpu_enter(pc, context, CPU_START_ON);
}

static bool entry_valid(uint64_t pc)
{
	return pc % 4 == 0 && tree_is_ram(pc, 4);
}

static struct cpu *find_cpu(uint64_t target)
{
	if ((target & ~AFFINITY_MASK) != 0 || target >= CPU_LIMIT || !power.cpu[target].present)
		return NULL;
	return &power.cpu[target];
}

static void serve_version(struct call *call)
{
	call->result[0] = PSCI_1_1;
}

static void serve_cpu_on(struct call *call)
{
	uint64_t target = call_argument(call, 1);
	struct cpu *cpu = find_cpu(target);
	enum psci_status status;

	if (cpu == NULL) {
		call_status(call, PSCI_INVALID_PARAMETERS);
		return;
	}
	if (!entry_valid(call_argument(call, 2))) {
		call_status(call, PSCI_INVALID_ADDRESS);
		return;
	}
	lock_take(&power.lock);
	if (cpu->state == POWER_ON) {
		status = PSCI_ALREADY_ON;
	} else if (cpu->state == POWER_ON_PENDING) {
		status = PSCI_ON_PENDING;
	} else {
		status = PSCI_SUCCESS;
		cpu->pc = call_argument(call, 2);
		cpu->context = call_argument(call, 3);
		cpu->state = POWER_ON_PENDING;
	}
	lock_release(&power.lock);
	if (status == PSCI_SUCCESS)
		gic_wake((unsigned)target);
	call_status(call, status);
}

static void serve_cpu_off(struct call *call)
{
	call_leaves(call);
	/*
	 * From here on a CPU_ON is accepted and kept for the pen, which this CPU enters without
	 * looking at anything of the normal world again.
	 */
	lock_take(&power.lock);
	power.cpu[call->cpu].state = POWER_OFF;
	lock_release(&power.lock);
	cpu_restart(power_pen);
}

static void serve_affinity_info(struct call *call)
{
	const struct cpu *cpu = find_cpu(call_argument(call, 1));
	enum power_state state;

	/* Levels above 0 are optional since PSCI 1.0, and not offered. */
	if (cpu == NULL || call_argument(call, 2) != 0) {
		call_status(call, PSCI_INVALID_PARAMETERS);
		return;
	}
	lock_take(&power.lock);
	state = cpu->state;
	lock_release(&power.lock);
	call_status(call, (int32_t)state);
}

/* Sleep with the power on: any interrupt for the normal world ends it, taken or masked. */
static void standby(void)
{
	WAIT_FOR_INTERRUPT();
}

/* This CPU has lost its registers; go on where the caller of CPU_SUSPEND or SYSTEM_SUSPEND said. */
static void resume(void)
{
	const struct cpu *self = &power.cpu[cpu_index()];

	cpu_enter(self->pc, self->context, CPU_START_WAKE);
}

static void keep_entry(const struct call *call, uint64_t pc, uint64_t context)
{
	/* An ON CPU's slot is its own: CPU_ON writes it only while the CPU is off. */
	power.cpu[call->cpu].pc = pc;
	power.cpu[call->cpu].context = context;
}

static void serve_cpu_suspend(struct call *call)
{
	uint64_t state = call_argument(call, 1);

	if (state == TREE_STANDBY_STATE) {
		standby();
		call_status(call, PSCI_SUCCESS);
	} else if (state != TREE_POWER_DOWN_STATE) {
		call_status(call, PSCI_INVALID_PARAMETERS);
	} else if (!entry_valid(call_argument(call, 2))) {
		call_status(call, PSCI_INVALID_ADDRESS);
	} else {
		keep_entry(call, call_argument(call, 2), call_argument(call, 3));
		call_leaves(call);
		standby();
		cpu_restart(resume);
	}
}

static bool alone(unsigned cpu)
{
	bool others = false;

	lock_take(&power.lock);
	for (unsigned i = 0; i < CPU_LIMIT; i++)
		others =
		    others || (i != cpu && power.cpu[i].present && power.cpu[i].state != POWER_OFF);
	lock_release(&power.lock);
	return !others;
}

static void serve_system_suspend(struct call *call)
{
	if (!alone(call->cpu)) {
		call_status(call, PSCI_DENIED);
		return;
	}
	if (!entry_valid(call_argument(call, 1))) {
		call_status(call, PSCI_INVALID_ADDRESS);
		return;
	}
	keep_entry(call, call_argument(call, 1), call_argument(call, 2));
	call_leaves(call);
	console_line("power: system suspended");
	/* Wake-up comes from a device that the caller left enabled, as the PL031; no timer, no SGI.
	 */
	while (!gic_shared_pending())
		standby();
	console_line("power: system resumes");
	cpu_restart(resume);
}

static void serve_system_off(struct call *call)
{
	call_leaves(call);
	console_line("power: system off");
	platform_power_off();
}

static void serve_system_reset(struct call *call)
{
	call_leaves(call);
	console_line("power: system reset");
	platform_reset();
}

static void serve_system_reset2(struct call *call)
{
	/* Only the architectural warm reset; QEMU resets all devices and keeps RAM. */
	if (call_argument(call, 1) != 0) {
		call_status(call, PSCI_INVALID_PARAMETERS);
		return;
	}
	call_leaves(call);
	console_line("power: system warm reset");
	platform_reset();
}

static void serve_migrate_info_type(struct call *call)
{
	/* 2: no trusted OS that would have to move (DEN0022 5.9). */
	call_status(call, 2);
}

static void serve_features(struct call *call)
{
	uint32_t function = (uint32_t)call_argument(call, 1);
	bool mine = (function & 0xbfffffe0U) == 0x84000000U || function == 0x80000000U;

	/* Flags are 0 for all: the original power_state format, platform-coordinated mode. */
	call_status(call, mine && call_known(function) ? 0 : PSCI_NOT_SUPPORTED);
}

const struct service psci_services[] = {
    {0x84000000, serve_version},
    {0x84000001, serve_cpu_suspend},
    {0xc4000001, serve_cpu_suspend},
    {0x84000002, serve_cpu_off},
    {0x84000003, serve_cpu_on},
    {0xc4000003, serve_cpu_on},
    {0x84000004, serve_affinity_info},
    {0xc4000004, serve_affinity_info},
    {0x84000006, serve_migrate_info_type},
    {0x84000008, serve_system_off},
    {0x84000009, serve_system_reset},
    {0x8400000a, serve_features},
    {0x8400000e, serve_system_suspend},
    {0xc400000e, serve_system_suspend},
    {0x84000012, serve_system_reset2},
    {0xc4000012, serve_system_reset2},
};
const size_t psci_service_count = sizeof(psci_services) / sizeof(psci_services[0]);
