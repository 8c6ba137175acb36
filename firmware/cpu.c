// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"

#include <string.h>

#include "core/machine.h"
#include "layout.h"
#include "registers.h"
#include "rules.h"
#include "sysreg.h"

#define BIT(n) (UINT64_C(1) << (n))

/* SCR_EL3 (Arm DDI 0487, D24.2.127). */
#define SCR_NS        BIT(0)
#define SCR_RES1      (BIT(4) | BIT(5))
#define SCR_HCE       BIT(8)
#define SCR_RW        BIT(10)
#define SCR_APK       BIT(16)
#define SCR_API       BIT(17)
#define SCR_FIEN      BIT(21)
#define SCR_ENSCXT    BIT(25)
#define SCR_ATA       BIT(26)
#define SCR_FGTEN     BIT(27)
#define SCR_ECVEN     BIT(28)
#define SCR_AMVOFFEN  BIT(35)
#define SCR_ENAS0     BIT(36)
#define SCR_ADEN      BIT(37)
#define SCR_HXEN      BIT(38)
#define SCR_GCSEN     BIT(39)
#define SCR_ENTP2     BIT(41)
#define SCR_RCWMASKEN BIT(42)
#define SCR_TCR2EN    BIT(43)
#define SCR_SCTLR2EN  BIT(44)
#define SCR_PIEN      BIT(45)
#define SCR_AIEN      BIT(46)
#define SCR_D128EN    BIT(47)
#define SCR_ENFPM     BIT(50)
#define SCR_PFAREN    BIT(53)
#define SCR_FGTEN2    BIT(59)

#define CPTR_EZ  BIT(8)
#define CPTR_ESM BIT(12)

#define MDCR_NSPB_OWN (BIT(12) | BIT(13)) /* SPE: buffer and traps belong to the normal world */
#define MDCR_SDD      BIT(16)
#define MDCR_SCCD     BIT(23)
#define MDCR_NSTB_OWN (BIT(24) | BIT(25)) /* trace buffer: the same */
#define MDCR_MTPME    BIT(28)
#define ISR_PENDING   (3U << 6) /* IRQ or FIQ, ISR_EL1 */
#define MDCR_SBRBE_NS BIT(32)
#define MDCR_ENPMSN   BIT(36)
#define MDCR_ENPM2    BIT(7)

#define SMCR_FA64 BIT(31)
#define SMCR_EZT0 BIT(30)

#define SPSR_EL2H_MASKED 0x3c9U

/* Encodings of registers that older assemblers do not name. */
#define ZCR_EL3         S3_6_C1_C2_0
#define MPAM3_EL3       S3_6_C10_C5_0
#define AMCNTENSET0_EL0 S3_3_C13_C2_5
#define SMCR_EL3        S3_6_C1_C2_6
#define ID_AA64SMFR0    S3_0_C0_C4_5
#define ID_AA64ISAR2    S3_0_C0_C6_2
#define ID_AA64MMFR3    S3_0_C0_C7_3
#define ID_AA64PFR2     S3_0_C0_C4_2

extern uint64_t map_level1[512];
_Noreturn void cpu_leave(const uint64_t registers[31]);

static uint64_t scr_value(void)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);
	uint64_t pfr2 = READ_NAMED(ID_AA64PFR2);
	uint64_t isar1 = SYSREG_READ(id_aa64isar1_el1);
	uint64_t isar2 = READ_NAMED(ID_AA64ISAR2);
	uint64_t mmfr0 = SYSREG_READ(id_aa64mmfr0_el1);
	uint64_t mmfr1 = SYSREG_READ(id_aa64mmfr1_el1);
	uint64_t mmfr3 = READ_NAMED(ID_AA64MMFR3);
	uint64_t scr = SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW;

	/* Pointer authentication, any algorithm: APA, API, GPA, GPI; GPA3, APA3. */
	if ((isar1 & 0xff000ff0U) != 0 || (isar2 & 0xff00U) != 0)
		scr |= SCR_APK | SCR_API;
	if (field4(pfr0, 28) >= 2 || (field4(pfr0, 28) == 1 && field4(pfr1, 12) >= 1))
		scr |= SCR_FIEN; /* FEAT_RASv1p1 */
	/* FEAT_CSV2_2 by CSV2, FEAT_CSV2_1p2 by CSV2_frac. */
	if (field4(pfr0, 56) >= 2 || (field4(pfr0, 56) == 1 && field4(pfr1, 32) >= 2))
		scr |= SCR_ENSCXT;
	if (field4(pfr1, 8) >= 2)
		scr |= SCR_ATA; /* MTE */
	if (field4(mmfr0, 56) >= 1)
		scr |= SCR_FGTEN;
	if (field4(mmfr0, 56) >= 2)
		scr |= SCR_FGTEN2;
	if (field4(mmfr0, 60) >= 2)
		scr |= SCR_ECVEN;
	if (field4(pfr0, 44) >= 2)
		scr |= SCR_AMVOFFEN; /* FEAT_AMUv1p1 */
	if (field4(isar1, 60) >= 2)
		scr |= SCR_ENAS0; /* FEAT_LS64_V uses none, LS64_ACCDATA is 3 */
	if (field4(isar1, 60) >= 3)
		scr |= SCR_ADEN;
	if (field4(mmfr1, 40) >= 1)
		scr |= SCR_HXEN;
	if (field4(pfr1, 44) >= 1)
		scr |= SCR_GCSEN;
	if (field4(pfr1, 24) >= 1)
		scr |= SCR_ENTP2; /* SME: TPIDR2_EL0 */
	if (field4(pfr1, 48) >= 1)
		scr |= SCR_RCWMASKEN; /* FEAT_THE */
	if (field4(mmfr3, 0) >= 1)
		scr |= SCR_TCR2EN;
	if (field4(mmfr3, 4) >= 1)
		scr |= SCR_SCTLR2EN;
	/* S1PIE, S2PIE, S1POE, S2POE share one enable. */
	if ((mmfr3 & 0xffff00U) != 0)
		scr |= SCR_PIEN;
	if (field4(mmfr3, 24) >= 1)
		scr |= SCR_AIEN;
	if (field4(mmfr3, 32) >= 1)
		scr |= SCR_D128EN;
	if (field4(pfr2, 32) >= 1)
		scr |= SCR_ENFPM; /* FPMR */
	if (field4(pfr1, 52) >= 1 && field4(pfr0, 28) >= 3)
		scr |= SCR_PFAREN; /* FEAT_PFAR */
	return scr;
}

/* Debug, performance monitors, profiling and trace for the normal world. */
static uint64_t mdcr_value(void)
{
	uint64_t dfr0 = SYSREG_READ(id_aa64dfr0_el1);
	uint64_t mdcr = MDCR_SDD;

	if (field4(dfr0, 8) >= 6 && field4(dfr0, 8) != 15)
		mdcr |= MDCR_SCCD; /* cycles spent at EL3 are not the normal world's */
	if (field4(dfr0, 8) >= 9 && field4(dfr0, 8) != 15)
		mdcr |= MDCR_ENPM2;
	if (field4(dfr0, 48) == 1)
		mdcr |= MDCR_MTPME;
	if (field4(dfr0, 32) >= 1)
		mdcr |= MDCR_NSPB_OWN;
	if (field4(dfr0, 32) >= 3)
		mdcr |= MDCR_ENPMSN;
	if (field4(dfr0, 44) >= 1)
		mdcr |= MDCR_NSTB_OWN;
	if (field4(dfr0, 52) >= 1)
		mdcr |= MDCR_SBRBE_NS;
	return mdcr;
}

/* Vectors as long as the CPU has them, for everyone below; the length that counts is set there. */
static void vectors_enable(void)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);
	uint64_t cptr = 0;

	if (field4(pfr0, 32) >= 1)
		cptr |= CPTR_EZ;
	if (field4(pfr1, 24) >= 1)
		cptr |= CPTR_ESM;
	/* No bit for the FPU, trace or the activity monitors: those trap bits are 0 when allowed.
	 */
	SYSREG_WRITE(cptr_el3, cptr);
	BARRIER_CONTEXT();
	if ((cptr & CPTR_EZ) != 0)
		WRITE_NAMED(ZCR_EL3, 15);
	if ((cptr & CPTR_ESM) != 0) {
		uint64_t smcr = 15;

		if (READ_NAMED(ID_AA64SMFR0) >> 63 != 0)
			smcr |= SMCR_FA64;
		if (field4(pfr1, 24) >= 2)
			smcr |= SMCR_EZT0;
		WRITE_NAMED(SMCR_EL3, smcr);
	}
	BARRIER_CONTEXT();
}

void cpu_init(void)
{
	SYSREG_WRITE(scr_el3, scr_value());
	SYSREG_WRITE(mdcr_el3, mdcr_value());
	BARRIER_CONTEXT();
	vectors_enable();
	/* Resource partitioning: enabled, and its trap from lower levels, set by reset, removed. */
	if (field4(SYSREG_READ(id_aa64pfr0_el1), 40) >= 1)
		WRITE_NAMED(MPAM3_EL3, BIT(63));
	/* Activity monitors count for whoever reads them; booting.rst asks EL3 to start them. */
	if (field4(SYSREG_READ(id_aa64pfr0_el1), 44) >= 1)
		WRITE_NAMED(AMCNTENSET0_EL0, 15);
	if (SYSREG_READ(cntfrq_el0) == 0) {
		/* The rate of QEMU's counter, for a model that leaves its register unset. */
		SYSREG_WRITE(cntfrq_el0, 62500000U);
	}
}

void cpu_enter(uint64_t pc, uint64_t context, enum cpu_start start)
{
	uint64_t registers[31];
	bool filled = rules_fill_registers();

	for (unsigned i = 0; i < 31; i++)
		registers[i] = filled ? rules_garbage() : 0;
	registers[0] = context;
	/* Documentation/arch/arm64/booting.rst: x1..x3 = 0 for the boot CPU. */
	if (start == CPU_START_BOOT)
		memset(&registers[1], 0, 3 * sizeof(registers[0]));
	registers_reset(filled ? rules_garbage : NULL, start != CPU_START_WAKE);
	SYSREG_WRITE(elr_el3, pc);
	SYSREG_WRITE(spsr_el3, SPSR_EL2H_MASKED);
	/*
	 * Code may have been loaded at `pc` since this CPU last ran, and the tables of the world
	 * that ran here before are no longer valid.
	 */
	__asm__ volatile("tlbi alle1\n\ttlbi alle2\n\tic iallu" ::: "memory");
	BARRIER_SYNC();
	BARRIER_CONTEXT();
	cpu_leave(registers);
}

void cpu_wait(uint64_t us)
{
	/* At most rules_format.h's delays, each rule's once: far from 2^64 / 10^9 Hz. */
	uint64_t ticks = us * SYSREG_READ(cntfrq_el0) / 1000000U;
	uint64_t start;
	uint64_t now;

	BARRIER_CONTEXT();
	start = SYSREG_READ(cntpct_el0);
	do {
		now = SYSREG_READ(cntpct_el0);
	} while (now - start < ticks);
}

uint64_t cpu_work(uint64_t us)
{
	uint64_t rate = SYSREG_READ(cntfrq_el0);
	uint64_t ticks = us * rate / 1000000U;
	uint64_t start;
	uint64_t passed;

	BARRIER_CONTEXT();
	start = SYSREG_READ(cntpct_el0);
	do {
		passed = SYSREG_READ(cntpct_el0) - start;
		if ((SYSREG_READ(isr_el1) & ISR_PENDING) != 0)
			break;
	} while (passed < ticks);
	/* What is left is no 0 unless all is done. */
	return passed < ticks ? (ticks - passed) * 1000000U / rate + 1U : 0;
}

/* What core/lock.h wants from the machine that it is built for. */
void machine_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

void cpu_hang(void)
{
	for (;;)
		WAIT_FOR_INTERRUPT();
}

void cpu_map_ram(uint64_t base, uint64_t size)
{
	/* As map.S describes the first GiB. */
	uint64_t attributes = map_level1[1] & ~(((UINT64_C(1) << 18) - 1) << 30);

	for (uint64_t at = base >> 30; at <= (base + size - 1) >> 30 && at < 512; at++) {
		if (at >= 1)
			map_level1[at] = attributes | at << 30;
	}
	BARRIER_SYNC();
	BARRIER_CONTEXT();
}

static uint64_t line_size(void)
{
	return UINT64_C(4) << ((SYSREG_READ(ctr_el0) >> 16) & 15U);
}

void cpu_clean(uint64_t base, uint64_t size)
{
	uint64_t line = line_size();

	for (uint64_t at = base & ~(line - 1); at < base + size; at += line)
		__asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
	BARRIER_SYNC();
}

void cpu_clean_drop(uint64_t base, uint64_t size)
{
	uint64_t line = line_size();

	for (uint64_t at = base & ~(line - 1); at < base + size; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	BARRIER_SYNC();
}
