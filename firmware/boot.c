// SPDX-License-Identifier: Apache-2.0
#include "boot.h"

#include <string.h>

#include "calls.h"
#include "console.h"
#include "cpu.h"
#include "gic.h"
#include "layout.h"
#include "options.h"
#include "platform.h"
#include "power.h"
#include "ram.h"
#include "rules.h"
#include "spmc.h"
#include "sysreg.h"
#include "tree.h"
#include "trng.h"

extern volatile uint32_t mailbox;
extern char data_start[];
extern char bss_end[];
extern uint64_t map_level1[512];

void boot_main(void)
{
	const char *reason;

	options_read();
	console_line("EL3 test firmware, entry 0x%llx", (unsigned long long)options.entry);
	reason = tree_prepare();
	if (reason == NULL)
		reason = gic_find(tree_edited());
	if (reason != NULL)
		crash("device tree: %s", reason);
	trng_init();
	power_init();
	reason = rules_load();
	if (reason != NULL)
		crash("personality: %s", reason);
	if (rules_spmc() != NULL)
		ram_map();
	spmc_start(rules_spmc());
	spmc_tell();
	gic_init();
	gic_cpu_init();
	cpu_init();
	rules_boot();
	console_line("%u CPUs, entering EL2", power_cpus());

	/* The others read the mark, and the first time the tables too, with their caches off. */
	cpu_clean((uint64_t)(uintptr_t)map_level1, 4096);
	mailbox = MAILBOX_READY;
	cpu_clean((uint64_t)(uintptr_t)&mailbox, sizeof(mailbox));
	SEND_EVENT();

	gic_cpu_pen(false);
	cpu_enter(options.entry, PLATFORM_TREE, CPU_START_BOOT);
}

void secondary_main(void)
{
	gic_cpu_init();
	cpu_init();
	power_pen();
}
