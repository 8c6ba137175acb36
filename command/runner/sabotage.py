# SPDX-License-Identifier: Apache-2.0
"""`test --sabotage`: break one thing of each kind in a copy of the tree, and see that it is noticed.

A break counts as noticed when the tests that ought to see it passed before, and one of them fails
after, with a result of its own: a build that fails, or a selection that matches nothing, is a break
that was made badly, and fails here.
"""
from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import processes
from .cases import FAILED, PASSED, Context, Job, Result, selected, tail

TIMEOUT = 900
CELL = "absent-w32"
LEFT_OUT = ("tests/runs", "tests/latest", "sabotage", "coverage", "fuzz", "fresh")


class SabotageError(Exception):
    """A thing that was to be broken is not where it was expected."""


@dataclass
class Break:
    """One thing to break. `apply` changes files below the copy and returns what it did, in words."""
    name: str
    only: list[str]                     # the tests that are run, before and after
    apply: Callable[[Path], str]
    kill_qemu: bool = False             # the break is done to the run, not to a file


def copy_tree(root: str, build: str, target: str) -> None:
    """The sources (tracked or new, not ignored) and what is built already."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, copy = Path(root, name), Path(target, name)
        if source.is_file() or source.is_symlink():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)
    ignored = {str(Path(build, name)) for name in LEFT_OUT}
    shutil.copytree(build, Path(target, "build"), symlinks=True, ignore=lambda directory, names: [
        name for name in names if str(Path(directory, name)) in ignored])


class Tree:
    """The copy. One break at a time: each is undone before the next."""

    def __init__(self, context: Context):
        self.root = Path(context.build, "sabotage", "tree")
        self.context = context
        self.lock = threading.Lock()
        self.ready = False
        self.controls: dict[tuple[str, ...], str] = {}

    def prepare(self) -> None:
        if not self.ready:
            copy_tree(self.context.root, self.context.build, str(self.root))
            self.ready = True

    def test(self, only: list[str], log: str, kill_qemu: bool = False) -> dict:
        """Run the copy's own tests; its JSON, with "status" added."""
        command = [str(self.root / "portcullis"), "test", "--yes", "--json", "--jobs", "1",
                   "--seed", str(self.context.seed)]
        if not any(selected_by_matrix(glob) for glob in only):
            command.append("--off-target")
        for glob in only:
            command += ["--only", glob]
        environment = {name: value for name, value in self.context.environment.items()
                       if not name.startswith("PORTCULLIS_") and name != "MAKEFLAGS"}
        with open(log, "wb") as errors, open(log + ".json", "wb") as output:
            child = processes.start(command, cwd=self.root, env=environment, stdout=output, stderr=errors)
            if kill_qemu:
                threading.Thread(target=kill_first_qemu, args=(child,), daemon=True).start()
            code = processes.finish(child, TIMEOUT)
        if processes.stopping():
            raise processes.Stopped()
        try:
            result = json.loads(Path(log + ".json").read_text(encoding="utf-8"))
        except ValueError:
            raise SabotageError(f"the copy's run gave no results (exit status {code})\n{tail(log)}") from None
        result["status"] = code
        return result

    def control(self, only: list[str], log: str) -> str:
        """"" if the unbroken copy passes the tests, else why a break of it would prove nothing."""
        key = tuple(only)
        if key not in self.controls:
            result = self.test(only, log)
            bad = [test["name"] for test in result["tests"] if test["outcome"] == FAILED]
            if bad:
                self.controls[key] = f"unbroken, these fail already: {', '.join(bad[:5])}; log: {log}"
            elif not result["passed"]:
                self.controls[key] = f"unbroken, nothing ran for {' '.join(only)}; log: {log}"
            else:
                self.controls[key] = ""
        return self.controls[key]


def selected_by_matrix(glob: str) -> bool:
    return glob.startswith(("scenario/", "system/"))


def kill_first_qemu(child: subprocess.Popen) -> None:
    """SIGKILL the first QEMU below `child`, a second after it started."""
    deadline = time.monotonic() + TIMEOUT
    while child.poll() is None and time.monotonic() < deadline:
        for pid in processes.descendants(child.pid):
            try:
                name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
            except OSError:
                continue
            if name.startswith("qemu-system"):
                time.sleep(1.0)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                return
        time.sleep(0.1)


class SabotageJob(Job):
    def __init__(self, tree: Tree, one: Break):
        self.tree = tree
        self.one = one
        super().__init__(title=f"sabotage/{one.name}", names=[f"sabotage/{one.name}"])

    def run(self, context: Context) -> list[Result]:
        directory = Path(context.run_directory) / "sabotage"
        directory.mkdir(parents=True, exist_ok=True)
        stem = str(directory / re.sub(r"[^\w.-]+", "-", self.one.name))
        begin = time.monotonic()
        with self.tree.lock:
            try:
                outcome, text = self._attempt(stem)
            except SabotageError as error:
                outcome, text = FAILED, str(error)
        return [Result(self.title, outcome, time.monotonic() - begin,
                       detail=text if outcome == FAILED else "",
                       reason=text if outcome == PASSED else "", log=stem + ".log")]

    def _attempt(self, stem: str) -> tuple[str, str]:
        self.tree.prepare()
        problem = self.tree.control(self.one.only, stem + ".control.log")
        if problem:
            return FAILED, problem
        before = snapshot(self.tree.root)
        try:
            done = self.one.apply(self.tree.root)
            result = self.tree.test(self.one.only, stem + ".log", self.one.kill_qemu)
        finally:
            restore(self.tree.root, before)
        noticed = [test["name"] for test in result["tests"] if test["outcome"] == FAILED and
                   not test["name"].startswith("test/")]
        built_badly = [test["detail"] for test in result["tests"] if test["outcome"] == FAILED and
                       test["name"].startswith("test/")]
        if built_badly:
            return FAILED, f"{done}: does not build, which proves nothing:\n{built_badly[0]}"
        if not noticed or result["status"] == 0:
            return FAILED, f"{done}: not noticed by {' '.join(self.one.only)} " \
                           f"({result['passed']} tests passed)"
        return PASSED, f"{done}: noticed by {noticed[0]}"


# What breaks may touch, kept in memory: (content, mode) by path relative to the tree.
KEPT = ("tests/vectors", "firmware/personalities", "hypervisor/core")
IMAGE = "build/hypervisor/portcullis.img"


def snapshot(root: Path) -> dict[str, bytes]:
    files = [path for name in KEPT for path in (root / name).rglob("*") if path.is_file()]
    if (root / IMAGE).exists():
        files.append(root / IMAGE)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def restore(root: Path, before: dict[str, bytes]) -> None:
    """Put back what changed; the new time of change makes the build do its part again."""
    for name, content in before.items():
        path = root / name
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


# --- expected values of vectors -------------------------------------------------------------------

EXPECTED_KEYS = ("expect_x0", "expect", "verdict", "valid", "negotiated_after", "number", "owner",
                 "result", "decoded", "code", "class")


def break_value(value):
    """The same kind of value, and wrong; None where there is no sure way."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, str):
        if re.fullmatch(r"0x[0-9a-fA-F]+", value):
            return f"0x{int(value, 16) ^ 1:0{len(value) - 2}x}"
        if re.fullmatch(r"\d+\.\d+", value):
            major, minor = value.split(".")
            return f"{major}.{int(minor) + 5}"
    return None


def expected_places(data, trail=()) -> list[tuple]:
    """Trails to all expected values of a vector file."""
    found = []
    if isinstance(data, dict):
        # A case that names a second acceptable answer may take the broken one for it.
        loose = any(key.startswith("also_acceptable") for key in data)
        for key, value in data.items():
            here = trail + (key,)
            if key.endswith("observed"):
                continue    # what other implementations were seen to do is not what is expected here
            if not loose and (key in EXPECTED_KEYS or "expect" in trail or "decoded" in trail) \
                    and break_value(value) is not None:
                found.append(here)
            else:
                found += expected_places(value, here)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            here = trail + (index,)
            if ("expect" in trail or "decoded" in trail) and break_value(value) is not None:
                found.append(here)
            else:
                found += expected_places(value, here)
    return found


def vector_breaks(context: Context) -> list[Break]:
    """For each list of each vector file one expected value, chosen by the seed."""
    chance = random.Random(context.seed)
    breaks = []
    for path in sorted(Path(context.root, "tests", "vectors").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        lists: dict[str, list[tuple]] = {}
        for trail in expected_places(data):
            lists.setdefault(str(trail[0]), []).append(trail)
        if not lists:
            breaks.append(Break(f"vector/{path.name}", ["unit/*"], _nothing_expected(path.name)))
        for name, trails in lists.items():
            breaks.append(Break(f"vector/{path.name}/{name}", ["unit/*"],
                                _vector_break(path.name, chance.choice(trails))))
    return breaks


def _nothing_expected(name: str):
    def apply(_root: Path) -> str:
        raise SabotageError(f"tests/vectors/{name} holds no expected value under any of the keys "
                            f"{', '.join(EXPECTED_KEYS)}")
    return apply


def _vector_break(name: str, trail: tuple):
    def apply(root: Path) -> str:
        path = root / "tests" / "vectors" / name
        data = json.loads(path.read_text(encoding="utf-8"))
        place = data
        for step in trail[:-1]:
            place = place[step]
        old = place[trail[-1]]
        place[trail[-1]] = break_value(old)
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")
        return f"tests/vectors/{name}: {'.'.join(map(str, trail))}: {old} became {place[trail[-1]]}"
    return apply


# --- files changed by a pattern -------------------------------------------------------------------


def replace(root: Path, name: str, pattern: str, replacement: str, count: int = 1) -> str:
    """Replace in one file; the pattern must match exactly `count` times (0: at least once)."""
    path = root / name
    if not path.exists():
        raise SabotageError(f"{name} is not there")
    text, done = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if done != count and (count or not done):
        raise SabotageError(f"{name}: /{pattern}/ matches {done} times, not {count or 'at all'}: "
                            f"the sabotage has to follow the code")
    path.write_text(text, encoding="utf-8")
    return f"{name}: /{pattern}/ replaced by '{replacement}'"


def zero_image(root: Path) -> str:
    path = root / IMAGE
    if not path.exists():
        raise SabotageError(f"{IMAGE} is not there")
    path.write_bytes(bytes(path.stat().st_size))
    return f"{IMAGE} filled with zeros"


def nothing(_root: Path) -> str:
    return "QEMU killed a second after its start"


def rename_log_key(root: Path) -> str:
    """The key of the line that the cell waits for, wherever the core writes it."""
    for path in sorted((root / "hypervisor/core").rglob("*.c")):
        if '"ffa-none"' in path.read_text(encoding="utf-8"):
            return replace(root, str(path.relative_to(root)), '"ffa-none"', '"ffa-nobody"', 0)
    raise SabotageError('no file of hypervisor/core writes a line with the key "ffa-none"')


# --- checks dropped from the core -----------------------------------------------------------------

REFUSAL = re.compile(r"\bif \(")


def conditions(text: str) -> list[tuple[int, int, int]]:
    """(begin, end of the condition, line) of each `if` whose only statement returns or breaks off."""
    found = []
    for match in REFUSAL.finditer(text):
        depth, position = 1, match.end()
        while depth and position < len(text):
            depth += {"(": 1, ")": -1}.get(text[position], 0)
            position += 1
        if re.match(r"\s*\{?\s*(return\b|goto\b)", text[position:]):
            found.append((match.end(), position - 1, text.count("\n", 0, match.start()) + 1))
    return found


def drop(root: Path, name: str, function: str, pattern: str) -> str:
    """Make the check in `function` whose condition matches `pattern` never true."""
    path = root / name
    if not path.exists():
        raise SabotageError(f"{name} is not there")
    text = path.read_text(encoding="utf-8")
    start = re.search(rf"^[\w\s*]*\b{function}\([^;{{]*\)\s*\{{", text, re.MULTILINE)
    if not start:
        raise SabotageError(f"{name} has no function {function}(): the sabotage has to follow the code")
    end = text.find("\n}\n", start.end())
    for begin, finish, line in conditions(text):
        if start.end() <= begin < end and re.search(pattern, text[begin:finish]):
            path.write_text(f"{text[:begin]}0 && ({text[begin:finish]}){text[finish:]}", encoding="utf-8")
            return f"{name}:{line}: {function}(): check dropped: {' '.join(text[begin:finish].split())}"
    raise SabotageError(f"{name}: {function}() has no check like /{pattern}/: the sabotage has to "
                        f"follow the code")


# (file, function, pattern of the condition): one check at least for each room of the core
DROPPED: tuple[tuple[str, str, str], ...] = (
    ("hypervisor/core/boot/place.c", "read_header", r"HEADER_MAGIC"),
    ("hypervisor/core/ffa/version.c", "ffa_version_answer", r"FFA_MAJOR\(w1\) == 0U"),
    ("hypervisor/core/ffa/version.c", "ffa_version_read", r"FFA_MAJOR\(w0\) != FFA_MAJOR\(asked\)"),
    ("hypervisor/core/host/fault.c", "host_fault_decide", r"allowed"),
    ("hypervisor/core/ledger/ledger.c", "page_rule", r"record\.owner"),
    ("hypervisor/core/psci/psci.c", "cpu_on", r"entry_usable"),
    ("hypervisor/core/smccc/policy.c", "smccc_range_of", r"SMCCC_RESERVED"),
    ("hypervisor/core/stage2/stage2.c", "stage2_set", r"span\.end < base"),
)


def dropped_breaks() -> list[Break]:
    return [Break(f"check/{Path(name).parent.name}/{function}", ["unit/*"],
                  lambda root, n=name, f=function, p=pattern: drop(root, n, f, p))
            for name, function, pattern in DROPPED]


# --- all ------------------------------------------------------------------------------------------

# (cell, file, pattern, replacement): an answer that its script does not expect
PERSONALITY = ("v1.1", "firmware/personalities/v1.1.script", r"^FFA_VERSION answers w0 = 1\.1$",
               "FFA_VERSION answers w0 = 1.0")


def breaks(context: Context) -> list[Break]:
    cell = [f"scenario/{CELL}"]
    name, file, pattern, replacement = PERSONALITY
    return vector_breaks(context) + dropped_breaks() + [
        Break("personality-answer", [f"scenario/{name}"],
              lambda root: replace(root, file, pattern, replacement)),
        Break("log-line", cell, rename_log_key),
        Break("killed-qemu", cell, nothing, kill_qemu=True),
        Break("image-of-zeros", cell, zero_image),
    ]


def jobs(context: Context, globs: list[str]) -> list[Job]:
    tree = Tree(context)
    found = [SabotageJob(tree, one) for one in breaks(context)]
    return [job for job in found if selected(job.title, globs)]
