"""Inverted dropout: y = m ⊙ x/(1 − p) with a mask m of independent ones (probability 1 − p) and zeros, so E y = x; in use, y = x.

The pullback is dx = m ⊙ g/(1 − p) with the mask that `forward` drew: the mask is kept, not recovered from the output.
"""

from __future__ import annotations

import numpy as np

from derive.nn.expect import Array, within
from derive.nn.layer import Layer
from derive.nn.parameter import stream


class Dropout(Layer):
    """Zeroes each entry with probability p while training."""

    entrywise = True

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.p = within("Dropout", "p", p, 0, 1)
        self._rng = stream(rng)
        self.mask: Array | None = None  # of the last forward pass, already divided by 1 − p; None in use

    @property
    def label(self) -> str:
        return f"Dropout({self.p:g})"

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def value(self, x: Array) -> Array:
        if not self.training:
            self.mask = None
            return x
        self.mask = ((self._rng.random(x.shape) >= self.p) / (1 - self.p)).astype(x.dtype)
        return np.asarray(x * self.mask)

    def pullback(self, g: Array) -> Array:
        return g if self.mask is None else np.asarray(g * self.mask)
