# SPDX-License-Identifier: Apache-2.0
"""What the boot report learned about a firmware, from a console log."""
from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(r"^\[ *\d+\.\d+\] hv: (firmware|ffa): \[([a-z0-9-]+)\] (.*)$")
ENTER = r"hv: boot: \[enter\]"
QUESTION = re.compile(r"^firmware answered (0x[0-9a-f]{16}) to (\S+): (.*)$")
VERSIONS = {"fw-psci": re.compile(r"^PSCI (\d+\.\d+)"), "fw-smccc": re.compile(r"^SMCCC (\d+\.\d+)"),
            "fw-trng": re.compile(r"^TRNG (\d+\.\d+)"), "ffa-version": re.compile(r"^FF-A (\d+\.\d+)")}


@dataclass(frozen=True)
class Fact:
    area: str
    key: str
    text: str


def facts(lines: list[str]) -> list[Fact]:
    """The report's lines about firmware in their order, without times; nothing after the host's start."""
    result = []
    for line in lines:
        if re.search(ENTER, line):
            break
        match = LINE.match(line)
        if match:
            result.append(Fact(*match.groups()))
    return result


def as_text(found: list[Fact]) -> str:
    width = max((len(fact.key) for fact in found), default=0)
    return "\n".join(f"{fact.key:{width}}  {fact.text}" for fact in found)


def as_json(found: list[Fact]) -> dict:
    """Versions as strings or null, raw answers as they came, and every line under its key."""
    result: dict = {"psci": _version("fw-psci", found), "smccc": _version("fw-smccc", found),
                    "trng": _version("fw-trng", found), "ffa": _version("ffa-version", found),
                    "ffa_questions": [], "report": {}}
    for fact in found:
        match = QUESTION.match(fact.text) if fact.key == "ffa-question" else None
        if match:
            result["ffa_questions"].append(
                {"x0": match.group(1), "asked": match.group(2), "reading": match.group(3)})
        result["report"].setdefault(fact.key, []).append(fact.text)
    return result


def _version(key: str, found: list[Fact]) -> str | None:
    for fact in found:
        match = VERSIONS[key].match(fact.text) if fact.key == key else None
        if match:
            return match.group(1)
    return None
