/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sequence of calls as a text that can be read, mended and run again:
 *
 *   universe banks ipa 40 sets 3 tables 2
 *   cpu 0 donate 0x40000000 3 host guest0
 *   at once 77
 *     cpu 1 quarantine 0x40001000 1 host guest0 shared
 *     cpu 2 hvc 0xc6000021 0x40000000 1
 *     cpu 3 fault 0x40000000
 *     cpu 0 device 0x8000000 512 off
 *   end
 *
 * Addresses and numbers as C has them; "at once" gives the seed of who runs when; '#' begins a
 * remark.
 */
#ifndef PORTCULLIS_LEDGER_SCRIPT_H
#define PORTCULLIS_LEDGER_SCRIPT_H

#include <stdio.h>

#include "ledger/action.h"

#define SCRIPT_BURSTS 12000U

struct script {
	struct universe_shape shape;
	uint32_t count;
	struct burst burst[SCRIPT_BURSTS];
};

void script_print(FILE *file, const struct script *script);

/* NULL, or why the text cannot be read. */
const char *script_read(FILE *file, struct script *script);

/* "donate", "MEM_SHARE", "fault", ... */
const char *script_call_name(const struct action *action);

#endif
