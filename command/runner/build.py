# SPDX-License-Identifier: Apache-2.0
"""What a run of the tests builds first, and where it writes."""
from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from . import processes
from .cases import Context, tail


class BuildError(Exception):
    """The build failed; the text holds the command and its last lines."""


def root() -> str:
    """The checkout that this runner belongs to."""
    return str(Path(__file__).resolve().parents[2])


def output(base: str, coverage: bool) -> str:
    return os.path.join(base, "build", "coverage") if coverage else os.path.join(base, "build")


def run_directory(build: str) -> str:
    """A directory for the logs of this run, with build/tests/latest pointing at it.

    Runs nest (tests of the runner run the runner), so each has its own; those of dead runs beyond
    the newest five go away.
    """
    runs = Path(build) / "tests" / "runs"
    mine = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    mine.mkdir(parents=True, exist_ok=True)
    old = sorted(path for path in runs.iterdir() if path.is_dir() and not path.is_symlink())[:-5]
    for path in old:
        pid = path.name.rpartition("-")[2]
        if not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(path, ignore_errors=True)
    latest = Path(build) / "tests" / "latest"
    scratch = latest.with_name(f"latest.{os.getpid()}")
    scratch.symlink_to(os.path.relpath(mine, latest.parent))
    scratch.rename(latest)
    return str(mine)


def commands(context: Context, arguments) -> list[list[str]]:
    make = ["make", "-C", context.root, "-j2", f"O={os.path.relpath(context.build, context.root)}"]
    if context.coverage:
        return [make + ["HOSTCC=cc --coverage", "unit"]]
    if arguments.off_target:
        return [make + ["unit"]]
    return [make + ["all"]]


def make(context: Context, arguments) -> None:
    log = os.path.join(context.run_directory, "build.log")
    for command in commands(context, arguments):
        with open(log, "ab") as file:
            child = processes.start(command, cwd=context.root, env=context.environment, stdout=file,
                                    stderr=subprocess.STDOUT)
            code = processes.finish(child)
        if processes.stopping():
            raise processes.Stopped()
        if code != 0:
            raise BuildError(f"{' '.join(command)} ended with {code}\n{tail(log, 20)}\nlog: {log}")
