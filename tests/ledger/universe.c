// SPDX-License-Identifier: Apache-2.0
#include "universe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/stage2/host.h"
#include "fake/machine.h"

#define MEMORY_BASE  0x7f0000000000ULL /* of tables and records: RAM of nobody in this universe */
#define ENTRIES_MAX  4U                /* pages */
#define MORE_TABLES  64U               /* roots, and tables above those of single blocks */
#define KEPT_BASE    0x40200000ULL
#define KEPT_PAGES   37U
#define SECURE_PAGES 10U

_Noreturn static void refuse(const char *what)
{
	fprintf(stderr, "the universe cannot be opened: %s\n", what);
	exit(2);
}

static void add_bank(struct universe *universe, uint64_t base, uint64_t pages)
{
	struct universe_bank *bank = &universe->bank[universe->banks++];

	*bank = (struct universe_bank){
	    .base = base,
	    .pages = pages,
	    .first = universe->pages,
	    .first_block = universe->blocks,
	    .blocks = (size_t)((base + pages * PAGE - 1U) / BLOCK - base / BLOCK + 1U),
	};
	universe->pages += pages;
	universe->blocks += bank->blocks;
}

static void add_window(struct universe *universe, uint64_t base, uint64_t pages)
{
	struct universe_window *window = &universe->window[universe->windows++];

	*window =
	    (struct universe_window){.base = base, .pages = pages, .first = universe->device_pages};
	universe->device_pages += pages;
}

/* Behind each bank, as far as there is room, and some blocks far from any. */
static void place_windows(struct universe *universe)
{
	for (size_t i = 0; i < universe->banks; i++) {
		uint64_t base = universe_bank_end(&universe->bank[i]), pages = 0;

		while (pages < 24U && base + pages * PAGE < UNIVERSE_DEVICES_END &&
		       universe_bank(universe, base + pages * PAGE) == NULL)
			pages++;
		if (pages != 0U)
			add_window(universe, base, pages);
	}
	if (universe->shape.map == UNIVERSE_GIANT)
		add_window(universe, 0, 512U * 512U); /* a gigabyte that vanishes as one */
	else
		add_window(universe, 0x08000000ULL, 1024);
}

uint8_t *universe_device(const struct universe *universe, uint64_t address)
{
	for (size_t i = 0; i < universe->windows; i++) {
		const struct universe_window *window = &universe->window[i];

		if (address >= window->base && (address - window->base) / PAGE < window->pages)
			return &universe->device_view[window->first +
						      (size_t)((address - window->base) / PAGE)];
	}
	return NULL;
}

static void place_banks(struct universe *universe)
{
	uint64_t top = 1ULL << universe->shape.ipa_bits;

	switch (universe->shape.map) {
	case UNIVERSE_BANKS:
		add_bank(universe, 0x40000000ULL, 3U * 512U + 100U);
		add_bank(universe, 0x40000000ULL + (3U * 512U + 107U) * PAGE, 405U + 512U + 5U);
		add_bank(universe, 0x40000000ULL + (5U * 512U + 5U) * PAGE, 700);
		add_bank(universe, 0x80000000ULL - 3U * PAGE, 3);
		add_bank(universe, 0x80000000ULL, 2U * 512U + 1U);
		add_bank(universe, top - 600U * PAGE, 600);
		universe->kept_pages = true;
		return;
	case UNIVERSE_GIANT:
		add_bank(universe, 0x40000000ULL, 512U * 512U + 3U);
		add_bank(universe, 0xc0000000ULL - 5U * PAGE, 1);
		return;
	case UNIVERSE_MAPS:
		break;
	}
	refuse("no such map");
}

static void map(struct universe *universe, uint64_t base, uint64_t end, enum stage2_kind kind)
{
	if (end > base && host_memory_set(&universe->stage2, base, end - base, kind) != STAGE2_OK)
		refuse("stage 2 does not hold its map");
}

bool universe_kept(const struct universe *universe, unsigned which, uint64_t *base, uint64_t *end)
{
	const struct universe_bank *last = &universe->bank[universe->banks - 1U];

	if (!universe->kept_pages || which > 1U)
		return false;
	*base = which == 0U ? KEPT_BASE : universe_bank_end(last) - SECURE_PAGES * PAGE;
	*end = which == 0U ? KEPT_BASE + KEPT_PAGES * PAGE : universe_bank_end(last);
	return true;
}

/* Stretch by stretch in the order of addresses, as boot does. */
static void map_host(struct universe *universe, unsigned pool_pages)
{
	uint64_t at = 0, base, end;

	if (stage2_init(&universe->stage2, MEMORY_BASE, pool_pages, universe->shape.ipa_bits,
			universe->shape.bbm) != STAGE2_OK)
		refuse("stage 2 does not start");
	for (size_t i = 0; i < universe->banks; i++) {
		const struct universe_bank *bank = &universe->bank[i];

		if (at < UNIVERSE_DEVICES_END)
			map(universe, at,
			    bank->base < UNIVERSE_DEVICES_END ? bank->base : UNIVERSE_DEVICES_END,
			    STAGE2_DEVICE);
		at = bank->base;
		for (unsigned which = 0; universe_kept(universe, which, &base, &end); which++)
			if (base >= at && base < universe_bank_end(bank)) {
				map(universe, at, base, STAGE2_RAM);
				at = end;
			}
		map(universe, at, universe_bank_end(bank), STAGE2_RAM);
		at = universe_bank_end(bank);
	}
	map(universe, at, UNIVERSE_DEVICES_END, STAGE2_DEVICE);
}

/* Page tables, in memory and as the most that can be needed. */
static unsigned tables_max(const struct universe *universe)
{
	return (unsigned)universe->blocks + MORE_TABLES;
}

static void open_stage2(struct universe *universe)
{
	map_host(universe, tables_max(universe));
	if (universe->shape.tables == UNIVERSE_AMPLE)
		return;
	/* once more, now that it is known how much the map takes */
	unsigned pool = stage2_tables(&universe->stage2) + universe->shape.tables;

	if (universe->stage2.root != MEMORY_BASE)
		refuse("the root has moved");
	if (pool > tables_max(universe))
		refuse("more page tables than there is memory for");
	map_host(universe, pool);
}

static void open_ledger(struct universe *universe)
{
	struct ledger *ledger = &universe->ledger;
	uint64_t base = MEMORY_BASE + tables_max(universe) * PAGE, end;
	unsigned kept = universe->kept_pages ? 2 : 0; /* ranges, each within one block */
	unsigned sets = universe->shape.sets == UNIVERSE_AMPLE ? (unsigned)universe->blocks
							       : universe->shape.sets + kept;

	if (sets > universe->blocks)
		refuse("more record sets than there is memory for");
	for (size_t i = 0; i < universe->banks; i++)
		ledger->region[i] = (struct ledger_region){.base = universe->bank[i].base,
							   .size = universe->bank[i].pages * PAGE};
	ledger->region_count = (unsigned)universe->banks;
	if (!ledger_init(ledger, &universe->stage2, base,
			 ledger_entries_size(ledger->region, ledger->region_count) +
			     (uint64_t)sets * LEDGER_SET_ROOM))
		refuse("the ledger does not start");
	for (unsigned which = 0; universe_kept(universe, which, &base, &end); which++)
		if (ledger_assign(ledger, base, end - base,
				  which == 0U ? LEDGER_HYPERVISOR : LEDGER_SECURE)
			.status == LEDGER_OK)
			universe_made(universe, base, end);
		else
			refuse("what is kept cannot be kept");
	if (ledger->changes != universe->changes || ledger->refusals != 0U)
		refuse("the ledger does not count what is kept");
}

void universe_made(struct universe *universe, uint64_t base, uint64_t end)
{
	universe->changes++;
	universe->made[universe->changes % LEDGER_HISTORY].base = base;
	universe->made[universe->changes % LEDGER_HISTORY].end = end;
}

uint64_t universe_since(const struct universe *universe, uint64_t address)
{
	for (uint64_t number = universe->changes;
	     number > 0U && universe->changes - number < LEDGER_HISTORY; number--)
		if (address >= universe->made[number % LEDGER_HISTORY].base &&
		    address < universe->made[number % LEDGER_HISTORY].end)
			return number;
	return 0;
}

static void open_model(struct universe *universe)
{
	uint64_t base, end;

	for (size_t i = 0; i < universe->banks; i++)
		model_add_bank(&universe->model, universe->bank[i].base, universe->bank[i].pages,
			       universe->model_pages + universe->bank[i].first);
	for (unsigned which = 0; universe_kept(universe, which, &base, &end); which++)
		model_keep(&universe->model, base, (end - base) / PAGE,
			   which == 0U ? MODEL_HYPERVISOR : MODEL_FIRMWARE);
	for (size_t i = 0; i < universe->pages; i++)
		universe->host_view[i] =
		    universe->model_pages[i].owner == MODEL_HOST ? HOST_MAPPED | HOST_CACHED : 0U;
	for (size_t i = 0; i < universe->banks; i++)
		for (uint64_t at = universe->bank[i].base;
		     at < universe_bank_end(&universe->bank[i]); at = (at / BLOCK + 1U) * BLOCK)
			universe_block_changed(universe, &universe->bank[i], at);
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		refuse("no memory");
	return memory;
}

void universe_open(struct universe *universe, const struct universe_shape *shape)
{
	size_t size;

	memset(universe, 0, sizeof(*universe));
	universe->shape = *shape;
	place_banks(universe);
	place_windows(universe);
	universe->model_pages = allocate(universe->pages, sizeof(struct model_page));
	universe->host_view = allocate(universe->pages, 1);
	universe->device_view = allocate(universe->device_pages, 1);
	memset(universe->device_view, HOST_MAPPED | HOST_CACHED, universe->device_pages);
	universe->differs = allocate(universe->blocks, sizeof(bool));
	size = (tables_max(universe) + ENTRIES_MAX) * PAGE + universe->blocks * LEDGER_SET_ROOM;
	universe->memory = malloc(size);
	if (universe->memory == NULL)
		refuse("no memory");
	/* whatever was there before: valid descriptors, records that mean something */
	memset(universe->memory, 0xff, size);
	fake_reset();
	fake.memory = universe->memory;
	fake.memory_base = MEMORY_BASE;
	fake.memory_size = size;
	open_stage2(universe);
	open_ledger(universe);
	open_model(universe);
	universe->tables_at_boot = stage2_tables(&universe->stage2);
	universe->sets_at_boot = universe->ledger.sets_free;
}

void universe_close(struct universe *universe)
{
	free(universe->model_pages);
	free(universe->host_view);
	free(universe->device_view);
	free(universe->differs);
	free(universe->memory);
	fake_reset();
}

const struct universe_bank *universe_bank(const struct universe *universe, uint64_t address)
{
	for (size_t i = 0; i < universe->banks; i++) {
		const struct universe_bank *bank = &universe->bank[i];

		if (address >= bank->base && address - bank->base < bank->pages * PAGE)
			return bank;
	}
	return NULL;
}

void universe_block_pages(const struct universe_bank *bank, uint64_t address, uint64_t *first,
			  uint64_t *last)
{
	uint64_t base = address / BLOCK * BLOCK, end = base + BLOCK;

	*first = base < bank->base ? bank->base : base;
	*last = (end > universe_bank_end(bank) ? universe_bank_end(bank) : end) - PAGE;
}

void universe_block_changed(struct universe *universe, const struct universe_bank *bank,
			    uint64_t address)
{
	size_t block = universe_block(bank, address);
	uint64_t first, last;
	bool differs = false;

	universe_block_pages(bank, address, &first, &last);
	const struct model_page *page = &universe->model_pages[universe_index(bank, first)];

	for (uint64_t i = 1; i <= (last - first) / PAGE && !differs; i++)
		differs = !universe_alike(&page[0], &page[i]);
	universe->differing += (size_t)differs - (size_t)universe->differs[block];
	universe->differs[block] = differs;
}

enum ledger_party universe_party(model_party party)
{
	switch (party) {
	case MODEL_NOBODY:
		return LEDGER_NOBODY;
	case MODEL_HYPERVISOR:
		return LEDGER_HYPERVISOR;
	case MODEL_HOST:
		return LEDGER_HOST;
	case MODEL_FIRMWARE:
		return LEDGER_SECURE;
	case MODEL_SEVERAL:
		return LEDGER_SEVERAL;
	default:
		return (enum ledger_party)(LEDGER_GUEST + (party - MODEL_GUEST));
	}
}

bool universe_same_record(const struct model_page *page, struct ledger_record record)
{
	static const uint8_t state[] = {
	    [MODEL_OWNED] = LEDGER_OWNED,
	    [MODEL_SHARED] = LEDGER_SHARED,
	    [MODEL_LENT] = LEDGER_LENT,
	    [MODEL_SHARED_QUARANTINED] = LEDGER_SHARED_QUARANTINED,
	    [MODEL_LENT_QUARANTINED] = LEDGER_LENT_QUARANTINED,
	    [MODEL_POISONED] = LEDGER_POISONED,
	};

	return record.owner == (uint8_t)universe_party(page->owner) &&
	       record.borrower == (uint8_t)universe_party(page->borrower) &&
	       record.state == state[page->state] && record.pins == page->pins;
}
