/* SPDX-License-Identifier: Apache-2.0 */
/* RX and TX buffers: rows B of the catalogue of adversarial cases, L3, Q1 and Q9 as far as they are
 * about them. */
#include <string.h>

#include "cases.h"
#include "core/ffa/mediator.h"
#include "ffa_bench.h"
#include "relay.h"

#define MAP64 (FFA_RXTX_MAP | FFA_64)
#define LIST  FFA_PARTITION_INFO_GET

static void boot(uint32_t firmware, uint32_t caller)
{
	relay_prepare();
	relay_start(firmware, caller);
}

/* Firmware without indirect messages: nobody but the mediator sees the endpoint's buffers. */
static void boot_plain(void)
{
	relay_prepare();
	relay.absent[0] = FFA_MSG_SEND2;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
}

static void expect_unmapped(void)
{
	assert_int_equal(relay_pinned(), 0);
	assert_int_equal(relay_ffa.host.holds, 0);
	assert_int_equal(relay_ffa.host.buffers.pages, 0);
	assert_int_equal(relay.shadow, 0);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), FFA_INVALID_PARAMETERS);
}

static void expect_refused(uint64_t tx, uint64_t rx, uint64_t count, int error)
{
	unsigned calls = relay.calls;

	assert_int_equal(relay_ask(MAP64, tx, rx, count), error);
	assert_int_equal(relay.calls, calls); /* firmware never heard of it */
	expect_unmapped();
}

/* ---- FFA_RXTX_MAP ---- */

static void test_ffa_buffer_B1_tx_and_rx_overlap(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	expect_refused(RELAY_PAGE(3), RELAY_PAGE(3), 1, FFA_INVALID_PARAMETERS);
	expect_refused(RELAY_PAGE(3), RELAY_PAGE(4), 2, FFA_INVALID_PARAMETERS);
	expect_refused(RELAY_PAGE(4), RELAY_PAGE(3), 2, FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(3), RELAY_PAGE(5), 2), 0);
	relay_end();
}

static void test_ffa_buffer_B2_alignment_and_number_of_pages(void **state)
{
	static const uint64_t counts[] = {0, 17, 32, 63, 64, 65, 0x100, 0x80000001, 0xffffffff};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		expect_refused(RELAY_PAGE(0), RELAY_PAGE(20), counts[i], FFA_INVALID_PARAMETERS);
	for (unsigned bit = 0; bit < 12U; bit++) {
		expect_refused(RELAY_PAGE(0) | 1ULL << bit, RELAY_PAGE(20), 1,
			       FFA_INVALID_PARAMETERS);
		expect_refused(RELAY_PAGE(0), RELAY_PAGE(20) | 1ULL << bit, 1,
			       FFA_INVALID_PARAMETERS);
	}
	for (unsigned pages = 1; pages <= 16U; pages++) {
		assert_int_equal(relay_ask(MAP64, RELAY_PAGE(0), RELAY_PAGE(16), pages), 0);
		assert_int_equal(relay_pinned(), 2 * (int)pages);
		assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
		expect_unmapped();
	}
	relay_end();
}

static void test_ffa_buffer_B3_pages_that_are_not_the_endpoints(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.gone[5] = true;
	expect_refused(RELAY_PAGE(5), RELAY_PAGE(0), 1, FFA_DENIED);
	expect_refused(RELAY_PAGE(0), RELAY_PAGE(5), 1, FFA_DENIED);
	expect_refused(RELAY_PAGE(0), RELAY_PAGE(3), 3, FFA_DENIED); /* its last one */
	expect_refused(0, RELAY_PAGE(0), 1, FFA_INVALID_PARAMETERS);
	expect_refused(RELAY_PAGE(0), 1ULL << 52, 1, FFA_INVALID_PARAMETERS);
	expect_refused(RELAY_PAGE(RELAY_PAGES), RELAY_PAGE(0), 1, FFA_INVALID_PARAMETERS);
	relay_map();
	relay_end();
}

static void test_ffa_buffer_B4_ends_of_ram_and_of_addresses(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	expect_refused(RELAY_PAGE(0), UINT64_MAX - 4095U, 1, FFA_INVALID_PARAMETERS);
	expect_refused(UINT64_MAX - 8191U, RELAY_PAGE(0), 2, FFA_INVALID_PARAMETERS);
	expect_refused(RELAY_PAGE(0), RELAY_PAGE(RELAY_PAGES - 1U), 2, FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(0), RELAY_PAGE(RELAY_PAGES - 1U), 1), 0);
	relay_end();
}

static void test_ffa_buffer_B5_mapped_twice(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(2), RELAY_PAGE(3), 1), FFA_DENIED);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(0), RELAY_PAGE(1), 1), FFA_DENIED);
	assert_int_equal(relay_pinned(), 2);
	assert_int_equal(relay_ffa.host.buffers.tx, RELAY_PAGE(0));
	assert_int_equal(relay_ffa.host.holds, 1);
	relay_end();
}

static bool map_is_denied(struct relay *firmware, uint64_t x[FFA_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)x[0] != MAP64)
		return false;
	x[0] = FFA_ERROR;
	x[2] = (uint32_t)FFA_DENIED;
	return true;
}

static void test_ffa_buffer_B6_leftover_of_a_boot_loader(void **state)
{
	(void)state;
	relay_prepare();
	relay.size = 4096; /* mapped, by somebody */
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay.tx, (uintptr_t)relay.carved);
	assert_int_equal(relay_told(FFA_EVENT_BUFFERS), 0);
	relay_map();
	relay_end();
}

static void test_ffa_buffer_B6_firmware_refuses_for_ever(void **state)
{
	static const uint32_t gone[] = {MAP64, FFA_RXTX_MAP, FFA_RXTX_UNMAP, FFA_RX_RELEASE, LIST};

	(void)state;
	relay_prepare();
	relay.before = map_is_denied;
	relay.size = 4096;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_heard(MAP64, 0), 2);
	assert_int_equal(relay_heard(FFA_RXTX_UNMAP, 0), 1);
	assert_int_equal(relay_told(FFA_EVENT_BUFFERS), 1);
	for (unsigned i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		assert_int_equal(relay_ask(FFA_FEATURES, gone[i], 0, 0), FFA_NOT_SUPPORTED);
		assert_int_equal(relay_ask(gone[i], RELAY_PAGE(0), RELAY_PAGE(1), 1),
				 FFA_NOT_SUPPORTED);
	}
	assert_false(ffa_offered(&relay_ffa, FFA_MEM_SHARE));
	assert_false(ffa_offered(&relay_ffa, FFA_MEM_RECLAIM));
	assert_false(ffa_offered(&relay_ffa, FFA_MSG_SEND2));
	/* what needs no buffers goes on */
	assert_true(ffa_offered(&relay_ffa, FFA_MSG_SEND_DIRECT_REQ));
	assert_int_equal(relay_ask(FFA_FEATURES, FFA_PARTITION_INFO_GET_REGS | FFA_64, 0, 0), 0);
	relay_end();
}

/* ---- FFA_RXTX_UNMAP ---- */

static void test_ffa_buffer_B7_unmap(void **state)
{
	static const uint64_t wrong[] = {1, 0x20000, 0x10001, 0x80010000, 0x8000, 0xffffffff};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	expect_unmapped();
	relay_map();
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(relay_ask(FFA_RXTX_UNMAP, wrong[i], 0, 0), FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0xbad0000000000000ULL, 0, 0), 0);
	expect_unmapped();
	relay_map();
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0x10000, 0, 0), 0); /* as U-Boot does */
	expect_unmapped();
	/* our own stay registered throughout */
	assert_true(relay.size != 0U);
	relay_end();
}

/* B8: another CPU's call, in the middle of this one's copy. */
static int other_unmap, other_map, other_list;

static void call_in_between(struct relay *endpoint)
{
	endpoint->copying = NULL;
	other_unmap = relay_ask(FFA_RXTX_UNMAP, 0, 0, 0);
	other_map = relay_ask(MAP64, RELAY_PAGE(2), RELAY_PAGE(3), 1);
	/* it would wait for the gate: only RX is of interest here */
	other_list = relay_ask(FFA_RX_RELEASE, 0, 0, 0);
}

static void test_ffa_buffer_B8_unmap_while_a_call_uses_them(void **state)
{
	uint64_t x[FFA_REGISTERS] = {FFA_MEM_SHARE};
	struct ffa_call call = {
	    .ffa = &relay_ffa, .caller = &relay_ffa.host, .x = x, .fid = FFA_MEM_SHARE};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	relay.copying = call_in_between; /* into RX */
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	assert_int_equal(other_unmap, FFA_BUSY);
	assert_int_equal(other_map, FFA_DENIED);
	assert_int_equal(other_list, FFA_DENIED); /* not the endpoint's yet */
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);

	memcpy(relay.memory, "as it was", 9);
	relay.copying = call_in_between; /* out of TX */
	assert_true(ffa_gate_enter(&call));
	assert_int_equal(ffa_tx_read(&call, 4096), FFA_OK);
	assert_memory_equal(relay_ffa.snapshot, "as it was", 9);
	ffa_gate_leave(&call);
	assert_int_equal(other_unmap, FFA_BUSY);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	expect_unmapped();
	relay_end();
}

static void test_ffa_buffer_B9_pinned_while_mapped(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(8), RELAY_PAGE(4), 2), 0);
	for (unsigned page = 0; page < RELAY_PAGES; page++)
		assert_int_equal(relay.pins[page],
				 (page >= 4U && page < 6U) || (page >= 8U && page < 10U));
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	assert_int_equal(relay_pinned(), 0);
	relay_end();
}

/* The same with the real ledger: DN for each page of both, and as before once they are unmapped. */
static void test_ffa_buffer_B9_own_buffers_cannot_be_sent(void **state)
{
	static const uint32_t kinds[] = {BENCH_SHARE, BENCH_LEND, BENCH_DONATE};
	uint64_t x[SMCCC_REGISTERS], handle;

	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned kind = 0; kind < 3U; kind++)
		for (unsigned which = 0; which < 2U; which++) {
			const struct bench_range ranges[] = {
			    {BANK_A + 3 * PAGE, 1}, {which != 0U ? BENCH_RX : BENCH_TX, 1}};
			struct bench_send send = bench_send_of(kinds[kind], ranges, 2);

			assert_int_equal(bench_transmit(&send, &handle), FFA_DENIED);
			assert_home(&ranges[0]);
			assert_int_equal(bench_spmc.calls, 0);
			assert_int_equal(ledger_lookup(&bench_ledger, ranges[1].base).record.pins,
					 1);
		}
	bench_call(x, FFA_RXTX_UNMAP, 0, 0, 0, 0);
	assert_int_equal(bench_code(x), 0);
	assert_int_equal(ledger_lookup(&bench_ledger, BENCH_TX).record.pins, 0);
	assert_int_equal(ledger_lookup(&bench_ledger, BENCH_RX).record.pins, 0);
	bench_call(x, FFA_RXTX_MAP | FFA_64, BENCH_TX, BENCH_RX, 1, 0);
	assert_int_equal(bench_code(x), 0);
	bench_ffa_close(0, 0);
}

/* The fake asserts that what it copies is pinned. */
static void test_ffa_buffer_B10_nothing_is_read_after_unmap(void **state)
{
	uint64_t x[FFA_REGISTERS] = {FFA_MEM_SHARE};
	struct ffa_call call = {
	    .ffa = &relay_ffa, .caller = &relay_ffa.host, .x = x, .fid = FFA_MEM_SHARE};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	assert_true(ffa_gate_enter(&call));
	assert_int_equal(ffa_tx_read(&call, 16), FFA_INVALID_PARAMETERS);
	ffa_gate_leave(&call);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_BUSY);
	assert_int_equal(relay.reads, 0);
	relay_end();
}

/* ---- TX ---- */

static void test_ffa_buffer_D21_tx_is_read_once_page_by_page(void **state)
{
	uint64_t x[FFA_REGISTERS] = {FFA_MEM_SHARE};
	struct ffa_call call = {
	    .ffa = &relay_ffa, .caller = &relay_ffa.host, .x = x, .fid = FFA_MEM_SHARE};

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(0), RELAY_PAGE(16), 3), 0);
	for (unsigned i = 0; i < 3U * 4096U; i++)
		relay.memory[i] = (uint8_t)(i / 7U);
	assert_true(ffa_gate_enter(&call));
	assert_int_equal(ffa_tx_read(&call, 3U * 4096U), FFA_OK);
	assert_int_equal(relay.reads, 3);
	assert_memory_equal(relay_ffa.snapshot, relay.memory, 3U * 4096U);
	assert_int_equal(ffa_tx_read(&call, 4097), FFA_OK);
	assert_int_equal(relay.reads, 5);
	assert_int_equal(ffa_tx_read(&call, 3U * 4096U + 1U), FFA_INVALID_PARAMETERS);
	assert_int_equal(ffa_tx_read(&call, UINT32_MAX), FFA_INVALID_PARAMETERS);
	assert_int_equal(ffa_tx_read(&call, 0), FFA_OK);
	assert_int_equal(relay.reads, 5);
	ffa_gate_leave(&call);
	relay_end();
}

/* ---- FFA_RX_RELEASE ---- */

static void test_ffa_buffer_B12_release_of_what_is_not_owned(void **state)
{
	(void)state;
	for (unsigned plain = 0; plain < 2U; plain++) {
		if (plain != 0U)
			boot_plain();
		else
			boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
		relay_map();
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
		assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 2, 0, 0), FFA_INVALID_PARAMETERS);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
		assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 1, 0, 0), 0);
		relay_end();
	}
}

/* The endpoint's RX and the one towards firmware are two things. */
static void test_ffa_buffer_B13_release_is_never_about_ours(void **state)
{
	unsigned from;

	(void)state;
	boot_plain();
	relay_map();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	from = relay.calls;
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
	assert_int_equal(relay.calls, from);
	relay_end();
}

static void test_ffa_buffer_B14_smallest_size_of_firmware(void **state)
{
	static const struct {
		uint32_t word, size;
	} rows[] = {{0, 4096}, {2, 16384}, {1, 65536}};

	(void)state;
	for (unsigned i = 0; i < 3U; i++) {
		uint64_t x[FFA_REGISTERS];

		relay_prepare();
		relay.map_word = rows[i].word;
		relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
		assert_int_equal(relay_ffa.buffer_size, rows[i].size);
		assert_int_equal(relay.size, rows[i].size);
		assert_int_equal(relay.alignment, rows[i].size);
		assert_int_equal(relay.tx % rows[i].size | relay.rx % rows[i].size, 0);
		assert_true(relay.tx + relay.size <= relay.rx || relay.rx + relay.size <= relay.tx);
		/* the endpoint's are ours to read: pages of 4 KiB are enough */
		assert_int_equal(relay_call(x, FFA_FEATURES, MAP64, 0, 0, 0, 0), FFA_SUCCESS);
		assert_int_equal(x[2], 16U << 16);
		relay_map();
		assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
		relay_end();
	}
}

static void test_ffa_buffer_B15_32_bit_form(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_0, FFA_VERSION_1_0);
	assert_int_equal(relay_ask(FFA_RXTX_MAP, 0xbad00000ULL << 32 | RELAY_PAGE(0),
				   0xbad00000ULL << 32 | RELAY_PAGE(1), 0xbad00000ULL << 32 | 1U),
			 0);
	assert_int_equal(relay_ffa.host.buffers.tx, RELAY_PAGE(0));
	assert_int_equal(relay_ffa.host.buffers.rx, RELAY_PAGE(1));
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	/* in the 64-bit form every bit of an address counts */
	expect_refused(0xbad00000ULL << 32 | RELAY_PAGE(0), RELAY_PAGE(1), 1,
		       FFA_INVALID_PARAMETERS);
	relay_end();
}

/* ---- shadows, where firmware delivers indirect messages ---- */

static void test_ffa_buffer_shadows_stand_for_the_endpoints(void **state)
{
	uint64_t carved, end;

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	carved = (uintptr_t)relay.carved;
	end = carved + relay.carved_size;
	assert_int_equal(relay.shadow, 0); /* tried, and taken away */
	relay_map();
	assert_int_equal(relay.shadow, 1);
	/* pages of ours, which no caller has and which were emptied */
	assert_true(relay.shadow_rx >= carved && relay.shadow_rx + 4096U <= end);
	assert_true(relay.shadow_tx >= carved && relay.shadow_tx + 4096U <= end);
	assert_true(relay.shadow_rx != relay.shadow_tx && relay.shadow_rx != relay.rx);
	for (unsigned i = 0; i < 4096U; i++)
		assert_int_equal(relay_ffa.shadow_rx[i] | relay_ffa.shadow_tx[i], 0);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	expect_unmapped();
	relay_end();
}

static void test_ffa_buffer_shadow_is_acquired_and_released(void **state)
{
	unsigned from;

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	assert_true(relay.shadow_taken); /* firmware delivers nothing while the list is in it */
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
	assert_false(relay.shadow_taken);
	/* a message that was not fetched: RX is not to be had */
	relay.shadow_taken = true;
	assert_int_equal(relay_ask(LIST, 0, 0, 0), FFA_BUSY);
	assert_int_equal(relay_ffa.host.buffers.rx_state, FFA_RX_FREE);
	relay.shadow_taken = false;
	/* a list that fails gives it back */
	from = relay.calls;
	assert_int_equal(relay_ask(LIST, 0xdead, 0, 0), FFA_INVALID_PARAMETERS);
	assert_int_equal(relay_heard(FFA_RX_ACQUIRE, from), 1);
	assert_false(relay.shadow_taken);
	relay_end();
}

static void test_ffa_buffer_message_is_relayed_through_the_shadow(void **state)
{
	uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_GET};
	struct ffa_call call = {
	    .ffa = &relay_ffa, .caller = &relay_ffa.host, .x = x, .fid = FFA_NOTIFICATION_GET};
	uint32_t size;

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(ffa_rx_begin_relayed(&call, &size), FFA_BUSY); /* no buffers */
	relay_map();
	relay.shadow_taken = true; /* firmware has put one there */
	memcpy((void *)(uintptr_t)relay.shadow_rx, "message", 8);
	assert_int_equal(ffa_rx_begin_relayed(&call, &size), FFA_OK);
	assert_int_equal(size, 4096);
	ffa_rx_write(&call, 0, relay_ffa.shadow_rx, 8);
	ffa_rx_commit(&call);
	assert_string_equal(relay.memory + 4096, "message");
	assert_int_equal(ffa_rx_begin_relayed(&call, &size), FFA_BUSY);
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
	assert_false(relay.shadow_taken);
	/* given up: it stays there */
	relay.shadow_taken = true;
	assert_int_equal(ffa_rx_begin_relayed(&call, &size), FFA_OK);
	ffa_rx_cancel(&call);
	assert_true(relay.shadow_taken);
	relay_end();
}

static bool release_is_denied(struct relay *firmware, uint64_t x[FFA_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)x[0] != FFA_RX_RELEASE || x[1] == 0U)
		return false;
	x[0] = FFA_ERROR;
	x[2] = (uint32_t)FFA_DENIED;
	return true;
}

/* Divergence 37: some refuse while the notification of the message was not fetched. */
static void test_ffa_buffer_firmware_refuses_a_release(void **state)
{
	uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_GET};
	struct ffa_call call = {
	    .ffa = &relay_ffa, .caller = &relay_ffa.host, .x = x, .fid = FFA_NOTIFICATION_GET};
	uint32_t size;

	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	relay.shadow_taken = true;
	assert_int_equal(ffa_rx_begin_relayed(&call, &size), FFA_OK);
	ffa_rx_commit(&call);
	relay.before = release_is_denied;
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	assert_int_equal(relay_ffa.host.buffers.rx_state, FFA_RX_ENDPOINT);
	relay.before = NULL;
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
	/* what firmware did not put there is not its to keep */
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	relay.before = release_is_denied;
	assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
	relay_end();
}

static bool no_shadows(struct relay *firmware, uint64_t x[FFA_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)x[0] != MAP64 || x[1] != 0U)
		return false;
	x[0] = FFA_ERROR;
	x[2] = (uint32_t)FFA_INVALID_PARAMETERS;
	return true;
}

static void test_ffa_buffer_firmware_takes_no_shadows(void **state)
{
	unsigned from;

	(void)state;
	relay_prepare();
	relay.before = no_shadows;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_false(ffa_offered(&relay_ffa, FFA_MSG_SEND2));
	assert_true(ffa_offered(&relay_ffa, FFA_MEM_SHARE));
	from = relay.calls;
	relay_map();
	assert_int_equal(relay.calls, from);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	assert_int_equal(relay_heard(FFA_RX_ACQUIRE, from), 0);
	relay_end();
}

/* It took them at boot and does not now: the endpoint's call fails, and leaves nothing. */
static void test_ffa_buffer_B3_firmware_refuses_the_shadows_later(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.before = no_shadows;
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(0), RELAY_PAGE(1), 1), FFA_INVALID_PARAMETERS);
	expect_unmapped();
	relay.before = NULL;
	relay_map();
	relay_end();
}

static void test_ffa_buffer_B6_leftover_under_the_endpoints_name(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay.shadow = 1; /* an unmap that did not get through */
	relay_map();
	assert_int_equal(relay.shadow, 1);
	assert_int_equal(relay.shadow_rx, (uintptr_t)relay_ffa.shadow_rx);
	relay_end();
}

/* ---- a version while buffers are mapped, and a new kernel ---- */

static uint64_t version(uint32_t asked)
{
	uint64_t x[FFA_REGISTERS];

	relay_call(x, FFA_VERSION, asked, 0, 0, 0, 0);
	return x[0];
}

static void test_ffa_buffer_V12_mapped_buffers_hold_the_version(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_1);
	relay_map();
	assert_int_equal(version(FFA_VERSION_1_0), 0xffffffff);
	assert_int_equal(version(FFA_VERSION_1_2), 0xffffffff);
	assert_int_equal(version(FFA_VERSION_1_1), FFA_VERSION_1_2);
	assert_int_equal(relay_ffa.host.version, FFA_VERSION_1_1);
	relay_end();
}

static void test_ffa_buffer_Q1_V19_unmapped_they_hold_nothing(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0); /* RX full or not */
	assert_int_equal(version(FFA_VERSION_1_1), FFA_VERSION_1_2);
	assert_int_equal(relay_ffa.host.version, FFA_VERSION_1_1);
	relay_map();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0); /* not full any more */
	/* a map that failed holds nothing either */
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	relay.gone[9] = true;
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(9), RELAY_PAGE(1), 1), FFA_DENIED);
	assert_int_equal(version(FFA_VERSION_1_0), FFA_VERSION_1_2);
	relay_end();
}

static void test_ffa_buffer_L3_V20_new_kernel_over_mapped_buffers(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	ffa_endpoint_reset(&relay_ffa, &relay_ffa.host, 0);
	assert_int_equal(relay_pinned(), 0);
	assert_int_equal(relay.shadow, 0);
	assert_int_equal(relay_ffa.host.holds, 0);
	assert_int_equal(relay_told(FFA_EVENT_RESET), 1);
	assert_int_equal(version(FFA_VERSION_1_0), FFA_VERSION_1_2);
	assert_int_equal(relay_ask(MAP64, RELAY_PAGE(40), RELAY_PAGE(50), 2), 0);
	assert_int_equal(relay_pinned(), 4);
	assert_int_equal(relay_ask(LIST, 0, 0, 0), 0);
	assert_true(relay.size != 0U); /* ours stay */
	relay_end();
}

static void test_ffa_buffer_Q9_transactions_stay(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	relay_map();
	relay_ffa.host.holds += 2; /* transactions of the old kernel */
	ffa_endpoint_reset(&relay_ffa, &relay_ffa.host, 0);
	assert_int_equal(relay_ffa.host.holds, 2);
	/* they do not bind the new one's first choice, only a change of it */
	assert_int_equal(version(FFA_VERSION_1_1), FFA_VERSION_1_2);
	assert_int_equal(version(FFA_VERSION_1_2), 0xffffffff);
	relay_ffa.host.holds -= 2;
	assert_int_equal(version(FFA_VERSION_1_2), FFA_VERSION_1_2);
	relay_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_buffer_B1_tx_and_rx_overlap),
	    cmocka_unit_test(test_ffa_buffer_B2_alignment_and_number_of_pages),
	    cmocka_unit_test(test_ffa_buffer_B3_pages_that_are_not_the_endpoints),
	    cmocka_unit_test(test_ffa_buffer_B3_firmware_refuses_the_shadows_later),
	    cmocka_unit_test(test_ffa_buffer_B4_ends_of_ram_and_of_addresses),
	    cmocka_unit_test(test_ffa_buffer_B5_mapped_twice),
	    cmocka_unit_test(test_ffa_buffer_B6_leftover_of_a_boot_loader),
	    cmocka_unit_test(test_ffa_buffer_B6_firmware_refuses_for_ever),
	    cmocka_unit_test(test_ffa_buffer_B6_leftover_under_the_endpoints_name),
	    cmocka_unit_test(test_ffa_buffer_B7_unmap),
	    cmocka_unit_test(test_ffa_buffer_B8_unmap_while_a_call_uses_them),
	    cmocka_unit_test(test_ffa_buffer_B9_pinned_while_mapped),
	    cmocka_unit_test(test_ffa_buffer_B9_own_buffers_cannot_be_sent),
	    cmocka_unit_test(test_ffa_buffer_B10_nothing_is_read_after_unmap),
	    cmocka_unit_test(test_ffa_buffer_D21_tx_is_read_once_page_by_page),
	    cmocka_unit_test(test_ffa_buffer_B12_release_of_what_is_not_owned),
	    cmocka_unit_test(test_ffa_buffer_B13_release_is_never_about_ours),
	    cmocka_unit_test(test_ffa_buffer_B14_smallest_size_of_firmware),
	    cmocka_unit_test(test_ffa_buffer_B15_32_bit_form),
	    cmocka_unit_test(test_ffa_buffer_shadows_stand_for_the_endpoints),
	    cmocka_unit_test(test_ffa_buffer_shadow_is_acquired_and_released),
	    cmocka_unit_test(test_ffa_buffer_message_is_relayed_through_the_shadow),
	    cmocka_unit_test(test_ffa_buffer_firmware_refuses_a_release),
	    cmocka_unit_test(test_ffa_buffer_firmware_takes_no_shadows),
	    cmocka_unit_test(test_ffa_buffer_V12_mapped_buffers_hold_the_version),
	    cmocka_unit_test(test_ffa_buffer_Q1_V19_unmapped_they_hold_nothing),
	    cmocka_unit_test(test_ffa_buffer_L3_V20_new_kernel_over_mapped_buffers),
	    cmocka_unit_test(test_ffa_buffer_Q9_transactions_stay),
	};

	return cmocka_run_group_tests_name("ffa_buffer", tests, NULL, NULL);
}
