// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/drive.h"
#include "ledger/random.h"

#define SHORT    200U /* bursts that are printed */
#define PATIENCE 4U   /* times the calls that were asked for, until all answers were seen */

static const char help[] =
    "usage: %1$s [--seed N] [--calls N] [--long] [--json] [--shrink SECONDS] [--save FILE]\n"
    "       %1$s --replay FILE\n"
    "\n"
    "%2$s\n"
    "  --seed N          equal seed, equal run (default: $PORTCULLIS_SEED, else 1)\n"
    "  --calls N         at least so many (default %3$" PRIu64 "; with --long %4$" PRIu64 ")\n"
    "  --json            what was seen, as JSON on standard output\n"
    "  --shrink SECONDS  time for making a failing sequence short (default 120)\n"
    "  --save FILE       where a failing sequence goes, besides standard error\n"
    "  --replay FILE     make the calls of such a file, all compared after each\n"
    "\n"
    "exit status: 0 they agree, 1 they do not or too little was seen, 2 usage\n";

static const struct drive *drive;

static void print_help(FILE *file)
{
	fprintf(file, help, drive->name, drive->about, drive->calls, drive->calls_long);
}

struct options {
	uint64_t seed, calls;
	bool json;
	unsigned shrink;
	const char *save, *replay;
};

_Noreturn static void usage(const char *word)
{
	fprintf(stderr, "%s: %s is no number; --help says more\n", drive->name, word);
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
	    .seed = seed != NULL ? number(seed) : 1U, .calls = drive->calls, .shrink = 120};

	for (int option; (option = getopt_long(count, words, "", list, NULL)) != -1;) {
		switch (option) {
		case 's':
			options.seed = number(optarg);
			break;
		case 'c':
			options.calls = number(optarg);
			break;
		case 'l':
			options.calls = drive->calls_long;
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
			print_help(stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind != count) {
		print_help(stderr);
		exit(2);
	}
	return options;
}

static unsigned calls_of(void)
{
	unsigned calls = 0;

	for (uint32_t i = 0; i < *script_count(&drive->form, drive->script); i++)
		calls += script_burst(&drive->form, drive->script, i)->count;
	return calls;
}

static void print_failure(FILE *file, uint64_t seed)
{
	fprintf(file, "# seed %" PRIu64 "; after the last line, %s: %s\n", seed,
		drive->verdict->kind, drive->verdict->text);
	drive->print(file, drive->script);
}

static void tell_failure(const struct options *options)
{
	void *seen = malloc(drive->statistics_size);

	fprintf(stderr, "%s: %s\n%u calls in %u bursts led to it; looking for fewer\n",
		drive->verdict->kind, drive->verdict->text, calls_of(),
		*script_count(&drive->form, drive->script));
	if (seen != NULL)
		memcpy(seen, drive->statistics, drive->statistics_size);
	shrink(drive, options->shrink);
	if (seen != NULL)
		memcpy(drive->statistics, seen, drive->statistics_size);
	free(seen);
	if (*script_count(&drive->form, drive->script) <= SHORT)
		print_failure(stderr, options->seed);
	else
		fprintf(stderr,
			"%u calls remain; --save FILE keeps them, --shrink gives more time\n",
			calls_of());
	if (options->save != NULL) {
		FILE *file = fopen(options->save, "w");

		if (file == NULL) {
			perror(options->save);
			return;
		}
		print_failure(file, options->seed);
		if (fclose(file) != 0)
			perror(options->save);
	}
}

static int replay(const char *path)
{
	void *script = malloc(drive->form.size);
	FILE *file = fopen(path, "r");
	const char *wrong;

	if (file == NULL || script == NULL) {
		perror(path);
		free(script);
		return 2;
	}
	wrong = drive->read(file, script);
	fclose(file);
	if (wrong != NULL) {
		fprintf(stderr, "%s: %s\n", path, wrong);
		return 2;
	}
	if (drive->play(script, 1)) {
		printf("%u calls, core and specification agree\n", calls_of());
		return 0;
	}
	printf("after %u of %u lines and groups, %s: %s\n", drive->verdict->burst,
	       *script_count(&drive->form, script), drive->verdict->kind, drive->verdict->text);
	return 1;
}

static bool enough(FILE *complain)
{
	return drive->enough == NULL || drive->enough(complain);
}

int drive_main(const struct drive *what, int count, char **words)
{
	drive = what;

	struct options options = read_options(count, words);
	struct random_source rounds = random_from(options.seed);
	bool passed = true;

	if (options.replay != NULL)
		return replay(options.replay);
	/* What a seed has not shown in so many calls, it may show in some more. */
	while (passed && drive->made() < options.calls * PATIENCE &&
	       (drive->made() < options.calls || !enough(NULL))) {
		uint64_t left = options.calls - drive->made();

		passed = drive->round(random_bits(&rounds),
				      drive->made() < options.calls && left < drive->calls_round
					  ? left
					  : drive->calls_round);
	}
	/* last, so that a fault in the core is rather told in calls */
	passed = passed && (drive->last == NULL || drive->last());
	if (!passed)
		tell_failure(&options);
	else
		passed = enough(stderr);
	drive->report(options.json, options.seed, passed, stdout);
	return passed ? 0 : 1;
}
