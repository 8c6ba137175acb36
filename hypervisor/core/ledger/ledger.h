/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: who owns each page of RAM, who may touch it. One table, one function that changes it;
 * the host's stage 2 follows from it and from nothing else.
 *
 * Two levels. Every 2 MiB block of RAM has an entry of four bytes, which is the record of all its
 * pages as long as they agree. When they stop to agree the block is split: it gets a set of 512
 * records from a reserve, and gives it back when the pages agree again. Pages that are not RAM have
 * no entry: they are devices and never change hands here.
 *
 * A change names range, the record that it expects and the one that it leaves. The whole range and
 * everything that the change will need (record sets, page tables) is checked before anything is
 * written: a change that is refused has changed nothing, and says which page and which rule it was.
 *
 * Lock: ledger->lock, for every field and for the entries; stage2.lock is taken under it, and no
 * other. It is never held across a call to firmware: a client moves pages to the state that is safe
 * meanwhile, calls, and then completes or undoes the change.
 */
#ifndef PORTCULLIS_LEDGER_H
#define PORTCULLIS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ledger/record.h"
#include "core/lock.h"
#include "core/stage2/stage2.h"

#define LEDGER_PAGE        4096UL
#define LEDGER_BLOCK       (2UL << 20)
#define LEDGER_BLOCK_PAGES 512U
#define LEDGER_SET         (LEDGER_BLOCK_PAGES * sizeof(struct ledger_record)) /* 2 KiB */
#define LEDGER_SET_ROOM    (LEDGER_SET + sizeof(uint16_t)) /* that a set takes, with its count */
#define LEDGER_REGIONS     128U /* as many as the planner keeps: BOOT_RAM_MAX */
#define LEDGER_HISTORY     128U /* newest changes that are remembered */
#define LEDGER_HISTORY_OF  2U   /* at most so many of one list of ranges */

enum ledger_status {
	LEDGER_OK,
	LEDGER_INVALID,   /* the range: empty, unaligned, wraps, or not all RAM */
	LEDGER_DENIED,    /* a page is not in the state that the change expects */
	LEDGER_NO_MEMORY, /* no record set or no page table is left */
};

/* The rule that refused a change. */
enum ledger_rule {
	LEDGER_RULE_NONE,
	LEDGER_RULE_RANGE,    /* empty, unaligned, or wraps */
	LEDGER_RULE_RAM,      /* not RAM */
	LEDGER_RULE_OWNER,    /* somebody else's */
	LEDGER_RULE_STATE,    /* shared, lent, quarantined, poisoned, or just not so */
	LEDGER_RULE_BORROWER, /* another borrower */
	LEDGER_RULE_PINNED,   /* in use as it is */
	LEDGER_RULE_PINS,     /* no pin to take away, or no room for another */
	LEDGER_RULE_SETS,     /* no record set left */
	LEDGER_RULE_TABLES,   /* no page table left */
};

struct ledger_answer {
	enum ledger_status status;
	enum ledger_rule rule;
	uint64_t page; /* the first page that refused; the range's base where no page did */
};

/* One change: every page of [base, base + size) goes from `expect` to `set`. */
struct ledger_change {
	uint64_t base; /* physical, page aligned, as is size */
	uint64_t size;
	struct ledger_record expect, set; /* pins are not compared and not set */
	int pin;                          /* +1, -1: pins of each page; 0: pages must have none */
	uint32_t
	    cause; /* function identifier of the call that asked, 0 for the hypervisor itself */
};

/* One range of a list: whole pages. */
struct ledger_range {
	uint64_t base;
	uint32_t pages;
	uint32_t reserved;
};

/* A change that was made. */
struct ledger_event {
	uint64_t number; /* counts from 1; 0: the slot is empty */
	uint64_t time;   /* machine_counter() */
	uint64_t base, size;
	struct ledger_record from, to;
	uint32_t cause;
	uint32_t cpu;
};

struct ledger_region {
	uint64_t base; /* page aligned, as is size */
	uint64_t size;
	uint32_t first; /* index of the entry of the block that holds `base` */
};

struct ledger {
	struct lock lock;
	struct stage2 *stage2; /* of the host; follows every change */

	struct ledger_region region[LEDGER_REGIONS]; /* sorted; constant after ledger_init() */
	unsigned region_count;
	uint32_t entry_count;

	struct ledger_record *entry; /* by block */

	uint64_t sets_base;  /* record sets, physical */
	uint16_t *untouched; /* of each set in use: pages of its block that are as they were at
				first, so that a block is joined without a look at its records; lies
				behind the last set */
	uint32_t set_count;
	uint32_t sets_fresh; /* sets from the start on that were used at least once */
	uint32_t sets_free;
	uint32_t sets_list; /* those that came back, linked through their first word; ~0 ends it */

	uint64_t changes; /* that came into the history */
	uint64_t refusals;
	struct ledger_event history[LEDGER_HISTORY];
};

/* Bytes of the entries of `regions`, without record sets; a multiple of 4 KiB. */
uint64_t ledger_entries_size(const struct ledger_region *regions, unsigned count);

/*
 * All of RAM becomes the host's. The caller has filled in region[].base and .size (sorted,
 * disjoint) and region_count, and left everything else zero; entries and record sets go into the
 * pages [base, base + size), whose content does not matter. False when they do not even hold the
 * entries. Boot CPU.
 */
bool ledger_init(struct ledger *ledger, struct stage2 *stage2, uint64_t base, uint64_t size);

/*
 * Give [base, base + size), which the host never had, to `owner` before the host runs, pinned, so
 * that it never changes hands; stage 2 is not touched. Boot CPU.
 */
struct ledger_answer ledger_assign(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner);

/* The one function that changes the ledger. Takes the lock. Any CPU. */
struct ledger_answer ledger_apply(struct ledger *ledger, const struct ledger_change *change);

/*
 * The same for each of `count` ranges in their order, in one hold of the lock: all of them or none,
 * so that a page named twice is refused where the change does not accept its own result. What is
 * refused is undone before the lock is left. change->base and .size are not looked at; *refused is
 * the index of the range that the answer is about. With `keep` a block whose pages come to agree
 * stays split: then what was given in pieces can be taken back in pieces, without a record set
 * that somebody else may have by then. The history gets the last few of the ranges. Any CPU.
 */
struct ledger_answer ledger_apply_ranges(struct ledger *ledger, const struct ledger_range *ranges,
					 uint32_t count, const struct ledger_change *change,
					 bool keep, uint32_t *refused);

/* Ownership goes from `owner` to `heir`; the owner loses access. */
struct ledger_answer ledger_donate(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner, enum ledger_party heir, uint32_t cause);

/* `borrower` gets access beside the owner. */
struct ledger_answer ledger_share(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, enum ledger_party borrower,
				  uint32_t cause);

/* The reverse of ledger_share(): the borrower loses access. */
struct ledger_answer ledger_unshare(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    uint32_t cause);

/* `borrower` gets access in place of the owner. */
struct ledger_answer ledger_lend(struct ledger *ledger, uint64_t base, uint64_t size,
				 enum ledger_party owner, enum ledger_party borrower,
				 uint32_t cause);

/* The reverse of ledger_lend(). */
struct ledger_answer ledger_reclaim(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    uint32_t cause);

/*
 * It is no longer known whether `borrower` has access to what was in `state` (LEDGER_SHARED or
 * LEDGER_LENT). A later answer of firmware ends it: by ledger_release() the owner has all again, by
 * ledger_poison() nobody gets these pages any more, for ever.
 */
struct ledger_answer ledger_quarantine(struct ledger *ledger, uint64_t base, uint64_t size,
				       enum ledger_party owner, enum ledger_party borrower,
				       enum ledger_state state, uint32_t cause);
struct ledger_answer ledger_release(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    enum ledger_state state, uint32_t cause);
struct ledger_answer ledger_poison(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner, enum ledger_party borrower,
				   enum ledger_state state, uint32_t cause);

/* A user of `owner`'s pages relies on them: they can be shared no more, nor lent or donated. */
struct ledger_answer ledger_pin(struct ledger *ledger, uint64_t base, uint64_t size,
				enum ledger_party owner, uint32_t cause);
struct ledger_answer ledger_unpin(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, uint32_t cause);

/* What the ledger says about a page, and how far the same goes. */
struct ledger_extent {
	bool ram; /* false: no RAM; record is void */
	struct ledger_record record;
	uint64_t base, size; /* pages of one record around the address, within one block or one
				region's run of equal blocks */
};

/* Takes the lock. Any CPU. */
struct ledger_extent ledger_lookup(struct ledger *ledger, uint64_t address);

/*
 * For a crash report: record of the page at `address` without the lock, whose holder may be gone.
 * What it reads may be half changed, so each index is checked, and each object asked for with
 * `readable` before it is touched. False: no RAM, or it cannot be told. *since is the newest change
 * in the history that covers the page, 0 in .number when there is none.
 */
bool ledger_peek(const struct ledger *ledger, uint64_t address,
		 bool (*readable)(const void *object, size_t size), struct ledger_record *record,
		 struct ledger_event *since);

/*
 * Walk everything: each page that the host may touch is mapped as RAM in stage 2 and no other page
 * of RAM is, each split block has a set of its own, and no set is lost. NULL, or the invariant that
 * is broken, with the page in *page. Takes the locks for the whole walk: for tests and test builds.
 */
const char *ledger_check(struct ledger *ledger, uint64_t *page);

const char *ledger_rule_words(enum ledger_rule rule);
const char *ledger_state_words(enum ledger_state state);
/* "host", "hypervisor", "secure world", "guest 3" into out (at least 16 bytes); returns out. */
const char *ledger_party_words(char out[16], uint8_t party);

#endif
