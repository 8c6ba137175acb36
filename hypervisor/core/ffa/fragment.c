/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_MEM_FRAG_TX: the fragments after the first one, from any CPU. A wrong handle or sender leaves
 * everything as it is; a fragment that is wrong in itself ends its transaction.
 */
#include "transaction.h"

/* Decide about the `size` bytes in the snapshot, whose ranges stay in their place. */
static enum ffa_error read(const struct ffa_call *call, const struct ffa_transaction *transaction,
			   uint32_t size, uint64_t *pages)
{
	struct ffa *ffa = call->ffa;
	uint32_t count = size / FFA_RANGE_SIZE, missing;
	struct ffa_verdict verdict =
	    ffa_ranges_read(ffa->snapshot, count, (void *)ffa->snapshot, pages);

	if (verdict.error != FFA_OK)
		return verdict.error;
	missing = transaction->page_count - transaction->pages;
	if (*pages > missing ||
	    (transaction->received + count == transaction->range_count && *pages != missing))
		return FFA_INVALID_PARAMETERS;
	return FFA_OK;
}

static enum ffa_error give(struct ffa_call *call, const struct ffa_transaction *transaction,
			   uint32_t count)
{
	struct ffa *ffa = call->ffa;
	const struct ffa_environment *environment = ffa->environment;
	const struct ffa_range *ranges = (const void *)ffa->snapshot;
	uint32_t refused;
	enum ffa_error error =
	    environment->pages(ffa->context, call->caller->id, ffa_transitions(transaction)->give,
			       ranges, count, call->fid, &refused);

	if (error == FFA_OK && transaction->zeroing)
		environment->zero(ffa->context, call->caller->id, ranges, count);
	return error;
}

/* FFA_OK, or what is answered; then the CPU has the transaction no more. */
static enum ffa_error add(struct ffa_call *call, struct ffa_transaction *transaction, uint32_t size)
{
	struct ffa *ffa = call->ffa;
	uint32_t count = size / FFA_RANGE_SIZE;
	struct ffa_delivery delivery;
	uint64_t pages = 0;
	enum ffa_error error = FFA_INVALID_PARAMETERS;
	bool fits = size != 0U && size % FFA_RANGE_SIZE == 0U &&
		    count <= transaction->range_count - transaction->received;

	if (fits) {
		error = ffa_tx_read(call, size);
		if (error != FFA_OK) {
			/* there is no fragment to judge */
			ffa_transaction_leave(ffa, transaction, FFA_HALF);
			return error;
		}
		error = read(call, transaction, size, &pages);
	}
	if (error == FFA_OK)
		error = give(call, transaction, count);
	if (error == FFA_NO_MEMORY) {
		/* ours, not the caller's fault: it may try again */
		ffa_transaction_leave(ffa, transaction, FFA_HALF);
		return error;
	}
	if (error != FFA_OK) {
		(void)ffa_abort(call, transaction);
		return error;
	}
	ffa_transaction_record(ffa, transaction, (const void *)ffa->snapshot, count, pages);
	delivery = ffa_deliver(call, transaction, NULL);
	return ffa_conclude(call, transaction, &delivery);
}

void ffa_handle_mem_frag_tx(struct ffa_call *call)
{
	uint64_t handle = ffa_pair(ffa_word(call, 1), ffa_word(call, 2));
	uint32_t sender = ffa_word(call, 4);
	struct ffa_transaction *transaction = NULL;
	enum ffa_phase was;
	enum ffa_error error = FFA_INVALID_PARAMETERS;

	/* below a hypervisor the sender is 0, and some name themselves all the same */
	if (sender == 0U || sender == (uint32_t)call->caller->id << 16)
		error = ffa_transaction_claim(call, handle, 1U << FFA_HALF, FFA_SENDING,
					      &transaction, &was);
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	if (!ffa_gate_enter(call)) {
		ffa_transaction_leave(call->ffa, transaction, FFA_HALF);
		ffa_reply_error(call, FFA_BUSY);
		return;
	}
	error = add(call, transaction, ffa_word(call, 3));
	ffa_gate_leave(call);
	if (error == FFA_OK)
		ffa_reply_sent(call, transaction);
	else
		ffa_reply_error(call, error);
}
