/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry for CPU_ON of a CPU that nobody may start so: it says at which exception level it is, and turns
 * itself off. It needs no stack, and nothing but its own code and arrival_level.
 */
	.text
	.global	arrival
	.hidden	arrival
arrival:
	mrs	x10, CurrentEL
	adrp	x9, arrival_level
	add	x9, x9, :lo12:arrival_level
	str	x10, [x9]
	dsb	sy
	mov	w0, #0x0002			/* CPU_OFF */
	movk	w0, #0x8400, lsl #16
	smc	#0
	b	.
