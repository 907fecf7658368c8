"""What people type by habit: read as it is meant where that is clear, else a message that says what to write instead."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.cli import main
from derive.finding import LanguageError

READ = [  # typed, the variable, the same in the language, and what is said
    ("np.sum(x**2)", "x", "sum(x.^2)", "read as NumPy"),
    ("x.sum()", "x", "sum(x)", ""),
    ("a.dot(b)", "a", "a'*b", ""),
    ("a.T.dot(b)", "a", "a'*b", ""),
    ("np.trace(np.linalg.inv(A) @ B)", "A", "tr(inv(A)*B)", ""),
    ("np.sum((X @ w - y)**2)/2 + c*np.sum(w**2)", "w", "norm2(X*w - y)^2/2 + c*sum(w.^2)", "read as NumPy"),
    ("np.mean(np.log(1 + np.exp(-y*(X @ w))))", "w", "mean(log(1 + exp(-y.*(X*w))))", "read as NumPy"),
    ("np.log1p(np.exp(x)).sum()", "x", "sum(log(1 + exp(x)))", ""),
    ("np.linalg.solve(A, b).dot(b)", "b", "(inv(A)*b)'*b", ""),
    ("x @ A @ x", "x", "x'*A*x", ""),
    ("x @ y", "x", "x'*y", ""),
    ("transpose(x)*A*x", "x", "x'*A*x", ""),
    ("trace(A)", "A", "tr(A)", ""),
    ("Tr(A*A)", "A", "tr(A*A)", ""),
    ("½*x'*A*x", "x", "x'*A*x/2", ""),
    ("$x^T A x$", "x", "x'*A*x", ""),
    (r"$$\tfrac12 \|Xw - y\|^2$$", "w", "norm2(X*w - y)^2/2", ""),
    (r"\[ x^\top A x \]", "x", "x'*A*x", ""),
]


@pytest.mark.parametrize(("typed", "wrt", "plain", "said"), READ, ids=[r[0] for r in READ])
def test_read_as_it_is_meant(typed, wrt, plain, said):
    result = derive.gradient(typed, wrt)
    assert result.text == derive.gradient(plain, wrt).text
    assert result.validation.ok
    notes = " ".join(result.notes)
    assert said in notes if said else "NumPy" not in notes


REFUSED = [  # typed, code, the place, words of the whole message
    ("mse(x, y)", "unknown-function", "mse", ("mean((x - y).^2)",)),
    ("hinge(y*x)", "unknown-function", "hinge", ("relu(1 - (y*x))",)),
    ("huber(x)", "unknown-function", "huber", ("cases(x^2/2 if abs(x) <= 1, abs(x) - 1/2)",)),
    ("std(x)", "unknown-function", "std", ("sqrt(var(x))",)),
    ("2*sec(x)", "unknown-function", "sec", ("2*(1/cos(x))",)),
    ("atan2(y, x)", "unknown-function", "atan2", ("arctan(y/x)", "x is positive")),
    ("log det X", "ambiguous-juxtaposition", "log det", ("log(det(",)),
    ("log x", "ambiguous-juxtaposition", "log x", ("`log(x)`",)),
    ("L = x'*A*x", "expected", "=", ("the right side alone: `x'*A*x`",)),
    ("f(x) = x'*A*x", "expected", "=", ("the right side alone: `x'*A*x`",)),
    (r"J(\theta) = \theta^\top \theta", "expected", "=", (r"`\theta^\top \theta`",)),
    ("norm2(x)_2", "unknown-script", "_2", ("norm2(x)", "norm1(x)")),
    ("2xy + x", "ambiguous-juxtaposition", "xy", ("2x*y",)),
    ("C*x^2", "not-scalar", "C*x^2", ("C: scalar", "capital")),
    ("d(x'*A*x)/dx", "not-scalar", None, ("derivative already",)),
    ("2 @ x", "kind-mismatch", "2", ("scalar", "2*x")),
    ("x.shape", "bad-character", ".", (".shape",)),
    ("np.linalg.slogdet(X)", "unknown-function", None, ("slogdet",)),
    ("torch.var(x)", "ambiguous", "torch.var", ("n - 1",)),
    ("np.sum(x, axis=0)", "expected", "=", ()),
    ("argmin(x'*x, x)", "not-yet", None, ("optimum",)),
    (r"w \gets w - \eta g", "not-yet", r"\gets", ("no equation",)),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "code", "place", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused_with_what_to_write(typed, code, place, words):
    with pytest.raises(LanguageError) as caught:
        derive.gradient(typed, "x")
    finding = caught.value.finding
    assert finding.code == code
    if place is not None:
        start, end = finding.labels[0].span
        assert typed[start:end] == place
    for word in words:
        assert word in str(caught.value)


NOTES = [
    ("e^x", "", "x", "exp(x)"),
    ("e^(-x'*x)", "", "x", "e is read as a variable"),
    ("sum(x*y)", "", "x", "sum(x.*y)"),
    ("tr(x)", "", "x", "tr of a scalar"),
    ("x'*x", "x: vector(n); z: vector(m)", None, "z is declared and does not occur"),
    ("vector(0)'*x", "x: vector(n)", "x", "does not depend on x"),
    ("a", "x: vector(n); a: scalar", "x", "x does not occur in the expression"),
]


@pytest.mark.parametrize(("typed", "given", "wrt", "note"), NOTES, ids=[n[0] for n in NOTES])
def test_remarks(typed, given, wrt, note):
    assert any(note in said for said in derive.gradient(typed, wrt, given).notes)


def test_no_remark_without_need():
    assert derive.gradient("norm2(X*w - y)^2", "w").notes == ()
    assert derive.gradient("sum(x.*y)", "x").notes == ()
    assert derive.gradient("e'*e", "e", "e: vector(n)").notes == ()
    assert derive.gradient("x'*A*x/2", "x", "x: vector(n); A: matrix(n, n)").notes == ()


SAMPLES = [  # typed, the variable, the same with a matrix of samples as rows
    (r"\sum_{i=1}^N (y_i - w^\top x_i)^2", "w", "norm2(y - x*w)^2"),
    (r"\frac1n \sum_{i=1}^n (y^{(i)} - w^\top x^{(i)} - b)^2", "b", "norm2(y - x*w - b)^2/n"),
    (r"\sum_{i=1}^n \log(1 + \exp(-y_i w^\top x_i))", "w", "sum(log(1 + exp(-y.*(x*w))))"),
    ("sum(i=1..n, norm2(A*x[i] - y[i])^2)", "A", "normF(x*A' - y)^2"),
    (r"\sum_{i=1}^n (x_i - \mu)^\top (x_i - \mu)", "mu", "normF(x - ones(n)*mu')^2"),
    (r"\sum_i \sum_j a_i a_j x_i^\top x_j", "a", "a'*x*x'*a"),
]


@pytest.mark.parametrize(("typed", "wrt", "plain"), SAMPLES, ids=[s[0] for s in SAMPLES])
def test_samples_are_rows(typed, wrt, plain):
    result = derive.gradient(typed, wrt)
    assert any("x[i] is a vector, sample i: row i of x: matrix(" in note for note in result.notes)
    sizes = {"n": 4, "N": 4, "i": 4}
    draw = np.random.default_rng(3)
    point = {}
    for given in result.given:
        shape = [sizes.setdefault(s, 2 + len(sizes) % 3) for s in given.shape]
        point[given.name] = draw.normal(size=shape)
    kinds = ("scalar", "vector({})", "matrix({})")
    given = "; ".join(f"{g.name}: {kinds[len(g.shape)].format(', '.join(g.shape))}" for g in result.given)
    np.testing.assert_allclose(
        result.evaluate(**point), derive.gradient(plain, wrt, given).evaluate(**point), rtol=1e-9
    )


def test_entries_stay_entries():
    assert derive.gradient(r"\sum_{i=1}^n x_i y_i", "x").text == "y"
    assert derive.gradient("sum(i=1..n, x[i]^2)", "x").text == "2*x"
    assert derive.gradient("sum(i=1..n, X[i]*w[i])", "w").text == "X"
    assert all("sample" not in n for n in derive.gradient(r"\sum_i (x_i - \mu)^2", "mu").notes)


def test_families_of_a_declared_matrix():
    given = "X: matrix(n, d); x: rows(X); y: vector(n); w: vector(d)"
    assert derive.gradient(r"\sum_{i=1}^n (y_i - w^\top x_i)^2", "w", given).text == "2*X'*(X*w - y)"
    assert derive.gradient("sum(i=1..n, norm2(x[i])^2)", "X", "X: matrix(d, n); x: columns(X)").text == "2*X"
    with pytest.raises(LanguageError, match="stands for the rows of X"):
        derive.gradient("tr(X) + x", "X", "X: matrix(n, n); x: rows(X)")
    with pytest.raises(LanguageError, match="takes the name of a matrix"):
        derive.gradient("tr(X)", "X", "X: matrix(n, n); x: rows(3)")
    notes = derive.gradient(r"\sum_{i=1}^n (y_i - w^\top x_i)^2 + \operatorname{tr}(X)", "w").notes
    assert any("x: rows(X)" in note for note in notes)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["gradient", "sin(x)", "--at", "x=pi"], "-1"),
        (["gradient", "cos(x)", "--at", "x=-3*pi/2"], "-1"),
        (["gradient", "cos(x)", "--at", "π/2"], "-1"),
        (["jacobian", "[x1*x2, x1]", "--wrt", "x1, x2", "--at", "1, 2"], "[2 1; 1 0]"),
        (["jacobian", "[x1*x2, x1]", "--wrt", "x1, x2", "--at", "(1, 2)"], "[2 1; 1 0]"),
    ],
)
def test_points(arguments, shown, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("at", ["x=pi/0", "x=-", "x=[1 - 2]", "x=2*", "x=pi pi", "x=e"])
def test_points_that_are_none(at, capsys):
    with pytest.raises(SystemExit) as left:
        main(["gradient", "sin(x)", "--at", at])
    assert left.value.code == 2
    assert "--at" in capsys.readouterr().err
