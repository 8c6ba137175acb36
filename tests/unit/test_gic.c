/* SPDX-License-Identifier: Apache-2.0 */
/* The guard of the redistributors' registers, and what host_access() does with any access. */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "core/gic/register.h"
#include "fake/machine.h"
#include "gic_device.h"

#define CONFIG  (DEVICE_RAM + 0x100000UL) /* 64 KiB each */
#define PENDING (DEVICE_RAM + 0x200000UL)
#define IDS     15UL /* GICR_PROPBASER.IDbits: 16 bits */

static enum stage2_kind stands(uint64_t address)
{
	return stage2_lookup(&device_stage2, address).kind;
}

static void test_gic_pages(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	assert_int_equal(gic.redistributor_count, DEVICE_CPUS);
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++) {
		assert_int_equal(stands(rd_address(cpu, 0)), STAGE2_NONE);
		assert_int_equal(stands(rd_address(cpu, 0x1000)), STAGE2_DEVICE);
		assert_int_equal(stands(rd_address(cpu, 0xf000)), STAGE2_DEVICE);
		assert_int_equal(stands(rd_address(cpu, 0x10000)), STAGE2_DEVICE); /* SGI */
	}
	assert_int_equal(stands(rd_address(DEVICE_CPUS, 0)), STAGE2_DEVICE);
	assert_int_equal(stands(DEVICE_GICD), STAGE2_DEVICE);
	assert_int_equal(stands(DEVICE_ITS), STAGE2_NONE);
	assert_int_equal(stands(DEVICE_ITS + 0x1000), STAGE2_DEVICE);
	assert_int_equal(stands(DEVICE_ITS + 0x10000), STAGE2_DEVICE); /* GITS_TRANSLATER */
	gic_report(&gic);
	assert_true(fake_said("[gic] version 3: registers with addresses are guarded in 4 "
			      "redistributors and 1 ITS"));
}

/* A GICv4 has four frames for each, and two of them are not the host's. */
static void test_gic_v4(void **state)
{
	(void)state;
	device_prepare();
	device.gicv4 = true;
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++)
		*rd_register(cpu, GICR_TYPER) |= GICR_TYPER_VLPIS | 1UL << 7;
	device_start();
	assert_int_equal(gic.redistributor_count, DEVICE_CPUS);
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++) {
		uint64_t frame = rd_address(cpu, 0) + 0x20000U;
		unsigned writes = device.writes;

		assert_int_equal(stands(rd_address(cpu, 0)), STAGE2_NONE);
		assert_int_equal(stands(frame), STAGE2_NONE);
		assert_int_equal(host_write(frame + 0x70U, 8, 0x8000000043000000), GIC_DONE);
		assert_int_equal(host_read(frame + 0x78U, 8), 0);
		assert_int_equal(device.writes, writes);
		/* VLPIs stay, since they say how far the next one is */
		assert_int_equal(host_read(rd_address(cpu, GICR_TYPER), 8),
				 *rd_register(cpu, GICR_TYPER) & ~(1UL << 7));
	}
}

static void test_gic_stride(void **state)
{
	(void)state;
	device_prepare();
	device.gicv4 = true;
	device_plan.stride = DEVICE_SHARE;
	device_start();
	assert_int_equal(gic.redistributor_count, DEVICE_CPUS);
	assert_int_equal(gic.redistributor[3].base, rd_address(3, 0));
	device_prepare();
	device_plan.stride = 0x18000;
	assert_non_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
	device_prepare();
	device_plan.stride = 0x10000;
	assert_non_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
	device_prepare();
	device_plan.regions[0].base += 0x1000U;
	assert_non_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
}

/* Whatever is short, the host is not started. */
static void test_gic_short(void **state)
{
	unsigned maps;

	(void)state;
	for (maps = 0; maps < 2U + DEVICE_CPUS; maps++) {
		device_prepare();
		fake.device_maps = maps;
		assert_non_null(
		    gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
	}
	device_prepare();
	while (device_stage2.free > 0U)
		assert_int_not_equal(
		    stage2_set(&device_stage2,
			       DEVICE_RAM + 0x1000U + 0x200000U * device_stage2.free, 0x1000,
			       STAGE2_NONE),
		    STAGE2_INVALID);
	assert_non_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
	device_prepare();
	device.restless = true;
	assert_non_null(gic_init(&gic, &device_plan, &device_stage2, &ledger, DEVICE_ITS_ROOM));
}

static void test_gic_v2(void **state)
{
	(void)state;
	device_prepare();
	memset(&device_plan, 0, sizeof(device_plan));
	device_start();
	assert_int_equal(device.reads + device.writes, 0);
	assert_int_equal(host_write(DEVICE_GICD, 4, 1), GIC_ELSEWHERE);
	gic_report(&gic);
	assert_true(fake_said("no register of it holds an address"));
}

/* An access without a description, narrow, or not aligned is none of these registers'. */
static void test_gic_forms(void **state)
{
	static const struct {
		unsigned offset, size;
	} bad[] = {{0, 0},    {0, 1},    {0, 2},     {0x14, 1}, {0x72, 2}, {0x72, 4},
		   {0x74, 8}, {0x79, 8}, {0xffc, 8}, {0x71, 1}, {0x8e, 4}, {0x104, 8}};

	(void)state;
	device_prepare();
	device_start();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (unsigned write = 0; write < 2U; write++) {
			struct gic_access access = {.size = bad[i].size, .write = write != 0U};
			unsigned reads = device.reads, writes = device.writes;

			access.address = rd_address(1, bad[i].offset);
			assert_int_equal(gic_host_access(&gic, &access), GIC_ABORT);
			access.address = DEVICE_ITS + bad[i].offset;
			assert_int_equal(gic_host_access(&gic, &access), GIC_ABORT);
			assert_int_equal(device.reads, reads);
			assert_int_equal(device.writes, writes);
		}
	assert_int_equal(gic.refusals, 4U * sizeof(bad) / sizeof(bad[0]));
	assert_int_equal(host_write(rd_address(0, 0x1000), 4, 1), GIC_ELSEWHERE);
	assert_int_equal(host_write(rd_address(0, 0) - 1U, 4, 1), GIC_ELSEWHERE);
	assert_int_equal(host_write(DEVICE_ITS + 0x1000U, 4, 1), GIC_ELSEWHERE);
	assert_int_equal(host_write(DEVICE_ITS + 0x10040U, 4, 1), GIC_ELSEWHERE);
	assert_int_equal(host_write(UINT64_MAX, 4, 1), GIC_ELSEWHERE);
}

/* Every word of the page: which reach the device, and that nothing of them changes on the way. */
static void test_gic_plain(void **state)
{
	static const unsigned both[] = {0x00, 0x10, 0x14, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34,
					0x38, 0x3c, 0x40, 0x44, 0x48, 0x4c, 0xa0, 0xa4, 0xb0, 0xb4};
	static const unsigned read[] = {0x04, 0x08, 0x0c, 0x18, 0x70, 0x74, 0x78, 0x7c, 0xc0};

	(void)state;
	device_prepare();
	device_start();
	for (unsigned offset = 0; offset < 4096U; offset += 4U) {
		unsigned before = device.writes;
		bool writes = false, reads = false;
		uint32_t value = 0xc0000000U | offset << 4;

		for (unsigned i = 0; i < sizeof(both) / sizeof(both[0]); i++)
			writes = writes || both[i] == offset;
		reads = writes;
		for (unsigned i = 0; i < sizeof(read) / sizeof(read[0]); i++)
			reads = reads || read[i] == offset;
		if (offset == GICR_PROPBASER || offset == GICR_PROPBASER + 4U ||
		    offset == GICR_PENDBASER || offset == GICR_PENDBASER + 4U)
			continue;
		assert_int_equal(host_write(rd_address(2, offset), 4, value), GIC_DONE);
		assert_int_equal(device.writes - before, writes ? 1 : 0);
		if (writes) {
			assert_int_equal(device.last_address, rd_address(2, offset));
			assert_int_equal(device.last_size, 4);
			assert_int_equal(device.last_value, value);
		}
		before = device.reads;
		if (offset == GICR_TYPER)
			value = (uint32_t)*rd_register(2, GICR_TYPER);
		else
			value = (uint32_t)(*rd_register(2, offset) >> 8U * (offset & 7U));
		assert_int_equal(host_read(rd_address(2, offset), 4), reads ? value : 0U);
		assert_int_equal(device.reads - before, reads ? 1 : 0);
	}
	/* doublewords of what is a doubleword */
	assert_int_equal(host_write(rd_address(2, GICR_SETLPIR), 8, 0x1234567890), GIC_DONE);
	assert_int_equal(device.last_size, 8);
	assert_int_equal(device.last_value, 0x1234567890);
	assert_int_equal(host_read(rd_address(2, GICR_TYPER), 8), *rd_register(2, GICR_TYPER));
	/* and two words are not one */
	assert_int_equal(host_read(rd_address(2, 0x10), 8), 0);
}

static uint64_t config(unsigned cpu)
{
	return *rd_register(cpu, GICR_PROPBASER);
}

static void set_config(unsigned cpu, uint64_t value)
{
	assert_int_equal(host_write(rd_address(cpu, GICR_PROPBASER), 8, value), GIC_DONE);
}

static void set_pending(unsigned cpu, uint64_t value)
{
	assert_int_equal(host_write(rd_address(cpu, GICR_PENDBASER), 8, value), GIC_DONE);
}

static void set_control(unsigned cpu, uint64_t value)
{
	assert_int_equal(host_write(rd_address(cpu, GICR_CTLR), 4, value), GIC_DONE);
}

/* As Linux does for each CPU: one configuration table, a pending table each. */
static void test_gic_linux(void **state)
{
	uint64_t attributes = 7UL << 7 | 1UL << 10 | 7UL << 56;

	(void)state;
	device_prepare();
	device_start();
	for (unsigned cpu = 0; cpu < DEVICE_CPUS; cpu++) {
		uint64_t table = PENDING + cpu * 0x10000U;

		assert_int_equal(host_read(rd_address(cpu, GICR_CTLR), 4) & 1U, 0);
		set_config(cpu, CONFIG | attributes | IDS);
		assert_int_equal(host_read(rd_address(cpu, GICR_PROPBASER), 8),
				 CONFIG | attributes | IDS);
		set_pending(cpu, table | attributes | 1UL << 62);
		assert_int_equal(host_read(rd_address(cpu, GICR_PENDBASER), 8), table | attributes);
		set_control(cpu, 1);
		assert_int_equal(*rd_register(cpu, GICR_CTLR) & 1U, 1);
		assert_int_equal(pins(CONFIG), cpu + 1U);
		/* 2^16 - 8192 bytes and 2^16 bits */
		assert_int_equal(pins(CONFIG + 0xd000U), cpu + 1U);
		assert_int_equal(pins(CONFIG + 0xe000U), 0);
		assert_int_equal(pins(table), 1);
		assert_int_equal(pins(table + 0x1000U), 1);
		assert_int_equal(pins(table + 0x2000U), 0);
	}
	assert_int_equal(gic.refusals, 0);
	/* used memory does not change hands */
	assert_int_equal(
	    ledger_donate(&ledger, CONFIG + 0x1000U, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).rule,
	    LEDGER_RULE_PINNED);
	assert_int_equal(
	    ledger_share(&ledger, PENDING, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).rule,
	    LEDGER_RULE_PINNED);
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
}

static void test_gic_attacks(void **state)
{
	static const uint64_t bad[] = {
	    DEVICE_OWN,           /* the hypervisor's */
	    DEVICE_OWN - 0xd000U, /* its last page is */
	    DEVICE_OWN + 0x10000U,
	    DEVICE_RAM - 0x1000U, /* begins before RAM */
	    DEVICE_RAM + DEVICE_RAM_SIZE - 0x1000U,
	    DEVICE_RAM + DEVICE_RAM_SIZE, /* beyond it */
	    0,
	    DEVICE_GICD,
	    0x000ffffffffff000UL, /* the highest there is */
	    0x000fffffffff0000UL,
	};

	(void)state;
	device_prepare();
	device_start();
	set_config(1, CONFIG | IDS);
	set_pending(1, PENDING);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_config(1, bad[i] | IDS);
		assert_int_equal(config(1), CONFIG | IDS);
		if ((bad[i] & 0xffffUL) != 0UL)
			continue; /* another address, for this register */
		set_pending(1, bad[i]);
		assert_int_equal(*rd_register(1, GICR_PENDBASER), PENDING);
	}
	assert_int_equal(gic.refusals, 16);
	assert_int_equal(pins(CONFIG), 1);
	assert_true(fake_said("hv: gic: [refused] host's GICR_PROPBASER with 0x4300000f refused at "
			      "0x43000000: page belongs to somebody else"));
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
	/* the last table that still fits */
	set_config(1, (DEVICE_OWN - 0xe000U) | IDS);
	assert_int_equal(config(1), (DEVICE_OWN - 0xe000U) | IDS);
	assert_int_equal(pins(CONFIG), 0);
	/* what it left is the host's to give away, what it has is not */
	assert_int_equal(
	    ledger_donate(&ledger, CONFIG, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).status,
	    LEDGER_OK);
	set_config(1, CONFIG | IDS);
	assert_int_equal(config(1), (DEVICE_OWN - 0xe000U) | IDS);
}

/* More interrupts than a pending table was checked for, by any way round. */
static void test_gic_sizes(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	/* fewer bits than there are LPIs: no table, but the place is looked at */
	set_config(0, DEVICE_OWN | 5UL);
	assert_int_equal(config(0), 0);
	set_config(0, CONFIG | 5UL);
	assert_int_equal(config(0), CONFIG | 5UL);
	assert_int_equal(pins(CONFIG + 0x1000U), 0);
	set_config(0, CONFIG | 13UL);
	assert_int_equal(pins(CONFIG + 0x1000U), 1);
	assert_int_equal(pins(CONFIG + 0x2000U), 0);
	/* 14 bits: one page of pending bits, the last of the host's */
	set_pending(0, DEVICE_OWN - 0x10000U);
	set_config(1, CONFIG | IDS);
	assert_int_equal(config(1), 0);
	assert_true(fake_said("a pending table is too small"));
	set_config(0, CONFIG | IDS);
	assert_int_equal(config(0), CONFIG | 13UL);
	/* more than the distributor has are cut */
	device_prepare();
	device_start();
	set_config(0, CONFIG | 31UL);
	assert_int_equal(config(0), CONFIG | 31UL);
	assert_int_equal(pins(CONFIG + 0xe000U), 0);
	set_pending(0, PENDING);
	assert_int_equal(pins(PENDING + 0x1000U), 1);
	assert_int_equal(pins(PENDING + 0x2000U), 0);
	/* a pending table before any configuration has to do for all */
	device_prepare();
	device_start();
	set_pending(3, PENDING);
	assert_int_equal(pins(PENDING + 0x1000U), 1);
	set_config(3, CONFIG | IDS);
	assert_int_equal(config(3), CONFIG | IDS);
}

static void test_gic_enabled(void **state)
{
	(void)state;
	device_prepare();
	*rd_register(0, GICR_PROPBASER) = DEVICE_OWN | IDS; /* left by whoever came before */
	*rd_register(0, GICR_PENDBASER) = DEVICE_OWN;
	device_start();
	set_control(0, 1);
	assert_int_equal(*rd_register(0, GICR_CTLR), 0);
	assert_true(fake_said("LPIs have no tables yet"));
	set_config(0, CONFIG | IDS);
	set_control(0, 1);
	assert_int_equal(*rd_register(0, GICR_CTLR), 0);
	set_pending(0, PENDING);
	set_control(0, 0x07000001); /* other bits pass */
	assert_int_equal(*rd_register(0, GICR_CTLR), 0x07000001);
	set_config(0, (CONFIG + 0x10000U) | IDS);
	set_pending(0, PENDING + 0x10000U);
	assert_int_equal(config(0), CONFIG | IDS);
	assert_int_equal(*rd_register(0, GICR_PENDBASER), PENDING);
	assert_true(fake_said("LPIs are enabled"));
	/* off, but not yet in effect */
	set_control(0, GICR_CTLR_RWP);
	set_config(0, (CONFIG + 0x10000U) | IDS);
	assert_int_equal(config(0), CONFIG | IDS);
	set_control(0, 0);
	set_config(0, (CONFIG + 0x10000U) | IDS);
	assert_int_equal(config(0), (CONFIG + 0x10000U) | IDS);
	assert_int_equal(pins(CONFIG), 0);
	assert_int_equal(pins(CONFIG + 0x10000U), 1);
}

/* Halves: each write is checked as what the register would be after it. */
static void test_gic_halves(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER), 4, CONFIG | IDS), GIC_DONE);
	assert_int_equal(config(0), CONFIG | IDS);
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER + 4U), 4, 7UL << 24), GIC_DONE);
	assert_int_equal(config(0), CONFIG | IDS | 7UL << 56);
	assert_int_equal(host_read(rd_address(0, GICR_PROPBASER + 4U), 4), 7UL << 24);
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER + 4U), 4, 1), GIC_DONE);
	assert_int_equal(config(0), CONFIG | IDS | 7UL << 56);
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER), 4, DEVICE_OWN | IDS), GIC_DONE);
	assert_int_equal(config(0), CONFIG | IDS | 7UL << 56);
	assert_int_equal(pins(CONFIG), 1);
}

/* The ledger has no room for another split block: the register keeps what it has. */
static void test_gic_no_memory(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	set_config(0, CONFIG | IDS);
	ledger.sets_free = 0;
	set_config(0, (DEVICE_RAM + 0x600000UL) | IDS);
	assert_int_equal(config(0), CONFIG | IDS);
	assert_int_equal(pins(CONFIG), 1);
	assert_true(fake_said("no memory for page records"));
}

static void test_gic_complaints(void **state)
{
	unsigned lines = 0;

	(void)state;
	device_prepare();
	device_start();
	for (unsigned i = 0; i < 1000U; i++)
		set_config(0, DEVICE_OWN | IDS);
	for (const char *at = fake.console; (at = strstr(at, "[refused]")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 16);
	assert_int_equal(gic.refusals, 1000);
	assert_int_equal(gic.accesses, 1000);
}

/* --- CPUs at once --- */

static void *move_tables(void *argument)
{
	unsigned cpu = (unsigned)(uintptr_t)argument;

	fake_cpu = cpu;
	for (unsigned i = 0; i < 2000U; i++) {
		set_config(cpu, (CONFIG + (i % 4U) * 0x10000U) | IDS);
		set_pending(cpu, i % 5U == 0U ? DEVICE_OWN : PENDING + (i % 8U) * 0x10000U);
	}
	return NULL;
}

static void *give_away(void *argument)
{
	for (unsigned i = 0; i < 2000U; i++)
		for (unsigned page = 0; page < 4U; page++) {
			uint64_t base = CONFIG + page * 0x10000U;

			if (ledger_donate(&ledger, base, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0)
				.status == LEDGER_OK)
				assert_int_equal(ledger_donate(&ledger, base, 4096,
							       LEDGER_HYPERVISOR, LEDGER_HOST, 0)
						     .status,
						 LEDGER_OK);
		}
	return argument;
}

static void test_gic_race(void **state)
{
	pthread_t threads[4];

	(void)state;
	device_prepare();
	device_start();
	for (unsigned i = 0; i < 3U; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, move_tables, (void *)(uintptr_t)i), 0);
	assert_int_equal(pthread_create(&threads[3], NULL, give_away, NULL), 0);
	for (unsigned i = 0; i < 4U; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	/* each register points to pages that are pinned for it, and no other page is */
	for (unsigned cpu = 0; cpu < 3U; cpu++) {
		assert_true(pins(config(cpu) & ~0xfffUL) > 0U);
		assert_true(pins(*rd_register(cpu, GICR_PENDBASER)) > 0U);
	}
	for (unsigned i = 0, sum = 0; i < 4U; i++) {
		sum += pins(CONFIG + i * 0x10000U);
		assert_true(i < 3U || sum == 3U);
	}
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
}

/* A machine with as many redistributors as there is room for, most of which are never written. */
static void test_gic_full(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	gic.redistributor_count = GIC_REDISTRIBUTORS;
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER), 8, CONFIG | IDS), GIC_DONE);
	assert_int_equal(host_write(rd_address(3, GICR_PENDBASER), 8, PENDING), GIC_DONE);
	assert_int_equal(host_write(rd_address(0, GICR_PROPBASER), 8, CONFIG | IDS), GIC_DONE);
	assert_int_equal(gic.refusals, 0);
	assert_int_equal(pins(CONFIG), 1);
	assert_int_equal(pins(PENDING), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gic_pages),     cmocka_unit_test(test_gic_v4),
	    cmocka_unit_test(test_gic_stride),    cmocka_unit_test(test_gic_short),
	    cmocka_unit_test(test_gic_v2),        cmocka_unit_test(test_gic_forms),
	    cmocka_unit_test(test_gic_plain),     cmocka_unit_test(test_gic_linux),
	    cmocka_unit_test(test_gic_attacks),   cmocka_unit_test(test_gic_sizes),
	    cmocka_unit_test(test_gic_enabled),   cmocka_unit_test(test_gic_halves),
	    cmocka_unit_test(test_gic_no_memory), cmocka_unit_test(test_gic_complaints),
	    cmocka_unit_test(test_gic_full),      cmocka_unit_test(test_gic_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
