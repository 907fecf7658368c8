"""Two small data sets: the handwritten digits that scikit-learn carries, and XOR.

Images are (n, 1, 8, 8) with entries from 0 to 1. The digits need scikit-learn: `pip install "derive-calculus[nn]"`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.expect import Array


class Split(NamedTuple):
    """Rows to train on, rows to stop by, and rows that are looked at once, at the end."""

    x: Array
    y: Array
    validation: tuple[Array, Array]
    held_out: tuple[Array, Array]


def digits(seed: int = 0, *, dtype: DTypeLike = np.float32) -> Split:
    """1797 images of 8 × 8 in ten classes, shuffled: 20 % held out, 10 % for validation. ImportError without scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    x = (data.images / 16).astype(dtype)[:, None]
    y = np.asarray(data.target, np.int64)
    order = np.random.default_rng(seed).permutation(len(y))
    held, validation, rest = np.split(order, [len(y) // 5, len(y) * 3 // 10])
    return Split(x[rest], y[rest], (x[validation], y[validation]), (x[held], y[held]))


def xor() -> tuple[Array, Array]:
    """The four points of the plane and their exclusive or: no line separates the classes."""
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
