// SPDX-License-Identifier: Apache-2.0
#include "core/log/limit.h"

#include "core/machine.h"

bool log_allowed(struct log_limit *limit, uint32_t *hidden)
{
	uint64_t price = machine_counter_frequency() * LOG_PAUSE, now = machine_counter();
	uint64_t due = __atomic_load_n(&limit->due, __ATOMIC_RELAXED), from;

	do {
		from = due > now ? due : now;
		if (from - now > price * (LOG_BURST - 1U)) {
			__atomic_fetch_add(&limit->hidden, 1U, __ATOMIC_RELAXED);
			return false;
		}
	} while (!__atomic_compare_exchange_n(&limit->due, &due, from + price, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	*hidden = __atomic_exchange_n(&limit->hidden, 0U, __ATOMIC_RELAXED);
	return true;
}
