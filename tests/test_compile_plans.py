"""What compiled sources are made of: which operations are saved, in which order factors meet, and that the values stay what they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest

import derive
from derive.answer import Result
from derive.compiled.order import best
from derive.compiled.plan import planned, written

LOGISTIC = ("sum(log(1 + exp(-y.*(X*w))))", "w", "X: matrix(m, n); w: vector(n); y: vector(m)")
MASKED = ("norm2(M.*(T - U*V'))^2", "U", "M, T: matrix(m, n); U: matrix(m, k); V: matrix(n, k)")


def body(result: Result, dtype: str = "float64", **sizes: int) -> str:
    return planned(result.asked, "numpy", dtype, sizes).source.split('"""')[-1]


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """Plans are made anew within a test, and those made in it are forgotten."""
    written.cache_clear()
    yield
    written.cache_clear()


@pytest.mark.usefixtures("nothing_remembered")
def test_a_plan_is_made_once_for_the_same_question() -> None:
    def asked(text: str) -> Result:
        return derive.hessian(text, "x", "A: matrix(n, n); x: vector(n)", check=False)

    first = asked("x'*A*x").compile()
    again = asked("x'*A*x").compile()
    assert (written.cache_info().misses, written.cache_info().hits) == (1, 1)
    assert again.source == first.source
    assert asked("x'*A*x + 0*x'*x").compile().__doc__ != first.__doc__  # what it is called is its own
    assert asked("2*x'*A*x").compile().source != first.source


# ---------------------------------------------------------------------- a matrix and its transpose


@pytest.mark.usefixtures("nothing_remembered")
@pytest.mark.parametrize("n", [1, 2, 7, 130, 515])
@pytest.mark.parametrize("wide", [1.0, 1e9], ids=["by blocks", "at once"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_matrix_and_its_transpose(n: int, wide: float, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derive.compiled.lines.WIDE", wide)
    A = np.random.default_rng(0).standard_normal((n, n)).astype(dtype)
    result = derive.hessian("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False)
    assert ("_with_transpose(" in body(result, n=n)) == (wide == 1.0)
    function = result.compile(dtype=dtype)
    for lying in (A, np.asfortranarray(A), np.repeat(A, 2, axis=0)[::2], A[::-1]):
        kept = lying.copy()
        found = function(A=lying)
        assert found.dtype == A.dtype
        assert np.array_equal(found, lying + lying.T)
        assert not np.shares_memory(found, lying)
        out = np.full((n, n), np.nan, dtype)
        assert function(A=lying, out=out) is out
        assert np.array_equal(out, found)
        assert np.array_equal(lying, kept)


# ---------------------------------------------------------------------- numbers


def test_numbers_beside_arrays_are_floats_and_twice_is_a_sum() -> None:
    source = body(derive.gradient("norm2(X*w - y)^2", "w", "X: matrix(m, n); w: vector(n); y: vector(m)", check=False))
    assert "p2 += p2" in source
    assert "*= 2" not in source
    assert " *= 3.0" in body(derive.gradient("sum((A*x).^3)", "x", "A: matrix(m, n); x: vector(n)", check=False))


@pytest.mark.parametrize(
    "text", ["2*norm2(x)^2", "sum(x.^3)", "norm2(2*x + 1)^2", "-sum((1 - tanh(x)).^2)", "sum(1 ./ (1 + x.^2))"]
)
def test_numbers_leave_single_precision_alone(text: str) -> None:
    result = derive.gradient(text, "x", "x: vector(n)", check=False)
    x = np.linspace(-1, 1, 9)
    found = result.compile(dtype="float32")(x=x.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, result.evaluate(x=x), rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------------- sigmoids


def test_a_sigmoid_that_stands_alone_is_a_quotient() -> None:
    result = derive.gradient(*LOGISTIC, check=False)
    source = body(result)
    assert "np.divide(y, " in source
    assert source.count("np.negative") == 1  # of the result
    assert "subtract" not in source
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((8, 3)), np.sign(rng.standard_normal(8))
    for far in (1.0, 30.0, 700.0, 1e5):  # nothing is lost, and nothing becomes infinite, where the sigmoid is 0 or 1
        values: dict[str, Any] = {"X": X, "y": y, "w": far * np.ones(3)}
        margin = y * (X @ values["w"])
        small = np.exp(-np.abs(margin))
        wanted = -X.T @ (y * np.where(margin > 0, small, 1.0) / (1 + small))
        with np.errstate(over="ignore"):
            np.testing.assert_allclose(result.compile()(**values), wanted, rtol=1e-12, atol=1e-300)


def test_a_function_and_its_gradient_share_one_exponential() -> None:
    both = derive.value_and_gradient(*LOGISTIC)
    assert both.source().count("np.exp(") == 1
    rng = np.random.default_rng(0)
    X, y, w = rng.standard_normal((8, 3)), np.sign(rng.standard_normal(8)), rng.standard_normal(3)
    value, slope = both.compile()(X=X, y=y, w=w)
    margin = y * (X @ w)
    np.testing.assert_allclose(value, np.sum(np.log1p(np.exp(-margin))), rtol=1e-12)
    np.testing.assert_allclose(slope, -X.T @ (y / (1 + np.exp(margin))), rtol=1e-11)


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("sum(log(1 + exp(x)))", "x"),
        ("c'*log(1 + exp(x))", "x"),
        ("c'*(x.*sigmoid(x))", "x"),
        ("sum(sigmoid(x)).*sum(c.*sigmoid(x))", "x"),
        ("c'*sigmoid(A*x)", "x"),
        ("sum(log(1 + exp(A*x)).^2)", "x"),
        ("tr(A*diag(sigmoid(x))*A')", "x"),
        ("log(1 + exp(c'*x))", "x"),
    ],
)
def test_sigmoids_everywhere(text: str, wrt: str) -> None:
    rng = np.random.default_rng(1)
    values = {"x": rng.standard_normal(4), "c": rng.standard_normal(4), "A": rng.standard_normal((4, 4))}
    for kind in ("gradient", "hessian"):
        result: Result = getattr(derive, kind)(text, wrt, "x, c: vector(n); A: matrix(n, n)", check=False)
        used = {s.name: values[s.name] for s in result.symbols}
        np.testing.assert_allclose(result.compile()(**used), result.evaluate(**used), rtol=1e-11, atol=1e-12)


# ---------------------------------------------------------------------- products


def test_a_product_that_is_there_is_used_again() -> None:
    result = derive.gradient("tr(A*X*B*X'*C)", "X", "A, B, C, X: matrix(n, n)", check=False)
    assert body(result, n=300).count(" @ ") + body(result, n=300).count("matmul(") == 5
    values = {k: np.random.default_rng(ord(k)).standard_normal((6, 6)) for k in "ABCX"}
    np.testing.assert_allclose(result.compile()(**values), result.evaluate(**values), rtol=1e-11, atol=1e-11)


def test_a_mask_keeps_a_product_together() -> None:
    source = body(derive.gradient(*MASKED, check=False), m=300, n=300, k=5)
    assert "V.T.dot(V)" not in source
    assert "V.T @ V" not in source


@pytest.mark.parametrize(("m", "n", "k", "loop"), [(200, 200, 20, False), (300, 300, 20, True), (300, 300, 60, False)])
def test_which_thin_products_go_row_by_row(m: int, n: int, k: int, loop: bool) -> None:
    result = derive.gradient(*MASKED, check=False)
    assert ("for i in" in body(result, m=m, n=n, k=k)) == loop
    rng = np.random.default_rng(2)
    values = {"T": (m, n), "M": (m, n), "U": (m, k), "V": (n, k)}
    given = {name: rng.standard_normal(shape) for name, shape in values.items()}
    wanted = -2 * (given["M"] ** 2 * (given["T"] - given["U"] @ given["V"].T)) @ given["V"]
    for dtype, tolerance in (("float64", 1e-11), ("float32", 1e-3)):
        found = result.compile(dtype=dtype)(**{name: a.astype(dtype) for name, a in given.items()})
        assert found.dtype == np.dtype(dtype)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


def seconds_of(a: frozenset[int], b: frozenset[int], kept: frozenset[int], size: dict[int, float]) -> float:
    """What a product of matrices is taken to cost, by the formula of the planner."""

    def entries(labels: frozenset[int]) -> float:
        return float(np.prod([size[x] for x in labels]))

    if kept == a | b:
        return 700 + 0.7 * entries(kept)
    if a | b in (a, b):
        return 700 + 0.3 * entries(a | b)
    return 1200 + 0.05 * entries(a | b) + 0.3 * (entries(a) + entries(b) + entries(kept))


def least(factors: list[frozenset[int]], out: frozenset[int], size: dict[int, float]) -> float:
    """The cost of the cheapest order, by trying all of them."""
    if len(factors) == 1:
        return 0.0
    found = np.inf
    for i, j in combinations(range(len(factors)), 2):
        rest = [f for k, f in enumerate(factors) if k not in (i, j)]
        kept = (factors[i] | factors[j]) & frozenset.union(out, *rest)
        if factors[i] & factors[j] or len(factors) == 2:
            work = seconds_of(factors[i], factors[j], kept, size)
            found = min(found, work + least([*rest, kept], out, size))
    return float(found)


@pytest.mark.parametrize("sizes", list(product((3.0, 40.0), (2.0, 500.0), (7.0, 90.0), (1.0, 60.0))))
def test_the_first_pair_of_a_chain_begins_a_cheapest_order(sizes: tuple[float, ...]) -> None:
    size = dict(enumerate((20.0, *sizes)))
    factors = [frozenset(pair) for pair in pairwise(size)]
    out = frozenset((0, len(size) - 1))
    masks, every = tuple(sum(1 << x for x in f) for f in factors), tuple(size.values())
    i, j = best(masks, every, sum(1 << x for x in out), ())
    rest = [f for k, f in enumerate(factors) if k not in (i, j)]
    kept = (factors[i] | factors[j]) & frozenset.union(out, *rest)
    found = seconds_of(factors[i], factors[j], kept, size) + least([*rest, kept], out, size)
    assert found == pytest.approx(least(factors, out, size))


def test_a_pair_that_costs_nothing_meets_first() -> None:
    masks, sizes = (0b0011, 0b0110, 0b1100), (10.0, 10.0, 10.0, 2.0)  # A*B*C with a narrow C
    assert best(masks, sizes, 0b1001, ()) == (1, 2)
    sizes = (100.0, 100.0, 100.0, 100.0)
    assert best(masks, sizes, 0b1001, ((1, 2),)) == (1, 2)
    assert best(masks, sizes, 0b1001, ((0, 1),)) == (0, 1)
