# SPDX-License-Identifier: Apache-2.0
"""Debian's U-Boot for QEMU's virt machine, and a disk from which it starts Portcullis."""
from __future__ import annotations

import shutil
from pathlib import Path

from command import artefacts, cache, packages
from command.console import Session

ENVIRONMENT = Path(__file__).with_name("u-boot.env")
ENVIRONMENT_ADDRESS = 0x40200000


def program() -> Path:
    return packages.fetch_arm64("u-boot-qemu").directory / "usr/lib/u-boot/qemu_arm64/u-boot.bin"


def disk(name: str, kernel: Path, initrd: Path) -> Path:
    """A directory that QEMU shows as a FAT disk: Portcullis, the host, and the environment."""
    directory = cache.make(artefacts.build_directory() / "loaders" / name)
    for source, target in ((artefacts.image(), "portcullis.img"), (kernel, "Image"), (initrd, "initrd.gz"),
                           (ENVIRONMENT, "u-boot.env")):
        shutil.copy(source, directory / target)
    return directory


def words(directory: Path) -> list[str]:
    """For QEMU: U-Boot as firmware, and the disk."""
    return ["-bios", str(program()), "-drive", f"file=fat:{directory},format=raw,if=none,id=disk,readonly=on",
            "-device", "virtio-blk-device,drive=disk"]


def start(session: Session) -> None:
    """Stop U-Boot's own boot, and type what starts Portcullis."""
    session.expect(r"Hit any key to stop autoboot")
    session.send("\r")
    for line in ("virtio scan", f"load virtio 0:1 {ENVIRONMENT_ADDRESS:#x} u-boot.env",
                 f"env import -t {ENVIRONMENT_ADDRESS:#x} ${{filesize}}", "run portcullis"):
        session.expect(r"^=> ")
        session.send(line + "\r")
    session.expect(r"^Starting kernel")
