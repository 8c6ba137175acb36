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

    def boot(self, hypervisor: str, firmware: str, append: str = ""):
        """A qemu.Boot of this setting; `firmware` is a personality's name, a path, or "none"."""
        from command import qemu
        words = " ".join(filter(None, ["panic=-1", self.append, append]))
        return qemu.Boot(hypervisor=hypervisor, firmware=firmware, kernel=self.kernel,
                         initrd=self.initrd, append=words, cpus=self.cpus, memory=self.memory,
                         cpu=self.cpu, gic=self.gic, extra=["-no-reboot", *self.extra])

    def portcullis(self, personality: str, name: str | None = None) -> Cell:
        """The personality under Portcullis: user space, and the FF-A state that its script expects."""
        path = personality_path(self.root, personality)
        return Cell(name=name or f"scenario/{label(personality)}", host=self.host,
                    hypervisor=self.hypervisor, firmware=label(personality),
                    wants=expected(path, self.cpus), timeout=self.timeout,
                    boot=self.boot(self.image, personality))


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
    """Those with rules of their own, and (double, original) for those with the rules of another."""
    from command import personality
    seen: dict[object, str] = {}
    kept, doubles = [], []
    for name in chosen:
        identity = personality.identity(personality_path(root, name))
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


def expected(path: str, cpus: int) -> list[Want]:
    """What a script says by hand that Portcullis and its host shall make of the firmware."""
    from command import personality
    said = personality.expectations(path)
    wants = [Want("the host reaches user space", USERSPACE),
             Want(f"all {cpus} CPUs are online",
                  r"user: cpus online: " + ("0$" if cpus == 1 else f"0-{cpus - 1}$")),
             Want("the host is told who is below", r"user: hypervisor: portcullis")]
    if "ffa" in said:
        wants += ffa_wants(said["ffa"])
    for pattern in said.get("log", []):
        wants.append(Want(f"expect log ~ {pattern}", pattern))
    return wants


FFA_ABSENT = r"hv: ffa: \[(ffa-none|ffa-unsteady)\]"
FFA_VERSION = r"hv: ffa: \[ffa-version\] FF-A "


def ffa_wants(state: str) -> list[Want]:
    """The end of the negotiation, as the boot report tells it: "absent" or a version."""
    if state == "absent":
        return [Want("FF-A is absent", FFA_ABSENT, evidence=True),
                Want("no FF-A version is granted", FFA_VERSION, absent=True)]
    return [Want(f"FF-A {state} with firmware", FFA_VERSION + re.escape(state) + r"\b", evidence=True),
            Want("FF-A is not absent", FFA_ABSENT, absent=True)]
