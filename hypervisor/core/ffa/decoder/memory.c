// SPDX-License-Identifier: Apache-2.0
/*
 * Memory transaction descriptors. The verdict on a send is the library's; the fields are shown as
 * far as there are bytes, also of a descriptor that breaks a rule.
 */
#include <stdlib.h>

#include "../cursor.h"
#include "memory.h"
#include "output.h"

static uint64_t load(const struct ffa_cursor *cursor, uint32_t field, unsigned size)
{
	return size == 1U   ? ffa_load8(cursor, field)
	       : size == 2U ? ffa_load16(cursor, field)
	       : size == 4U ? ffa_load32(cursor, field)
			    : ffa_load64(cursor, field);
}

static const char *data_words(uint64_t permissions)
{
	static const char *const words[] = {"access left open", "read-only", "read-write",
					    "reserved"};

	return words[permissions & FFA_DATA_MASK];
}

static const char *type_words(uint64_t attributes)
{
	if (attributes == FFA_NORMAL_SHARED)
		return "normal, write-back, inner shareable";
	if ((attributes & FFA_TYPE_MASK) == 0U)
		return "memory type left open";
	return (attributes & FFA_TYPE_MASK) == FFA_TYPE_DEVICE   ? "device"
	       : (attributes & FFA_TYPE_MASK) == FFA_TYPE_NORMAL ? "normal, other"
								 : "reserved";
}

static const char *flag_words(uint64_t flags)
{
	static const char *const types[] = {"", "of a share", "of a lend", "of a donation"};

	if ((flags & FFA_FLAG_TYPE_MASK) != 0U)
		return types[flags >> 3 & 3U];
	return (flags & FFA_FLAG_ZERO) != 0U ? "zero the memory" : NULL;
}

bool memory_head_show(const uint8_t *bytes, uint32_t size, uint32_t version,
		      struct memory_head *head)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	bool old = version == FFA_VERSION_1_0;

	*head = (struct memory_head){.emad_size = 16, .emads = 32};
	if (!ffa_cursor_move(&cursor, 0, old ? FFA_HEADER_1_0 : FFA_HEADER_1_1))
		return false;
	head->attributes = (uint32_t)load(&cursor, 2, old ? 1U : 2U);
	head->flags = (uint32_t)load(&cursor, 4, 4);
	head->handle = load(&cursor, 8, 8);
	head->count = (uint32_t)load(&cursor, 28, 4);
	output_hex("sender", load(&cursor, 0, 2), NULL);
	output_hex("attributes", head->attributes, type_words(head->attributes));
	output_hex("flags", head->flags, flag_words(head->flags));
	output_hex("handle", head->handle, NULL);
	output_hex("tag", load(&cursor, 16, 8), NULL);
	if (!old) {
		head->emad_size = (uint32_t)load(&cursor, 24, 4);
		head->emads = (uint32_t)load(&cursor, 32, 4);
		output_number("emad_size", head->emad_size, NULL);
	}
	output_number("emad_count", head->count, NULL);
	if (!old)
		output_number("emad_offset", head->emads, NULL);
	return true;
}

void memory_emads_show(const uint8_t *bytes, uint32_t size, struct memory_head *head)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint64_t at = head->emads;

	output_open("emads", '[');
	for (uint32_t n = 0; n < head->count; n++, at += head->emad_size) {
		if (head->emad_size < FFA_EMAD_1_0 ||
		    !ffa_cursor_move(&cursor, at, head->emad_size))
			break;
		if (n == 0U)
			head->composite = (uint32_t)load(&cursor, 4, 4);
		output_open(NULL, '{');
		output_hex("endpoint", load(&cursor, 0, 2), NULL);
		output_hex("permissions", load(&cursor, 2, 1), data_words(load(&cursor, 2, 1)));
		output_number("flags", load(&cursor, 3, 1), NULL);
		output_number("composite_offset", load(&cursor, 4, 4), NULL);
		if (head->emad_size >= FFA_EMAD_1_2) {
			output_hex("impdef_lo", load(&cursor, 8, 8), NULL);
			output_hex("impdef_hi", load(&cursor, 16, 8), NULL);
		}
		output_close();
	}
	output_close();
}

void memory_composite_show(const uint8_t *bytes, uint32_t size, uint32_t offset)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint64_t at = (uint64_t)offset + FFA_COMPOSITE_SIZE, count;

	if (offset == 0U || !ffa_cursor_move(&cursor, offset, FFA_COMPOSITE_SIZE))
		return;
	count = load(&cursor, 4, 4);
	output_open("composite", '{');
	output_number("total_pages", load(&cursor, 0, 4), NULL);
	output_number("range_count", count, NULL);
	output_close();
	output_open("constituents", '[');
	for (; count > 0U && ffa_cursor_move(&cursor, at, FFA_RANGE_SIZE); count--) {
		output_open(NULL, '(');
		output_hex(NULL, load(&cursor, 0, 8), NULL);
		output_number(NULL, load(&cursor, 8, 4), NULL);
		output_close();
		at += FFA_RANGE_SIZE;
	}
	output_close();
}

static struct decoder_verdict of(struct ffa_verdict verdict, uint32_t base)
{
	if (verdict.error == FFA_OK)
		return decoder_fine();
	return decoder_broken(verdict.error, ffa_rule_words(verdict.rule), base + verdict.offset);
}

/* The ranges that are there; of the whole descriptor also their sum. */
struct decoder_verdict memory_ranges_judge(const uint8_t *bytes, uint32_t size, uint32_t ranges,
					   uint32_t announced, uint32_t pages)
{
	uint32_t count = (size - ranges) / FFA_RANGE_SIZE;
	struct ffa_range *list = calloc(count != 0U ? count : 1U, sizeof(*list));
	struct ffa_verdict verdict;
	uint64_t sum;

	if (list == NULL)
		abort();
	verdict = ffa_ranges_read(bytes + ranges, count, list, &sum);
	free(list);
	if (verdict.error == FFA_OK && (count == announced ? sum != pages : sum > pages))
		return decoder_broken(FFA_INVALID_PARAMETERS, ffa_rule_words(FFA_RULE_PAGE_COUNT),
				      ranges - FFA_COMPOSITE_SIZE);
	return of(verdict, ranges);
}

struct decoder_verdict memory_send(const struct decoder_setting *setting, const uint8_t *bytes,
				   uint32_t size)
{
	struct ffa_descriptor descriptor;
	struct memory_head head;
	struct ffa_verdict verdict;

	if (memory_head_show(bytes, size, setting->version, &head)) {
		memory_emads_show(bytes, size, &head);
		memory_composite_show(bytes, size, head.composite);
	}
	verdict =
	    ffa_descriptor_read(bytes, size, setting->total != 0U ? setting->total : size,
				setting->function, setting->version, setting->caller, &descriptor);
	if (verdict.error != FFA_OK)
		return of(verdict, 0);
	return memory_ranges_judge(bytes, size, descriptor.ranges, descriptor.range_count,
				   descriptor.page_count);
}
