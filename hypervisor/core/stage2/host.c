// SPDX-License-Identifier: Apache-2.0
#include "core/stage2/host.h"

enum stage2_status host_memory_set(struct stage2 *stage2, uint64_t base, uint64_t size,
				   enum stage2_kind kind)
{
	enum stage2_status status;

	lock_take(&stage2->lock);
	status = stage2_set(stage2, base, size, kind);
	lock_release(&stage2->lock);
	return status;
}

bool host_memory_limit(struct stage2 *stage2, enum stage2_bbm bbm)
{
	bool lower;

	lock_take(&stage2->lock);
	lower = bbm < stage2->bbm;
	if (lower)
		stage2->bbm = bbm;
	lock_release(&stage2->lock);
	return lower;
}

struct stage2_entry host_memory_lookup(struct stage2 *stage2, uint64_t ipa)
{
	struct stage2_entry entry;

	lock_take(&stage2->lock);
	entry = stage2_lookup(stage2, ipa);
	lock_release(&stage2->lock);
	return entry;
}
