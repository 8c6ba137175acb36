/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test build that does what it must not (make VARIANT=breaker): hv.break=NAME commits one
 * forbidden act that the protection of that name must stop; hv.unprotect=NAME switches one
 * protection of the hypervisor itself off, which the self-check must notice, or takes one of the
 * guards of guards.def away, which the host must then be able to use; hv.break=show-keys prints the
 * keys and canaries of all CPUs. The normal image contains none of it.
 *
 * Guards that are a decision in other code are taken away by the linker (--wrap, HV_WRAPPED in
 * build.mk): the code of the normal image has no hook for it.
 */
#ifndef PORTCULLIS_BREAKER_H
#define PORTCULLIS_BREAKER_H

#include "core/boot/plan.h"

#ifdef BREAKER
#include "arm64/cpu.h"
#include "arm64/guards.h"

/*
 * Breaks an invariant where the tree has the words hv.break=early somewhere: before it is read.
 */
void breaker_early(uint64_t tree, uint64_t size);
/* Before the self-check. Boot CPU. */
void breaker_unprotect(struct boot_plan *plan);
/* After the boot report, before the host starts. Boot CPU. */
void breaker_break(struct boot_plan *plan);
/*
 * With hv.break=call-FID (hexadecimal): breaks an invariant while that call is handled. True when
 * the call was BREAKER_CALL and has been answered. Any CPU.
 */
bool breaker_call(const struct cpu *cpu, uint64_t x[SMCCC_REGISTERS]);

/* With hv.break=hold-gap-MS and hv.break=conflict-N: breaker_tlb.c. Boot CPU. */
void breaker_hold_gap(uint32_t milliseconds);
void breaker_conflict(uint32_t count);
/*
 * Behind each TLB maintenance of stage 2, of `size` bytes, with the faults that were met in front
 * of it: who comes in between waits for the lock already. Any CPU, with the lock of stage 2.
 */
uint32_t breaker_faults_met(void);
void breaker_gap(uint64_t size, uint32_t before);

/* Is this guard away? Any CPU. */
bool breaker_off(enum guard guard);

/*
 * Take a guard away or put it back; false when there is none of that number. Boot CPU before the
 * host starts, then any CPU, one at a time.
 */
bool breaker_switch(struct hypervisor *hv, uint64_t guard, bool off);

/* Take away the guard of this name; false when there is none. Boot CPU. */
bool breaker_guard_named(struct hypervisor *hv, const char *name);

/*
 * The rooms of guards. Each is told of every switch, of its own guards and others', on the CPU that
 * asked; and of each guard that is off when a CPU starts or wakes, behind cpu_initialise().
 */
void breaker_memory_switch(struct hypervisor *hv, enum guard guard, bool off);
void breaker_memory_enter(enum guard guard, bool woken);
void breaker_register_switch(enum guard guard, bool off);
void breaker_register_enter(enum guard guard);
void breaker_power_switch(struct hypervisor *hv, enum guard guard, bool off);
/*
 * A fault of the host: a CPU that began where it cannot go on is turned off, or it would be lost.
 * The boot CPU, of which the attacker needs one, goes on at the context that it was to have; true
 * then.
 */
bool breaker_power_fault(const struct boot_plan *plan, const struct host_fault *fault);
void breaker_call_switch(struct hypervisor *hv, enum guard guard, bool off);
void breaker_gic_switch(struct hypervisor *hv, enum guard guard, bool off);
#else
static inline void breaker_early(uint64_t tree, uint64_t size)
{
	(void)tree;
	(void)size;
}

static inline void breaker_unprotect(struct boot_plan *plan)
{
	(void)plan;
}

static inline void breaker_break(struct boot_plan *plan)
{
	(void)plan;
}
#endif

#endif
