# SPDX-License-Identifier: Apache-2.0
"""What the plugin counts in one run of QEMU: how it is asked, and how its answer is read."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts
from command.status import FAILED, Problem

PLUGIN = "bench/entries.so"

# QEMU's virt machine with GICv3 (its base_memmap): distributor, ITS, redistributors.
GIC = ((0x08000000, 0x10000), (0x08080000, 0x20000), (0x080a0000, 0xf60000))
RAM_ADDRESS = 0x40000000

CALLS = ("hvc", "smc")
# TRNG_RND: Linux asks for entropy again as time goes by, so the number of these depends on a clock.
ENTROPY = (0x84000053, 0xc4000053)
EL2, EL3 = 2, 3


def plugin() -> Path:
    return artefacts.build_directory() / PLUGIN


def words(out: str | Path, memory: int, profile: str | Path | None = None,
          trace: str | Path | None = None, calls: str | Path | None = None) -> list[str]:
    """Words for QEMU that load the plugin. `memory`: bytes of RAM. `calls`: a file for each call."""
    ranges = [f"ram={RAM_ADDRESS:#x}+{memory:#x}"] + [f"gic={base:#x}+{size:#x}" for base, size in GIC]
    options = [f"out={out}", *ranges]
    if profile:
        options.append(f"profile={profile}")
    if trace:
        options.append(f"trace={trace}")
    if calls:
        options.append(f"calls={calls}")
    for path in (plugin(), out, profile, trace, calls):
        if path and "," in str(path):
            # QEMU hands a plugin its options cut at commas, and knows no way to write one.
            raise Problem(f"{path}: a comma in this path", "Move the checkout to a path without one.")
    return ["-plugin", ",".join([str(plugin()), *options])]


@dataclass
class Visits:
    """Visits to EL2 of one kind; `least` and `most` are instructions of one visit."""
    visits: int = 0
    instructions: int = 0
    least: int = 0
    most: int = 0

    def add(self, other: "Visits") -> None:
        self.least = min(self.least, other.least) if self.visits else other.least
        self.most = max(self.most, other.most)
        self.visits += other.visits
        self.instructions += other.instructions


@dataclass
class Counts:
    """The sums over all CPUs of one run."""
    instructions: int = 0               # at EL2, from reset to the end
    setup: int = 0                      # of these, outside of any visit from a lower level
    firmware: int = 0                   # instructions at EL3
    entries: dict[str, int] = field(default_factory=dict)   # into EL2 from below, by cause
    functions: dict[int, int] = field(default_factory=dict)  # HVC and SMC by x0
    stage2_faults: int = 0
    tlb_maintenance: int = 0            # TLBI instructions at EL2
    firmware_calls: int = 0             # EL3 entered from EL2
    firmware_direct: int = 0            # EL3 entered from EL1 or EL0
    unfinished: int = 0                 # instructions of visits that did not end, such as power-off
    # By cause; «smc forwarded» are those during which EL3 ran.
    visits: dict[str, Visits] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        return sum(self.entries.get(name, 0) for name in CALLS)

    @property
    def called(self) -> int:
        """Instructions of all visits by SMC or HVC that have ended."""
        return sum(visits.instructions for kind, visits in self.visits.items()
                   if kind.split()[0] in CALLS)

    @property
    def entropy(self) -> int:
        return sum(self.functions.get(function, 0) for function in ENTROPY)

    @property
    def ram(self) -> int:
        return self.entries.get("ram", 0)

    @property
    def gic(self) -> int:
        return self.entries.get("gic", 0)

    @property
    def total(self) -> int:
        return sum(self.entries.values())

    @property
    def others(self) -> int:
        return self.total - self.calls - self.ram - self.gic


def read(path: str | Path) -> Counts:
    """The plugin's answer. Raises Problem when QEMU ended without one."""
    try:
        with open(path, encoding="utf-8") as file:
            answer = json.load(file)
    except (OSError, ValueError) as error:
        raise Problem(f"the plugin left no counts in {path}: {error}",
                      "QEMU was killed, or did not load it; see the log of the run.", FAILED) from error
    counts = Counts()
    for cpu in answer["cpus"]:
        counts.instructions += cpu["instructions"][EL2]
        counts.firmware += cpu["instructions"][EL3]
        for cause, number in cpu["entries"].items():
            counts.entries[cause] = counts.entries.get(cause, 0) + number
        counts.stage2_faults += cpu["stage2_faults"]
        counts.tlb_maintenance += cpu["tlb_maintenance"]
        counts.firmware_calls += cpu["firmware_calls"]
        counts.firmware_direct += cpu["firmware_direct"]
        counts.unfinished += cpu["unfinished"]
        visited = cpu["unfinished"]
        for function, number in cpu["functions"].items():
            key = int(function, 16)
            counts.functions[key] = counts.functions.get(key, 0) + number
        for kind in cpu["visits"]:
            visited += kind["instructions"]
            tally = counts.visits.setdefault(kind["cause"] + (" forwarded" if kind["forwarded"] else ""),
                                             Visits())
            tally.add(Visits(kind["visits"], kind["instructions"], kind["least"], kind["most"]))
        counts.setup += cpu["instructions"][EL2] - visited
    return counts


@dataclass(frozen=True)
class Call:
    """An HVC or SMC that came back to EL1 or EL0."""
    cpu: int
    cause: str                          # "hvc" or "smc"
    forwarded: bool                     # EL3 ran meanwhile
    x: tuple[int, int, int]             # what the caller had in x0 to x2
    answers: tuple[int, int, int]       # and what it found there
    instructions: int                   # at EL2
    tlb_maintenance: int                # of these

    @property
    def function(self) -> int:
        return self.x[0]

    @property
    def status(self) -> int:
        """x0 of the answer as a signed number."""
        return self.answers[0] - (1 << 64) if self.answers[0] >> 63 else self.answers[0]


def read_calls(path: str | Path) -> list[Call]:
    """The file of calls, in the order in which they ended. Raises Problem."""
    try:
        with open(path, encoding="utf-8") as file:
            return [Call(**{**call, "x": tuple(call["x"]), "answers": tuple(call["answers"])})
                    for call in map(json.loads, file)]
    except (OSError, ValueError, TypeError) as error:
        raise Problem(f"the plugin left no calls in {path}: {error}",
                      "QEMU was killed, or did not load it; see the log of the run.", FAILED) from error


def remove(*paths: Path) -> None:
    """What an earlier run left must not be taken for this one's."""
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
