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

static uint32_t parse_hexadecimal(const char *text)
{
	uint32_t value = 0;

	for (; *text != '\0'; text++) {
		uint32_t digit = (uint32_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);

		value = value << 4 | (digit & 15U);
	}
	return value;
}

void breaker_call(uint32_t fid)
{
	if (broken_call != 0U && fid == broken_call)
		break_invariant();
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
	if (strcmp(name, "canary") == 0)
		smash_canary(48);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(name, acts[i].name) == 0)
			acts[i].act();
	log_line("boot", "breaker", "nothing stopped it, or the name is unknown: %s", name);
}

/* Not signed: it would return with the keys off, through an address that was signed with them on.
 */
__attribute__((target("branch-protection=none"))) void breaker_unprotect(struct boot_plan *plan)
{
	const char *name = boot_plan_option(plan, "unprotect");
	uint64_t sctlr = sysreg_read(sctlr_el2);
	struct cpu *cpu = cpu_self();

	if (name == NULL)
		return;
	log_line("boot", "breaker", "this test build switches off: %s", name);
	if (strcmp(name, "wxn") == 0)
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_WXN);
	if (strcmp(name, "bti") == 0)
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_BT2);
	if (strcmp(name, "pac") == 0)
		sysreg_write(sctlr_el2, sctlr & ~SCTLR_ENIA);
	isb();
	if (strcmp(name, "text") == 0) {
		mmu_unmap((uint64_t)(uintptr_t)spare, PAGE_SIZE);
		mmu_map((uint64_t)(uintptr_t)spare, PAGE_SIZE, MMU_TEXT);
	}
	if (strcmp(name, "guard") == 0)
		mmu_map(cpu->stack - CPU_AREA_SIZE + CPU_AREA_GUARD, PAGE_SIZE, MMU_WRITE);
	if (strcmp(name, "canary") == 0)
		cpu->canary = 0;
}
