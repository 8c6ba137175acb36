/* SPDX-License-Identifier: Apache-2.0 */
/* What the harnesses of a bus' windows share. Its includer has included the core's walk.c. */
#ifndef PORTCULLIS_PROOF_WINDOWS_H
#define PORTCULLIS_PROOF_WINDOWS_H

#include "proof.h"

#define BYTES 24U

static uint8_t bytes[BYTES];

static void any_bytes(void)
{
	for (unsigned i = 0; i < BYTES; i++)
		bytes[i] = nondet_uint8();
}

static wide number(unsigned at, unsigned cells)
{
	wide value = 0;

	for (unsigned i = 0; i < 4U * cells; i++)
		value = value << 8 | bytes[at + i];
	return value;
}

/* Does the window at `at` hold `base`? Then what it makes of it. */
static bool window(unsigned at, unsigned child, unsigned parent, unsigned size, wide base, wide *to,
		   wide *room)
{
	wide from = number(at, child), extent = number(at + 4U * (child + parent), size);

	if (base < from || base >= from + extent)
		return false;
	*to = number(at + 4U * child, parent) + (base - from);
	*room = from + extent - base;
	return *to >> 64 == 0U;
}

/* `range` through windows of so many cells each, in the first `length` bytes. */
static void prove_windows(unsigned child, unsigned parent, unsigned size, unsigned length,
			  struct boot_range range)
{
	unsigned entry = 4U * (child + parent + size);
	struct boot_bus bus = {.ranges = {bytes, length},
			       .translation = TRANSLATION_LIST,
			       .address_cells = (uint8_t)child,
			       .size_cells = (uint8_t)size};
	struct boot_range before = range;
	wide to = 0, room = 0, extent;
	bool found = false, good;

	good = translate_list(&bus, parent, &range);
	for (unsigned at = 0; at + entry <= length && !found; at += entry)
		found = window(at, child, parent, size, before.base, &to, &room);
	extent = room < before.size ? room : before.size;
	PROMISE(good == (found && (to + extent) >> 64 == 0U));
	PROMISE(!good || (range.base == to && range.size == extent));
}

#endif
