# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the files that count: the QEMU that has the plugin, and room for what they count."""
from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from command import artefacts  # noqa: E402
from command.bench import ledger  # noqa: E402


@pytest.fixture(scope="session")
def program():
    """QEMU 10 of bookworm-backports, unpacked."""
    return artefacts.qemu(newest=True)


@pytest.fixture(scope="module")
def runs(request):
    """The directory of one file's runs; what both benches boot is built."""
    place = Path(os.environ.get("PORTCULLIS_RUN") or artefacts.build_directory() / "bench")
    directory = place / request.module.__name__.removeprefix("test_")
    directory.mkdir(parents=True, exist_ok=True)
    artefacts.build(*ledger.TARGETS)     # those of the boots among them
    return directory
