"""The value of a typed term at a point, in a world of numbers.

One idea: a term is evaluated by its meaning alone, children before parents on an explicit stack, and equal subterms once; under a
bound index only what mentions the index is computed again. It shares no rule with the calculus: a term that still holds a
derivative has no value here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from derive.numeric.ball import BALLS
from derive.numeric.meanings import BINDERS, HANDLERS, Handler
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain, World
from derive.sizes import Size
from derive.term import Term

Point = Mapping[str, Tensor]


def evaluate(term: Term, point: Point, sizes: Mapping[str, int], world: World = BALLS) -> Tensor:
    """The value of `term` where its symbols have the values of `point` and its size names those of `sizes`.

    Entries of the point belong to the world; balls have the precision in force (`ball.precision`). Raises OutOfDomain where there is no value, NotInWorld where the world has
    no such function, ValueError for shapes that do not fit and for terms with an open derivative.
    """
    value = Evaluation(point, sizes, world).value(term)
    finite = world.finite
    if not all(finite(x) for x in value.entries):
        raise OutOfDomain("the value is not a finite number")
    return value


class Evaluation:
    """One point, the values of index names in force, and what has been computed for them."""

    __slots__ = ("bound", "mentions", "outer", "point", "sizes", "values", "world")

    def __init__(
        self,
        point: Point,
        sizes: Mapping[str, int],
        world: World,
        outer: Evaluation | None = None,
        bound: frozenset[str] = frozenset(),
    ) -> None:
        self.point = point
        self.sizes = sizes
        self.world = world
        self.outer = outer  # for terms that do not mention `bound`
        self.bound = bound
        self.values: dict[Term, Tensor] = {}
        self.mentions: dict[Term, frozenset[str]] = outer.mentions if outer else {}

    def value(self, term: Term) -> Tensor:
        """Children before parents, without recursion over the depth of the term."""
        values = self.values
        stack = [term]
        while stack:
            node = stack[-1]
            if node in values:
                stack.pop()
                continue
            if self.outer is not None and not self.names(node) & self.bound:
                values[node] = self.outer.value(node)
                continue
            binder = BINDERS.get(node.head)
            if binder is not None:
                values[node] = binder(self, node)
                continue
            missing = [a for a in node.args if a not in values]
            if missing:
                stack += missing
                continue
            values[node] = _handler(node)(self, node, [values[a] for a in node.args])
        return values[term]

    def under(self, name: str, value: int) -> Evaluation:
        """The evaluation inside a binder, with the index at a value."""
        return Evaluation(self.point, {**self.sizes, name: value}, self.world, self, frozenset((name,)))

    def elsewhere(self, point: Point, sizes: Mapping[str, int]) -> Evaluation:
        """An evaluation of the body of an operation, which sees its own parameters and sizes only."""
        return Evaluation(point, sizes, self.world)

    def size(self, size: Size) -> int:
        return size.value(self.sizes)

    def names(self, term: Term) -> frozenset[str]:
        """Names of sizes and free indices that a term mentions anywhere."""
        known = self.mentions
        for node in _postorder(term, known):
            names = frozenset[str]().union(*[known[argument] for argument in node.args])
            if node.head in BINDERS:
                names -= _bound_by(node)
            known[node] = names | own_names(node)
        return known[term]


def _postorder(term: Term, done: Mapping[Term, Any]) -> Iterable[Term]:
    """Nodes that are not done, children first; the caller marks each as done before it asks for the next."""
    stack = [term]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        missing = [a for a in node.args if a not in done]
        if missing:
            stack += missing
        else:
            stack.pop()
            yield node


def _bound_by(term: Term) -> frozenset[str]:
    data: Any = term.data
    return frozenset([data[0]]) if term.head != "array" else frozenset([name for name, _, _ in data])


def own_names(term: Term) -> frozenset[str]:
    """Names of sizes and indices in a node itself: its shape and its data."""
    names: set[str] = set()
    for size in own_sizes(term):
        names |= size.names
    return frozenset(names)


def own_sizes(term: Term) -> Iterable[Size]:
    """Every Size in a node itself, its arguments apart."""
    yield from term.type.shape
    if term.head == "einsum":
        pattern: Any = term.data
        for _, size in pattern.sizes:
            yield size
    elif term.head not in ("map", "opaque", "formula", "undefined", "symbol"):
        stack: list[Any] = [term.data]
        while stack:
            item = stack.pop()
            if isinstance(item, Size):
                yield item
            elif isinstance(item, tuple):
                stack += item


def _handler(term: Term) -> Handler:
    found = HANDLERS.get(term.head)
    if found is None:
        raise ValueError(f"a term of kind {term.head} has no value")
    return found
