"""The value of a typed term at a point, in a world of numbers.

One idea: a term is evaluated by its meaning alone, children before parents on an explicit stack, and equal subterms once; under a
bound index, and where a variable is moved, only what mentions it is computed again. It shares no rule with the calculus: a derivative
inside a term is a difference quotient of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from derive.numeric.ball import BALLS
from derive.numeric.field import nature
from derive.numeric.meanings import BINDERS, HANDLERS, Binder, Handler
from derive.numeric.mentions import interned, mentioned, remembered, variable
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld, OutOfDomain, World
from derive.sizes import Size
from derive.term import Term

Point = Mapping[str, Tensor]


def evaluate(term: Term, point: Point, sizes: Mapping[str, int], world: World = BALLS) -> Tensor:
    """The value of `term` where its symbols have the values of `point` and its size names those of `sizes`.

    Entries of the point belong to the world; balls have the precision in force (`ball.precision`), and the derivatives inside the term as
    many digits as `derivatives.accuracy` says. Raises OutOfDomain where there is no value, NotInWorld where the world has no such
    function, ValueError for shapes that do not fit.
    """
    value = Evaluation(point, sizes, complete(world, term)).value(compact(term))
    finite = world.finite
    if not world.exact and not all(finite(x) for x in value.entries):
        raise OutOfDomain("the value is not a finite number")
    return value


def compact(term: Term) -> Term:
    """The term itself, or with one object for equal subterms where they are looked up again and again."""
    return interned(term) if nature(term).repeats else term


def complete(world: World, term: Term) -> World:
    """The world itself, or complex balls for a term that is not real; raises NotInWorld where the world has no complex numbers."""
    if not nature(term).complex:
        return world
    from derive.numeric.complex_world import COMPLEX

    if world is BALLS or world is COMPLEX:
        return COMPLEX
    raise NotInWorld(f"complex numbers are not in {world.name}")


class Plan(NamedTuple):
    """How a term is computed anew where a variable has moved: steps in order (None for a binder), and what stays."""

    term: Term
    steps: list[tuple[Term, Handler | None]]
    known: dict[Term, Tensor]


class Evaluation:
    """One point, the values of index names in force, and what has been computed for them."""

    __slots__ = ("bound", "mentions", "outer", "point", "sizes", "step", "values", "world")

    def __init__(
        self,
        point: Point,
        sizes: Mapping[str, int],
        world: World,
        outer: Evaluation | None = None,
        bound: frozenset[str] = frozenset(),
        step: int = 0,
    ) -> None:
        self.point = point
        self.sizes = sizes
        self.world = world
        self.outer = outer  # for terms that do not mention `bound`
        self.bound = bound
        self.step = step  # h = 2^-step in the difference quotients inside of one; 0 outside
        self.values: dict[Term, Tensor] = {}
        self.mentions: dict[Term, frozenset[str]] = outer.mentions if outer else remembered()

    def value(self, term: Term) -> Tensor:
        """Children before parents, without recursion over the depth of the term."""
        values = self.values
        outer, point = self.outer, self.point
        stack = [term]
        while stack:
            node = stack[-1]
            if node in values:
                stack.pop()
                continue
            if outer is not None and self.bound.isdisjoint(self.names(node)):
                values[node] = outer.value(node)
                continue
            handler = HANDLERS.get(node.head)
            if handler is None or node.name == "piecewise":
                values[node] = _binder(node)(self, node)
                continue
            arguments = []
            height = len(stack)
            for a in node.args:
                value = point[a.data.name] if a.head == "symbol" else values.get(a)
                if value is None:
                    stack.append(a)
                else:
                    arguments.append(value)
            if len(stack) == height:
                stack.pop()
                values[node] = handler(self, node, arguments)
        return values[term]

    def under(self, name: str, value: int) -> Evaluation:
        """The evaluation inside a binder, with the index at a value."""
        return Evaluation(self.point, {**self.sizes, name: value}, self.world, self, frozenset((name,)), self.step)

    def moved(self, values: Mapping[str, Tensor], step: int) -> Evaluation:
        """The evaluation with other values of some variables; what does not mention them is not computed again."""
        bound = frozenset([variable(name) for name in values])
        return Evaluation({**self.point, **values}, self.sizes, self.world, self, bound, step)

    def prepared(self, term: Term, names: Iterable[str]) -> Plan:
        """What has to be computed again when these variables move, children first, and the values of what has not."""
        marks = frozenset(map(variable, names))
        again: dict[Term, Handler | None] = {}
        known: dict[Term, Tensor] = {}
        stack = [term]
        while stack:
            node = stack[-1]
            if node in again or node in known:
                stack.pop()
            elif not self.names(node) & marks:
                known[node] = self.value(node)
            elif node.head in BINDERS:
                again[node] = None
            elif missing := [a for a in node.args if a not in again and a not in known]:
                stack += missing
            else:
                again[node] = _handler(node)
        return Plan(term, list(again.items()), known)

    def run(self, plan: Plan) -> Tensor:
        """The value of a plan's term here, where the variables have moved."""
        values = self.values = dict(plan.known)
        for node, handler in plan.steps:
            if handler is None:
                values[node] = BINDERS[node.head](self, node)
            else:
                values[node] = handler(self, node, [values[a] for a in node.args])
        return values[plan.term]

    def elsewhere(self, point: Point, sizes: Mapping[str, int]) -> Evaluation:
        """An evaluation of the body of an operation, which sees its own parameters and sizes only."""
        return Evaluation(point, sizes, self.world)

    def size(self, size: Size) -> int:
        return size.value(self.sizes)

    def names(self, term: Term) -> frozenset[str]:
        """Names of sizes, free indices and (marked) variables that a term mentions anywhere."""
        return mentioned(term, self.mentions)


def _binder(term: Term) -> Binder:
    found = BINDERS.get(term.head if term.name != "piecewise" else term.name)
    if found is None:
        raise ValueError(f"a term of kind {term.head} has no value")
    return found


def _handler(term: Term) -> Handler:
    found = HANDLERS.get(term.head)
    if found is None:
        raise ValueError(f"a term of kind {term.head} has no value")
    return found
