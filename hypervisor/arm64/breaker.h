/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test build that does what it must not (make VARIANT=breaker): hv.break=NAME commits one
 * forbidden act that the protection of that name must stop, hv.unprotect=NAME switches one
 * protection off, which the self-check must notice; hv.break=show-keys prints the keys and canaries
 * of all CPUs. The normal image contains none of it.
 */
#ifndef PORTCULLIS_BREAKER_H
#define PORTCULLIS_BREAKER_H

#include "core/boot/plan.h"

#ifdef BREAKER
/* Before the self-check. Boot CPU. */
void breaker_unprotect(struct boot_plan *plan);
/* After the boot report, before the host starts. Boot CPU. */
void breaker_break(struct boot_plan *plan);
/* With hv.break=call-FID (hexadecimal): breaks an invariant while that call is handled. Any CPU. */
void breaker_call(uint32_t fid);
#else
static inline void breaker_unprotect(struct boot_plan *plan)
{
	(void)plan;
}

static inline void breaker_break(struct boot_plan *plan)
{
	(void)plan;
}

static inline void breaker_call(uint32_t fid)
{
	(void)fid;
}
#endif

#endif
