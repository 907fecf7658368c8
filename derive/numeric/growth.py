"""The degree of a term in random variables, for means of polynomials.

One idea: read off the notation, from below: sums keep the degree, products add it up. Formulas are looked into, and a few functions that undo
each other are known: |u|² and norm2(u)² have twice the degree of u, and the logarithm of a normal density twice that of its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from derive.numeric.mentions import definition, variable
from derive.term import Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

HIGHEST = 24
SQUARES = frozenset(("abs", "norm2"))  # even powers of these are polynomials

Degree = int | None
Known = dict[Term, Degree]


def growth(e: Evaluation, term: Term, names: frozenset[str]) -> Degree:
    """A bound for the degree of a term in variables that move together; None where it is not seen to be a polynomial."""
    found = _Reader(e, frozenset([variable(name) for name in names])).degree(term)
    return found if found is not None and found <= HIGHEST else None


class _Reader:
    def __init__(self, e: Evaluation, marked: frozenset[str]) -> None:
        self.e = e
        self.marked = marked
        self.known: Known = {}

    def degree(self, term: Term) -> Degree:
        """Children before parents, on a stack of its own; what a pattern of two nodes decides is asked there."""
        stack = [term]
        while stack:
            node = stack[-1]
            if node in self.known:
                stack.pop()
                continue
            if not self.e.names(node) & self.marked:
                self.known[node] = 0
                continue
            inside = _seen_through(node)
            missing = [a for a in inside if a not in self.known]
            if missing:
                stack += missing
                continue
            self.known[node] = _degree(node, [self.known[a] for a in inside], self)
        return self.known[term]

    def constant(self, term: Term) -> bool:
        return not self.e.names(term) & self.marked


def _seen_through(node: Term) -> tuple[Term, ...]:
    """The terms on whose degrees that of a node depends."""
    if _is_square(node) or _is_log_density(node):
        return node.args[0].args
    return node.args


def _is_square(node: Term) -> bool:
    return (
        node.head == "power"
        and isinstance(node.data, int)
        and node.data % 2 == 0
        and node.data > 0
        and node.args[0].name in SQUARES
    )


def _is_log_density(node: Term) -> bool:
    return node.name == "log" and node.head == "map" and node.args[0].name == "gauss"


def _degree(node: Term, inside: list[Degree], reader: _Reader) -> Degree:
    rule = RULES.get(node.head)
    degrees = [d for d in inside if d is not None]
    if _is_log_density(node):
        ok = len(degrees) == 3 and reader.constant(node.args[0].args[2])
        return 2 * max(degrees[:2]) if ok else None
    if rule is None or len(degrees) < len(inside):
        return None
    return rule(node, degrees, reader)


def _power(node: Term, degrees: list[int], reader: _Reader) -> Degree:
    exponent: Any = node.data
    return exponent * max(degrees) if isinstance(exponent, int) and exponent > 0 else None


def _derivative(node: Term, degrees: list[int], reader: _Reader) -> Degree:
    return None if definition(node) else degrees[0]


def _formula(node: Term, degrees: list[int], reader: _Reader) -> Degree:
    """The degree of the body, with the degrees of the arguments for its parameters."""
    from derive.infer import infer_body
    from derive.term import Type

    operation: Any = node.data
    orders = [a.type.order for a in node.args]
    if orders not in [[len(x) for x in s.inputs] for s in operation.signatures]:
        return None
    body, parameters = infer_body(operation, tuple([Type(a.type.shape, a.type.row) for a in node.args]))
    moving = {p.name: d for p, d in zip(parameters, degrees, strict=True) if d}
    inner = _Reader(reader.e, frozenset(map(variable, moving)))
    for sub in body.walk():
        if sub.head == "symbol":
            inner.known[sub] = moving.get(sub.data.name, 0)
    return inner.degree(body)


Rule = Callable[[Term, list[int], _Reader], Degree]
RULES: Mapping[str, Rule] = {
    "symbol": lambda node, degrees, reader: 1,
    "add": lambda node, degrees, reader: max(degrees),
    "einsum": lambda node, degrees, reader: sum(degrees),
    "power": _power,
    "entry": lambda node, degrees, reader: max(degrees),
    "block": lambda node, degrees, reader: max(degrees),
    "bigsum": lambda node, degrees, reader: max(degrees),
    "array": lambda node, degrees, reader: max(degrees),
    "derivative": _derivative,
    "differential": lambda node, degrees, reader: degrees[0] + 1,
    "formula": _formula,
}
