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
        boots.build("payloads/idle.bin", "payloads/probe.bin", "payloads/smccall.bin")


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
    # Of these models one has an erratum that its TLB maintenance works around.
    errata = boots.lines(text, "errata")
    assert [line.split(": ")[1:] for line in errata] == \
        ([["Arm 4193800", "TLB maintenance on all CPUs is done twice"]] if cpu == "n1" else []), errata
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


def firmware_calls(request, boot: qemu.Boot, done: str) -> tuple[str, list[tuple[str, dict[int, int]]]]:
    """Boot with the firmware's record on a console of its own, where no other line comes between: the
    other console, and (name, {number of a register: its value}) of each call as it came."""
    record = boots.log_of(request).with_suffix(f".{Path(boot.kernel).stem}.calls")
    record.parent.mkdir(parents=True, exist_ok=True)
    boot.firmware_log = True
    boot.firmware_options.append("console=secure")
    boot.extra += ["-serial", f"file:{record}"]
    with boots.session(request, boot) as host:
        host.expect(done, TIMEOUT)
        assert host.wait_exit() == 0
        text = host.text
    found = []
    for line in record.read_text("ascii").splitlines():
        match = re.fullmatch(r"fw: call cpu\d+ (\S+)((?: x\d+=0x[0-9a-f]+)+) ->.*", line)
        assert match or not line.startswith("fw: call"), line
        if match:
            # Registers behind the last that is not 0 are left out.
            x = dict.fromkeys(range(18), 0)
            x.update({int(number): int(value, 16) for number, value in
                      re.findall(r" x(\d+)=(0x[0-9a-f]+)", match[2])})
            found.append((match[1], x))
    return text, found


def test_what_reaches_firmware(request):
    """FF-A calls and calls of nobody never do; what does has been rewritten to what it may be."""
    idle = boots.probe(cpus=4)
    idle.kernel = artefacts.payload("idle")
    _, asked = firmware_calls(request, idle, "^idle: done$")
    assert asked.pop()[0] == "PSCI_SYSTEM_OFF"
    text, seen = firmware_calls(request, boots.probe("payload.rounds=2", "payload.races=2", cpus=4),
                                r"^probe: done \d+ passed 0 failed$")
    # What Portcullis asks for itself, before there is a host.
    boot = [name for name, _ in asked]
    assert [name for name, _ in seen[:len(boot)]] == boot
    assert boot.count("FFA_VERSION") == len(boots.lines(text, "ffa-question")) > 0
    ffa = {name for name in boot if name.startswith("FFA_")}
    assert ffa <= {"FFA_VERSION", "FFA_FEATURES", "FFA_SPM_ID_GET"}, ffa
    # What the host caused. The probe has called each FF-A function in both widths by both conduits, and
    # 40,000 numbers of nobody; a call of either kind would stand here, with its name or its number.
    names = {name for name, _ in seen[len(boot):]}
    assert names <= FORWARDED, names - FORWARDED
    assert {"PSCI_CPU_ON", "PSCI_CPU_OFF", "PSCI_CPU_SUSPEND", "TRNG_RND"} <= names, names
    image = re.search(r"(0x[0-9a-f]+)-(0x[0-9a-f]+) hypervisor:", text)
    assert image
    entries = set()
    for name, x in seen[len(boot):]:
        # Hint and upper half are the host's own affair.
        assert x[0] >> 32 == 0 and not x[0] & 0x10000, hex(x[0])
        if name in ("PSCI_CPU_ON", "PSCI_CPU_SUSPEND"):
            # The entry is the hypervisor's own, whatever the host gave.
            entries.add(x[2])
        if name == "TRNG_RND":
            assert 1 <= x[1] <= 192
        if name == "SMCCC_ARCH_FEATURES":
            assert x[1] in WORKAROUNDS
    assert len(entries) == 1 and int(image[1], 16) <= entries.pop() <= int(image[2], 16)


def test_what_is_answered_at_el2_stays_there(request):
    """A host that asks the same a thousand times: firmware is asked nothing for it."""
    idle = boots.probe(cpus=1)
    idle.kernel = artefacts.payload("idle")
    _, asked = firmware_calls(request, idle, "^idle: done$")
    host = boots.probe("payload.fid=0x84000064", "payload.x1=0x84000063", "payload.count=1000", cpus=1)
    host.kernel = artefacts.payload("smccall")
    _, seen = firmware_calls(request, host, "^smccall: done: 1000 calls")
    assert [name for name, _ in seen] == [name for name, _ in asked]
