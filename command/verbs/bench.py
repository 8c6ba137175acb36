# SPDX-License-Identifier: Apache-2.0
"""bench: counts of what the hypervisor costs, beside others, in one run."""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from command import artefacts, cache, number, process, progress, qemu
from command.bench import boot, ffa, ffa_table, ledger, ledger_table, measurement, profile, record, subjects, table
from command.status import FAILED, UsageProblem

SUMMARY = "count what the hypervisor costs, beside pKVM and no hypervisor"

EPILOG = """\
benches:
  boot      a boot to user space and power-off: instructions at EL2, entries into EL2 by cause, stage-2
            faults, RAM kept; for Portcullis, the kernel's own pKVM and no hypervisor; what a call costs;
            how the cost grows with RAM
  ledger    what the host's calls about memory cost (docs/memory.md): by page, by block, split and join,
            refused; how that grows with RAM; what is set aside for it; beside what pKVM's calls cost
  ffa       what the host's calls of FF-A cost (docs/ffa.md): a direct request, memory shared and taken
            back, buffers, a notification; beside pKVM's proxy on the same firmware

Counts come from a plugin of QEMU (10 of bookworm-backports, fetched, not installed), never from a
clock; the plugin is proved first with a program whose counts are known (bench/selftest.S).

  ./portcullis bench boot                           the table
  ./portcullis bench boot --readme                  ... written between the markers in README.md, and
                                                    recorded in bench/figures/boot.json
  ./portcullis bench boot --check                   ... compared with the record: exit status 1 beyond 2 %
  ./portcullis bench boot --only portcullis --cpus 1 --profile
                                                    which functions the instructions go to
  ./portcullis bench ledger --readme                its tables written into README.md and docs/memory.md,
                                                    and recorded in bench/figures/ledger.json

exit status: 0 done, 1 a boot failed, a promise is broken, or --check found a difference; 2 usage;
13 a prerequisite is missing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("name", choices=["boot", "ledger", "ffa"], metavar="NAME",
                        help="boot, ledger or ffa")
    parser.add_argument("--only", action="append", default=[], metavar="SUBJECT",
                        choices=[subject.name for subject in subjects.SUBJECTS],
                        help="boot: only portcullis, pkvm or none (may be given several times)")
    parser.add_argument("--cpus", action="append", default=[], type=int, choices=subjects.CPUS,
                        metavar="N", help="boot: only with 1 or with 4 CPUs")
    parser.add_argument("--repeat", type=number.whole(1, 99), metavar="N",
                        help="boot: boots for each column; the median counts (default 3)")
    parser.add_argument("--readme", action="store_true", help="write the tables into the documents, and record")
    parser.add_argument("--check", action="store_true", help="compare with the record")
    parser.add_argument("--profile", action="store_true",
                        help="boot, instead: one boot of Portcullis, and which functions its instructions go to")
    parser.add_argument("--folded", metavar="FILE",
                        help="with --profile: each chain of calls, for tools that draw flame graphs")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")


def run(arguments: argparse.Namespace) -> int:
    if arguments.folded and not arguments.profile:
        raise UsageProblem("--folded goes with --profile")
    if arguments.profile and (arguments.readme or arguments.check):
        raise UsageProblem("--profile goes with neither --readme nor --check")
    if arguments.readme and (arguments.only or arguments.cpus):
        raise UsageProblem("--readme wants the whole table: leave out --only and --cpus")
    if arguments.name != boot.NAME:
        _refuse(arguments, "only", "cpus", "repeat", "profile")
    recorded = record.load(arguments.name) if arguments.check and not process.dry_run else {}
    if arguments.readme and not process.dry_run:
        for document in record.documents(arguments.name):   # before minutes of counting
            record.split(arguments.name, document)
    bench = next(bench for bench in (boot, ledger, ffa) if bench.NAME == arguments.name)
    artefacts.build(*bench.TARGETS)
    directory = artefacts.build_directory() / "bench" / "runs"
    if not process.dry_run:
        cache.make(directory)
    if arguments.profile:
        return _profile(arguments, directory)
    conditions = None if process.dry_run else record.conditions
    if bench is boot:
        figures = boot.run(directory, only=arguments.only, cpus=arguments.cpus,
                           repeat=arguments.repeat or 3, kinds=not arguments.only and not arguments.cpus,
                           conditions=conditions)
    else:
        figures = bench.run(directory, conditions=conditions)
    if process.dry_run:
        return 0
    print(json.dumps(figures, indent=1) if arguments.json else tables(figures)[-1], end="\n")
    return _judge(arguments, bench.beyond(figures), recorded, figures)


def tables(figures: dict) -> list[str]:
    """Markdown for each of record.documents(), in that order."""
    if figures["bench"] == boot.NAME:
        return [table.markdown(figures)]
    if figures["bench"] == ffa.NAME:
        return [ffa_table.markdown(figures)]
    return [ledger_table.summary(figures), ledger_table.details(figures)]


def _refuse(arguments: argparse.Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name):
            raise UsageProblem(f"--{name} does not go with bench {arguments.name}")


def _judge(arguments: argparse.Namespace, broken: list[str], recorded: dict, figures: dict) -> int:
    """Say what is wrong, compare and record as was asked for; the exit status."""
    status = FAILED if broken else 0
    for promise in broken:
        progress.say(promise)
    if arguments.check:
        found = record.differences(recorded, figures)
        for difference in found:
            progress.say(difference)
        progress.say("differs from the record" if found else "as recorded, within 2 %")
        status = FAILED if found else status
    if arguments.readme:
        documents = record.documents(arguments.name)
        target = record.path(arguments.name)
        record.write(arguments.name, figures, dict(zip(documents, tables(figures))), target)
        progress.say("written: " + ", ".join(str(path) for path in (*documents, target)))
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
