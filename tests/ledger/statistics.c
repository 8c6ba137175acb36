// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/script.h"

/* Which answers docs/memory.md has for which call; "tables" where the host's access changes. */
static const struct {
	const char *call, *answers;
} named[] = {
    {"donate", "done range ram owner state pinned records tables"},
    {"share", "done range ram owner state pinned records tables"},
    {"unshare", "done range ram owner state borrower records tables"},
    {"lend", "done range ram owner state pinned records tables"},
    {"reclaim", "done range ram owner state borrower records tables"},
    {"quarantine", "done range ram owner state borrower records"},
    {"release", "done range ram owner state borrower records tables"},
    {"poison", "done range ram owner state borrower records tables"},
    {"pin", "done range ram owner state pins records"},
    {"unpin", "done range ram owner state pins records"},
    {"MEM_VERSION", "done"},
    {"MEM_DONATE", "done range ram owner state pinned records tables"},
    {"MEM_SHARE", "done range ram owner state pinned records"},
    {"MEM_UNSHARE", "done range ram owner state borrower records"},
    {"MEM_RETURN", "done range ram owner state pinned records tables"},
    {"MEM_OTHER", "unknown"},
    {"device", "done range tables"},
};

static const struct action host_calls[] = {
    {.kind = ACTION_HOST, .identifier = MODEL_MEM_VERSION},
    {.kind = ACTION_HOST, .identifier = MODEL_MEM_DONATE},
    {.kind = ACTION_HOST, .identifier = MODEL_MEM_SHARE},
    {.kind = ACTION_HOST, .identifier = MODEL_MEM_UNSHARE},
    {.kind = ACTION_HOST, .identifier = MODEL_MEM_RETURN},
    {.kind = ACTION_HOST, .identifier = 0},
};

#define HOST_CALLS (sizeof(host_calls) / sizeof(host_calls[0]))

static size_t index_of(const struct action *action)
{
	size_t host;

	if (action->kind == ACTION_CHANGE)
		return action->call;
	if (action->kind != ACTION_HOST)
		return MODEL_CALLS + HOST_CALLS + action->kind - ACTION_FAULT;
	for (host = 0; host < HOST_CALLS - 1U; host++)
		if (host_calls[host].identifier == action->identifier)
			break;
	return MODEL_CALLS + host;
}

static const char *name_of(size_t index)
{
	struct action action = {.kind = ACTION_CHANGE, .call = (uint8_t)index};

	if (index >= MODEL_CALLS + HOST_CALLS)
		action.kind = (uint8_t)(ACTION_FAULT + index - MODEL_CALLS - HOST_CALLS);
	else if (index >= MODEL_CALLS)
		action = host_calls[index - MODEL_CALLS];
	return script_call_name(&action);
}

void statistics_note(struct statistics *statistics, const struct burst *burst,
		     const struct outcome *outcome)
{
	statistics->bursts++;
	for (uint32_t i = 0; i < burst->count; i++) {
		unsigned answer = action_answer(&burst->action[i], &outcome[i]);

		statistics->calls++;
		statistics->ok += answer == MODEL_RULE_NONE;
		statistics->answers[index_of(&burst->action[i])][answer]++;
		statistics->trace =
		    (statistics->trace ^ answer ^ outcome[i].position << 8) * 0x100000001b3ULL;
	}
}

static uint64_t seen(const struct statistics *statistics, const char *call, const char *answer)
{
	for (size_t i = 0; i < STATISTICS_CALLS; i++)
		for (unsigned k = 0; strcmp(name_of(i), call) == 0 && k < ACTION_ANSWERS; k++)
			if (strcmp(action_answer_name(k), answer) == 0)
				return statistics->answers[i][k];
	return 0;
}

static bool every_answer(const struct statistics *statistics, FILE *file)
{
	bool every = true;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		char answers[80], *rest = answers;

		snprintf(answers, sizeof(answers), "%s", named[i].answers);
		for (const char *answer = strtok_r(rest, " ", &rest); answer != NULL;
		     answer = strtok_r(rest, " ", &rest)) {
			if (seen(statistics, named[i].call, answer) != 0U)
				continue;
			every = false;
			if (file != NULL)
				fprintf(file, "%s was never answered \"%s\"\n", named[i].call,
					answer);
		}
	}
	return every;
}

static unsigned most_inside(const struct statistics *statistics)
{
	unsigned most = UNIVERSE_CPUS;

	while (most > 0U && statistics->inside[most] == 0U)
		most--;
	return most;
}

bool statistics_enough(const struct statistics *statistics, FILE *file)
{
	bool enough = every_answer(statistics, file);

	if (statistics->ok * 100U < statistics->calls * STATISTICS_OK) {
		enough = false;
		if (file != NULL)
			fprintf(file,
				"%" PRIu64 " of %" PRIu64 " calls succeeded, less than %u %%\n",
				statistics->ok, statistics->calls, STATISTICS_OK);
	}
	if (most_inside(statistics) < UNIVERSE_CPUS) {
		enough = false;
		if (file != NULL)
			fprintf(file, "%u CPUs were inside at once, not %u\n",
				most_inside(statistics), UNIVERSE_CPUS);
	}
	if (statistics->live < STATISTICS_LIVE) {
		enough = false;
		if (file != NULL)
			fprintf(file, "%" PRIu64 " loans were live at once, less than %u\n",
				statistics->live, STATISTICS_LIVE);
	}
	for (unsigned level = 0; level <= STAGE2_BBM_DIRECT; level++)
		if (statistics->levels[level] == 0U) {
			enough = false;
			if (file != NULL)
				fprintf(file, "no round with FEAT_BBM at level %u\n", level);
		}
	return enough;
}

void statistics_print(const struct statistics *statistics, uint64_t seed, FILE *file)
{
	fprintf(file,
		"seed %" PRIu64 ": %" PRIu64 " calls, %" PRIu64 " %% succeeded, %" PRIu64
		" rounds (%" PRIu64 " undone, %" PRIu64 " too short of memory for it)\n",
		seed, statistics->calls,
		statistics->calls != 0U ? statistics->ok * 100U / statistics->calls : 0U,
		statistics->rounds, statistics->undone, statistics->stuck);
	fprintf(file,
		"up to %u CPUs inside, %" PRIu64 " switches between them; %" PRIu64
		" pages compared, everything %" PRIu64 " times\n",
		most_inside(statistics), statistics->switches, statistics->pages, statistics->full);
}

void statistics_json(const struct statistics *statistics, uint64_t seed, bool passed, FILE *file)
{
	fprintf(file,
		"{\n \"passed\": %s,\n \"seed\": %" PRIu64 ",\n \"calls\": %" PRIu64
		",\n \"ok\": %" PRIu64 ",\n \"max_live_transactions\": %" PRIu64
		",\n \"max_cpus_inside\": %u,\n \"inside\": [",
		passed ? "true" : "false", seed, statistics->calls, statistics->ok,
		statistics->live, most_inside(statistics));
	for (unsigned i = 1; i <= UNIVERSE_CPUS; i++)
		fprintf(file, "%s%" PRIu64, i > 1U ? ", " : "", statistics->inside[i]);
	fprintf(file,
		"],\n \"switches\": %" PRIu64 ",\n \"bursts\": %" PRIu64 ",\n \"rounds\": %" PRIu64
		",\n \"rounds_undone\": %" PRIu64 ",\n \"rounds_stuck\": %" PRIu64 ",\n",
		statistics->switches, statistics->bursts, statistics->rounds, statistics->undone,
		statistics->stuck);
	fprintf(file,
		" \"pages_compared\": %" PRIu64 ",\n \"full_walks\": %" PRIu64
		",\n \"invalidations\": %" PRIu64 ",\n \"trace\": \"%016" PRIx64 "\",\n",
		statistics->pages, statistics->full, statistics->invalidations, statistics->trace);
	fprintf(file, " \"rounds_by_bbm\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 "],\n",
		statistics->levels[0], statistics->levels[1], statistics->levels[2]);
	fprintf(file, " \"per_call\": {");
	for (size_t i = 0; i < STATISTICS_CALLS; i++) {
		const char *comma = "";

		fprintf(file, "%s\n  \"%s\": {", i > 0U ? "," : "", name_of(i));
		for (unsigned k = 0; k < ACTION_ANSWERS; k++)
			if (statistics->answers[i][k] != 0U) {
				fprintf(file, "%s\"%s\": %" PRIu64, comma, action_answer_name(k),
					statistics->answers[i][k]);
				comma = ", ";
			}
		fprintf(file, "}");
	}
	fprintf(file, "\n }\n}\n");
}
