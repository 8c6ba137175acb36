# SPDX-License-Identifier: Apache-2.0
"""A frozen copy of the sources, what make would do with it, and one fault laid over it.

The work tree is only read. Mutated files lie in a folder that the compiler searches first; their objects
take the place of the sound ones when a program is linked.
"""
from __future__ import annotations

import os
import resource
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from command import artefacts
from command.status import FAILED, Problem

COPIED = ("hypervisor", "firmware", "tests", "command", "Makefile")
THREADS = ("HOSTCC=clang-19", "UNIT_SANITIZE=-fsanitize=thread -fno-omit-frame-pointer")
# Which of make's targets, and what they are built with, beside the defaults.
KINDS: dict[str, tuple[str, ...]] = {
    "unit": ("unit",),
    "ledger": ("ledger",),
    "threads": ("unit", *THREADS),
    "fuzz": ("fuzz",),
    "target": ("hypervisor",),
}


class Stopped(Exception):
    """Somebody asked to end."""


class Processes:
    """Children that run, so that an interruption can end them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen] = set()
        self.stopping = False

    def run(self, command: list[str], *, cwd: Path, cpu: int = 0, wall: int = 1800,
            variables: dict[str, str] | None = None) -> tuple[int | None, str, float]:
        """(status, output, seconds of processor time); None as status: beyond a limit, `cpu` seconds if not 0."""
        def limit() -> None:
            if cpu:
                resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with tempfile.TemporaryFile() as file:
            with self._lock:
                if self.stopping:
                    raise Stopped()
                # pylint: disable-next=subprocess-popen-preexec-fn
                child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                         stdout=file, preexec_fn=limit, start_new_session=True,
                                         env={**os.environ, **(variables or {})})
                self._running.add(child)
            timer = threading.Timer(wall, self._end, (child,))
            timer.start()
            _, status, usage = os.wait4(child.pid, 0)
            over = not timer.is_alive()
            timer.cancel()
            with self._lock:
                self._running.discard(child)
            child.returncode = os.waitstatus_to_exitcode(status)
            if self.stopping:
                raise Stopped()
            file.seek(0)
            text = file.read().decode(errors="replace")
        over = over or (cpu > 0 and child.returncode in (-signal.SIGXCPU, -signal.SIGKILL))
        return None if over else child.returncode, text, usage.ru_utime + usage.ru_stime

    @staticmethod
    def _end(child: subprocess.Popen) -> None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def stop(self) -> None:
        with self._lock:
            self.stopping = True
            for child in self._running:
                self._end(child)


@dataclass(frozen=True)
class Compilation:
    words: tuple[str, ...]
    source: str
    output: str


@dataclass(frozen=True)
class Program:
    kind: str
    path: str
    words: tuple[str, ...]      # the command that links it

    @property
    def name(self) -> str:
        return {"threads": "threads/", "fuzz": "fuzz/"}.get(self.kind, "") + os.path.basename(self.path)


class Tree:
    """The copy under build/mutate/tree, built without faults as far as somebody asked for it."""

    def __init__(self, root: Path, jobs: int):
        self.directory = (artefacts.build_directory() / "mutate").resolve()
        self.sources = self.directory / "tree"
        self.jobs = jobs
        self.processes = Processes()
        self._lock = threading.Lock()
        self._ready: set[str] = set()
        self._commands: dict[str, tuple[dict[str, Compilation], list[Program]]] = {}
        self._users: dict[tuple[str, str], set[str]] = {}
        self._assembly: dict[str, str] = {}
        self.libfdt = artefacts.libfdt()
        self._copy(root)

    def _copy(self, root: Path) -> None:
        """Only what differs is written: what was built before from the same files stays, and nothing else."""
        wanted = {}
        for name in COPIED:
            paths = (root / name).rglob("*") if (root / name).is_dir() else [root / name]
            wanted.update({path.relative_to(root): path for path in paths
                           if path.is_file() and "__pycache__" not in path.parts})
        for path in self.sources.rglob("*"):
            if path.is_file() and path.relative_to(self.sources) not in wanted:
                path.unlink()
        for name, path in wanted.items():
            copy = self.sources / name
            if not copy.is_file() or copy.read_bytes() != path.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.unlink(missing_ok=True)
                shutil.copyfile(path, copy)
                shutil.copymode(path, copy)

    # --- what make does ---

    def base(self, kind: str) -> Path:
        return self.directory / kind

    def _make(self, kind: str) -> list[str]:
        return ["make", "-C", str(self.sources), "--no-print-directory", f"O={self.base(kind)}",
                f"LIBFDT={self.libfdt}", "WARNINGS=-w", *(word for word in KINDS[kind] if "=" in word)]

    def commands(self, kind: str) -> tuple[dict[str, Compilation], list[Program]]:
        """Compilations by what they make, and programs; read from a dry run of make."""
        with self._lock:
            if kind not in self._commands:
                self._commands[kind] = self._read_commands(kind)
            return self._commands[kind]

    def _read_commands(self, kind: str) -> tuple[dict[str, Compilation], list[Program]]:
        targets = [word for word in KINDS[kind] if "=" not in word]
        if kind == "target":
            targets = [f"{self.base(kind)}/hypervisor/portcullis.elf"]
        status, text, _ = self.processes.run([*self._make(kind), "-n", "-B", "V=1", *targets], cwd=self.sources,
                                          variables={"MAKEFLAGS": ""})
        if status != 0:
            raise Problem(f"make {kind} has no plan", text[-2000:], FAILED)
        compilations, programs = {}, []
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line) if " -o " in line else []
            if "-c" in words:
                output = words[words.index("-o") + 1]
                compilations[output] = Compilation(tuple(words), words[-1], output)
            elif words and "-o" in words and any(word.endswith(".o") for word in words):
                programs.append(Program(kind, words[words.index("-o") + 1], tuple(words)))
        return compilations, programs

    def build(self, program: Program) -> None:
        """The program without a fault, once."""
        with self._lock:
            if program.path in self._ready:
                return
            # what is asked for by name make does not delete as a step on the way
            objects = [word for word in program.words if word.endswith(".o")]
            status, text, _ = self.processes.run(
                [*self._make(program.kind), "-s", f"-j{self.jobs}", program.path, *objects], cwd=self.sources,
                variables={"MAKEFLAGS": ""})
            if status != 0:
                raise Problem(f"{program.name} does not build without any fault", text[-2000:], FAILED)
            self._ready.add(program.path)

    # --- with a fault ---

    def users(self, kind: str, file: str) -> set[str]:
        """Objects that a file is part of: of a header also those of tests, which see the same header."""
        compilations, _ = self.commands(kind)
        if file.endswith(".c"):
            return {output for output, compilation in compilations.items() if compilation.source == file}
        with self._lock:
            for output, compilation in compilations.items():
                if (kind, output) not in self._users:
                    words = [word for word in compilation.words if word not in ("-c", "-MMD", "-MP")]
                    at = words.index("-o")
                    _, text, _ = self.processes.run([*words[:at], *words[at + 2:], "-MM"], cwd=self.sources)
                    self._users[(kind, output)] = {os.path.normpath(word) for word in text.replace("\\", " ").split()}
        return {output for output in compilations if file in self._users[(kind, output)]}

    def includers(self, file: str) -> list[str]:
        """Sources of the product that a file is part of."""
        compilations, _ = self.commands("target")
        return sorted(source for source in (compilations[output].source for output in self.users("target", file))
                      if source.endswith(".c"))

    def compile(self, compilation: Compilation, overlay: Path, output: Path, *more: str) -> bool:
        output.parent.mkdir(parents=True, exist_ok=True)
        words = [word for word in compilation.words if word not in ("-MMD", "-MP", "-g")]
        words[words.index("-o") + 1] = str(output)
        if (overlay / compilation.source).exists():
            words[-1] = str(overlay / compilation.source)
        words[1:1] = [f"-I{overlay}/hypervisor", f"-fmacro-prefix-map={overlay}/="]
        status, *_ = self.processes.run([*words, *more], cwd=self.sources)
        return status == 0

    def assembly(self, source: str, overlay: Path | None, output: Path) -> str | None:
        """What the product's compiler makes of a source; None: nothing, it does not compile."""
        if overlay is None and source in self._assembly:
            return self._assembly[source]
        compilation = next(one for one in self.commands("target")[0].values() if one.source == source)
        if not self.compile(compilation, overlay or output.parent, output, "-S", "-g0"):
            return None
        lines = output.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.startswith(("\t.file", "\t.ident")))
        if overlay is None:
            self._assembly[source] = text
        return text
