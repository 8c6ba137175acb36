// SPDX-License-Identifier: Apache-2.0
#include "action.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/stage2/host.h"
#include "fake/machine.h"

/* Each side numbers its answers for itself. */
static enum model_status status_of(enum ledger_status status)
{
	switch (status) {
	case LEDGER_OK:
		return MODEL_DONE;
	case LEDGER_INVALID:
		return MODEL_INVALID;
	case LEDGER_DENIED:
		return MODEL_DENIED;
	case LEDGER_NO_MEMORY:
		break;
	}
	return MODEL_NO_MEMORY;
}

static enum model_rule rule_of(enum ledger_rule rule)
{
	switch (rule) {
	case LEDGER_RULE_NONE:
		return MODEL_RULE_NONE;
	case LEDGER_RULE_RANGE:
		return MODEL_RULE_RANGE;
	case LEDGER_RULE_RAM:
		return MODEL_RULE_RAM;
	case LEDGER_RULE_OWNER:
		return MODEL_RULE_OWNER;
	case LEDGER_RULE_STATE:
		return MODEL_RULE_STATE;
	case LEDGER_RULE_BORROWER:
		return MODEL_RULE_BORROWER;
	case LEDGER_RULE_PINNED:
		return MODEL_RULE_PINNED;
	case LEDGER_RULE_PINS:
		return MODEL_RULE_PINS;
	case LEDGER_RULE_SETS:
		return MODEL_RULE_RECORDS;
	case LEDGER_RULE_TABLES:
		break;
	}
	return MODEL_RULE_TABLES;
}

/* In whose name the change is remembered. */
static uint32_t cause_of(const struct action *action)
{
	return action->kind == ACTION_HOST ? (uint32_t)action->identifier : 0x1000U + action->call;
}

unsigned action_list(const struct universe *universe, const struct action *action,
		     struct ledger_range ranges[ACTION_PIECES])
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	uint64_t done = 0;
	unsigned count = 0;

	if (action->kind != ACTION_CHANGE || action->noise == 0U || bank == NULL ||
	    universe->shape.sets != UNIVERSE_AMPLE || universe->shape.tables != UNIVERSE_AMPLE ||
	    action->pages == 0U || action->base % PAGE != 0U ||
	    action->pages > (universe_bank_end(bank) - action->base) / PAGE)
		return 0;
	while (done < action->pages) {
		uint64_t left = action->pages - done;
		uint64_t pages = count + 1U == ACTION_PIECES ? left : 1U + action->noise % left;

		ranges[count++] = (struct ledger_range){.base = action->base + done * PAGE,
							.pages = (uint32_t)pages};
		done += pages;
	}
	return count;
}

/* The records that a change expects and sets, as docs/memory.md has them. */
static struct ledger_change change_of(const struct action *action)
{
	uint8_t owner = (uint8_t)universe_party(action->owner);
	uint8_t other = (uint8_t)universe_party(action->other);
	bool shared = action->was == MODEL_SHARED;
	const struct ledger_record owned = {.owner = owner};
	const struct ledger_record given = {owner, other, LEDGER_SHARED, 0};
	const struct ledger_record lent = {owner, other, LEDGER_LENT, 0};
	const struct ledger_record was = shared ? given : lent;
	const struct ledger_record doubtful = {
	    owner, other, shared ? LEDGER_SHARED_QUARANTINED : LEDGER_LENT_QUARANTINED, 0};
	struct ledger_change change = {.expect = owned, .set = owned, .cause = cause_of(action)};

	switch ((enum model_call)action->call) {
	case MODEL_DONATE:
		change.set = (struct ledger_record){.owner = other};
		break;
	case MODEL_SHARE:
		change.set = given;
		break;
	case MODEL_UNSHARE:
		change.expect = given;
		break;
	case MODEL_LEND:
		change.set = lent;
		break;
	case MODEL_RECLAIM:
		change.expect = lent;
		break;
	case MODEL_QUARANTINE:
		change.expect = was;
		change.set = doubtful;
		break;
	case MODEL_RELEASE:
		change.expect = doubtful;
		break;
	case MODEL_POISON:
		change.expect = doubtful;
		change.set.state = LEDGER_POISONED;
		break;
	case MODEL_PIN:
		change.pin = 1;
		break;
	case MODEL_UNPIN:
	case MODEL_CALLS:
		change.pin = -1;
		break;
	}
	return change;
}

static struct ledger_answer make_change(struct universe *universe, const struct action *action)
{
	struct ledger *ledger = &universe->ledger;
	struct ledger_range ranges[ACTION_PIECES];
	unsigned count = action_list(universe, action, ranges);
	uint64_t base = action->base, size = action->pages * PAGE;
	enum ledger_party owner = universe_party(action->owner);
	enum ledger_party other = universe_party(action->other);
	enum ledger_state was = action->was == MODEL_SHARED ? LEDGER_SHARED : LEDGER_LENT;
	uint32_t cause = cause_of(action), refused;

	if (count > 0U) {
		struct ledger_change change = change_of(action);

		return ledger_apply_ranges(ledger, ranges, count, &change, false, &refused);
	}
	switch ((enum model_call)action->call) {
	case MODEL_DONATE:
		return ledger_donate(ledger, base, size, owner, other, cause);
	case MODEL_SHARE:
		return ledger_share(ledger, base, size, owner, other, cause);
	case MODEL_UNSHARE:
		return ledger_unshare(ledger, base, size, owner, other, cause);
	case MODEL_LEND:
		return ledger_lend(ledger, base, size, owner, other, cause);
	case MODEL_RECLAIM:
		return ledger_reclaim(ledger, base, size, owner, other, cause);
	case MODEL_QUARANTINE:
		return ledger_quarantine(ledger, base, size, owner, other, was, cause);
	case MODEL_RELEASE:
		return ledger_release(ledger, base, size, owner, other, was, cause);
	case MODEL_POISON:
		return ledger_poison(ledger, base, size, owner, other, was, cause);
	case MODEL_PIN:
		return ledger_pin(ledger, base, size, owner, cause);
	case MODEL_UNPIN:
	case MODEL_CALLS:
		break;
	}
	return ledger_unpin(ledger, base, size, owner, cause);
}

/* Registers of a host's call; those that carry nothing hold something that must stay. */
static struct model_registers registers_of(const struct action *action)
{
	struct model_registers in;

	for (unsigned n = 0; n < 18U; n++)
		in.x[n] = 0xca9a41e000000000ULL | n << 8 | action->cpu;
	in.x[0] = action->identifier;
	in.x[1] = action->base;
	in.x[2] = action->pages;
	return in;
}

static void host_call(struct universe *universe, const struct action *action,
		      struct outcome *outcome)
{
	struct smccc_call call;
	struct model_registers *registers = &outcome->registers;

	*registers = registers_of(action);
	/* the upper half of x0 and the hint bit are no part of the identifier */
	registers->x[0] |= (uint64_t)action->noise << 32 | (action->noise & 1U) << 16;
	smccc_decode(&call, registers->x);
	host_memory_call(&universe->host, &universe->ledger, &call);
}

/* How many objects the crash report can still read, on each CPU. */
static uint64_t readable_left[UNIVERSE_CPUS];

static bool readable(const void *object, size_t size)
{
	(void)object;
	return size != 0U && readable_left[fake_cpu]-- > 0U;
}

void action_perform(struct universe *universe, const struct action *action, struct outcome *outcome)
{
	struct ledger_answer answer;

	switch ((enum action_kind)action->kind) {
	case ACTION_CHANGE:
		answer = make_change(universe, action);
		outcome->answer = (struct model_answer){status_of(answer.status),
							rule_of(answer.rule), answer.page};
		break;
	case ACTION_HOST:
		host_call(universe, action, outcome);
		break;
	case ACTION_FAULT:
		outcome->entry = host_memory_lookup(&universe->stage2, action->base);
		break;
	case ACTION_WHO:
		outcome->extent = ledger_lookup(&universe->ledger, action->base);
		break;
	case ACTION_CHECK:
		outcome->broken = ledger_check(&universe->ledger, &outcome->broken_page);
		break;
	case ACTION_MAP:
		outcome->mapped =
		    host_memory_set(&universe->stage2, action->base, action->pages * PAGE,
				    action->was != 0U ? STAGE2_DEVICE : STAGE2_NONE);
		break;
	case ACTION_PEEK:
		readable_left[fake_cpu] = action->pages;
		outcome->peeked = ledger_peek(&universe->ledger, action->base, readable,
					      &outcome->record, &outcome->since);
		break;
	}
}

/* --- comparison --- */

static const char *differs(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *differs(const char *format, ...)
{
	static char text[400];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return text;
}

static const char *compare_change(struct universe *universe, const struct action *action,
				  const struct outcome *outcome, struct model_answer *answer)
{
	const struct model_answer *core = &outcome->answer;
	struct model_request request = {
	    .call = (enum model_call)action->call,
	    .base = action->base,
	    .pages = action->pages,
	    .owner = action->owner,
	    .other = action->other,
	    .was = (enum model_state)action->was,
	};

	*answer =
	    model_change(&universe->model, &request, core->status == MODEL_NO_MEMORY ? core : NULL);
	/* of what was done there is no page to name */
	if (answer->status == core->status && answer->rule == core->rule &&
	    (answer->status == MODEL_DONE || answer->page == core->page))
		return NULL;
	return differs("the core answers %s at 0x%" PRIx64 ", the specification %s at 0x%" PRIx64,
		       action_answer_name(core->rule), core->page, action_answer_name(answer->rule),
		       answer->page);
}

static const char *compare_host(struct universe *universe, const struct action *action,
				const struct outcome *outcome, struct model_answer *answer)
{
	struct model_registers in = registers_of(action), out;
	const uint64_t *x = outcome->registers.x;
	struct model_answer shortage = {(enum model_status)(int64_t)x[0], (enum model_rule)x[1],
					x[2]};
	bool short_of_memory = (int64_t)x[0] == MODEL_NO_MEMORY;

	out = model_host_call(&universe->model, &in, short_of_memory ? &shortage : NULL);
	*answer = (struct model_answer){.status = (enum model_status)(int64_t)out.x[0]};
	if ((int64_t)out.x[0] < -1) {
		answer->rule = (enum model_rule)out.x[1];
		answer->page = out.x[2];
	}
	for (unsigned n = 0; n < 18U; n++)
		if (out.x[n] != x[n])
			return differs("the core answers x%u = 0x%" PRIx64
				       ", the specification 0x%" PRIx64,
				       n, x[n], out.x[n]);
	return NULL;
}

static const char *compare_fault(const struct universe *universe, const struct action *action,
				 const struct stage2_entry *entry)
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	bool mapped;

	if (action->base - entry->base >= entry->size)
		return differs("the entry at 0x%" PRIx64 " does not hold the page", entry->base);
	if (bank == NULL) {
		const uint8_t *view = universe_device(universe, action->base);

		mapped = view != NULL ? (*view & HOST_MAPPED) != 0U
				      : action->base < UNIVERSE_DEVICES_END;
		return entry->kind == (mapped ? STAGE2_DEVICE : STAGE2_NONE)
			   ? NULL
			   : "the host finds something else than the device";
	}
	mapped = (universe->host_view[universe_index(bank, action->base)] & HOST_MAPPED) != 0U;
	if (entry->kind == (mapped ? STAGE2_RAM : STAGE2_NONE))
		return NULL;
	return mapped ? "the host does not find a page that it has"
		      : "the host finds a page that it has not";
}

/* Stage 2 takes whole pages, some of them, below its end. */
static const char *compare_map(const struct universe *universe, const struct action *action,
			       const struct outcome *outcome)
{
	uint64_t end = action->base + action->pages * PAGE;
	bool wrong = action->pages == 0U || action->base % PAGE != 0U || end < action->base ||
		     end > 1ULL << universe->shape.ipa_bits;

	if (wrong == (outcome->mapped == STAGE2_INVALID))
		return NULL;
	return wrong ? "stage 2 takes a range that is none" : "stage 2 does not take a range";
}

/* Without the lock it need not be right, only return, where others are inside. */
static const char *compare_peek(const struct universe *universe, const struct action *action,
				const struct outcome *outcome)
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	uint64_t objects = 1;

	if (bank != NULL && universe->differs[universe_block(bank, action->base)])
		objects = 2; /* entry and record */
	if (outcome->peeked != (bank != NULL && action->pages >= objects))
		return outcome->peeked ? "the crash report knows what it cannot know"
				       : "the crash report does not know a page";
	if (!outcome->peeked)
		return NULL;
	if (!universe_same_record(&universe->model_pages[universe_index(bank, action->base)],
				  outcome->record))
		return "the crash report has another record";
	if (outcome->since.number != universe_since(universe, action->base))
		return differs("the crash report names change %" PRIu64
			       " as the last of the page, it was %" PRIu64,
			       outcome->since.number, universe_since(universe, action->base));
	return NULL;
}

static const char *compare_who(const struct universe *universe, const struct action *action,
			       const struct ledger_extent *extent)
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	const struct model_page *page;

	if (extent->ram != (bank != NULL))
		return "RAM and devices are mixed up";
	if (action->base - extent->base >= extent->size)
		return differs("the extent at 0x%" PRIx64 " does not hold the page", extent->base);
	if (bank == NULL)
		return NULL;
	if (extent->base < bank->base || extent->base + extent->size > universe_bank_end(bank))
		return "the extent leaves its bank";
	page = &universe->model_pages[universe_index(bank, extent->base)];
	for (uint64_t i = 0; i < extent->size / PAGE; i++)
		if (!universe_same_record(&page[i], extent->record))
			return differs("the extent's record is not that of 0x%" PRIx64,
				       extent->base + i * PAGE);
	return NULL;
}

const char *action_compare(struct universe *universe, const struct action *action,
			   const struct outcome *outcome, bool alone, struct model_answer *answer)
{
	*answer = (struct model_answer){.status = MODEL_DONE};
	switch ((enum action_kind)action->kind) {
	case ACTION_CHANGE:
		return compare_change(universe, action, outcome, answer);
	case ACTION_HOST:
		return compare_host(universe, action, outcome, answer);
	case ACTION_FAULT:
		return compare_fault(universe, action, &outcome->entry);
	case ACTION_WHO:
		return compare_who(universe, action, &outcome->extent);
	case ACTION_MAP:
		return compare_map(universe, action, outcome);
	case ACTION_PEEK:
		return alone ? compare_peek(universe, action, outcome) : NULL;
	case ACTION_CHECK:
		break;
	}
	return outcome->broken;
}

/* --- names --- */

unsigned action_answer(const struct action *action, const struct outcome *outcome)
{
	int64_t status = (int64_t)outcome->registers.x[0];

	if (action->kind == ACTION_CHANGE)
		return outcome->answer.rule;
	if (action->kind == ACTION_MAP && outcome->mapped != STAGE2_OK)
		return outcome->mapped == STAGE2_INVALID ? MODEL_RULE_RANGE : MODEL_RULE_TABLES;
	if (action->kind != ACTION_HOST || status >= 0)
		return MODEL_RULE_NONE;
	if (status == -1)
		return ACTION_UNKNOWN;
	return outcome->registers.x[1] <= MODEL_RULE_TABLES ? (unsigned)outcome->registers.x[1]
							    : ACTION_UNKNOWN;
}

const char *action_answer_name(unsigned answer)
{
	static const char *const names[ACTION_ANSWERS] = {
	    [MODEL_RULE_NONE] = "done",       [MODEL_RULE_RANGE] = "range",
	    [MODEL_RULE_RAM] = "ram",         [MODEL_RULE_OWNER] = "owner",
	    [MODEL_RULE_STATE] = "state",     [MODEL_RULE_BORROWER] = "borrower",
	    [MODEL_RULE_PINNED] = "pinned",   [MODEL_RULE_PINS] = "pins",
	    [MODEL_RULE_RECORDS] = "records", [MODEL_RULE_TABLES] = "tables",
	    [ACTION_UNKNOWN] = "unknown",
	};

	return answer < ACTION_ANSWERS ? names[answer] : "no answer at all";
}
