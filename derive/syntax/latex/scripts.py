r"""Subscripts and superscripts: parts of a name, entries, transposes, inverses, powers.

One idea: the scripts of an operand are found first as ranges of tokens, and only then read, because `x_i`, `W^{(1)}`, `w^*` and `X^T`
have the same form and different meanings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.marks import STAR, raised
from derive.source import Span
from derive.syntax.latex import subscripts
from derive.syntax.latex.evidence import script_end
from derive.syntax.latex.resembling import shape
from derive.syntax.lexer import refuse
from derive.syntax.numbers import admit_power
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser

Range = tuple[int, int]  # of tokens


class Scripts(NamedTuple):
    """The scripts behind an operand, as ranges of tokens without braces."""

    below: Range | None = None
    above: Range | None = None
    primes: int = 0
    end: int = 0  # character behind them
    raised_first: bool = False  # `A^2_i` rather than `A_i^2`


def collect(parser: LatexParser) -> Scripts:
    """Step over the scripts that stand here."""
    below: Range | None = None
    above: Range | None = None
    primes = 0
    tokens = parser.tokens
    raised_first = tokens[parser.at][0] == "^"
    while (kind := tokens[parser.at][0]) in ("_", "^", "'"):
        at = parser.at
        if kind == "'":
            primes += 1
            parser.at += 1
            continue
        after = script_end(tokens, at)
        inside = (at + 2, after - 1) if tokens[at + 1][0] == "{" else (at + 1, after)
        if inside[0] >= inside[1] or tokens[inside[0]][0] == "end" or tokens[after - 1][0] == "end":
            parser.at = min(at + 1, len(tokens) - 1)
            raise parser.expected("a subscript" if kind == "_" else "a superscript")
        parser.at = after
        if kind == "^" and all(t[0] == "'" for t in tokens[inside[0] : inside[1]]):
            primes += inside[1] - inside[0]
        elif kind == "_" and below is None:
            below = inside
        elif kind == "^" and above is None:
            above = inside
        else:
            place = Span(tokens[at][2], tokens[after - 1][3])
            raise refuse("double-script", f"a second `{kind}` at the same place: braces decide", parser.source, place)
    return Scripts(below, above, primes, tokens[parser.at - 1][3], raised_first)


def attach(parser: LatexParser, tree: Tree) -> Tree:
    """An operand that is no name, with its scripts: entries, transposes, powers."""
    if parser.kind() not in ("_", "^", "'"):
        return tree
    return applied(parser, tree, collect(parser))


def applied(parser: LatexParser, tree: Tree, scripts: Scripts) -> Tree:
    """Scripts on a tree: first below, then above, then primes."""
    start = tree.span.start
    if scripts.below is not None and scripts.below[1] == scripts.below[0] + 1 and _part(parser, scripts.below):
        tree = Tree("call", (tree,), "relu", Span(start, scripts.end))
    elif scripts.below is not None:
        tree = Tree("index", (tree, *subscripts.listed(parser, scripts.below)), None, Span(start, scripts.end))
    if scripts.above is not None:
        tree = above(parser, tree, scripts.above, Span(start, scripts.end))
    for _ in range(scripts.primes):
        tree = Tree("transpose", (tree,), None, Span(start, scripts.end))
    return tree


def _part(parser: LatexParser, below: Range) -> bool:
    """Whether `(a)_+` stands here, the positive part; `(a)_-` is |a| with either sign in different books."""
    kind, _, start, end = parser.tokens[below[0]]
    if kind == "-":
        helps = ("max(-a, 0): `\\max(-a, 0)`", "min(a, 0): `\\min(a, 0)`")
        raise refuse("ambiguous", "the negative part has two readings", parser.source, Span(start, end), "", *helps)
    return kind == "+"


def above(parser: LatexParser, tree: Tree, inside: Range, span: Span) -> Tree:
    """`^T`, `^{-1}`, `^{-T}`, `^2`, `^{\\circ 2}`, `^H`, `^+`."""
    mark = mark_of(parser, inside)
    if mark == "T":
        return Tree("transpose", (tree,), None, span)
    if mark == "-T":
        inner = Span(span.start, parser.tokens[inside[0]][3])
        minus = Tree("neg", (Tree("number", (), 1, inner),), None, inner)
        return Tree("transpose", (Tree("pow", (tree, minus), None, inner),), None, span)
    if mark == "H":
        return Tree("call", (tree,), "ct", span)
    if mark == "+":
        return _pseudo_inverse(parser, tree, inside, span)
    if mark:
        _refuse_mark(parser, mark, inside)
    entrywise = parser.tokens[inside[0]][0] == ".*"
    exponent = within(parser, (inside[0] + entrywise, inside[1]))
    admit_power(tree, exponent, parser.source, span)
    if tree.head == "name" and tree.data == "e" and "e" not in parser.known and not entrywise:
        if parser.evidence.stands_without_power("e"):
            helps = ("Euler's number: `\\exp(…)`", "the variable: declare `e`")
            raise refuse("ambiguous", "`e` stands here as a variable too", parser.source, span, "", *helps)
        return _exponential(parser, exponent, span)
    return Tree("hpow" if entrywise else "pow", (tree, exponent), None, span)


def _exponential(parser: LatexParser, exponent: Tree, span: Span) -> Tree:
    """`e^x`; of a matrix it is the matrix exponential."""
    kind = shape(exponent)
    if kind == "unclear":
        helps = ("entry by entry: `\\exp(…)`", "the matrix exponential: `\\operatorname{expm}(…)`")
        raise refuse("ambiguous", "this exponent can be a matrix or a vector", parser.source, span, "", *helps)
    return Tree("call", (exponent,), "expm" if kind == "matrix" else "exp", span)


def mark_of(parser: LatexParser, inside: Range) -> str:
    """What a superscript is when it is no exponent: T, -T, H, +, *, †, ∞ …; "" for an exponent."""
    tokens = parser.tokens[inside[0] : inside[1]]
    kinds = [t[0] for t in tokens]
    sign = ""
    if kinds[0] == "-" and len(kinds) == 2:
        sign, tokens, kinds = "-", tokens[1:], kinds[1:]
    if len(kinds) > 1:
        return ""
    kind, value, start, end = tokens[0]
    if kind == "⊤":
        return sign + "T"
    if kind == "name" and value in ("T", "H") and parser.source.text[start:end] == value:
        if value in parser.known:
            message = f"`{value}` is declared, so `^{value}` has two readings"
            helps = ("the transpose: `^\\top`", "the power: `^{{T}}`")
            raise refuse("ambiguous", message, parser.source, Span(start, end), "", *(helps if value == "T" else ()))
        return sign + value
    if kind == "ᴴ":
        return sign + "H"
    if kind in ("*", "⋆"):
        return sign + "*"
    return sign + kind if kind in ("+", "†", "∞", "-") else ""


def _refuse_mark(parser: LatexParser, mark: str, inside: Range) -> None:
    first, last = parser.tokens[inside[0]], parser.tokens[inside[1] - 1]
    known = {
        "†": ("the adjoint: `^{\\mathsf{H}}`", "the pseudo-inverse: `\\operatorname{pinv}(A)`"),
        "*": ("a name takes the star: `w^*`", "the conjugate transpose: `^{\\mathsf{H}}`"),
    }.get(mark, ())
    message = f"the superscript `{parser.source.text[first[2] : last[3]]}` is not understood here"
    raise refuse("unknown-script", message, parser.source, Span(first[2], last[3]), "", *known)


def _pseudo_inverse(parser: LatexParser, tree: Tree, inside: Range, span: Span) -> Tree:
    if shape(tree) == "matrix":
        return Tree("call", (tree,), "pinv", span)
    token = parser.tokens[inside[0]]
    helps = ("the pseudo-inverse: `\\operatorname{pinv}(x)`", "the positive part: `\\operatorname{relu}(x)`")
    raise refuse("ambiguous", "`^+` has two readings here", parser.source, Span(token[2], token[3]), "", *helps)


def within(parser: LatexParser, inside: Range) -> Tree:
    """The expression in a range of tokens, all of it."""
    tokens, at, end = parser.tokens, parser.at, inside[1]
    bars, parser.bars = parser.bars, []
    expired, parser.expired = parser.expired, set()
    parser.deeper(2)
    kept = tokens[end]
    place = tokens[end - 1][3]
    tokens[end] = ("end", "", place, place)
    parser.at = inside[0]
    try:
        tree = parser.expression()
        if parser.at != end:
            raise parser.expected("an operator or the end of the script")
    finally:
        tokens[end] = kept
    parser.at, parser.bars, parser.expired = at, bars, expired
    parser.depth -= 2
    return tree


def marked(parser: LatexParser, name: str, inside: Range) -> tuple[str, tuple[Tree, ...], str] | None:
    """Marks above a name: `W^{(1)}`, `x^{(i)}`, `w^*`, `W^{(2)\\top}`: the name, sample indices, "T" if it is transposed too.

    None when the superscript is something else.
    """
    tokens = parser.tokens
    at, end = inside
    sample: tuple[Tree, ...] = ()
    first = tokens[at][0]
    if first in ("*", "⋆"):
        name += STAR
        at += 1
    elif first in ("(", "bracket"):
        closer = _closed(parser, at, end)
        if closer is None or closer == at + 1:
            return None
        name, sample = subscripts.layer(parser, name, (at + 1, closer))
        at = closer + 1
    elif first == "word" and len(tokens[at][1]) > 1 and tokens[at][1] not in parser.known and name != "e":
        name = raised(name, tokens[at][1])  # `w^{\\text{new}}`
        at += 1
    else:
        return None
    if at == end:
        return name, sample, ""
    mark = mark_of(parser, (at, end))
    return (name, sample, mark) if mark in ("T", "-T") else None


def _closed(parser: LatexParser, at: int, end: int) -> int | None:
    """Where the bracket that opens at a token is closed, when only marks follow it."""
    depth = 0
    for i in range(at, end):
        kind = parser.tokens[i][0]
        depth += (kind in ("(", "bracket")) - (kind in (")", "]"))
        if depth == 0:
            return i if i >= end - 3 else None
    return None
