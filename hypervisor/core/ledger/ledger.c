// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/ledger.h"

#include <string.h>

#include "core/ledger/block.h"
#include "core/machine.h"
#include "core/stage2/host.h"

#define SETS_MAX 0xffffffU /* numbers have three bytes */

static struct ledger_answer refuse(enum ledger_status status, enum ledger_rule rule, uint64_t page)
{
	return (struct ledger_answer){.status = status, .rule = rule, .page = page};
}

/* The rule that a page of `record` breaks for this change. */
static enum ledger_rule page_rule(struct ledger_record record, const struct ledger_change *change)
{
	if (record.owner != change->expect.owner)
		return LEDGER_RULE_OWNER;
	if (record.state != change->expect.state)
		return LEDGER_RULE_STATE;
	if (record.borrower != change->expect.borrower)
		return LEDGER_RULE_BORROWER;
	if (change->pin == 0)
		return record.pins == 0U ? LEDGER_RULE_NONE : LEDGER_RULE_PINNED;
	if (change->pin > 0)
		return record.pins < LEDGER_PINS_MAX ? LEDGER_RULE_NONE : LEDGER_RULE_PINS;
	return record.pins > 0U ? LEDGER_RULE_NONE : LEDGER_RULE_PINS;
}

/* First page of `part` that refuses the change. */
static struct ledger_answer check_part(const struct ledger *ledger, const struct ledger_part *part,
				       const struct ledger_change *change)
{
	enum ledger_rule rule;

	if (!ledger_entry_split(*part->entry)) {
		rule = page_rule(ledger_entry_record(*part->entry), change);
		return refuse(rule == LEDGER_RULE_NONE ? LEDGER_OK : LEDGER_DENIED, rule,
			      part->base);
	}
	const struct ledger_record *records =
	    ledger_set(ledger, ledger_entry_set(*part->entry)) + part->first;
	const struct ledger_record *record = records, *end = records + part->pages;
	struct ledger_record fitting = change->expect;

	/* one comparison a page, as long as they fit; what does not is looked at by rule */
	fitting.pins = 0;
	if (change->pin == 0)
		while (record < end && ledger_record_equal(*record, fitting))
			record++;
	for (; record < end; record++) {
		rule = page_rule(*record, change);
		if (rule != LEDGER_RULE_NONE)
			return refuse(LEDGER_DENIED, rule,
				      part->base + (uint64_t)(record - records) * LEDGER_PAGE);
	}
	return refuse(LEDGER_OK, LEDGER_RULE_NONE, part->base);
}

/* Whole range: every page fits, and there are record sets for the blocks that will be split. */
static struct ledger_answer check(const struct ledger *ledger, const struct ledger_region *region,
				  const struct ledger_change *change)
{
	uint64_t end = change->base + change->size;
	uint32_t sets = 0;

	for (uint64_t at = change->base; at < end;) {
		struct ledger_part part = ledger_part(ledger, region, at, end);
		struct ledger_answer answer = check_part(ledger, &part, change);

		if (answer.status != LEDGER_OK)
			return answer;
		if (!part.whole && !ledger_entry_split(*part.entry))
			sets++;
		at += part.size;
	}
	if (sets > ledger->sets_free)
		return refuse(LEDGER_NO_MEMORY, LEDGER_RULE_SETS, change->base);
	return refuse(LEDGER_OK, LEDGER_RULE_NONE, change->base);
}

/* `set` and `pin` of a change, copied: the compiler cannot know that no record lies in them. */
static struct ledger_record changed(struct ledger_record record, struct ledger_record set, int pin)
{
	set.pins = (uint8_t)(record.pins + pin);
	return set;
}

/* `count` is not 0. */
static void change_records(struct ledger_record *records, unsigned count, struct ledger_record set,
			   int pin)
{
	records[0] = changed(records[0], set, pin);
	/* without pins they all become the same, copied in one piece */
	for (unsigned i = 1; i < count; i++)
		records[i] = pin == 0 ? records[0] : changed(records[i], set, pin);
}

/* All that the block at `at` has in its region. */
static struct ledger_part block_of(const struct ledger *ledger, const struct ledger_region *region,
				   uint64_t at)
{
	uint64_t block = at & ~(LEDGER_BLOCK - 1U);

	return ledger_part(ledger, region, block < region->base ? region->base : block,
			   region->base + region->size);
}

static bool untouched(struct ledger_record record)
{
	return ledger_record_equal(record, ledger_untouched());
}

static unsigned count_untouched(const struct ledger_record *records, unsigned count)
{
	unsigned found = 0;

	for (unsigned i = 0; i < count; i++)
		found += untouched(records[i]) ? 1U : 0U;
	return found;
}

/* `pages` of a set, all without pins, have gone from one record to another. */
static void recount(struct ledger *ledger, uint32_t set, unsigned pages, struct ledger_record from,
		    struct ledger_record to)
{
	unsigned count = ledger->untouched[set];

	count -= untouched(from) ? pages : 0U;
	count += untouched(to) ? pages : 0U;
	ledger->untouched[set] = (uint16_t)count;
}

/* If all pages of the block agree, its entry says it and the set goes back. */
static void join(struct ledger *ledger, const struct ledger_region *region, uint64_t at)
{
	struct ledger_part part = block_of(ledger, region, at);
	const struct ledger_record *records;
	uint32_t set;

	if (!ledger_entry_split(*part.entry))
		return;
	set = ledger_entry_set(*part.entry);
	records = ledger_set(ledger, set) + part.first;
	if (ledger->untouched[set] == part.pages) {
		ledger_block_join(ledger, part.entry, ledger_untouched());
		return;
	}
	/* some are, or a block whose pages differ shows it at its ends, as most do */
	if (ledger->untouched[set] != 0U ||
	    !ledger_record_equal(records[0], records[part.pages - 1U]))
		return;
	for (unsigned i = 1; i < part.pages; i++)
		if (!ledger_record_equal(records[i], records[0]))
			return;
	ledger_block_join(ledger, part.entry, records[0]);
}

/* A part of a block, or pins of pages that differ in theirs. */
static void commit_part(struct ledger *ledger, const struct ledger_region *region,
			const struct ledger_part *part, const struct ledger_change *change)
{
	struct ledger_record *records =
	    ledger_entry_split(*part->entry)
		? ledger_set(ledger, ledger_entry_set(*part->entry))
		: ledger_block_split(ledger, part->entry,
				     block_of(ledger, region, part->base).pages);
	uint32_t set = ledger_entry_set(*part->entry);
	struct ledger_record from = change->expect, to = change->set;
	unsigned before;

	records += part->first;
	if (change->pin == 0) {
		from.pins = to.pins = 0;
		change_records(records, part->pages, to, 0);
		recount(ledger, set, part->pages, from, to);
		return;
	}
	before = count_untouched(records, part->pages);
	change_records(records, part->pages, to, change->pin);
	ledger->untouched[set] =
	    (uint16_t)(ledger->untouched[set] - before + count_untouched(records, part->pages));
}

/* Everything was checked: nothing here can fail. */
static void commit(struct ledger *ledger, const struct ledger_region *region,
		   const struct ledger_change *change, bool keep)
{
	uint64_t end = change->base + change->size;
	struct ledger_record set = change->set;
	int pin = change->pin;

	for (uint64_t at = change->base; at < end;) {
		struct ledger_part part = ledger_part(ledger, region, at, end);

		if (part.whole && !ledger_entry_split(*part.entry))
			*part.entry = changed(ledger_entry_record(*part.entry), set, pin);
		else
			commit_part(ledger, region, &part, change);
		at += part.size;
	}
	if (keep)
		return;
	join(ledger, region, change->base);
	if (((end - 1U) ^ change->base) >= LEDGER_BLOCK)
		join(ledger, region, end - 1U);
}

static void remember(struct ledger *ledger, const struct ledger_change *change)
{
	ledger->changes++;
	ledger->history[ledger->changes % LEDGER_HISTORY] = (struct ledger_event){
	    .number = ledger->changes,
	    .time = machine_counter(),
	    .base = change->base,
	    .size = change->size,
	    .from = change->expect,
	    .to = change->set,
	    .cause = change->cause,
	    .cpu = machine_cpu(),
	};
}

static enum stage2_kind host_kind(struct ledger_record record)
{
	return ledger_record_access(record, LEDGER_HOST) ? STAGE2_RAM : STAGE2_NONE;
}

/* Stage 2 follows; it checks its own reserve before it changes anything. */
static bool follow(struct ledger *ledger, const struct ledger_change *change)
{
	enum stage2_kind before = host_kind(change->expect), after = host_kind(change->set);

	if (ledger->stage2 == NULL || before == after)
		return true;
	return host_memory_set(ledger->stage2, change->base, change->size, after) == STAGE2_OK;
}

static struct ledger_answer apply_locked(struct ledger *ledger, const struct ledger_change *change,
					 bool keep)
{
	const struct ledger_region *region = ledger_region_of(ledger, change->base, change->size);
	struct ledger_answer answer;

	if (region == NULL) {
		region = ledger_region_of(ledger, change->base, LEDGER_PAGE);
		return refuse(LEDGER_INVALID, LEDGER_RULE_RAM,
			      region == NULL ? change->base : region->base + region->size);
	}
	answer = check(ledger, region, change);
	if (answer.status != LEDGER_OK)
		return answer;
	if (!follow(ledger, change))
		return refuse(LEDGER_NO_MEMORY, LEDGER_RULE_TABLES, change->base);
	commit(ledger, region, change, keep);
	return answer;
}

/* Not empty, whole pages, and does not wrap. */
static bool well_formed(const struct ledger_change *change)
{
	return change->size != 0UL && ((change->base | change->size) & (LEDGER_PAGE - 1U)) == 0UL &&
	       change->base + change->size >= change->base;
}

struct ledger_answer ledger_apply(struct ledger *ledger, const struct ledger_change *change)
{
	struct ledger_answer answer;

	if (!well_formed(change))
		return refuse(LEDGER_INVALID, LEDGER_RULE_RANGE, change->base);
	lock_take(&ledger->lock);
	answer = apply_locked(ledger, change, false);
	if (answer.status == LEDGER_OK)
		remember(ledger, change);
	else
		ledger->refusals++;
	lock_release(&ledger->lock);
	return answer;
}

/* --- lists of ranges --- */

/* The records of a split block, in which many ranges of a list may lie. */
struct window {
	const struct ledger_region *region;
	uint64_t base;
	uint64_t size; /* 0: there is none */
	struct ledger_record *records;
	uint32_t set;     /* whose they are */
	uint32_t changed; /* pages that went from the one record to the other */
};

typedef uint32_t __attribute__((may_alias)) record_word;

static void window_close(struct ledger *ledger, struct window *window,
			 const struct ledger_change *change, bool keep)
{
	struct ledger_record from = change->expect, to = change->set;

	if (window->changed == 0U)
		return;
	from.pins = to.pins = 0;
	recount(ledger, window->set, window->changed, from, to);
	if (!keep)
		join(ledger, window->region, window->base);
	window->changed = 0;
}

/* On the block of `page`, if that is split. */
static void window_open(const struct ledger *ledger, struct window *window, uint64_t page)
{
	const struct ledger_region *region = ledger_region_of(ledger, page, LEDGER_PAGE);
	struct ledger_part part;

	*window = (struct window){.size = 0};
	if (region == NULL)
		return;
	part = block_of(ledger, region, page);
	if (!ledger_entry_split(*part.entry))
		return;
	*window = (struct window){
	    .region = region,
	    .base = part.base,
	    .size = part.size,
	    .records = ledger_set(ledger, ledger_entry_set(*part.entry)) + part.first,
	    .set = ledger_entry_set(*part.entry),
	};
}

/*
 * Change the ranges at the front of the list that lie in the window and have all of their pages as
 * expected; how many they are.
 */
static uint32_t window_change(struct window *window, const struct ledger_range *ranges,
			      uint32_t count, struct ledger_record expect, struct ledger_record set)
{
	const uint64_t base = window->base, size = window->size;
	struct ledger_record *records = window->records;
	uint32_t done = 0, changed = 0;
	record_word word;

	memcpy(&word, &set, sizeof(word)); /* for stores in one piece */
	for (; done < count; done++) {
		uint64_t offset = ranges[done].base - base;
		uint32_t pages = ranges[done].pages;
		struct ledger_record *record, *at, *end;

		if (offset >= size || (offset & (LEDGER_PAGE - 1U)) != 0UL ||
		    pages - 1UL >= (size - offset) / LEDGER_PAGE)
			break;
		record = records + offset / LEDGER_PAGE;
		end = record + pages;
		at = record;
		while (ledger_record_equal(*at, expect) && at + 1 < end)
			at++;
		if (!ledger_record_equal(*at, expect))
			break;
		do
			*(record_word *)record++ = word;
		while (record < end);
		changed += pages;
	}
	window->changed = changed;
	return done;
}

static struct ledger_change change_of(const struct ledger_change *change,
				      const struct ledger_range *range)
{
	struct ledger_change one = *change;

	one.base = range->base;
	one.size = range->pages * LEDGER_PAGE;
	return one;
}

/* Backwards: each step finds the record sets and page tables that were there before it. */
static void undo_ranges(struct ledger *ledger, const struct ledger_range *ranges, uint32_t count,
			const struct ledger_change *change)
{
	struct ledger_change reverse = *change;

	reverse.expect = change->set;
	reverse.set = change->expect;
	reverse.pin = -change->pin;
	while (count-- > 0U) {
		struct ledger_change one = change_of(&reverse, &ranges[count]);
		struct ledger_answer answer = apply_locked(ledger, &one, false);

		INVARIANT(answer.status == LEDGER_OK);
	}
}

static struct ledger_answer apply_ranges(struct ledger *ledger, const struct ledger_range *ranges,
					 uint32_t count, const struct ledger_change *change,
					 bool keep, uint32_t *refused)
{
	/* pages whose records alone change, and all in the same way */
	bool plain = change->pin == 0 && (ledger->stage2 == NULL ||
					  host_kind(change->expect) == host_kind(change->set));
	struct ledger_record expect = change->expect, set = change->set;
	struct window window = {.size = 0};

	expect.pins = 0;
	set.pins = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct ledger_change one;
		struct ledger_answer answer;

		if (plain) {
			window_open(ledger, &window, ranges[i].base);
			i += window_change(&window, &ranges[i], count - i, expect, set);
			window_close(ledger, &window, change, keep);
			if (i == count)
				break;
		}
		one = change_of(change, &ranges[i]);
		answer = well_formed(&one) ? apply_locked(ledger, &one, keep)
					   : refuse(LEDGER_INVALID, LEDGER_RULE_RANGE, one.base);
		if (answer.status != LEDGER_OK) {
			*refused = i;
			undo_ranges(ledger, ranges, i, change);
			return answer;
		}
	}
	return refuse(LEDGER_OK, LEDGER_RULE_NONE, 0);
}

static void remember_ranges(struct ledger *ledger, const struct ledger_range *ranges,
			    uint32_t count, const struct ledger_change *change)
{
	uint32_t first = count > LEDGER_HISTORY_OF ? count - LEDGER_HISTORY_OF : 0U;

	for (uint32_t i = first; i < count; i++) {
		struct ledger_change one = change_of(change, &ranges[i]);

		remember(ledger, &one);
	}
}

struct ledger_answer ledger_apply_ranges(struct ledger *ledger, const struct ledger_range *ranges,
					 uint32_t count, const struct ledger_change *change,
					 bool keep, uint32_t *refused)
{
	struct ledger_answer answer;

	lock_take(&ledger->lock);
	answer = apply_ranges(ledger, ranges, count, change, keep, refused);
	if (answer.status == LEDGER_OK)
		remember_ranges(ledger, ranges, count, change);
	else
		ledger->refusals++;
	lock_release(&ledger->lock);
	return answer;
}

struct ledger_answer ledger_assign(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner)
{
	struct stage2 *stage2 = ledger->stage2;
	struct ledger_change change = {
	    .base = base,
	    .size = size,
	    .expect = {.owner = LEDGER_HOST},
	    .set = {.owner = (uint8_t)owner},
	    .pin = 1,
	};
	struct ledger_answer answer;

	ledger->stage2 = NULL; /* never mapped */
	answer = ledger_apply(ledger, &change);
	ledger->stage2 = stage2;
	return answer;
}

/* --- set-up --- */

static uint32_t region_entries(const struct ledger_region *region)
{
	uint64_t first = region->base / LEDGER_BLOCK;
	uint64_t last = (region->base + region->size - 1U) / LEDGER_BLOCK;

	return (uint32_t)(last - first + 1U);
}

uint64_t ledger_entries_size(const struct ledger_region *regions, unsigned count)
{
	uint64_t entries = 0;

	for (unsigned i = 0; i < count; i++)
		entries += region_entries(&regions[i]);
	return (entries * sizeof(struct ledger_record) + LEDGER_PAGE - 1U) & ~(LEDGER_PAGE - 1U);
}

bool ledger_init(struct ledger *ledger, struct stage2 *stage2, uint64_t base, uint64_t size)
{
	uint64_t entries_size = ledger_entries_size(ledger->region, ledger->region_count);
	uint64_t sets;

	if (entries_size > size)
		return false;
	ledger->stage2 = stage2;
	ledger->entry_count = 0;
	for (unsigned i = 0; i < ledger->region_count; i++) {
		ledger->region[i].first = ledger->entry_count;
		ledger->entry_count += region_entries(&ledger->region[i]);
	}
	ledger->entry = machine_table(base);
	machine_memory_empty(ledger->entry, entries_size);
	sets = (size - entries_size) / LEDGER_SET_ROOM;
	ledger->sets_base = base + entries_size;
	ledger->set_count = sets < SETS_MAX ? (uint32_t)sets : SETS_MAX;
	ledger->untouched =
	    machine_table(ledger->sets_base + (uint64_t)ledger->set_count * LEDGER_SET);
	ledger->sets_fresh = 0;
	ledger->sets_free = ledger->set_count;
	ledger->sets_list = LEDGER_NO_SET;
	return true;
}
