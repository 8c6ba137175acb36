/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory transactions of endpoints: what is remembered of each, where, and who may change it. The
 * rooms memory.c, fragment.c, delivery.c, abort.c and reclaim.c share this. Private to core/ffa.
 *
 * A record belongs to the store (under ffa->lock) while its phase is FFA_HALF, _LIVE, _LOST or
 * _RETURNING; in FFA_BUSY_SENDING and _RECLAIMING it belongs to one CPU, which alone reads and
 * writes its fields, the links of the store excepted, without a lock.
 */
#ifndef PORTCULLIS_FFA_TRANSACTION_H
#define PORTCULLIS_FFA_TRANSACTION_H

#include "mediator.h"

/*
 *   UNUSED
 *   SENDING     a CPU has it in a send, a fragment or an abort
 *   HALF        firmware waits for fragments
 *   LIVE        firmware has all of it
 *   RECLAIMING  a CPU asks firmware for it back
 *   LOST        it is not known what firmware has (catalogue Q3): pages in doubt
 *   RETURNING   firmware has nothing any more, and there was no memory to give the pages back
 */
enum ffa_phase {
	FFA_UNUSED,
	FFA_SENDING,
	FFA_HALF,
	FFA_LIVE,
	FFA_RECLAIMING,
	FFA_LOST,
	FFA_RETURNING,
};

enum ffa_sharing {
	FFA_SHARING,
	FFA_LENDING,
	FFA_DONATING,
};

#define FFA_CHUNK_RANGES   15U
#define FFA_HALF_SENT_MAX  4U  /* transactions of one endpoint */
#define FFA_HALF_SENT_LIFE 30U /* seconds after which one may be aborted in favour of another */

/* Some ranges of one transaction, as its owner sent them; all but the last chunk are full. */
struct ffa_chunk {
	struct ffa_range range[FFA_CHUNK_RANGES];
	uint32_t count;
	uint32_t next; /* index + 1, 0 ends the list */
	uint64_t reserved;
};

/* A borrower as it is remembered. */
struct ffa_lent {
	uint16_t id;
	uint8_t permissions;
	uint8_t flags;
};

struct ffa_transaction {
	uint64_t handle; /* firmware's; FFA_HANDLE_INVALID: none that could be used */
	uint64_t tag;
	uint64_t since; /* ticks: last fragment */
	struct ffa_endpoint *owner;
	uint32_t fid;           /* of the send: MEM_SHARE, _LEND, _DONATE in the caller's form */
	uint32_t next;          /* in the free list, or in a bucket of handles: index + 1 */
	uint32_t first, last;   /* chunks: index + 1 */
	uint32_t reserved;      /* chunks that it may still take */
	uint32_t chunks;        /* that it has */
	uint32_t head;          /* bytes of the caller's head, in front of its ranges */
	uint32_t range_count;   /* announced */
	uint32_t received;      /* ranges: recorded */
	uint32_t sent;          /* ranges: acknowledged by firmware */
	uint32_t firmware_head; /* bytes of the head that firmware got */
	uint32_t sent_chunk;    /* index + 1 of the one with the last range that was sent */
	uint32_t page_count;    /* announced */
	uint32_t pages;         /* recorded */
	uint32_t flags;
	uint16_t attributes;
	uint8_t phase;   /* enum ffa_phase; under ffa->lock */
	uint8_t sharing; /* enum ffa_sharing */
	bool hashed;     /* it is found by its handle; under ffa->lock */
	bool half;       /* counts as half-sent of its owner; under ffa->lock */
	bool stranded;   /* firmware keeps a half of it; under ffa->lock */
	bool doubtful;   /* its pages are in doubt */
	bool zeroing;    /* its pages are zeroed here, since firmware takes no such flag */
	uint8_t borrower_count;
	struct ffa_lent borrower[FFA_BORROWERS_MAX];
};

/* What happens to pages of each kind of transaction. */
struct ffa_transitions {
	enum ffa_transition give, take, doubt, clear;
};

const struct ffa_transitions *ffa_transitions(const struct ffa_transaction *transaction);

static inline bool ffa_complete(const struct ffa_transaction *transaction)
{
	return transaction->received == transaction->range_count;
}

static inline struct ffa_chunk *ffa_chunk_at(const struct ffa *ffa, uint32_t link)
{
	return &ffa->chunks[link - 1U];
}

/* ---- transaction.c: the store ---- */

/* Bytes that ffa_store_open() needs: a multiple of 4 KiB. */
size_t ffa_store_size(const struct ffa_capacity *capacity);

/* The store begins empty in [memory, memory + ffa_store_size()), page aligned. Boot CPU. */
void ffa_store_open(struct ffa *ffa, void *memory, const struct ffa_capacity *capacity);

/*
 * A new record of the caller, FFA_SENDING, with room for descriptor->range_count ranges;
 * `fragmented` counts it as half-sent. FFA_NO_MEMORY when there is no record, no room, or when the
 * caller has FFA_HALF_SENT_MAX of them. Takes ffa->lock.
 */
enum ffa_error ffa_transaction_begin(struct ffa_call *call, const struct ffa_descriptor *descriptor,
				     bool fragmented, struct ffa_transaction **out);

/* Append `count` ranges of `pages` pages, for which there is room. The CPU has it. */
void ffa_transaction_record(struct ffa *ffa, struct ffa_transaction *transaction,
			    const struct ffa_range *ranges, uint32_t count, uint64_t pages);

/*
 * The record is found by `handle` from now on. False, and it is not, for one that no firmware may
 * give (bit 63) or that another transaction has. Takes ffa->lock.
 */
bool ffa_transaction_name(struct ffa *ffa, struct ffa_transaction *transaction, uint64_t handle);

/*
 * The caller's transaction `handle` becomes this CPU's, in `phase`, for which it must be in one of
 * the phases of the set `from`, 1 << enum ffa_phase; *was is which. FFA_INVALID_PARAMETERS when the
 * caller has no such transaction or it is in another phase, FFA_BUSY while another CPU has it.
 * Takes ffa->lock.
 */
enum ffa_error ffa_transaction_claim(struct ffa_call *call, uint64_t handle, uint32_t from,
				     enum ffa_phase phase, struct ffa_transaction **out,
				     enum ffa_phase *was);

/* The CPU gives it back to the store, in `phase`. Takes ffa->lock. */
void ffa_transaction_leave(struct ffa *ffa, struct ffa_transaction *transaction,
			   enum ffa_phase phase);

/*
 * Firmware did not give it back: it is the store's again, in `phase`. False when firmware has given
 * its handle to another transaction meanwhile: then it has none any more and stays this CPU's.
 * Takes ffa->lock.
 */
bool ffa_transaction_resume(struct ffa *ffa, struct ffa_transaction *transaction,
			    enum ffa_phase phase);

/* Firmware keeps a half of it, for ever. The CPU has it. Takes ffa->lock. */
void ffa_transaction_strand(struct ffa *ffa, struct ffa_transaction *transaction);

/* Nothing of it is left. Takes ffa->lock. */
void ffa_transaction_end(struct ffa *ffa, struct ffa_transaction *transaction);

/*
 * The next transaction, from *index on, that `owner` has in `phase` and whose last fragment came
 * before `before`; it becomes this CPU's, FFA_SENDING. NULL: none is left. Takes ffa->lock for each
 * record that it looks at.
 */
struct ffa_transaction *ffa_transaction_next(struct ffa *ffa, const struct ffa_endpoint *owner,
					     enum ffa_phase phase, uint64_t before,
					     uint32_t *index);

/* ---- delivery.c: towards firmware ---- */

enum ffa_delivery_kind {
	FFA_DELIVERED, /* firmware has all that it was to get */
	FFA_REFUSED,   /* it said no, with an error code */
	FFA_UNCLEAR,   /* what it said tells neither */
};

struct ffa_delivery {
	enum ffa_delivery_kind kind;
	enum ffa_error error; /* of FFA_REFUSED */
};

/*
 * Pass on what firmware has not acknowledged; the first time with `descriptor`, then NULL. While
 * fragments are missing only full buffers leave. The first answer names the transaction. The gate
 * is held, the CPU has the transaction.
 */
struct ffa_delivery ffa_deliver(struct ffa_call *call, struct ffa_transaction *transaction,
				const struct ffa_descriptor *descriptor);

/* Firmware is asked to give it back; no gate needed. */
struct ffa_delivery ffa_deliver_reclaim(struct ffa_call *call,
					const struct ffa_transaction *transaction);

/*
 * All that is missing is sent as ranges that firmware must refuse. FFA_REFUSED: it did, and has
 * dropped the transaction; FFA_DELIVERED: it took them; FFA_UNCLEAR: it still waits, or nobody
 * knows. The gate is held.
 */
struct ffa_delivery ffa_deliver_nonsense(struct ffa_call *call,
					 struct ffa_transaction *transaction);

/* ---- reclaim.c: how a transaction ends ---- */

/*
 * The pages are the owner's again, filled with zeroes if `zero`, and the record ends. When there
 * is no memory for the tables the record stays, FFA_RETURNING: FFA_NO_MEMORY. The CPU has it.
 */
enum ffa_error ffa_give_back(struct ffa_call *call, struct ffa_transaction *transaction, bool zero);

/* Nobody knows whether firmware has the pages: they are in doubt, the record stays, FFA_LOST. */
void ffa_doubt(struct ffa_call *call, struct ffa_transaction *transaction);

/* Try again what is FFA_RETURNING, if anything of the caller is. */
void ffa_return_late(struct ffa_call *call);

/* ---- memory.c ---- */

/*
 * What a delivery means for the transaction: FFA_OK and it goes on, or it has ended, or is in
 * doubt, and the error is the caller's. The gate is held.
 */
enum ffa_error ffa_conclude(struct ffa_call *call, struct ffa_transaction *transaction,
			    const struct ffa_delivery *delivery);

/* Give the transaction back to the store and tell the caller how far it is. */
void ffa_reply_sent(struct ffa_call *call, struct ffa_transaction *transaction);

/* ---- abort.c ---- */

/*
 * Give up a transaction of which fragments are missing. FFA_OK: firmware has nothing and the owner
 * has its pages. FFA_ABORTED: they are in doubt. The gate is held, the CPU has the transaction.
 */
enum ffa_error ffa_abort(struct ffa_call *call, struct ffa_transaction *transaction);

/* The caller may have one half-sent transaction more, if an old one can be aborted. Gate held. */
void ffa_abort_old(struct ffa_call *call);

#endif
