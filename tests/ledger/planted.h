/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PORTCULLIS_LEDGER_PLANTED_H
#define PORTCULLIS_LEDGER_PLANTED_H

#include "ledger/universe.h"

/*
 * Damage the ledger and the tables of a fresh universe, one thing at a time, and see that the
 * core's own walk objects to each: it is called a lot here, and must not be one that always agrees.
 * Start them with what they cannot be started with, too. Ends in failure(). Closes the universe.
 */
void planted_faults(struct universe *universe);

#endif
