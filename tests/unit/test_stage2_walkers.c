/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walker on another CPU follows a descriptor as soon as it stands: the table that it leads to is
 * complete by then (DDI0487 B2.3, D8.17: a walker observes stores in the order that release gives).
 * Under ThreadSanitizer (tests/check/threads) a table that is published too early is a data race.
 */
#include <pthread.h>
#include <sched.h>

#include "cases.h"
#include "core/stage2/host.h"
#include "core/stage2/stage2.h"
#include "fake/machine.h"

#define POOL_BASE  0x7fc00000UL
#define POOL_PAGES 64U
#define BLOCK      (2UL << 20)
#define PAGE       4096UL
#define HOLE       0x40000000UL /* nothing is mapped there but what a test maps */
#define ROUNDS     50U
#define ADDRESS    0x0000fffffffff000UL

static _Alignas(4096) uint8_t memory[POOL_PAGES * PAGE];
static struct stage2 s2;

/* Held during a walk: TLBI and DSB do not end before the walks that had begun. */
static pthread_mutex_t walking = PTHREAD_MUTEX_INITIALIZER;
static uint32_t walks, over;

static uint64_t descriptor(uint64_t table, uint64_t index)
{
	const uint64_t *entries =
	    (const void *)(memory + ((table & ADDRESS) - POOL_BASE)); /* not machine_table() */

	return __atomic_load_n(&entries[index % 512U], __ATOMIC_ACQUIRE);
}

/* 39 bits, 4 KiB: levels 1 to 3. */
static void walk(uint64_t ipa)
{
	uint64_t table = s2.root;

	for (unsigned level = 1; level <= 3U; level++) {
		uint64_t entry = descriptor(table, ipa >> (12U + 9U * (3U - level)));

		if ((entry & 3U) != 3U || level == 3U)
			return;
		table = entry;
	}
}

static void *walk_on(void *argument)
{
	(void)argument;
	while (__atomic_load_n(&over, __ATOMIC_RELAXED) == 0U) {
		for (uint64_t page = 0; page < 8U; page++) {
			pthread_mutex_lock(&walking);
			walk(HOLE + page * PAGE);
			walk(HOLE + BLOCK + page * PAGE);
			pthread_mutex_unlock(&walking);
		}
		__atomic_fetch_add(&walks, 1U, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void forgotten(void *context, bool invalidates, uint64_t base, uint64_t size)
{
	(void)context;
	(void)base;
	(void)size;
	if (!invalidates)
		return;
	pthread_mutex_lock(&walking);
	pthread_mutex_unlock(&walking);
}

/* The walker has seen what stands now. */
static void let_walk(void)
{
	uint32_t seen = __atomic_load_n(&walks, __ATOMIC_RELAXED);

	while (__atomic_load_n(&walks, __ATOMIC_RELAXED) - seen < 2U)
		sched_yield();
}

static void set(uint64_t base, uint64_t size, enum stage2_kind kind)
{
	assert_int_equal(host_memory_set(&s2, base, size, kind), STAGE2_OK);
	let_walk();
}

static void change_under_a_walker(enum stage2_bbm bbm)
{
	pthread_t walker;
	unsigned free;

	fake_reset();
	fake.memory = memory;
	fake.memory_base = POOL_BASE;
	fake.memory_size = sizeof(memory);
	fake.tables = forgotten;
	assert_int_equal(stage2_init(&s2, POOL_BASE, POOL_PAGES, 39, bbm), STAGE2_OK);
	free = s2.free;
	over = 0;
	assert_int_equal(pthread_create(&walker, NULL, walk_on, NULL), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t page = HOLE + round % 8U * PAGE;

		set(page, PAGE, STAGE2_RAM);          /* tables out of nothing */
		set(HOLE + BLOCK, BLOCK, STAGE2_RAM); /* a block */
		set(page + BLOCK, PAGE, STAGE2_NONE); /* taken apart */
		set(page + BLOCK, PAGE, STAGE2_RAM);  /* and joined */
		set(HOLE, 2U * BLOCK, STAGE2_NONE);   /* all goes back */
		assert_int_equal(s2.free, free);
	}
	__atomic_store_n(&over, 1U, __ATOMIC_RELAXED);
	pthread_join(walker, NULL);
}

static void test_stage2_tables_are_complete_before_they_are_seen(void **state)
{
	(void)state;
	change_under_a_walker(STAGE2_BBM_BREAK);
}

static void test_stage2_blocks_change_in_place_under_a_walker(void **state)
{
	(void)state;
	change_under_a_walker(STAGE2_BBM_DIRECT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stage2_tables_are_complete_before_they_are_seen),
	    cmocka_unit_test(test_stage2_blocks_change_in_place_under_a_walker),
	};

	return cmocka_run_group_tests_name("stage2_walkers", tests, NULL, NULL);
}
