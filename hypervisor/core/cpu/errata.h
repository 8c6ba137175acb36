/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errata of CPUs that concern TLB maintenance: the one place that knows them.
 * hypervisor/arm64/tlb.c does what they ask for; core/stage2 is told a lower level of FEAT_BBM.
 *
 * To add one: a line in the table of errata.c with the part and revisions of the maker's notice,
 * and one in the test's table. One that asks for something new gets an effect, words for it, and
 * the code in tlb.c or its caller.
 *
 * Looked at and not in the table, because they need nothing here: speculative address translation
 * while the registers of EL1 and stage 2 are exchanged (Arm 1165522, 1319367, 1319537, 1530923:
 * there is one host, and each CPU drops all translations behind the last register); prediction and
 * stale instructions (Arm 1542419: no code of the host's is written here); common translations
 * (Nvidia Carmel: CnP is never set); hardware's access and dirty flags (Arm 1024718, 2051678: never
 * on).
 */
#ifndef PORTCULLIS_CPU_ERRATA_H
#define PORTCULLIS_CPU_ERRATA_H

#include <stdint.h>

#include "core/stage2/stage2.h"

enum errata_effect {
	/* DSB after a broadcast TLBI may come before accesses through what went: once more */
	ERRATA_REPEAT = 1U << 0,
	/* changing block sizes in another way than break-before-make ends in a livelock */
	ERRATA_BREAK = 1U << 1,
	/* the same as the first for accesses by SME, but no second TLBI helps */
	ERRATA_SME = 1U << 2,
};

/* Effects, enum errata_effect, of all errata of a CPU with this MIDR_EL1; 0 for most. */
unsigned errata_of(uint64_t midr);

/* What of FEAT_BBM may be used on a CPU with these effects and this ID_AA64MMFR2_EL1. */
enum stage2_bbm errata_bbm(unsigned effects, uint64_t mmfr2);

/* One log line for each of these effects of a CPU with this MIDR_EL1, with its errata. Any CPU. */
void errata_report(uint64_t midr, unsigned effects);

#endif
