// SPDX-License-Identifier: Apache-2.0
#include "calls.h"

#include "console.h"
#include "core/log/log.h"
#include "options.h"
#include "platform.h"
#include "sysreg.h"

enum {
	EC_SMC32 = 0x13,
	EC_SMC64 = 0x17
};

static const char *const vector_names[16] = {
    "synchronous, EL3 with SP_EL0",
    "IRQ, EL3 with SP_EL0",
    "FIQ, EL3 with SP_EL0",
    "SError, EL3 with SP_EL0",
    "synchronous, EL3",
    "IRQ, EL3",
    "FIQ, EL3",
    "SError, EL3",
    "synchronous, lower level",
    "IRQ, lower level",
    "FIQ, lower level",
    "SError, lower level",
    "synchronous, lower AArch32",
    "IRQ, lower AArch32",
    "FIQ, lower AArch32",
    "SError, lower AArch32",
};

static _Noreturn void stop(void)
{
	console_crash_line("crash: [end]");
	if (!options.crash_halt)
		platform_power_off();
	for (;;)
		WAIT_FOR_INTERRUPT();
}

void crash(const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	(void)log_format_list(text, sizeof(text), format, list);
	va_end(list);
	console_crash_line("crash: cpu%u %s", cpu_index(), text);
	stop();
}

void trap_unexpected(struct frame *frame, unsigned vector)
{
	uint64_t esr = SYSREG_READ(esr_el3);

	console_crash_line("crash: cpu%u unexpected exception (%s) ESR=0x%llx EC=0x%x ELR=0x%llx "
			   "FAR=0x%llx SPSR=0x%llx SCR=0x%llx",
			   cpu_index(), vector_names[vector & 15U], (unsigned long long)esr,
			   (unsigned)(esr >> 26) & 63U, (unsigned long long)SYSREG_READ(elr_el3),
			   (unsigned long long)SYSREG_READ(far_el3),
			   (unsigned long long)SYSREG_READ(spsr_el3),
			   (unsigned long long)SYSREG_READ(scr_el3));
	for (unsigned i = 0; i < 30; i += 3)
		console_crash_line("crash: x%-2u=0x%016llx x%-2u=0x%016llx x%-2u=0x%016llx", i,
				   (unsigned long long)frame->x[i], i + 1,
				   (unsigned long long)frame->x[i + 1], i + 2,
				   (unsigned long long)frame->x[i + 2]);
	console_crash_line("crash: x30=0x%016llx sp=0x%016llx", (unsigned long long)frame->x[30],
			   (unsigned long long)(uintptr_t)(frame + 1));
	stop();
}

void trap_lower(struct frame *frame)
{
	uint64_t esr = SYSREG_READ(esr_el3);
	unsigned class = (unsigned)(esr >> 26) & 63U;

	if (class == EC_SMC64)
		call_handle(frame, (uint16_t)esr);
	else if (class == EC_SMC32)
		call_handle(frame, 0);
	else
		trap_unexpected(frame, 8);
}
