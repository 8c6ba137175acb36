/* SPDX-License-Identifier: Apache-2.0 */
/* Are the protections of EL2 really on? Looked up in registers and tables, not believed. */
#ifndef PORTCULLIS_SELFCHECK_H
#define PORTCULLIS_SELFCHECK_H

#include <stdbool.h>

/*
 * Check W^X, the guard page, BTI, pointer authentication and the canary on the calling CPU; log
 * what is on, and name each that is off though the CPU has it. Boot CPU, before the host starts.
 * False when one is off: the host is then not started, since this would be our own broken
 * invariant.
 */
bool selfcheck(void);

/* The same for a CPU that comes up later, silently; crashes when its state differs from the boot
 * CPU's. */
void selfcheck_secondary(void);

#endif
