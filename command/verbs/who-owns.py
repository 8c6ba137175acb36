# SPDX-License-Identifier: Apache-2.0
"""who-owns: what the ledger of a running machine says about pages."""
from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from command import ledger, monitor, process
from command.status import FAILED, Problem, UsageProblem

SUMMARY = "ask a running machine whose pages these are, and since which call"

EPILOG = """\
PA is a physical address, PA..PA a range without its end; who-owns 0x40200000..0x40400000
exit status: 0 told; 1 no machine runs, it was started from another build, or the address is no RAM;
2 usage; 13 something is not installed or built"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("address", metavar="PA|PA..PA", help="physical address, or range")
    parser.add_argument("--machine", metavar="SOCKET", type=Path,
                        help="monitor of the machine, where several run (build/run/*.monitor)")
    parser.add_argument("--elf", metavar="PATH", type=Path,
                        help="ELF file of the image that runs (default: those in build/, by build-id)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead")


def bounds(text: str) -> tuple[int, int]:
    """[base, end) of «PA» (one page) or «PA..PA»."""
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)(?:\.\.(0[xX][0-9a-fA-F]+|\d+))?", text)
    if not match:
        raise UsageProblem(f"{text}: neither an address such as 0x40200000 nor a range of two of them")
    base = int(match[1], 0)
    end = int(match[2], 0) if match[2] else base + 1
    if end <= base or end > 1 << 52:
        raise UsageProblem(f"{text}: " + ("the range is empty" if end <= base else "beyond 52 bits"))
    return base, end


def described(found: ledger.Ledger) -> list[dict]:
    answer = []
    for one in found.ranges():
        entry: dict = {"base": f"{one.base:#x}", "end": f"{one.end:#x}",
                       "pages": (one.end - one.base) // ledger.PAGE, "ram": one.record is not None}
        if one.record is not None:
            entry |= {"owner": ledger.party(one.record.owner),
                      "state": ledger.STATES[one.record.state],
                      "borrower": ledger.party(one.record.borrower) if one.record.borrower else None,
                      "pins": one.record.pins, "since": None}
        if one.since is not None:
            entry["since"] = {"change": one.since.number, "call": one.since.call(),
                              "fid": f"{one.since.cause:#010x}", "cpu": one.since.cpu,
                              "seconds": round(found.seconds(one.since), 6),
                              "base": f"{one.since.base:#x}", "end": f"{one.since.base + one.since.size:#x}"}
        answer.append(entry)
    return answer


def run(arguments) -> int:
    base, end = bounds(arguments.address)
    if process.dry_run:
        print(f"# asks {arguments.machine or monitor.directory() / '*.monitor'} by QMP: pmemsave")
        return 0
    from command import image
    with monitor.connect(arguments.machine) as machine:
        layout = image.locate(machine, arguments.elf)
        try:
            found = ledger.Ledger(machine.read, layout, base, end, machine.pause, machine.resume)
            lines = found.lines()
        except (ledger.NotRam, ledger.NotConsistent) as problem:
            raise Problem(str(problem), "", FAILED) from None
    if arguments.json:
        print(json.dumps({"elf": str(layout.path), "changes": found.changes, "refusals": found.refusals,
                          "ranges": described(found)}, indent=1))
    else:
        print("\n".join(lines))
    return 0
