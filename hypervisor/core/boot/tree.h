/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's device tree: a copy of the one that came in, with the few edits that the plan asks
 * for. Each edit is recorded in the plan for the boot report.
 *
 *   /hypervisor       added: compatible "portcullis,portcullis", portcullis,version
 *   /reserved-memory  one no-map child per withheld range of RAM that has none yet
 *   /chosen           module nodes removed; bootargs, linux,initrd-start and -end set
 *   withheld devices  node removed (QEMU's fw_cfg); GICH and GICV cut off the GIC's reg
 *
 * All else stays as it is, psci, rng-seed and kaslr-seed included.
 */
#ifndef PORTCULLIS_BOOT_TREE_H
#define PORTCULLIS_BOOT_TREE_H

#include "core/boot/plan.h"

/*
 * Write the host's tree to `out`, which is plan->tree.size bytes at plan->tree.base. `source` is
 * the tree that boot_plan_make() read, unchanged since. Sets plan->tree_size to the bytes in use,
 * and cleans them from the caches, because the host reads them first with its MMU off. NULL or the
 * reason. Boot CPU, once, before the host runs.
 */
const char *boot_tree_write(struct boot_plan *plan, const void *source, void *out);

#endif
