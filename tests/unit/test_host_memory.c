/* SPDX-License-Identifier: Apache-2.0 */
/* The host's calls of docs/memory.md through the whole call path: registers in, registers out. */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/stage2/host.h"
#include "fake/machine.h"
#include "host.h"
#include "ledger_bench.h"

#define VERSION 0x86000020ULL
#define DONATE  0xc6000021ULL
#define SHARE   0xc6000022ULL
#define UNSHARE 0xc6000023ULL
#define RETURN  0xc6000024ULL

static uint64_t x[SMCCC_REGISTERS];

/* The bench's ledger becomes the hypervisor's. */
static void start(unsigned sets, unsigned tables)
{
	host_prepare();
	host_start(1);
	bench_open(sets, tables);
	fake_firmware_good(&host_fw);
	host_hv.stage2 = bench_stage2;
	host_hv.ledger = bench_ledger;
	host_hv.ledger.stage2 = &host_hv.stage2;
}

static void end(void)
{
	bench_stage2 = host_hv.stage2;
	bench_ledger = host_hv.ledger;
	bench_ledger.stage2 = &bench_stage2;
	bench_close();
}

static void call(uint64_t identifier, uint64_t base, uint64_t pages)
{
	host_call(x, identifier, base, pages, host_canary(3));
	/* no call of this range touches more than x0 to x2, or asks firmware */
	assert_true(host_untouched(x, 3));
	assert_int_equal(fake.calls, 0);
}

static void assert_success(uint64_t identifier, uint64_t base, uint64_t pages)
{
	call(identifier, base, pages);
	assert_int_equal(x[0], 0);
	assert_int_equal(x[1], base);
	assert_int_equal(x[2], pages);
}

static void assert_refused(uint64_t identifier, uint64_t base, uint64_t pages, int64_t status,
			   uint64_t rule, uint64_t page)
{
	call(identifier, base, pages);
	assert_int_equal(x[0], (uint64_t)status);
	assert_int_equal(x[1], rule);
	assert_int_equal(x[2], page);
}

static struct ledger_record record(uint64_t page)
{
	return ledger_lookup(&host_hv.ledger, page).record;
}

static void test_host_memory_version(void **state)
{
	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	call(VERSION, host_canary(1), host_canary(2));
	assert_int_equal(x[0], 0x10000);
	assert_true(host_untouched(x, 1));
	/* the upper half of x0 and the hint bit are no part of the name */
	call(VERSION | 0xdead000000010000ULL, host_canary(1), host_canary(2));
	assert_int_equal(x[0], 0x10000);
	end();
}

static void test_host_memory_names_of_the_other_width(void **state)
{
	static const uint64_t names[] = {0xc6000020, 0x86000021, 0x86000022, 0x86000023,
					 0x86000024, 0x86000025, 0xc6000025, 0x8600001f,
					 0xc600001f, 0x06000020, 0x46000021};

	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		host_call(x, names[i], BANK_A, 1, host_canary(3));
		assert_int_equal(x[0], ~0ULL);
		assert_int_equal(x[1], BANK_A);
		assert_int_equal(x[2], 1);
		assert_true(host_untouched(x, 3));
	}
	assert_int_equal(record(BANK_A).owner, LEDGER_HOST);
	end();
}

static void test_host_memory_donate_and_return(void **state)
{
	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	assert_success(DONATE, BANK_A + PAGE, 3);
	assert_int_equal(record(BANK_A + PAGE).owner, LEDGER_HYPERVISOR);
	assert_int_equal(record(BANK_A + 4U * PAGE).owner, LEDGER_HOST);
	assert_int_equal(host_memory_lookup(&host_hv.stage2, BANK_A + PAGE).kind, STAGE2_NONE);
	assert_refused(DONATE, BANK_A, 4, -3, LEDGER_RULE_OWNER, BANK_A + PAGE);
	assert_refused(SHARE, BANK_A + 3U * PAGE, 1, -3, LEDGER_RULE_OWNER, BANK_A + 3U * PAGE);
	assert_refused(RETURN, BANK_A + PAGE, 4, -3, LEDGER_RULE_OWNER, BANK_A + 4U * PAGE);
	assert_success(RETURN | 0xbad0000000010000ULL, BANK_A + PAGE, 3);
	assert_int_equal(record(BANK_A + PAGE).owner, LEDGER_HOST);
	assert_int_equal(host_memory_lookup(&host_hv.stage2, BANK_A + PAGE).kind, STAGE2_RAM);
	assert_refused(RETURN, BANK_A + PAGE, 1, -3, LEDGER_RULE_OWNER, BANK_A + PAGE);
	end();
}

static void test_host_memory_share_and_unshare(void **state)
{
	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	assert_success(SHARE, BANK_C, 2);
	assert_int_equal(record(BANK_C).state, LEDGER_SHARED);
	assert_int_equal(record(BANK_C).borrower, LEDGER_HYPERVISOR);
	assert_int_equal(host_memory_lookup(&host_hv.stage2, BANK_C).kind, STAGE2_RAM);
	assert_refused(SHARE, BANK_C, 1, -3, LEDGER_RULE_STATE, BANK_C);
	assert_refused(DONATE, BANK_C, 1, -3, LEDGER_RULE_STATE, BANK_C);
	assert_refused(RETURN, BANK_C, 1, -3, LEDGER_RULE_OWNER, BANK_C);
	assert_refused(UNSHARE, BANK_C, 3, -3, LEDGER_RULE_STATE, BANK_C + 2U * PAGE);
	assert_success(UNSHARE, BANK_C, 2);
	assert_refused(UNSHARE, BANK_C, 2, -3, LEDGER_RULE_STATE, BANK_C);
	/* what it shared with somebody else is not taken back by this call */
	assert_int_equal(
	    ledger_share(&host_hv.ledger, BANK_C, PAGE, LEDGER_HOST, LEDGER_SECURE, 0).status,
	    LEDGER_OK);
	assert_refused(UNSHARE, BANK_C, 1, -3, LEDGER_RULE_BORROWER, BANK_C);
	end();
}

static void test_host_memory_wrong_ranges(void **state)
{
	static const struct {
		uint64_t base, pages, rule, page;
	} wrong[] = {
	    {BANK_A, 0, LEDGER_RULE_RANGE, BANK_A},
	    {BANK_A + 4U, 1, LEDGER_RULE_RANGE, BANK_A + 4U},
	    {BANK_A, ~0ULL, LEDGER_RULE_RANGE, BANK_A},
	    {BANK_A, 1ULL << 52, LEDGER_RULE_RANGE, BANK_A}, /* its size would be 0 in 64 bits */
	    {BANK_A, (1ULL << 52) + 1U, LEDGER_RULE_RANGE, BANK_A}, /* and this one a page */
	    {BANK_A, 1ULL << 63, LEDGER_RULE_RANGE, BANK_A},
	    {BANK_A, (1ULL << 52) - (BANK_A >> 12), LEDGER_RULE_RANGE, BANK_A},
	    {BANK_A, (1ULL << 52) - (BANK_A >> 12) - 1U, LEDGER_RULE_RAM, BANK_A_END},
	    {~0ULL << 12, 1, LEDGER_RULE_RANGE, ~0ULL << 12},
	    {0, 1, LEDGER_RULE_RAM, 0},
	    {0x09000000, 1, LEDGER_RULE_RAM, 0x09000000},
	    {BANK_A_END - PAGE, 2, LEDGER_RULE_RAM, BANK_A_END},
	    {BANK_B_END - PAGE, 2, LEDGER_RULE_RAM, BANK_C},
	};
	static const uint64_t calls[] = {DONATE, SHARE, UNSHARE, RETURN};

	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (size_t k = 0; k < 4U; k++)
			assert_refused(calls[k], wrong[i].base, wrong[i].pages, -2, wrong[i].rule,
				       wrong[i].page);
	end();
}

static void test_host_memory_pinned(void **state)
{
	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	/* as its own image is: the hypervisor's, and in use */
	assert_int_equal(ledger_assign(&host_hv.ledger, BANK_A, PAGE, LEDGER_HYPERVISOR).status,
			 LEDGER_OK);
	assert_refused(RETURN, BANK_A, 1, -3, LEDGER_RULE_PINNED, BANK_A);
	assert_int_equal(ledger_pin(&host_hv.ledger, BANK_C, PAGE, LEDGER_HOST, 0).status,
			 LEDGER_OK);
	assert_refused(DONATE, BANK_C, 1, -3, LEDGER_RULE_PINNED, BANK_C);
	assert_refused(SHARE, BANK_C, 1, -3, LEDGER_RULE_PINNED, BANK_C);
	/* bench_close() compares with stage 2, which knows nothing of the assignment */
	assert_int_equal(host_memory_set(&host_hv.stage2, BANK_A, PAGE, STAGE2_NONE), STAGE2_OK);
	end();
}

static void test_host_memory_no_memory(void **state)
{
	(void)state;
	start(1, 0);
	assert_refused(DONATE, BANK_A + PAGE, 2, -4, LEDGER_RULE_TABLES, BANK_A + PAGE);
	assert_success(SHARE, BANK_A + PAGE, 1);
	assert_refused(SHARE, BANK_C + PAGE, 1, -4, LEDGER_RULE_SETS, BANK_C + PAGE);
	assert_success(DONATE, BANK_C, 512);
	end();
}

/* A refused transition is one line: call, page, rule; and a host that insists is not heard. */
static void test_host_memory_complaints(void **state)
{
	char line[160];
	unsigned lines = 0;

	(void)state;
	start(BENCH_AMPLE, BENCH_AMPLE);
	assert_success(SHARE, BANK_A, 1);
	assert_int_equal(fake.console_length, 0);
	call(DONATE, BANK_A, 1);
	snprintf(line, sizeof(line),
		 "mem: [refused] DONATE of the host refused at page 0x%llx: %s\n",
		 (unsigned long long)BANK_A, ledger_rule_words(LEDGER_RULE_STATE));
	assert_true(fake_said(line));
	call(UNSHARE, BANK_B, 1);
	assert_true(fake_said("UNSHARE of the host"));
	call(RETURN, BANK_B, 1);
	assert_true(fake_said("RETURN of the host"));
	for (unsigned i = 0; i < 1000U; i++)
		call(SHARE, BANK_A, 1);
	for (const char *at = fake.console; (at = strstr(at, "[refused]")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 16);
	/* an hour later it may speak again, and tells what it did not say */
	fake.counter += 3600U * machine_counter_frequency();
	call(SHARE, BANK_A, 1);
	snprintf(line, sizeof(line), ": %s (987 more left out)\n",
		 ledger_rule_words(LEDGER_RULE_STATE));
	assert_true(fake_said(line));
	/* calls that are not known are none of these */
	call(0xc6000020, 0, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_host_memory_version),
	    cmocka_unit_test(test_host_memory_names_of_the_other_width),
	    cmocka_unit_test(test_host_memory_donate_and_return),
	    cmocka_unit_test(test_host_memory_share_and_unshare),
	    cmocka_unit_test(test_host_memory_wrong_ranges),
	    cmocka_unit_test(test_host_memory_pinned),
	    cmocka_unit_test(test_host_memory_no_memory),
	    cmocka_unit_test(test_host_memory_complaints),
	};

	return cmocka_run_group_tests_name("host_memory", tests, NULL, NULL);
}
