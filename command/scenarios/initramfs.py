# SPDX-License-Identifier: Apache-2.0
"""The initramfs of a cell: one static program in a "newc" archive, made in build/scenario."""
from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

FLAGS = ["-std=c11", "-Os", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow",
         "-Wvla", "-Werror", "-ffreestanding", "-fno-stack-protector", "-nostdlib", "-static",
         "-Wl,--build-id=none", "-Wl,-e,_start", f"-I{Path(__file__).parent}"]


class InitramfsError(Exception):
    """The compiler refused; the text holds command and message."""


def archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    """A newc cpio of {name: (mode, content)}; modes as in stat(2)."""
    result = b""
    entries = list(files.items()) + [("TRAILER!!!", (0, b""))]
    for number, (name, (mode, content)) in enumerate(entries, 1):
        words = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        header = b"070701" + b"".join(b"%08X" % word for word in words) + name.encode() + b"\0"
        result += header + b"\0" * (-len(header) % 4) + content + b"\0" * (-len(content) % 4)
    return result + b"\0" * (-len(result) % 512)


def make(build: str) -> str:
    """Path of the initramfs; made again when a source is newer."""
    source = Path(__file__).with_name("init.c")
    target = Path(build) / "scenario" / "initramfs.cpio"
    sources = (source, source.with_name("system_call.h"))
    if target.exists() and target.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
        return str(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    program = target.with_name(f"init.{os.getpid()}")
    compiler = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "gcc"
    command = [compiler, *FLAGS, "-o", str(program), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InitramfsError(f"{shlex.join(command)}\n{done.stderr.strip()}")
    content = program.read_bytes()
    program.unlink()
    scratch = target.with_name(f"initramfs.{os.getpid()}")
    scratch.write_bytes(archive({"init": (0o100755, content)}))
    scratch.rename(target)
    return str(target)
