# SPDX-License-Identifier: Apache-2.0
"""Personalities of the EL3 test firmware: scripts in, checked and compiled rules out.

docs/firmware.md describes the language in full, firmware/rules_format.h the compiled form.
"""
from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path

from command import rules
from command.rules import (ANSWER, ARGUMENT, BOOT_FILL_RAM, BOOT_FILL_REGISTERS, COMPARISONS, CONSTANT, CPU,
                           DELAY_LIMIT, FOREVER, GARBAGE, HANG, PASS, REGISTERS, REPEAT, RESULT, RETURN, ROOM,
                           RULES_LIMIT, TO_VARIABLE, UNKNOWN, UPPER, VARIABLE, VARIABLES_LIMIT, WHOLE, WORD,
                           Condition, Effect, Operand, Rule, Script, Step)

CALLS = Path(__file__).resolve().parent.parent / "firmware" / "calls.def"
PROPERTIES = CALLS.with_name("spmc_properties.def")

ERRORS_SHOWN = 20

FFA_ERROR, FFA_SUCCESS_32, FFA_SUCCESS_64 = 0x84000060, 0x84000061, 0xc4000061

# "any [other] GROUP call"
GROUPS = {
    "": [(0, 0xffffffff)],
    "SMCCC": [(0x80000000, 0x8000ffff), (0xc0000000, 0xc000ffff)],
    "PSCI": [(0x84000000, 0x8400001f), (0xc4000000, 0xc400001f)],
    "TRNG": [(0x84000050, 0x8400005f), (0xc4000050, 0xc400005f)],
    "FF-A": [(0x84000060, 0x840000ff), (0xc4000060, 0xc40000ff)],
    "SMC32": [(0x80000000, 0xbfffffff)],
    "SMC64": [(0xc0000000, 0xffffffff)],
    "yielding": [(0, 0x7fffffff)],
}

CODES = {
    "FFA_ERROR": {"NOT_SUPPORTED": -1, "INVALID_PARAMETERS": -2, "NO_MEMORY": -3, "BUSY": -4,
                  "INTERRUPTED": -5, "DENIED": -6, "RETRY": -7, "ABORTED": -8, "NO_DATA": -9,
                  "NOT_READY": -10},
    "PSCI": {"SUCCESS": 0, "NOT_SUPPORTED": -1, "INVALID_PARAMETERS": -2, "DENIED": -3, "ALREADY_ON": -4,
             "ON_PENDING": -5, "INTERNAL_FAILURE": -6, "NOT_PRESENT": -7, "DISABLED": -8,
             "INVALID_ADDRESS": -9},
    "SMCCC": {"SUCCESS": 0, "NOT_SUPPORTED": -1, "NOT_REQUIRED": -2, "INVALID_PARAMETER": -3},
}

# "expect refused": what a host cannot do without noticing
REFUSABLE = {"PSCI_CPU_ON", "PSCI_CPU_OFF", "PSCI_CPU_SUSPEND", "PSCI_SYSTEM_SUSPEND", "PSCI_SYSTEM_OFF"}

MICROSECONDS = ("us", "\u00b5s", "\u03bcs")     # the micro sign and the Greek letter
KEYWORDS = {"the", "any", "other", "unknown", "call", "with", "and", "later", "to", "answers", "passes",
            "hangs", "then", "repeat", "delay", "us", "ms", "set", "upper", "every", "return", "of",
            "changes", "at", "boot", "fill", "ram", "registers", "state", "expect", "cpu", "garbage",
            "result", "spmc"}


class PersonalityError(Exception):
    """What is wrong with a script, one "file:line: reason" per line."""


class _Wrong(Exception):
    """A reason without its place."""


# -- names ------------------------------------------------------------------------------------------


def _read_names() -> dict[str, list[int]]:
    """{name: its function identifiers} from calls.def, with NAME_32 and NAME_64 where both forms exist."""
    names: dict[str, list[int]] = {}
    for number, name in re.findall(r"^CALL\((0x[0-9a-f]{8}), (\w+)\)$", CALLS.read_text("utf-8"), re.M):
        names.setdefault(name, []).append(int(number, 16))
    for name, numbers in list(names.items()):
        if len(numbers) > 1:
            for number in numbers:
                names[f"{name}_{64 if number & 0x40000000 else 32}"] = [number]
    return names


NAMES = _read_names()


def _read_properties() -> dict[str, tuple[int, int]]:
    """{name of a property of the SPMC: (its value where nothing is said, the highest)}, in their order."""
    found = re.findall(r"^PROPERTY\(\w+, (\w+), (\w+), (\w+)\)$", PROPERTIES.read_text("utf-8"), re.M)
    return {name: (int(otherwise, 0), int(highest, 0)) for name, otherwise, highest in found}


def _read_property_words() -> dict[tuple[str, str], int]:
    """{(property, word): value} of those that are not said as a number."""
    found = re.findall(r"^WORD\((\w+), (\w+), (\w+)\)$", PROPERTIES.read_text("utf-8"), re.M)
    return {(name, word): int(value, 0) for name, word, value in found}


SPMC = _read_properties()
SPMC_WORDS = _read_property_words()
SPMC_VERSIONS = range(0x10000, 0x10004)


def _like(word: str, known) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; is {near[0]} meant?" if near else ""


# -- words ------------------------------------------------------------------------------------------

TOKEN = re.compile(r"""
    (?P<space>[ \t]+)
  | (?P<ordinal>\d+(?:st|nd|rd|th)\b)
  | (?P<version>\d+\.\d+(?!\w|\.\w))
  | (?P<number>-?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*)(?!\w))
  | (?P<word>FF-A\b|[A-Za-z_\u00b5\u03bc]\w*)
  | (?P<sign>\.\.|!=|<=|>=|[=<>,;:\[\]-])
""", re.X)


class Words:
    """The words of one statement, taken from left to right."""

    def __init__(self, text: str):
        self.items: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                raise _Wrong(f"'{text[position:].split()[0]}' is no word of the language")
            if match.lastgroup != "space":
                self.items.append((str(match.lastgroup), match[0]))
            position = match.end()
        self.at = 0

    def next(self) -> str:
        """The word that comes, "" at the end."""
        return self.items[self.at][1] if self.at < len(self.items) else ""

    def kind(self) -> str:
        return self.items[self.at][0] if self.at < len(self.items) else "end"

    def take(self) -> str:
        word = self.next()
        self.at += 1
        return word

    def accept(self, *words: str) -> bool:
        """Take these words if they come next, all of them or none."""
        ahead = [text for _, text in self.items[self.at:self.at + len(words)]]
        if ahead == list(words):
            self.at += len(words)
            return True
        return False

    def demand(self, word: str, context: str) -> None:
        if not self.accept(word):
            raise _Wrong(f"'{word}' is missing {context}, before {self.shown()}")

    def shown(self) -> str:
        return f"'{self.next()}'" if self.next() else "the end"


# -- numbers, registers, values ----------------------------------------------------------------------


def _number(words: Words) -> int:
    kind, text = words.kind(), words.take()
    if kind == "version":
        major, minor = map(int, text.split("."))
        if major > 0x7fff or minor > 0xffff:
            raise _Wrong(f"{text} is no version: up to 32767.65535")
        return major << 16 | minor
    if kind != "number":
        raise _Wrong(f"a number is missing before {repr(text) if text else 'the end'}")
    digits = text.replace("_", "")
    if not re.fullmatch(r"-?(0[xX][0-9a-fA-F]+|0|[1-9]\d*)", digits):
        raise _Wrong(f"{text} is no number: decimal, 0x… or MAJOR.MINOR")
    return int(digits, 0)


def _fit(value: int, width: int) -> int:
    """As an unsigned number of `width` bits."""
    if not -(1 << (width - 1)) <= value < 1 << width:
        shown = hex(value) if value >= 0 else str(value)
        raise _Wrong(f"{shown} does not fit into {width} bits")
    return value & ((1 << width) - 1)


def _register(word: str) -> tuple[str, int] | None:
    """("x" or "w", number) of a register's name, None for other words."""
    match = re.fullmatch(r"([xw])(\d+)", word)
    if not match:
        return None
    if int(match[2]) >= REGISTERS or (len(match[2]) > 1 and match[2][0] == "0"):
        raise _Wrong(f"{word} is no register of a call: x0 to x17, w0 to w17")
    return match[1], int(match[2])


def _bits(words: Words, low: int, width: int) -> tuple[int, int]:
    """An optional [HIGH:LOW] or [BIT]: (low, width) of what it selects."""
    if not words.accept("["):
        return low, width
    high = bottom = _number(words)
    if words.accept(":"):
        bottom = _number(words)
    words.demand("]", "after the bits")
    if not 0 <= bottom <= high < width:
        raise _Wrong(f"[{high}:{bottom}] is no range of bits within {width}: high:low")
    return bottom, high - bottom + 1


class Parser:
    """Statements of one script into a Script."""

    def __init__(self, path: str):
        self.script = Script(path)
        self.indexes: dict[str, int] = {}
        self.returns = False    # is the rule one for returns?

    # values

    def source(self, words: Words) -> Operand | None:
        """A register, variable, `cpu` or `garbage`, with bits; None if something else comes."""
        result = words.accept("result")
        if result and not self.returns:
            raise _Wrong("'result' stands in 'every return …' only: before, there is none")
        word = words.next()
        register = _register(word) if words.kind() == "word" else None
        if register:
            words.take()
            low, width = _bits(words, 0, 32 if register[0] == "w" else 64)
            return Operand(RESULT if result else ARGUMENT, register[1], low, width)
        if result:
            raise _Wrong(f"a register is missing after 'result', before {words.shown()}")
        if word in self.indexes:
            words.take()
            low, width = _bits(words, 0, 64)
            return Operand(VARIABLE, self.indexes[word], low, width)
        if word in ("cpu", "garbage"):
            words.take()
            low, width = _bits(words, 0, 64)
            return Operand(CPU if word == "cpu" else GARBAGE, 0, low, width)
        return None

    def value(self, words: Words, width: int) -> Operand:
        """What can stand right of a sign: a source, a number or the name of a function."""
        found = self.source(words)
        if found:
            return found
        if words.kind() == "word":
            name = words.take()
            if name in NAMES:
                if len(NAMES[name]) > 1:
                    raise _Wrong(f"{name} has two numbers: write {name}_32 or {name}_64")
                return Operand(CONSTANT, constant=_fit(NAMES[name][0], width))
            raise _Wrong(f"'{name}' is neither a number, a register, a state nor a function"
                         + _like(name, [*self.indexes, *NAMES, "cpu", "garbage"]))
        return Operand(CONSTANT, constant=_fit(_number(words), width))

    # conditions

    def conditions(self, words: Words) -> list[Condition]:
        found = []
        while True:
            place = words.next()
            left = self.source(words)
            if left is None:
                raise _Wrong(f"'{place}' is neither a register nor a state"
                             + _like(place, [*self.indexes, "cpu"]) if place else
                             "a condition is missing at the end")
            if words.next() not in COMPARISONS:
                raise _Wrong(f"one of {' '.join(COMPARISONS)} is missing before {words.shown()}")
            sign = words.take()
            right = self.value(words, left.width)
            if words.accept(".."):
                if sign != "=":
                    raise _Wrong("a range stands after '=' only")
                upper = self.value(words, left.width)
                if right.kind == upper.kind == CONSTANT and right.constant > upper.constant:
                    raise _Wrong(f"the range {right.constant:#x}..{upper.constant:#x} ends before it starts")
                found += [Condition(left, COMPARISONS[">="], right),
                          Condition(left, COMPARISONS["<="], upper)]
            else:
                found.append(Condition(left, COMPARISONS[sign], right))
            if not words.accept(","):
                return found

    # calls

    def occurrence(self, words: Words) -> tuple[int, int]:
        if words.kind() != "ordinal":
            return 1, FOREVER
        first = _ordinal(words.take())
        if words.accept("and", "later"):
            return first, FOREVER
        if words.accept("to"):
            words.accept("the")
            if words.kind() != "ordinal":
                raise _Wrong(f"an ordinal is missing after 'to', before {words.shown()}")
            last = _ordinal(words.take())
            if last < first:
                raise _Wrong("the occurrences end before they start")
            return first, last
        return first, first

    def calls(self, words: Words) -> tuple[list[tuple[int, int]], int]:
        """The functions of a rule: (ranges, flags)."""
        ranges: list[tuple[int, int]] = []
        while True:
            if words.accept("any"):
                words.accept("other")
                flags = UNKNOWN if words.accept("unknown") else 0
                group = words.take() if words.next() in GROUPS and words.next() else ""
                if words.next() != "call":
                    raise _Wrong(f"'call' is missing before {words.shown()}: any [other] [unknown] "
                                 f"[{'|'.join(filter(None, GROUPS))}] call")
                words.take()
                if ranges or words.next() == ",":
                    raise _Wrong("'any … call' stands alone, not in a list")
                return GROUPS[group], flags
            ranges += self.functions(words)
            if not words.accept(","):
                return ranges, 0

    def functions(self, words: Words) -> list[tuple[int, int]]:
        if words.kind() == "number":
            first = _fit(_number(words), 32)
            last = _fit(_number(words), 32) if words.accept("..") else first
            if last < first:
                raise _Wrong(f"the range {first:#x}..{last:#x} ends before it starts")
            return [(first, last)]
        name = words.take()
        if name not in NAMES:
            raise _Wrong(f"'{name}' is no function" + _like(name, [*NAMES, "any", "every", "expect", "state"])
                         if name else "the function is missing")
        return [(number, number) for number in NAMES[name]]

    # what a call meets

    def steps(self, words: Words, returns: bool) -> tuple[list[Step], int]:
        verbs = {"changes": ANSWER} if returns else {"answers": ANSWER, "passes": PASS, "hangs": HANG}
        steps: list[Step] = []
        while True:
            word = words.next()
            if steps and words.accept("repeat"):
                if len(steps) < 2:
                    raise _Wrong("'then repeat' needs two steps at least")
                return steps, REPEAT
            if word in verbs:
                words.take()
                kind = verbs[word]
            elif steps and word != "":
                kind = ANSWER
            else:
                raise _Wrong(f"{' or '.join(verbs)} is missing before {words.shown()}")
            steps.append(self.step(words, kind))
            if not words.accept(";"):
                return steps, 0
            words.demand("then", "after ';'")

    def step(self, words: Words, kind: int) -> Step:
        step = Step(kind)
        if kind != ANSWER:
            if words.next() in ("", ";"):
                return step
            words.accept(",")
        while True:
            if words.next() in ("", ";"):
                raise _Wrong(f"an assignment, a status or 'delay' is missing before {words.shown()}")
            if words.accept("delay"):
                step.delay += _delay(words)
            else:
                step.effects += self.effect(words, kind)
            if not words.accept(","):
                break
        if words.next() not in ("", ";"):
            raise _Wrong(f"',' or '; then' is missing before {words.shown()}")
        if step.delay > DELAY_LIMIT:
            raise _Wrong(f"a delay of more than {DELAY_LIMIT // 1000000} s")
        return step

    def effect(self, words: Words, kind: int) -> list[Effect]:
        if words.accept("set"):
            name = words.take()
            if name not in self.indexes:
                raise _Wrong(f"'{name}' is no state" + _like(name, self.indexes)
                             + (f": declare it first with 'state {name} = 0'" if name else ""))
            words.demand("=", f"after '{name}'")
            index = self.indexes[name]
            return [Effect(TO_VARIABLE, index, index, self.value(words, 64))]
        if kind != ANSWER:
            raise _Wrong(f"only 'delay' and 'set' go with 'passes' and 'hangs', not {words.shown()}")
        if words.next() in CODES:
            return self.status(words)
        if words.next() in ("FFA_SUCCESS", "FFA_SUCCESS_32", "FFA_SUCCESS_64"):
            number = FFA_SUCCESS_64 if words.take() == "FFA_SUCCESS_64" else FFA_SUCCESS_32
            rest = self.assignment(words) if _register(words.next()) else []
            return [_word(0, number), Effect(WHOLE, 1, 7, Operand(CONSTANT)), *rest]
        return self.assignment(words)

    @staticmethod
    def status(words: Words) -> list[Effect]:
        family = words.take()
        codes = CODES[family]
        if words.kind() == "number":
            code = _number(words)
            _fit(code, 32)
        else:
            name = words.take()
            if name not in codes:
                raise _Wrong(f"'{name}' is no status of {family}: {' '.join(codes)}, or a number")
            code = codes[name]
        if family == "FFA_ERROR":
            return [_word(0, FFA_ERROR), Effect(WHOLE, 1, 7, Operand(CONSTANT)), _word(2, code)]
        return [Effect(WHOLE, 0, 0, Operand(CONSTANT, constant=_fit(code, 64)))]

    def assignment(self, words: Words) -> list[Effect]:
        upper = words.accept("upper")
        place = words.next()
        register = _register(words.take()) if place else None
        if not register:
            raise _Wrong(f"{repr(place) if place else 'the end'} stands where an assignment such as w0 = 1.1, "
                         f"a status or 'delay' is expected" + _like(place, [*CODES, "FFA_SUCCESS", "delay"]))
        letter, first = register
        last = first
        if words.accept("-"):
            end = _register(words.next())
            if not end or end[0] != letter or end[1] < first:
                raise _Wrong(f"{place}-{words.next()} is no run of registers such as x4-x17")
            words.take()
            last = end[1]
        if upper and letter != "x":
            raise _Wrong(f"'upper' goes with x registers: upper x{first}")
        words.demand("=", f"after '{place}'")
        target = UPPER if upper else WORD if letter == "w" else WHOLE
        return [Effect(target, first, last, self.value(words, 64 if target == WHOLE else 32))]

    # statements

    def statement(self, line: int, text: str) -> None:
        if text.startswith("expect") and not text[6:7].isalnum():
            self.expect(text[6:].strip())
            return
        words = Words(text)
        if words.accept("state"):
            self.state(words)
        elif words.accept("at", "boot"):
            self.boot(words)
        elif words.accept("spmc"):
            self.spmc(words)
        else:
            self.rule(line, words)
        if words.next():
            raise _Wrong(f"{words.shown()} is not understood after '{words.items[words.at - 1][1]}'")

    def state(self, words: Words) -> None:
        name = words.next()
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in KEYWORDS or _register(name):
            raise _Wrong(f"{words.shown()} cannot be the name of a state: small letters, and no word of the "
                         "language")
        words.take()
        if name in self.indexes:
            raise _Wrong(f"the state '{name}' is there already")
        if len(self.indexes) == VARIABLES_LIMIT:
            raise _Wrong(f"more than {VARIABLES_LIMIT} states")
        words.demand("=", f"after '{name}'")
        self.script.variables[name] = _fit(_number(words), 64)
        self.indexes[name] = len(self.indexes)

    def boot(self, words: Words) -> None:
        words.demand("fill", "after 'at boot'")
        if words.accept("ram", "with"):
            value = _number(words)
            if not 0 <= value <= 255:
                raise _Wrong(f"RAM is filled with a byte, not {value:#x}")
            if self.script.boot & BOOT_FILL_RAM:
                raise _Wrong("RAM is filled already")
            self.script.boot |= BOOT_FILL_RAM
            self.script.ram = value
        elif words.accept("registers", "with", "garbage"):
            self.script.boot |= BOOT_FILL_REGISTERS
        else:
            raise _Wrong("at boot fill ram with BYTE, or: at boot fill registers with garbage")

    def spmc(self, words: Words) -> None:
        if self.script.spmc:
            raise _Wrong("the SPMC is there already")
        said = {"version": _number(words)}
        if said["version"] not in SPMC_VERSIONS:
            raise _Wrong("the SPMC speaks 1.0, 1.1, 1.2 or 1.3")
        more = words.accept("with")
        while more:
            name = words.take()
            if name not in SPMC or name == "version":
                raise _Wrong(f"'{name}' is no property of the SPMC" + _like(name, SPMC) if name else
                             "a property of the SPMC is missing at the end")
            if name in said:
                raise _Wrong(f"{name} stands twice")
            words.demand("=", f"after '{name}'")
            said[name] = self.property(name, words)
            more = words.accept(",")
        self.script.spmc = [said.get(name, otherwise) for name, (otherwise, _) in SPMC.items()]

    @staticmethod
    def property(name: str, words: Words) -> int:
        highest = SPMC[name][1]
        known = {word: value for (owner, word), value in SPMC_WORDS.items() if owner == name}
        if highest == 1:
            known = {"no": 0, "yes": 1}
        if known:
            word = words.take()
            if word not in known:
                raise _Wrong(f"{name} is {' or '.join(known)}, not {repr(word) if word else 'the end'}")
            return known[word]
        value = _number(words)
        if not _property_fits(name, value):
            raise _Wrong(f"{value:#x} is no value for {name}: up to {highest:#x}, see docs/firmware.md")
        return value

    def rule(self, line: int, words: Words) -> None:
        returns = self.returns = words.accept("every", "return")
        flags = RETURN if returns else 0
        first, last, ranges = 1, FOREVER, GROUPS[""]
        if not returns or words.accept("of"):
            words.accept("the")
            first, last = self.occurrence(words)
            ranges, more = self.calls(words)
            flags |= more
        conditions = self.conditions(words) if words.accept("with") else []
        steps, more = self.steps(words, bool(returns))
        rule = Rule(line, flags | more, ranges, conditions, steps, first, last)
        for earlier in self.script.rules:
            if _hides(earlier, rule):
                raise _Wrong(f"never reached: line {earlier.line} takes all these calls before")
        self.script.rules.append(rule)
        if len(self.script.rules) > RULES_LIMIT:
            raise _Wrong(f"more than {RULES_LIMIT} rules")

    def expect(self, text: str) -> None:
        said = self.script.expectations
        name, _, rest = text.partition(" ")
        rest = rest.strip()
        if name in said and name in ("ffa", "cpus"):
            raise _Wrong(f"'expect {name}' stands twice")
        if name == "ffa":
            if not re.fullmatch(r"absent|unsteady|unasked|\d+\.\d+", rest):
                raise _Wrong(f"expect ffa absent|unsteady|unasked|MAJOR.MINOR, not '{rest}'")
            said["ffa"] = rest
        elif name == "cpus":
            if not re.fullmatch(r"[1-9]\d*", rest):
                raise _Wrong(f"expect cpus NUMBER (those that are online), not '{rest}'")
            said["cpus"] = int(rest)
        elif name in ("log", "no-log"):
            try:
                re.compile(rest)
            except re.error as error:
                raise _Wrong(f"'{rest}' is no regular expression: {error}") from error
            if not rest:
                raise _Wrong(f"expect {name} REGULAR-EXPRESSION")
            said.setdefault(name, []).append(rest)
        elif name in ("call", "no-call"):
            if rest not in NAMES:
                raise _Wrong(f"'{rest}' is no function" + _like(rest, NAMES))
            said.setdefault(name, []).append(rest)
        elif name == "refused":
            function, _, answer = rest.partition(" ")
            if function not in REFUSABLE or CODES["PSCI"].get(answer.strip(), 0) >= 0:
                raise _Wrong(f"expect refused {'|'.join(sorted(REFUSABLE))} STATUS, not '{rest}'")
            said.setdefault(name, {})[function] = CODES["PSCI"][answer.strip()]
        elif name == "stays-on" and not rest:
            said[name] = True
        else:
            raise _Wrong("expect ffa|cpus|log|no-log|call|no-call|refused|stays-on …"
                         + _like(name, ["ffa", "cpus", "log", "refused", "stays-on"]))


def _property_fits(name: str, value: int) -> bool:
    """As spmc_property_valid() in firmware/spmc.c."""
    if not 0 <= value <= SPMC[name][1]:
        return False
    if name == "locked":
        return value == 0 or value in SPMC_VERSIONS
    if name == "stride":
        return value == 0 or value >= 24 and value % 8 == 0
    if name == "sri":
        return value == 0 or value >= 8
    return value != 0 or name not in ("services", "transactions", "borrowers", "fragments", "lists")


def _ordinal(text: str) -> int:
    number = int(text[:-2])
    right = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    if number == 0 or number >= FOREVER:
        raise _Wrong(f"{text}: calls are counted from 1st")
    if text[-2:] != right:
        raise _Wrong(f"{text}: {number}{right} is meant?")
    return number


def _delay(words: Words) -> int:
    value = _number(words)
    if value < 0:
        raise _Wrong("a delay is not negative")
    for unit in MICROSECONDS:
        if words.accept(unit):
            return value
    words.demand("ms", "or 'us' after the delay")
    return value * 1000


def _word(register: int, value: int) -> Effect:
    return Effect(WORD, register, register, Operand(CONSTANT, constant=_fit(value, 32)))


def _hides(earlier: Rule, later: Rule) -> bool:
    """Does `earlier` take every call that `later` could answer?"""
    if (earlier.flags | later.flags) & RETURN or earlier.first > 1 or earlier.last != FOREVER:
        return False
    if earlier.flags & UNKNOWN and not later.flags & UNKNOWN:
        return False
    return set(earlier.conditions) <= set(later.conditions) and all(
        any(first <= begin and end <= last for first, last in earlier.ranges) for begin, end in later.ranges)


# -- scripts ----------------------------------------------------------------------------------------


def _statements(text: str):
    """(number of the first line, statement): comments gone, indented lines joined to what they go on."""
    number, parts = 0, []
    for line, content in enumerate(text.split("\n"), 1):
        # An expectation may hold a '#' within its regular expression.
        content = re.sub(r"(^|\s)#.*", "", content).rstrip()
        if not content:
            continue
        if content[0] in " \t" and parts:
            parts.append(content.strip())
            continue
        if parts:
            yield number, " ".join(parts)
        number, parts = line, [content.strip()]
    if parts:
        yield number, " ".join(parts)


def parse(path: str) -> Script:
    """Read and check a script. Raises PersonalityError with all that is wrong with it."""
    name = str(path)
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise PersonalityError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PersonalityError(f"{name}: no UTF-8 text (byte {error.start})") from error
    parser = Parser(name)
    wrong = []
    for line, statement in _statements(text.replace("\r\n", "\n")):
        try:
            parser.statement(line, statement)
        except _Wrong as error:
            wrong.append(f"{name}:{line}: {error}")
    if wrong:
        raise PersonalityError("\n".join(wrong[:ERRORS_SHOWN]
                                         + ([f"{name}: and {len(wrong) - ERRORS_SHOWN} more"]
                                            if len(wrong) > ERRORS_SHOWN else [])))
    if len(rules.emit(parser.script, True)) > ROOM:
        raise PersonalityError(f"{name}: the compiled rules need more than {ROOM} bytes")
    return parser.script


def compile(path: str) -> bytes:   # noqa: A001  the name that its users read best
    """The rules of a script as the firmware reads them. Raises PersonalityError."""
    return rules.emit(parse(path), True)


def identity(path: str) -> bytes:
    """Equal for scripts whose rules are: without comments, names, line numbers and expectations."""
    return rules.emit(parse(path), False)


def expectations(path: str) -> dict:
    """What the script expects of Portcullis and its host: {"ffa": "absent", "unsteady", "unasked" or
    "MAJOR.MINOR"; "cpus": number online; "log", "no-log": [regular expressions]; "call", "no-call":
    [functions that the firmware does (not) see]; "refused": {function: status that a host is told though
    it asked rightly}; "stays-on": True, the host cannot power off}; what it does not say is missing."""
    return parse(path).expectations


def main(words: list[str]) -> int:
    """python3 -m command.personality SCRIPT [OUTPUT]: check a script, and write its compiled rules."""
    if len(words) not in (1, 2):
        print(main.__doc__, file=sys.stderr)
        return 2
    try:
        blob = compile(words[0])
    except PersonalityError as error:
        print(error, file=sys.stderr)
        return 1
    if len(words) == 2:
        Path(words[1]).write_bytes(blob)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
