"""Places: sizes and values at which a claim is tried, and the smallest ones at which it fails.

One idea: places follow from a seed alone; sizes differ from name to name and lie above half the degree in any matrix, so that neither an
identity of small matrices nor a swap of sizes goes unseen. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from derive.finding import DomainError
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.sampling import draw, strategy_of
from derive.numeric.tensor import Tensor
from derive.term import Symbol, Term

STRIDE = 1009  # between the seeds of attempts


class Place(NamedTuple):
    """Values of size and index names, and exact values of the symbols."""

    sizes: dict[str, int]
    point: dict[str, Tensor]


class Ground:
    """Where a claim lives: its terms, their symbols, and the names of sizes and free indices."""

    def __init__(self, terms: Sequence[Term], symbols: Sequence[Symbol]) -> None:
        self.terms = tuple(terms)
        indices = {s.name for s in symbols if any(p.startswith("index(") for p in s.properties)}
        known = {s.name: s for s in (*symbols, *symbols_of(*terms)) if s.name not in indices}
        self.symbols = tuple(known.values())
        self.dimensions = Dimensions(self.terms, self.symbols)
        self.indexed = bool(self.dimensions.places or self.dimensions.integers)

    def place(self, seed: int, attempt: int = 0, strategy: str = "") -> Place:
        """The place of a seed; later attempts are friendlier. Raises DomainError when there is none."""
        number = seed + STRIDE * attempt
        sizes = self.dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
        for name, (low, high) in self.dimensions.integers.items():  # each value in turn: parity must not hide
            sizes[name] = low + (seed + attempt) % (high - low + 1)
        return Place(sizes, draw(self.symbols, sizes, number, strategy or strategy_of(attempt)))

    def small_places(self, most: int, draws: int) -> Iterator[Place]:
        """Places with sizes from 1 up, the smallest first, and whole numbers for values."""
        names = [*self.dimensions.names, *self.dimensions.places]
        for total in range(len(names), most * len(names) + 1):
            for values in product(range(1, most + 1), repeat=len(names)):
                if sum(values) != total:
                    continue
                sizes = dict(zip(names, values, strict=True))
                if not self._fits(sizes):
                    continue
                for k in range(draws):
                    try:
                        yield Place(sizes, draw(self.symbols, sizes, 17 * k + total, "integers"))
                    except (DomainError, ZeroDivisionError, ArithmeticError):
                        continue

    def _fits(self, sizes: dict[str, int]) -> bool:
        d = self.dimensions
        sizes.update({n: size.value(sizes) for n, size in d.joined.items()})
        try:
            inside = all(z.value(sizes) >= 1 for z in d.positive)
        except KeyError:
            return False
        return inside and all(low <= sizes[n] <= high for n, (low, high) in d.ranges.items() if n in sizes)


def with_entry(place: Place, name: str, entry: int, value: object) -> Place:
    """The place with one entry of one symbol exchanged."""
    old = place.point[name]
    entries = [value if k == entry else x for k, x in enumerate(old.entries)]
    point: Mapping[str, Tensor] = {**place.point, name: Tensor(old.shape, entries)}
    return Place(place.sizes, dict(point))
