// SPDX-License-Identifier: Apache-2.0
#include "arm64/cpu.h"

#include <stddef.h>

#include "core/cpu/errata.h"
#include "core/log/log.h"
#include "core/stage2/host.h"
#include "core/trace/trace.h"

#include "arm64/counters.h"
#include "arm64/entropy.h"
#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"
#include "arm64/tlb.h"
#include "arm64/trap.h"

_Static_assert(offsetof(struct cpu, index) == CPU_INDEX, "layout.h");
_Static_assert(offsetof(struct cpu, flags) == CPU_FLAGS, "layout.h");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(offsetof(struct cpu, canary) == CPU_CANARY, "layout.h");
_Static_assert(offsetof(struct cpu, key) == CPU_KEY, "layout.h");
_Static_assert(offsetof(struct cpu, emergency) == CPU_EMERGENCY, "layout.h");
_Static_assert(offsetof(struct host_frame, x18) == FRAME_X18, "layout.h");
_Static_assert(offsetof(struct host_frame, x30) == FRAME_X30, "layout.h");
_Static_assert(offsetof(struct host_frame, key) == FRAME_KEY, "layout.h");
_Static_assert(offsetof(struct host_frame, x19) == FRAME_X19, "layout.h");
_Static_assert(sizeof(struct host_frame) == FRAME_SIZE, "layout.h");
_Static_assert(sizeof(struct cpu) <= 1024, "the emergency stack needs the rest of the page");

struct cpu_features cpu_features;
struct cpu *cpu_table[BOOT_CPU_MAX];
unsigned cpu_count;

static void read_features(struct cpu_features *f, bool e2h)
{
	f->midr = sysreg_read(midr_el1);
	f->pfr0 = sysreg_read(id_aa64pfr0_el1);
	f->pfr1 = sysreg_read(id_aa64pfr1_el1);
	f->pfr2 = sysreg_read(ID_AA64PFR2_EL1);
	f->mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	f->mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	f->mmfr2 = sysreg_read(ID_AA64MMFR2_EL1);
	f->mmfr3 = sysreg_read(ID_AA64MMFR3_EL1);
	f->isar0 = sysreg_read(id_aa64isar0_el1);
	f->isar1 = sysreg_read(id_aa64isar1_el1);
	f->isar2 = sysreg_read(ID_AA64ISAR2_EL1);
	f->dfr0 = sysreg_read(id_aa64dfr0_el1);
	f->e2h = e2h;
	f->pac = id_field(f->isar1, 4) != 0U || id_field(f->isar1, 8) != 0U ||
		 id_field(f->isar2, 12) != 0U;
	f->bti = id_field(f->pfr1, 0) != 0U;
	f->pan = id_field(f->mmfr1, 20) != 0U;
	f->fgt = id_field(f->mmfr0, 56) != 0U;
	f->fgt2 = id_field(f->mmfr0, 56) >= 2U;
	f->hcx = id_field(f->mmfr1, 40) != 0U;
	f->sve = id_field(f->pfr0, 32) != 0U;
	f->sme = id_field(f->pfr1, 24) != 0U;
	f->mte = id_field(f->pfr1, 8) >= 2U;
	f->ras = id_field(f->pfr0, 28) != 0U;
	f->amu = id_field(f->pfr0, 44) != 0U;
	f->mpam = id_field(f->pfr0, 40) != 0U || id_field(f->pfr1, 16) != 0U;
	f->spe = id_field(f->dfr0, 32) != 0U;
	f->trf = id_field(f->dfr0, 40) != 0U;
	f->trbe = id_field(f->dfr0, 44) != 0U;
	f->brbe = id_present(id_field(f->dfr0, 52)) != 0U;
	f->rng = id_field(f->isar0, 60) != 0U;
	f->gic_system_registers = id_field(f->pfr0, 24) != 0U;
}

void cpu_features_read(bool e2h)
{
	read_features(&cpu_features, e2h);
}

bool cpu_features_agree(void)
{
	const struct cpu_features *boot = &cpu_features;
	struct cpu_features f = {0};

	read_features(&f, (sysreg_read(hcr_el2) & HCR_E2H) != 0UL);
	return f.e2h == boot->e2h && f.pac == boot->pac && f.bti == boot->bti &&
	       f.fgt == boot->fgt && f.fgt2 == boot->fgt2 && f.hcx == boot->hcx &&
	       f.sve == boot->sve && f.sme == boot->sme && f.mte == boot->mte &&
	       f.amu == boot->amu && f.spe == boot->spe && f.trbe == boot->trbe &&
	       f.brbe == boot->brbe && f.trf == boot->trf && f.mpam == boot->mpam &&
	       f.gic_system_registers == boot->gic_system_registers &&
	       (f.mmfr0 & 0xfUL) >= (boot->mmfr0 & 0xfUL);
}

/* Changes the canary of the CPU that it may run on, so it must not have one of its own. */
__attribute__((no_stack_protector)) struct cpu *cpu_prepare(void *area, unsigned index,
							    uint64_t mpidr, struct hypervisor *hv)
{
	struct cpu *cpu = area;
	uint64_t base = (uint64_t)(uintptr_t)area;

	cpu->index = index;
	cpu->flags = cpu_features.pac ? CPU_FLAG_PAC : 0U;
	cpu->stack = base + CPU_AREA_SIZE;
	cpu->emergency = base + PAGE_SIZE;
	cpu->canary = entropy_word() & ~0xffUL; /* a zero byte stops string overruns */
	cpu->key[0] = entropy_word();
	cpu->key[1] = entropy_word();
	cpu->hypervisor = hv;
	cpu->mpidr = mpidr;
	cpu->e2h = cpu_features.e2h;
	cpu_table[index] = cpu;
	cpu->call.cpu = (uint8_t)index;
	host_exits_register(index, &cpu->call.exits);
	return cpu;
}

bool cpu_area_map(uint64_t area)
{
	return mmu_map(area, CPU_AREA_GUARD, MMU_WRITE) &&
	       mmu_map(area + CPU_AREA_GUARD + PAGE_SIZE,
		       CPU_AREA_SIZE - CPU_AREA_GUARD - PAGE_SIZE, MMU_WRITE);
}

/* HCRX_EL2: every feature that the ID registers show to the host must work without trapping. */
static uint64_t hcrx_value(const struct cpu_features *f)
{
	uint64_t value = 0;

	if (id_field(f->isar1, 60) != 0U)
		value |= 1UL << 1; /* EnALS: LD64B, ST64B */
	if (id_field(f->isar1, 60) >= 2U)
		value |= 1UL << 2; /* EnASR: ST64BV */
	if (id_field(f->isar1, 60) >= 3U)
		value |= 1UL << 0; /* EnAS0: ST64BV0 */
	if (id_field(f->isar2, 16) != 0U)
		value |= 1UL << 11; /* MSCEn: memory copy and set */
	if (id_field(f->mmfr3, 0) != 0U)
		value |= 1UL << 14; /* TCR2En */
	if (id_field(f->mmfr3, 4) != 0U)
		value |= 1UL << 15; /* SCTLR2En */
	if (id_field(f->mmfr3, 32) != 0U)
		value |= 1UL << 17; /* D128En */
	if (id_field(f->pfr1, 44) != 0U)
		value |= 1UL << 22; /* GCSEn */
	if (id_field(f->pfr2, 32) != 0U)
		value |= 1UL << 23; /* EnFPM */
	return value;
}

/*
 * Fine-grained traps: all off. Bits called n... trap when they are zero, so those of each feature
 * that the CPU has are set; the others are reserved and stay zero.
 */
static void write_fine_grained_traps(const struct cpu_features *f)
{
	uint64_t registers = 0, instructions = 0, debug = 0, debug_write = 0;

	if (!f->fgt)
		return;
	if (f->sme)
		registers |= (1UL << 54) | (1UL << 55); /* nSMPRI_EL1, nTPIDR2_EL0 */
	if (id_field(f->pfr1, 44) != 0U) {              /* GCS */
		registers |= (1UL << 52) | (1UL << 53);
		instructions |= (1UL << 57) | (1UL << 58) | (1UL << 59);
	}
	if (id_field(f->mmfr3, 8) != 0U) /* S1PIE */
		registers |= (1UL << 57) | (1UL << 58);
	if (id_field(f->mmfr3, 16) != 0U) /* S1POE */
		registers |= (1UL << 59) | (1UL << 60);
	if (id_field(f->mmfr3, 12) != 0U) /* S2POR_EL1 */
		registers |= 1UL << 61;
	if (id_field(f->mmfr3, 24) != 0U) /* AIE: AMAIR2, MAIR2 */
		registers |= (1UL << 62) | (1UL << 63);
	if (id_field(f->pfr1, 48) != 0U) /* THE: RCWMASK_EL1 */
		registers |= 1UL << 56;
	if (id_field(f->isar1, 60) >= 3U) /* ACCDATA_EL1 */
		registers |= 1UL << 50;
	if (f->brbe) {
		debug |= (1UL << 59) | (1UL << 60) | (1UL << 61);
		debug_write |= (1UL << 60) | (1UL << 61);
		instructions |= (1UL << 55) | (1UL << 56);
	}
	if (id_field(f->dfr0, 32) >= 3U) { /* PMSNEVFR_EL1 */
		debug |= 1UL << 62;
		debug_write |= 1UL << 62;
	}
	sysreg_write(HFGRTR_EL2, registers);
	sysreg_write(HFGWTR_EL2, registers);
	sysreg_write(HFGITR_EL2, instructions);
	sysreg_write(HDFGRTR_EL2, debug);
	sysreg_write(HDFGWTR_EL2, debug_write);
	if (f->amu)
		sysreg_write(HAFGRTR_EL2, 0);
	if (f->fgt2) {
		/* every bit defined so far is of the n... kind for optional debug features */
		sysreg_write(HFGRTR2_EL2, 0x7fffUL);
		sysreg_write(HFGWTR2_EL2, 0x7fffUL);
		sysreg_write(HFGITR2_EL2, 0x3UL);
		sysreg_write(HDFGRTR2_EL2, 0x1ffffffUL);
		sysreg_write(HDFGWTR2_EL2, 0x1ffffffUL);
	}
}

/* MDCR_EL2: debug, counters and trace are the host's, without a view of EL2. */
static uint64_t mdcr_value(const struct cpu_features *f)
{
	unsigned pmu = id_field(f->dfr0, 8);
	uint64_t value = 0;

	if (id_present(pmu) != 0U) {
		value |= (sysreg_read(pmcr_el0) >> 11) & 0x1fUL; /* HPMN: all counters */
		value |= counters_trap(f) ? MDCR_TPM : 0UL;
		if (pmu >= 4U)
			value |= MDCR_HPMD; /* nothing counts at EL2 */
		if (pmu >= 6U)
			value |= MDCR_HCCD; /* the cycle counter neither */
	}
	if (f->spe)
		value |= 3UL << 12; /* E2PB: the buffer belongs to EL1 */
	if (f->trbe)
		value |= 3UL << 24; /* E2TB */
	return value;
}

static void write_trap_controls(const struct cpu_features *f)
{
	if (f->e2h)
		sysreg_write(cptr_el2, (3UL << 20) | (f->sve ? 3UL << 16 : 0UL) |
					   (f->sme ? 3UL << 24 : 0UL) |
					   (id_field(f->mmfr3, 16) != 0U ? 1UL << 29 : 0UL));
	else /* RES1 bits 13, 9, 7:0; 8 (TZ) and 12 (TSM) are RES1 without SVE and SME */
		sysreg_write(cptr_el2,
			     0x22ffUL | (f->sve ? 0UL : 1UL << 8) | (f->sme ? 0UL : 1UL << 12));
	isb(); /* the traps of ZCR_EL2 and SMCR_EL2 are off from here */
	if (f->sve)
		sysreg_write(ZCR_EL2, 0xfUL);
	if (f->sme) {
		uint64_t value = 0xfUL;

		if ((sysreg_read(ID_AA64SMFR0_EL1) >> 63) != 0UL)
			value |= 1UL << 31; /* FA64 */
		if (id_field(sysreg_read(ID_AA64SMFR0_EL1), 56) >= 1U)
			value |= 1UL << 30; /* EZT0 */
		sysreg_write(SMCR_EL2, value);
	}
}

/*
 * EL1 as after a reset: MMU off, no traps of EL0, timers quiet. Those of a CPU that wakes stay:
 * they keep their power where the tree does not say local-timer-stop, and one of them may have
 * woken it.
 */
static void write_el1(const struct cpu_features *f, bool woken)
{
	if (f->e2h) {
		sysreg_write(SCTLR_EL12, SCTLR_EL1_RES1);
		sysreg_write(CPACR_EL12, 0);
		sysreg_write(CNTKCTL_EL12, 0);
		sysreg_write(TCR_EL12, 0);
		sysreg_write(VBAR_EL12, 0);
		if (!woken) {
			sysreg_write(CNTP_CTL_EL02, 0);
			sysreg_write(CNTV_CTL_EL02, 0);
		}
	} else {
		sysreg_write(sctlr_el1, SCTLR_EL1_RES1);
		sysreg_write(cpacr_el1, 0);
		sysreg_write(cntkctl_el1, 0);
		sysreg_write(tcr_el1, 0);
		sysreg_write(vbar_el1, 0);
		if (!woken) {
			sysreg_write(cntp_ctl_el0, 0);
			sysreg_write(cntv_ctl_el0, 0);
		}
	}
	sysreg_write(mdscr_el1, 0);
	sysreg_write(csselr_el1, 0);
	sysreg_write(contextidr_el1, 0);
	sysreg_write(tpidr_el1, 0);
	sysreg_write(tpidr_el0, 0);
	sysreg_write(tpidrro_el0, 0);
	sysreg_write(sp_el0, 0);
	sysreg_write(sp_el1, 0);
}

void cpu_initialise(const struct cpu *cpu, bool woken)
{
	const struct cpu_features *f = &cpu_features;
	const struct stage2 *s2 = &cpu->hypervisor->stage2;
	/* RAS: error records and injected faults (FIEN is 0) are of what EL2 shares with the host
	 */
	uint64_t hcr = HCR_VM | HCR_SWIO | HCR_TSC | HCR_RW | HCR_TIDCP | HCR_TACR | HCR_TSW;

	hcr |= f->e2h ? HCR_E2H : 0UL;
	hcr |= f->pac ? HCR_APK | HCR_API : 0UL;
	hcr |= f->mte ? HCR_ATA : 0UL;
	hcr |= f->ras ? HCR_TERR : 0UL;
	hcr |= id_field(f->mmfr1, 16) != 0U ? HCR_TLOR : 0UL;
	if (id_field(f->pfr0, 56) >= 2U || id_field(f->pfr1, 32) >= 2U)
		hcr |= HCR_ENSCXT; /* CSV2_2, CSV2_1p2: SCXTNUM_ELx */
	sysreg_write(hcr_el2, hcr);
	isb();
	if (counters_trap(f))
		counters_blind();

	if (host_trace != NULL)
		sysreg_write(vbar_el2, (uint64_t)(uintptr_t)vectors_traced);
	else if (f->pac)
		sysreg_write(vbar_el2, (uint64_t)(uintptr_t)vectors_keyed);
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(vmpidr_el2, sysreg_read(mpidr_el1));
	sysreg_write(hstr_el2, 0);
	sysreg_write(hacr_el2, 0);
	sysreg_write(mdcr_el2, mdcr_value(f));
	/* The host owns both timers, and reads the same virtual as physical time on every CPU. */
	sysreg_write(cnthctl_el2, f->e2h ? 3UL << 10 : 3UL);
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cnthp_ctl_el2, 0);
	if (id_field(f->mmfr0, 60) >= 2U)
		sysreg_write(CNTPOFF_EL2, 0);
	write_trap_controls(f);
	if (f->hcx)
		sysreg_write(HCRX_EL2, hcrx_value(f));
	write_fine_grained_traps(f);
	if (f->mpam) {
		sysreg_write(MPAM2_EL2, 0);
		if ((sysreg_read(s3_0_c10_c4_4) & (1UL << 17)) != 0UL) /* MPAMIDR_EL1.HAS_HCR */
			sysreg_write(MPAMHCR_EL2, 0);
	}
	if (f->trf)
		sysreg_write(TRFCR_EL2, 0);
	if (f->brbe)
		sysreg_write(BRBCR_EL2, 0);
	if (f->spe)
		sysreg_write(PMSCR_EL2, 0);
	if (id_field(f->mmfr1, 16) != 0U)
		sysreg_write(LORC_EL1, 0);
	if (f->gic_system_registers) {
		sysreg_write(ICC_SRE_EL2, 0xf); /* SRE, DFB, DIB, Enable */
		isb();
		if ((sysreg_read(ICC_SRE_EL2) & 1UL) != 0UL)
			sysreg_write(ICH_HCR_EL2, 0);
	}
	write_el1(f, woken);

	/* Stage 2: VMID 1, inner shareable write-back walks, 4 KiB granule. */
	uint64_t range = id_field(f->mmfr0, 0);

	if (range > 5U)
		range = 5;
	sysreg_write(vtcr_el2, (1UL << 31) | s2->t0sz | ((uint64_t)s2->sl0 << 6) | (1UL << 8) |
				   (1UL << 10) | (3UL << 12) | (range << 16));
	sysreg_write(vttbr_el2, s2->root | (1UL << 48));
	isb();
	/* Nothing inherited from before: neither EL1&0 nor stage 2 translations, nor instructions.
	 */
	__asm__ volatile("ic iallu" ::: "memory");
	tlb_drop_here();
}

enum stage2_bbm cpu_join_first(void)
{
	unsigned effects = errata_of(cpu_features.midr);

	(void)tlb_join(effects);
	return errata_bbm(effects, cpu_features.mmfr2);
}

void cpu_join(const struct cpu *cpu)
{
	uint64_t midr = sysreg_read(midr_el1);
	unsigned effects = errata_of(midr);
	enum stage2_bbm bbm = errata_bbm(effects, sysreg_read(ID_AA64MMFR2_EL1));

	errata_report(midr, tlb_join(effects));
	if (host_memory_limit(&cpu->hypervisor->stage2, bbm))
		log_line("boot", "cpu-bbm",
			 "CPU 0x%llx has FEAT_BBM at level %u, which holds for all from now on",
			 (unsigned long long)cpu->mpidr, (unsigned)bbm);
}
