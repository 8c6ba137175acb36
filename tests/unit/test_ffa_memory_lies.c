/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that breaks the rules of memory transactions, and several CPUs inside at once: rows A9
 * to A11, F9 to F11, C and M13 of the catalogue. Whatever firmware says, a page that it may have is
 * never the host's alone.
 */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "ffa_bench.h"

#define IP (-2)
#define BZ (-4)
#define DN (-6)
#define AB (-8)

#define PAUSE  0x84000078U
#define RESUME 0x84000079U

static const struct bench_range two[] = {{BANK_A + 3 * PAGE, 2}, {BANK_C, 512}};
static const struct bench_range one = {BANK_A + BLOCK + 9 * PAGE, 1};

static struct bench_range many[600];
static uint64_t handle;
static uint64_t lie[SMCCC_REGISTERS]; /* an answer */
static uint32_t lie_to;               /* of this function */
static unsigned lies;                 /* how many times */

/* After the honest work: firmware did it, and says something else. */
static void answer_falsely(struct fake_spmc *spmc, const uint64_t asked[SMCCC_REGISTERS],
			   uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if (((uint32_t)asked[0] & ~BENCH_64) != lie_to || lies == 0U)
		return;
	lies--;
	memcpy(x, lie, sizeof(lie));
}

static void open_lying(uint32_t to, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	bench_ffa_open(&bench_usual);
	for (unsigned i = 0; i < 600U; i++)
		many[i] = (struct bench_range){BANK_A + 2U * i * PAGE, 1};
	memset(lie, 0, sizeof(lie));
	lie[0] = x0;
	lie[1] = x1;
	lie[2] = x2;
	lie[3] = x3;
	lie_to = to;
	lies = 1;
	bench_spmc.after = answer_falsely;
}

static int share_two(uint32_t fid)
{
	struct bench_send send = bench_send_of(fid, two, 2);

	return bench_transmit(&send, &handle);
}

static void assert_doubt(uint32_t fid)
{
	enum ledger_state state =
	    fid == BENCH_SHARE ? LEDGER_SHARED_QUARANTINED : LEDGER_LENT_QUARANTINED;

	assert_away(&two[0], state);
	assert_away(&two[1], state);
	assert_int_equal(bench_mapped(two[0].base), fid == BENCH_SHARE);
	assert_int_equal(bench_donate(two[0].base, 1).status, LEDGER_DENIED);
	assert_true(fake_said("[ffa-doubt]"));
	bench_ffa_check(1, 1);
}

static void test_ffa_memory_A9_A10_success_is_success(void **state)
{
	static const uint64_t successes[] = {0xffffffff84000061, 0xc4000061, 0xdeadbeefc4000061};

	(void)state;
	for (unsigned i = 0; i < 3U; i++) {
		open_lying(BENCH_SHARE, successes[i], 0xbad, 0xdead00000000,
			   0xdead000000000000 | 0x123);
		assert_int_equal(share_two(BENCH_SHARE), 0);
		assert_int_equal(handle, 0x12300000000);
		assert_away(&two[0], LEDGER_SHARED);
		lie_to = BENCH_RECLAIM;
		lies = 1;
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_home(&two[0]);
		bench_ffa_close(0, 0);
	}
}

/* Nobody knows what these mean, and firmware has the pages. */
static const uint64_t senseless[] = {
    0,          0x1234,     0x84000062, /* INTERRUPT: F11 */
    0x8400006c,                         /* YIELD: F11 */
    0x8400006d, 0x84000073, 0xc4000073, 0x84000077, 0x84000074, 0x84000075,
    0x84000063, 0x8400007b, 0x84000079, 0x80000000, 0xfffffffe, 0x8600ff01,
};
#define SENSELESS (sizeof(senseless) / sizeof(senseless[0]))

static void test_ffa_memory_C8_F11_answers_without_sense(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2U * SENSELESS; i++) {
		uint32_t fid = i % 2U != 0U ? BENCH_SHARE : BENCH_LEND;

		open_lying(fid, senseless[i / 2U], 0, 0, 0);
		assert_int_equal(share_two(fid), AB);
		assert_doubt(fid);
		assert_int_equal(bench_ffa.strange, 1);
		/* again, with other pages: the mediator goes on */
		lies = 0;
		struct bench_send send = bench_send_of(BENCH_SHARE, &one, 1);

		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		bench_ffa_close(1, 1);
	}
}

/* A11: "it failed" without a code is not believed where pages are at stake. */
static void test_ffa_memory_A11_errors_without_a_code(void **state)
{
	static const uint64_t codes[] = {0, 1, 0x7fffffff, 0xffffffff00000000};

	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		open_lying(BENCH_SHARE, 0x84000060, 0, codes[i], 0);
		assert_int_equal(share_two(BENCH_SHARE), AB);
		assert_doubt(BENCH_SHARE);
		bench_ffa_close(1, 1);
	}
}

static void test_ffa_memory_C8_answers_to_reclaim(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2U * SENSELESS; i++) {
		uint32_t fid = i % 2U != 0U ? BENCH_SHARE : BENCH_LEND;

		open_lying(BENCH_RECLAIM, senseless[i / 2U], 0, 0, 0);
		assert_int_equal(share_two(fid), 0);
		assert_int_equal(bench_reclaim(handle, 0), AB);
		assert_doubt(fid);
		/* firmware does not know the handle any more: that is no proof */
		assert_int_equal(bench_reclaim(handle, 0), IP);
		assert_doubt(fid);
		bench_ffa_close(1, 1);
	}
}

/* A later reclaim that succeeds ends the doubt, cleared if it was asked for. */
static bool swallow(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if ((uint32_t)x[0] != BENCH_RECLAIM || lies == 0U)
		return false;
	lies--;
	fake_spmc_words(x, 0x84000062, 0, 0, 0);
	return true;
}

static void test_ffa_memory_Q3_reclaim_ends_the_doubt(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		uint32_t fid = i % 2U != 0U ? BENCH_SHARE : BENCH_LEND;

		open_lying(0, 0, 0, 0, 0);
		bench_spmc.before = swallow;
		assert_int_equal(share_two(fid), 0);
		for (lies = 1 + i / 2U; lies > 0U;) {
			assert_int_equal(bench_reclaim(handle, 0), AB);
			assert_doubt(fid);
		}
		memset(bench_ram(two[0].base), 0x5e, PAGE);
		assert_int_equal(bench_reclaim(handle, i / 2U), 0);
		assert_int_equal(bench_ram(two[0].base)[9], i / 2U != 0U ? 0 : 0x5e);
		assert_home(&two[0]);
		assert_home(&two[1]);
		assert_true(fake_said("[ffa-cleared]"));
		bench_ffa_close(0, 0);
	}
}

/* ---- F9: fragments ---- */

static void test_ffa_memory_F9_whole_send_is_asked_for_more(void **state)
{
	(void)state;
	open_lying(BENCH_SHARE, BENCH_FRAG_RX, 0, 0x123, 128);
	assert_int_equal(share_two(BENCH_SHARE), AB);
	assert_doubt(BENCH_SHARE);
	bench_ffa_close(1, 1);
}

static void assert_lost(uint32_t ranges)
{
	for (uint32_t i = 0; i < ranges; i++)
		assert_away(&many[i], LEDGER_SHARED_QUARANTINED);
	bench_ffa_check(1, 1);
	assert_int_equal(bench_ffa.host.half_sent, 1);
}

static void test_ffa_memory_F9_first_fragment(void **state)
{
	static const struct {
		uint64_t x0, x1, x2, x3;
	} rows[] = {
	    {BENCH_SUCCESS, 0, 0, 0x123},    /* early */
	    {BENCH_FRAG_RX, 0, 0x123, 4080}, /* other offsets */
	    {BENCH_FRAG_RX, 0, 0x123, 0},
	    {BENCH_FRAG_RX, 0, 0x123, 8192},
	    {BENCH_FRAG_RX, 0, 0x80000123, 4096}, /* M13 */
	    {BENCH_FRAG_RX, 0xffffffff, 0xffffffff, 4096},
	    {0x84000062, 0, 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_send send;

		open_lying(BENCH_SHARE, rows[i].x0, rows[i].x1, rows[i].x2, rows[i].x3);
		send = bench_send_of(BENCH_SHARE, many, 600);
		assert_int_equal(bench_transmit_first(&send, 250, &handle), AB);
		assert_lost(250);
		assert_int_equal(bench_transmit_more(&send, 0x12300000000, 250, 256), IP);
		bench_ffa_close(1, 1);
	}
}

static void test_ffa_memory_F9_later_fragment(void **state)
{
	static const struct {
		uint64_t x0, x1, x2, x3;
	} rows[] = {
	    {BENCH_FRAG_RX, 0, 0x123, 4096},                               /* as before */
	    {BENCH_FRAG_RX, 1, 0x123, 8192},                               /* another handle */
	    {BENCH_FRAG_RX, 0, 0x124, 8192}, {BENCH_SUCCESS, 0, 0, 0x123}, /* early */
	    {BENCH_SUCCESS, 0, 1, 0x123},    {0x8400007b, 0, 0x123, 8192}, {0x84000062, 0, 0, 0},
	    {0x8400006c, 0, 0, 0},           {0x84000060, 0, 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_send send;

		open_lying(BENCH_FRAG_TX, rows[i].x0, rows[i].x1, rows[i].x2, rows[i].x3);
		send = bench_send_of(BENCH_SHARE, many, 600);
		assert_int_equal(bench_transmit_first(&send, 250, &handle), 1);
		assert_int_equal(bench_transmit_more(&send, handle, 250, 256), AB);
		assert_lost(506);
		assert_int_equal(bench_transmit_more(&send, handle, 506, 94), IP);
		/* once firmware lets go of it, everything is as it was */
		bench_spmc.half = SPMC_HALF_RECLAIMED;
		assert_int_equal(bench_reclaim(handle, 0), 0);
		for (unsigned n = 0; n < 600U; n++)
			assert_home(&many[n]);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_F9_success_is_missing(void **state)
{
	struct bench_send send;

	(void)state;
	open_lying(BENCH_FRAG_TX, BENCH_FRAG_RX, 0, 0x123, 96 + 300 * 16);
	send = bench_send_of(BENCH_SHARE, many, 300);
	assert_int_equal(bench_transmit_first(&send, 250, &handle), 1);
	assert_int_equal(bench_transmit_more(&send, handle, 250, 50), AB);
	assert_lost(300);
	bench_ffa_close(1, 1);
}

/* ---- F10: pauses ---- */

static unsigned pauses, resumed;
static uint64_t paused[SMCCC_REGISTERS];

static bool pause(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if ((uint32_t)x[0] == RESUME) {
		assert_int_equal(x[1] | x[2] << 32, 0x12300000000);
		resumed++;
		memcpy(x, paused, sizeof(paused));
	} else if ((uint32_t)x[0] != BENCH_SHARE && (uint32_t)x[0] != BENCH_RECLAIM) {
		return false;
	} else {
		memcpy(paused, x, sizeof(paused));
	}
	if (pauses == 0U)
		return false; /* now it is done */
	pauses--;
	fake_spmc_words(x, PAUSE, 0, 0x123, 0);
	return true;
}

static void test_ffa_memory_F10_pauses_are_resumed(void **state)
{
	(void)state;
	open_lying(0, 0, 0, 0, 0);
	bench_spmc.before = pause;
	resumed = 0;
	pauses = 3;
	assert_int_equal(share_two(BENCH_SHARE), 0);
	assert_int_equal(resumed, 3);
	pauses = 5;
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(resumed, 8);
	assert_home(&two[0]);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_F10_pauses_without_end(void **state)
{
	(void)state;
	open_lying(0, 0, 0, 0, 0);
	bench_spmc.before = pause;
	pauses = ~0U;
	resumed = 0;
	assert_int_equal(share_two(BENCH_SHARE), AB);
	assert_true(resumed > 8U && resumed < 200U);
	assert_doubt(BENCH_SHARE);
	bench_ffa_close(1, 1);
}

/* ---- M13: handles ---- */

static void test_ffa_memory_M13_handles_that_firmware_may_not_give(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3U; i++) {
		static const uint64_t high[] = {0x80000000, 0x80000123, 0xffffffff};

		open_lying(BENCH_LEND, BENCH_SUCCESS, 0, i == 2U ? 0xffffffff : 0, high[i]);
		assert_int_equal(share_two(BENCH_LEND), AB);
		assert_doubt(BENCH_LEND);
		assert_int_equal(bench_reclaim(high[i] << 32, 0), IP);
		bench_ffa_close(1, 1);
	}
}

static void test_ffa_memory_M13_same_handle_twice(void **state)
{
	uint64_t first;
	struct bench_send send;

	(void)state;
	open_lying(BENCH_SHARE, BENCH_SUCCESS, 0, 0, 0x123);
	lies = 0;
	send = bench_send_of(BENCH_SHARE, &one, 1);
	assert_int_equal(bench_transmit(&send, &first), 0);
	lies = 1;
	assert_int_equal(share_two(BENCH_SHARE), AB);
	assert_away(&two[0], LEDGER_SHARED_QUARANTINED);
	assert_away(&one, LEDGER_SHARED);
	bench_ffa_check(2, 1);
	/* the handle is the first one's */
	assert_int_equal(bench_reclaim(first, 0), 0);
	assert_home(&one);
	assert_away(&two[0], LEDGER_SHARED_QUARANTINED);
	bench_ffa_close(1, 1);
}

/* ---- several CPUs: another one's call inside of this one's call into firmware ---- */

static int (*inside)(void);
static int inside_code;
static uint32_t inside_of;
static bool inside_after;
static uint64_t handle_of_inside;

static void run_inside(uint32_t fid)
{
	int (*call)(void) = inside;

	if (fid != inside_of || call == NULL)
		return;
	inside = NULL;
	fake_cpu = 1;
	inside_code = call();
	fake_cpu = 0;
}

static bool enter_before(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if (!inside_after)
		run_inside((uint32_t)x[0]);
	return false;
}

static void enter_after(struct fake_spmc *spmc, const uint64_t asked[SMCCC_REGISTERS],
			uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	(void)x;
	if (inside_after)
		run_inside((uint32_t)asked[0]);
}

static void open_crowded(uint32_t of, bool after, int (*call)(void))
{
	bench_ffa_open(&bench_usual);
	bench_spmc.before = enter_before;
	bench_spmc.after = enter_after;
	inside_of = of;
	inside_after = after;
	inside = call;
	inside_code = 99;
}

static int reclaim_too(void)
{
	return bench_reclaim(handle, 0);
}

static int share_one(void)
{
	struct bench_send send = bench_send_of(BENCH_SHARE, &one, 1);

	return bench_transmit(&send, &handle_of_inside);
}

static int donate_page(void)
{
	return (int)bench_donate(two[0].base, 1).status;
}

static void test_ffa_memory_C2_reclaim_on_two_cpus(void **state)
{
	(void)state;
	for (unsigned after = 0; after < 2U; after++) {
		open_crowded(BENCH_RECLAIM, after != 0U, reclaim_too);
		assert_int_equal(share_two(BENCH_LEND), 0);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_int_equal(inside_code, BZ);
		assert_int_equal(bench_spmc.calls, 2);
		assert_home(&two[0]);
		bench_ffa_close(0, 0);
	}
}

/* C1: whoever comes while firmware is asked finds the pages gone already. */
static void test_ffa_memory_C1_pages_leave_before_firmware_hears_of_them(void **state)
{
	(void)state;
	for (unsigned after = 0; after < 2U; after++) {
		open_crowded(BENCH_SHARE, after != 0U, donate_page);
		assert_int_equal(share_two(BENCH_SHARE), 0);
		assert_int_equal(inside_code, LEDGER_DENIED);
		/* nor do they come back before firmware let go of them */
		inside_of = BENCH_RECLAIM;
		inside = donate_page;
		inside_code = 99;
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_int_equal(inside_code, LEDGER_DENIED);
		bench_ffa_close(0, 0);
	}
}

/* No lock is held: one share can happen inside the reclaim of another. */
static void test_ffa_memory_C6_share_during_a_reclaim(void **state)
{
	(void)state;
	open_crowded(BENCH_RECLAIM, false, share_one);
	assert_int_equal(share_two(BENCH_SHARE), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(inside_code, 0);
	assert_home(&two[0]);
	assert_away(&one, LEDGER_SHARED);
	assert_int_equal(bench_reclaim(handle_of_inside, 0), 0);
	bench_ffa_close(0, 0);
}

/* The gate is another CPU's, which is in firmware: BUSY after a while, and reclaim is not kept. */
static void run_clock(void)
{
	fake.counter += 62500000ULL / 2U;
}

static void test_ffa_memory_C6_share_during_a_share_is_busy(void **state)
{
	uint64_t first;

	(void)state;
	open_crowded(BENCH_SHARE, false, share_one);
	fake.relax = run_clock;
	assert_int_equal(share_two(BENCH_SHARE), 0);
	first = handle;
	assert_int_equal(inside_code, BZ);
	assert_home(&one);
	inside = reclaim_too;
	assert_int_equal(share_one(), 0);
	assert_int_equal(inside_code, 0);
	assert_int_equal(bench_reclaim(first, 0), IP);
	assert_int_equal(bench_reclaim(handle_of_inside, 0), 0);
	bench_ffa_close(0, 0);
}

/* Firmware gives a handle anew as soon as it is free, before the reclaim is back: no lie. */
static int share_with_same_handle(void)
{
	bench_spmc.handle = handle;
	return share_one();
}

static void test_ffa_memory_M13_handle_given_again_at_once(void **state)
{
	(void)state;
	open_crowded(BENCH_RECLAIM, true, share_with_same_handle);
	assert_int_equal(share_two(BENCH_SHARE), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_int_equal(inside_code, 0);
	assert_int_equal(handle_of_inside, handle);
	assert_home(&two[0]);
	assert_away(&one, LEDGER_SHARED);
	bench_ffa_check(1, 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_home(&one);
	bench_ffa_close(0, 0);
}

/* It gave the handle anew and then refuses the reclaim: whose are the first one's pages? */
static void refuse_reclaim(struct fake_spmc *spmc, const uint64_t asked[SMCCC_REGISTERS],
			   uint64_t x[SMCCC_REGISTERS])
{
	enter_after(spmc, asked, x);
	if ((uint32_t)asked[0] == BENCH_RECLAIM && lies > 0U) {
		lies--;
		fake_spmc_error(x, DN);
	}
}

static void test_ffa_memory_M13_handle_given_again_and_refused(void **state)
{
	(void)state;
	open_crowded(BENCH_RECLAIM, true, share_with_same_handle);
	bench_spmc.after = refuse_reclaim;
	lies = 1;
	assert_int_equal(share_two(BENCH_SHARE), 0);
	assert_int_equal(bench_reclaim(handle, 0), AB);
	assert_away(&two[0], LEDGER_SHARED_QUARANTINED);
	assert_away(&one, LEDGER_SHARED);
	bench_ffa_check(2, 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_home(&one);
	bench_ffa_close(1, 1);
}

/* F4, F5: a fragment on one CPU while another has one of the same transaction in firmware. */
static struct bench_send parts;

static int same_fragment(void)
{
	return bench_transmit_more(&parts, handle, 10, 10);
}

static int reclaim_half(void)
{
	return bench_reclaim(handle, 0);
}

static void test_ffa_memory_F4_two_cpus_with_one_transaction(void **state)
{
	int (*calls[])(void) = {same_fragment, reclaim_half};

	(void)state;
	for (unsigned i = 0; i < 2U; i++) {
		open_crowded(BENCH_FRAG_TX, false, calls[i]);
		for (unsigned n = 0; n < 20U; n++)
			many[n] = (struct bench_range){BANK_A + 2U * n * PAGE, 1};
		parts = bench_send_of(BENCH_SHARE, many, 20);
		assert_int_equal(bench_transmit_first(&parts, 10, &handle), 1);
		assert_int_equal(bench_transmit_more(&parts, handle, 10, 10), 0);
		assert_int_equal(inside_code, BZ);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		bench_ffa_close(0, 0);
	}
}

/* ---- real threads ---- */

#define ROUNDS 400U

static unsigned failures;

static void *share_and_reclaim(void *argument)
{
	unsigned cpu = (unsigned)(uintptr_t)argument;

	fake_cpu = cpu;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t own = BANK_A + (16U + cpu) * PAGE, x[SMCCC_REGISTERS] = {BENCH_RECLAIM};
		uint8_t bytes[112];
		struct bench_range page = {own, 1};
		struct bench_send send = bench_send_of(BENCH_SHARE, &page, 1);

		/* all CPUs have one TX, and write the same into it but for the page */
		bench_write(&send, bytes);
		bench_copy(bench_ram(BENCH_TX), bytes, sizeof(bytes));
		x[0] = BENCH_SHARE;
		x[1] = x[2] = sizeof(bytes);
		ffa_call(&bench_ffa, &bench_ffa.host, cpu, x);
		if (x[0] != BENCH_SUCCESS)
			continue; /* another one wrote its page there, which is away already */
		uint64_t made = x[2] | x[3] << 32;

		memset(x, 0, sizeof(x));
		x[0] = BENCH_RECLAIM;
		x[1] = (uint32_t)made;
		x[2] = made >> 32;
		ffa_call(&bench_ffa, &bench_ffa.host, cpu, x);
		if (x[0] != BENCH_SUCCESS)
			__atomic_fetch_add(&failures, 1U, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void test_ffa_memory_C1_D21_threads(void **state)
{
	pthread_t threads[4];
	struct bench_range pages = {BANK_A + 16 * PAGE, 4};

	(void)state;
	bench_ffa_open(&bench_usual);
	failures = 0;
	for (uintptr_t i = 0; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, share_and_reclaim, (void *)i),
				 0);
	for (unsigned i = 0; i < 4U; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
	assert_home(&pages);
	bench_ffa_close(0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_A9_A10_success_is_success),
	    cmocka_unit_test(test_ffa_memory_A11_errors_without_a_code),
	    cmocka_unit_test(test_ffa_memory_C8_F11_answers_without_sense),
	    cmocka_unit_test(test_ffa_memory_C8_answers_to_reclaim),
	    cmocka_unit_test(test_ffa_memory_Q3_reclaim_ends_the_doubt),
	    cmocka_unit_test(test_ffa_memory_F9_whole_send_is_asked_for_more),
	    cmocka_unit_test(test_ffa_memory_F9_first_fragment),
	    cmocka_unit_test(test_ffa_memory_F9_later_fragment),
	    cmocka_unit_test(test_ffa_memory_F9_success_is_missing),
	    cmocka_unit_test(test_ffa_memory_F10_pauses_are_resumed),
	    cmocka_unit_test(test_ffa_memory_F10_pauses_without_end),
	    cmocka_unit_test(test_ffa_memory_M13_handles_that_firmware_may_not_give),
	    cmocka_unit_test(test_ffa_memory_M13_same_handle_twice),
	    cmocka_unit_test(test_ffa_memory_M13_handle_given_again_at_once),
	    cmocka_unit_test(test_ffa_memory_M13_handle_given_again_and_refused),
	    cmocka_unit_test(test_ffa_memory_C1_pages_leave_before_firmware_hears_of_them),
	    cmocka_unit_test(test_ffa_memory_C1_D21_threads),
	    cmocka_unit_test(test_ffa_memory_C2_reclaim_on_two_cpus),
	    cmocka_unit_test(test_ffa_memory_C6_share_during_a_reclaim),
	    cmocka_unit_test(test_ffa_memory_C6_share_during_a_share_is_busy),
	    cmocka_unit_test(test_ffa_memory_F4_two_cpus_with_one_transaction),
	};

	return cmocka_run_group_tests_name("ffa_memory_lies", tests, NULL, NULL);
}
