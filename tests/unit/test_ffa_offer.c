/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware offers, as it is found at boot, and what an endpoint is offered of it: C11 and G11.
 */
#include <string.h>

#include "cases.h"
#include "core/ffa/mediator.h"
#include "relay.h"

#define MAP64 (FFA_RXTX_MAP | FFA_64)

static uint64_t x[FFA_REGISTERS];

/* All that FFA_FEATURES may say yes to for a caller of `version`, on a firmware that has all. */
static void test_ffa_offer_features_of_each_version(void **state)
{
	static const struct {
		uint32_t fid, since;
	} rows[] = {
	    {FFA_VERSION, 0x10000},    {FFA_FEATURES, 0x10000},
	    {FFA_ID_GET, 0x10000},     {FFA_RXTX_MAP, 0x10000},
	    {MAP64, 0x10000},          {FFA_RXTX_UNMAP, 0x10000},
	    {FFA_RX_RELEASE, 0x10000}, {FFA_PARTITION_INFO_GET, 0x10000},
	    {FFA_SPM_ID_GET, 0x10001}, {FFA_PARTITION_INFO_GET_REGS | FFA_64, 0x10002},
	};

	(void)state;
	for (uint32_t firmware = 0x10000; firmware <= 0x10002U; firmware++)
		for (uint32_t caller = 0x10000; caller <= firmware; caller++) {
			relay_prepare();
			relay_start(firmware, caller);
			for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
				assert_int_equal(relay_ask(FFA_FEATURES, rows[i].fid, 0, 0),
						 caller >= rows[i].since ? 0 : FFA_NOT_SUPPORTED);
			/* the hypervisor's own business, and forms that do not exist */
			assert_int_equal(relay_ask(FFA_FEATURES, FFA_RX_ACQUIRE, 0, 0),
					 FFA_NOT_SUPPORTED);
			assert_int_equal(relay_ask(FFA_RX_ACQUIRE, 0, 0, 0), FFA_NOT_SUPPORTED);
			assert_int_equal(
			    relay_ask(FFA_FEATURES, FFA_NOTIFICATION_BITMAP_CREATE, 0, 0),
			    FFA_NOT_SUPPORTED);
			assert_int_equal(
			    relay_ask(FFA_FEATURES, FFA_PARTITION_INFO_GET | FFA_64, 0, 0),
			    FFA_NOT_SUPPORTED);
			relay_end();
		}
}

/* Divergence 32: the largest number of pages is a matter of 1.2; older clients compare the word. */
static void test_ffa_offer_buffer_word_by_version(void **state)
{
	(void)state;
	for (uint32_t caller = 0x10000; caller <= 0x10002U; caller++) {
		relay_prepare();
		relay_start(FFA_VERSION_1_2, caller);
		assert_int_equal(relay_call(x, FFA_FEATURES, MAP64, 0, 0, 0, 0), FFA_SUCCESS);
		assert_int_equal(x[2], caller < 0x10002U ? 0U : 16U << 16);
		assert_int_equal(x[1] | x[3], 0);
		assert_int_equal(relay_call(x, FFA_FEATURES, FFA_RXTX_MAP, 0, 0, 0, 0),
				 FFA_SUCCESS);
		assert_int_equal(x[2], caller < 0x10002U ? 0U : 16U << 16);
		relay_end();
	}
}

static void test_ffa_offer_C11_buffer_word_of_firmware(void **state)
{
	static const struct {
		uint32_t word, size;
	} rows[] = {
	    {0, 4096},
	    {0xfffffffc, 4096},
	    {0x00010000, 4096},
	    {0xdeadbee8, 4096},
	    {2, 16384},
	    {0xfffffffe, 16384},
	    {1, 65536},
	    {0xfffffffd, 65536},
	    {0x00010001, 65536}, /* at most one page, at least sixteen */
	    {3, 0},
	    {0xffffffff, 0},
	    {0x00100003, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		relay_prepare();
		relay.map_word = rows[i].word;
		relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
		assert_int_equal(relay_ffa.buffer_size, rows[i].size);
		assert_int_equal(relay.size, rows[i].size);
		assert_int_equal(relay_ask(FFA_FEATURES, MAP64, 0, 0),
				 rows[i].size != 0U ? 0 : FFA_NOT_SUPPORTED);
		assert_int_equal(relay_told(FFA_EVENT_BUFFERS), 0);
		assert_int_equal(ffa_offered(&relay_ffa, FFA_MEM_SHARE), rows[i].size != 0U);
		relay_end();
	}
}

/* Divergence 33: the 64-bit form of FFA_RXTX_MAP is the one that all have. */
static void test_ffa_offer_64_bit_form_towards_firmware(void **state)
{
	(void)state;
	relay_prepare();
	relay.wide_only = 1;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_heard(FFA_RXTX_MAP, 0), 0);
	/* and a caller may use the other one all the same */
	assert_int_equal(relay_ask(FFA_RXTX_MAP, RELAY_PAGE(0), RELAY_PAGE(1), 1), 0);
	relay_end();
}

/* Only the 32-bit form, and memory that it cannot name: no buffers, and no half of an address. */
static void test_ffa_offer_32_bit_form_cannot_name_our_memory(void **state)
{
	(void)state;
	relay_prepare();
	relay.absent[0] = MAP64;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_true(relay_ffa.tx == NULL || (uintptr_t)relay.carved >> 32 == 0U);
	if ((uintptr_t)relay.carved >> 32 != 0U) {
		assert_int_equal(relay_heard(FFA_RXTX_MAP, 0), 0);
		assert_int_equal(relay_told(FFA_EVENT_BUFFERS), 1);
	}
	relay_end();
}

static void dirty_success(struct relay *firmware, uint32_t fid, uint64_t answer[FFA_REGISTERS])
{
	(void)firmware;
	if (fid == FFA_FEATURES && answer[0] == FFA_SUCCESS) {
		answer[0] |= 0xdeadbeefULL << 32;
		answer[1] = 0xc4000066; /* what was asked */
		answer[3] = 0x1234;
	}
}

static bool w0_alone(struct relay *firmware, uint64_t regs[FFA_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)regs[0] != FFA_FEATURES)
		return false;
	regs[0] = FFA_SUCCESS; /* divergence 18: all else as it was */
	return true;
}

static void test_ffa_offer_success_is_judged_by_w0(void **state)
{
	(void)state;
	relay_prepare();
	relay.after = dirty_success;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ffa.buffer_size, 4096);
	relay_end();
	relay_prepare();
	relay.before = w0_alone;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ffa.buffer_size, 4096);
	assert_int_equal(relay_ffa.schedule_interrupt, 0); /* w2 is what was asked: none */
	relay_end();
}

/* Divergence 21: firmware says no in two ways. */
static bool raw_no(struct relay *firmware, uint64_t regs[FFA_REGISTERS])
{
	bool features = (uint32_t)regs[0] == FFA_FEATURES || (uint32_t)regs[0] == FFA_SPM_ID_GET;

	(void)firmware;
	if (features)
		regs[0] = ~0ULL;
	return features;
}

static void test_ffa_offer_firmware_that_knows_no_features(void **state)
{
	(void)state;
	relay_prepare();
	relay.before = raw_no;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay.carved_size, 0); /* so no memory is taken */
	assert_int_equal(relay_ffa.strange, 0);
	for (uint32_t fid = 0x84000060; fid <= 0x840000ffU; fid++) {
		bool own = fid == FFA_VERSION || fid == FFA_FEATURES || fid == FFA_ID_GET;

		assert_int_equal(ffa_serves(&relay_ffa, FFA_VERSION_1_2, fid | FFA_64), false);
		if (own)
			assert_true(ffa_serves(&relay_ffa, FFA_VERSION_1_2, fid));
		else if (fid != FFA_CONSOLE_LOG)
			assert_false(ffa_serves(&relay_ffa, FFA_VERSION_1_2, fid));
	}
	relay_end();
}

/* Divergence 38 and 41: what is not listed and there all the same. */
static void test_ffa_offer_more_than_the_bits_say(void **state)
{
	static const uint32_t unlisted[] = {
	    FFA_MEM_LEND,   FFA_MEM_LEND | FFA_64, FFA_MEM_RECLAIM, FFA_MEM_FRAG_TX, FFA_RX_ACQUIRE,
	    FFA_RXTX_UNMAP, FFA_RX_RELEASE,        FFA_RUN,         FFA_SPM_ID_GET,  0};

	(void)state;
	relay_prepare();
	memcpy(relay.absent, unlisted, sizeof(unlisted));
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	for (unsigned i = 0; unlisted[i] != 0U; i++)
		assert_true(ffa_offered_as(&relay_ffa, unlisted[i]));
	relay_end();
	/* but not what nobody says: DONATE */
	relay_prepare();
	relay.absent[0] = FFA_MEM_DONATE;
	relay.absent[1] = FFA_MEM_DONATE | FFA_64;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_false(ffa_offered(&relay_ffa, FFA_MEM_DONATE));
	relay_end();
}

/* Divergence 39: a query with the NS bit, or without. */
static bool wants_ns_bit, asked_with, asked_without;

static bool retrieve(struct relay *firmware, uint64_t regs[FFA_REGISTERS])
{
	(void)firmware;
	if ((uint32_t)regs[0] != FFA_FEATURES ||
	    ((uint32_t)regs[1] & ~FFA_64) != FFA_MEM_RETRIEVE_REQ)
		return false;
	asked_with |= regs[2] == 2U;
	asked_without |= regs[2] == 0U;
	regs[0] = (regs[2] == 2U) == wants_ns_bit ? FFA_SUCCESS : FFA_ERROR;
	regs[2] = (uint32_t)FFA_NOT_SUPPORTED;
	return true;
}

static void test_ffa_offer_retrieve_is_asked_for_both_ways(void **state)
{
	(void)state;
	for (unsigned wants = 0; wants < 2U; wants++) {
		relay_prepare();
		relay.before = retrieve;
		wants_ns_bit = wants != 0U;
		asked_with = asked_without = false;
		relay_start(FFA_VERSION_1_1, FFA_VERSION_1_1);
		assert_true(ffa_offered(&relay_ffa, FFA_MEM_RETRIEVE_REQ));
		assert_true(asked_with);
		assert_int_equal(asked_without, !wants);
		/* nobody lends to this endpoint */
		assert_int_equal(relay_ask(FFA_FEATURES, FFA_MEM_RETRIEVE_REQ, 2, 0),
				 FFA_NOT_SUPPORTED);
		relay_end();
	}
	relay_prepare();
	relay.before = retrieve;
	asked_with = false;
	relay_start(FFA_VERSION_1_0, FFA_VERSION_1_0);
	assert_false(asked_with); /* the bit came with 1.1 */
	relay_end();
}

/* Nothing that a version does not have is asked for in it. */
static void test_ffa_offer_asks_in_its_version(void **state)
{
	(void)state;
	relay_prepare();
	relay_start(FFA_VERSION_1_0, FFA_VERSION_1_0);
	assert_int_equal(relay_heard(FFA_SPM_ID_GET, 0), 0);
	assert_int_equal(relay_ffa.schedule_interrupt, 0);
	assert_false(ffa_offered(&relay_ffa, FFA_MSG_SEND2));
	assert_null(relay_ffa.shadow_rx);
	relay_end();
	relay_prepare();
	relay_start(FFA_VERSION_1_1, FFA_VERSION_1_1);
	assert_false(ffa_offered(&relay_ffa, FFA_PARTITION_INFO_GET_REGS));
	assert_false(ffa_offered(&relay_ffa, FFA_MSG_SEND_DIRECT_REQ2));
	assert_int_equal(relay_ffa.schedule_interrupt, 8);
	relay_end();
}

static void test_ffa_offer_G11_interrupt_that_cannot_be(void **state)
{
	static const uint64_t rows[] = {0, 1020, 0xffffffff, 0x80000008};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		relay_prepare();
		relay.interrupt = rows[i];
		relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
		assert_int_equal(relay_ffa.schedule_interrupt, 0);
		relay_end();
	}
}

static bool spm_answers(struct relay *firmware, uint64_t regs[FFA_REGISTERS])
{
	if ((uint32_t)regs[0] != FFA_SPM_ID_GET)
		return false;
	regs[0] = FFA_SUCCESS;
	regs[2] = firmware->interrupt; /* what the test chose */
	return true;
}

static void test_ffa_offer_spm_identifier(void **state)
{
	static const struct {
		uint64_t said;
		uint32_t id;
	} rows[] = {
	    {0x8000, 0x8000}, {0xdeadbeef00008001, 0x8001}, {0xffffffff, 0xffff}, {0, 0}, {1, 0},
	    {0x7fff, 0}};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		relay_prepare();
		relay.interrupt = rows[i].said;
		relay.before = spm_answers;
		relay_start(FFA_VERSION_1_1, FFA_VERSION_1_1);
		assert_int_equal(relay_ffa.spm_id, rows[i].id);
		if (rows[i].id != 0U) {
			assert_int_equal(relay_call(x, FFA_SPM_ID_GET, 0, 0, 0, 0, 0), FFA_SUCCESS);
			assert_int_equal(x[2], rows[i].id);
		} else {
			assert_int_equal(relay_ask(FFA_SPM_ID_GET, 0, 0, 0), FFA_NOT_SUPPORTED);
			assert_int_equal(relay_ask(FFA_FEATURES, FFA_SPM_ID_GET, 0, 0),
					 FFA_NOT_SUPPORTED);
		}
		relay_end();
	}
}

/* Answers that break the rules count, and mean no. */
static bool mad(struct relay *firmware, uint64_t regs[FFA_REGISTERS])
{
	(void)firmware;
	regs[0] = 0x1234;
	return true;
}

static void test_ffa_offer_firmware_that_answers_nonsense(void **state)
{
	(void)state;
	relay_prepare();
	relay.before = mad;
	relay_start(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay.carved_size, 0);
	assert_int_equal(relay_ffa.strange, relay.calls);
	assert_int_equal(relay_ask(FFA_ID_GET, 0, 0, 0), 0);
	relay_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_offer_features_of_each_version),
	    cmocka_unit_test(test_ffa_offer_buffer_word_by_version),
	    cmocka_unit_test(test_ffa_offer_C11_buffer_word_of_firmware),
	    cmocka_unit_test(test_ffa_offer_64_bit_form_towards_firmware),
	    cmocka_unit_test(test_ffa_offer_32_bit_form_cannot_name_our_memory),
	    cmocka_unit_test(test_ffa_offer_success_is_judged_by_w0),
	    cmocka_unit_test(test_ffa_offer_firmware_that_knows_no_features),
	    cmocka_unit_test(test_ffa_offer_more_than_the_bits_say),
	    cmocka_unit_test(test_ffa_offer_retrieve_is_asked_for_both_ways),
	    cmocka_unit_test(test_ffa_offer_asks_in_its_version),
	    cmocka_unit_test(test_ffa_offer_G11_interrupt_that_cannot_be),
	    cmocka_unit_test(test_ffa_offer_spm_identifier),
	    cmocka_unit_test(test_ffa_offer_firmware_that_answers_nonsense),
	};

	return cmocka_run_group_tests_name("ffa_offer", tests, NULL, NULL);
}
