"""NumPy's spellings: `np.sum(x)`, `x.sum()`, `a.dot(b)`, `np.linalg.inv(A)`.

One idea: a text with NumPy's dotted names is NumPy throughout, so there `*`, `/` and `**` are entry by entry, as NumPy means them; the
dotted names become the language's own. What NumPy computes in another way than the language (`axis=`, `reshape`) is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.lexer import Token, refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.source import Source
    from derive.syntax.parser import Parser

MODULES = frozenset("np numpy jnp scipy math torch".split())
_ENTRYWISE = {"*": ".*", "/": "./", "**": ".^"}
_SAME = frozenset(
    "sum mean prod max min var exp log log2 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh abs sign floor mod maximum minimum "
    "kron diag inv det pinv expm logm sqrtm sigmoid relu softmax log_softmax softplus gelu logsumexp erf gamma digamma conj tril triu "
    "eye ones zeros outer trace real imag cross mish silu elu leaky_relu".split()
)
_NAMES = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "trace": "tr",
    "norm": "norm2",
    "inverse": "inv",
    "identity": "eye",
    "fabs": "abs",
    "expit": "sigmoid",
    "gammaln": "lgamma",
    "psi": "digamma",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "remainder": "mod",
}
_PRODUCTS = frozenset("dot matmul mm mv vdot inner bmm".split())
_OPERATORS = {"multiply": "hadamard", "divide": "hdiv", "true_divide": "hdiv", "power": "hpow", "pow": "hpow"} | {
    "add": "add",
    "subtract": "sub",
}
_TURNED = frozenset(("transpose", "t"))


def numpylike(tokens: list[Token], source: Source) -> list[Token]:
    """Tokens with dotted names in one piece (`np.linalg.inv` is a name `.inv`), and the entrywise signs of NumPy."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        kind, value, start, end = tokens[at]
        at += 1
        if kind == "name" and value in MODULES and tokens[at][0] == "method":
            torch = value == "torch"
            while tokens[at][0] == "method":
                value, end = tokens[at][1], tokens[at][3]
                at += 1
            if torch and value in ("var", "std"):
                message = f"torch's `{value}` divides by n - 1; the language's `var(x)` divides by n"
                raise refuse("ambiguous", message, source, Span(start, end))
            found.append(_constant(value, start, end) or ("name", "." + value, start, end))
        elif kind in ("*", "/", "^") and value in _ENTRYWISE:
            found.append((_ENTRYWISE[value], value, start, end))
        else:
            if kind == "method" and tokens[at][0] != "(":
                message = f"`.{value}` is no operator, and no method without brackets"
                raise refuse("bad-character", message, source, Span(start - 1, start))
            found.append(tokens[at - 1])
    return found


def _constant(value: str, start: int, end: int) -> Token | None:
    return ("name", "pi", start, end) if value == "pi" else None


def method(parser: Parser, left: Tree) -> Tree:
    """`x.sum()`, `a.dot(b)`: the function of what stands before the dot, standing at the name."""
    _, name, start, end = parser.tokens[parser.at]
    from derive.syntax.calls import arguments

    parser.at += 1
    args = (left, *arguments(parser))
    return applied(parser, name, args, Span(start, end), parser.since(left.span.start))


def function(parser: Parser, name: str, start: int) -> Tree:
    """`np.name(…)`, standing at the bracket."""
    if parser.kind() != "(":
        raise parser.expected(f"`(` after `np{name}`")
    place = Span(start, parser.tokens[parser.at - 1][3])
    if name == ".where":
        from derive.syntax.cases import cases

        return cases(parser, name, start)
    from derive.syntax.calls import arguments

    return applied(parser, name[1:], arguments(parser), place, parser.since(start))


def applied(parser: Parser, name: str, args: tuple[Tree, ...], place: Span, span: Span) -> Tree:
    """A function of NumPy as a tree of the language. Raises `unknown-function` for one that the language writes otherwise."""
    count = len(args)
    if name in _PRODUCTS and count == 2:
        return Tree("mul", args, "@", span)
    if name in _OPERATORS and count == 2:
        return Tree(_OPERATORS[name], args, None, span)
    if name in _TURNED and count == 1:
        return Tree("transpose", args, None, span)
    if name == "square" and count == 1:
        return Tree("hpow", (args[0], Tree("number", (), 2, place)), None, span)
    if name == "std" and count == 1:
        return Tree("call", (Tree("call", args, "var", span),), "sqrt", span)
    if name == "solve" and count == 2:
        return Tree("mul", (Tree("call", args[:1], "inv", span), args[1]), "@", span)
    if name in ("log1p", "expm1") and count == 1:
        return _near_one(name, args[0], place, span)
    known = _NAMES.get(name, name)
    if known not in _SAME and known not in _NAMES.values():
        message = f"NumPy's `{name}` with {count} argument{'s' * (count != 1)} is not read here"
        raise refuse("unknown-function", message, parser.source, place, "", "write it in the notation of this language")
    return Tree("call", args, known, span)


def _near_one(name: str, x: Tree, place: Span, span: Span) -> Tree:
    """`log1p(x)` is log(1 + x), `expm1(x)` exp(x) - 1."""
    one = Tree("number", (), 1, place)
    if name == "log1p":
        return Tree("call", (Tree("add", (one, x), None, span),), "log", span)
    return Tree("sub", (Tree("call", (x,), "exp", span), one), None, span)
