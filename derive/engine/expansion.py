"""Sums multiplied out: to decide equality, and to see whether terms cancel.

One idea: two tensors are equal when their expanded normal forms are; the number of terms is bounded before they are made.
This is the only place that distributes a product over a sum. Where equality is decided (`deep`), the laws of `derive.engine.deciding` are used too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, Any

from derive.engine.deciding import gathered, powers_opened, reflected, without_denominators
from derive.engine.expr import Apply, Atom, Idx, Node, Prod, Sum, Sym, Table, Undef, is_zero
from derive.engine.normal import normalise
from derive.engine.selectors import never_negative
from derive.engine.subscripts import size_node
from derive.engine.sums import collect
from derive.engine.tables import mean_opened, turned
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    Factor = tuple[Node, Idx, int | Fraction]

MOST = 20_000  # products that are remembered


class _Remembered(local):
    """Products that were multiplied out, and what they became, while one question is decided; None at all other times."""

    grown: dict[Any, Any] | None = None


_remembered = _Remembered()


@contextmanager
def remembering(known: dict[Any, Any] | None = None) -> Iterator[None]:
    """Within this, in this thread, a product is multiplied out once, however often the question comes back to it; known: what it was before."""
    before = _remembered.grown
    _remembered.grown = before if before is not None else {} if known is None else known
    try:
        yield
    finally:
        _remembered.grown = before


def expanded(node: Node, limit: int = 400, deep: bool = True) -> Node | None:
    """The sum of products with every sum multiplied out, or None when it would have more than `limit` terms.

    With `deep=False` the arguments of functions and what stands under a root or in a denominator are left as they are.
    """
    kind = type(node)
    if kind is Sym or not (deep or kind is Sum or kind is Prod):
        return node
    match node:
        case Sum():
            parts = []
            same = node.normal
            for term in node.terms:
                part = expanded(term, limit, deep)
                if part is None:
                    return None
                same = same and part is term
                parts.append(part)
            total = node if same else collect(parts, node.shape)
            return None if isinstance(total, Sum) and len(total.terms) > limit else total
        case Prod():
            return node if not deep and _is_flat(node) else _recalled(node, limit, deep)
        case Apply() if deep:
            args = [expanded(a, limit) for a in node.args]
            if any(a is None for a in args):
                return None
            made = normalise(Apply(node.op, tuple(args), node.shape))  # type: ignore[arg-type]
            if isinstance(made, Apply) and made.op.name in ("log", "logdet"):
                from derive.engine.logarithms import logarithm

                opened = logarithm(made)
                return made if opened is None else expanded(opened, limit)
            return reflected(powers_opened(made)) if isinstance(made, Apply) else made
        case Atom() if (
            deep and isinstance(node.value, Size) and len(node.value.terms) > 1 and never_negative(node.value)
        ):
            return collect([size_node(Size({monomial: c})) for monomial, c in node.value.terms], ())
        case Table() if deep and node.kind == "mean":
            return normalise(mean_opened(node.shape[0], node.shape))
        case Undef() if deep:
            arg = expanded(node.arg, limit)
            return None if arg is None else Undef(node.function, arg)
    return node


def _is_flat(node: Prod) -> bool:
    """Whether it is normal and no factor can be multiplied out."""
    for base, _, exp in node.factors:
        if (type(base) is Sum or type(base) is Prod) and type(exp) is int and exp > 0:
            return False
    return node.normal


def vanishes(node: Node, limit: int = 400) -> bool:
    """Whether a node is zero wherever it has a value, as far as multiplying out shows; no is no answer."""
    grown = expanded(node, limit)
    if grown is None or is_zero(grown):
        return grown is not None
    cleared = without_denominators(grown)
    if cleared is grown:
        return False
    grown = expanded(cleared, limit)
    return grown is not None and is_zero(grown)


def _recalled(node: Prod, limit: int, deep: bool) -> Node | None:
    known = _remembered.grown
    if known is None:
        return _expanded_product(node, limit, deep)
    key = node, limit, deep
    if key not in known:
        if len(known) > MOST:
            known.clear()
        known[key] = _expanded_product(node, limit, deep)
    made: Node | None = known[key]
    return made


def _normal(node: Prod) -> Node:
    """The normal form of a product."""
    known = _remembered.grown
    if known is None:
        return normalise(node)
    key = node.coef, node.factors, node.out, node.dims
    made: Node | None = known.get(key)
    if made is None:
        made = known[key] = normalise(node)
    return made


def _expanded_product(node: Prod, limit: int, deep: bool) -> Node | None:
    if deep and any(type(b) is Table for b, _, _ in node.factors):
        terms_of = turned(node, normalise)
        if terms_of is not None:
            return expanded(Sum(terms_of, node.shape), limit)
    options: list[list[tuple[Factor, ...]]] = [[()]]
    total = 1
    same = node.normal
    for base, idx, exp in node.factors:
        whole = type(base) is Sym or not (deep or (type(exp) is int and exp > 0))
        grown = base if whole else expanded(base, limit, deep)
        if grown is None:
            return None
        same = same and grown is base
        if not (isinstance(grown, Sum) and type(exp) is int and 0 < exp <= 8):
            if deep and _contracts(grown) and type(exp) is int and 1 < exp <= 8:
                options.append([((grown, idx, 1),) * exp])  # (Σ_i A_ki x_i)² has an index for each of its factors
                same = False
                continue
            options.append([((grown, idx, exp),)])
            continue
        choices: list[tuple[Factor, ...]] = [((t, idx, 1),) for t in grown.terms]
        for _ in range(exp):
            options.append(choices)
            total *= len(choices)
            if total > limit:
                return None
    if same and total == 1:  # it is in normal form as it stands
        made = gathered(node) if deep else node
        return node if made == node else collect([made], node.shape)
    products: list[tuple[Factor, ...]] = [()]
    for choice in options:
        products = [p + c for p in products for c in choice]
    terms: list[Node] = [_normal(Prod(node.coef, p, node.out, node.dims)) for p in products]
    if deep:
        terms = [gathered(t) for t in terms]
    if len(terms) == 1 and terms[0] == node:
        return node
    result = collect(terms, node.shape)
    return result if result == node or total == 1 else expanded(result, limit, deep)


def _contracts(node: Node) -> bool:
    """Whether a product sums over an index of its own."""
    return isinstance(node, Prod) and len(set(node.out)) < len(node.dims)
