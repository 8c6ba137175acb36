/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a CPU does: one call of the core, as a value that can be drawn, written down, read again and
 * made. Knows both sides, the core and the specification, and compares their answers.
 */
#ifndef PORTCULLIS_LEDGER_ACTION_H
#define PORTCULLIS_LEDGER_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/burst.h"
#include "ledger/universe.h"

enum action_kind {
	ACTION_CHANGE, /* a party's change: `call` and what follows */
	ACTION_HOST,   /* the host's HVC: identifier, base and pages in x0 to x2 */
	ACTION_FAULT,  /* what the fault handler asks: does the host have the page at `base`? */
	ACTION_WHO,    /* whose is the page at `base`? */
	ACTION_CHECK,  /* the core's own walk */
	ACTION_MAP,    /* device pages appear or vanish: `was` is whether they are there */
	ACTION_PEEK,   /* whose is the page at `base`, asked by a crash report that can read `pages`
			  objects */
};

struct action {
	uint8_t cpu;
	uint8_t kind; /* enum action_kind */
	uint8_t call; /* enum model_call */
	uint8_t was;  /* enum model_state */
	model_party owner, other;
	uint32_t noise; /* ACTION_HOST: bits of x0 that are no part of the identifier;
			   ACTION_CHANGE: how the range is cut into a list, 0: it is not */
	uint64_t identifier;
	uint64_t base, pages;
};

/* As struct burst_head has it. */
struct burst {
	uint32_t schedule; /* seed of who runs when */
	uint32_t count;
	struct action action[BURST_MAX];
};

/* What came of an action. */
struct outcome {
	uint64_t position; /* among the actions of the burst: when it took effect */
	struct model_answer answer;
	struct model_registers registers;
	struct stage2_entry entry;
	struct ledger_extent extent;
	enum stage2_status mapped; /* of ACTION_MAP */
	bool peeked;               /* of ACTION_PEEK */
	struct ledger_record record;
	struct ledger_event since;
	const char *broken; /* of ACTION_CHECK */
	uint64_t broken_page;
};

#define ACTION_PIECES 2U /* as many as the ledger remembers of a list */

/*
 * The list of ranges that a change is made as, one behind the other, with the same effect as the
 * whole: so they are RAM of one bank, and there is memory for whatever they need. How many there
 * are; 0: it is made in one.
 */
unsigned action_list(const struct universe *universe, const struct action *action,
		     struct ledger_range ranges[ACTION_PIECES]);

/* Make the call. On the CPU that fake_cpu names. */
void action_perform(struct universe *universe, const struct action *action,
		    struct outcome *outcome);

/*
 * Make it in the specification, in the order of positions, and compare the answers. NULL or what
 * differs, in a text that the next call overwrites. *answer is the specification's. `alone`: nobody
 * else was inside.
 */
const char *action_compare(struct universe *universe, const struct action *action,
			   const struct outcome *outcome, bool alone, struct model_answer *answer);

/* Names for reports: "donate", "MEM_SHARE", ...; "done", "owner", ... */
#define ACTION_ANSWERS 11U /* enum model_rule, and "unknown" for a call that is not known */
#define ACTION_UNKNOWN 10U
unsigned action_answer(const struct action *action, const struct outcome *outcome);
const char *action_answer_name(unsigned answer);

#endif
