"""Two Jacobians, the claimed and the true one: which parts are missing, too many, moved or scaled.

One idea: a mistake in a backward pass leaves a pattern in the matrix of its contributions (output by input): only the diagonal, no path to later outputs, one window
of several that overlap. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derive.testing.leftover import threshold
from derive.testing.outcome import Cause

Array = np.ndarray[Any, np.dtype[Any]]
CLOSE = 1e-5


def jacobian_cause(
    true: Array, claimed: Array, x: Array, outputs: Sequence[tuple[int, ...]], bars: Array
) -> Cause | None:
    """true, claimed: (outputs, inputs), flat. bars: what is no more than noise, an input each."""
    small = CLOSE * np.abs(true).max(initial=0.0) + np.minimum(bars, 1e-3 * np.abs(true).max(initial=0.0))
    there, said = np.abs(true) > small, np.abs(claimed) > small
    wrong = np.abs(true - claimed) > small
    if not wrong.any():
        return None
    if (
        true.shape[0] == true.shape[1]
        and not np.allclose(true, true.T)
        and (np.abs(claimed - true.T) <= small.max()).all()
    ):
        return Cause(
            "transposed-jacobian",
            "the Jacobian is applied where its transpose has to be: backward goes the way of forward",
        )
    diagonal = np.eye(len(true), dtype=bool) if true.shape[0] == true.shape[1] else np.zeros(true.shape, bool)
    missing, extra = there & ~said, said & ~there
    if diagonal.any() and not (there & ~diagonal).any() and not (said & ~diagonal).any():
        return _elementwise(np.diag(true), np.diag(claimed), x.ravel())
    if diagonal.any() and not (said & ~diagonal).any() and (there & ~diagonal).any():
        return Cause(
            "diagonal-only",
            "only the diagonal of the Jacobian is there: the terms from an output to the other inputs are dropped",
        )
    moved = _moved(true, claimed, x.shape, small)
    if moved is not None:
        return moved
    if np.array_equal(wrong, extra):
        return Cause(
            "mask-missing",
            f"contributions where the function does not depend on the input ({int(extra.sum())} of {wrong.size} pairs): a mask, or what is overwritten, is not seen",
        )
    if np.array_equal(wrong, missing):
        return _missing(there, said, missing, outputs)
    if not missing.any() and not extra.any():
        return _scaled(true, claimed, wrong, diagonal)
    if extra.any() and missing.any():
        return Cause(
            "wrong-index",
            f"contributions go to the wrong entries: {int(missing.sum())} pairs of output and input are missed, {int(extra.sum())} are not there in the function (an index, stride, offset or reshape)",
        )
    if extra.any():
        return Cause(
            "wrong-axis",
            f"mixes entries that do not meet in the function ({int(extra.sum())} pairs of output and input): a sum or mean over the wrong axis, or a wrong shape",
        )
    return _missing(there, said, missing, outputs) if 2 * missing.sum() >= wrong.sum() else None


def factor_cause(true: Array, claimed: Array, x: Array, values: Array) -> Cause | None:
    """A factor of its own for each output, or for each entry of the input: claimed = diag(c) true, or true diag(c)."""
    for axis, what, known in ((1, "output", values.ravel()), (0, "entry of the input", x.ravel())):
        square = (true**2).sum(axis)
        if 2 * ((true != 0).sum(axis) > 1).sum() < len(square):
            continue  # a factor that only one contribution has explains nothing
        c = (claimed * true).sum(axis) / np.where(square > 0, square, 1)
        model = np.expand_dims(c, axis) * true
        if len(c) < 2 or np.abs(claimed - model).max() > CLOSE * np.abs(claimed).max() or np.ptp(c[square > 0]) == 0:
            continue
        for power, text in (
            (1, "multiplied by it"),
            (-1, "divided by it"),
            (2, "multiplied by its square"),
            (-2, "divided by its square"),
        ):
            with np.errstate(all="ignore"):
                rest = (c / known**power)[square > 0]
            if np.isfinite(rest).all() and np.ptp(rest) <= CLOSE * np.abs(rest).max():
                more = "" if abs(rest[0] - 1) < CLOSE else f", and by {rest[0]:.6g}"
                return Cause(
                    "extra-factor",
                    f"the contributions of each {what} are {text}{more}, where they should not be",
                )
        return Cause(
            "factor-of-term",
            f"the contributions of each {what} are off by a factor of its own ({c[0]:.6g}, {c[1]:.6g} …)",
        )
    return None


def _elementwise(true: Array, claimed: Array, x: Array) -> Cause:
    """The function acts entry by entry, and so does the claim."""
    size = np.abs(true).max(initial=0.0) + np.abs(claimed).max(initial=0.0)
    wrong = np.abs(true - claimed) > CLOSE * size
    for where, text in ((x < 0, "negative"), (x > 0, "positive"), (x == 0, "0")):
        if wrong.sum() < len(x) and np.array_equal(wrong, wrong & where) and not (where & ~wrong & (true != 0)).any():
            with np.errstate(all="ignore"):
                ratio = claimed[wrong] / true[wrong]
            same = np.isfinite(ratio).all() and np.ptp(ratio) < CLOSE * np.abs(ratio).max()
            more = f", by a factor {ratio[0]:.6g}" if same else ""
            return Cause("wrong-branch", f"wrong at just those entries where the input is {text}{more}")
    if not true[wrong].any():
        return Cause(
            "mask-missing",
            "wrong at just those entries that the function does not depend on: a mask, a limit or a branch is not seen",
        )
    limit = threshold(x, wrong, true != 0)
    if limit is not None:
        return Cause("wrong-branch", f"wrong at just those entries where {limit}")
    left = claimed - true
    if wrong.all() and len(x) > 2 and np.ptp(left) < CLOSE * np.abs(left).max():
        return Cause(
            "dropped-term",
            f"the derivative of the function of an entry is off by {left[0]:.6g} everywhere: a term, or a branch of the graph, is dropped",
        )
    if wrong.all() and len(x) > 2 and np.ptp(left / np.where(x == 0, 1, x)) < CLOSE * np.abs(left).max():
        return Cause(
            "dropped-term", "the derivative of the function of an entry is off by a term in proportion to the input"
        )
    k = int(np.argmax(np.abs(left)))
    return Cause(
        "other-function",
        f"the derivative of another function of each entry: at {x[k]:.4g} it is {true[k]:.6g}, here {claimed[k]:.6g}",
    )


def _moved(true: Array, claimed: Array, shape: tuple[int, ...], small: Array) -> Cause | None:
    """Columns of the one are columns of the other, some places on."""
    for axis, n in enumerate(shape):
        t = true.reshape(len(true), *shape)
        c = claimed.reshape(t.shape)
        for k in (1, -1, 2, -2):
            if abs(k) >= n - 1:
                continue
            a = np.take(t, range(max(0, -k), min(n, n - k)), axis + 1)
            b = np.take(c, range(max(0, k), min(n, n + k)), axis + 1)
            if a.any() and np.abs(a - b).max() <= small.max():
                return Cause(
                    "shifted", f"the gradient is shifted by {k} along axis {axis}: an offset (padding) is missing"
                )
    return None


def _missing(there: Array, said: Array, missing: Array, outputs: Sequence[tuple[int, ...]]) -> Cause:
    columns = missing.any(axis=0)
    several = there.sum(axis=0) > 1
    if (several | ~columns).all() and (said.sum(axis=0)[columns] <= 1).all() and not missing[:, ~several].any():
        if (there.sum(axis=0)[columns] <= 8).all():
            return Cause(
                "not-accumulated",
                "of the outputs that share an input only one contributes: the gradient is assigned where it has to be added up",
            )
        return Cause("dropped-path", "an input reaches the outputs on several paths, and only one of them contributes")
    first = outputs[0] if len(outputs) == 1 else ()
    later = _later(missing, first)
    more = f", those to other entries of axis {later} of the output" if later is not None else ""
    return Cause(
        "dropped-path",
        f"{int(missing.sum())} of {int(there.sum())} contributions from outputs to inputs are missing{more}",
    )


def _later(missing: Array, shape: tuple[int, ...]) -> int | None:
    """The axis of the output on which an input misses some entries, and not others."""
    for axis in range(len(shape)):
        by = np.moveaxis(missing.reshape(*shape, -1), axis, 0).reshape(shape[axis], -1, missing.shape[1])
        seen = by.any(axis=1)
        if shape[axis] > 1 and (seen.any(axis=0) & ~seen.all(axis=0)).any():
            return axis
    return None


def _scaled(true: Array, claimed: Array, wrong: Array, diagonal: Array) -> Cause | None:
    """All contributions are there; some have the wrong size."""
    for part, text in ((diagonal, "on the diagonal"), (~diagonal, "off the diagonal")):
        if diagonal.any() and np.array_equal(wrong, wrong & part) and (wrong | ~part).all():
            c = float((claimed * true)[part].sum() / (true**2)[part].sum())
            if np.abs(claimed - c * true)[part].max() <= CLOSE * np.abs(claimed).max():
                return Cause(
                    "sign-of-term" if abs(c + 1) < CLOSE else "factor-of-term",
                    f"the part of the Jacobian {text} is off by a factor {c:.6g}",
                )
    if diagonal.any() and np.array_equal(wrong, wrong & diagonal):
        off = np.diag(claimed - true)
        same = f" ({off[0]:.6g})" if np.ptp(off) <= CLOSE * np.abs(off).max() else ""
        return Cause(
            "dropped-term",
            f"off on the diagonal of the Jacobian alone{same}: a direct path from an entry to its own output is missing, or there too often",
        )
    if wrong.all() or not diagonal.any():
        for axis, text in ((0, "an input"), (1, "an output")):
            with np.errstate(all="ignore"):
                left = claimed - true
            if true.shape[axis] > 2 and np.ptp(left, axis=axis).max() <= CLOSE * np.abs(left).max():
                return Cause(
                    "constant-term",
                    f"off by a term that is the same for all {'outputs' if axis == 0 else 'inputs'} of {text}: that of a mean or sum",
                )
    return None
