/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real ledger and the host's real stage 2 over a small machine, with the specification
 * (tests/model) beside them. A universe is the machine's memory map and what is set aside for
 * records and page tables.
 */
#ifndef PORTCULLIS_LEDGER_UNIVERSE_H
#define PORTCULLIS_LEDGER_UNIVERSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/host/memory.h"
#include "core/ledger/ledger.h"
#include "core/stage2/stage2.h"
#include "model/memory.h"

#define UNIVERSE_CPUS        4U
#define UNIVERSE_DEVICES_END (1ULL << 32) /* devices lie below it, wherever there is no RAM */
#define PAGE                 UINT64_C(4096)
#define BLOCK                (512U * PAGE)

enum universe_map {
	/* six banks, 4886 pages: odd ends in the middle of blocks, two banks in one block with a
	 * hole between them, banks that touch in a block and at a gigabyte, one that ends where the
	 * address space does */
	UNIVERSE_BANKS,
	/* a bank of 1 GiB and three pages, so that whole gigabytes are one descriptor */
	UNIVERSE_GIANT,
	UNIVERSE_MAPS,
};

struct universe_shape {
	enum universe_map map;
	unsigned ipa_bits; /* 32 to 48 */
	unsigned sets;     /* record sets that are free when it begins */
	unsigned tables;   /* page tables that remain when everything is mapped */
	enum stage2_bbm bbm;
};

#define UNIVERSE_AMPLE 0xffffU /* as `sets` or `tables`: as many as can ever be needed */

/* One bank as the driver sees it, in the order of addresses. */
struct universe_bank {
	uint64_t base, pages;
	size_t first;       /* index of its first page in the arrays below */
	size_t first_block; /* and of its first block */
	size_t blocks;
};

/*
 * Device pages that come and go, as they would for a driver of the hypervisor's own: no business of
 * the ledger, but in the same page tables, in part in the same blocks.
 */
#define UNIVERSE_WINDOWS 8U
struct universe_window {
	uint64_t base, pages;
	size_t first; /* index of its first page in device_view */
};

/* A page as the host and its TLBs see it. */
#define HOST_MAPPED 1U /* by what the specification says: the host has access */
#define HOST_CACHED 2U /* a TLB may still hold a translation */

struct universe {
	struct universe_shape shape;
	struct ledger ledger;
	struct stage2 stage2;
	struct host_memory host;
	struct model model;

	struct universe_bank bank[MODEL_BANKS];
	size_t banks;
	size_t pages, blocks;
	struct universe_window window[UNIVERSE_WINDOWS];
	size_t windows, device_pages;
	uint8_t *device_view; /* of each page in the windows */
	struct model_page *model_pages;
	uint8_t *host_view; /* of each page */
	bool *differs;      /* of each block (in its bank): its pages are not all in one state */
	size_t differing;   /* how many do */

	uint64_t changes, refusals; /* what the ledger must have counted */
	/* the newest changes, by number */
	struct {
		uint64_t base, end;
	} made[LEDGER_HISTORY];
	unsigned tables_at_boot; /* page tables in use */
	uint32_t sets_at_boot;   /* record sets that are free */
	bool kept_pages;         /* bank 0 has pages of the hypervisor, the last one of firmware */
	uint8_t *memory;         /* of tables and records */
};

/* All of it, anew. Ends the program when the core does not even start. */
void universe_open(struct universe *universe, const struct universe_shape *shape);
void universe_close(struct universe *universe);

/* View of a device page in one of the windows, or NULL. */
uint8_t *universe_device(const struct universe *universe, uint64_t address);

/* Bank that holds `address`, or NULL. */
const struct universe_bank *universe_bank(const struct universe *universe, uint64_t address);

/* The ranges that the hypervisor (in the first bank) and firmware (in the last) keep; `which` from
 * 0.
 */
bool universe_kept(const struct universe *universe, unsigned which, uint64_t *base, uint64_t *end);

/* Index of a page of that bank in model_pages and host_view. */
static inline size_t universe_index(const struct universe_bank *bank, uint64_t address)
{
	return bank->first + (size_t)((address - bank->base) / PAGE);
}

static inline uint64_t universe_bank_end(const struct universe_bank *bank)
{
	return bank->base + bank->pages * PAGE;
}

/* Index of a block that the bank has pages of. */
static inline size_t universe_block(const struct universe_bank *bank, uint64_t address)
{
	return bank->first_block + (size_t)(address / BLOCK - bank->base / BLOCK);
}

/* Of two pages: would the ledger keep one record for both? */
static inline bool universe_alike(const struct model_page *a, const struct model_page *b)
{
	return a->owner == b->owner && a->borrower == b->borrower && a->state == b->state &&
	       a->pins == b->pins;
}

/* Look at a block again after a change and keep `differs` and `differing`. */
void universe_block_changed(struct universe *universe, const struct universe_bank *bank,
			    uint64_t address);

/* First and last page of the part of a block that lies in the bank. */
void universe_block_pages(const struct universe_bank *bank, uint64_t address, uint64_t *first,
			  uint64_t *last);

/* One party in the words of each side. */
enum ledger_party universe_party(model_party party);
bool universe_same_record(const struct model_page *page, struct ledger_record record);

/* A change was made: it is the next one that the ledger has counted. */
void universe_made(struct universe *universe, uint64_t base, uint64_t end);
/* Number of the newest change that covers `address`, as far back as the history goes, or 0. */
uint64_t universe_since(const struct universe *universe, uint64_t address);
#define MODEL_SEVERAL ((model_party)1000) /* a borrower for the specification like any other */

#endif
