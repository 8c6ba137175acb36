/* SPDX-License-Identifier: Apache-2.0 */
/* The GIC as far as a payload needs it: one interrupt that wakes a CPU, never taken. */
#ifndef PAYLOAD_GIC_H
#define PAYLOAD_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* INTID of the virtual timer, as server base system architecture and QEMU's tree have it. */
#define GIC_VIRTUAL_TIMER 27U

/*
 * Let private interrupt `number` of this CPU through to its interface, at which PSTATE keeps it
 * pending. False without a GIC, or when this CPU's redistributor is not in the tree. Any CPU.
 */
bool gic_enable(unsigned number);
void gic_disable(unsigned number);

/* Frame with the registers of private interrupts of this CPU, or 0. Any CPU. */
uint64_t gic_private_frame(void);

#endif
