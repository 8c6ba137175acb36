// SPDX-License-Identifier: Apache-2.0
/*
 * MAPD: the interrupt translation table that an ITS is given lies wholly in pages that are
 * pinned for it, for as many events as it was told, rounded to what the standard asks for
 * (IHI 0069 5.3.11); a device or a number of events that the ITS does not have is refused.
 * What was pinned is what is unpinned.
 *
 * target: hypervisor/core/gic/command.c map_device, unpin_device
 * target: hypervisor/core/gic/gic.c gic_pin
 * bound: every command MAPD, every ITS, an empty list of devices
 * assumes: the ITS has 1 to 32 bits of devices and of events, and entries of 1 to 16 bytes
 *   (GITS_TYPER)
 * unwind: 1
 */
#include "proof.h"

#include "core/gic/command.c"
#include "core/gic/gic.c"
#include "machine.h"

static struct gic_range pinned;
static unsigned pins;

uint64_t machine_device_read(uint64_t address, unsigned size)
{
	(void)address;
	(void)size;
	NEVER();
	return 0;
}

void machine_host_read(void *to, uint64_t physical, size_t size)
{
	(void)to;
	(void)physical;
	(void)size;
	NEVER();
}

struct ledger_answer ledger_pin(struct ledger *ledger, uint64_t base, uint64_t size,
				enum ledger_party owner, uint32_t cause)
{
	(void)ledger;
	(void)owner;
	(void)cause;
	pinned = (struct gic_range){base, size};
	pins++;
	return (struct ledger_answer){LEDGER_OK, LEDGER_RULE_NONE, base};
}

struct ledger_answer ledger_unpin(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, uint32_t cause)
{
	(void)ledger;
	(void)owner;
	(void)cause;
	PROMISE(base == pinned.base && size == pinned.size && pins == 1U);
	pins--;
	return (struct ledger_answer){LEDGER_OK, LEDGER_RULE_NONE, base};
}

const char *ledger_rule_words(enum ledger_rule rule)
{
	(void)rule;
	return "";
}

static struct gic gic;
static struct gic_device devices[1];

void prove(void)
{
	struct gic_its *its = &gic.its[0];
	struct command command = {
	    {nondet_uint64(), nondet_uint64(), nondet_uint64(), nondet_uint64()}};
	uint64_t device = command.word[0] >> 32, table = command.word[2] & 0xfffffffffff00UL;
	unsigned bits = (unsigned)(command.word[1] & 31U) + 1U;
	bool valid = command.word[2] >> 63 == 1U, done;
	wide bytes;

	its->devices = devices;
	its->device_bits = nondet_unsigned();
	its->event_bits = nondet_unsigned();
	its->entry_size = nondet_unsigned();
	ASSUME(its->device_bits >= 1U && its->device_bits <= 32U && its->event_bits >= 1U &&
	       its->event_bits <= 32U && its->entry_size >= 1U && its->entry_size <= 16U);
	done = map_device(&gic, its, &command);

	PROMISE(done == (device < 1UL << its->device_bits && (!valid || bits <= its->event_bits)));
	PROMISE(pins == (done && valid ? 1U : 0U));
	PROMISE(its->device_count == pins && its->leaving == 0U);
	if (pins == 0U)
		return;
	bytes = (wide)its->entry_size << bits;
	if (bytes < 256U)
		bytes = 256U;
	PROMISE((pinned.base | pinned.size) % 4096U == 0U);
	PROMISE(pinned.base <= table && (wide)pinned.base + pinned.size >= table + bytes);
	PROMISE(devices[0].table == table && devices[0].device == device &&
		(wide)devices[0].pages * 4096U == pinned.size);
	unpin_device(&gic, &devices[0]);
	PROMISE(pins == 0U);
}
