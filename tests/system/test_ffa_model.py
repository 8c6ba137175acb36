# SPDX-License-Identifier: Apache-2.0
"""The FF-A mediator beside its specification: tests/model/ffa.h says what is right, tests/ffa makes the calls.

How to look at a failure: `tests/ffa/run --replay FILE` with the file that the failing test names.
"""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.off_target

RUN = Path(os.environ.get("PORTCULLIS_RUN", ROOT / "build" / "run")) / "ffa"
SEED = int(os.environ.get("PORTCULLIS_SEED") or 1)
DRIVER = ROOT / "tests" / "ffa" / "run"
FEW = 8000      # calls, and up to four times as many until every answer was seen


def run(*words: str | int | Path, name: str = "run", status: int | None = 0) -> subprocess.CompletedProcess:
    """tests/ffa/run; a failing sequence of calls is kept."""
    RUN.mkdir(parents=True, exist_ok=True)
    saved = RUN / f"{name}.calls"
    done = subprocess.run([DRIVER, *map(str, words), "--no-coverage", "--save", saved], capture_output=True, text=True,
                          check=False)
    if status is not None:
        assert done.returncode == status, f"{done.stderr[-3000:]}\ntests/ffa/run --replay {saved}"
    return done


def check(seen: dict, calls: int) -> None:
    assert seen["passed"]
    assert seen["calls"] >= calls
    assert seen["ok"] * 100 >= seen["calls"] * 40
    assert seen["max_cpus_inside"] == 4
    assert seen["max_live_transactions"] >= 8
    assert seen["rounds_undone"] > 0 and seen["quarantined"] > 0
    assert 0 < seen["rounds_honest"] < seen["rounds"]
    assert min(seen["rounds_by_version"].values()) > 0
    assert min(seen["lies"].values()) > 0
    for call in ("version", "map", "unmap", "release", "partitions", "share", "lend", "donate", "fragment", "reclaim",
                 "bind", "unbind", "direct"):
        assert seen["per_call"][call]["ok"] > 0
    assert sum(sum(answers.values()) for answers in seen["per_call"].values()) == seen["calls"]


def test_mediator_and_specification_agree():
    """Random calls of four CPUs over firmware that lies: answers, states, pages, and what partitions reach.

    The same calls each time; other ones are for the long run.
    """
    check(json.loads(run("--json", "--seed", 1, name="agree").stdout), 200000)


@pytest.mark.long
def test_mediator_and_specification_agree_for_long():
    check(json.loads(run("--json", "--long", "--seed", SEED, name="long").stdout), 10_000_000)


def test_equal_seeds_are_equal_runs():
    first, second, other = (run("--json", "--calls", FEW, "--seed", seed, status=None).stdout
                            for seed in (SEED, SEED, SEED + 1))
    assert json.loads(first)["calls"] >= FEW
    assert first == second
    assert json.loads(first)["trace"] != json.loads(other)["trace"]


def test_a_script_that_is_none(tmp_path):
    script = tmp_path / "calls"
    for text, words in (("", "empty"), ("cpu 0 map\n", "world"), ("world ipa 40\ncpu 9 map\n", "line 2"),
                        ("world ipa 40\nat once 1\ncpu 0 map\n", "no end")):
        script.write_text(text, encoding="utf-8")
        done = run("--replay", script, name="none", status=2)
        assert words in done.stderr
