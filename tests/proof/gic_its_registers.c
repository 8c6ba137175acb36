// SPDX-License-Identifier: Apache-2.0
/*
 * Registers of an ITS that hold addresses (IHI 0069, GITS_CBASER, GITS_BASERn, GITS_CWRITER):
 * whatever the host writes, the hardware gets the hypervisor's own queue and tables, a queue
 * of at most 64 KiB that is pinned as a whole in the host's memory, and a position within it;
 * nothing changes while the ITS is not quiescent.
 *
 * target: hypervisor/core/gic/its.c write_queue, write_table, place_table, write_position
 * bound: every value of each register, every state of one ITS, every answer of the ledger and
 *   of the hardware
 * assumes: the hypervisor's queue and tables lie at multiples of 64 KiB within 48 bits
 *   (place_pool)
 * assumes: the register of a table is one of the eight
 * unwind: 4
 */
#include "proof.h"

#include "core/gic/its.c"
#include "machine.h"

#define BASE 0x8080000UL

static struct gic gic;
static uint64_t queue_register, table_register, position;
static unsigned writes, pins, copies;
static struct gic_range asked;
static bool quiescent, granted, room;

uint64_t machine_device_read(uint64_t address, unsigned size)
{
	if (address == BASE)
		return quiescent ? GITS_CTLR_QUIESCENT : nondet_bool() ? 1U : 0U;
	PROMISE(size == 8U);
	/* hardware keeps what bits it likes */
	return nondet_uint64();
}

void machine_device_write(uint64_t address, unsigned size, uint64_t value)
{
	PROMISE(size == 8U);
	writes++;
	if (address == BASE + 0x80U)
		queue_register = value;
	else if (address == BASE + 0x88U)
		position = value;
	else
		table_register = value;
	/* a table: ours, flat, of the size that we have for it, in pages that it is aligned to */
	if (address >= BASE + 0x100U && value >> 63 == 1U) {
		uint64_t page = 4096UL << 2U * (value >> 8 & 3U);
		uint64_t whole = page * ((value & 0xffU) + 1U);

		PROMISE((value >> 62 & 1U) == 0U && (value >> 8 & 3U) != 3U);
		PROMISE(
		    ((value & 0xfffffffff000UL) == gic.its[0].devices_table && whole == 0x80000U) ||
		    ((value & 0xfffffffff000UL) == gic.its[0].collections_table &&
		     whole == 0x10000U));
	}
}

void machine_memory_empty(void *base, size_t size)
{
	(void)base;
	(void)size;
}

bool machine_device_map(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
	return true;
}

void gic_refuse(struct gic *of, const char *name, uint64_t value, uint64_t page, const char *rule)
{
	(void)of;
	(void)name;
	(void)value;
	(void)page;
	(void)rule;
}

bool gic_pin(struct gic *of, const char *name, uint64_t value, uint64_t base, uint64_t size,
	     struct gic_range *range)
{
	(void)of;
	(void)name;
	(void)value;
	asked = (struct gic_range){base, size};
	pins += granted ? 1U : 0U;
	if (granted)
		*range = asked;
	return granted;
}

void gic_unpin(struct gic *of, struct gic_range *range)
{
	(void)of;
	*range = (struct gic_range){0, 0};
}

uint64_t gic_merge(uint64_t old, const struct gic_access *access)
{
	(void)old;
	return access->value;
}

uint64_t gic_part(uint64_t value, const struct gic_access *access)
{
	(void)access;
	return value;
}

void gic_commands_settle(struct gic *of, struct gic_its *its)
{
	(void)of;
	(void)its;
}

void gic_commands_forget(struct gic *of, struct gic_its *its)
{
	(void)of;
	(void)its;
}

bool gic_commands_copy(struct gic *of, struct gic_its *its, uint64_t end)
{
	(void)of;
	PROMISE(end < its->queue_size && end % 32U == 0U);
	copies++;
	return room;
}

static void prove_queue(struct gic_its *its, uint64_t value)
{
	struct gic_range pinned = {nondet_uint64(), nondet_uint64()};
	uint64_t size = nondet_uint64(), pages = (value & 0xffU) + 1U;

	its->pinned = pinned;
	its->queue_size = size;
	writes = 0;
	write_queue(&gic, its, value);
	if (!quiescent || (value >> 63 == 1U && (pages > 16U || !granted))) {
		PROMISE(writes == 0U && its->queue_size == size);
		PROMISE(its->pinned.base == pinned.base && its->pinned.size == pinned.size);
	} else if (value >> 63 == 0U) {
		PROMISE(queue_register == 0U && its->queue_size == 0U && its->pinned.size == 0U);
	} else {
		PROMISE(its->queue_size == pages * 4096U && its->queue_size <= 0x10000U);
		PROMISE(its->pinned.base == (value & 0xffffffffff000UL) &&
			its->pinned.size == its->queue_size);
		PROMISE((queue_register & 0xffffffffff000UL) == its->queue &&
			(queue_register & 0xffU) + 1U == pages);
		PROMISE(position == 0U && its->write == 0U);
	}
}

static void prove_position(struct gic_its *its, uint64_t value)
{
	its->queue_size = nondet_uint64();
	writes = 0;
	copies = 0;
	write_position(&gic, its, value);
	PROMISE(writes == (copies == 1U && room ? 1U : 0U));
	PROMISE(copies == ((value & 0xfffe0U) < its->queue_size ? 1U : 0U));
	PROMISE(writes == 0U || (position & ~1UL) == (value & 0xfffe0U));
}

static void prove_table(struct gic_its *its, uint64_t value)
{
	unsigned index = nondet_unsigned(), type;
	uint64_t before;

	ASSUME(index < 8U);
	its->table[index] = before = nondet_uint64();
	its->placed[index] = (value & 0xfffffffff000UL) + 1U; /* the table that it was */
	type = (unsigned)(before >> 56) & 7U;
	writes = 0;
	write_table(&gic, its, index, value);
	PROMISE(writes == 0U || (quiescent && type != 0U));
	PROMISE((its->table[index] >> 48 & 0x71fU) == (before >> 48 & 0x71fU));
	PROMISE(writes == 0U || (its->table[index] >> 62 & 1U) == 0U);
	PROMISE(writes == 0U || value >> 63 == 1U || table_register == 0U);
}

void prove(void)
{
	struct gic_its *its = &gic.its[0];
	uint64_t value = nondet_uint64();

	its->base = BASE;
	its->queue = nondet_uint64();
	its->collections_table = nondet_uint64();
	its->devices_table = nondet_uint64();
	ASSUME(((its->queue | its->collections_table | its->devices_table) &
		0xffff00000000ffffUL) == 0U);
	quiescent = nondet_bool();
	granted = nondet_bool();
	room = nondet_bool();
	prove_queue(its, value);
	prove_position(its, value);
	prove_table(its, value);
}
