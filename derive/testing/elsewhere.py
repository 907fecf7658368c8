"""Causes that show at another point: operands that are turned, inputs that are ignored, and assumptions under which the gradient would be right.

One idea: the claimed gradient is compared with the right one where something special holds (a symmetric matrix, weights of one, rows of unit length); where they agree there
and not in general, what holds there was taken for granted. It names only what was tried at such a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.testing import lines
from derive.testing.outcome import Cause

if TYPE_CHECKING:
    from derive.testing.evidence import Evidence

Array = np.ndarray[Any, np.dtype[Any]]
LOOKED = 8  # entries that are compared at another point
ALIKE = 1e-4  # relative to the size of both gradients there
CLOSE_LEFT = 1e-5
MOST = 4096  # entries of inputs, beyond which other points cost too much


def ignored_input(e: Evidence, itself: bool) -> Cause | None:
    """An input that the right gradient depends on, and the claimed one does not."""
    s = e.subject
    for k in [s.place] if itself else [k for k in s.code.moving if k != s.place]:
        a = s.code.exact[k]
        if not a.size:
            continue
        point = _with(e, k, a + 0.1 * lines.dense(a, np.random.default_rng(1)))
        some = e.telling(LOOKED)
        found = _both(e, point, e.indices[some].tolist())
        if found is None or np.abs(found[0] - e.claimed[:, some]).max() > 1e-12 * e.size:
            continue
        if np.abs(found[1] - e.true[:, some]).max() > 1e-3 * e.size:
            what = "its own value" if itself else f"input {k}"
            return Cause("ignores-input", f"the gradient does not depend on {what}, and the right one does")
    return None


def turned_operand(e: Evidence) -> Cause | None:
    """Right for the case that some inputs were transposed or reversed: that is done once too often, or once too little."""
    s = e.subject
    pairs: dict[tuple[int, int], list[int]] = {}
    for k in s.code.moving:
        shape = s.code.point[k].shape
        for b in range(len(shape)):
            for a in range(b + 1, len(shape)):
                if shape[a] == shape[b] > 1:
                    pairs.setdefault((a, b), []).append(k)
    for (a, b), places in pairs.items():
        for count in range(1, min(3, len(places)) + 1):
            for swapped in combinations(places, count):
                point = [np.swapaxes(x, a, b) if k in swapped else x for k, x in enumerate(s.code.point)]
                if _claimed_is_right_at(e, point):
                    which = " and ".join(f"input {k}" for k in swapped)
                    return Cause(
                        "transposed-operand",
                        f"right if axes {a} and {b} of {which} were swapped: transposed once too often",
                    )
    return _flipped_operand(e)


def _flipped_operand(e: Evidence) -> Cause | None:
    s = e.subject
    for k in s.code.moving:
        x = s.code.point[k]
        if k == s.place or not 1 < x.size <= MOST:
            continue
        axes = [a for a in range(x.ndim) if x.shape[a] > 1]
        for turned in [(a,) for a in axes] + list(combinations(axes, 2)):
            if _claimed_is_right_at(e, _with(e, k, np.flip(x, turned))):
                which = " and ".join(map(str, turned))
                return Cause(
                    "flipped-operand",
                    f"right if input {k} were reversed along axis {which}: reversed once too often, or once too little (a kernel, a sequence)",
                )
    return None


def assumption(e: Evidence, matrices: bool) -> Cause | None:
    """What was taken for granted: wrong in general, right where something special holds of an input, as of a matrix or of values."""
    s = e.subject
    if sum(s.code.point[k].size for k in s.code.moving) > MOST:
        return None
    some = e.indices.tolist() if len(e.indices) <= 64 else e.indices[e.telling(LOOKED)].tolist()
    special = _matrices if matrices else _special
    for k in s.code.moving:
        a = s.code.exact[k]
        moved = a + 0.5 * lines.dense(a, np.random.default_rng(k))
        other = {(code, what): value for code, what, value in special(moved, k == s.place)}
        for code, what, value in special(a, k == s.place):
            again = other.get((code, what))
            if again is None or not _agrees(e, _with(e, k, value), some) or not _agrees(e, _with(e, k, again), some):
                continue
            if not _agrees(e, _with(e, k, moved), some):  # else it is this point that is special
                return Cause(code, f"right where input {k} {what}, and not in general: that is taken for granted")
    return None


def _matrices(a: Array, own: bool) -> Iterator[tuple[str, str, Array]]:
    """A code, what holds, and a value of which it holds."""
    if a.ndim > 1 and a.shape[-1] == a.shape[-2] > 1:
        turned = np.swapaxes(a, -1, -2)
        unit = np.eye(a.shape[-1]) * (1 + abs(float(np.trace(a, axis1=-2, axis2=-1).mean())))
        yield "symmetric-assumed", "is symmetric", (a + turned) / 2
        yield "commuting-assumed", "is a multiple of the identity", np.broadcast_to(unit, a.shape) + 0.0


def _special(a: Array, own: bool) -> Iterator[tuple[str, str, Array]]:
    if not a.size:
        return
    if not own:
        yield "ones-assumed", "holds ones", np.ones(a.shape)
        yield "zero-assumed", "is zero", np.zeros(a.shape)
    if (a < 0).any() and (a > 0).any():
        yield "positive-assumed", "is positive", np.abs(a)
        yield "negative-assumed", "is negative", -np.abs(a)
    for axis in {0, a.ndim - 1} if a.ndim else ():
        if a.shape[axis] < 3:
            continue
        with np.errstate(all="ignore"):
            total = np.abs(a) / np.abs(a).sum(axis, keepdims=True)
            length = a / np.sqrt((a * a).sum(axis, keepdims=True))
            centred = a - a.mean(axis, keepdims=True)
        yield "simplex-assumed", f"is positive and sums to 1 along axis {axis}", total
        yield "unit-length-assumed", f"has length 1 along axis {axis}", length
        yield "centred-assumed", f"has mean 0 along axis {axis}", centred
        scaled = centred / np.sqrt(np.maximum((centred**2).mean(axis, keepdims=True), 1e-300))
        yield "normalised-assumed", f"has mean 0 and variance 1 along axis {axis}", scaled


def constant_left_over(e: Evidence) -> Cause | None:
    """What is claimed less what is right, the same wherever the input is."""
    s = e.subject
    if s.x.size > MOST:
        return None
    where = e.telling(2 * LOOKED)
    some = e.indices[where].tolist()
    left = (e.claimed - e.true)[:, where]
    for seed in (1, 2):
        moved = s.x + 0.3 * lines.dense(s.x, np.random.default_rng(seed))
        found = _both(e, _with(e, s.place, moved), some)
        if found is None or np.abs(found[0] - found[1] - left).max() > CLOSE_LEFT * e.size:
            return None
    if np.abs(left).max() <= 1e-3 * e.size:
        return None
    return Cause(
        "constant-term",
        f"off by amounts that do not change with the input ({left[0, 0]:.4g} at the first entry): a term or a constant such as a target is dropped, or another one",
    )


def ignored_output(e: Evidence) -> Cause | None:
    """Of several outputs, one whose cotangent is not used."""
    s = e.subject
    if len(s.code.shapes) < 2:
        return None
    where, start = e.telling(4 * LOOKED), 0
    some = e.indices[where].tolist()
    for k, shape in enumerate(s.code.shapes):
        stop = start + int(np.prod(shape))
        masked = s.cotangents.copy()
        masked[:, start:stop] = 0
        found = s.with_cotangents(masked).glance(some)
        true = np.stack([found[i].expected / s.unit(i) for i in some], axis=1)
        if e.explains_some(true, where):
            return Cause("ignores-cotangent", f"the cotangent of output {k} is not used")
        start = stop
    return None


# ---------------------------------------------------------------------- at another point


def _with(e: Evidence, place: int, value: Array) -> list[Array]:
    point = list(e.subject.code.point)
    point[place] = np.asarray(value).astype(e.subject.code.dtype)
    return point


def _claimed_is_right_at(e: Evidence, point: Sequence[Array]) -> bool:
    where = e.telling(LOOKED)
    with np.errstate(all="ignore"):
        try:
            true = e.subject.elsewhere(point, e.indices[where].tolist())
        except Exception:  # the code under test may raise anything at points that it was not written for
            return False
    return e.explains_some(true, where)


def _both(e: Evidence, point: Sequence[Array], some: Sequence[int]) -> tuple[Array, Array] | None:
    """The claimed and the right gradient at another point, where the code runs there."""
    s = e.subject
    try:
        s.code.value(point)
        found = [s.code.gradients(g, point)[s.place] for g in s.cotangents]
        claimed = np.stack([f.ravel()[list(some)] for f in found if f is not None])
        true = s.elsewhere(point, some)
    except Exception:  # the code under test may raise anything at points that it was not written for
        return None
    finally:
        s.code.value()
    return (claimed, true) if claimed.shape == true.shape and np.isfinite(claimed - true).all() else None


def _agrees(e: Evidence, point: Sequence[Array], some: Sequence[int]) -> bool:
    """Whether both gradients are the same there, and something."""
    with np.errstate(all="ignore"):
        found = _both(e, point, some)
    if found is None:
        return False
    claimed, true = found
    size = float(np.sqrt((true**2).mean()))
    return size > 1e-6 * e.size and bool(np.abs(claimed - true).max() <= ALIKE * size)
