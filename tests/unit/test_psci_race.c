/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSCI calls of several CPUs at once. Each thread is a CPU with a firmware below that behaves: a
 * CPU_OFF that works and a wake-up with power lost do not come back, but start at our entry, as on
 * the machine. What is looked for: one start for each CPU_ON that succeeded, each with exactly the
 * entry that its caller gave, and nobody waiting for ever.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "host.h"

#define CPU_SUSPEND   0xc4000001U
#define CPU_OFF       0x84000002U
#define CPU_ON        0xc4000003U
#define AFFINITY_INFO 0xc4000004U

#define CPUS   4U
#define STARTS 10000U /* of CPUs, after which CPU 0 ends the race */
#define TOKENS (1U << 20)

/* How a thread came to the top of its loop. */
enum came {
	CAME_FIRST = 0,
	CAME_OFF,
	CAME_AWAKE
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool on[CPUS], pending[CPUS];
	unsigned acting; /* CPUs that run the host's part */
	bool over;
} el3 = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct cpu {
	jmp_buf top;
	uint32_t random;
	uint64_t suspend_pc, suspend_context;
	unsigned wakes, refusals;
} cpus[CPUS];

static uint32_t stop, next_token, starts;
static uint8_t granted[TOKENS], arrived[TOKENS], target_of[TOKENS];

static const char *wrong; /* first failure of a thread; cmocka may be told by the main one only */

static void must(bool condition, const char *what)
{
	const char *none = NULL;

	if (!condition)
		(void)__atomic_compare_exchange_n(&wrong, &none, what, false, __ATOMIC_SEQ_CST,
						  __ATOMIC_SEQ_CST);
}

#define MUST(condition) must(condition, #condition)

static uint32_t draw(uint32_t below)
{
	struct cpu *cpu = &cpus[fake_cpu];

	cpu->random = cpu->random * 1664525U + 1013904223U;
	return (cpu->random >> 8) % below;
}

/* ---- firmware ---- */

static uint64_t firmware_cpu_on(uint64_t target, uint64_t entry, uint64_t context)
{
	uint64_t status = 0;

	MUST(target < CPUS);
	MUST(entry == FAKE_CPU_ENTRY);
	MUST(context == machine_cpu_context((unsigned)target));
	pthread_mutex_lock(&el3.mutex);
	if (el3.on[target]) {
		status = (uint64_t)PSCI_ALREADY_ON;
	} else if (el3.pending[target]) {
		status = (uint64_t)PSCI_ON_PENDING;
	} else {
		el3.pending[target] = true;
		pthread_cond_broadcast(&el3.changed);
	}
	pthread_mutex_unlock(&el3.mutex);
	return status;
}

static void firmware(void *context, uint64_t x[SMCCC_REGISTERS])
{
	(void)context;
	if (draw(4) == 0U)
		sched_yield();
	switch ((uint32_t)x[0]) {
	case CPU_ON:
		x[0] = firmware_cpu_on(x[1], x[2], x[3]);
		break;
	case CPU_OFF:
		if (draw(8) == 0U) {
			x[0] = (uint32_t)PSCI_DENIED;
			break;
		}
		pthread_mutex_lock(&el3.mutex);
		el3.on[fake_cpu] = false;
		el3.acting--;
		pthread_cond_broadcast(&el3.changed);
		pthread_mutex_unlock(&el3.mutex);
		longjmp(cpus[fake_cpu].top, CAME_OFF);
	case CPU_SUSPEND:
		if (draw(2) == 0U)
			longjmp(cpus[fake_cpu].top, CAME_AWAKE);
		x[0] = 0;
		break;
	case AFFINITY_INFO:
		MUST(x[1] < CPUS);
		pthread_mutex_lock(&el3.mutex);
		x[0] = el3.on[x[1]] ? 0 : el3.pending[x[1]] ? 2 : 1;
		pthread_mutex_unlock(&el3.mutex);
		break;
	default:
		MUST(false && "a call that this host does not make");
		x[0] = ~0ULL;
		break;
	}
}

/* ---- the host's part ---- */

static int64_t ask(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x0 = host_ask(fid, x1, x2, x3);

	return (fid & SMCCC_64) != 0U ? (int64_t)x0 : smccc_int32(x0);
}

static void turn_on(uint32_t target)
{
	uint32_t token = __atomic_fetch_add(&next_token, 1U, __ATOMIC_RELAXED);
	int64_t status;

	if (token >= TOKENS)
		return;
	target_of[token] = (uint8_t)target;
	status = ask(CPU_ON, target, HOST_RAM_BASE + 4ULL * token, token);
	if (status == PSCI_SUCCESS)
		granted[token] = 1;
	else
		cpus[fake_cpu].refusals++;
	MUST(status == PSCI_SUCCESS || status == PSCI_ALREADY_ON || status == PSCI_ON_PENDING);
	MUST(target != fake_cpu || status == PSCI_ALREADY_ON);
}

static void act(void)
{
	uint32_t target = draw(CPUS), what = draw(8);
	int64_t answer;

	if (what < 4U) {
		turn_on(target);
	} else if (what < 6U) {
		answer = ask(AFFINITY_INFO, target, 0, 0);
		MUST(answer >= 0 && answer <= 2);
		MUST(target != fake_cpu || answer == 0);
	} else if (what == 6U) {
		cpus[fake_cpu].suspend_pc = HOST_RAM_BASE + 4ULL * draw(1U << 20);
		cpus[fake_cpu].suspend_context = draw(1U << 24);
		MUST(ask(CPU_SUSPEND, 0x10000, cpus[fake_cpu].suspend_pc,
			 cpus[fake_cpu].suspend_context) == 0);
	} else if (fake_cpu != 0U) {
		MUST(ask(CPU_OFF, 0, 0, 0) == PSCI_DENIED);
	}
}

static void arrive(enum came came)
{
	struct psci_entry entry = psci_cpu_arrived(&host_hv.psci, fake_cpu);
	struct cpu *cpu = &cpus[fake_cpu];
	uint64_t token = entry.context;

	MUST(entry.expected);
	/* A CPU that wakes keeps its timers, one that was turned on must not. */
	MUST(entry.woken == (came == CAME_AWAKE));
	if (came == CAME_AWAKE) {
		cpu->wakes++;
		MUST(entry.pc == cpu->suspend_pc);
		MUST(entry.context == cpu->suspend_context);
		return;
	}
	__atomic_fetch_add(&starts, 1U, __ATOMIC_RELAXED);
	MUST(token < TOKENS);
	if (token >= TOKENS)
		return;
	MUST(entry.pc == HOST_RAM_BASE + 4U * token);
	MUST(target_of[token] == fake_cpu);
	MUST(arrived[token] == 0U);
	arrived[token] = 1;
}

/* Off until somebody turns this CPU on; false when the test is over. */
static bool wait_in_el3(void)
{
	bool started;

	pthread_mutex_lock(&el3.mutex);
	while (!el3.pending[fake_cpu] && !el3.over)
		pthread_cond_wait(&el3.changed, &el3.mutex);
	started = el3.pending[fake_cpu];
	if (started) {
		el3.pending[fake_cpu] = false;
		el3.on[fake_cpu] = true;
		el3.acting++;
	}
	pthread_mutex_unlock(&el3.mutex);
	return started;
}

static void stop_acting(void)
{
	pthread_mutex_lock(&el3.mutex);
	el3.acting--;
	pthread_cond_broadcast(&el3.changed);
	pthread_mutex_unlock(&el3.mutex);
}

static void *run_cpu(void *argument)
{
	enum came came;

	fake_cpu = (unsigned)(uintptr_t)argument;
	came = (enum came)setjmp(cpus[fake_cpu].top);
	if (came != CAME_AWAKE && !wait_in_el3())
		return NULL;
	arrive(came);
	while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0U)
		act();
	stop_acting();
	return NULL;
}

/* CPU 0: as the others, but never off. */
static void run_boot_cpu(void)
{
	if (setjmp(cpus[0].top) == CAME_AWAKE)
		arrive(CAME_AWAKE);
	while (__atomic_load_n(&starts, __ATOMIC_RELAXED) < STARTS &&
	       __atomic_load_n(&next_token, __ATOMIC_RELAXED) < TOKENS &&
	       __atomic_load_n(&wrong, __ATOMIC_RELAXED) == NULL)
		act();
	__atomic_store_n(&stop, 1U, __ATOMIC_RELAXED);
	pthread_mutex_lock(&el3.mutex);
	for (;;) {
		bool pending = false;

		for (unsigned i = 0; i < CPUS; i++)
			pending = pending || el3.pending[i];
		if (!pending && el3.acting == 0U)
			break;
		pthread_cond_wait(&el3.changed, &el3.mutex);
	}
	el3.over = true;
	pthread_cond_broadcast(&el3.changed);
	pthread_mutex_unlock(&el3.mutex);
}

static void test_psci_race_L1_many_cpus(void **state)
{
	const char *seed = getenv("PORTCULLIS_SEED");
	unsigned wakes = 0, refusals = 0;
	pthread_t threads[CPUS];

	(void)state;
	host_prepare();
	host_start(CPUS);
	fake.firmware = firmware;
	memset(cpus, 0, sizeof(cpus));
	el3.on[0] = true;
	for (unsigned i = 0; i < CPUS; i++)
		cpus[i].random =
		    (seed != NULL ? (uint32_t)strtoul(seed, NULL, 0) : 1U) * 7919U + i * 104729U;
	for (uintptr_t i = 1; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_cpu, (void *)i), 0);
	run_boot_cpu();
	for (unsigned i = 1; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	/* every CPU_ON that succeeded has started its CPU, and no other has */
	for (unsigned token = 0; token < TOKENS; token++)
		if (granted[token] != arrived[token])
			fail_msg("CPU_ON number %u: granted %u, started %u", token, granted[token],
				 arrived[token]);
	for (unsigned i = 0; i < CPUS; i++) {
		enum psci_state at_end = psci_cpu_state(&host_hv.psci, i);

		if (el3.on[i])
			assert_int_equal(at_end, PSCI_ON);
		else
			assert_true(at_end == PSCI_OFF || at_end == PSCI_LEAVING);
		wakes += cpus[i].wakes;
		refusals += cpus[i].refusals;
	}
	/* it was a race */
	assert_true(starts >= STARTS && wakes > 50U && refusals > 50U);
}

/* ---- the two meetings that matter, without luck ---- */

static bool second_in_the_middle(struct fake_firmware *fw, uint64_t x[SMCCC_REGISTERS])
{
	if ((uint32_t)x[0] != CPU_ON)
		return false;
	fw->special = NULL;
	fake_cpu = 1;
	assert_int_equal(ask(CPU_ON, 2, HOST_RAM_BASE + 0x1000U, 2), PSCI_ON_PENDING);
	assert_int_equal(ask(AFFINITY_INFO, 2, 0, 0), 2);
	fake_cpu = 0;
	return false;
}

static void test_psci_race_L1_second_cpu_on_in_the_middle(void **state)
{
	struct psci_entry entry;

	(void)state;
	host_prepare();
	host_start(4);
	host_hv.psci.cpu[1].state = PSCI_ON;
	host_fw.special = second_in_the_middle;
	assert_int_equal(ask(CPU_ON, 2, HOST_RAM_BASE, 1), PSCI_SUCCESS);
	assert_null(host_fw.special);
	assert_int_equal(host_fw.starts[2], 1);
	entry = psci_cpu_arrived(&host_hv.psci, 2);
	assert_true(entry.expected);
	assert_int_equal(entry.pc, HOST_RAM_BASE); /* the winner's */
	assert_int_equal(entry.context, 1);
}

/* The target starts before CPU_ON has come back to its caller. */
static bool starts_at_once(struct fake_firmware *fw, uint64_t x[SMCCC_REGISTERS])
{
	struct psci_entry entry;

	if ((uint32_t)x[0] != CPU_ON)
		return false;
	fw->special = NULL;
	fake_cpu = 2;
	entry = psci_cpu_arrived(&host_hv.psci, 2);
	assert_true(entry.expected);
	assert_int_equal(entry.context, 1);
	fake_cpu = 0;
	x[0] = (uint32_t)PSCI_ALREADY_ON; /* and firmware then answers what is true by now */
	return true;
}

static void test_psci_race_target_is_faster(void **state)
{
	(void)state;
	host_prepare();
	host_start(4);
	host_fw.special = starts_at_once;
	assert_int_equal(ask(CPU_ON, 2, HOST_RAM_BASE, 1), PSCI_ALREADY_ON);
	assert_int_equal(psci_cpu_state(&host_hv.psci, 2), PSCI_ON);
}

/* Firmware says OFF too early, somebody turns the CPU on, and then its CPU_OFF is refused. */
static bool off_then_refused(struct fake_firmware *fw, uint64_t x[SMCCC_REGISTERS])
{
	if ((uint32_t)x[0] != CPU_OFF)
		return false;
	fw->special = NULL;
	fw->on[1] = false;
	fw->status[3] = (uint32_t)PSCI_ALREADY_ON;
	fake_cpu = 0;
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 1);
	assert_int_equal(ask(CPU_ON, 1, HOST_RAM_BASE, 1), PSCI_ALREADY_ON);
	fake_cpu = 1;
	x[0] = (uint32_t)PSCI_DENIED;
	return true;
}

static void test_psci_race_off_is_refused_late(void **state)
{
	(void)state;
	host_prepare();
	host_start(4);
	host_hv.psci.cpu[1].state = PSCI_ON;
	fake_cpu = 1;
	host_fw.special = off_then_refused;
	assert_int_equal(ask(CPU_OFF, 0, 0, 0), PSCI_DENIED);
	assert_int_equal(psci_cpu_state(&host_hv.psci, 1), PSCI_ON);
	fake_cpu = 0;
	assert_int_equal(ask(AFFINITY_INFO, 1, 0, 0), 0);
}

/* While firmware's OFF is on its way, the CPU is turned on, runs and is about to leave again. */
static bool comes_and_leaves_again(struct fake_firmware *fw, uint64_t x[SMCCC_REGISTERS])
{
	unsigned asker = fake_cpu;

	if ((uint32_t)x[0] != AFFINITY_INFO)
		return false;
	fw->special = NULL;
	fake_cpu = 0;
	assert_int_equal(ask(CPU_ON, 2, HOST_RAM_BASE, 1), PSCI_SUCCESS);
	fake_cpu = 2;
	assert_true(psci_cpu_arrived(&host_hv.psci, 2).expected);
	psci_cpu_leaves(&host_hv.psci, 2);
	fake_cpu = asker;
	x[0] = 1;
	return true;
}

static void prepare_left_cpu(void)
{
	host_prepare();
	host_start(4);
	host_hv.psci.cpu[1].state = PSCI_ON;
	psci_cpu_leaves(&host_hv.psci, 2);
	fake_cpu = 1;
	host_fw.special = comes_and_leaves_again;
}

static void test_psci_race_old_off_does_not_claim(void **state)
{
	(void)state;
	prepare_left_cpu();
	assert_int_equal(ask(CPU_ON, 2, HOST_RAM_BASE + 0x1000U, 2), PSCI_ALREADY_ON);
	assert_null(host_fw.special);
	assert_int_equal(host_fw.starts[2], 1);
	assert_int_equal(psci_cpu_state(&host_hv.psci, 2), PSCI_LEAVING);
}

static void test_psci_race_old_off_does_not_free(void **state)
{
	(void)state;
	prepare_left_cpu();
	assert_int_equal(ask(AFFINITY_INFO, 2, 0, 0), 1); /* it was off when firmware was asked */
	assert_null(host_fw.special);
	assert_int_equal(psci_cpu_state(&host_hv.psci, 2), PSCI_LEAVING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_psci_race_L1_second_cpu_on_in_the_middle),
	    cmocka_unit_test(test_psci_race_target_is_faster),
	    cmocka_unit_test(test_psci_race_off_is_refused_late),
	    cmocka_unit_test(test_psci_race_old_off_does_not_claim),
	    cmocka_unit_test(test_psci_race_old_off_does_not_free),
	    cmocka_unit_test(test_psci_race_L1_many_cpus),
	};

	return cmocka_run_group_tests_name("psci_race", tests, NULL, NULL);
}
