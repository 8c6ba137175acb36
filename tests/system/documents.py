# SPDX-License-Identifier: Apache-2.0
"""What the documents show: fenced blocks, the commands in them, and the output behind a command.

In a block marked `sh` every line is a command. In one marked `console` a command stands behind the
prompt with which the block begins (`$ ` here, `host# ` in the host's shell, `=> ` in U-Boot), and what
follows is its output, in which a line `...` stands for lines that are left out, and `...` at the end of a line for
its rest. A comment behind a command, two blanks before it, says what is special:

    # interactive       a person at a terminal is needed
    # exit status N     this status is meant, not 0
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

SHELL, CONSOLE, PYTHON = "sh", "console", "python"
OTHERS = ("text", "c", "dts", "json", "make", "personality")     # shown, not run
PROMPTS = {"$ ": "", "host# ": "host", "=> ": "uboot"}

FENCE = re.compile(r"^(```+|~~~+) *([\w+-]*) *$")
COMMENT = re.compile(r"\s{2,}# (.*)$", re.M)
STATUS = re.compile(r"\bexit status (\d+)\b")
INLINE = re.compile(r"`(\./portcullis [^`]*)`")
# In a place where nothing is run: a line that looks like something to be typed.
HIDDEN = re.compile(r"^\s*(?:\$ |host# |=> |\(gdb\) |\./portcullis |tests/check/|make |gdb-multiarch |sudo |apt-get )")


@dataclass
class Command:
    """One command as it is shown. `text` is what is typed, with its continuation lines."""
    line: int
    text: str
    where: str = ""                 # "host", "uboot", or "" for here
    note: str = ""                  # the comment behind it
    output: list[str] = field(default_factory=list)

    @property
    def interactive(self) -> bool:
        return re.search(r"\binteractive\b", self.note) is not None

    @property
    def status(self) -> int:
        match = STATUS.search(self.note)
        return int(match[1]) if match else 0


@dataclass
class Block:
    document: str                   # path from the root
    line: int                       # of the opening fence
    language: str
    lines: list[str]
    commands: list[Command] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def key(self) -> tuple:
        """Blocks with the same one do the same."""
        return self.language, tuple((c.text, c.where, c.status, tuple(c.output)) for c in self.commands)


def _split_note(text: str) -> tuple[str, str]:
    match = COMMENT.search(text)
    return (text[:match.start()].rstrip(), match[1]) if match else (text.rstrip(), "")


def _shell_commands(block: Block) -> list[Command]:
    """Logical lines: a backslash at the end joins, comment lines and empty ones are left out."""
    found: list[Command] = []
    joined: list[str] = []
    for number, line in enumerate(block.lines, block.line + 1):
        if not joined and (not line.strip() or line.lstrip().startswith("#")):
            continue
        joined.append(line)
        if line.endswith("\\"):
            continue
        text, note = _split_note("\n".join(joined))
        found.append(Command(number - len(joined) + 1, text, note=note))
        joined = []
    if joined:
        found.append(Command(block.line + len(block.lines), "\n".join(joined)))
    return found


def _console_commands(block: Block) -> list[Command]:
    found: list[Command] = []
    prompt = next((prompt for prompt in PROMPTS if block.lines and block.lines[0].startswith(prompt)), None)
    continued = False
    for number, line in enumerate(block.lines, block.line + 1):
        typed = prompt is not None and line.startswith(prompt)
        if continued:
            found[-1].text += "\n" + (line[2:] if line.startswith("> ") else line)
        elif prompt is not None and typed:
            found.append(Command(number, line[len(prompt):], PROMPTS[prompt]))
        elif found:
            found[-1].output.append(line.rstrip())
        continued = line.endswith("\\") and (continued or typed)
    for command in found:
        command.text, command.note = _split_note(command.text)
    return found


def blocks(root: Path, document: str) -> list[Block]:
    """All fenced blocks, in order."""
    found: list[Block] = []
    current: Block | None = None
    fence = ""
    for number, line in enumerate((root / document).read_text("utf-8").splitlines(), 1):
        match = FENCE.match(line)
        if current is None and match:
            fence = match[1]
            current = Block(document, number, match[2], [])
        elif current is not None and line.rstrip() == fence:
            found.append(current)
            current = None
        elif current is not None:
            current.lines.append(line)
    if current is not None:
        raise ValueError(f"{document}:{current.line}: the block has no end")
    for block in found:
        if block.language == SHELL:
            block.commands = _shell_commands(block)
        elif block.language == CONSOLE:
            block.commands = _console_commands(block)
    return found


def prose(root: Path, document: str) -> list[tuple[int, str]]:
    """Numbered lines outside of fenced blocks."""
    found: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate((root / document).read_text("utf-8").splitlines(), 1):
        match = FENCE.match(line)
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif match:
            fence = match[1]
        else:
            found.append((number, line))
    return found


def inline(root: Path, document: str) -> list[tuple[int, str]]:
    """`./portcullis ...` within sentences, which may go over the end of a line."""
    numbered = prose(root, document)
    text = "\n".join(line for _, line in numbered)
    starts = [0]
    for _, line in numbered:
        starts.append(starts[-1] + len(line) + 1)
    found = []
    for match in INLINE.finditer(text):
        index = max(i for i, start in enumerate(starts[:-1]) if start <= match.start())
        found.append((numbered[index][0], " ".join(match[1].split())))
    return found


# What differs from one run to the next: numbers of any base, and how many blanks stand before them.
_CHANGES = re.compile(r"0x[0-9a-fA-F]+|[0-9a-f]{40}|\d+(?:\.\d+)*")


def _masked(line: str) -> str:
    return " ".join(_CHANGES.sub("N", line).split())


def missing_line(shown: list[str], real: str) -> str | None:
    """The first shown line that the real output does not have in its place; None when all are there.

    Numbers are not compared. Lines may be left out where a line `...` says so.
    """
    lines = [_masked(line) for line in real.replace("\r", "").splitlines()]
    at, gap = 0, True       # what comes before the shown part is never shown as left out
    for line in shown:
        if not line.strip():
            continue
        if line.strip() in ("...", "…"):
            gap = True
            continue
        wanted = _masked(re.sub(r"(\.\.\.|…)$", "", line))
        cut = line.endswith(("...", "…"))

        def fits(candidate: str) -> bool:
            return candidate.startswith(wanted) if cut else candidate == wanted

        while at < len(lines) and not lines[at]:
            at += 1
        place = next((i for i in range(at, len(lines)) if fits(lines[i])), None) if gap else \
            (at if at < len(lines) and fits(lines[at]) else None)
        if place is None:
            return line
        at, gap = place + 1, False
    return None
