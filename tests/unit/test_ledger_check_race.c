/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_check() while stage 2 changes where no ledger is: devices come and go in tables that the
 * walk of RAM passes. ThreadSanitizer (tests/check/threads) sees a walk without the lock.
 */
#include <pthread.h>

#include "cases.h"
#include "core/stage2/host.h"
#include "ledger_bench.h"

#define DEVICE UINT64_C(0x60000000) /* in the same GiB as the banks */
#define ROUNDS 50U

static uint32_t changes, over;
static bool refused;

static void *change_devices(void *argument)
{
	(void)argument;
	while (__atomic_load_n(&over, __ATOMIC_RELAXED) == 0U) {
		if (host_memory_set(&bench_stage2, DEVICE, PAGE, STAGE2_DEVICE) != STAGE2_OK ||
		    host_memory_set(&bench_stage2, DEVICE, PAGE, STAGE2_NONE) != STAGE2_OK)
			__atomic_store_n(&refused, true, __ATOMIC_RELAXED);
		__atomic_fetch_add(&changes, 1U, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void donate(uint64_t base, uint64_t end)
{
	assert_done(
	    ledger_donate(&bench_ledger, base, end - base, LEDGER_HOST, LEDGER_HYPERVISOR, 1));
}

static void test_ledger_check_keeps_stage2_still(void **state)
{
	pthread_t other;
	uint64_t page;

	(void)state;
	bench_open(BENCH_AMPLE, BENCH_AMPLE);
	donate(BANK_A, BANK_A_END);
	donate(BANK_B, BANK_B_END);
	donate(BANK_C, BANK_C_END);
	over = changes = 0;
	assert_int_equal(pthread_create(&other, NULL, change_devices, NULL), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t before = __atomic_load_n(&changes, __ATOMIC_RELAXED);

		/* until something has changed beside it, so that the two do meet */
		do
			assert_null(ledger_check(&bench_ledger, &page));
		while (__atomic_load_n(&changes, __ATOMIC_RELAXED) == before);
	}
	__atomic_store_n(&over, 1U, __ATOMIC_RELAXED);
	pthread_join(other, NULL);
	assert_false(refused);
	bench_close();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_check_keeps_stage2_still),
	};

	return cmocka_run_group_tests_name("ledger_check_race", tests, NULL, NULL);
}
