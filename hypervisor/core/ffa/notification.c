/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications between an endpoint and secure partitions (DEN0077A 1.2, chapter 10). Firmware
 * keeps the bitmaps; the mediator keeps who bound what, so that an endpoint cannot ask for somebody
 * else, and so that a kernel that starts anew begins with nothing.
 *
 * The schedule-receiver interrupt is a physical one that firmware donates and raises: it comes to
 * the first endpoint as all of its interrupts do. A notification-pending interrupt would have to be
 * injected by who manages the endpoint's interrupts. Nobody does that for the first endpoint, so
 * there is none: with the first interrupt it learns of its own notifications too.
 */
#include "mediator.h"

/* FFA_NOTIFICATION_GET */
#define GET_FLAGS                                                                                  \
	(FFA_NOTIFICATIONS_SP | FFA_NOTIFICATIONS_VM | FFA_NOTIFICATIONS_SPM |                     \
	 FFA_NOTIFICATIONS_HYPERVISOR)
#define FRAMEWORK_RX_FULL 1U

/* FFA_NOTIFICATION_INFO_GET: w2, and the identifiers from w3 on. */
#define INFO_MORE        1U
#define INFO_LISTS_SHIFT 7
#define INFO_SIZES_SHIFT 12
#define INFO_FIRST       3U

/* ---- whether there are any ---- */

/* All of them, or none: an endpoint that finds one finds what it needs. */
static void hide(struct ffa *ffa)
{
	for (uint32_t fid = FFA_NOTIFICATION_BITMAP_CREATE; fid <= FFA_NOTIFICATION_INFO_GET;
	     fid++) {
		uint32_t n = (fid & 0xffffU) - FFA_FIRST_NUMBER;

		ffa->offered32[n / 32U] &= ~(1U << n % 32U);
		ffa->offered64[n / 32U] &= ~(1U << n % 32U);
	}
	ffa->schedule_interrupt = 0;
}

static struct ffa_reaction create(struct ffa_call *call)
{
	uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_BITMAP_CREATE, call->caller->id,
				     call->caller->contexts};

	return ffa_firmware(call, x);
}

static struct ffa_reaction destroy(struct ffa_call *call)
{
	uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_BITMAP_DESTROY, call->caller->id};

	return ffa_firmware(call, x);
}

void ffa_notification_open(struct ffa *ffa, struct ffa_endpoint *endpoint)
{
	static const uint32_t needed[] = {
	    FFA_NOTIFICATION_BITMAP_CREATE, FFA_NOTIFICATION_BIND, FFA_NOTIFICATION_UNBIND,
	    FFA_NOTIFICATION_SET,           FFA_NOTIFICATION_GET,  FFA_NOTIFICATION_INFO_GET,
	};
	struct ffa_call call = {.ffa = ffa, .caller = endpoint};
	struct ffa_reaction reaction;
	bool offered = endpoint->contexts != 0U && ffa->version >= FFA_VERSION_1_1;

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		offered = offered && ffa_offered(ffa, needed[i]);
	if (offered) {
		reaction = create(&call);
		/* a boot loader of the same identifier may have left some */
		if (reaction.kind == FFA_ANSWERED_ERROR && reaction.error == FFA_DENIED &&
		    destroy(&call).kind == FFA_ANSWERED_SUCCESS)
			reaction = create(&call);
		endpoint->notifications = reaction.kind == FFA_ANSWERED_SUCCESS;
	}
	if (!endpoint->notifications)
		hide(ffa);
}

bool ffa_notification_feature(const struct ffa *ffa, uint32_t version, uint32_t feature,
			      uint32_t *w2)
{
	if (feature != FFA_FEATURE_SRI || version < FFA_VERSION_1_1 || !ffa->host.notifications ||
	    ffa->schedule_interrupt == 0U)
		return false;
	*w2 = ffa->schedule_interrupt;
	return true;
}

/* ---- who bound what ---- */

/* Of `bitmap`, those bound to `sender`; 0 stands for nobody. The endpoint's lock is held. */
static uint64_t bound_to(const struct ffa_endpoint *endpoint, uint64_t bitmap, uint16_t sender)
{
	uint64_t found = 0;

	for (unsigned bit = 0; bit < 64U; bit++) {
		uint64_t mask = 1ULL << bit;

		if ((bitmap & endpoint->bound & mask) != 0U &&
		    endpoint->bound_sender[bit] == sender)
			found |= mask;
	}
	return found;
}

/* The endpoint's lock is held. */
static void record(struct ffa_endpoint *endpoint, uint64_t bitmap, uint16_t sender, bool bind)
{
	uint64_t before = endpoint->bound;

	for (unsigned bit = 0; bit < 64U; bit++)
		if ((bitmap >> bit & 1U) != 0U)
			endpoint->bound_sender[bit] = bind ? sender : 0U;
	endpoint->bound = bind ? before | bitmap : before & ~bitmap;
	if (before == 0U && endpoint->bound != 0U)
		endpoint->holds++;
	if (before != 0U && endpoint->bound == 0U)
		endpoint->holds--;
}

static void lock(struct ffa_call *call)
{
	call->ffa->environment->lock(call->ffa->context, &call->caller->lock);
}

static void unlock(struct ffa_call *call)
{
	call->ffa->environment->unlock(call->ffa->context, &call->caller->lock);
}

/* w1 of BIND and UNBIND: from a partition of the other world, for the caller. */
static bool right_pair(const struct ffa_call *call, uint32_t pair)
{
	return (pair & 0xffffU) == call->caller->id && (pair >> 16 & FFA_ID_SECURE) != 0U;
}

static struct ffa_reaction forward(struct ffa_call *call, uint32_t fid, uint32_t pair,
				   uint64_t bitmap)
{
	uint64_t x[FFA_REGISTERS] = {fid, pair, 0, (uint32_t)bitmap, bitmap >> 32};

	return ffa_firmware(call, x);
}

/* The caller's status of a call that succeeds or fails; `x` is not looked at. */
static enum ffa_error outcome(struct ffa_call *call, uint32_t fid, struct ffa_reaction reaction)
{
	uint64_t x[FFA_REGISTERS] = {reaction.fid};

	if (reaction.kind == FFA_ANSWERED_SUCCESS)
		return FFA_OK;
	if (reaction.kind == FFA_ANSWERED_ERROR)
		return reaction.error;
	if (reaction.kind == FFA_ANSWERED_OTHER)
		ffa_firmware_strange(call, fid, x);
	return FFA_ABORTED;
}

/*
 * The bits are claimed before firmware hears of them, and given back if it says no: two CPUs cannot
 * both bind one. What is unknown afterwards is taken back; while even that is, they stay claimed.
 */
void ffa_handle_notification_bind(struct ffa_call *call)
{
	uint32_t pair = ffa_word(call, 1);
	uint64_t bitmap = ffa_pair(ffa_word(call, 3), ffa_word(call, 4));
	uint16_t sender = (uint16_t)(pair >> 16);
	struct ffa_reaction reaction;
	enum ffa_error error;
	bool taken;

	/* w2: bit 0 is for each vCPU of the receiver, which is not offered; the others are zero */
	if (!right_pair(call, pair) || bitmap == 0U || ffa_word(call, 2) != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	lock(call);
	taken = (call->caller->bound & bitmap) != 0U;
	if (!taken)
		record(call->caller, bitmap, sender, true);
	unlock(call);
	if (taken) {
		ffa_reply_error(call, FFA_DENIED);
		return;
	}
	reaction = forward(call, FFA_NOTIFICATION_BIND, pair, bitmap);
	error = outcome(call, FFA_NOTIFICATION_BIND, reaction);
	if (error != FFA_OK &&
	    (reaction.kind == FFA_ANSWERED_ERROR ||
	     forward(call, FFA_NOTIFICATION_UNBIND, pair, bitmap).kind <= FFA_ANSWERED_ERROR)) {
		lock(call);
		record(call->caller, bitmap, sender, false);
		unlock(call);
	}
	ffa_reply_status(call, error);
}

void ffa_handle_notification_unbind(struct ffa_call *call)
{
	uint32_t pair = ffa_word(call, 1);
	uint64_t bitmap = ffa_pair(ffa_word(call, 3), ffa_word(call, 4));
	uint16_t sender = (uint16_t)(pair >> 16);
	enum ffa_error error;
	bool bound, busy;

	if (!right_pair(call, pair) || bitmap == 0U || ffa_word(call, 2) != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	lock(call);
	bound = bound_to(call->caller, bitmap, sender) == bitmap;
	busy = bound && (call->caller->unbinding & bitmap) != 0U;
	if (bound && !busy)
		call->caller->unbinding |= bitmap;
	unlock(call);
	if (!bound || busy) {
		ffa_reply_error(call, busy ? FFA_BUSY : FFA_DENIED);
		return;
	}
	error = outcome(call, FFA_NOTIFICATION_UNBIND,
			forward(call, FFA_NOTIFICATION_UNBIND, pair, bitmap));
	lock(call);
	call->caller->unbinding &= ~bitmap;
	if (error == FFA_OK)
		record(call->caller, bound_to(call->caller, bitmap, sender), sender, false);
	unlock(call);
	ffa_reply_status(call, error);
}

/* ---- set and get ---- */

/* w1: from the caller, for a partition of the other world, which knows what it bound. */
void ffa_handle_notification_set(struct ffa_call *call)
{
	uint32_t pair = ffa_word(call, 1);
	uint64_t bitmap = ffa_pair(ffa_word(call, 3), ffa_word(call, 4));

	/* w2: for each vCPU, and the delay of an interrupt that only secure callers may ask for */
	if (pair >> 16 != call->caller->id || (pair & FFA_ID_SECURE) == 0U || bitmap == 0U ||
	    ffa_word(call, 2) != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	ffa_reply_status(call, outcome(call, FFA_NOTIFICATION_SET,
				       forward(call, FFA_NOTIFICATION_SET, pair, bitmap)));
}

/*
 * Firmware is asked for what it keeps. It may not report what the caller never bound. Reading takes
 * notice of what is read, so nothing that was reported is dropped but that.
 */
void ffa_handle_notification_get(struct ffa_call *call)
{
	uint32_t receiver = ffa_word(call, 1), flags = ffa_word(call, 2);
	uint32_t below = flags & (FFA_NOTIFICATIONS_SP | FFA_NOTIFICATIONS_SPM);
	uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_GET, receiver, below};
	uint32_t w[8] = {FFA_SUCCESS};
	uint64_t bitmap, bound;
	enum ffa_error error;

	if ((receiver & 0xffffU) != call->caller->id || receiver >> 16 >= call->caller->contexts ||
	    (flags & ~GET_FLAGS) != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	if (below == 0U) {
		ffa_reply_words(call, w); /* nobody of the normal world sends any */
		return;
	}
	/* bound before or after: others may bind and unbind meanwhile */
	lock(call);
	bound = call->caller->bound;
	unlock(call);
	error = outcome(call, FFA_NOTIFICATION_GET, ffa_firmware(call, x));
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	bitmap =
	    (below & FFA_NOTIFICATIONS_SP) != 0U ? ffa_pair((uint32_t)x[2], (uint32_t)x[3]) : 0U;
	lock(call);
	bound |= call->caller->bound;
	unlock(call);
	if ((bitmap & ~bound) != 0U)
		ffa_firmware_strange(call, FFA_NOTIFICATION_GET, x);
	w[2] = (uint32_t)(bitmap & bound);
	w[3] = (uint32_t)((bitmap & bound) >> 32);
	if ((below & FFA_NOTIFICATIONS_SPM) != 0U && ((uint32_t)x[6] & FRAMEWORK_RX_FULL) != 0U &&
	    ffa_mailbox_deliver(call, x))
		w[6] = FRAMEWORK_RX_FULL;
	ffa_reply_words(call, w);
}

/* ---- who has something pending ---- */

/* An endpoint that the caller can do something for: itself, and those of the other world. */
static bool concerns(const struct ffa_call *call, const struct ffa_notified *notified)
{
	return notified->endpoint == call->caller->id || (notified->endpoint & FFA_ID_SECURE) != 0U;
}

static void put_id(uint64_t x[FFA_MESSAGE_REGISTERS], bool wide, unsigned at, uint16_t id)
{
	unsigned per = wide ? 4U : 2U;

	x[INFO_FIRST + at / per] |= (uint64_t)id << 16U * (at % per);
}

/* The reply, in the form of the call; what that has no room for is announced as «more». */
static void reply_info(struct ffa_call *call, const struct ffa_notified *notified, uint32_t count,
		       bool more)
{
	bool wide = ffa_wide(call);
	unsigned room = wide ? FFA_LISTS_MAX : FFA_LISTS_MAX / 2U, lists = 0, at = 0;
	uint64_t x[FFA_MESSAGE_REGISTERS] = {FFA_SUCCESS | (call->fid & FFA_64)};

	for (uint32_t i = 0; i < count; i++) {
		if (!concerns(call, &notified[i]))
			continue;
		if (at + 1U + notified[i].vcpu_count > room) {
			more = true;
			break;
		}
		x[2] |= (uint64_t)notified[i].vcpu_count << (INFO_SIZES_SHIFT + 2U * lists++);
		put_id(x, wide, at++, notified[i].endpoint);
		for (unsigned n = 0; n < notified[i].vcpu_count; n++)
			put_id(x, wide, at++, notified[i].vcpu[n]);
	}
	if (lists == 0U) {
		ffa_reply_error(call, FFA_NO_DATA);
		return;
	}
	x[2] |= (uint64_t)lists << INFO_LISTS_SHIFT | (more ? INFO_MORE : 0U);
	for (unsigned n = 0; n < FFA_MESSAGE_REGISTERS; n++)
		call->x[n] = x[n];
}

void ffa_handle_notification_info_get(struct ffa_call *call)
{
	uint64_t x[FFA_REGISTERS] = {call->fid};
	enum ffa_error error = outcome(call, call->fid, ffa_firmware(call, x));
	struct ffa_notified notified[FFA_LISTS_MAX];
	struct ffa_verdict verdict;
	uint32_t count;
	bool more;

	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	verdict = ffa_notified_read(x, notified, &count, &more);
	if (verdict.error != FFA_OK) {
		ffa_firmware_strange(call, call->fid, x);
		ffa_reply_error(call, FFA_ABORTED);
		return;
	}
	reply_info(call, notified, count, more);
}

/* ---- a kernel that starts anew ---- */

/* Everything that is bound to one sender; false when firmware keeps it. */
static bool unbind_all(struct ffa_call *call, uint16_t sender)
{
	struct ffa_endpoint *endpoint = call->caller;
	uint64_t bitmap = bound_to(endpoint, ~0ULL, sender);
	uint32_t pair = (uint32_t)sender << 16 | endpoint->id;

	if (forward(call, FFA_NOTIFICATION_UNBIND, pair, bitmap).kind != FFA_ANSWERED_SUCCESS)
		return false;
	record(endpoint, bitmap, sender, false);
	return true;
}

/*
 * Nothing else of the endpoint runs, so its record needs no lock. What is pending is read away
 * first, since firmware may refuse to unbind it. Bitmaps that cannot be emptied are made anew; when
 * that fails too, there are no notifications from then on.
 */
void ffa_notification_reset(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu)
{
	struct ffa_call call = {.ffa = ffa, .caller = endpoint, .cpu = cpu};
	bool empty = true;

	if (!endpoint->notifications)
		return;
	if (endpoint->bound != 0U) {
		uint64_t x[FFA_REGISTERS] = {FFA_NOTIFICATION_GET, endpoint->id,
					     FFA_NOTIFICATIONS_SP | FFA_NOTIFICATIONS_SPM};

		(void)ffa_firmware(&call, x);
	}
	for (unsigned bit = 0; bit < 64U && empty; bit++)
		if ((endpoint->bound >> bit & 1U) != 0U)
			empty = unbind_all(&call, endpoint->bound_sender[bit]);
	if (empty)
		return;
	record(endpoint, endpoint->bound, 0, false);
	endpoint->notifications = destroy(&call).kind == FFA_ANSWERED_SUCCESS &&
				  create(&call).kind == FFA_ANSWERED_SUCCESS;
	if (!endpoint->notifications)
		hide(ffa);
}
