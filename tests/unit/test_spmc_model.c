// SPDX-License-Identifier: Apache-2.0
/*
 * Random sequences of memory calls and partition commands against a model of what the SPMC of the
 * EL3 test firmware must have in its tables: which pages are in which transaction, who has them,
 * what stands in them. Some descriptors have damaged bytes: what is taken all the same must still
 * be nobody else's.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "firmware/border.h"
#include "firmware/spmc_bench.h"

#define END SPMC_PROPERTIES

#define FN_DONATE  0xc4000071U
#define FN_LEND    0xc4000072U
#define FN_SHARE   0xc4000073U
#define FN_RECLAIM 0x84000077U
#define FN_FRAG_RX 0x8400007aU
#define FN_FRAG_TX 0x8400007bU

#define RETRIEVE    0x50430010U
#define CHECK       0x50430011U
#define FILL        0x50430012U
#define RELINQUISH  0x50430013U
#define TRANSACTION 0x50430040U
#define RANGE       0x50430042U

#define ARENA  64U /* pages that are sent */
#define LIVE   24U /* transactions at most */
#define RANGES 6U
#define STEPS  6000U
#define FREE   0xffU

struct sent {
	bool live, complete, has;
	uint32_t function; /* that sent it */
	uint64_t handle;
	uint16_t to;
	unsigned ranges, told; /* ranges in all, and sent so far */
	uint64_t address[RANGES];
	uint32_t pages[RANGES];
};

static struct sent sent[LIVE];
static uint8_t owner[ARENA];                     /* of each page: the transaction, or FREE */
static uint32_t seed_in[ARENA], place_in[ARENA]; /* the pattern that stands in it */
static uint64_t state;

static uint32_t random_below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 16) % limit);
}

static uint64_t page_address(unsigned page)
{
	return BENCH_MEMORY + page * 4096UL;
}

static void write_page(unsigned page, uint32_t seed, uint32_t place)
{
	uint64_t *words = border_ram(page_address(page));

	for (uint64_t i = 0; i < 512; i++)
		words[i] = (uint64_t)seed << 32 | (uint32_t)(place * 4096U + i * 8U);
	seed_in[page] = seed;
	place_in[page] = place;
}

static void check_pages(void)
{
	for (unsigned page = 0; page < ARENA; page++) {
		const uint64_t *words = border_ram(page_address(page));

		assert_int_equal(words[0], (uint64_t)seed_in[page] << 32 | place_in[page] * 4096U);
		assert_int_equal(words[511],
				 (uint64_t)seed_in[page] << 32 | (place_in[page] * 4096U + 4088U));
	}
}

/* The descriptor of `one` in TX up to the end of range `now`; returns how much is there, and the
 * whole. */
static uint32_t write_descriptor(const struct sent *one, unsigned now, uint32_t *total)
{
	uint8_t *tx = border_ram(BENCH_TX);
	const uint32_t composite[4] = {0, one->ranges, 0, 0};
	uint32_t pages = 0;

	memset(tx, 0, 96);
	tx[0] = 1;
	tx[2] = one->function == FN_SHARE ? 0x2f : 0;
	tx[24] = 16;
	tx[28] = 1;
	tx[32] = 48;
	memcpy(tx + 48, &one->to, 2);
	tx[50] = one->function == FN_DONATE ? 0 : 2;
	tx[52] = 64;
	memcpy(tx + 64, composite, sizeof(composite));
	for (unsigned i = 0; i < one->ranges; i++) {
		pages += one->pages[i];
		if (i >= now)
			continue;
		memcpy(tx + 80 + i * 16U, &one->address[i], 8);
		memcpy(tx + 88 + i * 16U, &(uint64_t){one->pages[i]}, 8);
	}
	memcpy(tx + 64, &pages, 4);
	*total = 80 + one->ranges * 16U;
	return 80 + now * 16U;
}

/* Are all its pages of the arena, nobody's and named once? */
static bool may_be_sent(const struct sent *one)
{
	bool named[ARENA] = {false};

	for (unsigned i = 0; i < one->ranges; i++) {
		for (uint32_t k = 0; k < one->pages[i]; k++) {
			uint64_t page = (one->address[i] - BENCH_MEMORY) / 4096U + k;

			assert_true(page < ARENA);
			if (owner[page] != FREE || named[page])
				return false;
			named[page] = true;
		}
	}
	return true;
}

static void give(const struct sent *one, uint8_t to)
{
	for (unsigned i = 0; i < one->ranges; i++) {
		for (uint32_t k = 0; k < one->pages[i]; k++)
			owner[(one->address[i] - BENCH_MEMORY) / 4096U + k] = to;
	}
}

/* The answer to the last fragment. */
static void expect_complete(unsigned index, uint32_t w0)
{
	struct sent *one = &sent[index];

	if (!may_be_sent(one)) {
		assert_int_equal(w0, 0x84000060);
		one->live = false;
		return;
	}
	assert_int_equal(w0, FN_SUCCESS);
	one->handle = el3_x[3] << 32 | el3_x[2];
	one->complete = true;
	give(one, (uint8_t)index);
}

static void step_send(unsigned index)
{
	static const uint32_t functions[] = {FN_SHARE, FN_SHARE, FN_LEND, FN_LEND, FN_DONATE};
	struct sent *one = &sent[index];
	uint32_t length, total;

	memset(one, 0, sizeof(*one));
	one->live = true;
	one->function = functions[random_below(5)];
	one->to = (uint16_t)(0x8001 + random_below(3));
	one->ranges = 1 + random_below(RANGES);
	for (unsigned i = 0; i < one->ranges; i++) {
		unsigned page = random_below(ARENA);

		one->address[i] = page_address(page);
		one->pages[i] = 1 + random_below(ARENA - page < 3 ? ARENA - page : 3);
	}
	one->told = random_below(2) == 0 ? one->ranges : random_below(one->ranges + 1);
	length = write_descriptor(one, one->told, &total);
	if (one->told < one->ranges) {
		assert_int_equal(el3_call(one->function, total, length, 0, 0, 0), FN_FRAG_RX);
		assert_int_equal(el3_x[3], length);
		one->handle = el3_x[2] << 32 | el3_x[1];
		return;
	}
	expect_complete(index, el3_call(one->function, total, length, 0, 0, 0));
}

static void step_fragment(unsigned index)
{
	struct sent *one = &sent[index];
	unsigned more = 1 + random_below(one->ranges - one->told);
	uint8_t *tx = border_ram(BENCH_TX);
	uint32_t w0;

	for (unsigned i = 0; i < more; i++) {
		memcpy(tx + i * 16U, &one->address[one->told + i], 8);
		memcpy(tx + 8 + i * 16U, &(uint64_t){one->pages[one->told + i]}, 8);
	}
	one->told += more;
	w0 = el3_call(FN_FRAG_TX, (uint32_t)one->handle, one->handle >> 32, more * 16U, 1 << 16, 0);
	if (one->told < one->ranges)
		assert_int_equal(w0, FN_FRAG_RX);
	else
		expect_complete(index, w0);
}

static int32_t command(const struct sent *one, uint32_t number, uint64_t c)
{
	return el3_command(one->to, number, (uint32_t)one->handle, one->handle >> 32, c, 0);
}

static void step_fill(const struct sent *one)
{
	uint32_t seed = random_below(1U << 30), place = 0;

	assert_int_equal(command(one, FILL, seed), 0);
	for (unsigned i = 0; i < one->ranges; i++) {
		for (uint32_t k = 0; k < one->pages[i]; k++, place++) {
			uint64_t page = (one->address[i] - BENCH_MEMORY) / 4096U + k;

			seed_in[page] = seed;
			place_in[page] = place;
		}
	}
	assert_int_equal(command(one, CHECK, seed), 0);
}

static void step_use(unsigned index)
{
	struct sent *one = &sent[index];

	switch (random_below(4)) {
	case 0:
		assert_int_equal(command(one, RETRIEVE, 1), !one->complete ? INVALID_PARAMETERS
							    : one->has     ? DENIED
									   : 0);
		one->has = one->complete;
		break;
	case 1:
		if (one->has)
			step_fill(one);
		else
			assert_int_equal(command(one, FILL, 0), INVALID_PARAMETERS);
		break;
	case 2:
		assert_int_equal(command(one, RELINQUISH, 0), !one->has ? INVALID_PARAMETERS
							      : one->function == FN_DONATE ? DENIED
											   : 0);
		if (one->function != FN_DONATE)
			one->has = false;
		break;
	default:
		assert_int_equal(
		    el3_error(FN_RECLAIM, (uint32_t)one->handle, one->handle >> 32, 0, 0, 0),
		    !one->complete ? INVALID_PARAMETERS
		    : one->has     ? DENIED
				   : 0);
		if (one->complete && !one->has) {
			give(one, FREE);
			one->live = false;
		}
		break;
	}
}

/* A descriptor with some bytes changed. What is taken is looked up, and given back. */
static void step_damage(void)
{
	static const uint32_t functions[] = {FN_SHARE, FN_LEND, FN_DONATE};
	struct sent one = {.function = functions[random_below(3)], .to = 0x8002, .ranges = 2};
	uint8_t *tx = border_ram(BENCH_TX);
	uint32_t length, total;
	uint64_t handle;

	for (unsigned i = 0; i < 2; i++) {
		one.address[i] = page_address(random_below(ARENA));
		one.pages[i] = 1;
	}
	length = write_descriptor(&one, 2, &total);
	for (unsigned i = 1 + random_below(3); i > 0; i--)
		tx[random_below(length)] =
		    (uint8_t)(random_below(4) == 0 ? 0xff : random_below(256));
	switch (el3_call(one.function, total, length - 16U * random_below(3), 0, 0, 0)) {
	case FN_SUCCESS:
		handle = el3_x[3] << 32 | el3_x[2];
		for (unsigned i = 0;
		     el3_command(0x8001, RANGE, (uint32_t)handle, handle >> 32, i, 0) == 0; i++) {
			uint64_t at = el3_x[5] << 32 | el3_x[4];

			assert_true(at >= BORDER_RAM && at + el3_x[6] * 4096U <= BORDER_RAM_END);
			assert_true(el3_x[6] > 0 && at % 4096U == 0);
			for (uint64_t page = at; page < at + el3_x[6] * 4096U; page += 4096U) {
				assert_true(page != BENCH_TX && page != BENCH_RX);
				if (page >= BENCH_MEMORY && page < page_address(ARENA))
					assert_int_equal(owner[(page - BENCH_MEMORY) / 4096U],
							 FREE);
			}
		}
		/* Zeroes may have been asked for. */
		for (unsigned page = 0; page < ARENA; page++) {
			if (owner[page] == FREE)
				write_page(page, seed_in[page], place_in[page]);
		}
		assert_int_equal(el3_error(FN_RECLAIM, (uint32_t)handle, handle >> 32, 0, 0, 0), 0);
		break;
	case FN_FRAG_RX:
		/* The wrong length ends it. */
		assert_int_equal(el3_error(FN_FRAG_TX, el3_x[1], el3_x[2], 8, el3_x[4], 0),
				 INVALID_PARAMETERS);
		break;
	default:
		assert_int_equal(el3_x[0], 0x84000060);
	}
}

/* Calls that are none of a well-behaved caller's: they must not change what is in the tables. */
static void step_noise(void)
{
	static const uint32_t functions[] = {
	    0x84000064, 0x84000065, 0x84000068, 0x84000069, 0x8400006d, 0x84000074, 0x84000076,
	    0x8400007a, 0x8400007b, 0x8400007d, 0x8400007e, 0x8400007f, 0x84000080, 0x84000081,
	    0x84000082, 0xc4000083, 0x84000084, 0x84000086, 0xc400008b, 0xc4000066};
	static const uint64_t values[] = {0,          1,  2,    0x8001,     0x80010001,
					  0x00018001, 16, ~0UL, 0x40000000, 5 << 16};
	uint64_t x[6];

	for (unsigned i = 1; i < 6; i++)
		x[i] = values[random_below(10)];
	(void)el3_call(functions[random_below(20)], x[1], x[2], x[3], x[4], x[5]);
}

static void check_table(void)
{
	unsigned live = 0;
	unsigned found = 0;

	for (unsigned i = 0; i < LIVE; i++)
		live += sent[i].live ? 1U : 0U;
	while (el3_command(0x8001, TRANSACTION, found, 0, 0, 0) == 0) {
		uint64_t handle = el3_x[5] << 32 | el3_x[4];
		unsigned i = 0;

		while (i < LIVE && (!sent[i].live || sent[i].handle != handle))
			i++;
		assert_true(i < LIVE);
		assert_int_equal(el3_x[7] >> 18 & 1, sent[i].complete);
		assert_int_equal(el3_x[7] >> 24, sent[i].has);
		found++;
	}
	assert_int_equal(found, live);
	check_pages();
}

static void test_tables_and_pages_are_those_of_the_model(void **unused)
{
	(void)unused;
	/* Other seeds by hand: SPMC_MODEL_SEED. */
	state =
	    getenv("SPMC_MODEL_SEED") != NULL ? strtoull(getenv("SPMC_MODEL_SEED"), NULL, 0) : 1;
	el3_ready(0x10001, END);
	memset(sent, 0, sizeof(sent));
	memset(owner, FREE, sizeof(owner));
	for (unsigned page = 0; page < ARENA; page++)
		write_page(page, 0x1234, page);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned index = random_below(LIVE);
		unsigned what = random_below(16);

		if (what == 0)
			step_damage();
		else if (what == 1)
			step_noise();
		else if (!sent[index].live)
			step_send(index);
		else if (!sent[index].complete && what < 12)
			step_fragment(index);
		else
			step_use(index);
		if (step % 16U == 0)
			check_table();
		/* Given away for good: room for others. */
		if (sent[index].live && sent[index].has && sent[index].function == FN_DONATE &&
		    random_below(4) == 0) {
			el3_ready(0x10001, END);
			memset(sent, 0, sizeof(sent));
			memset(owner, FREE, sizeof(owner));
		}
	}
	check_table();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables_and_pages_are_those_of_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
