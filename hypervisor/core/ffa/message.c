/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct messages and CPU cycles (DEN0077A 1.2, chapters 7, 8 and 15): requests of an endpoint to
 * secure partitions, and what comes back of them.
 *
 * No lock is held and nothing is shared on the way of a request that is answered at once. What was
 * preempted is remembered with its endpoint until FFA_RUN takes it up again, so that the answer is
 * held against the request that it belongs to.
 */
#include "mediator.h"

#include <string.h>

#define PAYLOAD   3U /* first register of it: MSG_SEND_DIRECT_REQ */
#define PAYLOAD_2 4U /* MSG_SEND_DIRECT_REQ2 */

static uint32_t swapped(uint32_t pair)
{
	return pair << 16 | pair >> 16;
}

/* Is `pair` from the caller and for somebody of the other world? Who exists there firmware knows.
 */
static bool right_pair(const struct ffa_endpoint *caller, uint32_t pair)
{
	return pair >> 16 == caller->id && (pair & FFA_ID_SECURE) != 0U;
}

/* ---- what was preempted ---- */

static struct ffa_preempted *find_preempted(struct ffa_endpoint *caller, uint32_t target)
{
	for (uint32_t i = 0; i < caller->preempted_count; i++)
		if (caller->preempted[i].target == target)
			return &caller->preempted[i];
	return NULL;
}

static void remember(struct ffa_call *call, const struct ffa_preempted *record)
{
	struct ffa_endpoint *caller = call->caller;
	const struct ffa_environment *environment = call->ffa->environment;
	struct ffa_preempted *old;

	environment->lock(call->ffa->context, &caller->lock);
	old = find_preempted(caller, record->target);
	if (old != NULL)
		*old = *record;
	else if (caller->preempted_count < FFA_PREEMPTED_MAX)
		caller->preempted[caller->preempted_count++] = *record;
	else
		caller->preempted_lost = true;
	environment->unlock(call->ffa->context, &caller->lock);
}

/*
 * The record of `target`, which is gone then: it is taken up on this CPU. FFA_DENIED when a context
 * that is bound to the CPU of its preemption would be taken up on another: partitions with one
 * context migrate, those with several do not (8.2).
 */
static enum ffa_error take_up(struct ffa_call *call, uint32_t target, bool migrates,
			      struct ffa_preempted *out)
{
	struct ffa_endpoint *caller = call->caller;
	const struct ffa_environment *environment = call->ffa->environment;
	struct ffa_preempted *record;
	enum ffa_error error = FFA_OK;

	*out = (struct ffa_preempted){
	    .target = target,
	    .destination = (uint16_t)(target >> 16),
	    .response = FFA_RESPONSE_NONE,
	    .cpu = (uint8_t)call->cpu,
	};
	environment->lock(call->ffa->context, &caller->lock);
	record = find_preempted(caller, target);
	if (record == NULL) {
		if (caller->preempted_lost)
			out->response = FFA_RESPONSE_ANY;
	} else if (record->cpu != call->cpu && !migrates) {
		error = FFA_DENIED;
	} else {
		*out = *record;
		out->cpu = (uint8_t)call->cpu;
		*record = caller->preempted[--caller->preempted_count];
	}
	environment->unlock(call->ffa->context, &caller->lock);
	return error;
}

/* ---- what comes back ---- */

static uint32_t response_fid(enum ffa_response response)
{
	switch (response) {
	case FFA_RESPONSE_32:
		return FFA_MSG_SEND_DIRECT_RESP;
	case FFA_RESPONSE_64:
		return FFA_MSG_SEND_DIRECT_RESP | FFA_64;
	case FFA_RESPONSE_2:
		return FFA_MSG_SEND_DIRECT_RESP2 | FFA_64;
	default:
		return 0;
	}
}

static bool is_response(uint32_t fid)
{
	return fid == FFA_MSG_SEND_DIRECT_RESP || fid == (FFA_MSG_SEND_DIRECT_RESP | FFA_64) ||
	       fid == (FFA_MSG_SEND_DIRECT_RESP2 | FFA_64);
}

/* Firmware did what its function does not allow: the caller learns that, and nothing else. */
static void strange(struct ffa_call *call, uint32_t fid, const uint64_t x[FFA_REGISTERS])
{
	ffa_firmware_strange(call, fid, x);
	ffa_reply_error(call, FFA_ABORTED);
}

/* The response of `from`, which has the form that was asked for; `x` as firmware left it. */
static void reply_response(struct ffa_call *call, uint16_t from, const uint64_t x[FFA_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0];

	ffa_reply(call, fid, 0);
	call->x[1] = (uint32_t)from << 16 | call->caller->id;
	if (fid == (FFA_MSG_SEND_DIRECT_RESP2 | FFA_64)) {
		for (unsigned n = PAYLOAD_2; n < FFA_REGISTERS; n++)
			call->x[n] = x[n];
		return;
	}
	for (unsigned n = PAYLOAD; n < FFA_MESSAGE_REGISTERS; n++)
		call->x[n] = (fid & FFA_64) != 0U ? x[n] : (uint32_t)x[n];
}

/* A partition waits for FFA_RUN: `name` says why, w1 whom to name in it. */
static void reply_waiting(struct ffa_call *call, uint32_t name, uint32_t fid,
			  const struct ffa_preempted *request, const uint64_t x[FFA_REGISTERS])
{
	uint32_t w[8] = {name, (uint32_t)x[1]};
	struct ffa_preempted record = *request;

	if ((w[1] >> 16 & FFA_ID_SECURE) == 0U) {
		strange(call, fid, x); /* nobody whom the caller could give cycles to */
		return;
	}
	record.target = w[1];
	remember(call, &record);
	/* for how long: 1.1 and later; the interrupt itself is of no partition's business */
	if (name == FFA_YIELD && call->version >= FFA_VERSION_1_1) {
		w[2] = (uint32_t)x[2];
		w[3] = (uint32_t)x[3];
	}
	ffa_reply_words(call, w);
}

/*
 * Firmware came back from `fid` with `x`, which worked for `request`: the reply to the caller.
 */
static void reply_of(struct ffa_call *call, uint32_t fid, struct ffa_reaction reaction,
		     const struct ffa_preempted *request, const uint64_t x[FFA_REGISTERS])
{
	enum ffa_response response = (enum ffa_response)request->response;
	uint32_t pair = (uint32_t)request->destination << 16 | call->caller->id;

	switch (reaction.kind) {
	case FFA_ANSWERED_ERROR:
		ffa_reply_error(call, reaction.error);
		return;
	case FFA_ANSWERED_STRANGE:
		ffa_reply_error(call, FFA_ABORTED); /* counted already */
		return;
	case FFA_ANSWERED_SUCCESS:
		strange(call, fid, x);
		return;
	case FFA_ANSWERED_OTHER:
		break;
	}
	/* 1.3 gives these three 64-bit forms; what they say has 32 bits in either */
	switch (reaction.fid & ~FFA_64) {
	case FFA_INTERRUPT:
	case FFA_YIELD:
		reply_waiting(call, reaction.fid & ~FFA_64, fid, request, x);
		return;
	case FFA_MSG_WAIT:
		if (fid == FFA_RUN) {
			uint32_t w[8] = {FFA_MSG_WAIT, request->target};

			ffa_reply_words(call, w);
			return;
		}
		break;
	default:
		if (is_response(reaction.fid) && (uint32_t)x[1] == pair &&
		    ((uint32_t)x[2] & FFA_MESSAGE_FRAMEWORK) == 0U &&
		    (response == FFA_RESPONSE_ANY || reaction.fid == response_fid(response))) {
			reply_response(call, request->destination, x);
			return;
		}
		break;
	}
	strange(call, fid, x);
}

/* ---- requests ---- */

/*
 * Anything but the response in its plainest form: what the flight was about says the rest. `x` are
 * the registers as firmware left them, and the reply.
 */
static __attribute__((noinline)) void answer_otherwise(uint64_t x[FFA_REGISTERS],
						       const struct ffa_flight *flight)
{
	struct ffa_call call = {
	    .ffa = flight->ffa,
	    .caller = flight->caller,
	    .x = x,
	    .fid = flight->fid,
	    .version = __atomic_load_n(&flight->caller->version, __ATOMIC_RELAXED),
	    .cpu = (unsigned)(flight - flight->ffa->flight),
	};
	const struct ffa_preempted request = {
	    .destination = (uint16_t)flight->w1,
	    .response = (call.fid & FFA_64) != 0U ? FFA_RESPONSE_64 : FFA_RESPONSE_32,
	    .cpu = (uint8_t)call.cpu,
	};
	uint64_t answer[FFA_REGISTERS] = {0};

	memcpy(answer, x, FFA_MESSAGE_REGISTERS * sizeof(x[0]));
	reply_of(&call, call.fid, ffa_firmware_read(&call, call.fid, answer), &request, answer);
}

/* Framework messages are the hypervisor's, and the other bits of w2 are reserved. */
static inline bool fits_direct(const struct ffa_endpoint *caller, const uint64_t x[FFA_REGISTERS])
{
	return right_pair(caller, (uint32_t)x[1]) && (uint32_t)x[2] == 0U;
}

/*
 * What goes down is what was checked: the caller's own registers are the arguments and the reply,
 * and firmware_message() sees to the width of x3..x7 and keeps x8..x17 out of it.
 */
void ffa_direct(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu,
		uint64_t x[FFA_REGISTERS])
{
	uint32_t pair = (uint32_t)x[1];
	struct ffa_flight *flight;

	if (!fits_direct(caller, x) || !ffa->direct ||
	    __atomic_load_n(&caller->version, __ATOMIC_RELAXED) == 0U) {
		ffa_call(ffa, caller, cpu, x);
		return;
	}
	x[0] &= (uint32_t)~FFA_HINT;
	x[1] = pair;
	x[2] = 0;
	flight = ffa_flight(ffa, caller, cpu, (uint32_t)x[0], pair);
	ffa->environment->firmware_message(ffa->context, x, &flight->since);
	/* the plainest form, which all firmware uses: nothing above the words, no flags */
	if (x[0] != flight->fid + (uint64_t)(FFA_MSG_SEND_DIRECT_RESP - FFA_MSG_SEND_DIRECT_REQ) ||
	    x[1] != swapped(flight->w1) || x[2] != 0U)
		answer_otherwise(x, flight);
}

/* The way of embedders that have no firmware_message(). */
void ffa_handle_direct_request(struct ffa_call *call)
{
	uint32_t pair = ffa_word(call, 1);
	const struct ffa_preempted request = {
	    .destination = (uint16_t)pair,
	    .response = ffa_wide(call) ? FFA_RESPONSE_64 : FFA_RESPONSE_32,
	    .cpu = (uint8_t)call->cpu,
	};
	uint64_t x[FFA_REGISTERS] = {call->fid, pair};

	if (!fits_direct(call->caller, call->x)) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	for (unsigned n = PAYLOAD; n < FFA_MESSAGE_REGISTERS; n++)
		x[n] = ffa_argument(call, n);
	reply_of(call, call->fid, ffa_firmware(call, x), &request, x);
}

/* x2 and x3 name a service of the destination, x4..x17 are the message. */
void ffa_handle_direct_request2(struct ffa_call *call)
{
	uint32_t pair = ffa_word(call, 1);
	const struct ffa_preempted request = {
	    .destination = (uint16_t)pair,
	    .response = FFA_RESPONSE_2,
	    .cpu = (uint8_t)call->cpu,
	};
	uint64_t x[FFA_REGISTERS];

	if (!right_pair(call->caller, pair)) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	memcpy(x, call->x, sizeof(x));
	x[0] = call->fid;
	x[1] = pair;
	reply_of(call, call->fid, ffa_firmware(call, x), &request, x);
}

/* ---- cycles ---- */

void ffa_handle_run(struct ffa_call *call)
{
	uint64_t x[FFA_REGISTERS] = {FFA_RUN, ffa_word(call, 1)};
	uint16_t partition = (uint16_t)(x[1] >> 16), context = (uint16_t)x[1];
	const struct ffa_partition *known = ffa_partition_find(call->ffa, partition);
	struct ffa_preempted request;
	struct ffa_reaction reaction;
	enum ffa_error error;

	if ((partition & FFA_ID_SECURE) == 0U || (known != NULL && context >= known->contexts)) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	/* of a partition that nobody listed firmware alone knows how it may move */
	error = take_up(call, (uint32_t)x[1], known == NULL || known->contexts == 1U, &request);
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	reaction = ffa_firmware(call, x);
	/* a request that could not go on now is still there */
	if (request.response != FFA_RESPONSE_NONE && reaction.kind == FFA_ANSWERED_ERROR &&
	    reaction.error != FFA_ABORTED)
		remember(call, &request);
	reply_of(call, FFA_RUN, reaction, &request, x);
}
