// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as device tree, header of a kernel and facts of the machine. The planner must come to a
 * plan that holds (tests/unit/plan_check.c), agrees with a second reading of the tree (reading.c)
 * and can be carried out, or to a reason. The trees of tests/trees are where the fuzzer begins.
 *
 * target: hypervisor/core/boot/plan.c
 * target: hypervisor/core/boot/walk.c
 * target: hypervisor/core/boot/memory.c
 * target: hypervisor/core/boot/device.c
 * target: hypervisor/core/boot/cpu.c
 * target: hypervisor/core/boot/console.c
 * target: hypervisor/core/boot/map.c
 * target: hypervisor/core/boot/tree.c
 * length: 16384
 */
#include <stdlib.h>
#include <string.h>

#include "core/boot/plan.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "reading.h"
#include "script.h"

/* Bytes: the tables of a tree that tells of petabytes would not fit into the build machine. */
#define CARRY_OUT_MAX (256UL << 20)

static struct boot_plan plan;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_facts facts = {.cpu_area_size = 16384, .version = "0.1"};
	uint8_t header[BOOT_IMAGE_HEADER], *tree;
	const char *reason, *problem;

	script = (struct script){data, size};
	fake_reset();
	/* page aligned and within the address bits, as boot_facts promises */
	facts.image_base = script_take(4) << 12;
	facts.image_size = (1U + script_take(1)) << 12;
	facts.tree_base = script_take(4) << 3;
	facts.boot_mpidr = script_take(5);
	facts.pa_bits = 32U + (unsigned)script_take(1) % 17U;
	facts.page_sizes = (unsigned)script_take(1) & 0xeU;
	for (unsigned i = 0; i < sizeof(header); i++)
		header[i] = (uint8_t)script_take(1);
	/* a block of its own, so that reading beyond it is seen */
	tree = malloc(script.left > 0U ? script.left : 1U);
	if (tree == NULL)
		return 0;
	memcpy(tree, script.at, script.left);
	reason = boot_plan_make(&plan, tree, script.left, &facts);
	problem = reason == NULL ? reading_check(&plan, &facts, tree) : NULL;
	if (problem != NULL)
		script_broken(__FILE__, __LINE__, problem);
	for (unsigned i = 0; i <= BOOT_WITHHELD_GIC + 1U; i++)
		PROMISE(boot_withheld_words((enum boot_withheld_reason)i)[0] != '\0');
	if (reason == NULL)
		reason = boot_plan_place(&plan, &facts, header);
	problem = reason != NULL ? refusal_check(&plan, reason) : plan_check(&plan, &facts, tree);
	if (problem == NULL && reason == NULL &&
	    plan.records.size + plan.tables.size <= CARRY_OUT_MAX)
		problem = plan_carry_out(&plan, tree);
	if (problem != NULL)
		script_broken(__FILE__, __LINE__, problem);
	free(tree);
	return 0;
}
