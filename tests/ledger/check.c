// SPDX-License-Identifier: Apache-2.0
#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "extents.h"
#include "fake/machine.h"
#include "ledger/failure.h"
#include "walker.h"

static struct {
	struct universe *universe;
	void (*point)(void);
	fake_table_fn *before; /* another's hook */
	const struct action *acting[UNIVERSE_CPUS];
} check;

struct check_counts check_counts;

/* --- one address through the tables, as a CPU takes it (DDI 0487, D8.2; 4 KiB granule) --- */

struct leaf {
	enum walk_kind kind;
	uint64_t end; /* where what the last descriptor covers ends */
};

static struct leaf walk_address(const struct universe *universe, uint64_t address)
{
	const struct stage2 *s2 = &universe->stage2;
	uint64_t table = s2->root, index = address / walk_span(2U - s2->sl0);

	for (unsigned level = 2U - s2->sl0;; level++) {
		uint64_t span = walk_span(level), descriptor;
		struct leaf leaf = {WALK_NOTHING, (address / span + 1U) * span};

		memcpy(&descriptor, fake.memory + (table - fake.memory_base) + index * 8U, 8);
		if ((descriptor & 1U) == 0U)
			return leaf;
		if (level < 3U && (descriptor & 2U) != 0U) {
			table = descriptor & 0x0000fffffffff000ULL;
			index = address / walk_span(level + 1U) % 512U;
			continue;
		}
		/* attributes as a whole are looked at by the walker, see check_all() */
		leaf.kind = (descriptor & 0x3cU) == 0x3cU ? WALK_RAM : WALK_DEVICE;
		return leaf;
	}
}

/* --- what TLBs may hold --- */

/*
 * Of the pages from `at` to `last`, which are those of `view`, as far as they lie in [base, end):
 * forget what is mapped no more, or learn what is mapped.
 */
static void translations_of(const struct universe *universe, uint64_t base, uint64_t end,
			    uint64_t at, uint64_t last, uint8_t *view, bool forget)
{
	if (base > at) {
		view += (base - at) / PAGE;
		at = base;
	}
	if (end < last)
		last = end;
	while (at < last) {
		struct leaf leaf = walk_address(universe, at);

		for (; at < leaf.end && at < last; at += PAGE, view++)
			if (leaf.kind != WALK_NOTHING)
				*view |= HOST_CACHED;
			else if (forget)
				*view &= (uint8_t)~HOST_CACHED;
	}
}

static void translations(struct universe *universe, uint64_t base, uint64_t end, bool forget)
{
	for (size_t i = 0; i < universe->banks; i++) {
		const struct universe_bank *bank = &universe->bank[i];

		if (base < universe_bank_end(bank) && end > bank->base)
			translations_of(universe, base, end, bank->base, universe_bank_end(bank),
					&universe->host_view[bank->first], forget);
	}
	for (size_t i = 0; i < universe->windows; i++) {
		const struct universe_window *window = &universe->window[i];
		uint64_t window_end = window->base + window->pages * PAGE;

		if (base < window_end && end > window->base)
			translations_of(universe, base, end, window->base, window_end,
					&universe->device_view[window->first], forget);
	}
}

static void moment(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	const struct action *acting = check.acting[fake_cpu];

	if (check.before != NULL)
		check.before(context, invalidates, base, size);
	if (invalidates) {
		check_counts.invalidations++;
		translations(check.universe, base, base + size, true);
	}
	/* any CPU may have walked to what is mapped now */
	if (acting != NULL && acting->pages <= check.universe->pages && acting->base % PAGE == 0U &&
	    (acting->kind == ACTION_MAP || universe_bank(check.universe, acting->base) != NULL))
		translations(check.universe, acting->base, acting->base + acting->pages * PAGE,
			     false);
	if (check.point != NULL)
		check.point();
}

void check_start(struct universe *universe, void (*point)(void))
{
	memset(&check, 0, sizeof(check));
	check.universe = universe;
	check.point = point;
	check.before = fake.tables;
	fake.tables = moment;
}

void check_acting(unsigned cpu, const struct action *action)
{
	check.acting[cpu] = action;
}

/* --- pages --- */

static void check_record(uint64_t at, const struct model_page *page, struct ledger_record record)
{
	char name[4][16];

	if (!universe_same_record(page, record))
		failure("ledger",
			"page 0x%" PRIx64
			": the ledger has owner %s, borrower %s, %s, %u pins; the "
			"specification owner %s, borrower %s, state %u, %u pins",
			at, ledger_party_words(name[0], record.owner),
			ledger_party_words(name[1], record.borrower),
			ledger_state_words((enum ledger_state)record.state), record.pins,
			ledger_party_words(name[2], (uint8_t)universe_party(page->owner)),
			ledger_party_words(name[3], (uint8_t)universe_party(page->borrower)),
			(unsigned)page->state, page->pins);
}

static const char *kind_name(enum walk_kind kind)
{
	return kind == WALK_RAM ? "RAM" : kind == WALK_DEVICE ? "a device" : "nothing";
}

/* `kind` is what was found, `there` what is when the host has access. */
static void check_view(uint64_t at, uint8_t *view, enum walk_kind kind, enum walk_kind there)
{
	bool mapped = (*view & HOST_MAPPED) != 0U;

	if (kind != (mapped ? there : WALK_NOTHING))
		failure("tables", "page 0x%" PRIx64 ": the tables have %s, the specification %s",
			at, kind_name(kind), kind_name(mapped ? there : WALK_NOTHING));
	if (mapped)
		*view |= HOST_CACHED;
	else if ((*view & HOST_CACHED) != 0U)
		failure("tlb",
			"page 0x%" PRIx64 " was taken from the host, its translation was not", at);
}

/* Pages of [base, end), which lies in the bank. */
static void check_pages(struct universe *universe, const struct universe_bank *bank, uint64_t base,
			uint64_t end)
{
	size_t index = universe_index(bank, base);

	for (uint64_t at = base; at < end;) {
		struct ledger_extent extent = ledger_lookup(&universe->ledger, at);
		const struct model_page *page = &universe->model_pages[index + (at - base) / PAGE];
		uint64_t last = extent.base + extent.size;

		if (!extent.ram || extent.base > at || last <= at)
			failure("ledger", "the ledger does not know page 0x%" PRIx64, at);
		for (; at < last && at < end; at += PAGE, page++)
			check_record(at, page, extent.record);
	}
	for (uint64_t at = base; at < end;) {
		struct leaf leaf = walk_address(universe, at);
		uint8_t *view = &universe->host_view[index + (at - base) / PAGE];

		for (; at < leaf.end && at < end; at += PAGE, view++)
			check_view(at, view, leaf.kind, WALK_RAM);
	}
	check_counts.pages += (end - base) / PAGE;
}

static void check_devices(struct universe *universe)
{
	for (size_t i = 0; i < universe->windows; i++) {
		const struct universe_window *window = &universe->window[i];
		uint8_t *view = &universe->device_view[window->first];
		uint64_t end = window->base + window->pages * PAGE;

		for (uint64_t at = window->base; at < end;) {
			struct leaf leaf = walk_address(universe, at);

			for (; at < leaf.end && at < end; at += PAGE, view++)
				check_view(at, view, leaf.kind, WALK_DEVICE);
		}
	}
}

void check_near(struct universe *universe, uint64_t address, uint64_t count)
{
	const struct universe_bank *bank = universe_bank(universe, address);
	uint64_t base, pages;

	if (bank == NULL)
		return;
	base = address / PAGE * PAGE;
	pages = (universe_bank_end(bank) - base) / PAGE;
	if (count < pages)
		pages = count + 1U;
	if (base > bank->base) {
		base -= PAGE;
		pages++;
	}
	if (pages > (universe_bank_end(bank) - base) / PAGE)
		pages = (universe_bank_end(bank) - base) / PAGE;
	check_pages(universe, bank, base, base + pages * PAGE);
}

static void check_reach(struct universe *universe, const struct action *action)
{
	if (action->kind == ACTION_MAP)
		check_devices(universe);
	check_near(universe, action->base, action->pages);
}

/* --- one call in the specification --- */

/* Sets that the change would need: one for each block of which it changes a part and which has
 * none. */
static unsigned sets_needed(const struct universe *universe, const struct universe_bank *bank,
			    uint64_t base, uint64_t last)
{
	uint64_t end[2] = {base, last}, first_page, last_page;
	unsigned sets = 0;

	for (unsigned i = 0; i < 2U; i++) {
		if (i == 1U && last / BLOCK == base / BLOCK)
			break;
		universe_block_pages(bank, end[i], &first_page, &last_page);
		if ((base > first_page || last < last_page) &&
		    !universe->differs[universe_block(bank, end[i])])
			sets++;
	}
	return sets;
}

/*
 * Was memory short? Records exist for blocks whose pages differ and for no others; page tables, of
 * which a range can take those for its two ends.
 */
static void check_shortage(const struct universe *universe, const struct action *action,
			   const struct model_answer *answer, bool alone)
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	uint64_t last = action->base + (action->pages - 1U) * PAGE;
	uint64_t free_sets = universe->ledger.set_count - universe->differing;

	if (answer->rule == MODEL_RULE_RECORDS &&
	    sets_needed(universe, bank, action->base, last) <= free_sets)
		failure("shortage", "no record set is left, the core says; %" PRIu64 " are",
			free_sets);
	if (answer->rule == MODEL_RULE_TABLES && alone &&
	    universe->stage2.free >= 2U * (3U - universe->stage2.start_level))
		failure("shortage", "no page table is left, the core says; %u are",
			universe->stage2.free);
}

/* Devices that were mapped or not: this is all that the driver knows of them. */
static void follow_map(struct universe *universe, const struct action *action,
		       const struct outcome *outcome, bool alone)
{
	if (outcome->mapped == STAGE2_INVALID)
		return;
	if (outcome->mapped == STAGE2_NO_MEMORY) {
		if (alone && universe->stage2.free >= 2U * (3U - universe->stage2.start_level))
			failure("shortage", "no page table is left for a device; %u are",
				universe->stage2.free);
		return;
	}
	for (uint64_t i = 0; i < action->pages; i++) {
		uint8_t *view = universe_device(universe, action->base + i * PAGE);

		if (view == NULL)
			failure("script", "0x%" PRIx64 " is no device that comes and goes",
				action->base + i * PAGE);
		*view = (uint8_t)(action->was != 0U ? *view | HOST_MAPPED : *view & ~HOST_MAPPED);
	}
}

static void follow(struct universe *universe, const struct action *action)
{
	const struct universe_bank *bank = universe_bank(universe, action->base);
	size_t index = universe_index(bank, action->base);
	uint64_t end = action->base + action->pages * PAGE;

	for (uint64_t i = 0; i < action->pages; i++) {
		uint8_t *view = &universe->host_view[index + i];

		switch (model_access(&universe->model_pages[index + i], MODEL_HOST)) {
		case MODEL_ACCESS_YES:
			*view |= HOST_MAPPED;
			break;
		case MODEL_ACCESS_NO:
			*view &= (uint8_t)~HOST_MAPPED;
			break;
		case MODEL_ACCESS_UNKNOWN:
			break; /* quarantine takes nothing from the host and gives it nothing */
		}
	}
	for (uint64_t at = action->base; at < end; at = (at / BLOCK + 1U) * BLOCK)
		universe_block_changed(universe, bank, at);
}

/* The ledger remembers the change as it was made. */
static void check_event(const struct universe *universe, const struct action *action,
			const struct ledger_range *range)
{
	const struct ledger_event *event =
	    &universe->ledger.history[universe->changes % LEDGER_HISTORY];

	if (universe->ledger.changes - universe->changes >= LEDGER_HISTORY)
		return; /* overwritten since */
	if (event->number != universe->changes || event->base != range->base ||
	    event->size != range->pages * PAGE || event->cpu != action->cpu ||
	    event->cause != (action->kind == ACTION_HOST ? (uint32_t)action->identifier
							 : 0x1000U + action->call))
		failure("history",
			"change %" PRIu64 " of 0x%" PRIx64 " by CPU %u is remembered as number "
			"%" PRIu64 ", 0x%" PRIx64 ", CPU %u, cause 0x%" PRIx32,
			universe->changes, range->base, action->cpu, event->number, event->base,
			event->cpu, event->cause);
}

bool check_changes(const struct action *action, const struct outcome *outcome)
{
	return action->kind == ACTION_CHANGE ||
	       (action->kind == ACTION_HOST && action->identifier != MODEL_MEM_VERSION &&
		action_answer(action, outcome) != ACTION_UNKNOWN);
}

void check_action(struct universe *universe, const struct action *action,
		  const struct outcome *outcome, bool alone)
{
	struct ledger_range ranges[ACTION_PIECES];
	unsigned count = action_list(universe, action, ranges);
	struct model_answer answer;
	const char *differs = action_compare(universe, action, outcome, alone, &answer);

	if (differs != NULL)
		failure("answer", "%s", differs);
	if (action->kind == ACTION_MAP)
		follow_map(universe, action, outcome, alone);
	if (!check_changes(action, outcome))
		return;
	if (answer.status == MODEL_DONE) {
		if (count == 0U)
			ranges[count++] = (struct ledger_range){.base = action->base,
								.pages = (uint32_t)action->pages};
		for (unsigned i = 0; i < count; i++)
			universe_made(universe, ranges[i].base,
				      ranges[i].base + ranges[i].pages * PAGE);
		follow(universe, action);
		check_event(universe, action, &ranges[count - 1U]);
		return;
	}
	/* what cannot be a range never reaches the table */
	universe->refusals += answer.rule != MODEL_RULE_RANGE;
	if (answer.status == MODEL_NO_MEMORY)
		check_shortage(universe, action, &answer, alone);
}

void check_quiet(const struct universe *universe)
{
	const struct ledger *ledger = &universe->ledger;

	if (ledger->lock.next != ledger->lock.served)
		failure("lock", "the ledger's lock is held");
	if (universe->stage2.lock.next != universe->stage2.lock.served)
		failure("lock", "the lock of stage 2 is held");
	if (ledger->changes != universe->changes || ledger->refusals != universe->refusals)
		failure("count",
			"the ledger counts %" PRIu64 " changes and %" PRIu64 " refusals, "
			"there were %" PRIu64 " and %" PRIu64,
			ledger->changes, ledger->refusals, universe->changes, universe->refusals);
	if (ledger->sets_free != ledger->set_count - universe->differing)
		failure("sets", "%u record sets of %u are free, and pages differ in %zu blocks",
			ledger->sets_free, ledger->set_count, universe->differing);
}

void check_burst(struct universe *universe, const struct burst *burst, struct outcome *outcome)
{
	unsigned order[BURST_MAX];

	for (uint32_t i = 0; i < burst->count; i++) {
		unsigned at = i;

		for (; at > 0U && outcome[order[at - 1U]].position > outcome[i].position; at--)
			order[at] = order[at - 1U];
		order[at] = i;
	}
	for (uint32_t i = 0; i < burst->count; i++)
		check_action(universe, &burst->action[order[i]], &outcome[order[i]],
			     burst->count == 1U);
	check_quiet(universe);
	for (uint32_t i = 0; i < burst->count; i++)
		check_reach(universe, &burst->action[i]);
}

/* --- everything --- */

/* Devices in [at, end), without those that are off. */
static void append_devices(const struct universe *universe, struct extents *kinds, uint64_t at,
			   uint64_t end)
{
	while (at < end) {
		const uint8_t *view = universe_device(universe, at);
		uint64_t next = view != NULL ? at + PAGE : end;

		for (size_t i = 0; view == NULL && i < universe->windows; i++)
			if (universe->window[i].base > at && universe->window[i].base < next)
				next = universe->window[i].base;
		extents_append(kinds, at, next,
			       view == NULL || (*view & HOST_MAPPED) != 0U ? WALK_DEVICE
									   : WALK_NOTHING);
		at = next;
	}
}

/* What the host should find, as a list: RAM by the specification, devices below 4 GiB. */
static void expected_kinds(const struct universe *universe, struct extents *kinds)
{
	uint64_t top = 1ULL << universe->shape.ipa_bits, at = 0;

	memset(kinds, 0, sizeof(*kinds));
	for (size_t i = 0; i <= universe->banks; i++) {
		bool more = i < universe->banks;
		uint64_t base = more ? universe->bank[i].base : top;
		uint64_t devices = base < UNIVERSE_DEVICES_END ? base : UNIVERSE_DEVICES_END;

		if (at < devices) {
			append_devices(universe, kinds, at, devices);
			at = devices;
		}
		extents_append(kinds, at, base, WALK_NOTHING);
		if (!more)
			break;
		at = base;
		for (uint64_t page = 0; page < universe->bank[i].pages; page++, at += PAGE)
			extents_append(kinds, at, at + PAGE,
				       (universe->host_view[universe->bank[i].first + page] &
					HOST_MAPPED) != 0U
					   ? WALK_RAM
					   : WALK_NOTHING);
	}
}

/* Tables below the start level without which `kinds` cannot be said, itself included. */
static size_t fewest_tables(const struct extents *kinds, unsigned level, uint64_t base,
			    uint64_t limit)
{
	uint64_t span = walk_span(level);
	size_t tables = 1;

	for (uint64_t at = base, i = 0; level < 3U && i < 512U && at < limit; i++, at += span)
		if (!extents_uniform(kinds, at, at + span) ||
		    (level == 0U && extents_kind(kinds, at) != WALK_NOTHING))
			tables += fewest_tables(kinds, level + 1U, at, limit);
	return tables;
}

static void check_tables(const struct universe *universe)
{
	const struct stage2 *s2 = &universe->stage2;
	uint64_t top = 1ULL << universe->shape.ipa_bits;
	struct walk_registers registers = {.baddr = s2->root, .t0sz = s2->t0sz, .sl0 = s2->sl0};
	uint64_t one = walk_span(2U - s2->sl0) * 512U;
	size_t fewest = 0;
	struct extents kinds;
	struct walk walk;

	walk_start(&walk, &registers);
	if (walk.fault != NULL)
		failure("walk", "at 0x%" PRIx64 ": %s", walk.fault_base, walk.fault);
	expected_kinds(universe, &kinds);
	for (size_t i = 0; i < kinds.count || i < walk.kinds.count; i++)
		if (i >= kinds.count || i >= walk.kinds.count ||
		    kinds.list[i].base != walk.kinds.list[i].base ||
		    kinds.list[i].end != walk.kinds.list[i].end ||
		    kinds.list[i].kind != walk.kinds.list[i].kind)
			failure("walk", "the tables differ from the specification at 0x%" PRIx64,
				i < kinds.count ? kinds.list[i].base : top);
	for (uint64_t base = 0; base < top; base += one)
		fewest += fewest_tables(&kinds, 2U - s2->sl0, base, top);
	/* pages of the pool that lie before an aligned root are free, not lost */
	if (walk.table_count != fewest || s2->pool_pages - s2->free != fewest)
		failure("walk", "%zu page tables are walked, %u in use, %zu needed",
			walk.table_count, s2->pool_pages - s2->free, fewest);
	extents_free(&kinds);
	walk_free(&walk);
}

void check_all(struct universe *universe)
{
	uint64_t page;
	const char *broken = ledger_check(&universe->ledger, &page);

	check_counts.full++;
	if (broken != NULL)
		failure("self", "page 0x%" PRIx64 ": %s", page, broken);
	for (size_t i = 0; i < universe->pages; i++)
		if (!model_page_sound(&universe->model_pages[i]))
			failure("model", "page %zu is in a state that there is not", i);
	for (size_t i = 0; i < universe->banks; i++)
		check_pages(universe, &universe->bank[i], universe->bank[i].base,
			    universe_bank_end(&universe->bank[i]));
	check_devices(universe);
	check_tables(universe);
	check_quiet(universe);
}
