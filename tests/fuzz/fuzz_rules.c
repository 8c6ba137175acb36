// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled rules of a personality, damaged in any way, and calls over them. Rules that are accepted
 * read and write nothing beside their tables (the sanitizers see that) and change no register that
 * no effect names; others leave the firmware without rules.
 *
 * target: firmware/rules.c
 * length: 4096
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/border.h"
#include "rules.h"
#include "rules_format.h"
#include "script.h"

#define CALLS_MAX 24U

static void call(void)
{
	static const uint64_t functions[12] = {0x84000063, 0x84000069, 0x84000000, 0xc4000003,
					       0x80000000, 0x84000050, 0x8400006f, 0xc4000001,
					       0x84000008, 0x84000064, 0x84000002, 0x80008000};
	static const uint64_t values[8] = {0,       1,          0x10000, 0x10001,
					   0x10002, 0xffffffff, ~0UL,    0x10003};
	uint64_t x[18], before[18];
	uint16_t immediate;

	for (unsigned i = 0; i < 18U; i++)
		x[i] = 0xcafe000000000000UL + i;
	x[0] = script_choose(functions, 12);
	for (unsigned i = 1; i < 4U; i++)
		x[i] = script_choose(values, 8);
	immediate = script_take(1) >= 0xf0U ? 1U : 0U;
	border_cpu = (unsigned)script_take(1) & 3U;
	memcpy(before, x, sizeof(x));
	(void)border_call(x, immediate);
	/* without rules, one register at most changes */
	if (border.size == 0U)
		for (unsigned i = 1; i < 18U; i++)
			PROMISE(x[i] == before[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;
	uint8_t *blob;
	const char *reason;

	script = (struct script){data, size};
	length = script_take(2);
	if (length > script.left)
		length = script.left;
	/* a block of its own, aligned as the room in the firmware */
	blob = malloc(length > 0U ? length : 1U);
	if (blob == NULL)
		return 0;
	memcpy(blob, script.at, length);
	script.at += length;
	script.left -= length;
	/* the header's size follows the damage, or nothing behind it would ever be looked at */
	if (length >= sizeof(struct rules_header) && (script_take(1) & 7U) != 0U) {
		uint32_t whole = (uint32_t)length;

		memcpy(blob, RULES_MAGIC, 8);
		memcpy(blob + offsetof(struct rules_header, size), &whole, sizeof(whole));
	}
	reason = border_load(blob, script_take(1) == 0xffU ? SIZE_MAX : length);
	if (reason != NULL) {
		PROMISE(reason[0] != '\0' && !rules_fill_registers());
		border.size = 0;
	}
	rules_boot();
	for (unsigned i = 0; i < CALLS_MAX && script.left > 0U; i++)
		call();
	PROMISE(border_cpu < 4U && rules_garbage() != rules_garbage());
	free(blob);
	return 0;
}
