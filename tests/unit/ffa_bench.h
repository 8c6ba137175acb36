/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host with FF-A on the ledger's bench: the mediator with its real environment, ledger and stage
 * 2 below it, a fake SPMC below that, and memory of the host that can be written and read. Sends of
 * memory are built here, by the tables of DEN0140 and without the mediator's code.
 */
#ifndef PORTCULLIS_TEST_FFA_BENCH_H
#define PORTCULLIS_TEST_FFA_BENCH_H

#include "core/ffa/transaction.h"
#include "core/host/ffa.h"
#include "fake/spmc.h"
#include "ledger_bench.h"

#define BENCH_TX (BANK_C_END - 32U * PAGE) /* the host's buffers, up to 16 pages each */
#define BENCH_RX (BENCH_TX + 16U * PAGE)

#define BENCH_SHARE   0x84000073U
#define BENCH_LEND    0x84000072U
#define BENCH_DONATE  0x84000071U
#define BENCH_RECLAIM 0x84000077U
#define BENCH_FRAG_RX 0x8400007aU
#define BENCH_FRAG_TX 0x8400007bU
#define BENCH_ERROR   0x84000060U
#define BENCH_SUCCESS 0x84000061U
#define BENCH_64      0x40000000U

#define BENCH_SP 0x8001U /* a partition; the next ones are 0x8002 ... */

struct bench_range {
	uint64_t base;
	uint32_t pages;
};

/* A send as it will be written: bench_send_of() fills in what is usual. */
struct bench_send {
	uint32_t fid;
	uint32_t version;
	uint16_t sender, attributes;
	uint32_t flags;
	uint64_t tag;
	uint32_t borrowers; /* BENCH_SP and following */
	uint8_t permissions;
	const struct bench_range *ranges;
	uint32_t count;
	uint32_t pages; /* total that the composite says */
};

struct bench_setup {
	uint32_t firmware, host; /* versions */
	uint32_t buffer_pages;   /* of the host */
	uint32_t firmware_buffer;
	unsigned sets, tables;
	struct ffa_capacity capacity;
};

/* 1.2 both, one page of buffers, room for 64 transactions of 4,096 ranges. */
extern const struct bench_setup bench_usual;

extern struct ffa bench_ffa;
extern struct host_ffa bench_host;
extern struct fake_spmc bench_spmc;

void bench_ffa_open(const struct bench_setup *setup);

/* Every invariant: locks, gate, ledger, stage 2, SPMC; the number of transactions that are left. */
void bench_ffa_close(uint32_t live, uint32_t doubtful);

/* The same while the bench goes on. */
void bench_ffa_check(uint32_t live, uint32_t doubtful);

/* The host's memory at an address. */
uint8_t *bench_ram(uint64_t address);

/* memcpy() from or to memory that other threads write meanwhile. */
void bench_copy(void *to, const void *from, size_t size);

/* One call on fake_cpu; x is what the host finds afterwards. */
void bench_call(uint64_t x[SMCCC_REGISTERS], uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
		uint64_t x4);

/* The error code of a call: 0 for FFA_SUCCESS, 1 for FFA_MEM_FRAG_RX. */
int bench_code(const uint64_t x[SMCCC_REGISTERS]);

struct bench_send bench_send_of(uint32_t fid, const struct bench_range *ranges, uint32_t count);

/* Bytes of its head in its version, and all of it; written to `to`. */
uint32_t bench_head(const struct bench_send *send);
uint32_t bench_total(const struct bench_send *send);
void bench_write(const struct bench_send *send, uint8_t *to);

/* All of it in one fragment. bench_code(), and the handle. */
int bench_transmit(const struct bench_send *send, uint64_t *handle);

/* The first `ranges` ranges; then ranges [first, first + count) by MEM_FRAG_TX. */
int bench_transmit_first(const struct bench_send *send, uint32_t ranges, uint64_t *handle);
int bench_transmit_more(const struct bench_send *send, uint64_t handle, uint32_t first,
			uint32_t count);

int bench_reclaim(uint64_t handle, uint32_t flags);

/* The pages of the range are the host's alone, and nobody else reaches them. */
void assert_home(const struct bench_range *range);
/* ... are in this state, lent to or shared with the secure world. */
void assert_away(const struct bench_range *range, enum ledger_state state);

#endif
