// SPDX-License-Identifier: Apache-2.0
/*
 * Windows of a bus (Devicetree Specification 2.3.8): an address goes through the first
 * window that holds it, in numbers that cannot wrap, what reaches over its end is cut
 * there, and an address without a window is nowhere.
 *
 * target: hypervisor/core/boot/walk.c translate_list, boot_cells_read
 * bound: every 64-bit range; ranges of up to 24 bytes with any content: 2 windows of a cell
 *   each for address, parent's address and size
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

void prove(void)
{
	struct boot_range range = {nondet_uint64(), nondet_uint64()};
	unsigned length = nondet_unsigned();

	any_bytes();
	ASSUME(length <= BYTES);
	ASSUME(((wide)range.base + range.size) >> 64 == 0U);
	prove_windows(1, 1, 1, length, range);
}
