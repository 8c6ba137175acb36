// SPDX-License-Identifier: Apache-2.0
/*
 * Whose a function identifier is (DEN0028 6): each value has one range, and the one that
 * the standard gives it. An identifier with a reserved bit is nobody's.
 *
 * target: hypervisor/core/smccc/policy.c smccc_range_of
 * bound: every 32-bit identifier
 * assumes: nothing
 * unwind: 1
 */
#include "proof.h"

#include "core/smccc/policy.c"
#include "machine.h"

void prove(void)
{
	uint32_t fid = nondet_uint32(), owner = fid >> 24 & 63U;
	bool fast = (fid >> 31) == 1U, reserved = (fid >> 17 & 127U) != 0U;
	enum smccc_range range = smccc_range_of(fid);

	PROMISE(range < SMCCC_RANGES);
	PROMISE((range == SMCCC_RANGE_LEGACY) == (fid <= 0x0100ffffU));
	if (range == SMCCC_RANGE_LEGACY)
		return;
	PROMISE((range == SMCCC_RANGE_TRUSTED_OS) == (owner >= 48U && !reserved));
	PROMISE((range == SMCCC_RANGE_ARCH) == (fast && !reserved && owner == 0U));
	PROMISE((range == SMCCC_RANGE_CPU) == (fast && !reserved && owner == 1U));
	PROMISE((range == SMCCC_RANGE_SIP) == (fast && !reserved && owner == 2U));
	PROMISE((range == SMCCC_RANGE_OEM) == (fast && !reserved && owner == 3U));
	PROMISE((range == SMCCC_RANGE_STANDARD) == (fast && !reserved && owner == 4U));
	PROMISE((range == SMCCC_RANGE_STANDARD_HYPERVISOR) == (fast && !reserved && owner == 5U));
	PROMISE((range == SMCCC_RANGE_VENDOR_HYPERVISOR) == (fast && !reserved && owner == 6U));
	PROMISE((range == SMCCC_RANGE_VENDOR_EL3) == (fast && !reserved && owner == 7U));
	PROMISE((range == SMCCC_RANGE_UNKNOWN) ==
		(reserved || (owner < 48U && (!fast || owner > 7U))));
}
