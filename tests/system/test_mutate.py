# SPDX-License-Identifier: Apache-2.0
"""tests/mutate puts faults into the core and tells which ones the off-target tests notice."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEED = os.environ.get("PORTCULLIS_SEED") or "1"

# Not off_target, though without QEMU: those have to be done in a minute.

KILLED = """\
--- a/hypervisor/core/host/exits.c
+++ b/hypervisor/core/host/exits.c
@@ -40,3 +40,3 @@
 	for (unsigned i = 0; i < HOST_EXITS_PSCI; i++)
-		calls += load(&exits->psci[i]);
+		calls -= load(&exits->psci[i]);
 	for (unsigned i = 0; i < HOST_EXITS_FFA; i++)
"""
# another order of what has none
EQUIVALENT = """\
--- a/hypervisor/core/host/exits.c
+++ b/hypervisor/core/host/exits.c
@@ -43,3 +43,3 @@
 {
-	if (cpu < PSCI_CPU_MAX)
+	if (PSCI_CPU_MAX > cpu)
 		host_exits_table[cpu] = exits;
"""


def mutate(*words: str, root: Path = ROOT, status: int = 0, given: str | None = None, timeout: int = 600) -> \
        subprocess.CompletedProcess:
    variables = {name: value for name, value in os.environ.items() if root == ROOT or name != "PORTCULLIS_BUILD"}
    done = subprocess.run([root / "tests" / "mutate", *words], capture_output=True, text=True, check=False,
                          input=given, timeout=timeout, cwd=root, env=variables)
    assert done.returncode == status, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done


def test_a_fault_by_hand_is_killed():
    done = mutate("--patch", "-", "--json", given=KILLED)
    (fault,) = json.loads(done.stdout)["faults"]
    assert fault["outcome"] == "killed" and fault["by"] == "test_exits", fault
    assert "killed by test_exits in " in done.stderr


def test_a_change_that_is_none_survives_and_is_shown():
    done = mutate("--patch", "-", given=EQUIVALENT, status=1)
    assert "survived: the object code is the same" in done.stderr
    assert "+	if (PSCI_CPU_MAX > cpu)\n" in done.stderr


def test_a_patch_that_is_none(tmp_path):
    for text, words in (("", "no patch"), (KILLED.replace("calls +=", "calls *="), "does not fit"),
                        (KILLED.replace("/core/", "/arm64/"), "no file of hypervisor/core/")):
        patch = tmp_path / "patch"
        patch.write_text(text, encoding="utf-8")
        assert words in mutate("--patch", str(patch), status=2).stderr


def test_equal_seeds_draw_equal_faults():
    first, again, other = (mutate("--list", "--only", "ffa/*.c", "--count", "20", "--seed", seed).stdout
                           for seed in ("7", "7", "8"))
    assert first.count("\n+++ b/hypervisor/core/") == 20
    assert first == again
    assert first != other


def test_a_tree_that_does_not_build_says_so(tmp_path):
    for name in ("command", "hypervisor", "firmware", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Makefile", tmp_path)
    with open(tmp_path / "hypervisor/core/boot/chosen.c", "a", encoding="utf-8") as file:
        file.write("static int unfinished(\n")
    for words in (("--list",), ("--count", "1")):
        done = mutate(*words, root=tmp_path, status=2)
        assert "the tree does not build: hypervisor/core/boot/chosen.c" in done.stderr
    assert not (tmp_path / "build" / "tests").exists()


@pytest.mark.long
def test_nine_of_ten_faults_are_killed():
    document = json.loads(mutate("--seed", SEED, "--json", timeout=3000).stdout)
    assert document["total"] >= 60 and document["share"] >= 90


@pytest.mark.long
def test_every_fault_of_a_lock_is_killed():
    document = json.loads(mutate("--locks", "--json", timeout=3000).stdout)
    assert document["killed"] == document["total"] > 40
