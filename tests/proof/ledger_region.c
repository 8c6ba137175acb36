// SPDX-License-Identifier: Apache-2.0
/*
 * Containment: a range lies in a region of RAM if and only if, in numbers that cannot
 * wrap, it begins and ends there. It is never more than one region.
 *
 * target: hypervisor/core/ledger/block.c ledger_region_of
 * bound: every 64-bit base and size, up to 2 regions anywhere in 48 bits
 * assumes: there are at most 2 regions
 * assumes: regions are page aligned, not empty, in order and apart, and end within 48 bits
 * assumes: the range does not wrap (ledger_apply and its other callers refuse that first)
 * unwind: 2
 */
#include "proof.h"

#include "core/ledger/block.c"
#include "machine.h"

#define REGIONS 2U

static struct ledger ledger;

static bool well_formed(void)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < ledger.region_count; i++) {
		const struct ledger_region *region = &ledger.region[i];

		if ((region->base | region->size) % 4096U != 0U || region->size == 0U ||
		    region->base < end || region->base >> 48 != 0U || region->size >> 48 != 0U ||
		    (region->base + region->size) >> 48 != 0U)
			return false;
		end = region->base + region->size;
	}
	return true;
}

void prove(void)
{
	uint64_t base = nondet_uint64(), size = nondet_uint64();
	const struct ledger_region *found;
	unsigned holders = 0, holder = 0;

	ledger.region_count = nondet_unsigned();
	ASSUME(ledger.region_count <= REGIONS);
	for (unsigned i = 0; i < REGIONS; i++) {
		ledger.region[i].base = nondet_uint64();
		ledger.region[i].size = nondet_uint64();
	}
	ASSUME(well_formed());
	ASSUME((wide)base + size <= (wide)1 << 64);
	found = ledger_region_of(&ledger, base, size);
	for (unsigned i = 0; i < ledger.region_count; i++) {
		wide first = ledger.region[i].base, end = first + ledger.region[i].size;

		if (base >= first && base < end && (wide)base + size <= end) {
			holders++;
			holder = i;
		}
	}
	PROMISE(holders <= 1U);
	PROMISE((found != NULL) == (holders == 1U));
	PROMISE(found == NULL || found == &ledger.region[holder]);
}
