// SPDX-License-Identifier: Apache-2.0
/* What a borrower asks for, and what it gets: the same descriptor under other rules than a send. */
#include "../cursor.h"
#include "memory.h"
#include "output.h"

#define FLAGS_REQUEST  0x3ffU /* zero, time slice, zero after, type, alignment hint */
#define FLAG_BYPASS    0x400U /* from 1.2 */
#define FLAGS_RESPONSE (FFA_FLAG_ZERO | FFA_FLAG_TYPE_MASK)

static struct decoder_verdict invalid(enum ffa_rule rule, uint64_t offset)
{
	return decoder_broken(FFA_INVALID_PARAMETERS, ffa_rule_words(rule), (uint32_t)offset);
}

/* Header and access descriptors are where and as large as they can be. */
static struct decoder_verdict judge_places(struct ffa_cursor *cursor, uint32_t version,
					   const struct memory_head *head)
{
	bool old = version == FFA_VERSION_1_0;

	if (!ffa_cursor_move(cursor, 0, old ? FFA_HEADER_1_0 : FFA_HEADER_1_1))
		return invalid(FFA_RULE_HEADER, 0);
	if (old && ffa_load32(cursor, 24) != 0U)
		return invalid(FFA_RULE_RESERVED, 24);
	if (!old && (ffa_load32(cursor, 36) | ffa_load64(cursor, 40)) != 0U)
		return invalid(FFA_RULE_RESERVED, 36);
	if (head->count == 0U || head->count > FFA_BORROWERS_MAX)
		return invalid(FFA_RULE_EMAD_COUNT, 28);
	if (head->emad_size != FFA_EMAD_1_0 &&
	    (head->emad_size != FFA_EMAD_1_2 || version < FFA_VERSION_1_2))
		return invalid(FFA_RULE_EMAD_SIZE, 24);
	if (!old && (head->emads < FFA_HEADER_1_1 || head->emads % 16U != 0U))
		return invalid(FFA_RULE_EMAD_OFFSET, 32);
	if (!ffa_cursor_move(cursor, head->emads, head->count * head->emad_size))
		return invalid(FFA_RULE_EMAD_COUNT, 28);
	return decoder_fine();
}

static struct decoder_verdict judge_emads(struct ffa_cursor *cursor, const struct memory_head *head,
					  bool response)
{
	for (uint32_t n = 0; n < head->count; n++) {
		uint32_t at = head->emads + n * head->emad_size, permissions;

		if (!ffa_cursor_move(cursor, at, head->emad_size))
			return invalid(FFA_RULE_EMAD_COUNT, 28);
		permissions = ffa_load8(cursor, 2);
		if (ffa_load64(cursor, head->emad_size - 8U) != 0U)
			return invalid(FFA_RULE_RESERVED, at + head->emad_size - 8U);
		if ((permissions & ~(FFA_DATA_MASK | FFA_CODE_MASK)) != 0U ||
		    (permissions & FFA_DATA_MASK) == FFA_DATA_MASK ||
		    (permissions & FFA_CODE_MASK) == FFA_CODE_MASK)
			return invalid(FFA_RULE_PERMISSIONS, at + 2U);
		if (ffa_load32(cursor, 4) != (response ? head->composite : 0U))
			return invalid(FFA_RULE_COMPOSITE, at + 4U);
	}
	return decoder_fine();
}

/* The hypervisor's own question names the handle alone. */
static struct decoder_verdict judge_hypervisor(const struct ffa_cursor *cursor,
					       const struct memory_head *head)
{
	if (ffa_load16(cursor, 0) != 0U)
		return invalid(FFA_RULE_SENDER, 0);
	if (head->attributes != 0U)
		return invalid(FFA_RULE_ATTRIBUTES, 2);
	if (head->flags != 0U)
		return invalid(FFA_RULE_FLAGS, 4);
	if (ffa_load64(cursor, 16) != 0U)
		return invalid(FFA_RULE_RESERVED, 16);
	return decoder_fine();
}

struct decoder_verdict memory_retrieve_request(const struct decoder_setting *setting,
					       const uint8_t *bytes, uint32_t size)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	struct decoder_verdict verdict;
	struct memory_head head;
	uint32_t flags = FLAGS_REQUEST;

	if (!memory_head_show(bytes, size, setting->version, &head))
		return invalid(FFA_RULE_HEADER, 0);
	memory_emads_show(bytes, size, &head);
	if (!ffa_cursor_move(&cursor, 0, FFA_HEADER_1_0))
		return invalid(FFA_RULE_HEADER, 0);
	if (head.handle == 0U || head.handle == FFA_HANDLE_INVALID)
		return invalid(FFA_RULE_HANDLE, 8);
	if (head.count == 0U)
		return judge_hypervisor(&cursor, &head);
	flags |= setting->version >= FFA_VERSION_1_2 ? FLAG_BYPASS : 0U;
	if ((head.flags & ~flags) != 0U)
		return invalid(FFA_RULE_FLAGS, 4);
	if (head.attributes >= FFA_ATTRIBUTE_NS ||
	    (head.attributes & FFA_TYPE_MASK) == FFA_TYPE_MASK)
		return invalid(FFA_RULE_ATTRIBUTES, 2);
	verdict = judge_places(&cursor, setting->version, &head);
	return verdict.error == FFA_OK ? judge_emads(&cursor, &head, false) : verdict;
}

struct decoder_verdict memory_retrieve_response(const struct decoder_setting *setting,
						const uint8_t *bytes, uint32_t size)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint32_t total = setting->total != 0U ? setting->total : size, pages, count;
	struct decoder_verdict verdict;
	struct memory_head head;
	uint64_t ranges;

	if (!memory_head_show(bytes, size, setting->version, &head))
		return invalid(FFA_RULE_HEADER, 0);
	memory_emads_show(bytes, size, &head);
	memory_composite_show(bytes, size, head.composite);
	if ((head.flags & ~FLAGS_RESPONSE) != 0U || (head.flags & FFA_FLAG_TYPE_MASK) == 0U)
		return invalid(FFA_RULE_FLAGS, 4);
	if (head.handle == FFA_HANDLE_INVALID)
		return invalid(FFA_RULE_HANDLE, 8);
	verdict = judge_places(&cursor, setting->version, &head);
	if (verdict.error == FFA_OK)
		verdict = judge_emads(&cursor, &head, true);
	if (verdict.error != FFA_OK)
		return verdict;
	if (head.composite < head.emads + head.count * head.emad_size ||
	    head.composite % 8U != 0U ||
	    !ffa_cursor_move(&cursor, head.composite, FFA_COMPOSITE_SIZE))
		return invalid(FFA_RULE_COMPOSITE, head.emads + 4U);
	pages = ffa_load32(&cursor, 0);
	count = ffa_load32(&cursor, 4);
	if (ffa_load64(&cursor, 8) != 0U)
		return invalid(FFA_RULE_RESERVED, head.composite + 8U);
	ranges = (uint64_t)head.composite + FFA_COMPOSITE_SIZE;
	if (size > total || (size - ranges) % FFA_RANGE_SIZE != 0U)
		return invalid(FFA_RULE_LENGTH, 0);
	if (count == 0U || ranges + (uint64_t)count * FFA_RANGE_SIZE != total)
		return invalid(FFA_RULE_RANGE_COUNT, head.composite + 4U);
	return memory_ranges_judge(bytes, size, (uint32_t)ranges, count, pages);
}
