// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled rules of a personality: a run of entries that is accepted lies in its table, and
 * an operand or effect that is accepted names registers and variables that are there, and bits
 * of a 64-bit number.
 *
 * target: firmware/rules.c run_fits, operand_valid, effect_valid
 * bound: every run, operand and effect, every number of variables
 * assumes: nothing
 * unwind: 1
 */
#include "proof.h"

/* the calling CPU is nobody's concern here */
#define FIRMWARE_SYSREG_H
unsigned cpu_index(void);

#include "rules.c"

static const struct rules_header *header = &blob.header;

static struct rules_operand any_operand(void)
{
	return (struct rules_operand){nondet_uint8(), nondet_uint8(),  nondet_uint8(),
				      nondet_uint8(), nondet_uint32(), nondet_uint64()};
}

static void prove_operand(void)
{
	struct rules_operand operand = any_operand();

	if (!operand_valid(&operand))
		return;
	PROMISE(operand.low < 64U && operand.width >= 1U && operand.low + operand.width <= 64U);
	PROMISE(operand.kind != OPERAND_VARIABLE || operand.index < header->variables);
	PROMISE(operand.index < 18U || operand.kind == OPERAND_VARIABLE);
}

static void prove_effect(void)
{
	struct rules_effect effect = {nondet_uint8(), nondet_uint8(),  nondet_uint8(),
				      nondet_uint8(), nondet_uint32(), any_operand()};

	if (!effect_valid(&effect))
		return;
	PROMISE(effect.first <= effect.last);
	PROMISE(effect.last <
		(effect.target == EFFECT_VARIABLE ? (unsigned)header->variables : 18U));
}

void prove(void)
{
	unsigned first = nondet_uint16(), number = nondet_uint16(), count = nondet_uint16();

	blob.header.variables = nondet_uint16();
	PROMISE(run_fits(first, number, count) == ((wide)first + number <= count));
	prove_operand();
	prove_effect();
}
