# SPDX-License-Identifier: Apache-2.0
"""Registers of EL2 that decide about traps, as they are on each CPU model while a host runs, against a
table with reasons (trap_registers.py). Read from outside, through QEMU's gdb stub."""
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "system")]

import boots  # noqa: E402
from command import artefacts, qemu  # noqa: E402
from stub import Stub, free_port  # noqa: E402
from trap_registers import REGISTERS, Cpu  # noqa: E402

IDENTITY = re.compile(r"ID_AA64\w+_EL1$|PMCR_EL0$|MPAMIDR_EL1$")


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/donor.bin")


def identity(text: str) -> dict[str, int]:
    """What QEMU's stub does not show of the boot CPU, as the host read it."""
    return {name: int(value, 16) for name, value in re.findall(r"(\w+_EL1)=(0x[0-9a-f]+)", text)}


def differences(stub: Stub, known: dict[str, int], image: range) -> list[str]:
    """What is not as the table has it, on the chosen CPU."""
    cpu = Cpu({name: stub.read(name) for name in stub.names() if IDENTITY.match(name)} | known)
    assert cpu.ID_AA64PFR0_EL1 and cpu.MIDR_EL1 and cpu.MPIDR_EL1 and cpu.ID_AA64MMFR0_EL1
    wrong = []
    for register in REGISTERS:
        if register.when is not None and not register.when(cpu):
            continue
        if register.name not in stub:
            wrong.append(f"{register.name}: the CPU has it, and the stub does not show it")
            continue
        value, expected = stub.read(register.name), register.expected(cpu)
        if value != expected:
            wrong.append(f"{register.name} is {value:#x}, not {expected:#x}: " + "; ".join(
                why for first, last, _, _, why in register.rows
                if (value ^ expected) >> first & (1 << last - first + 1) - 1) + f" (others 0: {register.zero})")
    vttbr, vbar = stub.read("VTTBR_EL2"), stub.read("VBAR_EL2")
    if vttbr >> 48 != 1:
        wrong.append(f"VTTBR_EL2 is {vttbr:#x}, not of VMID 1")
    if vbar not in image:
        wrong.append(f"VBAR_EL2 is {vbar:#x}, not in the image")
    return wrong


def check(request, known: dict[str, int], **options) -> dict[str, int]:
    """Boot, and compare on each CPU; what is known of the boot CPU by then."""
    port = free_port()
    boot = qemu.Boot(extra=["-gdb", f"tcp:localhost:{port}"], **options)
    with boots.session(request, boot, 60) as host:
        if boot.kernel:
            host.expect(r"^donor: ready")
            known = known | identity(host.text)
        else:
            boots.ready(host)
        withheld = re.search(r"\[withheld\] (0x[0-9a-f]+)-(0x[0-9a-f]+) hypervisor: ", host.text)
        stub = Stub(port)
        try:
            for cpu in range(boot.cpus):
                stub.choose(cpu)
                wrong = differences(stub, known | {"MPIDR_EL1": known["MPIDR_EL1"] + cpu},
                                    range(int(withheld[1], 16), int(withheld[2], 16)))
                assert not wrong, f"CPU {cpu}:\n" + "\n".join(wrong)
        finally:
            stub.close()
    return known


def check_model(request, model: str) -> dict[str, int]:
    """Personality `dirty` leaves garbage in each of the registers."""
    return check(request, {}, cpus=1, cpu=boots.MODELS[model], firmware="dirty",
                 kernel=artefacts.payload("donor"), initrd="none", memory="256M")


@pytest.mark.parametrize("cpu", ["neoverse-v1", boots.MODELS["max"]], ids=["v1", "max"])
def test_each_model_of_the_newest_qemu_has_the_table(request, cpu):
    """With fine-grained traps, HCRX_EL2, SVE, SME and memory tags."""
    check(request, {}, cpus=1, cpu=cpu, kernel=artefacts.payload("donor"), initrd="none", memory="256M",
          machine_options=["mte=on"] if cpu.startswith("max") else [], qemu=artefacts.qemu(newest=True))


@pytest.mark.parametrize("model", ["a53", "a72", "n1"])
def test_each_model_has_the_table(request, model):
    check_model(request, model)


def test_each_cpu_that_linux_turns_on_has_it_too(request):
    check(request, check_model(request, "max"), cpus=3)
