// SPDX-License-Identifier: Apache-2.0
/* Guards of the GIC's registers that hold addresses. */
#include <string.h>

#include "core/gic/gic.h"
#include "core/gic/register.h"
#include "core/machine.h"
#include "core/stage2/host.h"

#include "arm64/breaker.h"

static struct {
	struct gic_its *its; /* whose tables the host has set */
	uint64_t table[GIC_ITS_TABLES];
	uint32_t changed; /* bit n: table[n] is what GITS_BASERn was */
} saved;

bool __real_gic_pin(struct gic *gic, const char *name, uint64_t value, uint64_t base, uint64_t size,
		    struct gic_range *range);
bool __wrap_gic_pin(struct gic *gic, const char *name, uint64_t value, uint64_t base, uint64_t size,
		    struct gic_range *range);
void __real_gic_unpin(struct gic *gic, struct gic_range *range);
void __wrap_gic_unpin(struct gic *gic, struct gic_range *range);
void __real_gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access);
void __wrap_gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access);
void __real_gic_redistributor_access(struct gic *gic, struct gic_redistributor *redistributor,
				     struct gic_access *access);
void __wrap_gic_redistributor_access(struct gic *gic, struct gic_redistributor *redistributor,
				     struct gic_access *access);

static enum guard guard_of(const char *name)
{
	if (strcmp(name, "GITS_CBASER") == 0)
		return GUARD_gic_queue;
	return strcmp(name, "MAPD") == 0 ? GUARD_gic_translation : GUARD_gic_tables;
}

/* Any address is good, and nothing is pinned for it: a range of no size. */
bool __wrap_gic_pin(struct gic *gic, const char *name, uint64_t value, uint64_t base, uint64_t size,
		    struct gic_range *range)
{
	if (!breaker_off(guard_of(name)))
		return __real_gic_pin(gic, name, value, base, size, range);
	*range = (struct gic_range){base & ~(GIC_PAGE - 1U), 0};
	return true;
}

/* A device's table that was never pinned stays so. */
void __wrap_gic_unpin(struct gic *gic, struct gic_range *range)
{
	struct ledger_record record = ledger_lookup(gic->ledger, range->base).record;

	if (range->size != 0UL && (record.owner != LEDGER_HOST || record.pins == 0U))
		*range = (struct gic_range){0, 0};
	else
		__real_gic_unpin(gic, range);
}

/* The ITS works from the tables that the host names. */
void __wrap_gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access)
{
	unsigned offset = (unsigned)(access->address & (GIC_PAGE - 1U));
	unsigned index = (offset - GITS_BASER) / 8U;

	__real_gic_its_access(gic, its, access);
	if (!breaker_off(GUARD_gic_its_tables) || !access->write || access->size != 8U ||
	    offset < GITS_BASER || index >= GIC_ITS_TABLES)
		return;
	if ((saved.changed >> index & 1U) == 0U)
		saved.table[index] = machine_device_read(its->base + offset, 8);
	saved.its = its;
	saved.changed |= 1U << index;
	machine_device_write(its->base + offset, 8, access->value);
}

static void restore_tables(void)
{
	for (unsigned i = 0; i < GIC_ITS_TABLES; i++)
		if ((saved.changed >> i & 1U) != 0U)
			machine_device_write(saved.its->base + GITS_BASER + 8UL * i, 8,
					     saved.table[i]);
	saved.changed = 0;
}

/* The rules about when a register may be written, not those about where it points. */
void __wrap_gic_redistributor_access(struct gic *gic, struct gic_redistributor *redistributor,
				     struct gic_access *access)
{
	unsigned offset = (unsigned)(access->address & (GIC_PAGE - 1U));
	bool enabled =
	    (machine_device_read(redistributor->base + GICR_CTLR, 4) & GICR_CTLR_LPIS) != 0UL;

	if (access->write && ((offset == GICR_CTLR && breaker_off(GUARD_gic_unchecked)) ||
			      (offset != GICR_CTLR && enabled && breaker_off(GUARD_gic_enabled))))
		machine_device_write(access->address, access->size, access->value);
	else
		__real_gic_redistributor_access(gic, redistributor, access);
}

/* --- pages that are not mapped --- */

static void map(struct hypervisor *hv, uint64_t base, uint64_t size, bool mapped)
{
	(void)host_memory_set(&hv->stage2, base, size, mapped ? STAGE2_DEVICE : STAGE2_NONE);
}

void breaker_gic_switch(struct hypervisor *hv, enum guard guard, bool off)
{
	switch (guard) {
	case GUARD_gic_its_tables:
		if (!off)
			restore_tables();
		break;
	case GUARD_gic_redistributor_page:
		for (unsigned i = 0; i < hv->gic.redistributor_count; i++)
			map(hv, hv->gic.redistributor[i].base, GIC_PAGE, off);
		break;
	case GUARD_gic_its_page:
		for (unsigned i = 0; i < hv->gic.its_count; i++)
			map(hv, hv->gic.its[i].base, GIC_PAGE, off);
		break;
	default:
		break;
	}
}
