// SPDX-License-Identifier: Apache-2.0
/* Around stage 2: with stage 1 off, on CPUs that have just started or woken, by way of the caches;
 * and what those CPUs find in their registers. */
#include <libfdt.h>

#include "features.h"
#include "gic.h"
#include "memory.h"
#include "psci.h"
#include "sysreg.h"

#define NAP_US       2000U
#define TIMER_ENABLE 1U
#define POWER_DOWN   (1U << 16) /* StateType of the original format (DEN0022, 5.4.2) */
#define LINES        64UL
#define LINE_WORDS   8UL

/* ---- stage 1 is off: the host's addresses are physical ones ---- */

enum attack_outcome attack_flat_read(void)
{
	uint64_t at = memory_image().base + IMAGE_MAGIC_AT;

	return memory_load(access_ldr_w, at);
}

enum attack_outcome attack_flat_write(void)
{
	uint64_t at = memory_image().base + IMAGE_MAGIC_AT;

	return memory_store(access_str_w, at, at);
}

enum attack_outcome attack_flat_run(void)
{
	return memory_run(memory_image().base + IMAGE_MAGIC_AT);
}

/* ---- other CPUs ---- */

static struct {
	enum attack_outcome outcome;
	attack_function *attack;
} task;

static void run_flat(void *unused)
{
	(void)unused;
	task.outcome = task.attack();
}

/* A CPU in its first life, with stage 1 off again. */
static void run_task(void *unused)
{
	(void)unused;
	mmu_without(run_flat, NULL);
}

static enum attack_outcome on_started(attack_function *attack)
{
	task.attack = attack;
	task.outcome = ATTACK_ABSENT;
	if (!cpu_run(1, run_task, NULL))
		return attack_absent("cpu1 does not start");
	return task.outcome;
}

enum attack_outcome attack_started_read(void)
{
	return on_started(attack_flat_read);
}

enum attack_outcome attack_started_write(void)
{
	return on_started(attack_flat_write);
}

enum attack_outcome attack_started_run(void)
{
	return on_started(attack_flat_run);
}

/* Parameter of a state of the tree in which a CPU loses its power; 0: none. */
static uint32_t power_down_state(void)
{
	int node = -1, length;

	for (;;) {
		const fdt32_t *parameter;

		node = fdt_node_offset_by_compatible(machine.tree, node, "arm,idle-state");
		if (node < 0)
			return 0;
		parameter = fdt_getprop(machine.tree, node, "arm,psci-suspend-param", &length);
		if (parameter != NULL && length == 4 &&
		    (fdt32_to_cpu(*parameter) & POWER_DOWN) != 0U)
			return fdt32_to_cpu(*parameter);
	}
}

static bool woken;

static void wake(void *unused)
{
	sysreg_write(cntv_ctl_el0, 0);
	gic_disable(GIC_VIRTUAL_TIMER);
	woken = true;
	run_task(unused);
}

/* Sleep, and wake where secondary() leads to wake(). A call that returns woke before it slept. */
static void sleep(void *argument)
{
	struct cpu *cpu = cpu_self();
	uint32_t state = *(const uint32_t *)argument;
	uint64_t frequency = sysreg_read(cntfrq_el0);

	if (!gic_enable(GIC_VIRTUAL_TIMER))
		return;
	cpu->function = wake;
	/* it is read with the caches off */
	for (uintptr_t line = (uintptr_t)cpu & ~(uintptr_t)63; line < (uintptr_t)(cpu + 1);
	     line += 64)
		__asm__ volatile("dc civac, %0" ::"r"(line) : "memory");
	dsb_sy();
	sysreg_write(cntv_cval_el0, sysreg_read(cntvct_el0) + NAP_US * (frequency / 1000000U));
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	isb();
	(void)psci_call(PSCI_CPU_SUSPEND, state, (uint64_t)(uintptr_t)secondary,
			(uint64_t)(uintptr_t)cpu);
	sysreg_write(cntv_ctl_el0, 0);
	gic_disable(GIC_VIRTUAL_TIMER);
}

static enum attack_outcome on_woken(attack_function *attack)
{
	uint32_t state = power_down_state();

	if (state == 0U || machine.gic == 0U)
		return attack_absent("no idle state that takes the power");
	task.attack = attack;
	task.outcome = ATTACK_ABSENT;
	woken = false;
	if (!cpu_run(1, sleep, &state))
		return attack_absent("cpu1 does not start");
	return woken ? task.outcome : attack_absent("cpu1 does not lose its power");
}

enum attack_outcome attack_woken_read(void)
{
	return on_woken(attack_flat_read);
}

enum attack_outcome attack_woken_write(void)
{
	return on_woken(attack_flat_write);
}

/* ---- what EL2 leaves in registers ---- */

/* Registers that a CPU was entered with, but for x0: does one of them tell an address? */
static enum attack_outcome judge_entry(void)
{
	const struct cpu_entry *entry = &cpu_self()->entry;
	unsigned telling = 0, last = 0;

	for (unsigned n = 1; n < 31U; n++)
		if (machine_kept(entry->x[n])) {
			telling++;
			last = n;
		}
	return attack_judge(telling != 0U, "%u registers tell addresses; x%u is 0x%llx", telling,
			    last, (unsigned long long)entry->x[last]);
}

enum attack_outcome attack_started_registers(void)
{
	return on_started(judge_entry);
}

enum attack_outcome attack_woken_registers(void)
{
	return on_woken(judge_entry);
}

/* ---- caches ---- */

static uint64_t lines; /* of a page outside the image, which mmu_without() writes back */
static unsigned seen;

static void write_lines(uint64_t value)
{
	for (unsigned i = 0; i < LINES; i++)
		word(lines)[i * LINE_WORDS] = value;
}

static unsigned count_lines(uint64_t value)
{
	unsigned count = 0;

	for (unsigned i = 0; i < LINES; i++)
		count += word(lines)[i * LINE_WORDS] == value;
	return count;
}

static void clean_lines(void)
{
	for (unsigned i = 0; i < LINES; i++)
		__asm__ volatile("dc civac, %0" ::"r"(lines + i * LINE_WORDS * 8U) : "memory");
	dsb_sy();
}

static void look_behind(void *unused)
{
	(void)unused;
	seen = count_lines(PATTERN);
}

/* Every set and way of the data caches, without writing back. */
static void invalidate_set_way(void)
{
	uint64_t clidr = sysreg_read(clidr_el1);

	for (unsigned level = 0; level < 7U; level++) {
		unsigned type = (unsigned)(clidr >> (3U * level)) & 7U;
		uint64_t ccsidr, sets, ways, shift, line;

		if (type < 2U)
			continue;
		sysreg_write(csselr_el1, (uint64_t)level << 1);
		isb();
		ccsidr = sysreg_read(ccsidr_el1);
		line = (ccsidr & 7U) + 4U;
		ways = (ccsidr >> 3 & 0x3ffU) + 1U;
		sets = (ccsidr >> 13 & 0x7fffU) + 1U;
		shift = 32U;
		while (shift > 0U && 1UL << (32U - shift) < ways)
			shift--;
		for (uint64_t way = 0; way < ways; way++)
			for (uint64_t set = 0; set < sets; set++)
				__asm__ volatile(
				    "dc isw, %0" ::"r"((shift < 32U ? way << shift : 0U) |
						       set << line | (uint64_t)level << 1)
				    : "memory");
	}
	dsb_sy();
}

static void invalidate_lines(void)
{
	for (unsigned i = 0; i < LINES; i++)
		__asm__ volatile("dc ivac, %0" ::"r"(lines + i * LINE_WORDS * 8U) : "memory");
	dsb_sy();
}

/* Where a write is in memory at once there is nothing to lose. */
static const char *no_caches(void)
{
	lines = memory_block();
	if (lines == 0U)
		return "no free block of RAM";
	write_lines(~PATTERN);
	clean_lines();
	write_lines(PATTERN);
	mmu_without(look_behind, NULL);
	return seen == LINES ? "this CPU has no caches: what is written is in memory" : NULL;
}

/* Does an invalidation throw away what a CPU wrote? Of our own lines; those of EL2 lie in the same
 * sets. */
static enum attack_outcome invalidate(void (*operation)(void))
{
	const char *lacks = no_caches();
	unsigned lost;

	if (lacks != NULL)
		return attack_absent(lacks);
	write_lines(~PATTERN);
	clean_lines();
	write_lines(PATTERN);
	exception_expect();
	operation();
	(void)exception_end(NULL);
	lost = (unsigned)LINES - count_lines(PATTERN);
	return attack_judge(lost != 0U, "%u of 64 lines lost", lost);
}

enum attack_outcome attack_invalidate_sets(void)
{
	return invalidate(invalidate_set_way);
}

enum attack_outcome attack_invalidate_lines(void)
{
	return invalidate(invalidate_lines);
}

/* Lines of the hypervisor's, by their address: what is carried out moves them. */
enum attack_outcome attack_invalidate_image(void)
{
	const char *lacks = no_caches();
	uint64_t at = memory_image().base;
	struct exception taken;
	unsigned count;

	if (lacks != NULL)
		return attack_absent(lacks);
	exception_expect();
	__asm__ volatile("dc civac, %0\n\tdc cvac, %0\n\tdsb sy" ::"r"(at) : "memory");
	count = exception_end(&taken);
	return attack_judge(count != 2U, "0x%llx: %u exceptions of 2, ESR 0x%llx",
			    (unsigned long long)at, count, (unsigned long long)taken.esr);
}
