/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SPMC for the fake machine: it keeps its own table of memory transactions, in bytes as they
 * arrived, and answers by the rules until a test makes it lie. It shares no code with the mediator
 * and believes nothing that it says.
 */
#ifndef PORTCULLIS_FAKE_SPMC_H
#define PORTCULLIS_FAKE_SPMC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake/machine.h"

#define SPMC_SHARES 1200
#define SPMC_ID     0x8000U

/* What becomes of a half-sent transaction when a fragment is refused. */
enum fake_spmc_half {
	SPMC_HALF_DROPPED,   /* gone with the first error, as TF-A's and OP-TEE's */
	SPMC_HALF_KEPT,      /* until its last fragment, which is looked at then, as Hafnium's */
	SPMC_HALF_FOR_EVER,  /* nothing ends it: every fragment is answered BUSY */
	SPMC_HALF_RECLAIMED, /* MEM_RECLAIM ends it */
};

struct fake_share {
	bool used, complete;
	bool held; /* a partition has retrieved it */
	uint64_t handle;
	uint32_t fid;
	uint16_t sender;
	uint32_t total, received;
	unsigned fragments;
	uint8_t *bytes;
};

struct fake_spmc {
	uint32_t version; /* its layouts */
	uint32_t size;    /* of the mediator's buffers */
	const uint8_t *tx;
	uint8_t *rx;

	enum fake_spmc_half half;
	bool zeroes;  /* takes the flag that asks for zeroed memory */
	bool donates; /* offers MEM_DONATE */
	unsigned fragments_max;
	uint64_t handle; /* next one */
	uint64_t step;   /* from one to the next */

	unsigned calls; /* of MEM_* and FRAG_* */
	unsigned broken;
	const char *complaint; /* the first rule that the mediator broke */
	struct fake_share share[SPMC_SHARES];

	/*
	 * Lies. `before` may answer a call by itself (true), or run another CPU's call in the
	 * middle of this one; `after` sees the honest answer and may change it. No lock is held.
	 */
	bool (*before)(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS]);
	void (*after)(struct fake_spmc *spmc, const uint64_t asked[SMCCC_REGISTERS],
		      uint64_t x[SMCCC_REGISTERS]);
	void *context; /* the test's own */

	pthread_mutex_t mutex;
};

/* Empty, honest, of this version; buffers of 4 KiB; installed in `fake`. */
void fake_spmc_open(struct fake_spmc *spmc, uint32_t version);
void fake_spmc_close(struct fake_spmc *spmc);

/* A call of the normal world; for fake.firmware. */
void fake_spmc_handle(void *context, uint64_t x[SMCCC_REGISTERS]);

/* Answers, for `before` and `after`. */
void fake_spmc_error(uint64_t x[SMCCC_REGISTERS], int32_t code);
void fake_spmc_words(uint64_t x[SMCCC_REGISTERS], uint32_t w0, uint32_t w1, uint32_t w2,
		     uint32_t w3);

struct fake_share *fake_spmc_find(struct fake_spmc *spmc, uint64_t handle);
unsigned fake_spmc_count(const struct fake_spmc *spmc, bool complete);

/* Through how many complete transactions partitions can reach the page. */
unsigned fake_spmc_reaches(const struct fake_spmc *spmc, uint64_t page);

#endif
