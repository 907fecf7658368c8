"""A counterexample made small: the smallest sizes and whole numbers at which a claim still fails.

One idea: small places are tried in the order of their sizes; then every entry is set to 0 or 1 where the claim goes on failing without it. What comes
out is confirmed once more, in exact rationals or in balls of many bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from typing import Any

from flint import arb, fmpq

from derive.claims import Claim
from derive.judge.places import Ground, Place, mentioned, with_entry
from derive.judge.trial import FAILS, Trial, tried
from derive.numeric.tensor import Tensor
from derive.term import Symbol

LARGEST = 3  # size that is tried
DRAWS = 6  # of values for the same sizes
MOST = 160  # places in all
ENTRIES = 60  # that are made simpler


def shrunk(claim: Claim, ground: Ground, place: Place, trial: Trial) -> tuple[Place, Trial]:
    """The smallest failing place that is found, and what happens there; the given one when there is none smaller."""
    for count, small in enumerate(ground.small_places(LARGEST, DRAWS)):
        if count >= MOST:
            break
        found = tried(claim, small)
        if found.outcome == FAILS:
            return _simpler(claim, ground.symbols, small, found)
    return place, trial


def _simpler(claim: Claim, symbols: Sequence[Symbol], place: Place, trial: Trial) -> tuple[Place, Trial]:
    """Entries of variables without properties set to 0, or else to 1, one after the other, while the claim fails."""
    left = ENTRIES
    bound = mentioned(symbols)
    for symbol in symbols:
        if symbol.properties or symbol.name not in place.point or symbol.name in bound:
            continue
        for k, x in enumerate(place.point[symbol.name].entries):
            for value in (0, 1):
                if left == 0 or x == value or (value == 1 and x == 0):
                    break
                left -= 1
                other = with_entry(place, symbol.name, k, fmpq(value))
                found = tried(claim, other)
                if found.outcome == FAILS:
                    place, trial = other, found
                    break
    return place, trial


def shown(tensor: Tensor) -> Any:
    """Entries as whole numbers, fractions such as "1/2", decimals of balls, complex ones as "1-2i"; in nested lists."""
    return tensor.nested(_number)


def _number(x: Any) -> Any:
    if isinstance(x, fmpq):
        return int(x.p) if x.q == 1 else f"{x.p}/{x.q}"
    if isinstance(x, arb):
        return _decimal(x)
    return _complex(_number(x.real), _number(x.imag))


def _complex(real: Any, imaginary: Any) -> Any:
    """A real number as it is, else a text such as "1-2i" or "1/2+3/4i"."""
    if imaginary == 0:
        return real
    sign = "" if str(imaginary).startswith("-") else "+"
    return f"{'' if real == 0 else real}{sign if real != 0 else ''}{imaginary}i"


def _decimal(x: Any) -> float | int | str:
    value = float(x.mid())
    if isinf(value):
        return str(x.mid().str(12, radius=False))
    return (
        int(value)
        if value == int(value) and abs(value) < 1e15 and bool(abs(x - int(value)) < 1e-40)
        else float(f"{value:.12g}")
    )
