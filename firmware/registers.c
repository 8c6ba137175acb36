// SPDX-License-Identifier: Apache-2.0
#include "registers.h"

#include "sysreg.h"

/*
 * What stays out: registers whose reset value the architecture defines, those that belong to EL3,
 * and those that the boot protocol fixes for the level that is entered (SCTLR_EL2, SCTLR2_EL2,
 * GCSCR_EL2: MMU, caches and call-stack protection off).
 */

#define SCTLR_EL2_RESET 0x30c50830U
#define SCTLR_EL1_RESET 0x30d00800U

typedef uint64_t (*value_source)(void);

static uint64_t pick(value_source source, uint64_t otherwise)
{
	return source != 0 ? source() : otherwise;
}

#define SET(name)       SYSREG_WRITE(name, pick(source, 0))
#define SET_TO(name, v) SYSREG_WRITE(name, pick(source, (v)))

/* HPMN, the number of counters that EL1 has, is reset to all of them. */
static uint64_t mdcr_el2_value(value_source source)
{
	unsigned pmu = field4(SYSREG_READ(id_aa64dfr0_el1), 8);
	uint64_t counters = 0;

	if (pmu >= 1 && pmu != 15)
		counters = SYSREG_READ(pmcr_el0) >> 11 & 0x1fU;
	return (pick(source, 0) & ~UINT64_C(0x1f)) | counters;
}

static void reset_el2(value_source source)
{
	SET(hcr_el2);
	SET(cptr_el2);
	SYSREG_WRITE(mdcr_el2, mdcr_el2_value(source));
	SET(hstr_el2);
	SET(hacr_el2);
	SET(actlr_el2);
	SET(afsr0_el2);
	SET(afsr1_el2);
	SET(vtcr_el2);
	SET(vttbr_el2);
	SET_TO(vpidr_el2, SYSREG_READ(midr_el1));
	SET_TO(vmpidr_el2, SYSREG_READ(mpidr_el1));
	SET(tcr_el2);
	SET(ttbr0_el2);
	SET(mair_el2);
	SET(amair_el2);
	SET(vbar_el2);
	SET(esr_el2);
	SET(far_el2);
	SET(hpfar_el2);
	SET(elr_el2);
	SET(spsr_el2);
	SET(sp_el2);
	SET(tpidr_el2);
	SET(cnthctl_el2);
	SET(cntvoff_el2);
	SYSREG_WRITE(sctlr_el2, SCTLR_EL2_RESET);
}

static void reset_el1(value_source source)
{
	SET_TO(sctlr_el1, SCTLR_EL1_RESET);
	SET(actlr_el1);
	SET(cpacr_el1);
	SET(tcr_el1);
	SET(ttbr0_el1);
	SET(ttbr1_el1);
	SET(mair_el1);
	SET(amair_el1);
	SET(vbar_el1);
	SET(esr_el1);
	SET(far_el1);
	SET(afsr0_el1);
	SET(afsr1_el1);
	SET(elr_el1);
	SET(spsr_el1);
	SET(par_el1);
	SET(contextidr_el1);
	SET(tpidr_el1);
	SET(tpidr_el0);
	SET(tpidrro_el0);
	SET(sp_el0);
	SET(sp_el1);
	SET(csselr_el1);
	SET(mdscr_el1);
	SET(cntkctl_el1);
}

/* Virtualisation host extensions, fine-grained traps, extended control and timer offsets. */
static void reset_el2_extensions(value_source source)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t mmfr0 = SYSREG_READ(id_aa64mmfr0_el1);
	uint64_t mmfr1 = SYSREG_READ(id_aa64mmfr1_el1);

	if (field4(mmfr1, 8) >= 1) {
		SET(S3_4_C2_C0_1);  /* TTBR1_EL2 */
		SET(S3_4_C13_C0_1); /* CONTEXTIDR_EL2 */
	}
	if (field4(mmfr1, 40) >= 1)
		SET(S3_4_C1_C2_2); /* HCRX_EL2 */
	if (field4(mmfr0, 56) >= 1) {
		SET(S3_4_C1_C1_4); /* HFGRTR_EL2 */
		SET(S3_4_C1_C1_5); /* HFGWTR_EL2 */
		SET(S3_4_C1_C1_6); /* HFGITR_EL2 */
		SET(S3_4_C3_C1_4); /* HDFGRTR_EL2 */
		SET(S3_4_C3_C1_5); /* HDFGWTR_EL2 */
		if (field4(pfr0, 44) >= 1)
			SET(S3_4_C3_C1_6); /* HAFGRTR_EL2 */
	}
	if (field4(mmfr0, 56) >= 2) {
		SET(S3_4_C3_C1_2); /* HFGRTR2_EL2 */
		SET(S3_4_C3_C1_3); /* HFGWTR2_EL2 */
		SET(S3_4_C3_C1_7); /* HFGITR2_EL2 */
		SET(S3_4_C3_C1_0); /* HDFGRTR2_EL2 */
		SET(S3_4_C3_C1_1); /* HDFGWTR2_EL2 */
	}
	if (field4(mmfr0, 60) >= 2)
		SET(S3_4_C14_C0_6); /* CNTPOFF_EL2 */
	if (field4(SYSREG_READ(id_aa64mmfr2_el1), 24) >= 2)
		SET(S3_4_C2_C2_0); /* VNCR_EL2 */
	if (field4(pfr0, 4) == 2) {
		SET(S3_4_C3_C0_0); /* DACR32_EL2 */
		SET(S3_4_C5_C0_1); /* IFSR32_EL2 */
	}
	if (field4(pfr0, 40) >= 1) {
		SET(S3_0_C10_C5_0); /* MPAM1_EL1 */
		SET(S3_0_C10_C5_1); /* MPAM0_EL1 */
		SET(S3_4_C10_C5_0); /* MPAM2_EL2 */
	}
}

static void reset_translation_extensions(value_source source)
{
	uint64_t mmfr3 = SYSREG_READ(S3_0_C0_C7_3);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);

	if (field4(mmfr3, 0) >= 1) {
		SET(S3_0_C2_C0_3); /* TCR2_EL1 */
		SET(S3_4_C2_C0_3); /* TCR2_EL2 */
	}
	if (field4(mmfr3, 4) >= 1) {
		SYSREG_WRITE(S3_0_C1_C0_3, 0); /* SCTLR2_EL1 */
		SYSREG_WRITE(S3_4_C1_C0_3, 0); /* SCTLR2_EL2 */
	}
	if (field4(mmfr3, 8) >= 1) {
		SET(S3_0_C10_C2_2); /* PIRE0_EL1 */
		SET(S3_0_C10_C2_3); /* PIR_EL1 */
		SET(S3_4_C10_C2_2); /* PIRE0_EL2 */
		SET(S3_4_C10_C2_3); /* PIR_EL2 */
	}
	if (field4(mmfr3, 12) >= 1)
		SET(S3_4_C10_C2_5); /* S2PIR_EL2 */
	if (field4(mmfr3, 16) >= 1) {
		SET(S3_0_C10_C2_4); /* POR_EL1 */
		SET(S3_4_C10_C2_4); /* POR_EL2 */
	}
	if (field4(pfr1, 44) >= 1) {
		SYSREG_WRITE(S3_0_C2_C5_0, 0); /* GCSCR_EL1 */
		SYSREG_WRITE(S3_4_C2_C5_0, 0); /* GCSCR_EL2 */
	}
}

static void reset_vectors(value_source source)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);

	if (field4(pfr0, 32) >= 1) {
		SET(S3_0_C1_C2_0); /* ZCR_EL1 */
		SET(S3_4_C1_C2_0); /* ZCR_EL2 */
	}
	if (field4(pfr1, 24) >= 1) {
		SET(S3_0_C1_C2_6);  /* SMCR_EL1 */
		SET(S3_4_C1_C2_6);  /* SMCR_EL2 */
		SET(S3_0_C1_C2_4);  /* SMPRI_EL1 */
		SET(S3_4_C1_C2_5);  /* SMPRIMAP_EL2 */
		SET(S3_3_C13_C0_5); /* TPIDR2_EL0 */
	}
}

static void reset_protection(value_source source)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);
	uint64_t isar1 = SYSREG_READ(id_aa64isar1_el1);
	uint64_t isar2 = SYSREG_READ(S3_0_C0_C6_2);

	if ((isar1 & 0xff0U) != 0 || (isar2 & 0xf000U) != 0) {
		SET(S3_0_C2_C1_0); /* APIAKeyLo_EL1, then Hi, and so on */
		SET(S3_0_C2_C1_1);
		SET(S3_0_C2_C1_2); /* APIB */
		SET(S3_0_C2_C1_3);
		SET(S3_0_C2_C2_0); /* APDA */
		SET(S3_0_C2_C2_1);
		SET(S3_0_C2_C2_2); /* APDB */
		SET(S3_0_C2_C2_3);
	}
	if ((isar1 & 0xff000000U) != 0 || (isar2 & 0xf00U) != 0) {
		SET(S3_0_C2_C3_0); /* APGA */
		SET(S3_0_C2_C3_1);
	}
	if (field4(pfr1, 8) >= 2) {
		SET(S3_0_C1_C0_5); /* RGSR_EL1 */
		SET(S3_0_C1_C0_6); /* GCR_EL1 */
		SET(S3_0_C5_C6_0); /* TFSR_EL1 */
		SET(S3_0_C5_C6_1); /* TFSRE0_EL1 */
		SET(S3_4_C5_C6_0); /* TFSR_EL2 */
	}
	if (field4(pfr0, 56) >= 2 || (field4(pfr0, 56) == 1 && field4(pfr1, 32) >= 2)) {
		SET(S3_0_C13_C0_7); /* SCXTNUM_EL1 */
		SET(S3_4_C13_C0_7); /* SCXTNUM_EL2 */
		SET(S3_3_C13_C0_7); /* SCXTNUM_EL0 */
	}
	if (field4(pfr0, 28) >= 1) {
		SYSREG_WRITE(S3_0_C12_C1_1, 0); /* DISR_EL1: no error is pending */
		SET(S3_4_C5_C2_3);              /* VSESR_EL2 */
		SET(S3_4_C12_C1_1);             /* VDISR_EL2 */
	}
}

/* The ID fields hold the number of registers minus one. */
#define SET_BREAKPOINT(n)                                                                          \
	do {                                                                                       \
		if ((n) < field4(dfr0, 12) + 1U) {                                                 \
			SET(dbgbvr##n##_el1);                                                      \
			SET(dbgbcr##n##_el1);                                                      \
		}                                                                                  \
		if ((n) < field4(dfr0, 20) + 1U) {                                                 \
			SET(dbgwvr##n##_el1);                                                      \
			SET(dbgwcr##n##_el1);                                                      \
		}                                                                                  \
	} while (0)

/* Debug registers, and the counters that may raise an interrupt. PMCR_EL0.E is 0 after reset. */
static void reset_debug(value_source source)
{
	uint64_t dfr0 = SYSREG_READ(id_aa64dfr0_el1);

	SET_BREAKPOINT(0);
	SET_BREAKPOINT(1);
	SET_BREAKPOINT(2);
	SET_BREAKPOINT(3);
	SET_BREAKPOINT(4);
	SET_BREAKPOINT(5);
	if (field4(dfr0, 8) >= 1 && field4(dfr0, 8) != 15) {
		SYSREG_WRITE(pmcr_el0, 0);
		SYSREG_WRITE(pmintenclr_el1, 0xffffffffU);
		SYSREG_WRITE(pmcntenclr_el0, 0xffffffffU);
		SYSREG_WRITE(pmovsclr_el0, 0xffffffffU);
		SET(pmintenset_el1);
		SET(pmcntenset_el0);
		SET(pmovsset_el0);
		SET(pmccfiltr_el0);
		SET(pmuserenr_el0);
	}
	if (field4(dfr0, 40) >= 1) {
		SET(S3_0_C1_C2_1); /* TRFCR_EL1 */
		SET(S3_4_C1_C2_1); /* TRFCR_EL2 */
	}
}

static void reset_timers(value_source source)
{
	SET(cntp_ctl_el0);
	SET(cntp_cval_el0);
	SET(cntv_ctl_el0);
	SET(cntv_cval_el0);
	SET(cnthp_ctl_el2);
	SET(cnthp_cval_el2);
	if (field4(SYSREG_READ(id_aa64mmfr1_el1), 8) >= 1) {
		SET(S3_4_C14_C3_1); /* CNTHV_CTL_EL2 */
		SET(S3_4_C14_C3_2); /* CNTHV_CVAL_EL2 */
	}
}

#define SET_LIST(n, name)                                                                          \
	do {                                                                                       \
		if ((n) < lists)                                                                   \
			SET(name);                                                                 \
	} while (0)

/* GICv3: the virtual interrupts, which count as soon as ICH_HCR_EL2.En, 0 after reset, is set. */
static void reset_virtual_interrupts(value_source source)
{
	unsigned lists;

	if (field4(SYSREG_READ(id_aa64pfr0_el1), 24) == 0)
		return;
	lists = ((unsigned)SYSREG_READ(S3_4_C12_C11_1) & 31U) + 1U; /* ICH_VTR_EL2.ListRegs */
	SYSREG_WRITE(S3_4_C12_C11_0, 0);                            /* ICH_HCR_EL2 */
	SET(S3_4_C12_C11_7);                                        /* ICH_VMCR_EL2 */
	SET_LIST(0, S3_4_C12_C12_0);                                /* ICH_LR0_EL2, and so on */
	SET_LIST(1, S3_4_C12_C12_1);
	SET_LIST(2, S3_4_C12_C12_2);
	SET_LIST(3, S3_4_C12_C12_3);
	SET_LIST(4, S3_4_C12_C12_4);
	SET_LIST(5, S3_4_C12_C12_5);
	SET_LIST(6, S3_4_C12_C12_6);
	SET_LIST(7, S3_4_C12_C12_7);
	SET_LIST(8, S3_4_C12_C13_0);
	SET_LIST(9, S3_4_C12_C13_1);
	SET_LIST(10, S3_4_C12_C13_2);
	SET_LIST(11, S3_4_C12_C13_3);
	SET_LIST(12, S3_4_C12_C13_4);
	SET_LIST(13, S3_4_C12_C13_5);
	SET_LIST(14, S3_4_C12_C13_6);
	SET_LIST(15, S3_4_C12_C13_7);
}

void registers_reset(uint64_t (*source)(void), bool timers)
{
	if (timers)
		reset_timers(source);
	reset_el1(source);
	reset_translation_extensions(source);
	reset_vectors(source);
	reset_protection(source);
	reset_debug(source);
	reset_virtual_interrupts(source);
	reset_el2_extensions(source);
	reset_el2(source);
	BARRIER_CONTEXT();
}
