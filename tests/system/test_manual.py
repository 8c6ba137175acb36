# SPDX-License-Identifier: Apache-2.0
"""The manual page and the completion for bash, beside what the command really takes."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import main, status  # noqa: E402
from command.verbs import completion  # noqa: E402

pytestmark = pytest.mark.off_target

MANUAL = ROOT / "docs" / "portcullis.1"
VERBS = main.verbs()
COMMON = {"-h", "--help", "-y", "--yes", "--dry-run"}


def options(verb: str) -> dict[str, object]:
    """Option strings of a verb, as argparse knows them."""
    parser = main.parser_of(verb, main.load(verb))
    return {text: action for action in parser._actions for text in action.option_strings}


OPTIONS = [(verb, option) for verb in VERBS for option in sorted(options(verb))]


# -- manual page ------------------------------------------------------------------------------------


def plain(text: str) -> str:
    return text.replace("\\-", "-").replace("\\&", "")


def sections(macro: str, text: str) -> dict[str, str]:
    """Text of each .SH or .SS, by its heading."""
    parts = re.split(rf"^\.{macro} (.*)$", text, flags=re.M)
    return {plain(name).strip('"'): body for name, body in zip(parts[1::2], parts[2::2])}


def tagged(text: str) -> set[str]:
    """The option strings that are explained: those in the line behind a .TP."""
    lines = re.findall(r"^\.TP\n(.*)$", text, flags=re.M)
    return {option for line in lines for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", plain(line))}


PAGE = sections("SH", MANUAL.read_text(encoding="utf-8"))
DESCRIBED = sections("SS", PAGE["VERBS"])


def test_every_verb_has_its_section():
    assert sorted(DESCRIBED) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_options_of_a_verb_are_those_of_its_section(verb):
    assert tagged(DESCRIBED[verb]) == set(options(verb)) - COMMON
    for words in DESCRIBED[verb].split(".TP\n")[1:]:
        assert len(words.strip().splitlines()) > 1, f"no word about {words}"


def test_options_of_every_verb_are_described_once():
    assert tagged(PAGE["OPTIONS OF EVERY VERB"]) == COMMON
    assert all(set(options(verb)) >= COMMON for verb in VERBS)


def test_exit_statuses_are_those_of_run():
    told = dict(re.findall(r"^\.TP\n\.B (\d+)\n(.*)$", plain(PAGE["EXIT STATUS"]), flags=re.M))
    for number, words in status.WORDS.items():
        assert told[str(number)].startswith(words)
    assert set(told) - {str(number) for number in status.WORDS} == {"1"}


def test_values_that_are_named_are_taken():
    """Choices in braces of argparse's own help stand in the page."""
    for verb in VERBS:
        for option, action in options(verb).items():
            if action.choices and len(action.choices) <= 3:
                entry = re.search(rf"^\.(?:BI?) .*{re.escape(option)}\b.*(?:\n(?!\.TP).*)*",
                                  plain(DESCRIBED[verb]), flags=re.M)
                assert entry, option
                for choice in action.choices:
                    assert re.search(rf"\b{re.escape(str(choice))}\b", entry[0]), f"{verb} {option} {choice}"


def test_the_page_is_set_without_a_warning():
    done = subprocess.run(["groff", "-ww", "-b", "-man", "-Tutf8", str(MANUAL)], capture_output=True,
                          text=True, check=True)
    assert done.stderr == ""
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    for verb in VERBS:
        assert re.search(rf"^ +{verb}$", text, re.M)


# -- completion -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb,option", OPTIONS)
def test_every_option_is_offered(verb, option):
    for length in range(1, len(option) + 1):
        assert option in completion.candidates([verb, option[:length]])


def test_nothing_is_offered_that_is_not_there():
    for verb in VERBS:
        offered = completion.candidates([verb, "-"])
        assert sorted(offered) == sorted(options(verb))
    assert set(completion.candidates([""])) == {*VERBS, "help", "--help", "--yes", "--dry-run"}


@pytest.mark.parametrize("verb,option", [(verb, option) for verb, option in OPTIONS
                                         if options(verb)[option].choices])
def test_every_choice_of_an_option_is_offered(verb, option):
    choices = [str(choice) for choice in options(verb)[option].choices]
    assert completion.candidates([verb, option, ""]) == choices
    assert completion.candidates([verb, option, "=", ""]) == choices
    assert completion.candidates([verb, option, "="]) == choices


def test_names_are_offered_where_a_verb_takes_one():
    for verb in VERBS:
        for action in main.parser_of(verb, main.load(verb))._actions:
            if not action.option_strings and action.choices:
                assert completion.candidates([verb, ""]) == [str(choice) for choice in action.choices]
    assert completion.candidates(["symbolize", ""]) == [completion.FILES]
    assert completion.candidates(["run", "--", "--g"]) == [completion.FILES]
    assert completion.candidates(["help", "sc"]) == ["scenario"]
    assert completion.candidates(["run", "--gdb", "--lo"]) == ["--log"]


PROMPT = "<ready>"


@pytest.fixture
def bash(tmp_path):
    """An interactive bash with our completion, in a checkout."""
    child = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], cwd=str(ROOT), encoding="utf-8", timeout=20,
                          env=dict(os.environ, PS1=PROMPT, TERM="dumb", INPUTRC="/dev/null", HOME=str(tmp_path)))
    child.expect(PROMPT)
    child.sendline('eval "$(./portcullis completion)"')
    child.expect(PROMPT)
    yield child
    child.close(force=True)


@pytest.mark.parametrize("typed,shown", [
    ("./portcullis scen\t", "scenario "),
    ("./portcullis run --hyper\t", "--hypervisor "),
    ("./portcullis run --firmware absent-w\t", "--firmware absent-w32 "),
    ("./portcullis run --firmware=absent-w\t", "--firmware=absent-w32 "),
    ("./portcullis run --kernel READM\t", "--kernel README.md "),
    ("./portcullis scenario ffa-v\t", "scenario ffa-version "),
    ("./portcullis --yes sce\t", "--yes scenario "),
])
def test_the_tab_key_in_bash(bash, typed, shown):
    if "README" in shown and not (ROOT / "README.md").exists():
        shown, typed = shown.replace("README.md", "Makefile"), typed.replace("READM", "Makef")
    bash.send(typed)
    bash.expect_exact(shown)
    bash.sendcontrol("u")
