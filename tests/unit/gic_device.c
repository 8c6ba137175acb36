/* SPDX-License-Identifier: Apache-2.0 */
#include "gic_device.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/gic/register.h"
#include "fake/machine.h"

#define TABLE_PAGES 24U
#define RECORDS     (16UL * 4096UL)
#define ID_BITS     16UL

struct gic_fake device;
struct gic gic;
struct ledger ledger;
struct stage2 device_stage2;
struct boot_gic device_plan;

static uint8_t memory[DEVICE_OWN_SIZE] __attribute__((aligned(4096)));

uint64_t *rd_register(unsigned cpu, unsigned offset)
{
	return &device.redistributor[cpu][offset / 8U];
}

uint64_t *its_register(unsigned offset)
{
	return &device.its[offset / 8U];
}

uint64_t rd_address(unsigned cpu, unsigned offset)
{
	return DEVICE_GICR + cpu * (device.gicv4 ? DEVICE_SHARE : DEVICE_STEP) + offset;
}

/* --- the device --- */

static uint64_t *doubleword(uint64_t address)
{
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++)
		if ((address & ~0xfffUL) == rd_address(cpu, 0))
			return rd_register(cpu, (unsigned)(address & 0xfffU));
	if ((address & ~0xfffUL) == DEVICE_ITS)
		return its_register((unsigned)(address & 0xfffU));
	return NULL;
}

static uint64_t read_register(void *context, uint64_t address, unsigned size)
{
	uint64_t value;

	(void)context;
	__atomic_fetch_add(&device.reads, 1U, __ATOMIC_RELAXED);
	if (address == DEVICE_GICD + GICD_TYPER)
		return (ID_BITS - 1U) << GICD_TYPER_ID_SHIFT;
	assert_non_null(doubleword(address));
	value = *doubleword(address);
	if (address == DEVICE_ITS + GITS_CTLR && (value & GITS_CTLR_ENABLED) == 0UL &&
	    !device.restless)
		value |= GITS_CTLR_QUIESCENT;
	assert_true((address & (size - 1U)) == 0UL && (size == 4U || size == 8U));
	return size == 8U ? value : (uint32_t)(value >> 8U * (address & 7U));
}

/* What hardware does when the register is written. */
static void act(uint64_t address)
{
	uint64_t offset = address - DEVICE_ITS, *reg = doubleword(address);

	if ((address & ~0xfffUL) != DEVICE_ITS) {
		if ((address & 0xffcU) == GICR_PENDBASER)
			*reg &= ~(1UL << 62); /* PTZ */
		return;
	}
	if (offset == GITS_CBASER)
		*its_register(GITS_CREADR) = 0;
	if ((offset & ~0x38UL) == GITS_BASER) {
		if (device.page_size != 0UL)
			*reg = (*reg & ~GITS_BASER_PAGES) | (device.page_size - 1U)
								<< GITS_BASER_PAGES_SHIFT;
	}
	if (device.no_snoop && (offset == GITS_CBASER || (offset & ~0x38UL) == GITS_BASER))
		*reg &= ~GITS_BASE_SHARED;
	if (!device.lazy)
		device_execute();
}

static void write_register(void *context, uint64_t address, unsigned size, uint64_t value)
{
	uint64_t *reg = doubleword(address), fixed = 0;

	(void)context;
	__atomic_fetch_add(&device.writes, 1U, __ATOMIC_RELAXED);
	assert_non_null(reg);
	assert_true((address & (size - 1U)) == 0UL && (size == 4U || size == 8U));
	device.last_address = address;
	device.last_size = size;
	device.last_value = value;
	if ((address & ~0x38UL) == DEVICE_ITS + GITS_BASER)
		fixed = *reg & GITS_BASER_FIXED;
	if (size == 8U)
		*reg = (value & ~GITS_BASER_FIXED) | fixed | (fixed == 0UL ? value : 0UL);
	else
		memcpy((uint8_t *)reg + (address & 7U), &value, 4);
	act(address);
}

void device_execute(void)
{
	uint64_t base = *its_register(GITS_CBASER), size, *read = its_register(GITS_CREADR);

	if ((base & GITS_BASE_VALID) == 0UL ||
	    (*its_register(GITS_CTLR) & GITS_CTLR_ENABLED) == 0UL)
		return;
	size = ((base & GITS_CBASER_SIZE) + 1U) * 4096U;
	assert_true((base & 0xf000UL) == 0UL);
	while (*read != (*its_register(GITS_CWRITER) & GITS_OFFSET)) {
		const uint8_t *at =
		    (const uint8_t *)machine_table(base & GITS_CBASER_ADDRESS) + *read;

		assert_true(device.executed_count < DEVICE_COMMANDS);
		memcpy(&device.executed[device.executed_count++], at, 32);
		*read = (*read + 32U) % size;
	}
}

static void read_host(void *context, void *to, uint64_t physical, size_t size)
{
	(void)context;
	assert_true(size <= 4096U - (physical & 0xfffU));
	/* only what is pinned may be looked at */
	assert_true(pins(physical) > 0U);
	if (physical - DEVICE_HOST >= sizeof(device.host)) {
		memset(to, 0, size);
		return;
	}
	memcpy(to, device.host + (physical - DEVICE_HOST), size);
	if (device.during_copy != NULL)
		device.during_copy(&device);
}

/* --- set-up --- */

void device_prepare(void)
{
	uint64_t tables = DEVICE_OWN + GIC_ITS_MEMORY, records = tables + TABLE_PAGES * 4096U;

	fake_reset();
	memset(&device, 0, sizeof(device));
	memset(&gic, 0, sizeof(gic));
	memset(&ledger, 0, sizeof(ledger));
	memset(&device_stage2, 0, sizeof(device_stage2));
	fake.memory = memory;
	fake.memory_base = DEVICE_OWN;
	fake.memory_size = sizeof(memory);
	fake.device_read = read_register;
	fake.device_write = write_register;
	fake.host_read = read_host;
	fake.device_maps = 64;
	assert_int_equal(stage2_init(&device_stage2, tables, TABLE_PAGES, 39, STAGE2_BBM_BREAK),
			 STAGE2_OK);
	assert_int_equal(stage2_set(&device_stage2, 0, DEVICE_RAM, STAGE2_DEVICE), STAGE2_OK);
	assert_int_equal(
	    stage2_set(&device_stage2, DEVICE_RAM, DEVICE_OWN - DEVICE_RAM, STAGE2_RAM), STAGE2_OK);
	ledger.region_count = 1;
	ledger.region[0] = (struct ledger_region){DEVICE_RAM, DEVICE_RAM_SIZE, 0};
	assert_true(ledger_init(&ledger, &device_stage2, records, RECORDS));
	assert_int_equal(
	    ledger_assign(&ledger, DEVICE_OWN, DEVICE_OWN_SIZE, LEDGER_HYPERVISOR).status,
	    LEDGER_OK);
	memset(memory, 0xa5, GIC_ITS_MEMORY); /* what was there before */
	device_plan = (struct boot_gic){
	    .v3 = true,
	    .distributor = {DEVICE_GICD, 0x10000},
	    .regions = {{DEVICE_GICR, 0xf60000}},
	    .region_count = 1,
	    .its = {{DEVICE_ITS, 0x20000}},
	    .its_count = 1,
	};
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++)
		*rd_register(cpu, GICR_TYPER) = (uint64_t)cpu << 32 | cpu << 8 |
						(cpu + 1U == DEVICE_CPUS ? GICR_TYPER_LAST : 0UL);
	/*
	 * 16 bits of device, 16 of event, entries of 12 bytes, everything virtual; places as IHI
	 * 0069 has them (12.19, GITS_TYPER): Devbits 17:13, ID_bits 12:8, ITT_entry_size 7:4
	 */
	*its_register(GITS_TYPER) =
	    0x7fUL << 36 | 15UL << 13 | 15UL << 8 | 11UL << 4 | 1UL << 1 | 1UL;
	*its_register(GITS_BASER) = 1UL << GITS_BASER_TYPE_SHIFT | 7UL << GITS_BASER_ENTRY_SHIFT;
	*its_register(GITS_BASER + 8U) =
	    4UL << GITS_BASER_TYPE_SHIFT | 7UL << GITS_BASER_ENTRY_SHIFT;
	*its_register(GITS_BASER + 16U) =
	    2UL << GITS_BASER_TYPE_SHIFT | 7UL << GITS_BASER_ENTRY_SHIFT;
}

void device_start(void)
{
	assert_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
}

/* --- the host --- */

enum gic_answer host_write(uint64_t address, unsigned size, uint64_t value)
{
	struct gic_access access = {
	    .address = address, .size = size, .write = true, .value = value};

	return gic_host_access(&gic, &access);
}

uint64_t host_read(uint64_t address, unsigned size)
{
	struct gic_access access = {.address = address, .size = size, .value = 0x5a5a};

	assert_int_equal(gic_host_access(&gic, &access), GIC_DONE);
	return access.value;
}

unsigned pins(uint64_t address)
{
	struct ledger_extent extent = ledger_lookup(&ledger, address);

	return extent.ram ? extent.record.pins : 0U;
}
