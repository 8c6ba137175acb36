// SPDX-License-Identifier: Apache-2.0
/*
 * The SPMC of the EL3 test firmware: versions, discovery, buffers, direct and indirect messages.
 * What is expected are facts about FF-A (DEN0077A) and about managers that there are, not what the
 * source does.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "firmware/border.h"
#include "firmware/spmc_bench.h"

#define END SPMC_PROPERTIES

static uint32_t ask(uint32_t version)
{
	return el3_call(FN_VERSION, version, 0, 0, 0, 0);
}

/* ---- versions ---- */

static void test_standard_version_serves_what_it_has(void **state)
{
	(void)state;
	el3_start(0x10001, END);
	assert_int_equal(ask(0x10002), 0x10001);
	for (unsigned i = 1; i < 8; i++)
		assert_int_equal(el3_x[i], 0);
	/* nothing was recorded: everything else is refused still */
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(ask(0x80010001), 0xffffffff);
	assert_int_equal(el3_x[0], 0xffffffff);
	assert_int_equal(ask(0x00000003), 0xffffffff);
	assert_int_equal(ask(0x20000), 0x10001);
	assert_int_equal(ask(0x10000), 0x10001);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 0);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(ask(0x10000), 0xffffffff);
	assert_int_equal(el3_x[8], 0xcafe000000000008U);
}

static void test_tfa_version_records_nothing_for_more(void **state)
{
	(void)state;
	el3_start(0x10002, SPMC_LIKE, (unsigned long)LIKE_TFA, END);
	assert_int_equal(ask(0x10003), 0x10002);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(ask(0x10001), 0x10002);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), 0);
	/* frozen: the answer is what was recorded, whatever is asked */
	assert_int_equal(ask(0x10002), 0x10001);
	assert_int_equal(ask(0x20000), 0x10001);
}

static void test_hafnium_version_is_pinned_by_the_first_question(void **state)
{
	(void)state;
	el3_start(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(ask(0x10001), 0x10003);
	assert_int_equal(ask(0x10001), 0x10003);
	assert_int_equal(ask(0x10000), 0xffffffff);
	assert_int_equal(ask(0x10002), 0xffffffff);
	assert_int_equal(ask(0x10003), 0xffffffff);
	/* a first question that is refused pins its own */
	el3_start(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(ask(0x20000), 0xffffffff);
	assert_int_equal(ask(0x10001), 0xffffffff);
	assert_int_equal(ask(0x10003), 0x10003);
	/* and it serves who has not asked */
	el3_start(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), 0);
	assert_int_equal(ask(0x10001), 0xffffffff);
}

static void test_optee_version_takes_anything_at_any_time(void **state)
{
	(void)state;
	el3_start(0x10002, SPMC_LIKE, (unsigned long)LIKE_OPTEE, END);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), 0);
	assert_int_equal(ask(0x10001), 0x10002);
	assert_false(el3_feature(FN_DIRECT2, 0));
	assert_int_equal(ask(0x10002), 0x10002);
	assert_true(el3_feature(FN_DIRECT2, 0));
	assert_int_equal(ask(0x80000000), 0x10002);
	assert_int_equal(ask(0x1ffff), 0x10002);
}

static void test_a_boot_loader_has_locked_the_version(void **state)
{
	(void)state;
	el3_start(0x10002, SPMC_LIKE, (unsigned long)LIKE_TFA, SPMC_LOCKED, 0x10001UL, END);
	assert_int_equal(ask(0x10002), 0x10001);
	assert_int_equal(el3_error(FN_ID, 0, 0, 0, 0, 0), 0);
	el3_start(0x10002, SPMC_LOCKED, 0x10001UL, END);
	assert_int_equal(ask(0x10002), 0xffffffff);
	assert_int_equal(ask(0x10001), 0x10002);
}

/* ---- discovery ---- */

static void test_features_are_those_of_the_version(void **state)
{
	(void)state;
	el3_ready(0x10000, END);
	assert_true(el3_feature(0xc4000066, 0));
	assert_int_equal(el3_x[2], 0);
	assert_false(el3_feature(0x84000082, 0));
	assert_false(el3_feature(0x84000085, 0));
	el3_ready(0x10001, END);
	assert_true(el3_feature(0x84000082, 0));
	assert_true(el3_feature(2, 0));
	assert_int_equal(el3_x[2], 8);
	assert_false(el3_feature(1, 0));
	assert_false(el3_feature(3, 0));
	assert_false(el3_feature(0x102, 0));
	assert_false(el3_feature(2, 1));
	assert_true(el3_feature(0x84000074, 2));
	assert_int_equal(el3_x[2], 6);
	assert_false(el3_feature(0x84000074, 4));
	assert_false(el3_feature(0xc400008d, 0));
	assert_false(el3_feature(0x84000087, 0));
	el3_ready(0x10002, SPMC_BUFFER_PAGES, 16UL, SPMC_BUFFER_CODE, 3UL, END);
	assert_true(el3_feature(0xc400008d, 0));
	assert_true(el3_feature(0xc4000066, 0));
	assert_int_equal(el3_x[2], 0x100003);
}

static void test_features_of_others(void **state)
{
	(void)state;
	el3_ready(0x10002, SPMC_LIKE, (unsigned long)LIKE_TFA, END);
	assert_false(el3_feature(0x84000074, 2));
	assert_true(el3_feature(0x84000074, 0));
	assert_int_equal(el3_x[1], 0x84000074);
	el3_ready(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_true(el3_feature(0x84000074, 2));
	assert_false(el3_feature(0x84000074, 0));
	assert_false(el3_feature(0x84000066, 0));
	el3_ready(0x10001, SPMC_NOTIFICATIONS, 0UL, SPMC_DONATE, 0UL, SPMC_INDIRECT, 0UL, END);
	assert_false(el3_feature(0x84000082, 0));
	assert_false(el3_feature(2, 0));
	assert_false(el3_feature(0x84000071, 0));
	assert_false(el3_feature(0x84000086, 0));
	assert_false(el3_feature(0x84000084, 0));
}

static uint16_t half(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void test_partitions_in_the_layout_of_the_version(void **state)
{
	static const struct {
		uint32_t version, stride;
	} layouts[] = {{0x10000, 0}, {0x10001, 24}, {0x10002, 24}, {0x10003, 48}};
	const uint8_t *rx = border_ram(BENCH_RX);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		unsigned stride = layouts[i].stride != 0 ? layouts[i].stride : 8;

		el3_ready(layouts[i].version, END);
		assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
		assert_int_equal(el3_x[2], 3);
		assert_int_equal(el3_x[3], layouts[i].stride);
		for (unsigned k = 0; k < 3; k++)
			assert_int_equal(half(rx + k * stride), 0x8001 + k);
		assert_int_equal(half(rx + 2), BORDER_CPUS);
		assert_int_equal(half(rx + stride + 2), 1);
		assert_int_equal(half(rx + 4), i == 0 ? 0x5 : i == 1 ? 0x1cd : 0x3cd);
		if (stride == 48)
			assert_int_equal(half(rx + 40), 3);
		/* RX is the caller's until it gives it back */
		assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), BUSY);
		assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
		assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), DENIED);
		assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
	}
}

static void test_partitions_by_uuid_count_and_errors(void **state)
{
	const uint8_t *rx = border_ram(BENCH_RX);
	uint32_t uuid[4];

	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 1), 0);
	assert_int_equal(el3_x[2], 3);
	assert_int_equal(el3_x[3], 0);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 2), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_INFO, 1, 2, 3, 4, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
	memcpy(uuid, rx + 24 + 8, sizeof(uuid));
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_INFO, uuid[0], uuid[1], uuid[2], uuid[3], 0), 0);
	assert_int_equal(el3_x[2], 1);
	assert_int_equal(half(rx), 0x8002);
	for (unsigned i = 8; i < 24; i++)
		assert_int_equal(rx[i], 0);
	/* without buffers, and with too many for them */
	el3_start(0x10001, END);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), BUSY);
	el3_ready(0x10001, SPMC_PARTITIONS, 171UL, END);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), NO_MEMORY);
	el3_ready(0x10001, SPMC_PARTITIONS, 170UL, END);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
	el3_ready(0x10000, END);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 1), INVALID_PARAMETERS);
	/* two services: two entries from 1.2 on */
	el3_ready(0x10002, SPMC_SERVICES, 2UL, SPMC_STRIDE, 48UL, END);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 6);
	assert_int_equal(el3_x[3], 48);
	assert_int_equal(half(rx), half(rx + 48));
}

static void test_partitions_in_registers(void **state)
{
	(void)state;
	el3_ready(0x10002, SPMC_PARTITIONS, 7UL, END);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[0], 0xc4000061);
	assert_int_equal(el3_x[2], 6 | 4 << 16 | 0x51ULL << 32 | 24ULL << 48);
	assert_int_equal((uint16_t)el3_x[3], 0x8001);
	assert_int_equal((uint16_t)el3_x[15], 0x8005);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 5, 0, 0), RETRY);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 5 | 0x51 << 16, 0, 0), 0);
	assert_int_equal((uint16_t)el3_x[3], 0x8006);
	assert_int_equal((uint16_t)el3_x[6], 0x8007);
	assert_int_equal(el3_x[9], 0);
	assert_int_equal(el3_x[17], 0);
	assert_int_equal(el3_x[2] >> 16 & 0xffff, 6);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 7 | 0x51 << 16, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 0x51 << 16, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0xc400008b, 5, 5, 0, 0, 0), INVALID_PARAMETERS);
	el3_ready(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 2 | 1 << 16 | 48ULL << 48);
	assert_int_equal((uint16_t)el3_x[9], 0x8002);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 1 << 16, 0, 0), RETRY);
}

/* ---- buffers ---- */

static void test_buffers_are_checked(void **state)
{
	(void)state;
	el3_start(0x10001, END);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 33, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 65, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX + 8, BENCH_RX, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 2, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_TX, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BORDER_RAM_END, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, 0, BENCH_RX, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, ~0xfffUL, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), 0);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_UNMAP, 5 << 16, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), 0);
	/* the 32-bit form, with garbage above */
	assert_int_equal(el3_error(0x84000066, 0xdead00000000UL | BENCH_TX, BENCH_RX, 1, 0, 0), 0);
}

static void test_buffers_of_others(void **state)
{
	(void)state;
	el3_start(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(ask(0x10001), 0x10003);
	assert_int_equal(el3_error(0x84000066, BENCH_TX, BENCH_RX, 1, 0, 0), NOT_SUPPORTED);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BORDER_RAM_END, 1, 0, 0), DENIED);
	el3_start(0x10001, SPMC_BUFFER_CODE, 1UL, END);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(el3_error(FN_MAP, 0x40100000, 0x40110000, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, 0x40101000, 0x40111000, 16, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_MAP, 0x40100000, 0x40110000, 16, 0, 0), 0);
}

static void test_a_boot_loaders_buffers_are_in_the_way(void **state)
{
	(void)state;
	el3_start(0x10001, SPMC_LEFTOVER, 1UL, END);
	assert_int_equal(ask(0x10001), 0x10001);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_INFO, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), 0);
}

/* An endpoint RX/TX descriptor in the hypervisor's TX: one range each. */
static void describe_buffers(uint16_t id, uint64_t tx, uint64_t rx, uint32_t pages)
{
	struct {
		uint16_t id, reserved;
		uint32_t rx_at, tx_at, gap;
		struct {
			uint32_t pages, ranges;
			uint64_t reserved, address;
			uint32_t count, reserved2;
		} part[2];
	} descriptor = {id, 0, 16,
			48, 0, {{pages, 1, 0, rx, pages, 0}, {pages, 1, 0, tx, pages, 0}}};

	memcpy(border_ram(BENCH_TX), &descriptor, sizeof(descriptor));
}

static void test_buffers_on_behalf_of_a_vm(void **state)
{
	uint8_t *tx = border_ram(BENCH_TX);

	(void)state;
	el3_ready(0x10001, END);
	describe_buffers(5, 0x40200000, 0x40202000, 2);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), DENIED);
	describe_buffers(0x8001, 0x40300000, 0x40302000, 2);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	describe_buffers(0, 0x40300000, 0x40302000, 2);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	describe_buffers(6, 0x40300000, BORDER_RAM_END, 1);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	describe_buffers(6, 0x40300000, 0x40302000, 1);
	tx[4] = 17; /* unaligned */
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	describe_buffers(6, 0x40300000, 0x40302000, 1);
	memset(tx + 4, 0xf8, 4); /* far beyond */
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	/* who owns RX */
	assert_int_equal(el3_error(0x84000084, 6, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0x84000084, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0x84000084, 5, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(0x84000084, 5, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_RELEASE, 5, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_RELEASE, 5, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_RELEASE, 6, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_UNMAP, 5 << 16, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_UNMAP, 5 << 16, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
}

/* ---- messages ---- */

static void test_direct_requests_come_back(void **state)
{
	static const uint32_t functions[] = {FN_DIRECT, FN_DIRECT64};

	(void)state;
	el3_ready(0x10001, END);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t high = i == 0 ? 0 : 0x1111222200000000U;

		el3_call(functions[i], 7 << 16 | 0x8002, 0, 0x1111222200000003U,
			 0x1111222200000004U, 0x1111222200000005U);
		assert_int_equal(el3_x[0], functions[i] + 1);
		assert_int_equal(el3_x[1], 0x80020007);
		assert_int_equal(el3_x[2], 0);
		for (unsigned k = 3; k < 6; k++)
			assert_int_equal(el3_x[k], high + k);
		assert_int_equal(el3_x[17], 0xcafe000000000011U);
	}
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8004, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 5, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT, 0x80028001, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8001, 1, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8000, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT2, 7 << 16 | 0x8001, 0, 0, 0, 0), NOT_SUPPORTED);
}

static void test_direct_requests_with_a_service(void **state)
{
	uint64_t uuid[2];

	(void)state;
	el3_ready(0x10002, END);
	assert_int_equal(el3_error(0xc400008b, 0, 0, 0, 0, 0), 0);
	memcpy(uuid, &el3_x[4], sizeof(uuid));
	el3_call(FN_DIRECT2, 7 << 16 | 0x8001, uuid[0], uuid[1], 44, 55);
	assert_int_equal(el3_x[0], 0xc400008e);
	assert_int_equal(el3_x[1], 0x80010007);
	assert_int_equal(el3_x[2] | el3_x[3], 0);
	assert_int_equal(el3_x[4], 44);
	assert_int_equal(el3_x[5], 55);
	assert_int_equal(el3_x[17], 0xcafe000000000011U);
	assert_int_equal(el3_error(FN_DIRECT2, 7 << 16 | 0x8001, uuid[0], 1, 0, 0),
			 INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT2, 7 << 16 | 0x8002, 0, 0, 0, 0), DENIED);
}

static void test_requests_are_interrupted_and_run_on(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	border_cpu = 2;
	assert_int_equal(el3_call(FN_DIRECT64, 7 << 16 | 0x8001, 0, 0x50430001, 2, 99),
			 FN_INTERRUPT);
	assert_int_equal(el3_x[1], 0x80010002);
	assert_int_equal(el3_x[2], 0);
	/* this context is busy, that of another CPU is not */
	assert_int_equal(el3_error(FN_DIRECT64, 7 << 16 | 0x8001, 0, 1, 0, 0), BUSY);
	border_cpu = 1;
	assert_int_equal(el3_call(FN_DIRECT64, 7 << 16 | 0x8001, 0, 1, 0, 0), 0xc4000070);
	assert_int_equal(el3_error(FN_RUN, 0x80010002, 0, 0, 0, 0), INVALID_PARAMETERS);
	border_cpu = 2;
	assert_int_equal(el3_call(FN_RUN, 0x80010002, 0, 0, 0, 0), FN_INTERRUPT);
	assert_int_equal(el3_call(FN_RUN, 0x80010002, 0, 0, 0, 0), 0xc4000070);
	assert_int_equal(el3_x[1], 0x80010007);
	assert_int_equal(el3_x[5], 99);
	assert_int_equal(el3_call(FN_RUN, 0x80010002, 0, 0, 0, 0), 0x8400006b);
	assert_int_equal(el3_x[1], 0x80010002);
	/* one context: from any CPU */
	assert_int_equal(el3_call(FN_DIRECT, 7 << 16 | 0x8002, 0, 0x50430002, 1, 0), FN_YIELD);
	border_cpu = 0;
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8002, 0, 1, 0, 0), BUSY);
	assert_int_equal(el3_call(FN_RUN, 0x80020000, 0, 0, 0, 0), 0x84000070);
	assert_int_equal(el3_error(FN_RUN, 0x80020001, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_RUN, 0x00050000, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_RUN, 0x80010004, 0, 0, 0, 0), INVALID_PARAMETERS);
}

/* While a partition works for another CPU. */
static void ask_the_one_that_works(void)
{
	uint64_t kept[18];

	memcpy(kept, el3_x, sizeof(kept));
	border.meanwhile = NULL;
	border_cpu = 1;
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8002, 0, 1, 0, 0), BUSY);
	assert_int_equal(el3_error(FN_RUN, 0x80020000, 0, 0, 0, 0), BUSY);
	assert_int_equal(el3_call(FN_DIRECT64, 7 << 16 | 0x8001, 0, 1, 0, 0), 0xc4000070);
	border_cpu = 0;
	memcpy(el3_x, kept, sizeof(kept));
}

static void test_a_partition_works_until_an_interrupt_comes(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	border.meanwhile = ask_the_one_that_works;
	assert_int_equal(el3_call(FN_DIRECT, 7 << 16 | 0x8002, 0, 0x50430005, 5000, 9), 0x84000070);
	assert_int_equal(el3_x[5], 9);
	assert_int_equal(border.waited, 5000);
	assert_null(border.meanwhile);
	border.interrupt = 2000;
	assert_int_equal(el3_call(FN_DIRECT, 7 << 16 | 0x8002, 0, 0x50430005, 5000, 9),
			 FN_INTERRUPT);
	assert_int_equal(el3_x[1], 0x80020000);
	assert_int_equal(border.waited, 7000);
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8002, 0, 1, 0, 0), BUSY);
	border.interrupt = 1000;
	assert_int_equal(el3_call(FN_RUN, 0x80020000, 0, 0, 0, 0), FN_INTERRUPT);
	assert_int_equal(el3_call(FN_RUN, 0x80020000, 0, 0, 0, 0), 0x84000070);
	assert_int_equal(border.waited, 10000);
	assert_int_equal(el3_x[5], 9);
}

static void test_a_partition_dies(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_command(0x8002, 0x50430003, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_DIRECT, 1 << 16 | 0x8002, 0, 0, 0, 0), ABORTED);
	assert_int_equal(el3_error(FN_RUN, 0x80020000, 0, 0, 0, 0), ABORTED);
	assert_int_equal(el3_command(0x8001, 5, 0, 0, 0, 0), 5);
}

static void test_framework_messages_about_vms(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	el3_call(FN_DIRECT, 0x8001, 0x80000004, 0, 0, 7);
	assert_int_equal(el3_x[0], 0x84000070);
	assert_int_equal(el3_x[1], 0x80010000);
	assert_int_equal(el3_x[2], 0x80000005);
	assert_int_equal(el3_x[3], 0);
	el3_call(FN_DIRECT, 0x8001, 0x80000006, 0, 0, 7);
	assert_int_equal(el3_x[2], 0x80000007);
	assert_int_equal(el3_command(0x8001, 0x50430004, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 1);
	assert_int_equal(el3_x[5], 1);
	assert_int_equal(el3_error(FN_DIRECT, 0x8002, 0x80000004, 0, 0, 7), DENIED);
	assert_int_equal(el3_error(FN_DIRECT, 7 << 16 | 0x8001, 0x80000004, 0, 0, 7),
			 INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT, 0x8001, 0x80000008, 0, 0, 7), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DIRECT64, 0x8001, 0x80000004, 0, 0, 7), INVALID_PARAMETERS);
}

static void write_message(uint16_t from, uint16_t to, uint32_t offset, uint32_t size)
{
	const struct {
		uint32_t flags, reserved, offset;
		uint16_t to, from;
		uint32_t size;
	} header = {0, 0, offset, to, from, size};
	uint8_t *tx = border_ram(BENCH_TX);

	memset(tx, 0, 4096);
	memcpy(tx, &header, sizeof(header));
	for (uint32_t i = 0; i < size && offset + i < 4096; i++)
		tx[offset + i] = (uint8_t)(i + 1);
}

static void test_indirect_messages(void **state)
{
	const uint8_t *rx = border_ram(0x40202000);

	(void)state;
	el3_ready(0x10001, END);
	write_message(0, 0x8001, 20, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), BUSY);
	assert_int_equal(el3_command(0x8001, 0x50430030, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0);
	assert_int_equal(el3_x[5], 8);
	assert_int_equal(el3_x[6], 36);
	assert_int_equal(el3_x[7], 0x04030201);
	assert_int_equal(el3_command(0x8001, 0x50430030, 0, 0, 0, 0), NO_DATA);
	write_message(0, 0x8002, 20, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), DENIED);
	write_message(0, 0x8001, 19, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(0, 0x8001, 4090, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(0, 0x8001, 20, 0xffffffff);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(3, 0x8001, 20, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0x84000086, 3 << 16, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(0, 9, 20, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(0, 0x8001, 20, 0);
	/* that the interrupt may come later is for partitions to say */
	assert_int_equal(el3_error(0x84000086, 0, 2, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), 0);
	/* from a partition into the RX of a VM, when that is the SPMC's */
	describe_buffers(1, 0x40200000, 0x40202000, 1);
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(0x84000084, 1, 0, 0, 0, 0), 0);
	assert_int_equal(el3_command(0x8001, 0x50430031, 1, 5, 0x20, 0), BUSY);
	assert_int_equal(el3_error(FN_RELEASE, 1, 0, 0, 0, 0), 0);
	assert_int_equal(el3_command(0x8001, 0x50430031, 1, 5, 0x20, 0), 0);
	assert_int_equal(half(rx + 12), 1);
	assert_int_equal(half(rx + 14), 0x8001);
	assert_int_equal(half(rx + 16), 5);
	assert_int_equal(rx[half(rx + 8)], 0x20);
	assert_int_equal(rx[half(rx + 8) + 4], 0x24);
	assert_int_equal(el3_error(0x84000084, 1, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_command(0x8002, 0x50430031, 1, 5, 0x20, 0), DENIED);
	/* the header has 40 bytes from 1.2 on */
	el3_ready(0x10002, END);
	write_message(0, 0x8001, 39, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	write_message(0, 0x8001, 40, 8);
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), 0);
}

/* VM 1 has the buffers of one vector, and sends from them what another holds. */
static void test_message_vector(void **state)
{
	const struct json *vector = *state;
	const struct json *all = json_array(json_vectors("ffa_structures.json"), "cases")->first;
	const struct json *expect = json_member(vector, "expect");
	uint32_t version = 0x10000U + (uint32_t)(json_string(vector, "ffa_version")[2] - '0');
	int32_t error;

	while (strcmp(json_string(all, "id"), "RXTXDESC-V11") != 0)
		all = all->next;
	el3_ready(version, END);
	(void)el3_bytes(json_string(all, "bytes"), border_ram(BENCH_TX));
	assert_int_equal(el3_error(FN_MAP, 0, 0, 0, 0, 0), 0);
	memset(border_ram(0x60000000), 0, 4096);
	(void)el3_bytes(json_string(vector, "bytes"), border_ram(0x60000000));
	error = el3_error(0x84000086, 1 << 16, 0, 0, 0, 0);
	if (strcmp(json_string(expect, "result"), "ok") == 0)
		assert_int_equal(error, 0);
	else if (json_member(expect, "also_acceptable") == NULL)
		assert_int_equal(error, INVALID_PARAMETERS);
}

/* ---- the rest ---- */

static void test_what_is_no_call_of_the_normal_world(void **state)
{
	static const uint32_t functions[] = {
	    0x84000060, 0x84000061, 0x84000062, 0x8400006a, 0x8400006b, 0x8400006c,
	    0x8400006e, 0x84000070, 0x84000075, 0x84000078, 0x8400007c, 0xc4000087,
	    0x84000088, 0x8400008a, 0xc400008c, 0x84000090, 0x840000ef, 0xc40000a0};

	(void)state;
	el3_ready(0x10002, END);
	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		assert_int_equal(el3_error(functions[i], 1, 2, 3, 4, 5), NOT_SUPPORTED);
	/* and what is no call of FF-A */
	assert_int_equal(el3_call(0x840000f0, 0, 0, 0, 0, 0), 0xffffffff);
	assert_int_equal(el3_x[0], ~0UL);
	assert_int_equal(el3_call(0x84000000, 0, 0, 0, 0, 0), OWN_PSCI);
}

static void test_wide_answers_of_1_3(void **state)
{
	(void)state;
	el3_ready(0x10003, SPMC_WIDE, 1UL, END);
	assert_int_equal(el3_call(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), 0xc4000060);
	assert_int_equal(el3_call(FN_DIRECT64, 1 << 16 | 0x8001, 0, 0x50430001, 1, 0), 0xc4000062);
	assert_int_equal(el3_call(0xc400006d, 0x80010000, 0, 0, 0, 0), 0xc4000070);
	assert_int_equal(el3_call(FN_RUN, 0x80010000, 0, 0, 0, 0), 0x8400006b);
}

static void test_error_codes_are_signed_where_they_are(void **state)
{
	(void)state;
	el3_start(0x10001, END);
	(void)el3_call(FN_ID, 0, 0, 0, 0, 0);
	assert_int_equal(el3_x[2], 0xffffffffU);
	el3_start(0x10001, SPMC_LIKE, (unsigned long)LIKE_TFA, END);
	(void)el3_call(FN_ID, 0, 0, 0, 0, 0);
	assert_int_equal(el3_x[2], ~0UL);
}

static void test_impossible_properties_are_refused(void **state)
{
	static const struct {
		unsigned property;
		uint64_t value;
	} wrong[] = {{SPMC_VERSION, 0xffff}, {SPMC_VERSION, 0x10004}, {SPMC_LIKE, 4},
		     {SPMC_STRIDE, 8},       {SPMC_STRIDE, 25},       {SPMC_PARTITIONS, 256},
		     {SPMC_SRI, 7},          {SPMC_LOCKED, 1},        {SPMC_FRAGMENTS, 0},
		     {SPMC_PROPERTIES, 0}};

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(spmc_property_valid(wrong[i].property, wrong[i].value));
	assert_true(spmc_property_valid(SPMC_HANDLE, ~0UL));
	/* and the rules with them, as a whole */
	assert_null(el3_refused(SPMC_STRIDE, 48));
	assert_string_equal(el3_refused(SPMC_STRIDE, 47),
			    "a property of the SPMC has an impossible value");
	assert_int_equal(el3_call(FN_VERSION, 0x10001, 0, 0, 0, 0), 0xffffffff);
}

int main(void)
{
	static struct CMUnitTest tests[CASES_MAX];
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_standard_version_serves_what_it_has),
	    cmocka_unit_test(test_tfa_version_records_nothing_for_more),
	    cmocka_unit_test(test_hafnium_version_is_pinned_by_the_first_question),
	    cmocka_unit_test(test_optee_version_takes_anything_at_any_time),
	    cmocka_unit_test(test_a_boot_loader_has_locked_the_version),
	    cmocka_unit_test(test_features_are_those_of_the_version),
	    cmocka_unit_test(test_features_of_others),
	    cmocka_unit_test(test_partitions_in_the_layout_of_the_version),
	    cmocka_unit_test(test_partitions_by_uuid_count_and_errors),
	    cmocka_unit_test(test_partitions_in_registers),
	    cmocka_unit_test(test_buffers_are_checked),
	    cmocka_unit_test(test_buffers_of_others),
	    cmocka_unit_test(test_a_boot_loaders_buffers_are_in_the_way),
	    cmocka_unit_test(test_buffers_on_behalf_of_a_vm),
	    cmocka_unit_test(test_direct_requests_come_back),
	    cmocka_unit_test(test_direct_requests_with_a_service),
	    cmocka_unit_test(test_requests_are_interrupted_and_run_on),
	    cmocka_unit_test(test_a_partition_works_until_an_interrupt_comes),
	    cmocka_unit_test(test_a_partition_dies),
	    cmocka_unit_test(test_framework_messages_about_vms),
	    cmocka_unit_test(test_indirect_messages),
	    cmocka_unit_test(test_what_is_no_call_of_the_normal_world),
	    cmocka_unit_test(test_wide_answers_of_1_3),
	    cmocka_unit_test(test_error_codes_are_signed_where_they_are),
	    cmocka_unit_test(test_impossible_properties_are_refused),
	};

	size_t count = cases_append(tests, 0, fixed, sizeof(fixed) / sizeof(fixed[0]));
	static struct json messages = {.kind = JSON_ARRAY};
	struct json **last = &messages.first;

	/* The messages stand together. */
	for (struct json *vector = json_array(json_vectors("ffa_structures.json"), "cases")->first;
	     vector != NULL; vector = vector->next) {
		if (strcmp(json_string(vector, "kind"), "send2_message") == 0) {
			*last = malloc(sizeof(**last));
			assert_non_null(*last);
			**last = *vector;
			last = &(*last)->next;
			*last = NULL;
		}
	}
	count =
	    cases_add(tests, count, "test_message_vector", &messages, "id", test_message_vector);
	return _cmocka_run_group_tests("test_spmc", tests, count, NULL, NULL);
}
