# SPDX-License-Identifier: Apache-2.0
"""The proofs of tests/proof hold, their twins fail, and a fault that is planted is found."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts  # noqa: E402

PORTCULLIS = ROOT / "portcullis"
pytestmark = pytest.mark.off_target

SECONDS = 60.0      # of a CPU, in which a planted fault has to be found
# Inputs that each fuzzer has for it: with the seed they are the same on every machine, and take a fraction of
# that time. What is found must not depend on how busy a machine is.
INPUTS = {"ffa": 100000, "gic": 40000, "image": 60000, "memory": 40000, "options": 100000, "route": 60000,
          "rules": 100000, "tree": 60000}
SEED = 1
CORPUS = ("hypervisor", "firmware", "tests/unit", "tests/trees", "tests/proof", "tests/fuzz", "tests/model",
          "tests/vectors", "command")

# parser, file, pattern -> what stands there instead (one off by one), harness, fuzzer. None: not its subject, or no
# input of it tells the two apart: 2^52 pages are no page, and no page is refused as too many are; nothing asks the
# ledger about a range without a byte.
FAULTS = [
    ("smccc-owner", "hypervisor/core/smccc/policy.c", r"owner >= \(uint32_t\)SMCCC_OWNER_TRUSTED_APPLICATION",
     "owner > (uint32_t)SMCCC_OWNER_TRUSTED_APPLICATION", "smccc_range", "options"),
    ("smccc-legacy", "hypervisor/core/smccc/policy.c", r"fid <= 0x0100ffffU", "fid < 0x0100ffffU",
     "smccc_range", None),
    ("trng-bits", "hypervisor/core/smccc/route.c", r"bits > \(call->smc64 \? TRNG_RND64_BITS",
     "bits > 1U + (call->smc64 ? TRNG_RND64_BITS", None, "route"),
    ("version-words", "hypervisor/core/ffa/version.c", r"w0 < minimum", "w0 <= minimum", "ffa_negotiate", None),
    ("version-answer", "hypervisor/core/ffa/version.c", r"w1 < implemented \? w1 : implemented",
     "w1 < implemented ? w1 + 1U : implemented", "ffa_version", "route"),
    ("pages", "hypervisor/core/host/memory.c", r"pages > UINT64_MAX / LEDGER_PAGE",
     "pages > UINT64_MAX / LEDGER_PAGE + 1U", "host_memory", None),
    ("pages-divisor", "hypervisor/core/host/memory.c", r"pages > UINT64_MAX / LEDGER_PAGE",
     "pages > UINT64_MAX / (LEDGER_PAGE - 1U)", "host_memory", "memory"),
    ("region", "hypervisor/core/ledger/block.c", r"offset < region->size && size <= region->size - offset",
     "offset <= region->size && size <= region->size - offset", "ledger_region", None),
    ("region-first", "hypervisor/core/ledger/block.c", r"region\[middle\]\.base <= base",
     "region[middle].base < base", "ledger_region", "memory"),
    ("region-last", "hypervisor/core/ledger/block.c", r"size <= region->size - offset",
     "size < region->size - offset", "ledger_region", "memory"),
    ("descriptor", "hypervisor/core/stage2/stage2.c", r"index %= STAGE2_ENTRIES;", "index %= STAGE2_ENTRIES + 1U;",
     "stage2_descriptor", "memory"),
    ("power-state", "hypervisor/core/psci/psci.c", r"ORIGINAL_RESERVED   0xfcfe0000U",
     "ORIGINAL_RESERVED 0xfcfc0000U",
     "psci_power_state", None),
    ("option", "hypervisor/core/boot/chosen.c", r"size >= sizeof\(option->value\)", "size > sizeof(option->value)",
     None, "options"),
    ("bootargs", "hypervisor/core/boot/chosen.c", r"\+ length >= sizeof\(plan->bootargs\)",
     "+ length > sizeof(plan->bootargs)", None, "options"),
    ("cells", "hypervisor/core/boot/cpu.c", r"reg->length >= cells \* sizeof\(uint32_t\)",
     "reg->length + 1U >= cells * sizeof(uint32_t)", "boot_mpidr", None),
    ("window", "hypervisor/core/boot/walk.c", r"inside >= size \|\|", "inside > size ||", "boot_windows", "tree"),
    ("tree-entry", "hypervisor/core/boot/walk.c", r"return reg != NULL && bytes != 0U \? reg->length / bytes : 0U;",
     "return reg != NULL && bytes != 0U ? reg->length / bytes + 1U : 0U;", "boot_reg", "tree"),
    ("image", "hypervisor/core/boot/place.c", r"i < obstacles->count && hit", "i + 1U < obstacles->count && hit",
     None, "image"),
    ("overlap", "hypervisor/core/boot/planner.h", r"other < base \+ size;", "other + 1U < base + size;",
     "boot_overlap", None),
    ("interrupts", "hypervisor/core/gic/redistributor.c", r"\(1UL << bits\) / 8U", "(1UL << (bits - 1U)) / 8U",
     "gic_size", "gic"),
    ("device-table", "hypervisor/core/gic/command.c", r"& 0x1fU\) \+ 1U;\n\tuint64_t base",
     "& 0x1fU);\n\tuint64_t base",
     "gic_device_table", "gic"),
    ("queue", "hypervisor/core/gic/its.c", r"size > GIC_ITS_QUEUE", "size > GIC_ITS_QUEUE + QUEUE_PAGE",
     "gic_its_registers", "gic"),
    ("rules-run", "firmware/rules.c", r"number <= count - first;", "number <= count - first + 1;",
     "rules_entries", "rules"),
    ("log", "hypervisor/core/log/format.c", r"field->width > length \?", "field->width >= length + 2U ?", "log_text",
     None),
    ("ffa-range", "hypervisor/core/ffa/descriptor.c", r"base > ADDRESS_LIMIT -", "base >= ADDRESS_LIMIT -",
     "ffa_ranges", None),
    ("ffa-composite", "hypervisor/core/ffa/descriptor.c", r"offset < emads->end", "offset + 16U < emads->end",
     "ffa_descriptor", "ffa"),
]


def test_every_harness_is_proved_and_its_twin_fails():
    done = subprocess.run([PORTCULLIS, "prove", "--yes", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    harnesses = json.loads(done.stdout)["harnesses"]
    assert {harness["name"] for harness in harnesses} == {path.stem for path in (ROOT / "tests/proof").glob("*.c")
                                                          if path.stem != "entry"}
    for harness in harnesses:
        assert harness["proved"] and harness["twin_fails"], harness["name"]
        assert harness["promises"] and harness["bound"] and harness["assumptions"] and harness["properties"]


def test_a_harness_that_assumes_too_much_is_noticed(tmp_path):
    """An assumption that nothing satisfies would prove anything: the twin holds, and that is a failure."""
    root = copy(tmp_path)
    path = root / "tests/proof/psci_power_state.c"
    text = path.read_text(encoding="utf-8").replace("assumes: nothing", "assumes: too much")
    path.write_text(text.replace("\tgood = psci", "\tASSUME(state != state);\n\tgood = psci"), encoding="utf-8")
    done = prove(root, "psci_power_state")
    assert done.returncode == 1 and "nothing reaches" in done.stderr, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("name,file,pattern,replacement,harness,fuzzer", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_found_within_a_minute(tmp_path, record_property, name, file, pattern, replacement,
                                                  harness, fuzzer):
    root = copy(tmp_path)
    path = root / file
    text, count = re.subn(pattern, lambda match: replacement, path.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"{file} has no /{pattern}/: the fault has to follow the code"
    path.write_text(text, encoding="utf-8")
    assert harness or fuzzer
    if harness:
        done = prove(root, harness)
        assert done.returncode == 1, f"{harness} proves a {file} with a fault\n{done.stdout}"
        found = json.loads(done.stdout)["harnesses"][0]
        assert found["problems"] and found["seconds"] < SECONDS, found
        record_property("prove_cpu_seconds", found["seconds"])
    if fuzzer:
        done = subprocess.run([root / "portcullis", "fuzz", fuzzer, "--runs", str(INPUTS[fuzzer]), "--seed", str(SEED),
                               "--json"], capture_output=True, text=True, check=False, env=environment(root))
        assert done.returncode == 1, done.stderr
        found = json.loads(done.stdout)["targets"][0]
        assert found["reproducer"], f"{fuzzer} found nothing in a {file} with a fault: {found}"
        assert found["cpu_seconds"] < SECONDS, found
        record_property("fuzz_inputs", found["inputs"])
        record_property("fuzz_cpu_seconds", found["cpu_seconds"])
        again = subprocess.run([root / "portcullis", "fuzz", fuzzer, "--replay", found["reproducer"]],
                               capture_output=True, text=True, check=False, env=environment(root))
        assert again.returncode == 1, again.stdout + again.stderr


def copy(folder: Path) -> Path:
    """The sources that proofs and fuzzers need, to break something in."""
    for part in CORPUS:
        shutil.copytree(ROOT / part, folder / part)
    for part in ("Makefile", "portcullis"):
        shutil.copy(ROOT / part, folder)
    built = artefacts.build_directory() / "tests/fuzz"
    if built.exists():      # with its times: only what is broken is compiled again
        shutil.copytree(built, folder / "build/tests/fuzz",
                        ignore=shutil.ignore_patterns("corpus", "seeds", "replay", "*.log", "*-crash-*"))
    return folder


def environment(root: Path) -> dict[str, str]:
    return dict(os.environ, PORTCULLIS_BUILD=str(root / "build"))


def prove(root: Path, harness: str) -> subprocess.CompletedProcess:
    return subprocess.run([root / "portcullis", "prove", "--only", harness, "--json"], capture_output=True, text=True,
                          check=False, env=environment(root))
