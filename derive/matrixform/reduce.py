"""Series-parallel reduction of one product.

One idea: see the package. A `Vector` hangs on one index, an `Edge` joins two; eliminating a summed index replaces what
hangs on it by one vector, edge or scalar. Each elimination is an equality of Einstein sums, so the order in which they are
done decides only how the result looks; the one that transposes least is taken. What hangs on an index is kept by index, so
a chain of any length is reduced in linear time.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from derive.matrixform.part import Chain, Link, chain_tree, entry_power, flipped, magnitude, ones
from derive.sizes import Size
from derive.tree import Tree, call, number

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.engine.expr import Node

    Number = int | Fraction


class Vector(NamedTuple):
    at: int
    chain: Chain
    under: bool = False  # stands in the denominator, entry by entry


class Edge(NamedTuple):
    start: int
    end: int
    chain: Chain
    under: bool = False

    def turned(self) -> Edge:
        return Edge(self.end, self.start, flipped(self.chain), self.under)

    def other(self, i: int) -> int:
        return self.end if i == self.start else self.start


class Wide(NamedTuple):
    """A factor with three or more axes: only index notation can write it."""

    idx: tuple[int, ...]
    node: Node
    exp: Number


class Graph:
    """Vectors and edges over indices; `fixed` indices (outputs) are never eliminated."""

    def __init__(self, fixed: set[int], dims: tuple[Size, ...]) -> None:
        self.fixed = fixed
        self.dims = dims
        self.wide: list[Wide] = []
        self.coef: Number = 1
        self.scalars: list[Tree] = []
        self.under: list[Tree] = []
        self._edges: dict[int, Edge] = {}
        self._touching: dict[int, set[int]] = {}  # index -> numbers of the edges on it
        self._hanging: dict[int, list[Vector]] = {}
        self._count = 0
        self._queue: list[tuple[int, int]] = []  # cost, index; stale entries are dropped when they are met

    @property
    def edges(self) -> list[Edge]:
        return [self._edges[k] for k in sorted(self._edges)]

    @property
    def vectors(self) -> list[Vector]:
        return [v for i in sorted(self._hanging) for v in self._hanging[i]]

    def vectors_at(self, i: int) -> list[Vector]:
        return self._hanging.get(i, [])

    def add_vector(self, v: Vector) -> None:
        self._hanging.setdefault(v.at, []).append(v)
        self._enqueue(v.at)

    def add_edge(self, e: Edge) -> None:
        self._count += 1
        self._edges[self._count] = e
        for i in (e.start, e.end):
            self._touching.setdefault(i, set()).add(self._count)

    def reduce(self) -> None:
        """Eliminate summed indices until none can be."""
        for k in list(self._edges):
            self._settle(k)
        for e in list(self._edges.values()):
            self._enqueue(e.start)
            self._enqueue(e.end)
        while self._queue:
            cost, i = heappop(self._queue)
            if self._cost(i) == cost and not (cost >= 3 and self._frame(i)):
                self._remove(i)

    def left(self) -> list[int]:
        """Summed indices that are still there, in order."""
        used = {i for i, v in self._hanging.items() if v} | {i for e in self._edges.values() for i in (e.start, e.end)}
        used |= {i for w in self.wide for i in w.idx}
        return sorted(used - self.fixed)

    # ---- bookkeeping

    def _enqueue(self, i: int) -> None:
        cost = self._cost(i)
        if cost is not None:
            heappush(self._queue, (cost, i))

    def _take(self, k: int) -> Edge:
        e = self._edges.pop(k)
        for i in (e.start, e.end):
            self._touching[i].discard(k)
        return e

    def _join_edge(self, e: Edge) -> None:
        self.add_edge(e)
        self._settle(self._count)
        self._enqueue(e.start)
        self._enqueue(e.end)

    def _settle(self, k: int) -> None:
        """Loops become diagonals, parallel edges one edge."""
        e = self._edges.get(k)
        if e is None:
            return
        if e.start == e.end:
            self._loop(k)
            return
        same = sorted(self._touching[e.start] & self._touching[e.end])
        if len(same) > 1 or e.under:
            self._parallel(same)

    # ---- single steps

    def _loop(self, k: int) -> None:
        """M_ii is the diagonal of M; alone on its index it is the trace."""
        e = self._take(k)
        i = e.start
        alone = i not in self.fixed and not self._hanging.get(i) and not self._touching[i]
        if alone and not e.under and not any(i in w.idx for w in self.wide):
            self.scalars.append(call("tr", chain_tree(e.chain)))
        else:
            self.add_vector(Vector(i, (Link(call("diag", chain_tree(e.chain)), "column"),), e.under))

    def _parallel(self, same: list[int]) -> None:
        """Edges between the same indices are a Hadamard product, or a trace when that closes a scalar."""
        group = [self._take(k) for k in same]
        ends = (group[0].start, group[0].end)
        lonely = len(group) == 2 and not any(e.under for e in group) and not any(self._used(i) for i in ends)
        if lonely:
            self._close(group[0], group[1])
            return
        turned = [e if e.start == ends[0] else e.turned() for e in group]
        tree = merged([(chain_tree(e.chain), e.under) for e in turned])
        self.add_edge(Edge(*ends, (Link(tree),)))
        self._enqueue(ends[0])
        self._enqueue(ends[1])

    def _used(self, i: int) -> bool:
        return bool(
            i in self.fixed or self._hanging.get(i) or self._touching.get(i) or any(i in w.idx for w in self.wide)
        )

    def _close(self, a: Edge, b: Edge) -> None:
        b = b if b.start == a.end else b.turned()  # A_ij B_ji
        options = [a.chain + b.chain, flipped(a.chain) + flipped(b.chain), b.chain + a.chain]
        best = min(options, key=lambda c: sum(link.tree.head == "transpose" for link in c))
        self.scalars.append(call("tr", chain_tree(best)))

    def _frame(self, i: int) -> bool:
        """Between two other matrices, vectors at both ends of a compound M are `(a*b').*M` and not two diagonals."""
        for k in sorted(self._touching[i]):
            e = self._edges[k]
            ends = (e.start, e.end)
            compound = len(e.chain) == 1 and e.chain[0].tree.head not in ("name", "transpose")
            if e.under or not compound or any(j in self.fixed or len(self._touching[j]) != 2 for j in ends):
                continue
            groups = [self._hanging.get(j, []) for j in ends]
            if all(groups):
                self._take(k)
                left, right = together(groups[0]), together(groups[1])
                tree = merged([(chain_tree(left + flipped(right)), False), (chain_tree(e.chain), False)])
                for j in ends:
                    self._hanging[j] = []
                self._join_edge(Edge(*ends, (Link(tree),)))
                return True
        return False

    def _cost(self, i: int) -> int | None:
        """How awkward it is to eliminate index i now; None when it cannot be."""
        if i in self.fixed or any(i in w.idx for w in self.wide):
            return None
        edges = [self._edges[k] for k in sorted(self._touching.get(i, ()))]
        if len(edges) > 2 or any(e.under or e.start == e.end for e in edges):
            return None
        if not edges:
            return 0 if self._hanging.get(i) else None
        if len(edges) == 1:
            return 1 if edges[0].end == i else 2
        return 3 if (edges[0].end == i) != (edges[1].end == i) else 4

    def _remove(self, i: int) -> None:
        vectors = self._hanging.pop(i, [])
        edges = [self._take(k) for k in sorted(self._touching.get(i, ()))]
        if not edges:
            self.scalars.append(_summed(vectors))
        elif len(edges) == 1:
            e = edges[0] if edges[0].end == i else edges[0].turned()
            tail = together(vectors) if vectors else (ones(self.dims[i]),)
            self.add_vector(Vector(e.start, e.chain + tail))
        else:
            self._join(i, edges, vectors)

    def _join(self, i: int, edges: list[Edge], vectors: list[Vector]) -> None:
        a, b = edges
        if a.end != i and b.end == i:
            a, b = b, a
        a = a if a.end == i else a.turned()
        b = b if b.start == i else b.turned()
        middle: Chain = ()
        if vectors:
            middle = (Link(call("diag", chain_tree(together(vectors))), "matrix", True),)
        self._join_edge(Edge(a.start, b.end, a.chain + middle + b.chain))


def _standing(tree: Tree) -> int:
    """Variables first, sums last: `y.*s.*(1 - s)`."""
    return 0 if tree.head == "name" else 2 if tree.head in ("add", "sub") else 1


def merged(items: list[tuple[Tree, bool]]) -> Tree:
    """Entry-by-entry product with its denominators: `a.*b./c`."""
    over = sorted([t for t, under in items if not under], key=_standing)
    under = [t for t, under in items if under]
    out = over[0] if over else number(1)
    for t in over[1:]:
        out = Tree("hadamard", (out, t))
    if under:
        below = under[0]
        for t in under[1:]:
            below = Tree("hadamard", (below, t))
        out = Tree("hdiv", (out, below))
    return out


def together(vectors: list[Vector]) -> Chain:
    """All vectors on one index as one."""
    if len(vectors) == 1 and not vectors[0].under:
        return vectors[0].chain
    return (Link(merged([(chain_tree(v.chain), v.under) for v in vectors]), "column"),)


def _summed(vectors: list[Vector]) -> Tree:
    """Σ_i of the vectors' product: `sum(v)`, or an inner product with the shorter one first."""
    plain = [v for v in vectors if not v.under]
    if len(plain) < 2:
        inner = chain_tree(together(vectors))
        return call("norm1", *inner.args) if inner.data == "abs" else call("sum", inner)
    longest = max(reversed(plain), key=lambda v: len(v.chain))  # the last of equals: `w'*x` stays as it is
    rest = list(vectors)
    rest.remove(longest)
    first = together(rest)
    return chain_tree(flipped(first) + longest.chain)


def powered(tree: Tree, exp: Number) -> tuple[Tree, bool]:
    """A factor with an exponent: the tree, and whether it belongs below the line."""
    return entry_power(tree, magnitude(exp)), exp < 0
