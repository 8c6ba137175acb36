/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of lists of ranges: all or none, in one hold of the lock, whatever the ranges are. */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "ledger_bench.h"

static const struct ledger_change share = {
    .expect = {.owner = LEDGER_HOST},
    .set = {.owner = LEDGER_HOST, .borrower = LEDGER_SECURE, .state = LEDGER_SHARED},
    .cause = BENCH_CAUSE,
};
static const struct ledger_change unshare = {
    .expect = {.owner = LEDGER_HOST, .borrower = LEDGER_SECURE, .state = LEDGER_SHARED},
    .set = {.owner = LEDGER_HOST},
    .cause = BENCH_CAUSE,
};
static const struct ledger_change lend = {
    .expect = {.owner = LEDGER_HOST},
    .set = {.owner = LEDGER_HOST, .borrower = LEDGER_SECURE, .state = LEDGER_LENT},
};
static const struct ledger_change reclaim = {
    .expect = {.owner = LEDGER_HOST, .borrower = LEDGER_SECURE, .state = LEDGER_LENT},
    .set = {.owner = LEDGER_HOST},
};

static uint32_t refused;

static struct ledger_answer give(const struct ledger_range *ranges, uint32_t count,
				 const struct ledger_change *change)
{
	return ledger_apply_ranges(&bench_ledger, ranges, count, change, true, &refused);
}

static struct ledger_answer take(const struct ledger_range *ranges, uint32_t count,
				 const struct ledger_change *change)
{
	return ledger_apply_ranges(&bench_ledger, ranges, count, change, false, &refused);
}

static void assert_state(const struct ledger_range *ranges, uint32_t count, enum ledger_state state)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t n = 0; n < ranges[i].pages; n++)
			assert_record(ranges[i].base + n * PAGE, LEDGER_HOST,
				      state == LEDGER_OWNED ? LEDGER_NOBODY : LEDGER_SECURE, state,
				      0);
}

/* Pages in any order, in several blocks and banks, whole blocks among them. */
static const struct ledger_range mixed[] = {
    {BANK_A + 7 * PAGE, 1, 0},
    {BANK_A + 9 * PAGE, 1, 0},
    {BANK_A + 8 * PAGE, 1, 0},
    {BANK_C, 1024, 0},
    {BANK_A + 3 * PAGE, 3, 0},
    {BANK_A + 2 * BLOCK, 512, 0},
    {BANK_A + BLOCK + 500 * PAGE, 12, 0},
    {BANK_A + BLOCK, 500, 0},
    {BANK_B, 1, 0},
    {BANK_A_END - PAGE, 1, 0},
    {BANK_A + 11 * PAGE, 2, 0},
};
#define MIXED (sizeof(mixed) / sizeof(mixed[0]))

static void test_ledger_ranges_go_and_come_back(void **state)
{
	const struct ledger_change *there[] = {&share, &lend}, *back[] = {&unshare, &reclaim};
	const enum ledger_state states[] = {LEDGER_SHARED, LEDGER_LENT};

	(void)state;
	for (unsigned i = 0; i < 2U; i++) {
		uint64_t page;

		bench_open(BENCH_AMPLE, 16);
		assert_done(give(mixed, MIXED, there[i]));
		assert_state(mixed, MIXED, states[i]);
		assert_int_equal(bench_mapped(BANK_A + 8 * PAGE), i == 0U);
		assert_true(bench_mapped(BANK_A + 10 * PAGE));
		assert_null(ledger_check(&bench_ledger, &page));
		/* each by itself, and in another order */
		for (unsigned n = 0; n < MIXED; n++)
			assert_done(take(&mixed[(n * 7U) % MIXED], 1, back[i]));
		assert_state(mixed, MIXED, LEDGER_OWNED);
		assert_int_equal(bench_sets(), 0);
		assert_int_equal(bench_tables(), 0);
		bench_close();
	}
}

/* Every range in turn is the one that cannot be: nothing has changed. */
static void test_ledger_ranges_all_or_none(void **state)
{
	const struct ledger_change *there[] = {&share, &lend};

	(void)state;
	for (unsigned i = 0; i < 2U; i++) {
		for (unsigned bad = 0; bad < MIXED; bad++) {
			uint64_t page = mixed[bad].base + (mixed[bad].pages - 1U) * PAGE;

			bench_open(BENCH_AMPLE, 16);
			assert_done(bench_donate(page, 1));
			assert_answer(give(mixed, MIXED, there[i]), LEDGER_DENIED,
				      LEDGER_RULE_OWNER, page);
			assert_int_equal(refused, bad);
			assert_int_equal(bench_ledger.refusals, 1);
			assert_done(bench_give_back(page, 1));
			assert_state(mixed, MIXED, LEDGER_OWNED);
			assert_int_equal(bench_sets(), 0);
			assert_int_equal(bench_tables(), 0);
			for (unsigned n = 0; n < MIXED; n++)
				assert_true(bench_mapped(mixed[n].base));
			bench_close();
		}
	}
}

static void test_ledger_ranges_that_are_none(void **state)
{
	static const struct {
		struct ledger_range range;
		enum ledger_rule rule;
		uint64_t page;
	} rows[] = {
	    {{BANK_A + 1, 1, 0}, LEDGER_RULE_RANGE, BANK_A + 1},
	    {{BANK_A + 0x800, 1, 0}, LEDGER_RULE_RANGE, BANK_A + 0x800},
	    {{BANK_A, 0, 0}, LEDGER_RULE_RANGE, BANK_A},
	    {{UINT64_MAX - 4095U, 1, 0}, LEDGER_RULE_RANGE, UINT64_MAX - 4095U},
	    {{UINT64_MAX - 4095U, 2, 0}, LEDGER_RULE_RANGE, UINT64_MAX - 4095U},
	    {{BANK_A_END - PAGE, 2, 0}, LEDGER_RULE_RAM, BANK_A_END},
	    {{BANK_A_END, 1, 0}, LEDGER_RULE_RAM, BANK_A_END},
	    {{BANK_A, UINT32_MAX, 0}, LEDGER_RULE_RAM, BANK_A_END},
	    {{BANK_A - PAGE, 1, 0}, LEDGER_RULE_RAM, BANK_A - PAGE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* behind one that opens the block that the bad one may begin in */
		struct ledger_range ranges[2] = {{BANK_A_END - 3 * PAGE, 1, 0}, rows[i].range};

		bench_open(BENCH_AMPLE, 16);
		assert_answer(give(ranges, 2, &share), LEDGER_INVALID, rows[i].rule, rows[i].page);
		assert_int_equal(refused, 1);
		assert_state(ranges, 1, LEDGER_OWNED);
		assert_int_equal(bench_sets(), 0);
		bench_close();
	}
}

/* D11: the second claim of a page fails, next to the first or far from it. */
static void test_ledger_ranges_name_no_page_twice(void **state)
{
	static const struct ledger_range rows[][3] = {
	    {{BANK_A, 1, 0}, {BANK_A + PAGE, 1, 0}, {BANK_A, 1, 0}},
	    {{BANK_A, 4, 0}, {BANK_C, 1, 0}, {BANK_A + 3 * PAGE, 2, 0}},
	    {{BANK_A, 512, 0}, {BANK_C, 1, 0}, {BANK_A + 511 * PAGE, 1, 0}},
	    {{BANK_A + 511 * PAGE, 1, 0}, {BANK_C, 1, 0}, {BANK_A, 512, 0}},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ledger_answer answer;

		bench_open(BENCH_AMPLE, 16);
		answer = give(rows[i], 3, &share);
		assert_int_equal(answer.status, LEDGER_DENIED);
		assert_int_equal(answer.rule, LEDGER_RULE_STATE);
		assert_int_equal(refused, 2);
		assert_state(rows[i], 3, LEDGER_OWNED);
		assert_int_equal(bench_sets(), 0);
		bench_close();
	}
}

/* M17: there is a set for the first block and none for the second. */
static void test_ledger_ranges_M17_too_few_sets_or_tables(void **state)
{
	static const struct ledger_range ranges[] = {{BANK_A, 1, 0}, {BANK_A + BLOCK, 1, 0}};

	(void)state;
	bench_open(1, 16);
	assert_answer(give(ranges, 2, &share), LEDGER_NO_MEMORY, LEDGER_RULE_SETS, BANK_A + BLOCK);
	assert_int_equal(bench_sets(), 0);
	assert_done(give(ranges, 1, &share));
	assert_done(take(ranges, 1, &unshare));
	bench_close();

	bench_open(BENCH_AMPLE, 1);
	assert_answer(give(ranges, 2, &lend), LEDGER_NO_MEMORY, LEDGER_RULE_TABLES, BANK_A + BLOCK);
	assert_int_equal(bench_tables(), 0);
	assert_int_equal(bench_sets(), 0);
	assert_true(bench_mapped(BANK_A));
	assert_done(give(ranges, 1, &lend));
	assert_done(take(ranges, 1, &reclaim));
	bench_close();
}

/* A block that was given in two pieces keeps its set, and so comes back in two. */
static void test_ledger_ranges_keep_what_they_need_to_come_back(void **state)
{
	static const struct ledger_range halves[] = {{BANK_A + 256 * PAGE, 256, 0},
						     {BANK_A, 256, 0}};

	(void)state;
	bench_open(1, 16);
	assert_done(give(halves, 2, &share));
	assert_int_equal(bench_sets(), 1);
	assert_int_equal(bench_share(BANK_A + BLOCK, 1).status, LEDGER_NO_MEMORY);
	assert_done(take(&halves[0], 1, &unshare));
	assert_done(take(&halves[1], 1, &unshare));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

static void test_ledger_ranges_pins_count_twice(void **state)
{
	struct ledger_change pin = {
	    .expect = {.owner = LEDGER_HOST}, .set = {.owner = LEDGER_HOST}, .pin = 1};
	static const struct ledger_range ranges[] = {{BANK_A, 1, 0}, {BANK_A, 2, 0}};
	static const struct ledger_range bad[] = {{BANK_A, 1, 0}, {BANK_A_END, 1, 0}};

	(void)state;
	bench_open(BENCH_AMPLE, 16);
	assert_done(give(ranges, 2, &pin));
	assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 2);
	assert_record(BANK_A + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 1);
	assert_answer(give(bad, 2, &pin), LEDGER_INVALID, LEDGER_RULE_RAM, BANK_A_END);
	assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 2);
	/* in use: not to be shared, in the middle of a list either */
	assert_answer(give(mixed, 1, &share), LEDGER_OK, LEDGER_RULE_NONE, 0);
	assert_answer(give(&ranges[1], 1, &share), LEDGER_DENIED, LEDGER_RULE_PINNED, BANK_A);
	pin.pin = -1;
	assert_done(take(ranges, 2, &pin));
	assert_done(take(mixed, 1, &unshare));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* The history does not drown in one list; its numbers have no gaps, behind which old ones stay. */
static void test_ledger_ranges_in_the_history(void **state)
{
	struct ledger_range ranges[40];
	unsigned known = 0;

	(void)state;
	bench_open(BENCH_AMPLE, 16);
	assert_done(bench_donate(BANK_C, 1));
	for (unsigned i = 0; i < 40U; i++)
		ranges[i] = (struct ledger_range){BANK_A + i * 2U * PAGE, 1, 0};
	for (unsigned i = 0; i < 10U; i++) {
		assert_done(give(ranges, 40, &share));
		assert_done(take(ranges, 40, &unshare));
	}
	assert_int_equal(bench_ledger.changes, 1U + 20U * LEDGER_HISTORY_OF);
	assert_done(give(ranges, 40, &share));
	for (unsigned i = 0; i < LEDGER_HISTORY; i++) {
		const struct ledger_event *event = &bench_ledger.history[i];

		known += event->number > 1U + 20U * LEDGER_HISTORY_OF;
		assert_true(event->number <= bench_ledger.changes);
	}
	assert_int_equal(known, LEDGER_HISTORY_OF);
	assert_done(take(ranges, 40, &unshare));
	assert_done(bench_give_back(BANK_C, 1));
	bench_close();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_ranges_go_and_come_back),
	    cmocka_unit_test(test_ledger_ranges_all_or_none),
	    cmocka_unit_test(test_ledger_ranges_that_are_none),
	    cmocka_unit_test(test_ledger_ranges_name_no_page_twice),
	    cmocka_unit_test(test_ledger_ranges_M17_too_few_sets_or_tables),
	    cmocka_unit_test(test_ledger_ranges_keep_what_they_need_to_come_back),
	    cmocka_unit_test(test_ledger_ranges_pins_count_twice),
	    cmocka_unit_test(test_ledger_ranges_in_the_history),
	};

	return cmocka_run_group_tests_name("ledger_ranges", tests, NULL, NULL);
}
