/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts besides memory transaction descriptors, and the rules of all of them in words. Without
 * any state.
 */
#include "cursor.h"
#include "ffa.h"

/* Header of MSG_SEND2. */
#define MESSAGE_FLAGS     0U /* must be zero, as the next word */
#define MESSAGE_RESERVED  4U
#define MESSAGE_OFFSET    8U
#define MESSAGE_RECEIVER  12U
#define MESSAGE_SENDER    14U
#define MESSAGE_SIZE      16U
#define MESSAGE_RESERVED2 20U /* from 1.2, as the next */
#define MESSAGE_UUID      24U
#define MESSAGE_1_1       20U
#define MESSAGE_1_2       40U

/* x2 of an answer to FFA_NOTIFICATION_INFO_GET. */
#define LISTS_MORE        1U
#define LISTS_COUNT_SHIFT 7
#define LISTS_COUNT_MASK  0x1fU
#define LISTS_SIZE_SHIFT  12 /* two bits for each list: vCPUs that follow the endpoint */
#define LISTS_SIZE_MASK   3U
#define LISTS_FIRST       3U /* register with identifiers, 16 bits each; up to x7 */
#define LISTS_REGISTERS   5U

static inline struct ffa_verdict broken(enum ffa_error error, enum ffa_rule rule, uint32_t offset)
{
	return (struct ffa_verdict){.error = error, .rule = rule, .offset = offset};
}

static inline struct ffa_verdict invalid(enum ffa_rule rule, uint32_t offset)
{
	return broken(FFA_INVALID_PARAMETERS, rule, offset);
}

uint32_t ffa_message_header_size(uint32_t version)
{
	return version < FFA_VERSION_1_2 ? MESSAGE_1_1 : MESSAGE_1_2;
}

struct ffa_verdict ffa_message_read(const uint8_t *bytes, uint32_t size, uint32_t version,
				    uint16_t caller, struct ffa_message *out)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint32_t header = ffa_message_header_size(version);
	bool large = header == MESSAGE_1_2;

	if (!ffa_cursor_move(&cursor, 0, header))
		return invalid(FFA_RULE_HEADER, 0);
	out->offset = ffa_load32(&cursor, MESSAGE_OFFSET);
	out->receiver = ffa_load16(&cursor, MESSAGE_RECEIVER);
	out->sender = ffa_load16(&cursor, MESSAGE_SENDER);
	out->size = ffa_load32(&cursor, MESSAGE_SIZE);
	out->uuid[0] = large ? ffa_load64(&cursor, MESSAGE_UUID) : 0U;
	out->uuid[1] = large ? ffa_load64(&cursor, MESSAGE_UUID + 8U) : 0U;
	if (ffa_load32(&cursor, MESSAGE_FLAGS) != 0U)
		return invalid(FFA_RULE_FLAGS, MESSAGE_FLAGS);
	if (ffa_load32(&cursor, MESSAGE_RESERVED) != 0U)
		return invalid(FFA_RULE_RESERVED, MESSAGE_RESERVED);
	if (large && ffa_load32(&cursor, MESSAGE_RESERVED2) != 0U)
		return invalid(FFA_RULE_RESERVED, MESSAGE_RESERVED2);
	if (out->sender != caller)
		return invalid(FFA_RULE_SENDER, MESSAGE_SENDER);
	if (out->receiver == out->sender)
		return invalid(FFA_RULE_RECEIVER, MESSAGE_RECEIVER);
	if (out->offset < header || out->offset >= size)
		return invalid(FFA_RULE_PAYLOAD, MESSAGE_OFFSET);
	if (out->size == 0U || out->size > size - out->offset)
		return invalid(FFA_RULE_PAYLOAD, MESSAGE_SIZE);
	return (struct ffa_verdict){.error = FFA_OK};
}

void ffa_message_write(const struct ffa_message *message, uint32_t version, uint8_t *bytes)
{
	struct ffa_pen pen = {.bytes = bytes};

	ffa_pen_move(&pen, 0);
	ffa_store64(&pen, MESSAGE_FLAGS, 0);
	ffa_store32(&pen, MESSAGE_OFFSET, message->offset);
	ffa_store32(&pen, MESSAGE_RECEIVER, message->receiver | (uint32_t)message->sender << 16);
	ffa_store32(&pen, MESSAGE_SIZE, message->size);
	if (version < FFA_VERSION_1_2)
		return;
	ffa_store32(&pen, MESSAGE_RESERVED2, 0);
	ffa_store64(&pen, MESSAGE_UUID, message->uuid[0]);
	ffa_store64(&pen, MESSAGE_UUID + 8U, message->uuid[1]);
}

/* Identifier number n of those in x3..x7, four in a register or two. */
static inline uint16_t identifier(const uint64_t x[FFA_REGISTERS], uint32_t n, uint32_t each)
{
	return (uint16_t)(x[LISTS_FIRST + n / each] >> n % each * 16U);
}

struct ffa_verdict ffa_notified_read(const uint64_t x[FFA_REGISTERS],
				     struct ffa_notified out[FFA_LISTS_MAX], uint32_t *count,
				     bool *more)
{
	uint32_t each = ((uint32_t)x[0] & FFA_64) != 0U ? 4U : 2U, room = LISTS_REGISTERS * each;
	uint32_t lists = (uint32_t)x[2] >> LISTS_COUNT_SHIFT & LISTS_COUNT_MASK, at = 0;

	*count = 0;
	*more = (x[2] & LISTS_MORE) != 0U;
	if (lists > room)
		return broken(FFA_ABORTED, FFA_RULE_LIST_COUNT, 2);
	for (uint32_t n = 0; n < lists; n++) {
		struct ffa_notified *list = &out[n];

		list->vcpu_count =
		    (uint16_t)(x[2] >> (LISTS_SIZE_SHIFT + 2U * n) & LISTS_SIZE_MASK);
		if (room - at < 1U + list->vcpu_count)
			return broken(FFA_ABORTED, FFA_RULE_LIST_COUNT, 2);
		list->endpoint = identifier(x, at++, each);
		for (uint32_t i = 0; i < list->vcpu_count; i++)
			list->vcpu[i] = identifier(x, at++, each);
	}
	*count = lists;
	return (struct ffa_verdict){.error = FFA_OK};
}

const char *ffa_rule_words(enum ffa_rule rule)
{
	switch (rule) {
	case FFA_RULE_NONE:
		return "no rule is broken";
	case FFA_RULE_LENGTH:
		return "the total or fragment length does not fit";
	case FFA_RULE_HEADER:
		return "shorter than the headers of its version";
	case FFA_RULE_RESERVED:
		return "a field that must be zero is not";
	case FFA_RULE_SENDER:
		return "the sender is not the caller";
	case FFA_RULE_ATTRIBUTES:
		return "memory attributes that this call does not take";
	case FFA_RULE_FLAGS:
		return "flags that this call does not take";
	case FFA_RULE_HANDLE:
		return "a handle where firmware gives one, or none where one is due";
	case FFA_RULE_EMAD_SIZE:
		return "not a size that an access descriptor of this version has";
	case FFA_RULE_EMAD_COUNT:
		return "no borrower, more than there may be, or more than there is room for";
	case FFA_RULE_EMAD_OFFSET:
		return "access descriptors inside the header, unaligned or behind the end";
	case FFA_RULE_BORROWER:
		return "a borrower that is the sender, repeated or of the wrong world";
	case FFA_RULE_PERMISSIONS:
		return "permissions that this call does not take";
	case FFA_RULE_COMPOSITE:
		return "the composite is missing, unaligned, overlaps, or is not one for all";
	case FFA_RULE_RANGE_COUNT:
		return "the number of ranges is not what the length has room for";
	case FFA_RULE_PAGE_COUNT:
		return "the total of pages is not their sum";
	case FFA_RULE_ADDRESS:
		return "a range without pages, unaligned, or beyond what can be addressed";
	case FFA_RULE_RECEIVER:
		return "the receiver is the sender";
	case FFA_RULE_PAYLOAD:
		return "a payload that overlaps the header, ends behind the buffer, or is empty";
	case FFA_RULE_LIST_COUNT:
		return "more lists or identifiers than the registers have room for";
	}
	return "unknown rule";
}
