"""Causes that show in what is left over, the claimed gradient less the right one: terms of a mean or a variance, a factor once more, a part of the entries.

One idea: what is left over is divided by a guess (one, the input, another input); if the quotient is the same along an axis, a sum over that axis is wrong. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.testing.evidence import CLOSE, Evidence
from derive.testing.outcome import Cause

Array = np.ndarray[Any, np.dtype[Any]]


def left_over(e: Evidence) -> Cause | None:
    """What is claimed less what is right, divided by a guess, is the same along an axis: a mean, or a term along an input."""
    if not e.whole or not e.shape:
        return None
    left = (e.claimed - e.true).reshape(len(e.true), *e.shape)
    for guess, code, text in _guesses(e):
        with np.errstate(all="ignore"):
            ratio = left / guess
        if not np.isfinite(ratio).all():
            continue
        for axis, n in enumerate(e.shape):
            spread = np.ptp(ratio, axis=axis + 1).max(initial=0.0)
            if n > 2 and spread <= 1e-5 * np.abs(ratio).max(initial=0.0):
                return Cause(code, text.format(axis=axis, n=n))
    return _centred(e, left)


def _centred(e: Evidence, left: Array) -> Cause | None:
    """left = a + b x over one axis, or over the last ones, with a and b of their own for each slice: terms of a mean and of a variance."""
    n = len(e.shape)
    groups = [(a,) for a in range(n)] + [tuple(range(a, n)) for a in range(n - 1)]
    for axes in groups:
        count = int(np.prod([e.shape[a] for a in axes]))
        if count < 4 or count == len(e.x) < 8:
            continue
        to_end = range(n - len(axes), n)
        x = np.moveaxis(e.subject.x, axes, to_end).reshape(-1, count)
        rest = np.moveaxis(left, [a + 1 for a in axes], [a + 1 for a in to_end]).reshape(len(left), -1, count)
        x = x - x.mean(1, keepdims=True)
        y = rest - rest.mean(2, keepdims=True)
        slope = (y * x).sum(2, keepdims=True) / np.maximum((x * x).sum(1), 1e-300)[None, :, None]
        if np.abs(y - slope * x).max() <= 10 * CLOSE * e.size:
            flat = np.abs(slope * x).max() <= 10 * CLOSE * e.size
            where = f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes[0]} to {axes[-1]}"
            if flat:
                return Cause("mean-term", f"off by a term that is constant along {where}: that of a mean or sum")
            more = f"off by terms that are constant, and in proportion to the input, along {where}"
            return Cause(
                "variance-term", f"{more}: those of a mean and of a variance (are they there, and divided by {count}?)"
            )
    return None


def _guesses(e: Evidence) -> Iterator[tuple[Array, str, str]]:
    s = e.subject
    x = s.x
    yield (
        np.ones(e.shape),
        "mean-term",
        "off by a term that is constant along axis {axis}: that of a mean or sum over its {n} entries (is 1/{n} there?)",
    )
    yield x, "variance-term", "off by a term in proportion to the input along axis {axis}: that of a norm or variance"
    yield (
        x - x.mean(),
        "variance-term",
        "off by a term in proportion to the centred input along axis {axis}: that of a variance",
    )
    for k, other in enumerate(s.code.exact):
        if k == s.place or k not in s.code.moving or not other.size:
            continue
        try:
            w = np.broadcast_to(other, e.shape)
        except ValueError:
            continue
        twice = f"a term has input {k} once too often: it is off by (input {k} - 1) of itself along axis {{axis}}"
        yield (w - 1) * x, "extra-factor", twice
        yield w - 1, "extra-factor", twice
        yield w * x, "extra-term", f"off by a term in proportion to input times input {k} along axis {{axis}}"


def region(e: Evidence) -> Cause | None:
    """Wrong at just those entries that have something in common."""
    wrong = (np.abs(e.claimed - e.true) > e.tolerance).any(axis=0)
    if wrong.all() or not wrong.any():
        return None
    if not e.true[:, wrong].any():
        return Cause(
            "mask-missing",
            "wrong at just those entries that the function does not depend on: a mask or an overwritten value is not seen",
        )
    if not e.claimed[:, wrong].any():
        return Cause("lost-contribution", f"zero at {int(wrong.sum())} entries that the function depends on")
    for where, text in _regions(e):
        if where.any() and np.array_equal(wrong, wrong & where) and not (where & ~wrong & e.true.any(axis=0)).any():
            c = _ratio(e.claimed[:, wrong], e.true[:, wrong])
            more = "" if c is None else f", by a factor {c:.6g}"
            code = "wrong-branch" if "input" in text else "wrong-part"
            return Cause(code, f"wrong at just those entries {text}{more}")
    limit = threshold(e.x, wrong, e.true.any(axis=0))
    return None if limit is None else Cause("wrong-branch", f"wrong at just those entries where {limit}")


def threshold(x: Array, wrong: Array, there: Array) -> str | None:
    """A limit on the values that tells the wrong entries from the others, in words; entries that are not `there` may fall on either side."""
    right = ~wrong & there
    if wrong.sum() < 2 or right.sum() < 2:
        return None
    for value, name in ((x, "the input"), (np.abs(x), "the size of the input")):
        if value[wrong].min() > value[right].max():
            return f"{name} is above a limit between {value[right].max():.4g} and {value[wrong].min():.4g}"
        if value[wrong].max() < value[right].min():
            return f"{name} is below a limit between {value[wrong].max():.4g} and {value[right].min():.4g}"
    return None


def _regions(e: Evidence) -> Iterator[tuple[Array, str]]:
    yield e.x < 0, "where the input is negative"
    yield e.x > 0, "where the input is positive"
    yield e.x == 0, "where the input is 0"
    for axis, at in enumerate(np.unravel_index(e.indices, e.shape) if e.shape else ()):
        yield at == 0, f"that are first on axis {axis}"
        yield at == e.shape[axis] - 1, f"that are last on axis {axis}"
        yield at > 0, f"that are not first on axis {axis}"
    for axis, at in enumerate(np.unravel_index(e.indices, e.shape) if e.shape else ()):
        for part in (2, 3, 4):
            if e.shape[axis] % part == 0 and e.shape[axis] > part:
                size = e.shape[axis] // part
                for k in range(part):
                    yield at // size == k, f"{k * size} to {(k + 1) * size - 1} of axis {axis}"


def _ratio(claimed: Array, true: Array) -> float | None:
    square = float((true**2).sum())
    c = float((claimed * true).sum()) / square if square else 0.0
    return c if square and np.abs(claimed - c * true).max() <= CLOSE * np.abs(claimed).max() else None
