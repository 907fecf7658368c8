"""Losses: a number for a batch, and its gradient.

One idea: `forward` gives the number, `backward(c)` the gradient of c times it; what `forward` divided by, `backward` divides by too.

    cross-entropy   Σ_i (lse(z_i) − y_iᵀ z_i)                    dz = softmax(z) − y        (Σ_j y_ij = 1)
    squared error   factor · Σ (z − y)²                          dz = 2 · factor · (z − y)
    Gaussian        Σ ½ log(2πv) + (y − μ)²/(2v)                 dμ = (μ − y)/v,  dv = ½(1/v − (y − μ)²/v²)

Reduction "mean" divides by n (cross-entropy: by the rows; else: by the entries), "sum" by nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.nn.expect import Array, finite, numbers, refuse, within
from derive.nn.softmax import log_softmax, softmax


def checked_reduction(who: str, reduction: str) -> str:
    if reduction not in ("mean", "sum"):
        raise refuse(who, f"reduction {reduction!r}", "'mean' or 'sum'")
    return reduction


def batch(who: str, x: Any, what: str, rank: int | None = None) -> Array:
    """x as a non-empty array of finite floats."""
    numbers(who, x, None, what)
    if x.size == 0 or (rank is not None and x.ndim != rank):
        raise refuse(who, f"{what} of shape {x.shape}", "(batch, classes)" if rank == 2 else "a batch of at least one")
    return np.asarray(x)


class CrossEntropy:
    """−Σ y log softmax(z), from logits z: (n, k) and labels: n classes 0 … k − 1, or n rows of probabilities.

    With label smoothing a, y becomes (1 − a) y + a/k.
    """

    def __init__(self, reduction: str = "mean", *, label_smoothing: float = 0.0) -> None:
        self.reduction = checked_reduction("CrossEntropy", reduction)
        self.smoothing = within("CrossEntropy", "label_smoothing", label_smoothing, 0, 1 + 1e-12)
        self._difference: Array | None = None

    def forward(self, logits: Array, labels: Array) -> float:
        """The loss. ValueError for labels out of range, rows that are no probabilities, and shapes that do not fit."""
        z = batch("CrossEntropy", logits, "logits", 2)
        y = distribution(labels, z)
        if self.smoothing:
            y = (1 - self.smoothing) * y + self.smoothing / z.shape[1]
        self._divisor = len(z) if self.reduction == "mean" else 1
        self._difference = softmax(z) * y.sum(1, keepdims=True) - y  # sums are 1 up to what labels are rounded to
        return float(0 - (log_softmax(z) * y).sum() / self._divisor)  # 0 − 0 is 0, −0 is not

    def backward(self, cotangent: float = 1.0) -> Array:
        """cotangent · (softmax(z) − y), divided by n for the mean."""
        return np.asarray(held("CrossEntropy", self._difference) * (cotangent / self._divisor))


def distribution(labels: Any, z: Array) -> Array:
    """The labels as rows of probabilities, in the dtype of the logits z: (n, k)."""
    who, (n, k) = "CrossEntropy", z.shape
    if not isinstance(labels, np.ndarray):
        raise refuse(who, f"labels of type {type(labels).__name__}", "a NumPy array")
    if np.issubdtype(labels.dtype, np.integer):
        if labels.shape != (n,):
            raise refuse(
                who, f"class labels of shape {labels.shape}", f"({n},), one for each row of the logits {z.shape}"
            )
        if labels.min() < 0 or labels.max() >= k:
            worst = int(labels.max()) if labels.max() >= k else int(labels.min())
            raise refuse(who, f"label {worst}", f"classes from 0 to {k - 1}")
        return np.asarray(np.eye(k, dtype=z.dtype)[labels])
    numbers(who, labels, None, "labels")
    if labels.shape != z.shape:
        raise refuse(who, f"label rows of shape {labels.shape}", f"the shape of the logits, {z.shape}")
    sums = labels.sum(1)
    off = np.abs(sums - 1) > 1e-4
    if labels.min() < 0 or off.any():
        came = f"a negative probability {labels.min():g}" if labels.min() < 0 else f"a row of sum {sums[off][0]:g}"
        raise refuse(who, f"label rows with {came}", "probabilities that sum to 1")
    return labels.astype(z.dtype, copy=False)


def pair(who: str, prediction: Any, target: Any) -> tuple[Array, Array]:
    """A prediction and a target of one shape and dtype."""
    z = batch(who, prediction, "prediction")
    y = numbers(who, target, z.dtype, "target")
    if z.shape != y.shape:
        raise refuse(who, f"target of shape {y.shape}", f"that of the prediction, {z.shape}")
    return z, y


class MeanSquaredError:
    """factor · Σ (z − y)², divided by the number of entries for the mean; factor ½ gives the notes' ½(ŷ − y)²."""

    def __init__(self, reduction: str = "mean", *, factor: float = 1.0) -> None:
        self.reduction = checked_reduction("MeanSquaredError", reduction)
        self.factor = within("MeanSquaredError", "factor", factor, 0)
        self._difference: Array | None = None

    def forward(self, prediction: Array, target: Array) -> float:
        z, y = pair("MeanSquaredError", prediction, target)
        difference = np.asarray(z - y)
        self._difference = difference
        self._scale = self.factor / (z.size if self.reduction == "mean" else 1)
        return float(self._scale * (difference * difference).sum())

    def backward(self, cotangent: float = 1.0) -> Array:
        """cotangent · 2 · factor · (z − y), divided by the number of entries for the mean."""
        return np.asarray(held("MeanSquaredError", self._difference) * (2 * cotangent * self._scale))


class GaussianNLL:
    """−log N(y; μ, v) = ½ log(2πv) + (y − μ)²/(2v), summed or averaged over the entries; v > 0 has the shape of μ."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = checked_reduction("GaussianNLL", reduction)
        self._residual: Array | None = None

    def forward(self, mean: Array, target: Array, variance: Array) -> float:
        m, y = pair("GaussianNLL", mean, target)
        _, v = pair("GaussianNLL", mean, variance)
        if v.min() <= 0:
            raise refuse("GaussianNLL", f"variance {v.min():g}", "positive variances")
        residual = np.asarray(m - y)
        self._residual, self._variance = residual, v
        self._divisor = m.size if self.reduction == "mean" else 1
        square = residual * residual
        return float((0.5 * np.log(2 * math.pi * v) + square / (2 * v)).sum() / self._divisor)

    def backward(self, cotangent: float = 1.0) -> tuple[Array, Array]:
        """The gradients by μ and by v."""
        r = held("GaussianNLL", self._residual)
        v, c = self._variance, cotangent / self._divisor
        return np.asarray(c * r / v), np.asarray(0.5 * c * (1 / v - (r / v) * (r / v)))


def held(who: str, kept: Array | None) -> Array:
    """What `forward` kept for `backward`; RuntimeError if there was none."""
    if kept is None:
        raise RuntimeError(f"{who}: backward needs a forward pass first")
    return kept


def check_loss(value: float, where: str) -> float:
    """The loss itself; ValueError if it is no finite number any more."""
    finite(where, np.asarray(value), "loss")
    return value
