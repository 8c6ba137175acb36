# SPDX-License-Identifier: Apache-2.0
"""Recorded figures: bench/figures/NAME.json, and the tables made of them between two markers in README.md
and, where there is more to say, in another document.

    <!-- bench NAME: begin -->
    <!-- bench NAME: end -->

The record is the source; the tables are derived from it in the same breath, and a test sees that they
still are.
"""
from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

from command import artefacts, cache, packages
from command.bench import ffa, ledger, subjects
from command.status import FAILED, Problem

TOLERANCE = 0.02


def path(name: str) -> Path:
    return artefacts.ROOT / "bench" / "figures" / f"{name}.json"


def readme() -> Path:
    return artefacts.ROOT / "README.md"


def documents(name: str) -> list[Path]:
    """Where the tables of a bench stand."""
    further = {"ledger": [readme(), artefacts.ROOT / "docs" / "memory.md"],
               "ffa": [artefacts.ROOT / "docs" / "ffa.md"]}
    return further.get(name, [readme()])


def markers(name: str) -> tuple[str, str]:
    return f"<!-- bench {name}: begin -->", f"<!-- bench {name}: end -->"


def split(name: str, file: Path) -> tuple[str, str, str]:
    """Text before, between and behind the markers, which stay with their sides. Raises Problem."""
    begin, end = markers(name)
    todo = f"Put these two lines where the table belongs:\n{begin}\n{end}"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{file} does not exist", f"Write it first. {todo}", FAILED) from None
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Problem(f"{file} does not hold the marker «{begin}» once and «{end}» once behind it", todo,
                      FAILED)
    first = text.index(begin) + len(begin)
    last = text.index(end)
    return text[:first], text[first:last], text[last:]


def write(name: str, figures: dict, tables: dict[Path, str], target: Path) -> None:
    """Each table into its document, the figures into `target`; nothing when a document has no place."""
    parts = {file: split(name, file) for file in tables}
    cache.make(target.parent)
    cache.write_file(target, (json.dumps(figures, indent=1) + "\n").encode())
    for file, (before, _, behind) in parts.items():
        cache.write_file(file, (before + "\n" + tables[file] + behind).encode())


def load(name: str, source: Path | None = None) -> dict:
    source = source or path(name)
    try:
        return json.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"{source} does not exist: nothing is recorded yet",
                      f"./portcullis bench {name} --readme records.", FAILED) from None
    except ValueError as error:
        raise Problem(f"{source} is no JSON: {error}", "", FAILED) from error


def apart(recorded: float, counted: float, tolerance: float = TOLERANCE) -> bool:
    """Differ by more than the tolerance? A recorded 0 tolerates nothing."""
    return abs(counted - recorded) > abs(recorded) * tolerance


# Without the calls for entropy, whose number depends on how long the boot takes.
COMPARED = ("instructions", "steady_calls", "ram", "gic", "others", "kept_kib")
# pKVM's CPUs wait for each other's lock, and which of them touches which RAM first is up to the host
# machine: what is counted with several CPUs differs from boot to boot by more than the tolerance.
UNSTEADY = ("pkvm-4",)


def differences(recorded: dict, counted: dict, tolerance: float = TOLERANCE) -> list[str]:
    """What of `counted` is further from the record than the tolerance allows. Only what was counted
    is compared: columns, calls, growth of `bench boot`; the parts of the others but their peer."""
    found = []
    for bench in (ledger, ffa):
        if counted.get("bench") == bench.NAME:
            return bench.differences(recorded, counted, lambda old, new: apart(old, new, tolerance))

    def compare(what: str, old: float | None, new: float | None) -> None:
        if old is None or new is None:
            if old is not new:
                found.append(f"{what}: {old} recorded, {new} counted")
        elif apart(old, new, tolerance):
            share = f" ({(new - old) / old:+.1%})" if old else ""
            found.append(f"{what}: {old:,g} recorded, {new:,g} counted{share}")

    for name, values in counted.get("columns", {}).items():
        if name in UNSTEADY:
            continue
        old = recorded["columns"].get(name)
        if old is None or "missing" in old or "missing" in values:
            reason = values.get("missing") or "not recorded"
            found.append(f"{name}: {reason}")
            continue
        for row in COMPARED:
            # What needs the column `none` beside it is there only when that was counted too.
            if row in values:
                compare(f"{name}, {row}", old.get(row), values[row])
    for part in ("calls", "growth"):
        for name, value in counted.get(part, {}).items():
            compare(f"{part}, {name}", recorded.get(part, {}).get(name), value)
    return found


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=artefacts.ROOT)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def commit() -> str:
    """The commit that is measured; with «+» when what is built from differs from it."""
    head = _output("git", "rev-parse", "--short=12", "HEAD")
    if not head:
        return "unknown"
    changed = _output("git", "status", "--porcelain", "--", "hypervisor", "firmware", "payloads", "bench",
                      "Makefile", ":!bench/figures")
    return head + ("+" if changed else "")


def conditions(program: str) -> dict:
    """Date, commit, and versions of everything that the counts depend on. `program`: the QEMU."""
    version = re.search(r"version (\S+)", _output(program, "--version"))
    compiler = _output("aarch64-linux-gnu-gcc", "--version").splitlines()
    kernel = packages.fetch_kernel()
    busybox = packages.fetch_arm64("busybox-static", "bookworm")
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": commit(), "conditions": {
        "qemu": f"QEMU {version[1] if version else '?'}",
        "machine": f"-M virt,secure=on,virtualization=on,gic-version={subjects.GIC},"
                   f"{','.join(subjects.MACHINE_OPTIONS)} -cpu {subjects.CPU} -m {subjects.MEMORY}",
        "kernel": f"{kernel.name} {kernel.version}",
        "initramfs": f"{busybox.name} {busybox.version}",
        "firmware": subjects.FIRMWARE,
        "append": f"console=ttyAMA0 {subjects.APPEND}",
        "pkvm": subjects.find("pkvm").append,
        "none": subjects.find("none").append,
        "compiler": compiler[0] if compiler else "unknown compiler"}}
