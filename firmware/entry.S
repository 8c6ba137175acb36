/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

/*
 * All CPUs start here together at EL3 with the MMU off. The boot CPU (affinity 0) prepares memory and
 * runs the C code; the others wait until it says so and then go to the pen.
 */
	.section .text.reset, "ax"
	.global reset
	.type reset, %function
reset:
	msr	daifset, #0xf
	mrs	x0, mpidr_el1
	and	x19, x0, #0xff
	ubfx	x1, x0, #8, #16
	ubfx	x2, x0, #32, #8
	orr	x1, x1, x2
	cbnz	x1, sleep
	cmp	x19, #CPU_LIMIT
	b.hs	sleep

	adr	x0, vectors
	msr	vbar_el3, x0
	/* No trap from EL3 itself may stand in the way of what follows. */
	msr	cptr_el3, xzr
	isb
	cbnz	x19, secondary

	ldr	x0, =mailbox
	str	xzr, [x0]
	dsb	sy

	ldr	x0, =data_start
	ldr	x1, =data_end
	ldr	x2, =data_image
1:	cmp	x0, x1
	b.hs	2f
	ldp	x3, x4, [x2], #16
	stp	x3, x4, [x0], #16
	b	1b
2:	ldr	x0, =bss_start
	ldr	x1, =bss_end
3:	cmp	x0, x1
	b.hs	4f
	stp	xzr, xzr, [x0], #16
	b	3b
4:	/*
	 * These stores went past the caches. A line that was fetched before them would hide them once
	 * the caches are on, so whatever the caches hold of this range is dropped.
	 */
	ldr	x0, =data_start
	ldr	x1, =stacks_end
	bl	drop_range
	bl	mmu_enable
	bl	stack_set
	b	boot_main

secondary:
	ldr	x0, =mailbox
	mov	w2, #(MAILBOX_READY & 0xffff)
	movk	w2, #(MAILBOX_READY >> 16), lsl #16
5:	wfe
	ldr	w1, [x0]
	cmp	w1, w2
	b.ne	5b
	dsb	sy
	bl	mmu_enable
	bl	stack_set
	b	secondary_main

sleep:	wfi
	b	sleep

/*
 * Drop [x0, x1) from all caches down to the point of coherency. Uses x2, x3. Stores with the MMU off
 * are not ordered with DC by themselves, and must be in memory before a line is dropped.
 */
drop_range:
	dmb	sy
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/*
 * Identity map, caches on. The level-1 table lies in .data, which the boot CPU has written and
 * cleaned before any other CPU comes here; the level-2 table is a constant.
 */
mmu_enable:
	ldr	x0, =0x000000000000ff04	/* 0: Device-nGnRE, 1: normal write-back */
	msr	mair_el3, x0
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf
	mov	x2, #5
	cmp	x1, x2
	csel	x1, x1, x2, lo
	/* RES1 31 and 23, 4 KiB granule, inner shareable write-back walks, 39-bit addresses */
	ldr	x0, =0x80803519
	orr	x0, x0, x1, lsl #16
	msr	tcr_el3, x0
	ldr	x0, =map_level1
	msr	ttbr0_el3, x0
	/* After reset TLB and instruction cache may hold anything. */
	tlbi	alle3
	ic	iallu
	dsb	sy
	isb
	ldr	x0, =SCTLR_EL3_ENABLE
	msr	sctlr_el3, x0
	isb
	ret

/* SP_EL3 and TPIDR_EL3 for CPU x19. Keeps x30. */
stack_set:
	msr	spsel, #1
	msr	tpidr_el3, x19
	ldr	x0, =stacks_start
	add	x1, x19, #1
	mov	x2, #STACK_SIZE
	madd	x0, x1, x2, x0
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x19
	ret

/*
 * void cpu_leave(const uint64_t registers[31]): take x0..x30 from the array and go to the address in
 * ELR_EL3. The stack is empty again afterwards, as the next exception must find it.
 */
	.text
	.global cpu_leave
	.type cpu_leave, %function
cpu_leave:
	mov	x30, x0
	mrs	x0, tpidr_el3
	ldr	x1, =stacks_start
	add	x0, x0, #1
	mov	x2, #STACK_SIZE
	madd	x0, x0, x2, x1
	mov	sp, x0
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	eret
	dsb	nsh
	isb

/* _Noreturn void cpu_restart(void (*function)(void)): go on in `function` on an empty stack. */
	.global cpu_restart
	.type cpu_restart, %function
cpu_restart:
	mov	x9, x0
	mrs	x19, tpidr_el3
	bl	stack_set
	br	x9

	.macro	save
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x29, xzr
	.endm

	.macro	vector number
	.balign	128
	b	unexpected_\number
	.endm

	.macro	unexpected number
unexpected_\number:
	save
	mov	x0, sp
	mov	x1, #\number
	b	trap_unexpected
	.endm

	.section .text.vectors, "ax"
	.balign	2048
vectors:
	vector	0
	vector	1
	vector	2
	vector	3
	vector	4
	vector	5
	vector	6
	vector	7
	.balign	128
	b	lower_sync
	vector	9
	vector	10
	vector	11
	.balign	128
	b	lower_sync
	vector	13
	vector	14
	vector	15

lower_sync:
	save
	mov	x0, sp
	bl	trap_lower
	mov	x0, sp
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0, #0]
	add	sp, sp, #FRAME_SIZE
	eret
	dsb	nsh
	isb

	unexpected 0
	unexpected 1
	unexpected 2
	unexpected 3
	unexpected 4
	unexpected 5
	unexpected 6
	unexpected 7
	unexpected 9
	unexpected 10
	unexpected 11
	unexpected 13
	unexpected 14
	unexpected 15

	.section .mailbox, "aw", %nobits
	.balign	64
	.global mailbox
mailbox:
	.skip	64

	.section .stacks, "aw", %nobits
	.balign	4096
stacks_start:
	.skip	CPU_LIMIT * STACK_SIZE
stacks_end:
