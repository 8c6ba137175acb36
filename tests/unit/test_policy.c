/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers: the range of every identifier, the boot option that opens ranges, and what the boot
 * report says of both.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/log/log.h"
#include "host.h"

/* The ranges once more, as plain intervals of identifiers: nothing here takes an identifier apart.
 */
static const struct interval {
	uint32_t first, last;
	enum smccc_range range;
} intervals[] = {
    {0x00000000, 0x0100ffff, SMCCC_RANGE_LEGACY},
    {0x80000000, 0x8000ffff, SMCCC_RANGE_ARCH},
    {0x81000000, 0x8100ffff, SMCCC_RANGE_CPU},
    {0x82000000, 0x8200ffff, SMCCC_RANGE_SIP},
    {0x83000000, 0x8300ffff, SMCCC_RANGE_OEM},
    {0x84000000, 0x8400ffff, SMCCC_RANGE_STANDARD},
    {0x85000000, 0x8500ffff, SMCCC_RANGE_STANDARD_HYPERVISOR},
    {0x86000000, 0x8600ffff, SMCCC_RANGE_VENDOR_HYPERVISOR},
    {0x87000000, 0x8700ffff, SMCCC_RANGE_VENDOR_EL3},
    {0xc0000000, 0xc000ffff, SMCCC_RANGE_ARCH},
    {0xc1000000, 0xc100ffff, SMCCC_RANGE_CPU},
    {0xc2000000, 0xc200ffff, SMCCC_RANGE_SIP},
    {0xc3000000, 0xc300ffff, SMCCC_RANGE_OEM},
    {0xc4000000, 0xc400ffff, SMCCC_RANGE_STANDARD},
    {0xc5000000, 0xc500ffff, SMCCC_RANGE_STANDARD_HYPERVISOR},
    {0xc6000000, 0xc600ffff, SMCCC_RANGE_VENDOR_HYPERVISOR},
    {0xc7000000, 0xc700ffff, SMCCC_RANGE_VENDOR_EL3},
};

#define INTERVALS (sizeof(intervals) / sizeof(intervals[0]))

/* Of the trusted OS: first identifiers for owner 48, each owner 0x01000000 further up to 63. */
static const uint32_t trusted_os[] = {0x30000000, 0x70000000, 0xb0000000, 0xf0000000};

static enum smccc_range expected_range(uint32_t fid)
{
	for (unsigned i = 0; i < INTERVALS; i++)
		if (fid >= intervals[i].first && fid <= intervals[i].last)
			return intervals[i].range;
	for (unsigned i = 0; i < 4U; i++)
		for (uint32_t owner = 0; owner < 16U; owner++)
			if (fid - (trusted_os[i] + owner * 0x01000000U) <= 0xffffU)
				return SMCCC_RANGE_TRUSTED_OS;
	return SMCCC_RANGE_UNKNOWN;
}

/* All upper halves of an identifier: owner, type, width, reserved bits. */
static void test_policy_every_range(void **state)
{
	static const uint32_t numbers[] = {0, 1, 0x1f, 0x63, 0x8000, 0xff01, 0xffff};
	unsigned seen[SMCCC_RANGES] = {0};

	(void)state;
	for (uint32_t upper = 0; upper <= 0xffffU; upper++) {
		for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			uint32_t fid = upper << 16 | numbers[i];

			if ((fid & SMCCC_HINT) != 0U) /* has been taken away by then */
				continue;
			if (smccc_range_of(fid) != expected_range(fid))
				fail_msg("0x%08x: range %d, expected %d", fid, smccc_range_of(fid),
					 expected_range(fid));
			seen[smccc_range_of(fid)]++;
		}
	}
	for (unsigned range = 0; range < SMCCC_RANGES; range++)
		assert_true(seen[range] > 0U);
}

static void test_policy_edges_of_ranges(void **state)
{
	(void)state;
	for (unsigned i = 0; i < INTERVALS; i++) {
		assert_int_equal(smccc_range_of(intervals[i].first), intervals[i].range);
		assert_int_equal(smccc_range_of(intervals[i].last), intervals[i].range);
		/* the next is the hint bit (taken away before), the one after it is reserved */
		assert_int_equal(smccc_range_of(intervals[i].last + 0x10001U), SMCCC_RANGE_UNKNOWN);
	}
	assert_int_equal(smccc_range_of(0x88000000), SMCCC_RANGE_UNKNOWN);
	assert_int_equal(smccc_range_of(0xafffffff), SMCCC_RANGE_UNKNOWN);
	assert_int_equal(smccc_range_of(0x04000063), SMCCC_RANGE_UNKNOWN); /* yielding FF-A */
	assert_int_equal(smccc_range_of(0x40000000), SMCCC_RANGE_UNKNOWN);
	assert_int_equal(smccc_range_of(0xffffffff), SMCCC_RANGE_UNKNOWN);
	/* bits 23:17 mean nothing yet in calls from before the convention */
	assert_int_equal(smccc_range_of(0x00fe0000), SMCCC_RANGE_LEGACY);
}

/* ---- hv.smc= ---- */

#define SIP SMCCC_OPEN(SMCCC_RANGE_SIP)
#define OEM SMCCC_OPEN(SMCCC_RANGE_OEM)
#define TOS SMCCC_OPEN(SMCCC_RANGE_TRUSTED_OS)

static const struct {
	const char *value;
	uint32_t open;
	bool good;
	const char *said;
} options[] = {
    {"sip", SIP, true, NULL},
    {"oem", OEM, true, NULL},
    {"tos", TOS, true, NULL},
    {"sip,oem", SIP | OEM, true, NULL},
    {"tos,oem,sip", SIP | OEM | TOS, true, NULL},
    {"sip,sip", SIP, true, NULL},
    /* what is wrong opens nothing, and does not take the rest with it */
    {"all", 0, false, "\"all\""},
    {"sip,all,tos", SIP | TOS, false, "\"all\""},
    {"SIP", 0, false, "\"SIP\""},
    {"si", 0, false, "\"si\""},
    {"sipo", 0, false, "\"sipo\""},
    {" sip", 0, false, "\" sip\""},
    {"", 0, false, "\"\""},
    {"sip,", SIP, false, "\"\""},
    {",sip", SIP, false, "\"\""},
    {"sip;tos", 0, false, "\"sip;tos\""},
    /* ranges that are there and cannot be opened */
    {"architecture", 0, false, "\"architecture\""},
    {"standard", 0, false, "\"standard\""},
    {"legacy", 0, false, "\"legacy\""},
    /* a long word is cut in the line */
    {"0123456789abcdef0123456789abcdefX", 0, false, "\"0123456789abcdef0123456789abcdef\""},
};

static void test_policy_option(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct smccc_policy policy;

		fake_reset();
		smccc_policy_init(&policy, 0);
		assert_int_equal(policy.open, 0);
		assert_int_equal(smccc_policy_option(&policy, options[i].value), options[i].good);
		assert_int_equal(policy.open, options[i].open);
		assert_int_equal(fake_said("smccc: [smc-option]"), !options[i].good);
		if (options[i].said != NULL)
			assert_true(fake_said(options[i].said));
	}
}

static void test_policy_option_given_twice_adds_up(void **state)
{
	struct smccc_policy policy;

	(void)state;
	fake_reset();
	smccc_policy_init(&policy, 0);
	assert_true(smccc_policy_option(&policy, "sip"));
	assert_true(smccc_policy_option(&policy, "tos"));
	assert_int_equal(policy.open, SIP | TOS);
}

/* Whatever the word: only the three ranges can ever be open. */
static void test_policy_option_opens_nothing_else(void **state)
{
	static const char letters[] = "siptoem,";
	struct smccc_policy policy;

	(void)state;
	fake_reset();
	smccc_policy_init(&policy, 0);
	for (unsigned n = 0; n < 8U * 8U * 8U * 8U; n++) {
		char word[5] = {letters[n & 7U], letters[n >> 3 & 7U], letters[n >> 6 & 7U],
				letters[n >> 9 & 7U], '\0'};

		(void)smccc_policy_option(&policy, word);
	}
	assert_int_equal(policy.open, SIP | OEM | TOS);
}

/* ---- the report ---- */

static unsigned lines_with(const char *text)
{
	unsigned count = 0;

	for (const char *at = fake.console; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

/* The line of the table that contains `name`, into `out`. */
static void line_of(const char *name, char *out, size_t size)
{
	const char *at = strstr(fake.console, name), *start, *end;

	assert_non_null(at);
	for (start = at; start > fake.console && start[-1] != '\n'; start--)
		;
	end = strchr(at, '\n');
	assert_non_null(end);
	snprintf(out, size, "%.*s", (int)(end - start), start);
}

static void test_policy_report(void **state)
{
	static const struct {
		const char *name, *identifiers, *answer;
	} rows[SMCCC_RANGES] = {
	    {"architecture", "0x80000000 0xc0000000", "answered here"},
	    {"CPU service", "0x81000000 0xc1000000", "refused"},
	    {"silicon provider", "0x82000000 0xc2000000", "refused"},
	    {"OEM", "0x83000000 0xc3000000", "refused"},
	    {"standard secure", "0x84000000 0xc4000000", "PSCI relayed, TRNG checked"},
	    {"standard hypervisor", "0x85000000 0xc5000000", "refused"},
	    {"vendor hypervisor", "0x86000000 0xc6000000", "answered here"},
	    {"vendor EL3", "0x87000000 0xc7000000", "refused"},
	    {"trusted OS", "owners 48 to 63", "refused"},
	    {"before SMCCC", "0x00000000 to 0x0100ffff", "refused"},
	    {"reserved", "all others", "refused"},
	};
	struct smccc_policy policy;
	char line[LOG_LINE + 1];

	(void)state;
	fake_reset();
	smccc_policy_init(&policy, 0);
	smccc_policy_report(&policy);
	assert_int_equal(lines_with("[smc-policy]"), SMCCC_RANGES);
	for (unsigned i = 0; i < SMCCC_RANGES; i++) {
		line_of(rows[i].name, line, sizeof(line));
		assert_non_null(strstr(line, rows[i].identifiers));
		assert_non_null(strstr(line, rows[i].answer));
		assert_null(strstr(line, "..."));
	}
	/* in the order of the table above, what nobody claims last */
	for (unsigned i = 1; i < SMCCC_RANGES; i++)
		assert_true(strstr(fake.console, rows[i - 1U].name) <
			    strstr(fake.console, rows[i].name));
	assert_false(fake_said("FORWARDED"));
	assert_false(fake_said("[smc-open]"));
}

static void test_policy_report_of_open_ranges(void **state)
{
	static const struct {
		const char *option, *name, *lost;
	} rows[] = {
	    {"sip", "silicon provider", "may name any physical address"},
	    {"oem", "OEM", "may name any physical address"},
	    {"tos", "trusted OS", "may be told to share any physical address"},
	};
	char line[LOG_LINE + 1], key[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smccc_policy policy;

		fake_reset();
		smccc_policy_init(&policy, 0);
		assert_true(smccc_policy_option(&policy, rows[i].option));
		smccc_policy_report(&policy);
		assert_int_equal(lines_with("FORWARDED UNCHECKED"), 1);
		assert_int_equal(lines_with("[smc-open]"), 1);
		line_of("FORWARDED UNCHECKED", line, sizeof(line));
		assert_non_null(strstr(line, rows[i].name));
		snprintf(key, sizeof(key), "[smc-open] hv.smc=%s: no longer guaranteed",
			 rows[i].option);
		line_of(key, line, sizeof(line));
		assert_non_null(strstr(line, rows[i].lost));
		assert_null(strstr(line, "..."));
	}
}

/* The table that is printed is the one that decides: a range is open in both or in neither. */
static void test_policy_report_equals_the_calls(void **state)
{
	static const struct {
		const char *name;
		uint64_t fid;
	} rows[] = {
	    {"CPU service", 0x81000000},  {"silicon provider", 0x82000000},
	    {"OEM", 0xc3000000},          {"standard hypervisor", 0xc5000020},
	    {"vendor EL3", 0x87000000},   {"trusted OS", 0xb2000001},
	    {"before SMCCC", 0x00000001}, {"reserved", 0x90000000},
	};
	static const char *const words[] = {"sip", "oem", "tos"};

	(void)state;
	for (unsigned set = 0; set < 8U; set++) {
		host_prepare();
		host_start(1);
		for (unsigned i = 0; i < 3U; i++)
			if ((set >> i & 1U) != 0U)
				assert_true(smccc_policy_option(&host_hv.policy, words[i]));
		smccc_policy_report(&host_hv.policy);
		for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			char line[LOG_LINE + 1];

			line_of(rows[i].name, line, sizeof(line));
			fake.calls = 0;
			assert_int_equal(host_ask(rows[i].fid, 0, 0, 0), ~0ULL);
			assert_int_equal(fake.calls, strstr(line, "FORWARDED") != NULL);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_policy_every_range),
	    cmocka_unit_test(test_policy_edges_of_ranges),
	    cmocka_unit_test(test_policy_option),
	    cmocka_unit_test(test_policy_option_given_twice_adds_up),
	    cmocka_unit_test(test_policy_option_opens_nothing_else),
	    cmocka_unit_test(test_policy_report),
	    cmocka_unit_test(test_policy_report_of_open_ranges),
	    cmocka_unit_test(test_policy_report_equals_the_calls),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
