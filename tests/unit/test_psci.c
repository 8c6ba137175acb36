/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSCI towards the host: every case of tests/vectors/psci.json, what is offered, what each call
 * checks, forwards and answers. The states of a CPU are in test_psci_state.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/log/log.h"
#include "host.h"

#define ALL_ONES (~(uint64_t)0)

#define CPU_SUSPEND       0x84000001U
#define CPU_OFF           0x84000002U
#define CPU_ON            0x84000003U
#define AFFINITY_INFO     0x84000004U
#define MIGRATE_INFO_TYPE 0x84000006U
#define MIGRATE_INFO_UP   0x84000007U
#define SYSTEM_OFF        0x84000008U
#define SYSTEM_RESET      0x84000009U
#define FEATURES          0x8400000aU
#define SYSTEM_SUSPEND    0x8400000eU
#define SET_SUSPEND_MODE  0x8400000fU
#define SYSTEM_RESET2     0x84000012U
#define SYSTEM_OFF2       0x84000015U
#define WIDE(fid)         ((fid) | 0x40000000U)
#define EVERYTHING        0x00ffffffU

/* A status as the call's width has it. */
static uint64_t in_width(uint64_t fid, int64_t status)
{
	return (fid & SMCCC_64) != 0U ? (uint64_t)status : (uint32_t)status;
}

/* The n-th form of a call: 32 and 64 bits. */
static uint64_t form(uint32_t fid, unsigned n)
{
	return n == 0U ? fid : WIDE(fid);
}

/* Firmware has every function in every form. */
static void start_full(uint64_t version)
{
	host_prepare();
	host_fw.psci_version = version;
	host_fw.psci32 = EVERYTHING;
	host_fw.psci64 = EVERYTHING;
	host_start(4);
}

/* ---- vectors ---- */

static void test_psci_power_state(void **state)
{
	const struct json *vector = *state;
	uint32_t value = (uint32_t)json_register(json_member(vector, "power_state"));
	bool extended = strcmp(json_string(vector, "format"), "extended") == 0;
	bool valid = json_truth(vector, "valid"), power_down = false;

	assert_int_equal(psci_power_state(value, extended, &power_down), valid);
	if (valid)
		assert_int_equal(power_down, strcmp(json_string(vector, "type"), "powerdown") == 0);
	for (unsigned n = 0; n < 2U; n++) {
		uint64_t fid = form(CPU_SUSPEND, n);

		host_prepare();
		host_fw.suspend_flags = extended ? 2 : 0;
		host_start(4);
		/* garbage above w1 in both forms: power_state has 32 bits */
		assert_int_equal(host_ask(fid, 0xdeadbeef00000000ULL | value, HOST_RAM_BASE, 9),
				 in_width(fid, valid ? 0 : PSCI_INVALID_PARAMETERS));
		assert_int_equal(fake.calls, valid);
		if (valid) {
			assert_int_equal(fake.call[0].x[0], WIDE(CPU_SUSPEND));
			assert_int_equal(fake.call[0].x[1], value);
		}
	}
}

static const uint64_t bad_entries[] = {
    0,
    HOST_RAM_BASE - 4U,
    HOST_RAM_END,
    HOST_RAM_BASE + 1U,
    HOST_RAM_BASE + 2U,
    HOST_RAM_BASE + 3U,
    HOST_RAM_END - 1U,
};

#define BAD_ENTRIES (sizeof(bad_entries) / sizeof(bad_entries[0]))

static void expect_cpu_on(uint64_t target, uint64_t entry, int64_t result, unsigned calls)
{
	for (unsigned n = 0; n < 2U; n++) {
		uint64_t fid = form(CPU_ON, n);
		enum psci_state before = psci_cpu_state(&host_hv.psci, 1);

		fake.calls = 0;
		assert_int_equal(host_ask(fid, target, entry, 5), in_width(fid, result));
		assert_int_equal(fake_calls_of(WIDE(CPU_ON)), calls);
		assert_int_equal(psci_cpu_state(&host_hv.psci, 1), before);
	}
}

static void test_psci_cpu_on(void **state)
{
	const struct json *vector = *state;
	const char *id = json_string(vector, "id");
	int64_t result = json_integer(vector, "result");

	host_prepare();
	host_start(4);
	if (strcmp(id, "ON-OK") == 0) {
		assert_int_equal((int64_t)host_ask(WIDE(CPU_ON), 1, HOST_RAM_BASE, 5), result);
		assert_int_equal(fake_calls_of(WIDE(CPU_ON)), 1);
		host_hv.psci.cpu[1].state = PSCI_OFF;
		host_fw.on[1] = false;
		assert_int_equal((int64_t)host_ask(CPU_ON, 1, HOST_RAM_BASE, 5), result);
	} else if (strcmp(id, "ON-SELF") == 0) {
		expect_cpu_on(0, HOST_RAM_BASE, result, 0);
	} else if (strcmp(id, "ON-ON") == 0) {
		host_hv.psci.cpu[1].state = PSCI_ON;
		expect_cpu_on(1, HOST_RAM_BASE, result, 0);
	} else if (strcmp(id, "ON-PENDING") == 0) {
		assert_int_equal(host_ask(WIDE(CPU_ON), 1, HOST_RAM_BASE, 5), 0);
		expect_cpu_on(1, HOST_RAM_BASE, result, 0);
	} else if (strcmp(id, "ON-NOCPU") == 0) {
		expect_cpu_on(4, HOST_RAM_BASE, result, 0);
		expect_cpu_on(0x100, HOST_RAM_BASE, result, 0);
		expect_cpu_on(0xffffff, HOST_RAM_BASE, result, 0);
	} else if (strcmp(id, "ON-MPIDR-RES") == 0) {
		for (unsigned bit = 24; bit < 32U; bit++)
			expect_cpu_on(1ULL << bit | 1U, HOST_RAM_BASE, result, 0);
		for (unsigned bit = 32; bit < 64U; bit++) { /* of the 64-bit form only */
			fake.calls = 0;
			assert_int_equal(
			    (int64_t)host_ask(WIDE(CPU_ON), 1ULL << bit | 1U, HOST_RAM_BASE, 5),
			    result);
			assert_int_equal(fake.calls, 0);
		}
	} else if (strcmp(id, "ON-BADENTRY") == 0) {
		for (unsigned i = 0; i < BAD_ENTRIES; i++)
			expect_cpu_on(1, bad_entries[i], result, 0);
	} else if (strcmp(id, "ON-DISABLED") == 0) {
		host_fw.status[3] = 0x00000000fffffff8; /* firmware knows, and says so */
		expect_cpu_on(1, HOST_RAM_BASE, result, 1);
		host_fw.status[3] = 0xfffffffffffffff8;
		expect_cpu_on(1, HOST_RAM_BASE, result, 1);
	} else if (strcmp(id, "ON-DENIED") == 0) {
		host_fw.status[3] = 0xdeadbeeffffffffd;
		expect_cpu_on(1, HOST_RAM_BASE, result, 1);
	} else {
		fail_msg("no test for case %s", id);
	}
	assert_int_equal(host_fw.malformed, 0);
}

static void test_psci_affinity_info(void **state)
{
	const struct json *vector = *state;
	const char *id = json_string(vector, "id");
	int64_t result = json_integer(vector, "result");
	uint64_t target = 1, level = 0;

	host_prepare();
	host_start(4);
	if (strcmp(id, "AFF-ON") == 0)
		host_hv.psci.cpu[1].state = PSCI_ON;
	else if (strcmp(id, "AFF-PENDING") == 0)
		assert_int_equal(host_ask(WIDE(CPU_ON), 1, HOST_RAM_BASE, 5), 0);
	else if (strcmp(id, "AFF-BAD") == 0)
		target = 9;
	else if (strcmp(id, "AFF-LEVEL") == 0)
		level = (uint64_t)json_integer(vector, "level");
	else
		assert_string_equal(id, "AFF-OFF");
	for (unsigned n = 0; n < 2U; n++) {
		uint64_t fid = form(AFFINITY_INFO, n);

		fake.calls = 0;
		assert_int_equal(host_ask(fid, target, level, 0), in_width(fid, result));
		/* firmware is asked only whether a CPU that was off still is */
		assert_int_equal(fake.calls, strcmp(id, "AFF-OFF") == 0);
	}
	/* the level has 32 bits in both forms */
	assert_int_equal((int64_t)host_ask(WIDE(AFFINITY_INFO), 0, 0xdeadbeef00000000, 0), 0);
	for (level = 1; level <= 0xffffffffU; level <<= 1)
		assert_int_equal((int64_t)host_ask(WIDE(AFFINITY_INFO), 1, level, 0), -2);
	assert_int_equal(host_fw.malformed, 0);
}

static void test_psci_status_words(void **state)
{
	const struct json *error = *state;

	assert_string_equal(psci_status_words((int32_t)error->integer), error->key);
}

static void test_psci_status_words_of_none(void **state)
{
	(void)state;
	assert_string_equal(psci_status_words(0), "SUCCESS");
	assert_string_equal(psci_status_words(1), "no PSCI status");
	assert_string_equal(psci_status_words(-10), "no PSCI status");
	assert_string_equal(psci_status_words(INT32_MIN), "no PSCI status");
}

/* ---- what is offered is what works (catalogue L6) ---- */

/* In words of docs: our entry needs the 64-bit form below; the rest needs the same form below. */
static bool offered(uint32_t psci32, uint32_t psci64, bool wide, uint32_t number)
{
	const uint32_t with_entry = 1U << 0x01 | 1U << 0x03 | 1U << 0x04 | 1U << 0x0e;
	const uint32_t both = 1U << 0x07 | 1U << 0x12 | 1U << 0x15;
	const uint32_t only32 =
	    1U << 0x02 | 1U << 0x06 | 1U << 0x08 | 1U << 0x09 | 1U << 0x0a | 1U << 0x0f;
	const uint32_t bit = 1U << number;

	if (number == 0U)
		return !wide;
	if ((bit & with_entry) != 0U)
		return (psci64 & bit) != 0U;
	if ((bit & both) != 0U)
		return ((wide ? psci64 : psci32) & bit) != 0U;
	return !wide && (bit & only32) != 0U && (psci32 & bit) != 0U;
}

static void cross_check(uint32_t psci32, uint32_t psci64)
{
	host_prepare();
	host_fw.psci32 = psci32 | 1U << 0x0a; /* mandatory from 1.0 on */
	host_fw.psci64 = psci64;
	host_start(4);
	for (uint32_t number = 0; number <= 0x1fU; number++) {
		for (unsigned wide = 0; wide < 2U; wide++) {
			uint32_t fid = (uint32_t)form(0x84000000U | number, wide);
			bool works, expected = offered(host_fw.psci32, psci64, wide != 0U, number);
			uint64_t x[SMCCC_REGISTERS];
			int32_t feature = smccc_int32(host_ask(FEATURES, fid, 0, 0));

			fake.calls = 0;
			if (number == 0x03U || number == 0x04U)
				host_call(x, fid, 1, number == 0x03U ? HOST_RAM_BASE : 0U, 0);
			else if (number == 0x0eU)
				host_call(x, fid, HOST_RAM_BASE, 0, 0);
			else
				host_call(x, fid, 0, 0, 0);
			works = x[0] != ALL_ONES;
			if (works != expected || (feature >= 0) != expected)
				fail_msg("0x%08x with 0x%08x 0x%08x: features %d, x0 0x%llx", fid,
					 psci32, psci64, feature, (unsigned long long)x[0]);
			assert_true(host_untouched(x, 4));
			if (!works)
				assert_int_equal(fake.calls, 0);
			/* firmware is never called for what it does not have */
			for (unsigned i = 0; i < fake.calls; i++) {
				uint32_t below = (uint32_t)fake.call[i].x[0];

				assert_true(((below & SMCCC_64) != 0U ? psci64 : host_fw.psci32) >>
						(below & 0x1fU) &
					    1U);
			}
			host_hv.psci.cpu[1].state = PSCI_OFF;
			host_fw.on[1] = false;
		}
	}
	assert_int_equal(host_fw.malformed, 0);
}

static void test_psci_L6_features_equal_the_calls(void **state)
{
	const char *seed = getenv("PORTCULLIS_SEED");
	uint32_t random = seed != NULL ? (uint32_t)strtoul(seed, NULL, 0) : 1U;

	(void)state;
	cross_check(0, 0);
	cross_check(EVERYTHING, EVERYTHING);
	for (unsigned bit = 0; bit < 24U; bit++) {
		cross_check(1U << bit, 0);
		cross_check(0, 1U << bit);
		cross_check(EVERYTHING, EVERYTHING & ~(1U << bit));
		cross_check(EVERYTHING & ~(1U << bit), EVERYTHING);
	}
	for (unsigned round = 0; round < 200U; round++) {
		uint32_t masks[2];

		for (unsigned i = 0; i < 2U; i++) {
			random = random * 1664525U + 1013904223U;
			masks[i] = random >> 8;
		}
		cross_check(masks[0] & EVERYTHING, masks[1] & EVERYTHING);
	}
}

/* Forms that the standard does not have are not offered, whatever firmware claims. */
static void test_psci_L6_forms_that_do_not_exist(void **state)
{
	static const uint64_t mpidr[1];

	(void)state;
	host_prepare();
	host_start(1);
	host_hv.firmware.psci32 = 0xffffffff;
	host_hv.firmware.psci64 = 0xffffffff;
	psci_init(&host_hv.psci, &host_hv.firmware, mpidr, 1, 0, host_hv.psci.entry_allowed,
		  host_hv.psci.foreign, NULL);
	assert_int_equal(host_hv.psci.offered32, 0x24c7df); /* 0..4, 6..10, 14, 15, 18, 21 */
	assert_int_equal(host_hv.psci.offered64, 0x24409a); /* 1, 3, 4, 7, 14, 18, 21 */
}

static void test_psci_L6_features_of_strange_identifiers(void **state)
{
	(void)state;
	start_full(0x10001);
	assert_int_equal(host_ask(FEATURES, 0x80000000, 0, 0), 0); /* SMCCC_VERSION: ours */
	assert_int_equal(host_ask(FEATURES, 0xdeadbeef80000000, 0, 0), 0);
	assert_int_equal(host_ask(FEATURES, 0xdeadbeefc4000003, 0, 0), 0);
	for (unsigned bit = 5; bit < 32U; bit++) {
		if (bit != 30U) /* the 64-bit form */
			assert_int_equal(host_ask(FEATURES, CPU_ON ^ 1U << bit, 0, 0), 0xffffffff);
	}
	assert_int_equal(host_ask(FEATURES, 0x80000001, 0, 0), 0xffffffff);
	assert_int_equal(host_ask(FEATURES, 0xc0000000, 0, 0), 0xffffffff);
	assert_int_equal(host_ask(FEATURES, 0x84000063, 0, 0), 0xffffffff);
	assert_int_equal(host_ask(FEATURES, 0, 0, 0), 0xffffffff);
}

static void test_psci_features_carry_flags(void **state)
{
	(void)state;
	for (int32_t flags = 0; flags < 4; flags++) {
		host_prepare();
		host_fw.psci32 |= 1U << 0x15;
		host_fw.suspend_flags = flags;
		host_start(1);
		for (unsigned n = 0; n < 2U; n++)
			assert_int_equal(host_ask(FEATURES, form(CPU_SUSPEND, n), 0, 0), flags);
		assert_int_equal(host_ask(FEATURES, WIDE(CPU_ON), 0, 0), 0);
		host_hv.firmware.off2_flags = 1;
		assert_int_equal(host_ask(FEATURES, SYSTEM_OFF2, 0, 0), 1);
	}
}

static void test_psci_version(void **state)
{
	static const struct {
		uint64_t firmware;
		uint64_t told;
	} rows[] = {
	    {2, 2},
	    {0x10000, 0x10000},
	    {0x10001, 0x10001},
	    {0x10003, 0x10003},
	    {0x10004, 0x10003},
	    {0x20000, 0x10003},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_full(rows[i].firmware);
		assert_int_equal(host_ask(0x84000000, 0, 0, 0), rows[i].told);
		/* INVALID_ADDRESS came with 1.0 */
		assert_int_equal(host_ask(CPU_ON, 1, 0, 0),
				 rows[i].told < 0x10000U ? 0xfffffffeU : 0xfffffff7U);
		assert_int_equal(fake.calls, 0);
	}
}

static void test_psci_absent(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_full(0xffffffff);
	for (uint32_t number = 0; number <= 0x1fU; number++) {
		for (unsigned n = 0; n < 2U; n++) {
			host_call(x, form(0x84000000U | number, n), 1, HOST_RAM_BASE, 3);
			assert_int_equal(x[0], ALL_ONES);
			assert_int_equal(x[1], 1);
		}
	}
	assert_int_equal(fake.calls, 0);
	assert_true(fake_said("[psci-none]"));
}

/* ---- single calls ---- */

static void test_psci_migrate_info(void **state)
{
	static const struct {
		uint64_t raw;
		uint64_t told;
	} types[] =
	    {
		{0xdeadbeef00000001, 1},  {2, 2},          {0xffffffff, 0xffffffff},
		{ALL_ONES, 0xffffffff},   {3, 0xffffffff}, {0xfffffffe, 0xffffffff},
		{0x84000006, 0xffffffff},
	    },
	  cpus32[] =
	      {
		  {0xffffff03, 0xffff03}, /* negative and no status: affinity fields remain */
		  {0xdeadbeef00000102, 0x102},
		  {ALL_ONES, 0xffffffff},
		  {0xfffffff7, 0xfffffff7},
	      },
	  cpus64[] = {
	      {0x0000000500000102, 0x0000000500000102},
	      {0xdeadbe0500000102, 0x0000000500000102},
	      {0x0000000500000000, 0x0000000500000000}, /* its low word is no SUCCESS */
	      {0xffffffff, ALL_ONES},
	      {ALL_ONES, ALL_ONES},
	      {0xfffffffd, 0xfffffffffffffffd},
	  };

	(void)state;
	start_full(0x10001);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		host_fw.status[6] = types[i].raw;
		assert_int_equal(host_ask(MIGRATE_INFO_TYPE, 0, 0, 0), types[i].told);
	}
	for (unsigned i = 0; i < sizeof(cpus32) / sizeof(cpus32[0]); i++) {
		host_fw.status[7] = cpus32[i].raw;
		assert_int_equal(host_ask(MIGRATE_INFO_UP, 0, 0, 0), cpus32[i].told);
	}
	for (unsigned i = 0; i < sizeof(cpus64) / sizeof(cpus64[0]); i++) {
		host_fw.status[7] = cpus64[i].raw;
		assert_int_equal(host_ask(WIDE(MIGRATE_INFO_UP), 0, 0, 0), cpus64[i].told);
	}
	assert_int_equal(host_fw.malformed, 0);
}

static void test_psci_set_suspend_mode(void **state)
{
	(void)state;
	start_full(0x10001);
	for (uint64_t mode = 0; mode < 2U; mode++) {
		fake.calls = 0;
		assert_int_equal(host_ask(SET_SUSPEND_MODE, 0xdeadbeef00000000ULL | mode, 0, 0), 0);
		assert_int_equal(fake.calls, 1);
		assert_int_equal(fake.call[0].x[1], mode);
	}
	fake.calls = 0;
	for (uint64_t mode = 2; mode <= 0xffffffffU; mode <<= 1)
		assert_int_equal(host_ask(SET_SUSPEND_MODE, mode, 0, 0), 0xfffffffe);
	assert_int_equal(fake.calls, 0);
	host_fw.status[0x0f] = 0xfffffffd;
	assert_int_equal(host_ask(SET_SUSPEND_MODE, 1, 0, 0), 0xfffffffd);
}

/* Calls that end the system: exact arguments below, and never SUCCESS when they come back. */
static void test_psci_end_of_system(void **state)
{
	static const struct {
		uint64_t fid, x1, x2, forwarded1, forwarded2;
		int64_t refused; /* 0: reaches firmware */
	} rows[] = {
	    {SYSTEM_OFF, 7, 8, 0, 0, 0},
	    {SYSTEM_RESET, 7, 8, 0, 0, 0},
	    {SYSTEM_RESET2, 0, 0xdeadbeef11112222, 0, 0x11112222, 0},
	    {WIDE(SYSTEM_RESET2), 0, 0xdeadbeef11112222, 0, 0xdeadbeef11112222, 0},
	    {WIDE(SYSTEM_RESET2), 0xdeadbeef80000001, 5, 0x80000001, 5, 0},
	    {SYSTEM_RESET2, 0xffffffff, 5, 0xffffffff, 5, 0},
	    {SYSTEM_RESET2, 1, 0, 0, 0, -2},
	    {WIDE(SYSTEM_RESET2), 0x7fffffff, 0, 0, 0, -2},
	    /* a cookie that is an address of ours, in the width of the call */
	    {WIDE(SYSTEM_RESET2), 0x80000001, HOST_WITHHELD, 0, 0, -2},
	    {WIDE(SYSTEM_RESET2), 0, HOST_WITHHELD + HOST_WITHHELD_SIZE - 1U, 0, 0, -2},
	    {SYSTEM_RESET2, 0x80000001, 0xdeadbeef00000000 | HOST_WITHHELD, 0, 0, -2},
	    {WIDE(SYSTEM_RESET2), 0x80000001, 0xdeadbeef00000000 | HOST_WITHHELD, 0x80000001,
	     0xdeadbeef00000000 | HOST_WITHHELD, 0},
	    {WIDE(SYSTEM_RESET2), 0x80000001, HOST_WITHHELD - 1U, 0x80000001, HOST_WITHHELD - 1U,
	     0},
	    {WIDE(SYSTEM_RESET2), 0x80000001, HOST_WITHHELD + HOST_WITHHELD_SIZE, 0x80000001,
	     HOST_WITHHELD + HOST_WITHHELD_SIZE, 0},
	    {SYSTEM_OFF2, 0, 0, 0, 0, 0},
	    {SYSTEM_OFF2, 1, 0xdeadbeef00000000, 1, 0, 0},
	    {WIDE(SYSTEM_OFF2), 0xdeadbeef00000001, 0, 1, 0, 0},
	    {WIDE(SYSTEM_OFF2), 1, 0xdeadbeef00000000, 0, 0, -2},
	    {SYSTEM_OFF2, 1, 1, 0, 0, -2},
	    {SYSTEM_OFF2, 2, 0, 0, 0, -2},
	};
	static const struct {
		uint64_t raw;
		int64_t told;
	} answers[] = {
	    {0xdeadbeef00000000, -6}, {0xfffffffd, -3}, {ALL_ONES, -1}, {5, -6}, {0x80000000, -6},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned j = 0; j < sizeof(answers) / sizeof(answers[0]); j++) {
			int64_t told = rows[i].refused != 0 ? rows[i].refused : answers[j].told;

			start_full(0x10003);
			for (unsigned n = 0; n < 32U; n++)
				host_fw.status[n] = answers[j].raw;
			assert_int_equal(host_ask(rows[i].fid, rows[i].x1, rows[i].x2, 9),
					 in_width(rows[i].fid, told));
			assert_int_equal(fake.calls, rows[i].refused == 0);
			if (fake.calls != 0U) {
				assert_int_equal(fake.call[0].x[0], rows[i].fid);
				assert_int_equal(fake.call[0].x[1], rows[i].forwarded1);
				assert_int_equal(fake.call[0].x[2], rows[i].forwarded2);
			}
			assert_int_equal(host_fw.malformed, 0);
		}
	}
}

/* ---- the report ---- */

static void test_psci_report(void **state)
{
	(void)state;
	host_prepare();
	host_start(1);
	assert_true(
	    fake_said("[psci-offer] host is offered: VERSION CPU_SUSPEND+64 CPU_OFF CPU_ON+64 "
		      "AFFINITY_INFO+64 MIGRATE_INFO_TYPE SYSTEM_OFF SYSTEM_RESET\n"));
	assert_true(fake_said("[psci-offer] host is offered PSCI 1.1: FEATURES SYSTEM_SUSPEND+64 "
			      "SYSTEM_RESET2+64\n"));
}

static void test_psci_report_is_never_cut(void **state)
{
	(void)state;
	host_prepare();
	host_start(1);
	/* names only move to another line: all sets of the 14 functions */
	for (uint32_t set = 0; set < 1U << 14; set++) {
		static const uint8_t numbers[14] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x07,
						    0x08, 0x09, 0x0a, 0x0e, 0x0f, 0x12, 0x15};
		uint32_t mask = 0;

		for (unsigned i = 0; i < 14U; i++)
			mask |= (set >> i & 1U) << numbers[i];
		host_hv.psci.offered32 = mask;
		host_hv.psci.offered64 = mask;
		fake.console_length = 0;
		fake.console[0] = '\0';
		psci_report(&host_hv.psci);
		assert_null(strstr(fake.console, "...\n"));
		assert_int_equal(fake_said(" SYSTEM_OFF2+64"), mask >> 0x15);
		assert_int_equal(fake_said(" CPU_SUSPEND+64"), mask >> 1 & 1U);
		assert_true(fake_said("host is offered PSCI 1.1:"));
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_psci_status_words_of_none),
	    cmocka_unit_test(test_psci_L6_features_equal_the_calls),
	    cmocka_unit_test(test_psci_L6_forms_that_do_not_exist),
	    cmocka_unit_test(test_psci_L6_features_of_strange_identifiers),
	    cmocka_unit_test(test_psci_features_carry_flags),
	    cmocka_unit_test(test_psci_version),
	    cmocka_unit_test(test_psci_absent),
	    cmocka_unit_test(test_psci_migrate_info),
	    cmocka_unit_test(test_psci_set_suspend_mode),
	    cmocka_unit_test(test_psci_end_of_system),
	    cmocka_unit_test(test_psci_report),
	    cmocka_unit_test(test_psci_report_is_never_cut),
	};
	static struct CMUnitTest tests[CASES_MAX];
	const struct json *vectors = json_vectors("psci.json");
	size_t count = 0;

	count = cases_add(tests, count, "test_psci_power_state", json_array(vectors, "power_state"),
			  NULL, test_psci_power_state);
	count = cases_add(tests, count, "test_psci_cpu_on", json_array(vectors, "cpu_on"), "id",
			  test_psci_cpu_on);
	count = cases_add(tests, count, "test_psci_affinity_info",
			  json_array(vectors, "affinity_info"), "id", test_psci_affinity_info);
	count = cases_add(tests, count, "test_psci_status_words", json_member(vectors, "errors"),
			  NULL, test_psci_status_words);
	count = cases_append(tests, count, fixed, sizeof(fixed) / sizeof(fixed[0]));
	return _cmocka_run_group_tests("psci", tests, count, NULL, NULL);
}
