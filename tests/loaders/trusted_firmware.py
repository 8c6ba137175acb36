# SPDX-License-Identifier: Apache-2.0
"""TF-A for QEMU's virt machine, built from Debian's source package, with Portcullis as BL33.

Debian's binary package has no image for QEMU. BL33 is «preloaded»: QEMU puts it at BL33_ADDRESS, TF-A
jumps there at EL2 with the tree's address in x0.
"""
from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from command import artefacts, cache, packages, progress
from command.process import run
from command.status import FAILED

BL33_ADDRESS = 0x60000000
FIP_OFFSET = 256 << 10      # of the firmware image package in the flash, behind BL1
SOURCE = "arm-trusted-firmware"

OPTIONS = ["PLAT=qemu", "DEBUG=0", "LOG_LEVEL=20", "ARM_LINUX_KERNEL_AS_BL33=1",
           f"PRELOADED_BL33_BASE={BL33_ADDRESS:#x}", "QEMU_USE_GIC_DRIVER=QEMU_GICV3",
           "BUILD_STRING=debian"]

# A manifest that no SPMD accepts: there is no FF-A 9.9.
MANIFEST = """\
/dts-v1/;
/ {
	compatible = "arm,ffa-core-manifest-1.0";
	#address-cells = <2>;
	#size-cells = <1>;
	attribute {
		spmc_id = <0x8000>;
		maj_ver = <9>;
		min_ver = <9>;
		exec_state = <0>;
		load_address = <0x0 0x0e100000>;
		entrypoint = <0x0 0x0e100000>;
		binary_size = <0x80000>;
	};
};
"""

# «plain» has no dispatcher and answers what it does not know with 64 bits of ones. «spmd» has the
# dispatcher of FF-A, which goes on without an SPMC when it cannot start it, and then answers
# FFA_VERSION with (uint32_t)-1: the case of the personality absent-w32, by firmware as it is.
VARIANTS = {
    "plain": [],
    "spmd": ["SPD=spmd", "SPMD_SPM_AT_SEL2=0", "CTX_INCLUDE_EL2_REGS=0", "BL32_RAM_LOCATION=tdram"],
}


def flash(variant: str) -> Path:
    """The flash image (BL1, and BL2, BL31 in a FIP) for -bios; built when it is missing. Raises Problem."""
    source = packages.fetch_source(SOURCE)
    directory = cache.make(artefacts.build_directory() / "loaders" / "tf-a")
    target, stamp = directory / f"{variant}.bin", directory / f"{variant}.stamp"
    known = cache.record(f"source,{SOURCE}") or {}
    identity = hashlib.sha256(repr((known.get("sha256"), OPTIONS, VARIANTS[variant], MANIFEST)).encode())
    with cache.lock("tf-a.lock", directory):
        if target.exists() and stamp.exists() and stamp.read_text() == identity.hexdigest():
            return target
        tree = directory / "source"
        # Its tools are built in the source tree, which is not ours to write to.
        if not (tree / "Makefile").exists():
            with cache.filling(tree) as scratch:
                shutil.copytree(source, scratch, dirs_exist_ok=True, symlinks=True)
        output = directory / variant
        words = list(VARIANTS[variant])
        if variant == "spmd":
            cache.write_file(directory / "spmc.dts", MANIFEST.encode())
            cache.write_file(directory / "bl32.bin", bytes(4096))     # never entered
            words += [f"BL32={directory / 'bl32.bin'}", f"QEMU_TOS_FW_CONFIG_DTS={directory / 'spmc.dts'}"]
        with progress.Step(f"building TF-A ({variant})"):
            run(["make", "-C", str(tree), "-j2", "CROSS_COMPILE=aarch64-linux-gnu-", *OPTIONS, *words,
                 f"BUILD_BASE={output}", "all", "fip"], status=FAILED, written=directory)
        built = output / "qemu" / "release"
        first, second = (built / "bl1.bin").read_bytes(), (built / "fip.bin").read_bytes()
        assert len(first) <= FIP_OFFSET
        cache.write_file(target, first.ljust(FIP_OFFSET, b"\xff") + second)
        cache.write_file(stamp, identity.hexdigest().encode())
    return target
