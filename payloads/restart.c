// SPDX-License-Identifier: Apache-2.0
/*
 * Goes through resets: payload.resets=N of them (default 2), SYSTEM_RESET and the warm
 * SYSTEM_RESET2 in turn, then SYSTEM_OFF. The count survives in the last page of RAM that is ours,
 * which no loader writes; QEMU keeps RAM across a reset.
 */
#include "payload.h"
#include "psci.h"

#define MAGIC 0x5a17e57a27c0de00UL

const char payload_name[] = "restart";

struct record {
	uint64_t magic, count, inverse;
};

/* The page is chosen by the tree alone, so it is the same after each reset. */
static volatile struct record *find_record(void)
{
	const struct machine_range *ram = &machine.ram[0];

	for (uint64_t page = ram->base + ram->size - MACHINE_PAGE; page > ram->base;
	     page -= MACHINE_PAGE) {
		bool tree = page < (uintptr_t)machine.tree + machine.tree_size &&
			    page + MACHINE_PAGE > (uintptr_t)machine.tree;

		if (machine_ram(page, MACHINE_PAGE) && !tree)
			return (volatile struct record *)(uintptr_t)page;
	}
	return NULL;
}

void payload_main(void)
{
	volatile struct record *record = find_record();
	uint64_t resets = machine_option("resets", 2), count = 0;

	if (record == NULL) {
		say("not ok: no page of RAM to count in");
		return;
	}
	if (record->magic == MAGIC && record->inverse == ~record->count)
		count = record->count;
	say("start %llu, record at 0x%llx", (unsigned long long)count,
	    (unsigned long long)(uintptr_t)record);
	if (count == resets) {
		record->magic = 0;
		say("done after %llu resets", (unsigned long long)count);
		return;
	}
	record->magic = MAGIC;
	record->count = count + 1U;
	record->inverse = ~(count + 1U);
	/* A reset may lose what is only in the caches. */
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(record) : "memory");
	if (count % 2U == 1U && psci_features(PSCI_SYSTEM_RESET2) >= 0) {
		say("SYSTEM_RESET2");
		say("not ok: SYSTEM_RESET2 came back: %d", psci_call(PSCI_SYSTEM_RESET2, 0, 0, 0));
		return;
	}
	say("SYSTEM_RESET");
	say("not ok: SYSTEM_RESET came back: %d", psci_call(PSCI_SYSTEM_RESET, 0, 0, 0));
}
