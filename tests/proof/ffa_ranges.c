// SPDX-License-Identifier: Apache-2.0
/*
 * Ranges of a memory transaction (DEN0140, constituents): whatever the bytes and however they are
 * aligned, none beyond them is read; what is accepted are whole pages below 2^48, at least one in
 * each range, with nothing in the reserved word, and the sum is theirs; so, too, when the ranges
 * take the place of the bytes.
 *
 * target: hypervisor/core/ffa/descriptor.c ffa_ranges_read, read_ranges, judge_range
 * bound: every value of the bytes of 2 ranges that are aligned to 8 bytes, and of 1 that is not
 * assumes: nothing
 * wraps: read_ranges: no pages, less one, are more than any
 * unwind: 33
 */
#include "proof.h"

#include "core/ffa/descriptor.c"

#define COUNT 2U

static uint64_t number(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = size; i > 0U; i--)
		value = value << 8 | bytes[i - 1U];
	return value;
}

/* `count` ranges of any content, in an object that ends behind them. */
static void prove_of(uint8_t *bytes, uint32_t count, struct ffa_range *out)
{
	uint8_t before[16U * COUNT];
	struct ffa_verdict result;
	uint64_t pages;
	bool good = true;
	wide sum = 0;

	for (unsigned i = 0; i < 16U * count; i++)
		before[i] = bytes[i] = nondet_uint8();
	/* 13.3: the layout of a constituent */
	for (unsigned i = 0; i < count; i++) {
		uint64_t base = number(before + 16U * i, 8);
		uint64_t length = number(before + 16U * i + 8U, 4);
		uint64_t reserved = number(before + 16U * i + 12U, 4);

		good = good && reserved == 0U && length != 0U && base % 4096U == 0U &&
		       (wide)base + (wide)length * 4096U <= (wide)1 << 48;
		sum += length;
	}
	result = ffa_ranges_read(bytes, count, out, &pages);
	PROMISE((result.error == FFA_OK) == good);
	PROMISE(good || result.error == FFA_INVALID_PARAMETERS);
	PROMISE(pages == (good ? (uint64_t)sum : 0U));
	PROMISE(good ? result.rule == FFA_RULE_NONE : result.offset < 16U * count);
	for (unsigned i = 0; good && i < count; i++) {
		PROMISE(out[i].base == number(before + 16U * i, 8));
		PROMISE(out[i].pages == number(before + 16U * i + 8U, 4));
		PROMISE(out[i].reserved == 0U);
	}
}

void prove(void)
{
	struct ffa_range aligned[COUNT], apart[1];
	uint8_t off[17];

	if (nondet_bool())
		prove_of((uint8_t *)aligned, COUNT, aligned);
	else
		prove_of(off + 1, 1, apart);
}
