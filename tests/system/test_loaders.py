# SPDX-License-Identifier: Apache-2.0
"""Portcullis started by others: QEMU's -kernel with guest-loader, Debian's U-Boot, and as BL33 of
Debian's TF-A; and what it says when a loader hands over something that cannot be used."""
from __future__ import annotations

import dataclasses
import gzip
import os
import re
import shutil
import struct
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, cache, qemu  # noqa: E402
from command.console import Session  # noqa: E402
import boots  # noqa: E402
from loaders import tree, trusted_firmware, u_boot  # noqa: E402

WORK = artefacts.build_directory() / "loaders"
REFUSED = r"hv: boot: \[refused\] "
# TF-A's BL1 works around errata by registers of newer cores that QEMU 7.2 does not have.
TF_A_CPU = "cortex-a72"
STOPPED = r".*; the host is not started, this machine stops here$"


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build()
    cache.make(WORK)


def machine(boot: qemu.Boot, secure: bool = False, virtualization: bool = True) -> list[str]:
    """QEMU without firmware, kernel and modules."""
    kind = ["virt", f"gic-version={boot.gic}", *boot.machine_options]
    kind += ["secure=on"] if secure else []
    kind += ["virtualization=on"] if virtualization else []
    return [artefacts.qemu(), "-M", ",".join(kind), "-cpu", boot.cpu, "-smp", str(boot.cpus), "-m", boot.memory,
            "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio"]


def blob(path: Path, address: int) -> list[str]:
    return ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]


def modules(kernel: Path | None, initrd: Path | None, words: str = qemu.DEFAULT_APPEND) -> list[str]:
    """The host in memory, and the nodes in /chosen that say where."""
    result = []
    if kernel:
        result += ["-device", f"guest-loader,addr={qemu.KERNEL_ADDRESS:#x},kernel={kernel},bootargs={words}"]
    if initrd:
        result += ["-device", f"guest-loader,addr={qemu.INITRD_ADDRESS:#x},initrd={initrd}"]
    return result


def session(request, words: list[str], boot: qemu.Boot, timeout: float = 90.0) -> Session:
    """A boot that qemu.command_line() cannot describe, for checks that want to know its settings."""
    result = Session(words, log=boots.log_of(request), timeout=timeout)
    result.boot = boot
    return result


def host_is_up(host: Session, boot: qemu.Boot, entered: int) -> None:
    """Debian's user space, and a boot report that tells where the loader put Portcullis."""
    host.wait_ready(120)
    boots.check_report(host.text, boot)
    assert re.match(rf"Portcullis .* at {entered:#x}, tree at 0x", boots.lines(host.text, "start")[0])
    boots.check_linux(host)


# -- loaders --------------------------------------------------------------------------------------


def test_guest_loader_without_firmware(request):
    """QEMU's own loader; there is no EL3, so QEMU answers PSCI."""
    boot = qemu.Boot(firmware="none", gic=2)
    with boots.session(request, boot) as host:
        host_is_up(host, boot, qemu.HYPERVISOR_ADDRESS)
        boots.power_off(host)


def test_u_boot_from_a_disk(request):
    """U-Boot reads everything from a disk, writes the modules into the tree, and enters by booti."""
    boot = qemu.Boot(firmware="none", cpus=2, memory="1G")
    disk = u_boot.disk("disk", artefacts.kernel(), artefacts.initrd())
    with session(request, [*machine(boot), *u_boot.words(disk)], boot) as host:
        u_boot.start(host)
        host_is_up(host, boot, 0x40400000)
        kernel = artefacts.kernel().stat().st_size
        assert boots.lines(host.text, "kernel")[0].startswith(f"0x44000000, {kernel} bytes, entered at 0x44000000")
        assert boots.lines(host.text, "initrd")[0].startswith(f"0x4c000000, {artefacts.initrd().stat().st_size} ")
        assert boots.lines(host.text, "bootargs") == ["console=ttyAMA0"]
        code, text = host.shell("cat /proc/cmdline; ls -d /proc/device-tree/chosen/module* 2>/dev/null")
        assert (code, text) == (1, "console=ttyAMA0\n")     # the modules are ours alone
        boots.power_off(host)


def tf_a(variant: str, boot: qemu.Boot, kernel: Path, initrd: Path | None, words: str) -> list[str]:
    return [*machine(boot, secure=True), "-bios", str(trusted_firmware.flash(variant)),
            *blob(artefacts.image(), trusted_firmware.BL33_ADDRESS), *modules(kernel, initrd, words)]


# x0 of each question, and its reading: what real firmware leaves in the upper half differs.
ANSWERS = {"plain": ("0xffffffffffffffff", "upper half all ones"),
           "spmd": ("0x00000000ffffffff", "upper half zero")}


@pytest.mark.parametrize("variant", sorted(ANSWERS))
def test_bl33_of_tf_a(request, variant):
    """TF-A of Debian's source. What it says to FFA_VERSION is read as «none», in either form."""
    boot = qemu.Boot(firmware=f"TF-A, {variant}", cpu=TF_A_CPU)
    words = tf_a(variant, boot, artefacts.kernel(), artefacts.initrd(), qemu.DEFAULT_APPEND)
    with session(request, words, boot, 120) as host:
        host.expect(r"^NOTICE: +BL31: v2\.")
        host_is_up(host, boot, trusted_firmware.BL33_ADDRESS)
        text = host.text
        raw, reading = ANSWERS[variant]
        questions = boots.lines(text, "ffa-question")
        assert questions and all(line.startswith(f"firmware answered {raw} to 1.") for line in questions), questions
        assert all(f"NOT_SUPPORTED (int32, {reading})" in line for line in questions), questions
        assert "FF-A absent" in boots.lines(text, "ffa-none")[0]
        assert re.match(r"SMCCC 1\.[2-9]", boots.lines(text, "fw-smccc")[0])
        assert re.match(r"PSCI 1\.1 ", boots.lines(text, "fw-psci")[0])
        withheld = " ".join(boots.lines(text, "withheld"))
        assert "secram@e000000" in withheld and "secure world's" in withheld, withheld
        cpu = "/sys/devices/system/cpu/cpu2/online"
        for _ in range(3):
            assert host.shell(f"echo 0 >{cpu} && echo 1 >{cpu} && cat {cpu}") == (0, "1\n")
        boots.power_off(host)


@pytest.mark.parametrize("variant", sorted(ANSWERS))
def test_probe_on_tf_a(request, variant):
    """The payload that calls every identifier and reads every withheld page, on firmware that is not ours."""
    boot = qemu.Boot(firmware=f"TF-A, {variant}", cpu=TF_A_CPU, cpus=2, memory="1G")
    words = tf_a(variant, boot, artefacts.payload("probe"), None, f"payload.seed={boots.SEED}")
    with session(request, words, boot, 300) as host:
        boots.check_probe(host, 300)


# -- hand-overs that cannot be used ---------------------------------------------------------------


def refused(request, words: list[str], pattern: str) -> None:
    """One line says why, at once; nothing of the host follows, and nothing crashes."""
    with Session(words, log=boots.log_of(request), timeout=30) as boot:
        boot.expect(REFUSED + pattern + STOPPED)
        boot.machine.wait(lambda: boot.machine.closed, 0.3)
        assert not boot.machine.closed
        assert "[enter]" not in boot.text and "hv: crash" not in boot.text, boot.text


SMALL = qemu.Boot(firmware="none", cpus=2, memory="1G", cpu="cortex-a72")


def small(**changes) -> list[str]:
    return machine(dataclasses.replace(SMALL, **changes))


def entered_by_qemu() -> list[str]:
    return ["-kernel", str(artefacts.image())]


def not_a_kernel(kind: str) -> Path:
    """What people hand over in place of an Image."""
    path = WORK / f"kernel.{kind}"
    image = artefacts.payload("idle").read_bytes()
    content = {"gzip": gzip.compress(image), "elf": artefacts.elf().read_bytes(), "text": b"#!/bin/sh\n" * 100,
               "zeros": bytes(4096), "short": image[:40]}[kind]
    cache.write_file(path, content)
    return path


@pytest.mark.parametrize("kind,pattern", [
    ("gzip", r"the kernel module at 0x41000000 is no arm64 Image: it is compressed with gzip"),
    ("elf", r"the kernel module at 0x41000000 is no arm64 Image: it is an ELF file"),
    ("text", r"the kernel module at 0x41000000 is no arm64 Image: the magic number"),
    ("zeros", r"the kernel module at 0x41000000 is no arm64 Image: the magic number"),
    ("short", r"the kernel module \S+ has 40 bytes, too few"),
])
def test_something_that_is_no_kernel(request, kind, pattern):
    refused(request, small() + entered_by_qemu() + modules(not_a_kernel(kind), None), pattern)


def test_no_kernel_at_all(request):
    refused(request, small() + entered_by_qemu() + modules(None, artefacts.initrd()),
            r"the device tree has no kernel for the host: no node below /chosen")


@pytest.mark.parametrize("level", [1, 3])
def test_entered_at_the_wrong_level(request, level):
    """Where the machine has no EL2 for us, or firmware did not leave EL3."""
    words = machine(SMALL, secure=level == 3, virtualization=level == 3)
    words += entered_by_qemu() if level == 1 else \
        [*blob(artefacts.image(), qemu.HYPERVISOR_ADDRESS), "-device",
         f"loader,addr={qemu.HYPERVISOR_ADDRESS:#x},cpu-num=0"]
    words += modules(artefacts.payload("idle"), None)
    with Session(words, log=boots.log_of(request), timeout=30) as boot:
        told = boot.expect(rf"hv: boot: \[wrong-level\] entered at EL{level}, needs EL2; this machine stops here: "
                           r"(.*)$")
        assert "virtualization=on" in told[1] if level == 1 else "at EL3 that enters EL2" in told[1]
        assert "[start]" not in boot.text


# -- trees ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good() -> bytes:
    """The tree of the small machine, with an idle host in it, and without the 1 MiB of room that QEMU
    leaves in it."""
    words = [*small(), *modules(artefacts.payload("idle"), None)]
    return tree.compile(tree.source(tree.dump(words, WORK / "good.dtb")))


def entered_by_stub(name: str, blob_of_tree: bytes, address: int = tree.TREE_ADDRESS, x0: int | None = None,
                    host: bool = True) -> list[str]:
    """Portcullis entered with the tree at `address` (x0 says otherwise if it is given)."""
    stub, dtb = WORK / f"{name}.stub", WORK / f"{name}.dtb"
    cache.write_file(stub, tree.stub(address if x0 is None else x0, qemu.HYPERVISOR_ADDRESS))
    cache.write_file(dtb, blob_of_tree)
    words = [*small(), *blob(artefacts.image(), qemu.HYPERVISOR_ADDRESS), *blob(dtb, address),
             *blob(stub, tree.STUB_ADDRESS), "-device", f"loader,addr={tree.STUB_ADDRESS:#x},cpu-num=0"]
    return words + (blob(artefacts.payload("idle"), qemu.KERNEL_ADDRESS) if host else [])


def test_the_stub_and_an_unchanged_tree_boot(request, good):
    """What the cases below change is the only thing that is wrong with them."""
    with Session(entered_by_stub("unchanged", good), log=boots.log_of(request),
                 timeout=60) as boot:
        boot.expect(r"hv: boot: \[enter\]")
        boot.expect(r"^idle: done")
        assert boot.wait_exit(20) == 0


def word(blob_of_tree: bytes, offset: int, value: int) -> bytes:
    """With another big-endian word of the header."""
    return blob_of_tree[:offset] + struct.pack(">I", value) + blob_of_tree[offset + 4:]


# Offsets of words in the header: dtspec, section 5.2.
MAGIC, TOTALSIZE, OFF_STRUCT, VERSION, SIZE_STRUCT = 0, 4, 8, 20, 36

BYTES = {
    "magic": (lambda b: word(b, MAGIC, 0xd00dfeee), r"no usable device tree at 0x4a000000: .*magic.*"),
    "cut-in-half": (lambda b: b[:len(b) // 2], r"no usable device tree at 0x4a000000: .+"),
    "header-only": (lambda b: b[:40], r"no usable device tree at 0x4a000000: .+"),
    "zeros": (lambda b: bytes(4096), r"no usable device tree at 0x4a000000: .+"),
    "endless": (lambda b: word(b, TOTALSIZE, 0x7fffffff), r"the device tree at 0x4a000000 has 2147483647 bytes.*"),
    "size-too-small": (lambda b: word(b, TOTALSIZE, 64), r"no usable device tree at 0x4a000000: .+"),
    "structure-outside": (lambda b: word(b, OFF_STRUCT, 0x00f00000), r"no usable device tree at 0x4a000000: .+"),
    "structure-too-long": (lambda b: word(b, SIZE_STRUCT, 0xfffffff0), r"no usable device tree at 0x4a000000: .+"),
    "old-version": (lambda b: word(b, VERSION, 3), r"no usable device tree at 0x4a000000: .+"),
}


@pytest.mark.parametrize("name", sorted(BYTES))
def test_a_broken_tree(request, good, name):
    change, pattern = BYTES[name]
    refused(request, entered_by_stub(name, change(good)), pattern)


@pytest.mark.parametrize("name,x0,pattern", [
    ("nowhere", 0, r"no usable device tree at 0x0: .+"),
    ("odd", tree.TREE_ADDRESS + 4, r"no usable device tree at 0x4a000004: .+"),
    ("device", 0x0a000000, r"no usable device tree at 0xa000000: .+"),
    ("beyond", 0x80000000, r"no usable device tree at 0x80000000: .+"),
], ids=["nowhere", "odd", "device", "beyond"])
def test_no_tree_where_x0_points(request, good, name, x0, pattern):
    refused(request, entered_by_stub(name, good, x0=x0), pattern)


def replaced(pattern: str, new: str):
    """A change of the source text, which must be there exactly once."""
    def change(text: str) -> str:
        result, count = re.subn(pattern, new, text, flags=re.M | re.S)
        assert count == 1, f"/{pattern}/ matches {count} times"
        return result
    return change


MODULE = r"(module@0x41000000 \{.*?\};)"
KERNEL_REG = r"(module@0x41000000 \{[^}]*reg = <)[^>]*>"
SECOND = r"""\1 second { compatible = "%s", "multiboot,module"; reg = <%s>; };"""
CONTRADICTIONS = {
    "no-memory": (replaced(r"memory@40000000 \{.*?\};", ""), r"the device tree describes no memory"),
    "no-cells": (replaced(r"^\t#address-cells = <[^>]*>;", ""), r"the device tree's root has no #address-cells"),
    "twin-cpus": (replaced(r"(cpu@1 \{[^}]*reg = <)0x01>", r"\g<1>0x00>"),
                  r"two CPUs in the device tree have the MPIDR 0x0"),
    "two-kernels": (replaced(MODULE, SECOND % ("multiboot,kernel", "0x0 0x43000000 0x0 0x1000")),
                    r"there are two kernel modules, .*"),
    "kernel-on-hypervisor": (replaced(KERNEL_REG, r"\g<1>0x0 0x40200000 0x0 0x1000>"),
                             r"the kernel module at 0x40200000 overlaps the hypervisor"),
    "kernel-on-tree": (replaced(KERNEL_REG, r"\g<1>0x0 0x4a000000 0x0 0x1000>"),
                       r"the kernel module at 0x4a000000 overlaps the device tree"),
    "kernel-nowhere": (replaced(KERNEL_REG, r"\g<1>0x1 0x0 0x0 0x1000>"),
                       r"the kernel module at 0x100000000 is not wholly in memory of the host"),
    "kernel-without-end": (replaced(KERNEL_REG, r"\g<1>0x0 0x41000000 0xffffffff 0xfffff000>"),
                           r"boot module \S+ ends beyond .*|the kernel module .* is not wholly in memory .*"),
    "kernel-without-reg": (replaced(r"(module@0x41000000 \{[^}]*)reg = <[^>]*>;", r"\1"),
                           r"boot module \S+ has no reg"),
    "disk-on-kernel": (replaced(MODULE, SECOND % ("multiboot,ramdisk", "0x0 0x41000800 0x0 0x1000")),
                       r"the initial RAM disk at 0x41000800 overlaps the kernel module"),
}


@pytest.mark.parametrize("name", sorted(CONTRADICTIONS))
def test_a_tree_that_contradicts_itself(request, good, name):
    change, pattern = CONTRADICTIONS[name]
    refused(request, entered_by_stub(name, tree.compile(change(tree.source(good)))), pattern)


def test_a_contradictory_tree_of_dtb(request, good):
    """The way by QEMU's -dtb, which takes any tree that is well formed."""
    dtb = WORK / "given.dtb"
    cache.write_file(dtb, tree.compile(CONTRADICTIONS["two-kernels"][0](tree.source(good))))
    refused(request, small() + entered_by_qemu() + ["-dtb", str(dtb)]
            + blob(artefacts.payload("idle"), qemu.KERNEL_ADDRESS), CONTRADICTIONS["two-kernels"][1])


@pytest.mark.off_target
def test_the_environment_for_u_boot_names_only_what_it_sets():
    """A variable that nobody sets is empty for U-Boot, without a word."""
    text = u_boot.ENVIRONMENT.read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    known = {line.partition("=")[0] for line in lines} | set(re.findall(r"setenv (\w+)", text))
    used = set(re.findall(r"\$\{(\w+)\}", "\n".join(lines))) | set(re.findall(r"run (\w+)", "\n".join(lines)))
    assert used - known == {"fdtcontroladdr", "filesize"}
    assert shutil.which("dtc"), "device-tree-compiler is not installed"
