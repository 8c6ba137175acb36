# SPDX-License-Identifier: Apache-2.0
"""What is broken in the ledger or its stage 2 is found by tests/ledger, told in a few calls, and told again."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts  # noqa: E402

# Not off_target, though without QEMU: those have to be done in a minute.

SEED = int(os.environ.get("PORTCULLIS_SEED") or 1)

# name, file, text (a pattern) -> what stands there instead, kinds of verdict that are right
FAULTS = [
    ("owner", "ledger/ledger.c", [(r"record\.owner != change->expect\.owner", "0")], {"answer", "ledger"}),
    ("translations", "stage2/stage2.c",
     [(r"machine_stage2_invalidate\(debt->stale\.base, debt->stale\.end - debt->stale\.base\);\n", "")],
     {"tlb", "crash"}),
    ("lock", "ledger/inspection.c",
     [(r"lock_take\(&ledger->lock\);\n\textent = ", "extent = "),
      (r"(extent = extent_of\(ledger, region, address\);\n)\tlock_release\(&ledger->lock\);", r"\1")],
     {"answer", "crash"}),
    ("join", "ledger/ledger.c", [(r"\n\tjoin\(ledger, region, change->base\);", "")], {"sets", "shortage"}),
]


@pytest.mark.parametrize("name,file,changes,kinds", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_found_and_told_in_a_few_calls(tmp_path, name, file, changes, kinds):
    """One fault in a copy of the core: found, made short, made again by the script that was printed."""
    for part in ("hypervisor", "tests/unit", "tests/ledger", "tests/model"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "Makefile", tmp_path)
    path = tmp_path / "hypervisor/core" / file
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1)
        assert count == 1, f"{file} has no /{pattern}/: the fault has to follow the code"
    path.write_text(text, encoding="utf-8")
    subprocess.run(["make", "-s", "-j2", "O=build", f"LIBFDT={artefacts.libfdt()}", "WARNINGS=-w", "ledger"],
                   cwd=tmp_path, check=True)

    program, calls = tmp_path / "build/tests/ledger/ledger", tmp_path / "calls"
    found = subprocess.run([program, "--seed", str(SEED), "--calls", "500000", "--shrink", "60", "--save", calls],
                           capture_output=True, text=True, check=False)
    assert found.returncode == 1, found.stdout
    script = calls.read_text(encoding="utf-8").splitlines()
    kind = re.match(r"# seed \d+; after the last line, (\w+): ", script[0])[1]
    assert kind in kinds
    assert len([line for line in script if re.match(r" *cpu \d ", line)]) <= 25, "\n".join(script)
    again = subprocess.run([program, "--replay", calls], capture_output=True, text=True, check=False)
    assert again.returncode == 1 and f", {kind}: " in again.stdout, again.stdout

    # the core as it is makes the same calls and agrees
    sound = subprocess.run([ROOT / "tests/ledger/run", "--replay", calls], capture_output=True, text=True, check=True)
    assert "agree" in sound.stdout
