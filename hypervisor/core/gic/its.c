// SPDX-License-Identifier: Apache-2.0
/* Page 0 of an ITS: its tables are the hypervisor's, its command queue is a checked copy. */
#include <stddef.h>

#include "core/gic/gic.h"
#include "core/gic/register.h"
#include "core/machine.h"

#define QUEUE_PAGE      4096UL
#define QUIET_TRIES     1000000U /* reads of GITS_CTLR until the ITS counts as stuck */
#define PAGE_SIZES      3U       /* 4, 16, 64 KiB, as GITS_BASERn.Page_Size numbers them */
#define DEVICE_BITS_MAX 32U

static uint64_t read64(const struct gic_its *its, unsigned offset)
{
	return machine_device_read(its->base + offset, 8);
}

static void write64(const struct gic_its *its, unsigned offset, uint64_t value)
{
	machine_device_write(its->base + offset, 8, value);
}

static uint64_t control(const struct gic_its *its)
{
	return machine_device_read(its->base + GITS_CTLR, 4);
}

/* Only then may tables and queue change (IHI 0069, GITS_CTLR.Quiescent). */
static bool quiet(const struct gic_its *its)
{
	return (control(its) & (GITS_CTLR_ENABLED | GITS_CTLR_QUIESCENT)) == GITS_CTLR_QUIESCENT;
}

/* --- tables --- */

static unsigned table_offset(unsigned index)
{
	return GITS_BASER + 8U * index;
}

static unsigned table_type(const struct gic_its *its, unsigned index)
{
	return (unsigned)(its->table[index] >> GITS_BASER_TYPE_SHIFT) & 7U;
}

static uint64_t table_place(const struct gic_its *its, unsigned index)
{
	return table_type(its, index) == GITS_DEVICES ? its->devices_table : its->collections_table;
}

static uint64_t table_room(const struct gic_its *its, unsigned index)
{
	return table_type(its, index) == GITS_DEVICES ? GIC_ITS_DEVICE_ROOM : GIC_ITS_COLLECTIONS;
}

/* Let the ITS use our table for GITS_BASERn; it may know only some of the page sizes. */
static bool place_table(const struct gic_its *its, unsigned index)
{
	unsigned offset = table_offset(index);
	uint64_t base = table_place(its, index), room = table_room(its, index);

	for (uint64_t size = PAGE_SIZES; size > 0UL; size--) {
		uint64_t pages = room >> (10U + 2U * size);
		uint64_t value = GITS_BASE_VALID | GITS_BASE_RAWAWB | GITS_BASE_ISH | base |
				 (size - 1U) << GITS_BASER_PAGES_SHIFT | (pages - 1U);
		uint64_t now;

		write64(its, offset, value);
		now = read64(its, offset);
		/* it does not snoop: the table was cleaned to memory, and stays there */
		if ((now & GITS_BASE_SHARED) == 0UL) {
			value = (value & ~(GITS_BASE_SHARED | GITS_BASE_INNER)) | GITS_BASE_NC;
			write64(its, offset, value);
			now = read64(its, offset);
		}
		if ((now & GITS_BASER_PAGES) == (value & GITS_BASER_PAGES) &&
		    (now & GITS_BASER_ADDRESS) == base && (now & GITS_BASE_VALID) != 0UL)
			return true;
	}
	write64(its, offset, 0);
	return false;
}

/* A fresh table is empty; the ITS is quiet. */
static void empty_table(struct gic *gic, struct gic_its *its, unsigned index)
{
	machine_memory_empty(machine_table(table_place(its, index)), table_room(its, index));
	if (table_type(its, index) == GITS_DEVICES)
		gic_commands_forget(gic, its);
}

/*
 * The host gives the ITS a table: it gets ours, empty. With the address that it had it is the table
 * that it was: so a host restores the register after a sleep.
 */
static void write_table(struct gic *gic, struct gic_its *its, unsigned index, uint64_t value)
{
	uint64_t before = its->table[index];

	if (table_type(its, index) == 0U)
		return;
	if (!quiet(its)) {
		gic_refuse(gic, "GITS_BASER", value, its->base + table_offset(index),
			   "the ITS is not quiescent");
		return;
	}
	value &= ~(GITS_BASER_INDIRECT | GITS_BASER_FIXED);
	value |= before & GITS_BASER_FIXED;
	its->table[index] = value;
	if ((value & GITS_BASE_VALID) == 0UL) {
		write64(its, table_offset(index), 0);
		return;
	}
	if (its->placed[index] != (value & GITS_BASER_ADDRESS) + 1U)
		empty_table(gic, its, index);
	its->placed[index] = (value & GITS_BASER_ADDRESS) + 1U;
	if (!place_table(its, index))
		its->table[index] &= ~GITS_BASE_VALID;
}

/* --- the queue --- */

static void write_queue(struct gic *gic, struct gic_its *its, uint64_t value)
{
	static const char name[] = "GITS_CBASER";
	uint64_t base = value & GITS_CBASER_ADDRESS;
	uint64_t size = ((value & GITS_CBASER_SIZE) + 1U) * QUEUE_PAGE;
	struct gic_range range = {0, 0};

	if (!quiet(its)) {
		gic_refuse(gic, name, value, base, "the ITS is not quiescent");
		return;
	}
	if ((value & GITS_BASE_VALID) == 0UL) {
		write64(its, GITS_CBASER, 0);
		gic_unpin(gic, &its->pinned);
		its->command_base = value & ~GITS_BASE_VALID;
		its->queue_size = 0;
		return;
	}
	if (size > GIC_ITS_QUEUE) {
		gic_refuse(gic, name, value, base, "a queue has 64 KiB at most");
		return;
	}
	if (!gic_pin(gic, name, value, base, size, &range))
		return;
	gic_unpin(gic, &its->pinned);
	its->pinned = range;
	its->queue_size = size;
	its->write = 0;
	write64(its, GITS_CBASER,
		GITS_BASE_VALID | (value & (GITS_CBASER_KEPT | GITS_CBASER_SIZE)) | its->queue);
	write64(its, GITS_CWRITER, 0);
	its->command_base = GITS_BASE_VALID | base | (value & GITS_CBASER_SIZE) |
			    (read64(its, GITS_CBASER) & GITS_CBASER_KEPT);
}

static void write_position(struct gic *gic, struct gic_its *its, uint64_t value)
{
	static const char name[] = "GITS_CWRITER";
	uint64_t end = value & GITS_OFFSET;

	if (end >= its->queue_size) {
		/* without a queue there is nothing but its start */
		if (end != 0UL)
			gic_refuse(gic, name, value, its->base, "not within the queue");
		return;
	}
	gic_commands_settle(gic, its);
	if (!gic_commands_copy(gic, its, end)) {
		gic_refuse(gic, name, value, its->base,
			   "commands that were not executed would be overwritten");
		return;
	}
	write64(its, GITS_CWRITER, end | (value & GITS_RETRY));
}

/* --- accesses --- */

/* The 64-bit register that the offset lies in, as the host reads it. */
static uint64_t read_register(struct gic *gic, struct gic_its *its, unsigned offset)
{
	switch (offset) {
	case GITS_TYPER:
		return its->type;
	case GITS_CBASER:
		return its->command_base;
	case GITS_CWRITER:
		return read64(its, GITS_CWRITER);
	case GITS_CREADR:
		gic_commands_settle(gic, its);
		return read64(its, GITS_CREADR);
	default:
		break;
	}
	if (offset >= GITS_BASER && offset < table_offset(GIC_ITS_TABLES))
		return its->table[(offset - GITS_BASER) / 8U];
	return 0;
}

static void write_register(struct gic *gic, struct gic_its *its, unsigned offset, uint64_t value)
{
	if (offset == GITS_CBASER)
		write_queue(gic, its, value);
	else if (offset == GITS_CWRITER)
		write_position(gic, its, value);
	else if (offset >= GITS_BASER && offset < table_offset(GIC_ITS_TABLES))
		write_table(gic, its, (offset - GITS_BASER) / 8U, value);
	/* all others are for reading, or not there */
}

/* Registers of 32 bits; the first two share a doubleword. */
static bool access_word(struct gic_its *its, struct gic_access *access)
{
	unsigned offset = (unsigned)(access->address & (GIC_PAGE - 1U));

	if (access->size != 4U ||
	    (offset != GITS_CTLR && offset != GITS_IIDR && offset != GITS_STATUSR))
		return false;
	if (!access->write)
		access->value = machine_device_read(its->base + offset, 4);
	else if (offset == GITS_CTLR)
		machine_device_write(its->base + offset, 4,
				     access->value &
					 (GITS_CTLR_ENABLED | GITS_CTLR_IMDE | GITS_CTLR_UMSI));
	else if (offset == GITS_STATUSR)
		machine_device_write(its->base + offset, 4, access->value);
	return true;
}

void gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access)
{
	unsigned offset = (unsigned)(access->address & (GIC_PAGE - 1U)) & ~7U;

	lock_take(&its->lock);
	if (access_word(its, access)) {
		lock_release(&its->lock);
		return;
	}
	if (access->write)
		write_register(
		    gic, its, offset,
		    gic_merge(access->size == 8U ? 0UL : read_register(gic, its, offset), access));
	else
		access->value = gic_part(read_register(gic, its, offset), access);
	lock_release(&its->lock);
}

/* --- set-up --- */

static bool make_quiet(const struct gic_its *its)
{
	machine_device_write(its->base + GITS_CTLR, 4, 0);
	for (unsigned i = 0; i < QUIET_TRIES; i++)
		if (quiet(its))
			return true;
	return false;
}

static unsigned log2_of(uint64_t value)
{
	unsigned bits = 0;

	while (value > 1UL) {
		value >>= 1;
		bits++;
	}
	return bits;
}

/* What the host is told: no virtual interrupts, and no more devices than our table holds. */
static void read_type(struct gic *gic, struct gic_its *its)
{
	uint64_t type = read64(its, GITS_TYPER), first = gic->redistributor[0].base;
	unsigned bits = (unsigned)(type >> GITS_TYPER_DEVICE_SHIFT & 0x1fU) + 1U;

	if (its->device_bits > bits)
		its->device_bits = bits;
	its->type = type & ~(GITS_TYPER_VIRTUAL | GITS_TYPER_VIRTUAL_MORE | GITS_TYPER_SVPET |
			     (0x1fUL << GITS_TYPER_DEVICE_SHIFT));
	its->type |= (uint64_t)(its->device_bits - 1U) << GITS_TYPER_DEVICE_SHIFT;
	its->event_bits = (unsigned)(type >> GITS_TYPER_EVENT_SHIFT & 0x1fU) + 1U;
	its->entry_size = (unsigned)(type >> GITS_TYPER_ITT_SHIFT & 0xfU) + 1U;
	/* an address, or Processor_Number of GICR_TYPER */
	if ((type & GITS_TYPER_PTA) != 0UL)
		its->processor = first & ~(GIC_FRAME - 1U);
	else
		its->processor = (machine_device_read(first + GICR_TYPER, 8) >> 8 & 0xffffU) << 16;
}

/* Forget what firmware left, and find which tables there are. */
static void read_tables(struct gic_its *its)
{
	its->device_bits = DEVICE_BITS_MAX;
	for (unsigned i = 0; i < GIC_ITS_TABLES; i++) {
		uint64_t fixed = read64(its, table_offset(i)) & GITS_BASER_FIXED;
		unsigned type = (unsigned)(fixed >> GITS_BASER_TYPE_SHIFT) & 7U;
		uint64_t entry = (fixed >> GITS_BASER_ENTRY_SHIFT & 0x1fU) + 1U;

		write64(its, table_offset(i), 0);
		/* a table of virtual processors is none for the host */
		if (type != GITS_DEVICES && type != GITS_COLLECTIONS)
			continue;
		its->table[i] = fixed;
		if (type == GITS_DEVICES)
			its->device_bits = log2_of(GIC_ITS_DEVICE_ROOM / entry);
	}
}

const char *gic_its_init(struct gic *gic, struct gic_its *its, uint64_t base, uint64_t memory)
{
	if ((base & (GIC_FRAME - 1U)) != 0UL || gic->redistributor_count == 0U)
		return "the tree's ITS does not lie at a multiple of 64 KiB, or has no "
		       "redistributor";
	if (!machine_device_map(base, GIC_PAGE))
		return "the hypervisor's own tables cannot map the ITS";
	its->base = base;
	its->queue = memory;
	its->devices = machine_table(memory + GIC_ITS_QUEUE);
	its->collections_table = memory + GIC_ITS_QUEUE + GIC_ITS_LIST;
	its->devices_table = its->collections_table + GIC_ITS_COLLECTIONS;
	if (!make_quiet(its))
		return "the ITS does not become quiescent";
	write64(its, GITS_CBASER, 0);
	read_tables(its);
	read_type(gic, its);
	return NULL;
}
