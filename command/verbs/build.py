# SPDX-License-Identifier: Apache-2.0
"""build: call make, with libfdt's source fetched first."""
from __future__ import annotations

from command import artefacts

SUMMARY = "compile the hypervisor and the firmware (or the targets that are named)"


def add_arguments(parser) -> None:
    parser.add_argument("targets", nargs="*", metavar="TARGET",
                        help="targets of the Makefile, such as all, clean, hypervisor/portcullis.img")


def run(arguments) -> int:
    artefacts.build(*(arguments.targets or ["hypervisor/portcullis.img", "firmware/firmware.bin"]))
    return 0
