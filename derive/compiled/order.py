"""Which two factors of a product over named axes meet first.

One idea: of few factors every order is tried, on the labels alone; of many the cheapest pair is taken, a pair that is the same operation
as another one under other names being done once for both. Sets of labels are bits of a number. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from derive.compiled.program import Var

MOST = 5  # factors of which every order is tried


class Named(NamedTuple):
    """An array, and the label of each of its axes; no label twice."""

    var: Var
    labels: tuple[int, ...]


class Meeting(NamedTuple):
    """Two factors that may meet: the kind of operation, its nanoseconds, and those of the memory by which the result is larger."""

    kind: object
    work: float
    growth: float


class Order:
    """The orders of one product: how many entries each label has, and which labels stay."""

    def __init__(self, count: Mapping[int, float], out: Sequence[int]) -> None:
        self.bits = {label: 1 << k for k, label in enumerate(count)}
        self.count = {self.bits[label]: size for label, size in count.items()}
        self.out = self.mask(out)
        self.size = _Sizes(tuple(count.values())).__getitem__  # entries of an array with these labels
        self.masks: dict[tuple[int, ...], int] = {}
        self.numbers: dict[Named, int] = {}
        self.meetings: dict[tuple[int, int, int], Meeting] = {}

    def _mask(self, labels: tuple[int, ...]) -> int:
        found = self.masks[labels] = self.mask(labels)
        return found

    def mask(self, labels: Sequence[int]) -> int:
        found = 0
        for label in labels:
            found |= self.bits[label]
        return found

    def first(
        self, factors: Sequence[Named], known: set[object], done: Callable[[Named, Named], bool]
    ) -> list[tuple[Named, Named]]:
        """Those that meet first: two factors, and others in which the same operation is done.

        known: kinds of pairs that have met before; done: whether the product of two matrices is there already."""
        masks = [self.masks.get(f.labels) or self._mask(f.labels) for f in factors]
        if len(factors) <= MOST:
            matrices = [k for k, f in enumerate(factors) if len(f.labels) == 2]
            free = tuple([(i, j) for i, j in combinations(matrices, 2) if done(factors[i], factors[j])])
            i, j = best(tuple(masks), tuple(self.count.values()), self.out, free)
            return [(factors[i], factors[j])]
        return [(factors[i], factors[j]) for i, j in self._greedy(factors, masks, known)]

    # ---- the cheapest pair

    def _greedy(self, factors: Sequence[Named], masks: Sequence[int], known: set[object]) -> list[tuple[int, int]]:
        """The pairs of a kind, the one of least cost for each of them, so that equal pairs are done once."""
        often, twice, seen = self.out, 0, 0  # labels that stay or stand on three factors, on two, on one
        for m in masks:
            often |= twice & m
            twice |= seen & m
            seen |= m
        numbers = [self.numbers.setdefault(f, len(self.numbers)) for f in factors]
        count: dict[object, int] = {}
        options: list[tuple[int, int, Meeting]] = []
        for i, a in enumerate(masks):
            for j in range(i + 1, len(masks)):
                shared = a & masks[j]
                if shared:
                    kept = ((a | masks[j]) & often) | (a ^ masks[j]) & twice
                    met = self.meetings.get((numbers[i], numbers[j], kept))
                    if met is None:
                        met = self.meetings[numbers[i], numbers[j], kept] = self._meeting(factors[i], factors[j], kept)
                    count[met.kind] = count.get(met.kind, 0) + 1
                    options.append((i, j, met))
        if not options:
            sizes = sorted(range(len(masks)), key=lambda k: self.size(masks[k]))
            return [(min(sizes[:2]), max(sizes[:2]))]
        worth = {met.kind: met for _, _, met in options}
        chosen = min(worth.values(), key=lambda met: self._worth(met, count[met.kind], known)).kind
        return [(i, j) for i, j, met in options if met.kind == chosen]

    def _meeting(self, a: Named, b: Named, kept: int) -> Meeting:
        made, x, y = kind(a, b, self.bits, kept), self.mask(a.labels), self.mask(b.labels)
        growth = 20 * max(0.0, self.size(kept) - max(self.size(x), self.size(y)))
        return Meeting(made, _work(x, y, kept, self.size), growth)

    def _worth(self, met: Meeting, times: int, known: Collection[object]) -> tuple[float, int]:
        """What one meeting of a kind costs that is done once for all, the least first."""
        return (0.0 if met.kind in known else met.work / times + met.growth), -times


def _work(a: int, b: int, kept: int, size: Callable[[int], float]) -> float:
    union, result = a | b, size(kept)
    if kept == union:
        return 700 + 0.7 * result
    every = size(union)
    thin = union in (a, b)
    batch = a & b & kept
    if batch:
        return 2500 + (1.0 if thin else 0.15) * every + (0 if thin else 300 * size(batch))
    if thin:
        return 700 + 0.3 * every
    return 1200 + 0.05 * every + 0.3 * (size(a) + size(b) + result)


# ---------------------------------------------------------------------- every order


@lru_cache(maxsize=4096)
def best(
    masks: tuple[int, ...], counts: tuple[float, ...], out: int, free: tuple[tuple[int, int], ...]
) -> tuple[int, int]:
    """The pair that meets first in the cheapest of all orders, found for every subset of the factors from those of its parts.

    counts: entries of the labels by bit; free: pairs whose product costs nothing."""
    count, every = len(masks), (1 << len(masks)) - 1
    labels, cost, halves = [0] * (every + 1), [0.0] * (every + 1), [0] * (every + 1)
    for s in range(1, every + 1):
        labels[s] = labels[s & (s - 1)] | masks[(s & -s).bit_length() - 1]
    kept = [labels[s] & (out | labels[every ^ s]) for s in range(every + 1)]
    for k in range(count):
        kept[1 << k] = masks[k]
    size = _Sizes(counts).__getitem__
    for s in range(3, every + 1):
        if s & (s - 1):
            cost[s], halves[s] = _split(s, kept, cost, size, labels[every ^ s], free)
    s = every
    while s & (s - 1) and (s & (s - 1)) & ((s & (s - 1)) - 1):  # down to two single factors
        a = halves[s]
        s = a if a & (a - 1) else s ^ a
    i = (s & -s).bit_length() - 1
    return i, s.bit_length() - 1


def _split(
    s: int,
    kept: Sequence[int],
    cost: Sequence[float],
    size: Callable[[int], float],
    others: int,
    free: Sequence[tuple[int, int]],
) -> tuple[float, int]:
    """The least cost of the product of some factors, and the half of them that holds the first one."""
    found, choice = float("inf"), s & -s
    a = (s - 1) & s
    while a:
        b = s ^ a
        x, y = kept[a], kept[b]
        if a & s & -s and (x & y or not others & (x | y)):
            pair = not (a & (a - 1) or b & (b - 1))
            if pair and (a.bit_length() - 1, b.bit_length() - 1) in free and x & y & kept[s] == 0:
                work = 0.0
            else:
                work = cost[a] + cost[b] + _work(x, y, kept[s], size)
            if work < found:
                found, choice = work, a
        a = (a - 1) & s
    return found, choice


class _Sizes(dict[int, float]):
    """Entries of an array by the bits of its labels."""

    def __init__(self, counts: Sequence[float]) -> None:
        super().__init__({0: 1.0})
        self.counts = counts

    def __missing__(self, mask: int) -> float:
        lowest = mask & -mask
        found = self[mask] = self.counts[lowest.bit_length() - 1] * self[mask ^ lowest]
        return found


def kind(a: Named, b: Named, bits: Mapping[int, int], kept: int) -> object:
    """What two pairs have in common when they are the same operation under other names."""
    if b.var.number < a.var.number:
        a, b = b, a
    there = b.labels
    shared = [(k, there.index(x), bits[x] & kept != 0) for k, x in enumerate(a.labels) if x in there]
    return a.var.number, b.var.number, tuple(shared)
