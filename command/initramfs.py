# SPDX-License-Identifier: Apache-2.0
"""The initramfs of the host: Debian's busybox and the few files in command/guest/."""
from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from command import cache, progress

GUEST = Path(__file__).resolve().parent / "guest"

_DIRECTORY = 0o040755
_PROGRAM = 0o100755
_FILE = 0o100644
_CHARACTER_DEVICE = 0o020600


def _entry(number: int, name: str, mode: int, content: bytes = b"",
           device: tuple[int, int] = (0, 0)) -> bytes:
    """One member of a «newc» archive (linux, driver-api/early-userspace/buffer-format)."""
    words = [number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08x" % word for word in words) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def archive(busybox: bytes, extra: dict[str, bytes] | None = None) -> bytes:
    """The archive, the same bytes for the same input. `extra`: further programs by path."""
    members: list[tuple] = [(name, _DIRECTORY) for name in ("bin", "dev", "etc", "proc", "sys", "root")]
    # The kernel opens /dev/console before /init has mounted anything.
    members.append(("dev/console", _CHARACTER_DEVICE, b"", (5, 1)))
    members.append(("bin/busybox", _PROGRAM, busybox))
    members.append(("init", _PROGRAM, (GUEST / "init").read_bytes()))
    members.append(("etc/profile", _FILE, (GUEST / "profile").read_bytes()))
    members.append(("bin/rtcwake", _PROGRAM, (GUEST / "rtcwake").read_bytes()))
    members += [(name, _PROGRAM, content) for name, content in sorted((extra or {}).items())]
    parts = [_entry(number, *member) for number, member in enumerate(members, 1)]
    parts.append(_entry(0, "TRAILER!!!", 0))
    return b"".join(parts)


def make(target: Path, busybox: Path) -> None:
    """Write `target` unless it was made of the same input."""
    content = archive(busybox.read_bytes())
    digest = hashlib.sha256(content).hexdigest()
    stamp = target.with_suffix(".sha256")
    if target.exists() and stamp.exists() and stamp.read_text().strip() == digest:
        return
    progress.say(f"making {target}")
    cache.make(target.parent)
    # Light compression: the kernel unpacks it under emulation.
    cache.write_file(target, gzip.compress(content, 6, mtime=0))
    cache.write_file(stamp, digest.encode() + b"\n")
