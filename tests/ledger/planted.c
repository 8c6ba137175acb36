// SPDX-License-Identifier: Apache-2.0
#include "planted.h"

#include <stddef.h>
#include <string.h>

#include "core/machine.h"
#include "core/stage2/host.h"
#include "fake/machine.h"
#include "ledger/failure.h"

#define FIRST   UINT64_C(0x40000000) /* of UNIVERSE_BANKS */
#define NO_LIST 0xffffffffU

static void expect(struct universe *universe, bool broken, const char *what)
{
	uint64_t page;

	if ((ledger_check(&universe->ledger, &page) != NULL) != broken)
		failure("planted", "the core's walk %s %s",
			broken ? "does not object to" : "objects to", what);
}

static void done(struct ledger_answer answer)
{
	if (answer.status != LEDGER_OK)
		failure("planted", "a change that must be possible is not");
}

static void map(struct universe *universe, uint64_t page, enum stage2_kind kind)
{
	if (host_memory_set(&universe->stage2, page, PAGE, kind) != STAGE2_OK)
		failure("planted", "stage 2 does not do what it is told");
}

/* Tables that say something else than the ledger. */
static void plant_in_tables(struct universe *universe)
{
	uint64_t page = FIRST + 20U * PAGE;

	map(universe, page, STAGE2_NONE);
	expect(universe, true, "a page that the host has and does not find");
	map(universe, page, STAGE2_DEVICE);
	expect(universe, true, "a page of RAM that is mapped as a device");
	map(universe, page, STAGE2_RAM);
	done(ledger_donate(&universe->ledger, page, PAGE, LEDGER_HOST, LEDGER_GUEST, 0));
	expect(universe, false, "a page that was given away");
	map(universe, page, STAGE2_RAM);
	expect(universe, true, "a page that the host finds and has not");
	map(universe, page, STAGE2_NONE);
}

/* Records that there are not. */
static void plant_in_records(struct universe *universe)
{
	static const struct ledger_record nonsense[] = {
	    {.owner = LEDGER_NOBODY},
	    {.owner = LEDGER_HOST, .borrower = LEDGER_GUEST},
	    {.owner = LEDGER_HOST, .borrower = LEDGER_GUEST, .state = LEDGER_POISONED},
	    {.owner = LEDGER_HOST, .state = LEDGER_SHARED},
	    {.owner = LEDGER_HOST, .state = LEDGER_POISONED + 1U},
	};
	struct ledger *ledger = &universe->ledger;
	struct ledger_record *records =
	    machine_table(ledger->sets_base + ledger->entry[0].owner * LEDGER_SET);
	struct ledger_record good = records[1];

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		records[1] = nonsense[i];
		expect(universe, true, "a record that there is not");
	}
	records[1] = good;
}

/* Sets that are lost or lead astray. */
static void plant_in_sets(struct universe *universe)
{
	struct ledger *ledger = &universe->ledger;
	struct ledger_record entry = ledger->entry[0], *listed, good;
	uint32_t list;

	/* two that came back */
	for (unsigned i = 1; i < 3U; i++)
		done(ledger_share(ledger, FIRST + 600U * PAGE * i, PAGE, LEDGER_HOST, LEDGER_GUEST,
				  0));
	for (unsigned i = 1; i < 3U; i++)
		done(ledger_unshare(ledger, FIRST + 600U * PAGE * i, PAGE, LEDGER_HOST,
				    LEDGER_GUEST, 0));
	list = ledger->sets_list;
	if (list == NO_LIST)
		failure("planted", "no set came back");

	ledger->entry[0].pins = 1; /* 65536 sets farther */
	expect(universe, true, "a set that was never given out");
	ledger->entry[0] = entry;
	ledger->sets_free--;
	expect(universe, true, "a wrong count of free sets");
	ledger->sets_free++;
	ledger->sets_list = NO_LIST;
	expect(universe, true, "free sets that are in no list");
	ledger->sets_list = list;
	listed = machine_table(ledger->sets_base + (uint64_t)list * LEDGER_SET);
	good = *listed;
	*listed = (struct ledger_record){.owner = (uint8_t)list, .state = 0xff};
	expect(universe, true, "a list that leads back to itself");
	*listed = good;
}

/* Tables of every level vanish at once, and none of them is lost. */
static void move_large_ranges(struct universe *universe)
{
	static const struct {
		uint64_t base, size;
	} ranges[] = {
	    {0, 1ULL << 30},          /* a gigabyte of devices */
	    {1ULL << 39, 1ULL << 39}, /* what one descriptor of the highest level covers */
	    {3ULL << 38, 3ULL << 38}, /* one such, and parts before and behind */
	};
	unsigned before = stage2_tables(&universe->stage2);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint64_t base = ranges[i].base, size = ranges[i].size;
		enum stage2_kind was = i == 0U ? STAGE2_DEVICE : STAGE2_NONE;

		if (host_memory_set(&universe->stage2, base, size, STAGE2_DEVICE) != STAGE2_OK)
			failure("planted", "a large range cannot be mapped");
		map(universe, base + size / 2U, STAGE2_NONE);
		map(universe, base + size - PAGE, STAGE2_NONE);
		if (host_memory_set(&universe->stage2, base, size, STAGE2_NONE) != STAGE2_OK ||
		    host_memory_set(&universe->stage2, base, size, was) != STAGE2_OK ||
		    stage2_tables(&universe->stage2) != before)
			failure("planted", "tables of a large range are lost");
	}
}

/* A crash report in ruins finds nothing, and does not crash. */
static bool readable(const void *object, size_t size)
{
	return object != NULL && size != 0U;
}

static void peek_into_ruins(struct universe *universe)
{
	struct ledger_record record;
	struct ledger_event since;
	struct ledger ruin[4] = {universe->ledger, universe->ledger, universe->ledger,
				 universe->ledger};

	ruin[0].region_count = LEDGER_REGIONS + 1U;
	ruin[1].entry = NULL;
	ruin[2].entry_count = 0;
	ruin[3].set_count = 0;
	if (!ledger_peek(&universe->ledger, FIRST, readable, &record, &since))
		failure("planted", "the crash report does not find a page");
	for (unsigned i = 0; i < 4U; i++)
		if (ledger_peek(&ruin[i], FIRST, readable, &record, &since))
			failure("planted", "the crash report believes ruins");
}

/* What cannot be started. */
static void plant_at_boot(struct universe *universe)
{
	struct ledger ledger = {.region_count = 1};
	uint64_t base = fake.memory_base;
	struct stage2 stage2;

	ledger.region[0] = universe->ledger.region[0];
	if (ledger_init(&ledger, &universe->stage2, base, PAGE - 1U) ||
	    stage2_init(&stage2, base, 64, 31, STAGE2_BBM_BREAK) != STAGE2_INVALID ||
	    stage2_init(&stage2, base, 64, 49, STAGE2_BBM_BREAK) != STAGE2_INVALID ||
	    stage2_init(&stage2, base + 8U, 64, 40, STAGE2_BBM_BREAK) != STAGE2_INVALID ||
	    stage2_init(&stage2, 0, 64, 40, STAGE2_BBM_BREAK) != STAGE2_INVALID ||
	    stage2_init(&stage2, base, 0, 40, STAGE2_BBM_BREAK) != STAGE2_NO_MEMORY ||
	    stage2_init(&stage2, base + PAGE, 15, 47 - 4, STAGE2_BBM_BREAK) != STAGE2_NO_MEMORY)
		failure("planted", "what cannot be started is started");
	/* pages before a root that must be aligned are not lost */
	if (stage2_init(&stage2, base + PAGE, 40, 40, STAGE2_BBM_BREAK) != STAGE2_OK ||
	    stage2.free + stage2.root_tables != 40U)
		failure("planted", "pages before the root are lost");
}

/* Each thing has a name of its own. */
static void expect_words(void)
{
	char name[16], other[16];

	for (unsigned i = 0; i <= LEDGER_RULE_TABLES; i++)
		for (unsigned k = 0; k < i; k++)
			if (ledger_rule_words((enum ledger_rule)i) ==
			    ledger_rule_words((enum ledger_rule)k))
				failure("planted", "rules %u and %u have one name", i, k);
	for (unsigned i = 0; i <= LEDGER_POISONED; i++)
		for (unsigned k = 0; k < i; k++)
			if (ledger_state_words((enum ledger_state)i) ==
			    ledger_state_words((enum ledger_state)k))
				failure("planted", "states %u and %u have one name", i, k);
	for (unsigned i = 0; i < 256U; i++)
		if (i <= LEDGER_SEVERAL || i >= LEDGER_GUEST)
			for (unsigned k = 0; k < i; k++)
				if (strcmp(ledger_party_words(name, (uint8_t)i),
					   ledger_party_words(other, (uint8_t)k)) == 0)
					failure("planted", "parties %u and %u have one name", i, k);
}

void planted_faults(struct universe *universe)
{
	expect(universe, false, "nothing");
	plant_in_tables(universe);
	plant_in_records(universe);
	plant_in_sets(universe);
	expect(universe, false, "what was mended");
	expect_words();
	peek_into_ruins(universe);
	move_large_ranges(universe);
	expect(universe, false, "what large ranges left");
	plant_at_boot(universe);
	universe_close(universe);
}
