/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the boot report says of firmware, line by line: docs/messages.md, areas firmware, psci and
 * ffa. Each number differs from every other, so that none can stand in the place of another.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/host/ffa.h"
#include "core/smccc/negotiation.h"
#include "core/psci/psci.h"
#include "core/smccc/firmware.h"
#include "fake/machine.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct firmware firmware;

static int prepare(void **state)
{
	(void)state;
	fake_reset();
	memset(&firmware, 0, sizeof(firmware));
	firmware.conduit = FIRMWARE_SMC;
	return 0;
}

/* The console holds these lines and no others; times are left out. */
static void expect_lines(const char *const *lines, size_t count)
{
	const char *at = fake.console;

	for (size_t i = 0; i < count; i++) {
		const char *text = strstr(at, "] hv: "), *end = strchr(at, '\n');

		if (*at == '\0')
			fail_msg("no line: %s", lines[i]);
		assert_non_null(end);
		assert_true(text != NULL && text < end);
		text += strlen("] hv: ");
		if ((size_t)(end - text) != strlen(lines[i]) ||
		    memcmp(text, lines[i], strlen(lines[i])) != 0)
			fail_msg("not «%s» but «%.*s»", lines[i], (int)(end - text), text);
		at = end + 1;
	}
	if (*at != '\0')
		fail_msg("one line more: %s", at);
	fake.console_length = 0;
	fake.console[0] = '\0';
}

#define EXPECT_LINES(...)                                                                          \
	do {                                                                                       \
		static const char *const lines[] = {__VA_ARGS__};                                  \
		expect_lines(lines, COUNT(lines));                                                 \
	} while (0)

/* --- firmware --- */

static void test_report_of_complete_firmware(void **state)
{
	(void)state;
	firmware.psci = true;
	firmware.psci_version_raw = 0xfeed00020005;
	firmware.psci_version = 0x20005;
	firmware.psci32 = 0x12345;
	firmware.psci64 = 0x6789a;
	firmware.suspend_flags = 1;
	firmware.smccc_asked = true;
	firmware.smccc_version_raw = 0xbeef00010004;
	firmware.smccc_version = 0x10004;
	firmware.soc_id = true;
	firmware.soc_id_name = true;
	firmware.soc_version = 0x43b0001;
	firmware.soc_revision = 7;
	firmware.trng = true;
	firmware.trng_version = 0x10003;
	firmware.trng_uuid = firmware.trng_rnd32 = firmware.trng_rnd64 = true;
	firmware.ffa.outcome = FFA_UNASKED_SMCCC;
	for (unsigned n = 0; n < FIRMWARE_WORKAROUNDS; n++) {
		firmware.pe[0].workaround[n] = FIRMWARE_WORKAROUND_UNASKED;
		firmware.pe[1].workaround[n] = (uint8_t)(FIRMWARE_WORKAROUND_ABSENT + n);
	}
	fake_cpu = 1;
	firmware_report(&firmware);
	EXPECT_LINES(
	    "firmware: [fw-psci] PSCI 2.5 (0x0000feed00020005); functions, bit = number: "
	    "SMC32 0x00012345, SMC64 0x0006789a; suspend original format, OS initiated too",
	    "firmware: [fw-smccc] SMCCC 1.4 (0x0000beef00010004)",
	    "firmware: [fw-soc-id] SOC_ID version 0x043b0001 revision 0x00000007, and a name",
	    "firmware: [fw-trng] TRNG 1.3: GET_UUID RND32 RND64",
	    "firmware: [fw-workaround] ARCH_WORKAROUND on this CPU: 1 no; 2 not required; "
	    "3 yes, needed; 4 yes, not needed",
	    "ffa: [ffa-none] FFA_VERSION not asked, it needs SMCCC 1.2: FF-A absent, going "
	    "on without");
}

static void test_report_of_little_firmware(void **state)
{
	(void)state;
	firmware.psci_version_raw = 0xffffffff;
	firmware.ffa.outcome = FFA_UNASKED_SMCCC;
	firmware_report(&firmware);
	EXPECT_LINES(
	    "firmware: [fw-psci] PSCI absent: version reads 0x00000000ffffffff",
	    "firmware: [fw-smccc] SMCCC 1.0: no PSCI_FEATURES to ask first, SMCCC_VERSION "
	    "was not asked",
	    "firmware: [fw-soc-id] SOC_ID absent", "firmware: [fw-trng] TRNG absent",
	    "firmware: [fw-workaround] ARCH_WORKAROUND on this CPU: 1 not asked; 2 not "
	    "asked; 3 not asked; 4 not asked",
	    "ffa: [ffa-none] FFA_VERSION not asked, it needs SMCCC 1.2: FF-A absent, going "
	    "on without");

	firmware.psci = true;
	firmware.psci_version = 0x10001;
	firmware.psci32 = 1U << PSCI_FN_FEATURES;
	firmware.suspend_flags = 2;
	firmware.soc_id = firmware.trng = true;
	firmware.trng_version = 0x10000;
	firmware.trng_rnd32 = true;
	firmware_report(&firmware);
	EXPECT_LINES(
	    "firmware: [fw-psci] PSCI 1.1 (0x00000000ffffffff); functions, bit = number: "
	    "SMC32 0x00000400, SMC64 0x00000000; suspend extended format, platform "
	    "coordinated",
	    "firmware: [fw-smccc] SMCCC 1.0: PSCI_FEATURES does not know SMCCC_VERSION, "
	    "SMCCC_VERSION was not asked",
	    "firmware: [fw-soc-id] SOC_ID version 0x00000000 revision 0x00000000",
	    "firmware: [fw-trng] TRNG 1.0: RND32",
	    "firmware: [fw-workaround] ARCH_WORKAROUND on this CPU: 1 not asked; 2 not "
	    "asked; 3 not asked; 4 not asked",
	    "ffa: [ffa-none] FFA_VERSION not asked, it needs SMCCC 1.2: FF-A absent, going "
	    "on without");

	firmware.conduit = FIRMWARE_NONE;
	firmware.ffa.outcome = FFA_UNASKED_CONDUIT;
	firmware_report(&firmware);
	EXPECT_LINES("firmware: [fw-none] nobody answers an SMC: one CPU only, no PSCI, no FF-A",
		     "ffa: [ffa-none] no firmware below: FF-A absent");
}

/* --- FF-A --- */

static void ask(uint32_t asked, uint64_t raw)
{
	struct ffa_question *question = &firmware.ffa.question[firmware.ffa.count++];

	question->asked = asked;
	question->raw = raw;
	question->reading = ffa_version_read(asked, FFA_VERSION_1_0, raw, &question->use);
}

static void test_report_of_ffa(void **state)
{
	(void)state;
	firmware.ffa.outcome = FFA_ABSENT;
	ask(0x10002, 0x7700000000020003);
	ffa_negotiation_report(&firmware.ffa);
	EXPECT_LINES(
	    "ffa: [ffa-question] firmware answered 0x7700000000020003 to 1.2: version 2.3, "
	    "another major: no common version (upper half 0x77000000 ignored)",
	    "ffa: [ffa-none] no usable version after 1 question: FF-A absent, going on "
	    "without");
	ask(0x10001, 0xffffffff);
	ffa_negotiation_report(&firmware.ffa);
	EXPECT_LINES(
	    "ffa: [ffa-question] firmware answered 0x7700000000020003 to 1.2: version 2.3, "
	    "another major: no common version (upper half 0x77000000 ignored)",
	    "ffa: [ffa-question] firmware answered 0x00000000ffffffff to 1.1: "
	    "NOT_SUPPORTED (int32, upper half zero)",
	    "ffa: [ffa-none] no usable version after 2 questions: FF-A absent, going on "
	    "without");
	firmware.ffa.count = 0;
	ask(0x10002, 0x10001);
	ask(0x10001, 0x10001);
	firmware.ffa.outcome = FFA_PRESENT;
	firmware.ffa.version = 0x10001;
	ffa_negotiation_report(&firmware.ffa);
	EXPECT_LINES(
	    "ffa: [ffa-question] firmware answered 0x0000000000010001 to 1.2: version 1.1, "
	    "lower than asked: step down to it (upper half zero)",
	    "ffa: [ffa-question] firmware answered 0x0000000000010001 to 1.1: version 1.1, as "
	    "asked (upper half zero)",
	    "ffa: [ffa-version] FF-A 1.1 with firmware, confirmed and held");
	firmware.ffa.count = 3;
	firmware.ffa.question[2] = firmware.ffa.question[0];
	firmware.ffa.outcome = FFA_UNSTEADY;
	ffa_negotiation_report(&firmware.ffa);
	assert_true(
	    fake_said("ffa: [ffa-unsteady] firmware contradicted itself, no version held in "
		      "3 questions: FF-A absent, going on without\n"));
}

/* hv.ffa-transactions= and hv.ffa-ranges=: numbers within limits, everything else is said. */
static void test_report_ffa_capacity(void **state)
{
	static const char *const wrong[] = {
	    "",     "0",  "00",    "-1",         "12x",
	    "0x10", " 5", "65537", "4294967297", "18446744073709551617"};
	static struct host_ffa host;
	static struct ffa ffa;

	(void)state;
	host_ffa_init(&host, &ffa, &firmware, NULL, 1);
	host_ffa_option(&host, "ffa-transactions", NULL);
	host_ffa_option(&host, "ffa-ranges", NULL);
	assert_int_equal(host.capacity.transactions, 1024);
	assert_int_equal(host.capacity.ranges, 16384);
	assert_int_equal(fake.console_length, 0);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		host_ffa_option(&host, "ffa-transactions", wrong[i]);
		assert_int_equal(host.capacity.transactions, 1024);
	}
	host_ffa_option(&host, "ffa-ranges", "1048577");
	assert_true(
	    fake_said("ffa: [ffa-capacity] hv.ffa-transactions=65537 is no number from 1 to "
		      "65536; 1024 it is\n"));
	assert_true(fake_said("ffa: [ffa-capacity] hv.ffa-ranges=1048577 is no number from 1 to "
			      "1048576; 16384 it is\n"));
	host_ffa_option(&host, "ffa-transactions", "1");
	host_ffa_option(&host, "ffa-ranges", "1048576");
	assert_int_equal(host.capacity.transactions, 1);
	assert_int_equal(host.capacity.ranges, 1048576);
	host_ffa_option(&host, "ffa-transactions", "065536");
	assert_int_equal(host.capacity.transactions, 65536);
}

static void test_report_of_what_is_offered(void **state)
{
	static const uint64_t mpidr[] = {0};
	struct ffa_negotiation negotiation = {.outcome = FFA_PRESENT, .version = 0x10001};
	static struct psci psci;
	static struct host_ffa host;
	static struct ffa ffa;

	(void)state;
	firmware.ffa = negotiation;
	host_ffa_init(&host, &ffa, &firmware, NULL, 5);
	host_ffa_report(&host, &ffa);
	negotiation.outcome = FFA_ABSENT;
	firmware.ffa = negotiation;
	host_ffa_init(&host, &ffa, &firmware, NULL, 5);
	host_ffa_report(&host, &ffa);
	psci_init(&psci, &firmware, mpidr, 1, 0, NULL, NULL, NULL);
	psci_report(&psci);
	firmware.psci = true;
	firmware.psci_version = 0x2;
	firmware.psci32 = 1U << PSCI_FN_CPU_OFF | 1U << PSCI_FN_SYSTEM_OFF;
	psci_init(&psci, &firmware, mpidr, 1, 0, NULL, NULL, NULL);
	psci_report(&psci);
	EXPECT_LINES(
	    "ffa: [ffa-offer] host is offered FF-A 1.1 as endpoint 0x0005: VERSION, "
	    "FEATURES, ID_GET",
	    "ffa: [ffa-offer] host is not offered FF-A: FFA_VERSION answers NOT_SUPPORTED, "
	    "the rest is unknown",
	    "psci: [psci-none] firmware has no PSCI: the host has one CPU and cannot power "
	    "off",
	    "psci: [psci-offer] host is offered PSCI 0.2: VERSION CPU_OFF SYSTEM_OFF");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_report_of_complete_firmware, prepare),
	    cmocka_unit_test_setup(test_report_of_little_firmware, prepare),
	    cmocka_unit_test_setup(test_report_of_ffa, prepare),
	    cmocka_unit_test_setup(test_report_ffa_capacity, prepare),
	    cmocka_unit_test_setup(test_report_of_what_is_offered, prepare),
	};

	return cmocka_run_group_tests_name("firmware_report", tests, NULL, NULL);
}
