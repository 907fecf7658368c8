"""Mistakes that casual inputs hide: a check at such inputs passes, and inputs made from the formula alone find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from derive.testing import GradientError, Inconclusive, assert_backward, assert_gradient, check_backward

RNG = np.random.default_rng(7)
EPS = 1e-6


class Hidden(NamedTuple):
    name: str
    formula: str
    given: str
    forward: Callable[..., Any]
    right: Callable[..., Any]
    wrong: Callable[..., Any]
    casual: tuple[Any, ...]


def _rms(x: Any) -> Any:
    return 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPS)


def _rmsnorm_back(g: Any, x: Any, w: Any, outer: Any = None, inner: Any = None) -> Any:
    r, outer, inner = _rms(x), 1 if outer is None else outer, w if inner is None else inner
    return g * inner * r - outer * x * r**3 * (g * inner * x).mean(-1, keepdims=True), (g * x * r).sum(0)


def _product_back(g: Any, x: Any) -> Any:
    return (g * np.array([np.delete(x, k).prod() for k in range(len(x))]),)


def _first(x: Any) -> Any:
    return np.arange(len(x)) == x.argmax()


def _elu(x: Any, a: Any) -> Any:
    return np.where(x > 0, x, a * (np.exp(np.minimum(x, 0)) - 1))


def _elu_back(g: Any, x: Any, a: Any, by_output: bool = False) -> Any:
    y = _elu(x, a)
    da = (g * np.where(x > 0, 0, np.exp(np.minimum(x, 0)) - 1)).sum()
    return g * (np.where(y > 0, 1, y + a) if by_output else np.where(x > 0, 1, y + a)), da


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


def _naive_softmax(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(x) / np.exp(x).sum()


def _tied_back(g: Any, a: Any, b: Any, shared: bool = True) -> Any:
    left = np.where(a > b, 1.0, np.where(a < b, 0.0, 0.5)) if shared else (a >= b) * 1.0
    return g * left, g * (1 - left if shared else (b >= a))


RMS = "diag(1 ./ sqrt((x .* x)*vector(1)/d + 0.000001)) * x * diag(w)"
ELU = "relu(x) + a*(exp(-relu(-x)) - 1)"

CASES = [
    Hidden("rmsnorm, weight twice", RMS, "x: matrix(n, d); w: vector(d)", lambda x, w: x * _rms(x) * w, _rmsnorm_back, lambda g, x, w: _rmsnorm_back(g, x, w, outer=w), (RNG.standard_normal((4, 6)), np.ones(6))),
    Hidden("rmsnorm, weight forgotten", RMS, "x: matrix(n, d); w: vector(d)", lambda x, w: x * _rms(x) * w, _rmsnorm_back, lambda g, x, w: _rmsnorm_back(g, x, w, inner=1), (RNG.standard_normal((4, 6)), np.ones(6))),
    Hidden("product divided by the entry", "prod(x)", "x: vector(n)", np.prod, _product_back, lambda g, x: (g * x.prod() / x,), (RNG.uniform(0.5, 2, 5),)),
    Hidden("mask from a quotient", "x .* m", "x: vector(n); m: vector(n)", lambda x, m: x * m, lambda g, x, m: (g * m, g * x), lambda g, x, m: (np.where(x == 0, g, g * (x * m) / np.where(x == 0, 1, x)), g * x), (RNG.uniform(0.5, 2, 5), RNG.standard_normal(5))),
    Hidden("maximum by closeness", "max(x)", "x: vector(n)", np.max, lambda g, x: (g * _first(x),), lambda g, x: (g * np.isclose(x, x.max(), atol=1e-2),), (np.array([0.3, 1.7, -0.2, 0.9]),)),
    Hidden("maximum of two, ties counted twice", "max(a, b)", "a: vector(n); b: vector(n)", np.maximum, _tied_back, lambda g, a, b: _tied_back(g, a, b, False), (RNG.standard_normal(6), RNG.standard_normal(6))),
    Hidden("exponential unit by the sign of its output", ELU, "x: vector(n); a: scalar", _elu, _elu_back, lambda g, x, a: _elu_back(g, x, a, True), (RNG.standard_normal(6), 0.8)),
    Hidden("relu for positive inputs alone", "0.2*x + 0.8*relu(x)", "x: vector(n)", lambda x: np.where(x > 0, x, 0.2 * x), lambda g, x: (g * np.where(x > 0, 1, 0.2),), lambda g, x: (g * np.ones_like(x),), (RNG.uniform(0.1, 2, 6),)),
    Hidden("quadratic form of a symmetric matrix", "x'*A*x", "x: vector(n); A: matrix(n, n)", lambda x, a: x @ a @ x, lambda g, x, a: (g * (a + a.T) @ x, g * np.outer(x, x)), lambda g, x, a: (2 * g * a @ x, g * np.outer(x, x)), (RNG.standard_normal(4), np.diag([1.0, 2, 3, 4]) + 0.5)),
    Hidden("logdet of a symmetric matrix", "logdet(A)", "A: matrix(n, n) invertible", lambda a: np.linalg.slogdet(a)[1], lambda g, a: (g * np.linalg.inv(a).T,), lambda g, a: (g * np.linalg.inv(a),), (np.diag([1.0, 2, 3]) + 0.5,)),
    Hidden("softmax that overflows", "logsumexp(x)", "x: vector(n)", lambda x: x.max() + np.log(np.exp(x - x.max()).sum()), lambda g, x: (g * _softmax(x),), lambda g, x: (g * _naive_softmax(x),), (RNG.standard_normal(5),)),
    Hidden("axes of size one squeezed away", "x*y'", "x: vector(n); y: vector(m)", np.outer, lambda g, x, y: (g @ y, g.T @ x), lambda g, x, y: (np.squeeze(g @ y[:, None]), g.T @ x), (RNG.standard_normal(3), RNG.standard_normal(4))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_casual_inputs_hide_it_and_made_ones_do_not(case: Hidden) -> None:
    assert check_backward(case.forward, case.wrong, list(case.casual), seed=1).ok
    with pytest.raises(GradientError) as caught:
        assert_backward(case.forward, case.wrong, formula=case.formula, given=case.given, seed=1)
    assert not isinstance(caught.value, Inconclusive)
    assert "made from the formula" in str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_right_ones_pass_with_made_inputs(case: Hidden) -> None:
    report = assert_backward(case.forward, case.right, formula=case.formula, given=case.given, seed=1)
    assert "kinds of inputs" in report.case


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_whatever_the_seed(seed: int) -> None:
    for case in CASES:
        right = check_backward(case.forward, case.right, None, case.formula, given=case.given, seed=seed)
        wrong = check_backward(case.forward, case.wrong, None, case.formula, given=case.given, seed=seed)
        assert (right.outcome, wrong.outcome in ("ok", "inconclusive")) == ("ok", False), (case.name, right, wrong)


def test_what_the_message_repeats_is_what_failed() -> None:
    with pytest.raises(GradientError) as caught:
        assert_gradient(None, lambda X, w, y: X.T @ (X @ w - y), "norm2(X*w - y)^2", "w", {"X": ("n", "d")}, seed=3)
    text = str(caught.value)
    assert "assert_gradient(None, grad, wrt='w', formula='norm2(X*w - y)^2', given='X: matrix(n, d)', seed=3)" in text
    assert "[factor]: off by a factor 1/2" in text
    assert text.startswith("the gradient of w, shape (")
    assert "off by 50 %" in text
