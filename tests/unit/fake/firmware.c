/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "fake/firmware.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uint64_t status(const struct fake_firmware *firmware, int64_t value)
{
	return firmware->sign_extends ? (uint64_t)value : (uint64_t)(uint32_t)value;
}

/* Which of x1.. a function takes; everything beyond must arrive as zero. */
static unsigned arguments(uint32_t fid)
{
	switch (fid & ~0x40000000U) {
	case 0x84000001U: /* CPU_SUSPEND */
	case 0x84000003U: /* CPU_ON */
	case 0x84000066U: /* FFA_RXTX_MAP */
	case 0x8400008bU: /* FFA_PARTITION_INFO_GET_REGS */
		return 3;
	case 0x84000004U: /* AFFINITY_INFO */
	case 0x84000064U: /* FFA_FEATURES */
	case 0x8400000eU: /* SYSTEM_SUSPEND */
	case 0x84000012U: /* SYSTEM_RESET2 */
	case 0x84000015U: /* SYSTEM_OFF2 */
		return 2;
	case 0x8400000aU: /* PSCI_FEATURES */
	case 0x8400000fU: /* SET_SUSPEND_MODE */
	case 0x80000001U: /* ARCH_FEATURES */
	case 0x80000002U: /* SOC_ID */
	case 0x80007fffU: /* WORKAROUND_2 */
	case 0x84000051U: /* TRNG_FEATURES */
	case 0x84000053U: /* TRNG_RND */
	case 0x84000063U: /* FFA_VERSION */
	case 0x84000065U: /* FFA_RX_RELEASE */
	case 0x84000067U: /* FFA_RXTX_UNMAP */
	case 0x84000084U: /* FFA_RX_ACQUIRE */
		return 1;
	case 0x84000068U: /* FFA_PARTITION_INFO_GET */
		return 5;
	default:
		return (fid >> 24 & 0x3fU) == 4U || (fid >> 24 & 0x3fU) == 0U ? 0 : 17;
	}
}

static bool well_formed(const uint64_t x[SMCCC_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0];
	bool wide = (fid & 0x40000000U) != 0U;

	if (x[0] >> 32 != 0U || (fid & 0x10000U) != 0U)
		return false;
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++) {
		if (n > arguments(fid) && x[n] != 0U)
			return false;
		if (!wide && (x[n] >> 32 != 0U || (n > 7U && x[n] != 0U)))
			return false;
	}
	return true;
}

static bool psci(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0], number = fid & 0xffffU, about = (uint32_t)x[1];
	uint32_t has = (fid & 0x40000000U) != 0U ? firmware->psci64 : firmware->psci32;

	if (number == 0U && (fid & 0x40000000U) == 0U && firmware->psci_version != 0U) {
		x[0] = firmware->psci_version;
		return true;
	}
	if ((has >> number & 1U) == 0U)
		return false;
	if (firmware->status[number] != 0U) {
		x[0] = firmware->status[number];
		return true;
	}
	switch (number) {
	case 0x02: /* CPU_OFF: the fake cannot stop the thread, so it only notes it */
		firmware->on[fake_cpu] = false;
		x[0] = 0;
		return true;
	case 0x03: {
		uint64_t target = x[1];

		if (target >= FAKE_CPUS) {
			x[0] = status(firmware, -2);
			return true;
		}
		pthread_mutex_lock(&mutex);
		x[0] = status(firmware, firmware->on[target] ? -4 : 0);
		firmware->starts[target] += !firmware->on[target];
		firmware->on[target] = true;
		pthread_mutex_unlock(&mutex);
		return true;
	}
	case 0x04:
		x[0] = x[1] < FAKE_CPUS ? (firmware->on[x[1]] ? 0 : 1) : status(firmware, -2);
		return true;
	case 0x06:
		x[0] = 2;
		return true;
	case 0x0a:
		if (about == 0x80000000U)
			x[0] = status(firmware, firmware->features_knows_smccc ? 0 : -1);
		else if ((about & 0xbfffffe0U) != 0x84000000U ||
			 (((about & 0x40000000U) != 0U ? firmware->psci64 : firmware->psci32) >>
			      (about & 0x1fU) &
			  1U) == 0U)
			x[0] = status(firmware, -1);
		else
			x[0] =
			    status(firmware, (about & 0x1fU) == 1U ? firmware->suspend_flags : 0);
		return true;
	default:
		x[0] = 0;
		return true;
	}
}

static bool arch(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	static const uint32_t workarounds[4] = {0x80008000U, 0x80007fffU, 0x80003fffU, 0x80000004U};
	uint32_t fid = (uint32_t)x[0], about = (uint32_t)x[1];
	int64_t answer = -1;

	if (!firmware->features_knows_smccc)
		return false;
	if (fid == 0x80000000U) {
		x[0] = firmware->smccc_version;
		return true;
	}
	for (unsigned i = 0; i < 4U; i++)
		if (fid == workarounds[i])
			return true; /* nothing comes back */
	if (fid == 0x80000001U) {
		for (unsigned i = 0; i < 4U; i++)
			if (about == workarounds[i])
				answer = firmware->workaround[fake_cpu][i];
		if ((about == 0x80000002U && firmware->soc_id) ||
		    (about == 0xc0000002U && firmware->soc_id_name))
			answer = 0;
		x[0] = status(firmware, answer);
		return true;
	}
	if ((fid & ~0x40000000U) == 0x80000002U && firmware->soc_id) {
		x[0] = about == 0U ? 0x043b0001U : about == 1U ? 7U : status(firmware, -3);
		if (about == 2U && (fid & 0x40000000U) != 0U && firmware->soc_id_name) {
			x[0] = 0;
			for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
				x[n] = 0x6161616161616100ULL + n;
		}
		return true;
	}
	return false;
}

static bool trng(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0];

	if (!firmware->trng)
		return false;
	switch (fid) {
	case 0x84000050U:
		x[0] = 0x10000;
		return true;
	case 0x84000051U:
		x[0] =
		    status(firmware,
			   (x[1] | 0x40000000U) == 0xc4000053U || x[1] - 0x84000050U < 4U ? 0 : -1);
		return true;
	case 0x84000052U:
		for (unsigned n = 0; n < 4U; n++)
			x[n] = 0xdeadbeef00000000ULL | (0x1111ULL * (n + 1U));
		return true;
	case 0x84000053U:
	case 0xc4000053U:
		x[0] = firmware->trng_status;
		for (unsigned n = 1; n <= 3U; n++)
			x[n] = ~0ULL; /* more than was asked for */
		return true;
	default:
		return false;
	}
}

static uint64_t ffa_version(struct fake_ffa *ffa, uint32_t asked)
{
	unsigned index = ffa->asked < ffa->count ? ffa->asked : ffa->count - 1U;

	ffa->asked++;
	ffa->last = asked;
	return ffa->compute != NULL ? ffa->compute(ffa, asked) : ffa->answer[index];
}

void fake_firmware_handle(void *context, uint64_t x[SMCCC_REGISTERS])
{
	struct fake_firmware *firmware = context;
	uint32_t fid = (uint32_t)x[0], owner = fid >> 24 & 0x3fU, number = fid & 0xffffU;
	bool known = false;

	if (!well_formed(x))
		__atomic_fetch_add(&firmware->malformed, 1U, __ATOMIC_RELAXED);
	if (firmware->special != NULL)
		known = firmware->special(firmware, x);
	if (!known && owner == 4U && number <= 0x1fU)
		known = psci(firmware, x);
	else if (!known && owner == 0U)
		known = arch(firmware, x);
	else if (!known && owner == 4U && number >= 0x50U && number <= 0x5fU)
		known = trng(firmware, x);
	else if (!known && fid == 0x84000063U &&
		 (firmware->ffa.count != 0U || firmware->ffa.compute != NULL)) {
		x[0] = ffa_version(&firmware->ffa, (uint32_t)x[1]);
		known = true;
	}
	if (!known && !firmware->unknown_keeps_x0)
		x[0] = firmware->unknown;
	if (firmware->clobbers) {
		for (unsigned n = 1; n <= 3U; n++)
			x[n] |= 0xbad0bad000000000ULL;
		for (unsigned n = 4; n < SMCCC_REGISTERS; n++)
			x[n] = 0xc10bbe5500000000ULL | n;
	}
}

void fake_ffa_script(struct fake_firmware *firmware, unsigned count, ...)
{
	va_list list;

	memset(&firmware->ffa, 0, sizeof(firmware->ffa));
	firmware->ffa.count = count;
	va_start(list, count);
	for (unsigned i = 0; i < count; i++)
		firmware->ffa.answer[i] = va_arg(list, uint64_t);
	va_end(list);
}

void fake_firmware_good(struct fake_firmware *firmware)
{
	memset(firmware, 0, sizeof(*firmware));
	firmware->unknown = ~0ULL;
	firmware->psci_version = 0x10001;
	/* bits: 0..4, 6, 8, 9, 0xa, 0xe, 0x12 */
	firmware->psci32 = 0x4475fU;
	firmware->psci64 = 0x4401aU;
	firmware->features_knows_smccc = true;
	firmware->smccc_version = 0x10002;
	for (unsigned i = 0; i < FAKE_CPUS; i++) {
		firmware->workaround[i][0] = 1;
		firmware->workaround[i][1] = -2;
		firmware->workaround[i][2] = -1;
		firmware->workaround[i][3] = -1;
	}
	firmware->on[0] = true;
	fake_ffa_script(firmware, 1, 0x10001ULL);
	fake.firmware = fake_firmware_handle;
	fake.context = firmware;
}
