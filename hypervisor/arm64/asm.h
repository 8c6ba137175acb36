/* SPDX-License-Identifier: Apache-2.0 */
/* Macros for the assembly files; the C formatter would not know them. */
/* clang-format off */
#ifndef PORTCULLIS_ASM_H
#define PORTCULLIS_ASM_H

	.macro	mov_imm reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	.endm

/* Landing pad for indirect branches; a NOP where the CPU has no BTI. */
	.macro	bti_c
	hint	#34
	.endm

/* Nothing behind an ERET may be executed speculatively; SB is newer than the oldest CPU here. */
	.macro	speculation_barrier
	dsb	nsh
	isb
	.endm

/* A host that starts gets no value of the hypervisor's in any register. */
	.macro	clear_from_x4
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #0
	.endr
	.endm

/* Pointer authentication keys, by encoding: the assembler's base architecture does not know them. */
#define APIAKEYLO_EL1 s3_0_c2_c1_0
#define APIAKEYHI_EL1 s3_0_c2_c1_1

#define SYMBOL(name) .globl name; .type name, %function; name:

#endif
