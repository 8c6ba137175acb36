// SPDX-License-Identifier: Apache-2.0
/*
 * Each stretch of one kind goes to stage 2 in one call, so that no block is made that the next call
 * would have to split again: at boot nothing is ever invalidated.
 */
#include "core/boot/map.h"

#include "core/log/log.h"
#include "core/stage2/host.h"

/* What must not be mapped when a bank (`ram` false) or a device granule (`ram` true) is. */
static struct boot_range next_hole(const struct boot_plan *plan, bool ram, uint64_t at,
				   uint64_t end)
{
	struct boot_range hole = {end, 0}; /* none */

	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];

		if (withheld->base + withheld->size > at && withheld->base < hole.base)
			hole = (struct boot_range){withheld->base, withheld->size};
	}
	for (unsigned i = 0; ram && i < plan->ram_count; i++) {
		const struct boot_range *bank = &plan->ram[i];

		if (bank->base + bank->size > at && bank->base < hole.base)
			hole = *bank;
	}
	return hole;
}

static enum stage2_status map_around_holes(struct stage2 *stage2, const struct boot_plan *plan,
					   const struct boot_range *range, enum stage2_kind kind)
{
	uint64_t at = range->base, end = range->base + range->size;

	while (at < end) {
		struct boot_range hole = next_hole(plan, kind == STAGE2_DEVICE, at, end);

		if (hole.base > at) {
			enum stage2_status status =
			    host_memory_set(stage2, at, hole.base - at, kind);

			if (status != STAGE2_OK)
				return status;
		}
		at = hole.base + hole.size;
	}
	return STAGE2_OK;
}

enum stage2_bbm boot_bbm(struct boot_plan *plan, enum stage2_bbm cpu)
{
	const char *value = boot_plan_option(plan, "bbm");

	if (value == NULL)
		return cpu;
	if (value[0] < '0' || value[0] > '2' || value[1] != '\0') {
		log_line("boot", "bbm", "hv.bbm=%s is none of 0, 1, 2; ignored", value);
		return cpu;
	}
	return value[0] - '0' < (int)cpu ? (enum stage2_bbm)(value[0] - '0') : cpu;
}

const char *boot_map_host(struct stage2 *stage2, const struct boot_plan *plan, enum stage2_bbm bbm)
{
	enum stage2_status status =
	    stage2_init(stage2, plan->tables.base, (unsigned)(plan->tables.size / BOOT_PAGE),
			plan->ipa_bits, bbm);

	for (unsigned i = 0; status == STAGE2_OK && i < plan->ram_count; i++)
		status = map_around_holes(stage2, plan, &plan->ram[i], STAGE2_RAM);
	for (unsigned i = 0; status == STAGE2_OK && i < plan->device_count; i++)
		status = map_around_holes(stage2, plan, &plan->device[i], STAGE2_DEVICE);
	switch (status) {
	case STAGE2_OK:
		return NULL;
	case STAGE2_NO_MEMORY:
		return "the memory set aside for page tables cannot hold the host's memory map";
	case STAGE2_INVALID:
		break;
	}
	return "the plan holds a range that stage 2 cannot map";
}

/* Whose a withheld range is. */
static enum ledger_party owner_of(enum boot_withheld_reason reason)
{
	return reason == BOOT_WITHHELD_IMAGE || reason == BOOT_WITHHELD_POOL ? LEDGER_HYPERVISOR
									     : LEDGER_SECURE;
}

/* The part of a withheld range that lies in this bank, if any, is not the host's. */
static bool assign_part(struct ledger *ledger, const struct boot_withheld *withheld,
			const struct boot_range *bank)
{
	uint64_t base = withheld->base > bank->base ? withheld->base : bank->base;
	uint64_t end = withheld->base + withheld->size, bank_end = bank->base + bank->size;

	if (end > bank_end)
		end = bank_end;
	return base >= end ||
	       ledger_assign(ledger, base, end - base, owner_of(withheld->reason)).status ==
		   LEDGER_OK;
}

_Static_assert(LEDGER_REGIONS >= BOOT_RAM_MAX, "every bank has a region");

const char *boot_open_ledger(struct ledger *ledger, struct stage2 *stage2,
			     const struct boot_plan *plan)
{
	ledger->region_count = plan->ram_count;
	for (unsigned i = 0; i < plan->ram_count; i++)
		ledger->region[i] = (struct ledger_region){plan->ram[i].base, plan->ram[i].size, 0};
	if (!ledger_init(ledger, stage2, plan->records.base, plan->records.size))
		return "the memory set aside for page records cannot hold the ledger";
	for (unsigned i = 0; i < plan->withheld_count; i++)
		for (unsigned bank = 0; bank < plan->ram_count; bank++)
			if (!assign_part(ledger, &plan->withheld[i], &plan->ram[bank]))
				return "the plan withholds memory in a way that the ledger refuses";
	return NULL;
}
