r"""What a subscript of a name is: part of the name, or entries.

One idea: `x_i` is an entry where i is bound by a sum around it, where x carries a bound index elsewhere in the text, where both are
declared and `x_i` is not, or where i is one of the letters i, j, k, l; a declared name `x_i` is a name; `W_{hh}`, `h_t`, `x_1` are names.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from derive.marks import WORDS, lowered, raised, shifted
from derive.source import Span
from derive.syntax.latex.commands import INDEX_LETTERS
from derive.syntax.lexer import LONGEST_NAME, refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser
    from derive.syntax.lexer import Token

Range = tuple[int, int]


def lower(parser: LatexParser, base: str, inside: Range, span: Span) -> tuple[str, tuple[Tree, ...]]:
    """The name that a base with a subscript is, or the base and the subscripts of an entry."""
    tokens = parser.tokens[inside[0] : inside[1]]
    mark = _mark(tokens)
    full = lowered(base, mark) if mark is not None else None
    names = [t[1] for t in tokens if t[0] == "name"]
    bound = any(n in parser.bound for n in names)
    if full is not None and full in parser.known:
        if bound:
            _refuse_both(parser, base, full, span)
        return full, ()
    if bound or _is_entry(parser, base, tokens, names):
        _refuse_expired(parser, names, span)
        return base, listed(parser, inside)
    _refuse_expired(parser, names, span)
    if mark is not None and base + mark in parser.known:
        return base + mark, ()  # `x_a`, where `xa` is declared
    if full is None or len(full) > LONGEST_NAME:
        first, last = tokens[0], tokens[-1]
        message = "this subscript is neither part of a name nor an index that is bound here"
        helps = ("an entry: `[x]_{…}`", "an index is bound by a sum, or declared: `i: index(n)`")
        raise refuse("unknown-script", message, parser.source, Span(first[2], last[3]), "", *helps)
    return full, ()


def _is_entry(parser: LatexParser, base: str, tokens: list[Token], names: list[str]) -> bool:
    """Whether an unbound subscript makes an entry."""
    kinds = {t[0] for t in tokens}
    if _dotted(base, tokens):
        return True
    if base == "d" and "d" not in parser.known and _only_here(parser, tokens):
        return False  # the dimension `d_k` of keys
    if (
        base == "delta"
        and len(names) == len(tokens) == 2
        and all(n in parser.known or n in INDEX_LETTERS for n in names)
    ):
        return True
    if base in parser.evidence.families and (names or base in parser.known):
        return not kinds & {"word", "text"}
    if base in parser.known:
        if names and all(n in parser.known or n in INDEX_LETTERS for n in names):
            return True
        if kinds <= {"number", ",", ":"}:
            _refuse_digits(parser, base, tokens)
            return True
    return ":" in kinds or (
        bool(names) and all(n in INDEX_LETTERS for n in names) and kinds <= {"name", ",", "number", "+", "-"}
    )


def _dotted(base: str, tokens: list[Token]) -> bool:
    """`A_{i\\cdot}`, `A_{*j}`: a row or a column of a matrix."""
    kinds = [t[0] for t in tokens if t[0] != ","]
    return base[0].isupper() and len(kinds) == 2 and kinds.count("*") == 1 and {"name", "number"} & set(kinds) != set()


def _only_here(parser: LatexParser, tokens: list[Token]) -> bool:
    """Whether a subscript of one letter stands below no other letter of the text."""
    if len(tokens) != 1:
        return False
    letter = tokens[0][1]
    everywhere = parser.tokens
    if any(t[:2] == ("name", "d") and everywhere[i + 1][0] != "_" for i, t in enumerate(everywhere)):
        return False
    if any(
        t[:2] == ("name", "d") and letter not in [u[1] for u in everywhere[i + 2 : i + 4]]
        for i, t in enumerate(everywhere)
    ):
        return False
    return all(
        parser.tokens[i - 1][1] in ("_", "{") and "d" in (parser.tokens[i - 2][1], parser.tokens[max(0, i - 3)][1])
        for i, token in enumerate(parser.tokens)
        if token[:2] == ("name", letter)
    )


def _refuse_digits(parser: LatexParser, base: str, tokens: list[Token]) -> None:
    if len(tokens) == 1 and len(tokens[0][1]) == 2:
        digits = tokens[0][1]
        place = Span(tokens[0][2], tokens[0][3])
        helps = (
            f"the entry in row {digits[0]} and column {digits[1]}: `{base}_{{{digits[0]},{digits[1]}}}`",
            f"the entry {digits}: `[{base}]_{{{digits}}}`",
        )
        raise refuse("ambiguous", f"`{base}_{{{digits}}}` has two readings", parser.source, place, "", *helps)


def _refuse_both(parser: LatexParser, base: str, full: str, span: Span) -> None:
    message = f"`{full}` is declared, and its subscript is bound by a sum"
    helps = (f"the entry: `[{base}]_{{…}}`", f"the name: `\\mathrm{{{full.replace('_', chr(92) + '_')}}}`")
    raise refuse("ambiguous", message, parser.source, span, "", *helps)


def _refuse_expired(parser: LatexParser, names: list[str], span: Span) -> None:
    for name in names:
        if name in parser.expired and name not in parser.bound:
            message = f"the sum over `{name}` has ended before this, at the `+` or `-`"
            helps = ("inside the sum: write brackets, `\\sum_i (a_i + b_i)`", "outside it: use another letter")
            raise refuse("ambiguous", message, parser.source, span, "", *helps)


def _mark(tokens: list[Token]) -> str | None:
    """A subscript as part of a name: `1`, `hh`, `max`, `t-1`, `1,2`, `+`; None when it cannot be."""
    words: list[str] = []
    kinds = [t[0] for t in tokens]
    if kinds == ["name", "-", "number"] or kinds == ["name", "+", "number"]:
        if len(tokens[0][1]) == 1:
            return shifted(tokens[0][1], kinds[1], tokens[2][1])
        return None
    if len(tokens) == 1 and kinds[0] in WORDS:
        return WORDS[kinds[0]]
    joined = ""
    for kind, value, _, _ in tokens:
        if kind == ",":
            words.append(joined)
            joined = ""
        elif kind in ("name", "word", "script", "function", "number") and value.replace("_", "").isalnum():
            joined += value
        else:
            return None
    words.append(joined)
    return "_".join(words) if all(words) else None


def listed(parser: LatexParser, inside: Range) -> tuple[Tree, ...]:
    """The subscripts of an entry: `i`, `ij`, `i,j`, `i+1`, `i,:`, `1:k`."""
    tokens = parser.tokens[inside[0] : inside[1]]
    if all(t[0] == "name" for t in tokens):
        return tuple(Tree("name", (), t[1], Span(t[2], t[3])) for t in tokens)
    if _dotted("A", tokens):
        return tuple([_atom(t) for t in tokens if t[0] != ","])
    if any(t[0] == ":" for t in tokens) and not any(t[0] == "," for t in tokens) and len(tokens) == 2:
        helps = ("a row: `A_{i,:}`", "a column: `A_{:,j}`", "the first entries: `x_{1:k}`")
        place = Span(tokens[0][2], tokens[-1][3])
        raise refuse("unknown-script", "a `:` here has no comma beside it", parser.source, place, "", *helps)
    found: list[Tree] = []
    start = inside[0]
    depth = 0
    for i in range(inside[0], inside[1] + 1):
        kind = parser.tokens[i][0] if i < inside[1] else ","
        depth += (kind in ("(", "{", "bracket")) - (kind in (")", "}", "]"))
        if kind == "," and (depth == 0 or i == inside[1]):
            found.append(_one(parser, (start, i)))
            start = i + 1
    return tuple(found)


def _atom(token: Token) -> Tree:
    kind, value, start, end = token
    if kind == "*":
        return Tree("colon", (), None, Span(start, end))
    return Tree(kind, (), int(value) if kind == "number" else value, Span(start, end))


def _one(parser: LatexParser, inside: Range) -> Tree:
    """One subscript: an expression, `:`, or a range."""
    from derive.syntax.latex.scripts import within

    tokens = parser.tokens
    if inside[0] >= inside[1]:
        parser.at = inside[0]
        raise parser.expected("a subscript")
    _refuse_run(parser, inside)
    if inside[1] == inside[0] + 1 and tokens[inside[0]][0] == ":":
        return Tree("colon", (), None, Span(tokens[inside[0]][2], tokens[inside[0]][3]))
    depth = 0
    for i in range(*inside):
        kind = tokens[i][0]
        depth += (kind in ("(", "{", "bracket")) - (kind in (")", "}", "]"))
        if kind == ":" and depth == 0:
            low, high = within(parser, (inside[0], i)), within(parser, (i + 1, inside[1]))
            return Tree("range", (low, high), None, Span(low.span.start, high.span.end))
    return within(parser, inside)


def _refuse_run(parser: LatexParser, inside: Range) -> None:
    """`_{ij+1}`: two indices without a comma beside a sign can be i, j+1 or the product ij plus 1."""
    tokens = parser.tokens[inside[0] : inside[1]]
    kinds = [t[0] for t in tokens]
    if not {"+", "-"} & set(kinds[1:]) or not set(kinds) <= {"name", "number", "+", "-"}:
        return
    for i, (a, b) in enumerate(pairwise(kinds)):
        if a == b == "name":
            first, second = tokens[i][1], tokens[i + 1][1]
            place = Span(tokens[0][2], tokens[-1][3])
            helps = (f"two subscripts: a comma, `{first},{second}`", f"a product: `{first} \\cdot {second}`")
            message = "two letters side by side in this subscript can be two subscripts or a product"
            raise refuse("ambiguous", message, parser.source, place, "", *helps)


def layer(parser: LatexParser, name: str, inside: Range) -> tuple[str, tuple[Tree, ...]]:
    """`(1)` above a name is part of it; `(i)` is a sample index where i is bound, indexed elsewhere, or i or j."""
    tokens = parser.tokens[inside[0] : inside[1]]
    mark = _mark(tokens)
    names = [t[1] for t in tokens if t[0] == "name"]
    if mark is not None and raised(name, mark) in parser.known:
        return raised(name, mark), ()
    place = Span(tokens[0][2], tokens[-1][3])
    _refuse_expired(parser, names, place)
    family = bool(names) and name in parser.evidence.families
    if any(n in parser.bound for n in names) or family or (names and all(n in "ij" for n in names)):
        return name, listed(parser, inside)
    if mark is None or "_" in mark:
        message = "what stands in brackets above a name is a number, a letter, or a letter and a number"
        raise refuse("unknown-script", message, parser.source, place)
    return raised(name, mark), ()
