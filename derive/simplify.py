"""Lighter forms of the same tensor, before it is written.

One idea: a derivative comes out factored along the way it was found; where multiplying out makes terms cancel
(`Σ_i (x_i - mean(x)) = 0`), the lighter form is taken, and known quotients get their name (`exp(u)/Σexp(u)` is
`softmax(u)`). Arguments of functions are left as the author wrote them. Every change is an equality; the result is checked
against differences of the function like any other.
"""

from __future__ import annotations

from derive.expr import Apply, Idx, Node, Prod, Sum, Undef, is_zero
from derive.normal import collect, expanded, normalise
from derive.ops import REGISTRY

LIMIT = 24  # terms in an attempt to multiply out


class Simplifier:
    """Simplifies nodes, each once."""

    def __init__(self) -> None:
        self.done: dict[Node, Node] = {}
        self.weights: dict[Node, int] = {}

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
        return self._lighter(made, expanded(made, LIMIT)) if _has_sum(made, 2) else made

    def _product(self, node: Prod) -> Node:
        factors = tuple([(self.simplify(b), idx, e) for b, idx, e in node.factors])
        made: Node = node
        if any(a[0] is not b[0] for a, b in zip(factors, node.factors, strict=True)):
            made = normalise(Prod(node.coef, factors, node.out, node.dims))
        made = _with_softmax(made)
        if not isinstance(made, Prod):
            return made
        if _has_sum(made, 1):
            made = self._lighter(made, expanded(made, LIMIT))
        if isinstance(made, Prod):
            made = self._lighter(made, self._opened(made))
        return made

    def _opened(self, node: Prod) -> Node | None:
        """The product multiplied out over one sum whose terms simplify by themselves."""
        for k, (base, idx, exp) in enumerate(node.factors):
            if isinstance(base, Sum) and exp == 1 and len(base.terms) <= 6:
                others = node.factors[:k] + node.factors[k + 1 :]
                terms = [normalise(Prod(node.coef, (*others, (t, idx, 1)), node.out, node.dims)) for t in base.terms]
                light = [self._closed(t) for t in terms]
                if any(a is not b for a, b in zip(light, terms, strict=True)):
                    return collect([self.simplify(t) for t in light], node.shape)
        return None

    def _closed(self, node: Node) -> Node:
        """Scalars inside a product, simplified."""
        if not isinstance(node, Prod):
            return node
        factors = tuple([(self.simplify(b) if not idx else b, idx, e) for b, idx, e in node.factors])
        if all(a[0] is b[0] for a, b in zip(factors, node.factors, strict=True)):
            return node
        return normalise(Prod(node.coef, factors, node.out, node.dims))

    def _lighter(self, node: Node, other: Node | None) -> Node:
        return node if other is None or self.weight(other) >= self.weight(node) else other

    def weight(self, node: Node) -> int:
        """About how much there is to write."""
        found = self.weights.get(node)
        if found is None:
            match node:
                case Prod():
                    found = (node.coef not in (1, -1)) + sum(self.weight(b) + (e not in (1, -1)) for b, _, e in node.factors)
                    found += 2 * (len(node.shape) > 2) + (not node.factors)
                case Sum():
                    found = sum(1 + self.weight(t) for t in node.terms)
                case Apply() | Undef():
                    found = 1 + sum(self.weight(c) for c in node.children)
                case _:
                    found = 1
            self.weights[node] = found
        return found


def simplify(node: Node) -> Node:
    """An equal node that is at most as heavy."""
    return Simplifier().simplify(node)


def _has_sum(node: Node, depth: int) -> bool:
    """Whether a sum stands where multiplying out could make it meet others."""
    if isinstance(node, Sum):
        return depth > 0 and any(_has_sum(t, depth - 1) or (isinstance(t, Sum)) for t in node.terms)
    if isinstance(node, Prod):
        return any(isinstance(b, Sum) or (isinstance(b, Prod) and _has_sum(b, depth)) for b, _, e in node.factors)
    return False


def _with_softmax(node: Node) -> Node:
    """`exp(u)_i / Σ_j exp(u)_j -> softmax(u)_i`, also row by row."""
    if not isinstance(node, Prod):
        return node
    for k, (base, idx, exp) in enumerate(node.factors):
        if not (isinstance(base, Apply) and base.op.name == "exp" and type(exp) is int and exp > 0 and idx):
            continue
        total = _total(base)
        for m, (other, at, power) in enumerate(node.factors):
            if other == total and at == idx[:-1] and type(power) is int and power < 0:
                count = min(exp, -power)
                soft = Apply(REGISTRY["softmax"], (base.args[0],), base.shape)
                factors: list[tuple[Node, Idx, object]] = []
                for place, factor in enumerate(node.factors):
                    if place == k:
                        factors += [(soft, idx, count), (base, idx, exp - count)]
                    elif place == m:
                        factors.append((other, at, power + count))
                    else:
                        factors.append(factor)
                kept = tuple([f for f in factors if f[2] != 0])
                return _with_softmax(normalise(Prod(node.coef, kept, node.out, node.dims)))  # type: ignore[arg-type]
    return node


def _total(base: Node) -> Node:
    """Σ over the last axis."""
    axes = tuple(range(len(base.shape)))
    return normalise(Prod(1, ((base, axes, 1),), axes[:-1], base.shape))


__all__ = ["is_zero", "simplify"]
