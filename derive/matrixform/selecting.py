"""Selectors in matrix notation: slices, unit vectors, blocks with zeros around them.

One idea: a 0/1 tensor beside a summed index is a subscript of its neighbour (`x[2:k]`), beside an output index it puts its
neighbour into a frame of zeros. What is neither is left to index notation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Idx, Node, Prod
from derive.engine.selectors import leaves
from derive.matrixform.part import (
    Chain,
    Link,
    NeedsIndices,
    chain_tree,
    eye,
    size_tree,
)
from derive.matrixform.reduce import Edge, Graph, Vector
from derive.sizes import ONE, Size
from derive.tree import Tree, call

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.matrixform.form import Writer

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def sliced(writer: Writer, p: Prod, rest: list[FactorOf]) -> list[FactorOf]:
    """`g_u [u = i + c]` with u summed is the slice `g[c+1 : c+size]`."""
    factors: list[FactorOf | None] = list(rest)
    for place, (base, idx, _) in enumerate(rest):
        if isinstance(base, Affine) and len(idx) == 1 and idx[0] not in p.out:
            row(writer, factors, place, idx[0], base)
        if not isinstance(base, Affine) or len(idx) != 2 or idx[0] in p.out or leaves(base):
            continue
        backwards = base.coefs[1].number == -1 and base.offset == base.shape[0] - 1 == base.shape[1] - 1
        if base.coefs[1] != ONE and not backwards:
            continue
        users = [f for f in factors if f is not None and idx[0] in f[1] and f[0] is not base]
        if len(users) != 1 or isinstance(users[0][0], Affine) or users[0][1].count(idx[0]) != 1:
            continue
        user = users[0]
        if backwards and len(user[1]) != 1:
            continue
        piece = turned(writer, user[0]) if backwards else part_of(writer, user, idx[0], base.offset, base.shape[1])
        at = tuple([idx[1] if i == idx[0] else i for i in user[1]])
        factors[factors.index(user)] = (piece, at, user[2])
        factors[place] = None
    return [f for f in factors if f is not None]


def row(writer: Writer, factors: list[FactorOf | None], place: int, u: int, base: Affine) -> None:
    """`e_u X_uj` is the row `X[c, :]`."""
    users = [k for k, f in enumerate(factors) if f is not None and u in f[1] and k != place]
    user = factors[users[0]] if len(users) == 1 else None
    if user is None or len(user[1]) > 2 or len(set(user[1])) < len(user[1]) or isinstance(user[0], Affine):
        return
    if len(user[1]) == 1:
        factors[users[0]] = (entry(writer, user[0], base), (), user[2])
        factors[place] = None
        return
    axis = user[1].index(u)
    subscripts = [Tree("colon"), Tree("colon")]
    subscripts[axis] = size_tree(base.offset + 1)
    tree = Tree("index", (writer.whole(user[0]), *subscripts))
    vector = Tree("transpose", (tree,)) if axis == 0 else tree
    factors[users[0]] = (as_written(writer, vector, (user[0].shape[1 - axis],)), (user[1][1 - axis],), user[2])
    factors[place] = None


def entry(writer: Writer, node: Node, base: Affine) -> Node:
    """`x[c]`, and `X[i, j]` of a row or column of X."""
    whole, place = writer.whole(node), size_tree(base.offset + 1)
    row = whole.args[0] if whole.head == "transpose" else whole
    if row.head == "index" and any(s.head == "colon" for s in row.args[1:]) and isinstance(node, Written):
        return as_written(writer, Tree("index", tuple([place if s.head == "colon" else s for s in row.args])), ())
    return as_written(writer, Tree("index", (whole, place)), ())


def part_of(writer: Writer, user: FactorOf, u: int, offset: Size, size: Size) -> Node:
    base, idx, _ = user
    whole = writer.whole(base)
    subscripts = [Tree("colon") for _ in idx]
    if isinstance(base, Written) and whole.head == "index" and whole.args[1 + idx.index(u)].head == "colon":
        whole, subscripts = whole.args[0], list(whole.args[1:])
    subscripts[idx.index(u)] = Tree("range", (size_tree(offset + 1), size_tree(offset + size)))
    shape = tuple([size if i == u else s for i, s in zip(idx, base.shape, strict=True)])
    return as_written(writer, Tree("index", (whole, *subscripts)), shape)


def turned(writer: Writer, base: Node) -> Node:
    tree = writer.tree(base)
    return as_written(writer, tree.args[0] if tree.data == "flip" else call("flip", tree), base.shape)


def as_written(writer: Writer, tree: Tree, shape: tuple[Size, ...]) -> Node:
    written = Written(tree, shape)
    writer.trees[written] = tree
    return written


def selector(writer: Writer, graph: Graph, base: Affine, idx: Idx) -> None:
    """A unit vector, or the columns of an identity with zeros above and below."""
    size = base.shape[0]
    if len(idx) == 1:
        graph.add_vector(Vector(idx[0], (Link(call("e", size_tree(base.offset + 1), size_tree(size)), "column"),)))
        return
    inner = base.shape[1]
    square = moved(writer, base) if len(idx) == 2 and inner == size else None
    if square is not None:
        graph.add_edge(Edge(idx[0], idx[1], (square,)))
        return
    if len(idx) != 2 or base.coefs[1] != ONE or leaves(base):
        raise NeedsIndices
    rows = [base.offset, inner, size - base.offset - inner]
    trees = [
        call("zeros", size_tree(rows[0]), size_tree(inner)),
        call("eye", size_tree(inner)),
        call("zeros", size_tree(rows[2]), size_tree(inner)),
    ]
    kept = [t for t, r in zip(trees, rows, strict=True) if r.terms]
    tree = kept[0] if len(kept) == 1 else Tree("block", tuple(kept), (1,) * len(kept))
    writer.paddings[tree] = (rows[0], inner, rows[2])
    graph.add_edge(Edge(idx[0], idx[1], (Link(tree),)))


def moved(writer: Writer, base: Affine) -> Link | None:
    """The exchange matrix, or the shift by one down or up."""
    n = size_tree(base.shape[0])
    step = base.offset.number
    if base.coefs[1].number == -1 and base.offset == base.shape[0] - 1:
        return Link(call("exch", n), "matrix", True)
    if base.coefs[1] == ONE and step in (1, -1):
        return Link(call("shift", n) if step == 1 else Tree("transpose", (call("shift", n),)))
    return None


def framed(writer: Writer, chain: Chain, p: Prod) -> Chain:
    """`[zeros(1); eye(4); zeros(n - 5)]*v` is `[zeros(1); v; zeros(n - 5)]`; also on both sides of a matrix."""
    if len(p.out) == 1 and len(chain) > 1 and chain[0].tree.data == "exch":
        return (Link(call("flip", chain_tree(chain[1:])), "column"),)
    first = writer.paddings.get(chain[0].tree) if chain else None
    last = writer.paddings.get(chain[-1].tree.args[0]) if chain and chain[-1].tree.head == "transpose" else None
    inside = chain[1 if first else 0 : len(chain) - bool(last)]
    if last and len(chain) == 1:
        inside = (eye(last[1]),)
    if not inside or not (first or last):
        return chain
    if len(p.out) == 1:
        return (Link(_stacked(chain_tree(inside), first), "column"),) if first else chain
    nothing = Size.of(0)
    rows = first or (nothing, p.dims[p.out[0]], nothing)
    columns = last or (nothing, p.dims[p.out[1]], nothing)
    cells = [
        chain_tree(inside) if i == j == 1 else call("zeros", size_tree(r), size_tree(c))
        for i, r in enumerate(rows)
        if r.terms
        for j, c in enumerate(columns)
        if c.terms
    ]
    width = sum(bool(c.terms) for c in columns)
    return (Link(Tree("block", tuple(cells), (width,) * (len(cells) // width))),)


def _stacked(inside: Tree, sizes: tuple[Size, Size, Size]) -> Tree:
    before, _, after = sizes
    cells = [
        call("zeros", size_tree(s)) if s is not None else inside for s in (before, None, after) if s is None or s.terms
    ]
    return Tree("block", tuple(cells), (1,) * len(cells)) if len(cells) > 1 else inside


class Written(Node):
    """A piece that is already notation (a slice), while the product around it is written."""

    __slots__ = ("tree",)

    def __init__(self, tree: Tree, shape: tuple[Size, ...]) -> None:
        self.tree = tree
        self.shape = shape
        self.complex = False
        self.symmetric = None
        self.sig = hash(tree)

    def _same(self, other: object) -> bool:
        return isinstance(other, Written) and self.tree == other.tree
