"""Sums multiplied out: to decide equality, and to see whether terms cancel.

One idea: two tensors are equal when their expanded normal forms are; the number of terms is bounded before they are made.
This is the only place that distributes a product over a sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.expr import Apply, Idx, Node, Prod, Sum, Undef
from derive.normal import collect, normalise

if TYPE_CHECKING:
    from fractions import Fraction

    Factor = tuple[Node, Idx, int | Fraction]


def expanded(node: Node, limit: int = 400, deep: bool = True) -> Node | None:
    """The sum of products with every sum multiplied out, or None when it would have more than `limit` terms.

    With `deep=False` the arguments of functions and what stands under a root or in a denominator are left as they are.
    """
    match node:
        case Sum():
            parts = []
            for term in node.terms:
                part = expanded(term, limit, deep)
                if part is None:
                    return None
                parts.append(part)
            total = collect(parts, node.shape)
            return None if isinstance(total, Sum) and len(total.terms) > limit else total
        case Prod():
            return _expanded_product(node, limit, deep)
        case Apply() if deep:
            args = [expanded(a, limit) for a in node.args]
            return None if any(a is None for a in args) else normalise(Apply(node.op, tuple(args), node.shape))  # type: ignore[arg-type]
        case Undef() if deep:
            arg = expanded(node.arg, limit)
            return None if arg is None else Undef(node.function, arg)
    return node


def _expanded_product(node: Prod, limit: int, deep: bool) -> Node | None:
    options: list[list[tuple[Factor, ...]]] = [[()]]
    total = 1
    for base, idx, exp in node.factors:
        whole = not deep and not (type(exp) is int and exp > 0)
        grown = base if whole else expanded(base, limit, deep)
        if grown is None:
            return None
        if not (isinstance(grown, Sum) and type(exp) is int and 0 < exp <= 8):
            options.append([((grown, idx, exp),)])
            continue
        choices: list[tuple[Factor, ...]] = [((t, idx, 1),) for t in grown.terms]
        for _ in range(exp):
            options.append(choices)
            total *= len(choices)
            if total > limit:
                return None
    products: list[tuple[Factor, ...]] = [()]
    for choice in options:
        products = [p + c for p in products for c in choice]
    terms: list[Node] = [normalise(Prod(node.coef, p, node.out, node.dims)) for p in products]
    if len(terms) == 1 and terms[0] == node:
        return node
    result = collect(terms, node.shape)
    return result if result == node or total == 1 else expanded(result, limit, deep)
