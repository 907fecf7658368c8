"""Typed terms to index notation.

One idea: a subexpression under bound indices (`x[i] - x[j]` inside two sums) is lowered once, as a tensor with one leading
axis for each index that it uses; the sum then contracts that axis. So indexed sums and matrix notation become the same
`Prod` nodes, and the engine has no third language. This module decides no kinds or sizes (`infer` did) and knows no
rule of calculus: `inner` lowers the derivatives that stand inside an expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.engine.conjugate import OVER_COMPLEX, demand_order, fourier, is_complex, is_hermitian, over_complex
from derive.engine.expr import Apply, Atom, Node, Prod, Shape, Sum, Sym, Undef, constant, permuted, view, zero
from derive.engine.lifting import broadcast, lift
from derive.engine.normal import normalise, normalised
from derive.engine.selectors import selector
from derive.engine.subscripts import Bound, Indexing, Labels, numbers, size_node
from derive.finding import Finding, Label, LanguageError
from derive.ops import REGISTRY, Operation
from derive.sizes import ONE, Size
from derive.term import Pattern, Symbol, Term, Type

OPENED = frozenset(("vech", "Dn", "Dnp", "Ln", "minor", "det"))  # see `derive.engine.halves`


class Lowered(NamedTuple):
    """A tensor whose leading axes belong to the index names `labels`."""

    node: Node
    labels: Labels


def lower(term: Term, instead: Mapping[Symbol, Symbol] | None = None) -> Node:
    """The normal node of a term without free index names; symbols in `instead` are exchanged."""
    made = Lowering(instead or {}).lower(term)
    assert not made.labels
    return normalise(made.node)


def lower_both(left: Term, right: Term) -> tuple[Node, Node]:
    """The normal nodes of two terms; what they have in common is made once, and is one object."""
    run = Lowering({})
    a, b = run.lower(left), run.lower(right)
    assert not a.labels + b.labels
    return normalised(a.node, b.node)


class Lowering:
    """One run over a term: the symbols to exchange, and the index names in force."""

    def __init__(self, instead: Mapping[Symbol, Symbol]) -> None:
        self.instead = instead
        self.bound: dict[str, Bound] = {}
        self.done: dict[Term | tuple[Term, tuple[tuple[str, Bound], ...]], Lowered] = {}
        self.symbols: dict[Symbol, Lowered] = {}

    def lower(self, term: Term) -> Lowered:
        if term.head == "symbol":
            known = self.symbols.get(term.data)
            if known is None:
                known = self.symbols[term.data] = Lowered(self.symbol(term.data), ())
            return known
        key = (term, tuple(sorted(self.bound.items()))) if self.bound else term
        found = self.done.get(key)
        if found is None:
            method = getattr(self, "_" + term.head, None)
            if method is None:
                raise _unsupported(term, f"`{term.head}` inside a derivative")
            found = self.done[key] = method(term)
        return found

    def symbol(self, symbol: Symbol) -> Node:
        """The variable, or the one in its place; 0 for one that is declared zero (and is not differentiated by)."""
        symbol = self.instead.get(symbol, symbol)
        return zero(symbol.type.shape) if "zero" in symbol.properties else Sym(symbol)

    def exchanging(self, symbols: Mapping[Symbol, Symbol]) -> Lowering:
        """A run of its own under the same index names, with these symbols exchanged too."""
        inner = Lowering({**self.instead, **symbols})
        inner.bound = dict(self.bound)
        return inner

    # ---- constants

    def _number(self, term: Term) -> Lowered:
        return Lowered(constant(term.data), ())

    def _constant(self, term: Term) -> Lowered:
        if term.data == "dft":
            return Lowered(fourier(term.type.shape[0]), ())
        return Lowered(Atom(str(term.data)), ())

    def _size(self, term: Term) -> Lowered:
        return Lowered(size_node(term.data), ())

    # ---- products and sums

    def _einsum(self, term: Term) -> Lowered:
        pattern: Pattern = term.data
        if term.name == "sum" and term.args[0].name == "eig":
            return self._trace(term.args[0].args[0])
        args = [self.lower(a) for a in term.args]
        labels = _union(args) if self.bound else ()
        if not labels and (layout := _layout(pattern)) is not None:
            inputs, output = layout
            if inputs == (output,) and len(output) == len(pattern.sizes):  # a vector that is turned
                return args[0]
            joined = tuple([(a.node, idx, 1) for a, idx in zip(args, inputs, strict=True)])
            return Lowered(Prod(1, joined, output, tuple([size for _, size in pattern.sizes])), ())
        dims = [self.bound[x].size for x in labels]
        place = {x: k for k, x in enumerate(labels)}
        letter: dict[str, int] = {}
        for name, size in pattern.sizes:
            letter[name] = len(dims)
            dims.append(size)
        factors = [
            (a.node, (*[place[x] for x in a.labels], *[letter[c] for c in letters]), 1)
            for a, letters in zip(args, pattern.inputs, strict=True)
        ]
        out = list(range(len(labels)))
        for group in pattern.output:
            if len(group) == 1:
                out.append(letter[group[0]])
                continue
            parts = [pattern.size(c) for c in group]
            total = ONE
            strides: list[Size] = []
            for size in reversed(parts):
                strides.insert(0, total)
                total = total * size
            axis = len(dims)
            dims.append(total)
            factors.append((selector(strides, Size.of(0), total, parts), (axis, *[letter[c] for c in group]), 1))
            out.append(axis)
        return Lowered(Prod(1, tuple(factors), tuple(out), tuple(dims)), labels)

    def _trace(self, matrix: Term) -> Lowered:
        """The sum of the eigenvalues."""
        n = matrix.type.shape[0]
        pattern = Pattern(("ii",), (), (("i", n),))
        return self.lower(Term("einsum", (matrix,), Type(()), pattern, "tr", matrix.span))

    def _add(self, term: Term) -> Lowered:
        args = [self.lower(a) for a in term.args]
        labels = _union(args) if self.bound else ()
        signs: tuple[int, ...] = term.data
        terms = []
        for sign, arg, source in zip(signs, args, term.args, strict=True):
            node = self._align(arg, labels, source.type.shape, term.type.shape)
            if sign < 0:
                axes = tuple(range(len(node.shape)))
                node = Prod(-1, ((node, axes, 1),), axes, node.shape)
            terms.append(node)
        return Lowered(Sum(tuple(terms), self._shape(labels, term.type.shape)), labels)

    def _power(self, term: Term) -> Lowered:
        base = self.lower(term.args[0])
        axes = tuple(range(len(base.node.shape)))
        return Lowered(Prod(1, ((base.node, axes, term.data),), axes, base.node.shape), base.labels)

    # ---- functions

    def _map(self, term: Term) -> Lowered:
        op: Operation = term.data
        args = [self.lower(a) for a in term.args]
        labels = _union(args)
        shape = self._shape(labels, term.type.shape)
        if op.name == "sqrt":
            from fractions import Fraction

            axes = tuple(range(len(shape)))
            return Lowered(Prod(1, ((args[0].node, axes, Fraction(1, 2)),), axes, shape), labels)
        whole = [
            a.node if not a.labels and not t.type.shape else self._align(a, labels, t.type.shape, term.type.shape)
            for a, t in zip(args, term.args, strict=True)
        ]
        made = Apply(op, tuple(whole), shape)
        return Lowered(self._ordered(made) if made.complex else made, labels)

    def _ordered(self, made: Apply) -> Apply:
        """The function, when it has a meaning for what is not real."""
        normal = Apply(made.op, tuple([normalise(a) for a in made.args]), made.shape)
        demand_order(normal)
        return normal

    def _opaque(self, term: Term) -> Lowered:
        if term.name in OPENED:
            from derive.engine.halves import OPENERS  # they lower terms

            found = OPENERS[term.name](self, term)
            if found is not None:
                return found
        op: Operation = term.data
        if op.name == "prod" and term.args[0].name == "eig":
            return self.lower(Term("opaque", term.args[0].args, term.type, REGISTRY["det"], "det", term.span))
        if op.symmetric and not self._known_symmetric(term):
            if op.name != "eig":
                self._refuse_symmetric(term)
            op = op._replace(symmetric=False, differential="")  # of any matrix; its eigenvalues may be complex
        args, labels, _ = self._batched(term)
        return Lowered(Apply(op, args, self._shape(labels, term.type.shape)), labels)

    def _known_symmetric(self, term: Term) -> bool:
        """Whether the argument is symmetric, or hermitian, by its form; what is declared of variables counts."""
        if any(s.head == "symbol" and "parameter" in s.data.properties for s in term.args[0].walk()):
            return True  # a text of the library, which holds at a symmetric matrix
        declared = Lowering({})
        declared.bound = self.bound
        made = declared.lower(term.args[0])
        return not made.labels and is_hermitian(normalise(made.node))

    def _refuse_symmetric(self, term: Term) -> None:
        message = f"{term.name} takes a symmetric matrix, and its argument is not known to be one"
        helps = (f"declare the matrix symmetric, or take its symmetric part: {term.name}(sympart(...))",)
        raise LanguageError(Finding("not-symmetric", message, helps=helps))

    def _formula(self, term: Term) -> Lowered:
        op: Operation = term.data
        args, labels, batch = self._batched(term)
        if op.differential:
            return Lowered(Apply(op, args, self._shape(labels, term.type.shape)), labels)
        cores = tuple([Type(a.shape[len(batch) :] if len(a.shape) >= len(batch) else a.shape) for a in args])
        if any(is_complex(a) and is_complex(normalise(a)) for a in args):
            op = over_complex(op)
        body, parameters = body_template(op, cores)
        mapping = dict(zip(parameters, args, strict=True))
        made, has_batch = lift(body, mapping, batch)
        node = made if has_batch or not batch else broadcast(made, batch)
        return Lowered(node, labels)

    def _batched(self, term: Term) -> tuple[tuple[Node, ...], Labels, Shape]:
        """Arguments with the same leading axes: index names, then the batch of the operation."""
        op: Operation = term.data
        args = [self.lower(a) for a in term.args]
        labels = _union(args) if self.bound else ()
        orders = [len(a.type.shape) for a in term.args]
        cores = _core_orders(op, orders)
        if not labels and cores == orders:
            return tuple([a.node for a in args]), (), ()
        batch: Shape = ()
        for t, core in zip(term.args, cores, strict=True):
            if t.type.order > core:
                batch = t.type.shape[: t.type.order - core]
        whole = []
        for a, t, core in zip(args, term.args, cores, strict=True):
            own = t.type.shape[t.type.order - core :]
            if not a.labels and t.type.order == core == 0:
                whole.append(a.node)
            else:
                whole.append(self._align(a, labels, t.type.shape, batch + own, core))
        return tuple(whole), labels, self._shape(labels, batch)

    def _undefined(self, term: Term) -> Lowered:
        arg = self.lower(term.args[0])
        if arg.labels and not term.data.elementwise:
            raise _unsupported(term, "an undefined function of an indexed family")
        return Lowered(Undef(term.data, arg.node), arg.labels)

    # ---- indices

    def _index(self, term: Term) -> Lowered:
        names = tuple([x for x in self.bound if x in term.data.names])
        if not names:
            return Lowered(size_node(term.data), ())  # a free index is one number, whichever
        return Lowered(numbers(term.data, self.bound, names), names)

    def _entry(self, term: Term) -> Lowered:
        base = self.lower(term.args[0])
        subscripts: tuple[tuple[object, ...], ...] = term.data
        names = dict.fromkeys(base.labels)
        for s in subscripts:
            for x in s[1:]:
                names.update(dict.fromkeys(n for n in self.bound if n in x.names))  # type: ignore[attr-defined]
        builder = Indexing(self.bound, tuple(names))
        idx = [builder.place[x] for x in base.labels]
        out: list[int] = list(range(len(names)))
        for s, size in zip(subscripts, term.args[0].type.shape, strict=True):
            if s[0] == "at":
                idx.append(builder.at(s[1], size))  # type: ignore[arg-type]
                continue
            low, high = s[1], s[2]
            self._demand_fixed(term, ONE, high - low + 1)  # type: ignore[operator]
            axis = builder.new(high - low + 1)  # type: ignore[operator]
            out.append(axis)
            idx.append(axis if low == ONE and high == size else builder.at(low, size, ONE, axis))  # type: ignore[arg-type]
        builder.factors.append((base.node, tuple(idx), 1))
        return Lowered(builder.product(out), tuple(names))

    def _bigsum(self, term: Term) -> Lowered:
        body, name, bound = self._under(term)
        if name not in body.labels:
            axes = tuple(range(len(body.node.shape)))
            return Lowered(
                Prod(1, ((body.node, axes, 1), (size_node(bound.size), (), 1)), axes, body.node.shape), body.labels
            )
        k = body.labels.index(name)
        axes = tuple(range(len(body.node.shape)))
        return Lowered(view(body.node, axes, axes[:k] + axes[k + 1 :], body.node.shape), _drop(body.labels, name))

    def _bigprod(self, term: Term) -> Lowered:
        body, name, bound = self._under(term)
        if name not in body.labels:
            op = REGISTRY["power"]
            return Lowered(Apply(op, (body.node, size_node(bound.size)), body.node.shape), body.labels)
        k = body.labels.index(name)
        axes = tuple(range(len(body.node.shape)))
        last = permuted(body.node, (*axes[:k], *axes[k + 1 :], k))
        return Lowered(Apply(REGISTRY["prod"], (last,), last.shape[:-1]), _drop(body.labels, name))

    def _under(self, term: Term) -> tuple[Lowered, str, Bound]:
        name, low, high = term.data
        self._demand_fixed(term, low, high)
        bound = Bound(low, high - low + 1)
        before = self.bound.get(name)
        self.bound[name] = bound
        body = self.lower(term.args[0])
        if before is None:
            del self.bound[name]
        else:
            self.bound[name] = before
        return body, name, bound

    def _demand_fixed(self, term: Term, low: Size, high: Size) -> None:
        """A range must not depend on an index around it: `sum(j=1..i, …)` has no axis of one length."""
        moving = [x for x in self.bound if x in low.names or x in high.names]
        if moving:
            raise _unsupported(term, f"a range {low}..{high} that depends on the index {moving[0]}")

    def _array(self, term: Term) -> Lowered:
        axes: tuple[tuple[str, Size, Size], ...] = term.data
        before = dict(self.bound)
        for name, low, high in axes:
            self.bound[name] = Bound(low, high - low + 1)
        body = self.lower(term.args[0])
        names = tuple([a[0] for a in axes])
        outer = tuple([x for x in body.labels if x not in names])
        shape = term.args[0].type.shape
        node = self._align(body, outer + names, shape, shape)
        self.bound = before
        return Lowered(node, outer)

    def _delta(self, term: Term) -> Lowered:
        a, b = term.data
        names = tuple([x for x in self.bound if x in a.names or x in b.names])
        builder = Indexing(self.bound, names)
        if builder.solved(b - a):
            return Lowered(builder.product(list(range(len(names)))), names)
        last = {x: self.bound[x].low + self.bound[x].size - 1 for x in names}
        size = a.substitute(last) + b.substitute(last)  # neither side leaves an axis of this size
        builder.unite(builder.at(a, size), builder.at(b, size), size)
        return Lowered(builder.product(list(range(len(names)))), names)

    def _unit(self, term: Term) -> Lowered:
        at, size = term.data
        names = tuple([x for x in self.bound if x in at.names])
        builder = Indexing(self.bound, names)
        axis = builder.at(at, size)
        return Lowered(builder.product([*range(len(names)), axis]), names)

    def _singleentry(self, term: Term) -> Lowered:
        i, j, m, n = term.data
        names = tuple([x for x in self.bound if x in i.names or x in j.names])
        builder = Indexing(self.bound, names)
        row, column = builder.at(i, m), builder.at(j, n)
        return Lowered(builder.product([*range(len(names)), row, column]), names)

    # ---- derivatives

    def _derivative(self, term: Term) -> Lowered:
        from derive.engine.inner import derivative  # it differentiates what this module lowers

        return derivative(self, term)

    def _differential(self, term: Term) -> Lowered:
        from derive.engine.inner import differential

        return differential(self, term)

    def _expectation(self, term: Term) -> Lowered:
        from derive.expectation.taken import expectation

        return expectation(self, term)

    # ---- blocks

    def _block(self, term: Term) -> Lowered:
        rows, columns = term.data
        args = [self.lower(a) for a in term.args]
        labels = _union(args)
        flat = term.type.order == 1
        extents = [_extent(a.type, flat) for a in term.args]
        terms: list[Node] = []
        down = Size.of(0)
        for r in range(1 if flat else rows):
            across = Size.of(0)
            cells = range(len(args)) if flat else range(r * columns, (r + 1) * columns)
            for k in cells:
                offsets = (across,) if flat else (down, across)
                terms.append(self._cell(args[k], term.args[k].type, labels, offsets, term.type.shape))
                across = across + extents[k][1]
            down = down + extents[cells[0]][0]
        return Lowered(Sum(tuple(terms), self._shape(labels, term.type.shape)), labels)

    def _cell(self, arg: Lowered, type: Type, labels: Labels, offsets: Shape, shape: Shape) -> Node:
        """One block, put at its offsets in a tensor of zeros."""
        builder = Indexing(self.bound, labels)
        own = [builder.new(s) for s in type.shape]
        builder.factors.append((arg.node, (*[builder.place[x] for x in arg.labels], *own), 1))
        if len(shape) == 2 and len(own) < 2:  # a scalar, a column or a row inside a matrix
            one = builder.new(ONE)
            own = [one, own[0]] if type.row else [*own, one] if own else [one, builder.new(ONE)]
        elif not own:
            own = [builder.new(ONE)]
        out = list(range(len(labels)))
        for axis, offset, size in zip(own, offsets, shape, strict=True):
            out.append(builder.shifted(axis, offset, size))
        return builder.product(out)

    # ---- shapes

    def _shape(self, labels: Labels, shape: Shape) -> Shape:
        return tuple([self.bound[x].size for x in labels]) + shape if labels else shape

    def _align(self, arg: Lowered, labels: Labels, shape: Shape, wanted: Shape, core: int = 0) -> Node:
        """Put the axes of the index names in order, and repeat over the axes that are missing (leading ones)."""
        if len(shape) == len(wanted) and arg.labels == labels:
            return arg.node
        dims = self._shape(labels, wanted)
        place = {x: k for k, x in enumerate(labels)}
        own = range(len(dims) - len(shape), len(dims))
        idx = (*[place[x] for x in arg.labels], *own)
        return view(arg.node, idx, tuple(range(len(dims))), dims)


def _extent(type: Type, flat: bool) -> tuple[Size, Size]:
    """Rows and columns that a block takes; in a flat list only the length counts."""
    if type.order == 0:
        return ONE, ONE
    if type.order == 1:
        return (ONE, type.shape[0]) if flat or type.row else (type.shape[0], ONE)
    return type.shape[0], type.shape[1]


def _union(args: list[Lowered]) -> Labels:
    found: dict[str, None] = {}
    for arg in args:
        if arg.labels:
            found.update(dict.fromkeys(arg.labels))
    return tuple(found)


Layout = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]
_layouts: dict[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], Layout | None] = {}


def _layout(pattern: Pattern) -> Layout | None:
    """The indices of every input and of the output, the letters counted in their order; None where a group is one axis."""
    key = pattern.inputs, pattern.output
    found = _layouts.get(key)
    if found is None and key not in _layouts:
        place = {letter: k for k, (letter, _) in enumerate(pattern.sizes)}
        made = None
        if all(len(group) == 1 for group in pattern.output):
            inputs = tuple([tuple([place[x] for x in letters]) for letters in pattern.inputs])
            made = inputs, tuple([place[group[0]] for group in pattern.output])
        if len(_layouts) > 2_000:
            _layouts.clear()
        found = _layouts[key] = made
    return found


def _drop(labels: Labels, name: str) -> Labels:
    return tuple([x for x in labels if x != name])


def _unsupported(term: Term, what: str) -> LanguageError:
    return LanguageError(Finding("not-yet", f"{what} cannot be differentiated yet", None, (Label(term.span),)))


def _core_orders(op: Operation, orders: list[int]) -> list[int]:
    """Orders of the arguments' core axes: of the overload that fits with the fewest batch axes."""
    if len(op.signatures) == 1 and len(op.signatures[0].inputs) == len(orders):
        return [len(x) for x in op.signatures[0].inputs]
    best: list[int] | None = None
    for signature in op.signatures:
        cores = [len(x) for x in signature.inputs][: len(orders)]
        cores += [0] * (len(orders) - len(cores))
        if all(o >= c for o, c in zip(orders, cores, strict=True)) and (best is None or sum(cores) > sum(best)):
            best = cores
    assert best is not None, op.name
    return best


_bodies: dict[tuple[str, tuple[Type, ...]], tuple[Node, tuple[Sym, ...]]] = {}


def body_template(op: Operation, types: tuple[Type, ...]) -> tuple[Node, tuple[Sym, ...]]:
    """The normal node of a formula's body, over symbols for its parameters."""
    key = (op.name, types)
    found = _bodies.get(key)
    if found is None:
        from derive.infer import infer_body, infer_text

        body, parameters = infer_body(op, types)
        if op.name in OVER_COMPLEX:  # its body has conjugates of the parameters, which are real for `infer`
            parameters = tuple([Symbol(p.name, p.type, ("complex",)) for p in parameters])
            body = infer_text(op.body, parameters)
        found = lower(body), tuple([Sym(p) for p in parameters])
        if len(_bodies) < 2_000:
            _bodies[key] = found
    return found
