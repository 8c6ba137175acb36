// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <stdio.h>
#include <stdlib.h>

#include "fake/machine.h"

struct script script;

uint64_t script_take(unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && script.left > 0U; i++, script.left--)
		value |= (uint64_t)*script.at++ << 8U * i;
	return value;
}

uint64_t script_choose(const uint64_t *values, unsigned count)
{
	uint8_t choice = (uint8_t)script_take(1);

	return choice < 0xe0U ? values[choice % count] : script_take(8);
}

void script_broken(const char *file, unsigned line, const char *what)
{
	fprintf(stderr, "%s\n%s:%u: broken: %s\n", fake.console, file, line, what);
	abort();
}
