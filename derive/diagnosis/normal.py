"""Trees up to what a reader does not see: brackets inside products and sums, and the place of a minus sign.

One idea: two lines with the same normal form are written alike. It knows no algebra: factors keep their order.
"""

from __future__ import annotations

from derive.diagnosis.parts import everywhere, flat, product, terms, total
from derive.tree import Tree


def normal(tree: Tree) -> Tree:
    """The tree with products and sums flattened, signs before products, numbers without a sign."""
    return everywhere(tree, _flattened)


def _flattened(node: Tree) -> Tree:
    if node.head == "number" and node.data < 0:  # type: ignore[operator]
        return Tree("neg", (Tree("number", (), -node.data),))  # type: ignore[operator]
    if node.head == "mul":
        parts = flat(node)
        signs = sum(p.head == "neg" for p in parts)
        made = product([p.args[0] if p.head == "neg" else p for p in parts])
        return Tree("neg", (made,)) if signs % 2 else made
    if node.head == "neg" and node.args[0].head == "neg":
        return node.args[0].args[0]
    if node.head in ("add", "sub"):
        opened = [
            (s * t, u)
            for s, part in terms(node)
            for t, u in (terms(part) if part.head in ("add", "sub") else [(1, part)])
        ]
        return total(opened)
    if node.head == "relation" and len(node.args) == 1:
        return node.args[0]
    return node
