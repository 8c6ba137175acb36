/* SPDX-License-Identifier: Apache-2.0 */
#include "core/smccc/firmware.h"
#include "core/log/log.h"
#include "core/smccc/negotiation.h"
#include "core/psci/psci.h"
#include "core/smccc/smccc.h"
#include "core/trace/trace.h"

#define VERSION_MAJOR(version) (((version) >> 16) & 0x7fffU)
#define VERSION_MINOR(version) ((version) & 0xffffU)

/* PSCI functions that firmware is asked about: which forms DEN0022 defines for a number. */
static const struct {
	uint8_t number;
	bool smc32, smc64;
} psci_optional[] = {
    {PSCI_FN_CPU_SUSPEND, true, true},
    {PSCI_FN_CPU_OFF, true, false},
    {PSCI_FN_CPU_ON, true, true},
    {PSCI_FN_AFFINITY_INFO, true, true},
    {PSCI_FN_MIGRATE, true, true},
    {PSCI_FN_MIGRATE_INFO_TYPE, true, false},
    {PSCI_FN_MIGRATE_INFO_UP_CPU, true, true},
    {PSCI_FN_SYSTEM_OFF, true, false},
    {PSCI_FN_SYSTEM_RESET, true, false},
    {PSCI_FN_CPU_FREEZE, true, false},
    {PSCI_FN_CPU_DEFAULT_SUSPEND, true, true},
    {PSCI_FN_NODE_HW_STATE, true, true},
    {PSCI_FN_SYSTEM_SUSPEND, true, true},
    {PSCI_FN_SET_SUSPEND_MODE, true, false},
    {PSCI_FN_STAT_RESIDENCY, true, true},
    {PSCI_FN_STAT_COUNT, true, true},
    {PSCI_FN_SYSTEM_RESET2, true, true},
    {PSCI_FN_MEM_PROTECT, true, false},
    {PSCI_FN_MEM_PROTECT_CHECK_RANGE, true, true},
    {PSCI_FN_SYSTEM_OFF2, true, true},
};

/* Mandatory in PSCI 0.2, where firmware cannot be asked (5.1.14 came with 1.0). */
#define PSCI_0_2_FUNCTIONS                                                                         \
	(1U << PSCI_FN_VERSION | 1U << PSCI_FN_CPU_SUSPEND | 1U << PSCI_FN_CPU_OFF |               \
	 1U << PSCI_FN_CPU_ON | 1U << PSCI_FN_AFFINITY_INFO | 1U << PSCI_FN_MIGRATE_INFO_TYPE |    \
	 1U << PSCI_FN_SYSTEM_OFF | 1U << PSCI_FN_SYSTEM_RESET)
#define PSCI_0_2_FUNCTIONS_64                                                                      \
	(1U << PSCI_FN_CPU_SUSPEND | 1U << PSCI_FN_CPU_ON | 1U << PSCI_FN_AFFINITY_INFO)

static __attribute__((noinline)) void call_otherwise(const struct firmware *firmware,
						     uint64_t x[SMCCC_REGISTERS])
{
	if (firmware->conduit == FIRMWARE_SMC_TRACED) {
		trace_firmware(host_trace);
		machine_firmware_call(x);
	} else {
		x[0] = ~(uint64_t)0;
	}
}

void firmware_call(const struct firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	if (firmware->conduit == FIRMWARE_SMC)
		machine_firmware_call(x);
	else
		call_otherwise(firmware, x);
}

void firmware_message_otherwise(const struct firmware *firmware,
				uint64_t x[SMCCC_MESSAGE_REGISTERS], uint64_t *since)
{
	if (firmware->conduit == FIRMWARE_SMC_TRACED) {
		trace_firmware(host_trace);
		machine_firmware_message(NULL, x, since);
	} else {
		x[0] = ~(uint64_t)0;
	}
}

uint64_t firmware_ask_otherwise(const struct firmware *firmware, uint32_t fid, uint64_t x1,
				uint64_t x2, uint64_t x3)
{
	if (firmware->conduit != FIRMWARE_SMC_TRACED)
		return ~(uint64_t)0;
	trace_firmware(host_trace);
	return machine_firmware_ask(fid, x1, x2, x3);
}

void firmware_trace(struct firmware *firmware)
{
	if (firmware->conduit == FIRMWARE_SMC)
		firmware->conduit = FIRMWARE_SMC_TRACED;
}

/* PSCI_FEATURES(fid): true and its flags when firmware has the function. */
static bool psci_has(const struct firmware *firmware, uint32_t fid, uint32_t *flags)
{
	int32_t answer =
	    smccc_int32(firmware_ask(firmware, PSCI_FUNCTION(PSCI_FN_FEATURES), fid, 0, 0));

	if (answer >= 0)
		*flags = (uint32_t)answer;
	return answer >= 0;
}

static void discover_psci(struct firmware *firmware)
{
	int32_t version;

	firmware->psci_version_raw =
	    firmware_ask(firmware, PSCI_FUNCTION(PSCI_FN_VERSION), 0, 0, 0);
	version = smccc_int32(firmware->psci_version_raw);
	/* 0.2 is the first with these identifiers; anything below is no answer of PSCI. */
	firmware->psci = version >= 2;
	if (!firmware->psci)
		return;
	firmware->psci_version = (uint32_t)version;
	if (VERSION_MAJOR(firmware->psci_version) == 0U) {
		firmware->psci32 = PSCI_0_2_FUNCTIONS;
		firmware->psci64 = PSCI_0_2_FUNCTIONS_64;
		return;
	}
	firmware->psci32 = 1U << PSCI_FN_VERSION | 1U << PSCI_FN_FEATURES;
	for (unsigned i = 0; i < sizeof(psci_optional) / sizeof(psci_optional[0]); i++) {
		uint8_t number = psci_optional[i].number;
		uint32_t flags = 0; /* of the 64-bit form where there is one */

		if (psci_optional[i].smc32 && psci_has(firmware, PSCI_FUNCTION(number), &flags))
			firmware->psci32 |= 1U << number;
		if (psci_optional[i].smc64 && psci_has(firmware, PSCI_FUNCTION_64(number), &flags))
			firmware->psci64 |= 1U << number;
		if (number == PSCI_FN_CPU_SUSPEND)
			firmware->suspend_flags = flags & 3U;
		if (number == PSCI_FN_SYSTEM_OFF2)
			firmware->off2_flags = flags & 1U;
	}
}

/*
 * DEN0028 appendix: SMCCC_VERSION may be called only when PSCI_FEATURES knows it, since 1.0
 * firmware need not survive an unknown architecture call.
 */
static void discover_smccc(struct firmware *firmware)
{
	int32_t version;

	firmware->smccc_version = SMCCC_VERSION_1_0;
	if ((firmware->psci32 & (1U << PSCI_FN_FEATURES)) == 0U ||
	    smccc_int32(
		firmware_ask(firmware, PSCI_FUNCTION(PSCI_FN_FEATURES), SMCCC_VERSION, 0, 0)) < 0)
		return;
	firmware->smccc_asked = true;
	firmware->smccc_version_raw = firmware_ask(firmware, SMCCC_VERSION, 0, 0, 0);
	version = smccc_int32(firmware->smccc_version_raw);
	if (version >= (int32_t)SMCCC_VERSION_1_1)
		firmware->smccc_version = (uint32_t)version;
}

static bool arch_has(const struct firmware *firmware, uint32_t fid)
{
	return smccc_int32(firmware_ask(firmware, SMCCC_ARCH_FEATURES, fid, 0, 0)) >= 0;
}

static void discover_soc_id(struct firmware *firmware)
{
	int32_t version, revision;

	if (!arch_has(firmware, SMCCC_ARCH_SOC_ID))
		return;
	version = smccc_int32(firmware_ask(firmware, SMCCC_ARCH_SOC_ID, 0, 0, 0));
	revision = smccc_int32(firmware_ask(firmware, SMCCC_ARCH_SOC_ID, 1, 0, 0));
	if (version < 0 || revision < 0)
		return;
	firmware->soc_id = true;
	firmware->soc_version = (uint32_t)version;
	firmware->soc_revision = (uint32_t)revision;
	firmware->soc_id_name = firmware->smccc_version >= SMCCC_VERSION_1_2 &&
				arch_has(firmware, SMCCC_ARCH_SOC_ID_64);
}

static void discover_trng(struct firmware *firmware)
{
	int32_t version = smccc_int32(firmware_ask(firmware, TRNG_VERSION, 0, 0, 0));

	if (version < 0x10000)
		return;
	firmware->trng = true;
	firmware->trng_version = (uint32_t)version;
	firmware->trng_uuid =
	    smccc_int32(firmware_ask(firmware, TRNG_FEATURES, TRNG_GET_UUID, 0, 0)) >= 0;
	firmware->trng_rnd32 =
	    smccc_int32(firmware_ask(firmware, TRNG_FEATURES, TRNG_RND32, 0, 0)) >= 0;
	firmware->trng_rnd64 =
	    smccc_int32(firmware_ask(firmware, TRNG_FEATURES, TRNG_RND64, 0, 0)) >= 0;
}

static uint64_t ask_ffa_version(const void *context, uint32_t asked)
{
	return firmware_ask(context, FFA_VERSION, asked, 0, 0);
}

static const uint32_t workaround_fid[FIRMWARE_WORKAROUNDS] = {
    SMCCC_ARCH_WORKAROUND_1,
    SMCCC_ARCH_WORKAROUND_2,
    SMCCC_ARCH_WORKAROUND_3,
    SMCCC_ARCH_WORKAROUND_4,
};

static enum firmware_workaround ask_workaround(const struct firmware *firmware, unsigned n)
{
	int32_t answer;

	if (firmware->smccc_version < SMCCC_VERSION_1_1)
		return FIRMWARE_WORKAROUND_ABSENT;
	answer =
	    smccc_int32(firmware_ask(firmware, SMCCC_ARCH_FEATURES, workaround_fid[n - 1U], 0, 0));
	if (answer == 0)
		return FIRMWARE_WORKAROUND_NEEDED;
	if (answer > 0)
		return FIRMWARE_WORKAROUND_HARMLESS;
	return n == 2U && answer == SMCCC_NOT_REQUIRED ? FIRMWARE_WORKAROUND_NOT_REQUIRED
						       : FIRMWARE_WORKAROUND_ABSENT;
}

enum firmware_workaround firmware_workaround(struct firmware *firmware, unsigned n)
{
	uint8_t *known = &firmware->pe[machine_cpu()].workaround[n - 1U];

	if (*known == FIRMWARE_WORKAROUND_UNASKED)
		*known = (uint8_t)ask_workaround(firmware, n);
	return (enum firmware_workaround) * known;
}

void firmware_discover(struct firmware *firmware)
{
	uint64_t start = machine_counter();

	*firmware = (struct firmware){.conduit = firmware->conduit};
	firmware->smccc_version = SMCCC_VERSION_1_0;
	if (firmware->conduit == FIRMWARE_NONE) {
		firmware->ffa.outcome = FFA_UNASKED_CONDUIT;
		return;
	}
	discover_psci(firmware);
	discover_smccc(firmware);
	if (firmware->smccc_version >= SMCCC_VERSION_1_1) {
		discover_soc_id(firmware);
		discover_trng(firmware);
	}
	if (firmware->smccc_version >= SMCCC_VERSION_1_2)
		ffa_negotiate(&firmware->ffa, ask_ffa_version, firmware);
	else
		firmware->ffa.outcome = FFA_UNASKED_SMCCC;
	for (unsigned n = 1; n <= FIRMWARE_WORKAROUNDS; n++)
		(void)firmware_workaround(firmware, n);
	firmware->ticks = machine_counter() - start;
}

static void report_psci(const struct firmware *firmware)
{
	if (!firmware->psci) {
		log_line("firmware", "fw-psci", "PSCI absent: version reads 0x%016llx",
			 (unsigned long long)firmware->psci_version_raw);
		return;
	}
	log_line("firmware", "fw-psci",
		 "PSCI %u.%u (0x%016llx); functions, bit = number: SMC32 0x%08x, SMC64 0x%08x; "
		 "suspend %s, %s",
		 VERSION_MAJOR(firmware->psci_version), VERSION_MINOR(firmware->psci_version),
		 (unsigned long long)firmware->psci_version_raw, firmware->psci32, firmware->psci64,
		 (firmware->suspend_flags & 2U) != 0U ? "extended format" : "original format",
		 (firmware->suspend_flags & 1U) != 0U ? "OS initiated too"
						      : "platform coordinated");
}

static const char *workaround_words(uint8_t state)
{
	switch ((enum firmware_workaround)state) {
	case FIRMWARE_WORKAROUND_UNASKED:
		return "not asked";
	case FIRMWARE_WORKAROUND_ABSENT:
		return "no";
	case FIRMWARE_WORKAROUND_NOT_REQUIRED:
		return "not required";
	case FIRMWARE_WORKAROUND_NEEDED:
		return "yes, needed";
	case FIRMWARE_WORKAROUND_HARMLESS:
		return "yes, not needed";
	}
	return "?";
}

void firmware_report(const struct firmware *firmware)
{
	const uint8_t *workaround = firmware->pe[machine_cpu()].workaround;

	if (firmware->conduit == FIRMWARE_NONE) {
		log_line("firmware", "fw-none",
			 "nobody answers an SMC: one CPU only, no PSCI, no FF-A");
		ffa_negotiation_report(&firmware->ffa);
		return;
	}
	report_psci(firmware);
	if (firmware->smccc_asked)
		log_line("firmware", "fw-smccc", "SMCCC %u.%u (0x%016llx)",
			 VERSION_MAJOR(firmware->smccc_version),
			 VERSION_MINOR(firmware->smccc_version),
			 (unsigned long long)firmware->smccc_version_raw);
	else
		log_line("firmware", "fw-smccc", "SMCCC 1.0: %s, SMCCC_VERSION was not asked",
			 (firmware->psci32 & (1U << PSCI_FN_FEATURES)) != 0U
			     ? "PSCI_FEATURES does not know SMCCC_VERSION"
			     : "no PSCI_FEATURES to ask first");
	if (firmware->soc_id)
		log_line("firmware", "fw-soc-id", "SOC_ID version 0x%08x revision 0x%08x%s",
			 firmware->soc_version, firmware->soc_revision,
			 firmware->soc_id_name ? ", and a name" : "");
	else
		log_line("firmware", "fw-soc-id", "SOC_ID absent");
	if (firmware->trng)
		log_line(
		    "firmware", "fw-trng", "TRNG %u.%u:%s%s%s",
		    VERSION_MAJOR(firmware->trng_version), VERSION_MINOR(firmware->trng_version),
		    firmware->trng_uuid ? " GET_UUID" : "", firmware->trng_rnd32 ? " RND32" : "",
		    firmware->trng_rnd64 ? " RND64" : "");
	else
		log_line("firmware", "fw-trng", "TRNG absent");
	log_line("firmware", "fw-workaround", "ARCH_WORKAROUND on this CPU: 1 %s; 2 %s; 3 %s; 4 %s",
		 workaround_words(workaround[0]), workaround_words(workaround[1]),
		 workaround_words(workaround[2]), workaround_words(workaround[3]));
	ffa_negotiation_report(&firmware->ffa);
}
