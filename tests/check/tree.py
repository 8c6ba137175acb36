# SPDX-License-Identifier: Apache-2.0
"""The project's files, as the checks see them: everything but what is built, fetched or git's own.

As a program: tree.py PATTERN... prints the files whose path or name matches, one a line; a pattern
may be a folder's path as well. The root is $PORTCULLIS_ROOT, else two folders above this file.
"""
from __future__ import annotations

import fnmatch
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("PORTCULLIS_ROOT") or Path(__file__).resolve().parents[2])
BUILD = Path(os.environ.get("PORTCULLIS_BUILD") or ROOT / "build")
LEFT_OUT = {".git", "build", "__pycache__", ".pytest_cache"}


def files(*patterns: str) -> list[str]:
    """Paths relative to the root, sorted. Without a pattern: all of them."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if os.path.islink(os.path.join(folder, name)):
                continue
            if not patterns or any(fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(name, pattern)
                                   or path.startswith(pattern.rstrip("/") + "/") for pattern in patterns):
                found.append(path)
    return sorted(found)


def beside_core(path: str) -> bool:
    """What travels with core's library and is no part of core: programs for the build machine."""
    return re.match(r"hypervisor/core/ffa/(tests|examples|decoder|freestanding)/", path) is not None


def text(path: str) -> str | None:
    """Content, or None for what is no UTF-8 text."""
    content = (ROOT / path).read_bytes()
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def first_line(path: str) -> str:
    with open(ROOT / path, "rb") as file:
        return file.readline().decode("utf-8", "replace")


def is_shell(path: str) -> bool:
    return path.endswith(".sh") or first_line(path).startswith(("#!/bin/sh", "#!/bin/bash"))


def is_python(path: str) -> bool:
    return path.endswith(".py") or (first_line(path).startswith("#!") and "python" in first_line(path))


def finish(problems: list[str], looked_at: int, what: str) -> None:
    """Print the verdict and end: something to look at must have been there."""
    for problem in problems:
        print(problem)
    if not looked_at:
        print(f"nothing to check: no {what} found under {ROOT}")
    if problems or not looked_at:
        print(f"{len(problems)} problem(s) in {looked_at} {what}")
        sys.exit(1)
    print(f"{looked_at} {what} checked")
    sys.exit(0)


if __name__ == "__main__":
    print("\n".join(files(*sys.argv[1:])))
