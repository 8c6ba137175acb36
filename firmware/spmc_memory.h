/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory transactions of the SPMC. spmc_transaction.c keeps them and knows which pages are in one;
 * spmc_memory.c reads and writes descriptors; spmc_retrieve.c hands them out. All under spmc.lock.
 */
#ifndef FIRMWARE_SPMC_MEMORY_H
#define FIRMWARE_SPMC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spmc_state.h"

enum {
	BORROWERS_MAX = 16,
	TRANSACTIONS_MAX = 1280,
	RANGE_SIZE = 16,
};

/* A constituent, as descriptors have it (DEN0140 table 1.14). */
struct range {
	uint64_t address;
	uint32_t pages;
	uint32_t reserved;
};

struct borrower {
	uint16_t id;
	uint8_t permissions; /* as the lender gave them */
	uint8_t flags;
	uint8_t granted; /* as it has them while it has them */
	bool retrieved;
	bool zero_after; /* it asked for zeroes when it relinquishes */
	uint64_t implementation[2];
};

enum transaction_state {
	UNUSED,
	SENDING,
	COMPLETE
};

/* The values of flags[4:3] in descriptors. */
enum transaction_type {
	SHARE = 1,
	LEND = 2,
	DONATE = 3
};

struct transaction {
	enum transaction_state state;
	enum transaction_type type;
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle, tag;
	unsigned borrowers;
	struct borrower borrower[BORROWERS_MAX];
	uint32_t pages_told; /* by the composite header */
	uint32_t ranges_told;
	uint64_t pages;           /* sum of the ranges that are here */
	uint32_t ranges;          /* that are here */
	uint32_t total, received; /* bytes of the descriptor */
	uint32_t fragments;
	uint8_t partial[RANGE_SIZE]; /* the beginning of a range that a fragment cut */
	unsigned partial_size;
	uint16_t first_chunk, last_chunk; /* of the ranges; NO_CHUNK: none */
	bool showing;                     /* the hypervisor reads the description in pieces */
	uint32_t shown;                   /* bytes of it that it has */
	uint32_t before;                  /* where the last piece began */
};

/* Where in a transaction's ranges a reader is. */
struct range_walk {
	uint16_t chunk;
	uint32_t index;
};

void memory_start(void);

/* NULL: no room. SENDING, with a handle, no ranges and nothing else. */
struct transaction *transaction_new(void);
void transaction_free(struct transaction *transaction);
struct transaction *transaction_find(uint64_t handle);
/* The n-th of those in use; NULL: there are not so many. */
struct transaction *transaction_at(unsigned n);
/* False: no room. */
bool transaction_add(struct transaction *transaction, const struct range *range);
/* Starts before the first range; false: there is none left. */
void range_first(const struct transaction *transaction, struct range_walk *walk);
bool range_next(const struct transaction *transaction, struct range_walk *walk,
		struct range *range);
/* Is a borrower using it? */
bool transaction_in_use(const struct transaction *transaction);
/* Write zeroes into all pages that are RAM. */
void transaction_zero(const struct transaction *transaction);

/* All ranges of a complete descriptor: are they what may be sent? Then their pages are. An FFA
 * error. */
int32_t transaction_take(struct transaction *transaction);
void transaction_give(const struct transaction *transaction);

/* Pages that belong to a transaction or a buffer. What lies outside of RAM never does. */
bool pages_sent(uint64_t address, uint64_t count);
void pages_mark(uint64_t address, uint64_t count, bool sent);

/* ---- for partitions ---- */

struct retrieval {
	uint64_t handle, tag;
	uint16_t lender;
	uint32_t flags;      /* as in a retrieve request (DEN0140 1.11.4) */
	uint8_t permissions; /* 0: as many as there are */
};

int32_t memory_partition_retrieve(const struct partition *partition, const struct retrieval *wanted,
				  struct transaction **out);
int32_t memory_partition_relinquish(const struct partition *partition, uint64_t handle,
				    uint32_t flags);

/* The transaction, if the partition has its memory, to write if `write`; else an FFA error. */
int32_t memory_partition_use(const struct partition *partition, uint64_t handle, bool write,
			     struct transaction **out);

#endif
