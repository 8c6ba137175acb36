// SPDX-License-Identifier: Apache-2.0
/*
 * Two ranges overlap if and only if, in numbers that cannot wrap, there is an address in
 * both.
 *
 * target: hypervisor/core/boot/planner.h boot_overlap
 * bound: every two 64-bit ranges
 * assumes: neither range wraps
 * unwind: 1
 */
#include "proof.h"

#include "core/boot/planner.h"

void prove(void)
{
	uint64_t base = nondet_uint64(), size = nondet_uint64(), at = nondet_uint64();
	uint64_t other = nondet_uint64(), other_size = nondet_uint64();
	wide end = (wide)base + size, other_end = (wide)other + other_size;
	bool overlap;

	ASSUME(end >> 64 == 0U && other_end >> 64 == 0U);
	overlap = boot_overlap(base, size, other, other_size);
	/* an address in both: then they overlap; else the higher begin is no such address */
	PROMISE(overlap || at < base || at >= end || at < other || at >= other_end);
	at = base > other ? base : other;
	PROMISE(!overlap || (at >= base && at < end && at >= other && at < other_end));
}
