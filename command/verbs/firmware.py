# SPDX-License-Identifier: Apache-2.0
"""`./portcullis firmware`: what the boot report learned about a firmware, fit for diff."""
from __future__ import annotations

import argparse
import json
import os
import shlex
import sys

from command.runner import build, processes
from command.runner.interruption import Interruption
from command.scenarios import catalogue, cell, reading, setting as settings

SUMMARY = "boot once, print what was learned about the firmware"

EPILOG = """\
The output holds no times and its order is fixed, so that two releases can be compared:
  ./portcullis firmware --firmware v1.1 > old; ./portcullis firmware --firmware my.firmware > new
  diff old new

exit status: 0 report complete, 1 no complete report, 2 usage, 13 a prerequisite is missing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--firmware", metavar="NAME|FILE", default="v1.1",
                        help="a personality, a script of your own, or none (QEMU's PSCI); default v1.1")
    parser.add_argument("--cpus", type=int, default=1, choices=range(1, 9), metavar="1..8")
    parser.add_argument("--cpu", default=settings.CPU, metavar="MODEL")
    parser.add_argument("--gic", type=int, default=3, choices=(2, 3))
    parser.add_argument("--memory", default="1G", metavar="SIZE")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    root = build.root()
    try:
        probe = make_cell(root, arguments)
    except catalogue.UsageError as error:
        print(f"firmware: {error}", file=sys.stderr)
        return 2
    command = catalogue.command(probe)
    if arguments.dry_run:
        print(shlex.join(command))
        return 0
    processes.adopt_orphans()
    interruption = Interruption(lambda text: print(text, file=sys.stderr))
    interruption.install()
    log = os.path.join(build.run_directory(build.output(root, False)), "firmware.log")
    try:
        verdict = cell.run(probe, command, log)
    except processes.Stopped:
        interruption.wait()
        return interruption.status()
    found = reading.facts(cell.console(log))
    if arguments.json:
        print(json.dumps(reading.as_json(found), indent=1))
    elif found:
        print(reading.as_text(found))
    if verdict.result != cell.OK:
        print(f"firmware: the boot report is not complete: {verdict.evidence}; log: {log}",
              file=sys.stderr)
        return 1
    return 0


def make_cell(root: str, arguments) -> cell.Cell:
    """A boot that is over as soon as the report is: the host's kernel hardly begins."""
    firmware = arguments.firmware
    if firmware != "none":
        try:
            settings.personality_path(root, firmware)
        except FileNotFoundError as error:
            raise catalogue.UsageError(str(error)) from error
    setting = catalogue.plain_setting(root, cpus=arguments.cpus, memory=arguments.memory,
                                      gic=arguments.gic, timeout=arguments.timeout,
                                      cpu=arguments.cpu)
    return cell.Cell(name=f"firmware/{settings.label(firmware)}", host=setting.host,
                     hypervisor=setting.hypervisor, firmware=settings.label(firmware),
                     boot=setting.boot(setting.image, firmware), timeout=arguments.timeout,
                     wants=[cell.Want("the boot report is complete", reading.ENTER)],
                     power_off=False)
