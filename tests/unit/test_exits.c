// SPDX-License-Identifier: Apache-2.0
/* Counters of exits: each call of the host is counted once, under what it is. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/host/exits.h"
#include "host.h"

static int set_up(void **state)
{
	(void)state;
	host_prepare();
	host_start(2);
	fake_cpu = 0;
	for (unsigned i = 0; i < FAKE_CPUS; i++)
		memset(&host_decoded[i].exits, 0, sizeof(host_decoded[i].exits));
	return 0;
}

static void call(uint64_t fid, uint16_t immediate)
{
	uint64_t x[SMCCC_REGISTERS];

	host_registers(x, fid, 0, 0, 0);
	smccc_route(&host_hv, &host_decoded[fake_cpu], immediate, x);
}

static void power_calls_count_by_number_in_both_forms(void **state)
{
	const struct host_exits *exits = &host_decoded[0].exits;

	(void)state;
	call(0x84000000, 0); /* VERSION, the slow way */
	call(0x84000004, 0); /* AFFINITY_INFO */
	call(0xc4000004, 0); /* its other form */
	call(0xc4010004, 0); /* the hint bit is no part of it: still AFFINITY_INFO */
	call(0x8400001f, 0); /* none that there is */
	assert_int_equal(exits->psci[0], 1);
	assert_int_equal(exits->psci[4], 3);
	assert_int_equal(exits->psci[31], 1);
	assert_int_equal(host_exits_calls(exits), 5);
	assert_int_equal(exits->call[0], 0);
}

static void ffa_calls_count_by_number_in_both_forms(void **state)
{
	const struct host_exits *exits = &host_decoded[0].exits;

	(void)state;
	call(0x84000063, 0);
	call(0x8400006f, 0); /* a direct request, which has a way of its own */
	call(0xc401006f, 0); /* its other form, with the hint */
	call(0x84000097, 0); /* the last number that anybody gave */
	call(0x84000098, 0); /* the first that nobody gave */
	call(0x8400006f, 1); /* immediate not 0: no call of FF-A */
	assert_int_equal(exits->ffa[0x03], 1);
	assert_int_equal(exits->ffa[0x0f], 2);
	assert_int_equal(exits->ffa[0x37], 1);
	assert_int_equal(exits->fid[0], 0x84000098);
	assert_int_equal(exits->call[0], 1);
	assert_int_equal(exits->fid[1], 0x8400006f);
	assert_int_equal(exits->call[1], 1);
	assert_int_equal(host_exits_calls(exits), 6);
}

static void other_calls_count_by_identifier(void **state)
{
	const struct host_exits *exits = &host_decoded[0].exits;

	(void)state;
	call(0x80000000, 0);
	call(0x86000000, 0);
	call(0x80000000, 0);
	call(0x84000004, 7); /* immediate not 0: no power call */
	assert_int_equal(exits->fid[0], 0x80000000);
	assert_int_equal(exits->call[0], 2);
	assert_int_equal(exits->fid[1], 0x86000000);
	assert_int_equal(exits->call[1], 1);
	assert_int_equal(exits->fid[2], 0x84000004);
	assert_int_equal(exits->call[2], 1);
	assert_int_equal(exits->psci[4], 0);
	assert_int_equal(host_exits_calls(exits), 4);
}

static void identifiers_beyond_the_room_count_together(void **state)
{
	const struct host_exits *exits = &host_decoded[0].exits;

	(void)state;
	for (uint32_t i = 0; i < HOST_EXITS_CALLS + 5U; i++)
		call(0x82000000U + i, 0);
	call(0x82000000U, 0);
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++)
		assert_int_equal(exits->call[i], i == 0U ? 2 : 1);
	assert_int_equal(exits->calls_other, 5);
	assert_int_equal(host_exits_calls(exits), HOST_EXITS_CALLS + 6U);
}

static void cpus_count_for_themselves_and_the_end_tells_the_sum(void **state)
{
	(void)state;
	host_exits_register(0, &host_decoded[0].exits);
	host_exits_register(1, &host_decoded[1].exits);
	call(0x80000000, 0);
	fake_cpu = 1;
	call(0x84000004, 0);
	call(0x84000063, 0);
	host_decoded[1].exits.hvc = 1;
	host_decoded[1].exits.abort = 3;
	host_decoded[1].exits.trap = 4;
	assert_int_equal(host_exits_calls(&host_decoded[0].exits), 1);
	assert_int_equal(host_exits_calls(&host_decoded[1].exits), 2);
	call(0x84000008, 0); /* SYSTEM_OFF, which the fake firmware survives */
	assert_true(
	    fake_said("hv: host: [stats] cpu0: calls=1 hvc=0 aborts=0 traps=0 80000000=1\n"));
	assert_true(fake_said("hv: host: [stats] cpu1: calls=3 hvc=1 aborts=3 traps=4 84000004=1 "
			      "84000008=1 84000063=1\n"));
	assert_true(fake_said("hv: host: [stats] 2 CPUs came here for 4 calls (0 of "
			      "them CPU_SUSPEND, 1 by HVC), 3 aborts, 4 traps"));
	host_exits_register(0, NULL);
	host_exits_register(1, NULL);
}

/* Every counter at its largest: all of it is told, in lines that are whole. */
static void a_long_account_takes_several_lines(void **state)
{
	struct host_exits *exits = &host_decoded[0].exits;
	const char *at = fake.console;
	unsigned found = 0;

	(void)state;
	host_exits_register(0, exits);
	memset(exits, 0xff, sizeof(*exits));
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++)
		exits->fid[i] = 0x82000000U + i;
	host_exits_report();
	host_exits_register(0, NULL);
	for (uint32_t fid = 0x82000000U; fid < 0x84000098U; fid++) {
		char item[40];

		if (fid == 0x82000000U + HOST_EXITS_CALLS)
			fid = 0x84000000U;
		if (fid == 0x84000000U + HOST_EXITS_PSCI)
			fid = 0x84000060U;
		(void)snprintf(item, sizeof(item), " %08x=18446744073709551615", fid);
		found += strstr(fake.console, item) != NULL;
	}
	assert_int_equal(found, HOST_EXITS_PSCI + HOST_EXITS_FFA + HOST_EXITS_CALLS);
	assert_non_null(strstr(fake.console, " others=18446744073709551615\n"));
	assert_false(fake_said("CPUs came here"));
	for (; (at = strstr(at, "[stats] ")) != NULL; at++)
		assert_memory_equal(at, "[stats] cpu0: ", 14);
	assert_null(strstr(fake.console, "...\n"));
}

static void without_a_cpu_nothing_is_said(void **state)
{
	(void)state;
	call(0x84000008, 0);
	assert_false(fake_said("[stats]"));
}

static struct host_exits watched;
static uint32_t looks;
static bool wrong;

/* As a debugger: an identifier is there as soon as its counter is not 0. */
static void *look(void *argument)
{
	(void)argument;
	for (unsigned seen = 0; seen < HOST_EXITS_CALLS;) {
		seen = 0;
		for (unsigned i = 0; i < HOST_EXITS_CALLS; i++) {
			if (__atomic_load_n(&watched.call[i], __ATOMIC_ACQUIRE) == 0U)
				continue;
			seen++;
			wrong = wrong || watched.fid[i] != 0x82000000U + i;
		}
		__atomic_fetch_add(&looks, 1U, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void an_identifier_is_there_before_its_counter(void **state)
{
	pthread_t reader;

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, look, NULL), 0);
	for (uint32_t i = 0; i < HOST_EXITS_CALLS; i++) {
		uint32_t before = __atomic_load_n(&looks, __ATOMIC_RELAXED);

		host_exits_count(&watched, 0x82000000U + i);
		while (i + 1U < HOST_EXITS_CALLS &&
		       __atomic_load_n(&looks, __ATOMIC_RELAXED) - before < 2U)
			sched_yield();
	}
	pthread_join(reader, NULL);
	assert_false(wrong);
}

static void a_cpu_beyond_the_room_is_not_kept(void **state)
{
	(void)state;
	host_exits_register(PSCI_CPU_MAX - 1U, &host_decoded[0].exits);
	host_exits_register(PSCI_CPU_MAX, &host_decoded[1].exits);
	host_exits_register(UINT32_MAX, &host_decoded[1].exits);
	host_decoded[0].exits.trap = 7;
	host_decoded[1].exits.trap = 8;
	host_exits_report();
	assert_true(fake_said("host: [stats] cpu63: "));
	assert_false(fake_said("cpu64:"));
	host_exits_register(PSCI_CPU_MAX - 1U, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(power_calls_count_by_number_in_both_forms, set_up),
	    cmocka_unit_test_setup(ffa_calls_count_by_number_in_both_forms, set_up),
	    cmocka_unit_test_setup(other_calls_count_by_identifier, set_up),
	    cmocka_unit_test_setup(identifiers_beyond_the_room_count_together, set_up),
	    cmocka_unit_test_setup(cpus_count_for_themselves_and_the_end_tells_the_sum, set_up),
	    cmocka_unit_test_setup(a_long_account_takes_several_lines, set_up),
	    cmocka_unit_test_setup(without_a_cpu_nothing_is_said, set_up),
	    cmocka_unit_test_setup(an_identifier_is_there_before_its_counter, set_up),
	    cmocka_unit_test_setup(a_cpu_beyond_the_room_is_not_kept, set_up),
	};

	return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
