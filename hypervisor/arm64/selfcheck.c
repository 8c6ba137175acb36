// SPDX-License-Identifier: Apache-2.0
#include "arm64/selfcheck.h"

#include <stddef.h>
#include <stdint.h>

#include "core/log/log.h"

#include "arm64/cpu.h"
#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"
#include "arm64/trap.h"

#define XN_BITS (MMU_DESCRIPTOR_XN | MMU_DESCRIPTOR_PXN)

static bool executable(uint64_t descriptor)
{
	/* with E2H the bit for EL2 is PXN, without it XN */
	return (descriptor & (cpu_features.e2h ? MMU_DESCRIPTOR_PXN : MMU_DESCRIPTOR_XN)) == 0UL;
}

/* No page of the image is both writable and executable; text is read-only, data never executes. */
static bool write_xor_execute(void)
{
	for (uint64_t at = (uint64_t)(uintptr_t)image_start; at < (uint64_t)(uintptr_t)image_end;
	     at += PAGE_SIZE) {
		uint64_t descriptor = mmu_lookup(at);
		bool text = at < (uint64_t)(uintptr_t)text_end;
		bool writable = (descriptor & MMU_DESCRIPTOR_READ_ONLY) == 0UL;

		if (descriptor == 0UL)
			continue; /* guard page */
		if (executable(descriptor) != text)
			return false;
		if (writable != (at >= (uint64_t)(uintptr_t)rodata_end))
			return false;
	}
	return (sysreg_read(sctlr_el2) & SCTLR_WXN) != 0UL;
}

static bool branch_targets(void)
{
	uint64_t descriptor = mmu_lookup((uint64_t)(uintptr_t)image_start);

	return (sysreg_read(sctlr_el2) & SCTLR_BT2) != 0UL &&
	       (descriptor & MMU_DESCRIPTOR_GUARDED) != 0UL;
}

/* Does signing change a pointer? (PACIA x17, x16 in the hint space is PACIA1716.) */
static bool pointer_authentication(void)
{
	uint64_t signed_pointer = 0;

	/* one value in some thousands may keep its bits: three tries */
	for (uint64_t i = 1; i <= 3 && signed_pointer == 0UL; i++) {
		register uint64_t x17 __asm__("x17") = (uint64_t)(uintptr_t)image_start;
		register uint64_t x16 __asm__("x16") = i;

		__asm__ volatile("hint #8" : "+r"(x17) : "r"(x16));
		signed_pointer = x17 ^ (uint64_t)(uintptr_t)image_start;
	}
	return signed_pointer != 0UL && (sysreg_read(sctlr_el2) & SCTLR_ENIA) != 0UL;
}

static bool stack_guard(const struct cpu *cpu)
{
	return mmu_lookup(cpu->stack - CPU_AREA_SIZE + CPU_AREA_GUARD) == 0UL &&
	       mmu_lookup(cpu->stack - 8U) != 0UL;
}

static bool canary(const struct cpu *cpu)
{
	return cpu->canary != 0UL;
}

struct check {
	const char *name;
	bool has; /* the CPU can do it */
	bool on;
};

static size_t run_checks(struct check checks[5])
{
	const struct cpu *cpu = cpu_self();

	checks[0] = (struct check){"W^X", true, write_xor_execute()};
	checks[1] = (struct check){"stack guard", true, stack_guard(cpu)};
	checks[2] = (struct check){"stack canary", true, canary(cpu)};
	checks[3] = (struct check){"BTI", cpu_features.bti, cpu_features.bti && branch_targets()};
	checks[4] = (struct check){"pointer authentication", cpu_features.pac,
				   cpu_features.pac && pointer_authentication()};
	return 5;
}

bool selfcheck(void)
{
	struct check checks[5];
	char on[LOG_LINE / 2] = "", absent[LOG_LINE / 2] = "";
	size_t on_used = 0, absent_used = 0, count = run_checks(checks);
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		if (checks[i].on) {
			on_used += log_format(on + on_used, sizeof(on) - on_used, "%s%s",
					      on_used > 0 ? ", " : "", checks[i].name);
		} else if (!checks[i].has) {
			absent_used +=
			    log_format(absent + absent_used, sizeof(absent) - absent_used, "%s%s",
				       absent_used > 0 ? ", " : "", checks[i].name);
		} else {
			log_line("boot", "hardening-off",
				 "%s is off although this CPU has it; the host is not started",
				 checks[i].name);
			good = false;
		}
	}
	if (good)
		log_line("boot", "hardening", "on: %s%s%s", on,
			 absent_used > 0 ? "; this CPU lacks: " : "", absent);
	return good;
}

void selfcheck_secondary(void)
{
	struct check checks[5];
	size_t count = run_checks(checks);

	for (size_t i = 0; i < count; i++)
		if (checks[i].has && !checks[i].on)
			crash_here("hardening-off", checks[i].name);
}
