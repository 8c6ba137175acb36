# SPDX-License-Identifier: Apache-2.0
"""How a debugger attaches to a run: symbols for EL2 (moved to its load address) and EL3."""
from __future__ import annotations

import shlex

from command import artefacts, qemu

SCRIPTS = artefacts.ROOT / "hypervisor" / "gdb"


def commands(boot: qemu.Boot, port: int) -> list[str]:
    """GDB commands, in order."""
    # Without «set confirm off» a terminal is asked about each symbol file.
    lines = ["set confirm off", "set architecture aarch64", f"target remote localhost:{port}"]
    if boot.hypervisor == "portcullis":
        # Linked at 0 and position independent: every section moves by the load address.
        lines.append(f"add-symbol-file {artefacts.elf()} -o {qemu.HYPERVISOR_ADDRESS:#x}")
    if boot.firmware != "none":
        lines.append(f"add-symbol-file {artefacts.firmware_elf()}")
    if boot.hypervisor == "portcullis":
        lines += [f"source {path}" for path in sorted(SCRIPTS.glob("*.py"))]
    return lines


def instructions(boot: qemu.Boot, port: int) -> str:
    """What a person types in another terminal."""
    words = ["gdb-multiarch", "-q"]
    for line in commands(boot, port):
        words += ["-ex", line]
    text = ("QEMU waits for a debugger. In another terminal:\n    "
            + " ".join(shlex.quote(word) for word in words) + "\n(then: continue)")
    if boot.hypervisor == "portcullis" and any(SCRIPTS.glob("*.py")):
        text += "; hv-info, hv-cpus, hv-pt ADDR, hv-who PA and hv-log look at EL2"
    return text
