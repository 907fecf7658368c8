r"""Declarations in LaTeX: `A \in \mathbb{R}^{n \times n}`, `x \sim \mathcal{N}(\mu, \Sigma)`.

One idea: they are relations that the statements' reader reads already; here they become what a plain declaration is. A variable whose kind only its
distribution tells is a vector when the covariance is a matrix by its letters (`\Sigma`, `\sigma^2 I`), else a scalar. Anything else that
a relation may say declares nothing, and is refused.
"""

from __future__ import annotations

import re

from derive.finding import LanguageError
from derive.source import Source, Span
from derive.syntax.declarations import Declared
from derive.syntax.latex.commands import LETTERS
from derive.syntax.lexer import refuse
from derive.tree import Tree

_REALS = r"\\mathbb\s*(?:\{R\}|R)"
_MAPPING = re.compile(
    rf"\s*(\\?[A-Za-z]+)\s*(?:\\colon|:)\s*{_REALS}\s*(?P<of>\^(?:\w|\{{[^{{}}]*\}}))?\s*\\(?:to|rightarrow)\s*{_REALS}\s*(?P<values>\^(?:\w|\{{[^{{}}]*\}}))?\s*\Z"
)
_SEPARATORS = re.compile(r"[;\n]+")


def pieces(text: str) -> list[tuple[str, bool]]:
    """The parts between `;` and line ends, each at its place in a text that is blank before it, and whether it is LaTeX."""
    found, start = [], 0
    for end, after in [*((m.start(), m.end()) for m in _SEPARATORS.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            found.append((re.sub(r"\S", " ", text[:start]) + text[start:end], "\\" in text[start:end]))
        start = after
    return found


def declared_in(text: str, name: str) -> list[Declared]:
    """What relations in LaTeX declare, in order; raises LanguageError (`expected`) for what declares nothing."""
    from derive.syntax.statements import parse_latex_statement

    source = Source(text, name)
    mapping = _MAPPING.match(text)
    if mapping is not None:
        return [_function(mapping, source)]
    tree = parse_latex_statement(text, name)
    return [_declared(part, source) for part in (tree.args if tree.head == "both" else (tree,))]


def _function(found: re.Match[str], source: Source) -> Declared:
    """`f: \\mathbb{R}^n \\to \\mathbb{R}` is a function with scalar values, `\\mathbb{R} \\to \\mathbb{R}` one of entries."""
    span = Span(*found.span(1))
    if found["values"]:
        message = "an undefined function of this kind is not read: with values in \\mathbb{R}, or entry by entry `f: elementwise`"
        raise refuse("not-yet", message, source, Span(*found.span("values")))
    return Declared(
        LETTERS.get(found[1], found[1].lstrip("\\")),
        "function" if found["of"] else "elementwise",
        (),
        (),
        None,
        None,
        span,
    )


def joined(found: list[Declared]) -> list[Declared]:
    """`x \\in R^n; x \\sim N(…)` is one declaration: the distribution goes to the variable that is declared elsewhere."""
    made: dict[str, Declared] = {}
    for one in sorted(found, key=lambda d: any(p.startswith("gaussian(") for p in d.properties)):
        known = made.get(one.name)
        law = [p for p in one.properties if p.startswith("gaussian(")]
        if known is None:
            made[one.name] = one
        elif law and not one.sizes and not any("(" in p for p in known.properties):
            made[one.name] = known._replace(properties=(*known.properties, *law))
        else:
            return found  # declared twice, which the caller says
    return [made[one.name] for k, one in enumerate(found) if one.name not in [d.name for d in found[:k]]]


def _declared(part: Tree, source: Source) -> Declared:
    if part.head == "relation" and len(part.args) == 2 and part.args[0].head == "name":
        variable, said = part.args
        name = str(variable.data)
        if part.data == ("in",) and said.head == "call" and said.data == "Reals":
            kind = ("scalar", "vector", "matrix", "tensor")[min(len(said.args), 3)]
            return Declared(name, kind, said.args, (), None, None, variable.span)
        if part.data == ("sim",) and said.head == "call" and said.data == "N" and len(said.args) == 2:
            kind = "vector" if is_matrix(said.args[1]) else "scalar"
            return Declared(name, kind, (), (_gaussian(*said.args, source),), None, None, variable.span)
    message = r"a declaration in LaTeX is `A \in \mathbb{R}^{n \times n}` or `x \sim \mathcal{N}(\mu, \Sigma)`"
    raise refuse("expected", message, source, part.span)


def is_matrix(covariance: Tree) -> bool:
    """Whether a letter in it is upper case, as that of a matrix."""
    return any(node.head == "name" and str(node.data)[0].isupper() for node in covariance.walk())


_INFIX = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "pow": "^", "hadamard": ".*"}


def _gaussian(mean: Tree, covariance: Tree, source: Source) -> str:
    return f"gaussian(mean={_plain(mean, source)},cov={_plain(covariance, source)})"


def _plain(tree: Tree, source: Source, inside: bool = False) -> str:
    """A parameter in the plain notation, in which the words of a declaration are kept; every operation inside another in brackets."""
    parts = [_plain(a, source, tree.head != "call") for a in tree.args]
    if tree.head in ("number", "name"):
        text = str(tree.data)
        return f"({text})" if inside and "/" in text else text
    if tree.head == "call":
        return f"{tree.data}({', '.join(parts)})"
    if tree.head == "transpose":
        return parts[0] + "'"
    if tree.head == "neg":
        text = "-" + parts[0]
    elif tree.head in _INFIX:
        text = _INFIX[tree.head].join(parts)
    else:
        raise refuse("expected", "expected names, numbers, calls and arithmetic in a distribution", source, tree.span)
    return f"({text})" if inside else text


def gaussian_of(law: Tree) -> str | None:
    """`\\mathcal{N}(\\mu, \\Sigma)` as the word of a declaration; None where its parameters are not read."""
    parts = [in_plain_notation(a) for a in law.args]
    return None if len(parts) != 2 or None in parts else f"gaussian(mean={parts[0]},cov={parts[1]})"


def in_plain_notation(tree: Tree) -> str | None:
    """A parameter of a distribution in the plain notation; None for what cannot stand there."""
    try:
        return _plain(tree, Source("", "distribution"))
    except LanguageError:
        return None
