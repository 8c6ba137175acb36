# SPDX-License-Identifier: Apache-2.0
"""Figures of `bench boot` as Markdown."""
from __future__ import annotations

from command.bench import boot, subjects

NOTHING = "–"

# Row of the table: words, and how its value is found in a column.
ROWS = (
    ("instructions at EL2, reset to power-off", lambda c: number(c["instructions"])),
    ("… of these before the host's first entry", lambda c: number(c["setup"])),
    ("entries into EL2", lambda c: number(c["entries"])),
    ("… SMC and HVC", lambda c: number(c["calls"])),
    ("… faults on RAM", lambda c: number(c["ram"])),
    ("… accesses to the GIC", lambda c: number(c["gic"])),
    ("… others", lambda c: number(c["others"])),
    ("an SMC that firmware answers, instructions", lambda c: visit(c, "smc forwarded")),
    ("stage-2 faults, all", lambda c: number(c["stage2_faults"])),
    ("calls that reached firmware", lambda c: number(c["firmware_calls"])),
    ("RAM that the host misses", lambda c: kibibytes(c.get("kept_kib"))),
)


def number(value: float | int | None) -> str:
    """12,345; an average with one decimal when it has any."""
    if value is None:
        return NOTHING
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}"


def kibibytes(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,} KiB"


def visit(column: dict, kind: str) -> str:
    """Instructions of one visit of that kind: one number, or least to most."""
    found = column["visits"].get(kind)
    if not found:
        return NOTHING
    if found["least"] == found["most"]:
        return number(found["least"])
    return f"{number(found['least'])} to {number(found['most'])}"


def grid(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def columns(figures: dict) -> list[str]:
    names = [f"{subject.name}-{cpus}" for cpus in subjects.CPUS for subject in subjects.SUBJECTS
             if f"{subject.name}-{cpus}" in figures["columns"]]
    heads = []
    for name in names:
        subject, _, cpus = name.rpartition("-")
        heads.append(f"{subjects.find(subject).title}, {cpus} CPU{'s' if cpus != '1' else ''}")
    rows = []
    for words, value in ROWS:
        cells = []
        for name in names:
            values = figures["columns"][name]
            cells.append(NOTHING if "missing" in values else value(values))
        rows.append([words, *cells])
    return grid(["", *heads], rows)


def calls(figures: dict) -> list[str]:
    rows = [[boot.CALLS[kind].words, number(value)] for kind, value in figures["calls"].items()]
    rows += [[f"boot of a payload as host, {memory} of RAM", number(value)]
             for memory, value in figures["growth"].items()]
    return grid(["Portcullis, 1 CPU", "instructions at EL2"], rows)


def spread(figures: dict) -> str:
    """How far the boots of a column were apart."""
    found = []
    for name, values in figures["columns"].items():
        if "missing" not in values and values["boots"] > 1 and values["least"] != values["most"]:
            subject, _, cpus = name.rpartition("-")
            found.append(f"{subjects.find(subject).title} with {cpus} CPU{'s' if cpus != '1' else ''} "
                         f"{number(values['least'])} to {number(values['most'])}")
    return "; ".join(found) or "none"


def conditions(figures: dict) -> list[str]:
    known = figures["conditions"]
    boots = max((values.get("boots", 0) for values in figures["columns"].values()), default=0)
    lines = [f"Counted on {figures['date']} at commit {figures['commit']} by `./portcullis bench boot` "
             "(a QEMU plugin, no clock):",
             f"{known['qemu']}, `{known['machine']}`, {known['kernel']}, {known['initramfs']}, "
             f"firmware personality `{known['firmware']}` without idle states, "
             f"kernel command line `{known['append']}`, {known['compiler']}."]
    lines += [f"pKVM: the same kernel at EL2 with `{known['pkvm']}`; none: with `{known['none']}`, so that "
              "it drops to EL1 and only its own entry code and stub run at EL2."]
    if boots > 1:
        lines.append(f"The median of {boots} boots each; least and most instructions, where they differ: "
                     f"{spread(figures)}.")
    missing = [f"{name}: {values['missing']}" for name, values in figures["columns"].items()
               if "missing" in values]
    if missing:
        lines.append("Not measured: " + "; ".join(missing) + ".")
    return lines


def markdown(figures: dict) -> str:
    parts = [columns(figures)]
    if "calls" in figures:
        parts.append(calls(figures))
    if "conditions" in figures:
        parts.append(conditions(figures))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"
