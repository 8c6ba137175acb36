#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Dispatches `./portcullis VERB` to command/verbs/VERB.py. Nothing else is decided here."""
from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from command import process, progress, status  # noqa: E402
from command.status import Problem  # noqa: E402

VERBS = HERE / "verbs"


def verbs() -> list[str]:
    return sorted(path.stem for path in VERBS.glob("*.py") if not path.stem.startswith("_"))


def load(name: str) -> ModuleType:
    return importlib.import_module(f"command.verbs.{name}")


def summary(name: str) -> str:
    """SUMMARY of a verb, read without importing what the verb needs."""
    import ast
    for node in ast.parse((VERBS / f"{name}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "SUMMARY":
            return str(ast.literal_eval(node.value))
    return ""


def overview() -> str:
    lines = ["usage: ./portcullis VERB [OPTION...]", "", "verbs:"]
    lines += [f"  {name:<11} {summary(name)}" for name in verbs()]
    lines += ["", "./portcullis VERB --help says more. Every verb takes --dry-run (print each command that it",
              "would run) and --yes (install what is missing without a question).", "", "exit status:",
              status.table()]
    return "\n".join(lines)


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"./portcullis {name}", description=module.SUMMARY,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("-y", "--yes", action="store_true",
                        help="install missing Debian packages without a question")
    parser.add_argument("--dry-run", action="store_true",
                        help="print each command that would be run, run none")
    module.add_arguments(parser)
    return parser


def main(words: list[str]) -> int:
    # `./portcullis --yes run` is the same as `./portcullis run --yes`.
    leading = []
    while words and words[0] in ("--yes", "-y", "--dry-run"):
        leading.append(words.pop(0))
    if not words or words[0] in ("-h", "--help", "help"):
        if len(words) > 1 and words[0] == "help" and words[1] in verbs():
            words = [words[1], "--help"]
        else:
            print(overview())
            return 0 if words else status.USAGE
    name = words[0]
    if name not in verbs():
        print(f"portcullis: there is no verb «{name}»; there are: {', '.join(verbs())}", file=sys.stderr)
        return status.USAGE
    try:
        module = load(name)
        parser = parser_of(name, module)
        arguments = parser.parse_args(leading + words[1:])
        process.dry_run = bool(arguments.dry_run)
        return int(module.run(arguments) or 0)
    except Problem as problem:
        progress.say(str(problem))
        return problem.status
    except KeyboardInterrupt:
        progress.say("interrupted; what was completed is kept, the next start goes on from there")
        return status.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return status.FAILED
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("elftools", "pexpect", "pytest"):
            package = {"elftools": "pyelftools"}.get(error.name.split(".")[0], error.name)
            progress.say(f"{name} needs python3-{package}: apt-get install python3-{package}")
            return status.MISSING
        raise


def _terminate(number: int, frame) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # As SystemExit, so that children are stopped and scratch files removed on the way out.
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    sys.exit(main(sys.argv[1:]))
