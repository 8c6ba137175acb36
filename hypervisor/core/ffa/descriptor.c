/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory transaction descriptors (DEN0140: transaction, endpoint access, composite, constituent)
 * between bytes in the layout of a version and the mediator's own form. Without any state.
 */
#include "cursor.h"
#include "ffa.h"

/* Transaction descriptor; what 1.0 has at another place or not at all says so. */
#define HEADER_SENDER       0U
#define HEADER_ATTRIBUTES   2U /* one byte in 1.0, and the next reserved */
#define HEADER_FLAGS        4U
#define HEADER_HANDLE       8U
#define HEADER_TAG          16U
#define HEADER_EMAD_SIZE    24U /* reserved in 1.0 */
#define HEADER_EMAD_COUNT   28U
#define HEADER_EMAD_OFFSET  32U /* from 1.1, as the rest */
#define HEADER_RESERVED     36U
#define HEADER_RESERVED_END 40U

/* Endpoint memory access descriptor. */
#define EMAD_ENDPOINT       0U
#define EMAD_PERMISSIONS    2U
#define EMAD_FLAGS          3U
#define EMAD_COMPOSITE      4U
#define EMAD_IMPLEMENTATION 8U /* from 1.2: 16 bytes */
#define EMAD_RESERVED_1_0   8U
#define EMAD_RESERVED_1_2   24U

/* Composite memory region descriptor. */
#define COMPOSITE_PAGES    0U
#define COMPOSITE_RANGES   4U
#define COMPOSITE_RESERVED 8U

/* Constituent memory region descriptor: the second half in one load. */
#define RANGE_BASE           0U
#define RANGE_PAGES          8U
#define RANGE_RESERVED       12U
#define RANGE_RESERVED_SHIFT 32

#define OFFSET_MASK   15U /* arrays and composites start at multiples of 16 */
#define ADDRESS_LIMIT (1ULL << 48)
#define PAGE_SHIFT    12

/* Attributes by their fields; reserved from FFA_ATTRIBUTE_NS on. */
#define SHAREABILITY_MASK     0x3U
#define SHAREABILITY_RESERVED 0x1U
#define CACHEABILITY_MASK     0xcU
#define CACHEABILITY_NONE     0x4U
#define CACHEABILITY_BACK     0xcU
#define TYPE_RESERVED         0x30U

#define EMAD_FLAG_OTHER 1U /* not the borrower that retrieves */

#define FLAGS_SEND (FFA_FLAG_ZERO | FFA_FLAG_TIME_SLICE)

static inline struct ffa_verdict verdict(enum ffa_error error, enum ffa_rule rule, uint64_t offset)
{
	return (struct ffa_verdict){.error = error, .rule = rule, .offset = (uint32_t)offset};
}

static inline struct ffa_verdict invalid(enum ffa_rule rule, uint64_t offset)
{
	return verdict(FFA_INVALID_PARAMETERS, rule, offset);
}

static const struct ffa_verdict fine = {.error = FFA_OK};

/* Where the array of EMADs is. */
struct emads {
	uint32_t offset, size;
	uint64_t end;
};

/* Everything in the header but flags and attributes, which depend on the borrowers. */
static inline struct ffa_verdict read_header(struct ffa_cursor *cursor, uint32_t version,
					     uint16_t caller, struct ffa_descriptor *out,
					     struct emads *emads)
{
	bool old = version == FFA_VERSION_1_0;
	uint32_t header = old ? FFA_HEADER_1_0 : FFA_HEADER_1_1;

	/* at least one access descriptor and the composite follow, and all of them are here */
	if (!ffa_cursor_move(cursor, 0, header + FFA_EMAD_1_0 + FFA_COMPOSITE_SIZE))
		return invalid(FFA_RULE_HEADER, 0);
	out->sender = ffa_load16(cursor, HEADER_SENDER);
	out->attributes = ffa_load16(cursor, HEADER_ATTRIBUTES);
	out->flags = ffa_load32(cursor, HEADER_FLAGS);
	out->handle = ffa_load64(cursor, HEADER_HANDLE);
	out->tag = ffa_load64(cursor, HEADER_TAG);
	out->borrower_count = ffa_load32(cursor, HEADER_EMAD_COUNT);
	emads->size = ffa_load32(cursor, HEADER_EMAD_SIZE);
	if (old) {
		if (out->attributes > UINT8_MAX)
			return invalid(FFA_RULE_RESERVED, HEADER_ATTRIBUTES + 1U);
		if (emads->size != 0U)
			return invalid(FFA_RULE_RESERVED, HEADER_EMAD_SIZE);
		emads->size = FFA_EMAD_1_0;
		emads->offset = FFA_HEADER_1_0;
	} else {
		emads->offset = ffa_load32(cursor, HEADER_EMAD_OFFSET);
		if (ffa_load32(cursor, HEADER_RESERVED) != 0U)
			return invalid(FFA_RULE_RESERVED, HEADER_RESERVED);
		if (ffa_load64(cursor, HEADER_RESERVED_END) != 0U)
			return invalid(FFA_RULE_RESERVED, HEADER_RESERVED_END);
		if (emads->size != FFA_EMAD_1_0 &&
		    (emads->size != FFA_EMAD_1_2 || version < FFA_VERSION_1_2))
			return invalid(FFA_RULE_EMAD_SIZE, HEADER_EMAD_SIZE);
		if (emads->offset < FFA_HEADER_1_1 || (emads->offset & OFFSET_MASK) != 0U)
			return invalid(FFA_RULE_EMAD_OFFSET, HEADER_EMAD_OFFSET);
	}
	if (out->borrower_count == 0U || out->borrower_count > FFA_BORROWERS_MAX)
		return invalid(FFA_RULE_EMAD_COUNT, HEADER_EMAD_COUNT);
	emads->end = (uint64_t)emads->offset + (uint64_t)out->borrower_count * emads->size;
	if (emads->end > cursor->size)
		return old || emads->offset < cursor->size
			   ? invalid(FFA_RULE_EMAD_COUNT, HEADER_EMAD_COUNT)
			   : invalid(FFA_RULE_EMAD_OFFSET, HEADER_EMAD_OFFSET);
	if (out->sender != caller)
		return verdict(FFA_DENIED, FFA_RULE_SENDER, HEADER_SENDER);
	return fine;
}

/* The EMAD at `offset`, number `n`; *composite is what the one before it named. */
static inline struct ffa_verdict read_borrower(struct ffa_cursor *cursor, const struct emads *emads,
					       uint64_t offset, uint32_t n, bool donate,
					       struct ffa_descriptor *out, uint32_t *composite)
{
	struct ffa_borrower *borrower = &out->borrower[n];
	bool small = emads->size == FFA_EMAD_1_0;
	uint32_t reserved = small ? EMAD_RESERVED_1_0 : EMAD_RESERVED_1_2;
	uint32_t place;

	if (!ffa_cursor_move(cursor, offset, emads->size))
		return invalid(FFA_RULE_EMAD_COUNT, HEADER_EMAD_COUNT);
	borrower->id = ffa_load16(cursor, EMAD_ENDPOINT);
	borrower->permissions = ffa_load8(cursor, EMAD_PERMISSIONS);
	borrower->flags = ffa_load8(cursor, EMAD_FLAGS);
	borrower->implementation[0] = small ? 0U : ffa_load64(cursor, EMAD_IMPLEMENTATION);
	borrower->implementation[1] = small ? 0U : ffa_load64(cursor, EMAD_IMPLEMENTATION + 8U);
	place = ffa_load32(cursor, EMAD_COMPOSITE);
	if (ffa_load64(cursor, reserved) != 0U)
		return invalid(FFA_RULE_RESERVED, offset + reserved);
	if ((borrower->flags & ~EMAD_FLAG_OTHER) != 0U)
		return invalid(FFA_RULE_RESERVED, offset + EMAD_FLAGS);
	if ((borrower->id & FFA_ID_SECURE) == 0U || borrower->id == out->sender)
		return invalid(FFA_RULE_BORROWER, offset + EMAD_ENDPOINT);
	for (uint32_t i = 0; i < n; i++)
		if (out->borrower[i].id == borrower->id)
			return invalid(FFA_RULE_BORROWER, offset + EMAD_ENDPOINT);
	/* Data access alone, and of a donation not even that: firmware gives all there is. */
	if (donate ? borrower->permissions != 0U
		   : borrower->permissions != FFA_DATA_RO && borrower->permissions != FFA_DATA_RW)
		return invalid(FFA_RULE_PERMISSIONS, offset + EMAD_PERMISSIONS);
	if (n != 0U && place != *composite)
		return invalid(FFA_RULE_COMPOSITE, offset + EMAD_COMPOSITE);
	*composite = place;
	return fine;
}

/* A memory type is stated where several share it, and is left open where one gets it alone. */
static inline struct ffa_verdict read_attributes(uint16_t attributes, bool stated)
{
	uint32_t type = attributes & FFA_TYPE_MASK, cacheability = attributes & CACHEABILITY_MASK;

	if (stated && attributes == FFA_NORMAL_SHARED)
		return fine;
	if (!stated && attributes == 0U)
		return fine;
	if (!stated || attributes >= FFA_ATTRIBUTE_NS || type == TYPE_RESERVED ||
	    (type == FFA_TYPE_NORMAL &&
	     ((attributes & SHAREABILITY_MASK) == SHAREABILITY_RESERVED ||
	      (cacheability != CACHEABILITY_NONE && cacheability != CACHEABILITY_BACK))))
		return invalid(FFA_RULE_ATTRIBUTES, HEADER_ATTRIBUTES);
	/* understood, and not how pages of endpoints are mapped */
	return verdict(FFA_DENIED, FFA_RULE_ATTRIBUTES, HEADER_ATTRIBUTES);
}

static inline struct ffa_verdict read_composite(struct ffa_cursor *cursor, uint64_t offset,
						uint32_t total, const struct emads *emads,
						struct ffa_descriptor *out)
{
	uint64_t ranges = offset + FFA_COMPOSITE_SIZE;

	if (offset < emads->end || (offset & OFFSET_MASK) != 0U ||
	    !ffa_cursor_move(cursor, offset, FFA_COMPOSITE_SIZE))
		return invalid(FFA_RULE_COMPOSITE, (uint64_t)emads->offset + EMAD_COMPOSITE);
	out->page_count = ffa_load32(cursor, COMPOSITE_PAGES);
	out->range_count = ffa_load32(cursor, COMPOSITE_RANGES);
	out->ranges = (uint32_t)ranges;
	if (ffa_load64(cursor, COMPOSITE_RESERVED) != 0U)
		return invalid(FFA_RULE_RESERVED, offset + COMPOSITE_RESERVED);
	if (out->range_count == 0U || ranges + (uint64_t)out->range_count * FFA_RANGE_SIZE != total)
		return invalid(FFA_RULE_RANGE_COUNT, offset + COMPOSITE_RANGES);
	/* a fragment ends between two ranges */
	if (((cursor->size - out->ranges) % FFA_RANGE_SIZE) != 0U)
		return invalid(FFA_RULE_LENGTH, cursor->size);
	return fine;
}

struct ffa_verdict ffa_descriptor_read(const uint8_t *bytes, uint32_t size, uint32_t total,
				       uint32_t fid, uint32_t version, uint16_t caller,
				       struct ffa_descriptor *out)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = size};
	uint32_t function = fid & ~FFA_64, composite = 0;
	struct ffa_verdict result;
	struct emads emads;
	uint64_t offset;

	if (size == 0U || size > total)
		return invalid(FFA_RULE_LENGTH, 0);
	result = read_header(&cursor, version, caller, out, &emads);
	if (result.error != FFA_OK)
		return result;
	if (out->handle != 0U)
		return invalid(FFA_RULE_HANDLE, HEADER_HANDLE);
	if ((out->flags & ~FLAGS_SEND) != 0U ||
	    ((out->flags & FFA_FLAG_ZERO) != 0U && function == FFA_MEM_SHARE))
		return invalid(FFA_RULE_FLAGS, HEADER_FLAGS);
	if (function == FFA_MEM_DONATE && out->borrower_count != 1U)
		return invalid(FFA_RULE_EMAD_COUNT, HEADER_EMAD_COUNT);
	offset = emads.offset;
	for (uint32_t n = 0; n < out->borrower_count; n++, offset += emads.size) {
		result = read_borrower(&cursor, &emads, offset, n, function == FFA_MEM_DONATE, out,
				       &composite);
		if (result.error != FFA_OK)
			return result;
	}
	result = read_composite(&cursor, composite, total, &emads, out);
	if (result.error != FFA_OK)
		return result;
	return read_attributes(out->attributes,
			       function == FFA_MEM_SHARE || out->borrower_count > 1U);
}

/* Which rule does the range at byte `at` break, with `second` behind its base? */
static __attribute__((noinline)) struct ffa_verdict judge_range(size_t at, uint64_t second)
{
	if (second >> RANGE_RESERVED_SHIFT != 0U)
		return invalid(FFA_RULE_RESERVED, at + RANGE_RESERVED);
	if (second == 0U)
		return invalid(FFA_RULE_ADDRESS, at + RANGE_PAGES);
	return invalid(FFA_RULE_ADDRESS, at + RANGE_BASE);
}

/*
 * There may be thousands of ranges: for each of the two alignments a loop of its own, and one
 * condition for three of the rules.
 */
static inline __attribute__((always_inline)) struct ffa_verdict
read_ranges(const struct ffa_cursor cursor, uint32_t count, struct ffa_range *out, uint64_t *pages)
{
	uint64_t sum = 0;

	for (size_t at = 0; count > 0U; count--, at += FFA_RANGE_SIZE, out++) {
		uint64_t base = ffa_load64(&cursor, at + RANGE_BASE);
		uint64_t second = ffa_load64(&cursor, at + RANGE_PAGES);

		/* some pages, and nothing in the reserved word; so a range has less than 2^44 bytes
		 */
		if (second - 1U >= UINT32_MAX || (base & (FFA_PAGE - 1U)) != 0U ||
		    base > ADDRESS_LIMIT - (second << PAGE_SHIFT))
			return judge_range(at, second);
		out->base = base;
		out->pages = (uint32_t)second;
		out->reserved = (uint32_t)(second >> RANGE_RESERVED_SHIFT);
		sum += second;
	}
	*pages = sum;
	return fine;
}

struct ffa_verdict ffa_ranges_read(const uint8_t *bytes, uint32_t count, struct ffa_range *out,
				   uint64_t *pages)
{
	struct ffa_cursor cursor = {.bytes = bytes, .size = count * FFA_RANGE_SIZE};

	*pages = 0;
	(void)ffa_cursor_move(&cursor, 0, cursor.size);
	if (cursor.aligned) {
		cursor.aligned = true;
		return read_ranges(cursor, count, out, pages);
	}
	cursor.aligned = false;
	return read_ranges(cursor, count, out, pages);
}

uint32_t ffa_descriptor_size(const struct ffa_descriptor *descriptor, uint32_t version)
{
	uint32_t header = version == FFA_VERSION_1_0 ? FFA_HEADER_1_0 : FFA_HEADER_1_1;
	uint32_t emad = version < FFA_VERSION_1_2 ? FFA_EMAD_1_0 : FFA_EMAD_1_2;

	return header + descriptor->borrower_count * emad + FFA_COMPOSITE_SIZE;
}

void ffa_descriptor_write(const struct ffa_descriptor *descriptor, uint32_t version, uint8_t *bytes)
{
	bool old = version == FFA_VERSION_1_0, small = version < FFA_VERSION_1_2;
	uint32_t header = old ? FFA_HEADER_1_0 : FFA_HEADER_1_1;
	uint32_t emad = small ? FFA_EMAD_1_0 : FFA_EMAD_1_2;
	uint32_t composite = ffa_descriptor_size(descriptor, version) - FFA_COMPOSITE_SIZE;
	struct ffa_pen pen = {.bytes = bytes};

	ffa_pen_move(&pen, 0);
	ffa_store32(&pen, HEADER_SENDER,
		    descriptor->sender | (uint32_t)descriptor->attributes << 16);
	ffa_store32(&pen, HEADER_FLAGS, descriptor->flags);
	ffa_store64(&pen, HEADER_HANDLE, descriptor->handle);
	ffa_store64(&pen, HEADER_TAG, descriptor->tag);
	ffa_store32(&pen, HEADER_EMAD_SIZE, old ? 0U : emad);
	ffa_store32(&pen, HEADER_EMAD_COUNT, descriptor->borrower_count);
	if (!old) {
		ffa_store64(&pen, HEADER_EMAD_OFFSET, header);
		ffa_store64(&pen, HEADER_RESERVED_END, 0);
	}
	for (uint32_t n = 0; n < descriptor->borrower_count; n++) {
		const struct ffa_borrower *borrower = &descriptor->borrower[n];

		ffa_pen_move(&pen, header + n * emad);
		ffa_store32(&pen, EMAD_ENDPOINT,
			    borrower->id | (uint32_t)borrower->permissions << 16 |
				(uint32_t)borrower->flags << 24);
		ffa_store32(&pen, EMAD_COMPOSITE, composite);
		if (small) {
			ffa_store64(&pen, EMAD_RESERVED_1_0, 0);
		} else {
			ffa_store64(&pen, EMAD_IMPLEMENTATION, borrower->implementation[0]);
			ffa_store64(&pen, EMAD_IMPLEMENTATION + 8U, borrower->implementation[1]);
			ffa_store64(&pen, EMAD_RESERVED_1_2, 0);
		}
	}
	ffa_pen_move(&pen, composite);
	ffa_store32(&pen, COMPOSITE_PAGES, descriptor->page_count);
	ffa_store32(&pen, COMPOSITE_RANGES, descriptor->range_count);
	ffa_store64(&pen, COMPOSITE_RESERVED, 0);
}

void ffa_ranges_write(const struct ffa_range *ranges, uint32_t count, uint8_t *bytes)
{
	struct ffa_pen pen = {.bytes = bytes};

	ffa_pen_move(&pen, 0);
	for (uint32_t n = 0; n < count; n++) {
		ffa_store64(&pen, n * FFA_RANGE_SIZE + RANGE_BASE, ranges[n].base);
		ffa_store64(&pen, n * FFA_RANGE_SIZE + RANGE_PAGES, ranges[n].pages);
	}
}
