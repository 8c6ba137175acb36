# SPDX-License-Identifier: Apache-2.0
"""Cells for other people's kernels and hypervisors: anything that boots at EL2 on QEMU's virt."""
from __future__ import annotations

from .cell import Cell, Want
from .setting import Setting, label


def cells(setting: Setting, personalities: list[str], expect: list[str], reject: list[str]) -> list[Cell]:
    """One cell for each personality, judged by the caller's regular expressions alone.

    With an --initrd of the caller's nothing is known about how the host ends, so the cell ends when
    every expected line has come.
    """
    wants = [Want(f"--expect {pattern}", pattern, evidence=index == 0)
             for index, pattern in enumerate(expect)]
    wants += [Want(f"--reject {pattern}", pattern, absent=True) for pattern in reject]
    return [Cell(name=f"scenario/{label(personality)}", host=setting.host,
                 hypervisor=setting.hypervisor, firmware=label(personality), wants=list(wants),
                 boot=setting.boot(setting.image, personality), timeout=setting.timeout,
                 power_off=False)
            for personality in personalities]
