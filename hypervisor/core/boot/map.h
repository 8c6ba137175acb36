/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's stage 2 as the plan wants it: everything at once, in the largest blocks.
 */
#ifndef PORTCULLIS_BOOT_MAP_H
#define PORTCULLIS_BOOT_MAP_H

#include "core/boot/plan.h"
#include "core/ledger/ledger.h"
#include "core/stage2/stage2.h"

/*
 * Initialise `stage2` with the tables of the plan and map the host's RAM and devices; what is
 * withheld stays unmapped. The pool's pages must be reachable through machine_table(). NULL or the
 * reason, as for boot_plan_make(). `bbm` is for stage2_init(). Boot CPU, once.
 */
const char *boot_map_host(struct stage2 *stage2, const struct boot_plan *plan, enum stage2_bbm bbm);

/* What of FEAT_BBM is used: what the CPU has, or less where the boot option hv.bbm says so. */
enum stage2_bbm boot_bbm(struct boot_plan *plan, enum stage2_bbm cpu);

/*
 * A ledger of all RAM of the plan that agrees with what boot_map_host() mapped: the host's, but for
 * what is withheld. NULL or the reason. Boot CPU, once.
 */
const char *boot_open_ledger(struct ledger *ledger, struct stage2 *stage2,
			     const struct boot_plan *plan);

#endif
