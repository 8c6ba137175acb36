/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges that the boot option hv.smc= opens: what reaches firmware, what comes back, and that
 * nothing else passes.
 */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "host.h"

#define ALL_ONES (~(uint64_t)0)

/* A service that shows which call it answers, in every register and every half of it. */
static bool service(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t owner = (uint32_t)x[0] >> 24 & 0x3fU;

	(void)firmware;
	if (owner == 0U || owner == 4U)
		return false; /* the fake's own */
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = 0x5e00000000000000ULL | (uint64_t)n << 32 | 0x70000000U | n;
	return true;
}

static void start(uint64_t smccc, const char *option)
{
	host_prepare();
	host_fw.smccc_version = smccc;
	host_fw.special = service;
	host_start(4);
	assert_true(smccc_policy_option(&host_hv.policy, option));
}

/* x0 with garbage above and the hint, canaries with both halves filled everywhere else. */
static void call(uint64_t x[SMCCC_REGISTERS], uint32_t fid)
{
	host_registers(x, 0xdeadbeef00010000ULL | fid, host_canary(1), host_canary(2),
		       host_canary(3));
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	assert_int_equal(host_fw.malformed, 0);
}

static const struct {
	const char *option;
	uint32_t fid;
	bool client; /* x7 tells the trusted OS who calls */
} openings[] = {
    {"sip", 0x82000005, false}, {"sip", 0xc200ff01, false},         {"oem", 0x83000000, false},
    {"oem", 0xc3001234, false}, {"tos", 0xb0000001, true},          {"tos", 0xb2000007, true},
    {"tos", 0xf2000007, true},  {"tos", 0x32000004, true},          {"tos", 0x72000004, true},
    {"tos", 0xbf00ffff, true},  {"sip,oem,tos", 0x82000006, false},
};

#define OPENINGS (sizeof(openings) / sizeof(openings[0]))

static void test_forward_arguments(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPENINGS; i++) {
		const uint32_t fid = openings[i].fid;
		bool wide = (fid & SMCCC_64) != 0U;
		uint64_t x[SMCCC_REGISTERS];

		start(0x10002, openings[i].option);
		call(x, fid);
		assert_int_equal(fake.calls, 1);
		assert_int_equal(fake.call[0].x[0], fid);
		for (unsigned n = 1; n < SMCCC_REGISTERS; n++) {
			uint64_t expected = wide      ? host_canary(n)
					    : n <= 7U ? (uint32_t)host_canary(n)
						      : 0U;

			if (n == 7U && openings[i].client)
				expected = 0;
			assert_int_equal(fake.call[0].x[n], expected);
		}
	}
}

/* SMCCC 1.2 and later: w0..w7 or x0..x17; before: x0..x3. What lies beyond is the caller's. */
static void test_forward_results(void **state)
{
	static const uint64_t conventions[] = {0x10000, 0x10001, 0x10002, 0x10005};

	(void)state;
	for (unsigned i = 0; i < OPENINGS; i++) {
		for (unsigned j = 0; j < 4U; j++) {
			const uint32_t fid = openings[i].fid;
			bool wide = (fid & SMCCC_64) != 0U;
			unsigned results = conventions[j] < 0x10002U ? 4U : wide ? 18U : 8U;
			uint64_t x[SMCCC_REGISTERS];

			start(conventions[j], openings[i].option);
			call(x, fid);
			for (unsigned n = 0; n < results; n++) {
				uint64_t raw =
				    0x5e00000000000000ULL | (uint64_t)n << 32 | 0x70000000U | n;

				assert_int_equal(x[n], wide ? raw : (uint32_t)raw);
			}
			assert_true(host_untouched(x, results));
		}
	}
}

static bool unknown32(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if (((uint32_t)x[0] >> 24 & 0x3fU) == 4U || ((uint32_t)x[0] >> 24 & 0x3fU) == 0U)
		return false;
	x[0] = 0xdeadbeefffffffffULL;
	x[1] = 0x5ec4e7;
	return true;
}

/* An unknown function of firmware, in whatever width, is unknown to the host in both. */
static void test_forward_unknown(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start(0x10002, "sip");
	host_fw.special = unknown32;
	call(x, 0x82000000);
	assert_int_equal(x[0], ALL_ONES);
	assert_true(host_untouched(x, 1));
}

/* Everything open: whatever is not in one of the three ranges is still refused. */
static void test_forward_nothing_else(void **state)
{
	static const uint32_t numbers[] = {0, 0x63, 0xff01, 0xffff};

	(void)state;
	start(0x10002, "sip,oem,tos");
	for (uint32_t upper = 0; upper <= 0xffffU; upper++) {
		for (unsigned i = 0; i < 4U; i++) {
			uint32_t fid = upper << 16 | numbers[i];
			uint32_t owner = fid >> 24 & 0x3fU;
			bool reserved = (fid & 0x00fe0000U) != 0U;
			bool open =
			    !reserved &&
			    (owner >= 48U || (fid >> 31 == 1U && (owner == 2U || owner == 3U)));
			uint64_t x[SMCCC_REGISTERS];

			fake.calls = 0;
			host_registers(x, fid, host_canary(1), host_canary(2), host_canary(3));
			smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
			if (fake.calls != (open ? 1U : 0U))
				fail_msg("0x%08x: forwarded %u times", fid, fake.calls);
		}
	}
	assert_int_equal(host_fw.malformed, 0);
}

static unsigned lines_with(const char *text)
{
	unsigned count = 0;

	for (const char *at = fake.console; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

/* Catalogue L9 and Q10: the first use of an opened range is logged, once for each. */
static void test_forward_L9_first_use(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start(0x10002, "sip,tos");
	for (unsigned round = 0; round < 3U; round++) {
		call(x, 0x82000005);
		call(x, 0xc2000006);
		call(x, 0xb2000007);
		call(x, 0x83000000); /* closed */
	}
	assert_int_equal(lines_with("[smc-first]"), 2);
	assert_int_equal(lines_with("[smc-first] first call 0x82000005"), 1);
	assert_int_equal(lines_with("[smc-first] first call 0xb2000007"), 1);
}

static void *use(void *argument)
{
	uint64_t x[SMCCC_REGISTERS];

	fake_cpu = (unsigned)(uintptr_t)argument;
	for (unsigned i = 0; i < 200U; i++) {
		host_registers(x, 0x82000005, 0, 0, 0);
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	}
	return NULL;
}

static void test_forward_first_use_from_many_cpus(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20U; round++) {
		pthread_t threads[4];

		start(0x10002, "sip");
		for (uintptr_t i = 0; i < 4U; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, use, (void *)i), 0);
		for (unsigned i = 0; i < 4U; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(lines_with("[smc-first]"), 1);
		assert_int_equal(fake.calls, 800);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forward_arguments),
	    cmocka_unit_test(test_forward_results),
	    cmocka_unit_test(test_forward_unknown),
	    cmocka_unit_test(test_forward_nothing_else),
	    cmocka_unit_test(test_forward_L9_first_use),
	    cmocka_unit_test(test_forward_first_use_from_many_cpus),
	};

	return cmocka_run_group_tests_name("forward", tests, NULL, NULL);
}
