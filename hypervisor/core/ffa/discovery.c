/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller asks about the mediator itself: version, features, identifiers. */
#include "mediator.h"

#define QUERY_FUNCTION 0x80000000U /* FFA_FEATURES: w1 names a function, not a feature */

void ffa_handle_version(struct ffa_call *call)
{
	struct ffa *ffa = call->ffa;
	struct ffa_endpoint *caller = call->caller;
	uint32_t w1 = ffa_word(call, 1), w2 = ffa_word(call, 2);
	struct ffa_answer answer;
	bool changed, locked;

	ffa->environment->lock(ffa->context, &caller->lock);
	/* what a kernel before this one left does not bind the first choice of this one */
	locked =
	    caller->version != 0U &&
	    (caller->holds != 0U || __atomic_load_n(&caller->transactions, __ATOMIC_RELAXED) != 0U);
	answer = ffa_version_answer(ffa->version, caller->version, locked, w1, w2);
	changed = caller->version != answer.version;
	__atomic_store_n(&caller->version, answer.version, __ATOMIC_RELAXED);
	ffa->environment->unlock(ffa->context, &caller->lock);
	ffa_reply(call, answer.w0, 0);
	if (changed) {
		struct ffa_event event = {
		    .kind = FFA_EVENT_VERSION,
		    .endpoint = caller->id,
		    .fid = FFA_VERSION,
		    .value = {w1, answer.w0, answer.version},
		};

		ffa->environment->event(ffa->context, &event);
	}
}

/* First word of a function's properties, for a caller that is served with it. */
static uint32_t properties_of(const struct ffa_call *call, uint32_t fid)
{
	/*
	 * Buffers start and end with pages of 4 KiB, whatever firmware wants of ours. The largest
	 * number of them came with 1.2; older clients compare the whole word.
	 */
	if ((fid & ~FFA_64) == FFA_RXTX_MAP && call->version >= FFA_VERSION_1_2)
		return FFA_PAGES_MAX << FFA_RXTX_MAX_SHIFT | FFA_RXTX_SIZE_4K;
	return 0;
}

void ffa_handle_features(struct ffa_call *call)
{
	uint32_t query = ffa_word(call, 1);

	uint32_t interrupt;

	/* Feature identifiers (interrupts of notifications, 1.3's flags) have bit 31 clear. */
	if ((query & QUERY_FUNCTION) != 0U && ffa_serves(call->ffa, call->version, query))
		ffa_reply(call, FFA_SUCCESS, properties_of(call, query));
	else if (ffa_notification_feature(call->ffa, call->version, query, &interrupt))
		ffa_reply(call, FFA_SUCCESS, interrupt);
	else
		ffa_reply_error(call, FFA_NOT_SUPPORTED);
}

void ffa_handle_id_get(struct ffa_call *call)
{
	ffa_reply(call, FFA_SUCCESS, call->caller->id);
}

void ffa_handle_spm_id_get(struct ffa_call *call)
{
	ffa_reply(call, FFA_SUCCESS, call->ffa->spm_id);
}
