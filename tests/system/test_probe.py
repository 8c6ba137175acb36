# SPDX-License-Identifier: Apache-2.0
"""The probe as host, a small program at EL1 that calls everything, reads all that is withheld and turns
CPUs on and off; on machines of many kinds, with the firmware's own record of what came through to it."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, qemu  # noqa: E402
import boots  # noqa: E402
from boots import MODELS  # noqa: E402

# CPUs, GIC, model, firmware: each pair of values is in one of the rows.
MACHINES = [
    (1, 3, "a53", "v1.1"), (1, 2, "a72", "none"), (1, 2, "a72", "dirty"), (1, 3, "max", "dirty"),
    (1, 2, "n1", "v1.1"), (4, 2, "a53", "none"), (4, 3, "a53", "dirty"), (4, 3, "a72", "v1.1"),
    (4, 2, "max", "v1.1"), (4, 3, "max", "none"), (4, 2, "n1", "dirty"), (4, 3, "n1", "none"),
]
VALUES = [[1, 4], [2, 3], list(MODELS), ["none", "v1.1", "dirty"]]
TIMEOUT = 240

# What a host may have forwarded to firmware once it runs; all else is answered at EL2.
FORWARDED = {"PSCI_CPU_ON", "PSCI_CPU_OFF", "PSCI_CPU_SUSPEND", "PSCI_AFFINITY_INFO", "PSCI_SYSTEM_OFF",
             "PSCI_SYSTEM_RESET", "PSCI_SYSTEM_RESET2", "PSCI_SYSTEM_SUSPEND", "PSCI_MIGRATE_INFO_TYPE",
             "TRNG_RND", "TRNG_GET_UUID", "TRNG_UUID", "SMCCC_ARCH_WORKAROUND_1", "SMCCC_ARCH_WORKAROUND_3",
             "SMCCC_ARCH_FEATURES"}
# Whether a CPU needs a workaround is a matter of that CPU, so firmware is asked on it.
WORKAROUNDS = {0x80008000, 0x80007fff, 0x80003fff, 0x80000004}


@pytest.fixture(scope="module", autouse=True)
def _built(request):
    if any(not item.get_closest_marker("off_target") for item in request.session.items):
        boots.build("payloads/probe.bin", "payloads/smccall.bin")


@pytest.mark.off_target
def test_the_machines_cover_every_pair():
    assert not boots.uncovered_pairs(MACHINES, VALUES, lambda *_: True)


@pytest.mark.parametrize("cpus,gic,cpu,firmware", MACHINES,
                         ids=[f"{row[0]}cpu-gic{row[1]}-{'-'.join(row[2:])}" for row in MACHINES])
def test_probe_passes(request, cpus, gic, cpu, firmware):
    boot = boots.probe(cpus=cpus, gic=gic, cpu=MODELS[cpu], firmware=firmware)
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, TIMEOUT)
    boots.check_report(text, boot)
    # Each range is named once, however often the probe came back to it.
    named = boots.lines(text, "fault")
    places = [re.search(r" at (0x[0-9a-f]+) ", line)[1] for line in named]
    withheld = boots.lines(text, "withheld")
    assert len(places) == len(set(places)) == len(withheld), (named, withheld)


def test_probe_passes_where_e2h_is_fixed(request):
    artefacts.build("VARIANT=e2h", "hypervisor-e2h/portcullis.img")
    boot = boots.probe(hypervisor=str(artefacts.build_directory() / "hypervisor-e2h" / "portcullis.img"))
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, TIMEOUT)
    assert "E2H fixed to 1" in boots.lines(text, "cpu")[0]


@pytest.mark.parametrize("cpus,memory", [(8, "16G"), (2, "3G")])
def test_probe_passes_on_larger_machines(request, cpus, memory):
    boot = boots.probe("payload.rounds=5", "payload.races=5", cpus=cpus, memory=memory)
    with boots.session(request, boot) as host:
        boots.check_report(boots.check_probe(host, TIMEOUT), boot)


@pytest.mark.parametrize("model", ["max,pauth-impdef=on", "neoverse-v1", "neoverse-n2"])
def test_probe_passes_on_cpus_of_the_newest_qemu(request, model):
    """CPUs that bookworm's QEMU does not have: fine-grained traps, memory tags, memory copy and set."""
    boot = boots.probe("payload.rounds=5", "payload.races=5", cpu=model, qemu=artefacts.qemu(newest=True))
    if model.startswith("max"):
        boot.machine_options.append("mte=on")
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, TIMEOUT)
    features = boots.lines(text, "cpu-features")[0].split()
    assert "SVE" in features and (not model.startswith("max") or {"FGT", "MTE"} <= set(features))


def calls(text: str) -> list[tuple[str, dict[int, int]]]:
    """The firmware's record: (name, {number of a register: its value}) of each call as it came."""
    found = []
    for name, rest in re.findall(r"^fw: call cpu\d+ (\S+)(.*)$", text, re.M):
        arguments = rest.partition(" ->")[0]
        found.append((name, {int(number): int(value, 16) for number, value in
                             re.findall(r" x(\d+)=(0x[0-9a-f]+)", arguments)}))
    return found


def test_what_reaches_firmware(request):
    """FF-A calls and calls of nobody never do; what does has been rewritten to what it may be."""
    boot = boots.probe("payload.rounds=2", "payload.races=2", firmware_log=True)
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, TIMEOUT)
    before, _, after = text.partition("[enter]")
    asked = [name for name, _ in calls(before)]
    seen = calls(after)
    names = {name for name, _ in seen}
    # The probe calls each FF-A function in both widths by both conduits, and 40,000 numbers of nobody.
    assert asked.count("FFA_VERSION") == len(boots.lines(before, "ffa-question")) > 0
    assert not [name for name in names if name.startswith("FFA_")], names
    assert not [name for name in asked if name.startswith("FFA_") and name not in
                ("FFA_VERSION", "FFA_FEATURES", "FFA_ID_GET")], asked
    assert not [name for name in names if name.startswith("0x")], names
    assert names <= FORWARDED, names - FORWARDED
    assert {"PSCI_CPU_ON", "PSCI_CPU_OFF", "PSCI_CPU_SUSPEND", "TRNG_RND"} <= names, names
    assert not re.search(r"^fw: call cpu\d+ \S+ #", text, re.M)     # no immediate but 0
    image = re.search(r"(0x[0-9a-f]+)-(0x[0-9a-f]+) hypervisor:", before)
    assert image
    inside = range(int(image[1], 16), int(image[2], 16) + 1)
    entries = set()
    for name, x in seen:
        # Hint and upper half are the host's own affair.
        assert x[0] >> 32 == 0 and not x[0] & 0x10000, hex(x[0])
        if name in ("PSCI_CPU_ON", "PSCI_CPU_SUSPEND"):
            # The entry is the hypervisor's own, whatever the host gave.
            entries.add(x[2])
        if name == "TRNG_RND":
            assert 1 <= x[1] <= 192
        if name == "SMCCC_ARCH_FEATURES":
            assert x[1] in WORKAROUNDS
    assert len(entries) == 1 and entries.pop() in inside


def test_what_is_answered_at_el2_stays_there(request):
    """A host that asks the same a thousand times: firmware is asked nothing more for it."""
    boot = qemu.Boot(kernel=artefacts.payload("smccall"), initrd="none", memory="512M", cpus=1,
                     append="payload.fid=0x84000064 payload.x1=0x84000063 payload.count=1000",
                     firmware_log=True)
    with boots.session(request, boot) as host:
        host.expect(r"^smccall: done: 1000 calls", 60)
        assert host.wait_exit() == 0
        _, _, after = host.text.partition("[enter]")
    assert {name for name, _ in calls(after)} == {"PSCI_SYSTEM_OFF"}
