// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers in a log line: the digits that are written are those of the number, without a zero
 * before them, behind its sign, and nothing is written behind the room.
 *
 * target: hypervisor/core/log/format.c put_number
 * bound: every 64-bit number in base 16, every one below 1000 in base 10; room for all of it;
 *   no width
 * assumes: a number in base 10 is below 1000
 * unwind: 21
 */
#include "proof.h"

#include "core/log/format.c"

#define ROOM 20U

static char out[ROOM + 1U];

static unsigned digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : 10U + (unsigned)(c - 'a');
}

static void prove_base(uint64_t value, bool negative, unsigned base)
{
	struct field field = {.width = 0};
	struct sink sink = {.out = out, .room = ROOM};
	unsigned first = negative ? 1U : 0U;
	uint64_t read = 0;

	out[ROOM] = '#';
	put_number(&sink, value, negative, base, false, &field);
	PROMISE(sink.used > first && sink.used <= ROOM && out[ROOM] == '#');
	PROMISE(!negative || out[0] == '-');
	PROMISE(sink.used == first + 1U || out[first] != '0');
	for (unsigned i = first; i < sink.used; i++) {
		PROMISE(digit(out[i]) < base);
		read = base == 16U ? read << 4 | digit(out[i]) : read * base + digit(out[i]);
	}
	PROMISE(read == value);
}

void prove(void)
{
	uint64_t small = nondet_uint64();

	ASSUME(small < 1000U);
	prove_base(nondet_uint64(), false, 16);
	prove_base(small, nondet_bool(), 10);
}
