# SPDX-License-Identifier: Apache-2.0
"""Rules above the SPMC of the test firmware: what each personality does wrong, and that the rest is right.

Off-target: the scripts that come along, in the firmware's own code with sanitizers (tests/unit/firmware/player.c).
"""
import struct
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts, personality  # noqa: E402
from player import CANARY, Firmware  # noqa: E402

pytestmark = pytest.mark.off_target

ERROR, SUCCESS, SUCCESS_64, FRAG_RX = 0x84000060, 0x84000061, 0xc4000061, 0x8400007a
VERSION, FEATURES, INFO, DIRECT = 0x84000063, 0x84000064, 0x84000068, 0xc400006f
MAP, UNMAP, SHARE, FRAG_TX, RECLAIM = 0xc4000066, 0x84000067, 0xc4000073, 0x8400007b, 0x84000077
NOT_SUPPORTED, INVALID_PARAMETERS, NO_MEMORY, BUSY, DENIED, RETRY = ((1 << 32) - n for n in (1, 2, 3, 4, 6, 7))
TX, RX, MEMORY = 0x40100000, 0x40110000, 0x41000000
ZEROES = [0] * 8


class Caller:
    """A hypervisor that has negotiated and mapped its buffers."""

    def __init__(self, firmware: Firmware, version: int = 0x10001, pages: int = 1):
        self.firmware = firmware
        firmware.call(VERSION, version, *ZEROES[2:])
        self.mapped = self.call(MAP, TX, RX, pages)

    def call(self, function: int, *arguments: int) -> list[int]:
        return self.firmware.call(function, *arguments, *ZEROES[1 + len(arguments):])

    def error(self, function: int, *arguments: int) -> int:
        """The code of FFA_ERROR, 0 for anything else."""
        answer = self.call(function, *arguments)
        return answer[2] & 0xffffffff if answer[0] & 0xffffffff == ERROR else 0

    def share(self, ranges: int = 1, now: int | None = None, memory: int = MEMORY) -> list[int]:
        """FFA_MEM_SHARE with partition 0x8002, the first fragment with `now` ranges of one page each."""
        head = struct.pack("<HHIQQIII12x", 1, 0x2f, 0, 0, 0, 16, 1, 48) + \
            struct.pack("<HBBIQ", 0x8002, 2, 0, 64, 0) + struct.pack("<IIQ", ranges, ranges, 0)
        body = [struct.pack("<QII", memory + 0x2000 * n, 1, 0) for n in range(ranges)]
        now = ranges if now is None else now
        self.firmware.ram(TX, head + b"".join(body[:now]))
        return self.call(SHARE, 80 + 16 * ranges, 80 + 16 * now)

    def more(self, answer: list[int], first: int, count: int = 1) -> list[int]:
        self.firmware.ram(TX, b"".join(struct.pack("<QII", MEMORY + 0x2000 * n, 1, 0)
                                       for n in range(first, first + count)))
        return self.call(FRAG_TX, answer[1], answer[2], 16 * count, 1 << 16)

    def command(self, command: int, *arguments: int) -> list[int]:
        return self.call(DIRECT, 1 << 16 | 0x8002, 0, command, *arguments)


@pytest.fixture(name="firmware")
def firmware_of_a_personality(tmp_path):
    started = []

    def start(name: str) -> Firmware:
        program = artefacts.build_directory() / "tests" / "unit" / "rules_player"
        if not program.exists():
            artefacts.build("tests/unit/rules_player")
        path = ROOT / "firmware" / "personalities" / f"{name}.script"
        started.append(Firmware(program, personality.compile(str(path)), tmp_path))
        assert started[-1].loaded.startswith("loaded"), started[-1].loaded
        return started[-1]
    yield start
    for one in started:
        one.end()


@pytest.fixture(name="caller")
def caller_of_a_personality(firmware):
    return lambda name, *words: Caller(firmware(name), *words)


def test_without_a_fault_all_goes_well(caller):
    one = caller("spmc-1.1")
    assert one.mapped[:8] == [SUCCESS, *ZEROES[1:]]
    first = one.share(3, 1)
    assert first[0] == FRAG_RX and first[3] == 96
    second = one.more(first, 1)
    assert second[0] == FRAG_RX and second[3] == 112
    last = one.more(second, 2)
    assert last[0] == SUCCESS and last[2:4] == first[1:3]
    assert one.firmware.line.endswith("FFA_SUCCESS")
    assert one.command(0x50430010, last[2], last[3], 1, 0)[3:6] == [0, 3, 3]
    assert one.error(RECLAIM, last[2], last[3]) == DENIED
    assert one.firmware.line.endswith("FFA_ERROR DENIED")
    assert one.command(0x50430013, last[2], last[3])[3] == 0
    assert one.error(RECLAIM, last[2], last[3]) == 0


def test_success_in_64_bits(caller):
    one = caller("spmc-success-64")
    assert one.mapped[0] == SUCCESS_64
    assert one.share()[0] == SUCCESS_64
    assert one.share()[0] == ERROR          # the page is taken: errors stay as they are


def test_garbage_above(caller):
    one = caller("spmc-garbage-above")
    answer = one.share()
    assert answer[0] & 0xffffffff == SUCCESS and answer[0] >> 32
    assert answer[8:] != CANARY[8:]
    # a 64-bit answer is as it was
    assert one.command(77, 1 << 40)[3:5] == [77, 1 << 40]


def test_busy(caller):
    one = caller("spmc-busy")
    assert [one.share(5, 1)[:3] for _ in range(2)] == [[ERROR, 0, RETRY]] * 2
    answer = one.share(5, 1)
    assert answer[0] == FRAG_RX and one.firmware.waited == 2000
    for n in (1, 2):
        answer = one.more(answer, n)
        assert answer[0] == FRAG_RX
    assert one.more(answer, 3)[:3] == [ERROR, 0, BUSY]
    answer = one.more(answer, 3)            # nothing is lost
    assert one.more(answer, 4)[0] == SUCCESS
    assert [one.command(0)[0] for _ in range(3)] == [ERROR, ERROR, 0xc4000070]


def test_success_before_the_last_fragment(caller):
    one = caller("spmc-early-success")
    answer = one.share(3, 1)
    assert answer[0] == SUCCESS and answer[1:4] == [0, 0xffffffc0, 0]
    assert one.error(RECLAIM, 0xffffffc0, 0) != 0       # it was not true


def test_no_success_after_the_last_fragment(caller):
    one = caller("spmc-late-success")
    first = one.share(2, 1)
    last = one.more(first, 1)
    assert last[0] == FRAG_RX and last[1:5] == [*first[1:3], 0x7fff0000, 0x10000]
    assert one.error(RECLAIM, first[1], first[2]) == 0  # though it had all


def test_wrong_offsets_and_handles(caller):
    one = caller("spmc-wrong-offset")
    seen = [one.share(3, 1) for _ in range(4)]
    assert [answer[3] for answer in seen] == [16, 0xffffffff, 96, 0]
    assert seen[2][1] == 0xdead
    right = [0, 0xffffffc0, 0]
    assert one.more(right, 1)[3] == 16
    assert one.more(right, 2)[0] == SUCCESS


def test_memory_that_is_kept(caller):
    one = caller("spmc-keeps-memory")
    answer = one.share()
    assert one.command(0x50430010, answer[2], 0, 1, 0)[3] == 0
    assert one.command(0x50430013, answer[2], 0)[3] == DENIED
    assert one.error(RECLAIM, answer[2], 0) == DENIED


def test_one_handle_for_all(caller):
    one = caller("spmc-same-handle")
    assert one.share(1, 1, MEMORY)[2:4] == [1, 0x80000000]
    assert one.share(1, 1, MEMORY + 0x1000)[2:4] == [1, 0x80000000]
    assert [one.error(RECLAIM, 1, 0x80000000) for _ in range(3)] == [0, 0, INVALID_PARAMETERS]


def test_impossible_discovery(caller):
    one = caller("spmc-odd-discovery", 0x10002)
    assert one.call(FEATURES, MAP)[2] & 3 == 3
    assert one.call(FEATURES, 0x84000073)[2:4] == [0xffffffff, 0xffffffff]
    seen = []
    for _ in range(4):
        answer = one.call(INFO)
        assert answer[0] == SUCCESS
        seen.append((answer[2], answer[3]))
        one.call(0x84000065)
    assert seen == [(0x10000000, 24), (3, 7), (0, 24), (3, 0x10000)]
    assert one.call(0xc400008b)[2] == 0x0018_0051_ffff_0002


def test_more_partitions_than_fit(caller):
    one = caller("spmc-many-partitions", 0x10002)
    assert one.call(INFO, 0, 0, 0, 0, 1)[2] == 400
    assert one.error(INFO) == NO_MEMORY
    assert one.error(UNMAP) == 0
    assert one.error(MAP, TX, RX, 3) == 0
    assert one.call(INFO)[2:4] == [400, 24]


def test_buffers_of_64_kib(caller):
    one = caller("spmc-64k", 0x10002)
    assert one.mapped[2] & 0xffffffff == INVALID_PARAMETERS
    assert one.call(FEATURES, MAP)[2] == 16 << 16 | 1
    assert one.error(MAP, TX, RX, 16) == 0


def test_a_boot_loader_was_here(caller):
    one = caller("spmc-locked-1.0", 0x10002)
    assert one.call(VERSION, 0x10002)[0] == 0x10000
    assert one.mapped[2] & 0xffffffff == DENIED
    assert one.error(UNMAP) == 0
    assert one.error(MAP, TX, RX, 1) == 0


def test_lists_that_cannot_be(caller):
    one = caller("spmc-odd-notifications")
    assert one.error(0x8400007d, 1, 2) == 0
    assert one.error(0x8400007f, 0x80030001, 0, 1, 0) == 0
    lists = []
    for _ in range(3):
        one.call(DIRECT, 0x00018003, 0, 0x50430020, 1, 1, 0)
        lists.append(one.call(0xc4000083)[2])
    assert lists[0] >> 7 & 31 == 31 and lists[1:] == [1, 0x81]
    assert one.call(0x84000082, 1, 1)[2:8] == [0xffffffff] * 6


def test_answers_that_are_none(caller):
    one = caller("spmc-odd-answers")
    seen = []
    for n in range(5):
        answer = one.share(1)
        seen.append((answer[0], answer[2]) if answer[0] == ERROR else answer[0])
        one.call(RECLAIM, 0xffffffc0 + n, 0)
    assert seen == [(ERROR, 0), (ERROR, 5), (ERROR, (1 << 32) - 128), 0x84000073, 0]


@pytest.mark.parametrize("name,told", [
    ("spmc-1.0", [(0x10002, 0x10000), (0x10000, 0x10000)]),
    ("spmc-1.3", [(0x10002, 0x10003), (0x10003, 0x10003)]),
    ("spmc-hafnium", [(0x10002, 0x10003), (0x10001, 0xffffffff), (0x10002, 0x10003)]),
    ("spmc-tfa", [(0x10003, 0x10002), (0x10001, 0x10002)]),
    ("spmc-optee", [(0x20000, 0x10002), (0x1ffff, 0x10002), (0, 0x10002)]),
    ("spmc-locked-1.0", [(0x10002, 0x10000), (0x10000, 0x10000)])])
def test_versions_that_are_told(name, told, firmware):
    fresh = firmware(name)
    for asked, answer in told:
        assert fresh.call(VERSION, asked) == [answer, *ZEROES[1:], *CANARY[8:]]
