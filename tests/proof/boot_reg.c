// SPDX-License-Identifier: Apache-2.0
/*
 * The reg of a node (Devicetree Specification 2.3.6): whole entries are counted, a rest that
 * is shorter is left out, and each entry is read as the number that its cells make, or is
 * refused when it does not fit into 64 bits or wraps.
 *
 * target: hypervisor/core/boot/walk.c boot_reg_count, boot_reg_raw, boot_cells_read
 * bound: reg of up to 40 bytes with any content; entries of 1 and 1, 2 and 1, 2 and 2, or 3
 *   and 1 cells, or of no cells at all
 * assumes: reg has at most 40 bytes
 * wraps: boot_reg_raw: the sum is compared with what it was made of, to see whether it
 *   wrapped
 * unwind: 12
 * loops: any_bytes.0:40
 */
#include "proof.h"

#include "core/boot/walk.c"
#include "machine.h"

#define BYTES 40U

static uint8_t bytes[BYTES];
static struct boot_planner planner;

static wide number(unsigned at, unsigned cells)
{
	wide value = 0;

	/* more than the 80 bits that a wide number has are not asked for */
	for (unsigned i = 0; i < 4U * cells; i++)
		value = value << 8 | bytes[at + i];
	return value;
}

static unsigned any_bytes(void)
{
	unsigned length = nondet_unsigned();

	for (unsigned i = 0; i < BYTES; i++)
		bytes[i] = nondet_uint8();
	ASSUME(length <= BYTES);
	return length;
}

static void prove_entry(unsigned index, unsigned address, unsigned size)
{
	unsigned at = index * 4U * (address + size);
	struct boot_range range;
	bool good = boot_reg_raw(&planner, index, &range), fits = true;
	wide base, extent;

	if (address == 3U) { /* the first of them has to be 0 */
		fits = number(at, 1) == 0U;
		base = number(at + 4U, 2);
	} else {
		base = number(at, address);
	}
	extent = number(at + 4U * address, size);
	PROMISE(good == (fits && (base + extent) >> 64 == 0U));
	PROMISE(!good || (range.base == base && range.size == extent));
}

static void prove_reg(unsigned address, unsigned size)
{
	unsigned length = any_bytes(), entry = 4U * (address + size), count;

	planner.node.depth = 1;
	planner.node.present = 1UL << PROPERTY_REG;
	planner.node.value[PROPERTY_REG] = (struct boot_value){bytes, length};
	planner.bus[0].address_cells = (uint8_t)address;
	planner.bus[0].size_cells = (uint8_t)size;
	count = boot_reg_count(&planner);
	if (entry == 0U) {
		PROMISE(count == 0U);
		return;
	}
	PROMISE((wide)count * entry <= length && ((wide)count + 1U) * entry > length);
	if (count > 0U)
		prove_entry(0, address, size);
	if (count > 1U)
		prove_entry(1, address, size);
}

void prove(void)
{
	prove_reg(0, 0);
	prove_reg(1, 1);
	prove_reg(2, 1);
	prove_reg(2, 2);
	prove_reg(3, 1);
}
