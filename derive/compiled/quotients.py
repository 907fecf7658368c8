"""Sigmoids as quotients: what is below the line may take in what stands above it.

One idea: `y*sigmoid(x)` is `y/(1 + exp(-x))`, and `y*(1 - sigmoid(x))` is `y/(1 + exp(x))`, two passes less and nothing lost where the sigmoid is
near 1. It is worth that only where the sigmoid stands nowhere else: its value, once there, costs nothing. It makes no arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.engine.expr import Apply, Node, Prod, Sum, postorder


class Quotients:
    """The sigmoids of some results that have one use."""

    def __init__(self, roots: Sequence[Node]) -> None:
        uses: dict[Node, int] = {}
        nodes = list(postorder(roots))
        if any(isinstance(n, Apply) and n.op.name == "sigmoid" for n in nodes):
            for node in nodes:
                for child in node.children:
                    uses[child] = uses.get(child, 0) + 1
        self.uses = uses

    def below(self, node: Node) -> tuple[Node, int] | None:
        """x and the sign s of the `1 + exp(s*x)` that is below the line of a factor, if it is such a quotient and stands here alone."""
        if self.uses.get(node) != 1:
            return None
        if isinstance(node, Apply):
            return (node.args[0], -1) if node.op.name == "sigmoid" else None
        inner = _complement(node)
        return (inner.args[0], 1) if inner is not None and self.uses.get(inner) == 1 else None


def _complement(node: Node) -> Apply | None:
    """The sigmoid of `1 - sigmoid(x)`."""
    if not isinstance(node, Sum) or len(node.terms) != 2:
        return None
    one, minus = sorted(node.terms, key=lambda t: len(t.children))
    if not (isinstance(one, Prod) and isinstance(minus, Prod)) or one.factors or one.coef != 1 or minus.coef != -1:
        return None
    if len(minus.factors) != 1:
        return None
    base, idx, exponent = minus.factors[0]
    alone = exponent == 1 and idx == minus.out and len(set(idx)) == len(idx)
    return base if alone and isinstance(base, Apply) and base.op.name == "sigmoid" else None
