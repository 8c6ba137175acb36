// SPDX-License-Identifier: Apache-2.0
/*
 * Rounding to an alignment, down and up: the result is a multiple of it, on the right side
 * of the value and nearer than the next multiple.
 *
 * target: hypervisor/core/boot/planner.h boot_down, boot_up
 * bound: every value below 2^63, every alignment
 * assumes: the value lies below 2^63, and the alignment is a power of two below that
 * unwind: 1
 */
#include "proof.h"

#include "core/boot/planner.h"

void prove(void)
{
	uint64_t value = nondet_uint64(), alignment = nondet_uint64();
	wide down, up;

	ASSUME(value < 1UL << 63 && alignment != 0U && (alignment & (alignment - 1U)) == 0U &&
	       alignment < 1UL << 63);
	down = boot_down(value, alignment);
	up = boot_up(value, alignment);
	PROMISE(down <= value && value - down < alignment &&
		((uint64_t)down & (alignment - 1U)) == 0U);
	PROMISE(up >= value && up - value < alignment && ((uint64_t)up & (alignment - 1U)) == 0U);
}
