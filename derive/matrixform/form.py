"""Nodes to trees: every node in matrix notation, or openly in index notation where there is none.

One idea: a node becomes a `Part` (number, scalars, chain), sums of parts are factored, and a part becomes a tree. What a
subexpression looks like does not depend on where it stands, so trees are shared as nodes are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import (
    Affine,
    Apply,
    Atom,
    Idx,
    Node,
    Prod,
    Sum,
    Sym,
    Table,
    Undef,
    as_product,
    is_zero,
    number_of,
    postorder,
)
from derive.engine.sums import scaled, split
from derive.engine.symmetry import is_symmetric
from derive.matrixform.factoring import gather
from derive.matrixform.part import (
    Chain,
    Link,
    NeedsIndices,
    Part,
    added,
    chain_tree,
    entry_power,
    eye,
    flipped,
    magnitude,
    ones,
    part_tree,
    scalar_power,
    size_tree,
)
from derive.matrixform.powers import FORMS
from derive.matrixform.reduce import Edge, Graph, Vector, merged, powered, together
from derive.matrixform.scalars import atom, scalars, square
from derive.matrixform.selecting import framed, selector, sliced
from derive.sizes import Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


class Writer:
    """Writes nodes; holds the trees already made and the names that index letters must avoid."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self.taken = taken
        self.trees: dict[Node, Tree] = {}
        self.paddings: dict[Tree, tuple[Size, Size, Size]] = {}  # zeros above, an identity, zeros below
        self.orders: dict[Tree, int] = {}  # of the trees that stand for a node

    def tree(self, node: Node) -> Tree:
        """The node in matrix notation if its order is at most two and it has one, else in index notation."""
        found = self.trees.get(node)
        if found is None:
            try:
                found = part_tree(self.part(node)) if not isinstance(node, Sum) else self._sum(node)
            except NeedsIndices:
                from derive.matrixform.indices import index_form

                found = index_form(self, node)
            self.trees[node] = found
            self.orders[found] = len(node.shape)
        return found

    def row(self, node: Node) -> Tree:
        """The transpose of a vector, written as rows: `y'*A`, not `(A'*y)'`."""
        terms = node.terms if isinstance(node, Sum) else (node,)
        parts = [self.part(t) for t in terms]
        if not terms or any(not p.chain for p in parts):
            return Tree("transpose", (self.tree(node),))
        return added(gather([p._replace(chain=flipped(p.chain)) for p in parts]))

    # ---- parts

    def part(self, node: Node) -> Part:
        """The node as number, scalars and chain. Raises NeedsIndices."""
        if len(node.shape) > 2:
            raise NeedsIndices
        if isinstance(node, Prod | Affine) or (isinstance(node, Table) and node.kind != "ramp"):
            return self._product(as_product(node))
        if not node.shape:
            return Part(1, (self.whole(node),), (), ())
        if is_zero(node):
            return Part(1, (), (), (Link(call("zeros", *map(size_tree, node.shape)), _kind(node)),))
        if isinstance(node, Sum):
            numbers = self._ramp(node)
            if numbers is not None:
                return Part(1, (), (), (Link(numbers, "column"),))
            parts = gather(self._parts(node))
            if len(parts) == 1:
                return parts[0]
            sign = -1 if all(p.coef < 0 for p in parts) else 1
            if sign < 0:
                parts = [p._replace(coef=-p.coef) for p in parts]
            return Part(sign, (), (), (Link(added(parts), _kind(node), is_symmetric(node)),))
        return Part(1, (), (), (self.link(node),))

    def _ramp(self, node: Sum) -> Tree | None:
        """`array(i=1..n, i)`: the numbers from 0 with a number added."""
        if len(node.terms) != 2 or not any(isinstance(t, Table) for t in node.terms):
            return None
        from derive.matrixform.halves import ramp

        return ramp(node, self.taken)

    def _sum(self, node: Sum) -> Tree:
        if len(node.shape) > 2:
            raise NeedsIndices
        if not node.terms:
            return call("zeros", *map(size_tree, node.shape)) if node.shape else number(0)
        numbers = self._ramp(node)
        if numbers is not None:
            return numbers
        return added(gather(self._parts(node)))

    def _parts(self, node: Sum) -> list[Part]:
        """The terms; beside other vectors, a multiple of ones is written as the bare number (`x - mean(x)`)."""
        parts = [self.part(t) for t in node.terms]
        if not node.shape:
            return _by_name(parts)
        bare = [_is_ones(p, len(node.shape)) for p in parts]
        if all(bare):
            return parts
        return [Part(p.coef, p.over, p.under, (), True) if b else p for p, b in zip(parts, bare, strict=True)]

    def link(self, node: Node) -> Link:
        tree = self.whole(node)
        self.orders[tree] = len(node.shape)
        return Link(tree, _kind(node), len(node.shape) == 2 and is_symmetric(node))

    def whole(self, node: Node) -> Tree:
        """A factor as one operand."""
        match node:
            case Sym():
                return name(node.symbol.name)
            case Atom():
                return atom(node)
            case Table():
                from derive.matrixform.halves import ramp

                numbers = ramp(node, self.taken)
                if numbers is None:
                    raise NeedsIndices
                return numbers
            case Apply() if node.op.name == "power":
                return Tree("hpow" if node.shape else "pow", tuple([self.tree(a) for a in node.args]))
            case Apply() if node.op.name in FORMS and len(node.shape) == 2:
                return FORMS[node.op.name](self, node)
            case Apply() if (pool := self.pooled(node)) is not None:
                return pool
            case Apply() if is_family(node):
                raise NeedsIndices
            case Apply() if _reads_as_whole(node):
                return self._row_by_row(node)
            case Apply():
                return call(node.op.name, *[self.tree(a) for a in _without_defaults(node)])
            case Undef():
                f, arg = node.function, self.tree(node.arg)
                return Tree("prime", (arg,), (f.name, f.order)) if f.order else call(f.name, arg)
        return self.tree(node)

    def pooled(self, node: Apply) -> Tree | None:
        """The maxima of windows by name, None for anything else."""
        if node.op.name not in ("max", "rowmax") or not node.shape:
            return None
        from derive.matrixform.windows import pooled

        return pooled(self, node)

    def _row_by_row(self, node: Apply) -> Tree:
        """`array(i=1..m, max(X[i,:]))`: without the index it would be read as the maximum of all entries."""
        if len(node.shape) != 1 or len(node.args[0].shape) != 2:
            raise NeedsIndices
        i = next(x for x in "ijklpqrs" if x not in self.taken)
        row = Tree("index", (self.tree(node.args[0]), name(i), Tree("colon")))
        return Tree("array", (call(node.op.name, row), number(1), size_tree(node.shape[0])), (i,))

    # ---- products

    def _product(self, p: Prod) -> Part:
        p = _sign_inside(p)
        over, under, rest = scalars(self, p)
        if any(isinstance(base, Table) for base, _, _ in rest):
            from derive.matrixform.halves import halves

            chain = halves(self, p, rest)
            if chain is not None:
                return Part(p.coef, over, under, chain)
        from derive.matrixform.kronecker import kronecker

        chain = kronecker(self, p, rest)
        if chain is not None:
            return Part(p.coef, over, under, chain)
        from derive.matrixform.windows import convolution

        chain = convolution(self, p, rest)
        if chain is not None:
            return Part(p.coef, over, under, chain)
        if not p.out and len(rest) == 1 and (squared := square(self, rest[0], 1)) is not None:
            return Part(p.coef, (*over, squared), under, ())
        graph = self.graph(p, rest)
        graph.reduce()
        if graph.left() or graph.wide:
            raise NeedsIndices
        chain = framed(self, _output(graph, p), p)
        return Part(p.coef * graph.coef, (*over, *graph.scalars), (*under, *graph.under), chain)

    def graph(self, p: Prod, rest: list[FactorOf]) -> Graph:
        """The factors as vectors and edges; raises NeedsIndices for what has more than two axes."""
        graph = Graph(set(p.out), p.dims)
        for base, idx, exp in sliced(self, p, rest):
            if isinstance(base, Affine):
                selector(self, graph, base, idx)
                continue
            if len(idx) > 2:
                raise NeedsIndices
            if not idx:
                (graph.scalars if exp > 0 else graph.under).append(scalar_power(self.whole(base), magnitude(exp)))
                continue
            if isinstance(base, Sum) and exp == 1 and (len(idx) == 1 or idx[0] != idx[1]):
                try:
                    self._spliced(graph, base, idx)
                    continue
                except NeedsIndices:  # then it is one operand, written with indices
                    pass
            link = self.link(base)
            tree, below = powered(link.tree, exp)
            if exp != 1:
                link = Link(tree, link.kind, link.symmetric)
            if len(idx) == 1:
                graph.add_vector(Vector(idx[0], (link,), below))
            elif idx[0] == idx[1] and below:
                graph.add_vector(Vector(idx[0], (Link(call("diag", tree), "column"),), below))
            else:
                graph.add_edge(Edge(idx[0], idx[1], (link,), below))
        return graph

    def _spliced(self, graph: Graph, base: Sum, idx: Idx) -> None:
        """A sum that factors into a product joins the chain: `A'*(B + C)*x`, not `A'*((B + C)*x)`."""
        part = self.part(base)
        graph.coef = graph.coef * part.coef
        graph.scalars += part.over
        graph.under += part.under
        if len(idx) == 1:
            graph.add_vector(Vector(idx[0], part.chain))
        else:
            graph.add_edge(Edge(idx[0], idx[1], part.chain))


def _sign_inside(p: Prod) -> Prod:
    """`-X'*(y - X*w) -> X'*(X*w - y)`: a minus sign goes into a difference that stands nowhere else."""
    if p.coef >= 0:
        return p
    for k, (base, idx, exp) in enumerate(p.factors):
        if isinstance(base, Prod) and not idx and exp == 1 and base.coef == 1:
            inner = _sign_inside(Prod(-1, base.factors, base.out, base.dims, True))
            if inner.coef == 1:
                factors = (*p.factors[:k], (inner, idx, exp), *p.factors[k + 1 :])
                return Prod(-p.coef, factors, p.out, p.dims, True)
        if not (isinstance(base, Sum) and exp == 1 and idx) or any(_is_constant(t) for t in base.terms):
            continue
        signs = {split(t)[0] > 0 for t in base.terms}
        others = p.factors[:k] + p.factors[k + 1 :]
        if len(signs) == 2 and not any(node is base for node in postorder([b for b, _, _ in others])):
            turned = ((scaled(-1, base), idx, exp),)
            return Prod(-p.coef, p.factors[:k] + turned + p.factors[k + 1 :], p.out, p.dims, True)
    return p


def _by_name(parts: list[Part]) -> list[Part]:
    """A sum of bare variables in the order of their names: `x + y`."""
    if all(p.coef > 0 and not p.under and len(p.over) == 1 and p.over[0].head == "name" for p in parts):
        return sorted(parts, key=lambda p: str(p.over[0].data))
    return parts


def _is_constant(node: Node) -> bool:
    return isinstance(node, Prod) and not node.factors


def _output(graph: Graph, p: Prod) -> Chain:
    """What hangs on the output indices, as one chain."""
    out = p.out
    if not out:
        return ()
    at = {i: graph.vectors_at(i) for i in set(out)}
    if len(out) == 1:
        return together(at[out[0]]) if at[out[0]] else (ones(p.dims[out[0]]),)
    i, j = out
    if i == j:
        if not at[i]:
            return (eye(p.dims[i]),)
        return (Link(call("diag", chain_tree(together(at[i]))), "matrix", True),)
    left, right = at[i], at[j]
    if not graph.edges:
        first = together(left) if left else (ones(p.dims[i]),)
        return first + flipped(together(right) if right else (ones(p.dims[j]),))
    edge = graph.edges[0] if graph.edges[0].start == i else graph.edges[0].turned()
    if left and right:
        frame = chain_tree(together(left) + flipped(together(right)))
        return (Link(merged([(frame, False), (chain_tree(edge.chain), edge.under)])),)
    chain: Chain = edge.chain
    if edge.under:
        chain = (Link(merged([(chain_tree(edge.chain), True)])),)
    if left:
        return (Link(call("diag", chain_tree(together(left))), "matrix", True), *chain)
    if right:
        return (*chain, Link(call("diag", chain_tree(together(right))), "matrix", True))
    return chain


def _kind(node: Node) -> str:
    return "column" if len(node.shape) == 1 else "matrix"


def _is_ones(part: Part, order: int) -> bool:
    """A multiple of the ones; beside a matrix only a plain number may stand bare."""
    if len(part.chain) != order or (order == 2 and (part.over or part.under)):
        return False
    trees = [link.tree.args[0] if link.tree.head == "transpose" else link.tree for link in part.chain]
    return all(t.head == "call" and t.data == "ones" for t in trees)


def is_family(node: Node) -> bool:
    """Whether an operation of several arguments is repeated over leading axes."""
    from derive.matrixform.indices import batch_of

    return isinstance(node, Apply) and node.op.meaning == "opaque" and len(node.args) > 1 and batch_of(node) > 0


def _reads_as_whole(node: Apply) -> bool:
    """A reduction over the last axis only, of an operation that of such an argument takes all axes."""
    if node.op.meaning == "elementwise" or len(node.args) != 1:
        return False
    order = len(node.args[0].shape)
    return any(len(s.inputs[0]) == order and len(s.output) != len(node.shape) for s in node.op.signatures)


def _without_defaults(node: Apply) -> tuple[Node, ...]:
    """The arguments but for the last ones that are what is assumed anyway."""
    args, defaults = node.args, node.op.defaults
    for k in range(len(defaults)):
        value = number_of(args[-1])
        if value is None or str(value) != str(_fraction(defaults[len(defaults) - 1 - k])):
            break
        args = args[:-1]
    return args


def _fraction(text: str) -> Number:
    from fractions import Fraction

    return Fraction(text)


def matrix_form(node: Node, taken: frozenset[str] = frozenset()) -> Tree:
    """The notation of a normal node; index letters avoid the names in `taken`."""
    return Writer(taken).tree(node)


__all__ = ["NeedsIndices", "Writer", "entry_power", "matrix_form"]
