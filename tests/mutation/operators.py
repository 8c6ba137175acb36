# SPDX-License-Identifier: Apache-2.0
"""Operators: which faults fit at a node of the syntax tree.

A site is one operator at one place; its variants are the faults of that operator there, of which a draw
takes one. Nothing is left out by hand: what changes nothing or does not compile is found out by compiling.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mutation.syntax import Node, Unit


@dataclass(frozen=True)
class Edit:
    begin: int
    end: int
    text: str


@dataclass(frozen=True)
class Site:
    operator: str
    file: str
    begin: int
    end: int
    line: int
    variants: tuple[tuple[Edit, ...], ...]
    locked: bool        # the function, or what stands here, has a lock or an atomic operation


RELATIONAL = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "<<": ">>", ">>": "<<", "&": "|", "|": "&",
              "^": "|", "+=": "-=", "-=": "+=", "<<=": ">>=", ">>=": "<<=", "&=": "|=", "|=": "&=",
              "*=": "/=", "/=": "*=", "^=": "|="}
ORDERS = ("__ATOMIC_ACQUIRE", "__ATOMIC_RELEASE", "__ATOMIC_ACQ_REL", "__ATOMIC_SEQ_CST")
LOCK_CALLS = ("lock_take", "lock_release")
INTEGERS = re.compile(r"^(unsigned |signed )?(char|short|int|long|long long)( int)?$|^unsigned$")
LOCKED = re.compile(rb"\block_(take|release)\b|__atomic_")


class Finder:
    """All sites of one unit, its headers' included."""

    def __init__(self, unit: Unit):
        self.unit = unit
        self.found: list[Site] = []
        self.function: Node | None = None

    def sites(self) -> list[Site]:
        for node in self.unit.tree.children:
            self._visit(node)
        return self.found

    # --- places ---

    def _text(self, node: Node) -> str:
        return self.unit.source_of(node.file)[node.begin:node.end].decode()

    def _within(self, node: Node, *others: Node) -> bool:
        return node.placed and all(other.file == node.file and node.begin <= other.begin and other.end <= node.end
                                   for other in others)

    def _between(self, left: Node, right: Node, word: str) -> int:
        """Where the operator stands between its operands, -1 for not found."""
        text = self.unit.source_of(left.file)[left.end:right.begin].decode()
        blank = re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: " " * len(match[0].encode()), text, flags=re.S)
        blank = blank.replace(")", " ").replace("(", " ")
        return left.end + blank.index(word) if blank.strip() == word else -1

    def _add(self, operator: str, node: Node, *variants: Edit | tuple[Edit, ...]) -> None:
        if not variants:
            return
        source = self.unit.source_of(node.file)
        around = self.function if self.function is not None and self.function.file == node.file else node
        self.found.append(Site(operator, node.file, node.begin, node.end, source[:node.begin].count(b"\n") + 1,
                               tuple(variant if isinstance(variant, tuple) else (variant,) for variant in variants),
                               LOCKED.search(source[around.begin:around.end]) is not None))

    def _replace(self, operator: str, node: Node, *texts: str) -> None:
        self._add(operator, node, *(Edit(node.begin, node.end, text) for text in texts))

    # --- nodes ---

    def _visit(self, node: Node) -> None:
        if node.kind == "FunctionDecl":
            self.function = node if node.placed else None
        if node.placed:
            handler = getattr(self, f"_at_{node.kind}", None)
            if handler is not None:
                handler(node)
        for child in node.children:
            self._visit(child)
        if node.kind == "FunctionDecl":
            self.function = None

    def _at_CompoundStmt(self, node: Node) -> None:
        if node.parent is not None and node.parent.kind == "SwitchStmt":
            statements = []
        else:
            statements = node.children
        for statement in statements:
            self._drop(statement)
            self._leave_before(statement)

    def _bodies(self, *nodes: Node) -> None:
        for node in nodes:
            if node.kind != "CompoundStmt":
                self._drop(node)

    def _drop(self, statement: Node) -> None:
        node = stripped(statement)
        if not statement.placed:
            return
        if node.kind == "CallExpr" or node.kind == "AtomicExpr":
            called = name_of_call(node)
            if called in LOCK_CALLS:
                self._replace("drop-lock", statement, "")
            elif called.startswith("machine_") and node.type == "void":
                self._replace("drop-maintenance", statement, "")
            else:
                self._replace("drop-call", statement, "")
        elif node.kind == "CompoundAssignOperator" or (node.kind == "BinaryOperator" and node.opcode == "=") or \
                (node.kind == "UnaryOperator" and node.opcode in ("++", "--")):
            self._replace("drop-assignment", statement, "")
        elif node.kind in ("ContinueStmt", "BreakStmt"):
            self._replace("drop-jump", statement, "")

    def _leave_before(self, statement: Node) -> None:
        if self.function is None or not statement.placed or statement.kind in ("ReturnStmt", "DeclStmt", "NullStmt"):
            return
        kind = self.function.raw["type"]["qualType"].split("(")[0].strip()
        value = "" if kind == "void" else f" ({kind}){{0}}"
        self._add("return-early", statement, Edit(statement.begin, statement.begin, f"return{value}; "))

    def _condition(self, node: Node) -> None:
        if not node.placed:
            return
        text = self._text(node)
        self._replace("condition", node, f"!({text})", "1", "0")

    def _at_IfStmt(self, node: Node) -> None:
        self._condition(node.children[0])
        self._bodies(*node.children[1:])

    def _at_WhileStmt(self, node: Node) -> None:
        self._condition(node.children[0])
        self._bodies(*node.children[1:])

    def _at_DoStmt(self, node: Node) -> None:
        self._condition(node.children[1])
        self._bodies(node.children[0])

    def _at_ForStmt(self, node: Node) -> None:
        # clang: start, variable, condition, step, body; an absent one is an empty node
        if len(node.children) == 5:
            self._condition(node.children[2])
            self._bodies(node.children[4])

    def _at_CaseStmt(self, node: Node) -> None:
        self._bodies(*node.children[1:])

    def _at_DefaultStmt(self, node: Node) -> None:
        self._bodies(*node.children)

    def _at_ConditionalOperator(self, node: Node) -> None:
        self._condition(node.children[0])

    def _at_BinaryOperator(self, node: Node) -> None:
        left, right = node.children
        if not self._within(node, left, right):
            return
        if node.opcode in ("&&", "||"):
            self._replace("drop-operand", node, f"({self._text(left)})", f"({self._text(right)})")
            return
        swapped = RELATIONAL.get(node.opcode) or ARITHMETIC.get(node.opcode)
        at = self._between(left, right, node.opcode) if swapped else -1
        if at >= 0:
            self._add("relation" if node.opcode in RELATIONAL else "arithmetic", node,
                      Edit(at, at + len(node.opcode), swapped))

    _at_CompoundAssignOperator = _at_BinaryOperator

    def _at_UnaryOperator(self, node: Node) -> None:
        operand = node.children[0]
        if not self._within(node, operand):
            return
        if node.opcode in ("!", "~", "-"):
            self._replace("drop-not" if node.opcode == "!" else "arithmetic", node, self._text(operand))
        elif node.opcode in ("++", "--"):
            other = "--" if node.opcode == "++" else "++"
            text = self._text(operand)
            self._replace("arithmetic", node, text + other if node.raw.get("isPostfix") else other + text)

    def _at_IntegerLiteral(self, node: Node) -> None:
        text = self._text(node)
        if text in ORDERS:
            self._replace("weaken-order", node, "__ATOMIC_RELAXED")
        elif text in ("true", "false"):
            self._replace("constant", node, "false" if text == "true" else "true")
        elif text != "NULL" and not text.startswith("__ATOMIC_"):
            self._replace("constant", node, f"({text} + 1)", f"({text} - 1)")

    def _at_DeclRefExpr(self, node: Node) -> None:
        reference = node.raw.get("referencedDecl", {})
        others = self.unit.enums.get(reference.get("id", ""), [])
        if self._text(node) == reference.get("name"):
            self._replace("enum", node, *(name for name in others if name != reference["name"]))

    def _at_CallExpr(self, node: Node) -> None:
        arguments = node.children[1:]
        variants = []
        for i, first in enumerate(arguments):
            for second in arguments[i + 1:]:
                if self._within(node, first, second) and first.end <= second.begin and \
                        first.type == second.type and self._text(first) != self._text(second):
                    variants.append((Edit(first.begin, first.end, self._text(second)),
                                     Edit(second.begin, second.end, self._text(first))))
        self._add("arguments", node, *variants)

    def _at_ReturnStmt(self, node: Node) -> None:
        if not node.children or not self._within(node, node.children[0]) or self.function is None:
            return
        value, text = node.children[0], self._text(node.children[0])
        kind = self.function.raw["type"]["qualType"].split("(")[0].strip()
        if value.type in ("bool", "_Bool") or kind == "bool":
            texts = [f"!({text})"]
        elif kind.startswith("enum "):
            texts = [name for name in self._constants_of(kind) if name != text]
        elif kind.endswith("*"):
            texts = [f"({kind})0"]
        elif kind.startswith("struct "):
            texts = [f"({kind}){{0}}"]
        else:
            texts = [f"({kind})(({text}) + 1)", f"({kind})0"]
        self._replace("return-value", value, *texts)

    def _constants_of(self, kind: str) -> list[str]:
        for node in self.unit.tree.children:
            if node.kind == "EnumDecl" and f"enum {node.raw.get('name')}" == kind:
                return [child.raw["name"] for child in node.children if child.kind == "EnumConstantDecl"]
        return []


def stripped(node: Node) -> Node:
    """Without casts and parentheses around it."""
    while node.kind in ("ImplicitCastExpr", "CStyleCastExpr", "ParenExpr", "ExprWithCleanups", "ConstantExpr") and \
            node.children:
        node = node.children[-1]
    return node


def name_of_call(node: Node) -> str:
    if node.kind != "CallExpr" or not node.children:
        return node.raw.get("name", "")
    return stripped(node.children[0]).raw.get("referencedDecl", {}).get("name", "")


def all_sites(units: Iterator[Unit]) -> list[Site]:
    """Each place once, however many units include it; in the order of the files."""
    found: dict[tuple[str, str, int, int], Site] = {}
    for unit in units:
        for site in Finder(unit).sites():
            found.setdefault((site.file, site.operator, site.begin, site.end), site)
    return [found[key] for key in sorted(found)]
