# SPDX-License-Identifier: Apache-2.0
"""Where everything is that a boot is made of, and how it comes there when it is missing."""
from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from command import cache, initramfs, packages, process, progress
from command.process import run
from command.status import FAILED, Problem, UsageProblem

ROOT = Path(__file__).resolve().parent.parent

IMAGE_MAGIC = b"ARM\x64"
QEMU = "qemu-system-aarch64"


def build_directory() -> Path:
    """build/ of this checkout, or what PORTCULLIS_BUILD names (the tests' own)."""
    return Path(os.environ.get("PORTCULLIS_BUILD") or ROOT / "build")


def image() -> Path:
    """The hypervisor's image (arm64 Image header, raw)."""
    return build_directory() / "hypervisor" / "portcullis.img"


def elf() -> Path:
    """The hypervisor with symbols; linked at 0, loaded at 0x40200000."""
    return build_directory() / "hypervisor" / "portcullis.elf"


def firmware() -> Path:
    """The EL3 test firmware as QEMU's -bios takes it."""
    return build_directory() / "firmware" / "firmware.bin"


def firmware_elf() -> Path:
    return build_directory() / "firmware" / "firmware.elf"


def payload(name: str) -> Path:
    """A small program that runs as host (payloads/)."""
    return build_directory() / "payloads" / f"{name}.bin"


def personalities() -> Path:
    return ROOT / "firmware" / "personalities"


def personality(name: str) -> Path:
    """The script of a personality: a name from firmware/personalities/, or a path."""
    directory = personalities()
    if "/" not in name:
        for path in sorted(directory.glob("*")):
            if path.is_file() and name in (path.name, path.stem if path.suffix else path.name):
                return path
    path = Path(name)
    if path.is_file():
        return path
    known = ", ".join(personality_names()) or "none yet"
    raise UsageProblem(f"--firmware {name}: neither a personality nor a file",
                       f"Personalities: {known}; none boots without EL3.")


def personality_names() -> list[str]:
    """Names for --firmware. A personality may have an extension; names may have dots themselves."""
    directory = personalities()
    return sorted(_name(path) for path in directory.glob("*") if path.is_file()) if directory.exists() else []


def _name(path: Path) -> str:
    return path.name[:-len(path.suffix)] if path.suffix in (".script", ".rules", ".personality", ".txt") \
        else path.name


def kernel() -> Path:
    """Debian's arm64 kernel (fetched when missing)."""
    package = packages.fetch_kernel()
    found = sorted((package.directory / "boot").glob("vmlinuz-*"))
    if process.dry_run and not found:
        return package.directory / "boot" / "vmlinuz"
    if not found:
        raise Problem(f"{package.name} {package.version} has no /boot/vmlinuz-*", "Pass one with --kernel.")
    check_image(found[0], "the kernel")
    return found[0]


def check_image(path: Path, what: str) -> None:
    """Refuse what is no arm64 Image: QEMU would start it all the same and stay silent."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
    except OSError as error:
        raise UsageProblem(f"{what} {path} cannot be read: {error.strerror}") from error
    if head[:2] == b"\x1f\x8b":
        raise UsageProblem(f"{what} {path} is compressed (gzip)", "Uncompress it first: zcat FILE > Image")
    if len(head) < 64 or head[56:60] != IMAGE_MAGIC:
        raise UsageProblem(f"{what} {path} is no arm64 Image (no magic 'ARM\\x64' at offset 56)")


def image_size(path: Path) -> int:
    """Bytes that a loaded arm64 Image takes, from its header (its bss included)."""
    with open(path, "rb") as file:
        head = file.read(24)
    return max(struct.unpack_from("<Q", head, 16)[0], path.stat().st_size)


def busybox() -> Path:
    return packages.fetch_arm64("busybox-static", "bookworm").directory / "bin" / "busybox"


def initrd() -> Path:
    """The small initramfs around Debian's busybox-static:arm64, in build/."""
    program = busybox()
    target = build_directory() / "initramfs" / "initrd.gz"
    if process.dry_run:
        print(f"# initramfs of {program} and command/initramfs/ -> {target}")
        return target
    initramfs.make(target, program)
    return target


def libfdt() -> Path:
    """Debian's upstream source of libfdt (fetched when missing)."""
    return packages.fetch_source("device-tree-compiler") / "libfdt"


def qemu(newest: bool = False) -> str:
    """The QEMU to run: the machine's, or with `newest` 10.x of bookworm-backports, unpacked."""
    chosen = os.environ.get("PORTCULLIS_QEMU")
    if chosen and not newest:
        return chosen
    if newest:
        package = packages.fetch_qemu()
        return str(package.directory / "bin" / QEMU)
    found = shutil.which(QEMU)
    if not found and not process.dry_run:
        raise Problem(f"{QEMU} is not installed", "As root: apt-get install qemu-system-arm")
    return found or QEMU


def fetch() -> None:
    """Everything from Debian that a run needs."""
    libfdt()
    kernel()
    initrd()


def build(*targets: str) -> None:
    """make these targets, paths relative to build/ or names of make's; all of them when none is given.

    Prints make's lines as they come, and nothing when all is up to date. One build at a time.
    """
    libfdt()
    output = build_directory()
    relative = os.path.relpath(output, ROOT)
    words = [f"{relative}/{name}" if "/" in name else name for name in targets]
    command = ["make", "-C", str(ROOT), "--no-print-directory", f"-j{min(os.cpu_count() or 1, 8)}",
               f"O={relative}", f"LIBFDT={cache.directory() / 'sources/device-tree-compiler/libfdt'}", *words]
    if process.dry_run:
        run(command)
        return
    with cache.lock(".lock", output):
        run(command, status=FAILED, written=output, each_line=_say_make,
            todo="The lines above say why. Every command: make V=1. From scratch: make clean.")


def _say_make(line: str) -> None:
    if line.startswith("make:") and ("up to date" in line or "Nothing to be done" in line):
        return
    progress.say(line)
