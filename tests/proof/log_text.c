// SPDX-License-Identifier: Apache-2.0
/*
 * Padding of a log line: whatever text, width and room, nothing is written behind the
 * room, and as much of the padded text as has room is there.
 *
 * target: hypervisor/core/log/format.c put, put_text
 * bound: texts of up to 3 bytes, widths up to 5, rooms up to 6 bytes, flushed left or
 *   right
 * assumes: text, width and room are within the bound
 * unwind: 7
 */
#include "proof.h"

#include "core/log/format.c"

#define ROOM 6U

void prove(void)
{
	char out[ROOM + 1U] = "#######", text[3];
	unsigned room = nondet_unsigned(), length = nondet_unsigned(), width = nondet_unsigned();
	struct field field = {.width = width, .left = nondet_bool()};
	struct sink sink = {.out = out, .room = room};
	unsigned whole, first;

	ASSUME(room <= ROOM && length <= 3U && width <= 5U);
	for (unsigned i = 0; i < 3U; i++)
		text[i] = (char)(nondet_uint8() & 0x7fU);
	put_text(&sink, text, length, &field);
	whole = width > length ? width : length;
	first = field.left ? 0U : whole - length;
	PROMISE(sink.used == (whole < room ? whole : room) && sink.room == room - sink.used);
	for (unsigned i = 0; i <= ROOM; i++) {
		if (i >= sink.used)
			PROMISE(out[i] == '#');
		else if (i >= first && i < first + length)
			PROMISE(out[i] == text[i - first]);
		else
			PROMISE(out[i] == ' ');
	}
}
