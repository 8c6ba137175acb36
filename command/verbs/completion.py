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
    from command import main
    words = _without_equals(words)
    current = words[-1] if words else ""
    verb = next((word for word in words[:-1] if not word.startswith("-")), None)
    if verb is None:
        choices = main.verbs() + ["help", "--help", "--yes", "--dry-run"]
        return [word for word in choices if word.startswith(current)]
    if verb == "help":
        return [word for word in main.verbs() if word.startswith(current)]
    if verb not in main.verbs() or "--" in words[:-1]:
        return [FILES]
    parser = main.parser_of(verb, main.load(verb))
    before = words[-2]
    option = next((action for action in parser._actions if before in action.option_strings), None)
    if option is not None and option.nargs != 0:
        found = _values(before, option)
        takes_file = any(word in str(option.metavar) for word in ("FILE", "PATH"))
        found = [word for word in found if word.startswith(current)] + ([FILES] if takes_file else [])
        # The value of an option such as --gdb may be left out.
        if option.nargs != "?" or not current.startswith("-"):
            return found
    if current.startswith("-"):
        options = [text for action in parser._actions for text in action.option_strings]
        return sorted(text for text in options if text.startswith(current))
    positional = [action for action in parser._actions if not action.option_strings and action.choices]
    if positional:
        return [str(word) for word in positional[0].choices or () if str(word).startswith(current)]
    return [FILES]


def _without_equals(words: list[str]) -> list[str]:
    """bash takes --gic=3 for three words: the value is completed as if it stood behind a blank."""
    if words and words[-1] == "=":
        return words[:-1] + [""]
    if len(words) > 2 and words[-2] == "=":
        return words[:-2] + words[-1:]
    return words


def _values(name: str, option: argparse.Action) -> list[str]:
    """Words that are worth offering as value of an option."""
    from command import artefacts
    if option.choices:
        return [str(choice) for choice in option.choices]
    return {"--firmware": artefacts.personality_names() + ["none"],
            "--hypervisor": ["portcullis", "none"], "--cpu": list(_CPUS), "--initrd": ["none"],
            "--cpus": ["1", "2", "4", "8"], "--memory": ["512M", "1G", "2G", "4G"],
            "--qemu": ["newest"]}.get(name, [])


def run(arguments) -> int:
    if arguments.words is None:
        print((Path(__file__).resolve().parent.parent / "completion.bash").read_text(), end="")
    else:
        print("\n".join(candidates(arguments.words)))
    return 0
