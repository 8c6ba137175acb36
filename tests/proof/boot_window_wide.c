// SPDX-License-Identifier: Apache-2.0
/*
 * A window of 64-bit numbers (Devicetree Specification 2.3.8): an address in it is moved by
 * it, in numbers that cannot wrap, what reaches over its end is cut there, and every other
 * address is nowhere. Windows without a single cell are none.
 *
 * target: hypervisor/core/boot/walk.c translate_list, boot_cells_read
 * bound: every 64-bit range; ranges of up to 24 bytes with any content: 1 window of 2 cells
 *   each for address, parent's address and size; windows of no cells at all
 * assumes: ranges has at most 24 bytes
 * assumes: the range does not wrap (boot_reg_raw)
 * wraps: translate_list: sums are compared with what they were made of, to see whether they
 *   wrapped
 * unwind: 9
 * loops: any_bytes.0:24
 */
#include "proof.h"

#include "core/boot/walk.c"
#include "machine.h"
#include "windows.h"

static void prove_nothing(unsigned length, struct boot_range range)
{
	struct boot_bus bus = {.ranges = {bytes, length}, .translation = TRANSLATION_LIST};

	PROMISE(!translate_list(&bus, 0, &range));
}

void prove(void)
{
	struct boot_range range = {nondet_uint64(), nondet_uint64()};
	unsigned length = nondet_unsigned();

	any_bytes();
	ASSUME(length <= BYTES);
	ASSUME(((wide)range.base + range.size) >> 64 == 0U);
	prove_windows(2, 2, 2, length, range);
	prove_nothing(length, range);
}
