// SPDX-License-Identifier: Apache-2.0
/* Page 0 of a redistributor: the LPI tables. */
#include <stddef.h>

#include "core/gic/gic.h"
#include "core/gic/register.h"
#include "core/machine.h"

#define FIRST_LPI      8192UL
#define ID_BITS_MIN    14U               /* fewer: there are no LPIs */
#define VIRTUAL_FRAMES (2UL * GIC_FRAME) /* of a GICv4: VLPI_base and a reserved one */

enum rule {
	RULE_NONE,    /* reads as zero, writes are ignored */
	RULE_PLAIN,   /* read and written as it is */
	RULE_READ,    /* writes are ignored */
	RULE_TYPE,    /* GICR_TYPER: the same, without what belongs to virtual interrupts */
	RULE_CONTROL, /* GICR_CTLR */
	RULE_CONFIG,  /* GICR_PROPBASER */
	RULE_PENDING, /* GICR_PENDBASER */
};

static const struct {
	uint16_t offset, size; /* of the register, or of the range of registers */
	uint16_t width;        /* in bytes */
	uint16_t rule;
} registers[] = {
    {GICR_CTLR, 4, 4, RULE_CONTROL},     {GICR_IIDR, 4, 4, RULE_READ},
    {GICR_TYPER, 8, 8, RULE_TYPE},       {GICR_STATUSR, 4, 4, RULE_PLAIN},
    {GICR_WAKER, 4, 4, RULE_PLAIN},      {GICR_MPAMIDR, 4, 4, RULE_READ},
    {GICR_PARTIDR, 4, 4, RULE_PLAIN},    {GICR_OWN, 32, 4, RULE_PLAIN},
    {GICR_SETLPIR, 8, 8, RULE_PLAIN},    {GICR_CLRLPIR, 8, 8, RULE_PLAIN},
    {GICR_PROPBASER, 8, 8, RULE_CONFIG}, {GICR_PENDBASER, 8, 8, RULE_PENDING},
    {GICR_INVLPIR, 8, 8, RULE_PLAIN},    {GICR_INVALLR, 8, 8, RULE_PLAIN},
    {GICR_SYNCR, 4, 4, RULE_READ},
};

static enum rule rule_of(const struct gic_access *access)
{
	unsigned offset = (unsigned)(access->address & (GIC_PAGE - 1U));

	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (offset >= registers[i].offset &&
		    offset - registers[i].offset < registers[i].size)
			return access->size <= registers[i].width ? (enum rule)registers[i].rule
								  : RULE_NONE;
	return RULE_NONE;
}

/* --- sizes --- */

/* Bits of an interrupt's number that the hardware goes by. */
static unsigned used_bits(const struct gic *gic, uint64_t config)
{
	unsigned bits = (unsigned)(config & GICR_PROPBASER_IDS) + 1U;

	return bits < gic->id_bits ? bits : gic->id_bits;
}

/* One byte for each LPI. */
static uint64_t config_size(unsigned bits)
{
	return bits < ID_BITS_MIN ? GIC_PAGE : (1UL << bits) - FIRST_LPI;
}

/* One bit for each interrupt, those below the LPIs included. */
static uint64_t pending_size(unsigned bits)
{
	return bits < ID_BITS_MIN ? GIC_PAGE : (1UL << bits) / 8U;
}

/*
 * One register may stand for several redistributors (GICR_TYPER.CommonLPIAff): a pending table has
 * to do for the largest number of bits that any of them was told.
 */
static unsigned largest_bits(const struct gic *gic)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < gic->redistributor_count; i++)
		if (gic->redistributor[i].id_bits > bits)
			bits = gic->redistributor[i].id_bits;
	return bits;
}

static bool pending_tables_hold(const struct gic *gic, unsigned bits)
{
	for (unsigned i = 0; i < gic->redistributor_count; i++)
		if (gic->redistributor[i].pending.size != 0UL &&
		    gic->redistributor[i].pending_bits < bits)
			return false;
	return true;
}

/* --- writes; the caller holds gic->lock --- */

static void write_config(struct gic *gic, struct gic_redistributor *redistributor, uint64_t value)
{
	static const char name[] = "GICR_PROPBASER";
	uint64_t address = value & GICR_PROPBASER_ADDRESS;
	unsigned bits = used_bits(gic, value);
	struct gic_range range;

	if (!pending_tables_hold(gic, bits)) {
		gic_refuse(gic, name, value, address, "a pending table is too small for so many");
		return;
	}
	if (!gic_pin(gic, name, value, address, config_size(bits), &range))
		return;
	machine_device_write(redistributor->base + GICR_PROPBASER, 8, value);
	gic_unpin(gic, &redistributor->config);
	redistributor->config = range;
	redistributor->id_bits = bits;
}

static void write_pending(struct gic *gic, struct gic_redistributor *redistributor, uint64_t value)
{
	uint64_t address = value & GICR_PENDBASER_ADDRESS;
	unsigned bits = largest_bits(gic);
	struct gic_range range;

	if (bits == 0U)
		bits = gic->id_bits;
	if (!gic_pin(gic, "GICR_PENDBASER", value, address, pending_size(bits), &range))
		return;
	machine_device_write(redistributor->base + GICR_PENDBASER, 8, value);
	gic_unpin(gic, &redistributor->pending);
	redistributor->pending = range;
	redistributor->pending_bits = bits;
}

static void write_base(struct gic *gic, struct gic_redistributor *redistributor, bool config,
		       const struct gic_access *access)
{
	unsigned offset = config ? GICR_PROPBASER : GICR_PENDBASER;
	uint64_t value = gic_merge(machine_device_read(redistributor->base + offset, 8), access);
	uint64_t control = machine_device_read(redistributor->base + GICR_CTLR, 4);

	/* the architecture leaves open what such a write does; it does nothing */
	if ((control & (GICR_CTLR_LPIS | GICR_CTLR_RWP)) != 0UL)
		gic_refuse(gic, config ? "GICR_PROPBASER" : "GICR_PENDBASER", value,
			   redistributor->base + offset, "LPIs are enabled");
	else if (config)
		write_config(gic, redistributor, value);
	else
		write_pending(gic, redistributor, value);
}

static void write_control(struct gic *gic, struct gic_redistributor *redistributor, uint64_t value)
{
	uint64_t now = machine_device_read(redistributor->base + GICR_CTLR, 4);

	/* what is in the registers after reset, or from firmware, was never checked */
	if ((value & GICR_CTLR_LPIS) != 0UL && (now & GICR_CTLR_LPIS) == 0UL &&
	    (redistributor->config.size == 0UL || redistributor->pending.size == 0UL)) {
		gic_refuse(gic, "GICR_CTLR", value, redistributor->base, "LPIs have no tables yet");
		value &= ~GICR_CTLR_LPIS;
	}
	machine_device_write(redistributor->base + GICR_CTLR, 4, value);
}

static void read_register(struct gic_access *access, enum rule rule)
{
	uint64_t hidden = 0;

	/* all in the lower half */
	if (rule == RULE_TYPE && (access->address & 7U) == 0UL)
		hidden = GICR_TYPER_VIRTUAL;
	access->value =
	    rule == RULE_NONE ? 0UL : machine_device_read(access->address, access->size) & ~hidden;
}

void gic_redistributor_access(struct gic *gic, struct gic_redistributor *redistributor,
			      struct gic_access *access)
{
	enum rule rule = rule_of(access);

	if (!access->write) {
		read_register(access, rule);
		return;
	}
	switch (rule) {
	case RULE_NONE:
	case RULE_READ:
	case RULE_TYPE:
		return;
	case RULE_PLAIN:
		machine_device_write(access->address, access->size, access->value);
		return;
	case RULE_CONTROL:
	case RULE_CONFIG:
	case RULE_PENDING:
		break;
	}
	lock_take(&gic->lock);
	if (rule == RULE_CONTROL)
		write_control(gic, redistributor, access->value);
	else
		write_base(gic, redistributor, rule == RULE_CONFIG, access);
	lock_release(&gic->lock);
}

/* --- set-up --- */

static const char *find_in_region(struct gic *gic, const struct boot_range *region)
{
	uint64_t base = region->base, end = region->base + region->size, type = 0, step;

	for (; (type & GICR_TYPER_LAST) == 0UL && base < end && end - base >= 2U * GIC_FRAME;
	     base += step) {
		struct gic_redistributor *found = &gic->redistributor[gic->redistributor_count];

		if (gic->redistributor_count == GIC_REDISTRIBUTORS)
			return "the GIC has more redistributors than there is room for";
		if (!machine_device_map(base, GIC_PAGE))
			return "the hypervisor's own tables cannot map the redistributors";
		gic->redistributor_count++;
		found->base = base;
		type = machine_device_read(base + GICR_TYPER, 8);
		found->virtual_frames = (type & GICR_TYPER_VLPIS) != 0UL;
		step = gic->plan->stride != 0UL
			   ? gic->plan->stride
			   : 2U * GIC_FRAME + (found->virtual_frames ? VIRTUAL_FRAMES : 0UL);
	}
	return NULL;
}

static bool aligned(const struct boot_gic *plan)
{
	uint64_t bits = plan->stride;

	for (unsigned i = 0; i < plan->region_count; i++)
		bits |= plan->regions[i].base;
	return (bits & (GIC_FRAME - 1U)) == 0UL && plan->stride != GIC_FRAME;
}

const char *gic_redistributors_find(struct gic *gic)
{
	const char *reason = NULL;
	uint64_t type;

	if (!aligned(gic->plan))
		return "the tree's redistributors do not lie at multiples of 64 KiB";
	if (!machine_device_map(gic->plan->distributor.base, GIC_PAGE))
		return "the hypervisor's own tables cannot map the distributor";
	type = machine_device_read(gic->plan->distributor.base + GICD_TYPER, 4);
	gic->id_bits = (unsigned)(type >> GICD_TYPER_ID_SHIFT & 0x1fU) + 1U;
	for (unsigned i = 0; reason == NULL && i < gic->plan->region_count; i++)
		reason = find_in_region(gic, &gic->plan->regions[i]);
	return reason;
}
