/* SPDX-License-Identifier: Apache-2.0 */
#include "arm64/asm.h"
#include "arm64/layout.h"

	.section .text.breaker, "ax"

/* Two instructions that are no landing pad: an indirect branch to here is not allowed. */
SYMBOL(breaker_no_landing_pad)
	nop
	ret

/* Sign a return address, replace it by another as an overrun would, and return through it. */
SYMBOL(breaker_forged_return)
	hint	#25				/* paciasp */
	stp	x29, x30, [sp, #-16]!
	adrp	x1, breaker_no_landing_pad
	add	x1, x1, :lo12:breaker_no_landing_pad
	str	x1, [sp, #8]
	ldp	x29, x30, [sp], #16
	hint	#29				/* autiasp */
	ret

/* Use the stack up, 64 bytes a step, without an end. */
SYMBOL(breaker_deep)
	bti_c
1:	sub	sp, sp, #64
	stp	x0, x1, [sp]
	b	1b

/* enter_host() of head.S, which leaves in the registers what C had there. */
SYMBOL(breaker_enter_host)
	bti_c
	msr	elr_el2, x0
	msr	spsr_el2, x2
	mov	x0, x1
	mrs	x9, tpidr_el2
	ldr	x10, [x9, #CPU_STACK]
	mov	sp, x10
	ldr	w11, [x9, #CPU_FLAGS]
	tbz	w11, #0, 1f
	msr	APIAKEYLO_EL1, xzr
	msr	APIAKEYHI_EL1, xzr
1:	eret
