// SPDX-License-Identifier: Apache-2.0
#include "arm64/counters.h"

#include "core/host/register.h"

#include "arm64/sysreg.h"

#define NSH    (1UL << 27) /* of a type or filter: counts at EL2 as well */
#define CYCLES 31U         /* PMSELR_EL0.SEL of the cycle counter's filter */

#define PMXEVTYPER HOST_REGISTER(3U, 3U, 9U, 13U, 1U)
#define PMXEVCNTR  HOST_REGISTER(3U, 3U, 9U, 13U, 2U)

/* Registers that have no index: op1, CRm, op2 (CRn is 9), name; read and written. */
#define PLAIN(_)                                                                                   \
	_(3U, 12U, 0U, pmcr_el0)                                                                   \
	_(3U, 12U, 1U, pmcntenset_el0)                                                             \
	_(3U, 12U, 2U, pmcntenclr_el0)                                                             \
	_(3U, 12U, 3U, pmovsclr_el0)                                                               \
	_(3U, 12U, 5U, pmselr_el0)                                                                 \
	_(3U, 13U, 0U, pmccntr_el0)                                                                \
	_(3U, 14U, 0U, pmuserenr_el0)                                                              \
	_(3U, 14U, 3U, pmovsset_el0)                                                               \
	_(0U, 14U, 1U, pmintenset_el1)                                                             \
	_(0U, 14U, 2U, pmintenclr_el1)

static unsigned event_counters(void)
{
	return (unsigned)(sysreg_read(pmcr_el0) >> 11) & 0x1fU;
}

/*
 * Counter or type `index`, through PMSELR_EL0, which is the host's and goes back. An index that the
 * CPU does not have is CONSTRAINED UNPREDICTABLE, also at EL2: it reads as zero here.
 */
static __attribute__((noinline)) uint64_t indexed(unsigned index, bool type, bool write,
						  uint64_t value)
{
	uint64_t selected = sysreg_read(pmselr_el0);

	if (index >= event_counters() && !(type && index == CYCLES))
		return 0;
	sysreg_write(pmselr_el0, index);
	isb();
	if (write && type)
		sysreg_write(pmxevtyper_el0, value & ~NSH);
	else if (write)
		sysreg_write(pmxevcntr_el0, value);
	else
		value = type ? sysreg_read(pmxevtyper_el0) : sysreg_read(pmxevcntr_el0);
	sysreg_write(pmselr_el0, selected);
	isb();
	return value;
}

/* Is it one of those that have an index? Which, and of what kind. */
static bool find_index(uint32_t encoding, unsigned *index, bool *type)
{
	unsigned crm = HOST_REGISTER_CRM(encoding), op2 = HOST_REGISTER_OP2(encoding);

	if (encoding == PMXEVTYPER || encoding == PMXEVCNTR) {
		*index = (unsigned)sysreg_read(pmselr_el0) & 0x1fU;
		*type = encoding == PMXEVTYPER;
		return true;
	}
	if (HOST_REGISTER_CRN(encoding) != 14U)
		return false;
	*index = (crm & 3U) << 3 | op2;
	*type = crm >= 12U;
	return true;
}

void counters_blind(void)
{
	for (unsigned i = 0; i < event_counters(); i++)
		(void)indexed(i, true, true, 0);
	(void)indexed(CYCLES, true, true, 0);
}

bool counters_read(uint32_t encoding, uint64_t *value)
{
	unsigned index;
	bool type;

	if (find_index(encoding, &index, &type)) {
		*value = indexed(index, type, false, 0);
		return true;
	}
	switch (encoding) {
#define CASE(op1, crm, op2, name)                                                                  \
	case HOST_REGISTER(3U, op1, 9U, crm, op2):                                                 \
		*value = sysreg_read(name);                                                        \
		return true;
		PLAIN(CASE)
#undef CASE
	case HOST_REGISTER(3U, 3U, 9U, 12U, 6U):
		*value = sysreg_read(pmceid0_el0);
		return true;
	case HOST_REGISTER(3U, 3U, 9U, 12U, 7U):
		*value = sysreg_read(pmceid1_el0);
		return true;
	default:
		return false;
	}
}

bool counters_write(uint32_t encoding, uint64_t value)
{
	unsigned index;
	bool type;

	if (find_index(encoding, &index, &type)) {
		(void)indexed(index, type, true, value);
		return true;
	}
	switch (encoding) {
#define CASE(op1, crm, op2, name)                                                                  \
	case HOST_REGISTER(3U, op1, 9U, crm, op2):                                                 \
		sysreg_write(name, value);                                                         \
		return true;
		PLAIN(CASE)
#undef CASE
	case HOST_REGISTER(3U, 3U, 9U, 12U, 4U):
		sysreg_write(pmswinc_el0, value);
		return true;
	default:
		return false;
	}
}
