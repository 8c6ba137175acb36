/* SPDX-License-Identifier: Apache-2.0 */
/* What one word of the ledger can say of a block, and which region an address lies in. */
#include <string.h>

#include "cases.h"
#include "core/ledger/block.h"
#include "core/ledger/ledger.h"
#include "fake/machine.h"

/* Numbers of record sets have three bytes, and none of them reads as another. */
static void test_ledger_split_entry_holds_its_set(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 24U; bit++) {
		struct ledger_record entry = ledger_split_entry(1U << bit);

		assert_true(ledger_entry_split(entry));
		assert_int_equal(ledger_entry_set(entry), 1U << bit);
		entry = ledger_split_entry(0xffffffU ^ 1U << bit);
		assert_true(ledger_entry_split(entry));
		assert_int_equal(ledger_entry_set(entry), 0xffffffU ^ 1U << bit);
	}
	assert_int_equal(ledger_entry_set(ledger_split_entry(0x123456)), 0x123456);
	assert_int_equal(ledger_entry_set(ledger_split_entry(0)), 0);
}

/* More record sets than numbers: the rest of the memory is not used. */
static void test_ledger_has_as_many_sets_as_numbers(void **state)
{
	static uint8_t entries[LEDGER_PAGE];
	static struct ledger ledger;

	(void)state;
	fake_reset();
	fake.memory = entries;
	fake.memory_base = 0x1000000;
	/* more than is there: what is behind the entries is not touched */
	fake.memory_size = 0x1000002UL * LEDGER_SET_ROOM;
	for (uint64_t sets = 0xfffffdUL; sets < 0x1000002UL; sets++) {
		memset(&ledger, 0, sizeof(ledger));
		ledger.region_count = 1;
		ledger.region[0] = (struct ledger_region){.base = 0x40000000, .size = LEDGER_BLOCK};
		assert_true(ledger_init(&ledger, NULL, 0x1000000,
					LEDGER_PAGE + sets * LEDGER_SET_ROOM + 1U));
		assert_int_equal(ledger.set_count, sets < 0xffffffUL ? sets : 0xffffffUL);
		assert_int_equal(ledger.sets_free, ledger.set_count);
	}
}

/* An entry that was never written says that the block is the host's. */
static void test_ledger_untouched_entry_is_the_host(void **state)
{
	struct ledger_record entry = {0}, record = ledger_entry_record(entry);

	(void)state;
	assert_false(ledger_entry_split(entry));
	assert_int_equal(record.owner, LEDGER_HOST);
	assert_int_equal(record.state, LEDGER_OWNED);
	assert_int_equal(record.borrower, LEDGER_NOBODY);
	assert_int_equal(record.pins, 0);
	assert_true(ledger_record_equal(record, ledger_untouched()));
	entry = (struct ledger_record){
	    .owner = LEDGER_SECURE, .borrower = LEDGER_HOST, .state = LEDGER_LENT, .pins = 3};
	assert_true(ledger_record_equal(ledger_entry_record(entry), entry));
}

/* Each of the four parts makes records differ. */
static void test_ledger_records_are_equal_in_all(void **state)
{
	const struct ledger_record record = {
	    .owner = LEDGER_HOST, .borrower = LEDGER_SECURE, .state = LEDGER_SHARED, .pins = 1};
	struct ledger_record other = record;

	(void)state;
	assert_true(ledger_record_equal(record, other));
	other.owner = LEDGER_HYPERVISOR;
	assert_false(ledger_record_equal(record, other));
	other = record;
	other.borrower = LEDGER_NOBODY;
	assert_false(ledger_record_equal(record, other));
	other = record;
	other.state = LEDGER_LENT;
	assert_false(ledger_record_equal(record, other));
	other = record;
	other.pins = 2;
	assert_false(ledger_record_equal(record, other));
}

/* Who may touch a page: docs/memory.md, the states. */
static void test_ledger_access_by_state(void **state)
{
	static const struct {
		enum ledger_state state;
		bool owner, borrower;
	} rows[] = {
	    {LEDGER_OWNED, true, false},
	    {LEDGER_SHARED, true, true},
	    {LEDGER_LENT, false, true},
	    {LEDGER_SHARED_QUARANTINED, true, true},
	    {LEDGER_LENT_QUARANTINED, false, true},
	    {LEDGER_POISONED, false, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ledger_record record = {.owner = LEDGER_HYPERVISOR,
					       .borrower = LEDGER_SECURE,
					       .state = (uint8_t)rows[i].state};

		assert_int_equal(ledger_record_access(record, LEDGER_HYPERVISOR), rows[i].owner);
		assert_int_equal(ledger_record_access(record, LEDGER_SECURE), rows[i].borrower);
		assert_false(ledger_record_access(record, LEDGER_HOST));
	}
}

/* Every number of regions, and each of their first and last bytes and pages. */
static void test_ledger_region_of_an_address(void **state)
{
	static struct ledger ledger;

	(void)state;
	for (unsigned count = 0; count <= LEDGER_REGIONS; count++) {
		memset(&ledger, 0, sizeof(ledger));
		ledger.region_count = count;
		for (unsigned i = 0; i < count; i++)
			ledger.region[i] =
			    (struct ledger_region){.base = 0x100000UL * (i + 1U), .size = 0x3000};
		assert_null(ledger_region_of(&ledger, 0, 1));
		assert_null(ledger_region_of(&ledger, 0xfffff, 1));
		for (unsigned i = 0; i < count; i++) {
			const struct ledger_region *region = &ledger.region[i];
			uint64_t base = region->base;

			assert_ptr_equal(ledger_region_of(&ledger, base, 1), region);
			assert_ptr_equal(ledger_region_of(&ledger, base, 0x3000), region);
			assert_null(ledger_region_of(&ledger, base, 0x3001));
			assert_ptr_equal(ledger_region_of(&ledger, base + 0x2fff, 1), region);
			assert_null(ledger_region_of(&ledger, base + 0x2fff, 2));
			assert_ptr_equal(ledger_region_of(&ledger, base + 0x1000, 0x2000), region);
			assert_null(ledger_region_of(&ledger, base + 0x1000, 0x2001));
			assert_null(ledger_region_of(&ledger, base + 0x3000, 1));
			assert_null(ledger_region_of(&ledger, base - 1U, 1));
			assert_null(ledger_region_of(&ledger, base - 1U, 2));
		}
		assert_null(ledger_region_of(&ledger, ~0xfffUL, 0x1000));
	}
}

/* Parts of a range, block by block, where the region begins and ends within one. */
static void test_ledger_parts_of_a_range(void **state)
{
	static struct ledger_record entries[8];
	const struct ledger_region region = {
	    .base = LEDGER_BLOCK + 3U * LEDGER_PAGE, .size = 2U * LEDGER_BLOCK, .first = 2};
	const uint64_t end = region.base + region.size;
	struct ledger ledger = {.entry = entries};
	struct ledger_part part;

	(void)state;
	part = ledger_part(&ledger, &region, region.base, end);
	assert_ptr_equal(part.entry, &entries[2]);
	assert_int_equal(part.size, LEDGER_BLOCK - 3U * LEDGER_PAGE);
	assert_int_equal(part.first, 3);
	assert_int_equal(part.pages, LEDGER_BLOCK_PAGES - 3U);
	assert_true(part.whole);
	part = ledger_part(&ledger, &region, 2U * LEDGER_BLOCK, end);
	assert_ptr_equal(part.entry, &entries[3]);
	assert_int_equal(part.base, 2U * LEDGER_BLOCK);
	assert_int_equal(part.size, LEDGER_BLOCK);
	assert_int_equal(part.first, 0);
	assert_true(part.whole);
	part = ledger_part(&ledger, &region, 3U * LEDGER_BLOCK, end);
	assert_ptr_equal(part.entry, &entries[4]);
	assert_int_equal(part.size, 3U * LEDGER_PAGE);
	assert_int_equal(part.pages, 3);
	assert_true(part.whole);
	/* not all of the last three pages, not all of the first */
	part = ledger_part(&ledger, &region, 3U * LEDGER_BLOCK + LEDGER_PAGE, end);
	assert_int_equal(part.first, 1);
	assert_int_equal(part.pages, 2);
	assert_false(part.whole);
	part = ledger_part(&ledger, &region, 3U * LEDGER_BLOCK, end - LEDGER_PAGE);
	assert_int_equal(part.pages, 2);
	assert_false(part.whole);
	part = ledger_part(&ledger, &region, region.base, region.base + LEDGER_PAGE);
	assert_int_equal(part.pages, 1);
	assert_int_equal(part.size, LEDGER_PAGE);
	assert_false(part.whole);
	part = ledger_part(&ledger, &region, 2U * LEDGER_BLOCK + LEDGER_PAGE, end);
	assert_int_equal(part.first, 1);
	assert_int_equal(part.pages, LEDGER_BLOCK_PAGES - 1U);
	assert_false(part.whole);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_split_entry_holds_its_set),
	    cmocka_unit_test(test_ledger_has_as_many_sets_as_numbers),
	    cmocka_unit_test(test_ledger_untouched_entry_is_the_host),
	    cmocka_unit_test(test_ledger_records_are_equal_in_all),
	    cmocka_unit_test(test_ledger_access_by_state),
	    cmocka_unit_test(test_ledger_region_of_an_address),
	    cmocka_unit_test(test_ledger_parts_of_a_range),
	};

	return cmocka_run_group_tests_name("ledger_block", tests, NULL, NULL);
}
