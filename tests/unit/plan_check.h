/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold for every plan, whatever the tree: stated by hand from core/boot/plan.h, with no
 * code of the planner.
 */
#ifndef PORTCULLIS_TEST_PLAN_CHECK_H
#define PORTCULLIS_TEST_PLAN_CHECK_H

#include "core/boot/plan.h"

/* NULL, or what is wrong with the plan; valid until the next call. `tree` made the plan. */
const char *plan_check(const struct boot_plan *plan, const struct boot_facts *facts,
		       const void *tree);

/* NULL, or what is wrong with a refusal: no reason, more than a line, a full stop. */
const char *refusal_check(const struct boot_plan *plan, const char *reason);

/*
 * Map the host's memory as the plan says, in tables of exactly the planned size, and write its tree
 * into exactly the planned room. NULL, or what did not work.
 */
const char *plan_carry_out(struct boot_plan *plan, const void *tree);

#endif
