"""A glance at a corner: a trial that costs little where a claim holds clearly.

One idea: fractions decide where both sides have them, ties included, which balls cannot; else one evaluation with few bits tells what holds from what may
fail, and only what may fail is tried with care. So nothing is called false here that a full trial would not.
"""

from __future__ import annotations

from operator import eq, ge, gt, le, lt

from flint import arb

from derive.claims import EQUATION, ORDER, Claim
from derive.judge.newton import broadcast
from derive.judge.places import Place
from derive.judge.trial import FAILS, HOLDS, OUTSIDE, STRICT, Trial, tried
from derive.numeric.ball import BALLS, precision
from derive.numeric.derivatives import order
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Number
from derive.numeric.world import NotInWorld

RELATIONS = {"==": eq, "<=": le, ">=": ge, "<": lt, ">": gt}
BITS = 128  # so few that an evaluation is cheap, and enough for a rank
ROOM = 1e-9  # of the larger side: sides that are nearer are no clear difference
IRRATIONAL = 6  # places in a row without fractions, after which none are looked for


class Glance:
    """Trials of one claim at many places; claims with derivatives and claims of one side are tried with care everywhere."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        known = claim.right is not None and claim.kind in (EQUATION, ORDER) and claim.op in RELATIONS
        self.quick = known and not any(map(order, claim.terms))
        self.irrational = 0
        self.mixed = False  # whether a side was no fraction at some place: balls are asked first then

    def at(self, place: Place) -> Trial:
        """The trial at a place."""
        if not self.quick:
            return tried(self.claim, place)
        if not self.mixed:
            known = self._exactly(place)
            if known is not None:
                return known
        clear = self._clearly(place)
        if clear is not None and clear.outcome == HOLDS:
            return clear
        known = self._exactly(place) if self.mixed else None
        return known or clear or tried(self.claim, place)

    def _exactly(self, place: Place) -> Trial | None:
        """What fractions say; None where a side is no fraction."""
        if self.irrational == IRRATIONAL:
            return None
        holds = RELATIONS[self.claim.op]
        try:
            left, right = [evaluate(t, place.point, place.sizes, RATIONALS).entries for t in self.claim.terms[:2]]
            outcome = HOLDS if all(holds(x, y) for x, y in broadcast(left, right)) else FAILS
        except NotInWorld:
            self.irrational += 1
            self.mixed = True
            return None
        except (ArithmeticError, ValueError, TypeError):
            return None
        self.irrational = 0
        if outcome == HOLDS:
            return Trial(HOLDS, True)
        known = tried(self.claim, place)  # with the entry that decides
        return known if known.outcome == FAILS else Trial(FAILS, True, distance=1.0)

    def _clearly(self, place: Place) -> Trial | None:
        """Whether it clearly holds, or has no value; None where it may fail."""
        try:
            with precision(BITS):
                point = in_balls(place.point)
                left, right = [evaluate(t, point, place.sizes, BALLS).entries for t in self.claim.terms[:2]]
                if all(self._holds(x, y) for x, y in broadcast(left, right)):
                    return Trial(HOLDS, False, 9)
        except NotInWorld:
            return None
        except ArithmeticError as trouble:
            return Trial(OUTSIDE, reason=str(trouble))
        except (ValueError, TypeError):
            return None
        return None

    def _holds(self, x: Number, y: Number) -> bool:
        op = self.claim.op
        room = (abs(x) + abs(y)) * ROOM
        if op == "==":
            return bool(abs(x - y) <= room)
        if not isinstance(x, arb) or not isinstance(y, arb):
            return False
        gap = y - x if op in ("<", "<=") else x - y
        return bool(gap > 0) if op in STRICT else bool(gap >= -room)
