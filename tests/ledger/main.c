// SPDX-License-Identifier: Apache-2.0
/*
 * The core's ledger and host's stage 2 beside the specification in tests/model: random calls of
 * several CPUs that are inside at once. See --help.
 */
#include "ledger/drive.h"
#include "ledger/session.h"

static struct session *session;

static bool play_round(uint64_t seed, uint64_t calls)
{
	return session_round(session, seed, calls);
}

static bool play_script(const void *script, uint32_t every)
{
	return session_script(session, script, every);
}

static bool play_planted(void)
{
	return session_planted(session);
}

static bool smaller_range(void *action, unsigned step, bool *more)
{
	static const uint64_t sizes[] = {1, 2, 8, 64, 512};
	struct action *one = action;

	*more = step + 1U < sizeof(sizes) / sizeof(sizes[0]) && sizes[step] < one->pages;
	if (sizes[step] >= one->pages)
		return false;
	one->pages = sizes[step];
	return true;
}

static void print(FILE *file, const void *script)
{
	script_print(file, script);
}

static const char *read_script(FILE *file, void *script)
{
	return script_read(file, script);
}

static uint64_t made(void)
{
	return session->statistics.calls;
}

static bool enough(FILE *complain)
{
	return statistics_enough(&session->statistics, complain);
}

static void report(bool json, uint64_t seed, bool passed, FILE *file)
{
	if (json)
		statistics_json(&session->statistics, seed, passed, file);
	else
		statistics_print(&session->statistics, seed, file);
}

int main(int count, char **words)
{
	session = session_new();

	const struct drive drive = {
	    .name = "ledger",
	    .about =
		"Makes random calls of the core's ledger and of the specification and compares "
		"them.",
	    .calls = 200000,
	    .calls_long = 10000000,
	    .calls_round = 4000,
	    .form = SCRIPT_FORM(struct script, SCRIPT_BURSTS),
	    .script = &session->script,
	    .verdict = &session->verdict,
	    .full = SESSION_FULL,
	    .round = play_round,
	    .play = play_script,
	    .last = play_planted,
	    .simplify = smaller_range,
	    .print = print,
	    .read = read_script,
	    .statistics = &session->statistics,
	    .statistics_size = sizeof(session->statistics),
	    .made = made,
	    .enough = enough,
	    .report = report,
	};

	return drive_main(&drive, count, words);
}
