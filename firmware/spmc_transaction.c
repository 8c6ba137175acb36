// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "ram.h"
#include "spmc_memory.h"

enum {
	CHUNK_RANGES = 64,
	CHUNKS = 4096,
	NO_CHUNK = 0xffff,
};

#define PAGES_BASE    0x40000000U /* where the machine's RAM begins */
#define PAGES_TRACKED (UINT64_C(64) << 30 >> 12)

/* Ranges of the transactions: lists of chunks, free ones too. */
static struct range chunks[CHUNKS][CHUNK_RANGES] SPMC_POOL;
static uint16_t chunk_next[CHUNKS] SPMC_POOL;
static struct transaction transactions[TRANSACTIONS_MAX] SPMC_POOL;
static uint64_t sent[PAGES_TRACKED / 64] SPMC_POOL;

static uint16_t free_chunk;
static uint64_t next_handle;

static uint64_t tracked_end(void);

void memory_start(void)
{
	memset(sent, 0, ((tracked_end() - PAGES_BASE) / FFA_PAGE + 63) / 64 * sizeof(sent[0]));
	for (unsigned i = 0; i < CHUNKS; i++)
		chunk_next[i] = (uint16_t)(i + 1U < CHUNKS ? i + 1U : NO_CHUNK);
	free_chunk = 0;
	for (unsigned i = 0; i < TRANSACTIONS_MAX; i++)
		transactions[i].state = UNUSED;
	next_handle = spmc.property[SPMC_HANDLE];
}

/* ---- pages ---- */

static uint64_t tracked_end(void)
{
	uint64_t end = PAGES_BASE + (PAGES_TRACKED << 12);

	return end < ram_end() ? end : ram_end();
}

/* The numbers of those pages of a range that are tracked: [*first, *end). */
static void tracked(uint64_t address, uint64_t count, uint64_t *first, uint64_t *end)
{
	uint64_t last =
	    address / FFA_PAGE + count; /* far below 2^64: a range has up to 2^32 pages */

	*first = (address > PAGES_BASE ? address - PAGES_BASE : 0) / FFA_PAGE;
	*end = (last < tracked_end() / FFA_PAGE ? last : tracked_end() / FFA_PAGE);
	*end = *end > PAGES_BASE / FFA_PAGE ? *end - PAGES_BASE / FFA_PAGE : 0;
}

bool pages_sent(uint64_t address, uint64_t count)
{
	uint64_t page, end;

	for (tracked(address, count, &page, &end); page < end; page++) {
		if ((sent[page / 64] >> page % 64 & 1U) != 0)
			return true;
	}
	return false;
}

void pages_mark(uint64_t address, uint64_t count, bool mark)
{
	uint64_t page, end;

	for (tracked(address, count, &page, &end); page < end; page++) {
		if (mark)
			sent[page / 64] |= UINT64_C(1) << page % 64;
		else
			sent[page / 64] &= ~(UINT64_C(1) << page % 64);
	}
}

/* ---- the table ---- */

struct transaction *transaction_new(void)
{
	for (unsigned i = 0; i < spmc.property[SPMC_TRANSACTIONS]; i++) {
		struct transaction *transaction = &transactions[i];

		if (transaction->state != UNUSED)
			continue;
		memset(transaction, 0, sizeof(*transaction));
		transaction->state = SENDING;
		transaction->handle = next_handle;
		next_handle += spmc.property[SPMC_HANDLE_STEP];
		transaction->first_chunk = NO_CHUNK;
		transaction->last_chunk = NO_CHUNK;
		return transaction;
	}
	return NULL;
}

void transaction_free(struct transaction *transaction)
{
	if (transaction->first_chunk != NO_CHUNK) {
		chunk_next[transaction->last_chunk] = free_chunk;
		free_chunk = transaction->first_chunk;
	}
	transaction->state = UNUSED;
}

struct transaction *transaction_find(uint64_t handle)
{
	for (unsigned i = 0; i < TRANSACTIONS_MAX; i++) {
		if (transactions[i].state != UNUSED && transactions[i].handle == handle)
			return &transactions[i];
	}
	return NULL;
}

struct transaction *transaction_at(unsigned n)
{
	for (unsigned i = 0; i < TRANSACTIONS_MAX; i++) {
		if (transactions[i].state != UNUSED && n-- == 0)
			return &transactions[i];
	}
	return NULL;
}

bool transaction_in_use(const struct transaction *transaction)
{
	for (unsigned i = 0; i < transaction->borrowers; i++) {
		if (transaction->borrower[i].retrieved)
			return true;
	}
	return false;
}

/* ---- ranges ---- */

bool transaction_add(struct transaction *transaction, const struct range *range)
{
	unsigned within = transaction->ranges % CHUNK_RANGES;

	if (within == 0) {
		uint16_t chunk = free_chunk;

		if (chunk == NO_CHUNK)
			return false;
		free_chunk = chunk_next[chunk];
		chunk_next[chunk] = NO_CHUNK;
		if (transaction->first_chunk == NO_CHUNK)
			transaction->first_chunk = chunk;
		else
			chunk_next[transaction->last_chunk] = chunk;
		transaction->last_chunk = chunk;
	}
	chunks[transaction->last_chunk][within] = *range;
	transaction->ranges++;
	transaction->pages += range->pages;
	return true;
}

void range_first(const struct transaction *transaction, struct range_walk *walk)
{
	walk->chunk = transaction->first_chunk;
	walk->index = 0;
}

bool range_next(const struct transaction *transaction, struct range_walk *walk, struct range *range)
{
	if (walk->index >= transaction->ranges)
		return false;
	if (walk->index != 0 && walk->index % CHUNK_RANGES == 0)
		walk->chunk = chunk_next[walk->chunk];
	*range = chunks[walk->chunk][walk->index % CHUNK_RANGES];
	walk->index++;
	return true;
}

void transaction_zero(const struct transaction *transaction)
{
	struct range_walk walk;
	struct range range;

	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		for (uint32_t i = 0; i < range.pages; i++) {
			uint64_t page = range.address + (uint64_t)i * FFA_PAGE;

			if (page % FFA_PAGE == 0 && ram_holds(page, FFA_PAGE))
				memset(ram_at(page), 0, FFA_PAGE);
		}
	}
}

/* One range by itself (DEN0140 1.11.3). */
static int32_t check_range(const struct range *range)
{
	uint64_t size = (uint64_t)range->pages * FFA_PAGE;

	if (range->pages == 0 || range->address % FFA_PAGE != 0 ||
	    range->address + size < range->address || range->reserved != 0)
		return FFA_INVALID_PARAMETERS;
	/* Not the normal world's. What lies above the pages that are tracked cannot be told from
	 * it. */
	if (!ram_holds(range->address, size) || range->address + size > tracked_end())
		return FFA_DENIED;
	return pages_sent(range->address, range->pages) ? FFA_DENIED : FFA_OK;
}

/* The ranges up to `end`, all if there are not so many. */
static void mark_ranges(const struct transaction *transaction, uint32_t end, bool mark)
{
	struct range_walk walk;
	struct range range;

	range_first(transaction, &walk);
	while (walk.index < end && range_next(transaction, &walk, &range))
		pages_mark(range.address, range.pages, mark);
}

int32_t transaction_take(struct transaction *transaction)
{
	bool lenient = spmc_like(LIKE_TFA);
	struct range_walk walk;
	struct range range;

	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		/* TF-A's manager looks for nothing but other transactions. */
		int32_t status =
		    lenient
			? (pages_sent(range.address, range.pages) ? FFA_INVALID_PARAMETERS : FFA_OK)
			: check_range(&range);

		if (status != FFA_OK)
			return status;
	}
	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		if (!lenient && pages_sent(range.address, range.pages)) {
			/* Named twice by this transaction itself. */
			mark_ranges(transaction, walk.index - 1U, false);
			return FFA_INVALID_PARAMETERS;
		}
		pages_mark(range.address, range.pages, true);
	}
	return FFA_OK;
}

void transaction_give(const struct transaction *transaction)
{
	mark_ranges(transaction, transaction->ranges, false);
}
