# SPDX-License-Identifier: Apache-2.0
"""What a person sees of a run: progress, failures with their logs, and the line that counts."""
from __future__ import annotations

import json
import sys
import threading
import time
from xml.sax.saxutils import escape, quoteattr

from . import skips
from .cases import FAILED, PASSED, SKIPPED, Result, count_line, counts

WORDS = {PASSED: "ok", FAILED: "FAILED", SKIPPED: "skipped"}


class Report:
    """Collects results from all workers; its lock guards the results and the output."""

    def __init__(self, entries: list[skips.Entry], stream=None, total: int = 0):
        self.entries = entries
        self.stream = stream or sys.stdout
        self.total = total
        self.results: list[Result] = []
        self.begin = time.monotonic()
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        with self._lock:
            print(text, file=self.stream, flush=True)

    def progress(self, outcome: str, name: str, seconds: float) -> None:
        self.say(f"  {WORDS[outcome]:8}{name} ({seconds:.1f} s)")

    def partial(self, results: list[Result]) -> None:
        """Results of a job that was stopped half-way."""
        with self._lock:
            self.results += [skips.apply(result, self.entries) for result in results]

    def finished(self, title: str, results: list[Result], shown: bool) -> None:
        """Record a job. `shown`: its cases have been shown as they ended."""
        with self._lock:
            before = [result.outcome for result in results]
            results = [skips.apply(result, self.entries) for result in results]
            self.results += results
            if not shown:
                self._summary(title, results)
            for result, outcome in zip(results, before):
                if result.outcome == FAILED:
                    self.failure(result)
                elif outcome == SKIPPED:
                    self.say(f"  skipped {result.name}: {result.reason}")

    def _summary(self, title: str, results: list[Result]) -> None:
        passed, failed, skipped = counts(results)
        seconds = sum(result.seconds for result in results)
        if len(results) == 1:
            if results[0].outcome != SKIPPED:
                self.progress(results[0].outcome, results[0].name, seconds)
            return
        word = WORDS[FAILED] if failed else WORDS[PASSED]
        cases = f"{passed} of {len(results)} cases" if passed < len(results) else f"{passed} cases"
        self.say(f"  {word:8}{title}: {cases} ({seconds:.1f} s)")

    def failure(self, result: Result) -> None:
        self.say(f"---- {result.name} failed")
        for line in result.detail.splitlines():
            self.say(f"  | {line}")
        if result.log:
            self.say(f"  log: {result.log}")

    def summary(self, not_run: list[str]) -> None:
        """Everything before the last line: what failed, once more and short, and what was not run."""
        failed = [result for result in self.results if result.outcome == FAILED]
        if failed:
            self.say("")
            self.say("failed:")
            for result in failed:
                self.say(f"  {result.name}" + (f"  ({result.log})" if result.log else ""))
        if not_run:
            self.say(f"not run: {len(not_run)} tests, the first is {not_run[0]}")
        for entry in skips.stale(self.entries, self.results):
            self.say(f"{entry.place}: {entry.name} passes; its entry can go")

    def last_line(self) -> None:
        self.say(count_line(self.results))

    def write_junit(self, path: str) -> None:
        passed, failed, skipped = counts(self.results)
        lines = ['<?xml version="1.0" encoding="utf-8"?>',
                 f'<testsuites><testsuite name="portcullis" tests="{passed + failed + skipped}" '
                 f'failures="{failed}" errors="0" skipped="{skipped}" '
                 f'time="{time.monotonic() - self.begin:.3f}">']
        for result in self.results:
            room, _, name = result.name.partition("/")
            lines.append(f'<testcase classname={quoteattr(room)} name={quoteattr(name)} '
                         f'time="{result.seconds:.3f}">')
            if result.outcome == FAILED:
                first = _printable(result.detail.splitlines()[0] if result.detail else "failed")
                lines.append(f'<failure message={quoteattr(first)}>{escape(_printable(result.detail))}'
                             f'</failure>')
            elif result.outcome == SKIPPED:
                lines.append(f'<skipped message={quoteattr(_printable(result.reason))}/>')
            lines.append("</testcase>")
        lines.append("</testsuite></testsuites>")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def as_json(self, seed: int, not_run: list[str], interrupted: bool) -> str:
        passed, failed, skipped = counts(self.results)
        return json.dumps({"passed": passed, "failed": failed, "skipped": skipped, "seed": seed,
                           "interrupted": interrupted, "not_run": not_run,
                           "seconds": round(time.monotonic() - self.begin, 3),
                           "tests": [result.as_dict() for result in self.results]}, indent=1)


def _printable(text: str) -> str:
    """XML 1.0 has no place for most control characters, and a console log has them."""
    return "".join(char if char in "\t\n" or char >= " " else "?" for char in text)
