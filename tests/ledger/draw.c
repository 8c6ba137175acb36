// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

#include <string.h>

#define NEAR 8U /* pages around a place */

static uint64_t below(struct draw *draw, uint64_t limit)
{
	return random_below(&draw->random, limit);
}

static bool chance(struct draw *draw, unsigned percent)
{
	return random_chance(&draw->random, percent);
}

struct universe_shape draw_shape(struct random_source *random)
{
	static const unsigned bits[] = {32, 33, 36, 39, 40, 42, 44, 48};
	struct universe_shape shape = {
	    .map = random_chance(random, 12) ? UNIVERSE_GIANT : UNIVERSE_BANKS,
	    .ipa_bits = bits[random_below(random, sizeof(bits) / sizeof(bits[0]))],
	    .sets = UNIVERSE_AMPLE,
	    .tables = UNIVERSE_AMPLE,
	    .bbm = (enum stage2_bbm)random_below(random, 3),
	};
	uint64_t pools = random_below(random, 10);
	/* of a whole gigabyte one page takes two tables */
	uint64_t few = shape.map == UNIVERSE_GIANT ? 3 : 6;

	if (pools < 3U || pools == 6U)
		shape.sets = (unsigned)random_below(random, 6);
	if (pools >= 3U && (pools < 7U || shape.map == UNIVERSE_GIANT))
		shape.tables = (unsigned)random_below(random, few);
	return shape;
}

/* --- where --- */

static const struct universe_bank *some_bank(struct draw *draw)
{
	return &draw->universe->bank[below(draw, draw->universe->banks)];
}

/* A place of interest: an end of a bank, a block's or a gigabyte's border, or any page. */
static uint64_t some_place(struct draw *draw)
{
	const struct universe_bank *bank = some_bank(draw);
	uint64_t any = bank->base + below(draw, bank->pages) * PAGE;

	switch (below(draw, 5)) {
	case 0:
		return bank->base;
	case 1:
		return universe_bank_end(bank) - PAGE;
	case 2:
	case 3:
		any = any / BLOCK * BLOCK;
		return any < bank->base ? bank->base : any;
	default:
		return any;
	}
}

void draw_start(struct draw *draw, const struct universe *universe, uint64_t seed)
{
	memset(draw, 0, sizeof(*draw));
	draw->random = random_from(seed);
	draw->universe = universe;
	draw->poison = chance(draw, 50);
	/* page tables run short where whole blocks come apart, not where single pages move */
	draw->coarse = chance(draw, universe->shape.tables != UNIVERSE_AMPLE ? 75 : 25);
	for (unsigned i = 0; i < DRAW_PLACES; i++)
		draw->place[i] = some_place(draw);
}

static uint64_t near(struct draw *draw, uint64_t place)
{
	return place + (below(draw, 2U * NEAR + 1U) - NEAR) * PAGE;
}

/* A page, mostly of RAM. */
static uint64_t some_page(struct draw *draw)
{
	unsigned what = (unsigned)below(draw, 100);

	if (what < 75U)
		return near(draw, draw->place[below(draw, DRAW_PLACES)]);
	if (what < 96U) {
		const struct universe_bank *bank = some_bank(draw);

		return bank->base + below(draw, bank->pages) * PAGE;
	}
	/* somewhere: a device, nothing at all, beyond the input size */
	return random_bits(&draw->random) >> (12U + below(draw, 40)) << 12;
}

static uint64_t some_length(struct draw *draw)
{
	unsigned what = (unsigned)below(draw, 100);

	if (draw->coarse && chance(draw, 45))
		return 512U * (1U + below(draw, 2));
	if (what < 40U)
		return 1;
	if (what < 65U)
		return 1U + below(draw, 8);
	if (what < 80U)
		return 1U + below(draw, 64);
	if (what < 92U)
		return 512U * (1U + below(draw, 3));
	if (what < 99U || draw->universe->shape.map != UNIVERSE_GIANT)
		return 1U + below(draw, 1100);
	return 512U * 512U;
}

/* The page `at` of the specification, or NULL. */
static const struct model_page *page_at(const struct draw *draw, uint64_t at)
{
	const struct universe_bank *bank = universe_bank(draw->universe, at);

	return bank == NULL ? NULL : &draw->universe->model_pages[universe_index(bank, at)];
}

/* Pages from `at` on, at most `limit`, that are in the same state. */
static uint64_t alike_from(const struct draw *draw, uint64_t at, uint64_t limit)
{
	const struct universe_bank *bank = universe_bank(draw->universe, at);
	const struct model_page *page = page_at(draw, at);
	uint64_t most = (universe_bank_end(bank) - at) / PAGE, count = 1;

	if (limit < most)
		most = limit;
	while (count < most && universe_alike(&page[0], &page[count]))
		count++;
	return count;
}

/* Back to the first of at most `limit` pages that are in the same state. */
static uint64_t alike_before(const struct draw *draw, uint64_t at, uint64_t limit)
{
	const struct universe_bank *bank = universe_bank(draw->universe, at);
	const struct model_page *page = page_at(draw, at);
	uint64_t most = (at - bank->base) / PAGE, count = 0;

	if (limit < most)
		most = limit;
	while (count < most && universe_alike(page, page - count - 1U))
		count++;
	return at - count * PAGE;
}

/* --- who --- */

static model_party some_party(struct draw *draw)
{
	static const model_party parties[] = {
	    MODEL_HOST,      MODEL_HOST,
	    MODEL_HOST,      MODEL_HYPERVISOR,
	    MODEL_FIRMWARE,  MODEL_FIRMWARE,
	    MODEL_GUEST,     MODEL_GUEST,
	    MODEL_GUEST + 1, MODEL_GUEST + LEDGER_GUESTS - 1U,
	};

	return parties[below(draw, sizeof(parties) / sizeof(parties[0]))];
}

static model_party other_than(struct draw *draw, model_party owner)
{
	model_party other;

	do
		other = chance(draw, 25) ? MODEL_HYPERVISOR : some_party(draw);
	while (other == owner);
	return other;
}

/* --- what --- */

/* A call that a page in this state allows, with its parties. */
static void suitable(struct draw *draw, const struct model_page *page, struct action *action)
{
	static const enum model_call fresh[] = {MODEL_DONATE, MODEL_DONATE, MODEL_SHARE,
						MODEL_SHARE,  MODEL_LEND,   MODEL_LEND,
						MODEL_PIN};

	action->owner = page->owner;
	action->other = page->borrower;
	switch (page->state) {
	case MODEL_OWNED:
		if (page->pins != 0U) {
			action->call = chance(draw, 75) ? MODEL_UNPIN : MODEL_PIN;
			return;
		}
		action->call = (uint8_t)fresh[below(draw, sizeof(fresh) / sizeof(fresh[0]))];
		action->other = other_than(draw, page->owner);
		if (action->call == MODEL_DONATE && page->owner != MODEL_HOST && chance(draw, 70))
			action->other = MODEL_HOST;
		if (page->owner != MODEL_HOST && chance(draw, 50))
			action->other = MODEL_HOST;
		if (action->call != MODEL_DONATE && chance(draw, 6))
			action->other = MODEL_SEVERAL;
		return;
	case MODEL_SHARED:
	case MODEL_LENT:
		action->was = (uint8_t)page->state;
		action->call = chance(draw, 25)              ? MODEL_QUARANTINE
			       : page->state == MODEL_SHARED ? MODEL_UNSHARE
							     : MODEL_RECLAIM;
		return;
	case MODEL_SHARED_QUARANTINED:
	case MODEL_LENT_QUARANTINED:
		action->was = page->state == MODEL_SHARED_QUARANTINED ? MODEL_SHARED : MODEL_LENT;
		action->call = draw->poison && chance(draw, 12) ? MODEL_POISON : MODEL_RELEASE;
		return;
	case MODEL_POISONED:
		break;
	}
	action->call = (uint8_t)below(draw, MODEL_CALLS);
	action->other = other_than(draw, page->owner);
	action->was = chance(draw, 50) ? MODEL_SHARED : MODEL_LENT;
}

/* The host's call that does the same, where there is one. */
static void as_host_call(struct draw *draw, struct action *action)
{
	if (action->owner == MODEL_HOST && action->other == MODEL_HYPERVISOR &&
	    action->call == MODEL_DONATE)
		action->identifier = MODEL_MEM_DONATE;
	else if (action->owner == MODEL_HOST && action->other == MODEL_HYPERVISOR &&
		 action->call == MODEL_SHARE)
		action->identifier = MODEL_MEM_SHARE;
	else if (action->owner == MODEL_HOST && action->other == MODEL_HYPERVISOR &&
		 action->call == MODEL_UNSHARE)
		action->identifier = MODEL_MEM_UNSHARE;
	else if (action->owner == MODEL_HYPERVISOR && action->other == MODEL_HOST &&
		 action->call == MODEL_DONATE)
		action->identifier = MODEL_MEM_RETURN;
	else
		return;
	action->kind = ACTION_HOST;
	action->noise = chance(draw, 30) ? (uint32_t)random_bits(&draw->random) : 0U;
}

static void some_host_call(struct draw *draw, struct action *action)
{
	static const uint64_t identifiers[] = {
	    MODEL_MEM_VERSION, MODEL_MEM_DONATE, MODEL_MEM_SHARE,  MODEL_MEM_UNSHARE,
	    MODEL_MEM_RETURN,  MODEL_MEM_DONATE, MODEL_MEM_SHARE,  MODEL_MEM_UNSHARE,
	    MODEL_MEM_RETURN,  MODEL_MEM_DONATE, MODEL_MEM_RETURN, 0x86000021U,
	    0xc6000020U,       0x86000024U,
	};

	action->kind = ACTION_HOST;
	action->identifier = identifiers[below(draw, sizeof(identifiers) / sizeof(identifiers[0]))];
	action->noise = chance(draw, 30) ? (uint32_t)random_bits(&draw->random) : 0U;
}

/* A range that is none, or runs out of its bank. */
static void spoil_range(struct draw *draw, struct action *action)
{
	const struct universe_bank *bank = some_bank(draw);

	switch (below(draw, 7)) {
	case 0:
		action->pages = 0;
		break;
	case 1:
		action->base += 1U + below(draw, PAGE - 1U);
		break;
	case 2: /* ends at 2^64, or wraps */
		action->base = 0ULL - (1U + below(draw, 4)) * PAGE;
		action->pages = 1U + below(draw, 6);
		break;
	case 3:
		/* as a size in bytes it is beyond what the core's own callers can say */
		action->pages = action->kind == ACTION_HOST
				    ? random_bits(&draw->random) >> below(draw, 16)
				    : random_bits(&draw->random) >> (13U + below(draw, 20));
		break;
	case 4:
	case 5:
		action->base = universe_bank_end(bank) - (1U + below(draw, 3)) * PAGE;
		action->pages = 1U + below(draw, 600);
		break;
	default:
		action->base = bank->base - (1U + below(draw, 3)) * PAGE;
		action->pages = 1U + below(draw, 8);
		break;
	}
}

/* Pins of what is kept for ever stay as they are. */
static bool meets_kept(const struct draw *draw, const struct action *action)
{
	uint64_t base, end;

	for (unsigned which = 0; universe_kept(draw->universe, which, &base, &end); which++)
		if (action->base < end && (action->pages > (end - action->base) / PAGE ||
					   action->base + action->pages * PAGE > base))
			return true;
	return false;
}

/* Something that need not fit at all. */
static void reckless(struct draw *draw, uint64_t at, struct action *action)
{
	const struct model_page *page = page_at(draw, at);

	action->base = at;
	action->pages = some_length(draw);
	if (page != NULL && chance(draw, 75)) {
		suitable(draw, page, action);
		if (chance(draw, 60))
			action->call = (uint8_t)below(draw, MODEL_CALLS);
		else if (chance(draw, 50))
			action->was ^= MODEL_SHARED ^ MODEL_LENT;
	} else {
		action->call = (uint8_t)below(draw, MODEL_CALLS);
		action->owner = some_party(draw);
	}
	if (action->was != MODEL_SHARED && action->was != MODEL_LENT)
		action->was = chance(draw, 50) ? MODEL_SHARED : MODEL_LENT;
	if (action->other == action->owner || action->other == MODEL_NOBODY || chance(draw, 40))
		action->other = other_than(draw, action->owner);
	if (chance(draw, 35))
		some_host_call(draw, action);
	if (chance(draw, 35))
		spoil_range(draw, action);
}

static void look(struct draw *draw, uint64_t at, struct action *action)
{
	unsigned what = (unsigned)below(draw, 100);

	action->kind = what < 55U   ? ACTION_FAULT
		       : what < 85U ? ACTION_WHO
		       : what < 97U ? ACTION_PEEK
				    : ACTION_CHECK;
	action->base = at + (what < 97U ? below(draw, PAGE) : 0U);
	if (action->kind == ACTION_PEEK)
		action->pages = chance(draw, 85) ? 2U : below(draw, 2);
}

/* What stage 2 does not take. */
static void spoil_map(struct draw *draw, struct action *action)
{
	switch (below(draw, 5)) {
	case 0:
		action->pages = 0;
		break;
	case 1:
		action->base += 1U + below(draw, PAGE - 1U);
		break;
	case 2:
		action->base = 0ULL - PAGE * (1U + below(draw, 3));
		action->pages = 3;
		break;
	default:
		action->base = (1ULL << draw->universe->shape.ipa_bits) - PAGE;
		action->pages = 2U + below(draw, 600);
		break;
	}
}

static void map_device(struct draw *draw, struct action *action)
{
	const struct universe_window *window =
	    &draw->universe->window[below(draw, draw->universe->windows)];
	uint64_t page = below(draw, window->pages), pages = 1U + below(draw, window->pages - page);

	if (window->pages >= 512U && chance(draw, 40)) {
		page = page / 512U * 512U;
		pages = 512U * (1U + below(draw, (window->pages - page) / 512U));
		if (window->pages == 512U * 512U && chance(draw, 60)) {
			page = 0;
			pages = window->pages;
		}
	} else if (chance(draw, 70)) {
		pages = 1U + below(draw, pages < 4U ? pages : 4U);
	}
	action->kind = ACTION_MAP;
	action->base = window->base + page * PAGE;
	action->pages = pages;
	action->was = chance(draw, 60);
	if (chance(draw, 6))
		spoil_map(draw, action);
}

static void draw_action(struct draw *draw, uint64_t at, struct action *action)
{
	const struct model_page *page = page_at(draw, at);
	unsigned what = (unsigned)below(draw, 100);
	uint64_t limit = some_length(draw);

	memset(action, 0, sizeof(*action));
	action->was = MODEL_SHARED;
	if (what < 12U) {
		look(draw, at, action);
		return;
	}
	if (what < 15U) {
		map_device(draw, action);
		return;
	}
	if (what < 28U || page == NULL) {
		reckless(draw, at, action);
		return;
	}
	/* whole blocks now and then, so that they move, split and join as such */
	if (limit >= 512U && chance(draw, 70)) {
		const struct universe_bank *bank = universe_bank(draw->universe, at);
		uint64_t last;

		universe_block_pages(bank, at, &at, &last);
		page = page_at(draw, at);
	}
	/* take back the whole of what was given */
	if ((page->owner != MODEL_HOST || page->state != MODEL_OWNED) && chance(draw, 50))
		at = alike_before(draw, at, limit = 600);
	suitable(draw, page, action);
	action->base = at;
	action->pages = action->call == MODEL_POISON ? 1U : alike_from(draw, at, limit);
	if (chance(draw, 7))
		action->pages += 1U + below(draw, 3);
	/* right in all but the borrower */
	if (page->borrower != MODEL_NOBODY && chance(draw, 5))
		action->other = other_than(draw, action->owner);
	if (chance(draw, 50))
		as_host_call(draw, action);
}

/* Several may borrow a page; it has one owner. */
static bool owned_by_several(const struct action *action)
{
	return action->call == MODEL_DONATE && action->other == MODEL_SEVERAL;
}

static void draw_allowed(struct draw *draw, uint64_t at, struct action *action)
{
	do
		draw_action(draw, at, action);
	while (action->kind == ACTION_CHANGE &&
	       (owned_by_several(action) ||
		((action->call == MODEL_UNPIN || action->call == MODEL_PIN) &&
		 meets_kept(draw, action))));
}

/* --- bursts --- */

static bool draw_storm(struct draw *draw, struct burst *burst)
{
	const struct model_page *page;
	uint64_t at;

	if (draw->storm_left == 0U) {
		if (below(draw, 3000) != 0U)
			return false;
		at = some_page(draw);
		page = page_at(draw, at);
		if (page == NULL || page->state != MODEL_OWNED)
			return false;
		draw->storm = (struct action){.kind = ACTION_CHANGE,
					      .call = MODEL_PIN,
					      .owner = page->owner,
					      .base = at,
					      .pages = 1};
		draw->storm_left = 260;
		if (meets_kept(draw, &draw->storm))
			draw->storm_left = 0;
	}
	if (draw->storm_left == 0U)
		return false;
	draw->storm_left--;
	burst->count = 4;
	for (unsigned i = 0; i < 4U; i++) {
		burst->action[i] = draw->storm;
		burst->action[i].cpu = (uint8_t)i;
	}
	if (page_at(draw, draw->storm.base)->pins >= LEDGER_PINS_MAX - 2U)
		draw->storm_left = draw->storm_left > 1U ? 1U : draw->storm_left;
	return true;
}

/*
 * What single calls hardly come to: a block that is somebody else's as a whole and the host's to
 * use, of which a page is then taken.
 */
static bool draw_chain(struct draw *draw, struct burst *burst)
{
	static const struct {
		uint8_t give, take;
	} ways[] = {{MODEL_SHARE, MODEL_UNSHARE},
		    {MODEL_LEND, MODEL_RECLAIM},
		    {MODEL_DONATE, MODEL_DONATE}};
	uint64_t block = some_page(draw) / BLOCK * BLOCK;
	const struct model_page *page = page_at(draw, block);
	unsigned way = (unsigned)below(draw, 3);

	if (draw->chain_left == 0U) {
		if (below(draw, 60) != 0U || page == NULL || page->owner != MODEL_HOST ||
		    page->state != MODEL_OWNED || alike_from(draw, block, 512) < 512U)
			return false;
		for (unsigned i = 0; i < 3U; i++)
			draw->chain[i] = (struct action){.kind = ACTION_CHANGE,
							 .cpu = (uint8_t)below(draw, UNIVERSE_CPUS),
							 .base = block,
							 .pages = 512,
							 .owner = MODEL_GUEST,
							 .other = MODEL_HOST};
		draw->chain[0].call = MODEL_DONATE;
		draw->chain[0].owner = MODEL_HOST;
		draw->chain[0].other = MODEL_GUEST;
		draw->chain[1].call = ways[way].give;
		draw->chain[2].call = ways[way].take;
		draw->chain[2].base += below(draw, 512) * PAGE;
		draw->chain[2].pages = 1;
		if (way == 2U) {
			/* given on, and back in part, by the host's own call */
			draw->chain[1].other = MODEL_HYPERVISOR;
			draw->chain[2].owner = MODEL_HYPERVISOR;
			as_host_call(draw, &draw->chain[2]);
		}
		draw->chain_left = 3;
	}
	burst->action[0] = draw->chain[3U - draw->chain_left--];
	return true;
}

/*
 * Made as a list. One that is refused takes back what it did, which others can see meanwhile if it
 * is the host's access: those lists are for a CPU that is alone.
 */
static void cut(struct draw *draw, bool alone, struct action *action)
{
	bool access = action->call != MODEL_PIN && action->call != MODEL_UNPIN &&
		      (action->owner != MODEL_HOST ||
		       (action->call != MODEL_SHARE && action->call != MODEL_UNSHARE));

	if (action->kind == ACTION_CHANGE && (alone || !access) && chance(draw, 40))
		action->noise = (uint32_t)random_bits(&draw->random) | 1U;
}

void draw_burst(struct draw *draw, struct burst *burst)
{
	uint64_t meeting = some_page(draw);
	unsigned first = (unsigned)below(draw, UNIVERSE_CPUS), cpus = 1;

	memset(burst, 0, sizeof(*burst));
	burst->count = 1;
	burst->schedule = (uint32_t)random_bits(&draw->random);
	if (draw_storm(draw, burst) || draw_chain(draw, burst))
		return;
	if (chance(draw, 60)) {
		cpus = chance(draw, 60) ? UNIVERSE_CPUS : 2U + (unsigned)below(draw, 2);
		burst->count = cpus + (unsigned)below(draw, BURST_MAX + 1U - cpus) / 2U;
	}
	for (uint32_t i = 0; i < burst->count; i++) {
		uint64_t at = chance(draw, 60) ? meeting : some_page(draw);

		if (cpus > 1U && chance(draw, 25))
			at = near(draw, meeting);
		draw_allowed(draw, at, &burst->action[i]);
		burst->action[i].cpu = (uint8_t)((first + i % cpus) % UNIVERSE_CPUS);
		/* the very same call, or its neighbour, from another CPU */
		if (i > 0U && chance(draw, 15)) {
			uint8_t cpu = burst->action[i].cpu;

			burst->action[i] = burst->action[i - 1U];
			burst->action[i].cpu = cpu;
		}
	}
	for (uint32_t i = 0; i < burst->count; i++)
		cut(draw, burst->count == 1U, &burst->action[i]);
	/* places do not stay for ever */
	if (below(draw, 400) == 0U)
		draw->place[below(draw, DRAW_PLACES)] = some_place(draw);
}

/* Pages from `at` to the next that is kept for ever. */
static uint64_t until_kept(const struct draw *draw, uint64_t at)
{
	uint64_t base, end, pages = UINT64_MAX;

	for (unsigned which = 0; universe_kept(draw->universe, which, &base, &end); which++)
		if (base > at && (base - at) / PAGE < pages)
			pages = (base - at) / PAGE;
	return pages;
}

bool draw_undo(struct draw *draw, uint64_t *at, struct action *action)
{
	const struct universe *universe = draw->universe;

	for (size_t i = 0; i < universe->banks; i++) {
		const struct universe_bank *bank = &universe->bank[i];

		if (*at < bank->base)
			*at = bank->base;
		for (; *at < universe_bank_end(bank); *at += PAGE) {
			const struct model_page *page = page_at(draw, *at);
			struct action here = {.base = *at, .pages = 1};

			if (page->state == MODEL_POISONED || meets_kept(draw, &here) ||
			    (page->owner == MODEL_HOST && page->state == MODEL_OWNED &&
			     page->pins == 0U))
				continue;
			memset(action, 0, sizeof(*action));
			action->cpu = (uint8_t)below(draw, UNIVERSE_CPUS);
			action->base = *at;
			action->pages = alike_from(draw, *at, until_kept(draw, *at));
			action->owner = page->owner;
			action->other = page->borrower;
			action->was = MODEL_SHARED;
			switch (page->state) {
			case MODEL_OWNED:
				action->call = page->pins != 0U ? MODEL_UNPIN : MODEL_DONATE;
				if (page->pins == 0U)
					action->other = MODEL_HOST;
				break;
			case MODEL_SHARED:
				action->call = MODEL_UNSHARE;
				break;
			case MODEL_LENT:
				action->call = MODEL_RECLAIM;
				break;
			case MODEL_LENT_QUARANTINED:
				action->was = MODEL_LENT;
				action->call = MODEL_RELEASE;
				break;
			case MODEL_SHARED_QUARANTINED:
			case MODEL_POISONED:
				action->call = MODEL_RELEASE;
				break;
			}
			*at += action->pages * PAGE;
			return true;
		}
	}
	return false;
}
