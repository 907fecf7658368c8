r"""Functions with and without brackets, sums, roots, constants in bold.

One idea: `\log x` takes one operand; what follows it without a sign is refused, because `\log x y` has two readings. A sum reaches to the
next `+`, `-` or relation, and remembers that its index ends there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.ops import REGISTRY
from derive.source import Span
from derive.syntax.calls import UNKNOWN_BOUND
from derive.syntax.latex import brackets, names, suspects
from derive.syntax.latex.cases import bracketed, indicated, one_where
from derive.syntax.latex.commands import COMPARING, WORDS
from derive.syntax.latex.scripts import Range, Scripts, attach, collect, within
from derive.syntax.latex.scripts import applied as with_scripts
from derive.syntax.lexer import refuse
from derive.syntax.operators import ATOM, PRODUCT
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser

_CONSTANTS = frozenset(("eye", "ones"))  # of whatever size fits, where no bracket gives one
_OF_TWO = frozenset((r"\max", r"\min"))
_CAPITALISED = frozenset("Softmax Sigmoid Softplus Logsumexp LogSumExp LSE Tanh LayerNorm".split())
_PARTS = {"Re": "real", "Im": "imag"}
_OPTIMA = frozenset(("argmin", "argmax"))


def word(parser: LatexParser) -> Tree:
    """An upright word: a function that the library has, or before a bracket; else a name."""
    _, value, start, _ = parser.tokens[parser.at]
    following = parser.kind(1)
    if value in parser.known or (following != "(" and not _is_function(value)):
        parser.at += 1
        return names.finished(parser, value, start)
    return applied(parser)


def _is_function(value: str) -> bool:
    return value in WORDS or REGISTRY.get(spelled(value)) is not None


def spelled(value: str) -> str:
    """A function as the library spells it: `Softmax` is softmax."""
    return value.lower() if value in _CAPITALISED else _PARTS.get(value, value)


def applied(parser: LatexParser) -> Tree:
    """A function with its scripts and its argument: `\\log_2 x`, `\\tanh^2(x)`, `\\tanh'(z)`, `\\operatorname{tr}(A)`."""
    _kind, value, start, end = parser.tokens[parser.at]
    parser.at += 1
    name = spelled(value)
    if name == "arg" and parser.kind() == "function" and parser.tokens[parser.at][1] in ("min", "max"):
        name += parser.tokens[parser.at][1]
        parser.at += 1
    scripts = collect(parser)
    if name in _OPTIMA:
        return _optimum(parser, name, scripts, start)
    if scripts.below is not None:
        name = _subscripted(parser, name, scripts.below)
    if scripts.primes:
        if parser.kind() != "(" or scripts.above is not None:
            raise parser.expected("`(` and the argument of the derivative")
        tree = Tree("prime", arguments(parser), (name, scripts.primes), parser.since(start))
        return attach(parser, tree)
    return _raised(parser, _application(parser, name, start), scripts.above, Span(start, end))


def applied_to(parser: LatexParser, name: str, above: Range | None, start: int) -> Tree:
    """A function that is written with marks, `\\lambda_{\\max}^2(A)`, standing at its bracket."""
    span = Span(start, parser.tokens[parser.at][2])
    tree = Tree("call", arguments(parser), name, parser.since(start))
    return attach(parser, _raised(parser, tree, above, span))


def _subscripted(parser: LatexParser, name: str, below: Range) -> str:
    """`\\log_2`; of an undefined function the subscript is part of its name."""
    token = parser.tokens[below[0]]
    if name == "log" and below[1] == below[0] + 1 and token[1] == "2":
        return "log2"
    if REGISTRY.get(name) is None and name not in WORDS and name != "E":
        from derive.syntax.latex import subscripts

        lowered, entries = subscripts.lower(parser, name, below, Span(token[2], token[3]))
        if not entries:
            return lowered
    message = f"a subscript of `{name}` is not read"
    if name == "E":
        message += (
            "; the distribution is declared, `x \\sim \\mathcal{N}(\\mu, \\Sigma)`, and the expectation is over it"
        )
    raise refuse("not-yet", message, parser.source, Span(token[2], parser.tokens[below[1] - 1][3]))


def _raised(parser: LatexParser, call: Tree, above: Range | None, place: Span) -> Tree:
    """`\\tanh^2(x)` is a power of the value; `\\sin^{-1}(x)` has two readings."""
    if above is None:
        return call
    exponent = within(parser, above)
    if exponent.head != "number":
        readings = ("the inverse function", "one over the value")
        raise parser.two_readings(call, *readings)
    operation = REGISTRY.get(str(call.data)) if call.head == "call" else None
    entrywise = operation is not None and operation.meaning == "elementwise"
    return Tree("hpow" if entrywise else "pow", (call, exponent), None, call.span)


def _application(parser: LatexParser, name: str, start: int) -> Tree:
    """The call: of what stands in the bracket, or of the one operand that follows."""
    kind = parser.kind()
    touching = parser.touches()
    curly = kind == "set" and parser.kind(1) != "begin"
    if kind == "(" or curly or (kind == "bracket" and name in ("E", "Var", "Cov", "Pr")):
        listed = brackets.dotted(parser) if name == "diag" and parser.evidence.dotted else None
        inside = (listed,) if listed is not None else arguments(parser)
        if len(inside) == 2 and parser.source.text[start : start + 4] in _OF_TWO:
            name += "imum"
        tree = Tree("call", inside, name, parser.since(start))
        if parser.kind() in ("^", "_", "'"):
            if not touching and parser.kind() == "^" and not _only_transposed(parser):
                raise parser.two_readings(tree, "a power of the value", "the value of the power")
            return with_scripts(parser, tree, collect(parser))
        return tree
    if name in _CONSTANTS:
        return Tree("name", (), name, parser.since(start))
    if kind == "{":
        body = parser.group()
        return attach(parser, Tree("call", (body,), name, parser.since(start)))
    if kind not in parser.starts:
        raise parser.expected(f"the argument of `{name}`")
    body = _bare(parser)
    tree = Tree("call", (body,), name, parser.since(start))
    if (
        name == "log"
        and body.head == "call"
        and body.data == "abs"
        and body.args[0].head == "call"
        and body.args[0].data == "det"
    ):
        tree = Tree("call", body.args[0].args, "logdet", tree.span)
    parser.loose = tree.span.end
    return tree


def _only_transposed(parser: LatexParser) -> bool:
    at = parser.at
    scripts = collect(parser)
    parser.at = at
    return scripts.above is not None and parser.tokens[scripts.above[0]][0] == "⊤"


def _bare(parser: LatexParser) -> Tree:
    """The argument of a function without brackets: one operand; a number takes the letter behind it, `\\sin 2x`."""
    parser.deeper(1)
    body = parser.operand(ATOM)
    parser.depth -= 1
    if body.head == "number" and parser.kind() in ("name", "{") and body.span.end != parser.loose:
        letter = parser.operand(ATOM)
        body = Tree("mul", (body, letter), None, Span(body.span.start, letter.span.end))
    return body


def arguments(parser: LatexParser) -> tuple[Tree, ...]:
    """`(a, b)`, `[a]`."""
    opener = parser.tokens[parser.at]
    expired = parser.expired
    parser.expired = set(expired)
    parser.at += 1
    parser.bars.append(opener[0])
    found: list[Tree] = []
    if parser.kind() not in (")", "]", "set>"):
        found.append(parser.expression())
        while parser.took(","):
            parser.expired = set(expired)
            found.append(parser.expression())
    parser.close(opener)
    parser.expired = expired
    return tuple(found)


def normal(parser: LatexParser) -> Tree:
    """`\\mathcal{N}(\\mu, \\Sigma)`, a distribution; `\\mathcal{N}(x \\mid \\mu, \\Sigma)`, with `;` too, its density."""
    opener = parser.tokens[parser.at + 1]
    start = parser.tokens[parser.at][2]
    parser.at += 1
    if opener[0] != "(":
        return names.finished(parser, "N", start)
    parser.at += 1
    parser.bars.append("(")
    _bar_as_mid(parser)
    found = [parser.expression()]
    density = parser.took("mid") or parser.took(";") or parser.took("|")
    if density:
        found.append(parser.expression())
    while parser.took(","):
        found.append(parser.expression())
    if len(found) != 2 + density:
        raise parser.expected("`\\mathcal{N}(\\mu, \\Sigma)` or `\\mathcal{N}(x \\mid \\mu, \\Sigma)`")
    parser.close(opener)
    return attach(parser, Tree("call", tuple(found), "gauss" if density else "N", parser.since(start)))


def _bar_as_mid(parser: LatexParser) -> None:
    """`x | \\mu, \\Sigma`: a single bar before the first comma of the bracket stands for `\\mid`."""
    end = brackets.closing(parser, parser.at - 1)
    first = brackets.split(parser, (parser.at, end))[0]
    places = [i for i in range(*first) if parser.tokens[i][0] == "|"]
    if len(places) == 1:
        _, value, start, stop = parser.tokens[places[0]]
        parser.tokens[places[0]] = ("mid", value, start, stop)


def _optimum(parser: LatexParser, name: str, scripts: Scripts, start: int) -> Tree:
    """`\\arg\\min_w f` → argmin(f, w); `\\arg\\min_{w, b} f` → argmin(f, w, b)."""
    if scripts.below is None or scripts.above is not None or scripts.primes:
        raise parser.expected(f"the variable below `{name}`")
    variables = tuple(within(parser, r) for r in brackets.split(parser, scripts.below))
    body = parser.expression(PRODUCT)
    while parser.kind() in ("+", "-"):
        raise parser.two_readings(
            body, "the minimiser of what stands before the sign", "the minimiser of all that follows"
        )
    return Tree("call", (body, *variables), name, parser.since(start))


def constant(parser: LatexParser) -> Tree:
    """`\\mathbf{1}` is vector(1), `\\mathbf{1}_n` ones(n), `\\mathbf{0}` likewise."""
    _, value, start, end = parser.tokens[parser.at]
    if value == "1" and brackets.compares(parser, 1):
        return indicator(parser)
    parser.at += 1
    digit = Tree("number", (), int(value), Span(start, end))
    scripts = collect(parser)
    if scripts.below is None:
        tree = Tree("call", (digit,), "vector", Span(start, end))
    elif value == "1" and any(parser.tokens[i][0] in COMPARING for i in range(*scripts.below)):
        tree = indicated(parser, scripts.below, Span(start, scripts.end))
    else:
        sizes = tuple(within(parser, r) for r in _by_crosses(parser, scripts.below))
        tree = Tree("call", sizes, "ones" if value == "1" else "zeros", Span(start, scripts.end))
    return with_scripts(parser, tree, scripts._replace(below=None))


def _by_crosses(parser: LatexParser, below: Range) -> list[Range]:
    """`m \\times n`."""
    tokens = parser.tokens
    cuts = [i for i in range(*below) if tokens[i][1] in (r"\times", "×")]
    edges = [below[0] - 1, *cuts, below[1]]
    return [(edges[i] + 1, edges[i + 1]) for i in range(len(edges) - 1)]


def indicator(parser: LatexParser) -> Tree:
    """`\\mathbb{1}[a = b]` → eq(a, b), other conditions → cases; without brackets it is the vector of ones."""
    _, value, start, end = parser.tokens[parser.at]
    if value == "I" and not brackets.compares(parser, 1):
        helps = ("the identity: `I`, `I_n`", "an indicator: a comparison in brackets, `\\mathbb{I}[x > 0]`")
        raise refuse("ambiguous", "`\\mathbb{I}` has two readings here", parser.source, Span(start, end), "", *helps)
    if parser.kind(1) not in ("bracket", "(", "set"):
        return constant(parser)
    parser.at += 1
    tree = bracketed(parser)
    return attach(parser, one_where(tree.args[1], parser.since(start)))


def root(parser: LatexParser) -> Tree:
    """`\\sqrt{x}`, `\\sqrt[3]{x}`."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    order: Tree | None = None
    if parser.kind() == "bracket":
        order = parser.group()
    body = one_argument(parser, "\\sqrt")
    span = parser.since(start)
    if order is None:
        return attach(parser, Tree("call", (body,), "sqrt", span))
    one = Tree("div", (Tree("number", (), 1, order.span), order), None, order.span)
    return attach(parser, Tree("pow", (body, one), None, span))


def one_argument(parser: LatexParser, command: str) -> Tree:
    """`{a}`, or the one token that TeX takes."""
    kind, _, _start, _end = parser.tokens[parser.at]
    if kind == "{":
        return parser.group()
    if kind not in ("name", "number"):
        raise parser.expected(f"`{{…}}` after `{command}`")
    tree = within(parser, (parser.at, parser.at + 1))
    parser.at += 1
    return tree


def summed(parser: LatexParser) -> Tree:
    """`\\sum_{i=1}^{n} body`, `\\sum_i body`, `\\sum_{i,j} body`; the body reaches to the next sign of a sum."""
    head, value, start, end = parser.tokens[parser.at]
    parser.at += 1
    scripts = collect(parser)
    if scripts.below is None:
        message = f"`{value}` needs its index below: `{value}_{{i=1}}^{{n}}`"
        raise refuse("expected", message, parser.source, Span(start, end))
    bounds = _bounds(parser, scripts)
    indices = [name for name, _, _ in bounds]
    parser.bound += indices
    kept = parser.expired
    parser.expired = kept - set(indices)
    body = parser.expression(PRODUCT)
    del parser.bound[-len(indices) :]
    parser.expired = kept | set(indices)
    for name, low, high in reversed(bounds):
        body = Tree(head, (body, low, high), name, parser.since(start))
    return body


def _bounds(parser: LatexParser, scripts: Scripts) -> list[tuple[str, Tree, Tree]]:
    """Name, lower and upper bound of each index."""
    assert scripts.below is not None
    found: list[tuple[str, Tree, Tree]] = []
    for start, end in brackets.split(parser, scripts.below):
        tokens = parser.tokens[start:end]
        suspects.refuse_condition_below(parser, start, end)
        place = Span(parser.tokens[scripts.below[0]][2], parser.tokens[scripts.below[1] - 1][3])
        name, at = _index_name(parser, start, end)
        if name is None or (len(tokens) > 1 and at < end and parser.tokens[at][0] != "="):
            raise refuse("not-yet", "an index is written `i`, `i=1`, or `i,j` below a sum", parser.source, place)
        if at < end:
            if scripts.above is None:
                raise refuse("expected", "the upper bound of this sum is missing", parser.source, place)
            found.append((name, within(parser, (at + 1, end)), within(parser, scripts.above)))
        else:
            if scripts.above is not None and found[:1] == [] and brackets.split(parser, scripts.below)[1:]:
                raise refuse("not-yet", "one upper bound for several indices is not read", parser.source, place)
            low, high = Tree("number", (), 1, place), Tree("name", (), UNKNOWN_BOUND, place)
            found.append((name, low, high if scripts.above is None else within(parser, scripts.above)))
    return found


def _index_name(parser: LatexParser, start: int, end: int) -> tuple[str | None, int]:
    """The name of an index, which may carry marks of its own, and the token behind it."""
    stop = next((i for i in range(start, end) if parser.tokens[i][0] == "="), end)
    if stop == start + 1 and parser.tokens[start][0] in ("name", "word"):
        return parser.tokens[start][1], stop
    if stop > start:
        tree = within(parser, (start, stop))
        if tree.head == "name":
            return str(tree.data), stop
    return None, end


def integral(parser: LatexParser) -> Tree:
    """`\\int_0^1 f \\, dx` → integral(f, x, 0, 1)."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    scripts = collect(parser)
    body = parser.expression(PRODUCT)
    if body.head != "mul" or body.args[1].head != "name" or str(body.args[1].data)[0] != "d":
        raise parser.expected("`dx` at the end of the integral")
    last = body.args[1]
    limits = [within(parser, r) for r in (scripts.below, scripts.above) if r is not None]
    variable = Tree("name", (), str(last.data)[1:], last.span)
    return Tree("call", (body.args[0], variable, *limits), "integral", parser.since(start))
