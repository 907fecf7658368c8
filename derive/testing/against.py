"""Code against a formula, over the kinds of inputs that were made from it.

One idea: the code's value is held against the formula's, and its gradient against differences of the formula, never of the code; the first case that is not right is the
report. It makes no inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from derive.testing.backward import Examined, examine
from derive.testing.causes import cause_of
from derive.testing.entries import entries_of
from derive.testing.formula import Formula
from derive.testing.frameworks import to_framework, to_numpy
from derive.testing.inputs import Case
from derive.testing.outcome import INCONCLUSIVE, NON_FINITE, OK, SHAPE, WRONG, Report, Spot

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]


class Against:
    """Code against a formula, over cases."""

    def __init__(
        self,
        stated: Formula,
        names: Sequence[str],
        forward: Function | None,
        backward: Function,
        seed: int,
        backend: str,
        derivative: Function | None = None,
    ) -> None:
        self.derivative = derivative  # what claims to be the derivative, where it is not a backward pass
        self.stated = stated
        self.names = list(names)
        self.forward = forward
        self.backward = backward
        self.seed = seed
        self.backend = backend  # "" where inputs were given, and are what they are

    def over(self, made: Iterator[Case], only: Sequence[int]) -> Report:
        """The first report that is not ok; else that of the first case, unless nothing was decided."""
        first: Report | None = None
        open_: Report | None = None
        decided = 0
        for case in made:
            report = self._one(case, only)
            if report is None:
                continue
            if report.outcome not in (OK, INCONCLUSIVE):
                return report
            if report.ok:
                first, decided = first or report, decided + 1
            else:
                open_ = open_ or report
        if first is None:
            return open_ or Report(
                INCONCLUSIVE, "no inputs were found at which the formula has a value", seed=self.seed
            )
        notes = self.stated.notes
        notes += () if open_ is None else (f"not decided for {open_.case}: {open_.reason}",)
        return first._replace(
            case=f"{decided} kinds of inputs" if decided > 1 else first.case, notes=(*first.notes, *notes)
        )

    def _one(self, case: Case, only: Sequence[int]) -> Report | None:
        """One case; None where the formula has no value there."""
        values = [case.values[name] for name in self.names]
        if self.backend:
            values = [to_framework(np.asarray(v, float), self.backend) if not isinstance(v, int) else v for v in values]
        expected = self._formula(*values)
        if not np.isfinite(expected).all():
            return None
        shape = expected.shape
        if self.forward is not None:
            try:
                got = to_numpy(self.forward(*values))
            except Exception as trouble:
                if case.label not in ("", "random values"):
                    return None  # code may be written for some sizes alone
                sizes = ", ".join(f"{n} {np.shape(to_numpy(v))}" for n, v in zip(self.names, values, strict=True))
                reason = f"forward raises {type(trouble).__name__}: {trouble}; inputs made from the formula: {sizes}"
                return Report(INCONCLUSIVE, f"{reason}; `dims` fixes sizes", seed=self.seed, case=case.label)
            trouble_found = self._values(case, values, np.asarray(got, float), expected)
            if trouble_found is not None:
                return trouble_found
            shape = got.shape

        def pulled(cotangent: Any, *inputs: Any) -> Any:
            return self.backward(cotangent.reshape(shape) if hasattr(cotangent, "reshape") else cotangent, *inputs)

        found = examine(self._formula, pulled, values, self.seed, self.names, only)
        return with_cause(found, self.stated, self.names, self.derivative)._replace(case=case.label)

    def _formula(self, *values: Any) -> Array:
        """The formula in double precision."""
        arrays = [np.asarray(to_numpy(v), float) if not isinstance(v, int) else v for v in values]
        with np.errstate(all="ignore"):
            return self.stated.value(dict(zip(self.names, arrays, strict=True)))

    def _values(self, case: Case, values: Sequence[Any], got: Array, expected: Array) -> Report | None:
        """What the code computes against the formula."""
        if got.size != expected.size or [n for n in got.shape if n > 1] != [n for n in expected.shape if n > 1]:
            reason = f"forward gives shape {got.shape}, the formula {expected.shape}"
            return Report(SHAPE, reason, seed=self.seed, case=case.label)
        got = got.reshape(expected.shape)
        short = any(to_numpy(v).dtype.itemsize < 8 for v in values if not isinstance(v, int))
        size = float(np.abs(expected).max(initial=0.0))
        near = [np.asarray(to_numpy(v), float) * (1 + 1e-12) if not isinstance(v, int) else v for v in values]
        shaken = 1e4 * float(np.nan_to_num(np.abs(self._formula(*near) - expected)).max(initial=0.0))
        error = np.abs(got - expected)
        allowed = (1e-3 if short else 1e-7) * size + shaken * (1e4 if short else 1) + 1e-300
        if np.isfinite(got).all() and (error <= allowed).all():
            return None
        at = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.nan_to_num(error, nan=np.inf))), error.shape))
        spot = Spot(at, float(got[at]), float(expected[at]), 0.0)
        outcome = WRONG if np.isfinite(got).all() else NON_FINITE
        reason = "the function is not the formula"
        return Report(outcome, reason, "the value", spots=(spot,), seed=self.seed, case=case.label)


def with_cause(
    found: Examined, stated: Formula | None = None, names: Sequence[str] = (), derivative: Function | None = None
) -> Report:
    """The report with a cause, where one explains the numbers; of a derivative, with its own entries."""
    report = found.report
    if report.outcome != WRONG or found.subject is None or not report.spots:
        return report
    try:
        with np.errstate(all="ignore"):
            cause = cause_of(found.subject, found.subjects, stated, names)
    except Exception:  # what was found stands, whatever the code under test raises at other points
        cause = None
    if derivative is not None:
        with np.errstate(all="ignore"):
            report = report._replace(spots=entries_of(found.subject, report.spots, derivative))
    return report._replace(cause=cause)
