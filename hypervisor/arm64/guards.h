/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the guards that the test build `breaker` can take away; see guards.def. */
#ifndef PORTCULLIS_GUARDS_H
#define PORTCULLIS_GUARDS_H

enum guard {
#define GUARD(name, words) GUARD_##name,
#include "arm64/guards.def"
#undef GUARD
	GUARD_COUNT,
	/* for the attacker alone: there is nothing to take away */
	GUARD_hardware, /* the machine stops it */
	GUARD_nothing,  /* nobody stops it */
};

/*
 * A call of the host to the test build: x1 = enum guard, x2 = 1 takes it away, 0 puts it back. x0
 * := 0, or -1 when there is no such guard. Registers change on the calling CPU at once, on others
 * when they next enter the host; memory and decisions change for all.
 */
#define BREAKER_CALL 0xc600002fU

#endif
