/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage-2 table walk as the architecture describes it (DDI 0487, D8.2 and D8.3, 4 KiB granule):
 * from the values in VTTBR_EL2 and VTCR_EL2 and the words in memory, and from nothing that the
 * hypervisor's own code says. It walks every table and objects to all that a CPU would not take as
 * meant.
 */
#ifndef PORTCULLIS_TEST_WALKER_H
#define PORTCULLIS_TEST_WALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extents.h"

enum walk_kind {
	WALK_NOTHING,
	WALK_RAM,    /* normal write-back, read, write, execute */
	WALK_DEVICE, /* normal non-cacheable, read, write, no execution */
};

struct walk_registers {
	uint64_t baddr; /* VTTBR_EL2.BADDR: address of the first table */
	unsigned t0sz, sl0;
	bool changing; /* blocks may have nT: their size is just being changed */
};

struct walk_table {
	uint64_t page; /* physical address */
	uint64_t base; /* first input address */
	unsigned level;
};

struct walk {
	bool changing;
	const char *fault; /* NULL, or what is wrong with the tables, and where */
	uint64_t fault_base;
	uint64_t fault_descriptor;
	struct extents kinds;
	struct extent run;         /* what is not yet in `kinds` */
	struct walk_table *tables; /* concatenated roots one by one; parents before children */
	size_t table_count;
	size_t blocks[4]; /* leaves by level */
};

/* Bytes that one descriptor of `level` covers. */
uint64_t walk_span(unsigned level);

/* Reads through the fake machine's table memory. */
void walk_start(struct walk *walk, const struct walk_registers *registers);
void walk_free(struct walk *walk);

/* Fails the test when the walk found a fault. */
void walk_assert_sound(const struct walk *walk);

#endif
