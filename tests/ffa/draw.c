// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

#include <string.h>

static uint64_t below(struct draw *draw, uint64_t limit)
{
	return random_below(&draw->random, limit);
}

static bool chance(struct draw *draw, unsigned percent)
{
	return random_chance(&draw->random, percent);
}

struct world_shape draw_shape(struct random_source *random)
{
	static const unsigned bits[] = {32, 36, 40, 42, 48};
	static const uint32_t versions[] = {MODEL_FFA_1_0, MODEL_FFA_1_1, MODEL_FFA_1_2};
	struct world_shape shape = {
	    .universe =
		{
		    .map = UNIVERSE_BANKS,
		    .ipa_bits = bits[random_below(random, sizeof(bits) / sizeof(bits[0]))],
		    .sets = UNIVERSE_AMPLE,
		    .tables = UNIVERSE_AMPLE,
		    .bbm = (enum stage2_bbm)random_below(random, 3),
		},
	    .spmc =
		{
		    .version = versions[random_below(random, 3)],
		    .donate = random_chance(random, 70),
		    .notifications = random_chance(random, 80),
		    .aborts = random_chance(random, 60),
		    .forgives = random_chance(random, 40),
		},
	    .capacity = {.transactions = 16U + (uint32_t)random_below(random, 3) * 24U,
			 .ranges = 16384},
	    /* long enough that nothing half-sent grows old: the specification has no clock */
	    .patience = 100000,
	    .splits = random_chance(random, 30),
	    .honest = random_chance(random, 45),
	};

	return shape;
}

/* --- where --- */

static uint64_t some_page(struct draw *draw)
{
	const struct universe *universe = &world.universe;
	const struct universe_bank *bank = &universe->bank[below(draw, universe->banks)];

	if (chance(draw, 3))
		return random_bits(&draw->random) >> (12U + below(draw, 40)) << 12;
	if (chance(draw, 60)) {
		uint64_t place = draw->place[below(draw, DRAW_PLACES)];

		return place + below(draw, 96) * PAGE;
	}
	return bank->base + below(draw, bank->pages) * PAGE;
}

static bool is_free(uint64_t page)
{
	const struct model_page *its = model_page(&world.universe.model, page);

	return its != NULL && its->owner == MODEL_HOST && its->state == MODEL_OWNED &&
	       its->pins == 0U;
}

static uint64_t free_range(struct draw *draw, uint64_t pages)
{
	uint64_t page = some_page(draw);

	for (unsigned tries = 0; tries < 12U; tries++, page = some_page(draw))
		if (is_free(page) && is_free(page + (pages - 1U) * PAGE) &&
		    is_free(page + pages / 2U * PAGE))
			break;
	return page;
}

static uint32_t some_pages(struct draw *draw)
{
	uint64_t what = below(draw, 100);

	return what < 60U   ? 1U
	       : what < 97U ? 1U + (uint32_t)below(draw, 8)
			    : 1U + (uint32_t)below(draw, 600);
}

/* --- a send --- */

static enum model_ffa_phase phase_of(uint32_t tag)
{
	uint64_t handle = call_handle(tag);

	for (size_t i = 0; i < MODEL_FFA_SLOTS && handle != 0U; i++)
		if (world.model.slot[i].phase != MODEL_FFA_NONE &&
		    world.model.slot[i].handle == handle)
			return world.model.slot[i].phase;
	return MODEL_FFA_NONE;
}

/* A send of the wanted phase, or 0. */
static uint32_t some_tag(struct draw *draw, enum model_ffa_phase phase)
{
	uint64_t first = below(draw, DRAW_TAGS);

	for (unsigned i = 0; i < DRAW_TAGS; i++) {
		uint32_t tag = draw->tag[(first + i) % DRAW_TAGS];

		if (tag != 0U && phase_of(tag) == phase)
			return tag;
	}
	return 0;
}

static void draw_runs(struct draw *draw, struct call *call)
{
	call->runs = (uint8_t)(chance(draw, 70) ? 1U : 1U + below(draw, CALL_RUNS));
	for (unsigned i = 0; i < call->runs; i++) {
		struct run *run = &call->run[i];

		run->pages = some_pages(draw);
		run->count = chance(draw, 75) ? 1U : 1U + (uint32_t)below(draw, 12);
		if (draw->large && i == 0U && chance(draw, 8)) {
			run->pages = 1;
			run->count = 200U + (uint32_t)below(draw, 400);
		}
		run->stride = run->pages + (uint32_t)below(draw, 3);
		if (chance(draw, 2))
			run->stride = run->pages / 2U;
		run->base = free_range(draw, (uint64_t)run->stride * run->count);
	}
}

static uint32_t ranges_of(const struct call *call)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < call->runs; i++)
		count += call->run[i].count;
	return count;
}

static void draw_send(struct draw *draw, struct call *call)
{
	uint32_t version = world.model.version, head;

	call->tag = ++draw->next;
	draw->tag[call->tag % DRAW_TAGS] = call->tag;
	call->borrowers = (uint8_t)(chance(draw, 75) || call->kind == CALL_DONATE
					? 1U
					: 1U + below(draw, SPMC_PARTITIONS));
	call->wide = chance(draw, 70);
	draw_runs(draw, call);
	if (chance(draw, 30)) {
		head = (version == MODEL_FFA_1_0 ? 32U : 48U) + 16U +
		       call->borrowers * (version >= MODEL_FFA_1_2 ? 32U : 16U);
		call->length = head + 16U * (uint32_t)below(draw, ranges_of(call));
		if (chance(draw, 5))
			call->length = 1U + (uint32_t)below(draw, 200);
	}
	if (chance(draw, 9)) {
		call->flaw = (uint8_t)(1U + below(draw, 19));
		call->flaw_seed = (uint32_t)random_bits(&draw->random);
	}
	if (chance(draw, 2))
		call->shortage = (uint8_t)(1U + below(draw, 2));
}

/* --- everything else --- */

static void draw_version(struct draw *draw, struct call *call)
{
	static const uint32_t versions[] = {0x10000, 0x10001,    0x10002,   0x10001,
					    0x10002, 0x10003,    0x20000,   0x9,
					    0,       0x80010001, 0xffffffff};

	call->w = versions[below(draw, sizeof(versions) / sizeof(versions[0]))];
	if (world.model.version == 0U && chance(draw, 70))
		call->w = versions[below(draw, 5)];
	else if (world.model.version != 0U && chance(draw, 60))
		call->w = world.model.version;
}

static void draw_map(struct draw *draw, struct call *call)
{
	call->w = chance(draw, 80) ? 1U : 1U + (uint32_t)below(draw, 16);
	call->a = free_range(draw, 2U * call->w);
	call->b = call->a + call->w * PAGE;
	call->wide = call->b >> 32 != 0U || chance(draw, 70);
	if (chance(draw, 85))
		return;
	switch (below(draw, 5)) {
	case 0:
		call->b = call->a;
		break;
	case 1:
		call->a += 8;
		break;
	case 2:
		call->w = (uint32_t)below(draw, 4) * 32U;
		break;
	case 3:
		call->b = some_page(draw);
		break;
	default:
		call->a = random_bits(&draw->random) & ~(PAGE - 1U);
		call->wide = true;
		break;
	}
}

static void draw_fragment(struct draw *draw, struct call *call)
{
	call->tag = some_tag(draw, MODEL_FFA_HALF);
	if (call->tag == 0U || chance(draw, 4)) {
		call->tag = chance(draw, 50) ? some_tag(draw, MODEL_FFA_LIVE) : 0U;
		call->a = random_bits(&draw->random) >> below(draw, 40);
	}
	if (chance(draw, 25))
		call->length = 16U * (1U + (uint32_t)below(draw, 3));
	if (chance(draw, 4))
		call->length = 1U + (uint32_t)below(draw, 70000);
	if (chance(draw, 20))
		call->w = chance(draw, 80) ? WORLD_HOST << 16 : (uint32_t)below(draw, 3) << 16;
	if (chance(draw, 2))
		call->shortage = 1;
}

static void draw_reclaim(struct draw *draw, struct call *call)
{
	call->tag = some_tag(draw, MODEL_FFA_LIVE);
	if (chance(draw, 4))
		call->tag = some_tag(draw, chance(draw, 50) ? MODEL_FFA_HALF : MODEL_FFA_LOST);
	if (call->tag == 0U || chance(draw, 4)) {
		call->tag = chance(draw, 50) ? draw->tag[below(draw, DRAW_TAGS)] : 0U;
		call->a = chance(draw, 10) ? UINT64_MAX : random_bits(&draw->random);
	}
	call->w = chance(draw, 85) ? 0U : chance(draw, 70) ? 1U : 1U << below(draw, 32);
}

static void draw_binding(struct draw *draw, struct call *call)
{
	call->w = (SPMC_FIRST + (uint32_t)below(draw, 3)) << 16 | WORLD_HOST;
	call->a = 1ULL << below(draw, 64);
	if (call->kind == CALL_UNBIND)
		for (unsigned i = 0; i < 64U; i++)
			if (world.model.bound[i] != 0U) {
				call->a = 1ULL << i;
				call->w = (uint32_t)world.model.bound[i] << 16 | WORLD_HOST;
			}
	if (chance(draw, 10))
		call->w = (uint32_t)random_bits(&draw->random);
	if (chance(draw, 5))
		call->a = 0;
	if (chance(draw, 5))
		call->length = chance(draw, 50) ? 1U : 2U;
}

static void draw_direct(struct draw *draw, struct call *call)
{
	call->w = WORLD_HOST << 16 | (SPMC_FIRST + (uint32_t)below(draw, 3));
	call->a = random_bits(&draw->random);
	call->wide = chance(draw, 50);
	if (chance(draw, 8))
		call->w = chance(draw, 50) ? (uint32_t)random_bits(&draw->random)
					   : WORLD_HOST << 16 | (uint32_t)below(draw, 3);
	if (chance(draw, 4))
		call->length = chance(draw, 50) ? 1U << 31 : 1U;
}

static void draw_give(struct draw *draw, struct call *call)
{
	call->b = 1U + below(draw, 3);
	call->a = chance(draw, 85) ? free_range(draw, call->b) : some_page(draw);
	if (call->kind == CALL_RETURN)
		for (unsigned tries = 0; tries < 20U; tries++) {
			const struct model_page *page;

			call->a = draw->place[below(draw, DRAW_PLACES)] + below(draw, 96) * PAGE;
			page = model_page(&world.universe.model, call->a);
			call->b = 1;
			if (page != NULL && page->owner == MODEL_HYPERVISOR && page->pins == 0U)
				break;
		}
}

static const uint32_t others[] = {0x8400006a, 0x8400006b, 0x8400006e, 0x84000078, 0x8400007c,
				  0x8400007d, 0x84000084, 0x84000087, 0x84000088, 0x84000090,
				  0x840000ef, 0xc4000063, 0xc4000077, 0x840000ff, 0x84000060};

static enum call_kind some_kind(struct draw *draw)
{
	static const struct {
		enum call_kind kind;
		unsigned weight;
	} weights[] = {
	    {CALL_SHARE, 20},  {CALL_LEND, 11},   {CALL_DONATE, 4}, {CALL_RECLAIM, 24},
	    {CALL_DIRECT, 7},  {CALL_GIVE, 3},    {CALL_RETURN, 3}, {CALL_PARTITIONS, 4},
	    {CALL_RELEASE, 3}, {CALL_VERSION, 2}, {CALL_PLAIN, 3},  {CALL_OTHER, 2},
	    {CALL_BORROW, 1},  {CALL_BIND, 3},    {CALL_UNBIND, 3}, {CALL_PARTNER, 3},
	    {CALL_MAP, 2},     {CALL_UNMAP, 1},
	};
	uint64_t choice = below(draw, 99);

	if (world.model.version == 0U && chance(draw, 60))
		return CALL_VERSION;
	if (world.model.version == 0U && chance(draw, 20))
		return chance(draw, 50) ? CALL_MAP : CALL_UNMAP;
	if (world.model.version != 0U && !world.model.mapped && chance(draw, 50))
		return CALL_MAP;
	if (world.model.full && chance(draw, 25))
		return CALL_RELEASE;
	if (some_tag(draw, MODEL_FFA_HALF) != 0U && chance(draw, 35))
		return CALL_FRAGMENT;
	for (unsigned i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		if (choice < weights[i].weight)
			return weights[i].kind;
		choice -= weights[i].weight;
	}
	return CALL_FRAGMENT;
}

static void draw_call(struct draw *draw, struct call *call, enum call_kind kind)
{
	memset(call, 0, sizeof(*call));
	call->kind = (uint8_t)kind;
	call->cpu = (uint8_t)below(draw, UNIVERSE_CPUS);
	if (kind < CALL_RESTART && kind != CALL_VERSION)
		call->noise = chance(draw, 3);
	switch (kind) {
	case CALL_VERSION:
		draw_version(draw, call);
		break;
	case CALL_PLAIN:
		call->w = chance(draw, 50) ? 0x84000069U : 0x84000085U;
		break;
	case CALL_OTHER:
		call->w = others[below(draw, sizeof(others) / sizeof(others[0]))];
		break;
	case CALL_BORROW:
		call->w = chance(draw, 50) ? 0x84000074U : 0x84000076U;
		break;
	case CALL_MAP:
		draw_map(draw, call);
		break;
	case CALL_UNMAP:
		call->w = chance(draw, 90) ? 0U : (uint32_t)below(draw, 3) << 16;
		break;
	case CALL_PARTITIONS:
		call->w = (uint32_t)(chance(draw, 85) ? below(draw, 2) : below(draw, 4));
		call->a = chance(draw, 90) ? 0U : 0xdeU;
		break;
	case CALL_SHARE:
	case CALL_LEND:
	case CALL_DONATE:
		draw_send(draw, call);
		break;
	case CALL_FRAGMENT:
		draw_fragment(draw, call);
		break;
	case CALL_RECLAIM:
		draw_reclaim(draw, call);
		break;
	case CALL_BIND:
	case CALL_UNBIND:
		draw_binding(draw, call);
		break;
	case CALL_DIRECT:
		draw_direct(draw, call);
		break;
	case CALL_PARTNER:
		call->tag = some_tag(draw, MODEL_FFA_LIVE);
		call->w = chance(draw, 40);
		break;
	case CALL_GIVE:
	case CALL_RETURN:
		draw_give(draw, call);
		break;
	default:
		break;
	}
	call->lie_seed = (uint32_t)random_bits(&draw->random);
	if (!world.shape.honest && chance(draw, kind == CALL_FRAGMENT ? 8 : 4)) {
		call->lie = (uint8_t)(1U + below(draw, LIES - 1U));
		call->lie_at = (uint8_t)(chance(draw, 80) ? 0U : below(draw, 3));
	}
}

void draw_burst(struct draw *draw, struct call_burst *burst)
{
	memset(burst, 0, sizeof(*burst));
	burst->schedule = (uint32_t)random_bits(&draw->random);
	burst->count = 1;
	if (below(draw, 400) == 0U) {
		draw_call(draw, &burst->action[0], CALL_RESTART);
		return;
	}
	if (chance(draw, 55))
		burst->count = 2U + (uint32_t)below(draw, 4);
	for (uint32_t i = 0; i < burst->count; i++)
		draw_call(draw, &burst->action[i], some_kind(draw));
}

void draw_start(struct draw *draw, uint64_t seed)
{
	memset(draw, 0, sizeof(*draw));
	draw->random = random_from(seed);
	draw->large = chance(draw, 50);
	for (unsigned i = 0; i < DRAW_PLACES; i++) {
		const struct universe *universe = &world.universe;
		const struct universe_bank *bank = &universe->bank[below(draw, universe->banks)];

		draw->place[i] = bank->base + below(draw, bank->pages) * PAGE;
		if (chance(draw, 40) && draw->place[i] / BLOCK * BLOCK >= bank->base)
			draw->place[i] = draw->place[i] / BLOCK * BLOCK;
	}
}

bool draw_undo(struct draw *draw, struct call *call)
{
	memset(call, 0, sizeof(*call));
	if (world.model.version == 0U) {
		call->kind = CALL_VERSION;
		call->w = MODEL_FFA_1_0;
		return world.rules.implemented != 0U;
	}
	/* of each transaction: partitions relinquish it, and it is taken back */
	for (; draw->undone < 2U * MODEL_FFA_SLOTS; draw->undone++) {
		const struct model_ffa_transaction *one = &world.model.slot[draw->undone / 2U];

		if (one->phase == MODEL_FFA_NONE || one->handle == UINT64_MAX)
			continue;
		call->kind = draw->undone++ % 2U == 0U ? CALL_PARTNER : CALL_RECLAIM;
		call->a = one->handle;
		return true;
	}
	call->kind = CALL_UNMAP;
	return world.model.mapped;
}
