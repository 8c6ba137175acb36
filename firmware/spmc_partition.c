// SPDX-License-Identifier: Apache-2.0
/*
 * What partitions do. They are no programs: the first payload register of a direct request says
 * what is to be done, and what is no command is sent back as it came. docs/firmware.md has the
 * commands.
 */
#include <string.h>

#include "console.h"
#include "ram.h"
#include "spmc_memory.h"
#include "spmc_state.h"

enum command {
	COMMAND_INTERRUPT = 0x50430001,
	COMMAND_YIELD,
	COMMAND_ABORT,
	COMMAND_SEEN,
	COMMAND_WORK,
	COMMAND_RETRIEVE = 0x50430010,
	COMMAND_CHECK,
	COMMAND_FILL,
	COMMAND_RELINQUISH,
	COMMAND_ROUND,
	COMMAND_READ,
	COMMAND_NOTIFY = 0x50430020,
	COMMAND_FLOOD,
	COMMAND_TAKE,
	COMMAND_BIND,
	COMMAND_UNBIND,
	COMMAND_MESSAGE_READ = 0x50430030,
	COMMAND_MESSAGE_SEND,
	COMMAND_TRANSACTION = 0x50430040,
	COMMAND_BORROWER,
	COMMAND_RANGE,
	COMMAND_LOG,
};

enum {
	PAGES_MAX = 16384,    /* that one command touches */
	ROUNDS_MAX = 1000,    /* of FFA_INTERRUPT or FFA_YIELD */
	WORK_MAX = 10000000,  /* microseconds */
	WORDS = FFA_PAGE / 8, /* of a page */
	MISMATCH = 1,         /* a status that is no FFA error: something else stands there */
	LOG_RANGES = 8,
};

/* ---- memory ---- */

/* The pattern: the seed, then where it stands. */
static uint64_t pattern(uint32_t seed, uint32_t page, unsigned word)
{
	return (uint64_t)seed << 32 | (uint32_t)(page * FFA_PAGE + word * 8U);
}

/*
 * Each page of the memory that the partition has, in the order of the descriptor, filled or
 * compared. Pages that are not RAM of the normal world, which a lenient manager has taken, are not
 * touched.
 */
static int32_t each_page(const struct request *request, uint32_t seed, bool fill, uint64_t found[3])
{
	struct transaction *transaction;
	struct range_walk walk;
	struct range range;
	uint32_t page = 0;
	int32_t status = memory_partition_use(
	    request->partition, pair_of(request->word[1], request->word[2]), fill, &transaction);

	if (status != FFA_OK)
		return status;
	if (transaction->pages > PAGES_MAX)
		return FFA_NO_MEMORY;
	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		for (uint32_t i = 0; i < range.pages; i++, page++) {
			uint64_t address = range.address + (uint64_t)i * FFA_PAGE;
			uint64_t *words;

			if (address % FFA_PAGE != 0 || !ram_holds(address, FFA_PAGE))
				return FFA_ABORTED;
			words = ram_at(address);
			for (unsigned word = 0; word < WORDS; word++) {
				uint64_t wanted = pattern(seed, page, word);

				if (fill) {
					words[word] = wanted;
				} else if (words[word] != wanted) {
					found[0] = page;
					found[1] = (uint64_t)word * 8;
					found[2] = words[word];
					return MISMATCH;
				}
			}
		}
	}
	return FFA_OK;
}

static int32_t retrieve(const struct request *request, uint64_t lender, uint64_t tag,
			struct transaction **out)
{
	const struct retrieval wanted = {
	    .handle = pair_of(request->word[1], request->word[2]),
	    .tag = tag,
	    .lender = (uint16_t)lender,
	    .flags = (uint32_t)lender >> 16 & 0x7ffU,
	    .permissions = (uint8_t)(lender >> 28 & 0xfU),
	};

	return memory_partition_retrieve(request->partition, &wanted, out);
}

static int32_t relinquish(const struct request *request, uint32_t flags)
{
	if (spmc.property[SPMC_RELINQUISHES] == 0)
		return FFA_DENIED;
	return memory_partition_relinquish(request->partition,
					   pair_of(request->word[1], request->word[2]), flags);
}

static int32_t obey_retrieve(struct request *request, uint64_t result[4])
{
	uint64_t tag = pair_of(request->word[4], request->count > 5 ? request->word[5] : 0);
	struct transaction *transaction;
	int32_t status = retrieve(request, request->word[3], tag, &transaction);

	if (status != FFA_OK)
		return status;
	result[0] = (uint32_t)transaction->pages;
	result[1] = transaction->ranges;
	for (unsigned i = 0; i < transaction->borrowers; i++) {
		if (transaction->borrower[i].id == request->partition->id)
			result[2] = transaction->borrower[i].granted;
	}
	result[2] |= (uint64_t)transaction->attributes << 16;
	result[3] = transaction->type;
	return FFA_OK;
}

static int32_t obey_page_command(struct request *request, bool fill, uint64_t result[4])
{
	uint64_t found[3] = {0};
	int32_t status = each_page(request, (uint32_t)request->word[3], fill, found);

	result[0] = found[0];
	result[1] = found[1];
	result[2] = (uint32_t)found[2];
	result[3] = found[2] >> 32;
	return status;
}

/* All of a borrower's steps; result[0]: the one that failed. */
static int32_t obey_round(struct request *request, uint64_t result[4])
{
	uint32_t seed = (uint32_t)request->word[4];
	struct transaction *transaction;
	uint64_t found[3];
	int32_t status = retrieve(request, (uint16_t)request->word[3], 0, &transaction);

	result[0] = 1;
	if (status != FFA_OK)
		return status;
	result[0] = 2;
	status = each_page(request, seed, false, found);
	if (status == FFA_OK) {
		result[0] = 3;
		status = each_page(request, seed + 1U, true, found);
	}
	if (status != FFA_OK) {
		(void)relinquish(request, 0);
		return status;
	}
	result[0] = 4;
	return relinquish(request, 0);
}

static int32_t obey_read(struct request *request, uint64_t result[4])
{
	struct transaction *transaction;
	struct range_walk walk;
	struct range range;
	uint64_t page = (uint32_t)request->word[3];
	uint64_t offset = (uint32_t)request->word[4];
	uint64_t value;
	int32_t status = memory_partition_use(
	    request->partition, pair_of(request->word[1], request->word[2]), false, &transaction);

	if (status != FFA_OK)
		return status;
	if (offset > FFA_PAGE - sizeof(value))
		return FFA_INVALID_PARAMETERS;
	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		uint64_t address = range.address + page * FFA_PAGE;

		if (page >= range.pages) {
			page -= range.pages;
			continue;
		}
		if (!ram_holds(address, FFA_PAGE))
			return FFA_ABORTED;
		memcpy(&value, (const uint8_t *)ram_at(address) + offset, sizeof(value));
		result[0] = (uint32_t)value;
		result[1] = value >> 32;
		return FFA_OK;
	}
	return FFA_INVALID_PARAMETERS;
}

/* ---- notifications and messages ---- */

static int32_t obey_notification(struct request *request, enum command command, uint64_t result[4])
{
	uint16_t other = (uint16_t)request->word[1];
	uint64_t bits = pair_of(request->word[2], request->word[3]);
	uint32_t flags = (uint32_t)request->word[4];
	bool message;

	switch (command) {
	case COMMAND_NOTIFY:
		return notification_from_partition(request->partition, other, bits, flags);
	case COMMAND_FLOOD:
		result[0] = notification_flood(request->partition, other);
		return FFA_OK;
	case COMMAND_TAKE:
		bits = notification_partition_get(request->partition, request->context, &message);
		result[0] = (uint32_t)bits;
		result[1] = bits >> 32;
		result[2] = message ? 1 : 0;
		return FFA_OK;
	default:
		return notification_partition_bind(request->partition, other, bits, flags,
						   command == COMMAND_BIND);
	}
}

static int32_t obey_message(struct request *request, enum command command, uint64_t result[4])
{
	static uint8_t payload[FFA_PAGE] SPMC_POOL;
	struct actor *actor = spmc_actor(request->partition);
	uint32_t size = (uint32_t)request->word[2];
	uint32_t first = 0;

	if (actor == NULL)
		return FFA_NOT_SUPPORTED;
	if (command == COMMAND_MESSAGE_SEND) {
		if (size > sizeof(payload))
			return FFA_INVALID_PARAMETERS;
		for (uint32_t i = 0; i < size; i++)
			payload[i] = (uint8_t)(request->word[3] + i);
		return message_to_vm(request->partition, (uint16_t)request->word[1], payload, size);
	}
	if (!actor->message)
		return FFA_NO_DATA;
	result[0] = actor->message_from;
	result[1] = actor->message_size;
	for (uint32_t i = 0; i < actor->message_size; i++)
		result[2] += actor->rx[i];
	memcpy(&first, actor->rx,
	       actor->message_size < sizeof(first) ? actor->message_size : sizeof(first));
	result[3] = first;
	actor->message = false;
	return FFA_OK;
}

void partition_run(struct partition *partition)
{
	bool message;

	(void)notification_partition_get(partition, 0, &message);
}

/* ---- the table of transactions ---- */

static unsigned holders(const struct transaction *transaction)
{
	unsigned count = 0;

	for (unsigned i = 0; i < transaction->borrowers; i++)
		count += transaction->borrower[i].retrieved ? 1U : 0U;
	return count;
}

static int32_t obey_transaction(const struct request *request, uint64_t result[4])
{
	const struct transaction *transaction = transaction_at((uint32_t)request->word[1]);

	if (transaction == NULL)
		return FFA_NO_DATA;
	result[0] = (uint32_t)transaction->handle;
	result[1] = transaction->handle >> 32;
	result[2] = (uint32_t)transaction->pages;
	result[3] = transaction->sender | (uint64_t)transaction->type << 16 |
		    (uint64_t)(transaction->state == COMPLETE) << 18 |
		    (uint64_t)transaction->showing << 19 | (uint64_t)holders(transaction) << 24;
	return FFA_OK;
}

static int32_t obey_borrower(const struct request *request, uint64_t result[4])
{
	const struct transaction *transaction =
	    transaction_find(pair_of(request->word[1], request->word[2]));
	uint32_t index = (uint32_t)request->word[3];

	if (transaction == NULL)
		return FFA_INVALID_PARAMETERS;
	if (index >= transaction->borrowers)
		return FFA_NO_DATA;
	result[0] = transaction->borrower[index].id;
	result[1] = transaction->borrower[index].permissions;
	result[2] = transaction->borrower[index].retrieved ? 1 : 0;
	result[3] = transaction->borrower[index].granted;
	return FFA_OK;
}

static int32_t obey_range(const struct request *request, uint64_t result[4])
{
	const struct transaction *transaction =
	    transaction_find(pair_of(request->word[1], request->word[2]));
	uint32_t index = (uint32_t)request->word[3];
	struct range_walk walk;
	struct range range;

	if (transaction == NULL)
		return FFA_INVALID_PARAMETERS;
	for (range_first(transaction, &walk); range_next(transaction, &walk, &range);) {
		if (walk.index - 1U != index)
			continue;
		result[0] = (uint32_t)range.address;
		result[1] = range.address >> 32;
		result[2] = range.pages;
		return FFA_OK;
	}
	return FFA_NO_DATA;
}

static void log_transaction(const struct transaction *transaction)
{
	static const char *const types[] = {"?", "share", "lend", "donate"};
	struct range_walk walk;
	struct range range;

	console_line("spmc: handle 0x%llx %s from 0x%x, %u of %u bytes, %u ranges, %llu pages",
		     (unsigned long long)transaction->handle, types[transaction->type & 3U],
		     transaction->sender, transaction->received, transaction->total,
		     transaction->ranges, (unsigned long long)transaction->pages);
	for (unsigned i = 0; i < transaction->borrowers; i++)
		console_line("spmc:   to 0x%x, given 0x%x, %s", transaction->borrower[i].id,
			     transaction->borrower[i].permissions,
			     transaction->borrower[i].retrieved ? "retrieved" : "not retrieved");
	range_first(transaction, &walk);
	while (walk.index < LOG_RANGES && range_next(transaction, &walk, &range))
		console_line("spmc:   0x%llx, %u pages", (unsigned long long)range.address,
			     range.pages);
}

static int32_t obey_log(uint64_t result[4])
{
	const struct transaction *transaction;
	unsigned count = 0;

	for (; (transaction = transaction_at(count)) != NULL; count++)
		log_transaction(transaction);
	for (unsigned i = 0; i < SPMC_VMS; i++) {
		const struct vm *vm = &spmc.vm[i];

		if (vm->known)
			console_line(
			    "spmc: endpoint 0x%x, %s, notifications of %u vCPUs, bound 0x%llx",
			    vm->id,
			    !vm->buffers.mapped                ? "no buffers"
			    : vm->buffers.rx_state == RX_EMPTY ? "RX empty"
			    : vm->buffers.rx_state == RX_FULL  ? "RX full"
							       : "RX acquired",
			    vm->receiver.vcpus, (unsigned long long)vm->receiver.bound_bits);
	}
	console_line("spmc: version 0x%x, %u transactions", spmc_version(), count);
	result[0] = count;
	return FFA_OK;
}

/* ---- commands ---- */

/* False: that is no command. */
static bool obey(struct request *request, enum command command, int32_t *status, uint64_t result[4])
{
	const struct actor *actor = spmc_actor(request->partition);

	switch (command) {
	case COMMAND_ABORT:
		request->partition->aborted = true;
		break;
	case COMMAND_SEEN:
		result[0] = actor != NULL ? actor->vms_created : 0;
		result[1] = actor != NULL ? actor->vms_destroyed : 0;
		break;
	case COMMAND_RETRIEVE:
		*status = obey_retrieve(request, result);
		break;
	case COMMAND_CHECK:
	case COMMAND_FILL:
		*status = obey_page_command(request, command == COMMAND_FILL, result);
		break;
	case COMMAND_RELINQUISH:
		*status = relinquish(request, (uint32_t)request->word[3]);
		break;
	case COMMAND_ROUND:
		*status = obey_round(request, result);
		break;
	case COMMAND_READ:
		*status = obey_read(request, result);
		break;
	case COMMAND_NOTIFY:
	case COMMAND_FLOOD:
	case COMMAND_TAKE:
	case COMMAND_BIND:
	case COMMAND_UNBIND:
		*status = obey_notification(request, command, result);
		break;
	case COMMAND_MESSAGE_READ:
	case COMMAND_MESSAGE_SEND:
		*status = obey_message(request, command, result);
		break;
	case COMMAND_TRANSACTION:
		*status = obey_transaction(request, result);
		break;
	case COMMAND_BORROWER:
		*status = obey_borrower(request, result);
		break;
	case COMMAND_RANGE:
		*status = obey_range(request, result);
		break;
	case COMMAND_LOG:
		*status = obey_log(result);
		break;
	case COMMAND_INTERRUPT:
	case COMMAND_YIELD:
	case COMMAND_WORK:
	default:
		return false;
	}
	return true;
}

void partition_obey(struct request *request)
{
	uint32_t command = (uint32_t)request->word[0];
	uint32_t rounds = (uint32_t)request->word[1];
	uint64_t result[4] = {0};
	int32_t status = FFA_OK;

	/* The answer to these is an echo, later. */
	if (command == COMMAND_INTERRUPT || command == COMMAND_YIELD) {
		request->pause = command == COMMAND_INTERRUPT ? PREEMPTED : YIELDED;
		request->rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
		return;
	}
	if (command == COMMAND_WORK) {
		request->work_us = rounds < WORK_MAX ? rounds : WORK_MAX;
		return;
	}
	if (!obey(request, (enum command)command, &status, result))
		return;
	memset(request->word, 0, sizeof(request->word));
	request->word[0] = (uint32_t)status;
	memcpy(&request->word[1], result, sizeof(result));
}
