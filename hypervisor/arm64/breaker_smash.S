/* SPDX-License-Identifier: Apache-2.0 */
#include "arm64/asm.h"

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
