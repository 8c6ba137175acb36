# SPDX-License-Identifier: Apache-2.0
"""symbolize: names for the addresses in a crash report of the hypervisor."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from command import artefacts, crash

SUMMARY = "name the addresses in a crash report: function, file and line"

NO_REPORT, WRONG_ELF, MISSING = 1, 3, 13

EPILOG = """exit status: 0 named; 1 no crash report in the file; 2 usage; 3 no ELF file with the report's
build-id (--force names the addresses all the same); 13 the ELF file or addr2line is missing"""


def add_arguments(parser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", help="log that holds the report; - for standard input")
    parser.add_argument("--elf", metavar="PATH", action="append", type=Path,
                        help="ELF file of the image that crashed (default: those in build/, by build-id)")
    parser.add_argument("--force", action="store_true", help="also when the build-id differs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _candidates(arguments) -> list[Path]:
    if arguments.elf:
        return arguments.elf
    default = Path(artefacts.elf())
    others = sorted(default.parent.parent.glob("hypervisor*/portcullis.elf"))
    return [default, *(path for path in others if path != default)]


def _choose(report: crash.Report, paths: list[Path]) -> crash.Symbols:
    """The ELF file with the report's build-id, else the first."""
    first = None
    for path in paths:
        if first is not None and not path.exists():
            continue
        symbols = crash.Symbols(path)
        if first is None:
            first = symbols
        if report.build_id == symbols.build_id:
            return symbols
    return first


def _describe(report: crash.Report, symbols: crash.Symbols) -> dict:
    places = symbols.places(crash.frame_offsets(report))
    values = [{"register": name, "value": f"{value:#018x}", "name": symbols.name(value - report.base)}
              for name, value in report.values if report.base is not None]
    return {
        "line": report.line, "key": report.key, "text": report.keys[0][1],
        "complete": report.complete, "build_id": report.build_id,
        "elf": str(symbols.path), "elf_build_id": symbols.build_id,
        "match": None if report.build_id is None else report.build_id == symbols.build_id,
        "image": None if report.base is None else f"{report.base:#x}",
        "backtrace": [{"depth": frame.depth, "address": f"{frame.address:#x}",
                       "function": place.function, "source": place.source,
                       "inlined_into": [{"function": f, "source": s}
                                        for f, s in place.inlined_into]}
                      for frame, place in zip(report.frames, places)],
        "values": [value for value in values if value["name"]],
    }


def _print(report: crash.Report, found: dict) -> None:
    frames = {frame["depth"]: frame for frame in found["backtrace"]}
    names = {(v["register"], int(v["value"], 16)): v["name"] for v in found["values"]}
    for key, text in report.keys:
        print(f"crash: [{key}] {text}")
        if key == "backtrace" and (match := crash.FRAME.search(text)):
            frame = frames[int(match[1])]
            print(f"        {frame['function']} at {frame['source']}")
            for outer in frame["inlined_into"]:
                print(f"        inlined into {outer['function']} at {outer['source']}")
        elif key in ("syndrome", "registers", "nested"):
            for match in crash.VALUE.finditer(text):
                name = names.get((match[1], int(match[2], 16)))
                if name:
                    print(f"        {match[1]} = {name}")


def _complain(report: crash.Report, found: dict, force: bool) -> bool:
    """Say what is doubtful; False when nothing should be named."""
    where = f"report in line {report.line}"
    if not report.complete:
        print(f"symbolize: {where} is cut short", file=sys.stderr)
    if found["match"] is None:
        print(f"symbolize: {where} names no build-id; the names are right only if {found['elf']} "
              "is the image that crashed", file=sys.stderr)
    elif not found["match"]:
        print(f"symbolize: {where} comes from build-id {report.build_id}, but {found['elf']} is "
              f"{found['elf_build_id']}; give the right file with --elf"
              + ("" if force else ", or --force"), file=sys.stderr)
        return force
    return True


def run(arguments) -> int:
    try:
        if arguments.file == "-":
            text = sys.stdin.buffer.read()
        else:
            text = Path(arguments.file).read_bytes()
    except OSError as error:
        print(f"symbolize: {arguments.file}: {error.strerror}", file=sys.stderr)
        return MISSING
    reports = crash.find_reports(text.decode("utf-8", "replace").splitlines())
    if not reports:
        print(f"symbolize: {arguments.file}: no line with «hv: crash: [», so no crash report",
              file=sys.stderr)
        if arguments.json:
            print(json.dumps({"reports": []}))
        return NO_REPORT
    status, described = 0, []
    try:
        paths = _candidates(arguments)
        for report in reports:
            found = _describe(report, _choose(report, paths))
            if not _complain(report, found, arguments.force):
                status = WRONG_ELF
                continue
            described.append(found)
            if not arguments.json:
                _print(report, found)
    except crash.CrashError as error:
        print(f"symbolize: {error}", file=sys.stderr)
        return MISSING if error.missing else WRONG_ELF
    if arguments.json:
        print(json.dumps({"reports": described}, indent=1))
    return status
