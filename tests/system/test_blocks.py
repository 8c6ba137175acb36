# SPDX-License-Identifier: Apache-2.0
"""Blocks of the host's memory become pages and blocks again while other CPUs are at the pages beside what
goes: the host sees nothing of it at any level of FEAT_BBM, and where there is a gap EL2 carries it over."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts  # noqa: E402
import boots  # noqa: E402
from boots import MODELS  # noqa: E402

# FEAT_BBM of the CPU models.
LEVELS = {"a53": 0, "a72": 0, "n1": 0, "max": 2}
DONE = r"^neighbour: done: (\d+) rounds, (\d+) refused, (\d+) faults, (\d+) wrong$"


@pytest.fixture(scope="module", autouse=True)
def _built():
    boots.build("payloads/neighbour.bin")
    artefacts.build("VARIANT=breaker", "hypervisor-breaker/portcullis.img")


def neighbours(request, *words: str, rounds: int, faulted: int = 0, **options) -> tuple[str, int]:
    """A boot of the payload, which must have seen nothing: its console, and how many faults came to EL2."""
    boot = boots.probe(f"payload.rounds={rounds}", *words, **options)
    boot.kernel = artefacts.payload("neighbour")
    with boots.session(request, boot) as host:
        done = host.expect(DONE, 120)
        assert host.wait_exit(20) == 0
        text = host.text
    assert [int(number) for number in done.groups()] == [rounds, 0, 0, 0], done[0]
    assert text.count("hv: mem: [fault") == faulted
    counts = re.findall(r"^cpu\d+: .* aborts=(\d+) ", "\n".join(boots.lines(text, "stats")), re.M)
    assert len(counts) == boot.cpus
    return text, sum(map(int, counts))


def level_of(text: str) -> int:
    return int(re.search(r", BBM (\d)$", boots.lines(text, "cpu")[0])[1])


@pytest.mark.parametrize("level,patience", [(0, 10000), (1, 5), (2, 5)])
def test_a_gap_that_is_held_open(request, level, patience):
    """The change stops where a block is missing until somebody has run into it. At level 0 that is each time, and
    the host is told to go on; with nT and at level 2 there is nothing to run into, so it goes on by itself."""
    rounds = 10
    image = artefacts.build_directory() / "hypervisor-breaker" / "portcullis.img"
    text, aborts = neighbours(request, f"hv.bbm={level}", f"hv.break=hold-gap-{patience}", rounds=rounds, cpus=3,
                              hypervisor=str(image))
    assert level_of(text) == level
    if level == 0:
        assert aborts >= 2 * rounds
    else:
        assert aborts == 0


@pytest.mark.parametrize("conflicts", [0, 5])
def test_a_tlb_conflict_is_the_hypervisors_affair(request, conflicts):
    """Aborts that come as conflicts: the TLB is emptied and the host's access made again, until it ends as itself."""
    image = artefacts.build_directory() / "hypervisor-breaker" / "portcullis.img"
    text, aborts = neighbours(request, "payload.kept=1", f"hv.break=conflict-{conflicts}", rounds=0, cpus=1,
                              hypervisor=str(image), faulted=1)
    assert re.findall(r"^neighbour: kept: (.*)$", text, re.M) == ["1 exceptions, external abort: 1"]
    assert aborts == conflicts + 1


@pytest.mark.parametrize("cpu,words,level", [("max", (), 2), ("max", ("hv.bbm=1",), 1), ("max", ("hv.bbm=0",), 0),
                                             ("a72", (), 0), ("a72", ("hv.bbm=2",), 0)])
def test_neighbours_see_nothing(request, cpu, words, level):
    text, _ = neighbours(request, *words, rounds=200, cpus=4, cpu=MODELS[cpu])
    assert level_of(text) == level


def test_a_level_that_there_is_not(request):
    text, _ = neighbours(request, "hv.bbm=3", rounds=2, cpus=2)
    assert boots.lines(text, "bbm") == ["hv.bbm=3 is none of 0, 1, 2; ignored"]
    assert level_of(text) == LEVELS["max"]


def test_a_tebibyte_is_a_machine_like_any_other(request):
    """RAM of which nearly nothing is there: what is kept is its share, and blocks far from its ends split and join."""
    text, _ = neighbours(request, rounds=20, cpus=2, memory="1024G")
    kept = re.match(r"(\d+) KiB of 1048576 MiB ", boots.lines(text, "kept")[0])
    # page tables 0.05 %, records half of it, 4 bytes for each block
    share = (1 << 30) * 0.00075 + 2048
    assert share <= int(kept[1]) <= share + 2048
