# SPDX-License-Identifier: Apache-2.0
"""`./portcullis scenario`: boots a matrix {host x hypervisor x firmware} and says what came of it."""
from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys

from command import artefacts, number, qemu
from command.runner import build, processes, schedule
from command.runner.cases import Context, counts, selected
from command.runner.interruption import Interruption
from command.runner.matrix import CellJob, Quiet
from command.scenarios import catalogue, table
from command.scenarios.cell import FAILED, NOTE

SUMMARY = "boot a matrix of hosts, hypervisors and firmwares; a table with evidence"

EPILOG = """\
scenarios:
  personalities   (default) every firmware personality under Portcullis with the default kernel
  ffa-version     Debian's kernel with its own pKVM on absent-w32 and absent-x64, then the same
                  kernel under Portcullis on both
  ffa             a host that uses FF-A, above pKVM's proxy and above Portcullis: what each call is answered
  payloads        the personalities again, with a small payload as host (faster, asks more)
  xen             Debian's Xen as hypervisor, on the personalities

other people's images:
  ./portcullis scenario --image my-hypervisor.img --expect 'my line' --firmware absent-w32
  ./portcullis scenario --hypervisor none --kernel my/Image --append kvm-arm.mode=protected \\
      --expect 'Protected .* initialized' --firmware absent-w32 --firmware absent-x64
--image takes anything with an arm64 Image header that starts at EL2 with the tree in x0; the kernel
and the initramfs are modules in /chosen as QEMU's guest-loader writes them. With --expect only the
given expressions decide.

exit status: 0 all as expected, 1 not, 2 usage, 13 a prerequisite is missing, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", nargs="?", default="personalities", choices=catalogue.NAMES,
                        metavar="NAME", help=" | ".join(catalogue.NAMES))
    parser.add_argument("--list", action="store_true", help="name the cells, boot none")
    parser.add_argument("--only", metavar="GLOB", action="append", default=[],
                        help="only cells whose name or firmware matches")
    parser.add_argument("--firmware", metavar="NAME|FILE", action="append", default=[],
                        help="these firmwares (may be given several times; none = QEMU's own PSCI)")
    parser.add_argument("--hypervisor", choices=("portcullis", "none"), default="portcullis",
                        help="none: the kernel is entered at EL2")
    parser.add_argument("--image", metavar="PATH", help="another hypervisor in Portcullis' place")
    parser.add_argument("--kernel", metavar="PATH", help="another kernel as host")
    parser.add_argument("--initrd", metavar="PATH",
                        help="another initramfs (default: one program that reports and powers off)")
    parser.add_argument("--append", default="", metavar="WORDS", help="words for the host's command line")
    parser.add_argument("--expect", metavar="REGEX", action="append", default=[],
                        help="a console line that must come; its match is the evidence")
    parser.add_argument("--reject", metavar="REGEX", action="append", default=[],
                        help="a console line that must not come")
    parser.add_argument("--cpus", type=int, default=4, choices=range(1, 9), metavar="1..8")
    parser.add_argument("--cpu", default=None, metavar="MODEL")
    parser.add_argument("--gic", type=int, default=3, choices=(2, 3))
    parser.add_argument("--memory", default="1G", metavar="SIZE")
    parser.add_argument("--timeout", type=number.positive, default=90.0, metavar="S",
                        help="seconds for one cell (default 90)")
    parser.add_argument("--jobs", type=int, default=2, choices=range(1, 65), metavar="N",
                        help="boots at a time (default 2)")
    parser.add_argument("--json", action="store_true", help="the cells as JSON on standard output")


def run(arguments: argparse.Namespace) -> int:
    root = build.root()
    stream = sys.stderr if arguments.json else sys.stdout
    for pattern in arguments.expect + arguments.reject:
        if catalogue.bad_pattern(pattern):
            print(f"scenario: '{pattern}': {catalogue.bad_pattern(pattern)}", file=sys.stderr)
            return 2
    for option in ("image", "kernel", "initrd"):
        path = getattr(arguments, option)
        if path and not os.path.isfile(path):
            print(f"scenario: --{option} {path}: no such file", file=sys.stderr)
            return 2
    try:
        cells, notes = catalogue.cells(root, arguments)
    except catalogue.UsageError as error:
        print(f"scenario: {error}", file=sys.stderr)
        return 2
    cells = [cell for cell in cells
             if selected(cell.name, arguments.only) or selected(cell.firmware, arguments.only)]
    if not cells:
        print(f"scenario: no cell matches {' '.join(arguments.only)}; --list names them", file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(cell.name for cell in cells))
        return 0
    if arguments.dry_run:
        for cell in cells:
            print(shlex.join(catalogue.command(cell)))
        return 0
    return boot(root, cells, notes, arguments, stream)


def boot(root: str, cells: list, notes: list[str], arguments, stream) -> int:
    processes.adopt_orphans()
    told = Quiet(stream)
    interruption = Interruption(told.say)
    interruption.install()
    output = build.output(root, False)
    context = Context(root=root, build=output, run_directory=build.run_directory(output), seed=0,
                      report=told, environment=dict(os.environ))
    targets = {target for cell in cells for target in qemu.targets(cell.boot)}
    if targets:
        artefacts.build(*sorted(targets))
    catalogue.prepare(arguments.name)
    jobs = [CellJob(cell, catalogue.command(cell)) for cell in cells]
    told.say(f"{len(jobs)} cells, logs in {context.run_directory}/scenario")
    for note in notes:
        told.say(note)
    not_run = schedule.run(jobs, context, arguments.jobs)
    interruption.wait()
    verdicts = [job.verdict for job in jobs if job.verdict]
    if arguments.json:
        print(json.dumps({"cells": [verdict.as_dict(catalogue.command(verdict.cell))
                                    for verdict in verdicts],
                          "notes": notes, "not_run": not_run,
                          "comparison": catalogue.comparison(arguments.name, verdicts)}, indent=1))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print(table.render(verdicts, width) if verdicts else "no cell was booted")
        compared = catalogue.comparison(arguments.name, verdicts)
        if compared:
            print("\n" + table.plain(compared))
    for verdict in verdicts:
        if verdict.result == FAILED:
            told.say(f"{verdict.cell.name}: {verdict.log}")
    said = f"{counts(told.results)[0]} as expected, {counts(told.results)[1]} not"
    noted = sum(verdict.result == NOTE for verdict in verdicts)
    told.say(said + (f", {noted} of the former with a note" if noted else ""))
    if interruption.number is not None:
        return interruption.status()
    return 0 if verdicts and not not_run and not counts(told.results)[1] else 1
