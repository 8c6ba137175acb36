# SPDX-License-Identifier: Apache-2.0
"""Faults of locks: for each place that takes or releases one, and of the lock itself.

Orders of other atomic operations are sites of the operator weaken-order: some of them are for observers that
no thread of a test can play.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mutation.operators import LOCK_CALLS, ORDERS, Edit, name_of_call
from mutation.syntax import Node, Unit

LOCK_HEADER = "hypervisor/core/lock.h"


@dataclass(frozen=True)
class Fault:
    what: str
    file: str
    line: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Call:
    """lock_take(LOCK) or lock_release(LOCK)."""
    name: str
    lock: str
    node: Node


def faults(unit: Unit) -> Iterator[Fault]:
    for function in unit.tree.children:
        if function.kind != "FunctionDecl" or not function.placed:
            continue
        calls = list(calls_of(unit, function))
        source = unit.source_of(function.file)

        def fault(what: str, node: Node, *edits: Edit) -> Fault:
            # pylint: disable-next=cell-var-from-loop
            return Fault(what, node.file, source[:node.begin].count(b"\n") + 1, edits)

        for call in calls:
            yield fault(f"no {call.name}({call.lock})", call.node, gone(call))
        for lock in sorted({call.lock for call in calls}):
            own = [call for call in calls if call.lock == lock]
            yield fault(f"without {lock}", own[0].node, *(gone(call) for call in own))
            yield fault(f"take and release of {lock} swapped", own[0].node, *(other(call) for call in own))
        takes = [call for call in calls if call.name == "lock_take"]
        for first, second in zip(takes, takes[1:]):
            if first.lock != second.lock:
                yield fault(f"{second.lock} before {first.lock}", first.node,
                            Edit(first.node.begin, first.node.end, f"lock_take({second.lock})"),
                            Edit(second.node.begin, second.node.end, f"lock_take({first.lock})"))
        for node in function.walk():
            if function.file == LOCK_HEADER and node.kind == "IntegerLiteral" and node.file == LOCK_HEADER:
                text = source[node.begin:node.end].decode()
                if text in ORDERS:
                    yield fault(f"{text} is relaxed", node, Edit(node.begin, node.end, "__ATOMIC_RELAXED"))


def calls_of(unit: Unit, function: Node) -> Iterator[Call]:
    if function.file == LOCK_HEADER:
        return
    for node in function.walk():
        name = name_of_call(node) if node.kind == "CallExpr" else ""
        if name in LOCK_CALLS and node.placed:
            argument = node.children[1]
            yield Call(name, unit.source_of(node.file)[argument.begin:argument.end].decode(), node)


def gone(call: Call) -> Edit:
    return Edit(call.node.begin, call.node.end, "(void)0")


def other(call: Call) -> Edit:
    name = LOCK_CALLS[1 - LOCK_CALLS.index(call.name)]
    return Edit(call.node.begin, call.node.end, f"{name}({call.lock})")
