# SPDX-License-Identifier: Apache-2.0
"""The trace of a host's calls, taken out of the hypervisor's memory while the machine runs:
hypervisor/core/trace/trace.h has the rings and the rules for who reads them.

One line for each call. A file that ends in .json has JSON objects, any other text for people.
"""
from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from command import functions, progress
from command.ram import Ram
from command.status import FAILED, Problem, UsageProblem

if TYPE_CHECKING:
    from command import image

CONDUITS = ("smc", "hvc")
OPEN, ANSWERED, FORWARDED, REFUSED = range(4)
VERDICTS = ("open", "answered", "forwarded", "refused")
RULES = ("", "immediate", "reserved", "closed", "function", "status", "ledger")
RANGES = ("reserved", "architecture", "CPU service", "silicon provider", "OEM", "standard secure",
          "standard hypervisor", "vendor hypervisor", "vendor EL3", "trusted OS", "before SMCCC")
RULE_WORDS = {
    "immediate": "the immediate is not 0", "reserved": "no convention knows it",
    "closed": "nothing of this range is open", "function": "not offered",
    "status": "the function's own status", "ledger": "a rule of the ledger",
}
STRUCTS = {"trace", "trace_ring", "trace_record"}
_FORMAT = struct.Struct("<2Q8Q4QIHBBIBBBB")
RECORD = _FORMAT.size
_PAUSE = 0.02           # seconds between two looks at the rings


def decode(data: bytes, frequency: int) -> dict:
    """A record as a dictionary, fit for JSON."""
    number, ticks, *rest = _FORMAT.unpack(data)
    x, answer = rest[:8], rest[8:12]
    took, immediate, cpu, conduit, asked, verdict, rule, space, _ = rest[12:]
    entry: dict = {"number": number, "cpu": cpu, "time": round(ticks / frequency, 6) if frequency else 0.0,
                   "conduit": CONDUITS[conduit] if conduit < len(CONDUITS) else str(conduit),
                   "fid": f"{functions.identifier(x[0]):#010x}", "name": functions.name(x[0]),
                   "immediate": immediate, "x": [f"{value:#x}" for value in x],
                   "verdict": VERDICTS[verdict] if verdict < len(VERDICTS) else str(verdict),
                   "firmware_calls": asked}
    if verdict == OPEN:
        return entry | {"answer": None, "rule": None, "range": None, "words": "", "us": None}
    return entry | {"answer": [f"{value:#x}" for value in answer],
                    "rule": RULES[rule] or None if rule < len(RULES) else str(rule),
                    "range": RANGES[space] if space < len(RANGES) else str(space),
                    "words": functions.words(x[0], answer),
                    "us": round(took * 1e6 / frequency, 1) if frequency else 0.0}


def line(entry: dict) -> str:
    """One record for people."""
    words = entry["x"][1:]
    while words and words[-1] == "0x0":
        words.pop()
    given = "".join(f" x{n}={value}" for n, value in enumerate(words, 1))
    name = entry["name"] if entry["name"] == entry["fid"] else f"{entry['name']} {entry['fid']}"
    text = f"{entry['number']:>6} {entry['time']:>11.6f} cpu{entry['cpu']} {entry['conduit']} {name}{given}"
    if entry["immediate"]:
        text += f" #{entry['immediate']:#x}"
    if entry["answer"] is None:
        return text + " -> did not come back"
    text += f" -> {entry['answer'][0]}" + (f" {entry['words']}" if entry["words"] else "")
    text += f"; {entry['verdict']}"
    if entry["verdict"] == "forwarded" and entry["firmware_calls"] > 1:
        text += f" ({entry['firmware_calls']} calls)"
    if entry["rule"]:
        text += f": {RULE_WORDS.get(entry['rule'], entry['rule'])}"
        text += f" ({entry['range']})" if entry["rule"] in ("closed", "function") else ""
    return f"{text}, {entry['us']:g} us"


class Ring:
    """What is known of one CPU's ring. `next` counts the records that were taken from it or lost."""

    def __init__(self, cpu: int, at: int, base: int):
        self.cpu, self.at, self.base = cpu, at, base
        self.next = 0
        self.number = 0                     # of the last record that was taken
        self.kept: dict[int, bytes] = {}    # copied because the system may end, by index


class Rings:
    """The rings of a machine, as one boot opened them. Raises LookupError before that."""

    def __init__(self, ram: Ram, layout: image.Image):
        self.ram, self.layout = ram, layout
        if layout.size("trace_record") != RECORD:
            raise Problem("the records of this image have another size",
                          "It was built from another version of this tree.", FAILED)
        self.at = int.from_bytes(ram.read(layout.address("host_trace"), 8), "little")
        if not self.at:
            raise LookupError("there is no trace (yet)")
        self.capacity = self._member(self.at, "trace", "capacity")
        self.frequency = self._member(self.at, "trace", "frequency")
        cpus = self._member(self.at, "trace", "cpus")
        offset, size = layout.field("trace", "ring")[0], layout.size("trace_ring")
        base = self.at + (layout.size("trace") + 0xfff & ~0xfff)
        # Before .bss is cleared the pointer leads anywhere.
        if self.at % 4096 or not 0 < cpus <= 64 or any(
                self._member(self.at + offset + cpu * size, "trace_ring", "base")
                != base + cpu * self.capacity * RECORD for cpu in range(cpus)):
            raise LookupError("the trace is being opened")
        self.rings = [Ring(cpu, self.at + offset + cpu * size, base + cpu * self.capacity * RECORD)
                      for cpu in range(cpus)]

    def _member(self, at: int, name: str, path: str) -> int:
        offset, size = self.layout.field(name, path)
        return int.from_bytes(self.ram.read(at + offset, size), "little")

    def _write(self, at: int, name: str, path: str, value: int) -> None:
        offset, size = self.layout.field(name, path)
        self.ram.write(at + offset, value.to_bytes(size, "little"))

    def attach(self, here: bool = True) -> None:
        """From now on a CPU waits for room in its ring; or no longer."""
        self._write(self.at, "trace", "attached", int(here))

    @property
    def gone(self) -> bool:
        """The machine was reset, and the next boot has opened its own trace or is about to."""
        return self._member(self.at, "trace", "attached") != 1

    def take(self, final: bool = False) -> Iterator[dict]:
        """Records that are complete, and what was lost. With `final` also calls that are not answered:
        nothing will be written any more."""
        wanted = self._member(self.at, "trace", "flush")
        for ring in self.rings:
            yield from self._take(ring, final)
        if wanted != self._member(self.at, "trace", "flushed"):
            for ring in self.rings:
                begun = self._member(ring.at, "trace_ring", "begun")
                ring.kept = {index: self._record(ring, index)
                             for index in range(max(ring.next, begun - self.capacity), begun)}
            self._write(self.at, "trace", "flushed", wanted)

    def rest(self) -> Iterator[dict]:
        """After a reset: what was copied before it."""
        for ring in self.rings:
            for index, data in sorted(ring.kept.items()):
                if index >= ring.next and _number(data) > ring.number:
                    yield decode(data, self.frequency)

    def _take(self, ring: Ring, final: bool) -> Iterator[dict]:
        begun = self._member(ring.at, "trace_ring", "begun")
        while ring.next < begun:
            first, last = max(ring.next, begun - self.capacity), begun - 1
            yield from self._lost(ring, first)
            # Only the newest one may be incomplete, or be answered while it is read.
            data = {index: self._record(ring, index) for index in range(first, last)}
            newest = self._newest(ring, last, final)
            if newest is not None:
                data[last] = newest
            # What may have been overwritten meanwhile does not count.
            again = self._member(ring.at, "trace_ring", "begun")
            yield from self._lost(ring, min(again - self.capacity, begun))
            whole = [(index, data[index]) for index in sorted(data) if index >= ring.next]
            if whole:
                ring.next, ring.number = whole[-1][0] + 1, _number(whole[-1][1])
            # At once: a CPU may be waiting for the room.
            self._write(ring.at, "trace_ring", "taken", ring.next)
            for _, record in whole:
                yield decode(record, self.frequency)
            if again == begun:
                return
            begun = again

    def _lost(self, ring: Ring, until: int) -> Iterator[dict]:
        if until > ring.next:
            yield {"lost": until - ring.next, "cpu": ring.cpu}
            ring.next = until

    def _record(self, ring: Ring, index: int) -> bytes:
        return self.ram.read(ring.base + index % self.capacity * RECORD, RECORD)

    def _newest(self, ring: Ring, index: int, final: bool) -> bytes | None:
        """The record once its verdict is there, which is written last. None: later.

        First the number: it is 0 or that of an older record until the new one can be read, and from then
        on the verdict is the new one's.
        """
        at = ring.base + index % self.capacity * RECORD
        if int.from_bytes(self.ram.read(at, 8), "little") <= ring.number:
            return None
        if not final and not self._member(at, "trace_record", "verdict"):
            return None
        return self.ram.read(at, RECORD)


def _number(data: bytes) -> int:
    return int.from_bytes(data[:8], "little")


class Recorder(threading.Thread):
    """Takes the records of a run into a file. start() before QEMU, finish() when it has ended."""

    def __init__(self, path: str, ram: Ram, elf: Path, base: int):
        from command import image   # not above: who records nothing does without its package
        super().__init__(daemon=True)
        self._image: ModuleType = image
        self.path, self.ram, self.elf, self.base = path, ram, elf, base
        self.json = path.endswith(".json")
        self.records = self.lost = 0
        self.problem = ""
        self._rings: Rings | None = None
        self._layout: image.Image | None = None
        self._mark: tuple[int, bytes] | None = None     # build-id, and where it is in the image
        self._before = 0        # calls of boots that have ended
        self._ended = threading.Event()
        try:
            self._file = open(path, "w", encoding="utf-8")
            self._write("" if self.json else "# number, time in seconds, CPU, conduit, function, arguments -> "
                        "answer; who decided, microseconds\n")
            self._file.flush()
        except OSError as error:
            raise UsageProblem(f"--trace {path}: cannot be written: {error.strerror}") from error

    def run(self) -> None:
        try:
            # Meanwhile QEMU starts; to read what the ELF file says takes a second.
            self._mark = self._image.note(self.elf)
            self._layout = self._image.Image(self.elf, self.base)
            while not self._ended.is_set():
                self._look(False)
                self._ended.wait(_PAUSE)
        except Problem as problem:
            self._fail(str(problem))

    def finish(self) -> None:
        """The machine has ended: what is left, and the end of the file."""
        self._ended.set()
        if self.is_alive():
            self.join()
        try:
            if not self.problem:
                self._look(True)
        except Problem as problem:
            self._fail(str(problem))
        if not self.problem and self._rings is None and not self.records:
            self._fail("the hypervisor opened no trace: it did not come up, or is of another build")
        if not self.problem:
            end = {"end": True, "records": self.records, "lost": self.lost}
            self._put([json.dumps(end) if self.json else f"# end: {self.records} calls, {self.lost} lost"])
        try:
            self._file.close()
        except OSError as error:
            self._fail(str(error.strerror))
        if self.lost and not self.problem:
            progress.say(f"{self.path}: {self.lost} calls were lost, because this machine was too busy to take them "
                         "in time; --trace-records gives more room")

    def _fail(self, text: str) -> None:
        if not self.problem:
            self.problem = text
            self._ended.set()
            if self._rings:
                self._rings.attach(False)   # nobody shall wait for us any more
            progress.say(f"the trace {self.path} is cut short after {self.records} calls: {text}")

    def _look(self, final: bool) -> None:
        if self._layout is None:
            return
        if self._rings is None:
            if not self._mark or self.ram.read(self.base + self._mark[0], 20) != self._mark[1]:
                return
            try:
                self._rings = Rings(self.ram, self._layout)
            except LookupError:
                return
            self._rings.attach()
        if self._rings.gone:
            self._enter(self._rings.rest())
            self._before = self.records
            self._rings = None
            self._note("the machine was reset")
            return self._look(final)
        self._enter(self._rings.take(final))

    def _enter(self, entries: Iterator[dict]) -> None:
        lines = []
        for entry in entries:
            if "lost" in entry:
                self.lost += entry["lost"]
                lines.append(json.dumps(entry) if self.json else
                             f"# lost: {entry['lost']} calls of cpu{entry['cpu']}")
            else:
                self.records += 1
                entry["number"] += self._before
                lines.append(json.dumps(entry) if self.json else line(entry))
        self._put(lines)

    def _note(self, text: str) -> None:
        self._put([json.dumps({"note": text}) if self.json else f"# {text}"])

    def _put(self, lines: list[str]) -> None:
        """Whole lines, in the file and not in a buffer when this returns."""
        if not lines or self.problem:
            return
        try:
            self._write("".join(text + "\n" for text in lines))
            self._file.flush()
        except OSError as error:
            self._fail(f"{error.strerror}")

    def _write(self, text: str) -> None:
        self._file.write(text)


def read(path: str) -> Iterator[dict]:
    """The objects of a file that run --trace FILE.json wrote. Raises UsageProblem."""
    try:
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                try:
                    entry = json.loads(text)
                except ValueError:
                    entry = None
                if isinstance(entry, dict):
                    yield entry
                elif text.endswith("\n"):
                    raise UsageProblem(f"{path}:{number}: no JSON object",
                                       "./portcullis run --trace FILE.json writes what is read here.")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def summary(entries: list[dict]) -> list[str]:
    """How often each function was called, who decided, and how long it took."""
    rows: dict[tuple[str, str, str], list[float]] = {}
    for entry in entries:
        row = rows.setdefault((entry["name"], entry["conduit"], entry["verdict"]), [0, 0.0, 0.0])
        row[0] += 1
        if entry["us"] is not None:
            row[1] += entry["us"]
            row[2] = max(row[2], entry["us"])
    lines = [f"{'calls':>8} {'us each':>10} {'longest':>10}  function"]
    for (name, conduit, verdict), (count, total, most) in sorted(rows.items(), key=lambda row: (-row[1][0], row[0])):
        lines.append(f"{count:>8} {total / count:>10.1f} {most:>10.1f}  {name} by {conduit}, {verdict}")
    return lines
