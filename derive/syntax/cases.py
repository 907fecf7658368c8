"""Values by cases: `cases(x if x > 0, 0)`, `piecewise(x > 0, x, 0)`, `x if x > 0 else 0`.

One idea: one tree `cases` with values and conditions in turn, whatever the spelling; a condition is a relation, a chain of them, or
several joined by `and`. It does not ask whether the cases cover everything: that is for `infer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.parser import Parser

CASES = frozenset(("cases", "piecewise"))


def cases(parser: Parser, name: str, start: int) -> Tree:
    """Standing at the bracket of `cases(…)`, `piecewise(…)` or `where(…)`."""
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append("(")
    parts = _rows(parser) if name == "cases" else _choice(parser)
    parser.close(opener)
    span = parser.since(start)
    if len(parts) == 1:
        raise refuse("expected", "cases have a condition: `cases(x if x > 0, 0)`", parser.source, span)
    if name != "cases" and parts[1].head not in ("relation", "both"):
        return Tree("call", (parts[1], parts[0], *parts[2:]), "piecewise", span)
    return Tree("cases", tuple(parts), None, span)


def _rows(parser: Parser) -> list[Tree]:
    """`a if p, b if q, c`; the last may say `otherwise`."""
    parts: list[Tree] = []
    while True:
        parts.append(parser.expression())
        if parser.took("if"):
            parts.append(condition(parser))
            if parser.took("otherwise"):  # Python's `a if p else b`
                continue
        else:
            parser.took("otherwise")
            return parts
        if not parser.took(",") and not parser.took(";"):
            return parts


def _choice(parser: Parser) -> list[Tree]:
    """`p, a, b`."""
    test = condition(parser)
    parts = []
    for what in ("the value where it holds", "the value where it does not"):
        if not parser.took(","):
            raise parser.expected(f"`,` and {what}")
        parts.append(parser.expression())
    return [parts[0], test, parts[1]]


def condition(parser: Parser) -> Tree:
    """A relation, or several joined by `and`."""
    from derive.syntax.relations import relation

    found = [relation(parser)]
    while parser.took("and"):
        found.append(relation(parser))
    if len(found) == 1:
        return found[0]
    return Tree("both", tuple(found), None, Span(found[0].span.start, found[-1].span.end))


def ternary(parser: Parser, value: Tree) -> Tree:
    """`value if p else other`, standing at the `if`."""
    parts = [value]
    while parser.took("if"):
        parts.append(condition(parser))
        if not parser.took("otherwise"):
            raise parser.expected("`else` and the value elsewhere")
        parts.append(parser.expression())
    return Tree("cases", tuple(parts), None, Span(value.span.start, parts[-1].span.end))
