# SPDX-License-Identifier: Apache-2.0
"""The host's stage-2 tables, read as a CPU reads them: from VTTBR and VTCR alone, written from the Arm ARM
(DDI 0487, D8.2 and D8.3) for the tests, beside everything that the hypervisor and its tools say of them."""
from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

NORMAL_WRITE_BACK, NORMAL_NON_CACHEABLE = 0b1111, 0b0101    # MemAttr[3:0] without FEAT_S2FWB


@dataclass(frozen=True)
class Mapping:
    """[ipa, ipa + size) -> [pa, pa + size)."""
    ipa: int
    size: int
    pa: int
    attributes: int     # MemAttr
    read: bool
    write: bool
    execute: bool


def mappings(read: Callable[[int, int], bytes], vttbr: int, vtcr: int) -> Iterator[Mapping]:
    """Everything that is mapped, in the order of its addresses."""
    assert vtcr >> 14 & 3 == 0, "the granule is 4 KiB"
    input_size = 64 - (vtcr & 0x3f)
    level = 2 - (vtcr >> 6 & 3)
    table = vttbr & 0x0000fffffffffffe
    # As many tables side by side as the input size has bits beyond what one of that level resolves.
    entries = 1 << (input_size - _shift(level))
    yield from _table(read, table, entries, level, 0)


def _shift(level: int) -> int:
    return 12 + 9 * (3 - level)


def _table(read: Callable[[int, int], bytes], at: int, entries: int, level: int, ipa: int) -> Iterator[Mapping]:
    size = 1 << _shift(level)
    for index, (entry,) in enumerate(struct.iter_unpack("<Q", read(at, 8 * entries))):
        here = ipa + index * size
        if not entry & 1:
            continue
        if level < 3 and entry & 2:
            yield from _table(read, entry & 0x0000fffffffff000, 512, level + 1, here)
            continue
        assert level in (1, 2) or (level == 3 and entry & 2), f"a reserved descriptor {entry:#x} of level {level}"
        address = entry & 0x0000fffffffff000
        assert address % size == 0, f"{entry:#x}: bits of the address that level {level} does not have"
        assert entry & 1 << 10, f"{entry:#x}: the access flag is 0, so this faults"
        yield Mapping(here, size, address, entry >> 2 & 15, bool(entry & 1 << 6), bool(entry & 1 << 7),
                      not entry & 1 << 54)


def descriptor(read: Callable[[int, int], bytes], vttbr: int, vtcr: int, ipa: int) -> tuple[int, int]:
    """Address and value of the descriptor that ends the walk for `ipa`."""
    level, table = 2 - (vtcr >> 6 & 3), vttbr & 0x0000fffffffffffe
    index = ipa >> _shift(level)
    while True:
        where = table + 8 * index
        entry = int.from_bytes(read(where, 8), "little")
        if level == 3 or entry & 3 != 3:
            return where, entry
        level, table = level + 1, entry & 0x0000fffffffff000
        index = ipa >> _shift(level) & 511


def pages(found: list[Mapping], base: int, end: int, page: int = 4096) -> dict[int, Mapping | None]:
    """What stands at each page of [base, end)."""
    answer: dict[int, Mapping | None] = dict.fromkeys(range(base, end, page))
    for one in found:
        for at in range(max(base, one.ipa), min(end, one.ipa + one.size), page):
            assert answer[at] is None
            answer[at] = one
    return answer
