// SPDX-License-Identifier: Apache-2.0
/* The library as an embedder sees it: what it is built of reads, writes and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ffa.h"

/* A firmware that speaks 1.1 and refuses all else. */
static void firmware_call(void *context, uint64_t x[FFA_REGISTERS])
{
	unsigned *calls = context;
	bool asked_low = x[0] == FFA_VERSION && x[1] <= FFA_VERSION_1_1;

	++*calls;
	x[0] = x[0] == FFA_VERSION ? (asked_low ? FFA_VERSION_1_1 : UINT32_MAX) : FFA_ERROR;
	x[2] = (uint64_t)(int64_t)FFA_NOT_SUPPORTED;
}

static void lock(void *context, struct ffa_lock *taken)
{
	(void)context;
	assert_int_equal(taken->word[0], 0);
	taken->word[0] = 1;
}

static void unlock(void *context, struct ffa_lock *taken)
{
	(void)context;
	assert_int_equal(taken->word[0], 1);
	taken->word[0] = 0;
}

static uint64_t clock_ticks(void *context)
{
	(void)context;
	return 1;
}

static void event(void *context, const struct ffa_event *told)
{
	(void)context;
	assert_in_range(told->kind, FFA_EVENT_VERSION, FFA_EVENT_BUFFERS);
}

static const struct ffa_environment environment = {
    .firmware_call = firmware_call,
    .lock = lock,
    .unlock = unlock,
    .time = clock_ticks,
    .frequency = clock_ticks,
    .event = event,
};

static uint64_t ask(const void *context, uint32_t version)
{
	unsigned calls = 0;
	uint64_t x[FFA_REGISTERS] = {FFA_VERSION, version};

	(void)context;
	firmware_call(&calls, x);
	return x[0];
}

static void test_a_caller_finds_version_and_identifier(void **state)
{
	static struct ffa ffa;
	struct ffa_negotiation negotiation;
	uint64_t x[FFA_REGISTERS] = {FFA_VERSION, FFA_VERSION_1_2};
	unsigned calls = 0;

	(void)state;
	ffa_negotiate(&negotiation, ask, NULL);
	assert_int_equal(negotiation.outcome, FFA_PRESENT);
	assert_int_equal(negotiation.version, FFA_VERSION_1_1);
	ffa_init(&ffa, &environment, &calls, &negotiation, 7);
	ffa_call(&ffa, &ffa.host, 0, x);
	assert_int_equal(x[0], FFA_VERSION_1_1);
	memset(x, 0, sizeof(x));
	x[0] = FFA_ID_GET;
	ffa_call(&ffa, &ffa.host, 0, x);
	assert_int_equal(x[0], FFA_SUCCESS);
	assert_int_equal(x[2], 7);
	x[0] = 0x840000ff;
	ffa_call(&ffa, &ffa.host, 0, x);
	assert_int_equal(x[0], FFA_ERROR);
	assert_int_equal((int32_t)(uint32_t)x[2], FFA_NOT_SUPPORTED);
}

static void test_a_descriptor_passes_between_versions(void **state)
{
	static const struct ffa_range range = {.base = 0x50000000, .pages = 3};
	struct ffa_descriptor descriptor = {
	    .sender = 1,
	    .attributes = FFA_NORMAL_SHARED,
	    .tag = 0x1122334455667788,
	    .borrower_count = 2,
	    .borrower = {{.id = 0x8001, .permissions = FFA_DATA_RW},
			 {.id = 0x8002, .permissions = FFA_DATA_RO}},
	    .page_count = 3,
	    .range_count = 1,
	};
	uint64_t words[32];
	uint8_t *bytes = (uint8_t *)words;

	(void)state;
	for (uint32_t version = FFA_VERSION_1_0; version <= FFA_VERSION_1_2; version++) {
		uint32_t size = ffa_descriptor_size(&descriptor, version);
		struct ffa_descriptor read;
		struct ffa_range out;
		struct ffa_verdict verdict;
		uint64_t pages;

		assert_true(size + FFA_RANGE_SIZE <= sizeof(words));
		ffa_descriptor_write(&descriptor, version, bytes);
		ffa_ranges_write(&range, 1, bytes + size);
		verdict = ffa_descriptor_read(bytes, size + FFA_RANGE_SIZE, size + FFA_RANGE_SIZE,
					      FFA_MEM_SHARE, version, 1, &read);
		assert_int_equal(verdict.error, FFA_OK);
		assert_int_equal(read.borrower_count, 2);
		assert_int_equal(read.borrower[1].id, 0x8002);
		assert_int_equal(read.tag, descriptor.tag);
		assert_int_equal(ffa_ranges_read(bytes + read.ranges, 1, &out, &pages).error,
				 FFA_OK);
		assert_int_equal(out.base, range.base);
		assert_int_equal(pages, 3);
		verdict = ffa_descriptor_read(bytes, size + FFA_RANGE_SIZE, size + FFA_RANGE_SIZE,
					      FFA_MEM_SHARE, version, 2, &read);
		assert_int_equal(verdict.error, FFA_DENIED);
		assert_string_equal(ffa_rule_words(verdict.rule), "the sender is not the caller");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_caller_finds_version_and_identifier),
	    cmocka_unit_test(test_a_descriptor_passes_between_versions),
	};

	return cmocka_run_group_tests_name("ffa_library", tests, NULL, NULL);
}
