/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a hostile host over a hostile firmware. The input is a script: which ranges are open,
 * what firmware answers to each question, the host's calls, and CPUs that start when they should or
 * should not. After every step the promises of both borders are checked; a broken one ends the
 * program.
 *
 * target: hypervisor/core/smccc/route.c
 * target: hypervisor/core/psci/psci.c
 * target: hypervisor/core/ffa/dispatch.c
 * target: hypervisor/core/ffa/discovery.c
 * length: 600
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "script.h"

#define CPUS      4U
#define STEPS_MAX 64U
#define ALL_ONES  (~(uint64_t)0)

#define QUESTIONS_MAX 110U /* that discovery asks, and that one call of the host causes */
#define CALLS_MAX     2U
#define LINES_MAX     3U

/* Lines in all: refusals and garbage of PSCI, refusals of calls about memory, versions of FF-A,
 * first uses of opened ranges. */
#define LINES_IN_ALL (2U * LOG_BURST + HOST_FFA_SAID + 3U)

/* The call at hand: the host's registers before and after. */
static uint64_t given[SMCCC_REGISTERS], x[SMCCC_REGISTERS];
static unsigned questions;
static uint32_t spoken; /* the host's version of FF-A before the call */

static _Noreturn void broken(unsigned line, const char *what)
{
	fprintf(stderr, "%s\n%s:%u: broken: %s\n", fake.console, __FILE__, line, what);
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		fprintf(stderr, "x%-2u 0x%016llx -> 0x%016llx\n", n, (unsigned long long)given[n],
			(unsigned long long)x[n]);
	abort();
}

#undef PROMISE
#define PROMISE(condition) ((condition) ? (void)0 : broken(__LINE__, #condition))

/* ---- the script ---- */

/* A value that means something to somebody, or any other. */
static uint64_t take_value(void)
{
	static const uint64_t values[32] = {
	    0,
	    1,
	    2,
	    3,
	    96,
	    0x10000,
	    0x10001,
	    0x10002,
	    0x10003,
	    0x20000,
	    0xffffffff,
	    ALL_ONES,
	    0xfffffffe,
	    0xfffffffd,
	    0xfffffffc,
	    0xfffffffb,
	    0x80000000,
	    0x80008000,
	    0x80010001,
	    0xdeadbeefffffffff,
	    0x84000060,
	    0x84000061,
	    0x84000063,
	    0x84000064,
	    0xc4000003,
	    HOST_RAM_BASE,
	    HOST_RAM_END,
	    HOST_RAM_END - 4U,
	    FAKE_CPU_ENTRY,
	    0x40000000,
	    0x00010000,
	    0xffffffff00010001,
	};
	uint8_t choice = (uint8_t)script_take(1);

	return choice < 0xe0U ? values[choice % 32U] : script_take(8);
}

/* Mostly an identifier that somebody answers; with the hint, garbage above or a changed bit at
 * times. */
static uint64_t take_fid(void)
{
	static const uint32_t known[48] = {
	    0x84000000, 0x84000001, 0x84000002, 0x84000003, 0x84000004, 0x84000006, 0x84000008,
	    0x8400000a, 0xc4000001, 0xc4000003, 0xc4000004, 0xc4000007, 0xc400000e, 0x8400000f,
	    0xc4000012, 0x84000015, 0x80000000, 0x80000001, 0x80000002, 0xc0000002, 0x80008000,
	    0x80007fff, 0x84000050, 0x84000052, 0x84000053, 0xc4000053, 0x84000063, 0x84000064,
	    0x84000069, 0x8600ff01, 0x82000001, 0x32000004, 0x80003fff, 0x80000004, 0x84000051,
	    0x84000005, 0x84000007, 0x84000009, 0xc4000012, 0x84000012, 0xc4000015, 0x86000020,
	    0xc6000021, 0x86000000, 0x8600ff00, 0x8600ff03, 0xf2000001, 0xc3000001,
	};
	static const uint32_t bases[8] = {0x84000000, 0xc4000000, 0x80000000, 0xc0000000,
					  0x86000000, 0x83000000, 0xb2000000, 0xf2000000};
	uint8_t choice = (uint8_t)script_take(1), change = (uint8_t)script_take(1);
	uint64_t fid = choice < 0xc0U ? known[choice % 48U] : bases[choice & 7U] | script_take(1);

	if (change >= 0xf0U)
		fid |= SMCCC_HINT;
	if ((change & 0xfU) == 0xfU)
		fid |= 0xdeadbeef00000000ULL;
	if ((change & 0xffU) >= 0xf8U)
		fid ^= 1ULL << script_take(1) % 32U;
	return fid;
}

/*
 * x1 of a call: mostly what this function asks for (another function, a CPU, a state, a number of
 * bits or pages), else any value.
 */
static uint64_t take_first(uint64_t fid)
{
	static const uint32_t functions[24] = {
	    0x80000000, 0x80000001, 0x80000002, 0xc0000002, 0x80008000, 0x80007fff,
	    0x80003fff, 0x80000004, 0x84000063, 0x84000064, 0x84000069, 0x84000050,
	    0x84000051, 0x84000052, 0x84000053, 0xc4000053, 0x84000001, 0xc4000001,
	    0x84000008, 0x84000015, 0x8400000a, 0xc4000003, 0x84000005, 0x8400006f,
	};
	static const uint64_t numbers[8] = {0, 1, 2, 97, 193, 96, 192, 0x10000};
	uint8_t choice = (uint8_t)script_take(1);

	if (choice >= 0xd0U)
		return take_value();
	switch ((uint32_t)fid) {
	case 0x80000001U: /* SMCCC_ARCH_FEATURES */
	case 0x8400000aU: /* PSCI_FEATURES */
	case 0x84000051U: /* TRNG_FEATURES */
	case 0x84000064U: /* FFA_FEATURES */
		return functions[choice % 24U];
	case 0x84000063U: /* FFA_VERSION */
		return 0x10000U + choice % 5U;
	default:
		return numbers[choice & 7U];
	}
}

static bool in_ram(uint64_t pc)
{
	return pc >= HOST_RAM_BASE && pc < HOST_RAM_END && (pc & 3U) == 0U;
}

static enum psci_state state_of(unsigned cpu)
{
	return psci_cpu_state(&host_hv.psci, cpu);
}

/* A CPU starts at our entry. */
static void arrive(unsigned cpu)
{
	struct psci_cpu *slot = &host_hv.psci.cpu[cpu];
	bool turned_on = state_of(cpu) == PSCI_CPU_ON_PENDING;
	bool wanted = turned_on || (state_of(cpu) == PSCI_ON && slot->suspended);
	struct psci_entry entry = psci_cpu_arrived(&host_hv.psci, cpu);

	PROMISE(entry.expected == wanted);
	PROMISE(state_of(cpu) == (wanted ? PSCI_ON : PSCI_LEAVING));
	PROMISE(!turned_on || in_ram(entry.pc));
	PROMISE(wanted || entry.pc == 0U);
}

/* Firmware: a third of its answers are the fake's, the others come out of the script. */
static bool answer(struct fake_firmware *firmware, uint64_t below[SMCCC_REGISTERS])
{
	uint8_t choice = (uint8_t)script_take(1);
	uint32_t fid = (uint32_t)below[0];

	(void)firmware;
	questions++;
	if ((fid == 0xc4000001U || fid == 0xc400000eU) && choice % 4U == 0U)
		arrive(fake_cpu); /* woken with power lost */
	if (fid == 0xc4000003U && choice % 4U == 0U && below[1] < CPUS)
		arrive((unsigned)below[1]); /* started before the answer is there */
	if (choice % 3U == 0U)
		return false;
	below[0] = take_value();
	if (choice >= 0xc0U)
		for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
			below[n] = choice >= 0xe0U ? 0xbad0bad000000000ULL | n : take_value();
	return true;
}

/* ---- promises towards firmware ---- */

static bool is_open(enum smccc_range range)
{
	return (host_hv.policy.open & SMCCC_OPEN(range)) != 0U;
}

static bool may_go_below(uint32_t fid)
{
	const struct firmware *firmware = &host_hv.firmware;
	uint32_t owner = fid >> 24 & 0x3fU, number = fid & 0xffffU;

	if (owner >= 48U)
		return is_open(SMCCC_RANGE_TRUSTED_OS);
	if ((fid & SMCCC_FAST) == 0U)
		return false;
	switch (owner) {
	case 0:
		return fid == 0x80000001U || fid == 0x80008000U || fid == 0x80007fffU ||
		       fid == 0x80003fffU || fid == 0xc0000002U;
	case 2:
		return is_open(SMCCC_RANGE_SIP);
	case 3:
		return is_open(SMCCC_RANGE_OEM);
	case 4: /* only what firmware has; of FF-A nothing */
		if (number <= 0x1fU)
			return (((fid & SMCCC_64) != 0U ? firmware->psci64 : firmware->psci32) >>
				    number &
				1U) != 0U;
		return firmware->trng && number >= 0x50U && number <= 0x53U;
	default:
		return false;
	}
}

/* Where a CPU comes back to, firmware hears from us alone. */
static void check_entry(const struct fake_call *call)
{
	uint64_t own = machine_cpu_context(call->cpu);

	switch ((uint32_t)call->x[0]) {
	case 0xc4000001U:
		PROMISE(call->x[2] == FAKE_CPU_ENTRY && call->x[3] == own);
		break;
	case 0xc4000003U:
		PROMISE(call->x[1] < CPUS && call->x[2] == FAKE_CPU_ENTRY &&
			call->x[3] == machine_cpu_context((unsigned)call->x[1]));
		break;
	case 0xc400000eU:
		PROMISE(call->x[1] == FAKE_CPU_ENTRY && call->x[2] == own);
		break;
	default: /* the 32-bit forms cannot carry it */
		PROMISE((uint32_t)call->x[0] != 0x84000001U);
		PROMISE((uint32_t)call->x[0] != 0x84000003U);
		PROMISE((uint32_t)call->x[0] != 0x8400000eU);
		break;
	}
}

static void check_below(void)
{
	PROMISE(host_fw.malformed == 0U);
	PROMISE(fake.calls <= CALLS_MAX);
	for (unsigned i = 0; i < fake.calls; i++) {
		PROMISE(may_go_below((uint32_t)fake.call[i].x[0]));
		/* the host is nobody's client towards a trusted OS */
		PROMISE((fake.call[i].x[0] >> 24 & 0x3fU) < 48U || fake.call[i].x[7] == 0U);
		check_entry(&fake.call[i]);
	}
}

/* ---- promises towards the host ---- */

static bool untouched(unsigned from)
{
	return memcmp(&x[from], &given[from], (SMCCC_REGISTERS - from) * sizeof(x[0])) == 0;
}

static bool is_unknown(void)
{
	return x[0] == ALL_ONES && untouched(1);
}

/* DEN0077A, FFA_VERSION: from now on the lower of both is spoken, when the major is ours. */
static void check_version(uint32_t asked)
{
	const struct ffa *ffa = &host_hv.ffa;
	bool valid = ffa->present && asked >= 0x10000U && asked < 0x80000000U;
	uint32_t wanted = asked < ffa->version ? asked : ffa->version;

	PROMISE(x[0] == (valid ? ffa->version : 0xffffffffU) && x[2] == 0U);
	if (!valid || asked >> 16 != ffa->version >> 16)
		wanted = spoken;
	PROMISE(ffa->host.version == wanted);
}

static void check_ffa(uint32_t fid)
{
	const struct ffa *ffa = &host_hv.ffa;

	PROMISE(fake.calls == 0U);
	if (!ffa->present && fid != 0x84000063U) {
		PROMISE(is_unknown());
		return;
	}
	PROMISE(x[1] == 0U);
	for (unsigned n = 3; n <= 7U; n++)
		PROMISE(x[n] == 0U);
	PROMISE(untouched(8));
	if (fid == 0x84000063U) {
		check_version((uint32_t)given[1]);
		return;
	}
	PROMISE(ffa->host.version == spoken);
	if (x[0] == 0x84000060U)
		PROMISE(x[2] == 0xffffffffU);
	else
		PROMISE(x[0] == 0x84000061U && x[2] <= 1U && ffa->host.version != 0U);
}

/* No bit beyond those that were asked for, and none at all without SUCCESS. */
static void check_random(bool wide)
{
	uint64_t bits = wide ? given[1] : (uint32_t)given[1];
	unsigned width = wide ? 64U : 32U;

	for (unsigned i = 0; i < 3U; i++) {
		uint64_t below = (uint64_t)i * width, here = bits > below ? bits - below : 0U;

		if (x[0] != 0U)
			here = 0;
		PROMISE(here >= 64U || x[3U - i] >> here == 0U);
		PROMISE(wide || x[3U - i] >> 32 == 0U);
	}
	PROMISE(x[0] != 0U || (bits >= 1U && bits <= (uint64_t)3U * width));
}

static void check_answer(uint16_t immediate)
{
	uint32_t fid = (uint32_t)given[0] & ~SMCCC_HINT, number = fid & 0xffffU;
	bool wide = (fid & SMCCC_64) != 0U;
	enum smccc_range range = smccc_range_of(fid);

	if (immediate != 0U || (range != SMCCC_RANGE_ARCH && range != SMCCC_RANGE_STANDARD &&
				range != SMCCC_RANGE_VENDOR_HYPERVISOR && !is_open(range))) {
		PROMISE(is_unknown() && fake.calls == 0U);
		return;
	}
	/* 32-bit calls: nothing beyond x7, and nothing in the upper half of what was written */
	if (!wide) {
		PROMISE(untouched(8));
		for (unsigned n = 0; n <= 7U; n++)
			PROMISE(x[n] == given[n] || x[n] >> 32 == 0U ||
				(n == 0U && x[0] == ALL_ONES));
	}
	if (range != SMCCC_RANGE_STANDARD)
		return;
	if (number <= 0x1fU)
		PROMISE(untouched(1));
	else if (number >= 0x60U && number <= 0xffU)
		check_ffa(fid);
	else
		PROMISE(untouched(4));
	if (number == 0x53U && !is_unknown())
		check_random(wide);
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < fake.console_length; i++)
		count += fake.console[i] == '\n';
	return count;
}

static void check_state(void)
{
	const struct hypervisor *hv = &host_hv;

	PROMISE(lines() <= LINES_IN_ALL);

	PROMISE(hv->ffa.host.lock.word[0] == hv->ffa.host.lock.word[1]);
	PROMISE(hv->ffa.version == hv->firmware.ffa.version && hv->ffa.version <= 0x10002U);
	PROMISE(hv->ffa.host.version == 0U ||
		(hv->ffa.host.version >= 0x10000U && hv->ffa.host.version <= hv->ffa.version));
	for (unsigned i = 0; i < CPUS; i++) {
		PROMISE(state_of(i) != PSCI_CPU_ON_PENDING || in_ram(hv->psci.cpu[i].on.pc));
	}
}

/* ---- steps ---- */

static void call(void)
{
	uint8_t how = (uint8_t)script_take(1);
	uint16_t immediate = how >= 0xf0U ? (uint16_t)script_take(1) : 0U;
	size_t said = fake.console_length;
	uint64_t fid = take_fid(), first = take_first(fid), second = take_value();

	host_registers(given, fid, first, second, take_value());
	memcpy(x, given, sizeof(x));
	fake.calls = 0;
	questions = 0;
	spoken = host_hv.ffa.host.version;
	smccc_route(&host_hv, &host_decoded[fake_cpu], immediate, x);
	PROMISE(questions == fake.calls);
	check_below();
	check_answer(immediate);
	PROMISE(state_of(fake_cpu) == PSCI_ON);
	PROMISE(!host_hv.psci.cpu[fake_cpu].suspended);
	PROMISE(fake.console_length - said <= (size_t)LINES_MAX * 200U);
}

/* Go on as a CPU that is on; false when none is. */
static bool choose_cpu(unsigned wish)
{
	for (unsigned i = 0; i < CPUS; i++) {
		fake_cpu = (wish + i) % CPUS;
		if (psci_cpu_state(&host_hv.psci, fake_cpu) == PSCI_ON)
			return true;
	}
	return false;
}

static void begin(void)
{
	static const char *const options[8] = {"",    "sip",     "oem",     "sip,oem",
					       "tos", "sip,tos", "oem,tos", "sip,oem,tos"};
	uint8_t choice = (uint8_t)script_take(1);

	host_prepare();
	host_fw.trng = (choice & 0x10U) != 0U;
	host_fw.soc_id = host_fw.soc_id_name = (choice & 0x20U) != 0U;
	host_fw.clobbers = (choice & 0x40U) != 0U;
	host_fw.psci32 |= 1U << 0x15 | 1U << 0x0f | 1U << 0x07;
	if ((choice & 0x80U) != 0U) /* discovery itself goes by the script */
		host_fw.special = answer;
	questions = 0;
	host_start(CPUS);
	PROMISE(questions <= QUESTIONS_MAX);
	PROMISE(host_fw.malformed == 0U);
	host_fw.special = answer;
	if ((choice & 7U) != 0U)
		PROMISE(smccc_policy_option(&host_hv.policy, options[choice & 7U]));
	fake.console_length = 0;
	fake.console[0] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script = (struct script){data, size};
	memset(given, 0, sizeof(given));
	memset(x, 0, sizeof(x));
	begin();
	for (unsigned step = 0; step < STEPS_MAX && script.left > 0U; step++) {
		uint8_t what = (uint8_t)script_take(1);

		if (what >= 0xf0U)
			arrive(what % CPUS);
		else if (choose_cpu(what))
			call();
		check_state();
	}
	return 0;
}
