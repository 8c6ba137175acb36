/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The router: which identifiers are answered at all, exactly which registers each answer writes,
 * and what reaches firmware. The FF-A window is gone through identifier by identifier for each
 * state.
 */
#include <string.h>

#include "cases.h"
#include "core/log/log.h"
#include "host.h"

#define ALL_ONES (~(uint64_t)0)

/* A call with canaries in x4..x17 and these in x0..x3. */
static void call(uint64_t x[SMCCC_REGISTERS], uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	host_registers(x, x0, x1, x2, x3);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
}

/* "Unknown": x0 all ones in 64 bits, everything else as it was, firmware not asked. */
static void expect_unknown(uint64_t fid)
{
	uint64_t x[SMCCC_REGISTERS];
	unsigned calls = fake.calls;

	call(x, fid, 0x1111, 0x2222, 0x3333);
	if (x[0] != ALL_ONES || x[1] != 0x1111U || x[2] != 0x2222U || x[3] != 0x3333U ||
	    !host_untouched(x, 4) || fake.calls != calls)
		fail_msg("0x%08llx: x0 0x%llx, or a register written, or firmware called",
			 (unsigned long long)fid, (unsigned long long)x[0]);
}

/* ---- the FF-A window, 0x60 to 0xff ---- */

struct ffa_state {
	const char *words;
	uint64_t firmware[2]; /* its answers to FFA_VERSION */
	uint64_t smccc;
	uint32_t offered; /* version that the host is told, 0: absent */
};

static const struct ffa_state ffa_states[] = {
    {"refused, zero above", {0x00000000ffffffff, 0x00000000ffffffff}, 0x10002, 0},
    {"refused, ones above", {ALL_ONES, ALL_ONES}, 0x10002, 0},
    {"refused, garbage above", {0xdeadbeefffffffff, 0xdeadbeefffffffff}, 0x10002, 0},
    {"another major", {0x20000, 0x20000}, 0x10002, 0},
    {"no version", {0x84000060, 0x84000060}, 0x10002, 0},
    {"unsteady", {0x10002, 0x20000}, 0x10002, 0},
    {"SMCCC 1.1", {0x10002, 0x10002}, 0x10001, 0},
    {"1.0", {0x10000, 0x10000}, 0x10002, 0x10000},
    {"1.1", {0x10001, 0x10001}, 0x10002, 0x10001},
    {"1.1, garbage above", {0xdeadbeef00010001, 0xdeadbeef00010001}, 0x10002, 0x10001},
    {"1.2", {0x10002, 0x10002}, 0x10002, 0x10002},
    {"1.3", {0x10003, 0x10003}, 0x10002, 0x10002},
};

#define FFA_STATES (sizeof(ffa_states) / sizeof(ffa_states[0]))

static void start_ffa(const struct ffa_state *state)
{
	host_prepare();
	host_fw.smccc_version = state->smccc;
	fake_ffa_script(&host_fw, 2, state->firmware[0], state->firmware[1]);
	host_start(4);
}

/* The answers as docs/ffa.md has them, without looking at the code's table. */
static void expected_ffa(uint64_t x[SMCCC_REGISTERS], uint32_t offered, uint32_t spoken,
			 uint32_t fid, uint64_t x1)
{
	uint32_t w0 = 0x84000060, w1 = 0, w2 = 0xffffffff; /* FFA_ERROR, NOT_SUPPORTED */

	host_registers(x, fid, x1, 0x2222, 0x3333);
	if (offered == 0U && fid != 0x84000063U) {
		x[0] = ALL_ONES;
		return;
	}
	if (fid == 0x84000063U) {
		w0 = offered != 0U ? offered : 0xffffffffU;
		w2 = 0;
	} else if (spoken != 0U && fid == 0x84000064U &&
		   ((uint32_t)x1 == 0x84000063U || (uint32_t)x1 == 0x84000064U ||
		    (uint32_t)x1 == 0x84000069U)) {
		w0 = 0x84000061;
		w2 = 0;
	} else if (spoken != 0U && fid == 0x84000069U) {
		w0 = 0x84000061;
		w2 = 1;
	}
	x[0] = w0;
	x[1] = w1;
	x[2] = w2;
	for (unsigned n = 3; n <= 7U; n++)
		x[n] = 0;
}

static void go_through_window(const struct ffa_state *state, uint32_t spoken)
{
	for (uint32_t number = 0x60; number <= 0xffU; number++) {
		for (unsigned wide = 0; wide < 2U; wide++) {
			uint32_t fid = (wide != 0U ? 0xc4000000U : 0x84000000U) | number;
			/* FFA_VERSION must not change what is spoken */
			uint64_t x1 = fid == 0x84000063U && spoken != 0U
					  ? 0xdeadbeef00000000ULL | spoken
					  : 0xdeadbeef84000064ULL;
			uint64_t x[SMCCC_REGISTERS], expected[SMCCC_REGISTERS];

			if (fid == 0x84000063U && spoken == 0U)
				x1 = state->offered != 0U ? 0x20000 : 0x10002;
			expected_ffa(expected, state->offered, spoken, fid, x1);
			call(x, fid, x1, 0x2222, 0x3333);
			for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
				if (x[n] != expected[n])
					fail_msg("%s, host speaks 0x%x: 0x%08x: x%u is "
						 "0x%llx, expected 0x%llx",
						 state->words, spoken, fid, n,
						 (unsigned long long)x[n],
						 (unsigned long long)expected[n]);
			assert_int_equal(host_hv.ffa.host.version, spoken);
		}
	}
	assert_int_equal(fake.calls, 0); /* nothing of it is firmware's affair */
}

static void test_route_ffa_window(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FFA_STATES; i++) {
		start_ffa(&ffa_states[i]);
		assert_int_equal(host_hv.ffa.present, ffa_states[i].offered != 0U);
		go_through_window(&ffa_states[i], 0);
		for (uint32_t version = 0x10000;
		     ffa_states[i].offered != 0U && version <= ffa_states[i].offered; version++) {
			assert_int_equal(host_ask(0x84000063, version, 0, 0),
					 ffa_states[i].offered);
			go_through_window(&ffa_states[i], version);
		}
		assert_int_equal(host_fw.malformed, 0);
	}
}

/* ---- everything else ---- */

static void start_rich(void)
{
	host_prepare();
	host_fw.soc_id = true;
	host_fw.soc_id_name = true;
	host_fw.trng = true;
	host_start(4);
}

static bool is_one_of(uint64_t fid, const uint64_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == fid)
			return true;
	return false;
}

/* All 65536 numbers of the ranges that are answered here; PSCI, TRNG and FF-A have their own tests.
 */
static void test_route_unknown_numbers(void **state)
{
	static const uint64_t answered[] = {
	    0x80000000, 0x80000001, 0x80000002, 0xc0000002, 0x80008000, 0x86000000, 0x8600ff00,
	    0x8600ff01, 0x8600ff03, 0x86000020, 0xc6000021, 0xc6000022, 0xc6000023, 0xc6000024};
	static const uint64_t bases[] = {0x80000000, 0xc0000000, 0x84000000,
					 0xc4000000, 0x86000000, 0xc6000000};

	(void)state;
	start_rich();
	for (unsigned base = 0; base < sizeof(bases) / sizeof(bases[0]); base++) {
		for (uint64_t number = 0; number <= 0xffffU; number++) {
			uint64_t fid = bases[base] | number;

			if ((fid & 0xbfffffffU) >= 0x84000000U &&
			    (fid & 0xbfffffffU) <= 0x840000ffU &&
			    (number <= 0x1fU || number - 0x50U <= 0xfU || number >= 0x60U))
				continue;
			if (!is_one_of(fid, answered, sizeof(answered) / sizeof(answered[0])))
				expect_unknown(fid);
		}
	}
	for (uint64_t number = 0x50; number <= 0x5fU; number++) {
		if (number > 0x53U)
			expect_unknown(0x84000000U | number);
		if (number != 0x53U)
			expect_unknown(0xc4000000U | number);
	}
}

static void test_route_refused_ranges(void **state)
{
	static const uint16_t numbers[] = {0, 1, 0x50, 0x63, 0xff00, 0xff01, 0xff03, 0xffff};

	(void)state;
	start_rich();
	for (uint64_t upper = 0; upper <= 0xffffU; upper++) {
		uint64_t fast = upper & 0xbfffU; /* without the width */

		if (fast == 0x8000U || fast == 0x8400U || fast == 0x8600U)
			continue; /* answered here */
		if (fast == 0x8001U || fast == 0x8401U || fast == 0x8601U)
			continue; /* the same with the hint */
		for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			expect_unknown(upper << 16 | numbers[i]);
	}
	assert_int_equal(fake.calls, 0);
}

/* ---- architecture calls ---- */

static void test_route_smccc_version(void **state)
{
	(void)state;
	/* ours, whatever firmware has: its register rules are kept here */
	for (unsigned old = 0; old < 2U; old++) {
		host_prepare();
		host_fw.features_knows_smccc = old == 0U;
		host_start(1);
		assert_int_equal(host_ask(0x80000000, 0, 0, 0), 0x10002);
		expect_unknown(0xc0000000);
		assert_int_equal(host_ask(0x80000001, 0x80000000, 0, 0), 0);
		assert_int_equal(host_ask(0x80000001, 0x80000001, 0, 0), 0);
	}
}

static void test_route_soc_id(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	assert_int_equal(host_ask(0x80000001, 0x80000002, 0, 0), 0);
	assert_int_equal(host_ask(0x80000001, 0xc0000002, 0, 0), 0);
	assert_int_equal(host_ask(0x80000002, 0, 0, 0), 0x043b0001);
	assert_int_equal(host_ask(0x80000002, 1, 0, 0), 7);
	assert_int_equal(host_ask(0xc0000002, 0, 0, 0), 0x043b0001);
	assert_int_equal(host_ask(0xc0000002, 1, 0, 0), 7);
	assert_int_equal(host_ask(0x80000002, 2, 0, 0), 0xfffffffd);
	assert_int_equal(host_ask(0x80000002, 0xffffffff, 0, 0), 0xfffffffd);
	assert_int_equal(host_ask(0xc0000002, 3, 0, 0), 0xfffffffffffffffd);
	assert_int_equal(fake.calls, 0);
	call(x, 0xc0000002, 2, 0, 0);
	assert_int_equal(x[0], 0);
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
		assert_int_equal(x[n], 0x6161616161616100ULL + n);
	assert_int_equal(fake.calls, 1);
	assert_int_equal(host_fw.malformed, 0);
}

static bool no_name(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)x[0] != 0xc0000002U || x[1] != 2U)
		return false;
	x[0] = 0xfffffffd;
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
		x[n] = 0x5ec4e7;
	return true;
}

static void test_route_soc_id_without_a_name(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	host_fw.special = no_name;
	call(x, 0xc0000002, 2, 3, 4);
	assert_int_equal(x[0], ALL_ONES); /* NOT_SUPPORTED, and nothing of what lay in x1.. */
	assert_int_equal(x[1], 2);
	assert_int_equal(x[2], 3);
	assert_true(host_untouched(x, 4));
	/* the 32-bit form only */
	host_prepare();
	host_fw.soc_id = true;
	host_start(1);
	assert_int_equal(host_ask(0x80000002, 1, 0, 0), 7);
	assert_int_equal(host_ask(0x80000001, 0xc0000002, 0, 0), 0xffffffff);
	expect_unknown(0xc0000002);
	/* not at all */
	host_prepare();
	host_start(1);
	assert_int_equal(host_ask(0x80000001, 0x80000002, 0, 0), 0xffffffff);
	expect_unknown(0x80000002);
}

static const uint64_t workarounds[4] = {0x80008000, 0x80007fff, 0x80003fff, 0x80000004};

/* What firmware says about a workaround on a CPU, and what the host gets. */
static void test_route_workarounds(void **state)
{
	static const struct {
		int32_t said;
		uint64_t told[4]; /* ARCH_FEATURES, by workaround */
		bool known[4], forwarded[4];
	} rows[] = {
	    {0, {0, 0, 0, 0}, {true, true, true, true}, {true, true, true, false}},
	    {1, {1, 1, 1, 1}, {true, true, true, true}, {false}},
	    {7, {1, 1, 1, 1}, {true, true, true, true}, {false}},
	    {-1, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {false}, {false}},
	    /* "not required" exists for 2 alone */
	    {-2, {0xffffffff, 0xfffffffe, 0xffffffff, 0xffffffff}, {false}, {false}},
	    {-7, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {false}, {false}},
	};

	(void)state;
	for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (unsigned i = 0; i < 4U; i++) {
			uint64_t x[SMCCC_REGISTERS];

			host_prepare();
			host_fw.workaround[0][i] = rows[row].said;
			host_start(1);
			assert_int_equal(host_ask(0x80000001, workarounds[i], 0, 0),
					 rows[row].told[i]);
			if (!rows[row].known[i]) {
				expect_unknown(workarounds[i]);
				continue;
			}
			/* no results: every register comes back as it was */
			call(x, workarounds[i], 0xdeadbeef00000001ULL, 2, 3);
			assert_int_equal(x[0], workarounds[i]);
			assert_int_equal(x[1], 0xdeadbeef00000001ULL);
			assert_true(host_untouched(x, 4));
			assert_int_equal(fake.calls, rows[row].forwarded[i] ? 1 : 0);
			if (rows[row].forwarded[i]) /* 2 has an argument, the others none */
				assert_int_equal(fake.call[0].x[1], i == 1U ? 1 : 0);
			assert_int_equal(host_fw.malformed, 0);
		}
	}
}

/* Each CPU has its own answer, asked for once. */
static void test_route_workarounds_per_cpu(void **state)
{
	(void)state;
	host_prepare();
	for (unsigned cpu = 0; cpu < 4U; cpu++)
		host_fw.workaround[cpu][0] = (int32_t)cpu - 1;
	host_start(4);
	for (unsigned round = 0; round < 3U; round++) {
		for (fake_cpu = 0; fake_cpu < 4U; fake_cpu++) {
			uint64_t told = host_ask(0x80000001, 0x80008000, 0, 0);

			assert_int_equal(told, fake_cpu == 0U ? 0xffffffffU : fake_cpu > 1U);
			(void)host_ask(0x80008000, 0, 0, 0);
		}
	}
	fake_cpu = 0;
	assert_int_equal(fake_calls_of(0x80000001), 3); /* CPU 0 was asked at boot */
	assert_int_equal(fake_calls_of(0x80008000), 3); /* CPU 1 alone needs it */
}

static void test_route_workarounds_need_smccc_1_1(void **state)
{
	(void)state;
	host_prepare();
	host_fw.features_knows_smccc = false;
	host_start(1);
	for (unsigned i = 0; i < 4U; i++) {
		assert_int_equal(host_ask(0x80000001, workarounds[i], 0, 0), 0xffffffff);
		expect_unknown(workarounds[i]);
	}
	assert_int_equal(fake.calls, 0);
}

/* ---- TRNG ---- */

static void expect_random(bool wide, unsigned bits)
{
	const unsigned width = wide ? 64U : 32U;
	uint64_t x[SMCCC_REGISTERS];
	unsigned ones = 0;

	call(x, wide ? 0xc4000053 : 0x84000053, wide ? bits : 0xdeadbeef00000000ULL | bits, 0x2222,
	     0x3333);
	assert_int_equal(x[0], 0);
	/* firmware gave ones everywhere: exactly the lowest `bits` of x1:x2:x3 are left */
	for (unsigned bit = 0; bit < 3U * 64U; bit++) {
		uint64_t here = x[3U - bit / 64U] >> (bit % 64U) & 1U;
		unsigned position = bit / 64U * width + bit % 64U;

		assert_int_equal(here, bit % 64U < width && position < bits);
		ones += (unsigned)here;
	}
	assert_int_equal(ones, bits);
	assert_true(host_untouched(x, 4));
}

static void test_route_trng_every_size(void **state)
{
	(void)state;
	for (unsigned clobbers = 0; clobbers < 2U; clobbers++) {
		start_rich();
		host_fw.clobbers = clobbers != 0U;
		for (unsigned bits = 1; bits <= 96U; bits++)
			expect_random(false, bits);
		for (unsigned bits = 1; bits <= 192U; bits++)
			expect_random(true, bits);
		assert_int_equal(fake.calls, 96 + 192);
		assert_int_equal(host_fw.malformed, 0);
	}
}

static void test_route_trng_L8_sizes_out_of_range(void **state)
{
	static const uint64_t sizes32[] = {0, 97, 192, 193, 0x80000001, 0xffffffff, 0x100000000},
			      sizes64[] = {0, 193, 0xffffffff, 0x100000001, ALL_ONES};
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	for (unsigned i = 0; i < sizeof(sizes32) / sizeof(sizes32[0]); i++) {
		call(x, 0x84000053, sizes32[i], 2, 3);
		assert_int_equal(x[0], 0xfffffffe);
		assert_int_equal(x[1] | x[2] | x[3], 0);
	}
	for (unsigned i = 0; i < sizeof(sizes64) / sizeof(sizes64[0]); i++) {
		call(x, 0xc4000053, sizes64[i], 2, 3);
		assert_int_equal(x[0], 0xfffffffffffffffe);
		assert_int_equal(x[1] | x[2] | x[3], 0);
	}
	assert_int_equal(fake.calls, 0);
}

/* Only with SUCCESS does anything come through, and only statuses of TRNG are believed. */
static void test_route_trng_statuses(void **state)
{
	static const struct {
		uint64_t raw;
		int32_t told;
	} rows[] = {
	    {0xdeadbeef00000000, 0}, {0xffffffff, -1}, {ALL_ONES, -1},   {0xfffffffe, -2},
	    {0xfffffffd, -3},        {0xfffffffc, -3}, {0x80000000, -3}, {1, -3},
	    {0x84000053, -3},        {0x7fffffff, -3},
	};
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_fw.trng_status = rows[i].raw;
		call(x, 0xc4000053, 192, 2, 3);
		assert_int_equal((int64_t)x[0], rows[i].told);
		assert_int_equal(x[1], rows[i].told == 0 ? ALL_ONES : 0U);
		assert_int_equal(x[3], rows[i].told == 0 ? ALL_ONES : 0U);
		call(x, 0x84000053, 96, 2, 3);
		assert_int_equal(x[0], (uint32_t)rows[i].told);
		assert_int_equal(x[2], rows[i].told == 0 ? 0xffffffffU : 0U);
	}
}

static void test_route_trng_discovery(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	assert_int_equal(host_ask(0x84000050, 0, 0, 0), 0x10000);
	for (uint64_t fid = 0x84000050; fid <= 0x8400005fU; fid++) {
		assert_int_equal(host_ask(0x84000051, fid, 0, 0),
				 fid <= 0x84000053U ? 0U : 0xffffffffU);
		assert_int_equal(host_ask(0x84000051, fid | SMCCC_64, 0, 0),
				 fid == 0x84000053U ? 0U : 0xffffffffU);
	}
	assert_int_equal(fake.calls, 0);
	host_fw.clobbers = true;
	call(x, 0x84000052, 1, 2, 3);
	for (unsigned n = 0; n < 4U; n++)
		assert_int_equal(x[n], 0x1111U * (n + 1U));
	assert_true(host_untouched(x, 4));
	/* absent */
	host_prepare();
	host_start(1);
	for (uint64_t fid = 0x84000050; fid <= 0x84000053U; fid++)
		expect_unknown(fid);
	expect_unknown(0xc4000053);
}

/* A function that firmware's TRNG lacks is neither named nor called. */
static void test_route_trng_lacks_a_function(void **state)
{
	static const uint64_t fids[] = {0x84000052, 0x84000053, 0xc4000053};

	(void)state;
	for (unsigned lacking = 0; lacking < 3U; lacking++) {
		start_rich();
		host_hv.firmware.trng_uuid = lacking != 0U;
		host_hv.firmware.trng_rnd32 = lacking != 1U;
		host_hv.firmware.trng_rnd64 = lacking != 2U;
		for (unsigned i = 0; i < 3U; i++) {
			assert_int_equal(host_ask(0x84000051, fids[i], 0, 0),
					 i == lacking ? 0xffffffffU : 0U);
			if (i == lacking)
				expect_unknown(fids[i]);
			else
				assert_int_not_equal(host_ask(fids[i], 1, 0, 0), ALL_ONES);
		}
		assert_int_equal(fake.calls, 2);
	}
}

/* ---- vendor hypervisor range ---- */

static void test_route_L10_own_uid(void **state)
{
	/* 4ab3a598-33a5-426a-bced-c3c6d53b6d4b, bytes in order, four to a little-endian word */
	static const uint8_t uid[16] = {0x4a, 0xb3, 0xa5, 0x98, 0x33, 0xa5, 0x42, 0x6a,
					0xbc, 0xed, 0xc3, 0xc6, 0xd5, 0x3b, 0x6d, 0x4b};
	static const uint64_t kvm = 0xb66fb428; /* its first word: guests would use its calls */
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	start_rich();
	call(x, 0x8600ff01, 1, 2, 3);
	for (size_t n = 0; n < 4U; n++)
		assert_int_equal(x[n], (uint64_t)uid[4U * n] | (uint64_t)uid[4U * n + 1U] << 8 |
					   (uint64_t)uid[4U * n + 2U] << 16 |
					   (uint64_t)uid[4U * n + 3U] << 24);
	assert_true(host_untouched(x, 4));
	assert_int_not_equal(x[0], kvm);
	assert_int_not_equal(x[0], 0xffffffff);
}

static void test_route_vendor_calls(void **state)
{
	uint64_t x[SMCCC_REGISTERS];
	unsigned answered = 0;

	(void)state;
	start_rich();
	for (unsigned presence = 0; presence < 2U; presence++) {
		smccc_policy_init(&host_hv.policy, presence);
		call(x, 0x86000000, 1, 2, 3);
		assert_int_equal(x[0], presence); /* is the host confined? */
		assert_int_equal(x[1], 1);
	}
	call(x, 0x8600ff03, 1, 2, 3);
	assert_true(x[0] < 0x100U && x[1] < 0x100U);
	assert_int_equal(x[2], 2);
	for (uint64_t number = 0; number <= 0xffffU; number++)
		for (uint64_t form = 0x86000000U; form <= 0xc6000000U; form += 0x40000000U)
			answered += host_ask(form | number, 0, 0, 0) != ALL_ONES;
	assert_int_equal(host_ask(0x8600ff00, 0, 0, 0), answered);
	assert_int_equal(fake.calls, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_route_ffa_window),
	    cmocka_unit_test(test_route_unknown_numbers),
	    cmocka_unit_test(test_route_refused_ranges),
	    cmocka_unit_test(test_route_smccc_version),
	    cmocka_unit_test(test_route_soc_id),
	    cmocka_unit_test(test_route_soc_id_without_a_name),
	    cmocka_unit_test(test_route_workarounds),
	    cmocka_unit_test(test_route_workarounds_per_cpu),
	    cmocka_unit_test(test_route_workarounds_need_smccc_1_1),
	    cmocka_unit_test(test_route_trng_every_size),
	    cmocka_unit_test(test_route_trng_L8_sizes_out_of_range),
	    cmocka_unit_test(test_route_trng_statuses),
	    cmocka_unit_test(test_route_trng_discovery),
	    cmocka_unit_test(test_route_trng_lacks_a_function),
	    cmocka_unit_test(test_route_L10_own_uid),
	    cmocka_unit_test(test_route_vendor_calls),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
