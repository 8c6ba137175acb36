# SPDX-License-Identifier: Apache-2.0
"""The cache outside the checkout: records of what is complete, atomic directories, one lock.

    ${XDG_CACHE_HOME:-~/.cache}/portcullis/
        apt/ROOT/       a private apt root: its sources, lists, partial downloads
        packages/       .deb files and tarballs, verified by apt
        unpacked/       one directory per unpacked package
        sources/        one directory per upstream source
        records/        one JSON file per request that has been answered completely

A directory is filled under a scratch name and then renamed, and its record is written last: what has
a record is complete, anything else is removed and made again.
"""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from command import progress
from command.process import say_disk_problem

_held: dict[Path, int] = {}     # locks that this process holds, and how deep


def directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is invalid and is to be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "portcullis"


def make(path: Path) -> Path:
    """Create a directory and its parents."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise say_disk_problem(error, f"mkdir {path}", path) from error
    return path


@contextlib.contextmanager
def lock(name: str = "lock", where: Path | None = None) -> Iterator[None]:
    """One portcullis at a time. Nested use by the same process is allowed."""
    path = make(where or directory()) / name
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    try:
        file = open(path, "a+", encoding="utf-8")
    except OSError as error:
        raise say_disk_problem(error, f"opening {path}", path.parent) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(f"waiting for another portcullis (process {_holder(file)}) that holds {path}")
            fcntl.flock(file, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        _held[path] = 1
        try:
            yield
        finally:
            _held[path] = 0


def _holder(file) -> str:
    """The process that a lock file names; it may be about to write it."""
    for _ in range(10):
        file.seek(0)
        if number := file.read().strip():
            return number
        time.sleep(0.05)
    return "?"


def _record_path(key: str) -> Path:
    return directory() / "records" / (key.replace("/", "_") + ".json")


def record(key: str) -> dict | None:
    """The complete answer to an earlier request, or None. Every path in «paths» still exists."""
    try:
        with open(_record_path(key), encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError):
        return None
    if not isinstance(value, dict):
        return None
    if not all((directory() / path).exists() for path in value.get("paths", [])):
        return None
    return value


def write_record(key: str, value: dict) -> None:
    path = _record_path(key)
    make(path.parent)
    write_file(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def forget(key: str) -> None:
    _record_path(key).unlink(missing_ok=True)


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file completely or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(scratch, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scratch, mode)
        os.rename(scratch, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise say_disk_problem(error, f"writing {path}", path.parent) from error


@contextlib.contextmanager
def filling(target: Path) -> Iterator[Path]:
    """A scratch directory that becomes `target` when the block ends well, and else is removed."""
    make(target.parent)
    for stale in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        scratch.chmod(0o755)
    except OSError as error:
        raise say_disk_problem(error, f"mkdir in {target.parent}", target.parent) from error
    try:
        yield scratch
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            os.rename(target, old / "old")
            os.rename(scratch, target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(scratch, target)
    except OSError as error:
        raise say_disk_problem(error, f"filling {target}", target.parent) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
