/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage-2 builder beside a model that knows only addresses and kinds, with a table walk written
 * from the architecture between them. After each change: the walk finds what the model says; there
 * are exactly the tables that this needs, hence the largest blocks; and what a walker on another
 * CPU could have seen at each moment kept the rules of break-before-make.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/stage2/host.h"
#include "core/stage2/stage2.h"
#include "extents.h"
#include "fake/machine.h"
#include "walker.h"
#include "watch.h"

#define POOL_BASE 0x7fc03000ULL /* aligned to nothing larger than a page */
#define POOL_MAX  WATCH_PAGES
#define ENTRIES   512U
#define GIB       (1ULL << 30)
#define MIB       (1ULL << 20)
#define PAGE      4096ULL

/* --- pseudo-random numbers --- */

static uint64_t random_state;

static uint64_t seed(void)
{
	const char *text = getenv("PORTCULLIS_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : 1U;
}

/* xorshift64*, started through splitmix64's constant so that small seeds do */
static void random_start(uint64_t value)
{
	random_state = (value + 1U) * 0x9e3779b97f4a7c15ULL;
	if (random_state == 0U)
		random_state = 1;
}

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return ((random_state * 0x2545f4914f6cdd1dULL) >> 11) % limit;
}

/* --- the tables under test, and what is kept beside them --- */

struct bench {
	struct stage2 s2;
	struct extents model;
	unsigned pages;
	uint8_t *memory;
};

static struct bench bench;
static enum stage2_bbm bbm; /* of the tables that bench_start() makes */

static struct walk_registers registers(void)
{
	return (struct walk_registers){
	    .baddr = bench.s2.root, .t0sz = bench.s2.t0sz, .sl0 = bench.s2.sl0};
}

static void bench_start(unsigned pages, unsigned ipa_bits)
{
	struct walk_registers from;

	fake_reset();
	memset(&bench, 0, sizeof(bench));
	bench.pages = pages;
	bench.memory = malloc(pages * PAGE);
	assert_non_null(bench.memory);
	/* whatever firmware left there: valid descriptors, as bad as it gets */
	memset(bench.memory, 0xff, pages * PAGE);
	fake.memory = bench.memory;
	fake.memory_base = POOL_BASE;
	fake.memory_size = pages * PAGE;
	assert_int_equal(stage2_init(&bench.s2, POOL_BASE, pages, ipa_bits, bbm), STAGE2_OK);
	extents_start(&bench.model, 1ULL << ipa_bits);
	from = registers();
	watch_start(&from, (enum watch_level)bbm);
}

static void bench_end(void)
{
	watch_end();
	extents_free(&bench.model);
	free(bench.memory);
	fake_reset();
}

/* --- what must be there --- */

struct wanted {
	const struct extents *model;
	struct walk_table *list;
	size_t count;
};

static void want_table(struct wanted *wanted, unsigned level, uint64_t base, uint64_t limit)
{
	uint64_t span = walk_span(level);

	wanted->list = realloc(wanted->list, (wanted->count + 1U) * sizeof(struct walk_table));
	if (wanted->list == NULL)
		abort();
	wanted->list[wanted->count++] = (struct walk_table){0, base, level};
	for (uint64_t at = base; level < 3U && at < base + span * ENTRIES && at < limit; at += span)
		if (!extents_uniform(wanted->model, at, at + span) ||
		    (level == 0U && extents_kind(wanted->model, at) != WALK_NOTHING))
			want_table(wanted, level + 1U, at, limit);
}

/* The fewest tables with which `model` can be said. */
static struct wanted want(const struct extents *model)
{
	struct wanted wanted = {.model = model};
	unsigned level = bench.s2.start_level;
	uint64_t limit = 1ULL << bench.s2.ipa_bits, one = walk_span(level) * ENTRIES;

	for (uint64_t base = 0; base < limit; base += one)
		want_table(&wanted, level, base, limit);
	return wanted;
}

/* Tables of `more` that `less` does not have; both are in the order of a walk. */
static size_t want_new(const struct wanted *more, const struct wanted *less)
{
	size_t new_ones = 0, k = 0;

	for (size_t i = 0; i < more->count; i++) {
		const struct walk_table *table = &more->list[i];

		while (k < less->count &&
		       (less->list[k].base < table->base ||
			(less->list[k].base == table->base && less->list[k].level < table->level)))
			k++;
		new_ones += k == less->count || less->list[k].base != table->base ||
			    less->list[k].level != table->level;
	}
	return new_ones;
}

static void check_lookup(uint64_t address)
{
	struct stage2_entry entry = stage2_lookup(&bench.s2, address);
	unsigned level;
	uint64_t raw = stage2_descriptor(&bench.s2, address, &level);

	assert_int_equal(entry.kind, extents_kind(&bench.model, address));
	assert_true(entry.base <= address && address < entry.base + entry.size);
	assert_int_equal(entry.size, walk_span(level));
	assert_int_equal(entry.base & (entry.size - 1U), 0);
	assert_int_equal((raw & 1U) != 0U, entry.kind != STAGE2_NONE);
}

static void check(void)
{
	struct walk_registers from = registers();
	struct wanted wanted = want(&bench.model);
	struct walk walk;

	walk_start(&walk, &from);
	walk_assert_sound(&walk);
	extents_assert_equal(&walk.kinds, &bench.model);
	assert_int_equal(walk.table_count, wanted.count);
	for (size_t i = 0; i < wanted.count; i++) {
		assert_int_equal(walk.tables[i].base, wanted.list[i].base);
		assert_int_equal(walk.tables[i].level, wanted.list[i].level);
	}
	assert_int_equal(stage2_tables(&bench.s2), wanted.count);
	assert_int_equal(bench.s2.free, bench.pages - wanted.count);
	free(wanted.list);
	walk_free(&walk);
}

/* One change, and all that must hold afterwards. */
static enum stage2_status change(uint64_t base, uint64_t size, enum stage2_kind kind)
{
	struct extents next;
	struct wanted before, after;
	struct stage2 old = bench.s2;
	unsigned invalidations = fake.invalidations, publications = fake.publications;
	size_t needed;
	enum stage2_status status;

	extents_copy(&next, &bench.model);
	extents_set(&next, base, base + size, kind);
	before = want(&bench.model);
	after = want(&next);
	needed = want_new(&after, &before);
	status = stage2_set(&bench.s2, base, size, kind);
	if (needed > old.free) {
		assert_int_equal(status, STAGE2_NO_MEMORY);
		assert_memory_equal(&old, &bench.s2, sizeof(old));
		assert_true(watch_untouched());
		assert_int_equal(fake.invalidations, invalidations);
		assert_int_equal(fake.publications, publications);
		extents_free(&next);
	} else {
		assert_int_equal(status, STAGE2_OK);
		extents_free(&bench.model);
		bench.model = next;
	}
	free(before.list);
	free(after.list);
	watch_settle();
	check();
	check_lookup(base);
	check_lookup(base + size - 1U);
	return status;
}

/* --- cases --- */

static void test_stage2_geometry(void **state)
{
	/* ipa_bits, start level, tables: by hand from D8.2.8 and D8.2.9 of DDI 0487 */
	static const unsigned expected[][3] = {
	    {32, 2, 4}, {33, 2, 8}, {34, 2, 16}, {35, 1, 1}, {36, 1, 1}, {37, 1, 1},
	    {38, 1, 1}, {39, 1, 1}, {40, 1, 2},  {41, 1, 4}, {42, 1, 8}, {43, 1, 16},
	    {44, 0, 1}, {45, 0, 1}, {46, 0, 1},  {47, 0, 1}, {48, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		bench_start(64, expected[i][0]);
		assert_int_equal(bench.s2.start_level, expected[i][1]);
		assert_int_equal(bench.s2.root_tables, expected[i][2]);
		assert_int_equal(bench.s2.t0sz, 64U - expected[i][0]);
		assert_int_equal(bench.s2.sl0, 2U - expected[i][1]);
		assert_int_equal(bench.s2.root % (expected[i][2] * PAGE), 0);
		assert_int_equal(stage2_tables(&bench.s2), expected[i][2]);
		check();
		bench_end();
	}
}

static void test_stage2_init_refuses(void **state)
{
	struct stage2 s2;
	static uint8_t pages[32 * PAGE];

	(void)state;
	fake_reset();
	fake.memory = pages;
	fake.memory_base = POOL_BASE;
	fake.memory_size = sizeof(pages);
	assert_int_equal(stage2_init(&s2, POOL_BASE, 32, 31, STAGE2_BBM_BREAK), STAGE2_INVALID);
	assert_int_equal(stage2_init(&s2, POOL_BASE, 32, 49, STAGE2_BBM_BREAK), STAGE2_INVALID);
	assert_int_equal(stage2_init(&s2, POOL_BASE + 8U, 32, 40, STAGE2_BBM_BREAK),
			 STAGE2_INVALID);
	assert_int_equal(stage2_init(&s2, POOL_BASE, 0, 40, STAGE2_BBM_BREAK), STAGE2_NO_MEMORY);
	/* 0x7fc03000 is the fourth page of 16: 13 are skipped before a root of 16 tables fits */
	assert_int_equal(stage2_init(&s2, POOL_BASE, 28, 34, STAGE2_BBM_BREAK), STAGE2_NO_MEMORY);
	assert_int_equal(stage2_init(&s2, POOL_BASE, 29, 34, STAGE2_BBM_BREAK), STAGE2_OK);
	assert_int_equal(s2.root, 0x7fc10000);
	assert_int_equal(s2.free, 13); /* those that were skipped are not lost */
}

static void test_stage2_pool_at_zero(void **state)
{
	struct stage2 s2;
	static uint8_t pages[4 * PAGE];

	(void)state;
	fake_reset();
	fake.memory = pages;
	fake.memory_size = sizeof(pages);
	assert_int_equal(stage2_init(&s2, 0, 4, 39, STAGE2_BBM_BREAK), STAGE2_INVALID);
}

static void test_stage2_refuses_bad_ranges(void **state)
{
	uint64_t end = 1ULL << 40;
	struct stage2 old;

	(void)state;
	bench_start(32, 40);
	old = bench.s2;
	assert_int_equal(stage2_set(&bench.s2, 0, 0, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, 1, PAGE, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, 0, PAGE + 1U, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, 2048, PAGE, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, end, PAGE, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, end - PAGE, 2U * PAGE, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, 0, end + PAGE, STAGE2_RAM), STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, ~0ULL - PAGE + 1U, PAGE, STAGE2_RAM),
			 STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, ~0ULL - PAGE + 1U, 2U * PAGE, STAGE2_RAM),
			 STAGE2_INVALID);
	assert_int_equal(stage2_set(&bench.s2, PAGE, ~0ULL - PAGE + 1U, STAGE2_RAM),
			 STAGE2_INVALID);
	assert_memory_equal(&old, &bench.s2, sizeof(old));
	assert_int_equal(fake.invalidations, 0);
	check();
	watch_settle();
	/* the last page and the whole are in range */
	assert_int_equal(change(end - PAGE, PAGE, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(change(0, end, STAGE2_RAM), STAGE2_OK);
	bench_end();
}

static void test_stage2_lookup_beyond(void **state)
{
	static const uint64_t beyond[] = {1ULL << 40, 1ULL << 48, 1ULL << 63, ~0ULL};

	(void)state;
	bench_start(32, 40);
	change(0, 1ULL << 40, STAGE2_RAM);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		unsigned level;

		assert_int_equal(stage2_lookup(&bench.s2, beyond[i]).kind, STAGE2_NONE);
		assert_int_equal(stage2_descriptor(&bench.s2, beyond[i], &level), 0);
	}
	bench_end();
}

/* A machine of 4 GiB, from nothing: blocks of 1 GiB, not one invalidation. */
static void test_stage2_boot_uses_largest_blocks(void **state)
{
	struct walk_registers from;
	struct walk walk;

	(void)state;
	bench_start(32, 40);
	change(0x40000000, 4 * GIB, STAGE2_RAM);
	change(0, GIB, STAGE2_DEVICE);
	change(256 * GIB, 512 * GIB, STAGE2_DEVICE);
	assert_int_equal(fake.invalidations, 0);
	from = registers();
	walk_start(&walk, &from);
	assert_int_equal(walk.blocks[1], 4 + 1 + 512);
	assert_int_equal(walk.blocks[2] + walk.blocks[3], 0);
	assert_int_equal(walk.table_count, 2);
	walk_free(&walk);
	bench_end();
}

/* A page leaves a block and comes back: two tables are taken, and both return. */
static void test_stage2_page_leaves_and_returns(void **state)
{
	(void)state;
	bench_start(32, 40);
	change(0x40000000, 4 * GIB, STAGE2_RAM);
	assert_int_equal(stage2_tables(&bench.s2), 2);
	change(0x87654000, PAGE, STAGE2_NONE);
	assert_int_equal(stage2_tables(&bench.s2), 4);
	assert_true(fake.invalidations >= 2U);
	change(0x87654000, PAGE, STAGE2_RAM);
	assert_int_equal(stage2_tables(&bench.s2), 2);
	change(0x87654000, PAGE, STAGE2_DEVICE);
	assert_int_equal(stage2_tables(&bench.s2), 4);
	change(0x87600000, 2 * MIB, STAGE2_DEVICE);
	assert_int_equal(stage2_tables(&bench.s2), 3);
	change(0x87600000, 2 * MIB, STAGE2_RAM);
	assert_int_equal(stage2_tables(&bench.s2), 2);
	bench_end();
}

/* What is there already costs nothing. */
static void test_stage2_no_change_is_silent(void **state)
{
	uint64_t changes;
	unsigned moments;

	(void)state;
	bench_start(32, 40);
	change(GIB, 2 * GIB + 3 * PAGE, STAGE2_RAM);
	changes = bench.s2.changes;
	moments = fake.invalidations + fake.publications;
	change(GIB, 2 * GIB + 3 * PAGE, STAGE2_RAM);
	change(GIB + 5 * PAGE, MIB, STAGE2_RAM);
	change(0, GIB, STAGE2_NONE);
	assert_int_equal(bench.s2.changes, changes);
	assert_int_equal(fake.invalidations + fake.publications, moments);
	bench_end();
}

/* Whole tables in the middle of what goes are returned too, at each level. */
static void test_stage2_middle_tables_return(void **state)
{
	static const unsigned bits[] = {34, 40, 48};

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		uint64_t end = 1ULL << bits[i], step = end / 32U;
		unsigned roots;

		bench_start(200, bits[i]);
		roots = stage2_tables(&bench.s2);
		for (uint64_t at = step / 2U; at < end; at += step)
			change(at, PAGE, STAGE2_RAM);
		assert_true(stage2_tables(&bench.s2) >= roots + 32U);
		change(step / 4U, end - step / 2U, STAGE2_NONE);
		assert_int_equal(stage2_tables(&bench.s2), roots);
		bench_end();
	}
}

static void test_stage2_pool_used_up(void **state)
{
	(void)state;
	/* a root of one table, and five more */
	bench_start(6, 39);
	assert_int_equal(change(GIB, GIB, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(change(GIB + PAGE, PAGE, STAGE2_NONE), STAGE2_OK);
	assert_int_equal(change(2 * GIB - PAGE, PAGE, STAGE2_NONE), STAGE2_OK);
	assert_int_equal(bench.s2.free, 2);
	/* needs 3: two tables of pages and, for 2 GiB, one above the second */
	assert_int_equal(change(GIB + 7 * MIB, GIB, STAGE2_DEVICE), STAGE2_NO_MEMORY);
	assert_int_equal(change(5 * GIB + PAGE, PAGE, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(bench.s2.free, 0);
	assert_int_equal(change(7 * GIB, PAGE, STAGE2_RAM), STAGE2_NO_MEMORY);
	/* what needs no table goes on */
	assert_int_equal(change(7 * GIB, GIB, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(change(0, 1ULL << 39, STAGE2_NONE), STAGE2_OK);
	assert_int_equal(bench.s2.free, 5);
	bench_end();
}

/* --- sequences --- */

/* Addresses around which everything happens, so that changes meet: edges of blocks and tables. */
static uint64_t random_edge(unsigned ipa_bits)
{
	uint64_t end = 1ULL << ipa_bits;
	uint64_t gib = random_below(4) == 0U ? end / GIB - 1U - random_below(2) : random_below(3);
	uint64_t at = gib * GIB;

	if (ipa_bits > 39U && random_below(8) == 0U)
		at = (random_below(end / (512 * GIB)) + random_below(2)) * 512 * GIB;
	switch (random_below(6)) {
	case 0:
		break;
	case 1:
		at += (random_below(4) + (random_below(2) != 0U ? 508U : 0U)) * 2 * MIB;
		break;
	case 2:
		at += random_below(3) * 2 * MIB + random_below(4) * PAGE;
		break;
	case 3:
		at += 2 * MIB * random_below(3) + (508U + random_below(4)) * PAGE;
		break;
	case 4:
		at += GIB - (1U + random_below(4)) * PAGE;
		break;
	default:
		at += random_below(512) * 2 * MIB + random_below(512) * PAGE;
		break;
	}
	return at < end ? at : end - PAGE;
}

static void random_range(unsigned ipa_bits, uint64_t *base, uint64_t *size)
{
	uint64_t end = 1ULL << ipa_bits, other;

	*base = random_edge(ipa_bits);
	switch (random_below(8)) {
	case 0:
	case 1:
		*size = (1U + random_below(4)) * PAGE;
		break;
	case 2:
		*base &= ~(2 * MIB - 1U);
		*size = 2 * MIB;
		break;
	case 3:
		*base &= ~(GIB - 1U);
		*size = GIB;
		break;
	case 4:
		*base = 0;
		*size = end;
		break;
	default:
		other = random_edge(ipa_bits);
		*size = other > *base ? other - *base : *base - other;
		*base = other < *base ? other : *base;
		break;
	}
	if (*size == 0U)
		*size = PAGE;
	if (*size > end - *base)
		*size = end - *base;
}

static void sequence(enum stage2_bbm level, unsigned pages, unsigned ipa_bits, unsigned rounds,
		     unsigned *refused)
{
	struct {
		uint64_t base, size;
		enum stage2_kind kind;
	} last[8] = {0};

	bbm = level;
	bench_start(pages, ipa_bits);
	for (unsigned round = 0; round < rounds; round++) {
		uint64_t base, size;
		enum stage2_kind kind = (enum stage2_kind)random_below(3);
		unsigned slot = (unsigned)random_below(8);

		/* half of the changes go back over an earlier one, so that blocks join again */
		if (random_below(2) == 0U && last[slot].size != 0U) {
			base = last[slot].base;
			size = last[slot].size;
			if (random_below(2) == 0U)
				kind = stage2_lookup(&bench.s2, base > 0U ? base - 1U : base).kind;
		} else {
			random_range(ipa_bits, &base, &size);
			/* the whole space now and then only */
			if (size == 1ULL << ipa_bits && random_below(4) != 0U)
				continue;
		}
		last[slot].base = base;
		last[slot].size = size;
		last[slot].kind = kind;
		*refused += change(base, size, kind) == STAGE2_NO_MEMORY;
	}
	assert_int_equal(change(0, 1ULL << ipa_bits, STAGE2_NONE), STAGE2_OK);
	assert_int_equal(stage2_tables(&bench.s2), bench.s2.root_tables);
	bench_end();
	bbm = STAGE2_BBM_BREAK;
}

static void test_stage2_sequences(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (unsigned bits = STAGE2_IPA_BITS_MIN; bits <= STAGE2_IPA_BITS_MAX; bits++) {
		random_start(seed() * 64U + bits);
		print_message("ipa_bits %u, seed %llu\n", bits, (unsigned long long)seed());
		/* from 44 on, half of the space alone takes hundreds of tables */
		sequence((enum stage2_bbm)(bits % 3U), bits < 44U ? 200U : POOL_MAX, bits,
			 bits < 44U ? 50U : 15U, &refused);
	}
	assert_int_equal(refused, 0);
}

static void test_stage2_sequences_with_little_memory(void **state)
{
	static const unsigned bits[] = {32, 34, 35, 39, 40, 43, 44, 48};
	unsigned refused = 0;

	(void)state;
	/* a draw of small ranges may be refused too seldom to show anything: then draw again */
	for (unsigned draw = 0; draw < 20U && refused <= 10U; draw++) {
		for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
			random_start(seed() * 64U + bits[i] + 1000U * (draw + 1U));
			print_message("ipa_bits %u, seed %llu, draw %u\n", bits[i],
				      (unsigned long long)seed(), draw);
			sequence((enum stage2_bbm)((i + draw) % 3U), 40, bits[i], 100, &refused);
		}
	}
	assert_true(refused > 10U);
}

/* --- core/stage2/host.h --- */

static void held_at_moment(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	struct stage2 *s2 = context;

	(void)invalidates;
	(void)base;
	(void)size;
	assert_int_equal(s2->lock.next, s2->lock.served + 1U);
}

static void test_stage2_host_takes_the_lock(void **state)
{
	struct stage2_entry entry;

	(void)state;
	bench_start(32, 40);
	fake.tables = held_at_moment;
	fake.tables_context = &bench.s2;
	assert_int_equal(host_memory_set(&bench.s2, GIB, GIB + PAGE, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(host_memory_set(&bench.s2, GIB, PAGE, STAGE2_NONE), STAGE2_OK);
	assert_int_equal(host_memory_set(&bench.s2, GIB, 1, STAGE2_NONE), STAGE2_INVALID);
	assert_true(fake.publications > 0U && fake.invalidations > 0U);
	entry = host_memory_lookup(&bench.s2, GIB + PAGE);
	assert_int_equal(entry.kind, STAGE2_RAM);
	assert_int_equal(entry.size, PAGE);
	entry = host_memory_lookup(&bench.s2, GIB);
	assert_int_equal(entry.kind, STAGE2_NONE);
	assert_int_equal(bench.s2.lock.next, bench.s2.lock.served);
	assert_int_equal(bench.s2.lock.next, 5);
	bench_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stage2_geometry),
	    cmocka_unit_test(test_stage2_init_refuses),
	    cmocka_unit_test(test_stage2_pool_at_zero),
	    cmocka_unit_test(test_stage2_refuses_bad_ranges),
	    cmocka_unit_test(test_stage2_lookup_beyond),
	    cmocka_unit_test(test_stage2_boot_uses_largest_blocks),
	    cmocka_unit_test(test_stage2_page_leaves_and_returns),
	    cmocka_unit_test(test_stage2_no_change_is_silent),
	    cmocka_unit_test(test_stage2_middle_tables_return),
	    cmocka_unit_test(test_stage2_pool_used_up),
	    cmocka_unit_test(test_stage2_sequences),
	    cmocka_unit_test(test_stage2_sequences_with_little_memory),
	    cmocka_unit_test(test_stage2_host_takes_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
