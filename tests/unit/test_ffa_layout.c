// SPDX-License-Identifier: Apache-2.0
/*
 * Layouts besides memory transaction descriptors: the messages of tests/vectors/ffa_structures.json
 * and the lists of notifications of ffa_registers.json; rows G8 and C10 of the catalogue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/ffa/ffa.h"

#define CALLER   1U
#define TX       4096U
#define MESSAGES 16U
#define LISTS    6U

static struct ffa_message message;
static struct ffa_notified notified[FFA_LISTS_MAX];

/* On a copy that begins `shift` bytes off alignment and ends where its memory does. */
static struct ffa_verdict read_message(const uint8_t *bytes, uint32_t size, uint32_t version,
				       unsigned shift)
{
	uint8_t *copy = malloc(size + shift != 0U ? size + shift : 1U);
	struct ffa_verdict verdict;

	assert_non_null(copy);
	memcpy(copy + shift, bytes, size);
	memset(&message, 0xee, sizeof(message));
	verdict = ffa_message_read(copy + shift, size, version, CALLER, &message);
	free(copy);
	return verdict;
}

static bool is_message(const struct json *vector)
{
	return strcmp(json_string(vector, "kind"), "send2_message") == 0;
}

static bool is_lists(const struct json *vector)
{
	return strncmp(json_string(vector, "id"), "NIG-", 4) == 0;
}

static void expect_uuid(const struct json *text)
{
	uint8_t bytes[16];
	size_t count = 0;

	if (text->kind != JSON_NULL)
		for (const char *c = text->string; *c != '\0'; c += *c == '-' ? 1 : 2) {
			unsigned byte = 0;

			if (*c == '-')
				continue;
			assert_true(count < sizeof(bytes) && sscanf(c, "%2x", &byte) == 1);
			bytes[count++] = (uint8_t)byte;
		}
	memset(bytes + count, 0, sizeof(bytes) - count);
	assert_memory_equal(message.uuid, bytes, sizeof(bytes));
}

static void test_ffa_message(void **state)
{
	const struct json *vector = *state, *expect = json_member(vector, "expect");
	const struct json *decoded = json_member(vector, "decoded");
	uint32_t version = json_version(json_member(vector, "ffa_version"));
	static uint8_t bytes[TX], written[TX];

	json_bytes(vector, "bytes", bytes, sizeof(bytes));
	for (unsigned shift = 0; shift < 8U; shift++) {
		struct ffa_verdict verdict = read_message(bytes, TX, version, shift);
		uint32_t header = ffa_message_header_size(version);

		if (strcmp(json_string(vector, "id"), "MSG-BAD-RECEIVER") == 0) {
			/* who exists is not in the bytes */
			assert_int_equal(verdict.error, FFA_OK);
			assert_int_equal(message.receiver, 0x8009);
			return;
		}
		if (strcmp(json_string(expect, "result"), "ok") != 0) {
			assert_string_equal(json_string(expect, "code"), "INVALID_PARAMETERS");
			assert_int_equal(verdict.error, FFA_INVALID_PARAMETERS);
			continue;
		}
		assert_int_equal(verdict.error, FFA_OK);
		assert_int_equal(message.receiver, json_register(json_member(decoded, "receiver")));
		assert_int_equal(message.sender, json_register(json_member(decoded, "sender")));
		assert_int_equal(message.offset, json_integer(decoded, "offset"));
		assert_int_equal(message.size, json_integer(decoded, "size"));
		expect_uuid(json_member(decoded, "uuid"));
		memset(written, 0xee, sizeof(written));
		ffa_message_write(&message, version, written + shift);
		assert_memory_equal(written + shift, bytes, header);
		assert_int_equal(written[shift + header], 0xee);
	}
}

/* The registers of a vector. */
static void registers_of(const struct json *vector, uint64_t x[FFA_REGISTERS])
{
	unsigned n = 0;

	memset(x, 0, FFA_REGISTERS * sizeof(x[0]));
	for (const struct json *value = json_array(vector, "x")->first; value != NULL;
	     value = value->next)
		x[n++] = json_register(value);
}

static void test_ffa_notified(void **state)
{
	const struct json *vector = *state, *decoded = json_member(vector, "decoded");
	uint64_t x[FFA_REGISTERS];
	uint32_t count;
	struct ffa_verdict verdict;
	const struct json *list;
	bool more;

	registers_of(vector, x);
	verdict = ffa_notified_read(x, notified, &count, &more);
	if (decoded == NULL) {
		assert_string_equal(json_string(json_member(vector, "expect"), "result"),
				    "protocol_error");
		assert_int_equal(verdict.error, FFA_ABORTED);
		assert_int_equal(verdict.rule, FFA_RULE_LIST_COUNT);
		assert_int_equal(count, 0);
		return;
	}
	assert_int_equal(verdict.error, FFA_OK);
	assert_int_equal(more, json_truth(decoded, "more"));
	assert_int_equal(count, json_count(json_array(decoded, "lists")));
	list = json_array(decoded, "lists")->first;
	for (uint32_t i = 0; i < count; i++, list = list->next) {
		const struct json *id = list->first;

		assert_int_equal(notified[i].endpoint, json_register(id));
		assert_int_equal(notified[i].vcpu_count, json_count(list) - 1U);
		for (uint32_t n = 0; n < notified[i].vcpu_count; n++) {
			id = id->next;
			assert_int_equal(notified[i].vcpu[n], id->integer);
		}
	}
}

/* ---- rows of the catalogue ---- */

static void put(uint8_t *bytes, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++, value >>= 8)
		bytes[i] = (uint8_t)value;
}

static void test_ffa_message_G8_offset_and_size(void **state)
{
	static const struct {
		uint32_t offset, size; /* offsets from the end of the header */
		bool good;
	} cases[] = {
	    {0, 1, true},           {0, 8, true},     {1, 7, true},
	    {7, 1, true},           {0, 0, false},    {0, 9, false},
	    {8, 0, false},          {8, 1, false},    {1, 8, false},
	    {0, 0xffffffff, false}, {1, ~0U, false},  {4, 0xfffffffc, false},
	    {0, ~19U, false},       {0, ~39U, false}, {~0U, 1, false},
	    {~0U, 2, false},        {~3U, 4, false},  {0x7fffffff, 0x7fffffff, false},
	};

	(void)state;
	for (uint32_t version = FFA_VERSION_1_1; version <= FFA_VERSION_1_2; version++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			uint32_t header = version == FFA_VERSION_1_1 ? 20U : 40U;
			uint8_t bytes[48] = {0};
			struct ffa_verdict verdict;

			put(bytes + 8, 4, header + cases[i].offset);
			put(bytes + 12, 2, 0x8001);
			put(bytes + 14, 2, CALLER);
			put(bytes + 16, 4, cases[i].size);
			verdict = read_message(bytes, header + 8U, version, 0);
			assert_int_equal(verdict.error,
					 cases[i].good ? FFA_OK : FFA_INVALID_PARAMETERS);
			if (!cases[i].good)
				assert_int_equal(verdict.rule, FFA_RULE_PAYLOAD);
		}
}

static void test_ffa_message_G8_header(void **state)
{
	(void)state;
	for (uint32_t version = FFA_VERSION_1_1; version <= FFA_VERSION_1_2; version++) {
		uint32_t header = version == FFA_VERSION_1_1 ? 20U : 40U;
		uint8_t good[41] = {0}, bytes[41];

		put(good + 8, 4, header);
		put(good + 12, 2, 0x8001);
		put(good + 14, 2, CALLER);
		put(good + 16, 4, 1);
		assert_int_equal(read_message(good, header + 1U, version, 0).error, FFA_OK);
		for (uint32_t size = 0; size <= header; size++)
			assert_int_equal(read_message(good, size, version, 0).error,
					 FFA_INVALID_PARAMETERS);
		for (uint32_t at = 0; at < header; at++) /* flags and reserved words are zero */
			for (unsigned bit = 0; bit < 8U; bit++) {
				bool reserved = at < 8U || (at >= 20U && at < 24U);

				memcpy(bytes, good, sizeof(bytes));
				bytes[at] = (uint8_t)(bytes[at] ^ 1U << bit);
				if (reserved)
					assert_int_equal(
					    read_message(bytes, header + 1U, version, 1).error,
					    FFA_INVALID_PARAMETERS);
			}
		memcpy(bytes, good, sizeof(bytes));
		put(bytes + 14, 2, 2); /* another's name */
		assert_int_equal(read_message(bytes, header + 1U, version, 0).rule,
				 FFA_RULE_SENDER);
		memcpy(bytes, good, sizeof(bytes));
		put(bytes + 12, 2, CALLER); /* to itself */
		assert_int_equal(read_message(bytes, header + 1U, version, 0).rule,
				 FFA_RULE_RECEIVER);
	}
}

/* 1.1 to 1.2 and back: the service is nil, or lost, and all else as it was. */
static void test_ffa_message_other_version(void **state)
{
	static const struct ffa_message sent = {
	    .sender = CALLER,
	    .receiver = 0x8001,
	    .offset = 40,
	    .size = 8,
	    .uuid = {0x7766554433221100, 0xffeeddccbbaa9988},
	};
	uint8_t bytes[48];

	(void)state;
	memset(bytes, 0xee, sizeof(bytes));
	ffa_message_write(&sent, FFA_VERSION_1_2, bytes);
	assert_int_equal(read_message(bytes, sizeof(bytes), FFA_VERSION_1_2, 0).error, FFA_OK);
	assert_int_equal(message.sender, sent.sender);
	assert_int_equal(message.receiver, sent.receiver);
	assert_int_equal(message.offset, sent.offset);
	assert_int_equal(message.size, sent.size);
	assert_memory_equal(message.uuid, sent.uuid, sizeof(sent.uuid));
	ffa_message_write(&sent, FFA_VERSION_1_1, bytes);
	assert_int_equal(read_message(bytes, sizeof(bytes), FFA_VERSION_1_1, 0).error, FFA_OK);
	assert_int_equal(message.offset, 40);
	assert_int_equal(message.uuid[0] | message.uuid[1], 0);
}

/* Every number of lists, of every size, in both forms: what fits is read, the rest is refused. */
static void test_ffa_notification_C10_lists(void **state)
{
	(void)state;
	for (uint32_t wide = 0; wide < 2U; wide++)
		for (uint32_t lists = 0; lists < 32U; lists++)
			for (uint64_t size = 0; size < 4U; size++) {
				uint64_t x[FFA_REGISTERS] = {wide != 0U ? 0xc4000061U
									: 0x84000061U};
				uint32_t room = wide != 0U ? 20U : 10U, count;
				bool fits = lists * (size + 1U) <= room, more;
				struct ffa_verdict verdict;

				x[2] = lists << 7 | 1U;
				for (uint32_t i = 0; i < 20U; i++)
					x[2] |= size << (12U + 2U * i);
				for (uint32_t i = 0; i < room; i++)
					x[3U + i / (room / 5U)] |= (uint64_t)(0x8000U + i)
								   << 16U * (i % (room / 5U));
				if (wide == 0U) /* C10: garbage above */
					for (unsigned n = 3; n < 8U; n++)
						x[n] |= 0xdeadbeefULL << 32;
				verdict = ffa_notified_read(x, notified, &count, &more);
				assert_int_equal(verdict.error, fits ? FFA_OK : FFA_ABORTED);
				assert_int_equal(count, fits ? lists : 0U);
				assert_true(more);
				for (uint32_t i = 0, at = 0x8000; i < count; i++) {
					assert_int_equal(notified[i].endpoint, at++);
					for (uint32_t n = 0; n < notified[i].vcpu_count; n++)
						assert_int_equal(notified[i].vcpu[n], at++);
				}
			}
}

static void test_ffa_rule_words(void **state)
{
	(void)state;
	for (unsigned rule = FFA_RULE_NONE; rule <= FFA_RULE_LIST_COUNT; rule++)
		for (unsigned other = 0; other < rule; other++)
			assert_string_not_equal(ffa_rule_words((enum ffa_rule)rule),
						ffa_rule_words((enum ffa_rule)other));
}

int main(void)
{
	static const struct CMUnitTest rows[] = {
	    cmocka_unit_test(test_ffa_message_G8_offset_and_size),
	    cmocka_unit_test(test_ffa_message_G8_header),
	    cmocka_unit_test(test_ffa_message_other_version),
	    cmocka_unit_test(test_ffa_notification_C10_lists),
	    cmocka_unit_test(test_ffa_rule_words),
	};
	static struct CMUnitTest tests[CASES_MAX];
	static const struct json *messages, *lists; /* for as long as the program */
	size_t count = cases_append(tests, 0, rows, sizeof(rows) / sizeof(rows[0]));

	messages =
	    json_filter(json_array(json_vectors("ffa_structures.json"), "cases"), is_message);
	lists = json_filter(json_array(json_vectors("ffa_registers.json"), "cases"), is_lists);
	if (json_count(messages) != MESSAGES || json_count(lists) != LISTS)
		return 1;
	count = cases_add(tests, count, "test_ffa_message", messages, "id", test_ffa_message);
	count = cases_add(tests, count, "test_ffa_notified", lists, "id", test_ffa_notified);
	return _cmocka_run_group_tests("ffa_layout", tests, count, NULL, NULL);
}
