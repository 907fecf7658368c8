"""Subscripts to indices: `x[t+s-1]` inside sums over t and s.

One idea: a subscript that is a bound index itself becomes that index; any other affine form becomes a new index and a 0/1 tensor
that ties it to the bound ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.engine.expr import Node, Prod, Sum, Table, identity
from derive.engine.normal import normalise
from derive.engine.numbers import times_size
from derive.engine.selectors import selector
from derive.sizes import ONE, Size

Labels = tuple[str, ...]


class Bound(NamedTuple):
    """An index name in scope: its first value and the number of its values."""

    low: Size
    size: Size


class Indexing:
    """A product over index names in scope, while subscripts are turned into its indices."""

    def __init__(self, bound: Mapping[str, Bound], names: Labels) -> None:
        self.bound = bound
        self.place = {x: k for k, x in enumerate(names)}
        self.dims = [self.bound[x].size for x in names]
        self.factors: list[tuple[Node, tuple[int, ...], int]] = []

    def new(self, size: Size) -> int:
        self.dims.append(size)
        return len(self.dims) - 1

    def at(self, position: Size, size: Size, first: Size = ONE, beyond: int | None = None) -> int:
        """The index of an axis of the given size at a position that counts from `first`, plus the index `beyond`."""
        coefs: list[Size] = []
        parts: list[int] = []
        offset = position.substitute({x: self.bound[x].low for x in self.place}) - first
        for x, k in self.place.items():
            slope = position.substitute({x: Size.of(x) + 1}) - position
            if slope.terms:
                coefs.append(slope)
                parts.append(k)
        if beyond is not None:
            coefs.append(ONE)
            parts.append(beyond)
        if len(parts) == 1 and coefs[0] == ONE and not offset.terms and self.dims[parts[0]] == size:
            return parts[0]
        axis = self.new(size)
        kind = selector(coefs, offset, size, [self.dims[k] for k in parts])
        self.factors.append((kind, (axis, *parts), 1))
        return axis

    def shifted(self, axis: int, offset: Size, size: Size) -> int:
        """The index `u = axis + offset` of an axis of the given size."""
        if not offset.terms and self.dims[axis] == size:
            return axis
        made = self.new(size)
        self.factors.append((selector([ONE], offset, size, [self.dims[axis]]), (made, axis), 1))
        return made

    def unite(self, a: int, b: int, size: Size) -> None:
        """Demand that two indices of axes of one size are equal."""
        if a != b:
            self.factors.append((identity((size,)), (a, b), 1))

    def solved(self, difference: Size) -> bool:
        """Demand `difference = 0`, solved for an index that stands in it with coefficient 1; False when there is none."""
        from math import gcd

        common = gcd(*[c for _, c in difference.terms])
        if common > 1:
            difference = Size({m: c // common for m, c in difference.terms})
        slopes = {x: difference.substitute({x: Size.of(x) + 1}) - difference for x in self.place}
        alone = [x for x in self.place if slopes[x].number in (1, -1)]
        if not alone:
            return False
        target = alone[0]
        sign = Size.of(-1) * slopes[target]
        offset = difference.substitute({x: self.bound[x].low for x in self.place}) * sign
        others = [x for x in self.place if x != target and slopes[x].terms]
        places = [self.place[x] for x in others]
        size = self.dims[self.place[target]]
        kind = selector([slopes[x] * sign for x in others], offset, size, [self.dims[k] for k in places])
        self.factors.append((kind, (self.place[target], *places), 1))
        return True

    def product(self, out: list[int]) -> Prod:
        return Prod(1, tuple(self.factors), tuple(out), tuple(self.dims))


def size_node(size: Size) -> Node:
    """A size as a scalar."""
    merged: dict[tuple[Node, tuple[int, ...]], object] = {}
    coef = times_size(1, size, merged)  # type: ignore[arg-type]
    return normalise(Prod(coef, tuple([(b, (), e) for (b, _), e in merged.items()]), (), ()))  # type: ignore[misc]


def numbers(size: Size, bound: Mapping[str, Bound], names: Labels) -> Node:
    """A size that holds indices in force as the tensor of its values, one axis for each of the names: `i + 1` is (2, 3, …)."""
    counted = size.substitute({x: bound[x].low + Size.of(x) for x in names})  # from 0
    dims = tuple([bound[x].size for x in names])
    axes = tuple(range(len(names)))
    terms: list[Node] = []
    for monomial, c in counted.terms:
        factors: list[tuple[Node, tuple[int, ...], int]] = []
        for name in monomial:
            if name in names:
                factors.append((Table("ramp", (dims[names.index(name)],)), (names.index(name),), 1))
            else:
                factors.append((size_node(Size({(name,): 1})), (), 1))
        terms.append(Prod(c, tuple(factors), axes, dims))
    return normalise(Sum(tuple(terms), dims))
