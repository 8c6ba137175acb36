# SPDX-License-Identifier: Apache-2.0
"""Protections of the hypervisor itself: a test build does the forbidden thing, which must end in the
crash report of that name; with the protection off the self-check must refuse to start the host."""
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts, crash, qemu  # noqa: E402
from command.console import Session  # noqa: E402

RUN = Path(os.environ.get("PORTCULLIS_RUN", ROOT / "build" / "run")) / "hardening"
NAME = "hypervisor-breaker"
END = r"hv: crash: \[end\]"


@pytest.fixture(scope="module", name="breaker")
def _breaker() -> Path:
    artefacts.build("VARIANT=breaker", f"{NAME}/portcullis.img", "firmware/firmware.bin", "payloads/idle.bin",
                    "payloads/smccall.bin")
    return artefacts.build_directory() / NAME


def payload(name: str) -> Path:
    return artefacts.build_directory() / "payloads" / f"{name}.bin"


def session(request, breaker: Path, words: str, host: str | None = "idle", **options) -> Session:
    """A boot of the test build with `words` as boot arguments; `host` is a payload, None for Linux."""
    log = RUN / (re.sub(r"[^\w.-]+", "-", request.node.name) + ".log")
    options.setdefault("cpus", 1)
    boot = qemu.Boot(hypervisor=str(breaker / "portcullis.img"), append=words, **options)
    if host:
        boot.kernel, boot.initrd = payload(host), "none"
    return Session(boot, log=log, timeout=60)


def crash_keys(text: str) -> list[str]:
    return re.findall(r"hv: crash: \[([a-z0-9-]+)\]", text)


# (what is done, the key of the report, the CPU model must have)
ACTS = [("write-text", "write-read-only"), ("run-data", "execute-data"),
        ("stack-overflow", "stack-overflow"), ("branch-target", "branch-target"),
        ("return-address", "pointer-authentication"), ("canary", "stack-smashed"),
        ("invariant", "invariant")]


@pytest.mark.parametrize("act,key", ACTS, ids=[act for act, _ in ACTS])
def test_forbidden_act_ends_in_its_report(request, breaker, act, key):
    with session(request, breaker, f"hv.break={act}") as boot:
        boot.expect(END, 40)
        keys = crash_keys(boot.text)
        assert keys[0] == key, boot.text[-3000:]
        for part in ("call", "backtrace", "build", "end"):
            assert part in keys
        assert "nested" not in keys
        if act == "write-text":
            assert re.search(r"hv: crash: \[owner\] page 0x402[0-9a-f]{2}000: owned of hypervisor, borrower nobody, "
                             r"1 pins; since boot", boot.text), boot.text[-3000:]
        assert "done" not in re.findall(r"^idle: (.*)$", boot.text, re.M)


@pytest.mark.parametrize("cpu", ["cortex-a53", "neoverse-n1"])
@pytest.mark.parametrize("act,key", [entry for entry in ACTS if entry[0] not in ("branch-target", "return-address")],
                         ids=[act for act, _ in ACTS if act not in ("branch-target", "return-address")])
def test_forbidden_act_on_cpus_without_pac_and_bti(request, breaker, act, key, cpu):
    with session(request, breaker, f"hv.break={act}", cpu=cpu) as boot:
        boot.expect(END, 40)
        assert crash_keys(boot.text)[0] == key


@pytest.mark.parametrize("cpu", [qemu.DEFAULT_CPU, "cortex-a53"])
def test_a_crash_before_there_is_a_console_is_told(request, breaker, cpu):
    """The tree was not read yet: the report goes where a console is found by its look."""
    with session(request, breaker, "hv.break=early", cpu=cpu) as boot:
        boot.expect(END, 40)
        keys = crash_keys(boot.text)
        assert keys[0] == "invariant" and {"call", "backtrace", "build", "end"} <= set(keys) and "nested" not in keys
        assert "[start]" not in boot.text


def test_the_report_names_the_functions_of_the_backtrace(request, breaker):
    """The addresses of a report lead to the function that broke the invariant, and to its callers."""
    with session(request, breaker, "hv.break=invariant") as boot:
        boot.expect(END, 40)
        text = boot.text
    frames = re.findall(r"\[backtrace\] #\d+ 0x[0-9a-f]+ \(image\+(0x[0-9a-f]+)\)", text)
    assert len(frames) >= 2
    log = RUN / "symbolize.log"
    log.write_text(text, encoding="utf-8")
    report = crash.read(str(log)) if hasattr(crash, "read") else None
    assert report is None or report
    import subprocess
    done = subprocess.run([str(ROOT / "portcullis"), "symbolize", str(log), "--elf",
                           str(breaker / "portcullis.elf")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("break_invariant", "boot_main"):
        assert name in done.stdout, done.stdout
    assert re.search(r"breaker\.c:\d+", done.stdout)


OFF = [("wxn", "W^X"), ("text", "W^X"), ("bti", "BTI"), ("pac", "pointer authentication"),
       ("guard", "stack guard"), ("canary", "stack canary")]


@pytest.mark.parametrize("what,name", OFF, ids=[what for what, _ in OFF])
def test_self_check_notices_a_protection_that_is_off(request, breaker, what, name):
    with session(request, breaker, f"hv.unprotect={what}") as boot:
        boot.machine.wait(lambda: b"[refused]" in boot.machine.output, 40)
        boot.machine.wait(lambda: False, 0.5)
        assert re.search(rf"\[hardening-off\] {re.escape(name)} is off", boot.text), boot.text[-2000:]
        assert "[refused]" in boot.text
        assert "[enter]" not in boot.text


def shown_keys(request, breaker: Path, cpu: str) -> list[tuple[str, str]]:
    with session(request, breaker, "hv.break=show-keys", cpus=4, cpu=cpu) as boot:
        boot.expect(r"idle: done", 40)
        return re.findall(r"\[breaker-keys\] cpu\d+ canary (0x[0-9a-f]{16}) key (0x[0-9a-f]{32})", boot.text)


@pytest.mark.parametrize("cpu", [qemu.DEFAULT_CPU, "cortex-a53"])
def test_keys_and_canaries_differ_between_cpus_and_boots(request, breaker, cpu):
    first, second = shown_keys(request, breaker, cpu), shown_keys(request, breaker, cpu)
    assert len(first) == len(second) == 4
    canaries = [canary for canary, _ in first + second]
    keys = [key for _, key in first + second]
    assert len(set(canaries)) == 8, canaries
    assert len(set(keys)) == 8, keys
    # no word is weak by itself: zero, or equal to its neighbour
    assert all(int(canary, 16) & 0xff == 0 and int(canary, 16) for canary in canaries)


def test_the_report_names_the_owner_of_the_page_that_a_call_names(request, breaker):
    """The invariant breaks while a page is donated: the report says whose it was then."""
    words = "hv.break=call-c6000021 payload.fid=0xc6000021 payload.x1=0x50000000 payload.count=1"
    with session(request, breaker, words, host="smccall") as boot:
        boot.expect(END, 40)
        assert re.search(r"\[owner\] page 0x50000000: owned of host, borrower nobody, 0 pins; since boot", boot.text), \
            boot.text[-3000:]


def test_the_report_shows_the_call_and_stops_all_cpus(request, breaker):
    """An invariant breaks on one CPU in a call of Linux; the others, which are busy, fall silent."""
    with session(request, breaker, "hv.break=call-84000002", host=None, cpus=4) as boot:
        boot.wait_ready(60)
        boot.send("for i in 0 1 2; do (while :; do echo busy $i; done) & done\n")
        boot.expect(r"^busy 2", 20)
        boot.send("echo 0 > /sys/devices/system/cpu/cpu3/online\n")
        boot.machine.wait(lambda: b"hv: crash: [end]" in boot.machine.output, 30)
        text = boot.text
        assert "hv: crash: [end]" in text
        assert re.search(r"hv: crash: \[invariant\] cpu3: ", text)
        assert re.search(r"hv: crash: \[call\] handling 0x84000002, ", text)
        boot.machine.wait(lambda: False, 1.0)
        before = len(boot.machine.output)
        boot.machine.wait(lambda: False, 2.0)
        assert len(boot.machine.output) == before, "a CPU of the host still runs after the report"
