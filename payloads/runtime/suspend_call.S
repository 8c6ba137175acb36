/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that may end at an entry instead of coming back. */
#include "layout.h"

	.text
/*
 * int64_t suspend_call(uint64_t saved[13], struct cpu *, const uint64_t call[4], uint64_t hvc): make
 * the call; its status, or SUSPEND_WOKE through suspend_back(), which secondary() runs for a CPU that
 * lost its power.
 */
	.global	suspend_call
	.hidden	suspend_call
suspend_call:
	stp	x19, x20, [x0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x9, sp
	str	x9, [x0, #96]
	/* What is below our stack pointer is free for the way back. */
	str	x9, [x1, #CPU_STACK]
	/* It is read with the caches off. */
	mov	x9, x1
	add	x10, x1, #(CPU_ENTRY + ENTRY_SIZE)
1:	dc	civac, x9
	add	x9, x9, #16
	cmp	x9, x10
	b.lo	1b
	dsb	sy
	mov	x9, x3
	ldp	x0, x1, [x2]
	ldp	x2, x3, [x2, #16]
	cbnz	x9, 2f
	smc	#0
	sxtw	x0, w0
	ret
2:	hvc	#0
	sxtw	x0, w0
	ret

/* void suspend_back(uint64_t saved[13]) */
	.global	suspend_back
	.hidden	suspend_back
suspend_back:
	ldp	x19, x20, [x0]
	ldp	x21, x22, [x0, #16]
	ldp	x23, x24, [x0, #32]
	ldp	x25, x26, [x0, #48]
	ldp	x27, x28, [x0, #64]
	ldp	x29, x30, [x0, #80]
	ldr	x9, [x0, #96]
	mov	sp, x9
	mov	x0, #1				/* SUSPEND_WOKE */
	ret

/*
 * A boot CPU begins here with nothing but its exception level: its struct cpu is the first. For a CPU
 * that somebody else has led away from the entry that it was to have.
 */
	.global	suspend_boot_cpu
	.hidden	suspend_boot_cpu
suspend_boot_cpu:
	adrp	x0, cpus
	add	x0, x0, :lo12:cpus
	b	secondary
