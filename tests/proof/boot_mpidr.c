// SPDX-License-Identifier: Apache-2.0
/*
 * MPIDRs: a CPU node's reg is read with the cells of its parent, and refused when a bit
 * outside the affinity fields is set.
 *
 * target: hypervisor/core/boot/cpu.c read_mpidr
 * target: hypervisor/core/boot/walk.c boot_cells_read
 * bound: reg of up to 12 bytes with any content, 0 to 2 address cells
 * assumes: reg has at most 12 bytes
 * unwind: 12
 */
#include "proof.h"

#include "core/boot/cpu.c"
#include "core/boot/walk.c"
#include "machine.h"

bool boot_refuse(struct boot_plan *plan, const char *format, ...)
{
	(void)plan;
	(void)format;
	return false;
}

#define AFFINITY 0xff00ffffffUL

static uint8_t bytes[12];
static struct boot_planner planner;

static void prove_reading(unsigned cells)
{
	unsigned length = nondet_unsigned();
	uint64_t mpidr = 0;
	wide number = 0;
	bool good;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = nondet_uint8();
	ASSUME(length <= sizeof(bytes));
	planner.node.depth = 1;
	planner.node.present = nondet_bool() ? 1UL << PROPERTY_REG : 0UL;
	planner.node.value[PROPERTY_REG] = (struct boot_value){bytes, length};
	planner.bus[0].address_cells = (uint8_t)cells;
	good = read_mpidr(&planner, &mpidr);
	if (cells <= 2U)
		for (unsigned i = 0; i < 4U * cells && i < length; i++)
			number = number << 8 | bytes[i];
	if (good) {
		PROMISE(planner.node.present != 0U && cells != 0U && 4U * cells <= length);
		PROMISE((mpidr & ~AFFINITY) == 0U);
		PROMISE(cells > 2U || mpidr == number);
	} else {
		PROMISE(planner.node.present == 0U || cells == 0U || 4U * cells > length ||
			cells > 2U || (number & ~(wide)AFFINITY) != 0U);
	}
}

void prove(void)
{
	prove_reading(0);
	prove_reading(1);
	prove_reading(2);
}
