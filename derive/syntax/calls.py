"""What a name begins: a variable, a call, a sum over an index, a derivative, `where`.

One idea: every form that reads as `word(…)` is a function of the parser standing at the word; it stops after what
belongs to the word. It knows no operation of the library: `f(x)` is a call whatever f is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span, between
from derive.syntax.cases import CASES, cases
from derive.syntax.juxtaposition import refuse_juxtaposed
from derive.syntax.lexer import refuse
from derive.syntax.numpylike import function
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.parser import Parser

DERIVATIVES = frozenset(("d", "ds", "dz", "dzc", "dre", "dim"))
BINDERS = frozenset(("sum", "prod", "array"))
UNKNOWN_BOUND = "?"


def named(parser: Parser) -> Tree:
    """A name and the bracket after it, if that belongs to it."""
    _, _, start, end = token = parser.tokens[parser.at]
    name = token[1]
    parser.at += 1
    if name[0] == ".":
        return function(parser, name, start)
    following = parser.tokens[parser.at]
    kind = following[0]
    if kind == "(" and (following[2] == end or name not in parser.known):
        return _called(parser, name, start)
    if kind == "'" and following[2] == end:
        primed = _primed(parser, name, start)
        if primed is not None:
            return primed
    if parser.known and name not in parser.known and len(name) > 1:
        refuse_juxtaposed(name, parser.known, parser.source, Span(start, end))
    return Tree("name", (), name, between((start, end)))


def _called(parser: Parser, name: str, start: int) -> Tree:
    """`name(…)` of every form. A call takes more of Python's stack than a bracket, and counts as more levels."""
    levels = 2 if name in BINDERS else 1
    parser.depth += levels
    if name in DERIVATIVES:
        tree = derivative(parser, name, start)
    elif name in BINDERS:
        tree = binder(parser, name, start)
    elif name in CASES:
        tree = cases(parser, name, start)
    elif name == "transpose" and name not in parser.known:
        args = arguments(parser)
        turned = len(args) == 1
        tree = Tree("transpose" if turned else "call", args, None if turned else name, parser.since(start))
    else:
        tree = Tree("call", arguments(parser), name, parser.since(start))
    parser.depth -= levels
    return tree


def _primed(parser: Parser, name: str, start: int) -> Tree | None:
    """`f'(x)`: primes directly after a name and directly before a bracket; written `ᵀ` or `.T` they transpose."""
    tokens, at = parser.tokens, parser.at
    while tokens[at][0] == "'" and tokens[at][1] not in (".T", ".'") and tokens[at][2] == tokens[at - 1][3]:
        at += 1
    order = at - parser.at
    if not order or tokens[at][0] != "(" or tokens[at][2] != tokens[at - 1][3]:
        return None
    parser.at = at
    parser.depth += 1
    tree = Tree("prime", arguments(parser), (name, order), parser.since(start))
    parser.depth -= 1
    return tree


def arguments(parser: Parser) -> tuple[Tree, ...]:
    """`(a, b, …)`, possibly empty."""
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append("(")
    found: list[Tree] = []
    if parser.kind() != ")":
        found.append(parser.expression())
        while parser.took(","):
            found.append(parser.expression())
    parser.close(opener)
    return tuple(found)


def derivative(parser: Parser, kind: str, start: int) -> Tree:
    """`d(f)`, `d(f)/dX`, `d(f)/d(vec(X))`, `d(f)/dx'`, `d(f)/dX[i, j]`; also `ds dz dzc dre dim`."""
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append("(")
    body = parser.expression()
    parser.close(opener)
    target = denominator(parser) if parser.kind() == "/" else None
    if target is not None:
        return Tree("derivative", (body, target), kind, parser.since(start))
    if kind != "d":
        raise parser.expected(f"`/d…` after `{kind}(…)`: the variable of the derivative")
    return Tree("differential", (body,), None, parser.since(start))


def denominator(parser: Parser) -> Tree | None:
    """What stands below, when the text goes on with `/dX`, `/d(…)`; None when this is a division."""
    _, name, start, end = parser.tokens[parser.at + 1]
    if parser.kind(1) != "name" or not name.startswith("d"):
        return None
    following = parser.tokens[parser.at + 2]
    if name == "d" and following[0] == "(":
        parser.at += 2
        return below(parser, parser.group())
    if name == "d" and following[0] == "name" and following[2] == end:
        parser.at += 3
        start, name = following[2] - 1, "d" + following[1]
    elif len(name) > 1:
        parser.at += 2
    else:
        return None
    target = Tree("name", (), name[1:], Span(start + 1, parser.tokens[parser.at - 1][3]))
    return suffixes(parser, target)


def suffixes(parser: Parser, target: Tree) -> Tree:
    """The index and the transpose that belong to the variable below: `dX[i, j]`, `dx'`."""
    if parser.kind() == "[" and parser.adjacent():
        target = parser.indexed(target)
    token = parser.tokens[parser.at]
    if token[0] == "'" or (token[0] == "superscript" and token[1] in "ᵀ⊤⊺"):
        parser.at += 1
        target = Tree("transpose", (target,), None, parser.since(target.span.start))
    return target


def below(parser: Parser, target: Tree) -> Tree:
    """A derivative is by a name, an entry or slice of it, its transpose, or its vec or vech."""
    inner = target
    if inner.head == "call" and inner.data in ("vec", "vech") and len(inner.args) == 1:
        inner = inner.args[0]
    elif inner.head in ("transpose", "index"):
        inner = inner.args[0]
    if inner.head == "name":
        return target
    message = "a derivative is by a variable, an entry, a transpose, or vec or vech of a variable"
    helps = (
        ("give the power a name of its own, such as `v`, and write the function in it",) if inner.head == "pow" else ()
    )
    raise refuse("bad-derivative", message, parser.source, target.span, "this is none of them", *helps)


def binder(parser: Parser, name: str, start: int) -> Tree:
    """`sum(k=1..n, body)`, several bounds one inside the other; the short `sum(i, body)`; or the plain call `sum(X)`."""
    if parser.kind(1) == "name" and parser.kind(2) == "=":
        return _bounded(parser, name, start)
    inner = arguments(parser)
    span = parser.since(start)
    if name != "array" and len(inner) == 2 and inner[0].head == "name":
        bounds = (Tree("number", (), 1, inner[0].span), Tree("name", (), UNKNOWN_BOUND, inner[0].span))
        return Tree(name, (inner[1], *bounds), inner[0].data, span)
    return Tree("call", inner, name, span)


def _bounded(parser: Parser, name: str, start: int) -> Tree:
    opener = parser.tokens[parser.at]
    parser.at += 1
    parser.bars.append("(")
    names: list[str] = []
    bounds: list[Tree] = []
    while parser.kind() == "name" and parser.kind(1) == "=":
        names.append(parser.tokens[parser.at][1])
        parser.at += 2
        bounds.append(parser.expression())
        if not parser.took(".."):
            raise parser.expected("`..` and the upper bound")
        bounds.append(parser.expression())
        if not parser.took(","):
            raise parser.expected("`,` and what runs over the index")
    body = parser.expression()
    parser.close(opener)
    span = parser.since(start)
    if name == "array":
        return Tree("array", (body, *bounds), tuple(names), span)
    for i in reversed(range(len(names))):
        body = Tree(name, (body, bounds[2 * i], bounds[2 * i + 1]), names[i], span)
    return body


def where(parser: Parser, body: Tree) -> Tree:
    """`body where u = a, v = b`, standing at the word."""
    parser.at += 1
    names: list[str] = []
    definitions: list[Tree] = []
    while True:
        kind, name, start, end = parser.tokens[parser.at]
        if kind != "name" or parser.kind(1) not in ("=", "=="):
            raise parser.expected("a definition `name = expression` after `where`")
        if name in names:
            raise refuse("defined-twice", f"`{name}` is defined twice", parser.source, Span(start, end))
        parser.at += 2
        names.append(name)
        definitions.append(parser.expression())
        if not parser.took(","):
            break
    return Tree("where", (body, *definitions), tuple(names), Span(body.span.start, definitions[-1].span.end))
