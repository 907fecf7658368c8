"""Batch, layer and local response normalisation.

One idea: batch and layer normalisation are the same map over different axes: x̂ = (x − μ)/√(σ² + ε), y = γ ⊙ x̂ + β, and with g' = γ ⊙ g

    dx = (g' − mean g' − x̂ ⊙ mean(g' ⊙ x̂))/√(σ² + ε)        both means over the axes of μ and σ²
    dγ = Σ g ⊙ x̂,  dβ = Σ g                                 over the axes that γ does not have

Moments are taken over the batch (and the image) for each channel, or over the features of each sample; σ² is the biased variance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.expect import Array, batched, channels, float_dtype, positive, refuse, within
from derive.nn.layer import Layer
from derive.nn.parameter import Parameter


class Normalised:
    """x̂ and 1/√(σ² + ε) over some axes, and the pullback from x̂ to x."""

    __slots__ = ("axes", "inverse", "mean", "variance", "xhat")

    def __init__(self, who: str, x: Array, axes: tuple[int, ...], eps: float) -> None:
        self.axes = axes
        self.mean = x.mean(axes, keepdims=True, dtype=x.dtype)
        centred = x - self.mean
        self.variance = (centred * centred).mean(axes, keepdims=True, dtype=x.dtype)
        self.inverse = inverse_root(who, self.variance, eps)
        self.xhat = centred * self.inverse

    def pullback(self, g: Array) -> Array:
        along = (g * self.xhat).mean(self.axes, keepdims=True, dtype=g.dtype)
        return np.asarray(self.inverse * (g - g.mean(self.axes, keepdims=True, dtype=g.dtype) - self.xhat * along))


def inverse_root(who: str, variance: Array, eps: float) -> Array:
    """1/√(σ² + ε). ValueError where that is 1/0."""
    if not (eps or variance.all()):
        raise refuse(who, "entries that are all equal, with eps 0", "an eps above 0, or entries that differ")
    return np.asarray(1 / np.sqrt(variance + eps))


class BatchNorm(Layer):
    """Normalisation of each channel of (n, c) or (n, c, *sizes) over the batch and the image (Ioffe & Szegedy 2015).

    While `training`, the moments are the batch's and the running ones follow: r ← (1 − m) r + m · moment, the variance there unbiased.
    In use, y = γ(x − r_μ)/√(r_σ² + ε) + β with constant r, so dx = γg/√(r_σ² + ε).
    """

    def __init__(
        self, features: int, *, momentum: float = 0.1, eps: float = 1e-5, dtype: DTypeLike = np.float64
    ) -> None:
        positive("BatchNorm", "features", features)
        found = float_dtype("BatchNorm", dtype)
        super().__init__(found)
        self.features = features
        self.momentum = within("BatchNorm", "momentum", momentum, 0, 1 + 1e-12)
        self.eps = within("BatchNorm", "eps", eps, 0)
        self.gamma = Parameter("γ", (features,), found, fill=1)
        self.beta = Parameter("β", (features,), found)
        self.running_mean = np.zeros(features, found)
        self.running_variance = np.ones(features, found)

    @property
    def label(self) -> str:
        return f"BatchNorm({self.features})"

    def own_parameters(self) -> list[Parameter]:
        return [self.gamma, self.beta]

    def own_buffers(self) -> list[Array]:
        return [self.running_mean, self.running_variance]

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels(self.label, shape, self.features)
        return shape

    def value(self, x: Array) -> Array:
        self._learned = self.training
        normal = self._batch(x) if self.training else self._running(x)
        return np.asarray(across(self.gamma.value, x.ndim) * normal + across(self.beta.value, x.ndim))

    def _batch(self, x: Array) -> Array:
        count = x.size // self.features
        if count < 2:
            raise refuse(self.label, f"one value per channel, shape {x.shape}", "at least two while training")
        self._normal = Normalised(self.label, x, (0, *range(2, x.ndim)), self.eps)
        m, unbiased = self.momentum, count / (count - 1)
        self.running_mean += m * (self._normal.mean.ravel() - self.running_mean)
        self.running_variance += m * (unbiased * self._normal.variance.ravel() - self.running_variance)
        return np.asarray(self._normal.xhat)

    def _running(self, x: Array) -> Array:
        self._inverse = across(inverse_root(self.label, self.running_variance, self.eps), x.ndim)
        self._fixed = np.asarray((x - across(self.running_mean, x.ndim)) * self._inverse)
        return self._fixed

    def pullback(self, g: Array) -> Array:
        xhat = self._normal.xhat if self._learned else self._fixed
        others = (0, *range(2, g.ndim))
        self.gamma.gradient = (g * xhat).sum(others)
        self.beta.gradient = g.sum(others)
        scaled = g * across(self.gamma.value, g.ndim)
        return self._normal.pullback(scaled) if self._learned else np.asarray(scaled * self._inverse)


def across(per_channel: Array, ndim: int) -> Array:
    """(c) as (1, c, 1, …), to meet images."""
    return per_channel.reshape(1, -1, *(1 for _ in range(ndim - 2)))


class LayerNorm(Layer):
    """Normalisation of each sample over its last axes, those of `shape` (Ba, Kiros & Hinton 2016); γ and β have this shape."""

    def __init__(self, shape: int | Sequence[int], *, eps: float = 1e-5, dtype: DTypeLike = np.float64) -> None:
        self.shape: tuple[int, ...] = tuple(shape) if isinstance(shape, Sequence) else (shape,)
        positive("LayerNorm", "size", *self.shape)
        if not self.shape:
            raise refuse("LayerNorm", "no sizes", "at least one")
        found = float_dtype("LayerNorm", dtype)
        super().__init__(found)
        self.eps = within("LayerNorm", "eps", eps, 0)
        self.gamma = Parameter("γ", self.shape, found, fill=1)
        self.beta = Parameter("β", self.shape, found)

    @property
    def label(self) -> str:
        return f"LayerNorm({'×'.join(map(str, self.shape))})"

    def own_parameters(self) -> list[Parameter]:
        return [self.gamma, self.beta]

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if shape[-len(self.shape) :] != self.shape:
            raise refuse(self.label, f"shape {batched(shape)}", f"a shape that ends in {self.shape}")
        return shape

    def value(self, x: Array) -> Array:
        last = tuple(range(x.ndim - len(self.shape), x.ndim))
        self._normal = Normalised(self.label, x, last, self.eps)
        return np.asarray(self.gamma.value * self._normal.xhat + self.beta.value)

    def pullback(self, g: Array) -> Array:
        first = tuple(range(g.ndim - len(self.shape)))
        self.gamma.gradient = (g * self._normal.xhat).sum(first)
        self.beta.gradient = g.sum(first)
        return self._normal.pullback(g * self.gamma.value)


class LocalResponseNorm(Layer):
    """y_c = x_c s_c^−β with s_c = k + α/n Σ_{j ∈ window(c)} x_j², the window being n neighbouring channels (Krizhevsky et al. 2012, 3.3).

    The window of c runs from c − ⌊n/2⌋ to c + ⌊(n − 1)/2⌋. AlexNet's own formula has α where this one has α/n.
    dx_c = g_c s_c^−β − 2αβ/n x_c Σ_{j : c ∈ window(j)} g_j x_j s_j^(−β−1)
    """

    def __init__(self, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        positive("LocalResponseNorm", "size", size)
        self.size = size
        self.alpha = within("LocalResponseNorm", "alpha", alpha, 0)
        self.beta = within("LocalResponseNorm", "beta", beta, 0)
        self.k = within("LocalResponseNorm", "k", k, 0, strict=True)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if not shape:
            raise refuse(self.label, f"shape {batched(shape)}", "(batch, channels, and sizes)")
        return shape

    def value(self, x: Array) -> Array:
        below, above = self.size // 2, (self.size - 1) // 2
        self._x = x
        self._s = self.k + self.alpha / self.size * neighbours(x * x, below, above)
        self._power = self._s**-self.beta
        return np.asarray(x * self._power)

    def pullback(self, g: Array) -> Array:
        below, above = self.size // 2, (self.size - 1) // 2
        # c lies in the window of j just when j lies in the mirrored window of c
        through = neighbours(g * self._x * self._power / self._s, above, below)
        return np.asarray(g * self._power - (2 * self.alpha * self.beta / self.size) * self._x * through)


def neighbours(x: Array, below: int, above: int) -> Array:
    """Σ_{j = c − below .. c + above} x_j along axis 1, the sum stopping at the border."""
    total = np.zeros_like(x)
    count = x.shape[1]
    for shift in range(-below, above + 1):
        if abs(shift) < count:
            total[:, max(0, -shift) : count - max(0, shift)] += x[:, max(0, shift) : count - max(0, -shift)]
    return total
