/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification of the FF-A mediator, to be executed: what one caller of the normal world (the
 * host, endpoint 1) may see. Written from the catalogue of awkward cases, whose rows stand beside
 * the clauses (V1, D12, Q3 ...), and from the tables of the interface (DEN0077A; sections "13.1"
 * ...), on top of the specification of memory ownership. It shares nothing with what it specifies.
 *
 * A call is a function from (state, what firmware made of it) to (state, answer). Where the
 * catalogue leaves several answers, it returns the set of them; `seen`, the answer that was given,
 * decides how the state goes on. An answer that is not in the set means nothing.
 *
 * Pages leave the caller before firmware hears of them, and a call takes all of its pages or none.
 */
#ifndef PORTCULLIS_MODEL_FFA_H
#define PORTCULLIS_MODEL_FFA_H

#include "memory.h"

/* Answers, by the code that FFA_ERROR carries; a set of them is a word. */
typedef uint32_t model_ffa_set;
enum {
	MODEL_FFA_OK = 1 << 0,
	MODEL_FFA_NS = 1 << 1, /* NOT_SUPPORTED; of a function that is not known SMCCC's -1, too */
	MODEL_FFA_IP = 1 << 2, /* INVALID_PARAMETERS */
	MODEL_FFA_NM = 1 << 3, /* NO_MEMORY */
	MODEL_FFA_BZ = 1 << 4, /* BUSY */
	MODEL_FFA_INTERRUPTED = 1 << 5,
	MODEL_FFA_DN = 1 << 6, /* DENIED */
	MODEL_FFA_RT = 1 << 7, /* RETRY */
	MODEL_FFA_AB = 1 << 8, /* ABORTED */
	MODEL_FFA_ND = 1 << 9, /* NO_DATA */
	MODEL_FFA_NOT_READY = 1 << 10,
	MODEL_FFA_MORE = 1 << 11, /* MEM_FRAG_RX: the next fragment */
};

#define MODEL_FFA_1_0 0x10000U
#define MODEL_FFA_1_1 0x10001U
#define MODEL_FFA_1_2 0x10002U

enum {
	MODEL_FFA_PARTITIONS = 8,
	MODEL_FFA_BORROWERS = 16,
	MODEL_FFA_FRAGMENT = 4096, /* ranges that fit into one fragment */
	MODEL_FFA_SLOTS = 96,      /* transactions that there can be */
	MODEL_FFA_BITS = 64,       /* notifications */
};

/* What stays while callers come and go. */
struct model_ffa_world {
	uint32_t implemented; /* highest version that the caller is offered; 0: FF-A is absent */
	uint16_t caller;
	size_t partitions;
	uint16_t partition[MODEL_FFA_PARTITIONS]; /* secure partitions */
	bool donate, notifications;               /* firmware has them */
	bool private_buffers; /* descriptors outside TX are offered by FFA_FEATURES */
	model_ffa_set
	    scarce; /* NM where memory for tables and records may run short (M17), else 0 */
	uint64_t address_end;
	uint64_t length;        /* of a descriptor at the most */
	unsigned int borrowers; /* in one send */
	unsigned int pages;     /* of a buffer */
	size_t slots;           /* transactions at once */
	size_t half;            /* half-sent ones at once */
};

bool model_ffa_is_partition(const struct model_ffa_world *world, uint16_t endpoint);

/* --- descriptors (ffa_descriptor.c) --- */

enum model_ffa_kind {
	MODEL_FFA_SHARE,
	MODEL_FFA_LEND,
	MODEL_FFA_DONATE,
};

struct model_ffa_range {
	uint64_t base, pages;
};

struct model_ffa_borrower {
	uint16_t endpoint;
	uint8_t permissions, flags;
};

/* What the bytes of a send mean. */
struct model_ffa_send {
	enum model_ffa_kind kind;
	uint16_t sender, attributes;
	uint32_t flags;
	uint64_t tag;
	size_t borrowers;
	struct model_ffa_borrower borrower[MODEL_FFA_BORROWERS];
	uint64_t total;              /* bytes of the descriptor */
	uint64_t received;           /* of which so many are here */
	uint64_t pages, range_count; /* as the composite announces them */
	uint64_t counted;            /* pages of the ranges so far */
};

/*
 * What must be answered to bytes. `wrong`: errors any of which may be answered, and one must be;
 * none: the call goes on. `first`: the one that the tables name. `open`: errors that may be
 * answered to a call that might as well be served.
 */
struct model_ffa_reading {
	model_ffa_set wrong, first, open;
	struct model_ffa_send send;
	size_t ranges; /* that are in this fragment */
	struct model_ffa_range range[MODEL_FFA_FRAGMENT];
};

/* The first fragment of a send by a caller of `version`: `fragment` bytes of `total`, out of `tx`
 * bytes of TX. Reads no byte behind the fragment. */
void model_ffa_read(const struct model_ffa_world *world, uint32_t version, enum model_ffa_kind kind,
		    const uint8_t *bytes, uint64_t fragment, uint64_t total, uint64_t tx,
		    struct model_ffa_reading *reading);

/* A later fragment: ranges, and no more than were announced. reading->send is what was read before
 * it. */
void model_ffa_read_more(const struct model_ffa_world *world, const uint8_t *bytes,
			 uint64_t fragment, uint64_t tx, struct model_ffa_reading *reading);

enum model_ffa_phase {
	MODEL_FFA_NONE,
	MODEL_FFA_HALF, /* more fragments are to come */
	MODEL_FFA_LIVE,
	MODEL_FFA_LOST, /* nobody knows whether firmware has it (Q3) */
};

struct model_ffa_transaction {
	enum model_ffa_phase phase;
	bool doubtful; /* of a half-sent one: the mediator may have given it up (F3, F7, F12) */
	uint64_t handle;
	struct model_ffa_send send;
};

struct model_ffa {
	const struct model_ffa_world *world;
	struct model *memory;
	uint32_t version; /* that the caller negotiated; 0: none */
	bool mapped;
	bool full;                      /* RX is the caller's until it releases it */
	uint64_t tx, rx, pages;         /* of each buffer */
	uint16_t bound[MODEL_FFA_BITS]; /* sender of each notification; 0: nobody */
	struct model_ffa_transaction slot[MODEL_FFA_SLOTS];
};

/* What firmware made of the call. */
enum model_ffa_outcome {
	MODEL_FFA_UNASKED,
	MODEL_FFA_GRANTED, /* done; of a fragment that is not the last one: it asks for more */
	MODEL_FFA_REFUSED, /* an error, and the partitions have nothing */
	MODEL_FFA_UNCLEAR, /* an answer that tells neither (A9-A11, F9-F11, C8) */
};

struct model_ffa_firmware {
	enum model_ffa_outcome outcome;
	model_ffa_set code; /* of REFUSED */
	uint64_t handle;    /* of GRANTED, when a transaction begins */
	bool begun;         /* of REFUSED: fragments had been taken before */
};

/* --- calls of the host: the set of answers --- */

/* FFA_VERSION. OK is the answer world->implemented. */
model_ffa_set model_ffa_version(struct model_ffa *ffa, uint32_t requested, model_ffa_set seen);

/* A call that asks for nothing but that FF-A `since` is spoken (FFA_ID_GET, FFA_FEATURES, ...). */
model_ffa_set model_ffa_plain(const struct model_ffa *ffa, uint32_t since);

model_ffa_set model_ffa_rxtx_map(struct model_ffa *ffa, uint64_t tx, uint64_t rx, uint32_t count,
				 const struct model_ffa_firmware *firmware, model_ffa_set seen);
model_ffa_set model_ffa_rxtx_unmap(struct model_ffa *ffa, uint32_t w1, model_ffa_set seen);
model_ffa_set model_ffa_rx_release(struct model_ffa *ffa, model_ffa_set seen);

/* `known`: there are partitions with that UUID. */
model_ffa_set model_ffa_partition_info(struct model_ffa *ffa, bool known, uint32_t flags,
				       const struct model_ffa_firmware *firmware,
				       model_ffa_set seen);

/* MEM_SHARE, MEM_LEND, MEM_DONATE: the first fragment, which may be all. `private`: x3 or w4 is not
 * 0. `handle` is the one that was answered. */
model_ffa_set model_ffa_send(struct model_ffa *ffa, const struct model_ffa_reading *reading,
			     bool private, const struct model_ffa_firmware *firmware,
			     model_ffa_set seen, uint64_t handle);

/* MEM_FRAG_TX: `length` bytes in TX; `reading` is room for the call's own use. */
model_ffa_set model_ffa_send_more(struct model_ffa *ffa, uint64_t handle, const uint8_t *bytes,
				  uint32_t length, uint32_t w4,
				  const struct model_ffa_firmware *firmware, model_ffa_set seen,
				  struct model_ffa_reading *reading);

model_ffa_set model_ffa_reclaim(struct model_ffa *ffa, uint64_t handle, uint32_t flags,
				const struct model_ffa_firmware *firmware, model_ffa_set seen);

/* NOTIFICATION_BIND, or else NOTIFICATION_UNBIND: w1 and w2, and the bitmap. */
model_ffa_set model_ffa_bind(struct model_ffa *ffa, bool bind, uint32_t pair, uint32_t flags,
			     uint64_t bitmap, const struct model_ffa_firmware *firmware,
			     model_ffa_set seen);

/* MSG_SEND_DIRECT_REQ: GRANTED is a response with the right endpoints. */
model_ffa_set model_ffa_direct(const struct model_ffa *ffa, uint32_t pair, uint32_t flags,
			       const struct model_ffa_firmware *firmware);

/* The host starts anew (Q9, L3): PSCI_VERSION from the only CPU that is on. */
void model_ffa_restart(struct model_ffa *ffa);

/* What the mediator made, when it saw fit, of a doubtful transaction: its pages came back, or are
 * in quarantine. */
void model_ffa_settle(struct model_ffa *ffa, size_t slot, bool back);

/* Transactions in that phase. */
size_t model_ffa_count(const struct model_ffa *ffa, enum model_ffa_phase phase);

#endif
