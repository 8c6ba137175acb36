// SPDX-License-Identifier: Apache-2.0
/* The boot flow: what happens between the first C instruction and the host's first. */
#include <stddef.h>
#include <string.h>

#include "core/boot/map.h"
#include "core/boot/plan.h"
#include "core/boot/report.h"
#include "core/boot/tree.h"
#include "core/log/log.h"
#include "core/smccc/firmware.h"
#include "core/smccc/policy.h"

#include "arm64/breaker.h"
#include "arm64/cpu.h"
#include "arm64/entropy.h"
#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "arm64/report.h"
#include "arm64/selfcheck.h"
#include "arm64/sysreg.h"
#include "arm64/trap.h"
#include "drivers/pl011.h"

#define VERSION "0.1"

/*
 * Where a console is looked for when the tree gives none because it cannot be read: the address of
 * QEMU's virt machine, used only when a PL011 identifies itself there.
 */
#define FALLBACK_CONSOLE 0x09000000UL

extern char boot_area[];

static struct hypervisor hypervisor;

_Noreturn void boot_main(const struct boot_handover *handover);
_Noreturn void boot_wrong_level(const void *tree, uint64_t level);
_Noreturn void cpu_start(struct cpu *cpu);

/* The tree, the loader or firmware leaves no way to go on: say why, and stop here. */
static _Noreturn void refuse(const char *reason)
{
	log_line("boot", "refused", "%s; the host is not started, this machine stops here", reason);
	for (;;)
		__asm__ volatile("wfi");
}

/* Load this CPU's key; every caller never returns, since older frames were signed with another. */
static inline __attribute__((always_inline)) void load_key(const struct cpu *cpu)
{
	if ((cpu->flags & CPU_FLAG_PAC) == 0U)
		return;
	sysreg_write(APIAKEYLO_EL1, cpu->key[0]);
	sysreg_write(APIAKEYHI_EL1, cpu->key[1]);
	isb();
}

static void find_console(const struct boot_plan *plan)
{
	uint64_t base = plan->console.kind == BOOT_CONSOLE_PL011 ? plan->console.base : 0UL;

	if (base == 0UL && plan->reason[0] != '\0') {
		/* nothing usable in a tree that was refused */
		if (mmu_map(FALLBACK_CONSOLE, PAGE_SIZE, MMU_DEVICE) &&
		    pl011_present(FALLBACK_CONSOLE))
			pl011_use(FALLBACK_CONSOLE);
		return;
	}
	if (base != 0UL && mmu_map(base, PAGE_SIZE, MMU_DEVICE))
		pl011_use(base);
}

/* Page sizes of stage 1, numbered as in the Image header: bit 1 = 4, bit 2 = 16, bit 3 = 64 KiB. */
static unsigned page_sizes(void)
{
	unsigned sizes = 0;

	if (id_field(cpu_features.mmfr0, 28) != 15U)
		sizes |= 1U << 1;
	if (id_field(cpu_features.mmfr0, 20) != 0U)
		sizes |= 1U << 2;
	if (id_field(cpu_features.mmfr0, 24) != 15U)
		sizes |= 1U << 3;
	return sizes;
}

static void fill_facts(struct boot_facts *facts, const struct boot_handover *handover)
{
	static const unsigned char bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

	facts->image_base = (uint64_t)(uintptr_t)image_start;
	facts->image_size = (uint64_t)(image_end - image_start);
	facts->tree_base = handover->tree;
	facts->boot_mpidr = sysreg_read(mpidr_el1) & 0xff00ffffffUL;
	facts->pa_bits = bits[cpu_features.mmfr0 & 7U];
	facts->page_sizes = page_sizes();
	facts->cpu_area_size = CPU_AREA_SIZE;
	facts->version = VERSION;
}

/* Move the kernel to where it must lie, and make it visible to a CPU whose caches are off. */
static void move_kernel(const struct boot_kernel *kernel)
{
	if (!kernel->copy)
		return;
	if (!mmu_map(kernel->source.base, kernel->source.size, MMU_WRITE) ||
	    !mmu_map(kernel->load, kernel->source.size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the kernel to move it");
	memmove((void *)(uintptr_t)kernel->load, (const void *)(uintptr_t)kernel->source.base,
		kernel->source.size);
	/* The host fetches its first instructions with the MMU off: they must be in memory. */
	machine_cache_clean((const void *)(uintptr_t)kernel->load, kernel->source.size);
	__asm__ volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
	mmu_unmap(kernel->source.base, kernel->source.size);
	mmu_unmap(kernel->load, kernel->source.size);
}

/* Memory of the other CPUs, and everything they read before their MMU is on, out of the caches. */
static void prepare_cpus(struct hypervisor *hv)
{
	const struct boot_plan *plan = &hv->plan;
	uint64_t area = plan->cpu_areas;

	cpu_count = plan->cpu_count;
	for (unsigned i = 0; i < plan->cpu_count; i++, area += CPU_AREA_SIZE) {
		if (i == plan->boot_cpu)
			continue;
		if (!cpu_area_map(area))
			refuse("the hypervisor's own tables cannot map the memory of all CPUs");
		memset((void *)(uintptr_t)area, 0, sizeof(struct cpu));
		cpu_prepare((void *)(uintptr_t)area, i, plan->mpidr[i], hv);
		machine_cache_clean((const void *)(uintptr_t)area, sizeof(struct cpu));
	}
	machine_cache_clean(rodata_end, (size_t)(image_end - rodata_end));
}

/* Entry addresses of the host: its own RAM, and an instruction's alignment. */
static bool entry_allowed(const void *context, uint64_t entry)
{
	return (entry & 3U) == 0UL && boot_plan_host_ram(context, entry, 4);
}

static void plan_machine(struct hypervisor *hv, const struct boot_handover *handover)
{
	struct boot_plan *plan = &hv->plan;
	struct boot_facts facts;
	const char *reason;

	fill_facts(&facts, handover);
	reason = boot_plan_make(plan, (const void *)(uintptr_t)handover->tree, mmu_tree_size(),
				&facts);
	find_console(plan);
	if (reason != NULL)
		refuse(reason);
	if (!mmu_map(plan->kernel.source.base, PAGE_SIZE, MMU_READ))
		refuse("the hypervisor's own tables cannot map the kernel's header");
	reason = boot_plan_place(plan, &facts,
				 (const uint8_t *)(uintptr_t)plan->kernel.source.base);
	if (reason != NULL)
		refuse(reason);
	mmu_unmap(plan->kernel.source.base, PAGE_SIZE);
}

/*
 * hv.unprotect and hv.break exist in the test build only; in the normal one the calls of breaker.h
 * are empty.
 */
void boot_main(const struct boot_handover *handover)
{
	struct hypervisor *hv = &hypervisor;
	struct cpu *cpu;
	const char *reason;

	cpu_features_read(handover->e2h != 0UL);
	cpu = cpu_prepare(boot_area, 0, sysreg_read(mpidr_el1) & 0xff00ffffffUL, hv);
	load_key(cpu);
	plan_machine(hv, handover);
	struct boot_plan *plan = &hv->plan;

	log_line("boot", "start", "Portcullis " VERSION " at 0x%llx, tree at 0x%llx",
		 (unsigned long long)plan->image.base, (unsigned long long)handover->tree);
	cpu->index = plan->boot_cpu;
	cpu_table[0] = NULL;
	cpu_table[cpu->index] = cpu;

	/* what firmware is there, before anything depends on it */
	hv->firmware.conduit = plan->psci != BOOT_PSCI_HVC && smc_probe() ? FIRMWARE_SMC
									    : FIRMWARE_NONE;
	(void)reason;
	(void)entry_allowed;
	(void)move_kernel;
	(void)prepare_cpus;
	refuse("unfinished");
}
