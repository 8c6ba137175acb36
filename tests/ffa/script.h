/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sequence of calls as a text that can be read, mended and run again:
 *
 *   world ipa 40 bbm 0 firmware 0x10001 donate 1 transactions 64 patience 1000
 *   cpu 0 version w 0x10002
 *   cpu 0 map w 1 a 0x40000000 b 0x40001000 wide 1
 *   at once 77
 *     cpu 1 share tag 1 borrowers 1 run 0x40002000 1 1 1
 *     cpu 2 reclaim tag 1
 *   end
 *
 * A word that is not given is 0; "at once" gives the seed of who runs when; '#' begins a remark.
 */
#ifndef PORTCULLIS_FFA_SCRIPT_H
#define PORTCULLIS_FFA_SCRIPT_H

#include <stdio.h>

#include "ffa/world.h"

#define FFA_SCRIPT_BURSTS 6000U

struct ffa_script {
	struct world_shape shape;
	uint32_t count;
	struct call_burst burst[FFA_SCRIPT_BURSTS];
};

void ffa_script_print(FILE *file, const void *script);

/* NULL, or why the text cannot be read. */
const char *ffa_script_read(FILE *file, void *script);

#endif
