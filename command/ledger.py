# SPDX-License-Identifier: Apache-2.0
"""The ledger of a machine, read from outside: hypervisor/core/ledger/ has the structures.

Needs a `read(address, size)` for physical memory and a layout: `address(symbol)`, `size(struct)` and
`field(struct, path)` -> (offset, size). ./portcullis who-owns has them from QEMU's monitor and the ELF
file, hv-who from gdb.
"""
from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PAGE = 4096
BLOCK = 2 << 20
PAGES = BLOCK // PAGE
SPLIT = 0xff            # in place of a state: the other three bytes are the number of the set
STATES = ("owned", "shared", "lent", "shared, quarantined", "lent, quarantined", "poisoned")
PARTIES = {0: "nobody", 1: "host", 2: "hypervisor", 3: "secure world", 4: "several"}
GUEST = 16
HOST = 1
CALLS = {0xc6000021: "MEM_DONATE", 0xc6000022: "MEM_SHARE", 0xc6000023: "MEM_UNSHARE",
         0xc6000024: "MEM_RETURN"}
_ATTEMPTS = 40


class NotConsistent(Exception):
    """The ledger changed each time that it was read."""


class NotRam(Exception):
    """Nothing in the range is RAM."""


def party(number: int) -> str:
    if number >= GUEST:
        return f"guest {number - GUEST}"
    return PARTIES.get(number, f"party {number}")


@dataclass(frozen=True)
class Record:
    owner: int
    borrower: int
    state: int
    pins: int

    def accessible(self, who: int) -> bool:
        """May `who` touch a page of this record? (docs/memory.md)"""
        if self.state == 0:
            return self.owner == who
        if self.state in (1, 3):
            return who in (self.owner, self.borrower)
        return self.state in (2, 4) and self.borrower == who

    def words(self) -> str:
        state = STATES[self.state] if self.state < len(STATES) else f"state {self.state}"
        text = f"{party(self.owner)}: {state}"
        if self.borrower:
            text += f" with {party(self.borrower)}" if "shared" in state else f" to {party(self.borrower)}"
        return text + (f", {self.pins} pin{'s' if self.pins > 1 else ''}" if self.pins else "")


@dataclass(frozen=True)
class Event:
    """A change that the ledger remembers."""
    number: int
    time: int
    base: int
    size: int
    cause: int
    cpu: int

    def call(self) -> str:
        return CALLS.get(self.cause, f"{self.cause:#010x}") if self.cause else "boot"


@dataclass(frozen=True)
class Range:
    """[base, end) whose pages have one record, None where it is no RAM, and one newest change."""
    base: int
    end: int
    record: Record | None
    since: Event | None


class Ledger:
    """What the ledger says about [base, end), read at one moment."""

    def __init__(self, read: Callable[[int, int], bytes], layout, base: int, end: int,
                 pause: Callable[[], bool] | None = None, resume: Callable[[], None] | None = None):
        self._read, self._layout = read, layout
        self._at = layout.address("hypervisor") + layout.field("hypervisor", "ledger")[0]
        self.frequency = self._number(read(layout.address("log_ring"), layout.size("log_ring")),
                                      "log_ring", "frequency")
        # The first and last page count whole.
        self.base, self.end = base & ~(PAGE - 1), (end + PAGE - 1) & ~(PAGE - 1)
        for _ in range(_ATTEMPTS):
            if self._attempt():
                return
            time.sleep(0.01)
        if pause is None or resume is None:
            raise NotConsistent("a CPU holds the ledger's lock: a change is under way")
        for _ in range(_ATTEMPTS):      # a machine that changes pages all the time stands for a moment
            stopped = pause()
            try:
                if self._attempt():
                    return
            finally:
                if stopped:
                    resume()
            time.sleep(0.005)
        raise NotConsistent("the ledger changes all the time, or a CPU died with its lock")

    def _number(self, data: bytes, name: str, path: str, at: int = 0) -> int:
        offset, size = self._layout.field(name, path)
        return int.from_bytes(data[at + offset:at + offset + size], "little")

    def _lock(self) -> tuple[int, int]:
        """Tickets (core/lock.h): who comes next, who is served. Equal: nobody is inside."""
        offset, size = self._layout.field("ledger", "lock")
        data = self._read(self._at + offset, size)
        return self._number(data, "lock", "next"), self._number(data, "lock", "served")

    def _attempt(self) -> bool:
        """Read; True if nobody was inside the lock from the first to the last byte."""
        before = self._lock()
        if before[0] != before[1]:
            return False
        data = self._read(self._at, self._layout.size("ledger"))
        self.changes = self._number(data, "ledger", "changes")
        self.refusals = self._number(data, "ledger", "refusals")
        self._read_history(data)
        self._regions = self._read_regions(data)
        self._runs = list(self._read_records(data))
        return self._lock() == before

    def _array(self, data: bytes, name: str, element: str) -> Iterator[int]:
        """Offsets of the elements of a member of struct ledger that is an array."""
        offset, size = self._layout.field("ledger", name)
        return iter(range(offset, offset + size, self._layout.size(element)))

    def _read_history(self, data: bytes) -> None:
        names = ("number", "time", "base", "size", "cause", "cpu")
        slots = list(self._array(data, "history", "ledger_event"))
        events = [Event(*(self._number(data, "ledger_event", name, at) for name in names)) for at in slots]
        self.events = sorted((event for event in events if event.number), key=lambda event: -event.number)
        self.history = len(slots)

    def _read_regions(self, data: bytes) -> list[tuple[int, int, int]]:
        count = self._number(data, "ledger", "region_count")
        names = ("base", "size", "first")
        return [tuple(self._number(data, "ledger_region", name, at) for name in names)
                for at in list(self._array(data, "region", "ledger_region"))[:count]]

    def _read_records(self, data: bytes) -> Iterator[tuple[int, int, Record]]:
        """Runs of pages, block by block: (first, behind the last, record)."""
        entries = self._number(data, "ledger", "entry")
        sets_base = self._number(data, "ledger", "sets_base")
        blocks = []
        for base, size, first in self._regions:
            low, high = max(base, self.base), min(base + size, self.end)
            if low >= high:
                continue
            index = first + low // BLOCK - base // BLOCK
            count = (high - 1) // BLOCK - low // BLOCK + 1
            raw = self._read(entries + 4 * index, 4 * count)
            for i, entry in enumerate(struct.iter_unpack("4B", raw)):
                block = (low // BLOCK + i) * BLOCK
                blocks.append((max(low, block), min(high, block + BLOCK), block, entry))
        sets = self._read_sets(sets_base, {entry[0] | entry[1] << 8 | entry[3] << 16
                                           for *_, entry in blocks if entry[2] == SPLIT})
        for low, high, block, entry in blocks:
            owner, borrower, state, pins = entry
            if state != SPLIT:
                # An entry of zeroes was never touched: the host's.
                yield low, high, Record(owner, borrower, state, pins) if owner else Record(HOST, 0, 0, 0)
                continue
            records = sets[owner | borrower << 8 | pins << 16]
            for page in range(low, high, PAGE):
                yield page, page + PAGE, Record(*records[(page - block) // PAGE])

    def _read_sets(self, base: int, numbers: set[int]) -> dict[int, list[tuple[int, ...]]]:
        """Record sets; neighbours in one piece."""
        found, todo = {}, sorted(numbers)
        while todo:
            count = 1
            while count < len(todo) and todo[count] == todo[0] + count:
                count += 1
            data = self._read(base + todo[0] * PAGES * 4, count * PAGES * 4)
            for i, number in enumerate(todo[:count]):
                found[number] = list(struct.iter_unpack("4B", data[i * PAGES * 4:(i + 1) * PAGES * 4]))
            todo = todo[count:]
        return found

    def seconds(self, event: Event) -> float:
        return event.time / self.frequency if self.frequency else 0.0

    def since(self, page: int) -> Event | None:
        """The newest change that is remembered and covers the page."""
        return next((event for event in self.events if event.base <= page < event.base + event.size), None)

    def since_words(self, event: Event | None) -> str:
        if event is None:
            oldest = self.events[-1].number if self.events else 0
            return f"before change {oldest}, the oldest that is remembered" if oldest > 1 else "since boot"
        if not event.cause:
            return "since boot"
        return (f"since change {event.number}: {event.call()} of CPU {event.cpu} at "
                f"{self.seconds(event):.6f} s, {event.size // PAGE} pages from {event.base:#x}")

    def ranges(self) -> list[Range]:
        """[base, end) from the first to the last page, without gaps."""
        edges = sorted({edge for event in self.events for edge in (event.base, event.base + event.size)})
        found: list[Range] = []
        at = self.base
        for low, high, record in self._runs:
            if low > at:
                found.append(Range(at, low, None, None))
            cuts = [low, *(edge for edge in edges if low < edge < high), high]
            for first, last in zip(cuts, cuts[1:]):
                piece = Range(first, last, record, self.since(first))
                before = found[-1] if found else None
                if before and before.end == first and (before.record, before.since) == (record, piece.since):
                    found[-1] = Range(before.base, last, record, piece.since)
                else:
                    found.append(piece)
            at = high
        if at < self.end:
            found.append(Range(at, self.end, None, None))
        return found

    def lines(self) -> list[str]:
        """For people. Raises NotRam when there is nothing to say."""
        ranges = self.ranges()
        if all(one.record is None for one in ranges):
            banks = ", ".join(f"{base:#x}..{base + size:#x}" for base, size, _ in self._regions)
            raise NotRam(f"{self.base:#x} is no RAM, so the ledger has no entry for it; RAM is {banks}")
        text = []
        for one in ranges:
            pages = (one.end - one.base) // PAGE
            where = f"{one.base:#014x}..{one.end:#014x} {pages:>8} page{'s' if pages > 1 else ' '}  "
            text.append(where + ("not RAM: no entry" if one.record is None else
                                 f"{one.record.words()}; {self.since_words(one.since)}"))
        return text
