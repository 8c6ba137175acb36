// SPDX-License-Identifier: Apache-2.0
/*
 * Records in four bytes: an entry of a block gives back the number of the set that was put
 * into it, is never taken for a record, and who may touch a page follows the table of
 * states. Pins go up and down by one, never below none or above the most, and a pinned
 * page changes hands by no call.
 *
 * target: hypervisor/core/ledger/record.h ledger_record_access
 * target: hypervisor/core/ledger/block.h ledger_split_entry, ledger_entry_set,
 *   ledger_entry_record
 * target: hypervisor/core/ledger/ledger.c page_rule, changed
 * bound: every record, every set number of 24 bits, every change
 * assumes: a set number has 24 bits (SETS_MAX)
 * assumes: a change pins, unpins, or moves
 * wraps: ledger_split_entry: each byte of the number is cut out by a conversion
 * unwind: 1
 */
#include "proof.h"

#include "core/ledger/block.c"
#include "core/ledger/ledger.c"
#include "machine.h"

enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind)
{
	(void)stage2;
	(void)base;
	(void)size;
	(void)kind;
	return STAGE2_OK;
}

static struct ledger_record any_record(void)
{
	return (struct ledger_record){nondet_uint8(), nondet_uint8(), nondet_uint8(),
				      nondet_uint8()};
}

static void prove_entries(void)
{
	struct ledger_record record = any_record(), entry;
	uint32_t set = nondet_uint32();

	ASSUME(set <= 0xffffffU);
	entry = ledger_split_entry(set);
	PROMISE(ledger_entry_split(entry) && ledger_entry_set(entry) == set);
	PROMISE(ledger_entry_split(record) == (record.state == 0xffU));
	record = ledger_entry_record(record);
	PROMISE(record.owner != LEDGER_NOBODY);
}

static void prove_access(void)
{
	struct ledger_record record = any_record();
	uint8_t party = nondet_uint8();
	bool owner = record.owner == party, borrower = record.borrower == party;
	bool may = ledger_record_access(record, party);

	PROMISE(!may || record.state <= 4U);
	PROMISE(record.state != 0U || may == owner);
	PROMISE((record.state != 1U && record.state != 3U) || may == (owner || borrower));
	PROMISE((record.state != 2U && record.state != 4U) || may == borrower);
}

static void prove_pins(void)
{
	struct ledger_record record = any_record(), next;
	struct ledger_change change = {
	    .expect = any_record(), .set = any_record(), .pin = nondet_int()};
	enum ledger_rule rule;

	ASSUME(change.pin >= -1 && change.pin <= 1);
	rule = page_rule(record, &change);
	PROMISE((rule == LEDGER_RULE_OWNER) == (record.owner != change.expect.owner));
	if (rule != LEDGER_RULE_NONE)
		return;
	PROMISE(record.owner == change.expect.owner && record.state == change.expect.state &&
		record.borrower == change.expect.borrower);
	PROMISE(change.pin != 0 || record.pins == 0U);
	next = changed(record, change.set, change.pin);
	PROMISE((int)next.pins == (int)record.pins + change.pin);
	PROMISE(next.owner == change.set.owner && next.state == change.set.state &&
		next.borrower == change.set.borrower);
}

void prove(void)
{
	prove_entries();
	prove_access();
	prove_pins();
}
