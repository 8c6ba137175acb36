# SPDX-License-Identifier: Apache-2.0
"""`bench boot`: what the hypervisor costs a boot to user space, beside the same kernel with its own
pKVM and with no hypervisor; what a call costs; and how the cost grows with RAM.

Figures are plain dictionaries, so that what is measured, what is recorded and what is compared are
the same thing:

    columns     one for each subject and number of CPUs: a name such as "pkvm-4" and values by row; a
                peer that could not be measured has no values and a reason
    calls       instructions at EL2 for one call of the host, by kind
    growth      instructions at EL2 for a payload as host, by RAM
"""
from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from command import artefacts, process, progress, qemu
from command.bench import measurement, selftest, subjects
from command.process import show
from command.status import FAILED, Problem

NAME = "boot"
TARGETS = ("bench/entries.so", "bench/selftest.elf", "payloads/idle.bin", "payloads/smccall.bin",
           "hypervisor/portcullis.img", "firmware/firmware.bin")


@dataclass(frozen=True)
class Call:
    """A kind of call whose cost is counted."""
    function: int
    words: str              # in the table
    argument: int = 0       # x1
    forwarded: bool = False


CALLS = {
    "forwarded": Call(0x84000006, "a call that firmware answers (PSCI MIGRATE_INFO_TYPE)", forwarded=True),
    "entropy": Call(0xc4000053, "a call for entropy (TRNG_RND, 192 bits), which firmware answers", 192, True),
    "answered": Call(0x80000000, "a call that Portcullis answers (SMCCC_VERSION)"),
    "refused": Call(0xc2000000, "a call that is refused (SiP range)"),
}

CALL_ROUNDS = (1000, 3000)
GROWTH = ("2G", "64G")

# What the project promises, with one CPU unless it says otherwise.
BUDGET = {
    "instructions": 1_000_000,
    "calls": 40,
    "ram": 0,
    "gic": 130,          # 30 for a CPU and 100: registers that hold addresses are guarded
    "others": 0,
    "forwarded": 150,
    "kept_kib": 1024 + qemu.memory_bytes(subjects.MEMORY) // 1024 * 15 // 10000,
    "growth": 2.0,
}


def column(found: measurement.Measurement) -> dict:
    """The values of one boot."""
    count = found.counts
    return {"instructions": count.instructions, "setup": count.setup, "entries": count.total,
            "calls": count.calls, "ram": count.ram, "gic": count.gic, "others": count.others,
            "stage2_faults": count.stage2_faults, "causes": count.entries,
            "firmware_calls": count.firmware_calls + count.firmware_direct,
            "entropy": count.entropy, "steady_calls": count.calls - count.entropy,
            "functions": {f"{function:#x}": number for function, number in count.functions.items()},
            "visits": {kind: vars(visits) for kind, visits in count.visits.items()},
            "memory_kib": found.memory, "said_kept_kib": found.said}


def _median(boots: list[dict]) -> dict:
    """The boot with the median of instructions, and the spread of all."""
    boots = sorted(boots, key=lambda values: values["instructions"])
    numbers = [values["instructions"] for values in boots]
    return {**boots[(len(boots) - 1) // 2], "boots": len(boots), "least": numbers[0], "most": numbers[-1],
            "middle": statistics.median_low(numbers)}


def measure(subject: subjects.Subject, cpus: int, program: str, directory: Path, repeat: int = 1) -> dict:
    """One column: `repeat` boots of this subject. Raises Problem."""
    boots = []
    for number in range(1 if process.dry_run else repeat):
        of = f", {number + 1} of {repeat}" if repeat > 1 else ""
        with progress.Step(f"{subject.title}, {cpus} CPU{'s' if cpus > 1 else ''}{of}"):
            boots.append(column(measurement.boot_linux(subject, cpus, program, directory)))
    return _median(boots)


def _columns(chosen: list[subjects.Subject], all_cpus: list[int], program: str, directory: Path,
             repeat: int) -> dict[str, dict]:
    columns: dict[str, dict] = {}
    for cpus in all_cpus:
        for subject in chosen:
            name = f"{subject.name}-{cpus}"
            try:
                columns[name] = measure(subject, cpus, program, directory, repeat)
            except Problem as problem:
                if subject.name == "portcullis":
                    raise
                # A peer that cannot be measured has an empty column; nothing is copied in from elsewhere.
                progress.say(str(problem))
                columns[name] = {"missing": problem.what.splitlines()[0]}
        add_kept(columns, cpus)
    return columns


def add_kept(columns: dict[str, dict], cpus: int) -> None:
    """RAM that the host misses, against the same kernel with nothing below."""
    base = columns.get(f"none-{cpus}", {}).get("memory_kib")
    for subject in subjects.SUBJECTS:
        values = columns.get(f"{subject.name}-{cpus}")
        if values and "missing" not in values:
            mine = values.get("memory_kib")
            values["kept_kib"] = base - mine if base is not None and mine is not None else None


def calls(program: str, directory: Path) -> dict[str, float]:
    """Instructions at EL2 for one call of each kind: the difference of two numbers of calls, so that
    the payload's other calls fall out."""
    found = {}
    made = CALL_ROUNDS[1] - CALL_ROUNDS[0]
    for kind, call in CALLS.items():
        totals = []
        with progress.Step(call.words):
            for rounds in CALL_ROUNDS:
                one = measurement.boot_payload(
                    "smccall", subjects.MEMORY, program, directory,
                    f"payload.count={rounds} payload.fid={call.function:#x} payload.x1={call.argument}",
                    f"calls-{kind}-{rounds}")
                if not process.dry_run and f"done: {rounds} calls" not in one.console:
                    raise Problem(f"smccall did not make {rounds} calls", f"Its log: {one.log}", FAILED)
                totals.append(one.counts)
        if process.dry_run:
            continue
        few, many = totals
        found[kind] = (many.called - few.called) / made
        reached = many.firmware_calls - few.firmware_calls
        if reached != (made if call.forwarded else 0):
            raise Problem(f"of {made} calls of {call.function:#x}, {reached} reached firmware: not what "
                          f"«{call.words}» means", "", FAILED)
    return found


def growth(program: str, directory: Path) -> dict[str, int]:
    """Instructions at EL2 for a boot of the payload `idle`, by RAM."""
    found = {}
    for memory in GROWTH:
        with progress.Step(f"a payload as host, {memory} of RAM"):
            found[memory] = measurement.boot_payload("idle", memory, program,
                                                     directory).counts.instructions
    return found


def prove(program: str, directory: Path) -> None:
    """See that the plugin counts right under this QEMU. Raises Problem."""
    wrong = selftest.run(program, directory)
    if wrong:
        raise Problem("the plugin does not count right under this QEMU:\n" + "\n".join(wrong),
                      show(selftest.command(program, directory / "selftest.json")), FAILED)


def run(directory: Path, *, only: list[str] | None = None, cpus: list[int] | None = None,
        repeat: int = 1, kinds: bool = True, conditions: Callable[[str], dict] | None = None) -> dict:
    """Everything in one run. Builds and fetches what is missing. Raises Problem.

    `only`: names of subjects; `cpus`: numbers of CPUs; without `kinds`, calls and growth are left out.
    """
    program = artefacts.qemu(newest=True)
    prove(program, directory)
    chosen = [subject for subject in subjects.SUBJECTS if not only or subject.name in only]
    figures = {"bench": NAME, **(conditions(program) if conditions else {})}
    figures["columns"] = _columns(chosen, cpus or list(subjects.CPUS), program, directory, repeat)
    if kinds and any(subject.name == "portcullis" for subject in chosen):
        figures["calls"] = calls(program, directory)
        figures["growth"] = growth(program, directory)
    return figures


def beyond(figures: dict) -> list[str]:
    """Which promises these figures break; [] when none."""
    found = []
    one = figures.get("columns", {}).get("portcullis-1", {})
    for row in ("instructions", "calls", "ram", "gic", "others", "kept_kib"):
        value = one.get(row)
        if value is not None and value > BUDGET[row]:
            found.append(f"{row} with 1 CPU: {value}, promised are at most {BUDGET[row]}")
    forwarded = figures.get("calls", {}).get("forwarded")
    if forwarded is not None and forwarded > BUDGET["forwarded"]:
        found.append(f"a forwarded SMC: {forwarded:.1f} instructions, promised are {BUDGET['forwarded']}")
    grown = figures.get("growth")
    if grown and grown[GROWTH[1]] > grown[GROWTH[0]] * BUDGET["growth"]:
        found.append(f"{grown[GROWTH[0]]} instructions with {GROWTH[0]} and {grown[GROWTH[1]]} with "
                     f"{GROWTH[1]}: more than {BUDGET['growth']:g} times as many")
    return found
