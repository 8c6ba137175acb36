# SPDX-License-Identifier: Apache-2.0
"""One cell of a matrix: a boot, what its console must say, and the verdict."""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from command.runner import processes

OK, FAILED, NOTE = "ok", "failed", "note"

USERSPACE = r"PORTCULLIS-USERSPACE"
# Nothing that follows one of these lines can still be the success that a cell waits for.
DEAD_ENDS = (r"hv: crash: \[end\]", r"Kernel panic - not syncing", r"fw: crash\b",
             r"hv: boot: \[refused\]", r"end Kernel panic")
GRACE_AFTER_DEATH = 2.0
GRACE_FOR_POWER_OFF = 15.0
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass
class Want:
    """A line that must come (or must not), in words and as a regular expression."""
    words: str
    pattern: str
    absent: bool = False
    evidence: bool = False  # the line that the table shows


@dataclass
class Cell:
    name: str
    host: str
    hypervisor: str
    firmware: str
    boot: object
    wants: list[Want]
    timeout: float = 90.0
    power_off: bool = True      # the host ends with SYSTEM_OFF; else the cell ends when all is said
    # (pattern, words): a line that makes a missing want something to report, not a failure
    excuse: tuple[str, str] | None = None
    tries: int = 1              # boots until one is as expected: more than one only for others' known faults


@dataclass
class Verdict:
    cell: Cell
    result: str
    evidence: str
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0
    log: str = ""
    status: int | None = None

    def as_dict(self, command: list[str]) -> dict:
        return {"name": self.cell.name, "host": self.cell.host, "hypervisor": self.cell.hypervisor,
                "firmware": self.cell.firmware, "result": self.result, "evidence": self.evidence,
                "reasons": self.reasons, "seconds": round(self.seconds, 1), "log": self.log,
                "command": shlex.join(command)}


def clean(text: str) -> list[str]:
    """Console text as lines without control sequences."""
    return [CONTROL.sub("", line).rstrip() for line in text.replace("\r", "\n").split("\n")]


def find(pattern: str, lines: list[str]) -> str | None:
    compiled = re.compile(pattern)
    return next((line for line in lines if compiled.search(line)), None)


def judge(cell: Cell, lines: list[str], status: int | None, killed: bool) -> Verdict:
    """The verdict on a finished boot. `killed`: ended by us, because its time was over."""
    reasons, evidence, missing = [], "", False
    for want in cell.wants:
        line = find(want.pattern, lines)
        if want.absent and line is not None:
            reasons.append(f"{want.words}: came: {line}")
        elif not want.absent and line is None:
            reasons.append(f"{want.words}: no line matches /{want.pattern}/")
            missing = True
        if line is not None and (want.evidence or not evidence) and not want.absent:
            evidence = line
    if status is not None and status < 0 and not killed:
        reasons.append(f"QEMU was killed by signal {-status}")
    elif status not in (0, None) and not killed:
        reasons.append(f"QEMU ended with status {status}")
    elif killed and cell.power_off:
        reasons.append(f"not powered off after {cell.timeout:.0f} s")
    dead = find("|".join(DEAD_ENDS), lines)
    if missing and dead:
        reasons.insert(0, dead)
    if missing and cell.excuse:
        line = find(cell.excuse[0], lines)
        if line is not None:
            return Verdict(cell, NOTE, f"{cell.excuse[1]}: {line}")
    if reasons:
        last = next((line for line in reversed(lines) if line.strip() and
                     not line.startswith("qemu-system-")), "the console stayed silent")
        return Verdict(cell, FAILED, f"{reasons[0]}; last line: {last}", reasons)
    return Verdict(cell, OK, evidence)


def run(cell: Cell, command: list[str], log: str, environment: dict | None = None) -> Verdict:
    """Boot, watch the console, stop QEMU when there is nothing to wait for. Raises Stopped."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with open(log, "wb") as output:
        output.write(f"# {shlex.join(command)}\n".encode())
        output.flush()
        child = processes.start(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    killed = False
    try:
        killed = _watch(cell, child, log, begin)
    finally:
        if child.poll() is None:
            processes.stop(child, grace=1.0)
        processes.finish(child)
    if processes.stopping():
        raise processes.Stopped()
    lines = console(log)
    verdict = judge(cell, lines, child.returncode, killed)
    verdict.seconds = time.monotonic() - begin
    verdict.log = log
    verdict.status = child.returncode
    return verdict


def console(log: str) -> list[str]:
    """The lines of a cell's log without the command that stands first."""
    with open(log, "rb") as file:
        return clean(file.read().decode("utf-8", "replace"))[1:]


def _watch(cell: Cell, child: subprocess.Popen, log: str, begin: float) -> bool:
    """Wait for the end; True if QEMU has to be stopped by us."""
    wanted = [re.compile(want.pattern) for want in cell.wants if not want.absent]
    dead = re.compile("|".join(DEAD_ENDS))
    size, said, deadline = 0, None, begin + cell.timeout
    while child.poll() is None and not processes.stopping():
        now = time.monotonic()
        if now >= deadline:
            return True
        grown = os.path.getsize(log)
        if grown != size and said is None:
            size = grown
            lines = console(log)
            text = "\n".join(lines)
            if all(find(pattern.pattern, lines) for pattern in wanted):
                said = now
                deadline = min(deadline, now + (GRACE_FOR_POWER_OFF if cell.power_off else 0.5))
            elif dead.search(text):
                said = now
                deadline = min(deadline, now + GRACE_AFTER_DEATH)
        time.sleep(0.1)
    return False
