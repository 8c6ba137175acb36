# SPDX-License-Identifier: Apache-2.0
"""The debug channel of a run: QEMU's monitor (QMP) on a socket of its own in build/run/.

`run` opens it always. Whoever may write the socket's file may ask; who-owns and stats read physical
memory through it, for some milliseconds at a time, while the machine goes on.
"""
from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from pathlib import Path

from command import artefacts, cache, process
from command.status import FAILED, Problem, UsageProblem

_PATH_LONGEST = 107     # sun_path of unix(7), without the zero
_PATIENCE = 10.0        # seconds for an answer; one client at a time is served


def directory() -> Path:
    return artefacts.build_directory() / "run"


def socket_path() -> Path:
    """Where this process lets its QEMU listen."""
    return directory() / f"{os.getpid()}.monitor"


def words(path: Path) -> list[str]:
    """For QEMU's command line; none where the path does not fit into a socket's address."""
    text = os.path.relpath(path)
    text = str(path) if len(str(path)) <= len(text) else text
    if len(os.fsencode(text)) > _PATH_LONGEST:
        return []
    if not process.dry_run:
        cache.make(path.parent)
    return ["-qmp", f"unix:{text.replace(',', ',,')},server=on,wait=off"]


def forget(path: Path) -> None:
    """QEMU that was killed leaves its socket behind."""
    path.unlink(missing_ok=True)


def _connected(path: Path, deadline: float) -> socket.socket:
    """A socket that is connected to `path`. Raises OSError; BlockingIOError when, until the deadline,
    as many wait to be served as QEMU lets wait, which is one."""
    # A long path is reached through its directory's descriptor.
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            found = socket.socket(socket.AF_UNIX)
            found.setblocking(False)
            try:
                found.connect(f"/proc/self/fd/{handle}/{path.name}")
                return found
            except BlockingIOError:
                found.close()
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.02)
            except OSError:
                found.close()
                raise
    finally:
        os.close(handle)


class Monitor:
    """A connection to a running QEMU."""

    def __init__(self, path: Path):
        self.path = path
        self._socket = _connected(path, time.monotonic() + _PATIENCE)
        self._socket.settimeout(_PATIENCE)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._receive()
        self.ask("qmp_capabilities")

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def _receive(self) -> dict:
        try:
            while line := self._lines.readline():
                answer = json.loads(line)
                if "event" not in answer:
                    return answer
        except TimeoutError:
            raise Problem(f"{self.path}: QEMU does not answer; somebody else may be asking it",
                          "Try again.", FAILED) from None
        except OSError:
            pass
        raise Problem(f"{self.path}: the machine has ended", "", FAILED)

    def ask(self, command: str, **arguments) -> object:
        """One command of QMP, and what it returns."""
        try:
            self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        except OSError:
            raise Problem(f"{self.path}: the machine has ended", "", FAILED) from None
        answer = self._receive()
        if "error" in answer:
            raise Problem(f"QEMU refuses {command}: {answer['error'].get('desc')}", "", FAILED)
        return answer["return"]

    def read(self, address: int, size: int) -> bytes:
        """Physical memory. The machine goes on meanwhile."""
        handle, name = tempfile.mkstemp(prefix="memory-", dir=self.path.parent)
        try:
            os.close(handle)
            self.ask("pmemsave", val=address, size=size, filename=name)
            with open(name, "rb") as file:
                data = file.read()
        finally:
            os.unlink(name)
        if len(data) != size:
            raise Problem(f"QEMU gave {len(data)} of {size} bytes at {address:#x}", "", FAILED)
        return data

    def pause(self) -> bool:
        """Stop the machine; False when it stood already."""
        if not self.ask("query-status")["running"]:     # type: ignore[index]
            return False
        self.ask("stop")
        return True

    def resume(self) -> None:
        self.ask("cont")


def running() -> list[Path]:
    """Sockets that a QEMU listens at. Those whose QEMU has gone are removed."""
    found = []
    for path in sorted(directory().glob("*.monitor")):
        try:
            _connected(path, 0).close()
            found.append(path)
        except BlockingIOError:     # somebody else is being served
            found.append(path)
        except ConnectionRefusedError:
            forget(path)
        except OSError:
            pass
    return found


def choose(path: Path | None) -> Path:
    """The socket that was named, or that of the only machine that runs."""
    if path is not None:
        if not path.exists():
            raise UsageProblem(f"--machine {path}: no such socket")
        return path.absolute()
    found = running()
    if not found:
        raise Problem(f"no machine runs: {directory()} holds no socket of one",
                      "Start one with ./portcullis run, and ask from another terminal.", FAILED)
    if len(found) > 1:
        raise UsageProblem(f"{len(found)} machines run: " + ", ".join(str(path) for path in found),
                           "Name one with --machine.")
    return found[0]


def connect(path: Path | None) -> Monitor:
    chosen = choose(path)
    try:
        return Monitor(chosen)
    except OSError as error:
        raise Problem(f"{chosen}: {error.strerror or error}", "", FAILED) from error
