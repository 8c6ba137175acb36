// SPDX-License-Identifier: Apache-2.0
/*
 * The rules of the EL3 test firmware, firmware/rules.c itself, on tables that are written here by
 * hand: what they do, and that no blob, however damaged, makes them read or write beside it.
 * tests/system/test_personality.py does the same with scripts.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "firmware/border.h"
#include "rules.h"
#include "rules_format.h"

#define VERSION      0x84000063U
#define ID_GET       0x84000069U
#define FOREVER      UINT32_MAX
#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* ---- blobs ---- */

static union {
	struct rules_header header;
	uint8_t bytes[RULES_ROOM + 64];
} image;
static size_t image_size;

static void begin(uint8_t boot, uint8_t ram)
{
	memset(&image, 0, sizeof(image));
	memcpy(image.header.magic, RULES_MAGIC, 8);
	image.header.boot = boot;
	image.header.ram = ram;
	image_size = sizeof(image.header);
}

static void append(const void *table, size_t bytes)
{
	if (bytes > 0)
		memcpy(image.bytes + image_size, table, bytes);
	image_size += bytes;
}

/* Append a table, an array, whose number of entries belongs into header field `field`. */
#define TABLE(field, array)                                                                        \
	do {                                                                                       \
		image.header.field = (uint16_t)COUNT(array);                                       \
		append(array, sizeof(array));                                                      \
	} while (0)

static void finish(void)
{
	image.header.size = (uint32_t)image_size;
}

static const char *load(void)
{
	return border_load(image.bytes, image_size);
}

#define CONSTANT_OF(v) {.kind = OPERAND_CONSTANT, .width = 64, .constant = (v)}
#define ARGUMENT_OF(n) {.kind = OPERAND_ARGUMENT, .index = (n), .width = 64}
#define WORD_OF(n)     {.kind = OPERAND_ARGUMENT, .index = (n), .width = 32}
#define VARIABLE_OF(n) {.kind = OPERAND_VARIABLE, .index = (n), .width = 64}
#define GARBAGE        {.kind = OPERAND_GARBAGE, .width = 64}

/*
 * A little of everything, as the base of what is damaged below:
 *   1 state seen = 7
 *   2 FFA_VERSION with w1 = 0x10002, seen = 7 answers w0 = 0x10001, set seen = x2; then repeat ...
 *   3 the 2nd to 3rd FFA_VERSION answers x0 = garbage, upper x1 = 0xdead
 *   4 any unknown call passes, delay 5 us
 *   5 every return changes x4-x5 = garbage
 */
static void build_sample(void)
{
	const uint64_t variables[] = {7};
	const struct rules_range ranges[] = {{VERSION, VERSION}, {0, FOREVER}};
	const struct rules_condition conditions[] = {
	    {WORD_OF(1), CONSTANT_OF(0x10002), COMPARE_EQUAL, {0}},
	    {VARIABLE_OF(0), CONSTANT_OF(7), COMPARE_EQUAL, {0}},
	};
	const struct rules_effect effects[] = {
	    {EFFECT_WORD, 0, 0, 0, 0, CONSTANT_OF(0x10001)},
	    {EFFECT_VARIABLE, 0, 0, 0, 0, ARGUMENT_OF(2)},
	    {EFFECT_WHOLE, 0, 0, 0, 0, GARBAGE},
	    {EFFECT_UPPER, 1, 1, 0, 0, CONSTANT_OF(0xdead)},
	    {EFFECT_WHOLE, 4, 5, 0, 0, GARBAGE},
	};
	const struct rules_step steps[] = {
	    {STEP_ANSWER, 0, 2, 0, 0, 0}, {STEP_ANSWER, 0, 1, 0, 0, 0},
	    {STEP_ANSWER, 2, 2, 0, 0, 0}, {STEP_PASS, 0, 0, 0, 5, 0},
	    {STEP_ANSWER, 4, 1, 0, 0, 0},
	};
	const struct rules_rule rules[] = {
	    {RULE_REPEAT, 2, 0, 1, 0, 2, 0, 2, 1, FOREVER},
	    {0, 3, 0, 1, 0, 0, 2, 1, 2, 3},
	    {RULE_UNKNOWN, 4, 1, 1, 0, 0, 3, 1, 1, FOREVER},
	    {RULE_RETURN, 5, 1, 1, 0, 0, 4, 1, 1, FOREVER},
	};

	begin(BOOT_FILL_RAM | BOOT_FILL_REGISTERS, 0xa5);
	TABLE(variables, variables);
	TABLE(ranges, ranges);
	TABLE(conditions, conditions);
	TABLE(effects, effects);
	TABLE(steps, steps);
	TABLE(rules, rules);
	finish();
}

/* One rule for FFA_VERSION with these steps, whose effects are `effects`. */
static void build_one(uint16_t flags, const struct rules_step *steps, uint16_t step_count,
		      const struct rules_effect *effects, uint16_t effect_count, uint32_t from,
		      uint32_t to)
{
	const struct rules_range ranges[] = {{VERSION, VERSION}};
	const struct rules_rule rules[] = {{flags, 1, 0, 1, 0, 0, 0, step_count, from, to}};

	begin(0, 0);
	TABLE(ranges, ranges);
	image.header.effects = effect_count;
	append(effects, effect_count * sizeof(*effects));
	image.header.steps = step_count;
	append(steps, step_count * sizeof(*steps));
	TABLE(rules, rules);
	finish();
	assert_null(load());
}

static uint64_t x[18];

/* A call with canaries in x2..x17; returns x0. */
static uint64_t ask(uint64_t function, uint64_t x1)
{
	for (unsigned i = 0; i < 18; i++)
		x[i] = 0xcafe000000000000U + i;
	x[0] = function;
	x[1] = x1;
	assert_true(border_call(x, 0));
	return x[0];
}

static void assert_kept(unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		assert_int_equal(x[i], 0xcafe000000000000U + i);
}

/* ---- behaviour ---- */

static void test_rules_none(void **state)
{
	(void)state;
	assert_null(border_load(NULL, 0));
	rules_boot();
	assert_int_equal(border.ram, -1);
	assert_false(rules_fill_registers());
	assert_int_equal(ask(VERSION, 0x10002), UINT64_MAX);
	assert_kept(2, 17);
	assert_int_equal(ask(0x84000000U, 0), OWN_PSCI);
}

static void test_rules_sample(void **state)
{
	(void)state;
	build_sample();
	assert_null(load());
	rules_boot();
	assert_int_equal(border.ram, 0xa5);
	assert_true(rules_fill_registers());

	/* 1st: the first rule; x2 becomes the state, which is 7 no longer */
	assert_int_equal(ask(VERSION, 0xffffffff00010002U), 0x10001);
	assert_int_equal(x[1], 0xffffffff00010002U);
	assert_kept(2, 3);
	assert_kept(6, 17);
	assert_int_not_equal(x[4], 0xcafe000000000004U);
	assert_int_not_equal(x[5], x[4]);
	/* 2nd and 3rd: the other, in spite of its being asked less often */
	(void)ask(VERSION, 0x10002);
	assert_int_equal(x[1], 0xdead00010002U);
	(void)ask(VERSION, 0x10002);
	assert_int_equal(x[1], 0xdead00010002U);
	assert_int_equal(border.waited, 0);
	/* 4th: nobody but the last one, which leaves it to the firmware */
	assert_int_equal(ask(VERSION, 0x10002), UINT64_MAX);
	assert_int_equal(border.waited, 5);
	/* known: not even that one */
	assert_int_equal(ask(0x84000000U, 0), OWN_PSCI);
	assert_int_equal(border.waited, 5);
}

static void test_rules_sequence_ends(void **state)
{
	const struct rules_effect effects[] = {{EFFECT_WHOLE, 0, 0, 0, 0, CONSTANT_OF(11)},
					       {EFFECT_WHOLE, 0, 0, 0, 0, CONSTANT_OF(12)},
					       {EFFECT_WHOLE, 0, 0, 0, 0, CONSTANT_OF(13)}};
	const struct rules_step steps[] = {{STEP_ANSWER, 0, 1, 0, 0, 0},
					   {STEP_ANSWER, 1, 1, 0, 0, 0},
					   {STEP_ANSWER, 2, 1, 0, 0, 0}};

	(void)state;
	build_one(0, steps, 3, effects, 3, 1, FOREVER);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(ask(VERSION, 0), i < 2 ? 11 + i : 13);
	build_one(RULE_REPEAT, steps, 3, effects, 3, 1, FOREVER);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(ask(VERSION, 0), 11 + i % 3);
	build_one(0, steps, 1, effects, 3, 3, 4);
	for (unsigned i = 1; i < 7; i++)
		assert_int_equal(ask(VERSION, 0), i == 3 || i == 4 ? 11 : UINT64_MAX);
}

static void test_rules_hang(void **state)
{
	const struct rules_step steps[] = {{STEP_HANG, 0, 0, 0, 9, 0}};
	uint64_t registers[18] = {VERSION};

	(void)state;
	build_one(0, steps, 1, NULL, 0, 1, FOREVER);
	assert_false(border_call(registers, 0));
	assert_int_equal(border.waited, 9);
	/* the lock is not held: another CPU goes on */
	border_cpu = 1;
	assert_int_equal(ask(ID_GET, 0), UINT64_MAX);
	border_cpu = 0;
}

static void test_rules_hint_and_immediate(void **state)
{
	const struct rules_effect effects[] = {{EFFECT_WHOLE, 0, 0, 0, 0, CONSTANT_OF(1)}};
	const struct rules_step steps[] = {{STEP_ANSWER, 0, 1, 0, 0, 0}};
	uint64_t registers[18] = {VERSION};

	(void)state;
	build_one(0, steps, 1, effects, 1, 1, FOREVER);
	assert_int_equal(ask(VERSION | 0x10000U, 0), 1);
	assert_int_equal(ask(0xdeadbeef00000000U | VERSION, 0), 1);
	assert_int_equal(ask(VERSION & 0x7fffffffU, 0), UINT64_MAX);
	assert_true(border_call(registers, 1));
	assert_int_equal(registers[0], UINT64_MAX);
}

struct asker {
	pthread_t thread;
	unsigned cpu;
	unsigned granted;
};

/* Few: threads that spin for a lock whose holder does not run are slow on a busy machine. */
#define ASKERS 2
#define ROUNDS 1000

static void *ask_often(void *context)
{
	struct asker *asker = context;

	border_cpu = asker->cpu;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t registers[18] = {VERSION};

		(void)border_call(registers, 0);
		asker->granted += registers[0] == 1;
	}
	return NULL;
}

/* From all CPUs at once, the calls are counted one by one. */
static void test_rules_counts_across_cpus(void **state)
{
	const struct rules_effect effects[] = {{EFFECT_WHOLE, 0, 0, 0, 0, CONSTANT_OF(1)}};
	const struct rules_step steps[] = {{STEP_ANSWER, 0, 1, 0, 0, 0}};
	struct asker asker[ASKERS] = {0};
	unsigned granted = 0;

	(void)state;
	build_one(0, steps, 1, effects, 1, 101, 1500);
	for (unsigned i = 0; i < ASKERS; i++) {
		asker[i].cpu = i;
		assert_int_equal(pthread_create(&asker[i].thread, NULL, ask_often, &asker[i]), 0);
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		assert_int_equal(pthread_join(asker[i].thread, NULL), 0);
		granted += asker[i].granted;
	}
	assert_int_equal(granted, 1500 - 100);
}

static void test_rules_garbage_differs(void **state)
{
	uint64_t first[3], again;

	(void)state;
	assert_null(border_load(NULL, 0));
	for (unsigned i = 0; i < 3; i++) {
		border_cpu = i;
		first[i] = rules_garbage();
		again = rules_garbage();
		assert_int_not_equal(first[i], again);
		assert_int_not_equal(first[i] >> 32, 0);
	}
	border_cpu = 0;
	assert_int_not_equal(first[0], first[1]);
	assert_int_not_equal(first[1], first[2]);
}

/* ---- damaged blobs ---- */

/* Whatever was accepted is carried out: the sanitizers see whether it stays within its bounds. */
static void exercise(void)
{
	static const uint64_t functions[] = {VERSION,     ID_GET, 0x84000000U,
					     0xc4000003U, 0,      0xffffffffU};
	uint64_t registers[18];

	rules_boot();
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < COUNT(functions); i++) {
			memset(registers, 0x5a, sizeof(registers));
			registers[0] = functions[i];
			registers[1] = 0x10002;
			(void)border_call(registers, 0);
		}
	}
}

static void test_rules_refuses_truncated(void **state)
{
	(void)state;
	build_sample();
	for (size_t size = 1; size < image_size; size++)
		assert_non_null(border_load(image.bytes, size));
	/* also when the header admits it */
	for (size_t size = 1; size < image_size; size++) {
		build_sample();
		image.header.size = (uint32_t)size;
		assert_non_null(border_load(image.bytes, size));
	}
}

static void test_rules_refuses_longer(void **state)
{
	(void)state;
	build_sample();
	assert_non_null(border_load(image.bytes, image_size + 8));
	image.header.size += 8;
	assert_non_null(border_load(image.bytes, image_size + 8));
	assert_non_null(border_load(image.bytes, RULES_ROOM + 1));
}

/* After a refusal nothing of the blob is in force. */
static void test_rules_refused_are_not_in_force(void **state)
{
	(void)state;
	build_sample();
	image.bytes[image_size - 1] = 0;
	image.bytes[image_size - 2] = 0;
	image.bytes[image_size - 3] = 0;
	image.bytes[image_size - 4] = 0; /* the last rule's `to` before its `from` */
	assert_non_null(load());
	rules_boot();
	assert_int_equal(border.ram, -1);
	assert_false(rules_fill_registers());
	assert_int_equal(ask(VERSION, 0x10002), UINT64_MAX);
	assert_kept(2, 17);
}

static void test_rules_survives_any_byte(void **state)
{
	static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x7f};
	unsigned refused = 0;
	size_t size;

	(void)state;
	build_sample();
	size = image_size;
	for (size_t at = 0; at < size; at++) {
		for (unsigned i = 0; i < COUNT(masks); i++) {
			build_sample();
			image.bytes[at] ^= masks[i];
			if (load() != NULL)
				refused++;
			else
				exercise();
		}
	}
	/* values of constants and identifiers are free; most of the rest is not */
	assert_true(refused > size * COUNT(masks) / 3);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void test_rules_survives_random_bytes(void **state)
{
	uint32_t seed = 0x2545f491U;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned changes = 1 + random_next(&seed) % 6;

		build_sample();
		while (changes-- > 0) {
			uint8_t value = (uint8_t)random_next(&seed);

			/* behind the magic; small numbers are what fields are made of */
			image.bytes[8 + random_next(&seed) % (image_size - 8)] =
			    (random_next(&seed) & 1U) != 0U ? value : value & 7U;
		}
		if (load() == NULL)
			exercise();
	}
}

/* Each of these is one field beside its range. */
static void test_rules_refuses_each_field(void **state)
{
	const size_t header = sizeof(struct rules_header);
	const size_t condition = header + 8 + 2 * sizeof(struct rules_range);
	const size_t effect = condition + 2 * sizeof(struct rules_condition);
	const size_t step = effect + 5 * sizeof(struct rules_effect);
	const size_t rule = step + 5 * sizeof(struct rules_step);
	const struct {
		size_t at;
		uint8_t value;
	} fields[] = {
	    {0, 'Q'},
	    {7, '2'},
	    {24, BOOT_ALL + 1},
	    {26, 1},
	    {28, 1},
	    {header + 8 + 4, 0},                            /* range ends before it starts */
	    {condition, OPERAND_KINDS},                     /* kind */
	    {condition + 1, 18},                            /* register */
	    {condition + 2, 33},                            /* bits beyond 64 with width 32 */
	    {condition + 3, 0},                             /* no bits */
	    {condition + 3, 65},                            /* too many */
	    {condition + 4, 1},                             /* zero */
	    {condition + 8, 1},                             /* a constant where none belongs */
	    {condition + 32, COMPARISONS},                  /* comparison */
	    {condition + 39, 1},                            /* zero */
	    {condition + 40 + 1, 1},                        /* variable */
	    {condition + 16 + 1, 1},                        /* index of a constant */
	    {effect, EFFECT_TARGETS},                       /* target */
	    {effect + 1, 1},                                /* first after last */
	    {effect + 2, 18},                               /* last */
	    {effect + 3, 1},                                /* zero */
	    {effect + 4, 1},                                /* zero */
	    {effect + 24 + 2, 1},                           /* run of variables */
	    {effect + 24, EFFECT_WHOLE + 9},                /* target */
	    {step, STEP_KINDS},                             /* kind */
	    {step + 2, 6},                                  /* effects beyond the table */
	    {step + 4, 6},                                  /* as many */
	    {step + 6, 1},                                  /* zero */
	    {step + 12, 1},                                 /* zero */
	    {step + 11, 0xff},                              /* delay */
	    {step + 3 * sizeof(struct rules_step) + 4, 1},  /* registers with `passes` */
	    {rule, 8},                                      /* flags */
	    {rule + 4, 3},                                  /* ranges beyond the table */
	    {rule + 6, 0},                                  /* no range */
	    {rule + 6, 3},                                  /* too many */
	    {rule + 8, 2},                                  /* conditions beyond the table */
	    {rule + 10, 3},                                 /* too many */
	    {rule + 12, 5},                                 /* steps beyond the table */
	    {rule + 14, 0},                                 /* no step */
	    {rule + 14, 6},                                 /* too many */
	    {rule + 16, 0},                                 /* the 0th call */
	    {rule + sizeof(struct rules_rule) + 20, 1},     /* to before from */
	    {rule + 3 * sizeof(struct rules_rule) + 12, 3}, /* a return rule that passes */
	};

	(void)state;
	build_sample();
	assert_int_equal(rule + 4 * sizeof(struct rules_rule), image_size);
	assert_null(load());
	for (unsigned i = 0; i < COUNT(fields); i++) {
		build_sample();
		assert_int_not_equal(image.bytes[fields[i].at], fields[i].value);
		image.bytes[fields[i].at] = fields[i].value;
		if (load() == NULL)
			fail_msg("field %u at offset %zu: %u is accepted", i, fields[i].at,
				 fields[i].value);
	}
}

static void test_rules_refuses_too_many(void **state)
{
	static struct rules_rule rules[RULES_LIMIT + 1];
	static uint64_t variables[VARIABLES_LIMIT + 1];
	const struct rules_range ranges[] = {{0, FOREVER}};
	const struct rules_step steps[] = {{STEP_PASS, 0, 0, 0, 0, 0}};

	(void)state;
	for (unsigned i = 0; i < COUNT(rules); i++)
		rules[i] = (struct rules_rule){0, 1, 0, 1, 0, 0, 0, 1, 1, FOREVER};
	for (unsigned extra = 0; extra < 2; extra++) {
		begin(0, 0);
		TABLE(ranges, ranges);
		TABLE(steps, steps);
		image.header.rules = (uint16_t)(RULES_LIMIT + extra);
		append(rules, (RULES_LIMIT + extra) * sizeof(rules[0]));
		finish();
		assert_int_equal(load() == NULL, extra == 0);
		exercise();
		begin(0, 0);
		image.header.variables = (uint16_t)(VARIABLES_LIMIT + extra);
		append(variables, (VARIABLES_LIMIT + extra) * sizeof(variables[0]));
		finish();
		assert_int_equal(load() == NULL, extra == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules_none),
	    cmocka_unit_test(test_rules_sample),
	    cmocka_unit_test(test_rules_sequence_ends),
	    cmocka_unit_test(test_rules_hang),
	    cmocka_unit_test(test_rules_hint_and_immediate),
	    cmocka_unit_test(test_rules_counts_across_cpus),
	    cmocka_unit_test(test_rules_garbage_differs),
	    cmocka_unit_test(test_rules_refuses_truncated),
	    cmocka_unit_test(test_rules_refuses_longer),
	    cmocka_unit_test(test_rules_refused_are_not_in_force),
	    cmocka_unit_test(test_rules_survives_any_byte),
	    cmocka_unit_test(test_rules_survives_random_bytes),
	    cmocka_unit_test(test_rules_refuses_each_field),
	    cmocka_unit_test(test_rules_refuses_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
