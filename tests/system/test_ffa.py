# SPDX-License-Identifier: Apache-2.0
"""FF-A on target: the payload `ffa` as host, which makes the good calls and the bad ones, then on all CPUs at
once; for each version of firmware and each version of the host, and on firmware that takes after real ones."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, qemu  # noqa: E402
import boots  # noqa: E402

TIMEOUT = 240
FIRMWARE = ("1.0", "1.1", "1.2", "1.3")
HOSTS = ("1.0", "1.1", "1.2")
# Whose ways it has, and what is not offered to the host there.
LIKE = {"spmc-tfa": "notifications", "spmc-hafnium": "", "spmc-optee": ""}


@pytest.fixture(scope="module", autouse=True)
def _built(request):
    if any(not item.get_closest_marker("off_target") for item in request.session.items):
        boots.build("payloads/ffa.bin")


def run(request, firmware: str, *words: str, **options) -> str:
    """The payload's boot to its end; its console. Each test of it has passed."""
    boot = qemu.Boot(kernel=artefacts.payload("ffa"), initrd="none", firmware=firmware, memory="1G",
                     append=" ".join([f"payload.seed={boots.SEED}", *words]), **{"cpus": 1, **options})
    with boots.session(request, boot, TIMEOUT) as host:
        host.expect(r"^ffa: done \d+ passed \d+ failed", TIMEOUT)
        text = host.text
    for pattern in boots.TROUBLE:
        found = re.search(pattern + ".*", text, re.M)
        assert not found, found[0]
    passed, failed = re.search(r"^ffa: done (\d+) passed (\d+) failed", text, re.M).groups()
    details = re.findall(r"^ffa: (?:# |not ok ).*$", text, re.M)
    assert (failed, int(passed) > 5) == ("0", True), "\n".join(details)
    return text


def names(text: str) -> list[str]:
    return re.findall(r"^ffa: ok \d+ (.*): \d+ checks", text, re.M)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("firmware", FIRMWARE)
def test_each_version_of_host_and_firmware(request, firmware, host):
    text = run(request, f"spmc-{firmware}", f"payload.version={host}", "payload.rounds=20")
    served = min(firmware, host)
    assert re.search(rf"\[ffa-host\] .* speaks {re.escape(served)} from now", text)
    assert any(name.startswith("M7 ") for name in names(text))


@pytest.mark.parametrize("firmware", LIKE)
def test_firmware_that_takes_after_a_real_one(request, firmware):
    found = names(run(request, firmware, "payload.version=1.2", "payload.rounds=20"))
    assert any(name.startswith("G11 ") for name in found) == (LIKE[firmware] == "notifications"), found


def test_four_cpus_at_once(request):
    text = run(request, "spmc-1.2", "payload.rounds=60", cpus=4)
    won, lost = map(int, re.search(r"the common page: (\d+) won, (\d+) lost", text).groups())
    assert (won, lost) == (60, 180)


@pytest.mark.parametrize("model", boots.MODELS)
def test_each_cpu_model(request, model):
    run(request, "spmc-1.1", "payload.rounds=20", cpu=boots.MODELS[model], cpus=2,
        gic=2 if model == "a72" else 3)


def test_firmware_without_ffa(request):
    text = run_absent(request)
    assert "FF-A is absent" in text


def run_absent(request) -> str:
    boot = qemu.Boot(kernel=artefacts.payload("ffa"), initrd="none", firmware="absent-w32", memory="512M", cpus=1)
    with boots.session(request, boot, TIMEOUT) as host:
        host.expect(r"^ffa: done 1 passed 0 failed", TIMEOUT)
        return host.text


def test_linux_makes_the_same_calls_above_pkvm_and_above_portcullis():
    done = subprocess.run([str(ROOT / "portcullis"), "scenario", "ffa", "--json"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=600, check=False)
    cells = json.loads(done.stdout)["cells"]
    assert done.returncode == 0, [(cell["name"], cell["result"], cell["evidence"]) for cell in cells]
    answers = json.loads(done.stdout)["comparison"]
    assert answers[0] == ["call", "own pKVM", "Portcullis"]
    assert all(len(row) == 3 for row in answers)
