# SPDX-License-Identifier: Apache-2.0
"""`bench ffa`: what a call of FF-A costs at EL2, beside pKVM's proxy: the same kernel, module, program and
firmware, one CPU, one run.

The program linux/exercise makes the calls in groups; the plugin writes down what each took. An FFA_ID_GET,
which both answer by themselves, begins a group, and the program says which one it is. Nothing is timed.

Figures are plain dictionaries; each column is {row: {"median": n, "worst": n, "rounds": n}} or
{"missing": reason}, instructions at EL2 in the median and the dearest round:

    direct          a direct request and its answer
    map             FFA_RXTX_MAP
    share-N, reclaim-N, and both together as round-N, for N pages in as few ranges as they allow;
    scattered-N ... for N pages that are a range each
    notification    bind, a message that has the partition notify, get, unbind
    share-1-live    as round-1, with 999 further transactions live
"""
from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from pathlib import Path

from command import artefacts, exercise, process, progress
from command.bench import boot, counts, measurement, subjects
from command.status import FAILED, Problem

NAME = "ffa"
TARGETS = (*boot.TARGETS, *exercise.TARGETS)
FIRMWARE = "spmc-1.1"
SUBJECTS = ("portcullis", "pkvm")

ID_GET, ERROR = 0x84000069, 0x84000060
DIRECT, MAP, SHARE, RECLAIM, FRAG_TX = 0x8400006f, 0xc4000066, 0xc4000073, 0x84000077, 0x8400007b
FIRST, LAST = 0x84000060, 0x840000ff
PAGES = (1, 16, 256, 4096)

# What the project promises, in instructions at EL2.
BUDGET = {"direct": 190, "map": 3000, "round-1": 1600, "page": 30, "scattered page": 120, "live": 1.02}

_GROUP = re.compile(r"^exercise: group (\S+) (\d+)\r?$", re.M)
_REFUSED = re.compile(r"^exercise: ((?:share|scattered|live|map|notification)\S*): (FFA_ERROR -\d+|0x\w+)", re.M)


def _is_ffa(call: counts.Call) -> bool:
    return FIRST <= (call.function & ~0x40010000) <= LAST


def groups(calls: list[counts.Call], console: str) -> dict[str, list[counts.Call]]:
    """The calls of each group, by the names that the console told in the same order. Raises Problem."""
    names = [match[1] for match in _GROUP.finditer(console)]
    found: list[list[counts.Call]] = []
    for call in filter(_is_ffa, calls):
        if call.function == ID_GET:
            found.append([])
        elif found:
            found[-1].append(call)
    # The program asks for its identifier once before the groups.
    if len(found) != len(names) + 1:
        raise Problem(f"{len(found) - 1} groups of calls, {len(names)} on the console", "", FAILED)
    return dict(zip(names, found[1:]))


def spread(numbers: list[int]) -> dict[str, int]:
    return {"median": statistics.median_low(sorted(numbers)), "worst": max(numbers), "rounds": len(numbers)}


def rounds(calls: list[counts.Call], first: int) -> list[list[counts.Call]]:
    """The calls cut where the function `first` begins one more round."""
    found: list[list[counts.Call]] = []
    for call in calls:
        if call.function == first:
            found.append([])
        if found:
            found[-1].append(call)
    return found


def cost(calls: list[counts.Call]) -> int:
    return sum(call.instructions for call in calls)


def evaluate(found: dict[str, list[counts.Call]]) -> dict[str, dict]:
    """One column."""
    column = {}
    for name, function in (("direct", DIRECT), ("map", MAP)):
        numbers = [call.instructions for call in found.get(name, []) if call.function == function]
        if numbers:
            column[name] = spread(numbers)
    for name, calls in found.items():
        kind, _, pages = name.partition("-")
        made = [each for each in rounds(calls, SHARE) if each[-1].function == RECLAIM]
        if kind not in ("share", "scattered") or not made:
            continue
        if pages == "1-live":
            column["share-1-live"] = spread([cost(each) for each in made])
            continue
        prefix = "scattered-" if kind == "scattered" else ""
        column[f"{prefix}share-{pages}"] = spread([cost(each[:-1]) for each in made])
        column[f"{prefix}reclaim-{pages}"] = spread([each[-1].instructions for each in made])
        column[f"{prefix}round-{pages}"] = spread([cost(each) for each in made])
    bound = [each for each in rounds(found.get("notification", []), 0x8400007f) if len(each) == 4]
    if bound:
        column["notification"] = spread([cost(each) for each in bound])
    return column


def further(column: dict[str, dict]) -> dict[str, float]:
    """Instructions for one page more, share and reclaim together; by kind of range."""
    found = {}
    for what, prefix in (("page", ""), ("scattered page", "scattered-")):
        few, many = (column.get(f"{prefix}round-{pages}") for pages in (16, 256))
        if few and many:
            found[what] = round((many["median"] - few["median"]) / 240, 1)
    return found


def measure(name: str, program: str, directory: Path) -> dict:
    """Boot one subject and let it work. Raises Problem."""
    with progress.Step(f"{name}: a host that uses FF-A"):
        found = measurement.boot_linux(subjects.find(name), 1, program, directory, name=f"ffa-{name}",
                                       initrd=exercise.initrd(), firmware=FIRMWARE,
                                       commands=[exercise.LOAD, "exercise bench"])
    if process.dry_run:
        return {}
    refused = {match[1]: match[2] for match in _REFUSED.finditer(found.console)}
    column = evaluate(groups(found.calls, found.console))
    return {**column, "further": further(column), "refused": refused}


def run(directory: Path, conditions: Callable[[str], dict] | None = None) -> dict:
    """Everything in one run. Builds and fetches what is missing. Raises Problem."""
    program = artefacts.qemu(newest=True)
    boot.prove(program, directory)
    figures = {"bench": NAME, **(conditions(program) if conditions else {}), "columns": {}}
    for name in SUBJECTS:
        try:
            figures["columns"][name] = measure(name, program, directory)
        except Problem as problem:
            if name == "portcullis":
                raise
            progress.say(str(problem))
            figures["columns"][name] = {"missing": problem.what.splitlines()[0]}
    return figures


def beyond(figures: dict) -> list[str]:
    """Which promises these figures break; [] when none."""
    column = figures.get("columns", {}).get("portcullis", {})
    found = []
    for row in ("direct", "map", "round-1"):
        if row not in column:
            found.append(f"{row}: not counted")
        elif column[row]["median"] > BUDGET[row]:
            found.append(f"{row}: {column[row]['median']} instructions, promised are at most {BUDGET[row]}")
    for what, value in column.get("further", {}).items():
        if value > BUDGET[what]:
            found.append(f"a further {what}: {value:g} instructions, promised are at most {BUDGET[what]}")
    alone, live = column.get("round-1"), column.get("share-1-live")
    if not alone or not live:
        found.append("1,000 live transactions: not counted")
    elif live["median"] > BUDGET["live"] * alone["median"]:
        found.append(f"with 1,000 live transactions: {live['median']} instructions, {alone['median']} with one")
    return found


def differences(recorded: dict, counted: dict, apart: Callable[[float, float], bool]) -> list[str]:
    """What of Portcullis' column is further from the record than `apart` allows."""
    old, new = (figures.get("columns", {}).get("portcullis", {}) for figures in (recorded, counted))
    found = []
    for row, value in new.items():
        if "median" not in value:
            continue
        if row not in old:
            found.append(f"{row}: not recorded")
        elif apart(old[row]["median"], value["median"]):
            found.append(f"{row}: {old[row]['median']} recorded, {value['median']} counted")
    return found
