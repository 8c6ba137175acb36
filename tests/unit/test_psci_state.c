/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a CPU: turned on, gone, asleep, woken, refused, and what each CPU sees of the
 * others meanwhile. Calls from several CPUs at once are in test_psci_race.c.
 */
#include <string.h>

#include "cases.h"
#include "host.h"

#define CPU_SUSPEND    0xc4000001U
#define CPU_OFF        0x84000002U
#define CPU_ON         0xc4000003U
#define AFFINITY_INFO  0xc4000004U
#define SYSTEM_SUSPEND 0xc400000eU

#define PC      (HOST_RAM_BASE + 0x80000U)
#define CONTEXT 0x1122334455667788ULL

#define POWER_DOWN 0x00010000U

static struct psci *const psci = &host_hv.psci;

static enum psci_state state_of(unsigned cpu)
{
	return psci_cpu_state(psci, cpu);
}

static int64_t ask(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x0 = host_ask(fid, x1, x2, x3);

	return (fid & SMCCC_64) != 0U ? (int64_t)x0 : smccc_int32(x0);
}

static void start(void)
{
	host_prepare();
	host_start(4);
}

static void expect_entry(unsigned cpu, uint64_t pc, uint64_t context)
{
	struct psci_entry entry = psci_cpu_arrived(psci, cpu);

	assert_true(entry.expected);
	assert_int_equal(entry.pc, pc);
	assert_int_equal(entry.context, context);
	assert_int_equal(state_of(cpu), PSCI_ON);
}

static void expect_stray(unsigned cpu)
{
	struct psci_entry entry = psci_cpu_arrived(psci, cpu);

	assert_false(entry.expected);
	assert_int_equal(entry.pc, 0);
	assert_int_equal(state_of(cpu), PSCI_LEAVING);
}

/* ---- turning on ---- */

static unsigned cleans_before_call;
static struct psci_cpu seen;

/* What lies in memory at the moment at which firmware gets the call: the target reads that. */
static bool look(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)x[0] == CPU_ON)
		seen = psci->cpu[x[1]];
	if ((uint32_t)x[0] == CPU_SUSPEND || (uint32_t)x[0] == SYSTEM_SUSPEND)
		seen = psci->cpu[fake_cpu];
	cleans_before_call = fake.cleans;
	return false;
}

static void test_psci_state_cpu_on(void **state)
{
	(void)state;
	start();
	assert_int_equal(state_of(0), PSCI_ON);
	assert_int_equal(state_of(2), PSCI_OFF);
	host_fw.special = look;
	assert_int_equal(ask(CPU_ON, 2, PC, CONTEXT), PSCI_SUCCESS);
	/* firmware got our entry and context, never the host's */
	assert_int_equal(fake.calls, 1);
	assert_int_equal(fake.call[0].x[1], 2);
	assert_int_equal(fake.call[0].x[2], FAKE_CPU_ENTRY);
	assert_int_equal(fake.call[0].x[3], machine_cpu_context(2));
	/* the host's was there, and cleaned from the caches, before */
	assert_int_equal(seen.state, PSCI_CPU_ON_PENDING);
	assert_int_equal(seen.on.pc, PC);
	assert_int_equal(seen.on.context, CONTEXT);
	assert_int_equal(cleans_before_call, 1);
	assert_ptr_equal(fake.cleaned, &psci->cpu[2]);
	assert_int_equal(fake.cleaned_size, sizeof(psci->cpu[2]));
	/* on its way */
	assert_int_equal(ask(AFFINITY_INFO, 2, 0, 0), 2);
	assert_int_equal(ask(CPU_ON, 2, PC, CONTEXT), PSCI_ON_PENDING);
	assert_false(psci_alone(psci));
	/* there */
	expect_entry(2, PC, CONTEXT);
	assert_int_equal(ask(AFFINITY_INFO, 2, 0, 0), 0);
	assert_int_equal(ask(CPU_ON, 2, PC, CONTEXT), PSCI_ALREADY_ON);
	assert_int_equal(host_fw.starts[2], 1);
	/* a second arrival would be a start that nobody asked for */
	expect_stray(2);
}

static void test_psci_state_cpu_on_32(void **state)
{
	(void)state;
	start();
	assert_int_equal(smccc_int32(host_ask(0x84000003, 0xdeadbeef00000001,
					      0xdeadbeef00000000 | PC, 0xdeadbeef55667788)),
			 PSCI_SUCCESS);
	assert_int_equal(fake.call[0].x[0], CPU_ON); /* the form that can carry our entry */
	assert_int_equal(fake.call[0].x[1], 1);
	expect_entry(1, PC, 0x55667788);
}

/* Affinity fields are compared; what else MPIDR_EL1 has in its register is not part of a name. */
static void test_psci_state_mpidr(void **state)
{
	static const uint64_t mpidr[4] = {0x80000000, 0x80000100, 0x0000000180000102, 0x81000203};

	(void)state;
	start();
	psci_init(psci, &host_hv.firmware, mpidr, 4, 2, psci->entry_allowed, psci->foreign, NULL);
	assert_int_equal(state_of(2), PSCI_ON);
	assert_int_equal(state_of(0), PSCI_OFF);
	fake_cpu = 2;
	assert_int_equal(ask(AFFINITY_INFO, 0x100000102, 0, 0), 0);
	assert_int_equal(ask(AFFINITY_INFO, 0x102, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(ask(CPU_ON, 0x80000000, PC, 0), PSCI_INVALID_PARAMETERS);
	host_fw.on[0] = false;
	assert_int_equal(ask(CPU_ON, 0, PC, 7), PSCI_SUCCESS);
	expect_entry(0, PC, 7);
	fake.calls = 0;
	host_fw.status[3] = 0xfffffffd;
	assert_int_equal(ask(CPU_ON, 0x203, PC, 0), PSCI_DENIED);
	assert_int_equal(fake.call[0].x[1], 0x203); /* without bits 31 and 24 */
	assert_int_equal(fake.call[0].x[3], machine_cpu_context(3));
}

/* Where no CPU is called 0, nothing that is empty answers to that name. */
static void test_psci_state_no_cpu_0(void **state)
{
	static const uint64_t mpidr[2] = {0x100, 0x101};

	(void)state;
	start();
	psci_init(psci, &host_hv.firmware, mpidr, 2, 0, psci->entry_allowed, psci->foreign, NULL);
	assert_int_equal(ask(CPU_ON, 0, PC, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(ask(AFFINITY_INFO, 0, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(ask(AFFINITY_INFO, 0x100, 0, 0), 0);
}

/* Whatever firmware refuses with: the host is told, and the slot is free again. */
static void test_psci_state_cpu_on_refused(void **state)
{
	static const uint64_t above[3] = {0, 0xffffffff, 0xdeadbeef};

	(void)state;
	for (int32_t status = -1; status >= -9; status--) {
		for (unsigned width = 0; width < 3U; width++) {
			start();
			host_fw.status[3] = above[width] << 32 | (uint32_t)status;
			assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), status);
			assert_int_equal(state_of(1), PSCI_OFF);
			assert_true(psci_alone(psci));
			/* a refusal is worth a line, the everyday answers to a race are not */
			assert_int_equal(fake_said("[psci-refused] firmware refused CPU_ON"),
					 status != PSCI_ALREADY_ON && status != PSCI_ON_PENDING);
			host_fw.status[3] = 0;
			assert_int_equal(ask(CPU_ON, 1, PC, 9), PSCI_SUCCESS);
			expect_entry(1, PC, 9);
		}
	}
}

static void test_psci_state_cpu_on_garbage(void **state)
{
	static const uint64_t garbage[] = {1, 0x84000003, 0x7fffffff, 0x80000000, 0xfffffff6};

	(void)state;
	for (unsigned i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		start();
		host_fw.status[3] = garbage[i];
		assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_INTERNAL_FAILURE);
		assert_int_equal(state_of(1), PSCI_OFF);
		assert_true(fake_said("[psci-garbage] firmware answered CPU_ON with 0x00000000"));
	}
}

/* Nothing is left behind by a call that was refused here. */
static void test_psci_state_L1_bad_entry_changes_nothing(void **state)
{
	(void)state;
	start();
	assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_SUCCESS);
	assert_int_equal(ask(CPU_ON, 1, PC + 2U, 1), PSCI_INVALID_ADDRESS);
	assert_int_equal(ask(CPU_ON, 1, HOST_RAM_END, 1), PSCI_INVALID_ADDRESS);
	assert_int_equal(ask(CPU_ON, 1, PC + 4U, 1), PSCI_ON_PENDING);
	expect_entry(1, PC, CONTEXT);
	assert_int_equal(fake.calls, 1);
}

/* ---- turning off ---- */

static enum psci_state during;

static bool stay(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	if ((uint32_t)x[0] != CPU_OFF)
		return false;
	during = state_of(fake_cpu);
	x[0] = firmware->status[2];
	return true;
}

/* CPU_OFF comes back: the CPU is on, whatever status came with it, and it was never SUCCESS. */
static void test_psci_state_off_returns(void **state)
{
	static const struct {
		uint64_t raw;
		int32_t told;
	} rows[] = {
	    {0, PSCI_INTERNAL_FAILURE}, {0xdeadbeef00000000, PSCI_INTERNAL_FAILURE},
	    {0xfffffffd, PSCI_DENIED},  {~0ULL, PSCI_NOT_SUPPORTED},
	    {2, PSCI_INTERNAL_FAILURE}, {0x84000002, PSCI_INTERNAL_FAILURE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start();
		assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_SUCCESS);
		expect_entry(1, PC, CONTEXT);
		host_fw.special = stay;
		host_fw.status[2] = rows[i].raw;
		fake_cpu = 1;
		assert_int_equal(ask(CPU_OFF, 0, 0, 0), rows[i].told);
		assert_int_equal(during, PSCI_LEAVING);
		assert_int_equal(state_of(1), PSCI_ON);
		fake_cpu = 0;
		assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 0);
		assert_int_equal(ask(CPU_ON, 1, PC, 1), PSCI_ALREADY_ON);
	}
}

/* Gone into CPU_OFF: firmware alone knows when it is off. */
static void test_psci_state_leaving(void **state)
{
	(void)state;
	start();
	psci->cpu[1].state = PSCI_LEAVING;
	host_fw.on[1] = true;
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 0);
	assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_ALREADY_ON);
	assert_int_equal(fake_calls_of(CPU_ON), 0);
	assert_int_equal(state_of(1), PSCI_LEAVING);
	assert_true(psci_alone(psci)); /* for a kexec it is gone */
	host_fw.on[1] = false;
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 1);
	assert_int_equal(state_of(1), PSCI_OFF);
	/* turned on again without the question in between */
	psci->cpu[1].state = PSCI_LEAVING;
	assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_SUCCESS);
	assert_int_equal(fake_calls_of(CPU_ON), 1);
	expect_entry(1, PC, CONTEXT);
}

/* An answer about a CPU that is no state: not believed, in any width. */
static void test_psci_state_affinity_garbage(void **state)
{
	static const struct {
		uint64_t raw;
		int32_t told;
	} rows[] = {
	    {3, PSCI_INTERNAL_FAILURE},
	    {0x84000004, PSCI_INTERNAL_FAILURE},
	    {0xfffffffe, PSCI_INVALID_PARAMETERS},
	    {0xfffffffffffffffa, PSCI_INTERNAL_FAILURE},
	    {0xdeadbeef00000001, 1},
	    {0xffffffff00000002, 2},
	    {0xdeadbeef00000000, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start();
		host_fw.status[4] = rows[i].raw;
		assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), rows[i].told);
		assert_int_equal(state_of(1), PSCI_OFF);
	}
	start();
	host_fw.status[4] = 0xdeadbeef00000003;
	(void)ask(AFFINITY_INFO, 1, 0, 0);
	assert_true(fake_said("answered AFFINITY_INFO with 0xdeadbeef00000003"));
	/* and CPU_ON of a CPU that is leaving needs a plain OFF */
	psci->cpu[1].state = PSCI_LEAVING;
	assert_int_equal(ask(CPU_ON, 1, PC, 0), PSCI_ALREADY_ON);
}

static void test_psci_state_stray(void **state)
{
	(void)state;
	start();
	expect_stray(1);
	assert_true(fake_said("[psci-stray] firmware started CPU 0x1"));
	/* it turns itself off; then it can be had as any other */
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 1);
	assert_int_equal(ask(CPU_ON, 1, PC, 3), PSCI_SUCCESS);
	expect_entry(1, PC, 3);
	/* firmware that restarts a running CPU has lost what the host had there */
	expect_stray(1);
	host_fw.on[1] = false;
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 1);
}

static void test_psci_state_may_not_run_the_host(void **state)
{
	(void)state;
	start();
	assert_int_equal(ask(CPU_ON, 3, PC, 3), PSCI_SUCCESS);
	psci_cpu_leaves(psci, 3);
	assert_int_equal(ask(AFFINITY_INFO, 3, 0, 0), 0); /* until firmware has it */
	host_fw.on[3] = false;
	assert_int_equal(ask(AFFINITY_INFO, 3, 0, 0), 1);
	assert_int_equal(ask(CPU_ON, 3, PC, 4), PSCI_SUCCESS);
	expect_entry(3, PC, 4);
}

/* ---- suspend ---- */

static void test_psci_state_suspend_wakes_at_the_entry(void **state)
{
	(void)state;
	start();
	fake_cpu = 0;
	host_fw.special = look;
	assert_int_equal(ask(CPU_SUSPEND, POWER_DOWN, PC, CONTEXT), PSCI_SUCCESS);
	assert_int_equal(fake.call[0].x[1], POWER_DOWN);
	assert_int_equal(fake.call[0].x[2], FAKE_CPU_ENTRY);
	assert_int_equal(fake.call[0].x[3], machine_cpu_context(0));
	assert_true(seen.suspended);
	assert_int_equal(seen.state, PSCI_ON); /* for the others it is on all the time */
	assert_int_equal(seen.suspend.pc, PC);
	assert_int_equal(cleans_before_call, 1);
	assert_ptr_equal(fake.cleaned, &psci->cpu[0]);
	/* that call came back: the wake-up is used up */
	assert_false(psci->cpu[0].suspended);
	expect_stray(0);
	/* now one that does not come back: what firmware would do after the call */
	start();
	psci->cpu[0].suspend = seen.suspend;
	psci->cpu[0].suspended = true;
	expect_entry(0, PC, CONTEXT);
	assert_false(psci->cpu[0].suspended);
	expect_stray(0);
}

/* A CPU that sleeps has a slot of its own for it: CPU_ON from elsewhere does not touch it. */
static bool turn_on_meanwhile(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	if ((uint32_t)x[0] != CPU_SUSPEND)
		return false;
	fake_cpu = 1;
	firmware->special = NULL;
	assert_int_equal(ask(CPU_ON, 0, PC + 0x1000U, 1), PSCI_ALREADY_ON);
	assert_int_equal(ask(AFFINITY_INFO, 0, 0, 0), 0);
	fake_cpu = 0;
	expect_entry(0, PC, CONTEXT); /* woken with power lost */
	x[0] = 0;
	return true;
}

static void test_psci_state_suspend_beside_cpu_on(void **state)
{
	(void)state;
	start();
	psci->cpu[1].state = PSCI_ON;
	host_fw.special = turn_on_meanwhile;
	assert_int_equal(ask(CPU_SUSPEND, POWER_DOWN, PC, CONTEXT), PSCI_SUCCESS);
	assert_null(host_fw.special);
}

static void test_psci_state_suspend_refused(void **state)
{
	static const uint64_t fids[] = {CPU_SUSPEND, SYSTEM_SUSPEND};

	(void)state;
	for (unsigned i = 0; i < 2U; i++) {
		unsigned number = fids[i] & 0x1fU;

		for (int32_t status = 1; status >= -10; status--) {
			start();
			host_fw.status[number] = 0xdeadbeef00000000ULL | (uint32_t)status;
			assert_int_equal(i == 0U ? ask(CPU_SUSPEND, POWER_DOWN, PC, CONTEXT)
						 : ask(SYSTEM_SUSPEND, PC, CONTEXT, 0),
					 status > 0 || status < -9 ? PSCI_INTERNAL_FAILURE
								   : status);
			assert_false(psci->cpu[0].suspended);
			assert_int_equal(state_of(0), PSCI_ON);
		}
	}
}

static void test_psci_state_suspend_entries(void **state)
{
	static const uint64_t bad[] = {0,    PC + 1U, PC + 2U, HOST_RAM_BASE - 4U, HOST_RAM_END,
				       ~3ULL};

	(void)state;
	start();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask(CPU_SUSPEND, POWER_DOWN, bad[i], 0), PSCI_INVALID_ADDRESS);
		assert_int_equal(ask(SYSTEM_SUSPEND, bad[i], 0, 0), PSCI_INVALID_ADDRESS);
		assert_int_equal(fake.calls, 0);
	}
	/* standby comes back and needs no entry; firmware still gets ours */
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake.calls = 0;
		assert_int_equal(ask(CPU_SUSPEND, 0, bad[i], 0), PSCI_SUCCESS);
		assert_int_equal(fake.call[0].x[2], FAKE_CPU_ENTRY);
	}
}

static void test_psci_state_system_suspend(void **state)
{
	(void)state;
	start();
	host_fw.special = look;
	assert_int_equal(ask(SYSTEM_SUSPEND, PC, CONTEXT, 0), PSCI_SUCCESS);
	assert_int_equal(fake.call[0].x[0], SYSTEM_SUSPEND);
	assert_int_equal(fake.call[0].x[1], FAKE_CPU_ENTRY);
	assert_int_equal(fake.call[0].x[2], machine_cpu_context(0));
	assert_int_equal(seen.suspend.pc, PC);
	assert_int_equal(seen.suspend.context, CONTEXT);
	assert_true(seen.suspended);
	/* the others must be off: pending is not, leaving is firmware's to judge */
	for (unsigned s = PSCI_OFF; s <= PSCI_LEAVING; s++) {
		bool denied = s == PSCI_ON || s == PSCI_CPU_ON_PENDING;

		fake.calls = 0;
		psci->cpu[3].state = s;
		assert_int_equal(psci_alone(psci), !denied);
		assert_int_equal(ask(SYSTEM_SUSPEND, PC, CONTEXT, 0),
				 denied ? PSCI_DENIED : PSCI_SUCCESS);
		assert_int_equal(fake.calls, !denied);
	}
	/* alone is who asks, not CPU 0 */
	psci->cpu[0].state = PSCI_OFF;
	psci->cpu[3].state = PSCI_ON;
	fake_cpu = 3;
	assert_true(psci_alone(psci));
}

/* A host that tries again and again does not fill the console. */
static void test_psci_state_complaints_are_few(void **state)
{
	unsigned lines = 0;

	(void)state;
	start();
	host_fw.status[3] = 0xfffffffd;
	for (unsigned i = 0; i < 1000U; i++)
		assert_int_equal(ask(CPU_ON, 1, PC, CONTEXT), PSCI_DENIED);
	for (const char *at = fake.console; (at = strstr(at, "[psci-refused]")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 16);
}

static void test_psci_state_invariants(void **state)
{
	static const uint64_t mpidr[PSCI_CPU_MAX + 1U];

	(void)state;
	start();
	fake.crash_expected = true;
	psci->cpu[4].state = PSCI_CPU_ON_PENDING; /* not even then */
	if (setjmp(fake.crash) == 0) {
		(void)psci_cpu_arrived(psci, 4);
		fail_msg("a CPU that is not there arrived");
	}
	if (setjmp(fake.crash) == 0) {
		psci_cpu_leaves(psci, 4);
		fail_msg("a CPU that is not there left");
	}
	if (setjmp(fake.crash) == 0) {
		psci_init(psci, &host_hv.firmware, mpidr, PSCI_CPU_MAX + 1U, 0, psci->entry_allowed,
			  psci->foreign, NULL);
		fail_msg("more CPUs than there is room for");
	}
	if (setjmp(fake.crash) == 0) {
		psci_init(psci, &host_hv.firmware, mpidr, 4, 4, psci->entry_allowed, psci->foreign,
			  NULL);
		fail_msg("the boot CPU is none of them");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_psci_state_cpu_on),
	    cmocka_unit_test(test_psci_state_cpu_on_32),
	    cmocka_unit_test(test_psci_state_mpidr),
	    cmocka_unit_test(test_psci_state_no_cpu_0),
	    cmocka_unit_test(test_psci_state_cpu_on_refused),
	    cmocka_unit_test(test_psci_state_cpu_on_garbage),
	    cmocka_unit_test(test_psci_state_L1_bad_entry_changes_nothing),
	    cmocka_unit_test(test_psci_state_off_returns),
	    cmocka_unit_test(test_psci_state_leaving),
	    cmocka_unit_test(test_psci_state_affinity_garbage),
	    cmocka_unit_test(test_psci_state_stray),
	    cmocka_unit_test(test_psci_state_may_not_run_the_host),
	    cmocka_unit_test(test_psci_state_suspend_wakes_at_the_entry),
	    cmocka_unit_test(test_psci_state_suspend_beside_cpu_on),
	    cmocka_unit_test(test_psci_state_suspend_refused),
	    cmocka_unit_test(test_psci_state_suspend_entries),
	    cmocka_unit_test(test_psci_state_system_suspend),
	    cmocka_unit_test(test_psci_state_complaints_are_few),
	    cmocka_unit_test(test_psci_state_invariants),
	};

	return cmocka_run_group_tests_name("psci_state", tests, NULL, NULL);
}
