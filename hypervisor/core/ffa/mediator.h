/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the rooms of the mediator: how a handler reads a call, answers it and asks firmware.
 * Private to core/ffa.
 */
#ifndef PORTCULLIS_FFA_MEDIATOR_H
#define PORTCULLIS_FFA_MEDIATOR_H

#include "ffa.h"

/* A call of an endpoint while it is handled. x[] are the caller's registers until the reply. */
struct ffa_call {
	struct ffa *ffa;
	struct ffa_endpoint *caller;
	uint64_t *x;
	uint32_t fid;     /* w0 without the SVE hint */
	uint32_t version; /* that the caller spoke when the call came */
	unsigned cpu;
};

typedef void ffa_handler_fn(struct ffa_call *call);

static inline bool ffa_wide(const struct ffa_call *call)
{
	return (call->fid & FFA_64) != 0U;
}

/* Argument n (1..17), 32 bits wide in both forms of the call. */
static inline uint32_t ffa_word(const struct ffa_call *call, unsigned n)
{
	return (uint32_t)call->x[n];
}

/* Argument n in the width of the call. */
static inline uint64_t ffa_argument(const struct ffa_call *call, unsigned n)
{
	return ffa_wide(call) ? call->x[n] : (uint64_t)(uint32_t)call->x[n];
}

/* Two words, low and high, as handles and bitmaps come. */
static inline uint64_t ffa_pair(uint32_t low, uint32_t high)
{
	return (uint64_t)low | (uint64_t)high << 32;
}

/*
 * The reply: w0 and w2, zero in x1 and x3..x7. x8..x17 stay the caller's, as for every reply that
 * defines nothing there.
 */
void ffa_reply(struct ffa_call *call, uint32_t w0, uint32_t w2);
void ffa_reply_error(struct ffa_call *call, enum ffa_error error);
/* w0 to w7. */
void ffa_reply_words(struct ffa_call *call, const uint32_t w[8]);
/* FFA_SUCCESS with nothing, or FFA_ERROR. */
void ffa_reply_status(struct ffa_call *call, enum ffa_error error);

/* ---- firmware.c ---- */

/* How an answer of firmware reads. */
enum ffa_kind {
	FFA_ANSWERED_SUCCESS, /* either form of FFA_SUCCESS */
	FFA_ANSWERED_ERROR,   /* either form of FFA_ERROR with a code, or raw -1 */
	FFA_ANSWERED_OTHER,   /* another function of FF-A: what the call's own rules say */
	FFA_ANSWERED_STRANGE, /* none of these: outcome unknown */
};

struct ffa_reaction {
	enum ffa_kind kind;
	enum ffa_error error; /* with FFA_ANSWERED_ERROR */
	uint32_t fid;         /* with FFA_ANSWERED_OTHER: w0 */
};

/*
 * One call into firmware for `call` (x0..x17 in and out), with an in-flight record while it lasts.
 * Judges w0 alone, and w2 as int32 when it is an error: 0 and positive codes, which no standard
 * has, read as FFA_ABORTED and are counted as strange. Any CPU; no lock held, the gate may be.
 */
struct ffa_reaction ffa_firmware(struct ffa_call *call, uint64_t x[FFA_REGISTERS]);

/*
 * The in-flight record of a call into firmware but for its time, which is written last and cleared
 * first, so that who reads it twice knows that the rest belongs to it. ffa_firmware() keeps it all.
 * `caller`: NULL for a call of the mediator's own.
 */
static inline struct ffa_flight *ffa_flight(struct ffa *ffa, struct ffa_endpoint *caller,
					    unsigned cpu, uint32_t fid, uint32_t w1)
{
	struct ffa_flight *flight = &ffa->flight[cpu];

	flight->fid = fid;
	flight->w1 = w1;
	flight->caller = caller;
	flight->ffa = ffa;
	return flight;
}

/* How `x`, firmware's answer to `fid`, reads: for who made that call without ffa_firmware(). */
struct ffa_reaction ffa_firmware_read(struct ffa_call *call, uint32_t fid,
				      const uint64_t x[FFA_REGISTERS]);

/* Firmware broke the rules of the function that was called with x0 = `fid`: count and tell. */
void ffa_firmware_strange(struct ffa_call *call, uint32_t fid, const uint64_t x[FFA_REGISTERS]);

/* The gate: false after FFA_GATE_PATIENCE; the caller is answered BUSY then. */
bool ffa_gate_enter(struct ffa_call *call);
void ffa_gate_leave(struct ffa_call *call);

/* A question of the mediator's own, boot CPU: as ffa_firmware() with FFA_ID_HYPERVISOR. */
struct ffa_reaction ffa_ask(struct ffa *ffa, uint64_t x[FFA_REGISTERS]);

/* The same for an endpoint, by any CPU: as ffa_firmware() where there is no call of the endpoint.
 */
struct ffa_reaction ffa_ask_for(struct ffa *ffa, uint16_t endpoint, unsigned cpu,
				uint64_t x[FFA_REGISTERS]);

/*
 * Does firmware offer `fid` (FFA_FEATURES, and what is known of implementations) in any form, or in
 * exactly this one?
 */
bool ffa_offered(const struct ffa *ffa, uint32_t fid);
bool ffa_offered_as(const struct ffa *ffa, uint32_t fid);

/* ---- offer.c: what firmware offers. Boot CPU. ---- */

/* Ask it; fills what struct ffa has of it, before there are buffers. */
void ffa_offer_find(struct ffa *ffa);

/* There are no buffers towards firmware: what needs them is not offered. */
void ffa_offer_without_buffers(struct ffa *ffa);

/* Firmware does not take shadows: no indirect messages. */
void ffa_offer_without_shadows(struct ffa *ffa);

/* ---- buffer.c ---- */

/*
 * Take a snapshot of the first `size` bytes of the caller's TX: ffa->snapshot holds them, read once
 * and in order, until the gate is left. FFA_INVALID_PARAMETERS when the caller has no buffers or
 * they are smaller; FFA_BUSY while another CPU unmaps them. The gate is held.
 */
enum ffa_error ffa_tx_read(struct ffa_call *call, uint32_t size);

/*
 * The caller's RX is to be filled: it becomes FFA_RX_FILLING, and cannot be unmapped until
 * ffa_rx_commit(), which makes it the endpoint's, or ffa_rx_cancel(), which makes it empty again.
 * FFA_BUSY when it is not empty, or no buffers are mapped. *size is its size in bytes. Where
 * firmware fills it too, it is asked for it (FFA_RX_ACQUIRE). The gate may be held.
 */
enum ffa_error ffa_rx_begin(struct ffa_call *call, uint32_t *size);

/*
 * As ffa_rx_begin(), for a caller of whom firmware has said that its RX is full
 * (FFA_NOTIFICATION_GET): what is in ffa->shadow_rx is for it.
 */
enum ffa_error ffa_rx_begin_relayed(struct ffa_call *call, uint32_t *size);

/* Between begin and commit: bytes [offset, offset + size) of RX, which has them. */
void ffa_rx_write(struct ffa_call *call, uint32_t offset, const void *from, uint32_t size);

void ffa_rx_commit(struct ffa_call *call);
void ffa_rx_cancel(struct ffa_call *call);

/*
 * The endpoint loses its buffers, if it has some, whatever state they are in. No call of it is
 * under way. No lock held.
 */
void ffa_buffers_drop(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu);

/* Register the buffers towards firmware in ffa->tx and rx. FFA_OK or firmware's error. Boot CPU. */
enum ffa_error ffa_buffers_register(struct ffa *ffa);

/* Does firmware take shadows for an endpoint's buffers? Tried once. Boot CPU, gate free. */
bool ffa_buffers_try_shadow(struct ffa *ffa, const struct ffa_endpoint *endpoint);

/* ---- partition.c ---- */

/* Fill ffa->partition[]. Boot CPU, after ffa_buffers_register(). */
void ffa_partitions_read(struct ffa *ffa);

/* The first entry of `id` in ffa->partition[], or NULL. Any CPU. */
const struct ffa_partition *ffa_partition_find(const struct ffa *ffa, uint16_t id);
/* ---- mailbox.c ---- */

/*
 * Firmware said in `x`, its answer to FFA_NOTIFICATION_GET, that there is a message for the caller:
 * into its RX with it. False when there is none that it could read; that was told then.
 */
bool ffa_mailbox_deliver(struct ffa_call *call, const uint64_t x[FFA_REGISTERS]);

/* ---- notification.c ---- */

/*
 * Notifications of `endpoint`, where firmware has them: it is asked for bitmaps. They are absent,
 * in every respect, when it refuses. Boot CPU, in ffa_open().
 */
void ffa_notification_open(struct ffa *ffa, struct ffa_endpoint *endpoint);

/* The endpoint has nothing bound and nothing pending any more. As ffa_endpoint_reset(). */
void ffa_notification_reset(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu);

/*
 * FFA_FEATURES of a feature identifier (FFA_FEATURE_*) for an endpoint of `version`: true with its
 * interrupt in *w2, or false: not supported. Any CPU.
 */
bool ffa_notification_feature(const struct ffa *ffa, uint32_t version, uint32_t feature,
			      uint32_t *w2);

/* ---- memory transactions ---- */

/*
 * Abort what the endpoint has half-sent, as far as firmware lets go of it: its kernel or its TX
 * buffer is gone. Complete transactions stay. Enters the gate; no lock held.
 */
void ffa_transactions_abandon(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu);

/* ---- handlers, one for each row of the table in dispatch.c ---- */

/* discovery.c */
ffa_handler_fn ffa_handle_version, ffa_handle_features, ffa_handle_id_get, ffa_handle_spm_id_get;

/* buffer.c */
ffa_handler_fn ffa_handle_rxtx_map, ffa_handle_rxtx_unmap, ffa_handle_rx_release;

/* partition.c */
ffa_handler_fn ffa_handle_partition_info_get, ffa_handle_partition_info_get_regs;

/* memory.c */
ffa_handler_fn ffa_handle_mem_send;

/* fragment.c */
ffa_handler_fn ffa_handle_mem_frag_tx;

/* reclaim.c */
ffa_handler_fn ffa_handle_mem_reclaim;

/* borrower.c */
ffa_handler_fn ffa_handle_mem_borrow;
/* mailbox.c */
ffa_handler_fn ffa_handle_msg_send2;

/* notification.c */
ffa_handler_fn ffa_handle_notification_bind, ffa_handle_notification_unbind,
    ffa_handle_notification_set, ffa_handle_notification_get, ffa_handle_notification_info_get;

/* message.c */
ffa_handler_fn ffa_handle_direct_request, ffa_handle_direct_request2, ffa_handle_run;

#endif
