// SPDX-License-Identifier: Apache-2.0
#include "core/stage2/stage2.h"

#include <string.h>

#include "core/machine.h"
#include "core/stage2/descriptor.h"

/* One address range on its way through the tables. */
struct span {
	uint64_t base;
	uint64_t end; /* exclusive */
};

static struct descriptor *table_at(uint64_t physical)
{
	return machine_table(physical);
}

/*
 * The store is single and in program order with the calls to machine_*() around it: a walker on
 * another CPU sees the old descriptor or the new one, never half of each.
 */
static void entry_write(struct descriptor *entry, struct descriptor value)
{
	__atomic_store_n(&entry->raw, value.raw, __ATOMIC_RELEASE);
}

/* Index of `address` in the table of `level`; concatenated roots make one long start table. */
static unsigned slot(const struct stage2 *s2, uint64_t address, unsigned level)
{
	uint64_t index = address / descriptor_span(level);

	if (level > s2->start_level)
		index %= STAGE2_ENTRIES;
	return (unsigned)index;
}

/* Part of `span` that lies under the descriptor of `level` at `address`. */
static struct span clip(struct span span, uint64_t address, unsigned level)
{
	uint64_t size = descriptor_span(level);
	uint64_t base = address & ~(size - 1U);
	struct span part = {span.base > base ? span.base : base,
			    span.end < base + size ? span.end : base + size};

	return part;
}

static bool covers(struct span part, unsigned level)
{
	return part.end - part.base == descriptor_span(level);
}

/*
 * Entries from `part` on that `span`, which lies in one table, covers whole; `part` is the first. A
 * table has 512 of them, and what is mapped at boot is mostly such runs.
 */
static uint64_t whole_entries(struct span span, struct span part, unsigned level)
{
	return (span.end - part.base) / descriptor_span(level);
}

/* A leaf may stand at this level: no blocks at level 0. */
static bool leaf_level(unsigned level)
{
	return level >= 1U;
}

/* --- pool --- */

/* Never fails: stage2_set() has counted before it starts. */
static uint64_t pool_take(struct stage2 *s2)
{
	uint64_t page = s2->free_list;

	INVARIANT(s2->free > 0U);
	s2->free--;
	if (page != 0UL) {
		s2->free_list = table_at(page)->raw;
		return page;
	}
	page = s2->pool_base + (uint64_t)s2->fresh * STAGE2_PAGE;
	s2->fresh++;
	return page;
}

/* No walker can reach `page` any more. */
static void pool_give(struct stage2 *s2, uint64_t page)
{
	table_at(page)->raw = s2->free_list;
	s2->free_list = page;
	s2->free++;
}

/*
 * What the TLB maintenance of a change still has to cover before it is over.
 *
 * `unhooked`: tables that were taken away but that a walker may still be in: linked through their
 * first word, which, an aligned address, is an invalid descriptor to such a walker.
 */
struct debt {
	struct span stale;
	uint64_t unhooked;
};

static void unhook(struct debt *debt, uint64_t table)
{
	entry_write(table_at(table), (struct descriptor){debt->unhooked});
	debt->unhooked = table;
}

static void unhook_tree(struct debt *debt, uint64_t table, unsigned level)
{
	if (level < STAGE2_LEVEL_LAST) {
		struct descriptor *entries = table_at(table);

		for (unsigned i = 0; i < STAGE2_ENTRIES; i++)
			if (descriptor_is_table(entries[i], level))
				unhook_tree(debt, descriptor_address(entries[i]), level + 1U);
	}
	unhook(debt, table);
}

/* No CPU uses what was changed any more. */
static void settle(struct stage2 *s2, struct debt *debt)
{
	machine_stage2_invalidate(debt->stale.base, debt->stale.end - debt->stale.base);
	while (debt->unhooked != 0UL) {
		uint64_t page = debt->unhooked;

		debt->unhooked = table_at(page)->raw;
		pool_give(s2, page);
	}
}

/* --- counting: how many tables would a change take --- */

/* As if a whole table of `kind` stood at `level`: tables below it that `span` needs. */
static unsigned count_uniform(struct span span, unsigned level, enum stage2_kind from,
			      enum stage2_kind to)
{
	unsigned tables = 0;

	if (from == to)
		return 0;
	for (uint64_t at = span.base; at < span.end;) {
		struct span part = clip(span, at, level);

		if (!leaf_level(level) || !covers(part, level))
			tables += 1U + count_uniform(part, level + 1U, from, to);
		at = part.end;
		/* whole blocks in the middle need nothing: go to the last, partial one */
		if (leaf_level(level) && at < span.end) {
			uint64_t last = span.end & ~(descriptor_span(level) - 1U);

			at = last > at ? last : at;
		}
	}
	return tables;
}

static unsigned count(const struct stage2 *s2, const struct descriptor *table, unsigned level,
		      struct span span, enum stage2_kind to)
{
	unsigned tables = 0;

	for (uint64_t at = span.base; at < span.end;) {
		struct span part = clip(span, at, level);
		struct descriptor entry = table[slot(s2, at, level)];

		if (!leaf_level(level) || !covers(part, level)) {
			if (descriptor_is_table(entry, level))
				tables += count(s2, table_at(descriptor_address(entry)), level + 1U,
						part, to);
			else if (descriptor_kind(entry) != to)
				tables += 1U + count_uniform(part, level + 1U,
							     descriptor_kind(entry), to);
		}
		at = part.end;
		/* whole entries take no table: go to the last, partial one */
		if (leaf_level(level) && at < span.end) {
			uint64_t last = span.end & ~(descriptor_span(level) - 1U);

			at = last > at ? last : at;
		}
	}
	return tables;
}

/* --- changing --- */

/*
 * What is mapped by one block at `entry`, or by a table of the same mappings, shall be mapped by
 * the other. Before it is written: nothing that a TLB keeps is left of the old size, unless the
 * CPUs can bear both at a time.
 */
static void resize_begin(const struct stage2 *s2, struct descriptor *entry, struct descriptor block,
			 struct span span)
{
	if (s2->bbm == STAGE2_BBM_DIRECT)
		return;
	if (s2->bbm == STAGE2_BBM_NT)
		block.raw |= DESCRIPTOR_NT;
	else
		block = descriptor_none();
	entry_write(entry, block);
	machine_stage2_invalidate(span.base, span.end - span.base);
}

/* `entry`, which is invalid or maps what the table at `page` does, leads there from now on. */
static struct descriptor *table_link(struct descriptor *entry, uint64_t page)
{
	entry_write(entry, descriptor_table(page));
	machine_table_publish();
	return table_at(page);
}

/* An empty table in the place of an invalid entry. */
static struct descriptor *table_add(struct stage2 *s2, struct descriptor *entry)
{
	uint64_t page = pool_take(s2);

	memset(table_at(page), 0, STAGE2_PAGE);
	machine_table_publish(); /* the table's content before the descriptor that leads to it */
	return table_link(entry, page);
}

/*
 * A table of the same mappings in the place of a block. On CPUs with FEAT_BBM `debt` grows by the
 * block, since a TLB may hold parts of it in both sizes by now.
 */
static struct descriptor *block_split(struct stage2 *s2, struct descriptor *entry, uint64_t address,
				      unsigned level, struct debt *debt)
{
	uint64_t page = pool_take(s2), size = descriptor_span(level);
	uint64_t base = address & ~(size - 1U);
	struct descriptor *table = table_at(page);
	struct descriptor leaf = descriptor_leaf(base, level + 1U, descriptor_kind(*entry));

	for (unsigned i = 0; i < STAGE2_ENTRIES; i++) {
		entry_write(&table[i], leaf);
		leaf.raw += descriptor_span(level + 1U);
	}
	machine_table_publish();
	resize_begin(s2, entry, *entry, (struct span){base, base + size});
	if (s2->bbm != STAGE2_BBM_BREAK) {
		if (base < debt->stale.base)
			debt->stale.base = base;
		if (base + size > debt->stale.end)
			debt->stale.end = base + size;
	}
	return table_link(entry, page);
}

/*
 * First half: make invalid whatever in `span` is valid and not `keep`. True when something was.
 * Tables that the span covers whole are unhooked.
 */
static bool clear(struct stage2 *s2, struct descriptor *table, unsigned level, struct span span,
		  enum stage2_kind keep, struct debt *debt)
{
	bool changed = false;

	for (uint64_t at = span.base; at < span.end;) {
		struct span part = clip(span, at, level);
		struct descriptor *entry = &table[slot(s2, at, level)];

		at = part.end;
		if (!descriptor_valid(*entry)) {
			uint64_t count = whole_entries(span, part, level), i = 1;

			while (i < count && !descriptor_valid(entry[i]))
				i++;
			at += (i - 1U) * descriptor_span(level);
			continue;
		}
		if (descriptor_is_table(*entry, level)) {
			uint64_t below = descriptor_address(*entry);

			/* for nothing, the table goes even where no block could take its place */
			if (covers(part, level) && (leaf_level(level) || keep == STAGE2_NONE)) {
				entry_write(entry, descriptor_none());
				unhook_tree(debt, below, level + 1U);
				changed = true;
			} else {
				changed |= clear(s2, table_at(below), level + 1U, part, keep, debt);
			}
			continue;
		}
		if (descriptor_kind(*entry) == keep)
			continue;
		if (covers(part, level)) {
			uint64_t count = whole_entries(span, part, level), i = 1;
			struct descriptor leaf = *entry;

			entry_write(entry, descriptor_none());
			/* leaves of the same kind, one after the other */
			for (; i < count; i++) {
				leaf.raw += descriptor_span(level);
				if (entry[i].raw != leaf.raw)
					break;
				entry_write(&entry[i], descriptor_none());
			}
			at += (i - 1U) * descriptor_span(level);
			changed = true;
		} else {
			changed |= clear(s2, block_split(s2, entry, part.base, level, debt),
					 level + 1U, part, keep, debt);
		}
	}
	return changed;
}

/* Second half: everything in `span` is invalid or `kind` already. True when something was written.
 */
static bool fill(struct stage2 *s2, struct descriptor *table, unsigned level, struct span span,
		 enum stage2_kind kind)
{
	bool changed = false;

	for (uint64_t at = span.base; at < span.end;) {
		struct span part = clip(span, at, level);
		struct descriptor *entry = &table[slot(s2, at, level)];

		at = part.end;
		if (descriptor_is_table(*entry, level)) {
			changed |=
			    fill(s2, table_at(descriptor_address(*entry)), level + 1U, part, kind);
		} else if (descriptor_valid(*entry)) {
			continue;
		} else if (leaf_level(level) && covers(part, level)) {
			uint64_t count = whole_entries(span, part, level), i = 1;
			struct descriptor leaf = descriptor_leaf(part.base, level, kind);

			entry_write(entry, leaf);
			for (; i < count && !descriptor_valid(entry[i]); i++) {
				leaf.raw += descriptor_span(level);
				entry_write(&entry[i], leaf);
			}
			at += (i - 1U) * descriptor_span(level);
			changed = true;
		} else {
			changed |= fill(s2, table_add(s2, entry), level + 1U, part, kind);
		}
	}
	return changed;
}

/* Kind of a table whose entries are all leaves of one kind, or all invalid; false otherwise. */
static bool uniform(const struct descriptor *table, unsigned level, enum stage2_kind *kind)
{
	struct descriptor next = table[0];
	uint64_t step = descriptor_valid(next) ? descriptor_span(level) : 0UL;

	*kind = descriptor_kind(next);
	/* a mixed table mostly shows it at its ends */
	if (descriptor_is_table(next, level) ||
	    descriptor_kind(table[STAGE2_ENTRIES - 1U]) != *kind)
		return false;
	/* leaves of one kind differ by their addresses, which follow one another */
	for (unsigned i = 1; i < STAGE2_ENTRIES; i++) {
		next.raw += step;
		if (table[i].raw != next.raw)
			return false;
	}
	return true;
}

/*
 * Replace the tables on the way to `address` by blocks, or by nothing, where all their entries
 * agree. Deepest first, so that a joined table can complete the one above.
 */
static void join(struct stage2 *s2, struct descriptor *table, unsigned level, uint64_t address)
{
	struct descriptor *entry = &table[slot(s2, address, level)];
	uint64_t base = address & ~(descriptor_span(level) - 1U);
	struct span span = {base, base + descriptor_span(level)};
	enum stage2_kind kind;
	uint64_t below;

	if (!descriptor_is_table(*entry, level))
		return;
	below = descriptor_address(*entry);
	join(s2, table_at(below), level + 1U, address);
	if (!uniform(table_at(below), level + 1U, &kind))
		return;
	if (kind != STAGE2_NONE && !leaf_level(level))
		return;
	if (kind != STAGE2_NONE)
		resize_begin(s2, entry, descriptor_leaf(base, level, kind), span);
	entry_write(entry, descriptor_leaf(base, level, kind));
	if (kind != STAGE2_NONE && s2->bbm == STAGE2_BBM_BREAK)
		machine_table_publish();
	else
		machine_stage2_invalidate(base, span.end - base);
	pool_give(s2, below); /* no walker is in it any more */
}

enum stage2_status stage2_set(struct stage2 *s2, uint64_t base, uint64_t size,
			      enum stage2_kind kind)
{
	struct span span = {base, base + size};
	struct descriptor *root = table_at(s2->root);
	struct debt debt = {.stale = span};
	bool changed = false;

	if (size == 0UL || span.end < base || span.end > 1UL << s2->ipa_bits ||
	    ((base | size) & (STAGE2_PAGE - 1U)) != 0UL)
		return STAGE2_INVALID;
	if (count(s2, root, s2->start_level, span, kind) > s2->free)
		return STAGE2_NO_MEMORY;

	if (clear(s2, root, s2->start_level, span, kind, &debt)) {
		settle(s2, &debt);
		changed = true;
	}
	if (kind != STAGE2_NONE && fill(s2, root, s2->start_level, span, kind)) {
		machine_table_publish();
		changed = true;
	}
	if (changed) {
		join(s2, root, s2->start_level, base);
		join(s2, root, s2->start_level, span.end - 1U);
		s2->changes++;
	}
	return STAGE2_OK;
}

/* --- set-up and questions --- */

enum stage2_status stage2_init(struct stage2 *s2, uint64_t pool_base, unsigned pool_pages,
			       unsigned ipa_bits, enum stage2_bbm bbm)
{
	uint64_t skipped, root_size;

	if (ipa_bits < STAGE2_IPA_BITS_MIN || ipa_bits > STAGE2_IPA_BITS_MAX ||
	    (pool_base & (STAGE2_PAGE - 1U)) != 0UL || pool_base == 0UL)
		return STAGE2_INVALID;
	memset(s2, 0, sizeof(*s2));
	s2->bbm = bbm;
	s2->ipa_bits = ipa_bits;
	s2->t0sz = 64U - ipa_bits;
	/*
	 * As deep a start as up to 16 concatenated tables allow (D8.2.2): one level less for every
	 * walk. A level resolves 9 bits above its span, concatenation 4 more: 52 at level 0.
	 */
	s2->start_level = 2;
	while (1UL << ipa_bits > descriptor_span(s2->start_level) * STAGE2_ENTRIES * 16U)
		s2->start_level--;
	s2->sl0 = 2U - s2->start_level;
	s2->root_tables = 1;
	while (1UL << ipa_bits >
	       descriptor_span(s2->start_level) * STAGE2_ENTRIES * s2->root_tables)
		s2->root_tables *= 2U;

	s2->pool_base = pool_base;
	s2->pool_pages = pool_pages;
	root_size = s2->root_tables * STAGE2_PAGE;
	s2->root = (pool_base + root_size - 1U) & ~(root_size - 1U);
	skipped = (s2->root - pool_base) / STAGE2_PAGE;
	if (skipped + s2->root_tables > pool_pages)
		return STAGE2_NO_MEMORY;
	s2->fresh = (unsigned)skipped + s2->root_tables;
	s2->free = pool_pages - s2->fresh;
	for (unsigned i = 0; i < skipped; i++)
		pool_give(s2, pool_base + i * STAGE2_PAGE);
	memset(table_at(s2->root), 0, root_size);
	machine_table_publish();
	return STAGE2_OK;
}

uint64_t stage2_descriptor(const struct stage2 *s2, uint64_t ipa, unsigned *level)
{
	const struct descriptor *table = table_at(s2->root);

	*level = s2->start_level;
	if (ipa >> s2->ipa_bits != 0UL)
		return 0;
	for (;; (*level)++) {
		struct descriptor entry = table[slot(s2, ipa, *level)];

		if (!descriptor_is_table(entry, *level))
			return descriptor_valid(entry) ? entry.raw : 0UL;
		table = table_at(descriptor_address(entry));
	}
}

struct stage2_entry stage2_lookup(const struct stage2 *s2, uint64_t ipa)
{
	unsigned level;
	struct descriptor d = {stage2_descriptor(s2, ipa, &level)};
	struct stage2_entry entry = {
	    .kind = descriptor_kind(d),
	    .base = ipa & ~(descriptor_span(level) - 1U),
	    .size = descriptor_span(level),
	};

	return entry;
}

unsigned stage2_tables(const struct stage2 *s2)
{
	return s2->pool_pages - s2->free;
}
