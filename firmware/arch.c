// SPDX-License-Identifier: Apache-2.0
/* Arm architecture calls of the SMC Calling Convention (DEN0028 7). */
#include "calls.h"
#include "sysreg.h"

#define SMCCC_1_3 0x00010003U

/*
 * SOC_ID: JEP-106 code of Arm (bank 4, 0x3b) and numbers of our own; bit 31 must be 0. Revision 0.
 */
#define SOC_VERSION  0x043b5043U
#define SOC_REVISION 0x00000001U

enum {
	ARCH_VERSION = 0x80000000,
	ARCH_FEATURES = 0x80000001,
	ARCH_SOC_ID = 0x80000002,
	ARCH_WORKAROUND_1 = 0x80008000,
	ARCH_WORKAROUND_2 = 0x80007fff,
	ARCH_WORKAROUND_3 = 0x80003fff,
	PART_CORTEX_A72 = 0xd08,
};

/* Has this CPU the branch predictor faults that workarounds 1 and 3 are for? */
static bool predictor_affected(void)
{
	uint64_t midr = SYSREG_READ(midr_el1);

	return midr >> 24 == 0x41 && (midr >> 4 & 0xfffU) == PART_CORTEX_A72;
}

static void serve_version(struct call *call)
{
	call->result[0] = SMCCC_1_3;
}

static void serve_features(struct call *call)
{
	uint32_t function = (uint32_t)call_argument(call, 1);
	int32_t status = SMCCC_NOT_SUPPORTED;

	switch (function) {
	case ARCH_VERSION:
	case ARCH_FEATURES:
	case ARCH_SOC_ID:
		status = 0;
		break;
	case ARCH_WORKAROUND_1:
	case ARCH_WORKAROUND_3:
		status = predictor_affected() ? 0 : 1;
		break;
	case ARCH_WORKAROUND_2:
		/* Safe or mitigated for good: not to be called. */
		status = SMCCC_NOT_REQUIRED;
		break;
	default:
		break;
	}
	call_status(call, status);
}

static void serve_soc_id(struct call *call)
{
	switch (call_argument(call, 1)) {
	case 0:
		call->result[0] = SOC_VERSION;
		break;
	case 1:
		call->result[0] = SOC_REVISION;
		break;
	default:
		call_status(call, SMCCC_INVALID_PARAMETER);
		break;
	}
}

/* An exception to EL3 and back is all that the affected models need from this call under emulation.
 */
static void serve_workaround(struct call *call)
{
	(void)call;
}

const struct service arch_services[] = {
    {ARCH_VERSION, serve_version},         {ARCH_FEATURES, serve_features},
    {ARCH_SOC_ID, serve_soc_id},           {ARCH_WORKAROUND_1, serve_workaround},
    {ARCH_WORKAROUND_3, serve_workaround},
};
const size_t arch_service_count = sizeof(arch_services) / sizeof(arch_services[0]);
