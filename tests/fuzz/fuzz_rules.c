// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled rules of a personality, damaged in any way, and calls over them. Rules that are accepted
 * refer to nothing beside their tables, as a second reading of firmware/rules_format.h finds; they
 * read and write nothing beside them (the sanitizers see that) and change no register that no
 * effect names. Others leave the firmware without rules.
 *
 * target: firmware/rules.c
 * length: 4096
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/border.h"
#include "rules.h"
#include "rules_format.h"
#include "script.h"
#include "spmc.h"

#define CALLS_MAX 24U

/* ---- the second reading ---- */

/* The tables of an accepted blob, as the header counts them. */
struct tables {
	struct rules_header header;
	const uint8_t *range, *condition, *effect, *step, *rule, *property, *end;
};

static struct tables find_tables(const uint8_t *blob)
{
	struct tables found;
	const uint8_t *at = blob + sizeof(found.header);

	memcpy(&found.header, blob, sizeof(found.header));
	found.range = at += 8U * found.header.variables;
	found.condition = at += 8U * found.header.ranges;
	found.effect = at += 40U * found.header.conditions;
	found.step = at += 24U * found.header.effects;
	found.rule = at += 16U * found.header.steps;
	found.property = at += 24U * found.header.rules;
	found.end = at + ((found.header.boot & BOOT_SPMC) != 0 ? 8U * SPMC_PROPERTIES : 0U);
	return found;
}

static void check_operand(const struct tables *tables, const struct rules_operand *operand)
{
	PROMISE(operand->kind < OPERAND_KINDS && operand->low + operand->width <= 64U &&
		operand->width >= 1U);
	PROMISE((operand->kind != OPERAND_ARGUMENT && operand->kind != OPERAND_RESULT) ||
		operand->index < 18U);
	PROMISE(operand->kind != OPERAND_VARIABLE || operand->index < tables->header.variables);
}

/* `at` moves to the next entry of its table. */
#define TAKE(entry, at) (memcpy(&(entry), (at), sizeof(entry)), (at) += sizeof(entry))

static void check_entries(const struct tables *tables)
{
	struct rules_range range;
	struct rules_condition condition;
	struct rules_effect effect;

	for (const uint8_t *at = tables->range; at < tables->condition;) {
		TAKE(range, at);
		PROMISE(range.first <= range.last);
	}
	for (const uint8_t *at = tables->condition; at < tables->effect;) {
		TAKE(condition, at);
		check_operand(tables, &condition.left);
		check_operand(tables, &condition.right);
		PROMISE(condition.comparison < COMPARISONS);
	}
	for (const uint8_t *at = tables->effect; at < tables->step;) {
		TAKE(effect, at);
		check_operand(tables, &effect.value);
		PROMISE(effect.target < EFFECT_TARGETS && effect.first <= effect.last);
		PROMISE(effect.last <
			(effect.target == EFFECT_VARIABLE ? tables->header.variables : 18U));
	}
}

static void check_runs(const struct tables *tables)
{
	const struct rules_header *header = &tables->header;
	struct rules_step step;
	struct rules_rule rule;

	for (const uint8_t *at = tables->step; at < tables->rule;) {
		TAKE(step, at);
		PROMISE(step.kind < STEP_KINDS && step.delay_us <= DELAY_LIMIT);
		PROMISE(step.effect + step.effects <= header->effects);
	}
	for (const uint8_t *at = tables->rule; at < tables->property;) {
		TAKE(rule, at);
		PROMISE(rule.range + rule.ranges <= header->ranges && rule.ranges >= 1U);
		PROMISE(rule.condition + rule.conditions <= header->conditions);
		PROMISE(rule.step + rule.steps <= header->steps && rule.steps >= 1U);
	}
}

static void check_blob(const uint8_t *blob, size_t length)
{
	struct tables tables = find_tables(blob);

	PROMISE(tables.end == blob + length && tables.header.size == length);
	PROMISE(tables.header.variables <= VARIABLES_LIMIT && tables.header.rules <= RULES_LIMIT);
	check_entries(&tables);
	check_runs(&tables);
}

/* ---- calls ---- */

static void call(void)
{
	static const uint64_t functions[12] = {0x84000063, 0x84000069, 0x84000000, 0xc4000003,
					       0x80000000, 0x84000050, 0x8400006f, 0xc4000001,
					       0x84000008, 0x84000064, 0x84000002, 0x80008000};
	static const uint64_t values[8] = {0,       1,          0x10000, 0x10001,
					   0x10002, 0xffffffff, ~0UL,    0x10003};
	uint64_t x[18], before[18];
	uint16_t immediate;

	for (unsigned i = 0; i < 18U; i++)
		x[i] = 0xcafe000000000000UL + i;
	x[0] = script_choose(functions, 12);
	for (unsigned i = 1; i < 4U; i++)
		x[i] = script_choose(values, 8);
	immediate = script_take(1) >= 0xf0U ? 1U : 0U;
	border_cpu = (unsigned)script_take(1) & 3U;
	memcpy(before, x, sizeof(x));
	(void)border_call(x, immediate);
	/* without rules, one register at most changes */
	if (border.size == 0U)
		for (unsigned i = 1; i < 18U; i++)
			PROMISE(x[i] == before[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;
	uint8_t *blob;
	const char *reason;

	script = (struct script){data, size};
	length = script_take(2);
	if (length > script.left)
		length = script.left;
	/* a block of its own, aligned as the room in the firmware */
	blob = malloc(length > 0U ? length : 1U);
	if (blob == NULL)
		return 0;
	memcpy(blob, script.at, length);
	script.at += length;
	script.left -= length;
	/* the header's size follows the damage, or nothing behind it would ever be looked at */
	if (length >= sizeof(struct rules_header) && (script_take(1) & 7U) != 0U) {
		uint32_t whole = (uint32_t)length;

		memcpy(blob, RULES_MAGIC, 8);
		memcpy(blob + offsetof(struct rules_header, size), &whole, sizeof(whole));
	}
	reason = border_load(blob, script_take(1) == 0xffU ? SIZE_MAX : length);
	if (reason != NULL) {
		PROMISE(reason[0] != '\0' && !rules_fill_registers());
		border.size = 0;
	} else if (border.size > 0U) {
		check_blob(blob, length);
	}
	rules_boot();
	for (unsigned i = 0; i < CALLS_MAX && script.left > 0U; i++)
		call();
	PROMISE(border_cpu < 4U && rules_garbage() != rules_garbage());
	free(blob);
	return 0;
}
