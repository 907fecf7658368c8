"""The activation functions of the notes, entry by entry.

One idea: an activation is its slope: dx = g ⊙ φ'(x). The slope is always taken at the input that `forward` saw, never guessed from the
output (which is wrong for ELU with a negative α). At a kink the slope is that of the left side: φ'(0) = 0 for ReLU.

Powers are written as products: NumPy's `x**3` costs sixteen multiplications.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.expect import Array, batched, float_dtype, positive, refuse, within
from derive.nn.layer import Layer
from derive.nn.parameter import Parameter


def sigmoid(x: Array) -> Array:
    """1/(1 + e⁻ˣ), without overflow: with e = exp(−|x|) it is 1/(1 + e) or e/(1 + e)."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, e) / (1 + e))


def softplus(x: Array) -> Array:
    """log(1 + eˣ), without overflow: max(x, 0) + log1p(exp(−|x|))."""
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


class Activation(Layer):
    """A function of one number, applied to every entry. A subclass gives `phi` and `slope`."""

    entrywise = True

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def phi(self, x: Array) -> Array:
        """φ(x)"""
        raise TypeError(f"{type(self).__name__} states no phi")

    def slope(self, x: Array) -> Array:
        """φ'(x)"""
        raise TypeError(f"{type(self).__name__} states no slope")

    def value(self, x: Array) -> Array:
        self._x = x
        return self.phi(x)

    def pullback(self, g: Array) -> Array:
        return np.asarray(g * self.slope(self._x))


class ReLU(Activation):
    """max(0, x); slope 1 where x > 0, else 0."""

    def phi(self, x: Array) -> Array:
        return np.asarray(np.maximum(x, 0))

    def slope(self, x: Array) -> Array:
        return x > 0


class Sigmoid(Activation):
    """σ(x) = 1/(1 + e⁻ˣ); slope σ(1 − σ)."""

    def phi(self, x: Array) -> Array:
        return sigmoid(x)

    def slope(self, x: Array) -> Array:
        s = sigmoid(x)
        return np.asarray(s * (1 - s))


class Tanh(Activation):
    """tanh x; slope 1 − tanh² x."""

    def phi(self, x: Array) -> Array:
        return np.asarray(np.tanh(x))

    def slope(self, x: Array) -> Array:
        t = np.tanh(x)
        return np.asarray(1 - t * t)


class Softplus(Activation):
    """log(1 + eˣ); slope σ(x)."""

    def phi(self, x: Array) -> Array:
        return softplus(x)

    def slope(self, x: Array) -> Array:
        return sigmoid(x)


class LeakyReLU(Activation):
    """x where x > 0, else αx; slope 1 or α."""

    def __init__(self, alpha: float = 0.01) -> None:
        super().__init__()
        self.alpha = within("LeakyReLU", "alpha", alpha, -math.inf)

    def phi(self, x: Array) -> Array:
        return np.asarray(np.where(x > 0, x, self.alpha * x))

    def slope(self, x: Array) -> Array:
        return np.where(x > 0, np.ones_like(x), np.asarray(self.alpha, x.dtype))


class ELU(Activation):
    """λx where x > 0, else λα(eˣ − 1); slope λ or λαeˣ. SELU is ELU(1.6732632423543772, 1.0507009873554805)."""

    def __init__(self, alpha: float = 1.0, scale: float = 1.0) -> None:
        super().__init__()
        self.alpha = within("ELU", "alpha", alpha, -math.inf)
        self.scale = within("ELU", "scale", scale, -math.inf)

    def phi(self, x: Array) -> Array:
        return np.asarray(self.scale * np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0))))

    def slope(self, x: Array) -> Array:
        return np.asarray(self.scale * np.where(x > 0, 1, self.alpha * np.exp(np.minimum(x, 0))))


class GELU(Activation):
    """The tanh form, 0.5 x (1 + t) with t = tanh(c(x + 0.044715 x³)), c = √(2/π) (Hendrycks & Gimpel 2016, section 2).

    Slope 0.5(1 + t) + 0.5 x (1 − t²) c (1 + 3 · 0.044715 x²).
    """

    def phi(self, x: Array) -> Array:
        return np.asarray(0.5 * x * (1 + self._tanh(x)))

    def slope(self, x: Array) -> Array:
        t = self._tanh(x)
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * (x * x))
        return np.asarray(0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)

    @staticmethod
    def _tanh(x: Array) -> Any:
        return np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))


class Mish(Activation):
    """x tanh(softplus(x)); slope t + x (1 − t²) σ(x), t = tanh(softplus(x))."""

    def phi(self, x: Array) -> Array:
        return np.asarray(x * np.tanh(softplus(x)))

    def slope(self, x: Array) -> Array:
        t = np.tanh(softplus(x))
        return np.asarray(t + x * (1 - t * t) * sigmoid(x))


class Swish(Activation):
    """x σ(βx), slope σ + βxσ(1 − σ). With `features`, β is learned, one a feature: dβ_j = Σ_i g_ij x_ij² σ(1 − σ)."""

    def __init__(self, beta: float = 1.0, *, features: int | None = None, dtype: DTypeLike = np.float64) -> None:
        super().__init__(None if features is None else float_dtype("Swish", dtype))
        self.beta = within("Swish", "beta", beta, -math.inf)
        self.learned: Parameter | None = None
        self.entrywise = features is None
        if features is not None:
            positive("Swish", "features", features)
            self.learned = Parameter("β", (features,), float_dtype("Swish", dtype), fill=self.beta)

    def own_parameters(self) -> list[Parameter]:
        return [] if self.learned is None else [self.learned]

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if self.learned is not None and shape[-1:] != self.learned.shape:
            raise refuse(self.label, f"shape {batched(shape)}", f"{self.learned.size} features along the last axis")
        return shape

    def _slopes(self) -> Any:
        return self.beta if self.learned is None else self.learned.value

    def phi(self, x: Array) -> Array:
        return np.asarray(x * sigmoid(self._slopes() * x))

    def slope(self, x: Array) -> Array:
        bx = self._slopes() * x
        s = sigmoid(bx)
        return np.asarray(s + bx * s * (1 - s))

    def pullback(self, g: Array) -> Array:
        x = self._x
        if self.learned is not None:
            s = sigmoid(self.learned.value * x)
            self.learned.gradient = (g * x * x * s * (1 - s)).reshape(-1, self.learned.size).sum(0)
        return np.asarray(g * self.slope(x))
