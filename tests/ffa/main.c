// SPDX-License-Identifier: Apache-2.0
/*
 * The FF-A mediator beside the specification in tests/model, over the ledger and the host's stage
 * 2, with firmware that keeps its word or does not: random calls of several CPUs that are inside at
 * once. See --help.
 */
#include <string.h>

#include "fake/machine.h"
#include "ffa/draw.h"
#include "ffa/judge.h"
#include "ffa/script.h"
#include "ffa/statistics.h"
#include "ledger/check.h"
#include "ledger/drive.h"

#define FULL 500U /* everything is compared after so many bursts */

/* Seen by a process and by the one that started it. */
static struct session {
	struct ffa_script script;
	struct ffa_statistics statistics;
	struct verdict verdict;
} *session;

static const struct call_burst *making;
static struct effect effects[BURST_MAX];

static void make(unsigned index)
{
	call_perform(&making->action[index], index, &effects[index]);
}

static void open_world(const struct world_shape *shape)
{
	session->script.shape = *shape;
	session->script.count = 0;
	world_open(shape);
	check_start(&world.universe, scheduler_point);
	scheduler_start(&world.universe.ledger.lock, &world.universe.stage2.lock);
	judge_all();
}

static void count_transactions(void)
{
	struct ffa_statistics *statistics = &session->statistics;
	uint64_t half = model_ffa_count(&world.model, MODEL_FFA_HALF);
	uint64_t lost = model_ffa_count(&world.model, MODEL_FFA_LOST);
	uint64_t live = model_ffa_count(&world.model, MODEL_FFA_LIVE);

	statistics->live = live > statistics->live ? live : statistics->live;
	statistics->half = half > statistics->half ? half : statistics->half;
	statistics->lost = lost > statistics->lost ? lost : statistics->lost;
}

static void close_world(void)
{
	struct ffa_statistics *statistics = &session->statistics;

	judge_all();
	statistics->switches += scheduler_counts.switches;
	for (unsigned i = 1; i <= UNIVERSE_CPUS; i++)
		statistics->inside[i] += scheduler_counts.inside[i];
	statistics->pages += check_counts.pages;
	statistics->full += check_counts.full;
	statistics->invalidations += check_counts.invalidations;
	statistics->orders += judge_counts.orders;
	statistics->relaxed += judge_counts.relaxed;
	statistics->settled += judge_counts.settled;
	for (unsigned i = 0; i < LIES; i++)
		statistics->lies[i] += world.spmc.lies[i];
	statistics->rounds++;
	statistics->honest += world.shape.honest;
	statistics->versions[world.shape.spmc.version & 3U][3]++;
	world_close();
}

/* The burst that stands behind the script's last one becomes part of it. */
static void play(uint32_t every)
{
	struct schedule schedule;
	struct span span[BURST_MAX];

	making = &session->script.burst[session->script.count++];
	schedule = (struct schedule){.seed = making->schedule, .count = making->count};
	for (uint32_t i = 0; i < making->count; i++)
		schedule.cpu[i] = making->action[i].cpu;
	scheduler_run(&schedule, make, span);
	for (uint32_t i = 0; i < making->count; i++)
		effects[i].span = span[i];
	judge_burst(making, effects);
	judge_pages();
	ffa_statistics_note(&session->statistics, making, effects);
	count_transactions();
	if (session->script.count % every == 0U)
		judge_all();
}

static bool room(void)
{
	return session->script.count < FFA_SCRIPT_BURSTS;
}

/* I6: when all is taken back, nothing is left of it. */
static void undo_all(struct draw *draw)
{
	while (room()) {
		struct call_burst *burst = &session->script.burst[session->script.count];

		memset(burst, 0, sizeof(*burst));
		burst->count = 1;
		if (!draw_undo(draw, &burst->action[0]))
			break;
		play(FULL);
	}
	if (world.ffa.live == 0U &&
	    model_ffa_count(&world.model, MODEL_FFA_NONE) == MODEL_FFA_SLOTS)
		session->statistics.undone++;
	else if (world.shape.honest && world.shape.spmc.aborts)
		failure("undo", "%u transactions are left when all are taken back", world.ffa.live);
}

struct round {
	uint64_t seed, calls;
};

static void work_round(const void *argument)
{
	const struct round *round = argument;
	struct random_source random = random_from(round->seed);
	struct world_shape shape = draw_shape(&random);
	uint64_t before = session->statistics.calls;
	struct draw draw;

	open_world(&shape);
	draw_start(&draw, random_bits(&random));
	while (session->statistics.calls - before < round->calls && room()) {
		draw_burst(&draw, &session->script.burst[session->script.count]);
		play(FULL);
	}
	undo_all(&draw);
	close_world();
}

static bool play_round(uint64_t seed, uint64_t calls)
{
	const struct round round = {seed, calls};

	return process_run(&session->verdict, &session->script.count, work_round, &round);
}

struct performance {
	const struct ffa_script *script;
	uint32_t every;
};

static void work_script(const void *argument)
{
	const struct performance *performance = argument;

	open_world(&performance->script->shape);
	for (uint32_t i = 0; i < performance->script->count; i++) {
		session->script.burst[i] = performance->script->burst[i];
		play(performance->every);
	}
	close_world();
}

static bool play_script(const void *script, uint32_t every)
{
	const struct performance performance = {script, every};

	return process_run(&session->verdict, &session->script.count, work_script, &performance);
}

/* One step: something that the call can do without. */
static bool simplify(void *action, unsigned step, bool *more)
{
	struct call *call = action;
	struct call was = *call;

	*more = true;
	switch (step) {
	case 0:
		call->lie = call->lie_at = 0;
		break;
	case 1:
		call->noise = false;
		break;
	case 2:
		call->shortage = 0;
		break;
	case 3:
		call->flaw = 0;
		break;
	case 4:
		call->runs = call->runs > 1U ? 1U : call->runs;
		break;
	case 5:
		call->run[0].count = call->run[0].count > 1U ? 1U : call->run[0].count;
		break;
	case 6:
		call->run[0].pages = call->run[0].pages > 1U ? 1U : call->run[0].pages;
		break;
	case 7:
		call->borrowers = call->borrowers > 1U ? 1U : call->borrowers;
		break;
	case 8:
		call->length = 0;
		break;
	default:
		*more = false;
		break;
	}
	return memcmp(&was, call, sizeof(was)) != 0;
}

static uint64_t made(void)
{
	return session->statistics.calls;
}

static bool enough(FILE *complain)
{
	return ffa_statistics_enough(&session->statistics, complain);
}

static void report(bool json, uint64_t seed, bool passed, FILE *file)
{
	ffa_statistics_report(&session->statistics, json, seed, passed, file);
}

int main(int count, char **words)
{
	session = process_memory(sizeof(*session));

	const struct drive drive = {
	    .name = "ffa",
	    .about = "Makes random FF-A calls of the core and of the specification, with firmware "
		     "that may lie,\nand compares them.",
	    .calls = 200000,
	    .calls_long = 10000000,
	    .calls_round = 4000,
	    .form = SCRIPT_FORM(struct ffa_script, FFA_SCRIPT_BURSTS),
	    .script = &session->script,
	    .verdict = &session->verdict,
	    .full = FULL,
	    .round = play_round,
	    .play = play_script,
	    .simplify = simplify,
	    .print = ffa_script_print,
	    .read = ffa_script_read,
	    .statistics = &session->statistics,
	    .statistics_size = sizeof(session->statistics),
	    .made = made,
	    .enough = enough,
	    .report = report,
	};

	return drive_main(&drive, count, words);
}
