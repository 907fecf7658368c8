"""What a layer may be given, and the ValueError that says otherwise: who was asked, what came, what was expected.

One idea: every array from outside passes one of these functions before anything is computed with it. This file knows
arrays, not layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
PLAIN = (np.ndarray, np.memmap)  # a masked array would lose its mask, and np.matrix multiplies otherwise
FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def refuse(who: str, came: str, expected: str) -> ValueError:
    """The error itself: `Dense(4 → 3): got shape (8, 5), expected (batch, 4)`."""
    return ValueError(f"{who}: got {came}, expected {expected}")


def float_dtype(who: str, dtype: DTypeLike) -> np.dtype[Any]:
    """float64 or float32 as a dtype; ValueError for any other."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        raise refuse(who, f"dtype {dtype!r}", "float64 or float32") from None
    if found not in FLOATS:
        raise refuse(who, f"dtype {found}", "float64 or float32")
    return found


def numbers(who: str, x: Any, dtype: np.dtype[Any] | None = None, what: str = "input") -> Array:
    """x itself, if it is an array of finite floats (of this dtype); ValueError for integers, NaN, infinities and lists."""
    if type(x) not in PLAIN:
        raise refuse(who, f"{what} of type {type(x).__name__}", "a NumPy array")
    wanted = "float64 or float32" if dtype is None else str(dtype)
    if x.dtype not in FLOATS or (dtype is not None and x.dtype != dtype):
        raise refuse(who, f"{what} of dtype {x.dtype}", wanted)
    finite(who, x, what)
    return np.asarray(x)


def finite(who: str, x: Array, what: str) -> None:
    """ValueError if an entry is NaN or infinite."""
    # the sum of finite numbers is finite unless it overflows: one pass without a mask, and the mask only when in doubt
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(x.sum())
    if not math.isfinite(total) and not (fine := np.isfinite(x)).all():
        place = tuple(int(i) for i in np.argwhere(~fine)[0])
        raise refuse(who, f"{what} with {x[place]} at {place}", "finite numbers")


def cotangent(who: str, g: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """g, if it has the shape and dtype of the output that it belongs to."""
    numbers(who, g, dtype, "cotangent")
    if g.shape != shape:
        raise refuse(who, f"cotangent of shape {g.shape}", f"that of the output, {shape}")
    return np.asarray(g)


def positive(who: str, name: str, *values: Any) -> None:
    """ValueError unless every value is an integer of at least 1."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise refuse(who, f"{name} {value!r}", "an integer of at least 1")


def within(who: str, name: str, value: Any, low: float, high: float = math.inf, *, strict: bool = False) -> float:
    """value as a float, if low <= value < high (low < value if strict)."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise refuse(who, f"{name} {value!r}", "a number")
    if math.isnan(value) or not (low < value if strict else low <= value) or value >= high:
        below = f" and below {high:g}" if high < math.inf else ""
        raise refuse(who, f"{name} {value!r}", f"a number {'above' if strict else 'of at least'} {low:g}{below}")
    return float(value)


def per_axis(who: str, name: str, value: int | Sequence[int], axes: int, least: int) -> tuple[int, ...]:
    """One integer per spatial axis: 3 means (3, 3) in two dimensions."""
    found = tuple(value) if isinstance(value, Sequence) else (value,) * axes
    whole = all(isinstance(v, int | np.integer) and not isinstance(v, bool) and v >= least for v in found)
    if len(found) != axes or not whole:
        raise refuse(who, f"{name} {value!r}", f"an integer of at least {least}, or {axes} of them")
    return tuple(int(v) for v in found)


def channels(who: str, shape: tuple[int, ...], expected: int) -> None:
    """ValueError unless the shape (without the batch) begins with this many channels."""
    if not shape or shape[0] != expected:
        raise refuse(who, f"shape {batched(shape)}", f"{expected} channels along axis 1")


def batched(shape: tuple[int, ...]) -> str:
    """The shape with its batch: (3, 8, 8) is written (batch, 3, 8, 8)."""
    return f"({', '.join(['batch', *map(str, shape)])})"
