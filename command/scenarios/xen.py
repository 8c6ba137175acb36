# SPDX-License-Identifier: Apache-2.0
"""Debian's Xen as the hypervisor of a matrix: the worked example of `scenario --image`.

The same by hand, once the package is unpacked:

    ./portcullis scenario --image xen-4.17-arm64 --cpu cortex-a72 --memory 2G --append console=hvc0 \\
        --expect 'user: hypervisor: xen,' --firmware absent-w32
"""
from __future__ import annotations

import dataclasses

from .cell import USERSPACE, Cell, Want
from .setting import Setting, label

PACKAGE = "xen-hypervisor-4.17-arm64"
IMAGE = "boot/xen-4.17-arm64"
PERSONALITIES = ("absent-w32", "v1.1")
# Xen gives its first domain 512 MiB in one piece, which 1 GiB with three modules in it has not.
MEMORY = "2G"
CPU = "cortex-a72"
TIMEOUT = 300.0     # seconds: two kernels and a hypervisor start, one after the other


def cells(setting: Setting, image: str, chosen: list[str]) -> list[Cell]:
    """Xen, whose domain 0 is the setting's kernel, on the chosen personalities."""
    own = dataclasses.replace(setting, image=image, hypervisor="Debian's Xen 4.17", cpu=CPU,
                              memory=MEMORY, append=f"console=hvc0 {setting.append}".strip())
    wants = [Want("Xen starts its first domain", r"\(XEN\) \*\*\* LOADING DOMAIN 0 \*\*\*"),
             Want("domain 0 reaches user space", USERSPACE),
             Want("domain 0 is told that it runs on Xen", r"user: hypervisor: xen,", evidence=True)]
    return [Cell(name=f"scenario/xen/{label(personality)}", host=own.host, hypervisor=own.hypervisor,
                 firmware=label(personality), wants=list(wants), timeout=max(own.timeout, TIMEOUT),
                 boot=own.boot(image, personality), power_off=False)
            for personality in chosen or PERSONALITIES]
