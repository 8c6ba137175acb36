# SPDX-License-Identifier: Apache-2.0
"""The tests that may notice a fault: which, in what order, and what one that notices says."""
from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from command.status import FAILED, Problem
from mutation.syntax import CORE
from mutation.tree import Program, Tree

SEED = "1"
FUZZ_RUNS = 5000
CPU_LEAST = 6           # seconds of processor time that any program may take with a fault
LIMITS = 2              # programs that ran into their limit before a fault counts as one that only hangs
WORDS = (r"hang: .*", r"\[  FAILED  \] (?!.*test\(s\)).*", r"SUMMARY: .*", r".*invariant broken: .*",
         r".*runtime error: .*", r".*waits for ever.*", r"\w+: .* \(.*\)", r".+")


@dataclass(frozen=True)
class Verdict:
    outcome: str            # killed, survived, no change, does not compile, time limit
    by: str = ""            # program
    words: str = ""         # what it said
    seconds: float = 0.0

    def __str__(self) -> str:
        said = f": {self.words}" if self.words else ""
        return (f"killed by {self.by} in {self.seconds:.1f} s" if self.outcome == "killed" else self.outcome) + said


class Suite:
    """Programs of the off-target tests, over one tree."""

    def __init__(self, tree: Tree):
        self.tree = tree
        self._took: dict[str, float] = {}       # seconds of processor time without a fault

    def order(self, files: list[str], locked: bool) -> list[Program]:
        """Programs that have one of the files in them, most likely first."""
        ranked = []
        for kind in ("unit", "ledger", "fuzz", *(("threads",) if locked else ())):
            _, programs = self.tree.commands(kind)
            objects = {output for file in files for output in self.tree.users(kind, file)}
            for program in programs:
                name = Path(program.path).name
                if name.startswith(("test_", "fuzz_", "ledger")) and objects & set(program.words) and \
                        (kind != "threads" or self._starts_threads(name)):
                    ranked.append((self._distance(program, files), program.name, program))
        return [program for *_, program in sorted(ranked, key=lambda entry: entry[:2])]

    def _source(self, name: str) -> str:
        path = self.tree.sources / "tests/unit" / f"{name}.c"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _starts_threads(self, name: str) -> bool:
        return "pthread_create" in self._source(name)

    def _distance(self, program: Program, files: list[str]) -> int:
        """0: the file's own test; more: farther away, or slower."""
        name = Path(program.path).name
        if program.kind == "fuzz":
            return 9
        text = self._source(name)
        least = 8
        for file in files:
            room, _, stem = file.removeprefix(CORE).rpartition("/")
            stem = stem.rsplit(".", 1)[0]
            if program.kind == "ledger":
                distance = 2 if room in ("ledger", "stage2") else 5
            elif room and room in name.split("_") and stem in name.split("_"):
                distance = 0
            elif f"core/{room}/{stem}.h" in text:
                distance = 1
            elif room and (room in name.split("_") or f"core/{room}/" in text):
                distance = 3
            else:
                distance = 6
            least = min(least, distance)
        return least + 1 if program.kind == "threads" else least

    # --- one fault ---

    def judge(self, files: list[str], locked: bool, work: Path) -> Verdict:
        """`work`: a folder of the worker's own; work/overlay holds the files with the fault."""
        overlay = work / "overlay"
        sources = sorted({source for file in files for source in self.tree.includers(file)})
        same = True
        for source in sources:
            text = self.tree.assembly(source, overlay, work / "target.s")
            if text is None:
                return Verdict("does not compile")
            sound = self.tree.assembly(source, None, work / "sound/target.s")
            if sound is None:
                raise Problem(f"the tree does not build: {source}", "make says more", FAILED)
            same = same and text == sound
        if same:
            return Verdict("no change")
        compiled: dict[str, str] = {}       # object without the fault -> with it; "" for none
        over = 0
        for program in self.order(files, locked):
            self._sound(program, work)
            begin = time.monotonic()
            path = self._link(program, files, compiled, work)
            if path is None:
                return Verdict("does not compile")
            status, text, _ = self._run(program, path, work)
            if status is None or re.search(r"^hang: ", text, re.M):
                over += 1
                if over >= LIMITS:
                    break
            elif status != 0:
                return Verdict("killed", program.name, telling(text), time.monotonic() - begin)
        return Verdict("time limit" if over else "survived")

    def _link(self, program: Program, files: list[str], compiled: dict[str, str], work: Path) -> Path | None:
        compilations, _ = self.tree.commands(program.kind)
        changed = {output for file in files for output in self.tree.users(program.kind, file)}
        for output in sorted(changed & set(program.words)):
            if output not in compiled:
                made = work / "objects" / program.kind / Path(output).relative_to(self.tree.base(program.kind))
                if not self.tree.compile(compilations[output], work / "overlay", made, "-w"):
                    return None
                compiled[output] = str(made)
        # where it finds what lies beside it
        beside = work / "programs" / program.kind
        beside.mkdir(parents=True, exist_ok=True)
        trees = beside / "trees"
        if program.kind in ("unit", "threads") and not trees.is_symlink():
            trees.symlink_to(Path(program.path).parent / "trees")
        path = beside / Path(program.path).name
        words = [compiled.get(word, word) for word in program.words]
        words[words.index("-o") + 1] = str(path)
        status, text, _ = self.tree.processes.run([*words, "-Wl,--strip-debug"], cwd=self.tree.sources)
        if status != 0:
            raise Problem(f"{program.name} cannot be linked", text[-2000:], FAILED)
        return path

    def _command(self, program: Program, path: Path, work: Path) -> list[str]:
        if program.kind == "ledger":
            return [str(path), "--seed", SEED, "--shrink", "1"]
        if program.kind == "fuzz":
            return [str(path), f"-runs={FUZZ_RUNS}", f"-seed={SEED}", "-max_len=600", "-len_control=0",
                    "-timeout=10", "-verbosity=0", f"-artifact_prefix={work}/"]
        return [str(path)]

    def _run(self, program: Program, path: Path, work: Path) -> tuple[int | None, str, float]:
        cpu = CPU_LEAST + int(4 * self._took.get(program.path, 30))
        variables = {"PORTCULLIS_SEED": SEED, "TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": "symbolize=0",
                     "UBSAN_OPTIONS": "symbolize=0"}
        return self.tree.processes.run(self._command(program, path, work), cwd=self.tree.sources, cpu=cpu,
                                       wall=30 * cpu, variables=variables)

    def _sound(self, program: Program, work: Path) -> None:
        """Without a fault it passes, and takes so long."""
        if program.path in self._took:
            return
        self.tree.build(program)
        status, text, took = self._run(program, Path(program.path), work)
        if status != 0:
            raise Problem(f"{program.name} fails without any fault: {telling(text)}",
                          "Mend that first; nothing can be said of faults.", FAILED)
        self._took[program.path] = took


def telling(text: str) -> str:
    """The line that says best what was noticed."""
    for pattern in WORDS:
        found = re.findall(f"^{pattern}$", text, re.M)
        if found:
            line = re.search(f"^{pattern}$", text, re.M)[0].strip()
            return line.removeprefix("[  FAILED  ] ")[:100]
    return "no output"


def prepare(work: Path, files: dict[str, bytes]) -> None:
    """An overlay of these files, and nothing of an earlier fault."""
    for name in ("overlay", "objects", "programs"):
        shutil.rmtree(work / name, ignore_errors=True)
    for file, content in files.items():
        (work / "overlay" / file).parent.mkdir(parents=True, exist_ok=True)
        (work / "overlay" / file).write_bytes(content)
    (work / "overlay/hypervisor").mkdir(parents=True, exist_ok=True)
    (work / "sound").mkdir(parents=True, exist_ok=True)
