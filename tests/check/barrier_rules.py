# SPDX-License-Identifier: Apache-2.0
"""Rules for caches, TLBs and system registers over a disassembly: facts that flow along every path.

A fact says what is still owed, and where that began: «a TLBI at X is not yet complete». Paths that meet
unite their facts. Calls are stepped over; whether a callee ends with a DSB behind its last store is
found out by looking at it. Section numbers are of DDI 0487 (Arm ARM).
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from disassembly import Instruction, Program

RULES = {
    "tlbi-before": "a broadcast TLBI follows the change of a table entry: DSB ISHST at least, and no store "
                   "after it, or the walk that refills the TLB may still read the old entry (D8.16)",
    "tlbi-after": "a TLBI is complete only after a DSB that waits for loads and stores, in the TLBI's own "
                  "domain or a wider one, and its effect is seen here only after an ISB (D8.16)",
    "tlbi-stages": "TLBI by intermediate address does not touch entries that hold both stages combined: a DSB, "
                   "then TLBI of stage 1 (D8.16)",
    "tlbi-place": "errata of TLB maintenance are worked around in one place: a broadcast TLBI stands in a function "
                  "that is named as such a place, and behind it another one can follow its DSB",
    "tlbi-vmid": "TLBI of the host's translations uses VTTBR_EL2 and HCR_EL2: after a change an ISB comes first",
    "ic-before": "an instruction fetch may go past the data caches: DC and DSB are over before IC (B2.4.4)",
    "ic-after": "an IC is complete only after a DSB, and this CPU fetches anew only after an ISB (B2.4.4)",
    "dc-before": "DC IVAC drops what stores with the MMU off wrote past the cache's back only when these are in "
                 "memory: they and the DC are ordered by DMB or DSB alone, since the stores were not cacheable "
                 "(D7.5.9.4)",
    "dc-after": "cleaned lines are in memory only after DSB SY: who reads them with caches off is in no narrower "
                "domain",
    "context": "a control register of the level that runs takes effect at the next ISB or ERET, not before "
               "(D1.3.4): none may be left behind at a call or return, or before a register that depends on it",
    "sctlr": "between a write of SCTLR of the level that runs and the next ISB no memory is accessed: it would "
             "be with the MMU and caches on or off, unknown which",
    "mmu-on": "before the MMU is turned on, TLB and instruction cache are emptied after the tables and their "
              "registers were set, and DSB and ISB stand between: nothing is inherited",
    "key": "pointers are signed with a new key only after an ISB: none may be signed or checked before it",
    "at": "PAR_EL1 holds the result of AT only after an ISB (D8.15)",
    "eret": "behind every ERET stands a barrier, so that nothing behind it is run speculatively",
    "exclusive": "between a load exclusive and its store no other access, call or barrier: the reservation may "
                 "be lost each time (B2.12.5)",
    "mmu-off": "until the MMU is on all memory is Device: exclusives and atomics may fail for ever and DC ZVA "
               "faults (B2.12.1, C5.3.25)",
    "sev": "who is woken by SEV reads what was written before it: DSB, and no store after it",
    "sgi": "who gets a software interrupt reads what was written before it: DSB, and no store after it",
    "wfi": "a CPU that goes on after WFI must not sleep on its own unfinished stores: DSB, and no store after it",
    "counter": "the counter is read where the program says so only behind an ISB (D12.2.1)",
    "contract": "a function that others call as a barrier is one on every path",
}

DOMAIN = {"nsh": 1, "un": 1, "ish": 2, "osh": 3, "sy": 4, "": 4, "ld": 4, "st": 4}
STORE = re.compile(r"st(?!g)\w*|cas\w*|swp\w*|ld(add|clr|eor|set|[su]max|[su]min)\w*")
LOAD = re.compile(r"ld\w*|prfm")
EXCLUSIVE = re.compile(r"(ld|st)a?l?x[rp]\w*|clrex|cas\w*|swp\w*|ld(add|clr|eor|set|[su]max|[su]min)\w*")
PAC = re.compile(r"(pac|aut)(i|d)\w+|reta[ab]|blra\w+|bra[ab]\w*|ereta[ab]")
LEAVES = {"ret", "retaa", "retab", "br"}
KEYS = re.compile(r"ap[id][ab]key|apgakey|ap[id][ab]key(lo|hi)")
# Dependent registers: an access to the second needs an ISB after a write of the first.
DEPENDENT = [
    # E2H says which register a name means and how some are laid out
    (re.compile(r"hcr_el2"), re.compile(r"\w+_el(12|02|1|0)$|(sctlr|tcr|ttbr0|cptr|cnthctl)_el2$")),
    (re.compile(r"cptr_el[23]"), re.compile(r"(zcr|smcr|smpri|smprimap)_el[123]$")),
    (re.compile(r"icc_sre_el[23]"), re.compile(r"(icc|ich)_(?!sre)\w+$")),
    (re.compile(r"scr_el3"), re.compile(r"(icc|ich)_\w+$")),
    (re.compile(r"(mair|tcr|ttbr0|ttbr1)_el[23]"), re.compile(r"sctlr_el[23]$")),
]
HOST_TLBI = re.compile(r"(vm|ipas2|alle1)\w*")


@dataclass(frozen=True)
class Fact:
    kind: str
    origin: int = 0             # address of the instruction
    detail: str = ""


@dataclass(frozen=True)
class Problem:
    rule: str
    address: int                # where it shows
    words: str


@dataclass
class Image:
    name: str
    program: Program
    level: int                  # exception level of the code, 2 or 3
    entries: tuple[str, ...]    # with the MMU off
    mmu_on: str                 # function that turns it on
    contracts: dict[str, tuple[str, ...]] = field(default_factory=dict)    # barriers in order
    writers: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()       # of other CPUs' TLBs; none named: not looked at

    def __post_init__(self) -> None:
        own = rf"_el{self.level}$"
        self.control = re.compile(r"(hcr|scr|sctlr|ttbr0|ttbr1|tcr|mair|vbar|cptr|vtcr|vttbr|mdcr|cnthctl|hstr|"
                                  r"hcrx|hfg[rwi]tr|hdfg[rw]tr|hafgrtr|icc_sre)" + own +
                                  r"|icc_(pmr|igrpen\d|sgi\dr|eoir\d)_el[13]$")
        self.signs = any(PAC.fullmatch(item.name) for item in self.program.instructions.values())
        self.ends: dict[int, bool] = {}


def domain(option: str) -> tuple[int, str]:
    """Width of a DSB's or DMB's domain, and which accesses it waits for: "", "ld" or "st"."""
    match = re.fullmatch(r"(nsh|ish|osh|sy|)(ld|st|)", option)
    return (DOMAIN[match[1]], match[2]) if match else (DOMAIN["sy"], "")


def tlbi_domain(operation: str) -> int:
    return DOMAIN["ish"] if operation.endswith("is") else DOMAIN["osh"] if operation.endswith("os") else \
        DOMAIN["nsh"]


def wakes(program: Program, wfi: Instruction) -> bool:
    """Does the CPU do anything behind this WFI but sleep again?"""
    return any(program.instructions[address].name in LEAVES | {"eret", "bl", "blr", "smc"}
               for address in program.reach(wfi.address))


class Analysis:
    """All paths from one root."""

    def __init__(self, image: Image, root: int, dropped: int | None = None):
        self.image, self.root, self.dropped = image, root, dropped
        self.program = image.program
        self.problems: set[Problem] = set()
        self.leaves: set[Fact] = set()         # facts at the function's ends

    def run(self) -> "Analysis":
        start = {Fact("store"), Fact("unordered"), Fact("loose")}
        function = self.program.instructions[self.root]
        if function.offset == 0:
            for number, step in enumerate(self.image.contracts.get(function.function, ())):
                start.add(Fact("owes", number, step))
        known: dict[int, set[Fact]] = {self.root: set(start)}
        left = [self.root]
        while left:
            address = left.pop()
            instruction = self.program.instructions[address]
            facts = frozenset(known[address])
            after = facts if address == self.dropped else self.step(instruction, facts)
            for item in self.program.next(instruction):
                have = known.setdefault(item.address, set())
                if item.address not in left and (not after <= have or not have and not after):
                    have |= after
                    left.append(item.address)
                else:
                    have |= after
            if not self.program.next(instruction):
                self.leaves |= after
        return self

    def object(self, rule: str, address: int, words: str) -> None:
        self.problems.add(Problem(rule, address, words))

    def place(self, address: int) -> str:
        return self.program.instructions[address].place

    # --- one instruction ---

    def step(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        name = at.name
        if name == "dsb":
            return self.dsb(at, facts)
        if name == "dmb":
            width, kind = domain(at.operands[0] if at.operands else "sy")
            return frozenset(f for f in facts if not (f.kind == "unordered" and width == DOMAIN["sy"] and kind != "ld"))
        if name == "isb":
            done = {"sync", "context", "sctlr", "key", "at", "loose"}
            owed = min((f.origin for f in facts if f.kind == "owes"), default=None)
            return frozenset(f for f in facts if f.kind not in done and
                             not (f.kind == "owes" and f.origin == owed and f.detail == "isb"))
        if name == "tlbi":
            return self.tlbi(at, facts)
        if name == "ic":
            return self.ic(at, facts)
        if name == "dc":
            return self.dc(at, facts)
        if name == "at":
            return facts | {Fact("at", at.address)}
        if name in ("msr", "mrs"):
            return self.register(at, facts)
        if name == "bl" or name == "blr":
            return self.call(at, facts)
        if name in ("eret", "eretaa", "eretab"):
            return self.eret(at, facts)
        if name in LEAVES and not (name == "br" and self.program.landing.get(at.function)):
            return self.leave(at, facts)
        if name == "sev":
            self.need_clean(at, facts, "sev", "SEV")
        if name == "wfi":
            self.owed(at, {f for f in facts if f.kind in ("dc", "tlbi", "ic")}, "WFI")
            if wakes(self.program, at):
                self.need_clean(at, facts, "wfi", "WFI")
        if self.image.signs and PAC.fullmatch(name):
            for fact in (f for f in facts if f.kind == "key"):
                self.object("key", at.address, f"{at.text}: no ISB since the key of {self.place(fact.origin)}")
        return self.memory(at, facts)

    def need_clean(self, at: Instruction, facts: frozenset[Fact], rule: str, what: str) -> None:
        if Fact("store") in facts:
            self.object(rule, at.address, f"{what} without a DSB behind the last store")

    def dsb(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        width, kind = domain(at.operands[0] if at.operands else "sy")
        owed = min((f.origin for f in facts if f.kind == "owes"), default=None)
        after = set()
        for fact in facts:
            if fact.kind in ("store", "unordered") and kind != "ld" and width >= DOMAIN["ish"]:
                continue
            if fact.kind in ("tlbi", "ic") and kind == "" and width >= int(fact.detail):
                after.add(Fact("sync", fact.origin, fact.kind))
                continue
            if fact.kind == "stage2" and kind == "" and width >= DOMAIN["ish"]:
                continue
            if fact.kind == "dc" and kind == "" and width == DOMAIN["sy"]:
                continue
            if fact.kind == "owes" and fact.origin == owed and fact.detail.startswith("dsb"):
                wanted, accesses = domain(fact.detail.partition(" ")[2])
                if width >= wanted and kind in ("", accesses):
                    continue
            after.add(fact)
        return frozenset(after)

    def tlbi(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        operation = at.operands[0]
        width = tlbi_domain(operation)
        after = set(facts)
        if width > DOMAIN["nsh"]:
            self.need_clean(at, facts, "tlbi-before", f"{at.text}")
        for fact in facts:
            if fact.kind == "stage2" and re.match(r"(vmall|va|all|aside|vaa|val)e?1", operation):
                self.object("tlbi-stages", at.address,
                            f"{at.text}: no DSB since stage 2's at {self.place(fact.origin)}")
            if fact.kind == "context" and HOST_TLBI.match(operation) and \
                    re.match(r"(vttbr|hcr|scr)_", fact.detail):
                self.object("tlbi-vmid", at.address, f"{at.text}: no ISB since {fact.detail} was written")
        if operation.startswith("ipas2"):
            after.add(Fact("stage2", at.address))
        if re.match(rf"all[e]{self.image.level}", operation):
            after = {f for f in after if f.kind != "stale-tlb"}
        after.add(Fact("tlbi", at.address, str(width)))
        return frozenset(after)

    def ic(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        broadcast = at.operands[0] in ("ialluis", "ivau")
        if broadcast and (Fact("store") in facts or any(f.kind == "dc" for f in facts)):
            self.object("ic-before", at.address, f"{at.text}: no DSB behind the last store or DC")
        after = {f for f in facts if f.kind != "stale-ic"}
        after.add(Fact("ic", at.address, str(DOMAIN["ish"] if broadcast else DOMAIN["nsh"])))
        return frozenset(after)

    def dc(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        operation = at.operands[0]
        if operation in ("ivac", "isw") and Fact("unordered") in facts:
            self.object("dc-before", at.address, f"{at.text}: neither DMB nor DSB behind the last store")
        if operation in ("zva", "gva", "gzva"):
            return facts | {Fact("store"), Fact("unordered")}
        return facts | {Fact("dc", at.address)}

    def register(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        register = at.operands[0] if at.name == "msr" else at.operands[1]
        after = set(facts)
        for fact in facts:
            if fact.kind == "context":
                for first, second in DEPENDENT:
                    if first.fullmatch(fact.detail) and second.fullmatch(register) and fact.detail != register:
                        self.object("context", at.address,
                                    f"{at.text}: no ISB since {fact.detail} was written at "
                                    f"{self.place(fact.origin)}")
            if fact.kind == "at" and register == "par_el1" and at.name == "mrs":
                self.object("at", at.address, f"{at.text}: no ISB since AT at {self.place(fact.origin)}")
        if at.name == "mrs":
            if register in ("cntpct_el0", "cntvct_el0") and Fact("loose") in facts:
                self.object("counter", at.address, f"{at.text} without an ISB")
            return frozenset(after)
        if re.match(r"icc_(a?sgi\d)r", register):
            self.need_clean(at, facts, "sgi", at.text)
        if register == f"sctlr_el{self.image.level}":
            self.mmu_on(at, facts)
            after.add(Fact("sctlr", at.address))
        if re.fullmatch(rf"(ttbr0|tcr|mair)_el{self.image.level}", register):
            after |= {Fact("stale-tlb", at.address), Fact("stale-ic", at.address)}
        if self.image.control.fullmatch(register):
            after.add(Fact("context", at.address, register))
        if self.image.signs and KEYS.match(register):
            after.add(Fact("key", at.address))
        return frozenset(after)

    def mmu_on(self, at: Instruction, facts: frozenset[Fact]) -> None:
        words = {"stale-tlb": "TLB not emptied since the tables' registers were written",
                 "stale-ic": "instruction cache not emptied since the tables' registers were written",
                 "tlbi": "no DSB behind a TLBI", "ic": "no DSB behind an IC", "sync": "no ISB behind a DSB"}
        for fact in facts:
            if fact.kind in words:
                self.object("mmu-on", at.address, f"{at.text}: {words[fact.kind]} ({self.place(fact.origin)})")

    def memory(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        store, load = STORE.fullmatch(at.name), LOAD.fullmatch(at.name)
        if not store and not load:
            return facts
        for fact in facts:
            if fact.kind == "sctlr":
                self.object("sctlr", at.address, f"{at.text}: no ISB since {self.place(fact.origin)}")
        after = set(facts) | {Fact("loose")}
        if store:
            after |= {Fact("store"), Fact("unordered")}
        return frozenset(after)

    def owed(self, at: Instruction, facts: Iterable[Fact], leaving: str) -> None:
        """What may not be left open where others go on."""
        for fact in facts:
            where = self.place(fact.origin) if fact.kind != "owes" else ""
            if fact.kind in ("tlbi", "ic", "dc"):
                barrier = "DSB SY" if fact.kind == "dc" else "DSB of its domain"
                self.object(f"{fact.kind}-after", at.address, f"{leaving}: no {barrier} behind {where}")
            elif fact.kind == "sync" and leaving != "ERET":
                self.object(f"{fact.detail}-after", at.address, f"{leaving}: no ISB behind the DSB of {where}")
            elif fact.kind == "context" and leaving != "ERET":
                self.object("context", at.address, f"{leaving}: no ISB since {fact.detail} was written at {where}")
            elif fact.kind == "sctlr" and leaving != "ERET":
                self.object("sctlr", at.address, f"{leaving}: no ISB since {where}")
            elif fact.kind == "key" and leaving != "ERET":
                self.object("key", at.address, f"{leaving}: no ISB since the key of {where}")
            elif fact.kind == "owes":
                self.object("contract", at.address, f"{leaving}: {self.place(self.root)} promises "
                                                    f"{fact.detail.upper()}, this path has none")

    def leave(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        self.owed(at, facts, "return")
        return facts

    def eret(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        self.owed(at, facts, "ERET")
        return facts

    def call(self, at: Instruction, facts: frozenset[Fact]) -> frozenset[Fact]:
        self.owed(at, {f for f in facts if f.kind != "owes"}, "call")
        clean = at.name == "bl" and ends_clean(self.image, at.target)
        after = {f for f in facts if not (clean and f.kind in ("store", "unordered"))}
        after.add(Fact("loose"))
        if not clean:
            after |= {Fact("store"), Fact("unordered")}
        return frozenset(after)


def ends_clean(image: Image, root: int) -> bool:
    """Does every return of the function have a DSB behind its last store, whatever came before?"""
    if root not in image.ends:
        image.ends[root] = False        # while it is looked at: a recursive call does not
        image.ends[root] = Fact("store") not in Analysis(image, root).run().leaves
    return image.ends[root]


# --- rules that do not follow paths ---

def exclusives(image: Image) -> set[Problem]:
    problems = set()
    for start in image.program.instructions.values():
        if not re.fullmatch(r"lda?x[rp][bh]?", start.name):
            continue
        register, seen, left = start.operands[-1], set(), image.program.next(start)
        while left:
            item = left.pop()
            if item.address in seen:
                continue
            seen.add(item.address)
            if re.fullmatch(r"lda?x[rp][bh]?", item.name):
                continue        # begins anew
            if re.fullmatch(r"stl?x[rp][bh]?", item.name):
                if item.operands[-1] != register:
                    problems.add(Problem("exclusive", item.address,
                                         f"{item.text} does not belong to {start.text} at {start.place}"))
                continue
            if reaches_store(image, item) and (STORE.fullmatch(item.name) or LOAD.fullmatch(item.name) or
                                               item.name in ("bl", "blr", "dsb", "dmb", "isb", "dc", "ic", "tlbi",
                                                             "smc", "hvc", "msr", "svc")):
                problems.add(Problem("exclusive", item.address,
                                     f"{item.text} between {start.text} at {start.place} and its store"))
                continue
            if item.name not in LEAVES and not (STORE.fullmatch(item.name) or LOAD.fullmatch(item.name)):
                left += image.program.next(item)
    return problems


def reaches_store(image: Image, item: Instruction) -> bool:
    """Can the store exclusive of an open pair come after `item`, before another load exclusive?"""
    seen, left = set(), [item]
    while left:
        here = left.pop()
        if here.address in seen:
            continue
        seen.add(here.address)
        if re.fullmatch(r"stl?x[rp][bh]?", here.name):
            return True
        if re.fullmatch(r"lda?x[rp][bh]?", here.name) and here is not item:
            continue
        left += image.program.next(here)
    return False


def speculation(image: Image, dropped: int | None) -> set[Problem]:
    problems = set()
    for item in image.program.instructions.values():
        if not re.fullmatch(r"eret(a[ab])?", item.name):
            continue
        behind = ["nop" if address == dropped else text for address, text in
                  zip((item.address + 4, item.address + 8), image.program.behind(item, 2))]
        if behind[0] != "sb" and not (re.fullmatch(r"dsb (nsh|ish|sy)", behind[0]) and behind[1] == "isb"):
            problems.add(Problem("eret", item.address, "no speculation barrier behind it: SB, or DSB and ISB"))
    return problems


def without_mmu(image: Image) -> set[Problem]:
    problems, seen = set(), set()
    left = [image.program.symbols[name] for name in image.entries]
    while left:
        address = left.pop()
        if address in seen:
            continue
        seen.add(address)
        item = image.program.instructions[address]
        if EXCLUSIVE.fullmatch(item.name) or (item.name == "dc" and item.operands[0] in ("zva", "gva", "gzva")):
            problems.add(Problem("mmu-off", address, f"{item.text} can be reached before {image.mmu_on}"))
        if item.name == "bl":
            left.append(item.target)
            if item.target == image.program.symbols.get(image.mmu_on):
                continue
        left += [following.address for following in image.program.next(item)]
    return problems


def published(image: Image, dropped: int | None) -> set[Problem]:
    """Functions that write tables and say whether they could: where they could, these two end it."""
    problems = set()
    for name in image.writers:
        start = image.program.symbols.get(name)
        found = False
        for address in image.program.reach(start) if start is not None else ():
            pair = [image.program.instructions.get(place) for place in (address, address + 4)]
            found |= all(pair) and dropped not in (address, address + 4) and \
                [item.text for item in pair] == ["dsb ishst", "isb"]
        if not found:
            problems.add(Problem("contract", start or 0, f"{name} has no DSB ISHST and ISB in a row"))
    return problems


def again(image: Image, item: Instruction) -> bool:
    """Can a TLBI for the sake of errata come behind this one, here or in a function that is called?"""
    for address in image.program.reach(item.address) - {item.address}:
        here = image.program.instructions[address]
        roots = [here.address] if here.name != "bl" else image.program.reach(here.target)
        if any(image.program.instructions[place].text == "tlbi vale1is, xzr" for place in roots):
            return True
    return False


def placed(image: Image) -> set[Problem]:
    problems = set()
    for item in image.program.instructions.values():
        if not image.maintainers or item.name != "tlbi" or tlbi_domain(item.operands[0]) == DOMAIN["nsh"]:
            continue
        if item.function not in image.maintainers:
            problems.add(Problem("tlbi-place", item.address, f"{item.text} in {item.function}"))
        elif item.text != "tlbi vale1is, xzr" and not again(image, item):
            problems.add(Problem("tlbi-place", item.address, f"{item.text}: none can follow it"))
    return problems


def check(image: Image, dropped: int | None = None, roots: list[int] | None = None) -> set[Problem]:
    """Problems of the image, or of what it would be with a NOP at `dropped`."""
    problems: set[Problem] = set()
    if dropped is not None:
        image.ends = {}
    for root in image.program.roots if roots is None else roots:
        problems |= Analysis(image, root, dropped).run().problems
    problems |= speculation(image, dropped) | published(image, dropped)
    if dropped is None:
        problems |= exclusives(image) | without_mmu(image) | placed(image)
    return problems
