# SPDX-License-Identifier: Apache-2.0
"""Bounded proofs over the core's own sources (tests/proof): what a harness says of itself, and what
the model checker CBMC says of it.

A harness is one C file. Its first comment is text, then lines «name: words» that both a person and
this file read:

    target   source and function that are proved; more than one line is allowed
    bound    how far the inputs go
    assumes  one line for each ASSUME() of the file, in words
    wraps    FUNCTION: why unsigned numbers wrap, or lose bits in a conversion, there on purpose
    unwind   turns that CBMC gives every loop; one more would have to be impossible
    loops    FUNCTION.NUMBER:TURNS for a loop that turns more often (cbmc --show-loops)
"""
from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts, packages, process
from command.status import FAILED, Problem

SOURCES = artefacts.ROOT / "tests" / "proof"
ENTRY = SOURCES / "entry.c"

CHECKS = ("--bounds-check", "--pointer-check", "--pointer-overflow-check", "--div-by-zero-check",
          "--signed-overflow-check", "--unsigned-overflow-check", "--conversion-check",
          "--undefined-shift-check", "--unwinding-assertions")
LIMIT = 100             # seconds of a CPU for one run of CBMC; it may wait for the CPU as long as it must

_FIELD = re.compile(r"^(target|bound|assumes|wraps|unwind|loops): (.*)$")
_PROMISE = "promise: "


@dataclass
class Harness:
    """A file of tests/proof, as its first comment describes it."""
    name: str
    path: Path
    promises: str               # in words: the text before the fields
    targets: list[str] = field(default_factory=list)
    bound: str = ""
    assumes: list[str] = field(default_factory=list)
    wraps: dict[str, str] = field(default_factory=dict)
    unwind: int = 0
    loops: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What CBMC found. `problems` is empty when the harness is proved and its twin fails as it must."""
    harness: Harness
    properties: int = 0         # all that were checked, promises and unwinding assertions included
    promises: int = 0
    unwinding: int = 0          # assertions that no loop turns more often than it was unwound
    seconds: float = 0.0        # of a CPU
    proved: bool = False
    twin: bool = False          # every promise of the twin fails
    known: bool = False         # from an earlier run with the same input
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        harness = self.harness
        return {"name": harness.name, "promises": harness.promises, "targets": harness.targets,
                "bound": harness.bound, "assumptions": harness.assumes, "wraps": harness.wraps,
                "unwind": harness.unwind, "unwinding_assertions": self.unwinding,
                "properties": self.properties, "seconds": round(self.seconds, 1),
                "proved": self.proved, "twin_fails": self.twin, "known": self.known, "problems": self.problems}


def read(path: Path) -> Harness:
    """The description in a harness's first comment. Raises Problem when it says too little, or when
    it does not name as many assumptions as the code makes."""
    text = path.read_text(encoding="utf-8")
    match = re.search(r"^/\*\n(.*?)\n \*/", text, re.M | re.S)
    lines = [line[3:] for line in match[1].split("\n")] if match else []
    harness = Harness(path.stem, path, "")
    words: list[str] = []
    name = ""
    for line in lines:
        found = _FIELD.match(line)
        if found:
            name = found[1]
            _set(harness, name, found[2])
        elif name and line.startswith("  "):
            _extend(harness, name, line.strip())
        else:
            words.append(line)
    harness.promises = " ".join(" ".join(words).split())
    made = len(re.findall(r"\bASSUME\(", text))
    said = len([line for line in harness.assumes if line != "nothing"])
    lacking = [what for what, there in (("a text", harness.promises), ("a target", harness.targets),
                                        ("a bound", harness.bound), ("assumes", harness.assumes),
                                        ("unwind", harness.unwind)) if not there]
    if lacking or made != said:
        raise Problem(f"{path.relative_to(artefacts.ROOT)}: its first comment lacks {', '.join(lacking)}" if lacking
                      else f"{path.relative_to(artefacts.ROOT)} makes {made} assumptions and names {said}",
                      "CONTRIBUTING.md says what it has to name.", FAILED)
    for target in harness.targets:
        if not (artefacts.ROOT / target.split()[0]).exists():
            raise Problem(f"{path.relative_to(artefacts.ROOT)}: there is no {target.split()[0]}", "", FAILED)
    return harness


def _set(harness: Harness, name: str, words: str) -> None:
    if name == "target":
        harness.targets.append(words)
    elif name == "bound":
        harness.bound = words
    elif name == "assumes":
        harness.assumes.append(words)
    elif name == "wraps":
        function, _, reason = words.partition(": ")
        harness.wraps[function] = reason
    elif name == "unwind":
        harness.unwind = int(words)
    else:
        harness.loops += words.split()


def _extend(harness: Harness, name: str, words: str) -> None:
    """A line that goes on."""
    if name == "bound":
        harness.bound += " " + words
    elif name == "wraps":
        function = list(harness.wraps)[-1]
        harness.wraps[function] += " " + words
    elif name == "loops":
        harness.loops += words.split()
    elif name in ("target", "assumes"):
        lines = harness.targets if name == "target" else harness.assumes
        lines[-1] += " " + words


def harnesses() -> list[Harness]:
    return [read(path) for path in sorted(SOURCES.glob("*.c")) if path != ENTRY]


# -- the model checker --------------------------------------------------------------------------------


def cbmc() -> list[str]:
    """The words that start CBMC (fetched when missing): through the dynamic linker that came with it."""
    directory = packages.fetch_cbmc().directory
    if process.dry_run and not directory.exists():
        return [str(directory / "usr/bin/cbmc")]
    linkers = sorted(directory.glob("usr/lib*/**/ld-linux-*.so.*"))
    libraries = sorted({str(path.parent) for path in directory.glob("usr/lib/**/*.so.*")})
    if not linkers:
        raise Problem(f"{directory} has no dynamic linker", "./portcullis setup --refresh --cbmc fetches it anew.")
    return [str(linkers[0]), "--library-path", ":".join(libraries), str(directory / "usr/bin/cbmc")]


def command(harness: Harness, twin: bool = False) -> list[str]:
    root = artefacts.ROOT
    words = cbmc() + ["--64", "--object-bits", "12", "--function", "proof_entry",
                      "--drop-unused-functions",
                      "-I", str(root / "hypervisor"), "-I", str(SOURCES), "-I", str(artefacts.libfdt())]
    words += ["-I", str(root / "firmware")] if any("firmware/" in target for target in harness.targets) else []
    words += ["-DPROOF_TWIN", "--no-standard-checks", "--unwinding-assertions"] if twin else list(CHECKS)
    words += ["--unwind", str(harness.unwind + 1)]
    if harness.loops:
        turns = [loop.rpartition(":") for loop in harness.loops]
        words += ["--unwindset", ",".join(f"{loop}:{int(number) + 1}" for loop, _, number in turns)]
    return words + [str(ENTRY), str(harness.path)]


def _run(words: list[str]) -> tuple[int, str, float]:
    """Status, output and CPU seconds of CBMC, which has a limit of them."""
    with tempfile.TemporaryFile() as output:
        code, seconds = process.measured(["prlimit", f"--cpu={LIMIT}", *words], output)
        output.seek(0)
        return code, output.read().decode(errors="replace"), seconds


def _check(outcome: Outcome, words: list[str]) -> list[dict]:
    """CBMC's properties with their status. Raises Problem when it came to no end."""
    code, text, seconds = _run([*words, "--json-ui"])
    outcome.seconds += seconds
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Problem(f"CBMC was not done after {LIMIT} s of a CPU: {process.show(words)}",
                      "Bound the inputs, or split the harness.", FAILED)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = []
    for part in answer:
        if "result" in part:
            return part["result"]
    messages = [part["messageText"] for part in answer if part.get("messageType") == "ERROR"]
    raise Problem(f"CBMC ended with {code}: {process.show(words)}\n"
                  + "\n".join(messages or [text.strip()[-2000:]]), "", FAILED)


def _place(found: dict) -> str:
    where = found.get("sourceLocation", {})
    file = where.get("file", "")
    with_root = file.removeprefix(str(artefacts.ROOT) + "/")
    return f"{with_root}:{where.get('line', '?')} {where.get('function', '')}"


def _is_number(found: dict) -> bool:
    """An unsigned number that wrapped, or lost bits in a conversion: allowed where `wraps` says so."""
    text = found["description"]
    return ".overflow." in found["property"] and ("unsigned" in text or "conversion" in text)


def run(harness: Harness, again: bool = False) -> Outcome:
    """Prove a harness, and see that its twin fails. What was proved of the very same input by the same
    CBMC is not proved anew, unless `again`."""
    outcome = Outcome(harness)
    try:
        key = _key(harness)
        if not again and _recall(outcome, key):
            return outcome
        _prove(outcome)
        _refute_twin(outcome)
        if not outcome.problems:
            _remember(outcome, key)
    except Problem as problem:
        outcome.problems.append(str(problem))
        outcome.proved = False
    return outcome


# -- what was proved before ---------------------------------------------------------------------------

_KEPT = ("properties", "promises", "unwinding", "seconds")


def _key(harness: Harness) -> str:
    """Of all that a verdict depends on: both command lines, CBMC's version in them, and every line that
    the harness and its twin include."""
    text = hashlib.sha256(Path(__file__).read_bytes())
    for twin in (False, True):
        words = command(harness, twin)
        text.update("\0".join(words).encode())
        options = [word for at, word in enumerate(words) if word.startswith("-D") or "-I" in (word, words[at - 1])]
        for source in (ENTRY, harness.path):
            done = subprocess.run(["cc", "-E", *options, str(source)], capture_output=True, check=False)
            if done.returncode != 0:
                raise Problem(f"{source} cannot be read by the compiler", done.stderr.decode()[-1000:], FAILED)
            text.update(done.stdout)
    # the harness's own words, which are compared with what was found
    text.update(harness.path.read_bytes())
    return text.hexdigest()


def _kept(harness: Harness) -> Path:
    return artefacts.build_directory() / "tests" / "proof" / f"{harness.name}.proved"


def _recall(outcome: Outcome, key: str) -> bool:
    try:
        kept = json.loads(_kept(outcome.harness).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if kept.get("key") != key:
        return False
    for name in _KEPT:
        setattr(outcome, name, kept[name])
    outcome.proved = outcome.twin = outcome.known = True
    return True


def _remember(outcome: Outcome, key: str) -> None:
    path = _kept(outcome.harness)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(json.dumps({"key": key, **{name: getattr(outcome, name) for name in _KEPT}}), encoding="utf-8")
    scratch.rename(path)


def _prove(outcome: Outcome) -> None:
    harness = outcome.harness
    words = command(harness)
    properties = _check(outcome, words)
    outcome.properties = len(properties)
    outcome.unwinding = sum(".unwind." in found["property"] for found in properties)
    outcome.promises = sum(found["description"].startswith(_PROMISE) for found in properties)
    wrapped = set()
    failed = []
    for found in properties:
        if found["status"] == "SUCCESS":
            continue
        function = found.get("sourceLocation", {}).get("function", "")
        if _is_number(found) and function in harness.wraps:
            wrapped.add(function)
        else:
            failed.append(found)
    for found in failed[:10]:
        outcome.problems.append(f"{_place(found)}: {found['description']}")
    if failed:
        outcome.problems.append(f"{len(failed)} of {len(properties)} properties fail; a counterexample: "
                                f"{_save_trace(harness, words, failed[0])}")
    for function in harness.wraps:
        if function not in wrapped:
            outcome.problems.append(f"nothing wraps in {function}, though the harness says so")
    if not outcome.promises:
        outcome.problems.append("it promises nothing")
    outcome.proved = not outcome.problems


def _save_trace(harness: Harness, words: list[str], found: dict) -> Path:
    directory = artefacts.build_directory() / "tests" / "proof"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{harness.name}.trace"
    path.write_text(_run([*words, "--trace", "--property", found["property"]])[1], encoding="utf-8")
    return path


def _refute_twin(outcome: Outcome) -> None:
    promises = [found for found in _check(outcome, command(outcome.harness, twin=True))
                if found["description"].startswith(_PROMISE)]
    held = [found for found in promises if found["status"] == "SUCCESS"]
    for found in held:
        outcome.problems.append(f"nothing reaches {_place(found)}: {found['description']}")
    outcome.twin = not held and len(promises) == outcome.promises + 1
    if not outcome.twin and not held:
        outcome.problems.append(f"the twin has {len(promises)} promises, not {outcome.promises + 1}")
