// SPDX-License-Identifier: Apache-2.0
#include "arm64/report.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/cpu/errata.h"
#include "core/log/log.h"

#include "arm64/cpu.h"
#include "arm64/entropy.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"

struct part {
	uint32_t implementer, number;
	const char *name;
};

/* MIDR_EL1 of CPUs that people meet first; others are printed by number. */
static const struct part parts[] = {
    {0x41, 0xd03, "Cortex-A53"},  {0x41, 0xd04, "Cortex-A35"},  {0x41, 0xd05, "Cortex-A55"},
    {0x41, 0xd07, "Cortex-A57"},  {0x41, 0xd08, "Cortex-A72"},  {0x41, 0xd09, "Cortex-A73"},
    {0x41, 0xd0b, "Cortex-A76"},  {0x41, 0xd0c, "Neoverse-N1"}, {0x41, 0xd40, "Neoverse-V1"},
    {0x41, 0xd47, "Cortex-A710"}, {0x41, 0xd49, "Neoverse-N2"}, {0x00, 0x051, "QEMU max"},
};

static const char *part_name(uint64_t midr)
{
	uint32_t implementer = (uint32_t)(midr >> 24) & 0xffU;
	uint32_t number = (uint32_t)(midr >> 4) & 0xfffU;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].implementer == implementer && parts[i].number == number)
			return parts[i].name;
	return "unknown part";
}

void report_cpu(const struct stage2 *stage2)
{
	static const unsigned char range_bits[8] = {32, 36, 40, 42, 44, 48, 52, 56};
	const struct cpu_features *f = &cpu_features;
	const struct {
		bool has;
		const char *name;
	} features[] = {
	    {f->pac, "PAuth"}, {f->bti, "BTI"},   {f->sve, "SVE"}, {f->sme, "SME"},
	    {f->mte, "MTE"},   {f->ras, "RAS"},   {f->fgt, "FGT"}, {f->fgt2, "FGT2"},
	    {f->hcx, "HCX"},   {f->amu, "AMU"},   {f->spe, "SPE"}, {f->trbe, "TRBE"},
	    {f->brbe, "BRBE"}, {f->mpam, "MPAM"}, {f->rng, "RNG"},
	};
	char list[LOG_LINE / 2] = "";
	size_t used = 0;

	log_line("boot", "cpu",
		 "EL%llu, %s (MIDR 0x%08llx), %u-bit physical addresses, E2H %s, BBM %u",
		 (unsigned long long)boot_handover.level, part_name(f->midr),
		 (unsigned long long)f->midr, (unsigned)range_bits[f->mmfr0 & 7U],
		 f->e2h ? "fixed to 1" : "0", (unsigned)stage2->bbm);
	errata_report(f->midr, errata_of(f->midr));
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].has)
			used += log_format(list + used, sizeof(list) - used, "%s%s",
					   used > 0 ? " " : "", features[i].name);
	log_line("boot", "cpu-features", "open to the host: %s", used > 0 ? list : "base");
	log_line(
	    "boot", "cpu-registers",
	    "hcr=0x%llx mdcr=0x%llx cptr=0x%llx cnthctl=0x%llx vtcr=0x%llx sctlr_el2=0x%llx",
	    (unsigned long long)sysreg_read(hcr_el2), (unsigned long long)sysreg_read(mdcr_el2),
	    (unsigned long long)sysreg_read(cptr_el2), (unsigned long long)sysreg_read(cnthctl_el2),
	    (unsigned long long)sysreg_read(vtcr_el2), (unsigned long long)sysreg_read(sctlr_el2));
	log_line("boot", "entropy", "keys and canaries from %s", entropy_sources());
}
