# SPDX-License-Identifier: Apache-2.0
"""The scenario matrix as tests: one job for each cell."""
from __future__ import annotations

import argparse
import os
import re
import threading

from command.scenarios import catalogue
from command.scenarios import cell as cells

from .cases import FAILED, PASSED, Context, Job, Result, selected, tail

SCENARIOS = ("personalities", "ffa-version", "payloads")


class MatrixError(Exception):
    """The matrix cannot be made: a personality does not parse, an image is missing."""


class CellJob(Job):
    def __init__(self, cell: cells.Cell, command: list[str]):
        self.cell = cell
        self.command = command
        self.verdict: cells.Verdict | None = None
        super().__init__(title=cell.name, names=[cell.name], weight=5)

    def run(self, context: Context) -> list[Result]:
        log = os.path.join(context.run_directory, "scenario",
                           re.sub(r"[^\w.-]+", "-", self.cell.name.removeprefix("scenario/")) + ".log")
        for _ in range(self.cell.tries):
            self.verdict = cells.run(self.cell, self.command, log, context.environment)
            if self.verdict.result != cells.FAILED:
                break
        if self.verdict.result == cells.FAILED:
            detail = "\n".join(self.verdict.reasons + ["--"] + tail(log).splitlines())
            return [Result(self.cell.name, FAILED, self.verdict.seconds, detail=detail, log=log)]
        return [Result(self.cell.name, PASSED, self.verdict.seconds, log=log,
                       reason=self.verdict.evidence if self.verdict.result == cells.NOTE else "")]


class Quiet:
    """The report of a `scenario`: a line for each cell as it ends; the table comes after."""

    def __init__(self, stream):
        self.stream = stream
        self.results: list[Result] = []
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        with self._lock:
            print(text, file=self.stream, flush=True)

    def finished(self, title: str, results: list[Result], _shown: bool) -> None:
        with self._lock:
            self.results += results
            for result in results:
                word = "ok" if result.outcome == PASSED else "FAILED"
                self.say(f"  {word:8}{title} ({result.seconds:.1f} s)")
                if result.outcome == FAILED and not result.log:
                    self.say(result.detail)


def arguments(scenario: str) -> argparse.Namespace:
    """The arguments of `scenario NAME` without further words."""
    return argparse.Namespace(name=scenario, firmware=[], hypervisor="portcullis", image=None,
                              kernel=None, initrd=None, append="", expect=[], reject=[], cpus=4,
                              cpu=None, gic=3, memory="1G", timeout=90.0)


def jobs(context: Context, globs: list[str]) -> list[Job]:
    found: list[Job] = []
    for scenario in SCENARIOS:
        try:
            chosen, notes = catalogue.cells(context.root, arguments(scenario))
        except catalogue.UsageError as error:
            raise MatrixError(f"scenario {scenario}: {error}") from error
        for note in notes:
            context.report.say(note)
        found += [CellJob(cell, catalogue.command(cell)) for cell in chosen
                  if selected(cell.name, globs)]
    return found


def commands(context: Context, globs: list[str]) -> list[list[str]]:
    return [job.command for job in jobs(context, globs)]
