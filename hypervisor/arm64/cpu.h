/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One struct cpu per CPU, reached through TPIDR_EL2, in the first page of its area (layout.h).
 * Written by the boot CPU before the CPU starts, afterwards only by its own CPU; others read it for
 * the crash report.
 */
#ifndef PORTCULLIS_CPU_H
#define PORTCULLIS_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/machine.h"
#include "core/hypervisor.h"

struct crash_frame;

struct cpu {
	uint32_t index;
	uint32_t flags;
	uint64_t stack; /* first byte above the stack */
	uint64_t canary;
	uint64_t key[2]; /* APIA key at EL2 */
	uint64_t emergency;
	struct hypervisor *hypervisor;
	uint64_t mpidr;
	/*
	 * The call that is handled, for the crash report; NULL while the CPU is here for another
	 * reason. What is left of it while the host runs says nothing.
	 */
	const struct smccc_call *handling;
	struct smccc_call call;
	bool e2h;
	uint32_t probing_smc; /* an undefined SMC is an answer, not a crash */
};

/* Registers of the host as the vectors saved them; ELR, SPSR and the syndrome are still live. */
struct host_frame {
	uint64_t x[SMCCC_REGISTERS];
	uint64_t x18, x29, x30, unused;
	uint64_t key[2];
	uint64_t x19[10]; /* x19 to x28, by trap_other() only */
};

static inline struct cpu *cpu_self(void)
{
	struct cpu *cpu;

	__asm__("mrs %0, tpidr_el2" : "=r"(cpu));
	return cpu;
}

/* What the CPU has, read once on the boot CPU; every other must agree (checked at its start). */
struct cpu_features {
	uint64_t midr;
	uint64_t pfr0, pfr1, pfr2, mmfr0, mmfr1, mmfr2, mmfr3, isar0, isar1, isar2, dfr0;
	bool pac, bti, pan, fgt, fgt2, hcx, sve, sme, mte, ras, amu, spe, trbe, brbe, trf, mpam,
	    rng;
	bool gic_system_registers;
	bool e2h; /* fixed to 1 */
};

extern struct cpu_features cpu_features;

void cpu_features_read(bool e2h);

/*
 * Does the calling CPU have what the boot CPU has, as far as the hypervisor or the host's settings
 * use it? Types of core may differ (MIDR), features may not.
 */
bool cpu_features_agree(void);

/* Fill in the struct of CPU `index`, whose area starts at `area`; stack and key are ready to use.
 */
struct cpu *cpu_prepare(void *area, unsigned index, uint64_t mpidr, struct hypervisor *hv);

/* All CPUs' structs, by index. */
extern struct cpu *cpu_table[];
extern unsigned cpu_count;

/*
 * Write every register of EL2 and of EL1 that the host or this hypervisor relies on; nothing is
 * inherited. Identical on each CPU. Called on each CPU before each entry of the host with power
 * lost or fresh. `woken`: from a suspend call; the host's timers have gone on and are left alone.
 */
void cpu_initialise(const struct cpu *cpu, bool woken);

/*
 * What the errata and FEAT_BBM of the calling CPU ask of TLB maintenance holds from now on. On each
 * CPU before its first cpu_initialise(): on the boot CPU the first function, whose result is for
 * boot_map_host(), on the others the second, which takes the lock of stage 2 and says what is new.
 */
enum stage2_bbm cpu_join_first(void);
void cpu_join(const struct cpu *cpu);

/* Enter the host at EL1, MMU off, interrupts masked. Does not return. */
_Noreturn void enter_host(uint64_t pc, uint64_t context, uint64_t spsr);

/* Leave the guard pages of `area` out and map the rest. */
bool cpu_area_map(uint64_t area);

#endif
