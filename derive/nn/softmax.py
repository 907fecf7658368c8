"""Softmax with temperature, log-softmax and log-sum-exp, along the last axis, without overflow.

lse(z) = m + log Σ exp(z − m),  m = max z        max z <= lse(z) <= max z + log q
softmax(z/T):      dz = s ⊙ (g − ⟨g, s⟩)/T       the whole Jacobian (diag(s) − s sᵀ)/T, not its diagonal
log softmax(z/T):  dz = (g − s Σg)/T
"""

from __future__ import annotations

import numpy as np

from derive.nn.expect import Array, within
from derive.nn.layer import Layer


def logsumexp(z: Array, axis: int = -1) -> Array:
    """log Σ exp(z) along the axis, which stays with length 1."""
    m = z.max(axis, keepdims=True)
    return np.asarray(m + np.log(np.exp(z - m).sum(axis, keepdims=True)))


def log_softmax(z: Array) -> Array:
    """z − lse(z) along the last axis; the maximum is taken off before, so that an offset common to all z costs no digits."""
    shifted = z - z.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))


def softmax(z: Array) -> Array:
    """exp(z_i)/Σ exp(z_j) along the last axis."""
    e = np.exp(z - z.max(-1, keepdims=True))
    e /= e.sum(-1, keepdims=True)
    return np.asarray(e)


class Softmax(Layer):
    """softmax(z/T) along the last axis."""

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        self.temperature = within("Softmax", "temperature", temperature, 0, strict=True)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def value(self, x: Array) -> Array:
        self._s = softmax(x / self.temperature)
        return self._s.copy()  # the caller may change what it gets; the pullback needs this one

    def pullback(self, g: Array) -> Array:
        s = self._s
        return np.asarray(s * (g - (g * s).sum(-1, keepdims=True)) / self.temperature)


class LogSoftmax(Layer):
    """log softmax(z/T) = z/T − lse(z/T) along the last axis."""

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        self.temperature = within("LogSoftmax", "temperature", temperature, 0, strict=True)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def value(self, x: Array) -> Array:
        y = log_softmax(x / self.temperature)
        self._s = np.exp(y)
        return y

    def pullback(self, g: Array) -> Array:
        return np.asarray((g - self._s * g.sum(-1, keepdims=True)) / self.temperature)
