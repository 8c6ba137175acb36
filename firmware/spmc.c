// SPDX-License-Identifier: Apache-2.0
#include "spmc.h"

#include <string.h>

#include "console.h"
#include "gic.h"
#include "power.h"
#include "spmc_memory.h"
#include "spmc_state.h"
#include "sysreg.h"

#define FUNCTION_FIRST 0x60U
#define FUNCTION_LAST  0xefU
#define OWNER_MASK     0xbfffff00U /* of SMC32 and SMC64 alike */
#define OWNER_STANDARD 0x84000000U

struct spmc spmc;

static struct partition partitions[SPMC_PARTITION_LIMIT] SPMC_POOL;

/* ---- properties ---- */

static const struct {
	uint64_t otherwise, highest;
} limits[] = {
#define PROPERTY(number, name, otherwise, highest) {otherwise, highest},
#define WORD(property, word, value)
#include "spmc_properties.def"
#undef PROPERTY
#undef WORD
};

bool spmc_property_valid(unsigned property, uint64_t value)
{
	if (property >= SPMC_PROPERTIES || value > limits[property].highest)
		return false;
	switch ((enum spmc_property)property) {
	case SPMC_VERSION:
		return value >= FFA_VERSION_1_0;
	case SPMC_LOCKED:
		return value == 0 || value >= FFA_VERSION_1_0;
	case SPMC_STRIDE:
		return value == 0 || (value >= 24 && value % 8 == 0);
	case SPMC_SERVICES:
	case SPMC_TRANSACTIONS:
	case SPMC_BORROWERS:
	case SPMC_FRAGMENTS:
	case SPMC_LISTS:
		return value != 0;
	case SPMC_SRI:
		return value == 0 || value >= 8; /* 0 to 7 are the normal world's by convention */
	default:
		return true;
	}
}

/* ---- endpoints ---- */

struct vm *spmc_vm(uint16_t id, bool add)
{
	struct vm *free = NULL;

	for (unsigned i = 0; i < SPMC_VMS; i++) {
		struct vm *vm = &spmc.vm[i];

		if (vm->known && vm->id == id)
			return vm;
		if (free == NULL && (!vm->known || (!vm->buffers.mapped && !vm->receiver.created)))
			free = vm;
	}
	if (!add || free == NULL || !normal_id(id))
		return NULL;
	memset(free, 0, sizeof(*free));
	free->known = true;
	free->id = id;
	return free;
}

struct partition *spmc_partition(uint16_t id)
{
	unsigned index = (unsigned)id - SPMC_ID - 1U;

	return id > SPMC_ID && index < spmc.partitions ? &spmc.partition[index] : NULL;
}

struct actor *spmc_actor(const struct partition *partition)
{
	unsigned index = (unsigned)(partition - spmc.partition);

	return index < SPMC_ACTORS ? &spmc.actor[index] : NULL;
}

/*
 * The first partition has one context per CPU and receives everything, the second one context and
 * only direct messages, the third one context, direct messages and notifications; all others are
 * like the second.
 */
static uint32_t properties_of(unsigned index)
{
	uint32_t properties = PROPERTY_DIRECT | PROPERTY_AARCH64;

	if (index == 0 && spmc.property[SPMC_DIRECT2] != 0)
		properties |= PROPERTY_DIRECT2;
	if (index == 0)
		properties |= PROPERTY_CREATED | PROPERTY_DESTROYED;
	if ((index == 0 || index == 2) && spmc.property[SPMC_INDIRECT] != 0)
		properties |= PROPERTY_INDIRECT;
	if ((index == 0 || index == 2) && spmc.property[SPMC_NOTIFICATIONS] != 0)
		properties |= PROPERTY_NOTIFIED;
	return properties;
}

void spmc_start(const uint64_t properties[SPMC_PROPERTIES])
{
	memset(&spmc, 0, sizeof(spmc));
	if (properties == NULL)
		return;
	memcpy(spmc.property, properties, sizeof(spmc.property));
	spmc.partition = partitions;
	spmc.partitions = (unsigned)spmc.property[SPMC_PARTITIONS];
	for (unsigned i = 0; i < spmc.partitions; i++) {
		struct partition *partition = &spmc.partition[i];
		unsigned cpus = power_cpus();

		memset(partition, 0, sizeof(*partition));
		partition->id = (uint16_t)(SPMC_ID + 1U + i);
		partition->properties = properties_of(i);
		partition->contexts = (uint16_t)(i == 0 ? cpus : 1U);
		if (partition->contexts > SPMC_CONTEXTS)
			partition->contexts = SPMC_CONTEXTS;
	}
	for (unsigned i = 0; i < SPMC_ACTORS && i < spmc.partitions; i++) {
		spmc.actor[i].receiver.created =
		    (spmc.partition[i].properties & PROPERTY_NOTIFIED) != 0;
		spmc.actor[i].receiver.vcpus = spmc.partition[i].contexts;
	}
	spmc.negotiated = (uint32_t)spmc.property[SPMC_LOCKED];
	spmc.frozen = spmc.negotiated != 0;
	memory_start();
	buffer_start();
	spmc.there = true;
}

void spmc_tell(void)
{
	static const char *const likes[] = {"standard", "tfa", "hafnium", "optee"};

	if (spmc.there)
		console_line("spmc: FF-A 1.%u like %s, %u partitions",
			     (unsigned)spmc.property[SPMC_VERSION] & 0xffffU,
			     likes[spmc.property[SPMC_LIKE] & 3U], spmc.partitions);
}

unsigned spmc_interrupt(void)
{
	if (!spmc.there || spmc.property[SPMC_NOTIFICATIONS] == 0)
		return 0;
	return (unsigned)spmc.property[SPMC_SRI];
}

/* ---- versions ---- */

uint32_t spmc_version(void)
{
	if (spmc.negotiated != 0)
		return spmc.negotiated;
	/* Who has not asked is served by some. */
	return spmc_like(LIKE_OPTEE) ? FFA_VERSION_1_0 : (uint32_t)spmc.property[SPMC_VERSION];
}

/* The answer to a request, -1 for NOT_SUPPORTED (DEN0077A 13.2; where managers differ, as they do).
 */
static uint32_t negotiate(uint32_t asked)
{
	uint32_t own = (uint32_t)spmc.property[SPMC_VERSION];
	uint32_t told =
	    spmc.property[SPMC_ANSWER] != 0 ? (uint32_t)spmc.property[SPMC_ANSWER] : own;
	bool served = asked >> 16 == own >> 16 && asked <= own;
	uint32_t refused = (uint32_t)FFA_NOT_SUPPORTED;

	switch ((enum spmc_like)spmc.property[SPMC_LIKE]) {
	case LIKE_STANDARD:
		if (asked >> 31 != 0 || asked >> 16 < own >> 16)
			return refused;
		if (spmc.frozen)
			return asked == spmc.negotiated ? told : refused;
		break;
	case LIKE_TFA:
		if (asked >> 31 != 0)
			return refused;
		if (spmc.frozen && spmc.negotiated != 0)
			return spmc.negotiated;
		break;
	case LIKE_HAFNIUM:
		/* The dispatcher wraps the question into a direct message: the first one freezes
		 * it. */
		if (asked >> 31 != 0)
			return refused;
		if (spmc.negotiated == 0)
			spmc.negotiated = served ? asked : own;
		else
			served = asked == spmc.negotiated;
		return served ? told : refused;
	case LIKE_OPTEE:
		if (asked >> 16 == own >> 16)
			spmc.negotiated = served ? asked : own;
		return told;
	}
	if (served)
		spmc.negotiated = asked;
	return told;
}

static int32_t serve_version(struct call *call)
{
	call->result[0] = negotiate((uint32_t)call->argument[1]);
	return FFA_OK;
}

/* ---- discovery ---- */

static int32_t serve_id(struct call *call)
{
	(void)call; /* result[2] = 0: the hypervisor, or the system without one */
	return FFA_OK;
}

static int32_t serve_spm_id(struct call *call)
{
	call->result[2] = SPMC_ID;
	return FFA_OK;
}

static spmc_handler serve_features;

/* ---- all functions ---- */

enum {
	NOTIFYING = 1, /* only with notifications */
	MESSAGING = 2, /* only with indirect messages */
	DONATING = 4,
	TWO = 8, /* only with DIRECT_REQ2 */
	NARROW_MAP = 16,
	RETRIEVING = 32,
};

/* Without a handler: FFA_FEATURES knows it, as a return or as what partitions call. */
static const struct function {
	uint32_t number;
	uint16_t since; /* minor version */
	uint16_t needs;
	spmc_handler *serve;
} functions[] = {
    {FFA_FN_ERROR, 0, 0, NULL},
    {FFA_FN_SUCCESS, 0, 0, NULL},
    {FFA_FN_SUCCESS_64, 0, 0, NULL},
    {FFA_FN_INTERRUPT, 0, 0, NULL},
    {0x84000063, 0, 0, serve_version},
    {0x84000064, 0, 0, serve_features},
    {0x84000065, 0, 0, buffer_rx_release},
    {0x84000066, 0, NARROW_MAP, buffer_map},
    {0xc4000066, 0, 0, buffer_map},
    {0x84000067, 0, 0, buffer_unmap},
    {0x84000068, 0, 0, info_get},
    {0x84000069, 0, 0, serve_id},
    {FFA_FN_MSG_WAIT, 0, 0, NULL},
    {0x8400006d, 0, 0, message_run},
    {0xc400006d, 3, 0, message_run},
    {0x8400006f, 0, 0, message_direct},
    {0xc400006f, 0, 0, message_direct},
    {FFA_FN_DIRECT_RESP, 0, 0, NULL},
    {FFA_FN_DIRECT_RESP_64, 0, 0, NULL},
    {0x84000071, 0, DONATING, memory_donate},
    {0xc4000071, 0, DONATING, memory_donate},
    {0x84000072, 0, 0, memory_lend},
    {0xc4000072, 0, 0, memory_lend},
    {0x84000073, 0, 0, memory_share},
    {0xc4000073, 0, 0, memory_share},
    {0x84000074, 0, RETRIEVING, memory_retrieve},
    {0xc4000074, 0, RETRIEVING, memory_retrieve},
    {FFA_FN_RETRIEVE_RESP, 0, RETRIEVING, NULL},
    {0x84000076, 0, 0, memory_relinquish},
    {0x84000077, 0, 0, memory_reclaim},
    {FFA_FN_FRAG_RX, 0, RETRIEVING, memory_frag_rx},
    {FFA_FN_FRAG_TX, 0, 0, memory_frag_tx},
    {0x8400007d, 1, NOTIFYING, notification_create},
    {0x8400007e, 1, NOTIFYING, notification_destroy},
    {0x8400007f, 1, NOTIFYING, notification_bind},
    {0x84000080, 1, NOTIFYING, notification_unbind},
    {0x84000081, 1, NOTIFYING, notification_set},
    {0x84000082, 1, NOTIFYING, notification_get},
    {0x84000083, 1, NOTIFYING, notification_info_get},
    {0xc4000083, 1, NOTIFYING, notification_info_get},
    {0x84000084, 1, MESSAGING, buffer_rx_acquire},
    {0x84000085, 1, 0, serve_spm_id},
    {0x84000086, 1, MESSAGING, message_send2},
    {0xc400008b, 2, 0, info_get_regs},
    {0xc400008d, 2, TWO, message_direct2},
    {FFA_FN_DIRECT_RESP2, 2, TWO, NULL},
};

static const struct function *find(uint32_t number)
{
	const uint64_t *property = spmc.property;
	/* Hafnium looks at its own version where others look at the caller's. */
	uint64_t version = spmc_like(LIKE_HAFNIUM) ? property[SPMC_VERSION] : spmc_version();
	unsigned missing = 0;

	missing |= property[SPMC_NOTIFICATIONS] == 0 ? NOTIFYING : 0U;
	missing |= property[SPMC_INDIRECT] == 0 ? MESSAGING : 0U;
	/* TF-A's manager never had it. */
	missing |= property[SPMC_DONATE] == 0 || spmc_like(LIKE_TFA) ? DONATING : 0U;
	missing |= property[SPMC_DIRECT2] == 0 ? TWO : 0U;
	missing |= property[SPMC_HYPERVISOR_RETRIEVE] == 0 ? RETRIEVING : 0U;
	missing |= spmc_like(LIKE_HAFNIUM) ? NARROW_MAP : 0U;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		const struct function *function = &functions[i];

		if (function->number == number && function->since <= (version & 0xffffU) &&
		    (function->needs & missing) == 0)
			return function;
	}
	return NULL;
}

/* Result of FFA_FEATURES for FFA_RXTX_MAP: smallest size, and from 1.2 on the largest. */
static uint64_t buffer_features(void)
{
	uint64_t pages = spmc_version() >= FFA_VERSION_1_2 ? spmc.property[SPMC_BUFFER_PAGES] : 0;

	return pages << 16 | spmc.property[SPMC_BUFFER_CODE];
}

/* FFA_FEATURES for FFA_MEM_RETRIEVE_REQ, by which the caller says whether it knows the NS bit. */
static int32_t retrieve_features(struct call *call, uint32_t input)
{
	bool ns = (input & 2U) != 0;

	if ((input & ~2U) != 0 || (spmc_like(LIKE_TFA) && ns) ||
	    (spmc_like(LIKE_HAFNIUM) && !ns && spmc_version() >= FFA_VERSION_1_1))
		return FFA_NOT_SUPPORTED;
	if (spmc_version() >= FFA_VERSION_1_1)
		call->result[2] = 2U | (spmc.property[SPMC_HYPERVISOR_RETRIEVE] != 0 ? 4U : 0U);
	call->result[2] |= spmc.property[SPMC_DYNAMIC_BUFFERS];
	return FFA_OK;
}

/* DEN0077A 13.3. */
static int32_t serve_features(struct call *call)
{
	uint32_t asked = (uint32_t)call->argument[1];
	uint32_t input = (uint32_t)call->argument[2];
	const struct function *function;

	if (asked >> 31 == 0) {
		if (input != 0)
			return FFA_NOT_SUPPORTED;
		if (asked == 2 && spmc_interrupt() != 0)
			call->result[2] = spmc_interrupt();
		else if (asked == 4 && spmc_version() >= FFA_VERSION_1_3)
			call->result[2] = spmc.property[SPMC_PER_VCPU] != 0 ? 0 : 3;
		else
			return FFA_NOT_SUPPORTED;
		return FFA_OK;
	}
	function = find(asked);
	if (function == NULL)
		return FFA_NOT_SUPPORTED;
	if (function->serve == memory_retrieve)
		return retrieve_features(call, input);
	if (input != 0 && !spmc_like(LIKE_HAFNIUM))
		return FFA_NOT_SUPPORTED;
	if (function->serve == buffer_map)
		call->result[2] = buffer_features();
	else if (function->serve == memory_share || function->serve == memory_lend ||
		 function->serve == memory_donate)
		call->result[2] = spmc.property[SPMC_DYNAMIC_BUFFERS];
	return FFA_OK;
}

/* ---- one call ---- */

static bool is_ffa(uint32_t number)
{
	uint32_t low = number & 0xffU;

	return (number & OWNER_MASK) == OWNER_STANDARD && low >= FUNCTION_FIRST &&
	       low <= FUNCTION_LAST;
}

bool spmc_knows(uint32_t function)
{
	bool known;

	if (!spmc.there || !is_ffa(function))
		return false;
	lock_take(&spmc.lock);
	known = find(function) != NULL;
	lock_release(&spmc.lock);
	return known;
}

/* DEN0028: what is no result is kept from x8 on; before, FF-A wants zeros (DEN0077A 11.2). */
static void begin_result(struct call *call)
{
	memset(call->result, 0, 8 * sizeof(call->result[0]));
	memcpy(call->result + 8, call->argument + 8,
	       (CALL_REGISTERS - 8) * sizeof(call->result[0]));
}

static void finish_result(struct call *call, int32_t status)
{
	if (status != FFA_OK) {
		begin_result(call);
		call->result[0] = FFA_FN_ERROR;
		call->result[2] = (uint32_t)status;
		/* TF-A returns a signed number in 64 bits. */
		if (spmc_like(LIKE_TFA))
			call->result[2] = (uint64_t)(int64_t)status;
	} else if (call->result[0] == 0) {
		call->result[0] = FFA_FN_SUCCESS;
	}
	/* 1.3 has 64-bit forms of what came in 32 bits only. */
	if (spmc.property[SPMC_WIDE] != 0 && (call->function & FFA_FUNCTION_64) != 0 &&
	    (call->result[0] == FFA_FN_ERROR || call->result[0] == FFA_FN_SUCCESS ||
	     call->result[0] == FFA_FN_INTERRUPT || call->result[0] == FFA_FN_YIELD ||
	     call->result[0] == FFA_FN_MSG_WAIT))
		call->result[0] |= FFA_FUNCTION_64;
	/* TF-A's FFA_FEATURES writes the results that it has and no others. */
	if (spmc_like(LIKE_TFA) && call->function == 0x84000064U && status == FFA_OK) {
		call->result[1] = call->argument[1];
		for (unsigned i = 3; i < 8; i++)
			call->result[i] = call->argument[i];
	}
}

static int32_t serve(struct call *call)
{
	const struct function *function;

	if (spmc.negotiated == 0 && (spmc_like(LIKE_STANDARD) || spmc_like(LIKE_TFA)))
		return FFA_NOT_SUPPORTED;
	function = find(call->function);
	if (function == NULL || function->serve == NULL)
		return FFA_NOT_SUPPORTED;
	spmc.frozen = true;
	if (spmc.negotiated == 0 && spmc_like(LIKE_HAFNIUM))
		spmc.negotiated = (uint32_t)spmc.property[SPMC_VERSION];
	return function->serve(call);
}

bool spmc_serve(struct call *call)
{
	if (!spmc.there || !is_ffa(call->function))
		return false;
	lock_take(&spmc.lock);
	begin_result(call);
	if (call->function == 0x84000063U)
		(void)serve_version(call);
	else
		finish_result(call, serve(call));
	if (spmc.sri_due && spmc_interrupt() != 0)
		gic_raise(spmc_interrupt());
	spmc.sri_due = false;
	lock_release(&spmc.lock);
	return true;
}
