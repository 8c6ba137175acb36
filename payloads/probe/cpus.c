// SPDX-License-Identifier: Apache-2.0
/* The other CPUs: like the boot CPU where they can be had, and well told where firmware refuses. */
#include "entry.h"
#include "power.h"
#include "probe.h"
#include "ranges.h"
#include "registers.h"

#define WAIT_US 30000000U

bool others_usable(void)
{
	return refusal("cpu-on") == 0 && refusal("cpu-off") == 0;
}

static void look(void *argument)
{
	uint64_t version = *(const uint64_t *)argument;

	entry_check("CPU_ON", &cpu_self()->entry, (uint64_t)(uintptr_t)cpu_self());
	registers_check_same();
	registers_check_access();
	registers_check_kept();
	/* FF-A is a matter of the host, not of its CPUs. */
	check(call_version(0x10000, SMC) == version, "cpu%u: another FFA_VERSION",
	      cpu_self()->index);
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct exception taken;
		uint64_t value;

		(void)try_read64(withheld(r).base, &value);
		check(exception_end(&taken) == 1U && exception_external_abort(&taken),
		      "cpu%u reads %s: 0x%llx", cpu_self()->index, withheld(r).name,
		      (unsigned long long)value);
	}
}

/* Each looks at itself: as the boot CPU. */
void test_other_cpus(void)
{
	uint64_t version = call_version(0x10000, SMC);

	test_begin("other CPUs are like the boot CPU");
	for (unsigned i = 1; i < machine.cpu_count; i++)
		check(cpu_run(i, look, &version), "cpu%u did not come through", i);
	test_end();
}

/* ---- firmware refuses ---- */

static int32_t off_answer[CPU_LIMIT];

/* Turned off, and still there. */
static void look_and_stay(void *argument)
{
	look(argument);
	off_answer[cpu_self()->index] = psci_call(PSCI_CPU_OFF, 0, 0, 0);
	__atomic_store_n(&cpu_self()->phase, (uint32_t)CPU_DONE, __ATOMIC_RELEASE);
	for (;;)
		__asm__ volatile("wfi");
}

static bool wait_done(unsigned index)
{
	uint64_t begin = clock_us();

	while (__atomic_load_n(&cpus[index].phase, __ATOMIC_ACQUIRE) != CPU_DONE)
		if (clock_us() - begin > WAIT_US)
			return false;
	return true;
}

/* CPU_OFF comes back: the CPU is on, for itself and for everyone else. */
static void check_cpu_off(int32_t expected)
{
	uint64_t version = call_version(0x10000, SMC);

	for (unsigned i = 1; i < machine.cpu_count; i++) {
		check(cpu_start(i, look_and_stay, &version) == PSCI_SUCCESS, "CPU_ON of cpu%u", i);
		check(wait_done(i), "cpu%u does not come back from CPU_OFF", i);
		check(off_answer[i] == expected, "cpu%u: CPU_OFF is %d, not %d", i, off_answer[i],
		      expected);
		check(psci_affinity_info(machine.mpidr[i]) == PSCI_AFFINITY_ON, "cpu%u is not ON",
		      i);
		check(psci_cpu_on(machine.mpidr[i], (uint64_t)(uintptr_t)stray, 0) ==
			  PSCI_ALREADY_ON,
		      "CPU_ON of cpu%u, which is on", i);
	}
}

/* CPU_ON is refused each time, and the CPU stays OFF. */
static void check_cpu_on(int32_t expected)
{
	for (unsigned round = 0; round < 3U; round++)
		for (unsigned i = 1; i < machine.cpu_count; i++) {
			int32_t answer =
			    psci_cpu_on(machine.mpidr[i], (uint64_t)(uintptr_t)stray, 0);

			check(answer == expected, "CPU_ON of cpu%u: %d, not %d", i, answer,
			      expected);
			check(psci_affinity_info(machine.mpidr[i]) == PSCI_AFFINITY_OFF,
			      "cpu%u is not OFF", i);
		}
}

bool firmware_refuses(void)
{
	return !others_usable() || refusal("system-suspend") != 0 || refusal("system-off") != 0;
}

void test_firmware_refusals(void)
{
	int32_t answer;

	test_begin("what firmware refuses");
	if (refusal("system-suspend") != 0) {
		answer = psci_call(PSCI_SYSTEM_SUSPEND, (uint64_t)(uintptr_t)stray, 0, 0);
		check(answer == refusal("system-suspend"), "SYSTEM_SUSPEND: %d", answer);
	}
	if (refusal("cpu-on") != 0)
		check_cpu_on(refusal("cpu-on"));
	else if (refusal("cpu-off") != 0)
		check_cpu_off(refusal("cpu-off"));
	if (refusal("system-off") != 0) {
		answer = psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
		check(answer == refusal("system-off"), "SYSTEM_OFF: %d", answer);
	}
	check(strays == ~(uint64_t)0, "CPU 0x%llx ran where it was refused to",
	      (unsigned long long)strays);
	test_end();
}
