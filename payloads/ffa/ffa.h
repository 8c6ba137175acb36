/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF-A as a host speaks it, for the cases of this payload: what stands here is written from the
 * standard, not from the mediator below.
 */
#ifndef PAYLOAD_FFA_H
#define PAYLOAD_FFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks.h"

#define FN64 0x40000000U

#define FFA_ERROR                   0x84000060U
#define FFA_SUCCESS                 0x84000061U
#define FFA_INTERRUPT               0x84000062U
#define FFA_VERSION                 0x84000063U
#define FFA_FEATURES                0x84000064U
#define FFA_RX_RELEASE              0x84000065U
#define FFA_RXTX_MAP                0x84000066U
#define FFA_RXTX_UNMAP              0x84000067U
#define FFA_PARTITION_INFO_GET      0x84000068U
#define FFA_ID_GET                  0x84000069U
#define FFA_YIELD                   0x8400006cU
#define FFA_RUN                     0x8400006dU
#define FFA_DIRECT_REQ              0x8400006fU
#define FFA_DIRECT_RESP             0x84000070U
#define FFA_MEM_DONATE              0x84000071U
#define FFA_MEM_LEND                0x84000072U
#define FFA_MEM_SHARE               0x84000073U
#define FFA_MEM_RECLAIM             0x84000077U
#define FFA_MEM_FRAG_RX             0x8400007aU
#define FFA_MEM_FRAG_TX             0x8400007bU
#define FFA_NOTIFICATION_BIND       0x8400007fU
#define FFA_NOTIFICATION_UNBIND     0x84000080U
#define FFA_NOTIFICATION_GET        0x84000082U
#define FFA_NOTIFICATION_INFO_GET   0x84000083U
#define FFA_SPM_ID_GET              0x84000085U
#define FFA_PARTITION_INFO_GET_REGS 0x8400008bU
#define FFA_DIRECT_REQ2             0x8400008dU
#define FFA_DIRECT_RESP2            0x8400008eU

#define NOT_SUPPORTED      (-1)
#define INVALID_PARAMETERS (-2)
#define NO_MEMORY          (-3)
#define BUSY               (-4)
#define DENIED             (-6)
#define ABORTED            (-8)
#define RETRY              (-7)
#define NO_DATA            (-9)

/* Partitions of the test firmware and what they do when the first payload register says so. */
#define ECHO     0x8001U
#define KEEPER   0x8002U /* of memory */
#define NOTIFIER 0x8003U

#define COMMAND_INTERRUPT  0x50430001U
#define COMMAND_YIELD      0x50430002U
#define COMMAND_RETRIEVE   0x50430010U
#define COMMAND_RELINQUISH 0x50430013U
#define COMMAND_ROUND      0x50430014U
#define COMMAND_NOTIFY     0x50430020U

/* Registers of a call, and of its answer afterwards. */
struct call {
	uint64_t x[18];
};

/* x0 := fid, x1..x7 zero, x8..x17 canaries. */
struct call call_new(uint32_t fid);
void call_make(struct call *call);

/* x8..x17 still hold the canaries of call_new(). */
bool call_kept(const struct call *call);

/* Make it with up to seven arguments; the answer. */
struct call call_of(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5,
		    uint64_t x6, uint64_t x7);

static inline uint32_t word(const struct call *call, unsigned n)
{
	return (uint32_t)call->x[n];
}

/* FFA_SUCCESS in either form. */
static inline bool succeeded(const struct call *call)
{
	return (word(call, 0) & ~FN64) == FFA_SUCCESS;
}

/* The code of FFA_ERROR; 0: it is none. */
static inline int32_t error_of(const struct call *call)
{
	return word(call, 0) == FFA_ERROR ? (int32_t)word(call, 2) : 0;
}

/* ---- the host ---- */

struct host {
	uint32_t version; /* that we speak */
	uint32_t offered; /* that the answer named */
	uint16_t id;
	uint8_t *tx, *rx;
	uint32_t buffer_size;
	uint32_t lock; /* TX and RX are one pair for all CPUs */
};

extern struct host host;

/* One CPU at a time at the buffers. */
void host_lock(void);
void host_unlock(void);

/* ---- descriptors ---- */

struct range {
	uint64_t base;
	uint32_t pages;
};

struct request {
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle, tag;
	uint16_t borrower;
	uint8_t permissions;
	const struct range *ranges;
	uint32_t count;
};

/* What a share (or a lend, a donation) of `ranges` with `borrower` looks like when all is right. */
struct request request_new(uint32_t fid, uint16_t borrower, const struct range *ranges,
			   uint32_t count);

/* Write it in the layout of host.version; its size. At most `room` bytes are touched. */
uint32_t request_write(const struct request *request, uint8_t *bytes, size_t room);

/* Offset of the composite, and of its first range, in what request_write() writes. */
uint32_t request_composite(void);

/* ---- memory ---- */

/*
 * Send `request` by `fid`, in fragments as the buffer has room; the last answer. Takes the lock
 * around each fragment.
 */
struct call memory_send(uint32_t fid, const struct request *request);

/* One range, all as it should be; the answer. */
struct call memory_give(uint32_t fid, uint16_t borrower, uint64_t base, uint32_t pages);

struct call memory_reclaim(uint64_t handle, uint32_t flags);

static inline uint64_t handle_of(const struct call *answer)
{
	return word(answer, 2) | (uint64_t)word(answer, 3) << 32;
}

/*
 * Pages of our own, each taken at most once until they are given back together.
 */
uint64_t pages_take(uint32_t pages);

/* ---- messages ---- */

/* Direct request by the 32-bit form with five words; resumes what is interrupted. */
struct call message(uint16_t partition, uint32_t w3, uint32_t w4, uint32_t w5, uint32_t w6,
		    uint32_t w7);

/* ---- cases ---- */

/* The answer is FFA_ERROR with `code`, and clean; or FFA_SUCCESS and clean. */
bool check_error(const struct call *answer, int32_t code, const char *what);
bool check_success(const struct call *answer, const char *what);

void test_version(uint32_t version);
void test_buffers(void);
void test_partitions(void);
void test_new_kernel(void);
void test_messages(void);
void test_memory(void);
void test_descriptors(void);
void test_fragments(void);
void test_notifications(void);
void test_together(void);

/* Is the function offered (FFA_FEATURES)? */
bool offered(uint32_t fid);

#endif
