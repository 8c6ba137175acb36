/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger takes: record sets and page tables, for what and for how long; what it answers
 * when there are none; what it remembers; and that its own walk finds what is broken.
 */
#include <string.h>

#include "cases.h"
#include "core/machine.h"
#include "core/stage2/host.h"
#include "fake/machine.h"
#include "ledger_bench.h"

/* --- what it costs --- */

static void test_ledger_whole_blocks_cost_nothing(void **state)
{
	(void)state;
	bench_open(0, 0);
	assert_done(bench_donate(BANK_A, 512));
	assert_done(bench_donate(BANK_A + BLOCK, 2U * 512U));
	assert_done(bench_give_back(BANK_A, 3U * 512U));
	/* what a bank has of a block is a whole one, too */
	assert_done(bench_share(BANK_A, 3U * 512U + 100U));
	assert_done(bench_unshare(BANK_A + 3U * BLOCK, 100));
	assert_done(bench_share(BANK_B, 408));
	assert_done(bench_share(BANK_B + 408U * PAGE, 512));
	assert_int_equal(bench_sets(), 0);
	assert_int_equal(bench_tables(), 0);
	bench_close();
}

static void test_ledger_M16_a_page_splits_its_block_and_joins_it(void **state)
{
	(void)state;
	bench_open(1, 1);
	assert_done(bench_donate(BANK_A + 17U * PAGE, 1));
	assert_int_equal(bench_sets(), 1);
	assert_int_equal(bench_tables(), 1);
	for (unsigned i = 0; i < 512U; i++) {
		assert_record(BANK_A + i * PAGE, i == 17U ? LEDGER_HYPERVISOR : LEDGER_HOST,
			      LEDGER_NOBODY, LEDGER_OWNED, 0);
	}
	assert_record(BANK_A + BLOCK, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	/* more of the same block takes no more */
	assert_done(bench_donate(BANK_A, 17));
	assert_done(bench_donate(BANK_A + 300U * PAGE, 212));
	assert_int_equal(bench_sets(), 1);
	assert_int_equal(bench_tables(), 1);
	/* when the rest follows, the block is one again */
	assert_done(bench_donate(BANK_A + 18U * PAGE, 282));
	assert_int_equal(bench_sets(), 0);
	assert_int_equal(bench_tables(), 0);
	assert_false(bench_mapped(BANK_A + 100U * PAGE));
	assert_done(bench_give_back(BANK_A + 17U * PAGE, 495));
	assert_done(bench_give_back(BANK_A, 17));
	assert_int_equal(bench_sets(), 0);
	assert_int_equal(bench_tables(), 0);
	assert_true(bench_mapped(BANK_A + 100U * PAGE));
	bench_close();
}

/* Access that stays needs records, but no table. */
static void test_ledger_sharing_leaves_the_tables(void **state)
{
	(void)state;
	bench_open(1, 0);
	assert_done(bench_share(BANK_A + PAGE, 1));
	assert_int_equal(bench_sets(), 1);
	assert_int_equal(fake.invalidations, 0);
	assert_done(bench_unshare(BANK_A + PAGE, 1));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* The parts of one block that lie in two banks have nothing to do with each other. */
static void test_ledger_block_of_two_banks(void **state)
{
	(void)state;
	bench_open(2, 0);
	assert_done(bench_share(BANK_A_END - PAGE, 1));
	assert_int_equal(bench_sets(), 1);
	assert_done(bench_share(BANK_B, 1));
	assert_int_equal(bench_sets(), 2);
	assert_record(BANK_A_END - 2U * PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_record(BANK_B + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_done(bench_unshare(BANK_A_END - PAGE, 1));
	assert_record(BANK_B, LEDGER_HOST, BENCH_GUEST, LEDGER_SHARED, 0);
	assert_int_equal(bench_sets(), 1);
	assert_done(bench_unshare(BANK_B, 1));
	assert_int_equal(bench_sets(), 0);
	bench_close();
}

/* Only the two ends of a range are parts of blocks. */
static void test_ledger_range_over_blocks(void **state)
{
	(void)state;
	bench_open(2, 2);
	assert_done(bench_donate(BANK_A + BLOCK - PAGE, 1U + 512U + 1U));
	assert_int_equal(bench_sets(), 2);
	assert_int_equal(bench_tables(), 2);
	assert_record(BANK_A + BLOCK - PAGE, LEDGER_HYPERVISOR, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_record(BANK_A + 2U * BLOCK, LEDGER_HYPERVISOR, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_record(BANK_A + 2U * BLOCK + PAGE, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_done(bench_give_back(BANK_A + BLOCK - PAGE, 1U + 512U + 1U));
	assert_int_equal(bench_sets(), 0);
	assert_int_equal(bench_tables(), 0);
	bench_close();
}

/* --- when there is nothing left --- */

static void test_ledger_M17_no_record_set(void **state)
{
	uint64_t before;

	(void)state;
	bench_open(1, BENCH_AMPLE);
	before = bench_state();
	assert_answer(bench_donate(BANK_A + BLOCK - PAGE, 2), LEDGER_NO_MEMORY, LEDGER_RULE_SETS,
		      BANK_A + BLOCK - PAGE);
	assert_int_equal(bench_state(), before);
	assert_int_equal(fake.invalidations, 0);
	assert_int_equal(bench_ledger.refusals, 1);
	assert_done(bench_donate(BANK_A + BLOCK - PAGE, 1));
	before = bench_state();
	assert_answer(bench_donate(BANK_A + BLOCK, 1), LEDGER_NO_MEMORY, LEDGER_RULE_SETS,
		      BANK_A + BLOCK);
	assert_answer(ledger_pin(&bench_ledger, BANK_C, PAGE, LEDGER_HOST, BENCH_CAUSE),
		      LEDGER_NO_MEMORY, LEDGER_RULE_SETS, BANK_C);
	/* a page that does not fit is named first, wherever it is */
	assert_answer(bench_donate(BANK_A + BLOCK - 3U * PAGE, 5), LEDGER_DENIED, LEDGER_RULE_OWNER,
		      BANK_A + BLOCK - PAGE);
	assert_int_equal(bench_state(), before);
	/* later calls recover */
	assert_done(bench_give_back(BANK_A + BLOCK - PAGE, 1));
	assert_done(bench_donate(BANK_A + BLOCK, 1));
	bench_close();
}

static void test_ledger_M17_no_page_table(void **state)
{
	uint64_t before;

	(void)state;
	bench_open(BENCH_AMPLE, 1);
	before = bench_state();
	assert_answer(bench_donate(BANK_A + BLOCK - PAGE, 2), LEDGER_NO_MEMORY, LEDGER_RULE_TABLES,
		      BANK_A + BLOCK - PAGE);
	assert_int_equal(bench_state(), before);
	assert_int_equal(fake.invalidations, 0);
	assert_done(bench_donate(BANK_A + BLOCK - PAGE, 1));
	before = bench_state();
	assert_answer(bench_donate(BANK_C + PAGE, 1), LEDGER_NO_MEMORY, LEDGER_RULE_TABLES,
		      BANK_C + PAGE);
	assert_int_equal(bench_state(), before);
	/* what leaves the host's access as it is takes none */
	assert_done(bench_share(BANK_C + PAGE, 1));
	assert_done(bench_unshare(BANK_C + PAGE, 1));
	assert_done(bench_give_back(BANK_A + BLOCK - PAGE, 1));
	assert_done(bench_donate(BANK_C + PAGE, 1));
	bench_close();
}

/* Giving back can be short of memory, too. */
static void test_ledger_no_page_table_on_the_way_back(void **state)
{
	uint64_t before;

	(void)state;
	bench_open(BENCH_AMPLE, 0);
	assert_done(bench_donate(BANK_A, 512));
	before = bench_state();
	assert_answer(bench_give_back(BANK_A + PAGE, 1), LEDGER_NO_MEMORY, LEDGER_RULE_TABLES,
		      BANK_A + PAGE);
	assert_int_equal(bench_state(), before);
	assert_done(bench_give_back(BANK_A, 512));
	bench_close();
}

/* Alternating pages until nothing is left, and back; sets come and go in any order. */
static void test_ledger_M17_every_block_split(void **state)
{
	static const uint64_t blocks[BENCH_BLOCKS] = {
	    BANK_A,
	    BANK_A + BLOCK,
	    BANK_A + 2U * BLOCK,
	    BANK_A + 3U * BLOCK,
	    BANK_B,
	    BANK_B + 408U * PAGE,
	    BANK_C,
	    BANK_C + BLOCK,
	};

	(void)state;
	bench_open(BENCH_BLOCKS - 1U, BENCH_AMPLE);
	for (unsigned round = 0; round < 3U; round++) {
		/* the one that remains without is another one each time */
		unsigned last = (BENCH_BLOCKS - 1U + round) % BENCH_BLOCKS;

		for (unsigned i = round; i < round + BENCH_BLOCKS; i++)
			for (unsigned page = 0; page < 100U; page += 2U)
				assert_int_equal(
				    bench_donate(blocks[i % BENCH_BLOCKS] + page * PAGE, 1).rule,
				    i % BENCH_BLOCKS == last ? LEDGER_RULE_SETS : LEDGER_RULE_NONE);
		assert_int_equal(bench_ledger.sets_free, 0);
		for (unsigned i = 0; i < BENCH_BLOCKS; i++)
			for (unsigned page = 0; page < 100U; page += 2U)
				if (3U * i % BENCH_BLOCKS != last)
					assert_done(bench_give_back(
					    blocks[3U * i % BENCH_BLOCKS] + page * PAGE, 1));
		assert_int_equal(bench_sets(), 0);
		assert_int_equal(bench_tables(), 0);
	}
	bench_close();
}

static void test_ledger_too_little_memory_for_its_entries(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	struct ledger other = {.region = {{.base = BANK_A, .size = BANK_A_END - BANK_A}},
			       .region_count = 1};

	assert_false(ledger_init(&other, &bench_stage2, bench_ledger.sets_base, PAGE - 1U));
	/* entries alone are enough to begin with */
	assert_true(ledger_init(&other, &bench_stage2, bench_ledger.sets_base, PAGE));
	assert_int_equal(other.set_count, 0);
	bench_close();
}

static void test_ledger_size_of_entries(void **state)
{
	static const struct ledger_region tebibyte = {.base = 0x80000000ULL, .size = 1ULL << 40};
	static const struct ledger_region odd[] = {
	    {.base = BLOCK - PAGE, .size = PAGE},
	    {.base = 2U * BLOCK - PAGE, .size = 2U * PAGE},
	};

	(void)state;
	/* 4 bytes for 2 MiB: 2 MiB for 1 TiB */
	assert_int_equal(ledger_entries_size(&tebibyte, 1), 2U << 20);
	assert_int_equal(ledger_entries_size(odd, 2), PAGE);
	assert_int_equal(ledger_entries_size(odd, 0), 0);
}

/* --- TLBs --- */

static void test_ledger_translations_are_forgotten(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_donate(BANK_A + BLOCK, 512));
	assert_int_equal(fake.invalidations, 1);
	assert_int_equal(fake.invalidated_base, BANK_A + BLOCK);
	assert_int_equal(fake.invalidated_size, BLOCK);
	/* what was nothing for the host needs nothing */
	assert_done(bench_give_back(BANK_A + BLOCK, 512));
	assert_int_equal(fake.invalidations, 1);
	bench_close();
}

/* --- what is remembered --- */

static const struct ledger_event *event(uint64_t number)
{
	return &bench_ledger.history[number % LEDGER_HISTORY];
}

static void test_ledger_history(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	fake_cpu = 3;
	assert_done(
	    ledger_share(&bench_ledger, BANK_A, 2U * PAGE, LEDGER_HOST, BENCH_GUEST, 0xabcU));
	fake_cpu = 1;
	assert_done(
	    ledger_unshare(&bench_ledger, BANK_A + PAGE, PAGE, LEDGER_HOST, BENCH_GUEST, 0xdefU));
	assert_int_equal(bench_donate(BANK_A, 1).status, LEDGER_DENIED); /* leaves none */
	assert_int_equal(bench_ledger.changes, 2);
	assert_int_equal(bench_ledger.refusals, 1);

	assert_int_equal(event(1)->number, 1);
	assert_int_equal(event(1)->base, BANK_A);
	assert_int_equal(event(1)->size, 2U * PAGE);
	assert_int_equal(event(1)->cause, 0xabcU);
	assert_int_equal(event(1)->cpu, 3);
	assert_int_equal(event(1)->from.owner, LEDGER_HOST);
	assert_int_equal(event(1)->from.state, LEDGER_OWNED);
	assert_int_equal(event(1)->to.borrower, BENCH_GUEST);
	assert_int_equal(event(1)->to.state, LEDGER_SHARED);
	assert_int_equal(event(2)->number, 2);
	assert_int_equal(event(2)->base, BANK_A + PAGE);
	assert_int_equal(event(2)->cpu, 1);
	assert_int_equal(event(2)->to.state, LEDGER_OWNED);
	assert_true(event(2)->time > event(1)->time);
	assert_int_equal(event(3)->number, 0);
	fake_cpu = 0;
	bench_close();
}

static void test_ledger_history_keeps_the_newest(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	for (unsigned i = 0; i < 3U * LEDGER_HISTORY + 5U; i++)
		assert_done(i % 2U == 0U ? bench_share(BANK_A + i / 2U * PAGE, 1)
					 : bench_unshare(BANK_A + i / 2U * PAGE, 1));
	for (uint64_t number = 2U * LEDGER_HISTORY + 6U; number <= 3U * LEDGER_HISTORY + 5U;
	     number++)
		assert_int_equal(event(number)->number, number);
	bench_close();
}

/* --- questions --- */

static void assert_extent(uint64_t address, bool ram, uint64_t base, uint64_t size)
{
	struct ledger_extent extent = ledger_lookup(&bench_ledger, address);

	assert_int_equal(extent.ram, ram);
	assert_int_equal(extent.base, base);
	assert_int_equal(extent.size, size);
}

static void test_ledger_lookup(void **state)
{
	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	/* blocks that agree are one answer, as far as the bank goes */
	assert_extent(BANK_A, true, BANK_A, BANK_A_END - BANK_A);
	assert_extent(BANK_B + 5U, true, BANK_B, BANK_B_END - BANK_B);
	assert_extent(BANK_C_END - 1U, true, BANK_C + BLOCK, BLOCK);
	assert_extent(BANK_C_END, false, BANK_C_END, PAGE);
	assert_extent(BANK_A_END + 17U, false, BANK_A_END, PAGE);
	assert_extent(0xfff, false, 0, PAGE);
	assert_extent(~0ULL, false, 0ULL - PAGE, PAGE);
	/* runs of pages within a block */
	assert_done(bench_donate(BANK_A + 10U * PAGE, 20));
	assert_extent(BANK_A + 10U * PAGE, true, BANK_A + 10U * PAGE, 20U * PAGE);
	assert_extent(BANK_A + 30U * PAGE - 1U, true, BANK_A + 10U * PAGE, 20U * PAGE);
	assert_extent(BANK_A + 9U * PAGE, true, BANK_A, 10U * PAGE);
	assert_extent(BANK_A + 30U * PAGE, true, BANK_A + 30U * PAGE, 482U * PAGE);
	assert_int_equal(bench_record(BANK_A + 10U * PAGE).owner, LEDGER_HYPERVISOR);
	/* within the part of a block that a bank has */
	assert_done(bench_share(BANK_B + PAGE, 1));
	assert_extent(BANK_B, true, BANK_B, PAGE);
	assert_extent(BANK_B + 2U * PAGE, true, BANK_B + 2U * PAGE, 406U * PAGE);
	bench_close();
}

/* A crash report looks without the lock, and believes nothing that it could not look at. */
static bool readable_all(const void *object, size_t size)
{
	(void)object;
	(void)size;
	return true;
}

static bool readable_none(const void *object, size_t size)
{
	(void)object;
	(void)size;
	return false;
}

static void test_ledger_peek(void **state)
{
	struct ledger_record record;
	struct ledger_event since;

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_donate(BANK_A + 10U * PAGE, 20));
	assert_done(bench_donate(BANK_C, 512));
	assert_true(
	    ledger_peek(&bench_ledger, BANK_A + 12U * PAGE + 3U, readable_all, &record, &since));
	assert_int_equal(record.owner, LEDGER_HYPERVISOR);
	assert_int_equal(since.number, 1);
	assert_true(ledger_peek(&bench_ledger, BANK_A + 9U * PAGE, readable_all, &record, &since));
	assert_int_equal(record.owner, LEDGER_HOST);
	assert_int_equal(since.number, 0);
	assert_true(ledger_peek(&bench_ledger, BANK_C + PAGE, readable_all, &record, &since));
	assert_int_equal(record.owner, LEDGER_HYPERVISOR);
	assert_int_equal(since.number, 2);
	/* the lock may be held by whoever crashed */
	bench_ledger.lock.next++;
	assert_true(ledger_peek(&bench_ledger, BANK_B, readable_all, &record, &since));
	bench_ledger.lock.next--;
	assert_false(ledger_peek(&bench_ledger, BANK_A_END, readable_all, &record, &since));
	assert_false(ledger_peek(&bench_ledger, BANK_A, readable_none, &record, &since));
	bench_close();
}

static void test_ledger_peek_into_ruins(void **state)
{
	struct ledger_record record;
	struct ledger_event since;

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_donate(BANK_A, 1));
	struct ledger good = bench_ledger;

	bench_ledger.region_count = LEDGER_REGIONS + 1U;
	assert_false(ledger_peek(&bench_ledger, BANK_A, readable_all, &record, &since));
	bench_ledger.region_count = good.region_count;
	bench_ledger.entry_count = 0;
	assert_false(ledger_peek(&bench_ledger, BANK_A, readable_all, &record, &since));
	bench_ledger.entry_count = good.entry_count;
	bench_ledger.set_count = 0;
	assert_false(ledger_peek(&bench_ledger, BANK_A, readable_all, &record, &since));
	bench_ledger.set_count = good.set_count;
	bench_ledger.entry = NULL;
	assert_false(ledger_peek(&bench_ledger, BANK_A, readable_all, &record, &since));
	bench_ledger.entry = good.entry;
	assert_true(ledger_peek(&bench_ledger, BANK_A, readable_all, &record, &since));
	bench_close();
}

/* --- the walk finds what is broken --- */

static void assert_broken(const char *words, uint64_t page)
{
	uint64_t where;
	const char *broken = ledger_check(&bench_ledger, &where);

	assert_non_null(broken);
	assert_string_equal(broken, words);
	assert_int_equal(where, page);
	assert_int_equal(bench_ledger.lock.next, bench_ledger.lock.served);
	assert_int_equal(bench_stage2.lock.next, bench_stage2.lock.served);
}

static void test_ledger_check_of_stage2(void **state)
{
	uint64_t page = BANK_B + 33U * PAGE;

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_int_equal(host_memory_set(&bench_stage2, page, PAGE, STAGE2_NONE), STAGE2_OK);
	assert_broken("stage 2 does not follow the ledger", page);
	/* a device is not what the host has there */
	assert_int_equal(host_memory_set(&bench_stage2, page, PAGE, STAGE2_DEVICE), STAGE2_OK);
	assert_broken("stage 2 does not follow the ledger", page);
	assert_int_equal(host_memory_set(&bench_stage2, page, PAGE, STAGE2_RAM), STAGE2_OK);
	assert_done(bench_donate(page, 1));
	assert_int_equal(host_memory_set(&bench_stage2, page, PAGE, STAGE2_RAM), STAGE2_OK);
	assert_broken("stage 2 does not follow the ledger", page);
	assert_int_equal(host_memory_set(&bench_stage2, page, PAGE, STAGE2_NONE), STAGE2_OK);
	bench_close();
}

static void test_ledger_check_of_records(void **state)
{
	static const struct ledger_record nonsense[] = {
	    {.owner = LEDGER_NOBODY},
	    {.owner = LEDGER_HOST, .borrower = BENCH_GUEST},
	    {.owner = LEDGER_HOST, .state = LEDGER_SHARED},
	    {.owner = LEDGER_HOST, .state = LEDGER_LENT_QUARANTINED},
	    {.owner = LEDGER_HOST, .borrower = BENCH_GUEST, .state = LEDGER_POISONED},
	    {.owner = LEDGER_HOST, .state = LEDGER_POISONED + 1U},
	};
	struct ledger_record *records, good;

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	assert_done(bench_share(BANK_A + 5U * PAGE, 1));
	records = machine_table(bench_ledger.sets_base);
	good = records[9];
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		records[9] = nonsense[i];
		assert_broken("a record makes no sense", BANK_A + 9U * PAGE);
	}
	records[9] = good;
	bench_close();
}

static void test_ledger_check_of_sets(void **state)
{
	struct ledger_record entry, *records;
	uint32_t list;

	(void)state;
	bench_open(4, BENCH_AMPLE);
	/* three sets in use, then two of them in the list of those that came back */
	for (unsigned i = 0; i < 3U; i++)
		assert_done(bench_share(BANK_A + i * BLOCK, 1));
	for (unsigned i = 0; i < 2U; i++)
		assert_done(bench_unshare(BANK_A + i * BLOCK, 1));
	assert_int_equal(bench_sets(), 1);

	bench_ledger.sets_free--;
	assert_broken("a record set is lost", 0);
	bench_ledger.sets_free++;
	bench_ledger.sets_fresh++;
	assert_broken("a record set is lost", 0);
	bench_ledger.sets_fresh--;
	list = bench_ledger.sets_list;
	bench_ledger.sets_list = 0xffffffffU;
	assert_broken("a record set is lost", 0);
	bench_ledger.sets_list = list;

	/* the list's last set leads back to its first */
	records = machine_table(bench_ledger.sets_base); /* of set 0, the last */
	struct ledger_record end = records[0];

	assert_int_equal(list, 1);
	records[0] = (struct ledger_record){.owner = 1, .state = 0xff};
	assert_broken("the list of free record sets has a loop", 0);
	records[0] = end;

	entry = bench_ledger.entry[2];
	bench_ledger.entry[2].owner = 3; /* number of its set, which is 2 */
	assert_broken("a block has a record set that was never given out", 0);
	bench_ledger.entry[2] = entry;
	bench_close();
}

/* --- words --- */

static void test_ledger_words(void **state)
{
	char out[16];

	(void)state;
	for (unsigned i = LEDGER_RULE_NONE; i <= LEDGER_RULE_TABLES; i++) {
		assert_string_not_equal(ledger_rule_words((enum ledger_rule)i), "?");
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(ledger_rule_words((enum ledger_rule)i),
						ledger_rule_words((enum ledger_rule)k));
	}
	assert_string_equal(ledger_rule_words((enum ledger_rule)99), "?");
	assert_string_equal(ledger_state_words(LEDGER_OWNED), "owned");
	assert_string_equal(ledger_state_words(LEDGER_SHARED), "shared");
	assert_string_equal(ledger_state_words(LEDGER_LENT), "lent");
	assert_string_equal(ledger_state_words(LEDGER_SHARED_QUARANTINED), "shared, quarantined");
	assert_string_equal(ledger_state_words(LEDGER_LENT_QUARANTINED), "lent, quarantined");
	assert_string_equal(ledger_state_words(LEDGER_POISONED), "poisoned");
	assert_string_equal(ledger_state_words((enum ledger_state)99), "?");
	assert_string_equal(ledger_party_words(out, LEDGER_HOST), "host");
	assert_string_equal(ledger_party_words(out, LEDGER_HYPERVISOR), "hypervisor");
	assert_string_equal(ledger_party_words(out, LEDGER_SECURE), "secure world");
	assert_string_equal(ledger_party_words(out, LEDGER_SEVERAL), "several");
	assert_string_equal(ledger_party_words(out, LEDGER_NOBODY), "nobody");
	assert_string_equal(ledger_party_words(out, 9), "?");
	assert_string_equal(ledger_party_words(out, LEDGER_GUEST), "guest 0");
	assert_string_equal(ledger_party_words(out, 255), "guest 239");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_whole_blocks_cost_nothing),
	    cmocka_unit_test(test_ledger_M16_a_page_splits_its_block_and_joins_it),
	    cmocka_unit_test(test_ledger_sharing_leaves_the_tables),
	    cmocka_unit_test(test_ledger_block_of_two_banks),
	    cmocka_unit_test(test_ledger_range_over_blocks),
	    cmocka_unit_test(test_ledger_M17_no_record_set),
	    cmocka_unit_test(test_ledger_M17_no_page_table),
	    cmocka_unit_test(test_ledger_no_page_table_on_the_way_back),
	    cmocka_unit_test(test_ledger_M17_every_block_split),
	    cmocka_unit_test(test_ledger_too_little_memory_for_its_entries),
	    cmocka_unit_test(test_ledger_size_of_entries),
	    cmocka_unit_test(test_ledger_translations_are_forgotten),
	    cmocka_unit_test(test_ledger_history),
	    cmocka_unit_test(test_ledger_history_keeps_the_newest),
	    cmocka_unit_test(test_ledger_lookup),
	    cmocka_unit_test(test_ledger_peek),
	    cmocka_unit_test(test_ledger_peek_into_ruins),
	    cmocka_unit_test(test_ledger_check_of_stage2),
	    cmocka_unit_test(test_ledger_check_of_records),
	    cmocka_unit_test(test_ledger_check_of_sets),
	    cmocka_unit_test(test_ledger_words),
	};

	return cmocka_run_group_tests_name("ledger_memory", tests, NULL, NULL);
}
