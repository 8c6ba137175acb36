// SPDX-License-Identifier: Apache-2.0
/* From the tree to the plan, and questions about the plan. */
#include "core/boot/plan.h"

#include <stdarg.h>
#include <string.h>

#include <libfdt.h>

#include "core/boot/planner.h"
#include "core/log/log.h"

#define HEADER_BYTES 40U /* of the format's version 17 */
#define IPA_BITS_MIN 32U

/* Scratch of the boot CPU, too large for its stack; cleared at each use. */
static struct boot_planner planner_scratch;

bool boot_refuse(struct boot_plan *plan, const char *format, ...)
{
	va_list arguments;

	if (plan->reason[0] != '\0')
		return false;
	va_start(arguments, format);
	(void)log_format_list(plan->reason, sizeof(plan->reason), format, arguments);
	va_end(arguments);
	return false;
}

/* --- the blob --- */

static const char *tree_error(int error)
{
	switch (error) {
	case -FDT_ERR_BADMAGIC:
		return "it does not start with the magic number";
	case -FDT_ERR_TRUNCATED:
		return "it is truncated";
	case -FDT_ERR_BADVERSION:
		return "its format's version is unknown";
	case -FDT_ERR_ALIGNMENT:
		return "its address is not a multiple of 8";
	case -FDT_ERR_BADOFFSET:
		return "a name lies outside its strings";
	default:
		return "its structure is broken";
	}
}

/* Bytes from the front that are in use; QEMU leaves most of a megabyte free behind them. */
static uint64_t used_bytes(const void *tree)
{
	uint64_t strings = (uint64_t)fdt_off_dt_strings(tree) + fdt_size_dt_strings(tree);
	uint64_t structure = (uint64_t)fdt_off_dt_struct(tree) + fdt_size_dt_struct(tree);
	uint64_t reservations =
	    fdt_off_mem_rsvmap(tree) +
	    ((uint64_t)(unsigned)fdt_num_mem_rsv(tree) + 1U) * sizeof(struct fdt_reserve_entry);
	uint64_t used = strings > structure ? strings : structure;

	if (fdt_version(tree) < 17U)
		return fdt_totalsize(tree);
	return used > reservations ? used : reservations;
}

static bool check_tree(struct boot_planner *planner, size_t limit)
{
	struct boot_plan *plan = planner->plan;
	const void *tree = planner->tree;
	unsigned long long at = planner->facts->tree_base;
	int error = 0;

	if (((uintptr_t)tree & 7U) != 0U)
		error = -FDT_ERR_ALIGNMENT;
	else if (limit < HEADER_BYTES)
		error = -FDT_ERR_TRUNCATED;
	else if (fdt_magic(tree) != FDT_MAGIC)
		error = -FDT_ERR_BADMAGIC;
	if (error == 0 && fdt_totalsize(tree) > BOOT_TREE_LIMIT)
		return boot_refuse(plan, "the device tree at 0x%llx has %u bytes, more than %lu",
				   at, fdt_totalsize(tree), BOOT_TREE_LIMIT);
	/* before version 16, names and values lie differently in the structure */
	if (error == 0 && fdt_version(tree) < 16U)
		error = -FDT_ERR_BADVERSION;
	/* libfdt relies on it */
	if (error == 0 && ((fdt_off_dt_struct(tree) & 3U) | (fdt_off_mem_rsvmap(tree) & 7U)) != 0U)
		error = -FDT_ERR_BADSTRUCTURE;
	if (error == 0)
		error = fdt_check_full(tree, limit);
	if (error != 0)
		return boot_refuse(plan, "no usable device tree at 0x%llx: %s", at,
				   tree_error(error));
	plan->tree_used = used_bytes(tree);
	return true;
}

/* --- the plan --- */

static bool check_facts(struct boot_planner *planner)
{
	struct boot_plan *plan = planner->plan;
	const struct boot_facts *facts = planner->facts;

	if (boot_overlap(facts->image_base, facts->image_size, facts->tree_base, plan->tree_used))
		return boot_refuse(plan, "the device tree at 0x%llx overlaps the hypervisor",
				   (unsigned long long)facts->tree_base);
	return true;
}

/* Enough bits for every range, and at least as many as stage 2 wants. */
static void find_ipa_bits(struct boot_plan *plan, unsigned pa_bits)
{
	uint64_t last = 0;

	if (plan->ram_count != 0U)
		last = plan->ram[plan->ram_count - 1U].base + plan->ram[plan->ram_count - 1U].size -
		       1U;
	if (plan->device_count != 0U) {
		const struct boot_range *device = &plan->device[plan->device_count - 1U];

		if (device->base + device->size - 1U > last)
			last = device->base + device->size - 1U;
	}
	plan->ipa_bits = IPA_BITS_MIN;
	while (plan->ipa_bits < pa_bits && last >> plan->ipa_bits != 0UL)
		plan->ipa_bits++;
}

const char *boot_plan_make(struct boot_plan *plan, const void *tree, size_t limit,
			   const struct boot_facts *facts)
{
	struct boot_planner *planner = &planner_scratch;
	struct boot_marks *marks = &plan->marks;
	bool whole;

	memset(plan, 0, sizeof(*plan));
	memset(planner, 0, sizeof(*planner));
	planner->plan = plan;
	planner->facts = facts;
	planner->tree = tree;
	planner->limit =
	    1UL << (facts->pa_bits < BOOT_ADDRESS_BITS ? facts->pa_bits : BOOT_ADDRESS_BITS);
	planner->aliases = -1;
	marks->chosen = marks->reserved_memory = marks->hypervisor = marks->gic = -1;
	plan->image = (struct boot_range){facts->image_base, facts->image_size};
	plan->tree_source = facts->tree_base;
	(void)log_format(plan->version, sizeof(plan->version), "%s", facts->version);

	if (!check_tree(planner, limit))
		return plan->reason;
	boot_reservations(planner);
	whole = boot_walk(planner);
	boot_console_find(planner); /* on which a refusal can be read */
	if (!whole || plan->reason[0] != '\0' || !check_facts(planner) ||
	    !boot_memory_finish(planner) || !boot_cpus_finish(planner) ||
	    !boot_chosen_finish(planner))
		return plan->reason;
	find_ipa_bits(plan, facts->pa_bits);
	return NULL;
}

/* --- questions --- */

static const struct boot_withheld *withheld_in(const struct boot_plan *plan, uint64_t base,
					       uint64_t size)
{
	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];

		if (boot_overlap(base, size, withheld->base, withheld->size))
			return withheld;
	}
	return NULL;
}

bool boot_plan_host_ram(const struct boot_plan *plan, uint64_t base, uint64_t size)
{
	if (size == 0UL || base + size < base)
		return false;
	for (unsigned i = 0; i < plan->ram_count; i++) {
		const struct boot_range *bank = &plan->ram[i];
		uint64_t offset = base - bank->base; /* more than any size if it lies below */

		if (offset < bank->size)
			return size <= bank->size - offset && withheld_in(plan, base, size) == NULL;
	}
	return false;
}

const struct boot_withheld *boot_plan_withheld(const struct boot_plan *plan, uint64_t address)
{
	return address == UINT64_MAX ? NULL : withheld_in(plan, address, 1);
}

const char *boot_withheld_words(enum boot_withheld_reason reason)
{
	switch (reason) {
	case BOOT_WITHHELD_IMAGE:
		return "hypervisor's code and data";
	case BOOT_WITHHELD_POOL:
		return "hypervisor's page tables and per-CPU memory";
	case BOOT_WITHHELD_NO_MAP:
		return "reserved with no-map, used by no device";
	case BOOT_WITHHELD_SECURE:
		return "secure world's";
	case BOOT_WITHHELD_DISABLED:
		return "memory that is disabled";
	case BOOT_WITHHELD_DMA:
		return "writes RAM past stage 2";
	case BOOT_WITHHELD_GIC:
		return "GIC's registers for a hypervisor";
	}
	return "unknown";
}
