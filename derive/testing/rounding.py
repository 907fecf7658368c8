"""Single precision against double precision: how far the same code is off, and whether rounding can explain it.

One idea: the gradient is judged in double precision; what single precision adds is reported apart, and is wrong only where rounding the inputs once more changes the
gradient far less. It knows no differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derive.testing.code import Code
from derive.testing.outcome import NON_FINITE, WRONG, Spot

Array = np.ndarray[Any, np.dtype[Any]]
FAR = 0.3  # of the size of a gradient
ROUNDS = 3


class FarOff(Exception):
    """A gradient that is right in double precision, and not in single precision."""

    def __init__(self, place: int, outcome: str, reason: str, spot: Spot, relative: float) -> None:
        super().__init__(reason)
        self.place = place
        self.outcome = outcome
        self.reason = reason
        self.spot = spot
        self.relative = relative


class Rounding:
    """The code in both precisions, at the same point."""

    def __init__(
        self, code: Code, low: Code, cotangents: Array, moved: Sequence[int], rng: np.random.Generator
    ) -> None:
        self.code = code
        self.low = low
        self.cotangents = cotangents
        self.moved = moved
        self.rng = rng

    def worst(self, gradients: Sequence[Sequence[Array | None]]) -> float:
        """The largest error relative to the size of its gradient; gradients: those in double precision. Raises FarOff, BadShape."""
        self.low.value()
        worst = 0.0
        for g, high in zip(self.cotangents, gradients, strict=True):
            g = g.astype(self.low.dtype).astype(np.float64)
            for place, (a, b) in enumerate(zip(self.low.gradients(g), high, strict=True)):
                if a is not None and b is not None:
                    worst = max(worst, self._error(place, a, b))
        return worst

    def _error(self, place: int, a: Array, b: Array) -> float:
        finite = np.isfinite(b)
        lost = ~np.isfinite(a) & finite
        if lost.any():
            at = tuple(int(i) for i in np.argwhere(lost)[0])
            spot = Spot(at, float(a[at]), float(b[at]), 0.0)
            raise FarOff(place, NON_FINITE, f"not finite in {self.low.dtype}, and finite in float64", spot, np.inf)
        size = float(np.sqrt((b[finite] ** 2).mean())) if finite.any() else 0.0
        error = np.where(finite, np.abs(a - b), 0.0)
        relative = float(error.max(initial=0.0)) / size if size else 0.0
        if relative > FAR and size > 1e3 * float(np.finfo(self.low.dtype).tiny) and self._unexplained(place, error):
            at = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), error.shape))
            spot = Spot(at, float(a[at]), float(b[at]), 0.0)
            raise FarOff(place, WRONG, f"right in float64, and far off in {self.low.dtype}", spot, relative)
        return relative

    def _unexplained(self, place: int, error: Array) -> bool:
        """Whether rounding the inputs to single precision once more cannot explain this error."""
        eps = float(np.finfo(np.float32).eps)
        changes = np.zeros(error.shape)
        for _ in range(ROUNDS):
            point = list(self.code.point)
            for k in self.moved:
                a = self.code.exact[k]
                point[k] = a * (1 + eps * self.rng.uniform(-1, 1, a.shape))
            for g in self.cotangents:
                moved, still = self.code.gradients(g, point)[place], self.code.gradients(g)[place]
                if moved is not None and still is not None:
                    changes = np.maximum(changes, np.abs(moved - still))
        return bool(float(error.max(initial=0.0)) > 1e3 * float(np.nan_to_num(changes).max(initial=0.0)))
