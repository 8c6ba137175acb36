# SPDX-License-Identifier: Apache-2.0
"""clang's syntax tree of the core, with each node's place in the source files."""
from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from command.status import FAILED, Problem

CLANG = "clang-19"
CORE = "hypervisor/core/"


@dataclass(frozen=True)
class Place:
    """A location of clang's: where the token is spelt, and where the macro that brings it is used."""
    file: str
    offset: int
    length: int
    used_file: str = ""         # of a macro's use; empty: no macro
    used_offset: int = 0
    used_length: int = 0


@dataclass
class Node:
    """A node that is somewhere in the core. `begin` and `end` are bytes of `file`; end is exclusive."""
    kind: str
    raw: dict
    children: list["Node"]
    file: str = ""
    begin: int = -1
    end: int = -1
    parent: "Node | None" = field(default=None, repr=False)

    @property
    def placed(self) -> bool:
        return self.file.startswith(CORE)

    @property
    def opcode(self) -> str:
        return self.raw.get("opcode", "")

    @property
    def type(self) -> str:
        """Without typedefs and qualifiers."""
        kind = self.raw.get("type", {})
        text = kind.get("desugaredQualType") or kind.get("qualType", "")
        return " ".join(word for word in text.split() if word not in ("const", "volatile"))

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


class Unit:
    """One source file of the core and the headers that it includes."""

    def __init__(self, root: Path, source: str, flags: list[str]):
        self.root = root
        self.source = source
        self.file = source      # clang tells a file only where it changes
        self.text: dict[str, bytes] = {}
        self.enums: dict[str, list[str]] = {}       # names of all constants, by the identifier of each
        done = subprocess.run([CLANG, *flags, "-w", "-fsyntax-only", "-Xclang", "-ast-dump=json", source],
                              cwd=root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Problem(f"the tree does not build: {source}", done.stderr[-2000:], FAILED)
        self.tree = self._node(json.loads(done.stdout), None)

    def source_of(self, file: str) -> bytes:
        if file not in self.text:
            self.text[file] = (self.root / file).read_bytes()
        return self.text[file]

    def _place(self, raw: dict) -> Place | None:
        if "expansionLoc" in raw:
            spelt, used = self._plain(raw["spellingLoc"]), self._plain(raw["expansionLoc"])
            if spelt is None or used is None:
                return None
            if raw["expansionLoc"].get("isMacroArgExpansion") and spelt.file.startswith(CORE):
                return spelt
            return Place(spelt.file, spelt.offset, spelt.length, used.file, used.offset, used.length)
        return self._plain(raw)

    def _plain(self, raw: dict) -> Place | None:
        if "offset" not in raw:
            return None
        self.file = raw.get("file", self.file)
        return Place(self.file, raw["offset"], raw["tokLen"])

    def _node(self, raw: dict, parent: Node | None) -> Node:
        node = Node(raw.get("kind", ""), raw, [], parent=parent)
        for key, value in raw.items():      # in the order of clang's output, in which files are told
            if key == "loc":
                self._place(value)
            elif key == "range":
                begin, end = self._place(value.get("begin", {})), self._place(value.get("end", {}))
                if begin is not None and end is not None:
                    node.file, node.begin, node.end = self._extent(begin, end)
            elif key == "inner":
                node.children = [self._node(child, node) for child in value if isinstance(child, dict)]
        if node.kind == "EnumDecl":
            constants = [child for child in node.children if child.kind == "EnumConstantDecl"]
            for child in constants:
                self.enums[child.raw["id"]] = [constant.raw["name"] for constant in constants]
        return node

    def _extent(self, begin: Place, end: Place) -> tuple[str, int, int]:
        """Of a macro's body if all is within one, else of its use. ("", -1, -1): neither."""
        nowhere = ("", -1, -1)
        if begin.used_file and end.used_file and begin.file == end.file and begin.file.startswith(CORE) and \
                (begin.used_file, begin.used_offset) == (end.used_file, end.used_offset) and \
                begin.offset <= end.offset:
            return begin.file, begin.offset, end.offset + end.length
        file, start = (begin.used_file, begin.used_offset) if begin.used_file else (begin.file, begin.offset)
        last, stop = (end.used_file, end.used_offset + end.used_length) if end.used_file else \
            (end.file, end.offset + end.length)
        if file != last or not file.startswith(CORE):
            return nowhere
        if end.used_file:
            stop = closing(self.source_of(file), stop)
        return (file, start, stop) if start < stop else nowhere


def closing(text: bytes, at: int) -> int:
    """Behind the argument list that follows a macro's name at `at`, if one does."""
    if text[at:at + 1] != b"(":
        return at
    depth = 0
    for index in range(at, len(text)):
        depth += {b"(": 1, b")": -1}.get(text[index:index + 1], 0)
        if depth == 0:
            return index + 1
    return at
