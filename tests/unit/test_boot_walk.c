/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How nodes and their values are read: the Devicetree Specification v0.4, 2.2 to 2.3, and the
 * secure world's bindings (secure-status) of Linux'
 * Documentation/devicetree/bindings/arm/secure.txt.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/boot/planner.h"
#include "fake/machine.h"
#include "tree_case.h"
#include "tree_maker.h"

#define MIB (1UL << 20)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct boot_plan plan;
static struct boot_facts facts;

static const struct boot_range ram = {0x40000000, 2UL << 30};

static int prepare(void **state)
{
	(void)state;
	fake_reset();
	tree_facts(&facts);
	return 0;
}

/* --- values --- */

static struct boot_value value_of(const void *data, uint32_t length)
{
	return (struct boot_value){data, length};
}

static void test_walk_text_is_compared_whole(void **state)
{
	struct boot_value okay = value_of("okay", 5), open = value_of("okay", 4);

	(void)state;
	assert_true(boot_value_is(&okay, "okay"));
	assert_false(boot_value_is(&okay, "oka"));
	assert_false(boot_value_is(&okay, "okay2"));
	assert_false(boot_value_is(&okay, "okaz"));
	assert_false(boot_value_is(&open, "okay"));
	assert_false(boot_value_is(NULL, "okay"));
}

static void test_walk_text_ends(void **state)
{
	struct boot_value list = value_of("ab\0cd", 6), open = value_of("abc", 3);
	struct boot_value empty = value_of("", 1), none = value_of("", 0);
	size_t length = 99;

	(void)state;
	assert_string_equal(boot_value_text(&list, &length), "ab");
	assert_int_equal(length, 2);
	assert_null(boot_value_text(&open, &length));
	assert_string_equal(boot_value_text(&empty, &length), "");
	assert_int_equal(length, 0);
	assert_null(boot_value_text(&none, &length));
	assert_null(boot_value_text(NULL, &length));
}

static void test_walk_words_are_big_endian(void **state)
{
	static const uint8_t bytes[] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
					0x00, 0x00, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff};
	struct boot_value value = value_of(bytes, 4);
	const uint8_t *at = bytes;
	uint64_t cells = 5;

	(void)state;
	assert_int_equal(boot_value_word(&value, 7), 0x12345678);
	for (uint32_t length = 0; length < 9U; length++) {
		value.length = length;
		assert_int_equal(boot_value_word(&value, 7), length == 4U ? 0x12345678 : 7);
	}
	assert_int_equal(boot_value_word(NULL, 7), 7);
	assert_true(boot_cells_read(&at, 0, &cells));
	assert_int_equal(cells, 0);
	assert_ptr_equal(at, bytes);
	assert_true(boot_cells_read(&at, 1, &cells));
	assert_int_equal(cells, 0x12345678);
	at = bytes;
	assert_true(boot_cells_read(&at, 2, &cells));
	assert_int_equal(cells, 0x123456789abcdef0);
	assert_ptr_equal(at, bytes + 8);
	/* three cells that fit, and three that do not: behind both is the next value */
	at = bytes;
	assert_false(boot_cells_read(&at, 3, &cells));
	assert_ptr_equal(at, bytes + 12);
	at = bytes + 8;
	assert_true(boot_cells_read(&at, 2, &cells));
	assert_int_equal(cells, 0x1ffffffff);
}

/* --- states --- */

static void start(void)
{
	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
}

static void finish(void)
{
	const char *reason = boot_plan_make(&plan, maker_tree, maker_finish(), &facts);

	if (reason != NULL)
		fail_msg("refused: %s", reason);
}

static void open_node(const char *name, const char *status, const char *secure)
{
	maker_node("%s", name);
	if (status != NULL)
		maker_text("status", status);
	if (secure != NULL)
		maker_text("secure-status", secure);
}

static const struct boot_range registers = {0xa000000, 0x1000};

static void registers_of_master(void)
{
	maker_text("compatible", "arm,pl330");
	maker_reg(&registers, 1);
	maker_end();
}

/* Whose a node is: its own status, and its parent's. */
enum whose {
	HOSTS,
	SECURE,
	NOBODYS
};

static enum whose whose(void)
{
	const struct boot_withheld *withheld = boot_plan_withheld(&plan, registers.base);

	if (withheld != NULL) {
		assert_int_equal(withheld->reason, BOOT_WITHHELD_SECURE);
		assert_int_equal(withheld->base, registers.base);
		assert_int_equal(withheld->size, registers.size);
		assert_int_equal(plan.dma_count, 0);
		return SECURE;
	}
	assert_true(plan.dma_count <= 1U);
	return plan.dma_count == 1U ? HOSTS : NOBODYS;
}

static const struct {
	const char *status, *secure;
	enum whose whose;
} states[] = {
    {NULL, NULL, HOSTS},         {"okay", NULL, HOSTS},
    {"ok", NULL, HOSTS},         {"disabled", NULL, NOBODYS},
    {"fail", NULL, NOBODYS},     {"", NULL, NOBODYS},
    {"okay2", NULL, NOBODYS},    {"disabled", "okay", SECURE},
    {"disabled", "ok", SECURE},  {"disabled", "disabled", NOBODYS},
    {"okay", "disabled", HOSTS}, {"okay", "okay", HOSTS}, /* both worlds', so the host's as well */
    {NULL, "okay", HOSTS},
};

static void test_walk_state_of_a_node(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(states); i++) {
		start();
		open_node("engine@a000000", states[i].status, states[i].secure);
		registers_of_master();
		finish();
		if (whose() != states[i].whose)
			fail_msg("row %u", i);
	}
}

/* What its bus is not, a node is not either; a secure bus has secure nodes only. */
static void test_walk_state_of_a_bus(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(states); i++) {
		for (unsigned k = 0; k < COUNT(states); k++) {
			enum whose expected = states[k].whose;

			if (states[i].whose == SECURE)
				expected = SECURE;
			if (states[i].whose == NOBODYS && expected == HOSTS)
				expected = NOBODYS;
			start();
			open_node("bus", states[i].status, states[i].secure);
			maker_bus();
			open_node("engine@a000000", states[k].status, states[k].secure);
			registers_of_master();
			maker_end();
			finish();
			if (whose() != expected)
				fail_msg("row %u below row %u", k, i);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_walk_text_is_compared_whole),
	    cmocka_unit_test(test_walk_text_ends),
	    cmocka_unit_test(test_walk_words_are_big_endian),
	    cmocka_unit_test_setup(test_walk_state_of_a_node, prepare),
	    cmocka_unit_test_setup(test_walk_state_of_a_bus, prepare),
	};

	return cmocka_run_group_tests_name("boot_walk", tests, NULL, NULL);
}
