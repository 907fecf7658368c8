r"""Densities: `\log p(x \mid \mu, \Sigma) = …` defines p, by its logarithm; what stands behind the bar are parameters.

One idea: derivatives of a density are by its parameters, which are variables like all others, so the bar and what follows it say nothing to a derivative;
and a density that is given by its logarithm is the exponential of that. It knows no distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.document.functions import parameters_of
from derive.document.mapped import Mapped
from derive.document.story import Function, Record, Said
from derive.ops import REGISTRY
from derive.tree import Tree

_NAME = r"(?<![A-Za-z\\])(?P<name>(?:[pPqfL]|\\(?:ell(?![A-Za-z])|mathcal\s*\{L\}))(?:_(?:\w|\\[A-Za-z]+|\{[^{}]*\}))?)"
_DENSITY = re.compile(
    _NAME
    + r"\s*(?:\\left\s*)?\((?P<of>[^()|;]*?)(?P<given>(?:(?:\\mid|\\vert|\\,?\||\||;)(?![A-Za-z])[^()]*?)?)(?:\\right\s*)?\)"
)


def conditioned(formulas: Iterable[str]) -> frozenset[str]:
    """The densities of a text that stand with one condition alone, always the same: only there can it be left out."""
    found: dict[str, set[tuple[str, str]]] = {}
    for text in formulas:
        for match in _DENSITY.finditer(text):
            found.setdefault(match["name"], set()).add((_bare(match["of"]), _bare(match["given"])))
    return frozenset(name for name, uses in found.items() if len(uses) == 1 and next(iter(uses))[1])


def observed(formulas: Iterable[str]) -> frozenset[str]:
    r"""What densities of a text are of, as y in `p(y \mid X, w)`, where the text also draws something, `\varepsilon \sim …`: data, whatever a model says of it."""
    texts = list(formulas)
    if not any("\\sim" in text for text in texts):
        return frozenset()
    found = [m["of"] for text in texts for m in _DENSITY.finditer(text) if m["given"] and m["name"] in ("p", "P")]
    return frozenset(name for of in found for name in re.findall(r"[A-Za-z]+", of))


def drawn(formulas: Iterable[str]) -> frozenset[str]:
    r"""The names that a text draws from something, `\varepsilon_i \sim \mathcal{N}(0, 1)`."""
    return frozenset(
        name.removeprefix("var")
        for text in formulas
        for name in re.findall(r"([A-Za-z]+)\}?(?:_\{?\w+\}?)?\s*&?\s*\\sim", text)
    )


def _bare(text: str) -> str:
    """The text without blanks, and with one sign for the bar."""
    return re.sub(r"\\mid|\\vert|\\,?\|", "|", re.sub(r"\s|\\[,;!]", "", text))


def without_conditions(formula: Mapped, names: frozenset[str]) -> Mapped:
    r"""A formula with `p(x \mid \mu)` as `p(x)` for these densities: blanks for what stands behind the bar."""
    text = formula.text
    for found in _DENSITY.finditer(formula.text) if names else ():
        if found["name"] in names:
            start, end = found.span("given")
            text = text[:start] + " " * (end - start) + text[end:]
    return formula if text is formula.text else Mapped(text, formula.origin)


def densities_read(tree: Tree, record: Record) -> Tree:
    """A statement without `log p(x) =` or `-log p(x) =`, where p is new, which is recorded as `p(x) = exp(a)`; what follows goes on from a."""
    if tree.head == "both":
        return Tree("both", tuple([densities_read(a, record) for a in tree.args]), tree.data, tree.span)
    if tree.head != "relation" or len(tree.args) < 2 or set(tree.data) != {"=="}:  # type: ignore[call-overload]
        return tree
    left, value = tree.args[:2]
    negative = left.head == "neg"
    if negative:
        left = left.args[0]
    if left.head != "call" or left.data != "log" or len(left.args) != 1:
        return tree
    density = left.args[0]
    name, parameters = str(density.data), parameters_of(density)
    if parameters and REGISTRY.get(name) is not None:  # the softmax, and what it is
        return tree
    if not (density.head == "name" or parameters) or record.declaration(name) is not None or name in record.bodies():
        return tree
    logarithm = Tree("neg", (value,), None, value.span) if negative else value
    body = Tree("call", (logarithm,), "exp", tree.span)
    if parameters:
        record.functions.append(Said(tree.span.start, name, Function(parameters, body)))
    else:
        record.definitions.append(Said(tree.span.start, name, body))
    rest = tree.args[1:]
    return value if len(rest) == 1 else Tree("relation", rest, ("==",) * (len(rest) - 1), tree.span)


def logarithm_of_density(node: Tree) -> Tree:
    """`log(exp(a))` as a."""
    inside = node.args[0] if node.head == "call" and node.data == "log" and len(node.args) == 1 else None
    return inside.args[0] if inside is not None and inside.head == "call" and inside.data == "exp" else node
