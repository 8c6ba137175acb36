/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory transactions towards firmware: in its version, in fragments of its size, and how each of
 * its answers reads.
 */
#include "transaction.h"

#define PAUSES_MAX     64U /* MEM_OP_PAUSE in a row, after which nobody knows */
#define NONSENSE_TRIES 3U  /* of a fragment that firmware is too busy to refuse */

/* No SPMC can take it: beyond any address, unaligned, and no pages, so that nothing were shared. */
static const struct ffa_range nonsense = {.base = 0xfffffffffffff800ULL, .pages = 0};

static const struct ffa_delivery delivered = {.kind = FFA_DELIVERED};
static const struct ffa_delivery unclear = {.kind = FFA_UNCLEAR, .error = FFA_ABORTED};

/* The form of `fid` that firmware has; the caller's if it has both. */
static uint32_t form_for(const struct ffa *ffa, uint32_t fid)
{
	uint32_t n = (fid & 0xffffU) - FFA_FIRST_NUMBER, bit = 1U << (n % 32U);
	bool has32 = (ffa->offered32[n / 32U] & bit) != 0U,
	     has64 = (ffa->offered64[n / 32U] & bit) != 0U;

	if ((fid & FFA_64) != 0U)
		return has64 || !has32 ? fid : fid & ~FFA_64;
	return has32 || !has64 ? fid : fid | FFA_64;
}

static struct ffa_delivery strange(struct ffa_call *call, uint32_t fid,
				   const uint64_t x[FFA_REGISTERS])
{
	ffa_firmware_strange(call, fid, x);
	return unclear;
}

/*
 * Ask, and go on for firmware when it pauses. An error without a code has been told; whether it
 * was one, nobody knows (A11). What is neither success nor an error is left to the caller of this.
 */
static struct ffa_reaction converse(struct ffa_call *call, uint64_t x[FFA_REGISTERS])
{
	struct ffa_reaction reaction = ffa_firmware(call, x);

	for (unsigned n = 0; reaction.kind == FFA_ANSWERED_OTHER &&
			     reaction.fid == FFA_MEM_OP_PAUSE && n < PAUSES_MAX;
	     n++) {
		x[0] = FFA_MEM_OP_RESUME;
		x[1] = (uint32_t)x[1];
		x[2] = (uint32_t)x[2];
		for (unsigned i = 3; i < FFA_REGISTERS; i++)
			x[i] = 0;
		reaction = ffa_firmware(call, x);
	}
	return reaction;
}

/* FFA_ERROR whose code is none; raw NOT_SUPPORTED has no code in x2. */
static bool codeless(const struct ffa_reaction *reaction, const uint64_t x[FFA_REGISTERS])
{
	return reaction->kind == FFA_ANSWERED_ERROR && reaction->error == FFA_ABORTED &&
	       (int32_t)(uint32_t)x[2] >= 0;
}

static struct ffa_delivery refusal(const struct ffa_reaction *reaction,
				   const uint64_t x[FFA_REGISTERS])
{
	if (codeless(reaction, x))
		return unclear;
	return (struct ffa_delivery){.kind = FFA_REFUSED, .error = reaction->error};
}

/* The handle in an answer is the transaction's, or becomes it. */
static bool handle_fits(struct ffa *ffa, struct ffa_transaction *transaction, uint64_t handle)
{
	if (transaction->handle == FFA_HANDLE_INVALID)
		return ffa_transaction_name(ffa, transaction, handle);
	return transaction->handle == handle;
}

/*
 * The answer to a fragment after which `sent` ranges are with firmware: SUCCESS after the last one,
 * the next offset after every other one, both with the handle (F9).
 */
static struct ffa_delivery judge(struct ffa_call *call, struct ffa_transaction *transaction,
				 uint32_t fid, const struct ffa_reaction *reaction,
				 const uint64_t x[FFA_REGISTERS], uint32_t sent)
{
	bool last = sent == transaction->range_count;
	uint32_t low = (uint32_t)x[1], high = (uint32_t)x[2];

	if (reaction->kind == FFA_ANSWERED_ERROR)
		return refusal(reaction, x);
	if (reaction->kind == FFA_ANSWERED_STRANGE)
		return unclear; /* counted already */
	if (reaction->kind == FFA_ANSWERED_SUCCESS) {
		bool fits =
		    handle_fits(call->ffa, transaction, ffa_pair((uint32_t)x[2], (uint32_t)x[3]));

		return fits && last ? delivered : strange(call, fid, x);
	}
	if (reaction->fid != FFA_MEM_FRAG_RX)
		return strange(call, fid, x); /* F10 without end, F11, C8 */
	if (!handle_fits(call->ffa, transaction, ffa_pair(low, high)) || last ||
	    (uint32_t)x[3] != transaction->firmware_head + sent * FFA_RANGE_SIZE)
		return strange(call, fid, x);
	return delivered;
}

/* Some ranges, to where firmware finds the pages. */
static bool write_batch(struct ffa_call *call, const struct ffa_transaction *transaction,
			const struct ffa_range *ranges, uint32_t count, uint8_t *to)
{
	const struct ffa *ffa = call->ffa;
	const struct ffa_environment *environment = ffa->environment;
	struct ffa_range physical[FFA_CHUNK_RANGES];

	if (environment->translate == NULL) {
		ffa_ranges_write(ranges, count, to);
		return true;
	}
	for (uint32_t i = 0; i < count; i++)
		if (environment->translate(ffa->context, transaction->owner->id, &ranges[i],
					   &physical[i], 1) != 1U)
			return false;
	ffa_ranges_write(physical, count, to);
	return true;
}

/*
 * Write what has not been sent, at most `room` ranges, to where firmware finds the pages. A range
 * of the owner must be one for firmware, too, which was told how many there are. False: it is not.
 */
static bool write_ranges(struct ffa_call *call, struct ffa_transaction *transaction, uint32_t room,
			 uint8_t *to, uint32_t *count)
{
	const struct ffa *ffa = call->ffa;
	uint32_t place = transaction->sent % FFA_CHUNK_RANGES;
	uint32_t left = transaction->received - transaction->sent;
	uint32_t link = transaction->sent == 0U ? transaction->first : transaction->sent_chunk;

	left = left < room ? left : room;
	*count = left;
	if (left == 0U)
		return true;
	if (transaction->sent != 0U && place == 0U)
		link = ffa_chunk_at(ffa, link)->next;
	for (;;) {
		const struct ffa_chunk *chunk = ffa_chunk_at(ffa, link);
		uint32_t batch = chunk->count - place;

		batch = batch < left ? batch : left;
		if (!write_batch(call, transaction, &chunk->range[place], batch, to))
			return false;
		to += (size_t)batch * FFA_RANGE_SIZE;
		left -= batch;
		if (left == 0U)
			break;
		link = chunk->next;
		place = 0;
	}
	transaction->sent_chunk = link;
	return true;
}

static void clear(uint64_t x[FFA_REGISTERS])
{
	for (unsigned i = 0; i < FFA_REGISTERS; i++)
		x[i] = 0;
}

static void fragment_call(const struct ffa_transaction *transaction, uint32_t length,
			  uint64_t x[FFA_REGISTERS])
{
	clear(x);
	x[0] = FFA_MEM_FRAG_TX;
	x[1] = (uint32_t)transaction->handle;
	x[2] = transaction->handle >> 32;
	x[3] = length;
	x[4] = (uint32_t)transaction->owner->id << 16;
}

/* The first fragment: descriptor and as many ranges as are here and fit behind it. */
static struct ffa_delivery begin(struct ffa_call *call, struct ffa_transaction *transaction,
				 const struct ffa_descriptor *descriptor)
{
	struct ffa *ffa = call->ffa;
	uint32_t head = ffa_descriptor_size(descriptor, ffa->version), count;
	uint32_t fid = form_for(ffa, transaction->fid);
	uint64_t x[FFA_REGISTERS];
	struct ffa_reaction reaction;
	struct ffa_delivery delivery;

	transaction->firmware_head = head;
	ffa_descriptor_write(descriptor, ffa->version, ffa->tx);
	if (!write_ranges(call, transaction, (ffa->buffer_size - head) / FFA_RANGE_SIZE,
			  ffa->tx + head, &count))
		return (struct ffa_delivery){.kind = FFA_REFUSED, .error = FFA_NO_MEMORY};
	clear(x);
	x[0] = fid;
	x[1] = head + transaction->range_count * FFA_RANGE_SIZE;
	x[2] = head + count * FFA_RANGE_SIZE;
	reaction = converse(call, x);
	delivery = judge(call, transaction, fid, &reaction, x, count);
	transaction->sent = delivery.kind == FFA_DELIVERED ? count : 0U;
	return delivery;
}

struct ffa_delivery ffa_deliver(struct ffa_call *call, struct ffa_transaction *transaction,
				const struct ffa_descriptor *descriptor)
{
	struct ffa *ffa = call->ffa;
	uint32_t full = ffa->buffer_size / FFA_RANGE_SIZE;
	struct ffa_delivery delivery = delivered;

	if (descriptor != NULL)
		delivery = begin(call, transaction, descriptor);
	while (delivery.kind == FFA_DELIVERED) {
		uint32_t pending = transaction->received - transaction->sent, count;
		uint64_t x[FFA_REGISTERS];
		struct ffa_reaction reaction;

		if (pending == 0U || (!ffa_complete(transaction) && pending < full))
			break;
		if (!write_ranges(call, transaction, full, ffa->tx, &count))
			return (struct ffa_delivery){.kind = FFA_REFUSED, .error = FFA_NO_MEMORY};
		fragment_call(transaction, count * FFA_RANGE_SIZE, x);
		reaction = converse(call, x);
		delivery = judge(call, transaction, FFA_MEM_FRAG_TX, &reaction, x,
				 transaction->sent + count);
		if (delivery.kind == FFA_DELIVERED)
			transaction->sent += count;
	}
	return delivery;
}

struct ffa_delivery ffa_deliver_reclaim(struct ffa_call *call,
					const struct ffa_transaction *transaction)
{
	uint64_t x[FFA_REGISTERS];
	struct ffa_reaction reaction;

	clear(x);
	x[0] = FFA_MEM_RECLAIM;
	x[1] = (uint32_t)transaction->handle;
	x[2] = transaction->handle >> 32;
	reaction = converse(call, x);
	if (reaction.kind == FFA_ANSWERED_SUCCESS)
		return delivered;
	if (reaction.kind == FFA_ANSWERED_ERROR)
		return refusal(&reaction, x);
	if (reaction.kind == FFA_ANSWERED_OTHER)
		ffa_firmware_strange(call, FFA_MEM_RECLAIM, x);
	return unclear;
}

/* "Not now": the fragment was not looked at. */
static bool busy(enum ffa_error error)
{
	return error == FFA_BUSY || error == FFA_RETRY || error == FFA_INTERRUPTED ||
	       error == FFA_NOT_READY;
}

struct ffa_delivery ffa_deliver_nonsense(struct ffa_call *call, struct ffa_transaction *transaction)
{
	struct ffa *ffa = call->ffa;
	uint32_t full = ffa->buffer_size / FFA_RANGE_SIZE;
	unsigned tries = NONSENSE_TRIES;

	while (tries > 0U && transaction->sent < transaction->range_count) {
		uint32_t count = transaction->range_count - transaction->sent;
		uint64_t x[FFA_REGISTERS];
		struct ffa_reaction reaction;
		struct ffa_delivery delivery;

		count = count < full ? count : full;
		for (uint32_t i = 0; i < count; i++)
			ffa_ranges_write(&nonsense, 1, ffa->tx + (size_t)i * FFA_RANGE_SIZE);
		fragment_call(transaction, count * FFA_RANGE_SIZE, x);
		reaction = converse(call, x);
		delivery = judge(call, transaction, FFA_MEM_FRAG_TX, &reaction, x,
				 transaction->sent + count);
		if (delivery.kind == FFA_DELIVERED)
			transaction->sent += count;
		else if (delivery.kind == FFA_REFUSED && busy(delivery.error))
			tries--;
		else
			return delivery;
	}
	return tries > 0U ? delivered : unclear;
}
