# SPDX-License-Identifier: Apache-2.0
"""Compiled rules of a personality, as firmware/rules_format.h describes them: parts, limits, bytes."""
from __future__ import annotations

import struct
from dataclasses import dataclass, field

MAGIC = b"PCRULES1"
ROOM = 65536
RULES_LIMIT = 512
VARIABLES_LIMIT = 64
DELAY_LIMIT = 60_000_000
REGISTERS = 18
FOREVER = 0xffffffff

BOOT_FILL_RAM, BOOT_FILL_REGISTERS, BOOT_SPMC = 1, 2, 4
CONSTANT, ARGUMENT, VARIABLE, CPU, GARBAGE, RESULT = range(6)
WHOLE, WORD, UPPER, TO_VARIABLE = range(4)
ANSWER, PASS, HANG = range(3)
RETURN, UNKNOWN, REPEAT = 1, 2, 4
COMPARISONS = {"=": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5}


@dataclass(frozen=True)
class Operand:
    kind: int
    index: int = 0
    low: int = 0
    width: int = 64
    constant: int = 0

    def pack(self) -> bytes:
        return struct.pack("<BBBBIQ", self.kind, self.index, self.low, self.width, 0, self.constant)


@dataclass(frozen=True)
class Condition:
    left: Operand
    comparison: int
    right: Operand

    def pack(self) -> bytes:
        return self.left.pack() + self.right.pack() + struct.pack("<B7x", self.comparison)


@dataclass(frozen=True)
class Effect:
    target: int
    first: int
    last: int
    value: Operand

    def pack(self) -> bytes:
        return struct.pack("<BBBBI", self.target, self.first, self.last, 0, 0) + self.value.pack()


@dataclass
class Step:
    kind: int
    effects: list[Effect] = field(default_factory=list)
    delay: int = 0


@dataclass
class Rule:
    line: int
    flags: int
    ranges: list[tuple[int, int]]
    conditions: list[Condition]
    steps: list[Step]
    first: int = 1
    last: int = FOREVER


@dataclass
class Script:
    path: str
    variables: dict[str, int] = field(default_factory=dict)     # name: initial value
    rules: list[Rule] = field(default_factory=list)
    boot: int = 0
    ram: int = 0
    spmc: list[int] | None = None       # properties in the order of spmc_properties.def
    expectations: dict = field(default_factory=dict)


class _Table:
    """Entries of one kind; a run of them that is there already is used again."""

    def __init__(self):
        self.entries: list[bytes] = []

    def add(self, run: list[bytes]) -> tuple[int, int]:
        for at in range(len(self.entries) - len(run) + 1):
            if run and self.entries[at:at + len(run)] == run:
                return at, len(run)
        at = len(self.entries) if run else 0
        self.entries += run
        return at, len(run)


def emit(script: Script, lines: bool) -> bytes:
    """The blob; longer than ROOM when there is too much. `lines`: with the script's line numbers."""
    ranges, conditions, effects, steps, rules = (_Table() for _ in range(5))
    for rule in script.rules:
        range_run = ranges.add([struct.pack("<II", *pair) for pair in rule.ranges])
        condition_run = conditions.add([condition.pack() for condition in rule.conditions])
        packed = []
        for step in rule.steps:
            effect_run = effects.add([effect.pack() for effect in step.effects])
            packed.append(struct.pack("<HHHHII", step.kind, *effect_run, 0, step.delay, 0))
        step_run = steps.add(packed)
        rules.entries.append(struct.pack("<8HII", rule.flags, min(rule.line, 0xffff) if lines else 0,
                                         *range_run, *condition_run, *step_run, rule.first, rule.last))
    variables = [struct.pack("<Q", value) for value in script.variables.values()]
    tables = [variables, *(table.entries for table in (ranges, conditions, effects, steps, rules))]
    body = b"".join(entry for entries in tables for entry in entries)
    body += b"".join(struct.pack("<Q", value) for value in script.spmc or [])
    boot = script.boot | (BOOT_SPMC if script.spmc else 0)
    if any(len(entries) > 0xffff for entries in tables):
        return bytes(ROOM + 1)
    return struct.pack("<8sI6HBBHI", MAGIC, 32 + len(body), *map(len, tables), boot, script.ram,
                       0, 0) + body
