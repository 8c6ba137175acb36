// SPDX-License-Identifier: Apache-2.0
/* The other structures in memory: messages, partition information, buffers, boot information. */
#include <string.h>

#include "../cursor.h"
#include "memory.h"
#include "output.h"

#define BOOT_SIGNATURE  0x0ffaU
#define BOOT_HEADER     32U
#define BOOT_DESCRIPTOR 32U

static struct decoder_verdict invalid(const char *rule, uint64_t offset)
{
	return decoder_broken(FFA_INVALID_PARAMETERS, rule, (uint32_t)offset);
}

static struct decoder_verdict short_of(const char *what)
{
	return invalid(what, 0);
}

/* What is shown first of a version: "1.1". */
static void version_show(const char *name, uint32_t version)
{
	char text[24] = "";
	size_t at = sizeof(text) - 1U;

	for (unsigned half = 0; half < 2U; half++) {
		uint32_t value = half == 0U ? FFA_MINOR(version) : FFA_MAJOR(version);

		do
			text[--at] = (char)('0' + value % 10U);
		while ((value /= 10U) != 0U);
		if (half == 0U)
			text[--at] = '.';
	}
	output_text(name, text + at);
}

static struct decoder_verdict message(const struct decoder_setting *setting, const uint8_t *bytes,
				      uint32_t size)
{
	uint32_t version = setting->version < FFA_VERSION_1_1 ? FFA_VERSION_1_1 : setting->version;
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	struct ffa_message read;
	struct ffa_verdict verdict;
	uint32_t room = setting->room > size ? setting->room : size;

	if (!ffa_cursor_move(&cursor, 0, ffa_message_header_size(version)))
		return short_of(ffa_rule_words(FFA_RULE_HEADER));
	verdict = ffa_message_read(bytes, size, version, setting->caller, &read);
	output_hex("receiver", read.receiver, NULL);
	output_hex("sender", read.sender, NULL);
	output_number("offset", read.offset, NULL);
	output_number("size", read.size, NULL);
	if (version < FFA_VERSION_1_2)
		output_null("uuid");
	else
		output_uuid("uuid", (const uint8_t *)read.uuid, NULL);
	if (ffa_cursor_move(&cursor, read.offset, read.size))
		output_bytes("payload", cursor.at, read.size);
	/* bytes behind those that were given are the buffer's, and may be any */
	if (verdict.rule == FFA_RULE_PAYLOAD && read.size != 0U &&
	    read.offset >= ffa_message_header_size(version) &&
	    (uint64_t)read.offset + read.size <= room)
		return decoder_fine();
	if (verdict.error != FFA_OK)
		return decoder_broken(verdict.error, ffa_rule_words(verdict.rule), verdict.offset);
	return decoder_fine();
}

static struct decoder_verdict partitions(const struct decoder_setting *setting,
					 const uint8_t *bytes, uint32_t size)
{
	uint32_t own = setting->version == FFA_VERSION_1_0   ? FFA_PARTITION_1_0
		       : setting->version >= FFA_VERSION_1_3 ? FFA_PARTITION_1_3
							     : FFA_PARTITION_1_1;
	uint32_t stride = setting->stride != 0U ? setting->stride : own;
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};

	output_number("stride", stride, NULL);
	output_open("partitions", '[');
	for (uint64_t at = 0; stride >= FFA_PARTITION_1_0 && ffa_cursor_move(&cursor, at, stride);
	     at += stride) {
		output_open(NULL, '{');
		output_hex("id", ffa_load16(&cursor, 0), NULL);
		output_number("ctx", ffa_load16(&cursor, 2), NULL);
		output_hex("props", ffa_load32(&cursor, 4), NULL);
		if (stride >= FFA_PARTITION_1_1)
			output_uuid("uuid", cursor.at + 8, "nil");
		if (stride >= FFA_PARTITION_1_3) {
			output_uuid("image_uuid", cursor.at + 24, "nil");
			version_show("version", ffa_load32(&cursor, 40));
		}
		output_close();
	}
	output_close();
	if (stride < own || stride % 8U != 0U)
		return invalid("a size of entries that this version does not have", 0);
	if (size % stride != 0U)
		return invalid("the last entry is cut short", size - size % stride);
	return decoder_fine();
}

static struct decoder_verdict relinquish(const struct decoder_setting *setting,
					 const uint8_t *bytes, uint32_t size)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint32_t flags, count;
	bool whole;

	if (!ffa_cursor_move(&cursor, 0, 16))
		return short_of("shorter than its header");
	flags = ffa_load32(&cursor, 8);
	count = ffa_load32(&cursor, 12);
	output_hex("handle", ffa_load64(&cursor, 0), NULL);
	output_hex("flags", flags, (flags & FFA_FLAG_ZERO) != 0U ? "zero the memory" : NULL);
	output_open("endpoints", '[');
	for (uint32_t n = 0; n < count && ffa_cursor_move(&cursor, 16U + 2ULL * n, 2); n++)
		output_hex(NULL, ffa_load8(&cursor, 0) | (uint32_t)ffa_load8(&cursor, 1) << 8,
			   NULL);
	output_close();
	whole = count != 0U && ffa_cursor_move(&cursor, 16U + 2ULL * (count - 1U), 2);
	if ((flags & ~(FFA_FLAG_ZERO | FFA_FLAG_TIME_SLICE)) != 0U)
		return invalid("flags that this call does not take", 8);
	if (count != 1U || !whole)
		return invalid("not one endpoint, which is there", 12);
	if ((ffa_load8(&cursor, 0) | (uint32_t)ffa_load8(&cursor, 1) << 8) != setting->caller)
		return invalid("the endpoint is not the caller", 16);
	return decoder_fine();
}

/* A composite with its first range, in one line, or nothing when it is not there. */
static struct decoder_verdict buffer(const char *name, const uint8_t *bytes, uint32_t size,
				     uint32_t field)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint32_t offset, count, pages;
	bool there;

	(void)ffa_cursor_move(&cursor, 0, 16);
	offset = ffa_load32(&cursor, field);
	there = offset >= 16U && offset % 8U == 0U &&
		ffa_cursor_move(&cursor, offset, FFA_COMPOSITE_SIZE);
	pages = there ? ffa_load32(&cursor, 0) : 0U;
	count = there ? ffa_load32(&cursor, 4) : 0U;
	output_open(name, '(');
	for (uint32_t n = 0; n < count; n++) {
		if (!ffa_cursor_move(&cursor, offset + 16ULL * (n + 1ULL), FFA_RANGE_SIZE))
			break;
		output_hex(NULL, ffa_load64(&cursor, 0), NULL);
		output_number(NULL, ffa_load32(&cursor, 8), NULL);
	}
	output_close();
	if (!there)
		return invalid("a composite inside the header, unaligned or behind the end", field);
	if (count == 0U || !ffa_cursor_move(&cursor, offset + 16ULL * count, FFA_RANGE_SIZE))
		return invalid(ffa_rule_words(FFA_RULE_RANGE_COUNT), offset + 4U);
	return memory_ranges_judge(bytes, offset + 16U + 16U * count, offset + 16U, count, pages);
}

static struct decoder_verdict buffers(const struct decoder_setting *setting, const uint8_t *bytes,
				      uint32_t size)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	struct decoder_verdict rx, tx;

	(void)setting;
	if (!ffa_cursor_move(&cursor, 0, 16))
		return short_of("shorter than its header");
	output_hex("endpoint", ffa_load16(&cursor, 0), NULL);
	rx = buffer("rx", bytes, size, 4);
	tx = buffer("tx", bytes, size, 8);
	(void)ffa_cursor_move(&cursor, 0, 16);
	if (ffa_load16(&cursor, 2) != 0U)
		return invalid(ffa_rule_words(FFA_RULE_RESERVED), 2);
	return rx.error != FFA_OK ? rx : tx;
}

static struct decoder_verdict boot_descriptor(struct ffa_cursor *cursor, uint64_t at,
					      uint32_t version)
{
	static const char *const contents[] = {"address", "value", "offset", "reserved"};
	uint32_t type = ffa_load8(cursor, 16), flags = ffa_load16(cursor, 18);
	uint32_t content = flags >> 2 & 3U;
	char text[17] = "", number[12] = "impdef ";

	output_open(NULL, '{');
	if ((flags & 3U) == 1U) {
		output_uuid("name", cursor->at, NULL);
	} else {
		memcpy(text, cursor->at, 16);
		output_text("name", text);
	}
	if ((type & 0x80U) != 0U) {
		size_t end = strlen(number);

		if ((type & 0x7fU) >= 100U)
			number[end++] = '1';
		if ((type & 0x7fU) >= 10U)
			number[end++] = (char)('0' + (type & 0x7fU) / 10U % 10U);
		number[end] = (char)('0' + (type & 0x7fU) % 10U);
		output_text("type", number);
	} else {
		output_text("type", type == 0U ? "fdt" : type == 1U ? "hob" : "reserved");
	}
	output_text("content", contents[content]);
	output_number("size", ffa_load32(cursor, 20), NULL);
	output_hex("value", ffa_load64(cursor, 24), NULL);
	output_close();
	if ((flags & 3U) > 1U)
		return invalid("a reserved form of the name", at + 18U);
	if (content == 3U || (content == 2U && version < FFA_VERSION_1_3))
		return invalid("a reserved form of the content", at + 18U);
	if (flags >> 4 != 0U || ffa_load8(cursor, 17) != 0U)
		return invalid(ffa_rule_words(FFA_RULE_RESERVED), at + 17U);
	if ((type & 0x80U) == 0U && type > 1U)
		return invalid("a reserved type", at + 16U);
	if (content == 1U && ffa_load32(cursor, 20) > 8U)
		return invalid("a value of more than 8 bytes", at + 20U);
	return decoder_fine();
}

static struct decoder_verdict boot(const struct decoder_setting *setting, const uint8_t *bytes,
				   uint32_t size)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	struct decoder_verdict verdict = decoder_fine();
	uint32_t version, stride, count, array, blob, signature;
	uint64_t reserved;

	(void)setting;
	if (!ffa_cursor_move(&cursor, 0, BOOT_HEADER))
		return short_of("shorter than its header");
	signature = ffa_load32(&cursor, 0);
	version = ffa_load32(&cursor, 4);
	blob = ffa_load32(&cursor, 8);
	stride = ffa_load32(&cursor, 12);
	count = ffa_load32(&cursor, 16);
	array = ffa_load32(&cursor, 20);
	reserved = ffa_load64(&cursor, 24);
	output_hex("signature", signature, NULL);
	version_show("version", version);
	output_number("blob_size", blob, NULL);
	output_open("descs", '[');
	for (uint32_t n = 0; n < count && stride >= BOOT_DESCRIPTOR; n++) {
		struct decoder_verdict one;
		uint64_t at = array + (uint64_t)n * stride;

		if (!ffa_cursor_move(&cursor, at, BOOT_DESCRIPTOR))
			break;
		one = boot_descriptor(&cursor, at, version);
		if (verdict.error == FFA_OK)
			verdict = one;
	}
	output_close();
	if (signature != BOOT_SIGNATURE)
		return invalid("the signature is not 0xffa", 0);
	if (blob > size)
		return invalid("larger than the bytes that are there", 8);
	if (stride < BOOT_DESCRIPTOR || stride % 8U != 0U)
		return invalid("a size of descriptors that this version does not have", 12);
	if (array < BOOT_HEADER || array % 8U != 0U)
		return invalid("descriptors inside the header or unaligned", 20);
	if (array + (uint64_t)count * stride > blob)
		return invalid("more descriptors than there is room for", 16);
	if (reserved != 0U)
		return invalid(ffa_rule_words(FFA_RULE_RESERVED), 24);
	return verdict;
}

const struct decoder_kind decoder_kinds[] = {
    {"send", "MEM_SHARE, MEM_LEND or MEM_DONATE (--function)", memory_send},
    {"retrieve-request", "MEM_RETRIEVE_REQ", memory_retrieve_request},
    {"retrieve-response", "MEM_RETRIEVE_RESP", memory_retrieve_response},
    {"relinquish", "MEM_RELINQUISH", relinquish},
    {"message", "header of MSG_SEND2 and the message", message},
    {"partitions", "entries of PARTITION_INFO_GET (--stride)", partitions},
    {"buffers", "an endpoint's RX and TX, of RXTX_MAP for a VM", buffers},
    {"boot", "boot information of a partition", boot},
    {NULL, NULL, NULL},
};
