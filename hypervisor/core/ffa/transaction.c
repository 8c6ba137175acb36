/* SPDX-License-Identifier: Apache-2.0 */
/* The store of transactions: records, chunks of ranges, and a hash of handles. */
#include "transaction.h"

#include <string.h>

#define HASH_MULTIPLIER 0x9e3779b97f4a7c15ULL /* 2^64 / golden ratio: neighbours part ways */

static const struct ffa_transitions transitions[] = {
    [FFA_SHARING] = {FFA_GIVE_SHARED, FFA_TAKE_SHARED, FFA_DOUBT_SHARED, FFA_CLEAR_SHARED},
    [FFA_LENDING] = {FFA_GIVE_LENT, FFA_TAKE_LENT, FFA_DOUBT_LENT, FFA_CLEAR_LENT},
    /* what is donated is not the owner's: there is no doubt about it either */
    [FFA_DONATING] = {FFA_GIVE_DONATED, FFA_TAKE_DONATED, FFA_GIVE_DONATED, FFA_TAKE_DONATED},
};

const struct ffa_transitions *ffa_transitions(const struct ffa_transaction *transaction)
{
	return &transitions[transaction->sharing];
}

static void lock(struct ffa *ffa)
{
	ffa->environment->lock(ffa->context, &ffa->lock);
}

static void unlock(struct ffa *ffa)
{
	ffa->environment->unlock(ffa->context, &ffa->lock);
}

/* ---- set-up ---- */

static uint32_t chunks_for(uint32_t ranges)
{
	return ranges / FFA_CHUNK_RANGES + (ranges % FFA_CHUNK_RANGES != 0U ? 1U : 0U);
}

static uint32_t chunk_count(const struct ffa_capacity *capacity)
{
	return capacity->transactions + chunks_for(capacity->ranges);
}

/* At most one transaction to a bucket on average. */
static uint32_t bucket_count(const struct ffa_capacity *capacity)
{
	uint32_t buckets = 1;

	while (buckets < capacity->transactions && buckets < 1U << 31)
		buckets *= 2U;
	return buckets;
}

size_t ffa_store_size(const struct ffa_capacity *capacity)
{
	size_t size = (size_t)chunk_count(capacity) * sizeof(struct ffa_chunk) +
		      (size_t)capacity->transactions * sizeof(struct ffa_transaction) +
		      (size_t)bucket_count(capacity) * sizeof(uint32_t);

	return (size + FFA_PAGE - 1U) & ~((size_t)FFA_PAGE - 1U);
}

void ffa_store_open(struct ffa *ffa, void *memory, const struct ffa_capacity *capacity)
{
	uint8_t *at = memory;

	ffa->chunks = (void *)at;
	ffa->chunk_count = chunk_count(capacity);
	at += (size_t)ffa->chunk_count * sizeof(struct ffa_chunk);
	ffa->transactions = (void *)at;
	ffa->transaction_count = capacity->transactions;
	at += (size_t)ffa->transaction_count * sizeof(struct ffa_transaction);
	ffa->handles = (void *)at;
	ffa->handle_buckets = bucket_count(capacity);

	memset(ffa->handles, 0, (size_t)ffa->handle_buckets * sizeof(uint32_t));
	ffa->unreserved_chunks = ffa->chunk_count;
}

/* ---- records: ffa->lock is held ---- */

static uint32_t link_of(const struct ffa *ffa, const struct ffa_transaction *transaction)
{
	return (uint32_t)(transaction - ffa->transactions) + 1U;
}

static uint32_t *bucket_of(const struct ffa *ffa, uint64_t handle)
{
	return &ffa->handles[(handle * HASH_MULTIPLIER) >> 32 & (ffa->handle_buckets - 1U)];
}

/* Firmware may have given the handle of such a record to another transaction meanwhile. */
static bool leaving(const struct ffa_transaction *transaction)
{
	return transaction->phase == FFA_RECLAIMING || transaction->phase == FFA_RETURNING;
}

/* By handle; one that is leaving only where there is no other. */
static struct ffa_transaction *find(const struct ffa *ffa, uint64_t handle)
{
	struct ffa_transaction *found = NULL;

	if (ffa->handle_buckets == 0U)
		return NULL;
	for (uint32_t link = *bucket_of(ffa, handle); link != 0U;) {
		struct ffa_transaction *transaction = &ffa->transactions[link - 1U];

		if (transaction->handle == handle) {
			if (!leaving(transaction))
				return transaction;
			found = transaction;
		}
		link = transaction->next;
	}
	return found;
}

static void unname(struct ffa *ffa, struct ffa_transaction *transaction)
{
	uint32_t *link = bucket_of(ffa, transaction->handle), own = link_of(ffa, transaction);

	while (*link != own)
		link = &ffa->transactions[*link - 1U].next;
	*link = transaction->next;
	transaction->hashed = false;
}

/* It counts as half-sent, or no more. */
static void set_half(struct ffa_transaction *transaction, bool half)
{
	if (transaction->half && !half)
		transaction->owner->half_sent--;
	else if (!transaction->half && half)
		transaction->owner->half_sent++;
	transaction->half = half;
}

static void set_phase(struct ffa *ffa, struct ffa_transaction *transaction, enum ffa_phase phase)
{
	if (phase == FFA_LIVE || phase == FFA_UNUSED || phase == FFA_RETURNING) {
		set_half(transaction, false);
		ffa->stranded -= transaction->stranded ? 1U : 0U;
		transaction->stranded = false;
	}
	if (phase == FFA_RETURNING)
		__atomic_store_n(&ffa->returning, ffa->returning + 1U, __ATOMIC_RELAXED);
	transaction->phase = (uint8_t)phase;
}

/* ---- records ---- */

static struct ffa_transaction *take_record(struct ffa_call *call, uint32_t chunks, bool fragmented)
{
	struct ffa *ffa = call->ffa;
	struct ffa_endpoint *caller = call->caller;
	struct ffa_transaction *transaction;

	if (ffa->live == ffa->transaction_count || ffa->unreserved_chunks < chunks ||
	    (fragmented && caller->half_sent >= FFA_HALF_SENT_MAX))
		return NULL;
	if (ffa->free_transactions != 0U) {
		transaction = &ffa->transactions[ffa->free_transactions - 1U];
		ffa->free_transactions = transaction->next;
	} else {
		transaction = &ffa->transactions[ffa->fresh_transactions++];
	}
	ffa->unreserved_chunks -= chunks;
	ffa->live++;
	caller->transactions++;
	caller->half_sent += fragmented ? 1U : 0U;
	transaction->phase = FFA_SENDING;
	return transaction;
}

static enum ffa_sharing sharing_of(uint32_t fid)
{
	switch (fid & ~FFA_64) {
	case FFA_MEM_SHARE:
		return FFA_SHARING;
	case FFA_MEM_LEND:
		return FFA_LENDING;
	default:
		return FFA_DONATING;
	}
}

enum ffa_error ffa_transaction_begin(struct ffa_call *call, const struct ffa_descriptor *descriptor,
				     bool fragmented, struct ffa_transaction **out)
{
	uint32_t chunks = chunks_for(descriptor->range_count);
	struct ffa_transaction *transaction;

	lock(call->ffa);
	transaction = take_record(call, chunks, fragmented);
	unlock(call->ffa);
	if (transaction == NULL)
		return FFA_NO_MEMORY;

	transaction->handle = FFA_HANDLE_INVALID;
	transaction->tag = descriptor->tag;
	transaction->since = 0;
	transaction->owner = call->caller;
	transaction->fid = call->fid;
	transaction->next = 0;
	transaction->first = 0;
	transaction->last = 0;
	transaction->reserved = chunks;
	transaction->chunks = 0;
	transaction->head = descriptor->ranges;
	transaction->range_count = descriptor->range_count;
	transaction->received = 0;
	transaction->sent = 0;
	transaction->firmware_head = 0;
	transaction->sent_chunk = 0;
	transaction->page_count = descriptor->page_count;
	transaction->pages = 0;
	transaction->flags = descriptor->flags;
	transaction->attributes = descriptor->attributes;
	transaction->sharing = (uint8_t)sharing_of(call->fid);
	transaction->hashed = false;
	transaction->half = fragmented;
	transaction->stranded = false;
	transaction->doubtful = false;
	transaction->zeroing = false;
	transaction->borrower_count = (uint8_t)descriptor->borrower_count;
	for (uint32_t i = 0; i < descriptor->borrower_count; i++)
		transaction->borrower[i] =
		    (struct ffa_lent){.id = descriptor->borrower[i].id,
				      .permissions = descriptor->borrower[i].permissions,
				      .flags = descriptor->borrower[i].flags};
	*out = transaction;
	return FFA_OK;
}

/* One that came back, or the first that nobody had. */
static uint32_t take_chunk(struct ffa *ffa)
{
	uint32_t link = ffa->free_chunks;

	if (link == 0U)
		return ++ffa->fresh_chunks;
	ffa->free_chunks = ffa_chunk_at(ffa, link)->next;
	return link;
}

/* A list of `count` chunks, which were reserved. */
static uint32_t take_chunks(struct ffa *ffa, uint32_t count)
{
	uint32_t first, last;

	lock(ffa);
	first = take_chunk(ffa);
	last = first;
	for (uint32_t i = 1; i < count; i++) {
		uint32_t link = take_chunk(ffa);

		ffa_chunk_at(ffa, last)->next = link;
		last = link;
	}
	unlock(ffa);
	ffa_chunk_at(ffa, last)->next = 0;
	return first;
}

/* What the first `room` free places of the chunk can take. */
static uint32_t fill_chunk(struct ffa_chunk *chunk, const struct ffa_range *ranges, uint32_t count)
{
	uint32_t room = FFA_CHUNK_RANGES - chunk->count;

	count = count < room ? count : room;
	memcpy(&chunk->range[chunk->count], ranges, count * sizeof(*ranges));
	chunk->count += count;
	return count;
}

void ffa_transaction_record(struct ffa *ffa, struct ffa_transaction *transaction,
			    const struct ffa_range *ranges, uint32_t count, uint64_t pages)
{
	uint32_t need, link;

	transaction->received += count;
	transaction->pages += (uint32_t)pages;
	if (transaction->last != 0U) {
		uint32_t done = fill_chunk(ffa_chunk_at(ffa, transaction->last), ranges, count);

		ranges += done;
		count -= done;
	}
	need = chunks_for(count);
	if (need == 0U)
		return;
	link = take_chunks(ffa, need);
	if (transaction->last != 0U)
		ffa_chunk_at(ffa, transaction->last)->next = link;
	else
		transaction->first = link;
	transaction->chunks += need;
	transaction->reserved -= need;
	while (link != 0U) {
		struct ffa_chunk *chunk = ffa_chunk_at(ffa, link);
		uint32_t done;

		chunk->count = 0;
		done = fill_chunk(chunk, ranges, count);
		ranges += done;
		count -= done;
		transaction->last = link;
		link = chunk->next;
	}
}

bool ffa_transaction_name(struct ffa *ffa, struct ffa_transaction *transaction, uint64_t handle)
{
	struct ffa_transaction *other;
	bool fine;

	transaction->handle = handle;
	if ((handle & FFA_HANDLE_HYPERVISOR) != 0U)
		return false;
	lock(ffa);
	other = find(ffa, handle);
	fine = other == NULL || leaving(other);
	if (fine) {
		uint32_t *bucket = bucket_of(ffa, handle);

		transaction->next = *bucket;
		transaction->hashed = true;
		*bucket = link_of(ffa, transaction);
	}
	unlock(ffa);
	return fine;
}

enum ffa_error ffa_transaction_claim(struct ffa_call *call, uint64_t handle, uint32_t from,
				     enum ffa_phase phase, struct ffa_transaction **out,
				     enum ffa_phase *was)
{
	struct ffa *ffa = call->ffa;
	struct ffa_transaction *transaction;
	enum ffa_error error = FFA_OK;

	lock(ffa);
	transaction = find(ffa, handle);
	if (transaction == NULL || transaction->owner != call->caller) {
		error = FFA_INVALID_PARAMETERS;
	} else if ((from >> transaction->phase & 1U) == 0U) {
		bool busy =
		    transaction->phase == FFA_SENDING || transaction->phase == FFA_RECLAIMING;

		error = busy ? FFA_BUSY : FFA_INVALID_PARAMETERS;
	} else {
		*was = (enum ffa_phase)transaction->phase;
		if (*was == FFA_RETURNING)
			__atomic_store_n(&ffa->returning, ffa->returning - 1U, __ATOMIC_RELAXED);
		transaction->phase = (uint8_t)phase;
		*out = transaction;
	}
	unlock(ffa);
	return error;
}

void ffa_transaction_leave(struct ffa *ffa, struct ffa_transaction *transaction,
			   enum ffa_phase phase)
{
	lock(ffa);
	set_phase(ffa, transaction, phase);
	unlock(ffa);
}

bool ffa_transaction_resume(struct ffa *ffa, struct ffa_transaction *transaction,
			    enum ffa_phase phase)
{
	bool alone;

	lock(ffa);
	alone = find(ffa, transaction->handle) == transaction;
	if (alone)
		set_phase(ffa, transaction, phase);
	else
		unname(ffa, transaction);
	unlock(ffa);
	return alone;
}

void ffa_transaction_strand(struct ffa *ffa, struct ffa_transaction *transaction)
{
	lock(ffa);
	transaction->stranded = true;
	ffa->stranded++;
	unlock(ffa);
}

void ffa_transaction_end(struct ffa *ffa, struct ffa_transaction *transaction)
{
	lock(ffa);
	if (transaction->hashed)
		unname(ffa, transaction);
	set_phase(ffa, transaction, FFA_UNUSED);
	transaction->owner->transactions--;
	if (transaction->first != 0U) {
		ffa_chunk_at(ffa, transaction->last)->next = ffa->free_chunks;
		ffa->free_chunks = transaction->first;
	}
	ffa->unreserved_chunks += transaction->chunks + transaction->reserved;
	transaction->next = ffa->free_transactions;
	ffa->free_transactions = link_of(ffa, transaction);
	ffa->live--;
	unlock(ffa);
}

struct ffa_transaction *ffa_transaction_next(struct ffa *ffa, const struct ffa_endpoint *owner,
					     enum ffa_phase phase, uint64_t before, uint32_t *index)
{
	while (*index < ffa->transaction_count) {
		struct ffa_transaction *transaction = &ffa->transactions[(*index)++];
		bool mine;

		lock(ffa);
		mine = *index <= ffa->fresh_transactions && transaction->phase == (uint8_t)phase &&
		       transaction->owner == owner && transaction->since <= before;
		if (mine) {
			if (phase == FFA_RETURNING)
				__atomic_store_n(&ffa->returning, ffa->returning - 1U,
						 __ATOMIC_RELAXED);
			transaction->phase = FFA_SENDING;
		}
		unlock(ffa);
		if (mine)
			return transaction;
	}
	return NULL;
}
