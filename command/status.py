# SPDX-License-Identifier: Apache-2.0
"""Exit statuses, and the failures that carry one."""
from __future__ import annotations

POWERED_OFF = 0
FAILED = 1
USAGE = 2
HOST_PANIC = 10
EL2_CRASH = 11
TIMEOUT = 12
MISSING = 13
QEMU_FAILED = 14
FIRMWARE_CRASH = 15
REFUSED = 16
INTERRUPTED = 130

WORDS = {
    POWERED_OFF: "powered off",
    USAGE: "usage",
    HOST_PANIC: "host panic",
    EL2_CRASH: "EL2 crash",
    TIMEOUT: "timeout",
    MISSING: "missing prerequisite",
    QEMU_FAILED: "QEMU failed or was killed",
    FIRMWARE_CRASH: "firmware crash",
    REFUSED: "Portcullis did not start the host (the console says why)",
    INTERRUPTED: "interrupted, or left with Ctrl-a x",
}


def table() -> str:
    """One line per exit status, for --help."""
    return "\n".join(f"  {number:>3}  {words}" for number, words in sorted(WORDS.items()))


class Problem(Exception):
    """A failure that a person can act on: what happened, what to do, and the exit status."""

    def __init__(self, what: str, todo: str = "", status: int = MISSING):
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.status = status

    def __str__(self) -> str:
        return f"{self.what}\n{self.todo}" if self.todo else self.what


class UsageProblem(Problem):
    """Wrong words on the command line, or in a file that it names."""

    def __init__(self, what: str, todo: str = ""):
        super().__init__(what, todo, USAGE)
