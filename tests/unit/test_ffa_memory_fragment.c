/* SPDX-License-Identifier: Apache-2.0 */
/* FFA_MEM_FRAG_TX, half-sent transactions and how they end: rows F and Q13 of the catalogue. */
#include <string.h>

#include "cases.h"
#include "ffa_bench.h"

#define IP (-2)
#define NM (-3)
#define BZ (-4)
#define DN (-6)
#define NS (-1)

#define MANY   1100U
#define SECOND 62500000ULL

static struct bench_range many[MANY];
static struct bench_send send;
static uint64_t handle;

static struct bench_setup large(void)
{
	struct bench_setup setup = bench_usual;

	setup.capacity.transactions = 16;
	setup.capacity.ranges = 16384;
	return setup;
}

/* `count` ranges of one page each; a shared transaction. */
static void open_with(const struct bench_setup *setup, uint32_t count)
{
	for (unsigned i = 0; i < MANY; i++)
		many[i] = (struct bench_range){
		    (i < 700U ? BANK_A : BANK_C - 1400U * PAGE) + 2U * i * PAGE, 1};
	bench_ffa_open(setup);
	send = bench_send_of(BENCH_SHARE, many, count);
}

static void assert_all_home(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		assert_home(&many[i]);
}

static void assert_all_away(uint32_t count, enum ledger_state state)
{
	for (uint32_t i = 0; i < count; i++)
		assert_away(&many[i], state);
}

/* All of it, `step` ranges at a time after the first `first`. */
static void transmit(uint32_t first, uint32_t step)
{
	assert_int_equal(bench_transmit_first(&send, first, &handle), 1);
	assert_int_equal(bench_ffa.host.half_sent, 1);
	for (uint32_t at = first; at < send.count; at += step) {
		uint32_t count = send.count - at < step ? send.count - at : step;

		fake_cpu = (fake_cpu + 1U) % 4U; /* F5: from any CPU */
		assert_int_equal(bench_transmit_more(&send, handle, at, count),
				 at + count == send.count ? 0 : 1);
	}
	assert_int_equal(bench_ffa.host.half_sent, 0);
}

static void test_ffa_memory_F5_fragments_from_any_cpu(void **state)
{
	static const uint32_t rows[][3] = {{1000, 250, 256}, {1000, 1, 100}, {300, 0, 7},
					   {16, 15, 1},      {31, 15, 15},   {40, 16, 3}};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bench_setup setup = large();
		const struct fake_share *share;

		open_with(&setup, rows[i][0]);
		transmit(rows[i][1], rows[i][2]);
		assert_all_away(rows[i][0], LEDGER_SHARED);
		share = fake_spmc_find(&bench_spmc, handle);
		for (uint32_t n = 0; n < rows[i][0]; n++)
			assert_int_equal(memcmp(share->bytes + 96 + n * 16U, &many[n].base, 8), 0);
		/* full buffers, but for the last one */
		assert_true(bench_spmc.calls <= 2U + (rows[i][0] + 5U) / 256U);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_all_home(rows[i][0]);
		bench_ffa_close(0, 0);
	}
}

/* Each version of caller and of firmware; the caller's offsets are its own. */
static void test_ffa_memory_F13_layouts_of_two_versions(void **state)
{
	(void)state;
	for (uint32_t firmware = 0x10000; firmware <= 0x10002U; firmware++) {
		for (uint32_t host = 0x10000; host <= firmware; host++) {
			struct bench_setup setup = large();

			setup.firmware = firmware;
			setup.host = host;
			open_with(&setup, 700);
			/* exactly one page, which grows beyond it */
			transmit((4096U - bench_head(&send)) / 16U, 256);
			assert_all_away(700, LEDGER_SHARED);
			assert_int_equal(fake_spmc_reaches(&bench_spmc, many[699].base), 1);
			assert_int_equal(bench_reclaim(handle, 0), 0);
			assert_all_home(700);
			bench_ffa_close(0, 0);
		}
	}
}

/* The caller sends it in one piece, which is too much for firmware. */
static void test_ffa_memory_F13_one_piece_becomes_several(void **state)
{
	(void)state;
	for (uint32_t host = 0x10000; host <= 0x10002U; host++) {
		struct bench_setup setup = large();

		setup.host = host;
		setup.buffer_pages = 16;
		open_with(&setup, MANY);
		assert_int_equal(bench_transmit(&send, &handle), 0);
		assert_int_equal(bench_spmc.calls, 1 + (MANY - 250 + 255) / 256);
		assert_all_away(MANY, LEDGER_SHARED);
		assert_int_equal(bench_reclaim(handle, 0), 0);
		assert_all_home(MANY);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_F13_larger_buffers_of_firmware(void **state)
{
	struct bench_setup setup = large();

	(void)state;
	setup.firmware_buffer = 65536;
	open_with(&setup, MANY);
	transmit(250, 256);
	assert_int_equal(bench_spmc.calls, 2); /* what does not fill a buffer waits */
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_F1_F5_wrong_handle_or_sender(void **state)
{
	const struct bench_setup setup = large();
	uint64_t x[SMCCC_REGISTERS], other;
	static const struct bench_range page = {BANK_C + 900 * PAGE, 1};
	struct bench_send small;

	(void)state;
	open_with(&setup, 40);
	assert_int_equal(bench_transmit_more(&send, 0x12300000000, 10, 10), IP);
	assert_int_equal(bench_transmit_first(&send, 10, &handle), 1);
	small = bench_send_of(BENCH_SHARE, &page, 1);
	assert_int_equal(bench_transmit(&small, &other), 0);
	bench_spmc.calls = 0;
	assert_int_equal(bench_transmit_more(&send, handle + 7U, 10, 10), IP);
	assert_int_equal(bench_transmit_more(&send, handle | 1ULL << 63, 10, 10), IP);
	assert_int_equal(bench_transmit_more(&send, other, 10, 10), IP); /* complete */
	for (unsigned i = 0; i < 3U; i++) {
		static const uint32_t senders[] = {1, 0x20000, 0x80010000};

		bench_call(x, BENCH_FRAG_TX, (uint32_t)handle, handle >> 32, 160, senders[i]);
		assert_int_equal(bench_code(x), IP);
	}
	assert_int_equal(bench_spmc.calls, 0); /* no reclaim of anything */
	assert_all_away(10, LEDGER_SHARED);
	/* its own identifier is fine, and the transaction goes on */
	assert_int_equal(bench_transmit_more(&send, handle, 10, 10), 1);
	bench_call(x, BENCH_FRAG_TX, (uint32_t)handle, handle >> 32, 320, 0x10000);
	assert_int_not_equal(bench_code(x), 1); /* these ranges were sent: claimed twice */
	assert_int_equal(bench_reclaim(other, 0), 0);
	assert_all_home(40);
	bench_ffa_close(0, 0);
}

/*
 * F2, F3, F7: a fragment that is wrong in itself ends its transaction, whatever firmware does with
 * what it has.
 */
enum mistake {
	FOREIGN_PAGE,
	DEVICE,
	TWICE,
	UNALIGNED,
	EMPTY,
	ODD,
	TOO_LONG,
	TOO_MANY_PAGES,
	TOO_FEW_PAGES,
	MISTAKES,
};

static int make_mistake(enum mistake mistake)
{
	uint64_t x[SMCCC_REGISTERS];

	switch (mistake) {
	case FOREIGN_PAGE:
		assert_done(bench_donate(many[25].base, 1));
		break;
	case DEVICE:
		many[25].base = BANK_A - PAGE;
		break;
	case TWICE:
		many[25].base = many[3].base;
		break;
	case UNALIGNED:
		many[25].base++;
		break;
	case EMPTY:
	case ODD:
		bench_call(x, BENCH_FRAG_TX, (uint32_t)handle, handle >> 32,
			   mistake == ODD ? 15 : 0, 0);
		return bench_code(x);
	case TOO_LONG:
		bench_call(x, BENCH_FRAG_TX, (uint32_t)handle, handle >> 32, 31 * 16, 0);
		return bench_code(x);
	case TOO_MANY_PAGES:
		many[25].pages = 17;
		break;
	default:
		send.count = 40;
		many[39].pages = 2;
		assert_int_equal(bench_transmit_more(&send, handle, 10, 29), 1);
		return bench_transmit_more(&send, handle, 39, 1);
	}
	return bench_transmit_more(&send, handle, 10, 20);
}

static void test_ffa_memory_F2_F3_F7_wrong_fragment_aborts(void **state)
{
	static const enum fake_spmc_half kinds[] = {SPMC_HALF_DROPPED, SPMC_HALF_KEPT,
						    SPMC_HALF_RECLAIMED};

	(void)state;
	for (unsigned i = 0; i < 3U * MISTAKES; i++) {
		enum mistake mistake = (enum mistake)(i % MISTAKES);
		const struct bench_setup setup = large();
		int code;

		open_with(&setup, 40);
		bench_spmc.half = kinds[i / MISTAKES];
		assert_int_equal(bench_transmit_first(&send, 10, &handle), 1);
		code = make_mistake(mistake);
		assert_int_equal(code, mistake == FOREIGN_PAGE || mistake == TWICE ? DN : IP);
		/* firmware has nothing of it, and the host has all */
		assert_int_equal(fake_spmc_count(&bench_spmc, false), 0);
		assert_int_equal(fake_spmc_count(&bench_spmc, true), 0);
		assert_all_home(10);
		bench_ffa_check(0, 0);
		assert_int_equal(bench_transmit_more(&send, handle, 10, 10), IP);
		if (mistake == FOREIGN_PAGE)
			assert_done(bench_give_back(many[25].base, 1));
		bench_ffa_close(0, 0);
	}
}

/* Many fragments are missing: all of them are sent, so that the last one can be refused. */
static void test_ffa_memory_F2_abort_of_a_long_one(void **state)
{
	const struct bench_setup setup = large();

	(void)state;
	open_with(&setup, 1000);
	bench_spmc.half = SPMC_HALF_KEPT;
	assert_int_equal(bench_transmit_first(&send, 100, &handle), 1);
	many[150].base = BANK_A_END;
	assert_int_equal(bench_transmit_more(&send, handle, 100, 100), IP);
	assert_int_equal(fake_spmc_count(&bench_spmc, false), 0);
	assert_all_home(100);
	bench_ffa_close(0, 0);
}

/* Firmware lets go of nothing: in doubt, told, and the caller has one less. */
static void test_ffa_memory_Q13_stranded(void **state)
{
	const struct bench_setup setup = large();

	(void)state;
	open_with(&setup, 40);
	assert_int_equal(bench_transmit_first(&send, 10, &handle), 1);
	bench_spmc.half = SPMC_HALF_FOR_EVER;
	many[25].base = BANK_A_END;
	assert_int_equal(bench_transmit_more(&send, handle, 10, 20), IP);
	assert_all_away(10, LEDGER_SHARED_QUARANTINED);
	assert_int_equal(bench_ffa.stranded, 1);
	assert_int_equal(bench_ffa.host.half_sent, 1);
	assert_true(fake_said("[ffa-half-sent]"));
	assert_true(fake_said("[ffa-doubt]"));
	bench_ffa_check(1, 1);
	assert_int_equal(bench_reclaim(handle, 0), IP); /* as firmware says */
	assert_int_equal(bench_transmit_more(&send, handle, 10, 10), IP);
	/* when it is the better for it, a reclaim clears it */
	bench_spmc.half = SPMC_HALF_RECLAIMED;
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_true(fake_said("[ffa-cleared]"));
	assert_all_home(10);
	assert_int_equal(bench_ffa.stranded, 0);
	bench_ffa_close(0, 0);
}

/* A reclaim by the caller is an abort that leaves all as it was where firmware will not. */
static void test_ffa_memory_Q13_reclaim_of_a_half(void **state)
{
	const struct bench_setup setup = large();

	(void)state;
	open_with(&setup, 40);
	assert_int_equal(bench_transmit_first(&send, 10, &handle), 1);
	assert_int_equal(bench_reclaim(handle, 0), IP);
	assert_int_equal(bench_transmit_more(&send, handle, 10, 10), 1);
	bench_spmc.half = SPMC_HALF_RECLAIMED;
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_all_home(20);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_F4_F6_few_at_a_time(void **state)
{
	const struct bench_setup setup = large();
	uint64_t handles[FFA_HALF_SENT_MAX], more;
	struct bench_send parts[FFA_HALF_SENT_MAX + 1U];

	(void)state;
	open_with(&setup, 40);
	for (unsigned i = 0; i <= FFA_HALF_SENT_MAX; i++) {
		parts[i] = bench_send_of(BENCH_SHARE, &many[i * 40U], 40);
		if (i == FFA_HALF_SENT_MAX)
			break;
		fake_cpu = i % 4U;
		assert_int_equal(bench_transmit_first(&parts[i], 10, &handles[i]), 1);
	}
	assert_int_equal(bench_transmit_first(&parts[FFA_HALF_SENT_MAX], 10, &more), NM);
	assert_home(&many[FFA_HALF_SENT_MAX * 40U]);
	/* one in a single piece is no burden */
	assert_int_equal(bench_transmit(&parts[FFA_HALF_SENT_MAX], &more), 0);
	/* fragments of all of them by turns */
	for (unsigned at = 10; at < 40U; at += 10U)
		for (unsigned i = 0; i < FFA_HALF_SENT_MAX; i++)
			assert_int_equal(bench_transmit_more(&parts[i], handles[i], at, 10),
					 at == 30U ? 0 : 1);
	for (unsigned i = 0; i < FFA_HALF_SENT_MAX; i++)
		assert_int_equal(bench_reclaim(handles[i], 0), 0);
	assert_int_equal(bench_reclaim(more, 0), 0);
	assert_all_home(200);
	bench_ffa_close(0, 0);
}

/* F6, Q13: an old one makes room for a new one; a young one does not. */
static void test_ffa_memory_F6_old_ones_are_aborted(void **state)
{
	const struct bench_setup setup = large();
	uint64_t handles[FFA_HALF_SENT_MAX], more;
	struct bench_send parts[FFA_HALF_SENT_MAX + 1U];

	(void)state;
	open_with(&setup, 40);
	bench_spmc.half = SPMC_HALF_KEPT;
	for (unsigned i = 0; i <= FFA_HALF_SENT_MAX; i++) {
		parts[i] = bench_send_of(BENCH_SHARE, &many[i * 40U], 40);
		if (i < FFA_HALF_SENT_MAX)
			assert_int_equal(bench_transmit_first(&parts[i], 10, &handles[i]), 1);
	}
	fake.counter += (FFA_HALF_SENT_LIFE - 1U) * SECOND;
	assert_int_equal(bench_transmit_more(&parts[0], handles[0], 10, 10), 1);
	assert_int_equal(bench_transmit_first(&parts[FFA_HALF_SENT_MAX], 10, &more), NM);
	fake.counter += 2U * SECOND;
	assert_int_equal(bench_transmit_first(&parts[FFA_HALF_SENT_MAX], 10, &more), 1);
	assert_int_equal(bench_transmit_more(&parts[1], handles[1], 10, 10), IP); /* it is gone */
	assert_home(&many[40]);
	/* the one that moved on is young again */
	assert_int_equal(bench_transmit_more(&parts[0], handles[0], 20, 20), 0);
	assert_int_equal(bench_reclaim(handles[0], 0), 0);
	host_ffa_reset(&bench_ffa);
	bench_ffa_close(0, 0);
}

/* F12, L3: what a kernel half-sent goes with it. */
static void test_ffa_memory_F12_L3_restart_aborts(void **state)
{
	const struct bench_setup setup = large();
	uint64_t handles[2];
	struct bench_send parts[2];

	(void)state;
	for (unsigned kind = 0; kind < 2U; kind++) {
		open_with(&setup, 40);
		for (unsigned i = 0; i < 2U; i++) {
			parts[i] = bench_send_of(BENCH_LEND, &many[i * 40U], 40);
			assert_int_equal(bench_transmit_first(&parts[i], 10, &handles[i]), 1);
		}
		bench_spmc.half = kind == 0U ? SPMC_HALF_KEPT : SPMC_HALF_FOR_EVER;
		host_ffa_reset(&bench_ffa);
		if (kind == 0U) {
			assert_all_home(80);
			bench_ffa_close(0, 0);
		} else {
			assert_away(&many[0], LEDGER_LENT_QUARANTINED);
			assert_int_equal(bench_ffa.stranded, 2);
			assert_int_equal(bench_ffa.host.half_sent, 2);
			bench_ffa_close(2, 2);
		}
	}
}

/* F12: without TX nothing can go on; with it everything can. */
static void test_ffa_memory_F12_unmapped_in_between(void **state)
{
	const struct bench_setup setup = large();
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	open_with(&setup, 40);
	assert_int_equal(bench_transmit_first(&send, 10, &handle), 1);
	bench_call(x, 0x84000067, 0, 0, 0, 0);
	assert_int_equal(bench_code(x), 0);
	assert_int_equal(bench_transmit_more(&send, handle, 10, 30), IP);
	bench_call(x, 0xc4000066, BENCH_TX, BENCH_RX, 1, 0);
	assert_int_equal(bench_code(x), 0);
	assert_int_equal(bench_transmit_more(&send, handle, 10, 30), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_F8_head_in_pieces(void **state)
{
	const struct bench_setup setup = large();
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	open_with(&setup, 40);
	bench_write(&send, bench_ram(BENCH_TX));
	for (uint32_t size = 0; size < 96U; size += 8U) {
		bench_call(x, BENCH_SHARE, bench_total(&send), size, 0, 0);
		assert_int_equal(bench_code(x), IP);
	}
	bench_call(x, BENCH_SHARE, bench_total(&send), 104, 0, 0); /* half a range */
	assert_int_equal(bench_code(x), IP);
	assert_int_equal(bench_spmc.calls, 0);
	bench_ffa_close(0, 0);
}

/* M17: tables ran out in a later fragment: it may be sent again. */
static void test_ffa_memory_M17_fragment_can_be_repeated(void **state)
{
	static const struct bench_range ranges[] = {{BANK_A, 1}, {BANK_A + BLOCK, 1}};
	struct bench_setup setup = large();

	(void)state;
	setup.tables = 1;
	open_with(&setup, 1);
	send = bench_send_of(BENCH_LEND, ranges, 2);
	assert_int_equal(bench_transmit_first(&send, 1, &handle), 1);
	assert_int_equal(bench_transmit_more(&send, handle, 1, 1), NM);
	assert_away(&ranges[0], LEDGER_LENT);
	assert_int_equal(bench_transmit_more(&send, handle, 1, 1), NM);
	bench_spmc.half = SPMC_HALF_RECLAIMED;
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

/* D14: where firmware takes no flag, pages of every fragment are cleared here. */
static void test_ffa_memory_D14_clear_in_fragments(void **state)
{
	const struct bench_setup setup = large();

	(void)state;
	open_with(&setup, 40);
	bench_spmc.zeroes = false;
	send = bench_send_of(BENCH_LEND, many, 40);
	send.flags = 1;
	for (unsigned i = 0; i < 40U; i++)
		memset(bench_ram(many[i].base), 0x5e, PAGE);
	transmit(10, 15);
	for (unsigned i = 0; i < 40U; i++)
		assert_int_equal(bench_ram(many[i].base)[77], 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

/* Firmware refuses a fragment: everything that it had comes back. */
static unsigned refuse_at;
static int32_t refuse_with;

static bool refuse_fragment(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	(void)spmc;
	if ((uint32_t)x[0] != BENCH_FRAG_TX || refuse_at == 0U || --refuse_at != 0U)
		return false;
	fake_spmc_error(x, refuse_with);
	return true;
}

static void test_ffa_memory_F2_firmware_refuses_a_fragment(void **state)
{
	static const int32_t codes[] = {IP, NM, BZ, DN, -7, -8};

	(void)state;
	for (unsigned i = 0; i < 12U; i++) {
		const struct bench_setup setup = large();

		open_with(&setup, 800);
		bench_spmc.half = i % 2U != 0U ? SPMC_HALF_KEPT : SPMC_HALF_DROPPED;
		bench_spmc.before = refuse_fragment;
		refuse_with = codes[i / 2U];
		refuse_at = 2;
		assert_int_equal(bench_transmit_first(&send, 250, &handle), 1);
		assert_int_equal(bench_transmit_more(&send, handle, 250, 256), 1);
		assert_int_equal(bench_transmit_more(&send, handle, 506, 256), refuse_with);
		assert_all_home(800);
		assert_int_equal(fake_spmc_count(&bench_spmc, false), 0);
		bench_ffa_close(0, 0);
	}
}

/* More than 20 fragments, as one manager takes: it says so, and nothing is lost. */
static void test_ffa_memory_F6_too_many_fragments(void **state)
{
	const struct bench_setup setup = large();

	(void)state;
	open_with(&setup, 1000);
	bench_spmc.fragments_max = 3;
	assert_int_equal(bench_transmit_first(&send, 250, &handle), 1);
	assert_int_equal(bench_transmit_more(&send, handle, 250, 256), 1);
	assert_int_equal(bench_transmit_more(&send, handle, 506, 250), 1);
	assert_int_equal(bench_transmit_more(&send, handle, 756, 244), NM);
	assert_all_home(1000);
	bench_ffa_close(0, 0);
}

/* Firmware without FFA_MEM_FRAG_TX: what needs it is refused before it begins. */
static void test_ffa_memory_A5_firmware_without_fragments(void **state)
{
	struct bench_setup setup = large();

	(void)state;
	setup.buffer_pages = 16;
	open_with(&setup, 251);
	bench_ffa.offered32[0] &= ~(1U << (0x7b - 0x60));
	bench_ffa.offered64[0] &= ~(1U << (0x7b - 0x60));
	assert_int_equal(bench_transmit(&send, &handle), NM);
	assert_int_equal(bench_transmit_first(&send, 10, &handle), NM);
	assert_int_equal(bench_transmit_more(&send, 0, 0, 1), NS);
	send = bench_send_of(BENCH_SHARE, many, 250);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_F5_fragments_from_any_cpu),
	    cmocka_unit_test(test_ffa_memory_F13_layouts_of_two_versions),
	    cmocka_unit_test(test_ffa_memory_F13_one_piece_becomes_several),
	    cmocka_unit_test(test_ffa_memory_F13_larger_buffers_of_firmware),
	    cmocka_unit_test(test_ffa_memory_F1_F5_wrong_handle_or_sender),
	    cmocka_unit_test(test_ffa_memory_F2_F3_F7_wrong_fragment_aborts),
	    cmocka_unit_test(test_ffa_memory_F2_abort_of_a_long_one),
	    cmocka_unit_test(test_ffa_memory_F2_firmware_refuses_a_fragment),
	    cmocka_unit_test(test_ffa_memory_F4_F6_few_at_a_time),
	    cmocka_unit_test(test_ffa_memory_F6_old_ones_are_aborted),
	    cmocka_unit_test(test_ffa_memory_F6_too_many_fragments),
	    cmocka_unit_test(test_ffa_memory_F8_head_in_pieces),
	    cmocka_unit_test(test_ffa_memory_F12_L3_restart_aborts),
	    cmocka_unit_test(test_ffa_memory_F12_unmapped_in_between),
	    cmocka_unit_test(test_ffa_memory_Q13_stranded),
	    cmocka_unit_test(test_ffa_memory_Q13_reclaim_of_a_half),
	    cmocka_unit_test(test_ffa_memory_M17_fragment_can_be_repeated),
	    cmocka_unit_test(test_ffa_memory_D14_clear_in_fragments),
	    cmocka_unit_test(test_ffa_memory_A5_firmware_without_fragments),
	};

	return cmocka_run_group_tests_name("ffa_memory_fragment", tests, NULL, NULL);
}
