"""Answers with steps, moduli and powers of functions, as a person writes them; every one is checked by differences of the function."""

from __future__ import annotations

import pytest

import derive

TEXTS = [  # kind, expression, by, declarations, answer
    ("gradient", "sum(relu(X*w).^2)", "w", "X: matrix(m, n)", "2*X'*relu(X*w)"),
    ("hessian", "sum(relu(X*w).^2)", "w", "X: matrix(m, n)", "2*X'*diag(step(X*w))*X"),
    ("hessian", "norm2(relu(W*x) - y)^2", "x", "W: matrix(m, n); y: vector(m)", "2*W'*diag(step(W*x))*W"),
    ("gradient", "sum(maximum(0, x).^2)", "x", "x: vector(n)", "2*maximum(0, x)"),
    ("gradient", "normp(A*x - b, 4)^4", "x", "A: matrix(m, n); b: vector(m)", "4*A'*(A*x - b).^3"),
    ("hessian", "sum(abs(x).^3)", "x", "x: vector(n)", "6*diag(abs(x))"),
    ("gradient", "abs(2*x)^2", "x", "x: scalar", "8*x"),
    ("gradient", "sum(abs(A*x).^2)", "x", "A: matrix(m, n); x: vector(n)", "2*A'*A*x"),
    ("gradient", "sum(x.*abs(x))", "x", "x: vector(n)", "2*abs(x)"),
    ("gradient", "a'*x - 2*s*(a'*x)", "x", "s: scalar; a: vector(n); x: vector(n)", "(1 - 2*s)*a"),
    ("gradient", "-(a'*x) - 2*s*(a'*x)", "x", "s: scalar; a: vector(n); x: vector(n)", "-(1 + 2*s)*a"),
    ("hessian", "sigmoid(w'*x)", "w", "x: vector(n)", "s*(1 - s)*(1 - 2*s)*x*x' where s = sigmoid(w'*x)"),
    (
        "gradient",
        "gauss(x, mu, S)",
        "S",
        "S: matrix(n, n) pd; x: vector(n); mu: vector(n)",
        "exp(-(x - mu)'*inv(S)*(x - mu)/2)*(inv(S)*(x - mu)*(x - mu)'*inv(S) - inv(S))/(2*sqrt((2*pi)^n*det(S)))",
    ),
]


@pytest.mark.parametrize(("kind", "text", "wrt", "given", "answer"), TEXTS)
def test_it_is_written_so(kind: str, text: str, wrt: str, given: str, answer: str) -> None:
    result = getattr(derive, kind)(text, wrt, given)
    assert result.text == answer
    assert result.validation.ok


STATEMENTS = [
    ("abs(x)*sign(x) == x", "x: vector(n)", "ill-shaped"),
    ("abs(x).*sign(x) == x", "x: vector(n)", "proved"),
    ("abs(x)^2*sign(x) == x*abs(x)", "x: scalar", "proved"),
    ("abs(x)^2*sign(x) == x^2", "x: scalar", "refuted"),
    ("abs(x)^3*sign(x)^2 == abs(x)^3", "x: scalar", "proved"),
    ("x*sign(x)^2 == x", "x: scalar", "proved"),
    ("sign(x)^2 == 1", "x: scalar", "refuted"),
    ("abs(z)^2 == z^2", "z: scalar complex", "refuted"),
    ("abs(z)^2 == z*conj(z)", "z: scalar complex", "proved"),
    ("step(x)^3 == step(x)", "x: scalar", "proved"),
    ("step(x)*relu(x) == relu(x)", "x: scalar", "proved"),
    ("step(x)*relu(-x) == 0", "x: scalar", "proved|consistent"),
    ("step(-x)*relu(x) == relu(x)", "x: scalar", "refuted"),
    ("(a*b)^(-3/2)*a*b == (a*b)^(-1/2)", "a: scalar positive; b: scalar positive", "proved"),
    ("(a*b)^(-3/2)*a == (a*b)^(-1/2)", "a: scalar positive; b: scalar positive", "refuted"),
]


@pytest.mark.parametrize(("statement", "given", "status"), STATEMENTS)
def test_the_laws_say_no_more_than_is_true(statement: str, given: str, status: str) -> None:
    assert derive.verify(statement, given).status in status.split("|")


SKEW = "K: matrix(n, n) skew; x: vector(n); y: vector(n); A: matrix(n, n)"
OF_SKEW = [
    ("gradient", "x'*K*x", "zeros(n)"),
    ("gradient", "y'*K*x", "-K*y"),
    ("hessian", "x'*(A + K)*x", "A + A'"),
    ("gradient", "x'*K'*A*x", "(A'*K - K*A)*x"),
]


@pytest.mark.parametrize(("kind", "text", "answer"), OF_SKEW)
def test_the_transpose_of_a_skew_matrix_is_its_negative(kind: str, text: str, answer: str) -> None:
    result = getattr(derive, kind)(text, "x", SKEW)
    assert result.text == answer
    assert result.validation.ok


PAIRS = [
    ("K'.^3 == -K.^3", "K'.^3 == K.^3"),
    ("K.*K' == -K.^2", "K.*K' == K.^2"),
    ("expm(K)' == expm(-K)", "expm(K)' == expm(K)"),
    ("diag(K) == 0", "diag(K*K) == 0"),
]


@pytest.mark.parametrize(("right", "wrong"), PAIRS)
def test_what_follows_of_skew_matrices(right: str, wrong: str) -> None:
    assert derive.verify(right, SKEW).status == "proved"
    assert derive.verify(wrong, SKEW).status == "refuted"
