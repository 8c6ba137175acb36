/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single accesses, for addresses that may abort: the exception skips the one instruction that
 * touches memory, so what is returned tells whether it brought anything.
 *
 *   uint64_t access_NAME(uint64_t address, uint64_t canary)
 *
 * Every register that the instruction may write holds the canary before. Returns one of them; any
 * that differs wins.
 */
	.arch	armv8.7-a
	.arch_extension fp
	.arch_extension simd
	.arch_extension sve
	.arch_extension memtag
	.arch_extension mops

	.text

	.macro	access name
	.balign	4
	.global	access_\name
	.hidden	access_\name
access_\name:
	.endm

	/* One register is written: x1. */
	.macro	one name, instruction:vararg
	access	\name
	\instruction
	mov	x0, x1
	ret
	.endm

	/* x1 and x2; x3 keeps the canary. */
	.macro	two name, instruction:vararg
	access	\name
	mov	x2, x1
	mov	x3, x1
	\instruction
	cmp	x1, x3
	csel	x0, x2, x1, eq
	ret
	.endm

	/* v0..v3, each with the canary in both halves. */
	.macro	vectors name, instruction:vararg
	access	\name
	dup	v0.2d, x1
	dup	v1.2d, x1
	dup	v2.2d, x1
	dup	v3.2d, x1
	mov	x3, x1
	\instruction
	.irp	half, v0.d[0], v0.d[1], v1.d[0], v1.d[1], v2.d[0], v2.d[1], v3.d[0], v3.d[1]
	mov	x2, \half
	cmp	x2, x3
	csel	x1, x1, x2, eq
	.endr
	mov	x0, x1
	ret
	.endm

	/* Nothing is brought. */
	.macro	none name, instruction:vararg
	access	\name
	\instruction
	mov	x0, x1
	ret
	.endm

	one	ldrb, ldrb w1, [x0]
	one	ldrh, ldrh w1, [x0]
	one	ldr_w, ldr w1, [x0]
	one	ldr_x, ldr x1, [x0]
	one	ldrsb, ldrsb x1, [x0]
	one	ldrsw, ldrsw x1, [x0]
	one	ldr_post, ldr x1, [x0], #8
	two	ldp_w, ldp w1, w2, [x0]
	two	ldp_x, ldp x1, x2, [x0]
	two	ldnp_x, ldnp x1, x2, [x0]
	vectors	ldr_q, ldr q0, [x0]
	vectors	ldp_q, ldp q0, q1, [x0]
	vectors	ld1_4, ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]
	vectors	ld4_lane, ld4 {v0.b, v1.b, v2.b, v3.b}[5], [x0]
	vectors	ld1r, ld1r {v0.2d}, [x0]
	one	ldar, ldar x1, [x0]
	one	ldarb, ldarb w1, [x0]
	one	ldxr, ldxr x1, [x0]
	one	ldaxrb, ldaxrb w1, [x0]
	two	ldxp, ldxp x1, x2, [x0]
	one	ldapr, ldapr x1, [x0]
	one	ldapur, ldapur x1, [x0]
	/* The keys are off in SCTLR_EL1: the address is taken as it is. */
	one	ldraa, ldraa x1, [x0]

	none	strb, strb w1, [x0]
	none	strh, strh w1, [x0]
	none	str_w, str w1, [x0]
	none	str_x, str x1, [x0]
	none	str_pre, str x1, [x0, #0]!
	none	stp_x, stp x1, x1, [x0]
	none	stnp_x, stnp x1, x1, [x0]
	none	str_q, str q0, [x0]
	none	st1_4, st1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]
	none	stlr, stlr x1, [x0]
	none	stlrb, stlrb w1, [x0]
	none	stg, stg x0, [x0]
	none	stzg, stzg x0, [x0]
	none	dc_zva, dc zva, x0

	two	swp, swp x2, x1, [x0]
	two	swpalb, swpalb w2, w1, [x0]
	two	cas, cas x1, x2, [x0]
	two	casalh, casalh w1, w2, [x0]
	two	ldadd, ldadd x2, x1, [x0]
	two	ldclral, ldclral w2, w1, [x0]
	two	ldeor, ldeor x2, x1, [x0]
	two	ldsmax, ldsmax x2, x1, [x0]
	none	stadd, stadd x1, [x0]

	access	casp
	mov	x2, x1
	mov	x3, x1
	mov	x4, x1
	mov	x5, x1
	casp	x2, x3, x4, x5, [x0]
	cmp	x2, x1
	csel	x0, x3, x2, eq
	ret

	none	dc_cvac, dc cvac, x0
	none	dc_civac, dc civac, x0
	none	dc_ivac, dc ivac, x0
	none	dc_cvau, dc cvau, x0
	none	dc_cvap, dc cvap, x0
	none	dc_cvadp, dc cvadp, x0
	none	ic_ivau, ic ivau, x0
	none	prfm_load, prfm pldl1keep, [x0]
	none	prfm_store, prfm pstl1keep, [x0]
	none	prfm_code, prfm plil1keep, [x0]

	/* The prologue alone: it may already set bytes, and has to touch the address for that. */
	access	setp
	mov	x2, #4096
	mov	x3, x1
	.inst	0x19c30440			/* setp [x0]!, x2!, x3: the assembler wants all three */
	mov	x0, x1
	ret

	access	ld1b_sve
	ptrue	p0.b, vl16
	dup	z0.d, x1
	ld1b	{z0.b}, p0/z, [x0]
	mov	x2, v0.d[0]
	mov	x3, v0.d[1]
	cmp	x2, x1
	csel	x0, x3, x2, eq
	ret

	access	st1b_sve
	ptrue	p0.b, vl16
	dup	z0.d, x1
	st1b	{z0.b}, p0, [x0]
	mov	x0, x1
	ret

	access	ldff1b_sve
	setffr
	ptrue	p0.b, vl16
	dup	z0.d, x1
	ldff1b	{z0.b}, p0/z, [x0]
	mov	x2, v0.d[0]
	cmp	x2, x1
	csel	x0, x1, x2, eq
	ret

	/*
	 * The load that never faults: lanes that it could not fill are off in FFR and hold anything but
	 * memory. Returns the canary unless a lane is on.
	 */
	access	ldnf1b_sve
	setffr
	ptrue	p0.b, vl16
	dup	z0.d, x1
	ldnf1b	{z0.b}, p0/z, [x0]
	rdffr	p1.b, p0/z
	cntp	x2, p0, p1.b
	mvn	x3, x1
	cmp	x2, #0
	csel	x0, x1, x3, eq
	ret

/*
 * uint64_t access_first_fault(uint64_t address): lanes that a first-faulting load of 64 bytes from
 * `address` on has filled, one bit each; their bytes go to x1[64].
 */
	.global	access_first_fault
	.hidden	access_first_fault
access_first_fault:
	setffr
	mov	x2, #0
	mov	x3, #64
	whilelo	p0.b, x2, x3
	dup	z0.b, #0
	ldff1b	{z0.b}, p0/z, [x0]
	rdffr	p1.b, p0/z
	st1b	{z0.b}, p1, [x1]
	cntp	x0, p0, p1.b
	ret

/* void access_ldtr(...), access_sttr(...): as EL0 would. */
	one	ldtr, ldtr x1, [x0]
	one	ldtrb, ldtrb w1, [x0]
	none	sttr, sttr x1, [x0]

/* uint64_t access_at(uint64_t address, uint64_t): stage 1 of EL1 for a read; PAR_EL1. */
	access	at
	at	s1e1r, x0
	isb
	mrs	x0, par_el1
	ret
	access	at_user
	at	s1e0r, x0
	isb
	mrs	x0, par_el1
	ret
