/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLB maintenance, all of it: nothing else in the image but the code that turns the MMU on has a
 * TLBI. machine_stage2_invalidate() of core/machine.h is here, too.
 *
 * State: what the errata of the CPUs ask for (core/cpu/errata.h), one atomic word.
 */
#ifndef PORTCULLIS_TLB_H
#define PORTCULLIS_TLB_H

#include <stdint.h>

#include "arm64/sysreg.h"

/*
 * A CPU with these effects (enum errata_effect) joins those whose TLBs are looked after. Before
 * stage 2 is on for it. Returns the effects that no CPU had before.
 */
unsigned tlb_join(unsigned effects);

/* Every CPU forgets all translations of the host. */
void tlb_drop_host(void);

/* This CPU forgets all translations of EL1 and EL0. */
void tlb_drop_here(void);

/*
 * Every CPU forgets the hypervisor's own translation of the page at `address`, whose entry was
 * changed before; in effect when tlb_wait() returns.
 */
static inline void tlb_drop_own(uint64_t address)
{
	dsb(ishst); /* the changed entry before the TLB maintenance */
	__asm__ volatile("tlbi vae2is, %0" ::"r"(address >> 12) : "memory");
}

void tlb_wait(void);

#endif
