"""Lines through a place, on which equations are solved for all their roots.

One idea: along a line the gaps of equations are polynomials in one number, or one on each side of 0, where absolute values stand. Few values tell which,
and their factors give every rational root exactly and every other real one to many bits. Lines on which variables are equal are among them, since
inequalities are tight there. No rule of calculus is used; what comes out is checked by who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from flint import arb, fmpq, fmpq_poly

from derive.judge.newton import BITS
from derive.judge.places import Place
from derive.numeric.ball import precision
from derive.numeric.tensor import Tensor
from derive.term import Symbol

NODES = (4, 8, 12)  # values that are interpolated; the degree has to stay two below their number
FIRST = fmpq(1, 3)  # the nodes are this and whole steps from there: no root that anyone writes
MOST_SCALARS = 4
SIGNED = frozenset(("positive", "negative", "nonnegative", "nonzero", "real"))
SQUARE = frozenset(("symmetric", "diagonal", "invertible"))


class Line(NamedTuple):
    """Entries that move: (name, entry, value at 0, value for a step)."""

    moving: tuple[tuple[str, int, fmpq, fmpq], ...]

    def at(self, place: Place, t: fmpq) -> Place:
        """The place where the line has this parameter."""
        point = dict(place.point)
        entries: dict[str, list[fmpq]] = {}
        for name, k, start, step in self.moving:
            if name not in entries:
                entries[name] = list(point[name].entries)
            entries[name][k] = start + step * t
        point.update({name: Tensor(point[name].shape, values) for name, values in entries.items()})
        return Place(place.sizes, point, place.wide)


def lines(symbols: Sequence[Symbol], place: Place) -> Iterator[Line]:
    """Lines through a place: one number moves; numbers move together; a vector along one axis or all; a square matrix along the identity."""
    scalars = [s.name for s in symbols if not s.type.shape and SIGNED.issuperset(s.properties)][:MOST_SCALARS]
    for name in scalars:
        yield _together({name: 1})
    for a, b in combinations(scalars, 2):
        yield _together({a: 1, b: 1})
        yield _together({a: 1, b: -1})
    if len(scalars) > 2:
        yield _together(dict.fromkeys(scalars, 1))
    for s in symbols:
        yield from _of_array(s, place.point[s.name])


def _together(signs: dict[str, int]) -> Line:
    return Line(tuple([(name, 0, fmpq(0), fmpq(sign)) for name, sign in signs.items()]))


def _of_array(symbol: Symbol, value: Tensor) -> Iterator[Line]:
    shape, name, zero, one = value.shape, symbol.name, fmpq(0), fmpq(1)
    number = len(value.entries)
    if len(shape) == 1 and SIGNED.issuperset(symbol.properties):
        yield Line(tuple([(name, k, zero, one) for k in range(number)]))
        yield Line(tuple([(name, k, zero, fmpq(int(k == 0))) for k in range(number)]))
        yield Line(((name, number - 1, zero, one),))
    if len(shape) == 2 and shape[0] == shape[1] and SQUARE.issuperset(symbol.properties):
        n = shape[0]
        yield Line(((name, number - 1, zero, one),))
        yield Line(tuple([(name, k, zero, fmpq(int(k % (n + 1) == 0))) for k in range(number)]))
        yield Line(tuple([(name, k, zero, fmpq(int(k == 0))) for k in range(number)]))


def roots(gaps: Callable[[fmpq], list[fmpq] | None]) -> Iterator[fmpq]:
    """The parameters at which all gaps vanish, the rational ones first; nothing where they are no polynomials, or vanish everywhere.

    gaps: those at a parameter, None where they are not rational. A root that is irrational comes as a dyadic number next to it.
    """
    seen: set[fmpq] = set()
    for sign in (1, -1):
        found = _polynomial(gaps, sign)
        if found is None:
            continue
        for root in _roots(found):
            if root not in seen:
                seen.add(root)
                yield root
        if sign > 0 and gaps(-FIRST) == [found(-FIRST)]:
            return


def _polynomial(gaps: Callable[[fmpq], list[fmpq] | None], sign: int) -> fmpq_poly | None:
    """The greatest common divisor of the gaps on one side of 0; None where they are no polynomials, or all of them 0."""
    nodes: list[fmpq] = []
    values: list[list[fmpq]] = []
    for many in NODES:
        while len(nodes) < many:
            node = sign * (FIRST + len(nodes))
            value = gaps(node)
            if value is None:
                return None
            nodes.append(node)
            values.append(value)
        made = [_interpolated(nodes, list(column)) for column in zip(*values, strict=True)]
        if all(p.degree() <= many - 2 for p in made):
            common = made[0]
            for one in made[1:]:
                common = common.gcd(one)
            return common if common.degree() >= 0 else None
    return None


def _interpolated(nodes: Sequence[fmpq], values: list[fmpq]) -> fmpq_poly:
    """By Newton's divided differences."""
    divided = list(values)
    for level in range(1, len(nodes)):
        for k in range(len(nodes) - 1, level - 1, -1):
            divided[k] = (divided[k] - divided[k - 1]) / (nodes[k] - nodes[k - level])
    found = fmpq_poly([divided[-1]])
    for k in range(len(nodes) - 2, -1, -1):
        found = found * fmpq_poly([-nodes[k], fmpq(1)]) + divided[k]
    return found


def _roots(polynomial: fmpq_poly) -> list[fmpq]:
    """The real roots, the rational ones exactly and first."""
    if polynomial.degree() < 1:
        return []
    rational: list[fmpq] = []
    other: list[fmpq] = []
    for factor, _ in polynomial.factor()[1]:
        if factor.degree() == 1:
            rational.append(-factor[0] / factor[1])
        else:
            other += _real(factor)
    return [*sorted(rational, key=abs), *other]


def _real(factor: fmpq_poly) -> list[fmpq]:
    """Dyadic numbers next to the real roots of an irreducible polynomial."""
    found = []
    with precision(2 * BITS):
        complex_roots: Any = factor.numer().complex_roots()  # pairs of a ball and its multiplicity
        for root, _ in complex_roots:
            if root.imag.is_zero():
                whole = (arb(root.real.mid()) * arb(2) ** BITS).floor().unique_fmpz()
                if whole is not None:
                    found.append(fmpq(whole, 1 << BITS))
    return found
