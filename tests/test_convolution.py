"""Convolution and pooling: values against SciPy and plain loops, gradients, sizes, refusals.

One idea: every operation is compared with a reference that shares nothing with it, and every gradient with the one that a hand-written
backward pass gives; the program itself holds each answer against differences of the function.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import derive
from derive.codegen import evaluate_numpy
from derive.finding import LanguageError
from derive.infer import infer
from derive.sizes import Size
from derive.syntax import parse, parse_declarations

DRAW = np.random.default_rng(3)


def value(text: str, given: str, **point: np.ndarray) -> np.ndarray:
    known = infer([parse(text)], parse_declarations(given))
    got = evaluate_numpy(known.terms[0], [s for s in known.symbols if s.name in point], point)
    exact = ball_value(known.terms[0], point)
    np.testing.assert_allclose(got, exact, rtol=1e-9, atol=1e-12)
    return got


def ball_value(term, point):  # type: ignore[no-untyped-def]
    from flint import arb

    from derive.numeric.evaluate import evaluate
    from derive.numeric.tensor import Tensor

    tensors = {n: Tensor(np.shape(a), [arb(float(x)) for x in np.ravel(a)]) for n, a in point.items()}
    return np.array(evaluate(term, tensors, {}).nested(float))


def correlated(x: np.ndarray, w: np.ndarray, s: int = 1, p: int = 0, d: int = 1) -> np.ndarray:
    """Cross-correlation in any number of dimensions, entry by entry."""
    x = np.pad(x, p)
    shape = [(n - d * (k - 1) - 1) // s + 1 for n, k in zip(x.shape, w.shape, strict=True)]
    out = np.zeros(shape)
    for place in np.ndindex(*shape):
        for step in np.ndindex(*w.shape):
            at = tuple(i * s + r * d for i, r in zip(place, step, strict=True))
            out[place] += x[at] * w[step]
    return out


GEOMETRIES = [(1, 0, 1), (2, 0, 1), (1, 1, 1), (1, 0, 2), (2, 1, 1), (3, 2, 2), (2, 1, 2)]


@pytest.mark.parametrize(("s", "p", "d"), GEOMETRIES)
def test_values_in_one_dimension(s: int, p: int, d: int) -> None:
    x, w = DRAW.normal(size=9), DRAW.normal(size=3)
    y = value(f"conv1d(x, w, {s}, {p}, {d})", "x: vector(9); w: vector(3)", x=x, w=w)
    np.testing.assert_allclose(y, correlated(x, w, s, p, d), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("s", "p", "d"), GEOMETRIES)
def test_values_in_two_dimensions(s: int, p: int, d: int) -> None:
    x, w = DRAW.normal(size=(8, 7)), DRAW.normal(size=(3, 2))
    y = value(f"conv2d(X, K, {s}, {p}, {d})", "X: matrix(8, 7); K: matrix(3, 2)", X=x, K=w)
    np.testing.assert_allclose(y, correlated(x, w, s, p, d), rtol=1e-12, atol=1e-12)


def test_full_convolution_is_scipys() -> None:
    x, w = DRAW.normal(size=6), DRAW.normal(size=3)
    np.testing.assert_allclose(
        value("conv(x, w)", "x: vector(6); w: vector(3)", x=x, w=w), np.convolve(x, w), atol=1e-12
    )
    x, w = DRAW.normal(size=(4, 5)), DRAW.normal(size=(3, 2))
    y = value("conv_full(X, K)", "X: matrix(4, 5); K: matrix(3, 2)", X=x, K=w)
    np.testing.assert_allclose(y, signal.convolve2d(x, w), atol=1e-12)


@pytest.mark.parametrize(("s", "p", "d"), GEOMETRIES)
def test_the_transpose_is_the_transpose(s: int, p: int, d: int) -> None:
    """<conv1d(x, w), y> = <x, convt1d(y, w)> for x of the length that convt1d gives."""
    y, w = DRAW.normal(size=4), DRAW.normal(size=3)
    up = value(f"convt1d(y, w, {s}, {p}, {d})", "y: vector(4); w: vector(3)", y=y, w=w)
    x = DRAW.normal(size=up.size)
    assert correlated(x, w, s, p, d) @ y == pytest.approx(x @ up)


@pytest.mark.parametrize(("s", "p", "d"), GEOMETRIES)
def test_the_transpose_in_two_dimensions(s: int, p: int, d: int) -> None:
    y, w = DRAW.normal(size=(4, 5)), DRAW.normal(size=(3, 2))
    if (5 - 1) * s + d + 1 <= 2 * p:
        pytest.skip("nothing is left")
    up = value(f"convt2d(Y, K, {s}, {p}, {d})", "Y: matrix(4, 5); K: matrix(3, 2)", Y=y, K=w)
    x = DRAW.normal(size=up.shape)
    assert np.sum(correlated(x, w, s, p, d) * y) == pytest.approx(np.sum(x * up))


@pytest.mark.parametrize(("k", "s"), [(2, 2), (3, 1), (3, 2), (2, 3)])
def test_pooling(k: int, s: int) -> None:
    x, big = DRAW.normal(size=11), DRAW.normal(size=(7, 8))
    windows = np.lib.stride_tricks.sliding_window_view
    given = "x: vector(11); X: matrix(7, 8)"
    one, two = windows(x, k)[::s], windows(big, (k, k))[::s, ::s]
    np.testing.assert_allclose(value(f"maxpool1d(x, {k}, {s})", given, x=x), one.max(-1))
    np.testing.assert_allclose(value(f"avgpool1d(x, {k}, {s})", given, x=x), one.mean(-1))
    np.testing.assert_allclose(value(f"maxpool2d(X, {k}, {s})", given, X=big), two.max((-1, -2)))
    np.testing.assert_allclose(value(f"avgpool2d(X, {k}, {s})", given, X=big), two.mean((-1, -2)))


ANSWERS = [
    ("norm2(conv1d(x, w) - y)^2", "x", "2*conv(conv1d(x, w) - y, w)"),
    ("norm2(conv1d(x, w) - y)^2", "w", "2*conv1d(x, conv1d(x, w) - y)"),
    ("norm2(conv2d(X, K) - Y)^2", "X", "2*conv(conv2d(X, K) - Y, K)"),
    ("norm2(conv2d(X, K) - Y)^2", "K", "2*conv2d(X, conv2d(X, K) - Y)"),
    ("sum(z.*conv(x, w))", "x", "conv1d(z, w)"),
    ("sum(conv1d(x, w, 1, 0, 2).^2)", "x", "2*convt1d(conv1d(x, w, 1, 0, 2), w, 1, 0, 2)"),
    ("sum(t=1..n-k+1, (sum(s=1..k, x[t+s-1]*w[s]) - y[t])^2)", "w", "2*conv1d(x, conv1d(x, w) - y)"),
    ("sum(y.*relu(conv1d(x, w)))", "w", "conv1d(x, y.*step(conv1d(x, w)))"),
]
SIZES = (
    "x: vector(n); w: vector(k); y: vector(n - k + 1); z: vector(n + k - 1); "
    "X: matrix(m, n); K: matrix(k, l); Y: matrix(m - k + 1, n - l + 1)"
)


@pytest.mark.parametrize(("text", "wrt", "answer"), ANSWERS)
def test_gradients_for_every_size_are_convolutions(text: str, wrt: str, answer: str) -> None:
    result = derive.gradient(text, wrt=wrt, given=SIZES)
    assert str(result) == answer
    assert result.validation.ok
    assert result.latex


STRIDED = [
    ("sum(g.*conv1d(x, w, 2))", "x", "convt1d(g, w, 2)"),
    ("sum(g.*conv1d(x, w, 2))", "w", "conv1d(x, g, 1, 0, 2)"),
    ("sum(g.*avgpool1d(x, 2))", "x", "kron(g, ones(2))/2"),
    ("sum(G.*avgpool2d(X, 2))", "X", "kron(G, ones(2)*ones(2)')/4"),
]


@pytest.mark.parametrize(("text", "wrt", "answer"), STRIDED)
def test_multiples_of_the_stride_need_no_numbers(text: str, wrt: str, answer: str) -> None:
    sizes = "x: vector(2*n); w: vector(2*k); X: matrix(2*m, 2*n); G: matrix(m, n); "
    given = sizes + ("g: vector(n)" if "pool" in text else "g: vector(n - k + 1)")
    assert str(derive.gradient(text, wrt=wrt, given=given)) == answer


@pytest.mark.parametrize(("s", "p", "d"), GEOMETRIES)
@pytest.mark.parametrize("wrt", ["X", "K"])
def test_gradients_of_a_layer_with_numbers(s: int, p: int, d: int, wrt: str) -> None:
    """The backward pass of a convolution layer, against one written by hand."""
    x, w = DRAW.normal(size=(8, 7)), DRAW.normal(size=(3, 2))
    g = DRAW.normal(size=correlated(x, w, s, p, d).shape)
    given = f"X: matrix(8, 7); K: matrix(3, 2); G: matrix{g.shape}"
    result = derive.gradient(f"sum(G.*conv2d(X, K, {s}, {p}, {d}))", wrt=wrt, given=given)
    assert result.validation.ok
    into_x, into_w = np.zeros((8 + 2 * p, 7 + 2 * p)), np.zeros_like(w)
    for i, j in np.ndindex(*g.shape):
        for r, t in np.ndindex(*w.shape):
            at = (i * s + r * d, j * s + t * d)
            into_x[at] += g[i, j] * w[r, t]
            into_w[r, t] += g[i, j] * np.pad(x, p)[at]
    expected = into_x[p : p + 8, p : p + 7] if wrt == "X" else into_w
    np.testing.assert_allclose(result.evaluate(X=x, K=w, G=g), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "sum(g.*maxpool1d(x, 2))",
        "sum(g.*maxpool1d(x, 2, 2).^2)",
        "sum(maxpool1d(x, 3, 1).^2)",
        "sum(avgpool1d(x, 3, 1).^2)",
        "sum(maxpool1d(relu(conv1d(x, w)), 2, 1))",
    ],
)
def test_gradients_of_pooling(text: str) -> None:
    result = derive.gradient(text, wrt="x", given="x: vector(2*n); g: vector(n); w: vector(k)")
    assert result.validation.digits >= 25


def test_a_small_network() -> None:
    """Two layers and a pooling, by every parameter."""
    text = "sum(v'*maxpool2d(relu(conv2d(X, K)), 2)*u)"
    given = "X: matrix(7, 7); K: matrix(2, 2); v: vector(3); u: vector(3)"
    for wrt in ("X", "K", "v"):
        assert derive.gradient(text, wrt=wrt, given=given).validation.ok


def test_sizes_of_the_output() -> None:
    cases = {
        "conv1d(x, w)": "n - k + 1",
        "conv1d(x, w, 1, p)": "n + 2*p - k + 1",
        "conv(x, w)": "n + k - 1",
        "convt1d(x, w, 2)": "2*n + k - 2",
        "avgpool1d(y, k)": "q",
    }
    for text, size in cases.items():
        known = infer([parse(text)], parse_declarations("x: vector(n); w: vector(k); y: vector(k*q)"))
        (wanted,) = infer(
            [parse(f"ones({size})")], parse_declarations("x: vector(n); w: vector(k); y: vector(k*q)")
        ).terms
        assert known.terms[0].type == wanted.type, text


@pytest.mark.parametrize(("s", "p", "d"), [(1, 0, 1), (2, 1, 1), (1, 0, 2)])
def test_values_in_three_dimensions(s: int, p: int, d: int) -> None:
    x, w = DRAW.normal(size=(5, 4, 6)), DRAW.normal(size=(2, 2, 3))
    y = value(f"conv3d(X, K, {s}, {p}, {d})", "X: tensor(5, 4, 6); K: tensor(2, 2, 3)", X=x, K=w)
    np.testing.assert_allclose(y, correlated(x, w, s, p, d), rtol=1e-12, atol=1e-12)


def test_values_with_channels() -> None:
    x, w = DRAW.normal(size=(3, 5, 6)), DRAW.normal(size=(2, 3, 2, 3))
    y = value("conv2d(X, K, 1, 1)", "X: tensor(3, 5, 6); K: tensor(2, 3, 2, 3)", X=x, K=w)
    plain = [sum(correlated(x[c], w[o, c], 1, 1, 1) for c in range(3)) for o in range(2)]
    np.testing.assert_allclose(y, plain, rtol=1e-12, atol=1e-12)


def test_transposed_convolution_is_the_transpose_in_three_dimensions() -> None:
    given = "X: tensor(4, 3, 5); K: tensor(2, 2, 3); G: tensor(3, 2, 3)"
    x, w, g = DRAW.normal(size=(4, 3, 5)), DRAW.normal(size=(2, 2, 3)), DRAW.normal(size=(3, 2, 3))
    forward = value("sum(G.*conv3d(X, K))", given, X=x, K=w, G=g)
    back = value("sum(X.*convt3d(G, K))", given, X=x, K=w, G=g)
    np.testing.assert_allclose(forward, back, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "wrt", "given"),
    [
        ("sum(G.*conv3d(X, K))", "K", "X: tensor(l, m, n); K: tensor(a, b, c); G: tensor(l-a+1, m-b+1, n-c+1)"),
        ("sum(conv3d(X, K, 2, 1).^2)", "X", "X: tensor(4, 3, 5); K: tensor(2, 2, 3)"),
        ("sum(convt3d(X, K).^2)", "X", "X: tensor(2, 3, 2); K: tensor(2, 2, 3)"),
        ("sum(maxpool3d(X, 2))", "X", "X: tensor(4, 4, 4)"),
        ("sum(avgpool3d(X, 2).^2)", "X", "X: tensor(4, 4, 4)"),
        ("sum(conv2d(X, K).^2)", "K", "X: tensor(c, m, n); K: tensor(o, c, k, l)"),
        ("sum(conv2d(X, K, 1, 1).^2)", "X", "X: tensor(2, 4, 5); K: tensor(3, 2, 2, 2)"),
        ("sum(conv1d(X, K).^2)", "K", "X: matrix(c, n); K: tensor(o, c, k)"),
    ],
)
def test_gradients_of_more_dimensions_and_channels(text: str, wrt: str, given: str) -> None:
    assert derive.gradient(text, wrt=wrt, given=given).validation.ok


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("conv1d(x, w, 2)", "not-a-size"),  # n and n + 1 give lengths that no one polynomial has
        ("conv1d(x, w, 0)", "bad-argument"),
        ("conv1d(X, w)", "kind-mismatch"),
        ("conv2d(x, w)", "kind-mismatch"),
        ("conv2d(T, X)", "kind-mismatch"),
        ("maxpool1d(x)", "wrong-number-of-arguments"),
        ("maxpool1d(x, 2)", "not-a-size"),
        ("conv1d(x, w, 1, 0, 1, 1)", "wrong-number-of-arguments"),
    ],
)
def test_refusals_point_at_the_call(text: str, code: str) -> None:
    with pytest.raises(LanguageError) as refused:
        derive.jacobian(text, wrt="x", given="x: vector(n); w: vector(k); X: matrix(m, n); T: tensor(c, m, n)")
    assert refused.value.finding.code == code
    assert refused.value.finding.labels


def test_exact_division_of_sizes() -> None:
    n, k = Size.of("n"), Size.of("k")
    assert (n * 2 - 1).floored(Size.of(2)) == n - 1
    assert (n * k).floored(k) == n
    assert (n + 1).floored(Size.of(2)) is None
    assert (n * k - 1).floored(k) is None
    assert Size.of(7).floored(Size.of(2)) == Size.of(3)
    assert Size.of(-1).floored(Size.of(2)) == Size.of(-1)
