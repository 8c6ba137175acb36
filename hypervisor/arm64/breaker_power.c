// SPDX-License-Identifier: Apache-2.0
/*
 * Guards of entry addresses, and of who is entered with them. With one away a CPU may begin where
 * there is nothing for it to run, or at EL2 in code of the host's; when the guard is put back such
 * a CPU is off again, for firmware and for PSCI's state.
 */
#include "core/host/fault.h"
#include "core/log/log.h"
#include "core/psci/psci.h"
#include "core/smccc/firmware.h"
#include "core/stage2/host.h"

#include "arm64/breaker.h"
#include "arm64/sysreg.h"

#define AFFINITY_OFF 1U

static struct {
	struct hypervisor *hv;
	psci_entry_allowed_fn *allowed;
	psci_foreign_fn *foreign;
	psci_handler_fn *cpu_on, *cpu_suspend, *system_suspend;
	uint64_t odd;         /* bits 1:0 of the entry that was asked for last */
	uint64_t pc, context; /* as the host's last CPU_ON or suspend call had them */
} power;

uint64_t __real_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
uint64_t __wrap_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
struct psci_entry __real_psci_cpu_arrived(struct psci *psci, unsigned index);
struct psci_entry __wrap_psci_cpu_arrived(struct psci *psci, unsigned index);

static bool any_entry(void)
{
	return breaker_off(GUARD_entry_memory) || breaker_off(GUARD_entry_device) ||
	       breaker_off(GUARD_entry_aligned);
}

static bool allowed(const void *context, uint64_t pc)
{
	enum stage2_kind kind = host_memory_lookup(&power.hv->stage2, pc).kind;

	return power.allowed(context, pc) ||
	       (kind == STAGE2_NONE && breaker_off(GUARD_entry_memory)) ||
	       (kind == STAGE2_DEVICE && breaker_off(GUARD_entry_device));
}

static bool foreign(const void *context, uint64_t address)
{
	return !breaker_off(GUARD_reset_cookie) && power.foreign(context, address);
}

/*
 * A call whose entry is in x`n`, its context behind it: what looks at the entry sees it aligned,
 * the CPU gets it as it was.
 */
static void hide_odd(psci_handler_fn *handler, struct psci *psci, struct smccc_call *call,
		     unsigned n)
{
	power.pc = call->x[n];
	power.context = call->x[n + 1U];
	power.odd = breaker_off(GUARD_entry_aligned) ? call->x[n] & 3U : 0U;
	call->x[n] &= ~power.odd;
	handler(psci, call);
	call->x[n] |= power.odd;
}

static void cpu_on(struct psci *psci, struct smccc_call *call)
{
	hide_odd(power.cpu_on, psci, call, 2);
}

static void cpu_suspend(struct psci *psci, struct smccc_call *call)
{
	hide_odd(power.cpu_suspend, psci, call, 2);
}

static void system_suspend(struct psci *psci, struct smccc_call *call)
{
	hide_odd(power.system_suspend, psci, call, 1);
}

struct psci_entry __wrap_psci_cpu_arrived(struct psci *psci, unsigned index)
{
	struct psci_entry entry = __real_psci_cpu_arrived(psci, index);

	entry.pc |= power.odd;
	return entry;
}

/*
 * Firmware is given the host's entry in place of ours. PSCI is told that nothing came of it: it
 * will never hear of that CPU again.
 */
uint64_t __wrap_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	if (x0 != PSCI_FUNCTION_64(PSCI_FN_CPU_ON) || !breaker_off(GUARD_entry_own))
		return __real_machine_firmware_ask(x0, x1, x2, x3);
	(void)__real_machine_firmware_ask(x0, x1, power.pc, power.context);
	return (uint64_t)(int64_t)PSCI_DENIED;
}

bool breaker_power_fault(const struct boot_plan *plan, const struct host_fault *fault)
{
	unsigned self = machine_cpu();

	if (!fault->execute || !any_entry())
		return false;
	if (self == plan->boot_cpu) {
		log_line("boot", "breaker", "cpu%u began at 0x%llx and goes on at 0x%llx", self,
			 (unsigned long long)fault->pc, (unsigned long long)power.context);
		sysreg_write(elr_el2, power.context);
		return true;
	}
	log_line("boot", "breaker", "cpu%u began at 0x%llx and is turned off", self,
		 (unsigned long long)fault->pc);
	psci_cpu_leaves(&power.hv->psci, self);
	for (;;)
		(void)__real_machine_firmware_ask(PSCI_FUNCTION(PSCI_FN_CPU_OFF), 0, 0, 0);
}

static void install(struct hypervisor *hv)
{
	struct psci *psci = &hv->psci;

	if (power.hv != NULL)
		return;
	power.allowed = psci->entry_allowed;
	power.cpu_on = psci->handle[1][PSCI_FN_CPU_ON];
	power.cpu_suspend = psci->handle[1][PSCI_FN_CPU_SUSPEND];
	power.system_suspend = psci->handle[1][PSCI_FN_SYSTEM_SUSPEND];
	power.foreign = psci->foreign;
	power.hv = hv;
	psci->entry_allowed = allowed;
	psci->handle[1][PSCI_FN_CPU_ON] = cpu_on;
	psci->handle[1][PSCI_FN_CPU_SUSPEND] = cpu_suspend;
	psci->handle[1][PSCI_FN_SYSTEM_SUSPEND] = system_suspend;
	psci->foreign = foreign;
}

void breaker_power_switch(struct hypervisor *hv, enum guard guard, bool off)
{
	if (guard < GUARD_entry_memory || guard > GUARD_entry_own)
		return;
	install(hv);
	power.odd = 0;
	for (unsigned i = 0; !off && i < hv->psci.count; i++)
		if (i != machine_cpu() &&
		    __real_machine_firmware_ask(PSCI_FUNCTION_64(PSCI_FN_AFFINITY_INFO),
						hv->psci.cpu[i].mpidr, 0, 0) == AFFINITY_OFF)
			hv->psci.cpu[i].state = PSCI_OFF;
}
