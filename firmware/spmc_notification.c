// SPDX-License-Identifier: Apache-2.0
/* Notifications (DEN0077A 10, 16): of partitions to VMs and of VMs to partitions. */
#include <string.h>

#include "gic.h"
#include "spmc_state.h"

enum {
	FLAG_PER_VCPU = 1U << 0,
	FLAG_DELAY_SRI = 1U << 1,
	FROM_PARTITIONS = 1U << 0,
	FROM_VMS = 1U << 1,
	FROM_SPM = 1U << 2,
	FROM_HYPERVISOR = 1U << 3,
	RX_BUFFER_FULL = 1U << 0,
	MORE_PENDING = 1U << 0,
	LIST_COUNT_SHIFT = 7,
	LIST_SIZE_SHIFT = 12,
	IDS_64 = 20,
	IDS_32 = 10,
	VCPUS_IN_LIST = 3,
};

/* The receiver of that ID, in either world; NULL: there is none, or it takes no notifications. */
static struct receiver *find_receiver(uint16_t id)
{
	struct vm *vm = spmc_vm(id, false);
	struct partition *partition = spmc_partition(id);
	struct actor *actor = partition != NULL ? spmc_actor(partition) : NULL;
	struct receiver *receiver = vm != NULL      ? &vm->receiver
				    : actor != NULL ? &actor->receiver
						    : NULL;

	return receiver != NULL && receiver->created ? receiver : NULL;
}

static bool any_pending(const struct receiver *receiver)
{
	uint64_t pending = receiver->global;

	for (unsigned i = 0; i < receiver->vcpus; i++)
		pending |= receiver->pending[i];
	return pending != 0 || receiver->framework;
}

/* ---- bitmaps ---- */

int32_t notification_create(struct call *call)
{
	uint16_t id = (uint16_t)call->argument[1];
	uint32_t vcpus = (uint32_t)call->argument[2];
	struct vm *vm;

	if ((uint32_t)call->argument[1] >> 16 != 0 || !normal_id(id) || vcpus == 0 ||
	    vcpus > SPMC_VCPUS)
		return FFA_INVALID_PARAMETERS;
	vm = spmc_vm(id, true);
	if (vm == NULL)
		return FFA_NO_MEMORY;
	if (vm->receiver.created)
		return FFA_DENIED;
	memset(&vm->receiver, 0, sizeof(vm->receiver));
	vm->receiver.created = true;
	vm->receiver.vcpus = vcpus;
	return FFA_OK;
}

int32_t notification_destroy(struct call *call)
{
	uint16_t id = (uint16_t)call->argument[1];
	struct vm *vm = spmc_vm(id, false);

	if ((uint32_t)call->argument[1] >> 16 != 0 || !normal_id(id))
		return FFA_INVALID_PARAMETERS;
	if (vm == NULL || !vm->receiver.created || any_pending(&vm->receiver))
		return FFA_DENIED;
	memset(&vm->receiver, 0, sizeof(vm->receiver));
	return FFA_OK;
}

/* ---- binding ---- */

static int32_t bind_bits(struct receiver *receiver, uint16_t sender, uint64_t bits, uint32_t flags)
{
	if ((flags & ~(uint32_t)FLAG_PER_VCPU) != 0 || bits == 0)
		return FFA_INVALID_PARAMETERS;
	if ((flags & FLAG_PER_VCPU) != 0 && spmc.property[SPMC_PER_VCPU] == 0)
		return spmc_like(LIKE_OPTEE) ? FFA_DENIED : FFA_INVALID_PARAMETERS;
	if ((bits & receiver->bound_bits) != 0)
		return FFA_DENIED;
	receiver->bound_bits |= bits;
	if ((flags & FLAG_PER_VCPU) != 0)
		receiver->per_vcpu |= bits;
	for (unsigned i = 0; i < 64; i++) {
		if ((bits >> i & 1U) != 0)
			receiver->bound[i] = sender;
	}
	return FFA_OK;
}

/* Are all these bits bound to `sender`? */
static bool bound_to(const struct receiver *receiver, uint16_t sender, uint64_t bits)
{
	if ((bits & ~receiver->bound_bits) != 0)
		return false;
	for (unsigned i = 0; i < 64; i++) {
		if ((bits >> i & 1U) != 0 && receiver->bound[i] != sender)
			return false;
	}
	return true;
}

static int32_t unbind_bits(struct receiver *receiver, uint16_t sender, uint64_t bits)
{
	uint64_t pending = receiver->global;

	for (unsigned i = 0; i < receiver->vcpus; i++)
		pending |= receiver->pending[i];
	if (bits == 0)
		return FFA_INVALID_PARAMETERS;
	if (!bound_to(receiver, sender, bits) || (pending & bits) != 0)
		return FFA_DENIED;
	receiver->bound_bits &= ~bits;
	receiver->per_vcpu &= ~bits;
	return FFA_OK;
}

static uint64_t bits_of(const struct call *call)
{
	return pair_of(call->argument[3], call->argument[4]);
}

/* A VM wants to be told by a partition. */
static int32_t check_binding(const struct call *call, struct receiver **receiver)
{
	uint16_t from = (uint16_t)(call->argument[1] >> 16);
	uint16_t to = (uint16_t)call->argument[1];

	if (!normal_id(to) || spmc_partition(from) == NULL || bits_of(call) == 0)
		return FFA_INVALID_PARAMETERS;
	*receiver = find_receiver(to);
	return *receiver != NULL ? FFA_OK : FFA_INVALID_PARAMETERS;
}

int32_t notification_bind(struct call *call)
{
	struct receiver *receiver;
	int32_t status = check_binding(call, &receiver);

	if (status != FFA_OK)
		return status;
	return bind_bits(receiver, (uint16_t)(call->argument[1] >> 16), bits_of(call),
			 (uint32_t)call->argument[2]);
}

int32_t notification_unbind(struct call *call)
{
	struct receiver *receiver;
	int32_t status = check_binding(call, &receiver);

	if (status != FFA_OK)
		return status;
	if ((uint32_t)call->argument[2] != 0)
		return FFA_INVALID_PARAMETERS;
	return unbind_bits(receiver, (uint16_t)(call->argument[1] >> 16), bits_of(call));
}

int32_t notification_partition_bind(struct partition *partition, uint16_t from, uint64_t bits,
				    uint32_t flags, bool bind)
{
	struct receiver *receiver = find_receiver(partition->id);

	if (receiver == NULL)
		return FFA_NOT_SUPPORTED;
	if (!normal_id(from))
		return FFA_INVALID_PARAMETERS;
	return bind ? bind_bits(receiver, from, bits, flags) : unbind_bits(receiver, from, bits);
}

/* ---- setting ---- */

static int32_t set_bits(struct receiver *receiver, uint16_t sender, uint64_t bits, uint32_t flags)
{
	unsigned vcpu = flags >> 16;
	bool per_vcpu = (flags & FLAG_PER_VCPU) != 0;

	if (bits == 0 || (flags & 0xfffcU) != 0 || (!per_vcpu && vcpu != 0))
		return FFA_INVALID_PARAMETERS;
	if (!bound_to(receiver, sender, bits))
		return FFA_DENIED;
	if ((per_vcpu && ((bits & ~receiver->per_vcpu) != 0 || vcpu >= receiver->vcpus)) ||
	    (!per_vcpu && (bits & receiver->per_vcpu) != 0))
		return FFA_INVALID_PARAMETERS;
	if (per_vcpu) {
		receiver->pending[vcpu] |= bits;
		receiver->vcpu_news |= UINT64_C(1) << vcpu;
	} else {
		receiver->global |= bits;
		receiver->global_news = true;
	}
	return FFA_OK;
}

int32_t notification_set(struct call *call)
{
	uint16_t from = (uint16_t)(call->argument[1] >> 16);
	uint16_t to = (uint16_t)call->argument[1];
	uint32_t flags = (uint32_t)call->argument[2];
	struct receiver *receiver = spmc_partition(to) != NULL ? find_receiver(to) : NULL;

	if (!normal_id(from) || receiver == NULL || (flags & FLAG_DELAY_SRI) != 0)
		return FFA_INVALID_PARAMETERS;
	return set_bits(receiver, from, bits_of(call), flags);
}

static void raise_sri(bool delayed)
{
	if (delayed)
		spmc.sri_due = true;
	else if (spmc_interrupt() != 0)
		gic_raise(spmc_interrupt());
}

int32_t notification_from_partition(struct partition *partition, uint16_t to, uint64_t bits,
				    uint32_t flags)
{
	struct receiver *receiver = find_receiver(to);
	int32_t status;

	if (spmc.property[SPMC_NOTIFICATIONS] == 0)
		return FFA_NOT_SUPPORTED;
	if (receiver == NULL || to == partition->id)
		return FFA_INVALID_PARAMETERS;
	status = set_bits(receiver, partition->id, bits, flags);
	if (status == FFA_OK)
		raise_sri((flags & FLAG_DELAY_SRI) != 0);
	return status;
}

void notification_rx_full(struct receiver *receiver)
{
	if (!receiver->created || spmc.property[SPMC_NOTIFICATIONS] == 0)
		return;
	receiver->framework = true;
	receiver->framework_news = true;
	raise_sri(true);
}

/* Everything that VM `to` has bound to the partition, on all its vCPUs; the number of them. */
static unsigned flood_one(const struct partition *partition, struct receiver *receiver)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		bool per_vcpu = (receiver->per_vcpu & bit) != 0;

		if (!bound_to(receiver, partition->id, bit))
			continue;
		for (unsigned vcpu = 0; vcpu < (per_vcpu ? receiver->vcpus : 1U); vcpu++) {
			(void)set_bits(receiver, partition->id, bit,
				       per_vcpu ? vcpu << 16 | FLAG_PER_VCPU : 0);
			count++;
		}
	}
	return count;
}

/* To all that have bound something if `to` is 0xffff. */
unsigned notification_flood(struct partition *partition, uint16_t to)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SPMC_VMS; i++) {
		struct vm *vm = &spmc.vm[i];

		if (vm->known && vm->receiver.created && (to == 0xffffU || vm->id == to))
			count += flood_one(partition, &vm->receiver);
	}
	if (count > 0)
		raise_sri(false);
	return count;
}

/* ---- reading ---- */

static uint64_t take_bits(struct receiver *receiver, unsigned vcpu)
{
	uint64_t bits = receiver->global | receiver->pending[vcpu];

	receiver->global = 0;
	receiver->global_news = false;
	receiver->pending[vcpu] = 0;
	receiver->vcpu_news &= ~(UINT64_C(1) << vcpu);
	return bits;
}

int32_t notification_get(struct call *call)
{
	uint16_t to = (uint16_t)call->argument[1];
	unsigned vcpu = (uint16_t)(call->argument[1] >> 16);
	uint32_t flags = (uint32_t)call->argument[2];
	struct receiver *receiver = normal_id(to) ? find_receiver(to) : NULL;
	uint64_t bits = 0;

	if (receiver == NULL || vcpu >= receiver->vcpus ||
	    (flags & ~(uint32_t)(FROM_PARTITIONS | FROM_VMS | FROM_SPM | FROM_HYPERVISOR)) != 0)
		return FFA_INVALID_PARAMETERS;
	/* What VMs set for VMs is the hypervisor's: those bits are 0 here. */
	if ((flags & FROM_PARTITIONS) != 0)
		bits = take_bits(receiver, vcpu);
	call->result[2] = (uint32_t)bits;
	call->result[3] = bits >> 32;
	if ((flags & FROM_SPM) != 0 && receiver->framework) {
		call->result[6] = RX_BUFFER_FULL;
		receiver->framework = false;
		receiver->framework_news = false;
	}
	return FFA_OK;
}

uint64_t notification_partition_get(struct partition *partition, unsigned context, bool *message)
{
	struct receiver *receiver = find_receiver(partition->id);

	*message = false;
	if (receiver == NULL)
		return 0;
	*message = receiver->framework;
	receiver->framework = false;
	receiver->framework_news = false;
	return take_bits(receiver, context < receiver->vcpus ? context : 0);
}

/* ---- who has something pending ---- */

/* The answer while it is built. */
struct lists {
	unsigned room; /* IDs that fit */
	unsigned used;
	unsigned count;
	uint64_t sizes; /* two bits for each list */
	uint16_t id[IDS_64];
};

/* A list: the endpoint, and up to three vCPUs. False: no room. */
static bool add_list(struct lists *lists, uint16_t id, const uint16_t *vcpus, unsigned count)
{
	if (lists->used + 1 + count > lists->room || lists->count == spmc.property[SPMC_LISTS])
		return false;
	lists->sizes |= (uint64_t)count << 2 * lists->count;
	lists->count++;
	lists->id[lists->used++] = id;
	for (unsigned i = 0; i < count; i++)
		lists->id[lists->used++] = vcpus[i];
	return true;
}

/* The news of one receiver; what is told is none any more. False: not all fitted. */
static bool add_receiver(struct lists *lists, uint16_t id, struct receiver *receiver)
{
	if (receiver->global_news || receiver->framework_news) {
		if (!add_list(lists, id, NULL, 0))
			return false;
		receiver->global_news = false;
		receiver->framework_news = false;
	}
	while (receiver->vcpu_news != 0) {
		uint16_t vcpus[VCPUS_IN_LIST];
		uint64_t told = 0;
		unsigned count = 0;

		for (unsigned i = 0; i < SPMC_VCPUS && count < VCPUS_IN_LIST; i++) {
			if ((receiver->vcpu_news >> i & 1U) == 0)
				continue;
			vcpus[count++] = (uint16_t)i;
			told |= UINT64_C(1) << i;
		}
		if (!add_list(lists, id, vcpus, count))
			return false;
		receiver->vcpu_news &= ~told;
	}
	return true;
}

int32_t notification_info_get(struct call *call)
{
	bool wide = (call->function & FFA_FUNCTION_64) != 0;
	unsigned in_register = wide ? 4 : 2;
	struct lists lists = {.room = wide ? IDS_64 : IDS_32};
	bool all = true;

	for (unsigned i = 0; i < SPMC_VMS && all; i++) {
		if (spmc.vm[i].known && spmc.vm[i].receiver.created)
			all = add_receiver(&lists, spmc.vm[i].id, &spmc.vm[i].receiver);
	}
	for (unsigned i = 0; i < SPMC_ACTORS && i < spmc.partitions && all; i++) {
		if (spmc.actor[i].receiver.created)
			all = add_receiver(&lists, spmc.partition[i].id, &spmc.actor[i].receiver);
	}
	if (lists.count == 0)
		return FFA_NO_DATA;
	call->result[0] = wide ? FFA_FN_SUCCESS_64 : FFA_FN_SUCCESS;
	call->result[2] = (all ? 0U : (unsigned)MORE_PENDING) |
			  (uint64_t)lists.count << LIST_COUNT_SHIFT |
			  lists.sizes << LIST_SIZE_SHIFT;
	for (unsigned i = 0; i < lists.used; i++)
		call->result[3 + i / in_register] |= (uint64_t)lists.id[i]
						     << 16 * (i % in_register);
	return FFA_OK;
}
