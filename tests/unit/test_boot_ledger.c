/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger that boot opens over a plan, made by hand: whose each page is when the host starts. */
#include <string.h>

#include "cases.h"
#include "core/boot/map.h"
#include "fake/machine.h"

#define PAGE    UINT64_C(4096)
#define BLOCK   (512U * PAGE)
#define POOL    UINT64_C(0x4fe00000)
#define RECORDS 16U
#define TABLES  64U

static struct boot_plan plan;
static struct ledger ledger;
static struct stage2 stage2;
static uint8_t memory[(RECORDS + TABLES) * PAGE];

static void withhold(uint64_t base, uint64_t size, enum boot_withheld_reason reason)
{
	plan.withheld[plan.withheld_count++] =
	    (struct boot_withheld){.base = base, .size = size, .reason = reason};
}

/* Two banks with a hole between them. */
static void prepare(void)
{
	memset(&plan, 0, sizeof(plan));
	memset(&ledger, 0, sizeof(ledger));
	memset(memory, 0xa5, sizeof(memory));
	plan.ipa_bits = 40;
	plan.ram[0] = (struct boot_range){0x40000000, 0x10000000};
	plan.ram[1] = (struct boot_range){0x80000000, 0x08001000};
	plan.ram_count = 2;
	plan.records = (struct boot_range){POOL, RECORDS * PAGE};
	plan.tables = (struct boot_range){POOL + RECORDS * PAGE, TABLES * PAGE};
	fake_reset();
	fake.memory = memory;
	fake.memory_base = POOL;
	fake.memory_size = sizeof(memory);
}

static const char *open_ledger(void)
{
	const char *reason = boot_map_host(&stage2, &plan, STAGE2_BBM_BREAK);

	return reason != NULL ? reason : boot_open_ledger(&ledger, &stage2, &plan);
}

static void assert_owned(uint64_t page, enum ledger_party owner, unsigned pins)
{
	struct ledger_extent extent = ledger_lookup(&ledger, page);

	assert_true(extent.ram);
	assert_int_equal(extent.record.owner, owner);
	assert_int_equal(extent.record.borrower, LEDGER_NOBODY);
	assert_int_equal(extent.record.state, LEDGER_OWNED);
	assert_int_equal(extent.record.pins, pins);
}

/* From `base` to `end` the owner's, pinned, and the host's around it. */
static void assert_kept(uint64_t base, uint64_t end, enum ledger_party owner)
{
	assert_owned(base, owner, 1);
	assert_owned(end - PAGE, owner, 1);
	assert_owned(base - PAGE, LEDGER_HOST, 0);
	assert_owned(end, LEDGER_HOST, 0);
}

static void assert_sound(void)
{
	uint64_t page;

	assert_null(ledger_check(&ledger, &page));
}

static void test_boot_ledger_of_the_host_alone(void **state)
{
	(void)state;
	prepare();
	assert_null(open_ledger());
	assert_sound();
	assert_owned(0x40000000, LEDGER_HOST, 0);
	assert_owned(0x4ffff000, LEDGER_HOST, 0);
	assert_owned(0x88000000, LEDGER_HOST, 0);
	assert_false(ledger_lookup(&ledger, 0x50000000).ram);
	assert_false(ledger_lookup(&ledger, 0x88001000).ram);
	assert_int_equal(ledger.sets_free, ledger.set_count);
}

static void test_boot_ledger_owners(void **state)
{
	(void)state;
	prepare();
	withhold(0x40200000, 0x61000, BOOT_WITHHELD_IMAGE);
	withhold(POOL, 0x50000, BOOT_WITHHELD_POOL);
	withhold(0x42000000, 0x400000, BOOT_WITHHELD_NO_MAP);
	withhold(0x43001000, 0x1000, BOOT_WITHHELD_SECURE);
	withhold(0x44000000, 0x200000, BOOT_WITHHELD_DISABLED);
	assert_null(open_ledger());
	assert_sound();
	assert_kept(0x40200000, 0x40261000, LEDGER_HYPERVISOR);
	assert_kept(POOL, POOL + 0x50000, LEDGER_HYPERVISOR);
	assert_kept(0x42000000, 0x42400000, LEDGER_SECURE);
	assert_kept(0x43001000, 0x43002000, LEDGER_SECURE);
	assert_kept(0x44000000, 0x44200000, LEDGER_SECURE);
	/* no one can take what is kept, not even from the hypervisor */
	assert_int_equal(
	    ledger_donate(&ledger, 0x40200000, PAGE, LEDGER_HYPERVISOR, LEDGER_HOST, 0).rule,
	    LEDGER_RULE_PINNED);
	assert_int_equal(
	    ledger_donate(&ledger, 0x43001000, PAGE, LEDGER_SECURE, LEDGER_HOST, 0).rule,
	    LEDGER_RULE_PINNED);
	/* only the three that are no whole blocks are split */
	assert_int_equal(ledger.set_count - ledger.sets_free, 3);
}

static void test_boot_ledger_range_beyond_a_bank(void **state)
{
	(void)state;
	prepare();
	/* over the end of one bank, the hole, and the begin of the next */
	withhold(0x4ffff000, 0x30003000, BOOT_WITHHELD_NO_MAP);
	/* devices that are withheld have no pages */
	withhold(0x08000000, 0x10000, BOOT_WITHHELD_GIC);
	withhold(0x0a003000, 0x1000, BOOT_WITHHELD_DMA);
	assert_null(open_ledger());
	assert_sound();
	assert_owned(0x4ffff000, LEDGER_SECURE, 1);
	assert_owned(0x4fffe000, LEDGER_HOST, 0);
	assert_owned(0x80000000, LEDGER_SECURE, 1);
	assert_owned(0x80001000, LEDGER_SECURE, 1);
	assert_owned(0x80002000, LEDGER_HOST, 0);
}

static void test_boot_ledger_whole_bank(void **state)
{
	(void)state;
	prepare();
	withhold(0x80000000, 0x08001000, BOOT_WITHHELD_DISABLED);
	assert_null(open_ledger());
	assert_sound();
	assert_owned(0x80000000, LEDGER_SECURE, 1);
	assert_owned(0x88000000, LEDGER_SECURE, 1);
	assert_int_equal(ledger.sets_free, ledger.set_count);
}

/*
 * What is no RAM has no entry, whatever it is: a hole between banks, a device, memory that is
 * plugged in later. As the tables have it, it is a device or nothing; and it changes hands for
 * nobody.
 */
static void test_boot_ledger_what_is_no_ram(void **state)
{
	static const struct {
		uint64_t page;
		enum stage2_kind kind;
	} others[] = {
	    {0x09000000, STAGE2_DEVICE}, /* a UART */
	    {0x50000000, STAGE2_DEVICE}, /* behind a bank, in a granule of devices */
	    {0x88001000, STAGE2_NONE},   /* behind the other, where the tree has nothing */
	    {0x88001000 + 16U * BLOCK, STAGE2_NONE},
	    {0x4000000000, STAGE2_DEVICE}, /* a window of PCI */
	    {0x8000000000, STAGE2_NONE},   /* plugged in later */
	};

	(void)state;
	prepare();
	plan.device[0] = (struct boot_range){0, 0x80000000};
	plan.device[1] = (struct boot_range){0x4000000000, 0x40000000};
	plan.device_count = 2;
	assert_null(open_ledger());
	assert_sound();
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t page = others[i].page;
		const struct ledger_answer answers[] = {
		    ledger_donate(&ledger, page, PAGE, LEDGER_HOST, LEDGER_HYPERVISOR, 1),
		    ledger_share(&ledger, page, PAGE, LEDGER_HOST, LEDGER_SECURE, 1),
		    ledger_lend(&ledger, page, PAGE, LEDGER_HOST, LEDGER_SECURE, 1),
		    ledger_pin(&ledger, page, PAGE, LEDGER_HOST, 1),
		    ledger_donate(&ledger, page, PAGE, LEDGER_HYPERVISOR, LEDGER_HOST, 1),
		};

		assert_false(ledger_lookup(&ledger, page).ram);
		assert_int_equal(stage2_lookup(&stage2, page).kind, others[i].kind);
		for (size_t k = 0; k < sizeof(answers) / sizeof(answers[0]); k++) {
			assert_int_equal(answers[k].status, LEDGER_INVALID);
			assert_int_equal(answers[k].rule, LEDGER_RULE_RAM);
			assert_int_equal(answers[k].page, page);
		}
	}
	assert_sound();
}

/*
 * A tebibyte in two banks: 2 MiB of entries, a handful of tables, no record set; the first page
 * that moves takes one set and two tables, far from both ends, and gives them back.
 */
static void test_boot_ledger_of_a_tebibyte(void **state)
{
	static uint8_t large[(512U + RECORDS + TABLES) * PAGE];
	const uint64_t half = UINT64_C(1) << 39, page = 0x10000000000 + half / 2U + 3U * PAGE;
	unsigned tables;

	(void)state;
	prepare();
	memset(large, 0xa5, sizeof(large));
	fake.memory = large;
	fake.memory_size = sizeof(large);
	plan.ipa_bits = 41;
	plan.ram[0] = (struct boot_range){0x40000000, half};
	plan.ram[1] = (struct boot_range){0x10000000000, half};
	plan.records = (struct boot_range){POOL, (512U + RECORDS) * PAGE};
	plan.tables = (struct boot_range){POOL + (512U + RECORDS) * PAGE, TABLES * PAGE};
	withhold(POOL, sizeof(large), BOOT_WITHHELD_POOL);
	assert_null(open_ledger());
	assert_int_equal(ledger.entry_count, 2U * 262144U);
	assert_int_equal(ledger_entries_size(ledger.region, ledger.region_count), 512U * PAGE);
	/* the pool is no whole blocks at its end */
	assert_int_equal(ledger.set_count - ledger.sets_free, 1);
	tables = stage2_tables(&stage2);
	assert_true(tables <= 4U + 2U);
	assert_int_equal(fake.invalidations, 0);
	assert_int_equal(
	    ledger_donate(&ledger, page, PAGE, LEDGER_HOST, LEDGER_HYPERVISOR, 1).status,
	    LEDGER_OK);
	assert_owned(page, LEDGER_HYPERVISOR, 0);
	assert_owned(page + PAGE, LEDGER_HOST, 0);
	assert_int_equal(ledger.set_count - ledger.sets_free, 2);
	assert_int_equal(stage2_tables(&stage2), tables + 2U);
	assert_int_equal(
	    ledger_donate(&ledger, page, PAGE, LEDGER_HYPERVISOR, LEDGER_HOST, 1).status,
	    LEDGER_OK);
	assert_int_equal(ledger.set_count - ledger.sets_free, 1);
	assert_int_equal(stage2_tables(&stage2), tables);
	/* a whole GiB moves as one descriptor and 512 entries */
	assert_int_equal(ledger_donate(&ledger, 0x10040000000, UINT64_C(1) << 30, LEDGER_HOST,
				       LEDGER_HYPERVISOR, 1)
			     .status,
			 LEDGER_OK);
	assert_int_equal(stage2_tables(&stage2), tables);
}

static void test_boot_ledger_refusals(void **state)
{
	(void)state;
	prepare();
	plan.records.size = 0;
	assert_string_equal(open_ledger(),
			    "the memory set aside for page records cannot hold the ledger");
	/* a plan that withholds a page twice contradicts itself */
	prepare();
	withhold(0x42000000, 0x3000, BOOT_WITHHELD_NO_MAP);
	withhold(0x42002000, 0x3000, BOOT_WITHHELD_SECURE);
	assert_string_equal(open_ledger(),
			    "the plan withholds memory in a way that the ledger refuses");
	prepare();
	withhold(0x42000800, 0x1000, BOOT_WITHHELD_NO_MAP);
	assert_non_null(open_ledger());
	/* no set for a part of a block */
	prepare();
	plan.records.size = PAGE;
	withhold(0x42000000, 0x1000, BOOT_WITHHELD_NO_MAP);
	assert_string_equal(open_ledger(),
			    "the plan withholds memory in a way that the ledger refuses");
	prepare();
	plan.records.size = PAGE;
	withhold(0x42000000, BLOCK, BOOT_WITHHELD_NO_MAP);
	assert_null(open_ledger());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boot_ledger_of_the_host_alone),
	    cmocka_unit_test(test_boot_ledger_owners),
	    cmocka_unit_test(test_boot_ledger_range_beyond_a_bank),
	    cmocka_unit_test(test_boot_ledger_whole_bank),
	    cmocka_unit_test(test_boot_ledger_what_is_no_ram),
	    cmocka_unit_test(test_boot_ledger_of_a_tebibyte),
	    cmocka_unit_test(test_boot_ledger_refusals),
	};

	return cmocka_run_group_tests_name("boot_ledger", tests, NULL, NULL);
}
