# SPDX-License-Identifier: Apache-2.0
"""Figures of `bench ffa` as Markdown."""
from __future__ import annotations

from command.bench import ffa
from command.bench.table import NOTHING, grid, number

TITLES = {"portcullis": "Portcullis", "pkvm": "pKVM"}


def _rows() -> list[tuple[str, str]]:
    rows = [("direct", "direct request and answer"), ("map", "FFA_RXTX_MAP")]
    for prefix, how in (("", "in one piece"), ("scattered-", "each a range of its own")):
        for pages in ffa.PAGES:
            if prefix and pages == 1:
                continue
            many = f"{pages:,} page{'s' if pages > 1 else ''}{', ' + how if pages > 1 else ''}"
            rows += [(f"{prefix}share-{pages}", f"share {many}"), (f"{prefix}reclaim-{pages}", f"reclaim {many}")]
    return rows + [("share-1-live", "share and reclaim 1 page, 999 other transactions live"),
                   ("notification", "notification: bind, message, get, unbind")]


def _cell(column: dict, row: str) -> str:
    value = column.get(row)
    if not value:
        refused = column.get("refused", {}).get(row.replace("scattered-share", "scattered"))
        return refused or NOTHING
    worst = f" ({number(value['worst'])})" if value["worst"] != value["median"] else ""
    return number(value["median"]) + worst


def markdown(figures: dict) -> str:
    columns = figures["columns"]
    body = [[words, *(_cell(columns[name], row) for name in columns)] for row, words in _rows()]
    for what, words in (("page", "each further page in one piece, share and reclaim"),
                        ("scattered page", "each further page as a range of its own, share and reclaim")):
        body.append([words, *(f"{column['further'][what]:g}" if what in column.get("further", {}) else NOTHING
                              for column in columns.values())])
    lines = grid(["instructions at EL2, median (worst)", *(TITLES[name] for name in columns)], body)
    if "date" in figures:
        conditions = figures["conditions"]
        lines += ["", f"`./portcullis bench ffa`, {figures['date']}, commit {figures['commit']}, {conditions['qemu']}, "
                      f"{conditions['kernel']}, 1 CPU, firmware `{ffa.FIRMWARE}`."]
    return "\n".join(lines) + "\n"
