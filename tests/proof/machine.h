/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine below the core (core/machine.h) for harnesses that need one: it does nothing, and the
 * core's own fault is never reached. A harness that cares about a function defines it before.
 */
#ifndef PORTCULLIS_PROOF_MACHINE_H
#define PORTCULLIS_PROOF_MACHINE_H

#include "core/log/limit.h"
#include "core/log/log.h"
#include "core/machine.h"
#include "proof.h"

void log_line(const char *area, const char *key, const char *format, ...)
{
	(void)area;
	(void)key;
	(void)format;
}

void log_limited(struct log_limit *limit, const char *area, const char *key, const char *format,
		 ...)
{
	(void)limit;
	(void)area;
	(void)key;
	(void)format;
}

_Noreturn void machine_crash(const char *file, unsigned line, const char *what)
{
	(void)file;
	(void)line;
	(void)what;
	NEVER();
	for (;;)
		;
}

void machine_relax(void)
{
}

uint64_t machine_counter(void)
{
	return 0;
}

unsigned machine_cpu(void)
{
	return 0;
}

#ifndef PROOF_OWN_TABLE
void *machine_table(uint64_t physical)
{
	(void)physical;
	NEVER();
	return NULL;
}
#endif

void machine_stage2_invalidate(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
}

void machine_table_publish(void)
{
}

void machine_cache_clean(const void *base, size_t size)
{
	(void)base;
	(void)size;
}

#endif
