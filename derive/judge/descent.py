"""Descent: where an inequality in a few numbers is tightest, or fails.

One idea: the difference of the sides is followed downhill in floats, from the lowest point of a coarse grid, one number after the other by golden
sections; the place that comes out is rational and is tried like any other, so a bad search costs time and never a wrong verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import inf, isfinite

from flint import fmpq

from derive.claims import ORDER, Claim
from derive.finding import DomainError
from derive.judge.combined import DEFINITE, large
from derive.judge.places import Ground, Place, mentioned
from derive.numeric.ball import precision
from derive.numeric.evaluate import evaluate
from derive.numeric.sampling import draw, in_balls
from derive.numeric.tensor import Tensor

BITS = 64
MOST = 3  # numbers that are moved
DEAREST = 3000  # numbers computed for one value of both sides
GRIDS: tuple[tuple[float, ...], ...] = (  # by how many numbers there are
    (),
    (-6, -3, -2, -1.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 1.25, 1.5, 1.75, 2, 3, 6),
    (-2, -0.5, 0.25, 1, 3),
    (-1, 0.25, 2),
)
STARTS = (0, 2, 1, 1)  # points of the grid from which the search goes downhill
FIRST = 2  # places of the grid that show whether it is worth while
TIGHT = 1e-12
ROUNDS = (0, 1, 2, 2)  # times that every number is moved
STEPS = 11  # golden sections: an interval of 1 shrinks to about 1/200
GOLDEN = 0.6180339887
FINE = 1 << 12  # denominator of what is found
POSITIVE = frozenset(("positive", "nonnegative"))
FREE = POSITIVE | {"negative", "nonzero", "real"}


def lowest(claim: Claim, ground: Ground) -> Iterator[Place]:
    """Places at which right - left, of what is said to be smaller, is about as small as it gets; none for other claims than inequalities."""
    if claim.kind != ORDER or claim.right is None or claim.op not in ("<", "<=", ">", ">="):
        return
    found = next(((place, moved) for place in _small(ground) if (moved := _moved(ground, place))), None)
    if found is None or ground.cost(found[0].sizes) > DEAREST:
        return
    place, moved = found
    gap = _gap(claim, place, [name for name, _, _ in moved])
    signs = [sign for _, _, sign in moved]
    grid = [[sign * abs(x) if sign else x for x in GRIDS[len(moved)]] for sign in signs]
    starts: list[tuple[float, list[float]]] = []
    for number, point in enumerate(product(*[dict.fromkeys(g) for g in grid])):
        starts.append((gap(list(point)), list(point)))
        if number == FIRST and all(abs(depth) < TIGHT for depth, _ in starts):
            return  # an equality, or no value anywhere
    for depth, start in sorted(starts)[: STARTS[len(moved)]]:
        if not TIGHT < abs(depth) < inf:
            continue  # it is tight there already
        yield _at(place, [name for name, _, _ in moved], _downhill(gap, start, signs, ROUNDS[len(moved)]))


def _small(ground: Ground) -> Iterator[Place]:
    """Places where all sizes are 2, and 1."""
    for value in (2, 1):
        try:
            usual = ground.place(ground.first).sizes
            sizes = {**usual, **dict.fromkeys(ground.dimensions.names, value)}
            if ground.fits(sizes):
                yield Place(sizes, draw(ground.symbols, sizes, ground.first, "integers"))
        except (DomainError, ArithmeticError):
            continue


def _moved(ground: Ground, place: Place) -> list[tuple[str, int, int]]:
    """Name, entry and sign (0 for both) of every number that may be moved; nothing where there are too many, or others are bound to them."""
    bound = mentioned(ground.symbols).union(place.sizes)
    found = []
    for s in ground.symbols:
        if s.name not in place.point or s.name in bound or s.complex:
            continue
        value, words = place.point[s.name], set(s.properties)
        if len(value.entries) == 1 and not large(ground):
            words -= DEFINITE  # of a matrix with one entry: a positive number
        if not words <= FREE:
            continue
        sign = -1 if "negative" in words else int(not POSITIVE.union(DEFINITE).isdisjoint(s.properties))
        found += [(s.name, k, sign) for k in range(len(value.entries))]
    return found if len(found) <= MOST else []


def _at(place: Place, names: list[str], values: list[float]) -> Place:
    """The place where the numbers have these values, as fractions; those that are nearly whole are not rounded."""
    entries: dict[str, list[fmpq]] = {}
    for name, x in zip(names, values, strict=True):
        entries.setdefault(name, []).append(fmpq(round(x * FINE) or 1, FINE))
    point = {name: Tensor(place.point[name].shape, list(numbers)) for name, numbers in entries.items()}
    return Place(place.sizes, {**place.point, **point})


def _gap(claim: Claim, place: Place, names: list[str]) -> Callable[[list[float]], float]:
    """The smallest entry of larger side minus smaller side; infinite where there is no value."""
    assert claim.right is not None
    less, more = (claim.left, claim.right) if claim.op in ("<", "<=") else (claim.right, claim.left)

    def gap(values: list[float]) -> float:
        there = _at(place, names, values)
        try:
            with precision(BITS):
                point = in_balls(there.point)
                a, b = [evaluate(side, point, place.sizes).entries for side in (less, more)]
                size = max(len(a), len(b))
                pairs = zip(a * (size // len(a)), b * (size // len(b)), strict=True)
                found = min(float((y - x).mid()) for x, y in pairs)
        except (ArithmeticError, ValueError, TypeError, AttributeError):
            return inf
        return found if isfinite(found) else inf

    return gap


def _downhill(gap: Callable[[list[float]], float], start: list[float], signs: list[int], rounds: int) -> list[float]:
    """One number after the other where the gap is smallest on an interval around it."""
    point = list(start)
    for turn in range(rounds):
        for k, sign in enumerate(signs):
            reach = (abs(point[k]) + 1) / 2 / (1 + turn)
            low, high = point[k] - reach, point[k] + reach
            if sign > 0:
                low = max(low, 1 / FINE)
            if sign < 0:
                high = min(high, -1 / FINE)
            point[k] = _golden(lambda x, k=k: gap([*point[:k], x, *point[k + 1 :]]), low, high, point[k])  # type: ignore[misc]
    return point


def _golden(f: Callable[[float], float], low: float, high: float, start: float) -> float:
    """The lowest point that golden sections of an interval meet; the start where none is lower."""
    best, lowest_ = start, f(start)
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_a, at_b = f(a), f(b)
    for _ in range(STEPS):
        if at_a < lowest_:
            best, lowest_ = a, at_a
        if at_b < lowest_:
            best, lowest_ = b, at_b
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - GOLDEN * (high - low)
            at_a = f(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + GOLDEN * (high - low)
            at_b = f(b)
    return best
