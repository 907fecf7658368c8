r"""Bars and angles: |x| against |Σ|, norms and their marks, rounding, inner products.

One idea: what stands between the bars and the mark behind them say what they are; bars around a matrix are its determinant, and what could be
two things is refused with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.latex.brackets import OPENING, SHUTTING
from derive.syntax.latex.resembling import shape
from derive.syntax.latex.scripts import Range, applied, attach, collect, within
from derive.syntax.lexer import refuse
from derive.syntax.notation import NORMS
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser
    from derive.syntax.lexer import Token

OPERATOR_NORMS = {"norm2": "opnorm2", "norm1": "opnorm1", "norminf": "opnorminf"}
OF_MATRICES = {name: f"{name}_or_{other}" for name, other in OPERATOR_NORMS.items()}


def _between(parser: LatexParser) -> Tree:
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append(opener[0])
    body = parser.expression()
    parser.close(opener)
    return body


def _refuse_condition(parser: LatexParser) -> None:
    """A bar that no bar closes before the bracket around it does: `P(y | x)`."""
    opener = parser.tokens[parser.at]
    depth = 0
    for kind, _, _, _ in parser.tokens[parser.at + 1 :]:
        depth += (kind in OPENING) - (kind in SHUTTING)
        if depth < 0:
            message = "a bar with nothing to close it, as in `P(y | x)`: conditions of distributions are not read"
            raise refuse("not-yet", message, parser.source, Span(opener[2], opener[3]))
        if kind in ("|", "|>"):
            return


def bars(parser: LatexParser) -> Tree:
    """`|x|` → abs; around a matrix the determinant; what could be either is refused."""
    opener = parser.tokens[parser.at]
    _refuse_condition(parser)
    body = _between(parser)
    kind = shape(body)
    if parser.kind() == "_":
        return _marked_bars(parser, body, kind, opener)
    if parser.tokens[parser.at - 2][0] == "script" and parser.tokens[parser.at - 3] == opener:
        helps = ("the number of elements of a set: a letter of its own, such as `n`", "the determinant: `\\det(…)`")
        message = "these bars can be a determinant or the size of a set"
        raise refuse("ambiguous", message, parser.source, parser.since(opener[2]), "", *helps)
    if kind == "unclear":
        helps = ("the determinant: `\\det(…)`", "the absolute value: `\\operatorname{abs}(…)`")
        message = "these bars can be a determinant or an absolute value"
        raise refuse("ambiguous", message, parser.source, parser.since(opener[2]), "", *helps)
    tree = Tree("call", (body,), "det" if kind == "matrix" else "abs", parser.since(opener[2]))
    return attach(parser, tree)


def _marked_bars(parser: LatexParser, body: Tree, kind: str, opener: Token) -> Tree:
    """`|A|_F`, `|x|_\\infty` → norms; `|x|_i` an entry of |x|; `|x|_1` could be both."""
    scripts = collect(parser)
    assert scripts.below is not None
    tokens = parser.tokens[scripts.below[0] : scripts.below[1]]
    mark = tokens[0][1] if len(tokens) == 1 else ""
    if mark == "F" or (len(tokens) == 1 and tokens[0][0] in ("∞", "*", "⋆")):
        function, _ = _which(parser, scripts.below)
        return applied(parser, Tree("call", (body,), function, parser.since(opener[2])), scripts._replace(below=None))
    if kind == "matrix" or mark.isdigit() or mark in ("p", "q"):
        helps = ("the norm: `\\|x\\|_1`", "an entry of the absolute values: `[\\operatorname{abs}(x)]_1`")
        message = "bars with this mark have two readings"
        raise refuse("ambiguous", message, parser.source, parser.since(opener[2]), "", *helps)
    tree = Tree("call", (body,), "abs", Span(opener[2], opener[3]).join(body.span))
    return applied(parser, tree, scripts)


def norm(parser: LatexParser) -> Tree:
    """`\\|x\\|` → norm2; a subscript 1, 2, F, ∞, *, max or p marks the norm.

    Around a matrix the marks 1, 2 and ∞ are those of operators where other norms of matrices stand beside them; else `infer` asks.
    """
    opener = parser.tokens[parser.at]
    body = _between(parser)
    scripts = collect(parser)
    function = "norm2"
    more: tuple[Tree, ...] = ()
    if scripts.below is not None:
        function, more = _which(parser, scripts.below)
        if function in OF_MATRICES and shape(body) == "matrix":
            function = (OPERATOR_NORMS if parser.evidence.operator_norms else OF_MATRICES)[function]
    elif shape(body) == "matrix" and parser.evidence.operator_norms:
        helps = ("the Frobenius norm: `\\|A\\|_F`", "the spectral norm: `\\|A\\|_2`")
        message = "norms are told apart by their marks here, and this one of a matrix has none"
        raise refuse("ambiguous", message, parser.source, parser.since(opener[2]), "", *helps)
    tree = Tree("call", (body, *more), function, Span(opener[2], scripts.end))
    return applied(parser, tree, scripts._replace(below=None))


def _which(parser: LatexParser, below: Range) -> tuple[str, tuple[Tree, ...]]:
    """The norm that a subscript names."""
    tokens = parser.tokens[below[0] : below[1]]
    kind, value, start, _end = tokens[0]
    mark = "∞" if kind == "∞" else "*" if kind in ("*", "⋆") else value
    if len(tokens) == 1 and value == "0":
        message = "the number of entries that are not 0 is no norm, and is not read"
        raise refuse("unknown-norm", message, parser.source, Span(start, _end))
    if len(tokens) == 1 and mark in NORMS:
        return NORMS[mark], ()
    if len(tokens) == 1 and (kind == "number" or mark in ("p", "q", "r")):
        return "normp", (within(parser, below),)
    message = "norms are marked by 1, 2, F, \\infty, *, \\max or a number"
    raise refuse("unknown-norm", message, parser.source, Span(start, tokens[-1][3]))


def rounding(parser: LatexParser) -> Tree:
    """`\\lfloor x \\rfloor`, `\\lceil x \\rceil`."""
    kind, _, start, _ = parser.tokens[parser.at]
    body = _between(parser)
    return attach(parser, Tree("call", (body,), "floor" if kind == "⌊" else "ceil", parser.since(start)))


def inner(parser: LatexParser) -> Tree:
    """`\\langle a, b \\rangle` → inner(a, b)."""
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append(opener[0])
    first = parser.expression()
    if not parser.took(","):
        raise parser.expected("`,` and the second factor of the inner product")
    second = parser.expression()
    parser.close(opener)
    if parser.kind() == "_":
        below = collect(parser).below
        assert below is not None
        _, mark, start, _ = parser.tokens[below[0]]
        if below[1] > below[0] + 1 or mark not in ("F", "2"):
            message = "an inner product with a weight is not read: `x^\\top A y`"
            raise refuse("not-yet", message, parser.source, Span(start, parser.tokens[below[1] - 1][3]))
    return attach(parser, Tree("call", (first, second), "inner", parser.since(opener[2])))
