"""Rows and columns, slices, blocks, padding, cumulative sums, permutations, batched layers; and index notation that is fast to check."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg

import derive
from derive.codegen import evaluate_numpy
from derive.finding import LanguageError
from derive.infer import infer
from derive.ops import REGISTRY
from derive.syntax import parse, parse_declarations

DRAW = np.random.default_rng(5)
X, V, Y = DRAW.normal(size=(3, 4)), DRAW.normal(size=4), DRAW.normal(size=3)
SQUARE = DRAW.normal(size=(4, 4))
SYMMETRISER = (np.eye(16) + np.einsum("il,jk->ijkl", np.eye(4), np.eye(4)).reshape(16, 16)) / 2

VALUES = [
    ("rowsum(X)", X.sum(1)),
    ("colsum(X)", X.sum(0)),
    ("rowmean(X)", X.mean(1)),
    ("colmean(X)", X.mean(0)),
    ("rowmax(X)", X.max(1)),
    ("colmax(X)", X.max(0)),
    ("rowmin(X)", X.min(1)),
    ("colmin(X)", X.min(0)),
    ("X + vector(1)*x'", X + V),
    ("pad(x, 2)", np.pad(V, 2)),
    ("pad(X, 1)", np.pad(X, 1)),
    ("pad(X, 0)", X),
    ("flip(x)", V[::-1]),
    ("flip(X)", X[::-1, ::-1]),
    ("cumsum(x)", np.cumsum(V)),
    ("sort(x)", np.sort(V)),
    ("exch(n)*x", V[::-1]),
    ("shift(n)*x", np.r_[0, V[:-1]]),
    ("rshift(n)*x", np.roll(V, 1)),
    ("vander(x)", np.vander(V, increasing=True)),
    ("Nn(n)*vec(S)", ((SQUARE + SQUARE.T) / 2).flatten(order="F")),
    ("Nn(n)", SYMMETRISER),
    ("circ(x)", linalg.circulant(V).T),
    ("toepl(x)", linalg.toeplitz(V)),
    ("toepl(y, x)", linalg.toeplitz(Y, V)),
    ("x[2:3]", V[1:3]),
    ("X[2:3, 1:2]", X[1:3, :2]),
    ("X[2, :]", X[1]),
    ("[x; 1; x]", np.r_[V, 1, V]),
]
GIVEN = "X: matrix(m, n); x: vector(n); y: vector(m); S: matrix(n, n)"


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_values(text: str, expected: np.ndarray) -> None:
    known = infer([parse(text)], parse_declarations(GIVEN))
    point = {"X": X, "x": V, "y": Y, "S": SQUARE}
    np.testing.assert_allclose(evaluate_numpy(known.terms[0], known.symbols, point), expected, atol=1e-12)


ANSWERS = [
    ("sum(x[2:5].^2)", "x", "2*[zeros(1); x[2:5]; zeros(n - 5)]"),
    ("sum(x[2:k].^2)", "x", "2*[zeros(1); x[2:k]; zeros(n - k)]"),
    ("norm2(X[1:2, :])^2", "X", "2*[X[1:2, :]; zeros(n - 2, m)]"),
    ("norm2(X[i, :])^2", "X", "2*e(i, n)*X[i, :]"),
    ("x[3]^2", "x", "2*x[3]*e(3, n)"),
    ("X[2, 3]^2", "X", "2*X[2, 3]*e(2, n)*e(3, m)'"),
    ("u'*X[:, 1:p]*v", "X", "[u*v', zeros(n, m - p)]"),
    ("norm2([x; y] - z)^2", "z", "2*(z - [x; zeros(m)] - [zeros(n); y])"),
    ("norm2([x; y] - z)^2", "x", "2*x - 2*z[1:n]"),
    ("sum(g.*pad(x, 2))", "x", "g[3:n + 2]"),
    ("sum(u.*flip(x))", "x", "flip(u)"),
    ("flip(flip(x))'*x", "x", "2*x"),
    ("sum(u.*cumsum(x))", "x", "flip(cumsum(flip(u)))"),
    ("cumsum(x)'*cumsum(x)", "x", "2*flip(cumsum(flip(cumsum(x))))"),
    ("x'*exch(n)*x", "x", "2*flip(x)"),
    ("x'*shift(n)*x", "x", "(shift(n) + shift(n)')*x"),
    ("sum(rowmax(X).*u)", "X", "diag(u)*eq(X, rowmax(X)*ones(m)')"),
    ("sum(rowmean(X).^2)", "X", "2*rowmean(X)*ones(m)'/m"),
]
SIZES = "x: vector(n); y: vector(m); z: vector(n + m); g: vector(n + 4); u: vector(n); v: vector(p); X: matrix(n, m); i: index(n)"


@pytest.mark.parametrize(("text", "wrt", "answer"), ANSWERS)
def test_gradients(text: str, wrt: str, answer: str) -> None:
    result = derive.gradient(text, wrt=wrt, given=SIZES)
    assert str(result) == answer
    assert result.validation.ok
    assert result.latex


@pytest.mark.parametrize(
    "text",
    [
        "sum(u.*sort(x))",
        "norm2(x[2:n] - x[1:n-1])^2",
        "norm2(X[1:2, 2:3])^2 + x[1]",
        "norm2(pad(x, 1)[1:n] - x)^2",
        "sum(exp(cumsum(x)))",
        "norm2(cumsum(flip(x)))^2",
        "sum(flip(x[1:3]).^2)",
        "norm2([x, u]*v[1:2])^2",
        "norm2(circ(x)*u)^2",
        "u'*toepl(x)*u",
        "sum(toepl(u, x).^2)",
    ],
)
def test_gradients_that_only_have_to_be_right(text: str) -> None:
    assert derive.gradient(text, wrt="x", given=SIZES).validation.ok


LAYERS = [
    "sum(G.*softmax(X))",
    "sum(G.*log_softmax(X))",
    "sum(g.*logsumexp(X))",
    "sum(G.*layernorm(X))",
    "sum(G.*(layernorm(X)*diag(w) + vector(1)*b'))",
    "sum(G.*batchnorm(X))",
    "sum(G.*(batchnorm(X)*diag(w) + vector(1)*b'))",
    "sum(G.*(batchnorm(X, eps).*(vector(1)*w') + vector(1)*b'))",
    "sum(g.*rowmax(X.^2))",
    "sum(w.*colmean(X.^2))",
]


@pytest.mark.parametrize("text", LAYERS)
@pytest.mark.parametrize("wrt", ["X", "w", "b"])
def test_layers_by_rows(text: str, wrt: str) -> None:
    if f"{wrt}" not in text.replace("layernorm", "").replace("batchnorm", "").replace("rowmax", ""):
        pytest.skip("does not occur")
    given = "X: matrix(n, m); G: matrix(n, m); w: vector(m); b: vector(m); g: vector(n); eps: scalar positive"
    assert derive.gradient(text, wrt=wrt, given=given).validation.digits >= 25


@pytest.mark.parametrize("wrt", ["Q", "K", "V"])
def test_attention(wrt: str) -> None:
    """The backward pass of scaled dot-product attention, against one written by hand."""
    given = "Q: matrix(n, d); K: matrix(m, d); V: matrix(m, p); G: matrix(n, p)"
    result = derive.gradient("sum(G.*(softmax(Q*K'/sqrt(d))*V))", wrt=wrt, given=given)
    point = {"Q": DRAW.normal(size=(3, 2)), "K": DRAW.normal(size=(4, 2)), "V": DRAW.normal(size=(4, 5))}
    point["G"] = DRAW.normal(size=(3, 5))
    e = np.exp(point["Q"] @ point["K"].T / np.sqrt(2))
    s = e / e.sum(1, keepdims=True)
    ds = point["G"] @ point["V"].T
    dz = s * (ds - (ds * s).sum(1, keepdims=True)) / np.sqrt(2)
    expected = {"Q": dz @ point["K"], "K": dz.T @ point["Q"], "V": s.T @ point["G"]}[wrt]
    used = {name: point[name] for name in point if name != "V" or wrt != "V"}
    np.testing.assert_allclose(result.evaluate(**used), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "help_text"), [("norm2(X + b')", "norm2(X + vector(1)*b')"), ("norm2(X - g)", "norm2(X - g*vector(1)')")]
)
def test_a_vector_beside_a_matrix_is_explained(text: str, help_text: str) -> None:
    with pytest.raises(LanguageError) as refused:
        derive.gradient(text, wrt="X", given="X: matrix(n, m); b: vector(m); g: vector(n)")
    assert refused.value.finding.code == "kind-mismatch"
    assert any(help_text in one for one in refused.value.finding.helps)


WIDE = [
    ("vec(kron(X, A))", "vec(X)"),
    ("kron(X, A)", "X"),
    ("kron(X, X)", "X"),
    ("X*B*X", "X"),
    ("inv(X)*B*inv(X)", "X"),
    ("softmax(X)", "X"),
    ("layernorm(X)", "X"),
]


@pytest.mark.parametrize(("text", "wrt"), WIDE)
def test_answers_with_four_axes_are_checked_quickly(text: str, wrt: str) -> None:
    given = ("X: matrix(n, n); " if "B" in text else "X: matrix(n, m); ") + "B: matrix(n, n); A: matrix(p, q)"
    derive.jacobian(text, wrt=wrt, given=given)
    start = time.process_time()
    result = derive.jacobian(text, wrt=wrt, given=given)
    assert time.process_time() - start < 2  # about 0.1 s; four nested loops took 14 s
    assert result.validation.ok


def test_every_operation_given_by_entries_is_tested() -> None:
    here = Path(__file__)
    text = here.read_text() + here.with_name("test_convolution.py").read_text()
    assert all(f"{op.name}(" in text for op in REGISTRY if op.meaning == "entries")
