# SPDX-License-Identifier: Apache-2.0
"""The table of a matrix, for a terminal and for a file."""
from __future__ import annotations

from .cell import Verdict

HEADINGS = ("host", "hypervisor", "firmware", "result", "evidence")


def rows(verdicts: list[Verdict]) -> list[tuple[str, ...]]:
    return [(verdict.cell.host, verdict.cell.hypervisor, verdict.cell.firmware, verdict.result,
             verdict.evidence) for verdict in verdicts]


def plain(body: list[tuple[str, ...]]) -> str:
    """Rows of equal length, aligned; the first one is the heading."""
    widths = [max(len(row[column]) for row in body) for column in range(len(body[0]))]
    lines = ["  ".join(text.ljust(size) for text, size in zip(row, widths)).rstrip() for row in body]
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)


def render(verdicts: list[Verdict], width: int | None = None) -> str:
    """Aligned columns; with a width (of a terminal) the evidence is cut to fit."""
    body = [HEADINGS] + rows(verdicts)
    widths = [max(len(row[column]) for row in body) for column in range(len(HEADINGS) - 1)]
    lines = []
    for row in body:
        line = "  ".join(text.ljust(size) for text, size in zip(row, widths)) + "  " + row[-1]
        if width and len(line) > width > 40:
            line = line[:width - 3] + "..."
        lines.append(line.rstrip())
    lines.insert(1, "-" * min(width or 100, max(len(line) for line in lines)))
    return "\n".join(lines)
