// SPDX-License-Identifier: Apache-2.0
/* System registers and instructions that reach beyond EL1. */
#include "attack.h"
#include "features.h"
#include "given.h"
#include "sysreg.h"

#define PMU_HCCD      6U
#define ONLY_EL2      ((1U << 31) | (1U << 30) | (1U << 27)) /* not EL1, not EL0, but EL2 */
#define EVENT_CYCLES  0x11U
#define PMCR_ENABLE   1U
#define PMCR_LONG     (1U << 6)
#define CYCLE_COUNTER (1UL << 31)
#define CALLS         200U

static enum attack_outcome taken_or_not(const char *what)
{
	struct exception taken;
	unsigned count = exception_end(&taken);

	return attack_judge(count == 0U, "%s %s: %u exceptions, ESR 0x%llx", what,
			    count == 0U ? "was carried out" : "was not", count,
			    (unsigned long long)taken.esr);
}

/* One instruction, which must not be carried out. QEMU shows no more of these (flag INSTRUCTION):
 * its caches are none, ACTLR_EL1 and the registers of LORegions are constants. */
#define CARRY_OUT(what, text)                                                                      \
	do {                                                                                       \
		exception_expect();                                                                \
		__asm__ volatile(text ::"r"(0UL) : "memory");                                      \
		return taken_or_not(what);                                                         \
	} while (0)

/* ---- caches by set and way ---- */

enum attack_outcome attack_invalidate_set_way(void)
{
	CARRY_OUT("DC ISW", "dc isw, %0");
}

enum attack_outcome attack_clean_set_way(void)
{
	CARRY_OUT("DC CSW", "dc csw, %0");
}

enum attack_outcome attack_flush_set_way(void)
{
	CARRY_OUT("DC CISW", "dc cisw, %0");
}

/* ---- what the implementation defines ---- */

/* With what is there: other bits could stop the CPU. */
enum attack_outcome attack_write_actlr(void)
{
	uint64_t value = sysreg_read(actlr_el1);

	exception_expect();
	sysreg_write(actlr_el1, value);
	return taken_or_not("MSR ACTLR_EL1");
}

/* What no register tells: whoever starts the machine knows what it is run on. */
static bool emulated(void)
{
	return machine_option("tidcp", 1) != 0U;
}

/* Cortex-A53, A57 and A72, and QEMU's own, have them at other places than all later ones. */
static bool early(void)
{
	unsigned part = (unsigned)(sysreg_read(midr_el1) >> 4) & 0xfffU;

	return part == 0xd03U || part == 0xd07U || part == 0xd08U || part == 0x051U;
}

/*
 * Written with zeroes where that does no harm, since QEMU's are constants, and read: what is there
 * comes back, where a canary was.
 */
#define CANARY 0xca9a41e5ca9a41e5UL

static enum attack_outcome judge_read(const char *what, uint64_t value)
{
	struct exception taken;
	unsigned count = exception_end(&taken);

	return attack_judge(value != CANARY, "%s: %u exceptions, ESR 0x%llx, brought 0x%llx", what,
			    count, (unsigned long long)(count == 0U ? 0U : taken.esr),
			    (unsigned long long)(value == CANARY ? 0U : value));
}

#define REGISTER(instruction, name, value)                                                         \
	__asm__ volatile(instruction : "+r"(value)::"memory");                                     \
	what = name

/* Turns coherency, prefetch and errata's remedies off, where it can be written. */
enum attack_outcome attack_cpuactlr(void)
{
	uint64_t value = CANARY;
	const char *what;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early()) {
		sysreg_write(s3_1_c15_c2_0, 0);
		REGISTER("mrs %0, s3_1_c15_c2_0", "MSR and MRS CPUACTLR_EL1", value);
	} else {
		REGISTER("mrs %0, s3_0_c15_c1_0", "MRS CPUACTLR_EL1", value);
	}
	return judge_read(what, value);
}

enum attack_outcome attack_cpuectlr(void)
{
	uint64_t value = CANARY;
	const char *what;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early()) {
		sysreg_write(s3_1_c15_c2_1, 0);
		REGISTER("mrs %0, s3_1_c15_c2_1", "MSR and MRS CPUECTLR_EL1", value);
	} else {
		REGISTER("mrs %0, s3_0_c15_c1_4", "MRS CPUECTLR_EL1", value);
	}
	return judge_read(what, value);
}

/* The L2 cache, which all CPUs of a cluster share (QEMU: and how many they are); on later ones,
 * when a core may lose its power. */
enum attack_outcome attack_read_shared_cache(void)
{
	uint64_t value = CANARY;
	const char *what;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early()) {
		REGISTER("mrs %0, s3_1_c11_c0_2", "MRS L2CTLR_EL1", value);
	} else {
		REGISTER("mrs %0, s3_0_c15_c2_7", "MRS CPUPWRCTLR_EL1", value);
	}
	return judge_read(what, value);
}

/* ---- LORegions ---- */

enum attack_outcome attack_write_lorc(void)
{
	if (!feature(LOR))
		return attack_absent("no FEAT_LOR");
	CARRY_OUT("MSR LORC_EL1", "msr s3_0_c10_c4_3, %0");
}

enum attack_outcome attack_write_lorsa(void)
{
	if (!feature(LOR))
		return attack_absent("no FEAT_LOR");
	CARRY_OUT("MSR LORSA_EL1", "msr s3_0_c10_c4_0, %0");
}

/* ---- counters ---- */

static unsigned pmu_version(void)
{
	unsigned version = id_field(sysreg_read(id_aa64dfr0_el1), 8);

	return version == 15U ? 0U : version;
}

/* Go to EL2 and back, and let something happen there. */
static void call_often(void)
{
	const uint64_t none[4] = {0};

	for (unsigned i = 0; i < CALLS; i++)
		(void)attack_call(HVC, 0x86000020U, none, 0);
}

/* Cycles in which the levels of `filter` ran while EL2 was called, by event counter 0. */
static uint64_t count_event(uint64_t filter)
{
	uint64_t counted, before = sysreg_read(pmcr_el0);

	sysreg_write(pmevtyper0_el0, filter | EVENT_CYCLES);
	sysreg_write(pmevcntr0_el0, 0);
	sysreg_write(pmcntenset_el0, 1);
	sysreg_write(pmcr_el0, before | PMCR_ENABLE);
	isb();
	call_often();
	counted = sysreg_read(pmevcntr0_el0);
	sysreg_write(pmcntenclr_el0, 1);
	sysreg_write(pmevtyper0_el0, 0);
	sysreg_write(pmcr_el0, before);
	isb();
	return counted;
}

/* What happens at EL2, counted there and nowhere else. */
enum attack_outcome attack_count_events(void)
{
	uint64_t counted;

	if (pmu_version() == 0U)
		return attack_absent("no PMU");
	if ((sysreg_read(pmcr_el0) >> 11 & 0x1fU) == 0U)
		return attack_absent("no event counters");
	if (count_event(0) == 0U)
		attack_broken("nothing is counted at EL1");
	counted = count_event(ONLY_EL2);
	return attack_judge(counted != 0U, "%llu events counted at EL2 in %u calls",
			    (unsigned long long)counted, CALLS);
}

enum attack_outcome attack_count_cycles(void)
{
	uint64_t counted, before;

	if (pmu_version() < PMU_HCCD)
		return attack_absent("no PMU whose cycle counter can tell EL2 (FEAT_PMUv3p5)");
	before = sysreg_read(pmcr_el0);
	sysreg_write(pmccfiltr_el0, ONLY_EL2);
	sysreg_write(pmcr_el0, before | PMCR_ENABLE | PMCR_LONG);
	sysreg_write(pmcntenset_el0, CYCLE_COUNTER);
	isb();
	sysreg_write(pmccntr_el0, 0);
	isb();
	call_often();
	counted = sysreg_read(pmccntr_el0);
	sysreg_write(pmcntenclr_el0, CYCLE_COUNTER);
	sysreg_write(pmccfiltr_el0, 0);
	sysreg_write(pmcr_el0, before);
	isb();
	return attack_judge(counted != 0U, "%llu cycles counted at EL2 in %u calls",
			    (unsigned long long)counted, CALLS);
}

/* Events of the activity monitors: what firmware set up is read, not written. */
enum attack_outcome attack_write_activity(void)
{
	uint64_t before, after;
	struct exception taken;
	unsigned count;

	if (!feature(AMU))
		return attack_absent("no FEAT_AMU");
	before = sysreg_read(s3_3_c13_c4_0); /* AMEVCNTR00_EL0: cycles */
	exception_expect();
	sysreg_write(s3_3_c13_c4_0, 0);
	sysreg_write(s3_3_c13_c2_4, 1); /* AMCNTENCLR0_EL0 */
	count = exception_end(&taken);
	after = sysreg_read(s3_3_c13_c4_0);
	return attack_judge(
	    after < before || after == 0U, "%u exceptions, ESR 0x%llx, 0x%llx became 0x%llx", count,
	    (unsigned long long)taken.esr, (unsigned long long)before, (unsigned long long)after);
}

/* ---- registers of EL2 ---- */

#define WRITE_EL2(name) sysreg_write(name, 0)

/* Without stage 2, traps and vectors there would be nothing in the way. */
enum attack_outcome attack_write_el2_registers(void)
{
	uint64_t at = machine.kept_count != 0U ? machine.kept[0].base : 0U, value = 0;
	struct exception taken;
	unsigned count;
	bool readable;

	if (at == 0U)
		return attack_absent("nothing is withheld");
	exception_expect();
	WRITE_EL2(s3_4_c1_c1_0);  /* HCR_EL2 */
	WRITE_EL2(s3_4_c1_c1_1);  /* MDCR_EL2 */
	WRITE_EL2(s3_4_c1_c1_2);  /* CPTR_EL2 */
	WRITE_EL2(s3_4_c1_c0_0);  /* SCTLR_EL2 */
	WRITE_EL2(s3_4_c2_c0_0);  /* TTBR0_EL2 */
	WRITE_EL2(s3_4_c2_c1_0);  /* VTTBR_EL2 */
	WRITE_EL2(s3_4_c2_c1_2);  /* VTCR_EL2 */
	WRITE_EL2(s3_4_c12_c0_0); /* VBAR_EL2 */
	count = exception_end(&taken);
	readable = try_read64(at, &value);
	return attack_judge(readable || count != 8U, "%u exceptions of 8, ESR 0x%llx; the image %s",
			    count, (unsigned long long)taken.esr,
			    readable ? "can be read" : "is withheld");
}

/* Another partition of caches and memory for EL2. */
enum attack_outcome attack_move_partition(void)
{
	struct exception taken;
	unsigned count;

	if (!feature(MPAM))
		return attack_absent("no FEAT_MPAM");
	exception_expect();
	WRITE_EL2(s3_4_c10_c5_0); /* MPAM2_EL2 */
	count = exception_end(&taken);
	return attack_judge(count == 0U, "%u exceptions, ESR 0x%llx", count,
			    (unsigned long long)taken.esr);
}

/* ---- debug ---- */

#define MDSCR_MDE       (1UL << 15)
#define MDSCR_KDE       (1UL << 13)
#define WATCH_ENABLE    1UL
#define WATCH_EL1       (1UL << 1)
#define WATCH_LOAD      (3UL << 3) /* and stores */
#define WATCH_BYTES     (0xffUL << 5)
#define WATCH_EL2       (1UL << 13) /* HMC */
#define WATCH_MASK      24U
#define CLASS_WATCH_EL1 0x35U

/* Exceptions while `work` runs with 2^bits bytes around `at` under watch. */
static unsigned watch(uint64_t at, unsigned bits, uint64_t levels, void (*work)(void))
{
	uint64_t debug = sysreg_read(mdscr_el1);
	struct exception taken;
	unsigned count;

	sysreg_write(s2_0_c1_c0_4, 0); /* OSLAR_EL1: the lock is the host's own */
	sysreg_write(s2_0_c0_c0_6, at >> bits << bits);
	sysreg_write(s2_0_c0_c0_7, WATCH_ENABLE | WATCH_LOAD | WATCH_BYTES | levels |
				       (uint64_t)bits << WATCH_MASK);
	sysreg_write(mdscr_el1, debug | MDSCR_MDE | MDSCR_KDE);
	exception_expect();
	/* debug exceptions are masked until now */
	__asm__ volatile("msr daifclr, #8\n\tisb" ::: "memory");
	work();
	__asm__ volatile("msr daifset, #8\n\tisb" ::: "memory");
	count = exception_end(&taken);
	sysreg_write(s2_0_c0_c0_7, 0);
	sysreg_write(mdscr_el1, debug);
	isb();
	return count != 0U && exception_class(&taken) != CLASS_WATCH_EL1 ? 0U : count;
}

static volatile uint64_t watched;

static void touch(void)
{
	watched = 1;
}

/* The host's watchpoint sees what EL2 does with its own memory. */
enum attack_outcome attack_watch_hypervisor(void)
{
	unsigned bits = 3, own, seen;

	if (machine.kept_count == 0U)
		return attack_absent("nothing is withheld");
	own = watch((uint64_t)(uintptr_t)&watched, 3, WATCH_EL1, touch);
	if (own == 0U)
		return attack_absent("no watchpoint works");
	while (machine.kept[0].base >> bits !=
	       (machine.kept[0].base + machine.kept[0].size - 1U) >> bits)
		bits++;
	seen = watch(machine.kept[0].base, bits, WATCH_EL2 | WATCH_EL1, call_often);
	return attack_judge(seen != 0U, "%u debug exceptions in %u calls, %u from memory of ours",
			    seen, CALLS, own);
}
