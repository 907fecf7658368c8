"""A claim tried at one place: does it hold there.

One idea: the oracle is asked, and its answer is one of four: it holds, it fails, it cannot be told, there is no value. A claim fails only where it is
certain that it does; sides that differ by less than a millionth of a millionth are near, which an identity never is and a truncated series may be.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import arb

from derive.claims import DEFINITE, DIFFERENT, EQUATION, Claim
from derive.judge.newton import broadcast
from derive.judge.places import Place
from derive.numeric.agreement import AGREES, DIFFERS, DIGITS, Agreement, related
from derive.numeric.ball import BALLS, precision
from derive.numeric.definite import definite
from derive.numeric.derivatives import order
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.term import Term

HOLDS, FAILS, NEAR, OPEN, OUTSIDE = "holds", "fails", "near", "open", "outside"
APART = 1e-12  # relative to the larger side: nearer sides are not called different
CLEAR = 1e-6  # a single entry that differs by so much decides without a second look
BITS = 320
STRICT = ("<", ">")


class Trial(NamedTuple):
    """What happened at a place; `digits` is None for exact values. `entry` is counted from 1."""

    outcome: str
    exact: bool = False
    digits: int | None = None
    entry: tuple[int, ...] = ()
    reason: str = ""
    distance: float = 0.0  # of sides that are near, relative


def tried(claim: Claim, place: Place) -> Trial:
    """The trial of a claim at a place."""
    try:
        found = _asked(claim, place)
    except (NotInWorld, ValueError) as trouble:  # complex numbers have no order
        return Trial(OPEN, reason=str(trouble))
    except ArithmeticError as trouble:  # no value, or a division by zero
        return Trial(OUTSIDE, reason=str(trouble))
    if found.outcome == AGREES:
        return Trial(HOLDS, found.exact, None if found.exact else DIGITS)
    if found.outcome == DIFFERS and claim.op == "!=" and claim.kind != DIFFERENT and not found.exact:
        return Trial(OPEN, reason="both sides are equal as far as can be told")
    if found.outcome == DIFFERS:
        clear = claim.kind != EQUATION or found.distance() >= CLEAR
        distance = 1.0 if clear else _distance(claim, place)
        return Trial(FAILS if distance >= APART else NEAR, found.exact, None, found.entry, found.reason, distance)
    if claim.op in STRICT and _equal(claim, place):
        return Trial(FAILS, entry=found.entry, reason=found.reason, distance=1.0)
    return Trial(OPEN, found.exact, None, found.entry, found.reason)


def _asked(claim: Claim, place: Place) -> Agreement:
    if claim.right is None or claim.kind == DEFINITE:
        return definite(claim.left, place.point, place.sizes, claim.op == "ispsd")
    op = "==" if claim.kind not in (EQUATION, "order") else claim.op
    return related(op, claim.left, claim.right, place.point, place.sizes)


def values(claim: Claim, place: Place) -> tuple[Tensor, Tensor | None]:
    """Both sides at a place, exact where they can be."""
    right = claim.right
    return value(claim.left, place), None if right is None else value(right, place)


def value(term: Term, place: Place) -> Tensor:
    """One side at a place, exact where it can be. Raises OutOfDomain and NotInWorld."""
    try:
        return evaluate(term, place.point, place.sizes, RATIONALS)
    except NotInWorld:
        with precision(BITS):
            return evaluate(term, in_balls(place.point), place.sizes, BALLS)


def _equal(claim: Claim, place: Place) -> bool:
    """Whether some entry has one value on both sides, known without any error; difference quotients are never known so."""
    if any(map(order, claim.terms)):
        return False
    with precision(BITS):
        left, right = values(claim, place)
        assert right is not None
        pairs = broadcast(left.entries, right.entries)
        return any(isinstance(gap := _ball(x) - _ball(y), arb) and gap.is_zero() for x, y in pairs)


def _distance(claim: Claim, place: Place) -> float:
    """The largest difference of two entries, relative to the largest entry; 1 where it cannot be told."""
    try:
        with precision(BITS):
            left, right = values(claim, place)
            assert right is not None
            if len(left.entries) != len(right.entries):
                return 1.0
            balls = [(_ball(x), _ball(y)) for x, y in zip(left.entries, right.entries, strict=True)]
            scale = max((max(abs(x), abs(y)) for x, y in balls), key=float, default=arb(1))
            apart = max((abs(x - y) for x, y in balls), key=float, default=arb(0))
            return float(apart / scale) if scale > 0 else float(apart)
    except (OutOfDomain, ArithmeticError, TypeError, ValueError):
        return 1.0


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)
