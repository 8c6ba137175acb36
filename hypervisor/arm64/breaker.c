// SPDX-License-Identifier: Apache-2.0
#include "arm64/breaker.h"

#include <string.h>

#include "core/log/log.h"
#include "core/machine.h"

#include "arm64/cpu.h"
#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"

extern char breaker_no_landing_pad[];
void breaker_forged_return(void);
void breaker_deep(void);

/* A page of data that nothing else needs, to be made executable. */
static char spare[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* RET, in writable memory */
static uint32_t code_in_data[4] = {0xd65f03c0U, 0xd65f03c0U, 0xd65f03c0U, 0xd65f03c0U};

static void write_text(void)
{
	*(volatile uint32_t *)(uintptr_t)image_start = 0;
}

static void run_data(void)
{
	void (*volatile run)(void) = (void (*)(void))(uintptr_t)code_in_data;

	run();
}

/* BR through x9 is the kind of jump that needs a landing pad. */
static void jump_past_landing_pad(void)
{
	__asm__ volatile("adr x30, 1f\n\tmov x9, %0\n\tbr x9\n1:" ::"r"(breaker_no_landing_pad)
			 : "x9", "x30", "memory");
}

static __attribute__((noinline)) void smash_canary(volatile unsigned length)
{
	char text[32];

	memset(text, 0x41, length);
	__asm__ volatile("" ::"r"(text) : "memory");
}

static void break_invariant(void)
{
	volatile unsigned two = 2;

	INVARIANT(two == 3U);
}

void breaker_early(uint64_t tree, uint64_t size)
{
	static const char words[] = "hv.break=early";
	const char *at = (const char *)(uintptr_t)tree;

	for (uint64_t i = 0; i + sizeof(words) <= size; i++)
		if (memcmp(at + i, words, sizeof(words) - 1U) == 0)
			break_invariant();
}

/* A test compares them between CPUs and between boots. */
static void show_keys(void)
{
	for (unsigned i = 0; i < cpu_count; i++)
		log_line("boot", "breaker-keys", "cpu%u canary 0x%016llx key 0x%016llx%016llx", i,
			 (unsigned long long)cpu_table[i]->canary,
			 (unsigned long long)cpu_table[i]->key[1],
			 (unsigned long long)cpu_table[i]->key[0]);
}

/* Identifier of hv.break=call-FID, 0 for none. Written by the boot CPU before the host starts. */
static uint32_t broken_call;

static uint32_t parse_decimal(const char *text)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10U + (uint32_t)(*text - '0');
	return value;
}

static uint32_t parse_hexadecimal(const char *text)
{
	uint32_t value = 0;

	for (; *text != '\0'; text++) {
		uint32_t digit = (uint32_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);

		value = value << 4 | (digit & 15U);
	}
	return value;
}

bool breaker_call(const struct cpu *cpu, uint64_t x[SMCCC_REGISTERS])
{
	if (broken_call != 0U && cpu->call.fid == broken_call)
		break_invariant();
	if (cpu->call.fid != BREAKER_CALL)
		return false;
	x[0] = breaker_switch(cpu->hypervisor, x[1], x[2] != 0U) ? 0U : ~0UL;
	return true;
}

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
    {"write-text", write_text},
    {"run-data", run_data},
    {"stack-overflow", breaker_deep},
    {"branch-target", jump_past_landing_pad},
    {"return-address", breaker_forged_return},
    {"invariant", break_invariant},
    {"show-keys", show_keys},
};

void breaker_break(struct boot_plan *plan)
{
	const char *name = boot_plan_option(plan, "break");

	if (name == NULL)
		return;
	log_line("boot", "breaker", "this test build now commits: %s", name);
	if (strncmp(name, "call-", 5) == 0) {
		broken_call = parse_hexadecimal(name + 5);
		return;
	}
	if (strncmp(name, "hold-gap-", 9) == 0) {
		breaker_hold_gap(parse_decimal(name + 9));
		return;
	}
	if (strncmp(name, "conflict-", 9) == 0) {
		breaker_conflict(parse_decimal(name + 9));
		return;
	}
	if (strcmp(name, "canary") == 0)
		smash_canary(48);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(name, acts[i].name) == 0)
			acts[i].act();
	log_line("boot", "breaker", "nothing stopped it, or the name is unknown: %s", name);
}

/* True when `name` is one of the hypervisor's protections of itself. */
static __attribute__((target("branch-protection=none"))) bool unprotect_self(const char *name)
{
	uint64_t sctlr = sysreg_read(sctlr_el2);
	struct cpu *cpu = cpu_self();

	if (strcmp(name, "wxn") == 0) {
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_WXN);
	} else if (strcmp(name, "bti") == 0) {
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_BT2);
	} else if (strcmp(name, "pac") == 0) {
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_ENIA);
	} else if (strcmp(name, "text") == 0) {
		mmu_unmap((uint64_t)(uintptr_t)spare, PAGE_SIZE);
		mmu_map((uint64_t)(uintptr_t)spare, PAGE_SIZE, MMU_TEXT);
	} else if (strcmp(name, "guard") == 0) {
		mmu_map(cpu->stack - CPU_AREA_SIZE + CPU_AREA_GUARD, PAGE_SIZE, MMU_WRITE);
	} else if (strcmp(name, "canary") == 0) {
		cpu->canary = 0;
	} else {
		return false;
	}
	isb();
	return true;
}

/* Not signed, like what it calls: they would return with the keys off, through an address that was
 * signed with them on. */
__attribute__((target("branch-protection=none"))) void breaker_unprotect(struct boot_plan *plan)
{
	const char *name = boot_plan_option(plan, "unprotect");

	if (name == NULL)
		return;
	log_line("boot", "breaker", "this test build switches off: %s", name);
	if (!unprotect_self(name) && !breaker_guard_named(cpu_self()->hypervisor, name))
		log_line("boot", "breaker", "no protection has that name: %s", name);
}
