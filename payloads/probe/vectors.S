/* SPDX-License-Identifier: Apache-2.0 */

#define ALL_32 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
/*
 * void vectors_load(const void *from, uint64_t sve), void vectors_store(void *to, uint64_t sve): FPCR and
 * FPSR, then with SVE z0..z31 (256 bytes apart), p0..p15 and FFR (32 bytes apart), else v0..v31. What
 * lies between the end of a register and the next one is neither read nor written.
 */
	.arch	armv8.2-a
	.arch_extension fp
	.arch_extension simd
	.arch_extension sve

#define VECTORS	   16
#define PREDICATES (VECTORS + 32 * 256)

	.text
	.global	vectors_load
	.hidden	vectors_load
vectors_load:
	ldp	x2, x3, [x0]
	mov	x4, #0x07c00000			/* rounding, flush-to-zero, default NaN */
	and	x2, x2, x4
	msr	fpcr, x2
	mov	x4, #0x9f
	orr	x4, x4, #0x08000000
	and	x3, x3, x4
	msr	fpsr, x3
	add	x2, x0, #VECTORS
	cbz	x1, 1f
	add	x3, x0, #(PREDICATES & ~0xfff)
	add	x3, x3, #(PREDICATES & 0xfff)
	add	x4, x3, #(16 * 32)
	ldr	p0, [x4]
	wrffr	p0.b
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	ldr	p\n, [x3]
	add	x3, x3, #32
	.endr
	.irp	n, ALL_32
	ldr	z\n, [x2]
	add	x2, x2, #256
	.endr
	ret
1:
	.irp	n, ALL_32
	ldr	q\n, [x2]
	add	x2, x2, #256
	.endr
	ret

	.global	vectors_store
	.hidden	vectors_store
vectors_store:
	mrs	x2, fpcr
	mrs	x3, fpsr
	stp	x2, x3, [x0]
	add	x2, x0, #VECTORS
	cbz	x1, 1f
	add	x3, x0, #(PREDICATES & ~0xfff)
	add	x3, x3, #(PREDICATES & 0xfff)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	p\n, [x3]
	add	x3, x3, #32
	.endr
	rdffr	p0.b
	str	p0, [x3]
	sub	x3, x3, #(16 * 32)
	ldr	p0, [x3]
	.irp	n, ALL_32
	str	z\n, [x2]
	add	x2, x2, #256
	.endr
	ret
1:
	.irp	n, ALL_32
	str	q\n, [x2]
	add	x2, x2, #256
	.endr
	ret
