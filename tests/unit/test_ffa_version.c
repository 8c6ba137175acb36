/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_VERSION in both directions: every case of tests/vectors/ffa_version.json, and the rows V1 to
 * V21 of the catalogue of adversarial cases through discovery and the host's own calls.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/smccc/negotiation.h"
#include "host.h"

#define FFA_VERSION_FID 0x84000063U
#define NS              0x00000000ffffffffULL /* what our FFA_VERSION answers for NOT_SUPPORTED */

static uint32_t version_of(const char *words)
{
	unsigned major, minor;

	if (strcmp(words, "none") == 0)
		return 0;
	assert_int_equal(sscanf(words, "%u.%u", &major, &minor), 2);
	return major << 16 | minor;
}

/* ---- vectors ---- */

static uint64_t optional_register(const struct json *vector, const char *key)
{
	const struct json *member = json_member(vector, key);

	return member != NULL ? json_register(member) : 0U;
}

/* As callee: through the router, with an endpoint in the vector's state. */
static void test_ffa_version_callee(void **state)
{
	const struct json *vector = *state, *before = json_member(vector, "negotiated_before");
	uint32_t implemented = version_of(json_string(vector, "implemented"));
	bool locked = strcmp(json_string(vector, "state"), "locked") == 0;
	uint64_t x[SMCCC_REGISTERS];

	host_prepare();
	fake_ffa_script(&host_fw, 1, (uint64_t)0x10002);
	host_start(1);
	host_hv.ffa.version = implemented;
	host_hv.ffa.host.version = before != NULL ? version_of(before->string) : 0U;
	host_hv.ffa.host.holds = locked ? 1 : 0;
	host_call(x, json_register(json_member(vector, "x0")),
		  json_register(json_member(vector, "x1")), optional_register(vector, "x2"),
		  0xca9a41e000000303ULL);

	assert_int_equal(x[0], json_register(json_member(vector, "expect_x0")));
	if (strcmp(json_string(vector, "verdict"), "NOT_SUPPORTED") == 0)
		assert_int_equal(x[0], NS);
	else
		assert_int_equal(x[0], version_of(json_string(vector, "verdict")));
	assert_int_equal(host_hv.ffa.host.version,
			 version_of(json_string(vector, "negotiated_after")));
	for (unsigned n = 1; n <= 7U; n++)
		assert_int_equal(x[n], 0);
	for (unsigned n = 8; n < SMCCC_REGISTERS; n++)
		assert_int_equal(x[n], host_canary(n));
	assert_int_equal(fake.calls, 0); /* never a matter between firmware and the caller */
}

static void test_ffa_version_client(void **state)
{
	static const char *const words[] = {
	    [FFA_READING_OK] = "ok",
	    [FFA_READING_DOWNGRADE] = "downgrade",
	    [FFA_READING_NOT_SUPPORTED] = "not_supported",
	    [FFA_READING_INCOMPATIBLE] = "incompatible",
	    [FFA_READING_INVALID] = "invalid",
	};
	const struct json *vector = *state, *use = json_member(vector, "use");
	uint32_t used = 0xdeadU;
	enum ffa_reading reading =
	    ffa_version_read(version_of(json_string(vector, "requested")),
			     version_of(json_string(vector, "minimum")),
			     json_register(json_member(vector, "raw_x0")), &used);

	assert_string_equal(words[reading], json_string(vector, "verdict"));
	assert_int_equal(used, use != NULL ? version_of(use->string) : 0U);
}

/* What implementations in the field answer must be read as what they mean. */
static void test_ffa_version_known(void **state)
{
	const struct json *vector = *state;
	uint32_t requested = smccc_word(json_register(json_member(vector, "requested")));
	uint64_t raw = json_register(json_member(vector, "raw_x0"));
	const char *decoded = json_string(vector, "decoded");
	char words[12];
	uint32_t use;
	enum ffa_reading reading = ffa_version_read(requested, FFA_VERSION_1_0, raw, &use);

	if (strcmp(decoded, "NOT_SUPPORTED") == 0)
		assert_int_equal(reading, FFA_READING_NOT_SUPPORTED);
	else
		assert_string_equal(ffa_version_words(words, smccc_word(raw)), decoded);
}

/* ---- firmware's side ---- */

struct expectation {
	const char *state; /* "absent" or a version */
	unsigned questions;
};

static void boot_with(unsigned count, const uint64_t *answers)
{
	host_prepare();
	memset(&host_fw.ffa, 0, sizeof(host_fw.ffa));
	host_fw.ffa.count = count;
	memcpy(host_fw.ffa.answer, answers, count * sizeof(*answers));
	host_start(4);
}

#define BOOT(...)                                                                                  \
	boot_with(sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__})

static void expect(const char *version, unsigned questions)
{
	unsigned lines = 0;

	for (const char *at = fake.console; (at = strstr(at, "[ffa-question]")) != NULL; at++)
		lines++;
	assert_int_equal(lines, questions); /* each one and its answer can be read */
	assert_int_equal(host_fw.ffa.asked, questions);
	assert_int_equal(host_hv.firmware.ffa.count, questions);
	assert_int_equal(host_fw.malformed, 0);
	if (strcmp(version, "absent") == 0) {
		assert_false(host_hv.ffa.present);
		assert_int_equal(host_hv.firmware.ffa.version, 0);
	} else {
		assert_true(host_hv.ffa.present);
		assert_int_equal(host_hv.firmware.ffa.version, version_of(version));
		/* held: the last question was for exactly the version that is used */
		assert_int_equal(host_fw.ffa.last, version_of(version));
	}
}

/* The host of a machine without FF-A: VERSION says so in 32 bits, the rest is unknown in 64. */
static void expect_absent_towards_host(void)
{
	uint64_t x[SMCCC_REGISTERS];

	for (uint32_t version = 0x10000; version <= 0x10003U; version++)
		assert_int_equal(host_ask(FFA_VERSION_FID, version, 0, 0), NS);
	for (uint32_t number = 0x60; number <= 0xffU; number++) {
		for (unsigned wide = 0; wide < 2U; wide++) {
			uint64_t fid = (wide != 0U ? 0xc4000000U : 0x84000000U) | number;

			if (fid == FFA_VERSION_FID)
				continue;
			host_call(x, fid, 1, 2, 3);
			assert_int_equal(x[0], ~0ULL);
			assert_int_equal(x[1], 1);
			assert_int_equal(x[2], 2);
			assert_int_equal(x[3], 3);
			for (unsigned n = 4; n < SMCCC_REGISTERS; n++)
				assert_int_equal(x[n], host_canary(n));
		}
	}
	assert_int_equal(fake.calls, 0);
	/* and everything that is not FF-A is there */
	assert_int_equal(host_ask(0x84000000, 0, 0, 0), 0x10001);
	assert_int_equal(host_ask(0xc4000003, 1, HOST_RAM_BASE, 0), 0);
}

static void test_ffa_version_V1_not_supported_zero_extended(void **state)
{
	(void)state;
	BOOT(0x00000000ffffffffULL);
	expect("absent", 3);
	assert_true(fake_said("[ffa-question] firmware answered 0x00000000ffffffff to 1.2: "
			      "NOT_SUPPORTED (int32, upper half zero)"));
	assert_true(fake_said("to 1.1: NOT_SUPPORTED"));
	assert_true(fake_said("to 1.0: NOT_SUPPORTED"));
	assert_true(fake_said("[ffa-none]"));
	expect_absent_towards_host();
}

static void test_ffa_version_V2_not_supported_sign_extended(void **state)
{
	(void)state;
	BOOT(0xffffffffffffffffULL);
	expect("absent", 3);
	assert_true(fake_said("0xffffffffffffffff to 1.2: NOT_SUPPORTED (int32, upper half all "
			      "ones)"));
	expect_absent_towards_host();
}

static void test_ffa_version_V3_not_supported_garbage_above(void **state)
{
	(void)state;
	BOOT(0xdeadbeefffffffffULL);
	expect("absent", 3);
	assert_true(fake_said("NOT_SUPPORTED (int32, upper half 0xdeadbeef ignored)"));
	expect_absent_towards_host();
}

static void test_ffa_version_V4_garbage_above_a_version(void **state)
{
	(void)state;
	BOOT(0xdeadbeef00010001ULL);
	expect("1.1", 2);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10001);
}

static uint64_t only_1_0(struct fake_ffa *ffa, uint32_t asked)
{
	(void)ffa;
	return asked == 0x10000U ? 0x10000U : NS;
}

static void test_ffa_version_V5_refuses_higher_minor(void **state)
{
	(void)state;
	host_prepare();
	host_fw.ffa.compute = only_1_0;
	host_start(4);
	expect("1.0", 4); /* 1.2, 1.1, 1.0 and 1.0 once more */
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10002, 0, 0), 0x10000);
}

static void test_ffa_version_V6_newer_minor(void **state)
{
	(void)state;
	BOOT(0x10003);
	expect("1.2", 2);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10003, 0, 0), 0x10002);
	BOOT(0x1ffff);
	expect("1.2", 2);
}

static void test_ffa_version_V7_major_2(void **state)
{
	(void)state;
	BOOT(0x20000);
	expect("absent", 1);
	assert_true(fake_said("version 2.0, another major"));
	expect_absent_towards_host();
}

static void test_ffa_version_V8_no_version_at_all(void **state)
{
	static const uint64_t answers[] = {
	    0x00000000, 0x00000001, 0x80010001, 0xfffffffe, 0x84000060,
	    0x84000063, 0xffff,     0x80000000, 0xfffffffd, 0x0001000200000000,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		BOOT(answers[i]);
		expect("absent", 1);
		assert_true(fake_said("no version: "));
		expect_absent_towards_host();
	}
	BOOT(0x84000060);
	assert_true(fake_said("identifier of FFA_ERROR"));
	BOOT(0xfffffffe);
	assert_true(fake_said("int32 -2 is not NOT_SUPPORTED"));
}

/* Nobody handled the call: x0 comes back as it was. */
static void test_ffa_version_V8_x0_unchanged(void **state)
{
	(void)state;
	host_prepare();
	memset(&host_fw.ffa, 0, sizeof(host_fw.ffa));
	host_fw.unknown_keeps_x0 = true;
	host_start(4);
	assert_false(host_hv.ffa.present);
	assert_int_equal(host_hv.firmware.ffa.count, 1);
	assert_true(fake_said("the function identifier came back"));
}

static void test_ffa_version_V9_locked_at_1_1(void **state)
{
	(void)state;
	BOOT(0x10001);
	expect("1.1", 2); /* 1.2 -> 1.1; asked again with 1.1 */
	assert_int_equal(host_hv.firmware.ffa.question[0].asked, 0x10002);
	assert_int_equal(host_hv.firmware.ffa.question[1].asked, 0x10001);
}

/* An EL3 partition manager: answers its own version and records only what it can serve. */
static uint64_t records_nothing(struct fake_ffa *ffa, uint32_t asked)
{
	if (asked <= ffa->implemented)
		ffa->recorded = asked;
	return ffa->implemented;
}

static void test_ffa_version_V9_own_version_records_nothing(void **state)
{
	(void)state;
	for (uint32_t implemented = 0x10000; implemented <= 0x10002U; implemented++) {
		host_prepare();
		host_fw.ffa.compute = records_nothing;
		host_fw.ffa.implemented = implemented;
		host_start(4);
		assert_true(host_hv.ffa.present);
		assert_int_equal(host_hv.ffa.version, implemented);
		assert_int_equal(host_fw.ffa.recorded, implemented);
	}
}

static void test_ffa_version_V10_host_never_moves_firmware(void **state)
{
	(void)state;
	BOOT(0x10002);
	expect("1.2", 2);
	for (uint32_t version = 0x10000; version <= 0x10002U; version++)
		assert_int_equal(host_ask(FFA_VERSION_FID, version, 0, 0), 0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10000, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10000);
	assert_int_equal(host_hv.firmware.ffa.version, 0x10002);
	assert_int_equal(fake.calls, 0);
}

static void test_ffa_version_V11_last_one_wins(void **state)
{
	(void)state;
	BOOT(0x10002);
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		assert_int_equal(host_ask(FFA_VERSION_FID, version, 0, 0), 0x10002);
		assert_int_equal(host_hv.ffa.host.version, version);
	}
}

static void test_ffa_version_V12_frozen_while_something_is_held(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10002);
	host_hv.ffa.host.holds = 1; /* as RXTX_MAP leaves it */
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10000, 0, 0), NS);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10002, 0, 0), NS);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

static void test_ffa_version_V13_higher_minor_is_told_ours(void **state)
{
	(void)state;
	BOOT(0x10001);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10003, 0, 0), 0x10001);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10009, 0, 0), 0x10001);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

static void test_ffa_version_V14_bit_31(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x80010001, 0, 0), NS);
	assert_int_equal(host_hv.ffa.host.version, 0);
}

static void test_ffa_version_V15_other_majors(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 9, 0, 0), NS);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0, 0, 0), NS);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0xffffffff, 0, 0), NS);
	assert_int_equal(host_hv.ffa.host.version, 0);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x20000, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0); /* told, not granted */
}

static void test_ffa_version_V16_garbage_above_w1(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0xdeadbeef00010001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

static void test_ffa_version_V17_calls_before_version(void **state)
{
	static const uint64_t fids[] = {0x84000064, 0x84000069, 0x84000065, 0xc4000066,
					0x84000068, 0xc4000073, 0x840000ff};
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	BOOT(0x10002);
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++) {
		host_call(x, fids[i], 0x84000063, 0, 0);
		assert_int_equal(x[0], 0x84000060);
		assert_int_equal(x[2], 0xffffffff);
	}
	/* nothing was frozen or forwarded */
	assert_int_equal(fake.calls, 0);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
	assert_int_equal(host_ask(0x84000069, 0, 0, 0), 0x84000061);
}

static void *ask_many(void *argument)
{
	uint32_t version = *(uint32_t *)argument;
	uint64_t x[SMCCC_REGISTERS];

	fake_cpu = version & 7U;
	for (unsigned i = 0; i < 2000U; i++) {
		host_registers(x, FFA_VERSION_FID, version, 0, 0);
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (x[0] != 0x10002U)
			return (void *)1;
	}
	return NULL;
}

static void test_ffa_version_V18_two_cpus_at_once(void **state)
{
	uint32_t versions[3] = {0x10000, 0x10001, 0x10002};
	pthread_t threads[3];

	(void)state;
	BOOT(0x10002);
	for (unsigned i = 0; i < 3U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &versions[i]), 0);
	for (unsigned i = 0; i < 3U; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	assert_in_range(host_hv.ffa.host.version, 0x10000, 0x10002);
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]);
	assert_int_equal(fake.calls, 0);
}

static void test_ffa_version_V19_loader_then_kernel(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10002, 0, 0), 0x10002);
	assert_int_equal(host_ask(0x84000069, 0, 0, 0), 0x84000061); /* the loader uses FF-A */
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

static void test_ffa_version_V20_kexec(void **state)
{
	(void)state;
	BOOT(0x10002);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10002, 0, 0), 0x10002);
	host_hv.ffa.host.holds = 2;
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), NS);
	/* with another CPU on, PSCI_VERSION is only a question */
	assert_int_equal(host_ask(0xc4000003, 1, HOST_RAM_BASE, 0), 0);
	assert_int_equal(host_ask(0x84000000, 0, 0, 0), 0x10001);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), NS);
	/* alone, it is a kernel that starts */
	host_hv.psci.cpu[1].state = PSCI_OFF;
	assert_int_equal(host_ask(0x84000000, 0, 0, 0), 0x10001);
	assert_int_equal(host_ask(FFA_VERSION_FID, 0x10001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

static void test_ffa_version_V21_oscillates(void **state)
{
	(void)state;
	BOOT(0x10002, 0x10001, 0x10002, 0x10001);
	assert_true(host_hv.ffa.present);
	assert_int_equal(host_hv.ffa.version, 0x10001);
	assert_true(host_fw.ffa.asked <= FFA_QUESTION_MAX);
	BOOT(0x10002, NS, 0x10002, NS, 0x10002, NS, 0x10002, NS);
	assert_false(host_hv.ffa.present);
	assert_int_equal(host_fw.ffa.asked, FFA_QUESTION_MAX);
	assert_true(fake_said("[ffa-unsteady]"));
	BOOT(0x10002, 0x80010001);
	assert_false(host_hv.ffa.present);
	assert_true(fake_said("[ffa-unsteady]"));
	expect_absent_towards_host();
}

static void test_ffa_version_V21_late(void **state)
{
	(void)state;
	BOOT(NS, 0x10002);
	expect("1.1", 3); /* 1.2 was refused and is not asked for again */
	BOOT(NS, NS, 0x10001);
	expect("1.0", 4);
	BOOT(NS, NS, NS, 0x10002);
	expect("absent", 3);
}

/* The table of docs/ffa.md: which questions each firmware is asked, in which order. */
static void test_ffa_version_documented_questions(void **state)
{
	static const struct {
		uint64_t answers[6];
		uint32_t minors[7]; /* asked for, ended by 9 */
		uint32_t version;
	} rows[] = {
	    {{0x10002, 0x10002}, {2, 2, 9}, 0x10002},
	    {{0x10003, 0x10003}, {2, 2, 9}, 0x10002},
	    {{0x10001, 0x10001}, {2, 1, 9}, 0x10001},
	    {{NS, NS, 0x10000, 0x10000}, {2, 1, 0, 0, 9}, 0x10000},
	    {{NS, NS, NS}, {2, 1, 0, 9}, 0},
	    {{NS, 0x10002, 0x10002}, {2, 1, 1, 9}, 0x10001},
	    {{0x20000}, {2, 9}, 0},
	    {{0x10002, 0x10001, 0x10002}, {2, 2, 1, 9}, 0x10001},
	    {{0x10002, NS, 0x10002, NS, 0x10002, NS}, {2, 2, 1, 1, 0, 0, 9}, 0},
	    {{0x10002, 0}, {2, 2, 9}, 0},
	    {{0x10000, 0x10000}, {2, 0, 9}, 0x10000},
	    {{0x10001, NS, 0x10000, 0x10000}, {2, 1, 0, 0, 9}, 0x10000},
	    {{0x10001, NS, NS}, {2, 1, 0, 9}, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ffa_negotiation *negotiation = &host_hv.firmware.ffa;
		unsigned count = 0;

		boot_with(6, rows[i].answers);
		for (; rows[i].minors[count] != 9U; count++)
			assert_int_equal(negotiation->question[count].asked,
					 0x10000U | rows[i].minors[count]);
		assert_int_equal(negotiation->count, count);
		assert_int_equal(host_fw.ffa.asked, count);
		assert_int_equal(negotiation->version, rows[i].version);
		assert_int_equal(negotiation->outcome == FFA_PRESENT, rows[i].version != 0U);
	}
}

static uint32_t random_state;

static uint64_t random_answer(struct fake_ffa *ffa, uint32_t asked)
{
	static const uint64_t answers[] = {0x10000,    0x10001,    0x10002,    0x10003,
					   NS,         ~0ULL,      0x20000,    0,
					   0x80010001, 0x84000060, 0xfffffffe, 0xdeadbeef00010001};

	(void)ffa;
	(void)asked;
	random_state = random_state * 1664525U + 1013904223U;
	return answers[(random_state >> 16) % (sizeof(answers) / sizeof(answers[0]))];
}

/* Whatever firmware does: few questions, a minor that only falls, and only a version said twice. */
static void test_ffa_version_V21_bounded_for_any_firmware(void **state)
{
	const char *seed = getenv("PORTCULLIS_SEED");

	(void)state;
	random_state = seed != NULL ? (uint32_t)strtoul(seed, NULL, 0) : 1U;
	for (unsigned round = 0; round < 20000U; round++) {
		struct ffa_negotiation *negotiation = &host_hv.firmware.ffa;

		host_prepare();
		host_fw.ffa.compute = random_answer;
		host_hv.firmware.conduit = FIRMWARE_SMC;
		firmware_discover(&host_hv.firmware);
		assert_in_range(negotiation->count, 1, FFA_QUESTION_MAX);
		for (unsigned i = 1; i < negotiation->count; i++)
			assert_true(negotiation->question[i].asked <=
				    negotiation->question[i - 1].asked);
		if (negotiation->outcome == FFA_PRESENT) {
			const struct ffa_question *last =
			    &negotiation->question[negotiation->count - 1U];

			assert_true(negotiation->count >= 2U);
			assert_int_equal(last->reading, FFA_READING_OK);
			assert_int_equal(last->asked, negotiation->version);
			assert_int_equal(last[-1].use, negotiation->version);
		} else {
			assert_int_equal(negotiation->version, 0);
		}
	}
}

/* FF-A may be asked for from SMCCC 1.2 on. */
static void test_ffa_version_not_asked_below_smccc_1_2(void **state)
{
	static const uint64_t versions[] = {0x10000, 0x10001, 0xffffffff, ~0ULL, 0};

	(void)state;
	for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		host_prepare();
		host_fw.smccc_version = versions[i];
		host_start(4);
		assert_int_equal(host_fw.ffa.asked, 0);
		assert_int_equal(host_hv.firmware.ffa.outcome, FFA_UNASKED_SMCCC);
		expect_absent_towards_host();
	}
	host_prepare();
	host_fw.features_knows_smccc = false;
	host_start(4);
	assert_int_equal(host_fw.ffa.asked, 0);
	assert_true(fake_said("SMCCC 1.0: PSCI_FEATURES does not know SMCCC_VERSION"));
	expect_absent_towards_host();
}

static void test_ffa_version_firmware_that_clobbers(void **state)
{
	(void)state;
	host_prepare();
	host_fw.clobbers = true;
	host_start(4);
	expect("1.1", 2);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_ffa_version_V1_not_supported_zero_extended),
	    cmocka_unit_test(test_ffa_version_V2_not_supported_sign_extended),
	    cmocka_unit_test(test_ffa_version_V3_not_supported_garbage_above),
	    cmocka_unit_test(test_ffa_version_V4_garbage_above_a_version),
	    cmocka_unit_test(test_ffa_version_V5_refuses_higher_minor),
	    cmocka_unit_test(test_ffa_version_V6_newer_minor),
	    cmocka_unit_test(test_ffa_version_V7_major_2),
	    cmocka_unit_test(test_ffa_version_V8_no_version_at_all),
	    cmocka_unit_test(test_ffa_version_V8_x0_unchanged),
	    cmocka_unit_test(test_ffa_version_V9_locked_at_1_1),
	    cmocka_unit_test(test_ffa_version_V9_own_version_records_nothing),
	    cmocka_unit_test(test_ffa_version_V10_host_never_moves_firmware),
	    cmocka_unit_test(test_ffa_version_V11_last_one_wins),
	    cmocka_unit_test(test_ffa_version_V12_frozen_while_something_is_held),
	    cmocka_unit_test(test_ffa_version_V13_higher_minor_is_told_ours),
	    cmocka_unit_test(test_ffa_version_V14_bit_31),
	    cmocka_unit_test(test_ffa_version_V15_other_majors),
	    cmocka_unit_test(test_ffa_version_V16_garbage_above_w1),
	    cmocka_unit_test(test_ffa_version_V17_calls_before_version),
	    cmocka_unit_test(test_ffa_version_V18_two_cpus_at_once),
	    cmocka_unit_test(test_ffa_version_V19_loader_then_kernel),
	    cmocka_unit_test(test_ffa_version_V20_kexec),
	    cmocka_unit_test(test_ffa_version_V21_oscillates),
	    cmocka_unit_test(test_ffa_version_V21_late),
	    cmocka_unit_test(test_ffa_version_documented_questions),
	    cmocka_unit_test(test_ffa_version_V21_bounded_for_any_firmware),
	    cmocka_unit_test(test_ffa_version_not_asked_below_smccc_1_2),
	    cmocka_unit_test(test_ffa_version_firmware_that_clobbers),
	};
	static struct CMUnitTest tests[CASES_MAX];
	const struct json *vectors = json_vectors("ffa_version.json");
	size_t count = 0;

	count = cases_add(tests, count, "test_ffa_version_callee", json_array(vectors, "callee"),
			  "id", test_ffa_version_callee);
	count = cases_add(tests, count, "test_ffa_version_client", json_array(vectors, "client"),
			  "id", test_ffa_version_client);
	count =
	    cases_add(tests, count, "test_ffa_version_known",
		      json_array(vectors, "known_implementations"), NULL, test_ffa_version_known);
	count = cases_append(tests, count, fixed, sizeof(fixed) / sizeof(fixed[0]));
	return _cmocka_run_group_tests("ffa_version", tests, count, NULL, NULL);
}
