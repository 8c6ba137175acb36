# SPDX-License-Identifier: Apache-2.0
"""What tests/ledger/run and tests/ffa/run share: build a driver, run it, count the branches that it takes."""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts  # noqa: E402
from command.status import Problem  # noqa: E402

BRANCHES = 95.0         # per cent of each room
COVERAGE_CALLS = 60000


def options(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument("--seed", type=lambda text: int(text, 0), metavar="N",
                        default=int(os.environ.get("PORTCULLIS_SEED") or 1),
                        help="equal seed, equal run (default: $PORTCULLIS_SEED, else 1)")
    parser.add_argument("--calls", type=int, metavar="N", help="at least so many (default 200000)")
    parser.add_argument("--long", action="store_true", help="10,000,000 calls")
    parser.add_argument("--json", action="store_true", help="what was seen, as JSON on standard output")
    parser.add_argument("--save", metavar="FILE", help="where a failing sequence of calls goes")
    parser.add_argument("--replay", metavar="FILE", help="make the calls of such a file")
    parser.add_argument("--no-coverage", action="store_true", help="count no branches")
    return parser.parse_args()


def driver(folder: str, name: str) -> Path:
    return artefacts.build_directory() / "tests" / folder / name


def branches(name: str, rooms: tuple[str, ...], seed: int) -> dict[str, float]:
    """Branches that were taken, in per cent of those of each room."""
    artefacts.build(f"{name}-coverage")
    program = driver("ledger-coverage", name)
    for path in program.parent.rglob("*.gcda"):
        path.unlink()
    # Too few calls to see everything: its verdict on that is the other run's.
    done = subprocess.run([program, "--seed", str(seed), "--calls", str(COVERAGE_CALLS), "--shrink", "1"],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise Problem(f"{program} ended with {done.returncode}", done.stderr[-1000:])
    taken: dict[tuple, bool] = {}
    for room in rooms:
        for data in (program.parent / "hypervisor/core" / room).glob("*.gcda"):
            count(data, rooms, taken)
    result = {}
    for room in rooms:
        of_room = [hit for (file, *_), hit in taken.items() if file.startswith(f"hypervisor/core/{room}/")]
        result[room] = round(100 * sum(of_room) / len(of_room), 1) if of_room else 0.0
    return result


def count(data: Path, rooms: tuple[str, ...], taken: dict[tuple, bool]) -> None:
    done = subprocess.run(["gcov", "--branch-probabilities", "--json-format", "--stdout", data], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    for document in done.stdout.splitlines():
        for file in json.loads(document)["files"]:
            if not file["file"].startswith(tuple(f"hypervisor/core/{room}/" for room in rooms)):
                continue
            source = (ROOT / file["file"]).read_text(encoding="utf-8").split("\n")
            for line in file["lines"]:
                if "INVARIANT(" in source[line["line_number"] - 1]:
                    continue
                for index, branch in enumerate(line["branches"]):
                    key = (file["file"], line["line_number"], line.get("function_name"), index)
                    taken[key] = taken.get(key, False) or branch["count"] > 0


def main(description: str, name: str, target: str, rooms: tuple[str, ...]) -> int:
    arguments = options(description)
    artefacts.build(target)
    words: list[str] = ["--seed", str(arguments.seed)]
    for word in ("calls", "save", "replay"):
        if getattr(arguments, word) is not None:
            words += [f"--{word}", str(getattr(arguments, word))]
    words += ["--long"] if arguments.long else []
    done = subprocess.run([driver("ledger", name), *words, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if arguments.replay or done.returncode not in (0, 1):
        print(done.stdout, end="")
        return done.returncode
    seen = json.loads(done.stdout)
    passed = seen["passed"]
    if not arguments.no_coverage:
        seen["branch_coverage"] = branches(name, rooms, arguments.seed)
        for room, share in seen["branch_coverage"].items():
            if share < BRANCHES:
                print(f"{share} % of the branches of {room}/ were taken, less than {BRANCHES:g} %", file=sys.stderr)
                passed = False
    seen["passed"] = passed
    if arguments.json:
        print(json.dumps(seen, indent=1))
    else:
        print(f"seed {seen['seed']}: {seen['calls']} calls, {100 * seen['ok'] // seen['calls']} % succeeded, "
              f"up to {seen['max_cpus_inside']} CPUs inside, {seen['pages_compared']} pages compared")
        for room, share in seen.get("branch_coverage", {}).items():
            print(f"{share} % of the branches of {room}/ were taken")
    return 0 if passed else 1



def run(description: str, name: str, target: str, rooms: tuple[str, ...]) -> None:
    """The whole program; `target` of make builds `name`, `name`-coverage the same with counts. Ends the process."""
    try:
        sys.exit(main(description, name, target, rooms))
    except Problem as problem:
        print(f"run: {problem}", file=sys.stderr)
        sys.exit(problem.status)
