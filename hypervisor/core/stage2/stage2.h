/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 page tables of the host: intermediate physical = physical, 4 KiB granule, VMSAv8-64
 * (DDI 0487, chapter D8). Three things can stand at an address: nothing, RAM, device.
 *
 *   RAM     normal memory, write-back, inner shareable; read, write, execute.
 *   device  normal non-cacheable at stage 2, read, write, never execute. The architecture combines
 *           the two stages to the stricter one (D8.6.6): what the host maps as Device stays Device,
 *           what it maps as normal (a frame buffer, write-combining) becomes non-cacheable, and
 *           nothing behind it is ever cacheable. With Device at stage 2 the host's unaligned or
 *           combined accesses to such memory would fault or slow down. HCR_EL2.FWB must be 0.
 *
 * Mapped eagerly in the largest blocks (1 GiB, 2 MiB, 4 KiB). A change splits blocks where it must
 * and joins tables to blocks where it can. Tables come from a pool that is given once; when it is
 * used up the answer is STAGE2_NO_MEMORY and nothing has changed.
 *
 * Break-before-make holds for each valid descriptor that changes: invalid first, then
 * machine_stage2_invalidate() over all that it covered, then the new one. The host may meet the
 * moment in between: its fault handler takes `lock`, asks stage2_lookup() and lets the host repeat
 * the access when it is allowed after all. Where only the size of blocks changes, and not what is
 * mapped, enum stage2_bbm says how much of this the CPUs can do without (FEAT_BBM, D8.16.2).
 *
 * State: struct stage2 and its pages. `lock` protects both; it is a leaf, nothing is taken under it
 * and no call to firmware is made while it is held.
 */
#ifndef PORTCULLIS_STAGE2_H
#define PORTCULLIS_STAGE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lock.h"

#define STAGE2_PAGE         4096UL
#define STAGE2_IPA_BITS_MIN 32U
#define STAGE2_IPA_BITS_MAX 48U

enum stage2_kind {
	STAGE2_NONE, /* any access faults */
	STAGE2_RAM,
	STAGE2_DEVICE,
};

enum stage2_status {
	STAGE2_OK,
	STAGE2_INVALID,   /* unaligned, empty, wraps, or beyond the input size; nothing changed */
	STAGE2_NO_MEMORY, /* the pool cannot supply the tables; nothing changed */
};

/*
 * How a block becomes a table of the same mappings, or the reverse (ID_AA64MMFR2_EL1.BBM). The
 * lowest level of all CPUs counts.
 */
enum stage2_bbm {
	STAGE2_BBM_BREAK,  /* level 0: invalid, TLBI, the new one; in between the host faults */
	STAGE2_BBM_NT,     /* level 1: a block that no TLB keeps (nT), TLBI, the new one, TLBI */
	STAGE2_BBM_DIRECT, /* level 2 and above: the new one, TLBI; a TLB that held both sizes in
			      between may say so with a TLB conflict abort, which EL2 gets */
};

struct stage2 {
	struct lock lock;
	enum stage2_bbm bbm;

	/* For VTCR_EL2 and VTTBR_EL2, as the fields' values. Constant after stage2_init(). */
	uint64_t root;        /* physical address of the first of `root_tables` adjacent tables */
	unsigned ipa_bits;    /* input size; T0SZ = 64 - ipa_bits */
	unsigned start_level; /* 0, 1 or 2; SL0 for 4 KiB = 2 - start_level */
	unsigned root_tables; /* 1 to 16, aligned to their sum */
	unsigned t0sz;
	unsigned sl0;

	/* Pool. */
	uint64_t pool_base;
	unsigned pool_pages;
	unsigned fresh;     /* pages at the start of the pool that were used at least once */
	unsigned free;      /* pages that can be allocated, fresh ones included */
	uint64_t free_list; /* pages that came back, linked through their first word; 0 ends it */

	uint64_t changes; /* successful calls that changed something, for reports */
};

/* What stands at an address: [base, base + size) is mapped by one descriptor (or by none). */
struct stage2_entry {
	enum stage2_kind kind;
	uint64_t base;
	uint64_t size;
};

/*
 * Empty tables for `ipa_bits` (STAGE2_IPA_BITS_MIN to _MAX) from the pool [pool_base, pool_base +
 * pool_pages * 4 KiB), page aligned and not at 0; its content does not matter. The root is taken at
 * once. `bbm` is what the CPUs have that are known so far.
 * STAGE2_NO_MEMORY when even that does not fit. Boot CPU.
 */
enum stage2_status stage2_init(struct stage2 *stage2, uint64_t pool_base, unsigned pool_pages,
			       unsigned ipa_bits, enum stage2_bbm bbm);

/*
 * Let `kind` stand at [base, base + size), whatever stood there; page aligned, not empty. All is
 * checked and counted before the first descriptor changes. Caller holds `lock`, or is the boot CPU
 * before the host runs. The host's mappings change through host_memory_set() only.
 */
enum stage2_status stage2_set(struct stage2 *stage2, uint64_t base, uint64_t size,
			      enum stage2_kind kind);

/* Never fails: an address beyond the input size is STAGE2_NONE. Caller holds `lock`. */
struct stage2_entry stage2_lookup(const struct stage2 *stage2, uint64_t ipa);

/* Raw descriptor that decides about `ipa` and its level, for debuggers and reports; 0 when invalid.
 */
uint64_t stage2_descriptor(const struct stage2 *stage2, uint64_t ipa, unsigned *level);

/* Tables in use, roots included. Caller holds `lock`. */
unsigned stage2_tables(const struct stage2 *stage2);

#endif
