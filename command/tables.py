# SPDX-License-Identifier: Apache-2.0
"""Translation tables of VMSAv8-64 with the 4 KiB granule, walked from outside."""
from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ADDRESS = 0x0000fffffffff000


@dataclass(frozen=True)
class Step:
    """One entry on the way: a table, or what ends the walk."""
    level: int
    index: int
    where: int
    entry: int
    kind: str       # "table", "leaf", "invalid", "reserved"

    @property
    def size(self) -> int:
        """Bytes that the entry stands for."""
        return 1 << (39 - 9 * self.level)

    @property
    def target(self) -> int:
        """Of a table or leaf."""
        return self.entry & ADDRESS & (~(self.size - 1) if self.kind == "leaf" else ADDRESS)


def walk(read: Callable[[int, int], bytes], root: int, first: int, address: int) -> Iterator[Step]:
    """Follow the tables from level `first`. The caller has checked that the address is in range."""
    table, level = root, first
    while True:
        index = address >> (39 - 9 * level)
        if level != first:
            index &= 511        # the first level may have several tables side by side
        where = table + 8 * index
        entry, = struct.unpack("<Q", read(where, 8))
        if not entry & 1:
            kind = "invalid"
        elif level == 3:
            kind = "leaf" if entry & 2 else "reserved"
        else:
            kind = "table" if entry & 2 else "leaf"
        step = Step(level, index, where, entry, kind)
        yield step
        if kind != "table":
            return
        table, level = step.target, level + 1
