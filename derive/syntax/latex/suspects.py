r"""Notation that reads as a product or power and is often meant otherwise: `D_x f`, `x[n]`, `x^t A x`, `\frac{\delta f}{\delta x}`.

One idea: each sign is asked, where it stands, whether the letters around it show the other meaning; then both are said and neither is read.
What is declared is as its declaration says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.marks import lowered
from derive.source import Span
from derive.syntax.latex.commands import COMPARING, FUNCTION_LETTERS, INDEX_LETTERS
from derive.syntax.latex.evidence import script_end
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser
    from derive.syntax.latex.scripts import Range, Scripts
    from derive.syntax.lexer import Token

_DIFFERENTIATED = frozenset("f g h J L F phi psi".split())
_COUNTERS = frozenset("ijklmnt")
_BOLD = (r"\mathbf", r"\bm", r"\boldsymbol", r"\vec", r"{\bf", r"\bf", r"\vb", r"\pmb")


def refuse_suspect(parser: LatexParser, base: str, scripts: Scripts, start: int) -> None:
    """Refuse a name whose scripts, or the bracket or letter behind it, show another meaning than a product or power."""
    place = Span(start, parser.tokens[parser.at][3])
    if parser.kind() == "bracket" and parser.touches() and scripts.above is None:
        _refuse_subscript(parser, base, place)
    if base == "D" and "D" not in parser.known and scripts.above is None and not scripts.primes:
        _refuse_operator(parser, scripts.below, place)
    if scripts.above is not None and scripts.below is None and len(base) == 1:
        _refuse_small_t(parser, base, scripts.above, place)
        _refuse_iterates(parser, base, scripts.above, start)
    if scripts.above is not None and base != "J":
        _refuse_raised_indices(parser, base, scripts, start)
    if scripts.below is not None and base in _DIFFERENTIATED and base not in parser.known and parser.kind() != "(":
        _refuse_partial(parser, base, scripts.below, start)
    if scripts.below is not None:
        _refuse_signed_part(parser, base, scripts.below, start)


def _refuse_subscript(parser: LatexParser, base: str, place: Span) -> None:
    """`x[n - 1]`, `A[i, j]`: an entry as programs and signals write it, or a product with a bracket."""
    from derive.syntax.latex.brackets import closing

    inside = parser.tokens[parser.at + 1 : closing(parser, parser.at)]
    lone = len(inside) == 1 and inside[0][0] == "name"
    if not inside or (not lone and any(t[0] == "name" and t[1] not in _COUNTERS for t in inside)):
        return
    if all(t[0] in ("name", "number", "+", "-", ",", ":") for t in inside):
        helps = (f"an entry: `{base}_{{…}}`", f"a function: `{base}(…)`", f"a product: `{base} \\cdot (…)`")
        message = f"`{base}[…]` can be an entry, a function or a product with a bracket"
        raise refuse("ambiguous", message, parser.source, place, "", *helps)


def _refuse_operator(parser: LatexParser, below: Range | None, place: Span) -> None:
    """`D f(x)`, `D_x f`: the derivative, or a matrix D times f."""
    token = parser.tokens[parser.at]
    function = token[0] == "name" and token[1] in FUNCTION_LETTERS and token[1] not in parser.known
    if not function or (below is None and parser.kind(1) != "("):
        return
    by = "" if below is None else parser.tokens[below[0]][1]
    helps = (
        f"the derivative: `\\frac{{\\partial {token[1]}}}{{\\partial {by or 'x'}}}`",
        f"the product: declare `D`, or `D{'_' + by if by else ''} \\cdot {token[1]}`",
    )
    raise refuse("ambiguous", "this can be a derivative or a product with `D`", parser.source, place, "", *helps)


def _refuse_partial(parser: LatexParser, base: str, below: Range, start: int) -> None:
    """`f_x`, `f_{xy}` beside f and x: a partial derivative, or a name with a subscript."""
    tokens = parser.tokens
    inside = tokens[slice(*below)]
    if any(t[0] != "name" or t[1] in _COUNTERS or t[1] in parser.bound for t in inside):
        return
    place = Span(start, inside[-1][3])
    if lowered(base, "".join(t[1] for t in inside)) in parser.known:
        return
    if _stands(tokens, base) and all(_stands(tokens, t[1]) for t in inside):
        by = inside[0][1]
        helps = (f"the derivative: `\\frac{{\\partial {base}}}{{\\partial {by}}}`", "a name of its own: declare it")
        message = "this can be a partial derivative or a name with a subscript"
        raise refuse("ambiguous", message, parser.source, place, "", *helps)


def _stands(tokens: list[Token], letter: str) -> bool:
    """Whether a letter occurs outside scripts, without a subscript."""
    return any(
        t[:2] == ("name", letter) and tokens[i + 1][0] != "_" and (i == 0 or tokens[i - 1][0] not in ("_", "{", "name"))
        for i, t in enumerate(tokens[:-1])
    )


def _refuse_small_t(parser: LatexParser, base: str, above: Range, place: Span) -> None:
    """`x^t A x`: the transpose in some books; where t stands elsewhere or is declared it is a power."""
    tokens = parser.tokens
    token = tokens[above[0]]
    if above[1] > above[0] + 1 or token[:2] != ("name", "t") or "t" in parser.known or not parser.begins_factor():
        return
    if any(t[:2] == ("name", "t") and not _raised(tokens, i) for i, t in enumerate(tokens)):
        return
    helps = (f"the transpose: `{base}^\\top`", "a power: declare `t`")
    message = f"`{base}^t` before a factor can be a transpose or a power"
    raise refuse("ambiguous", message, parser.source, place, "", *helps)


def _raised(tokens: list[Token], at: int) -> bool:
    return tokens[at - 1][0] == "^" or (tokens[at - 1][0] == "{" and tokens[at - 2][0] == "^")


def _refuse_iterates(parser: LatexParser, base: str, above: Range, start: int) -> None:
    """`x^{k+1} = x^k - …`: the next iterate, or a power of a number."""
    tokens = parser.tokens
    inside = tokens[slice(*above)]
    kinds = [t[0] for t in inside]
    counter = inside[0][1]
    if start != tokens[0][2] or kinds != ["name", "+", "number"] or not base.islower() or counter in parser.known:
        return
    if counter not in _COUNTERS or parser.kind() not in ("=", "=="):
        return
    again = (("name", base), ("^", "^"), ("name", counter))
    ahead = [t[:2] for t in tokens[parser.at :] if t[0] != "{"]
    if any(tuple(ahead[i : i + 3]) == again for i in range(len(ahead) - 2)):
        helps = (f"an iterate: `{base}_{{{counter}+1}}`, `{base}^{{({counter}+1)}}`", f"a power: declare `{counter}`")
        message = f"`{base}^{{{counter}+1}}` can be the next of a sequence or a power"
        raise refuse("ambiguous", message, parser.source, Span(start, inside[-1][3]), "", *helps)


def _refuse_raised_indices(parser: LatexParser, base: str, scripts: Scripts, start: int) -> None:
    """`T^{ij}`, `x^i y_i`: indices above, as in tensor calculus, or powers; and `x'^\\top`, where x' would be a name."""
    assert scripts.above is not None
    tokens = parser.tokens
    inside = tokens[slice(*scripts.above)]
    place = Span(start, scripts.end)
    if scripts.primes and (inside[0][0] == "⊤" or inside[0][1] == "T") and len(inside) == 1:
        helps = (f"another variable: a name such as `\\tilde {base}`", f"transposed twice it is `{base}` itself")
        raise refuse("ambiguous", "a prime and a transpose have two readings", parser.source, place, "", *helps)
    if any(t[0] != "name" or t[1] not in INDEX_LETTERS or t[1] in parser.known | set(parser.bound) for t in inside):
        return
    if len(inside) > 1 or inside[0][1] in _subscripts(tokens):
        helps = (f"an entry: `{base}_{{…}}`", "a power: declare the letters in it, or write `\\cdot` between them")
        raise refuse("ambiguous", "indices above can be those of an entry or a power", parser.source, place, "", *helps)


def _subscripts(tokens: list[Token]) -> set[str]:
    return {t[1] for i, t in enumerate(tokens) if t[0] == "name" and i and tokens[i - 1][0] == "_"}


def _refuse_signed_part(parser: LatexParser, base: str, below: Range, start: int) -> None:
    """`x_+` beside x: the positive part, or a name, as that of the next iterate, which the text defines."""
    tokens = parser.tokens
    if below[1] > below[0] + 1 or tokens[below[0]][0] not in ("+", "-"):
        return
    sign = tokens[below[0]][1]
    written = [t[:2] for t in tokens if t[0] not in ("{", "}")]
    defined = any(
        written[i : i + 3] == [("name", base), ("_", "_"), (sign, sign)] and written[i + 3][0] in ("=", "==")
        for i in range(len(written) - 3)
    )
    if defined or lowered(base, "plus" if sign == "+" else "minus") in parser.known:
        return
    beside = any(t[:2] == ("name", base) and tokens[i + 1][0] not in ("_", "^") for i, t in enumerate(tokens))
    if base in parser.known or beside:
        part = "max" if sign == "+" else "min"
        helps = (f"the part with this sign: `\\{part}(0, {base})`", f"a name of its own: declare it, or `{base}'`")
        place = Span(start, tokens[below[0]][3])
        raise refuse("ambiguous", f"`{base}_{sign}` has two readings beside `{base}`", parser.source, place, "", *helps)


# Fractions, sums, differentials.


def refuse_variation(parser: LatexParser) -> None:
    """`\\frac{\\delta f}{\\delta x}`: the derivative of a functional, or a quotient of products; standing at the fraction."""
    tokens = parser.tokens
    middle = script_end(tokens, parser.at)
    above, below = _two(tokens, parser.at + 1), _two(tokens, middle)
    if above[0] == below[0] == ("name", "delta") and above[1][0] == below[1][0] == "name":
        if "delta" not in parser.known:
            helps = ("the derivative: `\\frac{\\partial f}{\\partial x}`", "a quotient: declare `delta`, or cancel it")
            message = "this can be a derivative of a functional or a quotient"
            place = Span(tokens[parser.at][2], tokens[script_end(tokens, middle - 1) - 1][3])
            raise refuse("ambiguous", message, parser.source, place, "", *helps)


def _two(tokens: list[Token], at: int) -> list[tuple[str, str]]:
    """Kind and value of the first two tokens of an argument in braces."""
    found = [t[:2] for t in tokens[at + 1 : at + 3]] if tokens[at][0] == "{" else []
    return found if len(found) == 2 else [("", ""), ("", "")]


def refuse_condition_below(parser: LatexParser, start: int, end: int) -> None:
    """`\\sum_{i < j}`, `\\sum_{i \\in S}`: sums over what satisfies a condition are not read."""
    tokens = parser.tokens
    for i in range(start, end):
        if tokens[i][0] in COMPARING - {"=", "=="}:
            place = Span(tokens[start][2], tokens[end - 1][3])
            helps = (
                "a sum over all: `\\sum_{i=1}^{n}`",
                "less what is left out: `\\sum_{i,j} a_{ij} - \\sum_i a_{ii}`",
            )
            message = "a condition below a sum is not read"
            raise refuse("not-yet", message, parser.source, place, "", *helps)


def differentials(parser: LatexParser) -> bool:
    """Whether the text writes differentials with ∂, as `\\partial(A X) = A\\,\\partial X`: a bare ∂ twice, once before a matrix, and no set."""
    tokens = parser.tokens
    if any(t[0] in ("in", "/") for t in tokens):
        return False
    bare = [
        tokens[i + 1]
        for i, token in enumerate(tokens[:-1])
        if token[0] == "∂" and tokens[i + 1][0] != "_" and (not i or tokens[i - 1][0] not in ("{", "frac"))
    ]
    matrices = [t for t in bare if t[0] == "name" and t[1][0].isupper() and t[1] not in FUNCTION_LETTERS]
    return len(bare) > 1 and bool(matrices)


# Products of vectors.


def are_vectors(parser: LatexParser, left: Tree, right: Tree) -> bool:
    """Whether both factors are small letters in a font for vectors: `\\mathbf{a} \\cdot \\vec{b}`."""
    for side in (left, right):
        name = side.args[0] if side.head == "index" and len(side.args) == 2 else side
        if name.head != "name" or not str(name.data)[0].islower():
            return False
        if not parser.source.text.startswith(_BOLD, side.span.start):
            return False
    return True


def product_of_vectors(parser: LatexParser, left: Tree, right: Tree) -> Tree:
    """`\\mathbf{a} \\cdot \\mathbf{b}` → inner(a, b); `\\times` between them has two readings."""
    sign = parser.source.text[left.span.end : right.span.start].strip(" }{")
    span = Span(left.span.start, right.span.end)
    if sign in (r"\cdot", "·"):
        return Tree("call", (left, right), "inner", span)
    if sign in (r"\times", "×"):
        helps = ("the cross product: `\\operatorname{cross}(a, b)`", "a product of numbers: `a b`")
        raise refuse("ambiguous", "`\\times` between vectors has two readings", parser.source, span, "", *helps)
    return Tree("mul", (left, right), None, span)
