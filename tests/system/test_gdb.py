# SPDX-License-Identifier: Apache-2.0
"""A debugger attached as `run --gdb` says: hv-info, hv-cpus, hv-pt and hv-log before the start, at EL2,
at EL3, at EL1, and on another CPU than the boot CPU."""
from __future__ import annotations

import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, qemu  # noqa: E402
import boots  # noqa: E402
from boots import MODELS  # noqa: E402

TIMEOUT = 180
LOOK = ["hv-info", "hv-cpus", "hv-log", "hv-log 2"]


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/probe.bin")


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


class Stopped:
    """What the commands printed at one stop."""

    def __init__(self, text: str):
        self.said = dict(re.findall(r"^<<(.*?)>>\n(.*?)(?=^<<|\Z)", text, re.M | re.S))

    def __getitem__(self, command: str) -> str:
        return self.said[command]


def debug(request, stops: list[tuple[str, str, list[str]]], *words: str) -> dict[str, Stopped]:
    """Run the machine under the debugger: (name, gdb commands that lead to the stop, what to look at)."""
    port = free_port()
    log = boots.log_of(request)
    log.parent.mkdir(parents=True, exist_ok=True)
    run = [str(ROOT / "portcullis"), "run", "--no-build", f"--gdb={port}", "--kernel",
           str(artefacts.payload("probe")), "--initrd", "none", "--memory", "512M", "--log", str(log),
           "--timeout", str(TIMEOUT), *words]
    script = log.with_suffix(".gdb")
    script.write_text("".join(
        f"echo \\n<<<{name}>>>\\n\n{lead}\n" + "".join(f"echo \\n<<{look}>>\\n\n{look}\n" for look in looks)
        for name, lead, looks in stops) + "echo \\n<<<end>>>\\n\nkill\n")
    with open(log.with_suffix(".run"), "w+", encoding="utf-8") as said:
        machine = subprocess.Popen(run, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            instructions = None
            end = time.monotonic() + 60
            while not instructions:
                text = Path(said.name).read_text("utf-8", "replace")
                instructions = re.search(r"(gdb-multiarch -q .*)\n", text)
                assert machine.poll() is None and time.monotonic() < end, text
                time.sleep(0.05)
            attach = shlex.split(instructions[1])
            done = subprocess.run([*attach, "-batch", "-x", str(script)], cwd=ROOT, text=True, check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
            output = done.stdout
            log.with_suffix(".out").write_text(output + done.stderr, "utf-8")
            assert "<<<end>>>" in output, output[-3000:] + done.stderr[-3000:]
            assert machine.wait(30) == 0
        finally:
            if machine.poll() is None:
                machine.terminate()
                machine.wait(10)
    parts = re.split(r"^<<<(.*)>>>$", output, flags=re.M)
    return {name: Stopped(text) for name, text in zip(parts[1::2], parts[2::2])}


def check_started(stop: Stopped, level: int, where: str, cpus: int, initialised: bool = True) -> None:
    """The commands tell the same wherever the machine stopped, and who stopped where."""
    info = stop["hv-info"]
    assert re.search(rf"^this CPU +EL{level}, pc 0x[0-9a-f]+ ?{where}", info, re.M), info
    assert f"started, {cpus} CPUs known" in info and re.search(r"^image +0x40200000 \.\. 0x", info, re.M)
    state = "stage 2 on, SMC trapped" if initialised else "stage 2 off, SMC not trapped"
    assert re.search(rf"HCR_EL2 +0x[0-9a-f]{{16}} {state}, E2H 0", info), info
    assert re.search(r"^firmware .*psci_version=0x1000", info, re.M), info
    each = re.findall(r"^(cpu\d) +mpidr 0x0*([0-9a-f]*) EL(\d)", stop["hv-cpus"], re.M)
    assert sorted(name for name, _, _ in each) == [f"cpu{n}" for n in range(cpus)], stop["hv-cpus"]
    lines = stop["hv-log"].strip().splitlines()
    assert re.search(r"hv: boot: \[start\] Portcullis", lines[0]), lines[0]
    assert any("hv: boot: [withheld]" in line for line in lines)
    assert stop["hv-log 2"].strip().splitlines() == lines[-2:]


def check_tables(stop: Stopped, ram: str = "0x44000000", own: str = "0x40200000") -> None:
    """Stage 2 has the host's RAM and not the image; stage 1 has the image, code that is not written."""
    text = stop[f"hv-pt {ram}"]
    assert re.search(rf"(?:block|page), read write, execute, normal write-back\n +{ram} -> {ram}", text), text
    stage2, _, stage1 = stop[f"hv-pt {own}"].partition("hypervisor, stage 1")
    assert "invalid: fault" in stage2 and "->" not in stage2, stage2
    if "MMU off" not in stage1:
        assert re.search(rf"4 KiB page, read, execute.*\n +{own} -> {own}", stage1), stage1
    console = stop["hv-pt 0x9000000"]
    assert re.search(r"(?:page|block), read write, no execute, (?:normal non-cacheable|device)", console), console
    beyond = stop["hv-pt 0xfffffffff000"]
    assert "fault" in beyond and "->" not in beyond, beyond


TABLES = ["hv-pt 0x44000000", "hv-pt 0x40200000", "hv-pt 0x9000000", "hv-pt 0xfffffffff000"]


@pytest.mark.parametrize("cpu,gic", [("max", 3), ("a53", 2)])
def test_commands_at_every_level(request, cpu, gic):
    stops = [
        ("reset", "", LOOK),
        ("el2", "hbreak host_ffa_call\ncontinue", LOOK + TABLES),
        ("el3", "delete\nhbreak call_handle\ncontinue", LOOK + TABLES),
        ("other", "delete\nhbreak psci_cpu_arrived thread 2\ncontinue", LOOK + TABLES),
    ]
    seen = debug(request, stops, "--cpu", MODELS[cpu], "--gic", str(gic), "--cpus", "4")
    reset = seen["reset"]
    assert "this CPU   EL3, pc 0x0" in reset["hv-info"] and "has not started yet" in reset["hv-info"]
    assert "no record of any CPU" in reset["hv-cpus"]
    assert "hv: " not in reset["hv-log"]

    check_started(seen["el2"], 2, "host_ffa_call at .*host/ffa.c", 4)
    check_tables(seen["el2"])
    cpus = seen["el2"]["hv-cpus"]
    assert re.search(r"cpu0 .*EL2 .*host_ffa_call.*\n.*\n +handling a call of the host: 0x84000064", cpus), cpus
    # The others wait in the firmware.
    assert len(re.findall(r"cpu[123] .*EL3 ", cpus)) == 3, cpus
    assert "[enter]" in seen["el2"]["hv-log"]

    check_started(seen["el3"], 3, "call_handle.* at .*firmware/calls.c", 4)
    check_tables(seen["el3"])

    # A CPU that has just come is not set up for the host yet, and the commands say so.
    check_started(seen["other"], 2, "psci_cpu_arrived", 4, initialised=False)
    assert "host, stage 2: off on this CPU" in seen["other"]["hv-pt 0x44000000"]
    assert "0x40200000 -> 0x40200000" in seen["other"]["hv-pt 0x40200000"]
    assert re.search(r"cpu1 .*EL2 .*psci_cpu_arrived", seen["other"]["hv-cpus"]), seen["other"]["hv-cpus"]


def test_commands_before_and_in_the_host(request):
    """At the first instruction of the host, and in the middle of it."""
    stops = [("first", "hbreak *0x41000000\ncontinue", LOOK + TABLES),
             ("exit", "delete\nhbreak trap_host\ncontinue\nfinish", LOOK + TABLES)]
    seen = debug(request, stops, "--firmware", "none", "--cpus", "2")
    check_started(seen["first"], 1, "", 2)
    check_tables(seen["first"])
    assert "exits: calls 0, aborts 0" in seen["first"]["hv-cpus"]
    check_started(seen["exit"], 2, "", 2)
    # whatever the first one is, it is counted
    first = re.search(r"^cpu0 .*\n.*exits: calls (\d+), aborts (\d+), traps (\d+);", seen["exit"]["hv-cpus"], re.M)
    assert first and sum(map(int, first.groups())) == 1, seen["exit"]["hv-cpus"]


def test_a_moved_image_is_found_and_a_foreign_one_is_not(request, tmp_path):
    """Symbols follow the image's address; with another build's symbols the commands say so."""
    other = tmp_path / "portcullis.elf"
    data = bytearray(artefacts.elf().read_bytes())
    note = artefacts.elf().read_bytes().find(b"GNU\0", data.find(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"))
    data[note + 4] ^= 0xff
    other.write_bytes(bytes(data))
    os.environ["PORTCULLIS_ELF"] = str(other)
    try:
        seen = debug(request, [("foreign", "hbreak *0x41000000\ncontinue\n"
                                "python\ntry:\n  gdb.execute('hv-info')\nexcept gdb.error as e:\n"
                                "  print('REFUSED', e)\nend", [])], "--cpus", "1")
    finally:
        del os.environ["PORTCULLIS_ELF"]
    assert seen, "no stop"
    out = boots.log_of(request).with_suffix(".out").read_text("utf-8")
    assert re.search(r"REFUSED no image with the build-id of .* is in memory", out), out[-1500:]


def test_hv_pt_wants_an_address(request):
    stops = [("usage", "hbreak *0x41000000\ncontinue\n"
              "python\nfor words in ('hv-pt', 'hv-pt 1 2', 'hv-pt nonsense'):\n  try:\n    gdb.execute(words)\n"
              "  except gdb.error as e:\n    print('REFUSED', words, e)\nend", ["hv-pt $pc"])]
    seen = debug(request, stops, "--cpus", "1")
    assert "0x41000000 -> 0x41000000" in seen["usage"]["hv-pt $pc"]
    out = boots.log_of(request).with_suffix(".out").read_text("utf-8")
    assert out.count("REFUSED") == 3 and out.count("usage: hv-pt ADDR") == 2, out[-1500:]
    assert qemu.HYPERVISOR_ADDRESS == 0x40200000
