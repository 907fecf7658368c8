"""A layer of your own, and whether its backward pass is right. `python examples/nn_own_layer.py`

RMS normalisation: y = w ⊙ x r with r = 1/√(mean(x²) + ε). A layer states its shapes, its value and its pullback; `check` holds the pullback
against differences under a random cotangent. The mistake that llm.c once had, w forgotten in the sum, is shown beside it.
"""

from __future__ import annotations

import numpy as np

from derive import nn
from derive.nn.differences import check


class RMSNorm(nn.Layer):
    """dx = h r − x r³ mean(h ⊙ x) with h = w ⊙ g;  dw = Σ g ⊙ x r."""

    def __init__(self, features: int, eps: float = 1e-6) -> None:
        super().__init__(np.dtype(np.float64))
        self.weight = nn.Parameter("w", (features,), np.dtype(np.float64), fill=1)
        self.eps = eps

    def own_parameters(self) -> list[nn.Parameter]:
        return [self.weight]

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def value(self, x: np.ndarray) -> np.ndarray:
        self.x, self.r = x, 1 / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
        return np.asarray(self.weight.value * x * self.r)

    def pullback(self, g: np.ndarray) -> np.ndarray:
        self.weight.gradient = (g * self.x * self.r).sum(0)
        h = self.weight.value * g
        return np.asarray(h * self.r - self.x * self.r**3 * self.inner(g, h))

    def inner(self, g: np.ndarray, h: np.ndarray) -> np.ndarray:
        """mean(h ⊙ x)"""
        return np.asarray((h * self.x).mean(-1, keepdims=True))


class Forgetful(RMSNorm):
    """The same with mean(g ⊙ x)."""

    def inner(self, g: np.ndarray, h: np.ndarray) -> np.ndarray:
        return np.asarray((g * self.x).mean(-1, keepdims=True))


def main() -> None:
    """Check both, with weights that are not 1: with ones the mistake cannot be seen."""
    rng = np.random.default_rng(0)
    for kind in (RMSNorm, Forgetful):
        layer = kind(5)
        layer.weight.value = rng.standard_normal(5)
        errors = check(layer, rng.standard_normal((4, 5)), rng)
        print(kind.__name__, " ".join(f"{name}: {error:.0e}" for name, error in errors.items()))


if __name__ == "__main__":
    main()
