/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot with the entry of a CPU: who turns the CPU on may write it again only after the CPU has
 * read it, and firmware says nothing about that order. ThreadSanitizer (tests/check/threads) sees a
 * slot that is written while it may still be read.
 */
#include <pthread.h>
#include <sched.h>

#include "cases.h"
#include "host.h"

#define CPU_ON 0xc4000003U
#define ROUNDS 200U

static uint32_t started; /* by firmware: the one order that it keeps */
static bool wrong;

static bool start_cpu(struct fake_firmware *fw, uint64_t x[SMCCC_REGISTERS])
{
	(void)fw;
	if ((uint32_t)x[0] == CPU_ON) {
		x[0] = 0;
		__atomic_fetch_add(&started, 1U, __ATOMIC_RELEASE);
	} else {
		x[0] = 1; /* AFFINITY_INFO: off */
	}
	return true;
}

static void *come_and_leave(void *argument)
{
	(void)argument;
	fake_cpu = 1;
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		struct psci_entry entry;

		while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) != round)
			sched_yield();
		entry = psci_cpu_arrived(&host_hv.psci, 1);
		wrong = wrong || !entry.expected || entry.context != round;
		psci_cpu_leaves(&host_hv.psci, 1);
	}
	return NULL;
}

static void test_psci_slot_is_read_before_it_is_written_again(void **state)
{
	pthread_t target;

	(void)state;
	host_prepare();
	host_start(2);
	host_fw.special = start_cpu;
	started = 0;
	assert_int_equal(pthread_create(&target, NULL, come_and_leave, NULL), 0);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		int64_t status;

		while ((status = (int64_t)host_ask(CPU_ON, 1, HOST_RAM_BASE + 4U * round, round)) ==
			   PSCI_ALREADY_ON ||
		       status == PSCI_ON_PENDING)
			sched_yield();
		assert_int_equal(status, PSCI_SUCCESS);
	}
	pthread_join(target, NULL);
	assert_false(wrong);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_psci_slot_is_read_before_it_is_written_again),
	};

	return cmocka_run_group_tests_name("psci_slot", tests, NULL, NULL);
}
