# SPDX-License-Identifier: Apache-2.0
"""What the attacker can do, what it is told to have come of it, and boots of it.

payloads/attacker/attacks.def lists the attacks, hypervisor/arm64/guards.def what can be taken away. An
attack counts when it was stopped, and on the control, the test build without that one guard, it
succeeded.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts, qemu

import boots

ROOT = Path(__file__).resolve().parents[2]
PAYLOAD = ROOT / "payloads" / "attacker"
ATTACKS = PAYLOAD / "attacks.def"
GUARDS = ROOT / "hypervisor" / "arm64" / "guards.def"
SECURITY = ROOT / "docs" / "security.md"

BREAKER = "hypervisor-breaker"
KEEP = "keep=0x58000000"        # memory that the tree reserves for nobody in particular
WILLING = str(ROOT / "tests" / "system" / "attacker.script")    # firmware that does what it is told
TIMEOUT = 120


@dataclass(frozen=True)
class Attack:
    number: int
    name: str
    rule: str
    guard: str
    modes: tuple[str, ...]      # states of the MMU in which it runs
    effect: bool = True         # judged by what it read, wrote or ran; else by the instruction alone

    @property
    def guarded(self) -> bool:
        """There is something to take away; else it does not count."""
        return self.guard not in ("hardware", "nothing")

    @property
    def stoppable(self) -> bool:
        """False: nothing stops it where it can be made, as docs/security.md says."""
        return self.guard != "nothing"


def listed() -> list[Attack]:
    """Every attack, in the order of attacks.def."""
    pattern = re.compile(r'^ATTACK\((\d+), (\w+), "([a-z0-9-]+)", (\w+),\s*([A-Z0-9_ |]+)\)$', re.M)
    text = ATTACKS.read_text(encoding="utf-8")
    found = [Attack(int(match[1]), match[2], match[3], match[4],
                    tuple(mode for flag, mode in (("MMU_ON", "on"), ("MMU_OFF", "off"))
                          if flag in match[5].replace("|", " ").split()), "INSTRUCTION" not in match[5])
             for match in pattern.finditer(text)]
    assert len(found) == len(re.findall(r"^ATTACK\(", text, re.M)), "a line of attacks.def that is not understood"
    return found


def guards() -> list[str]:
    return re.findall(r'^GUARD\((\w+), "[^"]+"\)$', GUARDS.read_text(encoding="utf-8"), re.M)


@dataclass(frozen=True)
class Rule:
    """As docs/security.md has it."""
    place: str                  # the file that enforces it
    evidence: str               # what its attacks go by
    numbers: str


def rules() -> dict[str, Rule]:
    text = SECURITY.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    return {key: Rule(place.strip(), evidence.strip(), numbers.strip()) for key, place, evidence, numbers in rows}


@dataclass(frozen=True)
class Machine:
    cpu: str
    cpus: int
    gic: int
    newest: bool = False
    tags: bool = False          # memory tags: MTE
    firmware: str = WILLING
    thorough: bool = False      # every number of HVC, long races
    devices: tuple[str, ...] = ()       # further words for QEMU

    @property
    def name(self) -> str:
        words = [self.cpu, f"{self.cpus}cpu", f"gic{self.gic}", *(["mte"] if self.tags else []),
                 "willing" if self.firmware == WILLING else self.firmware]
        return "-".join(words)

    def boot(self, hypervisor: str, append: str) -> qemu.Boot:
        known = f"payload.willing={int(self.firmware == WILLING)} payload.tidcp={int(self.newest)}"
        if self.thorough:
            known += " payload.sweep=65535 payload.rounds=1000"
        boot = qemu.Boot(hypervisor=hypervisor, kernel=artefacts.payload("attacker"), initrd="none", memory="512M",
                         append=f"payload.seed={boots.SEED} {known} {append}", cpu=boots.MODELS.get(self.cpu, self.cpu),
                         cpus=self.cpus, gic=self.gic, firmware=self.firmware, extra=list(self.devices))
        if self.firmware != "none":
            boot.firmware_options.append(KEEP)
        if self.tags:
            boot.machine_options.append("mte=on")
        if self.newest:
            boot.qemu = artefacts.qemu(newest=True)
        return boot


def image(variant: str = "") -> str:
    """The hypervisor, or one of its test builds, as qemu.Boot takes it."""
    name = f"hypervisor-{variant}" if variant else "hypervisor"
    return str(artefacts.build_directory() / name / "portcullis.img")


@dataclass
class Run:
    """What one boot of the attacker told: (number, state of the MMU) → (outcome, evidence)."""
    told: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    text: str = ""

    def outcome(self, attack: Attack) -> str:
        """The worst in any state of the MMU for the defender: succeeded, stopped, absent."""
        seen = [self.told[attack.number, mode][0] for mode in attack.modes]
        return next(word for word in ("succeeded", "stopped", "absent") if word in seen)

    def everywhere(self, attack: Attack) -> str:
        """As seen by the attacker: succeeded only when it did in each state in which it is not absent."""
        seen = {self.told[attack.number, mode][0] for mode in attack.modes}
        return next(word for word in ("stopped", "succeeded", "absent") if word in seen)

    def evidence(self, attack: Attack) -> dict[str, str]:
        return {f"mmu-{mode}": self.told[attack.number, mode][1] for mode in attack.modes}


def read(text: str) -> Run:
    run = Run(text=text)
    for match in re.finditer(r"^attacker: (\d+) \w+ mmu-(on|off) (stopped|succeeded|absent): (.*?)\r?$", text, re.M):
        key = (int(match[1]), match[2])
        assert key not in run.told, f"attack {key} told twice"
        run.told[key] = (match[3], match[4])
    run.broken = re.findall(r"^attacker: (broken .*?|not ok.*?)\r?$", text, re.M)
    done = re.search(r"^attacker: done (\d+) stopped (\d+) succeeded (\d+) absent (\d+) broken (\d+)\r?$", text, re.M)
    assert done, "the attacker did not come to its end:\n" + text[-2500:]
    outcomes = [outcome for outcome, _ in run.told.values()]
    assert [int(number) for number in done.groups()] == [
        len(run.told), *(outcomes.count(word) for word in ("stopped", "succeeded", "absent")), len(run.broken)], done[0]
    return run


def attack(log: Path, machine: Machine, hypervisor: str, append: str = "") -> Run:
    limit = 5 * TIMEOUT if machine.thorough else TIMEOUT
    with boots.Session(machine.boot(hypervisor, append), log=log, timeout=limit) as host:
        assert host.wait_exit(limit) == 0, host.text[-2500:]
        return read(host.text)


def as_table(attacks: list[Attack], normal: Run, control: Run) -> list[dict]:
    """One entry for each attack, for --json."""
    return [{"number": entry.number, "name": entry.name, "rule": entry.rule, "guard": entry.guard,
             "effect": entry.effect,
             "outcome": normal.outcome(entry), "control": control.everywhere(entry) if entry.guarded else "none",
             "evidence": normal.evidence(entry), "control_evidence": control.evidence(entry)}
            for entry in attacks]
