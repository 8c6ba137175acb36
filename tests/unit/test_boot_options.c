/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the boot arguments: those that begin with hv. are the hypervisor's, the others the
 * host's, with blanks and double quotes as Linux reads them (docs/boot.md).
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "tree_case.h"
#include "tree_maker.h"

#define MIB (1UL << 20)

static struct boot_plan plan;
static struct boot_facts facts;

static const struct boot_range ram = {0x40000000, 2UL << 30};

/* NULL, or why not. */
static const char *plan_with(const char *bootargs)
{
	fake_reset();
	tree_facts(&facts);
	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, bootargs);
	maker_end();
	maker_memory(&ram, 1);
	return boot_plan_make(&plan, maker_tree, maker_finish(), &facts);
}

static void test_options_are_taken_out(void **state)
{
	static const struct {
		const char *bootargs, *hosts;
		const char *name, *value; /* of the last option; NULL: there is none */
		unsigned count;
	} rows[] = {
	    {"", "", NULL, NULL, 0},
	    {"quiet", "quiet", NULL, NULL, 0},
	    {"hv.a=1", "", "a", "1", 1},
	    {"hv.a", "", "a", "", 1},
	    {"hv.a=", "", "a", "", 1},
	    {"quiet hv.a=1", "quiet", "a", "1", 1},
	    {"hv.a=1 quiet", "quiet", "a", "1", 1},
	    {"one hv.a=1 two", "one two", "a", "1", 1},
	    {"hv.a=1 hv.b=2", "", "b", "2", 2},
	    /* given twice: the last one counts, in the first one's place */
	    {"hv.a=1 hv.a=22", "", "a", "22", 1},
	    {"hv.a=22 hv.a=1", "", "a", "1", 1},
	    {"hv.a=1 hv.ab=2", "", "ab", "2", 2},
	    {"hv.ab=1 hv.a=2", "", "a", "2", 2},
	    /* quotes and blanks */
	    {"hv.a=\"1 2\" quiet", "quiet", "a", "1 2", 1},
	    {"hv.a=\"\" quiet", "quiet", "a", "", 1},
	    {"hv.a=\"", "", "a", "\"", 1},
	    {"hv.a=\"x", "", "a", "\"x", 1},
	    {"hv.a=x\"y\"", "", "a", "x\"y\"", 1},
	    {"x=\"y hv.a=1\" z", "x=\"y hv.a=1\" z", NULL, NULL, 0},
	    {"one\thv.a=1\ttwo", "one two", "a", "1", 1},
	    {"one\nhv.a=1\rtwo", "one two", "a", "1", 1},
	    {"  one   hv.a=1  two  ", "one two", "a", "1", 1},
	    /* a value may have further signs of equality */
	    {"hv.a=b=c", "", "a", "b=c", 1},
	    /* no words of the hypervisor */
	    {"hv a.hv.b=1 hva=2 Hv.a=3 h.v", "hv a.hv.b=1 hva=2 Hv.a=3 h.v", NULL, NULL, 0},
	    /* the longest: 23 and 71 characters */
	    {"hv.abcdefghijklmnopqrstuvw=1", "", "abcdefghijklmnopqrstuvw", "1", 1},
	    {"hv.a=01234567890123456789012345678901234567890123456789012345678901234567890", "",
	     "a", "01234567890123456789012345678901234567890123456789012345678901234567890", 1},
	    {"hv.a=\"01234567890123456789012345678901234567890123456789012345678901234567890\"", "",
	     "a", "01234567890123456789012345678901234567890123456789012345678901234567890", 1},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *reason = plan_with(rows[i].bootargs);
		const struct boot_option *option = &plan.options[0];

		if (reason != NULL)
			fail_msg("%s: refused: %s", rows[i].bootargs, reason);
		if (strcmp(plan.bootargs, rows[i].hosts) != 0)
			fail_msg("of «%s» the host gets «%s»", rows[i].bootargs, plan.bootargs);
		if (plan.option_count != rows[i].count)
			fail_msg("%s: %u options", rows[i].bootargs, plan.option_count);
		if (rows[i].name == NULL)
			continue;
		option = &plan.options[plan.option_count - 1U];
		if (strcmp(option->name, rows[i].name) != 0 ||
		    strcmp(option->value, rows[i].value) != 0)
			fail_msg("%s: «%s» is «%s»", rows[i].bootargs, option->name, option->value);
		assert_false(option->used);
		assert_string_equal(boot_plan_option(&plan, rows[i].name), rows[i].value);
		assert_true(option->used);
		assert_null(boot_plan_option(&plan, "none"));
	}
}

static void test_options_are_bounded(void **state)
{
	char many[16U * BOOT_OPTION_MAX] = "";
	size_t used = 0;

	(void)state;
	assert_string_equal(plan_with("hv.abcdefghijklmnopqrstuvwx=1"),
			    "boot option hv.abcdefghijklmnopqrstuvwx=1 is longer than it may be");
	assert_non_null(plan_with("hv.a=0123456789012345678901234567890123456789012345678901234567"
				  "89012345678901"));
	for (unsigned i = 0; i < BOOT_OPTION_MAX; i++)
		used += (size_t)snprintf(many + used, sizeof(many) - used, "hv.o%u=%u ", i, i);
	assert_null(plan_with(many));
	assert_int_equal(plan.option_count, BOOT_OPTION_MAX);
	for (unsigned i = 0; i < BOOT_OPTION_MAX; i++) {
		char name[8], value[8];

		(void)snprintf(name, sizeof(name), "o%u", i);
		(void)snprintf(value, sizeof(value), "%u", i);
		assert_string_equal(boot_plan_option(&plan, name), value);
	}
	/* one of them once more is no further one */
	(void)snprintf(many + used, sizeof(many) - used, "hv.o3=x");
	assert_null(plan_with(many));
	assert_string_equal(boot_plan_option(&plan, "o3"), "x");
	(void)snprintf(many + used, sizeof(many) - used, "hv.p=x");
	assert_string_equal(plan_with(many),
			    "there are more than 16 boot options for the hypervisor");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_options_are_taken_out),
	    cmocka_unit_test(test_options_are_bounded),
	};

	return cmocka_run_group_tests_name("boot_options", tests, NULL, NULL);
}
