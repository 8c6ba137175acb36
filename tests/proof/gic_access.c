// SPDX-License-Identifier: Apache-2.0
/*
 * The half of a 64-bit register that an access of the GIC means: a write changes those
 * bytes and no other, a read gives them, and an access that no register has is refused.
 *
 * target: hypervisor/core/gic/gic.c sensible, gic_merge, gic_part
 * bound: every address, size, value and register
 * assumes: the guard found the access sensible
 * unwind: 8
 */
#include "proof.h"

#include "core/gic/gic.c"
#include "machine.h"

enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind)
{
	(void)stage2;
	(void)base;
	(void)size;
	(void)kind;
	return STAGE2_OK;
}

static uint8_t byte_of(uint64_t value, unsigned index)
{
	return (uint8_t)(value >> 8U * index & 0xffU);
}

void prove(void)
{
	struct gic_access access = {
	    .address = nondet_uint64(), .size = nondet_unsigned(), .value = nondet_uint64()};
	uint64_t old = nondet_uint64(), merged, part;
	unsigned first = (unsigned)(access.address & 7U);
	bool good = sensible(&access);

	PROMISE(good == ((access.size == 4U && (first == 0U || first == 4U)) ||
			 (access.size == 8U && first == 0U)));
	ASSUME(good);
	merged = gic_merge(old, &access);
	part = gic_part(old, &access);
	for (unsigned i = 0; i < 8U; i++) {
		bool inside = i >= first && i < first + access.size;

		PROMISE(byte_of(merged, i) ==
			(inside ? byte_of(access.value, i - first) : byte_of(old, i)));
		PROMISE(byte_of(part, i) == (i < access.size ? byte_of(old, first + i) : 0U));
	}
}
