"""Places: sizes and values at which a claim is tried, and the smallest ones at which it fails.

One idea: places follow from a seed alone; sizes differ from name to name and lie above half the degree in any matrix, so that neither an
identity of small matrices nor a swap of sizes goes unseen. It evaluates nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from flint import fmpq

from derive.finding import DomainError
from derive.judge.cost import REPEATED, cost
from derive.judge.degree import degrees
from derive.numeric.dimensions import Contents, Dimensions
from derive.numeric.field import has_cut, plain
from derive.numeric.sampling import draw, strategy_of
from derive.numeric.tensor import Tensor, count
from derive.sizes import Size
from derive.term import Symbol, Term

LARGEST = 8  # size that half the degree asks for
STRIDE = 1009  # between the seeds of attempts
DEAR = 100_000  # numbers computed at one place: then the cheapest of other sizes are taken
SECOND = 8  # times as dear the second place may be, so that no claim is tried at one choice of sizes alone
WITH_ZERO = frozenset(
    "symmetric psd skew diagonal lower-triangular upper-triangular triangular toeplitz nonnegative real".split()
)
JUMPING = frozenset(("pinv", "rank"))  # operations that jump where a rank falls
RANK_ONE = frozenset(("symmetric", "psd"))
WITH_ONES = frozenset("positive nonnegative nonzero real symmetric psd toeplitz circulant hankel".split())
OTHERS = (7, 14)  # seeds further on, where other sizes are


class Place(NamedTuple):
    """Values of size and index names, and exact values of the symbols."""

    sizes: dict[str, int]
    point: dict[str, Tensor]
    wide: bool = False  # drawn from many values, so that Schwartz and Zippel have something to say


class Ground:
    """Where a claim lives: its terms, their symbols, and the names of sizes and free indices."""

    free = True  # whether values are drawn from a box, as the lemma of Schwartz and Zippel asks for

    def __init__(
        self,
        terms: Sequence[Term],
        symbols: Sequence[Symbol],
        first: int = 0,
        ranges: Mapping[str, Size] | None = None,
        least: Mapping[str, int | str] | None = None,
    ) -> None:
        """least: by the names of sizes, what they are not below: a number, or another size."""
        self.first = first  # the seed of the first place, which has few and short values
        self.terms = tuple(terms)
        self.contents = contents = Contents(self.terms)
        if contents.plain:
            plain(self.terms)
        known = {s.name: s for s in (*symbols, *contents.symbols)}
        for name in [s.name for s in symbols if s.properties and any(p.startswith("index(") for p in s.properties)]:
            known.pop(name, None)
        self.symbols = tuple(known.values())
        self.dimensions = Dimensions(self.terms, self.symbols, contents)
        if ranges:
            self.dimensions.require(_room(ranges, self.dimensions))
        if least:
            self.dimensions.require(
                [Size.of(n) - Size.of(k) + 1 for n, k in least.items() if n in self.dimensions.names]
            )
        self.indexed = bool(self.dimensions.places or self.dimensions.integers)
        self._costs: dict[tuple[tuple[str, int], ...], float] = {}
        self.repeats = not contents.heads.isdisjoint(REPEATED)

    @property
    def jumps(self) -> bool:
        """Whether a term jumps where a rank falls, which matrices drawn at random do not show; derivatives do not exist there."""
        moving = ("derivative", "differential")
        return not self.contents.names.isdisjoint(JUMPING) and self.contents.heads.isdisjoint(moving)

    @property
    def cut(self) -> bool:
        """Whether a complex term has a branch cut, on whose sides a claim may hold and fail."""
        return any(map(has_cut, self.terms))

    def half(self) -> int:
        """More than half the degree in matrices."""
        return max([self._degree(t) for t in self.terms], default=0) // 2 + 1

    def place(self, seed: int, attempt: int = 0, strategy: str = "") -> Place:
        """The place of a seed; later attempts are friendlier. Raises DomainError when there is none."""
        number = seed + STRIDE * attempt
        sizes = self.dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
        if attempt < 4 and seed == self.first and self.repeats and self.cost(sizes) > DEAR:
            sizes = self._smallest() or sizes
        if attempt < 4 and seed > self.first and self.cost(sizes) > DEAR * (SECOND if seed == self.first + 1 else 1):
            sizes = min((sizes, *[self.dimensions.choose(seed + k) for k in OTHERS]), key=self.cost)
        if attempt < 4 and seed == self.first + 1 and not self.dimensions.joined:
            raised = max(0, min(self.half(), LARGEST) - min(sizes.values(), default=0))
            sizes = {n: z + raised if n in self.dimensions.names else z for n, z in sizes.items()}
        for k, (name, (low, high)) in enumerate(self.dimensions.integers.items()):
            # each value in turn, for parity must not hide; and the integers out of step, for one may not follow another
            turn, many = seed + attempt, high - low + 1
            sizes[name] = low + (turn + k * (1 + turn // many)) % many
        if not strategy:
            strategy = "wide" if attempt < 4 and seed > self.first else strategy_of(attempt)
        return Place(sizes, draw(self.symbols, sizes, number, strategy), strategy == "wide")

    def _smallest(self) -> dict[str, int] | None:
        """The size 2, for a first look at what is dear and has one size; None where it does not fit, or sizes could be mistaken."""
        names = [*self.dimensions.names, *self.dimensions.places, *self.dimensions.joined, *self.dimensions.integers]
        sizes = dict.fromkeys(names, 2)
        return sizes if len(names) == 1 and self.fits(sizes) else None

    def cost(self, sizes: Mapping[str, int]) -> float:
        """About how many numbers are computed where the sizes have these values; 1 for terms that repeat nothing."""
        if not self.repeats:
            return 1
        key = tuple(sizes.items())
        if key not in self._costs:
            self._costs[key] = sum(cost(t, sizes) for t in self.terms)
        return self._costs[key]

    def _degree(self, term: Term) -> int:
        """The degree of a polynomial in matrices; 0 for what is none."""
        found = degrees(term, dict.fromkeys((*self.dimensions.names, *self.dimensions.places), 2))
        return found.above if found is not None and found.below == 0 else 0

    def corners(self) -> Iterator[Place]:
        """Where inequalities are tight: sizes of one, everything 0, everything 1, as far as declarations admit it."""
        yield from self.small_places(1, 1)
        try:
            place = self.place(self.first)
        except DomainError:
            return
        bound = mentioned(self.symbols).union(place.sizes)
        for value, admitted in ((0, WITH_ZERO), (1, WITH_ONES)):
            point = dict(place.point)
            for s in self.symbols:
                if s.name in point and s.name not in bound and admitted.issuperset(s.properties):
                    shape = point[s.name].shape
                    point[s.name] = Tensor(shape, [fmpq(value)] * count(shape))
            yield Place(place.sizes, point)
        if self.jumps:
            yield self._of_rank_one(place, 1)
            yield self._of_rank_one(place, len(self.symbols))

    def _of_rank_one(self, place: Place, most: int) -> Place:
        """The first so many matrices, general or symmetric, as products of a column and a row."""
        point = dict(place.point)
        matrices = [s for s in self.symbols if len(s.type.shape) == 2 and RANK_ONE.issuperset(s.properties)]
        for number, s in enumerate(m for m in matrices[:most] if m.name in point):
            rows, columns = point[s.name].shape
            left = [(i + number) % 4 - 1 or 2 for i in range(rows)]
            right = left if s.properties else [j * (number + 2) % 5 - 1 or 3 for j in range(columns)]
            point[s.name] = Tensor((rows, columns), [fmpq(a * b) for a in left for b in right])
        return Place(place.sizes, point)

    def small_places(self, most: int, draws: int) -> Iterator[Place]:
        """Places with sizes from 1 up, the smallest first, and whole numbers for values."""
        names = [*self.dimensions.names, *self.dimensions.places]
        for total in range(len(names), most * len(names) + 1):
            for values in product(range(1, most + 1), repeat=len(names)):
                if sum(values) != total:
                    continue
                sizes = dict(zip(names, values, strict=True))
                if not self.fits(sizes):
                    continue
                for k in range(draws):
                    try:
                        yield Place(sizes, draw(self.symbols, sizes, 17 * k + total, "integers"))
                    except (DomainError, ZeroDivisionError, ArithmeticError):
                        continue

    def fits(self, sizes: dict[str, int]) -> bool:
        """Whether every size is at least 1 and every integer in its range; names that are joined to others get their values."""
        d = self.dimensions
        sizes.update({n: size.value(sizes) for n, size in d.joined.items()})
        try:
            inside = all(z.value(sizes) >= 1 for z in d.positive)
        except KeyError:
            return False
        return inside and all(low <= sizes[n] <= high for n, (low, high) in d.ranges.items() if n in sizes)


def _room(indices: Mapping[str, Size], dimensions: Dimensions) -> list[Size]:
    """Sizes that are at least 1 where every index that is drawn lies in its range."""
    drawn = [(i, size) for i, size in indices.items() if i in dimensions.places]
    return [size - Size.of(i) + 1 for i, size in drawn if size.names.issubset(dimensions.names)]


def mentioned(symbols: Sequence[Symbol]) -> frozenset[str]:
    """The names that a declaration of another variable mentions, `commutes(A)`, `gaussian(mean=m,cov=S)`: their values are not free."""
    words = [word for s in symbols for word in s.properties if "(" in word]
    return frozenset(name for word in words for name in re.findall(r"\w+", word.partition("(")[2]))


def with_entry(place: Place, name: str, entry: int, value: object) -> Place:
    """The place with one entry of one symbol exchanged."""
    old = place.point[name]
    entries = [value if k == entry else x for k, x in enumerate(old.entries)]
    point: Mapping[str, Tensor] = {**place.point, name: Tensor(old.shape, entries)}
    return Place(place.sizes, dict(point), place.wide)
