"""Flat factors made into the normal product: laws, equal factors merged, scalars apart, indices named.

One idea: whatever the order in which the factors came, the laws act on a list of factors over one frame of indices, and names are given last, when
it is known which indices are left. It opens no product: who calls it passes what does.

Laws used, each an equality for every size: `x^a x^b -> x^(a+b)`, `Σ_i 1 -> n`, those of neighbouring matrices in `derive.engine.laws`, of the
pseudo-inverse in `derive.engine.penrose`, and of 0/1 tensors in `derive.engine.selectors` and `derive.engine.tables`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.engine.entries import functions_met, roots_met
from derive.engine.expr import Affine, Apply, Idx, Node, Prod, Shape, Sym, Table, exchangeable, zero
from derive.engine.indices import Frame, all_hang_on, number_indices
from derive.engine.laws import neighbours
from derive.engine.numbers import numbers_out, sum_over_nothing, tidy
from derive.engine.penrose import projections
from derive.engine.selectors import settle
from derive.engine.sums import unwrapped
from derive.engine.symmetry import is_symmetric
from derive.engine.tables import table_laws

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, list[int], Number]
    Placed = tuple[Node, Idx, Number]
    Flat = tuple[Number, list[FactorOf]]
    Flattening = Callable[[Prod, Frame], Flat | None]


def assemble(
    flat: Flat, out: Idx, frame: Frame, shape: Shape, normal: Callable[[Node], Node], flatten: Flattening
) -> Node:
    """The normal product of a number and flat factors over a frame; `normal` and `flatten` make what a law leaves normal and flat."""
    coef, factors = flat
    kinds = {type(f[0]) for f in factors}
    if len(factors) > 1 or Affine in kinds:
        met = _by_neighbours(factors, list(out), frame, kinds)
        if met is None:
            return zero(shape)
        factors = met
    if Table in kinds:
        left, total = _by_tables(coef, factors, list(out), frame, kinds, normal)
        if left is None:
            return zero(shape) if total is None else total
        factors = left
    merged = _merge(factors, frame)
    if Prod in kinds and any(
        type(b) is Prod and not b.shape and not b.dims and type(tidy(e)) is int for b, _, e in merged
    ):
        opened = _opened(coef, merged, frame, flatten)  # powers of a product have added up to a whole one
        if opened is None:
            return zero(shape)
        coef, merged = opened
    if Apply in kinds:
        met_with = functions_met(merged)
        if met_with is not merged and any(type(b) is Prod and e == 1 for b, _, e in met_with):
            opened = _opened(coef, met_with, frame, flatten)  # a modulus has held it together
            if opened is None:
                return zero(shape)
            coef, met_with = opened
        merged = met_with
    if Prod in kinds and len(merged) > 1:
        merged = roots_met(merged)
    roots = frame.roots(out)
    coef, merged = sum_over_nothing(coef, merged, roots, frame)
    coef, merged = numbers_out(coef, merged)
    return zero(shape) if coef == 0 else unwrapped(_named(coef, merged, roots, frame))


def _opened(
    coef: Number, factors: list[Placed], frame: Frame, flatten: Flattening
) -> tuple[Number, list[Placed]] | None:
    """Factors with the products among them opened; None for zero."""
    whole = Prod(coef, tuple([(b, idx, tidy(e)) for b, idx, e in factors]), (), tuple(frame.dims))
    again = flatten(whole, frame)
    return None if again is None else (again[0], _merge(again[1], frame))


def _by_neighbours(
    factors: list[FactorOf], out: list[int], frame: Frame, kinds: set[type[Node]]
) -> list[FactorOf] | None:
    """What the laws of neighbours and of 0/1 tensors leave; None for zero."""
    if Affine in kinds:
        settled = settle(factors, out, frame)
        if settled is None:
            return None
        factors = settled
    if len(factors) < 2:
        return factors
    left = neighbours(factors, out, frame, is_symmetric)
    if len(left) < len(factors) and Affine in kinds:  # two of them may have met
        settled = settle(left, out, frame)
        if settled is None:
            return None
        left = settled
    if Apply in kinds and any(type(b) is Apply and b.op.name == "pinv" and not b.complex for b, _, _ in left):
        left = projections(left, out, frame)
    return left


def _by_tables(
    coef: Number,
    factors: list[FactorOf],
    out: list[int],
    frame: Frame,
    kinds: set[type[Node]],
    normal: Callable[[Node], Node],
) -> tuple[list[FactorOf] | None, Node | None]:
    """What the laws of tables leave: factors, or the sum that the product has become; neither for zero."""
    left, total = table_laws(coef, factors, out, frame, normal)
    if total is not None:
        return None, total
    if len(left) < len(factors) and Affine in kinds:  # a table that is gone used their indices
        return settle(left, out, frame), None
    return left, None


def _named(coef: Number, factors: list[Placed], out: Idx, frame: Frame) -> Prod:
    """The product with its indices named; what hangs on no output is a scalar, and a factor by itself."""
    chained = [f for f in factors if f[1]]
    if all_hang_on(chained, out):
        if len(chained) < len(factors):
            factors = [f for f in factors if not f[1]] + chained
        return number_indices(coef, factors, out, frame, is_symmetric)
    if not out and len(chained) == len(factors) and all_hang_on(factors, factors[0][1]):
        return number_indices(coef, factors, out, frame, is_symmetric)
    opened, closed = _components(factors, set(out))
    if closed and (opened or out or len(closed) > 1):
        scalars: dict[tuple[Node, Idx], Number] = {}
        for group in closed:
            if len(group) == 1 and not group[0][1]:
                key, exp = (group[0][0], ()), group[0][2]
            else:
                key, exp = (number_indices(1, group, (), frame, is_symmetric), ()), 1
            scalars[key] = tidy(scalars.get(key, 0) + exp)
        coef, alone = numbers_out(coef, [(base, idx, exp) for (base, idx), exp in scalars.items()])
        opened = [(b, (), e) for b, _, e in alone] + opened
    elif closed:
        opened = closed[0]
    return number_indices(coef, opened, out, frame, is_symmetric)


def _merge(factors: list[FactorOf], frame: Frame) -> list[Placed]:
    """Factors by base and indices, exponents added."""
    placed: list[Placed] = []
    for base, at, exp in factors:
        idx = frame.roots(at)
        if len(idx) > 1 and type(base) is Sym and base.symbol.properties and is_symmetric(base):
            idx = tuple(sorted(idx))
        elif len(idx) == 3 and idx[0] > idx[1] and exchangeable(base):
            idx = (idx[1], idx[0], idx[2])
        placed.append((base, idx, exp))
    if len({idx for _, idx, _ in placed}) == len(placed):
        return placed
    merged: dict[tuple[Node, Idx], Number] = {}
    for base, idx, exp in placed:
        merged[base, idx] = merged.get((base, idx), 0) + exp
    return [(base, idx, exp) for (base, idx), exp in merged.items()]


def _components(factors: list[Placed], out: set[int]) -> tuple[list[Placed], list[list[Placed]]]:
    """Factors that hang on the output, and groups that are scalars by themselves."""
    group: dict[int, int] = {}

    def root(i: int) -> int:
        while group.setdefault(i, i) != i:
            i = group[i]
        return i

    for _, idx, _ in factors:
        for i in idx[1:]:
            a, b = root(idx[0]), root(i)
            if a != b:
                group[b] = a
    reached = {root(i) for i in out}
    opened: list[Placed] = []
    closed: dict[object, list[Placed]] = {}
    for number, factor in enumerate(factors):
        idx = factor[1]
        if not idx:
            closed[-1 - number] = [factor]
        elif root(idx[0]) in reached:
            opened.append(factor)
        else:
            closed.setdefault(root(idx[0]), []).append(factor)
    return opened, list(closed.values())
