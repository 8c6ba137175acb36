/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RX and TX: those of an endpoint, which firmware never sees, and those towards firmware, which no
 * endpoint does.
 *
 *   FREE ----- begin ----> FILLING ---- commit ----> ENDPOINT ---- FFA_RX_RELEASE ----> FREE
 *                             `-------- cancel ----> FREE
 *
 * Where firmware delivers indirect messages it has a shadow of the pair, and says itself who may
 * fill RX: an endpoint's RX is not filled before FFA_RX_ACQUIRE, and firmware hears of each
 * release.
 */
#include "mediator.h"

#include <string.h>

#define COUNT_MASK FFA_RXTX_PAGES_MASK /* w3 of FFA_RXTX_MAP; what lies above must be zero */

/* Endpoint RX/TX descriptor: head, padding to 16, and a composite of one range for each. */
#define SHADOW_RX   16U
#define SHADOW_TX   (SHADOW_RX + FFA_COMPOSITE_SIZE + FFA_RANGE_SIZE)
#define SHADOW_SIZE (SHADOW_TX + FFA_COMPOSITE_SIZE + FFA_RANGE_SIZE)

/* ---- an endpoint's buffers as a state ---- */

static void lock(const struct ffa *ffa, struct ffa_endpoint *endpoint)
{
	ffa->environment->lock(ffa->context, &endpoint->lock);
}

static void unlock(const struct ffa *ffa, struct ffa_endpoint *endpoint)
{
	ffa->environment->unlock(ffa->context, &endpoint->lock);
}

/* Nobody unmaps them until unuse(). */
static enum ffa_error use(struct ffa_call *call, struct ffa_buffers *seen)
{
	struct ffa_buffers *buffers = &call->caller->buffers;
	enum ffa_error error = FFA_OK;

	lock(call->ffa, call->caller);
	if (buffers->changing)
		error = FFA_BUSY;
	else if (buffers->pages == 0U)
		error = FFA_INVALID_PARAMETERS;
	else
		buffers->users++;
	*seen = *buffers;
	unlock(call->ffa, call->caller);
	return error;
}

static void unuse(struct ffa_call *call)
{
	lock(call->ffa, call->caller);
	call->caller->buffers.users--;
	unlock(call->ffa, call->caller);
}

enum ffa_error ffa_tx_read(struct ffa_call *call, uint32_t size)
{
	struct ffa *ffa = call->ffa;
	struct ffa_buffers seen;
	enum ffa_error error = use(call, &seen);

	if (error != FFA_OK)
		return error;
	if (size > seen.pages * FFA_PAGE)
		error = FFA_INVALID_PARAMETERS;
	for (uint32_t at = 0; error == FFA_OK && at < size; at += FFA_PAGE)
		ffa->environment->caller_read(ffa->context, call->caller->id, ffa->snapshot + at,
					      seen.tx + at,
					      size - at < FFA_PAGE ? size - at : FFA_PAGE);
	unuse(call);
	return error;
}

/* FFA_RX_ACQUIRE, FFA_RX_RELEASE for the caller. */
static struct ffa_reaction tell_of_rx(struct ffa_call *call, uint32_t fid)
{
	uint64_t x[FFA_REGISTERS] = {fid, call->caller->id};

	return ffa_firmware(call, x);
}

static enum ffa_error begin(struct ffa_call *call, uint32_t *size, bool relayed)
{
	struct ffa_buffers *buffers = &call->caller->buffers;
	bool registered = false;
	enum ffa_error error = FFA_OK;

	lock(call->ffa, call->caller);
	if (buffers->pages == 0U || buffers->changing || buffers->rx_state != FFA_RX_FREE) {
		error = FFA_BUSY;
	} else {
		buffers->rx_state = FFA_RX_FILLING;
		buffers->users++;
		buffers->relayed = relayed;
		registered = buffers->registered;
		*size = buffers->pages * FFA_PAGE;
	}
	unlock(call->ffa, call->caller);
	if (error != FFA_OK || relayed || !registered ||
	    tell_of_rx(call, FFA_RX_ACQUIRE).kind == FFA_ANSWERED_SUCCESS)
		return error;
	/* there is a message in it that the endpoint has not fetched */
	lock(call->ffa, call->caller);
	buffers->rx_state = FFA_RX_FREE;
	buffers->users--;
	unlock(call->ffa, call->caller);
	return FFA_BUSY;
}

enum ffa_error ffa_rx_begin(struct ffa_call *call, uint32_t *size)
{
	return begin(call, size, false);
}

enum ffa_error ffa_rx_begin_relayed(struct ffa_call *call, uint32_t *size)
{
	return begin(call, size, true);
}

void ffa_rx_write(struct ffa_call *call, uint32_t offset, const void *from, uint32_t size)
{
	struct ffa *ffa = call->ffa;
	uint64_t rx = call->caller->buffers.rx; /* constant while it is used */
	const uint8_t *bytes = from;

	while (size > 0U) {
		uint32_t part = FFA_PAGE - offset % FFA_PAGE;

		if (part > size)
			part = size;
		ffa->environment->caller_write(ffa->context, call->caller->id, rx + offset, bytes,
					       part);
		offset += part;
		bytes += part;
		size -= part;
	}
}

void ffa_rx_commit(struct ffa_call *call)
{
	lock(call->ffa, call->caller);
	call->caller->buffers.rx_state = FFA_RX_ENDPOINT;
	call->caller->buffers.users--;
	unlock(call->ffa, call->caller);
}

void ffa_rx_cancel(struct ffa_call *call)
{
	/* what was relayed stays firmware's to deliver; what was acquired goes back */
	if (call->caller->buffers.registered && !call->caller->buffers.relayed)
		(void)tell_of_rx(call, FFA_RX_RELEASE);
	lock(call->ffa, call->caller);
	call->caller->buffers.rx_state = FFA_RX_FREE;
	call->caller->buffers.users--;
	unlock(call->ffa, call->caller);
}

/* ---- shadows ---- */

/* A composite of one range as four-byte words: page and range count; address, pages. */
static void put_range(uint32_t *words, uint64_t physical, uint32_t pages)
{
	words[0] = pages;
	words[1] = 1;
	words[4] = (uint32_t)physical;
	words[5] = (uint32_t)(physical >> 32);
	words[6] = pages;
}

/*
 * DEN0077A 13.7: FFA_RXTX_MAP with no addresses, and in our TX the endpoint and its buffers. All of
 * it is little-endian, as this is.
 */
static struct ffa_reaction map_shadow(struct ffa *ffa, uint16_t endpoint, unsigned cpu)
{
	const struct ffa_environment *environment = ffa->environment;
	uint32_t words[SHADOW_SIZE / 4U] = {endpoint, SHADOW_RX, SHADOW_TX};
	uint64_t x[FFA_REGISTERS] = {FFA_RXTX_MAP | FFA_64};
	uint32_t pages = ffa->buffer_size / FFA_PAGE;

	put_range(words + SHADOW_RX / 4U, environment->physical(ffa->context, ffa->shadow_rx),
		  pages);
	put_range(words + SHADOW_TX / 4U, environment->physical(ffa->context, ffa->shadow_tx),
		  pages);
	memcpy(ffa->tx, words, SHADOW_SIZE);
	return ffa_ask_for(ffa, endpoint, cpu, x);
}

static struct ffa_reaction unmap_shadow(struct ffa *ffa, uint16_t endpoint, unsigned cpu)
{
	uint64_t x[FFA_REGISTERS] = {FFA_RXTX_UNMAP, (uint64_t)endpoint << 16};

	return ffa_ask_for(ffa, endpoint, cpu, x);
}

/* What somebody left there under this identifier is taken away, once. The gate is held. */
static enum ffa_error register_shadow(struct ffa *ffa, uint16_t endpoint, unsigned cpu)
{
	struct ffa_reaction reaction = map_shadow(ffa, endpoint, cpu);

	if (reaction.kind == FFA_ANSWERED_ERROR && reaction.error == FFA_DENIED &&
	    unmap_shadow(ffa, endpoint, cpu).kind == FFA_ANSWERED_SUCCESS)
		reaction = map_shadow(ffa, endpoint, cpu);
	if (reaction.kind == FFA_ANSWERED_SUCCESS)
		return FFA_OK;
	return reaction.kind == FFA_ANSWERED_ERROR ? reaction.error : FFA_ABORTED;
}

bool ffa_buffers_try_shadow(struct ffa *ffa, const struct ffa_endpoint *endpoint)
{
	return register_shadow(ffa, endpoint->id, 0) == FFA_OK &&
	       unmap_shadow(ffa, endpoint->id, 0).kind == FFA_ANSWERED_SUCCESS;
}

/* ---- FFA_RXTX_MAP, FFA_RXTX_UNMAP ---- */

static enum ffa_error pin(struct ffa_call *call, uint64_t tx, uint64_t rx, uint32_t pages,
			  enum ffa_transition transition)
{
	const struct ffa_range ranges[2] = {{.base = tx, .pages = pages},
					    {.base = rx, .pages = pages}};
	uint32_t refused;

	return call->ffa->environment->pages(call->ffa->context, call->caller->id, transition,
					     ranges, 2, call->fid, &refused);
}

/* B1, B2: neither RX nor TX wraps, and they do not overlap. */
static bool buffers_fit(uint64_t tx, uint64_t rx, uint32_t count)
{
	uint64_t size = (uint64_t)count * FFA_PAGE;

	return count != 0U && count <= FFA_PAGES_MAX && (tx | rx) % FFA_PAGE == 0U &&
	       tx <= UINT64_MAX - size && rx <= UINT64_MAX - size &&
	       (tx >= rx + size || rx >= tx + size);
}

/* The version cannot change from here on: layouts in the buffers depend on it. */
static enum ffa_error begin_map(struct ffa_call *call)
{
	struct ffa_buffers *buffers = &call->caller->buffers;
	enum ffa_error error = FFA_OK;

	lock(call->ffa, call->caller);
	if (buffers->pages != 0U) {
		error = FFA_DENIED;
	} else if (buffers->changing) {
		error = FFA_BUSY;
	} else {
		buffers->changing = true;
		call->caller->holds++;
	}
	unlock(call->ffa, call->caller);
	return error;
}

static void end_map(struct ffa_call *call, const struct ffa_buffers *mapped)
{
	lock(call->ffa, call->caller);
	call->caller->buffers = *mapped;
	if (mapped->pages == 0U)
		call->caller->holds--;
	unlock(call->ffa, call->caller);
}

static enum ffa_error register_caller(struct ffa_call *call)
{
	enum ffa_error error;

	if (!ffa_gate_enter(call))
		return FFA_BUSY;
	error = register_shadow(call->ffa, call->caller->id, call->cpu);
	ffa_gate_leave(call);
	return error;
}

void ffa_handle_rxtx_map(struct ffa_call *call)
{
	uint64_t tx = ffa_argument(call, 1), rx = ffa_argument(call, 2);
	uint32_t count = ffa_word(call, 3);
	struct ffa_buffers mapped = {.pages = 0};
	enum ffa_error error;

	if ((count & ~COUNT_MASK) != 0U || !buffers_fit(tx, rx, count)) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	error = begin_map(call);
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	error = pin(call, tx, rx, count, FFA_PIN);
	if (error == FFA_OK && call->ffa->shadow_rx != NULL) {
		error = register_caller(call);
		if (error != FFA_OK)
			(void)pin(call, tx, rx, count, FFA_UNPIN);
	}
	if (error == FFA_OK)
		mapped = (struct ffa_buffers){
		    .tx = tx,
		    .rx = rx,
		    .pages = count,
		    .registered = call->ffa->shadow_rx != NULL,
		};
	end_map(call, &mapped);
	ffa_reply_status(call, error);
}

/* Nobody uses them, and `changing` says that nobody will. */
static void unmap(struct ffa_call *call)
{
	const struct ffa_buffers *buffers = &call->caller->buffers;
	const struct ffa_buffers none = {.pages = 0};

	/* what firmware answers changes nothing: the shadows stay ours either way */
	if (buffers->registered)
		(void)unmap_shadow(call->ffa, call->caller->id, call->cpu);
	(void)pin(call, buffers->tx, buffers->rx, buffers->pages, FFA_UNPIN);
	end_map(call, &none);
}

void ffa_handle_rxtx_unmap(struct ffa_call *call)
{
	struct ffa_buffers *buffers = &call->caller->buffers;
	uint32_t w1 = ffa_word(call, 1);
	enum ffa_error error = FFA_OK;

	lock(call->ffa, call->caller);
	if (buffers->pages == 0U || (w1 != 0U && w1 != (uint32_t)call->caller->id << 16))
		error = FFA_INVALID_PARAMETERS;
	else if (buffers->changing || buffers->users != 0U)
		error = FFA_BUSY;
	else
		buffers->changing = true;
	unlock(call->ffa, call->caller);
	if (error == FFA_OK)
		unmap(call);
	ffa_reply_status(call, error);
}

void ffa_buffers_drop(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu)
{
	struct ffa_call call = {.ffa = ffa, .caller = endpoint, .fid = FFA_RXTX_UNMAP, .cpu = cpu};

	if (endpoint->buffers.pages != 0U)
		unmap(&call);
}

/* ---- FFA_RX_RELEASE ---- */

void ffa_handle_rx_release(struct ffa_call *call)
{
	struct ffa_buffers *buffers = &call->caller->buffers;
	bool registered = false, relayed = false;
	uint32_t w1 = ffa_word(call, 1);
	enum ffa_error error = FFA_OK;
	struct ffa_reaction reaction;

	if (w1 != 0U && w1 != call->caller->id) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	lock(call->ffa, call->caller);
	if (buffers->pages == 0U || buffers->changing || buffers->rx_state != FFA_RX_ENDPOINT) {
		error = FFA_DENIED;
	} else {
		registered = buffers->registered;
		relayed = buffers->relayed;
		/* until firmware has heard of it nobody may fill it, and nobody unmap it */
		buffers->rx_state = registered ? FFA_RX_FILLING : FFA_RX_FREE;
		buffers->users += registered ? 1U : 0U;
	}
	unlock(call->ffa, call->caller);
	if (registered) {
		reaction = tell_of_rx(call, FFA_RX_RELEASE);
		/* firmware keeps a message in it whose notification was not fetched */
		if (relayed && reaction.kind == FFA_ANSWERED_ERROR)
			error = reaction.error;
		lock(call->ffa, call->caller);
		buffers->rx_state = error == FFA_OK ? FFA_RX_FREE : FFA_RX_ENDPOINT;
		buffers->users--;
		unlock(call->ffa, call->caller);
	}
	ffa_reply_status(call, error);
}

/* ---- towards firmware ---- */

static struct ffa_reaction map_ours(struct ffa *ffa)
{
	const struct ffa_environment *environment = ffa->environment;
	/* not all implementations have the 32-bit form */
	uint32_t wide = ffa_offered_as(ffa, FFA_RXTX_MAP | FFA_64) ? FFA_64 : 0U;
	uint64_t x[FFA_REGISTERS] = {
	    FFA_RXTX_MAP | wide,
	    environment->physical(ffa->context, ffa->tx),
	    environment->physical(ffa->context, ffa->rx),
	    ffa->buffer_size / FFA_PAGE,
	};

	if (wide == 0U && (x[1] | x[2]) >> 32 != 0U)
		return (struct ffa_reaction){.kind = FFA_ANSWERED_ERROR,
					     .error = FFA_NOT_SUPPORTED};
	return ffa_ask(ffa, x);
}

enum ffa_error ffa_buffers_register(struct ffa *ffa)
{
	uint64_t x[FFA_REGISTERS] = {FFA_RXTX_UNMAP};
	struct ffa_reaction reaction = map_ours(ffa);

	/* a boot loader left its own */
	if (reaction.kind == FFA_ANSWERED_ERROR && reaction.error == FFA_DENIED &&
	    ffa_ask(ffa, x).kind == FFA_ANSWERED_SUCCESS)
		reaction = map_ours(ffa);
	if (reaction.kind == FFA_ANSWERED_SUCCESS)
		return FFA_OK;
	return reaction.kind == FFA_ANSWERED_ERROR ? reaction.error : FFA_ABORTED;
}
