// SPDX-License-Identifier: Apache-2.0
/* Handing memory out: to partitions, and what the hypervisor may read of it
 * (DEN0140 1.11, 2.4, 2.6). */
#include <string.h>

#include "spmc_memory.h"

enum {
	HEADER_1_0 = 32,
	HEADER = 48,
	EMAD = 16,
	EMAD_1_2 = 32,
	COMPOSITE = 16,
	HEAD_MAX = HEADER + BORROWERS_MAX * EMAD_1_2 + COMPOSITE,
	FLAG_ZERO = 1U << 0,
	FLAG_ZERO_AFTER = 1U << 2,
	FLAG_TYPE_SHIFT = 3,
	FLAG_TYPE = 3U << FLAG_TYPE_SHIFT,
	FLAG_BYPASS = 1U << 10,
	ATTRIBUTE_NS = 1U << 6,
	READ_ONLY = 1,
	READ_WRITE = 2,
	NOT_EXECUTABLE = 1U << 2,
};

/* ---- partitions ---- */

static struct borrower *borrower_of(struct transaction *transaction,
				    const struct partition *partition)
{
	for (unsigned i = 0; i < transaction->borrowers; i++) {
		if (transaction->borrower[i].id == partition->id)
			return &transaction->borrower[i];
	}
	return NULL;
}

/* What is granted when `wanted` is asked for; 0: more than there is to give. */
static uint8_t grant(const struct transaction *transaction, const struct borrower *borrower,
		     uint8_t wanted)
{
	uint8_t most = transaction->type == DONATE ? READ_WRITE : borrower->permissions & 3U;
	uint8_t data = wanted & 3U;

	if (data == 0)
		data = most;
	return data > most || data == 3 || wanted >> 2 > 1 ? 0 : data | NOT_EXECUTABLE;
}

int32_t memory_partition_retrieve(const struct partition *partition, const struct retrieval *wanted,
				  struct transaction **out)
{
	struct transaction *transaction = transaction_find(wanted->handle);
	struct borrower *borrower;
	uint32_t type = wanted->flags >> FLAG_TYPE_SHIFT & 3U;
	uint8_t granted;

	if (transaction == NULL || transaction->state != COMPLETE)
		return FFA_INVALID_PARAMETERS;
	borrower = borrower_of(transaction, partition);
	if (borrower == NULL || wanted->tag != transaction->tag)
		return FFA_INVALID_PARAMETERS;
	if (wanted->lender != transaction->sender)
		return spmc_like(LIKE_TFA) ? FFA_INVALID_PARAMETERS : FFA_DENIED;
	if ((type != 0 && type != (uint32_t)transaction->type) ||
	    (wanted->flags & ~(uint32_t)(FLAG_ZERO | FLAG_ZERO_AFTER | FLAG_TYPE | FLAG_BYPASS)) !=
		0 ||
	    ((wanted->flags & FLAG_BYPASS) != 0 && transaction->borrowers == 1))
		return FFA_INVALID_PARAMETERS;
	/* Zeroes are only there when the lender asked for them. */
	if ((wanted->flags & FLAG_ZERO) != 0 && (transaction->flags & FLAG_ZERO) == 0)
		return FFA_INVALID_PARAMETERS;
	granted = grant(transaction, borrower, wanted->permissions);
	if (granted == 0)
		return FFA_DENIED;
	if ((wanted->flags & FLAG_ZERO_AFTER) != 0 &&
	    (transaction->type != LEND || (granted & 3U) != READ_WRITE))
		return FFA_INVALID_PARAMETERS;
	if (borrower->retrieved)
		return FFA_DENIED;
	borrower->retrieved = true;
	borrower->granted = granted;
	borrower->zero_after = (wanted->flags & FLAG_ZERO_AFTER) != 0;
	*out = transaction;
	return FFA_OK;
}

int32_t memory_partition_relinquish(const struct partition *partition, uint64_t handle,
				    uint32_t flags)
{
	struct transaction *transaction = transaction_find(handle);
	struct borrower *borrower;

	if (transaction == NULL || transaction->state != COMPLETE ||
	    (flags & ~(uint32_t)FLAG_ZERO) != 0)
		return FFA_INVALID_PARAMETERS;
	borrower = borrower_of(transaction, partition);
	if (borrower == NULL || !borrower->retrieved)
		return FFA_INVALID_PARAMETERS;
	/* Who was given it owns it. */
	if (transaction->type == DONATE)
		return FFA_DENIED;
	if ((flags & FLAG_ZERO) != 0 && transaction->type == SHARE)
		return FFA_INVALID_PARAMETERS;
	if ((flags & FLAG_ZERO) != 0 && (borrower->granted & 3U) != READ_WRITE)
		return FFA_DENIED;
	if ((flags & FLAG_ZERO) != 0 || borrower->zero_after)
		transaction_zero(transaction);
	borrower->retrieved = false;
	borrower->granted = 0;
	return FFA_OK;
}

int32_t memory_partition_use(const struct partition *partition, uint64_t handle, bool write,
			     struct transaction **out)
{
	struct transaction *transaction = transaction_find(handle);
	struct borrower *borrower;

	if (transaction == NULL)
		return FFA_INVALID_PARAMETERS;
	borrower = borrower_of(transaction, partition);
	if (borrower == NULL || !borrower->retrieved)
		return FFA_INVALID_PARAMETERS;
	if (write && (borrower->granted & 3U) != READ_WRITE)
		return FFA_DENIED;
	*out = transaction;
	return FFA_OK;
}

/* FFA_MEM_RELINQUISH of the normal world: nobody there has borrowed anything. */
int32_t memory_relinquish(struct call *call)
{
	(void)call;
	return FFA_INVALID_PARAMETERS;
}

/* ---- the hypervisor's own look ---- */

static void put(uint8_t *bytes, size_t offset, uint64_t value, size_t size)
{
	memcpy(bytes + offset, &value, size);
}

/* Everything before the ranges, in the layout of the negotiated version; returns its size. */
static size_t write_head(const struct transaction *transaction, uint8_t head[HEAD_MAX])
{
	bool old = spmc_version() < FFA_VERSION_1_1;
	size_t header = old ? HEADER_1_0 : HEADER;
	size_t emad_size = spmc_version() >= FFA_VERSION_1_2 ? EMAD_1_2 : EMAD;
	size_t composite = header + transaction->borrowers * emad_size;

	memset(head, 0, HEAD_MAX);
	put(head, 0, transaction->sender, 2);
	put(head, 2, transaction->attributes | (old ? 0 : (uint32_t)ATTRIBUTE_NS), 2);
	put(head, 4,
	    (transaction->flags & FLAG_ZERO) | (uint32_t)transaction->type << FLAG_TYPE_SHIFT, 4);
	put(head, 8, transaction->handle, 8);
	put(head, 16, transaction->tag, 8);
	put(head, 28, transaction->borrowers, 4);
	if (!old) {
		put(head, 24, emad_size, 4);
		put(head, 32, header, 4);
	}
	for (unsigned i = 0; i < transaction->borrowers; i++) {
		const struct borrower *borrower = &transaction->borrower[i];
		uint8_t *emad = head + header + i * emad_size;

		put(emad, 0, borrower->id, 2);
		put(emad, 2, borrower->permissions, 1);
		put(emad, 3, borrower->flags, 1);
		put(emad, 4, composite, 4);
		if (emad_size == EMAD_1_2) {
			put(emad, 8, borrower->implementation[0], 8);
			put(emad, 16, borrower->implementation[1], 8);
		}
	}
	put(head, composite, transaction->pages, 4);
	put(head, composite + 4, transaction->ranges, 4);
	return composite + COMPOSITE;
}

/* Fill RX with what comes from `offset` of the description on; returns the bytes. */
static uint32_t show(struct vm *caller, const struct transaction *transaction, uint32_t offset,
		     uint32_t *total)
{
	uint8_t head[HEAD_MAX];
	size_t head_size = write_head(transaction, head);
	size_t room = buffer_rx_size(caller);
	struct range_walk walk;
	struct range range;
	size_t at = 0;
	size_t done;

	*total = (uint32_t)(head_size + (size_t)transaction->ranges * RANGE_SIZE);
	if (offset == 0) {
		buffer_write_rx(caller, 0, head, head_size);
		done = head_size;
	} else {
		done = 0;
	}
	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		at = head_size + (size_t)(walk.index - 1U) * RANGE_SIZE;
		if (at < offset)
			continue;
		if (done + RANGE_SIZE > room)
			break;
		buffer_write_rx(caller, done, &range, sizeof(range));
		done += RANGE_SIZE;
	}
	caller->buffers.rx_state = RX_FULL;
	return (uint32_t)done;
}

/*
 * The hypervisor's form of a retrieve request: a header with a handle and nothing else. It changes
 * nobody's access. Borrowers in the normal world there are none.
 */
static int32_t read_request(struct vm *caller, struct transaction **out)
{
	bool old = spmc_version() < FFA_VERSION_1_1;
	uint64_t field[HEADER / 8] = {0};

	buffer_read_tx(caller, 0, field, old ? HEADER_1_0 : HEADER);
	/* From 1.1 on, size and place of an array without elements may be said. */
	if (field[0] != 0 || field[2] != 0 || field[3] >> 32 != 0 ||
	    (uint32_t)field[3] > (old ? 0U : (unsigned)EMAD_1_2) || field[4] > HEADER ||
	    field[5] != 0)
		return FFA_INVALID_PARAMETERS;
	*out = transaction_find(field[1]);
	return *out != NULL && (*out)->state == COMPLETE ? FFA_OK : FFA_INVALID_PARAMETERS;
}

int32_t memory_retrieve(struct call *call)
{
	struct vm *caller = spmc_vm(0, false);
	uint32_t length = (uint32_t)call->argument[1];
	struct transaction *transaction;
	uint32_t total;
	int32_t status;

	if (length != (uint32_t)call->argument[2] || call_argument(call, 3) != 0 ||
	    (uint32_t)call->argument[4] != 0 || caller == NULL || !caller->buffers.mapped ||
	    length < (spmc_version() < FFA_VERSION_1_1 ? HEADER_1_0 : HEADER) ||
	    length > buffer_tx_size(caller))
		return FFA_INVALID_PARAMETERS;
	status = read_request(caller, &transaction);
	if (status != FFA_OK)
		return status;
	if (caller->buffers.rx_state != RX_EMPTY)
		return spmc_like(LIKE_TFA) ? FFA_DENIED : FFA_BUSY;
	transaction->before = 0;
	transaction->shown = show(caller, transaction, 0, &total);
	transaction->showing = transaction->shown < total;
	call->result[0] = FFA_FN_RETRIEVE_RESP;
	call->result[1] = total;
	call->result[2] = transaction->shown;
	return FFA_OK;
}

int32_t memory_frag_rx(struct call *call)
{
	struct vm *caller = spmc_vm(0, false);
	struct transaction *transaction =
	    transaction_find(pair_of(call->argument[1], call->argument[2]));
	uint32_t offset = (uint32_t)call->argument[3];
	uint32_t sender = (uint32_t)call->argument[4];
	uint32_t total;
	uint32_t length;

	if (transaction == NULL || transaction->state != COMPLETE || !transaction->showing ||
	    caller == NULL || !caller->buffers.mapped ||
	    (sender != 0 && sender != (uint32_t)transaction->sender << 16))
		return FFA_INVALID_PARAMETERS;
	/* TF-A gives the last piece a second time. */
	if (offset != transaction->shown &&
	    (!spmc_like(LIKE_TFA) || offset != transaction->before || offset == 0))
		return FFA_INVALID_PARAMETERS;
	if (caller->buffers.rx_state != RX_EMPTY)
		return spmc_like(LIKE_TFA) ? FFA_DENIED : FFA_BUSY;
	length = show(caller, transaction, offset, &total);
	transaction->before = offset;
	transaction->shown = offset + length;
	transaction->showing = transaction->shown < total;
	call->result[0] = FFA_FN_FRAG_TX;
	call->result[1] = (uint32_t)transaction->handle;
	call->result[2] = transaction->handle >> 32;
	call->result[3] = length;
	call->result[4] = (uint64_t)transaction->sender << 16;
	return FFA_OK;
}
