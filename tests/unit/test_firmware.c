/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discovery: what is asked of firmware and what its answers are taken for, over firmware of every
 * age and manner.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/log/log.h"
#include "host.h"

#define ALL_ONES (~(uint64_t)0)
#define NS32     0x00000000ffffffffULL

#define VERSION_FID 0x84000000U
#define FEATURES    0x8400000aU

static const struct firmware *found = &host_hv.firmware;

static void discover(void)
{
	host_hv.firmware.conduit = FIRMWARE_SMC;
	firmware_discover(&host_hv.firmware);
	assert_int_equal(host_fw.malformed, 0);
	assert_in_range(fake.calls, 1, 100);
}

/* Every line whole, none of them cut. */
static void report(void)
{
	firmware_report(found);
	assert_null(strstr(fake.console, "...\n"));
}

static unsigned asked_features(uint32_t fid)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake.calls; i++)
		count += fake.call[i].x[0] == FEATURES && fake.call[i].x[1] == fid;
	return count;
}

static unsigned asked_of_owner(uint32_t owner)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake.calls; i++)
		count += (fake.call[i].x[0] >> 24 & 0x3fU) == owner;
	return count;
}

/* ---- PSCI ---- */

static void test_firmware_psci_1_1(void **state)
{
	(void)state;
	host_prepare();
	discover();
	assert_true(found->psci);
	assert_int_equal(found->psci_version, 0x10001);
	assert_int_equal(found->psci_version_raw, 0x10001);
	/* every function was asked for, in each form once; VERSION and FEATURES are there */
	assert_int_equal(found->psci32, host_fw.psci32 | 1U);
	assert_int_equal(found->psci64, host_fw.psci64);
	for (uint32_t number = 1; number <= 0x15U; number++) {
		bool only32 = number == 0x02U || number == 0x06U || number == 0x08U ||
			      number == 0x09U || number == 0x0bU || number == 0x0fU ||
			      number == 0x13U;

		assert_int_equal(asked_features(0x84000000U | number), number != 0x0aU);
		assert_int_equal(asked_features(0xc4000000U | number), number != 0x0aU && !only32);
	}
	assert_int_equal(fake_calls_of(VERSION_FID), 1);
	report();
	assert_true(fake_said("[fw-psci] PSCI 1.1 (0x0000000000010001)"));
}

/* Each function by itself, in each form: the bit that is found is the one that firmware has. */
static void test_firmware_psci_each_function(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= 0x15U; number++) {
		bool only32 = number == 0x02U || number == 0x06U || number == 0x08U ||
			      number == 0x09U || number == 0x0bU || number == 0x0fU ||
			      number == 0x13U;

		if (number == 0x0aU)
			continue;
		host_prepare();
		host_fw.psci32 = 1U << 0x0a | 1U << number;
		host_fw.psci64 = 0;
		discover();
		assert_int_equal(found->psci32, 1U | 1U << 0x0a | 1U << number);
		assert_int_equal(found->psci64, 0);
		host_prepare();
		host_fw.psci32 = 1U << 0x0a;
		host_fw.psci64 = 1U << number;
		discover();
		assert_int_equal(found->psci32, 1U | 1U << 0x0a);
		assert_int_equal(found->psci64, only32 ? 0U : 1U << number);
	}
}

/* 0.2 has no PSCI_FEATURES: what is mandatory is there, and SMCCC is 1.0. */
static void test_firmware_psci_0_2(void **state)
{
	(void)state;
	host_prepare();
	host_fw.psci_version = 2;
	discover();
	assert_true(found->psci);
	assert_int_equal(found->psci_version, 2);
	assert_int_equal(found->psci32, 0x35f); /* 0..4, 6, 8, 9 */
	assert_int_equal(found->psci64, 0x1a);  /* 1, 3, 4 */
	assert_int_equal(found->suspend_flags, 0);
	assert_int_equal(fake.calls, 1); /* the version and nothing else */
	assert_false(found->smccc_asked);
	assert_int_equal(found->smccc_version, 0x10000);
	assert_int_equal(found->ffa.outcome, FFA_UNASKED_SMCCC);
	report();
	assert_true(fake_said("[fw-psci] PSCI 0.2"));
	assert_true(fake_said("[fw-smccc] SMCCC 1.0: no PSCI_FEATURES to ask first"));
}

static void test_firmware_psci_versions(void **state)
{
	static const struct {
		uint64_t raw;
		uint32_t version; /* 0: no PSCI */
	} rows[] = {
	    {0x10000, 0x10000},
	    {0x10003, 0x10003},
	    {0xdeadbeef00010001, 0x10001},
	    {0xffffffff00010001, 0x10001},
	    {0x20000, 0x20000},
	    {3, 3}, /* 0.3 */
	    {NS32, 0},
	    {ALL_ONES, 0},
	    {0xdeadbeefffffffff, 0},
	    {0xfffffffe, 0},
	    {0x84000000, 0}, /* x0 as it was */
	    {1, 0},          /* 0.1 has no such identifier */
	    {0x0001000100000000, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_prepare();
		host_fw.psci_version = rows[i].raw;
		discover();
		assert_int_equal(found->psci, rows[i].version != 0U);
		assert_int_equal(found->psci_version, rows[i].version);
		assert_int_equal(found->psci_version_raw, rows[i].raw);
		if (rows[i].version == 0U) {
			assert_int_equal(found->psci32 | found->psci64, 0);
			assert_int_equal(fake.calls, 1); /* no PSCI_FEATURES, so no SMCCC_VERSION */
		}
		report();
	}
}

static void test_firmware_psci_0_0(void **state)
{
	(void)state;
	host_prepare();
	host_fw.psci_version = 0; /* the fake then knows no PSCI_VERSION */
	host_fw.unknown = 0;
	discover();
	assert_false(found->psci);
	assert_int_equal(fake.calls, 1);
	report();
	assert_true(fake_said("[fw-psci] PSCI absent: version reads 0x0000000000000000"));
}

static void test_firmware_suspend_flags(void **state)
{
	(void)state;
	for (int32_t flags = 0; flags <= 0xff; flags++) {
		host_prepare();
		host_fw.suspend_flags = flags;
		discover();
		assert_int_equal(found->suspend_flags, flags & 3); /* reserved bits mean nothing */
		report();
		assert_int_equal(fake_said("extended format"), (flags & 2) != 0);
		assert_int_equal(fake_said("OS initiated too"), (flags & 1) != 0);
	}
}

static uint64_t off2_32, off2_64;

static bool off2(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if (x[0] != FEATURES || (x[1] & 0xbfffffffU) != 0x84000015U)
		return false;
	x[0] = x[1] == 0x84000015U ? off2_32 : off2_64;
	return true;
}

static void test_firmware_off2_flags(void **state)
{
	static const struct {
		uint64_t form32, form64;
		uint32_t flags;
	} rows[] = {
	    {NS32, NS32, 0}, {1, NS32, 1}, {NS32, 1, 1}, {1, 1, 1}, {0, 0, 0}, {NS32, 0xfe, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_prepare();
		host_fw.special = off2;
		off2_32 = rows[i].form32;
		off2_64 = rows[i].form64;
		discover();
		assert_int_equal(found->psci32 >> 0x15 & 1U, rows[i].form32 != NS32);
		assert_int_equal(found->psci64 >> 0x15 & 1U, rows[i].form64 != NS32);
		assert_int_equal(found->off2_flags, rows[i].flags);
	}
}

/* ---- SMCCC, and what may be asked from which version on ---- */

static void test_firmware_smccc_versions(void **state)
{
	static const struct {
		uint64_t raw;
		uint32_t version;
	} rows[] = {
	    {0x10000, 0x10000},
	    {0x10001, 0x10001},
	    {0x10002, 0x10002},
	    {0x10005, 0x10005},
	    {0xdeadbeef00010001, 0x10001},
	    {0xffffffff00010002, 0x10002},
	    {NS32, 0x10000},
	    {ALL_ONES, 0x10000},
	    {0x80000000, 0x10000}, /* x0 as it was */
	    {0, 0x10000},
	    {0x80010002, 0x10000}, /* bit 31 is no part of a version */
	    {0x0001000200000000, 0x10000},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t version = rows[i].version;

		host_prepare();
		host_fw.trng = true;
		host_fw.soc_id = true;
		host_fw.smccc_version = rows[i].raw;
		discover();
		assert_true(found->smccc_asked);
		assert_int_equal(found->smccc_version, version);
		assert_int_equal(found->smccc_version_raw, rows[i].raw);
		assert_int_equal(found->trng, version >= 0x10001U);
		assert_int_equal(found->soc_id, version >= 0x10001U);
		assert_int_equal(found->ffa.outcome,
				 version >= 0x10002U ? FFA_PRESENT : FFA_UNASKED_SMCCC);
		/* nothing that the convention does not allow was called */
		if (version < 0x10001U) {
			assert_int_equal(asked_of_owner(0), 1); /* SMCCC_VERSION */
			assert_int_equal(fake_calls_of(0x84000050), 0);
		}
		if (version < 0x10002U)
			assert_int_equal(fake_calls_of(0x84000063), 0);
		report();
	}
}

/* Before SMCCC_VERSION firmware must say through PSCI_FEATURES that it knows it. */
static void test_firmware_smccc_1_0(void **state)
{
	(void)state;
	for (unsigned extends = 0; extends < 2U; extends++) {
		host_prepare();
		host_fw.features_knows_smccc = false;
		host_fw.sign_extends = extends != 0U;
		host_fw.trng = true;
		discover();
		assert_int_equal(asked_features(0x80000000), 1);
		assert_int_equal(asked_of_owner(0), 0);
		assert_false(found->smccc_asked);
		assert_int_equal(found->smccc_version, 0x10000);
		assert_false(found->trng);
		assert_int_equal(fake_calls_of(0x84000063), 0);
		assert_int_equal(firmware_workaround(&host_hv.firmware, 1),
				 FIRMWARE_WORKAROUND_ABSENT);
		report();
		assert_true(fake_said("PSCI_FEATURES does not know SMCCC_VERSION"));
	}
}

static void test_firmware_soc_id(void **state)
{
	(void)state;
	host_prepare();
	host_fw.soc_id = true;
	discover();
	assert_true(found->soc_id);
	assert_false(found->soc_id_name);
	assert_int_equal(found->soc_version, 0x043b0001);
	assert_int_equal(found->soc_revision, 7);
	report();
	assert_true(fake_said("[fw-soc-id] SOC_ID version 0x043b0001 revision 0x00000007\n"));
	/* the name needs x4..x17 as results: SMCCC 1.2 */
	host_prepare();
	host_fw.soc_id = true;
	host_fw.soc_id_name = true;
	discover();
	assert_true(found->soc_id_name);
	host_prepare();
	host_fw.soc_id = true;
	host_fw.soc_id_name = true;
	host_fw.smccc_version = 0x10001;
	discover();
	assert_true(found->soc_id);
	assert_false(found->soc_id_name);
}

static uint64_t soc_answer[2];

static bool soc(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if (x[0] != 0x80000002U || x[1] > 1U)
		return false;
	x[0] = soc_answer[x[1]];
	return true;
}

/* Firmware that offers SOC_ID and then refuses it. */
static void test_firmware_soc_id_refused(void **state)
{
	static const uint64_t rows[][2] = {{NS32, 1}, {1, ALL_ONES}, {0xfffffffd, 0xfffffffd}};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_prepare();
		host_fw.soc_id = true;
		host_fw.special = soc;
		memcpy(soc_answer, rows[i], sizeof(soc_answer));
		discover();
		assert_false(found->soc_id);
		report();
		assert_true(fake_said("[fw-soc-id] SOC_ID absent"));
	}
	host_prepare();
	host_fw.soc_id = true;
	host_fw.special = soc;
	soc_answer[0] = 0xdeadbeef7fffffffULL;
	soc_answer[1] = 0xffffffff00000000ULL;
	discover();
	assert_true(found->soc_id);
	assert_int_equal(found->soc_version, 0x7fffffff);
	assert_int_equal(found->soc_revision, 0);
}

static uint64_t trng_version;
static uint32_t trng_lacks;

static bool trng(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if (x[0] == 0x84000050U) {
		x[0] = trng_version;
		return true;
	}
	if (x[0] == 0x84000051U && x[1] == trng_lacks) {
		x[0] = NS32;
		return true;
	}
	return false;
}

static void test_firmware_trng(void **state)
{
	static const struct {
		uint64_t version;
		bool there;
	} rows[] = {
	    {0x10000, true}, {0x10001, true}, {0xdeadbeef00010000, true}, {0xffff, false},
	    {0, false},      {NS32, false},   {ALL_ONES, false},          {0x84000050, false},
	};
	static const uint32_t functions[] = {0, 0x84000052, 0x84000053, 0xc4000053};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned lacks = 0; lacks < 4U; lacks++) {
			host_prepare();
			host_fw.trng = true;
			host_fw.special = trng;
			trng_version = rows[i].version;
			trng_lacks = functions[lacks];
			discover();
			assert_int_equal(found->trng, rows[i].there);
			assert_int_equal(found->trng_uuid, rows[i].there && lacks != 1U);
			assert_int_equal(found->trng_rnd32, rows[i].there && lacks != 2U);
			assert_int_equal(found->trng_rnd64, rows[i].there && lacks != 3U);
			report();
			assert_int_equal(fake_said(" RND64"), rows[i].there && lacks != 3U);
			assert_int_equal(fake_said("[fw-trng] TRNG absent"), !rows[i].there);
		}
	}
}

static void test_firmware_workarounds(void **state)
{
	static const struct {
		int32_t said;
		enum firmware_workaround read, read2;
		const char *words;
	} rows[] = {
	    {0, FIRMWARE_WORKAROUND_NEEDED, FIRMWARE_WORKAROUND_NEEDED, "yes, needed"},
	    {1, FIRMWARE_WORKAROUND_HARMLESS, FIRMWARE_WORKAROUND_HARMLESS, "yes, not needed"},
	    {-1, FIRMWARE_WORKAROUND_ABSENT, FIRMWARE_WORKAROUND_ABSENT, "no"},
	    {-2, FIRMWARE_WORKAROUND_ABSENT, FIRMWARE_WORKAROUND_NOT_REQUIRED, "no"},
	    {-9, FIRMWARE_WORKAROUND_ABSENT, FIRMWARE_WORKAROUND_ABSENT, "no"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[64];

		host_prepare();
		for (unsigned n = 0; n < 4U; n++)
			host_fw.workaround[0][n] = rows[i].said;
		discover();
		for (unsigned n = 1; n <= 4U; n++)
			assert_int_equal(firmware_workaround(&host_hv.firmware, n),
					 n == 2U ? rows[i].read2 : rows[i].read);
		report();
		snprintf(line, sizeof(line), "on this CPU: 1 %s; 2 ", rows[i].words);
		assert_true(fake_said(line));
		assert_int_equal(fake_said("2 not required"), rows[i].said == -2);
	}
}

/* ---- manners ---- */

static void test_firmware_no_conduit(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	host_prepare();
	memset(&host_hv.firmware, 0xa5, sizeof(host_hv.firmware));
	host_hv.firmware.conduit = FIRMWARE_NONE;
	firmware_discover(&host_hv.firmware);
	assert_false(found->psci || found->trng || found->soc_id || found->smccc_asked);
	assert_int_equal(found->smccc_version, 0x10000);
	assert_int_equal(found->ffa.outcome, FFA_UNASKED_CONDUIT);
	assert_int_equal(found->ffa.version, 0);
	for (unsigned n = 1; n <= 4U; n++)
		assert_int_equal(firmware_workaround(&host_hv.firmware, n),
				 FIRMWARE_WORKAROUND_ABSENT);
	host_registers(x, 0x84000000, 1, 2, 3);
	firmware_call(found, x);
	assert_int_equal(x[0], ALL_ONES);
	assert_int_equal(x[1], 1);
	assert_int_equal(firmware_ask(found, 0x84000000, 0, 0, 0), ALL_ONES);
	assert_int_equal(fake.calls, 0);
	firmware_report(found);
	assert_true(fake_said("[fw-none]"));
	assert_true(fake_said("[ffa-none] no firmware below: FF-A absent"));
	assert_false(fake_said("[fw-psci]"));
}

static void test_firmware_time(void **state)
{
	(void)state;
	host_prepare();
	fake.counter = 1000; /* advances by one with each reading */
	discover();
	assert_int_equal(found->ticks, 1);
}

/* Nothing is left of an earlier reading. */
static void test_firmware_discover_again(void **state)
{
	(void)state;
	host_prepare();
	host_fw.trng = true;
	host_fw.soc_id = true;
	discover();
	host_fw.psci_version = NS32;
	discover();
	assert_false(found->psci || found->trng || found->soc_id || found->smccc_asked);
	assert_int_equal(found->psci32 | found->psci64 | found->suspend_flags, 0);
	assert_int_equal(found->ffa.count, 0);
	assert_int_equal(found->pe[0].workaround[0], FIRMWARE_WORKAROUND_ABSENT);
}

/* Registers destroyed on each return, statuses in both widths, unknown in 32 bits everywhere. */
static void test_firmware_manners_change_nothing(void **state)
{
	static struct firmware plain;

	(void)state;
	for (unsigned manner = 0; manner < 16U; manner++) {
		host_prepare();
		host_fw.trng = true;
		host_fw.soc_id = true;
		host_fw.suspend_flags = 2;
		host_fw.clobbers = (manner & 1U) != 0U;
		host_fw.sign_extends = (manner & 2U) != 0U;
		host_fw.unknown = (manner & 4U) != 0U ? NS32 : ALL_ONES;
		if ((manner & 8U) != 0U) /* above w0, where nothing counts */
			host_fw.psci_version |= 0xdeadbeef00000000ULL;
		discover();
		host_hv.firmware.psci_version_raw = 0;
		host_hv.firmware.ticks = 0;
		if (manner == 0U)
			plain = host_hv.firmware;
		else
			assert_memory_equal(&plain, &host_hv.firmware, sizeof(plain));
	}
}

/* Unknown answered as 0x00000000ffffffff: SMCCC below 1.2 or above, FF-A is absent and nothing
 * else. */
static void test_firmware_unknown_is_w32(void **state)
{
	(void)state;
	host_prepare();
	host_fw.unknown = NS32;
	memset(&host_fw.ffa, 0, sizeof(host_fw.ffa));
	discover();
	assert_true(found->psci);
	assert_int_equal(found->smccc_version, 0x10002);
	assert_int_equal(found->ffa.outcome, FFA_ABSENT);
	assert_int_equal(found->ffa.count, 3);
	assert_false(found->trng);
}

static void test_firmware_x0_unchanged_everywhere(void **state)
{
	(void)state;
	host_prepare();
	host_fw.unknown_keeps_x0 = true;
	host_fw.psci_version = 0;
	host_fw.psci32 = 0;
	host_fw.psci64 = 0;
	discover();
	assert_false(found->psci);
	assert_int_equal(found->smccc_version, 0x10000);
	assert_int_equal(found->ffa.outcome, FFA_UNASKED_SMCCC);
	report();
}

/* ---- answers recorded from QEMU's own PSCI ---- */

static const struct json *qemu_rows;

static bool qemu(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	for (const struct json *row = qemu_rows->first; row != NULL; row = row->next) {
		const struct json *given = json_array(row, "x")->first;
		unsigned n = 0;

		for (; given != NULL && json_register(given) == x[n]; given = given->next)
			n++;
		if (given != NULL || x[n] != 0U)
			continue;
		x[0] = json_register(json_member(row, "x0"));
		return true;
	}
	x[0] = ALL_ONES;
	return true;
}

static void test_firmware_qemu(void **state)
{
	(void)state;
	qemu_rows = json_array(json_vectors("psci.json"), "qemu_10_0_2_observed");
	host_prepare();
	host_fw.special = qemu;
	discover();
	assert_true(found->psci);
	assert_int_equal(found->psci_version, 0x10001);
	assert_int_equal(found->psci32, 1U | 1U << 0x0a); /* of what was recorded */
	assert_int_equal(found->psci64, 1U << 1 | 1U << 3);
	assert_false(found->smccc_asked); /* PSCI_FEATURES does not know it there */
	assert_int_equal(found->smccc_version, 0x10000);
	assert_int_equal(found->ffa.outcome, FFA_UNASKED_SMCCC);
	assert_int_equal(asked_of_owner(0), 0);
	report();
}

/* What QEMU gets wrong about garbage in unused halves, the host does not see. */
static void test_firmware_qemu_behind_us(void **state)
{
	(void)state;
	qemu_rows = json_array(json_vectors("psci.json"), "qemu_10_0_2_observed");
	host_prepare();
	host_fw.special = qemu;
	host_start(2);
	assert_int_equal(host_ask(0xdeadbeef84000000, 0, 0, 0), 0x10001);
	assert_int_equal(host_ask(0x84010000, 0, 0, 0), 0x10001);
	assert_int_equal(host_ask(0x8400000a, 0xdeadbeefc4000003, 0, 0), 0);
	assert_int_equal(host_ask(0x8400000a, 0x80000000, 0, 0), 0);
	assert_int_equal(host_ask(0x80000000, 0, 0, 0), 0x10002);
	assert_int_equal(host_ask(0xc4000000, 0, 0, 0), ALL_ONES);
	assert_int_equal(host_fw.malformed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_firmware_psci_1_1),
	    cmocka_unit_test(test_firmware_psci_each_function),
	    cmocka_unit_test(test_firmware_psci_0_2),
	    cmocka_unit_test(test_firmware_psci_versions),
	    cmocka_unit_test(test_firmware_psci_0_0),
	    cmocka_unit_test(test_firmware_suspend_flags),
	    cmocka_unit_test(test_firmware_off2_flags),
	    cmocka_unit_test(test_firmware_smccc_versions),
	    cmocka_unit_test(test_firmware_smccc_1_0),
	    cmocka_unit_test(test_firmware_soc_id),
	    cmocka_unit_test(test_firmware_soc_id_refused),
	    cmocka_unit_test(test_firmware_trng),
	    cmocka_unit_test(test_firmware_workarounds),
	    cmocka_unit_test(test_firmware_no_conduit),
	    cmocka_unit_test(test_firmware_time),
	    cmocka_unit_test(test_firmware_discover_again),
	    cmocka_unit_test(test_firmware_manners_change_nothing),
	    cmocka_unit_test(test_firmware_unknown_is_w32),
	    cmocka_unit_test(test_firmware_x0_unchanged_everywhere),
	    cmocka_unit_test(test_firmware_qemu),
	    cmocka_unit_test(test_firmware_qemu_behind_us),
	};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL);
}
