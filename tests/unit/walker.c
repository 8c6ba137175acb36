/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "walker.h"

#define ENTRIES 512U

static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (~0ULL >> (63U - (high - low)));
}

/* 4 KiB pages at level 3, and 9 bits of the input address for each level above. */
uint64_t walk_span(unsigned level)
{
	static const uint64_t span[] = {512ULL << 30, 1ULL << 30, 2ULL << 20, 4096};

	return span[level];
}

static void object(struct walk *walk, const char *fault, uint64_t base, uint64_t descriptor)
{
	if (walk->fault != NULL)
		return;
	walk->fault = fault;
	walk->fault_base = base;
	walk->fault_descriptor = descriptor;
}

static void note(struct walk *walk, uint64_t base, uint64_t end, unsigned kind)
{
	if (walk->run.kind == kind && walk->run.end == base) {
		walk->run.end = end;
		return;
	}
	extents_append(&walk->kinds, walk->run.base, walk->run.end, walk->run.kind);
	walk->run = (struct extent){base, end, kind};
}

/* Attributes of a block or page: D8.3.1.2, D8.6, and S2AP of D8.4. */
static enum walk_kind attributes(struct walk *walk, uint64_t base, uint64_t descriptor)
{
	uint64_t memory = bits(descriptor, 5, 2);
	uint64_t access = bits(descriptor, 7, 6);
	uint64_t share = bits(descriptor, 9, 8);
	uint64_t never = bits(descriptor, 54, 53);

	if (bits(descriptor, 10, 10) != 1U)
		object(walk, "access flag clear: faults at the first access", base, descriptor);
	if (access != 3U)
		object(walk, "not readable and writable", base, descriptor);
	if (bits(descriptor, 11, 11) != 0U || bits(descriptor, 52, 48) != 0U ||
	    bits(descriptor, 63, 55) != 0U)
		object(walk, "bits set that have a meaning of their own", base, descriptor);
	if (memory == 0xfU && never == 0U && share == 3U)
		return WALK_RAM;
	if (memory == 0x5U && never == 2U)
		return WALK_DEVICE;
	object(walk, "neither RAM nor device", base, descriptor);
	return WALK_NOTHING;
}

static void table(struct walk *walk, uint64_t page, unsigned level, uint64_t base);

static void entry(struct walk *walk, uint64_t descriptor, unsigned level, uint64_t base,
		  uint64_t span)
{
	if (bits(descriptor, 0, 0) == 0U) {
		note(walk, base, base + span, WALK_NOTHING);
		return;
	}
	if (level < 3U && bits(descriptor, 1, 1) == 1U) {
		if (bits(descriptor, 63, 48) != 0U || bits(descriptor, 11, 2) != 0U)
			object(walk, "table descriptor with more than an address", base,
			       descriptor);
		table(walk, descriptor & 0x0000fffffffff000ULL, level + 1U, base);
		return;
	}
	if (level == 0U || (level == 3U && bits(descriptor, 1, 1) == 0U)) {
		object(walk, "reserved descriptor, taken as invalid", base, descriptor);
		note(walk, base, base + span, WALK_NOTHING);
		return;
	}
	if (walk->changing && level < 3U)
		descriptor &= ~(1ULL << 16); /* nT */
	if ((descriptor & 0x0000fffffffff000ULL) != base)
		object(walk, "output address is not the input address", base, descriptor);
	walk->blocks[level]++;
	note(walk, base, base + span, attributes(walk, base, descriptor));
}

static void entries(struct walk *walk, const uint64_t *words, uint64_t count, unsigned level,
		    uint64_t base)
{
	uint64_t span = walk_span(level);

	for (uint64_t i = 0, zeroes; i < count; i++) {
		for (zeroes = i; zeroes < count && words[zeroes] == 0U; zeroes++)
			;
		if (zeroes > i) {
			note(walk, base + i * span, base + zeroes * span, WALK_NOTHING);
			i = zeroes - 1U;
		} else {
			entry(walk, words[i], level, base + i * span, span);
		}
	}
}

static void table(struct walk *walk, uint64_t page, unsigned level, uint64_t base)
{
	uint64_t *words;

	if (walk->fault != NULL) {
		note(walk, base, base + walk_span(level) * ENTRIES, WALK_NOTHING);
		return;
	}
	walk->tables = realloc(walk->tables, (walk->table_count + 1U) * sizeof(struct walk_table));
	if (walk->tables == NULL)
		abort();
	for (size_t i = 0; i < walk->table_count; i++)
		if (walk->tables[i].page == page)
			object(walk, "table in use at two places", base, page);
	walk->tables[walk->table_count++] = (struct walk_table){page, base, level};
	if (page < fake.memory_base || page - fake.memory_base >= fake.memory_size) {
		object(walk, "table outside the pool", base, page);
		note(walk, base, base + walk_span(level) * ENTRIES, WALK_NOTHING);
		return;
	}
	words = (uint64_t *)(void *)(fake.memory + (page - fake.memory_base));
	entries(walk, words, ENTRIES, level, base);
}

void walk_start(struct walk *walk, const struct walk_registers *registers)
{
	/* VTCR_EL2.SL0 for the 4 KiB granule: D8.2.8, table of initial lookup levels */
	static const unsigned first[] = {2, 1, 0};
	uint64_t input = 1ULL << (64U - registers->t0sz);
	uint64_t one, tables;
	unsigned level;

	memset(walk, 0, sizeof(*walk));
	walk->changing = registers->changing;
	if (registers->sl0 > 2U) {
		object(walk, "SL0 is reserved", 0, registers->sl0);
		return;
	}
	level = first[registers->sl0];
	one = walk_span(level) * ENTRIES;
	tables = input <= one ? 1U : input / one;
	if (tables > 16U)
		object(walk, "more than 16 concatenated tables", 0, registers->t0sz);
	/* the input must at least use one bit of the level: otherwise a start lower down is due */
	if (input <= walk_span(level))
		object(walk, "T0SZ too large for SL0", 0, registers->t0sz);
	if ((registers->baddr & (tables * 4096U - 1U)) != 0U)
		object(walk, "concatenated tables not aligned to their sum", 0, registers->baddr);
	for (uint64_t i = 0; i < tables && walk->fault == NULL; i++) {
		if (input >= one) {
			table(walk, registers->baddr + i * 4096U, level, i * one);
		} else {
			/* only the first descriptors of the table are in reach */
			uint64_t *words = (uint64_t *)(void *)(fake.memory + (registers->baddr -
									      fake.memory_base));

			walk->tables = calloc(1, sizeof(struct walk_table));
			if (walk->tables == NULL)
				abort();
			walk->tables[0] = (struct walk_table){registers->baddr, 0, level};
			walk->table_count = 1;
			entries(walk, words, input / walk_span(level), level, 0);
		}
	}
	note(walk, 0, 0, WALK_NOTHING);
}

void walk_free(struct walk *walk)
{
	extents_free(&walk->kinds);
	free(walk->tables);
	walk->tables = NULL;
	walk->table_count = 0;
}

void walk_assert_sound(const struct walk *walk)
{
	if (walk->fault != NULL)
		fail_msg("table walk at 0x%llx: %s (0x%llx)", (unsigned long long)walk->fault_base,
			 walk->fault, (unsigned long long)walk->fault_descriptor);
}
