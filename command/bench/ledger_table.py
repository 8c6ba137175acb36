# SPDX-License-Identifier: Apache-2.0
"""Figures of `bench ledger` as Markdown: a summary for README.md, all of them for docs/memory.md."""
from __future__ import annotations

from command import qemu
from command.bench import ledger
from command.bench.peer import CALLS as PEER_CALLS
from command.bench.table import NOTHING, grid, number

CALLS = tuple(ledger.CALLS)
HEAD = tuple(f"MEM_{call.upper()}" for call in CALLS)
FURTHER = {"page": "… each further page, up to 64", "page beyond": "… each further page, beyond 64",
           "block": "… each further block"}
SUMMARY = ("pages-1", "page", "page beyond", "split-1", "join-1", "blocks-1", "block", "gigabyte")


def size(memory: str) -> str:
    gibibytes = qemu.memory_bytes(memory) >> 30
    return f"{gibibytes >> 10} TiB" if gibibytes >= 1024 else f"{gibibytes} GiB"


def machine(name: str) -> str:
    memory, _, cpus = name.rpartition("-")
    return f"{size(memory)}, {cpus} CPU{'s' if cpus != '1' else ''}"


def cost(value: dict | None) -> str:
    """«1,234 (2)»: instructions, and of these TLB maintenance."""
    if not value:
        return NOTHING
    return number(value["instructions"]) + (f" ({value['tlb']})" if value["tlb"] else "")


def spread(value: dict) -> str:
    """«1,000 to 2,000»: least and most."""
    if value["least"] == value["most"]:
        return number(value["least"])
    return f"{number(value['least'])} to {number(value['most'])}"


def _operation(figures: dict, row: str) -> list[str]:
    if row in FURTHER:
        return [FURTHER[row], *(number(round(figures["further"][row][call], 1)) for call in CALLS)]
    words = {**ledger.ROWS, **ledger.LARGE_ROWS}[row]
    return [words, *(cost(figures["operations"][row].get(call)) for call in CALLS)]


def operations(figures: dict, rows: tuple[str, ...]) -> list[str]:
    return grid(["instructions at EL2", *HEAD], [_operation(figures, row) for row in rows])


def _all_rows() -> tuple[str, ...]:
    """The rows of ROWS, with each marginal cost behind those that it comes from."""
    rows = []
    for row in (*ledger.ROWS, *ledger.LARGE_ROWS):
        rows.append(row)
        rows += {"pages-64": ["page"], "pages-256": ["page beyond"], "blocks-64": ["block"]}.get(row, [])
    return tuple(rows)


def refusals(figures: dict) -> list[str]:
    rows = [[words, cost(figures["refusals"].get(key))] for key, words in ledger.REFUSALS.items()]
    return grid(["a refused call", "instructions at EL2"], rows)


def _kept(memory: str, kept: float | None) -> str:
    if kept is None:
        return NOTHING
    return f"{number(kept)} KiB, {kept * 1024 / qemu.memory_bytes(memory) * 100:.3f} %"


def machines(figures: dict) -> list[str]:
    """Growth with RAM and with CPUs."""
    rows = []
    for name, values in figures["machines"].items():
        memory = name.rpartition("-")[0]
        done = values["operations"]
        full = figures["full"][memory]
        rows.append([machine(name), *(number(done[row]["donate"]["instructions"])
                                      for row in ("pages-1", "split-1", "blocks-1", "ends")),
                     # the report has times in it, of more or fewer digits
                     number(round(values["setup"], -3)), _kept(memory, values["kept_kib"]),
                     _kept(memory, full["kept_kib"]) if name.endswith("-1") else NOTHING])
    return grid(["machine", "donate 1 page", "… with a split", "… a block", "… split at both ends",
                 "boot, before the host", "RAM kept", "… with `hv.pool=full`"], rows)


def peer(figures: dict) -> list[str]:
    """Beside pKVM."""
    found = figures.get("pkvm", {}).get("calls")
    faults = figures.get("pkvm", {}).get("ram_faults")
    done = figures["operations"]

    def mine(call: str, other: str, words: str) -> str:
        return f"{cost(done['pages-1'][call])}; {cost(done[other][call])} where it {words} a block"

    def theirs(call: str, text: str = "{}") -> str:
        return text.format(spread(found[call])) if found else NOTHING

    share, unshare, init, init_cpu, teardown = PEER_CALLS
    rows = [
        ["share 1 page with EL2", mine("share", "split-1", "splits"), theirs(share)],
        ["… and end that", mine("unshare", "join-1", "joins"), theirs(unshare)],
        ["share the 512 pages of a block of 2 MiB", cost(done["blocks-1"]["share"]),
         theirs(share, "512 calls of {} each")],
        ["donate 1 page to EL2", mine("donate", "split-1", "splits"), "no such call"],
        ["… and get it back", mine("return", "join-1", "joins"), "no such call"],
        ["donate what a guest needs, and map it", "no guests yet", theirs(init)],
        ["… what its CPU needs", "no guests yet", theirs(init_cpu)],
        ["… and get all of it back, cleared", "no guests yet", theirs(teardown)],
        ["the host's first access to RAM", "no entry into EL2",
         f"{number(faults['visits'])} faults of {number(faults['least'])} to {number(faults['most'])}"
         if faults else NOTHING],
    ]
    return grid(["instructions at EL2", "Portcullis", "pKVM"], rows)


def peer_notes(figures: dict) -> list[str]:
    found = figures.get("pkvm", {"missing": "not counted"})
    if "missing" in found:
        return [f"pKVM was not measured: {found['missing']}."]
    counted = ", ".join(f"`{name}` ({found['calls'][name]['calls']})" for name in PEER_CALLS)
    return [
        f"pKVM's figures are those of its own calls, in the order of the rows {counted}, while a program "
        "makes and ends guests: least to most. They differ a little from run to run, since that kernel's memory "
        "lies elsewhere each time. The two are not quite alike. pKVM shares "
        "one page with each call, maps it at EL2 and marks it in the host's table, page by page; Portcullis "
        "notes who may use it, takes a range, and maps nothing. pKVM's donations hold the mapping at EL2 of "
        "what is donated, and its clearing when it goes back. It maps the host's RAM when it is first touched, "
        "Portcullis all of it at boot; the faults counted are those of that run."]


def conditions(figures: dict) -> list[str]:
    if "conditions" not in figures:
        return []
    known = figures["conditions"]
    return [f"Counted on {figures['date']} at commit {figures['commit']} by `./portcullis bench ledger`: "
            f"{known['qemu']}, `{known['machine']}`, {known['compiler']}; pKVM: {known['kernel']} with "
            f"`{known['append']} {known['pkvm']}`. In parentheses: how many of the instructions are TLB "
            "maintenance. A count says nothing of how long one of them takes."]


def _join(parts: list[list[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def summary(figures: dict) -> str:
    """What README.md shows."""
    parts = []
    if "operations" in figures:
        parts += [operations(figures, SUMMARY), peer(figures)]
        ratio, _ = ledger.largest_growth(figures)
        last = list(figures["machines"])[-1]
        parts.append([f"With {machine(last)} no call costs more than {ratio:.3f} times as much as with "
                      f"{machine(ledger.FIRST)}. The host's accesses to what is left of "
                      f"{figures['split']['blocks']} split blocks, {number(figures['split']['pages'])} pages: "
                      f"{figures['split']['ram_faults']} faults."])
    parts.append(conditions(figures))
    return _join(parts)


def details(figures: dict) -> str:
    """What docs/memory.md shows."""
    parts = []
    if "operations" in figures:
        parts += [operations(figures, _all_rows()), refusals(figures), machines(figures), peer(figures)]
    parts += [[note] for note in peer_notes(figures)]
    parts.append(conditions(figures))
    return _join(parts)
