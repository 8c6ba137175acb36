/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_MEM_SHARE, _LEND, _DONATE and _RECLAIM of honest callers and of others: rows M, A and Q
 * of the catalogue, with the real ledger and stage 2 below.
 */
#include <string.h>

#include "cases.h"
#include "ffa_bench.h"

#define IP (-2)
#define NM (-3)
#define BZ (-4)
#define DN (-6)
#define AB (-8)
#define NS (-1)

static const struct bench_range two[] = {{BANK_A + 3 * PAGE, 2}, {BANK_C, 512}};

static uint64_t handle;

static void assert_nothing_happened(unsigned calls)
{
	assert_home(&two[0]);
	assert_home(&two[1]);
	assert_int_equal(bench_spmc.calls, calls);
	bench_ffa_check(0, 0);
}

/* ---- M: the honest way ---- */

static void test_ffa_memory_M7_share_and_reclaim(void **state)
{
	static const uint32_t versions[] = {0x10000, 0x10001, 0x10002};

	(void)state;
	for (unsigned i = 0; i < 9U; i++) {
		struct bench_setup setup = bench_usual;
		struct bench_send send;

		setup.firmware = versions[i / 3U];
		setup.host = versions[i % 3U] < setup.firmware ? versions[i % 3U] : setup.firmware;
		bench_ffa_open(&setup);
		send = bench_send_of(BENCH_SHARE | (i % 2U != 0U ? BENCH_64 : 0U), two, 2);
		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_int_equal(handle, 0x12300000000);
		for (unsigned n = 0; n < 2U; n++) {
			assert_away(&two[n], LEDGER_SHARED);
			assert_true(bench_mapped(two[n].base));
			assert_int_equal(fake_spmc_reaches(&bench_spmc, two[n].base), 1);
		}
		assert_int_equal(bench_spmc.share[0].sender, HOST_FFA_ID);
		assert_int_equal(bench_spmc.calls, 1);
		bench_ffa_check(1, 0);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_nothing_happened(2);
		bench_ffa_close(0, 0);
	}
}

/* What firmware says beside SUCCESS is nobody's business: pages come back as recorded. */
static void reclaim_talks(struct fake_spmc *spmc, const uint64_t asked[SMCCC_REGISTERS],
			  uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if ((uint32_t)asked[0] != BENCH_RECLAIM || x[0] != BENCH_SUCCESS)
		return;
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
		x[n] = BANK_C + n;
}

static void test_ffa_memory_M7_as_recorded(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	bench_spmc.after = reclaim_talks;
	send = bench_send_of(BENCH_LEND, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_home(&two[0]);
	assert_home(&two[1]);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M2_lent_is_gone(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_away(&two[0], LEDGER_LENT);
	assert_away(&two[1], LEDGER_LENT);
	assert_false(bench_mapped(two[0].base));
	assert_false(bench_mapped(two[1].base + 511 * PAGE));
	assert_true(bench_mapped(two[0].base - PAGE));
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_true(bench_mapped(two[0].base));
	assert_true(bench_mapped(two[1].base + 511 * PAGE));
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_donated_is_the_others(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_DONATE | BENCH_64, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_record(two[0].base, LEDGER_SECURE, LEDGER_NOBODY, LEDGER_OWNED, 0);
	assert_false(bench_mapped(two[0].base));
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_nothing_happened(2);
	bench_ffa_close(0, 0);
}

/* Divergence 55: it is there when firmware has it. */
static void test_ffa_memory_A5_donate_is_not_offered(void **state)
{
	struct bench_setup setup = bench_usual;
	struct bench_send send;

	(void)state;
	bench_ffa_open(&setup);
	bench_ffa.offered32[(0x71 - 0x60) / 32] &= ~(1U << (0x71 - 0x60));
	bench_ffa.offered64[(0x71 - 0x60) / 32] &= ~(1U << (0x71 - 0x60));
	send = bench_send_of(BENCH_DONATE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), NS);
	assert_nothing_happened(0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M1_pages_that_are_not_free(void **state)
{
	static const uint32_t fids[] = {BENCH_SHARE, BENCH_LEND, BENCH_DONATE};

	(void)state;
	for (unsigned i = 0; i < 9U; i++) {
		struct bench_send first, second;

		bench_ffa_open(&bench_usual);
		first = bench_send_of(fids[i / 3U], two, 2);
		second = bench_send_of(fids[i % 3U], &two[1], 1);
		assert_int_equal(bench_transmit(&first, &handle), 0);
		assert_int_equal(bench_transmit(&second, &handle), DN);
		assert_int_equal(bench_spmc.calls, 1);
		bench_ffa_check(1, 0);
		/* nor does the hypervisor get it */
		assert_int_equal(bench_donate(two[1].base, 1).status, LEDGER_DENIED);
		assert_int_equal(bench_reclaim(0x12300000000, 0), 0);
		assert_done(bench_donate(two[1].base, 1));
		assert_int_equal(bench_transmit(&second, &handle), DN);
		assert_done(bench_give_back(two[1].base, 1));
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_M4_handles_that_are_none(void **state)
{
	static const uint64_t handles[] = {
	    0, 1, 0x12300000001, 0x12200000000, 1ULL << 63, (1ULL << 63) + 0x12300000000, ~0ULL};
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	for (unsigned i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
		assert_int_equal(bench_reclaim(handles[i], 0), IP);
	assert_int_equal(bench_spmc.calls, 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(bench_reclaim(handle, 0), IP); /* twice, stale */
	assert_int_equal(bench_spmc.calls, 2);
	bench_ffa_close(0, 0);
}

/* Another endpoint, such as a guest will be one: the handle is not its own. */
static void test_ffa_memory_M5_handle_of_another(void **state)
{
	struct ffa_endpoint other = {.id = 2, .version = 0x10002};
	uint64_t x[SMCCC_REGISTERS] = {BENCH_RECLAIM};
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	x[1] = (uint32_t)handle;
	x[2] = handle >> 32;
	ffa_call(&bench_ffa, &other, 1, x);
	assert_int_equal(bench_code(x), IP);
	assert_int_equal(bench_spmc.calls, 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M6_M12_borrower_still_has_it(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	fake_spmc_find(&bench_spmc, handle)->held = true;
	for (unsigned i = 0; i < 3U; i++)
		assert_int_equal(bench_reclaim(handle, 0), DN);
	assert_away(&two[0], LEDGER_LENT);
	assert_int_equal(bench_donate(two[0].base, 1).status, LEDGER_DENIED);
	bench_ffa_check(1, 0);
	fake_spmc_find(&bench_spmc, handle)->held = false;
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

/* The manager of OP-TEE knows no such call from here: the mediator asks for its own records. */
static void test_ffa_memory_M8_M9_M10_nothing_is_retrieved(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(fake_calls_of(0x84000074) + fake_calls_of(0xc4000074), 0);
	assert_int_equal(fake_calls_of(BENCH_FRAG_RX), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M11_flags_of_reclaim(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	for (unsigned bit = 1; bit < 32U; bit++)
		assert_int_equal(bench_reclaim(handle, 1U << bit), IP);
	assert_int_equal(bench_spmc.calls, 1);
	memset(bench_ram(two[0].base), 0x5e, 2 * PAGE);
	assert_int_equal(bench_reclaim(handle, 1), 0); /* the SPMC refuses any flag */
	for (unsigned i = 0; i < 2U * PAGE; i++)
		assert_int_equal(bench_ram(two[0].base)[i], 0);
	bench_ffa_close(0, 0);
}

/* M15: what a partition left is gone before the host can read it. */
static unsigned zeroed_away;

static void watch_zero(void *context, uint64_t page)
{
	(void)context;
	zeroed_away += bench_record(page).state != LEDGER_OWNED && !bench_mapped(page);
	memset(bench_ram(page), 0, PAGE);
}

static void test_ffa_memory_M15_cleared_before_it_is_seen(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, two, 1);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	memset(bench_ram(two[0].base), 0x5e, 2 * PAGE);
	fake.host_zero = watch_zero;
	zeroed_away = 0;
	assert_int_equal(bench_reclaim(handle, 1), 0);
	assert_int_equal(zeroed_away, 2);
	for (unsigned i = 0; i < 2U * PAGE; i++)
		assert_int_equal(bench_ram(two[0].base)[i], 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D14_clear_on_lend(void **state)
{
	(void)state;
	for (unsigned zeroes = 0; zeroes < 2U; zeroes++) {
		struct bench_send send;

		bench_ffa_open(&bench_usual);
		bench_spmc.zeroes = zeroes != 0U;
		fake.host_zero = watch_zero;
		zeroed_away = 0;
		memset(bench_ram(two[0].base), 0x5e, 2 * PAGE);
		send = bench_send_of(BENCH_LEND, two, 1);
		send.flags = 1;
		assert_int_equal(bench_transmit(&send, &handle), 0);
		/* firmware does it, or it is done here while nobody has the pages */
		assert_int_equal(zeroed_away, zeroes != 0U ? 0 : 2);
		assert_int_equal(fake_spmc_find(&bench_spmc, handle)->bytes[4], zeroes);
		assert_int_equal(bench_ram(two[0].base)[5], zeroes != 0U ? 0x5e : 0);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_M14_many_borrowers(void **state)
{
	(void)state;
	for (uint32_t borrowers = 1; borrowers <= 16U; borrowers++) {
		struct bench_send send;

		bench_ffa_open(&bench_usual);
		send = bench_send_of(BENCH_LEND, two, 2);
		send.borrowers = borrowers;
		send.attributes = borrowers > 1U ? 0x2f : 0;
		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_away(&two[0], LEDGER_LENT);
		assert_int_equal(bench_ffa.transactions[0].borrower_count, borrowers);
		assert_int_equal(bench_ffa.transactions[0].borrower[borrowers - 1U].id,
				 BENCH_SP + borrowers - 1U);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_M16_block_is_split_and_joined(void **state)
{
	static const struct bench_range page = {BANK_C + 77 * PAGE, 1};
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, &page, 1);
	assert_int_equal(bench_tables(), 0);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_int_equal(bench_tables(), 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(bench_tables(), 0);
	assert_home(&page);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M17_no_tables_left(void **state)
{
	static const struct bench_range pages[] = {{BANK_A, 1}, {BANK_A + BLOCK, 1}, {BANK_C, 1}};
	struct bench_setup setup = bench_usual;
	struct bench_send send;

	(void)state;
	setup.tables = 2;
	bench_ffa_open(&setup);
	send = bench_send_of(BENCH_LEND, pages, 3);
	assert_int_equal(bench_transmit(&send, &handle), NM);
	assert_int_equal(bench_spmc.calls, 0);
	bench_ffa_check(0, 0);
	assert_int_equal(bench_tables(), 0);
	send = bench_send_of(BENCH_LEND, pages, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

/*
 * A block that was lent in two halves has no table; by the time that it comes back somebody else
 * has the last one. Firmware has let go: the caller is told, and has its pages as soon as it can.
 */
static void test_ffa_memory_M17_no_table_to_come_back(void **state)
{
	static const struct bench_range halves[] = {{BANK_C + 256 * PAGE, 256}, {BANK_C, 256}};
	static const struct bench_range page = {BANK_A + BLOCK, 1};

	(void)state;
	for (unsigned again = 0; again < 2U; again++) {
		struct bench_setup setup = bench_usual;
		struct bench_send send, small;
		uint64_t other;

		setup.tables = 1;
		bench_ffa_open(&setup);
		send = bench_send_of(BENCH_LEND, halves, 2);
		small = bench_send_of(BENCH_LEND, &page, 1);
		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_int_equal(bench_transmit(&small, &other), 0);
		assert_int_equal(bench_reclaim(handle, 0), NM);
		assert_away(&halves[0], LEDGER_LENT);
		assert_int_equal(bench_ffa.returning, 1);
		bench_ffa_check(2, 0);
		assert_int_equal(bench_reclaim(other, 0), 0);
		if (again != 0U) {
			assert_int_equal(bench_reclaim(handle, 0), 0);
		} else {
			/* or by itself, with the next send */
			assert_int_equal(bench_transmit(&small, &other), 0);
			assert_int_equal(bench_ffa.returning, 0);
			assert_int_equal(bench_reclaim(other, 0), 0);
		}
		assert_home(&halves[0]);
		assert_home(&halves[1]);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_M18_no_records_left(void **state)
{
	struct bench_setup setup = bench_usual;
	struct bench_range page = {BANK_A, 1};
	uint64_t handles[8], more;
	struct bench_send send;

	(void)state;
	setup.capacity = (struct ffa_capacity){.transactions = 8, .ranges = 30};
	bench_ffa_open(&setup);
	for (unsigned i = 0; i < 8U; i++) {
		page.base = BANK_A + i * PAGE;
		send = bench_send_of(BENCH_SHARE, &page, 1);
		assert_int_equal(bench_transmit(&send, &handles[i]), 0);
	}
	page.base = BANK_C;
	send = bench_send_of(BENCH_SHARE, &page, 1);
	assert_int_equal(bench_transmit(&send, &more), NM);
	assert_home(&page);
	assert_int_equal(bench_spmc.calls, 8);
	bench_ffa_check(8, 0);
	assert_int_equal(bench_reclaim(handles[5], 0), 0);
	assert_int_equal(bench_transmit(&send, &handles[5]), 0);
	for (unsigned i = 0; i < 8U; i++)
		assert_int_equal(bench_reclaim(handles[i], 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_M18_no_room_for_ranges(void **state)
{
	static struct bench_range many[200];
	struct bench_setup setup = bench_usual;
	struct bench_send send;

	(void)state;
	setup.capacity = (struct ffa_capacity){.transactions = 4, .ranges = 60};
	for (unsigned i = 0; i < 200U; i++)
		many[i] = (struct bench_range){BANK_A + 2U * i * PAGE, 1};
	bench_ffa_open(&setup);
	send = bench_send_of(BENCH_SHARE, many, 121);
	assert_int_equal(bench_transmit(&send, &handle), NM);
	assert_home(&many[0]);
	assert_int_equal(bench_spmc.calls, 0);
	send = bench_send_of(BENCH_SHARE, many, 120);
	for (unsigned i = 0; i < 3U; i++) {
		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_int_equal(bench_reclaim(handle, 0), 0);
	}
	bench_ffa_close(0, 0);
}

/* ---- firmware's refusals, and the endpoint's state ---- */

static int32_t refusal;

static bool refuse_sends(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if ((uint32_t)x[0] != BENCH_SHARE && (uint32_t)x[0] != BENCH_LEND)
		return false;
	fake_spmc_error(x, refusal);
	for (unsigned n = 3; n < SMCCC_REGISTERS; n++)
		x[n] = ~0ULL; /* A12 */
	x[1] = 0x1234;
	return true;
}

static void test_ffa_memory_A12_refused_by_firmware(void **state)
{
	(void)state;
	bench_ffa_open(&bench_usual);
	bench_spmc.before = refuse_sends;
	for (refusal = -1; refusal >= -10; refusal--) {
		struct bench_send send =
		    bench_send_of(refusal % 2 != 0 ? BENCH_SHARE : BENCH_LEND, two, 2);

		assert_int_equal(bench_transmit(&send, &handle), refusal);
		assert_nothing_happened(0);
	}
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_Q1_live_transactions_hold_the_version(void **state)
{
	struct bench_send send;
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	bench_call(x, 0x84000067, 0, 0, 0, 0);
	assert_int_equal(bench_code(x), 0);
	bench_call(x, 0x84000063, 0x10001, 0, 0, 0);
	assert_int_equal(x[0], 0xffffffff);
	assert_int_equal(bench_reclaim(handle, 0), 0); /* needs no buffers */
	bench_call(x, 0x84000063, 0x10001, 0, 0, 0);
	assert_int_equal(x[0], 0x10002);
	assert_int_equal(bench_ffa.host.version, 0x10001);
	bench_ffa_close(0, 0);
}

/* Q9, L3: a new kernel chooses its version; what the old one gave away stays away. */
static void test_ffa_memory_Q9_L3_transactions_outlive_the_kernel(void **state)
{
	struct bench_send send;
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	host_ffa_reset(&bench_ffa);
	assert_away(&two[0], LEDGER_LENT);
	bench_ffa_check(1, 0);
	bench_call(x, 0x84000063, 0x10001, 0, 0, 0);
	assert_int_equal(bench_ffa.host.version, 0x10001);
	bench_call(x, 0x84000063, 0x10002, 0, 0, 0);
	assert_int_equal(x[0], 0xffffffff);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

/* Handles of all kinds, found at once among a thousand. */
static void test_ffa_memory_handles_by_the_thousand(void **state)
{
	static const uint64_t starts[] = {0, 0xffffffc0, 0x300000000000};
	static const uint64_t steps[] = {1, 1, 0x100000000};
	static uint64_t handles[1000];
	struct bench_setup setup = bench_usual;

	(void)state;
	setup.capacity.transactions = 1024;
	for (unsigned i = 0; i < 3U; i++) {
		unsigned longest = 0;

		bench_ffa_open(&setup);
		bench_spmc.handle = starts[i];
		bench_spmc.step = steps[i];
		for (unsigned n = 0; n < 1000U; n++) {
			struct bench_range page = {BANK_A + n * PAGE, 1};
			struct bench_send send = bench_send_of(BENCH_SHARE, &page, 1);

			assert_int_equal(bench_transmit(&send, &handles[n]), 0);
		}
		for (uint32_t n = 0; n < bench_ffa.handle_buckets; n++) {
			unsigned length = 0;

			for (uint32_t at = bench_ffa.handles[n]; at != 0U; length++)
				at = bench_ffa.transactions[at - 1U].next;
			longest = length > longest ? length : longest;
		}
		assert_true(longest <= 8U);
		for (unsigned n = 0; n < 1000U; n++)
			assert_int_equal(bench_reclaim(handles[(n * 7U) % 1000U], 0), 0);
		bench_ffa_close(0, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_M7_share_and_reclaim),
	    cmocka_unit_test(test_ffa_memory_M7_as_recorded),
	    cmocka_unit_test(test_ffa_memory_M2_lent_is_gone),
	    cmocka_unit_test(test_ffa_memory_donated_is_the_others),
	    cmocka_unit_test(test_ffa_memory_A5_donate_is_not_offered),
	    cmocka_unit_test(test_ffa_memory_M1_pages_that_are_not_free),
	    cmocka_unit_test(test_ffa_memory_M4_handles_that_are_none),
	    cmocka_unit_test(test_ffa_memory_M5_handle_of_another),
	    cmocka_unit_test(test_ffa_memory_M6_M12_borrower_still_has_it),
	    cmocka_unit_test(test_ffa_memory_M8_M9_M10_nothing_is_retrieved),
	    cmocka_unit_test(test_ffa_memory_M11_flags_of_reclaim),
	    cmocka_unit_test(test_ffa_memory_M15_cleared_before_it_is_seen),
	    cmocka_unit_test(test_ffa_memory_M14_many_borrowers),
	    cmocka_unit_test(test_ffa_memory_M16_block_is_split_and_joined),
	    cmocka_unit_test(test_ffa_memory_M17_no_tables_left),
	    cmocka_unit_test(test_ffa_memory_M17_no_table_to_come_back),
	    cmocka_unit_test(test_ffa_memory_M18_no_records_left),
	    cmocka_unit_test(test_ffa_memory_M18_no_room_for_ranges),
	    cmocka_unit_test(test_ffa_memory_D14_clear_on_lend),
	    cmocka_unit_test(test_ffa_memory_A12_refused_by_firmware),
	    cmocka_unit_test(test_ffa_memory_Q1_live_transactions_hold_the_version),
	    cmocka_unit_test(test_ffa_memory_Q9_L3_transactions_outlive_the_kernel),
	    cmocka_unit_test(test_ffa_memory_handles_by_the_thousand),
	};

	return cmocka_run_group_tests_name("ffa_memory", tests, NULL, NULL);
}
