# SPDX-License-Identifier: Apache-2.0
"""What a run of the tests builds first, and where it writes."""
from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from command import artefacts, process, progress, status

from . import processes
from .cases import Context


class BuildError(Exception):
    """The build failed; the text holds the command and its last lines."""


def root() -> str:
    """The checkout that this runner belongs to."""
    return str(Path(__file__).resolve().parents[2])


def output(base: str, coverage: bool) -> str:
    """Where `base` is built: what PORTCULLIS_BUILD names, else its build/.

    A run exports both to its tests; one of those that runs another checkout's runner does not mean
    that one.
    """
    directory = Path(base) / "build"
    if os.environ.get("PORTCULLIS_BUILD") and os.environ.get("PORTCULLIS_ROOT", base) == base:
        directory = Path(os.environ["PORTCULLIS_BUILD"])
    return str(directory / "coverage" if coverage else directory)


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


def coverage_command(context: Context) -> list[str]:
    """Unit tests with gcov, in a build directory of their own."""
    return ["make", "-C", context.root, "--no-print-directory", "-j2",
            f"O={os.path.relpath(context.build, context.root)}", f"LIBFDT={artefacts.libfdt()}",
            "HOSTCC=cc --coverage", "unit"]


def make(context: Context, unit_alone: bool) -> None:
    """Build what the tests need. Raises BuildError, Stopped, or Problem for a missing prerequisite."""
    try:
        if context.coverage:
            process.run(coverage_command(context), status=status.FAILED, written=context.build,
                        each_line=progress.say)
        else:
            artefacts.build(*(["unit"] if unit_alone else []))
    except status.Problem as problem:
        if processes.stopping():
            raise processes.Stopped() from problem
        if problem.status != status.FAILED:
            raise
        raise BuildError(str(problem)) from problem
    if processes.stopping():
        raise processes.Stopped()
