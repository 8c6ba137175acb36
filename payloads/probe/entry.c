// SPDX-License-Identifier: Apache-2.0
#include "entry.h"

#include <stddef.h>

#include "payload.h"
#include "psci.h"

#define LAND_LIMIT_US 5000000U

/* In lines of its own: nothing else may be written back over it. entry.S finds it by its name. */
union landing_lines {
	struct landing record;
	uint8_t lines[2048];
};

union landing_lines landing __attribute__((aligned(2048)));

_Static_assert(offsetof(struct landing, x) == 8 && offsetof(struct landing, mpidr) == 40 &&
		   offsetof(struct landing, release) == 56,
	       "entry.S");

static void drop(const void *start, size_t size)
{
	for (size_t at = 0; at < size; at += 16U)
		__asm__ volatile("dc civac, %0" ::"r"((uintptr_t)start + at) : "memory");
	dsb_sy();
}

struct landing landing_read(void)
{
	drop(&landing, sizeof(landing));
	return landing.record;
}

void landing_hold(bool hold)
{
	drop(&landing, sizeof(landing));
	landing.record.release = hold ? 0U : 1U;
	drop(&landing, sizeof(landing));
}

bool landing_wait(uint64_t count)
{
	uint64_t begin = clock_us();

	while (landing_read().count < count)
		if (clock_us() - begin > LAND_LIMIT_US)
			return false;
	return true;
}

int32_t suspend(uint32_t power_state, bool hvc)
{
	const uint64_t call[4] = {PSCI_CPU_SUSPEND, power_state, (uint64_t)(uintptr_t)secondary,
				  (uint64_t)(uintptr_t)cpu_self()};

	return suspend_by(call, hvc);
}
