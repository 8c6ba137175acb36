/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test build that does what it must not (make VARIANT=breaker): hv.break=NAME commits one
 * forbidden act that the protection of that name must stop, hv.unprotect=NAME switches one
 * protection off, which the self-check must notice. The normal image contains none of it.
 */
#ifndef PORTCULLIS_BREAKER_H
#define PORTCULLIS_BREAKER_H

#include "core/boot/plan.h"

#ifdef BREAKER
/* Before the self-check. Boot CPU. */
void breaker_unprotect(struct boot_plan *plan);
/* After the boot report, before the host starts. Boot CPU. */
void breaker_break(struct boot_plan *plan);
#else
static inline void breaker_unprotect(struct boot_plan *plan)
{
	(void)plan;
}

static inline void breaker_break(struct boot_plan *plan)
{
	(void)plan;
}
#endif

#endif
