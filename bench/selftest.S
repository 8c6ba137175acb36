/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program whose instructions and exceptions are known exactly, to check what the bench counts.
 * Starts at EL3 of QEMU's virt machine (secure=on, GICv3, one CPU, 2 GiB), goes to EL2, enters EL1 and
 * does there, in this order:
 *
 *                                            instructions at EL2, each
 *   5 HVC #0             answered by EL2                      7
 *   7 SMC #0             trapped, answered by EL2            11
 *   4 HVC #3             forwarded with an SMC               11, one of them TLBI, and 3 at EL3
 *   3 loads              stage-2 fault on RAM                11
 *   2 + 1 loads          stage-2 fault on GICD, on GICR      11
 *   4 loads              stage-2 fault on the UART           11
 *   6 MRS AIDR_EL1       trapped                             11
 *   2 MSR ICC_SGI1R_EL1  trapped: an access to the GIC       11
 *   2 WFI                trapped                             11
 *   3 HVC #1             EL2 interrupts itself               11
 *   3 interrupts         taken before EL1 gets any further    4
 *   1 jump               stage-2 fault of a fetch from RAM   12
 *   1 HVC #2             power-off through EL3               10, one of them TLBI, and 6 at EL3;
 *                                                            never returns
 *
 * EL3's WFI behind it may or may not run before the power is gone.
 *
 * EL2's set-up is straight code from el2_start to el2_end, plus a loop of 1000 rounds of 2.
 */
#define PAGE_FAULT_RAM 0x80000000
#define GICD 0x08000000
#define GICR 0x080a0000
#define UART 0x09000000
#define SECURE_GPIO 0x090b0000

	.arch armv8.2-a
	.text
	.global _start, el3_start, el3_end, el2_start, el2_end
_start:
el3_start:
	adr	x0, el3_vectors
	msr	vbar_el3, x0
	mov	x0, #0x501		/* RW, HCE, NS */
	msr	scr_el3, x0
	mov	x0, #0xf
	msr	s3_6_c12_c12_5, x0	/* ICC_SRE_EL3 */
	isb
	ldr	x1, =GICD
	mov	w0, #0x37		/* all groups, affinity routing in both states */
	str	w0, [x1]
	ldr	x1, =GICR
	str	wzr, [x1, #0x14]	/* GICR_WAKER */
	add	x1, x1, #0x10000
	mov	w0, #-1
	str	w0, [x1, #0x80]		/* GICR_IGROUPR0 */
	mov	w0, #0xffff
	str	w0, [x1, #0x100]	/* GICR_ISENABLER0 */
	adr	x0, el2_start
	msr	elr_el3, x0
	mov	x0, #0x3c9		/* EL2h, all masked */
	msr	spsr_el3, x0
	eret
el3_end:

el2_start:
	adr	x0, el2_vectors
	msr	vbar_el2, x0
	ldr	x0, =0x80092011		/* RW, TSC, TID1, TWI, IMO, VM */
	msr	hcr_el2, x0
	ldr	x0, =0x80023560		/* 4 KiB, start at level 1, 32 bits of IPA, 40 of PA */
	msr	vtcr_el2, x0
	adr	x0, stage2
	msr	vttbr_el2, x0
	mov	x0, #0xf
	msr	s3_4_c12_c9_5, x0	/* ICC_SRE_EL2 */
	isb
	mov	x0, #0xf0
	msr	s3_0_c4_c6_0, x0	/* ICC_PMR_EL1 */
	mov	x0, #1
	msr	s3_0_c12_c12_7, x0	/* ICC_IGRPEN1_EL1 */
	mov	x0, #1000
el2_loop:
	subs	x0, x0, #1
	b.ne	el2_loop
	adr	x0, el1_start
	msr	elr_el2, x0
	mov	x0, #0x3c5		/* EL1h, all masked */
	msr	spsr_el2, x0
	isb
	eret
el2_end:

	.macro	times count, instruction:vararg
	mov	x19, \count
1:	\instruction
	subs	x19, x19, #1
	b.ne	1b
	.endm

el1_start:
	times	#5, hvc #0
	times	#7, smc #0
	times	#4, hvc #3
	ldr	x1, =PAGE_FAULT_RAM
	times	#3, ldr x2, [x1]
	ldr	x1, =GICD
	times	#2, ldr w2, [x1]
	ldr	x1, =GICR
	times	#1, ldr w2, [x1]
	ldr	x1, =UART
	times	#4, ldr w2, [x1]
	times	#6, mrs x2, s3_1_c0_c0_7
	mov	x1, #1
	times	#2, msr s3_0_c12_c11_5, x1
	times	#2, wfi
	times	#3, hvc #1
	ldr	x1, =PAGE_FAULT_RAM
	blr	x1
	hvc	#2
	b	.

	.balign	0x800
el2_vectors:
	.org	el2_vectors + 0x400
	mrs	x9, esr_el2
	lsr	x10, x9, #26
	cmp	x10, #0x16
	b.eq	el2_hvc
	cmp	x10, #0x20
	b	el2_skip
	.org	el2_vectors + 0x480
	mrs	x9, s3_0_c12_c12_0	/* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x9	/* ICC_EOIR1_EL1 */
	isb
	eret
	.org	el2_vectors + 0x800
el2_skip:
	b.eq	el2_fetch
	mrs	x11, elr_el2
	add	x11, x11, #4
	msr	elr_el2, x11
	eret
el2_fetch:
	msr	elr_el2, x30
	mov	x9, #0
	mov	x10, #0
	mov	x11, #0
	eret
el2_hvc:
	ands	x9, x9, #0xffff
	b.eq	el2_back
	cmp	x9, #1
	b.ne	el2_firmware
	msr	s3_0_c12_c11_5, x1	/* ICC_SGI1R_EL1 */
	isb
el2_back:
	eret
el2_firmware:
	tlbi	ipas2e1is, x9
	smc	#0
	eret

	.balign	0x800
el3_vectors:
	.org	el3_vectors + 0x400
	cmp	x9, #2
	b.eq	el3_off
	eret
	.org	el3_vectors + 0x800
el3_off:
	ldr	x1, =SECURE_GPIO
	mov	w0, #1
	str	w0, [x1, #0x400]	/* direction: line 0 is an output */
	str	w0, [x1, #0x4]		/* data of line 0 alone */
	wfi				/* the power goes off a little later */
	b	.

	.ltorg
	/* 1 GiB each: devices and 0x80000000 stay out. */
	.balign	4096
stage2:
	.quad	0
	.quad	0x400007fd		/* block, normal write-back, RW, inner shareable, AF */
	.quad	0
	.quad	0
