// SPDX-License-Identifier: Apache-2.0
#include "core/host/fault.h"

#include <stddef.h>

#include "core/log/log.h"
#include "core/stage2/host.h"

static const char *access_words(const struct host_fault *fault)
{
	if (fault->walk)
		return "table walk";
	if (fault->execute)
		return "instruction fetch";
	return fault->write ? "write" : "read";
}

/* True for the first call of each kind: a host that tries again and again shall not flood the log.
 */
static bool first_time(struct host_faults *faults, const struct boot_plan *plan,
		       const struct boot_withheld *range)
{
	if (range == NULL)
		return __atomic_exchange_n(&faults->named_elsewhere, 1U, __ATOMIC_RELAXED) == 0U;
	size_t index = (size_t)(range - plan->withheld);
	uint32_t bit = 1U << (index % 32U);

	return (__atomic_fetch_or(&faults->named[index / 32U], bit, __ATOMIC_RELAXED) & bit) == 0U;
}

/* Does the host's translation allow this access by now? */
static bool allowed(struct stage2 *stage2, const struct host_fault *fault)
{
	switch (host_memory_lookup(stage2, fault->address).kind) {
	case STAGE2_RAM:
		return true;
	case STAGE2_DEVICE:
		return !fault->execute;
	case STAGE2_NONE:
		break;
	}
	return false;
}

static void say_withheld(const struct host_fault *fault, const struct boot_withheld *range)
{
	log_line("mem", "fault",
		 "host %s at 0x%llx (%s: %s); abort injected, pc=0x%llx; further ones here are "
		 "only counted",
		 access_words(fault), (unsigned long long)fault->address, range->name,
		 boot_withheld_words(range->reason), (unsigned long long)fault->pc);
}

/* RAM that the host had at boot, and gave away since. */
static void say_given(const struct host_fault *fault, struct ledger_record record)
{
	char owner[16];

	log_line("mem", "fault-given",
		 "host %s at 0x%llx, a page %s by the %s; abort injected, pc=0x%llx; further ones "
		 "are only counted",
		 access_words(fault), (unsigned long long)fault->address,
		 ledger_state_words((enum ledger_state)record.state),
		 ledger_party_words(owner, record.owner), (unsigned long long)fault->pc);
}

static void say_elsewhere(const struct host_fault *fault)
{
	if (fault->known)
		log_line("mem", "fault-unnamed",
			 "host %s at 0x%llx, which the tree does not name as memory or device; "
			 "abort injected, pc=0x%llx; further ones are only counted",
			 access_words(fault), (unsigned long long)fault->address,
			 (unsigned long long)fault->pc);
	else
		log_line("mem", "fault-unknown",
			 "host %s at an address that its own tables no longer give; abort "
			 "injected, pc=0x%llx",
			 access_words(fault), (unsigned long long)fault->pc);
}

enum host_fault_answer host_fault_decide(struct host_faults *faults, const struct boot_plan *plan,
					 struct ledger *ledger, const struct host_fault *fault)
{
	const struct boot_withheld *range = NULL;
	struct ledger_extent extent = {.ram = false};

	if (fault->known && allowed(ledger->stage2, fault))
		return HOST_FAULT_RETRY;
	__atomic_fetch_add(&faults->total, 1U, __ATOMIC_RELAXED);
	if (fault->known) {
		range = boot_plan_withheld(plan, fault->address);
		extent = ledger_lookup(ledger, fault->address);
	}
	if (range == NULL)
		__atomic_fetch_add(&faults->elsewhere, 1U, __ATOMIC_RELAXED);
	if (range != NULL) {
		if (first_time(faults, plan, range))
			say_withheld(fault, range);
	} else if (extent.ram) {
		if (__atomic_exchange_n(&faults->named_given, 1U, __ATOMIC_RELAXED) == 0U)
			say_given(fault, extent.record);
	} else if (first_time(faults, plan, NULL)) {
		say_elsewhere(fault);
	}
	return HOST_FAULT_ABORT;
}
