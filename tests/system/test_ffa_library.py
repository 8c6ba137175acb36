# SPDX-License-Identifier: Apache-2.0
"""The FF-A mediator's folder, copied alone, is a library: it builds for both targets, needs nothing but memcpy and
its like, and passes its own tests."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "hypervisor" / "core" / "ffa"

pytestmark = pytest.mark.off_target

MAY_BE_MISSING = {"memcpy", "memset", "memcmp", "memmove"}
FUNCTIONS_MAX = 16


def run(*command: str, directory: Path) -> str:
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "O")}
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=300,
                          env=variables)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """The folder in an empty one, built there."""
    folder = tmp_path_factory.mktemp("alone") / "ffa"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("build"))
    run("make", "-j2", directory=folder)
    return folder


@pytest.mark.parametrize("target,tool", [("native", "nm"), ("aarch64", "aarch64-linux-gnu-nm")])
def test_library_needs_memcpy_and_its_like_alone(alone, target, tool):
    archive = alone / "build" / target / "libportcullis-ffa.a"
    members = run("ar", "t", str(archive), directory=alone).split()
    assert sorted(members) == sorted(path.with_suffix(".o").name for path in alone.glob("*.c"))
    wanted, defined = set(), set()
    for line in run(tool, "--format=posix", str(archive), directory=alone).splitlines():
        fields = line.split()
        if len(fields) >= 2 and len(fields[1]) == 1:
            (wanted if fields[1] in "Uw" else defined).add(fields[0])
    assert "ffa_call" in defined
    assert wanted - defined <= MAY_BE_MISSING
    # nothing of it is written to: what it remembers is in the context
    written = re.findall(r"^\.(?:data|bss)[ .].*", run("size", "-A", str(archive), directory=alone), re.M)
    assert [line for line in written if line.split()[1] != "0" and ".rel.ro" not in line] == []


def test_own_tests_pass(alone):
    assert re.search(r"PASSED +\] +[1-9]", run("make", "check", directory=alone))


def test_example_shares_in_two_fragments_and_takes_back(alone):
    assert len((alone / "examples/embedder.c").read_text("utf-8").splitlines()) < 200
    told = run("make", "example", directory=alone) + run("build/native/examples/embedder", directory=alone)
    calls = re.findall(r"^endpoint: (\w+) -> (\w+)", told, re.M)
    assert calls == [("0x84000063", "0x10001"), ("0xc4000066", "0x84000061"), ("0x84000073", "0x8400007a"),
                     ("0x8400007b", "0x84000061"), ("0x84000077", "0x84000061")]


def test_environment_has_few_functions():
    header = (FOLDER / "ffa.h").read_text("utf-8")
    body = re.search(r"\nstruct ffa_environment \{\n(.*?)\n\};\n", header, re.S)[1]
    functions = re.findall(r"\(\*(\w+)\)\(", body)
    assert "firmware_call" in functions
    assert len(functions) <= FUNCTIONS_MAX


def test_every_call_of_the_public_header_says_what_it_does():
    """A comment stands in front of each declaration, or of the group that it is in."""
    header = (FOLDER / "ffa.h").read_text("utf-8")
    found = re.findall(r"(\*/\n|;\n|\n\n)((?:[a-z_]+ )+\**(?:ffa_\w+)\([^;{]*\);\n)", header)
    assert len(found) > 10
    assert [text for before, text in found if before == "\n\n"] == []
