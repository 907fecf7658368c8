"""The mean of a product of entries of z, a random variable less its mean.

One idea: entries are grouped, and each group is a cumulant. A normal variable has those of pairs alone (Isserlis 1918: the sum over
all pairings), independent components have those of equal indices, and of any other distribution the central moments of order three
and more are symmetric tensors that have a name and nothing else.

    κ2 = μ2   κ3 = μ3   κ4 = μ4 - 3 μ2²   κ5 = μ5 - 10 μ3 μ2   κ6 = μ6 - 15 μ4 μ2 - 10 μ3² + 30 μ2³
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Idx, Node, Sym, identity
from derive.sizes import Size
from derive.term import SCALAR, Symbol, Type

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

MOST = {"gaussian": 10, "indep": 6, "random": 8}  # entries in one product
CUMULANTS: dict[int, tuple[tuple[int, tuple[int, ...]], ...]] = {  # coefficients, and orders of the central moments
    2: ((1, (2,)),),
    3: ((1, (3,)),),
    4: ((1, (4,)), (-3, (2, 2))),
    5: ((1, (5,)), (-10, (3, 2))),
    6: ((1, (6,)), (-15, (4, 2)), (-10, (3, 3)), (30, (2, 2, 2))),
}


class NoMoment(ValueError):
    """A moment that nothing is declared of, or of too high an order."""


class Law(NamedTuple):
    """A distribution with the nodes of its parameters, by key; `odd` says whether odd central moments may differ from 0.

    `moves`: a derivative is taken by what the covariance depends on, and how moments without a name follow it is not known.
    """

    symbol: Symbol
    family: str
    parameters: Mapping[str, Node]
    odd: bool
    moves: bool = False


Product = tuple["Number", tuple["FactorOf", ...]]


def mean_of_product(law: Law, places: list[Idx]) -> list[Product]:
    """E(Π z[idx]) over the given indices, as a sum of products. Raises NoMoment."""
    k = len(places)
    if k == 1 or (k % 2 and not law.odd):
        return []
    if law.symbol.type.order > 1:
        raise NoMoment(f"no moments of {law.symbol.name} but its mean are known")
    if k > MOST[law.family]:
        raise NoMoment(f"moments of {law.symbol.name} of order {k} are not taken, only to order {MOST[law.family]}")
    if law.family == "random" and k > 2:
        _demand_still(law, k)
        return [(1, ((_tensor(law.symbol, k), tuple([i for at in places for i in at]), 1),))]
    if law.family == "gaussian" and not law.symbol.type.shape:
        return [(_double_factorial(k - 1), ((law.parameters["cov"], (), k // 2),))]
    found: list[Product] = []
    for groups in _groupings(places, _sizes_of_groups(law, k)):
        found += _all_of([_cumulant(law, group) for group in groups])
    return found


def _double_factorial(k: int) -> int:
    return 1 if k < 2 else k * _double_factorial(k - 2)


def _sizes_of_groups(law: Law, k: int) -> list[int]:
    """How many entries a cumulant that is not 0 can have."""
    return [2] if law.family == "gaussian" else [s for s in range(2, k + 1) if law.odd or s % 2 == 0]


def _groupings(places: list[Idx], sizes: list[int]) -> Iterator[list[list[Idx]]]:
    """Every way to divide a list into groups of the allowed sizes."""
    if not places:
        yield []
        return
    first, rest = places[0], places[1:]
    for size in sizes:
        if size <= len(places):
            for others in _choices(rest, size - 1):
                left = [rest[i] for i in range(len(rest)) if i not in others]
                for more in _groupings(left, sizes):
                    yield [[first, *[rest[i] for i in others]], *more]


def _choices(items: list[Idx], number: int) -> Iterator[tuple[int, ...]]:
    from itertools import combinations

    return combinations(range(len(items)), number)


def _all_of(sums: list[list[Product]]) -> list[Product]:
    """A product of sums, multiplied out."""
    total: list[Product] = [(1, ())]
    for one in sums:
        total = [(c * d, f + g) for c, f in total for d, g in one]
    return total


def _cumulant(law: Law, group: list[Idx]) -> list[Product]:
    """The joint cumulant of entries: the covariance of two, else 0 unless all indices are equal."""
    if len(group) == 2 and "cov" in law.parameters:
        return [(1, ((law.parameters["cov"], group[0] + group[1], 1),))]
    equal: tuple[FactorOf, ...] = ()
    if law.symbol.type.shape:
        equal = tuple([(identity(law.symbol.type.shape), group[0] + other, 1) for other in group[1:]])
    return [
        (c, equal + tuple([_central(law, order, group[0]) for order in orders])) for c, orders in CUMULANTS[len(group)]
        if law.odd or not any(order % 2 for order in orders)
    ]  # fmt: skip


def _central(law: Law, order: int, at: Idx) -> FactorOf:
    """The central moment of one component: as it is declared, or by a name of its own."""
    declared = law.parameters.get(f"mu{order}") or law.parameters.get(f"v{order}")
    if declared is not None:
        return declared, at if declared.shape else (), 1
    if order == 2:
        return law.parameters["cov"], at + at, 1
    _demand_still(law, order)
    shared = any(key[:2] == "mu" and not node.shape for key, node in law.parameters.items())
    named = Symbol(f"mu{order}({law.symbol.name})", SCALAR if shared else law.symbol.type, ("moment",), True)
    return Sym(named), () if shared else at, 1


def _demand_still(law: Law, order: int) -> None:
    if law.moves:
        name = law.symbol.name
        raise NoMoment(f"how central moments of {name} of order {order} depend on those of order 2 is not known")


def _tensor(symbol: Symbol, k: int) -> Sym:
    """The k-th central moments, a tensor that no exchange of its axes changes."""
    shape: tuple[Size, ...] = symbol.type.shape * k
    return Sym(Symbol(f"mu{k}({symbol.name})", Type(shape), ("moment",), True))
