// SPDX-License-Identifier: Apache-2.0
#include "arm64/mmu.h"

#include <stddef.h>
#include <string.h>

#include "core/lock.h"
#include "core/machine.h"

#include "arm64/layout.h"
#include "arm64/sysreg.h"
#include "arm64/tlb.h"

#define ENTRIES 512
#define TABLES  28
#define BLOCK   (2UL << 20)

#define DESCRIPTOR_VALID   1UL
#define DESCRIPTOR_TABLE   3UL /* also a page at level 3 */
#define DESCRIPTOR_AF      (1UL << 10)
#define DESCRIPTOR_INNER   (3UL << 8)
#define DESCRIPTOR_AP1     (1UL << 6)
#define DESCRIPTOR_ADDRESS 0x0000fffffffff000UL

#define ATTRIBUTE_DEVICE 0UL
#define ATTRIBUTE_NORMAL 1UL
#define MAIR_VALUE       0xff04UL /* 0: Device-nGnRE, 1: normal, write-back, allocating */

#define TREE_LIMIT (2UL << 20) /* largest tree of the boot protocol */

static uint64_t tables[TABLES][ENTRIES] __attribute__((section(".page_tables"), aligned(4096)));
static unsigned tables_used;
static bool e2h;
static uint64_t tree_size;

struct boot_handover boot_handover;

/* Loaded by mmu_enable() in head.S with the MMU off, hence one line, in this order. */
struct {
	uint64_t mair, tcr, ttbr0, sctlr;
} mmu_registers __attribute__((aligned(64)));

extern char boot_area[];

static uint64_t leaf(enum mmu_access access)
{
	uint64_t never = e2h ? MMU_DESCRIPTOR_XN | MMU_DESCRIPTOR_PXN : MMU_DESCRIPTOR_XN;
	uint64_t normal = DESCRIPTOR_AF | DESCRIPTOR_INNER | (ATTRIBUTE_NORMAL << 2) |
			  (e2h ? 0UL : DESCRIPTOR_AP1);
	uint64_t device = DESCRIPTOR_AF | (ATTRIBUTE_DEVICE << 2) | (e2h ? 0UL : DESCRIPTOR_AP1);

	switch (access) {
	case MMU_TEXT:
		/* with E2H bit 54 is UXN, and EL0 never runs from these tables */
		return normal | MMU_DESCRIPTOR_READ_ONLY | MMU_DESCRIPTOR_GUARDED |
		       (e2h ? MMU_DESCRIPTOR_XN : 0UL);
	case MMU_READ:
		return normal | MMU_DESCRIPTOR_READ_ONLY | never;
	case MMU_WRITE:
		return normal | never;
	case MMU_DEVICE:
		return device | never;
	}
	return 0;
}

static unsigned slot(uint64_t address, unsigned level)
{
	return (unsigned)(address >> (39U - 9U * level)) & (ENTRIES - 1U);
}

/* The table that entry `at` of `table` points to, made when there is none; NULL without memory. */
static uint64_t *descend(uint64_t *table, unsigned at)
{
	uint64_t entry = table[at];

	if ((entry & DESCRIPTOR_TABLE) == DESCRIPTOR_TABLE)
		return (uint64_t *)(uintptr_t)(entry & DESCRIPTOR_ADDRESS);
	if ((entry & DESCRIPTOR_VALID) != 0UL || tables_used == TABLES)
		return NULL;
	/* .bss: already zero */
	uint64_t *fresh = tables[tables_used++];

	dsb(ishst); /* the zeroes before the entry that leads to them */
	table[at] = (uint64_t)(uintptr_t)fresh | DESCRIPTOR_TABLE;
	return fresh;
}

bool mmu_map(uint64_t base, uint64_t size, enum mmu_access access)
{
	uint64_t end = (base + size + PAGE_SIZE - 1U) & ~(uint64_t)(PAGE_SIZE - 1U);
	uint64_t at = base & ~(uint64_t)(PAGE_SIZE - 1U);
	uint64_t attributes = leaf(access);

	while (at < end) {
		uint64_t *table = tables[0];

		for (unsigned level = 0; level < 2; level++) {
			table = descend(table, slot(at, level));
			if (table == NULL)
				return false;
		}
		unsigned block = slot(at, 2);

		if ((at & (BLOCK - 1U)) == 0UL && end - at >= BLOCK && table[block] == 0UL) {
			table[block] = at | attributes | DESCRIPTOR_VALID;
			at += BLOCK;
			continue;
		}
		if ((table[block] & DESCRIPTOR_TABLE) == DESCRIPTOR_VALID) {
			at = (at | (BLOCK - 1U)) + 1U; /* a block is there already */
			continue;
		}
		table = descend(table, block);
		if (table == NULL)
			return false;
		unsigned page = slot(at, 3);

		if (table[page] == 0UL)
			table[page] = at | attributes | DESCRIPTOR_TABLE;
		at += PAGE_SIZE;
	}
	dsb(ishst); /* tables before the next access through them */
	isb();
	return true;
}

/* Entry that decides about `address`; `level` says where it was found. */
static uint64_t *find(uint64_t address, unsigned *level)
{
	uint64_t *table = tables[0];

	for (*level = 0;; (*level)++) {
		uint64_t *entry = &table[slot(address, *level)];

		if (*level == 3 || (*entry & DESCRIPTOR_TABLE) != DESCRIPTOR_TABLE)
			return entry;
		table = (uint64_t *)(uintptr_t)(*entry & DESCRIPTOR_ADDRESS);
	}
}

void mmu_unmap(uint64_t base, uint64_t size)
{
	uint64_t end = (base + size + PAGE_SIZE - 1U) & ~(uint64_t)(PAGE_SIZE - 1U);
	uint64_t at = base & ~(uint64_t)(PAGE_SIZE - 1U);

	while (at < end) {
		unsigned level;
		uint64_t *entry = find(at, &level);
		uint64_t step = 1UL << (39U - 9U * level);

		if ((*entry & DESCRIPTOR_VALID) != 0UL) {
			*entry = 0;
			tlb_drop_own(at);
		}
		at = (at & ~(step - 1U)) + step;
	}
	tlb_wait(); /* all CPUs have dropped them */
}

/*
 * The window: a page of the image whose descriptor is exchanged. Between two uses it is invalid, so
 * no CPU has a translation of it, whatever it speculates.
 */
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct lock window_lock; /* the descriptor of `window`; a leaf */

/*
 * Lines of [from, from + size) are in memory, and gone from the caches: the host may read and write
 * past them, which a line from an earlier time would hide.
 */
static void drop_lines(const char *from, size_t size)
{
	uint64_t line = 4UL << ((sysreg_read(ctr_el0) >> 16) & 15U);

	for (const char *c = (const char *)((uintptr_t)from & ~(line - 1U)); c < from + size;
	     c += line)
		__asm__ volatile("dc civac, %0" ::"r"(c) : "memory");
	dsb(sy);
}

/* Takes the lock; where `physical` lies in the window from now on. */
static char *open_window(uint64_t physical, size_t size, enum mmu_access access)
{
	uint64_t at = (uint64_t)(uintptr_t)window;
	char *place = window + (physical & (PAGE_SIZE - 1U));
	unsigned level;
	uint64_t *entry;

	INVARIANT(size <= PAGE_SIZE - (physical & (PAGE_SIZE - 1U)));
	lock_take(&window_lock);
	mmu_unmap(at, PAGE_SIZE);
	entry = find(at, &level);
	INVARIANT(level == 3U);
	*entry = (physical & DESCRIPTOR_ADDRESS) | leaf(access) | DESCRIPTOR_TABLE;
	machine_table_publish();
	drop_lines(place, size);
	return place;
}

static void close_window(void)
{
	mmu_unmap((uint64_t)(uintptr_t)window, PAGE_SIZE);
	lock_release(&window_lock);
}

void mmu_host_read(void *to, uint64_t physical, size_t size)
{
	memcpy(to, open_window(physical, size, MMU_READ), size);
	close_window();
}

void mmu_host_write(uint64_t physical, const void *from, size_t size)
{
	char *place = open_window(physical, size, MMU_WRITE);

	memcpy(place, from, size);
	drop_lines(place, size);
	close_window();
}

void mmu_host_zero(uint64_t physical)
{
	char *place = open_window(physical, PAGE_SIZE, MMU_WRITE);

	memset(place, 0, PAGE_SIZE);
	drop_lines(place, PAGE_SIZE); /* in memory, for who reads past the caches */
	close_window();
}

uint64_t mmu_lookup(uint64_t address)
{
	unsigned level;
	uint64_t entry = *find(address, &level);

	return (entry & DESCRIPTOR_VALID) != 0UL ? entry : 0UL;
}

uint64_t mmu_tree_size(void)
{
	return tree_size;
}

/* totalsize of the blob, or one page when it is none: the planner then says what is wrong. */
static uint64_t tree_extent(uint64_t tree)
{
	const uint32_t *header = (const uint32_t *)(uintptr_t)tree;

	if ((tree & 7U) != 0UL)
		return PAGE_SIZE;
	/* x0 of a loader that does not hand over a tree may be anything */
	if (!memory_answers(tree))
		return 0;
	if (tree == 0UL || __builtin_bswap32(header[0]) != 0xd00dfeedU)
		return PAGE_SIZE;
	uint64_t size = __builtin_bswap32(header[1]);

	return size > TREE_LIMIT ? TREE_LIMIT : size;
}

void mmu_prepare(const struct boot_handover *handover)
{
	uint64_t range = id_field(sysreg_read(id_aa64mmfr0_el1), 0);
	uint64_t start = (uint64_t)(uintptr_t)image_start;
	uint64_t guard = (uint64_t)(uintptr_t)boot_area + CPU_AREA_GUARD;
	uint64_t sctlr = SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_WXN;
	uint64_t pfr1 = sysreg_read(id_aa64pfr1_el1);
	uint64_t isar1 = sysreg_read(id_aa64isar1_el1);

	e2h = handover->e2h != 0UL;
	tables_used = 1;
	mmu_map(start, (uint64_t)(uintptr_t)text_end - start, MMU_TEXT);
	mmu_map((uint64_t)(uintptr_t)text_end, (uint64_t)(rodata_end - text_end), MMU_READ);
	mmu_map((uint64_t)(uintptr_t)rodata_end, guard - (uint64_t)(uintptr_t)rodata_end,
		MMU_WRITE);
	mmu_map(guard + PAGE_SIZE, (uint64_t)(uintptr_t)image_end - guard - PAGE_SIZE, MMU_WRITE);
	tree_size = tree_extent(handover->tree);
	mmu_map(handover->tree, tree_size, MMU_READ);

	if (range > 5U)
		range = 5; /* 48 bits: more needs other descriptors */
	if (id_field(pfr1, 0) != 0U)
		sctlr |= SCTLR_BT2;
	if (id_field(isar1, 4) != 0U || id_field(isar1, 8) != 0U ||
	    id_field(sysreg_read(ID_AA64ISAR2_EL1), 12) != 0U)
		sctlr |= SCTLR_ENIA;
	mmu_registers.mair = MAIR_VALUE;
	/* 48-bit addresses, 4 KiB granule, walks inner and outer write-back, inner shareable */
	mmu_registers.tcr = 16UL | (1UL << 8) | (1UL << 10) | (3UL << 12);
	mmu_registers.tcr |= e2h ? (1UL << 23) | (range << 32) /* EPD1, IPS */
				 : (1UL << 31) | (1UL << 23) | (range << 16);
	mmu_registers.ttbr0 = (uint64_t)(uintptr_t)tables[0];
	mmu_registers.sctlr = sctlr;
}
