"""A LayerNorm in NumPy, held against its formula. `python examples/testing_numpy_layernorm.py`

y = γ ⊙ (x − mean(x)) / √(var(x) + ε) + β, row by row. The inputs are made from the declarations: sizes that differ, zeros, ties, large and tiny values. The backward pass of
a mistake that batch and layer normalisations keep having (the term of the mean, not divided by its count) is shown beside the right one.
"""

from __future__ import annotations

import numpy as np

from derive.testing import GradientError, assert_backward

EPS = 1e-5
FORMULA = "layernorm(x, 0.00001)*diag(gamma) + vector(1)*beta'"
GIVEN = "x: matrix(n, d), gamma: vector(d), beta: vector(d)"


def forward(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return gamma * centred / np.sqrt(x.var(-1, keepdims=True) + EPS) + beta


def backward(g: np.ndarray, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, ...]:
    """One gradient an input, for the cotangent g = ∂loss/∂y."""
    r = 1 / np.sqrt(x.var(-1, keepdims=True) + EPS)
    h = (x - x.mean(-1, keepdims=True)) * r
    s = g * gamma
    dx = r * (s - s.mean(-1, keepdims=True) - h * (s * h).mean(-1, keepdims=True))
    return dx, (g * h).sum(0), g.sum(0)


def sum_for_mean(g: np.ndarray, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, ...]:
    r = 1 / np.sqrt(x.var(-1, keepdims=True) + EPS)
    h = (x - x.mean(-1, keepdims=True)) * r
    s = g * gamma
    dx = r * (s - s.sum(-1, keepdims=True) - h * (s * h).mean(-1, keepdims=True))
    return dx, (g * h).sum(0), g.sum(0)


def main() -> None:
    report = assert_backward(forward, backward, formula=FORMULA, given=GIVEN, seed=1)
    print(f"right: {report.case}, a relative error of {report.relative:.0e} would have been seen")
    try:
        assert_backward(forward, sum_for_mean, formula=FORMULA, given=GIVEN, seed=1)
    except GradientError as error:
        print(error)


if __name__ == "__main__":
    main()
