/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own address space: stage 1 of EL2, virtual = physical, nothing mapped that is
 * not needed, nothing both writable and executable.
 *
 * State: one set of tables in mmu.c. Only the boot CPU changes it and only before the host starts
 * (the crash report excepted), so there is no lock. The exception is one page, the window, through
 * which mmu_host_read() and its like see a page of the host for as long as they copy, under
 * a lock of its own.
 */
#ifndef PORTCULLIS_MMU_H
#define PORTCULLIS_MMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mmu_access {
	MMU_TEXT,   /* read, execute; guarded by BTI where the CPU has it */
	MMU_READ,   /* normal memory, read-only */
	MMU_WRITE,  /* normal memory, read and write */
	MMU_DEVICE, /* Device-nGnRE, read and write */
};

/* What the boot code hands to C; offsets in layout.h. */
struct boot_handover {
	uint64_t tree;       /* physical address of the device tree */
	uint64_t level;      /* exception level at entry */
	uint64_t e2h;        /* 1: HCR_EL2.E2H cannot be cleared */
	uint64_t entry_time; /* CNTPCT_EL0 at the first instruction */
};

extern struct boot_handover boot_handover;

/*
 * Build the tables of the image and the tree and compute the registers that mmu_enable() loads.
 * Runs with the MMU off. Boot CPU, once.
 */
void mmu_prepare(const struct boot_handover *handover);

/*
 * Map [base, base + size) with pages of 4 KiB and blocks of 2 MiB; both are rounded outward to
 * pages. Pages that are mapped already keep what they have. False when the static tables are used
 * up; what was mapped until then stays.
 */
bool mmu_map(uint64_t base, uint64_t size, enum mmu_access access);

/* Take pages or whole blocks of an earlier mmu_map() away, with TLB maintenance on all CPUs. */
void mmu_unmap(uint64_t base, uint64_t size);

/* core/machine.h: machine_host_read(), _write(), _zero(). */
void mmu_host_read(void *to, uint64_t physical, size_t size);
void mmu_host_write(uint64_t physical, const void *from, size_t size);
void mmu_host_zero(uint64_t physical); /* a page */

/* Descriptor of the page or block that maps `address`, 0 when none: for the self-check and reports.
 */
uint64_t mmu_lookup(uint64_t address);

#define MMU_DESCRIPTOR_READ_ONLY (1UL << 7)
#define MMU_DESCRIPTOR_PXN       (1UL << 53)
#define MMU_DESCRIPTOR_XN        (1UL << 54)
#define MMU_DESCRIPTOR_GUARDED   (1UL << 50)

/* Bytes of tree that were mapped at boot; 0 when there is no memory where the tree should be. */
uint64_t mmu_tree_size(void);

/* Does a load of the aligned word at `address` end well? In head.S; physical before the MMU is on.
 */
bool memory_answers(uint64_t address);
extern const char memory_answers_load[];
#define MEMORY_ANSWERS_NOT 12U /* from that load to where it is answered with false */

extern const char image_start[], text_end[], rodata_end[], image_end[];

#endif
