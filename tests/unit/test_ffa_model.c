// SPDX-License-Identifier: Apache-2.0
/*
 * The specification of the mediator (tests/model/ffa.h) against tests/vectors/ffa_memory.json: what
 * the bytes of each send mean, and which error they must be answered with. Each vector is sent in
 * its fragments to a firmware that agrees to everything, and taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "model/ffa.h"

#define TX      UINT64_C(0x60000000)
#define RX      UINT64_C(0x60001000)
#define HANDLE  UINT64_C(0x123400005678)
#define BYTES   8192U
#define SENDS   121U
#define BORROWS 5U /* vectors that ask for memory: not for a host to whom nobody lends */

static const struct model_ffa_world world = {
    .implemented = MODEL_FFA_1_2,
    .caller = 1,
    .partitions = 3,
    .partition = {0x8001, 0x8002, 0x8003},
    .donate = true,
    .notifications = true,
    .address_end = 1ULL << 40,
    .length = 1U << 20,
    .borrowers = MODEL_FFA_BORROWERS,
    .pages = 16,
    .slots = 8,
    .half = 2,
};

static struct model memory;
static struct model_ffa ffa;
static struct model_ffa_reading reading;
static uint8_t bytes[BYTES];

static const struct {
	const char *name;
	model_ffa_set code;
} codes[] = {
    {"NOT_SUPPORTED", MODEL_FFA_NS},
    {"INVALID_PARAMETERS", MODEL_FFA_IP},
    {"NO_MEMORY", MODEL_FFA_NM},
    {"BUSY", MODEL_FFA_BZ},
    {"DENIED", MODEL_FFA_DN},
    {"ABORTED", MODEL_FFA_AB},
    {"ok", MODEL_FFA_OK},
};

static model_ffa_set code_of(const char *name)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].name, name) == 0)
			return codes[i].code;
	fail_msg("%s is no answer", name);
	return 0;
}

static uint32_t version_of(const struct json *vector)
{
	return json_version(json_member(vector, "ffa_version"));
}

static enum model_ffa_kind kind_of(const struct json *vector)
{
	const char *name = json_string(vector, "function");

	return strcmp(name, "FFA_MEM_SHARE") == 0  ? MODEL_FFA_SHARE
	       : strcmp(name, "FFA_MEM_LEND") == 0 ? MODEL_FFA_LEND
						   : MODEL_FFA_DONATE;
}

static bool is_send(const struct json *vector)
{
	return strcmp(json_string(vector, "function"), "FFA_MEM_RETRIEVE_REQ") != 0;
}

/* The caller owns what the context says, speaks its version, and its buffers are mapped. */
static void prepare(const struct json *vector)
{
	const struct json *context = json_member(json_vectors("ffa_memory.json"), "context");
	const struct json *owned = json_array(context, "caller_owns_exclusive")->first;
	uint64_t base = json_register(owned->first), end = json_register(owned->first->next);
	struct model_ffa_firmware firmware = {.outcome = MODEL_FFA_GRANTED};
	static struct model_page *pages;
	static uint64_t count;

	if (pages == NULL) {
		count = (end - base) / MODEL_PAGE_SIZE;
		pages = calloc(count, sizeof(*pages));
		assert_non_null(pages);
	}
	memset(&memory, 0, sizeof(memory));
	model_add_bank(&memory, base, count, pages);
	ffa = (struct model_ffa){.world = &world, .memory = &memory};
	assert_int_equal(model_ffa_version(&ffa, version_of(vector), MODEL_FFA_OK), MODEL_FFA_OK);
	assert_int_equal(model_ffa_rxtx_map(&ffa, TX, RX, 1, &firmware, MODEL_FFA_OK),
			 MODEL_FFA_OK);
	json_bytes(vector, "bytes", bytes, sizeof(bytes));
}

static uint64_t lengths(const struct json *vector, size_t index)
{
	const struct json *length = json_array(vector, "fragment_lengths")->first;

	while (index-- > 0)
		length = length->next;
	return (uint64_t)length->integer;
}

static bool private_buffer(const struct json *vector)
{
	const struct json *x3 = json_member(vector, "x3"), *w4 = json_member(vector, "w4");

	return (x3 != NULL && json_register(x3) != 0) || (w4 != NULL && json_register(w4) != 0);
}

/* The answers that are allowed, to all fragments or to the first that is refused. */
static model_ffa_set send(const struct json *vector, model_ffa_set *first)
{
	struct model_ffa_firmware firmware = {.outcome = MODEL_FFA_GRANTED, .handle = HANDLE};
	size_t fragments = json_count(json_array(vector, "fragment_lengths"));
	uint64_t total = (uint64_t)json_integer(vector, "total_length"), at = lengths(vector, 0);
	const struct json *step = json_member(vector, "steps");
	model_ffa_set set;

	/* exactly as many bytes as there are: a sanitizer sees the first one beyond */
	uint8_t *fragment = malloc(at != 0 ? at : 1);
	assert_non_null(fragment);
	memcpy(fragment, bytes, at);
	model_ffa_read(&world, ffa.version, kind_of(vector), fragment, at, total, 4096, &reading);
	free(fragment);
	*first = reading.first;
	set =
	    model_ffa_send(&ffa, &reading, private_buffer(vector), &firmware, MODEL_FFA_OK, HANDLE);
	step = step != NULL ? step->first : NULL;
	for (size_t i = 1; i < fragments && set == MODEL_FFA_MORE; at += lengths(vector, i++)) {
		if (step != NULL) {
			assert_string_equal(json_string(step, "reply"), "FFA_MEM_FRAG_RX");
			assert_int_equal(json_integer(step, "offset"), at);
			assert_int_equal(ffa.slot[0].send.received, at);
			step = step->next;
		}
		set = model_ffa_send_more(&ffa, HANDLE, bytes + at, (uint32_t)lengths(vector, i), 0,
					  &firmware, MODEL_FFA_OK, &reading);
		*first = reading.first;
	}
	return set;
}

static uint64_t hexadecimal(const struct json *object, const char *key)
{
	return json_register(json_member(object, key));
}

static void expect_meaning(const struct json *decoded, const struct model_ffa_send *meaning)
{
	const struct json *composite = json_member(decoded, "composite");
	const struct json *emad = json_array(decoded, "emads")->first;

	assert_int_equal(meaning->sender, hexadecimal(decoded, "sender"));
	assert_int_equal(meaning->attributes, hexadecimal(decoded, "attributes"));
	assert_int_equal(meaning->flags, hexadecimal(decoded, "flags"));
	assert_int_equal(meaning->tag, hexadecimal(decoded, "tag"));
	assert_int_equal(meaning->borrowers, json_integer(decoded, "emad_count"));
	for (size_t i = 0; i < meaning->borrowers; i++, emad = emad->next) {
		assert_int_equal(meaning->borrower[i].endpoint, hexadecimal(emad, "endpoint"));
		assert_int_equal(meaning->borrower[i].permissions,
				 hexadecimal(emad, "permissions"));
		assert_int_equal(meaning->borrower[i].flags, json_integer(emad, "flags"));
	}
	assert_int_equal(meaning->pages, json_integer(composite, "total_pages"));
	assert_int_equal(meaning->range_count, json_integer(composite, "range_count"));
}

static uint64_t pages_held(void)
{
	uint64_t held = 0;

	for (uint64_t i = 0; i < memory.bank[0].pages; i++)
		held += memory.bank[0].page[i].transaction != 0;
	return held;
}

/* Every page of the ranges is the partitions', and the host's only when it is shared. */
static void expect_pages(const struct json *decoded, bool shared)
{
	uint64_t pages = 0;

	for (const struct json *range = json_array(decoded, "constituents")->first; range != NULL;
	     range = range->next)
		for (int64_t i = 0; i < range->first->next->integer; i++, pages++) {
			const struct model_page *page = model_page(
			    &memory, json_register(range->first) + (uint64_t)i * MODEL_PAGE_SIZE);

			assert_int_equal(page->transaction, 1);
			assert_int_equal(model_access(page, MODEL_FIRMWARE), MODEL_ACCESS_YES);
			assert_int_equal(model_access(page, MODEL_HOST),
					 shared ? MODEL_ACCESS_YES : MODEL_ACCESS_NO);
		}
	assert_int_equal(pages_held(), pages);
}

static model_ffa_set acceptable(const struct json *vector)
{
	const struct json *expect = json_member(vector, "expect");
	const struct json *also = json_member(expect, "also_acceptable");
	const struct json *code = json_member(expect, "code");
	model_ffa_set set = code_of(code != NULL ? code->string : "ok");

	for (also = also != NULL ? also->first : NULL; also != NULL; also = also->next)
		set |= code_of(also->string);
	return set;
}

/* Where the catalogue allows more than the vector does: it goes before them. */
static model_ffa_set catalogue(const char *id)
{
	static const struct {
		const char *id;
		model_ffa_set more;
	} rows[] = {
	    /* D5: "larger: IP/NM" */
	    {"BAD-RECEIVER-COUNT-HUGE", MODEL_FFA_NM},
	    /* D6: "fw's own check backs us for unknown SP: IP/DN" */
	    {"BAD-RECEIVER-UNKNOWN", MODEL_FFA_DN},
	    /* D15: "IP/DN by table" */
	    {"BAD-ATTR-NC", MODEL_FFA_IP},
	    {"BAD-ATTR-NONSHAREABLE", MODEL_FFA_IP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].id, id) == 0)
			return rows[i].more;
	return 0;
}

static void test_ffa_model_send(void **state)
{
	const struct json *vector = *state, *expect = json_member(vector, "expect");
	const struct json *decoded = json_member(vector, "decoded");
	bool ok = strcmp(json_string(expect, "result"), "ok") == 0;
	struct model_ffa_firmware firmware = {.outcome = MODEL_FFA_GRANTED};
	model_ffa_set set, first;

	prepare(vector);
	set = send(vector, &first);
	if (!ok) {
		model_ffa_set code = code_of(json_string(expect, "code"));
		model_ffa_set all = acceptable(vector) | catalogue(json_string(vector, "id"));

		/* what is wrong with the bytes is told by name; with the pages, by either */
		if (first != 0)
			assert_int_equal(first, code);
		assert_int_equal(set & (MODEL_FFA_OK | MODEL_FFA_MORE), 0);
		assert_int_not_equal(set & code, 0);
		assert_int_equal(set & ~all, 0);
		assert_int_equal(pages_held(), ffa.slot[0].phase == MODEL_FFA_HALF ? 1 : 0);
		return;
	}
	assert_int_equal(set, MODEL_FFA_OK);
	assert_int_equal(reading.wrong, 0);
	expect_meaning(decoded, &ffa.slot[0].send);
	expect_pages(decoded, kind_of(vector) == MODEL_FFA_SHARE);
	assert_int_equal(model_ffa_reclaim(&ffa, HANDLE, 0, &firmware, MODEL_FFA_OK), MODEL_FFA_OK);
	assert_int_equal(pages_held(), 0);
	assert_int_equal(model_ffa_reclaim(&ffa, HANDLE, 0, &firmware, MODEL_FFA_OK), MODEL_FFA_IP);
}

/* FFA_VERSION as ffa_version.json has it. */
static void test_ffa_model_version(void **state)
{
	const struct json *vector = *state, *before = json_member(vector, "negotiated_before");
	bool locked = strcmp(json_string(vector, "state"), "locked") == 0;
	uint32_t asked = (uint32_t)json_register(json_member(vector, "x1"));
	uint32_t answer = (uint32_t)json_register(json_member(vector, "expect_x0"));
	struct model_ffa_world other = world;
	model_ffa_set set;

	other.implemented = json_version(json_member(vector, "implemented"));
	memory.banks = 0;
	ffa = (struct model_ffa){.world = &other, .memory = &memory, .mapped = locked};
	ffa.version = before != NULL ? json_version(before) : 0;
	set = model_ffa_version(&ffa, asked, MODEL_FFA_OK);
	assert_int_equal(set, answer == UINT32_MAX ? MODEL_FFA_NS : MODEL_FFA_OK);
	if (set == MODEL_FFA_OK)
		assert_int_equal(answer, other.implemented);
	assert_int_equal(ffa.version, json_version(json_member(vector, "negotiated_after")));
}

/* Not the flags of 1.3 in w2, which nobody is offered. */
static bool without_flags(const struct json *vector)
{
	return json_register(json_member(vector, "x2")) == 0;
}

int main(void)
{
	static struct CMUnitTest tests[CASES_MAX];
	const struct json *cases = json_array(json_vectors("ffa_memory.json"), "cases");
	static const struct json *sends, *callee; /* for as long as the program */
	size_t count = 0;

	sends = json_filter(cases, is_send);
	callee = json_filter(json_array(json_vectors("ffa_version.json"), "callee"), without_flags);
	if (json_count(sends) != SENDS || json_count(cases) != SENDS + BORROWS)
		return 1;
	count = cases_add(tests, count, "test_ffa_model_send", sends, "id", test_ffa_model_send);
	count =
	    cases_add(tests, count, "test_ffa_model_version", callee, "id", test_ffa_model_version);
	return _cmocka_run_group_tests("ffa_model", tests, count, NULL, NULL);
}
