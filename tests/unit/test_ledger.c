/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's rules, each by hand: what is refused, by which rule and at which page, and that
 * nothing has changed then. docs/memory.md has the rules; tests/ledger tries them at random.
 */
#include "cases.h"
#include "ledger_bench.h"

static struct ledger_answer lend(uint64_t base, uint64_t pages)
{
	return ledger_lend(&bench_ledger, base, pages * PAGE, LEDGER_HOST, LEDGER_SECURE,
			   BENCH_CAUSE);
}

static struct ledger_answer reclaim(uint64_t base, uint64_t pages)
{
	return ledger_reclaim(&bench_ledger, base, pages * PAGE, LEDGER_HOST, LEDGER_SECURE,
			      BENCH_CAUSE);
}

static struct ledger_answer pin(uint64_t base, uint64_t pages)
{
	return ledger_pin(&bench_ledger, base, pages * PAGE, LEDGER_HOST, BENCH_CAUSE);
}

static struct ledger_answer unpin(uint64_t base, uint64_t pages)
{
	return ledger_unpin(&bench_ledger, base, pages * PAGE, LEDGER_HOST, BENCH_CAUSE);
}

/* --- rule 1 and 2: the range --- */

static void test_ledger_range_that_is_none(void **state)
{
	static const struct {
		uint64_t base, size;
	} none[] = {
	    {BANK_A, 0},
	    {0, 0},
	    {BANK_A + 1U, PAGE},
	    {BANK_A + PAGE / 2U, PAGE},
	    {BANK_A, PAGE + 1U},
	    {BANK_A, PAGE - 1U},
	    {BANK_A + 8U, PAGE - 8U},
	    {0ULL - PAGE, PAGE}, /* ends at 2^64 */
	    {0ULL - PAGE, 2U * PAGE},
	    {BANK_A, 0ULL - BANK_A},
	    {BANK_A, 0ULL - PAGE},
	    {PAGE, 0ULL - PAGE},
	};

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_answer(ledger_donate(&bench_ledger, none[i].base, none[i].size, LEDGER_HOST,
					    LEDGER_HYPERVISOR, BENCH_CAUSE),
			      LEDGER_INVALID, LEDGER_RULE_RANGE, none[i].base);
	assert_int_equal(bench_ledger.refusals, 0); /* they never came as far as the table */
	bench_close();
}

static void test_ledger_range_that_is_not_all_ram(void **state)
{
	static const struct {
		uint64_t base, pages, page;
	} wrong[] = {
	    {0, 1, 0},
	    {BANK_A - PAGE, 1, BANK_A - PAGE},
	    {BANK_A - PAGE, 2, BANK_A - PAGE},
	    {BANK_A_END, 1, BANK_A_END},
	    {BANK_A_END + PAGE, 3, BANK_A_END + PAGE},
	    {BANK_A_END - PAGE, 2, BANK_A_END},
	    {BANK_A, 3U * 512U + 101U, BANK_A_END},
	    {BANK_A_END - PAGE, 6, BANK_A_END}, /* over the hole, into the next bank */
	    {BANK_B_END - PAGE, 2, BANK_C},     /* banks that touch are two all the same */
	    {BANK_B, 5000, BANK_C},
	    {BANK_C_END - PAGE, 2, BANK_C_END},
	    {BANK_C_END, 1, BANK_C_END},
	    {1ULL << 40, 1, 1ULL << 40},
	    {0ULL - 2U * PAGE, 1, 0ULL - 2U * PAGE},
	};

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t before = bench_state();

		assert_answer(bench_donate(wrong[i].base, wrong[i].pages), LEDGER_INVALID,
			      LEDGER_RULE_RAM, wrong[i].page);
		assert_int_equal(bench_state(), before);
	}
	assert_int_equal(bench_ledger.refusals, sizeof(wrong) / sizeof(wrong[0]));
	bench_close();
}

static void test_ledger_ends_of_banks(void **state)
{
	static const uint64_t pages[] = {BANK_A, BANK_A_END - PAGE, BANK_B, BANK_B_END - PAGE,
					 BANK_C, BANK_C_END - PAGE};

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		assert_done(bench_donate(pages[i], 1));
		assert_record(pages[i], LEDGER_HYPERVISOR, LEDGER_NOBODY, LEDGER_OWNED, 0);
		assert_false(bench_mapped(pages[i]));
	}
	/* neighbours kept what they had */
	assert_record(BANK_A + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_true(bench_mapped(BANK_A + PAGE));
	assert_true(bench_mapped(BANK_A_END - 2U * PAGE));
	assert_true(bench_mapped(BANK_B + PAGE));
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		assert_done(bench_give_back(pages[i], 1));
	assert_int_equal(bench_sets(), 0);
	assert_int_equal(bench_tables(), 0);
	/* each bank as a whole */
	assert_done(bench_donate(BANK_A, (BANK_A_END - BANK_A) / PAGE));
	assert_done(bench_donate(BANK_B, (BANK_B_END - BANK_B) / PAGE));
	assert_done(bench_donate(BANK_C, (BANK_C_END - BANK_C) / PAGE));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* --- rule 3 to 7: the page --- */

static void test_ledger_first_page_that_refuses(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_donate(BANK_A + 7U * PAGE, 2));
	assert_done(bench_share(BANK_A + 5U * PAGE, 1));
	uint64_t before = bench_state();

	/* the first page, not the first rule */
	assert_answer(bench_donate(BANK_A, 600), LEDGER_DENIED, LEDGER_RULE_STATE,
		      BANK_A + 5U * PAGE);
	assert_answer(bench_donate(BANK_A + 6U * PAGE, 2), LEDGER_DENIED, LEDGER_RULE_OWNER,
		      BANK_A + 7U * PAGE);
	/* a whole block that refuses names where the range enters it */
	assert_answer(bench_give_back(BANK_A + BLOCK - 2U * PAGE, 5), LEDGER_DENIED,
		      LEDGER_RULE_OWNER, BANK_A + BLOCK - 2U * PAGE);
	assert_answer(bench_give_back(BANK_A + 7U * PAGE, 3), LEDGER_DENIED, LEDGER_RULE_OWNER,
		      BANK_A + 9U * PAGE);
	assert_int_equal(bench_state(), before);
	bench_close();
}

/* M1: what is given away cannot be given away again. */
static void test_ledger_M1_given_twice(void **state)
{
	static const enum ledger_party givers[] = {LEDGER_HOST, BENCH_GUEST, LEDGER_SECURE};

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_share(BANK_A, 4));
	assert_answer(bench_share(BANK_A, 4), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(lend(BANK_A + PAGE, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A + PAGE);
	assert_answer(bench_donate(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(pin(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_done(lend(BANK_B, 4));
	assert_answer(bench_share(BANK_B, 4), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_B);
	assert_answer(lend(BANK_B, 4), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_B);
	assert_answer(bench_donate(BANK_B, 4), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_B);
	assert_done(bench_donate(BANK_C, 4));
	for (size_t i = 0; i < sizeof(givers) / sizeof(givers[0]); i++) {
		assert_answer(ledger_share(&bench_ledger, BANK_C, PAGE, givers[i], LEDGER_SEVERAL,
					   BENCH_CAUSE),
			      LEDGER_DENIED, LEDGER_RULE_OWNER, BANK_C);
		assert_answer(ledger_lend(&bench_ledger, BANK_C, PAGE, givers[i], LEDGER_SEVERAL,
					  BENCH_CAUSE),
			      LEDGER_DENIED, LEDGER_RULE_OWNER, BANK_C);
		assert_answer(ledger_donate(&bench_ledger, BANK_C, PAGE, givers[i], LEDGER_SEVERAL,
					    BENCH_CAUSE),
			      LEDGER_DENIED, LEDGER_RULE_OWNER, BANK_C);
	}
	bench_close();
}

/* What the borrower and its neighbours cannot do with what is lent to it. */
static void test_ledger_borrower(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_share(BANK_A, 2));
	assert_record(BANK_A, LEDGER_HOST, BENCH_GUEST, LEDGER_SHARED, 0);
	assert_true(bench_mapped(BANK_A));
	assert_answer(ledger_unshare(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, LEDGER_HYPERVISOR,
				     BENCH_CAUSE),
		      LEDGER_DENIED, LEDGER_RULE_BORROWER, BANK_A);
	assert_answer(
	    ledger_unshare(&bench_ledger, BANK_A, PAGE, BENCH_GUEST, LEDGER_HOST, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_OWNER, BANK_A);
	assert_answer(
	    ledger_reclaim(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_done(bench_unshare(BANK_A, 2));
	assert_answer(bench_unshare(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);

	assert_done(lend(BANK_A, 2));
	assert_record(BANK_A, LEDGER_HOST, LEDGER_SECURE, LEDGER_LENT, 0);
	assert_false(bench_mapped(BANK_A));
	assert_answer(
	    ledger_reclaim(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_BORROWER, BANK_A);
	assert_answer(
	    ledger_unshare(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, LEDGER_SECURE, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_done(reclaim(BANK_A, 2));
	assert_true(bench_mapped(BANK_A));
	/* C2: the second one finds nothing to take back */
	assert_answer(reclaim(BANK_A, 2), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	bench_close();
}

/* The host as the one who borrows. */
static void test_ledger_host_borrows(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(
	    ledger_donate(&bench_ledger, BANK_B, 3U * PAGE, LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE));
	assert_false(bench_mapped(BANK_B));
	assert_done(
	    ledger_share(&bench_ledger, BANK_B, PAGE, BENCH_GUEST, LEDGER_HOST, BENCH_CAUSE));
	assert_done(
	    ledger_lend(&bench_ledger, BANK_B + PAGE, PAGE, BENCH_GUEST, LEDGER_HOST, BENCH_CAUSE));
	assert_true(bench_mapped(BANK_B));
	assert_true(bench_mapped(BANK_B + PAGE));
	assert_false(bench_mapped(BANK_B + 2U * PAGE));
	assert_done(
	    ledger_unshare(&bench_ledger, BANK_B, PAGE, BENCH_GUEST, LEDGER_HOST, BENCH_CAUSE));
	assert_done(ledger_reclaim(&bench_ledger, BANK_B + PAGE, PAGE, BENCH_GUEST, LEDGER_HOST,
				   BENCH_CAUSE));
	assert_false(bench_mapped(BANK_B));
	assert_false(bench_mapped(BANK_B + PAGE));
	bench_close();
}

static void test_ledger_pinned(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(pin(BANK_A + PAGE, 1));
	assert_record(BANK_A + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 1);
	assert_answer(bench_donate(BANK_A, 3), LEDGER_DENIED, LEDGER_RULE_PINNED, BANK_A + PAGE);
	assert_answer(bench_share(BANK_A, 3), LEDGER_DENIED, LEDGER_RULE_PINNED, BANK_A + PAGE);
	assert_answer(lend(BANK_A, 3), LEDGER_DENIED, LEDGER_RULE_PINNED, BANK_A + PAGE);
	/* two users: both must go */
	assert_done(pin(BANK_A, 2));
	assert_done(unpin(BANK_A + PAGE, 1));
	assert_answer(bench_donate(BANK_A + PAGE, 1), LEDGER_DENIED, LEDGER_RULE_PINNED,
		      BANK_A + PAGE);
	assert_done(unpin(BANK_A, 2));
	assert_int_equal(bench_sets(), 0);
	assert_done(bench_donate(BANK_A, 3));
	bench_close();
}

static void test_ledger_pins_are_counted_to_255(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_answer(unpin(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_PINS, BANK_A);
	for (unsigned i = 1; i <= 255U; i++) {
		assert_done(pin(BANK_A + PAGE, 2));
		assert_record(BANK_A + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, i);
	}
	assert_answer(pin(BANK_A, 3), LEDGER_DENIED, LEDGER_RULE_PINS, BANK_A + PAGE);
	assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_record(BANK_A + 2U * PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 255);
	for (unsigned i = 255; i >= 1U; i--)
		assert_done(unpin(BANK_A + PAGE, 2));
	assert_answer(unpin(BANK_A + PAGE, 2), LEDGER_DENIED, LEDGER_RULE_PINS, BANK_A + PAGE);
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* Pages that have different numbers of pins get one more, and one less, each. */
static void test_ledger_pins_over_unequal_pages(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(pin(BANK_A + 3U * PAGE, 1));
	assert_done(pin(BANK_A, 2U * 512U));
	assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 1);
	assert_record(BANK_A + 3U * PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 2);
	assert_record(BANK_A + BLOCK, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 1);
	assert_int_equal(bench_sets(), 1); /* the second block has one record for all */
	assert_done(unpin(BANK_A, 2U * 512U));
	assert_record(BANK_A + 3U * PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 1);
	assert_done(unpin(BANK_A + 3U * PAGE, 1));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* --- quarantine --- */

static void quarantine_case(enum ledger_state was, enum ledger_state now, bool poison)
{
	enum ledger_state other = was == LEDGER_SHARED ? LEDGER_LENT : LEDGER_SHARED;
	bool mapped = was == LEDGER_SHARED;

	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(was == LEDGER_SHARED ? ledger_share(&bench_ledger, BANK_A, 3U * PAGE,
							LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE)
					 : ledger_lend(&bench_ledger, BANK_A, 3U * PAGE,
						       LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE));
	assert_answer(ledger_quarantine(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST,
					other, BENCH_CAUSE),
		      LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(ledger_quarantine(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, LEDGER_SECURE,
					was, BENCH_CAUSE),
		      LEDGER_DENIED, LEDGER_RULE_BORROWER, BANK_A);
	/* not without quarantine first */
	assert_answer(
	    ledger_release(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, was, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(
	    ledger_poison(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, was, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_done(ledger_quarantine(&bench_ledger, BANK_A, 3U * PAGE, LEDGER_HOST, BENCH_GUEST,
				      was, BENCH_CAUSE));
	assert_record(BANK_A, LEDGER_HOST, BENCH_GUEST, now, 0);
	assert_int_equal(bench_mapped(BANK_A), mapped);
	/* neither private nor to be given away, nor back in the ordinary way */
	assert_answer(bench_donate(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(bench_unshare(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(
	    ledger_reclaim(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, BENCH_CAUSE),
	    LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(pin(BANK_A, 1), LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	assert_answer(ledger_release(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST, other,
				     BENCH_CAUSE),
		      LEDGER_DENIED, LEDGER_RULE_STATE, BANK_A);
	if (!poison) {
		assert_done(ledger_release(&bench_ledger, BANK_A, 3U * PAGE, LEDGER_HOST,
					   BENCH_GUEST, was, BENCH_CAUSE));
		assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
		assert_true(bench_mapped(BANK_A));
		assert_int_equal(bench_sets(), 0);
	} else {
		assert_done(ledger_poison(&bench_ledger, BANK_A, 3U * PAGE, LEDGER_HOST,
					  BENCH_GUEST, was, BENCH_CAUSE));
		assert_record(BANK_A, LEDGER_HOST, LEDGER_NOBODY, LEDGER_POISONED, 0);
		assert_false(bench_mapped(BANK_A));
	}
	bench_close();
}

static void test_ledger_quarantine_shared(void **state)
{
	(void)state;
	quarantine_case(LEDGER_SHARED, LEDGER_SHARED_QUARANTINED, false);
}

static void test_ledger_quarantine_lent(void **state)
{
	(void)state;
	quarantine_case(LEDGER_LENT, LEDGER_LENT_QUARANTINED, false);
}

static void test_ledger_poison_shared(void **state)
{
	(void)state;
	quarantine_case(LEDGER_SHARED, LEDGER_SHARED_QUARANTINED, true);
}

static void test_ledger_poison_lent(void **state)
{
	(void)state;
	quarantine_case(LEDGER_LENT, LEDGER_LENT_QUARANTINED, true);
}

/* No call of anybody brings a poisoned page back. */
static void test_ledger_poison_is_for_ever(void **state)
{
	static const enum ledger_party parties[] = {LEDGER_HOST, LEDGER_HYPERVISOR, LEDGER_SECURE,
						    BENCH_GUEST, LEDGER_SEVERAL};

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_share(BANK_A, 1));
	assert_done(ledger_quarantine(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST,
				      LEDGER_SHARED, BENCH_CAUSE));
	assert_done(ledger_poison(&bench_ledger, BANK_A, PAGE, LEDGER_HOST, BENCH_GUEST,
				  LEDGER_SHARED, BENCH_CAUSE));
	uint64_t before = bench_state();

	for (unsigned i = 0; i < 25U; i++) {
		enum ledger_party a = parties[i / 5U], b = parties[i % 5U];
		enum ledger_rule rule = a == LEDGER_HOST ? LEDGER_RULE_STATE : LEDGER_RULE_OWNER;

		assert_int_equal(ledger_donate(&bench_ledger, BANK_A, PAGE, a, b, 0).rule, rule);
		assert_int_equal(ledger_share(&bench_ledger, BANK_A, PAGE, a, b, 0).rule, rule);
		assert_int_equal(ledger_unshare(&bench_ledger, BANK_A, PAGE, a, b, 0).rule, rule);
		assert_int_equal(ledger_lend(&bench_ledger, BANK_A, PAGE, a, b, 0).rule, rule);
		assert_int_equal(ledger_reclaim(&bench_ledger, BANK_A, PAGE, a, b, 0).rule, rule);
		for (enum ledger_state was = LEDGER_SHARED; was <= LEDGER_LENT; was++) {
			assert_int_equal(
			    ledger_quarantine(&bench_ledger, BANK_A, PAGE, a, b, was, 0).rule,
			    rule);
			assert_int_equal(
			    ledger_release(&bench_ledger, BANK_A, PAGE, a, b, was, 0).rule, rule);
			assert_int_equal(
			    ledger_poison(&bench_ledger, BANK_A, PAGE, a, b, was, 0).rule, rule);
		}
		assert_int_equal(ledger_pin(&bench_ledger, BANK_A, PAGE, a, 0).rule, rule);
		assert_int_equal(ledger_unpin(&bench_ledger, BANK_A, PAGE, a, 0).rule, rule);
	}
	assert_int_equal(bench_state(), before);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_range_that_is_none),
	    cmocka_unit_test(test_ledger_range_that_is_not_all_ram),
	    cmocka_unit_test(test_ledger_ends_of_banks),
	    cmocka_unit_test(test_ledger_first_page_that_refuses),
	    cmocka_unit_test(test_ledger_M1_given_twice),
	    cmocka_unit_test(test_ledger_borrower),
	    cmocka_unit_test(test_ledger_host_borrows),
	    cmocka_unit_test(test_ledger_pinned),
	    cmocka_unit_test(test_ledger_pins_are_counted_to_255),
	    cmocka_unit_test(test_ledger_pins_over_unequal_pages),
	    cmocka_unit_test(test_ledger_quarantine_shared),
	    cmocka_unit_test(test_ledger_quarantine_lent),
	    cmocka_unit_test(test_ledger_poison_shared),
	    cmocka_unit_test(test_ledger_poison_lent),
	    cmocka_unit_test(test_ledger_poison_is_for_ever),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
