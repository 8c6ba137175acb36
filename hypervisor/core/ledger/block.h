/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of blocks and record sets. Private to core/ledger; all under ledger->lock.
 *
 * An entry is the record of all pages of its block (as far as they belong to the region), or says
 * which set holds their records. An entry of zeroes stands for what was never touched, the host's:
 * so that a large machine starts with memory that only has to be cleared.
 */
#ifndef PORTCULLIS_LEDGER_BLOCK_H
#define PORTCULLIS_LEDGER_BLOCK_H

#include <stddef.h>

#include "core/ledger/ledger.h"

#define LEDGER_SPLIT 0xffU /* in place of a state: the other three bytes are the set's number */

#define LEDGER_NO_SET 0xffffffffU

/* The part of a range that lies in one block. */
struct ledger_part {
	struct ledger_record *entry;
	uint64_t base, size;
	bool whole;     /* all pages that the block has in its region */
	unsigned first; /* index in the set of the page at `base` */
	unsigned pages;
};

static inline struct ledger_record ledger_untouched(void)
{
	return (struct ledger_record){.owner = LEDGER_HOST};
}

static inline bool ledger_entry_split(struct ledger_record entry)
{
	return entry.state == LEDGER_SPLIT;
}

static inline uint32_t ledger_entry_set(struct ledger_record entry)
{
	return entry.owner | (uint32_t)entry.borrower << 8 | (uint32_t)entry.pins << 16;
}

static inline struct ledger_record ledger_split_entry(uint32_t set)
{
	return (struct ledger_record){.owner = (uint8_t)set,
				      .borrower = (uint8_t)(set >> 8),
				      .pins = (uint8_t)(set >> 16),
				      .state = LEDGER_SPLIT};
}

/* Record of an entry that is not split. */
static inline struct ledger_record ledger_entry_record(struct ledger_record entry)
{
	return entry.owner == LEDGER_NOBODY ? ledger_untouched() : entry;
}

/* The region that holds all of [base, base + size), or NULL. The range does not wrap. */
const struct ledger_region *ledger_region_of(const struct ledger *ledger, uint64_t base,
					     uint64_t size);

/* First part of [base, end) in `region`. Here, since large ranges spend their time in it. */
static inline struct ledger_part ledger_part(const struct ledger *ledger,
					     const struct ledger_region *region, uint64_t base,
					     uint64_t end)
{
	uint64_t block = base & ~(LEDGER_BLOCK - 1U);
	uint64_t block_end = block + LEDGER_BLOCK;
	uint64_t region_end = region->base + region->size;
	uint64_t first = block < region->base ? region->base : block;
	uint64_t last = block_end > region_end ? region_end : block_end;
	struct ledger_part part = {
	    .entry = &ledger->entry[region->first + (block / LEDGER_BLOCK) -
				    (region->base / LEDGER_BLOCK)],
	    .base = base,
	    .size = (end < last ? end : last) - base,
	    .first = (unsigned)((base - block) / LEDGER_PAGE),
	};

	part.pages = (unsigned)(part.size / LEDGER_PAGE);
	part.whole = part.size == last - first;
	return part;
}

/* Records of set `set`. */
struct ledger_record *ledger_set(const struct ledger *ledger, uint32_t set);

/*
 * Give the block, of which `pages` lie in its region, a set filled with its record. The caller has
 * made sure that one is left.
 */
struct ledger_record *ledger_block_split(struct ledger *ledger, struct ledger_record *entry,
					 unsigned pages);

/* Forget the set of a split block; `record` holds for all its pages now. */
void ledger_block_join(struct ledger *ledger, struct ledger_record *entry,
		       struct ledger_record record);

#endif
