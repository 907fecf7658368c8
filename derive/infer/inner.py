r"""Inner products: `\langle x, y\rangle`, plain `inner(x, y)`, and the raised dot between two vectors, `x \cdot y`.

One idea: of two vectors it is `x'*y`, of two matrices the sum of the products of their entries; over the complex numbers books put the
conjugate on either side, so there both readings are said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import Label
from derive.infer.complexes import is_complex
from derive.infer.constants import count
from derive.infer.products import alike, hadamard, multiply, transpose
from derive.ops import REGISTRY
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator


def inner(e: Elaborator, tree: Tree) -> Term:
    """`inner(x, y)`: both of one shape; raises `ambiguous` for complex ones, a misfit for different shapes."""
    from derive.infer.calls import typed

    count(e, tree, 2, 2)
    x, y = e.term(tree.args[0]), e.term(tree.args[1])
    if is_complex(x) or is_complex(y):
        notes = ("the conjugate on the left: `ct(x)*y`", "the conjugate on the right: `x'*conj(y)`")
        e.context.fail(
            "ambiguous", "an inner product of complex vectors has two readings", Label(tree.span), notes=notes
        )
    x, y = (transpose(t, t.span) if t.type.row else t for t in (x, y))
    x, y = alike(e.context, x, y, "·")
    if not x.type.shape:
        return multiply(e.context, x, y, tree.span)
    if len(x.type.shape) == 1:
        return multiply(e.context, transpose(x, x.span), y, tree.span)
    return typed(e, REGISTRY["sum"], [hadamard(e.context, x, y, tree.span)], tree.span)
