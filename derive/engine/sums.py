"""Sums in normal form: like terms collected, zeros dropped, numbers taken out of the terms.

One idea: a term is a number times a unit, and units are compared by their hashes; a sum is never distributed over. It knows nothing of indices: its terms
are normal already.

Laws used: `a·u + b·u -> (a + b)·u` and `c·(u + v) -> c·u + c·v` for numbers a, b, c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Node, Prod, Shape, Sum, zero
from derive.engine.numbers import tidy

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction

Share = tuple["Number", Node | None]  # of a term in a sum: its coefficient, and the term itself when it stands once


def split(node: Node) -> tuple[Number, Node]:
    """Numeric coefficient and the rest: `3·x -> (3, x)`."""
    if type(node) is not Prod or node.coef == 1:
        return 1, node
    if node.unit is None:
        node.unit = unwrapped(Prod(1, node.factors, node.out, node.dims, True))
    return node.coef, node.unit


def scaled(coef: Number, node: Node) -> Node:
    """`coef · node` for a normal node."""
    if coef == 1:
        return node
    if coef == 0:
        return zero(node.shape)
    if isinstance(node, Sum):
        return Sum(tuple([scaled(coef, t) for t in node.terms]), node.shape, True)
    if isinstance(node, Prod):
        unit = node if node.coef == 1 else node.unit
        total = tidy(coef * node.coef)
        if unit is not None and total == 1:
            return unit
        made = Prod(total, node.factors, node.out, node.dims, True)
        made.unit = unit
        return made if unit is not None else unwrapped(made)
    axes = tuple(range(len(node.shape)))
    made = Prod(coef, ((node, axes, 1),), axes, node.shape, True)
    made.unit = node
    return made


def unwrapped(prod: Prod) -> Node:
    """A product of one factor that changes nothing is that factor."""
    if prod.coef == 1 and len(prod.factors) == 1:
        base, idx, exp = prod.factors[0]
        if exp == 1 and idx == prod.out and idx == tuple(range(len(prod.dims))):
            return base
    return prod


def collect(terms: list[Node], shape: Shape) -> Node:
    """The normal sum: nested sums opened, like terms added, zeros dropped; order of first appearance."""
    opened: list[Node] = []
    for term in terms:
        if type(term) is Sum:
            opened += term.terms
        else:
            opened.append(term)
    if len(opened) > 1 and _are_unlike(opened):
        return Sum(tuple(opened), shape, True)
    found: dict[Node, Share] = {}
    stack = opened[::-1]
    while stack:
        term = stack.pop()
        if type(term) is Sum:
            stack.extend(reversed(term.terms))
            continue
        coef, unit = split(term)
        if type(unit) is Sum:
            stack.extend([scaled(coef, t) for t in reversed(unit.terms)])
            continue
        before = found.get(unit)
        if before is None:
            found[unit] = (coef, term if _is_plain(term, unit) else None)
        else:
            found[unit] = (before[0] + coef, None)
    kept = [term if term is not None else scaled(tidy(coef), unit) for unit, (coef, term) in found.items() if coef != 0]
    if not kept:
        return zero(shape)
    return kept[0] if len(kept) == 1 else Sum(tuple(kept), shape, True)


def _is_plain(term: Node, unit: Node) -> bool:
    """Whether a term is its coefficient times the factors of its unit; else it is a number times a product, and is opened."""
    return type(unit) is not Prod or unit is term or (type(term) is Prod and unit.factors is term.factors)


def _are_unlike(terms: list[Node]) -> bool:
    """Whether a look shows that no two terms are multiples of each other, and none is a sum or zero."""
    sigs = set()
    for term in terms:
        unit = term
        if type(term) is Prod and term.coef != 1:
            if term.coef == 0:
                return False
            unit = split(term)[1]
        if type(unit) is Sum or not _is_plain(term, unit):
            return False
        sigs.add(unit.sig)
    return len(sigs) == len(terms)
