"""Compiled loops over blocks of rows, and callables of answers that have no plan.

One idea: the loops are for matrices too large for a test, so the sizes from which they are written are made small here, and every
value is held against `evaluate`, which knows no loops.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import derive
from derive.compiled import loops, rows
from derive.compiled.plan import planned

DATA = "X: matrix(m, n); w: vector(n); y: vector(m); v: vector(n)"
FACTORS = "U: matrix(m, r); V: matrix(n, r); T: matrix(m, n); M: matrix(m, n)"
SQUARE = "A: matrix(n, n); x: vector(n); b: vector(n)"
CASES = [  # kind, expression, variable, declarations
    ("gradient", "norm2(X*w - y)^2", "w", DATA),
    ("gradient", "sum(log(1 + exp(-y.*(X*w))))", "w", DATA),
    ("gradient", "sum(exp(X*w))*norm2(y'*X)", "w", DATA),
    ("gradient", "norm2(tanh(X*w) - y)", "w", DATA),
    ("gradient", "sum((X*w).^3.*(X*v))", "v", DATA),
    ("gradient", "norm2(X*(X'*(X*w)))^2", "w", DATA),
    ("gradient", "sum(softmax(X*w).*y)", "w", DATA),
    ("gradient", "sum(tanh(X*w).*y) + norm2(X'*tanh(X*w))^2", "w", DATA),
    ("jacobian", "X'*exp(X*w).*v", "v", DATA),
    ("gradient", "x'*A*x", "x", SQUARE),
    ("gradient", "sum(tanh(A*x).^2.*x)", "x", SQUARE),
    ("gradient", "sum(exp(A*x + b).*(A*b))", "x", SQUARE),
    ("gradient", "norm2(A*(x.*(A*x)))^2", "x", SQUARE),
    ("gradient", "b'*A*A*x + x'*A'*A*x", "x", SQUARE),
    ("gradient", "norm2(M.*(U*V' - T))^2", "U", FACTORS),
    ("gradient", "norm2(M.*(U*V' - T))^2", "V", FACTORS),
    ("gradient", "sum(tanh(U*V').*M)*sum(exp(U*V'))", "V", FACTORS),
    ("gradient", "sum(log(1 + exp(-M.*(U*V')))) + norm2(U)^2", "U", FACTORS),
    ("gradient", "norm2(T'*tanh(U*V')*V)^2", "U", FACTORS),
    ("gradient", "norm2(tanh(U*V')*V)^2", "T", FACTORS),
    ("gradient", "sum((U*V').^3)", "M", FACTORS),
    ("jacobian", "tanh(U*V')*V", "V", FACTORS),
]


@pytest.fixture(params=[(1, 1000), (1000, 1000)], ids=["products of rows", "products of blocks"])
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops for every matrix, over a few rows at a time."""
    monkeypatch.setattr(rows, "LARGE", 1)
    monkeypatch.setattr(rows, "VAST", 1)
    monkeypatch.setattr(rows, "MET", 1)
    monkeypatch.setattr(loops, "BLOCK", 20)
    monkeypatch.setattr(loops, "LONG", request.param)


def point(given: str, m: int, n: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {"X": (m, n), "A": (n, n), "y": (m,), "U": (m, 1 + n // 8), "V": (n, 1 + n // 8), "T": (m, n), "M": (m, n)}
    names = [part.split(":")[0].strip() for part in given.split(";")]
    return {k: 0.5 * rng.standard_normal(shapes.get(k, (n,))) for k in names}


@pytest.mark.parametrize(("m", "n"), [(1, 4), (4, 4), (5, 4), (11, 5), (23, 3), (40, 7), (41, 12)])
@pytest.mark.parametrize(("kind", "expression", "wrt", "given"), CASES)
@pytest.mark.usefixtures("small")
def test_values_by_blocks_of_rows(kind: str, expression: str, wrt: str, given: str, m: int, n: int) -> None:
    result = getattr(derive, kind)(expression, wrt, given, check=False)
    values = point(given, m, n)
    kept = {k: v.copy() for k, v in values.items()}
    function = result.compile()
    taken = {k: v for k, v in values.items() if k in inspect.signature(function).parameters}
    wanted = result.evaluate(**values)
    for lying in (np.ascontiguousarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2]):
        found = function(**{k: lying(v) for k, v in taken.items()})
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-11)
    function(**taken)
    for k, v in values.items():
        np.testing.assert_array_equal(v, kept[k])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("expression", ["norm2(X*w - y)^2", "x'*A*x", "norm2(M.*(U*V' - T))^2"])
def test_loops_are_written_for_numpy_alone(expression: str) -> None:
    """One loop, and no product of a whole matrix outside of it."""
    for kind, text, wrt, given in CASES:
        if text == expression:
            result = getattr(derive, kind)(text, wrt, given, check=False)
            sizes = {"m": 40, "n": 12, "r": 2}
            body = planned(result.asked, "numpy", "float64", sizes).source.split('"""')[-1]
            before, loop, inside = body.partition("for i in ")
            assert loop
            assert "@" not in before
            assert "dot(" not in before.replace("np.dot)", "")
            assert "for " not in inside
            assert "for i" not in planned(result.asked, "torch", "float64", sizes).source


@pytest.mark.usefixtures("small")
def test_no_rows_at_all() -> None:
    function = derive.gradient("norm2(X*w - y)^2", "w", DATA, check=False).compile()
    np.testing.assert_array_equal(function(X=np.empty((0, 3)), w=np.ones(3), y=np.empty(0)), np.zeros(3))


@pytest.mark.usefixtures("small")
def test_out_and_single_precision_of_a_loop() -> None:
    result = derive.gradient("x'*A*x", "x", SQUARE, check=False)
    values = point("A: matrix(n, n); x: vector(n)", 1, 9)
    out = np.full(9, np.nan)
    assert result.compile()(**values, out=out) is out
    np.testing.assert_allclose(out, result.evaluate(**values), rtol=1e-12)
    single = result.compile(dtype="float32")(**{k: v.astype(np.float32) for k, v in values.items()})
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, out, rtol=1e-4)


@pytest.mark.usefixtures("small")
def test_a_function_and_its_gradient_share_one_loop() -> None:
    both = derive.value_and_gradient("sum(log(1 + exp(-y.*(X*w))))", "w", "X: matrix(m, n); w: vector(n); y: vector(m)")
    values = point("X: matrix(m, n); w: vector(n); y: vector(m)", 23, 4)
    value, slope = both.compile()(**values)
    margin = values["y"] * (values["X"] @ values["w"])
    np.testing.assert_allclose(value, np.sum(np.log1p(np.exp(-margin))), rtol=1e-12)
    np.testing.assert_allclose(slope, -values["X"].T @ (values["y"] / (1 + np.exp(margin))), rtol=1e-11, atol=1e-13)


def test_small_matrices_have_no_loop() -> None:
    result = derive.gradient("norm2(X*w - y)^2", "w", DATA, check=False)
    assert "for " not in planned(result.asked, "numpy", "float64", {"m": 1000, "n": 100}).source.split('"""')[-1]
    assert "for " in planned(result.asked, "numpy", "float64", {"m": 4000, "n": 1000}).source.split('"""')[-1]


# ---------------------------------------------------------------------- without a plan


def test_a_callable_without_a_plan_has_the_names_of_its_variables() -> None:
    function = derive.gradient("lambda*w'*rowmax(X)", "X", "lambda: scalar; w: vector(m); X: matrix(m, n)").compile()
    w, X = np.array([1.0, 2.0]), np.arange(6.0).reshape(2, 3)
    assert list(inspect.signature(function).parameters) == ["lambda_", "w", "X"]
    wanted = [[0, 0, 3.0], [0, 0, 6.0]]
    for found in (function(3.0, w, X), function(3.0, w, X=X), function(X=X, w=w, **{"lambda": 3.0})):
        np.testing.assert_array_equal(found, wanted)
    with pytest.raises(TypeError):
        function(3.0, w, X, X)
    with pytest.raises(TypeError):
        function(3.0, w, X, w=w)
    with pytest.raises(ValueError, match="no value is given for X"):
        function(3.0, w)
    with pytest.raises(ValueError, match="no variable q"):
        function(3.0, w, X, q=1)


def test_what_is_complex_in_the_answer_alone_has_no_plan() -> None:
    result = derive.gradient("sum(real(dft(n)*x))", "x", "x: vector(n)", check=False)
    np.testing.assert_allclose(result.compile()(x=np.arange(3.0)), result.evaluate(x=np.arange(3.0)), atol=1e-12)


# ---------------------------------------------------------------------- bench


def test_bench_where_a_terminal_is_narrow(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from derive.cli import run

    for columns in (40, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert (
            run(["bench", "lambda*x'*x", "--wrt", "x", "--given", "lambda: scalar; x: vector(n)", "--size", "n=9"]) == 0
        )
        shown = capsys.readouterr().out
        assert "until the first" in shown
        assert all(len(line) <= columns for line in shown.splitlines())


def test_bench_of_what_has_no_plan() -> None:
    from derive.timing import bench

    found = bench("gradient", "sum(rowmax(X))", "X", "X: matrix(m, n)", {"m": 3, "n": 4})
    assert found.timings[0].name == "derive"
    assert all(t.seconds > 0 for t in found.timings)
    assert len({t.name for t in found.timings} | set(found.missing) | set(found.refused)) == 3
