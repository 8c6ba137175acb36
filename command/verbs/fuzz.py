# SPDX-License-Identifier: Apache-2.0
"""fuzz: feed the parsers with inputs that nobody thought of (tests/fuzz)."""
from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import random
import sys
from pathlib import Path

from command import artefacts, fuzzing, number, process, progress
from command.status import FAILED, UsageProblem

SUMMARY = "feed the parsers with inputs that nobody thought of, and count the lines reached"

EPILOG = """\
Each fuzzer in tests/fuzz drives the core's own sources, built with the sanitizers of clang, and checks
after each step what has to hold. A run fails when something does not hold, or when it reached fewer
than 90 % of the lines of its target. What broke a promise is kept: the line that says so names the
file and how to run it again.

Equal seed and --runs, equal run. --time depends on the machine.

exit status: 0 nothing found, 1 a fault or too few lines, 2 usage, 13 a prerequisite is missing,
130 interrupted
"""

SECONDS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("target", nargs="?", metavar="TARGET", help="one fuzzer (default: all)",
                        choices=[target.name for target in fuzzing.targets()])
    parser.add_argument("--list", action="store_true", help="name every fuzzer and its target, run none")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--time", type=number.positive, metavar="S",
                     help=f"seconds of each fuzzer (default {SECONDS:.0f})")
    end.add_argument("--runs", type=number.whole(1), metavar="N", help="inputs of each fuzzer")
    parser.add_argument("--seed", type=number.seed, metavar="N", help="seed (default: a new one, printed)")
    parser.add_argument("--jobs", type=number.jobs, metavar="N", help="fuzzers at a time (default: one for each CPU)")
    parser.add_argument("--replay", metavar="FILE", help="run this one input through TARGET")
    parser.add_argument("--json", action="store_true",
                        help="results as JSON on standard output, progress on standard error")


def run(arguments: argparse.Namespace) -> int:
    chosen = [target for target in fuzzing.targets() if arguments.target in (None, target.name)]
    if arguments.list:
        _list(chosen, arguments.json)
        return 0
    if arguments.replay is not None:
        return _replay(chosen, arguments)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2 ** 32)
    seed = seed or 2 ** 31      # to libFuzzer, 0 means «choose one»
    seconds = None if arguments.runs else arguments.time or SECONDS
    fuzzing.build(chosen)
    if arguments.dry_run:
        for target in chosen:
            folders = [fuzzing.program(target).parent / name / target.name for name in ("corpus", "seeds")]
            print(process.show(fuzzing.command(target, folders, seed, seconds, arguments.runs)))
        return 0
    progress.say(f"seed {seed}")
    outcomes = _fuzz(chosen, seed, seconds, arguments)
    if arguments.json:
        print(json.dumps({"seed": seed, "targets": [outcome.as_json() for outcome in outcomes]}, indent=1))
    else:
        _table(outcomes)
    bad = [outcome for outcome in outcomes if not outcome.good()]
    for outcome in bad:
        _complain(outcome)
    print(f"{len(outcomes) - len(bad)} good, {len(bad)} not, seed {seed}",
          file=sys.stderr if arguments.json else sys.stdout)
    return FAILED if bad else 0


def _fuzz(chosen: list, seed: int, seconds: float | None, arguments: argparse.Namespace) -> list:
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs or min(os.cpu_count() or 1, 8)) as pool:
        running = [pool.submit(fuzzing.run, target, seed, seconds, arguments.runs) for target in chosen]
        for done in concurrent.futures.as_completed(running):
            outcome = done.result()
            progress.say(f"{outcome.target.name}: {outcome.inputs} inputs in {outcome.cpu:.1f} s of a CPU")
        return [done.result() for done in running]


def _complain(outcome) -> None:
    name = outcome.target.name
    if outcome.fault:
        progress.say(f"{name}: {outcome.fault}")
    if outcome.reproducer:
        progress.say(f"{name}: the input is {outcome.reproducer}; again: "
                     f"./portcullis fuzz {name} --replay {os.path.relpath(outcome.reproducer)}")
    if not outcome.fault and outcome.percent() < fuzzing.COVERED:
        progress.say(f"{name}: {outcome.percent():.1f} % of the target's lines, fewer than {fuzzing.COVERED:.0f} %")
        for source, missed in outcome.missed.items():
            if missed:
                progress.say(f"{name}: not reached: {source}:{_spans(missed)}")


def _spans(numbers: list[int]) -> str:
    """1-3,7 for the numbers 1, 2, 3 and 7."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _table(outcomes: list) -> None:
    for outcome in outcomes:
        hit, count = outcome.lines()
        verdict = "FAULT" if outcome.fault else f"lines {hit}/{count} {outcome.percent():.1f} %"
        print(f"{outcome.target.name:<9} {outcome.inputs:>9} inputs {outcome.cpu:6.1f} s  {verdict}")
        for source, (part, whole) in outcome.covered.items():
            print(f"{'':<9} {source} {part}/{whole}")


def _list(chosen: list, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"targets": [{"name": target.name, "sources": target.sources, "about": target.words}
                                      for target in chosen]}, indent=1))
        return
    for target in chosen:
        print(f"{target.name:<9} {' '.join(target.sources)}")


def _replay(chosen: list, arguments: argparse.Namespace) -> int:
    if len(chosen) != 1:
        raise UsageProblem("--replay needs the TARGET that the input is for")
    path = Path(arguments.replay)
    if not path.is_file():
        raise UsageProblem(f"--replay {path}: no such file")
    artefacts.build(f"tests/fuzz/{fuzzing.PREFIX}{chosen[0].name}")
    if arguments.dry_run:
        print(process.show([str(fuzzing.program(chosen[0])), str(path)]))
        return 0
    return FAILED if fuzzing.replay(chosen[0], path) != 0 else 0
