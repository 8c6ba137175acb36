# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel under Portcullis on machines of many kinds: every pair of settings is booted once."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, qemu  # noqa: E402
from command.console import Session  # noqa: E402
import boots  # noqa: E402
from boots import MODELS  # noqa: E402

# CPUs, GIC, model, memory, firmware: rows such that every pair of values that can be is in one of them.
# `dirty` fills RAM before the start, which takes emulation 10 s for 512 MiB and minutes for 16 GiB.
MACHINES = [
    (1, 3, "a53", "2G", "none"), (1, 2, "a72", "16G", "v1.1"), (1, 2, "max", "512M", "dirty"),
    (1, 2, "n1", "4G", "v1.1"), (2, 2, "a53", "4G", "none"), (2, 3, "a72", "512M", "dirty"),
    (2, 3, "max", "16G", "none"), (2, 2, "n1", "2G", "v1.1"), (2, 3, "n1", "512M", "v1.1"),
    (4, 3, "a53", "512M", "dirty"), (4, 2, "a72", "2G", "none"), (4, 3, "max", "4G", "v1.1"),
    (4, 2, "n1", "512M", "none"), (4, 2, "n1", "16G", "v1.1"), (8, 2, "a53", "16G", "v1.1"),
    (8, 2, "a72", "4G", "none"), (8, 2, "max", "2G", "none"), (8, 3, "n1", "512M", "dirty"),
]
VALUES = [[1, 2, 4, 8], [2, 3], list(MODELS), ["512M", "2G", "4G", "16G"], ["none", "v1.1", "dirty"]]


@pytest.fixture(scope="module", autouse=True)
def _built(request):
    if any(not item.get_closest_marker("off_target") for item in request.session.items):
        boots.build()


@pytest.mark.off_target
def test_the_machines_cover_every_pair():
    missing = boots.uncovered_pairs(MACHINES, VALUES,
                                    lambda cpus, gic, cpu, memory, firmware:
                                    firmware != "dirty" or memory == "512M")
    assert not missing
    assert len(set(MACHINES)) == len(MACHINES)


def machine(cpus: int, gic: int, cpu: str, memory: str, firmware: str, **options) -> qemu.Boot:
    return qemu.Boot(cpus=cpus, gic=gic, cpu=MODELS[cpu], memory=memory, firmware=firmware, **options)


def case(row: tuple):
    # Eight emulated CPUs that wait for each other make little way when other tests want the machine, too.
    return pytest.param(*row, id=f"{row[0]}cpu-gic{row[1]}-{'-'.join(row[2:])}",
                        marks=[pytest.mark.alone] if row[0] == 8 else [])


@pytest.mark.parametrize("cpus,gic,cpu,memory,firmware", map(case, MACHINES))
def test_debian_boots(request, cpus, gic, cpu, memory, firmware):
    """User space on all CPUs at EL1, a whole report before it, no fault, and exit status 0."""
    boot = machine(cpus, gic, cpu, memory, firmware)
    if cpus == 8:
        # On a busy machine an emulated CPU may not run for a minute, which Linux takes for a fault of its own.
        boot.append = "rcupdate.rcu_cpu_stall_timeout=150 watchdog_thresh=60"
    with boots.session(request, boot, timeout=400 if cpus == 8 else 180) as host:
        boots.ready(host)
        boots.check_report(host.text, boot)
        report, _, rest = host.text.partition("[enter]")
        assert "Booting Linux on physical CPU" in rest and "Booting Linux" not in report
        boots.check_linux(host)
        boots.power_off(host)
        if firmware != "none":
            assert "fw: power: system off" in host.text


def test_every_cpu_of_linux_sees_the_same_registers(request):
    """Linux compares the ID registers of its CPUs; user space reads some of them through it."""
    with boots.session(request, qemu.Boot(cpus=4)) as host:
        boots.ready(host)
        assert "SANITY CHECK" not in host.shell("dmesg")[1]
        code, text = host.shell("cat /sys/devices/system/cpu/cpu*/regs/identification/midr_el1")
        assert code == 0 and len(text.split()) == 4 and len(set(text.split())) == 1
        code, text = host.shell("grep Features /proc/cpuinfo | sort -u | wc -l")
        assert (code, text) == (0, "1\n")


@pytest.mark.parametrize("cpu,gic,firmware", [("max", 3, "v1.1"), ("n1", 2, "none"), ("max", 2, "dirty")])
def test_debian_boots_where_e2h_is_fixed(request, cpu, gic, firmware):
    """The test build that runs with HCR_EL2.E2H = 1, as on a CPU without FEAT_E2H0."""
    artefacts.build("VARIANT=e2h", "hypervisor-e2h/portcullis.img")
    image = artefacts.build_directory() / "hypervisor-e2h" / "portcullis.img"
    boot = machine(4, gic, cpu, "512M", firmware, hypervisor=str(image))
    with boots.session(request, boot) as host:
        boots.ready(host)
        boots.check_report(host.text, boot)
        assert "E2H fixed to 1" in boots.lines(host.text, "cpu")[0]
        boots.check_linux(host)
        boots.power_off(host)


def test_the_host_cannot_have_what_is_withheld(request):
    """A user of Linux reaches for a withheld page: the kernel is told, and lives."""
    with boots.session(request, qemu.Boot(cpus=2, memory="512M")) as host:
        boots.ready(host)
        pool = re.search(r"(0x[0-9a-f]+)-0x[0-9a-f]+ hypervisor pool", host.text)
        assert pool
        code, text = host.shell("dmesg | grep nomap")
        assert code == 0 and int(pool[1], 16) in [int(word, 16) for word in
                                                  re.findall(r"mem: (0x[0-9a-f]+)\.\.", text)]
        # The kernel refuses RAM by /dev/mem, or is refused itself; in no case is there a byte.
        code, text = host.shell(f"devmem {pool[1]} 64")
        assert code != 0 and not re.search(r"^0x[0-9A-F]{16}$", text, re.M), text
        assert "hv: crash" not in host.text
        assert host.shell("echo alive")[1] == "alive\n"
        boots.power_off(host)


def test_the_report_is_the_same_on_every_start(request):
    """Two starts of one machine differ in their times and in nothing else."""
    reports = []
    for number in range(2):
        boot = qemu.Boot(cpus=2, memory="512M", initrd="none", kernel=artefacts.payload("idle"),
                         machine_options=["dtb-randomness=off"])
        artefacts.build("payloads/idle.bin")
        log = boots.log_of(request).with_suffix(f".{number}.log")
        with Session(boot, log=log, timeout=60) as host:
            assert host.wait_exit(60) == 0
            text = re.sub(r"^\[ *\d+\.\d+\] ", "", host.text, flags=re.M)
            text = re.sub(r"; \d+ us since the first instruction, firmware asked for \d+ us", "", text)
            reports.append(text.splitlines())
    assert reports[0] == reports[1]
