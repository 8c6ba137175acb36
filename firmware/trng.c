// SPDX-License-Identifier: Apache-2.0
/*
 * True Random Number Generator interface (DEN0098). The numbers come from a ChaCha20 stream whose
 * key is the seed that QEMU leaves in the tree's secure-chosen node. Without that node (a machine
 * started for repeatable counts) the stream is the same at every start; this is a test firmware.
 */
#include "trng.h"

#include <string.h>

#include "calls.h"
#include "core/lock.h"
#include "tree.h"

enum {
	TRNG_VERSION = 0x84000050,
	TRNG_FEATURES = 0x84000051,
	TRNG_GET_UUID = 0x84000052,
	TRNG_RND32 = 0x84000053,
	TRNG_INVALID_PARAMETERS = -2,
	TRNG_1_0 = 0x10000,
};

static struct {
	struct lock lock; /* everything below; nothing is taken under it */
	uint32_t input[16];
	uint32_t block[16];
	unsigned used; /* words of `block` that were given out */
} generator;

static uint32_t rotate(uint32_t value, unsigned by)
{
	return value << by | value >> (32 - by);
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

/* RFC 8439 2.3. */
static void next_block(void)
{
	uint32_t *x = generator.block;

	memcpy(x, generator.input, sizeof(generator.block));
	for (unsigned round = 0; round < 10; round++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (unsigned i = 0; i < 16; i++)
		x[i] += generator.input[i];
	generator.input[12]++;
	generator.used = 0;
}

void trng_init(void)
{
	static const char constant[] = "expand 32-byte k";
	uint8_t seed[32] = {0};

	(void)tree_seed(seed);
	memcpy(&generator.input[0], constant, 16);
	memcpy(&generator.input[4], seed, sizeof(seed));
	next_block();
}

uint64_t trng_number(void)
{
	uint64_t value;

	lock_take(&generator.lock);
	if (generator.used + 2 > 16)
		next_block();
	value =
	    (uint64_t)generator.block[generator.used] << 32 | generator.block[generator.used + 1];
	generator.used += 2;
	lock_release(&generator.lock);
	return value;
}

static void serve_version(struct call *call)
{
	call->result[0] = TRNG_1_0;
}

static void serve_features(struct call *call)
{
	uint32_t function = (uint32_t)call_argument(call, 1);
	bool mine = (function & 0xbffffffcU) == TRNG_VERSION;

	call_status(call, mine && call_known(function) ? 0 : SMCCC_NOT_SUPPORTED);
}

static void serve_uuid(struct call *call)
{
	/* 1f8c2f5e-95d5-4f4b-9a25-54b06b7a30c6 as four little-endian words (DEN0028 5.3). */
	call->result[0] = 0x5e2f8c1fU;
	call->result[1] = 0x4b4fd595U;
	call->result[2] = 0xb054259aU;
	call->result[3] = 0xc6307a6bU;
}

static void serve_random(struct call *call)
{
	uint64_t bits = call_argument(call, 1);
	uint64_t width = (call->function & 0x40000000U) != 0 ? 64 : 32;

	if (bits == 0 || bits > 3 * width) {
		call_status(call, TRNG_INVALID_PARAMETERS);
		return;
	}
	/* x3 holds the lowest bits; those that were not asked for are 0. */
	for (uint64_t i = 0; i < 3; i++) {
		uint64_t wanted = bits > width * i ? bits - width * i : 0;
		uint64_t mask = wanted >= 64 ? UINT64_MAX : (UINT64_C(1) << wanted) - 1;

		if (width == 32)
			mask &= UINT32_MAX;
		call->result[3 - i] = trng_number() & mask;
	}
	call->result[0] = 0;
}

const struct service trng_services[] = {
    {TRNG_VERSION, serve_version}, {TRNG_FEATURES, serve_features}, {TRNG_GET_UUID, serve_uuid},
    {TRNG_RND32, serve_random},    {0xc4000053, serve_random},
};
const size_t trng_service_count = sizeof(trng_services) / sizeof(trng_services[0]);
