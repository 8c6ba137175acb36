// SPDX-License-Identifier: Apache-2.0
#include "arm64/tlb.h"

#include "core/cpu/errata.h"
#include "core/machine.h"

#include "arm64/sysreg.h"

/* Beyond so many pages one TLBI of the whole VMID is cheaper and as correct. */
#define PAGES_MAX 64U

static unsigned joined;

unsigned tlb_join(unsigned effects)
{
	return effects & ~__atomic_fetch_or(&joined, effects, __ATOMIC_RELAXED);
}

/*
 * The end of a broadcast. On CPUs with that erratum a DSB may be over before the accesses are, that
 * were translated by what the TLBI removed: behind a further TLBI, of any kind, it is not. A CPU
 * that joins meanwhile reads tables in which the change stands already.
 */
static inline void complete(void)
{
	dsb(ish);
	if ((__atomic_load_n(&joined, __ATOMIC_RELAXED) & ERRATA_REPEAT) != 0U) {
		__asm__ volatile("tlbi vale1is, xzr" ::: "memory");
		dsb(ish);
	}
	isb();
}

void machine_stage2_invalidate(uint64_t base, uint64_t size)
{
	dsb(ishst); /* the changed entries before the TLB maintenance */
	if (size > PAGES_MAX * 4096UL) {
		__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	} else {
		for (uint64_t at = base & ~0xfffUL; at < base + size; at += 4096UL)
			__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(at >> 12) : "memory");
		dsb(ish);
		/* stage 1 entries may hold the combined result */
		__asm__ volatile("tlbi vmalle1is" ::: "memory");
	}
	complete();
}

void tlb_drop_host(void)
{
	dsb(ishst); /* the changed entries before the TLB maintenance */
	__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	complete();
}

void tlb_drop_here(void)
{
	__asm__ volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	isb();
}

void tlb_wait(void)
{
	complete();
}
