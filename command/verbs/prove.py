# SPDX-License-Identifier: Apache-2.0
"""prove: bounded proofs of the parsers and of the arithmetic of ranges (tests/proof)."""
from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import json
import os
import sys
import textwrap

from command import number, process, progress, proof
from command.status import FAILED, Problem

SUMMARY = "prove the parsers and the arithmetic of ranges, within stated bounds"

EPILOG = """\
Each harness in tests/proof calls the core's own sources with every value of its inputs, within the
bound that it states, under the assumptions that it states. CBMC checks what it promises, and that
nothing reads or writes beyond an object, shifts too far, divides by zero or wraps (but where the
harness says so), and that no loop turns more often than it was unwound. A twin of each harness, in
which every promise is false, has to fail: so what is promised is also reached.

What was proved of the very same input by the same CBMC, as told by a hash of all of it, is shown as
«known» and not proved anew in the same build directory, unless with --again.

CBMC comes from Debian 13 with the libraries it needs, unpacked in the cache and not installed.

exit status: 0 all proved, 1 something is not, 2 usage, 13 a prerequisite is missing, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--list", action="store_true", help="name every harness and its bound, prove none")
    parser.add_argument("--only", metavar="GLOB", action="append", default=[],
                        help="prove the harnesses whose names match (may be given several times)")
    parser.add_argument("--jobs", type=number.jobs, metavar="N", help="harnesses at a time (default: one for each CPU)")
    parser.add_argument("--again", action="store_true", help="prove also what is known from an earlier run")
    parser.add_argument("--json", action="store_true",
                        help="results as JSON on standard output, progress on standard error")


def run(arguments: argparse.Namespace) -> int:
    chosen = [harness for harness in proof.harnesses()
              if not arguments.only or any(fnmatch.fnmatchcase(harness.name, glob) for glob in arguments.only)]
    if not chosen:
        raise Problem(f"no harness matches {' '.join(arguments.only)}", "--list names them.", FAILED)
    if arguments.list:
        _list(chosen, arguments.json)
        return 0
    proof.cbmc()            # fetched once, before anything runs beside it
    if arguments.dry_run:
        for harness in chosen:
            print(process.show(proof.command(harness)))
            print(process.show(proof.command(harness, twin=True)))
        return 0
    outcomes = _prove(chosen, arguments.jobs or min(os.cpu_count() or 1, 8), arguments.again)
    bad = [outcome for outcome in outcomes if outcome.problems]
    if arguments.json:
        print(json.dumps({"harnesses": [outcome.as_json() for outcome in outcomes],
                          "proved": len(outcomes) - len(bad), "failed": len(bad)}, indent=1))
    else:
        _table(outcomes)
    for outcome in bad:
        for problem in outcome.problems:
            progress.say(f"{outcome.harness.name}: {problem}")
    print(f"{len(outcomes) - len(bad)} proved, {len(bad)} not",
          file=sys.stderr if arguments.json else sys.stdout)
    return FAILED if bad else 0


def _prove(chosen: list, jobs: int, again: bool) -> list:
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(proof.run, harness, again): harness for harness in chosen}
        try:
            for done in concurrent.futures.as_completed(running):
                outcome = done.result()
                progress.say(f"{outcome.harness.name}: {'NOT proved' if outcome.problems else 'proved'}, "
                             f"{outcome.seconds:.1f} s{' (known)' if outcome.known else ''}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in running]


def _list(chosen: list, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"harnesses": [proof.Outcome(harness).as_json() for harness in chosen]}, indent=1))
        return
    width = max(len(harness.name) for harness in chosen)
    for harness in chosen:
        print(f"{harness.name:<{width}}  {harness.bound}")


def _table(outcomes: list) -> None:
    """One block for each harness: what it is about, how far it goes, and what came of it."""
    for outcome in outcomes:
        harness = outcome.harness
        verdict = "proved" if outcome.proved else "NOT PROVED"
        twin = "twin fails" if outcome.twin else "TWIN DOES NOT FAIL"
        known = " (known from an earlier run)" if outcome.known else ""
        print(f"{harness.name}: {verdict}, {twin}, {outcome.seconds:.1f} s{known}")
        rows = [("target", line) for line in harness.targets] + [("bound", harness.bound)]
        rows += [("assumes", line) for line in harness.assumes]
        rows += [("wraps", f"{function}: {reason}") for function, reason in harness.wraps.items()]
        rows += [("unwound", f"loops {harness.unwind} times" + "".join(f", {loop}" for loop in harness.loops)
                  + f"; unwinding assertions on: {outcome.unwinding}"),
                 ("checked", f"{outcome.promises} promises, {outcome.properties} properties in all")]
        for name, words in rows:
            lines = textwrap.wrap(words, 96) or [""]
            print(f"  {name:<8} {lines[0]}")
            for line in lines[1:]:
                print(f"  {'':<8} {line}")
