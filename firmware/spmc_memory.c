// SPDX-License-Identifier: Apache-2.0
/* Sending memory: descriptors in one piece or several, and taking it back (DEN0140 1.11, 2.2
 * to 2.7). */
#include "spmc_memory.h"

#include <string.h>

#include "ram.h"

enum {
	HEADER_1_0 = 32,
	HEADER = 48,
	COMPOSITE = 16,
	EMAD = 16,
	EMAD_1_2 = 32,
	FLAG_ZERO = 1U << 0,
	FLAG_TYPE_SHIFT = 3,
	FLAG_TYPE = 3U << FLAG_TYPE_SHIFT,
	ATTRIBUTES_NORMAL = 0x2f, /* write-back, inner shareable */
	ATTRIBUTE_NS = 1U << 6,
	NOT_RETRIEVING = 1U << 0, /* EMAD flags */
};

/* Of the fragment that is being read: its bytes as they were once. */
static uint8_t snapshot[BUFFER_PAGES_MAX * FFA_PAGE] SPMC_POOL;

static uint64_t number(size_t offset, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, snapshot + offset, size); /* little-endian, as the descriptor */
	return value;
}

/* ---- the headers ---- */

/* Where the parts of a descriptor begin, in the layout of the negotiated version. */
struct layout {
	size_t emads, emad_size;
	unsigned count;
	size_t composite;
};

/* All numbers have 32 bits at most: no sum overflows. */
static int32_t read_layout(struct layout *layout, size_t length)
{
	bool old = spmc_version() < FFA_VERSION_1_1;
	bool strict = !spmc_like(LIKE_TFA);
	size_t header = old ? HEADER_1_0 : HEADER;
	size_t end;

	if (length < header)
		return FFA_INVALID_PARAMETERS;
	layout->emads = old ? HEADER_1_0 : (size_t)number(32, 4);
	layout->emad_size = old ? EMAD : (size_t)number(24, 4);
	layout->count = (unsigned)number(28, 4);
	if (old ? number(3, 1) != 0 || number(24, 4) != 0
		: number(36, 8) != 0 || number(44, 4) != 0) {
		if (strict)
			return FFA_INVALID_PARAMETERS;
	}
	if (layout->emad_size != EMAD &&
	    (layout->emad_size != EMAD_1_2 || (strict && spmc_version() < FFA_VERSION_1_2)))
		return FFA_INVALID_PARAMETERS;
	if (layout->count == 0 || layout->count > spmc.property[SPMC_BORROWERS] ||
	    layout->emads < header || layout->emads % 16 != 0)
		return FFA_INVALID_PARAMETERS;
	end = layout->emads + layout->count * layout->emad_size;
	if (end > length)
		return FFA_INVALID_PARAMETERS;
	layout->composite = (size_t)number(layout->emads + 4, 4);
	if (layout->composite < end ||
	    layout->composite % (spmc_like(LIKE_OPTEE) ? 8U : 16U) != 0 ||
	    layout->composite + COMPOSITE > length)
		return FFA_INVALID_PARAMETERS;
	return FFA_OK;
}

/* Permissions that a lender gives (DEN0140 table 1.15): data for all but DONATE, never
 * instructions. */
static bool permissions_valid(enum transaction_type type, uint8_t permissions)
{
	uint8_t data = permissions & 3U;
	/* Hafnium does not look at the bits above. */
	uint8_t instructions = spmc_like(LIKE_HAFNIUM) ? permissions >> 2 & 3U : permissions >> 2;

	if (instructions != 0)
		return false;
	return type == DONATE ? data == 0 : data == 1 || data == 2;
}

static int32_t read_borrowers(struct transaction *transaction, const struct layout *layout)
{
	bool strict = !spmc_like(LIKE_TFA);

	for (unsigned i = 0; i < layout->count; i++) {
		size_t at = layout->emads + i * layout->emad_size;
		struct borrower *borrower = &transaction->borrower[i];
		bool wide = layout->emad_size == EMAD_1_2;

		memset(borrower, 0, sizeof(*borrower));
		borrower->id = (uint16_t)number(at, 2);
		borrower->permissions = (uint8_t)number(at + 2, 1);
		borrower->flags = (uint8_t)number(at + 3, 1);
		if (wide) {
			borrower->implementation[0] = number(at + 8, 8);
			borrower->implementation[1] = number(at + 16, 8);
		}
		if (number(at + 4, 4) != layout->composite)
			return FFA_INVALID_PARAMETERS;
		/* What a VM gives a VM is their hypervisor's. TF-A takes such a borrower too. */
		if (spmc_partition(borrower->id) == NULL && (strict || !normal_id(borrower->id)))
			return FFA_INVALID_PARAMETERS;
		for (unsigned k = 0; k < i; k++) {
			if (transaction->borrower[k].id == borrower->id)
				return FFA_INVALID_PARAMETERS;
		}
		if (strict && (number(at + (wide ? 24U : 8U), 8) != 0 ||
			       (borrower->flags & ~(unsigned)NOT_RETRIEVING) != 0 ||
			       !permissions_valid(transaction->type, borrower->permissions)))
			return FFA_INVALID_PARAMETERS;
	}
	transaction->borrowers = layout->count;
	return FFA_OK;
}

static int32_t check_flags(const struct transaction *transaction)
{
	uint32_t allowed = 0;
	uint32_t flags = transaction->flags;

	if (transaction->type != SHARE && spmc.property[SPMC_ZEROES] != 0 && !spmc_like(LIKE_TFA))
		allowed |= FLAG_ZERO;
	/* TF-A's manager takes the right type for what is to be zero. */
	if (spmc_like(LIKE_TFA) && (flags & FLAG_TYPE) == (uint32_t)transaction->type
							      << FLAG_TYPE_SHIFT)
		allowed |= FLAG_TYPE;
	return (flags & ~allowed) != 0 ? FFA_INVALID_PARAMETERS : FFA_OK;
}

/* DEN0140 1.10.4: stated for SHARE and several borrowers, else left to the one who retrieves. */
static int32_t check_attributes(const struct transaction *transaction)
{
	bool stated = transaction->type == SHARE || transaction->borrowers > 1;

	if ((transaction->attributes & ATTRIBUTE_NS) != 0)
		return FFA_INVALID_PARAMETERS;
	if (spmc_like(LIKE_TFA))
		return FFA_OK;
	/* Hafnium does not look at the bits above. */
	if (transaction->attributes >> 7 != 0 && !spmc_like(LIKE_HAFNIUM))
		return FFA_INVALID_PARAMETERS;
	if (!stated)
		return (transaction->attributes >> 4 & 3U) == 0 ? FFA_OK : FFA_INVALID_PARAMETERS;
	return (transaction->attributes & 0x3fU) == ATTRIBUTES_NORMAL ? FFA_OK : FFA_DENIED;
}

/* Everything before the ranges, from the first fragment; writes where they begin. */
static int32_t read_head(struct transaction *transaction, size_t length, size_t *ranges)
{
	bool old = spmc_version() < FFA_VERSION_1_1;
	struct layout layout;
	int32_t status = read_layout(&layout, length);

	if (status != FFA_OK)
		return status;
	transaction->sender = (uint16_t)number(0, 2);
	transaction->attributes = (uint16_t)number(2, old ? 1 : 2);
	transaction->flags = (uint32_t)number(4, 4);
	transaction->tag = number(16, 8);
	if (!normal_id(transaction->sender))
		return FFA_DENIED;
	if (number(8, 8) != 0 && !spmc_like(LIKE_TFA) && !spmc_like(LIKE_HAFNIUM))
		return FFA_INVALID_PARAMETERS;
	if (transaction->type == DONATE && layout.count != 1)
		return FFA_INVALID_PARAMETERS;
	status = read_borrowers(transaction, &layout);
	if (status == FFA_OK)
		status = check_flags(transaction);
	if (status == FFA_OK)
		status = check_attributes(transaction);
	if (status != FFA_OK)
		return status;
	transaction->pages_told = (uint32_t)number(layout.composite, 4);
	transaction->ranges_told = (uint32_t)number(layout.composite + 4, 4);
	if (number(layout.composite + 8, 8) != 0 && !spmc_like(LIKE_TFA))
		return FFA_INVALID_PARAMETERS;
	*ranges = layout.composite + COMPOSITE;
	if (*ranges + (uint64_t)transaction->ranges_told * RANGE_SIZE != transaction->total)
		return FFA_INVALID_PARAMETERS;
	if (transaction->ranges_told == 0 && !spmc_like(LIKE_TFA))
		return FFA_INVALID_PARAMETERS;
	return FFA_OK;
}

/* ---- the ranges ---- */

/* Bytes [from, to) of the fragment are ranges. */
static int32_t read_ranges(struct transaction *transaction, size_t from, size_t to)
{
	for (size_t at = from; at < to;) {
		size_t piece = RANGE_SIZE - transaction->partial_size;
		struct range range;

		if (piece > to - at)
			piece = to - at;
		memcpy(transaction->partial + transaction->partial_size, snapshot + at, piece);
		transaction->partial_size += (unsigned)piece;
		at += piece;
		if (transaction->partial_size < RANGE_SIZE)
			break;
		transaction->partial_size = 0;
		memcpy(&range, transaction->partial, sizeof(range));
		if (!transaction_add(transaction, &range))
			return FFA_NO_MEMORY;
	}
	return FFA_OK;
}

/* All is there: the caller loses the pages now or not at all. */
static int32_t complete(struct transaction *transaction, struct call *call)
{
	int32_t status = FFA_OK;

	/* Hafnium does not compare the sum. */
	if (transaction->pages != transaction->pages_told && !spmc_like(LIKE_HAFNIUM))
		status = FFA_INVALID_PARAMETERS;
	if (status == FFA_OK)
		status = transaction_take(transaction);
	if (status != FFA_OK)
		return status;
	transaction->state = COMPLETE;
	if ((transaction->flags & FLAG_ZERO) != 0)
		transaction_zero(transaction);
	call->result[2] = (uint32_t)transaction->handle;
	call->result[3] = transaction->handle >> 32;
	return FFA_OK;
}

static int32_t complete_or_more(struct transaction *transaction, struct call *call)
{
	int32_t status;

	if (transaction->received < transaction->total) {
		call->result[0] = FFA_FN_FRAG_RX;
		call->result[1] = (uint32_t)transaction->handle;
		call->result[2] = transaction->handle >> 32;
		call->result[3] = transaction->received;
		call->result[4] = (uint64_t)transaction->sender << 16;
		return FFA_OK;
	}
	status = complete(transaction, call);
	if (status != FFA_OK)
		transaction_free(transaction);
	return status;
}

/* Copy the fragment: from TX, or from a buffer of the caller's choice where that is offered. */
static int32_t take_fragment(const struct call *call, uint32_t length)
{
	const struct vm *caller = spmc_vm(0, false);
	uint64_t address = call_argument(call, 3);
	uint32_t pages = (uint32_t)call->argument[4];

	if (address == 0 && pages == 0) {
		if (caller == NULL || !caller->buffers.mapped)
			return spmc_like(LIKE_OPTEE) ? FFA_DENIED : FFA_INVALID_PARAMETERS;
		if (length > buffer_tx_size(caller))
			return FFA_INVALID_PARAMETERS;
		buffer_read_tx(caller, 0, snapshot, length);
		return FFA_OK;
	}
	if (spmc.property[SPMC_DYNAMIC_BUFFERS] == 0 || address % FFA_PAGE != 0 || pages == 0 ||
	    pages > BUFFER_PAGES_MAX || length > pages * FFA_PAGE ||
	    !ram_holds(address, (uint64_t)pages * FFA_PAGE))
		return FFA_INVALID_PARAMETERS;
	memcpy(snapshot, ram_at(address), length);
	return FFA_OK;
}

static int32_t send(struct call *call, enum transaction_type type)
{
	uint32_t total = (uint32_t)call->argument[1];
	uint32_t length = (uint32_t)call->argument[2];
	struct transaction *transaction;
	size_t ranges = 0;
	int32_t status;

	if (length > total || length > sizeof(snapshot) ||
	    length < (spmc_version() < FFA_VERSION_1_1 ? HEADER_1_0 : HEADER))
		return FFA_INVALID_PARAMETERS;
	if (total % RANGE_SIZE != 0)
		return spmc_like(LIKE_TFA) ? FFA_NO_MEMORY : FFA_INVALID_PARAMETERS;
	if (length % RANGE_SIZE != 0 && !spmc_like(LIKE_TFA))
		return FFA_INVALID_PARAMETERS;
	status = take_fragment(call, length);
	if (status != FFA_OK)
		return status;
	transaction = transaction_new();
	if (transaction == NULL)
		return FFA_NO_MEMORY;
	transaction->type = type;
	transaction->total = total;
	transaction->received = length;
	transaction->fragments = 1;
	status = read_head(transaction, length, &ranges);
	if (status == FFA_OK)
		status = read_ranges(transaction, ranges, length);
	if (status != FFA_OK) {
		transaction_free(transaction);
		return status;
	}
	return complete_or_more(transaction, call);
}

int32_t memory_share(struct call *call)
{
	return send(call, SHARE);
}

int32_t memory_lend(struct call *call)
{
	return send(call, LEND);
}

int32_t memory_donate(struct call *call)
{
	return send(call, DONATE);
}

/* DEN0140 2.2.9. A wrong handle or sender leaves the transaction alone. */
int32_t memory_frag_tx(struct call *call)
{
	const struct vm *caller = spmc_vm(0, false);
	struct transaction *transaction =
	    transaction_find(pair_of(call->argument[1], call->argument[2]));
	uint32_t length = (uint32_t)call->argument[3];
	uint32_t sender = (uint32_t)call->argument[4];
	bool lenient = spmc_like(LIKE_TFA);
	int32_t status = FFA_OK;

	if (transaction == NULL || transaction->state != SENDING ||
	    sender != (uint32_t)transaction->sender << 16)
		return FFA_INVALID_PARAMETERS;
	if (caller == NULL || !caller->buffers.mapped)
		return FFA_INVALID_PARAMETERS;
	if (length > transaction->total - transaction->received ||
	    length > buffer_tx_size(caller) ||
	    (!lenient && (length == 0 || length % RANGE_SIZE != 0)))
		status = FFA_INVALID_PARAMETERS;
	else if (transaction->fragments == spmc.property[SPMC_FRAGMENTS])
		status = FFA_NO_MEMORY;
	if (status != FFA_OK) {
		/* Hafnium keeps the transaction after a fragment that it cannot use. */
		if (!spmc_like(LIKE_HAFNIUM) || status == FFA_NO_MEMORY)
			transaction_free(transaction);
		return status;
	}
	buffer_read_tx(caller, 0, snapshot, length);
	status = read_ranges(transaction, 0, length);
	if (status != FFA_OK) {
		transaction_free(transaction);
		return status;
	}
	transaction->received += length;
	transaction->fragments++;
	return complete_or_more(transaction, call);
}

/* DEN0140 2.7. */
int32_t memory_reclaim(struct call *call)
{
	struct transaction *transaction =
	    transaction_find(pair_of(call->argument[1], call->argument[2]));
	uint32_t flags = (uint32_t)call->argument[3];
	bool zero = (flags & FLAG_ZERO) != 0;

	if (transaction == NULL || transaction->state != COMPLETE)
		return FFA_INVALID_PARAMETERS;
	if (zero &&
	    (spmc_like(LIKE_TFA) || spmc_like(LIKE_OPTEE) || spmc.property[SPMC_ZEROES] == 0))
		return FFA_INVALID_PARAMETERS;
	if ((flags & ~(uint32_t)FLAG_ZERO) != 0 && !spmc_like(LIKE_HAFNIUM))
		return FFA_INVALID_PARAMETERS;
	if (transaction_in_use(transaction) || transaction->showing)
		return FFA_DENIED;
	if (zero)
		transaction_zero(transaction);
	transaction_give(transaction);
	transaction_free(transaction);
	return FFA_OK;
}
