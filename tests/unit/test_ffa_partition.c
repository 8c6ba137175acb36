/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of partitions: rows B11, B16, C12 and C13 of the catalogue, and the layouts of each
 * version. */
#include <string.h>

#include "cases.h"
#include "core/ffa/mediator.h"
#include "relay.h"

#define LIST FFA_PARTITION_INFO_GET
#define REGS (FFA_PARTITION_INFO_GET_REGS | FFA_64)

#define RX (relay.memory + 4096)

static uint64_t x[FFA_REGISTERS];

static void boot(uint32_t firmware, uint32_t caller)
{
	relay_prepare();
	relay_start(firmware, caller);
	relay_map();
}

static void release(void)
{
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
}

/* FFA_PARTITION_INFO_GET(nil): count, with the entries in RX. */
static uint32_t list(void)
{
	memset(RX, 0xa5, 4096);
	assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 0), FFA_SUCCESS);
	release();
	return (uint32_t)x[2];
}

static uint64_t get(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	while (size-- > 0U)
		value = value << 8 | bytes[size];
	return value;
}

/* ---- layouts ---- */

static void test_ffa_partition_layout_of_each_version(void **state)
{
	(void)state;
	for (uint32_t firmware = 0x10000; firmware <= 0x10002U; firmware++)
		for (uint32_t caller = 0x10000; caller <= firmware; caller++)
			for (unsigned wide = 0; wide < 2U; wide++) {
				uint32_t size = caller == 0x10000U ? 8 : 24;

				relay_prepare();
				relay.stride = wide != 0U ? 48 : 24;
				relay_start(firmware, caller);
				relay_map();
				assert_int_equal(list(), 2);
				assert_int_equal(x[3], caller == 0x10000U ? 0U : size);
				assert_int_equal(x[1] | x[4] | x[5] | x[6] | x[7], 0);
				for (unsigned i = 0; i < 2U; i++) {
					const uint8_t *entry = RX + i * size;

					assert_int_equal(get(entry, 2), 0x8001 + i);
					assert_int_equal(get(entry + 2, 2), i == 0U ? 1 : 4);
					if (size == 24U)
						assert_memory_equal(entry + 8,
								    relay.partition[i].uuid, 16);
				}
				/* not a byte behind them */
				assert_int_equal(RX[2U * size], 0xa5);
				relay_end();
			}
}

/* Properties that concern the endpoint, in its version, and that it can make use of. */
static void test_ffa_partition_properties_by_version(void **state)
{
	static const struct {
		uint32_t caller, given, seen;
	} rows[] = {
	    /* seen: beside what depends on functions that are served */
	    {0x10000, ~0U, 0},
	    {0x10001, ~0U, 0x130},
	    {0x10002, ~0U, 0x130},
	    {0x10002, 0x100, 0x100},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t seen = rows[i].seen;

		relay_prepare();
		relay.partition[0].properties = rows[i].given;
		relay_start(FFA_VERSION_1_2, rows[i].caller);
		relay_map();
		if (ffa_serves(&relay_ffa, rows[i].caller, FFA_MSG_SEND_DIRECT_REQ))
			seen |= rows[i].given & 1U;
		if (ffa_serves(&relay_ffa, rows[i].caller, FFA_MSG_SEND2))
			seen |= rows[i].given & 4U;
		if (ffa_serves(&relay_ffa, rows[i].caller, FFA_NOTIFICATION_BIND))
			seen |= rows[i].given & 8U;
		if (ffa_serves(&relay_ffa, rows[i].caller, FFA_MSG_SEND_DIRECT_REQ2 | FFA_64))
			seen |= rows[i].given & 0x200U;
		(void)list();
		assert_int_equal(get(RX + 4, 4), seen);
		relay_end();
	}
}

static void test_ffa_partition_uuid(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	memset(RX, 0xa5, 4096);
	assert_int_equal(relay_call(x, LIST, 0x2211, 0, 0, 0, 0), FFA_SUCCESS);
	assert_int_equal(x[2], 1);
	assert_int_equal(x[3], 24);
	assert_int_equal(get(RX, 2), 0x8001);
	/* a named UUID is not repeated */
	assert_int_equal(get(RX + 8, 8) | get(RX + 16, 8), 0);
	assert_int_equal(RX[24], 0xa5);
	release();
	assert_int_equal(relay_call(x, LIST, 0x2211, 1, 0, 0, 0), FFA_ERROR);
	assert_int_equal((int)(uint32_t)x[2], FFA_INVALID_PARAMETERS);
	/* a call that failed did not take RX */
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	/* upper halves are not read */
	assert_int_equal(relay_call(x, LIST, 0xbad0bad000004433ULL, ~0U * 0ULL, 0, 0, 0),
			 FFA_SUCCESS);
	assert_int_equal(get(RX, 2), 0x8002);
	relay_end();
}

static void test_ffa_partition_count_only(void **state)
{
	(void)state;
	relay_prepare();
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	/* needs no buffers, takes none */
	assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 1), FFA_SUCCESS);
	assert_int_equal(x[2], 2);
	assert_int_equal(x[3], 0);
	relay_map();
	assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 1), FFA_SUCCESS);
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	for (unsigned bit = 1; bit < 32U; bit++) {
		assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 1U << bit), FFA_ERROR);
		assert_int_equal((int)(uint32_t)x[2], FFA_INVALID_PARAMETERS);
	}
	relay_end();
	/* 1.0 has no such flag */
	boot(FFA_VERSION_1_2, FFA_VERSION_1_0);
	assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 1), FFA_ERROR);
	assert_int_equal((int)(uint32_t)x[2], FFA_INVALID_PARAMETERS);
	relay_end();
}

/* Divergence 28: an entry for each service to who can tell them apart, else one for each partition.
 */
static void test_ffa_partition_several_uuids(void **state)
{
	(void)state;
	for (uint32_t caller = 0x10000; caller <= 0x10002U; caller++) {
		relay_prepare();
		relay.partition[2] = relay.partition[0];
		relay.partition[2].uuid[0] = 0x99;
		relay.partition[3] = relay.partition[1];
		relay.partition[3].uuid[0] = 0x98;
		relay.partitions = 4;
		relay_start(FFA_VERSION_1_2, caller);
		relay_map();
		assert_int_equal(list(), caller < 0x10002U ? 2 : 4);
		assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, caller > 0x10000U), FFA_SUCCESS);
		assert_int_equal(x[2], caller < 0x10002U ? 2 : 4);
		relay_end();
	}
}

/* Divergence 29, and firmware that names endpoints of this world: those are not its to list. */
static void test_ffa_partition_of_this_world_is_not_listed(void **state)
{
	(void)state;
	relay_prepare();
	relay.partition[2] = (struct relay_partition){.id = 1, .properties = 1};
	relay.partition[3] = (struct relay_partition){.id = 0, .properties = 1};
	relay.partition[4] = (struct relay_partition){.id = 0x7fff, .properties = 1};
	relay.partition[5] = (struct relay_partition){.id = 0xffff, .properties = 1};
	relay.partitions = 6;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(list(), 3);
	assert_int_equal(get(RX + 48, 2), 0xffff);
	assert_null(ffa_partition_find(&relay_ffa, 1));
	assert_non_null(ffa_partition_find(&relay_ffa, 0xffff));
	assert_true(relay_ffa.partitions_known);
	relay_end();
}

/* ---- RX ---- */

static void test_ffa_partition_B11_rx_is_full(void **state)
{
	unsigned from;

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	from = relay.calls;
	memset(RX, 0xa5, 4096);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_BUSY);
	assert_int_equal(RX[0], 0xa5);
	assert_int_equal(relay.calls, from);
	assert_int_equal(relay_call(x, LIST, 0, 0, 0, 0, 1), FFA_SUCCESS);
	release();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	relay_end();
}

static void test_ffa_partition_without_buffers_busy(void **state)
{
	(void)state;
	relay_prepare();
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_BUSY);
	relay_end();
}

static void test_ffa_partition_list_that_does_not_fit(void **state)
{
	(void)state;
	relay_prepare();
	relay.map_word = 1; /* 64 KiB towards firmware */
	for (unsigned i = 0; i < 200U; i++)
		relay.partition[i] = (struct relay_partition){.id = (uint16_t)(0x8001U + i)};
	relay.partitions = 200;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_false(relay_ffa.partitions_known); /* more than are remembered */
	assert_int_equal(relay_ffa.partition_count, FFA_PARTITIONS_MAX);
	relay_map();
	memset(RX, 0xa5, 8192);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_NO_MEMORY);
	assert_int_equal(RX[0], 0xa5);
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	/* a buffer that holds it */
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	assert_int_equal(relay_ask(FFA_RXTX_MAP | FFA_64, RELAY_PAGE(8), RELAY_PAGE(1), 2), 0);
	assert_int_equal(list(), 200);
	assert_int_equal(get(RX + 199U * 24U, 2), 0x8001 + 199);
	assert_int_equal(RX[200U * 24U], 0xa5);
	/* the one that 170 fill, less the rest */
	relay.partitions = 170;
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	relay_map();
	assert_int_equal(list(), 170);
	relay.partitions = 600;
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_NO_MEMORY);
	relay_end();
}

/* ---- what firmware may say ---- */

static uint32_t lie_count, lie_stride;

static void lie(struct relay *firmware, uint32_t fid, uint64_t answer[FFA_REGISTERS])
{
	(void)firmware;
	if (fid != LIST)
		return;
	answer[2] = lie_count;
	answer[3] = lie_stride;
}

/* B16: "AB, RX released, no wrap, no OOB copy". C12: "host stride never crosses RX". */
static void test_ffa_partition_B16_C12_sizes_that_cannot_be(void **state)
{
	static const struct {
		uint32_t count, stride;
	} rows[] = {
	    {0x10000, 0x10000},
	    {0xffffffff, 1},
	    {1, 0},
	    {2, 7},
	    {2, 8},
	    {2, 23},
	    {2, 25},
	    {1, 0xffff},
	    {171, 24},
	    {86, 48},
	    {2, 0x18000018},
	    {0x80000001, 24},
	    {0x15555556, 24},
	    {0, 23},
	};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_ffa.partition_registers = false; /* nothing to fall back to */
	relay.after = lie;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t strange = relay_ffa.strange;

		lie_count = rows[i].count;
		lie_stride = rows[i].stride;
		memset(RX, 0xa5, 8192);
		assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_ABORTED);
		assert_int_equal(relay_ffa.strange, strange + 1U);
		assert_int_equal(RX[0], 0xa5);
		assert_false(relay.rx_full);
		assert_false(relay.shadow_taken);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	}
	/* as much as there can be */
	lie_count = 170;
	lie_stride = 24;
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	relay_end();
}

static void test_ffa_partition_B16_empty_list(void **state)
{
	(void)state;
	relay_prepare();
	relay.partitions = 0;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_true(relay_ffa.partitions_known);
	relay_map();
	assert_int_equal(list(), 0);
	relay_end();
}

/* C8: an answer that is another call, and one that is nothing. */
static uint32_t lie_w0;

static void lie_about_w0(struct relay *firmware, uint32_t fid, uint64_t answer[FFA_REGISTERS])
{
	(void)firmware;
	if (fid == LIST || fid == REGS)
		answer[0] = lie_w0;
}

static void test_ffa_partition_C8_answers_that_are_none(void **state)
{
	static const uint32_t rows[] = {FFA_RUN, FFA_INTERRUPT, FFA_YIELD,      LIST, 0x1234,
					0,       0xdeadbeef,    FFA_MEM_FRAG_RX};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.after = lie_about_w0;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t strange = relay_ffa.strange;

		lie_w0 = rows[i];
		relay.rx_full = false;
		assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_ABORTED);
		assert_int_equal(relay_ffa.strange, strange + 1U);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	}
	lie_w0 = FFA_SUCCESS | FFA_64; /* A10 */
	relay.rx_full = false;
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	relay_end();
}

/* C13: what firmware writes into our RX once it is released again changes nothing. */
static void scribble(struct relay *firmware, uint32_t fid, uint64_t answer[FFA_REGISTERS])
{
	(void)answer;
	if (fid == FFA_RX_RELEASE && firmware->size != 0U)
		memset((void *)(uintptr_t)firmware->rx, 0xff, firmware->size);
}

static void test_ffa_partition_C13_copied_before_released(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.after = scribble;
	assert_int_equal(list(), 2);
	assert_int_equal(get(RX, 2), 0x8001);
	assert_int_equal(get(RX + 24, 2), 0x8002);
	relay_end();
}

/* Firmware takes our RX for full: it is released once, and the call goes on. */
static void test_ffa_partition_rx_of_ours_was_left_full(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.rx_full = true;
	assert_int_equal(list(), 2);
	relay_end();
}

/* Divergence 31: a list that does not fit into our RX comes in registers. */
static void test_ffa_partition_long_list_comes_in_registers(void **state)
{
	(void)state;
	relay_prepare();
	for (unsigned i = 0; i < 180U; i++)
		relay.partition[i] = (struct relay_partition){.id = (uint16_t)(0x8001U + i)};
	relay.partitions = 180;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(FFA_RXTX_MAP | FFA_64, RELAY_PAGE(8), RELAY_PAGE(1), 2), 0);
	assert_int_equal(list(), 180);
	for (unsigned i = 0; i < 180U; i++)
		assert_int_equal(get(RX + (size_t)i * 24U, 2), 0x8001 + i);
	relay_end();
}

/* ---- FFA_PARTITION_INFO_GET_REGS ---- */

static void test_ffa_partition_registers_in_pieces(void **state)
{
	uint32_t start = 0, tag = 0, count = 0;

	(void)state;
	relay_prepare();
	for (unsigned i = 0; i < 13U; i++) {
		relay.partition[i] = (struct relay_partition){
		    .id = (uint16_t)(0x8001U + i), .contexts = 2, .properties = 0x100};
		memset(relay.partition[i].uuid, (int)i + 1, 16);
	}
	relay.partitions = 13;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	do {
		uint32_t last, current;

		assert_int_equal(relay_call(x, REGS, 0, 0, start | tag << 16, 0, 0),
				 FFA_SUCCESS | FFA_64);
		last = (uint32_t)x[2] & 0xffffU;
		current = (uint32_t)x[2] >> 16;
		tag = (uint32_t)(x[2] >> 32) & 0xffffU;
		assert_int_equal(x[2] >> 48, 24);
		assert_int_equal(last, 12);
		assert_int_equal(current, start + 4U < 12U ? start + 4U : 12U);
		assert_int_equal(x[1], 0);
		assert_int_not_equal(tag, 0);
		for (uint32_t i = start; i <= current; i++) {
			const uint64_t *entry = &x[3U + 3U * (i - start)];

			assert_int_equal(entry[0], (0x8001U + i) | 2U << 16 | 0x100ULL << 32);
			assert_memory_equal(&entry[1], relay.partition[i].uuid, 16);
			count++;
		}
		for (uint32_t n = 3U + 3U * (current - start + 1U); n < FFA_REGISTERS; n++)
			assert_int_equal(x[n], 0);
		start = current + 1U;
	} while (start <= 12U);
	assert_int_equal(count, 13);
	/* behind the end */
	assert_int_equal(relay_ask(REGS, 0, 0, start | tag << 16), FFA_INVALID_PARAMETERS);
	relay_end();
}

static void test_ffa_partition_registers_tag(void **state)
{
	uint32_t tag;

	(void)state;
	relay_prepare();
	for (unsigned i = 0; i < 7U; i++)
		relay.partition[i] = (struct relay_partition){.id = (uint16_t)(0x8001U + i)};
	relay.partitions = 7;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_call(x, REGS, 0, 0, 0, 0, 0), FFA_SUCCESS | FFA_64);
	tag = (uint32_t)(x[2] >> 32) & 0xffffU;
	assert_int_equal(relay_ask(REGS, 0, 0, tag << 16), FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_ask(REGS, 0, 0, 5), FFA_RETRY);
	assert_int_equal(relay_ask(REGS, 0, 0, 5 | (tag ^ 1U) << 16), FFA_RETRY);
	assert_int_equal(relay_ask(REGS, 0, 0, 5 | tag << 16), 0);
	/* the list changed meanwhile */
	relay.partition[6].contexts = 3;
	assert_int_equal(relay_ask(REGS, 0, 0, 5 | tag << 16), FFA_RETRY);
	relay_end();
}

static void test_ffa_partition_registers_uuid(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_call(x, REGS, 0x4433, 0, 0, 0, 0), FFA_SUCCESS | FFA_64);
	assert_int_equal(x[2] & 0xffffffffU, 0);
	assert_int_equal(x[3] & 0xffffU, 0x8002);
	assert_int_equal(x[4] | x[5], 0);
	assert_int_equal(relay_ask(REGS, 0x4433, 1, 0), FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_ask(REGS, 0x4433, 0, 1), FFA_RETRY);
	/* needs no RX, and leaves it alone */
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	relay_end();
}

static void test_ffa_partition_registers_only_from_1_2(void **state)
{
	(void)state;
	for (uint32_t caller = 0x10000; caller < 0x10002U; caller++) {
		boot(FFA_VERSION_1_2, caller);
		assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_NOT_SUPPORTED);
		assert_int_equal(relay_ask(FFA_FEATURES, REGS, 0, 0), FFA_NOT_SUPPORTED);
		relay_end();
	}
	boot(FFA_VERSION_1_1, FFA_VERSION_1_1);
	assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_NOT_SUPPORTED);
	relay_end();
}

/* Either of firmware's two lists serves callers of either; with 24 and 48 bytes, with tags and
 * none. */
static void test_ffa_partition_either_list_of_firmware(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8U; i++) {
		relay_prepare();
		relay.stride = (i & 1U) != 0U ? 48 : 24;
		relay.tagged = (i & 2U) != 0U;
		relay.absent[0] = (i & 4U) != 0U ? LIST : REGS;
		relay.partition[2] = (struct relay_partition){.id = 0x8003};
		relay.partitions = 3;
		relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
		relay_map();
		assert_int_equal(relay_ffa.partition_count, 3);
		assert_int_equal(relay_call(x, REGS, 0, 0, 0, 0, 0), FFA_SUCCESS | FFA_64);
		assert_int_equal(x[9] & 0xffffU, 0x8003);
		assert_int_equal(relay_ask(FFA_FEATURES, LIST, 0, 0),
				 (i & 4U) != 0U ? FFA_NOT_SUPPORTED : 0);
		relay_end();
	}
}

/* Divergence 40: RETRY begins anew, a bounded number of times. */
static void test_ffa_partition_list_that_changes_while_it_is_read(void **state)
{
	(void)state;
	relay_prepare();
	relay.absent[0] = LIST;
	for (unsigned i = 0; i < 9U; i++)
		relay.partition[i] = (struct relay_partition){.id = (uint16_t)(0x8001U + i)};
	relay.partitions = 9;
	relay.tagged = true;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.retries = 2;
	assert_int_equal(relay_ask(REGS, 0, 0, 0), 0);
	relay.retries = 100;
	assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_RETRY);
	assert_int_equal(relay.retries, 97);
	relay_end();
}

static uint64_t lie_x2;

static void lie_in_registers(struct relay *firmware, uint32_t fid, uint64_t answer[FFA_REGISTERS])
{
	(void)firmware;
	if (fid == REGS)
		answer[2] = lie_x2;
}

static void test_ffa_partition_C12_registers_that_cannot_be(void **state)
{
	static const uint64_t rows[] = {
	    0,                  /* size 0 */
	    0x0017000000000000, /* 23 */
	    0x0010000000000000, /* 16: no UUID */
	    0x0018000000050005, /* six entries in 15 registers */
	    0x0080000000000000, /* 128 bytes */
	    0xfff8000000000000, /* more than there are registers */
	    0x0018000000010000, /* current behind last */
	    0xffffffffffffffff,
	};

	(void)state;
	relay_prepare();
	relay.absent[0] = LIST;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.after = lie_in_registers;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lie_x2 = rows[i];
		assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_ABORTED);
	}
	lie_x2 = 0x001800000000ffff; /* 65536 of them, one at a time */
	assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_NO_MEMORY);
	lie_x2 = 0x0018000000000001; /* the same one again and again */
	assert_int_equal(relay_ask(REGS, 0, 0, 0), FFA_ABORTED);
	relay_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_partition_layout_of_each_version),
	    cmocka_unit_test(test_ffa_partition_properties_by_version),
	    cmocka_unit_test(test_ffa_partition_uuid),
	    cmocka_unit_test(test_ffa_partition_count_only),
	    cmocka_unit_test(test_ffa_partition_several_uuids),
	    cmocka_unit_test(test_ffa_partition_of_this_world_is_not_listed),
	    cmocka_unit_test(test_ffa_partition_B11_rx_is_full),
	    cmocka_unit_test(test_ffa_partition_without_buffers_busy),
	    cmocka_unit_test(test_ffa_partition_list_that_does_not_fit),
	    cmocka_unit_test(test_ffa_partition_B16_C12_sizes_that_cannot_be),
	    cmocka_unit_test(test_ffa_partition_B16_empty_list),
	    cmocka_unit_test(test_ffa_partition_C8_answers_that_are_none),
	    cmocka_unit_test(test_ffa_partition_C13_copied_before_released),
	    cmocka_unit_test(test_ffa_partition_rx_of_ours_was_left_full),
	    cmocka_unit_test(test_ffa_partition_long_list_comes_in_registers),
	    cmocka_unit_test(test_ffa_partition_registers_in_pieces),
	    cmocka_unit_test(test_ffa_partition_registers_tag),
	    cmocka_unit_test(test_ffa_partition_registers_uuid),
	    cmocka_unit_test(test_ffa_partition_registers_only_from_1_2),
	    cmocka_unit_test(test_ffa_partition_either_list_of_firmware),
	    cmocka_unit_test(test_ffa_partition_list_that_changes_while_it_is_read),
	    cmocka_unit_test(test_ffa_partition_C12_registers_that_cannot_be),
	};

	return cmocka_run_group_tests_name("ffa_partition", tests, NULL, NULL);
}
