"""What a trial says at a solution that is known to many digits only.

One idea: what is near holds, what is far apart all over the ball in which the solution lies fails, and the rest is open: what jumps there, and what is not
known well enough. It tries nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from derive.claims import Claim
from derive.judge.holding import around, differentiates, leaps
from derive.judge.newton import BITS
from derive.judge.places import Place
from derive.judge.trial import FAILS, HOLDS, OPEN, OUTSIDE, STRICT, Trial, value
from derive.numeric.ball import precision
from derive.term import Term

NEARER = 1e-22  # relative: at a solution that is known to some thirty digits, sides that are nearer agree
APART = 1e-9  # and sides that are farther apart differ
KNOWN = 1e-12  # relative: how wide sides may be of which that is said
SHARP = (*STRICT, "!=")  # relations that sides which agree do not keep


def nearly(claim: Claim, place: Place, trial: Trial, usual: float) -> Trial:
    """A trial at such a solution. `usual` is how large the sides are where no premise holds: at a solution both may vanish, and their error is no difference."""
    if trial.outcome in (OPEN, OUTSIDE):
        return trial
    unsure = trial._replace(outcome=OPEN, exact=False, reason="the solution is not known exactly")
    if claim.right is None or differentiates(claim):
        return unsure if leaps(claim) else _without_balls(claim, place, trial, usual, unsure)
    seen = around(claim, place)
    if seen is None:
        return unsure
    if seen.kept(claim.op):
        return trial._replace(outcome=HOLDS, exact=False, digits=22)
    distance, scale = _apart(claim, place, usual)
    if claim.op not in SHARP and seen.known(KNOWN * scale) and (trial.outcome == HOLDS or distance <= NEARER):
        return trial._replace(outcome=HOLDS, exact=False, digits=22)
    if trial.outcome == FAILS and distance >= APART and seen.broken(claim.op, APART * scale):
        return trial._replace(outcome=FAILS, exact=False, distance=distance)
    return unsure


def _without_balls(claim: Claim, place: Place, trial: Trial, usual: float, unsure: Trial) -> Trial:
    """What has no value in wide balls: definite matrices, and derivatives."""
    if trial.outcome == HOLDS:
        return trial
    if claim.right is None:
        return unsure
    distance, _ = _apart(claim, place, usual)
    if distance <= NEARER and claim.op not in SHARP:
        return trial._replace(outcome=HOLDS, exact=False, digits=22)
    if distance >= APART and claim.op != "!=":
        return trial._replace(outcome=FAILS, exact=False, distance=distance)
    return unsure


def _apart(claim: Claim, place: Place, usual: float) -> tuple[float, float]:
    """How far the sides are apart, relative to the largest of what is added up in them, or to what is usual; and how large that is."""
    assert claim.right is not None
    with precision(BITS):
        left, right = [floats(side, place) for side in (claim.left, claim.right)]
        size = max(len(left), len(right))
        gap = max(
            (
                abs(float((x - y).mid()))
                for x, y in zip(left * (size // len(left)), right * (size // len(right)), strict=True)
            ),
            default=0.0,
        )
        scale = max((abs(float(x.mid())) for t in _summands(claim) for x in floats(t, place)), default=0.0)
        scale = max(scale, usual)
    return (gap / scale, scale) if scale > 0 else (gap, 1.0)


def floats(term: Term, place: Place) -> list[arb]:
    return [x if isinstance(x, arb) else arb(x) for x in value(term, place).entries]


def _summands(claim: Claim) -> Iterator[Term]:
    for side in claim.terms:
        yield side
        if side.head == "add":
            yield from side.args
