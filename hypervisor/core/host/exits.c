// SPDX-License-Identifier: Apache-2.0
#include "core/host/exits.h"

#include <stddef.h>

#include "core/log/log.h"
#include "core/psci/psci.h"

#define FFA_FUNCTION(n) (0x84000000U + HOST_EXITS_FFA_FIRST + (n))

#define LINE_MAX  160U
#define LINE_ITEM 32U /* " 84000001=18446744073709551615" and the zero */

_Static_assert(HOST_EXITS_PSCI == PSCI_LAST_NUMBER + 1U, "a counter for each power call");

/* By CPU; constant once the host runs. A debugger finds the counters through it. */
static const struct host_exits *host_exits_table[PSCI_CPU_MAX];

static uint64_t load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void host_exits_count(struct host_exits *exits, uint32_t fid)
{
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++) {
		if (exits->call[i] != 0U && exits->fid[i] != fid)
			continue;
		exits->fid[i] = fid;
		__atomic_store_n(&exits->call[i], exits->call[i] + 1U, __ATOMIC_RELEASE);
		return;
	}
	exits->calls_other++;
}

uint64_t host_exits_calls(const struct host_exits *exits)
{
	uint64_t calls = load(&exits->calls_other);

	for (unsigned i = 0; i < HOST_EXITS_PSCI; i++)
		calls += load(&exits->psci[i]);
	for (unsigned i = 0; i < HOST_EXITS_FFA; i++)
		calls += load(&exits->ffa[i]);
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++)
		calls += load(&exits->call[i]);
	return calls;
}

void host_exits_register(unsigned cpu, const struct host_exits *exits)
{
	if (cpu < PSCI_CPU_MAX)
		host_exits_table[cpu] = exits;
}

/*
 * A line about one CPU, in pieces; one that is full is printed and the next one begun. Digits are
 * made here: this runs when every machine ends, and log_format() costs some hundred instructions.
 */
struct line {
	unsigned cpu;
	size_t used;
	char text[LINE_MAX];
};

static void add_text(struct line *line, const char *text)
{
	for (; *text != '\0'; text++)
		line->text[line->used++] = *text;
}

static void add_hexadecimal(struct line *line, uint32_t value)
{
	for (unsigned shift = 32; shift > 0U; shift -= 4U)
		line->text[line->used++] = "0123456789abcdef"[value >> (shift - 4U) & 15U];
}

static void add_decimal(struct line *line, uint64_t value)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = (char)('0' + value % 10U);
		value /= 10U;
	} while (value != 0U);
	while (count > 0U)
		line->text[line->used++] = digits[--count];
}

static void print(struct line *line)
{
	if (line->used == 0U)
		return;
	line->text[line->used] = '\0';
	log_line("host", "stats", "cpu%u:%s", line->cpu, line->text);
	line->used = 0;
}

static void make_room(struct line *line)
{
	if (line->used > LINE_MAX - LINE_ITEM)
		print(line);
}

static void add_reason(struct line *line, const char *reason, uint64_t count)
{
	add_text(line, reason);
	add_decimal(line, count);
}

static void add_function(struct line *line, uint32_t fid, uint64_t count)
{
	if (count == 0U)
		return;
	make_room(line);
	add_text(line, " ");
	add_hexadecimal(line, fid);
	add_text(line, "=");
	add_decimal(line, count);
}

/* Both forms of a power call count together; the 32-bit identifier stands for both. */
static void report_cpu(unsigned cpu, const struct host_exits *exits)
{
	struct line line;

	line.cpu = cpu;
	line.used = 0;
	add_reason(&line, " calls=", host_exits_calls(exits));
	add_reason(&line, " hvc=", load(&exits->hvc));
	add_reason(&line, " aborts=", load(&exits->abort));
	add_reason(&line, " traps=", load(&exits->trap));
	for (unsigned i = 0; i < HOST_EXITS_PSCI; i++)
		add_function(&line, PSCI_FUNCTION(i), load(&exits->psci[i]));
	for (unsigned i = 0; i < HOST_EXITS_FFA; i++)
		add_function(&line, FFA_FUNCTION(i), load(&exits->ffa[i]));
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++)
		add_function(&line, exits->fid[i], load(&exits->call[i]));
	if (exits->calls_other != 0U) {
		make_room(&line);
		add_reason(&line, " others=", exits->calls_other);
	}
	print(&line);
}

void host_exits_report(void)
{
	uint64_t calls = 0, suspends = 0, hvc = 0, aborts = 0, traps = 0;
	unsigned cpus = 0;

	for (unsigned i = 0; i < PSCI_CPU_MAX; i++) {
		const struct host_exits *exits = host_exits_table[i];

		if (exits == NULL)
			continue;
		cpus++;
		report_cpu(i, exits);
		calls += host_exits_calls(exits);
		suspends += load(&exits->psci[PSCI_FN_CPU_SUSPEND]);
		hvc += load(&exits->hvc);
		aborts += load(&exits->abort);
		traps += load(&exits->trap);
	}
	if (cpus > 1U)
		log_line("host", "stats",
			 "%u CPUs came here for %llu calls (%llu of them CPU_SUSPEND, %llu by "
			 "HVC), %llu aborts, %llu traps",
			 cpus, (unsigned long long)calls, (unsigned long long)suspends,
			 (unsigned long long)hvc, (unsigned long long)aborts,
			 (unsigned long long)traps);
}
