// SPDX-License-Identifier: Apache-2.0
#include "core/host/exits.h"

#include <stddef.h>

#include "core/log/log.h"
#include "core/psci/psci.h"

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
	for (unsigned i = 0; i < HOST_EXITS_CALLS; i++)
		calls += load(&exits->call[i]);
	return calls;
}

void host_exits_register(unsigned cpu, const struct host_exits *exits)
{
	if (cpu < PSCI_CPU_MAX)
		host_exits_table[cpu] = exits;
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
		calls += host_exits_calls(exits);
		suspends += load(&exits->psci[PSCI_FN_CPU_SUSPEND]);
		hvc += load(&exits->hvc);
		aborts += load(&exits->abort);
		traps += load(&exits->trap);
	}
	if (cpus != 0U)
		log_line("host", "stats",
			 "%u CPUs came here for %llu calls (%llu of them CPU_SUSPEND, %llu by "
			 "HVC), %llu aborts, %llu traps",
			 cpus, (unsigned long long)calls, (unsigned long long)suspends,
			 (unsigned long long)hvc, (unsigned long long)aborts,
			 (unsigned long long)traps);
}
