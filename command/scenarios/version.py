# SPDX-License-Identifier: Apache-2.0
"""`scenario ffa-version`: the case of the mailing-list thread, before and after.

FFA_VERSION is a 32-bit call; "not supported" is -1 in w0, and firmware may leave either value in the
upper half of x0. Linux up to 6.19 compares 64 bits in pKVM's start-up, reads 0x00000000ffffffff as a
version with major 0x7fff, and loses all virtualisation (fixed upstream by 582234b0d841, for 7.0). The
same kernel is booted on both firmwares, first with its own pKVM, then under Portcullis.

The boots with pKVM have no idle states: after «error initializing Hyp mode» Linux frees the stacks of
its EL2 code, which goes on trapping SMCs, so that each CPU_SUSPEND writes into memory that is the
kernel's again, and some boots do not reach user space.
"""
from __future__ import annotations

from .cell import USERSPACE, Cell, Want

PERSONALITIES = ("absent-w32", "absent-x64")
PKVM = "kvm-arm.mode=protected"
LOST = r"kvm \[\d+\]: error initializing Hyp mode: -95"
PROTECTED = r"kvm \[\d+\]: Protected \w+ mode initialized successfully"


def cells(setting) -> list[Cell]:
    """Four cells. `setting` makes boots: see matrix.Setting."""
    result = []
    for personality in PERSONALITIES:
        lost = personality == "absent-w32"
        wants = [Want("the kernel reaches user space", USERSPACE)]
        if lost:
            wants += [Want("pKVM gives up", LOST, evidence=True),
                      Want("user space has no KVM", r"user: /dev/kvm: none")]
        else:
            wants += [Want("pKVM starts", PROTECTED, evidence=True),
                      Want("user space has KVM", r"user: /dev/kvm: present")]
        boot = setting.boot("none", personality, append=PKVM)
        boot.firmware_options.append("idle=none")
        result.append(Cell(
            name=f"scenario/ffa-version/{personality}/pkvm", host=setting.host, hypervisor="own pKVM",
            firmware=personality, wants=wants, timeout=setting.timeout, boot=boot,
            excuse=(PROTECTED, "this kernel is fixed (582234b0d841)") if lost else None,
            tries=3 if lost else 1))
    for personality in PERSONALITIES:
        result.append(setting.portcullis(personality, name=f"scenario/ffa-version/{personality}/portcullis"))
    return result
