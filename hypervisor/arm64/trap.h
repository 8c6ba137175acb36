/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions taken to EL2: from the host (trap.c) and from EL2 itself (crash.c). */
#ifndef PORTCULLIS_TRAP_H
#define PORTCULLIS_TRAP_H

#include "arm64/cpu.h"

/* The vectors for a CPU with pointer authentication, whose key the host's is exchanged for. */
extern const char vectors_keyed[];
/* Those for any CPU while the host's calls are recorded. */
extern const char vectors_traced[];

/* Called by vectors.S for every synchronous exception of the host. */
void trap_host(struct host_frame *frame);

/* The same for SMC and HVC while the host's calls are recorded. */
void trap_traced(struct host_frame *frame);

/*
 * In vectors.S: the rest of trap_host() for everything but calls, which must be its last act.
 * Keeps the registers that trap_host() has not touched, then calls handle_other().
 */
void trap_other(struct host_frame *frame);
void handle_other(struct host_frame *frame);
_Noreturn void trap_other_lost(void);

/*
 * Make the host take an exception at EL1 with this syndrome, as if the instruction at ELR_EL2 had
 * caused it (Arm ARM, AArch64.TakeException). `far` is written when `has_far`.
 */
void inject_exception(const struct cpu *cpu, uint32_t esr, bool has_far, uint64_t far);

/* Same exception class for "same EL" and "lower EL", by where the host was. */
bool host_in_el0(void);

struct crash_frame {
	uint64_t x[31];
	uint64_t sp, elr, spsr, esr, far, hpfar;
	uint64_t vector; /* 0..15, bit 8: the stack had overflowed */
};

/* Called by vectors.S: report and stop, except for the undefined SMC of the probe at boot. */
void trap_el2(struct crash_frame *frame);

/* Does anything answer an SMC from EL2? Boot CPU, once, before any other firmware call. */
bool smc_probe(void);

/* Entry of a CPU that another one stops because of a crash; does not return. */
_Noreturn void crash_park(void);

/* Number of the CPU that reports a crash, plus 1; 0 as long as all is well. */
extern uint32_t crash_reporter __attribute__((visibility("hidden")));

/* True once a crash report was begun; every trap of the host ends in crash_park() then. */
static inline bool crash_begun(void)
{
	return __atomic_load_n(&crash_reporter, __ATOMIC_RELAXED) != 0U;
}

/* crash_park() for the way from a trap, where the compiler shall not know that it never returns. */
void crash_stop(void);

/* For the stack protector and machine_crash(). */
_Noreturn void crash_here(const char *key, const char *what);

/* The same about a page, whose owner is told. Test build (audit.h). */
_Noreturn void crash_page(const char *key, const char *what, uint64_t page);

/* Instruction pointers of the call chain that starts at frame pointer `fp`. */
#endif
