// SPDX-License-Identifier: Apache-2.0
/*
 * Calls about memory, of a host and of the hypervisor's own clients, on a small machine whose page
 * tables and record sets run out. Beside the ledger stands one record for each page, in an array;
 * after every call both and stage 2 have to agree.
 *
 * target: hypervisor/core/host/memory.c
 * target: hypervisor/core/ledger/ledger.c
 * target: hypervisor/core/ledger/block.c
 * target: hypervisor/core/ledger/operation.c
 * target: hypervisor/core/stage2/stage2.c
 * length: 400
 */
#include <string.h>

#include "core/host/memory.h"
#include "core/ledger/block.h"
#include "core/stage2/host.h"
#include "fake/machine.h"
#include "script.h"
#include "walker.h"

#define PAGE       4096UL
#define STEPS_MAX  48U
#define OWN        0x60000000UL
#define TABLES     10U /* four for the root, and what is split */
#define RECORDS    4U
#define LOW        0x401f0000UL /* the end of a block, a block and the beginning of a third */
#define LOW_PAGES  (16U + 512U + 8U)
#define HIGH       0x80000000UL
#define HIGH_PAGES 20U

static uint8_t own[(TABLES + RECORDS) * PAGE] __attribute__((aligned(4096)));
static struct ledger ledger;
static struct stage2 stage2;
static struct host_memory memory;
static struct ledger_record low[LOW_PAGES], high[HIGH_PAGES];

static struct ledger_record *page_at(uint64_t address)
{
	if (address >= LOW && address < LOW + LOW_PAGES * PAGE)
		return &low[(address - LOW) / PAGE];
	if (address >= HIGH && address < HIGH + HIGH_PAGES * PAGE)
		return &high[(address - HIGH) / PAGE];
	return NULL;
}

static bool same(struct ledger_record a, struct ledger_record b)
{
	return a.owner == b.owner && a.borrower == b.borrower && a.state == b.state &&
	       a.pins == b.pins;
}

/* ---- what the answer has to be ---- */

static enum ledger_rule rule_of(struct ledger_record page, struct ledger_record expect, int pin)
{
	if (page.owner != expect.owner)
		return LEDGER_RULE_OWNER;
	if (page.state != expect.state)
		return LEDGER_RULE_STATE;
	if (page.borrower != expect.borrower)
		return LEDGER_RULE_BORROWER;
	if (pin == 0 && page.pins != 0U)
		return LEDGER_RULE_PINNED;
	if ((pin < 0 && page.pins == 0U) || (pin > 0 && page.pins == 255U))
		return LEDGER_RULE_PINS;
	return LEDGER_RULE_NONE;
}

static struct ledger_answer answer_of(uint64_t base, uint64_t size, struct ledger_record expect,
				      int pin)
{
	struct ledger_answer answer = {LEDGER_INVALID, LEDGER_RULE_RANGE, base};

	if (size == 0U || (base | size) % PAGE != 0U || UINT64_MAX - base < size)
		return answer;
	answer.rule = LEDGER_RULE_RAM;
	for (uint64_t at = base; at != base + size; at += PAGE) {
		answer.page = at;
		if (page_at(at) == NULL ||
		    (page_at(base) >= low && page_at(base) < low + LOW_PAGES) != (at < HIGH))
			return answer;
	}
	answer.status = LEDGER_DENIED;
	for (uint64_t at = base; at != base + size; at += PAGE) {
		answer.page = at;
		answer.rule = rule_of(*page_at(at), expect, pin);
		if (answer.rule != LEDGER_RULE_NONE)
			return answer;
	}
	return (struct ledger_answer){LEDGER_OK, LEDGER_RULE_NONE, base};
}

static void change_pages(uint64_t base, uint64_t size, struct ledger_record to, int pin)
{
	for (uint64_t at = base; at != base + size; at += PAGE) {
		struct ledger_record *page = page_at(at);

		to.pins = (uint8_t)(page->pins + pin);
		*page = to;
	}
}

/* ---- what has to hold ---- */

static bool is_host(const struct ledger_record *page)
{
	return page != NULL &&
	       ((page->state <= 1U && page->owner == LEDGER_HOST) ||
		(page->state == LEDGER_SHARED_QUARANTINED && page->owner == LEDGER_HOST) ||
		(page->state != 0U && page->state <= 4U && page->borrower == LEDGER_HOST));
}

static void check_page(uint64_t at)
{
	const struct ledger_record *page = page_at(at);
	struct ledger_extent extent = ledger_lookup(&ledger, at);

	PROMISE(extent.ram == (page != NULL));
	if (page == NULL)
		return;
	PROMISE(same(extent.record, *page));
	PROMISE(at >= extent.base && at - extent.base < extent.size);
	PROMISE((host_memory_lookup(&stage2, at).kind == STAGE2_RAM) == is_host(page));
}

/* Every page of a region, in as few questions as the ledger's answers allow. */
static void check_region(uint64_t base, unsigned pages)
{
	for (uint64_t at = base; at < base + pages * PAGE;) {
		struct ledger_extent extent = ledger_lookup(&ledger, at);

		PROMISE(extent.ram && extent.base == at && extent.size >= PAGE);
		for (uint64_t end = at + extent.size; at < end; at += PAGE)
			PROMISE(page_at(at) != NULL && same(extent.record, *page_at(at)));
		check_page(at - PAGE);
	}
}

/* The tables as a CPU walks them map what is the host's, and nothing else. */
static void check_tables(void)
{
	struct walk_registers registers = {
	    .baddr = stage2.root, .t0sz = stage2.t0sz, .sl0 = stage2.sl0};
	struct walk walk;

	walk_start(&walk, &registers);
	PROMISE(walk.fault == NULL);
	for (size_t i = 0; i < walk.kinds.count; i++) {
		const struct extent *run = &walk.kinds.list[i];

		for (uint64_t at = run->base; run->kind != WALK_NOTHING && at < run->end;
		     at += PAGE)
			PROMISE(run->kind == WALK_RAM && is_host(page_at(at)));
	}
	for (unsigned i = 0; i < LOW_PAGES; i++)
		PROMISE(is_host(&low[i]) ==
			(extents_kind(&walk.kinds, LOW + i * PAGE) == WALK_RAM));
	for (unsigned i = 0; i < HIGH_PAGES; i++)
		PROMISE(is_host(&high[i]) ==
			(extents_kind(&walk.kinds, HIGH + i * PAGE) == WALK_RAM));
	walk_free(&walk);
}

static void check_all(void)
{
	uint64_t broken;

	check_tables();
	check_region(LOW, LOW_PAGES);
	check_region(HIGH, HIGH_PAGES);
	PROMISE(ledger_check(&ledger, &broken) == NULL);
}

/* The pages at the ends of the range, and those where something begins or ends. */
static void check_around(uint64_t base, uint64_t size)
{
	static const uint64_t edges[] = {
	    LOW,  LOW + 16U * PAGE,        LOW + 528U * PAGE, LOW + LOW_PAGES * PAGE,
	    HIGH, HIGH + HIGH_PAGES * PAGE};

	for (unsigned i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		check_page(edges[i] - 1U);
		check_page(edges[i]);
	}
	check_page(base - 1U);
	check_page(base);
	check_page(base + size - 1U);
	check_page(base + size);
	PROMISE(ledger.lock.next == ledger.lock.served && stage2.lock.next == stage2.lock.served);
}

/* Nothing runs out that was not needed: at most two blocks are split, each by one table. */
static void check_shortage(struct ledger_answer answer, uint32_t sets, unsigned tables)
{
	PROMISE(answer.status == LEDGER_NO_MEMORY);
	if (answer.rule == LEDGER_RULE_SETS)
		PROMISE(sets < 2U);
	else
		PROMISE(answer.rule == LEDGER_RULE_TABLES && tables < 2U);
}

/* ---- steps ---- */

static uint64_t take_base(void)
{
	static const uint64_t bases[8] = {LOW,  LOW + 16U * PAGE, LOW + 528U * PAGE,
					  HIGH, LOW - PAGE,       HIGH + 19U * PAGE,
					  0,    ~0UL << 12};
	uint8_t choice = (uint8_t)script_take(1);
	uint64_t base = bases[choice & 7U];

	if ((choice & 0xc0U) == 0x40U)
		base += script_take(2) % 540U * PAGE;
	if ((choice & 0xc0U) == 0x80U)
		base -= PAGE;
	if ((choice & 0xf8U) == 0xf8U)
		base = script_take(8);
	return base;
}

static uint64_t take_pages(void)
{
	static const uint64_t pages[8] = {1, 512, 16, 528, 0, 1UL << 52, 8, 20};
	uint8_t choice = (uint8_t)script_take(1);

	if (choice >= 0xf0U)
		return script_take(8);
	if (choice >= 0xe0U) /* beyond what 64 bits can say in bytes */
		return (1UL << 52) + (choice & 0x1fU);
	return (choice & 0x40U) != 0U ? choice & 0x1fU : pages[choice & 7U];
}

static struct ledger_record record(uint8_t owner, uint8_t borrower, uint8_t state)
{
	return (struct ledger_record){.owner = owner, .borrower = borrower, .state = state};
}

/* A call with its two records: what each page has to be, and what it becomes. */
static struct ledger_answer act(uint8_t what, uint64_t base, uint64_t size, uint8_t owner,
				uint8_t other, uint8_t state, struct ledger_record *from,
				struct ledger_record *to, int *pin)
{
	enum ledger_party o = (enum ledger_party)owner, b = (enum ledger_party)other;
	enum ledger_state s = (enum ledger_state)state;
	struct ledger_record owned = record(owner, 0, LEDGER_OWNED);
	uint8_t quarantined =
	    state == LEDGER_SHARED ? LEDGER_SHARED_QUARANTINED : LEDGER_LENT_QUARANTINED;

	*from = *to = owned;
	*pin = 0;
	switch (what % 10U) {
	case 0:
		*to = record(other, 0, LEDGER_OWNED);
		return ledger_donate(&ledger, base, size, o, b, 0);
	case 1:
		*to = record(owner, other, LEDGER_SHARED);
		return ledger_share(&ledger, base, size, o, b, 0);
	case 2:
		*from = record(owner, other, LEDGER_SHARED);
		return ledger_unshare(&ledger, base, size, o, b, 0);
	case 3:
		*to = record(owner, other, LEDGER_LENT);
		return ledger_lend(&ledger, base, size, o, b, 0);
	case 4:
		*from = record(owner, other, LEDGER_LENT);
		return ledger_reclaim(&ledger, base, size, o, b, 0);
	case 5:
		*from = record(owner, other, state);
		*to = record(owner, other, quarantined);
		return ledger_quarantine(&ledger, base, size, o, b, s, 0);
	case 6:
		*from = record(owner, other, quarantined);
		return ledger_release(&ledger, base, size, o, b, s, 0);
	case 7:
		*from = record(owner, other, quarantined);
		*to = record(owner, 0, LEDGER_POISONED);
		return ledger_poison(&ledger, base, size, o, b, s, 0);
	case 8:
		*pin = 1;
		return ledger_pin(&ledger, base, size, o, 0);
	default:
		*pin = -1;
		return ledger_unpin(&ledger, base, size, o, 0);
	}
}

static void client_call(uint8_t what)
{
	static const uint8_t parties[4] = {LEDGER_HOST, LEDGER_HYPERVISOR, LEDGER_GUEST,
					   LEDGER_SECURE};
	uint8_t who = (uint8_t)script_take(1), owner = parties[who & 3U];
	uint8_t other = parties[who >> 2 & 3U], state = who & 0x40U ? LEDGER_LENT : LEDGER_SHARED;
	uint64_t base = take_base(), size = take_pages() * PAGE + (who == 0xffU);
	uint32_t sets = ledger.sets_free;
	unsigned tables = stage2.free;
	struct ledger_record from, to;
	struct ledger_answer answer, wanted;
	char words[16];
	int pin;

	if (other == owner)
		other = LEDGER_SEVERAL;
	answer = act(what, base, size, owner, other, state, &from, &to, &pin);
	wanted = answer_of(base, size, from, pin);
	PROMISE(ledger_rule_words(answer.rule)[0] != '?' &&
		ledger_state_words((enum ledger_state)to.state)[0] != '?' &&
		ledger_party_words(words, (uint8_t)who) == words);
	if (wanted.status == LEDGER_OK && answer.status != LEDGER_OK) {
		check_shortage(answer, sets, tables);
	} else {
		PROMISE(answer.status == wanted.status && answer.rule == wanted.rule);
		PROMISE(answer.page == wanted.page);
	}
	if (answer.status == LEDGER_OK)
		change_pages(base, size, to, pin);
	check_around(base, size);
}

static void host_call(void)
{
	uint8_t choice = (uint8_t)script_take(1);
	uint32_t fid = (choice & 0x80U ? 0x86000020U : 0xc6000020U) + choice % 5U;
	uint64_t base = take_base(), pages = take_pages(), x[SMCCC_REGISTERS] = {fid, base, pages};
	uint8_t owner = choice % 5U == 4U ? LEDGER_HYPERVISOR : LEDGER_HOST;
	struct ledger_record from = record(owner, 0, LEDGER_OWNED), to = from;
	struct ledger_answer wanted = {LEDGER_INVALID, LEDGER_RULE_RANGE, base};
	uint32_t sets = ledger.sets_free;
	unsigned tables = stage2.free;
	struct smccc_call call;

	for (unsigned i = 3; i < SMCCC_REGISTERS; i++)
		x[i] = i;
	smccc_decode(&call, x);
	host_memory_call(&memory, &ledger, &call);
	for (unsigned i = 3; i < SMCCC_REGISTERS; i++)
		PROMISE(x[i] == i);
	if (fid < 0xc6000021U) {
		PROMISE(x[0] == (fid == 0x86000020U ? 0x10000U : UINT64_MAX) && x[1] == base);
		return;
	}
	if (choice % 5U == 2U)
		to = record(LEDGER_HOST, LEDGER_HYPERVISOR, LEDGER_SHARED);
	else if (choice % 5U == 3U)
		from = record(LEDGER_HOST, LEDGER_HYPERVISOR, LEDGER_SHARED);
	else
		to =
		    record(owner == LEDGER_HOST ? LEDGER_HYPERVISOR : LEDGER_HOST, 0, LEDGER_OWNED);
	if (pages < 1UL << 52)
		wanted = answer_of(base, pages * PAGE, from, 0);
	if (x[0] == 0U) {
		PROMISE(wanted.status == LEDGER_OK && x[1] == base && x[2] == pages);
		change_pages(base, pages * PAGE, to, 0);
	} else if (wanted.status == LEDGER_OK) {
		PROMISE(x[0] == (uint64_t)-4);
		check_shortage(
		    (struct ledger_answer){LEDGER_NO_MEMORY, (enum ledger_rule)x[1], x[2]}, sets,
		    tables);
	} else {
		PROMISE(x[0] == (wanted.status == LEDGER_INVALID ? (uint64_t)-2 : (uint64_t)-3));
		PROMISE(x[1] == wanted.rule && x[2] == wanted.page);
	}
	check_around(base, pages * PAGE);
}

/* A list of ranges, whose pages change in their order: all of them, or none. */
static void list_call(void)
{
	static struct ledger_record low_before[LOW_PAGES], high_before[HIGH_PAGES];
	uint8_t how = (uint8_t)script_take(1);
	struct ledger_range ranges[8];
	uint32_t count = 1U + (how & 7U), refused = count, sets = ledger.sets_free;
	unsigned tables = stage2.free;
	struct ledger_record host = record(LEDGER_HOST, 0, LEDGER_OWNED);
	struct ledger_record shared = record(LEDGER_HOST, LEDGER_GUEST, LEDGER_SHARED);
	struct ledger_record lent = record(LEDGER_HOST, LEDGER_GUEST, LEDGER_LENT);
	struct ledger_change change = {.expect = host, .set = (how & 8U) != 0U ? shared : lent};
	struct ledger_answer answer, wanted = {LEDGER_OK, LEDGER_RULE_NONE, 0};
	uint32_t i = 0;

	if ((how & 0x10U) != 0U) {
		change.expect = change.set;
		change.set = host;
	}
	for (uint32_t n = 0; n < count; n++) {
		ranges[n].base = take_base() + (n > 0U && (how & 0x20U) != 0U ? n * PAGE : 0U);
		ranges[n].pages = (uint32_t)take_pages();
		ranges[n].reserved = 0;
	}
	memcpy(low_before, low, sizeof(low));
	memcpy(high_before, high, sizeof(high));
	for (; i < count && wanted.status == LEDGER_OK; i++) {
		wanted = answer_of(ranges[i].base, ranges[i].pages * PAGE, change.expect, 0);
		if (wanted.status == LEDGER_OK)
			change_pages(ranges[i].base, ranges[i].pages * PAGE, change.set, 0);
	}
	answer = ledger_apply_ranges(&ledger, ranges, count, &change, false, &refused);
	if (answer.status == LEDGER_NO_MEMORY) {
		/* each range splits two blocks at most */
		PROMISE(answer.rule == LEDGER_RULE_SETS ? sets < 2U * count : tables < 2U * count);
		PROMISE(refused < count && refused < i);
	} else {
		PROMISE(answer.status == wanted.status && answer.rule == wanted.rule);
		PROMISE(answer.status == LEDGER_OK ||
			(refused == i - 1U && answer.page == wanted.page));
	}
	if (answer.status != LEDGER_OK) {
		memcpy(low, low_before, sizeof(low));
		memcpy(high, high_before, sizeof(high));
		PROMISE(ledger.sets_free == sets && stage2.free == tables);
	}
	check_all();
}

static void begin(void)
{
	static const enum stage2_bbm bbm[4] = {STAGE2_BBM_BREAK, STAGE2_BBM_NT, STAGE2_BBM_DIRECT,
					       STAGE2_BBM_BREAK};
	uint8_t choice = (uint8_t)script_take(1);
	unsigned tables = 5U + choice % 6U, records = choice & 0x40U ? 1U : 3U;

	fake_reset();
	memset(own, 0xa5, sizeof(own));
	memset(&ledger, 0, sizeof(ledger));
	memset(&stage2, 0, sizeof(stage2));
	memset(&memory, 0, sizeof(memory));
	fake.memory = own;
	fake.memory_base = OWN;
	fake.memory_size = sizeof(own);
	/* four tables of level 2, side by side */
	PROMISE(stage2_init(&stage2, OWN, tables, 32, bbm[choice >> 3 & 3U]) == STAGE2_OK);
	ledger.region_count = 2;
	ledger.region[0] = (struct ledger_region){LOW, LOW_PAGES * PAGE, 0};
	ledger.region[1] = (struct ledger_region){HIGH, HIGH_PAGES * PAGE, 0};
	PROMISE(!ledger_init(&ledger, &stage2, OWN + tables * PAGE, PAGE - 1U));
	PROMISE(ledger_init(&ledger, &stage2, OWN + tables * PAGE, records * PAGE));
	for (unsigned i = 0; i < LOW_PAGES; i++)
		low[i] = record(LEDGER_HOST, 0, LEDGER_OWNED);
	for (unsigned i = 0; i < HIGH_PAGES; i++)
		high[i] = record(LEDGER_HOST, 0, LEDGER_OWNED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script = (struct script){data, size};
	begin();
	if (stage2_set(&stage2, LOW, LOW_PAGES * PAGE, STAGE2_RAM) != STAGE2_OK ||
	    stage2_set(&stage2, HIGH, HIGH_PAGES * PAGE, STAGE2_RAM) != STAGE2_OK) {
		PROMISE(stage2.free < 3U);
		return 0;
	}
	for (unsigned step = 0; step < STEPS_MAX && script.left > 0U; step++) {
		uint8_t what = (uint8_t)script_take(1);

		if (what < 0x70U)
			host_call();
		else if (what < 0x80U)
			list_call();
		else
			client_call(what);
	}
	check_all();
	return 0;
}
