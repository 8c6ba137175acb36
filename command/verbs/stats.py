# SPDX-License-Identifier: Apache-2.0
"""stats: how often and why the CPUs of a running machine came to the hypervisor."""
from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from command import exits, monitor, number, process
from command.status import Problem

SUMMARY = "show how often and why the CPUs of a running machine came to Portcullis"

EPILOG = """\
exit status: 0 told; 1 no machine runs, or it was started from another build; 2 usage; 13 something is
not installed or built. With --watch until the machine ends or Ctrl-C."""

TABLE = 64      # CPUs, BOOT_CPU_MAX


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--watch", nargs="?", const=2.0, type=number.positive, metavar="SECONDS",
                        help="again every so many seconds (default 2), with the rate of each line")
    parser.add_argument("--machine", metavar="SOCKET", type=Path,
                        help="monitor of the machine, where several run (build/run/*.monitor)")
    parser.add_argument("--elf", metavar="PATH", type=Path,
                        help="ELF file of the image that runs (default: those in build/, by build-id)")
    parser.add_argument("--json", action="store_true",
                        help="one JSON object instead, with --watch one a line")


def table(cpus: dict[int, dict], before: dict[str, int], seconds: float) -> tuple[list[str], dict[str, int]]:
    """Lines, and the sums for the next table. `before` and `seconds`: for the rates."""
    found = exits.rows(cpus)
    width = max(len(name) for name, _ in found)
    column = max(8, *(len(str(sum(counts))) + 1 for _, counts in found))
    shown = list(cpus)[:8]
    head = " " * width + "".join(f"{'cpu' + str(cpu):>{column}}" for cpu in shown) + f"{'all':>{column}}"
    lines = [head + (f"{'per s':>{column}}" if before else "")]
    for name, counts in found:
        total = sum(counts)
        lines.append(f"{name:<{width}}" + "".join(f"{count:>{column}}" for count in counts[:8])
                     + f"{total:>{column}}"
                     + (f"{(total - before.get(name, 0)) / seconds:>{column}.1f}" if before else ""))
    if len(cpus) > len(shown):
        lines.append(f"(and {len(cpus) - len(shown)} CPUs more; --json has them)")
    return lines, {name: sum(counts) for name, counts in found}


def run(arguments) -> int:
    if process.dry_run:
        print(f"# asks {arguments.machine or monitor.directory() / '*.monitor'} by QMP: pmemsave")
        return 0
    from command import image
    path = monitor.choose(arguments.machine)
    layout = None
    before: dict[str, int] = {}
    asked = 0.0
    while True:
        # A connection for each table: others may ask in between.
        try:
            with monitor.connect(path) as machine:
                layout = layout or image.locate(machine, arguments.elf)
                cpus = exits.collect(machine.read, layout, 8 * TABLE)
                firmware = exits.firmware(machine.read, layout)
        except Problem:
            if asked and path not in monitor.running():
                return 0        # the machine has ended, which is what is waited for
            raise
        now = time.monotonic()
        if arguments.json:
            print(json.dumps({"elf": str(layout.path), "cpus": {str(cpu): one for cpu, one in cpus.items()},
                              "firmware": firmware},
                             indent=None if arguments.watch else 1), flush=True)
        else:
            lines, before = table(cpus, before, now - asked)
            lines += exits.firmware_lines(firmware)
            clear = "\x1b[H\x1b[J" if arguments.watch and sys.stdout.isatty() else ""
            print(clear + "\n".join(lines), flush=True)
        if not arguments.watch:
            return 0
        asked = now
        time.sleep(arguments.watch)
