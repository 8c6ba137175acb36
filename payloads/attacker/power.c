// SPDX-License-Identifier: Apache-2.0
/* CPUs that begin where they must not, or as what they must not. */
#include <libfdt.h>

#include "attack.h"
#include "features.h"
#include "given.h"
#include "gic.h"
#include "psci.h"
#include "random.h"
#include "ranges.h"
#include "suspend.h"
#include "sysreg.h"

#define WAIT_US        30000000U
#define NAP_US         2000U
#define TIMER_ENABLE   1U
#define LEVEL_EL2      (2UL << 2)
#define POWER_DOWN     16U /* bit of a power_state */
#define POWER_DOWN_1   30U /* in the extended format */
#define NOT_YET        0x5aU
#define CLOCK_SPI      34U /* the PL031's on QEMU's virt machine: some shared interrupt, to wake by */
#define GICD_ISENABLER 0x100U
#define GICD_ICENABLER 0x180U
#define GICD_ISPENDR   0x200U
#define GICD_ICPENDR   0x280U
#define GICD_ITARGETSR 0x800U
#define VENDOR_RESET   0x80000000U
#define ROUNDS         100U

void arrival(void);
uint64_t arrival_level __attribute__((visibility("hidden")));

static uint64_t image_page(void)
{
	return machine.kept_count != 0U ? machine.kept[0].base : 0U;
}

/* ---- CPU_ON ---- */

/* CPU 1 began at `entry`: it has nothing to run there, and is off again in the end. */
static enum attack_outcome try_cpu_on(uint64_t entry, const char *what)
{
	const uint64_t arguments[4] = {machine.mpidr[1], entry, 0};
	int32_t status;

	if (entry == 0U)
		return attack_absent(what);
	status = (int32_t)attack_call(SMC, PSCI_CPU_ON, arguments, 0);
	if (status == PSCI_SUCCESS && !cpu_wait_off(1, WAIT_US))
		attack_broken("cpu1 does not become OFF");
	return attack_judge(status == PSCI_SUCCESS, "CPU_ON at 0x%llx: %d",
			    (unsigned long long)entry, status);
}

enum attack_outcome attack_start_in_image(void)
{
	return try_cpu_on(image_page(), "nothing is withheld");
}

enum attack_outcome attack_start_in_last_word(void)
{
	uint64_t last = 0;

	if (machine.kept_count != 0U)
		last = machine.kept[0].base + machine.kept[0].size - 4U;
	return try_cpu_on(last, "nothing is withheld");
}

enum attack_outcome attack_start_in_given_page(void)
{
	uint64_t page = given_page(0);
	enum attack_outcome outcome;

	if (page == 0U || !given_donate(page))
		return attack_absent("no page to give");
	outcome = try_cpu_on(page, "");
	(void)given_return(page);
	return outcome;
}

enum attack_outcome attack_start_in_uart(void)
{
	return try_cpu_on(machine.console, "no console");
}

enum attack_outcome attack_start_in_distributor(void)
{
	return try_cpu_on(machine.gic_distributor, "no GIC");
}

enum attack_outcome attack_start_unaligned(void)
{
	return try_cpu_on((uint64_t)(uintptr_t)arrival + 2U, "");
}

/* ---- CPU_SUSPEND, on CPU 1 ---- */

static struct {
	uint64_t entry;
	uint32_t state;
	int32_t status;
	bool gic;
} nap;

/* A power_state of the tree's idle states that loses the CPU's state; 0: there is none. */
static uint32_t power_down_state(void)
{
	unsigned bit = (psci_features(PSCI_CPU_SUSPEND) & 2) != 0 ? POWER_DOWN_1 : POWER_DOWN;
	int node = -1;

	for (;;) {
		const fdt32_t *parameter;
		int length;

		node = fdt_node_offset_by_compatible(machine.tree, node, "arm,idle-state");
		if (node < 0)
			return 0;
		parameter = fdt_getprop(machine.tree, node, "arm,psci-suspend-param", &length);
		if (parameter != NULL && length == 4 &&
		    (fdt32_to_cpu(*parameter) >> bit & 1U) != 0U)
			return fdt32_to_cpu(*parameter);
	}
}

/* Powers down, to wake at nap.entry by its timer. */
static void nap_task(void *argument)
{
	(void)argument;
	nap.gic = gic_enable(GIC_VIRTUAL_TIMER);
	if (!nap.gic)
		return;
	sysreg_write(cntv_cval_el0,
		     sysreg_read(cntvct_el0) + NAP_US * (sysreg_read(cntfrq_el0) / 1000000U));
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	isb();
	nap.status = psci_call(PSCI_CPU_SUSPEND, nap.state, nap.entry, 0);
	sysreg_write(cntv_ctl_el0, 0);
	gic_disable(GIC_VIRTUAL_TIMER);
}

static enum attack_outcome try_suspend(uint64_t entry, const char *what)
{
	if (psci_features(PSCI_CPU_SUSPEND) < 0)
		return attack_absent("no CPU_SUSPEND");
	nap.state = power_down_state();
	if (nap.state == 0U)
		return attack_absent("no idle state that powers down");
	if (entry == 0U)
		return attack_absent(what);
	nap.entry = entry;
	nap.status = NOT_YET;
	if (cpu_start(1, nap_task, NULL) != PSCI_SUCCESS || !cpu_wait_off(1, WAIT_US)) {
		attack_broken("cpu1 does not become OFF");
		return ATTACK_STOPPED;
	}
	if (!nap.gic)
		return attack_absent("no GIC to be woken by");
	/* the call did not come back: the CPU woke there */
	return attack_judge(nap.status == NOT_YET, "CPU_SUSPEND to 0x%llx: %s %d",
			    (unsigned long long)entry, nap.status == NOT_YET ? "woke there" : "",
			    nap.status);
}

enum attack_outcome attack_wake_in_image(void)
{
	return try_suspend(image_page(), "nothing is withheld");
}

enum attack_outcome attack_wake_in_uart(void)
{
	return try_suspend(machine.console, "no console");
}

enum attack_outcome attack_wake_unaligned(void)
{
	return try_suspend((uint64_t)(uintptr_t)arrival + 1U, "");
}

/* ---- SYSTEM_SUSPEND, on the boot CPU ---- */

static void set_waker(bool pending)
{
	uint64_t word = machine.gic_distributor + (uint64_t)(CLOCK_SPI / 32U) * 4U;
	uint32_t bit = 1U << CLOCK_SPI % 32U;
	volatile uint8_t *target =
	    (volatile uint8_t *)(uintptr_t)(machine.gic_distributor + GICD_ITARGETSR);

	/* a GICv2 pends nothing that has no target; of private interrupts that is this CPU */
	target[CLOCK_SPI] = pending ? target[0] : 0U;
	*(volatile uint32_t *)(word + (pending ? GICD_ISENABLER : GICD_ICENABLER)) = bit;
	*(volatile uint32_t *)(word + (pending ? GICD_ISPENDR : GICD_ICPENDR)) = bit;
	dsb_sy();
}

/*
 * With an interrupt that wakes it at once. A CPU that wakes where it cannot go on is led to its
 * context by the control.
 */
static enum attack_outcome try_system_suspend(uint64_t entry, const char *what)
{
	const uint64_t call[4] = {PSCI_SYSTEM_SUSPEND, entry,
				  (uint64_t)(uintptr_t)suspend_boot_cpu};
	int32_t status;

	if (psci_features(PSCI_SYSTEM_SUSPEND) < 0)
		return attack_absent("no SYSTEM_SUSPEND");
	if (machine.gic == 0U)
		return attack_absent("no GIC to be woken by");
	if (entry == 0U)
		return attack_absent(what);
	set_waker(true);
	status = suspend_by(call, false);
	set_waker(false);
	features_unlock();
	return attack_judge(status == SUSPEND_WOKE, "SYSTEM_SUSPEND to 0x%llx: %s %d",
			    (unsigned long long)entry, status == SUSPEND_WOKE ? "woke there" : "",
			    status);
}

enum attack_outcome attack_resume_in_image(void)
{
	return try_system_suspend(image_page(), "nothing is withheld");
}

enum attack_outcome attack_resume_in_given_page(void)
{
	uint64_t page = given_page(0);
	enum attack_outcome outcome;

	if (page == 0U || !given_donate(page))
		return attack_absent("no page to give");
	outcome = try_system_suspend(page, "");
	(void)given_return(page);
	return outcome;
}

enum attack_outcome attack_resume_unaligned(void)
{
	return try_system_suspend((uint64_t)(uintptr_t)arrival + 2U, "");
}

/* ---- SYSTEM_RESET2 ---- */

/*
 * A vendor's reset, whose cookie its firmware may take for an address. The firmware below says that
 * it is done and comes back, which PSCI does not allow: the hypervisor calls that
 * INTERNAL_FAILURE.
 */
static enum attack_outcome try_reset(uint64_t cookie)
{
	const uint64_t arguments[4] = {VENDOR_RESET, cookie};
	int32_t status;

	if (machine_option("willing", 0) == 0U)
		return attack_absent("no firmware that does what it is told");
	status = (int32_t)attack_call(SMC, PSCI_SYSTEM_RESET2, arguments, 0);
	return attack_judge(status == PSCI_INTERNAL_FAILURE,
			    "SYSTEM_RESET2 with the cookie 0x%llx: %d", (unsigned long long)cookie,
			    status);
}

enum attack_outcome attack_reset_with_image(void)
{
	return image_page() != 0U ? try_reset(image_page()) : attack_absent("nothing is withheld");
}

enum attack_outcome attack_reset_with_given_page(void)
{
	uint64_t page = given_page(0);
	enum attack_outcome outcome;

	if (page == 0U || !given_donate(page))
		return attack_absent("no page to give");
	outcome = try_reset(page);
	(void)given_return(page);
	return outcome;
}

/* ---- CPU_ON while its entry changes hands ---- */

/*
 * `turn` modulo 4: 0 the page is ours, 1 and 3 it changes hands, 2 it is away. CPU 1 asks for a CPU
 * that is on, with the page as its entry: ALREADY_ON says that the page was good.
 */
static struct {
	uint64_t page;
	uint32_t turn, end, asked;
	unsigned accepted, refused, strange;
} beside;

static uint32_t read_now(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void ask_always(void *unused)
{
	(void)unused;
	while (read_now(&beside.end) == 0U) {
		uint32_t before = read_now(&beside.turn);
		int32_t status = (int32_t)given_plain(PSCI_CPU_ON, machine.mpidr[0], beside.page);
		bool same = before == read_now(&beside.turn), good = status == PSCI_ALREADY_ON;

		if (!good && status != PSCI_INVALID_ADDRESS && status != PSCI_INVALID_PARAMETERS)
			beside.strange++;
		if (same && before % 4U == 2U && good)
			beside.accepted++;
		if (same && before % 4U == 0U && !good)
			beside.refused++;
		__atomic_fetch_add(&beside.asked, 1U, __ATOMIC_RELEASE);
	}
}

/* The next turn, and not on before CPU 1 has asked from its beginning to its end. */
static bool take_turn(bool wait)
{
	uint32_t asked;
	uint64_t begin = clock_us();

	__atomic_fetch_add(&beside.turn, 1U, __ATOMIC_RELEASE);
	asked = read_now(&beside.asked);
	while (wait && read_now(&beside.asked) - asked < 2U)
		if (clock_us() - begin > WAIT_US)
			return false;
	return true;
}

enum attack_outcome attack_start_beside_donation(void)
{
	unsigned rounds = 0;
	bool good = true;

	beside.page = given_page(0);
	beside.turn = beside.end = beside.asked = 0;
	beside.accepted = beside.refused = beside.strange = 0;
	if (beside.page == 0U || cpu_start(1, ask_always, NULL) != PSCI_SUCCESS)
		return attack_absent("no page to give, or no second CPU");
	for (; good && rounds < machine_option("rounds", ROUNDS); rounds++) {
		(void)take_turn(false);
		good = given_plain(MEM_DONATE, beside.page, 1) == GIVEN_SUCCESS && take_turn(true);
		(void)take_turn(false);
		good = given_plain(MEM_RETURN, beside.page, 1) == GIVEN_SUCCESS && good &&
		       take_turn(true);
	}
	__atomic_store_n(&beside.end, 1U, __ATOMIC_RELEASE);
	if (!cpu_wait_off(1, WAIT_US) || !good || beside.refused != 0U || beside.strange != 0U)
		attack_broken("cpu1: %u refused of a page of ours, %u strange answers, %s",
			      beside.refused, beside.strange, good ? "" : "a call failed");
	return attack_judge(beside.accepted != 0U,
			    "%u rounds, %u questions, %u times an entry that was away was good",
			    rounds, beside.asked, beside.accepted);
}

/* ---- at EL2 ---- */

/* Our own code, called in order: it must arrive at EL1. */
static enum attack_outcome try_level(enum conduit conduit)
{
	const uint64_t arguments[4] = {machine.mpidr[1], (uint64_t)(uintptr_t)arrival, 0};
	volatile uint64_t *level = &arrival_level;

	*level = 0;
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(level) : "memory");
	(void)attack_call(conduit, PSCI_CPU_ON, arguments, 0);
	for (uint64_t begin = clock_us(); *level == 0U && clock_us() - begin < WAIT_US;)
		__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(level) : "memory");
	if (!cpu_wait_off(1, WAIT_US) || *level == 0U)
		attack_broken("cpu1 did not arrive");
	return attack_judge(*level == LEVEL_EL2, "cpu1 arrived at EL%llu",
			    (unsigned long long)*level >> 2);
}

enum attack_outcome attack_start_at_el2_by_hvc(void)
{
	return try_level(HVC);
}

enum attack_outcome attack_start_at_el2_by_smc(void)
{
	return try_level(SMC);
}

/* Past the hypervisor, if its host's SMC went to firmware. */
enum attack_outcome attack_smc_past_el2(void)
{
	return try_level(SMC);
}

/* A function that the hypervisor does not offer: firmware itself answers, or nobody. */
enum attack_outcome attack_smc_to_firmware(void)
{
	const uint64_t none[4] = {0};
	uint64_t answer;

	if (machine_option("willing", 0) == 0U)
		return attack_absent("no firmware that does what it is told");
	answer = attack_call(SMC, 0x8400003fU, none, 0);
	return attack_judge(answer == 0x900dU, "0x8400003f by SMC answered 0x%llx",
			    (unsigned long long)answer);
}
