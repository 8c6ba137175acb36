# SPDX-License-Identifier: Apache-2.0
"""gcovr's numbers, summed up for each room of the core."""
from __future__ import annotations

import json
import subprocess
from collections import defaultdict

from .cases import Context

GCOVR = ["gcovr", "--json-summary-pretty", "--filter", r"hypervisor/core/"]


def summary(context: Context) -> str:
    command = GCOVR + ["--root", context.root, context.build]
    try:
        done = subprocess.run(command, cwd=context.root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "coverage: gcovr is missing: apt-get install gcovr"
    if done.returncode != 0:
        return f"coverage: {' '.join(command)} failed: {done.stderr.strip()[-500:]}"
    return table(json.loads(done.stdout))


def table(data: dict) -> str:
    rooms: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for file in data["files"]:
        parts = file["filename"].split("/")
        room = "/".join(parts[:3]) if len(parts) > 3 else "/".join(parts[:2])
        for index, key in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
            rooms[room][index] += file[key]
    rooms["all"] = [sum(column) for column in zip(*rooms.values())] or [0, 0, 0, 0]
    lines = [f"{'room':32}{'lines':>16}{'branches':>18}"]
    for room, (lines_hit, lines_all, branches_hit, branches_all) in rooms.items():
        lines.append(f"{room:32}{_share(lines_hit, lines_all):>16}{_share(branches_hit, branches_all):>18}")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part / whole:5.1f} %" if whole else "-"
