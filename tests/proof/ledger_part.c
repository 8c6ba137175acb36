// SPDX-License-Identifier: Apache-2.0
/*
 * The part of a range in one block: not empty, begins where it is asked for, stays within
 * range, region and block, its pages are those of the block's record set, and it is
 * «whole» only if nothing of the block in its region is missing.
 *
 * target: hypervisor/core/ledger/block.h ledger_part
 * bound: every page-aligned range in a region of up to 8 MiB anywhere in 48 bits
 * assumes: the region is page aligned and ends within 48 bits
 * assumes: the region has an entry for each of its blocks (ledger_init)
 * assumes: the range is page aligned, not empty and lies in the region
 * unwind: 1
 */
#include "proof.h"

#include "core/ledger/block.c"
#include "machine.h"

#define ENTRIES 8U
#define BLOCK   0x200000U

static struct ledger ledger;
static struct ledger_record entries[ENTRIES];

void prove(void)
{
	struct ledger_region region = {nondet_uint64(), nondet_uint64(), nondet_uint32()};
	uint64_t base = nondet_uint64(), end = nondet_uint64();
	wide region_end = (wide)region.base + region.size, block, first, last;
	struct ledger_part part;

	ASSUME((region.base | region.size) % 4096U == 0U && region.size <= 4U * BLOCK &&
	       region_end <= (wide)1 << 48);
	ASSUME(region.first <= ENTRIES - 5U);
	ASSUME((base | end) % 4096U == 0U && base < end && base >= region.base &&
	       end <= region_end);
	ledger.entry = entries;
	part = ledger_part(&ledger, &region, base, end);

	block = base / BLOCK * (wide)BLOCK;
	first = block > region.base ? block : region.base;
	last = block + BLOCK < region_end ? block + BLOCK : region_end;
	PROMISE(part.base == base && part.size > 0U);
	PROMISE((wide)base + part.size <= end && (wide)base + part.size <= last);
	PROMISE((wide)base + part.size == end || (wide)base + part.size == last);
	PROMISE(part.first == (base - (uint64_t)block) / 4096U);
	PROMISE(part.pages == part.size / 4096U && part.first + part.pages <= 512U);
	PROMISE(part.whole == (base == first && (wide)base + part.size == last));
	PROMISE(part.entry == &entries[region.first + (base / BLOCK - region.base / BLOCK)]);
}
