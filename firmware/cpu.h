/* SPDX-License-Identifier: Apache-2.0 */
/* One CPU at EL3: what the normal world may use, and the way into it. */
#ifndef FIRMWARE_CPU_H
#define FIRMWARE_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* Registers of the world that called, in the order in which entry.S stores them. */
struct frame {
	uint64_t x[31];
	uint64_t padding;
};

/*
 * Program EL3 so that nothing that this CPU's ID registers offer traps to EL3. Each CPU, after
 * reset.
 */
void cpu_init(void);

/*
 * Enter non-secure EL2 at `pc` with x0 = `context`, the MMU off and interrupts masked. The EL2 and
 * EL1 registers whose reset value is unknown are 0 then, or what the personality's rules fill them
 * with. x1..x3 are always 0 at the first entry after reset.
 */
enum cpu_start {
	CPU_START_BOOT,
	CPU_START_ON,
	CPU_START_WAKE
};
_Noreturn void cpu_enter(uint64_t pc, uint64_t context, enum cpu_start start);

/* Forget the stack and continue in `function`. */
_Noreturn void cpu_restart(void (*function)(void));

/* Let `us` microseconds go by, by the counter. Any CPU. */
void cpu_wait(uint64_t us);

/*
 * As cpu_wait(), but only until an interrupt is pending on this CPU, which is the normal world's
 * then; returns the microseconds that are left. Any CPU.
 */
uint64_t cpu_work(uint64_t us);

/* Stay at EL3 for ever; the other CPUs go on. */
_Noreturn void cpu_hang(void);

/* Map the non-secure RAM [base, base + size) for EL3, in whole GiB. Boot CPU only. */
void cpu_map_ram(uint64_t base, uint64_t size);

/* Clean [base, base + size) to the point of coherency, for those who read it with their caches off.
 */
void cpu_clean(uint64_t base, uint64_t size);

/* As cpu_clean(), and drop the lines: for memory that is written with the caches off afterwards. */
void cpu_clean_drop(uint64_t base, uint64_t size);

#endif
