// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes and registers of FF-A: memory transactions in their fragments, messages, lists of
 * notifications, in each version and at each alignment. Beside the reader stands the specification
 * (tests/model/ffa.h): what the one refuses the other refuses, with an error that it allows, and
 * what they take means the same to both. What was taken is written in another version and read
 * again.
 *
 * target: hypervisor/core/ffa/descriptor.c
 * target: hypervisor/core/ffa/layout.c
 * length: 2100
 */
#include <stdlib.h>
#include <string.h>

#include "core/ffa/ffa.h"
#include "model/ffa.h"
#include "script.h"

#define CALLER 1U
#define ROOM   65536U /* of TX */

static const struct model_ffa_world world = {
    .implemented = MODEL_FFA_1_2,
    .caller = CALLER,
    .partitions = 4,
    .partition = {0x8001, 0x8002, 0x8003, 0x8004},
    .donate = true,
    .address_end = 1ULL << 48,
    .length = UINT32_MAX,
    .borrowers = MODEL_FFA_BORROWERS,
    .pages = 16,
};

static struct model_ffa_reading reading;
static struct ffa_descriptor head;
static struct ffa_range ranges[MODEL_FFA_FRAGMENT], again[MODEL_FFA_FRAGMENT];

/* What is left of the input, in memory of its own that ends where it does. */
static uint8_t *rest(unsigned shift, size_t size)
{
	uint8_t *copy = malloc(size + shift != 0U ? size + shift : 1U);

	if (copy == NULL)
		abort();
	memcpy(copy + shift, script.at, size);
	return copy;
}

static model_ffa_set code_of(enum ffa_error error)
{
	return error == FFA_OK ? MODEL_FFA_OK : error == FFA_DENIED ? MODEL_FFA_DN : MODEL_FFA_IP;
}

static bool partitions_known(void)
{
	for (uint32_t i = 0; i < head.borrower_count; i++)
		if (head.borrower[i].id < 0x8001U || head.borrower[i].id > 0x8004U)
			return false;
	return true;
}

static void expect_meaning(uint32_t count)
{
	const struct model_ffa_send *send = &reading.send;

	PROMISE(head.sender == send->sender && head.attributes == send->attributes);
	PROMISE(head.flags == send->flags && head.tag == send->tag && head.handle == 0U);
	PROMISE(head.borrower_count == send->borrowers);
	for (uint32_t i = 0; i < head.borrower_count; i++) {
		PROMISE(head.borrower[i].id == send->borrower[i].endpoint);
		PROMISE(head.borrower[i].permissions == send->borrower[i].permissions);
		PROMISE(head.borrower[i].flags == send->borrower[i].flags);
	}
	PROMISE(head.page_count == send->pages && head.range_count == send->range_count);
	PROMISE(reading.ranges == count);
	for (uint32_t i = 0; i < count; i++)
		PROMISE(ranges[i].base == reading.range[i].base &&
			ranges[i].pages == reading.range[i].pages && ranges[i].reserved == 0U);
}

/* Written in `version`, it is the same head in front of the same ranges. */
static void write_again(uint32_t version, uint32_t fid, uint32_t count, unsigned shift)
{
	struct ffa_descriptor before = head;
	uint32_t size = ffa_descriptor_size(&head, version);
	uint64_t total = size + (uint64_t)head.range_count * 16U, pages;
	uint8_t *copy = malloc(size + count * 16U + shift);

	if (copy == NULL)
		abort();
	if (total <= UINT32_MAX) {
		ffa_descriptor_write(&before, version, copy + shift);
		ffa_ranges_write(ranges, count, copy + shift + size);
		PROMISE(ffa_descriptor_read(copy + shift, size + count * 16U, (uint32_t)total, fid,
					    version, CALLER, &head)
			    .error == FFA_OK);
		PROMISE(head.ranges == size);
		PROMISE(ffa_ranges_read(copy + shift + size, count, again, &pages).error == FFA_OK);
		PROMISE(memcmp(again, ranges, count * sizeof(ranges[0])) == 0);
		expect_meaning(count);
	}
	free(copy);
}

static void send(uint32_t version, unsigned choice, unsigned shift, uint32_t behind, int32_t more)
{
	static const uint32_t fids[] = {FFA_MEM_SHARE, FFA_MEM_LEND, FFA_MEM_DONATE};
	static const enum model_ffa_kind kinds[] = {MODEL_FFA_SHARE, MODEL_FFA_LEND,
						    MODEL_FFA_DONATE};
	uint32_t size = (uint32_t)(behind <= script.left ? script.left - behind : script.left);
	uint32_t total = size + (uint32_t)more, count = 0;
	uint8_t *copy = rest(shift, size);
	struct ffa_verdict verdict;
	uint64_t pages = 0;

	verdict =
	    ffa_descriptor_read(copy + shift, size, total, fids[choice], version, CALLER, &head);
	if (verdict.error == FFA_OK) {
		PROMISE(verdict.rule == FFA_RULE_NONE && head.ranges <= size);
		count = (size - head.ranges) / 16U;
		verdict = ffa_ranges_read(copy + shift + head.ranges, count, ranges, &pages);
		/* the sum is looked at by who has all the fragments */
		if (verdict.error == FFA_OK &&
		    (size == total ? pages != head.page_count : pages > head.page_count))
			verdict =
			    (struct ffa_verdict){FFA_INVALID_PARAMETERS, FFA_RULE_PAGE_COUNT, 0};
	}
	model_ffa_read(&world, version, kinds[choice], copy + shift, size, total, ROOM, &reading);
	free(copy);
	if (verdict.error != FFA_OK) {
		PROMISE(verdict.offset <= size);
		PROMISE((code_of(verdict.error) & (reading.wrong | reading.open)) != 0U);
		return;
	}
	if (!partitions_known())
		return; /* which of them exist is not in the bytes */
	PROMISE(reading.wrong == 0U);
	expect_meaning(count);
	write_again(FFA_VERSION_1_0 + (version + 1U) % 3U, fids[choice] | FFA_64, count, shift);
}

static void message(uint32_t version, unsigned shift)
{
	uint32_t size = (uint32_t)script.left, header = version < FFA_VERSION_1_2 ? 20U : 40U;
	uint8_t *copy = rest(shift, size), *bytes = copy + shift, written[40];
	struct ffa_message read;
	struct ffa_verdict verdict = ffa_message_read(bytes, size, version, CALLER, &read);

	PROMISE(ffa_message_header_size(version) == header);
	if (verdict.error == FFA_OK) {
		PROMISE(read.offset >= header && read.size > 0U);
		PROMISE((uint64_t)read.offset + read.size <= size);
		PROMISE(read.sender == CALLER && read.receiver != CALLER);
		PROMISE((bytes[0] | bytes[1] | bytes[2] | bytes[3] | bytes[4] | bytes[5] |
			 bytes[6] | bytes[7]) == 0);
		ffa_message_write(&read, version, written);
		PROMISE(memcmp(written, bytes, header) == 0);
	} else {
		PROMISE(verdict.error == FFA_INVALID_PARAMETERS && verdict.offset < 40U);
	}
	free(copy);
}

static void notified(void)
{
	uint64_t x[FFA_REGISTERS] = {0};
	struct ffa_notified list[FFA_LISTS_MAX];
	uint32_t count, ids = 0, room;
	struct ffa_verdict verdict;
	bool more;

	for (unsigned n = 0; n < FFA_REGISTERS; n++)
		x[n] = script_take(8);
	room = (x[0] & FFA_64) != 0U ? 20U : 10U;
	verdict = ffa_notified_read(x, list, &count, &more);
	PROMISE(count <= room && more == ((x[2] & 1U) != 0U));
	PROMISE(verdict.error == FFA_OK ? count == (x[2] >> 7 & 31U) : count == 0U);
	for (uint32_t i = 0; i < count; i++) {
		PROMISE(list[i].vcpu_count == (x[2] >> (12U + 2U * i) & 3U));
		for (uint32_t n = 0; n <= list[i].vcpu_count; n++, ids++) {
			uint32_t each = room / 5U, bits = 16U * (ids % each);
			uint16_t id = (uint16_t)(x[3U + ids / each] >> bits);

			PROMISE((n == 0U ? list[i].endpoint : list[i].vcpu[n - 1U]) == id);
		}
	}
	PROMISE(ids <= room);
}

static void words(void)
{
	for (unsigned rule = FFA_RULE_NONE; rule <= FFA_RULE_LIST_COUNT; rule++)
		PROMISE(ffa_rule_words((enum ffa_rule)rule)[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned what, choice, shift;
	uint32_t version, behind;
	int32_t more;

	script = (struct script){data, size};
	what = (unsigned)script_take(1) % 4U;
	version = FFA_VERSION_1_0 + (uint32_t)script_take(1) % 3U;
	choice = (unsigned)script_take(1) % 3U;
	shift = (unsigned)script_take(1) % 8U;
	behind = (uint32_t)script_take(2);
	more = (int32_t)(uint32_t)script_take(4);
	switch (what) {
	case 1:
		message(version < FFA_VERSION_1_1 ? FFA_VERSION_1_1 : version, shift);
		break;
	case 2:
		notified();
		words();
		break;
	default:
		send(version, choice, shift, behind, more);
		break;
	}
	return 0;
}
