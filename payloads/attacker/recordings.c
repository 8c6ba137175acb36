// SPDX-License-Identifier: Apache-2.0
/* What a CPU writes down by itself: branches, profiles, its trace. */
#include "attack.h"
#include "features.h"
#include "given.h"
#include "sysreg.h"

#define BRBCR_EL1RECORDS ((1UL << 1) | (1UL << 0)) /* E1BRE, E0BRE */
#define BRBFCR_ALL                                                                                 \
	((1UL << 22) | (1UL << 21) | (1UL << 20) | (1UL << 19) | (1UL << 18) | (1UL << 17))
#define BRBFCR_PAUSED (1UL << 7)

/* Sources and targets of the last branches: none of them is the hypervisor's. */
enum attack_outcome attack_record_branches(void)
{
	const uint64_t none[4] = {0};
	uint64_t record[8];
	unsigned found = 0;

	if (!feature(BRBE))
		return attack_absent("no FEAT_BRBE");
	sysreg_write(s2_1_c9_c0_0, BRBCR_EL1RECORDS); /* BRBCR_EL1 */
	sysreg_write(s2_1_c9_c0_1, BRBFCR_ALL);       /* BRBFCR_EL1 */
	isb();
	(void)attack_call(HVC, 0x86000020U, none, 0);
	sysreg_write(s2_1_c9_c0_1, BRBFCR_ALL | BRBFCR_PAUSED);
	isb();
	record[0] = sysreg_read(s2_1_c8_c0_1); /* BRBSRC0_EL1, BRBTGT0_EL1 and so on */
	record[1] = sysreg_read(s2_1_c8_c0_2);
	record[2] = sysreg_read(s2_1_c8_c1_1);
	record[3] = sysreg_read(s2_1_c8_c1_2);
	record[4] = sysreg_read(s2_1_c8_c2_1);
	record[5] = sysreg_read(s2_1_c8_c2_2);
	record[6] = sysreg_read(s2_1_c8_c3_1);
	record[7] = sysreg_read(s2_1_c8_c3_2);
	sysreg_write(s2_1_c9_c0_0, 0);
	isb();
	for (unsigned i = 0; i < 8U; i++)
		found += machine_kept(record[i]) ? 1U : 0U;
	return attack_judge(found != 0U, "%u addresses of the hypervisor's in the newest records",
			    found);
}

#define PMSCR_E1SPE     (1UL << 1)
#define PMSIRR_INTERVAL (1UL << 8) /* 256 operations */
#define PMBLIMITR_E     1UL
#define WORK            100000U
#define PROFILE_PAGE    19U

/* Profiles of what runs here, into a page that is no longer ours. */
enum attack_outcome attack_profile_into_given_page(void)
{
	uint64_t page = given_page(PROFILE_PAGE);
	unsigned changed;

	if (!feature(SPE))
		return attack_absent("no FEAT_SPE");
	if (!given_donate(page))
		return ATTACK_STOPPED;
	sysreg_write(s3_0_c9_c10_3, 0);                                   /* PMBSR_EL1 */
	sysreg_write(s3_0_c9_c10_1, page);                                /* PMBPTR_EL1 */
	sysreg_write(s3_0_c9_c10_0, (page + MACHINE_PAGE) | PMBLIMITR_E); /* PMBLIMITR_EL1 */
	sysreg_write(s3_0_c9_c9_4, 0);                                    /* PMSFCR_EL1 */
	sysreg_write(s3_0_c9_c9_3, PMSIRR_INTERVAL);                      /* PMSIRR_EL1 */
	sysreg_write(s3_0_c9_c9_2, 0);                                    /* PMSICR_EL1 */
	isb();
	sysreg_write(s3_0_c9_c9_0, PMSCR_E1SPE); /* PMSCR_EL1 */
	isb();
	for (volatile unsigned i = 0; i < WORK; i++)
		;
	sysreg_write(s3_0_c9_c9_0, 0);
	isb();
	__asm__ volatile("hint #17\n\tdsb nsh" ::: "memory"); /* PSB CSYNC */
	sysreg_write(s3_0_c9_c10_0, 0);
	isb();
	changed = given_return(page);
	return attack_judge(changed != 0U, "%u words of profiles in a page that is not ours",
			    changed);
}

/* ---- trace unit (ETE) and its buffer (TRBE) ---- */

#define TRACE_VERSION    4U /* field of ID_AA64DFR0_EL1 */
#define TRFCR_E0_E1      3UL
#define TRBLIMITR_E      1UL
#define TRBLIMITR_WRAP   (3UL << 1) /* FM: circular */
#define TRBLIMITR_IGNORE (3UL << 3) /* TM: no trigger */
#define VICTLR_ALWAYS    0x201UL    /* start/stop logic started, resource 1: true */
#define VICTLR_NO_EL0    (1UL << 20)
#define VICTLR_NO_EL1    (1UL << 21)
#define STATR_IDLE       1UL
#define TRACE_PAGE       21U
#define SPINS            1000000U
#define ADDRESS_LONG_64  0x9dU /* packets with a whole address, IS0 and IS1 (DDI 0487, D5) */
#define ADDRESS_LONG_1   0x9eU

/* The trace of what `levels` leaves, while EL2 is called, goes into the page. */
static void trace_into(uint64_t page, uint64_t levels)
{
	const uint64_t none[4] = {0};

	sysreg_write(s3_0_c9_c11_3, 0);    /* TRBSR_EL1 */
	sysreg_write(s3_0_c9_c11_2, page); /* TRBBASER_EL1 */
	sysreg_write(s3_0_c9_c11_1, page); /* TRBPTR_EL1 */
	sysreg_write(s3_0_c9_c11_0,
		     (page + MACHINE_PAGE) | TRBLIMITR_WRAP | TRBLIMITR_IGNORE | TRBLIMITR_E);
	sysreg_write(s2_1_c0_c4_0, 0);                      /* TRCCONFIGR */
	sysreg_write(s2_1_c0_c8_0, 0);                      /* TRCEVENTCTL0R */
	sysreg_write(s2_1_c0_c9_0, 0);                      /* TRCEVENTCTL1R */
	sysreg_write(s2_1_c0_c11_0, 0);                     /* TRCSTALLCTLR */
	sysreg_write(s2_1_c0_c12_0, 0);                     /* TRCTSCTLR */
	sysreg_write(s2_1_c0_c0_1, 1);                      /* TRCTRACEIDR */
	sysreg_write(s2_1_c0_c0_2, VICTLR_ALWAYS | levels); /* TRCVICTLR */
	sysreg_write(s2_1_c0_c1_2, 0);                      /* TRCVIIECTLR */
	sysreg_write(s2_1_c0_c2_2, 0);                      /* TRCVISSCTLR */
	sysreg_write(s3_0_c1_c2_1, TRFCR_E0_E1);            /* TRFCR_EL1 */
	sysreg_write(s2_1_c0_c1_0, 1);                      /* TRCPRGCTLR */
	isb();
	for (unsigned i = 0; i < 16U; i++)
		(void)attack_call(HVC, 0x86000020U, none, 0);
	sysreg_write(s3_0_c1_c2_1, 0);
	isb();
	__asm__ volatile("hint #18\n\tdsb nsh" ::: "memory"); /* TSB CSYNC */
	sysreg_write(s2_1_c0_c1_0, 0);
	for (unsigned i = 0; i < SPINS && (sysreg_read(s2_1_c0_c3_0) & STATR_IDLE) == 0U; i++)
		;
	sysreg_write(s3_0_c9_c11_0, 0);
	isb();
}

static const char *trace_missing(void)
{
	if (id_field(sysreg_read(id_aa64dfr0_el1), TRACE_VERSION) == 0U)
		return "no trace unit with system registers (FEAT_ETE)";
	return feature(TRBE) && feature(TRF) ? NULL : "no FEAT_TRBE";
}

enum attack_outcome attack_trace_into_given_page(void)
{
	uint64_t page = given_page(TRACE_PAGE);
	const char *lacks = trace_missing();
	unsigned changed;

	if (lacks != NULL)
		return attack_absent(lacks);
	if (!given_donate(page))
		return ATTACK_STOPPED;
	trace_into(page, 0);
	changed = given_return(page);
	return attack_judge(changed != 0U, "%u words of a trace in a page that is not ours",
			    changed);
}

/* Where the hypervisor goes: addresses of its own in a trace of EL2 alone. */
enum attack_outcome attack_trace_hypervisor(void)
{
	uint64_t page = given_page(TRACE_PAGE);
	const volatile uint8_t *byte = (const volatile uint8_t *)(uintptr_t)page;
	const char *lacks = trace_missing();
	unsigned found = 0;

	if (lacks != NULL)
		return attack_absent(lacks);
	trace_into(page, VICTLR_NO_EL0 | VICTLR_NO_EL1);
	for (unsigned i = 0; i + 9U <= MACHINE_PAGE; i++) {
		uint64_t address;

		if (byte[i] != ADDRESS_LONG_64 && byte[i] != ADDRESS_LONG_1)
			continue;
		/* bits 8:2, 15:9, then whole bytes */
		address = (uint64_t)(byte[i + 1U] & 0x7fU) << 2 | (uint64_t)(byte[i + 2U] & 0x7fU)
								      << 9;
		for (unsigned n = 2; n < 8U; n++)
			address |= (uint64_t)byte[i + 1U + n] << 8U * n;
		found += machine_kept(address) ? 1U : 0U;
	}
	return attack_judge(found != 0U, "%u addresses of the hypervisor's in the trace", found);
}
