# SPDX-License-Identifier: Apache-2.0
"""completion: bash completion, and the candidates that it asks for."""
from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = 'print bash completion: eval "$(./portcullis completion)"'

FILES = "<files>"       # stands for «names of files», which the shell knows better
_CPUS = ("max", "max,pauth-impdef=on", "cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76",
         "neoverse-n1", "neoverse-v1")


def add_arguments(parser) -> None:
    parser.add_argument("--words", nargs=argparse.REMAINDER, metavar="WORD",
                        help="print the candidates for the last of these words")


def candidates(words: list[str]) -> list[str]:
    """What the last word may become."""
    from command import artefacts, main
    current = words[-1] if words else ""
    verb = next((word for word in words[:-1] if not word.startswith("-")), None)
    if verb is None:
        choices = main.verbs() + ["--help", "--yes", "--dry-run"]
        return [word for word in choices if word.startswith(current)]
    if verb == "help":
        return [word for word in main.verbs() if word.startswith(current)]
    if verb not in main.verbs() or "--" in words[:-1]:
        return [FILES]
    parser = main.parser_of(verb, main.load(verb))
    before = words[-2]
    action = next((a for a in parser._actions if before in a.option_strings), None)
    if action is not None and action.nargs is None and not isinstance(
            action, (argparse._StoreTrueAction, argparse._HelpAction)):
        if action.choices:
            choices = [str(choice) for choice in action.choices]
        else:
            choices = {"--firmware": artefacts.personality_names() + ["none"],
                       "--hypervisor": ["portcullis", "none"], "--cpu": list(_CPUS),
                       "--cpus": ["1", "2", "4", "8"], "--memory": ["512M", "1G", "2G", "4G"],
                       "--qemu": ["newest"]}.get(before, [])
        found = [word for word in choices if word.startswith(current)]
        takes_file = "FILE" in str(action.metavar) or "PATH" in str(action.metavar)
        return found + ([FILES] if takes_file else [])
    if current.startswith("-"):
        options = [option for a in parser._actions for option in a.option_strings]
        return sorted(option for option in options if option.startswith(current))
    return [FILES]


def run(arguments) -> int:
    if arguments.words is None:
        print((Path(__file__).resolve().parent.parent / "completion.bash").read_text(), end="")
    else:
        print("\n".join(candidates(arguments.words)))
    return 0
