/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF-A towards the host beyond FFA_VERSION: FEATURES, ID_GET, everything that is refused, the reset
 * that a new kernel brings, and the words of the report. Rows A4 to A6 and A13, and the questions Q
 * of the catalogue of adversarial cases. FFA_VERSION itself is in test_ffa_version.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/log/log.h"
#include "core/smccc/negotiation.h"
#include "host.h"

#define VERSION  0x84000063U
#define FEATURES 0x84000064U
#define ID_GET   0x84000069U
#define ERROR    0x84000060U
#define SUCCESS  0x84000061U
#define NS       0xffffffffU

/* Firmware speaks `firmware`; the host asked for `host`, or for nothing yet. */
static void boot(uint64_t firmware, uint32_t host)
{
	host_prepare();
	fake_ffa_script(&host_fw, 1, firmware);
	host_start(4);
	if (host != 0U)
		assert_int_equal(host_ask(VERSION, host, 0, 0), firmware);
}

/* A reply: w0, w2, zero in the other registers up to x7, the caller's values beyond. */
static void expect_reply(const uint64_t x[SMCCC_REGISTERS], uint32_t w0, uint32_t w2)
{
	assert_int_equal(x[0], w0);
	assert_int_equal(x[2], w2);
	for (unsigned n = 1; n <= 7U; n++)
		if (n != 2U)
			assert_int_equal(x[n], 0);
	assert_true(host_untouched(x, 8));
}

static void expect_not_supported(uint64_t fid, uint64_t x1)
{
	uint64_t x[SMCCC_REGISTERS];

	host_call(x, fid, x1, host_canary(2), host_canary(3));
	expect_reply(x, ERROR, NS);
}

/* ---- what is refused ---- */

static void test_ffa_A4_yielding_form_is_no_ffa_call(void **state)
{
	(void)state;
	boot(0x10002, 0);
	for (uint32_t number = 0x60; number <= 0xffU; number++) {
		assert_int_equal(host_ask(0x04000000U | number, 0x10001, 0, 0), ~0ULL);
		assert_int_equal(host_ask(0x44000000U | number, 0x10001, 0, 0), ~0ULL);
	}
	assert_int_equal(host_hv.ffa.host.version, 0);
	assert_int_equal(fake.calls, 0);
}

static void test_ffa_A5_everything_else_is_not_supported(void **state)
{
	(void)state;
	boot(0x10002, 0x10002);
	for (uint32_t number = 0x60; number <= 0xffU; number++) {
		for (unsigned wide = 0; wide < 2U; wide++) {
			uint64_t fid = (wide != 0U ? 0xc4000000U : 0x84000000U) | number;

			if (fid != VERSION && fid != FEATURES && fid != ID_GET)
				expect_not_supported(0xdeadbeef00000000ULL | fid, 1);
		}
	}
	assert_int_equal(fake.calls, 0);
}

static void test_ffa_A6_64_bit_form_of_a_32_bit_call(void **state)
{
	(void)state;
	boot(0x10002, 0);
	expect_not_supported(0xc4000063, 0x10001);
	assert_int_equal(host_hv.ffa.host.version, 0);
	assert_int_equal(host_ask(VERSION, 0x10001, 0, 0), 0x10002);
	expect_not_supported(0xc4000064, VERSION);
	expect_not_supported(0xc4000069, 0);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
}

/* The calls that firmware and partitions make, as a host would make them. */
static void test_ffa_G14_calls_that_are_not_the_hosts(void **state)
{
	static const uint64_t fids[] = {
	    0x84000060, 0xc4000060, 0x84000061, 0xc4000061, 0x84000062, 0x84000070,
	    0x84000075, 0x8400007c, 0x8400007d, 0x8400007e, 0x84000084, 0x84000087,
	    0xc4000087, 0x84000088, 0xc4000089, 0xc400008a, 0x8400008c, 0xc4000090,
	};

	(void)state;
	boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		expect_not_supported(fids[i], HOST_RAM_BASE);
	assert_int_equal(fake.calls, 0);
}

static void test_ffa_A13_hvc_reaches_the_same_functions(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	boot(0x10002, 0);
	host_registers(x, VERSION, 0x10001, 0, 0);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	expect_reply(x, 0x10002, 0);
	host_registers(x, ID_GET, 0, 0, 0);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
	expect_reply(x, SUCCESS, 1);
}

/* ---- FFA_FEATURES ---- */

/* What FFA_FEATURES says about a function is what happens when it is called. */
static void test_ffa_features_equal_the_calls(void **state)
{
	unsigned offered = 0;

	(void)state;
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		boot(0x10002, version);
		for (uint32_t number = 0; number <= 0xffffU; number++) {
			for (unsigned wide = 0; wide < 2U; wide++) {
				uint32_t fid = (wide != 0U ? 0xc4000000U : 0x84000000U) | number;
				uint64_t x[SMCCC_REGISTERS];
				bool feature, works = false;

				host_call(x, FEATURES, 0xbad0000000000000ULL | fid, 0, 0);
				feature = x[0] == SUCCESS;
				expect_reply(x, feature ? SUCCESS : ERROR, feature ? 0 : NS);
				if (number >= 0x60U && number <= 0xffU) {
					host_call(x, fid, fid == VERSION ? version : VERSION, 0, 0);
					works = !(x[0] == ERROR && x[2] == NS);
				}
				assert_int_equal(feature, works);
				offered += feature;
			}
		}
	}
	assert_int_equal(offered, 3 * 3);
	assert_int_equal(fake.calls, 0);
}

/* Feature identifiers: interrupts of notifications, 1.3's flags, and those that cannot exist. */
static void test_ffa_G11_feature_identifiers(void **state)
{
	(void)state;
	boot(0x10002, 0x10002);
	for (uint32_t id = 0; id <= 0xffU; id++)
		expect_not_supported(FEATURES, id);
	for (unsigned bit = 8; bit < 31U; bit++)
		expect_not_supported(FEATURES, 1U << bit | 2U);
}

static void test_ffa_features_of_strange_identifiers(void **state)
{
	static const uint64_t queries[] = {
	    0x84000000,                         /* PSCI */
	    0x80000064, 0x86000064, 0xb2000064, /* other owners */
	    0x84010064,                         /* a hint is no part of a name */
	    0x84020064, 0x84fe0064,             /* reserved bits */
	    0x04000064,                         /* yielding */
	};

	(void)state;
	boot(0x10002, 0x10002);
	for (unsigned i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		expect_not_supported(FEATURES, queries[i]);
}

/* Input properties mean something for functions only that are not offered. */
static void test_ffa_features_ignores_input_properties(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	boot(0x10001, 0x10001);
	host_call(x, FEATURES, ID_GET, ~0ULL, ~0ULL);
	expect_reply(x, SUCCESS, 0);
}

/* ---- FFA_ID_GET ---- */

static void test_ffa_Q11_id_get(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	for (uint32_t version = 0x10000; version <= 0x10002U; version++) {
		boot(0x10002, version);
		host_call(x, ID_GET, ~0ULL, ~0ULL, ~0ULL);
		expect_reply(x, SUCCESS, 1);
	}
	/* the option for clients that insist on 0 */
	host_ffa_init(&host_hv.ffa_host, &host_hv.ffa, &host_hv.firmware, &host_hv.ledger, 0);
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
	host_call(x, ID_GET, 0, 0, 0);
	expect_reply(x, SUCCESS, 0);
}

/* ---- the questions of the catalogue ---- */

static void test_ffa_Q1_renegotiation_while_nothing_is_held(void **state)
{
	(void)state;
	boot(0x10002, 0x10002);
	/* a call in between does not freeze the version; what it leaves behind would */
	assert_int_equal(host_ask(ID_GET, 0, 0, 0), SUCCESS);
	assert_int_equal(host_ask(FEATURES, VERSION, 0, 0), SUCCESS);
	assert_int_equal(host_ask(0xc4000066, HOST_RAM_BASE, HOST_RAM_BASE + 4096U, 1), ERROR);
	assert_int_equal(host_ask(VERSION, 0x10001, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10001);
	host_hv.ffa.host.holds = 1;
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), NS);
	host_hv.ffa.host.holds = 0;
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
}

static void test_ffa_Q2_other_majors(void **state)
{
	static const struct {
		uint32_t asked, answer;
	} rows[] = {
	    {0x20000, 0x10001}, {0x7fffffff, 0x10001}, {0x7fff0000, 0x10001}, {0xffff, NS}, {0, NS},
	    {0x80010001, NS},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(0x10001, 0);
		assert_int_equal(host_ask(VERSION, rows[i].asked, 0, 0), rows[i].answer);
		assert_int_equal(host_hv.ffa.host.version, 0);
		expect_not_supported(ID_GET, 0); /* told, not granted */
		boot(0x10001, 0x10000);
		assert_int_equal(host_ask(VERSION, rows[i].asked, 0, 0), rows[i].answer);
		assert_int_equal(host_hv.ffa.host.version, 0x10000);
	}
}

static void test_ffa_Q12_not_supported_has_32_bits(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	for (unsigned absent = 0; absent < 2U; absent++) {
		boot(absent != 0U ? NS : 0x10002U, 0);
		host_call(x, VERSION, absent != 0U ? 0x10001 : 0, ~0ULL, ~0ULL);
		expect_reply(x, NS, 0);
	}
}

/* Q9: the kernel that kexec or a loader starts asks PSCI for its version while it is alone. */
static void test_ffa_Q9_psci_version_begins_anew(void **state)
{
	static const struct {
		uint64_t fid;
		uint16_t immediate;
		bool resets;
	} rows[] = {
	    {0x84000000, 0, true},  {0xdeadbeef84000000, 0, true}, {0x84010000, 0, true},
	    {0xc4000000, 0, false}, {0x84000000, 1, false},        {0x84020000, 0, false},
	    {0x04000000, 0, false}, {0x8400000a, 0, false},        {0x80000000, 0, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned s = PSCI_OFF; s <= PSCI_LEAVING; s++) {
			bool alone = s == PSCI_OFF || s == PSCI_LEAVING;
			uint64_t x[SMCCC_REGISTERS];

			boot(0x10002, 0x10001);
			host_hv.ffa.host.holds = 3;
			host_hv.psci.cpu[2].state = s;
			host_registers(x, rows[i].fid, 0x80000000, 0, 0);
			smccc_route(&host_hv, &host_decoded[fake_cpu], rows[i].immediate, x);
			assert_int_equal(host_hv.ffa.host.version,
					 rows[i].resets && alone ? 0U : 0x10001U);
			/* transactions stay, whatever becomes of the endpoint */
			assert_int_equal(host_hv.ffa.host.holds, 3);
			/* firmware is not negotiated with again */
			assert_int_equal(fake_calls_of(VERSION), 0);
			assert_int_equal(host_hv.ffa.version, 0x10002);
		}
	}
}

static void test_ffa_Q9_new_kernel_negotiates(void **state)
{
	(void)state;
	boot(0x10002, 0x10002);
	host_hv.ffa.host.holds = 1; /* a transaction that the old kernel left */
	assert_int_equal(host_ask(0x84000000, 0, 0, 0), 0x10001);
	expect_not_supported(ID_GET, 0);
	assert_int_equal(host_ask(VERSION, 0x10000, 0, 0), 0x10002);
	assert_int_equal(host_hv.ffa.host.version, 0x10000);
	assert_int_equal(host_hv.ffa.host.id, 1);
}

/* ---- sequences ---- */

static void test_ffa_S02_versions_in_turn(void **state)
{
	(void)state;
	boot(0x10002, 0);
	assert_int_equal(host_ask(VERSION, 0x20000, 0, 0), 0x10002);
	assert_int_equal(host_ask(VERSION, 0x10000, 0, 0), 0x10002);
	assert_int_equal(host_ask(VERSION, 0x10002, 0, 0), 0x10002);
	assert_int_equal(host_ask(ID_GET, 0, 0, 0), SUCCESS);
}

static void test_ffa_S03_before_any_version(void **state)
{
	(void)state;
	boot(0x10002, 0);
	expect_not_supported(ID_GET, 0);
	expect_not_supported(FEATURES, VERSION);
}

static void *negotiate(void *argument)
{
	uint64_t x[SMCCC_REGISTERS];
	uint32_t asked;

	fake_cpu = (unsigned)(uintptr_t)argument;
	asked = 0x10001U + fake_cpu;
	for (unsigned i = 0; i < 3000U; i++) {
		host_registers(x, VERSION, asked, 0, 0);
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (x[0] != 0x10002U || x[1] != 0U || x[2] != 0U)
			return (void *)1;
	}
	return NULL;
}

/* Each answer is one or the other, whole, whatever happens to the version meanwhile. */
static void *use(void *argument)
{
	uint64_t x[SMCCC_REGISTERS];

	fake_cpu = (unsigned)(uintptr_t)argument;
	for (unsigned i = 0; i < 3000U; i++) {
		host_registers(x, i % 2U != 0U ? ID_GET : FEATURES, ID_GET, 0, 0);
		smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
		if (!(x[0] == SUCCESS && x[2] == (i % 2U != 0U ? 1U : 0U)) &&
		    !(x[0] == ERROR && x[2] == NS))
			return (void *)1;
		if (i % 64U == 0U)
			host_ffa_reset(&host_hv.ffa);
	}
	return NULL;
}

static void test_ffa_many_cpus(void **state)
{
	pthread_t threads[4];

	(void)state;
	boot(0x10002, 0);
	for (uintptr_t i = 0; i < 2U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, negotiate, (void *)i), 0);
	for (uintptr_t i = 2; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, (void *)i), 0);
	for (unsigned i = 0; i < 4U; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	assert_int_equal(host_hv.ffa.host.lock.word[0], host_hv.ffa.host.lock.word[1]); /* I5 */
	assert_int_equal(fake.calls, 0);
}

/* ---- words ---- */

static void test_ffa_host_lines_end(void **state)
{
	unsigned lines = 0;

	(void)state;
	boot(0x10002, 0);
	for (unsigned i = 0; i < 100U; i++)
		(void)host_ask(VERSION, 0x10000U + i % 3U, 0, 0);
	for (const char *at = fake.console; (at = strstr(at, "[ffa-host]")) != NULL; at++)
		lines++;
	assert_int_equal(lines, HOST_FFA_SAID);
	assert_true(fake_said("[ffa-host] host asked for 1.0, was answered 1.2, speaks 1.0 from "
			      "now\n"));
	/* asking for the same once more is no news */
	boot(0x10002, 0x10001);
	fake.console_length = 0;
	assert_int_equal(host_ask(VERSION, 0x10001, 0, 0), 0x10002);
	assert_int_equal(fake.console_length, 0);
}

static void test_ffa_report(void **state)
{
	(void)state;
	boot(0x10001, 0);
	assert_true(fake_said("[ffa-offer] host is offered FF-A 1.1 as endpoint 0x0001: VERSION, "
			      "FEATURES, ID_GET\n"));
	boot(NS, 0);
	assert_true(fake_said("[ffa-offer] host is not offered FF-A"));
}

static void test_ffa_version_words(void **state)
{
	static const struct {
		uint32_t version;
		const char *words;
	} rows[] = {
	    {0, "0.0"},
	    {0x10000, "1.0"},
	    {0x1000a, "1.10"},
	    {0x20003, "2.3"},
	    {0x7fffffff, "32767.65535"},
	    {0xffffffff, "32767.65535"},
	};
	char words[12];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(ffa_version_words(words, rows[i].version), rows[i].words);
}

/* The report's line for an answer: raw value, reading in words, and never cut. */
static void test_ffa_question_words(void **state)
{
	static const struct {
		uint64_t raw;
		uint32_t asked;
		const char *words;
	} rows[] = {
	    {0x10002, 0x10002, "version 1.2, as asked (upper half zero)"},
	    {0xdeadbeef00010003, 0x10002,
	     "version 1.3, newer: 1.2 is served (upper half 0xdeadbeef ignored)"},
	    {0xffffffff00010001, 0x10002,
	     "version 1.1, lower than asked: step down to it (upper half all ones)"},
	    {0x00000000ffffffff, 0x10002, "NOT_SUPPORTED (int32, upper half zero)"},
	    {0xffffffffffffffff, 0x10001, "NOT_SUPPORTED (int32, upper half all ones)"},
	    {0xdeadbeefffffffff, 0x10000, "NOT_SUPPORTED (int32, upper half 0xdeadbeef ignored)"},
	    {0xdeadbeef7fffffff, 0x10002,
	     "version 32767.65535, another major: no common version (upper half 0xdeadbeef "
	     "ignored)"},
	    {0xdeadbeef84000063, 0x10002,
	     "no version: the function identifier came back (upper half 0xdeadbeef ignored)"},
	    {0xdeadbeef84000060, 0x10002,
	     "no version: identifier of FFA_ERROR, which FFA_VERSION never answers (upper half "
	     "0xdeadbeef ignored)"},
	    {0xdeadbeef80000000, 0x10002,
	     "no version: bit 31 set, int32 -2147483648 is not NOT_SUPPORTED (upper half "
	     "0xdeadbeef ignored)"},
	    {0, 0x10002, "no version: major 0 (upper half zero)"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ffa_question question = {.raw = rows[i].raw, .asked = rows[i].asked};
		struct ffa_negotiation negotiation = {.outcome = FFA_ABSENT, .count = 1};
		char words[160], line[LOG_LINE];

		question.reading =
		    ffa_version_read(question.asked, FFA_VERSION_1_0, question.raw, &question.use);
		assert_string_equal(ffa_question_words(&question, words, sizeof(words)),
				    rows[i].words);
		fake_reset();
		negotiation.question[0] = question;
		ffa_negotiation_report(&negotiation);
		snprintf(line, sizeof(line),
			 "[ffa-question] firmware answered 0x%016llx to 1.%u: %s\n",
			 (unsigned long long)rows[i].raw, rows[i].asked & 0xffffU, rows[i].words);
		assert_true(fake_said(line));
	}
}

static void test_ffa_question_words_too_old(void **state)
{
	struct ffa_question question = {.raw = 0x10000, .asked = 0x10002};
	char words[160];

	(void)state;
	question.reading =
	    ffa_version_read(question.asked, FFA_VERSION_1_1, question.raw, &question.use);
	assert_int_equal(question.reading, FFA_READING_INCOMPATIBLE);
	assert_string_equal(ffa_question_words(&question, words, sizeof(words)),
			    "version 1.0, too old: no common version (upper half zero)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_A4_yielding_form_is_no_ffa_call),
	    cmocka_unit_test(test_ffa_A5_everything_else_is_not_supported),
	    cmocka_unit_test(test_ffa_A6_64_bit_form_of_a_32_bit_call),
	    cmocka_unit_test(test_ffa_A13_hvc_reaches_the_same_functions),
	    cmocka_unit_test(test_ffa_G11_feature_identifiers),
	    cmocka_unit_test(test_ffa_G14_calls_that_are_not_the_hosts),
	    cmocka_unit_test(test_ffa_features_equal_the_calls),
	    cmocka_unit_test(test_ffa_features_of_strange_identifiers),
	    cmocka_unit_test(test_ffa_features_ignores_input_properties),
	    cmocka_unit_test(test_ffa_Q1_renegotiation_while_nothing_is_held),
	    cmocka_unit_test(test_ffa_Q2_other_majors),
	    cmocka_unit_test(test_ffa_Q9_psci_version_begins_anew),
	    cmocka_unit_test(test_ffa_Q9_new_kernel_negotiates),
	    cmocka_unit_test(test_ffa_Q11_id_get),
	    cmocka_unit_test(test_ffa_Q12_not_supported_has_32_bits),
	    cmocka_unit_test(test_ffa_S02_versions_in_turn),
	    cmocka_unit_test(test_ffa_S03_before_any_version),
	    cmocka_unit_test(test_ffa_many_cpus),
	    cmocka_unit_test(test_ffa_host_lines_end),
	    cmocka_unit_test(test_ffa_report),
	    cmocka_unit_test(test_ffa_version_words),
	    cmocka_unit_test(test_ffa_question_words),
	    cmocka_unit_test(test_ffa_question_words_too_old),
	};

	return cmocka_run_group_tests_name("ffa", tests, NULL, NULL);
}
