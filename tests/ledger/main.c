// SPDX-License-Identifier: Apache-2.0
/*
 * The core's ledger and host's stage 2 beside the specification in tests/model: random calls of
 * several CPUs that are inside at once. See --help.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/random.h"
#include "ledger/session.h"
#include "ledger/shrink.h"

#define CALLS_ORDINARY 200000U
#define CALLS_LONG     10000000U
#define SHORT          200U /* bursts that are printed */
#define CALLS_ROUND    4000U
#define PATIENCE       4U /* times the calls that were asked for, until all answers were seen */

static const char help[] =
    "usage: ledger [--seed N] [--calls N] [--long] [--json] [--shrink SECONDS] [--save FILE]\n"
    "       ledger --replay FILE\n"
    "\n"
    "Makes random calls of the core's ledger and of the specification and compares them.\n"
    "  --seed N          equal seed, equal run (default: $PORTCULLIS_SEED, else 1)\n"
    "  --calls N         at least so many (default 200000; with --long 10000000)\n"
    "  --json            what was seen, as JSON on standard output\n"
    "  --shrink SECONDS  time for making a failing sequence short (default 120)\n"
    "  --save FILE       where a failing sequence goes, besides standard error\n"
    "  --replay FILE     make the calls of such a file, all compared after each\n"
    "\n"
    "exit status: 0 they agree, 1 they do not or too little was seen, 2 usage\n";

struct options {
	uint64_t seed, calls;
	bool json;
	unsigned shrink;
	const char *save, *replay;
};

_Noreturn static void usage(const char *word)
{
	fprintf(stderr, "ledger: %s is no number; --help says more\n", word);
	exit(2);
}

static uint64_t number(const char *word)
{
	char *end;
	uint64_t value = strtoull(word, &end, 0);

	if (end == word || *end != '\0' || word[0] == '-')
		usage(word);
	return value;
}

static struct options read_options(int count, char **words)
{
	static const struct option list[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"calls", required_argument, NULL, 'c'},
	    {"long", no_argument, NULL, 'l'},
	    {"json", no_argument, NULL, 'j'},
	    {"shrink", required_argument, NULL, 't'},
	    {"save", required_argument, NULL, 'o'},
	    {"replay", required_argument, NULL, 'r'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	const char *seed = getenv("PORTCULLIS_SEED");
	struct options options = {
	    .seed = seed != NULL ? number(seed) : 1U, .calls = CALLS_ORDINARY, .shrink = 120};

	for (int option; (option = getopt_long(count, words, "", list, NULL)) != -1;) {
		switch (option) {
		case 's':
			options.seed = number(optarg);
			break;
		case 'c':
			options.calls = number(optarg);
			break;
		case 'l':
			options.calls = CALLS_LONG;
			break;
		case 'j':
			options.json = true;
			break;
		case 't':
			options.shrink = (unsigned)number(optarg);
			break;
		case 'o':
			options.save = optarg;
			break;
		case 'r':
			options.replay = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind != count) {
		fputs(help, stderr);
		exit(2);
	}
	return options;
}

static void print_failure(FILE *file, const struct session *session, uint64_t seed)
{
	fprintf(file, "# seed %" PRIu64 "; after the last line, %s: %s\n", seed,
		session->verdict.kind, session->verdict.text);
	script_print(file, &session->script);
}

static void tell_failure(struct session *session, const struct options *options)
{
	fprintf(stderr, "%s: %s\n%u calls in %u bursts led to it; looking for fewer\n",
		session->verdict.kind, session->verdict.text, script_calls(&session->script),
		session->script.count);
	struct statistics seen = session->statistics;

	shrink(session, options->shrink);
	session->statistics = seen;
	if (session->script.count <= SHORT)
		print_failure(stderr, session, options->seed);
	else
		fprintf(stderr,
			"%u calls remain; --save FILE keeps them, --shrink gives more time\n",
			script_calls(&session->script));
	if (options->save != NULL) {
		FILE *file = fopen(options->save, "w");

		if (file == NULL) {
			perror(options->save);
			return;
		}
		print_failure(file, session, options->seed);
		if (fclose(file) != 0)
			perror(options->save);
	}
}

static int replay(struct session *session, const char *path)
{
	struct script *script = malloc(sizeof(struct script));
	FILE *file = fopen(path, "r");
	const char *wrong;

	if (file == NULL || script == NULL) {
		perror(path);
		return 2;
	}
	wrong = script_read(file, script);
	fclose(file);
	if (wrong != NULL) {
		fprintf(stderr, "%s: %s\n", path, wrong);
		return 2;
	}
	if (session_script(session, script, 1)) {
		printf("%u calls, core and specification agree\n", script_calls(script));
		return 0;
	}
	printf("after %u of %u lines and groups, %s: %s\n", session->verdict.burst, script->count,
	       session->verdict.kind, session->verdict.text);
	return 1;
}

int main(int count, char **words)
{
	struct options options = read_options(count, words);
	struct session *session = session_new();
	struct random_source rounds = random_from(options.seed);
	bool passed = true;

	if (options.replay != NULL)
		return replay(session, options.replay);
	/* What a seed has not shown in so many calls, it may show in some more. */
	while (passed && session->statistics.calls < options.calls * PATIENCE &&
	       (session->statistics.calls < options.calls ||
		!statistics_enough(&session->statistics, NULL))) {
		uint64_t left = options.calls - session->statistics.calls;

		passed = session_round(
		    session, random_bits(&rounds),
		    session->statistics.calls < options.calls && left < CALLS_ROUND ? left
										    : CALLS_ROUND);
	}
	/* last, so that a fault in the core is rather told in calls */
	passed = passed && session_planted(session);
	if (!passed)
		tell_failure(session, &options);
	else
		passed = statistics_enough(&session->statistics, stderr);
	if (options.json)
		statistics_json(&session->statistics, options.seed, passed, stdout);
	else
		statistics_print(&session->statistics, options.seed, stdout);
	return passed ? 0 : 1;
}
