/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

/* struct landing */
#define LANDING_COUNT	0
#define LANDING_X	8
#define LANDING_MPIDR	40
#define LANDING_RELEASE 56

	.text
	.macro	land name, letter
	.balign	4
	.global	landing_\name
	.hidden	landing_\name
landing_\name:
	mov	x10, #\letter
	b	landed
	.endm

	land	a, 'a'
	land	b, 'b'

landed:
	adrp	x9, landing
	add	x9, x9, :lo12:landing
	stp	x0, x1, [x9, #LANDING_X]
	stp	x2, x3, [x9, #(LANDING_X + 16)]
	mrs	x11, mpidr_el1
	stp	x11, x10, [x9, #LANDING_MPIDR]
	dsb	sy
	ldr	x12, [x9, #LANDING_COUNT]
	add	x12, x12, #1
	str	x12, [x9, #LANDING_COUNT]
	dsb	sy
1:	ldr	x12, [x9, #LANDING_RELEASE]
	cbz	x12, 1b
	mov	w0, #0x0002			/* CPU_OFF */
	movk	w0, #0x8400, lsl #16
	smc	#0
	b	.
