# SPDX-License-Identifier: Apache-2.0
"""The ledger and the exits of a running machine, seen from outside: who-owns, hv-who, stats, demo peek."""
from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, image, ledger, monitor, qemu  # noqa: E402
import boots  # noqa: E402
import stage2  # noqa: E402

AREA = 0x50000000           # in the middle of 512 MiB, nobody's
PAGES = 10_000
BASE = AREA - 0x800000      # the question begins and ends between the blocks that change
END = BASE + PAGES * ledger.PAGE
OWNED, SHARED, LENT, POISONED = "owned", "shared", "lent", "poisoned"
SHARED_Q, LENT_Q = "shared, quarantined", "lent, quarantined"
BORROWED = {SHARED, LENT, SHARED_Q, LENT_Q}
REACHED = {OWNED, SHARED, SHARED_Q}     # by the host, of the pages that it owns
# Calls of the test build: identifier, x3, state before, state after.
FIRMWARE = {"lend": (0xc6000030, 0, OWNED, LENT), "reclaim": (0xc6000031, 0, LENT, OWNED),
            "quarantine shared": (0xc6000032, 1, SHARED, SHARED_Q), "quarantine lent": (0xc6000032, 2, LENT, LENT_Q),
            "release shared": (0xc6000033, 1, SHARED_Q, OWNED), "release lent": (0xc6000033, 2, LENT_Q, OWNED),
            "poison shared": (0xc6000034, 1, SHARED_Q, POISONED), "poison lent": (0xc6000034, 2, LENT_Q, POISONED)}
VERBS = {"d": "MEM_DONATE", "r": "MEM_RETURN", "s": "MEM_SHARE", "u": "MEM_UNSHARE"}


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/donor.bin")


class Donor:
    """The payload that changes pages, the machine's monitor, and what the pages must be by now."""

    def __init__(self, request, **options):
        self.socket = monitor.directory() / f"test-{os.getpid()}.monitor"
        boot = qemu.Boot(kernel=artefacts.payload("donor"), initrd="none", memory="512M", cpus=2,
                         extra=monitor.words(self.socket), **options)
        self.host = boots.session(request, boot, 60)
        self.pages = {page: ("host", OWNED) for page in range(BASE, END, ledger.PAGE)}
        self.calls = dict.fromkeys(VERBS.values(), 0)
        self.last: dict[int, str] = {}      # the call that changed the page last

    def __enter__(self):
        self.host.expect(r"^donor: ready$")
        return self

    def __exit__(self, *_):
        self.host.close()
        monitor.forget(self.socket)

    def change(self, letter: str, base: int, count: int) -> None:
        """One call; the pages change if all of them are as it needs them."""
        before, after = {"d": (("host", OWNED), ("hypervisor", OWNED)),
                         "r": (("hypervisor", OWNED), ("host", OWNED)),
                         "s": (("host", OWNED), ("host", SHARED)),
                         "u": (("host", SHARED), ("host", OWNED))}[letter]
        pages = range(base, base + count * ledger.PAGE, ledger.PAGE)
        allowed = all(self.pages[page] == before for page in pages)
        self.host.send(f"{letter} {base:x} {count:x}\n")
        answer = self.host.expect(rf"^donor: {letter} {base:#x} {count}: (-?\d+)$")
        assert int(answer[1]) == (0 if allowed else -3)
        self.calls[VERBS[letter]] += 1
        for page in pages if allowed else ():
            self.pages[page] = after
            self.last[page] = VERBS[letter]

    def firmware(self, name: str, base: int, count: int) -> bool:
        """A call of the test build, as if firmware had answered or not; whether the pages changed."""
        fid, kind, before, after = FIRMWARE[name]
        pages = range(base, base + count * ledger.PAGE, ledger.PAGE)
        allowed = all(self.pages[page] == ("host", before) for page in pages)
        self.host.send(f"x {fid:x} {base:x} {count:x} {kind:x}\n")
        answer = self.host.expect(rf"^donor: x {base:#x} {count}: (-?\d+)$")
        assert int(answer[1]) == (0 if allowed else -3), name
        for page in pages if allowed else ():
            self.pages[page] = ("host", after)
            self.last[page] = f"{fid:#010x}"
        return allowed

    def ask(self, verb: str, *words: str, status: int = 0) -> str:
        done = subprocess.run([str(ROOT / "portcullis"), verb, *words, "--machine", str(self.socket)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def told(self) -> dict[int, tuple]:
        """Each of the 10,000 pages as who-owns tells it: (owner, state, borrower, call since)."""
        answer = json.loads(self.ask("who-owns", f"{BASE:#x}..{END:#x}", "--json"))
        pages, at = {}, BASE
        for one in answer["ranges"]:
            assert int(one["base"], 0) == at, "a gap, or two ranges in one place"
            at = int(one["end"], 0)
            since = one["since"]["call"] if one["since"] else None
            for page in range(int(one["base"], 0), at, ledger.PAGE):
                pages[page] = (one["owner"], one["state"], one["borrower"], since)
        assert at == END
        return pages

    def mapped(self) -> dict[int, bool]:
        """Of the same pages, those that the host's stage 2 maps: every table read from VTTBR on."""
        vtcr = int(re.search(r"\[cpu-registers\] .*vtcr=(0x[0-9a-f]+)", self.host.text)[1], 0)
        with monitor.Monitor(self.socket) as machine:
            layout = image.locate(machine)
            offset, size = layout.field("hypervisor", "stage2.root")
            root = int.from_bytes(machine.read(layout.address("hypervisor") + offset, size), "little")
            found = list(stage2.mappings(machine.read, root, vtcr))
        pages = stage2.pages(found, BASE, END)
        for page, one in pages.items():
            if one:     # IPA = PA, and RAM with all rights
                assert (one.pa, one.attributes) == (one.ipa, stage2.NORMAL_WRITE_BACK), hex(page)
                assert one.read and one.write and one.execute, hex(page)
        return {page: one is not None for page, one in pages.items()}

    def check(self) -> None:
        told, mapped = self.told(), self.mapped()
        assert len(told) == len(mapped) == PAGES
        for page, (owner, state) in self.pages.items():
            borrower = "hypervisor" if state in BORROWED else None
            assert told[page] == (owner, state, borrower, self.last.get(page)), hex(page)
            assert mapped[page] == (owner == "host" and state in REACHED), hex(page)


def test_ten_thousand_pages_as_the_tables_have_them(request):
    """Between two questions pages are donated, shared and given back; the ledger that is read from
    outside, the tables that are walked, and what the payload did must agree each time."""
    draw = random.Random(boots.SEED)
    with Donor(request) as donor:
        donor.check()
        # A page, a stretch over the border of two blocks, a whole block, and its return.
        for letter, base, count in (("d", AREA, 1), ("s", AREA + 0x1ff000, 2), ("d", AREA + 0x400000, 512),
                                    ("d", AREA, 3), ("r", AREA + 0x400000, 512), ("u", AREA + 0x200000, 1)):
            donor.change(letter, base, count)
        donor.check()
        for _ in range(40):
            donor.change(draw.choice("ddrssu"), draw.randrange(AREA, AREA + (6 << 20), 1 << 16),
                         draw.choice((1, 3, 16, 40)))
        donor.check()

        # Every call of the payload is counted, where it was made.
        found = json.loads(donor.ask("stats", "--json"))["cpus"]
        assert sorted(found) == ["0", "1"]
        for name, count in donor.calls.items():
            counted = [number for key, number in found["0"]["calls"].items() if key.startswith(name + " ")]
            assert counted == ([count] if count else []), name
        assert found["0"]["hvc"] == sum(donor.calls.values())
        assert found["1"] == {"calls": {}, "hvc": 0, "aborts": 0, "traps": 0}
        table = donor.ask("stats")
        total, counted_hvc = sum(found["0"]["calls"].values()), found["0"]["hvc"]
        assert re.search(rf"^all calls +{total} +0 +{total}$", table, re.M), table

        check_watch(donor)
        check_lines(donor)
        check_gdb(donor)
        check_errors(donor, request)

        donor.host.send("q\n")
        assert donor.host.wait_exit(30) == 0
        hvc = sum(donor.calls.values())
        assert re.search(rf"hv: host: \[stats\] 2 CPUs came here for {total - counted_hvc + hvc + 1} calls "
                         rf"\(0 of them CPU_SUSPEND, {hvc} by HVC\), 0 aborts, 0 traps", donor.host.text), \
            donor.host.text


def test_pages_of_which_firmware_left_it_open(request):
    """Lent, quarantined, poisoned: states that only firmware's silence leads to, by calls of the test build that
    make the ledger's own changes. Told by who-owns and hv-who, and by a crash report, as the tables have them."""
    artefacts.build("VARIANT=checked", "hypervisor-checked/portcullis.img")
    checked = artefacts.build_directory() / "hypervisor-checked" / "portcullis.img"
    draw = random.Random(boots.SEED)
    with Donor(request, hypervisor=str(checked), append="hv.test-calls=on") as donor:
        # Some pages, a stretch over the border of two blocks, a whole block.
        for name, base, count in (("lend", AREA, 3), ("quarantine lent", AREA + 0x1000, 1),
                                  ("lend", AREA + 0x400000, 512), ("quarantine lent", AREA + 0x400000, 512)):
            assert donor.firmware(name, base, count)
        donor.change("s", AREA + 0x1ff000, 4)
        assert donor.firmware("quarantine shared", AREA + 0x1ff000, 2)
        donor.check()
        assert donor.firmware("poison lent", AREA + 0x400000, 512)
        assert donor.firmware("release shared", AREA + 0x1ff000, 1)
        # What is open or lost is nobody's to give, take back or reclaim.
        for letter, base, count in (("d", AREA + 0x1000, 1), ("u", AREA + 0x200000, 1), ("r", AREA + 0x400000, 512),
                                    ("s", AREA + 0x5ff000, 1)):
            donor.change(letter, base, count)
        for name, base in (("reclaim", AREA + 0x1000), ("release lent", AREA + 0x400000), ("lend", AREA + 0x400000)):
            assert not donor.firmware(name, base, 1)
        donor.check()
        changed = sum(donor.firmware(draw.choice([*FIRMWARE, "lend", "lend"]),
                                     draw.randrange(AREA + 0x600000, AREA + 0xa00000, 1 << 20), draw.choice((1, 2)))
                      for _ in range(60))
        assert changed > 5
        donor.check()
        check_gdb(donor, checked.with_suffix(".elf"))
        # The block is mapped as one, so its first page is the one that the report names.
        check_crash(donor, AREA + 0x200000)


def check_crash(donor: Donor, page: int) -> None:
    """Somebody damages the table that maps the page: the report of the next call says whose the page is."""
    with monitor.Monitor(donor.socket) as machine:
        layout = image.locate(machine)
        offset, size = layout.field("hypervisor", "stage2.root")
        root = int.from_bytes(machine.read(layout.address("hypervisor") + offset, size), "little")
        vtcr = int(re.search(r"\[cpu-registers\] .*vtcr=(0x[0-9a-f]+)", donor.host.text)[1], 0)
        where, entry = stage2.descriptor(machine.read, root, vtcr, page)
        with boots.stub(machine) as write_physical:
            write_physical(where, (entry & ~1).to_bytes(8, "little"))
    donor.host.send("x 86000020 0 0 0\n")
    donor.host.expect(r"hv: crash: \[end\]")
    assert re.search(rf"hv: crash: \[audit\] cpu0: stage 2 does not follow the ledger at {page:#x}, after call "
                     "0x86000020 ", donor.host.text), donor.host.text[-3000:]
    assert re.search(rf"hv: crash: \[owner\] page {page:#x}: shared, quarantined of host, borrower hypervisor, 0 pins; "
                     r"since call 0xc6000032 on cpu0, change \d+", donor.host.text), donor.host.text[-3000:]


def check_watch(donor: Donor) -> None:
    """One line after the other, each with what has happened in between; others may ask meanwhile."""
    with subprocess.Popen([str(ROOT / "portcullis"), "stats", "--watch", "0.2", "--json", "--machine",
                           str(donor.socket)], stdout=subprocess.PIPE, text=True) as watch:
        try:
            assert watch.stdout
            counts = []
            for _ in range(3):
                counts.append(json.loads(watch.stdout.readline())["cpus"]["0"]["hvc"])
                donor.change("r", AREA + 0x7f0000, 1)       # refused, and counted all the same
            assert counts[0] <= counts[1] <= counts[2] and counts[2] > counts[0], counts
            donor.ask("who-owns", hex(AREA))
        finally:
            watch.terminate()


def check_lines(donor: Donor) -> None:
    """What a person reads."""
    text = donor.ask("who-owns", hex(qemu.HYPERVISOR_ADDRESS + 0x123))
    assert re.fullmatch(r"0x000040200000..0x000040201000 +1 page   hypervisor: owned, 1 pin; since boot\n", text)
    text = donor.ask("who-owns", "0x3ffff000..0x40001000")
    assert re.search(r"^0x00003ffff000..0x000040000000 +1 page   not RAM: no entry$", text, re.M)
    assert re.search(r"^0x000040000000..0x000040001000 +1 page   host: owned; since boot$", text, re.M)
    donor.change("s", AREA + 0xa00000, 2)
    text = donor.ask("who-owns", hex(AREA + 0xa01000))
    assert re.search(r"host: shared with hypervisor; since change \d+: MEM_SHARE of CPU 0 at \d+\.\d{6} s, "
                     r"2 pages from 0x50a00000$", text.strip()), text


def check_gdb(donor: Donor, elf: Path | None = None) -> None:
    """hv-who says the same."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with monitor.Monitor(donor.socket) as machine:
        machine.ask("human-monitor-command", **{"command-line": f"gdbserver tcp:127.0.0.1:{port}"})
    wanted = donor.ask("who-owns", f"{BASE:#x}..{END:#x}").splitlines()
    done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", "-x", str(ROOT / "hypervisor/gdb/portcullis.py"),
                           "-ex", f"target remote localhost:{port}", "-ex", f"hv-who {BASE:#x} {END:#x}",
                           "-ex", "hv-who 0x9000000", "-ex", "detach"],
                          capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ, PORTCULLIS_ELF=str(elf or artefacts.elf())))
    shown = [line for line in done.stdout.splitlines() if re.match(r"0x[0-9a-f]{12}\.\.", line)]
    assert shown == wanted, done.stdout + done.stderr
    assert "0x9000000 is no RAM" in done.stderr
    with monitor.Monitor(donor.socket) as machine:
        machine.ask("human-monitor-command", **{"command-line": "gdbserver none"})
        if not machine.ask("query-status")["running"]:
            machine.resume()


def check_errors(donor: Donor, request) -> None:
    assert "is no RAM, so the ledger has no entry for it; RAM is 0x40000000..0x60000000" \
        in donor.ask("who-owns", "0x9000000", status=1)
    assert "neither an address" in donor.ask("who-owns", "here", status=2)
    assert "the range is empty" in donor.ask("who-owns", "0x5000..0x5000", status=2)
    # The ELF file of another build.
    other = boots.log_of(request).with_suffix(".elf")
    data = artefacts.elf().read_bytes()
    with monitor.Monitor(donor.socket) as machine:
        layout = image.locate(machine)
        build_id = machine.read(layout.address("build_id_note") + 16, 20)
    assert data.count(build_id) == 1
    other.write_bytes(data.replace(build_id, bytes(byte ^ 1 for byte in build_id)))
    for verb, words in (("who-owns", ["0x40200000"]), ("stats", [])):
        text = donor.ask(verb, *words, "--elf", str(other), status=1)
        assert re.search(r"no image with the build-id of .*other build", text, re.S), text
    other.unlink()


def test_no_machine_runs(tmp_path):
    """A socket that QEMU left behind counts for nothing, and is removed."""
    (tmp_path / "run").mkdir()
    left = tmp_path / "run" / "1.monitor"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    for words in (["who-owns", "0x40200000"], ["stats"]):
        done = subprocess.run([str(ROOT / "portcullis"), *words], capture_output=True, text=True, check=False,
                              env=dict(os.environ, PORTCULLIS_BUILD=str(tmp_path)))
        assert done.returncode == 1 and "no machine runs" in done.stderr
    assert not left.exists()


def test_peek():
    """What a person sees who tries to read the hypervisor from the host's shell."""
    done = subprocess.run([str(ROOT / "portcullis"), "demo", "peek", "--memory", "512M", "--cpus", "1"],
                          capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\$ devmem 0x40200000 32$\n^Bus error", done.stdout, re.M), done.stdout
    assert re.search(r"hv: mem: \[fault\] host read at 0x40200000 \(", done.stdout)
    assert re.search(r"^0x000040200000..0x000040201000 +1 page +hypervisor: owned, 1 pin; since boot$",
                     done.stdout, re.M)
    assert done.stdout.rstrip().endswith("stopped")
