// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <string.h>

#include "fake/machine.h"
#include "ledger/check.h"
#include "ledger/draw.h"
#include "ledger/failure.h"
#include "ledger/planted.h"
#include "ledger/scheduler.h"
#include "watch.h"

static struct session *session;
static struct universe universe;
static const struct burst *making;
static struct outcome outcomes[BURST_MAX];
static bool
    watched; /* each step of break-before-make, too: takes most of the time where it is on */

/* --- within the process --- */

static void make(unsigned index)
{
	const struct action *action = &making->action[index];

	check_acting(action->cpu, action);
	action_perform(&universe, action, &outcomes[index]);
	check_acting(action->cpu, NULL);
}

static void watch(void)
{
	const struct stage2 *s2 = &universe.stage2;
	struct walk_registers registers = {.baddr = s2->root, .t0sz = s2->t0sz, .sl0 = s2->sl0};

	watch_start(&registers, (enum watch_level)universe.shape.bbm);
}

static void open_universe(const struct universe_shape *shape, bool wanted)
{
	session->script.shape = *shape;
	session->script.count = 0;
	universe_open(&universe, shape);
	watched = wanted && fake.memory_size <= WATCH_PAGES * PAGE;
	if (watched)
		watch();
	check_start(&universe, scheduler_point);
	scheduler_start(&universe.ledger.lock, &universe.stage2.lock);
	check_all(&universe);
}

static void close_universe(void)
{
	struct statistics *statistics = &session->statistics;

	statistics->switches += scheduler_counts.switches;
	for (unsigned i = 1; i <= UNIVERSE_CPUS; i++)
		statistics->inside[i] += scheduler_counts.inside[i];
	statistics->pages += check_counts.pages;
	statistics->full += check_counts.full;
	statistics->invalidations += check_counts.invalidations;
	statistics->rounds++;
	statistics->levels[universe.shape.bbm]++;
	if (watched)
		watch_end();
	universe_close(&universe);
}

/* The burst that stands behind the script's last one becomes part of it. */
static void play(uint32_t every)
{
	struct schedule schedule;
	struct span span[BURST_MAX];

	making = &session->script.burst[session->script.count++];
	memset(outcomes, 0, sizeof(outcomes));
	schedule = (struct schedule){.seed = making->schedule, .count = making->count};
	for (uint32_t i = 0; i < making->count; i++)
		schedule.cpu[i] = making->action[i].cpu;
	scheduler_run(&schedule, make, span);
	for (uint32_t i = 0; i < making->count; i++)
		outcomes[i].position = span[i].position;
	check_burst(&universe, making, outcomes);
	if (watched)
		watch_settle();
	statistics_note(&session->statistics, making, outcomes);
	if (session->script.count % every == 0U)
		check_all(&universe);
}

/* Stretches of pages that one party has of another, by one loan as far as anyone can tell. */
static void count_loans(void)
{
	const struct model_page *before = NULL;
	uint64_t loans = 0;

	for (size_t i = 0; i < universe.pages; i++) {
		const struct model_page *page = &universe.model_pages[i];

		if (page->borrower != MODEL_NOBODY &&
		    (before == NULL || page->owner != before->owner ||
		     page->borrower != before->borrower || page->state != before->state))
			loans++;
		before = page;
	}
	if (loans > session->statistics.live)
		session->statistics.live = loans;
}

static bool room(void)
{
	return session->script.count < SCRIPT_BURSTS;
}

static void undo_all(struct draw *draw)
{
	uint64_t done, at = 0;

	for (size_t i = 0; i < universe.windows && room(); i++) {
		struct burst *burst = &session->script.burst[session->script.count];

		memset(burst, 0, sizeof(*burst));
		burst->count = 1;
		burst->action[0] = (struct action){.kind = ACTION_MAP,
						   .was = 1,
						   .base = universe.window[i].base,
						   .pages = universe.window[i].pages};
		play(SESSION_FULL);
	}
	do {
		done = universe.changes;
		at = 0;
		while (room()) {
			struct burst *burst = &session->script.burst[session->script.count];

			memset(burst, 0, sizeof(*burst));
			burst->count = 1;
			if (!draw_undo(draw, &at, &burst->action[0]))
				break;
			play(SESSION_FULL);
		}
	} while (universe.changes != done && room());
}

/* If every page is as at boot, everything else is, too. */
static bool check_baseline(struct draw *draw)
{
	struct action rest;
	uint64_t at = 0;

	if (draw_undo(draw, &at, &rest))
		return false;
	for (size_t i = 0; i < universe.device_pages; i++)
		if ((universe.device_view[i] & HOST_MAPPED) == 0U)
			return false;
	for (size_t i = 0; i < universe.pages; i++)
		if (universe.model_pages[i].state == MODEL_POISONED)
			return true; /* its block remains split */
	if (universe.stage2.free != universe.stage2.pool_pages - universe.tables_at_boot ||
	    universe.ledger.sets_free != universe.sets_at_boot)
		failure("undo",
			"all is undone; page tables in use: %u, at boot %u; record sets free: %u, "
			"at boot %u",
			universe.stage2.pool_pages - universe.stage2.free, universe.tables_at_boot,
			universe.ledger.sets_free, universe.sets_at_boot);
	session->statistics.undone++;
	return true;
}

static void round_of(uint64_t seed, uint64_t calls)
{
	struct random_source random = random_from(seed);
	struct universe_shape shape = draw_shape(&random);
	uint64_t before = session->statistics.calls;
	struct draw draw;

	open_universe(&shape, random_chance(&random, 12));
	draw_start(&draw, &universe, random_bits(&random));
	while (session->statistics.calls - before < calls && room()) {
		draw_burst(&draw, &session->script.burst[session->script.count]);
		play(SESSION_FULL);
	}
	check_all(&universe);
	count_loans();
	undo_all(&draw);
	check_all(&universe);
	if (!check_baseline(&draw)) {
		/* what two parties hold in one block may not come apart without memory */
		if (shape.sets == UNIVERSE_AMPLE && shape.tables == UNIVERSE_AMPLE && room())
			failure("stuck", "not everything can be had back");
		session->statistics.stuck++;
	}
	close_universe();
}

static void script_of(const struct script *script, uint32_t every)
{
	struct draw draw;

	open_universe(&script->shape, true);
	for (uint32_t i = 0; i < script->count; i++) {
		session->script.burst[i] = script->burst[i];
		play(every);
	}
	check_all(&universe);
	draw_start(&draw, &universe, 0);
	check_baseline(&draw);
	close_universe();
}

/* --- around it --- */

struct session *session_new(void)
{
	return process_memory(sizeof(struct session));
}

static bool run(struct session *shared, void (*work)(const void *argument), const void *argument)
{
	session = shared;
	return process_run(&session->verdict, &session->script.count, work, argument);
}

static void planted(const void *argument)
{
	/* the longest addresses, hence the most levels */
	static const struct universe_shape shape = {UNIVERSE_BANKS, 48, UNIVERSE_AMPLE,
						    UNIVERSE_AMPLE, STAGE2_BBM_BREAK};

	(void)argument;
	session->script.shape = shape;
	session->script.count = 0;
	universe_open(&universe, &shape);
	planted_faults(&universe);
}

bool session_planted(struct session *shared)
{
	return run(shared, planted, NULL);
}

struct round {
	uint64_t seed, calls;
};

static void play_round(const void *argument)
{
	const struct round *round = argument;

	round_of(round->seed, round->calls);
}

bool session_round(struct session *shared, uint64_t seed, uint64_t calls)
{
	const struct round round = {seed, calls};

	return run(shared, play_round, &round);
}

struct performance {
	const struct script *script;
	uint32_t every;
};

static void play_script(const void *argument)
{
	const struct performance *performance = argument;

	script_of(performance->script, performance->every);
}

bool session_script(struct session *shared, const struct script *script, uint32_t every)
{
	const struct performance performance = {script, every};

	return run(shared, play_script, &performance);
}
