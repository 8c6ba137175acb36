/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the boot report that the plan knows: memory map, what was withheld and why, CPUs,
 * kernel, initial RAM disk and tree, the edits of the tree, and the DMA-capable nodes that remain.
 * Log lines of the area "boot"; their keys are explained in docs/messages.md.
 */
#ifndef PORTCULLIS_BOOT_REPORT_H
#define PORTCULLIS_BOOT_REPORT_H

#include "core/boot/plan.h"

/* Boot CPU, after boot_tree_write() and after every module has asked for its options. */
void boot_report(const struct boot_plan *plan);

#endif
