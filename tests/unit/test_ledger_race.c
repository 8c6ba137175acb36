/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of tests/ledger on threads of their own, as four CPUs, without a scheduler between
 * them. What happened in which order is read from the ledger's own history: changes that were made
 * must be possible one after the other in the specification, and lead to the state that is found.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "ledger/check.h"
#include "ledger/draw.h"
#include "ledger/failure.h"

/* Calls of each CPU between two comparisons: so many that the history holds all. */
#define CALLS (LEDGER_HISTORY / UNIVERSE_CPUS)

static struct universe universe;

static struct cpu {
	pthread_t thread;
	struct draw draw;
	struct action action[CALLS];
	struct outcome outcome[CALLS];
	unsigned next; /* the first that was not yet found in the history */
} cpus[UNIVERSE_CPUS];

static pthread_barrier_t begin, end;
static bool done;

_Noreturn void failure(const char *kind, const char *format, ...)
{
	char text[500];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fail_msg("%s: %s", kind, text);
	abort();
}

static void *live(void *argument)
{
	struct cpu *self = argument;

	fake_cpu = (unsigned)(self - cpus);
	for (;;) {
		pthread_barrier_wait(&begin);
		if (done)
			return NULL;
		for (unsigned i = 0; i < CALLS; i++) {
			check_acting(fake_cpu, &self->action[i]);
			action_perform(&universe, &self->action[i], &self->outcome[i]);
			check_acting(fake_cpu, NULL);
		}
		pthread_barrier_wait(&end);
	}
}

/* What every CPU does next, drawn while nobody is inside. */
static void draw_all(void)
{
	struct burst burst = {.count = 0};

	for (unsigned i = 0; i < UNIVERSE_CPUS; i++) {
		cpus[i].next = 0;
		memset(cpus[i].outcome, 0, sizeof(cpus[i].outcome));
		for (unsigned k = 0, at = 0; k < CALLS; k++, at++) {
			if (at >= burst.count) {
				draw_burst(&cpus[i].draw, &burst);
				at = 0;
			}
			cpus[i].action[k] = burst.action[at];
			cpus[i].action[k].cpu = (uint8_t)i;
			/* no history tells of devices: one CPU's own order must do */
			if (i != 0U && cpus[i].action[k].kind == ACTION_MAP)
				cpus[i].action[k].kind = ACTION_FAULT;
			/* looks without the lock, which is what a thread sanitizer objects to */
			if (cpus[i].action[k].kind == ACTION_PEEK)
				cpus[i].action[k].kind = ACTION_WHO;
		}
	}
}

static bool was_done(const struct action *action, const struct outcome *outcome)
{
	return check_changes(action, outcome) && action_answer(action, outcome) == MODEL_RULE_NONE;
}

static void follow_devices(const struct cpu *cpu)
{
	for (unsigned k = 0; k < CALLS; k++)
		if (cpu->action[k].kind == ACTION_MAP)
			check_action(&universe, &cpu->action[k], &cpu->outcome[k], false);
}

/* The changes in the order of the history; what was refused is only counted. */
static void follow_history(void)
{
	follow_devices(&cpus[0]);
	while (universe.changes < universe.ledger.changes) {
		const struct ledger_event *event =
		    &universe.ledger.history[(universe.changes + 1U) % LEDGER_HISTORY];
		struct cpu *cpu = &cpus[event->cpu];

		while (cpu->next < CALLS &&
		       !was_done(&cpu->action[cpu->next], &cpu->outcome[cpu->next]))
			cpu->next++;
		assert_true(cpu->next < CALLS);
		check_action(&universe, &cpu->action[cpu->next], &cpu->outcome[cpu->next], false);
		cpu->next++;
	}
	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		for (unsigned k = 0; k < CALLS; k++) {
			const struct action *action = &cpus[i].action[k];
			unsigned answer = action_answer(action, &cpus[i].outcome[k]);

			assert_false(k >= cpus[i].next && was_done(action, &cpus[i].outcome[k]));
			if (check_changes(action, &cpus[i].outcome[k]))
				universe.refusals +=
				    answer != MODEL_RULE_NONE && answer != MODEL_RULE_RANGE;
			assert_null(cpus[i].outcome[k].broken);
		}
}

static uint64_t seed(void)
{
	const char *text = getenv("PORTCULLIS_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : 1U;
}

static void race(const struct universe_shape *shape, unsigned windows)
{
	universe_open(&universe, shape);
	check_start(&universe, NULL);
	done = false;
	assert_int_equal(pthread_barrier_init(&begin, NULL, UNIVERSE_CPUS + 1U), 0);
	assert_int_equal(pthread_barrier_init(&end, NULL, UNIVERSE_CPUS + 1U), 0);
	for (unsigned i = 0; i < UNIVERSE_CPUS; i++) {
		draw_start(&cpus[i].draw, &universe, seed() + i);
		/* so that they meet */
		memcpy(cpus[i].draw.place, cpus[0].draw.place, sizeof(cpus[i].draw.place));
		assert_int_equal(pthread_create(&cpus[i].thread, NULL, live, &cpus[i]), 0);
	}
	for (unsigned window = 0; window < windows; window++) {
		draw_all();
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
		follow_history();
		if (window % 20U == 19U || window == windows - 1U)
			check_all(&universe);
	}
	done = true;
	pthread_barrier_wait(&begin);
	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		assert_int_equal(pthread_join(cpus[i].thread, NULL), 0);
	assert_true(universe.changes > windows);
	pthread_barrier_destroy(&begin);
	pthread_barrier_destroy(&end);
	universe_close(&universe);
}

static void test_ledger_race_with_ample_memory(void **state)
{
	static const struct universe_shape shape = {UNIVERSE_BANKS, 40, UNIVERSE_AMPLE,
						    UNIVERSE_AMPLE, STAGE2_BBM_DIRECT};

	(void)state;
	race(&shape, 1000);
}

static void test_ledger_race_for_record_sets(void **state)
{
	static const struct universe_shape shape = {UNIVERSE_BANKS, 33, 3, UNIVERSE_AMPLE,
						    STAGE2_BBM_BREAK};

	(void)state;
	race(&shape, 500);
}

static void test_ledger_race_for_page_tables(void **state)
{
	static const struct universe_shape shape = {UNIVERSE_BANKS, 48, UNIVERSE_AMPLE, 2,
						    STAGE2_BBM_NT};

	(void)state;
	race(&shape, 500);
}

/* C1: of two who give the same page away, one succeeds, whoever comes first. */
static struct {
	enum ledger_status donated, shared;
} rivals;

static void *rival(void *argument)
{
	(void)argument;
	fake_cpu = 1;
	for (;;) {
		pthread_barrier_wait(&begin);
		if (done)
			return NULL;
		rivals.shared =
		    ledger_share(&universe.ledger, 0x40000000, PAGE, LEDGER_HOST, LEDGER_SECURE, 2)
			.status;
		pthread_barrier_wait(&end);
	}
}

static void test_ledger_C1_one_wins(void **state)
{
	static const struct universe_shape shape = {UNIVERSE_BANKS, 40, UNIVERSE_AMPLE,
						    UNIVERSE_AMPLE, STAGE2_BBM_BREAK};
	pthread_t thread;

	(void)state;
	universe_open(&universe, &shape);
	done = false;
	assert_int_equal(pthread_barrier_init(&begin, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&end, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, rival, NULL), 0);
	for (unsigned i = 0; i < 20000U; i++) {
		pthread_barrier_wait(&begin);
		rivals.donated =
		    ledger_donate(&universe.ledger, 0x40000000, PAGE, LEDGER_HOST, LEDGER_GUEST, 1)
			.status;
		pthread_barrier_wait(&end);
		assert_true((rivals.donated == LEDGER_OK) != (rivals.shared == LEDGER_OK));
		assert_true(rivals.donated == LEDGER_DENIED || rivals.shared == LEDGER_DENIED);
		if (rivals.donated == LEDGER_OK)
			assert_int_equal(ledger_donate(&universe.ledger, 0x40000000, PAGE,
						       LEDGER_GUEST, LEDGER_HOST, 1)
					     .status,
					 LEDGER_OK);
		else
			assert_int_equal(ledger_unshare(&universe.ledger, 0x40000000, PAGE,
							LEDGER_HOST, LEDGER_SECURE, 2)
					     .status,
					 LEDGER_OK);
	}
	done = true;
	pthread_barrier_wait(&begin);
	pthread_join(thread, NULL);
	universe_close(&universe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_race_with_ample_memory),
	    cmocka_unit_test(test_ledger_race_for_record_sets),
	    cmocka_unit_test(test_ledger_race_for_page_tables),
	    cmocka_unit_test(test_ledger_C1_one_wins),
	};

	return cmocka_run_group_tests_name("ledger_race", tests, NULL, NULL);
}
