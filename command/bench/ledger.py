# SPDX-License-Identifier: Apache-2.0
"""`bench ledger`: what it costs to move pages between owners, by the calls of docs/memory.md, beside the
same of pKVM; how that grows with RAM; and how much RAM is set aside for it.

The payload `donor` makes the calls that are typed here; the plugin writes down what each took. Nothing
is timed and nothing depends on what a host does meanwhile, so equal runs give equal numbers; only the
boot's log has times in it, and the peer's kernel has its memory elsewhere in each run.

Figures are plain dictionaries:

    operations  cost of each, by what it does to its blocks (ROWS) and by call
    further     the marginal cost of a page and of a block, derived from these
    refusals    cost of a refused call, by rule
    machines    by RAM and CPUs: the same calls, the boot, what is set aside
    split       what the host pays for a block that is split: stage-2 faults when it touches each page
    pkvm        what the peer's own calls cost; a reason where it could not be measured

A cost is {"instructions": at EL2, "tlb": of these TLB maintenance}.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from command import artefacts, process, progress, qemu
from command.bench import boot, counts, measurement, peer
from command.status import FAILED, Problem

NAME = "ledger"
TARGETS = (*boot.TARGETS, "bench/guests", "payloads/donor.bin")

PAGE = 4096
BLOCK = 512                     # pages
GIGABYTE = 512 * BLOCK
AREA = 0x50000000               # in the first gigabyte, nobody's; mapped by blocks of 2 MiB
WHOLE = 0x100000000             # from here on the larger machines have gigabytes that are mapped as one
IMAGE = qemu.HYPERVISOR_ADDRESS

# Letters of payloads/donor.c.
CALLS = {"donate": 0xc6000021, "share": 0xc6000022, "unshare": 0xc6000023, "return": 0xc6000024}
PAIRS = (("donate", "return"), ("share", "unshare"))

PAGES = (1, 2, 16, 64, 65, 256)
BLOCKS = (1, 2, 16, 64)
ENDS = BLOCK // 2 + 2 * BLOCK + BLOCK // 2
LOGGED = 16                     # refusals in a row that are told on the console

# What a call does to its blocks.
ROWS = {
    **{f"pages-{pages}": f"{pages} page{'s' if pages > 1 else ''} of a block that is split already"
       for pages in PAGES},
    "split-1": "1 page of a block, which is split for it",
    "join-1": "1 page after which the block's pages agree again: joined",
    "split-511": "511 pages of a block, which is split for them",
    "join-511": "511 pages after which the block's pages agree: joined",
    **{f"blocks-{blocks}": f"{blocks} whole block{'s' if blocks > 1 else ''} of 2 MiB" for blocks in BLOCKS},
    "ends": "half a block, 2 whole ones and half a block: split at both ends, or joined there",
}
# On a machine with a gigabyte that is mapped as one.
LARGE_ROWS = {
    "gigabyte": "1 GiB that is mapped as one",
    "gigabyte-1": "1 page of it: split twice, or joined twice",
}

MACHINES = (("2G", 1), ("2G", 4), ("64G", 1), ("1024G", 1))
FIRST = "2G-1"
SPLIT_BLOCKS = 16

# What the project promises.
BUDGET = {"page": 30, "block": 150, "growth": 1.01}


@dataclass(frozen=True)
class Step:
    """One line typed to the payload."""
    key: str            # "": it only prepares
    call: str           # of CALLS, or "touch"
    base: int
    pages: int
    refused: int = 0    # the rule, 0: done

    @property
    def typed(self) -> str:
        return f"{self.call[0]} {self.base:x} {self.pages:x}\n"


def _pair(do: str, undo: str, base: int) -> Iterator[Step]:
    """All rows for a call and its reverse. The block at `base` and those behind it are whole again
    afterwards."""
    def both(key: str, first: int, pages: int) -> Iterator[Step]:
        for call in (do, undo):
            yield Step(key, call, base + first * PAGE, pages)

    for call in (do, undo):
        yield Step("split-1", call, base, 1)
        yield Step("join-511", call, base + PAGE, BLOCK - 1)
    for call in (do, undo):
        yield Step("split-511", call, base + PAGE, BLOCK - 1)
        yield Step("join-1", call, base, 1)
    yield Step("", do, base, 1)
    for pages in PAGES:
        yield from both(f"pages-{pages}", 32, pages)
    yield Step("", undo, base, 1)
    for blocks in BLOCKS:
        yield from both(f"blocks-{blocks}", 0, blocks * BLOCK)
    yield from both("ends", BLOCK // 2, ENDS)


def _large_pair(do: str, undo: str) -> Iterator[Step]:
    for call in (do, undo):
        yield Step("gigabyte", call, WHOLE, GIGABYTE)
    for call in (do, undo):
        yield Step("gigabyte-1", call, WHOLE, 1)


def operations(large: bool) -> list[Step]:
    """Of one machine. `large`: it has RAM at WHOLE."""
    steps = []
    for do, undo in PAIRS:
        steps += _pair(do, undo, AREA)
        if large:
            steps += _large_pair(do, undo)
    return steps


REFUSALS = {
    "empty": "the range is empty", "unaligned": "… unaligned", "wraps": "… wraps",
    "ram": "not RAM", "owner": "somebody else's page", "state": "a page that is shared already",
    "late": f"the last page of {BLOCKS[-1]} blocks is shared", "pinned": "a page in use",
    "sets": "no record set left",
}


def refusals() -> list[Step]:
    """Refused calls, one for each rule that these calls can break but for an exhausted pool. (A machine of
    2 GiB runs out of record sets before it runs out of page tables.)"""
    last = AREA + BLOCKS[-1] * BLOCK * PAGE - PAGE
    # A burst is told in the log, with the time, and one in some seconds after it: that costs thousands. So
    # the burst is not counted, and of the calls behind it, three by each rule, the cheapest.
    return [*[Step("", "donate", AREA, 0, 1)] * LOGGED, Step("", "share", last, 1)] + [
        step for step in _broken_rules(last) for _ in range(3)] + [Step("", "unshare", last, 1)]


def _broken_rules(shared: int) -> list[Step]:
    """`shared`: the last page of some blocks, shared."""
    return [
        Step("empty", "donate", AREA, 0, 1),
        Step("unaligned", "donate", AREA + 1, 1, 1),
        Step("wraps", "donate", AREA, (1 << 52) - 1, 1),
        Step("ram", "donate", 0, 1, 2),
        Step("owner", "donate", IMAGE, 1, 3),
        Step("state", "donate", shared, 1, 4),
        Step("late", "donate", AREA, BLOCKS[-1] * BLOCK, 4),
        Step("pinned", "return", IMAGE, 1, 6),
    ]


def touches() -> list[Step]:
    """Blocks are split, with a page donated from each; then the host touches all other pages."""
    bases = [AREA + number * BLOCK * PAGE for number in range(SPLIT_BLOCKS)]
    return [*(Step("", "donate", base, 1) for base in bases),
            *(Step("", "touch", base + PAGE, BLOCK - 1) for base in bases),
            *(Step("", "return", base, 1) for base in bases)]


def run_steps(steps: list[Step], memory: str, cpus: int, program: str, directory: Path,
              label: str) -> tuple[measurement.Measurement, list[counts.Call | None]]:
    """Boot a machine and let the payload make these calls. What each took, None for a touch. Raises
    Problem when an answer is not the expected one."""
    typed = "".join(step.typed for step in steps) + "q\n"
    found = measurement.boot_payload("donor", memory, program, directory, label=label, cpus=cpus,
                                     typed=typed)
    if process.dry_run:
        return found, []
    made = iter([call for call in found.calls if call.function in CALLS.values()])
    results: list[counts.Call | None] = []
    for step in steps:
        if step.call == "touch":
            if f"donor: t {step.base:#x} {step.pages}: 0\n" not in found.console:
                raise Problem(f"the host cannot touch its own pages at {step.base:#x}",
                              f"Its log: {found.log}", FAILED)
            results.append(None)
            continue
        call = next(made, None)
        wanted = (CALLS[step.call], step.base, step.pages)
        if call is None or call.x != wanted:
            raise Problem(f"{label}: {step} is not the call that was counted: {call}", "", FAILED)
        refused = call.answers[1] if call.status else 0
        if refused != step.refused or call.forwarded:
            raise Problem(f"{label}: {step} was answered with {call.status}, rule {refused}",
                          f"Its log: {found.log}", FAILED)
        results.append(call)
    return found, results


def cost(call: counts.Call) -> dict[str, int]:
    return {"instructions": call.instructions, "tlb": call.tlb_maintenance}


def by_row(steps: list[Step], made: list[counts.Call | None]) -> dict[str, dict]:
    """{row: {call: cost}}"""
    rows: dict[str, dict] = {}
    for step, call in zip(steps, made):
        if step.key and call is not None:
            rows.setdefault(step.key, {})[step.call] = cost(call)
    return rows


def further(rows: dict[str, dict]) -> dict[str, dict[str, float]]:
    """Marginal costs by call: of a page while each page has a TLB entry of its own to be dropped, of a
    page beyond, of a block."""
    def slope(few: tuple[str, int], many: tuple[str, int]) -> dict[str, float]:
        return {call: round((rows[many[0]][call]["instructions"] - rows[few[0]][call]["instructions"])
                            / (many[1] - few[1]), 2) for call in CALLS}
    return {"page": slope(("pages-1", 1), ("pages-64", 64)),
            "page beyond": slope(("pages-65", 65), ("pages-256", 256)),
            "block": slope(("blocks-2", 2), ("blocks-64", 64))}


def exhausted(program: str, directory: Path) -> dict[str, int]:
    """The cost of a call that needs a record set when none is left, and how many there were: a page of
    each block is shared until long after the first refusal, since these are told in the log at first."""
    blocks = 400
    typed = "".join(Step("", "share", AREA + number * BLOCK * PAGE, 1).typed for number in range(blocks))
    with progress.Step("a payload that uses up what is set aside"):
        found = measurement.boot_payload("donor", "2G", program, directory, label="ledger-exhausted",
                                         typed=typed + "q\n")
    if process.dry_run:
        return {}
    made = [one for one in found.calls if one.function == CALLS["share"]]
    refused = [one for one in made if one.status]
    if len(made) != blocks or len(refused) <= LOGGED \
            or any((one.status, one.answers[1]) != (-4, 8) for one in refused):
        raise Problem(f"{blocks} blocks did not use up the record sets", f"Its log: {found.log}", FAILED)
    return {**cost(min(refused, key=lambda call: call.instructions)), "sets": blocks - len(refused)}


def machine(memory: str, cpus: int, program: str, directory: Path) -> dict:
    """One machine: the operations, what its boot took and what it sets aside."""
    name = f"{memory}-{cpus}"
    steps = operations(qemu.memory_bytes(memory) > WHOLE + GIGABYTE * PAGE)
    with progress.Step(f"a payload that moves pages, {memory} of RAM, {cpus} CPU{'s' if cpus > 1 else ''}"):
        found, made = run_steps(steps, memory, cpus, program, directory, f"ledger-{name}")
    if process.dry_run:
        return {}
    return {"operations": by_row(steps, made), "setup": found.counts.setup, "kept_kib": found.said,
            "ram_faults": found.counts.ram}


def set_aside(memory: str, program: str, directory: Path) -> dict[str, float | None]:
    """KiB of RAM that are kept with `hv.pool=full`, and instructions of the boot."""
    with progress.Step(f"a payload that does nothing, {memory} of RAM, hv.pool=full"):
        found = measurement.boot_payload("idle", memory, program, directory, "hv.pool=full",
                                         f"ledger-full-{memory}")
    return {"kept_kib": found.said, "setup": found.counts.setup}


def refused(program: str, directory: Path) -> dict[str, dict]:
    steps = refusals()
    with progress.Step("a payload whose calls are refused"):
        _, made = run_steps(steps, "2G", 1, program, directory, "ledger-refused")
    if process.dry_run:
        return {}
    return {key: cost(min((call for step, call in zip(steps, made) if step.key == key and call),
                          key=lambda call: call.instructions))
            for key in dict.fromkeys(step.key for step in steps if step.key)}


def split(program: str, directory: Path) -> dict[str, int]:
    steps = touches()
    with progress.Step("a payload that touches what is left of split blocks"):
        found, _ = run_steps(steps, "2G", 1, program, directory, "ledger-touch")
    return {"blocks": SPLIT_BLOCKS, "pages": SPLIT_BLOCKS * (BLOCK - 1), "ram_faults": found.counts.ram}


def run(directory: Path, conditions: Callable[[str], dict] | None = None) -> dict:
    """Everything in one run. Builds and fetches what is missing. Raises Problem."""
    program = artefacts.qemu(newest=True)
    boot.prove(program, directory)
    figures = {"bench": NAME, **(conditions(program) if conditions else {})}
    machines = {f"{memory}-{cpus}": machine(memory, cpus, program, directory) for memory, cpus in MACHINES}
    figures["machines"] = machines
    if not process.dry_run:
        large = next(values["operations"] for values in machines.values()
                     if "gigabyte" in values["operations"])
        figures["operations"] = {**machines[FIRST]["operations"],
                                 **{row: large[row] for row in LARGE_ROWS}}
        figures["further"] = further(figures["operations"])
    figures["full"] = {memory: set_aside(memory, program, directory)
                       for memory in dict.fromkeys(memory for memory, _ in MACHINES)}
    figures["refusals"] = refused(program, directory)
    figures["refusals"]["sets"] = exhausted(program, directory)
    figures["split"] = split(program, directory)
    try:
        figures["pkvm"] = peer.measure(program, directory)
    except Problem as problem:
        # A peer that cannot be measured has empty cells; nothing is copied in from elsewhere.
        progress.say(str(problem))
        figures["pkvm"] = {"missing": problem.what.splitlines()[0]}
    return figures


def largest_growth(figures: dict) -> tuple[float, str]:
    """The largest ratio of a cost on another machine to that on the first one, and where."""
    first = figures["machines"][FIRST]["operations"]
    found = (1.0, "")
    for name, values in figures["machines"].items():
        for row, calls in values["operations"].items():
            for call, value in calls.items():
                if row in first:
                    ratio = value["instructions"] / first[row][call]["instructions"]
                    found = max(found, (ratio, f"{row} of {call}, {name}"))
    return found


def beyond(figures: dict) -> list[str]:
    """Which promises these figures break; [] when none."""
    found = []
    for what, budget in (("page", "page"), ("page beyond", "page"), ("block", "block")):
        for call, value in figures.get("further", {}).get(what, {}).items():
            if value > BUDGET[budget]:
                found.append(f"{call}, a further {what}: {value:g} instructions, promised are at most "
                             f"{BUDGET[budget]}")
    if "machines" in figures:
        ratio, where = largest_growth(figures)
        if ratio > BUDGET["growth"]:
            found.append(f"{where}: {ratio:.2f} times as many instructions as with {FIRST}")
    if figures.get("split", {}).get("ram_faults"):
        found.append(f"{figures['split']['ram_faults']} faults of the host on pages of split blocks, "
                     "promised are none")
    return found


def _numbers(figures: dict, path: str = "") -> Iterator[tuple[str, float]]:
    """Each number with its path."""
    for key, value in figures.items():
        where = f"{path}, {key}" if path else str(key)
        if isinstance(value, dict):
            yield from _numbers(value, where)
        elif isinstance(value, (int, float)):
            yield where, value


def differences(recorded: dict, counted: dict, apart: Callable[[float, float], bool]) -> list[str]:
    """What of `counted` is further from the record than `apart` allows. The peer is not compared: it is
    not what changes here."""
    found = []
    for part in ("operations", "further", "refusals", "machines", "full", "split"):
        old = dict(_numbers(recorded.get(part, {}), part))
        for where, value in _numbers(counted.get(part, {}), part):
            if where not in old:
                found.append(f"{where}: not recorded")
            elif apart(old[where], value):
                found.append(f"{where}: {old[where]:,g} recorded, {value:,g} counted")
    return found
