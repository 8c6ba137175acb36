# SPDX-License-Identifier: Apache-2.0
"""The test build that compares its invariants with what is there whenever a CPU goes back to the host: whole
hosts run under it, and what is broken on purpose is found by the next call."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, image, monitor, qemu  # noqa: E402
import boots  # noqa: E402
import stage2  # noqa: E402

NAME = "hypervisor-checked"
MEM_VERSION = 0x86000020
AUDIT = re.compile(r"hv: host: \[audit\] (\d+) exits looked at, (\d+) of them with a walk of ledger and stage 2 "
                   r"\((\d+) us each, (\d+) us the longest\); all invariants held")


@pytest.fixture(scope="module", name="hypervisor")
def _hypervisor() -> str:
    boots.build("payloads/donor.bin", "payloads/probe.bin", "payloads/smccall.bin")
    artefacts.build("VARIANT=checked", f"{NAME}/portcullis.img")
    return str(artefacts.build_directory() / NAME / "portcullis.img")


def counts(text: str) -> tuple[int, int]:
    """Exits and walks that the build had counted when the machine ended."""
    found = AUDIT.findall(text)
    assert found, text[-2000:]
    return int(found[-1][0]), int(found[-1][1])


def smccall(hypervisor: str, *words: str) -> qemu.Boot:
    return qemu.Boot(hypervisor=hypervisor, kernel=artefacts.payload("smccall"), initrd="none", cpus=1,
                     memory="512M", append=" ".join(words))


def test_the_probe_passes_while_everything_is_looked_at(request, hypervisor):
    boot = boots.probe("payload.rounds=2", "payload.races=2", hypervisor=hypervisor, cpus=4)
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, 240)
    exits, walks = counts(text)
    assert exits > 10_000 and exits // 16 < walks < exits


def test_linux_boots_while_everything_is_looked_at(request, hypervisor):
    with boots.session(request, qemu.Boot(hypervisor=hypervisor, cpus=4, memory="512M")) as host:
        host.wait_ready()
        assert host.shell("nproc") == (0, "4\n")
        host.send("poweroff -f\n")
        assert host.wait_exit() == 0
        text = host.text
    for trouble in boots.TROUBLE + boots.LINUX_TROUBLE:
        assert not re.search(trouble, text, re.M), trouble
    exits, walks = counts(text)
    assert exits > 50 and exits // 16 < walks < exits


@pytest.mark.parametrize("words,wanted", [(f"payload.fid={MEM_VERSION:#x}", lambda exits: exits),
                                          ("payload.fid=0xc2000000", lambda exits: exits // 16 + 1),
                                          ("payload.fid=0xc2000000 hv.audit=1", lambda exits: exits)],
                         ids=["memory-calls", "others", "each-one"])
def test_walks_are_as_many_as_documented(request, hypervisor, words, wanted):
    """Of a thousand equal calls on one CPU; the call that ends the system has one, too."""
    with boots.session(request, smccall(hypervisor, "payload.count=1000", words)) as host:
        assert host.wait_exit(60) == 0
        exits, walks = counts(host.text)
    assert 1000 < exits < 1100
    assert abs(walks - wanted(exits)) <= 4, (exits, walks)


FAULTS = [("map", "stage 2 does not follow the ledger at 0x402", True),
          ("unmap", "stage 2 does not follow the ledger at 0x50000000", True),
          ("device", "stage 2 outside of RAM is not what it was at boot", False),
          ("record", "a record makes no sense at 0x50000000", True),
          ("owner", "stage 2 does not follow the ledger at 0x50000000", True),
          ("set", "a record set is lost", False),
          ("lock", "a lock is held at 0x402", True),
          ("cpu", "the CPU that is about to run the host is not ON", False)]


def test_a_lock_is_not_held_while_firmware_is_asked(request, hypervisor):
    words = f"payload.fid={MEM_VERSION:#x} payload.count=5 hv.plant=firmware"
    with boots.session(request, smccall(hypervisor, words), 60) as host:
        host.expect(r"hv: crash: \[end\]", 60)
        assert re.search(r"hv: crash: \[audit\] cpu0: the lock at 0x402[0-9a-f]+ is held while firmware is asked for "
                         r"0x84000000$", host.text, re.M), host.text[-3000:]


@pytest.mark.parametrize("name,rule,owner", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_the_next_call_finds_what_was_broken(request, hypervisor, name, rule, owner):
    words = f"payload.fid={MEM_VERSION:#x} payload.x1=0x1234 payload.count=5 hv.plant={name}"
    with boots.session(request, smccall(hypervisor, words), 60) as host:
        host.expect(r"hv: crash: \[end\]", 60)
        text = host.text
    assert f"commits the fault: {name}" in text
    assert re.search(rf"hv: crash: \[audit\] cpu0: {re.escape(rule)}.*, after call {MEM_VERSION:#010x} x1=0x1234 "
                     r"x2=0x0 x3=0x0, walk \d+$", text, re.M), text[-3000:]
    # The first call's walk came before the fault; it is the second that finds it.
    assert int(re.search(r", walk (\d+)$", text, re.M)[1]) <= 3
    assert bool(re.search(r"hv: crash: \[owner\] page 0x", text)) == owner
    assert "smccall: done" not in text


def test_what_a_debugger_writes_into_the_tables_is_found(request, hypervisor):
    """The descriptor of a block of the host's RAM becomes invalid, and no code of the hypervisor was there."""
    channel = monitor.directory() / f"test-{os.getpid()}.monitor"
    boot = qemu.Boot(hypervisor=hypervisor, kernel=artefacts.payload("donor"), initrd="none", cpus=2,
                     memory="512M", extra=monitor.words(channel))
    victim = 0x50000000
    try:
        with boots.session(request, boot, 60) as host:
            host.expect(r"^donor: ready$")
            host.send(f"x {MEM_VERSION:x} 0 0 0\n")
            host.expect(r"^donor: x 0x0 0: 65536$")
            with monitor.Monitor(channel) as machine:
                layout = image.locate(machine)
                offset, size = layout.field("hypervisor", "stage2.root")
                root = int.from_bytes(machine.read(layout.address("hypervisor") + offset, size), "little")
                vtcr = int(re.search(r"\[cpu-registers\] .*vtcr=(0x[0-9a-f]+)", host.text)[1], 0)
                where, entry = stage2.descriptor(machine.read, root, vtcr, victim)
                assert entry & 3 == 1, "a block"
                with boots.stub(machine) as write_physical:
                    write_physical(where, (entry & ~1).to_bytes(8, "little"))
            host.send(f"x {MEM_VERSION:x} 0 0 0\n")
            host.expect(r"hv: crash: \[end\]")
            assert re.search(rf"hv: crash: \[audit\] cpu0: stage 2 does not follow the ledger at {victim:#x}, "
                             rf"after call {MEM_VERSION:#x} ", host.text), host.text[-2000:]
    finally:
        monitor.forget(channel)


def test_the_normal_image_has_nothing_of_it(hypervisor):
    normal, checked = artefacts.image().read_bytes(), Path(hypervisor).read_bytes()
    for word in (b"audit", b"test-calls", b"this test build"):
        assert word in checked and word not in normal, word
