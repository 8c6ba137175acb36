/* SPDX-License-Identifier: Apache-2.0 */
#include "arm64/asm.h"
#include "arm64/layout.h"

/* Exceptions of EL2 itself and those that no one should take: all end in crash_entry. */
	.macro	report number
	.balign	128
	sub	sp, sp, #CRASH_SIZE
	/* Is the stack still ours? Test bit 13 of sp without a free register. */
	add	sp, sp, x0
	sub	x0, sp, x0
	tbz	x0, #CPU_AREA_STACK_BIT, 1f
	sub	x0, sp, x0
	sub	sp, sp, x0
	stp	x0, x1, [sp, #CRASH_X0]
	mov	x1, #\number
	b	crash_entry
1:
	sub	x0, sp, x0			/* x0 as it was */
	sub	sp, sp, x0
	msr	tpidr_el0, x0			/* the host's TPIDR_EL0 is lost: it will not run again */
	mov	x0, sp
	add	x0, x0, #CRASH_SIZE
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_EMERGENCY]
	sub	x0, x0, #CRASH_SIZE
	mov	sp, x0
	mrs	x0, tpidr_el0
	stp	x0, x1, [sp, #CRASH_X0]
	mov	x1, #(\number | 0x100)
	b	crash_entry
	.endm

/* An exception of the host, from where C decides. */
	.macro	from_host handler
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #FRAME_X0]
	stp	x2, x3, [sp, #FRAME_X0 + 16]
	stp	x4, x5, [sp, #FRAME_X0 + 32]
	stp	x6, x7, [sp, #FRAME_X0 + 48]
	stp	x8, x9, [sp, #FRAME_X0 + 64]
	stp	x10, x11, [sp, #FRAME_X0 + 80]
	stp	x12, x13, [sp, #FRAME_X0 + 96]
	stp	x14, x15, [sp, #FRAME_X0 + 112]
	stp	x16, x17, [sp, #FRAME_X0 + 128]
	stp	x18, x29, [sp, #FRAME_X18]
	str	x30, [sp, #FRAME_X30]
	b	\handler
	.endm

	.macro	to_host
	ldp	x0, x1, [sp, #FRAME_X0]
	ldp	x2, x3, [sp, #FRAME_X0 + 16]
	ldp	x4, x5, [sp, #FRAME_X0 + 32]
	ldp	x6, x7, [sp, #FRAME_X0 + 48]
	ldp	x8, x9, [sp, #FRAME_X0 + 64]
	ldp	x10, x11, [sp, #FRAME_X0 + 80]
	ldp	x12, x13, [sp, #FRAME_X0 + 96]
	ldp	x14, x15, [sp, #FRAME_X0 + 112]
	ldp	x16, x17, [sp, #FRAME_X0 + 128]
	ldp	x18, x29, [sp, #FRAME_X18]
	ldr	x30, [sp, #FRAME_X30]
	add	sp, sp, #FRAME_SIZE
	eret
	speculation_barrier
	.endm

/* The sixteen vectors; the host's synchronous exceptions, from AArch64 and AArch32, go to `handler`. */
	.macro	table handler
	report	0
	report	1
	report	2
	report	3
	report	4
	report	5
	report	6
	report	7
	from_host \handler
	report	9
	report	10
	report	11
	from_host \handler
	report	13
	report	14
	report	15
	.endm

/*
 * One table for CPUs without pointer authentication and for the boot, one for those that have it, and
 * one for either while the host's calls are recorded.
 */
	.section .vectors, "ax"
	.balign	2048
SYMBOL(vectors)
	table	host_sync
	.balign	2048
SYMBOL(vectors_keyed)
	table	host_sync_keyed
	.balign	2048
SYMBOL(vectors_traced)
	table	host_sync_traced

	.section .text.vectors, "ax"

/* x19..x28 are C's to preserve. */
	.macro	plain function
	mov	x29, #0				/* a backtrace ends here */
	mov	x0, sp
	bl	\function
	to_host
	.endm

/*
 * The host's key A is exchanged for this CPU's own meanwhile: the registers are shared between EL1
 * and EL2.
 */
	.macro	keyed function
	mrs	x2, tpidr_el2
	mrs	x4, APIAKEYLO_EL1
	mrs	x5, APIAKEYHI_EL1
	stp	x4, x5, [sp, #FRAME_KEY]
	ldp	x4, x5, [x2, #CPU_KEY]
	msr	APIAKEYLO_EL1, x4
	msr	APIAKEYHI_EL1, x5
	isb					/* before the first PACIASP of C */
	mov	x29, #0				/* a backtrace ends here */
	mov	x0, sp
	bl	\function
	ldp	x4, x5, [sp, #FRAME_KEY]
	msr	APIAKEYLO_EL1, x4		/* ERET synchronises */
	msr	APIAKEYHI_EL1, x5
	to_host
	.endm

SYMBOL(host_sync)
	plain	trap_host

SYMBOL(host_sync_keyed)
	keyed	trap_host

/* A call has a way of its own, since trap_host() must be in tail position for all else. */
SYMBOL(host_sync_traced)
	mrs	x1, esr_el2
	mrs	x2, tpidr_el2
	ldr	w3, [x2, #CPU_FLAGS]
	lsr	x1, x1, #27			/* classes 0x16 and 0x17: HVC and SMC of AArch64 */
	and	x1, x1, #0x1f
	cmp	x1, #0xb
	b.eq	1f
	tbz	w3, #0, host_sync		/* CPU_FLAG_PAC */
	b	host_sync_keyed
1:	tbz	w3, #0, 2f
	keyed	trap_traced
2:	plain	trap_traced

/*
 * trap_host() ends in this for everything but calls: x0 = host_frame. Its own frame is gone, so x19
 * to x28 are still the host's; they are kept where C can read and write them, and come back from
 * there.
 */
SYMBOL(trap_other)
	bti_c
	mov	x1, sp
	cmp	x0, x1
	b.ne	trap_other_lost			/* the compiler made it a call */
	hint	#25				/* paciasp */
	stp	x19, x20, [x0, #FRAME_X19]
	stp	x21, x22, [x0, #FRAME_X19 + 16]
	stp	x23, x24, [x0, #FRAME_X19 + 32]
	stp	x25, x26, [x0, #FRAME_X19 + 48]
	stp	x27, x28, [x0, #FRAME_X19 + 64]
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	mov	x19, x0
	bl	handle_other
	mov	x0, x19
	ldp	x29, x30, [sp], #16
	hint	#29				/* autiasp */
	ldp	x19, x20, [x0, #FRAME_X19]
	ldp	x21, x22, [x0, #FRAME_X19 + 16]
	ldp	x23, x24, [x0, #FRAME_X19 + 32]
	ldp	x25, x26, [x0, #FRAME_X19 + 48]
	ldp	x27, x28, [x0, #FRAME_X19 + 64]
	ret

/* x0, x1 are saved, x1 = vector number, bit 8 set after a stack overflow. */
SYMBOL(crash_entry)
	stp	x2, x3, [sp, #CRASH_X0 + 16]
	stp	x4, x5, [sp, #CRASH_X0 + 32]
	stp	x6, x7, [sp, #CRASH_X0 + 48]
	stp	x8, x9, [sp, #CRASH_X0 + 64]
	stp	x10, x11, [sp, #CRASH_X0 + 80]
	stp	x12, x13, [sp, #CRASH_X0 + 96]
	stp	x14, x15, [sp, #CRASH_X0 + 112]
	stp	x16, x17, [sp, #CRASH_X0 + 128]
	stp	x18, x19, [sp, #CRASH_X0 + 144]
	stp	x20, x21, [sp, #CRASH_X0 + 160]
	stp	x22, x23, [sp, #CRASH_X0 + 176]
	stp	x24, x25, [sp, #CRASH_X0 + 192]
	stp	x26, x27, [sp, #CRASH_X0 + 208]
	stp	x28, x29, [sp, #CRASH_X0 + 224]
	str	x30, [sp, #CRASH_X0 + 240]
	add	x2, sp, #CRASH_SIZE
	mrs	x3, tpidrro_el0
	tst	x1, #0x100
	csel	x2, x3, x2, ne
	mrs	x3, elr_el2
	stp	x2, x3, [sp, #CRASH_SP]
	mrs	x4, spsr_el2
	mrs	x5, esr_el2
	stp	x4, x5, [sp, #CRASH_SPSR]
	mrs	x6, far_el2
	mrs	x7, hpfar_el2
	stp	x6, x7, [sp, #CRASH_FAR]
	str	x1, [sp, #CRASH_VECTOR]
	mov	x0, sp
	bl	trap_el2
	/* Returns only from the SMC probe at boot, which x0 of the frame answers. */
	ldr	x3, [sp, #CRASH_ELR]
	msr	elr_el2, x3
	ldp	x0, x1, [sp, #CRASH_X0]
	ldp	x2, x3, [sp, #CRASH_X0 + 16]
	ldp	x4, x5, [sp, #CRASH_X0 + 32]
	ldp	x6, x7, [sp, #CRASH_X0 + 48]
	ldp	x8, x9, [sp, #CRASH_X0 + 64]
	ldp	x10, x11, [sp, #CRASH_X0 + 80]
	ldp	x12, x13, [sp, #CRASH_X0 + 96]
	ldp	x14, x15, [sp, #CRASH_X0 + 112]
	ldp	x16, x17, [sp, #CRASH_X0 + 128]
	ldp	x18, x19, [sp, #CRASH_X0 + 144]
	ldr	x30, [sp, #CRASH_X0 + 240]
	add	sp, sp, #CRASH_SIZE
	eret
	speculation_barrier
