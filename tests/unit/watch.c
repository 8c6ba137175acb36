/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "watch.h"

#define ENTRIES 512U
#define PAGE    4096ULL
#define NT      (1ULL << 16)

enum stale {
	FRESH,
	STALE
};

struct page_state {
	bool live; /* a walker can get here */
	bool held; /* not any more, but one that was here before still can */
	uint64_t base;
	unsigned level;
};

static struct {
	struct walk_registers registers;
	enum watch_level level;
	size_t pages;
	uint8_t *seen; /* table memory at the last moment */
	struct page_state state[WATCH_PAGES];
	/* where a TLB may still hold what a descriptor said before it became invalid */
	struct extents stale;
	uint64_t stale_base, stale_end; /* not yet in `stale` */
	const char *fault;
	uint64_t fault_base;
} watch;

static const uint64_t *words(const uint8_t *memory, size_t page)
{
	return (const uint64_t *)(const void *)(memory + page * PAGE);
}

static bool changed(size_t page)
{
	return memcmp(words(fake.memory, page), words(watch.seen, page), PAGE) != 0;
}

static void object(const char *fault, uint64_t base)
{
	if (watch.fault == NULL) {
		watch.fault = fault;
		watch.fault_base = base;
	}
}

static void stale_flush(void)
{
	if (watch.stale_base != watch.stale_end)
		extents_set(&watch.stale, watch.stale_base, watch.stale_end, STALE);
	watch.stale_base = watch.stale_end = 0;
}

static void stale_add(uint64_t base, uint64_t end)
{
	if (watch.stale_end != base)
		stale_flush();
	if (watch.stale_base == watch.stale_end)
		watch.stale_base = base;
	watch.stale_end = end;
}

static bool stale_any(uint64_t base, uint64_t end)
{
	stale_flush();
	return !extents_uniform(&watch.stale, base, end) ||
	       extents_kind(&watch.stale, base) == STALE;
}

/* Which pages a walker reaches now; new ones must have been complete at the last moment. */
static void follow_pages(bool first)
{
	bool reached[WATCH_PAGES] = {false};
	struct walk walk;

	walk_start(&walk, &watch.registers);
	if (walk.fault != NULL)
		object(walk.fault, walk.fault_base);
	for (size_t i = 0; i < walk.table_count && walk.fault == NULL; i++) {
		size_t page = (walk.tables[i].page - fake.memory_base) / PAGE;
		struct page_state *state = &watch.state[page];

		reached[page] = true;
		if (!state->live && !first) {
			if (state->held)
				object("a table is used again before it was invalidated",
				       walk.tables[i].base);
			if (changed(page))
				object("a table is linked before its content was published",
				       walk.tables[i].base);
		}
		*state =
		    (struct page_state){true, false, walk.tables[i].base, walk.tables[i].level};
	}
	for (size_t page = 0; page < watch.pages; page++) {
		struct page_state *state = &watch.state[page];

		if (state->live && !reached[page]) {
			state->live = false;
			state->held = true;
		}
	}
	walk_free(&walk);
}

static bool is_table(uint64_t descriptor)
{
	return (descriptor & 2U) != 0U;
}

/* Does `table` map what `block`, a descriptor of `level`, does? Its words are in `memory`. */
static bool same_mapping(uint64_t block, uint64_t table, const uint8_t *memory, unsigned level)
{
	uint64_t address = table & 0x0000fffffffff000ULL, leaf = block & ~NT;
	const uint64_t *leaves;

	if (address < fake.memory_base || address - fake.memory_base >= watch.pages * PAGE)
		return false;
	leaves = words(memory, (address - fake.memory_base) / PAGE);
	for (unsigned i = 0; i < ENTRIES; i++)
		if (leaves[i] != (leaf + i * walk_span(level + 1U)) + (level == 2U ? 2U : 0U))
			return false;
	return true;
}

/* Both are valid: the same mappings in another size, by a step that the CPUs can bear? */
static bool resized(uint64_t old, uint64_t now, unsigned level, uint64_t base)
{
	bool fresh = !stale_any(base, base + walk_span(level));

	if (level == 3U || (is_table(old) && is_table(now)))
		return false;
	if (!is_table(old) && !is_table(now))
		return watch.level == WATCH_NT && (old ^ now) == NT && (fresh || (now & NT) != 0U);
	if (is_table(old))
		return ((now & NT) != 0U) == (watch.level == WATCH_NT) &&
		       same_mapping(now, old, watch.seen, level);
	return ((old & NT) != 0U) == (watch.level == WATCH_NT) &&
	       (fresh || watch.level == WATCH_DIRECT) && same_mapping(old, now, fake.memory, level);
}

static void compare_entry(size_t page, unsigned index)
{
	const struct page_state *state = &watch.state[page];
	uint64_t old = words(watch.seen, page)[index], now = words(fake.memory, page)[index];
	uint64_t base = state->base + index * walk_span(state->level);
	uint64_t end = base + walk_span(state->level);

	if (old == now)
		return;
	if ((old & 1U) != 0U && (now & 1U) != 0U) {
		if (watch.level == WATCH_BREAK || !resized(old, now, state->level, base))
			object("a valid descriptor replaced by a valid one", base);
		stale_add(base, end);
	} else if ((old & 1U) != 0U) {
		stale_add(base, end);
	} else if ((now & 1U) != 0U && state->held) {
		object("a descriptor made valid in a table that is no longer linked", base);
	} else if ((now & 1U) != 0U && stale_any(base, end)) {
		object("a descriptor made valid before the old one was invalidated", base);
	}
}

/* True when a table that walkers use has changed. */
static bool compare_pages(void)
{
	bool any = false;

	for (size_t page = 0; page < watch.pages; page++) {
		if (!watch.state[page].live && !watch.state[page].held)
			continue;
		if (!changed(page))
			continue;
		any = true;
		for (unsigned index = 0; index < ENTRIES; index++)
			compare_entry(page, index);
	}
	stale_flush();
	return any;
}

static void release_pages(void)
{
	for (size_t page = 0; page < watch.pages; page++) {
		struct page_state *state = &watch.state[page];

		if (state->held &&
		    !stale_any(state->base, state->base + walk_span(state->level) * ENTRIES))
			state->held = false;
	}
}

static void moment(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	bool any = compare_pages();

	(void)context;
	if (invalidates) {
		if (((base | size) & (PAGE - 1U)) != 0U || size == 0U)
			object("invalidation of no whole pages", base);
		else
			extents_set(&watch.stale, base, base + size, FRESH);
	}
	if (any)
		follow_pages(false);
	release_pages();
	memcpy(watch.seen, fake.memory, watch.pages * PAGE);
}

void watch_start(const struct walk_registers *registers, enum watch_level level)
{
	memset(&watch, 0, sizeof(watch));
	watch.registers = *registers;
	watch.registers.changing = level == WATCH_NT;
	watch.level = level;
	watch.pages = fake.memory_size / PAGE;
	assert_true(watch.pages <= WATCH_PAGES);
	watch.seen = malloc(watch.pages * PAGE);
	assert_non_null(watch.seen);
	memcpy(watch.seen, fake.memory, watch.pages * PAGE);
	extents_start(&watch.stale, 1ULL << (64U - registers->t0sz));
	follow_pages(true);
	fake.tables = moment;
}

void watch_end(void)
{
	fake.tables = NULL;
	extents_free(&watch.stale);
	free(watch.seen);
	watch.seen = NULL;
}

bool watch_untouched(void)
{
	return memcmp(watch.seen, fake.memory, watch.pages * PAGE) == 0;
}

void watch_settle(void)
{
	if (watch.fault != NULL)
		fail_msg("at 0x%llx: %s", (unsigned long long)watch.fault_base, watch.fault);
	for (size_t page = 0; page < watch.pages; page++)
		if (watch.state[page].live && changed(page))
			fail_msg("table at 0x%llx: written after the last publication",
				 (unsigned long long)watch.state[page].base);
	for (size_t i = 0; i < watch.stale.count; i++)
		if (watch.stale.list[i].kind == STALE)
			fail_msg("0x%llx-0x%llx: not invalidated",
				 (unsigned long long)watch.stale.list[i].base,
				 (unsigned long long)watch.stale.list[i].end);
	/* the pool's free list is written at any time */
	memcpy(watch.seen, fake.memory, watch.pages * PAGE);
}
