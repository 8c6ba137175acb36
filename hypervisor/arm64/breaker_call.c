// SPDX-License-Identifier: Apache-2.0
/*
 * Guards of calls: the rules of the ledger, the immediate, the ranges of identifiers, FF-A. A rule
 * of the ledger is away when a change expects what it finds; so its records stay in order, and all
 * other rules hold.
 */
#include "core/host/ffa.h"
#include "core/host/memory.h"
#include "core/ledger/block.h"
#include "core/ledger/ledger.h"
#include "core/smccc/route.h"
#include "core/stage2/host.h"

#include "arm64/breaker.h"

#define UNPINNED_MAX 16U
#define RACE_SECONDS 20U /* for the other CPU, which may be an emulator's and wait for its turn */

static struct {
	struct hypervisor *hv;
	uint32_t open; /* as policy.open was */
	uint64_t unpinned[UNPINNED_MAX];
	unsigned unpinned_count;
	uint32_t inside; /* CPUs that have checked and not changed yet; atomic */
} calls;

struct ledger_answer __real_ledger_apply(struct ledger *ledger, const struct ledger_change *change);
struct ledger_answer __wrap_ledger_apply(struct ledger *ledger, const struct ledger_change *change);
void __real_host_memory_call(struct host_memory *memory, struct ledger *ledger,
			     struct smccc_call *call);
void __wrap_host_memory_call(struct host_memory *memory, struct ledger *ledger,
			     struct smccc_call *call);
void __real_smccc_route(struct hypervisor *hv, struct smccc_call *call, uint16_t immediate,
			uint64_t x[SMCCC_REGISTERS]);
void __wrap_smccc_route(struct hypervisor *hv, struct smccc_call *call, uint16_t immediate,
			uint64_t x[SMCCC_REGISTERS]);
void __real_host_ffa_call(struct ffa *ffa, struct smccc_call *call);
void __wrap_host_ffa_call(struct ffa *ffa, struct smccc_call *call);

/* --- the ledger --- */

/* What is no RAM changes hands as well, in stage 2 alone. */
static struct ledger_answer change_device(struct ledger *ledger, const struct ledger_change *change)
{
	enum stage2_kind kind =
	    ledger_record_access(change->set, LEDGER_HOST) ? STAGE2_DEVICE : STAGE2_NONE;

	(void)host_memory_set(ledger->stage2, change->base, change->size, kind);
	return (struct ledger_answer){LEDGER_OK, LEDGER_RULE_NONE, change->base};
}

/*
 * The lock away: two CPUs have both checked before one of them changes anything. True when this
 * one's check was good.
 */
static bool check_beside_another(struct ledger *ledger, const struct ledger_change *change)
{
	struct ledger_record record = ledger_lookup(ledger, change->base).record;
	uint64_t begin = machine_counter();
	bool good = record.owner == change->expect.owner && record.state == change->expect.state;

	if (psci_alone(&calls.hv->psci))
		return good;
	__atomic_fetch_add(&calls.inside, 1U, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&calls.inside, __ATOMIC_ACQUIRE) < 2U &&
	       machine_counter() - begin < RACE_SECONDS * machine_counter_frequency())
		machine_relax();
	return good;
}

static struct ledger_answer apply_page(struct ledger *ledger, const struct ledger_change *change,
				       bool checked)
{
	struct ledger_record record = ledger_lookup(ledger, change->base).record;
	struct ledger_change next = *change;

	if (breaker_off(GUARD_ledger_owner) || checked)
		next.expect.owner = record.owner;
	if (breaker_off(GUARD_ledger_state) || checked) {
		next.expect.state = record.state;
		next.expect.borrower = record.borrower;
	}
	if (breaker_off(GUARD_ledger_pinned) && change->pin == 0 && record.pins == 1U &&
	    calls.unpinned_count < UNPINNED_MAX) {
		next.pin = -1;
		calls.unpinned[calls.unpinned_count++] = change->base;
	}
	return __real_ledger_apply(ledger, &next);
}

struct ledger_answer __wrap_ledger_apply(struct ledger *ledger, const struct ledger_change *change)
{
	struct ledger_change next = *change;
	struct ledger_answer answer = {LEDGER_OK, LEDGER_RULE_NONE, change->base};
	bool checked = false;

	if (breaker_off(GUARD_ledger_aligned))
		next.base &= ~(LEDGER_PAGE - 1U);
	if (breaker_off(GUARD_ledger_ram) && !ledger_lookup(ledger, next.base).ram)
		return change_device(ledger, &next);
	if (!breaker_off(GUARD_ledger_owner) && !breaker_off(GUARD_ledger_state) &&
	    !breaker_off(GUARD_ledger_pinned) && !breaker_off(GUARD_ledger_lock)) {
		answer = __real_ledger_apply(ledger, &next);
		if (answer.status == LEDGER_NO_MEMORY && breaker_off(GUARD_ledger_reserve))
			answer.status = LEDGER_OK;
		return answer;
	}
	if (breaker_off(GUARD_ledger_lock))
		checked = check_beside_another(ledger, &next);
	/* page by page, as they may differ now */
	next.size = LEDGER_PAGE;
	for (; next.base < change->base + change->size && answer.status == LEDGER_OK;
	     next.base += LEDGER_PAGE) {
		do
			answer = apply_page(ledger, &next, checked);
		while (checked && answer.status == LEDGER_DENIED); /* the other was in between */
	}
	return answer;
}

/* As if the product of pages and their size were taken as it comes. */
void __wrap_host_memory_call(struct host_memory *memory, struct ledger *ledger,
			     struct smccc_call *call)
{
	if (breaker_off(GUARD_ledger_count))
		call->x[2] &= UINT64_MAX / LEDGER_PAGE;
	__real_host_memory_call(memory, ledger, call);
}

static void pin_again(struct ledger *ledger)
{
	while (calls.unpinned_count > 0U) {
		uint64_t page = calls.unpinned[--calls.unpinned_count];
		struct ledger_record record = ledger_lookup(ledger, page).record;

		if (record.pins == 0U)
			(void)ledger_pin(ledger, page, LEDGER_PAGE, (enum ledger_party)record.owner,
					 0);
	}
}

/* --- the router --- */

void __wrap_smccc_route(struct hypervisor *hv, struct smccc_call *call, uint16_t immediate,
			uint64_t x[SMCCC_REGISTERS])
{
	__real_smccc_route(hv, call, breaker_off(GUARD_call_immediate) ? 0U : immediate, x);
}

/* Whatever it is, firmware answers. */
void __wrap_host_ffa_call(struct ffa *ffa, struct smccc_call *call)
{
	uint64_t x[SMCCC_REGISTERS] = {call->fid};

	if (!breaker_off(GUARD_ffa_functions)) {
		__real_host_ffa_call(ffa, call);
		return;
	}
	for (unsigned n = 1; n < SMCCC_REGISTERS; n++)
		x[n] = call->x[n];
	firmware_call(&calls.hv->firmware, x);
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		call->x[n] = x[n];
}

void breaker_call_switch(struct hypervisor *hv, enum guard guard, bool off)
{
	calls.hv = hv;
	__atomic_store_n(&calls.inside, 0U, __ATOMIC_RELEASE);
	if (guard == GUARD_ledger_pinned && !off)
		pin_again(&hv->ledger);
	if (guard == GUARD_call_ranges && off) {
		calls.open = hv->policy.open;
		hv->policy.open = ~0U;
	} else if (guard == GUARD_call_ranges) {
		hv->policy.open = calls.open;
	}
}
