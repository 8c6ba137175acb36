// SPDX-License-Identifier: Apache-2.0
/* The boot flow: what happens between the first C instruction and the host's first. */
#include <stddef.h>
#include <string.h>

#include "core/boot/map.h"
#include "core/boot/plan.h"
#include "core/boot/report.h"
#include "core/boot/tree.h"
#include "core/hypervisor.h"
#include "core/log/log.h"
#include "core/smccc/firmware.h"
#include "core/smccc/policy.h"
#include "core/stage2/host.h"
#include "core/trace/trace.h"

#include "arm64/audit.h"
#include "arm64/breaker.h"
#include "arm64/console.h"
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

/* Entry addresses of the host: RAM that it has by now, and an instruction's alignment. */
static bool entry_allowed(const void *context, uint64_t entry)
{
	(void)context;
	return (entry & 3U) == 0UL &&
	       host_memory_lookup(&hypervisor.stage2, entry).kind == STAGE2_RAM;
}

/* RAM that the host never had, or gave away. */
static bool foreign(const void *context, uint64_t address)
{
	struct ledger_extent extent = ledger_lookup(&hypervisor.ledger, address);

	(void)context;
	return extent.ram && extent.record.owner != LEDGER_HOST;
}

static void plan_machine(struct hypervisor *hv, const struct boot_handover *handover,
			 struct boot_facts *facts)
{
	struct boot_plan *plan = &hv->plan;
	const char *reason;

	fill_facts(facts, handover);
	reason =
	    boot_plan_make(plan, (const void *)(uintptr_t)handover->tree, mmu_tree_size(), facts);
	console_find(plan);
	if (reason != NULL)
		refuse(reason);
}

/* Where things go, now that it is known what firmware makes necessary. */
static void place_machine(struct hypervisor *hv, struct boot_facts *facts)
{
	struct boot_plan *plan = &hv->plan;
	const char *reason;

	facts->ffa_size = host_ffa_memory_size(&hv->ffa_host, &hv->ffa, &facts->ffa_align);
	if (!mmu_map(plan->kernel.source.base, PAGE_SIZE, MMU_READ))
		refuse("the hypervisor's own tables cannot map the kernel's header");
	reason = boot_plan_place(plan, facts, (const uint8_t *)(uintptr_t)plan->kernel.source.base);
	if (reason != NULL)
		refuse(reason);
	mmu_unmap(plan->kernel.source.base, PAGE_SIZE);
}

/* Boot options of the rooms that have some; those that nobody asks for are named in the report. */
static void apply_options(struct hypervisor *hv, uint16_t *host_id)
{
	const char *value = boot_plan_option(&hv->plan, "smc");

	if (value != NULL)
		(void)smccc_policy_option(&hv->policy, value);
	value = boot_plan_option(&hv->plan, "host-id");
	if (value == NULL)
		return;
	if ((value[0] == '0' || value[0] == '1') && value[1] == '\0')
		*host_id = (uint16_t)(value[0] - '0');
	else
		log_line("boot", "host-id", "hv.host-id=%s is neither 0 nor 1; ignored", value);
}

/* What lies below, and from it what the host is offered. */
static void prepare_calls(struct hypervisor *hv)
{
	struct boot_plan *plan = &hv->plan;
	uint16_t host_id = HOST_FFA_ID;

	hv->firmware.conduit =
	    plan->psci != BOOT_PSCI_HVC && smc_probe() ? FIRMWARE_SMC : FIRMWARE_NONE;
	firmware_discover(&hv->firmware);
	smccc_policy_init(&hv->policy, PORTCULLIS_PRESENT_CONFINED);
	apply_options(hv, &host_id);
	psci_init(&hv->psci, &hv->firmware, plan->mpidr, plan->cpu_count, plan->boot_cpu,
		  entry_allowed, foreign, NULL);
	host_ffa_init(&hv->ffa_host, &hv->ffa, &hv->firmware, &hv->ledger, host_id);
	hv->ffa.host.contexts = (uint16_t)plan->cpu_count;
	host_ffa_option(&hv->ffa_host, "ffa-transactions",
			boot_plan_option(plan, "ffa-transactions"));
	host_ffa_option(&hv->ffa_host, "ffa-ranges", boot_plan_option(plan, "ffa-ranges"));
}

/* Buffers towards firmware, and room for what the host shares with it. */
static void prepare_ffa(struct hypervisor *hv)
{
	struct boot_range *ffa = &hv->plan.ffa;

	if (ffa->size != 0UL && !mmu_map(ffa->base, ffa->size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the memory for FF-A");
	host_ffa_open(&hv->ffa_host, &hv->ffa,
		      ffa->size != 0UL ? (void *)(uintptr_t)ffa->base : NULL);
}

/* The GIC is the host's, but for the registers that hold addresses. */
static const char *prepare_gic(struct hypervisor *hv)
{
	struct boot_plan *plan = &hv->plan;

	if (!mmu_map(plan->its_memory, plan->gic.its_count * GIC_ITS_MEMORY, MMU_WRITE))
		return "the hypervisor's own tables cannot map the memory of the ITS";
	return gic_init(&hv->gic, &plan->gic, &hv->stage2, &hv->ledger, plan->its_memory);
}

/* Records of the host's calls, for who reads them from outside. */
static void prepare_trace(struct hypervisor *hv)
{
	struct boot_plan *plan = &hv->plan;

	if (!mmu_map(plan->trace.base, plan->trace.size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the memory for the trace");
	trace_open(boot_plan_option(plan, "trace"), boot_plan_option(plan, "trace-wait"),
		   plan->trace.base, plan->cpu_count);
	firmware_trace(&hv->firmware);
}

/* The host's stage 2, its kernel and its tree. */
static void prepare_host(struct hypervisor *hv, const struct boot_handover *handover)
{
	struct boot_plan *plan = &hv->plan;
	const char *reason;

	if (!mmu_map(plan->tables.base, plan->tables.size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the memory for the host's");
	if (!mmu_map(plan->records.base, plan->records.size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the memory for the ledger");
	if (plan->trace.size != 0UL)
		prepare_trace(hv);
	prepare_ffa(hv);
	reason = boot_map_host(&hv->stage2, plan, boot_bbm(plan, cpu_join_first()));
	if (reason == NULL)
		reason = boot_open_ledger(&hv->ledger, &hv->stage2, plan);
	if (reason == NULL)
		reason = prepare_gic(hv);
	if (reason != NULL)
		refuse(reason);
	move_kernel(&plan->kernel);
	if (!mmu_map(plan->tree.base, plan->tree.size, MMU_WRITE))
		refuse("the hypervisor's own tables cannot map the host's tree");
	reason = boot_tree_write(plan, (const void *)(uintptr_t)handover->tree,
				 (void *)(uintptr_t)plan->tree.base);
	if (reason != NULL)
		refuse(reason);
	/* The host's memory from here on: nothing of it stays mapped at EL2. */
	mmu_unmap(handover->tree, mmu_tree_size());
	mmu_unmap(plan->tree.base, plan->tree.size);
}

static void print_report(const struct hypervisor *hv)
{
	report_cpu(&hv->stage2);
	boot_report(&hv->plan);
	gic_report(&hv->gic);
	firmware_report(&hv->firmware);
	psci_report(&hv->psci);
	host_ffa_report(&hv->ffa_host, &hv->ffa);
	smccc_policy_report(&hv->policy);
}

/*
 * Firmware's random numbers, where it has some, into the pool before keys are drawn for other CPUs.
 * The boot CPU's own key and canary are replaced too: it had to have some before it could ask.
 */
static void stir_firmware_entropy(const struct firmware *firmware)
{
	uint64_t x[SMCCC_REGISTERS] = {TRNG_RND64, 192};

	if (!firmware->trng || !firmware->trng_rnd64)
		return;
	firmware_call(firmware, x);
	if (smccc_int32(x[0]) == SMCCC_SUCCESS)
		entropy_add(&x[1], 3U * sizeof(x[1]));
}

static unsigned microseconds(uint64_t ticks)
{
	return (unsigned)(ticks * 1000000U / machine_counter_frequency());
}

/*
 * hv.unprotect and hv.break exist in the test build only; in the normal one the calls of breaker.h
 * are empty.
 */
void boot_main(const struct boot_handover *handover)
{
	struct hypervisor *hv = &hypervisor;
	struct boot_plan *plan = &hv->plan;
	struct boot_facts facts;
	struct cpu *cpu;

	cpu_features_read(handover->e2h != 0UL);
	cpu = cpu_prepare(boot_area, 0, sysreg_read(mpidr_el1) & 0xff00ffffffUL, hv);
	load_key(cpu);
	breaker_early(handover->tree, mmu_tree_size());
	plan_machine(hv, handover, &facts);
	log_line("boot", "start", "Portcullis " VERSION " at 0x%llx, tree at 0x%llx",
		 (unsigned long long)plan->image.base, (unsigned long long)handover->tree);
	cpu_table[0] = NULL;
	cpu->index = plan->boot_cpu;
	cpu_table[cpu->index] = cpu;

	prepare_calls(hv);
	place_machine(hv, &facts);
	stir_firmware_entropy(&hv->firmware);
	/* No frame but this one, which never returns, was made with the old values. */
	(void)cpu_prepare(boot_area, plan->boot_cpu, cpu->mpidr, hv);
	load_key(cpu);
	prepare_host(hv, handover);
	prepare_cpus(hv);
	cpu_initialise(cpu, false);
	breaker_unprotect(plan);
	if (!selfcheck())
		refuse("a protection of the hypervisor itself is off");
	audit_begin(hv);
	print_report(hv);
	if (host_trace != NULL)
		trace_await();
	breaker_break(plan);
	log_line("boot", "enter",
		 "host at 0x%llx, tree at 0x%llx, EL1; %u us since the first instruction, firmware "
		 "asked for %u us",
		 (unsigned long long)plan->kernel.entry, (unsigned long long)plan->tree.base,
		 microseconds(machine_counter() - handover->entry_time),
		 microseconds(hv->firmware.ticks));
	enter_host(plan->kernel.entry, plan->tree.base, SPSR_DAIF | SPSR_EL1H);
}

/*
 * The loader entered at EL1 or EL3: nothing can be started from there, but it can be said. No frame
 * with a canary may be made here, since TPIDR_EL2 cannot be read at EL1; so no log_line().
 */
void boot_wrong_level(const void *tree, uint64_t level)
{
	static const char at_el1[] =
	    "hv: boot: [wrong-level] entered at EL1, needs EL2; this machine stops here: start it "
	    "from "
	    "firmware or a loader at EL2 (QEMU: -M virt,virtualization=on)\n";
	static const char at_el3[] =
	    "hv: boot: [wrong-level] entered at EL3, needs EL2; this machine stops here: start it "
	    "from "
	    "firmware at EL3 that enters EL2, or without EL3 (QEMU: secure=off)\n";

	(void)tree;
	if (pl011_present(CONSOLE_FALLBACK)) {
		pl011_use(CONSOLE_FALLBACK);
		if (level == 1U)
			pl011_write(at_el1, sizeof(at_el1) - 1U);
		else
			pl011_write(at_el3, sizeof(at_el3) - 1U);
	}
	for (;;)
		__asm__ volatile("wfi");
}

/* This CPU may not run the host: give it back to firmware, or stop it here. */
static _Noreturn void leave(struct hypervisor *hv)
{
	(void)firmware_ask(&hv->firmware, PSCI_FUNCTION(PSCI_FN_CPU_OFF), 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/*
 * A CPU that firmware turned on or woke, with MMU, stack and key. What the host or a call in flight
 * left of this CPU's state is gone with its power.
 */
void cpu_start(struct cpu *cpu)
{
	struct hypervisor *hv = cpu->hypervisor;
	struct psci_entry entry;

	if (crash_begun())
		crash_park();
	cpu->handling = NULL;
	selfcheck_secondary();
	if (!cpu_features_agree()) {
		log_line("boot", "cpu-differs",
			 "CPU 0x%llx has not the features of the boot CPU; it is turned off again",
			 (unsigned long long)cpu->mpidr);
		psci_cpu_leaves(&hv->psci, cpu->index);
		leave(hv);
	}
	entry = psci_cpu_arrived(&hv->psci, cpu->index);
	if (!entry.expected)
		leave(hv);
	cpu_join(cpu);
	cpu_initialise(cpu, entry.woken);
	audit_exit(hv);
	enter_host(entry.pc, entry.context, SPSR_DAIF | SPSR_EL1H);
}
