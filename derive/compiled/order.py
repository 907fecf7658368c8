"""Which two factors of a product over named axes meet first.

One idea: of few factors every order is tried, on the labels alone; of many the cheapest pair is taken, a pair that is the same operation
as another one under other names being done once for both. Sets of labels are bits of a number. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.compiled.program import Var

MOST = 5  # factors of which every order is tried
Best = tuple[float, tuple[int, int]]  # nanoseconds, and the two factors that meet first


class Named(NamedTuple):
    """An array, and the label of each of its axes; no label twice."""

    var: Var
    labels: tuple[int, ...]


class Order:
    """The orders of one product: how many entries each label has, and which labels stay."""

    def __init__(self, count: Mapping[int, float], out: Sequence[int]) -> None:
        self.bits = {label: 1 << k for k, label in enumerate(count)}
        self.count = {self.bits[label]: size for label, size in count.items()}
        self.out = self.mask(out)
        self.sizes: dict[int, float] = {0: 1.0}
        self.works: dict[tuple[int, int, int], float] = {}

    def mask(self, labels: Sequence[int]) -> int:
        found = 0
        for label in labels:
            found |= self.bits[label]
        return found

    def size(self, mask: int) -> float:
        """Entries of an array with these labels."""
        found = self.sizes.get(mask)
        if found is None:
            lowest = mask & -mask
            found = self.sizes[mask] = self.count[lowest] * self.size(mask ^ lowest)
        return found

    def first(self, factors: Sequence[Named], known: set[object]) -> tuple[int, int]:
        """The two that meet first. `known`: kinds of pairs that have met before."""
        masks = [self.mask(f.labels) for f in factors]
        if len(factors) <= MOST:
            return self._best([(1 << k, m) for k, m in enumerate(masks)], {})[1]
        return self._greedy(factors, masks, known)

    # ---- every order

    def _best(self, parts: list[tuple[int, int]], memo: dict[tuple[int, ...], float]) -> Best:
        found, choice, count = float("inf"), (0, 1), len(parts)
        for i in range(count):
            a = parts[i][1]
            for j in range(i + 1, count):
                b = parts[j][1]
                rest = [p for k, p in enumerate(parts) if k not in (i, j)]
                if rest and not a & b and any(a & c for _, c in rest):
                    continue
                others = self.out
                for _, c in rest:
                    others |= c
                kept = (a | b) & others
                work = self.work(a, b, kept)
                if work < found and rest:
                    rest.append((parts[i][0] | parts[j][0], kept))
                    key = tuple(sorted([p[0] for p in rest]))
                    if key not in memo:
                        memo[key] = self._best(rest, memo)[0]
                    work += memo[key]
                if work < found:
                    found, choice = work, (i, j)
        return found, choice

    def work(self, a: int, b: int, kept: int) -> float:
        """Nanoseconds of a meeting, by assumption: as `Program` counts them."""
        key = (a, b, kept)
        found = self.works.get(key)
        if found is None:
            found = self.works[key] = self._work(a, b, kept)
        return found

    def _work(self, a: int, b: int, kept: int) -> float:
        union, result = a | b, self.size(kept)
        if kept == union:
            return 700 + 0.7 * result
        every = self.size(union)
        thin = union in (a, b)
        batch = a & b & kept
        if batch:
            return 2500 + (1.0 if thin else 0.15) * every + (0 if thin else 300 * self.size(batch))
        if thin:
            return 700 + 0.3 * every
        return 1200 + 0.05 * every + 0.3 * (self.size(a) + self.size(b) + result)

    # ---- the cheapest pair

    def _greedy(self, factors: Sequence[Named], masks: Sequence[int], known: set[object]) -> tuple[int, int]:
        """The pair of least cost for each of its kind, so that equal pairs are done once."""
        often, twice, seen = self.out, 0, 0  # labels that stay or stand on three factors, on two, on one
        for m in masks:
            often |= twice & m
            twice |= seen & m
            seen |= m
        count: dict[object, int] = {}
        options = []
        for i, a in enumerate(masks):
            for j in range(i + 1, len(masks)):
                shared = a & masks[j]
                if shared:
                    union = a | masks[j]
                    kept = (union & often) | (union ^ shared) & twice
                    options.append((i, j, kept, kind(factors[i], factors[j], self._labels(kept))))
                    count[options[-1][3]] = count.get(options[-1][3], 0) + 1
        if not options:
            sizes = sorted(range(len(masks)), key=lambda k: self.size(masks[k]))
            return min(sizes[:2]), max(sizes[:2])
        return min(
            options,
            key=lambda o: (0.0 if o[3] in known else self._growth(masks, o[:3], count[o[3]]), -count[o[3]], o[:2]),
        )[:2]

    def _labels(self, mask: int) -> frozenset[int]:
        return frozenset([label for label, bit in self.bits.items() if bit & mask])

    def _growth(self, masks: Sequence[int], option: tuple[int, int, int], times: int) -> float:
        i, j, kept = option
        a, b = masks[i], masks[j]
        before = max(self.size(a), self.size(b))
        return self.work(a, b, kept) / times + 20 * max(0.0, self.size(kept) - before)


def kind(a: Named, b: Named, kept: Sequence[int] | frozenset[int]) -> object:
    """What two pairs have in common when they are the same operation under other names."""
    if b.var.number < a.var.number:
        a, b = b, a
    shared = [(k, b.labels.index(x), x in kept) for k, x in enumerate(a.labels) if x in b.labels]
    return a.var.number, b.var.number, tuple(shared)
