/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half-sent transactions that nobody will finish. The standard has no call that ends one; reclaim
 * does where firmware is kind, and a last fragment that it must refuse does elsewhere.
 */
#include "transaction.h"

enum ffa_error ffa_abort(struct ffa_call *call, struct ffa_transaction *transaction)
{
	struct ffa *ffa = call->ffa;
	struct ffa_delivery delivery = ffa_deliver_reclaim(call, transaction);

	if (delivery.kind == FFA_REFUSED) {
		delivery = ffa_deliver_nonsense(call, transaction);
		if (delivery.kind == FFA_REFUSED)
			delivery.kind = FFA_DELIVERED; /* and dropped with it */
		else if (delivery.kind == FFA_DELIVERED)
			delivery = ffa_deliver_reclaim(call, transaction);
	}
	if (delivery.kind == FFA_DELIVERED) {
		(void)ffa_give_back(call, transaction, false);
		return FFA_OK;
	}
	struct ffa_event event = {
	    .kind = FFA_EVENT_HALF_SENT,
	    .endpoint = transaction->owner->id,
	    .fid = call->fid,
	    .value = {transaction->handle, transaction->pages, 0},
	};

	ffa_transaction_strand(ffa, transaction);
	ffa_doubt(call, transaction);
	ffa->environment->event(ffa->context, &event);
	return FFA_ABORTED;
}

void ffa_abort_old(struct ffa_call *call)
{
	struct ffa *ffa = call->ffa;
	uint64_t life, now;
	struct ffa_transaction *transaction;
	uint32_t index = 0;

	if (__atomic_load_n(&call->caller->half_sent, __ATOMIC_RELAXED) < FFA_HALF_SENT_MAX)
		return;
	life = FFA_HALF_SENT_LIFE * ffa->environment->frequency(ffa->context);
	now = ffa->environment->time(ffa->context);
	if (now < life)
		return;
	transaction = ffa_transaction_next(ffa, call->caller, FFA_HALF, now - life, &index);
	if (transaction != NULL)
		(void)ffa_abort(call, transaction);
}

void ffa_transactions_abandon(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu)
{
	struct ffa_call call = {.ffa = ffa, .caller = endpoint, .fid = FFA_MEM_RECLAIM, .cpu = cpu};
	struct ffa_transaction *transaction;
	uint32_t index = 0;

	if (__atomic_load_n(&endpoint->half_sent, __ATOMIC_RELAXED) == 0U)
		return;
	/* if another CPU does not come back from firmware they stay, and grow old */
	if (!ffa_gate_enter(&call))
		return;
	while ((transaction = ffa_transaction_next(ffa, endpoint, FFA_HALF, UINT64_MAX, &index)) !=
	       NULL)
		(void)ffa_abort(&call, transaction);
	ffa_gate_leave(&call);
}
