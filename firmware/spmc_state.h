/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the SPMC know of each other: spmc.c (versions, discovery), spmc_buffer.c
 * (RX/TX), spmc_message.c (direct and indirect messages), spmc_partition.c (what partitions do),
 * spmc_memory.c and spmc_transaction.c (memory), spmc_notification.c. Everything here is called
 * under spmc.lock.
 *
 * Layouts and rules: Arm DEN0077A (1.0 to 1.2), DEN0140 for memory.
 */
#ifndef FIRMWARE_SPMC_STATE_H
#define FIRMWARE_SPMC_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "core/lock.h"
#include "spmc.h"

enum {
	FFA_OK = 0,
	FFA_NOT_SUPPORTED = -1,
	FFA_INVALID_PARAMETERS = -2,
	FFA_NO_MEMORY = -3,
	FFA_BUSY = -4,
	FFA_INTERRUPTED = -5,
	FFA_DENIED = -6,
	FFA_RETRY = -7,
	FFA_ABORTED = -8,
	FFA_NO_DATA = -9,
};

#define FFA_FN_ERROR          0x84000060U
#define FFA_FN_SUCCESS        0x84000061U
#define FFA_FN_SUCCESS_64     0xc4000061U
#define FFA_FN_INTERRUPT      0x84000062U
#define FFA_FN_MSG_WAIT       0x8400006bU
#define FFA_FN_YIELD          0x8400006cU
#define FFA_FN_DIRECT_RESP    0x84000070U
#define FFA_FN_DIRECT_RESP_64 0xc4000070U
#define FFA_FN_RETRIEVE_RESP  0x84000075U
#define FFA_FN_FRAG_RX        0x8400007aU
#define FFA_FN_FRAG_TX        0x8400007bU
#define FFA_FN_DIRECT_RESP2   0xc400008eU
#define FFA_FUNCTION_64       0x40000000U

#define FFA_VERSION_1_0 0x10000U
#define FFA_VERSION_1_1 0x10001U
#define FFA_VERSION_1_2 0x10002U
#define FFA_VERSION_1_3 0x10003U

#define FFA_PAGE  4096U
#define SECURE_ID 0x8000U /* bit 15: an endpoint of the secure world */
#define SPMC_ID   0x8000U

enum {
	SPMC_VMS = 16,         /* endpoints of the normal world with buffers or notifications */
	BUFFER_PAGES_MAX = 32, /* of one RX or TX */
	SPMC_PARTITION_LIMIT = 255,
	SPMC_ACTORS = 3,    /* partitions with an RX buffer and notifications: the first ones */
	SPMC_CONTEXTS = 16, /* CPU_LIMIT of layout.h */
	SPMC_VCPUS = 64,
};

/* ---- RX and TX of an endpoint in the normal world ---- */

enum rx_state {
	RX_EMPTY,    /* the SPMC may write it */
	RX_FULL,     /* the endpoint reads it */
	RX_ACQUIRED, /* the hypervisor may write it */
};

struct buffer_pair {
	bool mapped;
	enum rx_state rx_state;
	unsigned rx_pages, tx_pages;
	uint64_t rx[BUFFER_PAGES_MAX], tx[BUFFER_PAGES_MAX]; /* address of each page */
};

/* ---- notifications of a receiver, in either world ---- */

struct receiver {
	bool created;
	unsigned vcpus;
	uint16_t bound[64]; /* the sender of each bit; with `bound_bits` */
	uint64_t bound_bits,
	    per_vcpu;                 /* bits that have a sender; those of them that are per vCPU */
	uint64_t global;              /* pending */
	uint64_t pending[SPMC_VCPUS]; /* pending, per vCPU */
	bool global_news, framework, framework_news; /* news: INFO_GET has not told it yet */
	uint64_t vcpu_news;                          /* bit N: vCPU N */
};

struct vm {
	bool known;
	uint16_t id;
	struct buffer_pair buffers;
	struct receiver receiver;
};

/* ---- partitions ---- */

enum activity {
	WAITING,
	PREEMPTED, /* answered FFA_INTERRUPT, FFA_RUN goes on */
	YIELDED,   /* the same with FFA_YIELD */
	RUNNING,   /* works on a CPU, without spmc.lock */
};

/* One execution context: what it was asked while it waits for FFA_RUN. */
struct context {
	enum activity activity;
	unsigned rounds;  /* times that FFA_RUN is still answered like the request was */
	uint64_t work_us; /* that it still has to run before it answers */
	uint64_t answer[CALL_REGISTERS];
};

struct partition {
	uint16_t id;
	uint16_t contexts;
	uint32_t properties; /* as in the descriptor of 1.2 */
	bool aborted;
	struct context context[SPMC_CONTEXTS];
};

/* What only the first partitions have. */
struct actor {
	struct receiver receiver;
	bool message; /* the message in `rx` has not been read */
	uint16_t message_from;
	uint32_t message_size;
	uint8_t rx[FFA_PAGE];
	uint32_t vms_created, vms_destroyed; /* framework messages received */
};

enum {
	PROPERTY_DIRECT = 1U << 0,
	PROPERTY_SENDS_DIRECT = 1U << 1,
	PROPERTY_INDIRECT = 1U << 2,
	PROPERTY_NOTIFIED = 1U << 3,
	PROPERTY_CREATED = 1U << 6,
	PROPERTY_DESTROYED = 1U << 7,
	PROPERTY_AARCH64 = 1U << 8,
	PROPERTY_DIRECT2 = 1U << 9,
};

/* ---- everything ---- */

struct spmc {
	struct lock lock; /* for all that follows and what the other parts hold; under none but the
			     console's */
	bool there;
	uint64_t property[SPMC_PROPERTIES];
	uint32_t negotiated; /* with the normal world; 0: not yet */
	bool frozen;         /* another call was made since: it cannot change any more */
	bool sri_due;        /* raise the SRI when this call returns */
	struct vm vm[SPMC_VMS];
	unsigned partitions;
	struct partition *partition;
	struct actor actor[SPMC_ACTORS];
};

/* Large tables that spmc_start() sets up, not the start of the machine: it would take too long
 * there. */
#define SPMC_POOL __attribute__((section(".bss.pool")))

extern struct spmc spmc;

static inline bool spmc_like(enum spmc_like like)
{
	return spmc.property[SPMC_LIKE] == like;
}

/* The version whose layouts the normal world gets. */
uint32_t spmc_version(void);

static inline bool normal_id(uint16_t id)
{
	return (id & SECURE_ID) == 0;
}

/* 64 bits out of two registers with 32. */
static inline uint64_t pair_of(uint64_t low, uint64_t high)
{
	return (uint64_t)(uint32_t)high << 32 | (uint32_t)low;
}

/* The endpoint, NULL when it is not known; with `add` it is made known if there is room. */
struct vm *spmc_vm(uint16_t id, bool add);

/* NULL: there is no such partition. */
struct partition *spmc_partition(uint16_t id);
struct actor *spmc_actor(const struct partition *partition);

/* Handlers: an FFA error, or FFA_OK with result[2..] written (and result[0], if it is no
 * FFA_SUCCESS). */
typedef int32_t spmc_handler(struct call *call);

/* spmc_buffer.c */
spmc_handler buffer_map, buffer_unmap, buffer_rx_acquire, buffer_rx_release;
void buffer_start(void);
size_t buffer_rx_size(const struct vm *vm);
size_t buffer_tx_size(const struct vm *vm);
void buffer_read_tx(const struct vm *vm, size_t offset, void *to, size_t size);
void buffer_write_rx(const struct vm *vm, size_t offset, const void *from, size_t size);

/* spmc_info.c */
spmc_handler info_get, info_get_regs;
void partition_uuid(const struct partition *partition, unsigned service, uint8_t uuid[16]);

/* spmc_message.c */
spmc_handler message_direct, message_direct2, message_run, message_send2;
int32_t message_to_vm(struct partition *from, uint16_t to, const void *payload, uint32_t size);

/*
 * spmc_partition.c: what a partition does with a request. `word` are the payload registers, `count`
 * of them: 5 from w3 or x3 on, or 14 from x4 on; the answer takes their place.
 */
struct request {
	struct partition *partition;
	unsigned context; /* which one of it runs */
	uint16_t from;
	bool wide; /* 64-bit registers */
	unsigned count;
	uint64_t word[14];
	enum activity pause; /* answer so first .. */
	unsigned rounds;     /* .. so many times */
	uint64_t work_us;    /* run that long before the answer, unless an interrupt comes */
};
void partition_obey(struct request *request);
void partition_run(struct partition *partition);

/* spmc_memory.c: calls of the normal world. */
spmc_handler memory_share, memory_lend, memory_donate, memory_frag_tx, memory_frag_rx,
    memory_retrieve, memory_relinquish, memory_reclaim;

/* spmc_notification.c */
spmc_handler notification_create, notification_destroy, notification_bind, notification_unbind,
    notification_set, notification_get, notification_info_get;
int32_t notification_from_partition(struct partition *partition, uint16_t to, uint64_t bits,
				    uint32_t flags);
int32_t notification_partition_bind(struct partition *partition, uint16_t from, uint64_t bits,
				    uint32_t flags, bool bind);
uint64_t notification_partition_get(struct partition *partition, unsigned context, bool *message);
unsigned notification_flood(struct partition *partition, uint16_t to);
void notification_rx_full(struct receiver *receiver);

#endif
