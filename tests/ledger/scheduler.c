// SPDX-License-Identifier: Apache-2.0
#include "scheduler.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "fake/machine.h"
#include "ledger/failure.h"
#include "ledger/random.h"

#define STACK    (256U << 10)
#define FOR_EVER 1000000U /* turns of waiting in which nobody does anything else */

struct coroutine {
	ucontext_t context;
	void *stack;
	bool busy;
	bool inside;           /* of a call */
	uint64_t outer, inner; /* when the call released the lock, 0: not yet */
};

static struct {
	ucontext_t home;
	struct coroutine cpu[UNIVERSE_CPUS];
	unsigned current, busy;
	bool running;
	unsigned turns; /* of waiting, in a row */

	const struct schedule *schedule;
	void (*make)(unsigned index);
	struct span *span;
	uint64_t clock;

	struct random_source random;
	unsigned percent; /* how often a point is a switch */
	int64_t patience; /* accesses between switches, 0: none there */

	const struct lock *outer, *inner;
} scheduler;

struct scheduler_counts scheduler_counts;
int64_t scheduler_accesses = INT64_MAX;

static void count_inside(void)
{
	unsigned inside = 0;

	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		inside += scheduler.cpu[i].inside;
	scheduler_counts.inside[inside]++;
}

static void make_all_of(unsigned cpu)
{
	struct coroutine *self = &scheduler.cpu[cpu];

	for (uint32_t i = 0; i < scheduler.schedule->count; i++) {
		if (scheduler.schedule->cpu[i] != cpu)
			continue;
		self->outer = self->inner = 0;
		self->inside = true;
		scheduler.span[i].begin = ++scheduler.clock;
		scheduler_point();
		scheduler.make(i);
		count_inside();
		self->inside = false;
		scheduler.span[i].end = ++scheduler.clock;
		scheduler.span[i].position = self->inner != 0U   ? self->inner
					     : self->outer != 0U ? self->outer
								 : scheduler.clock;
	}
}

/* One of the others that have something to do; `current` when there is none. */
static unsigned another(void)
{
	unsigned others = 0, choice;

	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		others += i != scheduler.current && scheduler.cpu[i].busy;
	if (others == 0U)
		return scheduler.current;
	choice = (unsigned)random_below(&scheduler.random, others);
	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		if (i != scheduler.current && scheduler.cpu[i].busy && choice-- == 0U)
			return i;
	return scheduler.current;
}

static void go_to(unsigned cpu)
{
	unsigned from = scheduler.current;

	if (cpu == from)
		return;
	scheduler_counts.switches++;
	scheduler.current = cpu;
	fake_cpu = cpu;
	swapcontext(&scheduler.cpu[from].context, &scheduler.cpu[cpu].context);
}

static void live(unsigned cpu)
{
	for (;;) {
		struct coroutine *self = &scheduler.cpu[cpu];

		make_all_of(cpu);
		self->busy = false;
		scheduler.turns = 0;
		if (--scheduler.busy != 0U)
			go_to(another());
		else
			swapcontext(&self->context, &scheduler.home);
	}
}

static void next_access(void)
{
	scheduler_accesses =
	    scheduler.patience == 0
		? INT64_MAX
		: 1 + (int64_t)random_below(&scheduler.random, (uint64_t)scheduler.patience);
}

void scheduler_point(void)
{
	if (!scheduler.running || scheduler.busy == 0U)
		return;
	scheduler.turns = 0;
	if (random_chance(&scheduler.random, scheduler.percent))
		go_to(another());
}

void scheduler_access(void)
{
	next_access();
	if (scheduler.running)
		go_to(another());
}

static void relax(void)
{
	bool alone = !scheduler.running || scheduler.busy < 2U;

	/* the others may have ended since it looked, hence once more */
	if (++scheduler.turns > (alone ? 2U : FOR_EVER))
		failure("deadlock", "CPU %u waits for ever for a lock", fake_cpu);
	go_to(another());
}

/* It knows nothing, and takes its time. */
static void firmware(void *context, uint64_t x[SMCCC_REGISTERS])
{
	(void)context;
	scheduler_point();
	x[0] = ~0ULL;
}

void scheduler_stored(const void *address)
{
	struct coroutine *self = &scheduler.cpu[scheduler.current];

	if (address == &scheduler.inner->served)
		self->inner = ++scheduler.clock;
	else if (address == &scheduler.outer->served)
		self->outer = ++scheduler.clock;
}

static void prepare(unsigned cpu)
{
	struct coroutine *self = &scheduler.cpu[cpu];

	self->stack = malloc(STACK);
	if (self->stack == NULL || getcontext(&self->context) != 0)
		abort();
	self->context.uc_stack.ss_sp = self->stack;
	self->context.uc_stack.ss_size = STACK;
	makecontext(&self->context, (void (*)(void))live, 1, cpu);
}

void scheduler_start(const struct lock *outer, const struct lock *inner)
{
	scheduler.outer = outer;
	scheduler.inner = inner;
	fake.relax = relax;
	fake.firmware = firmware;
	if (scheduler.cpu[0].stack != NULL)
		return;
	for (unsigned i = 0; i < UNIVERSE_CPUS; i++)
		prepare(i);
}

/* How eagerly CPUs change: from once in a while to always. */
static void draw_manner(uint32_t seed)
{
	static const unsigned percents[] = {10, 30, 60, 100};
	static const int64_t patiences[] = {0, 0, 12, 60, 400};

	scheduler.random = random_from(seed);
	scheduler.percent = percents[random_below(&scheduler.random, 4)];
	scheduler.patience = patiences[random_below(&scheduler.random, 5)];
	next_access();
}

void scheduler_run(const struct schedule *schedule, void (*make)(unsigned index), struct span *span)
{
	unsigned first;

	scheduler.turns = 0;
	if (schedule->count == 1U) {
		fake_cpu = schedule->cpu[0];
		span[0] = (struct span){1, 1, 1};
		make(0);
		scheduler_counts.inside[1]++;
		return;
	}
	scheduler.schedule = schedule;
	scheduler.make = make;
	scheduler.span = span;
	scheduler.clock = 0;
	scheduler.busy = 0;
	for (uint32_t i = 0; i < schedule->count; i++) {
		struct coroutine *cpu = &scheduler.cpu[schedule->cpu[i]];

		scheduler.busy += !cpu->busy;
		cpu->busy = true;
	}
	draw_manner(schedule->seed);
	scheduler.current = UNIVERSE_CPUS; /* none of them */
	first = another();
	scheduler.current = first;
	fake_cpu = first;
	scheduler.running = true;
	swapcontext(&scheduler.home, &scheduler.cpu[first].context);
	scheduler.running = false;
	scheduler_accesses = INT64_MAX;
}
