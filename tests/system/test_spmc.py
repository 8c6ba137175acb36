# SPDX-License-Identifier: Apache-2.0
"""The SPMC of the test firmware on target: a payload as operating system without hypervisor, four CPUs, real
pages, the interrupt that tells of a notification. Portcullis has no part in it."""
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "system"))

import boots  # noqa: E402
from command import artefacts, qemu  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def _built():
    artefacts.build("firmware/firmware.bin", "payloads/spmc.bin")


@pytest.mark.parametrize("firmware,version,gic,told", [
    ("spmc-1.1", 0x10001, 3, "endpoint 0x0, 3 partitions of 24 bytes"),
    ("spmc-1.2", 0x10002, 2, "endpoint 0x0, 6 partitions of 24 bytes"),
    ("spmc-hafnium", 0x10001, 3, "endpoint 0x0, 3 partitions of 48 bytes"),
    pytest.param("spmc-1.0", 0x10000, 3, "endpoint 0x0, 3 partitions of 8 bytes", marks=pytest.mark.long),
    pytest.param("spmc-1.1", 0x10001, 2, "endpoint 0x0, 3 partitions of 24 bytes", marks=pytest.mark.long),
    pytest.param("spmc-1.3", 0x10003, 3, "endpoint 0x0, 3 partitions of 48 bytes", marks=pytest.mark.long),
    pytest.param("spmc-tfa", 0x10002, 3, "endpoint 0x0, 3 partitions of 24 bytes", marks=pytest.mark.long),
    pytest.param("spmc-optee", 0x10002, 3, "endpoint 0x0, 3 partitions of 24 bytes", marks=pytest.mark.long),
    pytest.param("spmc-locked-1.0", 0x10002, 3, "endpoint 0x0, 3 partitions of 8 bytes", marks=pytest.mark.long),
    pytest.param("spmc-success-64", 0x10001, 3, "endpoint 0x0, 3 partitions of 24 bytes", marks=pytest.mark.long)])
def test_partitions_use_real_pages_on_all_cpus(request, firmware, version, gic, told):
    boot = qemu.Boot(hypervisor="none", kernel=artefacts.payload("spmc"), initrd="none", memory="512M", cpus=4,
                     firmware=firmware, gic=gic, append=f"payload.version={version:#x}")
    with boots.session(request, boot) as host:
        assert host.wait_exit(120) == 0
        text = host.text
    assert not re.search(r"spmc: not ok|fw: crash", text), text[-3000:]
    assert f"spmc: {told}" in text
    done = re.search(r"^spmc: done passed (\d+) failed 0$", text, re.M)
    assert done and int(done[1]) > 430
    # the firmware says so too, on request
    assert re.search(r"^fw: spmc: endpoint 0x0, RX empty, notifications of 0 vCPUs, bound 0x0$", text, re.M)
    assert re.search(r"^fw: spmc: version 0x1000\d, 0 transactions$", text, re.M)
    # who has no notifications says so, all others have raised the interrupt
    assert ("spmc: no notifications" in text) == (firmware in ("spmc-1.0", "spmc-tfa", "spmc-locked-1.0"))
