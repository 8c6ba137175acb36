# SPDX-License-Identifier: Apache-2.0
"""Boots of Portcullis for the tests: their images and logs, and what every good boot says."""
from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from command import artefacts, qemu
from command.console import Session
from command.monitor import Monitor

RUN = Path(os.environ.get("PORTCULLIS_RUN") or artefacts.build_directory() / "run")
SEED = int(os.environ.get("PORTCULLIS_SEED") or 1) % 2 ** 32

MODELS = {"a53": "cortex-a53", "a72": "cortex-a72", "n1": "neoverse-n1", "max": qemu.DEFAULT_CPU}
MIB = 1 << 20

# Keys that the boot report has on every machine, in their order.
REPORT = ("start", "hardening", "cpu", "cpu-features", "cpu-registers", "entropy", "ram", "kept", "withheld",
          "devices", "dma", "console", "cpus", "kernel", "initrd", "bootargs", "tree", "edits", "fw-psci",
          "fw-smccc", "fw-soc-id", "fw-trng", "fw-workaround", "psci-offer", "ffa-offer", "smc-policy", "enter")
# What no boot may say, whoever the host is.
TROUBLE = (r"hv: crash: ", r"hv: boot: \[refused\]", r"fw: crash", r"\[psci-garbage\]",
           r"\[psci-stray\]", r"\[cpu-differs\]")
# What Linux says when something below it is wrong.
LINUX_TROUBLE = (r"^\[[^]]*\] (?:WARNING|BUG|Unable to handle|Oops)", r"Kernel panic", r"SError",
                 r"[Ss]ynchronous external abort", r"rcu: INFO", r"soft lockup", r"hv: mem: \[fault")


def build(*targets: str) -> None:
    artefacts.build("hypervisor/portcullis.img", "firmware/firmware.bin", *targets)


def log_of(request) -> Path:
    """The console log of a test, by its name."""
    return RUN / Path(request.node.path).stem.removeprefix("test_") / (
        re.sub(r"[^\w.-]+", "-", request.node.name) + ".log")


def session(request, boot: qemu.Boot | list[str], timeout: float = 180.0) -> Session:
    """`timeout` is for each thing that is awaited. A boot takes 5 s; 8 emulated CPUs on a machine that
    has two and runs other tests beside this one may take a minute."""
    return Session(boot, log=log_of(request), timeout=timeout)


def probe(*words: str, **options) -> qemu.Boot:
    """A boot with the probe as host; `words` for it as they stand in its boot arguments."""
    options.setdefault("memory", "512M")
    append = " ".join([f"payload.seed={SEED}", *words])
    return qemu.Boot(kernel=artefacts.payload("probe"), initrd="none", append=append, **options)


def ready(host: Session) -> None:
    """At the host's prompt, with a kernel that keeps its messages to itself (dmesg has them)."""
    host.wait_ready()
    assert host.shell("dmesg -n 1")[0] == 0


def lines(text: str, key: str) -> list[str]:
    """The lines of the hypervisor with this key, from their text on."""
    return re.findall(rf"\[ *\d+\.\d+\] hv: \w+: \[{re.escape(key)}\] (.*)$", text, re.M)


def check_report(text: str, boot: qemu.Boot) -> None:
    """The boot report is whole, in order, in front of the host, and says what machine this is."""
    keys = re.findall(r"^\[ *\d+\.\d+\] hv: \w+: \[([a-z0-9-]+)\]", text, re.M)
    assert keys.count("enter") == keys.count("start"), keys
    first = keys[:keys.index("enter") + 1]
    missing = [key for key in REPORT if key not in first]
    assert not missing, f"missing in the boot report: {missing}"
    order = [first.index(key) for key in REPORT if key not in ("hardening",)]
    assert order == sorted(order), first
    for pattern in TROUBLE:
        found = re.search(pattern + ".*", text, re.M)
        assert not found, found[0]
    size = qemu.memory_bytes(boot.memory)
    kept = re.match(r"(\d+) ([KM])iB of (\d+) MiB for the hypervisor", lines(text, "kept")[0])
    assert kept and int(kept[3]) == size // MIB, lines(text, "kept")
    unit = MIB if kept[2] == "M" else 1 << 10
    assert int(kept[1]) * unit <= MIB + size * 0.0015, f"{kept[0]}: more than 1 MiB + 0.15 %"
    assert re.match(rf"{boot.cpus}, boot CPU 0, PSCI by SMC", lines(text, "cpus")[0]), lines(text, "cpus")
    withheld = " ".join(lines(text, "withheld"))
    for what in ("fw-cfg", "hypervisor's code and data", "page tables and per-CPU memory"):
        assert what in withheld, withheld
    assert ("GICH" in withheld and "GICV" in withheld) == (boot.gic == 2), withheld


def check_linux(boot: Session) -> None:
    """In the host's shell: the machine that was asked for, at EL1, with nothing to complain about."""
    asked = boot.boot
    assert asked is not None
    online = "0" if asked.cpus == 1 else f"0-{asked.cpus - 1}"
    assert boot.shell("cat /sys/devices/system/cpu/online") == (0, online + "\n")
    code, log = boot.shell("dmesg")
    assert code == 0 and "CPU: All CPU(s) started at EL1" in log
    assert re.search(r"psci: PSCIv1\.\d detected in firmware", log)
    assert "HYP mode not available" in log      # no KVM: EL2 is taken
    for pattern in LINUX_TROUBLE:
        found = re.search(pattern + ".*", log, re.M)
        assert not found, found[0]
    code, who = boot.shell("tr '\\0' ' ' </proc/device-tree/hypervisor/compatible")
    assert (code, who.split()) == (0, ["portcullis,portcullis"])
    assert boot.shell("ls /proc/device-tree | grep -c fw-cfg") == (1, "0\n")
    total = re.search(r"MemTotal: +(\d+) kB", boot.shell("cat /proc/meminfo")[1])
    size = qemu.memory_bytes(asked.memory)
    assert total and size * 0.75 < int(total[1]) << 10 < size, total
    # Who is below is told on the console, too.
    assert "host: hypervisor below: portcullis,portcullis" in boot.text
    for pattern in LINUX_TROUBLE:
        found = re.search(pattern + ".*", boot.text, re.M)
        assert not found, found[0]


def power_off(boot: Session, timeout: float = 60) -> None:
    boot.send("poweroff\n")
    assert boot.wait_exit(timeout) == 0


def check_probe(boot: Session, timeout: float) -> str:
    """The probe goes through all its tests and passes them; the whole console."""
    done = boot.expect(r"^probe: done (\d+) passed (\d+) failed$", timeout)
    failed = "\n".join(re.findall(r"^probe: (?:not ok|# [^:\n]*: ).*$", boot.text, re.M))
    assert int(done[1]) > 20 and done[2] == "0", failed
    assert boot.wait_exit(20) == 0
    assert "probe: not ok" not in boot.text, failed
    return boot.text


def uncovered_pairs(table: list[tuple], values: list[list], possible) -> set[tuple]:
    """Pairs of settings that no row of `table` has, though a row for which `possible` is true could."""
    def pairs(row):
        return {((a, row[a]), (b, row[b])) for a, b in itertools.combinations(range(len(row)), 2)}
    wanted = set().union(*(pairs(row) for row in itertools.product(*values) if possible(*row)))
    return wanted - set().union(*map(pairs, table))


@contextlib.contextmanager
def stub(machine: Monitor) -> Iterator[Callable[[int, bytes], None]]:
    """Write physical memory by QEMU's stub for a debugger: write(address, data). The machine stands meanwhile and
    notices nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    machine.ask("human-monitor-command", **{"command-line": f"gdbserver tcp:127.0.0.1:{port}"})
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        def ask(packet: str) -> None:
            connection.sendall(f"${packet}#{sum(packet.encode()) & 0xff:02x}".encode())
            answer = b""
            # The machine stops, which the stub tells in between.
            while not (match := re.search(rb"\$(OK|E..|)#..", answer)):
                answer += connection.recv(4096)
            connection.sendall(b"+")
            assert match[1] == b"OK", (packet, answer)
        ask("Qqemu.PhyMemMode:1")
        yield lambda address, data: ask(f"M{address:x},{len(data):x}:{data.hex()}")
        ask("Qqemu.PhyMemMode:0")
    machine.ask("human-monitor-command", **{"command-line": "gdbserver none"})
    if not machine.ask("query-status")["running"]:     # type: ignore[index]
        machine.resume()
