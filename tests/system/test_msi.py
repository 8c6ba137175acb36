# SPDX-License-Identifier: Apache-2.0
"""Message-signalled interrupts of real devices through a guarded ITS: a disk and a random number
generator behind PCI work, their interrupts come as messages, and the guard has nothing to refuse."""
import hashlib
import lzma
import random
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "system")]

import boots  # noqa: E402
from command import artefacts, initramfs, qemu  # noqa: E402

MODULES = ("drivers/block/virtio_blk.ko", "drivers/char/hw_random/virtio-rng.ko")
DISK = 4 * boots.MIB


def modules() -> dict[str, bytes]:
    """Drivers that belong to the default kernel, for its initramfs."""
    tree = next((artefacts.kernel().parents[1] / "lib" / "modules").iterdir()) / "kernel"
    return {f"root/{Path(name).name}": lzma.decompress((tree / f"{name}.xz").read_bytes()) for name in MODULES}


def messages(host) -> dict[str, int]:
    """Interrupts that came by way of the ITS, counted over all CPUs, by the name of their user."""
    code, text = host.shell("cat /proc/interrupts")
    assert code == 0
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s*\d+:\s+((?:\d+\s+)+)ITS-\S*MSI\S*\s.*?(\S+)$", line)
        if match:
            found[match[2]] = sum(map(int, match[1].split()))
    return found


def test_devices_interrupt_by_messages_through_the_guarded_its(request, tmp_path):
    content = random.Random(boots.SEED).randbytes(DISK)
    disk, initrd = tmp_path / "disk.img", tmp_path / "initrd"
    disk.write_bytes(content)
    initrd.write_bytes(initramfs.archive(artefacts.busybox().read_bytes(), modules()))
    boots.build()
    extra = ["-drive", f"if=none,id=disk,format=raw,readonly=on,file={disk}",
             "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"]
    boot = qemu.Boot(cpus=2, gic=3, memory="1G", initrd=initrd, extra=extra)
    with boots.session(request, boot) as host:
        boots.ready(host)
        for name in MODULES:
            assert host.shell(f"insmod /root/{Path(name).name}") == (0, "")
        before = messages(host)
        assert any("virtio0" in user for user in before) and any("virtio1" in user for user in before), before
        code, text = host.shell("sha256sum </dev/vda")
        assert (code, text.split()[0]) == (0, hashlib.sha256(content).hexdigest())
        code, text = host.shell("dd if=/dev/hwrng bs=64 count=16 2>/dev/null | sha256sum")
        assert code == 0 and text.split()[0] != hashlib.sha256(b"").hexdigest()
        after = messages(host)
        for device in ("virtio0", "virtio1"):
            came = sum(after[user] - before[user] for user in after if device in user)
            assert came > 0, f"no interrupt of {device} in between: {before} {after}"
        # on the other CPU, which is a command of its own to the ITS
        number = re.search(r"^ *(\d+):.*ITS-\S*MSI\S*.*virtio0-req\.0$", host.shell("cat /proc/interrupts")[1], re.M)
        if number:
            host.shell(f"echo 2 >/proc/irq/{number[1]}/smp_affinity")
        assert host.shell("dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null")[0] == 0
        log = host.shell("dmesg")[1]
        for pattern in boots.LINUX_TROUBLE:
            assert not re.search(pattern, log, re.M), pattern
        boots.power_off(host)
        text = host.text
    assert re.search(r"\[gic\] version 3: .* in 2 redistributors and 1 ITS", text)
    assert "gic: [refused]" not in text
    for pattern in boots.TROUBLE:
        assert not re.search(pattern, text, re.M), pattern
