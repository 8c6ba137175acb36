# SPDX-License-Identifier: Apache-2.0
"""Compiled scripts in rules_player (tests/unit/firmware/player.c): the firmware's own code on this machine."""
import subprocess
from pathlib import Path

import pytest

ALL_ONES = 0xffffffffffffffff
CANARY = [0xcafe000000000000 + n for n in range(18)]


class Firmware:
    """A script in the player; calls are answered one by one in the order in which they are made."""

    def __init__(self, program: Path, blob: bytes, directory: Path):
        path = directory / "rules.bin"
        path.write_bytes(blob)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.loaded = self.process.stdout.readline().strip()
        self.line, self.waited = "", 0

    def call(self, function: int, *arguments: int, cpu: int = 0, immediate: int = 0) -> list[int]:
        """x0..x17 after the call; what is not given holds a canary before. [] when the CPU hangs."""
        registers = [function, *arguments, *CANARY[1 + len(arguments):]]
        self.process.stdin.write(f"{cpu:x} {immediate:x} {' '.join(f'{value:x}' for value in registers)}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer:
            pytest.fail(f"the rules broke off: {self.process.stderr.read()[-2000:]}")
        if answer.startswith("hangs|"):
            self.line = answer.split("|", 1)[1]
            return []
        self.line, waited, values = answer.rsplit("|", 2)
        self.waited = int(waited.removeprefix("waited "))
        return [int(value, 16) for value in values.split()]

    def ram(self, address: int, content: bytes) -> None:
        """Write RAM of the normal world."""
        self.process.stdin.write(f"ram {address:x} {content.hex()}\n")

    def x0(self, function: int, *arguments: int, **options) -> int:
        return self.call(function, *arguments, **options)[0]

    def end(self) -> None:
        self.process.stdin.close()
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert self.process.wait(10) in (0, 1) and errors == "", errors[-2000:]
