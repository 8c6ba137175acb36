# SPDX-License-Identifier: Apache-2.0
"""What a test is and how it ended."""
from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class Result:
    """How one test ended. `detail` holds the lines that explain a failure, `log` the whole story, `data`
    what the test has to tell beside its outcome."""
    name: str
    outcome: str
    seconds: float = 0.0
    reason: str = ""
    detail: str = ""
    log: str = ""
    data: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        told = {"name": self.name, "outcome": self.outcome, "seconds": round(self.seconds, 3),
                "reason": self.reason, "detail": self.detail, "log": self.log}
        return told | {"data": self.data} if self.data else told


@dataclass
class Job:
    """One process or boot that yields the results of `names`; run(report) is called on a worker."""
    title: str
    names: list[str]
    weight: int = 0     # jobs with the higher weight start first, so that the end is not one long job
    exclusive: bool = False     # measures time or takes all CPUs: runs with nothing beside it

    def run(self, context: "Context") -> list[Result]:
        raise NotImplementedError


@dataclass
class Context:
    """What a job needs to know about the run that it is part of."""
    root: str
    build: str
    run_directory: str
    seed: int
    report: object
    environment: dict = field(default_factory=dict)
    coverage: bool = False
    verbose: bool = False


def selected(name: str, globs: list[str]) -> bool:
    """True if `name` is wanted: no globs, equal to one, or matched by one; a plain word stands for the
    file test_WORD.

    A test's parameters stand in [brackets], which a glob reads as a set of characters; equality comes
    first so that a name copied from the report always works.
    """
    if not globs:
        return True
    file = re.match(r"\w+/test_(\w+)", name)
    return any(name == glob or (file and file[1] == glob) or fnmatch.fnmatchcase(name, glob) or
               fnmatch.fnmatchcase(name, glob.replace("[", "[[]")) for glob in globs)


def tail(path: str, lines: int = 15) -> str:
    """The last lines of a log for a failure's report."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"({error.strerror}: {path})"
    return "\n".join(line.rstrip() for line in text.splitlines()[-lines:])


def counts(results: list[Result]) -> tuple[int, int, int]:
    outcomes = [result.outcome for result in results]
    return outcomes.count(PASSED), outcomes.count(FAILED), outcomes.count(SKIPPED)


def count_line(results: list[Result]) -> str:
    passed, failed, skipped = counts(results)
    return f"{passed} passed, {failed} failed, {skipped} skipped"
