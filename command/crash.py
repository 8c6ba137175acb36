# SPDX-License-Identifier: Apache-2.0
"""Crash reports of the hypervisor: found in a log, their addresses given names from the ELF file."""
from __future__ import annotations

import bisect
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_LINE = re.compile(r"hv: crash: \[([a-z0-9-]+)\] ?(.*)$")
_BUILD = re.compile(r"build-id ([0-9a-f]{40}) image at (0x[0-9a-f]+)")
FRAME = re.compile(r"#(\d+) (0x[0-9a-f]+) \(image\+(0x[0-9a-f]+)\)")
VALUE = re.compile(r"\b([a-z][a-z0-9_]*) ?=(0x[0-9a-f]+)")


class CrashError(Exception):
    """What kept a report from being read; `missing` is set when a file or tool is not there."""

    def __init__(self, text: str, missing: bool = False):
        super().__init__(text)
        self.missing = missing


@dataclass
class Frame:
    """One line of the backtrace. `offset` counts from the start of the image."""
    depth: int
    address: int
    offset: int


@dataclass
class Report:
    """One crash report. `keys` holds (key, text) of each of its lines, in order."""
    line: int
    keys: list[tuple[str, str]] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    values: list[tuple[str, int]] = field(default_factory=list)
    build_id: str | None = None
    base: int | None = None
    complete: bool = False

    @property
    def key(self) -> str:
        return self.keys[0][0]

    def add(self, key: str, text: str) -> None:
        self.keys.append((key, text))
        if key == "end":
            self.complete = True
        elif key == "backtrace" and (match := FRAME.search(text)):
            frame = Frame(int(match[1]), int(match[2], 16), int(match[3], 16))
            self.frames.append(frame)
            if self.base is None:
                self.base = frame.address - frame.offset
        elif key == "build" and (match := _BUILD.search(text)):
            self.build_id, self.base = match[1], int(match[2], 16)
        elif key in ("syndrome", "registers", "nested"):
            self.values += [(m[1], int(m[2], 16)) for m in VALUE.finditer(text)]


def find_reports(lines: list[str]) -> list[Report]:
    """All crash reports of a log, also those that are cut short and those amid other lines."""
    reports: list[Report] = []
    for number, line in enumerate(lines, 1):
        match = _LINE.search(line.rstrip("\r\n"))
        if not match:
            continue
        if not reports or reports[-1].complete:
            reports.append(Report(number))
        reports[-1].add(match[1], match[2])
    return reports


@dataclass
class Place:
    """Where an address lies: function, file:line, and the functions that this one was inlined into."""
    function: str
    source: str
    inlined_into: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.function} at {self.source}"


class Symbols:
    """Names of one ELF file, which is linked at 0 so that addresses are offsets into the image."""

    def __init__(self, path: Path):
        self.path = path
        try:
            with open(path, "rb") as file:
                elf = ELFFile(file)
                self.build_id = _build_id(elf)
                self.size = max((s["p_vaddr"] + s["p_memsz"] for s in elf.iter_segments()
                                 if s["p_type"] == "PT_LOAD"), default=0)
                table = elf.get_section_by_name(".symtab")
                symbols = table.iter_symbols() if isinstance(table, SymbolTableSection) else ()
                named = [(s["st_value"], s["st_size"], s.name) for s in symbols
                         if s.name and not s.name.startswith("$") and s["st_shndx"] != "SHN_UNDEF"]
        except FileNotFoundError:
            raise CrashError(f"{path}: no such file; build it with ./portcullis build", True) from None
        except (ELFError, OSError) as error:
            raise CrashError(f"{path}: {error}") from None
        self._named = sorted(named)
        self._starts = [value for value, _, _ in self._named]

    def name(self, offset: int) -> str | None:
        """`symbol+0x..` for code or data at `offset`, None outside of the image."""
        if not 0 <= offset < self.size:
            return None
        best = None
        for value, size, name in self._named[:bisect.bisect_right(self._starts, offset)][-8:]:
            if offset < value + size or (best is None and size == 0):
                best = f"{name}+{offset - value:#x}"
        return best

    def places(self, offsets: list[int]) -> list[Place]:
        """Function and line of each offset, by addr2line, which knows about inlining."""
        if not offsets:
            return []
        tool = next((t for t in ("aarch64-linux-gnu-addr2line", "llvm-addr2line-19", "addr2line")
                     if shutil.which(t)), None)
        if tool is None:
            raise CrashError("no addr2line: apt install binutils-aarch64-linux-gnu", True)
        command = [tool, "-a", "-f", "-i", "-e", str(self.path), *(f"{o:#x}" for o in offsets)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CrashError(f"{' '.join(command[:6])} …: {done.stderr.strip()}")
        found: list[list[str]] = []
        for line in done.stdout.splitlines():
            if re.fullmatch(r"0x[0-9a-f]+", line):
                found.append([])
            else:
                found[-1].append(line)
        return [self._place(offset, lines) for offset, lines in zip(offsets, found)]

    def _place(self, offset: int, lines: list[str]) -> Place:
        pairs = [(function, source.split(" (discriminator")[0])
                 for function, source in zip(lines[::2], lines[1::2])]
        function, source = pairs[0]
        if function == "??":
            function = (self.name(offset) or "??").split("+")[0]
        return Place(function, source, pairs[1:])


def _build_id(elf: ELFFile) -> str | None:
    section = elf.get_section_by_name(".note.gnu.build-id")
    if section is None:
        return None
    return next((note["n_desc"] for note in section.iter_notes()
                 if note["n_type"] == "NT_GNU_BUILD_ID"), None)


def frame_offsets(report: Report) -> list[int]:
    """Offsets to look up: all but the first are return addresses, so the call lies before them."""
    return [f.offset if f.depth == 0 else f.offset - 4 for f in report.frames]
