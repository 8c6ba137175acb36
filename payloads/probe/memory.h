/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of memory share. */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

#include <stdint.h>

/*
 * Every kind of access to this page of RAM, EL0's and the table walker's among them, is an external
 * abort. `where` is for messages.
 */
void memory_check_gone(const char *where, uint64_t page);

#endif
