"""Counterexamples and hints about curves in the author's names: K and dK/dtheta for the point and the speed that stand for `K(theta)`.

One idea: at a place `K_0 + theta*K_1` is a matrix of numbers, and so is `K_1`; both are shown, and the names that the author never wrote are not. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derive.judge.verdict import Counterexample, Hint


def as_written(example: Counterexample, curves: Mapping[str, str]) -> Counterexample:
    """The values of every curve and of its derivative, in the place of its point and speed; those that are no fractions stay as they are."""
    values = dict(example.values)
    if len(values) < len(example.values):
        return example
    shown: dict[str, Any] = {}
    for name, value in values.items():
        curve = name[:-2]
        scalar = curves.get(curve)
        if scalar is None or name[-2:] not in ("_0", "_1"):
            shown[name] = value
        elif name.endswith("_1"):
            shown[f"d{curve}/d{scalar}"] = value
        else:
            whole = _along(value, values.get(f"{curve}_1", 0), values.get(scalar, 0))
            if whole is None:
                return example
            shown[curve] = whole
    return example._replace(values=tuple(shown.items()))


def _along(point: Any, speed: Any, scalar: Any) -> Any:
    """`point + scalar*speed`, entry by entry, exactly; None where a value is no fraction, or the speed has none of its entries."""
    if isinstance(point, list):
        speeds = speed if isinstance(speed, list) else [speed] * len(point)
        made = [_along(p, s, scalar) for p, s in zip(point, speeds, strict=True)]
        return None if any(one is None for one in made) else made
    try:
        found = Fraction(str(point)) + Fraction(str(scalar)) * Fraction(str(speed))
    except (ValueError, ZeroDivisionError):
        return None
    return int(found) if found.denominator == 1 else str(found)


def in_words(hints: list[Hint], curves: Mapping[str, str]) -> list[Hint]:
    """Hints that speak of a curve and its derivative."""
    for curve in curves:
        name = re.escape(curve)
        hints = [
            one._replace(
                message=re.sub(rf"\b{name}_1\b", f"the derivative of {curve}", _point(one.message, name, curve))
            )
            for one in hints
        ]
    return hints


def _point(message: str, name: str, curve: str) -> str:
    message = re.sub(rf"\b{name}_0, {name}_1\b(?! and)", f"{curve} and its derivative", message)
    return re.sub(rf"\b{name}_0\b", curve, message)
