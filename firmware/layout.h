/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that the assembly and the C code share. */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

#define CPU_LIMIT  16   /* CPUs with affinity 0.0.0.0 to 0.0.0.15; others sleep for ever */
#define STACK_SIZE 8192 /* bytes per CPU */

/* struct frame in frame.h: x0..x30, then one word of padding. */
#define FRAME_SIZE 256

/* Written by the boot CPU when everything that the others need has been set up. */
#define MAILBOX_READY 0x52454144

#define SCTLR_EL3_RES1   0x30c50830
#define SCTLR_EL3_ENABLE (SCTLR_EL3_RES1 | (1 << 0) | (1 << 2) | (1 << 12)) /* M, C, I */

#endif
