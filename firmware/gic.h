/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controller's secure side: everything belongs to the normal world (group 1) except
 * SGI 15, with which one CPU wakes another that waits in the firmware's pen, and SGI 8, the first
 * of those that are the secure world's by convention, unless the SPMC tells of notifications with
 * it.
 */
#ifndef FIRMWARE_GIC_H
#define FIRMWARE_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* Read where the GIC is from the tree; returns a reason in words when there is none. Boot CPU. */
const char *gic_find(const void *tree);

/* Distributor. Boot CPU, before gic_cpu_init() on any. */
void gic_init(void);

/* This CPU's redistributor and CPU interface. Each CPU once after reset. */
void gic_cpu_init(void);

/* Let only the firmware's own SGI wake this CPU, or (false) hand the interface to the normal world.
 */
void gic_cpu_pen(bool penned);

/* Wake CPU `cpu` (index) from its pen. */
void gic_wake(unsigned cpu);

/* Make the normal world's SGI `sgi` pending on the calling CPU. Any CPU. */
void gic_raise(unsigned sgi);

/* Take the wake-up SGI, if it is pending. Only while penned. */
void gic_take(void);

/* Is a shared peripheral interrupt enabled and pending? Any CPU. */
bool gic_shared_pending(void);

#endif
