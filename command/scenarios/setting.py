# SPDX-License-Identifier: Apache-2.0
"""What all cells of a matrix share, and how one of its boots is made."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .cell import USERSPACE, Cell, Want

PERSONALITIES = "firmware/personalities"
# Pointer authentication with QEMU's own hash takes a third of the time of the architected one and
# behaves the same; nothing in a cell depends on which it is.
CPU = "max,pauth-impdef=on"


@dataclass
class Setting:
    root: str
    build: str
    kernel: str
    initrd: str | None
    host: str                       # the kernel's name in the table
    image: str = "portcullis"       # hypervisor: "portcullis", "none", or a path
    hypervisor: str = "Portcullis"  # its name in the table
    append: str = ""
    cpu: str = CPU
    cpus: int = 4
    memory: str = "1G"
    gic: int = 3
    timeout: float = 90.0
    extra: list[str] = field(default_factory=list)

    def boot(self, hypervisor: str, firmware: str, append: str = "", log_calls: bool = False):
        """A qemu.Boot of this setting; `firmware` is a personality's name, a path, or "none"."""
        from command import qemu
        words = " ".join(filter(None, ["panic=-1", self.append, append]))
        return qemu.Boot(hypervisor=hypervisor, firmware=firmware, kernel=self.kernel,
                         initrd=self.initrd, append=words, cpus=self.cpus, memory=self.memory,
                         cpu=self.cpu, gic=self.gic, extra=["-no-reboot", *self.extra],
                         firmware_log=log_calls)

    def portcullis(self, personality: str, name: str | None = None) -> Cell:
        """The personality under Portcullis: user space, and what its script expects."""
        path = personality_path(self.root, personality)
        said = expectations(path)
        return Cell(name=name or f"scenario/{label(personality)}", host=self.host,
                    hypervisor=self.hypervisor, firmware=label(personality),
                    wants=expected(said, self.cpus), timeout=self.timeout,
                    boot=self.boot(self.image, personality,
                                   log_calls="call" in said or "no-call" in said),
                    power_off="stays-on" not in said)


def label(personality: str) -> str:
    """A person's own script is shown by its file name."""
    return Path(personality).stem if os.sep in personality else personality


def personality_path(root: str, personality: str) -> str:
    """The script of a name, or the path itself."""
    if os.sep in personality or os.path.exists(personality):
        return personality
    found = sorted(Path(root, PERSONALITIES).glob(f"{personality}*"))
    exact = [path for path in found if path.name == personality or path.stem == personality]
    if not exact:
        raise FileNotFoundError(f"no personality '{personality}' in {PERSONALITIES}; there are: "
                                + ", ".join(names(root)))
    return str(exact[0])


def names(root: str) -> list[str]:
    """All personalities, by name."""
    return sorted(path.stem for path in Path(root, PERSONALITIES).iterdir()
                  if path.is_file() and not path.name.startswith(".") and path.suffix != ".md")


def distinct(root: str, chosen: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Those with rules of their own, and (double, original) for those with the rules of another.

    Equal rules with unequal expectations are no doubles: one of the two is wrong, and its cell says so.
    """
    from command import personality
    seen: dict[object, str] = {}
    kept, doubles = [], []
    for name in chosen:
        path = personality_path(root, name)
        identity = (personality.identity(path), repr(sorted(personality.expectations(path).items())))
        if identity in seen:
            doubles.append((name, seen[identity]))
        else:
            seen[identity] = name
            kept.append(name)
    return kept, doubles


def personality_errors() -> type[Exception]:
    """What personality.py raises about a script: file:line and reason."""
    from command import personality
    return personality.PersonalityError


def expectations(path: str) -> dict:
    """What a script says by hand that Portcullis and its host shall make of the firmware."""
    from command import personality
    return personality.expectations(path)


def expected(said: dict, cpus: int) -> list[Want]:
    """What the console must say, and must not, for the expectations of a script."""
    online = min(said.get("cpus", cpus), cpus)
    wants = [Want("the host reaches user space", USERSPACE),
             Want(f"{online} of {cpus} CPUs are online",
                  r"user: cpus online: " + ("0$" if online == 1 else f"0-{online - 1}$")),
             Want("the host is told who is below", r"user: hypervisor: portcullis")]
    return wants + expected_of_firmware(said)


def expected_of_firmware(said: dict) -> list[Want]:
    """The part of that which does not depend on the host."""
    wants = []
    if "ffa" in said:
        wants += ffa_wants(said["ffa"])
    for pattern in said.get("log", []):
        wants.append(Want(f"expect log {pattern}", pattern))
    for pattern in said.get("no-log", []):
        wants.append(Want(f"expect no-log {pattern}", pattern, absent=True))
    for name in said.get("call", []):
        wants.append(Want(f"the firmware is called with {name}", rf"fw: call cpu\d+ {name} "))
    for name in said.get("no-call", []):
        # Without the first, a log that is off would be a pass.
        wants += [Want("the firmware logs its calls", r"fw: call cpu\d+ PSCI_VERSION "),
                  Want(f"the firmware is never called with {name}", rf"fw: call cpu\d+ {name} ",
                       absent=True)]
    return wants


# How each end of the negotiation without a version stands in the boot report.
FFA_STATES = {"absent": r"hv: ffa: \[ffa-none\] no usable version",
              "unsteady": r"hv: ffa: \[ffa-unsteady\]",
              "unasked": r"hv: ffa: \[ffa-none\] FFA_VERSION not asked"}
FFA_VERSION = r"hv: ffa: \[ffa-version\] FF-A "


def ffa_wants(state: str) -> list[Want]:
    """The end of the negotiation, as the boot report tells it: a word of FFA_STATES or a version."""
    wants = [Want(f"FF-A is not {other}", pattern, absent=True)
             for other, pattern in FFA_STATES.items() if other != state]
    if state in FFA_STATES:
        return [Want(f"FF-A is {state}", FFA_STATES[state], evidence=True),
                Want("no FF-A version is granted", FFA_VERSION, absent=True), *wants]
    return [Want(f"FF-A {state} with firmware", FFA_VERSION + re.escape(state) + r"\b", evidence=True),
            *wants]
