# SPDX-License-Identifier: Apache-2.0
"""Fuzzers of the core's parsers (tests/fuzz): their runs, and the lines of their targets that these covered.

A fuzzer is one C file whose first comment ends in lines «target: FILE», the sources that it is about, and
«length: N», the longest input. Its run leaves every input that reached something new; the same sources,
built by gcc with its counters, replay these and tell which lines they covered.
"""
from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts, process, progress
from command.status import FAILED, MISSING, Problem

SOURCES = artefacts.ROOT / "tests" / "fuzz"
COVERED = 90.0          # percent of a target's lines that a run has to reach
PREFIX = "fuzz_"

_replaying = threading.Lock()


@dataclass
class Target:
    name: str
    words: str              # what it is, for --list
    sources: list[str]
    length: int


@dataclass
class Outcome:
    target: Target
    inputs: int = 0
    seconds: float = 0.0
    cpu: float = 0.0        # seconds of a CPU
    covered: dict[str, tuple[int, int]] = field(default_factory=dict)      # by source: lines, of how many
    missed: dict[str, list[int]] = field(default_factory=dict)
    reproducer: str = ""
    fault: str = ""         # what was found, or why the run came to no end

    def lines(self) -> tuple[int, int]:
        return (sum(hit for hit, _ in self.covered.values()), sum(count for _, count in self.covered.values()))

    def percent(self) -> float:
        hit, count = self.lines()
        return 100.0 * hit / count if count else 0.0

    def good(self) -> bool:
        return not self.fault and self.percent() >= COVERED

    def as_json(self) -> dict:
        hit, count = self.lines()
        return {"name": self.target.name, "inputs": self.inputs, "seconds": round(self.seconds, 1),
                "cpu_seconds": round(self.cpu, 1), "lines_covered": hit, "lines": count,
                "percent": round(self.percent(), 1),
                "files": {name: {"lines_covered": part[0], "lines": part[1], "missed": self.missed[name]}
                          for name, part in self.covered.items()},
                "fault": self.fault, "reproducer": self.reproducer}


def targets() -> list[Target]:
    found = []
    for path in sorted(SOURCES.glob(f"{PREFIX}*.c")):
        comment = path.read_text(encoding="utf-8").split("*/\n#", 1)[0].split("/*\n", 1)[-1]
        sources = re.findall(r"^ \* target: (\S+)$", comment, re.M)
        length = re.search(r"^ \* length: (\d+)$", comment, re.M)
        words = " ".join(line.strip(" *") for line in comment.split(" * target:")[0].splitlines())
        if not sources or not length:
            raise Problem(f"{path.relative_to(artefacts.ROOT)}: its first comment names no target or no length",
                          "CONTRIBUTING.md says what it has to name.", FAILED)
        found.append(Target(path.stem.removeprefix(PREFIX), re.split(r"(?<=[.;:]) ", words.strip())[0], sources,
                            int(length[1])))
    return found


def program(target: Target) -> Path:
    return artefacts.build_directory() / "tests" / "fuzz" / f"{PREFIX}{target.name}"


def build(chosen: list[Target]) -> None:
    artefacts.build(*[f"tests/fuzz/{PREFIX}{target.name}" for target in chosen])


def plant(target: Target) -> list[Path]:
    """Folders of inputs to begin with: made by tests/fuzz/seeds, none for most."""
    folder = artefacts.build_directory() / "tests" / "fuzz" / "seeds" / target.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    process.run([sys.executable, str(SOURCES / "seeds"), target.name, str(folder)], status=FAILED)
    return [folder]


def command(target: Target, folders: list[Path], seed: int, seconds: float | None, runs: int | None) -> list[str]:
    words = [str(program(target)), f"-seed={seed}", f"-max_len={target.length}", "-len_control=0", "-timeout=10",
             "-verbosity=0", "-print_final_stats=1", "-reload=0",
             f"-artifact_prefix={artefacts.build_directory() / 'tests/fuzz' / target.name}-"]
    if runs is not None:
        words.append(f"-runs={runs}")
    if seconds is not None:
        words.append(f"-max_total_time={max(1, round(seconds))}")
    return [*steady(), *words, *[str(folder) for folder in folders]]


@functools.cache
def steady() -> list[str]:
    """Words before a program that puts it at the same addresses each time: addresses are among what libFuzzer
    compares, and equal seeds would differ. A container may forbid it."""
    words = ["setarch", "--addr-no-randomize"]
    try:
        done = subprocess.run([*words, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    if done.returncode != 0:
        progress.say("addresses stay random here: equal seeds may differ")
    return words if done.returncode == 0 else []


def environment() -> dict[str, str]:
    # names in a report; the compiler brings no symbolizer of its own
    symbolizer = shutil.which("llvm-symbolizer-19") or shutil.which("addr2line") or ""
    return dict(os.environ, ASAN_OPTIONS=f"external_symbolizer_path={symbolizer}",
                UBSAN_OPTIONS=f"external_symbolizer_path={symbolizer}")


def run(target: Target, seed: int, seconds: float | None, runs: int | None) -> Outcome:
    outcome = Outcome(target)
    corpus = program(target).parent / "corpus" / target.name
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    folders = [corpus, *plant(target)]
    begin = time.monotonic()
    log = program(target).with_suffix(".log")
    words = command(target, folders, seed, seconds, runs)
    with open(log, "wb") as file:
        code, outcome.cpu = process.measured(words, file, cwd=artefacts.ROOT, env=environment())
    outcome.seconds = time.monotonic() - begin
    text = log.read_text(encoding="utf-8", errors="replace")
    units = re.search(r"stat::number_of_executed_units: *(\d+)", text)
    outcome.inputs = int(units[1]) if units else 0
    if code != 0:
        said = re.findall(r"^.*(?:broken: |ERROR: |runtime error: |Failure|[Aa]ssert|invariant).*$", text, re.M)
        written = re.search(r"Test unit written to (\S+)", text)
        outcome.reproducer = written[1] if written else ""
        outcome.fault = (said[0].strip() if said else f"the fuzzer ended with {code}") + f" ({log})"
        return outcome
    with _replaying:
        _count_lines(outcome, folders)
    return outcome


def replay(target: Target, path: Path) -> int:
    """Run one input; its report goes to the terminal. The fuzzer's status."""
    return subprocess.run([str(program(target)), "-timeout=10", str(path)], env=environment(), check=False).returncode


def _count_lines(outcome: Outcome, folders: list[Path]) -> None:
    """Replay every input on the build with counters, and ask gcov about the target's sources."""
    objects = artefacts.build_directory() / "tests" / "fuzz" / "replay"
    artefacts.build(f"tests/fuzz/replay/{PREFIX}{outcome.target.name}")
    words = [str(objects / f"{PREFIX}{outcome.target.name}"), *[str(folder) for folder in folders]]
    with tempfile.TemporaryDirectory(prefix="portcullis-lines-") as scratch:
        done = subprocess.run(words, cwd=artefacts.ROOT, capture_output=True, text=True, check=False,
                              env=dict(os.environ, GCOV_PREFIX=scratch, GCOV_PREFIX_STRIP="0"))
        if done.returncode != 0:
            outcome.fault = f"replaying its inputs failed: {process.show(words)}: {done.stderr.strip()[-500:]}"
            return
        for source in outcome.target.sources:
            _read_counters(outcome, source, objects, scratch)


def _read_counters(outcome: Outcome, source: str, objects: Path, scratch: str) -> None:
    notes = (objects / source).with_suffix(".gcno")
    counters = Path(scratch + str((objects / source).with_suffix(".gcda").resolve()))
    if not counters.exists():
        outcome.fault = f"{source}: no counters were written"
        return
    shutil.copy(notes, counters.with_suffix(".gcno"))
    try:
        done = subprocess.run(["gcov", "--json-format", "--stdout", str(counters)], cwd=artefacts.ROOT,
                              capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Problem("gcov is not installed", "As root: apt-get install gcc", MISSING) from error
    counts: dict[int, int] = {}
    for line in done.stdout.splitlines():
        for part in json.loads(line)["files"]:
            if part["file"] == source:
                for entry in part["lines"]:
                    number = entry["line_number"]
                    counts[number] = max(counts.get(number, 0), entry["count"])
    if not counts:
        outcome.fault = f"gcov says nothing about {source}: {done.stderr.strip()[-300:]}"
        return
    outcome.covered[source] = (sum(count > 0 for count in counts.values()), len(counts))
    outcome.missed[source] = sorted(number for number, count in counts.items() if count == 0)
