/* SPDX-License-Identifier: Apache-2.0 */
/* The host's stage 2 from a plan: hand-made plans, a walk over the tables, a list of what to find.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/boot/map.h"
#include "extents.h"
#include "fake/machine.h"
#include "walker.h"

#define POOL_BASE  0xbfff0000ULL
#define POOL_PAGES 512U
#define PAGE       4096ULL
#define MIB        (1ULL << 20)
#define GIB        (1ULL << 30)

static struct boot_plan plan;
static struct stage2 stage2;
static struct walk walk;
static uint8_t pool[POOL_PAGES * PAGE];

static void plan_start(unsigned ipa_bits)
{
	memset(&plan, 0, sizeof(plan));
	memset(pool, 0x5a, sizeof(pool));
	plan.ipa_bits = ipa_bits;
	plan.tables = (struct boot_range){POOL_BASE, POOL_PAGES * PAGE};
	fake_reset();
	fake.memory = pool;
	fake.memory_base = POOL_BASE;
	fake.memory_size = sizeof(pool);
}

static void bank(uint64_t base, uint64_t size)
{
	plan.ram[plan.ram_count++] = (struct boot_range){base, size};
}

static void granules(uint64_t base, uint64_t size)
{
	plan.device[plan.device_count++] = (struct boot_range){base, size};
}

static void withhold(uint64_t base, uint64_t size)
{
	plan.withheld[plan.withheld_count++] = (struct boot_withheld){.base = base, .size = size};
}

/* As plan.h says it: devices, over them RAM, over that what is withheld. */
static void expected(struct extents *extents)
{
	extents_start(extents, 1ULL << plan.ipa_bits);
	for (unsigned i = 0; i < plan.device_count; i++)
		extents_set(extents, plan.device[i].base, plan.device[i].base + plan.device[i].size,
			    WALK_DEVICE);
	for (unsigned i = 0; i < plan.ram_count; i++)
		extents_set(extents, plan.ram[i].base, plan.ram[i].base + plan.ram[i].size,
			    WALK_RAM);
	for (unsigned i = 0; i < plan.withheld_count; i++)
		extents_set(extents, plan.withheld[i].base,
			    plan.withheld[i].base + plan.withheld[i].size, WALK_NOTHING);
}

/* A block of the level above would be possible where 512 neighbours are of one kind. */
static void check_largest_blocks(const struct extents *wanted)
{
	for (size_t i = 0; i < walk.table_count; i++) {
		const struct walk_table *table = &walk.tables[i];
		uint64_t end = table->base + walk_span(table->level) * 512U;

		if (table->level > stage2.start_level && table->level > 1U &&
		    extents_uniform(wanted, table->base, end))
			fail_msg("a table at 0x%llx where a block would do",
				 (unsigned long long)table->base);
	}
}

static void map_and_check(void)
{
	struct walk_registers registers;
	struct extents wanted;

	assert_null(boot_map_host(&stage2, &plan, STAGE2_BBM_BREAK));
	registers =
	    (struct walk_registers){.baddr = stage2.root, .t0sz = stage2.t0sz, .sl0 = stage2.sl0};
	expected(&wanted);
	walk_free(&walk);
	walk_start(&walk, &registers);
	walk_assert_sound(&walk);
	extents_assert_equal(&walk.kinds, &wanted);
	check_largest_blocks(&wanted);
	extents_free(&wanted);
	/* nothing was made that had to be taken apart again */
	assert_int_equal(fake.invalidations, 0);
	assert_int_equal(stage2_tables(&stage2), walk.table_count);
	assert_int_equal(stage2.lock.next, stage2.lock.served);
}

/* QEMU's machine with 2 GiB; the number of tables counted by hand. */
static void test_boot_map_usual(void **state)
{
	(void)state;
	plan_start(40);
	bank(0x40000000, 2 * GIB);
	granules(0, GIB);
	granules(256 * GIB, GIB);
	granules(512 * GIB, 512 * GIB);
	withhold(0x09020000, PAGE);
	withhold(0x40200000, 0x58000);
	withhold(0xbfee8000, 0x118000);
	map_and_check();
	/* two roots; for each of the three holes one table of 2 MiB blocks and one of pages */
	assert_int_equal(walk.table_count, 2 + 2 + 2 + 2);
	assert_int_equal(walk.blocks[1], 1 + 512);
	assert_int_equal(walk.blocks[2], 511 + 511 + 511);
	assert_int_equal(walk.blocks[3], 511 + (512 - 0x58) + (512 - 0x118));
}

/* Without holes: one block for each GiB. */
static void test_boot_map_only_blocks(void **state)
{
	(void)state;
	plan_start(38);
	bank(0x80000000, 30 * GIB);
	granules(0, 2 * GIB);
	map_and_check();
	assert_int_equal(walk.table_count, 1);
	assert_int_equal(walk.blocks[1], 32);
	assert_int_equal(walk.blocks[2] + walk.blocks[3], 0);
}

static void test_boot_map_edges(void **state)
{
	(void)state;
	plan_start(36);
	/* banks that begin and end anywhere, close to one another */
	bank(0x40001000, 3 * PAGE);
	bank(0x40005000, 2 * MIB);
	bank(0x7ffff000, PAGE);
	bank(0x80001000, 4 * GIB - 2 * PAGE);
	granules(0, 2 * GIB);
	/* holes at the start, at the end, over all of a bank, over two banks, outside, one in
	 * another */
	withhold(0x40001000, PAGE);
	withhold(0x40005000, 2 * MIB);
	withhold(0x7fffe000, 4 * PAGE);
	withhold(0x100000000, 16 * PAGE);
	withhold(0x100004000, 2 * PAGE);
	withhold(0x17fffe000, PAGE);
	withhold(0x300000000, GIB);
	map_and_check();
}

static void test_boot_map_device_only_around_ram(void **state)
{
	(void)state;
	plan_start(32);
	bank(0, 512 * MIB);
	bank(0x3e000000, 16 * MIB);
	granules(0, GIB);
	granules(3 * GIB, GIB);
	withhold(0xfff00000, MIB);
	withhold(0, 2 * MIB);
	map_and_check();
}

static void test_boot_map_refuses(void **state)
{
	const char *reason;
	unsigned pages;

	(void)state;
	plan_start(40);
	bank(0x40000000, 2 * GIB);
	withhold(0x40200000, PAGE);
	/* two roots, which begin at an even page, and two more */
	for (pages = 0; pages < 4U; pages++) {
		plan.tables.size = pages * PAGE;
		reason = boot_map_host(&stage2, &plan, STAGE2_BBM_BREAK);
		assert_non_null(reason);
		assert_non_null(strstr(reason, "page tables"));
	}
	plan.tables.size = pages * PAGE;
	assert_null(boot_map_host(&stage2, &plan, STAGE2_BBM_BREAK));
	/* a range beyond the input size is the planner's mistake, and is named */
	plan.ipa_bits = 32;
	plan.tables.size = POOL_PAGES * PAGE;
	bank(1ULL << 32, GIB);
	reason = boot_map_host(&stage2, &plan, STAGE2_BBM_BREAK);
	assert_non_null(reason);
	assert_non_null(strstr(reason, "cannot map"));
}

/* --- any plan --- */

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 24) % limit;
}

static uint64_t random_size(void)
{
	static const uint64_t units[] = {PAGE, PAGE, 64 * PAGE, 2 * MIB, 2 * MIB, GIB};
	uint64_t unit = units[random_below(6)];

	return (1U + random_below(unit == GIB ? 3U : 600U)) * unit;
}

static void test_boot_map_any_plan(void **state)
{
	const char *text = getenv("PORTCULLIS_SEED");

	(void)state;
	random_state = text != NULL ? strtoull(text, NULL, 0) : 1U;
	for (unsigned round = 0; round < 300U; round++) {
		unsigned bits = 36U + (unsigned)random_below(13);
		uint64_t end = 1ULL << bits, at = random_below(3) * 512 * MIB;
		unsigned count = 1U + (unsigned)random_below(6);

		plan_start(bits);
		for (unsigned i = 0; i < count; i++) {
			uint64_t size = random_size();

			if (at + size > end)
				break;
			bank(at, size);
			at += size + (1U + random_below(700)) * PAGE;
			if (random_below(3) == 0U)
				at = (at + 2 * MIB - 1U) & ~(2 * MIB - 1U);
		}
		at = 0;
		for (unsigned i = 0; i < 4U && at < end; i++) {
			uint64_t size = (1U + random_below(4)) * GIB;

			at += random_below(3) * GIB;
			if (at + size > end)
				break;
			granules(at, size);
			at += size + GIB;
		}
		count = (unsigned)random_below(8);
		for (unsigned i = 0; i < count; i++)
			withhold(random_below(12 * GIB / PAGE) * PAGE,
				 (1U + random_below(1000)) * PAGE);
		map_and_check();
	}
}

static int finish(void **state)
{
	(void)state;
	walk_free(&walk);
	return 0;
}

static struct boot_option option(const char *name, const char *value)
{
	struct boot_option made = {.used = false};

	snprintf(made.name, sizeof(made.name), "%s", name);
	snprintf(made.value, sizeof(made.value), "%s", value);
	return made;
}

/* hv.bbm takes away from what the CPUs have, and adds nothing. */
static void test_boot_map_bbm_option(void **state)
{
	static const struct {
		const char *value;
		enum stage2_bbm cpu, used;
	} cases[] = {
	    {NULL, STAGE2_BBM_BREAK, STAGE2_BBM_BREAK},
	    {NULL, STAGE2_BBM_DIRECT, STAGE2_BBM_DIRECT},
	    {"0", STAGE2_BBM_DIRECT, STAGE2_BBM_BREAK},
	    {"1", STAGE2_BBM_DIRECT, STAGE2_BBM_NT},
	    {"2", STAGE2_BBM_DIRECT, STAGE2_BBM_DIRECT},
	    {"2", STAGE2_BBM_NT, STAGE2_BBM_NT},
	    {"1", STAGE2_BBM_BREAK, STAGE2_BBM_BREAK},
	};
	static const char *const wrong[] = {"", "3", "-1", "00", "1 ", "one"};

	(void)state;
	plan_start(40);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan.option_count = 0;
		if (cases[i].value != NULL)
			plan.options[plan.option_count++] = option("bbm", cases[i].value);
		assert_int_equal(boot_bbm(&plan, cases[i].cpu), cases[i].used);
		assert_int_equal(fake.console_length, 0);
		assert_true(plan.option_count == 0U || plan.options[0].used);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		plan.options[0] = option("bbm", wrong[i]);
		plan.option_count = 1;
		fake.console_length = 0;
		assert_int_equal(boot_bbm(&plan, STAGE2_BBM_NT), STAGE2_BBM_NT);
		assert_true(fake_said("[bbm] hv.bbm="));
	}
	plan_start(40);
	bank(0x40000000, GIB);
	assert_null(boot_map_host(&stage2, &plan, STAGE2_BBM_NT));
	assert_int_equal(stage2.bbm, STAGE2_BBM_NT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boot_map_usual),
	    cmocka_unit_test(test_boot_map_only_blocks),
	    cmocka_unit_test(test_boot_map_edges),
	    cmocka_unit_test(test_boot_map_device_only_around_ram),
	    cmocka_unit_test(test_boot_map_refuses),
	    cmocka_unit_test(test_boot_map_any_plan),
	    cmocka_unit_test(test_boot_map_bbm_option),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
