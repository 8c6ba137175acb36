/* SPDX-License-Identifier: Apache-2.0 */
#include "arm64/asm.h"

/*
 * void machine_firmware_call(uint64_t x[18]); see core/machine.h. Nothing is believed of firmware:
 * x18..x30 come back from our own stack even where the convention promises them.
 */
	.section .text.smc, "ax"

/* Registers that belong to the caller of a function, whatever firmware does to them. */
	.macro	save_registers
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	.endm

	.macro	restore_registers
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	.endm

/* uint64_t machine_firmware_ask(x0, x1, x2, x3): x18 is free for every caller in this image. */
SYMBOL(machine_firmware_ask)
	hint	#25				/* paciasp */
	stp	x29, x30, [sp, #-96]!
	mov	x29, sp
	save_registers
	adrp	x16, no_arguments
	add	x16, x16, :lo12:no_arguments
	ldp	x4, x5, [x16]
	ldp	x6, x7, [x16]
	ldp	x8, x9, [x16]
	ldp	x10, x11, [x16]
	ldp	x12, x13, [x16]
	ldp	x14, x15, [x16]
	ldp	x16, x17, [x16]
	smc	#0
	restore_registers
	ldp	x29, x30, [sp], #96
	hint	#29				/* autiasp */
	ret

SYMBOL(machine_firmware_call)
	hint	#25				/* paciasp */
	stp	x29, x30, [sp, #-112]!
	mov	x29, sp
	save_registers
	stp	x0, x18, [sp, #96]
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x0, x1, [x0]
	.globl	smc_instruction
smc_instruction:
	smc	#0
	ldr	x30, [sp, #96]
	stp	x0, x1, [x30]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	ldp	x0, x18, [sp, #96]
	restore_registers
	ldp	x29, x30, [sp], #112
	hint	#29				/* autiasp */
	ret

/* void machine_firmware_message(context, uint64_t x[8], uint64_t *since): x18 is free, as above. */
SYMBOL(machine_firmware_message)
	hint	#25				/* paciasp */
	stp	x29, x30, [sp, #-112]!
	mov	x29, sp
	save_registers
	stp	x1, x2, [sp, #96]
	mrs	x0, cntpct_el0
	stlr	x0, [x2]
	ldp	x2, x3, [x1, #16]
	ldp	x4, x5, [x1, #32]
	ldp	x6, x7, [x1, #48]
	ldp	x0, x1, [x1]
	tbnz	w0, #30, 1f			/* SMC64 */
	mov	w3, w3
	mov	w4, w4
	mov	w5, w5
	mov	w6, w6
	mov	w7, w7
1:	adr	x16, no_arguments
	ldp	x8, x9, [x16]
	ldp	x10, x11, [x16]
	ldp	x12, x13, [x16]
	ldp	x14, x15, [x16]
	ldp	x16, x17, [x16]
	smc	#0
	tbnz	w0, #30, 2f
	mov	w3, w3
	mov	w4, w4
	mov	w5, w5
	mov	w6, w6
	mov	w7, w7
2:	ldp	x29, x30, [sp, #96]
	str	xzr, [x30]
	stp	x0, x1, [x29]
	stp	x2, x3, [x29, #16]
	stp	x4, x5, [x29, #32]
	stp	x6, x7, [x29, #48]
	restore_registers
	ldp	x29, x30, [sp], #112
	hint	#29				/* autiasp */
	ret

	.section .rodata.smc, "a"
	.balign	16
no_arguments:
	.quad	0, 0
