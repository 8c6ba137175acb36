/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification of memory ownership, to be executed: docs/memory.md as a function from state to
 * state and answer. It is written from that document, compiles alone, and shares nothing with what
 * it specifies. It has no blocks, no page tables, no locks and no memory of its own that could run
 * out.
 *
 * Each call happens at once and as a whole. What an implementation does on several CPUs is right if
 * there is one order of its calls, with each between its beginning and its end, in which this model
 * gives the same answers.
 */
#ifndef PORTCULLIS_MODEL_MEMORY_H
#define PORTCULLIS_MODEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEL_PAGE_SIZE = 4096,
	MODEL_PINS = 255, /* the most that one page counts */
	MODEL_BANKS = 8,
};

/*
 * Those who can own or borrow a page. A guest n is MODEL_GUEST + n. NOBODY borrows what is not
 * lent.
 */
typedef uint16_t model_party;
enum {
	MODEL_NOBODY,
	MODEL_HYPERVISOR,
	MODEL_HOST,
	MODEL_FIRMWARE, /* and the secure world behind it */
	MODEL_DEVICE,
	MODEL_GUEST,
};

/* docs/memory.md, the table of states. */
enum model_state {
	MODEL_OWNED,
	MODEL_SHARED,
	MODEL_LENT,
	MODEL_SHARED_QUARANTINED,
	MODEL_LENT_QUARANTINED,
	MODEL_POISONED,
};

struct model_page {
	model_party owner;
	model_party borrower;
	enum model_state state;
	unsigned int pins;        /* users that rely on the page staying as it is */
	unsigned int transaction; /* of FF-A that holds it, from 1 (ffa.h); no part of the state */
};

/* One bank of RAM. Pages outside of all banks have no entry: they are devices. */
struct model_bank {
	uint64_t base;
	uint64_t pages;
	struct model_page *page;
};

struct model {
	size_t banks;
	struct model_bank bank[MODEL_BANKS];
};

enum model_call {
	MODEL_DONATE,     /* the owner's page becomes the other's */
	MODEL_SHARE,      /* the other gets access beside the owner */
	MODEL_UNSHARE,    /* the reverse of SHARE */
	MODEL_LEND,       /* the other gets access instead of the owner */
	MODEL_RECLAIM,    /* the reverse of LEND */
	MODEL_QUARANTINE, /* nobody knows whether the other still has what was shared or lent */
	MODEL_RELEASE,    /* the other has it no more: back to the owner */
	MODEL_POISON,     /* the other never gives it up: nobody uses the page again */
	MODEL_PIN,        /* one user more; there is no other */
	MODEL_UNPIN,      /* one user less */
	MODEL_CALLS,
};

struct model_request {
	enum model_call call;
	uint64_t base, pages;
	model_party owner;    /* as the caller believes */
	model_party other;    /* heir or borrower, not the owner itself; none for PIN and UNPIN */
	enum model_state was; /* QUARANTINE, RELEASE, POISON: MODEL_SHARED or MODEL_LENT */
};

enum model_status {
	MODEL_DONE = 0,
	MODEL_INVALID = -2,
	MODEL_DENIED = -3,
	MODEL_NO_MEMORY = -4,
};

enum model_rule {
	MODEL_RULE_NONE,
	MODEL_RULE_RANGE, /* empty, unaligned or wraps */
	MODEL_RULE_RAM,   /* not all of it is RAM, of one bank */
	MODEL_RULE_OWNER, /* belongs to somebody else */
	MODEL_RULE_STATE, /* shared, lent, quarantined or poisoned; or not so where it should be */
	MODEL_RULE_BORROWER, /* another borrower */
	MODEL_RULE_PINNED,   /* in use */
	MODEL_RULE_PINS,     /* no pin to take away, or no room for another */
	MODEL_RULE_RECORDS,  /* no record set left */
	MODEL_RULE_TABLES,   /* no page table left */
};

/* Where the status is not DONE, nothing has changed, and page is the first that broke the rule. */
struct model_answer {
	enum model_status status;
	enum model_rule rule;
	uint64_t page;
};

/* At boot all RAM is the host's. page holds bank->pages elements. */
void model_add_bank(struct model *model, uint64_t base, uint64_t pages, struct model_page *page);

/*
 * At boot, too: what the hypervisor or firmware keeps for itself. It is pinned, and nobody ever
 * takes the pin away.
 */
void model_keep(struct model *model, uint64_t base, uint64_t pages, model_party owner);

/*
 * The call is made.
 *
 * Memory for page tables and records is the one thing in which the model is not determined: an
 * implementation may be short of it at any call that would change pages, and then must say so and
 * change nothing. `shortage` is that choice: NULL where there was enough, else an answer NO_MEMORY.
 * The model gives the same answer if it was open to the implementation: the call breaks no other
 * rule, and the page lies in its range. It says what it would have answered if not.
 */
struct model_answer model_change(struct model *model, const struct model_request *request,
				 const struct model_answer *shortage);

/* The bank that holds the address; NULL for a device. */
const struct model_bank *model_bank(const struct model *model, uint64_t address);

/* The page at that address; NULL for a device. */
struct model_page *model_page(const struct model *model, uint64_t address);

/* Has the party access? docs/memory.md, the table of states. */
enum model_access {
	MODEL_ACCESS_NO,
	MODEL_ACCESS_YES,
	MODEL_ACCESS_UNKNOWN
};
enum model_access model_access(const struct model_page *page, model_party party);

/* Is it a state that a page can be in at all? Invariant, whatever the calls were. */
bool model_page_sound(const struct model_page *page);

/* Calls of the host: registers in, registers out. */
#define MODEL_MEM_VERSION UINT64_C(0x86000020)
#define MODEL_MEM_DONATE  UINT64_C(0xc6000021)
#define MODEL_MEM_SHARE   UINT64_C(0xc6000022)
#define MODEL_MEM_UNSHARE UINT64_C(0xc6000023)
#define MODEL_MEM_RETURN  UINT64_C(0xc6000024)

struct model_registers {
	uint64_t x[18];
};

/* Makes the call that x0 names. With a shortage of memory as above. */
struct model_registers model_host_call(struct model *model, const struct model_registers *in,
				       const struct model_answer *shortage);

#endif
