# SPDX-License-Identifier: Apache-2.0
"""System registers of a running QEMU, read through its gdb stub: what is really in them, of each CPU and
each exception level, whatever the software of the machine says. Facts of the protocol: GDB manual,
«Remote Serial Protocol»."""
from __future__ import annotations

import contextlib
import re
import socket
import time


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


class Stub:
    """A connection, and for as long as it is there a machine that stands still."""

    def __init__(self, port: int, patience: float = 30.0):
        deadline = time.monotonic() + patience
        while True:
            try:
                self._socket = socket.create_connection(("localhost", port), timeout=patience)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self._file = self._socket.makefile("rb")
        self._ask("?")
        self._numbers = self._names()

    def close(self) -> None:
        """The machine goes on."""
        self._ask("D")
        self._socket.close()

    def _ask(self, packet: str) -> str:
        data = packet.encode()
        self._socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xff))
        answer = self._packet()
        # that the machine has stopped is told once more, whenever it is so
        while packet != "?" and answer.startswith("T"):
            answer = self._packet()
        return answer

    def _packet(self) -> str:
        while self._file.read(1) != b"$":
            pass
        answer = bytearray()
        while (byte := self._file.read(1)) != b"#":
            if byte == b"}":
                byte = bytes([self._file.read(1)[0] ^ 0x20])
            answer += byte
        self._file.read(2)
        self._socket.sendall(b"+")
        return answer.decode("latin-1")

    def _document(self, name: str) -> str:
        text = ""
        while True:
            part = self._ask(f"qXfer:features:read:{name}:{len(text):x},ffb")
            assert part[:1] in ("m", "l"), part
            text += part[1:]
            if part[0] == "l":
                return text

    def _names(self) -> dict[str, int]:
        numbers: dict[str, int] = {}
        for name in re.findall(r'href="([^"]+)"', self._document("target.xml")):
            for register in re.findall(r"<reg [^>]*>", self._document(name)):
                number = re.search(r'regnum="(\d+)"', register)
                if number:
                    numbers[re.search(r'name="([^"]+)"', register)[1]] = int(number[1])
        return numbers

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def names(self) -> list[str]:
        return sorted(self._numbers)

    def choose(self, cpu: int) -> None:
        """Which CPU is read from here on, from 0."""
        assert self._ask(f"Hg{cpu + 1:x}") == "OK"

    def read(self, name: str) -> int:
        answer = self._ask(f"p{self._numbers[name]:x}")
        assert re.fullmatch(r"(?:[0-9a-f]{2})+", answer), (name, answer)
        return int.from_bytes(bytes.fromhex(answer), "little")
