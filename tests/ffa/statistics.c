// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <inttypes.h>
#include <string.h>

/* Which answers the catalogue names for which call. */
static const struct {
	enum call_kind kind;
	model_ffa_set answers;
} named[] = {
    {CALL_VERSION, MODEL_FFA_OK | MODEL_FFA_NS},
    {CALL_PLAIN, MODEL_FFA_OK | MODEL_FFA_NS},
    {CALL_OTHER, MODEL_FFA_NS},
    {CALL_MAP, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN},
    {CALL_UNMAP, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP},
    {CALL_RELEASE, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_DN},
    {CALL_PARTITIONS, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_BZ},
    {CALL_SHARE, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_NM | MODEL_FFA_DN |
		     MODEL_FFA_AB | MODEL_FFA_MORE},
    {CALL_LEND, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_NM | MODEL_FFA_DN |
		    MODEL_FFA_AB | MODEL_FFA_MORE},
    {CALL_DONATE, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN | MODEL_FFA_MORE},
    {CALL_FRAGMENT,
     MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN | MODEL_FFA_AB | MODEL_FFA_MORE},
    {CALL_RECLAIM, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN | MODEL_FFA_AB},
    {CALL_BORROW, MODEL_FFA_NS},
    {CALL_BIND, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN},
    {CALL_UNBIND, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN},
    {CALL_DIRECT, MODEL_FFA_OK | MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_AB},
    {CALL_GIVE, MODEL_FFA_OK | MODEL_FFA_DN},
    {CALL_RETURN, MODEL_FFA_OK | MODEL_FFA_DN},
};

static const char *const lies[LIES] = {
    [LIE_NONE] = "none",
    [LIE_REFUSE] = "refuse",
    [LIE_UPPER] = "garbage above w0",
    [LIE_WIDE] = "64-bit success",
    [LIE_CODE] = "error without code",
    [LIE_DIRT] = "error with garbage",
    [LIE_UNKNOWN] = "unknown identifier",
    [LIE_REQUEST] = "request",
    [LIE_INTERRUPT] = "interrupt",
    [LIE_YIELD] = "yield",
    [LIE_PAUSE] = "pause",
    [LIE_OFFSET] = "wrong offset",
    [LIE_HANDLE] = "another handle",
    [LIE_EARLY] = "early success",
    [LIE_LATE] = "late request for more",
    [LIE_HANDLE_TWICE] = "handle twice",
    [LIE_HANDLE_TOP] = "hypervisor's handle",
    [LIE_HANDLE_NONE] = "invalid handle",
};

static unsigned bit_of(model_ffa_set answer)
{
	for (unsigned bit = 0; bit < 12U; bit++)
		if (answer == 1U << bit)
			return bit;
	return 12;
}

void ffa_statistics_note(struct ffa_statistics *statistics, const struct call_burst *burst,
			 const struct effect *effect)
{
	statistics->bursts++;
	for (uint32_t i = 0; i < burst->count; i++) {
		unsigned bit = bit_of(call_answer(&burst->action[i], &effect[i]));

		statistics->calls++;
		/* a fragment that asks for the next one is as good as a success */
		statistics->ok += bit == 0U || bit == 11U;
		statistics->answers[burst->action[i].kind][bit]++;
		statistics->asked += effect[i].log.count;
		statistics->trace =
		    (statistics->trace ^ bit ^ effect[i].span.end << 8) * 0x100000001b3ULL;
	}
}

static bool complain_of(FILE *complain, bool enough, const char *what, const char *more)
{
	if (!enough && complain != NULL)
		fprintf(complain, "%s%s\n", what, more);
	return enough;
}

static unsigned most_inside(const struct ffa_statistics *statistics)
{
	unsigned most = UNIVERSE_CPUS;

	while (most > 0U && statistics->inside[most] == 0U)
		most--;
	return most;
}

bool ffa_statistics_enough(const struct ffa_statistics *statistics, FILE *complain)
{
	bool enough = true;

	for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		for (unsigned bit = 0; bit < 12U; bit++)
			if ((named[i].answers >> bit & 1U) != 0U &&
			    statistics->answers[named[i].kind][bit] == 0U) {
				char what[80];

				snprintf(what, sizeof(what), "%s was never answered ",
					 call_name(named[i].kind));
				enough =
				    complain_of(complain, false, what, call_answer_name(1U << bit));
			}
	for (unsigned i = 1; i < LIES; i++)
		enough &= complain_of(complain, statistics->lies[i] != 0U,
				      "firmware never told the lie: ", lies[i]);
	enough &= complain_of(complain, statistics->ok * 100U >= statistics->calls * STATISTICS_OK,
			      "less than 40 % of the calls succeeded", "");
	enough &= complain_of(complain, most_inside(statistics) == UNIVERSE_CPUS,
			      "never were all CPUs inside at once", "");
	enough &= complain_of(complain, statistics->live >= STATISTICS_LIVE,
			      "less than 8 transactions were live at once", "");
	for (unsigned i = 0; i < 3U; i++)
		enough &= complain_of(complain, statistics->versions[i][3] != 0U,
				      "no round with firmware of version 1.",
				      i == 0U   ? "0"
				      : i == 1U ? "1"
						: "2");
	return enough;
}

static void print_json(const struct ffa_statistics *statistics, uint64_t seed, bool passed,
		       FILE *file)
{
	fprintf(file,
		"{\n \"seed\": %" PRIu64 ",\n \"passed\": %s,\n \"calls\": %" PRIu64
		",\n \"ok\": %" PRIu64 ",\n \"bursts\": %" PRIu64 ",\n \"rounds\": %" PRIu64
		",\n \"rounds_honest\": %" PRIu64 ",\n \"rounds_undone\": %" PRIu64 ",\n",
		seed, passed ? "true" : "false", statistics->calls, statistics->ok,
		statistics->bursts, statistics->rounds, statistics->honest, statistics->undone);
	fprintf(file,
		" \"max_live_transactions\": %" PRIu64 ",\n \"max_cpus_inside\": %u,\n"
		" \"switches\": %" PRIu64 ",\n \"pages_compared\": %" PRIu64
		",\n \"full_walks\": %" PRIu64 ",\n \"invalidations\": %" PRIu64 ",\n",
		statistics->live, most_inside(statistics), statistics->switches, statistics->pages,
		statistics->full, statistics->invalidations);
	fprintf(file,
		" \"calls_into_firmware\": %" PRIu64 ",\n \"orders_tried\": %" PRIu64
		",\n \"errors_in_passing\": %" PRIu64 ",\n \"quarantined\": %" PRIu64
		",\n \"half_sent\": %" PRIu64 ",\n \"trace\": \"%016" PRIx64 "\",\n",
		statistics->asked, statistics->orders, statistics->relaxed, statistics->lost,
		statistics->half, statistics->trace);
	fprintf(file,
		" \"rounds_by_version\": {\"1.0\": %" PRIu64 ", \"1.1\": %" PRIu64
		", \"1.2\": %" PRIu64 "},\n \"lies\": {",
		statistics->versions[0][3], statistics->versions[1][3], statistics->versions[2][3]);
	for (unsigned i = 1; i < LIES; i++)
		fprintf(file, "%s\n  \"%s\": %" PRIu64, i > 1U ? "," : "", lies[i],
			statistics->lies[i]);
	fprintf(file, "\n },\n \"per_call\": {");
	for (unsigned i = 0; i < CALLS; i++) {
		const char *comma = "";

		fprintf(file, "%s\n  \"%s\": {", i > 0U ? "," : "", call_name((enum call_kind)i));
		for (unsigned bit = 0; bit < 13U; bit++)
			if (statistics->answers[i][bit] != 0U) {
				fprintf(file, "%s\"%s\": %" PRIu64, comma,
					call_answer_name(bit < 12U ? 1U << bit : 0U),
					statistics->answers[i][bit]);
				comma = ", ";
			}
		fprintf(file, "}");
	}
	fprintf(file, "\n }\n}\n");
}

void ffa_statistics_report(const struct ffa_statistics *statistics, bool json, uint64_t seed,
			   bool passed, FILE *file)
{
	if (json) {
		print_json(statistics, seed, passed, file);
		return;
	}
	fprintf(file,
		"seed %" PRIu64 ": %" PRIu64 " calls, %" PRIu64 " %% succeeded, %" PRIu64
		" rounds (%" PRIu64 " undone, %" PRIu64 " with honest firmware)\n",
		seed, statistics->calls,
		statistics->calls != 0U ? statistics->ok * 100U / statistics->calls : 0U,
		statistics->rounds, statistics->undone, statistics->honest);
	fprintf(file,
		"up to %u CPUs inside, %" PRIu64 " transactions live, %" PRIu64
		" calls into firmware; %" PRIu64 " pages compared, everything %" PRIu64 " times\n",
		most_inside(statistics), statistics->live, statistics->asked, statistics->pages,
		statistics->full);
}
