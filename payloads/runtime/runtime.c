// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"
#include "mmu.h"
#include "payload.h"
#include "psci.h"
#include "smccc.h"

_Static_assert(__builtin_offsetof(struct exchange, sp) == EXCHANGE_SP, "layout.h");
_Static_assert(__builtin_offsetof(struct exchange, sp_after) == EXCHANGE_SP_AFTER, "layout.h");
_Static_assert(__builtin_offsetof(struct exchange, q) == EXCHANGE_Q, "layout.h");

#define LEVEL_EL1 (1U << 2)

extern const struct cpu_entry
    boot_entry; /* outside of .bss, which is cleared after it was written */

uint64_t clock_us(void)
{
	isb();
	return sysreg_read(cntvct_el0) / (sysreg_read(cntfrq_el0) / 1000000U);
}

_Noreturn void power_off(void)
{
	(void)psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	say("not ok: SYSTEM_OFF came back");
	for (;;)
		__asm__ volatile("wfi");
}

void runtime_main(const void *tree)
{
	const char *reason = machine_read(tree);
	int self;

	if (machine.console != 0U)
		console_use(machine.console);
	if (reason != NULL) {
		say("not ok: %s", reason);
		power_off();
	}
	self = machine_cpu_index(sysreg_read(mpidr_el1));
	cpus[0].index = self < 0 ? 0U : (unsigned)self;
	cpus[0].entry = boot_entry;
	if (sysreg_read(CurrentEL) != LEVEL_EL1) {
		say("not ok: entered at EL%u, not at EL1", (unsigned)sysreg_read(CurrentEL) >> 2);
		power_off();
	}
	mmu_prepare();
	mmu_enable();
	payload_main();
	power_off();
}
