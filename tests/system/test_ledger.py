# SPDX-License-Identifier: Apache-2.0
"""The ledger beside its specification: tests/model says what is right, tests/ledger makes the calls.

How to look at a failure: `tests/ledger/run --replay FILE` with the file that the failing test names.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.off_target

RUN = Path(os.environ.get("PORTCULLIS_RUN", ROOT / "build" / "run")) / "ledger"
SEED = int(os.environ.get("PORTCULLIS_SEED") or 1)
MODEL = ROOT / "tests" / "model"
DRIVER = ROOT / "tests" / "ledger" / "run"
FEW = 8000      # calls, and up to four times as many until every answer was seen


def run(*words: str | Path, name: str = "run", status: int | None = 0) -> subprocess.CompletedProcess:
    """tests/ledger/run; a failing sequence of calls is kept."""
    RUN.mkdir(parents=True, exist_ok=True)
    saved = RUN / f"{name}.calls"
    done = subprocess.run([DRIVER, *map(str, words), "--save", saved], capture_output=True, text=True, check=False)
    if status is not None:
        assert done.returncode == status, f"{done.stderr[-3000:]}\ntests/ledger/run --replay {saved}"
    return done


# --- the specification ----------------------------------------------------------------------------

def test_the_specification_stands_alone(tmp_path):
    """It compiles in a folder that has nothing else, and includes nothing but itself and the language."""
    sources = sorted(path for path in MODEL.iterdir() if path.suffix in (".c", ".h"))
    text = {path.name: path.read_text(encoding="utf-8") for path in sources}
    assert {"memory.c", "memory.h", "ffa.c", "ffa.h"} <= set(text)
    for name, content in text.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        for included in re.findall(r'#\s*include\s+[<"]([^>"]+)[>"]', content):
            assert included in text or included in ("stdbool.h", "stddef.h", "stdint.h"), f"{name}: {included}"
    for of_ffa in (False, True):    # memory alone, and what FF-A adds to it
        assert sum(content.count("\n") for name, content in text.items() if name.startswith("ffa") == of_ffa) < 1000
    for name in text:
        if name.endswith(".c"):
            subprocess.run(["cc", "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", name],
                           cwd=tmp_path, check=True)


def test_the_specification_knows_no_blocks_tables_or_locks():
    for path in MODEL.glob("*.[ch]"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"(?i)\b(\w*block\w*|lock\w*|stage2\w*|tlb\w*|ledger\w*|descriptor\w*)\b", code), path


def test_the_document_has_the_rules_of_the_specification():
    """docs/memory.md and the specification count the rules alike, and name the calls of the host alike."""
    document = (ROOT / "docs" / "memory.md").read_text(encoding="utf-8")
    header = (MODEL / "memory.h").read_text(encoding="utf-8")
    rules = re.search(r"enum model_rule \{(.*?)\};", header, re.S)[1]
    table = document[document.index("| rule | |"):]
    assert len(re.findall(r"MODEL_RULE_\w+", rules)) - 1 == len(re.findall(r"^\| [1-9] \| ", table, re.M))
    calls = dict(re.findall(r"^\| (0x[0-9a-f]{8}) \| (MEM_\w+) \|", document, re.M))
    assert calls == dict((number, name) for name, number in
                         re.findall(r"#define MODEL_(MEM_\w+)\s+UINT64_C\((0x[0-9a-f]+)\)", header))


# --- core and specification -----------------------------------------------------------------------

def check(seen: dict, calls: int) -> None:
    assert seen["passed"]
    assert seen["calls"] >= calls
    assert seen["ok"] * 100 >= seen["calls"] * 40
    assert seen["max_cpus_inside"] == 4
    assert seen["max_live_transactions"] >= 8
    assert seen["full_walks"] > 100
    assert seen["rounds_undone"] > 0
    assert len(seen["rounds_by_bbm"]) == 3 and min(seen["rounds_by_bbm"]) > 0
    for call in ("donate", "share", "unshare", "lend", "reclaim", "quarantine", "release", "poison", "pin", "unpin",
                 "MEM_DONATE", "MEM_SHARE", "MEM_UNSHARE", "MEM_RETURN"):
        assert seen["per_call"][call]["done"] > 0
    assert sum(sum(answers.values()) for answers in seen["per_call"].values()) == seen["calls"]


def test_core_and_specification_agree():
    """Random calls of four CPUs: same answers, same states, same tables, translations forgotten."""
    seen = json.loads(run("--json", "--seed", SEED, name="agree").stdout)
    check(seen, 200000)
    assert set(seen["branch_coverage"]) == {"ledger", "stage2"}
    assert min(seen["branch_coverage"].values()) >= 95


@pytest.mark.long
def test_core_and_specification_agree_for_long():
    seen = json.loads(run("--json", "--no-coverage", "--long", "--seed", SEED, name="long").stdout)
    check(seen, 10_000_000)


def test_equal_seeds_are_equal_runs():
    first, second, other = (run("--json", "--no-coverage", "--calls", FEW, "--seed", seed, status=None).stdout
                            for seed in (SEED, SEED, SEED + 1))
    assert json.loads(first)["calls"] >= FEW
    assert first == second
    assert json.loads(first)["trace"] != json.loads(other)["trace"]


def test_a_script_that_is_none(tmp_path):
    script = tmp_path / "calls"
    for text, words in (("", "empty"), ("cpu 0 check\n", "universe"),
                        ("universe banks ipa 40 sets 3 tables 3\ncpu 9 check\n", "line 2"),
                        ("universe banks ipa 40 sets 3 tables 3\nat once 1\ncpu 0 check\n", "no end")):
        script.write_text(text, encoding="utf-8")
        done = run("--replay", script, name="none", status=2)
        assert words in done.stderr
