"""A parameter: an array that is learned, and the gradient that the last backward pass left beside it.

One idea: the array is made when it is first looked at, from a random stream of its own, so counting the 138 million
parameters of a VGG-16 allocates none of them, and a model is the same whichever layer is used first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.nn.expect import Array, float_dtype


class Parameter:
    """shape, dtype; `value` and `gradient` are arrays of that shape. `decays` says whether weight decay applies."""

    __slots__ = ("_gradient", "_rng", "_value", "decays", "dtype", "fill", "name", "shape", "spread")

    def __init__(
        self,
        name: str,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        fill: float = 0.0,
        spread: float = 0.0,
        rng: np.random.Generator | None = None,
        decays: bool = False,
    ) -> None:
        """Starts as `fill`, plus normal noise of standard deviation `spread` drawn from a child of `rng`."""
        self.name, self.shape, self.dtype, self.decays = name, shape, float_dtype(name, dtype), decays
        self.fill, self.spread = fill, spread
        self._rng = rng.spawn(1)[0] if rng is not None else np.random.default_rng(0)
        self._value: Array | None = None
        self._gradient: Array | None = None

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def value(self) -> Array:
        if self._value is None:
            self._value = np.full(self.shape, self.fill, self.dtype)
            if self.spread:
                self._value += (self.spread * self._rng.standard_normal(self.shape)).astype(self.dtype)
        return self._value

    @value.setter
    def value(self, new: Array) -> None:
        if not isinstance(new, np.ndarray) or new.shape != self.shape or new.dtype != self.dtype:
            came = f"{new.dtype} {new.shape}" if isinstance(new, np.ndarray) else type(new).__name__
            raise ValueError(f"{self.name}: got {came}, expected {self.dtype} {self.shape}")
        self._value = new

    @property
    def gradient(self) -> Array:
        """That of the last backward pass; zeros before the first one."""
        if self._gradient is None:
            self._gradient = np.zeros(self.shape, self.dtype)
        return self._gradient

    @gradient.setter
    def gradient(self, new: Array) -> None:
        if new.shape != self.shape:  # a bug of a pullback, never broadcast over
            raise ValueError(f"gradient of {self.name}: got shape {new.shape}, expected {self.shape}")
        self._gradient = new


def weight(name: str, shape: tuple[int, ...], inputs: int, dtype: np.dtype[Any], rng: Any) -> Parameter:
    """A weight that starts normal with variance 2/inputs (He et al. 2015, eq. 10), and decays."""
    return Parameter(name, shape, dtype, spread=math.sqrt(2 / inputs), rng=stream(rng), decays=True)


def stream(rng: np.random.Generator | int | None) -> np.random.Generator:
    """A generator: the one given, one of this seed, or one of the operating system's choice."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)
