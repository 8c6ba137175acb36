/* SPDX-License-Identifier: Apache-2.0 */
/* What runs at EL0, read-only and position independent: one instruction each, then an SVC. */
	.text
	.macro	user name, instruction:vararg
	.balign	4
	.global	user_\name
	.hidden	user_\name
user_\name:
	\instruction
	svc	#0
	.endm

	user	smc, .inst 0xd4000003		/* smc #0 */
	user	hvc, .inst 0xd4000002		/* hvc #0 */
	user	hcr, mrs x1, s3_4_c1_c1_0
	user	load, ldr x1, [x0]
	user	store, str x0, [x0]
	user	branch, br x0
	user	svc, nop
	user	take, ldr x0, [x0]		/* what it read is the answer of user_run() */

	/* The same in AArch32 (A32). */
	.section .rodata
	.macro	user32 name, word
	.balign	4
	.global	user32_\name
	.hidden	user32_\name
user32_\name:
	.long	\word
	.long	0xef000000			/* svc #0 */
	.endm

	user32	smc, 0xe1600070
	user32	hvc, 0xe1400070
	user32	load, 0xe5901000		/* ldr r1, [r0] */
	user32	store, 0xe5800000		/* str r0, [r0] */
	user32	branch, 0xe12fff10		/* bx r0 */
	user32	svc, 0xe320f000			/* nop */
