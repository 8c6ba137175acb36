// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include <stddef.h>
#include <string.h>

#include "core/lock.h"
#include "layout.h"
#include "options.h"
#include "ram.h"
#include "rules_format.h"
#include "spmc.h"
#include "sysreg.h"

/* The blob as it was handed over. Nothing in it is believed before rules_load() has checked it. */
static union {
	struct rules_header header;
	uint8_t bytes[RULES_ROOM];
	uint64_t alignment;
} blob;

/* The tables in the blob; written by rules_load(), constant afterwards. */
static struct {
	const uint64_t *variable;
	const struct rules_range *range;
	const struct rules_condition *condition;
	const struct rules_effect *effect;
	const struct rules_step *step;
	const struct rules_rule *rule;
	const uint64_t *property;
} table;

/*
 * What changes from call to call. One lock for all of it: a call sees the effects of the calls
 * before it and none of those after, whichever CPUs they came from. Delays and the firmware's own
 * functions run without it. Nothing is taken under it.
 */
static struct {
	struct lock lock;
	uint64_t variable[VARIABLES_LIMIT];
	struct {
		uint64_t fitted;  /* calls that fit it, whoever answered them */
		uint64_t applied; /* those that it answered or changed */
	} rule[RULES_LIMIT];
} state;

/* Of each CPU its own; no other one touches it. */
static uint64_t garbage[CPU_LIMIT];

_Static_assert(sizeof(struct rules_header) == 32 && sizeof(struct rules_range) == 8 &&
		   sizeof(struct rules_operand) == 16 && sizeof(struct rules_condition) == 40 &&
		   sizeof(struct rules_effect) == 24 && sizeof(struct rules_step) == 16 &&
		   sizeof(struct rules_rule) == 24,
	       "the tables have no gaps");

/* A counter that is scrambled (splitmix64): no pattern, no 0 for long, the same in every run. */
static uint64_t next_garbage(unsigned cpu)
{
	uint64_t value = garbage[cpu] += UINT64_C(0x9e3779b97f4a7c15) + ((uint64_t)cpu << 1);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

uint64_t rules_garbage(void)
{
	return next_garbage(cpu_index());
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	uint8_t all = 0;

	while (size-- > 0)
		all |= *bytes++;
	return all == 0;
}

/* Do entries [first, first + number) lie in a table of `count`? */
static bool run_fits(unsigned first, unsigned number, unsigned count)
{
	return first <= count && number <= count - first;
}

static bool operand_valid(const struct rules_operand *operand)
{
	unsigned limit = 1;

	if (operand->kind >= OPERAND_KINDS || operand->low >= 64 || operand->width == 0 ||
	    operand->width > 64 - operand->low || operand->zero != 0)
		return false;
	if (operand->kind == OPERAND_ARGUMENT || operand->kind == OPERAND_RESULT)
		limit = CALL_REGISTERS;
	else if (operand->kind == OPERAND_VARIABLE)
		limit = blob.header.variables;
	return operand->index < limit &&
	       (operand->kind == OPERAND_CONSTANT || operand->constant == 0);
}

static bool effect_valid(const struct rules_effect *effect)
{
	unsigned limit = effect->target == EFFECT_VARIABLE ? blob.header.variables : CALL_REGISTERS;

	return effect->target < EFFECT_TARGETS && effect->first <= effect->last &&
	       effect->last < limit && effect->zero8 == 0 && effect->zero32 == 0 &&
	       (effect->target != EFFECT_VARIABLE || effect->first == effect->last) &&
	       operand_valid(&effect->value);
}

static bool step_valid(const struct rules_step *step)
{
	if (step->kind >= STEP_KINDS || step->zero16 != 0 || step->zero32 != 0 ||
	    step->delay_us > DELAY_LIMIT ||
	    !run_fits(step->effect, step->effects, blob.header.effects))
		return false;
	for (unsigned i = 0; i < step->effects && step->kind != STEP_ANSWER; i++) {
		if (table.effect[step->effect + i].target != EFFECT_VARIABLE)
			return false;
	}
	return true;
}

static bool rule_valid(const struct rules_rule *rule)
{
	const struct rules_header *header = &blob.header;

	if ((rule->flags & ~(unsigned)RULE_ALL) != 0 || rule->ranges == 0 || rule->steps == 0 ||
	    !run_fits(rule->range, rule->ranges, header->ranges) ||
	    !run_fits(rule->condition, rule->conditions, header->conditions) ||
	    !run_fits(rule->step, rule->steps, header->steps) || rule->from == 0 ||
	    rule->from > rule->to)
		return false;
	for (unsigned i = 0; i < rule->steps && (rule->flags & RULE_RETURN) != 0; i++) {
		if (table.step[rule->step + i].kind != STEP_ANSWER)
			return false;
	}
	return true;
}

enum {
	TABLES = 7
};

/* Sizes first: afterwards every table lies within the blob. */
static const char *find_tables(size_t size)
{
	const struct rules_header *header = &blob.header;
	const size_t entry[TABLES] = {sizeof(uint64_t),
				      sizeof(struct rules_range),
				      sizeof(struct rules_condition),
				      sizeof(struct rules_effect),
				      sizeof(struct rules_step),
				      sizeof(struct rules_rule),
				      sizeof(uint64_t)};
	const uint16_t properties = (header->boot & BOOT_SPMC) != 0 ? SPMC_PROPERTIES : 0;
	const uint16_t count[TABLES] = {header->variables, header->ranges, header->conditions,
					header->effects,   header->steps,  header->rules,
					properties};
	size_t offset[TABLES];
	size_t end = sizeof(*header);

	if (size < sizeof(*header) ||
	    memcmp(header->magic, RULES_MAGIC, sizeof(header->magic)) != 0)
		return "these are no compiled rules of this format";
	if (header->size != size)
		return "the rules were cut or something was appended";
	for (unsigned i = 0; i < TABLES; i++) {
		offset[i] = end;
		end += entry[i] * count[i];
	}
	if (end != size)
		return "the tables do not fill the rules";
	if (header->variables > VARIABLES_LIMIT || header->rules > RULES_LIMIT)
		return "more variables or rules than there is room for";
	if ((header->boot & ~(unsigned)BOOT_ALL) != 0 || header->zero16 != 0 ||
	    header->zero32 != 0 || ((header->boot & BOOT_FILL_RAM) == 0 && header->ram != 0))
		return "the header has unknown bits";
	table.variable = (const void *)(blob.bytes + offset[0]);
	table.range = (const void *)(blob.bytes + offset[1]);
	table.condition = (const void *)(blob.bytes + offset[2]);
	table.effect = (const void *)(blob.bytes + offset[3]);
	table.step = (const void *)(blob.bytes + offset[4]);
	table.rule = (const void *)(blob.bytes + offset[5]);
	table.property = (const void *)(blob.bytes + offset[6]);
	return NULL;
}

static const char *check_tables(void)
{
	const struct rules_header *header = &blob.header;

	for (unsigned i = 0; i < header->ranges; i++) {
		if (table.range[i].first > table.range[i].last)
			return "a range of functions ends before it starts";
	}
	for (unsigned i = 0; i < header->conditions; i++) {
		const struct rules_condition *condition = &table.condition[i];

		if (!operand_valid(&condition->left) || !operand_valid(&condition->right) ||
		    condition->comparison >= COMPARISONS ||
		    !is_zero(condition->zero, sizeof(condition->zero)))
			return "a condition has unknown parts";
	}
	for (unsigned i = 0; i < header->effects; i++) {
		if (!effect_valid(&table.effect[i]))
			return "an effect has unknown parts";
	}
	for (unsigned i = 0; i < header->steps; i++) {
		if (!step_valid(&table.step[i]))
			return "a step has unknown parts";
	}
	for (unsigned i = 0; i < header->rules; i++) {
		if (!rule_valid(&table.rule[i]))
			return "a rule has unknown parts";
	}
	for (unsigned i = 0; i < SPMC_PROPERTIES && (header->boot & BOOT_SPMC) != 0; i++) {
		if (!spmc_property_valid(i, table.property[i]))
			return "a property of the SPMC has an impossible value";
	}
	return NULL;
}

const char *rules_load(void)
{
	size_t size = options_read_personality(blob.bytes, sizeof(blob.bytes));
	const char *reason;

	memset(&state, 0, sizeof(state));
	if (size > sizeof(blob.bytes))
		reason = "the rules are larger than the room for them";
	else if (size == 0)
		reason = NULL;
	else
		reason = find_tables(size);
	if (reason == NULL && size > 0)
		reason = check_tables();
	if (reason != NULL || size == 0)
		memset(&blob.header, 0, sizeof(blob.header));
	else
		memcpy(state.variable, table.variable,
		       blob.header.variables * sizeof(state.variable[0]));
	return reason;
}

void rules_boot(void)
{
	if ((blob.header.boot & BOOT_FILL_RAM) != 0)
		ram_fill(blob.header.ram);
}

const uint64_t *rules_spmc(void)
{
	return (blob.header.boot & BOOT_SPMC) != 0 ? table.property : NULL;
}

bool rules_fill_registers(void)
{
	return (blob.header.boot & BOOT_FILL_REGISTERS) != 0;
}

static uint64_t read_operand(const struct rules_operand *operand, const struct call *call)
{
	uint64_t value = 0;

	switch ((enum operand_kind)operand->kind) {
	case OPERAND_CONSTANT:
		value = operand->constant;
		break;
	case OPERAND_ARGUMENT:
		value = call->argument[operand->index];
		break;
	case OPERAND_VARIABLE:
		value = state.variable[operand->index];
		break;
	case OPERAND_CPU:
		value = call->cpu;
		break;
	case OPERAND_GARBAGE:
		value = next_garbage(call->cpu);
		break;
	case OPERAND_RESULT:
		value = call->result[operand->index];
		break;
	case OPERAND_KINDS:
		break;
	}
	value >>= operand->low;
	return operand->width < 64 ? value & ((UINT64_C(1) << operand->width) - 1) : value;
}

static bool holds(const struct rules_condition *condition, const struct call *call)
{
	uint64_t left = read_operand(&condition->left, call);
	uint64_t right = read_operand(&condition->right, call);

	switch ((enum comparison)condition->comparison) {
	case COMPARE_EQUAL:
		return left == right;
	case COMPARE_UNEQUAL:
		return left != right;
	case COMPARE_BELOW:
		return left < right;
	case COMPARE_NOT_ABOVE:
		return left <= right;
	case COMPARE_ABOVE:
		return left > right;
	case COMPARE_NOT_BELOW:
		return left >= right;
	case COMPARISONS:
		break;
	}
	return false;
}

static bool fits(const struct rules_rule *rule, const struct call *call)
{
	bool named = false;

	for (unsigned i = 0; i < rule->ranges && !named; i++) {
		const struct rules_range *range = &table.range[rule->range + i];

		named = call->function >= range->first && call->function <= range->last;
	}
	if (!named || ((rule->flags & RULE_UNKNOWN) != 0 && call_known(call->function)))
		return false;
	for (unsigned i = 0; i < rule->conditions; i++) {
		if (!holds(&table.condition[rule->condition + i], call))
			return false;
	}
	return true;
}

/* Count the call for rule `index`; does the rule apply to it? Under the lock. */
static bool counts(unsigned index, const struct call *call)
{
	const struct rules_rule *rule = &table.rule[index];
	uint64_t number;

	if (!fits(rule, call))
		return false;
	number = ++state.rule[index].fitted;
	return number >= rule->from && (number <= rule->to || rule->to == UINT32_MAX);
}

static void apply(const struct rules_effect *effect, struct call *call)
{
	for (unsigned i = effect->first; i <= effect->last; i++) {
		uint64_t value = read_operand(&effect->value, call);

		switch ((enum effect_target)effect->target) {
		case EFFECT_WHOLE:
			call->result[i] = value;
			break;
		case EFFECT_WORD:
			call->result[i] = (uint32_t)value;
			break;
		case EFFECT_UPPER:
			call->result[i] = value << 32 | (uint32_t)call->result[i];
			break;
		case EFFECT_VARIABLE:
			state.variable[i] = value;
			break;
		case EFFECT_TARGETS:
			break;
		}
	}
}

/* Carry out the step whose turn it is, all but its delay; returns it. Under the lock. */
static const struct rules_step *take_step(unsigned index, struct call *call)
{
	const struct rules_rule *rule = &table.rule[index];
	uint64_t turn = state.rule[index].applied++;
	const struct rules_step *step;

	if ((rule->flags & RULE_REPEAT) != 0)
		turn %= rule->steps;
	else if (turn >= rule->steps)
		turn = rule->steps - 1U;
	step = &table.step[rule->step + turn];
	for (unsigned i = 0; i < step->effects; i++)
		apply(&table.effect[step->effect + i], call);
	return step;
}

bool rules_answer(struct call *call)
{
	const struct rules_step *step = NULL;
	unsigned chosen = RULES_LIMIT;

	/* Calls with another immediate are not of this convention (DEN0028 2.9). */
	if (blob.header.rules == 0 || call->immediate != 0)
		return false;
	lock_take(&state.lock);
	/* Those behind the one that answers count too, so that «the 2nd» is the 2nd. */
	for (unsigned i = 0; i < blob.header.rules; i++) {
		if ((table.rule[i].flags & RULE_RETURN) == 0 && counts(i, call) &&
		    chosen == RULES_LIMIT)
			chosen = i;
	}
	if (chosen != RULES_LIMIT) {
		step = take_step(chosen, call);
		call->line = table.rule[chosen].line;
	}
	lock_release(&state.lock);
	if (step == NULL)
		return false;
	if (step->delay_us != 0)
		cpu_wait(step->delay_us);
	if (step->kind == STEP_HANG) {
		call_leaves(call);
		cpu_hang();
	}
	return step->kind == STEP_ANSWER;
}

void rules_return(struct call *call)
{
	uint64_t delay_us = 0;

	if (blob.header.rules == 0 || call->immediate != 0)
		return;
	lock_take(&state.lock);
	for (unsigned i = 0; i < blob.header.rules; i++) {
		if ((table.rule[i].flags & RULE_RETURN) != 0 && counts(i, call))
			delay_us += take_step(i, call)->delay_us;
	}
	lock_release(&state.lock);
	if (delay_us != 0)
		cpu_wait(delay_us);
}
