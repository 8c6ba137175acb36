/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: which are withheld, which are nobody's, and which the payload itself lives in. */
#ifndef PAYLOAD_RANGES_H
#define PAYLOAD_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "payload.h"

/*
 * Ranges that the host must not reach: the no-map children of /reserved-memory, and on QEMU's virt
 * machine under Portcullis the devices that its tree no longer has.
 */
unsigned withheld_count(void);
struct machine_range withheld(unsigned index);

/* Addresses at which the machine has neither memory nor a device for the normal world. */
unsigned outside_count(void);
uint64_t outside(unsigned index);

/* RAM of ours without the image, its stacks, or the tree in it. */
bool ranges_free(uint64_t base, uint64_t size);

/* `count` blocks of RAM in a row that nobody uses, with a free page at either end; 0: none. */
#define RANGES_BLOCK (2UL << 20)
uint64_t ranges_blocks(unsigned count);

#endif
