# SPDX-License-Identifier: Apache-2.0
"""ffa decode: what registers and descriptors of FF-A say; the program is hypervisor/core/ffa/decoder."""
from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from command import artefacts, process
from command.status import FAILED, Problem, UsageProblem

SUMMARY = "say what FF-A registers and descriptors mean, and which rule they break"

KINDS = {
    "send": "MEM_SHARE, MEM_LEND or MEM_DONATE",
    "retrieve-request": "MEM_RETRIEVE_REQ",
    "retrieve-response": "MEM_RETRIEVE_RESP",
    "relinquish": "MEM_RELINQUISH",
    "message": "header of MSG_SEND2 and the message",
    "partitions": "entries of PARTITION_INFO_GET",
    "buffers": "an endpoint's RX and TX, as RXTX_MAP gives them for a VM",
    "boot": "boot information of a partition",
}

EPILOG = "kinds:\n" + "\n".join(f"  {name:<18} {words}" for name, words in KINDS.items()) + """

  ./portcullis ffa decode x0=0x84000073 x1=96 x2=96
  ./portcullis ffa decode --call features x0=0x84000061 x2=0x200000
  ./portcullis ffa decode --version 1.1 --kind message 0000000000000000 14000000 01800100 01000000 5a

exit status: 0 well-formed; 1 a rule is broken; 2 usage; 13 something is not installed"""

# Options that the program takes as they are.
PASSED = ("version", "caller", "function", "total", "room", "stride", "call", "kind", "file")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    # words may stand behind options as well as in front of them
    parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
    parser.add_argument("action", choices=["decode"], help="the only one")
    parser.add_argument("words", nargs="*", metavar="WORD",
                        help="registers such as x0=0x84000063, or bytes in hexadecimal; - for standard input")
    parser.add_argument("--kind", choices=KINDS, help="what the bytes are")
    parser.add_argument("--version", choices=["1.0", "1.1", "1.2", "1.3"], help="whose layouts (default: 1.2)")
    parser.add_argument("--caller", metavar="ID", help="identifier of who sends (default: 1)")
    parser.add_argument("--function", metavar="NAME",
                        help="of a send: mem_share (default), mem_lend or mem_donate")
    parser.add_argument("--call", metavar="NAME", help="the registers are the answer to this call")
    parser.add_argument("--total", metavar="BYTES", help="length of a descriptor with all its fragments")
    parser.add_argument("--room", metavar="BYTES", help="length of the buffer that a message lies in")
    parser.add_argument("--stride", metavar="BYTES", help="length of an entry of partition information")
    parser.add_argument("--file", metavar="PATH", help="bytes of a file, raw or in hexadecimal")
    parser.add_argument("--json", action="store_true", help="one JSON object instead")


def build() -> Path:
    out = artefacts.build_directory() / "ffa"
    process.run(["make", "-C", str(artefacts.ROOT / "hypervisor/core/ffa"), f"O={out}", "decoder"], status=FAILED)
    return out / "native" / "ffa-decode"


def run(arguments) -> int:
    command = [str(build())] + (["--json"] if arguments.json else [])
    for name in PASSED:
        value = getattr(arguments, name)
        if value is not None:
            command += [f"--{name}", value]
    command += arguments.words
    if process.dry_run:
        print(process.show(command))
        return 0
    sys.stdout.flush()
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode == 2:
        raise UsageProblem(done.stderr.splitlines()[0].removeprefix("ffa-decode: "))
    if done.returncode not in (0, 1):
        raise Problem(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}", "", FAILED)
    return done.returncode
