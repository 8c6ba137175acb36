# SPDX-License-Identifier: Apache-2.0
"""Check scripts: executables under tests/check, each one a test.

Exit status 0 passes, 77 skips (the last line of output is the reason), anything else fails. A script
says what it needs in comment lines among its first thirty:

    # needs: qemu           not part of `test --off-target` (also: image, network, root)
    # takes: long           only with `test --long`
    # runs: alone           measures time; nothing runs beside it
    # timeout: 1200         seconds, 600 if not said
"""
from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .cases import FAILED, PASSED, SKIPPED, Context, Job, Result, selected, tail

SKIP_STATUS = 77
TIMEOUT = 600


@dataclass
class Header:
    needs: set[str] = field(default_factory=set)
    long: bool = False
    alone: bool = False
    timeout: int = TIMEOUT


def header(path: str) -> Header:
    result = Header()
    with open(path, "rb") as file:
        lines = [file.readline().decode("utf-8", "replace") for _ in range(30)]
    for line in lines:
        match = re.match(r"^#\s*(needs|takes|runs|timeout):\s*(.*)$", line)
        if not match:
            continue
        key, value = match.group(1), match.group(2).split()
        if key == "needs":
            result.needs |= {word.strip(",") for word in value}
        elif key == "takes":
            result.long = "long" in value
        elif key == "runs":
            result.alone = "alone" in value
        elif value and value[0].isdigit():
            result.timeout = int(value[0])
    return result


class CheckJob(Job):
    def __init__(self, path: str, info: Header):
        self.path = path
        self.info = info
        name = f"check/{os.path.basename(path)}"
        super().__init__(title=name, names=[name], weight=2 if info.long else 1, exclusive=info.alone)

    def run(self, context: Context) -> list[Result]:
        name = self.names[0]
        directory = Path(context.run_directory) / "check"
        directory.mkdir(parents=True, exist_ok=True)
        log = directory / f"{os.path.basename(self.path)}.log"
        begin = time.monotonic()
        with open(log, "wb") as output:
            child = processes.start([self.path], env=context.environment, cwd=context.root,
                                    stdout=output, stderr=subprocess.STDOUT)
            code = processes.finish(child, self.info.timeout)
        if processes.stopping():
            raise processes.Stopped()
        seconds = time.monotonic() - begin
        if code == 0:
            return [Result(name, PASSED, seconds, log=str(log))]
        if code == SKIP_STATUS:
            lines = [line.strip() for line in tail(str(log)).splitlines() if line.strip()]
            return [Result(name, SKIPPED, seconds, lines[-1] if lines else "", log=str(log))]
        how = f"timeout after {self.info.timeout} s" if code is None else f"exit status {code}"
        return [Result(name, FAILED, seconds, detail=f"{tail(str(log), 20)}\n({how})", log=str(log))]


def jobs(directory: str, globs: list[str], off_target: bool, long: bool) -> list[Job]:
    found = []
    for path in sorted(Path(directory).glob("*")):
        if not path.is_file() or not os.access(path, os.X_OK):
            continue
        info = header(str(path))
        if off_target and info.needs & {"qemu", "image", "network", "root"}:
            continue
        if info.long and not long:
            continue
        if selected(f"check/{path.name}", globs):
            found.append(CheckJob(str(path), info))
    return found
