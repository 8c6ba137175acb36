# SPDX-License-Identifier: Apache-2.0
"""System tests: pytest under tests/system, one job for each file, each case a test."""
from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path

from . import processes
from .cases import FAILED, PASSED, SKIPPED, Context, Job, Result, selected, tail

PYTHON = "/usr/bin/python3"
TIMEOUT = 3600      # of one file; each case has its own, shorter one


class CollectionError(Exception):
    """pytest could not collect the tests."""


def command(context: Context, *words: str, junit: str | None = None) -> list[str]:
    result = [PYTHON, "-m", "pytest", "-p", "command.runner.events", "-p", "no:cacheprovider",
              "--rootdir", context.root, "-q", "--tb=short", "--color=no"]
    if junit:
        result.append(f"--junitxml={junit}")
    return result + list(words)


def environment(context: Context, events: str) -> dict:
    result = dict(context.environment)
    here = str(Path(__file__).resolve().parents[2])
    result["PYTHONPATH"] = os.pathsep.join(filter(None, [here, result.get("PYTHONPATH", "")]))
    result["PYTHONDONTWRITEBYTECODE"] = "1"
    result["PORTCULLIS_EVENTS"] = events
    return result


def read_events(path: str) -> list[dict]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except FileNotFoundError:
        return []
    # The last line of a pytest that was killed may be half written.
    return [json.loads(line) for line in lines[:-1] if line]


def public_name(nodeid: str) -> str:
    """tests/system/test_boot.py::test_x[4] is told as system/test_boot.py::test_x[4]."""
    return re.sub(r"^tests/", "", nodeid)


class SystemJob(Job):
    def __init__(self, file: str, nodes: list[str], whole: bool, exclusive: bool):
        self.file = file
        self.nodes = nodes
        self.whole = whole
        super().__init__(title=public_name(file), names=[public_name(node) for node in nodes],
                         weight=10 + len(nodes), exclusive=exclusive)

    def run(self, context: Context) -> list[Result]:
        directory = Path(context.run_directory) / "system"
        directory.mkdir(parents=True, exist_ok=True)
        stem = directory / (Path(self.file).stem + ("-alone" if self.exclusive else ""))
        log, events = stem.with_suffix(".log"), stem.with_suffix(".events")
        words = [self.file] if self.whole else self.nodes
        begin = time.monotonic()
        with open(log, "wb") as output:
            child = processes.start(command(context, *words, junit=str(stem.with_suffix(".xml"))),
                                    env=environment(context, str(events)), cwd=context.root,
                                    stdout=output, stderr=subprocess.STDOUT)
            done = threading.Event()
            follower = threading.Thread(target=self._follow, args=(context, str(events), done))
            follower.start()
            code = processes.finish(child, TIMEOUT)
            done.set()
            follower.join()
        results = self.results(read_events(str(events)), code, str(log), time.monotonic() - begin)
        if processes.stopping():
            context.report.partial(results)
            raise processes.Stopped()
        return results

    def _follow(self, context: Context, events: str, done: threading.Event) -> None:
        """Show each case as it ends: a file takes minutes."""
        shown = 0
        while True:
            last = done.is_set()
            found = [event for event in read_events(events) if event["event"] == "result"]
            for event in found[shown:]:
                context.report.progress(event["outcome"], public_name(event["name"]), event["seconds"])
            shown = len(found)
            if last:
                return
            done.wait(0.3)

    def results(self, events: list[dict], code: int | None, log: str, seconds: float) -> list[Result]:
        found: dict[str, Result] = {}
        running = None
        for event in events:
            name = public_name(event["name"])
            if event["event"] == "start":
                running = name
            elif event["event"] == "result":
                outcome = event["outcome"] if event["outcome"] in (PASSED, SKIPPED) else FAILED
                known = found.get(name)
                if known and (known.outcome == FAILED or outcome == PASSED):
                    continue    # a failing tear-down fails a passed test, not the reverse
                text = "\n".join(event["text"].splitlines()[-25:])
                found[name] = Result(name, outcome, event["seconds"], event["reason"],
                                     text if outcome == FAILED else "", log, event.get("data", {}))
                running = None
        how = "timeout" if code is None else f"exit status {code}"
        results = []
        for name in self.names:
            if name in found:
                results.append(found.pop(name))
            elif processes.stopping():
                continue
            else:
                what = "ended during this test" if name == running else "did not run it"
                results.append(Result(name, FAILED, 0.0, detail=f"pytest {what} ({how})\n{tail(log)}",
                                      log=log))
        results += found.values()
        if code not in (0, 1) and not processes.stopping() and \
                not any(result.outcome == FAILED for result in results):
            results.append(Result(self.title, FAILED, seconds, detail=f"pytest: {how}\n{tail(log)}",
                                  log=log))
        return results


def jobs(directory: str, context: Context, globs: list[str], off_target: bool, long: bool) -> list[Job]:
    """Collect, choose, and make one job for each file (a second one for tests that run alone)."""
    if not list(Path(context.root, directory).glob("test_*.py")):
        return []
    scratch = Path(context.run_directory) / "system"
    scratch.mkdir(parents=True, exist_ok=True)
    events = scratch / "collect.events"
    done = subprocess.run(command(context, "--collect-only", directory), cwd=context.root, text=True,
                          env=environment(context, str(events)), capture_output=True, check=False,
                          timeout=TIMEOUT)
    found: list[Job] = []
    files: dict[str, list[tuple[str, list[str]]]] = {}
    for event in read_events(str(events)):
        if event["event"] == "collected":
            files.setdefault(event["name"].partition("::")[0], []).append(
                (event["name"], event["markers"]))
        elif event["event"] == "broken":
            found.append(BrokenJob(public_name(event["name"]), event["text"]))
        elif event["event"] == "module-skipped":
            found.append(SkippedJob(public_name(event["name"]), event["reason"]))
    if done.returncode not in (0, 5) and not found:
        raise CollectionError(f"pytest cannot collect {directory}:\n{(done.stdout + done.stderr)[-2000:]}")
    for file, nodes in sorted(files.items()):
        chosen = [(node, markers) for node, markers in nodes
                  if selected(public_name(node), globs) or selected(public_name(file), globs)]
        chosen = [(node, markers) for node, markers in chosen
                  if (not off_target or "off_target" in markers) and (long or "long" not in markers)]
        alone = [node for node, markers in chosen if "alone" in markers]
        beside = [node for node, markers in chosen if "alone" not in markers]
        if beside:
            found.append(SystemJob(file, beside, len(beside) == len(nodes), False))
        if alone:
            found.append(SystemJob(file, alone, len(alone) == len(nodes), True))
    return [job for job in found if any(selected(name, globs) for name in job.names) or
            selected(job.title, globs)]


class BrokenJob(Job):
    """A file that cannot be collected: one failure, with its reason."""

    def __init__(self, name: str, text: str):
        self.text = text
        super().__init__(title=name, names=[name])

    def run(self, context: Context) -> list[Result]:
        return [Result(self.title, FAILED, detail=f"cannot be collected:\n{self.text[-3000:]}")]


class SkippedJob(Job):
    """A file that skips itself as a whole."""

    def __init__(self, name: str, reason: str):
        self.reason = reason
        super().__init__(title=name, names=[name])

    def run(self, context: Context) -> list[Result]:
        return [Result(self.title, SKIPPED, reason=self.reason)]
