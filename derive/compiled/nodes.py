"""Index notation to a straight line of array operations.

One idea: every node becomes one array with labelled axes, once; a product is a contraction of the arrays of its factors, a sum is
gathered in place of its largest term, and what broadcasts stays small. Which operations may share memory is not known here.

A node that has no such form (a table of places, an undefined function) raises NotPlanned, and the caller takes another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from derive.compiled.contract import LETTERS, Contraction
from derive.compiled.order import Named
from derive.compiled.program import Program, Shape, Var
from derive.compiled.quotients import Quotients
from derive.compiled.signs import nonnegative
from derive.compiled.thin import Thin
from derive.engine.expr import Apply, Atom, Node, Prod, Sum, Sym
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.ops import Operation

    Number = int | Fraction

BATCHED = frozenset(("inv", "det", "logdet", "pinv", "chol", "expm"))


REASONS = {
    "Affine": "it places entries by arithmetic of their indices",
    "Table": "it places entries by a table",
    "Undef": "it has an undefined function",
}


class NotPlanned(Exception):
    """The node has no plan; its value comes from the source in matrix notation."""


class Tensor(NamedTuple):
    """The array of a node: `out[k]` is the label of the node's axis k. Labels may be missing in the array, or stand twice in `out`."""

    array: Named
    out: tuple[int, ...]


class Planner:
    """Nodes to arrays in one program."""

    def __init__(self, program: Program, roots: Sequence[Node] = ()) -> None:
        self.program = program
        self.thin = Thin(self)
        self.quotients = Quotients(roots)
        self._done: dict[Node, Tensor] = {}
        self._bounds: dict[Node, tuple[float, float]] = {}

    def tensor(self, node: Node) -> Tensor:
        """The array of a node, once."""
        found = self._done.get(node)
        if found is None:
            found = self._done[node] = self._made(node)
            if nonnegative(node, self._bounds):
                self.program.never_negative.add(found.array.var)
        return found

    def _made(self, node: Node) -> Tensor:
        if isinstance(node, Prod):
            return self._product(node)
        if isinstance(node, Sum):
            return whole(self._sum(node))
        if isinstance(node, Sym):
            return whole(self.program.make("input", (), node.symbol.name, node.shape))
        if isinstance(node, Atom):
            return whole(self._atom(node))
        if isinstance(node, Apply):
            return self._apply(node)
        raise NotPlanned(REASONS.get(type(node).__name__, "it has no plan of array operations"))

    def dense(self, node: Node) -> Var:
        """The array of a node with all of its axes in their order."""
        if not isinstance(node, Prod):
            return self.spread(self.tensor(node), node.shape)
        tensor = self.tensor(node)
        return self.spread(tensor, node.shape)

    def spread(self, tensor: Tensor, shape: Shape) -> Var:
        """Every axis in its order, broadcasts and diagonals filled in."""
        p, (array, out) = self.program, tensor
        if len(set(out)) == len(out) and set(out) == set(array.labels):
            return p.view(array.var, tuple(array.labels.index(x) for x in out))
        if len(set(out)) == len(out):
            filled = p.full(p.number(0), shape)
            return p.entrywise("add", filled, aligned(p, array, out))
        return p.on_diagonal(p.full(p.number(0), shape), *self._at(tensor))

    def _at(self, tensor: Tensor) -> tuple[Var, str]:
        """The array of a diagonal term with one axis for each label, and the words that place it."""
        array, out = tensor
        labels = tuple(dict.fromkeys(out))
        words = "".join(LETTERS[labels.index(x)] for x in out) + "->" + "".join(LETTERS[k] for k in range(len(labels)))
        return aligned(self.program, array, labels), words

    # ---- leaves and functions

    def _atom(self, node: Atom) -> Var:
        value = node.value
        if isinstance(value, Size):
            return self.program.make("size", (), value)
        if isinstance(value, str):
            if value == "i":
                raise NotPlanned("it is complex")
            return self.program.make("constant", (), value)
        return self.program.number(value)

    def _apply(self, node: Apply) -> Tensor:
        op = node.op
        if op.meaning == "elementwise":
            return self._elementwise(node)
        args = [self.dense(a) for a in node.args]
        if op.name == "softmax":
            return whole(self._softmax(args[0]))
        if not op.numpy:
            raise NotPlanned(f"{op.name} has no plan of array operations here")
        ranks = {len(word) for s in op.signatures for word in s.inputs[:1]}
        if len(args[0].shape) not in ranks and op.name not in BATCHED | {"logsumexp", "log_softmax"}:
            raise NotPlanned(f"{op.name} has no plan of array operations here")
        return whole(self.program.whole_text(op.numpy, op.parameters, args, node.shape))

    def _elementwise(self, node: Apply) -> Tensor:
        """Entry by entry: on as few axes as the arguments have."""
        p, op = self.program, node.op
        tensors = [self.tensor(a) for a in node.args]
        if len(tensors) == 1 and len(set(tensors[0].out)) == len(tensors[0].out):
            array, out = tensors[0]
            return Tensor(Named(self._function(op, [array.var], array.var.shape), array.labels), out)
        rank = len(node.shape)
        args = [self.dense(a) if len(a.shape) in (0, rank) else None for a in node.args]
        if any(a is None for a in args):
            raise NotPlanned(f"{op.name} has no plan of array operations here")
        made = self._function(op, [a for a in args if a is not None], node.shape)
        assert p is not None
        return whole(made)

    def _function(self, op: Operation, args: list[Var], shape: Shape) -> Var:
        p = self.program
        if op.name == "sigmoid":
            e = p.text("np.exp(x)", ("x",), [p.negative(args[0])], shape)
            return p.entrywise("div", p.number(1), p.entrywise("add", e, p.number(1)))
        if not op.numpy:
            raise NotPlanned(f"{op.name} has no plan of array operations here")
        return p.text(op.numpy, op.parameters, args, shape)

    def _softmax(self, x: Var) -> Var:
        p = self.program
        e = p.text("np.exp(x)", ("x",), [p.entrywise("sub", x, p.maximum(x))], x.shape)
        total = p.sum(e, (len(x.shape) - 1,))
        rank = len(x.shape)
        return p.entrywise("div", e, p.view(total, (*range(rank - 1), None)) if rank > 1 else total)

    # ---- products

    def _product(self, node: Prod) -> Tensor:
        return self.product(node, node.coef)

    def product(self, node: Prod, coefficient: Number) -> Tensor:
        """The array of a product, times a number in place of its own."""
        sizes, above, below, labels = self._factors(node)
        out = tuple([labels[i] for i in node.out])
        contraction = Contraction(self.program, sizes, out)
        found = set(out) | {x for f in (*above, *below) for x in f.labels}
        lost = [size for x, size in sizes.items() if x not in found]
        for size in lost:
            above.append(Named(self.program.make("size", (), size), ()))
        scalars = [f for f in below if not f.labels]
        for f in [f for f in below if f.labels]:
            above = self._divided(contraction, above, f)
        if scalars:
            share = Contraction(self.program, {}, ()).product(scalars).var
            above.append(Named(self.program.entrywise("div", self.program.number(1), share), ()))
        return Tensor(contraction.product(above, coefficient), out)

    def _divided(self, c: Contraction, above: list[Named], f: Named) -> list[Named]:
        """An entrywise quotient with the factor that has the same axes, if there is one."""
        p = self.program
        for k, g in enumerate(above):
            if set(g.labels) == set(f.labels):
                quotient = p.entrywise("div", g.var, c.aligned(f, g.labels))
                return [*above[:k], Named(quotient, g.labels), *above[k + 1 :]]
        return [*above, Named(p.entrywise("div", p.number(1), f.var), f.labels)]

    def _factors(self, node: Prod) -> tuple[dict[int, Size], list[Named], list[Named], list[int]]:
        """Sizes of labels, factors above and below the line, labels of indices; diagonals inside of factors make labels equal."""
        parent = list(range(len(node.dims)))

        def root(i: int) -> int:
            while parent[i] != i:
                i = parent[i]
            return i

        read = []
        for base, idx, exponent in node.factors:
            tensor, exponent = self._factor(base, exponent)
            first: dict[int, int] = {}
            for x, i in zip(tensor.out, idx, strict=True):
                if x in first:
                    parent[max(root(first[x]), root(i))] = min(root(first[x]), root(i))
                else:
                    first[x] = i
            if len(first) < len(idx) and not exponent > 0:
                raise NotPlanned("power of a diagonal matrix entry by entry")
            read.append((tensor.array, first, exponent))
        labels = [root(i) for i in parent]
        sizes = {labels[i]: size for i, size in enumerate(node.dims)}
        above: list[Named] = []
        below: list[Named] = []
        for array, first, exponent in read:
            named = self._on_labels(array, [labels[first[x]] for x in array.labels])
            self._raise(named, exponent, above, below, node)
        count: dict[Var, int] = {}
        for f in above:
            count[f.var] = count.get(f.var, 0) + 1
        if len(count) < len(above):
            above.sort(key=lambda f: count[f.var] > 1)  # a matrix that stands twice is taken in by another one
        return sizes, above, below, labels

    def _factor(self, base: Node, exponent: Number) -> tuple[Tensor, Number]:
        """The array of a factor; of a sigmoid that stands here alone what is below its line."""
        below = self.quotients.below(base) if exponent == 1 else None
        if below is None:
            return self.tensor(base), exponent
        argument, sign = below
        array, out = self.tensor(argument)
        shared = self.program.known_exp(array.var, -1) and not self.program.known_exp(array.var, 1)
        if len(set(out)) < len(out) or (shared and sign > 0):  # another exponential costs more than two passes
            return self.tensor(base), exponent
        return self._below(array, out, sign), -1

    def _below(self, array: Named, out: tuple[int, ...], sign: int) -> Tensor:
        """`1 + exp(-x)` for the sigmoid of x, `1 + exp(x)` for 1 minus it."""
        p = self.program
        x = p.negative(array.var) if sign < 0 else array.var
        made = p.entrywise("add", p.text("np.exp(x)", ("x",), [x], x.shape), p.number(1))
        p.never_negative.add(made)
        return Tensor(Named(made, array.labels), out)

    def _raise(self, f: Named, exponent: Number, above: list[Named], below: list[Named], node: Prod) -> None:
        p = self.program
        if exponent == 1:
            above.append(f)
        elif exponent == 2 and self._twice(f, node):
            above += [f, f]
        elif exponent < 0:
            below.append(Named(p.power(f.var, -exponent), f.labels))
        else:
            above.append(Named(p.power(f.var, exponent), f.labels))

    def _twice(self, f: Named, node: Prod) -> bool:
        """Whether a square is better two factors: summed over all of its axes it is `x @ x`, next to a matrix that can take it in twice."""
        count = sum(bool(idx) for _, idx, _ in node.factors)
        if count == 1 and f.labels and not set(f.labels) & set(node.out):
            return True
        alike = [b for b, idx, e in node.factors if set(idx) == set(f.labels) and e == 1 and not isinstance(b, Sym)]
        return f.var.op == "input" and len(f.labels) == 2 and bool(alike)

    def _on_labels(self, array: Named, labels: list[int]) -> Named:
        """The array with these labels; one that stands twice takes the diagonal."""
        if len(set(labels)) == len(labels):
            return Named(array.var, tuple(labels))
        once = tuple(dict.fromkeys(labels))
        words = "".join(LETTERS[once.index(x)] for x in labels) + "->" + "".join(LETTERS[k] for k in range(len(once)))
        return Named(self.program.diagonal(array.var, words), once)

    # ---- sums

    def _sum(self, node: Sum) -> Var:
        """A sum with all axes: the largest terms first, what broadcasts and diagonals into them."""
        p = self.program
        if not node.terms:
            return p.full(p.number(0), node.shape) if node.shape else p.number(0)
        rank = len(node.shape)
        flat: list[tuple[Number, Tensor]] = []
        diagonal: list[tuple[Number, Tensor]] = []
        thin, terms = self.thin.product(node)
        if thin is not None:
            flat.append((1, Tensor(Named(thin, (0, 1)), (0, 1))))
        alone = thin is None and sum(not _on_diagonal(t) for t in terms) == 1
        for term in terms:
            coefficient, tensor = (1, self.tensor(term)) if alone and not _on_diagonal(term) else self._term(term)
            (diagonal if len(set(tensor.out)) < rank else flat).append((coefficient, tensor))
        total = self._gathered(flat, node.shape)
        for coefficient, tensor in diagonal:
            value, words = self._at(tensor)
            if total is None:
                total = p.full(p.number(0), node.shape)
            total = p.on_diagonal(total, value, words, int(coefficient))
        assert total is not None
        return total

    def _term(self, term: Node) -> tuple[Number, Tensor]:
        """A sign that costs nothing, and the array of the rest."""
        if isinstance(term, Prod):
            if term.coef < 0:
                return -1, self.product(term, -term.coef)
            return 1, self.tensor(term)
        return 1, self.tensor(term)

    def _gathered(self, terms: list[tuple[Number, Tensor]], shape: Shape) -> Var | None:
        """Terms without diagonals: those with few axes are added before they meet those with many."""
        p = self.program
        groups: dict[tuple[int, ...], list[tuple[Number, Named]]] = {}
        for sign, (array, out) in terms:
            named = Named(array.var, tuple(out.index(x) for x in array.labels))
            groups.setdefault(tuple(sorted(named.labels)), []).append((sign, named))
        total: tuple[Number, Named] | None = None
        for labels in sorted(groups, key=lambda g: (len(g), g)):
            one = self._added(groups[labels])
            total = one if total is None else self._joined(total, one)
        if total is None:
            return None
        sign, named = total
        var = named.var if sign == 1 else p.negative(named.var)
        return self.spread(Tensor(Named(var, named.labels), tuple(range(len(shape)))), shape)

    def _added(self, terms: list[tuple[Number, Named]]) -> tuple[Number, Named]:
        """Terms on the same axes, one that is positive and computed here first."""
        first = min(range(len(terms)), key=lambda k: (terms[k][0] < 0, terms[k][1].var.op in ("input", "view"), k))
        sign, total = terms[first]
        for k, (s, named) in enumerate(terms):
            if k != first:
                total = self._combined(total, s * sign, named)
        return sign, total

    def _combined(self, a: Named, sign: Number, b: Named) -> Named:
        p = self.program
        if set(b.labels) <= set(a.labels):
            labels = a.labels
        elif set(a.labels) <= set(b.labels):
            labels = b.labels
        else:
            labels = tuple(sorted({*a.labels, *b.labels}))
        return Named(p.entrywise("add" if sign > 0 else "sub", aligned(p, a, labels), aligned(p, b, labels)), labels)

    def _joined(self, few: tuple[Number, Named], many: tuple[Number, Named]) -> tuple[Number, Named]:
        """The larger one takes the smaller one in; `1 - X` is written as it stands."""
        if many[0] < 0 and few[0] > 0:
            return 1, self._combined(few[1], -1, many[1])
        return many[0], self._combined(many[1], few[0] * many[0], few[1])


def _on_diagonal(term: Node) -> bool:
    return isinstance(term, Prod) and len(set(term.out)) < len(term.out)


def whole(var: Var) -> Tensor:
    """An array with all of its node's axes in their order."""
    labels = tuple(range(len(var.shape)))
    return Tensor(Named(var, labels), labels)


def aligned(p: Program, a: Named, labels: Sequence[int]) -> Var:
    """The array with an axis for every label, of size 1 where it has none."""
    if not a.labels:
        return a.var
    first = min(labels.index(x) for x in a.labels)
    return p.view(a.var, tuple(a.labels.index(x) if x in a.labels else None for x in labels[first:]))
