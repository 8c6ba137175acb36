// SPDX-License-Identifier: Apache-2.0
#include "core/cpu/errata.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/log/log.h"

#define ARM       0x41U
#define NVIDIA    0x4eU
#define QUALCOMM  0x51U
#define MICROSOFT 0x6dU

#define BBM_SHIFT 52U
#define LAST      0xffU /* revision: no fixed one is known */

/* Variant and revision as in rNpM. */
#define REVISION(n, m) ((n) << 4 | (m))

struct erratum {
	uint8_t implementer;
	uint16_t part, last_part;
	uint8_t first, last; /* REVISION() */
	uint8_t effects;
	const char *number; /* in the maker's notice */
};

static const struct erratum errata[] = {
    {QUALCOMM, 0x800, 0x800, REVISION(0, 0), REVISION(0, 0), ERRATA_REPEAT,
     "Qualcomm 1009"},                                                 /* Falkor v1 */
    {QUALCOMM, 0x200, 0x2ff, 0, LAST, ERRATA_REPEAT, "Qualcomm 1009"}, /* Kryo */
    /* Kryo 4xx Gold, of which rcpe to rfpe are r0p0 to r3p0 of Cortex-A76 */
    {QUALCOMM, 0x804, 0x804, REVISION(0xc, 0xe), REVISION(0xf, 0xe), ERRATA_REPEAT, "Arm 1286807"},
    {ARM, 0xd0b, 0xd0b, 0, REVISION(3, 0), ERRATA_REPEAT, "Arm 1286807"}, /* Cortex-A76 */
    {ARM, 0xd05, 0xd05, 0, LAST, ERRATA_REPEAT, "Arm 2441007"},           /* Cortex-A55 */
    {ARM, 0xd46, 0xd46, 0, REVISION(1, 1), ERRATA_REPEAT, "Arm 2441009"}, /* Cortex-A510 */
    /* CVE-2025-10263 */
    {ARM, 0xd0b, 0xd0b, 0, LAST, ERRATA_REPEAT, "Arm 4193800"},             /* Cortex-A76 */
    {ARM, 0xd0c, 0xd0c, 0, LAST, ERRATA_REPEAT, "Arm 4193800"},             /* Neoverse-N1 */
    {ARM, 0xd0d, 0xd0d, 0, LAST, ERRATA_REPEAT, "Arm 4193798"},             /* Cortex-A77 */
    {ARM, 0xd0e, 0xd0e, 0, LAST, ERRATA_REPEAT, "Arm 4193801"},             /* Cortex-A76AE */
    {ARM, 0xd40, 0xd40, 0, LAST, ERRATA_REPEAT, "Arm 4193790"},             /* Neoverse-V1 */
    {ARM, 0xd41, 0xd41, 0, LAST, ERRATA_REPEAT, "Arm 4193791"},             /* Cortex-A78 */
    {ARM, 0xd42, 0xd42, 0, LAST, ERRATA_REPEAT, "Arm 4193793"},             /* Cortex-A78AE */
    {ARM, 0xd44, 0xd44, 0, LAST, ERRATA_REPEAT, "Arm 4193791"},             /* Cortex-X1 */
    {ARM, 0xd47, 0xd47, 0, LAST, ERRATA_REPEAT, "Arm 4193788"},             /* Cortex-A710 */
    {ARM, 0xd48, 0xd48, 0, LAST, ERRATA_REPEAT, "Arm 4193788"},             /* Cortex-X2 */
    {ARM, 0xd49, 0xd49, 0, LAST, ERRATA_REPEAT, "Arm 4193789"},             /* Neoverse-N2 */
    {ARM, 0xd4b, 0xd4b, 0, LAST, ERRATA_REPEAT, "Arm 4193794"},             /* Cortex-A78C */
    {ARM, 0xd4c, 0xd4c, 0, LAST, ERRATA_REPEAT, "Arm 4193792"},             /* Cortex-X1C */
    {ARM, 0xd4e, 0xd4e, 0, LAST, ERRATA_REPEAT, "Arm 4193786"},             /* Cortex-X3 */
    {ARM, 0xd4f, 0xd4f, 0, LAST, ERRATA_REPEAT, "Arm 4193787"},             /* Neoverse-V2 */
    {ARM, 0xd82, 0xd82, 0, LAST, ERRATA_REPEAT, "Arm 4118414"},             /* Cortex-X4 */
    {ARM, 0xd83, 0xd83, 0, LAST, ERRATA_REPEAT, "Arm 4193784"},             /* Neoverse-V3AE */
    {ARM, 0xd84, 0xd84, 0, LAST, ERRATA_REPEAT, "Arm 4193784"},             /* Neoverse-V3 */
    {ARM, 0xd85, 0xd85, 0, LAST, ERRATA_REPEAT, "Arm 4193781"},             /* Cortex-X925 */
    {ARM, 0xd8c, 0xd8c, 0, LAST, ERRATA_REPEAT, "Arm 4193780"},             /* C1-Ultra */
    {ARM, 0xd90, 0xd90, 0, LAST, ERRATA_REPEAT, "Arm 4193780"},             /* C1-Premium */
    {MICROSOFT, 0xd49, 0xd49, 0, LAST, ERRATA_REPEAT, "Arm 4193789"},       /* Azure Cobalt 100 */
    {NVIDIA, 0x010, 0x010, 0, LAST, ERRATA_REPEAT, "Nvidia T410-OLY-1029"}, /* Olympus */

    {ARM, 0xd8c, 0xd8c, 0, REVISION(1, 0), ERRATA_BREAK, "Arm 3683289"}, /* C1-Ultra */
    {ARM, 0xd90, 0xd90, 0, REVISION(1, 0), ERRATA_BREAK, "Arm 3683289"}, /* C1-Premium */
    {ARM, 0xd8b, 0xd8b, 0, REVISION(1, 2), ERRATA_SME, "Arm 4193714"},   /* C1-Pro */
};

static bool concerns(const struct erratum *erratum, uint64_t midr)
{
	uint64_t revision = (midr >> 16 & 0xf0U) | (midr & 0xfU), part = midr >> 4 & 0xfffU;

	return (midr >> 24 & 0xffU) == erratum->implementer && part >= erratum->part &&
	       part <= erratum->last_part && revision >= erratum->first &&
	       revision <= erratum->last;
}

unsigned errata_of(uint64_t midr)
{
	unsigned effects = 0;

	for (size_t i = 0; i < sizeof(errata) / sizeof(errata[0]); i++)
		if (concerns(&errata[i], midr))
			effects |= errata[i].effects;
	return effects;
}

enum stage2_bbm errata_bbm(unsigned effects, uint64_t mmfr2)
{
	unsigned level = (unsigned)(mmfr2 >> BBM_SHIFT) & 0xfU;

	if (level == 0U || (effects & ERRATA_BREAK) != 0U)
		return STAGE2_BBM_BREAK;
	/* a level that is not known yet promises no less than those below it */
	return level == 1U ? STAGE2_BBM_NT : STAGE2_BBM_DIRECT;
}

static const char *effect_words(unsigned effect)
{
	switch ((enum errata_effect)effect) {
	case ERRATA_REPEAT:
		return "TLB maintenance on all CPUs is done twice";
	case ERRATA_BREAK:
		return "block sizes change by break-before-make";
	case ERRATA_SME:
		break;
	}
	return "NOT worked around: stores by SME may reach a page after it was taken away";
}

static void report_effect(uint64_t midr, unsigned effect)
{
	char list[LOG_LINE / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(errata) / sizeof(errata[0]); i++)
		if (errata[i].effects == effect && concerns(&errata[i], midr))
			used += log_format(list + used, sizeof(list) - used, "%s%s",
					   used > 0U ? ", " : "", errata[i].number);
	log_line("boot", "errata", "CPU with MIDR 0x%08llx: %s: %s", (unsigned long long)midr, list,
		 effect_words(effect));
}

void errata_report(uint64_t midr, unsigned effects)
{
	for (unsigned effect = 1; effect <= ERRATA_SME; effect <<= 1)
		if ((effects & effect) != 0U)
			report_effect(midr, effect);
}
