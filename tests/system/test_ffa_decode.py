# SPDX-License-Identifier: Apache-2.0
"""The decoder, a second reader of the library, beside the fields that tests/vectors gives."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import process  # noqa: E402
from command.verbs import ffa  # noqa: E402

pytestmark = pytest.mark.off_target

VECTORS = ROOT / "tests" / "vectors"

# What bytes and registers do not show: the caller's buffers and pages, who exists, which transactions live,
# and the lengths of later fragments.
ABOUT_MORE = {
    "BAD-CUSTOM-BUFFER", "BAD-CUSTOM-BUFFER-ADDR-ONLY", "BAD-FRAG-GT-TX", "BAD-RECEIVER-UNKNOWN", "BAD-ADDR-NOT-OWNED",
    "BAD-ADDR-PARTLY-OWNED", "BAD-RANGES-OVERLAP", "BAD-FRAG-EXCESS", "BAD-FRAG2-UNALIGNED", "BAD-FRAG-EMPTY",
    "BAD-FRAG-SUM", "MSG-BAD-RECEIVER", "RELQ-BAD-HANDLE", "RELQ-BAD-ZERO-SHARE",
}
KINDS = {"send2_message": "message", "partition_info_array": "partitions", "relinquish": "relinquish",
         "endpoint_rxtx": "buffers", "boot_info": "boot"}


def cases(name: str) -> list[dict]:
    return json.loads((VECTORS / name).read_text("utf-8"))["cases"]


@pytest.fixture(scope="module")
def program() -> Path:
    process.dry_run = False
    return ffa.build()


def decode(program: Path, words: list[str], given: bytes | None = None) -> tuple[int, dict]:
    done = subprocess.run([program, "--json", *words], input=given, capture_output=True, check=False, timeout=20)
    assert done.returncode in (0, 1) and done.stderr == b"", done.stderr
    answer = json.loads(done.stdout)
    assert (answer["verdict"]["result"] == "ok") == (done.returncode == 0)
    return done.returncode, answer


def plain(value):
    """Numbers are numbers, in whatever form they are written."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]+", value):
        return int(value, 16)
    return value


def expect(answer: dict, vector: dict) -> None:
    wanted, verdict = vector.get("expect", {"result": "ok"}), answer["verdict"]
    if wanted["result"] == "ok" or vector["id"] in ABOUT_MORE:
        assert verdict == {"result": "ok"}
    else:
        assert verdict["result"] == wanted["result"]
        if "code" in wanted:
            assert verdict["code"] == wanted["code"]
        assert verdict["rule"] and ("offset" in verdict or "register" in verdict)


def expect_fields(found, wanted) -> None:
    """Every field of the vector, and nothing else in arrays; objects may have more."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert key in found, key
            expect_fields(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted):
            expect_fields(one, other)
    else:
        assert found == wanted


@pytest.mark.parametrize("vector", cases("ffa_memory.json"), ids=lambda vector: vector["id"])
def test_memory(program, vector):
    given = bytes.fromhex(vector["bytes"])
    kind = "retrieve-request" if vector["function"] == "FFA_MEM_RETRIEVE_REQ" else "send"
    first = vector["fragment_lengths"][0]
    words = ["--version", vector["ffa_version"], "--kind", kind, "--caller", vector["caller_id"]]
    if kind == "send":
        words += ["--function", vector["function"], "--total", str(vector["total_length"])]
    _, answer = decode(program, words, given[:first])
    expect(answer, vector)
    if "decoded" in vector:
        wanted = plain(vector["decoded"])
        if len(vector["fragment_lengths"]) > 1:
            wanted["constituents"] = wanted["constituents"][:len(answer["decoded"]["constituents"])]
            whole = decode(program, words, given)[1]
            expect_fields(plain(whole["decoded"]), plain(vector["decoded"]))
        expect_fields(plain(answer["decoded"]), wanted)


@pytest.mark.parametrize("vector", cases("ffa_structures.json"), ids=lambda vector: vector["id"])
def test_structure(program, vector):
    context = vector.get("context", {})
    words = ["--version", vector["ffa_version"], "--kind", KINDS[vector["kind"]]]
    for option, key in (("--caller", "caller"), ("--room", "tx_bytes"), ("--stride", "descriptor_size")):
        if key in context:
            words += [option, str(context[key])]
    _, answer = decode(program, words, bytes.fromhex(vector["bytes"]))
    expect(answer, vector)
    if "decoded" in vector:
        found = answer["decoded"]["partitions"] if KINDS[vector["kind"]] == "partitions" else answer["decoded"]
        expect_fields(plain(found), plain(vector["decoded"]))


def call_of(vector: dict) -> list[str]:
    """--call of a vector that is an answer."""
    if vector["direction"] == "call":
        return []
    told = vector.get("context", {}).get("call", "")
    if vector["id"].startswith("FEAT-"):
        told = "FFA_FEATURES"
    if vector["id"].startswith("PIR-"):
        told = "FFA_PARTITION_INFO_GET_REGS"
    if vector["id"].startswith("NIG-"):
        told = "FFA_NOTIFICATION_INFO_GET"
    return ["--call", re.match(r"FFA_[A-Z0-9_]*[A-Z]", told)[0] if told else "FFA_MSG_SEND_DIRECT_REQ"]


@pytest.mark.parametrize("vector", cases("ffa_registers.json"), ids=lambda vector: vector["id"])
def test_registers(program, vector):
    registers = [f"x{n}={value}" for n, value in enumerate(vector["x"])]
    _, answer = decode(program, ["--version", vector["ffa_version"], *call_of(vector), *registers])
    if vector["id"] in ("RET-ERR-ZERO", "RET-ERR-POSITIVE", "RET-UNKNOWN-FID"):
        assert answer["verdict"]["result"] == "protocol_error"
    else:
        expect(answer, vector)
    if "decoded" in vector:
        expect_fields(plain(answer["decoded"]), plain(vector["decoded"]))


def test_what_another_version_would_read_is_refused(program):
    given = next(bytes.fromhex(vector["bytes"]) for vector in cases("ffa_memory.json")
                 if vector["id"] == "OK-V11-SHARE-1B-1C")
    results = {version: decode(program, ["--version", version, "--kind", "send"], given)[0]
               for version in ("1.0", "1.1", "1.2")}
    assert results == {"1.0": 1, "1.1": 0, "1.2": 0}


def test_every_end_of_a_descriptor_is_survived(program):
    """Each prefix is decoded: what is there is shown, and the rule is told."""
    wanted = ("PI-V10", "PI-V13", "MSG-V11-OFF20", "MSG-V12-OFF64", "RXTXDESC-V11", "BOOT-V12-VALUE-HOB", "RELQ-OK")
    for vector in cases("ffa_structures.json"):
        for size in range(len(vector["bytes"]) // 2 if vector["id"] in wanted else 0):
            words = ["--version", vector["ffa_version"], "--kind", KINDS[vector["kind"]], vector["bytes"][:2 * size]]
            decode(program, words)
    for size in range(0, 96, 3):
        for kind in ("send", "retrieve-request", "retrieve-response"):
            decode(program, ["--version", "1.1", "--kind", kind, "10" * size])


def command(*words: str, given: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "portcullis", "ffa", "decode", *words], input=given, capture_output=True,
                          text=True, check=False, timeout=120, env={**os.environ})


def test_command(tmp_path):
    done = command("--call", "features", "x0=0x84000061", "x2=0x200000")
    assert done.returncode == 0 and "max_pages 32\nwell-formed\n" in done.stdout
    done = command("x0=0xc4000066", "x1=0x60000000", "x2=0x60000000", "x3=1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == {"result": "error", "code": "INVALID_PARAMETERS",
                                                  "rule": "RX and TX overlap", "register": 2}
    words = "0000000000000000 14000000 01800100 01000000 5a"
    wanted = command("--version", "1.1", "--kind", "message", *words.split())
    assert wanted.returncode == 0 and "payload 5a\n" in wanted.stdout
    raw, hexadecimal = tmp_path / "raw", tmp_path / "hex"
    raw.write_bytes(bytes.fromhex(words))
    hexadecimal.write_text(words + "\n")
    for file in (raw, hexadecimal):
        assert command("--version", "1.1", "--kind", "message", "--file", str(file)).stdout == wanted.stdout
    assert command("--version", "1.1", "--kind", "message", given=words).stdout == wanted.stdout
    assert command("--version", "1.1", "--kind", "message", "-", given=words).stdout == wanted.stdout


@pytest.mark.parametrize("words,reason", [
    (["x0=zz"], "no number: zz"),
    (["x18=1"], "registers are x0 to x17"),
    (["x1=1"], "either registers, x0 among them, or bytes of a kind"),
    (["--kind", "boot", "xyz"], "no bytes in hexadecimal"),
    (["--kind", "boot", "123"], "no bytes in hexadecimal"),
    (["--kind", "send", "--function", "version", "00"], "--function takes MEM_SHARE"),
    (["--call", "nothing", "x0=0x84000061"], "no function of FF-A: nothing"),
    (["--kind", "boot", "--file", "/nowhere"], "/nowhere: No such file"),
])
def test_usage(words, reason):
    done = command(*words)
    assert done.returncode == 2 and reason in done.stderr and done.stdout == ""
