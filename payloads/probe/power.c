// SPDX-License-Identifier: Apache-2.0
/* PSCI: what is offered works, what is refused starts nothing, and who starts a CPU first has it.
 */
#include "entry.h"
#include "power.h"
#include "probe.h"
#include "psci.h"
#include "ranges.h"

#define FORM_64       0x40000000U
#define UNKNOWN       (~(uint64_t)0)
#define PSCI_LAST     0x1fU
#define SMCCC_VERSION 0x80000000U
#define ALL_ONES_32   0xffffffffUL
#define GARBAGE       0xdeadbeef00000000UL
#define WAIT_US       5000000U
#define RESERVED_STATE                                                                             \
	0xfcfe0000U /* in the original format; the extended one shares 0xb0000000                  \
		     */

#define CPU_SUSPEND    0x01U
#define CPU_OFF        0x02U
#define CPU_ON         0x03U
#define AFFINITY_INFO  0x04U
#define MIGRATE_TYPE   0x06U
#define MIGRATE_CPU    0x07U
#define SYSTEM_OFF     0x08U
#define SYSTEM_RESET   0x09U
#define FEATURES       0x0aU
#define SYSTEM_SUSPEND 0x0eU
#define SET_MODE       0x0fU
#define SYSTEM_RESET2  0x12U
#define SYSTEM_OFF2    0x15U

static bool status(uint64_t x0, int32_t expected)
{
	return (int32_t)(uint32_t)x0 == expected;
}

/* ---- features ---- */

/* A call that is offered, with arguments that it must refuse or that do no harm; true if it kept to
 * it. */
static bool harmless_call(uint32_t fid)
{
	const uint64_t nobody = 0x7f7f7f7fUL, odd = 1;
	uint64_t x0;

	switch (fid & 0xffffU) {
	case 0:
		x0 = call_plain(fid, 0, 0, 0);
		return x0 >= 0x2U && x0 <= 0x1ffffU;
	case CPU_SUSPEND:
		return status(call_plain(fid, 0xb0000000U, odd, 0), PSCI_INVALID_PARAMETERS);
	case CPU_ON:
		return status(call_plain(fid, nobody, (uint64_t)(uintptr_t)stray, 0),
			      PSCI_INVALID_PARAMETERS);
	case AFFINITY_INFO:
		return status(call_plain(fid, nobody, 0, 0), PSCI_INVALID_PARAMETERS) &&
		       status(call_plain(fid, machine.mpidr[0], 0, 0), PSCI_AFFINITY_ON);
	case MIGRATE_TYPE:
		x0 = call_plain(fid, 0, 0, 0);
		return x0 <= 2U || status(x0, PSCI_NOT_SUPPORTED);
	case MIGRATE_CPU:
		return call_plain(fid, 0, 0, 0) != UNKNOWN;
	case FEATURES:
		return status(call_plain(fid, FEATURES | 0x84000000U, 0, 0), PSCI_SUCCESS);
	case SYSTEM_SUSPEND:
		return status(call_plain(fid, odd, 0, 0), PSCI_INVALID_ADDRESS);
	case SET_MODE:
		return status(call_plain(fid, 2, 0, 0), PSCI_INVALID_PARAMETERS);
	case SYSTEM_RESET2:
		return status(call_plain(fid, 0x7ffffff0U, 0, 0), PSCI_INVALID_PARAMETERS);
	case SYSTEM_OFF2:
		return status(call_plain(fid, 0x5aU, 0, 0), PSCI_INVALID_PARAMETERS);
	default:
		/* CPU_OFF, SYSTEM_OFF and SYSTEM_RESET have no arguments to refuse. */
		return true;
	}
}

/* PSCI 0.2 has no PSCI_FEATURES: what it must have is there, what came later is not. */
static void check_psci_0_2(void)
{
	static const uint32_t mandatory[] = {0x84000000U, 0x84000001U, 0xc4000001U, 0x84000003U,
					     0xc4000003U, 0x84000004U, 0xc4000004U};

	for (unsigned i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
		check(harmless_call(mandatory[i]), "0x%x is not there", mandatory[i]);
	for (uint32_t number = FEATURES; number <= PSCI_LAST; number++)
		for (uint32_t form = 0; form <= FORM_64; form += FORM_64)
			check(call_plain(0x84000000U | form | number, 0, 0, 0) == UNKNOWN,
			      "0x%x came after PSCI 0.2, and is there",
			      0x84000000U | form | number);
}

/* L6: PSCI_FEATURES says yes for exactly what does not answer "unknown". */
void test_psci_features(void)
{
	static const uint32_t strangers[] = {0x80000001U, 0x84000050U, 0x84000063U,
					     0x84000100U, 0x82000000U, 0x04000003U,
					     0x84010003U, 0xffffffffU, 0U};

	test_begin("PSCI_FEATURES against the calls");
	if (psci_version() < VERSION_1_0) {
		check_psci_0_2();
		test_end();
		return;
	}
	for (uint32_t number = 0; number <= PSCI_LAST; number++)
		for (uint32_t form = 0; form <= FORM_64; form += FORM_64) {
			uint32_t fid = 0x84000000U | form | number;
			uint64_t answer = call_plain(PSCI_FEATURES, GARBAGE | fid, 0, 0);
			struct exchange e, sent;

			if (!status(answer, PSCI_NOT_SUPPORTED)) {
				check(answer <= 3U, "FEATURES(0x%x) answered 0x%llx", fid,
				      (unsigned long long)answer);
				check(harmless_call(fid), "0x%x is offered, and not there", fid);
				continue;
			}
			call_prepare(&e, fid);
			if (call_perform(&e, &sent, machine.hvc ? HVC : SMC)) {
				check(e.x[0] == UNKNOWN, "0x%x is not offered, and answers 0x%llx",
				      fid, (unsigned long long)e.x[0]);
				(void)call_preserved(&e, &sent, 1);
			}
		}
	check(status(call_plain(PSCI_FEATURES, SMCCC_VERSION, 0, 0), PSCI_SUCCESS),
	      "SMCCC_VERSION is not offered");
	for (unsigned i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		check(status(call_plain(PSCI_FEATURES, strangers[i], 0, 0), PSCI_NOT_SUPPORTED),
		      "FEATURES(0x%x) is not NOT_SUPPORTED", strangers[i]);
	/* Without these no host lives. */
	for (unsigned i = 0; i < 4U; i++) {
		static const uint32_t needed[] = {PSCI_CPU_ON, PSCI_CPU_OFF, PSCI_SYSTEM_OFF,
						  PSCI_SYSTEM_RESET};

		check(psci_features(needed[i]) == PSCI_SUCCESS, "0x%x is not offered", needed[i]);
	}
	test_end();
}

/* ---- refusals ---- */

void refuse_entry(const char *what, uint64_t entry)
{
	const uint64_t target = machine.mpidr[last_cpu()];
	const int32_t expected = bad_entry();
	int32_t answer;

	if (machine.cpu_count > 1U) {
		answer = psci_cpu_on(target, entry, 0);
		check(answer == expected, "CPU_ON at 0x%llx (%s): %d", (unsigned long long)entry,
		      what, answer);
		if (entry <= ALL_ONES_32) {
			/* only w1..w3 are the arguments of the 32-bit form */
			answer = psci_call(PSCI_CPU_ON_32, GARBAGE | target, GARBAGE | entry, 0);
			check(answer == expected, "CPU_ON (32) at 0x%llx (%s): %d",
			      (unsigned long long)entry, what, answer);
		}
	}
	if (psci_features(PSCI_SYSTEM_SUSPEND) == PSCI_SUCCESS) {
		answer = psci_call(PSCI_SYSTEM_SUSPEND, entry, 0, 0);
		check(answer == expected, "SYSTEM_SUSPEND to 0x%llx (%s): %d",
		      (unsigned long long)entry, what, answer);
	}
	if (suspend_flags() >= 0) {
		bool extended = (suspend_flags() & 2) != 0;

		answer = psci_call(PSCI_CPU_SUSPEND, extended ? 1U << 30 : 1U << 16, entry, 0);
		check(answer == expected, "CPU_SUSPEND to 0x%llx (%s): %d",
		      (unsigned long long)entry, what, answer);
	}
}

static void refuse_target(uint64_t target)
{
	int32_t answer = psci_cpu_on(target, (uint64_t)(uintptr_t)stray, 0);

	check(answer == PSCI_INVALID_PARAMETERS, "CPU_ON of 0x%llx: %d", (unsigned long long)target,
	      answer);
	answer = psci_affinity_info(target);
	check(answer == PSCI_INVALID_PARAMETERS, "AFFINITY_INFO of 0x%llx: %d",
	      (unsigned long long)target, answer);
}

void test_cpu_on_refusals(void)
{
	const uint64_t good = (uint64_t)(uintptr_t)stray;
	const uint64_t self = sysreg_read(mpidr_el1) & 0xff00ffffffUL;

	test_begin("PSCI refusals");
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct machine_range range = withheld(r);

		refuse_entry(range.name, range.base);
		refuse_entry(range.name, range.base + 0x40U);
		refuse_entry(range.name, range.base + range.size - 4U);
	}
	for (unsigned odd = 1; odd < 4U; odd++)
		refuse_entry("not aligned", good + odd);
	for (unsigned i = 0; i < outside_count(); i++)
		refuse_entry("nobody's", outside(i) & ~3UL);
	refuse_entry("device", machine.console);
	refuse_entry("GIC", machine.gic_distributor);
	refuse_entry("beyond all addresses", 0xfffffffffffffffcUL);
	refuse_entry("a virtual address of Linux", 0xffff800080000000UL);

	/* reserved bits, fields that no CPU has */
	refuse_target(0x7f7f7f7fUL & 0xff00ffffffUL);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 31);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 30);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 24);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 40);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 63);
	refuse_target(machine.mpidr[last_cpu()] + 1UL);
	refuse_target(machine.mpidr[last_cpu()] | 1UL << 32);
	refuse_target(~0UL);

	check(psci_cpu_on(self, good, 0) == PSCI_ALREADY_ON, "CPU_ON of itself");
	check(psci_affinity_info(self) == PSCI_AFFINITY_ON, "this CPU is not ON");
	check(psci_call(PSCI_AFFINITY_INFO, self, 1, 0) == PSCI_INVALID_PARAMETERS,
	      "AFFINITY_INFO of level 1");
	check(psci_call(PSCI_CPU_SUSPEND, RESERVED_STATE, good, 0) == PSCI_INVALID_PARAMETERS,
	      "CPU_SUSPEND with reserved bits");
	for (unsigned i = 0; i < machine.cpu_count; i++)
		check(machine.mpidr[i] == self ||
			  psci_affinity_info(machine.mpidr[i]) == PSCI_AFFINITY_OFF,
		      "cpu%u is not OFF after all those refusals", i);
	check(strays == UNKNOWN, "CPU 0x%llx ran where it was refused to",
	      (unsigned long long)strays);
	test_end();
}

/* ---- CPU_ON ---- */

void test_cpu_on_forms(void)
{
	const uint64_t target = machine.mpidr[1], context = 0xfedcba9876543210UL;

	test_begin("CPU_ON: both forms, both conduits");
	landing_hold(false);
	for (unsigned form = 0; form < 4U; form++) {
		const bool wide = (form & 1U) != 0U, hvc = (form & 2U) != 0U;
		const bool b = form % 3U == 1U;
		uint64_t entry = (uint64_t)(uintptr_t)(b ? landing_b : landing_a);
		struct landing before = landing_read(), after;
		struct exchange e, sent;

		if (!wide && entry > ALL_ONES_32)
			continue;
		call_prepare(&e, wide ? PSCI_CPU_ON : PSCI_CPU_ON_32);
		e.x[1] = wide ? target : GARBAGE | target;
		e.x[2] = wide ? entry : GARBAGE | entry;
		e.x[3] = context;
		if (!call_perform(&e, &sent, hvc ? HVC : SMC))
			continue;
		check(e.x[0] == 0U, "form %u: answered 0x%llx", form, (unsigned long long)e.x[0]);
		(void)call_preserved(&e, &sent, 1);
		check(landing_wait(before.count + 1U), "form %u: the CPU did not arrive", form);
		check(cpu_wait_off(1, WAIT_US), "form %u: the CPU does not become OFF", form);
		after = landing_read();
		check(after.count == before.count + 1U, "form %u: %llu arrivals", form,
		      (unsigned long long)(after.count - before.count));
		check(after.x[0] == (wide ? context : (context & ALL_ONES_32)),
		      "form %u: context 0x%llx", form, (unsigned long long)after.x[0]);
		for (unsigned n = 1; n < 4U; n++)
			check(after.x[n] == 0U, "form %u: x%u is 0x%llx", form, n,
			      (unsigned long long)after.x[n]);
		check((after.mpidr & 0xff00ffffffUL) == target, "form %u: CPU 0x%llx came", form,
		      (unsigned long long)after.mpidr);
		check(after.entry == (b ? 'b' : 'a'), "form %u: at the other entry", form);
	}
	test_end();
}

static uint32_t hotplug_count;

static void hotplug_task(void *argument)
{
	uint64_t until = clock_us() + *(const uint64_t *)argument;

	__atomic_fetch_add(&hotplug_count, 1U, __ATOMIC_SEQ_CST);
	while (clock_us() < until)
		;
}

static bool running(unsigned index)
{
	return __atomic_load_n(&cpus[index].phase, __ATOMIC_ACQUIRE) != CPU_DONE;
}

/* While a CPU runs nobody can start it again, and its place is not lost. */
static void check_running(unsigned index)
{
	int32_t answer, affinity;

	while (running(index)) {
		affinity = psci_affinity_info(machine.mpidr[index]);
		answer = psci_cpu_on(machine.mpidr[index], (uint64_t)(uintptr_t)landing_a, 0);
		if (!running(index)) {
			/* Gone off in between: then that start was right, and has landed. */
			break;
		}
		check(affinity == PSCI_AFFINITY_ON || affinity == PSCI_AFFINITY_PENDING,
		      "cpu%u runs, AFFINITY_INFO is %d", index, affinity);
		check(answer == PSCI_ALREADY_ON || answer == PSCI_ON_PENDING,
		      "cpu%u runs, CPU_ON of it is %d", index, answer);
	}
}

void test_hotplug(void)
{
	uint64_t rounds = machine_option("rounds", 50), short_task = 0, long_task = 3000;
	uint32_t expected = 0;

	test_begin("hotplug");
	hotplug_count = 0;
	for (uint64_t round = 0; round < rounds; round++) {
		/* one after the other, as fast as it goes */
		for (unsigned i = 1; i < machine.cpu_count; i++) {
			expected++;
			check(cpu_run(i, hotplug_task, &short_task), "cpu%u in round %llu", i,
			      (unsigned long long)round);
		}
		/* all at once */
		for (unsigned i = 1; i < machine.cpu_count; i++) {
			int32_t answer = cpu_start(i, hotplug_task, &short_task);

			expected++;
			check(answer == PSCI_SUCCESS, "CPU_ON of cpu%u in round %llu: %d", i,
			      (unsigned long long)round, answer);
		}
		for (unsigned i = 1; i < machine.cpu_count; i++)
			check(cpu_wait_off(i, WAIT_US), "cpu%u is not OFF after round %llu", i,
			      (unsigned long long)round);
	}
	check(hotplug_count == expected, "%u tasks ran, not %u", hotplug_count, expected);
	/* a CPU that is on */
	landing_hold(false);
	check(cpu_start(1, hotplug_task, &long_task) == PSCI_SUCCESS, "CPU_ON of cpu1");
	check_running(1);
	check(cpu_wait_off(1, WAIT_US), "cpu1 is not OFF in the end");
	test_end();
	note("%u starts", expected + 1U);
}

/* ---- race ---- */

static struct {
	uint32_t round;    /* the contenders start when it changes */
	uint32_t finished; /* contenders that have their answer */
	uint32_t rounds;   /* number of the last one */
	int32_t answer[CPU_LIMIT];
} race;

/* Context of a contender: tells the winner. */
static uint64_t race_context(unsigned contender, uint32_t round)
{
	return 0xabcd000000000000UL | (uint64_t)round << 8 | contender;
}

static void race_once(unsigned contender, uint32_t round)
{
	race.answer[contender] =
	    psci_cpu_on(machine.mpidr[last_cpu()],
			(uint64_t)(uintptr_t)(contender % 2U == 0U ? landing_a : landing_b),
			race_context(contender, round));
	__atomic_fetch_add(&race.finished, 1U, __ATOMIC_ACQ_REL);
}

static void race_task(void *argument)
{
	uint32_t seen = 0;

	(void)argument;
	while (seen < race.rounds) {
		while (__atomic_load_n(&race.round, __ATOMIC_ACQUIRE) == seen)
			;
		race_once(cpu_self()->index, ++seen);
	}
}

/* All others at once want the last CPU: one gets it, and it arrives once, where the winner said. */
void test_cpu_on_race(void)
{
	uint32_t rounds = (uint32_t)machine_option("races", 20), shared = 0;
	const unsigned contenders = last_cpu();

	test_begin("race for CPU_ON");
	race.round = 0;
	race.rounds = rounds;
	for (unsigned i = 1; i < contenders; i++)
		check(cpu_start(i, race_task, NULL) == PSCI_SUCCESS, "CPU_ON of cpu%u", i);
	for (uint32_t round = 1; round <= rounds; round++) {
		unsigned winners = 0, winner = 0;
		uint64_t before = landing_read().count, begin = clock_us();
		struct landing landed;

		landing_hold(true);
		__atomic_store_n(&race.finished, 0U, __ATOMIC_RELAXED);
		__atomic_store_n(&race.round, round, __ATOMIC_RELEASE);
		race_once(0, round);
		while (__atomic_load_n(&race.finished, __ATOMIC_ACQUIRE) < contenders)
			if (clock_us() - begin > WAIT_US)
				break;
		for (unsigned i = 0; i < contenders; i++) {
			int32_t answer = race.answer[i];

			if (answer == PSCI_SUCCESS) {
				winners++;
				winner = i;
			} else {
				shared++;
				check(answer == PSCI_ALREADY_ON || answer == PSCI_ON_PENDING,
				      "round %u: contender %u was told %d", round, i, answer);
			}
		}
		check(winners == 1U, "round %u: %u contenders succeeded", round, winners);
		check(landing_wait(before + 1U), "round %u: nobody arrived", round);
		landed = landing_read();
		check(landed.x[0] == race_context(winner, round), "round %u: context 0x%llx", round,
		      (unsigned long long)landed.x[0]);
		check(landed.entry == (winner % 2U == 0U ? 'a' : 'b'),
		      "round %u: the loser's entry", round);
		landing_hold(false);
		check(cpu_wait_off(last_cpu(), WAIT_US), "round %u: not OFF", round);
		check(landing_read().count == before + 1U, "round %u: arrived twice", round);
	}
	for (unsigned i = 1; i < contenders; i++)
		check(cpu_wait_off(i, WAIT_US), "contender %u is not OFF", i);
	test_end();
	note("%u rounds, %u refusals", rounds, shared);
}
