r"""What a letter begins: a name with its accents and scripts, a differential, a call.

One idea: the name is put together first (`\hat{y}_i^{(1)}`), and only then is it asked whether a bracket behind it is an argument or a
factor; where both are likely the text is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.marks import accented
from derive.source import Span
from derive.syntax.latex import brackets, functions, subscripts, suspects
from derive.syntax.latex.commands import FUNCTION_LETTERS
from derive.syntax.latex.evidence import script_end
from derive.syntax.latex.lettered import extreme, lettered
from derive.syntax.latex.scripts import Scripts, above, applied, collect, mark_of, marked, within
from derive.syntax.lexer import refuse
from derive.syntax.operators import ATOM, PRODUCT
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser

_NEVER = frozenset(
    "pi alpha beta lambda mu eta gamma theta tau kappa nu xi zeta delta epsilon".split()
)  # letters of factors


def named(parser: LatexParser) -> Tree:
    """A name with its scripts, and the call or differential that it begins."""
    if _is_differential(parser):
        return differential(parser)
    start = parser.tokens[parser.at][2]
    base = letters(parser)
    return finished(parser, base, start)


def braced(parser: LatexParser) -> Tree:
    """`{a}`: TeX's invisible bracket; around a name it changes nothing, `{x}_i`."""
    start = parser.tokens[parser.at][2]
    if parser.kind(2) == "}" and parser.kind(1) in ("name", "script", "word"):
        name = parser.tokens[parser.at + 1][1]
        parser.at += 3
        return finished(parser, name, start)
    tree = parser.group()
    scripts = collect(parser)
    if tree.head == "name" and (scripts.below or scripts.above):
        return _scripted(parser, str(tree.data), scripts, tree.span.start)
    return applied(parser, tree, scripts)


def letters(parser: LatexParser) -> str:
    """The name that stands here, without its scripts: a letter, a word, or an accent over one."""
    kind, value, start, end = parser.tokens[parser.at]
    if kind in ("name", "script", "word"):
        parser.at += 1
        if kind == "script" and any(t[0] == "name" and t[1] == value for t in parser.tokens):
            message = f"`{value}` stands here in two fonts, and could be two things"
            helps = (f"write `\\mathrm{{cal{value}}}` for one of them",)
            raise refuse("ambiguous", message, parser.source, Span(start, end), "", *helps)
        return value
    if kind != "accent":
        raise parser.expected("a name")
    parser.at += 1
    wrapped = parser.took("{")
    doubled = wrapped and parser.took("{")
    parser.deeper(4)
    inner = letters(parser)
    parser.depth -= 4
    if doubled and not parser.took("}"):
        raise parser.expected("`}`")
    if wrapped and parser.kind() == "_":
        scripts = collect(parser)
        assert scripts.below is not None
        inner, entries = subscripts.lower(parser, inner, scripts.below, Span(start, scripts.end))
        if entries:
            message = "an accent over an entry: put the subscript outside, `\\hat{y}_i`"
            raise refuse("unknown-script", message, parser.source, Span(start, scripts.end))
    if wrapped and not parser.took("}"):
        message = f"only a name can carry `{parser.source.text[start:end]}`"
        raise refuse("expected", message, parser.source, Span(start, parser.tokens[parser.at][3]))
    return accented(inner, value)


def finished(parser: LatexParser, base: str, start: int) -> Tree:
    """A name with the scripts behind it, and the call that it may be."""
    scripts = collect(parser)
    if scripts.primes and parser.kind() == "(" and scripts.above is None:
        primed = _primed(parser, base, scripts, start)
        if primed is not None:
            return primed
    function = extreme(parser, base, scripts, Span(start, scripts.end))
    if function is not None:
        return functions.applied_to(parser, function, scripts.above, start)
    if parser.kind() == "bracket" and base not in parser.known and base == "E" and scripts == Scripts(end=scripts.end):
        parser.at -= 1
        return functions.applied(parser)
    suspects.refuse_suspect(parser, base, scripts, start)
    name = base
    if scripts.below is None and scripts.above is None and not scripts.primes:
        tree = Tree("name", (), base, Span(start, parser.tokens[parser.at - 1][3]))
    else:
        tree = _scripted(parser, base, scripts, start)
    if parser.kind() == "(":
        if tree.head == "name":
            name = str(tree.data)
            if name == "Gamma" and name not in parser.known:
                name = "gamma"  # Euler's
            if name == "gamma" != base or _is_call(parser, base, name, Span(start, parser.tokens[parser.at][3])):
                called = Tree("call", functions.arguments(parser), name, Span(start, parser.tokens[parser.at - 1][3]))
                return applied(parser, called, collect(parser))
        elif (
            tree.head == "pow"
            and base not in parser.known
            and parser.touches()
            and (base in FUNCTION_LETTERS - {"sigma"} or brackets.content(parser) == ["name"])
        ):
            raise parser.two_readings(tree, "a power of the function", "a product with a power of a number")
    return tree


def _scripted(parser: LatexParser, base: str, scripts: Scripts, start: int) -> Tree:
    """A name with its scripts: marks of the name first, then entries, then transposes and powers."""
    span = Span(start, scripts.end)
    constant = _identity(parser, base, scripts, span)
    if constant is not None:
        return constant
    letter = lettered(parser, base, scripts, span)
    if letter is not None:
        return applied(parser, *letter)
    raised = scripts.above
    sample: tuple[Tree, ...] = ()
    transposed = ""
    if raised is not None:
        found = marked(parser, base, raised)
        if found is not None:
            base, sample, transposed = found
            raised = None
    entries: tuple[Tree, ...] = ()
    if scripts.below is not None:
        base, entries = subscripts.lower(parser, base, scripts.below, span)
    if base == "delta" and len(entries) == 2 and not sample and _is_kronecker(parser):
        return applied(parser, Tree("call", entries, "delta", span), scripts._replace(below=None))
    if entries and raised is not None:
        _refuse_entries(parser, base, entries, scripts, span)
    tree = Tree("name", (), base, span)
    if sample or entries:
        tree = Tree("index", (tree, *sample, *entries), None, span)
    if transposed and scripts.above is not None:
        tree = above(parser, tree, (scripts.above[1] - len(transposed), scripts.above[1]), span)
    if (
        raised is not None
        and tree.head == "name"
        and str(base).startswith("d")
        and len(base) == 2
        and mark_of(parser, raised) not in ("T", "H")
    ):
        raise parser.two_readings(tree, "a power of the differential", "the differential of the power")
    return applied(parser, tree, Scripts(None, raised, scripts.primes, scripts.end))


def _is_kronecker(parser: LatexParser) -> bool:
    """Whether every δ of the text carries two subscripts, and none is declared: then it is Kronecker's."""
    if "delta" in parser.known:
        return False
    tokens = parser.tokens
    return all(
        tokens[i + 1][0] == "_"
        and sum(t[0] in ("name", "number") for t in tokens[i + 2 : script_end(tokens, i + 1)]) == 2
        for i, token in enumerate(tokens[:-2])
        if token[:2] == ("name", "delta")
    )


def _refuse_entries(parser: LatexParser, base: str, entries: tuple[Tree, ...], scripts: Scripts, span: Span) -> None:
    """`A_{ij}^{-1}` and `A^2_{ij}` can be an entry of the power or the power of the entry."""
    assert scripts.above is not None
    tokens = parser.tokens[scripts.above[0] : scripts.above[1]]
    inverted = len(entries) > 1 and tokens[0][0] == "-"
    if base[0].isupper() and (inverted or scripts.raised_first):
        helps = ("the entry of the power: `(A^{-1})_{ij}`", "the power of the entry: `(A_{ij})^{-1}`")
        message = "a matrix with both scripts has two readings"
        raise refuse("ambiguous", message, parser.source, span, "", *helps)


def _identity(parser: LatexParser, base: str, scripts: Scripts, span: Span) -> Tree | None:
    """`I_d`: the identity of size d."""
    if base != "I" or scripts.below is None or "I" in parser.known:
        return None
    tokens = parser.tokens[scripts.below[0] : scripts.below[1]]
    if len(tokens) > 1 and all(t[0] == "name" and t[1] in "ijkl" for t in tokens):
        return None
    if any(t[0] == "," for t in tokens):
        return None
    tree = Tree("call", (within(parser, scripts.below),), "eye", span)
    return applied(parser, tree, Scripts(None, scripts.above, scripts.primes, scripts.end))


def _primed(parser: LatexParser, base: str, scripts: Scripts, start: int) -> Tree | None:
    """`f'(x)`; None for `X'(a + b)`, a transpose times a bracket."""
    span = Span(start, scripts.end)
    name = base
    if scripts.below is not None:
        name, entries = subscripts.lower(parser, base, scripts.below, span)
        if entries:
            return None
    if base not in FUNCTION_LETTERS:
        if name in parser.known or base[0].isupper():
            return None
        left = Tree("name", (), name, span)
        raise parser.two_readings(
            left, f"the derivative of a function {base}", f"the transpose of {base} times a bracket"
        )
    tree = Tree("prime", functions.arguments(parser), (name, scripts.primes), parser.since(start))
    return applied(parser, tree, collect(parser))


def _is_call(parser: LatexParser, base: str, name: str, span: Span) -> bool:
    """Whether the bracket behind a name is an argument."""
    content = brackets.content(parser)
    if _holds(parser, base):
        return False  # `\\sigma (1 - \\sigma)`: no function is applied to itself
    if base in FUNCTION_LETTERS:
        return parser.touches() or name not in parser.known
    if "," in content or ";" in content:
        return True
    lone = content in (["name"], ["number"])
    if name in parser.known or base in parser.evidence.bare or "_" in base:
        if lone and content == ["name"]:
            _refuse_lone(parser, base, span)
        return False
    if lone and base in _NEVER:
        if span.start == parser.tokens[0][2] and parser.tokens[brackets.closing(parser, parser.at) + 1][0] in (
            "=",
            "==",
        ):
            return True  # `\\zeta(x) = …` defines a function
        _refuse_lone(parser, base, span)
    if lone or base in _NEVER or base[0].isupper():
        return lone
    if base[0] == "d" and (base[1:] in parser.known or base[1:] in parser.evidence.bare):
        return False  # `\mathrm{d}t (A + B)`: the differential of a variable
    message = f"`{name}` before a bracket can be a function or a factor"
    helps = (f"the product: `{name} \\cdot (…)`, or declare `{name}`", f"the function: `\\operatorname{{{name}}}(…)`")
    raise refuse("ambiguous", message, parser.source, span, "", *helps)


def _holds(parser: LatexParser, base: str) -> bool:
    """Whether a letter stands bare in the bracket that opens behind it."""
    inside = range(parser.at + 1, brackets.closing(parser, parser.at))
    return any(
        parser.tokens[i][:2] == ("name", base) and parser.tokens[i + 1][0] not in ("(", "_", "^", "'") for i in inside
    )


def _refuse_lone(parser: LatexParser, base: str, span: Span) -> None:
    letter = parser.source.text[span.start : span.end].rstrip("( ")
    message = f"`{letter}(…)` can be a function or a product with a bracket"
    helps = (f"the product: `{letter} \\cdot …`", f"the function: `\\operatorname{{{base}}}(…)`")
    raise refuse("ambiguous", message, parser.source, span, "", *helps)


# Differentials.


def _is_differential(parser: LatexParser) -> bool:
    """Whether a d begins a differential: `dX`, `d\\,\\mathrm{tr}(AX)`, `\\mathrm{d} x`."""
    kind, value, start, end = parser.tokens[parser.at]
    if kind == "d":
        return True
    if kind != "name" or value != "d":
        return False
    following = parser.tokens[parser.at + 1]
    norm = following[0] == "‖<" or (following[0] == "‖" and parser.bars[-1:] != ["‖"])
    function = norm or following[0] in ("function", "normal") or (following[0] == "word" and parser.kind(2) == "(")
    letter = not function and following[0] in ("name", "script", "accent", "word")
    touching = letter and following[2] == end
    if "d" in parser.known:
        if touching and "d" + following[1] not in parser.known and following[0] == "name":
            _refuse_d(parser, following[1], Span(start, following[3]))
        return touching
    if touching or function:
        return True
    if letter and not parser.evidence.lone_d:
        _refuse_d(parser, following[1], Span(start, following[3]))
    return following[0] in ("(", "bracket") and not parser.evidence.lone_d


def _refuse_d(parser: LatexParser, following: str, span: Span) -> None:
    message = f"`d {following}` can be a differential or a product"
    helps = (f"the differential: `\\mathrm{{d}}{following}`", f"the product: `d \\cdot {following}`")
    raise refuse("ambiguous", message, parser.source, span, "", *helps)


def differential(parser: LatexParser) -> Tree:
    """`dX` is the name dX; `d(f)` and `d\\operatorname{tr}(…)` are differentials, `\\mathrm{d}^2 f` is that of the differential."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    kind = parser.kind()
    if kind == "^" and parser.tokens[parser.at + 1][1] == "2":
        parser.at += 2
        body = parser.expression(PRODUCT + 1)
        return Tree("differential", (Tree("differential", (body,), None, body.span),), None, parser.since(start))
    function = kind in ("function", "normal") or (kind == "word" and parser.kind(1) == "(")
    if kind in ("name", "script", "word", "accent") and not function:
        return finished(parser, "d" + letters(parser), start)
    if kind == "(" or (kind == "bracket" and "," not in brackets.content(parser)):
        body = parser.group() if kind == "bracket" else brackets.rounded(parser)
        tree = Tree("differential", (body,), None, parser.since(start))
        if parser.kind() in ("^", "'", "_"):
            scripts = collect(parser)
            raise parser.two_readings(
                Tree("name", (), "d", Span(start, scripts.end)),
                "the differential of the whole",
                "the whole of the differential",
            )
        return tree
    if function or kind in ("frac", "‖", "‖<", "|", "|<"):
        body = parser.expression(PRODUCT + 1)
        return Tree("differential", (body,), None, parser.since(start))
    raise parser.expected("what the differential is of: a name, a bracket or a function")


def where(parser: LatexParser, body: Tree) -> Tree:
    """`body \\text{where } u = a, v = b`, standing at the word."""
    parser.at += 1
    found: list[str] = []
    definitions: list[Tree] = []
    while True:
        place = parser.span()
        target = parser.expression(ATOM)
        if target.head != "name" or parser.kind() not in ("=", "=="):
            raise refuse("expected", "expected a definition `name = expression` after `where`", parser.source, place)
        if target.data in found:
            raise refuse("defined-twice", f"`{target.data}` is defined twice", parser.source, place)
        parser.at += 1
        parser.expired = set()
        found.append(str(target.data))
        definitions.append(parser.expression())
        if not (parser.took(",") or parser.took("quad")):
            break
    return Tree("where", (body, *definitions), tuple(found), Span(body.span.start, definitions[-1].span.end))
