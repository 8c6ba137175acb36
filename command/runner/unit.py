# SPDX-License-Identifier: Apache-2.0
"""Unit programs: cmocka programs under build/tests/unit, one job each, each case a test."""
from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from . import processes
from .cases import FAILED, PASSED, SKIPPED, Context, Job, Result, selected

TIMEOUT = 300
_OK = re.compile(r"^(not ok|ok) (\d+) (?:- |# SKIP ?)(.*)$")
_LINE_SKIP = re.compile(r"# SKIP")


class UnitError(Exception):
    """A unit program that cannot even be asked for its tests."""


def selector(build: str) -> str:
    """The preloaded library that names and narrows down cases; built when missing or old."""
    source = Path(__file__).with_name("selector.c")
    library = Path(build) / "tests" / "runner" / "selector.so"
    if library.exists() and library.stat().st_mtime >= source.stat().st_mtime:
        return str(library)
    library.parent.mkdir(parents=True, exist_ok=True)
    scratch = library.with_suffix(f".{os.getpid()}")
    command = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-O1", "-fPIC", "-shared", "-o", str(scratch),
               str(source), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnitError(f"{' '.join(command)}\n{done.stderr}")
    scratch.rename(library)
    return str(library)


def programs(directory: str) -> list[str]:
    """The unit programs, by name."""
    found = Path(directory).glob("test_*")
    return sorted(str(path) for path in found if path.is_file() and os.access(path, os.X_OK) and
                  path.suffix == "")


def environment(base: dict, library: str, mode: str) -> dict:
    result = dict(base)
    result["LD_PRELOAD"] = library
    # Our library comes before the sanitizer's; it defines nothing that the sanitizer intercepts.
    options = result.get("ASAN_OPTIONS", "")
    result["ASAN_OPTIONS"] = ":".join(filter(None, [options, "verify_asan_link_order=0"]))
    result["PORTCULLIS_CASES"] = mode
    result["CMOCKA_MESSAGE_OUTPUT"] = "tap"
    return result


def numbered(names: list[str]) -> list[str]:
    """Give a name that occurs again (in another group of the program) a number."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return result


def list_cases(program: str, library: str, base: dict, cwd: str) -> list[str]:
    done = subprocess.run([program], env=environment(base, library, "list"), cwd=cwd, text=True,
                          capture_output=True, timeout=TIMEOUT, check=False)
    names = [line[5:] for line in done.stdout.splitlines() if line.startswith("case ")]
    if done.returncode != 0 or not names:
        raise UnitError(f"{program}: cannot list its tests (exit status {done.returncode}): "
                        f"{(done.stderr or done.stdout).strip()[-400:] or 'it names none'}")
    return names


def parse(output: str, expected: list[str], status: str) -> list[tuple[str, str, str, str]]:
    """(case, outcome, reason, detail) for each expected case, from cmocka's TAP.

    Cases run in the order in which they are listed, so the first one without a line is the one that
    was running when the program died. `status` says how the program ended, "" for exit status 0.
    """
    found: list[tuple[str, str, str, list[str]]] = []
    before: list[str] = []
    for line in output.splitlines():
        match = _OK.match(line)
        if match:
            word, _, name = match.groups()
            skip = bool(_LINE_SKIP.search(line))
            outcome = SKIPPED if skip else PASSED if word == "ok" else FAILED
            reason = before[-1].strip() if skip and before else ""
            found.append((name, outcome, reason, before))
            before = []
        elif line.startswith("# ") and found and found[-1][1] == FAILED and not before:
            found[-1][3].append(line)
        elif not re.match(r"^1\.\.\d+$|^# (ok|not ok) - ", line):
            before.append(line)
    results = []
    for index, case in enumerate(expected):
        if index < len(found) and found[index][0] == case:
            _, outcome, reason, lines = found[index]
            results.append((case, outcome, reason, "\n".join(lines[-20:])))
        elif index == len(found):
            results.append((case, FAILED, "", f"the program ended during this case ({status or 'exit 0'})\n"
                            + "\n".join(before[-20:])))
        else:
            results.append((case, FAILED, "", f"did not run: the program ended before ({status or 'exit 0'})"))
    if status and results and not any(outcome == FAILED for _, outcome, _, _ in results):
        case = results[-1][0]
        results[-1] = (case, FAILED, "", f"all cases passed, but the program ended with {status}\n"
                       + "\n".join(before[-20:]))
    return results


def ending(code: int | None) -> str:
    if code is None:
        return f"timeout after {TIMEOUT} s"
    if code < 0:
        return f"signal {-code}"
    return f"exit status {code}" if code else ""


class UnitJob(Job):
    def __init__(self, program: str, cases: list[str], globs: list[str]):
        self.program = program
        self.label = f"unit/{os.path.basename(program)}"
        named = list(zip(cases, numbered(cases)))
        self.chosen = [(case, f"{self.label}::{name}") for case, name in named
                       if selected(f"{self.label}::{name}", globs) or selected(self.label, globs)]
        self.narrowed = len(self.chosen) < len(cases)
        super().__init__(title=self.label, names=[name for _, name in self.chosen])

    def run(self, context: Context) -> list[Result]:
        directory = Path(context.run_directory) / "unit"
        directory.mkdir(parents=True, exist_ok=True)
        log = directory / f"{os.path.basename(self.program)}.log"
        variables = environment(context.environment, selector(context.build), "run")
        if self.narrowed:
            only = log.with_suffix(".only")
            only.write_text("".join(case + "\n" for case, _ in self.chosen), encoding="utf-8")
            variables["PORTCULLIS_CASES_ONLY"] = str(only)
        begin = time.monotonic()
        with open(log, "wb") as output:
            child = processes.start([self.program], env=variables, cwd=context.root, stdout=output,
                                    stderr=subprocess.STDOUT)
            code = processes.finish(child, TIMEOUT)
        if processes.stopping():
            raise processes.Stopped()
        seconds = time.monotonic() - begin
        text = log.read_text(encoding="utf-8", errors="replace")
        parsed = parse(text, [case for case, _ in self.chosen], ending(code))
        return [Result(name, outcome, seconds / len(parsed), reason, detail, str(log))
                for (_, name), (_, outcome, reason, detail) in zip(self.chosen, parsed)]


def jobs(directory: str, context: Context, globs: list[str]) -> list[Job]:
    library = selector(context.build)
    found = []
    for program in programs(directory):
        job = UnitJob(program, list_cases(program, library, context.environment, context.root), globs)
        if job.names:
            found.append(job)
    return found
