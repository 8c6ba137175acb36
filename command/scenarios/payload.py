# SPDX-License-Identifier: Apache-2.0
"""`scenario payloads`: every personality with the probe as host, a small program at EL1.

It starts in a moment and asks more than a kernel does: all calls in all forms, each page that is
withheld, every way into EL1. What a personality's script expects becomes words for the probe.
"""
from __future__ import annotations

import dataclasses

from command import artefacts

from .cell import Cell, Want
from .setting import Setting, expectations, expected_of_firmware, label, personality_path

NAME = "probe"


def options(said: dict) -> list[str]:
    """The expectations of a script in the words of payloads/probe."""
    version = said.get("ffa", "")
    major, _, minor = version.partition(".")
    words = []
    if minor:
        words.append(f"payload.ffa={int(major) << 16 | int(minor):#x}")
    elif version:
        words.append("payload.ffa=0")
    for function, status in said.get("refused", {}).items():
        words.append(f"payload.{function.removeprefix('PSCI_').lower().replace('_', '-')}={-status}")
    return words


def wants(said: dict) -> list[Want]:
    return [Want("the probe is told who is below", r"^probe: # seed .*, Portcullis below, "),
            *expected_of_firmware(said),
            Want("no test of the probe fails", r"^probe: not ok", absent=True),
            Want("every test of the probe passes", r"^probe: done [1-9]\d* passed 0 failed$",
                 evidence=True)]


def cells(setting: Setting, chosen: list[str], kernel: str | None) -> list[Cell]:
    """The probe (or another payload that speaks like it) on the chosen personalities."""
    own = dataclasses.replace(setting, kernel=kernel or str(artefacts.payload(NAME)), initrd="none",
                              host=NAME)
    result = []
    for personality in chosen:
        said = expectations(personality_path(own.root, personality))
        result.append(Cell(name=f"scenario/payloads/{label(personality)}", host=own.host,
                           hypervisor=own.hypervisor, firmware=label(personality),
                           wants=wants(said), timeout=own.timeout,
                           boot=own.boot(own.image, personality, append=" ".join(options(said)),
                                         log_calls="call" in said or "no-call" in said),
                           power_off="stays-on" not in said))
    return result
