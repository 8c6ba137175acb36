/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indirect messages (DEN0077A 1.2, chapter 7.1): from an endpoint's TX to a partition, and from
 * a partition to the endpoint's RX. Firmware reads and writes shadows of these buffers, in the
 * layout of its own version; each message is copied once, judged where nobody can change it, and
 * written out anew.
 */
#include "mediator.h"

#include <string.h>

#define SENDER 14U /* in the header of a message: 16 bits, in every version */

/* The message in ffa->snapshot, `size` bytes of TX, as firmware will find it in the shadow. */
static enum ffa_error write_shadow(struct ffa_call *call, uint32_t size, uint16_t *receiver)
{
	struct ffa *ffa = call->ffa;
	struct ffa_message message;
	const uint8_t *payload;
	struct ffa_verdict verdict =
	    ffa_message_read(ffa->snapshot, size, call->version, call->caller->id, &message);

	if (verdict.error != FFA_OK)
		return verdict.error;
	if ((message.receiver & FFA_ID_SECURE) == 0U)
		return FFA_INVALID_PARAMETERS; /* nobody of this world takes any */
	payload = ffa->snapshot + message.offset;
	message.offset = ffa_message_header_size(ffa->version);
	if (message.size > ffa->buffer_size - message.offset)
		return FFA_NO_MEMORY; /* its header is longer than the caller's */
	ffa_message_write(&message, ffa->version, ffa->shadow_tx);
	memcpy(ffa->shadow_tx + message.offset, payload, message.size);
	*receiver = message.receiver;
	return FFA_OK;
}

/* The gate is held. */
static enum ffa_error send(struct ffa_call *call)
{
	struct ffa *ffa = call->ffa;
	struct ffa_buffers *buffers = &call->caller->buffers;
	uint32_t pages = __atomic_load_n(&buffers->pages, __ATOMIC_RELAXED);
	uint64_t x[FFA_REGISTERS] = {FFA_MSG_SEND2, (uint64_t)call->caller->id << 16};
	uint32_t size = pages * FFA_PAGE < ffa->buffer_size ? pages * FFA_PAGE : ffa->buffer_size;
	struct ffa_reaction reaction;
	uint16_t receiver;
	enum ffa_error error = ffa_tx_read(call, size);

	if (error == FFA_OK)
		error = write_shadow(call, size, &receiver);
	if (error != FFA_OK)
		return error;
	reaction = ffa_firmware(call, x);
	if (reaction.kind == FFA_ANSWERED_SUCCESS)
		return FFA_OK;
	if (reaction.kind == FFA_ANSWERED_ERROR)
		return reaction.error;
	if (reaction.kind == FFA_ANSWERED_OTHER)
		ffa_firmware_strange(call, FFA_MSG_SEND2, x);
	return FFA_ABORTED;
}

/* w1: the sender, which may be left out; w2: a delay that only secure callers may ask for. */
void ffa_handle_msg_send2(struct ffa_call *call)
{
	uint32_t w1 = ffa_word(call, 1);
	enum ffa_error error;

	if ((w1 != 0U && w1 != (uint32_t)call->caller->id << 16) || ffa_word(call, 2) != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!ffa_gate_enter(call)) {
		ffa_reply_error(call, FFA_BUSY);
		return;
	}
	error = send(call);
	ffa_gate_leave(call);
	ffa_reply_status(call, error);
}

/* ---- the other way ---- */

/*
 * RX is not the endpoint's while firmware has a message in it. A CPU that wants to fill it finds
 * that out, and leaves it, as soon as firmware has answered it.
 */
static enum ffa_error begin(struct ffa_call *call, uint32_t *size)
{
	struct ffa *ffa = call->ffa;
	const struct ffa_environment *environment = ffa->environment;
	uint64_t since = environment->time(ffa->context);
	enum ffa_error error = ffa_rx_begin_relayed(call, size);

	while (error == FFA_BUSY && environment->time(ffa->context) - since <
					FFA_GATE_PATIENCE * environment->frequency(ffa->context)) {
		environment->relax(ffa->context);
		error = ffa_rx_begin_relayed(call, size);
	}
	return error;
}

/* From the shadow to RX, which has `size` bytes and is being filled. */
static bool copy_message(struct ffa_call *call, uint32_t size)
{
	struct ffa *ffa = call->ffa;
	uint32_t header = ffa_message_header_size(ffa->version), from;
	uint32_t shown = ffa_message_header_size(call->version);
	uint8_t bytes[48] = {0}; /* a header, which the other world could change meanwhile */
	struct ffa_message message;
	struct ffa_verdict verdict;
	uint16_t sender;

	memcpy(bytes, ffa->shadow_rx, header);
	sender = (uint16_t)(bytes[SENDER] | bytes[SENDER + 1U] << 8);
	/* no more than a header is read; the payload has to lie in the buffer, which is larger */
	verdict = ffa_message_read(bytes, ffa->buffer_size, ffa->version, sender, &message);
	if (verdict.error != FFA_OK || (sender & FFA_ID_SECURE) == 0U ||
	    message.receiver != call->caller->id || size < shown || message.size > size - shown)
		return false;
	from = message.offset;
	message.offset = shown;
	ffa_message_write(&message, call->version, bytes);
	ffa_rx_write(call, 0, bytes, shown);
	ffa_rx_write(call, shown, ffa->shadow_rx + from, message.size);
	return true;
}

bool ffa_mailbox_deliver(struct ffa_call *call, const uint64_t x[FFA_REGISTERS])
{
	struct ffa *ffa = call->ffa;
	uint64_t release[FFA_REGISTERS] = {FFA_RX_RELEASE, call->caller->id};
	uint32_t size;

	if (ffa->shadow_rx == NULL || begin(call, &size) != FFA_OK) {
		ffa_firmware_strange(call, FFA_NOTIFICATION_GET, x);
		return false;
	}
	if (copy_message(call, size)) {
		ffa_rx_commit(call);
		return true;
	}
	/* nothing that the caller could read: the next one shall find room */
	ffa_firmware_strange(call, FFA_NOTIFICATION_GET, x);
	ffa_rx_cancel(call);
	(void)ffa_firmware(call, release);
	return false;
}
