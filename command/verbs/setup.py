# SPDX-License-Identifier: Apache-2.0
"""setup: fetch what the other verbs would fetch, and nothing else."""
from __future__ import annotations

import contextlib

from command import artefacts, packages, progress

SUMMARY = "install and fetch everything that run needs, without starting it"


def add_arguments(parser) -> None:
    parser.add_argument("--qemu", action="store_true",
                        help="also fetch QEMU 10 from bookworm-backports (unpacked, not installed)")
    parser.add_argument("--refresh", action="store_true",
                        help="look for newer versions of the kernel, busybox and QEMU")


def run(arguments) -> int:
    with packages.refreshing() if arguments.refresh else contextlib.nullcontext():
        artefacts.fetch()
        if arguments.qemu:
            progress.say(f"qemu {artefacts.qemu(newest=True)}")
    return 0
