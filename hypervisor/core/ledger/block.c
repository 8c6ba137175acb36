// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/block.h"

#include "core/machine.h"

const struct ledger_region *ledger_region_of(const struct ledger *ledger, uint64_t base,
					     uint64_t size)
{
	unsigned low = 0, high = ledger->region_count;

	/* last region that does not begin behind `base` */
	while (low < high) {
		unsigned middle = (low + high) / 2U;

		if (ledger->region[middle].base <= base)
			low = middle + 1U;
		else
			high = middle;
	}
	if (low == 0U)
		return NULL;
	const struct ledger_region *region = &ledger->region[low - 1U];
	uint64_t offset = base - region->base;

	return offset < region->size && size <= region->size - offset ? region : NULL;
}

struct ledger_record *ledger_set(const struct ledger *ledger, uint32_t set)
{
	return machine_table(ledger->sets_base + (uint64_t)set * LEDGER_SET);
}

/* A set that came back holds the number of the next one in its first record. */
static uint32_t set_take(struct ledger *ledger)
{
	uint32_t set = ledger->sets_list;

	INVARIANT(ledger->sets_free > 0U);
	ledger->sets_free--;
	if (set == LEDGER_NO_SET)
		return ledger->sets_fresh++;
	struct ledger_record link = ledger_set(ledger, set)[0];

	ledger->sets_list = link.state == LEDGER_SPLIT ? ledger_entry_set(link) : LEDGER_NO_SET;
	return set;
}

static void set_give(struct ledger *ledger, uint32_t set)
{
	struct ledger_record *records = ledger_set(ledger, set);

	records[0] = ledger->sets_list == LEDGER_NO_SET ? ledger_untouched()
							: ledger_split_entry(ledger->sets_list);
	ledger->sets_list = set;
	ledger->sets_free++;
}

/* All of a set, two records at a time: a block is split for a single page of it, too. */
static void fill(struct ledger_record *records, struct ledger_record record)
{
	typedef uint64_t __attribute__((may_alias)) pair;
	const uint64_t word = ledger_record_word(record), both = word | word << 32;
	pair *pairs = (void *)records;

	for (unsigned i = 0; i < LEDGER_BLOCK_PAGES / 2U; i += 8U)
		for (unsigned n = 0; n < 8U; n++)
			pairs[i + n] = both;
}

struct ledger_record *ledger_block_split(struct ledger *ledger, struct ledger_record *entry,
					 unsigned pages)
{
	struct ledger_record record = ledger_entry_record(*entry);
	uint32_t set = set_take(ledger);
	struct ledger_record *records = ledger_set(ledger, set);

	fill(records, record);
	ledger->untouched[set] =
	    ledger_record_equal(record, ledger_untouched()) ? (uint16_t)pages : 0U;
	*entry = ledger_split_entry(set);
	return records;
}

void ledger_block_join(struct ledger *ledger, struct ledger_record *entry,
		       struct ledger_record record)
{
	set_give(ledger, ledger_entry_set(*entry));
	*entry = record;
}
