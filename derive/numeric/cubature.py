"""Means of functions of independent numbers from their values at a few points.

One idea: a polynomial of total degree k in N numbers is known by its values at C(N+k, k) points of a lattice (Newton's interpolation),
and its mean then follows from the moments of each number alone; the weights are rational where the moments are. Where there is no degree, a
rule of Gauss and Hermite is taken for normal numbers. No moment of two numbers together is ever written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import comb
from typing import Any

from flint import arb, ctx, fmpq, fmpz_poly

from derive.numeric.tensor import Number
from derive.numeric.world import NotInWorld, World

MOST = 5000  # points of one mean

Node = tuple[tuple[Number, ...], Number]  # where, and its weight


def place(j: int) -> int:
    """The points of the lattice on each axis: 0, 1, -1, 2, -2 …"""
    return (j + 1) // 2 if j % 2 else -(j // 2)


def interpolated(moments: Sequence[Sequence[Number]], degree: int, world: World) -> list[Node]:
    """Points and weights that give the mean of every polynomial of this total degree.

    `moments[i][k]` is the mean of the k-th power of the i-th number, to k = degree. Raises NotInWorld for too many points.
    """
    if comb(len(moments) + degree, degree) > MOST:
        raise NotInWorld("a mean over too many points")
    means = [_newton(m, degree, world) for m in moments]
    zero, found = world.number(0), []
    for at in _lattice(len(moments), degree):
        left = degree - sum(at)  # what the degrees of the basis may still exceed those of the point
        sums = [world.number(1)] + [zero] * left
        for mean, j in zip(means, at, strict=True):
            own = [mean[j + more] * world.number(_difference(j + more, j)) for more in range(left + 1)]
            sums = [_folded(sums, own, total, zero) for total in range(left + 1)]
        weight = zero
        for one in sums:
            weight = weight + one
        if not weight == 0:
            found.append((tuple([world.number(place(j)) for j in at]), weight))
    return found


def _folded(sums: Sequence[Number], own: Sequence[Number], total: int, zero: Number) -> Number:
    value = zero
    for used in range(total + 1):
        value = value + sums[total - used] * own[used]
    return value


def _lattice(axes: int, degree: int) -> Iterator[tuple[int, ...]]:
    """Every tuple of whole numbers ≥ 0 with at most this sum."""
    if not axes:
        yield ()
        return
    for j in range(degree + 1):
        for rest in _lattice(axes - 1, degree - j):
            yield (j, *rest)


@lru_cache(maxsize=64)
def _basis(j: int) -> tuple[int, ...]:
    """Coefficients of (t - c_0)(t - c_1)…(t - c_(j-1)), lowest first."""
    coefficients = [1]
    for k in range(j):
        shifted = [0, *coefficients]
        coefficients = [a - place(k) * b for a, b in zip(shifted, [*coefficients, 0], strict=True)]
    return tuple(coefficients)


def _newton(moments: Sequence[Number], degree: int, world: World) -> list[Number]:
    """The means of the Newton polynomials of degrees 0 to `degree`."""
    found = []
    for j in range(degree + 1):
        total = world.number(0)
        for c, m in zip(_basis(j), moments, strict=False):
            if c:
                total = total + m * world.number(c)
        found.append(total)
    return found


@lru_cache(maxsize=4096)
def _difference(j: int, point: int) -> fmpq:
    """The weight of f(c_point) in the divided difference of f over c_0 … c_j."""
    product = 1
    for k in range(j + 1):
        if k != point:
            product *= place(point) - place(k)
    return fmpq(1, product)


def products(axes: Sequence[Sequence[tuple[Number, Number]]], world: World) -> list[Node]:
    """Every combination of atoms (value, weight) of independent numbers. Raises NotInWorld for too many."""
    total = 1
    for atoms in axes:
        total *= len(atoms)
    if total > MOST:
        raise NotInWorld("a mean over too many points")
    found: list[Node] = [((), world.number(1))]
    for atoms in axes:
        found = [((*at, x), w * v) for at, w in found for x, v in atoms]
    return found


def hermite(points: int) -> list[tuple[Number, Number]]:
    """Points and weights for the standard normal distribution, exact for polynomials of degree 2·points - 1, at the precision in force."""
    return _hermite(points, ctx.prec)


@lru_cache(maxsize=32)
def _hermite(points: int, bits: int) -> list[tuple[Number, Number]]:
    """The zeros x of He_n, with the weights n! / (n He_(n-1)(x))²."""
    before, now = fmpz_poly([1]), fmpz_poly([0, 1])
    for k in range(1, points):
        before, now = now, fmpz_poly([0, 1]) * now - k * before
    factorial = arb(points).gamma() * points
    roots: Any = now.complex_roots()  # pairs of a root and its multiplicity
    zeros = [root.real for root, _ in roots]
    return [(x, factorial / (points * _value(before, x)) ** 2) for x in zeros]


def _value(polynomial: fmpz_poly, x: arb) -> arb:
    total = arb(0)
    for c in reversed(polynomial.coeffs()):
        total = total * x + arb(c)
    return total
