/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small secure partition manager (SPMC) with partitions that obey commands, as the normal world
 * sees it at the non-secure physical instance: the caller is a hypervisor, or an operating system
 * without one. It is there when the personality says so (`spmc 1.1`). docs/firmware.md describes
 * it.
 */
#ifndef FIRMWARE_SPMC_H
#define FIRMWARE_SPMC_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

/* As they stand in spmc_properties.def. */
enum spmc_property {
#define PROPERTY(number, name, otherwise, highest) SPMC_##number,
#define WORD(property, word, value)
#include "spmc_properties.def"
#undef PROPERTY
#undef WORD
	SPMC_PROPERTIES
};

/* Which implementation it takes after, where they differ. */
enum spmc_like {
	LIKE_STANDARD,
	LIKE_TFA,     /* TF-A's manager at EL3 */
	LIKE_HAFNIUM, /* at S-EL2, behind TF-A's dispatcher */
	LIKE_OPTEE    /* at S-EL1 */
};

/* Is that a value for the property? */
bool spmc_property_valid(unsigned property, uint64_t value);

/* Everything as after reset; NULL: there is no SPMC. Boot CPU, after rules_load(). */
void spmc_start(const uint64_t properties[SPMC_PROPERTIES]);

/* One line about it on the console, if it is there. Boot CPU. */
void spmc_tell(void);

/* Does the SPMC have a function of that identifier? Any CPU. */
bool spmc_knows(uint32_t function);

/* Carry out an FF-A call; false when there is no SPMC or the call is none of FF-A's. Any CPU. */
bool spmc_serve(struct call *call);

/* The interrupt with which it tells of notifications, 0: none. Constant after spmc_start(). */
unsigned spmc_interrupt(void);

#endif
