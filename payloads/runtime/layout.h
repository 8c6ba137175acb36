/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that assembly and C share; cpu.c and smccc.c check the offsets. */
#ifndef PAYLOAD_LAYOUT_H
#define PAYLOAD_LAYOUT_H

#define CPU_LIMIT  16
#define STACK_SIZE 16384

/* struct cpu */
#define CPU_STACK    0
#define CPU_FUNCTION 8
#define CPU_ARGUMENT 16
#define CPU_USER_SP  24
#define CPU_ENTRY    32

/* struct cpu_entry: x0..x30, then the registers of enum entry_register in its order */
#define ENTRY_SYSTEM 248
#define ENTRY_COUNT  17
#define ENTRY_SIZE   (ENTRY_SYSTEM + 8 * ENTRY_COUNT)

/* struct frame: x0..x30, then what the exception registers held */
#define FRAME_ELR  248
#define FRAME_SPSR 256
#define FRAME_SP   264
#define FRAME_SIZE 272

/* struct exchange: x0..x30, SP before and after, q0..q31 */
#define EXCHANGE_SP       248
#define EXCHANGE_SP_AFTER 256
#define EXCHANGE_Q        272

/* Ways to call: enum conduit in smccc.h */
#define CONDUIT_SMC      0
#define CONDUIT_HVC      1
#define CONDUIT_SMC_1    2
#define CONDUIT_HVC_1    3
#define CONDUIT_SMC_FFFF 4
#define CONDUIT_HVC_FFFF 5
#define CONDUIT_LOAD     6 /* no call, but a load from x1 that brings nothing */

#define SCTLR_MMU_OFF 0x30d00800 /* RES1 of Armv8.0, LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS */

#endif
