"""What it costs to evaluate a term at given sizes, roughly: how many numbers are computed.

One idea: sums run over their ranges, a derivative evaluates its function twice for every entry of its target, a mean at as many points as a polynomial of
degree 4 asks for; so the cost follows from the term and the sizes alone, and the same statement is tried at the same places on every machine. It
evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb
from typing import Any

from derive.numeric.mentions import base
from derive.numeric.tensor import count
from derive.sizes import Size
from derive.term import Term

DEGREE = 4  # that is supposed of what is averaged
STEPS = 20  # of an iteration, such as those behind a spectrum or a matrix function
ALGEBRAIC = frozenset(("inv", "det", "pinv", "rank", "adj", "cof", "logdet", "matpow"))  # a few products of matrices
ADDED = 2  # numbers that it takes to add one number up
CHEAPEST = 100  # numbers that a node is worth, however small it is


def cost(term: Term, sizes: Mapping[str, int]) -> float:
    """About how many numbers are computed for the value of a term at these sizes, equal subterms once."""
    return _Cost(sizes).of(term, {})


class Costs:
    """What further terms cost at one place, where the values of the earlier ones are kept."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._cost = _Cost(sizes)
        self._done: dict[Term, float] = {}

    def further(self, term: Term) -> float:
        """About how many numbers are computed for a term beyond those that are known."""
        return self._cost.of(term, self._done)


class _Cost:
    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes

    def of(self, term: Term, done: dict[Term, float]) -> float:
        """The cost of what is not in `done`, to which it is added."""
        total = 0.0
        stack = [term]
        while stack:
            node = stack.pop()
            if node in done:
                continue
            repeat = REPEATED.get(node.head)
            inside = 0.0
            if repeat is not None and node.args:
                inside = (self.of(node.args[0], {}) + ADDED * self._own(node)) * repeat(self, node)
            done[node] = own = inside + self._own(node)
            total += own
            stack += node.args[1:] if repeat is not None else node.args
        return total

    def _own(self, node: Term) -> float:
        data: Any = node.data
        if node.head == "einsum":
            return CHEAPEST + self._numbers([z for _, z in data.sizes])
        made = CHEAPEST + self._numbers(node.type.shape)
        if node.head in ("opaque", "formula") and node.args and node.args[0].type.shape:
            rows: float = self._numbers(node.args[0].type.shape) ** 0.5
            return made + rows**3 * (2 if data.name in ALGEBRAIC else STEPS)
        return made

    def _numbers(self, shape: tuple[Size, ...] | list[Size]) -> int:
        return count([max(1, self.size(z)) for z in shape])

    def size(self, size: Size) -> int:
        """The value of a size, in which an index of a sum has the middle of its range."""
        return size.value(self.sizes) if size.names <= self.sizes.keys() else 3

    def values(self, low: Size, high: Size) -> int:
        """How many values an index has; about half as many where another index bounds it."""
        return max(1, self.size(high) - self.size(low) + 1)


def _range(c: _Cost, node: Term) -> float:
    data: Any = node.data
    _name, low, high = data
    if not high.names <= c.sizes.keys():
        return 12.0
    return float(c.values(low, high))


def _ranges(c: _Cost, node: Term) -> float:
    data: Any = node.data
    return float(count([c.values(low, high) for _, low, high in data]))


def _moves(c: _Cost, node: Term) -> float:
    data: Any = node.data
    entries = count([c.size(z) for z in base(node).type.shape])
    return 2.0 * (entries * entries if data[0] == "hess" else entries)


def _points(c: _Cost, node: Term) -> float:
    data: Any = node.data
    numbers = sum(count([c.size(z) for z in symbol.type.shape]) for symbol, _, _, _ in data[1])
    return float(comb(numbers + DEGREE, DEGREE)) / 2


# How often the first argument is evaluated.
REPEATED: dict[str, Callable[[_Cost, Term], float]] = {
    "bigsum": _range,
    "bigprod": _range,
    "array": _ranges,
    "derivative": _moves,
    "differential": lambda c, node: 2.0,
    "expectation": _points,
}
