/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hypervisor.h"
#include "core/log/log.h"
#include "core/smccc/route.h"

/* What the host is told of the convention: the version whose register rules are kept here. */
#define OUR_SMCCC_VERSION SMCCC_VERSION_1_2

/*
 * The UID of this hypervisor, drawn at random: 4ab3a598-33a5-426a-bced-c3c6d53b6d4b, as four
 * little-endian words. It is not KVM's, so no guest takes us for it.
 */
#define UID_WORD_0 0x98a5b34aU
#define UID_WORD_1 0x6a42a533U
#define UID_WORD_2 0xc6c3edbcU
#define UID_WORD_3 0x4b6d3bd5U

#define REVISION_MAJOR 0U
#define REVISION_MINOR 1U

/* Numbers of the vendor hypervisor range. */
#define VENDOR_PRESENCE   0x0000U
#define VENDOR_CALL_COUNT 0xff00U
#define VENDOR_UID        0xff01U
#define VENDOR_REVISION   0xff03U
#define VENDOR_CALLS      (4U + HOST_MEMORY_CALLS)

#define SOC_ID_VERSION  0U
#define SOC_ID_REVISION 1U
#define SOC_ID_NAME     2U

#define FFA_DIRECT_NUMBER (FFA_MSG_SEND_DIRECT_REQ & 0xffffU)

#define TRNG_FIRST_NUMBER 0x50U
#define TRNG_LAST_NUMBER  0x5fU
#define TRNG_RND32_BITS   96U
#define TRNG_RND64_BITS   192U

/* Arguments beyond what a convention defines never reach firmware. */
#define SMC32_ARGUMENTS   7U
#define SMC64_ARGUMENTS   17U
#define SMCCC_1_0_RESULTS 3U /* x0..x3: SMCCC before 1.2 */
#define CLIENT_ID         7U /* w7 towards a trusted OS: which client of a hypervisor calls */

/* ---- architecture calls ---- */

static void arch_features(struct firmware *firmware, struct smccc_call *call)
{
	int32_t answer = SMCCC_NOT_SUPPORTED;
	enum firmware_workaround workaround = FIRMWARE_WORKAROUND_ABSENT;

	switch (smccc_argument32(call, 1)) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		answer = SMCCC_SUCCESS;
		break;
	case SMCCC_ARCH_SOC_ID:
		answer = firmware->soc_id ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
		break;
	case SMCCC_ARCH_SOC_ID_64:
		answer = firmware->soc_id_name ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
		break;
	case SMCCC_ARCH_WORKAROUND_1:
		workaround = firmware_workaround(firmware, 1);
		break;
	case SMCCC_ARCH_WORKAROUND_2:
		workaround = firmware_workaround(firmware, 2);
		break;
	case SMCCC_ARCH_WORKAROUND_3:
		workaround = firmware_workaround(firmware, 3);
		break;
	case SMCCC_ARCH_WORKAROUND_4:
		workaround = firmware_workaround(firmware, 4);
		break;
	default:
		break;
	}
	if (workaround == FIRMWARE_WORKAROUND_NEEDED)
		answer = 0;
	else if (workaround == FIRMWARE_WORKAROUND_HARMLESS)
		answer = 1;
	else if (workaround == FIRMWARE_WORKAROUND_NOT_REQUIRED)
		answer = SMCCC_NOT_REQUIRED;
	smccc_return_status(call, answer);
}

/*
 * A workaround has no results, so all registers stay as they are. Firmware is bothered only on a PE
 * that needs it; number 4 is there to be asked about and does nothing.
 */
static void workaround(struct firmware *firmware, struct smccc_call *call, unsigned n)
{
	enum firmware_workaround state = firmware_workaround(firmware, n);

	if (state == FIRMWARE_WORKAROUND_ABSENT || state == FIRMWARE_WORKAROUND_NOT_REQUIRED) {
		smccc_return_unknown(call);
		return;
	}
	if (state == FIRMWARE_WORKAROUND_NEEDED && n != 4U)
		(void)firmware_ask(firmware, call->fid, n == 2U ? smccc_argument32(call, 1) : 0U, 0,
				   0);
}

/* Constants of the machine: the two numbers were read at boot, the name is fetched when asked for.
 */
static void soc_id(const struct firmware *firmware, struct smccc_call *call)
{
	uint32_t type = smccc_argument32(call, 1);

	if (!(call->smc64 ? firmware->soc_id_name : firmware->soc_id)) {
		smccc_return_unknown(call);
	} else if (type == SOC_ID_VERSION) {
		smccc_return_status(call, (int32_t)firmware->soc_version);
	} else if (type == SOC_ID_REVISION) {
		smccc_return_status(call, (int32_t)firmware->soc_revision);
	} else if (type == SOC_ID_NAME && call->smc64) {
		uint64_t x[SMCCC_REGISTERS] = {SMCCC_ARCH_SOC_ID_64, SOC_ID_NAME};

		firmware_call(firmware, x);
		if (smccc_int32(x[0]) == SMCCC_SUCCESS)
			for (unsigned n = 1; n <= SMC64_ARGUMENTS; n++)
				smccc_return64(call, n, x[n]);
		smccc_return_status(call, smccc_int32(x[0]) == SMCCC_SUCCESS ? SMCCC_SUCCESS
									     : SMCCC_NOT_SUPPORTED);
	} else {
		smccc_return_status(call, SMCCC_INVALID_PARAMETER);
	}
}

static void arch_call(struct firmware *firmware, struct smccc_call *call)
{
	switch (call->fid) {
	case SMCCC_VERSION:
		smccc_return32(call, 0, OUR_SMCCC_VERSION);
		break;
	case SMCCC_ARCH_FEATURES:
		arch_features(firmware, call);
		break;
	case SMCCC_ARCH_SOC_ID:
	case SMCCC_ARCH_SOC_ID_64:
		soc_id(firmware, call);
		break;
	case SMCCC_ARCH_WORKAROUND_1:
		workaround(firmware, call, 1);
		break;
	case SMCCC_ARCH_WORKAROUND_2:
		workaround(firmware, call, 2);
		break;
	case SMCCC_ARCH_WORKAROUND_3:
		workaround(firmware, call, 3);
		break;
	case SMCCC_ARCH_WORKAROUND_4:
		workaround(firmware, call, 4);
		break;
	default:
		smccc_return_unknown(call);
		break;
	}
}

/* ---- TRNG (DEN0098): no addresses, so it may pass once its one argument is in range ---- */

static bool trng_has(const struct firmware *firmware, uint32_t fid)
{
	switch (fid) {
	case TRNG_VERSION:
	case TRNG_FEATURES:
		return firmware->trng;
	case TRNG_GET_UUID:
		return firmware->trng && firmware->trng_uuid;
	case TRNG_RND32:
		return firmware->trng && firmware->trng_rnd32;
	case TRNG_RND64:
		return firmware->trng && firmware->trng_rnd64;
	default:
		return false;
	}
}

/* `bits` random bits from x3 (lowest) up to x1; registers above them hold zero. */
static void trng_random(const struct firmware *firmware, struct smccc_call *call)
{
	const unsigned width = call->smc64 ? 64U : 32U;
	const uint64_t bits = smccc_argument(call, 1);
	uint64_t x[SMCCC_REGISTERS] = {call->fid, bits};
	int32_t status;

	if (bits == 0U || bits > (call->smc64 ? TRNG_RND64_BITS : TRNG_RND32_BITS)) {
		status = TRNG_INVALID_PARAMETER;
	} else {
		firmware_call(firmware, x);
		status = smccc_int32(x[0]);
		if (status > 0 || status < TRNG_NO_ENTROPY)
			status =
			    TRNG_NO_ENTROPY; /* no status of TRNG: nothing to trust in x1..x3 */
	}
	for (unsigned i = 0; i < 3U; i++) {
		uint64_t below = (uint64_t)i * width; /* bits that lie in lower registers */
		uint64_t here = bits > below ? bits - below : 0U, mask;

		mask = here >= width ? ~(uint64_t)0 >> (64U - width) : ((uint64_t)1 << here) - 1U;
		call->x[3U - i] = status == SMCCC_SUCCESS ? x[3U - i] & mask : 0U;
	}
	smccc_return_status(call, status);
}

static void trng_call(const struct firmware *firmware, struct smccc_call *call)
{
	if (!trng_has(firmware, call->fid)) {
		smccc_return_unknown(call);
		return;
	}
	switch (call->fid) {
	case TRNG_VERSION:
		smccc_return32(call, 0, firmware->trng_version);
		break;
	case TRNG_FEATURES:
		smccc_return_status(call, trng_has(firmware, smccc_argument32(call, 1))
					      ? SMCCC_SUCCESS
					      : SMCCC_NOT_SUPPORTED);
		break;
	case TRNG_GET_UUID: {
		uint64_t x[SMCCC_REGISTERS] = {TRNG_GET_UUID};

		firmware_call(firmware, x);
		for (unsigned n = 0; n <= 3U; n++)
			smccc_return32(call, n, smccc_word(x[n]));
		break;
	}
	default:
		trng_random(firmware, call);
		break;
	}
}

/* ---- ranges that a boot option opened: nobody looks into the call, only its registers ---- */

static void say_first_use(struct smccc_policy *policy, enum smccc_range range,
			  const struct smccc_call *call)
{
	if ((__atomic_load_n(&policy->used, __ATOMIC_RELAXED) & SMCCC_OPEN(range)) != 0U ||
	    (__atomic_fetch_or(&policy->used, SMCCC_OPEN(range), __ATOMIC_RELAXED) &
	     SMCCC_OPEN(range)) != 0U)
		return;
	log_line("smccc", "smc-first",
		 "first call 0x%08x of a range that hv.smc opened is forwarded unchecked",
		 call->fid);
}

static void forward(const struct firmware *firmware, struct smccc_call *call, bool client_id)
{
	uint64_t x[SMCCC_REGISTERS] = {call->fid};
	bool wide = firmware->smccc_version >= SMCCC_VERSION_1_2;

	if (call->smc64) {
		for (unsigned n = 1; n <= SMC64_ARGUMENTS; n++)
			x[n] = call->x[n];
	} else {
		for (unsigned n = 1; n <= SMC32_ARGUMENTS; n++)
			x[n] = smccc_word(call->x[n]);
	}
	if (client_id)
		x[CLIENT_ID] = 0; /* the host is nobody's guest towards the trusted OS */
	firmware_call(firmware, x);
	if (call->smc64) {
		for (unsigned n = 0; n <= (wide ? SMC64_ARGUMENTS : SMCCC_1_0_RESULTS); n++)
			smccc_return64(call, n, x[n]);
	} else if (smccc_int32(x[0]) == SMCCC_NOT_SUPPORTED) {
		smccc_return_unknown(call); /* in the form that both widths of readers understand */
	} else {
		for (unsigned n = 0; n <= (wide ? SMC32_ARGUMENTS : SMCCC_1_0_RESULTS); n++)
			smccc_return32(call, n, smccc_word(x[n]));
	}
}

static void open_call(struct hypervisor *hv, struct smccc_call *call, enum smccc_range range)
{
	if ((hv->policy.open & SMCCC_OPEN(range)) == 0U) {
		smccc_return_unknown(call);
		return;
	}
	say_first_use(&hv->policy, range, call);
	forward(&hv->firmware, call, range == SMCCC_RANGE_TRUSTED_OS);
}

/* ---- this hypervisor's own calls ---- */

static void vendor_call(struct hypervisor *hv, struct smccc_call *call)
{
	if (call->number >= HOST_MEMORY_FIRST_NUMBER && call->number <= HOST_MEMORY_LAST_NUMBER) {
		host_memory_call(&hv->memory, &hv->ledger, call);
		return;
	}
	switch (call->smc64 ? ~0U : call->number) {
	case VENDOR_PRESENCE:
		smccc_return32(call, 0, hv->policy.presence);
		break;
	case VENDOR_CALL_COUNT:
		smccc_return32(call, 0, VENDOR_CALLS);
		break;
	case VENDOR_UID:
		smccc_return32(call, 0, UID_WORD_0);
		smccc_return32(call, 1, UID_WORD_1);
		smccc_return32(call, 2, UID_WORD_2);
		smccc_return32(call, 3, UID_WORD_3);
		break;
	case VENDOR_REVISION:
		smccc_return32(call, 0, REVISION_MAJOR);
		smccc_return32(call, 1, REVISION_MINOR);
		break;
	default:
		smccc_return_unknown(call);
		break;
	}
}

static void standard_call(struct hypervisor *hv, struct smccc_call *call)
{
	if (call->fid == PSCI_FUNCTION(PSCI_FN_VERSION)) {
		/*
		 * Every arm64 Linux asks for the version once, while it is alone: a kernel that
		 * kexec started must find FF-A as after boot.
		 */
		if (psci_alone(&hv->psci))
			host_ffa_reset(&hv->ffa);
		psci_host_call(&hv->psci, call);
	} else if (call->number <= PSCI_LAST_NUMBER) {
		psci_host_call(&hv->psci, call);
	} else if (call->number >= TRNG_FIRST_NUMBER && call->number <= TRNG_LAST_NUMBER) {
		trng_call(&hv->firmware, call);
	} else if (call->number >= FFA_FIRST_NUMBER && call->number <= FFA_LAST_NUMBER) {
		host_ffa_call(&hv->ffa, call);
	} else {
		smccc_return_unknown(call);
	}
}

static inline bool is_psci(uint32_t fid)
{
	return (fid & ~(SMCCC_64 | PSCI_LAST_NUMBER)) == PSCI_FUNCTION(0);
}

static inline bool is_ffa(uint32_t fid)
{
	return (fid & ~(SMCCC_64 | 0xffU)) == PSCI_FUNCTION(0) &&
	       (fid & 0xffU) - HOST_EXITS_FFA_FIRST < HOST_EXITS_FFA;
}

static inline void count_psci(struct smccc_call *call)
{
	call->exits.psci[call->number & PSCI_LAST_NUMBER]++;
}

static __attribute__((noinline)) void any_call(struct hypervisor *hv, struct smccc_call *call,
					       uint16_t immediate)
{
	enum smccc_range range = immediate == 0U ? smccc_range_of(call->fid) : SMCCC_RANGE_UNKNOWN;

	smccc_decode_form(call);
	if (immediate == 0U && is_psci(call->fid))
		count_psci(call);
	else if (immediate == 0U && is_ffa(call->fid))
		call->exits.ffa[(call->fid & 0xffU) - HOST_EXITS_FFA_FIRST]++;
	else
		host_exits_count(&call->exits, call->fid);
	switch (range) {
	case SMCCC_RANGE_ARCH:
		arch_call(&hv->firmware, call);
		break;
	case SMCCC_RANGE_STANDARD:
		standard_call(hv, call);
		break;
	case SMCCC_RANGE_VENDOR_HYPERVISOR:
		vendor_call(hv, call);
		break;
	default:
		open_call(hv, call, range);
		break;
	}
}

/*
 * Power calls, and direct requests to secure partitions, which a running host makes for as long as
 * it runs, go straight to their handlers; all else is decided in any_call(). Each way ends in a
 * call in tail position: no frame is made, signed and checked for the sake of passing on.
 */
void smccc_route(struct hypervisor *hv, struct smccc_call *call, uint16_t immediate,
		 uint64_t x[SMCCC_REGISTERS])
{
	uint32_t name;

	smccc_decode_name(call, x);
	name = (call->fid & ~SMCCC_64) - PSCI_FUNCTION(0);
	if (immediate != 0U)
		name = ~0U;                 /* nobody's */
	if (name - 1U < PSCI_LAST_NUMBER) { /* all but VERSION */
		smccc_decode_form(call);
		count_psci(call);
		psci_host_call(&hv->psci, call);
	} else if (name == FFA_DIRECT_NUMBER) {
		call->exits.ffa[FFA_DIRECT_NUMBER - HOST_EXITS_FFA_FIRST]++;
		host_ffa_direct(&hv->ffa, call, x);
	} else {
		any_call(hv, call, immediate);
	}
}
