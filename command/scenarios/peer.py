# SPDX-License-Identifier: Apache-2.0
"""`scenario ffa`: the same host makes the same calls of FF-A above pKVM's proxy and above Portcullis.

The host is Debian's kernel with the module linux/ffa_calls and the program linux/exercise (command/
exercise.py). Of Portcullis each answer is wanted; of pKVM nothing but that it went through: what it
answers is told beside.
"""
from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from .cell import Cell, Verdict, Want
from .setting import Setting
from .version import PKVM, PROTECTED

NAME = "ffa"
FIRMWARE = "spmc-1.1"
START = "rdinit=/exercise-init"
DONE = r"exercise: done: scenario"

# Step, the answer that is wanted, and what the step is.
STEPS = (
    ("rxtx-map", "ok", "register RX and TX"),
    ("features-lend", "ok", "is LEND offered?"),
    ("partition-info", "ok", "list the partitions"),
    ("rx-release", "ok", "give RX back"),
    ("direct-request", "answered", "a direct request"),
    ("direct-request-of-another", "FFA_ERROR -2", "a direct request in the name of another VM (G1)"),
    ("framework-message", "FFA_ERROR -2", "a framework message, as only a hypervisor may send (G2)"),
    ("share-1", "given, then reclaim: ok", "share a page"),
    ("share-4096", "given, then reclaim: ok", "share 4,096 pages in few ranges"),
    ("share-4096-scattered", "given, then reclaim: ok", "share 4,096 pages, each a range of its own"),
    ("lend-1", "given, then reclaim: ok", "lend a page"),
    ("lent-page", "faults", "read the page while it is lent (M2)"),
    ("reclaim-of-nothing", "FFA_ERROR -2", "reclaim a handle that nobody gave (M4)"),
    ("notification-bind", "ok", "bind a notification"),
    ("mem-perm-get", "FFA_ERROR -1", "a call of partitions only (G14)"),
    ("unknown", "FFA_ERROR -1", "a number that no standard defines (A5)"),
    ("rxtx-unmap", "ok", "unregister RX and TX"),
)


def initrd(build: str) -> str:
    return str(Path(build) / "linux" / "exercise.cpio.gz")


def cells(setting: Setting) -> list[Cell]:
    own = dataclasses.replace(setting, initrd=initrd(setting.build), cpus=1)
    done = Want("the program comes to its end", DONE)
    pkvm = Cell(name="scenario/ffa/pkvm", host=own.host, hypervisor="own pKVM", firmware=FIRMWARE,
                wants=[Want("pKVM starts", PROTECTED, evidence=True), done], timeout=own.timeout,
                boot=own.boot("none", FIRMWARE, append=f"{PKVM} {START}"))
    wants = [Want(words, rf"exercise: {re.escape(step)}: {re.escape(answer)}\r?$", evidence=step == "share-1")
             for step, answer, words in STEPS]
    ours = Cell(name="scenario/ffa/portcullis", host=own.host, hypervisor=own.hypervisor, firmware=FIRMWARE,
                wants=[*wants, done], timeout=own.timeout, boot=own.boot(own.image, FIRMWARE, append=START))
    return [pkvm, ours]


def answers(log: str) -> dict[str, str]:
    """What each step was answered, from a console log."""
    text = Path(log).read_text(errors="replace")
    return dict(re.findall(r"exercise: ([\w-]+): (.*?)\r?$", text, re.M))


def comparison(verdicts: list[Verdict]) -> list[tuple[str, ...]]:
    """(what, answer above each hypervisor…) for each step, with the hypervisors in front."""
    told = [answers(verdict.log) for verdict in verdicts]
    rows = [("call", *(verdict.cell.hypervisor for verdict in verdicts))]
    return rows + [(words, *(said.get(step, "–") for said in told)) for step, _, words in STEPS]
