/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that the assembly and the C code of this room share. */
#ifndef PORTCULLIS_LAYOUT_H
#define PORTCULLIS_LAYOUT_H

#define PAGE_SIZE 4096

/*
 * One area per CPU, aligned to its size:
 *   [0, 4K)    struct cpu, and above it the emergency stack of the crash report
 *   [4K, 8K)   guard page, never mapped
 *   [8K, 16K)  stack; bit 13 of a good stack pointer is therefore set after any push
 */
#define CPU_AREA_SIZE      16384
#define CPU_AREA_STACK_BIT 13
#define CPU_AREA_GUARD     4096

/* Offsets in struct cpu, checked in cpu.c. TPIDR_EL2 points to it. */
#define CPU_INDEX     0
#define CPU_FLAGS     4
#define CPU_STACK     8
#define CPU_CANARY    16 /* -mstack-protector-guard-offset in build.mk */
#define CPU_KEY       24 /* APIA key of this CPU at EL2, low then high word */
#define CPU_EMERGENCY 40
#define CPU_ENTRY_PC  48

#define CPU_FLAG_PAC 1

/* struct host_frame: what the vectors save of the host's registers. */
#define FRAME_X0   0
#define FRAME_X18  144
#define FRAME_X29  152
#define FRAME_X30  160
#define FRAME_KEY  176 /* the host's APIA key while the hypervisor's own is loaded */
#define FRAME_X19  192 /* up to x28; saved only where a data access is carried out for the host */
#define FRAME_SIZE 272

/* struct crash_frame: everything, saved when EL2 itself takes an exception. */
#define CRASH_X0     0
#define CRASH_SP     248
#define CRASH_ELR    256
#define CRASH_SPSR   264
#define CRASH_ESR    272
#define CRASH_FAR    280
#define CRASH_HPFAR  288
#define CRASH_VECTOR 296
#define CRASH_SIZE   304

/* What the boot code leaves for C, in struct boot_handover. */
#define HANDOVER_TREE       0
#define HANDOVER_LEVEL      8
#define HANDOVER_E2H        16
#define HANDOVER_ENTRY_TIME 24

#endif
