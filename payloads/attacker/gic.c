// SPDX-License-Identifier: Apache-2.0
/*
 * The GIC: redistributor and ITS read and write memory where their registers, tables and commands
 * say. The target is a page of ours that was given away: what a device writes to it shows when it
 * comes back.
 */
#include <libfdt.h>

#include "attack.h"
#include "given.h"
#include "sysreg.h"

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
#define INNER_WB    (7UL << 59)
#define INNER_SHARE (1UL << 10)
#define QUIESCENT   (1U << 31)
#define ENABLE_LPIS 1U
#define ADDRESS     0x000ffffffffff000UL
#define ID_BITS     15UL /* of a PROPBASER, less one */
#define LPI         8192UL

/* Our pages: the target, then aligned to 64 KiB a queue of 64 KiB and a table of interrupts. */
#define TARGET_PAGE  16U
#define QUEUE_PAGE   32U
#define QUEUE_PAGES  16UL
#define TABLE_PAGE   64U
#define PENDING_PAGE 80U

#define PATIENCE 1000000U /* reads of a register that must change by itself */

static volatile uint64_t *doubleword(uint64_t at)
{
	return (volatile uint64_t *)(uintptr_t)at;
}

static volatile uint32_t *word(uint64_t at)
{
	return (volatile uint32_t *)(uintptr_t)at;
}

/* ---- redistributor ---- */

/* The register takes the address of a page that is no longer ours. */
static enum attack_outcome aim_register(uint64_t at, uint64_t value, const char *name)
{
	uint64_t before = *doubleword(at), now;

	*doubleword(at) = value;
	now = *doubleword(at);
	if (now != before)
		*doubleword(at) = before;
	return attack_judge((now & ADDRESS) == (value & ADDRESS), "%s 0x%llx after 0x%llx", name,
			    (unsigned long long)now, (unsigned long long)value);
}

static enum attack_outcome aim_at_given(uint64_t at, uint64_t bits, const char *name)
{
	uint64_t page = given_page(TARGET_PAGE);
	enum attack_outcome outcome;

	if (!given_donate(page))
		return ATTACK_STOPPED;
	outcome = aim_register(at, page | bits, name);
	(void)given_return(page);
	return outcome;
}

enum attack_outcome attack_propbaser_given(void)
{
	return aim_at_given(machine.gic_redistributor + GICR_PROPBASER, ID_BITS, "GICR_PROPBASER");
}

enum attack_outcome attack_pendbaser_given(void)
{
	return aim_at_given(machine.gic_redistributor + GICR_PENDBASER, 0, "GICR_PENDBASER");
}

enum attack_outcome attack_propbaser_image(void)
{
	if (machine.kept_count == 0U)
		return attack_absent("nothing is withheld");
	return aim_register(machine.gic_redistributor + GICR_PROPBASER,
			    machine.kept[0].base | ID_BITS, "GICR_PROPBASER");
}

enum attack_outcome attack_pendbaser_image(void)
{
	if (machine.kept_count == 0U)
		return attack_absent("nothing is withheld");
	return aim_register(machine.gic_redistributor + GICR_PENDBASER,
			    (machine.kept[0].base + 0xffffU) & ~0xffffUL, "GICR_PENDBASER");
}

/* With whatever reset or firmware left in the registers. */
enum attack_outcome attack_enable_lpis_unchecked(void)
{
	uint64_t at = machine.gic_redistributor + GICR_CTLR;
	uint32_t before = *word(at), now;

	*word(at) = before | ENABLE_LPIS;
	now = *word(at);
	*word(at) = before;
	return attack_judge((now & ENABLE_LPIS) != 0U, "GICR_CTLR 0x%x, without tables of ours",
			    now);
}

/* A pair of words is no access that the guard carries out; the page is not there for others. */
enum attack_outcome attack_propbaser_by_pair(void)
{
	uint64_t at = machine.gic_redistributor + GICR_PROPBASER, before = *doubleword(at), now;
	uint64_t config = given_page(TARGET_PAGE) | ID_BITS, pending = *doubleword(at + 8U);

	exception_expect();
	__asm__ volatile("stp %0, %1, [%2]" ::"r"(config), "r"(pending), "r"(at) : "memory");
	(void)exception_end(NULL);
	now = *doubleword(at);
	exception_expect();
	__asm__ volatile("stp %0, %1, [%2]" ::"r"(before), "r"(pending), "r"(at) : "memory");
	(void)exception_end(NULL);
	return attack_judge((now & ADDRESS) == (config & ADDRESS),
			    "GICR_PROPBASER 0x%llx after STP", (unsigned long long)now);
}

/* Both tables in good form and LPIs on: then one of them is moved. */
enum attack_outcome attack_propbaser_while_enabled(void)
{
	uint64_t base = machine.gic_redistributor, tables = given_page(PENDING_PAGE), now;

	*doubleword(base + GICR_PROPBASER) = (tables + 0x10000U) | ID_BITS;
	*doubleword(base + GICR_PENDBASER) = tables;
	*word(base + GICR_CTLR) |= ENABLE_LPIS;
	if ((*word(base + GICR_CTLR) & ENABLE_LPIS) == 0U)
		attack_broken("LPIs with good tables are not enabled");
	*doubleword(base + GICR_PROPBASER) = (tables + 0x20000U) | ID_BITS;
	now = *doubleword(base + GICR_PROPBASER);
	*word(base + GICR_CTLR) &= ~ENABLE_LPIS;
	return attack_judge((now & ADDRESS) == tables + 0x20000U, "GICR_PROPBASER 0x%llx",
			    (unsigned long long)now);
}

/* ---- ITS ---- */

static uint64_t its(void)
{
	const void *tree = machine.tree;
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,gic-v3-its"), length;
	const fdt32_t *cells = node < 0 ? NULL : fdt_getprop(tree, node, "reg", &length);

	if (cells == NULL || length < 8)
		return 0;
	return (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
}

static uint64_t queued;

static void its_off(uint64_t base)
{
	*word(base + GITS_CTLR) = 0;
	for (unsigned i = 0; (*word(base + GITS_CTLR) & QUIESCENT) == 0U; i++)
		if (i == PATIENCE) {
			attack_broken("the ITS does not become quiescent");
			return;
		}
}

/* A queue of ours, tables as `devices` and `collections` say, and the ITS on. */
static void its_on(uint64_t base, uint64_t devices, uint64_t collections)
{
	its_off(base);
	*doubleword(base + GITS_BASER0) = VALID | INNER_WB | INNER_SHARE | devices;
	*doubleword(base + GITS_BASER1) = VALID | INNER_WB | INNER_SHARE | collections;
	*doubleword(base + GITS_CBASER) =
	    VALID | INNER_WB | INNER_SHARE | given_page(QUEUE_PAGE) | (QUEUE_PAGES - 1U);
	queued = 0;
	*word(base + GITS_CTLR) = 1;
}

static void command(uint64_t base, uint64_t first, uint64_t second, uint64_t third)
{
	volatile uint64_t *slot = doubleword(given_page(QUEUE_PAGE) + queued);

	slot[0] = first;
	slot[1] = second;
	slot[2] = third;
	slot[3] = 0;
	dsb_sy();
	queued += 32U;
	*doubleword(base + GITS_CWRITER) = queued;
	for (unsigned i = 0; *doubleword(base + GITS_CREADR) != queued; i++)
		if (i == PATIENCE) {
			attack_broken("the ITS does not execute a command");
			return;
		}
}

#define MAPD(device, table)       0x08UL | (uint64_t)(device) << 32, 4, VALID | (table)
#define MAPD_OFF(device)          0x08UL | (uint64_t)(device) << 32, 4, 0
#define MAPC(collection)          0x09UL, 0, VALID | (collection)
#define MAPTI(device, event, lpi) 0x0aUL | (uint64_t)(device) << 32, (event) | (lpi) << 32, 0

/* Both pages of tables: two of ours, unless one is the target. */
static enum attack_outcome aim_table(bool devices)
{
	uint64_t base = its(), target = given_page(TARGET_PAGE), own = given_page(TABLE_PAGE);
	unsigned changed;

	if (base == 0U)
		return attack_absent("no ITS");
	if (!given_donate(target))
		return ATTACK_STOPPED;
	its_on(base, devices ? target : own, devices ? own : target);
	command(base, MAPC(0UL));
	command(base, MAPD(1, own + 0x2000U));
	its_off(base);
	changed = given_return(target);
	return attack_judge(changed != 0U, "the ITS wrote %u words of a page that is not ours",
			    changed);
}

enum attack_outcome attack_device_table(void)
{
	return aim_table(true);
}

enum attack_outcome attack_collection_table(void)
{
	return aim_table(false);
}

/*
 * A device's table of interrupts is the target: at once or, when `moved`, after one of ours, which
 * the ITS must have written.
 */
static enum attack_outcome aim_translation(bool moved)
{
	uint64_t base = its(), target = given_page(TARGET_PAGE), own = given_page(TABLE_PAGE);
	uint64_t device = moved ? 3U : 2U, good = own + 0x2000U;
	unsigned changed;

	if (base == 0U)
		return attack_absent("no ITS");
	if (!given_donate(target))
		return ATTACK_STOPPED;
	*doubleword(good) = 0;
	dsb_sy();
	its_on(base, own, own + 0x1000U);
	command(base, MAPC(0UL));
	if (moved) {
		command(base, MAPD(device, good));
		command(base, MAPTI(device, 0UL, LPI));
		if (*doubleword(good) == 0U)
			attack_broken("the ITS does not use a table of ours");
	}
	command(base, MAPD(device, target));
	command(base, MAPTI(device, moved ? 1UL : 0UL, LPI + (moved ? 1U : 0U)));
	command(base, MAPD_OFF(device));
	its_off(base);
	changed = given_return(target);
	return attack_judge(changed != 0U, "the ITS wrote %u words of a page that is not ours",
			    changed);
}

enum attack_outcome attack_translation_table(void)
{
	return aim_translation(false);
}

enum attack_outcome attack_translation_table_moved(void)
{
	return aim_translation(true);
}

static enum attack_outcome aim_queue(uint64_t target)
{
	uint64_t base = its(), value = VALID | INNER_WB | INNER_SHARE | target;

	if (base == 0U)
		return attack_absent("no ITS");
	its_off(base);
	return aim_register(base + GITS_CBASER, value, "GITS_CBASER");
}

enum attack_outcome attack_queue_given(void)
{
	uint64_t page = given_page(TARGET_PAGE);
	enum attack_outcome outcome;

	if (!given_donate(page))
		return ATTACK_STOPPED;
	outcome = aim_queue(page);
	(void)given_return(page);
	return outcome;
}

enum attack_outcome attack_queue_image(void)
{
	if (machine.kept_count == 0U)
		return attack_absent("nothing is withheld");
	return aim_queue(machine.kept[0].base);
}

enum attack_outcome attack_queue_by_pair(void)
{
	uint64_t base = its(), value = VALID | given_page(TARGET_PAGE), before, now;

	if (base == 0U)
		return attack_absent("no ITS");
	its_off(base);
	before = *doubleword(base + GITS_CBASER);
	exception_expect();
	__asm__ volatile("stp %0, xzr, [%1]" ::"r"(value), "r"(base + GITS_CBASER) : "memory");
	now = *doubleword(base + GITS_CBASER);
	__asm__ volatile("stp %0, xzr, [%1]" ::"r"(before), "r"(base + GITS_CBASER) : "memory");
	(void)exception_end(NULL);
	return attack_judge((now & ADDRESS) == (value & ADDRESS), "GITS_CBASER 0x%llx after STP",
			    (unsigned long long)now);
}

/* ---- a page that the GIC uses changes hands ---- */

/* The redistributor writes its pending table: it must not become somebody else's meanwhile. */
enum attack_outcome attack_donate_pending_table(void)
{
	uint64_t at = machine.gic_redistributor + GICR_PENDBASER, page = given_page(PENDING_PAGE);
	uint64_t now;
	int64_t status;

	*doubleword(at) = page;
	now = *doubleword(at);
	if ((now & ADDRESS) != page)
		return attack_absent("the pending table cannot be moved");
	status = given_call(MEM_DONATE, page, 1);
	if (status == GIVEN_SUCCESS)
		(void)given_call(MEM_RETURN, page, 1);
	return attack_judge(status == GIVEN_SUCCESS, "MEM_DONATE of GICR_PENDBASER's 0x%llx: %lld",
			    (unsigned long long)page, (long long)status);
}
