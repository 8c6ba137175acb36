/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees that broke on their way: cut off, or with bytes that are not what they were. Each must end
 * in a plan that holds or in a reason; reading beyond the tree is the sanitizers' to notice, hence
 * copies that end where the tree does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "cases.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "tree_case.h"

#define FLIP_ROUNDS 20000U

static struct boot_plan plan;
static unsigned plans, refusals;

/* --- pseudo-random numbers: xorshift64* --- */

static uint64_t random_state;

static void random_start(void)
{
	const char *text = getenv("PORTCULLIS_SEED");

	random_state = ((text != NULL ? strtoull(text, NULL, 0) : 1U) + 1U) * 0x9e3779b97f4a7c15ULL;
	random_state |= random_state == 0U;
}

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return ((random_state * 0x2545f4914f6cdd1dULL) >> 11) % limit;
}

/* --- */

/* A copy that ends where the heap's block does. */
static uint8_t *copy_of(const uint8_t *tree, size_t size)
{
	uint8_t *copy = malloc(size > 0U ? size : 1U);

	assert_non_null(copy);
	memcpy(copy, tree, size);
	return copy;
}

static void judge(const struct tree_case *tree, const uint8_t *blob, size_t size,
		  const uint8_t *header, const char *what, size_t where)
{
	const char *reason, *problem;

	reason = boot_plan_make(&plan, blob, size, &tree->facts);
	if (reason == NULL)
		reason = boot_plan_place(&plan, &tree->facts, header);
	if (reason != NULL) {
		refusals++;
		problem = refusal_check(&plan, reason);
	} else {
		plans++;
		problem = plan_check(&plan, &tree->facts, blob);
	}
	if (problem != NULL)
		fail_msg("%s, %s at %zu: %s", tree->name, what, where, problem);
}

static int prepare(void **state)
{
	(void)state;
	fake_reset();
	plans = refusals = 0;
	return 0;
}

/* Fewer bytes than the header says. */
static void test_damage_short(void **state)
{
	struct tree_case *trees;
	unsigned count;

	(void)state;
	trees = tree_cases(&count);
	for (unsigned i = 0; i < count; i += 10U) {
		for (size_t size = 0; size < trees[i].size; size++) {
			uint8_t *copy = copy_of(trees[i].tree, size);

			judge(&trees[i], copy, size, trees[i].header, "cut", size);
			free(copy);
		}
	}
	assert_int_equal(plans, 0);
}

/* A header that agrees with the end: the structure or the strings are cut inside. */
static void test_damage_cut(void **state)
{
	struct tree_case *trees;
	unsigned count;

	(void)state;
	trees = tree_cases(&count);
	for (unsigned i = 0; i < count; i += 10U) {
		const uint8_t *tree = trees[i].tree;

		for (uint32_t size = 0; size < fdt_size_dt_struct(tree); size++) {
			uint8_t *copy = copy_of(tree, trees[i].size);

			fdt_set_size_dt_struct(copy, size);
			judge(&trees[i], copy, trees[i].size, trees[i].header, "structure cut",
			      size);
			free(copy);
		}
		/* without the last bytes of the strings, some names do not end any more */
		for (uint32_t size = 0; size < fdt_size_dt_strings(tree); size++) {
			size_t whole = fdt_off_dt_strings(tree) + size;
			uint8_t *copy = copy_of(tree, whole);

			fdt_set_size_dt_strings(copy, size);
			fdt_set_totalsize(copy, (uint32_t)whole);
			judge(&trees[i], copy, whole, trees[i].header, "strings cut", size);
			free(copy);
		}
	}
	assert_int_equal(plans, 0);
}

/* Ends of the structure that leave every node closed: still trees, with less and less in them. */
static void test_damage_pruned(void **state)
{
	struct tree_case *trees;
	unsigned count;

	(void)state;
	trees = tree_cases(&count);
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *tree = trees[i].tree;
		int next = 0, depth = 0;

		for (int at = 0; fdt_next_tag(tree, at, &next) != FDT_END; at = next) {
			uint8_t *copy = copy_of(tree, trees[i].size);
			uint8_t *structure = copy + fdt_off_dt_struct(copy);
			uint32_t room = fdt_size_dt_struct(copy), end = (uint32_t)at;
			uint32_t tag = fdt32_ld((const fdt32_t *)(structure + at));

			for (int open = depth; open > 0 && end + 8U <= room; open--, end += 4U)
				fdt32_st(structure + end, FDT_END_NODE);
			if (end + 4U <= room) {
				fdt32_st(structure + end, FDT_END);
				fdt_set_size_dt_struct(copy, end + 4U);
			}
			judge(&trees[i], copy, trees[i].size, trees[i].header, "pruned",
			      (size_t)at);
			free(copy);
			depth += tag == FDT_BEGIN_NODE ? 1 : tag == FDT_END_NODE ? -1 : 0;
		}
	}
	assert_true(plans > 100U);
	assert_true(refusals > 100U);
}

static uint32_t odd_word(void)
{
	static const uint32_t words[] = {
	    0,          1,          2,          3,          4,          5,
	    0x20,       0xfff,      0x1000,     0x200000,   0x3fffffff, 0x40000000,
	    0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff,
	};

	return words[random_below(sizeof(words) / sizeof(words[0]))];
}

/* Change a few bytes or words, mostly in the structure. */
static void damage(uint8_t *copy, size_t size)
{
	uint32_t structure = fdt_off_dt_struct(copy), length = fdt_size_dt_struct(copy);

	for (uint64_t n = 1U + random_below(4); n > 0U; n--) {
		size_t word = structure + random_below(length / 4U) * 4U;

		switch (random_below(8)) {
		case 0: /* anywhere, header and strings included */
			copy[random_below(size)] ^= (uint8_t)(1U << random_below(8));
			break;
		case 1:
			copy[structure + random_below(length)] = (uint8_t)random_below(256);
			break;
		case 2: /* one word where another stood */
			memcpy(copy + word, copy + structure + random_below(length / 4U) * 4U, 4);
			break;
		case 3:
			copy[structure + random_below(length)] ^= (uint8_t)(1U << random_below(8));
			break;
		default:
			/* words that are no tags and no lengths survive fdt_check_full() best */
			if (fdt32_ld((const fdt32_t *)(copy + word)) != FDT_PROP &&
			    fdt32_ld((const fdt32_t *)(copy + word)) != FDT_BEGIN_NODE)
				fdt32_st(copy + word, odd_word());
			break;
		}
	}
}

static void test_damage_flips(void **state)
{
	struct tree_case *trees;
	unsigned count;

	(void)state;
	trees = tree_cases(&count);
	random_start();
	for (unsigned round = 0; round < FLIP_ROUNDS; round++) {
		const struct tree_case *tree = &trees[random_below(count)];
		uint8_t *copy = copy_of(tree->tree, tree->size);
		uint8_t header[BOOT_IMAGE_HEADER];

		memcpy(header, tree->header, sizeof(header));
		if (random_below(4) == 0U)
			header[random_below(32)] ^= (uint8_t)(1U << random_below(8));
		damage(copy, tree->size);
		judge(tree, copy, tree->size, header, "round", round);
		free(copy);
	}
	print_message("%u plans, %u refusals\n", plans, refusals);
	/* neither answer may be the only one, or nothing was tried */
	assert_true(plans > FLIP_ROUNDS / 10U);
	assert_true(refusals > FLIP_ROUNDS / 10U);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_damage_short, prepare),
	    cmocka_unit_test_setup(test_damage_cut, prepare),
	    cmocka_unit_test_setup(test_damage_pruned, prepare),
	    cmocka_unit_test_setup(test_damage_flips, prepare),
	};

	return cmocka_run_group_tests_name("boot plan damage", tests, NULL, NULL);
}
