// SPDX-License-Identifier: Apache-2.0
#include "arm64/entropy.h"

#include <stdbool.h>

#include "arm64/cpu.h"
#include "arm64/sysreg.h"

static uint64_t pool[4] = {0x6a09e667f3bcc908UL, 0xbb67ae8584caa73bUL, 0x3c6ef372fe94f82bUL,
			   0xa54ff53a5f1d36f1UL};
static bool used_rndr, used_seed;

static uint64_t rotate(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64U - by));
}

/* One add-rotate-xor round of the SipHash kind over the pool. */
static void round_of(void)
{
	pool[0] += pool[1];
	pool[2] += pool[3];
	pool[1] = rotate(pool[1], 13) ^ pool[0];
	pool[3] = rotate(pool[3], 16) ^ pool[2];
	pool[0] = rotate(pool[0], 32);
	pool[2] += pool[1];
	pool[0] += pool[3];
	pool[1] = rotate(pool[1], 17) ^ pool[2];
	pool[3] = rotate(pool[3], 21) ^ pool[0];
	pool[2] = rotate(pool[2], 32);
}

static void stir(uint64_t word)
{
	pool[3] ^= word;
	round_of();
	round_of();
	pool[0] ^= word;
}

void entropy_add(const void *bytes, size_t size)
{
	const unsigned char *from = bytes;
	uint64_t word = 0;

	used_seed = used_seed || size > 0;
	for (size_t i = 0; i < size; i++) {
		word = (word << 8) | from[i];
		if ((i & 7U) == 7U || i + 1U == size)
			stir(word);
	}
}

uint64_t entropy_word(void)
{
	if (cpu_features.rng) {
		/* RNDR sets Z when it has nothing; then the pool stands alone. */
		uint64_t word, failed;

		__asm__ volatile("mrs %0, " SYSREG_STRING(RNDR) "\n\tcset %1, eq"
				 : "=r"(word), "=r"(failed)::"cc");
		if (failed == 0UL) {
			stir(word);
			used_rndr = true;
		}
	}
	stir(sysreg_read(cntpct_el0));
	pool[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		round_of();
	return pool[0] ^ pool[1] ^ pool[2] ^ pool[3];
}

const char *entropy_sources(void)
{
	if (used_rndr)
		return used_seed ? "RNDR, firmware's TRNG, counter" : "RNDR, counter";
	return used_seed ? "firmware's TRNG, counter" : "counter only";
}
