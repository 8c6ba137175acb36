/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of the planner, each held against a map of single pages. */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/boot/planner.h"
#include "fake/machine.h"

#define PAGES 24U
#define ROUND 400U

static uint32_t random_state;

static unsigned draw(unsigned below)
{
	random_state = random_state * 1664525U + 1013904223U;
	return (random_state >> 8) % below;
}

static void test_range_overlap(void **state)
{
	(void)state;
	for (uint64_t base = 4; base < 12U; base++) {
		for (uint64_t size = 0; size < 6U; size++) {
			for (uint64_t other = 4; other < 12U; other++) {
				for (uint64_t other_size = 0; other_size < 6U; other_size++) {
					bool common = false;

					for (uint64_t at = base; at < base + size; at++)
						common = common ||
							 (at >= other && at < other + other_size);
					assert_int_equal(
					    boot_overlap(base, size, other, other_size), common);
				}
			}
		}
	}
	/* up to the last byte, and none of a range without any */
	assert_true(boot_overlap(0, UINT64_MAX, UINT64_MAX - 1U, 1));
	assert_false(boot_overlap(0, UINT64_MAX, 7, 0));
	assert_false(boot_overlap(7, 0, 0, UINT64_MAX));
}

static void test_range_rounding(void **state)
{
	(void)state;
	assert_int_equal(boot_down(0x1fff, 0x1000), 0x1000);
	assert_int_equal(boot_down(0x1000, 0x1000), 0x1000);
	assert_int_equal(boot_down(0xfff, 0x1000), 0);
	assert_int_equal(boot_up(0x1000, 0x1000), 0x1000);
	assert_int_equal(boot_up(0x1001, 0x1000), 0x2000);
	assert_int_equal(boot_up(0x1fff, 0x1000), 0x2000);
	assert_int_equal(boot_up(0, 0x1000), 0);
}

static void check_list(const struct boot_range *list, unsigned count, const bool *covered)
{
	bool seen[PAGES] = {false};

	for (unsigned i = 0; i < count; i++) {
		assert_true(list[i].size > 0U);
		/* sorted, and neither touching nor overlapping */
		if (i > 0U)
			assert_true(list[i - 1U].base + list[i - 1U].size < list[i].base);
		for (uint64_t at = list[i].base; at < list[i].base + list[i].size; at++)
			seen[at] = true;
	}
	assert_memory_equal(seen, covered, sizeof(seen));
}

/* What was united is the union, in as few ranges as can be. */
static void test_range_union(void **state)
{
	(void)state;
	random_state = 1;
	for (unsigned round = 0; round < ROUND; round++) {
		struct boot_range list[PAGES];
		bool covered[PAGES] = {false};
		unsigned count = 0;

		for (unsigned i = 0; i < 12U; i++) {
			unsigned base = draw(PAGES - 4U), size = 1U + draw(4);

			memset(&list[count], 0xee, sizeof(list) - count * sizeof(list[0]));
			assert_true(boot_range_add(list, &count, PAGES, base, size));
			memset(&covered[base], 1, size);
			check_list(list, count, covered);
		}
	}
}

/* A full list takes what joins one of its ranges, and refuses another without a change. */
static void test_range_list_is_full(void **state)
{
	struct boot_range list[4] = {{0, 1}, {4, 1}, {8, 1}, {0xee, 0xee}};
	unsigned count = 3;

	(void)state;
	assert_false(boot_range_add(list, &count, 3, 6, 1));
	assert_false(boot_range_add(list, &count, 3, 20, 1));
	assert_int_equal(count, 3);
	assert_int_equal(list[1].base, 4);
	assert_int_equal(list[2].base, 8);
	assert_int_equal(list[3].base, 0xee);
	assert_true(boot_range_add(list, &count, 3, 5, 1));
	assert_int_equal(count, 3);
	assert_int_equal(list[1].base, 4);
	assert_int_equal(list[1].size, 2);
	assert_true(boot_range_add(list, &count, 3, 6, 2));
	assert_int_equal(count, 2);
	assert_int_equal(list[1].base, 4);
	assert_int_equal(list[1].size, 5);
	assert_true(boot_range_add(list, &count, 3, 20, 1));
	assert_int_equal(count, 3);
}

static struct boot_plan plan;

/* First come, first served: a page keeps the reason for which it was withheld. */
static void test_range_withheld(void **state)
{
	(void)state;
	random_state = 2;
	for (unsigned round = 0; round < ROUND; round++) {
		bool ram[PAGES] = {false};
		unsigned owner[PAGES] = {0};

		memset(&plan, 0, sizeof(plan));
		for (unsigned i = 0; i < 3U; i++) {
			unsigned base = draw(PAGES - 5U), size = 1U + draw(5);

			assert_true(boot_range_add(plan.ram, &plan.ram_count, BOOT_RAM_MAX,
						   base * BOOT_PAGE, size * BOOT_PAGE));
			memset(&ram[base], 1, size);
		}
		for (unsigned i = 1; i < 7U; i++) {
			unsigned base = draw(PAGES - 5U), size = 1U + draw(5);
			/* a byte of a page is the whole page */
			struct boot_range range = {base * BOOT_PAGE + draw(2) * 7U,
						   (size - 1U) * BOOT_PAGE + 100U};
			char name[2] = {(char)('a' + i), '\0'};

			assert_true(
			    boot_withhold(&plan, &range, BOOT_WITHHELD_SECURE, i % 2U == 0U, name));
			for (unsigned page = base; page < base + size; page++)
				if (owner[page] == 0U)
					owner[page] = i;
		}
		for (unsigned page = 0; page < PAGES; page++) {
			const struct boot_withheld *withheld =
			    boot_plan_withheld(&plan, page * BOOT_PAGE);

			if (owner[page] == 0U) {
				assert_null(withheld);
				continue;
			}
			assert_non_null(withheld);
			assert_int_equal(withheld->name[0], 'a' + owner[page]);
			assert_int_equal(withheld->told, owner[page] % 2U == 0U);
			assert_int_equal(withheld->ram, ram[page]);
			assert_int_equal(boot_plan_host_ram(&plan, page * BOOT_PAGE, 1), false);
		}
		for (unsigned i = 1; i < plan.withheld_count; i++)
			assert_true(plan.withheld[i - 1U].base + plan.withheld[i - 1U].size <=
				    plan.withheld[i].base);
		for (unsigned page = 0; page < PAGES; page++)
			assert_int_equal(boot_plan_host_ram(&plan, page * BOOT_PAGE, BOOT_PAGE),
					 ram[page] && owner[page] == 0U);
	}
	assert_null(boot_plan_withheld(&plan, UINT64_MAX));
	assert_false(boot_plan_host_ram(&plan, 0, 0));
	assert_false(boot_plan_host_ram(&plan, UINT64_MAX - 1U, 4));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_range_overlap),  cmocka_unit_test(test_range_rounding),
	    cmocka_unit_test(test_range_union),    cmocka_unit_test(test_range_list_is_full),
	    cmocka_unit_test(test_range_withheld),
	};

	return cmocka_run_group_tests_name("boot_range", tests, NULL, NULL);
}
