// SPDX-License-Identifier: Apache-2.0
/*
 * The CPU that a call of PSCI names (DEN0022 5.1.4): it is found by exactly its affinity, and
 * a number with another bit set names none.
 *
 * target: hypervisor/core/psci/psci.c find_cpu
 * bound: every 64-bit target, 4 CPUs
 * assumes: there are 1 to 4 CPUs whose MPIDRs differ and have affinity fields only
 *   (boot_mpidr)
 * unwind: 4
 */
#include "proof.h"

#include "core/psci/psci.c"
#include "machine.h"

#define AFFINITY 0xff00ffffffUL

static struct psci psci;

void prove(void)
{
	uint64_t target = nondet_uint64();
	struct psci_cpu *found;
	unsigned count = 0, which = 0;

	psci.count = nondet_unsigned();
	for (unsigned i = 0; i < 4U; i++)
		psci.cpu[i].mpidr = nondet_uint64() & AFFINITY;
	ASSUME(psci.count >= 1U && psci.count <= 4U && psci.cpu[0].mpidr != psci.cpu[1].mpidr &&
	       psci.cpu[0].mpidr != psci.cpu[2].mpidr && psci.cpu[0].mpidr != psci.cpu[3].mpidr &&
	       psci.cpu[1].mpidr != psci.cpu[2].mpidr && psci.cpu[1].mpidr != psci.cpu[3].mpidr &&
	       psci.cpu[2].mpidr != psci.cpu[3].mpidr);
	found = find_cpu(&psci, target);
	for (unsigned i = 0; i < psci.count; i++) {
		if (psci.cpu[i].mpidr == target) {
			count++;
			which = i;
		}
	}
	PROMISE((found != NULL) == (count == 1U));
	PROMISE(found == NULL || found == &psci.cpu[which]);
	PROMISE(found == NULL || (target & ~AFFINITY) == 0U);
}
