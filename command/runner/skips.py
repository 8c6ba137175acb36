# SPDX-License-Identifier: Apache-2.0
"""The list of tests that may be skipped: tests/skips.

One entry a line, `NAME-OR-GLOB  REASON`; the reason is compared as it stands (a `*` in it stands for
what changes from machine to machine). A skip that no entry covers is a failure.
"""
from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from .cases import FAILED, PASSED, SKIPPED, Result, selected


class SkipListError(Exception):
    """tests/skips cannot be read as a list; says file:line."""


@dataclass
class Entry:
    name: str
    reason: str
    place: str
    used: bool = False


def read(path: str) -> list[Entry]:
    entries = []
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, _, reason = text.partition(" ")
        if not reason.strip():
            raise SkipListError(f"{path}:{number}: '{name}' has no reason; "
                                f"write: NAME-OR-GLOB  REASON")
        entries.append(Entry(name, reason.strip(), f"{path}:{number}"))
    return entries


def allowed(result: Result, entries: list[Entry]) -> bool:
    for entry in entries:
        if selected(result.name, [entry.name]) and \
                (entry.reason == result.reason or fnmatch.fnmatchcase(result.reason, entry.reason)):
            entry.used = True
            return True
    return False


def apply(result: Result, entries: list[Entry]) -> Result:
    """Turn a skip that tests/skips does not list into the failure that it is."""
    if result.outcome != SKIPPED or allowed(result, entries):
        return result
    reason = result.reason or "no reason given"
    result.outcome = FAILED
    result.detail = (f"skipped, and tests/skips has no entry for it with this reason: {reason}\n"
                     f"either make it run, or add the line: {result.name}  {reason}")
    return result


def stale(entries: list[Entry], results: list[Result]) -> list[Entry]:
    """Entries whose test ran and passed: the entry can go."""
    passed = [result.name for result in results if result.outcome == PASSED]
    return [entry for entry in entries if not entry.used and
            any(selected(name, [entry.name]) for name in passed)]
