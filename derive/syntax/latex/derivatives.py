r"""Fractions, and the fractions that are derivatives; ∂ and ∇.

One idea: a fraction with ∂ or d above and below is a derivative. An operator without an operand of its own (`\frac{d}{dx}`, `\nabla_w`)
takes the whole product that follows, and is refused where its reach is unclear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import LanguageError
from derive.marks import conjugated
from derive.ops import REGISTRY
from derive.source import Span
from derive.syntax.calls import below as admit_target
from derive.syntax.latex import functions, suspects
from derive.syntax.latex.commands import FUNCTION_LETTERS, INDEX_LETTERS
from derive.syntax.latex.scripts import Range, Scripts, attach, collect, mark_of, within
from derive.syntax.lexer import refuse
from derive.syntax.operators import ATOM, PRODUCT
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser

_PARTS = {"real": "dre", "imag": "dim", "conj": "dzc"}
_SIGNS = frozenset(("*", ".*", "./", "/", "⊗"))
_KINDS = {"s": "ds", "struct": "ds", "z": "dz", "zc": "dzc", "re": "dre", "im": "dim"}


def fraction(parser: LatexParser) -> Tree:
    """`\\frac{a}{b}`, `\\frac12`, and derivatives `\\frac{\\partial f}{\\partial x}`, `\\frac{d}{dt} f`."""
    start = parser.tokens[parser.at][2]
    if _is_derivative(parser):
        return attach(parser, _derivative(parser, start))
    suspects.refuse_variation(parser)
    parser.at += 1
    above = functions.one_argument(parser, "\\frac")
    below = functions.one_argument(parser, "\\frac")
    return attach(parser, Tree("div", (above, below), None, parser.since(start)))


def _is_derivative(parser: LatexParser) -> bool:
    """Whether both parts begin with ∂, or with d and something below it."""
    above = _first(parser, parser.at + 1)
    end = _behind(parser, parser.at + 1)
    below = _first(parser, end)
    if above == "∂" or (below == "∂" and above in ("∂", "d")):
        if above != below:
            parser.at = end
            raise parser.expected("`∂` and the variable below a derivative")
        return True
    return above == below == "d" and _behind(parser, end) - end > 2


def _first(parser: LatexParser, at: int) -> str:
    """`∂` or `d` when an argument of the fraction that begins at a token begins with it."""
    tokens = parser.tokens
    while tokens[at][0] == "{":
        at += 1
    kind, value = tokens[at][:2]
    return "∂" if kind == "∂" else "d" if kind == "d" or (kind, value) == ("name", "d") else ""


def _behind(parser: LatexParser, at: int) -> int:
    from derive.syntax.latex.evidence import script_end

    return script_end(parser.tokens, at - 1)


def _derivative(parser: LatexParser, start: int) -> Tree:
    """Standing at the fraction."""
    opener = parser.at + 1
    middle = _behind(parser, opener)
    end = _behind(parser, middle)
    above, below = _inside(parser, opener, middle), _inside(parser, middle, end)
    kind, second, body_range = _above(parser, above)
    targets = _targets(parser, below, second)
    body = within(parser, body_range) if body_range[0] < body_range[1] else None
    if body is not None and body.head in ("add", "sub") and not _bracketed(parser, body_range):
        place = Span(parser.tokens[body_range[0]][2], parser.tokens[body_range[1] - 1][3])
        helps = ("the derivative of the sum: brackets around it", "of the first term: the rest outside the fraction")
        raise refuse("ambiguous", "a sum behind ∂ takes brackets", parser.source, place, "", *helps)
    parser.at = end
    if body is None:
        body = operated(parser, start)
    return _built(parser, kind, second, body, targets, parser.since(start))


def _inside(parser: LatexParser, start: int, end: int) -> Range:
    return (start + 1, end - 1) if parser.tokens[start][0] == "{" else (start, end)


def _bracketed(parser: LatexParser, inside: Range) -> bool:
    return parser.tokens[inside[0]][0] in ("(", "{", "bracket")


def _above(parser: LatexParser, inside: Range) -> tuple[str, bool, Range]:
    """The kind of derivative, whether it is the second, and the tokens of what is differentiated."""
    at = inside[0] + 1
    kind, second = "d", False
    while parser.tokens[at][0] in ("^", "_") and at < inside[1]:
        mark = parser.tokens[at][0]
        kept = parser.at
        parser.at = at
        scripts = collect(parser)
        at, parser.at = parser.at, kept
        if scripts.above is not None:
            second = _order(parser, scripts.above)
        if mark == "_" and scripts.below is not None:
            word = parser.tokens[scripts.below[0]][1]
            if word not in _KINDS:
                place = Span(*parser.tokens[scripts.below[0]][2:])
                raise refuse("unknown-script", f"`{word}` is no kind of derivative", parser.source, place)
            kind = _KINDS[word]
    return kind, second, (at, inside[1])


def _order(parser: LatexParser, inside: Range) -> bool:
    _, value, start, end = parser.tokens[inside[0]]
    if inside[1] != inside[0] + 1 or value not in ("1", "2"):
        raise refuse("not-yet", "derivatives above the second are not read", parser.source, Span(start, end))
    return value == "2"


def _targets(parser: LatexParser, inside: Range, second: bool) -> list[Tree]:
    """The variables below: one, or two for a second derivative, `∂x ∂y`, `∂x^2`."""
    at, bars = parser.at, parser.bars
    end = inside[1]
    kept = parser.tokens[end]
    place = parser.tokens[end - 1][3]
    parser.tokens[end] = ("end", "", place, place)
    parser.at, parser.bars = inside[0], []
    found: list[Tree] = []
    try:
        while parser.at < end:
            found += _target(parser, second)
        if len(found) != 1 + second:
            raise parser.expected(
                "`∂x^2` or `∂x ∂x^\\top` below a second derivative" if second else "one variable below"
            )
    finally:
        parser.tokens[end] = kept
    parser.at, parser.bars = at, bars
    return found


def _target(parser: LatexParser, second: bool) -> list[Tree]:
    """`∂x`, `∂W^{(1)}`, `∂x^T`, `∂x_i`, `∂x^2`, standing at the ∂ or d."""
    kind, value = parser.tokens[parser.at][:2]
    if kind == "{":
        parser.at += 1
        found = _target(parser, second)
        if not parser.took("}"):
            raise parser.expected("`}`")
        return found
    if kind not in ("∂", "d") and (kind, value) != ("name", "d"):
        raise parser.expected("`∂` and the variable of the derivative")
    parser.at += 1
    if parser.kind() == "_":
        collect(parser)  # the kind of derivative, as above
    tree = parser.operand(ATOM)
    part = _part(parser, tree)
    if part is not None:
        return [part]
    if tree.head == "pow" and second and tree.args[1] == Tree("number", (), 2):
        return [admit_target(parser, tree.args[0])] * 2
    return [admit_target(parser, tree)]


def _part(parser: LatexParser, tree: Tree) -> Tree | None:
    """`\\Re z`, `\\bar z`, `\\overline{z}`, `z^*` below a derivative: by a part of z, or its conjugate; None for z itself."""
    if tree.head == "call" and tree.data in _PARTS:
        return Tree("call", (admit_target(parser, tree.args[0]),), tree.data, tree.span)
    if tree.head == "name" and tree.data not in parser.known:
        base = conjugated(str(tree.data))
        if base in parser.known:
            return Tree("call", (Tree("name", (), base, tree.span),), "conj", tree.span)
    return None


def _built(parser: LatexParser, kind: str, second: bool, body: Tree, targets: list[Tree], span: Span) -> Tree:
    """The tree of a derivative: the Hessian where both variables are one; by a part or a conjugate, its own kind."""
    if any(t.head == "call" and t.data in _PARTS for t in targets):
        if second or kind != "d":
            message = "by a part or the conjugate of a complex variable, first derivatives are read"
            raise refuse("not-yet", message, parser.source, span)
        return Tree("derivative", (body, targets[0].args[0]), _PARTS[str(targets[0].data)], span)
    if not second:
        if kind == "d" and targets[0].head == "name" and targets[0].data in parser.evidence.conjugated & parser.known:
            kind = "dz"
        return Tree("derivative", (body, targets[0]), kind, span)
    first, other = (t.args[0] if t.head == "transpose" else t for t in targets)
    if first == other and first.head == "name":
        return Tree("call", (body, first), "hess", span)
    inner = Tree("derivative", (body, first), kind, span)
    return Tree("derivative", (inner, other), kind, span)


def operated(parser: LatexParser, start: int) -> Tree:
    """What an operator such as `\\frac{d}{dx}` or `\\nabla_w` stands before: a product, when its reach is clear."""
    if not parser.begins_factor():
        raise parser.expected("what is differentiated: a product or a bracket")
    first = parser.tokens[parser.at]
    factor = parser.expression(PRODUCT + 1)
    if not parser.begins_factor() and parser.kind() not in _SIGNS:
        if factor.head == "transpose" and factor.args[0].head in ("call", "name") and first[0] != "(":
            raise _reach(parser, start)
        return factor
    reaches = parser.kind() not in _SIGNS and _is_clear(factor, first[0])
    if not reaches:
        raise _reach(parser, start)
    factor = parser.product(factor)
    if parser.kind() in _SIGNS:
        raise _reach(parser, start)
    return factor


def _is_clear(factor: Tree, opener: str) -> bool:
    """Whether the first factor shows that the whole product is meant: a number, a small Greek letter, `x^T`, a fraction."""
    if factor.head in ("call", "index", "prime", "derivative"):
        return factor.head == "call" and factor.data in ("norm2", "normF", "tr")
    if factor.head == "name":
        name = str(factor.data)
        return len(name) > 1 and name.islower()
    if factor.head == "transpose" and (
        factor.args[0].head == "call" or (factor.args[0].head == "name" and factor.args[0].data in FUNCTION_LETTERS)
    ):
        return False  # `\\nabla f^\\top d` is rather the product of the gradient with d
    return not (opener in ("(", "bracket") and factor.head not in ("transpose", "pow"))


def _reach(parser: LatexParser, start: int) -> LanguageError:
    place = Span(start, parser.tokens[parser.at][2])
    helps = (
        "the derivative of all: brackets around all of it",
        "of the first factor alone: brackets around the derivative",
    )
    return refuse("ambiguous", "how far this derivative reaches has two readings", parser.source, place, "", *helps)


def partial(parser: LatexParser) -> Tree:
    """`\\partial f / \\partial x`, `\\partial^2 f / \\partial x \\partial x^\\top`, `\\partial_w f`."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    scripts = collect(parser)
    second = scripts.above is not None and _order(parser, scripts.above)
    if scripts.below is not None:
        target = admit_target(parser, within(parser, scripts.below))
        if target.head == "name" and target.data in INDEX_LETTERS and target.data not in parser.known:
            message = f"`\\partial_{target.data}` does not say by the entry of which variable"
            helps = (f"the entry of x: `\\partial_{{x_{target.data}}}`", f"the variable: declare `{target.data}`")
            raise refuse("ambiguous", message, parser.source, parser.since(start), "", *helps)
        return _built(parser, "d", second, operated(parser, start), [target] * (1 + second), parser.since(start))
    body = parser.operand(ATOM)
    if scripts == Scripts(end=scripts.end) and parser.kind() != "/" and suspects.differentials(parser):
        return _differential(parser, body, start)
    if not parser.took("/"):
        raise parser.expected("`/ \\partial x`: the variable of the derivative")
    targets = _target(parser, second)
    if second and len(targets) == 1:
        targets += _target(parser, second)
    return _built(parser, "d", second, body, targets, parser.since(start))


def _differential(parser: LatexParser, body: Tree, start: int) -> Tree:
    """`\\partial X`, `\\partial(A X)`: differentials, as the Matrix Cookbook writes them."""
    bracketed = parser.tokens[parser.at - 1][0] == ")"
    if body.head == "pow" and not bracketed:
        raise parser.two_readings(body, "the differential of the power", "the power of the differential")
    if body.head == "name" and not bracketed:
        return Tree("name", (), f"d{body.data}", parser.since(start))
    return Tree("differential", (body,), None, parser.since(start))


def nabla(parser: LatexParser) -> Tree:
    """`\\nabla_w f` → grad(f, w), `\\nabla^2_w f` → hess(f, w), without a subscript grad(f)."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    scripts = collect(parser)
    if parser.kind() == "∇":
        return _twice(parser, scripts, start)
    second = scripts.above is not None and _order(parser, scripts.above)
    variable: tuple[Tree, ...] = ()
    pair = parser.tokens[slice(*scripts.below)] if second and scripts.below is not None else []
    pair = [t for t in pair if t[0] != ","]
    if len(pair) == 2 and all(t[0] == "name" for t in pair):
        targets = [Tree("name", (), t[1], Span(t[2], t[3])) for t in pair]
        return _built(parser, "d", True, operated(parser, start), targets, parser.since(start))
    if scripts.below is not None:
        variable = (admit_target(parser, within(parser, scripts.below)),)
    kind = "hess" if second else "grad"
    if _is_applied(parser):  # `\\nabla f(x)^\\top v` is about the gradient at x
        body = parser.operand(ATOM)
        turned = body.head == "transpose"
        tree = Tree("call", (body.args[0] if turned else body, *variable), kind, parser.since(start))
        return Tree("transpose", (tree,), None, tree.span) if turned else tree
    body = operated(parser, start)
    return Tree("call", (body, *variable), kind, parser.since(start))


def _is_applied(parser: LatexParser) -> bool:
    """Whether a letter with one name as its argument stands here, and more factors behind it: an undefined function."""
    kind, name = parser.tokens[parser.at][:2]
    if kind != "name" or parser.kind(1) != "(" or parser.kind(2) != "name" or REGISTRY.get(name) is not None:
        return False
    at = 3
    if parser.kind(at) == "_":
        at += 2
    return parser.kind(at) == ")"


def _twice(parser: LatexParser, first: Scripts, start: int) -> Tree:
    """`\\nabla\\nabla^\\top f`, `\\nabla_x \\nabla_x f` → the Hessian; by two variables the order of the axes is open."""
    parser.at += 1
    other = collect(parser)
    below = [within(parser, s.below) for s in (first, other) if s.below is not None]
    above = [s.above for s in (first, other) if s.above is not None]
    if any(mark_of(parser, a) != "T" for a in above) or len(below) == 1 or (below and below[0] != below[1]):
        message = "two derivatives by `\\nabla` are read as one Hessian, `\\nabla^2_x f`, or `\\nabla^2_{xy} f`"
        raise refuse("not-yet", message, parser.source, Span(start, other.end))
    variable = tuple([admit_target(parser, tree) for tree in below[:1]])
    return Tree("call", (operated(parser, start), *variable), "hess", parser.since(start))
