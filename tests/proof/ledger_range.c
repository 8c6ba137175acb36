// SPDX-License-Identifier: Apache-2.0
/*
 * A change of the ledger whose range is empty, unaligned or wraps is refused by that rule;
 * one that is not wholly RAM by that rule, with the first page that is not. Neither
 * changes anything.
 *
 * target: hypervisor/core/ledger/ledger.c ledger_apply
 * bound: every 64-bit base and size, 2 regions anywhere in 48 bits; ranges that lie in RAM
 *   are left to the tests of the model
 * assumes: both regions are page aligned, not empty, in order and apart, and end within 48
 *   bits
 * assumes: the range is not wholly in one of them
 * wraps: well_formed: the sum is compared with what it was made of, to see whether it
 *   wrapped
 * unwind: 2
 */
#include "proof.h"

#include "core/ledger/block.h"

/* The walk over the blocks of a range that is RAM. */
static struct ledger_part walk(void)
{
	struct ledger_part none = {0};

	NEVER();
	return none;
}

#define ledger_part(...) walk()
#include "core/ledger/block.c"
#include "core/ledger/ledger.c"
#include "machine.h"

static unsigned followed;

enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind)
{
	(void)stage2;
	(void)base;
	(void)size;
	(void)kind;
	followed++;
	return STAGE2_OK;
}

static struct ledger ledger;

static bool holds(unsigned i, wide at, wide end)
{
	return at >= ledger.region[i].base &&
	       end <= (wide)ledger.region[i].base + ledger.region[i].size;
}

void prove(void)
{
	struct ledger_region *low = &ledger.region[0], *high = &ledger.region[1];
	struct ledger_change change = {.base = nondet_uint64(), .size = nondet_uint64()};
	wide end = (wide)change.base + change.size;
	struct ledger_answer answer;

	*low = (struct ledger_region){nondet_uint64(), nondet_uint64(), 0};
	*high = (struct ledger_region){nondet_uint64(), nondet_uint64(), 0};
	ledger.region_count = 2;
	ASSUME((low->base | low->size | high->base | high->size) % 4096U == 0U && low->size != 0U &&
	       high->size != 0U && (wide)low->base + low->size < high->base &&
	       (wide)high->base + high->size <= (wide)1 << 48);
	ASSUME(!holds(0, change.base, end) && !holds(1, change.base, end));
	answer = ledger_apply(&ledger, &change);

	PROMISE(answer.status == LEDGER_INVALID);
	PROMISE(ledger.changes == 0U && followed == 0U);
	PROMISE(ledger.lock.next == ledger.lock.served);
	if (change.size == 0U || (change.base | change.size) % 4096U != 0U || end >> 64 != 0U) {
		PROMISE(answer.rule == LEDGER_RULE_RANGE && answer.page == change.base);
		return;
	}
	PROMISE(answer.rule == LEDGER_RULE_RAM);
	PROMISE(answer.page >= change.base && answer.page < end);
	PROMISE(!holds(0, answer.page, (wide)answer.page + 4096U) &&
		!holds(1, answer.page, (wide)answer.page + 4096U));
	/* the pages before it are RAM */
	PROMISE(answer.page == change.base || holds(0, change.base, answer.page) ||
		holds(1, change.base, answer.page));
}
