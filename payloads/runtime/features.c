// SPDX-License-Identifier: Apache-2.0
#include "features.h"

#include "payload.h"
#include "sysreg.h"

/* By encoding: older assemblers know fewer names. */
#define PFR0  s3_0_c0_c4_0
#define PFR1  s3_0_c0_c4_1
#define DFR0  s3_0_c0_c5_0
#define ISAR0 s3_0_c0_c6_0
#define ISAR1 s3_0_c0_c6_1
#define ISAR2 s3_0_c0_c6_2
#define MMFR0 s3_0_c0_c7_0
#define MMFR1 s3_0_c0_c7_1
#define MMFR2 s3_0_c0_c7_2
#define MMFR3 s3_0_c0_c7_3

#define READ_(name)        sysreg_read(name)
#define FIELD(name, shift) id_field(READ_(name), shift)

#define CPACR_ZEN  (3UL << 16)
#define CPACR_FPEN (3UL << 20)
#define CPACR_SMEN (3UL << 24)

/* Fields that say "none" with 0 and with 15. */
static bool counted(unsigned field)
{
	return field != 0U && field != 15U;
}

bool feature(enum feature feature)
{
	switch (feature) {
	case ALWAYS:
		return true;
	case GIC:
		return FIELD(PFR0, 24) != 0U && machine.gic == 3U;
	case PMU:
		return counted(FIELD(DFR0, 8));
	case PAUTH:
		return FIELD(ISAR1, 4) != 0U || FIELD(ISAR1, 8) != 0U || FIELD(ISAR2, 12) != 0U;
	case PAN:
		return FIELD(MMFR1, 20) != 0U;
	case UAO:
		return FIELD(MMFR2, 4) != 0U;
	case DIT:
		return FIELD(PFR0, 48) != 0U;
	case SSBS:
		return FIELD(PFR1, 4) >= 2U;
	case TCO:
		return FIELD(PFR1, 8) != 0U;
	case MTE:
		return FIELD(PFR1, 8) >= 2U;
	case NMI:
		return FIELD(PFR1, 36) != 0U;
	case SVE:
		return FIELD(PFR0, 32) != 0U;
	case SME:
		return FIELD(PFR1, 24) != 0U;
	case RAS:
		return FIELD(PFR0, 28) != 0U;
	case LOR:
		return FIELD(MMFR1, 16) != 0U;
	case TRF:
		return FIELD(DFR0, 40) != 0U;
	case MPAM:
		return FIELD(PFR0, 40) != 0U || FIELD(PFR1, 16) != 0U;
	case AMU:
		return FIELD(PFR0, 44) != 0U;
	case SPE:
		return FIELD(DFR0, 32) != 0U;
	case TRBE:
		return FIELD(DFR0, 44) != 0U;
	case BRBE:
		return FIELD(DFR0, 52) != 0U;
	case RNG:
		return FIELD(ISAR0, 60) != 0U;
	case CSV2_2:
		return FIELD(PFR0, 56) >= 2U || FIELD(PFR1, 32) >= 2U;
	case ECV:
		return FIELD(MMFR0, 60) != 0U;
	case TCR2:
		return FIELD(MMFR3, 0) != 0U;
	case SCTLR2:
		return FIELD(MMFR3, 4) != 0U;
	case PIE:
		return FIELD(MMFR3, 8) != 0U;
	case POE:
		return FIELD(MMFR3, 16) != 0U;
	case AIE:
		return FIELD(MMFR3, 24) != 0U;
	case GCS:
		return FIELD(PFR1, 44) != 0U;
	case ACCDATA:
		return FIELD(ISAR1, 60) >= 3U;
	case LSE:
		return FIELD(ISAR0, 20) >= 2U;
	case LRCPC:
		return FIELD(ISAR1, 20) >= 1U;
	case LRCPC2:
		return FIELD(ISAR1, 20) >= 2U;
	case DCPOP:
		return FIELD(ISAR1, 0) >= 1U;
	case DCPODP:
		return FIELD(ISAR1, 0) >= 2U;
	case MOPS:
		return FIELD(ISAR2, 16) != 0U;
	case ZVA:
		return (sysreg_read(dczid_el0) & 16U) == 0U;
	case EL0_32:
		return FIELD(PFR0, 0) == 2U;
	case FEATURE_COUNT:
		break;
	}
	return false;
}

void features_unlock(void)
{
	uint64_t value = CPACR_FPEN;

	value |= feature(SVE) ? CPACR_ZEN : 0U;
	value |= feature(SME) ? CPACR_SMEN : 0U;
	sysreg_write(cpacr_el1, value);
	isb();
}

void features_lock(void)
{
	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
}
