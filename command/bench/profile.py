# SPDX-License-Identifier: Apache-2.0
"""Where EL2's instructions go, by function: what the plugin's profile says, with the ELF's names.

`own`: instructions of the function itself; `below`: these and those of all that it called. A function
that was inlined counts for the one that holds it.
"""
from __future__ import annotations

import bisect
import json
from dataclasses import dataclass
from pathlib import Path

from command import process


@dataclass
class Line:
    function: str
    own: int = 0
    below: int = 0


class Functions:
    """Names of addresses. `symbols`: (start, size, name), moved to where the code runs."""

    def __init__(self, symbols: list[tuple[int, int, str]]):
        self._symbols = sorted(symbols)
        self._starts = [start for start, _, _ in self._symbols]

    def name(self, address: int) -> str:
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return f"{address:#x}"
        start, size, name = self._symbols[at]
        # A label of assembly has no size and reaches to the next one.
        return name if size == 0 or address < start + size else f"{address:#x}"


def functions(elf: Path, load: int) -> Functions:
    """Of an ELF file that is linked at 0 and runs at `load`."""
    text = process.run(["aarch64-linux-gnu-nm", "--defined-only", "-S", str(elf)])
    found: dict[int, tuple[int, int, str]] = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) not in (3, 4) or fields[-2] not in "tTwW" or fields[-1].startswith(("$", ".L")):
            continue
        start, size = int(fields[0], 16) + load, int(fields[1], 16) if len(fields) == 4 else 0
        if start not in found or (size and not found[start][1]):
            found[start] = (start, size, fields[-1])
    return Functions(list(found.values()))


@dataclass
class Profile:
    total: int
    by_cause: dict[str, int]        # what begins a chain of calls: set-up, smc ...
    lines: list[Line]               # most of its own first
    chains: dict[tuple[str, ...], int]      # instructions of each chain of calls, outermost first


def read(path: Path, names: Functions) -> Profile:
    with open(path, encoding="utf-8") as file:
        answer = json.load(file)
    lines: dict[str, Line] = {}
    by_cause: dict[str, int] = {}
    chains: dict[tuple[str, ...], int] = {}
    total = 0
    for cpu in answer["cpus"]:
        nodes = cpu["nodes"]
        callers: dict[int, tuple[str, ...]] = {}

        def chain(node: int) -> tuple[str, ...]:
            """The functions that called, outermost first, behind what began it all."""
            if node not in callers:
                parent, site = nodes[node]
                callers[node] = (answer["roots"][node],) if parent == node \
                    else (*chain(parent), names.name(site))
            return callers[node]

        for node, address, count in cpu["counts"]:
            function = names.name(address)
            above = chain(node)
            total += count
            by_cause[above[0]] = by_cause.get(above[0], 0) + count
            lines.setdefault(function, Line(function)).own += count
            for name in {*above[1:], function}:
                lines.setdefault(name, Line(name)).below += count
            whole = (*above, function)
            chains[whole] = chains.get(whole, 0) + count
    return Profile(total, by_cause, sorted(lines.values(), key=lambda line: -line.own), chains)


def text(profile: Profile, longest: int = 30) -> str:
    """The heaviest functions, by their own instructions and with all that they call."""
    def share(count: int) -> str:
        return f"{count:>12,} {count / max(1, profile.total):6.1%}"

    lines = [f"{profile.total:,} instructions at EL2", "", "by what began them:"]
    lines += [f"{share(count)}  {cause}"
              for cause, count in sorted(profile.by_cause.items(), key=lambda item: -item[1])]
    lines += ["", "own:"] + [f"{share(line.own)}  {line.function}" for line in profile.lines[:longest]]
    heavy = sorted(profile.lines, key=lambda line: -line.below)[:longest]
    lines += ["", "with what they call:"] + [f"{share(line.below)}  {line.function}" for line in heavy]
    return "\n".join(lines)


def folded(profile: Profile) -> str:
    """One line for each chain, as tools that draw flame graphs read it."""
    return "".join(f"{';'.join(chain)} {count}\n" for chain, count in sorted(profile.chains.items()))
