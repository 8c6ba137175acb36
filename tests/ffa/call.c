// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "core/ffa/abi.h"
#include "fake/machine.h"
#include "ffa/world.h"
#include "ledger/random.h"

#define TAGS   4096U
#define RANGES 2048U

/* What is known of sends, by tag. */
static struct sent {
	uint32_t tag, version, total, received;
	uint64_t handle;
	struct call call;
} sends[TAGS];

static uint8_t bytes[BURST_MAX][CALL_READ];

void call_start(void)
{
	memset(sends, 0, sizeof(sends));
}

static struct sent *sent_as(uint32_t tag)
{
	struct sent *sent = &sends[tag % TAGS];

	return tag != 0U && sent->tag == tag ? sent : NULL;
}

uint64_t call_handle(uint32_t tag)
{
	const struct sent *sent = sent_as(tag);

	return sent != NULL ? sent->handle : 0U;
}

uint8_t *call_bytes(unsigned index)
{
	return bytes[index];
}

/* --- descriptors, as a host writes them --- */

static void put(uint8_t *at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8U * i);
}

static uint32_t put_ranges(const struct call *call, uint8_t *at, uint32_t *pages)
{
	uint32_t count = 0;

	*pages = 0;
	for (unsigned i = 0; i < call->runs && i < CALL_RUNS; i++)
		for (uint32_t k = 0; k < call->run[i].count && count < RANGES; k++, count++) {
			const struct run *run = &call->run[i];

			put(at + count * 16U, run->base + (uint64_t)k * run->stride * 4096U, 8);
			put(at + count * 16U + 8, run->pages, 4);
			put(at + count * 16U + 12, 0, 4);
			*pages += run->pages;
		}
	return count;
}

enum flaw {
	FLAW_NONE,
	FLAW_SENDER,
	FLAW_FLAGS,
	FLAW_HANDLE,
	FLAW_RESERVED,
	FLAW_EMAD_SIZE,
	FLAW_EMAD_COUNT,
	FLAW_EMAD_OFFSET,
	FLAW_BORROWER,
	FLAW_COMPOSITE,
	FLAW_COUNT,
	FLAW_SUM,
	FLAW_ADDRESS,
	FLAW_PAGES,
	FLAW_ATTRIBUTES,
	FLAW_PERMISSIONS,
	FLAW_LENGTH,
	FLAW_BYTE,
	FLAW_ZERO,   /* CLEAR: none where it is allowed */
	FLAW_BUFFER, /* x3 and w4 */
};

/* One thing is not as it should be. */
static void spoil(const struct call *call, uint32_t version, uint8_t *at, uint32_t *total)
{
	struct random_source random = random_from(call->flaw_seed);
	uint64_t any = random_bits(&random);
	bool old = version == MODEL_FFA_1_0;
	uint32_t header = old ? 32 : 48, emad = version >= MODEL_FFA_1_2 ? 32 : 16;
	uint8_t *composite = at + header + call->borrowers * emad;

	switch ((enum flaw)call->flaw) {
	case FLAW_SENDER:
		put(at, any, 2);
		break;
	case FLAW_FLAGS:
		put(at + 4, 1U << any % 32U, 4);
		break;
	case FLAW_HANDLE:
		put(at + 8, any | 1U, 8);
		break;
	case FLAW_RESERVED:
		at[old ? (any & 1U ? 3 : 24) : 36 + any % 12U] = 1;
		break;
	case FLAW_EMAD_SIZE:
		if (!old)
			put(at + 24, any & 1U ? any % 65U : any, 4);
		break;
	case FLAW_EMAD_COUNT:
		put(at + 28, any & 1U ? any % 20U : any, 4);
		break;
	case FLAW_EMAD_OFFSET:
		if (!old)
			put(at + 32, any & 1U ? any % 8U * 16U : 0U - any % 64U, 4);
		break;
	case FLAW_BORROWER:
		put(at + header, any & 1U ? SPMC_FIRST + 1U : any, 2);
		break;
	case FLAW_COMPOSITE:
		put(at + header + 4, any & 1U ? any % 40U * 8U : any, 4);
		break;
	case FLAW_COUNT:
		put(composite + 4, any & 1U ? any % 8U : any, 4);
		break;
	case FLAW_SUM:
		put(composite, any & 1U ? any % 8U : any, 4);
		break;
	case FLAW_ADDRESS:
		put(composite + 16, any & 1U ? any : 0x40000000U + any % 8192U, 8);
		break;
	case FLAW_PAGES:
		put(composite + 24, any & 1U ? 0 : UINT32_MAX, 4);
		break;
	case FLAW_ATTRIBUTES:
		put(at + 2, any, old ? 1 : 2);
		break;
	case FLAW_PERMISSIONS:
		at[header + 2] = (uint8_t)any;
		break;
	case FLAW_LENGTH:
		*total += (uint32_t)(any % 64U) - 32U;
		break;
	case FLAW_BYTE:
		at[any % *total] ^= (uint8_t)(1U << any / 65536U % 8U);
		break;
	case FLAW_ZERO:
		put(at + 4, 1, 4);
		break;
	case FLAW_BUFFER:
	case FLAW_NONE:
		break;
	}
}

/* The whole descriptor; its length. */
static uint32_t write(const struct call *call, uint32_t version, uint8_t *at)
{
	bool old = version == MODEL_FFA_1_0, several = call->borrowers > 1U;
	uint32_t header = old ? 32 : 48, emad = version >= MODEL_FFA_1_2 ? 32 : 16;
	uint32_t composite = header + call->borrowers * emad, ranges, pages, total;
	bool stated = call->kind == CALL_SHARE || (call->kind == CALL_LEND && several);

	memset(at, 0, composite + 16U);
	put(at, WORLD_HOST, 2);
	put(at + 2, stated ? 0x2f : 0, 1);
	put(at + 16, 0x7461670000000000ULL | call->tag, 8);
	put(at + 28, call->borrowers, 4);
	if (!old) {
		put(at + 24, emad, 4);
		put(at + 32, header, 4);
	}
	for (uint32_t i = 0; i < call->borrowers; i++) {
		put(at + header + i * emad, SPMC_FIRST + i, 2);
		at[header + i * emad + 2] = call->kind == CALL_DONATE ? 0 : 2;
		put(at + header + i * emad + 4, composite, 4);
	}
	ranges = put_ranges(call, at + composite + 16, &pages);
	put(at + composite, pages, 4);
	put(at + composite + 4, ranges, 4);
	total = composite + 16U + ranges * 16U;
	spoil(call, version, at, &total);
	return total;
}

/* --- calls --- */

static uint32_t fits(uint32_t rest)
{
	uint32_t room = (uint32_t)world.model.pages * 4096U;

	return room != 0U && rest > room ? room : rest;
}

static void send(const struct call *call, struct effect *effect)
{
	struct sent *sent = &sends[call->tag % TAGS];
	uint32_t version = world.model.version != 0U ? world.model.version : MODEL_FFA_1_1;
	uint8_t *at = bytes[effect->index];

	*sent = (struct sent){.tag = call->tag, .version = version, .call = *call};
	effect->announced = write(call, version, at);
	effect->sent = fits(effect->announced);
	if (call->length != 0U && call->length < effect->sent)
		effect->sent = call->length;
	sent->total = effect->announced;
	sent->received = effect->sent;
	effect->in[1] = effect->announced;
	effect->in[2] = effect->sent;
	effect->in[3] = call->flaw == FLAW_BUFFER ? 0x40000000U : 0U;
	effect->in[4] = call->flaw == FLAW_BUFFER ? call->flaw_seed & 1U : 0U;
}

static void send_more(const struct call *call, struct effect *effect)
{
	static uint8_t all[CALL_READ];
	struct sent *sent = sent_as(call->tag);
	uint8_t *at = bytes[effect->index];
	uint32_t rest = 0;

	effect->handle = sent != NULL ? sent->handle : call->a;
	if (sent != NULL) {
		write(&sent->call, sent->version, all);
		rest = sent->total - sent->received;
		effect->sent = fits(rest);
	}
	if (call->length != 0U)
		effect->sent = call->length;
	memset(at, 0, effect->sent < CALL_READ ? effect->sent : CALL_READ);
	if (sent != NULL)
		memcpy(at, all + sent->received, effect->sent < rest ? effect->sent : rest);
	effect->in[1] = (uint32_t)effect->handle;
	effect->in[2] = effect->handle >> 32;
	effect->in[3] = effect->sent;
	effect->in[4] = call->w;
}

static const uint32_t identifiers[CALLS] = {
    [CALL_VERSION] = FFA_VERSION,
    [CALL_MAP] = FFA_RXTX_MAP,
    [CALL_UNMAP] = FFA_RXTX_UNMAP,
    [CALL_RELEASE] = FFA_RX_RELEASE,
    [CALL_PARTITIONS] = FFA_PARTITION_INFO_GET,
    [CALL_SHARE] = FFA_MEM_SHARE,
    [CALL_LEND] = FFA_MEM_LEND,
    [CALL_DONATE] = FFA_MEM_DONATE,
    [CALL_FRAGMENT] = FFA_MEM_FRAG_TX,
    [CALL_RECLAIM] = FFA_MEM_RECLAIM,
    [CALL_BIND] = FFA_NOTIFICATION_BIND,
    [CALL_UNBIND] = FFA_NOTIFICATION_UNBIND,
    [CALL_DIRECT] = FFA_MSG_SEND_DIRECT_REQ,
};

static void arguments(const struct call *call, struct effect *effect)
{
	uint64_t *x = effect->in;

	x[0] = identifiers[call->kind] | (call->wide ? FFA_64 : 0U);
	switch ((enum call_kind)call->kind) {
	case CALL_VERSION:
		x[1] = call->w;
		break;
	case CALL_PLAIN:
	case CALL_OTHER:
	case CALL_BORROW:
		x[0] = call->w;
		break;
	case CALL_MAP:
		x[1] = call->a;
		x[2] = call->b;
		x[3] = call->w;
		break;
	case CALL_UNMAP:
		x[1] = call->w;
		break;
	case CALL_PARTITIONS:
		/* UUIDs in memory: 16 times the same byte */
		for (unsigned i = 1; i <= 4U; i++)
			x[i] = call->a & 0xffU ? 0x01010101U * (uint32_t)(call->a & 0xffU) : 0U;
		x[5] = call->w;
		break;
	case CALL_SHARE:
	case CALL_LEND:
	case CALL_DONATE:
		send(call, effect);
		break;
	case CALL_FRAGMENT:
		send_more(call, effect);
		break;
	case CALL_RECLAIM:
		effect->handle = sent_as(call->tag) != NULL ? call_handle(call->tag) : call->a;
		x[1] = (uint32_t)effect->handle;
		x[2] = effect->handle >> 32;
		x[3] = call->w;
		break;
	case CALL_BIND:
	case CALL_UNBIND:
		x[1] = call->w;
		x[2] = call->length;
		x[3] = (uint32_t)call->a;
		x[4] = call->a >> 32;
		break;
	case CALL_DIRECT:
		x[1] = call->w;
		x[2] = call->length;
		for (unsigned i = 3; i < 8U; i++)
			x[i] = call->a * i;
		break;
	default:
		break;
	}
	if (call->noise && !call->wide)
		for (unsigned i = 1; i < 8U; i++)
			x[i] |= 0x0bad0bad00000000ULL;
}

static void keep_handle(const struct call *call, const struct effect *effect)
{
	model_ffa_set answer = call_answer(call, effect);
	struct sent *sent = sent_as(call->tag);

	if (sent == NULL)
		return;
	if (call->kind == CALL_FRAGMENT) {
		if (answer == MODEL_FFA_MORE)
			sent->received = (uint32_t)effect->x[3];
		return;
	}
	if (answer == MODEL_FFA_OK)
		sent->handle = (uint32_t)effect->x[2] | effect->x[3] << 32;
	if (answer == MODEL_FFA_MORE)
		sent->handle = (uint32_t)effect->x[1] | effect->x[2] << 32;
}

void call_perform(const struct call *call, unsigned index, struct effect *effect)
{
	memset(effect, 0, sizeof(*effect));
	effect->index = index;
	effect->shortage = call->shortage;
	if (call->kind == CALL_PARTNER) {
		spmc_retrieve(&world.spmc, call->tag != 0U ? call_handle(call->tag) : call->a,
			      call->w != 0U);
		return;
	}
	if (call->kind == CALL_GIVE || call->kind == CALL_RETURN) {
		world_give(call->a, call->b, call->kind == CALL_RETURN, effect);
		return;
	}
	spmc_expect(&world.spmc, fake_cpu, call->lie, call->lie_at, call->lie_seed);
	world.effect[fake_cpu] = effect;
	if (call->kind == CALL_RESTART) {
		ffa_endpoint_reset(&world.ffa, &world.ffa.host, fake_cpu);
	} else {
		for (unsigned i = 8; i < 18U; i++)
			effect->in[i] = 0xca9a41e000000000ULL | i;
		arguments(call, effect);
		memcpy(effect->x, effect->in, sizeof(effect->x));
		ffa_call(&world.ffa, &world.ffa.host, fake_cpu, effect->x);
	}
	world.effect[fake_cpu] = NULL;
	effect->log = world.spmc.log[fake_cpu];
	if (call->kind == CALL_FRAGMENT || (call->kind >= CALL_SHARE && call->kind <= CALL_DONATE))
		keep_handle(call, effect);
}

/* --- answers --- */

model_ffa_set call_answer(const struct call *call, const struct effect *effect)
{
	uint32_t w0 = (uint32_t)effect->x[0];
	int32_t code = (int32_t)effect->x[2];

	if (call->kind == CALL_GIVE || call->kind == CALL_RETURN)
		return effect->status == MODEL_DONE        ? MODEL_FFA_OK
		       : effect->status == MODEL_INVALID   ? MODEL_FFA_IP
		       : effect->status == MODEL_NO_MEMORY ? MODEL_FFA_NM
							   : MODEL_FFA_DN;
	if (call->kind == CALL_RESTART || call->kind == CALL_PARTNER)
		return MODEL_FFA_OK;
	if (w0 == UINT32_MAX)
		return MODEL_FFA_NS;
	if (call->kind == CALL_VERSION)
		return w0 == world.rules.implemented ? MODEL_FFA_OK : 0U;
	if (w0 == FFA_ERROR)
		return code < 0 && code >= -10 ? 1U << -code : 0U;
	if (w0 == FFA_MEM_FRAG_RX)
		return MODEL_FFA_MORE;
	if (call->kind == CALL_DIRECT)
		return (w0 & ~FFA_64) == FFA_MSG_SEND_DIRECT_RESP ? MODEL_FFA_OK : 0U;
	return (w0 & ~FFA_64) == FFA_SUCCESS ? MODEL_FFA_OK : 0U;
}

const char *call_answer_name(model_ffa_set answer)
{
	static const char *const names[] = {"ok", "ns",    "ip", "nm", "busy",      "interrupted",
					    "dn", "retry", "ab", "nd", "not ready", "more"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (answer == 1U << i)
			return names[i];
	return "no answer";
}

static bool zeroes(const uint64_t x[18], unsigned first)
{
	for (unsigned i = first; i < 8U; i++)
		if (x[i] != 0U)
			return false;
	return true;
}

const char *call_registers(const struct call *call, const struct effect *effect)
{
	const uint64_t *x = effect->x;
	model_ffa_set answer = call_answer(call, effect);
	uint64_t mask = call->wide ? UINT64_MAX : UINT32_MAX;

	if (call->kind >= CALL_RESTART)
		return NULL;
	if (memcmp(&x[8], &effect->in[8], 10U * sizeof(x[0])) != 0)
		return "x8 to x17 are not what they were";
	if (x[0] == UINT64_MAX)
		return memcmp(&x[1], &effect->in[1], 7U * sizeof(x[0])) == 0 || zeroes(x, 1)
			   ? NULL
			   : "an unknown function has results";
	if (x[0] >> 32 != 0U)
		return "x0 has an upper half";
	if (call->kind == CALL_VERSION)
		return zeroes(x, 1) ? NULL : "FFA_VERSION has results in x1 to x7";
	if (answer == 0U)
		return "the answer is none that there is";
	if ((uint32_t)x[0] == FFA_ERROR)
		return x[1] == 0U && x[2] >> 32 == 0U && zeroes(x, 3)
			   ? NULL
			   : "an error comes with something else";
	if (answer == MODEL_FFA_MORE)
		return (x[1] | x[2] | x[3]) >> 32 == 0U && zeroes(x, 4)
			   ? NULL
			   : "MEM_FRAG_RX comes with something else";
	if (call->kind == CALL_DIRECT) {
		for (unsigned i = 1; i < 8U; i++)
			if (x[i] != (effect->log.message[i] & (i < 3U ? UINT32_MAX : mask)))
				return "the response is not what was sent";
		return NULL;
	}
	if (x[1] != 0U || (x[2] | x[3]) >> 32 != 0U || !zeroes(x, 4))
		return "FFA_SUCCESS comes with something else";
	if (call->kind == CALL_PLAIN || call->kind == CALL_PARTITIONS ||
	    (call->kind >= CALL_SHARE && call->kind <= CALL_FRAGMENT))
		return NULL;
	return x[2] == 0U && x[3] == 0U ? NULL : "FFA_SUCCESS has results where there are none";
}

const char *call_name(enum call_kind kind)
{
	static const char *const names[CALLS] = {
	    [CALL_VERSION] = "version",
	    [CALL_PLAIN] = "plain",
	    [CALL_OTHER] = "other",
	    [CALL_MAP] = "map",
	    [CALL_UNMAP] = "unmap",
	    [CALL_RELEASE] = "release",
	    [CALL_PARTITIONS] = "partitions",
	    [CALL_SHARE] = "share",
	    [CALL_LEND] = "lend",
	    [CALL_DONATE] = "donate",
	    [CALL_FRAGMENT] = "fragment",
	    [CALL_RECLAIM] = "reclaim",
	    [CALL_BORROW] = "borrow",
	    [CALL_BIND] = "bind",
	    [CALL_UNBIND] = "unbind",
	    [CALL_DIRECT] = "direct",
	    [CALL_RESTART] = "restart",
	    [CALL_PARTNER] = "partner",
	    [CALL_GIVE] = "give",
	    [CALL_RETURN] = "return",
	};

	return names[kind];
}
