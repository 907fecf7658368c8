"""Corners: places that a draw at random does not reach, where what agrees everywhere else may fail.

One idea: two polynomials that agree at random agree everywhere, but a jump, a rank, a fork in a definition or a strict inequality is seen only at values
of its own: sizes of 1, rows fewer than columns, a factor that is 0 or singular, whole numbers, ties, numbers that are large. Each corner says what it is, and whether
it is narrow: a set that a text for readers may have left out in silence. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from flint import fmpq

from derive.claims import EQUATION, Claim
from derive.finding import DomainError
from derive.judge.combined import combined
from derive.judge.descent import lowest
from derive.judge.places import Ground, Place, mentioned
from derive.numeric.dimensions import Contents
from derive.numeric.sampling import draw
from derive.numeric.tensor import Tensor, count
from derive.ops import REGISTRY
from derive.term import Symbol

MOVING = ("derivative", "differential")  # heads; at a kink a derivative is a convention
PERTURBED = frozenset(("small",))  # properties: all else is large against what has them
FORKED = frozenset(  # operations without a kink of their own that are defined piece by piece, or only invert on one branch
    "max min sort norm1 norminf normmax opnorm1 opnorminf maximum minimum arcsin arccos arctan arctan2 piecewise".split()
)
SIGNED = frozenset(("positive", "nonnegative", "negative"))
FREE = frozenset(("nonzero", "real"))  # what leaves an entry any value but 0
DEFINITE = frozenset(("psd", "pd"))
LINEAR = frozenset(  # properties of a matrix that its multiples have
    "symmetric skew diagonal lower-triangular upper-triangular triangular toeplitz circulant hankel invertible full-rank".split()
)
VANISHING = LINEAR - {"invertible", "full-rank"} | {"psd", "nonnegative", "real"}  # what 0 has
OF_IDENTITY = LINEAR - {"skew", "hankel"} | DEFINITE | {"nonnegative", "real", "orthogonal", "idempotent"}
BOUND = {
    "simplex": True,
    "stochastic": True,
    "one-hot-rows": False,
    "unit-norm": False,
}  # sets of rows; whether a uniform one is in it
WHOLE = (-1, 0, 1, 7)  # values of an integer without bounds
FAR: tuple[Any, ...] = (20, -20, 1000, -1000, fmpq(1, 1000))


class Corner(NamedTuple):
    """A place, what it is (`n = 1`, `A is singular`), and whether it is of no breadth among all places."""

    place: Place
    says: str
    narrow: bool = True


class Special(NamedTuple):
    """Values of one symbol, and what they are."""

    says: str
    value: Tensor


def corners(claim: Claim, ground: Ground) -> Iterator[Corner]:
    """The corners of a claim, likely ones first; none of value where a kink would ask for a derivative that is a convention.

    None at all where something is declared small: such a claim is about what is near, and how near is not said.
    """
    yield from of_size(ground)
    yield from of_integers(ground)
    yield from of_value(claim, ground)
    if _perturbed(ground) or _moving(ground):
        return
    for place, says, narrow in combined(claim, ground):
        yield Corner(place, says, narrow)
    for place in lowest(claim, ground):
        yield Corner(place, "an inequality is tightest", narrow=False)


def of_value(claim: Claim, ground: Ground) -> Iterator[Corner]:
    """Corners at the sizes of the first place of a ground: one symbol or two have values of a special kind there."""
    if _perturbed(ground):
        return
    try:
        place = ground.place(ground.first)
    except DomainError:
        return
    free = unbound(ground.symbols, place)
    if claim.kind != EQUATION or forked(ground.contents):
        yield from _afar(free, place)
    if _moving(ground):
        return
    for make in (degenerate, whole, tied):
        for s in free:
            for says, value in make(s, place.point[s.name]):
                yield Corner(_with(place, s.name, value), says)
    yield from _in_pairs(free, place)


def _perturbed(ground: Ground) -> bool:
    return any(PERTURBED.intersection(s.properties) for s in ground.symbols)


def _moving(ground: Ground) -> bool:
    return not ground.contents.heads.isdisjoint(MOVING)


def forked(contents: Contents) -> bool:
    """Whether an operation is defined piece by piece, so that what holds near 0 need not hold far away."""
    if not contents.names.isdisjoint(FORKED):
        return True
    return any(op is not None and op.kinks for op in map(REGISTRY.get, contents.names))


def unbound(symbols: Sequence[Symbol], place: Place) -> list[Symbol]:
    """The real symbols whose values nothing else decides."""
    bound = mentioned(symbols).union(place.sizes)
    return [s for s in symbols if s.name in place.point and s.name not in bound and not s.complex]


def _with(place: Place, name: str, value: Tensor) -> Place:
    return Place(place.sizes, {**place.point, name: value})


# ---------------------------------------------------------------------- sizes


def of_size(ground: Ground) -> Iterator[Corner]:
    """Each size 1, all of them 1 or 2, rows fewer and more than columns; with plain values, and with the simplest."""
    if _perturbed(ground):
        return
    moving = _moving(ground)
    strategies = ("any",) if moving else ("any", "integers")
    for sizes, says in _sizes(ground):
        place = None
        for strategy in strategies:
            try:
                place = Place(sizes, draw(ground.symbols, sizes, ground.first, strategy))
            except (DomainError, ArithmeticError):
                continue
            yield Corner(place, says, bool(says))
        if place is not None and not moving:
            simple = {s.name: _simplest(s, place.point[s.name]) for s in unbound(ground.symbols, place)}
            yield Corner(Place(sizes, {**place.point, **simple}), says, bool(says))


def _sizes(ground: Ground) -> Iterator[tuple[dict[str, int], str]]:
    names = ground.dimensions.names
    if not names:
        return
    try:
        usual = ground.dimensions.choose(ground.first)
    except DomainError:
        return
    ones = [((n,), 1) for n in names] if len(names) > 1 else []
    for chosen, value in (*ones, (tuple(names), 1), (tuple(names), 2)):
        says = f"{' = '.join(chosen)} = {value}"
        sizes = {**usual, **dict.fromkeys(chosen, value)}
        sizes.update({i: 1 for i in ground.dimensions.places if i not in ground.dimensions.integers})
        for more in ({}, *_ends(ground)):  # an integer may be larger than a size
            if ground.fits({**sizes, **more}):
                yield {**sizes, **more}, says
    for turned in (names, names[::-1]) if len(names) > 1 else ():
        for start in (2, 3):  # sizes may be asked to be no less than 3
            sizes = {**usual, **{n: start + k for k, n in enumerate(turned)}}
            if ground.fits(sizes):
                yield sizes, ""
                break


def _ends(ground: Ground) -> Iterator[dict[str, int]]:
    """The lowest and the highest value of each integer that is declared with bounds."""
    for name, (low, high) in ground.dimensions.ranges.items():
        yield {name: low}
        yield {name: high}


def of_integers(ground: Ground) -> Iterator[Corner]:
    """Values of each integer at which a power, a sum over a range or a sign is special; of one with bounds, its ends."""
    if _perturbed(ground):
        return
    d = ground.dimensions
    scalars = [s for s in ground.symbols if s.name in d.integers and not s.type.shape]
    for s in scalars:
        for value in d.ranges.get(s.name, WHOLE):
            if s.name not in d.ranges and not _signed(set(s.properties), value):
                continue
            try:
                sizes = {**ground.place(ground.first).sizes, s.name: value}
                small = {**sizes, **dict.fromkeys(d.names, 2)}
                sizes = small if ground.fits(small) else sizes
                if ground.fits(sizes):
                    strategy = "any" if _moving(ground) else "integers"
                    place = Place(sizes, draw(ground.symbols, sizes, ground.first, strategy))
                    yield Corner(place, f"{s.name} = {value}", narrow=value < 1)
            except (DomainError, ArithmeticError):
                continue


def _signed(words: set[str], value: int) -> bool:
    """Whether an integer has the sign that is declared."""
    if value == 0:
        return words.isdisjoint(("positive", "negative", "nonzero"))
    return words.isdisjoint(("negative",) if value > 0 else ("positive", "nonnegative"))


def _simplest(symbol: Symbol, old: Tensor) -> Tensor:
    """1, 2, 3 … on the diagonal of a matrix that is free, 0 for numbers and vectors that are; else what was drawn."""
    if symbol.properties:
        return old
    if len(old.shape) != 2:
        return _zero(old)
    return _entries(old, lambda i, j: i + 1 if i == j else 0)


# ---------------------------------------------------------------------- values of one symbol


def degenerate(symbol: Symbol, old: Tensor) -> Iterator[Special]:
    """Singular, nilpotent, 0 and the identity, as far as the declaration admits them."""
    words = set(symbol.properties)
    name = symbol.name
    if len(old.shape) == 2 and min(old.shape) > 1:
        rows, columns = old.shape
        if words <= {"symmetric", "psd", "real"}:
            side = [i % 4 - 1 or 2 for i in range(rows)]
            other = side if words & {"symmetric", "psd"} else [2 * j % 5 - 1 or 3 for j in range(columns)]
            singular = "singular" if rows == columns else "of rank 1"
            yield Special(f"{name} is {singular}", _entries(old, lambda i, j: i if i == j else 0))
            yield Special(f"{name} is {singular}", _entries(old, lambda i, j: side[i] * other[j]))
        if words <= {"real"} and rows == columns:
            yield Special(f"{name} is nilpotent", _entries(old, lambda i, j: int((i, j) == (0, 1))))
    if words & BOUND.keys():
        yield from _of_a_set(symbol, old)
    if words <= VANISHING:
        yield Special(f"{name} = 0", _zero(old))
    if len(old.shape) == 2 and old.shape[0] == old.shape[1] > 1 and words <= OF_IDENTITY:
        yield Special(f"{name} = I", _entries(old, lambda i, j: int(i == j)))


def _of_a_set(symbol: Symbol, old: Tensor) -> Iterator[Special]:
    """Rows that are all alike: uniform where they sum to 1, the first unit vector where they are of norm 1 or one-hot."""
    words = set(symbol.properties)
    if not old.shape or len(words) > 1:
        return
    width = old.shape[-1]
    uniform = BOUND[words.pop()]
    row = [fmpq(1, width)] * width if uniform else [fmpq(int(k == 0)) for k in range(width)]
    says = f"{symbol.name} is uniform" if uniform else f"{symbol.name} is a unit vector"
    yield Special(
        says if len(old.shape) == 1 else f"the rows of {symbol.name} are alike",
        Tensor(old.shape, row * (count(old.shape) // width)),
    )


def whole(symbol: Symbol, old: Tensor) -> Iterator[Special]:
    """1, -1 and 2 for every entry of numbers and vectors."""
    words = set(symbol.properties)
    if len(old.shape) > 1 or not words <= SIGNED | FREE:
        return
    for value in (1, -1, 2):
        if ("negative" not in words) if value > 0 else not words & {"positive", "nonnegative"}:
            yield Special(f"{symbol.name} = {value}", Tensor(old.shape, [fmpq(value)] * len(old.entries)))


def tied(symbol: Symbol, old: Tensor) -> Iterator[Special]:
    """A vector with two entries alike, and one with an entry that is 0."""
    words = set(symbol.properties)
    if len(old.shape) != 1 or len(old.entries) < 2 or not words <= SIGNED | FREE:
        return
    name = symbol.name
    yield Special(f"{name}[1] = {name}[2]", Tensor(old.shape, [old.entries[1], *old.entries[1:]]))
    if not words & {"positive", "negative", "nonzero"}:
        yield Special(f"{name}[1] = 0", Tensor(old.shape, [fmpq(0), *old.entries[1:]]))


def _afar(free: Sequence[Symbol], place: Place) -> Iterator[Corner]:
    """Values that are large, of both signs, and near to 0."""
    for s in free:
        words = set(s.properties)
        for factor in FAR:
            if _scales(words, factor):
                old = place.point[s.name]
                value = Tensor(old.shape, [x * factor for x in old.entries])
                says = f"{s.name} is {'large' if abs(factor) > 1 else 'small'}"
                yield Corner(_with(place, s.name, value), says, narrow=False)


def _scales(words: set[str], factor: Any) -> bool:
    """Whether a multiple keeps the properties; what is definite is not made small, since it stands for what is large against a perturbation."""
    if factor < 0:
        return words <= LINEAR | FREE
    return words <= SIGNED | FREE | (LINEAR | DEFINITE if factor > 1 else frozenset())


# ---------------------------------------------------------------------- values of two symbols


def _in_pairs(free: Sequence[Symbol], place: Place) -> Iterator[Corner]:
    """Two symbols alike, or one the negative of the other, as far as declarations admit it."""
    plain = [s for s in free if SIGNED | FREE >= set(s.properties)]
    for pair in combinations(plain, 2):
        for a, b in (pair, pair[::-1]):
            value = place.point[a.name]
            words = set(b.properties) - FREE
            if place.point[b.name].shape == value.shape and words <= set(a.properties):
                yield Corner(_with(place, b.name, value), f"{b.name} = {a.name}")
                if not words:
                    yield Corner(_with(place, b.name, value.each(lambda x: -x)), f"{b.name} = -{a.name}")
                break


def _entries(old: Tensor, entry: Callable[[int, int], int]) -> Tensor:
    rows, columns = old.shape
    return Tensor(old.shape, [fmpq(entry(i, j)) for i in range(rows) for j in range(columns)])


def _zero(old: Tensor) -> Tensor:
    return Tensor(old.shape, [fmpq(0)] * count(old.shape))
