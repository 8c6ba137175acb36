// SPDX-License-Identifier: Apache-2.0
/* CPUs, and the firmware interface that starts them. */
#include "core/boot/planner.h"

#include <string.h>

/* CPU_ON of PSCI 0.2 and later (DEN0022), which many trees of PSCI 0.1 name as well. */
#define CPU_ON_32 0x84000003U
#define CPU_ON_64 0xc4000003U

void boot_psci_node(struct boot_planner *planner, bool legacy)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *method = boot_node_value(node, PROPERTY_METHOD);
	struct boot_plan *plan = planner->plan;
	uint32_t cpu_on = boot_value_word(boot_node_value(node, PROPERTY_CPU_ON), 0);

	if (plan->psci != BOOT_PSCI_NONE)
		return;
	if (boot_value_is(method, "smc"))
		plan->psci = BOOT_PSCI_SMC;
	else if (boot_value_is(method, "hvc"))
		plan->psci = BOOT_PSCI_HVC;
	plan->psci_legacy = legacy;
	planner->psci_standard = !legacy || cpu_on == CPU_ON_32 || cpu_on == CPU_ON_64;
}

/* Linux takes a node for a CPU by its type or its name. */
static bool is_cpu(const struct boot_node *node)
{
	const struct boot_value *type = boot_node_value(node, PROPERTY_DEVICE_TYPE);

	return boot_value_is(type, "cpu") || strcmp(node->name, "cpu") == 0 ||
	       strncmp(node->name, "cpu@", 4) == 0;
}

/* Only "fail" keeps a CPU off for good; "disabled" means that enable-method has to start it. */
static bool cpu_failed(const struct boot_node *node)
{
	const struct boot_value *status = boot_node_value(node, PROPERTY_STATUS);

	return status != NULL && status->length >= 4U && memcmp(status->data, "fail", 4) == 0;
}

static bool read_mpidr(struct boot_planner *planner, uint64_t *mpidr)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *reg = boot_node_value(node, PROPERTY_REG);
	unsigned cells = planner->bus[node->depth - 1U].address_cells;
	const uint8_t *at = reg != NULL ? reg->data : NULL;

	if (at != NULL && cells != 0U && reg->length >= cells * sizeof(uint32_t) &&
	    boot_cells_read(&at, cells, mpidr) && (*mpidr & ~BOOT_MPIDR_MASK) == 0UL)
		return true;
	return boot_refuse(planner->plan, "reg of CPU node %s in the device tree is not an MPIDR",
			   node->name);
}

void boot_cpu_node(struct boot_planner *planner)
{
	const struct boot_node *node = &planner->node;
	struct boot_plan *plan = planner->plan;
	uint64_t mpidr = 0;
	bool boots;

	if (!is_cpu(node) || !read_mpidr(planner, &mpidr))
		return;
	boots = mpidr == (planner->facts->boot_mpidr & BOOT_MPIDR_MASK);
	planner->cpu_nodes++;
	for (unsigned i = 0; i < plan->cpu_count; i++) {
		if (plan->mpidr[i] == mpidr) {
			(void)boot_refuse(plan, "two CPUs in the device tree have the MPIDR 0x%llx",
					  (unsigned long long)mpidr);
			return;
		}
	}
	if (!boots && (cpu_failed(node) ||
		       !boot_value_is(boot_node_value(node, PROPERTY_ENABLE_METHOD), "psci"))) {
		plan->cpus_left_out++;
		return;
	}
	if (plan->cpu_count == BOOT_CPU_MAX) {
		plan->cpus_left_out++;
		if (!boots)
			return;
		plan->cpu_count--; /* in the place of the last one */
	}
	if (boots) {
		planner->boot_cpu_seen = true;
		plan->boot_cpu = plan->cpu_count;
	}
	plan->mpidr[plan->cpu_count++] = mpidr;
}

bool boot_cpus_finish(struct boot_planner *planner)
{
	struct boot_plan *plan = planner->plan;
	uint64_t mpidr = planner->facts->boot_mpidr & BOOT_MPIDR_MASK;

	if (!planner->boot_cpu_seen && planner->cpu_nodes != 0U)
		return boot_refuse(plan,
				   "the CPU that boots, MPIDR 0x%llx, is not among the %u of the "
				   "device tree",
				   (unsigned long long)mpidr, planner->cpu_nodes);
	if (planner->boot_cpu_seen && plan->psci == BOOT_PSCI_SMC && planner->psci_standard)
		return true;
	/* nobody can be asked to start the others */
	if (plan->cpu_count > 1U)
		plan->cpus_left_out += plan->cpu_count - 1U;
	plan->mpidr[0] = mpidr;
	plan->cpu_count = 1;
	plan->boot_cpu = 0;
	return true;
}
