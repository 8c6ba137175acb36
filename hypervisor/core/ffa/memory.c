/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_MEM_SHARE, _LEND and _DONATE: the first fragment, which may be all. Everything is looked at
 * and reserved before the first page moves, and the pages move before firmware hears of them.
 */
#include "transaction.h"

/* Ranges of a fragment: they take the place of the bytes that they were read from. */
struct fragment {
	struct ffa_range *ranges;
	uint32_t count;
	uint64_t pages;
};

/* Can firmware have all of it in one piece, or does it take pieces? */
static bool firmware_can(const struct ffa *ffa, const struct ffa_descriptor *descriptor,
			 bool fragmented)
{
	uint32_t head = ffa_descriptor_size(descriptor, ffa->version);

	if (head + FFA_RANGE_SIZE > ffa->buffer_size)
		return false;
	return ffa_offered(ffa, FFA_MEM_FRAG_TX) ||
	       (!fragmented &&
		descriptor->range_count <= (ffa->buffer_size - head) / FFA_RANGE_SIZE);
}

/* Decide: `size` bytes of `total` are in the snapshot. */
static enum ffa_error read(struct ffa_call *call, uint32_t size, uint32_t total,
			   struct ffa_descriptor *descriptor, struct fragment *fragment)
{
	struct ffa *ffa = call->ffa;
	struct ffa_verdict verdict = ffa_descriptor_read(
	    ffa->snapshot, size, total, call->fid, call->version, call->caller->id, descriptor);

	if (verdict.error != FFA_OK)
		return verdict.error;
	/* no firmware in the field takes a time slice */
	if ((descriptor->flags & FFA_FLAG_TIME_SLICE) != 0U)
		return FFA_INVALID_PARAMETERS;
	fragment->ranges = (void *)(ffa->snapshot + descriptor->ranges);
	fragment->count = (size - descriptor->ranges) / FFA_RANGE_SIZE;
	verdict = ffa_ranges_read(ffa->snapshot + descriptor->ranges, fragment->count,
				  fragment->ranges, &fragment->pages);
	if (verdict.error != FFA_OK)
		return verdict.error;
	if (fragment->pages > descriptor->page_count ||
	    (size == total && fragment->pages != descriptor->page_count))
		return FFA_INVALID_PARAMETERS;
	return firmware_can(ffa, descriptor, size < total) ? FFA_OK : FFA_NO_MEMORY;
}

/* Commit: the pages leave the caller, and firmware hears of them. */
static enum ffa_error commit(struct ffa_call *call, struct ffa_transaction *transaction,
			     struct ffa_descriptor *descriptor, const struct fragment *fragment)
{
	struct ffa *ffa = call->ffa;
	const struct ffa_environment *environment = ffa->environment;
	struct ffa_delivery delivery;
	uint32_t refused;
	enum ffa_error error = FFA_OK;

	if (fragment->count != 0U)
		error = environment->pages(ffa->context, call->caller->id,
					   ffa_transitions(transaction)->give, fragment->ranges,
					   fragment->count, call->fid, &refused);
	if (error != FFA_OK) {
		ffa_transaction_end(ffa, transaction);
		return error;
	}
	ffa_transaction_record(ffa, transaction, fragment->ranges, fragment->count,
			       fragment->pages);
	delivery = ffa_deliver(call, transaction, descriptor);
	if (delivery.kind == FFA_REFUSED && delivery.error == FFA_INVALID_PARAMETERS &&
	    (descriptor->flags & FFA_FLAG_ZERO) != 0U && !transaction->hashed) {
		/* some take no such flag from anybody: then it is done here */
		descriptor->flags &= ~FFA_FLAG_ZERO;
		transaction->zeroing = true;
		environment->zero(ffa->context, call->caller->id, fragment->ranges,
				  fragment->count);
		delivery = ffa_deliver(call, transaction, descriptor);
	}
	return ffa_conclude(call, transaction, &delivery);
}

enum ffa_error ffa_conclude(struct ffa_call *call, struct ffa_transaction *transaction,
			    const struct ffa_delivery *delivery)
{
	if (delivery->kind == FFA_DELIVERED)
		return FFA_OK;
	if (delivery->kind == FFA_UNCLEAR) {
		ffa_doubt(call, transaction);
		return FFA_ABORTED;
	}
	/* firmware may still have the fragments before this one */
	if (transaction->hashed)
		(void)ffa_abort(call, transaction);
	else
		(void)ffa_give_back(call, transaction, false);
	return delivery->error;
}

void ffa_reply_sent(struct ffa_call *call, struct ffa_transaction *transaction)
{
	const bool complete = ffa_complete(transaction);
	const uint32_t low = (uint32_t)transaction->handle;
	const uint32_t high = (uint32_t)(transaction->handle >> 32);
	const uint32_t offset = transaction->head + transaction->received * FFA_RANGE_SIZE;
	struct ffa *ffa = call->ffa;

	if (!complete)
		transaction->since = ffa->environment->time(ffa->context);
	/* from here on another CPU may have it */
	ffa_transaction_leave(ffa, transaction, complete ? FFA_LIVE : FFA_HALF);
	if (complete)
		ffa_reply_words(call, (const uint32_t[8]){FFA_SUCCESS, 0, low, high});
	else
		ffa_reply_words(call, (const uint32_t[8]){FFA_MEM_FRAG_RX, low, high, offset});
}

static enum ffa_error send(struct ffa_call *call, uint32_t size, uint32_t total)
{
	struct ffa_descriptor descriptor;
	struct fragment fragment;
	struct ffa_transaction *transaction;
	enum ffa_error error = ffa_tx_read(call, size);

	if (error == FFA_OK)
		error = read(call, size, total, &descriptor, &fragment);
	if (error != FFA_OK)
		return error;
	ffa_return_late(call);
	if (size < total)
		ffa_abort_old(call);
	error = ffa_transaction_begin(call, &descriptor, size < total, &transaction);
	if (error != FFA_OK)
		return error;
	error = commit(call, transaction, &descriptor, &fragment);
	if (error == FFA_OK)
		ffa_reply_sent(call, transaction);
	return error;
}

void ffa_handle_mem_send(struct ffa_call *call)
{
	uint32_t total = ffa_word(call, 1), size = ffa_word(call, 2);
	enum ffa_error error;

	/* the descriptor is in TX and nowhere else */
	if (ffa_argument(call, 3) != 0U || ffa_word(call, 4) != 0U || size == 0U || size > total) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!ffa_gate_enter(call)) {
		ffa_reply_error(call, FFA_BUSY);
		return;
	}
	error = send(call, size, total);
	ffa_gate_leave(call);
	if (error != FFA_OK)
		ffa_reply_error(call, error);
}
