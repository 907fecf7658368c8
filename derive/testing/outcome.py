"""What a check found: an outcome, where, how far off, and what was measured.

One idea: a check returns a `Report` and never raises; the asserts raise what the report says. Nothing here computes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

OK = "ok"
WRONG = "wrong"
INCONCLUSIVE = "inconclusive"
SHAPE = "shape"
NON_FINITE = "non-finite"
NOT_DETERMINISTIC = "not deterministic"

OUTCOMES = (OK, WRONG, INCONCLUSIVE, SHAPE, NON_FINITE, NOT_DETERMINISTIC)


class Spot(NamedTuple):
    """One entry of one gradient: what was claimed, and what differences say, with their error bar.

    `half` is half the width of the subgradient interval at a kink, else 0.
    """

    at: tuple[int, ...]
    got: float
    expected: float
    error: float
    half: float = 0.0


class Cause(NamedTuple):
    """A likely cause that was tried on the numbers and explains them: a code, and a sentence."""

    code: str
    text: str


class Report(NamedTuple):
    """The outcome of one check.

    outcome is one of `OUTCOMES`; `input` the name of the input it is about. `relative` is the discrepancy, or for "ok" the resolution: the largest
    relative error that the differences could not have seen. `rounding` is the error of float32 against float64, relative, where both ran.
    """

    outcome: str
    reason: str = ""
    input: str = ""
    shape: tuple[int, ...] = ()
    spots: tuple[Spot, ...] = ()
    wrong_entries: tuple[int, int] = (0, 0)  # so many are wrong of so many looked at
    cause: Cause | None = None
    relative: float = 0.0
    rounding: float | None = None
    case: str = ""  # the kind of inputs, where they were made here
    seed: int = 0
    replay: str = ""  # a line that reproduces it
    notes: tuple[str, ...] = ()
    what: str = "gradient"
    calls: tuple[int, int] = (0, 0)  # of forward and of backward

    @property
    def ok(self) -> bool:
        return self.outcome == OK


class GradientError(AssertionError):
    """The code does not compute the gradient; `report` has the findings."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class Inconclusive(GradientError):
    """It could not be decided: the differences do not settle. Never said of a gradient that is known to be wrong."""


def hidden(excinfo: Any) -> bool:
    """For pytest's `__tracebackhide__`: what was found is told at the line that asked; other errors show where they come from."""
    return isinstance(excinfo.value, GradientError)
