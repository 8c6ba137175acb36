# SPDX-License-Identifier: Apache-2.0
"""The GIC's registers that hold addresses, aimed at the hypervisor by a host; and the same aim on a
machine without a hypervisor, where it must hit, or it would be no attack."""
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "system"))

import boots  # noqa: E402
from command import artefacts, qemu  # noqa: E402
from command.console import Session  # noqa: E402

QUEUE = 0xe0        # seven commands


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/gic.bin")


def said(text: str, pattern: str) -> re.Match:
    match = re.search(rf"^gic: {pattern}$", text, re.M)
    assert match, text[-3000:]
    return match


@pytest.mark.parametrize("cpu,cpus", [("max", 1), ("n1", 4)])
@pytest.mark.parametrize("firmware", ["v1.1", "none"])
def test_addresses_are_checked(request, cpu, cpus, firmware):
    boot = qemu.Boot(kernel=artefacts.payload("gic"), initrd="none", memory="512M", firmware=firmware,
                     cpu=boots.MODELS[cpu], cpus=cpus, gic=3)
    with boots.session(request, boot) as host:
        assert host.wait_exit(120) == 0
        text = host.text
    target = int(said(text, r"target (0x[0-9a-f]+)")[1], 16)
    image = re.search(r"\[withheld\] (0x[0-9a-f]+)-\S+ hypervisor: ", text)
    assert image and int(image[1], 16) == target
    aimed = said(text, r"aimed: PROPBASER (0x[0-9a-f]+) PENDBASER (0x[0-9a-f]+) EnableLPIs (\d)")
    assert int(aimed[1], 16) & ~0xfff != target and int(aimed[2], 16) & ~0xffff != target
    assert aimed[3] == "0"
    assert int(said(text, r"aimed: CBASER (0x[0-9a-f]+)")[1], 16) & 0xffffffff000 != target
    said(text, r"aimed: CREADR 0x80 of 0x80, pending 0")
    # the same registers in good form work
    said(text, r"own: EnableLPIs 1")
    assert int(said(text, r"own: translation table (\d+)")[1]) > 0
    said(text, rf"own: CREADR {QUEUE:#x} of {QUEUE:#x}")
    said(text, "done")
    assert "hv: gic: [refused]" in text
    assert "hv: crash" not in text


def test_the_aim_hits_where_nothing_guards(request):
    """The control: EL1 of a machine without EL2, memory of its own as the target."""
    words = [artefacts.qemu(), "-M", "virt,gic-version=3", "-cpu", qemu.DEFAULT_CPU, "-m", "512M", "-nic", "none",
             "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", str(artefacts.payload("gic")),
             "-append", "payload.target=0x52000000 payload.show=1"]
    with Session(words, log=boots.log_of(request), timeout=60) as host:
        assert host.wait_exit(60) == 0
        text = host.text
    aimed = said(text, r"aimed: PROPBASER (0x[0-9a-f]+) PENDBASER (0x[0-9a-f]+) EnableLPIs (\d)")
    assert int(aimed[1], 16) & ~0xfff == 0x52000000 and aimed[3] == "1"
    assert int(said(text, r"aimed: CBASER (0x[0-9a-f]+)")[1], 16) & 0xffffffff000 == 0x52000000
    assert int(said(text, r"aimed: (\d+) words of the target written")[1]) > 0
