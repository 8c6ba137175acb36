/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What core needs from the machine below it. hypervisor/arm64 implements it with registers, the
 * unit tests and fuzzers with a fake; core itself never touches a register or a device.
 */
#ifndef PORTCULLIS_MACHINE_H
#define PORTCULLIS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers x0..x17: all that an SMCCC 1.2 call can carry, either way (DEN0028 2.6, 2.7). */
#define SMCCC_REGISTERS 18
/* Registers x0..x7: all that any SMC32 call carries, and most others (DEN0028 2.6). */
#define SMCCC_MESSAGE_REGISTERS 8

/*
 * One SMC to firmware. `x` holds the arguments on entry and, on return, every one of x0..x17 as
 * firmware left them: nothing in it may be believed before it has been read with the width that the
 * function defines. Registers x18..x30 are preserved by the implementation even when firmware
 * breaks the convention. May block for as long as firmware likes; call it with no lock held other
 * than one that is documented as held across firmware calls.
 */
void machine_firmware_call(uint64_t x[SMCCC_REGISTERS]);

/*
 * The same for calls that carry nothing in x8..x17 either way: these are zero for firmware, and
 * what it leaves in them is thrown away. x3..x7 have the width of the function in x0, as they go
 * and as they come: zero in their upper halves unless it is an SMC64 one. *since is
 * machine_counter() while firmware is called, and 0 afterwards. `context` is not used: who calls
 * this in tail position keeps its own arguments in place.
 */
void machine_firmware_message(void *context, uint64_t x[SMCCC_MESSAGE_REGISTERS], uint64_t *since);

/*
 * The same for calls with at most three arguments and no result but x0: all other registers are
 * zero for firmware, and what it leaves in them is thrown away.
 */
uint64_t machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* Physical counter, and its frequency in Hz (never 0). */
uint64_t machine_counter(void);
uint64_t machine_counter_frequency(void);

/* Index of the calling CPU, 0 .. number of CPUs in the plan - 1. */
unsigned machine_cpu(void);

/* Nothing to do until another CPU has moved on: once in each turn of a loop that waits for memory.
 */
void machine_relax(void);

/* Raw console output; no formatting, no locks. Safe at any time after the console was found. */
void machine_console_write(const char *text, size_t length);

/*
 * Make everything written to [base, base + size) visible to observers that do not snoop the caches
 * (a CPU that starts with its MMU off, a table walker with non-cacheable attributes): clean to the
 * point of coherency and complete it.
 */
void machine_cache_clean(const void *base, size_t size);

/*
 * Fill [base, base + size), whole pages of the hypervisor's, with zeroes and clean them as
 * machine_cache_clean() does: in few instructions, since tables of devices are large.
 */
void machine_memory_empty(void *base, size_t size);

/*
 * Physical address of an object of the hypervisor, and the pointer through which the hypervisor may
 * reach a physical page of its own page-table pool.
 */
uint64_t machine_physical(const void *object);
void *machine_table(uint64_t physical);

/* Forget every stage-2 translation of the host for [base, base + size) on all CPUs, and wait. */
void machine_stage2_invalidate(uint64_t base, uint64_t size);

/* Order stores to page tables before a following table walk. */
void machine_table_publish(void);

/*
 * Let the hypervisor reach the device registers in [base, base + size). False when its own tables
 * are used up. Boot CPU, before the host runs.
 */
bool machine_device_map(uint64_t base, uint64_t size);

/*
 * A register of `size` bytes, 4 or 8, in what machine_device_map() mapped. A write comes after all
 * that this CPU wrote to memory. Any CPU.
 */
uint64_t machine_device_read(uint64_t address, unsigned size);
void machine_device_write(uint64_t address, unsigned size, uint64_t value);

/*
 * Copy from the host's memory, within one page, which the caller holds pinned: nothing else of the
 * host can be reached meanwhile. Sees what the host wrote with any attributes. Any CPU; takes a
 * lock of its own, a leaf.
 */
void machine_host_read(void *to, uint64_t physical, size_t size);

/* The same in the other direction: the host sees it with any attributes. */
void machine_host_write(uint64_t physical, const void *from, size_t size);

/* A page of the host becomes zeroes, for whoever reads it with any attributes. */
void machine_host_zero(uint64_t physical);

/*
 * Where a CPU must start executing when firmware turns it on or wakes it: the physical address of
 * the hypervisor's own entry, which then asks psci_cpu_arrived() where the host wanted to begin.
 */
uint64_t machine_cpu_entry(void);

/* Value that firmware has to hand to machine_cpu_entry() in x0 for CPU `cpu` (context_id). */
uint64_t machine_cpu_context(unsigned cpu);

/*
 * The hypervisor's own invariant is broken: print a crash report, stop all CPUs, do not return.
 * Only for our own faults; nothing that a caller or firmware sends may reach it.
 */
_Noreturn void machine_crash(const char *file, unsigned line, const char *what);

#define INVARIANT(condition) ((condition) ? (void)0 : machine_crash(__FILE__, __LINE__, #condition))

#endif
