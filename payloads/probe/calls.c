// SPDX-License-Identifier: Apache-2.0
/* Every register that a call may or may not change, for all identifiers that matter. */
#include <string.h>

#include "exception.h"
#include "probe.h"

#define UNKNOWN       (~(uint64_t)0)
#define NOT_SUPPORTED 0x00000000ffffffffUL
#define HINT          0x00010000U
#define FORM_64       0x40000000U
#define FAST          0x80000000U

#define FFA_ERROR    0x84000060U
#define FFA_SUCCESS  0x84000061U
#define FFA_VERSION  0x84000063U
#define FFA_FEATURES 0x84000064U
#define FFA_ID_GET   0x84000069U
#define FFA_BIND     0x8400007fU
#define FFA_FIRST    0x60U
#define FFA_LAST     0xffU

#define SMCCC_VERSION       0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U
#define SMCCC_SOC_ID        0x80000002U
#define WORKAROUND_1        0x80008000U
#define WORKAROUND_2        0x80007fffU
#define WORKAROUND_3        0x80003fffU
#define WORKAROUND_4        0x80000004U

#define TRNG_VERSION  0x84000050U
#define TRNG_FEATURES 0x84000051U
#define TRNG_UUID     0x84000052U
#define TRNG_RND32    0x84000053U
#define TRNG_RND64    0xc4000053U

/* the host's memory calls, see ledger.c: the first in 32 bits, the others in 64 */
#define MEMORY_VERSION 0x20U
#define MEMORY_LAST    0x24U

#define VENDOR_UID 0x8600ff01U

/* What FFA_VERSION granted; 0: FF-A is absent. */
static uint32_t ffa_version;

bool call_perform(struct exchange *e, struct exchange *sent, enum conduit conduit)
{
	struct exception taken;

	*sent = *e;
	exception_expect();
	exchange_perform(e, conduit);
	return check(exception_end(&taken) == 0U, "x0=0x%llx: exception, ESR 0x%llx",
		     (unsigned long long)sent->x[0], (unsigned long long)taken.esr);
}

bool call_preserved(const struct exchange *e, const struct exchange *sent, unsigned first)
{
	bool good = true;

	for (unsigned n = first; n < 31U; n++)
		good = check(e->x[n] == sent->x[n], "x0=0x%llx: x%u was 0x%llx, is 0x%llx",
			     (unsigned long long)sent->x[0], n, (unsigned long long)sent->x[n],
			     (unsigned long long)e->x[n]) &&
		       good;
	good =
	    check(e->sp == e->sp_after, "x0=0x%llx: SP changed", (unsigned long long)sent->x[0]) &&
	    good;
	return check(memcmp(e->q, sent->q, sizeof(e->q)) == 0, "x0=0x%llx: q0..q31 changed",
		     (unsigned long long)sent->x[0]) &&
	       good;
}

uint64_t call_plain(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct exchange e, sent;

	call_prepare(&e, fid);
	e.x[1] = x1;
	e.x[2] = x2;
	e.x[3] = x3;
	if (!call_perform(&e, &sent, machine.hvc ? HVC : SMC))
		return UNKNOWN;
	(void)call_preserved(&e, &sent, 4);
	return e.x[0];
}

/* "Unknown function": x0 all ones, nothing else moves. */
static void expect_unknown(uint64_t fid, enum conduit conduit)
{
	struct exchange e, sent;

	call_prepare(&e, fid);
	if (!call_perform(&e, &sent, conduit))
		return;
	check(e.x[0] == UNKNOWN, "x0=0x%llx by %u: answered 0x%llx, not all ones",
	      (unsigned long long)fid, (unsigned)conduit, (unsigned long long)e.x[0]);
	(void)call_preserved(&e, &sent, 1);
}

/* FFA_ERROR NOT_SUPPORTED: w0, w2; x1 and x3..x7 zero; x8 and above are the caller's. */
static void check_ffa_error(const struct exchange *e, const struct exchange *sent)
{
	check(e->x[0] == FFA_ERROR && e->x[2] == NOT_SUPPORTED,
	      "x0=0x%llx: answered x0=0x%llx x2=0x%llx, not FFA_ERROR NOT_SUPPORTED",
	      (unsigned long long)sent->x[0], (unsigned long long)e->x[0],
	      (unsigned long long)e->x[2]);
	check(e->x[1] == 0U, "x0=0x%llx: x1 is 0x%llx, not 0", (unsigned long long)sent->x[0],
	      (unsigned long long)e->x[1]);
	for (unsigned n = 3; n <= 7U; n++)
		check(e->x[n] == 0U, "x0=0x%llx: x%u is 0x%llx, not 0",
		      (unsigned long long)sent->x[0], n, (unsigned long long)e->x[n]);
	(void)call_preserved(e, sent, 8);
}

static void expect_ffa_error(uint64_t fid, enum conduit conduit)
{
	struct exchange e, sent;

	call_prepare(&e, fid);
	if (call_perform(&e, &sent, conduit))
		check_ffa_error(&e, &sent);
}

/* What FF-A answers where it is not offered at all, or does not offer this. */
static void expect_refused(uint64_t fid, enum conduit conduit)
{
	if (ffa_version == 0U)
		expect_unknown(fid, conduit);
	else
		expect_ffa_error(fid, conduit);
}

/* FFA_VERSION: w0 alone is the result; x1..x7 may be the caller's or zero, nothing else (I4). */
uint64_t call_version(uint64_t asked, enum conduit conduit)
{
	struct exchange e, sent;

	call_prepare(&e, FFA_VERSION);
	e.x[1] = asked;
	e.x[2] = 0;
	if (!call_perform(&e, &sent, conduit))
		return UNKNOWN;
	for (unsigned n = 1; n <= 7U; n++)
		check(e.x[n] == 0U || e.x[n] == sent.x[n], "FFA_VERSION: x%u is 0x%llx", n,
		      (unsigned long long)e.x[n]);
	(void)call_preserved(&e, &sent, 8);
	return e.x[0];
}

/*
 * V17: before any FFA_VERSION. Whether FF-A is there is not known yet, so either refusal is good,
 * but nothing else, and the same for all.
 */
void test_ffa_before_version(void)
{
	static const uint32_t functions[] = {FFA_FEATURES, FFA_ID_GET,  0x84000065U,
					     0xc4000066U,  0xc4000073U, 0xc400006fU};
	unsigned unknown = 0;

	test_begin("FF-A before FFA_VERSION");
	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct exchange e, sent;

		call_prepare(&e, functions[i]);
		if (!call_perform(&e, &sent, SMC))
			continue;
		if (e.x[0] == UNKNOWN) {
			unknown++;
			(void)call_preserved(&e, &sent, 1);
		} else {
			check_ffa_error(&e, &sent);
		}
	}
	check(unknown == 0U || unknown == sizeof(functions) / sizeof(functions[0]),
	      "%u of the calls are unknown, the others FFA_ERROR", unknown);
	test_end();
}

void test_ffa_version(void)
{
	static const struct {
		uint64_t asked;
		bool refused; /* else answered with our own version */
	} cases[] = {
	    {0x10000, false}, /* V11 */
	    {0x10001, false},
	    {0x10002, false},
	    {0x10003, false}, /* V13 */
	    {0x10009, false},
	    {0x80010001, true}, /* V14 */
	    {0x9, true},        /* V15 */
	    {0x0, true},
	    {0x20000, false},
	    {0xffffffff, true},
	    {0xdeadbeef00010001, false}, /* V16 */
	    {0xffffffff00010002, false},
	    {0x7fffffff, false},
	};
	uint64_t expected = machine_option("ffa", ~0UL), answer;

	test_begin("FFA_VERSION");
	answer = call_version(0x10002, SMC);
	if (answer == NOT_SUPPORTED) {
		ffa_version = 0;
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			answer = call_version(cases[i].asked, (enum conduit)(i % 2U));
			check(answer == NOT_SUPPORTED, "absent, but 0x%llx is answered 0x%llx",
			      (unsigned long long)cases[i].asked, (unsigned long long)answer);
		}
	} else {
		ffa_version = (uint32_t)answer;
		check(answer >= 0x10000U && answer <= 0x10002U,
		      "0x%llx is no version that it can have", (unsigned long long)answer);
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			answer = call_version(cases[i].asked, (enum conduit)(i % 2U));
			check(answer == (cases[i].refused ? NOT_SUPPORTED : ffa_version),
			      "0x%llx is answered 0x%llx, with 0x%x granted before",
			      (unsigned long long)cases[i].asked, (unsigned long long)answer,
			      ffa_version);
		}
		/* leave the highest version that it grants */
		check(call_version(ffa_version, SMC) == ffa_version, "own version refused");
	}
	check(expected == ~0UL || expected == ffa_version, "FF-A is 0x%x, payload.ffa=0x%llx",
	      ffa_version, (unsigned long long)expected);
	test_end();
	note("FF-A version 0x%x", ffa_version);
}

/* Functions that a host can be offered at all, and where they are when they are offered. */
static const struct {
	uint8_t number;
	bool smc32, smc64;
	uint32_t since;
} ffa_functions[] = {
    {0x65, true, false, 0x10000}, /* RX_RELEASE */
    {0x66, true, true, 0x10000},  /* RXTX_MAP */
    {0x67, true, false, 0x10000}, /* RXTX_UNMAP */
    {0x68, true, false, 0x10000}, /* PARTITION_INFO_GET */
    {0x6d, true, false, 0x10000}, /* RUN */
    {0x6f, true, true, 0x10000},  /* MSG_SEND_DIRECT_REQ */
    {0x71, true, true, 0x10000},  /* MEM_DONATE */
    {0x72, true, true, 0x10000},  /* MEM_LEND */
    {0x73, true, true, 0x10000},  /* MEM_SHARE */
    {0x77, true, false, 0x10000}, /* MEM_RECLAIM */
    {0x7b, true, false, 0x10000}, /* MEM_FRAG_TX */
    {0x7f, true, false, 0x10001}, /* NOTIFICATION_BIND */
    {0x80, true, false, 0x10001}, /* NOTIFICATION_UNBIND */
    {0x81, true, false, 0x10001}, /* NOTIFICATION_SET */
    {0x82, true, false, 0x10001}, /* NOTIFICATION_GET */
    {0x83, true, true, 0x10001},  /* NOTIFICATION_INFO_GET */
    {0x85, true, false, 0x10001}, /* SPM_ID_GET */
    {0x86, true, false, 0x10001}, /* MSG_SEND2 */
    {0x8a, true, true, 0x10002},  /* CONSOLE_LOG */
    {0x8b, false, true, 0x10002}, /* PARTITION_INFO_GET_REGS */
    {0x8d, false, true, 0x10002}, /* MSG_SEND_DIRECT_REQ2 */
};

static bool ffa_always(uint32_t fid)
{
	return fid == FFA_VERSION || fid == FFA_FEATURES || fid == FFA_ID_GET;
}

static bool ffa_possible(uint32_t fid)
{
	bool wide = (fid & FORM_64) != 0U, possible = ffa_always(fid);

	for (unsigned i = 0; i < sizeof(ffa_functions) / sizeof(ffa_functions[0]); i++)
		if (ffa_functions[i].number == (fid & 0xffffU))
			possible |= ffa_version >= ffa_functions[i].since &&
				    (wide ? ffa_functions[i].smc64 : ffa_functions[i].smc32);
	return possible;
}

/* Does FFA_FEATURES say so? What never changes must be there, what is not the host's must not. */
static bool ffa_offered(uint32_t fid)
{
	struct exchange e, sent;
	bool offered;

	if (ffa_version == 0U)
		return false;
	call_prepare(&e, FFA_FEATURES);
	e.x[1] = 0xdeadbeef00000000UL | fid;
	if (!call_perform(&e, &sent, SMC))
		return false;
	offered = e.x[0] == FFA_SUCCESS;
	if (offered)
		(void)call_preserved(&e, &sent, 8);
	else
		check_ffa_error(&e, &sent);
	check(offered || !ffa_always(fid), "FEATURES(0x%x): no", fid);
	check(!offered || ffa_possible(fid), "FEATURES(0x%x): yes, to a host", fid);
	return offered;
}

/* Functions that firmware answers in the end: partitions, messages, memory, notifications. */
static bool ffa_forwarded(uint32_t fid)
{
	static const uint8_t numbers[] = {0x68, 0x6d, 0x6f, 0x71, 0x72, 0x73, 0x77, 0x7b,
					  0x7f, 0x80, 0x81, 0x82, 0x83, 0x86, 0x8b, 0x8d};

	for (size_t i = 0; i < sizeof(numbers); i++)
		if (numbers[i] == (fid & 0xffffU))
			return true;
	return false;
}

/* With arguments that mean nothing, what is offered fails or not, but it is there. */
static void expect_served(uint32_t fid, enum conduit conduit)
{
	struct exchange e, sent;

	call_prepare(&e, fid);
	if (!call_perform(&e, &sent, conduit))
		return;
	check((e.x[0] & ~(uint64_t)(FORM_64 | 0xffU)) == 0x84000000U && e.x[0] >> 32 == 0U,
	      "x0=0x%x: answered 0x%llx", fid, (unsigned long long)e.x[0]);
	if (e.x[0] != FFA_ERROR)
		return;
	/* what is forwarded is answered by firmware, which need not keep what its FEATURES promise
	 */
	check((e.x[2] != NOT_SUPPORTED || ffa_forwarded(fid)) && e.x[2] >> 31 == 1U,
	      "x0=0x%x: offered, and answered x2=0x%llx", fid, (unsigned long long)e.x[2]);
	for (unsigned n = 1; n <= 7U; n++)
		check(n == 2U || e.x[n] == 0U, "x0=0x%x: x%u is 0x%llx", fid, n,
		      (unsigned long long)e.x[n]);
	(void)call_preserved(&e, &sent, 8);
}

/* A5, A6, A8: every number, both widths. */
void test_ffa_functions(const char *name, enum conduit conduit)
{
	struct exchange e, sent;

	test_begin(name);
	for (uint32_t number = FFA_FIRST; number <= FFA_LAST; number++)
		for (uint32_t form = 0; form <= FORM_64; form += FORM_64) {
			uint32_t fid = 0x84000000U | form | number;

			if (!ffa_offered(fid)) {
				if (fid != FFA_VERSION)
					expect_refused(fid, conduit);
				continue;
			}
			if (!ffa_always(fid)) {
				expect_served(fid, conduit);
				continue;
			}
			call_prepare(&e, fid);
			if (fid == FFA_VERSION)
				e.x[1] = ffa_version;
			else
				e.x[1] = fid == FFA_FEATURES ? FFA_ID_GET : e.x[1];
			if (!call_perform(&e, &sent, conduit))
				continue;
			check(e.x[0] == (fid == FFA_VERSION ? ffa_version : FFA_SUCCESS),
			      "x0=0x%x: answered 0x%llx", fid, (unsigned long long)e.x[0]);
			if (fid == FFA_ID_GET)
				check(e.x[2] <= 1U, "ID_GET: 0x%llx is neither 1 nor 0",
				      (unsigned long long)e.x[2]);
			for (unsigned n = 1; n <= 7U; n++)
				check(e.x[n] == 0U || (fid == FFA_ID_GET && n == 2U) ||
					  (fid == FFA_VERSION && e.x[n] == sent.x[n]),
				      "x0=0x%x: x%u is 0x%llx", fid, n, (unsigned long long)e.x[n]);
			(void)call_preserved(&e, &sent, 8);
		}
	test_end();
}

/* Of functions, those of FF-A and their neighbours; test_ffa_functions() calls what is named. */
void test_ffa_features(void)
{
	struct exchange e, sent;

	test_begin("FFA_FEATURES");
	for (uint32_t number = 0; number <= FFA_LAST; number++)
		for (uint32_t form = 0; form <= FORM_64; form += FORM_64) {
			uint32_t fid = 0x84000000U | form | number;

			if (ffa_version != 0U) {
				(void)ffa_offered(fid);
				continue;
			}
			call_prepare(&e, FFA_FEATURES);
			e.x[1] = 0xdeadbeef00000000UL | fid;
			if (!call_perform(&e, &sent, SMC))
				continue;
			check(e.x[0] == UNKNOWN, "FF-A is absent, FEATURES answered 0x%llx",
			      (unsigned long long)e.x[0]);
			(void)call_preserved(&e, &sent, 1);
		}
	/* feature identifiers: NPI and SRI where there are notifications, and numbers that are none
	 */
	for (uint32_t feature = 0; feature < 8U && ffa_version != 0U; feature++) {
		bool notifications = ffa_version > 0x10000U && ffa_offered(FFA_BIND);

		call_prepare(&e, FFA_FEATURES);
		e.x[1] = feature;
		if (!call_perform(&e, &sent, SMC))
			continue;
		if (!notifications || feature == 0U || feature > 3U || e.x[0] != FFA_SUCCESS)
			check_ffa_error(&e, &sent);
	}
	test_end();
}

/* A1, A2, A3, A4 and reserved bits, for known functions and unknown ones of several owners. */
void test_forms(void)
{
	static const uint32_t functions[] = {
	    0x80000000U, 0x80000001U, 0x84000000U,  0x8400000aU, 0xc4000004U,
	    0x84000050U, FFA_VERSION, FFA_FEATURES, FFA_ID_GET,  0xc4000073U,
	    VENDOR_UID,  0x82000000U, 0xc3000001U,  0xb2000000U,
	};
	static const enum conduit other_immediates[] = {SMC_1, HVC_1, SMC_FFFF, HVC_FFFF};

	test_begin("identifier forms");
	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct exchange base, e, sent;
		uint32_t fid = functions[i];

		for (unsigned c = 0; c < 4U; c++)
			expect_unknown(fid, other_immediates[c]);
		for (unsigned bit = 17; bit <= 23U; bit++)
			expect_unknown(fid | 1U << bit, SMC);
		expect_unknown(fid & ~FAST, SMC);
		expect_unknown((fid & ~FAST) | HINT, SMC);

		/* the same call plain, with the hint, with garbage above w0, and by HVC */
		call_prepare(&base, fid);
		base.x[1] = fid == FFA_VERSION ? ffa_version : 0x80000000U;
		e = base;
		if (!call_perform(&base, &sent, SMC))
			continue;
		for (unsigned variant = 0; variant < 4U; variant++) {
			struct exchange again = e;

			again.x[0] |= variant == 0U   ? HINT
				      : variant == 1U ? 0xdeadbeef00000000UL
				      : variant == 2U ? 0xffffffff00010000UL
						      : 0U;
			if (!call_perform(&again, &sent, variant == 3U ? HVC : SMC))
				continue;
			/* x0 is always a result: an answer must not show the form of the question
			 */
			check(memcmp(again.x, base.x, sizeof(base.x)) == 0,
			      "x0=0x%llx by %s: answered x0=0x%llx, plainly 0x%llx",
			      (unsigned long long)sent.x[0], variant == 3U ? "HVC" : "SMC",
			      (unsigned long long)again.x[0], (unsigned long long)base.x[0]);
		}
	}
	test_end();
}

/* Is the answer to this identifier something else than "unknown"? */
static bool somebodys(uint32_t fid)
{
	uint32_t owner = fid >> 24 & 0x3fU, number = fid & 0xffffU;

	if ((fid & FAST) == 0U)
		return false;
	switch (owner) {
	case 0:
		return number <= 4U || number == 0x3fffU || number == 0x7fffU || number == 0x8000U;
	case 4:
		return number <= 0x1fU || (number >= 0x50U && number <= 0xffU);
	case 6:
		return (fid & FORM_64) == 0U && (number == 0U || number >= 0xff00U);
	default:
		return false;
	}
}

/* A4 and the policy table: each owner, fast and yielding, both widths. */
void test_owners(void)
{
	static const uint16_t numbers[] = {0x0000, 0x0001, 0x0002, 0x0003, 0x0010, 0x0040,
					   0x0050, 0x0060, 0x0063, 0x0100, 0x0190, 0x7fff,
					   0x8000, 0xff00, 0xff01, 0xff03, 0xffff};

	test_begin("owners");
	for (uint32_t top = 0; top < 256U; top++)
		for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			uint32_t fid = top << 24 | numbers[i];

			if (!somebodys(fid))
				expect_unknown(fid, (enum conduit)((top + i) % 2U));
		}
	test_end();
}

void test_standard_range(void)
{
	test_begin("standard range beyond PSCI, TRNG, FF-A");
	for (uint32_t number = 0x20; number <= 0x4fU; number++) {
		expect_unknown(0x84000000U | number, SMC);
		expect_unknown(0xc4000000U | number, SMC);
	}
	for (uint32_t number = 0x100; number <= 0x300U; number++) {
		expect_unknown(0x84000000U | number, SMC);
		expect_unknown(0xc4000000U | number, SMC);
	}
	for (unsigned i = 0; i < 1000U; i++) {
		uint64_t word = random_word();
		uint32_t number = (uint32_t)word & 0xffffU;

		if (number >= 0x100U)
			expect_unknown((word & 1UL << 40) != 0U ? 0x84000000U | number
								: 0xc4000000U | number,
				       (enum conduit)(word >> 41 & 1U));
	}
	test_end();
}

void test_architecture(void)
{
	static const uint32_t workarounds[] = {WORKAROUND_1, WORKAROUND_2, WORKAROUND_3,
					       WORKAROUND_4};
	struct exchange e, sent;
	uint64_t answer;

	test_begin("architecture calls");
	answer = call_plain(SMCCC_VERSION, 0, 0, 0);
	check(answer >= 0x10001U && answer <= 0x1ffffU, "SMCCC_VERSION answered 0x%llx",
	      (unsigned long long)answer);
	check(ffa_version == 0U || answer >= 0x10002U, "FF-A needs SMCCC 1.2, not 0x%llx",
	      (unsigned long long)answer);
	check((int32_t)call_plain(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0) == 0, "not itself");
	/* no vendor's, no FF-A's, none that is nobody's; never asked below */
	static const uint32_t strangers[] = {0x80000003U, 0xc0000003U, 0xc0000005U, 0x8000ffffU,
					     FFA_VERSION, 0x82000000U, 0xc5000020U, 0x84000000U,
					     0xb2000000U, 0U,          0xffffffffU};
	for (unsigned i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		check((int32_t)call_plain(SMCCC_ARCH_FEATURES, strangers[i], 0, 0) == -1,
		      "ARCH_FEATURES(0x%x) is not NOT_SUPPORTED", strangers[i]);
	for (unsigned i = 0; i < 4U; i++) {
		int32_t feature = (int32_t)call_plain(SMCCC_ARCH_FEATURES, workarounds[i], 0, 0);

		check(feature >= -2 && feature <= 1, "ARCH_FEATURES(0x%x) answered %d",
		      workarounds[i], feature);
		if (feature < 0) {
			expect_unknown(workarounds[i], SMC);
		} else {
			/* no results: nothing changes, x0 neither */
			call_prepare(&e, workarounds[i]);
			if (call_perform(&e, &sent, SMC))
				(void)call_preserved(&e, &sent, 0);
		}
	}
	if ((int32_t)call_plain(SMCCC_ARCH_FEATURES, SMCCC_SOC_ID, 0, 0) >= 0) {
		for (uint32_t type = 0; type < 2U; type++) {
			call_prepare(&e, SMCCC_SOC_ID);
			e.x[1] = 0xdeadbeef00000000UL | type;
			if (call_perform(&e, &sent, SMC)) {
				check(e.x[0] <= 0x7fffffffU, "SOC_ID(%u) answered 0x%llx", type,
				      (unsigned long long)e.x[0]);
				(void)call_preserved(&e, &sent, 1);
			}
		}
		check((int32_t)call_plain(SMCCC_SOC_ID, 3, 0, 0) == -3, "SOC_ID(3) is no error");
	} else {
		expect_unknown(SMCCC_SOC_ID, SMC);
	}
	test_end();
}

/* L8: sizes at the borders; no bit above those that were asked for. */
static void check_random(uint32_t fid, uint64_t bits, uint64_t limit)
{
	const unsigned width = (fid & FORM_64) != 0U ? 64U : 32U;
	struct exchange e, sent;

	call_prepare(&e, fid);
	e.x[1] = bits;
	if (!call_perform(&e, &sent, SMC))
		return;
	(void)call_preserved(&e, &sent, 4);
	if (bits == 0U || bits > limit) {
		check((int32_t)e.x[0] == -2 || (bits == 0U && (int32_t)e.x[0] == 0),
		      "0x%x of %llu bits answered 0x%llx", fid, (unsigned long long)bits,
		      (unsigned long long)e.x[0]);
		return;
	}
	if ((int32_t)e.x[0] == -3)
		return; /* no entropy now */
	check((int32_t)e.x[0] == 0, "0x%x of %llu bits answered 0x%llx", fid,
	      (unsigned long long)bits, (unsigned long long)e.x[0]);
	for (unsigned i = 0; i < 3U; i++) {
		uint64_t below = (uint64_t)i * width, here = bits > below ? bits - below : 0U;
		uint64_t mask = here >= 64U ? UNKNOWN : (1UL << here) - 1U;

		if (width == 32U)
			mask &= 0xffffffffU;
		check((e.x[3U - i] & ~mask) == 0U, "0x%x of %llu bits: x%u is 0x%llx", fid,
		      (unsigned long long)bits, 3U - i, (unsigned long long)e.x[3U - i]);
	}
}

void test_trng(void)
{
	static const uint64_t sizes[] = {0,  1,  31,  32,  33,  64,  65,
					 96, 97, 128, 191, 192, 193, 0xffffffff};
	uint64_t version;

	test_begin("TRNG");
	version = call_plain(TRNG_VERSION, 0, 0, 0);
	if ((int32_t)version < 0x10000) {
		check(version == UNKNOWN || version == NOT_SUPPORTED, "VERSION answered 0x%llx",
		      (unsigned long long)version);
		for (uint32_t number = 0x50; number <= 0x5fU; number++) {
			expect_unknown(0x84000000U | number, SMC);
			expect_unknown(0xc4000000U | number, SMC);
		}
	} else {
		for (uint32_t number = 0x50; number <= 0x5fU; number++)
			for (uint32_t form = 0; form <= FORM_64; form += FORM_64) {
				uint32_t fid = 0x84000000U | form | number;

				if ((int32_t)call_plain(TRNG_FEATURES, fid, 0, 0) < 0)
					expect_unknown(fid, SMC);
			}
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			if ((int32_t)call_plain(TRNG_FEATURES, TRNG_RND32, 0, 0) >= 0)
				check_random(TRNG_RND32, sizes[i], 96);
			if ((int32_t)call_plain(TRNG_FEATURES, TRNG_RND64, 0, 0) >= 0)
				check_random(TRNG_RND64, sizes[i], 192);
		}
	}
	test_end();
}

/* L10: our own UID, never KVM's, and none of KVM's functions. */
void test_vendor(void)
{
	static const uint32_t kvm[4] = {0xb66fb428U, 0xe911c52eU, 0x564bcaa9U, 0x743a004dU};
	struct exchange e, sent;

	test_begin("vendor hypervisor range");
	call_prepare(&e, VENDOR_UID);
	if (call_perform(&e, &sent, HVC)) {
		for (unsigned n = 0; n < 4U; n++)
			check(e.x[n] >> 32 == 0U, "UID: x%u is 0x%llx", n,
			      (unsigned long long)e.x[n]);
		check(e.x[0] != NOT_SUPPORTED && e.x[0] != UNKNOWN, "no UID");
		check(e.x[0] != kvm[0] || e.x[1] != kvm[1] || e.x[2] != kvm[2] || e.x[3] != kvm[3],
		      "the UID is KVM's");
		(void)call_preserved(&e, &sent, 4);
		note("UID %08x %08x %08x %08x", (uint32_t)e.x[0], (uint32_t)e.x[1],
		     (uint32_t)e.x[2], (uint32_t)e.x[3]);
	}
	call_prepare(&e, 0x86000000U);
	if (call_perform(&e, &sent, SMC)) {
		check(e.x[0] >> 32 == 0U && (e.x[0] & 1U) != 0U,
		      "presence is 0x%llx: the host is not confined", (unsigned long long)e.x[0]);
		(void)call_preserved(&e, &sent, 1);
	}
	for (uint32_t number = 1; number <= 0x80U; number++) {
		if (number != MEMORY_VERSION)
			expect_unknown(0x86000000U | number, HVC);
		if (number <= MEMORY_VERSION || number > MEMORY_LAST)
			expect_unknown(0xc6000000U | number, HVC);
	}
	expect_unknown(0xc5000020U, HVC);
	expect_unknown(0xc5000021U, HVC);
	test_end();
}
