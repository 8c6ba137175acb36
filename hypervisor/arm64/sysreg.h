/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers: accessors and the fields that are used. Registers that the assembler's base
 * architecture does not know are named by encoding (op0_op1_CRn_CRm_op2 of the Arm ARM).
 */
#ifndef PORTCULLIS_SYSREG_H
#define PORTCULLIS_SYSREG_H

#include <stdint.h>

#define SYSREG_STRING_(name) #name
#define SYSREG_STRING(name)  SYSREG_STRING_(name)

#define sysreg_read(name)                                                                          \
	__extension__({                                                                            \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " SYSREG_STRING(name) : "=r"(value_)::"memory");         \
		value_;                                                                            \
	})
#define sysreg_write(name, value)                                                                  \
	__asm__ volatile("msr " SYSREG_STRING(name) ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#define dsb(domain) __asm__ volatile("dsb " #domain ::: "memory")

/* 4-bit ID register field, unsigned. */
static inline unsigned id_field(uint64_t reg, unsigned shift)
{
	return (unsigned)(reg >> shift) & 15U;
}

/* Fields of ID registers that count down from 15 = "not implemented". */
static inline unsigned id_present(unsigned field)
{
	return field != 0U && field != 15U;
}

#define APIAKEYLO_EL1    s3_0_c2_c1_0
#define APIAKEYHI_EL1    s3_0_c2_c1_1
#define SCTLR_EL12       s3_5_c1_c0_0
#define CPACR_EL12       s3_5_c1_c0_2
#define CNTKCTL_EL12     s3_5_c14_c1_0
#define VBAR_EL12        s3_5_c12_c0_0
#define ELR_EL12         s3_5_c4_c0_1
#define SPSR_EL12        s3_5_c4_c0_0
#define ESR_EL12         s3_5_c5_c2_0
#define FAR_EL12         s3_5_c6_c0_0
#define TCR_EL12         s3_5_c2_c0_2
#define CNTP_CTL_EL02    s3_5_c14_c2_1
#define CNTV_CTL_EL02    s3_5_c14_c3_1
#define ID_AA64PFR2_EL1  s3_0_c0_c4_2
#define ID_AA64ZFR0_EL1  s3_0_c0_c4_4
#define ID_AA64SMFR0_EL1 s3_0_c0_c4_5
#define ID_AA64ISAR2_EL1 s3_0_c0_c6_2
#define ID_AA64MMFR2_EL1 s3_0_c0_c7_2
#define ID_AA64MMFR3_EL1 s3_0_c0_c7_3
#define ID_AA64MMFR4_EL1 s3_0_c0_c7_4
#define ICC_SRE_EL2      s3_4_c12_c9_5
#define ICH_HCR_EL2      s3_4_c12_c11_0
#define HFGRTR_EL2       s3_4_c1_c1_4
#define HFGWTR_EL2       s3_4_c1_c1_5
#define HFGITR_EL2       s3_4_c1_c1_6
#define HDFGRTR_EL2      s3_4_c3_c1_4
#define HDFGWTR_EL2      s3_4_c3_c1_5
#define HAFGRTR_EL2      s3_4_c3_c1_6
#define HDFGRTR2_EL2     s3_4_c3_c1_0
#define HDFGWTR2_EL2     s3_4_c3_c1_1
#define HFGRTR2_EL2      s3_4_c3_c1_2
#define HFGWTR2_EL2      s3_4_c3_c1_3
#define HFGITR2_EL2      s3_4_c3_c1_7
#define HCRX_EL2         s3_4_c1_c2_2
#define ZCR_EL2          s3_4_c1_c2_0
#define SMCR_EL2         s3_4_c1_c2_6
#define TRFCR_EL2        s3_4_c1_c2_1
#define MPAM2_EL2        s3_4_c10_c5_0
#define MPAMHCR_EL2      s3_4_c10_c4_0
#define BRBCR_EL2        s3_4_c9_c0_0
#define PMSCR_EL2        s3_4_c9_c9_0
#define LORC_EL1         s3_0_c10_c4_3
#define CNTPOFF_EL2      s3_4_c14_c0_6
#define RNDR             s3_3_c2_c4_0
#define PSTATE_SSBS      s3_3_c4_c2_6

#define DCZID_PROHIBITED (1UL << 4)

#define HCR_VM     (1UL << 0)
#define HCR_SWIO   (1UL << 1)
#define HCR_TSC    (1UL << 19)
#define HCR_TIDCP  (1UL << 20)
#define HCR_TACR   (1UL << 21)
#define HCR_TSW    (1UL << 22)
#define HCR_RW     (1UL << 31)
#define HCR_E2H    (1UL << 34)
#define HCR_TLOR   (1UL << 35)
#define HCR_TERR   (1UL << 36)
#define HCR_APK    (1UL << 40)
#define HCR_API    (1UL << 41)
#define HCR_ENSCXT (1UL << 53)
#define HCR_ATA    (1UL << 56)

#define MDCR_TPM  (1UL << 6)
#define MDCR_HPMD (1UL << 17)
#define MDCR_HCCD (1UL << 23)

#define SCTLR_M        (1UL << 0)
#define SCTLR_C        (1UL << 2)
#define SCTLR_SA       (1UL << 3)
#define SCTLR_I        (1UL << 12)
#define SCTLR_WXN      (1UL << 19)
#define SCTLR_EIS      (1UL << 22)
#define SCTLR_SPAN     (1UL << 23)
#define SCTLR_EOS      (1UL << 11)
#define SCTLR_ENIA     (1UL << 31)
#define SCTLR_BT2      (1UL << 36)
#define SCTLR_DSSBS    (1UL << 44)
#define SCTLR_EL2_RES1 0x30c50830UL
#define SCTLR_EL1_RES1 0x30d00800UL /* MMU off, caches off, little-endian, RES1 bits */

#define ESR_EC(esr)       ((unsigned)((esr) >> 26) & 0x3fU)
#define ESR_ISS(esr)      ((uint32_t)(esr) & 0x1ffffffU)
#define EC_UNKNOWN        0x00U
#define EC_HVC64          0x16U
#define EC_SMC64          0x17U
#define EC_SYSREG         0x18U
#define EC_SVE            0x19U
#define EC_IABT_LOWER     0x20U
#define EC_IABT_SAME      0x21U
#define EC_DABT_LOWER     0x24U
#define EC_DABT_SAME      0x25U
#define ISS_DABT_WNR      (1U << 6)
#define ISS_DABT_S1PTW    (1U << 7)
#define ISS_DABT_SF       (1U << 15)
#define ISS_DABT_SRT(iss) ((iss) >> 16 & 0x1fU)
#define ISS_DABT_SSE      (1U << 21)
#define ISS_DABT_SAS(iss) ((iss) >> 22 & 3U)
#define ISS_DABT_ISV      (1U << 24)
#define ISS_DABT_CM       (1U << 8)
#define ISS_FNV           (1U << 10)
#define FSC_TLB_CONFLICT  0x30U
#define FSC_EXTERNAL      0x10U /* synchronous external abort, not on a table walk */

#define PAR_F           (1UL << 0) /* no translation, and PAR_STATUS() says why */
#define PAR_S           (1UL << 9) /* stage 2 said so, of a table of stage 1 */
#define PAR_STATUS(par) ((unsigned)((par) >> 1) & 0x3fU)

#define SPSR_STEPPED ((1UL << 21) | (3UL << 10)) /* SS, BTYPE */
#define SPSR_EL1H    0x5UL
#define SPSR_DAIF    0x3c0UL

#endif
