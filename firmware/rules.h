/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The personality: rules that were written in a script, compiled by command/personality.py and
 * handed over at start. Without one the firmware's own functions answer, and FF-A is not there.
 */
#ifndef FIRMWARE_RULES_H
#define FIRMWARE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

/* Read and check the rules; returns NULL or what is wrong with them. Boot CPU. */
const char *rules_load(void);

/* Run the rules for the start of the machine (`at boot`). Boot CPU. */
void rules_boot(void);

/* Rules before the firmware's own function; true when one of them gave the answer. Any CPU. */
bool rules_answer(struct call *call);

/* Rules for what goes back to the caller. Any CPU. */
void rules_return(struct call *call);

/* The properties of the SPMC that the personality has (SPMC_PROPERTIES of them), NULL: it has none.
 */
const uint64_t *rules_spmc(void);

/* Shall registers of unknown reset value be filled with rules_garbage() at each start of a CPU? */
bool rules_fill_registers(void);

/* Numbers without a pattern, the same ones in every run. Any CPU. */
uint64_t rules_garbage(void);

#endif
