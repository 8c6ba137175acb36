// SPDX-License-Identifier: Apache-2.0
/*
 * A host that writes anything to the guarded registers of redistributors and ITS, with any commands
 * in its queue, while pages change hands. After each step every register of the device that holds
 * an address points to pages that are pinned, or to the hypervisor's own tables, for all that the
 * device may touch; and the device was given no command that names memory of anybody else.
 *
 * target: hypervisor/core/gic/gic.c
 * target: hypervisor/core/gic/redistributor.c
 * target: hypervisor/core/gic/its.c
 * target: hypervisor/core/gic/command.c
 * length: 600
 */
#include <string.h>

#include "core/gic/register.h"
#include "fake/machine.h"
#include "gic_device.h"
#include "script.h"

#define PAGE      4096UL
#define STEPS_MAX 40U
#define ID_BITS   16U /* of the fake distributor */
#define ENTRY     12U /* bytes of an entry of a device's table in the fake ITS */

static bool all_pinned(uint64_t base, uint64_t size)
{
	for (uint64_t at = base & ~(PAGE - 1U); at < base + size; at += PAGE)
		if (pins(at) == 0U)
			return false;
	return true;
}

static bool own(uint64_t base, uint64_t size)
{
	return base >= DEVICE_OWN && size <= DEVICE_OWN_SIZE &&
	       base - DEVICE_OWN <= DEVICE_OWN_SIZE - size;
}

/* ---- promises ---- */

static void check_redistributor(unsigned cpu, unsigned most)
{
	uint64_t config = *rd_register(cpu, GICR_PROPBASER);
	uint64_t pending = *rd_register(cpu, GICR_PENDBASER);
	unsigned bits = (unsigned)(config & 0x1fU) + 1U;

	bits = bits < ID_BITS ? bits : ID_BITS;
	if (config != 0U && bits >= 14U)
		PROMISE(all_pinned(config & 0xffffffffff000UL, (1UL << bits) - 8192U));
	if (config != 0U)
		PROMISE(all_pinned(config & 0xffffffffff000UL, PAGE));
	if (pending != 0U)
		PROMISE(all_pinned(pending & 0xfffffffff0000UL,
				   most >= 14U ? (1UL << most) / 8U : PAGE));
	/* no interrupt of this kind without tables that were checked */
	if ((*rd_register(cpu, GICR_CTLR) & GICR_CTLR_LPIS) != 0U)
		PROMISE(gic.redistributor[cpu].config.size != 0U &&
			gic.redistributor[cpu].pending.size != 0U);
}

static void check_tables(void)
{
	for (unsigned i = 0; i < GIC_ITS_TABLES; i++) {
		uint64_t value = *its_register(GITS_BASER + 8U * i);
		uint64_t size = 4096UL << 2U * (value >> 8 & 3U);
		unsigned type = (unsigned)(value >> 56) & 7U;

		if ((value & GITS_BASE_VALID) == 0U)
			continue;
		PROMISE(type == GITS_DEVICES || type == GITS_COLLECTIONS);
		PROMISE((value & GITS_BASER_INDIRECT) == 0U);
		PROMISE(own(value & GITS_BASER_ADDRESS, size * ((value & 0xffU) + 1U)));
		PROMISE((value & GITS_BASER_ADDRESS) % size == 0U);
	}
}

static void check_queue(void)
{
	uint64_t value = *its_register(GITS_CBASER), bytes = ((value & 0xffU) + 1U) * PAGE;

	if ((value & GITS_BASE_VALID) == 0U)
		return;
	PROMISE(own(value & GITS_CBASER_ADDRESS, bytes) && bytes <= GIC_ITS_QUEUE);
	PROMISE((*its_register(GITS_CWRITER) & GITS_OFFSET) < bytes);
	PROMISE(all_pinned(gic.its[0].pinned.base, bytes));
}

/* Commands that the device has: only those that a host may give. */
static void check_commands(unsigned from)
{
	static const uint8_t allowed[] = {1, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

	for (unsigned i = from; i < device.executed_count; i++) {
		const uint64_t *word = device.executed[i].word;
		unsigned bits = (unsigned)(word[1] & 0x1fU) + 1U;

		PROMISE(memchr(allowed, (int)(word[0] & 0xffU), sizeof(allowed)) != NULL);
		if ((word[0] & 0xffU) != 8U)
			continue;
		PROMISE(word[0] >> 32 < 1UL << 16);
		if (word[2] >> 63 == 0U)
			continue;
		PROMISE(bits <= 16U);
		/* still mapped: else a later command of this input took it back */
		for (unsigned n = 0; n < gic.its[0].device_count; n++)
			if (gic.its[0].devices[n].table == (word[2] & 0xfffffffffff00UL) &&
			    gic.its[0].devices[n].device == word[0] >> 32)
				PROMISE(all_pinned(word[2] & 0xfffffffffff00UL,
						   (uint64_t)ENTRY << bits));
	}
}

static void check_devices(void)
{
	const struct gic_its *its = &gic.its[0];

	PROMISE(its->device_count <= GIC_ITS_DEVICES);
	for (unsigned n = 0; n < its->device_count; n++)
		PROMISE(all_pinned(its->devices[n].table & ~1UL, 256));
}

static void check(unsigned executed)
{
	unsigned most = 0;

	for (unsigned cpu = 0; cpu < gic.redistributor_count; cpu++)
		if (gic.redistributor[cpu].id_bits > most)
			most = gic.redistributor[cpu].id_bits;
	for (unsigned cpu = 0; cpu < gic.redistributor_count; cpu++)
		check_redistributor(cpu, most);
	check_tables();
	check_queue();
	check_devices();
	check_commands(executed);
	PROMISE(gic.lock.next == gic.lock.served);
	PROMISE(gic.its[0].lock.next == gic.its[0].lock.served);
}

/* ---- steps ---- */

static uint64_t take_address(void)
{
	static const uint64_t places[16] = {
	    DEVICE_HOST,
	    DEVICE_HOST + 0x1000,
	    DEVICE_HOST + 0x10000,
	    DEVICE_HOST + 0x20000,
	    DEVICE_RAM,
	    DEVICE_RAM - 0x1000,
	    DEVICE_OWN,
	    DEVICE_OWN - 0x1000,
	    DEVICE_OWN - 0x2000,
	    DEVICE_OWN - 0x10000,
	    DEVICE_OWN - 0xe000,
	    DEVICE_HOST + 0x100,
	    DEVICE_OWN - 0x300,
	    0,
	    DEVICE_OWN - 0x100,
	    DEVICE_RAM + 0x10000,
	};

	return script_choose(places, 16);
}

static void access_redistributor(void)
{
	static const uint64_t offsets[16] = {
	    GICR_CTLR,           GICR_PROPBASER,  GICR_PENDBASER,
	    GICR_TYPER,          GICR_IIDR,       GICR_PROPBASER + 4U,
	    GICR_PENDBASER + 4U, GICR_TYPER + 4U, GICR_SYNCR,
	    GICR_WAKER,          GICR_OWN,        GICR_SETLPIR,
	    GICR_STATUSR,        0x00f0,          0x0ffc,
	    GICR_INVALLR};
	uint8_t how = (uint8_t)script_take(1);
	uint64_t offset = script_choose(offsets, 16) & 0xfffU;
	unsigned cpu = how & 3U, size = how & 4U ? 8U : 4U;
	uint64_t value = take_address();
	uint64_t address = rd_address(cpu, 0) + offset;

	value |= script_take(1) & 0x1fU;
	if (offset == GICR_CTLR)
		value &= 0x9U;
	if ((how & 0xe0U) == 0xe0U) {
		struct gic_access access = {address + (how & 3U), how & 0xfU, (how & 8U) != 0U,
					    value};
		enum gic_answer answer = gic_host_access(&gic, &access);

		PROMISE(answer != GIC_DONE || ((access.size == 4U || access.size == 8U) &&
					       access.address % access.size == 0U));
		return;
	}
	address &= ~(uint64_t)(size - 1U);
	if (device.gicv4 && (how & 0x10U) != 0U)
		address += 2U * GIC_FRAME;
	if ((how & 8U) != 0U)
		(void)host_write(address, size, value);
	else
		(void)host_read(address, size);
}

static void access_its(void)
{
	static const uint64_t offsets[16] = {
	    GITS_CTLR,        GITS_CBASER,     GITS_CWRITER,     GITS_CREADR,
	    GITS_BASER,       GITS_BASER + 8U, GITS_BASER + 16U, GITS_TYPER,
	    GITS_IIDR,        GITS_STATUSR,    GITS_BASER + 56U, GITS_BASER + 64U,
	    GITS_CBASER + 4U, GITS_BASER + 4U, GITS_CTLR,        0x40};
	uint8_t how = (uint8_t)script_take(1);
	uint64_t offset = script_choose(offsets, 16) & 0xfffU;
	unsigned size = how & 4U ? 4U : 8U;
	uint64_t value = take_address();

	value |= script_take(1);
	if (offset == GITS_CTLR) {
		size = 4;
		value &= 3U;
	} else if (offset == GITS_CWRITER) {
		value = script_take(1) * 32U + (how & 3U ? 0U : 4096U * (how >> 4));
	} else if ((how & 1U) != 0U) {
		value |= GITS_BASE_VALID;
	}
	offset &= ~(uint64_t)(size - 1U);
	if ((how & 0xe0U) == 0xe0U)
		(void)host_read(DEVICE_ITS + offset, size);
	else
		(void)host_write(DEVICE_ITS + offset, size, value);
}

/* Commands into the host's queue, wherever the next one is read. */
static void write_commands(void)
{
	static const uint64_t opcodes[16] = {8, 8,  8,  9,  5,  14, 1,    3,
					     4, 10, 11, 12, 13, 15, 0x29, 0};
	uint64_t at = *its_register(GITS_CWRITER) & GITS_OFFSET;
	unsigned count = 1U + (unsigned)script_take(1) % 8U;

	for (unsigned i = 0; i < count; i++, at = (at + 32U) % sizeof(device.host)) {
		uint64_t device_id = script_take(1), word[4];
		uint8_t how = (uint8_t)script_take(1);

		word[0] = script_choose(opcodes, 16) | device_id << (how & 0x40U ? 40U : 32U);
		word[1] = how & 0x1fU;
		word[2] = take_address() | (how & 0x80U ? 0UL : 1UL << 63);
		word[3] = how & 0x20U ? 0U : 1UL << 16;
		memcpy(device.host + at, word, sizeof(word));
	}
	if (script_take(1) < 0xc0U)
		(void)host_write(DEVICE_ITS + GITS_CWRITER, 8, at);
}

static void change_memory(void)
{
	uint64_t base = take_address() & ~(PAGE - 1U), size = (1U + script_take(1) % 17U) * PAGE;

	if (script_take(1) & 1U)
		(void)ledger_donate(&ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, 0);
	else
		(void)ledger_donate(&ledger, base, size, LEDGER_HYPERVISOR, LEDGER_HOST, 0);
}

/* LPI tables of a redistributor, as a host sets them up; sizes up to all that there are. */
static void set_up_redistributor(uint8_t how)
{
	uint64_t bits = 13U + (how & 7U), room = DEVICE_HOST + 0x20000U * (how >> 6);

	(void)host_write(rd_address(how >> 3 & 3U, GICR_PROPBASER), 8, room | bits);
	(void)host_write(rd_address(how >> 3 & 3U, GICR_PENDBASER), 8, room + 0x10000U);
}

/* A queue and tables of an ITS; at times the queue is larger than it may be. */
static void set_up_its(void)
{
	uint8_t size = (uint8_t)script_take(1);

	(void)host_write(DEVICE_ITS + GITS_BASER, 8, GITS_BASE_VALID | (DEVICE_HOST + 0x40000));
	(void)host_write(DEVICE_ITS + GITS_BASER + 8U, 8,
			 GITS_BASE_VALID | (DEVICE_HOST + 0x50000));
	(void)host_write(DEVICE_ITS + GITS_CBASER, 8,
			 GITS_BASE_VALID | DEVICE_HOST | (size & (size >= 0xc0U ? 31U : 15U)));
	(void)host_write(DEVICE_ITS + GITS_CTLR, 4, 1);
}

/* Machines that cannot be guarded: a reason, and nothing worse. */
static bool begin(void)
{
	uint8_t choice = (uint8_t)script_take(1), odd = (uint8_t)script_take(1);

	device_prepare();
	device.gicv4 = (choice & 1U) != 0U;
	device.no_snoop = (choice & 2U) != 0U;
	device.lazy = (choice & 4U) != 0U;
	device.page_size = choice >> 3 & 3U;
	for (unsigned cpu = 0; device.gicv4 && cpu < DEVICE_CPUS; cpu++)
		*rd_register(cpu, GICR_TYPER) |= GICR_TYPER_VLPIS;
	if ((choice & 0x20U) != 0U)
		*its_register(GITS_TYPER) |= GITS_TYPER_PTA;
	if ((choice & 0x40U) != 0U)
		device_plan.stride = device.gicv4 ? DEVICE_SHARE : DEVICE_STEP;
	if (odd < 0xf0U) {
		device_start();
		gic_report(&gic);
		return true;
	}
	switch (odd & 7U) {
	case 0:
		device_plan.v3 = false;
		break;
	case 1:
		device_plan.regions[0].base += PAGE;
		break;
	case 2:
		device_plan.its[0].base += PAGE;
		break;
	case 3:
		fake.device_maps = (unsigned)script_take(1) % 8U;
		break;
	case 4:
		device_plan.regions[0].size = script_take(3);
		break;
	case 5:
		device_stage2.free = (unsigned)script_take(1) % 3U;
		break;
	default:
		/* every other redistributor, or none but the first */
		device_plan.stride = (2U + (script_take(1) & 1U)) * DEVICE_STEP;
		device_plan.regions[0].size = device_plan.stride;
		break;
	}
	(void)gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM);
	PROMISE(gic.redistributor_count <= GIC_REDISTRIBUTORS);
	gic_report(&gic);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script = (struct script){data, size};
	if (!begin())
		return 0;
	for (unsigned step = 0; step < STEPS_MAX && script.left > 0U; step++) {
		uint8_t what = (uint8_t)script_take(1);
		unsigned executed = device.executed_count;

		if (what < 0x50U)
			access_redistributor();
		else if (what < 0x90U)
			access_its();
		else if (what < 0xc0U)
			write_commands();
		else if (what < 0xd0U)
			change_memory();
		else if (what < 0xe0U)
			device_execute();
		else if (what < 0xf0U)
			set_up_redistributor((uint8_t)script_take(1));
		else
			set_up_its();
		check(executed);
	}
	return 0;
}
