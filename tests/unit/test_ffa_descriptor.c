// SPDX-License-Identifier: Apache-2.0
/*
 * Memory transaction descriptors of tests/vectors/ffa_memory.json: the verdict on each and what it
 * means, at every alignment, and the way back into bytes of each version.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "descriptor.h"

#define SENDS 121U

static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

static struct ffa_descriptor head;
static struct ffa_range ranges[DESCRIPTOR_RANGES];

static bool is_send(const struct json *vector)
{
	return strcmp(json_string(vector, "function"), "FFA_MEM_RETRIEVE_REQ") != 0;
}

/*
 * What the bytes alone do not show: the caller's buffer, the pages, who exists, and the lengths of
 * later fragments, which the transaction is judged by.
 */
static bool is_about_more(const char *id)
{
	static const char *const others[] = {
	    "BAD-FRAG-GT-TX",       "BAD-CUSTOM-BUFFER",  "BAD-CUSTOM-BUFFER-ADDR-ONLY",
	    "BAD-RECEIVER-UNKNOWN", "BAD-ADDR-NOT-OWNED", "BAD-ADDR-PARTLY-OWNED",
	    "BAD-RANGES-OVERLAP",   "BAD-FRAG-EXCESS",    "BAD-FRAG2-UNALIGNED",
	    "BAD-FRAG-EMPTY",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], id) == 0)
			return true;
	return false;
}

static enum ffa_error code_of(const struct json *vector)
{
	const struct json *expect = json_member(vector, "expect");
	const char *code;

	if (strcmp(json_string(expect, "result"), "ok") == 0 ||
	    is_about_more(json_string(vector, "id")))
		return FFA_OK;
	code = json_string(expect, "code");
	if (strcmp(code, "DENIED") == 0)
		return FFA_DENIED;
	assert_string_equal(code, "INVALID_PARAMETERS");
	return FFA_INVALID_PARAMETERS;
}

static uint64_t hexadecimal(const struct json *object, const char *key)
{
	return json_register(json_member(object, key));
}

static void expect_decoded(const struct json *decoded)
{
	const struct json *composite = json_member(decoded, "composite");
	const struct json *emad = json_array(decoded, "emads")->first;

	assert_int_equal(head.sender, hexadecimal(decoded, "sender"));
	assert_int_equal(head.attributes, hexadecimal(decoded, "attributes"));
	assert_int_equal(head.flags, hexadecimal(decoded, "flags"));
	assert_int_equal(head.handle, hexadecimal(decoded, "handle"));
	assert_int_equal(head.tag, hexadecimal(decoded, "tag"));
	assert_int_equal(head.borrower_count, json_integer(decoded, "emad_count"));
	for (uint32_t i = 0; i < head.borrower_count; i++, emad = emad->next) {
		const struct ffa_borrower *borrower = &head.borrower[i];
		const struct json *implementation = json_member(emad, "impdef_lo");

		assert_int_equal(borrower->id, hexadecimal(emad, "endpoint"));
		assert_int_equal(borrower->permissions, hexadecimal(emad, "permissions"));
		assert_int_equal(borrower->flags, json_integer(emad, "flags"));
		assert_int_equal(head.ranges - FFA_COMPOSITE_SIZE,
				 json_integer(emad, "composite_offset"));
		assert_int_equal(borrower->implementation[0],
				 implementation != NULL ? json_register(implementation) : 0U);
		assert_int_equal(borrower->implementation[1],
				 implementation != NULL ? hexadecimal(emad, "impdef_hi") : 0U);
	}
	assert_int_equal(head.page_count, json_integer(composite, "total_pages"));
	assert_int_equal(head.range_count, json_integer(composite, "range_count"));
}

static void expect_constituents(const struct json *decoded)
{
	const struct json *range = json_array(decoded, "constituents")->first;

	for (uint32_t i = 0; i < head.range_count; i++, range = range->next) {
		assert_int_equal(ranges[i].base, json_register(range->first));
		assert_int_equal(ranges[i].pages, range->first->next->integer);
		assert_int_equal(ranges[i].reserved, 0);
	}
	assert_null(range);
}

/* The verdict on a descriptor and on the ranges of all its fragments. */
static struct ffa_verdict read_vector(const struct json *vector, unsigned shift)
{
	static uint8_t bytes[DESCRIPTOR_BYTES];
	const struct json *length = json_array(vector, "fragment_lengths")->first;
	uint32_t size = (uint32_t)length->integer, at, done = 0;
	uint64_t sum = 0, pages;
	struct ffa_verdict verdict;

	json_bytes(vector, "bytes", bytes, sizeof(bytes));
	verdict = descriptor_read(bytes, size, (uint32_t)json_integer(vector, "total_length"),
				  (uint32_t)hexadecimal(vector, "fid"),
				  json_version(json_member(vector, "ffa_version")), shift, &head);
	for (at = head.ranges; verdict.error == FFA_OK;
	     at = size, size += (uint32_t)length->integer) {
		uint32_t count = (size - at) / FFA_RANGE_SIZE;

		if (is_about_more(json_string(vector, "id")) &&
		    (done + count > head.range_count || (size - at) % FFA_RANGE_SIZE != 0U))
			return verdict;
		verdict = descriptor_ranges(bytes + at, count, ranges + done, &pages, shift);
		done += count;
		sum += pages;
		length = length->next;
		if (length == NULL)
			break;
	}
	if (verdict.error == FFA_OK && sum != head.page_count)
		verdict = (struct ffa_verdict){FFA_INVALID_PARAMETERS, FFA_RULE_PAGE_COUNT, 0};
	return verdict;
}

static void test_verdict(const struct json *vector)
{
	const struct json *decoded = json_member(vector, "decoded");
	enum ffa_error code = code_of(vector);

	for (unsigned shift = 0; shift < 8U; shift++) {
		struct ffa_verdict verdict = read_vector(vector, shift);

		assert_int_equal(verdict.error, code);
		assert_int_equal(verdict.rule == FFA_RULE_NONE, code == FFA_OK);
		if (decoded != NULL && code == FFA_OK) {
			expect_decoded(decoded);
			expect_constituents(decoded);
		}
	}
}

/* A head that was read, written in another version and read again says the same. */
static void test_way_back(const struct json *vector)
{
	uint32_t fid = (uint32_t)hexadecimal(vector, "fid");
	struct ffa_descriptor before;

	if (code_of(vector) != FFA_OK)
		return;
	(void)read_vector(vector, 0);
	before = head;
	for (size_t v = 0; v < 3U; v++)
		for (unsigned shift = 0; shift < 8U; shift++) {
			uint32_t size = ffa_descriptor_size(&before, versions[v]);
			uint32_t total = size + before.range_count * FFA_RANGE_SIZE;
			uint8_t *bytes = malloc(total + shift);
			struct ffa_range *list = malloc(before.range_count * sizeof(*list));
			struct ffa_verdict verdict;
			uint64_t pages;

			assert_non_null(bytes);
			assert_non_null(list);
			memset(bytes, 0xee, total + shift);
			ffa_descriptor_write(&before, versions[v], bytes + shift);
			ffa_ranges_write(ranges, before.range_count, bytes + shift + size);
			verdict = descriptor_read(bytes + shift, total, total, fid, versions[v],
						  shift, &head);
			assert_int_equal(verdict.error, FFA_OK);
			assert_int_equal(head.ranges, size);
			assert_int_equal(head.sender, before.sender);
			assert_int_equal(head.attributes, before.attributes);
			assert_int_equal(head.flags, before.flags);
			assert_int_equal(head.tag, before.tag);
			assert_int_equal(head.page_count, before.page_count);
			assert_int_equal(head.range_count, before.range_count);
			assert_int_equal(head.borrower_count, before.borrower_count);
			for (uint32_t i = 0; i < head.borrower_count; i++) {
				struct ffa_borrower *one = &head.borrower[i],
						    *other = &before.borrower[i];

				assert_int_equal(one->id, other->id);
				assert_int_equal(one->permissions, other->permissions);
				assert_int_equal(one->flags, other->flags);
				for (unsigned n = 0; n < 2U; n++)
					assert_int_equal(one->implementation[n],
							 versions[v] < FFA_VERSION_1_2
							     ? 0U
							     : other->implementation[n]);
			}
			verdict = descriptor_ranges(bytes + shift + size, before.range_count, list,
						    &pages, shift);
			assert_int_equal(verdict.error, FFA_OK);
			assert_memory_equal(list, ranges, before.range_count * sizeof(*list));
			free(list);
			free(bytes);
		}
}

/* Written in its own version, a vector without gaps is what it was, byte by byte. */
static void test_same_bytes(const struct json *vector)
{
	uint32_t version = json_version(json_member(vector, "ffa_version")), total;
	static uint8_t bytes[DESCRIPTOR_BYTES], written[DESCRIPTOR_BYTES];

	if (code_of(vector) != FFA_OK || json_member(vector, "decoded") == NULL)
		return;
	(void)read_vector(vector, 0);
	total = (uint32_t)json_bytes(vector, "bytes", bytes, sizeof(bytes));
	if (ffa_descriptor_size(&head, version) != head.ranges)
		return; /* a gap, or entries of 16 bytes in 1.2 */
	memset(written, 0xee, sizeof(written));
	ffa_descriptor_write(&head, version, written);
	ffa_ranges_write(ranges, head.range_count, written + head.ranges);
	assert_memory_equal(written, bytes, total);
}

static void test_ffa_descriptor(void **state)
{
	test_verdict(*state);
	test_way_back(*state);
	test_same_bytes(*state);
}

int main(void)
{
	static struct CMUnitTest tests[CASES_MAX];
	static const struct json *sends; /* for as long as the program */
	size_t count = 0;

	/* not what a borrower asks for: nobody lends to the host */
	sends = json_filter(json_array(json_vectors("ffa_memory.json"), "cases"), is_send);
	if (json_count(sends) != SENDS)
		return 1;
	count = cases_add(tests, count, "test_ffa_descriptor", sends, "id", test_ffa_descriptor);
	return _cmocka_run_group_tests("ffa_descriptor", tests, count, NULL, NULL);
}
