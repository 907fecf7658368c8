"""Index notation, where there is no matrix notation: `array(i=1..m, j=1..n, k=1..m, A[i,k]*x[j])`.

One idea: what can be reduced to matrices is reduced first, so an entry reads `(V'*V)[j,l]` and not a sum. A summed index that
is left becomes `sum(k=1..n, …)`; equal output axes become `delta(i, k)`. Indices count from 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Apply, Idx, Node, Prod, Sum, Table, as_product
from derive.engine.lifting import over_used, without_batch
from derive.engine.normal import normalise
from derive.engine.selectors import leaves, selector
from derive.engine.subscripts import size_node
from derive.finding import Finding, LanguageError
from derive.matrixform.halves import entry_of
from derive.matrixform.part import NeedsIndices, Part, added, chain_tree, magnitude, part_tree, scalar_power, size_tree
from derive.matrixform.reduce import Graph, Wide
from derive.matrixform.scalars import scalars
from derive.sizes import ONE, Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from derive.matrixform.form import Writer

LETTERS = "ijklpqrstuvwabcdefgh"


def index_form(writer: Writer, node: Node) -> Tree:
    """The whole node as an `array` over its axes (or a scalar with sums)."""
    free = _Letters(writer.taken)
    family = _family_form(writer, node, free)
    if family is not None:
        return family
    names = [free.next() for _ in node.shape]
    body = _Indexer(writer, free).entry(node, tuple(names))
    if not names:
        return body
    ranges = [t for size in node.shape for t in (number(1), size_tree(size))]
    return Tree("array", (body, *ranges), tuple(names))


def _family_form(writer: Writer, node: Node, free: _Letters) -> Tree | None:
    """`array(i=1..n, dexpm(X', e(i, n)*x'))`: a family of matrices or vectors, each in matrix notation."""
    from derive.matrixform.form import Writer

    batch = batch_of(node) if isinstance(node, Apply) else max(1, len(node.shape) - 2)
    if not node.shape or not batch or not _has_family(node):
        return None
    names = free.left[:batch]
    try:
        body = part_tree(Writer(writer.taken | set(names)).part(member(node, tuple(map(name, names)))))
    except NeedsIndices:
        return None
    ranges = [t for size in node.shape[:batch] for t in (number(1), size_tree(size))]
    return Tree("array", (body, *ranges), tuple(names))


def _has_family(node: Node) -> bool:
    if isinstance(node, Apply):
        return batch_of(node) > 0
    return isinstance(node, Prod | Sum) and any(map(_has_family, node.children))


class _Letters:
    def __init__(self, taken: frozenset[str]) -> None:
        self.left = [x for x in LETTERS if x not in taken]
        self.left += [f"i{k}" for k in range(1, 60) if f"i{k}" not in taken]
        self.used: frozenset[str] = frozenset()

    def next(self) -> str:
        self.used |= {self.left[0]}
        return self.left.pop(0)


class _Indexer:
    def __init__(self, writer: Writer, free: _Letters) -> None:
        self.writer = writer
        self.free = free

    def entry(self, node: Node, at: tuple[str, ...]) -> Tree:
        """The scalar `node[at]`."""
        match node:
            case Sum():
                return added([self._part(t, at) for t in node.terms]) if node.terms else number(0)
            case Prod() | Affine():
                return part_tree(self._part(node, at))
            case Apply() if node.op.meaning == "elementwise":
                return call(node.op.name, *[self.entry(a, at if a.shape else ()) for a in node.args])
            case Table():
                return entry_of(node, [name(x) for x in at])
        places = tuple(map(name, at))
        if isinstance(node, Apply) and (pool := self.writer.pooled(node)) is not None:
            return Tree("index", (pool, *places))
        if isinstance(node, Apply) and (batch := batch_of(node)):
            whole, places = self.written(node, places[:batch]), places[batch:]
        else:
            whole = self.writer.whole(node)
        return Tree("index", (whole, *places)) if places else whole

    def written(self, node: Apply, places: tuple[Tree, ...]) -> Tree:
        """One of a family of matrices or vectors: `dexpm(X', e(i, n)*e(j, n)')`."""
        from derive.matrixform.form import Writer

        inner = Writer(self.writer.taken | self.free.used)
        return inner.whole(member(node, places))

    def _part(self, node: Node, at: tuple[str, ...]) -> Part:
        if isinstance(node, Affine):
            node = as_product(node)
        if not isinstance(node, Prod):
            return Part(1, (self.entry(node, at),), (), ())
        over, under, rest = scalars(self.writer, node)
        letter: dict[int, str] = {}
        top: list[Tree] = list(over)
        below: list[Tree] = list(under)
        for i, x in zip(node.out, at, strict=True):
            if i in letter:
                top.append(call("delta", name(letter[i]), name(x)))
            else:
                letter[i] = x
        graph = self._graph(
            node, [f for f in rest if not isinstance(f[0], Affine)], [f for f in rest if isinstance(f[0], Affine)]
        )
        graph.reduce()
        places: dict[int, Tree] = {i: name(x) for i, x in letter.items()}
        sums = self._places(graph, [f for f in rest if isinstance(f[0], Affine)], places, node, top)
        top += graph.scalars
        below += graph.under
        self._entries(graph, places, top, below)
        body = Part(node.coef * graph.coef, tuple(top), tuple(below), ())
        for x, size in sums:
            inner = part_tree(Part(1, body.over, body.under, ()))
            body = Part(body.coef, (Tree("sum", (inner, number(1), size_tree(size)), x),), (), ())
        return body

    def _graph(
        self, node: Prod, plain: list[tuple[Node, Idx, object]], affine: list[tuple[Node, Idx, object]]
    ) -> Graph:
        """Vectors and edges; indices that a selector uses must stay."""

        keep = set(node.out) | {i for _, idx, _ in affine for i in idx}
        small = [f for f in plain if len(f[1]) <= 2 and not self._opens(f[0])]
        try:
            graph = self.writer.graph(Prod(1, (), (), node.dims), small)  # type: ignore[arg-type]
        except NeedsIndices as trouble:  # two axes always fit
            raise AssertionError from trouble
        graph.fixed = keep
        for base, idx, exp in plain:
            if len(idx) > 2 or self._opens(base):
                graph.wide.append(Wide(idx, base, exp))  # type: ignore[arg-type]
        return graph

    def _opens(self, node: Node) -> bool:
        """A function entry by entry of something written with indices, or a family: then its entry is written, not the whole."""
        from derive.matrixform.form import is_family

        if is_family(node):
            return True
        if not (isinstance(node, Apply) and node.op.meaning == "elementwise" and node.shape):
            return False
        return len(node.shape) > 2 or any(t.head == "array" for t in self.writer.whole(node).args)

    def _places(
        self, graph: Graph, affine: list[tuple[Node, Idx, object]], places: dict[int, Tree], node: Prod, top: list[Tree]
    ) -> list[tuple[str, Size]]:
        """Subscript of every index: a letter, or an expression in letters where a selector says so."""
        targets = {idx[0] for base, idx, _ in affine if idx[0] not in node.out and not leaves(base)}  # type: ignore[arg-type]
        summed = [i for i in graph.left() if i not in places and i not in targets]
        summed += [i for _, idx, _ in affine for i in idx if i not in places and i not in targets]
        sums = []
        for i in dict.fromkeys(summed):
            x = self.free.next()
            places[i] = name(x)
            sums.append((x, node.dims[i]))
        waiting = list(affine)
        while waiting:  # a subscript may itself be given by a selector
            ready = next((a for a in waiting if all(i in places for i in a[1][1:])), None)
            if ready is None:
                raise LanguageError(Finding("not-yet", "a circle of subscripts has no notation"))
            waiting.remove(ready)
            base, idx, _ = ready
            assert isinstance(base, Affine)
            expression = _subscript(base, [places[i] for i in idx[1:]])
            if idx[0] in places:
                top.append(call("delta", places[idx[0]], expression))
            else:
                places[idx[0]] = expression
        return sums

    def _entries(self, graph: Graph, places: dict[int, Tree], top: list[Tree], below: list[Tree]) -> None:
        for v in graph.vectors:
            (below if v.under else top).append(Tree("index", (chain_tree(v.chain), places[v.at])))
        for e in graph.edges:
            (below if e.under else top).append(Tree("index", (chain_tree(e.chain), places[e.start], places[e.end])))
        for w in graph.wide:
            entry = self._wide(w, [places[i] for i in w.idx])
            (top if w.exp > 0 else below).append(scalar_power(entry, magnitude(w.exp)))

    def _wide(self, w: Wide, at: list[Tree]) -> Tree:
        """The entry of a tensor: written at the letters themselves when all subscripts are letters."""
        elementwise = isinstance(w.node, Apply) and w.node.op.meaning == "elementwise"
        if (elementwise or isinstance(w.node, Sum | Prod)) and all(t.head == "name" for t in at):
            return self.entry(w.node, tuple([str(t.data) for t in at]))
        if isinstance(w.node, Table):
            return entry_of(w.node, at)
        if isinstance(w.node, Apply) and (batch := batch_of(w.node)):
            whole, at = self.written(w.node, tuple(at[:batch])), at[batch:]
            return Tree("index", (whole, *at)) if at else whole
        return Tree("index", (self.writer.whole(w.node), *at))


def batch_of(node: Apply) -> int:
    """The number of leading axes over which an operation of several matrices is repeated."""
    if node.op.meaning != "opaque":
        return 0
    for signature in node.op.signatures:
        extra = {len(a.shape) - len(x) for a, x in zip(node.args, signature.inputs, strict=True) if x or a.shape}
        if len(extra) == 1 and len(node.shape) == (batch := extra.pop()) + len(signature.output):
            return batch if any(len(x) > 1 for x in signature.inputs) or len(signature.inputs) > 1 else 0
    return 0


def member(node: Node, places: tuple[Tree, ...]) -> Node:
    """The node with its leading axes at these places."""
    count = len(places)
    plain = without_batch(node, count)
    if plain is not None:
        return plain
    if isinstance(node, Apply) and batch_of(node) == count:
        return Apply(node.op, tuple([member(a, places) for a in node.args]), node.shape[count:])
    if isinstance(node, Sum):
        return normalise(Sum(tuple([member(t, places) for t in node.terms]), node.shape[count:]))
    p = as_product(node)
    at = dict(zip(p.out[:count], places, strict=True))
    factors: list[tuple[Node, tuple[int, ...], int | Fraction]] = []
    for base, idx, exp in p.factors:
        if isinstance(base, Table) and base.kind == "ramp" and idx[0] in at:
            factors.append((size_node(_size(at[idx[0]]) - 1), (), exp))
            continue
        lead = batch_of(base) if isinstance(base, Apply) else 0
        if lead and all(i in at for i in idx[:lead]):
            factors.append((member(base, tuple([at[i] for i in idx[:lead]])), idx[lead:], exp))
        else:
            factors.append((base, idx, exp))
    used = {i for _, idx, _ in factors for i in idx} | set(p.out[count:])
    factors += [
        (selector([], _size(place) - 1, p.dims[i], []), (i,), 1)
        for i, place in zip(p.out, places, strict=False)
        if i in used
    ]
    return over_used(factors, p.out[count:], p.dims, p.coef)


def _size(place: Tree) -> Size:
    """A subscript as a size."""
    match place.head:
        case "name" | "number":
            return Size.of(place.data)  # type: ignore[arg-type]
        case "add":
            return _size(place.args[0]) + _size(place.args[1])
        case "sub":
            return _size(place.args[0]) - _size(place.args[1])
        case "mul":
            return _size(place.args[0]) * _size(place.args[1])
    raise LanguageError(Finding("not-yet", "a family of matrices at such a subscript has no notation yet"))


def _subscript(base: Affine, letters: list[Tree]) -> Tree:
    """`Σ c (i - 1) + offset + 1`, with indices that count from 1."""
    constant = base.offset + 1
    total: Tree | None = None
    for coef, letter in zip(base.coefs[1:], letters, strict=True):
        if coef == ONE:
            constant = constant - 1
            term = letter
        elif coef.number == -1:
            constant = constant + 1
            term = Tree("neg", (letter,))
        else:
            term = Tree("mul", (Tree("sub", (letter, number(1))), size_tree(coef)))
        total = term if total is None else Tree("add", (total, term))
    if total is None:
        return size_tree(constant)
    if total.head == "neg":
        return Tree("sub", (size_tree(constant), total.args[0]))
    for monomial, c in sorted(constant.terms, key=lambda t: (not t[0], t[1] < 0, t[0])):
        total = Tree("add" if c > 0 else "sub", (total, size_tree(Size({monomial: abs(c)}))))
    return total
