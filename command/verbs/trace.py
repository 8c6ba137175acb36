# SPDX-License-Identifier: Apache-2.0
"""trace: what run --trace FILE.json recorded, chosen and in words."""
from __future__ import annotations

import argparse
import json
import re

from command import functions, process, trace
from command.status import UsageProblem

SUMMARY = "show the calls that run --trace FILE.json recorded, or sum them up"

EPILOG = """\
FUNCTION is a name such as PSCI_CPU_ON, the beginning of names such as FFA_, or an identifier such as
0xc4000003. Calls come in the order of their begin.
exit status: 0 shown; 2 usage, or FILE is no such recording"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", help="JSON lines of run --trace FILE.json")
    parser.add_argument("--cpu", type=int, metavar="N", help="only calls of this CPU")
    parser.add_argument("--function", metavar="FUNCTION", action="append", default=[],
                        help="only calls of this function; may be repeated")
    parser.add_argument("--verdict", choices=trace.VERDICTS,
                        help="only calls that were answered or refused here, forwarded, or are open")
    parser.add_argument("--summary", action="store_true", help="a line for each function: how often, how long")
    parser.add_argument("--json", action="store_true", help="JSON lines, as in FILE")


def _wanted(entry: dict, arguments) -> bool:
    if arguments.cpu is not None and entry["cpu"] != arguments.cpu:
        return False
    if arguments.verdict and entry["verdict"] != arguments.verdict:
        return False
    return not arguments.function or any(_is(entry, word) for word in arguments.function)


def _is(entry: dict, word: str) -> bool:
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", word):
        return int(entry["fid"], 0) == functions.identifier(int(word, 0))
    return entry["name"] == word or (word.endswith("_") and entry["name"].startswith(word))


def _check(words: list[str]) -> None:
    for word in words:
        if not re.fullmatch(r"0[xX][0-9a-fA-F]+", word) and not any(
                name == word or (word.endswith("_") and name.startswith(word))
                for name in functions.NAMES.values()):
            raise UsageProblem(f"--function {word}: neither the name of a function nor an identifier")


def run(arguments) -> int:
    _check(arguments.function)
    if process.dry_run:
        print(f"# reads {arguments.file}")
        return 0
    entries = list(trace.read(arguments.file))
    calls = sorted((entry for entry in entries if "number" in entry and _wanted(entry, arguments)),
                   key=lambda entry: entry["number"])
    if arguments.summary:
        print("\n".join(trace.summary(calls)))
    else:
        for entry in calls:
            print(json.dumps(entry) if arguments.json else trace.line(entry))
    lost = sum(entry["lost"] for entry in entries if "cpu" in entry and "lost" in entry)
    if lost and not arguments.json:
        print(f"# {lost} calls were lost")
    if not any("end" in entry for entry in entries) and not arguments.json:
        print("# the recording is cut short")
    return 0
