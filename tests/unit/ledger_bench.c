// SPDX-License-Identifier: Apache-2.0
#include "ledger_bench.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/stage2/host.h"
#include "fake/machine.h"
#include "walker.h"

#define MEMORY_BASE UINT64_C(0x7fc00000)
#define TABLES_MAX  64U
#define MEMORY_SIZE ((TABLES_MAX + 1U) * PAGE + BENCH_AMPLE * LEDGER_SET_ROOM)

struct ledger bench_ledger;
struct stage2 bench_stage2;

static uint8_t *memory;
static unsigned tables_at_boot;

static void map(unsigned pool_pages)
{
	assert_int_equal(stage2_init(&bench_stage2, MEMORY_BASE, pool_pages, 40, STAGE2_BBM_BREAK),
			 STAGE2_OK);
	assert_int_equal(host_memory_set(&bench_stage2, 0, BANK_A, STAGE2_DEVICE), STAGE2_OK);
	assert_int_equal(host_memory_set(&bench_stage2, BANK_A, BANK_A_END - BANK_A, STAGE2_RAM),
			 STAGE2_OK);
	assert_int_equal(host_memory_set(&bench_stage2, BANK_B, BANK_C_END - BANK_B, STAGE2_RAM),
			 STAGE2_OK);
	tables_at_boot = stage2_tables(&bench_stage2);
}

void bench_open(unsigned sets, unsigned tables)
{
	fake_reset();
	memory = malloc(MEMORY_SIZE);
	assert_non_null(memory);
	memset(memory, 0xff, MEMORY_SIZE);
	fake.memory = memory;
	fake.memory_base = MEMORY_BASE;
	fake.memory_size = MEMORY_SIZE;
	map(TABLES_MAX);
	map(tables_at_boot + tables);
	memset(&bench_ledger, 0, sizeof(bench_ledger));
	bench_ledger.region[0] =
	    (struct ledger_region){.base = BANK_A, .size = BANK_A_END - BANK_A};
	bench_ledger.region[1] =
	    (struct ledger_region){.base = BANK_B, .size = BANK_B_END - BANK_B};
	bench_ledger.region[2] =
	    (struct ledger_region){.base = BANK_C, .size = BANK_C_END - BANK_C};
	bench_ledger.region_count = 3;
	assert_int_equal(ledger_entries_size(bench_ledger.region, 3), PAGE);
	assert_true(ledger_init(&bench_ledger, &bench_stage2, MEMORY_BASE + TABLES_MAX * PAGE,
				PAGE + sets * LEDGER_SET_ROOM));
	assert_int_equal(bench_ledger.entry_count, BENCH_BLOCKS);
}

void bench_close(void)
{
	uint64_t page;

	assert_null(ledger_check(&bench_ledger, &page));
	assert_int_equal(bench_ledger.lock.next, bench_ledger.lock.served);
	assert_int_equal(bench_stage2.lock.next, bench_stage2.lock.served);
	free(memory);
	fake_reset();
}

static uint64_t mix(uint64_t sum, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3ULL;
	return sum;
}

uint64_t bench_state(void)
{
	struct stage2 tables = bench_stage2;
	struct ledger records = bench_ledger;

	/* a refused change takes the locks, and is counted */
	memset(&tables.lock, 0, sizeof(tables.lock));
	memset(&records.lock, 0, sizeof(records.lock));
	records.refusals = 0;
	return mix(mix(mix(1, memory, MEMORY_SIZE), &tables, sizeof(tables)), &records,
		   sizeof(records));
}

unsigned bench_tables(void)
{
	return stage2_tables(&bench_stage2) - tables_at_boot;
}

unsigned bench_sets(void)
{
	return bench_ledger.set_count - bench_ledger.sets_free;
}

struct ledger_record bench_record(uint64_t page)
{
	struct ledger_extent extent = ledger_lookup(&bench_ledger, page);

	assert_true(extent.ram);
	return extent.record;
}

bool bench_mapped(uint64_t page)
{
	struct walk_registers registers = {
	    .baddr = bench_stage2.root, .t0sz = bench_stage2.t0sz, .sl0 = bench_stage2.sl0};
	struct walk walk;
	unsigned kind;

	walk_start(&walk, &registers);
	walk_assert_sound(&walk);
	kind = extents_kind(&walk.kinds, page);
	walk_free(&walk);
	return kind == WALK_RAM;
}

struct ledger_answer bench_donate(uint64_t base, uint64_t pages)
{
	return ledger_donate(&bench_ledger, base, pages * PAGE, LEDGER_HOST, LEDGER_HYPERVISOR,
			     BENCH_CAUSE);
}

struct ledger_answer bench_give_back(uint64_t base, uint64_t pages)
{
	return ledger_donate(&bench_ledger, base, pages * PAGE, LEDGER_HYPERVISOR, LEDGER_HOST,
			     BENCH_CAUSE);
}

struct ledger_answer bench_share(uint64_t base, uint64_t pages)
{
	return ledger_share(&bench_ledger, base, pages * PAGE, LEDGER_HOST, BENCH_GUEST,
			    BENCH_CAUSE);
}

struct ledger_answer bench_unshare(uint64_t base, uint64_t pages)
{
	return ledger_unshare(&bench_ledger, base, pages * PAGE, LEDGER_HOST, BENCH_GUEST,
			      BENCH_CAUSE);
}

void assert_answer(struct ledger_answer answer, enum ledger_status status, enum ledger_rule rule,
		   uint64_t page)
{
	assert_int_equal(answer.status, status);
	assert_int_equal(answer.rule, rule);
	assert_int_equal(answer.page, page);
}

void assert_done(struct ledger_answer answer)
{
	assert_int_equal(answer.status, LEDGER_OK);
	assert_int_equal(answer.rule, LEDGER_RULE_NONE);
}

void assert_record(uint64_t page, enum ledger_party owner, enum ledger_party borrower,
		   enum ledger_state state, unsigned pins)
{
	struct ledger_record record = bench_record(page);

	assert_int_equal(record.owner, owner);
	assert_int_equal(record.borrower, borrower);
	assert_int_equal(record.state, state);
	assert_int_equal(record.pins, pins);
}
