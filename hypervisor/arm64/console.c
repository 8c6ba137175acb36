// SPDX-License-Identifier: Apache-2.0
#include "arm64/console.h"

#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "drivers/ns16550.h"
#include "drivers/pl011.h"

static bool used;

void console_find(const struct boot_plan *plan)
{
	const struct boot_console *console = &plan->console;

	switch (console->kind) {
	case BOOT_CONSOLE_PL011:
		used = mmu_map(console->base, PAGE_SIZE, MMU_DEVICE);
		if (used)
			pl011_use(console->base);
		return;
	case BOOT_CONSOLE_8250:
		used = mmu_map(console->base, PAGE_SIZE, MMU_DEVICE);
		if (used)
			ns16550_use(console->base, console->shift, console->width);
		return;
	case BOOT_CONSOLE_NONE:
	case BOOT_CONSOLE_UNKNOWN:
		break;
	}
	/* nothing usable in a tree that was refused: somebody should still read why */
	if (plan->reason[0] != '\0')
		console_fallback();
}

void console_fallback(void)
{
	if (used || !mmu_map(CONSOLE_FALLBACK, PAGE_SIZE, MMU_DEVICE) ||
	    !memory_answers(CONSOLE_FALLBACK) || !pl011_present(CONSOLE_FALLBACK))
		return;
	pl011_use(CONSOLE_FALLBACK);
	used = true;
}
