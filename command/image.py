# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's image in a running machine: which ELF file it is, and where its objects lie."""
from __future__ import annotations

from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

from command import artefacts, qemu
from command.monitor import Monitor
from command.status import FAILED, MISSING, Problem

_STRUCTS = {"hypervisor", "ledger", "ledger_region", "ledger_event", "ledger_record", "lock", "stage2",
            "host_exits", "ffa", "ffa_flight", "ffa_gate", "log_ring", "trace", "trace_ring", "trace_record"}


class Image:
    """Addresses of symbols, offsets of members. What command/ledger.py calls a layout."""

    def __init__(self, path: Path, base: int):
        self.path, self.base = path, base
        self._symbols: dict[str, int] = {}
        self._members: dict[str, tuple[int, dict[str, tuple[int, int, str | None]]]] = {}
        with open(path, "rb") as file:
            elf = ELFFile(file)
            for symbol in elf.get_section_by_name(".symtab").iter_symbols():
                self._symbols[symbol.name] = symbol["st_value"]
            for unit in elf.get_dwarf_info().iter_CUs():
                self._read(unit.get_top_DIE())
                if self._members.keys() >= _STRUCTS:
                    break
        missing = _STRUCTS - self._members.keys()
        if missing:
            raise Problem(f"{path} does not describe struct {', struct '.join(sorted(missing))}",
                          "It was built without -g, or by another version of this tree.", FAILED)

    def _read(self, top: DIE) -> None:
        for die in top.iter_children():
            if die.tag != "DW_TAG_structure_type" or "DW_AT_byte_size" not in die.attributes \
                    or "DW_AT_name" not in die.attributes:
                continue
            name = die.attributes["DW_AT_name"].value.decode()
            if name not in _STRUCTS or name in self._members:
                continue
            members = {}
            for child in die.iter_children():
                if child.tag == "DW_TAG_member":
                    size, struct = _type(child.get_DIE_from_attribute("DW_AT_type"))
                    members[child.attributes["DW_AT_name"].value.decode()] = (
                        child.attributes["DW_AT_data_member_location"].value, size, struct)
            self._members[name] = (die.attributes["DW_AT_byte_size"].value, members)

    def address(self, symbol: str) -> int:
        return self.base + self._symbols[symbol]

    def size(self, struct: str) -> int:
        return self._members[struct][0]

    def field(self, struct: str, path: str) -> tuple[int, int]:
        """Offset and size of a member, such as ("ledger", "lock.next")."""
        offset, size, inner = 0, 0, struct
        for name in path.split("."):
            at, size, kind = self._members[inner][1][name]
            offset, inner = offset + at, kind or ""
        return offset, size


def _type(die: DIE) -> tuple[int, str | None]:
    """Size of a type, and its name if it is a struct."""
    while die.tag in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"):
        die = die.get_DIE_from_attribute("DW_AT_type")
    if die.tag == "DW_TAG_array_type":
        count = 1
        for child in die.iter_children():
            if child.tag == "DW_TAG_subrange_type":
                bound = child.attributes.get("DW_AT_upper_bound") or child.attributes.get("DW_AT_count")
                extent = bound.value if bound else 0
                count *= extent + 1 if bound and bound.name == "DW_AT_upper_bound" else extent
        return count * _type(die.get_DIE_from_attribute("DW_AT_type"))[0], None
    if die.tag == "DW_TAG_pointer_type":
        return 8, None
    name = die.attributes.get("DW_AT_name")
    size = die.attributes.get("DW_AT_byte_size")
    struct = name.value.decode() if name and die.tag == "DW_TAG_structure_type" else None
    return size.value if size else 0, struct


def note(path: Path) -> tuple[int, bytes] | None:
    """Offset in the image of the build-id, and its bytes."""
    try:
        with open(path, "rb") as file:
            section = ELFFile(file).get_section_by_name(".note.gnu.build-id")
            return None if section is None else (section["sh_addr"] + 16, section.data()[16:36])
    except (OSError, ELFError):
        return None


def candidates(elf: Path | None) -> list[Path]:
    if elf:
        return [elf]
    default = artefacts.elf()
    others = sorted(default.parent.parent.glob("hypervisor*/portcullis.elf"))
    return [default, *(path for path in others if path != default)]


def locate(monitor: Monitor, elf: Path | None = None, base: int = qemu.HYPERVISOR_ADDRESS) -> Image:
    """The image that runs, by its build-id. Raises Problem when no ELF file at hand is its own, or the
    hypervisor has not come up yet."""
    paths = candidates(elf)
    known = 0
    for path in paths:
        found = note(path)
        if found is None:
            continue
        known += 1
        if monitor.read(base + found[0], 20) == found[1]:
            image = Image(path, base)
            if not _started(monitor, image):
                raise Problem("the hypervisor has not started yet", "Ask again in a moment.", FAILED)
            return image
    names = ", ".join(str(path) for path in paths)
    if not known:
        raise Problem(f"no ELF file: {names}", "Build it with ./portcullis build.", MISSING)
    raise Problem(f"no image with the build-id of {names} is at {base:#x} of the running machine",
                  "It was started from another build, or without Portcullis; --elf names its ELF file.",
                  FAILED)


def _started(monitor: Monitor, image: Image) -> bool:
    """Is the ledger open? Before that .bss holds whatever memory held."""
    offset, size = image.field("log_ring", "written")
    if not any(monitor.read(image.address("log_ring") + offset, size)):
        return False
    offset, size = image.field("hypervisor", "ledger.entry")
    return any(monitor.read(image.address("hypervisor") + offset, size))
