/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks over the shoulder of code that changes live stage-2 tables. At each moment that a table
 * walker on another CPU could tell apart (machine_stage2_invalidate(), machine_table_publish()) it
 * compares the fake machine's table memory with the moment before, and objects when
 *
 *   - a valid descriptor became another valid one (DDI 0487, D8.16: break-before-make), but for the
 *     same mappings in another size, as the level of FEAT_BBM allows it (D8.16.2);
 *   - a descriptor became valid while translations of what it replaces were not yet invalidated;
 *   - a table was linked before its content had been published;
 *   - a table that was unlinked was given new content before it was invalidated.
 */
#ifndef PORTCULLIS_TEST_WATCH_H
#define PORTCULLIS_TEST_WATCH_H

#include <stdbool.h>

#include "walker.h"

#define WATCH_PAGES 640U /* of table memory, at most */

/* ID_AA64MMFR2_EL1.BBM of the CPUs. */
enum watch_level {
	WATCH_BREAK,
	WATCH_NT,    /* a block with nT may come and go; a TLBI on either side */
	WATCH_DIRECT /* block and table may take each other's place; a TLBI later */
};

/* Watch the fake machine's table memory as it is now; takes the hook of the fake machine. */
void watch_start(const struct walk_registers *registers, enum watch_level level);
void watch_end(void);

/* True when not a byte of table memory has changed since watch_start() or watch_settle(). */
bool watch_untouched(void);

/*
 * A change is complete: fails the test when a rule was broken, when something was written after the
 * last moment, or when old translations have not been invalidated.
 */
void watch_settle(void);

#endif
