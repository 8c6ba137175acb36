/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The convention itself: identifiers, widths of arguments and results, against
 * tests/vectors/smccc.json; and the rows A1 to A4, A7, A8 and A13 of the catalogue of adversarial
 * cases, through the router.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "host.h"

#define ALL_ONES (~(uint64_t)0)

/* ---- vectors ---- */

static enum smccc_range range_of_class(const char *class)
{
	static const struct {
		const char *class;
		enum smccc_range range;
	} ranges[] = {
	    {"arch", SMCCC_RANGE_ARCH},
	    {"cpu", SMCCC_RANGE_CPU},
	    {"sip", SMCCC_RANGE_SIP},
	    {"oem", SMCCC_RANGE_OEM},
	    {"psci", SMCCC_RANGE_STANDARD},
	    {"trng", SMCCC_RANGE_STANDARD},
	    {"ffa", SMCCC_RANGE_STANDARD},
	    {"std", SMCCC_RANGE_STANDARD},
	    {"std_hyp", SMCCC_RANGE_STANDARD_HYPERVISOR},
	    {"vendor_hyp", SMCCC_RANGE_VENDOR_HYPERVISOR},
	    {"vendor_el3", SMCCC_RANGE_VENDOR_EL3},
	    {"tos", SMCCC_RANGE_TRUSTED_OS},
	    {"legacy", SMCCC_RANGE_LEGACY},
	    {"unknown", SMCCC_RANGE_UNKNOWN},
	};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (strcmp(ranges[i].class, class) == 0)
			return ranges[i].range;
	fail_msg("no range for class %s", class);
	return SMCCC_RANGES;
}

/* Within the standard range the number decides between PSCI, TRNG, FF-A and nobody. */
static const char *class_of_number(uint16_t number)
{
	if (number <= PSCI_LAST_NUMBER)
		return "psci";
	if (number >= FFA_FIRST_NUMBER && number <= FFA_LAST_NUMBER)
		return "ffa";
	return number >= 0x50U && number <= 0x5fU ? "trng" : "std";
}

static void test_smccc_function_id(void **state)
{
	const struct json *vector = *state;
	const char *class = json_string(vector, "class");
	uint64_t x[SMCCC_REGISTERS];
	struct smccc_call call;

	host_registers(x, json_register(json_member(vector, "x0")), 0, 0, 0);
	smccc_decode(&call, x);
	assert_int_equal((call.fid & SMCCC_FAST) != 0U, json_truth(vector, "fast"));
	assert_int_equal(call.smc64, json_truth(vector, "smc64"));
	assert_int_equal(smccc_owner(call.fid), json_integer(vector, "owner"));
	/* the hint is no part of the identifier, whether it was given or not */
	assert_int_equal(call.fid,
			 (uint32_t)x[0] - (json_truth(vector, "sve_hint") ? SMCCC_HINT : 0U));
	assert_int_equal((call.fid & SMCCC_RESERVED) == 0U, json_truth(vector, "reserved_zero"));
	assert_int_equal(call.number, json_integer(vector, "number"));
	assert_int_equal(smccc_range_of(call.fid), range_of_class(class));
	if (smccc_range_of(call.fid) == SMCCC_RANGE_STANDARD)
		assert_string_equal(class_of_number(call.number), class);
}

static void test_smccc_result32(void **state)
{
	const struct json *vector = *state;
	uint64_t raw = json_register(json_member(vector, "raw_x0"));

	assert_int_equal(smccc_int32(raw), json_integer(vector, "as_int32"));
	assert_int_equal(smccc_word(raw), (uint32_t)json_integer(vector, "as_int32"));
}

/* What others answer to an unknown function is what we read as NOT_SUPPORTED, and answer too. */
static void test_smccc_unknown_result(void **state)
{
	uint64_t theirs = strtoull(json_string(*state, "x0"), NULL, 16), x[SMCCC_REGISTERS];
	struct smccc_call call;

	host_registers(x, 0x84000020, 0, 0, 0);
	smccc_decode(&call, x);
	smccc_return_unknown(&call);
	assert_int_equal(x[0], theirs);
	assert_int_equal(smccc_int32(theirs), SMCCC_NOT_SUPPORTED);
}

/* A trap with an immediate: the low half of the syndrome is what the router is given. */
static void test_smccc_trapped(void **state)
{
	uint32_t esr = (uint32_t)json_register(json_member(*state, "esr"));
	bool smc = esr >> 26 == 0x17U;
	uint64_t x[SMCCC_REGISTERS];

	assert_int_equal(esr >> 26, json_register(json_member(*state, "ec")));
	assert_int_equal(esr & 0xffffU, json_register(json_member(*state, "iss_imm")));
	assert_true(smc || esr >> 26 == 0x16U);
	host_prepare();
	host_start(2);
	host_registers(x, 0x84000000, 0, 0, 0);
	smccc_route(&host_hv, &host_decoded[fake_cpu], (uint16_t)esr, x);
	assert_int_equal(x[0], ALL_ONES);
	assert_int_equal(fake.calls, 0);
}

/* ---- decoding ---- */

static void test_smccc_decode_every_bit(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64U; bit++) {
		uint64_t x[SMCCC_REGISTERS] = {1ULL << bit};
		struct smccc_call call;

		smccc_decode(&call, x);
		assert_int_equal(call.smc64, bit == 30U);
		assert_int_equal(smccc_owner(call.fid),
				 bit >= 24U && bit <= 29U ? 1U << (bit - 24U) : 0U);
		assert_int_equal(call.number, bit < 16U ? 1U << bit : 0U);
		/* neither the hint nor the upper half is part of the identifier */
		assert_int_equal(call.fid, bit == 16U || bit > 31U ? 0U : 1U << bit);
		assert_ptr_equal(call.x, x);
	}
}

static void test_smccc_argument_width(void **state)
{
	uint64_t x[SMCCC_REGISTERS];
	struct smccc_call call;

	(void)state;
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = 0xdeadbeef00000000ULL | 0x80000000U | n;
	x[0] = 0x84000003;
	smccc_decode(&call, x);
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++) {
		assert_int_equal(smccc_argument(&call, n), 0x80000000U | n);
		assert_int_equal(smccc_argument32(&call, n), 0x80000000U | n);
	}
	x[0] = 0xc4000003;
	smccc_decode(&call, x);
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++) {
		assert_int_equal(smccc_argument(&call, n), x[n]);
		assert_int_equal(smccc_argument32(&call, n), 0x80000000U | n);
	}
}

static void test_smccc_result_width(void **state)
{
	uint64_t x[SMCCC_REGISTERS];
	struct smccc_call call;

	(void)state;
	for (int32_t status = -9; status <= 9; status++) {
		host_registers(x, 0x84000003, 1, 2, 3);
		smccc_decode(&call, x);
		smccc_return_status(&call, status);
		assert_int_equal(x[0], (uint32_t)status); /* zero above w0 */
		host_registers(x, 0xc4000003, 1, 2, 3);
		smccc_decode(&call, x);
		smccc_return_status(&call, status);
		assert_int_equal((int64_t)x[0], status);
		assert_int_equal(x[1], 1);
		assert_true(host_untouched(x, 4));
	}
	smccc_return32(&call, 5, 0xffffffffU);
	assert_int_equal(x[5], 0xffffffffU);
	smccc_return64(&call, 17, 0x8000000000000001ULL);
	assert_int_equal(x[17], 0x8000000000000001ULL);
	assert_int_equal(x[16], host_canary(16));
}

/* ---- the catalogue's rows, with a call of every kind ---- */

struct example {
	uint64_t x0, x1, x2, x3;
	unsigned results; /* registers that the call may write */
};

static const struct example examples[] = {
    {0x80000000, 0, 0, 0, 1},                         /* SMCCC_VERSION */
    {0x80000001, 0x80008000, 0, 0, 1},                /* ARCH_FEATURES */
    {0x80000001, 0x84000000, 0, 0, 1},                /* of what is no architecture call */
    {0x80000002, 0, 0, 0, 1},                         /* SOC_ID version */
    {0x80000002, 2, 0, 0, 1},                         /* name: not in 32 bits */
    {0x80008000, 0, 0, 0, 0},                         /* WORKAROUND_1 */
    {0x80007fff, 1, 0, 0, 1},                         /* WORKAROUND_2: not required, so unknown */
    {0x80003fff, 0, 0, 0, 1},                         /* WORKAROUND_3: absent */
    {0x80000005, 0, 0, 0, 1},                         /* no such architecture call */
    {0x81000000, 0, 0, 0, 1},                         /* CPU service */
    {0x82000000, 0x40201000, 0, 0, 1},                /* SiP, closed */
    {0x83000001, 0, 0, 0, 1},                         /* OEM, closed */
    {0x84000000, 0, 0, 0, 1},                         /* PSCI_VERSION */
    {0x84000003, 1, HOST_RAM_BASE, 5, 1},             /* CPU_ON */
    {0x84000004, 2, 0, 0, 1},                         /* AFFINITY_INFO */
    {0x84000005, 0, 0, 0, 1},                         /* MIGRATE, never offered */
    {0x84000006, 0, 0, 0, 1},                         /* MIGRATE_INFO_TYPE */
    {0x8400000a, 0x84000003, 0, 0, 1},                /* PSCI_FEATURES */
    {0x84000020, 0, 0, 0, 1},                         /* SDEI */
    {0x84000050, 0, 0, 0, 1},                         /* TRNG_VERSION */
    {0x84000051, 0x84000053, 0, 0, 1},                /* TRNG_FEATURES */
    {0x84000052, 0, 0, 0, 4},                         /* TRNG_GET_UUID */
    {0x84000053, 40, 0, 0, 4},                        /* TRNG_RND32 */
    {0x84000053, 97, 0, 0, 4},                        /* out of range */
    {0x84000060, 0, 0, 0, 8},                         /* FFA_ERROR as a call */
    {0x84000063, 0x10001, 0, 0, 8},                   /* FFA_VERSION */
    {0x84000064, 0x84000063, 0, 0, 8},                /* FFA_FEATURES before a version */
    {0x840000ff, 0, 0, 0, 8},                         /* last of the FF-A window */
    {0x84000100, 0, 0, 0, 1},                         /* beyond it */
    {0x8400ff01, 0, 0, 0, 1},                         /* UID of the standard range: none here */
    {0x85000000, 0, 0, 0, 1},                         /* standard hypervisor */
    {0x86000000, 0, 0, 0, 1},                         /* presence */
    {0x8600ff01, 0, 0, 0, 4},                         /* UID */
    {0x8600ff03, 0, 0, 0, 2},                         /* revision */
    {0x86000001, 0, 0, 0, 1},                         /* no such vendor call */
    {0x87000000, 0, 0, 0, 1},                         /* vendor EL3 */
    {0x88000000, 0, 0, 0, 1},                         /* reserved owner */
    {0xb2000001, 0, 0, 0, 1},                         /* trusted OS, closed */
    {0x32000004, 0, 0, 0, 1},                         /* the same, yielding */
    {0x00000000, 0, 0, 0, 1},                         /* legacy */
    {0x84020063, 0x10001, 0, 0, 1},                   /* reserved bit */
    {0xc0000002, 0, 0, 0, 1},                         /* SOC_ID, 64-bit form */
    {0xc4000001, 0, 0, 0, 1},                         /* CPU_SUSPEND, standby */
    {0xc4000003, 1, HOST_RAM_BASE, 5, 1},             /* CPU_ON */
    {0xc4000053, 100, 0, 0, 4},                       /* TRNG_RND64 */
    {0xc4000063, 0x10001, 0, 0, 8},                   /* FFA_VERSION has no 64-bit form */
    {0xc4000066, HOST_RAM_BASE, HOST_RAM_BASE, 1, 8}, /* FFA_RXTX_MAP */
    {0xc5000020, 0, 0, 0, 1},                         /* PV_TIME_FEATURES */
    {0xc600ff01, 0, 0, 0, 1},                         /* UID has no 64-bit form */
};

#define EXAMPLES (sizeof(examples) / sizeof(examples[0]))

/* A firmware that has what the examples ask for, and a host that has done nothing yet. */
static void start(void)
{
	host_prepare();
	host_fw.soc_id = true;
	host_fw.soc_id_name = true;
	host_fw.trng = true;
	host_fw.workaround[0][0] = 0; /* needed here: reaches firmware */
	host_start(4);
}

static void run(const struct example *example, uint16_t immediate, uint64_t x[SMCCC_REGISTERS])
{
	start();
	host_registers(x, example->x0, example->x1, example->x2, example->x3);
	smccc_route(&host_hv, &host_decoded[fake_cpu], immediate, x);
	assert_int_equal(host_fw.malformed, 0);
}

static void expect_same(const uint64_t x[SMCCC_REGISTERS], const uint64_t plain[SMCCC_REGISTERS],
			unsigned results)
{
	for (unsigned n = 0; n < results; n++)
		assert_int_equal(x[n], plain[n]);
}

static void test_smccc_A1_immediate(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start();
	for (unsigned i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];

		for (unsigned immediate = 1; immediate <= 0xffffU; immediate <<= 1) {
			host_registers(x, e->x0, e->x1, e->x2, e->x3);
			smccc_route(&host_hv, &host_decoded[fake_cpu], (uint16_t)immediate, x);
			assert_int_equal(x[0], ALL_ONES);
			assert_int_equal(x[1], e->x1);
			assert_int_equal(x[2], e->x2);
			assert_int_equal(x[3], e->x3);
			assert_true(host_untouched(x, 4));
		}
	}
	for (unsigned immediate = 1; immediate <= 0xffffU; immediate++) {
		host_registers(x, 0x84000000, 0, 0, 0);
		smccc_route(&host_hv, &host_decoded[fake_cpu], (uint16_t)immediate, x);
		assert_int_equal(x[0], ALL_ONES);
	}
	assert_int_equal(fake.calls, 0);
	assert_int_equal(host_hv.ffa.host.version, 0);
	assert_int_equal(psci_cpu_state(&host_hv.psci, 1), PSCI_OFF);
}

static void test_smccc_A1_immediate_closes_open_ranges(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start();
	assert_true(smccc_policy_option(&host_hv.policy, "sip,oem,tos"));
	host_registers(x, 0x82000000, 1, 2, 3);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 1, x);
	assert_int_equal(x[0], ALL_ONES);
	assert_int_equal(fake.calls, 0);
}

static void test_smccc_A2_garbage_above_w0(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXAMPLES; i++) {
		uint64_t plain[SMCCC_REGISTERS], x[SMCCC_REGISTERS];
		struct example garbage = examples[i];
		unsigned calls;

		run(&examples[i], 0, plain);
		calls = fake.calls;
		garbage.x0 |= 0xdeadbeef00000000ULL;
		run(&garbage, 0, x);
		expect_same(x, plain, examples[i].results);
		assert_int_equal(fake.calls, calls);
		for (unsigned n = 0; n < calls; n++) /* the identifier that went on is clean */
			assert_int_equal(fake.call[n].x[0] >> 32, 0);
	}
}

static void test_smccc_A3_hint(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXAMPLES; i++) {
		uint64_t plain[SMCCC_REGISTERS], x[SMCCC_REGISTERS];
		struct example hint = examples[i];
		unsigned calls;

		run(&examples[i], 0, plain);
		calls = fake.calls;
		hint.x0 |= SMCCC_HINT;
		run(&hint, 0, x);
		expect_same(x, plain, examples[i].results);
		assert_int_equal(fake.calls, calls);
		for (unsigned n = 0; n < calls; n++) /* firmware before 1.3 does not know it */
			assert_int_equal(fake.call[n].x[0] & SMCCC_HINT, 0);
	}
}

static void test_smccc_A4_yielding(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXAMPLES; i++) {
		struct example yielding = examples[i];
		uint64_t x[SMCCC_REGISTERS];

		yielding.x0 &= ~(uint64_t)SMCCC_FAST;
		run(&yielding, 0, x);
		assert_int_equal(x[0], ALL_ONES);
		assert_int_equal(x[1], yielding.x1);
		assert_true(host_untouched(x, 4));
		assert_int_equal(fake.calls, 0);
		assert_int_equal(host_hv.ffa.host.version, 0);
		assert_int_equal(psci_cpu_state(&host_hv.psci, 1), PSCI_OFF);
	}
}

static void test_smccc_A7_garbage_above_arguments(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXAMPLES; i++) {
		uint64_t plain[SMCCC_REGISTERS], x[SMCCC_REGISTERS];
		struct example garbage = examples[i];
		unsigned calls;

		if ((garbage.x0 & SMCCC_64) != 0U)
			continue;
		run(&examples[i], 0, plain);
		calls = fake.calls;
		garbage.x1 |= 0x100000000ULL;
		garbage.x2 |= 0x8000000000000000ULL;
		garbage.x3 |= 0xdeadbeef00000000ULL;
		run(&garbage, 0, x);
		expect_same(x, plain, examples[i].results);
		assert_int_equal(fake.calls, calls);
		assert_int_equal(host_hv.psci.cpu[1].on.context >> 32, 0);
	}
}

/* Exactly the results are written; x8..x17 never by a 32-bit call that is answered here. */
static void test_smccc_A8_registers_that_are_no_results(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		const uint64_t given[4] = {e->x0, e->x1, e->x2, e->x3};

		for (unsigned clobbers = 0; clobbers < 2U; clobbers++) {
			uint64_t x[SMCCC_REGISTERS];

			start();
			host_fw.clobbers = clobbers != 0U;
			host_registers(x, e->x0, e->x1, e->x2, e->x3);
			smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
			for (unsigned n = e->results; n < 4U; n++)
				assert_int_equal(x[n], given[n]);
			assert_true(host_untouched(x, e->results > 4U ? e->results : 4U));
			if ((e->x0 & SMCCC_64) == 0U) /* a 32-bit result leaves nothing above */
				for (unsigned n = 0; n < e->results; n++)
					assert_true(x[n] >> 32 == 0U ||
						    (n == 0U && x[0] == ALL_ONES));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_smccc_decode_every_bit),
	    cmocka_unit_test(test_smccc_argument_width),
	    cmocka_unit_test(test_smccc_result_width),
	    cmocka_unit_test(test_smccc_A1_immediate),
	    cmocka_unit_test(test_smccc_A1_immediate_closes_open_ranges),
	    cmocka_unit_test(test_smccc_A2_garbage_above_w0),
	    cmocka_unit_test(test_smccc_A3_hint),
	    cmocka_unit_test(test_smccc_A4_yielding),
	    cmocka_unit_test(test_smccc_A7_garbage_above_arguments),
	    cmocka_unit_test(test_smccc_A8_registers_that_are_no_results),
	};
	static struct CMUnitTest tests[CASES_MAX];
	const struct json *vectors = json_vectors("smccc.json");
	size_t count = 0;

	count = cases_add(tests, count, "test_smccc_function_id",
			  json_array(vectors, "function_ids"), "name", test_smccc_function_id);
	count = cases_add(tests, count, "test_smccc_result32", json_array(vectors, "results32"),
			  NULL, test_smccc_result32);
	count = cases_add(tests, count, "test_smccc_unknown_result",
			  json_array(vectors, "unknown_results"), NULL, test_smccc_unknown_result);
	count = cases_add(tests, count, "test_smccc_trapped",
			  json_array(vectors, "trapped_exception"), NULL, test_smccc_trapped);
	count = cases_append(tests, count, fixed, sizeof(fixed) / sizeof(fixed[0]));
	return _cmocka_run_group_tests("smccc", tests, count, NULL, NULL);
}
