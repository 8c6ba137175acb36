// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 80U

/* A word of a line and where its number is. */
struct word {
	const char *name;
	size_t offset, size;
};

#define OF(structure, name, member)                                                                \
	{name, offsetof(structure, member), sizeof(((structure *)0)->member)}

static const struct word of_world[] = {
    OF(struct world_shape, "ipa", universe.ipa_bits),
    OF(struct world_shape, "bbm", universe.bbm),
    OF(struct world_shape, "firmware", spmc.version),
    OF(struct world_shape, "donate", spmc.donate),
    OF(struct world_shape, "notifications", spmc.notifications),
    OF(struct world_shape, "aborts", spmc.aborts),
    OF(struct world_shape, "forgives", spmc.forgives),
    OF(struct world_shape, "transactions", capacity.transactions),
    OF(struct world_shape, "ranges", capacity.ranges),
    OF(struct world_shape, "patience", patience),
    OF(struct world_shape, "splits", splits),
    OF(struct world_shape, "honest", honest),
    {NULL, 0, 0},
};

static const struct word of_call[] = {
    OF(struct call, "tag", tag),
    OF(struct call, "w", w),
    OF(struct call, "length", length),
    OF(struct call, "a", a),
    OF(struct call, "b", b),
    OF(struct call, "wide", wide),
    OF(struct call, "noise", noise),
    OF(struct call, "borrowers", borrowers),
    OF(struct call, "flaw", flaw),
    OF(struct call, "flaw_seed", flaw_seed),
    OF(struct call, "shortage", shortage),
    OF(struct call, "lie", lie),
    OF(struct call, "lie_at", lie_at),
    OF(struct call, "lie_seed", lie_seed),
    {NULL, 0, 0},
};

static uint64_t get(const void *object, const struct word *word)
{
	uint64_t value = 0; /* little-endian machines only, as the rest of these tests */

	memcpy(&value, (const char *)object + word->offset, word->size);
	return value;
}

static void put(void *object, const struct word *word, uint64_t value)
{
	memcpy((char *)object + word->offset, &value, word->size);
}

/* --- writing --- */

static void print_words(FILE *file, const void *object, const struct word *word)
{
	for (; word->name != NULL; word++)
		if (get(object, word) != 0U)
			fprintf(file,
				get(object, word) < 10000U ? " %s %" PRIu64 : " %s 0x%" PRIx64,
				word->name, get(object, word));
}

static void print_call(FILE *file, const struct call *call)
{
	fprintf(file, "cpu %u %s", call->cpu, call_name((enum call_kind)call->kind));
	print_words(file, call, of_call);
	for (unsigned i = 0; i < call->runs; i++)
		fprintf(file, " run 0x%" PRIx64 " %u %u %u", call->run[i].base, call->run[i].pages,
			call->run[i].count, call->run[i].stride);
	fprintf(file, "\n");
}

void ffa_script_print(FILE *file, const void *what)
{
	const struct ffa_script *script = what;

	fprintf(file, "world");
	print_words(file, &script->shape, of_world);
	fprintf(file, "\n");
	for (uint32_t i = 0; i < script->count; i++) {
		const struct call_burst *burst = &script->burst[i];

		if (burst->count == 1U) {
			print_call(file, &burst->action[0]);
			continue;
		}
		fprintf(file, "at once %" PRIu32 "\n", burst->schedule);
		for (uint32_t k = 0; k < burst->count; k++) {
			fprintf(file, "  ");
			print_call(file, &burst->action[k]);
		}
		fprintf(file, "end\n");
	}
}

/* --- reading --- */

static bool number(const char *text, uint64_t *value)
{
	char *end;

	if (text == NULL)
		return false;
	*value = strtoull(text, &end, 0);
	return end != text && *end == '\0';
}

/* One word and its number; the words behind them, or NULL. */
static char *const *read_word(char *const *text, void *object, const struct word *word)
{
	uint64_t value;

	for (; word->name != NULL; word++)
		if (strcmp(word->name, text[0]) == 0) {
			if (!number(text[1], &value))
				return NULL;
			put(object, word, value);
			return text + 2;
		}
	return NULL;
}

static char *const *read_run(char *const *text, struct call *call)
{
	uint64_t value[4];

	for (unsigned i = 0; i < 4U; i++)
		if (!number(text[1U + i], &value[i]))
			return NULL;
	if (call->runs == CALL_RUNS)
		return NULL;
	call->run[call->runs++] =
	    (struct run){value[0], (uint32_t)value[1], (uint32_t)value[2], (uint32_t)value[3]};
	return text + 5;
}

static bool read_call(char *const *text, struct call *call)
{
	uint64_t cpu;
	unsigned kind = 0;

	memset(call, 0, sizeof(*call));
	if (strcmp(text[0], "cpu") != 0 || !number(text[1], &cpu) || cpu >= UNIVERSE_CPUS ||
	    text[2] == NULL)
		return false;
	while (kind < CALLS && strcmp(text[2], call_name((enum call_kind)kind)) != 0)
		kind++;
	if (kind == CALLS)
		return false;
	call->cpu = (uint8_t)cpu;
	call->kind = (uint8_t)kind;
	for (text += 3; text != NULL && text[0] != NULL;)
		text = strcmp(text[0], "run") == 0 ? read_run(text, call)
						   : read_word(text, call, of_call);
	return text != NULL;
}

static bool read_world(char *const *text, struct world_shape *shape)
{
	memset(shape, 0, sizeof(*shape));
	shape->universe.map = UNIVERSE_BANKS;
	shape->universe.sets = shape->universe.tables = UNIVERSE_AMPLE;
	shape->capacity.ranges = 16384;
	for (text++; text != NULL && text[0] != NULL;)
		text = read_word(text, shape, of_world);
	return text != NULL && shape->universe.ipa_bits >= 32U && shape->universe.ipa_bits <= 48U &&
	       shape->universe.bbm <= STAGE2_BBM_DIRECT;
}

static const char *read_line(char *const *text, struct ffa_script *script, struct call_burst **open)
{
	struct call_burst *burst = *open;
	uint64_t seed;

	if (strcmp(text[0], "end") == 0) {
		if (burst == NULL || burst->count == 0U)
			return "an end of nothing";
		*open = NULL;
		return NULL;
	}
	if (burst == NULL) {
		if (script->count == FFA_SCRIPT_BURSTS)
			return "too many lines";
		burst = &script->burst[script->count++];
		memset(burst, 0, sizeof(*burst));
	}
	if (strcmp(text[0], "at") == 0) {
		if (*open != NULL || text[1] == NULL || !number(text[2], &seed))
			return "at once SEED, and not within another";
		burst->schedule = (uint32_t)seed;
		*open = burst;
		return NULL;
	}
	if (burst->count == BURST_MAX)
		return "too many calls at once";
	if (!read_call(text, &burst->action[burst->count]))
		return "no call";
	burst->count++;
	return NULL;
}

const char *ffa_script_read(FILE *file, void *what)
{
	static char reason[120];
	struct ffa_script *script = what;
	struct call_burst *open = NULL;
	char line[1000];
	bool begun = false;

	script->count = 0;
	for (unsigned at = 1; fgets(line, sizeof(line), file) != NULL; at++) {
		char *text[WORDS + 1U] = {NULL}, *rest = line, *remark = strchr(line, '#');
		const char *wrong;

		if (remark != NULL)
			*remark = '\0';
		for (unsigned i = 0; i < WORDS; i++)
			text[i] = strtok_r(rest, " \t\n", &rest);
		if (text[0] == NULL)
			continue;
		if (begun)
			wrong = read_line(text, script, &open);
		else
			wrong = strcmp(text[0], "world") == 0 && read_world(text, &script->shape)
				    ? NULL
				    : "it begins with the world";
		begun = true;
		if (wrong != NULL) {
			snprintf(reason, sizeof(reason), "line %u: %s", at, wrong);
			return reason;
		}
	}
	return !begun ? "it is empty" : open != NULL ? "the last \"at once\" has no end" : NULL;
}
