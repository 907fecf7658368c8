"""Difference quotients of a function, in ball arithmetic.

One idea: with h = 2⁻⁶⁴ and bits enough for h to vanish in them, a central difference has 30 digits and more, so whether two
derivatives agree is not a matter of tolerance. Only values of the function itself are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from flint import arb, fmpq

from derive.numeric.ball import BALLS, number, precision
from derive.numeric.evaluate import evaluate
from derive.numeric.tensor import Tensor
from derive.term import Symbol, Term

STEP = 64  # h = 2^-STEP
GUARD = 160  # bits left after the subtraction: twice the step for the truncation h², and some for bad condition

Direction = Mapping[str, Tensor]  # by name of the target; exact entries


def bits_for(order: int, step: int = STEP) -> int:
    """Bits with which an order-k difference at h = 2^-step is good to its truncation error of order h²."""
    return step * order + 2 * step + GUARD - 2 * STEP


def directional(
    f: Term,
    targets: Sequence[Symbol],
    directions: Sequence[Direction],
    point: Mapping[str, Tensor],
    sizes: Mapping[str, int],
    step: int = STEP,
) -> Tensor:
    """The derivative of f along each of the directions in turn, as Σ_s (Π s) f(x + h Σ s_i V_i) / (2h)^k, s_i = ±1.

    k = len(directions) ≥ 1; `point` and directions hold exact entries (flint.fmpq); the result has the shape of f, and balls for
    entries. The truncation error is of order h². Raises OutOfDomain where f has no value beside the point.
    """
    order = len(directions)
    with precision(bits_for(order, step)):
        base = {name: value.each(number) for name, value in point.items()}
        total: Tensor | None = None
        for signs in product((1, -1), repeat=order):
            value = evaluate(f, {**base, **_moved(targets, directions, point, signs, step)}, sizes, BALLS)
            positive = signs.count(-1) % 2 == 0
            total = _accumulated(total, value, positive)
        assert total is not None
        scale = arb(2) ** ((step - 1) * order)
        return total.each(lambda x: x * scale)


def _moved(
    targets: Sequence[Symbol],
    directions: Sequence[Direction],
    point: Mapping[str, Tensor],
    signs: Sequence[int],
    step: int,
) -> dict[str, Tensor]:
    """Targets at x + h Σ s_i V_i, moved exactly before they are rounded to balls."""
    h = fmpq(1, 1 << step)
    moved = {}
    for target in targets:
        start = point[target.name]
        shift = [
            sum((s * v for s, v in zip(signs, along, strict=True)), fmpq(0)) for along in _columns(target, directions)
        ]
        entries = [number(x + h * d) for x, d in zip(start.entries, shift, strict=True)]
        moved[target.name] = Tensor(start.shape, entries)
    return moved


def _columns(target: Symbol, directions: Sequence[Direction]) -> list[tuple[fmpq, ...]]:
    return list(zip(*(d[target.name].entries for d in directions), strict=True))


def _accumulated(total: Tensor | None, value: Tensor, positive: bool) -> Tensor:
    if total is None:
        return value
    if positive:
        return Tensor(value.shape, [x + y for x, y in zip(total.entries, value.entries, strict=True)])
    return Tensor(value.shape, [x - y for x, y in zip(total.entries, value.entries, strict=True)])
