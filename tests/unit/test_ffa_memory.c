/* SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"
#include "ffa_bench.h"

static void test_ffa_memory_M7_share_and_reclaim(void **state)
{
	static const struct bench_range ranges[] = {{BANK_A + 3 * PAGE, 2}, {BANK_C, 512}};
	struct bench_send send;
	uint64_t handle;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, ranges, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_away(&ranges[0], LEDGER_SHARED);
	assert_away(&ranges[1], LEDGER_SHARED);
	assert_int_equal(fake_spmc_reaches(&bench_spmc, BANK_C), 1);
	bench_ffa_check(1, 0);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	assert_home(&ranges[0]);
	assert_home(&ranges[1]);
	assert_int_equal(bench_reclaim(handle, 0), -2);
	bench_ffa_close(0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_M7_share_and_reclaim),
	};

	return cmocka_run_group_tests_name("ffa_memory", tests, NULL, NULL);
}
