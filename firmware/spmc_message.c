// SPDX-License-Identifier: Apache-2.0
/* Direct and indirect messages, and FFA_RUN (DEN0077A 7, 8, 14, 15). */
#include <string.h>

#include "spmc_memory.h"
#include "spmc_state.h"

enum {
	VM_CREATED = 4,
	VM_CREATED_ANSWER = 5,
	VM_DESTROYED = 6,
	VM_DESTROYED_ANSWER = 7,
	HEADER_1_1 = 20,
	HEADER_1_2 = 40,
};

#define FRAMEWORK_BIT (UINT32_C(1) << 31)

/* Which context of the partition a call on this CPU meets: with one context it goes from CPU to
 * CPU. */
static unsigned context_on(const struct partition *partition, const struct call *call)
{
	return partition->contexts > 1 ? call->cpu % partition->contexts : 0;
}

/* Who sends, who receives, and may they? */
static int32_t check_direct(const struct call *call, uint32_t needed, struct partition **out)
{
	uint16_t from = (uint16_t)(call->argument[1] >> 16);
	struct partition *partition = spmc_partition((uint16_t)call->argument[1]);

	if (!normal_id(from) || partition == NULL)
		return FFA_INVALID_PARAMETERS;
	if ((partition->properties & needed) == 0)
		return FFA_DENIED;
	if (partition->aborted)
		return FFA_ABORTED;
	if (partition->context[context_on(partition, call)].activity != WAITING)
		return FFA_BUSY;
	*out = partition;
	return FFA_OK;
}

/* What the caller gets now, when the context has `rounds` to go: the pause or the answer. */
static void answer(struct call *call, struct partition *partition, unsigned index)
{
	struct context *context = &partition->context[index];
	uint64_t target = (uint64_t)partition->id << 16 | index;

	if (context->work_us > 0) {
		/* Others may call meanwhile; this context belongs to this CPU. */
		context->activity = RUNNING;
		lock_release(&spmc.lock);
		context->work_us = cpu_work(context->work_us);
		lock_take(&spmc.lock);
		context->activity = context->work_us > 0 ? PREEMPTED : WAITING;
		context->rounds = context->work_us > 0 ? 1 : 0;
	}
	if (context->activity != WAITING && context->rounds > 0) {
		context->rounds--;
		call->result[0] = context->activity == PREEMPTED ? FFA_FN_INTERRUPT : FFA_FN_YIELD;
		call->result[1] = target;
		return;
	}
	context->activity = WAITING;
	if (context->answer[0] == FFA_FN_DIRECT_RESP2)
		memcpy(call->result, context->answer, sizeof(call->result));
	else
		memcpy(call->result, context->answer, 8 * sizeof(call->result[0]));
}

/* Let the partition think, and keep its answer until the pauses that it makes are over. */
static void deliver(struct call *call, struct partition *partition, struct request *request,
		    uint64_t function, unsigned first)
{
	struct context *context = &partition->context[request->context];

	partition_obey(request);
	memset(context->answer, 0, sizeof(context->answer));
	context->answer[0] = function;
	context->answer[1] = (uint64_t)partition->id << 16 | request->from;
	for (unsigned i = 0; i < request->count; i++)
		context->answer[first + i] = request->word[i];
	context->activity = request->pause;
	context->rounds = request->rounds;
	context->work_us = request->work_us;
	answer(call, partition, request->context);
}

/* The hypervisor tells of its VMs. */
static int32_t framework_message(struct call *call)
{
	struct partition *partition = spmc_partition((uint16_t)call->argument[1]);
	uint32_t type = (uint8_t)call->argument[2];
	bool created = type == VM_CREATED;
	struct actor *actor;

	if (call->argument[1] >> 16 != 0 || partition == NULL ||
	    (call->function & FFA_FUNCTION_64) != 0 ||
	    ((uint32_t)call->argument[2] & ~(FRAMEWORK_BIT | 0xffU)) != 0 ||
	    (!created && type != VM_DESTROYED))
		return FFA_INVALID_PARAMETERS;
	if ((partition->properties & (created ? PROPERTY_CREATED : PROPERTY_DESTROYED)) == 0)
		return FFA_DENIED;
	if (partition->aborted)
		return FFA_ABORTED;
	actor = spmc_actor(partition);
	if (actor != NULL && created)
		actor->vms_created++;
	else if (actor != NULL)
		actor->vms_destroyed++;
	call->result[0] = FFA_FN_DIRECT_RESP;
	call->result[1] = (uint64_t)partition->id << 16;
	call->result[2] = FRAMEWORK_BIT | (created ? VM_CREATED_ANSWER : VM_DESTROYED_ANSWER);
	return FFA_OK;
}

int32_t message_direct(struct call *call)
{
	struct request request = {.count = 5};
	struct partition *partition;
	int32_t status;

	if (((uint32_t)call->argument[2] & FRAMEWORK_BIT) != 0)
		return framework_message(call);
	status = check_direct(call, PROPERTY_DIRECT, &partition);
	if (status != FFA_OK)
		return status;
	if ((uint32_t)call->argument[2] != 0)
		return FFA_INVALID_PARAMETERS;
	request.partition = partition;
	request.context = context_on(partition, call);
	request.from = (uint16_t)(call->argument[1] >> 16);
	request.wide = (call->function & FFA_FUNCTION_64) != 0;
	for (unsigned i = 0; i < request.count; i++)
		request.word[i] = call_argument(call, 3 + i);
	deliver(call, partition, &request,
		request.wide ? FFA_FN_DIRECT_RESP_64 : FFA_FN_DIRECT_RESP, 3);
	return FFA_OK;
}

/* The service's UUID must be one of the partition's, or nil. */
static bool serves(const struct partition *partition, const uint64_t wanted[2])
{
	uint8_t uuid[16];

	if (wanted[0] == 0 && wanted[1] == 0)
		return true;
	for (unsigned service = 0; service < spmc.property[SPMC_SERVICES]; service++) {
		partition_uuid(partition, service, uuid);
		if (memcmp(uuid, wanted, sizeof(uuid)) == 0)
			return true;
	}
	return false;
}

int32_t message_direct2(struct call *call)
{
	struct request request = {.count = 14, .wide = true};
	struct partition *partition;
	int32_t status = check_direct(call, PROPERTY_DIRECT2, &partition);

	if (status != FFA_OK)
		return status;
	if (!serves(partition, &call->argument[2]))
		return FFA_INVALID_PARAMETERS;
	request.partition = partition;
	request.context = context_on(partition, call);
	request.from = (uint16_t)(call->argument[1] >> 16);
	for (unsigned i = 0; i < request.count; i++)
		request.word[i] = call->argument[4 + i];
	deliver(call, partition, &request, FFA_FN_DIRECT_RESP2, 4);
	return FFA_OK;
}

/* Go on with what was interrupted; a context that waits looks at its notifications and waits again.
 */
int32_t message_run(struct call *call)
{
	uint32_t target = (uint32_t)call->argument[1];
	struct partition *partition = spmc_partition((uint16_t)(target >> 16));
	unsigned index = (uint16_t)target;

	if (partition == NULL || index >= partition->contexts)
		return FFA_INVALID_PARAMETERS;
	if (partition->aborted)
		return FFA_ABORTED;
	/* A context of a partition with one for each CPU stays on its CPU. */
	if (partition->contexts > 1 && index != context_on(partition, call))
		return FFA_INVALID_PARAMETERS;
	if (partition->context[index].activity == RUNNING)
		return FFA_BUSY;
	if (partition->context[index].activity != WAITING) {
		answer(call, partition, index);
		return FFA_OK;
	}
	partition_run(partition);
	call->result[0] = FFA_FN_MSG_WAIT;
	call->result[1] = target;
	return FFA_OK;
}

/* ---- indirect messages ---- */

struct message_header {
	uint32_t flags, reserved;
	uint32_t offset;
	uint16_t receiver, sender;
	uint32_t size, reserved2;
	uint8_t uuid[16];
};

int32_t message_send2(struct call *call)
{
	uint16_t from = (uint16_t)(call->argument[1] >> 16);
	const struct vm *vm = spmc_vm(from, false);
	size_t header_size = spmc_version() >= FFA_VERSION_1_2 ? HEADER_1_2 : HEADER_1_1;
	struct message_header header = {0};
	struct partition *partition;
	struct actor *actor;
	size_t room;

	if ((uint16_t)call->argument[1] != 0 || (uint32_t)call->argument[2] != 0 || vm == NULL ||
	    !vm->buffers.mapped)
		return FFA_INVALID_PARAMETERS;
	room = buffer_tx_size(vm);
	buffer_read_tx(vm, 0, &header, header_size);
	partition = spmc_partition(header.receiver);
	if (header.flags != 0 || header.reserved != 0 || header.reserved2 != 0 ||
	    header.sender != from || partition == NULL || header.offset < header_size ||
	    header.offset > room || header.size > room - header.offset)
		return FFA_INVALID_PARAMETERS;
	/* It arrives in one page, behind a header of its own. */
	if (header.size > FFA_PAGE - HEADER_1_2)
		return FFA_NO_MEMORY;
	actor = spmc_actor(partition);
	if ((partition->properties & PROPERTY_INDIRECT) == 0 || actor == NULL)
		return FFA_DENIED;
	if (partition->aborted)
		return FFA_ABORTED;
	if (actor->message)
		return FFA_BUSY;
	buffer_read_tx(vm, header.offset, actor->rx, header.size);
	actor->message = true;
	actor->message_from = from;
	actor->message_size = header.size;
	notification_rx_full(&actor->receiver);
	return FFA_OK;
}

/* A partition's message to a VM, into the RX that the hypervisor has left to the SPMC. */
int32_t message_to_vm(struct partition *from, uint16_t to, const void *payload, uint32_t size)
{
	struct vm *vm = spmc_vm(to, false);
	size_t header_size = spmc_version() >= FFA_VERSION_1_2 ? HEADER_1_2 : HEADER_1_1;
	struct message_header header = {
	    .offset = HEADER_1_2,
	    .receiver = to,
	    .sender = from->id,
	    .size = size,
	};

	if ((from->properties & PROPERTY_INDIRECT) == 0)
		return FFA_DENIED;
	if (vm == NULL || !vm->buffers.mapped)
		return FFA_INVALID_PARAMETERS;
	if (size > FFA_PAGE - HEADER_1_2)
		return FFA_NO_MEMORY;
	if (vm->buffers.rx_state != RX_EMPTY)
		return FFA_BUSY;
	buffer_write_rx(vm, 0, &header, header_size);
	buffer_write_rx(vm, header.offset, payload, size);
	vm->buffers.rx_state = RX_FULL;
	notification_rx_full(&vm->receiver);
	return FFA_OK;
}
