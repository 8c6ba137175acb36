// SPDX-License-Identifier: Apache-2.0
/*
 * hv.break=hold-gap-MS: behind TLB maintenance of a block the change of its size waits until
 * another CPU has met a fault, or so many milliseconds. Where a block is missing for a moment,
 * somebody gets to see it then.
 *
 * hv.break=conflict-N: the first N aborts of the host come as TLB conflicts, which emulators do not
 * have.
 */
#include "arm64/breaker.h"

#include "core/host/fault.h"
#include "core/machine.h"

#include "arm64/sysreg.h"
#include "arm64/trap.h"

#define BLOCK (2UL << 20)

enum host_fault_answer __real_host_fault_decide(struct host_faults *faults,
						const struct boot_plan *plan, struct ledger *ledger,
						const struct host_fault *fault);
enum host_fault_answer __wrap_host_fault_decide(struct host_faults *faults,
						const struct boot_plan *plan, struct ledger *ledger,
						const struct host_fault *fault);

void __real_handle_other(struct host_frame *frame);
void __wrap_handle_other(struct host_frame *frame);

static uint64_t patience; /* ticks; written by the boot CPU before the host starts */
static uint32_t faults_met;
static uint32_t conflicts; /* that are still to come */

void breaker_hold_gap(uint32_t milliseconds)
{
	patience = machine_counter_frequency() / 1000U * milliseconds;
}

uint32_t breaker_faults_met(void)
{
	return __atomic_load_n(&faults_met, __ATOMIC_RELAXED);
}

void breaker_gap(uint64_t size, uint32_t before)
{
	uint64_t begin = machine_counter();

	if (patience == 0UL || size < BLOCK)
		return;
	while (breaker_faults_met() == before && machine_counter() - begin < patience)
		machine_relax();
}

enum host_fault_answer __wrap_host_fault_decide(struct host_faults *faults,
						const struct boot_plan *plan, struct ledger *ledger,
						const struct host_fault *fault)
{
	__atomic_fetch_add(&faults_met, 1U, __ATOMIC_RELAXED);
	if (breaker_power_fault(plan, fault))
		return HOST_FAULT_RETRY;
	return __real_host_fault_decide(faults, plan, ledger, fault);
}

void breaker_conflict(uint32_t count)
{
	conflicts = count;
}

void __wrap_handle_other(struct host_frame *frame)
{
	uint64_t esr = sysreg_read(esr_el2);

	/* one CPU at a time is enough for a test */
	if (conflicts > 0U && (ESR_EC(esr) == EC_DABT_LOWER || ESR_EC(esr) == EC_IABT_LOWER)) {
		conflicts--;
		sysreg_write(esr_el2, (esr & ~0x3fUL) | FSC_TLB_CONFLICT);
	}
	__real_handle_other(frame);
}
