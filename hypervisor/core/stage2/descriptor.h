/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 descriptors of VMSAv8-64 with the 4 KiB granule (DDI 0487, D8.3): a type of their own, so
 * that a descriptor cannot be taken for an address, and constructors for each kind. Private to
 * core/stage2 and its tests.
 */
#ifndef PORTCULLIS_STAGE2_DESCRIPTOR_H
#define PORTCULLIS_STAGE2_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stage2/stage2.h"

struct descriptor {
	uint64_t raw;
};

#define STAGE2_LEVEL_LAST 3U
#define STAGE2_ENTRIES    512U

#define DESCRIPTOR_VALID   (1UL << 0)
#define DESCRIPTOR_TABLE   (1UL << 1) /* levels 0 to 2; at level 3: page */
#define DESCRIPTOR_ADDRESS 0x0000fffffffff000UL
#define DESCRIPTOR_READ    (1UL << 6)   /* S2AP[0] */
#define DESCRIPTOR_WRITE   (1UL << 7)   /* S2AP[1] */
#define DESCRIPTOR_INNER   (3UL << 8)   /* SH: inner shareable */
#define DESCRIPTOR_AF      (1UL << 10)  /* access flag: no fault on first use */
#define DESCRIPTOR_NT      (1UL << 16)  /* blocks, FEAT_BBM: no TLB keeps this one */
#define DESCRIPTOR_XN      (2UL << 53)  /* XN[1:0] = 0b10: no execution at EL1 and EL0 */
#define DESCRIPTOR_WB      (0xfUL << 2) /* MemAttr: normal, outer and inner write-back */
#define DESCRIPTOR_NC      (0x5UL << 2) /* MemAttr: normal, outer and inner non-cacheable */
#define DESCRIPTOR_MEMATTR (0xfUL << 2)

/* Bytes that one descriptor of `level` covers. */
static inline uint64_t descriptor_span(unsigned level)
{
	return 1UL << (12U + 9U * (STAGE2_LEVEL_LAST - level));
}

static inline struct descriptor descriptor_none(void)
{
	return (struct descriptor){0};
}

/* `table` is page aligned. */
static inline struct descriptor descriptor_table(uint64_t table)
{
	return (struct descriptor){(table & DESCRIPTOR_ADDRESS) | DESCRIPTOR_VALID |
				   DESCRIPTOR_TABLE};
}

/* Block (levels 1 and 2) or page (level 3) at `base`, which is aligned to the level's span. */
static inline struct descriptor descriptor_leaf(uint64_t base, unsigned level,
						enum stage2_kind kind)
{
	uint64_t raw = (base & DESCRIPTOR_ADDRESS) | DESCRIPTOR_VALID | DESCRIPTOR_AF |
		       DESCRIPTOR_READ | DESCRIPTOR_WRITE | DESCRIPTOR_INNER;

	if (kind == STAGE2_NONE)
		return descriptor_none();
	raw |= kind == STAGE2_RAM ? DESCRIPTOR_WB : DESCRIPTOR_NC | DESCRIPTOR_XN;
	if (level == STAGE2_LEVEL_LAST)
		raw |= DESCRIPTOR_TABLE;
	return (struct descriptor){raw};
}

static inline bool descriptor_valid(struct descriptor d)
{
	return (d.raw & DESCRIPTOR_VALID) != 0UL;
}

static inline bool descriptor_is_table(struct descriptor d, unsigned level)
{
	return descriptor_valid(d) && (d.raw & DESCRIPTOR_TABLE) != 0UL &&
	       level < STAGE2_LEVEL_LAST;
}

static inline uint64_t descriptor_address(struct descriptor d)
{
	return d.raw & DESCRIPTOR_ADDRESS;
}

/* Kind of a leaf or of an invalid descriptor. */
static inline enum stage2_kind descriptor_kind(struct descriptor d)
{
	if (!descriptor_valid(d))
		return STAGE2_NONE;
	return (d.raw & DESCRIPTOR_MEMATTR) == DESCRIPTOR_WB ? STAGE2_RAM : STAGE2_DEVICE;
}

#endif
