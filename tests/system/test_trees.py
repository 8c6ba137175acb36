# SPDX-License-Identifier: Apache-2.0
"""The planner over the device tree of every board that Debian's kernel supports.

tree_planner (tests/unit/trees) does to each what a loader does, has it planned, holds the plan
against what must hold for any, and carries it out: the host's page tables and tree are made.
"""
import collections
import subprocess
from pathlib import Path

import pytest

from command import artefacts, packages

pytestmark = pytest.mark.off_target

PROGRAM = "tests/unit/tree_planner"
AT_ONCE = 100

# What a few boards are known to be, from their sources in the kernel's tree.
KNOWN = {
    "arm/juno-r2": ["2 banks", "6 CPUs, 0 left out", "PL011 serial@7ff80000"],
    "arm/fvp-base-revc": ["2 banks", "8 CPUs, 0 left out", "PL011 serial@90000"],
    "freescale/fsl-lx2160a-rdb": ["16 CPUs, 0 left out", "PL011 serial@21c0000"],
    "rockchip/rk3399-rock-pi-4a": ["6 CPUs, 0 left out", "8250 serial@ff1a0000"],
    "qcom/sdm845-mtp": ["8 CPUs, 0 left out", "unknown serial@a84000"],
    # started by other means than PSCI
    "apm/apm-mustang": ["1 CPUs, 7 left out"],
    "broadcom/bcm2837-rpi-3-b": ["1 CPUs, 3 left out"],
}


def judge(files: list[Path]) -> dict[Path, tuple[str, str]]:
    """{file: (verdict, text)}"""
    program = artefacts.build_directory() / PROGRAM
    if not program.exists():
        artefacts.build(PROGRAM)
    answers = {}
    for at in range(0, len(files), AT_ONCE):
        done = subprocess.run([program, *files[at:at + AT_ONCE]], capture_output=True, text=True,
                              check=False, timeout=120)
        assert done.returncode == 0, done.stderr[-4000:]
        for line in done.stdout.splitlines():
            name, verdict, text = line.split("\t")
            answers[Path(name)] = (verdict, text)
    return answers


@pytest.fixture(scope="module")
def boards() -> dict[Path, tuple[str, str]]:
    directory = packages.fetch_trees().directory
    return judge(sorted(directory.rglob("*.dtb")))


def test_each_board_is_planned_or_refused_in_words(boards):
    table = collections.Counter("plan" if verdict == "plan" else f"{verdict}: {text}"
                                for verdict, text in boards.values())
    for what, count in table.most_common():
        print(f"{count:5}  {what}")
    wrong = [f"{path}: {text}" for path, (verdict, text) in boards.items()
             if verdict not in ("plan", "refused")]
    assert not wrong, "\n".join(wrong)
    assert len(boards) > 500
    # a board's tree is a good one: refusals are for what loaders do wrong
    assert table["plan"] >= 0.99 * len(boards), table


def test_known_boards_are_read_as_they_are(boards):
    for name, words in KNOWN.items():
        found = [answer for path, answer in boards.items() if str(path).endswith(f"/{name}.dtb")]
        assert found, f"{name} is not among the boards"
        verdict, text = found[0]
        assert verdict == "plan", (name, text)
        for word in words:
            assert word in text, f"{name}: not «{word}» but {text}"


def test_a_board_is_refused_when_its_tree_is_damaged(boards, tmp_path):
    """The program does notice: a tree cut in half, and one that is none."""
    whole = max(boards, key=lambda path: path.stat().st_size).read_bytes()
    half, none = tmp_path / "half.dtb", tmp_path / "none.dtb"
    half.write_bytes(whole[:len(whole) // 2])
    none.write_bytes(b"\0" * 4096)
    answers = judge([half, none])
    assert {verdict for verdict, _ in answers.values()} == {"unreadable"}, answers
