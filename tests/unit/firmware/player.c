// SPDX-License-Identifier: Apache-2.0
/*
 * rules_player BLOB: load compiled rules, then answer the calls on standard input. Each line there
 * is "CPU IMMEDIATE x0 x1 …" in hexadecimal, registers that are not named are 0; each line of the
 * answer is "LINE-OF-THE-LOG|waited US|x0 x1 … x17" or "hangs". "ram ADDRESS BYTES" writes RAM of
 * the normal world and has no answer. First "loaded RAM REGISTERS" is written: the byte that RAM is
 * filled with or -1, and whether registers are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/machine.h"
#include "border.h"
#include "options.h"
#include "rules.h"

static char blob[100000];

static bool read_call(const char *line, unsigned *cpu, unsigned *immediate, uint64_t x[18])
{
	char *end;
	const char *at = line;

	memset(x, 0, 18 * sizeof(x[0]));
	*cpu = (unsigned)strtoul(at, &end, 16);
	if (end == at)
		return false;
	at = end;
	*immediate = (unsigned)strtoul(at, &end, 16);
	for (unsigned i = 0; i < 18 && end != at; i++) {
		at = end;
		x[i] = strtoull(at, &end, 16);
	}
	return true;
}

/* "ram ADDRESS BYTES": write RAM of the normal world; false for any other line. */
static bool write_ram(const char *line)
{
	unsigned long address;
	const char *at;
	char *end;

	if (strncmp(line, "ram ", 4) != 0)
		return false;
	address = strtoul(line + 4, &end, 16);
	for (at = end + 1; at[0] > ' ' && at[1] > ' '; at += 2, address++) {
		const char digits[3] = {at[0], at[1], '\0'};

		*(unsigned char *)border_ram(address) = (unsigned char)strtoul(digits, NULL, 16);
	}
	return true;
}

/* core/lock.h; there is one thread and nobody to wait for */
void machine_relax(void)
{
}

int main(int count, char **words)
{
	FILE *file = count == 2 ? fopen(words[1], "rb") : NULL;
	static char line[32768];
	const char *reason;
	size_t size;

	if (file == NULL) {
		fprintf(stderr, "rules_player BLOB\n");
		return 2;
	}
	/* Whoever asks waits for each answer. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	size = fread(blob, 1, sizeof(blob), file);
	fclose(file);
	reason = border_load(blob, size);
	if (reason != NULL) {
		printf("refused: %s\n", reason);
		return 1;
	}
	rules_boot();
	printf("loaded %d %d\n", border.ram, rules_fill_registers() ? 1 : 0);
	options.log_calls = true;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		uint64_t x[18];
		unsigned immediate;

		if (write_ram(line) || !read_call(line, &border_cpu, &immediate, x))
			continue;
		border.waited = 0;
		if (!border_call(x, (uint16_t)immediate)) {
			printf("hangs|%s\n", border.line);
			continue;
		}
		printf("%s|waited %llu|", border.line, (unsigned long long)border.waited);
		for (unsigned i = 0; i < 18; i++)
			printf("%s0x%llx", i > 0 ? " " : "", (unsigned long long)x[i]);
		printf("\n");
	}
	return 0;
}
