# SPDX-License-Identifier: Apache-2.0
"""setup: fetch what the other verbs would fetch, and nothing else."""
from __future__ import annotations

import contextlib

from command import artefacts, packages, progress

SUMMARY = "install and fetch everything that run needs, without starting it"


def add_arguments(parser) -> None:
    parser.add_argument("--qemu", action="store_true",
                        help="also fetch QEMU 10 from bookworm-backports (unpacked, not installed)")
    parser.add_argument("--cbmc", action="store_true",
                        help="also fetch the model checker of prove from Debian 13 (unpacked, not installed)")
    parser.add_argument("--refresh", action="store_true",
                        help="look for newer versions of the kernel, busybox, QEMU and CBMC")


def run(arguments) -> int:
    with packages.refreshing() if arguments.refresh else contextlib.nullcontext():
        artefacts.fetch()
        if arguments.qemu:
            progress.say(f"qemu {artefacts.qemu(newest=True)}")
        if arguments.cbmc:
            progress.say(f"cbmc {packages.fetch_cbmc().version}")
    return 0
