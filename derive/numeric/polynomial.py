"""Polynomials among terms, and their derivatives from values alone.

One idea: along a line a term that is a polynomial of degree D is known by its values at D + 1 points, so in exact rationals its
derivative is a weighted sum of values without any error. A bound for D is read off the term: sums keep it, products add it up. A term that
is not seen to be a polynomial raises `NotInWorld`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import factorial
from typing import TYPE_CHECKING, Any

from flint import fmpq

from derive.numeric.mentions import definition, postorder, variable
from derive.numeric.world import NotInWorld
from derive.ops import Operation
from derive.term import Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

HIGHEST = 4  # beyond it balls are cheaper
Degrees = Mapping[Term, int]


def degree(e: Evaluation, term: Term, names: frozenset[str]) -> int:
    """A bound for the degree in variables that move together; raises NotInWorld where the term is no polynomial in them."""
    marked = frozenset([variable(name) for name in names])
    known: dict[Term, int] = {}
    for node in postorder(term, known):
        known[node] = _degree(e, node, names, known) if e.names(node) & marked else 0
        if known[node] > HIGHEST:
            raise NotInWorld("a polynomial of high degree")
    return known[term]


def _degree(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    rule = RULES.get(node.head)
    if rule is None:
        raise NotInWorld(f"the derivative of a {node.name or node.head} is not known exactly")
    return rule(e, node, names, known)


def _largest(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    return max(known[a] for a in node.args)


def _product(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    return sum(known[a] for a in node.args)


def _power(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    exponent: Any = node.data
    if not isinstance(exponent, int) or exponent < 0:
        raise NotInWorld("a power that is no polynomial")
    return exponent * known[node.args[0]]


def _opaque(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    operation: Operation = node.data
    if operation.name not in ("det", "prod"):
        raise NotInWorld(f"the derivative of {operation.name} is not known exactly")
    return known[node.args[0]] * e.size(node.args[0].type.shape[-1])


def _derivative(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    if definition(node):
        raise NotInWorld("a derivative by a definition that moves")
    return known[node.args[0]]


def _differential(e: Evaluation, node: Term, names: frozenset[str], known: Degrees) -> int:
    return known[node.args[0]] + 1


Rule = Callable[["Evaluation", Term, frozenset[str], Degrees], int]
RULES: dict[str, Rule] = {
    "symbol": lambda e, node, names, known: 1,
    "add": _largest,
    "einsum": _product,
    "power": _power,
    "entry": _largest,
    "block": _largest,
    "bigsum": _largest,
    "array": _largest,
    "opaque": _opaque,
    "derivative": _derivative,
    "differential": _differential,
}


@lru_cache(maxsize=64)
def first_weights(highest: int) -> list[tuple[fmpq, fmpq]]:
    """t = 1 … m and w with f'(0) = Σ w (f(t) - f(-t)) for every polynomial of degree ≤ 2m: w = (-1)^(t+1) m!² / (t (m-t)! (m+t)!)."""
    m = max(1, (highest + 1) // 2)
    return [(fmpq(t), _weight(m, t) / t) for t in range(1, m + 1)]


@lru_cache(maxsize=64)
def second_weights(highest: int) -> list[tuple[fmpq, fmpq]]:
    """t = 1 … m and w with f''(0) = Σ w (f(t) + f(-t) - 2f(0)) for every polynomial of degree ≤ 2m + 1."""
    m = max(1, highest // 2)
    return [(fmpq(t), 2 * _weight(m, t) / (t * t)) for t in range(1, m + 1)]


def _weight(m: int, t: int) -> fmpq:
    return fmpq((-1) ** (t + 1) * factorial(m) ** 2, factorial(m - t) * factorial(m + t))
