# SPDX-License-Identifier: Apache-2.0
"""A bare machine: tests/fresh from beginning to end, each of its steps a test of its own here.

It needs root, the network and some minutes; so only with `test --long`.
"""
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests" / "fresh"

pytestmark = [pytest.mark.long, pytest.mark.alone]


def steps() -> list[str]:
    loader = importlib.machinery.SourceFileLoader("fresh", str(PROGRAM))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fresh", loader))
    sys.modules["fresh"] = module      # dataclasses look there
    loader.exec_module(module)
    return module.names()


@pytest.fixture(scope="module")
def results():
    """What tests/fresh said of each step. The tests that it runs inside are those without QEMU: the
    whole of them in there would run this very one again."""
    words = [str(PROGRAM), "--quick", "--json"]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False, text=True, timeout=3000,
                          env=dict(os.environ), stdin=subprocess.DEVNULL)
    assert done.stdout, f"{' '.join(words)} ended with status {done.returncode} and no table"
    return {result["name"]: result for result in json.loads(done.stdout)}


@pytest.mark.parametrize("name", steps())
def test_on_a_bare_machine(results, name):
    assert name in results, "not tried: a step that this one builds on failed"
    assert results[name]["passed"], f"{results[name]['what']}: {results[name]['evidence']}"
    print(results[name]["evidence"])
