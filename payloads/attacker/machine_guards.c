// SPDX-License-Identifier: Apache-2.0
/*
 * What the machine itself keeps from EL1: interrupts of the secure world, offsets of timers, secure
 * memory. Nothing of the hypervisor's stops these, so nothing can be taken away and they count for
 * nothing; but they must be stopped.
 */
#include "attack.h"
#include "cpu.h"
#include "features.h"
#include "gic.h"
#include "memory.h"
#include "mmu.h"
#include "sysreg.h"

#define GICD_TYPER      0x0004U
#define GICD_SGIR       0x0f00U
#define TYPER_SECURITY  (1U << 10) /* two security states */
#define IGROUPR         0x0080U
#define ICENABLER       0x0180U
#define IPRIORITYR      0x0400U
#define FIRMWARE_SGI    15U /* with which our firmware wakes a CPU; 8 to 15 are secure (DEN0006) */
#define LOWEST          0xffU
#define ABSENT_CPUS     (0xf0U << 16) /* target list of GICv2: CPUs 4 to 7 */
#define ABSENT_CLUSTER  (7UL << 48 | 7UL << 32 | 7UL << 16 | 0xffffUL)
#define SPURIOUS_GROUP1 1021U
#define SECURE_RAM      0x0e000000UL /* of QEMU's virt machine */
#define OFFSET          (1UL << 40)

static const char one_state[] = "the GIC knows no secure interrupts";

static volatile uint32_t *word32(uint64_t at)
{
	return (volatile uint32_t *)(uintptr_t)at;
}

static bool secure_interrupts(void)
{
	return machine.gic_distributor != 0U &&
	       (*word32(machine.gic_distributor + GICD_TYPER) & TYPER_SECURITY) != 0U;
}

static void nothing(void *unused)
{
	(void)unused;
}

/*
 * Firmware wakes a CPU that is off by an interrupt of its own on that CPU: one that still starts
 * shows that we did not reach that interrupt.
 */
static enum attack_outcome judge_start(const char *what, uint32_t seen)
{
	bool starts = cpu_run(1, nothing, NULL);

	return attack_judge(!starts || seen != 0U, "%s 0x%x; cpu1 %s", what, seen,
			    starts ? "starts" : "does not start");
}

/* Do it on the CPU whose interrupt it is. */
static enum attack_outcome on_cpu1(void (*function)(void *))
{
	if (!secure_interrupts())
		return attack_absent(one_state);
	return cpu_run(1, function, NULL) ? ATTACK_STOPPED : attack_absent("cpu1 does not start");
}

static uint32_t shown;

static void move_group(void *unused)
{
	uint64_t frame = gic_private_frame();

	(void)unused;
	*word32(frame + IGROUPR) |= 1U << FIRMWARE_SGI;
	shown = *word32(frame + IGROUPR) & 1U << FIRMWARE_SGI;
}

enum attack_outcome attack_move_secure_group(void)
{
	enum attack_outcome outcome = on_cpu1(move_group);

	return outcome == ATTACK_ABSENT ? outcome : judge_start("group", shown);
}

static void lower_priority(void *unused)
{
	volatile uint8_t *priority =
	    (volatile uint8_t *)(uintptr_t)(gic_private_frame() + IPRIORITYR + FIRMWARE_SGI);

	(void)unused;
	*priority = LOWEST;
	shown = *priority;
}

enum attack_outcome attack_lower_secure_priority(void)
{
	enum attack_outcome outcome = on_cpu1(lower_priority);

	return outcome == ATTACK_ABSENT ? outcome : judge_start("priority", shown);
}

static void disable(void *unused)
{
	(void)unused;
	*word32(gic_private_frame() + ICENABLER) = 1U << FIRMWARE_SGI;
	shown = 0;
}

enum attack_outcome attack_disable_secure_interrupt(void)
{
	enum attack_outcome outcome = on_cpu1(disable);

	return outcome == ATTACK_ABSENT ? outcome : judge_start("disabled", shown);
}

static void end_foreign(void *unused)
{
	(void)unused;
	/* ICC_EOIR1_EL1, of interrupts that nobody acknowledged here */
	sysreg_write(s3_0_c12_c12_1, FIRMWARE_SGI);
	sysreg_write(s3_0_c12_c12_1, SPURIOUS_GROUP1);
	sysreg_write(s3_0_c12_c12_1, GIC_VIRTUAL_TIMER);
	isb();
	shown = 0;
}

enum attack_outcome attack_end_foreign_interrupt(void)
{
	enum attack_outcome outcome = on_cpu1(end_foreign);

	return outcome == ATTACK_ABSENT ? outcome : judge_start("ended", shown);
}

/* To CPUs that are not there. That all others still answer is looked at after each attack. */
enum attack_outcome attack_send_to_absent_cpus(void)
{
	struct exception taken;
	unsigned count;

	if (machine.gic == 0U)
		return attack_absent("no GIC");
	exception_expect();
	if (machine.gic == 3U) {
		sysreg_write(s3_0_c12_c11_5, ABSENT_CLUSTER); /* ICC_SGI1R_EL1 */
		isb();
	} else {
		*word32(machine.gic_distributor + GICD_SGIR) = ABSENT_CPUS | FIRMWARE_SGI;
	}
	dsb_sy();
	count = exception_end(&taken);
	return attack_judge(count != 0U || !cpu_run(1, nothing, NULL), "%u exceptions", count);
}

/* CNTVOFF_EL2: another time for the host, and for whoever reads the virtual counter. */
enum attack_outcome attack_move_timer_offset(void)
{
	uint64_t before = sysreg_read(cntpct_el0) - sysreg_read(cntvct_el0), after;
	struct exception taken;
	unsigned count;

	exception_expect();
	sysreg_write(s3_4_c14_c0_3, OFFSET);
	count = exception_end(&taken);
	isb();
	after = sysreg_read(cntpct_el0) - sysreg_read(cntvct_el0);
	/* the two are read one after the other: less than a second apart */
	return attack_judge(after - before + sysreg_read(cntfrq_el0) > 2U * sysreg_read(cntfrq_el0),
			    "%u exceptions, ESR 0x%llx, offset 0x%llx became 0x%llx", count,
			    (unsigned long long)taken.esr, (unsigned long long)before,
			    (unsigned long long)after);
}

enum attack_outcome attack_read_secure_memory(void)
{
	enum attack_outcome outcome;

	if (!secure_interrupts())
		return attack_absent("no secure world");
	outcome = memory_load(access_ldr_w, memory_alias(ALIAS, SECURE_RAM, MMU_DEVICE));
	memory_alias_end(ALIAS);
	return outcome;
}
