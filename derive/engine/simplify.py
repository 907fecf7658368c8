"""Lighter forms of the same tensor, before it is written.

One idea: a derivative comes out factored along the way it was found; where multiplying out makes terms cancel
(`Σ_i (x_i - mean(x)) = 0`), the lighter form is taken, and what is known gets its name (`exp(u)/Σexp(u)` is
`softmax(u)`) or value (`Σ_i softmax(u)_i = 1`). Arguments of functions are left as the author wrote them. Every change is an
equality; the result is checked against differences of the function like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from derive.engine.expansion import expanded, remembering
from derive.engine.expr import Apply, Idx, Node, Prod, Sum, Sym, Undef, constant
from derive.engine.functions import with_directions, with_powers
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled, split
from derive.ops import REGISTRY

if TYPE_CHECKING:
    from fractions import Fraction

    Factor = tuple[Node, Idx, int | Fraction]

TERMS = 12  # in an attempt to multiply out
HEAVY = 60  # nothing heavier is multiplied out


class Simplifier:
    """Simplifies nodes, each part once; of one question, whose derivatives have parts in common."""

    def __init__(self) -> None:
        self.done: dict[Node, Node] = {}
        self.weights: dict[Node, int] = {}
        self.grown: dict[Any, Any] = {}  # products multiplied out

    def __call__(self, node: Node) -> Node:
        """An equal node that is at most as heavy; a tensor, which is written by its entries, as a sum of products."""
        with remembering(self.grown):
            made = self.simplify(node)
        if len(made.shape) > 2 and (other := expanded(made, TERMS, deep=False)) is not None:
            return other
        return made

    def simplify(self, node: Node) -> Node:
        if not isinstance(node, Prod | Sum):
            return node
        found = self.done.get(node)
        if found is None:
            found = self._product(node) if isinstance(node, Prod) else self._sum(node)
            self.done[node] = found
        return found

    def _sum(self, node: Sum) -> Node:
        made = collect([self.simplify(t) for t in node.terms], node.shape)
        return self._multiplied_out(made) if isinstance(made, Sum) and _terms_may_meet(made) else made

    def _product(self, node: Prod) -> Node:
        factors = tuple([(self.simplify(b), idx, e) for b, idx, e in node.factors])
        made: Node = node
        if any(a[0] is not b[0] for a, b in zip(factors, node.factors, strict=True)):
            made = normalise(Prod(node.coef, factors, node.out, node.dims))
        for law in (
            with_softmax,
            _with_sigmoid,
            with_totals,
            with_directions,
            with_powers,
            self._traces,
            self._multiplied_out,
            self._opened,
        ):
            if not isinstance(made, Prod):
                return self.simplify(made) if made is not node else made
            made = law(made)
        return made

    def _multiplied_out(self, node: Node) -> Node:
        if not any(isinstance(b, Sum) for p in _products(node) for b, _, _ in p.factors) or self.weight(node) > HEAVY:
            return node
        other = expanded(node, TERMS, deep=False)
        if isinstance(other, Sum):
            other = collect([with_totals(with_softmax(t)) for t in other.terms], other.shape)
        return node if other is None or 5 * self.weight(other) > 4 * self.weight(node) else other

    def _traces(self, node: Prod) -> Node:
        """tr(A + B) = tr(A) + tr(B)."""
        for k, (base, idx, exp) in enumerate(node.factors):
            if isinstance(base, Sum) and exp == 1 and len(idx) == 2 and idx[0] == idx[1] and idx[0] not in node.out:
                return self.simplify(_distributed(node, k))
        return node

    def _opened(self, node: Prod) -> Node:
        """The product multiplied out over one sum that holds a diagonal matrix, when that is lighter."""
        for k, (base, _, exp) in enumerate(node.factors):
            if isinstance(base, Sum) and exp == 1 and len(base.shape) > 2 and len(node.shape) <= 2:
                return self.simplify(_distributed(node, k))  # only its terms may have matrix notation
            if isinstance(base, Sum) and exp == 1 and len(base.terms) <= 4 and _may_meet(node, base):
                other = self.simplify(_distributed(node, k))
                if self.weight(other) < self.weight(node):
                    return other
        return node

    def weight(self, node: Node) -> int:
        """About how much there is to write."""
        found = self.weights.get(node)
        if found is None:
            match node:
                case Prod():
                    found = (node.coef not in (1, -1)) + 2 * (len(node.shape) > 2) + (not node.factors)
                    found += sum(self.weight(b) + (e not in (1, -1)) for b, _, e in node.factors)
                    found += len(set(node.out) - {i for _, idx, _ in node.factors for i in idx})
                case Sum():
                    found = sum(1 + self.weight(t) for t in node.terms)
                case Apply() | Undef():
                    found = 1 + sum(self.weight(c) for c in node.children)
                case _:
                    found = 1
            self.weights[node] = found
        return found


def simplify(node: Node) -> Node:
    """An equal node that is at most as heavy, as `Simplifier` finds it."""
    return Simplifier()(node)


def _products(node: Node) -> list[Prod]:
    return [p for p in (node.terms if isinstance(node, Sum) else (node,)) if isinstance(p, Prod)]


def _terms_may_meet(node: Sum) -> bool:
    """Whether a term holds a sum that another term could cancel with."""
    return any(isinstance(b, Sum) and e == 1 for p in _products(node) for b, _, e in p.factors)


def _may_meet(node: Prod, base: Sum) -> bool:
    """Whether a term of the sum is a diagonal matrix, or has a denominator that is a factor of the product."""
    if any(map(_is_structural, base.terms)):
        return True
    below = {b for p in _products(base) for b, _, e in p.factors if e < 0}
    return any(b in below and e > 0 for b, _, e in node.factors)


def _is_structural(node: Node) -> bool:
    """A diagonal matrix."""
    return isinstance(node, Prod) and len(set(node.out)) < len(node.out)


def _distributed(node: Prod, k: int) -> Node:
    """The product multiplied out over its k-th factor, a sum."""
    base, idx, _ = node.factors[k]
    assert isinstance(base, Sum)
    others = node.factors[:k] + node.factors[k + 1 :]
    terms = [normalise(Prod(node.coef, (*others, (t, idx, 1)), node.out, node.dims)) for t in base.terms]
    return collect(terms, node.shape)


# ------------------------------------------------------------------------------------------------ names and values


def with_softmax(node: Node) -> Node:
    """`exp(u)_i / Σ_j exp(u)_j -> softmax(u)_i`, also row by row."""
    if not isinstance(node, Prod):
        return node
    for k, (base, idx, exp) in enumerate(node.factors):
        if not (isinstance(base, Apply) and base.op.name == "exp" and type(exp) is int and exp > 0 and idx):
            continue
        axes = tuple(range(len(base.shape)))
        total = normalise(Prod(1, ((base, axes, 1),), axes[:-1], base.shape))
        for m, (other, at, power) in enumerate(node.factors):
            if other == total and at == idx[:-1] and type(power) is int and power < 0:
                count = min(exp, -power)
                soft = Apply(REGISTRY["softmax"], (base.args[0],), base.shape)
                changed = {k: ((soft, idx, count), (base, idx, exp - count)), m: ((other, at, power + count),)}
                return with_softmax(_exchanged(node, changed))
    return node


def _exchanged(node: Prod, changed: Mapping[int, tuple[Factor, ...]]) -> Node:
    factors: list[Factor] = []
    for place, factor in enumerate(node.factors):
        factors += [f for f in changed.get(place, (factor,)) if f[2] != 0]
    return normalise(Prod(node.coef, tuple(factors), node.out, node.dims))


def _with_sigmoid(node: Node) -> Node:
    """`exp(u)/(1 + exp(u)) -> sigmoid(u)` and `1/(1 + exp(-u)) -> sigmoid(u)`, by powers."""
    if not isinstance(node, Prod):
        return node
    for k, (base, idx, power) in enumerate(node.factors):
        inner = _exponential(base) if type(power) is int and power < 0 else None
        if inner is None:
            continue
        found = [
            m for m, f in enumerate(node.factors) if f[0] == inner and f[1] == idx and type(f[2]) is int and f[2] > 0
        ]
        count = min(-power, node.factors[found[0]][2]) if found else 0
        argument = inner.args[0]
        turned = split(argument)[0] < 0
        sigmoid = Apply(REGISTRY["sigmoid"], (scaled(-1, argument) if turned else argument,), inner.shape)
        other = collect([constant(1, inner.shape), scaled(-1, sigmoid)], inner.shape)
        with_exp, without = (other, sigmoid) if turned else (sigmoid, other)
        changed: dict[int, tuple[Factor, ...]] = {k: ((with_exp, idx, count), (without, idx, -power - count))}
        if found:
            m = found[0]
            changed[m] = ((inner, idx, node.factors[m][2] - count),)
        return _with_sigmoid(_exchanged(node, changed))
    return node


def _exponential(node: Node) -> Apply | None:
    """exp(u) of `1 + exp(u)`."""
    if isinstance(node, Sum) and len(node.terms) == 2:
        for one, other in (node.terms, node.terms[::-1]):
            if one == constant(1, node.shape) and isinstance(other, Apply) and other.op.name == "exp":
                return other
    return None


def with_totals(node: Node) -> Node:
    """`Σ_i p_i -> 1` for what sums to one along its last axis: softmax, simplex, one-hot."""
    if not isinstance(node, Prod):
        return node
    for k, (base, idx, exp) in enumerate(node.factors):
        if idx and exp == 1 and _sums_to_one(base) and idx[-1] not in node.out:
            uses = sum(at.count(idx[-1]) for _, at, _ in node.factors)
            if uses == 1:
                return with_totals(_without_index(node, k, idx[-1]))
        if isinstance(base, Prod) and not idx and len(base.factors) == 1:
            inner, at, power = base.factors[0]
            if power == 1 and len(at) == 1 and _sums_to_one(inner):
                return with_totals(_exchanged(node, {k: ()}))
    return node


def _sums_to_one(node: Node) -> bool:
    if isinstance(node, Apply):
        return node.op.name == "softmax"
    words = ("simplex", "one-hot") if len(node.shape) == 1 else ("one-hot-rows", "stochastic")
    return isinstance(node, Sym) and any(w in node.symbol.properties for w in words)


def _without_index(node: Prod, k: int, gone: int) -> Node:
    place = {i: i - (i > gone) for i in range(len(node.dims)) if i != gone}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for m, (b, at, e) in enumerate(node.factors) if m != k])
    dims = node.dims[:gone] + node.dims[gone + 1 :]
    return normalise(Prod(node.coef, factors, tuple([place[i] for i in node.out]), dims))
