# SPDX-License-Identifier: Apache-2.0
"""What the registers of EL2 that decide about traps and about the host's view must hold, bit by bit, as
the Arm Architecture Reference Manual (DDI 0487) names them, with the reason. Every bit that is not here
must be 0, for the reason at the register. Written from the manual and docs/security.md, not from the
code; a change of the code does not change it. The GIC's (ICC_SRE_EL2, ICH_HCR_EL2) are no registers of the
CPU for QEMU's stub, and not here.

A row is (first bit, last bit, value, when, why). `value` is a number or a function of Cpu; `when` is
None or a function of Cpu, false: the field is not there, and 0.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def field(value: int, shift: int, width: int = 4) -> int:
    return value >> shift & (1 << width) - 1


@dataclass
class Cpu:
    """The ID registers of a CPU, by name; one that the CPU does not have reads as zero."""
    registers: dict[str, int]

    def __getattr__(self, name: str) -> int:
        return self.registers.get(name, 0)

    def has(self, register: str, shift: int, least: int = 1) -> bool:
        """An unsigned field says that there is at least so much of it."""
        return field(getattr(self, register), shift) >= least

    def pmu(self) -> int:
        version = field(self.ID_AA64DFR0_EL1, 8)
        return 0 if version == 15 else version

    def pauth(self) -> bool:
        return self.has("ID_AA64ISAR1_EL1", 4) or self.has("ID_AA64ISAR1_EL1", 8) or \
            self.has("ID_AA64ISAR2_EL1", 12)

    def sve(self) -> bool:
        return self.has("ID_AA64PFR0_EL1", 32)

    def sme(self) -> bool:
        return self.has("ID_AA64PFR1_EL1", 24)

    def fgt(self) -> bool:
        return self.has("ID_AA64MMFR0_EL1", 56)


Row = tuple[int, int, "int | Callable[[Cpu], int]", "Callable[[Cpu], bool] | None", str]


@dataclass
class Register:
    name: str
    when: Callable[[Cpu], bool] | None     # false: the CPU has no such register
    zero: str                               # why all other bits are 0
    rows: list[Row]

    def expected(self, cpu: Cpu) -> int:
        value = 0
        for first, last, wanted, when, _ in self.rows:
            if when is None or when(cpu):
                number = wanted(cpu) if callable(wanted) else wanted
                assert number < 1 << last - first + 1, (self.name, first, number)
                value |= number << first
        return value


REGISTERS = [
    Register("HCR_EL2", None,
             "interrupts, SErrors, timers, waiting, TLB and cache maintenance by VA, translation registers and "
             "ID registers are the host's own affair (AMO, FMO, IMO, TWI, TWE, TVM, TRVM, TTLB, TPCP, TPU, TID*, "
             "DC); FIEN: nobody injects errors; TGE, E2H, NV*: the host is at EL1, no hypervisor below another; "
             "FWB: stage 2 was written for FWB 0", [
                 (0, 0, 1, None, "VM: stage 2 is on"),
                 (1, 1, 1, None, "SWIO: an invalidation by set and way also cleans"),
                 (19, 19, 1, None, "TSC: each SMC comes here"),
                 (20, 20, 1, None, "TIDCP: what the implementation defines reaches beyond the host"),
                 (21, 21, 1, None, "TACR: so does ACTLR_EL1"),
                 (22, 22, 1, None, "TSW: caches by set and way are everybody's"),
                 (31, 31, 1, None, "RW: the host runs in AArch64"),
                 (35, 35, 1, lambda c: c.has("ID_AA64MMFR1_EL1", 16), "TLOR: regions are of physical addresses"),
                 (36, 36, 1, lambda c: c.has("ID_AA64PFR0_EL1", 28), "TERR: error records are of shared units"),
                 (40, 41, 3, lambda c: c.pauth(), "APK, API: pointer authentication works; EL2 swaps its key"),
                 (53, 53, 1, lambda c: c.has("ID_AA64PFR0_EL1", 56, 2) or c.has("ID_AA64PFR1_EL1", 32, 2),
                  "EnSCXT: SCXTNUM_EL1 and _EL0 are the host's"),
                 (56, 56, 1, lambda c: c.has("ID_AA64PFR1_EL1", 8, 2), "ATA: allocation tags work"),
             ]),
    Register("HCRX_EL2", lambda c: c.has("ID_AA64MMFR1_EL1", 40),
             "nothing is trapped or changed that the ID registers do not show", [
                 (0, 0, 1, lambda c: c.has("ID_AA64ISAR1_EL1", 60, 3), "EnAS0: ST64BV0"),
                 (1, 1, 1, lambda c: c.has("ID_AA64ISAR1_EL1", 60), "EnALS: LD64B, ST64B"),
                 (2, 2, 1, lambda c: c.has("ID_AA64ISAR1_EL1", 60, 2), "EnASR: ST64BV"),
                 (11, 11, 1, lambda c: c.has("ID_AA64ISAR2_EL1", 16), "MSCEn: memory copy and set"),
                 (14, 14, 1, lambda c: c.has("ID_AA64MMFR3_EL1", 0), "TCR2En"),
                 (15, 15, 1, lambda c: c.has("ID_AA64MMFR3_EL1", 4), "SCTLR2En"),
                 (17, 17, 1, lambda c: c.has("ID_AA64MMFR3_EL1", 32), "D128En"),
                 (22, 22, 1, lambda c: c.has("ID_AA64PFR1_EL1", 44), "GCSEn"),
                 (23, 23, 1, lambda c: c.has("ID_AA64PFR2_EL1", 32), "EnFPM"),
             ]),
    Register("MDCR_EL2", None,
             "TDE, TDA, TDRA, TDOSA: self-hosted debug and its locks are the host's, and debug exceptions are taken "
             "to EL1, so none come from EL2; TPM, TPMCR: counters are the host's; TTRF, TDCC: so are trace filter "
             "and channel; HPME: no counter is EL2's; HLP, MTPME, HPMFZO: no counter of EL2 behaves otherwise", [
                 (0, 4, lambda c: field(c.PMCR_EL0, 11, 5), lambda c: c.pmu() > 0, "HPMN: all counters"),
                 (6, 6, 1, lambda c: 0 < c.pmu() < 4, "TPM: without HPMD each choice of what is counted is looked at"),
                 (12, 13, 3, lambda c: c.has("ID_AA64DFR0_EL1", 32),
                  "E2PB: the profiling buffer is translated as EL1's, by stage 2 as well"),
                 (17, 17, 1, lambda c: c.pmu() >= 4, "HPMD: no event is counted at EL2"),
                 (23, 23, 1, lambda c: c.pmu() >= 6, "HCCD: no cycle is counted at EL2"),
                 (24, 25, 3, lambda c: c.has("ID_AA64DFR0_EL1", 44),
                  "E2TB: the trace buffer is translated as EL1's, by stage 2 as well"),
             ]),
    Register("CPTR_EL2", None,
             "TFP, TTA, TAM, TCPAC: floating point, trace, activity monitors and CPACR_EL1 are the host's", [
                 (0, 7, 0xff, None, "RES1"),
                 (8, 8, 1, lambda c: not c.sve(), "TZ: RES1 without SVE, else SVE is the host's"),
                 (9, 9, 1, None, "RES1"),
                 (12, 12, 1, lambda c: not c.sme(), "TSM: RES1 without SME, else SME is the host's"),
                 (13, 13, 1, None, "RES1"),
             ]),
    Register("CNTHCTL_EL2", None, "no event stream of EL2's, no trap of the host's virtual timer", [
        (0, 0, 1, None, "EL1PCTEN: the host reads physical time"),
        (1, 1, 1, None, "EL1PCEN: the physical timer is the host's"),
    ]),
    Register("CNTVOFF_EL2", None, "virtual time is physical time, on all CPUs", []),
    Register("CNTPOFF_EL2", lambda c: c.has("ID_AA64MMFR0_EL1", 60, 2), "physical time is not shifted", []),
    Register("HSTR_EL2", None, "nothing of AArch32 at EL0 is trapped", []),
    Register("HACR_EL2", None, "nothing that the implementation defines is trapped here", []),
    Register("VTCR_EL2", None,
             "VS: 8-bit VMIDs, of which there is one; HA, HD, HWU*: no hardware update; NSW, NSA: all in "
             "non-secure memory; TG0: 4 KiB; DS: no 52 bits", [
                 (0, 5, lambda c: 64 - ipa_bits(c), None, "T0SZ: all that the machine has"),
                 (6, 7, lambda c: 2 if ipa_bits(c) > 42 else 1, None, "SL0: the level at which that many bits start"),
                 (8, 9, 1, None, "IRGN0: walks are write-back cacheable"),
                 (10, 11, 1, None, "ORGN0: walks are write-back cacheable"),
                 (12, 13, 3, None, "SH0: walks are inner shareable"),
                 (16, 18, lambda c: min(field(c.ID_AA64MMFR0_EL1, 0), 5), None,
                  "PS: as large as the CPU has it, 48 bits at most"),
                 (31, 31, 1, None, "RES1"),
             ]),
    Register("HFGRTR_EL2", lambda c: c.fgt(),
             "no fine-grained trap; those called n… are set where the feature is there", [
        (50, 50, 1, lambda c: c.has("ID_AA64ISAR1_EL1", 60, 3), "nACCDATA_EL1"),
        (52, 53, 3, lambda c: c.has("ID_AA64PFR1_EL1", 44), "nGCS_EL0, nGCS_EL1"),
        (54, 55, 3, lambda c: c.sme(), "nSMPRI_EL1, nTPIDR2_EL0"),
        (56, 56, 1, lambda c: c.has("ID_AA64PFR1_EL1", 48), "nRCWMASK_EL1"),
        (57, 58, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 8), "nPIRE0_EL1, nPIR_EL1"),
        (59, 60, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 16), "nPOR_EL0, nPOR_EL1"),
        (61, 61, 1, lambda c: c.has("ID_AA64MMFR3_EL1", 12), "nS2POR_EL1"),
        (62, 63, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 24), "nMAIR2_EL1, nAMAIR2_EL1"),
    ]),
    Register("HFGWTR_EL2", lambda c: c.fgt(),
             "no fine-grained trap; those called n… are set where the feature is there", [
        (50, 50, 1, lambda c: c.has("ID_AA64ISAR1_EL1", 60, 3), "nACCDATA_EL1"),
        (52, 53, 3, lambda c: c.has("ID_AA64PFR1_EL1", 44), "nGCS_EL0, nGCS_EL1"),
        (54, 55, 3, lambda c: c.sme(), "nSMPRI_EL1, nTPIDR2_EL0"),
        (56, 56, 1, lambda c: c.has("ID_AA64PFR1_EL1", 48), "nRCWMASK_EL1"),
        (57, 58, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 8), "nPIRE0_EL1, nPIR_EL1"),
        (59, 60, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 16), "nPOR_EL0, nPOR_EL1"),
        (61, 61, 1, lambda c: c.has("ID_AA64MMFR3_EL1", 12), "nS2POR_EL1"),
        (62, 63, 3, lambda c: c.has("ID_AA64MMFR3_EL1", 24), "nMAIR2_EL1, nAMAIR2_EL1"),
    ]),
    Register("HFGITR_EL2", lambda c: c.fgt(), "no fine-grained trap of instructions", [
        (55, 56, 3, lambda c: c.has("ID_AA64DFR0_EL1", 52), "nBRBINJ, nBRBIALL"),
        (57, 59, 7, lambda c: c.has("ID_AA64PFR1_EL1", 44), "nGCSPUSHM_EL1, nGCSSTR_EL1, nGCSEPP"),
    ]),
    Register("HDFGRTR_EL2", lambda c: c.fgt(), "no fine-grained trap of debug registers", [
        (59, 61, 7, lambda c: c.has("ID_AA64DFR0_EL1", 52), "nBRBIDR, nBRBCTL, nBRBDATA"),
        (62, 62, 1, lambda c: c.has("ID_AA64DFR0_EL1", 32, 3), "nPMSNEVFR_EL1"),
    ]),
    Register("HDFGWTR_EL2", lambda c: c.fgt(), "no fine-grained trap of debug registers", [
        (60, 61, 3, lambda c: c.has("ID_AA64DFR0_EL1", 52), "nBRBCTL, nBRBDATA"),
        (62, 62, 1, lambda c: c.has("ID_AA64DFR0_EL1", 32, 3), "nPMSNEVFR_EL1"),
    ]),
    Register("ZCR_EL2", lambda c: c.sve(), "reserved", [(0, 3, 0xf, None, "LEN: the host chooses")]),
    Register("SMCR_EL2", lambda c: c.sme(), "reserved", [
        (0, 3, 0xf, None, "LEN: the host chooses"),
        (30, 30, 1, lambda c: c.has("ID_AA64SMFR0_EL1", 56), "EZT0"),
        (31, 31, 1, lambda c: c.has("ID_AA64SMFR0_EL1", 60, 8), "FA64"),
    ]),
    Register("MPAM2_EL2", lambda c: c.has("ID_AA64PFR0_EL1", 40) or c.has("ID_AA64PFR1_EL1", 16),
             "EL2 runs in the default partition, the host chooses its own", []),
    Register("MPAMHCR_EL2", lambda c: field(c.MPAMIDR_EL1, 17, 1) == 1,
             "no partition of the host's is mapped to another", []),
    Register("TRFCR_EL2", lambda c: c.has("ID_AA64DFR0_EL1", 40), "E2TRE, E0HTRE: EL2 is not traced", []),
    Register("BRBCR_EL2", lambda c: c.has("ID_AA64DFR0_EL1", 52), "E2BRE: no branch of EL2 is recorded", []),
    Register("PMSCR_EL2", lambda c: c.has("ID_AA64DFR0_EL1", 32), "E2SPE: EL2 is not profiled", []),
    Register("HAFGRTR_EL2", lambda c: c.fgt() and c.has("ID_AA64PFR0_EL1", 44),
             "activity monitors are read as firmware lets the host read them", []),
    Register("VPIDR_EL2", None, "the host sees the CPU that it is on", [
        (0, 63, lambda c: c.MIDR_EL1, None, "MIDR_EL1"),
    ]),
    Register("VMPIDR_EL2", None, "and its number", [(0, 63, lambda c: c.MPIDR_EL1, None, "MPIDR_EL1")]),
]


def ipa_bits(cpu: Cpu) -> int:
    """QEMU's virt machine ends with its second PCI window, at 1 TiB; a CPU that has fewer bits of a physical
    address (ID_AA64MMFR0_EL1.PARange) reaches less."""
    return min((32, 36, 40, 42, 44, 48, 52, 56)[field(cpu.ID_AA64MMFR0_EL1, 0, 3)], 40)
