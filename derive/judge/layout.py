r"""The other layout: a right derivative that is written transposed.

One idea: `∂f/∂x` of a scalar by a vector is a column to some and a row to others, and a Jacobian `∂y/∂x` stands either way; where the line before is such a
derivative and nothing else, a transposed value is right, and said to be in the other layout. `∇f`, `∂y/∂x^\top` and `∂f/∂X` fix their layout.
"""

from __future__ import annotations

from derive.judge.pairs import Comparer, Outcome
from derive.judge.steps import TROUBLE
from derive.judge.verdict import ACCEPTED
from derive.tree import Tree

DENOMINATOR = "denominator"
MESSAGE = "right in the other layout: it is the transpose of the derivative as it stands before"


def other_layout(comparer: Comparer, left: Tree, right: Tree) -> Outcome | None:
    """The outcome for the transposed right side, where the left side leaves the layout open; None elsewhere.

    A text that says `layout: denominator` or `layout: numerator` leaves none open: there the Jacobian is what it says.
    """
    if not _open(comparer, left) or (comparer.layout and not _said(comparer, left)):
        return None
    outcome = comparer.compared(left, Tree("transpose", (right,), None, right.span))
    message = "" if comparer.layout else MESSAGE
    return outcome._replace(message=message) if outcome.status in ACCEPTED else None


def fixed_layout(comparer: Comparer, left: Tree, right: Tree) -> Outcome | None:
    """The outcome of a step that is right as it stands and wrong in the layout that the text says; None where that is not so."""
    if comparer.layout != DENOMINATOR or not _said(comparer, left) or not _open(comparer, left):
        return None
    outcome = comparer.compared(left, Tree("transpose", (right,), None, right.span))
    if outcome.status in ACCEPTED:  # symmetric
        return None
    return Outcome(outcome.status, outcome.judgement, outcome.finding, f"the text says `layout: {DENOMINATOR}`")


def _said(comparer: Comparer, tree: Tree) -> bool:
    """Whether the layout that the text says turns this derivative: the Jacobian of a vector."""
    if comparer.layout != DENOMINATOR:
        return False
    try:
        return comparer.typist.typed([tree]).terms[0].type.order == 2
    except TROUBLE:
        return False


def _open(comparer: Comparer, tree: Tree) -> bool:
    if tree.head != "derivative" or tree.args[1].head != "name":
        return False
    try:
        term = comparer.typist.typed([tree]).terms[0]
    except TROUBLE:
        return False
    if term.head != "derivative":
        return False
    target = term.data[1].type
    return target.order == 1 and not target.row and term.args[0].type.order <= 1
