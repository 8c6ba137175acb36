# SPDX-License-Identifier: Apache-2.0
"""RAM of a machine that this process sees as well: QEMU maps a file without a name (memfd), as this does.

What the machine wrote is there at once, also after QEMU has died, and nothing is left behind on a disk.
"""
from __future__ import annotations

import mmap
import os

from command import qemu
from command.status import FAILED, Problem


class Ram:
    """The RAM of one machine of QEMU's virt, physical addresses as the machine has them."""

    def __init__(self, size: int):
        self.base, self.size = qemu.RAM_ADDRESS, size
        try:
            self.descriptor = os.memfd_create("portcullis-ram")
            os.ftruncate(self.descriptor, size)
            self._map = mmap.mmap(self.descriptor, size)
        except OSError as error:
            raise Problem(f"{size >> 20} MiB of RAM that QEMU shares cannot be had: {error.strerror}",
                          "Take a smaller --memory, or do without --trace.", FAILED) from error

    def read(self, address: int, size: int) -> bytes:
        """Like monitor.Monitor.read(). Zeroes where there is no RAM."""
        start = address - self.base
        if not 0 <= start <= self.size - size:
            return bytes(size)
        return self._map[start:start + size]

    def write(self, address: int, data: bytes) -> None:
        start = address - self.base
        if not 0 <= start <= self.size - len(data):
            raise ValueError(f"{address:#x} is no RAM")
        self._map[start:start + len(data)] = data

    def close(self) -> None:
        self._map.close()
        os.close(self.descriptor)
