/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm64 Image header (Linux, Documentation/arch/arm64/booting.rst) and the first instructions of the
 * boot CPU and of each other. Linked at 0, runs wherever it was put; entered at EL1 with x0 = tree, or at
 * EL2, which it leaves to nobody.
 */
#include "layout.h"

	.section .head.text, "ax"
	.global image_header
	.hidden	image_end
image_header:
	b	primary
	.long	0
	.quad	0			/* text_offset */
	.quad	image_end - image_header
	.quad	0xa			/* little-endian, 4 KiB pages, anywhere */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0

	/* struct cpu_entry at x9; the x9 that the CPU was entered with is in SP. Uses x10. */
	.macro	keep_entry
	stp	x0, x1, [x9]
	stp	x2, x3, [x9, #16]
	stp	x4, x5, [x9, #32]
	stp	x6, x7, [x9, #48]
	str	x8, [x9, #64]
	stp	x10, x11, [x9, #80]
	mov	x10, sp
	str	x10, [x9, #72]
	stp	x12, x13, [x9, #96]
	stp	x14, x15, [x9, #112]
	stp	x16, x17, [x9, #128]
	stp	x18, x19, [x9, #144]
	stp	x20, x21, [x9, #160]
	stp	x22, x23, [x9, #176]
	stp	x24, x25, [x9, #192]
	stp	x26, x27, [x9, #208]
	stp	x28, x29, [x9, #224]
	str	x30, [x9, #240]
	add	x9, x9, #ENTRY_SYSTEM
	.irp	register, sctlr_el1, daif, CurrentEL, SPSel, nzcv, cpacr_el1, tcr_el1, vbar_el1, \
			cntkctl_el1, mdscr_el1, contextidr_el1, csselr_el1, tpidr_el1, tpidr_el0, \
			tpidrro_el0, cntp_ctl_el0, cntv_ctl_el0
	mrs	x10, \register
	str	x10, [x9], #8
	.endr
	sub	x9, x9, #ENTRY_SIZE
	.endm

	/* Vectors, FP and SIMD usable, no timer or debug trap of EL0 left over. */
	.macro	set_up_el1
	adrp	x14, vectors
	add	x14, x14, :lo12:vectors
	msr	vbar_el1, x14
	mov	x14, #(3 << 20)
	msr	cpacr_el1, x14
	msr	SPSel, #1
	isb
	.endm

	/*
	 * From EL2 to EL1 as a hypervisor would that keeps nothing for itself: calls go to EL3 past it. x9 may
	 * be lost, and at EL1 nothing else: what a CPU is entered with is what is to be seen.
	 */
	.macro	leave_el2
	mrs	x9, CurrentEL
	tbz	x9, #3, 9f
	mov	x9, #(1 << 31)		/* HCR_EL2.RW */
	msr	hcr_el2, x9
	mov	x9, #3			/* counters and timers */
	msr	cnthctl_el2, x9
	msr	cntvoff_el2, xzr
	mov	x9, #0x33ff		/* no trap of FP and SIMD */
	msr	cptr_el2, x9
	msr	hstr_el2, xzr
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	mrs	x9, id_aa64pfr0_el1
	tst	x9, #(0xf << 24)	/* has the GIC system registers? */
	b.eq	8f
	mov	x9, #0xf
	msr	S3_4_C12_C9_5, x9	/* ICC_SRE_EL2 */
	isb
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2 */
8:	mov	x9, #0x0800
	movk	x9, #0x30d0, lsl #16
	msr	sctlr_el1, x9
	mov	x9, #0x3c5		/* EL1h, all masked */
	msr	spsr_el2, x9
	adr	x9, 9f
	msr	elr_el2, x9
	eret
9:
	.endm

primary:
	mov	sp, x9
	leave_el2
	adrp	x9, boot_entry
	add	x9, x9, :lo12:boot_entry
	keep_entry
	mov	x19, x0
	msr	daifset, #0xf
	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	/* R_AARCH64_RELATIVE is the only relocation that the linker leaves. */
	adrp	x0, rela_start
	add	x0, x0, :lo12:rela_start
	adrp	x1, rela_end
	add	x1, x1, :lo12:rela_end
	adrp	x2, image_header
2:	cmp	x0, x1
	b.hs	3f
	ldp	x3, x4, [x0], #16
	ldr	x5, [x0], #8
	add	x5, x5, x2
	str	x5, [x3, x2]
	b	2b
3:
	adrp	x9, cpus
	add	x9, x9, :lo12:cpus
	/*
	 * Written with the caches off: clean lines that a loader's caches still hold must not hide it
	 * once they are on.
	 */
	adrp	x0, image_header
	adrp	x1, image_end
	bl	drop_lines
	set_up_el1
	msr	tpidr_el1, x9
	adrp	x0, stacks
	add	x0, x0, #STACK_SIZE
	str	x0, [x9, #CPU_STACK]
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x19
	bl	runtime_main
	b	.

/* Clean and invalidate [x0, x1) to the point of coherency. Uses x2, x3. */
drop_lines:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x3, x3, x2
4:	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	4b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	ret

/* A CPU that CPU_ON started or a suspend call woke: x0 = its struct cpu. MMU off. */
	.global	secondary
secondary:
	mov	sp, x9
	leave_el2
	add	x9, x0, #CPU_ENTRY
	keep_entry
	mov	x9, x0
	msr	daifset, #0xf
	set_up_el1
	msr	tpidr_el1, x9
	ldr	x14, [x9, #CPU_STACK]
	mov	sp, x14
	bl	mmu_enable
	mov	x29, xzr
	mrs	x9, tpidr_el1
	ldp	x1, x0, [x9, #CPU_FUNCTION]
	blr	x1
	bl	cpu_leave
	b	.

/*
 * CPU_ON and suspend with an entry of their own that touches nothing: the CPU says that it was there
 * and turns itself off. For entries that must never be reached.
 */
	.global	stray
stray:
	mrs	x9, mpidr_el1
	adrp	x10, strays
	add	x10, x10, :lo12:strays
	str	x9, [x10]
	dsb	sy
	mov	w0, #0x0002
	movk	w0, #0x8400, lsl #16
	smc	#0
	b	.

	.section .stacks, "aw", %nobits
	.balign	16
	.global	boot_entry
boot_entry:
	.skip	ENTRY_SIZE
	.balign	4096
	.global	stacks
stacks:
	.skip	CPU_LIMIT * STACK_SIZE
