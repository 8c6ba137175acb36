# SPDX-License-Identifier: Apache-2.0
"""What it costs pKVM to move pages: the kernel's own calls to its code at EL2, while the program
bench/guests makes and ends virtual machines.

Which call is which is not written here: the numbers are those of this kernel's `enum
__kvm_host_smccc_func`, which its type information (BTF, Documentation/bpf/btf.rst) names.
"""
from __future__ import annotations

import gzip
import re
import statistics
import struct
from collections.abc import Iterator
from pathlib import Path

from command import artefacts, cache, initramfs, process, progress
from command.bench import counts, measurement, subjects
from command.status import FAILED, Problem

ENUM, PREFIX = "__kvm_host_smccc_func", "__KVM_HOST_SMCCC_FUNC_"
FUNCTION = 0xc6000000           # fast, SMC64, vendor hypervisor: the numbers are added
# What moves pages; the first two are for one page each.
CALLS = ("__pkvm_host_share_hyp", "__pkvm_host_unshare_hyp", "__pkvm_init_vm", "__pkvm_init_vcpu",
         "__pkvm_teardown_vm")
GUESTS = 10

_MAGIC = b"\x9f\xeb\x01\x00"    # little-endian, version 1, no flags
# Bytes behind the head of a type: for each member, and for the type itself; by kind.
_MEMBERS = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
_FIXED = {1: 4, 3: 12, 14: 4, 17: 4}
_ENUM = 6


def _types(image: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    """(kind, name, members, where the members begin, strings) of each type of the image."""
    at = -1
    while (at := image.find(_MAGIC, at + 1)) >= 0:
        head, types, types_size, strings, strings_size = struct.unpack_from("<5I", image, at + 4)
        start, end = at + head + types, at + head + types + types_size
        if head != 24 or at + head + strings + strings_size > len(image) or end > len(image):
            continue
        text = image[at + head + strings:at + head + strings + strings_size]
        while start < end:
            name, info, _ = struct.unpack_from("<3I", image, start)
            kind, members = info >> 24 & 31, info & 0xffff
            start += 12
            yield kind, name, members, start, text
            start += _MEMBERS.get(kind, 0) * members + _FIXED.get(kind, 0)


def functions(image: bytes) -> dict[int, str]:
    """Identifiers of the kernel's calls to its code at EL2, and their names. Raises Problem."""
    def name_of(text: bytes, offset: int) -> str:
        return text[offset:text.index(b"\0", offset)].decode(errors="replace")

    for kind, name, members, start, text in _types(image):
        if kind == _ENUM and name_of(text, name) == ENUM:
            values = (struct.unpack_from("<Ii", image, start + 8 * i) for i in range(members))
            return {FUNCTION + value: name_of(text, label).removeprefix(PREFIX) for label, value in values}
    raise Problem(f"the kernel's type information has no enum {ENUM}", "", FAILED)


def initrd(directory: Path) -> Path:
    """The host's initramfs with the program in it."""
    program = artefacts.build_directory() / "bench" / "guests"
    target = directory / "guests.gz"
    if not process.dry_run:
        content = initramfs.archive(artefacts.busybox().read_bytes(), {"bin/guests": program.read_bytes()})
        cache.write_file(target, gzip.compress(content, 6, mtime=0))
    return target


def _spread(calls: list[counts.Call]) -> dict[str, int]:
    numbers = sorted(call.instructions for call in calls)
    return {"calls": len(numbers), "least": numbers[0], "median": statistics.median_low(numbers),
            "most": numbers[-1], "tlb": statistics.median_low(call.tlb_maintenance for call in calls)}


def evaluate(calls: list[counts.Call], names: dict[int, str]) -> dict[str, dict]:
    """Figures of CALLS from the calls of one boot. `names`: of functions. Raises Problem."""
    by_name = {name: [call for call in calls if names.get(call.function) == name] for name in CALLS}
    few = [f"{name} {len(made)} times" for name, made in by_name.items() if len(made) < GUESTS]
    if few:
        raise Problem(f"pKVM did not make and end {GUESTS} guests: {', '.join(few)}", "", FAILED)
    return {name: _spread(made) for name, made in by_name.items()}


def measure(program: str, directory: Path) -> dict:
    """Boot the kernel with its own pKVM, on one CPU, and let it make guests. Raises Problem."""
    guests = " ".join(str(number) for number in range(GUESTS))
    with progress.Step("pKVM, which makes guests"):
        found = measurement.boot_linux(subjects.find("pkvm"), 1, program, directory, name="ledger-pkvm",
                                       initrd=initrd(directory), commands=[f"guests {guests}"])
    if process.dry_run:
        return {}
    ended = len(re.findall(r"guests: \d+ ran$", found.console, re.M))
    if ended != GUESTS:
        raise Problem(f"{ended} of {GUESTS} guests ran", f"Its log: {found.log}", FAILED)
    return {"calls": evaluate(found.calls, functions(artefacts.kernel().read_bytes())),
            "ram_faults": vars(found.counts.visits["ram"])}
