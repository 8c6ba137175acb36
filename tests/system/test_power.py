# SPDX-License-Identifier: Apache-2.0
"""Power under Portcullis: CPUs that come and go, idle states, sleep, reset, and firmware that refuses."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, initramfs, qemu  # noqa: E402
from command.scenarios import initramfs as programs  # noqa: E402
import boots  # noqa: E402
from boots import MODELS  # noqa: E402

CPU = "/sys/devices/system/cpu"
KEXEC = Path(__file__).with_name("kexec.c")


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/restart.bin")


def check_quiet(host) -> None:
    """Nothing has gone wrong below Linux or in it."""
    for pattern in boots.TROUBLE + boots.LINUX_TROUBLE:
        found = re.search(pattern + ".*", host.text + host.shell("dmesg")[1], re.M)
        assert not found, found[0]


# -- hotplug ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu,gic", [("max", 3), ("a53", 2)])
def test_fifty_rounds_of_hotplug(request, cpu, gic):
    """Each of the other CPUs goes off and on in turn, then all at once; in the end all work."""
    with boots.session(request, qemu.Boot(cpus=4, gic=gic, cpu=MODELS[cpu], memory="512M")) as host:
        boots.ready(host)
        code, text = host.shell(
            "failed=0; round=0; while [ $round -lt 50 ]; do cpu=$((round % 3 + 1)); "
            f"echo 0 >{CPU}/cpu$cpu/online || failed=$((failed + 1)); "
            f"[ $(cat {CPU}/cpu$cpu/online) = 0 ] || failed=$((failed + 1)); "
            f"echo 1 >{CPU}/cpu$cpu/online || failed=$((failed + 1)); "
            "round=$((round + 1)); done; echo rounds $round failed $failed", 240)
        assert (code, text) == (0, "rounds 50 failed 0\n")
        code, text = host.shell(f"for cpu in 1 2 3; do echo 0 >{CPU}/cpu$cpu/online; done; cat {CPU}/online; "
                                f"for cpu in 3 1 2; do echo 1 >{CPU}/cpu$cpu/online; done; cat {CPU}/online")
        assert (code, text) == (0, "0\n0-3\n")
        # The boot CPU is a CPU like the others.
        code, text = host.shell(f"echo 0 >{CPU}/cpu0/online && cat {CPU}/online; echo 1 >{CPU}/cpu0/online; "
                                f"cat {CPU}/online")
        assert (code, text) == (0, "1-3\n0-3\n")
        code, text = host.shell("for cpu in 0 1 2 3; do taskset $((1 << cpu)) sh -c 'echo works'; done")
        assert (code, text) == (0, "works\n" * 4)
        log = host.shell("dmesg")[1]
        assert len(re.findall(r"psci: CPU\d killed", log)) >= 54
        check_quiet(host)
        boots.power_off(host)


# -- idle states --------------------------------------------------------------------------------------


USAGE = "for state in 1 2; do for cpu in 0 1 2 3; do cat %s/cpu$cpu/cpuidle/state$state/usage; done; done" % CPU


@pytest.mark.parametrize("cpu,gic", [("max", 3), ("n1", 2)])
def test_idle_cpus_are_suspended(request, cpu, gic):
    """CPU_SUSPEND, standby and power-down, of every CPU, thousands of times under load that comes and goes."""
    boot = qemu.Boot(cpus=4, gic=gic, cpu=MODELS[cpu], memory="512M", firmware_options=["idle=eager"])
    with boots.session(request, boot) as host:
        boots.ready(host)
        names = host.shell(f"cat {CPU}/cpu0/cpuidle/state*/name")[1].split()
        assert names == ["WFI", "cpu-standby", "cpu-power-down"]
        first = [int(word) for word in host.shell(USAGE)[1].split()]
        assert host.shell("for i in 1 2 3 4 5; do usleep 300000; taskset 2 true; taskset 4 true; taskset 8 true; "
                          "done; sleep 2", 120)[0] == 0
        last = [int(word) for word in host.shell(USAGE)[1].split()]
        for cpu_number in range(4):
            standby, down = last[cpu_number], last[4 + cpu_number]
            assert standby + down > first[cpu_number] + first[4 + cpu_number], (first, last)
        assert sum(last[4:]) > sum(first[4:]), (first, last)
        rejected = host.shell(f"cat {CPU}/cpu*/cpuidle/state*/rejected")[1].split()
        assert set(rejected) == {"0"}
        assert host.shell(f"cat {CPU}/online")[1] == "0-3\n"
        # Time is one on all CPUs, however often they lost their power.
        code, text = host.shell("for i in 1 2 3 4 5 6 7 8; do for cpu in 1 2 4 8; do taskset $cpu cut -d' ' -f1 "
                                "/proc/uptime; done; done", 60)
        times = [float(word) for word in text.split()]
        assert code == 0 and times == sorted(times) and len(times) == 32
        check_quiet(host)
        boots.power_off(host)


# -- sleep --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu,gic", [("max", 3), ("a72", 2)])
def test_sleep_and_back(request, cpu, gic):
    """SYSTEM_SUSPEND until the clock rings, twice, and everything is as before."""
    with boots.session(request, qemu.Boot(cpus=4, gic=gic, cpu=MODELS[cpu], memory="512M")) as host:
        boots.ready(host)
        assert "[deep]" in host.shell("cat /sys/power/mem_sleep")[1]
        assert host.shell("dd if=/dev/urandom of=/tmp/data bs=1k count=4096 2>/dev/null; "
                          "md5sum </tmp/data >/tmp/sum")[0] == 0
        for turn in range(2):
            before = int(host.shell("cat /sys/class/rtc/rtc0/since_epoch")[1])
            assert host.shell("rtcwake -m mem -s 3", 120)[0] == 0
            after = int(host.shell("cat /sys/class/rtc/rtc0/since_epoch")[1])
            assert after - before >= 2, (before, after)
            assert host.text.count("fw: power: system suspended") == turn + 1
            assert host.text.count("fw: power: system resumes") == turn + 1
            assert host.shell(f"cat {CPU}/online")[1] == "0-3\n"
            assert host.shell("md5sum </tmp/data | cmp - /tmp/sum")[0] == 0
        log = host.shell("dmesg")[1]
        assert log.count("PM: suspend exit") == 2
        assert len(re.findall(r"CPU[123] is up", log)) == 6
        assert host.shell(f"echo 0 >{CPU}/cpu2/online; echo 1 >{CPU}/cpu2/online; cat {CPU}/online")[1] == "0-3\n"
        check_quiet(host)
        boots.power_off(host)


# -- reset --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", ["v1.1", "none"])
def test_reset_leads_to_a_new_start(request, firmware):
    """SYSTEM_RESET, and SYSTEM_RESET2 where it is offered, in turn: each start is a whole one."""
    boot = qemu.Boot(cpus=2, memory="512M", firmware=firmware, kernel=artefacts.payload("restart"),
                     initrd="none", append="payload.resets=4")
    with boots.session(request, boot) as host:
        host.expect(r"^restart: done after 4 resets$", 90)
        assert host.wait_exit() == 0
        text = host.text
    boots.check_report(text, boot)
    assert len(boots.lines(text, "start")) == len(boots.lines(text, "enter")) == 5
    assert len(set(boots.lines(text, "kept"))) == 1
    if firmware != "none":
        assert text.count("fw: power: system reset") == text.count("fw: power: system warm reset") == 2


def test_linux_reboots(request):
    boot = qemu.Boot(cpus=4, memory="512M")
    with boots.session(request, boot) as host:
        boots.ready(host)
        host.restarted()
        host.send("reboot\n")
        host.expect(r"fw: power: system reset", 60)
        host.expect(r"hv: boot: \[enter\]", 60)
        boots.ready(host)
        assert host.shell(f"cat {CPU}/online")[1] == "0-3\n"
        boots.power_off(host)
        boots.check_report(host.text, boot)


# -- firmware that refuses ------------------------------------------------------------------------------


def test_cpu_on_denied_leaves_the_boot_cpu(request):
    """Linux is told DENIED for each CPU, and goes on with one."""
    with boots.session(request, qemu.Boot(cpus=4, memory="512M", firmware="cpu-on-denied")) as host:
        boots.ready(host)
        assert host.shell(f"cat {CPU}/online")[1] == "0\n"
        assert "smp: Brought up 1 node, 1 CPU\n" in host.shell("dmesg")[1]
        refused = boots.lines(host.text, "psci-refused")
        assert refused == ["firmware refused CPU_ON: DENIED (-3); host told so"] * 3, refused
        assert host.shell(f"echo 1 >{CPU}/cpu1/online")[0] != 0
        assert host.shell("echo alive")[1] == "alive\n"
        boots.power_off(host)


def test_a_refused_sleep_is_an_error_and_no_more(request):
    """SYSTEM_SUSPEND comes back with INTERNAL_FAILURE: the write fails, all CPUs are there again."""
    boot = qemu.Boot(cpus=4, memory="512M", firmware="suspend-fails", firmware_options=["idle=eager"])
    with boots.session(request, boot) as host:
        boots.ready(host)
        code, text = host.shell("rtcwake -m mem -s 30", 120)
        assert code != 0 and "rror" in text
        assert "fw: power: system suspended" not in host.text
        # a line of the hypervisor's may come in between
        assert re.search(r"^0-3$", host.shell(f"cat {CPU}/online")[1], re.M)
        # Idle states that are refused cost time, never the machine.
        assert host.shell("sleep 1; echo alive", 60)[1] == "alive\n"
        refused = host.shell(f"cat {CPU}/cpu*/cpuidle/state[12]/rejected")[1].split()
        assert sum(map(int, refused)) > 0
        assert boots.lines(host.text, "psci-refused")
        boots.power_off(host)


def test_a_cpu_off_that_comes_back_is_the_host_s_to_judge(request):
    """CPU_OFF is refused: the host is told so. Linux has no answer to that and panics; the machine below
    it stands, and serves the reset with which Linux ends."""
    boot = qemu.Boot(cpus=4, memory="512M", firmware="returns-from-off", append="panic=-1", extra=["-no-reboot"])
    with boots.session(request, boot) as host:
        boots.ready(host)
        host.send(f"echo 0 >{CPU}/cpu3/online\n")
        assert host.machine.wait(lambda: host.machine.closed, 90), host.text[-2000:]
        text = host.text
    assert "firmware refused CPU_OFF: DENIED" in " ".join(boots.lines(text, "psci-refused"))
    assert "Kernel panic - not syncing: Attempted to kill the idle task!" in text and "cpu_die" in text
    assert "fw: power: system reset" in text
    for pattern in boots.TROUBLE:
        assert not re.search(pattern, text), pattern


# -- another kernel -------------------------------------------------------------------------------------


def kexec_initrd(request) -> Path:
    """An initrd with a second kernel, its initrd, and the program that starts them."""
    directory = boots.log_of(request).parent
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "kexec"
    subprocess.run(["aarch64-linux-gnu-gcc", *programs.FLAGS, "-o", str(program), str(KEXEC)], check=True)
    target = directory / "kexec.cpio"
    target.write_bytes(initramfs.archive(artefacts.busybox().read_bytes(), {
        "bin/kexec": program.read_bytes(), "bin/kernel": artefacts.kernel().read_bytes(),
        "bin/initrd": artefacts.initrd().read_bytes()}))
    return target


# Not on a CPU with 52-bit addresses: there Linux 6.12's own kexec fails, with and without a hypervisor.
@pytest.mark.parametrize("cpu,gic", [("n1", 3), ("a72", 2)])
def test_another_kernel_in_place_of_the_first(request, cpu, gic):
    """kexec: neither firmware nor hypervisor starts again, and the new kernel finds all as at a boot."""
    boot = qemu.Boot(cpus=4, gic=gic, cpu=MODELS[cpu], memory="1G", initrd=kexec_initrd(request))
    with boots.session(request, boot) as host:
        boots.ready(host)
        assert host.shell("echo first >/run/which; cat /run/which")[1] == "first\n"
        host.restarted()
        host.send("kexec /bin/kernel /bin/initrd\n")
        host.expect("Booting Linux on physical CPU", 60)
        boots.ready(host)
        again = host.text.rpartition("Booting Linux on physical CPU")[2]
        assert "hv: boot:" not in again and host.text.count("hv: boot: [enter]") == 1
        assert host.shell("cat /run/which")[0] != 0
        assert host.shell(f"cat {CPU}/online")[1] == "0-3\n"
        log = host.shell("dmesg")[1]
        assert "CPU: All CPU(s) started at EL1" in log and "psci: PSCIv1.1 detected in firmware" in log
        assert host.shell(f"echo 0 >{CPU}/cpu3/online; echo 1 >{CPU}/cpu3/online; cat {CPU}/online")[1] == "0-3\n"
        check_quiet(host)
        boots.power_off(host)
