"""Whether what a text assumes besides equations surely holds at a place, and what can be said around a place that is known to some digits only.

One idea: a premise counts where it is certain, in rationals or in balls that do not touch its border; a solution that is not exact is a ball as
wide as its error, and what jumps inside that ball has no value there. It finds no places.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import arb, fmpq

from derive.claims import DEFINITE, DIFFERENT, ORDER, Claim
from derive.judge.newton import BITS, TROUBLE, broadcast
from derive.judge.places import Place
from derive.judge.trial import value
from derive.numeric.agreement import AGREES, related
from derive.numeric.ball import BALLS, precision
from derive.numeric.definite import definite
from derive.numeric.derivatives import order
from derive.numeric.evaluate import evaluate
from derive.numeric.tensor import Number, Tensor
from derive.term import Term

SPREAD = arb(4) / arb(10) ** 22  # how far a solution may be from the one that is meant, relative to 1 + |x|
SHORT = 100  # bits of a denominator: what was drawn has fewer, and what was solved for with many bits has more
LEAPS = frozenset("rank pinv sign step floor ceil round trunc mod argmin argmax onehot cases where".split())


def surely(claim: Claim, place: Place) -> bool:
    """Whether a premise certainly holds at an exact place."""
    try:
        if claim.kind == DEFINITE or claim.right is None:
            if claim.kind != DEFINITE:
                return False
            found = definite(claim.left, place.point, place.sizes, claim.op == "ispsd")
        elif claim.kind in (ORDER, DIFFERENT):
            found = related(claim.op, claim.left, claim.right, place.point, place.sizes)
        else:
            return False
    except TROUBLE:
        return False
    return found.outcome == AGREES and not found.touching


def surely_around(claim: Claim, place: Place) -> bool:
    """Whether a premise certainly holds at every place that may be meant by one that is not exact."""
    if claim.kind == DEFINITE:
        return _short(claim.left, place) and surely(claim, place)
    if claim.kind not in (ORDER, DIFFERENT) or differentiates(claim):
        return not leaps(claim) and surely(claim, place)
    found = around(claim, place)
    if found is None:
        return False
    below = [_placed(claim.op, gap) for gap in found.gaps]
    return any(b is True for b in below) if claim.kind == DIFFERENT else all(b is True for b in below)


class Around(NamedTuple):
    """The differences of both sides, as balls that hold what they may be."""

    gaps: list[arb]

    def broken(self, op: str, apart: float) -> bool:
        """Whether some entry certainly breaks the relation, by so much."""
        return any(float(abs(g).lower()) >= apart for g in self.gaps if _placed(op, g) is False)

    def kept(self, op: str) -> bool:
        """Whether every entry certainly keeps the relation."""
        return all(_placed(op, g) is True for g in self.gaps)

    def known(self, width: float) -> bool:
        """Whether the error of the solution is still small in what comes out."""
        return all(float(g.rad()) <= width for g in self.gaps)


def around(claim: Claim, place: Place) -> Around | None:
    """Both sides where the solution may be; None where one has no value all over there: something jumps, or a matrix may be singular."""
    assert claim.right is not None
    try:
        with precision(BITS):
            point = {name: _widened(held) for name, held in place.point.items()}
            left, right = [
                [_ball(x) for x in evaluate(side, point, place.sizes, BALLS).entries]
                for side in (claim.left, claim.right)
            ]
            gaps = [x - y for x, y in broadcast(left, right)]
            if not all(g.is_finite() for g in gaps):
                return None
    except TROUBLE:
        return None
    return Around([_ball(g) for g in gaps])


def differentiates(claim: Claim) -> bool:
    """Whether a derivative stands in a claim: difference quotients have no value in wide balls."""
    return any(order(t) > 0 for t in claim.terms)


def leaps(claim: Claim) -> bool:
    """Whether something in a claim jumps."""
    return any(_leaping(node) for t in claim.terms for node in t.walk())


def _leaping(node: Term) -> bool:
    return node.name in LEAPS or node.head in LEAPS or node.name == "piecewise"


def _short(term: Term, place: Place) -> bool:
    """Whether nothing that is not exact stands in the value of a term."""
    try:
        return not any(map(_long, value(term, place).entries))
    except TROUBLE:
        return False


def _widened(held: Tensor) -> Tensor:
    return held.each(_wide) if any(map(_long, held.entries)) else held.each(_ball)


def _long(x: Number) -> bool:
    return isinstance(x, fmpq) and int(x.q).bit_length() > SHORT


def _wide(x: Number) -> Number:
    middle = _ball(x)
    return arb(middle.mid(), SPREAD * (1 + abs(middle))) if _long(x) else middle


def _placed(op: str, gap: arb) -> bool | None:
    """Whether `left op right` holds for a difference; None where the ball does not tell."""
    below, above = bool(gap < 0), bool(gap > 0)
    if op in ("<", "<="):
        return True if below or (op == "<=" and gap <= 0) else False if above or (op == "<" and gap >= 0) else None
    if op in (">", ">="):
        return _placed({">": "<", ">=": "<="}[op], -gap)
    if op == "!=":
        return True if below or above else False if gap.is_zero() else None
    return False if below or above else True if gap.is_zero() else None


def _ball(x: Number) -> arb:
    if not isinstance(x, arb | fmpq):
        raise TypeError("a complex number is not compared here")
    return x if isinstance(x, arb) else arb(x)
