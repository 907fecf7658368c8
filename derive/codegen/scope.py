"""Index names in force, and facts about a term that decide where its code may stand.

One idea: under a binder an index is either an axis (values carry one leading axis per index, so NumPy does the loop) or a
loop variable; a term that names no index in force is computed outside. It knows nothing of how a head is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from derive.codegen.code import Code
from derive.sizes import Size
from derive.term import Term, children_first

NONE: frozenset[str] = frozenset()


class NoAxis(Exception):
    """Something cannot be computed for all values of an index at once: a loop is needed."""


class Scope:
    """The indices in force; `depth` counts those that are axes. `index` holds the code of each, counted from 0."""

    __slots__ = ("axis", "bounds", "depth", "exact", "index", "memo", "names")

    depth: int

    def __init__(self, outer: Scope | None = None) -> None:
        self.depth = outer.depth if outer else 0
        self.axis: dict[str, int | None] = dict(outer.axis) if outer else {}
        self.index: dict[str, Code] = {}
        self.bounds: dict[str, tuple[Size, Size]] = dict(outer.bounds) if outer else {}
        self.names: frozenset[str] = outer.names if outer else NONE
        self.exact: frozenset[str] = outer.exact if outer else NONE  # indices from 0, whose code is their value
        self.memo: dict[Term, Code] = {}

    def bind(self, name: str, low: Size, high: Size, axis: bool) -> None:
        self.axis[name] = self.depth if axis else None
        self.bounds[name] = (low, high)
        self.names |= {name}
        self.depth += axis

    def whole(self, name: str, size: Size) -> bool:
        """Whether an index runs over a whole axis of this size."""
        low, high = self.bounds[name]
        return low.number == 1 and high == size


class Facts:
    """For every term met: names of sizes and indices that it leaves free, number of parents, and height."""

    def __init__(self) -> None:
        self.free: dict[Term, frozenset[str]] = {}
        self.uses: dict[Term, int] = {}
        self.height: dict[Term, int] = {}
        self.bound: set[str] = set()  # every index name that some term binds

    def learn(self, term: Term) -> list[Term]:
        """Take in a term; what was new, children first."""
        new = []
        for node in children_first(term, self.free):
            self._note(node)
            new.append(node)
        return new

    def _note(self, node: Term) -> None:
        names = own_names(node)
        for argument in node.args:
            names |= self.free[argument]
            self.uses[argument] = self.uses.get(argument, 0) + 1
        binds = frozenset(r[0] for r in ranges(node))
        self.bound |= binds
        self.free[node] = names - binds
        self.height[node] = 1 + max((self.height[a] for a in node.args), default=0)


def ranges(term: Term) -> tuple[tuple[str, Size, Size], ...]:
    """The indices that a term binds, with their bounds."""
    data: Any = term.data
    if term.head in ("bigsum", "bigprod"):
        return (data,)
    return tuple(data) if term.head == "array" else ()


def own_names(term: Term) -> frozenset[str]:
    """Names in the sizes that a node itself mentions."""
    if term.head in ("map", "opaque", "formula", "undefined", "symbol", "einsum", "number", "add", "power", "constant"):
        return NONE  # their sizes are those of variables, never an index
    return frozenset().union(*(s.names for s in sizes_in(term.data)))


def sizes_in(data: Any) -> Iterable[Size]:
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, Size):
            yield item
        elif isinstance(item, tuple):
            stack += item
