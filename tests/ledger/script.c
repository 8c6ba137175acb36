// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 10U /* of a line, and NULL for those that it has not */

static const char *const maps[UNIVERSE_MAPS] = {"banks", "giant"};

static const char *const changes[MODEL_CALLS] = {
    [MODEL_DONATE] = "donate",         [MODEL_SHARE] = "share",
    [MODEL_UNSHARE] = "unshare",       [MODEL_LEND] = "lend",
    [MODEL_RECLAIM] = "reclaim",       [MODEL_PIN] = "pin",
    [MODEL_QUARANTINE] = "quarantine", [MODEL_RELEASE] = "release",
    [MODEL_POISON] = "poison",         [MODEL_UNPIN] = "unpin",
};

static bool names_state(unsigned call)
{
	return call == MODEL_QUARANTINE || call == MODEL_RELEASE || call == MODEL_POISON;
}

static bool names_other(unsigned call)
{
	return call != MODEL_PIN && call != MODEL_UNPIN;
}

const char *script_call_name(const struct action *action)
{
	switch ((enum action_kind)action->kind) {
	case ACTION_CHANGE:
		return changes[action->call];
	case ACTION_HOST:
		switch (action->identifier) {
		case MODEL_MEM_VERSION:
			return "MEM_VERSION";
		case MODEL_MEM_DONATE:
			return "MEM_DONATE";
		case MODEL_MEM_SHARE:
			return "MEM_SHARE";
		case MODEL_MEM_UNSHARE:
			return "MEM_UNSHARE";
		case MODEL_MEM_RETURN:
			return "MEM_RETURN";
		default:
			return "MEM_OTHER";
		}
	case ACTION_FAULT:
		return "fault";
	case ACTION_WHO:
		return "who";
	case ACTION_MAP:
		return "device";
	case ACTION_PEEK:
		return "peek";
	case ACTION_CHECK:
		break;
	}
	return "check";
}

/* --- writing --- */

static const char *party_name(model_party party, char text[16])
{
	switch (party) {
	case MODEL_NOBODY:
		return "nobody";
	case MODEL_HYPERVISOR:
		return "hypervisor";
	case MODEL_HOST:
		return "host";
	case MODEL_FIRMWARE:
		return "firmware";
	case MODEL_SEVERAL:
		return "several";
	default:
		snprintf(text, 16, "guest%u", (unsigned)party - MODEL_GUEST);
		return text;
	}
}

static void print_action(FILE *file, const struct action *action)
{
	char owner[16], other[16];

	fprintf(file, "cpu %u ", action->cpu);
	switch ((enum action_kind)action->kind) {
	case ACTION_CHANGE:
		fprintf(file, "%s 0x%" PRIx64 " %" PRIu64 " %s", changes[action->call],
			action->base, action->pages, party_name(action->owner, owner));
		if (names_other(action->call))
			fprintf(file, " %s", party_name(action->other, other));
		if (names_state(action->call))
			fprintf(file, " %s", action->was == MODEL_SHARED ? "shared" : "lent");
		if (action->noise != 0U)
			fprintf(file, " cut 0x%" PRIx32, action->noise);
		break;
	case ACTION_HOST:
		fprintf(file, "hvc 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64, action->identifier,
			action->base, action->pages);
		if (action->noise != 0U)
			fprintf(file, " noise 0x%" PRIx32, action->noise);
		break;
	case ACTION_FAULT:
	case ACTION_WHO:
		fprintf(file, "%s 0x%" PRIx64, script_call_name(action), action->base);
		break;
	case ACTION_CHECK:
		fprintf(file, "check");
		break;
	case ACTION_PEEK:
		fprintf(file, "peek 0x%" PRIx64 " %" PRIu64, action->base, action->pages);
		break;
	case ACTION_MAP:
		fprintf(file, "device 0x%" PRIx64 " %" PRIu64 " %s", action->base, action->pages,
			action->was != 0U ? "on" : "off");
		break;
	}
	fprintf(file, "\n");
}

void script_print(FILE *file, const struct script *script)
{
	fprintf(file, "universe %s ipa %u sets %u tables %u bbm %u\n", maps[script->shape.map],
		script->shape.ipa_bits, script->shape.sets, script->shape.tables,
		(unsigned)script->shape.bbm);
	for (uint32_t i = 0; i < script->count; i++) {
		const struct burst *burst = &script->burst[i];

		if (burst->count == 1U) {
			print_action(file, &burst->action[0]);
			continue;
		}
		fprintf(file, "at once %" PRIu32 "\n", burst->schedule);
		for (uint32_t k = 0; k < burst->count; k++) {
			fprintf(file, "  ");
			print_action(file, &burst->action[k]);
		}
		fprintf(file, "end\n");
	}
}

/* --- reading --- */

static bool read_number(const char *word, uint64_t *value)
{
	char *end;

	if (word == NULL)
		return false;
	*value = strtoull(word, &end, 0);
	return end != word && *end == '\0';
}

static bool read_party(const char *word, model_party *party)
{
	static const struct {
		const char *name;
		model_party party;
	} parties[] = {{"nobody", MODEL_NOBODY},
		       {"hypervisor", MODEL_HYPERVISOR},
		       {"host", MODEL_HOST},
		       {"firmware", MODEL_FIRMWARE},
		       {"several", MODEL_SEVERAL}};
	uint64_t guest;

	if (word == NULL)
		return false;
	for (size_t i = 0; i < sizeof(parties) / sizeof(parties[0]); i++)
		if (strcmp(word, parties[i].name) == 0) {
			*party = parties[i].party;
			return true;
		}
	if (strncmp(word, "guest", 5) != 0 || !read_number(word + 5, &guest) ||
	    guest >= LEDGER_GUESTS)
		return false;
	*party = (model_party)(MODEL_GUEST + guest);
	return true;
}

static bool read_change(char *const *word, struct action *action)
{
	unsigned call, next = 4;
	uint64_t cut;

	for (call = 0; call < MODEL_CALLS; call++)
		if (strcmp(word[0], changes[call]) == 0)
			break;
	if (call == MODEL_CALLS || !read_number(word[1], &action->base) ||
	    !read_number(word[2], &action->pages) || !read_party(word[3], &action->owner))
		return false;
	action->kind = ACTION_CHANGE;
	action->call = (uint8_t)call;
	if (names_other(call) && !read_party(word[next++], &action->other))
		return false;
	if (names_state(call)) {
		if (word[next] == NULL)
			return false;
		action->was = strcmp(word[next++], "shared") == 0 ? MODEL_SHARED : MODEL_LENT;
	}
	if (word[next] != NULL && strcmp(word[next], "cut") == 0) {
		if (!read_number(word[next + 1U], &cut))
			return false;
		action->noise = (uint32_t)cut;
	}
	return true;
}

/* "cpu N" and what it does. */
static bool read_action(char *const *word, struct action *action)
{
	uint64_t cpu, noise = 0;

	memset(action, 0, sizeof(*action));
	if (word[0] == NULL || strcmp(word[0], "cpu") != 0 || !read_number(word[1], &cpu) ||
	    cpu >= UNIVERSE_CPUS || word[2] == NULL)
		return false;
	action->cpu = (uint8_t)cpu;
	if (strcmp(word[2], "check") == 0) {
		action->kind = ACTION_CHECK;
		return true;
	}
	if (strcmp(word[2], "fault") == 0 || strcmp(word[2], "who") == 0) {
		action->kind = word[2][0] == 'f' ? ACTION_FAULT : ACTION_WHO;
		return read_number(word[3], &action->base);
	}
	if (strcmp(word[2], "peek") == 0) {
		action->kind = ACTION_PEEK;
		return read_number(word[3], &action->base) && read_number(word[4], &action->pages);
	}
	if (strcmp(word[2], "device") == 0) {
		action->kind = ACTION_MAP;
		action->was = word[5] != NULL && strcmp(word[5], "on") == 0;
		return word[5] != NULL && read_number(word[3], &action->base) &&
		       read_number(word[4], &action->pages);
	}
	if (strcmp(word[2], "hvc") == 0) {
		action->kind = ACTION_HOST;
		if (word[6] != NULL && !read_number(word[7], &noise))
			return false;
		action->noise = (uint32_t)noise;
		return read_number(word[3], &action->identifier) &&
		       read_number(word[4], &action->base) && read_number(word[5], &action->pages);
	}
	return read_change(word + 2, action);
}

static bool read_universe(char *const *word, struct universe_shape *shape)
{
	uint64_t ipa_bits, sets, tables, bbm = 0;

	if (word[1] == NULL || !read_number(word[3], &ipa_bits) || !read_number(word[5], &sets) ||
	    !read_number(word[7], &tables) || ipa_bits < 32U || ipa_bits > 48U ||
	    (word[8] != NULL && !read_number(word[9], &bbm)) || bbm > STAGE2_BBM_DIRECT)
		return false;
	for (unsigned map = 0; map < UNIVERSE_MAPS; map++)
		if (strcmp(word[1], maps[map]) == 0) {
			*shape = (struct universe_shape){(enum universe_map)map, (unsigned)ipa_bits,
							 (unsigned)sets, (unsigned)tables,
							 (enum stage2_bbm)bbm};
			return true;
		}
	return false;
}

static void split(char *line, char *word[WORDS])
{
	char *rest = line, *remark = strchr(line, '#');

	if (remark != NULL)
		*remark = '\0';
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = strtok_r(rest, " \t\n", &rest);
}

static const char *read_line(char *const *word, struct script *script, struct burst **open)
{
	struct burst *burst = *open;
	uint64_t seed;

	if (strcmp(word[0], "end") == 0) {
		if (burst == NULL || burst->count == 0U)
			return "an end of nothing";
		*open = NULL;
		return NULL;
	}
	if (burst == NULL) {
		if (script->count == SCRIPT_BURSTS)
			return "too many lines";
		burst = &script->burst[script->count++];
		memset(burst, 0, sizeof(*burst));
	}
	if (strcmp(word[0], "at") == 0) {
		if (*open != NULL || !read_number(word[2], &seed))
			return "at once SEED, and not within another";
		burst->schedule = (uint32_t)seed;
		*open = burst;
		return NULL;
	}
	if (burst->count == BURST_MAX)
		return "too many calls at once";
	if (!read_action(word, &burst->action[burst->count]))
		return "no call";
	burst->count++;
	return NULL;
}

const char *script_read(FILE *file, struct script *script)
{
	static char reason[120];
	struct burst *open = NULL;
	char line[300];
	bool begun = false;

	script->count = 0;
	for (unsigned number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
		char *word[WORDS];
		const char *wrong = NULL;

		split(line, word);
		if (word[0] == NULL)
			continue;
		if (!begun) {
			begun =
			    strcmp(word[0], "universe") == 0 && read_universe(word, &script->shape);
			wrong = begun ? NULL : "it begins with the universe";
		} else {
			wrong = read_line(word, script, &open);
		}
		if (wrong != NULL) {
			snprintf(reason, sizeof(reason), "line %u: %s", number, wrong);
			return reason;
		}
	}
	return !begun ? "it is empty" : open != NULL ? "the last \"at once\" has no end" : NULL;
}
