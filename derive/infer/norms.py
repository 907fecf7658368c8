"""Norms by their argument: the norm of an operator is that of a vector where it is given one; `\\|A\\|_2` of a matrix has two readings.

One idea: LaTeX writes one sign, `\\|\\cdot\\|_2`, for the Euclidean norm of vectors, the spectral norm and, in many notes, the Frobenius norm;
the reader hands on `norm2_or_opnorm2` where the letters look like a matrix, and here the kind decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import Label
from derive.infer.constants import count
from derive.ops import REGISTRY
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

OPERATOR_NORMS = {"opnorm2": "norm2", "opnorm1": "norm1", "opnorminf": "norminf"}
UNDECIDED = {f"{plain}_or_{operator}": plain for operator, plain in OPERATOR_NORMS.items()}
_READINGS = {
    "norm2": (
        "the Frobenius norm: `\\|A\\|_F`, plain `normF(A)`",
        "the spectral norm: `\\operatorname{opnorm2}(A)`, plain `opnorm2(A)`",
    ),
    "norm1": (
        "the sum of all |entries|: `\\operatorname{norm1}(A)`",
        "the largest column sum: `\\operatorname{opnorm1}(A)`",
    ),
    "norminf": ("the largest |entry|: `\\|A\\|_{\\max}`", "the largest row sum: `\\operatorname{opnorminf}(A)`"),
}


def norm_of(e: Elaborator, tree: Tree) -> Term:
    """The norm of a vector or scalar; of a matrix the operator's norm, or `ambiguous` with both readings."""
    from derive.infer.calls import typed

    count(e, tree, 1, 1)
    name = str(tree.data)
    argument = e.term(tree.args[0])
    plain = OPERATOR_NORMS.get(name) or UNDECIDED[name]
    if argument.type.order > 1 and name in UNDECIDED:
        text = e.context.text(tree.span) or "this norm"
        message = f"{text} is of a matrix, for which this sign has two readings"
        e.context.fail("ambiguous", message, Label(tree.span), notes=_READINGS[plain])
    return typed(e, REGISTRY[plain if argument.type.order < 2 else name], [argument], tree.span)
