"""Denominators multiplied away: scalar sums, and sums entry by entry, that are not zero where a node has a value.

One idea: D = 0 exactly where s D = 0 for an s that is nowhere zero. It knows no law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Idx, Node, Prod, Sum
from derive.engine.normal import normalise
from derive.engine.sums import collect

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def without_denominators(node: Node) -> Node | None:
    """The node times the scalar sums, and sums entry by entry, that stand in its denominators; None when none does.

    The product is zero exactly when the node is, wherever the node has a value.
    """
    powers: dict[tuple[Node, Idx], Number] = {}
    for term in node.terms if isinstance(node, Sum) else (node,):
        if isinstance(term, Prod):
            for base, at, exp in term.factors:
                places = tuple([term.out.index(i) for i in at if i in term.out])
                if exp < 0 and isinstance(base, Sum) and len(places) == len(at) == len(set(at)):
                    powers[(base, places)] = min(powers.get((base, places), 0), exp)
    if not powers:
        return None
    axes = tuple(range(len(node.shape)))
    below: list[FactorOf] = [(base, at, -_floor(exp)) for (base, at), exp in powers.items()]
    terms = node.terms if isinstance(node, Sum) else (node,)
    made = [normalise(Prod(1, ((t, axes, 1), *below), axes, node.shape)) for t in terms]
    return collect([_with_whole_powers(t) for t in made], node.shape)


def _floor(exp: Number) -> int:
    return exp if isinstance(exp, int) else exp.numerator // exp.denominator


def _with_whole_powers(node: Node) -> Node:
    """`s^(3/2) -> Σ t s^(1/2)` over the terms t of a sum s."""
    if not isinstance(node, Prod):
        return node
    for k, (base, at, exp) in enumerate(node.factors):
        if isinstance(base, Sum) and type(exp) is not int and exp > 1:
            others = node.factors[:k] + node.factors[k + 1 :]
            less: FactorOf = (base, at, exp - 1)
            terms = [normalise(Prod(node.coef, (*others, less, (t, at, 1)), node.out, node.dims)) for t in base.terms]
            return collect([_with_whole_powers(t) for t in terms], node.shape)
    return node
