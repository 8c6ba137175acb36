# SPDX-License-Identifier: Apache-2.0
"""A Linux host that uses FF-A: the module linux/ffa_calls and the program linux/exercise, in an initramfs.

They work the same whatever is below the kernel, so what answers can be compared.
"""
from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

from command import artefacts, cache, initramfs, packages, process, progress

SOURCES = artefacts.ROOT / "linux"
TARGETS = ("linux/exercise",)
MODULE = "ffa_calls"


def _newer(target: Path, sources: list[Path]) -> bool:
    return target.exists() and target.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def module() -> Path:
    """linux/ffa_calls for the default kernel; fetches its headers. Raises Problem."""
    headers = packages.fetch_headers()
    source = SOURCES / MODULE
    build = artefacts.build_directory() / "linux" / f"{MODULE}-{headers.name.removeprefix('linux-headers-')}"
    target = build / f"{MODULE}.ko"
    sources = sorted(source.iterdir())
    if not process.dry_run:
        if _newer(target, sources):
            return target
        cache.make(build)
        for path in sources:
            shutil.copyfile(path, build / path.name)
    prefix = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
    with progress.Step(f"building {MODULE}.ko for {headers.name.removeprefix('linux-headers-')}"):
        process.run(["make", "-C", str(headers), f"M={build}", "ARCH=arm64", f"CROSS_COMPILE={prefix}",
                     f"CC={prefix}gcc", "modules"], written=build)
    return target


def initrd() -> Path:
    """The host's initramfs with both in it."""
    built = module()
    target = artefacts.build_directory() / "linux" / "exercise.cpio.gz"
    if not process.dry_run:
        program = artefacts.build_directory() / "linux" / "exercise"
        content = initramfs.archive(artefacts.busybox().read_bytes(), {
            "bin/exercise": program.read_bytes(), f"{MODULE}.ko": built.read_bytes(),
            "exercise-init": (SOURCES / "exercise.init").read_bytes()})
        cache.write_file(target, gzip.compress(content, 6, mtime=0))
    return target


LOAD = f"insmod /{MODULE}.ko"
