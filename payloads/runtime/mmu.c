// SPDX-License-Identifier: Apache-2.0
#include "mmu.h"

#include "layout.h"
#include "payload.h"
#include "sysreg.h"

#define MAIR       0xff04U /* 0: Device-nGnRE, 1: normal write-back */
#define SCTLR_M    (1U << 0)
#define SCTLR_C    (1U << 2)
#define SCTLR_I    (1U << 12)
#define TCR_39BIT  25U
#define TCR_WALK   ((1U << 8) | (1U << 10) | (3U << 12)) /* write-back, inner shareable */
#define TCR_NO_TT1 (1U << 23)

uint64_t mmu_level1[512] __attribute__((aligned(4096)));

void mmu_prepare(void)
{
	for (uint64_t i = 0; i < 512U; i++) {
		uint64_t base = i * MMU_GRANULE, attributes = MMU_DEVICE;

		for (unsigned r = 0; r < machine.ram_count; r++)
			if (base < machine.ram[r].base + machine.ram[r].size &&
			    machine.ram[r].base < base + MMU_GRANULE)
				attributes = MMU_NORMAL;
		mmu_level1[i] = base | attributes;
	}
	/* The walker reads it through the caches, this CPU wrote past them. */
	for (uintptr_t line = (uintptr_t)mmu_level1; line < (uintptr_t)(mmu_level1 + 512);
	     line += 64)
		__asm__ volatile("dc civac, %0" ::"r"(line) : "memory");
	dsb_sy();
}

void mmu_enable(void)
{
	uint64_t range = id_field(sysreg_read(id_aa64mmfr0_el1), 0);

	if (range > 5U)
		range = 5;
	sysreg_write(mair_el1, MAIR);
	sysreg_write(tcr_el1, TCR_39BIT | TCR_WALK | TCR_NO_TT1 | range << 32);
	sysreg_write(ttbr0_el1, (uintptr_t)mmu_level1);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	sysreg_write(sctlr_el1, (uint64_t)SCTLR_MMU_OFF | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}

/* Lines of the image, stacks included: written back, and no longer in the caches. */
static void drop_image(void)
{
	extern char image_header[], image_end[];
	uint64_t line = 4UL << (sysreg_read(ctr_el0) >> 16 & 15U);

	for (uintptr_t at = (uintptr_t)image_header; at < (uintptr_t)image_end; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb_sy();
}

void mmu_without(void (*function)(void *), void *argument)
{
	uint64_t sctlr = sysreg_read(sctlr_el1);

	drop_image();
	sysreg_write(sctlr_el1, SCTLR_MMU_OFF);
	isb();
	/* what was written between the two went to memory, or is dropped into it now */
	drop_image();
	function(argument);
	/* lines that came in meanwhile by speculation are stale */
	drop_image();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	sysreg_write(sctlr_el1, sctlr);
	isb();
}

uint64_t mmu_replace(unsigned index, uint64_t entry)
{
	uint64_t old = mmu_level1[index];

	/* break before make */
	mmu_level1[index] = 0;
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
	__atomic_store_n(&mmu_level1[index], entry, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
	return old;
}
