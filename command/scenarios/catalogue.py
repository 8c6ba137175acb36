# SPDX-License-Identifier: Apache-2.0
"""The scenarios that have a name, and the cells of each."""
from __future__ import annotations

import mmap
import re
from pathlib import Path

from . import foreign, initramfs, payload, peer, setting as settings, version, xen
from .cell import Cell
from .setting import Setting

NAMES = ("personalities", "ffa-version", "ffa", "payloads", "xen")


class UsageError(Exception):
    """The words of the command line do not fit together, or name what is not there."""


def bad_pattern(pattern: str) -> str | None:
    """What is wrong with a regular expression, None if nothing is."""
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return None


def kernel_label(path: str) -> str:
    """"Linux 6.12.95" from the banner in an uncompressed Image, else the file's name."""
    with open(path, "rb") as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
                match = re.search(rb"Linux version (\d[\w.]*)", image)
                # The group is a piece of the map: read while that is open.
                return f"Linux {match.group(1).decode()}" if match else Path(path).name
        except ValueError:
            return Path(path).name


def command(cell: Cell) -> list[str]:
    from command import qemu
    return qemu.command_line(cell.boot)


def plain_setting(root: str, kernel: str | None = None, initrd: str | None = None, **options) -> Setting:
    """A Setting with the default kernel and the cells' own initramfs where none is given."""
    from command import artefacts
    build = str(Path(root, "build"))
    kernel = kernel or str(artefacts.kernel())
    return Setting(root=root, build=build, kernel=kernel, initrd=initrd or initramfs.make(build),
                   host=kernel_label(kernel), **options)


def xen_image() -> str:
    """Debian's Xen, fetched when missing."""
    from command import packages
    return str(packages.fetch_arm64(xen.PACKAGE).directory / xen.IMAGE)


def make_setting(root: str, arguments) -> Setting:
    result = plain_setting(root, arguments.kernel, arguments.initrd, append=arguments.append,
                           cpus=arguments.cpus, memory=arguments.memory, gic=arguments.gic,
                           timeout=arguments.timeout)
    if arguments.cpu:
        result.cpu = arguments.cpu
    if arguments.image:
        result.image, result.hypervisor = arguments.image, Path(arguments.image).name
    elif arguments.hypervisor == "none":
        result.image, result.hypervisor = "none", "none"
    return result


def cells(root: str, arguments) -> tuple[list[Cell], list[str]]:
    """The cells of the scenario in `arguments`, and notes for the reader. Raises UsageError."""
    setting = make_setting(root, arguments)
    foreign_host = bool(arguments.image or arguments.hypervisor == "none" or arguments.initrd)
    if arguments.name != "personalities" and (foreign_host or arguments.expect or arguments.reject):
        raise UsageError(f"--image, --hypervisor, --initrd, --expect and --reject make a matrix of "
                         f"their own; '{arguments.name}' is a fixed one")
    if foreign_host and not arguments.expect:
        raise UsageError("with --image, --initrd or --hypervisor none nothing is known about the "
                         "console: add --expect REGEX")
    if arguments.name == "ffa-version":
        return version.cells(setting), []
    if arguments.name == peer.NAME:
        return peer.cells(setting), []
    if arguments.name == "xen":
        return xen.cells(setting, xen_image(), arguments.firmware), []
    notes = []
    try:
        chosen = arguments.firmware or settings.names(root)
        if not arguments.firmware:
            chosen, doubles = settings.distinct(root, chosen)
            notes = [f"{double} has the rules of {original} and is not counted again"
                     for double, original in doubles]
        if arguments.expect or arguments.reject:
            return foreign.cells(setting, chosen, arguments.expect, arguments.reject), notes
        if arguments.name == "payloads":
            return payload.cells(setting, chosen, arguments.kernel), notes
        return [setting.portcullis(personality) for personality in chosen], notes
    except (FileNotFoundError, settings.personality_errors()) as error:
        raise UsageError(str(error)) from error


def prepare(name: str) -> None:
    """Make what the cells of a scenario boot and no build target covers. Raises Problem."""
    if name == peer.NAME:
        from command import artefacts, exercise
        artefacts.build(*exercise.TARGETS)
        exercise.initrd()


def comparison(name: str, verdicts: list) -> list[tuple[str, ...]]:
    """A table of what the cells say beside each other; [] for scenarios without one."""
    return peer.comparison(verdicts) if name == peer.NAME else []
