// SPDX-License-Identifier: Apache-2.0
/*
 * core/machine.h, carried out with registers. machine_firmware_call() is in smc.S,
 * machine_stage2_invalidate() in tlb.c.
 */
#include "core/machine.h"

#include <string.h>

#include "arm64/audit.h"
#include "arm64/cpu.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"
#include "drivers/ns16550.h"
#include "drivers/pl011.h"

extern const char secondary_entry[];

uint64_t machine_counter(void)
{
	isb(); /* not earlier than what came before it */
	return sysreg_read(cntpct_el0);
}

uint64_t machine_counter_frequency(void)
{
	uint64_t frequency = sysreg_read(cntfrq_el0);

	return frequency != 0UL ? frequency : 62500000UL; /* firmware forgot: any value but 0 */
}

unsigned machine_cpu(void)
{
	return cpu_self()->index;
}

void machine_relax(void)
{
	__asm__ volatile("yield" ::: "memory"); /* a sibling thread, or an emulator, has its turn */
	audit_waits();
}

void machine_console_write(const char *text, size_t length)
{
	/* at most one of them is in use, the other's writes vanish */
	pl011_write(text, length);
	ns16550_write(text, length);
}

void machine_cache_clean(const void *base, size_t size)
{
	uint64_t line = 4UL << ((sysreg_read(ctr_el0) >> 16) & 15U);
	uint64_t at = (uint64_t)(uintptr_t)base & ~(line - 1U);
	uint64_t end = (uint64_t)(uintptr_t)base + size;

	for (; at < end; at += line)
		__asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
	dsb(sy); /* also for observers outside the inner shareable domain */
}

void machine_memory_empty(void *base, size_t size)
{
	uint64_t id = sysreg_read(dczid_el0), block = 4UL << (id & 15U);
	uint64_t line = 4UL << ((sysreg_read(ctr_el0) >> 16) & 15U);
	char *at = base, *end = at + size;

	if ((id & DCZID_PROHIBITED) != 0UL || block != line) {
		memset(base, 0, size);
		machine_cache_clean(base, size);
		return;
	}
	for (; at < end; at += block)
		__asm__ volatile("dc zva, %0\n\tdc cvac, %0" ::"r"(at) : "memory");
	dsb(sy); /* also for observers outside the inner shareable domain */
}

uint64_t machine_physical(const void *object)
{
	return (uint64_t)(uintptr_t)object; /* virtual = physical at EL2 */
}

void *machine_table(uint64_t physical)
{
	return (void *)(uintptr_t)physical;
}

void machine_table_publish(void)
{
	dsb(ishst);
	isb();
}

bool machine_device_map(uint64_t base, uint64_t size)
{
	return mmu_map(base, size, MMU_DEVICE);
}

uint64_t machine_device_read(uint64_t address, unsigned size)
{
	uint64_t value;

	/* plain loads and stores: a hypervisor below could not carry out others */
	if (size == 8U)
		__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	else
		__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

void machine_device_write(uint64_t address, unsigned size, uint64_t value)
{
	dsb(sy); /* what the device may go and read now */
	if (size == 8U)
		__asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
	else
		__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

void machine_host_read(void *to, uint64_t physical, size_t size)
{
	mmu_host_read(to, physical, size);
}

void machine_host_write(uint64_t physical, const void *from, size_t size)
{
	mmu_host_write(physical, from, size);
}

void machine_host_zero(uint64_t physical)
{
	mmu_host_zero(physical);
}

uint64_t machine_cpu_entry(void)
{
	return (uint64_t)(uintptr_t)secondary_entry;
}

uint64_t machine_cpu_context(unsigned cpu)
{
	return (uint64_t)(uintptr_t)cpu_table[cpu];
}
