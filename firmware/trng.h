/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_TRNG_H
#define FIRMWARE_TRNG_H

#include <stdint.h>

/* Take the seed from the tree. Boot CPU, after tree_prepare(). */
void trng_init(void);

/* 64 bits of the generator. Any CPU. */
uint64_t trng_number(void);

#endif
