/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF-A mediator (DEN0077A, DEN0140): a relayer between endpoints of the normal world and the
 * firmware below, for the hypervisor that embeds it. This folder builds alone; it allocates
 * nothing, has no state outside of struct ffa, and reaches the world through struct ffa_environment
 * only.
 *
 * Order of calls, by the boot CPU before any endpoint runs:
 *
 *   ffa_negotiate()      which version firmware speaks, if any
 *   ffa_init()           what firmware offers (FFA_FEATURES)
 *   ffa_memory_size()    what the mediator needs; the embedder finds that memory
 *   ffa_open()           buffers are registered with firmware, partitions are read
 *
 * From then on ffa_call() takes each FF-A call of an endpoint, on any CPU, and answers it
 * completely.
 *
 * Three versions, converted at the edge: the one spoken with firmware, found once and held; the one
 * spoken with each endpoint; and the mediator's own form in between. Firmware never hears of an
 * endpoint's version, and an endpoint sees layouts of its own version only.
 *
 * Locks: struct ffa_lock, taken through the environment: of each endpoint and of struct ffa, never
 * two of them, for a few instructions, and never across a call of the environment other than
 * unlock(). The buffers towards firmware have an owner instead of a lock
 * (struct ffa_gate): it is held across a call into firmware, whoever else wants it waits for a
 * bounded time and answers BUSY then. Every other call into firmware is made with nothing held.
 *
 * Errors: FFA_OK or a negative enum ffa_error. A caller's mistake is the caller's error code; a
 * mistake of firmware fails the one call, is counted and told to the embedder as an event.
 */
#ifndef PORTCULLIS_FFA_H
#define PORTCULLIS_FFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define FFA_REGISTERS         18U /* x0..x17 */
#define FFA_MESSAGE_REGISTERS 8U  /* x0..x7 */
#define FFA_CPUS              64U
#define FFA_PAGES_MAX         16U /* of an endpoint's RX or TX buffer */

/* ---- FFA_VERSION towards firmware ---- */

/* How an answer reads, judged by w0 alone. */
enum ffa_reading {
	FFA_READING_OK,            /* same major, minor at least as asked */
	FFA_READING_DOWNGRADE,     /* same major, lower minor: ask again with that one */
	FFA_READING_NOT_SUPPORTED, /* int32 -1 */
	FFA_READING_INCOMPATIBLE,  /* a version of another major, or below the minimum */
	FFA_READING_INVALID,       /* no version at all: bit 31 and not -1, or major 0 */
};

/*
 * Read `raw_x0`, firmware's answer to FFA_VERSION(asked), for a client that accepts minors down to
 * `minimum`. *use is the version to go on with for OK and DOWNGRADE, else 0.
 */
enum ffa_reading ffa_version_read(uint32_t asked, uint32_t minimum, uint64_t raw_x0, uint32_t *use);

/*
 * Each minor is asked for at most twice, and the minor never rises: 1.2, 1.1 and 1.0 make six
 * questions whatever firmware answers.
 */
#define FFA_QUESTION_MAX 6

struct ffa_question {
	uint64_t raw; /* x0 as firmware left it */
	uint32_t asked;
	enum ffa_reading reading;
	uint32_t use;
};

enum ffa_outcome {
	FFA_UNASKED_CONDUIT, /* nobody to ask */
	FFA_UNASKED_SMCCC,   /* SMCCC below 1.2: FF-A must not be asked */
	FFA_ABSENT,          /* refused or unusable answers */
	FFA_UNSTEADY,        /* no version was granted twice in a row */
	FFA_PRESENT,
};

struct ffa_negotiation {
	enum ffa_outcome outcome;
	uint32_t version; /* with FFA_PRESENT: spoken with firmware from now on; else 0 */
	unsigned count;
	struct ffa_question question[FFA_QUESTION_MAX];
};

/* One question to firmware: FFA_VERSION(asked) -> raw x0. */
typedef uint64_t ffa_ask_fn(const void *context, uint32_t asked);

/*
 * Ask from the highest version down, then once more with exactly the version that will be used.
 * Fills everything. At most FFA_QUESTION_MAX calls of `ask`. Boot CPU, once.
 */
void ffa_negotiate(struct ffa_negotiation *negotiation, ffa_ask_fn *ask, const void *context);

/* ---- environment ---- */

/* A spinlock of the embedder's making; all zero is free. */
struct ffa_lock {
	uint32_t word[2];
};

/* Whole pages of an endpoint, by its intermediate physical addresses. */
struct ffa_range {
	uint64_t base;
	uint32_t pages;
	uint32_t reserved; /* 0 */
};

/* What becomes of pages of an endpoint; "the other world" is firmware and its partitions. */
enum ffa_transition {
	FFA_PIN, /* owned, used by the mediator: nothing else may become of it until FFA_UNPIN */
	FFA_UNPIN,
	FFA_GIVE_SHARED,  /* owned -> also accessible to the other world */
	FFA_GIVE_LENT,    /* owned -> accessible to the other world alone */
	FFA_GIVE_DONATED, /* owned -> the other world's */
	FFA_TAKE_SHARED,  /* the reverse of each */
	FFA_TAKE_LENT,
	FFA_TAKE_DONATED,
	FFA_DOUBT_SHARED, /* shared -> as shared, but whether the other world has it is unknown */
	FFA_DOUBT_LENT,
	FFA_CLEAR_SHARED, /* in doubt -> owned */
	FFA_CLEAR_LENT,
};

/* What the embedder is told for its log. value[] depends on the kind. */
enum ffa_event_kind {
	FFA_EVENT_VERSION,   /* an endpoint's: asked, answered, spoken now (0: none) */
	FFA_EVENT_RESET,     /* an endpoint began anew */
	FFA_EVENT_ANSWER,    /* firmware broke the rules of `fid`: x0, x1, x2 as it left them */
	FFA_EVENT_DOUBT,     /* pages are in doubt: first page, pages, transaction's `handle` */
	FFA_EVENT_CLEARED,   /* a later answer ended the doubt: as above */
	FFA_EVENT_HALF_SENT, /* firmware keeps a half-sent transaction that nothing ends: handle */
	FFA_EVENT_GATE,      /* the buffers towards firmware were not free in time: CPU that has
				them, its function, ticks since */
	FFA_EVENT_BUFFERS,   /* firmware refused ours: error, 0, 0 */
};

struct ffa_event {
	enum ffa_event_kind kind;
	uint16_t endpoint;
	uint32_t fid;
	uint64_t value[3];
};

/*
 * What the mediator needs of its embedder. `context` is the embedder's own. Any CPU, and at any
 * time, unless said otherwise.
 */
struct ffa_environment {
	/*
	 * One SMC: x0..x17 in and out, as firmware left them; x18 and above are preserved whatever
	 * firmware does. May take as long as firmware likes.
	 */
	void (*firmware_call)(void *context, uint64_t x[FFA_REGISTERS]);

	/*
	 * The same for a call that carries nothing in x8..x17 either way: they are zero for
	 * firmware, and what it leaves in them is thrown away. x3..x7 have the width of the
	 * function in x0, as they go and as they come: zero in their upper halves unless bit 30 of
	 * it is set. *since is what time() says while firmware is called, and 0 again afterwards.
	 * NULL: direct requests take firmware_call(), too, which costs them twice the instructions.
	 */
	void (*firmware_message)(void *context, uint64_t x[FFA_MESSAGE_REGISTERS], uint64_t *since);

	void (*lock)(void *context, struct ffa_lock *lock);
	void (*unlock)(void *context, struct ffa_lock *lock);

	/* Ticks of a clock that never goes back, and how many of them make a second. */
	uint64_t (*time)(void *context);
	uint64_t (*frequency)(void *context);

	/* Once in each turn of a loop that waits for another CPU. */
	void (*relax)(void *context);

	/*
	 * Copy from and to the endpoint's memory: `size` bytes at the intermediate physical
	 * `address`, within one page, which is pinned. Cannot fail.
	 */
	void (*caller_read)(void *context, uint16_t endpoint, void *to, uint64_t address,
			    size_t size);
	void (*caller_write)(void *context, uint16_t endpoint, uint64_t address, const void *from,
			     size_t size);

	/*
	 * Let `transition` happen to all `count` ranges, or to none of them: checks whole RAM,
	 * alignment, wrap, owner, state and pins of every page, and that no page is named twice.
	 * FFA_INVALID_PARAMETERS (no such pages), FFA_DENIED (not in the state) or FFA_NO_MEMORY,
	 * with nothing changed and *refused the index of the range; the embedder logs which page
	 * and rule. DOUBT, and FFA_UNPIN of what was pinned before, cannot fail; TAKE and CLEAR can
	 * with FFA_NO_MEMORY alone, and only in another order or other pieces than were given.
	 * `fid` is the cause, for the records.
	 */
	enum ffa_error (*pages)(void *context, uint16_t endpoint, enum ffa_transition transition,
				const struct ffa_range *ranges, uint32_t count, uint32_t fid,
				uint32_t *refused);

	/*
	 * Where firmware finds those pages: one range becomes one or more physical ones. Writes at
	 * most `limit` ranges, returns how many of them; they are the endpoint's, see pages(). NULL
	 * where an endpoint's addresses are the physical ones.
	 */
	uint32_t (*translate)(void *context, uint16_t endpoint, const struct ffa_range *range,
			      struct ffa_range *physical, uint32_t limit);

	/*
	 * Fill the pages with zeroes and clean them to memory, before the owner or a borrower sees
	 * them. They are given.
	 */
	void (*zero)(void *context, uint16_t endpoint, const struct ffa_range *ranges,
		     uint32_t count);

	/* Physical address of memory that the embedder gave to ffa_open(). */
	uint64_t (*physical)(void *context, const void *object);

	/* Tell; may be rate-limited. No lock of the mediator is held. */
	void (*event)(void *context, const struct ffa_event *event);
};

/* ---- state ---- */

/* Who owns the RX buffer of an endpoint. TX needs no owner: it is copied before it is looked at. */
enum ffa_rx {
	FFA_RX_FREE,     /* empty: the mediator may fill it */
	FFA_RX_FILLING,  /* a CPU of the mediator is at it */
	FFA_RX_ENDPOINT, /* full: the endpoint's until FFA_RX_RELEASE */
};

/*
 * An endpoint's buffers: addresses of its own space, pinned while `pages` is not 0. While a CPU is
 * about to map or to unmap them, `changing`, nobody else uses them or begins to.
 */
struct ffa_buffers {
	uint64_t tx, rx;
	uint32_t pages; /* of each; 0: none are mapped */
	uint32_t users; /* CPUs that are in a call that uses them */
	enum ffa_rx rx_state;
	bool changing;
	bool registered; /* firmware has the shadows, which stand for these buffers */
	bool relayed;    /* RX holds what firmware had put into the shadow */
};

/* How the answer to a direct request must be named. */
enum ffa_response {
	FFA_RESPONSE_NONE, /* no request: cycles that were given by FFA_RUN alone */
	FFA_RESPONSE_32,
	FFA_RESPONSE_64,
	FFA_RESPONSE_2, /* of MSG_SEND_DIRECT_REQ2 */
	FFA_RESPONSE_ANY,
};

/* A partition that was preempted, or yielded, while it worked for an endpoint. */
struct ffa_preempted {
	uint32_t target;      /* what FFA_RUN names: partition in 31:16, its context in 15:0 */
	uint16_t destination; /* of the request: partitions may pass work on */
	uint8_t response;     /* enum ffa_response */
	uint8_t cpu;          /* on which that was */
};

#define FFA_PREEMPTED_MAX 64U /* at once, of an endpoint */

/* A caller's side of FF-A. */
struct ffa_endpoint {
	struct ffa_lock lock; /* for all that follows */
	uint16_t id;
	/*
	 * What the endpoint holds and a change of version would pull the ground from under: mapped
	 * RX/TX buffers and bound notifications. While it is not 0, or there are transactions, the
	 * version cannot change.
	 */
	uint32_t holds;
	/*
	 * That it speaks; 0 before its first accepted FFA_VERSION. Written under the lock, read
	 * without it too: atomic.
	 */
	uint32_t version;
	struct ffa_buffers buffers;
	uint64_t bound;     /* notifications that it bound, with their senders below */
	uint64_t unbinding; /* of these, those that a call is about to unbind: for no second one */
	uint16_t bound_sender[64];
	bool notifications; /* firmware has bitmaps for it */
	/* Its memory transactions, under ffa->lock; read without it too: atomic. */
	uint32_t transactions;
	uint32_t half_sent; /* of these: fragments are missing, or firmware keeps a half */
	/*
	 * CPUs that it runs on, for firmware's sake. The embedder writes it between ffa_init() and
	 * ffa_open(); 0: it gets no notifications.
	 */
	uint16_t contexts;
	/* What waits for its FFA_RUN; `preempted_lost`: and something for which there was no room.
	 */
	struct ffa_preempted preempted[FFA_PREEMPTED_MAX];
	uint32_t preempted_count;
	bool preempted_lost;
};

/*
 * A call into firmware that has not come back: written by its CPU alone, read by any, which looks
 * at `since` before and after the rest.
 */
struct ffa_flight {
	uint64_t since; /* ticks; 0: none */
	uint32_t fid;
	uint32_t w1;                 /* of most calls: who it is from and for */
	struct ffa_endpoint *caller; /* NULL: the mediator itself */
	struct ffa *ffa;
};

/*
 * The buffers towards firmware and the snapshot of a caller's TX belong to one CPU at a time, which
 * keeps them while it calls firmware.
 */
struct ffa_gate {
	uint32_t owner;   /* CPU + 1, 0: free; atomic */
	uint32_t fid;     /* for which function */
	uint64_t since;   /* ticks */
	uint64_t taken;   /* times */
	uint64_t waited;  /* of these, after another CPU */
	uint64_t refused; /* callers that were sent away with BUSY */
};

#define FFA_GATE_PATIENCE 2U /* seconds that a call waits for the gate */

/* What the mediator remembers of a partition of the other world: its 1.3 form, whoever asks. */
struct ffa_partition {
	uint16_t id;
	uint16_t contexts;
	uint32_t properties;
	uint8_t uuid[16];
};

#define FFA_PARTITIONS_MAX 64U

struct ffa_transaction; /* transaction.h */
struct ffa_chunk;

struct ffa {
	struct ffa_flight flight[FFA_CPUS]; /* first: found at little cost */
	const struct ffa_environment *environment;
	void *context;

	struct ffa_lock lock; /* transactions and chunks */
	bool present;         /* firmware speaks FF-A and endpoints are served */
	uint32_t version;     /* spoken with firmware, and the highest that endpoints are offered */

	/*
	 * What firmware offers of FFA_FIRST_NUMBER + n, bit n % 32 of word n / 32, and what its
	 * FFA_FEATURES said beyond yes and no. Constant after ffa_init().
	 */
	uint32_t offered32[FFA_NUMBERS / 32U], offered64[FFA_NUMBERS / 32U];
	uint32_t buffer_size;        /* bytes of a buffer towards firmware; 0: it takes none */
	uint32_t schedule_interrupt; /* SRI, 0: none */
	bool partition_registers;    /* it lists partitions in registers, too */
	bool direct; /* it offers MSG_SEND_DIRECT_REQ, and firmware_message() is there */

	uint16_t spm_id; /* 0: unknown */

	/* Towards firmware; NULL before ffa_open(), and when firmware refused them. */
	uint8_t *tx, *rx;
	uint8_t *snapshot; /* FFA_PAGES_MAX pages, and as tx owned through the gate */
	struct ffa_gate gate;

	/*
	 * What firmware takes for the buffers of the first endpoint, buffer_size each, where it
	 * offers indirect messages: the other world never maps pages of an endpoint for that. NULL:
	 * there are none. tx is owned through the gate, rx by who has the endpoint's RX.
	 */
	uint8_t *shadow_tx, *shadow_rx;

	/* Partitions as firmware listed them in ffa_open(). Constant from then on. */
	struct ffa_partition partition[FFA_PARTITIONS_MAX];
	uint32_t partition_count;
	bool partitions_known; /* false: firmware's list could not be had, or there are more */

	struct ffa_transaction *transactions;
	uint32_t transaction_count;
	struct ffa_chunk *chunks;
	uint32_t chunk_count;
	uint32_t *handles; /* hash of handles: index + 1 of the first transaction of a bucket */
	uint32_t handle_buckets;
	uint32_t free_transactions, free_chunks;   /* that came back: index + 1 of the first */
	uint32_t fresh_transactions, fresh_chunks; /* from this one on nobody ever had one */
	uint32_t live, doubtful;    /* transactions: in use; of these in doubt, atomic */
	uint32_t unreserved_chunks; /* that no transaction has or may take */
	uint32_t returning; /* transactions that firmware has not, whose pages are not back yet */
	uint32_t stranded;  /* half-sent ones that firmware keeps and nothing ends */

	uint64_t strange; /* answers of firmware that broke the rules; atomic */

	struct ffa_endpoint host; /* endpoint number one; guests follow */
};

/* ---- calls of the embedder ---- */

/*
 * Begin with what negotiation found, and ask firmware what it offers. `host_id` names the first
 * endpoint, 0 or an identifier without FFA_ID_SECURE. Boot CPU, once.
 */
void ffa_init(struct ffa *ffa, const struct ffa_environment *environment, void *context,
	      const struct ffa_negotiation *firmware, uint16_t host_id);

/* How much the mediator remembers; both bound what endpoints can ask of it. */
struct ffa_capacity {
	uint32_t transactions;
	uint32_t ranges; /* of all transactions together */
};

/*
 * Bytes that ffa_open() needs for `capacity`, a multiple of 4 KiB, and in *alignment the alignment
 * of their physical address; 0 when nothing is needed, since firmware has no FF-A. Boot CPU, after
 * ffa_init().
 */
size_t ffa_memory_size(const struct ffa *ffa, const struct ffa_capacity *capacity,
		       size_t *alignment);

/*
 * Take [memory, memory + ffa_memory_size()), NULL for none, which the embedder gives for good and
 * no endpoint can reach, register buffers with firmware and read its partitions. What firmware
 * refuses is not offered to endpoints then. Boot CPU, once, after ffa_init().
 */
void ffa_open(struct ffa *ffa, void *memory, const struct ffa_capacity *capacity);

/*
 * A call of `caller` with a fast identifier of owner 4 and number 0x60..0xff, x0 to x17 in `x`, on
 * CPU `cpu` (below FFA_CPUS): answers it completely in `x`. Where FF-A is absent each call but
 * FFA_VERSION is answered as a function that nobody knows. Any CPU, no locks held.
 */
void ffa_call(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu,
	      uint64_t x[FFA_REGISTERS]);

/*
 * ffa_call() for calls whose identifier is MSG_SEND_DIRECT_REQ, in either form, at a third of the
 * cost: for embedders that find their way by the identifier anyway.
 */
void ffa_direct(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu,
		uint64_t x[FFA_REGISTERS]);

/*
 * The endpoint began anew (kexec): its version, buffers and notifications are gone with the kernel
 * that had them; its memory transactions stay, since the other world still has the pages. Any CPU,
 * no locks held; no call of the endpoint may be under way on another CPU.
 */
void ffa_endpoint_reset(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu);

/* ---- parts without state, for tests and tools ---- */

struct ffa_answer {
	uint32_t w0;      /* version, or NOT_SUPPORTED as int32 */
	uint32_t version; /* of the caller afterwards, 0 for none */
};

/*
 * FFA_VERSION as callee, without any state of its own: we implement `implemented`, the caller spoke
 * `version` (0: none) and may not change it when `locked`; it asks with w1 and w2.
 */
struct ffa_answer ffa_version_answer(uint32_t implemented, uint32_t version, bool locked,
				     uint32_t w1, uint32_t w2);

/* Is function `fid` served for a caller of `version`? From the dispatch table of ffa_call(). */
bool ffa_serves(const struct ffa *ffa, uint32_t version, uint32_t fid);

/* ---- what bytes and registers say ---- */

/* A rule that a structure breaks. ffa_rule_words() says it. */
enum ffa_rule {
	FFA_RULE_NONE,
	FFA_RULE_LENGTH,   /* total or fragment length does not fit */
	FFA_RULE_HEADER,   /* shorter than the headers of its version */
	FFA_RULE_RESERVED, /* a field that must be zero is not */
	FFA_RULE_SENDER,   /* not the caller */
	FFA_RULE_ATTRIBUTES,
	FFA_RULE_FLAGS,
	FFA_RULE_HANDLE, /* given where firmware gives one, or the reverse */
	FFA_RULE_EMAD_SIZE,
	FFA_RULE_EMAD_COUNT,
	FFA_RULE_EMAD_OFFSET,
	FFA_RULE_BORROWER, /* sender, repeated, of the wrong world */
	FFA_RULE_PERMISSIONS,
	FFA_RULE_COMPOSITE, /* offset: missing, unaligned, overlapping, or not one for all */
	FFA_RULE_RANGE_COUNT,
	FFA_RULE_PAGE_COUNT, /* total is not the sum */
	FFA_RULE_ADDRESS,    /* unaligned, wraps, no pages, or beyond what can be addressed */
	FFA_RULE_RECEIVER,   /* of a message: its sender */
	FFA_RULE_PAYLOAD, /* of a message: overlaps the header, ends behind the buffer, or is empty
			   */
	FFA_RULE_LIST_COUNT, /* of notifications: more than a reply has room for */
};

struct ffa_verdict {
	enum ffa_error error; /* FFA_OK, or what the caller is answered */
	enum ffa_rule rule;
	uint32_t offset; /* of the field that breaks the rule, in bytes */
};

/* ---- memory transaction descriptors ---- */

struct ffa_borrower {
	uint16_t id;
	uint8_t permissions;
	uint8_t flags;
	uint64_t implementation[2]; /* from 1.2: carried, never looked at; else 0 */
};

/* A descriptor's head: everything in front of the ranges, in the mediator's own form. */
struct ffa_descriptor {
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t borrower_count;
	struct ffa_borrower borrower[FFA_BORROWERS_MAX];
	uint32_t page_count;  /* as the composite says */
	uint32_t range_count; /* as the composite says */
	uint32_t ranges;      /* offset of the first range in the descriptor that was read */
};

/*
 * Read and check the head of a MEM_DONATE, _LEND or _SHARE (`fid` in either form, nothing else) as
 * a caller of `version` and identifier `caller` sends it: the `size` bytes of the first fragment
 * are there, of `total` in all fragments. Reads nothing beyond bytes[size - 1]; `out` is complete
 * when the verdict is FFA_OK, and up to the broken rule else. FFA_DENIED for another sender and for
 * attributes that are understood and not served, FFA_INVALID_PARAMETERS for all other rules: those
 * of DEN0140's tables for sends, a first fragment that holds the head and whole ranges, borrowers
 * of the secure world. Not judged here: whether they exist, how long a descriptor may be, whether
 * firmware takes a time slice. Any CPU, no lock; `bytes` must not change meanwhile.
 */
struct ffa_verdict ffa_descriptor_read(const uint8_t *bytes, uint32_t size, uint32_t total,
				       uint32_t fid, uint32_t version, uint16_t caller,
				       struct ffa_descriptor *out);

/*
 * Read `count` ranges (below 2^28) from bytes, 16 each: whole pages, at least one, all of them
 * below 2^48, nothing in the reserved word; else FFA_INVALID_PARAMETERS, and `offset` counts from
 * `bytes`. *pages becomes the sum, which is that of the composite once all fragments are added; 0
 * when a rule is broken. That no page is named twice is not judged here. Any CPU, no lock.
 */
struct ffa_verdict ffa_ranges_read(const uint8_t *bytes, uint32_t count, struct ffa_range *out,
				   uint64_t *pages);

/*
 * Bytes of a head in the layout of `version`, which firmware or an endpoint speaks; the ranges
 * follow. At most 48 + 32 * FFA_BORROWERS_MAX + 16.
 */
uint32_t ffa_descriptor_size(const struct ffa_descriptor *descriptor, uint32_t version);

/*
 * Write it: ffa_descriptor_size() bytes at `bytes`, access descriptors behind the header and the
 * composite behind these. The implementation-defined bytes of borrowers have no place below 1.2.
 */
void ffa_descriptor_write(const struct ffa_descriptor *descriptor, uint32_t version,
			  uint8_t *bytes);

/* Write `count` ranges, 16 bytes each. */
void ffa_ranges_write(const struct ffa_range *ranges, uint32_t count, uint8_t *bytes);

/* ---- messages and lists of notifications ---- */

/* What MSG_SEND2 finds in front of a message. */
struct ffa_message {
	uint16_t sender, receiver;
	uint32_t offset, size; /* of the payload, in bytes from the start of the buffer */
	uint64_t uuid[2];      /* from 1.2, as registers carry it: bytes 0..7, 8..15; else nil */
};

/* Bytes of the header in the layout of `version`, which is 1.1 or higher. */
uint32_t ffa_message_header_size(uint32_t version);

/*
 * Read and check the header of a message as a caller of `version` (1.1 or higher) and identifier
 * `caller` sends it, in a buffer of `size` bytes. FFA_INVALID_PARAMETERS for each broken rule. Not
 * judged: whether the receiver exists and takes messages. Any CPU, no lock; `bytes` must not change
 * meanwhile.
 */
struct ffa_verdict ffa_message_read(const uint8_t *bytes, uint32_t size, uint32_t version,
				    uint16_t caller, struct ffa_message *out);

/*
 * Write a header of ffa_message_header_size() bytes; message->offset is where the writer puts the
 * payload. The UUID has no place below 1.2.
 */
void ffa_message_write(const struct ffa_message *message, uint32_t version, uint8_t *bytes);

#define FFA_LISTS_MAX 20U /* in the 64-bit form; 10 in the other */

/* An endpoint with notifications, and up to three of its vCPUs: none for those that all may take.
 */
struct ffa_notified {
	uint16_t endpoint;
	uint16_t vcpu_count;
	uint16_t vcpu[3];
};

/*
 * Read a successful answer to FFA_NOTIFICATION_INFO_GET, x0 (which tells the form) to x7: *count
 * becomes the number of lists, *more whether there are others. FFA_ABORTED, with `offset` the
 * number of the register, for more lists or identifiers than the form has room for. Any CPU, no
 * lock.
 */
struct ffa_verdict ffa_notified_read(const uint64_t x[FFA_REGISTERS],
				     struct ffa_notified out[FFA_LISTS_MAX], uint32_t *count,
				     bool *more);

/* The rule in words: "the sender is not the caller". */
const char *ffa_rule_words(enum ffa_rule rule);

#endif
