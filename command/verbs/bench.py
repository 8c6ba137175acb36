# SPDX-License-Identifier: Apache-2.0
"""bench: counts of what the hypervisor costs, beside others, in one run."""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from command import artefacts, cache, process, progress, qemu
from command.bench import boot, measurement, profile, record, subjects, table
from command.status import FAILED, UsageProblem

SUMMARY = "count what the hypervisor costs, beside pKVM and no hypervisor"

EPILOG = """\
benches:
  boot      a boot to user space and power-off: instructions at EL2, entries into EL2 by cause, stage-2
            faults, RAM kept; for Portcullis, the kernel's own pKVM and no hypervisor; what a call costs;
            how the cost grows with RAM

Counts come from a plugin of QEMU (10 of bookworm-backports, fetched, not installed), never from a
clock; the plugin is proved first with a program whose counts are known (bench/selftest.S).

  ./portcullis bench boot                           the table
  ./portcullis bench boot --readme                  ... written between the markers in README.md, and
                                                    recorded in bench/figures/boot.json
  ./portcullis bench boot --check                   ... compared with the record: exit status 1 beyond 2 %
  ./portcullis bench boot --only portcullis --cpus 1 --profile
                                                    which functions the instructions go to

exit status: 0 done, 1 a boot failed, a promise is broken, or --check found a difference; 2 usage;
13 a prerequisite is missing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("name", choices=["boot"], metavar="NAME", help="boot")
    parser.add_argument("--only", action="append", default=[], metavar="SUBJECT",
                        choices=[subject.name for subject in subjects.SUBJECTS],
                        help="only portcullis, pkvm or none (may be given several times)")
    parser.add_argument("--cpus", action="append", default=[], type=int, choices=subjects.CPUS,
                        metavar="N", help="only with 1 or with 4 CPUs")
    parser.add_argument("--repeat", type=_repeat, default=3, metavar="N",
                        help="boots for each column; the median counts (default 3)")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md, and record")
    parser.add_argument("--check", action="store_true", help="compare with the record")
    parser.add_argument("--profile", action="store_true",
                        help="instead: one boot of Portcullis, and which functions its instructions go to")
    parser.add_argument("--folded", metavar="FILE",
                        help="with --profile: each chain of calls, for tools that draw flame graphs")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")


def _repeat(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 99:
        raise argparse.ArgumentTypeError(f"{text} is not in 1..99")
    return value


def run(arguments: argparse.Namespace) -> int:
    if arguments.folded and not arguments.profile:
        raise UsageProblem("--folded goes with --profile")
    if arguments.profile and (arguments.readme or arguments.check):
        raise UsageProblem("--profile goes with neither --readme nor --check")
    if arguments.readme and (arguments.only or arguments.cpus):
        raise UsageProblem("--readme wants the whole table: leave out --only and --cpus")
    recorded = record.load(arguments.name) if arguments.check and not process.dry_run else {}
    if arguments.readme and not process.dry_run:
        record.split(arguments.name, record.readme())       # before minutes of counting
    artefacts.build(*boot.TARGETS)
    directory = artefacts.build_directory() / "bench" / "runs"
    if not process.dry_run:
        cache.make(directory)
    if arguments.profile:
        return _profile(arguments, directory)
    figures = boot.run(directory, only=arguments.only, cpus=arguments.cpus, repeat=arguments.repeat,
                       kinds=not arguments.only and not arguments.cpus,
                       conditions=None if process.dry_run else record.conditions)
    if process.dry_run:
        return 0
    print(json.dumps(figures, indent=1) if arguments.json else table.markdown(figures), end="\n")
    status = 0
    for broken in boot.beyond(figures):
        progress.say(broken)
        status = FAILED
    if arguments.check:
        found = record.differences(recorded, figures)
        for difference in found:
            progress.say(difference)
        progress.say("differs from the record" if found else "as recorded, within 2 %")
        status = FAILED if found else status
    if arguments.readme:
        record.write(arguments.name, figures, table.markdown(figures), record.readme(),
                     record.path(arguments.name))
        progress.say(f"written: {record.readme()}, {record.path(arguments.name)}")
    return status


def _profile(arguments: argparse.Namespace, directory: Path) -> int:
    """One boot of Portcullis by function."""
    cpus = arguments.cpus[0] if arguments.cpus else 1
    out = directory / "profile.json"
    measurement.boot_linux(subjects.find("portcullis"), cpus, artefacts.qemu(newest=True), directory, out)
    if process.dry_run:
        return 0
    names = profile.functions(artefacts.elf(), qemu.HYPERVISOR_ADDRESS)
    found = profile.read(out, names)
    if arguments.folded:
        cache.write_file(Path(arguments.folded), profile.folded(found).encode())
    if arguments.json:
        json.dump({"instructions": found.total, "by_cause": found.by_cause,
                   "functions": [vars(line) for line in found.lines]}, sys.stdout, indent=1)
        print()
    else:
        print(profile.text(found))
    return 0
