/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1 of the payload: an identity map of 512 GiB in blocks of 1 GiB. */
#ifndef PAYLOAD_MMU_H
#define PAYLOAD_MMU_H

#include <stdint.h>

#define MMU_GRANULE (1UL << 30)

#define MMU_DEVICE   0x0060000000000401UL /* UXN, PXN, AF, attribute 0 */
#define MMU_NORMAL   0x0040000000000705UL /* UXN, AF, inner shareable, attribute 1 */
#define MMU_USER_RUN 0x00200000000007c5UL /* read-only for EL1 and EL0, not executable at EL1 */
#define MMU_USER     0x0060000000000745UL /* read and write at EL1 and EL0, executable at neither */
#define MMU_RUN                                                                                    \
	0x0040000000000705UL /* as MMU_NORMAL, also for what the identity map has as device */
#define MMU_TABLE 0x3UL
#define MMU_PAGE  0x3UL

extern uint64_t mmu_level1[512];

/* Build the table; the tree has been read. Boot CPU. */
void mmu_prepare(void);

/* Turn the MMU and the caches on. Each CPU. */
void mmu_enable(void);

/*
 * Run `function` with stage 1 and the caches off, and turn them on again. What the image holds is
 * in memory then; nothing may be in flight on other CPUs that writes there.
 */
void mmu_without(void (*function)(void *), void *argument);

/* Exchange one entry of the table, for all CPUs; what it was. */
uint64_t mmu_replace(unsigned index, uint64_t entry);

#endif
