"""Nodes to trees: every node in matrix notation, or openly in index notation where there is none.

One idea: a node becomes a `Part` (number, scalars, chain), sums of parts are factored, and a part becomes a tree. What a
subexpression looks like does not depend on where it stands, so trees are shared as nodes are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.expr import Affine, Apply, Atom, Idx, Node, Prod, Sum, Sym, Undef, as_product, is_zero, number_of, postorder
from derive.matrixform.factoring import gather
from derive.matrixform.part import (
    Chain,
    Link,
    Part,
    added,
    chain_tree,
    entry_power,
    eye,
    flipped,
    magnitude,
    multiplied,
    number_tree,
    ones,
    part_tree,
    scalar_power,
    size_tree,
)
from derive.matrixform.powers import FORMS
from derive.matrixform.reduce import Edge, Graph, Vector, merged, powered, together
from derive.normal import is_symmetric, scaled, split
from derive.selectors import leaves
from derive.sizes import ONE, Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


class NeedsIndices(Exception):
    """The product has no matrix notation."""


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

    # ---- parts

    def part(self, node: Node) -> Part:
        """The node as number, scalars and chain. Raises NeedsIndices."""
        if len(node.shape) > 2:
            raise NeedsIndices
        if isinstance(node, Prod | Affine):
            return self._product(as_product(node))
        if not node.shape:
            return Part(1, (self.whole(node),), (), ())
        if is_zero(node):
            return Part(1, (), (), (Link(call("zeros", *map(size_tree, node.shape)), _kind(node)),))
        if isinstance(node, Sum):
            parts = gather(self._parts(node))
            if len(parts) == 1:
                return parts[0]
            sign = -1 if all(p.coef < 0 for p in parts) else 1
            if sign < 0:
                parts = [p._replace(coef=-p.coef) for p in parts]
            return Part(sign, (), (), (Link(added(parts), _kind(node), is_symmetric(node)),))
        return Part(1, (), (), (self.link(node),))

    def _sum(self, node: Sum) -> Tree:
        if len(node.shape) > 2:
            raise NeedsIndices
        if not node.terms:
            return call("zeros", *map(size_tree, node.shape)) if node.shape else number(0)
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
                return _atom(node)
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
        over, under, rest = self.scalars(p)
        from derive.matrixform.kronecker import kronecker

        chain = kronecker(self, p, rest)
        if chain is not None:
            return Part(p.coef, over, under, chain)
        from derive.matrixform.windows import convolution

        chain = convolution(self, p, rest)
        if chain is not None:
            return Part(p.coef, over, under, chain)
        if not p.out and len(rest) == 1 and (square := self.square(rest[0], 1)) is not None:
            return Part(p.coef, (*over, square), under, ())
        graph = self.graph(p, rest)
        graph.reduce()
        if graph.left() or graph.wide:
            raise NeedsIndices
        chain = self._framed(_output(graph, p), p)
        return Part(p.coef * graph.coef, (*over, *graph.scalars), (*under, *graph.under), chain)

    def scalars(self, p: Prod) -> tuple[tuple[Tree, ...], tuple[Tree, ...], list[FactorOf]]:
        """Scalar factors above and below the line, and the other factors."""
        over: list[Tree] = []
        under: list[Tree] = []
        rest: list[FactorOf] = []
        means: list[tuple[Tree, Tree, Tree]] = []
        roots: list[tuple[Atom, Number]] = []
        for base, idx, exp in p.factors:
            if idx:
                rest.append((base, idx, exp))
                continue
            if type(base) is Atom and type(exp) is not int and exp.denominator == 2:
                roots.append((base, exp))
                continue
            tree = self.scalar(base, magnitude(exp))
            (over if exp > 0 else under).append(tree)
            if tree.head == "call" and tree.data == "sum" and isinstance(base, Prod) and len(base.dims) == 1:
                means.append((tree, size_tree(base.dims[0]), call("mean", *tree.args)))
        _root_of_constants(roots, over, under)
        _variance(over, under)
        for total, count, mean in means:
            if count in under and total in over:
                over[over.index(total)] = mean
                under.remove(count)
        over.sort(key=_plainness)
        under.sort(key=_plainness)
        return tuple(over), tuple(under), rest

    def scalar(self, base: Node, exp: Number) -> Tree:
        """`base^exp` for a scalar base and exp > 0."""
        if isinstance(base, Prod) and base.coef == 1 and len(base.factors) == 1:
            square = self.square(base.factors[0], exp)
            if square is not None:
                return square
        return scalar_power(self.tree(base) if isinstance(base, Prod | Sum) else self.whole(base), exp)

    def square(self, factor: FactorOf, exp: Number) -> Tree | None:
        """(Σ u²)^exp as a power of the norm; for a variable `x'*x`."""
        base, idx, power = factor
        if power != 2 or len(set(idx)) != len(idx) or len(idx) > 2:
            return None
        inner = self.tree(base) if not isinstance(base, Sym) else self.whole(base)
        if isinstance(base, Sym) and len(idx) == 1 and type(exp) is int:
            return scalar_power(Tree("mul", (Tree("transpose", (inner,)), inner)), exp)
        twice = exp * 2
        norm = call("norm2", inner)
        return (
            norm
            if twice == 1
            else Tree("pow", (norm, number_tree(twice.numerator if twice.denominator == 1 else twice)))
        )

    def graph(self, p: Prod, rest: list[FactorOf]) -> Graph:
        """The factors as vectors and edges; raises NeedsIndices for what has more than two axes."""
        graph = Graph(set(p.out), p.dims)
        for base, idx, exp in self._sliced(p, rest):
            if isinstance(base, Affine):
                self._selector(graph, base, idx)
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

    def _sliced(self, p: Prod, rest: list[FactorOf]) -> list[FactorOf]:
        """`g_u [u = i + c]` with u summed is the slice `g[c+1 : c+size]`."""
        factors: list[FactorOf | None] = list(rest)
        for place, (base, idx, _) in enumerate(rest):
            if isinstance(base, Affine) and len(idx) == 1 and idx[0] not in p.out:
                self._row(factors, place, idx[0], base)
            if not isinstance(base, Affine) or len(idx) != 2 or idx[0] in p.out or leaves(base):
                continue
            turned = base.coefs[1].number == -1 and base.offset == base.shape[0] - 1 == base.shape[1] - 1
            if base.coefs[1] != ONE and not turned:
                continue
            users = [f for f in factors if f is not None and idx[0] in f[1] and f[0] is not base]
            if len(users) != 1 or isinstance(users[0][0], Affine) or users[0][1].count(idx[0]) != 1:
                continue
            user = users[0]
            if turned and len(user[1]) != 1:
                continue
            sliced = self._turned(user[0]) if turned else self._slice(user, idx[0], base.offset, base.shape[1])
            at = tuple([idx[1] if i == idx[0] else i for i in user[1]])
            factors[factors.index(user)] = (sliced, at, user[2])
            factors[place] = None
        return [f for f in factors if f is not None]

    def _row(self, factors: list[FactorOf | None], place: int, u: int, base: Affine) -> None:
        """`e_u X_uj` is the row `X[c, :]`."""
        users = [k for k, f in enumerate(factors) if f is not None and u in f[1] and k != place]
        user = factors[users[0]] if len(users) == 1 else None
        if user is None or len(user[1]) > 2 or len(set(user[1])) < len(user[1]) or isinstance(user[0], Affine):
            return
        if len(user[1]) == 1:
            factors[users[0]] = (self._entry(user[0], base), (), user[2])
            factors[place] = None
            return
        axis = user[1].index(u)
        subscripts = [Tree("colon"), Tree("colon")]
        subscripts[axis] = size_tree(base.offset + 1)
        tree = Tree("index", (self.whole(user[0]), *subscripts))
        vector = Tree("transpose", (tree,)) if axis == 0 else tree
        factors[users[0]] = (self._as_written(vector, (user[0].shape[1 - axis],)), (user[1][1 - axis],), user[2])
        factors[place] = None

    def _entry(self, node: Node, base: Affine) -> Node:
        """`x[c]`, and `X[i, j]` of a row or column of X."""
        whole, place = self.whole(node), size_tree(base.offset + 1)
        row = whole.args[0] if whole.head == "transpose" else whole
        if row.head == "index" and any(s.head == "colon" for s in row.args[1:]) and isinstance(node, Written):
            return self._as_written(Tree("index", tuple([place if s.head == "colon" else s for s in row.args])), ())
        return self._as_written(Tree("index", (whole, place)), ())

    def _slice(self, user: FactorOf, u: int, offset: Size, size: Size) -> Node:
        base, idx, _ = user
        whole = self.whole(base)
        subscripts = [Tree("colon") for _ in idx]
        if isinstance(base, Written) and whole.head == "index" and whole.args[1 + idx.index(u)].head == "colon":
            whole, subscripts = whole.args[0], list(whole.args[1:])
        subscripts[idx.index(u)] = Tree("range", (size_tree(offset + 1), size_tree(offset + size)))
        shape = tuple([size if i == u else s for i, s in zip(idx, base.shape, strict=True)])
        return self._as_written(Tree("index", (whole, *subscripts)), shape)

    def _turned(self, base: Node) -> Node:
        tree = self.tree(base)
        return self._as_written(tree.args[0] if tree.data == "flip" else call("flip", tree), base.shape)

    def _as_written(self, tree: Tree, shape: tuple[Size, ...]) -> Node:
        written = Written(tree, shape)
        self.trees[written] = tree
        return written

    def _selector(self, graph: Graph, base: Affine, idx: Idx) -> None:
        """A unit vector, or the columns of an identity with zeros above and below."""
        size = base.shape[0]
        if len(idx) == 1:
            graph.add_vector(Vector(idx[0], (Link(call("e", size_tree(base.offset + 1), size_tree(size)), "column"),)))
            return
        inner = base.shape[1]
        square = self._moved(base) if len(idx) == 2 and inner == size else None
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
        self.paddings[tree] = (rows[0], inner, rows[2])
        graph.add_edge(Edge(idx[0], idx[1], (Link(tree),)))

    def _moved(self, base: Affine) -> Link | None:
        """The exchange matrix, or the shift by one down or up."""
        n = size_tree(base.shape[0])
        step = base.offset.number
        if base.coefs[1].number == -1 and base.offset == base.shape[0] - 1:
            return Link(call("exch", n), "matrix", True)
        if base.coefs[1] == ONE and step in (1, -1):
            return Link(call("shift", n) if step == 1 else Tree("transpose", (call("shift", n),)))
        return None

    def _framed(self, chain: Chain, p: Prod) -> Chain:
        """`[zeros(1); eye(4); zeros(n - 5)]*v` is `[zeros(1); v; zeros(n - 5)]`; also on both sides of a matrix."""
        if len(p.out) == 1 and len(chain) > 1 and chain[0].tree.data == "exch":
            return (Link(call("flip", chain_tree(chain[1:])), "column"),)
        first = self.paddings.get(chain[0].tree) if chain else None
        last = self.paddings.get(chain[-1].tree.args[0]) if chain and chain[-1].tree.head == "transpose" else None
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


def _root_of_constants(roots: list[tuple[Atom, Number]], over: list[Tree], under: list[Tree]) -> None:
    """`2^(1/2) pi^(-1/2)` as `sqrt(2/pi)`."""
    above = [scalar_power(_atom(b), magnitude(e.numerator)) for b, e in roots if e > 0]
    below = [scalar_power(_atom(b), magnitude(e.numerator)) for b, e in roots if e < 0]
    if above:
        top = multiplied(above)
        over.append(call("sqrt", Tree("div", (top, multiplied(below))) if below else top))
    elif below:
        under.append(call("sqrt", multiplied(below)))


def _variance(over: list[Tree], under: list[Tree]) -> None:
    """`norm2(x - mean(x))^2/n` is `var(x)`."""
    for k, tree in enumerate(over):
        if tree.head != "pow" or tree.args[1] != number(2) or tree.args[0].data != "norm2":
            continue
        inner = tree.args[0].args[0]
        if inner.head == "sub" and inner.args[1] == call("mean", inner.args[0]):
            count = next((t for t in under if t.head in ("name", "number", "mul")), None)
            if count is not None and under.count(count) == 1:
                over[k] = call("var", inner.args[0])
                under.remove(count)


def _by_name(parts: list[Part]) -> list[Part]:
    """A sum of bare variables in the order of their names: `x + y`."""
    if all(p.coef > 0 and not p.under and len(p.over) == 1 and p.over[0].head == "name" for p in parts):
        return sorted(parts, key=lambda p: str(p.over[0].data))
    return parts


def _is_constant(node: Node) -> bool:
    return isinstance(node, Prod) and not node.factors


class Written(Node):
    """A piece that is already notation (a slice), while the product around it is written."""

    __slots__ = ("tree",)

    def __init__(self, tree: Tree, shape: tuple[Size, ...]) -> None:
        self.tree = tree
        self.shape = shape
        self.sig = hash(tree)

    def _same(self, other: object) -> bool:
        return isinstance(other, Written) and self.tree == other.tree


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


def _atom(node: Atom) -> Tree:
    if isinstance(node.value, Size):
        return size_tree(node.value)
    return name(node.value) if isinstance(node.value, str) else number_tree(node.value)


def _plainness(tree: Tree) -> int:
    """Numbers, then names, then the rest: `2*a*norm2(x)`."""
    inner = tree.args[0] if tree.head == "pow" else tree
    return {"number": 0, "name": 1}.get(inner.head, 2)


def matrix_form(node: Node, taken: frozenset[str] = frozenset()) -> Tree:
    """The notation of a normal node; index letters avoid the names in `taken`."""
    return Writer(taken).tree(node)


__all__ = ["NeedsIndices", "Writer", "entry_power", "matrix_form"]
