/* SPDX-License-Identifier: Apache-2.0 */
/* A second reading of where a device tree says that memory and registers are, with libfdt alone. */
#ifndef PORTCULLIS_FUZZ_READING_H
#define PORTCULLIS_FUZZ_READING_H

#include "core/boot/plan.h"

/*
 * NULL when the plan's RAM is what the tree's memory nodes name, and its devices hold all registers
 * that a CPU sees of each device that the host keeps; else what is wrong. `tree` is one that
 * boot_plan_make() accepted.
 */
const char *reading_check(const struct boot_plan *plan, const struct boot_facts *facts,
			  const void *tree);

#endif
