/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct messages and CPU cycles of the host: rows A9 to A12, C6 to C8 and G1 to G7 of the
 * catalogue of adversarial cases, from both sides of the mediator.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "partner.h"

#define VERSION   0x84000063U
#define ERROR     0x84000060U
#define SUCCESS   0x84000061U
#define INTERRUPT 0x84000062U
#define MSG_WAIT  0x8400006bU
#define YIELD     0x8400006cU
#define RUN       0x8400006dU
#define REQ       0x8400006fU
#define REQ64     0xc400006fU
#define RESP      0x84000070U
#define RESP64    0xc4000070U
#define REQ2      0xc400008dU
#define RESP2     0xc400008eU
#define SP        0x8001U
#define OTHER     0x8002U
#define HOST      1U

#define NOT_SUPPORTED 0xffffffffU
#define INVALID       0xfffffffeU
#define DENIED        0xfffffffaU
#define ABORTED       0xfffffff8U

static uint32_t pair(uint32_t from, uint32_t to)
{
	return from << 16 | to;
}

/* The host's call `fid` with w1, w2; canaries with both halves filled elsewhere. */
static void call(uint64_t x[SMCCC_REGISTERS], uint64_t fid, uint64_t w1, uint64_t w2)
{
	host_call(x, fid, w1, w2, host_canary(3));
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]); /* I5 */
	for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++)
		assert_int_equal(host_hv.ffa.flight[cpu].since, 0);
}

/* w0, w2 and zeroes up to x7, the caller's values beyond. */
static void expect_reply(const uint64_t x[SMCCC_REGISTERS], uint32_t w0, uint32_t w1, uint32_t w2)
{
	assert_int_equal(x[0], w0);
	assert_int_equal(x[1], w1);
	assert_int_equal(x[2], w2);
	for (unsigned n = 3; n <= 7U; n++)
		assert_int_equal(x[n], 0);
	assert_true(host_untouched(x, 8));
}

static void expect_error(const uint64_t x[SMCCC_REGISTERS], uint32_t code)
{
	expect_reply(x, ERROR, 0, code);
}

/* Refused with `code`, and the other world hears nothing of it. */
static void expect_refused(uint64_t fid, uint64_t w1, uint64_t w2, uint32_t code)
{
	uint64_t x[SMCCC_REGISTERS];

	call(x, fid, w1, w2);
	expect_error(x, code);
	assert_int_equal(partner_calls, 0);
}

static uint64_t strange(void)
{
	return host_hv.ffa.strange;
}

/* ---- the way there and back ---- */

static void test_ffa_message_A8_arrives_and_is_answered(void **state)
{
	static const struct {
		uint32_t request, response;
	} forms[] = {{REQ, RESP}, {REQ64, RESP64}};

	(void)state;
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		for (unsigned i = 0; i < 2U; i++) {
			bool wide = i == 1U;
			uint64_t x[SMCCC_REGISTERS];

			partner_boot(0x10002, version);
			partner_answer(forms[i].response, pair(SP, HOST), 0);
			call(x, forms[i].request, pair(HOST, SP), 0);
			assert_int_equal(partner_seen[0][0], forms[i].request);
			assert_int_equal(partner_seen[0][1], pair(HOST, SP));
			assert_int_equal(partner_seen[0][2], 0);
			assert_int_equal(x[0], forms[i].response);
			assert_int_equal(x[1], pair(SP, HOST));
			assert_int_equal(x[2], 0);
			for (unsigned n = 3; n < SMCCC_REGISTERS; n++) {
				uint64_t sent = n > 7U ? 0U : host_canary(n);

				assert_int_equal(partner_seen[0][n], wide ? sent : (uint32_t)sent);
				if (n <= 7U)
					assert_int_equal(x[n], wide ? partner_garbage(n)
								    : (uint32_t)partner_garbage(n));
			}
			assert_true(host_untouched(x, 8)); /* A8, Q8 */
			assert_int_equal(strange(), 0);
		}
	}
}

static void test_ffa_message_of_the_second_kind(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(RESP2, pair(SP, HOST), partner_garbage(2));
	call(x, REQ2, 0xdeadbeef00000000ULL | pair(HOST, SP), host_canary(2));
	assert_int_equal(partner_seen[0][0], REQ2);
	assert_int_equal(partner_seen[0][1], pair(HOST, SP));
	for (unsigned n = 2; n < SMCCC_REGISTERS; n++)
		assert_int_equal(partner_seen[0][n],
				 host_canary(n)); /* the UUID, and the message */
	assert_int_equal(x[0], RESP2);
	assert_int_equal(x[1], pair(SP, HOST));
	assert_int_equal(x[2], 0);
	assert_int_equal(x[3], 0);
	for (unsigned n = 4; n < SMCCC_REGISTERS; n++)
		assert_int_equal(x[n], partner_garbage(n));
}

/* Each form from the version on that has it, and only where firmware has it. */
static void test_ffa_message_forms_by_version(void **state)
{
	static const uint32_t fids[] = {REQ, REQ64, RUN, REQ2};

	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		for (uint32_t version = 0; version <= 0x10002U; version += version ? 1 : 0x10000) {
			uint64_t x[SMCCC_REGISTERS];

			partner_boot(0x10002, version);
			partner_answer(ERROR, 0, DENIED);
			call(x, fids[i], fids[i] == RUN ? SP << 16 : pair(HOST, SP), 0);
			expect_error(x, version == 0U || (fids[i] == REQ2 && version < 0x10002U)
					    ? NOT_SUPPORTED
					    : DENIED);
			partner_boot(0x10002, version);
			partner_offer(fids[i], false);
			expect_refused(fids[i], pair(HOST, SP), 0, NOT_SUPPORTED);
		}
	}
	partner_boot(0x10002, 0x10002);
	expect_refused(REQ2 & ~0x40000000U, pair(HOST, SP), 0, NOT_SUPPORTED);
	expect_refused(RUN | 0x40000000U, SP << 16, 0, NOT_SUPPORTED);
}

/* ---- G: what a caller may not ask for ---- */

static void test_ffa_message_G1_source_is_the_caller(void **state)
{
	static const uint32_t sources[] = {0, 2, 0x7fff, SP, SP ^ HOST, 0xffff};
	static const uint32_t fids[] = {REQ, REQ64, REQ2};

	(void)state;
	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		for (unsigned n = 0; n < 3U; n++) {
			partner_boot(0x10002, 0x10002);
			expect_refused(fids[n], pair(sources[i], SP), 0, INVALID);
		}
}

static void test_ffa_message_G2_framework_messages_are_not_the_hosts(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 32U; bit++) {
		partner_boot(0x10002, 0x10002);
		expect_refused(REQ, pair(HOST, SP), 1U << bit, INVALID);
		expect_refused(REQ64, pair(HOST, SP), 1U << bit, INVALID);
	}
	/* w2 has 32 bits in both forms */
	for (unsigned wide = 0; wide < 2U; wide++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(wide ? RESP64 : RESP, pair(SP, HOST), 0);
		call(x, wide ? REQ64 : REQ, pair(HOST, SP), 0xdeadbeef00000000ULL);
		assert_int_equal(x[0], wide ? RESP64 : RESP);
		assert_int_equal(partner_seen[0][2], 0);
	}
}

static void test_ffa_message_G3_destination_is_of_the_other_world(void **state)
{
	static const uint32_t destinations[] = {HOST, 0, 2, 0x7fff};
	static const uint32_t fids[] = {REQ, REQ64, REQ2};

	(void)state;
	for (unsigned n = 0; n < 3U; n++) {
		uint64_t x[SMCCC_REGISTERS];

		for (unsigned i = 0; i < 4U; i++) {
			partner_boot(0x10002, 0x10002);
			expect_refused(fids[n], pair(HOST, destinations[i]), 0, INVALID);
		}
		/* of one that there is not firmware's word is passed on */
		partner_boot(0x10002, 0x10002);
		partner_answer(ERROR, 0, INVALID);
		call(x, fids[n], pair(HOST, 0x9999), 0);
		expect_error(x, INVALID);
		assert_int_equal(partner_calls, 1);
	}
}

static void test_ffa_message_G4_nothing_to_respond_to(void **state)
{
	static const uint64_t fids[] = {
	    RESP,       RESP64,    RESP2,      MSG_WAIT,   0xc400006b, YIELD,
	    0xc400006c, INTERRUPT, 0x8400006a, 0x8400006e, 0xc4000062,
	};

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		expect_refused(fids[i], pair(HOST, SP), 0, NOT_SUPPORTED);
	assert_int_equal(fake.calls, 0);
}

/* Cycles for nobody, and calls of the secure world's own. */
static void test_ffa_message_G14_calls_of_other_worlds(void **state)
{
	static const uint64_t fids[] = {0x84000087, 0xc4000087, 0x8400007c, 0x84000088, 0xc4000088,
					0x84000089, 0xc4000089, 0x8400008a, 0xc400008a, 0x8400008c};

	(void)state;
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		partner_boot(0x10002, version);
		for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++) {
			partner_offer((uint32_t)fids[i], true); /* firmware may well have them */
			expect_refused(fids[i], HOST_RAM_BASE, 1, NOT_SUPPORTED);
		}
	}
	assert_int_equal(fake.calls, 0);
}

/* ---- G5, C8: what an answer may be ---- */

static const struct {
	uint32_t request, response, from, to, w2;
} mismatches[] = {
    {REQ, RESP, OTHER, HOST, 0},
    {REQ, RESP, SP, 0, 0},
    {REQ, RESP, SP, 2, 0},
    {REQ, RESP, HOST, SP, 0},
    {REQ, RESP, SP, HOST, 0x80000000},
    {REQ, RESP, SP, HOST, 0x80000005},
    {REQ, RESP64, SP, HOST, 0},
    {REQ, RESP2, SP, HOST, 0},
    {REQ64, RESP, SP, HOST, 0},
    {REQ64, RESP2, SP, HOST, 0},
    {REQ64, RESP64, OTHER, HOST, 0},
    {REQ2, RESP, SP, HOST, 0},
    {REQ2, RESP64, SP, HOST, 0},
    {REQ2, RESP2, OTHER, HOST, 0},
    {REQ2, RESP2, SP, 0, 0},
    {REQ2, 0x8400008e, SP, HOST, 0},
};

static void test_ffa_message_G5_answer_of_another_kind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(mismatches[i].response, pair(mismatches[i].from, mismatches[i].to),
			       mismatches[i].w2);
		call(x, mismatches[i].request, pair(HOST, SP), 0);
		expect_error(x, ABORTED);
		assert_int_equal(strange(), 1);
		assert_true(fake_said("[ffa-strange] "));
	}
}

/* Flags of a response that mean nothing, and halves that carry nothing, do no harm. */
static void test_ffa_message_A9_only_the_low_halves_count(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(0xffffffff00000000ULL | RESP, 0xdeadbeef00000000ULL | pair(SP, HOST),
		       0xffffffff00000004ULL);
	call(x, REQ, pair(HOST, SP), 0);
	assert_int_equal(x[0], RESP);
	assert_int_equal(x[1], pair(SP, HOST));
	assert_int_equal(x[2], 0);
	for (unsigned n = 3; n <= 7U; n++)
		assert_int_equal(x[n], (uint32_t)partner_garbage(n));
	assert_true(host_untouched(x, 8));
	assert_int_equal(strange(), 0);
}

static void test_ffa_message_A10_success_is_no_answer_to_a_request(void **state)
{
	static const uint32_t fids[] = {REQ, REQ64, REQ2, RUN};

	(void)state;
	for (unsigned i = 0; i < 4U; i++)
		for (unsigned wide = 0; wide < 2U; wide++) {
			uint64_t x[SMCCC_REGISTERS];

			partner_boot(0x10002, 0x10002);
			partner_answer(SUCCESS | (wide ? 0x40000000U : 0U), pair(SP, HOST), 0);
			call(x, fids[i], fids[i] == RUN ? SP << 16 : pair(HOST, SP), 0);
			expect_error(x, ABORTED);
			assert_int_equal(strange(), 1);
		}
}

static void test_ffa_message_A11_error_codes(void **state)
{
	static const struct {
		uint64_t x0, x2;
		uint32_t code;
		bool strange;
	} rows[] = {
	    {ERROR, 0xfffffffb, 0xfffffffb, false},
	    {ERROR, ~0ULL - 3U, 0xfffffffc, false}, /* sign-extended */
	    {0xc4000060, 0xfffffffa, DENIED, false},
	    {0xdeadbeef00000000ULL | ERROR, 0xdead0000fffffff8ULL, ABORTED, false},
	    {ERROR, 0, ABORTED, true},
	    {ERROR, 5, ABORTED, true},
	    {ERROR, 0x7fffffff, ABORTED, true},
	    {ERROR, 0xffffffff00000000ULL, ABORTED, true},
	    {0xffffffff, 7, NOT_SUPPORTED, false}, /* of a layer that has no FF-A */
	    {~0ULL, 0, NOT_SUPPORTED, false},
	};
	static const uint32_t fids[] = {REQ, REQ64, REQ2, RUN};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned n = 0; n < 4U; n++) {
			uint64_t x[SMCCC_REGISTERS];

			partner_boot(0x10002, 0x10002);
			partner_answer(rows[i].x0, partner_garbage(1),
				       rows[i].x2); /* A12: garbage elsewhere */
			call(x, fids[n], fids[n] == RUN ? SP << 16 : pair(HOST, SP), 0);
			expect_error(x, rows[i].code);
			assert_int_equal(strange(), rows[i].strange);
		}
}

static void test_ffa_message_A12_nothing_else_comes_along(void **state)
{
	static const uint32_t names[] = {ERROR, INTERRUPT, YIELD, MSG_WAIT};

	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10001);
		partner_answer(0xdeadbeef00000000ULL | names[i], 0xdeadbeef00000000ULL | SP << 16,
			       0xfffffffffffffffaULL);
		call(x, RUN, SP << 16, 0);
		if (names[i] == YIELD) {
			assert_int_equal(x[0], YIELD);
			assert_int_equal(x[1], SP << 16);
			assert_int_equal(x[2], 0xfffffffa); /* how long */
			assert_int_equal(x[3], (uint32_t)partner_garbage(3));
			for (unsigned n = 4; n <= 7U; n++)
				assert_int_equal(x[n], 0);
			assert_true(host_untouched(x, 8));
		} else {
			expect_reply(x, names[i], names[i] == ERROR ? 0U : SP << 16,
				     names[i] == ERROR ? DENIED : 0U);
		}
	}
}

static void test_ffa_message_C8_answers_that_are_none(void **state)
{
	static const uint64_t names[] = {
	    0x1234,     0,          0x84000063, RUN,        REQ,        REQ64,
	    REQ2,       0x84000065, 0x8400007a, 0x84000077, 0x84000000, 0x840000ef,
	    0x86000000, 0xfffffffe, 0x80000061, 0x84010061,
	};
	static const uint32_t fids[] = {REQ, REQ64, REQ2, RUN};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (unsigned n = 0; n < 4U; n++) {
			uint64_t x[SMCCC_REGISTERS];

			partner_boot(0x10002, 0x10002);
			partner_answer(names[i], pair(SP, HOST), 0);
			call(x, fids[n], fids[n] == RUN ? SP << 16 : pair(HOST, SP), 0);
			expect_error(x, ABORTED);
			assert_int_equal(strange(), 1);
		}
	/* a request is not answered by a partition that waits for one */
	for (unsigned n = 0; n < 3U; n++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(MSG_WAIT, SP << 16, 0);
		call(x, fids[n], pair(HOST, SP), 0);
		expect_error(x, ABORTED);
	}
	/* nobody of the secure world is preempted: there is nobody to give cycles to */
	for (unsigned n = 0; n < 4U; n++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(n < 2U ? INTERRUPT : YIELD, n % 2U ? 0 : HOST << 16, 0);
		call(x, REQ, pair(HOST, SP), 0);
		expect_error(x, ABORTED);
		assert_int_equal(host_hv.ffa.host.preempted_count, 0);
	}
}

/* ---- G6, G7: cycles ---- */

static void test_ffa_message_G6_cycles_for_secure_partitions_alone(void **state)
{
	static const uint32_t targets[] = {0, HOST << 16, HOST << 16 | 3, 0x7fff0000, 0x00018001};

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		expect_refused(RUN, targets[i], 0, INVALID);
	/* that it cannot run now firmware says */
	for (unsigned i = 0; i < 2U; i++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_answer(ERROR, 0, i ? DENIED : INVALID);
		call(x, RUN, SP << 16 | 7U, ~0ULL);
		expect_error(x, i ? DENIED : INVALID);
		assert_int_equal(partner_seen[i][0], RUN);
		assert_int_equal(partner_seen[i][1], SP << 16 | 7U);
		for (unsigned n = 2; n < SMCCC_REGISTERS; n++)
			assert_int_equal(partner_seen[i][n], 0);
	}
}

static void know(uint16_t id, uint16_t contexts)
{
	host_hv.ffa.partition_count = 1;
	host_hv.ffa.partition[0] = (struct ffa_partition){.id = id, .contexts = contexts};
}

static void test_ffa_message_G6_contexts_that_a_partition_has(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	know(SP, 4);
	expect_refused(RUN, SP << 16 | 4U, 0, INVALID);
	expect_refused(RUN, SP << 16 | 0xffffU, 0, INVALID);
	partner_answer(MSG_WAIT, 0, 0);
	call(x, RUN, SP << 16 | 3U, 0);
	expect_reply(x, MSG_WAIT, SP << 16 | 3U, 0);
	/* of one that is in no list firmware knows more */
	call(x, RUN, OTHER << 16 | 9U, 0);
	expect_reply(x, MSG_WAIT, OTHER << 16 | 9U, 0);
}

/* A partition with several contexts has one for each CPU: such a one does not move. */
static void test_ffa_message_G7_contexts_that_are_bound_to_a_cpu(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	know(SP, 4);
	partner_answer(INTERRUPT, SP << 16 | 2U, 0);
	partner_answer(RESP64, pair(SP, HOST), 0);
	fake_cpu = 2;
	call(x, REQ64, pair(HOST, SP), 0);
	expect_reply(x, INTERRUPT, SP << 16 | 2U, 0);
	fake_cpu = 1;
	call(x, RUN, SP << 16 | 2U, 0);
	expect_error(x, DENIED);
	assert_int_equal(partner_calls, 1);
	fake_cpu = 2;
	call(x, RUN, SP << 16 | 2U, 0);
	assert_int_equal(x[0], RESP64);
	fake_cpu = 0;
}

/* What the kernel before left is nobody's: the new one does not get its answers. */
static void test_ffa_message_L3_a_new_kernel_has_no_requests(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(INTERRUPT, SP << 16, 0);
	partner_answer(RESP, pair(SP, HOST), 0);
	call(x, REQ, pair(HOST, SP), 0);
	host_ffa_reset(&host_hv.ffa);
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
	call(x, RUN, SP << 16, 0);
	expect_error(x, ABORTED);
}

/* Preempted, resumed, preempted again, answered: with each kind of request. */
static void test_ffa_message_G7_preempted_and_resumed(void **state)
{
	static const struct {
		uint32_t request, response;
	} forms[] = {{REQ, RESP}, {REQ64, RESP64}, {REQ2, RESP2}};

	(void)state;
	for (unsigned i = 0; i < 3U; i++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(INTERRUPT, SP << 16, 31);
		partner_answer(YIELD, SP << 16, 100)[3] = 0xdead000000000002ULL;
		partner_answer(INTERRUPT, SP << 16, 0);
		partner_answer(forms[i].response, pair(SP, HOST), 0);
		partner_answer(forms[i].response, pair(SP, HOST), 0);
		call(x, forms[i].request, pair(HOST, SP), 0);
		expect_reply(x, INTERRUPT, SP << 16, 0);
		fake_cpu = 1; /* a partition with one context goes where it is wanted */
		call(x, RUN, SP << 16, 0);
		assert_int_equal(x[0], YIELD);
		assert_int_equal(x[1], SP << 16);
		assert_int_equal(x[2], 100);
		assert_int_equal(x[3], 2);
		fake_cpu = 2;
		call(x, RUN, SP << 16, 0);
		expect_reply(x, INTERRUPT, SP << 16, 0);
		call(x, RUN, SP << 16, 0);
		assert_int_equal(x[0], forms[i].response);
		assert_int_equal(x[1], pair(SP, HOST));
		assert_int_equal(x[2], 0);
		assert_int_equal(x[5], i == 0U ? (uint32_t)partner_garbage(5) : partner_garbage(5));
		assert_int_equal(x[9], i == 2U ? partner_garbage(9) : host_canary(9));
		assert_int_equal(host_hv.ffa.host.preempted_count, 0);
		assert_int_equal(strange(), 0);
		/* once more: nobody asked for it any longer */
		call(x, RUN, SP << 16, 0);
		expect_error(x, ABORTED);
		assert_int_equal(strange(), 1);
		fake_cpu = 0;
	}
}

/* The answer after FFA_RUN is held against the request that was preempted. */
static void test_ffa_message_G5_answer_of_another_kind_after_cycles(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, 0x10002);
		partner_answer(INTERRUPT, SP << 16, 0);
		partner_answer(mismatches[i].response, pair(mismatches[i].from, mismatches[i].to),
			       mismatches[i].w2);
		call(x, mismatches[i].request, pair(HOST, SP), 0);
		call(x, RUN, SP << 16, 0);
		expect_error(x, ABORTED);
		assert_int_equal(strange(), 1);
	}
}

/* A partition that passed work on, and whose helper is preempted: both names are kept apart. */
static void test_ffa_message_preempted_behind_the_destination(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(INTERRUPT, OTHER << 16 | 2U, 0);
	partner_answer(RESP, pair(SP, HOST), 0);
	call(x, REQ, pair(HOST, SP), 0);
	expect_reply(x, INTERRUPT, OTHER << 16 | 2U, 0);
	call(x, RUN, OTHER << 16 | 2U, 0);
	assert_int_equal(x[0], RESP);
	assert_int_equal(x[1], pair(SP, HOST));
}

/* Refused for now, the request waits on; aborted, it does not. */
static void test_ffa_message_refused_cycles_keep_the_request(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(INTERRUPT, SP << 16, 0);
	partner_answer(ERROR, 0, 0xfffffffc); /* BUSY */
	partner_answer(ERROR, 0, ABORTED);
	call(x, REQ64, pair(HOST, SP), 0);
	call(x, RUN, SP << 16, 0);
	expect_error(x, 0xfffffffc);
	assert_int_equal(host_hv.ffa.host.preempted_count, 1);
	assert_int_equal(host_hv.ffa.host.preempted[0].response, FFA_RESPONSE_64);
	call(x, RUN, SP << 16, 0);
	expect_error(x, ABORTED);
	assert_int_equal(host_hv.ffa.host.preempted_count, 0);
}

static void test_ffa_message_yield_says_how_long_from_1_1_on(void **state)
{
	(void)state;
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		uint64_t x[SMCCC_REGISTERS];

		partner_boot(0x10002, version);
		partner_answer(YIELD, SP << 16, 5)[3] = 6;
		call(x, REQ, pair(HOST, SP), 0);
		assert_int_equal(x[0], YIELD);
		assert_int_equal(x[2], version == 0x10000U ? 0 : 5);
		assert_int_equal(x[3], version == 0x10000U ? 0 : 6);
	}
}

/* Firmware of 1.3 may use forms that 1.2 does not have; the host gets those that it knows. */
static void test_ffa_message_64_bit_forms_of_1_3(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(0xc4000062, SP << 16, 0);
	partner_answer(0xc400006c, SP << 16, 0)[3] = 0;
	partner_answer(0xc400006b, SP << 16, 0);
	call(x, REQ, pair(HOST, SP), 0);
	expect_reply(x, INTERRUPT, SP << 16, 0);
	call(x, RUN, SP << 16, 0);
	expect_reply(x, YIELD, SP << 16, 0);
	call(x, RUN, SP << 16, 0);
	expect_reply(x, MSG_WAIT, SP << 16, 0);
}

/* More is preempted than is remembered: the ids still are checked, the kind is believed. */
static void test_ffa_message_more_preempted_than_there_is_room_for(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	for (uint32_t i = 0; i <= FFA_PREEMPTED_MAX; i++) {
		partner_forget();
		partner_answer(INTERRUPT, (SP + i) << 16, 0);
		call(x, REQ64, pair(HOST, SP + i), 0);
		expect_reply(x, INTERRUPT, (SP + i) << 16, 0);
	}
	assert_int_equal(host_hv.ffa.host.preempted_count, FFA_PREEMPTED_MAX);
	for (uint32_t i = 0; i <= FFA_PREEMPTED_MAX; i++) {
		partner_forget();
		partner_answer(RESP64, pair(SP + i, HOST), 0);
		call(x, RUN, (SP + i) << 16, 0);
		assert_int_equal(x[0], RESP64);
	}
	partner_forget();
	partner_answer(RESP64, pair(SP, OTHER), 0);
	call(x, RUN, SP << 16, 0);
	expect_error(x, ABORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_message_A8_arrives_and_is_answered),
	    cmocka_unit_test(test_ffa_message_of_the_second_kind),
	    cmocka_unit_test(test_ffa_message_forms_by_version),
	    cmocka_unit_test(test_ffa_message_G1_source_is_the_caller),
	    cmocka_unit_test(test_ffa_message_G2_framework_messages_are_not_the_hosts),
	    cmocka_unit_test(test_ffa_message_G3_destination_is_of_the_other_world),
	    cmocka_unit_test(test_ffa_message_G4_nothing_to_respond_to),
	    cmocka_unit_test(test_ffa_message_G14_calls_of_other_worlds),
	    cmocka_unit_test(test_ffa_message_G5_answer_of_another_kind),
	    cmocka_unit_test(test_ffa_message_A9_only_the_low_halves_count),
	    cmocka_unit_test(test_ffa_message_A10_success_is_no_answer_to_a_request),
	    cmocka_unit_test(test_ffa_message_A11_error_codes),
	    cmocka_unit_test(test_ffa_message_A12_nothing_else_comes_along),
	    cmocka_unit_test(test_ffa_message_C8_answers_that_are_none),
	    cmocka_unit_test(test_ffa_message_G6_cycles_for_secure_partitions_alone),
	    cmocka_unit_test(test_ffa_message_G6_contexts_that_a_partition_has),
	    cmocka_unit_test(test_ffa_message_G7_contexts_that_are_bound_to_a_cpu),
	    cmocka_unit_test(test_ffa_message_L3_a_new_kernel_has_no_requests),
	    cmocka_unit_test(test_ffa_message_G7_preempted_and_resumed),
	    cmocka_unit_test(test_ffa_message_G5_answer_of_another_kind_after_cycles),
	    cmocka_unit_test(test_ffa_message_preempted_behind_the_destination),
	    cmocka_unit_test(test_ffa_message_refused_cycles_keep_the_request),
	    cmocka_unit_test(test_ffa_message_yield_says_how_long_from_1_1_on),
	    cmocka_unit_test(test_ffa_message_64_bit_forms_of_1_3),
	    cmocka_unit_test(test_ffa_message_more_preempted_than_there_is_room_for),
	};

	int failed = cmocka_run_group_tests_name("ffa message", tests, NULL, NULL);

	partner_plain = true;
	return failed + cmocka_run_group_tests_name("ffa message, one way", tests, NULL, NULL);
}
