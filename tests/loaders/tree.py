# SPDX-License-Identifier: Apache-2.0
"""Device trees of QEMU's virt machine, changed, and handed to Portcullis by a loader of three instructions.

QEMU reads and edits what -dtb names, so a tree that is broken would never arrive that way.
"""
from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from command.process import run

STUB_ADDRESS = 0x5f000000
TREE_ADDRESS = 0x4a000000


def dump(words: list[str], target: Path) -> bytes:
    """The tree that QEMU makes for this command line."""
    run([*words, "-machine", f"dumpdtb={target}"])
    return target.read_bytes()


def source(blob: bytes) -> str:
    """As source text of dtc."""
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-"], input=blob, capture_output=True,
                          check=True).stdout.decode()


def compile(text: str) -> bytes:
    """Source text as a tree; dtc's opinion of its content is not asked for."""
    done = subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-"], input=text.encode(),
                          capture_output=True, check=False)
    if not done.stdout:
        raise ValueError(f"dtc: {done.stderr.decode()}")
    return done.stdout


def stub(tree: int, entry: int) -> bytes:
    """Code that enters `entry` with x0 = `tree`, as the arm64 boot protocol wants it."""
    code = (0x58000080,     # ldr x0, .+16
            0x580000a4,     # ldr x4, .+20
            0xd61f0080,     # br  x4
            0xd503201f)     # nop
    return struct.pack("<4I2Q", *code, tree, entry)
