// SPDX-License-Identifier: Apache-2.0
/* What a CPU is entered with, what it may use, and that no call changes it. */
#include "registers.h"

#include <libfdt.h>
#include <string.h>

#include "accesses.h"
#include "features.h"
#include "probe.h"
#include "psci.h"
#include "ranges.h"

#define LEVEL_EL1    (1UL << 2)
#define DAIF_MASKED  0x3c0UL
#define SCTLR_ENTRY  0x30d00800UL /* RES1 bits of Armv8.0: MMU and caches off, little-endian */
#define SCTLR_FORBID ((1UL << 0) | (1UL << 2) | (1UL << 25)) /* M, C, EE */
#define TIMER_ENABLE 1U
#define TIMER_FIRED  4U
#define TREE_LIMIT   (2UL << 20)

#define FFA_VERSION       0x84000063U
#define MIGRATE_INFO_TYPE 0x84000006U
#define TRNG_RND64        0xc4000053U
#define WORKAROUND_1      0x80008000U
#define NOBODYS_CALL      0xc200beefU

enum known_register {
#define REGISTER(name, encoding, feature, same)       KNOWN_##name,
#define WRITABLE(name, encoding, feature, same, free) KNOWN_##name,
#include "registers.def"
#undef REGISTER
#undef WRITABLE
	KNOWN_COUNT
};

static const struct known {
	const char *name;
	enum feature feature;
	bool same;
	uint64_t free;
} known[KNOWN_COUNT] = {
#define REGISTER(name, encoding, feature, same)       {#name, feature, (same) != 0, 0},
#define WRITABLE(name, encoding, feature, same, free) {#name, feature, (same) != 0, free},
#include "registers.def"
#undef REGISTER
#undef WRITABLE
};

/* 0 after an exception that was skipped. */
static uint64_t read_known(unsigned index)
{
	uint64_t value = 0;

	switch ((enum known_register)index) {
#define REGISTER(name, encoding, feature, same)                                                    \
	case KNOWN_##name:                                                                         \
		__asm__ volatile("mrs %0, " encoding : "+r"(value)::"memory");                     \
		break;
#define WRITABLE(name, encoding, feature, same, free) REGISTER(name, encoding, feature, same)
#include "registers.def"
#undef REGISTER
#undef WRITABLE
	case KNOWN_COUNT:
		break;
	}
	return value;
}

static void write_known(unsigned index, uint64_t value)
{
	switch ((enum known_register)index) {
#define REGISTER(name, encoding, feature, same)
#define WRITABLE(name, encoding, feature, same, free)                                              \
	case KNOWN_##name:                                                                         \
		__asm__ volatile("msr " encoding ", %0" ::"r"(value) : "memory");                  \
		break;
#include "registers.def"
#undef REGISTER
#undef WRITABLE
	default:
		break;
	}
	isb();
}

/* Of the boot CPU, before anything was written. */
static uint64_t boot_values[KNOWN_COUNT];

/* ---- entry ---- */

static void check_entry(const char *how, const struct cpu_entry *entry, uint64_t context,
			unsigned registers)
{
	static const struct {
		const char *name;
		uint64_t value;
	} expected[ENTRY_COUNT] = {
	    [ENTRY_SCTLR] = {"SCTLR_EL1", SCTLR_ENTRY},
	    [ENTRY_DAIF] = {"DAIF", DAIF_MASKED},
	    [ENTRY_LEVEL] = {"CurrentEL", LEVEL_EL1},
	    [ENTRY_SPSEL] = {"SPSel", 1},
	    [ENTRY_NZCV] = {"NZCV", 0},
	    [ENTRY_CPACR] = {"CPACR_EL1", 0},
	    [ENTRY_TCR] = {"TCR_EL1", 0},
	    [ENTRY_VBAR] = {"VBAR_EL1", 0},
	    [ENTRY_CNTKCTL] = {"CNTKCTL_EL1", 0},
	    [ENTRY_MDSCR] = {"MDSCR_EL1", 0},
	    [ENTRY_CONTEXTIDR] = {"CONTEXTIDR_EL1", 0},
	    [ENTRY_CSSELR] = {"CSSELR_EL1", 0},
	    [ENTRY_TPIDR_EL1] = {"TPIDR_EL1", 0},
	    [ENTRY_TPIDR_EL0] = {"TPIDR_EL0", 0},
	    [ENTRY_TPIDRRO] = {"TPIDRRO_EL0", 0},
	    [ENTRY_CNTP_CTL] = {"CNTP_CTL_EL0", 0},
	    [ENTRY_CNTV_CTL] = {"CNTV_CTL_EL0", 0},
	};

	check(entry->x[0] == context, "%s: x0 is 0x%llx, not 0x%llx", how,
	      (unsigned long long)entry->x[0], (unsigned long long)context);
	/* The boot protocol asks for x1..x3; beyond them nothing of EL2 may show. */
	for (unsigned n = 1; n < 31U; n++)
		check(entry->x[n] == 0U || (n > 3U && !machine.hypervisor),
		      "%s: x%u is 0x%llx, not 0", how, n, (unsigned long long)entry->x[n]);
	check((entry->system[ENTRY_SCTLR] & SCTLR_FORBID) == 0U, "%s: SCTLR_EL1 is 0x%llx", how,
	      (unsigned long long)entry->system[ENTRY_SCTLR]);
	for (unsigned i = 0; i < registers; i++)
		check(entry->system[i] == expected[i].value ||
			  (i != ENTRY_DAIF && i != ENTRY_LEVEL && !machine.hypervisor),
		      "%s: %s is 0x%llx, not 0x%llx", how, expected[i].name,
		      (unsigned long long)entry->system[i], (unsigned long long)expected[i].value);
}

void entry_check(const char *how, const struct cpu_entry *entry, uint64_t context)
{
	check_entry(how, entry, context, ENTRY_COUNT);
}

/* The timers come last in enum entry_register. */
void entry_check_woken(const struct cpu_entry *entry, uint64_t context)
{
	check_entry("wake-up", entry, context, ENTRY_CNTP_CTL);
	check(entry->system[ENTRY_CNTP_CTL] == 0U &&
		  entry->system[ENTRY_CNTV_CTL] == (TIMER_ENABLE | TIMER_FIRED),
	      "wake-up: the timer that ended the sleep is 0x%llx, the other 0x%llx",
	      (unsigned long long)entry->system[ENTRY_CNTV_CTL],
	      (unsigned long long)entry->system[ENTRY_CNTP_CTL]);
}

/* Does a word of the boot arguments start so? */
static bool has_word(const char *arguments, const char *start)
{
	for (const char *word = arguments; *word != '\0';) {
		if (strncmp(word, start, strlen(start)) == 0)
			return true;
		while (*word != '\0' && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	return false;
}

static void check_tree(void)
{
	const void *tree = machine.tree;
	int chosen = fdt_path_offset(tree, "/chosen");

	check(((uintptr_t)tree & 7U) == 0U && machine.tree_size <= TREE_LIMIT,
	      "the tree is at 0x%llx, 0x%llx bytes", (unsigned long long)(uintptr_t)tree,
	      (unsigned long long)machine.tree_size);
	check(machine_ram((uintptr_t)tree, machine.tree_size), "the tree is not in our RAM");
	check(machine.psci, "no psci node");
	if (!machine.hypervisor)
		return;
	check(fdt_node_offset_by_compatible(tree, -1, "qemu,fw-cfg-mmio") < 0,
	      "the tree still has fw_cfg");
	check(chosen >= 0 && fdt_node_offset_by_compatible(tree, chosen, "multiboot,module") < 0,
	      "/chosen still has modules");
	check(machine.bootargs == NULL || !has_word(machine.bootargs, "hv."),
	      "options of Portcullis are left in the boot arguments");
	for (unsigned r = 0; r < machine.kept_count; r++)
		for (unsigned n = 0; n < r; n++)
			check(machine.kept[r].base + machine.kept[r].size <= machine.kept[n].base ||
				  machine.kept[n].base + machine.kept[n].size <=
				      machine.kept[r].base,
			      "%s and %s overlap", machine.kept[n].name, machine.kept[r].name);
}

/* Virtual time is physical time: CNTVOFF_EL2 is 0, on every CPU. */
static void check_time(void)
{
	for (unsigned i = 0; i < 16U; i++) {
		uint64_t before, between, after;

		isb();
		before = sysreg_read(cntpct_el0);
		isb();
		between = sysreg_read(cntvct_el0);
		isb();
		after = sysreg_read(cntpct_el0);
		check(before <= between && between <= after,
		      "virtual counter 0x%llx between physical 0x%llx and 0x%llx",
		      (unsigned long long)between, (unsigned long long)before,
		      (unsigned long long)after);
	}
}

void test_entry(void)
{
	test_begin("entry of the boot CPU");
	entry_check("boot", &cpus[0].entry, (uint64_t)(uintptr_t)machine.tree);
	check(machine_cpu_index(sysreg_read(mpidr_el1)) >= 0, "MPIDR 0x%llx is not in the tree",
	      (unsigned long long)sysreg_read(mpidr_el1));
	check(sysreg_read(cntfrq_el0) >= 1000000U, "CNTFRQ_EL0 is %llu",
	      (unsigned long long)sysreg_read(cntfrq_el0));
	check_tree();
	check_time();
	test_end();
	features_unlock();
	exception_expect();
	for (unsigned i = 0; i < KNOWN_COUNT; i++)
		if (feature(known[i].feature))
			boot_values[i] = read_known(i);
	(void)exception_end(NULL);
	features_lock();
}

/* ---- access ---- */

void registers_check_same(void)
{
	features_unlock();
	exception_expect();
	for (unsigned i = 0; i < KNOWN_COUNT; i++)
		if (known[i].same && feature(known[i].feature)) {
			uint64_t value = read_known(i);

			check(value == boot_values[i],
			      "cpu%u: %s is 0x%llx, the boot CPU has 0x%llx", cpu_self()->index,
			      known[i].name, (unsigned long long)value,
			      (unsigned long long)boot_values[i]);
		}
	(void)exception_end(NULL);
	features_lock();
	check_time();
}

/* Registers and operations of EL2 and EL3, read and written: UNDEFINED at EL1. */
static void check_forbidden(void)
{
	static const char *const names[] = {
#define FORBIDDEN(name, encoding) #name,
#define FORBIDDEN_ALL                                                                              \
	FORBIDDEN(HCR_EL2, "s3_4_c1_c1_0")                                                         \
	FORBIDDEN(SCTLR_EL2, "s3_4_c1_c0_0")                                                       \
	FORBIDDEN(CPTR_EL2, "s3_4_c1_c1_2")                                                        \
	FORBIDDEN(MDCR_EL2, "s3_4_c1_c1_1")                                                        \
	FORBIDDEN(TTBR0_EL2, "s3_4_c2_c0_0")                                                       \
	FORBIDDEN(TCR_EL2, "s3_4_c2_c0_2")                                                         \
	FORBIDDEN(VTTBR_EL2, "s3_4_c2_c1_0")                                                       \
	FORBIDDEN(VTCR_EL2, "s3_4_c2_c1_2")                                                        \
	FORBIDDEN(VBAR_EL2, "s3_4_c12_c0_0")                                                       \
	FORBIDDEN(TPIDR_EL2, "s3_4_c13_c0_2")                                                      \
	FORBIDDEN(ESR_EL2, "s3_4_c5_c2_0")                                                         \
	FORBIDDEN(FAR_EL2, "s3_4_c6_c0_0")                                                         \
	FORBIDDEN(HPFAR_EL2, "s3_4_c6_c0_4")                                                       \
	FORBIDDEN(ELR_EL2, "s3_4_c4_c0_1")                                                         \
	FORBIDDEN(SPSR_EL2, "s3_4_c4_c0_0")                                                        \
	FORBIDDEN(SP_EL1, "s3_4_c4_c1_0")                                                          \
	FORBIDDEN(SP_EL2, "s3_6_c4_c1_0")                                                          \
	FORBIDDEN(VPIDR_EL2, "s3_4_c0_c0_0")                                                       \
	FORBIDDEN(VMPIDR_EL2, "s3_4_c0_c0_5")                                                      \
	FORBIDDEN(CNTHCTL_EL2, "s3_4_c14_c1_0")                                                    \
	FORBIDDEN(CNTVOFF_EL2, "s3_4_c14_c0_3")                                                    \
	FORBIDDEN(ICC_SRE_EL2, "s3_4_c12_c9_5")                                                    \
	FORBIDDEN(ICH_HCR_EL2, "s3_4_c12_c11_0")                                                   \
	FORBIDDEN(SCTLR_EL12, "s3_5_c1_c0_0")                                                      \
	FORBIDDEN(CNTV_CTL_EL02, "s3_5_c14_c3_1")                                                  \
	FORBIDDEN(SCR_EL3, "s3_6_c1_c1_0")                                                         \
	FORBIDDEN(VBAR_EL3, "s3_6_c12_c0_0")
	    FORBIDDEN_ALL
#undef FORBIDDEN
	};
	struct outcome o[2];
	unsigned i = 0;

	/* A write of 0 would take the hypervisor's hands off, if it went through. */
#define FORBIDDEN(name, encoding)                                                                  \
	o[0] = o[1] = (struct outcome){.result = 1};                                               \
	exception_expect();                                                                        \
	__asm__ volatile("mrs %0, " encoding : "+r"(o[0].result)::"memory");                       \
	o[0].count = exception_end(&o[0].taken);                                                   \
	exception_expect();                                                                        \
	__asm__ volatile("msr " encoding ", xzr" ::: "memory");                                    \
	o[1].count = exception_end(&o[1].taken);                                                   \
	for (unsigned n = 0; n < 2U; n++)                                                          \
		check(o[n].count == 1U && exception_class(&o[n].taken) == EC_UNKNOWN,              \
		      "%s of %s: %u exceptions, ESR 0x%llx", n == 0U ? "read" : "write", names[i], \
		      o[n].count, (unsigned long long)o[n].taken.esr);                             \
	check(o[0].result == 1U, "%s brought 0x%llx", names[i], (unsigned long long)o[0].result);  \
	i++;
	FORBIDDEN_ALL
#undef FORBIDDEN
#undef FORBIDDEN_ALL

#define OPERATION(name, words)                                                                     \
	exception_expect();                                                                        \
	__asm__ volatile("sys " words ", %0" ::"r"(0UL) : "memory");                               \
	o[0].count = exception_end(&o[0].taken);                                                   \
	check(o[0].count == 1U && exception_class(&o[0].taken) == EC_UNKNOWN,                      \
	      name ": %u exceptions, ESR 0x%llx", o[0].count, (unsigned long long)o[0].taken.esr);
	OPERATION("TLBI ALLE1", "#4, c8, c7, #4")
	OPERATION("TLBI ALLE2", "#4, c8, c7, #0")
	OPERATION("TLBI IPAS2E1", "#4, c8, c4, #1")
	OPERATION("AT S12E1R", "#4, c7, c8, #4")
	OPERATION("AT S1E2R", "#4, c7, c8, #0")
#undef OPERATION
}

void registers_check_access(void)
{
	features_unlock();
	for (unsigned i = 0; i < KNOWN_COUNT; i++) {
		struct exception taken;

		if (!feature(known[i].feature))
			continue;
		exception_expect();
		(void)read_known(i);
		check(exception_end(&taken) == 0U, "cpu%u: %s traps, ESR 0x%llx", cpu_self()->index,
		      known[i].name, (unsigned long long)taken.esr);
	}
	features_lock();
	check_forbidden();
}

void test_registers(void)
{
	test_begin("system registers");
	registers_check_access();
	test_end();
}

/* ---- kept ---- */

static bool changed_by_exception(unsigned index)
{
	return index == KNOWN_ESR || index == KNOWN_FAR || index == KNOWN_ELR ||
	       index == KNOWN_SPSR;
}

static void plain_call(uint64_t fid, uint64_t x1, bool hvc)
{
	register uint64_t x0 __asm__("x0") = fid;
	register uint64_t r1 __asm__("x1") = x1;
	register uint64_t r2 __asm__("x2") = 0;
	register uint64_t r3 __asm__("x3") = 0;

#define LOST                                                                                       \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",       \
	    "x17", "memory"
	if (hvc)
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(r1), "+r"(r2), "+r"(r3)::LOST);
	else
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(r1), "+r"(r2), "+r"(r3)::LOST);
#undef LOST
}

/* What may not change a register: calls, and with `exception` what ends in one. */
struct action {
	const char *name;
	uint64_t fid, x1;
	bool hvc, exception;
};

static const struct action actions[] = {
    {"unknown SMC", NOBODYS_CALL, 0, false, false},
    {"unknown HVC", NOBODYS_CALL, 0, true, false},
    {"FFA_VERSION", FFA_VERSION, 0x10001, false, false},
    {"PSCI_FEATURES", PSCI_FEATURES, PSCI_CPU_ON, true, false},
    {"MIGRATE_INFO_TYPE", MIGRATE_INFO_TYPE, 0, false, false}, /* forwarded */
    {"TRNG_RND64", TRNG_RND64, 192, false, false},
    {"ARCH_WORKAROUND_1", WORKAROUND_1, 0, false, false},
    {"read of a withheld page", 0, 0, false, true},
    {"HCR_EL2", 0, 1, false, true},
};

static void act(const struct action *action)
{
	if (!action->exception) {
		plain_call(action->fid, action->x1, action->hvc);
		return;
	}
	exception_expect();
	if (action->x1 == 1U) {
		uint64_t value;

		__asm__ volatile("mrs %0, s3_4_c1_c1_0" : "=r"(value)::"memory");
	} else if (withheld_count() != 0U) {
		(void)access_ldr_x(withheld(0).base, 0);
	}
	(void)exception_end(NULL);
}

void registers_check_kept(void)
{
	uint64_t old[KNOWN_COUNT], before[KNOWN_COUNT];

	for (unsigned a = 0; a < sizeof(actions) / sizeof(actions[0]); a++) {
		features_unlock();
		for (unsigned i = 0; i < KNOWN_COUNT; i++)
			if (known[i].free != 0U && feature(known[i].feature))
				old[i] = read_known(i);
		for (unsigned i = 0; i < KNOWN_COUNT; i++)
			if (known[i].free != 0U && feature(known[i].feature))
				write_known(i, (old[i] & ~known[i].free) |
						   (random_word() & known[i].free));
		for (unsigned i = 0; i < KNOWN_COUNT; i++)
			if (known[i].free != 0U && feature(known[i].feature))
				before[i] = read_known(i);
		act(&actions[a]);
		for (unsigned i = 0; i < KNOWN_COUNT; i++) {
			uint64_t after;

			if (known[i].free == 0U || !feature(known[i].feature) ||
			    (actions[a].exception && changed_by_exception(i)))
				continue;
			after = read_known(i);
			check(after == before[i], "cpu%u, %s: %s was 0x%llx, is 0x%llx",
			      cpu_self()->index, actions[a].name, known[i].name,
			      (unsigned long long)before[i], (unsigned long long)after);
		}
		for (unsigned i = 0; i < KNOWN_COUNT; i++)
			if (known[i].free != 0U && feature(known[i].feature))
				write_known(i, old[i]);
		features_lock();
	}
}

void test_registers_kept(void)
{
	test_begin("system registers through calls and aborts");
	registers_check_kept();
	test_end();
}

/* ---- vector registers ---- */

#define VECTORS_SIZE (16U + 32U * 256U + 17U * 32U) /* as vectors.S lays them out */

/* vectors.S: load and store all that the CPU has, with SVE or without. */
void vectors_load(const void *from, uint64_t sve);
void vectors_store(void *to, uint64_t sve);

void test_vectors_kept(void)
{
	static uint64_t filled[VECTORS_SIZE / 8U] __attribute__((aligned(16)));
	static uint64_t before[VECTORS_SIZE / 8U] __attribute__((aligned(16)));
	static uint64_t after[VECTORS_SIZE / 8U] __attribute__((aligned(16)));
	uint64_t sve = feature(SVE) ? 1U : 0U;

	test_begin("vector registers through calls and aborts");
	features_unlock();
	for (unsigned a = 0; a < sizeof(actions) / sizeof(actions[0]); a++) {
		unsigned differ = 0;

		for (unsigned i = 0; i < VECTORS_SIZE / 8U; i++)
			filled[i] = random_word();
		memset(before, 0, sizeof(before));
		memset(after, 0, sizeof(after));
		/* C in this payload uses general registers only, so nothing comes between. */
		vectors_load(filled, sve);
		vectors_store(before, sve);
		act(&actions[a]);
		vectors_store(after, sve);
		for (unsigned i = 0; i < VECTORS_SIZE / 8U; i++)
			differ += before[i] != after[i] ? 1U : 0U;
		check(differ == 0U, "%s: %u words changed", actions[a].name, differ);
		check(memcmp(filled + 2, before + 2, 16) == 0, "the registers do not take values");
	}
	features_lock();
	test_end();
}
