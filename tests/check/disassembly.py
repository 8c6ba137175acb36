# SPDX-License-Identifier: Apache-2.0
"""A program as objdump prints it: instructions, where each may go, and the functions they form.

Nothing here knows what an instruction means beyond where it goes next. An indirect branch goes to the
landing pads (BTI J) of its function, which a jump table leads to; without any it ends the path.
"""
from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field

OBJDUMP = "aarch64-linux-gnu-objdump"
LINE = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{8} \t)?([a-z][\w.]*)\t?([^<\n]*?)(?:\s*//.*)?(?:\s<.*)?$")
LABEL = re.compile(r"^([0-9a-f]+) <(.+)>:$")
DATA = {"udf", "nop"}           # padding, and words between functions


@dataclass
class Instruction:
    address: int
    name: str                   # mnemonic, lower case
    operands: tuple[str, ...]
    function: str               # nearest symbol below
    offset: int                 # from it

    @property
    def place(self) -> str:
        return f"{self.function}+{self.offset:#x}"

    @property
    def text(self) -> str:
        return f"{self.name} {', '.join(self.operands)}".strip()

    @property
    def target(self) -> int | None:
        """Of a direct branch."""
        if not (self.name in ("b", "bl", "cbz", "cbnz", "tbz", "tbnz") or self.name.startswith("b.")):
            return None
        return int(self.operands[-1], 16)

    @property
    def following(self) -> bool:
        """May the next instruction in memory be the next one to run?"""
        return self.name not in ("b", "br", "ret", "retaa", "retab", "eret", "eretaa", "eretab",
                                 "braa", "brab")


@dataclass
class Program:
    instructions: dict[int, Instruction]
    symbols: dict[str, int]
    roots: list[int] = field(default_factory=list)      # where something may begin to run
    landing: dict[str, list[Instruction]] = field(default_factory=dict)    # of indirect branches

    def next(self, instruction: Instruction) -> list[Instruction]:
        """What may run next within the function; a call goes on behind it."""
        found = []
        if instruction.following and instruction.address + 4 in self.instructions:
            found.append(self.instructions[instruction.address + 4])
        if instruction.target is not None and instruction.name != "bl":
            found.append(self.instructions[instruction.target])
        if instruction.name == "br":
            found += self.landing.get(instruction.function, [])
        return found

    def behind(self, instruction: Instruction, count: int) -> list[str]:
        """Text of the next `count` instructions in memory, whether they can be reached or not."""
        found = [self.instructions.get(instruction.address + 4 * n) for n in range(1, count + 1)]
        return [item.text if item else "" for item in found]

    def reach(self, root: int) -> set[int]:
        seen, left = set(), [root]
        while left:
            address = left.pop()
            if address in seen:
                continue
            seen.add(address)
            left += [item.address for item in self.next(self.instructions[address])]
        return seen


def parse(listing: str) -> Program:
    instructions: dict[int, Instruction] = {}
    symbols: dict[str, int] = {}
    function, base = "", 0
    for line in listing.splitlines():
        label = LABEL.match(line)
        if label:
            function, base = label[2], int(label[1], 16)
            symbols.setdefault(function, base)
            continue
        match = LINE.match(line)
        if not match or match[2].startswith("."):
            continue
        address = int(match[1], 16)
        operands = tuple(part.strip() for part in match[3].split(",")) if match[3].strip() else ()
        instructions[address] = Instruction(address, match[2], operands, function, address - base)
    program = Program(instructions, symbols)
    for item in instructions.values():
        if item.text in ("bti j", "bti jc"):
            program.landing.setdefault(item.function, []).append(item)
    program.roots = find_roots(program)
    return program


def find_roots(program: Program) -> list[int]:
    """Symbols, callees, and whatever no path from these reaches: vectors and their like."""
    roots = {address for address in program.symbols.values() if address in program.instructions}
    roots |= {item.target for item in program.instructions.values()
              if item.name == "bl" and item.target in program.instructions}
    reached: set[int] = set()
    for root in roots:
        reached |= program.reach(root)
    for address in sorted(program.instructions):
        if address not in reached and program.instructions[address].name not in DATA:
            roots.add(address)
            reached |= program.reach(address)
    return sorted(roots)


def disassemble(path) -> Program:
    done = subprocess.run([OBJDUMP, "-d", "--no-show-raw-insn", str(path)], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{OBJDUMP} {path}: {done.stderr.strip()}")
    program = parse(done.stdout)
    if not program.instructions:
        raise SystemExit(f"{path}: no instructions")
    return program
