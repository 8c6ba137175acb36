# SPDX-License-Identifier: Apache-2.0
"""`./portcullis test`: build, run every test there is, count."""
from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time

from command import number, process
from command.runner import build, checks, coverage, matrix, processes, report, sabotage, schedule, skips, system, unit
from command.runner.cases import FAILED, Context, Result, counts
from command.runner.interruption import Interruption
from command.status import Problem

SUMMARY = "build, run all tests, and count them"

EPILOG = """\
The last line is «N passed, N failed, N skipped». A test that skips itself counts as failed unless
tests/skips lists it with that reason. Names are as --list prints them; a GLOB is compared with the
whole name: --only 'unit/*', --only 'scenario/absent-*', --only '*psci*'; a word without a slash stands
for the file of that name: --only attacker.

exit status: 0 all passed, 1 something failed, 2 usage, 13 a prerequisite is missing, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--list", action="store_true", help="name every test, run none")
    parser.add_argument("--only", metavar="GLOB", action="append", default=[],
                        help="run the tests whose names match (may be given several times)")
    parser.add_argument("--off-target", action="store_true",
                        help="only what needs no QEMU: unit tests, checks, tests of the command")
    parser.add_argument("--long", action="store_true", help="also what takes many minutes")
    parser.add_argument("--coverage", action="store_true",
                        help="unit tests with gcov, and a summary for each room of the core")
    parser.add_argument("--junit", metavar="FILE", help="write results as JUnit XML")
    parser.add_argument("--seed", type=number.seed, metavar="N",
                        help="seed of the randomised tests (default: a new one, printed)")
    parser.add_argument("--sabotage", action="store_true",
                        help="break one thing of each kind in a copy and see that it is noticed")
    parser.add_argument("--jobs", type=number.jobs, metavar="N",
                        help="programs and boots at a time (default 2; 3 with --off-target, whose "
                        "tests of the command mostly wait)")
    parser.add_argument("--json", action="store_true",
                        help="results as JSON on standard output, progress on standard error")


def run(arguments: argparse.Namespace) -> int:
    root = build.root()
    try:
        entries = skips.read(os.path.join(root, "tests", "skips"))
    except skips.SkipListError as error:
        print(f"test: {error}", file=sys.stderr)
        return 2
    stream = sys.stderr if arguments.json or arguments.list else sys.stdout
    told = report.Report(entries, stream)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2 ** 32)
    context = make_context(root, seed, told, arguments)
    if arguments.dry_run:
        return dry_run(context, arguments)
    processes.adopt_orphans()
    interruption = Interruption(told.say)
    interruption.install()
    told.say(f"seed {seed}")
    jobs: list = []
    not_run: list[str] = []
    missing = 0
    try:
        build.make(context, unit_alone(arguments) and not arguments.sabotage)
        jobs = sabotage.jobs(context, arguments.only) if arguments.sabotage else \
            collect(context, arguments)
        if arguments.list:
            return list_names(jobs, arguments)
        if not jobs:
            what = " ".join(arguments.only) or "this selection"
            told.partial([Result("test/selection", FAILED, detail=f"no test matches {what}")])
            told.say(f"no test matches {what}; --list names them")
        told.total = sum(len(job.names) for job in jobs)
        if jobs:
            told.say(f"{told.total} tests, logs in {context.run_directory}")
        not_run = schedule.run(jobs, context, arguments.jobs or (3 if arguments.off_target else 2))
    except processes.Stopped:
        not_run = [name for job in jobs for name in job.names]
    except Problem as problem:
        told.finished("test/prerequisite", [Result("test/prerequisite", FAILED, detail=str(problem))], False)
        missing = problem.status
    except (build.BuildError, unit.UnitError, system.CollectionError, matrix.MatrixError) as error:
        told.finished("test/build", [Result("test/build", FAILED, detail=str(error))], False)
    if arguments.coverage and interruption.number is None:
        told.say(coverage.summary(context))
    interruption.wait()
    told.summary(not_run)
    told.say(f"seed {seed}, {time.monotonic() - told.begin:.0f} s")
    if arguments.junit:
        told.write_junit(arguments.junit)
    if arguments.json:
        print(told.as_json(seed, not_run, interruption.number is not None))
    told.last_line()
    if interruption.number is not None:
        return interruption.status()
    return missing or (1 if counts(told.results)[1] else 0)


def make_context(root: str, seed: int, told, arguments) -> Context:
    output = build.output(root, arguments.coverage)
    directory = build.run_directory(output)
    environment = dict(os.environ)
    environment.update({"PORTCULLIS_SEED": str(seed), "PORTCULLIS_ROOT": root,
                        "PORTCULLIS_BUILD": output, "PORTCULLIS_RUN": directory,
                        "PORTCULLIS_LONG": "1" if arguments.long else "0"})
    return Context(root=root, build=output, run_directory=directory, seed=seed, report=told,
                   environment=environment, coverage=arguments.coverage)


def collect(context: Context, arguments) -> list:
    globs = arguments.only
    jobs = unit.jobs(os.path.join(context.build, "tests", "unit"), context, globs)
    if arguments.coverage:
        return jobs
    jobs += checks.jobs(os.path.join(context.root, "tests", "check"), globs, arguments.off_target,
                        arguments.long)
    jobs += system.jobs("tests/system", context, globs, arguments.off_target, arguments.long)
    if not arguments.off_target:
        jobs += matrix.jobs(context, globs)
    return jobs


def list_names(jobs: list, arguments) -> int:
    names = [name for job in jobs for name in job.names]
    if arguments.json:
        print(json.dumps({"tests": names}, indent=1))
    else:
        print("\n".join(names))
    return 0


def unit_alone(arguments) -> bool:
    """Are the unit programs all that has to be built? Checks look at the images, too."""
    return arguments.off_target and bool(arguments.only) and \
        all(glob.startswith("unit/") for glob in arguments.only)


def dry_run(context: Context, arguments) -> int:
    """Print the commands. What is chosen at run time (cases, node ids) is shown as a pattern."""
    if arguments.coverage:
        print(process.show(build.coverage_command(context)))
    else:
        build.make(context, unit_alone(arguments))
    print(f"{context.build}/tests/unit/test_*")
    if arguments.coverage:
        return 0
    print(f"{context.root}/tests/check/*")
    print(process.show(system.command(context, "tests/system")))
    if not arguments.off_target:
        for command in matrix.commands(context, arguments.only):
            print(process.show(command))
    return 0
