// SPDX-License-Identifier: Apache-2.0
/* Guards of memory: what is not in the host's stage 2, how it leaves, and that there is a stage 2.
 */
#include <string.h>

#include "core/boot/plan.h"
#include "core/stage2/descriptor.h"
#include "core/stage2/host.h"

#include "arm64/breaker.h"
#include "arm64/sysreg.h"

#define BLOCK      (2UL << 20)
#define TLBI_PAGES 64U /* up to which machine_stage2_invalidate() names each page */

enum stage2_status __real_host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
					  enum stage2_kind kind);
enum stage2_status __wrap_host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
					  enum stage2_kind kind);
void __real_machine_stage2_invalidate(uint64_t base, uint64_t size);
void __wrap_machine_stage2_invalidate(uint64_t base, uint64_t size);
_Noreturn void __real_enter_host(uint64_t pc, uint64_t context, uint64_t spsr);
_Noreturn void __wrap_enter_host(uint64_t pc, uint64_t context, uint64_t spsr);
_Noreturn void breaker_enter_host(uint64_t pc, uint64_t context, uint64_t spsr);

/* --- what is mapped --- */

/* Map [base, base + size) for the host, or take it out again. */
static void set_range(struct hypervisor *hv, uint64_t base, uint64_t size, enum stage2_kind kind,
		      bool mapped)
{
	if (size != 0UL)
		(void)__real_host_memory_set(&hv->stage2, base, size, mapped ? kind : STAGE2_NONE);
}

/* The withheld ranges of one reason; those of a name, where one is given. */
static void set_withheld(struct hypervisor *hv, enum boot_withheld_reason reason, const char *name,
			 bool mapped)
{
	for (unsigned i = 0; i < hv->plan.withheld_count; i++) {
		const struct boot_withheld *range = &hv->plan.withheld[i];

		if (range->reason == reason && (name == NULL || strcmp(range->name, name) == 0))
			set_range(hv, range->base, range->size,
				  range->ram ? STAGE2_RAM : STAGE2_DEVICE, mapped);
	}
}

static void set_edges(struct hypervisor *hv, bool mapped)
{
	for (unsigned i = 0; i < hv->plan.withheld_count; i++) {
		const struct boot_withheld *range = &hv->plan.withheld[i];

		if (!range->ram)
			continue;
		set_range(hv, range->base, STAGE2_PAGE, STAGE2_RAM, mapped);
		set_range(hv, range->base + range->size - STAGE2_PAGE, STAGE2_PAGE, STAGE2_RAM,
			  mapped);
	}
}

/* Every device that is mapped may be run, or none of them. */
static void set_device_xn(struct descriptor *table, unsigned level, unsigned entries, bool xn)
{
	for (unsigned i = 0; i < entries; i++) {
		if (descriptor_is_table(table[i], level))
			set_device_xn(machine_table(descriptor_address(table[i])), level + 1U,
				      STAGE2_ENTRIES, xn);
		else if (descriptor_kind(table[i]) == STAGE2_DEVICE)
			table[i].raw =
			    xn ? table[i].raw | DESCRIPTOR_XN : table[i].raw & ~DESCRIPTOR_XN;
	}
}

static void set_memory(struct hypervisor *hv, enum guard guard, bool off)
{
	const struct boot_plan *plan = &hv->plan;

	switch (guard) {
	case GUARD_stage2_image:
		set_range(hv, plan->image.base, plan->image.size, STAGE2_RAM, off);
		break;
	case GUARD_stage2_tables:
		set_range(hv, plan->tables.base, plan->tables.size, STAGE2_RAM, off);
		break;
	case GUARD_stage2_records:
		set_range(hv, plan->records.base, plan->records.size, STAGE2_RAM, off);
		break;
	case GUARD_stage2_cpus:
		set_range(hv, plan->cpu_areas, plan->cpu_count * plan->cpu_area_size, STAGE2_RAM,
			  off);
		break;
	case GUARD_stage2_its:
		set_range(hv, plan->its_memory, plan->gic.its_count * GIC_ITS_MEMORY, STAGE2_RAM,
			  off);
		break;
	case GUARD_stage2_edges:
		set_edges(hv, off);
		break;
	case GUARD_stage2_reserved:
		set_withheld(hv, BOOT_WITHHELD_NO_MAP, NULL, off);
		break;
	case GUARD_device_fw_cfg:
		set_withheld(hv, BOOT_WITHHELD_DMA, NULL, off);
		break;
	case GUARD_device_gich:
		set_withheld(hv, BOOT_WITHHELD_GIC, "GICH", off);
		break;
	case GUARD_device_gicv:
		set_withheld(hv, BOOT_WITHHELD_GIC, "GICV", off);
		break;
	case GUARD_device_xn:
		set_device_xn(machine_table(hv->stage2.root), hv->stage2.start_level,
			      hv->stage2.root_tables * STAGE2_ENTRIES, !off);
		__real_machine_stage2_invalidate(0, 1UL << hv->stage2.ipa_bits);
		break;
	default:
		break;
	}
}

/* --- how it leaves --- */

enum stage2_status __wrap_host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
					  enum stage2_kind kind)
{
	if (kind == STAGE2_NONE &&
	    breaker_off(size < BLOCK ? GUARD_ledger_pages : GUARD_ledger_blocks))
		return STAGE2_OK;
	if (kind == STAGE2_RAM && breaker_off(GUARD_stage2_join)) {
		uint64_t end = (base + size + BLOCK - 1U) & ~(BLOCK - 1U);

		base &= ~(BLOCK - 1U);
		size = end - base;
	}
	return __real_host_memory_set(stage2, base, size, kind);
}

/* As machine_stage2_invalidate(), without what is off. */
void __wrap_machine_stage2_invalidate(uint64_t base, uint64_t size)
{
	bool pages = size <= TLBI_PAGES * STAGE2_PAGE;

	if (breaker_off(pages ? GUARD_tlb_pages : GUARD_tlb_ranges))
		return;
	if (!breaker_off(GUARD_tlb_cpus) && !(pages && breaker_off(GUARD_tlb_combined))) {
		uint32_t before = breaker_faults_met();

		__real_machine_stage2_invalidate(base, size);
		breaker_gap(size, before);
		return;
	}
	dsb(ishst);
	if (breaker_off(GUARD_tlb_cpus)) {
		/* of each page, since some emulators broadcast the one that names none */
		for (uint64_t at = base & ~(STAGE2_PAGE - 1U); at < base + size; at += STAGE2_PAGE)
			__asm__ volatile("tlbi ipas2e1, %0" ::"r"(at >> 12) : "memory");
		dsb(nsh);
		__asm__ volatile("tlbi vmalle1" ::: "memory");
	} else {
		for (uint64_t at = base & ~(STAGE2_PAGE - 1U); at < base + size; at += STAGE2_PAGE)
			__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(at >> 12) : "memory");
	}
	dsb(ish);
	isb();
}

/* --- that there is a stage 2 --- */

static void set_hcr(uint64_t bit, bool on)
{
	uint64_t hcr = sysreg_read(hcr_el2);

	sysreg_write(hcr_el2, on ? hcr | bit : hcr & ~bit);
	isb();
	/* what was translated under the other setting */
	__asm__ volatile("tlbi vmalls12e1" ::: "memory");
	dsb(nsh);
	isb();
}

void breaker_memory_switch(struct hypervisor *hv, enum guard guard, bool off)
{
	set_memory(hv, guard, off);
	if (guard == GUARD_stage2_on)
		set_hcr(HCR_VM, !off);
	/* a woken CPU keeps it until then */
	if (guard == GUARD_stage2_woken && !off)
		set_hcr(HCR_VM, true);
	if (guard == GUARD_cache_swio)
		set_hcr(HCR_SWIO, !off);
}

void breaker_memory_enter(enum guard guard, bool woken)
{
	if (guard == GUARD_stage2_on ||
	    guard == (woken ? GUARD_stage2_woken : GUARD_stage2_started))
		set_hcr(HCR_VM, false);
	if (guard == GUARD_cache_swio)
		set_hcr(HCR_SWIO, false);
}

_Noreturn void __wrap_enter_host(uint64_t pc, uint64_t context, uint64_t spsr)
{
	if (breaker_off(GUARD_entry_registers))
		breaker_enter_host(pc, context, spsr);
	__real_enter_host(pc, context, spsr);
}
