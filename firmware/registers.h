/* SPDX-License-Identifier: Apache-2.0 */
/* The EL2 and EL1 registers that a CPU loses when its power goes. */
#ifndef FIRMWARE_REGISTERS_H
#define FIRMWARE_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Put all non-secure EL2 and EL1 registers of this CPU whose reset value the architecture leaves
 * unknown to 0, or to what `source` returns when it is not NULL; SCTLR_EL2 gets its reset value, as
 * the MMU and caches of the level that is entered must be off. `timers` includes the comparators,
 * which stay alive while a CPU sleeps: the tree says always-on.
 */
void registers_reset(uint64_t (*source)(void), bool timers);

#endif
