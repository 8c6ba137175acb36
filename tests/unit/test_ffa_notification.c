/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications of the host: rows C10, G9 to G12 and L3 of the catalogue of adversarial cases.
 */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "partner.h"

#define VERSION  0x84000063U
#define FEATURES 0x84000064U
#define ERROR    0x84000060U
#define SUCCESS  0x84000061U
#define CREATE   0x8400007dU
#define DESTROY  0x8400007eU
#define BIND     0x8400007fU
#define UNBIND   0x84000080U
#define SET      0x84000081U
#define GET      0x84000082U
#define INFO     0x84000083U
#define INFO64   0xc4000083U
#define SP       0x8001U
#define OTHER    0x8002U
#define HOST     1U

#define NOT_SUPPORTED 0xffffffffU
#define INVALID       0xfffffffeU
#define DENIED        0xfffffffaU
#define ABORTED       0xfffffff8U
#define NO_DATA       0xfffffff7U

static uint32_t pair(uint32_t high, uint32_t low)
{
	return high << 16 | low;
}

/* w1 to w4; garbage above, canaries beyond. Returns w0. */
static uint32_t call(uint64_t x[SMCCC_REGISTERS], uint32_t fid, uint32_t w1, uint32_t w2,
		     uint64_t bitmap)
{
	const uint64_t above = 0xdeadbeef00000000ULL;

	host_registers(x, fid, above | w1, above | w2, above | (uint32_t)bitmap);
	x[4] = above | bitmap >> 32;
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]); /* I5 */
	assert_true(host_untouched(x, 8));
	for (unsigned n = 0; n <= 7U && (fid & 0x40000000U) == 0U; n++)
		assert_int_equal(x[n] >> 32, 0);
	return (uint32_t)x[0];
}

/* 0, or the error; nothing else comes with it. */
static uint32_t ask(uint32_t fid, uint32_t w1, uint32_t w2, uint64_t bitmap)
{
	uint64_t x[SMCCC_REGISTERS];
	bool failed = call(x, fid, w1, w2, bitmap) == ERROR;

	assert_int_equal(x[0], failed ? ERROR : SUCCESS);
	assert_int_equal(x[1] | x[3] | x[4] | x[5] | x[6] | x[7], 0);
	return (uint32_t)x[2];
}

static void expect_refused(uint32_t fid, uint32_t w1, uint32_t w2, uint64_t bitmap, uint32_t code)
{
	unsigned before = partner_calls;

	assert_int_equal(ask(fid, w1, w2, bitmap), code);
	assert_int_equal(partner_calls, before);
}

/* ---- BIND, UNBIND ---- */

static void test_ffa_notification_bind_and_unbind(void **state)
{
	const uint64_t bits = 0x8000000100000003ULL;

	(void)state;
	for (uint32_t version = 0x10001; version <= 0x10002U; version++) {
		partner_boot(0x10002, version);
		assert_int_equal(ask(BIND, pair(SP, HOST), 0, bits), 0);
		assert_int_equal(partner_seen[0][0], BIND);
		assert_int_equal(partner_seen[0][1], pair(SP, HOST));
		assert_int_equal(partner_seen[0][2], 0);
		assert_int_equal(partner_seen[0][3], (uint32_t)bits);
		assert_int_equal(partner_seen[0][4], bits >> 32);
		for (unsigned n = 5; n < SMCCC_REGISTERS; n++)
			assert_int_equal(partner_seen[0][n], 0);
		assert_int_equal(host_hv.ffa.host.bound, bits);
		assert_int_equal(host_hv.ffa.host.holds, 1);
		/* Q1: layouts and ways depend on the version from here on */
		assert_int_equal(host_ask(VERSION, 0x10000, 0, 0), NOT_SUPPORTED);
		assert_int_equal(ask(BIND, pair(OTHER, HOST), 0, 4), 0);
		assert_int_equal(ask(UNBIND, pair(SP, HOST), 0, bits), 0);
		assert_int_equal(host_hv.ffa.host.holds, 1);
		assert_int_equal(ask(UNBIND, pair(OTHER, HOST), 0, 4), 0);
		assert_int_equal(partner_seen[3][0], UNBIND);
		assert_int_equal(host_hv.ffa.host.bound, 0);
		assert_int_equal(host_hv.ffa.host.holds, 0);
		assert_int_equal(host_ask(VERSION, 0x10000, 0, 0), 0x10002);
	}
}

/* OP-TEE's client tries the next bit when one is DENIED, and gives up with any other error. */
static void test_ffa_notification_G9_bound_already(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 0xf0), 0);
	expect_refused(BIND, pair(SP, HOST), 0, 0x10, DENIED);
	expect_refused(BIND, pair(OTHER, HOST), 0, 0x80, DENIED);
	expect_refused(BIND, pair(OTHER, HOST), 0, ~0ULL, DENIED);
	assert_int_equal(host_hv.ffa.host.bound, 0xf0); /* all of them, or none */
	assert_int_equal(ask(BIND, pair(OTHER, HOST), 0, 0x0f), 0);
}

static void test_ffa_notification_G9_what_cannot_be_bound(void **state)
{
	static const struct {
		uint32_t pair, flags;
		uint64_t bits;
	} rows[] = {
	    {0x80010001, 0, 0},          {0x80010002, 0, 1},          {0x80010000, 0, 1},
	    {0x80018001, 0, 1},          {0x00010001, 0, 1},          {0x00020001, 0, 1},
	    {0x00000001, 0, 1},          {0x80010001, 1, 1},          {0x80010001, 2, 1},
	    {0x80010001, 0x80000000, 1}, {0x80010001, 0x00030001, 1},
	};

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_refused(BIND, rows[i].pair, rows[i].flags, rows[i].bits, INVALID);
		expect_refused(UNBIND, rows[i].pair, rows[i].flags, rows[i].bits, INVALID);
	}
}

static void test_ffa_notification_unbind_what_another_has(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 3), 0);
	expect_refused(UNBIND, pair(OTHER, HOST), 0, 1, DENIED);
	expect_refused(UNBIND, pair(SP, HOST), 0, 7, DENIED);
	expect_refused(UNBIND, pair(SP, HOST), 0, 4, DENIED);
	partner_forget();
	partner_answer(ERROR, 0, DENIED); /* pending */
	assert_int_equal(ask(UNBIND, pair(SP, HOST), 0, 1), DENIED);
	assert_int_equal(host_hv.ffa.host.bound, 3);
}

/* A refusal leaves nothing behind; what is unknown is taken back, or stays claimed. */
static void test_ffa_notification_bind_that_fails(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(ERROR, 0, INVALID); /* nobody of that name */
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 1), INVALID);
	assert_int_equal(host_hv.ffa.host.bound, 0);
	assert_int_equal(host_hv.ffa.host.holds, 0);
	for (unsigned i = 0; i < 3U; i++) {
		static const uint64_t odd[] = {0x1234, 0x84000070, BIND};

		partner_forget();
		partner_answer(odd[i], 0, 0);
		partner_answer(ERROR, 0, DENIED);
		assert_int_equal(ask(BIND, pair(SP, HOST), 0, 1), ABORTED);
		assert_int_equal(partner_calls, 2);
		assert_int_equal(partner_seen[1][0], UNBIND);
		assert_int_equal(host_hv.ffa.host.bound, 0);
	}
	partner_forget();
	partner_answer(0x1234, 0, 0);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 1), ABORTED);
	assert_int_equal(host_hv.ffa.host.bound, 1);
	partner_forget();
	assert_int_equal(ask(UNBIND, pair(SP, HOST), 0, 1), 0);
	assert_int_equal(host_hv.ffa.host.bound, 0);
}

/* ---- SET ---- */

static void test_ffa_notification_set(void **state)
{
	static const struct {
		uint32_t pair, flags;
		uint64_t bits;
	} wrong[] = {
	    {0x00028001, 0, 1}, {0x00008001, 0, 1}, {0x80018001, 0, 1},     {0x00010001, 0, 1},
	    {0x00010002, 0, 1}, {0x00010000, 0, 1}, {0x00018001, 0, 0},     {0x00018001, 1, 1},
	    {0x00018001, 2, 1}, {0x00018001, 4, 1}, {0x00018001, 65537, 1},
	};

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_refused(SET, wrong[i].pair, wrong[i].flags, wrong[i].bits, INVALID);
	partner_answer(SUCCESS, 0, 0);
	partner_answer(ERROR, 0, DENIED); /* the partition did not bind it */
	assert_int_equal(ask(SET, pair(HOST, SP), 0, 1ULL << 40), 0);
	assert_int_equal(partner_seen[0][1], pair(HOST, SP));
	assert_int_equal(partner_seen[0][3], 0);
	assert_int_equal(partner_seen[0][4], 1U << 8);
	assert_int_equal(ask(SET, pair(HOST, SP), 0, 1), DENIED);
}

/* ---- GET ---- */

static void test_ffa_notification_G10_get(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	expect_refused(GET, pair(4, HOST), 1, 0, INVALID); /* of 4 vCPUs */
	expect_refused(GET, pair(0xffff, HOST), 1, 0, INVALID);
	expect_refused(GET, pair(0, 2), 1, 0, INVALID);
	expect_refused(GET, pair(0, SP), 1, 0, INVALID);
	expect_refused(GET, pair(0, 0), 1, 0, INVALID);
	for (unsigned bit = 4; bit < 32U; bit++)
		expect_refused(GET, pair(0, HOST), 1U << bit, 0, INVALID);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 0x8000000000000001ULL), 0);
	/* words that were not asked for, and halves that mean nothing, are garbage */
	for (uint32_t flags = 0; flags < 16U; flags++) {
		uint64_t *answer;

		partner_forget();
		answer = partner_answer(SUCCESS, partner_garbage(1), 0xffffffff00000001ULL);
		answer[3] = 0xffffffff80000000ULL;
		answer[6] = 0xfffffffffffffffeULL; /* RX is not full; the rest is reserved */
		assert_int_equal(call(x, GET, pair(3, HOST), flags, 0), SUCCESS);
		assert_int_equal(partner_calls, (flags & 5U) != 0U);
		if ((flags & 5U) != 0U) {
			assert_int_equal(partner_seen[0][1], pair(3, HOST));
			assert_int_equal(partner_seen[0][2], flags & 5U);
		}
		assert_int_equal(x[2], flags & 1U ? 1 : 0);
		assert_int_equal(x[3], flags & 1U ? 0x80000000U : 0);
		assert_int_equal(x[1] | x[4] | x[5] | x[6] | x[7], 0);
	}
	assert_int_equal(host_hv.ffa.strange, 0);
}

/* The bitmaps themselves are the hypervisor's to make and to drop. */
static void test_ffa_notification_G10_bitmaps_are_not_the_hosts(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	expect_refused(CREATE, HOST, 1, 0, NOT_SUPPORTED);
	expect_refused(CREATE, HOST, 0, 0, NOT_SUPPORTED);
	expect_refused(CREATE, 2, 1, 0, NOT_SUPPORTED);
	expect_refused(DESTROY, HOST, 0, 0, NOT_SUPPORTED);
	expect_refused(FEATURES, CREATE, 0, 0, NOT_SUPPORTED);
	expect_refused(FEATURES, DESTROY, 0, 0, NOT_SUPPORTED);
}

/* Bits that nobody may send do not arrive; those that may are not lost with them. */
static void test_ffa_notification_get_more_than_was_bound(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 6), 0);
	partner_forget();
	partner_answer(SUCCESS, 0, 0xff)[3] = 0xffffffff;
	assert_int_equal(call(x, GET, pair(0, HOST), 1, 0), SUCCESS);
	assert_int_equal(x[2], 6);
	assert_int_equal(x[3], 0);
	assert_int_equal(host_hv.ffa.strange, 1);
}

/* G12: what firmware keeps while nobody looks comes whole, and no CPU came here meanwhile. */
static void test_ffa_notification_G12_nothing_is_lost_while_nobody_looks(void **state)
{
	uint64_t x[SMCCC_REGISTERS];
	unsigned before;

	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, ~0ULL), 0);
	before = fake.calls;
	for (unsigned i = 0; i < 100U; i++)
		assert_int_equal(host_ask(0x84000069, 0, 0, 0), SUCCESS);
	assert_int_equal(fake.calls, before);
	partner_forget();
	partner_answer(SUCCESS, 0, 0xffffffff)[3] = 0xffffffff;
	assert_int_equal(call(x, GET, pair(0, HOST), 1, 0), SUCCESS);
	assert_int_equal(x[2], 0xffffffff);
	assert_int_equal(x[3], 0xffffffff);
}

/* ---- INFO_GET ---- */

static void test_ffa_notification_info(void **state)
{
	uint64_t x[SMCCC_REGISTERS], *answer;

	(void)state;
	/* three lists: 0x8001; 0x8002 with vCPUs 0 and 3; the host with vCPU 1 */
	for (unsigned i = 0; i < 4U; i++) {
		bool asked = (i & 1U) != 0U, answered = (i & 2U) != 0U;

		partner_boot(0x10002, 0x10002);
		answer = partner_answer(SUCCESS | (answered ? 0x40000000U : 0U), 0, 0x18181);
		if (answered) {
			answer[2] = 0x18181;
			answer[3] = 0x0003000080028001ULL;
			answer[4] = 0x0000000000010001ULL;
		} else {
			answer[2] |= 0xdeadbeef00000000ULL;
			answer[3] = 0xdeadbeef80028001ULL;
			answer[4] = 0xdeadbeef00030000ULL;
			answer[5] = 0xdeadbeef00010001ULL;
		}
		call(x, asked ? INFO64 : INFO, 0, 0, 0);
		assert_int_equal(partner_seen[0][0], asked ? INFO64 : INFO);
		for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
			assert_int_equal(partner_seen[0][n], 0);
		assert_int_equal(x[0], SUCCESS | (asked ? 0x40000000U : 0U));
		assert_int_equal(x[1], 0);
		assert_int_equal(x[2], 0x18181); /* more of them */
		assert_int_equal(x[3], asked ? 0x0003000080028001ULL : 0x80028001ULL);
		assert_int_equal(x[4], asked ? 0x0000000000010001ULL : 0x00030000ULL);
		assert_int_equal(x[5], asked ? 0 : 0x00010001U);
		assert_int_equal(x[6] | x[7], 0);
	}
	partner_boot(0x10002, 0x10002);
	partner_answer(ERROR, 0, NO_DATA);
	assert_int_equal(ask(INFO, 0, 0, 0), NO_DATA);
}

/* Firmware that says more than registers can hold: nothing of it reaches a client that believes. */
static void test_ffa_notification_C10_more_lists_than_there_is_room_for(void **state)
{
	static const struct {
		uint32_t call, name;
		uint64_t word; /* lists, their sizes */
	} rows[] = {
	    {INFO64, 0xc4000061, 31ULL << 7},
	    {INFO64, 0xc4000061, 21ULL << 7},
	    {INFO64, 0xc4000061, 20ULL << 7 | 1ULL << 12},
	    {INFO64, 0xc4000061, 6ULL << 7 | 0xfffULL << 12},
	    {INFO64, SUCCESS, 11ULL << 7},
	    {INFO64, SUCCESS, 10ULL << 7 | 3ULL << 30},
	    {INFO, SUCCESS, 31ULL << 7},
	    {INFO, SUCCESS, 11ULL << 7},
	    {INFO, SUCCESS, 0xdeadbeef00000000ULL | 3ULL << 7 | 0x3fULL << 12},
	    {INFO, 0xc4000061, 31ULL << 7},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		partner_boot(0x10002, 0x10002);
		partner_answer(rows[i].name, 0, rows[i].word);
		assert_int_equal(ask(rows[i].call, 0, 0, 0), ABORTED);
		assert_int_equal(host_hv.ffa.strange, 1);
	}
}

static void test_ffa_notification_C10_as_many_as_there_is_room_for(void **state)
{
	uint64_t x[SMCCC_REGISTERS], *answer;

	(void)state;
	partner_boot(0x10002, 0x10002);
	answer = partner_answer(0xc4000061, 0, 20ULL << 7);
	for (unsigned n = 3; n <= 7U; n++)
		answer[n] = 0x8004800380028001ULL;
	call(x, INFO64, 0, 0, 0);
	assert_int_equal(x[0], 0xc4000061);
	assert_int_equal(x[2], 20U << 7);
	for (unsigned n = 3; n <= 7U; n++)
		assert_int_equal(x[n], 0x8004800380028001ULL);
	/* the same to a call with room for ten: the rest is to be asked for */
	call(x, INFO, 0, 0, 0);
	assert_int_equal(x[0], SUCCESS);
	assert_int_equal(x[2], 10U << 7 | 1U);
	for (unsigned n = 3; n <= 7U; n++)
		assert_int_equal(x[n], n % 2U != 0U ? 0x80028001U : 0x80048003U);
	assert_int_equal(host_hv.ffa.strange, 0);
}

/* Virtual machines that the host has nothing to do with are not named. */
static void test_ffa_notification_C10_only_whom_it_concerns(void **state)
{
	uint64_t x[SMCCC_REGISTERS], *answer;

	(void)state;
	partner_boot(0x10002, 0x10002);
	answer = partner_answer(0xc4000061, 0, 3ULL << 7 | 1ULL << 12 | 2ULL << 14);
	answer[3] = 0x0001000200050007ULL; /* 7 with 5; 2 with 1 and 0x8001; 0x8003 */
	answer[4] = 0x0000000080038001ULL;
	call(x, INFO64, 0, 0, 0);
	assert_int_equal(x[2], 1U << 7);
	assert_int_equal(x[3], 0x8003);
	assert_int_equal(x[4], 0);
	/* and when nobody else is: there is nothing */
	partner_forget();
	partner_answer(0xc4000061, 0, 1U << 7)[3] = 7;
	assert_int_equal(ask(INFO64, 0, 0, 0), NO_DATA);
}

/* ---- whether there are any: G11 ---- */

static const uint32_t all[] = {BIND, UNBIND, SET, GET, INFO, INFO64};

static void expect_all(bool there)
{
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(host_ask(FEATURES, all[i], 0, 0), there ? SUCCESS : ERROR);
		if (!there)
			expect_refused(all[i], pair(SP, HOST), 0, 1, NOT_SUPPORTED);
	}
}

static void open_again(void)
{
	host_hv.ffa.host.notifications = false;
	host_hv.ffa.schedule_interrupt = 8;
	host_ffa_open(&host_hv.ffa_host, &host_hv.ffa, NULL);
}

static void test_ffa_notification_G11_all_or_nothing(void **state)
{
	static const uint32_t needed[] = {CREATE, BIND, UNBIND, SET, GET, INFO};
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	open_again();
	assert_int_equal(partner_seen[0][0], CREATE);
	assert_int_equal(partner_seen[0][1], HOST);
	assert_int_equal(partner_seen[0][2], 4); /* CPUs */
	expect_all(true);
	host_call(x, FEATURES, 2, 0, 0);
	assert_int_equal(x[0], SUCCESS);
	assert_int_equal(x[2], 8);
	/* nobody injects the other two */
	assert_int_equal(host_ask(FEATURES, 1, 0, 0), ERROR);
	assert_int_equal(host_ask(FEATURES, 3, 0, 0), ERROR);
	/* firmware lacks one of them */
	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		partner_boot(0x10002, 0x10002);
		partner_offer(needed[i], false);
		open_again();
		assert_int_equal(partner_calls, 0);
		expect_all(false);
		assert_int_equal(host_ask(FEATURES, 2, 0, 0), ERROR);
	}
	/* or refuses a bitmap */
	for (unsigned i = 0; i < 3U; i++) {
		static const uint32_t codes[] = {INVALID, 0xfffffffd, 0};

		partner_boot(0x10002, 0x10002);
		partner_answer(i == 2U ? 0x1234 : ERROR, 0, codes[i]);
		open_again();
		assert_int_equal(partner_calls, 1);
		expect_all(false);
		assert_int_equal(host_ask(FEATURES, 2, 0, 0), ERROR);
	}
	/* without an interrupt they are polled for */
	partner_boot(0x10002, 0x10002);
	open_again();
	host_hv.ffa.schedule_interrupt = 0;
	expect_all(true);
	assert_int_equal(host_ask(FEATURES, 2, 0, 0), ERROR);
}

static void test_ffa_notification_G11_not_in_1_0(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10000);
	open_again();
	partner_forget();
	expect_all(false);
	assert_int_equal(host_ask(FEATURES, 2, 0, 0), ERROR);
	partner_boot(0x10000, 0x10000);
	open_again();
	assert_int_equal(partner_calls, 0);
	expect_all(false);
}

/* B6's like: somebody before us had the identifier. */
static void test_ffa_notification_bitmaps_that_were_left_behind(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(ERROR, 0, DENIED);
	partner_answer(SUCCESS, 0, 0);
	open_again();
	assert_int_equal(partner_calls, 3);
	assert_int_equal(partner_seen[1][0], DESTROY);
	assert_int_equal(partner_seen[1][1], HOST);
	assert_int_equal(partner_seen[2][0], CREATE);
	assert_true(host_hv.ffa.host.notifications);
	partner_boot(0x10002, 0x10002);
	partner_answer(ERROR, 0, DENIED);
	open_again();
	assert_int_equal(partner_calls, 2);
	partner_forget();
	expect_all(false);
}

/* ---- a new kernel ---- */

static void test_ffa_notification_L3_a_new_kernel_has_none(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 0x11), 0);
	assert_int_equal(ask(BIND, pair(OTHER, HOST), 0, 0x22), 0);
	partner_forget();
	host_ffa_reset(&host_hv.ffa);
	assert_int_equal(partner_calls, 3);
	assert_int_equal(partner_seen[0][0], GET); /* what is pending cannot be unbound */
	assert_int_equal(partner_seen[1][0], UNBIND);
	assert_int_equal(partner_seen[1][1], pair(SP, HOST));
	assert_int_equal(partner_seen[1][3], 0x11);
	assert_int_equal(partner_seen[2][1], pair(OTHER, HOST));
	assert_int_equal(partner_seen[2][3], 0x22);
	assert_int_equal(host_hv.ffa.host.bound, 0);
	assert_int_equal(host_hv.ffa.host.holds, 0);
	partner_forget();
	host_ffa_reset(&host_hv.ffa); /* nothing is bound: firmware need not hear of it */
	assert_int_equal(partner_calls, 0);
	assert_int_equal(host_ask(VERSION, 0x10001, 0, 0), 0x10002);
	assert_int_equal(ask(BIND, pair(OTHER, HOST), 0, 0x11), 0);
}

static void test_ffa_notification_L3_firmware_that_does_not_let_go(void **state)
{
	(void)state;
	partner_boot(0x10002, 0x10002);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 1), 0);
	partner_forget();
	partner_answer(SUCCESS, 0, 0);    /* GET */
	partner_answer(ERROR, 0, DENIED); /* UNBIND */
	partner_answer(SUCCESS, 0, 0);    /* DESTROY */
	partner_answer(SUCCESS, 0, 0);    /* CREATE */
	host_ffa_reset(&host_hv.ffa);
	assert_int_equal(partner_calls, 4);
	assert_int_equal(partner_seen[2][0], DESTROY);
	assert_int_equal(partner_seen[3][0], CREATE);
	assert_int_equal(host_hv.ffa.host.bound, 0);
	assert_int_equal(host_hv.ffa.host.holds, 0);
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
	expect_all(true);
	assert_int_equal(ask(BIND, pair(SP, HOST), 0, 1), 0);
	partner_forget();
	partner_answer(ERROR, 0, DENIED);
	host_ffa_reset(&host_hv.ffa);
	assert_int_equal(host_hv.ffa.host.bound, 0);
	assert_int_equal(host_hv.ffa.host.holds, 0);
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
	expect_all(false);
}

/* ---- many CPUs: each bit has one owner at most, and one who had it lets it go ---- */

static unsigned owners[64], wins;

static void *compete(void *argument)
{
	fake_cpu = (unsigned)(uintptr_t)argument;
	for (unsigned i = 0; i < 1000U; i++) {
		unsigned bit = i % 3U;
		uint64_t x[SMCCC_REGISTERS];

		host_registers(x, BIND, pair(SP + fake_cpu, HOST), 0, 1U << bit);
		x[4] = 0;
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (x[0] != SUCCESS)
			continue;
		if (__atomic_fetch_add(&owners[bit], 1U, __ATOMIC_RELAXED) != 0U)
			return (void *)1;
		__atomic_fetch_add(&wins, 1U, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&owners[bit], 1U, __ATOMIC_RELAXED);
		host_registers(x, UNBIND, pair(SP + fake_cpu, HOST), 0, 1U << bit);
		x[4] = 0;
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (x[0] != SUCCESS)
			return (void *)2;
	}
	return NULL;
}

static void test_ffa_notification_G9_many_cpus(void **state)
{
	pthread_t threads[4];

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (uintptr_t i = 0; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, compete, (void *)i), 0);
	for (unsigned i = 0; i < 4U; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	assert_true(wins >= 1000);
	assert_int_equal(host_hv.ffa.host.bound, 0);
	assert_int_equal(host_hv.ffa.host.holds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_notification_bind_and_unbind),
	    cmocka_unit_test(test_ffa_notification_G9_bound_already),
	    cmocka_unit_test(test_ffa_notification_G9_what_cannot_be_bound),
	    cmocka_unit_test(test_ffa_notification_unbind_what_another_has),
	    cmocka_unit_test(test_ffa_notification_bind_that_fails),
	    cmocka_unit_test(test_ffa_notification_set),
	    cmocka_unit_test(test_ffa_notification_G10_get),
	    cmocka_unit_test(test_ffa_notification_G10_bitmaps_are_not_the_hosts),
	    cmocka_unit_test(test_ffa_notification_get_more_than_was_bound),
	    cmocka_unit_test(test_ffa_notification_G12_nothing_is_lost_while_nobody_looks),
	    cmocka_unit_test(test_ffa_notification_info),
	    cmocka_unit_test(test_ffa_notification_C10_more_lists_than_there_is_room_for),
	    cmocka_unit_test(test_ffa_notification_C10_as_many_as_there_is_room_for),
	    cmocka_unit_test(test_ffa_notification_C10_only_whom_it_concerns),
	    cmocka_unit_test(test_ffa_notification_G11_all_or_nothing),
	    cmocka_unit_test(test_ffa_notification_G11_not_in_1_0),
	    cmocka_unit_test(test_ffa_notification_bitmaps_that_were_left_behind),
	    cmocka_unit_test(test_ffa_notification_L3_a_new_kernel_has_none),
	    cmocka_unit_test(test_ffa_notification_L3_firmware_that_does_not_let_go),
	    cmocka_unit_test(test_ffa_notification_G9_many_cpus),
	};

	return cmocka_run_group_tests_name("ffa notification", tests, NULL, NULL);
}
