/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How memory transactions end: FFA_MEM_RECLAIM, what is given back, what stays in doubt. Always by
 * the mediator's own record: firmware is never asked what was shared.
 */
#include "transaction.h"

#define RECLAIM_FLAGS FFA_FLAG_ZERO /* no firmware in the field takes a time slice */

/* Chunk by chunk, so that a second attempt begins where the first one ended. */
static enum ffa_error move_pages(struct ffa_call *call, struct ffa_transaction *transaction,
				 enum ffa_transition transition, bool done)
{
	struct ffa *ffa = call->ffa;
	uint32_t refused;

	for (uint32_t link = transaction->first; link != 0U;) {
		struct ffa_chunk *chunk = ffa_chunk_at(ffa, link);
		enum ffa_error error = FFA_OK;

		if (chunk->count != 0U)
			error = ffa->environment->pages(ffa->context, transaction->owner->id,
							transition, chunk->range, chunk->count,
							call->fid, &refused);
		if (error != FFA_OK)
			return error;
		if (done)
			chunk->count = 0;
		link = chunk->next;
	}
	return FFA_OK;
}

static void zero_pages(struct ffa_call *call, const struct ffa_transaction *transaction)
{
	struct ffa *ffa = call->ffa;

	for (uint32_t link = transaction->first; link != 0U;) {
		const struct ffa_chunk *chunk = ffa_chunk_at(ffa, link);

		ffa->environment->zero(ffa->context, transaction->owner->id, chunk->range,
				       chunk->count);
		link = chunk->next;
	}
}

static void tell(struct ffa_call *call, const struct ffa_transaction *transaction,
		 enum ffa_event_kind kind)
{
	struct ffa *ffa = call->ffa;
	struct ffa_event event = {
	    .kind = kind,
	    .endpoint = transaction->owner->id,
	    .fid = call->fid,
	    .value = {0, transaction->pages, transaction->handle},
	};

	if (transaction->first != 0U)
		event.value[0] = ffa_chunk_at(ffa, transaction->first)->range[0].base;
	ffa->environment->event(ffa->context, &event);
}

static enum ffa_error give_back(struct ffa_call *call, struct ffa_transaction *transaction)
{
	const struct ffa_transitions *transitions = ffa_transitions(transaction);
	struct ffa *ffa = call->ffa;
	enum ffa_error error =
	    move_pages(call, transaction,
		       transaction->doubtful ? transitions->clear : transitions->take, true);

	if (error != FFA_OK) {
		ffa_transaction_leave(ffa, transaction, FFA_RETURNING);
		return FFA_NO_MEMORY;
	}
	if (transaction->doubtful) {
		__atomic_fetch_sub(&ffa->doubtful, 1U, __ATOMIC_RELAXED);
		tell(call, transaction, FFA_EVENT_CLEARED);
	}
	ffa_transaction_end(ffa, transaction);
	return FFA_OK;
}

enum ffa_error ffa_give_back(struct ffa_call *call, struct ffa_transaction *transaction, bool zero)
{
	if (zero)
		zero_pages(call, transaction);
	return give_back(call, transaction);
}

void ffa_doubt(struct ffa_call *call, struct ffa_transaction *transaction)
{
	if (!transaction->doubtful) {
		transaction->doubtful = true;
		__atomic_fetch_add(&call->ffa->doubtful, 1U, __ATOMIC_RELAXED);
		if (transaction->sharing != FFA_DONATING)
			(void)move_pages(call, transaction, ffa_transitions(transaction)->doubt,
					 false);
		tell(call, transaction, FFA_EVENT_DOUBT);
	}
	ffa_transaction_leave(call->ffa, transaction, FFA_LOST);
}

void ffa_return_late(struct ffa_call *call)
{
	struct ffa *ffa = call->ffa;
	struct ffa_transaction *transaction;
	uint32_t index = 0;

	if (__atomic_load_n(&ffa->returning, __ATOMIC_RELAXED) == 0U)
		return;
	while ((transaction = ffa_transaction_next(ffa, call->caller, FFA_RETURNING, UINT64_MAX,
						   &index)) != NULL)
		(void)give_back(call, transaction);
}

/* Firmware said no, or nobody knows: the record is the store's again. */
static enum ffa_error reclaim_failed(struct ffa_call *call, struct ffa_transaction *transaction,
				     enum ffa_phase was, const struct ffa_delivery *delivery)
{
	/* another transaction got this handle meanwhile: who has these pages? (M13) */
	if (delivery->kind == FFA_REFUSED && ffa_transaction_resume(call->ffa, transaction, was))
		return delivery->error;
	ffa_doubt(call, transaction);
	return FFA_ABORTED;
}

void ffa_handle_mem_reclaim(struct ffa_call *call)
{
	const uint32_t from =
	    1U << FFA_HALF | 1U << FFA_LIVE | 1U << FFA_LOST | 1U << FFA_RETURNING;
	uint32_t flags = ffa_word(call, 3);
	struct ffa_delivery delivery = {.kind = FFA_DELIVERED};
	struct ffa_transaction *transaction = NULL;
	enum ffa_phase was = FFA_UNUSED;
	enum ffa_error error = FFA_INVALID_PARAMETERS;

	if ((flags & ~RECLAIM_FLAGS) == 0U)
		error = ffa_transaction_claim(call, ffa_pair(ffa_word(call, 1), ffa_word(call, 2)),
					      from, FFA_RECLAIMING, &transaction, &was);
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	if (was != FFA_RETURNING)
		delivery = ffa_deliver_reclaim(call, transaction);
	if (delivery.kind == FFA_DELIVERED)
		error = ffa_give_back(call, transaction, (flags & FFA_FLAG_ZERO) != 0U);
	else
		error = reclaim_failed(call, transaction, was, &delivery);
	ffa_reply_status(call, error);
}
