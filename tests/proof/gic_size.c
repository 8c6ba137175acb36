// SPDX-License-Identifier: Apache-2.0
/*
 * LPI tables of a redistributor (IHI 0069, GICR_PROPBASER, GICR_PENDBASER): whatever the
 * host writes, what is pinned holds all that the hardware may touch, and a register that
 * the guard refused keeps its value.
 *
 * target: hypervisor/core/gic/redistributor.c gic_redistributor_access
 * target: hypervisor/core/gic/gic.c gic_pin, gic_unpin, gic_merge
 * bound: every access of 4 or 8 bytes to GICR_PROPBASER and GICR_PENDBASER, every earlier
 *   state of one redistributor, every answer of the ledger
 * assumes: the distributor has 1 to 32 bits of interrupt numbers (GICD_TYPER.IDbits)
 * assumes: the access is aligned, as sensible() asked for
 * assumes: no register was accepted for more bits than the distributor has
 * unwind: 15
 */
#include "proof.h"

#include "core/gic/gic.c"
#include "core/gic/redistributor.c"
#include "machine.h"

#define BASE 0x80a0000UL

static uint64_t config, pending, control;
static unsigned config_writes, pending_writes;
static struct gic_range pinned;
static unsigned pins, unpins;
static enum ledger_status answer;

uint64_t machine_device_read(uint64_t address, unsigned size)
{
	if (address == BASE + 0x70U)
		return config;
	if (address == BASE + 0x78U)
		return pending;
	PROMISE(address == BASE && size == 4U);
	return control;
}

void machine_device_write(uint64_t address, unsigned size, uint64_t value)
{
	PROMISE(size == 8U && (address == BASE + 0x70U || address == BASE + 0x78U));
	if (address == BASE + 0x70U) {
		config = value;
		config_writes++;
	} else {
		pending = value;
		pending_writes++;
	}
}

bool machine_device_map(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
	return true;
}

struct ledger_answer ledger_pin(struct ledger *ledger, uint64_t base, uint64_t size,
				enum ledger_party owner, uint32_t cause)
{
	(void)ledger;
	(void)cause;
	PROMISE(owner == LEDGER_HOST);
	pinned = (struct gic_range){base, size};
	if (answer == LEDGER_OK)
		pins++;
	return (struct ledger_answer){answer, LEDGER_RULE_NONE, base};
}

struct ledger_answer ledger_unpin(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, uint32_t cause)
{
	(void)ledger;
	(void)base;
	(void)size;
	(void)owner;
	(void)cause;
	unpins++;
	return (struct ledger_answer){LEDGER_OK, LEDGER_RULE_NONE, base};
}

const char *ledger_rule_words(enum ledger_rule rule)
{
	(void)rule;
	return "";
}

enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind)
{
	(void)stage2;
	(void)base;
	(void)size;
	(void)kind;
	return STAGE2_OK;
}

const char *gic_its_init(struct gic *gic, struct gic_its *its, uint64_t base, uint64_t memory)
{
	(void)gic;
	(void)its;
	(void)base;
	(void)memory;
	return NULL;
}

void gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access)
{
	(void)gic;
	(void)its;
	(void)access;
}

static struct gic gic;

/* Does what was pinned hold [base, base + size), in whole pages? */
static bool holds(wide base, wide size)
{
	return (pinned.base | pinned.size) % 4096U == 0U && pinned.base <= base &&
	       (wide)pinned.base + pinned.size >= base + size;
}

void prove(void)
{
	struct gic_redistributor *rd = &gic.redistributor[0];
	struct gic_access access = {.write = true, .size = nondet_bool() ? 8U : 4U};
	uint64_t written, old, mask;
	bool table = nondet_bool();

	gic.id_bits = nondet_unsigned();
	ASSUME(gic.id_bits >= 1U && gic.id_bits <= 32U);
	gic.redistributor_count = 1;
	rd->base = BASE;
	rd->id_bits = nondet_unsigned();
	rd->pending_bits = nondet_unsigned();
	rd->config = (struct gic_range){nondet_uint64(), nondet_uint64()};
	rd->pending = (struct gic_range){nondet_uint64(), nondet_uint64()};
	ASSUME(rd->id_bits <= gic.id_bits && rd->pending_bits <= gic.id_bits);
	config = nondet_uint64();
	pending = nondet_uint64();
	control = nondet_uint32();
	answer = nondet_bool() ? LEDGER_OK : LEDGER_DENIED;
	access.value = nondet_uint64();
	access.address = BASE + (table ? 0x70U : 0x78U) + (nondet_bool() ? 4U : 0U);
	ASSUME(access.address % access.size == 0U);
	old = table ? config : pending;
	mask = access.size == 8U ? ~0UL : 0xffffffffUL << (access.address % 8U * 8U);

	gic_redistributor_access(&gic, rd, &access);

	written = table ? config : pending;
	PROMISE(config_writes + pending_writes <= 1U);
	PROMISE((config_writes + pending_writes == 1U) == (pins == 1U));
	if (config_writes + pending_writes == 0U) {
		PROMISE(unpins == 0U);
		return;
	}
	PROMISE((control & 9U) == 0U); /* EnableLPIs, RWP */
	PROMISE((written & ~mask) == (old & ~mask));
	if (table) {
		unsigned bits = (unsigned)(written & 0x1fU) + 1U;

		bits = bits < gic.id_bits ? bits : gic.id_bits;
		/* one byte for each number from 8192 on */
		if (bits >= 14U)
			PROMISE(holds(written & 0xffffffffff000UL, ((wide)1 << bits) - 8192U));
		PROMISE(rd->id_bits == bits);
		PROMISE(rd->pending.size == 0U || rd->pending_bits >= bits);
	} else {
		unsigned bits = rd->id_bits != 0U ? rd->id_bits : gic.id_bits;

		/* one bit for each number */
		if (bits >= 14U)
			PROMISE(holds(written & 0xfffffffff0000UL, ((wide)1 << bits) / 8U));
		PROMISE(rd->pending_bits >= bits);
	}
}
