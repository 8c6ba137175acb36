# SPDX-License-Identifier: Apache-2.0
"""Proof that the plugin counts right under the QEMU at hand: bench/selftest.S, whose every
instruction at EL2 and EL3 and every exception is known."""
from __future__ import annotations

from pathlib import Path

from command import artefacts, process
from command.bench import counts

PROGRAM = "bench/selftest.elf"

# From the table at the head of bench/selftest.S.
ENTRIES = {"hvc": 5 + 4 + 3 + 1, "smc": 7, "ram": 3 + 1, "gic": 2 + 1 + 2, "device": 4, "abort": 0,
           "sysreg": 6, "wfx": 2, "interrupt": 3, "serror": 0, "other": 0}
STAGE2_FAULTS = 3 + 2 + 1 + 4 + 1
VISITS = {"hvc": counts.Visits(5 + 3, 5 * 7 + 3 * 11, 7, 11),
          "hvc forwarded": counts.Visits(4, 4 * 11, 11, 11), "smc": counts.Visits(7, 7 * 11, 11, 11),
          "ram": counts.Visits(3 + 1, 3 * 11 + 12, 11, 12), "gic": counts.Visits(5, 5 * 11, 11, 11),
          "device": counts.Visits(4, 4 * 11, 11, 11), "sysreg": counts.Visits(6, 6 * 11, 11, 11),
          "wfx": counts.Visits(2, 2 * 11, 11, 11), "interrupt": counts.Visits(3, 3 * 4, 4, 4)}
# EL1 never writes x0: it has what EL2 left there for SPSR_EL2.
FUNCTIONS = {0x3c5: ENTRIES["hvc"] + ENTRIES["smc"]}
UNFINISHED = 10
TLB_MAINTENANCE = 4 + 1
# Of each call that came back: instructions, of these TLB maintenance, and whether EL3 ran.
CALLS = [(7, 0, False)] * 5 + [(11, 0, False)] * 7 + [(11, 1, True)] * 4 + [(11, 0, False)] * 3
SETUP = 22 + 1000 * 2
VISITED = sum(kind.instructions for kind in VISITS.values())
FIRMWARE = 22 + 4 * 3 + 6


def command(qemu: str, out: Path, profile: Path | None = None, calls: Path | None = None) -> list[str]:
    program = artefacts.build_directory() / PROGRAM
    return [qemu, "-M", "virt,secure=on,virtualization=on,gic-version=3", "-cpu", "max", "-m", "2G",
            "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "none",
            "-kernel", str(program), *counts.words(out, 2 << 30, profile, calls=calls)]


def differences(found: counts.Counts) -> list[str]:
    """What is not as the program makes it; [] when all is."""
    expected = counts.Counts(instructions=SETUP + VISITED + UNFINISHED, setup=SETUP,
                             entries=ENTRIES, stage2_faults=STAGE2_FAULTS, firmware_calls=4 + 1,
                             unfinished=UNFINISHED, tlb_maintenance=TLB_MAINTENANCE, visits=VISITS,
                             functions=FUNCTIONS)
    wrong = [f"{name}: {value} expected, {getattr(found, name)} counted"
             for name, value in vars(expected).items()
             if getattr(found, name) != value and name != "firmware"]
    if found.firmware not in (FIRMWARE, FIRMWARE + 1):      # its last WFI runs or not
        wrong.append(f"firmware: {FIRMWARE} expected, or one more, {found.firmware} counted")
    return wrong


def run(qemu: str, directory: Path, profile: Path | None = None) -> list[str]:
    """Run it; the differences. Half a second."""
    out, calls = directory / "selftest.json", directory / "selftest.calls"
    counts.remove(out, calls)
    process.run(["timeout", "60", *command(qemu, out, profile, calls)], written=directory)
    if process.dry_run:
        return []
    found = [(call.instructions, call.tlb_maintenance, call.forwarded) for call in counts.read_calls(calls)]
    return differences(counts.read(out)) + ([] if found == CALLS else
                                            [f"calls: {CALLS} expected, {found} counted"])
