"""What `derive.testing` says: ok, wrong, inconclusive, shape, non-finite, not deterministic; and what it refuses to read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derive.finding import DeriveError
from derive.testing import (
    GradientError,
    Inconclusive,
    assert_backward,
    assert_gradient,
    assert_hessian,
    assert_identity,
    assert_jacobian,
    check_backward,
)

X = np.random.default_rng(0).standard_normal((3, 4))
SQUARES = "norm2(X*w - y)^2"
GIVEN = "X: matrix(n, d); w: vector(d); y: vector(n)"


def _square(x: Any) -> Any:
    return x**2


def _square_back(g: Any, x: Any) -> Any:
    return (2 * g * x,)


def _loss(X: Any, w: Any, y: Any) -> Any:
    return ((X @ w - y) ** 2).sum()


def _slope(X: Any, w: Any, y: Any) -> Any:
    return 2 * X.T @ (X @ w - y)


# ---------------------------------------------------------------------- outcomes


def _counting() -> Callable[..., Any]:
    calls = iter(range(10_000))
    return lambda g, x: (2 * g * x * (1 + 1e-4 * next(calls)),)


def _nan(g: Any, x: Any) -> Any:
    return (np.where(x > 1, np.nan, 2 * g * x),)


OUTCOMES = [
    ("right", _square, _square_back, "ok"),
    ("a factor", _square, lambda g, x: (g * x,), "wrong"),
    ("transposed", _square, lambda g, x: (2 * g.T * x.T,), "shape"),
    ("one number for all", _square, lambda g, x: ((2 * g * x).sum(),), "shape"),
    ("none for the input", _square, lambda g, x: (), "shape"),
    ("not finite", _square, _nan, "non-finite"),
    ("another value each call", _square, _counting(), "not deterministic"),
    ("raises", _square, lambda g, x: (1 // 0,), "wrong"),
    ("no gradient at all", _square, lambda g, x: (None,), "inconclusive"),
    ("a function without a value", lambda x: np.log(-np.abs(x)), _square_back, "inconclusive"),
    ("no outputs", lambda x: x[:0], lambda g, x: (0 * x,), "inconclusive"),
    ("noise of one percent", lambda x: x + 0.01 * np.sin(1e9 * x), lambda g, x: (1.005 * g,), "inconclusive"),
    ("stairs", lambda x: np.floor(1e6 * x), lambda g, x: (0 * x,), "inconclusive"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "forward", "backward", "outcome"), OUTCOMES, ids=[o[0] for o in OUTCOMES])
def test_outcome(name: str, forward: Any, backward: Any, outcome: str) -> None:
    report = check_backward(forward, backward, [X], seed=2)
    assert report.outcome == outcome
    assert report.reason or report.spots or report.ok
    if outcome == "ok":
        return
    with pytest.raises(Inconclusive if outcome == "inconclusive" else GradientError) as caught:
        assert_backward(forward, backward, [X], seed=2)
    assert (type(caught.value) is Inconclusive) == (outcome == "inconclusive")
    assert len(str(caught.value).splitlines()) <= 15
    assert caught.value.report.outcome == outcome


def test_a_forward_that_is_random_is_not_deterministic() -> None:
    rng = np.random.default_rng(0)
    assert check_backward(lambda x: x + rng.random(), _square_back, [X]).outcome == "not deterministic"


def test_inputs_are_left_as_they_are() -> None:
    mine = X.copy()
    assert_backward(_square, _square_back, [mine], seed=1)
    assert np.array_equal(mine, X)


def test_inputs_that_are_no_floats_are_left_alone() -> None:
    index = np.array([0, 2, 2])
    seen: list[Any] = []

    def forward(x: Any, i: Any) -> Any:
        seen.append(i)
        return x[i]

    def backward(g: Any, x: Any, i: Any) -> Any:
        d = np.zeros_like(x)
        np.add.at(d, i, g)
        return d, None

    assert assert_backward(forward, backward, [X, index]).ok
    assert all(i is index for i in seen)


def test_single_precision_is_judged_by_double_and_its_rounding_is_told() -> None:
    report = assert_backward(_square, _square_back, [X.astype(np.float32)], seed=1)
    assert report.rounding is not None
    assert 0 < report.rounding < 1e-5


def test_a_mistake_in_single_precision_alone_is_wrong() -> None:
    def backward(g: Any, x: Any) -> Any:
        scale = 2 if x.dtype == np.float64 else 3
        return (scale * g * x,)

    report = check_backward(_square, backward, [X.astype(np.float32)], seed=1)
    assert report.outcome == "wrong"
    assert "float32" in report.reason


def test_a_subgradient_at_a_kink_is_right_and_others_are_wrong() -> None:
    x = np.array([0.0, 1.0, -2.0])
    for part, outcome in ((0.0, "ok"), (0.3, "ok"), (1.0, "ok"), (1.02, "wrong"), (-0.02, "wrong")):
        backward = lambda g, x, part=part: (g * np.where(x == 0, part, x > 0),)  # noqa: E731
        assert check_backward(lambda x: np.maximum(x, 0), backward, [x], seed=1).outcome == outcome, part


def test_cotangents_of_ones_are_not_enough() -> None:
    softmax = lambda x: np.exp(x) / np.exp(x).sum()  # noqa: E731
    assert check_backward(softmax, lambda g, x: (np.zeros_like(x),), [X[0]]).outcome == "wrong"


def test_the_same_seed_gives_the_same_report() -> None:
    wrong = lambda g, x: (1.01 * 2 * g * x,)  # noqa: E731
    assert check_backward(_square, wrong, [X], seed=5) == check_backward(_square, wrong, [X], seed=5)
    assert check_backward(_square, wrong, [X], seed=5) != check_backward(_square, wrong, [X], seed=6)


# ---------------------------------------------------------------------- gradients, Jacobians, Hessians, identities


def test_gradient() -> None:
    assert assert_gradient(_loss, _slope, SQUARES, "w", GIVEN).ok
    assert assert_gradient(_loss, _slope, formula=SQUARES, wrt="w", dims={"X": ("n", "d")}).ok
    assert assert_gradient(_loss, _slope, SQUARES, "w", {"X": ("n", "d"), "n": 6, "d": 2}).ok
    assert "no declared variable has a size d" in assert_gradient(_loss, _slope, SQUARES, "w", {"d": 2}).notes[0]
    assert assert_gradient(None, lambda x: 2 * x, "x'*x", dims="x: vector(n)").ok
    assert assert_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, at=X).ok
    point = {"X": X, "w": X[0], "y": X[:, 0]}
    assert assert_gradient(_loss, _slope, SQUARES, "w", at=point).ok
    assert assert_gradient(_loss, _slope, SQUARES, "w", at=[point, point]).ok


def test_a_function_that_is_not_the_formula() -> None:
    with pytest.raises(GradientError, match="the function is not the formula"):
        assert_gradient(lambda X, w, y: _loss(X, w, y) / 2, _slope, SQUARES, "w", GIVEN)


def test_a_gradient_of_the_code_that_is_not_that_of_the_formula() -> None:
    with pytest.raises(GradientError, match="off by a factor 1/2"):
        assert_gradient(_loss, lambda X, w, y: X.T @ (X @ w - y), SQUARES, "w", GIVEN)


def test_jacobian() -> None:
    assert assert_jacobian(None, lambda A, x: A, "A*x", "x", "A: matrix(m, n); x: vector(n)").ok
    with pytest.raises(GradientError, match=r"the Jacobian by x has the wrong shape[\s\S]*transposed"):
        assert_jacobian(None, lambda A, x: A.T, "A*x", "x", "A: matrix(m, n); x: vector(n)")
    wrong = lambda x: np.diag(np.exp(x)) + 0.01 * np.eye(len(x))[::-1]  # noqa: E731
    with pytest.raises(GradientError, match=r"jacobian\[\d, \d\]: got 0.01, expected "):
        assert_jacobian(None, wrong, "exp(x)", "x", {"x": (4,)})


def test_hessian() -> None:
    given = "A: matrix(n, n); x: vector(n)"
    assert assert_hessian(None, lambda A, x: A + A.T, "x'*A*x", "x", given).ok
    assert assert_hessian(lambda x: (x**3).sum(), lambda x: np.diag(6 * x), at=X[0]).ok
    with pytest.raises(GradientError, match=r"hessian\[\d, \d\][\s\S]*symmetric"):
        assert_hessian(None, lambda A, x: 2 * A, "x'*A*x", "x", given)


def test_identity() -> None:
    assert assert_identity("d(x'*A*x)/dx == (A + A')*x").status == "proved"
    with pytest.raises(GradientError, match="fails at n = 2") as caught:
        assert_identity("d(x'*A*x)/dx == 2*A*x")
    assert len(str(caught.value).splitlines()) <= 15
    with pytest.raises(Inconclusive, match="not-understood"):
        assert_identity("d(x'*A*x)/dx == 2*A*(")


# ---------------------------------------------------------------------- what is refused


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: assert_backward(_square, _square_back), ValueError, "needs inputs, or a formula"),
    (lambda: assert_backward(_square, _square_back, X), TypeError, "list or tuple"),
    (lambda: assert_backward(_square, _square_back, [X, X], formula="x.^2", given="x: vector(n)"), ValueError, "2 inputs for the 1"),
    (lambda: assert_backward(lambda x: None, _square_back, [X]), TypeError, "forward gives NoneType"),
    (lambda: assert_backward(lambda x: x + 1j, _square_back, [X]), TypeError, "forward gives complex"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, "z", GIVEN), ValueError, "no variable z"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, None, GIVEN), ValueError, "say by which variable"),
    (lambda: assert_gradient(_loss, _slope, "norm2(X*w - ", "w", GIVEN), DeriveError, "the text ends"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, "w", "X: matrx(n, d)"), DeriveError, "no kind of variable"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, "w", GIVEN, {"X": X, "w": X[0]}), ValueError, "no value for y"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, "w", GIVEN, {"X": X, "w": X[:, 0], "y": X[:, 0]}), DeriveError, "w has shape"),
    (lambda: assert_gradient(_loss, _slope, SQUARES, "w", GIVEN, backend="fortran"), ValueError, "no backend"),
    (lambda: assert_gradient(None, _slope), ValueError, "must be a function"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "words"), REFUSED, ids=[r[2] for r in REFUSED])
def test_refused(asked: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        asked()


def test_importing_costs_little_and_asserting_needs_no_sympy() -> None:
    code = """
import sys, derive.testing
assert not {"numpy", "sympy", "flint", "hypothesis", "pytest"} & set(sys.modules)
import numpy as np
from derive.testing import assert_backward, assert_gradient
assert_backward(np.tanh, lambda g, x: (g*(1 - np.tanh(x)**2),), [np.ones(3)])
assert_gradient(None, lambda x: 2*x, "x'*x", dims="x: vector(n)")
assert not {"sympy", "hypothesis", "pytest", "torch", "jax"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("digits", [4, 6, 8])
def test_a_function_that_is_rounded_is_not_called_wrong(digits: int) -> None:
    rounded = lambda x: np.round(np.tanh(x), digits)  # noqa: E731
    slope = lambda g, x: (g * (1 - np.tanh(x) ** 2),)  # noqa: E731
    for seed in range(4):
        assert check_backward(rounded, slope, [X], seed=seed).outcome in ("ok", "inconclusive")
        assert not check_backward(rounded, lambda g, x: (1.5 * slope(g, x)[0],), [X], seed=seed).ok
