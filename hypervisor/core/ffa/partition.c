/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions of the other world: firmware's list is asked for anew at each call, copied before it
 * is looked at, and written out in the layout of the caller's version. Lists lie in the snapshot,
 * hence whoever reads one has the gate.
 */
#include "cursor.h"
#include "mediator.h"

#include <string.h>

#define LISTED_MAX 512U /* entries of a list: more are more than anybody has */
#define RETRIES    3U   /* of a list in registers that changes while it is read */

#define ENTRY_ID         0U
#define ENTRY_CONTEXTS   2U
#define ENTRY_PROPERTIES 4U
#define ENTRY_UUID       8U

#define PROPERTIES_1_0 0x7U
#define PROPERTIES_1_1 0x1ffU
#define PROPERTIES_1_2 0x7ffU

/* A list in ffa->snapshot: `count` entries, one every `stride` bytes. */
struct list {
	uint32_t count, stride;
	bool named; /* of the partitions with one UUID, whose entries then have none */
};

/* Firmware broke the rules of `fid`. */
static enum ffa_error strange(struct ffa_call *call, uint32_t fid, const uint64_t x[FFA_REGISTERS])
{
	ffa_firmware_strange(call, fid, x);
	return FFA_ABORTED;
}

/* ---- from firmware ---- */

static void release(struct ffa_call *call)
{
	uint64_t x[FFA_REGISTERS] = {FFA_RX_RELEASE};

	(void)ffa_firmware(call, x);
}

/* B16, C12: what firmware says of its list is believed as far as it fits into RX. */
static enum ffa_error copy_list(struct ffa_call *call, const uint64_t x[FFA_REGISTERS],
				struct list *list)
{
	struct ffa *ffa = call->ffa;
	uint32_t count = (uint32_t)x[2], stride = (uint32_t)x[3];

	if (ffa->version < FFA_VERSION_1_1)
		stride = FFA_PARTITION_1_0;
	else if (stride < FFA_PARTITION_1_1 || stride % 8U != 0U)
		return strange(call, FFA_PARTITION_INFO_GET, x);
	if ((uint64_t)count * stride > ffa->buffer_size)
		return strange(call, FFA_PARTITION_INFO_GET, x);
	if (count > LISTED_MAX)
		return FFA_NO_MEMORY;
	memcpy(ffa->snapshot, ffa->rx, (size_t)count * stride);
	list->count = count;
	list->stride = stride;
	return FFA_OK;
}

static enum ffa_error fetch_by_buffer(struct ffa_call *call, const uint32_t uuid[4],
				      struct list *list)
{
	for (unsigned attempt = 0;; attempt++) {
		uint64_t x[FFA_REGISTERS] = {FFA_PARTITION_INFO_GET, uuid[0], uuid[1], uuid[2],
					     uuid[3]};
		struct ffa_reaction reaction = ffa_firmware(call, x);
		enum ffa_error error;

		switch (reaction.kind) {
		case FFA_ANSWERED_SUCCESS:
			error = copy_list(call, x, list);
			release(call);
			return error;
		case FFA_ANSWERED_ERROR:
			/* it takes our RX for full: an earlier release did not reach it */
			if (reaction.error == FFA_BUSY && attempt == 0U)
				break;
			return reaction.error;
		case FFA_ANSWERED_OTHER:
			return strange(call, FFA_PARTITION_INFO_GET, x);
		case FFA_ANSWERED_STRANGE:
			return FFA_ABORTED;
		}
		release(call);
	}
}

/* Entries start..current of a reply in registers go behind those that are there. */
static enum ffa_error copy_registers(struct ffa_call *call, const uint64_t x[FFA_REGISTERS],
				     uint32_t start, uint32_t *last, uint32_t *current)
{
	uint32_t size = (uint32_t)(x[2] >> 48), words = size / 8U;

	*last = (uint32_t)x[2] & 0xffffU;
	*current = (uint32_t)x[2] >> 16;
	if (size < FFA_PARTITION_1_1 || size % 8U != 0U || *current < start || *current > *last ||
	    (*current - start + 1U) * words > FFA_LIST_REGISTERS)
		return strange(call, FFA_PARTITION_INFO_GET_REGS | FFA_64, x);
	if (*last >= LISTED_MAX)
		return FFA_NO_MEMORY;
	for (uint32_t i = start; i <= *current; i++) {
		const uint64_t *from = &x[FFA_LIST_FIRST + (i - start) * words];
		uint8_t *to = call->ffa->snapshot + (size_t)i * FFA_PARTITION_1_1;

		ffa_store_bytes(to, from[0], 8);
		ffa_store_bytes(to + 8, from[1], 8);
		ffa_store_bytes(to + 16, from[2], 8);
	}
	return FFA_OK;
}

static enum ffa_error fetch_once(struct ffa_call *call, const uint32_t uuid[4], struct list *list)
{
	uint32_t last = 0, current = 0, start = 0, tag = 0;

	do {
		uint64_t x[FFA_REGISTERS] = {
		    FFA_PARTITION_INFO_GET_REGS | FFA_64,
		    ffa_pair(uuid[0], uuid[1]),
		    ffa_pair(uuid[2], uuid[3]),
		    start | tag << 16,
		};
		struct ffa_reaction reaction = ffa_firmware(call, x);
		enum ffa_error error;

		if (reaction.kind == FFA_ANSWERED_ERROR)
			return reaction.error;
		if (reaction.kind == FFA_ANSWERED_STRANGE)
			return FFA_ABORTED;
		if (reaction.kind == FFA_ANSWERED_OTHER)
			return strange(call, FFA_PARTITION_INFO_GET_REGS | FFA_64, x);
		error = copy_registers(call, x, start, &last, &current);
		if (error != FFA_OK)
			return error;
		tag = (uint32_t)(x[2] >> 32) & 0xffffU;
		start = current + 1U;
	} while (current < last);
	list->count = last + 1U;
	list->stride = FFA_PARTITION_1_1;
	return FFA_OK;
}

static enum ffa_error fetch_by_registers(struct ffa_call *call, const uint32_t uuid[4],
					 struct list *list)
{
	enum ffa_error error = FFA_RETRY;

	for (unsigned i = 0; i < RETRIES && error == FFA_RETRY; i++)
		error = fetch_once(call, uuid, list);
	return error;
}

/* Errors: those of firmware, and FFA_ABORTED for what cannot be a list. The gate is held. */
static enum ffa_error fetch(struct ffa_call *call, const uint32_t uuid[4], struct list *list)
{
	bool nil = (uuid[0] | uuid[1] | uuid[2] | uuid[3]) == 0U;
	enum ffa_error error;

	list->named = !nil;
	if (!ffa_offered(call->ffa, FFA_PARTITION_INFO_GET))
		return fetch_by_registers(call, uuid, list);
	error = fetch_by_buffer(call, uuid, list);
	/* a list that does not fit: some say it by the second code */
	if (call->ffa->partition_registers &&
	    (error == FFA_NO_MEMORY || (error == FFA_INVALID_PARAMETERS && nil)))
		error = fetch_by_registers(call, uuid, list);
	return error;
}

static void read_entry(const struct ffa *ffa, const struct list *list, uint32_t i,
		       struct ffa_partition *partition)
{
	const uint8_t *entry = ffa->snapshot + (size_t)i * list->stride;

	partition->id = (uint16_t)ffa_load_bytes(entry + ENTRY_ID, 2);
	partition->contexts = (uint16_t)ffa_load_bytes(entry + ENTRY_CONTEXTS, 2);
	partition->properties = (uint32_t)ffa_load_bytes(entry + ENTRY_PROPERTIES, 4);
	memset(partition->uuid, 0, sizeof(partition->uuid));
	if (list->stride >= FFA_PARTITION_1_1 && !list->named)
		memcpy(partition->uuid, entry + ENTRY_UUID, sizeof(partition->uuid));
}

/* ---- to the caller ---- */

/*
 * What of a partition's properties concerns an endpoint of this world: that it sends requests and
 * wants to hear of virtual machines does not, and what is not served is not there.
 */
static uint32_t visible(const struct ffa *ffa, uint32_t version, uint32_t properties)
{
	uint32_t hidden = FFA_PARTITION_DIRECT_SEND | FFA_PARTITION_DIRECT2_SEND |
			  FFA_PARTITION_VM_CREATED | FFA_PARTITION_VM_DESTROYED;

	if (version < FFA_VERSION_1_1)
		properties &= PROPERTIES_1_0;
	else
		properties &= version < FFA_VERSION_1_2 ? PROPERTIES_1_1 : PROPERTIES_1_2;
	if (!ffa_serves(ffa, version, FFA_MSG_SEND_DIRECT_REQ) &&
	    !ffa_serves(ffa, version, FFA_MSG_SEND_DIRECT_REQ | FFA_64))
		hidden |= FFA_PARTITION_DIRECT_RECEIVE;
	if (!ffa_serves(ffa, version, FFA_MSG_SEND_DIRECT_REQ2 | FFA_64))
		hidden |= FFA_PARTITION_DIRECT2_RECEIVE;
	if (!ffa_serves(ffa, version, FFA_MSG_SEND2))
		hidden |= FFA_PARTITION_INDIRECT;
	if (!ffa_serves(ffa, version, FFA_NOTIFICATION_BIND))
		hidden |= FFA_PARTITION_NOTIFICATIONS;
	return properties & ~hidden;
}

/* Is there an entry of `id` among the first `count`? */
static bool listed(const uint8_t *entries, uint32_t count, uint32_t size, uint16_t id)
{
	for (uint32_t i = 0; i < count; i++)
		if (ffa_load_bytes(entries + (size_t)i * size + ENTRY_ID, 2) == id)
			return true;
	return false;
}

/*
 * Make of the list in the snapshot, in its place, one for the caller, of *size bytes an entry.
 * Endpoints of this world are not firmware's to list; callers below 1.2 get one entry of each
 * partition. Returns how many entries are left.
 */
static uint32_t convert(struct ffa_call *call, const struct list *list, uint32_t *size)
{
	struct ffa *ffa = call->ffa;
	uint32_t count = 0;

	*size = call->version < FFA_VERSION_1_1 ? FFA_PARTITION_1_0 : FFA_PARTITION_1_1;
	for (uint32_t i = 0; i < list->count; i++) {
		uint8_t *out = ffa->snapshot + (size_t)count * *size;
		struct ffa_partition partition;

		read_entry(ffa, list, i, &partition);
		if ((partition.id & FFA_ID_SECURE) == 0U ||
		    (call->version < FFA_VERSION_1_2 &&
		     listed(ffa->snapshot, count, *size, partition.id)))
			continue;
		ffa_store_bytes(out + ENTRY_ID, partition.id, 2);
		ffa_store_bytes(out + ENTRY_CONTEXTS, partition.contexts, 2);
		ffa_store_bytes(out + ENTRY_PROPERTIES,
				visible(ffa, call->version, partition.properties), 4);
		if (*size > FFA_PARTITION_1_0)
			memcpy(out + ENTRY_UUID, partition.uuid, sizeof(partition.uuid));
		count++;
	}
	return count;
}

/* FFA_PARTITION_INFO_GET with the gate, and with RX unless only the count is wanted. */
static enum ffa_error list_for(struct ffa_call *call, bool count_only, uint32_t room,
			       uint32_t *count, uint32_t *size)
{
	const uint32_t uuid[4] = {ffa_word(call, 1), ffa_word(call, 2), ffa_word(call, 3),
				  ffa_word(call, 4)};
	struct list list = {0};
	enum ffa_error error = fetch(call, uuid, &list);

	if (error != FFA_OK)
		return error;
	*count = convert(call, &list, size);
	if (count_only)
		return FFA_OK;
	if (*count * *size > room)
		return FFA_NO_MEMORY;
	ffa_rx_write(call, 0, call->ffa->snapshot, *count * *size);
	return FFA_OK;
}

void ffa_handle_partition_info_get(struct ffa_call *call)
{
	uint32_t flags = ffa_word(call, 5), room = 0, count = 0, size = 0;
	bool count_only = (flags & FFA_PARTITION_COUNT_ONLY) != 0U;
	enum ffa_error error = FFA_OK;

	if ((flags & ~FFA_PARTITION_COUNT_ONLY) != 0U ||
	    (count_only && call->version < FFA_VERSION_1_1)) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	/* the gate first: RX is not FILLING while others keep us waiting */
	if (!ffa_gate_enter(call)) {
		ffa_reply_error(call, FFA_BUSY);
		return;
	}
	if (!count_only)
		error = ffa_rx_begin(call, &room);
	if (error == FFA_OK) {
		error = list_for(call, count_only, room, &count, &size);
		if (!count_only && error == FFA_OK)
			ffa_rx_commit(call);
		else if (!count_only)
			ffa_rx_cancel(call);
	}
	ffa_gate_leave(call);
	if (error != FFA_OK) {
		ffa_reply_error(call, error);
		return;
	}
	ffa_reply(call, FFA_SUCCESS, count);
	if (!count_only && call->version >= FFA_VERSION_1_1)
		call->x[3] = size;
}

/*
 * What a list is recognised by while a caller reads it in pieces: its own hash, so that nothing has
 * to be remembered. Never 0.
 */
static uint32_t tag_of(const uint8_t *bytes, uint32_t size)
{
	uint32_t hash = 2166136261U;

	for (uint32_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	hash = (hash ^ hash >> 16) & 0xffffU;
	return hash != 0U ? hash : 1U;
}

static enum ffa_error reply_registers(struct ffa_call *call, uint32_t count, uint32_t start,
				      uint32_t tag)
{
	const uint32_t words = FFA_PARTITION_1_1 / 8U;
	const uint8_t *entries = call->ffa->snapshot;
	uint32_t now = tag_of(entries, count * FFA_PARTITION_1_1), end;

	if (start != 0U && tag != now)
		return FFA_RETRY;
	if (start >= count)
		return FFA_INVALID_PARAMETERS; /* also an empty list: nobody has that UUID */
	end = start + FFA_LIST_REGISTERS / words;
	if (end > count)
		end = count;
	call->x[0] = FFA_SUCCESS | FFA_64;
	call->x[1] = 0;
	call->x[2] = (count - 1U) | (uint64_t)(end - 1U) << 16 | (uint64_t)now << 32 |
		     (uint64_t)FFA_PARTITION_1_1 << 48;
	for (unsigned n = FFA_LIST_FIRST; n < FFA_REGISTERS; n++) {
		uint32_t at = start * FFA_PARTITION_1_1 + (n - FFA_LIST_FIRST) * 8U;

		call->x[n] = at < end * FFA_PARTITION_1_1 ? ffa_load_bytes(entries + at, 8) : 0U;
	}
	return FFA_OK;
}

void ffa_handle_partition_info_get_regs(struct ffa_call *call)
{
	const uint32_t uuid[4] = {(uint32_t)call->x[1], (uint32_t)(call->x[1] >> 32),
				  (uint32_t)call->x[2], (uint32_t)(call->x[2] >> 32)};
	uint32_t start = ffa_word(call, 3) & 0xffffU, tag = ffa_word(call, 3) >> 16, size;
	enum ffa_error error;
	struct list list = {0};

	if (start == 0U && tag != 0U) {
		ffa_reply_error(call, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!ffa_gate_enter(call)) {
		ffa_reply_error(call, FFA_BUSY);
		return;
	}
	error = fetch(call, uuid, &list);
	if (error == FFA_OK)
		error = reply_registers(call, convert(call, &list, &size), start, tag);
	ffa_gate_leave(call);
	if (error != FFA_OK)
		ffa_reply_error(call, error);
}

/* ---- what the mediator remembers ---- */

void ffa_partitions_read(struct ffa *ffa)
{
	const uint32_t nil[4] = {0};
	struct ffa_call call = {.ffa = ffa, .caller = &ffa->host, .fid = FFA_PARTITION_INFO_GET};
	struct list list = {0};

	ffa->partition_count = 0;
	ffa->partitions_known = fetch(&call, nil, &list) == FFA_OK;
	if (!ffa->partitions_known)
		return;
	for (uint32_t i = 0; i < list.count; i++) {
		struct ffa_partition partition;

		read_entry(ffa, &list, i, &partition);
		if ((partition.id & FFA_ID_SECURE) == 0U)
			continue;
		if (ffa->partition_count == FFA_PARTITIONS_MAX) {
			ffa->partitions_known = false;
			return;
		}
		ffa->partition[ffa->partition_count++] = partition;
	}
}

const struct ffa_partition *ffa_partition_find(const struct ffa *ffa, uint16_t id)
{
	for (uint32_t i = 0; i < ffa->partition_count; i++)
		if (ffa->partition[i].id == id)
			return &ffa->partition[i];
	return NULL;
}
