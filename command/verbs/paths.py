# SPDX-License-Identifier: Apache-2.0
"""paths: where everything is that a run is made of."""
from __future__ import annotations

import json

from command import artefacts, process

SUMMARY = "print image, elf, firmware, kernel, initrd, qemu as NAME=PATH"


def add_arguments(parser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead")


def paths() -> dict[str, str]:
    """By name. Kernel and initrd are fetched and made when they are missing; nothing is built."""
    return {"image": str(artefacts.image()), "elf": str(artefacts.elf()),
            "firmware": str(artefacts.firmware()), "kernel": str(artefacts.kernel()),
            "initrd": str(artefacts.initrd()), "qemu": artefacts.qemu()}


def run(arguments) -> int:
    found = paths()
    if process.dry_run:
        return 0
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        for name, path in found.items():
            print(f"{name}={path}")
    return 0
