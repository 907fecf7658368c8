"""Series-parallel reduction of one product.

One idea: see the package. A `Vector` hangs on one index, an `Edge` joins two; eliminating a summed index replaces what
hangs on it by one vector, edge or scalar. Each elimination is an equality of Einstein sums, so the order in which they are
done decides only how the result looks; the one that transposes least is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.matrixform.part import Chain, Link, chain_tree, entry_power, flipped, ones
from derive.sizes import Size
from derive.tree import Tree, call, number

if TYPE_CHECKING:
    from fractions import Fraction

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


class Wide(NamedTuple):
    """A factor with three or more axes: only index notation can write it."""

    idx: tuple[int, ...]
    tree: Tree
    exp: Number


class Graph:
    """Vectors and edges over indices; `fixed` indices (outputs) are never eliminated."""

    def __init__(self, fixed: set[int], dims: tuple[Size, ...]) -> None:
        self.fixed = fixed
        self.dims = dims
        self.vectors: list[Vector] = []
        self.edges: list[Edge] = []
        self.wide: list[Wide] = []
        self.scalars: list[Tree] = []

    def reduce(self) -> None:
        """Eliminate summed indices until none can be."""
        while self._loop() or self._parallel() or self._frame() or self._eliminate():
            pass

    def left(self) -> list[int]:
        """Summed indices that are still there, in order."""
        used = [v.at for v in self.vectors] + [i for e in self.edges for i in (e.start, e.end)]
        used += [i for w in self.wide for i in w.idx]
        return sorted({i for i in used if i not in self.fixed})

    # ---- single steps; each says whether it did something

    def _loop(self) -> bool:
        """M_ii is the diagonal of M."""
        for k, e in enumerate(self.edges):
            if e.start == e.end and not e.under:
                del self.edges[k]
                only = e.start not in self.fixed and not self._touches(e.start)
                if only:
                    self.scalars.append(call("tr", chain_tree(e.chain)))
                else:
                    self.vectors.append(Vector(e.start, (Link(call("diag", chain_tree(e.chain)), "column"),)))
                return True
        return False

    def _touches(self, i: int) -> bool:
        return (
            any(v.at == i for v in self.vectors)
            or any(i in (e.start, e.end) for e in self.edges)
            or any(i in w.idx for w in self.wide)
        )

    def _parallel(self) -> bool:
        """Two edges between the same indices are a Hadamard product, or a trace when that closes a scalar."""
        for a, first in enumerate(self.edges):
            same = [k for k, e in enumerate(self.edges) if {e.start, e.end} == {first.start, first.end}]
            if len(same) < 2 and not first.under:
                continue
            group = [self.edges[k] for k in same]
            ends = (first.start, first.end)
            lonely = len(group) == 2 and not any(e.under for e in group) and not any(self._other(i, group) for i in ends)
            if lonely and not (set(ends) & self.fixed):
                self._close(group[0], group[1])
            else:
                turned = [e if e.start == first.start else e.turned() for e in group]
                tree = merged([(chain_tree(e.chain), e.under) for e in turned])
                self.edges.append(Edge(*ends, (Link(tree),)))
            self.edges = [e for k, e in enumerate(self.edges) if k not in same]
            return True
        return False

    def _other(self, i: int, group: list[Edge]) -> bool:
        """Whether anything but these edges touches the index."""
        return (
            any(v.at == i for v in self.vectors)
            or any(i in w.idx for w in self.wide)
            or any(i in (e.start, e.end) and e not in group for e in self.edges)
        )

    def _close(self, a: Edge, b: Edge) -> None:
        b = b if b.start == a.end else b.turned()  # A_ij B_ji
        options = [a.chain + b.chain, flipped(a.chain) + flipped(b.chain), b.chain + a.chain]
        best = min(options, key=lambda c: sum(link.tree.head == "transpose" for link in c))
        self.scalars.append(call("tr", chain_tree(best)))

    def _frame(self) -> bool:
        """Between two other matrices, vectors at both ends of M are `(a*b').*M` and not two diagonals."""
        for k, e in enumerate(self.edges):
            ends = (e.start, e.end)
            if e.under or any(i in self.fixed or self._degree(i) != 2 for i in ends):
                continue
            groups = [[v for v in self.vectors if v.at == i] for i in ends]
            if all(groups):
                left, right = together(groups[0]), together(groups[1])
                tree = merged([(chain_tree(left + flipped(right)), False), (chain_tree(e.chain), False)])
                self.edges[k] = Edge(*ends, (Link(tree),))
                self.vectors = [v for v in self.vectors if v.at not in ends]
                return True
        return False

    def _degree(self, i: int) -> int:
        return sum((e.start == i) + (e.end == i) for e in self.edges)

    def _eliminate(self) -> bool:
        best: tuple[int, int] | None = None
        for i in self.left():
            cost = self._cost(i)
            if cost is not None and (best is None or cost < best[0]):
                best = (cost, i)
        if best is None:
            return False
        self._remove(best[1])
        return True

    def _cost(self, i: int) -> int | None:
        """How awkward it is to eliminate index i now; None when it cannot be."""
        if any(i in w.idx for w in self.wide):
            return None
        edges = [e for e in self.edges if i in (e.start, e.end)]
        if len(edges) > 2 or any(e.under or e.start == e.end for e in edges):
            return None
        if not edges:
            return 0
        if len(edges) == 1:
            return 1 if edges[0].end == i else 2
        straight = any(e.end == i for e in edges) and any(e.start == i for e in edges)
        return 3 if straight else 4

    def _remove(self, i: int) -> None:
        vectors = [v for v in self.vectors if v.at == i]
        edges = [e for e in self.edges if i in (e.start, e.end)]
        self.vectors = [v for v in self.vectors if v.at != i]
        self.edges = [e for e in self.edges if i not in (e.start, e.end)]
        if not edges:
            self.scalars.append(_summed(vectors))
        elif len(edges) == 1:
            e = edges[0] if edges[0].end == i else edges[0].turned()
            tail = together(vectors) if vectors else (ones(self.dims[i]),)
            self.vectors.append(Vector(e.start, e.chain + tail))
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
        self.edges.append(Edge(a.start, b.end, a.chain + middle + b.chain))


def merged(items: list[tuple[Tree, bool]]) -> Tree:
    """Entry-by-entry product with its denominators: `a.*b./c`."""
    over = [t for t, under in items if not under]
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
        return call("sum", chain_tree(together(vectors)))
    longest = max(plain, key=lambda v: len(v.chain))
    rest = list(vectors)
    rest.remove(longest)
    first = together(rest)
    return chain_tree(flipped(first) + longest.chain)


def powered(tree: Tree, exp: Number) -> tuple[Tree, bool]:
    """A factor with an exponent: the tree, and whether it belongs below the line."""
    return entry_power(tree, abs(exp)), exp < 0
