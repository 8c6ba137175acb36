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

/* One instruction, which must not be carried out. */
#define INSTRUCTION(what, text)                                                                    \
	do {                                                                                       \
		exception_expect();                                                                \
		__asm__ volatile(text ::"r"(0UL) : "memory");                                      \
		return taken_or_not(what);                                                         \
	} while (0)

/* ---- caches by set and way ---- */

enum attack_outcome attack_invalidate_set_way(void)
{
	INSTRUCTION("DC ISW", "dc isw, %0");
}

enum attack_outcome attack_clean_set_way(void)
{
	INSTRUCTION("DC CSW", "dc csw, %0");
}

enum attack_outcome attack_flush_set_way(void)
{
	INSTRUCTION("DC CISW", "dc cisw, %0");
}

/* ---- what the implementation defines ---- */

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

/* Turns coherency, prefetch and errata's remedies off, where it can be written. */
enum attack_outcome attack_cpuactlr(void)
{
	uint64_t value = 0;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early())
		__asm__ volatile("msr s3_1_c15_c2_0, %0" ::"r"(value) : "memory");
	else
		__asm__ volatile("mrs %0, s3_0_c15_c1_0" : "+r"(value)::"memory");
	return taken_or_not(early() ? "MSR CPUACTLR_EL1" : "MRS CPUACTLR_EL1");
}

enum attack_outcome attack_cpuectlr(void)
{
	uint64_t value = 0;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early())
		__asm__ volatile("msr s3_1_c15_c2_1, %0" ::"r"(value) : "memory");
	else
		__asm__ volatile("mrs %0, s3_0_c15_c1_4" : "+r"(value)::"memory");
	return taken_or_not(early() ? "MSR CPUECTLR_EL1" : "MRS CPUECTLR_EL1");
}

/* The L2 cache, which all CPUs of a cluster share; on later ones, when a core may lose its power.
 */
enum attack_outcome attack_read_shared_cache(void)
{
	uint64_t value = 0;

	if (!emulated())
		return attack_absent("an emulator without HCR_EL2.TIDCP");
	exception_expect();
	if (early())
		__asm__ volatile("mrs %0, s3_1_c11_c0_2" : "+r"(value)::"memory");
	else
		__asm__ volatile("mrs %0, s3_0_c15_c2_7" : "+r"(value)::"memory");
	return taken_or_not(early() ? "MRS L2CTLR_EL1" : "MRS CPUPWRCTLR_EL1");
}

/* ---- LORegions ---- */

enum attack_outcome attack_write_lorc(void)
{
	if (!feature(LOR))
		return attack_absent("no FEAT_LOR");
	INSTRUCTION("MSR LORC_EL1", "msr s3_0_c10_c4_3, %0");
}

enum attack_outcome attack_write_lorsa(void)
{
	if (!feature(LOR))
		return attack_absent("no FEAT_LOR");
	INSTRUCTION("MSR LORSA_EL1", "msr s3_0_c10_c4_0, %0");
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

/* ---- what a CPU writes down by itself ---- */

#define BRBCR_EL1RECORDS ((1UL << 1) | (1UL << 0)) /* E1BRE, E0BRE */
#define BRBFCR_ALL                                                                                 \
	((1UL << 22) | (1UL << 21) | (1UL << 20) | (1UL << 19) | (1UL << 18) | (1UL << 17))
#define BRBFCR_PAUSED (1UL << 7)

/* Sources and targets of the last branches: none of them is the hypervisor's. */
enum attack_outcome attack_record_branches(void)
{
	const uint64_t none[4] = {0};
	uint64_t record[8];
	unsigned found = 0;

	if (!feature(BRBE))
		return attack_absent("no FEAT_BRBE");
	sysreg_write(s2_1_c9_c0_0, BRBCR_EL1RECORDS); /* BRBCR_EL1 */
	sysreg_write(s2_1_c9_c0_1, BRBFCR_ALL);       /* BRBFCR_EL1 */
	isb();
	(void)attack_call(HVC, 0x86000020U, none, 0);
	sysreg_write(s2_1_c9_c0_1, BRBFCR_ALL | BRBFCR_PAUSED);
	isb();
	record[0] = sysreg_read(s2_1_c8_c0_1); /* BRBSRC0_EL1, BRBTGT0_EL1 and so on */
	record[1] = sysreg_read(s2_1_c8_c0_2);
	record[2] = sysreg_read(s2_1_c8_c1_1);
	record[3] = sysreg_read(s2_1_c8_c1_2);
	record[4] = sysreg_read(s2_1_c8_c2_1);
	record[5] = sysreg_read(s2_1_c8_c2_2);
	record[6] = sysreg_read(s2_1_c8_c3_1);
	record[7] = sysreg_read(s2_1_c8_c3_2);
	sysreg_write(s2_1_c9_c0_0, 0);
	isb();
	for (unsigned i = 0; i < 8U; i++)
		found += machine_kept(record[i]) ? 1U : 0U;
	return attack_judge(found != 0U, "%u addresses of the hypervisor's in the newest records",
			    found);
}

#define PMSCR_E1SPE     (1UL << 1)
#define PMSIRR_INTERVAL (1UL << 8) /* 256 operations */
#define PMBLIMITR_E     1UL
#define WORK            100000U
#define PROFILE_PAGE    19U

/* Profiles of what runs here, into a page that is no longer ours. */
enum attack_outcome attack_profile_into_given_page(void)
{
	uint64_t page = given_page(PROFILE_PAGE);
	unsigned changed;

	if (!feature(SPE))
		return attack_absent("no FEAT_SPE");
	if (!given_donate(page))
		return ATTACK_STOPPED;
	sysreg_write(s3_0_c9_c10_3, 0);                                   /* PMBSR_EL1 */
	sysreg_write(s3_0_c9_c10_1, page);                                /* PMBPTR_EL1 */
	sysreg_write(s3_0_c9_c10_0, (page + MACHINE_PAGE) | PMBLIMITR_E); /* PMBLIMITR_EL1 */
	sysreg_write(s3_0_c9_c9_4, 0);                                    /* PMSFCR_EL1 */
	sysreg_write(s3_0_c9_c9_3, PMSIRR_INTERVAL);                      /* PMSIRR_EL1 */
	sysreg_write(s3_0_c9_c9_2, 0);                                    /* PMSICR_EL1 */
	isb();
	sysreg_write(s3_0_c9_c9_0, PMSCR_E1SPE); /* PMSCR_EL1 */
	isb();
	for (volatile unsigned i = 0; i < WORK; i++)
		;
	sysreg_write(s3_0_c9_c9_0, 0);
	isb();
	__asm__ volatile("hint #17\n\tdsb nsh" ::: "memory"); /* PSB CSYNC */
	sysreg_write(s3_0_c9_c10_0, 0);
	isb();
	changed = given_return(page);
	return attack_judge(changed != 0U, "%u words of profiles in a page that is not ours",
			    changed);
}
