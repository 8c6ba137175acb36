/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner over the corpus of tests/trees: each tree has its verdict, written by hand, beside
 * it. Every plan is also held against what must hold for any, and is carried out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "tree_case.h"

static struct boot_plan plan;

static const char *plan_tree(const struct tree_case *tree)
{
	const char *reason = boot_plan_make(&plan, tree->tree, tree->size, &tree->facts);

	if (reason == NULL)
		reason = boot_plan_place(&plan, &tree->facts, tree->header);
	return reason;
}

static void expect_none(const char *name, const char *problem)
{
	if (problem != NULL)
		fail_msg("%s: %s", name, problem);
}

static void test_tree(void **state)
{
	const struct tree_case *tree = *state;
	const char *reason;

	fake_reset();
	memset(&plan, 0xa5, sizeof(plan)); /* nothing may be taken from what was there */
	reason = plan_tree(tree);
	if (tree->refused) {
		if (reason == NULL)
			fail_msg("%s: planned, not refused: %s", tree->name, tree->reason);
		if (strstr(reason, tree->reason) == NULL)
			fail_msg("%s: refused, but not as expected: %s", tree->name, reason);
		expect_none(tree->name, refusal_check(&plan, reason));
		expect_none(tree->name, tree_case_compare(tree, &plan));
		return;
	}
	if (reason != NULL)
		fail_msg("%s: refused: %s", tree->name, reason);
	expect_none(tree->name, tree_case_compare(tree, &plan));
	expect_none(tree->name, plan_check(&plan, &tree->facts, tree->tree));
	expect_none(tree->name, plan_carry_out(&plan, tree->tree));
}

/* The plan depends on nothing but tree and facts. */
static void test_plan_repeats(void **state)
{
	static struct lines first, second;
	struct tree_case *trees;
	unsigned count;

	(void)state;
	trees = tree_cases(&count);
	for (unsigned i = 0; i < count; i++) {
		(void)plan_tree(&trees[i]);
		plan_describe(&first, &plan);
		(void)plan_tree(&trees[(i + 7U) % count]);
		memset(&plan, 0x5a, sizeof(plan));
		(void)plan_tree(&trees[i]);
		plan_describe(&second, &plan);
		assert_int_equal(first.count, second.count);
		for (unsigned n = 0; n < first.count; n++)
			assert_string_equal(first.line[n], second.line[n]);
	}
}

static void test_plan_options(void **state)
{
	struct tree_case *trees;
	unsigned count, at = 0;

	(void)state;
	trees = tree_cases(&count);
	while (at < count && strcmp(trees[at].name, "options") != 0)
		at++;
	assert_int_not_equal(at, count);
	assert_null(plan_tree(&trees[at]));
	for (unsigned i = 0; i < plan.option_count; i++)
		assert_false(plan.options[i].used);
	assert_string_equal(boot_plan_option(&plan, "log"), "verbose");
	assert_string_equal(boot_plan_option(&plan, "flag"), "");
	assert_string_equal(boot_plan_option(&plan, "empty"), "");
	assert_null(boot_plan_option(&plan, "lo"));
	assert_null(boot_plan_option(&plan, "logs"));
	assert_null(boot_plan_option(&plan, "init"));
	assert_true(plan.options[0].used);
	assert_true(plan.options[1].used);
	assert_true(plan.options[2].used);
	assert_false(plan.options[3].used);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_plan_repeats),
	    cmocka_unit_test(test_plan_options),
	};
	static struct CMUnitTest tests[TREE_CASES + 8];
	static char names[TREE_CASES][80];
	struct tree_case *trees;
	unsigned count;

	trees = tree_cases(&count);
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "test_tree_%s", trees[i].name);
		for (char *c = names[i]; *c != '\0'; c++)
			if (*c == '-')
				*c = '_';
		tests[i] = (struct CMUnitTest){
		    .name = names[i], .test_func = test_tree, .initial_state = &trees[i]};
	}
	memcpy(&tests[count], fixed, sizeof(fixed));
	return _cmocka_run_group_tests("boot plan", tests, count + sizeof(fixed) / sizeof(fixed[0]),
				       NULL, NULL);
}
