/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that a seed decides: xorshift64. One state, for one CPU at a time. */
#ifndef PAYLOAD_RANDOM_H
#define PAYLOAD_RANDOM_H

#include <stdint.h>

void random_seed(uint64_t seed);
uint64_t random_word(void);

#endif
