/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

	.macro	vector number
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\number
	b	take
	.endm

	.text
	.balign	2048
	.global	vectors
vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\number
	.endr

take:
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
	mrs	x2, elr_el1
	stp	x30, x2, [sp, #240]
	mrs	x2, spsr_el1
	add	x3, sp, #FRAME_SIZE
	stp	x2, x3, [sp, #FRAME_SPSR]
	mov	x0, sp
	bl	exception_take
	ldp	x30, x2, [sp, #240]
	msr	elr_el1, x2
	ldr	x2, [sp, #FRAME_SPSR]
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

	.macro	push_saved
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	.endm

	.macro	pop_saved
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	.endm

/*
 * uint64_t user_enter(uint64_t pc, uint64_t spsr, uint64_t x0): run at EL0 until an exception leads
 * back; exception_take() has noted it and returns to user_return. x0 as it was then.
 */
	.global	user_enter
user_enter:
	push_saved
	mrs	x9, tpidr_el1
	mov	x10, sp
	str	x10, [x9, #CPU_USER_SP]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	mov	x0, x2
	eret

	.global	user_return
user_return:
	mrs	x9, tpidr_el1
	ldr	x10, [x9, #CPU_USER_SP]
	str	xzr, [x9, #CPU_USER_SP]
	mov	sp, x10
	pop_saved
	ret

/*
 * void exchange_perform(struct exchange *, enum conduit): load x0..x30 and q0..q31, call, store them.
 * The stack pointer is the one register that is needed to find back; it is compared, too.
 */
	.macro	conduit label, instruction:vararg
\label:
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
	ldp	x0, x1, [x0]
	\instruction
	b	performed
	.endm

	.arch_extension	fp
	.arch_extension	simd
	.global	exchange_perform
exchange_perform:
	push_saved
	str	x0, [sp, #-16]!
	mov	x9, sp
	str	x9, [x0, #EXCHANGE_SP]
	add	x9, x0, #EXCHANGE_Q
	ldp	q0, q1, [x9, #0]
	ldp	q2, q3, [x9, #32]
	ldp	q4, q5, [x9, #64]
	ldp	q6, q7, [x9, #96]
	ldp	q8, q9, [x9, #128]
	ldp	q10, q11, [x9, #160]
	ldp	q12, q13, [x9, #192]
	ldp	q14, q15, [x9, #224]
	ldp	q16, q17, [x9, #256]
	ldp	q18, q19, [x9, #288]
	ldp	q20, q21, [x9, #320]
	ldp	q22, q23, [x9, #352]
	ldp	q24, q25, [x9, #384]
	ldp	q26, q27, [x9, #416]
	ldp	q28, q29, [x9, #448]
	ldp	q30, q31, [x9, #480]
	cmp	x1, #CONDUIT_HVC
	b.eq	by_hvc
	cmp	x1, #CONDUIT_SMC_1
	b.eq	by_smc_1
	cmp	x1, #CONDUIT_HVC_1
	b.eq	by_hvc_1
	cmp	x1, #CONDUIT_SMC_FFFF
	b.eq	by_smc_ffff
	cmp	x1, #CONDUIT_HVC_FFFF
	b.eq	by_hvc_ffff
	cmp	x1, #CONDUIT_LOAD
	b.eq	by_load
	conduit	by_smc, smc #0
	conduit	by_hvc, hvc #0
	conduit	by_smc_1, smc #1
	conduit	by_hvc_1, hvc #1
	conduit	by_smc_ffff, smc #0xffff
	conduit	by_hvc_ffff, hvc #0xffff
	conduit	by_load, ldr xzr, [x1]
performed:
	stp	x0, x1, [sp, #-16]!
	ldr	x0, [sp, #16]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	mov	x2, sp
	str	x2, [x0, #EXCHANGE_SP_AFTER]
	add	x9, x0, #EXCHANGE_Q
	stp	q0, q1, [x9, #0]
	stp	q2, q3, [x9, #32]
	stp	q4, q5, [x9, #64]
	stp	q6, q7, [x9, #96]
	stp	q8, q9, [x9, #128]
	stp	q10, q11, [x9, #160]
	stp	q12, q13, [x9, #192]
	stp	q14, q15, [x9, #224]
	stp	q16, q17, [x9, #256]
	stp	q18, q19, [x9, #288]
	stp	q20, q21, [x9, #320]
	stp	q22, q23, [x9, #352]
	stp	q24, q25, [x9, #384]
	stp	q26, q27, [x9, #416]
	stp	q28, q29, [x9, #448]
	stp	q30, q31, [x9, #480]
	add	sp, sp, #16
	pop_saved
	ret
