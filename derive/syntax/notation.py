"""Notation beyond the keyboard: superscripts, norms and bars, roots, `∂` and `∇`.

One idea: each is another spelling of a tree that plain notation has too (`A⁻ᵀ` is `(A^-1)'`, `‖x‖₁` is `norm1(x)`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from derive.characters import SUBSCRIPTS, SUPERSCRIPTS
from derive.source import Span
from derive.syntax.calls import below, suffixes
from derive.syntax.lexer import refuse
from derive.syntax.numbers import admit_power, read_number
from derive.syntax.operators import POSTFIX, POWER
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.parser import Parser

NORMS = {
    "": "norm2",
    "2": "norm2",
    "F": "normF",
    "1": "norm1",
    "∞": "norminf",
    "inf": "norminf",
    "*": "nucnorm",
    "max": "normmax",
    "op": "opnorm2",
    "nuc": "nucnorm",
}


def superscript(parser: Parser, left: Tree) -> Tree:
    """`x²`, `Aᵏ`, `A⁻¹`, `Aᵀ`, `A⁻ᵀ`, `Aᴴ`, `A⁺`."""
    _, written, start, end = parser.tokens[parser.at]
    parser.at += 1
    span = Span(left.span.start, end)
    text = "".join(SUPERSCRIPTS[c] for c in written)
    if text == "T":
        return Tree("transpose", (left,), None, span)
    if text == "H":
        return Tree("call", (left,), "ct", span)
    if text == "+":
        return Tree("call", (left,), "pinv", span)
    if text == "-T":
        return Tree("transpose", (_power(parser, left, "-1", Span(start, end), span),), None, span)
    return _power(parser, left, text, Span(start, end), span)


def _power(parser: Parser, left: Tree, text: str, place: Span, span: Span) -> Tree:
    """A power by a superscript: digits or one letter, with a sign perhaps."""
    word = text.removeprefix("-")
    if word.isdigit():
        exponent = Tree("number", (), read_number(word, parser.source, place), place)
    elif len(word) == 1 and word.isalpha():
        exponent = Tree("name", (), word, place)
    else:
        raise refuse(
            "expected", f"expected a number, a letter or ᵀ as superscript, found `{text}`", parser.source, place
        )
    if word != text:
        exponent = Tree("neg", (exponent,), None, place)
    admit_power(left, exponent, parser.source, span)
    return Tree("pow", (left, exponent), None, span)


def bars(parser: Parser) -> Tree:
    """`|x|` → abs, `‖x‖` → norm2, with a subscript the other norms: `‖x‖₁`, `‖X‖_F`, `‖x‖_∞`, `‖X‖_*`."""
    opener = parser.tokens[parser.at]
    second = parser.tokens[parser.at + 1]
    if opener[0] == "|" == second[0] and second[2] == opener[3]:
        return _double_bars(parser)
    parser.at += 1
    parser.bars.append(opener[0])
    body = parser.expression()
    parser.close(opener)
    function = "abs" if opener[0] == "|" else NORMS[_norm_subscript(parser)]
    return Tree("call", (body,), function, parser.since(opener[2]))


def _double_bars(parser: Parser) -> Tree:
    """`||x||`, typed with two bars on each side, is the norm."""
    first, second = parser.tokens[parser.at], parser.tokens[parser.at + 1]
    parser.at += 2
    parser.bars += ["|", "|"]
    body = parser.expression()
    parser.close(second)
    parser.close(first)
    return Tree("call", (body,), NORMS[_norm_subscript(parser)], parser.since(first[2]))


def _norm_subscript(parser: Parser) -> str:
    """The mark after `‖x‖`, as a key of NORMS."""
    kind, value, start, end = parser.tokens[parser.at]
    if not parser.adjacent():
        return ""
    mark = ""
    if kind == "subscript":
        mark = "".join(SUBSCRIPTS.get(c, c) for c in value)
    elif kind == "name" and value.startswith("_"):
        mark = value[1:]
        following = parser.tokens[parser.at + 1]
        if not mark and following[2] == end and following[0] in ("*", "subscript"):
            parser.at += 1
            mark, end = following[1], following[3]
    if not mark:
        return ""
    if mark not in NORMS:
        message = "norms are marked by 1, 2, F, ∞ or *; `normp(x, p)` is the p-norm"
        raise refuse("unknown-norm", message, parser.source, Span(start, end))
    parser.at += 1
    return mark


def root(parser: Parser) -> Tree:
    """`√x`, `√(x + 1)` → sqrt."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    body = parser.expression(POWER)
    return Tree("call", (body,), "sqrt", Span(start, body.span.end))


def partial(parser: Parser) -> Tree:
    """`∂f/∂x`, `∂(f)/∂x`, `∂/∂x f`, and the Hessian `∂²f/∂x²`, `∂²f/∂x∂xᵀ`."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    second = _squared(parser)
    if parser.took("/"):
        target = _below(parser)
        body = parser.expression(POSTFIX)
    else:
        body = parser.expression(POSTFIX)
        if not parser.took("/"):
            raise parser.expected("`/∂…`: the variable of the derivative")
        target = _below(parser)
    span = parser.since(start)
    if not second:
        return Tree("derivative", (body, target), "d", span)
    if not _squared(parser) and not _again(parser, target):
        raise parser.expected("`∂x²` or `∂x∂xᵀ` below a second derivative")
    return Tree("call", (body, target), "hess", parser.since(start))


def _squared(parser: Parser) -> bool:
    token = parser.tokens[parser.at]
    if token[0] == "superscript" and token[1] == "²":
        parser.at += 1
        return True
    if token[0] == "^" and parser.tokens[parser.at + 1][1] == "2":
        parser.at += 2
        return True
    return False


def _again(parser: Parser, target: Tree) -> bool:
    """The second `∂xᵀ` of `∂²f/∂x∂xᵀ`, by the same variable."""
    if parser.kind() != "∂":
        return False
    other = _below(parser)
    return (other.args[0] if other.head == "transpose" else other) == target


def _below(parser: Parser) -> Tree:
    """`∂x`, `∂X[i, j]`, `∂xᵀ`, `∂(vec(X))`."""
    if not parser.took("∂"):
        raise parser.expected("`∂` and the variable of the derivative")
    if parser.kind() == "(":
        return below(parser, parser.group())
    kind, name, start, end = parser.tokens[parser.at]
    if kind != "name":
        raise parser.expected("the variable of the derivative")
    if name == "vec" and parser.kind(1) == "(":
        return below(parser, parser.expression(POWER))
    parser.at += 1
    return suffixes(parser, Tree("name", (), name, Span(start, end)))


def nabla(parser: Parser) -> Tree:
    """`∇f` → grad(f), `∇_x f` → grad(f, x), `∇²f` → hess(f)."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    function = "hess" if _squared(parser) else "grad"
    variable: tuple[Tree, ...] = ()
    kind, name, first, end = parser.tokens[parser.at]
    if kind == "name" and name.startswith("_") and len(name) > 1 and parser.adjacent():
        parser.at += 1
        variable = (Tree("name", (), name[1:], Span(first + 1, end)),)
    elif kind == "name" and name == "_" and parser.kind(1) == "{":
        parser.at += 1
        variable = (parser.group(),)
    if function == "grad" and _squared(parser):
        function = "hess"
    body = parser.expression(POSTFIX)
    return Tree("call", (body, *variable), function, parser.since(start))


SPECIAL: dict[str, Callable[[Any], Tree]] = {"‖": bars, "|": bars, "√": root, "∂": partial, "∇": nabla}
