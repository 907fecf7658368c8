"""Rewriting by laws: every node below a root is exchanged for an equal one until no law fits.

One idea: a law is an equation that holds for every size (its `claim`, which a test holds against the oracle) and a function that uses it from left to
right at one node. Children come before parents, equal nodes are done once, and the laws that fitted are remembered by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from derive.engine.expr import Apply, Node, Prod, Sum, Undef
from derive.engine.normal import normalise
from derive.engine.sums import collect

ROUNDS = 12  # of laws at one node


class Law(NamedTuple):
    """`apply` gives an equal node where the law fits, else None."""

    name: str  # as it is listed in a proof: "inverse of a product"
    claim: str  # a statement of the language
    given: str  # its declarations
    apply: Callable[[Node], Node | None]


class Rewriter:
    """Applies laws to nodes, and remembers which ones fitted."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self.laws = laws
        self.used: dict[str, None] = {}
        self.done: dict[Node, Node] = {}

    def rewritten(self, node: Node) -> Node:
        """An equal node in normal form to which no law fits (or the last of many rounds)."""
        found = self.done.get(node)
        if found is None:
            found = self._rewritten(node)
            self.done[node] = found
        return found

    def _rewritten(self, node: Node) -> Node:
        made = self._over_children(node)
        for _ in range(ROUNDS):
            other = self._step(made)
            if other is None:
                return made
            made = self._over_children(other)
        return made

    def _step(self, node: Node) -> Node | None:
        for law in self.laws:
            other = law.apply(node)
            if other is not None and other != node:
                self.used[law.name] = None
                return other
        return None

    def _over_children(self, node: Node) -> Node:
        match node:
            case Prod():
                factors = tuple([(self.rewritten(b), idx, e) for b, idx, e in node.factors])
                if all(a[0] is b[0] for a, b in zip(factors, node.factors, strict=True)):
                    return node
                return normalise(Prod(node.coef, factors, node.out, node.dims))
            case Sum():
                return collect([self.rewritten(t) for t in node.terms], node.shape)
            case Apply():
                args = tuple([self.rewritten(a) for a in node.args])
                return node if args == node.args else normalise(Apply(node.op, args, node.shape))
            case Undef():
                return normalise(Undef(node.function, self.rewritten(node.arg)))
        return node
