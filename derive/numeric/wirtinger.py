"""Derivatives by complex variables: `dre`, `dim`, `dz`, `dzc`, by difference quotients.

One idea: an entry z of the target moves by h and by ih; the quotients are the derivatives by its real and by its imaginary part, and
∂/∂z = (∂/∂x - i ∂/∂y)/2, ∂/∂z̄ = (∂/∂x + i ∂/∂y)/2 by definition. Source: Kreutz-Delgado 2009, The complex gradient operator, eq. 20.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flint import acb, arb

from derive.numeric import derivatives
from derive.numeric.free_entries import Move
from derive.numeric.mentions import variable
from derive.numeric.tensor import Number, Tensor
from derive.term import Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

HALF = arb(0.5)
# The parts of a derivative by x + iy: what the quotients along x and along y are multiplied with.
PARTS: dict[str, tuple[Number | None, Number | None]] = {
    "dre": (arb(1), None),
    "dim": (None, arb(1)),
    "dz": (HALF, acb(0, -HALF)),
    "dzc": (HALF, acb(0, HALF)),
}


def by_complex_entries(e: Evaluation, term: Term) -> Tensor:
    """The value of `dz(f)/dX` and its kin: the axes of f, then those of the target."""
    data: Any = term.data
    f = term.args[0]
    target = derivatives.target_of(e, term)
    if variable(target.name) not in e.names(f):
        return derivatives.unmoved(e, f, target.shape)
    step = derivatives.step_of(e, term)
    weights = derivatives.slope_weights(e, f, frozenset((target.name,)), step)

    def column(move: Move) -> Tensor:
        at = derivatives.along(e, target, move, step)
        parts = []
        for factor, way in zip(PARTS[data[0]], (at, _sideways(at)), strict=True):
            if factor is not None:
                quotient = derivatives.quotient(way, weights)
                parts.append(Tensor(quotient.shape, [x * factor for x in quotient.entries]))
        first, *rest = parts
        for other in rest:
            first = Tensor(first.shape, [x + y for x, y in zip(first.entries, other.entries, strict=True)])
        return first

    done = {move: column(move) for move in dict.fromkeys(target.moves) if move}
    return derivatives.assembled(e, f, target, [done.get(move) for move in target.moves])


def _sideways(at: Callable[[Number], Tensor]) -> Callable[[Number], Tensor]:
    """The function along the imaginary axis."""
    return lambda t: at(acb(0, t))
