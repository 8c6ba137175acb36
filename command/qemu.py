# SPDX-License-Identifier: Apache-2.0
"""A boot, and the QEMU command line for it. docs/boot.md describes the addresses."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts, cache
from command.status import UsageProblem

HYPERVISOR_ADDRESS = 0x40200000
KERNEL_ADDRESS = 0x41000000
INITRD_ADDRESS = 0x4c000000
RAM_ADDRESS = 0x40000000
MIB = 1 << 20
DEFAULT_FIRMWARE = "v1.1"
DEFAULT_APPEND = "console=ttyAMA0"
# Pointer authentication with the architected cipher makes an emulated boot four times as long.
DEFAULT_CPU = "max,pauth-impdef=on"


@dataclass
class Boot:
    """What is to be booted. None for kernel and initrd stands for Debian's and ours; "none" for an
    initrd stands for no initrd."""
    hypervisor: str = "portcullis"          # "portcullis", "none", or the path of an image
    firmware: str = DEFAULT_FIRMWARE        # a personality, "none", or the path of a script
    kernel: str | Path | None = None
    initrd: str | Path | None = None
    append: str = ""                        # added to DEFAULT_APPEND
    cpus: int = 4
    memory: str = "2G"
    cpu: str = DEFAULT_CPU
    gic: int = 3
    extra: list[str] = field(default_factory=list)              # words for QEMU, as they are
    firmware_log: bool = False                                  # each SMC and its answer on the console
    firmware_options: list[str] = field(default_factory=list)   # further words for the firmware
    machine_options: list[str] = field(default_factory=list)    # such as "dtb-randomness=off"
    qemu: str | None = None                                     # another QEMU than the machine's
    default_append: str = DEFAULT_APPEND
    ram: int | None = None                  # descriptor of a file that is the RAM (command/ram.py)


def memory_bytes(text: str) -> int:
    """«512M», «2G», «1T», «2048» (MiB, as QEMU reads it) in bytes."""
    match = re.fullmatch(r"(\d+)([MGT]?)(i?B?)", text, re.I)
    if not match or not int(match[1]):
        raise UsageProblem(f"--memory {text}: not a size such as 512M or 2G")
    return int(match[1]) * {"": MIB, "M": MIB, "G": 1 << 30, "T": 1 << 40}[match[2].upper()]


def check(boot: Boot) -> None:
    """Refuse what cannot work before anything is started. Raises UsageProblem."""
    if not 1 <= boot.cpus <= 8:
        raise UsageProblem(f"--cpus {boot.cpus}: not in 1..8")
    if boot.gic not in (2, 3):
        raise UsageProblem(f"--gic {boot.gic}: neither 2 nor 3")
    size = memory_bytes(boot.memory)
    if size < 256 * MIB:
        raise UsageProblem(f"--memory {boot.memory}: at least 256M, the initrd lies at "
                           f"{INITRD_ADDRESS:#x}")
    for word in boot.firmware_options:
        if not re.fullmatch(r"[a-z]+=\w+", word):
            raise UsageProblem(f"the firmware's option '{word}': not NAME=VALUE, see docs/firmware.md")
    if boot.firmware_options and boot.firmware == "none":
        raise UsageProblem("options of the firmware go with a firmware, not with none")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(,[A-Za-z0-9_.=+-]+)*", boot.cpu):
        raise UsageProblem(f"--cpu {boot.cpu}: not the name of a CPU model")


def _comma(text: str | Path) -> str:
    """A comma ends a value in QEMU's options; two of them stand for one."""
    return str(text).replace(",", ",,")


def compiled_personality(name: str) -> Path:
    """The rules of a personality as the firmware reads them, compiled into build/."""
    from command import personality
    script = artefacts.personality(name)
    try:
        content = personality.compile(str(script))
    except (ValueError, SyntaxError, personality.PersonalityError) as error:
        raise UsageProblem(str(error), "docs/firmware.md has the grammar.") from error
    target = artefacts.build_directory() / "personalities" / f"{script.name}.personality.bin"
    if not (target.exists() and target.read_bytes() == content):
        cache.make(target.parent)
        cache.write_file(target, content)
    return target


def hypervisor_image(boot: Boot) -> Path | None:
    if boot.hypervisor == "none":
        return None
    if boot.hypervisor == "portcullis":
        return artefacts.image()
    return Path(boot.hypervisor)


def kernel_of(boot: Boot) -> Path:
    return Path(boot.kernel) if boot.kernel else artefacts.kernel()


def initrd_of(boot: Boot) -> Path | None:
    if boot.initrd is None:
        return artefacts.initrd()
    return None if str(boot.initrd) == "none" else Path(boot.initrd)


def bootargs(boot: Boot) -> str:
    return " ".join(word for word in (boot.default_append, boot.append) if word)


def _check_placement(boot: Boot, kernel: Path, initrd: Path | None) -> None:
    """The blobs must neither overlap nor end beyond RAM."""
    if not kernel.exists():
        return
    end = KERNEL_ADDRESS + artefacts.image_size(kernel)
    if initrd and initrd.exists():
        if end > INITRD_ADDRESS:
            raise UsageProblem(f"the kernel {kernel} needs memory up to {end:#x}, "
                               f"beyond {INITRD_ADDRESS:#x} where the initrd lies")
        end = INITRD_ADDRESS + initrd.stat().st_size
    if end > RAM_ADDRESS + memory_bytes(boot.memory):
        raise UsageProblem(f"--memory {boot.memory}: kernel and initrd end at {end:#x}, "
                           f"RAM at {RAM_ADDRESS + memory_bytes(boot.memory):#x}")


def _memory(boot: Boot) -> list[str]:
    size = memory_bytes(boot.memory)
    if boot.ram is not None:
        return ["-m", f"{size >> 20}M",
                "-object", f"memory-backend-file,id=ram,size={size >> 20}M,share=on,"
                           f"mem-path=/proc/self/fd/{boot.ram}",
                "-machine", "memory-backend=ram"]
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        physical = size
    if size * 4 < physical * 3:
        return ["-m", f"{size >> 20}M"]
    # More than this machine has: no swap is reserved for pages that are never touched.
    return ["-m", f"{size >> 20}M",
            "-object", f"memory-backend-ram,id=ram,size={size >> 20}M,reserve=off",
            "-machine", "memory-backend=ram"]


def targets(boot: Boot) -> list[str]:
    """What of this checkout the boot needs, as artefacts.build() takes it."""
    found = []
    if boot.hypervisor == "portcullis":
        found.append("hypervisor/portcullis.img")
    if boot.firmware != "none":
        found.append("firmware/firmware.bin")
    kernel = Path(boot.kernel) if boot.kernel else None
    if kernel and kernel == artefacts.payload(kernel.stem):
        found.append(f"payloads/{kernel.name}")
    return found


def command_line(boot: Boot) -> list[str]:
    """The words that start QEMU for `boot`. Fetches and compiles what is missing, builds nothing."""
    check(boot)
    kernel, initrd, image = kernel_of(boot), initrd_of(boot), hypervisor_image(boot)
    _check_placement(boot, kernel, initrd)
    secure = boot.firmware != "none"
    machine = ["virt"] + (["secure=on"] if secure else []) + ["virtualization=on",
                                                              f"gic-version={boot.gic}"]
    words = [boot.qemu or artefacts.qemu(), "-M", ",".join(machine + boot.machine_options),
             "-cpu", boot.cpu, "-smp", str(boot.cpus), *_memory(boot),
             "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio"]
    if secure:
        words += ["-bios", str(artefacts.firmware())]
        options = list(boot.firmware_options)
        if not any(word.startswith("entry=") for word in options):
            options.insert(0, f"entry={HYPERVISOR_ADDRESS if image else KERNEL_ADDRESS:#x}")
        if image and image.exists():
            # The loader says nothing of it in the tree, and firmware that fills RAM must spare it.
            options.append(f"image={image.stat().st_size:#x}")
        if not image:
            options.append("chosen=linux")
        if boot.firmware_log:
            options.append("log=calls")
        words += ["-fw_cfg", "name=opt/portcullis/personality,file="
                  + _comma(compiled_personality(boot.firmware)),
                  "-fw_cfg", "name=opt/portcullis/options,string=" + _comma(" ".join(options))]
        if image:
            words += ["-device", f"loader,file={_comma(image)},addr={HYPERVISOR_ADDRESS:#x},force-raw=on"]
    elif image:
        words += ["-kernel", str(image)]
    else:
        words += ["-kernel", str(kernel), "-append", bootargs(boot)]
        words += ["-initrd", str(initrd)] if initrd else []
        return words + boot.extra
    words += ["-device", f"guest-loader,addr={KERNEL_ADDRESS:#x},kernel={_comma(kernel)},"
                         f"bootargs={_comma(bootargs(boot))}"]
    if initrd:
        words += ["-device", f"guest-loader,addr={INITRD_ADDRESS:#x},initrd={_comma(initrd)}"]
    return words + boot.extra
