// SPDX-License-Identifier: Apache-2.0
/*
 * Stage-2 descriptors (DDI 0487 D8.3) and the arithmetic of their indices: a table or a
 * leaf gives back the address that was put into it and is what it was made as, no leaf is
 * a table, execution is never allowed in devices, and the entry that is chosen for an
 * address covers it.
 *
 * target: hypervisor/core/stage2/descriptor.h all functions
 * target: hypervisor/core/stage2/stage2.c slot, clip, covers, whole_entries
 * bound: every address of 48 bits, every level, start levels 0 to 2
 * assumes: the level is one that a walk from the start level comes to
 * assumes: the address has 48 bits, and the start table, up to 16 concatenated ones,
 *   reaches it
 * assumes: the range is not empty, ends within 48 bits and holds the address
 * assumes: a leaf's address is aligned to its span
 * unwind: 1
 */
#include "proof.h"

#include "core/stage2/stage2.c"
#include "machine.h"

static uint64_t span_of(unsigned level)
{
	return level == 0U ? 1UL << 39 : level == 1U ? 1UL << 30 : level == 2U ? 1UL << 21 : 4096U;
}

static void prove_leaf(uint64_t address, unsigned level)
{
	unsigned kind = nondet_unsigned() % 3U;
	struct descriptor leaf;

	if (level == 0U)
		return;
	leaf = descriptor_leaf(address, level, (enum stage2_kind)kind);
	PROMISE(descriptor_kind(leaf) == (enum stage2_kind)kind);
	PROMISE(!descriptor_is_table(leaf, level));
	PROMISE(descriptor_valid(leaf) == (kind != STAGE2_NONE));
	if (kind == STAGE2_NONE) {
		PROMISE(leaf.raw == 0U);
		return;
	}
	PROMISE(descriptor_address(leaf) == address);
	PROMISE((leaf.raw & 3U) == (level == 3U ? 3U : 1U));                    /* page or block */
	PROMISE((leaf.raw >> 10 & 1U) == 1U);                                   /* AF */
	PROMISE((leaf.raw >> 6 & 3U) == 3U);                                    /* read and write */
	PROMISE((leaf.raw >> 53 & 3U) == (kind == STAGE2_DEVICE ? 2U : 0U));    /* XN */
	PROMISE((leaf.raw >> 2 & 0xfU) == (kind == STAGE2_DEVICE ? 5U : 0xfU)); /* MemAttr */
}

void prove(void)
{
	struct stage2 s2 = {.start_level = nondet_unsigned()};
	unsigned level = nondet_unsigned(), index;
	uint64_t address = nondet_uint64(), table = nondet_uint64() & 0xfffffffff000UL, size;
	struct span span = {nondet_uint64(), nondet_uint64()}, part;
	wide block;

	ASSUME(s2.start_level <= 2U && level >= s2.start_level && level <= 3U);
	size = span_of(level);
	PROMISE(descriptor_span(level) == size);
	ASSUME(address >> 48 == 0U && address / (span_of(s2.start_level) * 512U) < 16U);

	PROMISE(descriptor_address(descriptor_table(table)) == table);
	PROMISE(descriptor_is_table(descriptor_table(table), level) == (level != 3U));
	PROMISE(!descriptor_valid(descriptor_none()));

	index = slot(&s2, address, level);
	PROMISE(index < (level == s2.start_level ? 16U * 512U : 512U));
	block = (wide)(address / size) * size;
	PROMISE(level == s2.start_level ? index == address / size : index == address / size % 512U);

	ASSUME(span.base < span.end && span.end <= 1UL << 48 && address >= span.base &&
	       address < span.end);
	part = clip(span, address, level);
	PROMISE(part.base <= address && address < part.end);
	PROMISE(part.base >= span.base && part.end <= span.end && part.base >= block &&
		part.end <= block + size);
	PROMISE(part.base == span.base || part.base == block);
	PROMISE(part.end == span.end || part.end == block + size);
	PROMISE(covers(part, level) == (part.base == block && part.end == block + size));
	if (covers(part, level)) {
		uint64_t count = whole_entries(span, part, level);

		PROMISE(count >= 1U && part.base + (wide)count * size <= span.end);
		PROMISE(part.base + (wide)(count + 1U) * size > span.end);
	}

	ASSUME(address % size == 0U);
	prove_leaf(address, level);
}
