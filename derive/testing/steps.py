"""Derivatives along a line by a ladder of steps, each with an error bar; kinks by the jump between the two sides.

One idea: central differences at steps h, h/4, h/16 … are extrapolated (Richardson 1911; Ridders 1982), and the error is read from two things: how far
neighbours in the table disagree, and the measured noise of the function over the step. An output keeps the step that suits it best. The jump
of the slope, (F(h) + F(-h) - 2 F(0))/h, goes to 0 with h where the function is smooth, and to a constant at a kink. It knows nothing of gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
RATIO = 4.0
FAST = tuple(2.0**-k for k in (6, 8, 10))
LADDER = tuple(2.0**-k for k in range(2, 36, 2))
COARSE_FAST = tuple(2.0**-k for k in (3, 5, 7))  # for functions that compute in single precision
WIDE = 8192  # outputs whose tables are held at once
PROBE = (1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
CLIMB = tuple(2.0**k for k in range(-18, 1, 2))
COARSE_PROBE = (2e-3, 5e-4, 1e-4, 2e-5, 5e-6)


class Slopes(NamedTuple):
    """The derivative of every output along a line: value ± error, and half the jump of the slope at a kink.

    `other` ± `other_error` is the same from other steps: what is said to be wrong is wrong by both.
    """

    value: Array
    error: Array
    half: Array
    other: Array
    other_error: Array
    still: Array  # 1 where the output does not move at all at the four smallest steps of a long ladder


class Samples(NamedTuple):
    """F(0), and F(h) and F(-h) for each step h from large to small."""

    middle: Array
    steps: Sequence[float]
    plus: Array
    minus: Array


def sample(line: Callable[[float], Array], middle: Array, steps: Sequence[float]) -> Samples:
    plus, minus = np.empty((len(steps), *middle.shape)), np.empty((len(steps), *middle.shape))
    for k, h in enumerate(steps):
        plus[k], minus[k] = line(h), line(-h)
    return Samples(middle, steps, plus, minus)


def slopes(s: Samples, noise: Array) -> Slopes:
    """The derivative along a line from its samples; noise: that of one value of every output."""
    return _wide(s, noise) if s.middle.ndim == 1 and s.middle.size > WIDE else _slopes(s, noise)


def _wide(s: Samples, noise: Array) -> Slopes:
    """Many outputs: those that do not move at all have slope 0, the others come a part at a time, so that tables stay small."""
    still = 2 * noise / s.steps[0]
    out = Slopes(*[np.zeros(s.middle.shape) for _ in Slopes._fields])
    out.error[:], out.other_error[:] = still, still
    active = np.flatnonzero(((s.plus != s.middle) | (s.minus != s.middle)).any(axis=0))
    for start in range(0, len(active), WIDE):
        part = active[start : start + WIDE]
        some = _slopes(Samples(s.middle[part], s.steps, s.plus[:, part], s.minus[:, part]), noise[part])
        for whole, values in zip(out, some, strict=True):
            whole[part] = values
    return out


def _slopes(s: Samples, noise: Array) -> Slopes:
    h = np.array(s.steps).reshape(-1, *[1] * s.middle.ndim)
    with np.errstate(all="ignore"):
        floor = 2 * noise / h
        central, error = _extrapolated((s.plus - s.minus) / (2 * h), floor, 2)
        lost = ~np.isfinite(error).any(axis=0)
        if lost.any():  # at the border of the domain there is one side only
            for side, sign in ((s.plus, 1), (s.minus, -1)):
                one, one_error = _extrapolated(sign * (side - s.middle) / h, 2 * floor, 1)
                use = lost & np.isfinite(one_error).any(axis=0)
                central, error = np.where(use, one, central), np.where(use, one_error, error)
        value, least, other, other_least = _two_best(central, _contradicted(central, error))
        jump, jump_error = _jump(s, h, floor)
    real = (np.abs(jump) > 6 * jump_error) & (np.abs(jump) > 1e-6 * (np.abs(value) + np.abs(jump)))
    half = np.where(real, np.abs(jump) / 2, 0.0)
    fine = (s.plus[-4:] == s.middle) & (s.minus[-4:] == s.middle)
    still = fine.all(axis=0).astype(float) if len(s.steps) > 8 else np.zeros_like(s.middle)
    return Slopes(value, least, half, other, other_least, still)


def _extrapolated(first: Array, floor: Array, power: int) -> tuple[Array, Array]:
    """The best value of each row of the table, and its error; `power` is the order of the first term that is taken away."""
    count = len(first)
    best, least = first.copy(), np.full_like(first, np.inf)
    above = [first[0]]
    for k in range(1, count):
        row = [first[k]]
        for j in range(min(k, 5)):
            weight = RATIO ** (power * (j + 1)) - 1
            row.append(row[j] + (row[j] - above[j]) / weight)
            error = np.maximum(np.abs(row[j + 1] - row[j]), np.abs(row[j + 1] - above[j])) + floor[k]
            better = error < least[k]
            best[k] = np.where(better, row[j + 1], best[k])
            least[k] = np.where(better, error, least[k])
        above = row
    return best, np.where(np.isfinite(least), least, np.inf)


def _contradicted(value: Array, error: Array) -> Array:
    """Errors of coarse steps, where finer steps see something else: a function may be smooth from afar and have another slope.

    What two finer steps see beyond three times their own errors is the error (what one sees may be an accident of rounding).
    """
    out = error.copy()
    for k in range(len(value) - 1):
        excess = np.abs(value[k + 1 :] - value[k]) - 3 * error[k + 1 :]
        excess = np.where(np.isfinite(excess), excess, 0.0)
        seen = np.sort(excess, axis=0)[-min(2, len(excess))]
        out[k] = np.maximum(out[k], seen)
    return out


def _two_best(value: Array, error: Array) -> tuple[Array, Array, Array, Array]:
    """The two rows of least error, for every output."""
    order = np.argsort(error, axis=0, kind="stable")
    first, second = order[:1], order[1:2]
    return (
        np.take_along_axis(value, first, 0)[0],
        np.take_along_axis(error, first, 0)[0],
        np.take_along_axis(value, second, 0)[0],
        np.take_along_axis(error, second, 0)[0],
    )


def _jump(s: Samples, h: Array, floor: Array) -> tuple[Array, Array]:
    """The slope on the right less that on the left, and its error."""
    second = (s.plus + s.minus - 2 * s.middle) / h
    limit = (RATIO * second[1:] - second[:-1]) / (RATIO - 1)
    if len(limit) < 2:
        return np.zeros_like(s.middle), np.full_like(s.middle, np.inf)
    error = np.abs(limit[1:] - limit[:-1]) + 4 * floor[2:]
    error = np.where(np.isfinite(error), error, np.inf)
    limit, error = limit[1:], _contradicted(limit[1:], error)
    k = np.argmin(error, axis=0)[None]
    return np.take_along_axis(limit, k, 0)[0], np.take_along_axis(error, k, 0)[0]


def measured_noise(line: Callable[[float], Array], middle: Array, eps: float, steps: Sequence[float]) -> Array:
    """The noise of one value of every output: what makes differences of small steps disagree, and not less than rounding.

    |D(h) - D(h')| h' is noise where truncation is negligible. Three times the second smallest, so that neither an accident nor a kink counts; the largest
    where a function moves in stairs.
    """
    with np.errstate(all="ignore"):
        sides = np.stack([np.stack([line(h), line(-h)]) for h in steps])
        d = (sides[:, 0] - sides[:, 1]) / (2 * np.array(steps).reshape(-1, *[1] * middle.ndim))
        seen = np.abs(d[1:] - d[:-1]) * np.array(steps[1:]).reshape(-1, *[1] * middle.ndim)
        seen = np.sort(np.where(np.isfinite(seen), seen, 0.0), axis=0)
        own = np.where((d[-1] == 0) & (d[0] != 0), seen[-1], 3 * seen[1])
        own = np.maximum(own, _stairs(line, middle, (sides != middle).any(axis=(0, 1))))
        size = np.abs(np.where(np.isfinite(middle), middle, 0.0))
        large = size > 1e-3 * size.max(initial=0.0)
        pooled = float(np.median(own[large] / size[large])) if large.any() and own.size > 1 else 0.0
    return np.asarray(np.maximum(own, size * max(eps, pooled)))


def _stairs(line: Callable[[float], Array], middle: Array, moved: Array) -> Array:
    """The height of a stair, of outputs that small steps do not move: one that is rounded takes the same few values again and again.

    Steps grow until an output moves; points on both sides tell stairs from a kink, behind which values differ.
    """
    height, moved, tries = np.zeros(middle.shape), moved.copy(), np.zeros(middle.shape)
    for h in CLIMB:
        if moved.all():
            break
        new = ~moved & ((line(h) != middle) | (line(-h) != middle))
        if new.any():
            points = [line(h * k / 8) for k in range(-16, 17) if k]
            change = np.sort(np.stack(points) - middle, axis=0)
            gaps = np.diff(change, axis=0)
            same = (gaps == 0) & (change[1:] != 0)
            levels = same.sum(axis=0) - (same[1:] & same[:-1]).sum(axis=0)  # that are taken more than once
            least = np.where(gaps > 0, gaps, np.inf).min(axis=0)
            some = new & (levels > 2) & np.isfinite(least)  # a limit on both sides has two levels
            height = np.where(some, least, height)
            tries += new
            moved |= some | (tries == 2)
    return height
