// SPDX-License-Identifier: Apache-2.0
/* Guards of memory: what is not in the host's stage 2, and that there is one. */
#include "core/boot/plan.h"
#include "core/stage2/host.h"

#include "arm64/breaker.h"
#include "arm64/sysreg.h"

static void set_vm(bool on)
{
	uint64_t hcr = sysreg_read(hcr_el2);

	sysreg_write(hcr_el2, on ? hcr | HCR_VM : hcr & ~HCR_VM);
	isb();
	/* what was translated under the other setting */
	__asm__ volatile("tlbi vmalls12e1" ::: "memory");
	dsb(nsh);
	isb();
}

/* Map [base, base + size) for the host, or take it out again. */
static void set_range(struct hypervisor *hv, const struct boot_range *range, bool mapped)
{
	(void)host_memory_set(&hv->stage2, range->base, range->size,
			      mapped ? STAGE2_RAM : STAGE2_NONE);
}

void breaker_memory_switch(struct hypervisor *hv, enum guard guard, bool off)
{
	switch (guard) {
	case GUARD_stage2_image:
		set_range(hv, &hv->plan.image, off);
		break;
	case GUARD_stage2_on:
		set_vm(!off);
		break;
	default:
		break;
	}
}

void breaker_memory_enter(enum guard guard)
{
	if (guard == GUARD_stage2_on)
		set_vm(false);
}
