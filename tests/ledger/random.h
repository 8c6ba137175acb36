/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-random numbers from a seed: xorshift64*, started through splitmix64. */
#ifndef PORTCULLIS_LEDGER_RANDOM_H
#define PORTCULLIS_LEDGER_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random_source {
	uint64_t state; /* never 0 */
};

static inline struct random_source random_from(uint64_t seed)
{
	uint64_t z = seed + 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (struct random_source){z != 0U ? z : 1U};
}

static inline uint64_t random_bits(struct random_source *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dULL;
}

/* 0 to limit - 1 */
static inline uint64_t random_below(struct random_source *random, uint64_t limit)
{
	return (random_bits(random) >> 11) % limit;
}

/* True `percent` times in a hundred. */
static inline bool random_chance(struct random_source *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

#endif
