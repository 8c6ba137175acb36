// SPDX-License-Identifier: Apache-2.0
/* The crash report's look at the ledger: right when all is well, and harmless when it is not. */
#include <string.h>

#include "cases.h"
#include "core/ledger/block.h"
#include "fake/machine.h"

#define RAM   0x40000000ULL
#define SIZE  (4ULL << 20)
#define HOLE  0x60000000ULL
#define TABLE 0x50000000ULL

static struct ledger ledger;
static uint8_t memory[32 * 1024];
static unsigned readable_calls, unreadable_from;

static bool readable(const void *object, size_t size)
{
	uintptr_t at = (uintptr_t)object;

	assert_true(at >= (uintptr_t)memory && at + size <= (uintptr_t)memory + sizeof(memory));
	return readable_calls++ < unreadable_from;
}

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	memset(&ledger, 0, sizeof(ledger));
	memset(memory, 0xa5, sizeof(memory));
	fake.memory = memory;
	fake.memory_base = TABLE;
	fake.memory_size = sizeof(memory);
	readable_calls = 0;
	unreadable_from = ~0U;
	ledger.region[0] = (struct ledger_region){.base = RAM + 0x1000, .size = SIZE};
	ledger.region[1] = (struct ledger_region){.base = HOLE, .size = 0x3000};
	ledger.region_count = 2;
	assert_true(ledger_init(&ledger, NULL, TABLE, sizeof(memory)));
	return 0;
}

static void change(uint64_t base, uint64_t size, bool donate)
{
	struct ledger_answer answer =
	    donate ? ledger_donate(&ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, 0xc6000021U)
		   : ledger_share(&ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, 0xc6000022U);

	assert_int_equal(answer.status, LEDGER_OK);
}

static void says_what_a_look_up_says(void **state)
{
	struct ledger_record record;
	struct ledger_event since;

	(void)state;
	change(RAM + 0x5000, 0x2000, true);
	change(RAM + 0x1ff000, 0x2000, false);
	change(RAM + SIZE, 0x1000, true);
	change(HOLE + 0x1000, 0x1000, false);
	for (uint64_t at = RAM - 0x1000; at < RAM + SIZE + 0x3000; at += 0xfff) {
		struct ledger_extent extent = ledger_lookup(&ledger, at);

		assert_int_equal(ledger_peek(&ledger, at, readable, &record, &since), extent.ram);
		if (extent.ram)
			assert_true(ledger_record_equal(record, extent.record));
	}
	assert_true(ledger_peek(&ledger, RAM + 0x6fff, readable, &record, &since));
	assert_int_equal(since.number, 1);
	assert_int_equal(since.cause, 0xc6000021U);
	assert_true(ledger_peek(&ledger, HOLE + 0x1800, readable, &record, &since));
	assert_int_equal(since.number, 4);
	assert_true(ledger_peek(&ledger, RAM + 0x7000, readable, &record, &since));
	assert_int_equal(since.number, 0);
}

static void the_newest_of_several_changes_counts(void **state)
{
	struct ledger_record record;
	struct ledger_event since;

	(void)state;
	for (unsigned i = 0; i < LEDGER_HISTORY + 3U; i++) {
		change(RAM + 0x5000, 0x1000, true);
		assert_int_equal(ledger_donate(&ledger, RAM + 0x5000, 0x1000, LEDGER_HYPERVISOR,
					       LEDGER_HOST, 0xc6000024U)
				     .status,
				 LEDGER_OK);
	}
	assert_true(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	assert_int_equal(since.number, 2 * LEDGER_HISTORY + 6);
	assert_int_equal(since.cause, 0xc6000024U);
}

static void trusts_nothing_that_may_be_half_written(void **state)
{
	struct ledger_record record;
	struct ledger_event since;
	struct ledger saved;

	(void)state;
	change(RAM + 0x5000, 0x2000, true);
	saved = ledger;
	ledger.region_count = LEDGER_REGIONS + 1U;
	assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	ledger = saved;
	ledger.entry = NULL;
	assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	ledger = saved;
	ledger.entry_count = 0;
	assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	ledger = saved;
	ledger.region[0].first = ~0U;
	assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	ledger = saved;
	ledger.entry[0] = ledger_split_entry(ledger.set_count);
	assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	ledger.entry[0] = ledger_split_entry(0);
	/* neither the entry nor the set is touched where nothing is mapped */
	for (unreadable_from = 0; unreadable_from < 2U; unreadable_from++) {
		readable_calls = 0;
		assert_false(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
	}
	readable_calls = 0;
	assert_true(ledger_peek(&ledger, RAM + 0x5000, readable, &record, &since));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(says_what_a_look_up_says, set_up),
	    cmocka_unit_test_setup(the_newest_of_several_changes_counts, set_up),
	    cmocka_unit_test_setup(trusts_nothing_that_may_be_half_written, set_up),
	};

	return cmocka_run_group_tests_name("ledger peek", tests, NULL, NULL);
}
