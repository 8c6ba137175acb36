/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "relay.h"

struct relay relay;
struct ffa relay_ffa;

#define CANARY(n) (0xca9a41e000000000ULL | (uint64_t)(n) << 8 | (n))

/* ---- the manager ---- */

static void error(uint64_t x[FFA_REGISTERS], int code)
{
	memset(x, 0, 8 * sizeof(*x));
	x[0] = FFA_ERROR;
	x[2] = (uint32_t)code;
}

static void success(uint64_t x[FFA_REGISTERS], uint64_t x2, uint64_t x3)
{
	memset(x, 0, 8 * sizeof(*x));
	x[0] = FFA_SUCCESS;
	x[2] = x2;
	x[3] = x3;
}

static void features(uint64_t x[FFA_REGISTERS])
{
	uint32_t id = (uint32_t)x[1];

	for (unsigned i = 0; i < 32U && relay.absent[i] != 0U; i++)
		if (id == relay.absent[i]) {
			error(x, FFA_NOT_SUPPORTED);
			return;
		}
	if (id == FFA_FEATURE_SRI)
		success(x, relay.interrupt, 0);
	else if ((id & ~FFA_64) == FFA_RXTX_MAP && (id & FFA_64) == 0U && relay.wide_only != 0U)
		error(x, FFA_NOT_SUPPORTED);
	else if ((id & ~FFA_64) == FFA_RXTX_MAP)
		success(x, relay.map_word, 0);
	else if (id >> 31 == 0U)
		error(x, FFA_NOT_SUPPORTED);
	else
		success(x, 0, 0);
}

static uint64_t load(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	while (size-- > 0U)
		value = value << 8 | bytes[size];
	return value;
}

static void map_shadow(uint64_t x[FFA_REGISTERS])
{
	const uint8_t *tx = (const uint8_t *)(uintptr_t)relay.tx;
	uint32_t rx_at = (uint32_t)load(tx + 4, 4), tx_at = (uint32_t)load(tx + 8, 4);

	if (relay.size == 0U || rx_at % 8U != 0U || tx_at % 8U != 0U ||
	    load(tx + rx_at, 8) >> 32 != 1U || load(tx + rx_at, 4) != relay.size / 4096U ||
	    load(tx + rx_at + 24, 4) != relay.size / 4096U ||
	    load(tx + tx_at + 24, 4) != relay.size / 4096U) {
		relay.complaints++;
		error(x, FFA_INVALID_PARAMETERS);
	} else if (relay.shadow != 0U) {
		error(x, FFA_DENIED);
	} else {
		relay.shadow = (uint16_t)load(tx, 2);
		relay.shadow_rx = load(tx + rx_at + 16, 8);
		relay.shadow_tx = load(tx + tx_at + 16, 8);
		relay.shadow_taken = false;
		success(x, 0, 0);
	}
}

static void map(uint64_t x[FFA_REGISTERS])
{
	if (x[1] == 0U && x[2] == 0U && x[3] == 0U) {
		map_shadow(x);
	} else if (relay.size != 0U) {
		error(x, FFA_DENIED);
	} else {
		relay.tx = x[1];
		relay.rx = x[2];
		relay.size = x[3] * 4096U;
		if (x[1] % relay.size != 0U || x[2] % relay.size != 0U)
			relay.complaints++;
		success(x, 0, 0);
	}
}

static void unmap(uint64_t x[FFA_REGISTERS])
{
	if (x[1] == 0U && relay.size != 0U) {
		relay.size = 0;
		success(x, 0, 0);
	} else if (x[1] != 0U && relay.shadow != 0U && x[1] >> 16 == relay.shadow) {
		relay.shadow = 0;
		success(x, 0, 0);
	} else {
		error(x, FFA_INVALID_PARAMETERS);
	}
}

static void own_rx(uint64_t x[FFA_REGISTERS], bool acquire)
{
	bool *taken = x[1] == 0U ? &relay.rx_full : &relay.shadow_taken;

	if (x[1] != 0U && x[1] != relay.shadow)
		error(x, FFA_INVALID_PARAMETERS);
	else if (*taken == acquire)
		error(x, FFA_DENIED);
	else {
		*taken = acquire;
		success(x, 0, 0);
	}
}

static bool matches(const struct relay_partition *partition, const uint8_t uuid[16])
{
	static const uint8_t nil[16];

	return memcmp(uuid, nil, 16) == 0 || memcmp(uuid, partition->uuid, 16) == 0;
}

/* One entry as the manager writes it, at least 48 bytes of room. */
static void entry(uint8_t *bytes, const struct relay_partition *partition, bool named)
{
	memset(bytes, 0, 48);
	memcpy(bytes, &partition->id, 2);
	memcpy(bytes + 2, &partition->contexts, 2);
	memcpy(bytes + 4, &partition->properties, 4);
	if (!named)
		memcpy(bytes + 8, partition->uuid, 16);
	memset(bytes + 24, 0xee, 16); /* image UUID of 1.3 */
}

static void list(uint64_t x[FFA_REGISTERS])
{
	uint32_t words[4] = {(uint32_t)x[1], (uint32_t)x[2], (uint32_t)x[3], (uint32_t)x[4]};
	uint8_t uuid[16], *rx = (uint8_t *)(uintptr_t)relay.rx;
	uint32_t count = 0;
	bool named = (words[0] | words[1] | words[2] | words[3]) != 0U;

	memcpy(uuid, words, 16);
	if (relay.size == 0U || relay.rx_full) {
		error(x, FFA_BUSY);
		return;
	}
	for (unsigned i = 0; i < relay.partitions; i++) {
		uint8_t bytes[48];

		if (!matches(&relay.partition[i], uuid))
			continue;
		if ((count + 1U) * relay.stride > relay.size) {
			error(x, FFA_NO_MEMORY);
			return;
		}
		entry(bytes, &relay.partition[i], named);
		memcpy(rx + count * relay.stride, bytes, relay.stride < 48U ? relay.stride : 48U);
		count++;
	}
	if (named && count == 0U) {
		error(x, FFA_INVALID_PARAMETERS);
		return;
	}
	relay.rx_full = true;
	success(x, count, relay.stride == 8U ? 0U : relay.stride);
}

static void list_registers(uint64_t x[FFA_REGISTERS])
{
	uint32_t start = (uint32_t)x[3] & 0xffffU, tag = (uint32_t)x[3] >> 16, count = 0, last = 0;
	uint32_t per = 120U / relay.stride, right = relay.tagged ? 0x1234 : 0;
	uint8_t uuid[16];
	bool named = (x[1] | x[2]) != 0U;

	memcpy(uuid, &x[1], 16);
	if ((start == 0U ? 0U : right) != tag || (start != 0U && relay.retries > 0U)) {
		relay.retries -= relay.retries > 0U ? 1U : 0U;
		error(x, FFA_RETRY);
		return;
	}
	memset(x, 0, FFA_REGISTERS * sizeof(*x));
	for (unsigned i = 0; i < relay.partitions; i++) {
		uint8_t bytes[48];

		if (!matches(&relay.partition[i], uuid))
			continue;
		if (count >= start && count < start + per) {
			entry(bytes, &relay.partition[i], named);
			memcpy(&x[3 + (count - start) * relay.stride / 8U], bytes, relay.stride);
			last = count;
		}
		count++;
	}
	if (start >= count) {
		error(x, FFA_INVALID_PARAMETERS);
		return;
	}
	x[0] = FFA_SUCCESS | FFA_64;
	x[2] = (count - 1U) | (uint64_t)last << 16 | (uint64_t)right << 32 |
	       (uint64_t)relay.stride << 48;
}

static void answer(uint64_t x[FFA_REGISTERS])
{
	switch ((uint32_t)x[0]) {
	case FFA_FEATURES:
		features(x);
		break;
	case FFA_RXTX_MAP:
	case FFA_RXTX_MAP | FFA_64:
		map(x);
		break;
	case FFA_RXTX_UNMAP:
		unmap(x);
		break;
	case FFA_RX_RELEASE:
		own_rx(x, false);
		break;
	case FFA_RX_ACQUIRE:
		own_rx(x, true);
		break;
	case FFA_PARTITION_INFO_GET:
		list(x);
		break;
	case FFA_PARTITION_INFO_GET_REGS | FFA_64:
		list_registers(x);
		break;
	case FFA_SPM_ID_GET:
		success(x, 0x8000, 0);
		break;
	case FFA_NOTIFICATION_BITMAP_CREATE:
		success(x, 0, 0);
		break;
	default:
		error(x, FFA_NOT_SUPPORTED);
	}
}

/* ---- the environment ---- */

static void call_firmware(void *context, uint64_t x[FFA_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0];

	(void)context;
	if (relay.calls < RELAY_CALLS)
		relay.call[relay.calls] = fid;
	relay.calls++;
	if (relay.before == NULL || !relay.before(&relay, x))
		answer(x);
	if (relay.after != NULL)
		relay.after(&relay, fid, x);
}

static void take(void *context, struct ffa_lock *lock)
{
	(void)context;
	assert_int_equal(lock->word[0], 0); /* one thread: nobody could let it go */
	lock->word[0] = 1;
}

static void let_go(void *context, struct ffa_lock *lock)
{
	(void)context;
	assert_int_equal(lock->word[0], 1);
	lock->word[0] = 0;
}

static uint64_t now(void *context)
{
	(void)context;
	return ++relay.clock;
}

static uint64_t frequency(void *context)
{
	(void)context;
	return 100;
}

static void relax(void *context)
{
	(void)context;
}

static uint8_t *place(uint64_t address, size_t size)
{
	uint64_t page = (address - RELAY_BASE) / 4096U;

	assert_in_range(page, 0, RELAY_PAGES - 1U);
	assert_true(address % 4096U + size <= 4096U);
	assert_true(relay.pins[page] > 0);
	return relay.memory + (address - RELAY_BASE);
}

static void read_caller(void *context, uint16_t endpoint, void *to, uint64_t address, size_t size)
{
	(void)context;
	(void)endpoint;
	relay.reads++;
	if (relay.copying != NULL)
		relay.copying(&relay);
	memcpy(to, place(address, size), size);
}

static void write_caller(void *context, uint16_t endpoint, uint64_t address, const void *from,
			 size_t size)
{
	(void)context;
	(void)endpoint;
	if (relay.copying != NULL)
		relay.copying(&relay);
	memcpy(place(address, size), from, size);
}

static enum ffa_error check_range(const struct ffa_range *range, enum ffa_transition transition)
{
	uint64_t first = (range->base - RELAY_BASE) / 4096U;

	if (range->base < RELAY_BASE || first >= RELAY_PAGES || range->pages > RELAY_PAGES - first)
		return FFA_INVALID_PARAMETERS;
	for (uint64_t page = first; page < first + range->pages; page++) {
		if (transition == FFA_PIN && relay.gone[page])
			return FFA_DENIED;
		assert_true(transition == FFA_PIN || relay.pins[page] > 0);
	}
	return FFA_OK;
}

static enum ffa_error pages(void *context, uint16_t endpoint, enum ffa_transition transition,
			    const struct ffa_range *ranges, uint32_t count, uint32_t fid,
			    uint32_t *refused)
{
	(void)context;
	(void)endpoint;
	(void)fid;
	assert_true(transition == FFA_PIN || transition == FFA_UNPIN);
	for (uint32_t i = 0; i < count; i++) {
		enum ffa_error wrong = check_range(&ranges[i], transition);

		*refused = i;
		if (wrong != FFA_OK)
			return wrong;
	}
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t page = 0; page < ranges[i].pages; page++)
			relay.pins[(ranges[i].base - RELAY_BASE) / 4096U + page] +=
			    transition == FFA_PIN ? 1 : -1;
	return FFA_OK;
}

static uint64_t physical(void *context, const void *object)
{
	(void)context;
	return (uint64_t)(uintptr_t)object;
}

static void tell(void *context, const struct ffa_event *event)
{
	(void)context;
	if (relay.events < RELAY_EVENTS)
		relay.event[relay.events] = *event;
	relay.events++;
}

static const struct ffa_environment environment = {
    .firmware_call = call_firmware,
    .lock = take,
    .unlock = let_go,
    .time = now,
    .frequency = frequency,
    .relax = relax,
    .caller_read = read_caller,
    .caller_write = write_caller,
    .pages = pages,
    .physical = physical,
    .event = tell,
};

/* ---- the test's side ---- */

void relay_prepare(void)
{
	static const uint8_t one[16] = {0x11, 0x22}, two[16] = {0x33, 0x44};

	free(relay.carved);
	memset(&relay, 0, sizeof(relay));
	relay.interrupt = 8;
	relay.stride = 24;
	relay.partitions = 2;
	relay.partition[0] =
	    (struct relay_partition){.id = 0x8001, .contexts = 1, .properties = 0x7ff};
	relay.partition[1] =
	    (struct relay_partition){.id = 0x8002, .contexts = 4, .properties = 0x101};
	memcpy(relay.partition[0].uuid, one, 16);
	memcpy(relay.partition[1].uuid, two, 16);
}

void relay_start(uint32_t version, uint32_t caller)
{
	const struct ffa_negotiation negotiation = {.outcome = FFA_PRESENT, .version = version};
	const struct ffa_capacity capacity = {16, 256};
	uint64_t x[FFA_REGISTERS];

	if (version < FFA_VERSION_1_1)
		relay.stride = 8;
	ffa_init(&relay_ffa, &environment, NULL, &negotiation, 1);
	relay_ffa.host.contexts = 4;
	relay.carved_size = ffa_memory_size(&relay_ffa, &capacity, &relay.alignment);
	if (relay.carved_size != 0U) {
		relay.carved =
		    aligned_alloc(relay.alignment, relay.carved_size + relay.alignment -
						       relay.carved_size % relay.alignment);
		memset(relay.carved, 0x5a, relay.carved_size);
	}
	ffa_open(&relay_ffa, relay.carved, &capacity);
	if (caller != 0U)
		assert_int_equal(relay_call(x, FFA_VERSION, caller, 0, 0, 0, 0), version);
}

void relay_end(void)
{
	assert_int_equal(relay.complaints, 0);
	assert_int_equal(relay_ffa.gate.owner, 0);
	assert_int_equal(relay_ffa.host.buffers.users, 0);
	assert_false(relay_ffa.host.buffers.changing);
	free(relay.carved);
	relay.carved = NULL;
}

uint32_t relay_call(uint64_t x[FFA_REGISTERS], uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
		    uint64_t x4, uint64_t x5)
{
	const uint64_t given[6] = {fid, x1, x2, x3, x4, x5};

	for (unsigned n = 0; n < FFA_REGISTERS; n++)
		x[n] = n < 6U ? given[n] : CANARY(n);
	ffa_call(&relay_ffa, &relay_ffa.host, 0, x);
	if ((uint32_t)x[0] == FFA_ERROR)
		assert_int_equal(x[1] | x[3] | x[4] | x[5] | x[6] | x[7], 0);
	if (x[0] != (FFA_SUCCESS | FFA_64))
		for (unsigned n = 8; n < FFA_REGISTERS; n++)
			assert_int_equal(x[n], CANARY(n));
	return (uint32_t)x[0];
}

int relay_ask(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[FFA_REGISTERS];

	if (relay_call(x, fid, x1, x2, x3, 0, 0) != FFA_ERROR)
		return 0;
	assert_int_equal(x[2] >> 32, 0);
	return (int)(uint32_t)x[2];
}

void relay_map(void)
{
	assert_int_equal(relay_ask(FFA_RXTX_MAP | FFA_64, RELAY_PAGE(0), RELAY_PAGE(1), 1), 0);
}

unsigned relay_heard(uint32_t fid, unsigned from)
{
	unsigned count = 0;

	for (unsigned i = from; i < relay.calls && i < RELAY_CALLS; i++)
		count += relay.call[i] == fid;
	return count;
}

int relay_pinned(void)
{
	int sum = 0;

	for (unsigned i = 0; i < RELAY_PAGES; i++)
		sum += relay.pins[i];
	return sum;
}

unsigned relay_told(enum ffa_event_kind kind)
{
	unsigned count = 0;

	for (unsigned i = 0; i < relay.events && i < RELAY_EVENTS; i++)
		count += relay.event[i].kind == kind;
	return count;
}
