// SPDX-License-Identifier: Apache-2.0
/*
 * Aims each register of a GICv3 that holds an address at memory that the host does not have
 * (payload.target, by default the first no-map range), then uses redistributor and ITS in good
 * form. payload.its is the address of the ITS, by default where QEMU's virt machine has it.
 */
#include "payload.h"

#define ITS_DEFAULT 0x08080000UL
#define MEMORY      0x50000000UL /* of ours, for tables and the queue */
#define CLEARED     0x100000UL

#define GICR_CTLR      0x00U
#define GICR_PROPBASER 0x70U
#define GICR_PENDBASER 0x78U
#define GITS_CTLR      0x00U
#define GITS_CBASER    0x80U
#define GITS_CWRITER   0x88U
#define GITS_CREADR    0x90U
#define GITS_BASER0    0x100U
#define GITS_BASER1    0x108U

#define VALID       (1UL << 63)
#define INNER_WB    (7UL << 59) /* inner cacheability */
#define INNER_SHARE (1UL << 10)
#define QUEUE_PAGES 15UL /* 64 KiB */

#define PROPERTIES (MEMORY + 0x40000)
#define PENDING    (MEMORY + 0x60000)
#define ITT        (MEMORY + 0x80000)

#define LPI 8192UL

const char payload_name[] = "gic";

static uint64_t its, queued;

static volatile uint64_t *doubleword(uint64_t at)
{
	return (volatile uint64_t *)(uintptr_t)at;
}

static volatile uint32_t *word(uint64_t at)
{
	return (volatile uint32_t *)(uintptr_t)at;
}

/* One command at the end of the queue, and the ITS told about it. */
static void command(uint64_t first, uint64_t second, uint64_t third)
{
	volatile uint64_t *slot = doubleword(MEMORY + queued);

	slot[0] = first;
	slot[1] = second;
	slot[2] = third;
	slot[3] = 0;
	__asm__ volatile("dsb sy" ::: "memory");
	queued += 32U;
	*doubleword(its + GITS_CWRITER) = queued;
}

static unsigned words_set(uint64_t at)
{
	unsigned count = 0;

	__asm__ volatile("dsb sy" ::: "memory");
	for (unsigned i = 0; i < 512U; i++)
		count += doubleword(at)[i] != 0UL;
	return count;
}

static void redistributor(uint64_t base, uint64_t target)
{
	*doubleword(base + GICR_PROPBASER) = target | 15UL;
	*doubleword(base + GICR_PENDBASER) = target;
	*word(base + GICR_CTLR) = 1;
	say("aimed: PROPBASER 0x%llx PENDBASER 0x%llx EnableLPIs %u",
	    (unsigned long long)*doubleword(base + GICR_PROPBASER),
	    (unsigned long long)*doubleword(base + GICR_PENDBASER), *word(base + GICR_CTLR) & 1U);
	*doubleword(base + GICR_PROPBASER) = PROPERTIES | 15UL;
	*doubleword(base + GICR_PENDBASER) = PENDING;
	doubleword(PROPERTIES)[0] = ~0UL; /* the first LPIs are enabled */
	__asm__ volatile("dsb sy" ::: "memory");
	*word(base + GICR_CTLR) = 1;
	say("own: EnableLPIs %u", *word(base + GICR_CTLR) & 1U);
}

static void interrupt_translation(uint64_t target)
{
	*doubleword(its + GITS_CBASER) = VALID | target | QUEUE_PAGES;
	say("aimed: CBASER 0x%llx", (unsigned long long)*doubleword(its + GITS_CBASER));
	*doubleword(its + GITS_BASER0) = VALID | target | 2UL << 8 | 7UL;
	*doubleword(its + GITS_BASER1) = VALID | target | 2UL << 8;
	*doubleword(its + GITS_CBASER) = VALID | INNER_WB | INNER_SHARE | MEMORY | QUEUE_PAGES;
	say("own: CBASER 0x%llx", (unsigned long long)*doubleword(its + GITS_CBASER));
	*word(its + GITS_CTLR) = 1;
	command(0x09, 0, VALID);                      /* MAPC: collection 0, this CPU */
	command(0x08 | 1UL << 32, 4, VALID | target); /* MAPD: device 1, table aimed */
	command(0x0a | 1UL << 32, LPI << 32, 0);      /* MAPTI: would write that table */
	command(0x03 | 1UL << 32, 0, 0);              /* INT */
	say("aimed: CREADR 0x%llx of 0x%llx, pending %u",
	    (unsigned long long)*doubleword(its + GITS_CREADR), (unsigned long long)queued,
	    words_set(PENDING));
	command(0x08 | 2UL << 32, 4, VALID | ITT);       /* MAPD: device 2, table of ours */
	command(0x0a | 2UL << 32, (LPI + 1UL) << 32, 0); /* MAPTI */
	say("own: translation table %u", words_set(ITT));
	command(0x03 | 2UL << 32, 0, 0); /* INT */
	say("own: CREADR 0x%llx of 0x%llx", (unsigned long long)*doubleword(its + GITS_CREADR),
	    (unsigned long long)queued);
}

void payload_main(void)
{
	uint64_t target =
	    machine_option("target", machine.kept_count != 0U ? machine.kept[0].base : 0UL);

	its = machine_option("its", ITS_DEFAULT);
	if (target == 0UL || machine.gic != 3U || !machine_ram(MEMORY, CLEARED)) {
		say("not ok: no target, no GICv3, or no RAM at 0x%llx", (unsigned long long)MEMORY);
		return;
	}
	say("target 0x%llx", (unsigned long long)target);
	for (uint64_t at = MEMORY; at < MEMORY + CLEARED; at += 8U)
		*doubleword(at) = 0;
	redistributor(machine.gic_redistributor, target);
	interrupt_translation(target);
	if (machine_option("show", 0) != 0U) /* where nobody stops us */
		say("aimed: %u words of the target written", words_set(target));
	say("done");
}
