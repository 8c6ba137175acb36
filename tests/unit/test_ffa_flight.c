/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls into firmware while they last, and what several CPUs see of them: rows C6 and C7 of the
 * catalogue of adversarial cases.
 */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "partner.h"

#define VERSION   0x84000063U
#define ERROR     0x84000060U
#define SUCCESS   0x84000061U
#define INTERRUPT 0x84000062U
#define MSG_WAIT  0x8400006bU
#define RUN       0x8400006dU
#define REQ       0x8400006fU
#define REQ64     0xc400006fU
#define RESP      0x84000070U
#define RESP64    0xc4000070U
#define REQ2      0xc400008dU
#define RESP2     0xc400008eU
#define SP        0x8001U
#define HOST      1U

static uint32_t pair(uint32_t from, uint32_t to)
{
	return from << 16 | to;
}

static unsigned stage;
static struct ffa_flight record;

static bool stuck(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t number = (uint32_t)x[0] & 0xffffU;

	(void)firmware;
	if (number != 0x6fU && number != 0x8dU && number != 0x6dU)
		return false;
	record = host_hv.ffa.flight[fake_cpu];
	__atomic_store_n(&stage, 1U, __ATOMIC_RELEASE);
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 2U)
		;
	memset(x, 0, SMCCC_REGISTERS * sizeof(x[0]));
	x[0] = number == 0x6dU ? MSG_WAIT : number == 0x6fU ? RESP : RESP2;
	x[1] = pair(SP, HOST);
	return true;
}

static void *ask(void *argument)
{
	const uint64_t *asked = argument;
	static uint64_t x[SMCCC_REGISTERS];

	fake_cpu = 3;
	host_registers(x, asked[0], asked[1], 0, 0);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	return x;
}

static void test_ffa_message_C6_firmware_that_does_not_come_back(void **state)
{
	static const uint64_t asked[][2] = {
	    {REQ, HOST << 16 | SP}, {REQ2, HOST << 16 | SP}, {RUN, SP << 16}};

	(void)state;
	for (unsigned i = 0; i < 3U; i++) {
		uint64_t argument[2] = {asked[i][0], asked[i][1]};
		pthread_t thread;
		void *x;

		partner_boot(0x10002, 0x10002);
		host_fw.special = stuck;
		stage = 0;
		fake.counter = 1000;
		assert_int_equal(pthread_create(&thread, NULL, ask, argument), 0);
		while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 1U)
			;
		/* who is inside, for whom, since when */
		assert_int_equal(record.fid, asked[i][0]);
		assert_int_equal(record.w1, asked[i][1]);
		assert_ptr_equal(record.caller, &host_hv.ffa.host);
		assert_true(record.since >= 1000);
		assert_int_equal(host_hv.ffa.flight[3].since, record.since);
		/* and nobody else waits for that */
		assert_int_equal(host_ask(0x84000069, 0, 0, 0), SUCCESS);
		assert_int_equal(host_ask(VERSION, 0x10001, 0, 0), 0x10002);
		assert_int_equal(host_ask(0x84000000, 0, 0, 0), 0x10001); /* PSCI */
		assert_int_equal(host_ask(REQ, pair(0, SP), 0, 0), ERROR);
		__atomic_store_n(&stage, 2U, __ATOMIC_RELEASE);
		pthread_join(thread, &x);
		assert_int_equal(((uint64_t *)x)[0], i == 0U ? RESP : i == 1U ? RESP2 : MSG_WAIT);
		assert_int_equal(host_hv.ffa.flight[3].since, 0);
	}
}

/* A CPU sleeps, or goes, while another is in firmware: nothing is held that it could wait for. */
static void test_ffa_C5_cpus_come_and_go_meanwhile(void **state)
{
	uint64_t argument[2] = {REQ, HOST << 16 | SP};
	pthread_t thread;
	void *x;

	(void)state;
	partner_boot(0x10002, 0x10002);
	host_fw.special = stuck;
	stage = 0;
	assert_int_equal(pthread_create(&thread, NULL, ask, argument), 0);
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 1U)
		;
	assert_int_equal(host_hv.ffa.gate.owner, 0);
	assert_int_equal(host_ask(0x84000001, 0, 0, 0), 0); /* CPU_SUSPEND */
	assert_int_equal(host_ask(0x84000003, 2, HOST_RAM_BASE, 0), 0);
	assert_int_equal(host_ask(0x84000004, 2, 0, 0), 2); /* on its way */
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]);
	__atomic_store_n(&stage, 2U, __ATOMIC_RELEASE);
	pthread_join(thread, &x);
	assert_int_equal(((uint64_t *)x)[0], RESP);
}

/* Firmware puts garbage into every register that it can reach: what the host had there stays. */
static void test_ffa_message_C7_registers_of_others(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	partner_boot(0x10002, 0x10002);
	partner_answer(RESP, pair(SP, HOST), 0);
	host_call(x, REQ, pair(HOST, SP), 0, 0);
	assert_true(host_untouched(x, 8));
	partner_answer(INTERRUPT, SP << 16, partner_garbage(2));
	host_call(x, REQ2, pair(HOST, SP), host_canary(2), host_canary(3));
	assert_int_equal(x[0], INTERRUPT);
	assert_int_equal(x[1], SP << 16);
	for (unsigned n = 2; n <= 7U; n++)
		assert_int_equal(x[n], 0);
	assert_true(host_untouched(x, 8));
}

/* ---- many CPUs, each with requests of its own that are preempted ---- */

static bool echo(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	static uint32_t turns[FAKE_CPUS];
	uint32_t number = (uint32_t)x[0] & 0xffffU, turn;

	(void)firmware;
	if (number != 0x6dU && number != 0x6fU)
		return false;
	turn = turns[fake_cpu]++;
	if (number == 0x6fU && turn % 3U == 0U) {
		x[0] = INTERRUPT;
		x[1] = (uint64_t)(SP + fake_cpu) << 16;
		return true;
	}
	x[0] = RESP64;
	x[1] = pair(SP + fake_cpu, HOST);
	x[2] = 0;
	x[3] = fake_cpu;
	return true;
}

static void *converse(void *argument)
{
	uint64_t x[SMCCC_REGISTERS];

	fake_cpu = (unsigned)(uintptr_t)argument;
	for (unsigned i = 0; i < 2000U; i++) {
		host_registers(x, REQ64, pair(HOST, SP + fake_cpu), 0, 99);
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (x[0] == INTERRUPT) {
			host_registers(x, RUN, x[1], 0, 0);
			smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		}
		if (x[0] != RESP64 || x[1] != pair(SP + fake_cpu, HOST) || x[3] != fake_cpu)
			return (void *)1;
	}
	return NULL;
}

static void test_ffa_message_many_cpus(void **state)
{
	pthread_t threads[4];

	(void)state;
	partner_boot(0x10002, 0x10002);
	host_fw.special = echo;
	for (uintptr_t i = 0; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, converse, (void *)i), 0);
	for (unsigned i = 0; i < 4U; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	assert_int_equal(host_hv.ffa.host.preempted_count, 0);
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]);
	assert_int_equal(host_hv.ffa.strange, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_message_C6_firmware_that_does_not_come_back),
	    cmocka_unit_test(test_ffa_C5_cpus_come_and_go_meanwhile),
	    cmocka_unit_test(test_ffa_message_C7_registers_of_others),
	    cmocka_unit_test(test_ffa_message_many_cpus),
	};

	return cmocka_run_group_tests_name("ffa flight", tests, NULL, NULL);
}
