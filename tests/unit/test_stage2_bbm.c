/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks become tables and tables blocks on CPUs of each level of FEAT_BBM: which steps are made,
 * in which order with the TLB maintenance, and what a neighbour of the page that moves sees
 * meanwhile. test_stage2 makes random changes at each level.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/host/fault.h"
#include "core/stage2/host.h"
#include "core/stage2/stage2.h"
#include "extents.h"
#include "fake/machine.h"
#include "walker.h"
#include "watch.h"

#define POOL_BASE 0x7fc03000ULL
#define POOL      32U
#define RAM       0x40000000ULL
#define ENTRIES   512U
#define GIB       (1ULL << 30)
#define MIB       (1ULL << 20)
#define PAGE      4096ULL

static struct stage2 s2;
static uint8_t memory[POOL * PAGE] __attribute__((aligned(4096)));

static struct walk_registers registers(void)
{
	return (struct walk_registers){.baddr = s2.root, .t0sz = s2.t0sz, .sl0 = s2.sl0};
}

/* 4 GiB of RAM in blocks of 1 GiB. */
static void open_tables(enum stage2_bbm bbm)
{
	fake_reset();
	memset(memory, 0xff, sizeof(memory));
	fake.memory = memory;
	fake.memory_base = POOL_BASE;
	fake.memory_size = sizeof(memory);
	assert_int_equal(stage2_init(&s2, POOL_BASE, POOL, 40, bbm), STAGE2_OK);
	assert_int_equal(stage2_set(&s2, RAM, 4 * GIB, STAGE2_RAM), STAGE2_OK);
}

#define NT      (1ULL << 16)
#define MOMENTS 32U

/*
 * What a walker finds at an address of the block whose size changes, and what the descriptor of the
 * block is, at each moment that another CPU can tell apart; and whether that was a TLBI of all of
 * it.
 */
static struct {
	uint64_t block, size;
	unsigned level;
	struct {
		enum walk_kind neighbour;
		char descriptor; /* '-' none, 'b' block, 'n' block with nT, 't' table */
		bool invalidates;
	} moment[MOMENTS];
	unsigned count;
} seen;

static char descriptor_letter(void)
{
	uint64_t table = s2.root, word;

	/* 40 bits: two tables of level 1 side by side */
	for (unsigned level = 1;; level++) {
		uint64_t index = seen.block / walk_span(level);

		index = level == 1U ? index : index % ENTRIES;
		memcpy(&word, memory + (table - POOL_BASE) + index * 8U, 8);
		if ((word & 1U) == 0U)
			return '-';
		if (level == seen.level || (word & 2U) == 0U)
			return (word & 2U) != 0U ? 't' : (word & NT) != 0U ? 'n' : 'b';
		table = word & 0x0000fffffffff000ULL;
	}
}

static void see(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	struct walk_registers from = registers();
	struct walk walk;
	unsigned i = seen.count++;

	(void)context;
	assert_true(i < MOMENTS);
	from.changing = true;
	walk_start(&walk, &from);
	walk_assert_sound(&walk);
	seen.moment[i].neighbour =
	    (enum walk_kind)extents_kind(&walk.kinds, seen.block + seen.size / 2U);
	seen.moment[i].descriptor = descriptor_letter();
	seen.moment[i].invalidates =
	    invalidates && base <= seen.block && base + size >= seen.block + seen.size;
	walk_free(&walk);
}

/* One change of one page, at the start of the block, seen from a neighbour in its middle. */
static void resize(uint64_t block, unsigned level, enum stage2_kind kind)
{
	seen.block = block;
	seen.size = walk_span(level);
	seen.level = level;
	seen.count = 0;
	fake.tables = see;
	assert_int_equal(stage2_set(&s2, block, PAGE, kind), STAGE2_OK);
	fake.tables = NULL;
}

/* The descriptors in order, each once, upper case where a TLBI of the whole block was due to it. */
static void assert_steps(const char *steps)
{
	char found[MOMENTS * 2U + 1U];
	size_t length = 0;

	for (unsigned i = 0; i < seen.count; i++) {
		char letter = seen.moment[i].descriptor;

		if (seen.moment[i].invalidates)
			letter = letter == '-' ? '_' : (char)(letter - 'a' + 'A');
		if (length == 0U || found[length - 1U] != letter)
			found[length++] = letter;
	}
	found[length] = '\0';
	assert_string_equal(found, steps);
}

static void assert_neighbour(bool always)
{
	bool gap = false;

	for (unsigned i = 0; i < seen.count; i++)
		gap |= seen.moment[i].neighbour != WALK_RAM;
	assert_int_equal(gap, !always);
}

static void resize_with(enum stage2_bbm level, const char *split, const char *join)
{
	static const struct {
		uint64_t block;
		unsigned level;
	} places[] = {{0x80000000, 2}, {0xbfe00000, 2}, {0x80000000, 1}};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		open_tables(level);
		/* of a GiB, the step from 1 GiB is looked at; else a neighbour keeps it split */
		if (places[i].level == 2U)
			assert_int_equal(stage2_set(&s2, 0x90001000, PAGE, STAGE2_NONE), STAGE2_OK);
		resize(places[i].block, places[i].level, STAGE2_NONE);
		assert_steps(split);
		assert_neighbour(level != STAGE2_BBM_BREAK);
		resize(places[i].block, places[i].level, STAGE2_RAM);
		assert_steps(join);
		assert_neighbour(level != STAGE2_BBM_BREAK);
	}
}

/* b: the table is written. _: nothing, and a TLBI. t: the table, then the page goes. */
static void test_stage2_resize_by_breaking(void **state)
{
	(void)state;
	resize_with(STAGE2_BBM_BREAK, "b_t", "t_b");
}

/* n: a block that no TLB keeps; a TLBI before and after the other size is there. */
static void test_stage2_resize_by_nt(void **state)
{
	(void)state;
	resize_with(STAGE2_BBM_NT, "bNtT", "tNB");
}

/* The other size at once, and one TLBI, which is that of the page as well. */
static void test_stage2_resize_directly(void **state)
{
	(void)state;
	resize_with(STAGE2_BBM_DIRECT, "btT", "tB");
}

/* What is taken from the host is invalidated at each level, split or not. */
static void test_stage2_reductions_are_invalidated_at_each_level(void **state)
{
	static const struct {
		uint64_t base, size;
	} taken[] = {
	    {0x80000000, PAGE},    {0x80001000, PAGE},           {0x80200000 - PAGE, 2 * PAGE},
	    {0x80200000, 2 * MIB}, {0x80400000 + PAGE, 6 * MIB}, {0xc0000000, GIB}};

	(void)state;
	for (unsigned level = STAGE2_BBM_BREAK; level <= STAGE2_BBM_DIRECT; level++) {
		struct walk_registers from;

		open_tables((enum stage2_bbm)level);
		from = registers();
		watch_start(&from, (enum watch_level)level);
		for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
			unsigned before = fake.invalidations;

			assert_int_equal(stage2_set(&s2, taken[i].base, taken[i].size, STAGE2_NONE),
					 STAGE2_OK);
			watch_settle(); /* fails where a translation is left */
			assert_true(fake.invalidations > before);
			assert_true(fake.invalidated_base <= taken[i].base &&
				    fake.invalidated_base + fake.invalidated_size >=
					taken[i].base + taken[i].size);
		}
		watch_end();
	}
}

/* A CPU with a lower level joins: it counts; one with a higher level changes nothing. */
static void test_stage2_lowest_level_counts(void **state)
{
	(void)state;
	open_tables(STAGE2_BBM_DIRECT);
	assert_false(host_memory_limit(&s2, STAGE2_BBM_DIRECT));
	assert_true(host_memory_limit(&s2, STAGE2_BBM_NT));
	assert_false(host_memory_limit(&s2, STAGE2_BBM_DIRECT));
	assert_int_equal(s2.bbm, STAGE2_BBM_NT);
	assert_true(host_memory_limit(&s2, STAGE2_BBM_BREAK));
	assert_false(host_memory_limit(&s2, STAGE2_BBM_NT));
	assert_int_equal(s2.bbm, STAGE2_BBM_BREAK);
	assert_int_equal(s2.lock.next, 5);
	assert_int_equal(s2.lock.served, 5);
	resize(0x80000000, 1, STAGE2_NONE);
	assert_steps("b_t");
}

/* --- the host in the gap --- */

static struct {
	pthread_t thread;
	bool started;
	struct host_fault fault;
	enum host_fault_answer answer;
	unsigned gaps;
} neighbour;

static struct boot_plan plan;
static struct ledger ledger;
static struct host_faults faults;

/* Another CPU of the host, which has just met the gap. */
static void *fault_there(void *unused)
{
	(void)unused;
	neighbour.answer = host_fault_decide(&faults, &plan, &ledger, &neighbour.fault);
	return NULL;
}

static void look(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	unsigned level;

	(void)context;
	(void)invalidates;
	(void)base;
	(void)size;
	if (stage2_descriptor(&s2, neighbour.fault.address, &level) != 0U)
		return;
	neighbour.gaps++;
	if (neighbour.started)
		return;
	neighbour.started = true;
	assert_int_equal(pthread_create(&neighbour.thread, NULL, fault_there, NULL), 0);
	/* it waits for the change to be over, so it has not been answered when that goes on */
	while (__atomic_load_n(&s2.lock.next, __ATOMIC_ACQUIRE) != s2.lock.served + 2U)
		machine_relax();
}

/* `size` at 0x80000000 becomes `kind` while the host reads at `address`. */
static void meet(uint64_t size, enum stage2_kind kind, uint64_t address)
{
	memset(&neighbour, 0, sizeof(neighbour));
	memset(&faults, 0, sizeof(faults));
	neighbour.fault = (struct host_fault){.address = address, .known = true};
	ledger.stage2 = &s2;
	fake.tables = look;
	assert_int_equal(host_memory_set(&s2, 0x80000000, size, kind), STAGE2_OK);
	fake.tables = NULL;
	if (neighbour.started)
		assert_int_equal(pthread_join(neighbour.thread, NULL), 0);
}

static void assert_nothing_seen(bool gap)
{
	assert_int_equal(neighbour.gaps != 0U, gap);
	assert_int_equal(neighbour.started, gap);
	if (gap)
		assert_int_equal(neighbour.answer, HOST_FAULT_RETRY);
	assert_int_equal(faults.total, 0);
	assert_int_equal(fake.console_length, 0);
}

/*
 * A page leaves its block and comes back while another CPU of the host is at a neighbour: with
 * break-before-make it faults, and is let go on; with FEAT_BBM there is no moment at which it
 * could.
 */
static void test_stage2_neighbours_see_nothing(void **state)
{
	static const uint64_t neighbours[] = {0x80001000, 0x801ff008, 0x80200000, 0xbffff000};

	(void)state;
	for (unsigned level = STAGE2_BBM_BREAK; level <= STAGE2_BBM_DIRECT; level++)
		for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++) {
			open_tables((enum stage2_bbm)level);
			meet(PAGE, STAGE2_NONE, neighbours[i]);
			assert_nothing_seen(level == STAGE2_BBM_BREAK);
			meet(PAGE, STAGE2_RAM, neighbours[i]);
			assert_nothing_seen(level == STAGE2_BBM_BREAK);
		}
}

/* The page itself is gone at each level, also for who came in the middle of it. */
static void test_stage2_the_page_itself_is_refused(void **state)
{
	(void)state;
	for (unsigned level = STAGE2_BBM_BREAK; level <= STAGE2_BBM_DIRECT; level++) {
		open_tables((enum stage2_bbm)level);
		meet(PAGE, STAGE2_NONE, 0x80000ff8);
		assert_true(neighbour.started);
		assert_int_equal(neighbour.answer, HOST_FAULT_ABORT);
		assert_int_equal(faults.total, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stage2_resize_by_breaking),
	    cmocka_unit_test(test_stage2_resize_by_nt),
	    cmocka_unit_test(test_stage2_resize_directly),
	    cmocka_unit_test(test_stage2_reductions_are_invalidated_at_each_level),
	    cmocka_unit_test(test_stage2_lowest_level_counts),
	    cmocka_unit_test(test_stage2_neighbours_see_nothing),
	    cmocka_unit_test(test_stage2_the_page_itself_is_refused),
	};

	return cmocka_run_group_tests_name("stage2_bbm", tests, NULL, NULL);
}
