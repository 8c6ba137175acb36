/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image header, the first instructions of the boot CPU, and the entry of every CPU that firmware
 * starts or wakes. Documentation/arch/arm64/booting of Linux is the contract in both directions.
 */
#include "arm64/asm.h"
#include "arm64/layout.h"

	.section .head.text, "ax"

SYMBOL(image_header)
	b	primary_entry
	.long	0
	.quad	0				/* text_offset */
	.long	image_size, 0			/* in halves: a quad would be relocated */
	.quad	0xa				/* little-endian, 4K pages, anywhere in RAM */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0

/*
 * x0 = device tree, MMU and caches off, all else unknown: nothing is inherited. x19.. hold what must
 * outlive the first calls of C.
 */
SYMBOL(primary_entry)
	mrs	x20, cntpct_el0
	mov	x19, x0
	msr	daifset, #0xf
	mrs	x21, CurrentEL
	lsr	x21, x21, #2
	mov	x22, #0
	cmp	x21, #2
	b.ne	1f
	bl	el2_baseline
	mov	x22, x0				/* E2H is stuck at 1 */
1:
	/* .bss, through the memory and not the caches, which are off */
	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b

	/* R_AARCH64_RELATIVE is the only kind that the linker leaves; build.mk checks it */
	adrp	x0, rela_start
	add	x0, x0, :lo12:rela_start
	adrp	x1, rela_end
	add	x1, x1, :lo12:rela_end
	adrp	x2, image_start			/* run-time address of link address 0 */
3:	cmp	x0, x1
	b.hs	4f
	ldp	x3, x4, [x0], #16
	ldr	x5, [x0], #8
	add	x5, x5, x2
	str	x5, [x3, x2]
	b	3b
4:
	adrp	x0, boot_area
	add	x1, x0, #CPU_AREA_SIZE
	mov	sp, x1
	mov	x29, #0
	cmp	x21, #2
	b.eq	5f
	msr	tpidr_el1, x0
	mov	x0, x19
	mov	x1, x21
	b	boot_wrong_level
5:
	msr	tpidr_el2, x0
	adrp	x23, boot_handover
	add	x23, x23, :lo12:boot_handover
	stp	x19, x21, [x23, #HANDOVER_TREE]
	stp	x22, x20, [x23, #HANDOVER_E2H]

	mov	x0, x23
	bl	mmu_prepare
	/*
	 * What was written with the caches off must not be hidden by stale clean lines that the
	 * loader's caches still hold: drop them before the MMU turns the caches on.
	 */
	adrp	x0, rodata_end
	adrp	x1, image_end
	bl	cache_drop
	mov	x0, x22
	bl	mmu_enable
	mov	x29, #0
	adrp	x0, boot_handover
	add	x0, x0, :lo12:boot_handover
	bl	boot_main
	b	.

/*
 * A CPU that firmware turned on or woke: x0 = struct cpu of it (physical = virtual, cleaned to the
 * point of coherency before the call to firmware), MMU off, at EL2.
 */
SYMBOL(secondary_entry)
	msr	daifset, #0xf
	mov	x19, x0
	bl	el2_baseline
	bl	mmu_enable			/* x0 = E2H as el2_baseline found it */
	msr	tpidr_el2, x19
	ldr	x1, [x19, #CPU_STACK]
	mov	sp, x1
	ldr	w1, [x19, #CPU_FLAGS]
	tbz	w1, #0, 1f
	ldp	x1, x2, [x19, #CPU_KEY]
	msr	APIAKEYLO_EL1, x1
	msr	APIAKEYHI_EL1, x2
	isb					/* before the first PACIASP of C */
1:	mov	x29, #0
	mov	x0, x19
	bl	cpu_start
	b	.

/*
 * bool memory_answers(uint64_t address): false when a load from there ends in an external abort,
 * which trap_el2() turns into this answer. Any CPU, once the vectors are there.
 */
SYMBOL(memory_answers)
	.globl	memory_answers_load
memory_answers_load:
	ldr	w1, [x0]
	mov	w0, #1
	ret
	mov	w0, #0				/* 12 bytes behind the load */
	ret

/*
 * The EL2 state that the following code relies on: HCR_EL2 without anything that redirects it, the
 * vectors, no debug exceptions. Returns x0 = 1 when E2H cannot be cleared (no FEAT_E2H0).
 */
SYMBOL(el2_baseline)
	mov	x0, #(1 << 31)			/* RW */
	msr	hcr_el2, x0
	isb
	mrs	x0, hcr_el2
	ubfx	x0, x0, #34, #1
#ifdef TRY_E2H
	/* test build: behave as on a CPU whose E2H is fixed to 1 */
	mov	x1, #(1 << 31)
	orr	x1, x1, #(1 << 34)
	msr	hcr_el2, x1
	isb
	mov	x0, #1
#endif
	/* SCTLR_EL2: MMU and caches off, RES1 bits; EE little-endian */
	mov_imm	x1, 0x30c50830
	msr	sctlr_el2, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el2, x1
	isb
	ret

/* x0 = E2H. Registers were computed by mmu_prepare() into mmu_registers. */
SYMBOL(mmu_enable)
	adrp	x1, mmu_registers
	add	x1, x1, :lo12:mmu_registers
	ldp	x2, x3, [x1]			/* MAIR, TCR */
	ldp	x4, x5, [x1, #16]		/* TTBR0, SCTLR */
	msr	mair_el2, x2
	msr	tcr_el2, x3
	msr	ttbr0_el2, x4
	isb
	tlbi	alle2				/* nothing inherited */
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x5
	isb
	ret

/*
 * Invalidate [x0, x1) to the point of coherency; both page aligned. What was stored with the MMU off
 * is not ordered with DC by itself: it must be in memory before a line is dropped and read again.
 */
SYMBOL(cache_drop)
	dmb	sy
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4			/* DminLine: log2 of words */
	mov	x3, #4
	lsl	x3, x3, x2
1:	dc	ivac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/* Last step of the boot CPU and of each other: enter_host(pc, context, spsr) does not return. */
SYMBOL(enter_host)
	bti_c
	msr	elr_el2, x0
	msr	spsr_el2, x2
	mov	x0, x1
	mrs	x9, tpidr_el2
	ldr	x10, [x9, #CPU_STACK]
	mov	sp, x10
	ldr	w10, [x9, #CPU_FLAGS]
	tbz	w10, #0, 1f
	msr	APIAKEYLO_EL1, xzr
	msr	APIAKEYHI_EL1, xzr
1:	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	clear_from_x4
	eret
	speculation_barrier

	.section .boot_area, "aw", %nobits
	.balign	CPU_AREA_SIZE
SYMBOL(boot_area)
	.space	CPU_AREA_SIZE
