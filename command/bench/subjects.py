# SPDX-License-Identifier: Apache-2.0
"""What is compared: the same kernel, initramfs and firmware with one or another at EL2.

`none` is not a machine without EL2: there nothing could be counted. The kernel is entered at EL2 as
in the other two, is told to leave its KVM alone, and drops to EL1; without VHE, since with it the
kernel itself would be what runs at EL2. What is counted is its own entry code and the stub that it
leaves behind, and SMCs go to firmware untrapped.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from command import qemu

FIRMWARE = "v1.1"
CPU = "max"
GIC = 3
MEMORY = "2G"
CPUS = (1, 4)
MACHINE_OPTIONS = ("dtb-randomness=off",)
# No idle states in the tree: how often a host calls CPU_SUSPEND is a matter of the time that it waits.
FIRMWARE_OPTIONS = ("idle=none",)
APPEND = "nokaslr"


@dataclass(frozen=True)
class Subject:
    name: str
    title: str              # in the table
    hypervisor: str         # as qemu.Boot has it
    append: str             # further words for the kernel
    wants: str              # regular expression that must be on the console
    rejects: str            # and one that must not be there


SUBJECTS = (
    Subject("portcullis", "Portcullis", "portcullis", "", r"^host: hypervisor below: .*portcullis",
            r"kvm \[\d+\]: .*initialized successfully"),
    Subject("pkvm", "pKVM", "none", "kvm-arm.mode=protected",
            r"kvm \[\d+\]: Protected \w+ mode initialized successfully", r"^host: hypervisor below"),
    Subject("none", "none", "none", "kvm-arm.mode=none id_aa64mmfr1.vh=0",
            r"kvm \[\d+\]: KVM disabled from command line",
            r"^host: hypervisor below|detected: Virtualization Host Extensions"),
)


def find(name: str) -> Subject:
    return next(subject for subject in SUBJECTS if subject.name == name)


def boot(subject: Subject, cpus: int, program: str, firmware: str = FIRMWARE) -> qemu.Boot:
    """The boot of Debian's kernel to a shell, under the fixed conditions. `program`: the QEMU."""
    return qemu.Boot(hypervisor=subject.hypervisor, firmware=firmware, cpus=cpus, memory=MEMORY,
                     cpu=CPU, gic=GIC, qemu=program, machine_options=list(MACHINE_OPTIONS),
                     firmware_options=list(FIRMWARE_OPTIONS),
                     append=" ".join(filter(None, [APPEND, subject.append])))


def payload(path: str, memory: str, program: str, append: str = "", cpus: int = 1) -> qemu.Boot:
    """The boot of a payload as host of Portcullis."""
    return qemu.Boot(hypervisor="portcullis", firmware=FIRMWARE, kernel=path, initrd="none", cpus=cpus,
                     memory=memory, cpu=CPU, gic=GIC, qemu=program,
                     machine_options=list(MACHINE_OPTIONS),
                     firmware_options=list(FIRMWARE_OPTIONS), append=append)


def objections(subject: Subject, console: str) -> list[str]:
    """Why this console is not that of such a boot; [] when it is."""
    found = []
    if not re.search(subject.wants, console, re.M):
        found.append(f"no line matches /{subject.wants}/")
    match = re.search(subject.rejects, console, re.M)
    if match:
        found.append(f"there is «{match[0]}»")
    return found
