r"""Values by cases: `\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}`, and conditions in brackets.

One idea: a row is a value, `&` and a condition; the words around a condition (`if`, `for`, `when`) say nothing more, and other words are
refused where they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.latex.commands import COMPARING
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser

LEADING = frozenset("if for when where falls wenn si".split())
LAST = frozenset("otherwise else elsewhere sonst o.w. ow".split())
JOINING = frozenset(("and",))


def cases(parser: LatexParser) -> Tree:
    """Standing at the `\\begin`."""
    _, kind, start, _ = parser.tokens[parser.at]
    parser.at += 1
    bars, parser.bars = parser.bars, []
    parts: list[Tree] = []
    while True:
        parser.expired = set()
        parts.append(parser.expression())
        if parser.kind() in COMPARING:
            message = "a system of equations is no value by cases: write its equations under each other"
            raise refuse("not-yet", message, parser.source, parser.span())
        _punctuation(parser)
        test = _behind(parser)
        if test is not None:
            parts.append(test)
        _punctuation(parser)
        if test is None or not parser.took("row") or parser.kind() == "finish":
            break
    parser.took("row")
    _, closed, _first, last = parser.tokens[parser.at]
    if parser.kind() != "finish" or closed != kind:
        raise parser.expected(f"`&` and a condition, or the end of `{kind}`")
    parser.at += 1
    parser.bars = bars
    if len(parts) == 1:
        raise refuse("expected", "cases have a condition behind `&`", parser.source, Span(start, last))
    return Tree("cases", tuple(parts), None, parser.since(start))


def _punctuation(parser: LatexParser) -> None:
    while parser.kind() in (",", ";", "quad", "."):
        parser.at += 1


def _behind(parser: LatexParser) -> Tree | None:
    """The condition of a row; None for the last, which says `otherwise` or nothing."""
    marked = parser.took("&")
    while parser.kind() in ("quad", ","):
        parser.at += 1
    word = _word(parser)
    if word in LAST:
        parser.at += 1
        return None
    if word in LEADING:
        parser.at += 1
        marked = True
    return condition(parser) if marked else None


def _word(parser: LatexParser) -> str:
    """The word that stands here, `if` also where its letters are not upright; ""."""
    kind, value = parser.tokens[parser.at][:2]
    return value.strip(" ,:.").lower() if kind in ("word", "text", "where", "function") else ""


def condition(parser: LatexParser) -> Tree:
    """Relations joined by `and`, `,` or `\\land`."""
    found = [_compared(parser)]
    while (
        _word(parser) in JOINING
        or parser.kind() == "and"
        or (parser.kind() == "," and parser.kind(1) not in ("row", "finish"))
    ):
        parser.at += 1
        found.append(_compared(parser))
    if len(found) == 1:
        return found[0]
    return Tree("both", tuple(found), None, Span(found[0].span.start, found[-1].span.end))


def _compared(parser: LatexParser) -> Tree:
    sides = [parser.expression()]
    operators: list[str] = []
    while (kind := parser.kind()) in COMPARING and kind not in ("in", "sim"):
        parser.at += 1
        operators.append("==" if kind == "=" else kind)
        sides.append(parser.expression())
    if not operators:
        raise parser.expected("a comparison such as `x > 0`")
    return Tree("relation", tuple(sides), tuple(operators), Span(sides[0].span.start, sides[-1].span.end))


def bracketed(parser: LatexParser, closers: tuple[str, ...] = ("]", ")", "set>")) -> Tree:
    """`[0 \\le i \\le n]`, Iverson's bracket: 1 where it holds, else 0; standing at the bracket."""
    _, opener, start, _ = parser.tokens[parser.at]
    parser.at += 1
    bars, parser.bars = parser.bars, []
    test = condition(parser)
    if parser.kind() not in closers:
        raise parser.expected(f"the bracket that closes `{opener}`")
    parser.at += 1
    parser.bars = bars
    one, zero = (Tree("number", (), n, test.span) for n in (1, 0))
    return Tree("cases", (one, test, zero), None, parser.since(start))


def indicated(parser: LatexParser, below: tuple[int, int], span: Span) -> Tree:
    """`\\mathbf{1}_{x > 0}`, `\\mathbb{1}_{\\{x > 0\\}}`: 1 where the condition below holds, else 0."""
    at, end = parser.at, below[1]
    braced = parser.tokens[below[0]][0] in ("set", "bracket")
    kept, place = parser.tokens[end], parser.tokens[end - 1][3]
    bars, parser.bars = parser.bars, []
    parser.tokens[end] = ("end", "", place, place)
    parser.at = below[0] + braced
    try:
        test = condition(parser)
        if braced and parser.kind() in ("set>", "]"):
            parser.at += 1
        if parser.at != end:
            raise parser.expected("a comparison and the end of the script")
    finally:
        parser.tokens[end] = kept
    parser.at, parser.bars = at, bars
    return one_where(test, span)


def one_where(test: Tree, span: Span) -> Tree:
    """1 where a condition holds, else 0; of an equation `eq(a, b)`."""
    if test.head == "relation" and test.data == ("==",):
        return Tree("call", test.args, "eq", span)
    one, zero = (Tree("number", (), n, span) for n in (1, 0))
    return Tree("cases", (one, test, zero), None, span)
